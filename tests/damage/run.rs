//! The run: so many damaged inputs from one seed, on all threads, added up by the kind of damage.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use botsieve::model::Scorer;
use botsieve::scores::KINDS_READ;
use rayon::prelude::*;

use crate::damaged::Plan;
use crate::ground::Ground;
use crate::judge::{Outcome, judge};
use crate::sample;

/// Inputs where nobody says how many.
const INPUTS: u64 = 4000;
const SEED: u64 = 20_260_701;

fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, not a number")))
}

/// Is this the full run, of a hundred thousand inputs or more?
pub fn is_full() -> bool {
    asked("BOTSIEVE_DAMAGE").is_some_and(|inputs| inputs >= 100_000)
}

pub fn seed() -> u64 {
    asked("BOTSIEVE_DAMAGE_SEED").unwrap_or(SEED)
}

pub fn scorer() -> Scorer {
    Scorer::embedded().unwrap().looking_at(KINDS_READ)
}

thread_local! {
    /// What the last panic of this thread said, and where.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a case came to, by kind of damage, or what is wrong with it.
type Done = (&'static str, Result<Outcome, String>);

fn one(case: u64, plan: &Plan, grounds: &[Ground], scorer: &Scorer) -> Done {
    let (at, damaged) = plan.case(case, grounds);
    let ground = &grounds[at];
    let judged = catch_unwind(AssertUnwindSafe(|| judge(ground, &damaged, scorer)))
        .unwrap_or_else(|_| Err(format!("PANIC: {}", PANIC.with_borrow(String::clone))));
    let told = judged.map_err(|why| {
        let kept = std::env::temp_dir().join(format!("botsieve-damage-{case}"));
        // A row of a real account stays where it is: neither its bytes nor its words go anywhere.
        let why = if ground.sample.real {
            why.lines().next().unwrap_or_default().chars().take(300).collect()
        } else {
            why
        };
        if !ground.sample.real {
            std::fs::write(&kept, &damaged.bytes).unwrap();
        }
        format!(
            "case {case}: {}, {}: {}\n  ({})\n  {why}",
            ground.sample.name,
            damaged.kind,
            damaged.what,
            kept.display()
        )
    });
    (damaged.kind, told)
}

#[test]
fn damaged_inputs_lose_nothing_and_say_nothing_false() {
    let scorer = scorer();
    let grounds: Vec<Ground> = sample::all().into_iter().map(|sample| Ground::of(sample, &scorer)).collect();
    let unknown: Vec<&str> = grounds
        .iter()
        .filter(|ground| !ground.sample.real && ground.reading.is_some() && ground.shape.is_none())
        .map(|ground| ground.sample.name.as_str())
        .filter(|name| !name.ends_with(".xlsx"))
        .collect();
    assert!(unknown.is_empty(), "no second reading of {unknown:?}");

    let seed = seed();
    let plan = Plan::of(seed, asked("BOTSIEVE_DAMAGE").unwrap_or(INPUTS), &grounds);
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| PANIC.set(info.to_string())));
    let cases: Vec<u64> =
        asked("BOTSIEVE_DAMAGE_CASE").map_or_else(|| (0..plan.inputs).collect(), |case| vec![case]);
    let done: Vec<Done> = cases.par_iter().map(|case| one(*case, &plan, &grounds, &scorer)).collect();
    std::panic::set_hook(default_hook);

    let mut by_kind: BTreeMap<&str, Outcome> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (kind, told) in done {
        match told {
            Ok(outcome) => by_kind.entry(kind).or_default().add(&outcome),
            Err(why) => wrong.push(why),
        }
    }
    let shown: Vec<String> = wrong.iter().take(40).map(|why| why.chars().take(3000).collect()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} inputs (seed {seed}):\n{}",
        wrong.len(),
        cases.len(),
        shown.join("\n")
    );
    let mut all = Outcome::default();
    by_kind.values().for_each(|outcome| all.add(outcome));
    let command = format!(
        "BOTSIEVE_DAMAGE={} BOTSIEVE_DAMAGE_SEED={seed} BOTSIEVE_DAMAGE_TABLE=docs/trust/damage.md cargo test --test damage",
        plan.inputs
    );
    let real = grounds.iter().filter(|ground| ground.sample.real).count();
    let files = format!(
        "{} files: {} made ones of `data/` and heads of {real} real ones of `../shared/datasets`. {}",
        grounds.len(),
        grounds.len() - real,
        if plan.cuts_everywhere() {
            "Every file of up to 2 KiB is cut off at every byte."
        } else {
            "Small files are cut off at bytes evenly apart."
        }
    );
    crate::table::keep("inputs", &crate::table::inputs(&command, &files, &by_kind, &all));
    assert!(
        all.inputs == cases.len() as u64 && (all.untouched > all.inputs || cases.len() == 1),
        "too little was compared"
    );
}
