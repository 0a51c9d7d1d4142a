//! Reads a file and says how fast: `cargo run --release --example read_speed FILE [THREADS]`.

use std::time::Instant;

use botsieve::ingest::{IngestError, Input, ReadOptions, Tally, in_order};

fn main() -> Result<(), IngestError> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "-".into());
    let threads = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let start = Instant::now();
    let mut input = Input::open(path.as_ref(), &ReadOptions::default())?;
    let parser = input.parser();
    let mut tally = Tally::default();
    in_order(
        &mut input,
        threads,
        |chunk| {
            let mut part = Tally::default();
            parser.parse(chunk, |row| part.add(&row));
            part
        },
        |part| {
            tally.merge(&part);
            Ok::<(), IngestError>(())
        },
    )?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{} {tally:?} {:.0} rows/s", input.dialect(), tally.rows as f64 / seconds);
    Ok(())
}
