//! The comparison of old and new as a table.

use std::fmt::Write as _;

use super::super::draw::{width, wrapped};
use super::read::Counts;
use crate::evaluate::Interval;
use crate::evaluate::retrain::{Pair, Retrained, means};
use crate::safe::{one_line, visible};

/// What is told.
pub(super) struct Report<'r> {
    pub decided: String,
    pub counts: Counts,
    /// Factor, and the share of the weight of bots and of humans that it makes.
    pub weight: Option<(f64, [f64; 2])>,
    pub judged: &'r Retrained,
    pub notes: &'r [String],
    pub recalibrated: bool,
}

impl Report<'_> {
    /// For programs.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "decisions": self.counts,
            "weight": self.weight.map(|(factor, [bots, humans])| serde_json::json!({
                "factor": factor, "share_of_bots": bots, "share_of_humans": humans,
            })),
            "comparison": self.judged,
            "accepted": self.judged.accepted(),
            "notes": self.notes,
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut out = self.decided.clone();
        if let Some((factor, [bots, humans])) = self.weight {
            let _ = writeln!(
                out,
                "At weight {factor} they are {:.1} % of the weight of all bots in training, {:.1} % of that of all people",
                100.0 * bots,
                100.0 * humans
            );
        }
        let on = &self.judged.decisions;
        let times = if on.times > 1 { format!(", {} times over", on.times) } else { String::new() };
        let _ = writeln!(
            out,
            "\nOn the decisions ({} spam, {} people), each by a fit that had not seen it (five parts by account{times}) [95 %]",
            on.bots, on.humans
        );
        header(&mut out);
        line(&mut out, "ROC AUC", &on.roc_auc);
        line(&mut out, "log loss (less is better)", &on.log_loss);
        counted(&mut out, "people in the spam band", on.people_in_spam, on.humans);
        counted(&mut out, "bots in the spam band", on.bots_in_spam, on.bots);
        if !self.judged.sources.is_empty() {
            let _ = writeln!(
                out,
                "\nOn sources left out, without and with your decisions in training: ROC AUC [95 %]"
            );
            header(&mut out);
            for source in &self.judged.sources {
                line(&mut out, &one_line(&source.source, 27), &source.roc_auc);
            }
            if let Some((old, new)) = means(&self.judged.sources) {
                let what = format!("mean of {}", self.judged.sources.len());
                let _ = writeln!(out, "  {what:27}  {old:<21.3}  {new:<21.3}  {:+.4}", new - old);
            }
        } else if self.recalibrated {
            out += "\nThe order of accounts stays as it was, so nothing changes in the ROC AUC of other sources. Who is in \
                    which band\nstays too. How well p_bot fits accounts from elsewhere cannot be said without their data.\n";
        }
        for note in self.notes {
            let _ = writeln!(out, "\nNote: {}", wrapped(&visible(note), width(), 0));
        }
        out += "\nAsked of the new model\n";
        for criterion in &self.judged.criteria {
            let mark = if criterion.holds { "holds" } else { "FAILS" };
            let text = format!("{}: {}", criterion.asked, criterion.found);
            let _ = writeln!(out, "  {mark}  {}", wrapped(&text, width() - 9, 9));
        }
        let failed = self.judged.criteria.iter().filter(|criterion| !criterion.holds).count();
        out += &match failed {
            0 => "\nVerdict: taken. It is not worse.\n".to_string(),
            n => format!("\nVerdict: refused. {n} of {} does not hold.\n", self.judged.criteria.len()),
        };
        out
    }
}

fn header(out: &mut String) {
    let _ = writeln!(out, "  {:27}  {:21}  {:21}  difference", "", "old", "new");
}

fn line(out: &mut String, what: &str, pair: &Pair) {
    let cell = |i: &Interval, signed: bool| {
        let number = |v: f64| if signed { format!("{v:+.3}") } else { format!("{v:.3}") };
        let value = i.value.map_or("unknown".into(), number);
        match (i.lo, i.hi) {
            (Some(lo), Some(hi)) => format!("{value} [{}, {}]", number(lo), number(hi)),
            _ => value,
        }
    };
    let _ = writeln!(
        out,
        "  {what:27}  {:21}  {:21}  {}",
        cell(&pair.old, false),
        cell(&pair.new, false),
        cell(&pair.difference, true)
    );
}

fn counted(out: &mut String, what: &str, [old, new]: [f64; 2], of: usize) {
    let old = format!("{old:.0} of {of}");
    let _ = writeln!(out, "  {what:27}  {old:21}  {:21}", format!("{new:.1} of {of}"));
}
