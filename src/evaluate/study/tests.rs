//! Tables of studies, every cell made again by the fits it is defined by, and their texts.

use super::*;
use crate::evaluate::testing::auc_by_pairs;
use crate::evaluate::{Bootstrap, Interval, OneSplit};
use crate::features::CATALOGUE;
use crate::model::testing::{cells, column, recipe};
use crate::model::{Fold, Recipe, fit_recipe, fit_to, five_folds, folds_by_family, within_source};
use crate::scramble::scramble;

/// Three families, the first of two sources; one account of the first is in the third too.
fn families() -> (Samples, Vec<Fold>) {
    let mut samples = cells(
        &[("a", 1.0), ("a", 1.0), ("b", 1.0), ("c", 1.0)],
        &[
            (0, true, 40),
            (0, false, 60),
            (1, true, 50),
            (1, false, 60),
            (2, true, 60),
            (2, false, 120),
            (3, true, 50),
            (3, false, 80),
        ],
    );
    samples.groups[400] = samples.groups[5];
    let folds = folds_by_family(&samples);
    (samples, folds)
}

/// Mean over the sources of some rows of the ROC AUC of a score.
fn auc(samples: &Samples, rows: &[usize], score: impl Fn(usize) -> f64) -> f64 {
    let of = |source: usize| {
        let own: Vec<usize> = rows.iter().copied().filter(|&row| samples.source[row] == source).collect();
        let scores: Vec<f64> = own.iter().map(|&row| score(row)).collect();
        let labels: Vec<bool> = own.iter().map(|&row| samples.labels[row]).collect();
        (!own.is_empty()).then(|| auc_by_pairs(&scores, &labels))
    };
    let found: Vec<f64> = (0..samples.sources.len()).filter_map(of).collect();
    found.iter().sum::<f64>() / found.len() as f64
}

#[track_caller]
fn near(found: Option<f64>, right: f64) {
    assert!((found.unwrap() - right).abs() < 1e-9, "{found:?}, not {right}");
}

#[test]
fn figures_of_a_study_by_hand() {
    assert_eq!(mean([1.0, 2.0, 6.0].into_iter()), Some(3.0));
    assert_eq!(mean([].into_iter()), None);
    // Three of the four pairs of a bot and a person are in order.
    assert_eq!(auc_of(&[-2.0, 3.0, -1.0, 9.0], &[false, false, true, true]), Some(0.75));
    assert_eq!(auc_of(&[-2.0, 3.0], &[true, true]), None);
    assert_eq!((number(Some(0.12345)), number(None)), ("0.123".into(), "-".into()));
}

#[test]
fn a_source_counts_where_it_has_both_classes_and_is_held_out() {
    let mut samples = cells(
        &[("a", 1.0), ("b", 1.0), ("c", 1.0)],
        &[(0, true, 1), (0, false, 2), (1, true, 2), (2, true, 1), (2, false, 1)],
    );
    samples.sources[2].hold_out = false;
    let raw = [Some(1.0), Some(0.0), Some(2.0), Some(0.0), Some(9.0), Some(0.0), Some(1.0)];
    let rows: Vec<usize> = (0..7).collect();
    // Of the first, one of two pairs is in order; the second has no human.
    assert_eq!(source_auc(&samples, &rows, &raw, 0), Some(0.5));
    assert_eq!(source_auc(&samples, &rows, &raw, 1), None);
    assert_eq!(source_auc(&samples, &rows, &raw, 2), Some(0.0));
    assert_eq!(family_auc(&samples, &rows, &raw), Some(0.5));
    assert_eq!(source_auc(&samples, &[0, 1], &raw, 0), Some(1.0), "of these rows alone");
    let holes = [Some(1.0), None, Some(2.0), None, None, None, None];
    assert_eq!(family_auc(&samples, &rows, &holes), Some(0.0));
}

#[test]
fn every_trial_of_a_search_is_of_fits_that_saw_none_of_the_families_left_out() {
    let (samples, folds) = families();
    let of = |name: &str, features: &[&str]| Candidate {
        name: name.into(),
        recipe: Recipe { features: features.iter().map(|name| column(name)).collect(), ..recipe(0) },
    };
    let candidates = [
        of("posts", &["statuses_count"]),
        of("counts", &["followers_count", "friends_count"]),
        of("followers", &["followers_count"]),
    ];
    let table = search(&samples, &folds, &candidates, |_| ()).unwrap();
    assert_eq!(table.families, ["a", "b", "c"]);
    let mut right = Vec::new();
    for (trial, candidate) in table.trials.iter().zip(&candidates) {
        assert_eq!(trial.name, candidate.name);
        // On `inner`, by a fit without it and without `outer`.
        let measured = |outer: usize, inner: usize| {
            let rows: Vec<usize> =
                folds[outer].train.iter().copied().filter(|row| folds[inner].train.contains(row)).collect();
            let fitted = fit_recipe(&samples, &rows, &candidate.recipe).unwrap();
            auc(&samples, &folds[inner].test, |row| fitted.raw(&samples, row))
        };
        let (mut families, mut inner) = ([0.0; 3], [0.0; 3]);
        for (family, others) in [(0, [1, 2]), (1, [0, 2]), (2, [0, 1])] {
            families[family] = measured(family, family);
            inner[family] = others.map(|other| measured(family, other)).iter().sum::<f64>() / 2.0;
            near(trial.families[family], families[family]);
            near(trial.inner[family], inner[family]);
        }
        near(trial.mean, families.iter().sum::<f64>() / 3.0);
        right.push((families, inner));
    }
    let best = |of: &dyn Fn(usize) -> f64| (0..3).max_by(|a, b| of(*a).total_cmp(&of(*b))).unwrap();
    let chosen = [0, 1, 2].map(|family| best(&|at| right[at].1[family]));
    assert_eq!(table.chosen, chosen);
    near(table.nested, (0..3).map(|family| right[chosen[family]].0[family]).sum::<f64>() / 3.0);
    assert_eq!(table.best, best(&|at| right[at].0.iter().sum()));
    // Of equals the first is chosen.
    let twice = [of("followers", &["followers_count"]), of("the same", &["followers_count"])];
    let table = search(&samples, &folds, &twice, |_| ()).unwrap();
    assert_eq!((table.chosen, table.best), (vec![0, 0, 0], 0));
}

#[test]
fn a_search_as_text() {
    let trial = |name: &str, families: [Option<f64>; 2], mean, inner: [Option<f64>; 2]| Trial {
        name: name.into(),
        families: families.into(),
        mean,
        inner: inner.into(),
    };
    let table = SearchTable {
        families: vec!["cresci".into(), "a family of long name".into()],
        trials: vec![
            trial("all", [Some(0.8), Some(0.7)], Some(0.75), [Some(0.71), Some(0.79)]),
            trial("few, finer", [Some(0.9), None], Some(0.9), [Some(0.61), None]),
        ],
        chosen: vec![0, 1],
        nested: Some(0.8),
        best: 1,
    };
    let right = "
candidate     mean         cresci    a family of
all          0.750        [0.800]         0.700 \n  inner                    0.710          0.790 
few, finer   0.900         0.900             [-]
  inner                    0.610              - \n
best:   0.900 (few, finer)
nested: 0.800
";
    let text = table.text();
    assert!(text.starts_with("Candidates, each measured by leaving every family of sources out in turn"));
    assert_eq!(&text[text.find("\n\n").unwrap() + 1..], right);
}

/// The samples of [`families`] with likes that tell more than the rest, and with two recipes: with them and without.
fn with_likes() -> (Samples, Vec<Fold>, [Recipe; 2]) {
    let (mut samples, folds) = families();
    let likes = column("favourites_count");
    samples.values[likes] = (0..samples.len())
        .map(|row| (scramble(row as u64 * 8 + 1) % 100) as f64 + if samples.labels[row] { 60.0 } else { 0.0 })
        .collect();
    let plain = recipe(0);
    let more = Recipe { features: [&plain.features[..], &[likes]].concat(), ..recipe(0) };
    (samples, folds, [more, plain])
}

#[test]
fn thin_rows_are_scored_by_the_one_model_and_by_one_for_what_is_left() {
    let (samples, mut folds, [more, plain]) = with_likes();
    folds.reverse();
    let table = thin_rows(&samples, &folds, &more, |_| ()).unwrap();
    let names: Vec<(&str, usize)> = table.kinds.iter().map(|kind| (&kind.rows[..], kind.features)).collect();
    let right = [
        ("everything the file has", 4),
        ("no likes", 3),
        ("no bio", 4),
        ("no flags", 4),
        ("an API v2 row", 3),
        ("three counts only", 3),
    ];
    assert_eq!(names, right);
    for (kind, thin) in table.kinds.iter().zip(right.map(|(_, features)| features == 3)) {
        // By source: of a model with likes, which are missing where the rows are thin, and of one made for the rows.
        let mut found: Vec<(f64, f64, usize)> = Vec::new();
        for (fold, sources) in folds.iter().zip([&[3][..], &[2], &[0, 1]]) {
            let whole = fit_recipe(&samples, &fold.train, &more).unwrap();
            let own = fit_recipe(&samples, &fold.train, if thin { &plain } else { &more }).unwrap();
            for &source in sources {
                let rows: Vec<usize> =
                    fold.test.iter().copied().filter(|&row| samples.source[row] == source).collect();
                let one = auc(&samples, &rows, |row| {
                    whole.raw_of(|at| {
                        if thin && at == column("favourites_count") {
                            f64::NAN
                        } else {
                            samples.values[at].get(row)
                        }
                    })
                });
                found.push((one, auc(&samples, &rows, |row| own.raw(&samples, row)), source));
            }
        }
        near(kind.one_model, found.iter().map(|(one, ..)| one).sum::<f64>() / 4.0);
        near(kind.own_model, found.iter().map(|(_, own, _)| own).sum::<f64>() / 4.0);
        let worst = found.iter().min_by(|x, y| (x.0 - x.1).total_cmp(&(y.0 - y.1))).unwrap();
        let (least, source) = kind.worst.as_ref().unwrap();
        near(Some(*least), worst.0 - worst.1);
        if thin {
            assert_eq!(*source, format!("source {}", worst.2));
            assert_ne!(worst.2, 3, "so that the first is not the worst by chance");
        } else {
            assert_eq!((kind.one_model, *least), (kind.own_model, 0.0));
            assert_eq!(source, "source 3", "of equals the first is named");
        }
    }
}

#[test]
fn thin_rows_as_text() {
    let table = ThinTable {
        kinds: vec![
            ThinRow {
                rows: "no likes".into(),
                features: 31,
                one_model: Some(0.75),
                own_model: Some(0.8),
                worst: Some((-0.125, "cresci".into())),
            },
            ThinRow {
                rows: "nothing".into(),
                features: 0,
                one_model: Some(0.5),
                own_model: None,
                worst: None,
            },
        ],
    };
    let right = "
rows with                features  one model  own model  difference   worst  source
no likes                       31      0.750      0.800      -0.050  -0.125  cresci
nothing                         0      0.500          -           -       -  
";
    let text = table.text();
    assert!(text.starts_with("Left-out sources scored with fields taken from their rows: by the one model"));
    assert_eq!(&text[text.find("\n\n").unwrap() + 1..], right);
}

/// ROC AUC at telling a target among some rows, each half of the accounts scored by a fit on the other half.
fn two_halves(samples: &Samples, rows: &[usize], recipe: &Recipe, target: impl Fn(usize) -> bool) -> f64 {
    let (mut scores, mut targets) = (Vec::new(), Vec::new());
    for side in [0, 1] {
        let in_half = |row: &usize| scramble(samples.groups[*row]) % 2 == side;
        let train: Vec<usize> = rows.iter().copied().filter(|row| !in_half(row)).collect();
        let hit: Vec<bool> = train.iter().map(|&row| target(row)).collect();
        let hits = hit.iter().filter(|hit| **hit).count() as f64;
        let n = train.len() as f64;
        let weights: Vec<f64> =
            hit.iter().map(|hit| if *hit { n / (2.0 * hits) } else { n / (2.0 * (n - hits)) }).collect();
        let fitted = fit_to(samples, &train, &hit, &weights, recipe).unwrap();
        for row in rows.iter().copied().filter(in_half) {
            scores.push(fitted.raw(samples, row));
            targets.push(target(row));
        }
    }
    auc_by_pairs(&scores, &targets)
}

#[test]
fn how_each_feature_travels_made_again() {
    let (mut samples, folds, [recipe, _]) = with_likes();
    let rows: Vec<usize> = (0..samples.len()).collect();
    let (likes, followers, friends) =
        (column("favourites_count"), column("followers_count"), column("friends_count"));
    // Followers tell the wrong way round in b; likes are the same for all in c; friends are missing for the people of a
    // more often than for others, and say where an account is from.
    for &row in &rows {
        let value = |at: usize| samples.values[at].get(row);
        let (at, value) = match samples.family(row) {
            "b" => (followers, 200.0 - value(followers)),
            "c" => (likes, 7.0),
            _ if row % 3 == 0 => (friends, f64::NAN),
            _ => (friends, value(friends) + 20.0),
        };
        samples.values[at].set(row, value);
    }
    // One flag tells all everywhere; another is the same for all but in c, so that nothing is to be learnt of it elsewhere.
    let (sure, local) = (column("verified"), column("protected"));
    let flag = |is: bool| f64::from(u8::from(is));
    samples.values[sure] = samples.labels.iter().map(|bot| flag(*bot)).collect();
    let in_c = |row: &usize| flag(samples.family(*row) == "c" && row.is_multiple_of(2));
    samples.values[local] = rows.iter().map(in_c).collect();
    let table = travel(&samples, &folds, &recipe, |_| ()).unwrap();
    let row_of = |name: &str| table.features.iter().find(|found| found.feature == name).unwrap();
    let sure = row_of("verified");
    assert_eq!((sure.families, sure.holds, sure.elsewhere), (3, 3, Some(1.0)));
    assert_eq!(sure.worst, Some((1.0, "a".into())), "of equals the first is named");
    let local = row_of("protected");
    assert_eq!(
        (local.families, local.holds, local.elsewhere),
        (1, 0, Some(0.5)),
        "as good as chance holds nowhere"
    );
    assert_eq!(local.worst, Some((0.5, "c".into())));
    assert_eq!(table.features.len(), CATALOGUE.len());
    let people: Vec<usize> = rows.iter().copied().filter(|&row| !samples.labels[row]).collect();
    // c has 80 people, too few to be told apart.
    let is = |family: &'static str| {
        let samples = &samples;
        move |row: usize| samples.family(row) == family
    };
    for (at, known_in) in [(followers, &[0, 1, 2][..]), (friends, &[0, 1, 2]), (likes, &[0, 1])] {
        let found = table.features.iter().find(|found| found.feature == CATALOGUE[at].name).unwrap();
        let one = Recipe { features: vec![at], penalty: Default::default(), ..recipe.clone() };
        assert!(found.used);
        let mut elsewhere = Vec::new();
        let mut at_home = Vec::new();
        for &family in known_in {
            let fold = &folds[family];
            let fitted = fit_recipe(&samples, &fold.train, &one).unwrap();
            elsewhere.push(auc(&samples, &fold.test, |row| fitted.raw(&samples, row)));
            at_home.push(two_halves(&samples, &fold.test, &one, |row| samples.labels[row]));
        }
        let n = known_in.len() as f64;
        assert_eq!(found.families, known_in.len());
        assert_eq!(found.holds, elsewhere.iter().filter(|auc| **auc > 0.5).count());
        near(found.elsewhere, elsewhere.iter().sum::<f64>() / n);
        near(found.at_home, at_home.iter().sum::<f64>() / n);
        let least = (0..known_in.len()).min_by(|a, b| elsewhere[*a].total_cmp(&elsewhere[*b])).unwrap();
        let (worst, family) = found.worst.as_ref().unwrap();
        near(Some(*worst), elsewhere[least]);
        assert_eq!(*family, folds[known_in[least]].family);
        let tells =
            [two_halves(&samples, &people, &one, is("a")), two_halves(&samples, &people, &one, is("b"))];
        near(found.tells_source, (tells[0] + tells[1]) / 2.0);
        // Knowing whether it is there: half, and half the difference of the shares that are missing.
        let missing = |family: &'static str| {
            let share = |inside: bool| {
                let of: Vec<usize> =
                    people.iter().copied().filter(|&row| is(family)(row) == inside).collect();
                of.iter().filter(|&&row| samples.values[at].get(row).is_nan()).count() as f64
                    / of.len() as f64
            };
            0.5 + (share(true) - share(false)).abs() / 2.0
        };
        near(found.missing_tells_source, (missing("a") + missing("b")) / 2.0);
        assert_eq!(at == friends, found.missing_tells_source > Some(0.51));
    }
    let found = &table.features[0];
    assert!(table.features.iter().take(4).all(|found| found.used) && !table.features[4].used);
    assert!(table.features[..4].windows(2).all(|two| two[0].elsewhere >= two[1].elsewhere), "{found:?}");
    let of_followers = table.features.iter().find(|found| found.feature == "followers_count").unwrap();
    assert!(of_followers.holds < 3, "in b it tells the wrong way round");
    let unknown = table.features.iter().find(|found| found.feature == "listed_count").unwrap();
    assert_eq!((unknown.families, unknown.holds, unknown.elsewhere, unknown.at_home), (0, 0, None, None));
    assert_eq!((unknown.tells_source, unknown.missing_tells_source), (Some(0.5), Some(0.5)));
    let whole =
        [two_halves(&samples, &people, &recipe, is("a")), two_halves(&samples, &people, &recipe, is("b"))];
    near(table.recipe_tells_source, (whole[0] + whole[1]) / 2.0);
    // One target alone has no other to be told from.
    let (fold, one) = (&folds[0], Recipe { features: vec![likes], ..recipe });
    assert!(matches!(travel::two_fold_auc(&samples, &fold.test, &one, |_| true), Ok(None)));
    assert!(matches!(travel::two_fold_auc(&samples, &fold.test, &one, |_| false), Ok(None)));
}

#[test]
fn how_features_travel_as_text() {
    let row = |feature: &str, used, elsewhere, tells_source| FeatureTravel {
        feature: feature.into(),
        used,
        families: 3,
        holds: 2,
        elsewhere,
        worst: elsewhere.map(|_| (0.4321, "cresci".into())),
        at_home: Some(0.9),
        tells_source,
        missing_tells_source: None,
    };
    let table = TravelTable {
        features: vec![
            row("followers_count", true, Some(0.7), Some(0.6)),
            row("lang_given", true, Some(0.5), Some(0.8)),
            row("bio_length", false, None, Some(0.5)),
        ],
        recipe_tells_source: Some(0.95),
    };
    let right = "
  feature                      holds  elsewhere  at home  source  missing  worst in
* followers_count             2 of 3      0.700    0.900   0.600        -  cresci (0.432)
*!lang_given                  2 of 3      0.500    0.900   0.800        -  cresci (0.432)
  bio_length                  2 of 3          -    0.900   0.500        -  

All features of the recipe together tell one family's people from the others' with ROC AUC 0.950.
";
    let text = table.text();
    assert!(
        text.starts_with("Each feature alone. `elsewhere`: ROC AUC (bot) in a family of sources of a curve")
    );
    assert_eq!(&text[text.find("\n\n").unwrap() + 1..], right);
}

#[test]
fn a_source_is_cross_validated_within_itself() {
    let samples = cells(
        &[("a", 1.0), ("b", 1.0), ("c", 1.0)],
        &[(0, true, 50), (0, false, 70), (1, true, 24), (1, false, 90), (2, true, 30), (2, false, 25)],
    );
    let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
    let table = within_sources(&samples, &recipe(0), &none, |_| ()).unwrap();
    let shown: Vec<(&str, usize, usize)> =
        table.sources.iter().map(|row| (&row.source[..], row.bots, row.humans)).collect();
    // 24 bots are no test, 25 are one.
    assert_eq!(shown, [("source 0", 50, 70), ("source 2", 30, 25)]);
    let mut scores = Vec::new();
    for (row, range) in table.sources.iter().zip([0..120, 234..289]) {
        let rows: Vec<usize> = range.collect();
        let folds = five_folds(&samples, &rows);
        let raw = within_source(&samples, &rows, &recipe(0)).unwrap();
        near(row.roc_auc.value, auc(&samples, &rows, |at| raw[at - rows[0]]));
        let columns = |rows: &[usize]| -> Vec<Vec<f64>> {
            let of = |feature: &usize| samples.values[*feature].of_rows(rows);
            recipe(0).features.iter().map(of).collect()
        };
        let mut split = vec![f64::NAN; samples.len()];
        for fold in 0..5 {
            let (own, rest): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| folds[row] == fold);
            let labels: Vec<bool> = rest.iter().map(|&row| samples.labels[row]).collect();
            let best = OneSplit::fit(&columns(&rest), &labels, None).unwrap().unwrap();
            for (&row, p) in own.iter().zip(best.predict(&columns(&own)).unwrap()) {
                split[row] = p;
            }
        }
        near(row.one_split_roc_auc, auc(&samples, &rows, |row| split[row]));
        scores.extend(rows.iter().map(|&at| (at, folds[at], raw[at - rows[0]])));
    }
    assert_eq!(table.scores, scores);
    // A recipe whose only feature does not vary has nothing to learn, and the table is not made.
    let hollow = Recipe { features: vec![column("listed_count")], ..recipe(0) };
    assert!(within_sources(&samples, &hollow, &none, |_| ()).is_err());
}

#[test]
fn cross_validation_as_text() {
    let auc = Interval { value: Some(0.75), lo: Some(0.7), hi: Some(0.8), undefined_replicates: 0 };
    let row = |source: &str, roc_auc, one_split_roc_auc| WithinRow {
        source: source.into(),
        bots: 120,
        humans: 3400,
        roc_auc,
        one_split_roc_auc,
    };
    let table = WithinTable {
        not_measured: vec![("c".into(), 30, 0)],
        sources: vec![row("a", auc, Some(0.65)), row("a longer name", Interval { lo: None, ..auc }, None)],
        scores: Vec::new(),
    };
    let right = "
source           bots humans  ROC AUC                one split
a                 120   3400  0.750 [0.700, 0.800]       0.650
a longer name     120   3400  0.750                          -
c                  30      0  not measured: fewer than 25 of a class
";
    let text = table.text();
    assert!(
        text.starts_with("5-fold cross-validation inside each source; an account is never on both sides.")
    );
    assert_eq!(&text[text.find("\n\n").unwrap() + 1..], right);
}
