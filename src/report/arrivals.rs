//! When the accounts of a list began to follow, at the earliest: by the order of the list.
//!
//! Networks give followers out in the order in which they came. Nobody follows before the account is made, so who came
//! after somebody came after that account was made too: along the list, from the oldest follower to the newest, the
//! newest time of creation so far is a time before which nobody from there on came (Meeder et al., "We know who you
//! followed last summer", WWW 2011). Whether a list has that order is told by itself: in a list of no order a creation
//! newer than all before it is rare.

/// From which end of the list the newest followers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first row is the newest follower.
    NewestFirst,
    /// The last row is the newest follower.
    OldestFirst,
}

impl Order {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Order::NewestFirst => "newest follower first",
            Order::OldestFirst => "oldest follower first",
        }
    }
}

/// Why it cannot be told when they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// Fewer accounts with a time of creation than this is tried on.
    TooFew,
    /// The list has no order of arrival that could be seen.
    NoOrder,
    /// The list is in the order in which the accounts were made: that tells nothing of when they came.
    ByCreation,
}

/// Accounts with a time of creation that it takes.
pub const LEAST: usize = 60;
/// So many standard deviations more records than in a list of no order.
const BEYOND_CHANCE: f64 = 5.0;

/// By so much the share of neighbours in the order of creation may differ from one half. On the Mastodon lists it is 0.48
/// and 0.49, on lists that were put together of sorted ones 0.12 and 0.80.
const MOST_SORTED: f64 = 0.1;

/// Records: values above all before them.
fn records(times: impl Iterator<Item = i64>) -> usize {
    let mut newest = None;
    times
        .filter(|time| {
            let above = newest.is_none_or(|newest| *time > newest);
            newest = newest.max(Some(*time));
            above
        })
        .count()
}

/// Share of the neighbours of which the second is the newer account, of those that differ.
fn rising(mut times: impl Iterator<Item = i64>) -> f64 {
    let mut before = times.next();
    let (mut up, mut all) = (0.0, 0.0);
    for time in times {
        if let Some(before) = before.replace(time).filter(|before| *before != time) {
            up += f64::from(u8::from(time > before));
            all += 1.0;
        }
    }
    if all > 0.0 { up / all } else { 0.5 }
}

/// How many records a list of `n` in no order has, and the standard deviation of that (Rényi 1962).
fn by_chance(n: usize) -> (f64, f64) {
    let (mut mean, mut variance) = (0.0, 0.0);
    for k in 1..=n {
        let p = 1.0 / k as f64;
        mean += p;
        variance += p * (1.0 - p);
    }
    (mean, variance.sqrt())
}

/// The order of the list, and for each row the time in seconds before which it did not come; `None` for rows beyond which
/// no time is known.
///
/// # Errors
/// Where it cannot be told, with the reason.
pub fn earliest(created: &[Option<i64>]) -> Result<(Order, Vec<Option<i64>>), Untold> {
    let known = created.iter().flatten().count();
    if known < LEAST {
        return Err(Untold::TooFew);
    }
    let down = records(created.iter().flatten().copied());
    let up = records(created.iter().rev().flatten().copied());
    // Of two followers that came one behind the other either may be the older account; in a list that was sorted by
    // creation or id, or put together of such, nearly always the same one is.
    if (rising(created.iter().flatten().copied()) - 0.5).abs() > MOST_SORTED {
        return Err(Untold::ByCreation);
    }
    let (mean, deviation) = by_chance(known);
    if (down.max(up) as f64) < mean + BEYOND_CHANCE * deviation {
        return Err(Untold::NoOrder);
    }
    let mut newest = None;
    let mut so_far = |time: &Option<i64>| {
        newest = newest.max(*time);
        newest
    };
    Ok(if up > down {
        let mut times: Vec<Option<i64>> = created.iter().rev().map(&mut so_far).collect();
        times.reverse();
        (Order::NewestFirst, times)
    } else {
        (Order::OldestFirst, created.iter().map(&mut so_far).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same everywhere.
    fn chance(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Followers that came one after the other, the oldest first: when each was made, and when it came.
    fn followers(n: usize, seed: u64) -> (Vec<Option<i64>>, Vec<i64>) {
        let mut seed = seed;
        let came: Vec<i64> = (0..n as i64).map(|at| 1_500_000_000 + at * 3_600).collect();
        // One in five is new at the network; the others are up to ten years old.
        let made = came
            .iter()
            .map(|came| {
                let age = if chance(&mut seed) < 0.2 { 86_400.0 } else { 3.0e8 };
                Some(came - (age * chance(&mut seed)) as i64)
            })
            .collect();
        (made, came)
    }

    #[test]
    fn nobody_is_said_to_have_come_later_than_they_did_and_few_much_earlier() {
        for seed in 1..20 {
            let (made, came) = followers(2_000, seed);
            let (order, earliest) = earliest(&made).unwrap();
            assert_eq!(order, Order::OldestFirst);
            for (earliest, came) in earliest.iter().zip(&came) {
                assert!(earliest.unwrap() <= *came);
            }
            let late =
                earliest.iter().zip(&came).filter(|(e, came)| **came - e.unwrap() > 2 * 86_400).count();
            assert!(late < 100, "{late} of 2000 by more than two days");
        }
    }

    #[test]
    fn the_order_is_found_from_either_end() {
        let (mut made, _) = followers(500, 7);
        let forth = earliest(&made).unwrap().1;
        made.reverse();
        let (order, mut back) = earliest(&made).unwrap();
        back.reverse();
        assert_eq!((order, back), (Order::NewestFirst, forth));
    }

    #[test]
    fn a_list_in_no_order_or_in_that_of_creation_tells_nothing() {
        for seed in 1..50 {
            let mut at = seed;
            let shuffled: Vec<Option<i64>> =
                (0..3_000).map(|_| Some((chance(&mut at) * 1e9) as i64)).collect();
            assert_eq!(earliest(&shuffled), Err(Untold::NoOrder), "{seed}");
        }
        let by_id: Vec<Option<i64>> = (0..500).map(|at| Some(at * 1_000)).collect();
        assert_eq!(earliest(&by_id), Err(Untold::ByCreation));
        // Sorted in parts, the parts in any order.
        let parts: Vec<Option<i64>> = (0..600).map(|at| Some(at % 100 * 7_919 + at / 100 * 31)).collect();
        assert_eq!(earliest(&parts), Err(Untold::ByCreation));
        assert_eq!(earliest(&by_id[..LEAST - 1]), Err(Untold::TooFew));
        assert_eq!(earliest(&vec![Some(5); 500]), Err(Untold::NoOrder));
        assert_eq!(earliest(&[None; 500]), Err(Untold::TooFew));
    }

    #[test]
    fn a_row_without_a_time_has_that_of_those_before_it() {
        let (mut made, _) = followers(500, 3);
        let whole = earliest(&made).unwrap().1;
        (made[0], made[250]) = (None, None);
        let (_, holes) = earliest(&made).unwrap();
        assert_eq!(holes[0], None);
        assert!(holes[250].is_some() && holes[250] <= whole[250]);
        assert_eq!(holes[499], whole[499]);
    }

    #[test]
    fn records_in_no_order_are_as_many_as_chance_has_them() {
        assert_eq!(records([3, 1, 3, 4, 2, 9].into_iter()), 3);
        let (mean, deviation) = by_chance(500);
        assert!((mean - 6.79).abs() < 0.01 && (deviation - 2.27).abs() < 0.01, "{mean} {deviation}");
    }
}
