//! What lies at the limits of the ways of counting: long names, large numbers.

use super::bigrams::Bigrams;
use super::facts::{Facts, Groups};
use super::naming::similarity;
use super::phrase::Words;
use crate::account::Account;

#[test]
fn names_longer_than_what_is_compared_are_compared_as_far_as_that_goes() {
    let (a, z) = ("a".repeat(500), "z".repeat(500));
    assert_eq!(similarity(&a, &z), Some(0.0));
    assert_eq!(similarity(&z, &a), Some(0.0));
    assert_eq!(similarity(&a, &a), Some(1.0));
    // 64 bigrams of the one and two of the other: one is shared.
    assert_eq!(similarity(&a, "aab"), Some(2.0 * 1.0 / 66.0));
}

#[test]
fn bigrams_are_counted_once_for_each_time_they_stand_there() {
    let counted = Bigrams::count(["aab", "xa_a"]);
    // Behind an "a" stood "a" once, "b" once and "_" once: each (1 + 1) of 3 + 37; anything else 1 of 40.
    for (handle, share) in [("aa", 2.0 / 40.0), ("ab", 2.0 / 40.0), ("a_", 2.0 / 40.0), ("ac", 1.0 / 40.0)] {
        let found = counted.mean_log_likelihood(handle).unwrap();
        assert!((found - f64::ln(share)).abs() < 1e-12, "{handle}: {found}");
    }
    assert_eq!(Bigrams::count(["aa", "aa"]).mean_log_likelihood("aa"), Some((3f64 / 39.0).ln()));
}

#[test]
fn numbers_beyond_whole_numbers_of_the_machine_are_written_out() {
    let account = Account::default();
    let facts = Facts::of(&account, Groups::ALL);
    let words = Words::of(super::find("followers_count").unwrap());
    for (value, digits) in [
        (1e20, "100,000,000,000,000,000,000 "),
        (1e17, "100,000,000,000,000,000 "),
        (1_234_567.0, "1,234,567 "),
    ] {
        let mut out = String::new();
        words.write(value, &facts, &mut out);
        assert!(out.starts_with(digits), "{out}");
    }
}
