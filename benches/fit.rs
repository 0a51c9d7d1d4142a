//! Fitting a logistic regression of 50,000 x 30: the solvers on the same numbers, to the same gradient.
//!
//! - `linfa_logistic_*`: linfa-logistic 0.8 itself, on a row-major and on a column-major matrix.
//! - `weighted_dense`: `WeightedLogistic` with row weights, the objective in one parallel pass.
//! - `binned`: what training does, ten bins and a slope a column: 11 parameters where the others have one.
//! - `binned_shape`: making the bins of it and cutting the columns, the sort included.

use std::hint::black_box;
use std::time::Duration;

use botsieve::features::Scale;
use botsieve::model::{BinnedDesign, Curve, Encoding, Penalty, WeightedLogistic, minimise, sigmoid};
use criterion::{Criterion, criterion_group, criterion_main};
use linfa::{Dataset, ParamGuard, traits::Fit};
use ndarray::{Array1, Array2, ShapeBuilder};

const ROWS: usize = 50_000;
const COLUMNS: usize = 30;
/// On the sum over the rows: 1e-8 a row, as peers.py gives to scikit-learn.
const TOLERANCE: f64 = 1e-8 * ROWS as f64;

/// Uniform columns and labels that lean on every third of them, from a fixed recurrence.
fn matrix() -> (Array2<f64>, Vec<bool>) {
    let mut state = 12345u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let x = Array2::from_shape_fn((ROWS, COLUMNS), |_| 4.0 * next() - 2.0);
    let y = x.rows().into_iter().map(|r| sigmoid(0.5 * r.iter().step_by(3).sum::<f64>()) > next()).collect();
    (x, y)
}

fn fit(criterion: &mut Criterion) {
    let (x, y) = matrix();
    let targets = Array1::from(y.clone());
    let mut by_column = Array2::zeros(x.raw_dim().f());
    by_column.assign(&x);
    let mut group = criterion.benchmark_group("fit_50000x30");

    let linfa = linfa_logistic::LogisticRegression::default()
        .alpha(1.0)
        .gradient_tolerance(TOLERANCE)
        .max_iterations(500);
    for (name, x) in [("linfa_logistic_by_row", &x), ("linfa_logistic_by_column", &by_column)] {
        let data = Dataset::new(x.clone(), targets.clone());
        group.bench_function(name, |b| b.iter(|| black_box(linfa.fit(&data).expect("a fit"))));
    }

    let weights = vec![1.0; ROWS];
    let data = Dataset::new(x.clone(), targets.clone()).with_weights(Array1::ones(ROWS));
    let ours = WeightedLogistic::default().alpha(1.0).gradient_tolerance(TOLERANCE).check().expect("valid");
    group.bench_function("weighted_dense", |b| b.iter(|| black_box(ours.fit(&data).expect("a fit"))));

    let columns: Vec<&[f64]> =
        by_column.columns().into_iter().map(|c| c.to_slice().expect("column-major")).collect();
    let shape = || -> Vec<Curve> {
        let how = Encoding::default();
        let curve = |c: &&[f64]| Curve::shape("x", Scale::Linear, c, &weights, &how).expect("it varies");
        columns.iter().map(curve).collect()
    };
    group.bench_function("binned_shape", |b| {
        b.iter(|| {
            let curves = shape();
            black_box(BinnedDesign::new(&curves, &columns, true, Penalty::default(), ROWS as f64));
        });
    });
    let curves = shape();
    let design = BinnedDesign::new(&curves, &columns, true, Penalty::default(), ROWS as f64);
    group.bench_function("binned", |b| {
        b.iter(|| black_box(minimise(&design, &y, &weights, TOLERANCE, 500).expect("a fit")));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = fit
}
criterion_main!(benches);
