//! `--prevalence auto`: the share of bots that a batch itself suggests.

use std::path::Path;

use anyhow::bail;

use super::beside::Joined;
use super::{Console, ModelArgs, RunArgs, open_input};
use crate::evaluate::LogitHistogram;
use crate::ingest::{ReadOptions, in_order};
use crate::model::{Band, Parts, Score, Scorer};
use crate::scores::score_sound;
use crate::screen::{ShareOfBots, share_of_bots};

/// Counts a score towards the share; of pending accounts too little is known.
pub(super) fn count(scores: &mut LogitHistogram, scorer: &Scorer, score: &Score) {
    if score.band != Band::Pending && score.features_known > 0 {
        scores.add(score.logit + scorer.to_even());
    }
}

/// The scorer of a command that writes scores as it reads, at the prevalence that was stated or the model's own.
pub(super) fn scorer(args: &ModelArgs, path: &Path) -> anyhow::Result<Scorer> {
    if !args.auto() {
        return args.scorer();
    }
    if path == Path::new("-") {
        bail!(
            "--prevalence auto reads the accounts twice, which standard input does not allow; give a file, or use \
             `screen`, which keeps the list in memory"
        );
    }
    Ok(Scorer::new(args.model()?, None))
}

/// With `auto`, reads the file once before, with what stands beside it, and moves the scorer to the share of bots found.
pub(super) fn settled(
    scorer: Scorer,
    args: &ModelArgs,
    path: &Path,
    options: &ReadOptions,
    beside: &Joined,
    run: &RunArgs,
    console: &Console,
) -> anyhow::Result<Scorer> {
    if !args.auto() {
        return Ok(scorer);
    }
    let mut input = open_input(path, options)?;
    beside.attach(&mut input);
    let parser = input.parser();
    let mut progress = console.bar(&input);
    let mut scores = LogitHistogram::default();
    in_order(
        &mut input,
        run.threads(),
        |chunk| {
            let mut part = LogitHistogram::default();
            let mut parts = Parts::default();
            let mut rows = 0;
            parser.parse_in_place(chunk, |block| {
                rows += block.len() as u64;
                score_sound(&scorer, block, &mut parts, |score, _| count(&mut part, &scorer, &score));
            });
            (rows, part)
        },
        |(rows, part)| {
            progress.add(rows);
            scores.merge(&part);
            anyhow::Ok(())
        },
    )?;
    drop(progress);
    beside.forget_found();
    let share = share_of_bots(scorer.model(), &scores);
    console.say(format_args!("--prevalence auto: {}", choice(share, &scorer)));
    Ok(chosen(share).map_or_else(|| scorer.clone(), |share| scorer.at_prevalence(share)))
}

/// The prevalence that an estimate is good for.
pub(super) fn chosen(share: Option<ShareOfBots>) -> Option<f64> {
    share.filter(ShareOfBots::tells).map(|share| share.prevalence())
}

/// What `auto` came to, in one line.
pub(super) fn choice(share: Option<ShareOfBots>, scorer: &Scorer) -> String {
    let own = scorer.model().prevalence * 100.0;
    match share {
        Some(share) if share.tells() => format!(
            "p_bot is meant at {:.1} % bots, estimated from {} accounts ({})",
            share.prevalence() * 100.0,
            share.accounts,
            interval(&share)
        ),
        Some(share) => format!(
            "the share of bots cannot be told for this list ({}); p_bot is meant at the model's own {own:.0} %",
            interval(&share)
        ),
        None => format!(
            "the share of bots cannot be estimated: it takes 20 scored accounts and a model with estimates for left-out \
             sources of 3 families on record; p_bot is meant at the model's own {own:.0} %"
        ),
    }
}

fn interval(share: &ShareOfBots) -> String {
    format!(
        "{:.0} % interval {:.0} to {:.0} %, from {} families of left-out sources",
        share.level * 100.0,
        share.lo * 100.0,
        share.hi * 100.0,
        share.families
    )
}

/// The share of bots as the summary of `screen` has it.
pub(super) fn sentence(share: Option<ShareOfBots>) -> String {
    match share {
        Some(share) if share.tells() => {
            format!("Share of bots: about {:.0} % ({}).", share.value * 100.0, interval(&share))
        }
        Some(share) => format!(
            "Share of bots: this model cannot tell for this list. Anything from {:.0} to {:.0} % fits how its estimates\n\
             did on sources it had not seen.",
            share.lo * 100.0,
            share.hi * 100.0
        ),
        None => "Share of bots: cannot be said for this list with this model.".into(),
    }
}
