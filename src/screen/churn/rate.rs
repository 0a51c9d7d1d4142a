//! Shares and rates with their intervals, and the base rate that stands beside them.

/// Quantile of the normal distribution for 95 % intervals.
const Z: f64 = 1.959_963_984_540_054;

/// A value with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Rate {
    /// Best guess.
    pub value: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// `count` of `n` as a share with its 95 % Wilson interval (Wilson 1927, *JASA* 22); `None` of nothing.
pub fn share_interval(count: u64, n: u64) -> Option<Rate> {
    if n == 0 {
        return None;
    }
    let (share, n) = (count as f64 / n as f64, n as f64);
    let z2 = Z * Z;
    let middle = share + z2 / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    let lo = if count == 0 { 0.0 } else { (middle - half) / (1.0 + z2 / n) };
    let hi = ((middle + half) / (1.0 + z2 / n)).min(1.0);
    Some(Rate { value: share, lo: lo.max(0.0), hi: hi.max(share) })
}

/// `events` over an `exposure` (days, follower-months, ...) as a rate with its 95 % Poisson interval by Byar's
/// approximation (Breslow and Day 1987, *Statistical Methods in Cancer Research* II, eq. 2.13); `None` without
/// exposure.
pub fn events_interval(events: u64, exposure: f64) -> Option<Rate> {
    if exposure.is_nan() || exposure <= 0.0 {
        return None;
    }
    let bound = |n: f64, z: f64| n * (1.0 - 1.0 / (9.0 * n) + z / (3.0 * n.sqrt())).powi(3);
    let n = events as f64;
    let lo = if events == 0 { 0.0 } else { bound(n, -Z).max(0.0) };
    Some(Rate { value: n / exposure, lo: lo / exposure, hi: bound(n + 1.0, Z) / exposure })
}

impl Rate {
    /// How this stands to a base rate: apart only where the two intervals are.
    pub fn against(&self, base: &Rate) -> Compared {
        if self.lo > base.hi {
            Compared::Above
        } else if self.hi < base.lo {
            Compared::Below
        } else {
            Compared::Alike
        }
    }
}

/// Outcome of [`Rate::against`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// Above the base rate, beyond chance.
    Above,
    /// Below it, beyond chance.
    Below,
    /// Chance alone could make the difference.
    Alike,
}

/// What a list that nobody complained of lost.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct BaseRate {
    /// Followers who left.
    pub left: u64,
    /// Followers there ever were.
    pub of: u64,
    /// Time that followers spent on the list, in follower-months of 30 days.
    pub follower_months: f64,
    /// Whose list it was.
    pub source: &'static str,
}

/// The one base rate there is: 18 snapshots of one Mastodon account's followers. Each follower was at risk of leaving
/// only while on the list, so the rate is departures over follower-months, not 27 of 529 by 18.
///
/// `botsieve churn churn.csv` prints the three numbers from the matrix of that list (`docs/churn.md`).
pub const BASE: BaseRate = BaseRate {
    left: 27,
    of: 529,
    follower_months: 6107.2,
    source: "followers of a university library on Mastodon, 18 snapshots, 2025-01-18 to 2026-07-13 (D. Belveze, \
             github.com/damienbelveze/Mastodon_SO_UnivRennes)",
};

impl BaseRate {
    /// Departures per follower-month of 30 days.
    pub fn per_30_days(&self) -> Rate {
        let none = Rate { value: 0.0, lo: 0.0, hi: 1.0 };
        events_interval(self.left, self.follower_months).unwrap_or(none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(rate: Rate, value: f64, lo: f64, hi: f64) {
        for (found, wanted) in [(rate.value, value), (rate.lo, lo), (rate.hi, hi)] {
            assert!((found - wanted).abs() < 6e-4, "{rate:?}");
        }
    }

    #[test]
    fn shares_by_wilson() {
        // statsmodels 0.14 proportion_confint(27, 529, method="wilson")
        near(share_interval(27, 529).unwrap(), 0.0510, 0.0353, 0.0733);
        near(share_interval(0, 20).unwrap(), 0.0, 0.0, 0.1611);
        near(share_interval(20, 20).unwrap(), 1.0, 0.8389, 1.0);
        assert_eq!(share_interval(0, 0), None);
    }

    #[test]
    fn events_by_byar_are_close_to_the_exact_poisson_interval() {
        // Exact (Garwood): 27 events 17.793 to 39.284; 0 events 0 to 3.689; 5 events 1.623 to 11.668.
        let of = |n| events_interval(n, 1.0).unwrap();
        assert!((of(27).lo - 17.793).abs() < 0.02 && (of(27).hi - 39.284).abs() < 0.02, "{:?}", of(27));
        assert!((of(5).lo - 1.623).abs() < 0.03 && (of(5).hi - 11.668).abs() < 0.03, "{:?}", of(5));
        assert!(of(0).lo == 0.0 && of(0).hi < 3.9, "{:?}", of(0));
        assert_eq!(events_interval(3, 0.0), None);
    }

    #[test]
    fn only_intervals_apart_are_called_different() {
        let base = BASE.per_30_days();
        let rate = |value, lo, hi| Rate { value, lo, hi };
        assert_eq!(rate(0.05, 0.03, 0.07).against(&base), Compared::Above);
        assert_eq!(rate(0.0, 0.0, 0.001).against(&base), Compared::Below);
        assert_eq!(rate(0.006, 0.003, 0.01).against(&base), Compared::Alike);
    }
}
