#![no_main]
mod shared;

use std::sync::OnceLock;

use botsieve::account::Account;
use botsieve::ingest::{Input, ReadOptions, Source};
use botsieve::model::{Model, Parts, Scorer, compare_models, shown_curves, shown_pairs};
use serde_json::Value;

const SMALL: &str = include_str!("../../tests/fixtures/small_model.json");

/// Accounts of which much, little, and nothing is known.
fn accounts() -> &'static [Account<'static>] {
    static ACCOUNTS: OnceLock<Vec<Account<'static>>> = OnceLock::new();
    ACCOUNTS.get_or_init(|| {
        let bytes = include_bytes!("../../data/followers.csv").to_vec();
        let mut input =
            Input::from_source(Source::from_bytes("fuzz", bytes), &ReadOptions::default()).unwrap();
        let mut all = vec![Account::default()];
        input
            .for_each_row(|row| {
                if row.number % 40 == 1 {
                    all.push(row.account.into_owned());
                }
            })
            .unwrap();
        assert!(all.len() > 3);
        all
    })
}

/// Reads bytes as a model. One that is taken can be used: it scores, its reasons add up, it is shown, compared, and the
/// same when it is written and read again.
fn read(bytes: &[u8]) {
    let model = match Model::read(&shared::file("model.json", bytes)) {
        Ok(model) => model,
        Err(error) => return shared::harmless(&error.to_string()),
    };
    let written = model.to_json();
    let again = Model::read(&shared::file("again.json", written.as_bytes())).expect("read once, read again");
    assert_eq!(again, model);
    assert_eq!(again.to_json(), written);
    for prevalence in [None, Some(0.5), Some(1e-12)] {
        use_it(&Scorer::new(model.clone(), prevalence));
    }
    assert_eq!(shown_curves(&model).len(), model.features.len());
    assert_eq!(shown_pairs(&model).len(), model.pairs.len());
    assert!(!botsieve::report::card(&model).is_empty());
    let change = compare_models(&model, &again);
    assert!(!format!("{change:?}").contains("NaN"));
}

fn use_it(scorer: &Scorer) {
    let terms = scorer.feature_count() + scorer.model().pairs.len();
    let mut parts = Parts::default();
    for account in accounts() {
        let score = scorer.score_with(account, terms, &mut parts);
        assert!(score.logit.is_finite() && (0.0..=1.0).contains(&score.p_bot), "{score:?}");
        assert!(score.support.is_none_or(|share| (0.0..=1.0).contains(&share)), "{score:?}");
        assert_eq!(score.features_known + score.features_missing, scorer.feature_count());
        let sums = |all: &mut dyn Iterator<Item = f64>| {
            all.fold((scorer.intercept(), scorer.intercept().abs()), |sum, part| {
                (sum.0 + part, sum.1 + part.abs())
            })
        };
        let (sum, size) = sums(&mut parts.first().all().map(|part| part.contribution));
        assert!((sum - score.logit).abs() <= 1e-9 * (1.0 + size), "{sum} {score:?}");
        // Reasons that round to nothing are not told.
        let (sum, size) = sums(&mut score.reasons.iter().map(|reason| reason.contribution));
        let untold = 0.005 * (terms - score.reasons.len()) as f64;
        assert!((sum - score.logit).abs() <= untold + 1e-9 * (1.0 + size), "{sum} {score:?}");
        assert!(score.reasons.iter().all(|reason| !reason.words().is_empty()));
        let explained = scorer.explain(account);
        let (sum, size) = sums(&mut explained.terms.iter().map(|term| term.contribution));
        assert!((sum - explained.score.logit).abs() <= 1e-9 * (1.0 + size), "{sum} {score:?}");
    }
}

/// Where a whole model has a value: the ways to all of them.
fn ways(value: &Value, way: &str, all: &mut Vec<String>) {
    all.push(way.to_string());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| ways(inner, &format!("{way}/{key}"), all)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, inner)| ways(inner, &format!("{way}/{at}"), all));
        }
        _ => {}
    }
}

fn small() -> &'static (Value, Vec<String>) {
    static SMALL_MODEL: OnceLock<(Value, Vec<String>)> = OnceLock::new();
    SMALL_MODEL.get_or_init(|| {
        let mut model: Value = serde_json::from_str(SMALL).unwrap();
        // A few curves are as good as many; what they weigh in training is of no interest here.
        if let Some(features) = model["features"].as_array_mut() {
            features.truncate(4);
        }
        let names: Vec<Value> = (0..4).map(|at| model["features"][at]["feature"].clone()).collect();
        let tail = |name: &Value| {
            serde_json::json!({"feature": name, "low": [9, 5, 3, 1, 0], "high": [20, 50, 90, 200, 900]})
        };
        model["support"] = serde_json::json!({
            "tails": names.iter().map(tail).collect::<Vec<_>>(),
            "unusual": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
            "shares": [0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
        });
        let names = &names[..2];
        model["pairs"] = serde_json::json!([{
            "features": names, "edges": [[3.0], [48.0, 200.0]], "weights": [[0.1, -0.2, 0.0], [0.3, 0.0, 0.1]],
            "shares": [[0.1, 0.2, 0.2], [0.1, 0.2, 0.2]], "known": 1.0
        }]);
        let text = serde_json::to_vec(&model).unwrap();
        Model::read(&shared::file("model.json", &text)).expect("the model that is replaced in is one");
        let mut all = Vec::new();
        ways(&model, "", &mut all);
        (model, all)
    })
}

/// Numbers and texts that are at the edge of what a model may hold.
const VALUES: [&str; 24] = [
    "0",
    "-0.0",
    "1",
    "-1",
    "0.5",
    "1e-300",
    "5e-324",
    "-5e-324",
    "1e6",
    "-1e6",
    "1000001",
    "1e308",
    "-1e308",
    "1e999",
    "0.9999999999999999",
    "1.0000000000000002",
    "18446744073709551615",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "\"\\u202e]\\n[\"",
    "\"statuses_count\"",
];

/// The small model with some of its values replaced: two bytes say which, one by what, and every so often by a piece of
/// the input itself.
fn replaced(bytes: &[u8]) -> Vec<u8> {
    let (model, ways) = small();
    let mut model = model.clone();
    for (at, change) in bytes.chunks_exact(3).take(32).enumerate() {
        let way = &ways[usize::from(u16::from_le_bytes([change[0], change[1]])) % ways.len()];
        let value = VALUES.get(usize::from(change[2])).map_or_else(
            || serde_json::from_slice(bytes.get(3 * (at + 1)..).unwrap_or_default()).ok(),
            |text| serde_json::from_str(text).ok(),
        );
        let other = || Value::from(f64::from(change[2]) / 64.0 - 2.0);
        if let Some(place) = model.pointer_mut(way) {
            *place = value.unwrap_or_else(other);
        }
    }
    serde_json::to_vec(&model).unwrap()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    read(&replaced(bytes));
});
