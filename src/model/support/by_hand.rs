//! Points, cuts and support worked out by hand, and every way in which a file may be wrong.

use super::*;
use crate::model::testing::{close, small_model};

/// Cuts that fall and rise by twos on either side of 10 to 20.
fn tails(feature: &str) -> Tails {
    Tails { feature: feature.into(), low: [10.0, 8.0, 6.0, 4.0, 2.0], high: [20.0, 22.0, 24.0, 26.0, 28.0] }
}

fn support() -> Support {
    Support {
        tails: small_model().features.iter().map(|curve| tails(&curve.feature)).collect(),
        unusual: [1.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        shares: [0.5, 0.3, 0.2, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01],
    }
}

#[test]
fn a_value_at_a_cut_does_not_lie_beyond_it() {
    let points = |value| tails("x").points(value);
    let low = [10.0, 9.0, 8.0, 7.9, 6.0, 4.0, 3.0, 2.0, 1.9, -50.0].map(points);
    assert_eq!(low, [0.0, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0, 2.5, 2.5]);
    let high = [20.0, 21.0, 22.0, 22.1, 24.0, 26.0, 27.0, 28.0, 28.1, 50.0].map(points);
    assert_eq!(high, [0.0, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0, 2.5, 2.5]);
    assert_eq!([15.0, 11.0, 19.0].map(points), [0.0; 3]);
}

#[test]
fn a_cut_of_six_digits_stays_though_it_is_not_whole_as_a_binary_number() {
    // 1.1 times 100,000 is 110,000.00000000001.
    for cut in [1.1, 4.35, 0.57, -1.1] {
        assert_eq!((outward(cut, f64::ceil), outward(cut, f64::floor)), (cut, cut));
    }
    assert_eq!((outward(1.100001, f64::ceil), outward(1.100001, f64::floor)), (1.10001, 1.1));
    assert_eq!((outward(1234567.0, f64::ceil), outward(1234567.0, f64::floor)), (1234570.0, 1234560.0));
    assert_eq!(outward(f64::INFINITY, f64::ceil), f64::INFINITY);
}

#[test]
fn support_lies_on_straight_lines_between_the_stored_shares() {
    let support = support();
    // Over four features the points count half.
    for (points, right) in [
        (0.0, 1.0),
        (1.0, 0.75),        // half way from 1 at nothing to 0.5 at 1
        (2.0, 0.5),         // at a stored one
        (3.0, 0.45),        // a quarter of the way from 0.5 at 1 to 0.3 at 3
        (7.0, 0.25),        // half way from 0.3 at 3 to 0.2 at 4
        (9.0, 0.125),       // half way from 0.2 at 4 to 0.05 at 5; the second share at 4 is passed over
        (18.0, 0.01),       // the last
        (36.0, 0.01 / 2.0), // twice as far out
    ] {
        close(support.of(points, 4), right);
    }
    close(support.of(0.5, 1), support.of(1.0, 4));
    close(support.of(0.5, 0), support.of(0.5, 1));
}

#[test]
fn support_is_at_fault_where_anything_in_it_is() {
    let features = small_model().features;
    assert_eq!(support().fault(&features), None);
    assert_eq!(
        support().fault(&features[1..]).unwrap(),
        "its tails are not those of the features, in their order"
    );
    // As far as it may go.
    let mut edge = support();
    edge.tails[1].low = [20.0; 5];
    edge.tails[1].high = [20.0; 5];
    edge.unusual[0] = 0.0;
    edge.shares[0] = 1.0;
    assert_eq!(edge.fault(&features), None);
    let of_tails = |change: fn(&mut Tails)| {
        let mut bad = support();
        change(&mut bad.tails[1]);
        bad.fault(&features)
    };
    for change in [
        (|tails| tails.low[4] = f64::NEG_INFINITY) as fn(&mut Tails),
        |tails| tails.high[4] = f64::INFINITY,
        |tails| tails.low[2] = f64::NAN,
        |tails| tails.low[1] = 11.0,
        |tails| tails.high[1] = 19.0,
        |tails| tails.high[0] = 9.0,
    ] {
        assert_eq!(of_tails(change).unwrap(), "the tails of \"friends_count\" are not in order");
    }
    let of_shares = |change: fn(&mut Support)| {
        let mut bad = support();
        change(&mut bad);
        bad.fault(&features)
    };
    for change in [
        (|support| support.unusual[8] = f64::INFINITY) as fn(&mut Support),
        |support| support.shares[4] = f64::NAN,
        |support| support.unusual[1] = 0.5,
        |support| support.shares[1] = 0.6,
        |support| support.unusual[0] = -0.1,
        |support| support.shares[0] = 1.1,
        |support| support.shares[8] = 0.0,
    ] {
        let said = of_shares(change).unwrap();
        assert_eq!(said, "its unusualness is not rising, or its shares are not falling");
    }
}
