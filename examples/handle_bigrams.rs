//! Makes `models/handle_bigrams.csv`: counts of character bigrams in the handles of many people.
//!
//! ```text
//! cargo run --release --example handle_bigrams -- IDS.tsv PROFILES... > models/handle_bigrams.csv
//! ```
//!
//! `IDS.tsv` lists the ids to use (`id<TAB>human`); `PROFILES` are files that hold the handles of those ids.
//! Only counts over thousands of handles are written, no handle.

use std::path::Path;

use botsieve::features::Bigrams;
use botsieve::ingest::{Input, LabelList, ReadOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let ids = LabelList::open(Path::new(&arguments.next().ok_or("usage: IDS.tsv PROFILES...")?))?;
    let mut handles = Vec::new();
    for file in arguments {
        Input::open(Path::new(&file), &ReadOptions::default())?.for_each_row(|row| {
            let wanted = row.account.id.as_deref().and_then(|id| ids.get(id)).is_some_and(|l| !l.is_bot());
            if let (true, None, Some(handle)) = (wanted, &row.damage, &row.account.handle) {
                handles.push(handle.to_string());
            }
        })?;
    }
    eprintln!("{} handles", handles.len());
    print!("{}", Bigrams::count(handles.iter().map(String::as_str)).to_text());
    Ok(())
}
