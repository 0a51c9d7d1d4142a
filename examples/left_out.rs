//! Writes the left-out scores behind `models/README.md`'s tables of the share of bots and of support, for a study in
//! another program: a row an account, its source, family, class, calibrated log-odds where bots are half (empty where
//! its family is never left out), and the values of the model's features.
//!
//! ```text
//! cargo run --release --example left_out -- models/default.toml FOLDER > /tmp/left_out.csv
//! ```
//!
//! The output holds rows of the labelled sets: keep it out of the repository.

use std::collections::HashMap;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use botsieve::evaluate::{Bootstrap, hold_out_table};
use botsieve::features::CATALOGUE;
use botsieve::model::{Manifest, Recipe, Samples, folds_by_family, logit, out_of_source};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [manifest, folder] = arguments.as_slice() else { return Err("usage: MANIFEST FOLDER".into()) };
    let manifest = Manifest::open(Path::new(manifest), Some(Path::new(folder)))?;
    let samples = Samples::of_manifest(&manifest, 2, |_| ())?;
    let recipe = Recipe::of(&manifest);
    let folds = folds_by_family(&samples);
    let raw = out_of_source(&samples, &folds, &recipe, |_| ())?;
    let once = Bootstrap { replicates: 1, ..Bootstrap::default() };
    let table = hold_out_table(&samples, &folds, &raw, &recipe, manifest.prevalence, &once)?;
    let scores: HashMap<usize, f64> = table.probabilities.iter().copied().collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    write!(out, "source,family,bot,group,logit")?;
    for &at in &recipe.features {
        write!(out, ",{}", CATALOGUE[at].name)?;
    }
    writeln!(out)?;
    for row in 0..samples.len() {
        let source = &samples.sources[samples.source[row]];
        let score = scores.get(&row).map_or(String::new(), |p| logit(*p).to_string());
        let bot = u8::from(samples.labels[row]);
        write!(out, "{},{},{bot},{},{score}", source.name, source.family, samples.groups[row])?;
        for &at in &recipe.features {
            let value = samples.values[at].get(row);
            write!(out, ",{}", if value.is_nan() { String::new() } else { value.to_string() })?;
        }
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}
