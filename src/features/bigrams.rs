//! How usual a handle is: a table of character bigrams with smoothing.

use std::sync::OnceLock;

/// Letters in lower case, digits, underscore; anything else is passed over.
const SYMBOLS: usize = 37;

/// The symbol of every byte, looked up because handles mix the kinds in ways that no branch predictor learns;
/// [`SYMBOLS`] where there is none.
const SYMBOL_OF: [u8; 256] = {
    let mut table = [SYMBOLS as u8; 256];
    let mut byte = 0;
    while byte < 128u8 {
        table[byte as usize] = match byte {
            b'a'..=b'z' => byte - b'a',
            b'A'..=b'Z' => byte - b'A',
            b'0'..=b'9' => 26 + byte - b'0',
            b'_' => 36,
            _ => SYMBOLS as u8,
        };
        byte += 1;
    }
    table
};

fn name_of(symbol: usize) -> char {
    char::from(b"abcdefghijklmnopqrstuvwxyz0123456789_"[symbol])
}

/// Log-probabilities of a character given the one before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bigrams {
    counts: Vec<u64>,
    log_p: Vec<f64>,
    /// `log_p` in rows of [`ROW`], with rows and columns to spare, so that looking one up needs no check; behind
    /// [`SYMBOLS`], where nothing came before, nothing is added.
    ready: Box<[f64; ROW * ROW]>,
}

const ROW: usize = 64;

impl Default for Bigrams {
    fn default() -> Self {
        Bigrams::from_counts(vec![0; SYMBOLS * SYMBOLS])
    }
}

impl Bigrams {
    /// Counts the bigrams of many handles.
    pub fn count<'a>(handles: impl IntoIterator<Item = &'a str>) -> Bigrams {
        let mut counts = vec![0; SYMBOLS * SYMBOLS];
        for handle in handles {
            for_each_bigram(handle, |cell| counts[cell] += 1);
        }
        Bigrams::from_counts(counts)
    }

    /// Laplace smoothing: one is added to every count, so nothing is impossible.
    fn from_counts(counts: Vec<u64>) -> Bigrams {
        let mut log_p = Vec::with_capacity(counts.len());
        for row in counts.chunks(SYMBOLS) {
            let total = row.iter().sum::<u64>() as f64 + SYMBOLS as f64;
            log_p.extend(row.iter().map(|n| ((*n as f64 + 1.0) / total).ln()));
        }
        let mut ready = Box::new([0.0; ROW * ROW]);
        for (row, log_p) in ready.chunks_mut(ROW).zip(log_p.chunks(SYMBOLS)) {
            row[..SYMBOLS].copy_from_slice(log_p);
        }
        Bigrams { counts, log_p, ready }
    }

    /// Mean of `ln P(next | this)` over the bigrams of a handle; `None` where there is none.
    ///
    /// Its exponential is `screen_name_likelihood` of Yang et al. 2020: the geometric mean of the likelihoods.
    pub fn mean_log_likelihood(&self, handle: &str) -> Option<f64> {
        let (mut sum, mut symbols, mut before) = (0.0, 0u32, SYMBOLS);
        for byte in handle.bytes() {
            let next = usize::from(SYMBOL_OF[usize::from(byte)]);
            if next < SYMBOLS {
                sum += self.ready[(before * ROW + next) % (ROW * ROW)];
                symbols += 1;
                before = next;
            }
        }
        (symbols > 1).then(|| sum / f64::from(symbols - 1))
    }

    /// The counts as text: a line of symbols, then a line of counts for each.
    pub fn to_text(&self) -> String {
        let mut text: String = (0..SYMBOLS).map(|s| format!(",{}", name_of(s))).collect();
        for (s, row) in self.counts.chunks(SYMBOLS).enumerate() {
            text.push_str(&format!("\n{}", name_of(s)));
            text.extend(row.iter().map(|n| format!(",{n}")));
        }
        text.push('\n');
        text
    }

    /// Reads what [`Bigrams::to_text`] wrote. `None` where it is not that.
    pub fn from_text(text: &str) -> Option<Bigrams> {
        let mut counts = Vec::with_capacity(SYMBOLS * SYMBOLS);
        for line in text.lines().skip(1) {
            for cell in line.split(',').skip(1) {
                counts.push(cell.trim().parse().ok()?);
            }
        }
        (counts.len() == SYMBOLS * SYMBOLS).then(|| Bigrams::from_counts(counts))
    }
}

fn for_each_bigram(handle: &str, mut each: impl FnMut(usize)) {
    let mut symbols =
        handle.bytes().map(|byte| usize::from(SYMBOL_OF[usize::from(byte)])).filter(|s| *s < SYMBOLS);
    let Some(mut before) = symbols.next() else { return };
    for next in symbols {
        each(before * SYMBOLS + next);
        before = next;
    }
}

/// The table that ships with the crate: `models/handle_bigrams.csv`, whose making `models/README.md` describes.
pub fn default_bigrams() -> &'static Bigrams {
    static TABLE: OnceLock<Bigrams> = OnceLock::new();
    TABLE.get_or_init(|| {
        Bigrams::from_text(include_str!("../../models/handle_bigrams.csv")).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_handles_are_likelier_than_random_ones() {
        let table = default_bigrams();
        assert_ne!(*table, Bigrams::default(), "the shipped table is there and whole");
        let usual = table.mean_log_likelihood("marianne_jones").unwrap();
        let random = table.mean_log_likelihood("xq7zk9vw3j").unwrap();
        assert!(usual > random + 1.0, "{usual} {random}");
        assert_eq!(table.mean_log_likelihood("a"), None);
        assert_eq!(table.mean_log_likelihood("漢字"), None);
    }

    #[test]
    fn probabilities_sum_to_one_and_survive_the_file() {
        let table = Bigrams::count(["anna", "ANNA_1", "bob"]);
        for row in table.log_p.chunks(SYMBOLS) {
            assert!((row.iter().map(|l| l.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(Bigrams::from_text(&table.to_text()), Some(table));
        assert_eq!(Bigrams::from_text("nonsense"), None);
    }
}
