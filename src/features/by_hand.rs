//! What lies at the limits of the ways of counting: long names, large numbers.

use super::bigrams::Bigrams;
use super::facts::{Facts, Groups};
use super::naming::similarity;
use super::phrase::Words;
use crate::account::Account;
use crate::words::{Piece, Room};

/// A feature's value, and `None` where it is not known.
fn value(name: &str, account: &Account<'_>) -> Option<f64> {
    super::find(name).unwrap().value(&Facts::of(account, Groups::ALL))
}

fn named(handle: &str, name: Option<&str>, bio: Option<&str>) -> Account<'static> {
    let own = |text: &str| text.to_string().into();
    Account { handle: Some(own(handle)), name: name.map(own), bio: bio.map(own), ..Account::default() }
}

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

#[test]
fn an_account_says_bot_by_its_handle_its_name_or_its_bio() {
    for (account, says) in [
        (named("weather_bot", None, None), 1.0),
        (named("weather_bot", Some("Anna"), Some("hello")), 1.0),
        (named("anna", Some("Weather Bot"), None), 1.0),
        (named("anna", None, Some("I am a bot")), 1.0),
        (named("anna", Some("Anna"), Some("hello")), 0.0),
    ] {
        assert_eq!(value("says_bot", &account), Some(says), "{account:?}");
    }
}

#[test]
fn a_name_is_compared_with_the_handle_where_it_has_letters_of_a_handle() {
    let alike = |name: &str| value("name_handle_similarity", &named("anna", Some(name), None));
    assert_eq!(
        (alike("\u{6f22}\u{5b57}\u{6f22}"), alike("Anna"), alike("xyz")),
        (None, Some(1.0), Some(0.0))
    );
    // One letter makes no bigram: none is shared, and the handle has some.
    assert_eq!(alike("x"), Some(0.0));
}

#[test]
fn who_follows_far_more_follows_a_thousand_and_over_eleven_for_ten_followers() {
    for (following, followers, far_more) in
        [(1_100, 1_000, 0.0), (1_101, 1_000, 1.0), (1_000, 10, 1.0), (999, 10, 0.0), (2_200, 2_000, 0.0)]
    {
        let account =
            Account { following: Some(following), followers: Some(followers), ..Account::default() };
        assert_eq!(value("follows_far_more", &account), Some(far_more), "{following} {followers}");
    }
}

#[test]
fn words_of_flags_and_of_values_at_and_below_nothing() {
    let account = Account::default();
    let facts = Facts::of(&account, Groups::ALL);
    let words = |name: &str, value| super::find(name).unwrap().words(value, &facts);
    assert_eq!((words("has_bio", 1.0), words("has_bio", 0.0)), ("has a bio".into(), "has no bio".into()));
    let change = "more followers a day since the older snapshot";
    assert_eq!(words("followers_change_per_day", 0.0), format!("0 {change}"));
    let clock = "posts with a burstiness of -1 (-1 like a clock, 1 in bursts)";
    assert_eq!(words("post_burstiness", -1.0), clock);
}

#[test]
fn a_feature_is_shown_by_its_name_and_its_words_with_a_gap() {
    let text = |name: &str| super::find(name).unwrap().phrase_text();
    assert_eq!(text("has_bio"), "has a bio / has no bio");
    assert_eq!(text("followers_count"), "\u{2026} followers");
    assert_eq!(text("listed_to_followers"), "on {listed} lists, {followers} followers");
    assert_eq!(format!("{:?}", super::find("has_bio").unwrap()), "has_bio");
}

#[test]
fn a_reason_of_counts_fits_into_a_cell_the_short_way() {
    let cell = |listed, followers| {
        let account = Account { listed: Some(listed), followers: Some(followers), ..Account::default() };
        let words = Words::of(super::find("listed_to_followers").unwrap());
        let mut room = Room::new();
        let behind = [": so", ": so\""].map(|behind| Piece::of(behind).unwrap());
        let facts = Facts::of(&account, Groups::ALL);
        let end = words.write_cell(0.5, &facts, crate::features::Quotes::ForCommas, &behind, 0, &mut room);
        end.map(|end| String::from_utf8(room.written(end).to_vec()).unwrap())
    };
    assert_eq!(cell(1, 1_234).as_deref(), Some("\"on 1 list, 1,234 followers: so\""));
    assert_eq!(cell(0, 1).as_deref(), Some("\"on 0 lists, 1 follower: so\""));
}

#[test]
fn the_table_of_bigrams_that_ships_is_as_it_is_written() {
    let shipped = include_str!("../../models/handle_bigrams.csv");
    assert_eq!(Bigrams::from_text(shipped).unwrap().to_text(), shipped);
    let text = Bigrams::count(["ab"]).to_text();
    assert!(text.starts_with(",a,b,c,") && text.contains("\na,0,1,0,") && text.contains("\n_,0,"), "{text}");
}
