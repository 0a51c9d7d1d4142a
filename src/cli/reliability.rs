//! Reliability diagrams drawn in the terminal, for `evaluate`.

use std::fmt::Write as _;

use serde::Serialize;

use super::draw::width;
use crate::evaluate::{
    BinStrategy, Binning, CalibrationBin, EvaluateError, HoldOutTable, Metrics, Predictions, PriorShift,
    at_prevalence, calibration_table, ece,
};
use crate::model::{Samples, family_weights};
use crate::safe::visible;

/// How probabilities are put into ten bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Bins {
    /// As many accounts in each
    Quantile,
    /// Each as wide
    Uniform,
}

impl Bins {
    pub(super) fn binning(self) -> Binning {
        let strategy = match self {
            Bins::Quantile => BinStrategy::Quantile,
            Bins::Uniform => BinStrategy::Uniform,
        };
        Binning { strategy, ..Binning::default() }
    }
}

/// What the model says and what is true, bin by bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Diagram {
    /// What was measured.
    set: String,
    /// Share of bots that rows are weighted to.
    prevalence: Option<f64>,
    /// Expected calibration error over these bins.
    ece: Option<f64>,
    /// How the bins are filled.
    binning: Binning,
    /// The bins that have accounts.
    bins: Vec<CalibrationBin>,
}

/// The diagram of a report; at the prevalence asked for, if one was.
pub(super) fn of_metrics(metrics: &Metrics) -> Diagram {
    let block = metrics.at_prevalence.as_deref().unwrap_or(metrics);
    Diagram {
        set: metrics.options.set.clone(),
        prevalence: block.prevalence,
        ece: block.headline.ece.value,
        binning: metrics.options.binning,
        bins: block.calibration.clone(),
    }
}

/// The diagrams of sources left out: all together, every family the same, then each.
pub(super) fn of_left_out(
    samples: &Samples,
    table: &HoldOutTable,
    binning: Binning,
) -> Result<Vec<Diagram>, EvaluateError> {
    let shift = PriorShift::new(0.5, table.prevalence)?;
    let diagram = |set: &str, rows: &[(usize, f64)], weights: Option<&[f64]>| {
        let p: Vec<f64> = rows.iter().map(|(_, p)| shift.apply(*p)).collect();
        let labels: Vec<bool> = rows.iter().map(|(row, _)| samples.labels[*row]).collect();
        let even = Predictions::new(&p, &labels, weights)?;
        let set_at = at_prevalence(&even, table.prevalence)?;
        Ok(Diagram {
            set: set.to_string(),
            prevalence: Some(table.prevalence),
            ece: ece(&set_at, binning),
            binning,
            bins: calibration_table(&set_at, binning),
        })
    };
    let rows: Vec<usize> = table.probabilities.iter().map(|(row, _)| *row).collect();
    let weights = family_weights(samples, &rows);
    let mut diagrams = vec![diagram("all sources left out", &table.probabilities, Some(&weights))?];
    for source in &table.sources {
        let name = |row: usize| &samples.sources[samples.source[row]].name;
        let own: Vec<(usize, f64)> =
            table.probabilities.iter().filter(|(row, _)| *name(*row) == source.source).copied().collect();
        diagrams.push(diagram(&source.source, &own, None)?);
    }
    Ok(diagrams)
}

/// The diagrams as text.
pub(super) fn drawn(diagrams: &[Diagram]) -> String {
    let mut out = String::new();
    for diagram in diagrams {
        // What stands left of the picture takes 44 columns.
        let columns = width().saturating_sub(46).clamp(21, 81);
        let bots = diagram
            .prevalence
            .map_or(String::new(), |p| format!(", {} % bots", crate::model::short_number(p * 100.0)));
        let error = diagram.ece.map_or(String::new(), |e| format!(", expected calibration error {e:.3}"));
        let _ = writeln!(out, "\nReliability: {}{bots}{error}", visible(&diagram.set));
        let axis = axis(columns);
        let _ = writeln!(out, "  {:>8}  {:>6}  {:<22}  {axis}", "accounts", "mean p", "share of bots [95 %]");
        for bin in &diagram.bins {
            let share = format!("{:.3} [{:.3}, {:.3}]", bin.frac_pos, bin.lo, bin.hi);
            let _ = writeln!(
                out,
                "  {:>8}  {:>6.3}  {share:<22}  {}",
                bin.n,
                bin.mean_p,
                picture(bin, columns).trim_end()
            );
        }
        let strategy = match diagram.binning.strategy {
            BinStrategy::Quantile => "bins of equal weight",
            BinStrategy::Uniform => "bins of equal width",
        };
        let _ =
            writeln!(out, "  ○ mean p_bot, ● share of bots, ◉ both, ─ its 95 % Wilson interval; {strategy}");
    }
    out
}

/// The scale above the pictures: 0, the middle and 1.
fn axis(columns: usize) -> String {
    let half = columns / 2;
    format!("0{:>half$}{:>rest$}", "0.5", "1", rest = columns - 1 - half)
}

fn picture(bin: &CalibrationBin, columns: usize) -> String {
    let place = |share: f64| (share.clamp(0.0, 1.0) * (columns - 1) as f64).round() as usize;
    let mut line = vec![' '; columns];
    line[place(bin.lo)..=place(bin.hi)].fill('─');
    let (said, is) = (place(bin.mean_p), place(bin.frac_pos));
    line[said] = '○';
    line[is] = if said == is { '◉' } else { '●' };
    line.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_put_each_mark_where_its_share_is() {
        let bin = CalibrationBin { bin: 0, n: 9, weight: 9.0, mean_p: 0.2, frac_pos: 0.5, lo: 0.4, hi: 0.6 };
        assert_eq!(picture(&bin, 21), "    ○   ──●──        ");
        assert_eq!(picture(&CalibrationBin { mean_p: 0.5, ..bin }, 21), "        ──◉──        ");
        let edge = CalibrationBin { mean_p: 1.0, frac_pos: 0.0, lo: 0.0, hi: 0.0, ..bin };
        assert_eq!(picture(&edge, 21), format!("●{}○", " ".repeat(19)));
        assert_eq!(axis(21).chars().count(), 21);
    }
}
