//! The model card (Mitchell et al. 2019, "Model Cards for Model Reporting") in Markdown.

use std::fmt::Write as _;

use crate::features;
use crate::model::Model;
use crate::safe::one_line;

/// Words of a model file, which a stranger may have written, on one line.
fn words(text: &str) -> String {
    one_line(text, 2_000)
}

/// A card for a model: what it is for, what it was trained on, how it did elsewhere, what it looks at, its limits.
pub fn card(model: &Model) -> String {
    let mut out = String::new();
    let percent = model.prevalence * 100.0;
    let _ = writeln!(out, "# Model card: {}\n\n{}\n", words(&model.name), words(&model.description));
    let _ = writeln!(
        out,
        "Written by {}. A logistic model of {} features, each a curve of bins{}; positive class: bot. `p_bot` is meant \
         where {percent:.0} % of the accounts are bots; another share is set with `--prevalence`.\n",
        words(&model.written_by),
        model.features.len(),
        if model.training.encoding.linear { " and a slope" } else { "" }
    );
    let _ = writeln!(
        out,
        "## Use\n\nTo order a list of accounts for a person who looks at them one by one. Not to decide by \
        itself: not to follow, unfollow, block, report or publish anybody's score.\n"
    );
    bands(&mut out, model);
    held_out(&mut out, model);
    sources(&mut out, model);
    curves(&mut out, model);
    let _ = writeln!(
        out,
        "## Limits\n\n\
         - The labels are those of the sources: self-declared, purchased, suspended, annotated by people. \"Bot\" there is \
         not one thing, and some of it is wrong.\n\
         - The sources are of certain years and mostly of one network. Networks change; old figures do not promise new ones.\n\
         - A person with few followers, an empty profile and a handle with digits looks like a bot. At {percent:.0} % bots many \
         accounts that lean towards bot are people: look before you judge.\n\
         - No id, date of collection, source or text of an account is in the model file.\n"
    );
    out
}

fn bands(out: &mut String, model: &Model) {
    let end = |p: Option<f64>, words: &str| p.map_or("off".to_string(), |p| format!("`p_bot` {words} {p}"));
    let _ = writeln!(out, "## Bands\n\n| band | where |\n|---|---|");
    let _ = writeln!(out, "| genuine | {} |", end(model.bands.genuine_up_to, "up to"));
    let spam = end(model.bands.spam_from, "from");
    let _ = writeln!(out, "| spam | {spam}{} |", model.bands.evidence_words());
    let _ = writeln!(out, "| look | everything else |");
    let _ = writeln!(
        out,
        "| pending | fewer than {} features known |\n\nChosen {}.\n",
        model.bands.min_features,
        words(&model.bands.chosen)
    );
}

fn held_out(out: &mut String, model: &Model) {
    if model.held_out.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "## On sources left out of training\n\n\
         Each family of sources left out in turn, its accounts dropped everywhere else. AUC with a 95 % bootstrap \
         interval; one split = best depth-1 tree learnt from the same rows; majority baseline: AUC 0.5. AP: average \
         precision with {:.0} % bots.\n\n\
         | source | bots | humans | ROC AUC | one split | balanced accuracy | AP | bots in spam band | people in spam band |\n\
         |---|---:|---:|---|---:|---:|---:|---:|---:|",
        model.prevalence * 100.0
    );
    for h in &model.held_out {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {:.3}{} | {} | {:.3} | {:.3} | {:.1} % | {:.1} % |",
            words(&h.source),
            h.bots,
            h.humans,
            h.roc_auc,
            h.roc_auc_interval.map(|[lo, hi]| format!(" [{lo:.3}, {hi:.3}]")).unwrap_or_default(),
            h.one_split_roc_auc.map_or("-".to_string(), |v| format!("{v:.3}")),
            h.balanced_accuracy,
            h.average_precision,
            h.spam_recall * 100.0,
            h.spam_false_positive_rate * 100.0
        );
    }
    let n = model.held_out.len() as f64;
    let mean = |of: &dyn Fn(&crate::model::HeldOut) -> f64| model.held_out.iter().map(of).sum::<f64>() / n;
    let _ = writeln!(
        out,
        "| **mean** | | | **{:.3}** | {:.3} | {:.3} | {:.3} | {:.1} % | {:.1} % |\n",
        mean(&|h| h.roc_auc),
        mean(&|h| h.one_split_roc_auc.unwrap_or(0.5)),
        mean(&|h| h.balanced_accuracy),
        mean(&|h| h.average_precision),
        mean(&|h| h.spam_recall) * 100.0,
        mean(&|h| h.spam_false_positive_rate) * 100.0
    );
}

fn sources(out: &mut String, model: &Model) {
    let _ = writeln!(
        out,
        "## Trained on\n\n| source | family | bots | humans | files |\n|---|---|---:|---:|---|"
    );
    for source in &model.training.sources {
        let files: Vec<String> = source.files.iter().map(|f| format!("`{}`", words(&f.path))).collect();
        let shown = if files.len() > 3 {
            format!("{} and {} more", files[0], files.len() - 1)
        } else {
            files.join(", ")
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {shown} |",
            words(&source.name),
            words(&source.family),
            source.bots,
            source.humans
        );
    }
    let _ = writeln!(
        out,
        "\nEvery class of every source has the same weight, and bots as much as humans. SHA-256 of each file and what \
        became of its rows stand in the model file.\n"
    );
}

fn curves(out: &mut String, model: &Model) {
    let mut ranked: Vec<_> = model
        .features
        .iter()
        .map(|curve| {
            let variance: f64 = curve.shares.iter().zip(&curve.weights).map(|(p, w)| p * w * w).sum();
            (model.calibration.slope * (variance + curve.slope * curve.slope).sqrt(), curve)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let _ = writeln!(
        out,
        "## What it looks at\n\nSpread: standard deviation of the feature's contribution, calibrated log-odds. Known: share of the \
         training weight where the feature is known.\n\n| feature | formula | spread | known |\n|---|---|---:|---:|"
    );
    for (spread, curve) in ranked {
        let formula = features::find(&curve.feature).map_or("", |f| f.formula);
        let _ =
            writeln!(out, "| {} | {formula} | {spread:.2} | {:.0} % |", curve.feature, curve.known * 100.0);
    }
    out.push('\n');
}
