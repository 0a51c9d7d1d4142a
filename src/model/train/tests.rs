//! Weights, folds and what a fit adds up to, each worked out again by hand or by the long way.

use super::*;
use crate::features::{Scale, find};
use crate::model::testing::{cells, close, column, recipe, samples, small_model};

#[test]
fn every_class_of_every_source_weighs_what_its_source_weighs() {
    // 50 bots are half of a full cell of 100.
    let samples =
        cells(&[("a", 2.0), ("b", 1.0)], &[(0, true, 200), (0, false, 100), (1, true, 50), (1, false, 400)]);
    let rows: Vec<usize> = (0..750).collect();
    let weights = balanced_weights(&samples, &rows);
    // Of the weight of 375 that each class has: 2 of 2 + 1/2 to the bots of the first, shared by 200, and so on.
    close(weights[0], 375.0 * 2.0 / 2.5 / 200.0);
    close(weights[200], 375.0 * 2.0 / 3.0 / 100.0);
    close(weights[300], 375.0 * 0.5 / 2.5 / 50.0);
    close(weights[350], 375.0 * 1.0 / 3.0 / 400.0);
    close(weights.iter().sum(), 750.0);
}

#[test]
fn sources_of_one_family_share_its_weight() {
    // The weight of a source (3 here) is for fitting alone.
    let samples = cells(
        &[("a", 3.0), ("a", 1.0), ("b", 1.0)],
        &[(0, true, 100), (1, true, 200), (2, true, 100), (2, false, 300)],
    );
    let rows: Vec<usize> = (0..700).collect();
    let weights = family_weights(&samples, &rows);
    close(weights[0], 350.0 * 0.5 / 2.0 / 100.0);
    close(weights[100], 350.0 * 0.5 / 2.0 / 200.0);
    close(weights[300], 350.0 * 1.0 / 2.0 / 100.0);
    close(weights[400], 350.0 / 300.0);
}

#[test]
fn held_out_scores_count_where_their_source_has_both_classes_and_is_held_out() {
    let mut samples = cells(
        &[("a", 1.0), ("b", 1.0), ("c", 1.0)],
        &[(0, true, 2), (0, false, 2), (1, true, 2), (1, false, 2), (2, true, 2), (2, false, 2)],
    );
    samples.sources[2].hold_out = false;
    let mut raw = vec![Some(0.5); 12];
    // No score of a person in the second source, and one of the first is missing.
    (raw[1], raw[6], raw[7]) = (None, None, None);
    let (rows, weights) = held_out_rows(&samples, &raw);
    assert_eq!(rows, [0, 2, 3]);
    assert_eq!(weights, family_weights(&samples, &rows));
}

#[test]
fn what_is_left_over_is_the_gradient_of_the_log_loss() {
    let curve = Curve {
        feature: "followers_count".into(),
        edges: vec![10.0],
        weights: vec![-1.0, 2.0],
        shares: vec![0.5, 0.5],
        scale: Scale::Linear,
        mean: 0.0,
        sd: 1.0,
        slope: 0.0,
        known: 1.0,
        monotone: None,
    };
    let values = [5.0, 11.0, f64::NAN];
    let (gradient, curvature) = left_over(&[curve], &[&values], 0.5, &[true, false, true], &[2.0, 3.0, 5.0]);
    for (row, (logit, target, weight)) in
        [(0.5 - 1.0, 1.0, 2.0), (0.5 + 2.0, 0.0, 3.0), (0.5, 1.0, 5.0)].into_iter().enumerate()
    {
        let p = 1.0 / (1.0 + f64::exp(-logit));
        close(gradient[row], weight * (target - p));
        close(curvature[row], weight * p * (1.0 - p));
    }
}

#[test]
fn parts_of_ten_hold_a_tenth_of_each_class_and_never_part_an_account() {
    let mut samples = cells(&[("a", 1.0)], &[(0, true, 100), (0, false, 400)]);
    // Two rows an account.
    samples.groups = (0..500).map(|row| row / 2).collect();
    let rows: Vec<usize> = (0..500).collect();
    let parts = parts_of_ten(&samples, &rows);
    for part in 0..10 {
        let of =
            |class: bool| (0..500).filter(|&row| parts[row] == part && samples.labels[row] == class).count();
        assert_eq!((of(true), of(false)), (10, 40), "part {part}");
    }
    assert!((0..250).all(|account| parts[2 * account] == parts[2 * account + 1]));
    let folds = five_folds(&samples, &rows);
    for (fold, pair) in [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]].iter().enumerate() {
        assert!((0..500).all(|row| (usize::from(folds[row]) == fold) == pair.contains(&parts[row])));
    }
}

#[test]
fn a_cross_validated_score_is_of_a_fit_on_the_other_folds() {
    let samples = cells(&[("a", 1.0)], &[(0, true, 60), (0, false, 60)]);
    let rows: Vec<usize> = (0..120).collect();
    let raw = within_source(&samples, &rows, &recipe(0)).unwrap();
    assert_eq!(raw.len(), 120);
    let folds = five_folds(&samples, &rows);
    for fold in 0..5 {
        let rest: Vec<usize> = (0..120).filter(|&row| folds[row] != fold).collect();
        assert_eq!(rest.len(), 96);
        let fitted = fit_recipe(&samples, &rest, &recipe(0)).unwrap();
        for row in (0..120).filter(|&row| folds[row] == fold) {
            assert_eq!(raw[row], fitted.raw(&samples, row));
        }
    }
}

#[test]
fn a_raw_score_is_the_intercept_and_what_each_curve_and_grid_adds() {
    let mut samples = cells(&[("a", 1.0)], &[(0, true, 80), (0, false, 80)]);
    let [first, second, hole] = ["followers_count", "statuses_count", "friends_count"].map(column);
    // Bots have both counts high or both low: neither count alone tells that.
    for row in 0..160 {
        let value = (scramble(row as u64) % 100) as f64;
        samples.values[first].set(row, value);
        samples.values[second].set(row, if samples.labels[row] { value } else { 99.0 - value });
    }
    samples.values[hole].set(7, f64::NAN);
    let rows: Vec<usize> = (0..160).collect();
    let plain = fit_recipe(&samples, &rows, &recipe(0)).unwrap();
    assert!(plain.pairs.is_empty());
    let fitted = fit_recipe(&samples, &rows, &recipe(1)).unwrap();
    assert_eq!(fitted.pairs.len(), 1);
    for row in [0, 7, 100] {
        let value = |name: &String| {
            assert!(find(name).is_some());
            samples.values[column(name)].get(row)
        };
        let mut sum = fitted.intercept;
        for curve in &fitted.curves {
            sum += curve.log_odds(value(&curve.feature));
        }
        let pair = &fitted.pairs[0];
        sum += pair.log_odds(value(&pair.features[0]), value(&pair.features[1]));
        close(fitted.raw(&samples, row), sum);
    }
}

#[test]
fn of_very_many_rows_some_are_looked_at_spread_over_all_and_of_both_classes() {
    let mixed: Vec<bool> = (0..10).map(|n| n % 4 == 0).collect();
    assert_eq!(spread(&mixed, 10), (0..10).collect::<Vec<_>>());
    assert_eq!(spread(&mixed, 4), [0, 3, 6, 9]);
    // The only bot would be left out: then all of them.
    let one: Vec<bool> = (0..10).map(|n| n == 1).collect();
    assert_eq!(spread(&one, 5), (0..10).collect::<Vec<_>>());
    assert_eq!(spread(&[], 5), [0usize; 0]);
}

#[test]
fn some_accounts_are_whole_and_the_same_in_any_order() {
    let mut samples = cells(&[("one", 1.0)], &[(0, true, 2_000), (0, false, 2_000)]);
    // Each account has two rows.
    samples.groups.iter_mut().for_each(|group| *group /= 2);
    let rows: Vec<usize> = (0..4_000).collect();
    let some = some_accounts(&samples, &rows, 1_000);
    assert!((800..1_200).contains(&some.len()), "{}", some.len());
    let has = |row: usize| some.binary_search(&row).is_ok();
    assert!(some.iter().all(|row| has(row ^ 1)), "both rows of an account or neither");
    let reversed: Vec<usize> = rows.iter().rev().copied().collect();
    let mut again = some_accounts(&samples, &reversed, 1_000);
    again.sort_unstable();
    assert_eq!(again, some);
    assert_eq!(some_accounts(&samples, &rows, 4_000), rows);
    // Of every part that is held out or cross-validated about as many.
    let part = parts_of_ten(&samples, &rows);
    for wanted in 0..10 {
        let of_part = some.iter().filter(|row| part[**row] == wanted).count();
        assert!((50..150).contains(&of_part), "{of_part} of part {wanted}");
    }
}

#[test]
fn grids_are_those_of_all_rows_where_pairs_are_chosen_by_some() {
    let samples = cells(&[("one", 1.0)], &[(0, true, 300), (0, false, 300)]);
    let rows: Vec<usize> = (0..600).collect();
    let recipe = recipe(1);
    // Two features that tell nothing alone, and together all.
    let value = |feature: usize, row: usize| samples.values[recipe.features[feature]].get(row) > 65.0;
    let targets: Vec<bool> = rows.iter().map(|&row| value(0, row) != value(1, row)).collect();
    let fit = |looked_at| fit_looking_at(&samples, &rows, &targets, &[1.0; 600], &recipe, looked_at).unwrap();
    let (all, some) = (fit(600), fit(150));
    assert_eq!((all.pairs.len(), some.pairs.len()), (1, 1));
    for pair in &some.pairs {
        let same = &all.pairs[0];
        assert_eq!(same.features, pair.features);
        assert_eq!((&same.edges, &same.shares, same.known), (&pair.edges, &pair.shares, pair.known));
    }
    for row in 0..600 {
        assert!((all.raw(&samples, row) - some.raw(&samples, row)).abs() < 1e-3, "the same fit");
    }
}

#[test]
fn a_family_is_left_out_whole_with_its_accounts_wherever_they_are() {
    let mut samples = samples(
        &[("a", 1.0), ("b", 1.0), ("a", 1.0), ("c", 1.0), ("d", 1.0)],
        &[
            (0, true),
            (0, false),
            (1, true),
            (1, false),
            (2, true),
            (2, true),
            (3, true),
            (3, true),
            (4, true),
            (4, false),
        ],
    );
    // The family c has bots alone, and d is not to be held out. A bot of a is in b and c too.
    samples.sources[4].hold_out = false;
    samples.groups[2] = samples.groups[0];
    samples.groups[7] = samples.groups[0];
    let folds = folds_by_family(&samples);
    let found: Vec<(&str, &[usize], &[usize], usize)> =
        folds.iter().map(|fold| (&fold.family[..], &fold.test[..], &fold.train[..], fold.shared)).collect();
    assert_eq!(
        found,
        [("a", &[0, 1, 4, 5][..], &[3, 6, 8, 9][..], 2), ("b", &[2, 3][..], &[1, 4, 5, 6, 8, 9][..], 2),]
    );
}

#[test]
fn a_score_out_of_source_is_of_a_fit_on_the_rows_of_its_fold() {
    let samples = cells(
        &[("a", 1.0), ("b", 1.0), ("c", 1.0)],
        &[(0, true, 30), (0, false, 30), (1, true, 30), (1, false, 30), (2, true, 40)],
    );
    let folds = folds_by_family(&samples);
    let raw = out_of_source(&samples, &folds, &recipe(0), |_| ()).unwrap();
    for (from, to, fold) in [(0, 60, &folds[0]), (60, 120, &folds[1])] {
        let train: Vec<usize> = (0..160).filter(|row| !(from..to).contains(row)).collect();
        assert_eq!(fold.train, train);
        let fitted = fit_recipe(&samples, &train, &recipe(0)).unwrap();
        assert!((from..to).all(|row| raw[row] == Some(fitted.raw(&samples, row))));
    }
    assert!(raw[120..].iter().all(Option::is_none));
}

#[test]
fn numbers_of_a_model_file_are_short_and_edges_stay_where_they_were_fitted() {
    assert_eq!(digits(1234.5678, 6), 1234.57);
    assert_eq!(digits(-0.000123456789, 4), -0.0001235);
    let third = 1.0 / 3.0;
    let curve = readable(Curve {
        edges: vec![third, 1.0],
        weights: vec![third, -2.0 * third, 0.0],
        shares: vec![third, third, third],
        mean: 1000.0 * third,
        sd: third,
        slope: -third,
        known: 2.0 * third,
        ..small_model().features.remove(0)
    });
    assert_eq!(curve.edges, [third, 1.0]);
    assert_eq!(curve.weights, [0.33333, -0.66667, 0.0]);
    assert_eq!(curve.shares, [0.3333; 3]);
    assert_eq!((curve.mean, curve.sd, curve.slope, curve.known), (333.333, 0.333333, -0.33333, 0.6667));
    let pair = readable_pair(Pair {
        edges: [vec![third], vec![2.0 * third]],
        weights: vec![vec![third, 0.0], vec![0.0, -third]],
        shares: vec![vec![third, 0.0], vec![0.0, 2.0 * third]],
        known: third,
        ..small_model().pairs.remove(0)
    });
    assert_eq!(pair.edges, [[third], [2.0 * third]]);
    assert_eq!(pair.weights, [[0.33333, 0.0], [0.0, -0.33333]]);
    assert_eq!(pair.shares, [[0.3333, 0.0], [0.0, 0.6667]]);
    assert_eq!(pair.known, 0.3333);
}

#[test]
fn of_several_recipes_the_one_that_loses_least_in_its_own_folds_is_taken() {
    let samples = cells(&[("a", 1.0)], &[(0, true, 100), (0, false, 150)]);
    // A column that tells nothing of the label, beside the one that does.
    let mut samples = samples;
    let hollow = column("listed_count");
    samples.values[hollow] = (0..250).map(|row| (scramble(row) % 50) as f64).collect();
    let of = |feature: usize| Recipe { features: vec![feature], ..recipe(0) };
    let (telling, hollow) = (of(column("followers_count")), of(hollow));
    for recipes in [[telling.clone(), hollow.clone()], [hollow.clone(), telling.clone()]] {
        let single = train_single(&samples, &recipes, None, "one").unwrap();
        let rows: Vec<usize> = (0..250).collect();
        let part = parts_of_ten(&samples, &rows);
        assert!(rows.iter().all(|row| single.held_out.contains(row) == (part[*row] < 2)));
        assert!(rows.iter().all(|row| single.trained.contains(row) == (part[*row] >= 2)));
        assert_eq!((single.held_out.len(), single.trained.len()), (50, 200));
        // Four folds of two parts each, of the rows that are trained on.
        for fold in 1..5 {
            let rest: Vec<usize> =
                single.trained.iter().copied().filter(|row| part[*row] / 2 != fold).collect();
            assert_eq!(rest.len(), 150);
            let fitted = fit_recipe(&samples, &rest, &telling).unwrap();
            for (row, raw) in single.trained.iter().zip(&single.out_of_fold) {
                assert!(part[*row] / 2 != fold || *raw == fitted.raw(&samples, *row));
            }
        }
        assert_eq!(single.model.features.len(), 1);
        assert_eq!(single.model.features[0].feature, "followers_count");
        assert_eq!(single.model.prevalence, 0.4);
        assert_eq!(single.model.bands.min_features, 1);
        let source = &single.model.training.sources[0];
        assert_eq!((source.bots, source.humans), (80, 120));
    }
    let given = train_single(&samples, &[telling], Some(0.05), "one").unwrap();
    assert_eq!(given.model.prevalence, 0.05);
    let few = cells(&[("a", 1.0)], &[(0, true, 24), (0, false, 25)]);
    assert!(matches!(
        train_single(&few, &[recipe(0)], None, "one"),
        Err(TrainError::TooFew { bots: 24, humans: 25, least: 25 })
    ));
    let enough = cells(&[("a", 1.0)], &[(0, true, 25), (0, false, 25)]);
    assert!(train_single(&enough, &[recipe(0)], None, "one").is_ok());
}

#[test]
fn a_recipe_is_taken_by_the_loss_of_both_classes_alike_and_the_first_of_equals() {
    let mut samples = cells(&[("a", 1.0)], &[(0, true, 100), (0, false, 600)]);
    let [of_people, of_bots, same] = ["followers_count", "friends_count", "statuses_count"].map(column);
    for row in 0..700 {
        let bot = samples.labels[row];
        // Six of ten people are known by the one, half of the bots by the other; the rest have 50.
        samples.values[of_people].set(row, if !bot && row % 10 < 6 { 0.0 } else { 50.0 });
        samples.values[of_bots].set(row, if bot && row % 2 == 0 { 0.0 } else { 50.0 });
    }
    samples.values[same] = samples.values[of_people].clone();
    let of = |feature: usize| Recipe { features: vec![feature], ..recipe(0) };
    let taken = |recipes: [usize; 2]| {
        let single = train_single(&samples, &recipes.map(of), None, "one").unwrap();
        single.model.features[0].feature.clone()
    };
    // Of those left a bot has odds of 1 to 0.4 with the one: a mean loss of (0.34 + 0.4 * 1.25) / 2 = 0.42. With the other
    // people have 1 to 0.5: (0.41 + 0.5 * 1.10) / 2 = 0.48. Were the rows counted, people being six times as many, it would be
    // (0.34 + 6 * 0.50) / 7 = 0.48 and (0.55 + 6 * 0.41) / 7 = 0.43.
    assert_eq!(taken([of_people, of_bots]), "followers_count");
    assert_eq!(taken([of_bots, of_people]), "followers_count");
    assert_eq!(taken([of_people, same]), "followers_count");
    assert_eq!(taken([same, of_people]), "statuses_count");
}

#[test]
fn what_rows_weigh_counts_beside_each_other_alone() {
    let samples = cells(&[("one", 1.0)], &[(0, true, 100), (0, false, 100)]);
    let rows: Vec<usize> = (0..200).collect();
    let fit = |weight: f64| {
        fit_looking_at(&samples, &rows, &samples.labels, &[weight; 200], &recipe(0), 200).unwrap()
    };
    // Powers of two, so that the bins are cut at the same places to the last bit.
    let (usual, light, heavy) = (fit(1.0), fit(2f64.powi(-17)), fit(2f64.powi(17)));
    for row in 0..200 {
        let raw = usual.raw(&samples, row);
        assert!((light.raw(&samples, row) - raw).abs() < 1e-3, "{row}");
        assert!((heavy.raw(&samples, row) - raw).abs() < 1e-3, "{row}");
    }
}

#[test]
fn a_model_says_of_each_source_which_files_it_had() {
    let mut samples =
        cells(&[("a", 1.0), ("b", 1.0)], &[(0, true, 30), (0, false, 30), (1, true, 30), (1, false, 30)]);
    for (source, path) in [(0, "one.csv"), (1, "two.csv"), (0, "three.csv")] {
        samples.files.push(crate::model::samples::ReadFile {
            labels_unreadable: (0, None),
            noted: Default::default(),
            source,
            path: path.into(),
            sha256: format!("sum of {path}"),
            tally: Default::default(),
            first_damaged: Vec::new(),
            beside: None,
        });
    }
    let rows: Vec<usize> = (0..120).collect();
    let fitted = fit_recipe(&samples, &rows, &recipe(0)).unwrap();
    let model = model_of(&samples, &rows, &recipe(0), fitted, Calibration::identity(0.5));
    let files: Vec<Vec<(&str, &str)>> = model
        .training
        .sources
        .iter()
        .map(|source| source.files.iter().map(|file| (&file.path[..], &file.sha256[..])).collect())
        .collect();
    let right = [
        vec![("one.csv", "sum of one.csv"), ("three.csv", "sum of three.csv")],
        vec![("two.csv", "sum of two.csv")],
    ];
    assert_eq!(files, right);
}

#[test]
fn some_accounts_are_the_same_ones_in_every_release() {
    let samples = cells(&[("one", 1.0)], &[(0, true, 10), (0, false, 10)]);
    let rows: Vec<usize> = (0..20).collect();
    // Worked out by a program of its own, after the definition of SplitMix64.
    assert_eq!(some_accounts(&samples, &rows, 8), [0, 3, 6, 10, 18, 19]);
}
