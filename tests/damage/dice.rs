//! What decides over the damage of a case.

use crate::common::SplitMix64;

pub struct Dice(SplitMix64);

impl Dice {
    /// Those of one case of one seed: a case can be repeated without the ones before it.
    pub fn of(seed: u64, case: u64) -> Dice {
        let mut numbers = SplitMix64(seed ^ case.wrapping_mul(0xd134_2543_de82_ef95));
        numbers.next();
        Dice(numbers)
    }

    /// A number below `end`; 0, and none is drawn, where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.below(end as u64) as usize }
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        self.0.pick(of)
    }
}
