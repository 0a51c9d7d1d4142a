//! The promises of bands in plain words.

use std::fmt::Write as _;

use super::bootstrap::Interval;
use super::promise::{Inside, Kept, PromiseTable, Side};

impl PromiseTable {
    /// The table as text: the bands, what they promise, and a row a source.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let percent = whole(self.prevalence);
        let _ = writeln!(
            out,
            "Bands by promise, where {percent} of the accounts are bots: spam with at least {} bots in it, genuine with \
             at\nleast {} people in it. {}\n",
            whole(self.policy.bands.spam_precision),
            whole(self.policy.bands.genuine_purity),
            self.how
        );
        for (name, side) in [("genuine", Side::Genuine), ("spam", Side::Spam)] {
            let Some(end) = self.ends.iter().find(|end| end.side == side) else { continue };
            let _ = match end.p_bot {
                Some(p) => writeln!(out, "  {name:8} {} p_bot {p}: {}", side_words(side), end.why),
                None => writeln!(out, "  {name:8} switched {}", end.why),
            };
        }
        let _ = writeln!(out, "  {:8} between the two", "look");
        let _ =
            writeln!(out, "  {:8} fewer than {} features known\n", "pending", self.policy.bands.min_features);
        self.in_words(&mut out);
        self.rows(&mut out);
        for (name, side, kept) in
            [("spam", Side::Spam, &self.spam_kept), ("genuine", Side::Genuine, &self.genuine_kept)]
        {
            let _ = writeln!(out, "{}", self.kept_words(name, side, kept));
        }
        out
    }

    fn in_words(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "What the bands held on sources that had no part in their ends [95 %, families drawn]"
        );
        for band in &self.bands {
            let all = [&band.of_all_bots, &band.of_all_people];
            if all.iter().all(|share| share.value.unwrap_or(0.0) == 0.0) {
                let _ = writeln!(out, "  {:8} nothing fell into it", band.band);
                continue;
            }
            // Of the class that the band does not speak of, because that is the error.
            let (what, share) = match band.band {
                "spam" => ("people", turned(&band.bots_in_it)),
                _ => ("bots", band.bots_in_it),
            };
            let _ = writeln!(
                out,
                "  {:8} of 100 accounts in it, about {} are {what}{}; it holds {} of all bots{} and {} of all people{}",
                band.band,
                hundreds(share.value),
                ends(&share, hundreds),
                whole(band.of_all_bots.value.unwrap_or(0.0)),
                ends(&band.of_all_bots, |p| p.map_or_else(|| "-".into(), whole)),
                whole(band.of_all_people.value.unwrap_or(0.0)),
                ends(&band.of_all_people, |p| p.map_or_else(|| "-".into(), whole)),
            );
        }
        out.push('\n');
    }

    fn rows(&self, out: &mut String) {
        let width = self.sources.iter().map(|s| s.source.chars().count()).max().unwrap_or(6).max(6);
        let _ = writeln!(
            out,
            "Source by source. Accounts in the band (bots+people), and the share of what it promises [95 %]\n\n\
             {:width$}  {:>6} {:>13} {:>21} {:5}  {:>7} {:>13} {:>21} {:5}",
            "source",
            "spam>=",
            "bots+people",
            "bots in it",
            "holds",
            "genu.<=",
            "bots+people",
            "people in it",
            "holds"
        );
        for row in &self.sources {
            let _ = writeln!(
                out,
                "{:width$}  {:>6} {}  {:>7} {}",
                row.source,
                end_words(row.spam_from),
                side_cells(&row.spam),
                end_words(row.genuine_up_to),
                side_cells(&row.genuine),
            );
        }
        out.push('\n');
    }

    fn kept_words(&self, name: &str, side: Side, kept: &Kept) -> String {
        let (promise, what) = match side {
            Side::Spam => (self.policy.bands.spam_precision, "bots"),
            Side::Genuine => (self.policy.bands.genuine_purity, "people"),
        };
        let empty = match kept.empty {
            0 => String::new(),
            1 => "; 1 more has no account in the band".into(),
            n => format!("; {n} more have no account in the band"),
        };
        format!(
            "The promise of {} {what} in {name} holds within its interval on {} of {} left-out sources{empty}.",
            whole(promise),
            kept.holds,
            kept.of
        )
    }
}

fn side_words(side: Side) -> &'static str {
    match side {
        Side::Spam => "from",
        Side::Genuine => "up to",
    }
}

fn side_cells(inside: &Inside) -> String {
    let share = match (inside.share, inside.lo, inside.hi) {
        (Some(share), Some(lo), Some(hi)) => format!("{share:.3} [{lo:.3}, {hi:.3}]"),
        _ => "-".into(),
    };
    let holds = match inside.holds {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "-",
    };
    format!("{:>13} {share:>21} {holds:5}", format!("{}+{}", inside.bots, inside.people))
}

fn end_words(end: Option<f64>) -> String {
    end.map_or_else(|| "off".into(), |end| end.to_string())
}

/// A share as a percentage without needless decimals.
fn whole(share: f64) -> String {
    let percent = share * 100.0;
    let text =
        if percent == 0.0 || percent >= 9.95 { format!("{percent:.1}") } else { format!("{percent:.2}") };
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Of a hundred accounts.
fn hundreds(share: Option<f64>) -> String {
    match share.map(|share| share * 100.0) {
        None => "-".into(),
        Some(n) if n == 0.0 || n >= 0.95 => format!("{n:.0}"),
        Some(n) => format!("{n:.1}"),
    }
}

fn ends(interval: &Interval, words: impl Fn(Option<f64>) -> String) -> String {
    match (interval.lo, interval.hi) {
        (Some(_), Some(_)) => format!(" [{} to {}]", words(interval.lo), words(interval.hi)),
        _ => String::new(),
    }
}

/// The same of the other class.
fn turned(interval: &Interval) -> Interval {
    let other = |share: Option<f64>| share.map(|share| 1.0 - share);
    Interval {
        value: other(interval.value),
        lo: other(interval.hi),
        hi: other(interval.lo),
        undefined_replicates: interval.undefined_replicates,
    }
}
