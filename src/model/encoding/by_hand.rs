//! Edges and bins worked out by hand.

use super::*;

fn edges(values: &[f64], weights: &[f64], how: &Encoding) -> Option<Vec<f64>> {
    Curve::shape("x", Scale::Linear, values, weights, how).map(|curve| curve.edges)
}

#[test]
fn a_bin_that_would_be_thin_waits_for_the_next_value() {
    let values: Vec<f64> = (1..=10).map(f64::from).collect();
    let of = |min_share| edges(&values, &[1.0; 10], &Encoding { bins: 10, min_share, ..Encoding::default() });
    // Each value holds a tenth: three of them are the first to hold a quarter, and four must be left for the last bin.
    assert_eq!(of(0.25).unwrap(), [3.0, 6.0]);
    assert_eq!(of(0.15).unwrap(), [2.0, 4.0, 6.0, 8.0]);
    assert_eq!(of(0.05).unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    assert_eq!(of(0.55), None);
}

#[test]
fn a_value_that_only_rows_without_weight_have_is_not_there() {
    let how = Encoding { bins: 4, ..Encoding::default() };
    assert_eq!(edges(&[1.0, 1.0, 5.0], &[1.0, 2.0, 0.0], &how), None);
    assert_eq!(edges(&[1.0, 1.0, 5.0], &[1.0, 2.0, 1.0], &how), Some(vec![1.0]));
}

#[test]
fn a_value_at_an_edge_lies_below_it_in_curves_of_few_and_of_many_bins() {
    for bins in [5u8, 16, 17, 40] {
        let edges: Vec<f64> = (0..bins).map(f64::from).collect();
        for bin in 0..bins {
            assert_eq!(bin_of(&edges, f64::from(bin)), usize::from(bin), "{bins}");
            assert_eq!(bin_of(&edges, f64::from(bin) + 0.5), usize::from(bin) + 1, "{bins}");
        }
        assert_eq!((bin_of(&edges, -9.0), bin_of(&edges, 1e9)), (0, usize::from(bins)));
    }
}

#[test]
fn pairs_stand_in_a_file_where_there_are_any() {
    let file = |interactions| serde_json::to_value(Encoding { interactions, ..Encoding::default() }).unwrap();
    assert_eq!(file(3)["interactions"], 3);
    assert_eq!(file(0).get("interactions"), None);
}
