//! Writes docs/score-by-hand.md: one score of the default model redone with pencil arithmetic from its JSON file.
//!
//!     cargo run --release --example score_by_hand > docs/score-by-hand.md
//!
//! The arithmetic here reads the model as plain JSON and shares nothing with the program's scorer; a test holds the two
//! to each other, and the document to this generator.

#![allow(missing_docs)] // the fields are called as in the model file

use std::fmt::Write as _;
use std::path::Path;

use botsieve::account::Account;
use botsieve::features::{Facts, Groups, find};
use botsieve::ingest::{Input, ReadOptions};
use serde_json::Value;

/// The account whose score is redone.
pub const FILE: &str = "data/followers.csv";
/// Its row, from 1.
pub const ROW: u64 = 1;

#[allow(dead_code)] // the test takes the document alone
fn main() {
    print!("{}", document());
}

/// One feature's line of the sum.
pub struct Line {
    pub feature: String,
    pub formula: String,
    pub value: Option<f64>,
    pub bin: usize,
    pub edges: Vec<f64>,
    pub weight: f64,
    pub scale: String,
    pub stretched: f64,
    pub mean: f64,
    pub sd: f64,
    pub z: f64,
    pub slope: f64,
}

impl Line {
    fn sum(&self) -> f64 {
        if self.value.is_some() { self.weight + self.slope * self.z } else { 0.0 }
    }
}

/// Everything on the way to a score.
pub struct Sheet {
    pub lines: Vec<Line>,
    pub intercept: f64,
    pub raw: f64,
    pub slope: f64,
    pub offset: f64,
    pub at: f64,
    pub prevalence: f64,
    pub calibrated: f64,
    pub logit: f64,
    pub p_bot: f64,
}

/// The model as plain JSON.
pub fn model() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("models/default.json is there"))
        .expect("is JSON")
}

/// The account of the document.
pub fn account() -> Account<'static> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let mut input = Input::open(&path, &ReadOptions::default()).expect("the file is readable");
    let parser = input.parser();
    let mut found = None;
    while let Some(chunk) = input.next_chunk().expect("the file is readable") {
        parser.parse(&chunk, |row| {
            if row.number == ROW {
                found = Some(row.account.into_owned());
            }
        });
    }
    found.expect("the row is there")
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} is a number"))
}

fn numbers(value: &Value, key: &str) -> Vec<f64> {
    value[key].as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// Redoes the score with nothing but the JSON and the values of the features.
pub fn sheet(model: &Value, account: &Account<'_>) -> Sheet {
    let facts = Facts::of(account, Groups::ALL);
    let mut lines = Vec::new();
    for curve in model["features"].as_array().expect("a list") {
        let name = curve["feature"].as_str().expect("a name");
        let feature = find(name).expect("a feature of the catalogue");
        let value = feature.value(&facts);
        let x = value.unwrap_or(0.0);
        let edges = numbers(curve, "edges");
        let bin = edges.iter().filter(|edge| **edge < x).count();
        let scale = curve["scale"].as_str().expect("a word").to_string();
        let stretched = match scale.as_str() {
            "linear" => x,
            "log1p" => (1.0 + x.max(0.0)).ln(),
            "log" => x.max(1e-12).ln(),
            other => panic!("a new scale: {other}"),
        };
        let (mean, sd) = (number(curve, "mean"), number(curve, "sd"));
        lines.push(Line {
            feature: name.to_string(),
            formula: with_numbers(feature.formula, account),
            value,
            bin,
            weight: numbers(curve, "weights")[bin],
            edges,
            scale,
            stretched,
            mean,
            sd,
            z: ((stretched - mean) / sd).clamp(-3.0, 3.0),
            slope: number(curve, "slope"),
        });
    }
    let calibration = &model["calibration"];
    let intercept = number(model, "intercept");
    let raw = intercept + lines.iter().map(Line::sum).sum::<f64>();
    let (slope, offset) = (number(calibration, "slope"), number(calibration, "intercept"));
    let (at, prevalence) = (number(calibration, "at_prevalence"), number(model, "prevalence"));
    let calibrated = slope * raw + offset;
    let log_odds = |p: f64| (p / (1.0 - p)).ln();
    let logit = calibrated + log_odds(prevalence) - log_odds(at);
    let p_bot = 1.0 / (1.0 + (-logit).exp());
    Sheet { lines, intercept, raw, slope, offset, at, prevalence, calibrated, logit, p_bot }
}

/// A formula of the catalogue with the account's numbers in place of the names.
fn with_numbers(formula: &str, account: &Account<'_>) -> String {
    let formula = formula.split(';').next().unwrap_or(formula);
    let formula = formula.split(", or").next().unwrap_or(formula);
    let count = |n: Option<u64>| n.map(|n| n.to_string());
    let known = [
        ("followers", count(account.followers)),
        ("following", count(account.following)),
        ("posts", count(account.posts)),
        ("likes_given", count(account.likes_given)),
        ("listed", count(account.listed)),
        ("age_days", account.age_days().map(|days| format!("{days:.4}"))),
    ];
    let mut out = String::new();
    let mut word = String::new();
    // A blank behind the end closes the last word.
    for c in formula.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        match known.iter().find(|(name, _)| *name == word) {
            Some((_, Some(number))) => out.push_str(number),
            _ => out.push_str(&word),
        }
        word.clear();
        out.push(c);
    }
    out.trim_end().replace(" (at least an hour)", "")
}

/// A number as it stands in the document: six decimals at most.
pub fn shown(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// The document.
pub fn document() -> String {
    let (model, account) = (model(), account());
    let sheet = sheet(&model, &account);
    let scorer = botsieve::model::Scorer::embedded().expect("the embedded model is whole");
    let score = scorer.score(&account, 0);
    assert!(
        (score.logit - sheet.logit).abs() < 1e-9,
        "the model sums something that this document does not know of: {} by the program, {} by hand",
        score.logit,
        sheet.logit
    );
    let mut out = String::new();
    let handle = account.handle.as_deref().unwrap_or_default();
    let _ = writeln!(
        out,
        "# A score by hand\n\n\
         Written by `cargo run --release --example score_by_hand > docs/score-by-hand.md`; a test compares it with \
         what\n`botsieve score` says and with the model file. All you need is `models/default.json` and a pocket \
         calculator.\n\n\
         The account is row {ROW} of `{FILE}`, @{handle} (made up). `botsieve explain {FILE} --row {ROW}`\ndraws the \
         same sum.\n\n\
         ## 1. What the file says\n\n| field | value |\n|---|---|"
    );
    let count = |n: Option<u64>| n.map_or_else(|| "missing".to_string(), |n| n.to_string());
    let flag =
        |f: Option<bool>| f.map_or_else(|| "missing".to_string(), |f| if f { "yes" } else { "no" }.into());
    for (name, value) in [
        ("handle", handle.to_string()),
        ("bio", account.bio.as_deref().unwrap_or("missing").to_string()),
        ("followers", count(account.followers)),
        ("following", count(account.following)),
        ("posts", count(account.posts)),
        ("likes given", count(account.likes_given)),
        ("listed", count(account.listed)),
        ("protected", flag(account.protected)),
        ("default profile", flag(account.default_profile)),
        ("default image", flag(account.default_image)),
        ("made", account.created_at.map_or_else(|| "missing".into(), |t| t.to_string())),
        ("observed", account.observed_at.map_or_else(|| "missing".into(), |t| t.to_string())),
        ("age in days", account.age_days().map_or_else(|| "missing".into(), shown)),
    ] {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    values(&mut out, &sheet);
    curves(&mut out, &sheet);
    finish(&mut out, &sheet, &model, &score);
    out
}

fn values(out: &mut String, sheet: &Sheet) {
    let _ = writeln!(
        out,
        "\n## 2. The values of the features\n\nFormulas as `botsieve features --list` prints them, with the numbers \
         put in. Those of texts (words of the bio,\nlikelihood of the handle) are counted by the program: \
         `botsieve features {FILE}`.\n\n| feature | = | value |\n|---|---|---:|"
    );
    for line in &sheet.lines {
        let value = line.value.map_or_else(|| "missing".into(), shown);
        let _ = writeln!(out, "| {} | {} | {value} |", line.feature, line.formula.replace('|', "\\|"));
    }
}

fn curves(out: &mut String, sheet: &Sheet) {
    let _ = writeln!(
        out,
        "\n## 3. What each adds\n\n\
         The bin is the number of `edges` below the value, counted from 0; its weight stands in `weights` at that place.\n\
         Then z = (stretched value - `mean`) / `sd`, cut off at -3 and 3, where `scale` says how to stretch: `log` is\n\
         ln(x), `log1p` is ln(1 + x), `linear` is x. The feature adds weight + `slope` * z; a missing one adds 0.\n\n\
         | feature | bin | weight | stretched | z | slope | adds |\n|---|---|---:|---:|---:|---:|---:|"
    );
    for line in &sheet.lines {
        if line.value.is_none() {
            let _ = writeln!(out, "| {} | missing | | | | | 0 |", line.feature);
            continue;
        }
        let range = match (line.bin.checked_sub(1).map(|at| line.edges[at]), line.edges.get(line.bin)) {
            (None, Some(to)) => format!("up to {to}"),
            (Some(from), Some(to)) => format!("above {from} to {to}"),
            (Some(from), None) => format!("above {from}"),
            (None, None) => "any".into(),
        };
        let stretched = match line.scale.as_str() {
            "log" => format!("ln = {}", shown(line.stretched)),
            "log1p" => format!("ln(1+x) = {}", shown(line.stretched)),
            _ => shown(line.stretched),
        };
        let _ = writeln!(
            out,
            "| {} | {}: {range} | {} | {stretched} | ({} - {}) / {} = {} | {} | {} |",
            line.feature,
            line.bin,
            shown(line.weight),
            shown(line.stretched),
            line.mean,
            line.sd,
            shown(line.z),
            line.slope,
            shown(line.sum())
        );
    }
}

fn finish(out: &mut String, sheet: &Sheet, model: &Value, score: &botsieve::model::Score) {
    let terms: f64 = sheet.lines.iter().map(Line::sum).sum();
    let percent = |share: f64| shown(share * 100.0);
    let _ = writeln!(
        out,
        "\n## 4. The sum, calibrated\n\n\
         | step | |\n|---|---:|\n\
         | sum of what the features add | {} |\n\
         | `intercept` of the model | {} |\n\
         | raw log-odds, their sum | {} |\n\
         | `calibration.slope` * raw + `calibration.intercept` = {} * {} + {} | {} |\n\
         | from {} % bots to {} %: ln({} / {}) - ln({} / {}) | {} |\n\
         | **logit**, the sum of the last two | **{}** |\n\
         | **p_bot** = 1 / (1 + e^-logit) | **{}** |",
        shown(terms),
        shown(sheet.intercept),
        shown(sheet.raw),
        sheet.slope,
        shown(sheet.raw),
        sheet.offset,
        shown(sheet.calibrated),
        percent(sheet.at),
        percent(sheet.prevalence),
        shown(sheet.prevalence),
        shown(1.0 - sheet.prevalence),
        shown(sheet.at),
        shown(1.0 - sheet.at),
        shown(sheet.logit - sheet.calibrated),
        shown(sheet.logit),
        shown(sheet.p_bot)
    );
    let end = |key: &str| model["bands"][key].as_f64().map_or_else(|| "off".into(), |end| end.to_string());
    let _ = writeln!(
        out,
        "\n## 5. The band\n\n{} features are known and {} are wanted. Genuine ends at {}, spam begins at {}{}: the band is \
         **{}**.\n\n`botsieve score {FILE}` says `p_bot` {} and logit {} on row {ROW}: the same. (Numbers here are \
         rounded to\nsix decimals, so your last digit may differ.)",
        score.features_known,
        model["bands"]["min_features"],
        end("genuine_up_to"),
        end("spam_from"),
        match model["bands"]["spam_needs_evidence"].as_bool() {
            Some(true) => " for accounts with the shape of followers on sale (`bought_follower_shape`)",
            _ => "",
        },
        score.band.name(),
        shown(score.p_bot),
        shown(score.logit)
    );
}
