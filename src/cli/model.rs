//! `botsieve model`: a model looked at, compared with another, put on a card.

mod compare;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Done, write_result};
use crate::model::Model;
use crate::report;

/// Look at a model: draw its curves, compare it with another, write its card.
#[derive(Args, Debug)]
pub(super) struct ModelCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    Show(show::ShowArgs),
    Compare(compare::CompareArgs),
    Card(CardArgs),
}

/// Write the model's card in Markdown: what it is for, what it was trained on, how it did elsewhere, its limits.
///
/// The same bytes as `botsieve train --card` writes.
#[derive(Args, Debug)]
struct CardArgs {
    /// Model file that `botsieve train` wrote [default: the embedded model]
    #[arg(long, short, value_name = "FILE")]
    model: Option<PathBuf>,

    /// Where the card goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: ModelCommand) -> anyhow::Result<Done> {
    match args.what {
        What::Show(args) => show::run(args),
        What::Compare(args) => compare::run(args),
        What::Card(args) => {
            let model = open(args.model.as_deref())?;
            write_result(args.output.as_deref(), &report::card(&model))?;
            Ok(Done::Whole)
        }
    }
}

/// A model file, or the embedded model.
fn open(path: Option<&std::path::Path>) -> anyhow::Result<Model> {
    Ok(match path {
        Some(path) => Model::read(path)?,
        None => Model::embedded()?,
    })
}
