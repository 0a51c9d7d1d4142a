//! Rows that lack fields: one model for all of them, against one made for just what they have.

use std::fmt::Write as _;

use rayon::prelude::*;
use serde::Serialize;

use super::{mean, number, source_auc};
use crate::account::Account;
use crate::features::{CATALOGUE, compute_all};
use crate::model::{Fold, Recipe, Samples, TrainError, fit_recipe, out_of_source};

/// Takes fields from an account.
pub type Take = fn(&mut Account<'_>);

/// Kinds of thin rows: name, and what is taken from a full account.
pub const THIN: [(&str, Take); 5] = [
    ("no likes", |a| a.likes_given = None),
    ("no bio", |a| {
        a.bio = None;
        a.given = Default::default();
    }),
    ("no flags", no_flags),
    // What v2 does not give (formats.md): the theme, the background, position tagging, the picture's being the first one.
    ("an API v2 row", |a| {
        a.default_profile = None;
        a.default_image = None;
        a.geo_enabled = None;
        a.background_image = None;
        a.likes_given = None;
        a.lang = None;
    }),
    ("three counts only", |a| {
        let (followers, following, posts) = (a.followers, a.following, a.posts);
        *a = Account { followers, following, posts, ..Account::default() };
    }),
];

fn no_flags(a: &mut Account<'_>) {
    a.verified = None;
    a.protected = None;
    a.default_profile = None;
    a.default_image = None;
    a.geo_enabled = None;
    a.background_image = None;
}

/// An account of which everything is known, to see which features a field is needed for.
fn full() -> Account<'static> {
    let time = |text: &str| crate::ingest::parse_time(text);
    Account {
        id: Some("1".into()),
        handle: Some("some_handle".into()),
        name: Some("Some Name".into()),
        bio: Some("A bio with a few words".into()),
        location: Some("Somewhere".into()),
        url: Some("https://example.org".into()),
        lang: Some("en".into()),
        followers: Some(100),
        following: Some(200),
        posts: Some(300),
        likes_given: Some(400),
        listed: Some(5),
        verified: Some(false),
        protected: Some(false),
        default_profile: Some(false),
        default_image: Some(false),
        geo_enabled: Some(false),
        background_image: Some(false),
        declared_bot: Some(false),
        created_at: time("2015-01-01"),
        last_post_at: time("2019-01-01"),
        observed_at: time("2020-01-01"),
        ..Account::default()
    }
}

/// Features, as indices into the catalogue, that go missing with what `take` takes from an account.
fn lost_with(take: Take) -> Vec<usize> {
    let values = |account: &Account<'_>| {
        let mut values = vec![f64::NAN; CATALOGUE.len()];
        compute_all(account, &mut values);
        values
    };
    let mut account = full();
    let before = values(&account);
    take(&mut account);
    let after = values(&account);
    (0..CATALOGUE.len()).filter(|&at| !before[at].is_nan() && after[at].is_nan()).collect()
}

/// One kind of thin rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThinRow {
    /// What is missing.
    pub rows: String,
    /// Features of the recipe that are left.
    pub features: usize,
    /// Left-out ROC AUC of the one model, which was trained on the rows as they are; mean over the sources.
    pub one_model: Option<f64>,
    /// The same of a model trained with these features only.
    pub own_model: Option<f64>,
    /// The same, `one_model - own_model` where that is lowest, and the source it is of.
    pub worst: Option<(f64, String)>,
}

/// All kinds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThinTable {
    /// A row a kind.
    pub kinds: Vec<ThinRow>,
}

/// Leaves every family out, scores its rows with fields taken away, and does the same with models made for what is left.
///
/// # Errors
/// As [`fit_recipe`].
pub fn thin_rows(
    samples: &Samples,
    folds: &[Fold],
    recipe: &Recipe,
    done: impl Fn(&str) + Sync,
) -> Result<ThinTable, TrainError> {
    let fits: Vec<_> =
        folds.par_iter().map(|fold| fit_recipe(samples, &fold.train, recipe)).collect::<Result<_, _>>()?;
    done("the one model");
    let mut kinds = Vec::new();
    let all: [(&str, Take); 1] = [("everything the file has", |_| ())];
    for (name, take) in all.into_iter().chain(THIN) {
        let lost = lost_with(take);
        let left: Vec<usize> = recipe.features.iter().copied().filter(|at| !lost.contains(at)).collect();
        let mut one = vec![None; samples.len()];
        for (fold, fitted) in folds.iter().zip(&fits) {
            for &row in &fold.test {
                let value =
                    |at: usize| if lost.contains(&at) { f64::NAN } else { samples.values[at].get(row) };
                one[row] = Some(fitted.raw_of(value));
            }
        }
        let features = left.len();
        let own = if features < recipe.features.len() {
            out_of_source(samples, folds, &Recipe { features: left, ..recipe.clone() }, |_| ())?
        } else {
            one.clone()
        };
        let (mut ours, mut theirs, mut worst): (Vec<f64>, Vec<f64>, Option<(f64, String)>) =
            (Vec::new(), Vec::new(), None);
        for fold in folds {
            for (source, info) in samples.sources.iter().enumerate().filter(|(_, info)| info.hold_out) {
                let auc = |raw: &[Option<f64>]| source_auc(samples, &fold.test, raw, source);
                if let (Some(a), Some(b)) = (auc(&one), auc(&own)) {
                    ours.push(a);
                    theirs.push(b);
                    if worst.as_ref().is_none_or(|(least, _)| a - b < *least) {
                        worst = Some((a - b, info.name.clone()));
                    }
                }
            }
        }
        kinds.push(ThinRow {
            rows: name.to_string(),
            features,
            one_model: mean(ours.into_iter()),
            own_model: mean(theirs.into_iter()),
            worst,
        });
        done(name);
    }
    Ok(ThinTable { kinds })
}

impl ThinTable {
    /// The table as text.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "Left-out sources scored with fields taken from their rows: by the one model, and by models trained with only\n\
             the features that are left. Mean ROC AUC over the sources; the last columns show the source where the one\n\
             model is furthest behind.\n\n",
        );
        let _ = writeln!(
            out,
            "{:24} {:>8}  {:>9}  {:>9}  {:>10}  {:>6}  source",
            "rows with", "features", "one model", "own model", "difference", "worst"
        );
        for kind in &self.kinds {
            let difference = kind.one_model.zip(kind.own_model).map(|(a, b)| format!("{:+.3}", a - b));
            let (worst, source) = match &kind.worst {
                Some((worst, source)) => (format!("{worst:+.3}"), source.as_str()),
                None => ("-".into(), ""),
            };
            let _ = writeln!(
                out,
                "{:24} {:>8}  {:>9}  {:>9}  {:>10}  {worst:>6}  {source}",
                kind.rows,
                kind.features,
                number(kind.one_model),
                number(kind.own_model),
                difference.unwrap_or_else(|| "-".into()),
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_from_a_row_takes_the_features_that_need_it() {
        let names =
            |take: Take| -> Vec<&str> { lost_with(take).into_iter().map(|at| CATALOGUE[at].name).collect() };
        let likes = names(THIN[0].1);
        assert!(likes.contains(&"likes_to_posts") && likes.contains(&"favourites_growth_rate"));
        assert!(!likes.contains(&"followers_to_friends"));
        assert!(names(THIN[1].1).contains(&"bio_promotion_words"));
        assert!(names(THIN[2].1).contains(&"default_profile"));
        let thin = names(THIN[4].1);
        assert!(thin.contains(&"followers_growth_rate") && !thin.contains(&"posts_to_followers"));
        assert!(names(|_| ()).is_empty());
    }
}
