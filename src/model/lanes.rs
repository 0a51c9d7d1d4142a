//! The curves of a model, for eight accounts side by side.
//!
//! What one curve says of one value is a dozen comparisons, a logarithm and a few sums ([`Curve::log_odds`]), the same for
//! every account. So the values of eight accounts are put beside each other, and processors that compute with several
//! numbers at once do so. `fearless_simd` makes the same function once for each kind of processor (AVX2, AVX-512, NEON, and
//! what any x86-64 can) and takes the best where the program runs. The results are the same bits on all of them, and whatever the accounts
//! beside: every lane is its own sum in a written order, nothing is fused, and the contributions are added up one after the
//! other in the order of the terms.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x8, i64x8, mask64x8, u64x8};

use super::encoding::{CLIP, Curve};
use super::exp::exp;
use super::ln::ln;
use super::parts::{Part, ROUNDS_TO_NOTHING};
use super::support::{TAIL_SHARES, Tails};
use crate::features::{LANES, Quotient, Scale, Table};

type Eight = [f64; LANES];
/// The bits of a number but for its sign.
const UNSIGNED: u64 = u64::MAX >> 1;
/// So many of the strongest parts are found on the way; for more all are sorted.
const STRONGEST: usize = 5;
/// So many are usually asked for.
const USUAL: usize = 3;

/// All curves of a model made ready: what [`Curve::log_odds`] gives times a factor, within rounding.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    level: Level,
    terms: Vec<Term>,
}

/// A curve.
#[derive(Clone, Debug)]
struct Term {
    /// Mean of the stretched value, how far from it the value is cut off, and the slope on what is between.
    mean: f64,
    reach: f64,
    slope: f64,
    /// Where the tails begin, see [`Tails`].
    low: [f64; TAIL_SHARES.len()],
    high: [f64; TAIL_SHARES.len()],
    /// The logarithm is that of the value, at least `least`, and `more`.
    least: f64,
    more: f64,
    /// Bits of the value of which the logarithm is taken: all, or all but the sign, which then is put before the logarithm.
    kept: u64,
    /// Bits of the weight of the highest bin.
    highest: i64,
    /// From bin to bin.
    steps: Vec<Step>,
    /// Where the values are found.
    quotient: Quotient,
    /// Is there a logarithm? Else the value is taken as it is.
    stretched: bool,
}

/// From one bin to the next lower one: what is not above the edge has the weight with these bits turned over. So a weight comes
/// out as it is in the model, without a table that each lane would have to look up by itself.
#[derive(Clone, Copy, Debug)]
struct Step {
    edge: f64,
    turned: i64,
}

/// What a term says of eight accounts.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Found {
    /// Not finite where missing.
    pub(super) values: Eight,
    /// 0 where missing.
    pub(super) contributions: Eight,
}

impl Found {
    pub(super) const NOTHING: Found = Found { values: [f64::NAN; LANES], contributions: [0.0; LANES] };
}

/// A curve and what belongs to it.
pub(super) struct Lane<'a> {
    pub(super) curve: &'a Curve,
    /// Times this the curve is taken.
    pub(super) factor: f64,
    /// Its value.
    pub(super) quotient: Quotient,
    /// Its tails, if the model has any.
    pub(super) tails: Option<&'a Tails>,
}

/// What all terms say of eight accounts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sums {
    pub(super) logit: Eight,
    /// Values that are known.
    pub(super) known: [i64; LANES],
    /// Cuts that values lie beyond, see [`Tails`].
    pub(super) beyond: [i64; LANES],
}

impl Term {
    fn of(lane: &Lane<'_>) -> Term {
        let Lane { curve, factor, quotient, tails } = lane;
        let slope = factor * curve.slope / curve.sd;
        // Without a slope the stretched value need not be known.
        let scale = if slope == 0.0 { Scale::Linear } else { curve.scale };
        let (least, more) = match scale {
            Scale::Linear => (1.0, 0.0),
            Scale::Log1p | Scale::Signed => (0.0, 1.0),
            Scale::Log => (1e-12, 0.0),
        };
        let weights: Vec<i64> =
            curve.weights.iter().map(|weight| (factor * weight).to_bits().cast_signed()).collect();
        let step = |(edge, two): (&f64, &[i64])| Step { edge: *edge, turned: two[0] ^ two[1] };
        Term {
            mean: curve.mean,
            reach: CLIP * curve.sd,
            slope,
            low: tails.map_or([f64::NEG_INFINITY; TAIL_SHARES.len()], |tails| tails.low),
            high: tails.map_or([f64::INFINITY; TAIL_SHARES.len()], |tails| tails.high),
            least,
            more,
            kept: if scale == Scale::Signed { UNSIGNED } else { u64::MAX },
            highest: weights.last().copied().unwrap_or(0),
            steps: curve.edges.iter().zip(weights.windows(2)).map(step).collect(),
            quotient: *quotient,
            stretched: scale != Scale::Linear,
        }
    }

    /// What the curve says of values that are known.
    #[inline(always)]
    fn log_odds<S: Simd>(&self, simd: S, values: f64x8<S>) -> f64x8<S> {
        let all = |number: f64| f64x8::splat(simd, number);
        let mut weights = i64x8::splat(simd, self.highest);
        for step in &self.steps {
            // A lane of a mask is all bits or none.
            weights ^= values.simd_le(all(step.edge)).to_vector() & i64x8::splat(simd, step.turned);
        }
        let mut stretched = values;
        if self.stretched {
            let (whole, kept) = (values.to_bits(), u64x8::splat(simd, self.kept));
            let positive = f64x8::from_bits(whole & kept).max(all(self.least)) + all(self.more);
            let logarithms = ln(simd, positive);
            stretched = f64x8::from_bits(logarithms.to_bits() | (whole & !kept));
        }
        let reach = all(self.reach);
        let beside = (stretched - all(self.mean)).min(reach).max(-reach);
        weights.bitcast::<f64x8<S>>() + all(self.slope) * beside
    }

    /// Cuts that values which are known lie beyond.
    #[inline(always)]
    fn beyond<S: Simd>(&self, simd: S, values: f64x8<S>) -> i64x8<S> {
        let mut beyond = i64x8::splat(simd, TAIL_SHARES.len() as i64);
        // Lanes of a mask are 0 and -1.
        for cut in &self.high {
            beyond += values.simd_le(f64x8::splat(simd, *cut)).to_vector();
        }
        for cut in &self.low {
            beyond -= values.simd_lt(f64x8::splat(simd, *cut)).to_vector();
        }
        beyond
    }
}

/// The strongest contributions so far, strongest first, and the terms they are of.
struct Strongest<S: Simd, const N: usize> {
    strengths: [f64x8<S>; N],
    terms: [f64x8<S>; N],
}

impl<S: Simd, const N: usize> Strongest<S, N> {
    /// Puts a contribution behind those that are as strong, and moves the weaker ones on.
    #[inline(always)]
    fn add(&mut self, simd: S, contributions: f64x8<S>, term: usize) {
        let (mut strength, mut term) = (contributions.abs(), f64x8::splat(simd, term as f64));
        let mut moves = mask64x8::splat(simd, false);
        for (best, of) in self.strengths.iter_mut().zip(&mut self.terms) {
            // What was moved is as strong as the next one at least, and the earlier of the two.
            moves |= strength.simd_gt(*best);
            (*best, strength) = (moves.select(strength, *best), moves.select(*best, strength));
            (*of, term) = (moves.select(term, *of), moves.select(*of, term));
        }
    }
}

impl Lanes {
    pub(super) fn of<'a>(curves: impl IntoIterator<Item = Lane<'a>>) -> Lanes {
        let terms = curves.into_iter().map(|lane| Term::of(&lane)).collect();
        Lanes { level: Level::new(), terms }
    }

    /// What the curves say of the accounts of a table. `logit` is what the contributions are added to; each term is put into
    /// its place of `found`. Of the first accounts, one for each place of `listed`, the strongest `reasons` that do not round to
    /// nothing are put there, strongest first, of equal ones that of the earlier term; more than [`STRONGEST`] are not.
    pub(super) fn weigh(
        &self,
        table: &Table,
        logit: f64,
        reasons: usize,
        found: &mut Vec<Found>,
        listed: &mut [Vec<Part>],
    ) -> Sums {
        found.resize(self.terms.len(), Found::NOTHING);
        listed.iter_mut().for_each(Vec::clear);
        dispatch!(self.level, simd => match reasons {
            0 => self.weigh_with::<_, 0>(simd, table, logit, reasons, found, listed),
            1..=USUAL => self.weigh_with::<_, USUAL>(simd, table, logit, reasons, found, listed),
            _ => self.weigh_with::<_, STRONGEST>(simd, table, logit, reasons, found, listed),
        })
    }

    #[inline(always)]
    fn weigh_with<S: Simd, const N: usize>(
        &self,
        simd: S,
        table: &Table,
        logit: f64,
        reasons: usize,
        found: &mut [Found],
        listed: &mut [Vec<Part>],
    ) -> Sums {
        let none = f64x8::splat(simd, 0.0);
        let mut logit = f64x8::splat(simd, logit);
        let mut known = i64x8::splat(simd, 0);
        let mut beyond = i64x8::splat(simd, 0);
        let mut strongest = Strongest { strengths: [none; N], terms: [none; N] };
        for (at, (term, found)) in self.terms.iter().zip(&mut *found).enumerate() {
            let of = |place: u8| f64x8::load_array_ref(simd, &table[usize::from(place)]);
            let values = of(term.quotient.over) / of(term.quotient.under);
            let there = values.abs().simd_lt(f64::INFINITY);
            known -= there.to_vector();
            let contributions = there.select(term.log_odds(simd, values), none);
            logit += contributions;
            beyond += there.to_vector() & term.beyond(simd, values);
            values.store_array(&mut found.values);
            contributions.store_array(&mut found.contributions);
            strongest.add(simd, contributions, at);
        }
        for (strengths, terms) in strongest.strengths.iter().zip(&strongest.terms).take(reasons) {
            let (strengths, terms) = (strengths.to_array(), terms.to_array());
            for (lane, listed) in listed.iter_mut().enumerate() {
                if strengths[lane] >= ROUNDS_TO_NOTHING {
                    let term = terms[lane] as usize;
                    let Found { values, contributions } = found[term];
                    let (value, contribution) = (values[lane], contributions[lane]);
                    listed.push(Part { term, value, second: f64::NAN, contribution });
                }
            }
        }
        Sums { logit: logit.to_array(), known: known.to_array(), beyond: beyond.to_array() }
    }

    /// [`sigmoid`](super::sigmoid) of eight numbers, within rounding.
    pub(super) fn sigmoid(&self, x: Eight) -> Eight {
        dispatch!(self.level, simd => {
            let (x, one) = (f64x8::simd_from(simd, x), f64x8::splat(simd, 1.0));
            // Of a number that is not above 0, which overflows nowhere.
            let e = exp(simd, -x.abs());
            (x.simd_ge(0.0).select(one, e) / (one + e)).to_array()
        })
    }

    /// Does [`Lanes::weigh`] list as many parts?
    pub(super) fn lists(reasons: usize) -> bool {
        reasons <= STRONGEST
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::support::POINTS;

    const SCALES: [Scale; 4] = [Scale::Linear, Scale::Log1p, Scale::Log, Scale::Signed];

    fn curve(edges: &[f64], scale: usize, slope: f64) -> Curve {
        let mut edges = edges.to_vec();
        edges.sort_by(f64::total_cmp);
        Curve {
            feature: "x".into(),
            weights: (0..=edges.len()).map(|n| (n as f64 + slope).sin()).collect(),
            shares: vec![0.0; edges.len() + 1],
            scale: SCALES[scale],
            mean: 0.3,
            sd: 1.7,
            slope,
            known: 1.0,
            monotone: None,
            edges,
        }
    }

    fn tails(feature: usize) -> Tails {
        let far = [1.0, 2.0, 3.0, 4.0, 5.0].map(|n| n * 10f64.powi(feature as i32 % 5));
        Tails { feature: "x".into(), low: far.map(|cut| -cut), high: far }
    }

    /// What curves say of the values of one account, as lanes find it for a kind of processor, with other accounts beside it.
    struct Weighed {
        logit: f64,
        known: i64,
        beyond: i64,
        values: Vec<f64>,
        contributions: Vec<f64>,
        listed: Vec<Part>,
    }

    fn weigh(level: Level, curves: &[Curve], values: &[f64], reasons: usize, at: usize) -> Weighed {
        let tails: Vec<Tails> = (0..curves.len()).map(tails).collect();
        let lane = |(at, curve)| {
            let quotient = Quotient { over: 100 + at as u8, under: Quotient::UNKNOWN.under };
            Lane { curve, factor: 1.25, quotient, tails: tails.get(at) }
        };
        let lanes = Lanes { level, ..Lanes::of(curves.iter().enumerate().map(lane)) };
        let mut table = [[f64::NAN; LANES]; 256];
        table[usize::from(Quotient::UNKNOWN.under)] = [1.0; LANES];
        for (place, value) in table[100..].iter_mut().zip(values) {
            *place = std::array::from_fn(|lane| lane as f64 - value);
            place[at] = *value;
        }
        // What the accounts before have left must not matter.
        let mut found = vec![Found { values: [7.0; LANES], contributions: [7.0; LANES] }; 99];
        let part = Part { term: 7, value: 7.0, second: 7.0, contribution: 7.0 };
        let mut listed: [Vec<Part>; LANES] = std::array::from_fn(|_| vec![part; 7]);
        let sums = lanes.weigh(&table, -0.5, reasons, &mut found, &mut listed);
        Weighed {
            logit: sums.logit[at],
            known: sums.known[at],
            beyond: sums.beyond[at],
            values: found.iter().map(|found| found.values[at]).collect(),
            contributions: found.iter().map(|found| found.contributions[at]).collect(),
            listed: listed[at].clone(),
        }
    }

    fn numbers() -> impl Strategy<Value = f64> {
        let odd =
            [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 5e-324];
        prop_oneof![-1e6..1e6f64, 0.0..2.0f64, any::<f64>(), prop::sample::select(odd.to_vec())]
    }

    proptest! {
        #[test]
        fn lanes_say_what_the_curves_say(
            shapes in prop::collection::vec((
                prop::collection::vec(prop_oneof![
                    -1e6..1e6f64, 0.0..2.0f64, Just(0.0), (-12..12i8).prop_map(|n| 2f64.powi(n.into())),
                ], 1..20),
                0..4usize, prop_oneof![Just(0.0), -1.0..1.0f64],
            ), 0..23),
            mut values in prop::collection::vec(numbers(), 23), near in 0..3usize, reasons in 0..=STRONGEST, at in 0..LANES,
        ) {
            let curves: Vec<Curve> = shapes.iter().map(|(edges, scale, slope)| curve(edges, *scale, *slope)).collect();
            // Most faults are at the edges.
            for (value, curve) in values.iter_mut().zip(&curves).filter(|(value, _)| **value > 1.0) {
                let edge = curve.edges[curve.edges.len() / 2];
                *value = [edge, edge.next_up(), edge.next_down()][near];
            }
            let values = &values[..curves.len()];
            let found = weigh(Level::new(), &curves, values, reasons, at);
            let contributions = &found.contributions;
            prop_assert_eq!(contributions.len(), curves.len());
            let (mut logit, mut known, mut points) = (-0.5, 0, 0.0);
            for (at, (curve, value)) in curves.iter().zip(values).enumerate() {
                let right = if value.is_finite() { 1.25 * curve.log_odds(*value) } else { 0.0 };
                prop_assert!((contributions[at] - right).abs() < 1e-14, "{} {} {}", value, contributions[at], right);
                prop_assert!(found.values[at] == *value || value.is_nan() && found.values[at].is_nan());
                if value.is_finite() {
                    known += 1;
                    points += tails(at).points(*value);
                }
                logit += contributions[at];
            }
            prop_assert_eq!((found.logit, found.known, POINTS * found.beyond as f64), (logit, known, points));

            let strength = |at: &usize| contributions[*at].abs();
            let mut right: Vec<usize> = (0..curves.len()).filter(|at| strength(at) >= ROUNDS_TO_NOTHING).collect();
            right.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
            right.truncate(reasons);
            prop_assert_eq!(found.listed.iter().map(|part| part.term).collect::<Vec<_>>(), right);
            for part in &found.listed {
                prop_assert_eq!((part.value, part.contribution), (values[part.term], contributions[part.term]));
            }

            // The same bits on any processor, and in any lane.
            let other = weigh(Level::baseline(), &curves, values, reasons, (at + 3) % LANES);
            let bits = |numbers: &[f64]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(contributions), bits(&other.contributions));
            prop_assert_eq!(found.logit.to_bits(), other.logit.to_bits());
            prop_assert_eq!((found.known, found.beyond), (other.known, other.beyond));
            prop_assert_eq!(format!("{:?}", found.listed), format!("{:?}", other.listed));
        }

        #[test]
        fn the_strongest_come_first_and_of_equal_ones_the_earlier(
            contributions in prop::collection::vec(-4..4i8, 0..30), reasons in 0..=STRONGEST, at in 0..LANES,
        ) {
            // Weights of two bins, and values in the upper one.
            let weights = contributions.iter().map(|n| f64::from(*n) / 400.0 / 1.25);
            let curves: Vec<Curve> =
                weights.map(|weight| Curve { weights: vec![9.0, weight], ..curve(&[0.0], 0, 0.0) }).collect();
            let values = vec![1.0; curves.len()];
            let listed = weigh(Level::new(), &curves, &values, reasons, at).listed;
            let mut right: Vec<usize> = (0..curves.len()).filter(|at| contributions[*at].abs() >= 2).collect();
            right.sort_by_key(|at| std::cmp::Reverse(contributions[*at].abs()));
            right.truncate(reasons);
            prop_assert_eq!(listed.iter().map(|part| part.term).collect::<Vec<_>>(), right);
        }
    }
}
