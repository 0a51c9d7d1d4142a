//! The numbers of the features of a model, made ready to be computed for eight accounts at a time.
//!
//! Nearly every number is a quotient of two factors or of products of factors ([`Ratio`]). So one table is made of eight
//! accounts: their factors, the products that the features need, each once, and what features that are no quotients say. Every
//! number is then one place of the table over another, which is computed for all of them side by side, without a branch. The
//! catalogue stays the one definition: a plan is made from it, and a test holds the numbers to [`Feature::number`], bit for bit.

use super::catalogue::{Compute, Feature};
use super::facts::{Factor, Facts, Ratio};

/// Accounts whose numbers are computed side by side.
pub(crate) const LANES: usize = 8;

/// What numbers are quotients of, of each account. There is room for all that a byte can point to, so that a look needs no
/// check.
pub(crate) type Table = [[f64; LANES]; 256];

/// Numerator and denominator in a [`Table`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quotient {
    pub(crate) over: u8,
    pub(crate) under: u8,
}

impl Quotient {
    /// Known of no account.
    #[cfg(test)]
    pub(crate) const UNKNOWN: Quotient = Quotient { over: Factor::Unknown as u8, under: Factor::One as u8 };

    /// The number of an account.
    #[cfg(test)]
    fn of(self, table: &Table, lane: usize) -> f64 {
        table[usize::from(self.over)][lane] / table[usize::from(self.under)][lane]
    }
}

/// How the numbers of some features are computed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The places of the table behind the factors.
    products: Vec<Product>,
    /// The places behind the products.
    others: Vec<Compute>,
    quotients: Vec<Quotient>,
}

/// A product of two factors, or its square root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Product {
    factors: [Factor; 2],
    root: bool,
}

impl Plan {
    /// The plan of features of the catalogue, each once.
    pub(crate) fn of(features: &[&'static Feature]) -> Plan {
        let mut plan = Plan { products: Vec::new(), others: Vec::new(), quotients: Vec::new() };
        let ratio = |feature: &Feature| match feature.compute {
            Compute::Ratio(Ratio { over, under, root }) => {
                Some([Product { factors: over, root: false }, Product { factors: under, root }])
            }
            Compute::RatioOr(..) | Compute::Of(_) => None,
        };
        for product in features.iter().copied().filter_map(ratio).flatten() {
            if product.factor().is_none() && !plan.products.contains(&product) {
                plan.products.push(product);
            }
        }
        for feature in features {
            let quotient = match ratio(feature) {
                Some([over, under]) => Quotient { over: plan.place(over), under: plan.place(under) },
                None => {
                    plan.others.push(feature.compute);
                    let over = byte(Factor::COUNT + plan.products.len() + plan.others.len() - 1);
                    Quotient { over, under: Factor::One as u8 }
                }
            };
            plan.quotients.push(quotient);
        }
        plan
    }

    fn place(&self, product: Product) -> u8 {
        match product.factor() {
            Some(factor) => factor as u8,
            None => {
                let among = self.products.iter().position(|one| *one == product);
                byte(Factor::COUNT + among.expect("all products are listed before any is looked up"))
            }
        }
    }

    /// Where the number of each feature stands in the table.
    pub(crate) fn quotients(&self) -> &[Quotient] {
        &self.quotients
    }

    /// Makes the table of some accounts. Places that no quotient asks for stay as they are.
    #[inline]
    pub(crate) fn fill(&self, facts: [&Facts<'_>; LANES], table: &mut Table) {
        for (place, factor) in table.iter_mut().zip(0..Factor::COUNT) {
            *place = facts.map(|facts| facts.factors[factor]);
        }
        for (place, product) in (Factor::COUNT as u8..).zip(&self.products) {
            table[usize::from(place)] = product.of(table);
        }
        let behind = &mut table[Factor::COUNT + self.products.len()..];
        for (place, other) in behind.iter_mut().zip(&self.others) {
            *place = facts.map(|facts| other.number(facts));
        }
    }
}

impl Product {
    /// The factor it is, where it is no more than that.
    fn factor(self) -> Option<Factor> {
        let [factor, other] = self.factors;
        (other == Factor::One && !self.root).then_some(factor)
    }

    #[inline]
    fn of(self, table: &Table) -> [f64; LANES] {
        let [a, b] = self.factors.map(|factor| table[usize::from(factor as u8)]);
        let product = std::array::from_fn(|lane| a[lane] * b[lane]);
        if self.root { product.map(f64::sqrt) } else { product }
    }
}

fn byte(place: usize) -> u8 {
    u8::try_from(place).expect("the catalogue is far shorter than the table")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::Account;
    use crate::features::{CATALOGUE, Groups};

    proptest! {
        #[test]
        fn the_numbers_of_a_plan_are_those_of_the_features(
            counts in proptest::array::uniform5(proptest::option::of(any::<u64>())),
            small in proptest::array::uniform5(proptest::option::of(0..40u64)), large: bool,
            flags in proptest::array::uniform6(proptest::option::of(any::<bool>())),
            times in proptest::array::uniform2(proptest::option::of(1_100_000_000i64..1_900_000_000)),
            given in proptest::option::of(0.0..50.0f64),
            picked in proptest::collection::vec(0..CATALOGUE.len(), 0..CATALOGUE.len()),
        ) {
            let at = |t: Option<i64>| t.map(|s| crate::account::Timestamp::from_second(s).unwrap());
            let counts = if large { counts } else { small };
            let mut account = Account {
                handle: Some("anna_42".into()), bio: Some("free bots daily".into()),
                followers: counts[0], following: counts[1], posts: counts[2], likes_given: counts[3], listed: counts[4],
                verified: flags[0], default_profile: flags[1], default_image: flags[2], protected: flags[3],
                geo_enabled: flags[4], background_image: flags[5],
                created_at: at(times[0]), observed_at: at(times[1]),
                ..Account::default()
            };
            account.given.followers_per_following = given;
            let facts = Facts::of(&account, Groups::ALL);
            // What the accounts before have left must not matter, nor those beside.
            let mut table = [[7.0; LANES]; 256];
            let nobody = Account::default();
            let of_nobody = Facts::of(&nobody, Groups::ALL);
            let lane = picked.len() % LANES;
            let beside: [&Facts<'_>; LANES] = std::array::from_fn(|at| if at == lane { &facts } else { &of_nobody });
            let all: Vec<&'static Feature> = CATALOGUE.iter().collect();
            let some: Vec<&'static Feature> = picked.iter().map(|at| &CATALOGUE[*at]).collect();
            for features in [all, some] {
                let plan = Plan::of(&features);
                plan.fill(beside, &mut table);
                prop_assert_eq!(plan.quotients().len(), features.len());
                for (feature, quotient) in features.iter().zip(plan.quotients()) {
                    let (found, right) = (quotient.of(&table, lane), feature.number(&facts));
                    prop_assert!(found.to_bits() == right.to_bits() || !found.is_finite() && !right.is_finite(),
                        "{} {} {}", feature.name, found, right);
                }
                prop_assert!(Quotient::UNKNOWN.of(&table, lane).is_nan());
            }
        }
    }

    #[test]
    fn a_plan_makes_each_product_once_and_none_that_is_a_factor() {
        let all: Vec<&'static Feature> = CATALOGUE.iter().collect();
        let products = Plan::of(&all).products;
        assert!(!products.is_empty());
        for (at, product) in products.iter().enumerate() {
            assert!(product.root || !product.factors.contains(&Factor::One), "{product:?}");
            assert!(!products[..at].contains(product), "{product:?} stands there twice");
        }
    }
}
