//! The curves of a model, four side by side.
//!
//! What one curve says of one value is a dozen comparisons, a logarithm and a few sums ([`Curve::log_odds`]), the same for
//! every curve but for the numbers in it. So the numbers of four curves are put beside each other into a [`Block`], and
//! processors that compute with four numbers at once do so. `fearless_simd` makes the same function once for each kind of
//! processor (AVX2, AVX-512, NEON, and what any x86-64 can) and takes the best where the program runs. The results are the same
//! bits on all of them: every lane is its own sum in a written order, nothing is fused, and the contributions are added up
//! one after the other in the order of the terms.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x4, i64x4, mask64x4, u64x4};

use super::encoding::{CLIP, Curve};
use super::ln::Logarithm;
use super::parts::{Part, ROUNDS_TO_NOTHING};
use super::support::{POINTS, TAIL_SHARES, Tails};
use crate::features::{Quotient, Scale, Table};

/// Curves side by side.
pub(super) const LANES: usize = 4;
type Four = [f64; LANES];
/// The bits of a number but for its sign.
const UNSIGNED: u64 = u64::MAX >> 1;

/// All curves of a model made ready: what [`Curve::log_odds`] gives times a factor, within rounding.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    level: Level,
    logarithm: Logarithm,
    blocks: Vec<Block>,
}

/// A curve a lane; what lanes without one say of their value, which is missing, adds nothing.
#[derive(Clone, Debug)]
#[repr(C, align(32))]
struct Block {
    /// Mean of the stretched value, how far from it the value is cut off, and the slope on what is between.
    mean: Four,
    reach: Four,
    slope: Four,
    /// Where the tails begin, see [`Tails`].
    low: [Four; TAIL_SHARES.len()],
    high: [Four; TAIL_SHARES.len()],
    /// The logarithm is that of the value, at least `least`, and `more`.
    least: Four,
    more: Four,
    /// Bits of the value of which the logarithm is taken: all, or all but the sign, which then is put before the logarithm.
    kept: [u64; LANES],
    /// All bits where there is a logarithm, none where the value is taken as it is.
    stretched: [i64; LANES],
    /// Bits of the weight of the highest bin.
    highest: [u64; LANES],
    /// From bin to bin, as many as the curve with most bins has, and some more so that there are whole strides.
    steps: Vec<[Step; STRIDE]>,
    /// Where the values are found.
    over: [u8; LANES],
    under: [u8; LANES],
    /// Is any lane stretched?
    logarithms: bool,
}

/// From one bin of each lane to the next lower one: what is not above the edge has the weight with these bits turned over. So a
/// weight comes out as it is in the model, without a table that each lane would have to look up by itself.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
struct Step {
    edge: Four,
    turned: Four,
}

/// So many steps are taken before it is asked whether there are more.
const STRIDE: usize = 3;

impl Step {
    /// For lanes that have fewer edges.
    const NONE: Step = Step { edge: [f64::INFINITY; LANES], turned: [0.0; LANES] };
}

/// What four terms say of an account.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(super) struct Found {
    /// Not finite where missing.
    pub(super) values: Four,
    /// 0 where missing.
    pub(super) contributions: Four,
    /// The contributions without their signs; those that were listed are taken out.
    strengths: Four,
}

impl Found {
    pub(super) const NOTHING: Found =
        Found { values: [f64::NAN; LANES], contributions: [0.0; LANES], strengths: [0.0; LANES] };
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

/// What all terms say of an account together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sums {
    pub(super) logit: f64,
    /// Values that are known.
    pub(super) known: usize,
    /// See [`Tails::points`].
    pub(super) points: f64,
}

impl Block {
    /// Lanes of which nothing is known.
    fn new() -> Block {
        Block {
            mean: [0.0; LANES],
            reach: [0.0; LANES],
            slope: [0.0; LANES],
            low: [[f64::NEG_INFINITY; LANES]; TAIL_SHARES.len()],
            high: [[f64::INFINITY; LANES]; TAIL_SHARES.len()],
            least: [1.0; LANES],
            more: [0.0; LANES],
            kept: [u64::MAX; LANES],
            stretched: [0; LANES],
            highest: [0; LANES],
            steps: Vec::new(),
            logarithms: false,
            over: [Quotient::UNKNOWN.over; LANES],
            under: [Quotient::UNKNOWN.under; LANES],
        }
    }

    fn put(&mut self, at: usize, lane: &Lane<'_>) {
        let Lane { curve, factor, quotient, tails } = lane;
        (self.over[at], self.under[at]) = (quotient.over, quotient.under);
        if let Some(tails) = tails {
            for cut in 0..TAIL_SHARES.len() {
                (self.low[cut][at], self.high[cut][at]) = (tails.low[cut], tails.high[cut]);
            }
        }
        let slope = factor * curve.slope / curve.sd;
        (self.mean[at], self.reach[at], self.slope[at]) = (curve.mean, CLIP * curve.sd, slope);
        // Without a slope the stretched value need not be known.
        let scale = if slope == 0.0 { Scale::Linear } else { curve.scale };
        (self.least[at], self.more[at]) = match scale {
            Scale::Linear => (1.0, 0.0),
            Scale::Log1p | Scale::Signed => (0.0, 1.0),
            Scale::Log => (1e-12, 0.0),
        };
        self.kept[at] = if scale == Scale::Signed { UNSIGNED } else { u64::MAX };
        self.stretched[at] = if scale == Scale::Linear { 0 } else { -1 };
        self.logarithms |= scale != Scale::Linear;
        let weights: Vec<u64> = curve.weights.iter().map(|weight| (factor * weight).to_bits()).collect();
        self.highest[at] = weights.last().copied().unwrap_or(0);
        let strides = curve.edges.len().div_ceil(STRIDE);
        self.steps.resize(self.steps.len().max(strides), [Step::NONE; STRIDE]);
        let steps = self.steps.iter_mut().flatten();
        for ((step, edge), two) in steps.zip(&curve.edges).zip(weights.windows(2)) {
            (step.edge[at], step.turned[at]) = (*edge, f64::from_bits(two[0] ^ two[1]));
        }
    }

    /// What the curves say of values that are known.
    #[inline(always)]
    fn log_odds<S: Simd>(&self, simd: S, values: f64x4<S>, logarithm: &Logarithm) -> f64x4<S> {
        let four = |numbers: &Four| f64x4::load_array_ref(simd, numbers);
        let bits = |bits: &[u64; LANES]| u64x4::load_array_ref(simd, bits);
        let none = f64x4::splat(simd, 0.0);
        let mut weights = bits(&self.highest);
        for stride in &self.steps {
            for step in stride {
                weights ^= values.simd_le(four(&step.edge)).select(four(&step.turned), none).to_bits();
            }
        }
        let mut stretched = values;
        if self.logarithms {
            let (all, kept) = (values.to_bits(), bits(&self.kept));
            let positive = f64x4::from_bits(all & kept).max(four(&self.least)) + four(&self.more);
            let logarithms = logarithm.of(simd, positive);
            let signed = f64x4::from_bits(logarithms.to_bits() | (all & !kept));
            stretched = mask64x4::from_vector(self.stretched.simd_into(simd)).select(signed, values);
        }
        let reach = four(&self.reach);
        let beside = (stretched - four(&self.mean)).min(reach).max(-reach);
        f64x4::from_bits(weights) + four(&self.slope) * beside
    }

    /// Cuts that values which are known lie beyond. All are compared with: to ask first whether a value is unusual, as one in
    /// three rows has one in any four, costs more.
    #[inline(always)]
    fn beyond<S: Simd>(&self, simd: S, values: f64x4<S>) -> i64x4<S> {
        let mut beyond = i64x4::splat(simd, TAIL_SHARES.len() as i64);
        // Lanes of a mask are 0 and -1.
        for cut in &self.high {
            beyond += values.simd_le(f64x4::load_array_ref(simd, cut)).to_vector();
        }
        for cut in &self.low {
            beyond -= values.simd_lt(f64x4::load_array_ref(simd, cut)).to_vector();
        }
        beyond
    }
}

impl Lanes {
    pub(super) fn of<'a>(curves: impl IntoIterator<Item = Lane<'a>>) -> Lanes {
        let mut blocks = Vec::new();
        for (at, lane) in curves.into_iter().enumerate() {
            if at % LANES == 0 {
                blocks.push(Block::new());
            }
            if let Some(block) = blocks.last_mut() {
                block.put(at % LANES, &lane);
            }
        }
        Lanes { level: Level::new(), logarithm: Logarithm::default(), blocks }
    }

    /// What the curves say of the account of a table. `logit` is what the contributions are added to; each term is put into
    /// its place of `found`, and the strongest `reasons` that do not round to nothing are put into `listed`, strongest first,
    /// of equal ones that of the earlier term.
    pub(super) fn weigh(
        &self,
        table: &Table,
        logit: f64,
        reasons: usize,
        found: &mut Vec<Found>,
        listed: &mut Vec<Part>,
    ) -> Sums {
        found.resize(self.blocks.len(), Found::NOTHING);
        listed.clear();
        dispatch!(self.level, simd => {
            let sums = self.add_up(simd, table, logit, found);
            list_strongest(simd, reasons, found, listed);
            sums
        })
    }

    #[inline(always)]
    fn add_up<S: Simd>(&self, simd: S, table: &Table, mut logit: f64, found: &mut [Found]) -> Sums {
        let mut known = 0;
        let mut beyond = i64x4::splat(simd, 0);
        for (block, found) in self.blocks.iter().zip(found) {
            let look = |at: [u8; LANES]| f64x4::simd_from(simd, at.map(|place| table[usize::from(place)]));
            let values = look(block.over) / look(block.under);
            let there = values.abs().simd_lt(f64::INFINITY);
            known += there.to_bitmask().count_ones();
            let log_odds = block.log_odds(simd, values, &self.logarithm);
            let contributions = there.select(log_odds, f64x4::splat(simd, 0.0));
            values.store_array(&mut found.values);
            contributions.store_array(&mut found.contributions);
            contributions.abs().store_array(&mut found.strengths);
            for contribution in found.contributions {
                logit += contribution;
            }
            beyond += there.to_vector() & block.beyond(simd, values);
        }
        Sums { logit, known: known as usize, points: POINTS * beyond.reduce_sum() as f64 }
    }
}

#[inline(always)]
fn list_strongest<S: Simd>(simd: S, reasons: usize, found: &mut [Found], listed: &mut Vec<Part>) {
    for _ in 0..reasons {
        let none = f64x4::splat(simd, 0.0);
        let strengths = found.iter().map(|found| f64x4::load_array_ref(simd, &found.strengths));
        let best = strengths.fold(none, |best, strengths| best.max(strengths)).reduce_max();
        if best < ROUNDS_TO_NOTHING {
            break;
        }
        let is = |found: &Found| f64x4::load_array_ref(simd, &found.strengths).simd_eq(best);
        let Some(at) = found.iter().position(|found| is(found).any_true()) else { break };
        let found = &mut found[at];
        let lane = is(found).to_bitmask().trailing_zeros() as usize % LANES;
        found.strengths[lane] = 0.0;
        let (value, contribution) = (found.values[lane], found.contributions[lane]);
        listed.push(Part { term: LANES * at + lane, value, second: f64::NAN, contribution });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    /// What curves say of values, as lanes find it for a kind of processor.
    fn found(
        level: Level,
        curves: &[Curve],
        values: &[f64],
        reasons: usize,
    ) -> (Sums, Vec<Found>, Vec<Part>) {
        let tails: Vec<Tails> = (0..curves.len()).map(tails).collect();
        let lane = |(at, curve)| {
            let quotient = Quotient { over: 100 + at as u8, under: Quotient::UNKNOWN.under };
            Lane { curve, factor: 1.25, quotient, tails: tails.get(at) }
        };
        let lanes = Lanes { level, ..Lanes::of(curves.iter().enumerate().map(lane)) };
        let mut table = [f64::NAN; 256];
        table[usize::from(Quotient::UNKNOWN.under)] = 1.0;
        table[100..100 + values.len()].copy_from_slice(values);
        // What the account before has left must not matter.
        let (mut found, mut listed) =
            (vec![Found { values: [7.0; 4], contributions: [7.0; 4], strengths: [7.0; 4] }; 9], vec![]);
        let sums = lanes.weigh(&table, -0.5, reasons, &mut found, &mut listed);
        (sums, found, listed)
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
            mut values in prop::collection::vec(numbers(), 23), near in 0..3usize, reasons in 0..30usize,
        ) {
            let curves: Vec<Curve> = shapes.iter().map(|(edges, scale, slope)| curve(edges, *scale, *slope)).collect();
            // Most faults are at the edges.
            for (value, curve) in values.iter_mut().zip(&curves).filter(|(value, _)| **value > 1.0) {
                let edge = curve.edges[curve.edges.len() / 2];
                *value = [edge, edge.next_up(), edge.next_down()][near];
            }
            let values = &values[..curves.len()];
            let (sums, four, listed) = found(Level::new(), &curves, values, reasons);
            let contributions: Vec<f64> = four.iter().flat_map(|four| four.contributions).collect();
            let (mut logit, mut known, mut points) = (-0.5, 0, 0.0);
            for (at, (curve, value)) in curves.iter().zip(values).enumerate() {
                let right = if value.is_finite() { 1.25 * curve.log_odds(*value) } else { 0.0 };
                prop_assert!((contributions[at] - right).abs() < 1e-14, "{} {} {}", value, contributions[at], right);
                if value.is_finite() {
                    known += 1;
                    points += tails(at).points(*value);
                }
                logit += contributions[at];
            }
            prop_assert!(contributions[curves.len()..].iter().all(|nothing| *nothing == 0.0));
            prop_assert_eq!(sums, Sums { logit, known, points });

            let strength = |at: &usize| contributions[*at].abs();
            let mut right: Vec<usize> = (0..curves.len()).filter(|at| strength(at) >= ROUNDS_TO_NOTHING).collect();
            right.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
            right.truncate(reasons);
            prop_assert_eq!(listed.iter().map(|part| part.term).collect::<Vec<_>>(), right);
            for part in &listed {
                prop_assert_eq!((part.value, part.contribution), (values[part.term], contributions[part.term]));
            }

            // The same bits on any processor.
            let (any_sums, any_four, any_listed) = found(Level::baseline(), &curves, values, reasons);
            let bits = |found: &[Found]| {
                found.iter().flat_map(|found| found.contributions).map(f64::to_bits).collect::<Vec<_>>()
            };
            prop_assert_eq!(bits(&four), bits(&any_four));
            prop_assert_eq!(sums, any_sums);
            prop_assert_eq!(format!("{listed:?}"), format!("{any_listed:?}"));
        }

        #[test]
        fn the_strongest_come_first_and_of_equal_ones_the_earlier(
            contributions in prop::collection::vec(-4..4i8, 0..30), reasons in 0..40usize,
        ) {
            // Weights of two bins, and values in the upper one.
            let weights = contributions.iter().map(|n| f64::from(*n) / 400.0 / 1.25);
            let curves: Vec<Curve> =
                weights.map(|weight| Curve { weights: vec![9.0, weight], ..curve(&[0.0], 0, 0.0) }).collect();
            let values = vec![1.0; curves.len()];
            let (_, _, listed) = found(Level::new(), &curves, &values, reasons);
            let mut right: Vec<usize> = (0..curves.len()).filter(|at| contributions[*at].abs() >= 2).collect();
            right.sort_by_key(|at| std::cmp::Reverse(contributions[*at].abs()));
            right.truncate(reasons);
            prop_assert_eq!(listed.iter().map(|part| part.term).collect::<Vec<_>>(), right);
        }
    }
}
