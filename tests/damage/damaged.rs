//! One damaged input: which file, what was done to it, what must come of it.

use crate::bytes;
use crate::dice::Dice;
use crate::ground::Ground;
use crate::records;

pub struct Damaged {
    /// The line of the table it is counted on.
    pub kind: &'static str,
    /// What was done, so that a person can follow it.
    pub what: String,
    pub bytes: Vec<u8>,
    pub expect: Expect,
    /// It lies packed on the disk.
    pub packed: bool,
}

/// What must hold besides what holds of every input.
pub enum Expect {
    Any,
    /// Every row as before.
    Same,
    /// This row is told as damaged, by this name.
    Told(usize, String),
}

type Make = fn(&mut Dice, &Ground, &[Ground]) -> Option<Damaged>;

/// The ways in which a file is damaged; those that stand twice come up twice as often.
const WAYS: [Make; 21] = [
    bytes::flipped,
    bytes::overwritten,
    bytes::inserted,
    bytes::inserted,
    bytes::taken_out,
    bytes::repeated,
    bytes::quotes,
    bytes::quotes,
    bytes::delimiters,
    bytes::line_ends,
    bytes::spliced,
    bytes::two_encodings,
    bytes::many,
    bytes::packed,
    records::value,
    records::value,
    records::value,
    records::giant,
    records::cells,
    records::moved,
    records::same,
];

/// A small file, every byte of which is a place to cut it off.
const SMALL: usize = 2 << 10;

/// So many inputs from one seed: first files cut off, then all other ways.
pub struct Plan {
    seed: u64,
    pub inputs: u64,
    cuts: u64,
    /// File and place, for every byte of every small file.
    places: Vec<(usize, usize)>,
}

impl Plan {
    pub fn of(seed: u64, inputs: u64, grounds: &[Ground]) -> Plan {
        let small = grounds.iter().enumerate().filter(|(_, ground)| ground.sample.bytes.len() <= SMALL);
        let places: Vec<_> =
            small.flat_map(|(at, ground)| (0..ground.sample.bytes.len()).map(move |end| (at, end))).collect();
        Plan { seed, inputs, cuts: (places.len() as u64).min(inputs * 2 / 5), places }
    }

    /// Is every byte of every small file a place where it is cut off?
    pub fn cuts_everywhere(&self) -> bool {
        self.cuts == self.places.len() as u64
    }

    /// The file and the damage of one case.
    pub fn case(&self, case: u64, grounds: &[Ground]) -> (usize, Damaged) {
        if case < self.cuts {
            let (at, end) = self.places[(case * self.places.len() as u64 / self.cuts) as usize];
            return (at, bytes::truncated(&grounds[at], end));
        }
        let mut dice = Dice::of(self.seed, case);
        loop {
            let at = dice.below(grounds.len());
            let way = dice.pick(&WAYS);
            if let Some(damaged) = way(&mut dice, &grounds[at], grounds) {
                return (at, damaged);
            }
        }
    }
}
