//! Reports as files: their forms, and the report of `evaluate` about a model.

use std::path::Path;

use super::evaluate::trained_on;
use super::write_result;
use crate::evaluate::{AtPrevalence, Binning, Bootstrap, HoldOutTable, Metrics, PriorShift, PromiseTable};
use crate::model::{Model, Samples, family_weights};
use crate::report::document::Document;
use crate::report::{ModelReport, SetInput, SetReport, html, markdown};
use crate::safe::json_line;

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportForm {
    /// One page with plots, for people
    Html,
    /// The same words and numbers without plots
    Markdown,
    /// The numbers, for programs
    Json,
}

impl ReportForm {
    /// The form that was asked for, else the one that the file's ending says, else a page.
    pub(super) fn of(stated: Option<ReportForm>, path: Option<&Path>) -> ReportForm {
        let ending = path.and_then(Path::extension).and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        stated.unwrap_or(match ending.as_deref() {
            Some("md" | "markdown") => ReportForm::Markdown,
            Some("json") => ReportForm::Json,
            _ => ReportForm::Html,
        })
    }
}

/// Writes a report: its numbers, or its document.
pub(super) fn write_report(
    path: Option<&Path>,
    form: ReportForm,
    numbers: &impl serde::Serialize,
    document: impl FnOnce() -> Document,
) -> anyhow::Result<()> {
    let text = match form {
        ReportForm::Html => html(&document()),
        ReportForm::Markdown => markdown(&document()),
        ReportForm::Json => {
            let mut out = Vec::new();
            json_line(&mut out, numbers)?;
            out.push(b'\n');
            String::from_utf8(out)?
        }
    };
    write_result(path, &text)
}

/// Writes the report about a model; the ending of the file says its form.
pub(super) fn write_model_report(path: &Path, report: &ModelReport) -> anyhow::Result<()> {
    write_report(Some(path), ReportForm::of(None, Some(path)), report, || report.document())
}

/// A labelled file, with what `evaluate` measured of it.
pub(super) fn measured_set(
    model: &Model,
    samples: &Samples,
    p_bot: &[f64],
    metrics: &Metrics,
) -> anyhow::Result<SetReport> {
    let options = &metrics.options;
    Ok(SetReport::of(SetInput {
        set: &options.set,
        p_bot,
        labels: &samples.labels,
        weights: None,
        groups: &samples.groups,
        p_bot_at: model.prevalence,
        shown_at: metrics
            .at_prevalence
            .as_ref()
            .and_then(|m| m.options.at_prevalence)
            .map(|at: AtPrevalence| at.prevalence),
        threshold: options.threshold,
        binning: options.binning,
        intervals: options.bootstrap,
        metrics: Some(metrics.clone()),
        trained_on: trained_on(model, samples).next().is_some(),
    })?)
}

/// All sources left out, as one set.
#[allow(clippy::too_many_arguments)] // what `evaluate` has at hand
pub(super) fn left_out_report(
    samples: &Samples,
    table: &HoldOutTable,
    promises: &PromiseTable,
    curves_of: Option<&Model>,
    threshold: f64,
    binning: Binning,
    intervals: &Bootstrap,
) -> anyhow::Result<ModelReport> {
    let rows: Vec<usize> = table.probabilities.iter().map(|(row, _)| *row).collect();
    let shift = PriorShift::new(0.5, table.prevalence)?;
    let p_bot: Vec<f64> = table.probabilities.iter().map(|(_, p)| shift.apply(*p)).collect();
    let labels: Vec<bool> = rows.iter().map(|row| samples.labels[*row]).collect();
    let groups: Vec<u64> = rows.iter().map(|row| samples.groups[*row]).collect();
    let weights = family_weights(samples, &rows);
    let set = SetReport::of(SetInput {
        set: "All sources left out, together",
        p_bot: &p_bot,
        labels: &labels,
        weights: Some((
            &weights,
            "Every family of sources counts the same, and bots as much as people in each; histograms count accounts.",
        )),
        groups: &groups,
        p_bot_at: table.prevalence,
        shown_at: Some(table.prevalence),
        threshold,
        binning,
        intervals: *intervals,
        metrics: None,
        trained_on: false,
    })?;
    let mut report = match curves_of {
        Some(model) => ModelReport::of(model, vec![set]),
        None => ModelReport::of_recipe(vec![set]),
    };
    report.left_out = Some(table.clone());
    report.promises = Some(promises.clone());
    Ok(report)
}

/// Was the model trained on the sources of these samples, by their names?
pub(super) fn is_of(model: &Model, samples: &Samples) -> bool {
    let trained: std::collections::BTreeSet<&str> =
        model.training.sources.iter().map(|source| source.name.as_str()).collect();
    trained == samples.sources.iter().map(|source| source.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form_unless_one_is_asked_for() {
        let of = |name: &str| ReportForm::of(None, Some(Path::new(name)));
        assert_eq!(of("a.html"), ReportForm::Html);
        assert_eq!(of("a.MD"), ReportForm::Markdown);
        assert_eq!(of("a.b.json"), ReportForm::Json);
        assert_eq!(of("a"), ReportForm::Html);
        assert_eq!(ReportForm::of(None, None), ReportForm::Html);
        assert_eq!(ReportForm::of(Some(ReportForm::Json), Some(Path::new("a.md"))), ReportForm::Json);
    }
}
