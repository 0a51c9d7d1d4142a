//! Turns of a count that is read now and then: how often it went up and down by much.

/// Rises and falls of at least this many count as swings, unless the caller says otherwise: "by hundreds".
pub const SWING: u64 = 100;

/// The turns of a run of counts, oldest first, told one at a time.
///
/// A turn is a climb of at least the swing and then a drop of at least the swing, or the reverse, however many readings
/// each took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    leg: Leg,
    /// Turns so far.
    pub turns: u32,
    /// It grew by at least the swing and then shrank by at least the swing.
    pub grew_and_shrank: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leg {
    #[default]
    NoneRead,
    /// Not yet a swing away from anything.
    Open {
        lo: u64,
        hi: u64,
    },
    Up {
        peak: u64,
    },
    Down {
        trough: u64,
    },
}

impl Turns {
    /// Takes the next count; `swing` is at least 1 (0 is taken as 1) and the same for the whole run.
    pub fn add(&mut self, count: u64, swing: u64) {
        let swing = swing.max(1);
        self.leg = match self.leg {
            Leg::NoneRead => Leg::Open { lo: count, hi: count },
            Leg::Open { lo, .. } if count.saturating_sub(lo) >= swing => Leg::Up { peak: count },
            Leg::Open { hi, .. } if hi.saturating_sub(count) >= swing => Leg::Down { trough: count },
            Leg::Open { lo, hi } => Leg::Open { lo: lo.min(count), hi: hi.max(count) },
            Leg::Up { peak } if peak.saturating_sub(count) >= swing => {
                self.turns += 1;
                self.grew_and_shrank = true;
                Leg::Down { trough: count }
            }
            Leg::Up { peak } => Leg::Up { peak: peak.max(count) },
            Leg::Down { trough } if count.saturating_sub(trough) >= swing => {
                self.turns += 1;
                Leg::Up { peak: count }
            }
            Leg::Down { trough } => Leg::Down { trough: trough.min(count) },
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_steps_make_a_turn_and_wobbles_none() {
        let turns = |counts: &[u64]| {
            let mut turns = Turns::default();
            counts.iter().for_each(|count| turns.add(*count, SWING));
            (turns.turns, turns.grew_and_shrank)
        };
        assert_eq!(turns(&[0, 60, 120, 60, 10, 90, 130]), (2, true));
        assert_eq!(turns(&[900, 500, 700]), (1, false), "shrank, then grew");
        assert_eq!(turns(&[500, 590, 500, 590, 495]), (0, false));
    }
}
