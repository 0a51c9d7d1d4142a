//! Labels that look wrong, told to a person: for `lint --doubtful` and `retrain --doubtful`.

use std::path::Path;

use anyhow::Context;

use super::{open_output, plural};
use crate::account::Account;
use crate::lint::doubtful::Doubtful;
use crate::model::Scorer;
use crate::safe::{csv_cell, one_line};
use crate::words::called;

/// Reasons told of each label.
const REASONS: usize = 3;

/// A label in doubt, ready to be told.
pub(super) struct Told {
    pub file: String,
    pub row: u64,
    pub id: String,
    pub handle: String,
    pub bot: bool,
    pub p_bot: f64,
    pub reasons: Vec<String>,
    /// The decision behind the label, who made it and when; empty where there is none.
    pub decision: [String; 3],
}

impl Told {
    /// Puts into words what speaks against the label: the reasons of a scorer that had not seen it, those for the other
    /// class first.
    pub(super) fn new(scorer: &Scorer, account: &Account<'_>, bot: bool, p_bot: f64) -> Told {
        let text = |text: &crate::account::Text<'_>| text.as_deref().unwrap_or_default().to_string();
        let score = scorer.score(account, usize::MAX);
        let against = score.reasons.iter().filter(|reason| (reason.contribution < 0.0) == bot);
        let reasons = against.take(REASONS).map(|reason| reason.words()).collect();
        Told {
            file: String::new(),
            row: 0,
            id: text(&account.id),
            handle: text(&account.handle),
            bot,
            p_bot,
            reasons,
            decision: Default::default(),
        }
    }

    fn why(&self) -> String {
        let (label, other) = if self.bot { ("bot", "people") } else { ("human", "bots") };
        format!(
            "labelled {label}, but like {other} to a model that had not seen it: p_bot {:.2} where bots are half",
            self.p_bot
        )
    }
}

const HEADER: [&str; 14] = [
    "rank",
    "file",
    "row",
    "id",
    "screen_name",
    "label",
    "p_bot_unseen",
    "why",
    "reason_1",
    "reason_2",
    "reason_3",
    "decision",
    "decided_by",
    "decided_at",
];

/// Writes the table, a row a label in doubt.
pub(super) fn write(path: &Path, told: &[Told]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(open_output(Some(path))?);
    csv.write_record(HEADER)?;
    for (rank, doubt) in told.iter().enumerate() {
        let mut cells = vec![
            (rank + 1).to_string(),
            doubt.file.clone(),
            doubt.row.to_string(),
            doubt.id.clone(),
            doubt.handle.clone(),
            if doubt.bot { "bot" } else { "human" }.into(),
            format!("{:.4}", doubt.p_bot),
            doubt.why(),
        ];
        cells.extend((0..REASONS).map(|n| doubt.reasons.get(n).cloned().unwrap_or_default()));
        cells.extend(doubt.decision.clone());
        csv.write_record(cells.iter().map(|cell| csv_cell(cell).into_owned()))?;
    }
    let output = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
    output.finish().context("cannot finish the doubtful labels")
}

/// What was found, in words, with the first of them.
pub(super) fn text(found: &Doubtful, bots: &[bool], told: &[Told], path: &Path) -> String {
    let [as_bot, as_human] = found.counts(bots);
    let mut out = format!(
        "\n{} worth a second look: {as_bot} of {} called bot, {as_human} of {} called human. A suggestion, not a verdict: \
         the model may be wrong,\nand no label was changed.\n",
        plural(told.len() as u64, "label"),
        found.of[0],
        found.of[1],
    );
    for doubt in told.iter().take(5) {
        out += &format!("  {}: {}\n", one_line(&called(&doubt.handle, &doubt.id), 40), doubt.why());
        out.extend(doubt.reasons.iter().take(2).map(|reason| format!("      {reason}\n")));
    }
    if told.len() > 5 {
        out += &format!("  and {} more\n", told.len() - 5);
    }
    out += &format!("All of them, with reasons: {}\n", crate::safe::visible(&path.display().to_string()));
    out
}
