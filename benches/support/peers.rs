//! The Rust side of `benches/peers.py`; prints seconds and what was found, for the script to read.
//!
//! ```text
//! cargo run --release --example peers -- csv FILE THREADS          the csv crate, cells only, each thread its part of the file
//! cargo run --release --example peers -- fit SOLVER X.f64 Y.u8 COLUMNS C TOLERANCE
//! ```
//!
//! `SOLVER` is `weighted` (row weights of 1, botsieve's objective) or `linfa` (linfa-logistic). `X.f64` holds
//! the rows of the matrix as little-endian doubles, `Y.u8` a byte 0 or 1 a row.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::time::Instant;

use botsieve::model::WeightedLogistic;
use linfa::{Dataset, ParamGuard, traits::Fit};
use ndarray::{Array1, Array2};

const USAGE: &str = "usage: peers csv FILE THREADS | peers fit weighted|linfa X.f64 Y.u8 COLUMNS C TOLERANCE";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["csv", file, threads] => csv_cells(file, threads.parse()?),
        ["fit", solver, x, y, columns, c, tolerance] => {
            fit(solver, x, y, columns.parse()?, c.parse()?, tolerance.parse()?)
        }
        _ => Err(USAGE.into()),
    }
}

/// CPU seconds of this process, all threads, to 0.01 s; none where there is no `/proc`.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name in brackets; user and system time are fields 14 and 15 of proc(5), in ticks of 1/100 s.
    let ticks = stat.rsplit(')').next()?.split_whitespace().skip(11).take(2).map(|n| n.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? / 100.0)
}

/// Runs the work; gives its result, its seconds, and its CPU seconds.
fn timed<T>(
    work: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<(T, f64, Option<f64>), Box<dyn Error>> {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let result = work()?;
    let seconds = start.elapsed().as_secs_f64();
    Ok((result, seconds, cpu_seconds().zip(cpu).map(|(after, before)| after - before)))
}

/// Rows and cells between two bytes of a file, the first of which begins a record.
fn cells_between(file: &str, part: Range<u64>) -> Result<(u64, usize), csv::Error> {
    let mut open = File::open(file)?;
    open.seek(SeekFrom::Start(part.start))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(part.start == 0)
        .buffer_capacity(1 << 20)
        .from_reader(open.take(part.end - part.start));
    let mut record = csv::ByteRecord::new();
    let (mut rows, mut cells) = (0, 0);
    while reader.read_byte_record(&mut record)? {
        rows += 1;
        cells += record.len();
    }
    Ok((rows, cells))
}

/// Where to cut a file for so many threads: at the first record that begins behind each equal part of it.
fn parts(file: &str, threads: u64) -> Result<Vec<Range<u64>>, Box<dyn Error>> {
    let size = std::fs::metadata(file)?.len();
    let mut cuts = vec![0];
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(file)?;
    let mut record = csv::ByteRecord::new();
    while (cuts.len() as u64) < threads && reader.read_byte_record(&mut record)? {
        let at = reader.position().byte();
        if at >= size * cuts.len() as u64 / threads {
            cuts.push(at);
        }
    }
    cuts.push(size);
    Ok(cuts.windows(2).map(|cut| cut[0]..cut[1]).collect())
}

fn csv_cells(file: &str, threads: u64) -> Result<(), Box<dyn Error>> {
    let parts = parts(file, threads)?;
    let ((rows, cells), seconds, cpu) = timed(|| {
        let found: Vec<_> = std::thread::scope(|scope| {
            let at_work: Vec<_> =
                parts.into_iter().map(|part| scope.spawn(|| cells_between(file, part))).collect();
            at_work.into_iter().map(|thread| thread.join()).collect()
        });
        let (mut rows, mut cells) = (0, 0);
        for part in found {
            let (more_rows, more_cells) = part.map_err(|_| "a thread panicked")??;
            (rows, cells) = (rows + more_rows, cells + more_cells);
        }
        Ok((rows, cells))
    })?;
    println!("{}", serde_json::json!({"seconds": seconds, "cpu": cpu, "rows": rows, "cells": cells}));
    Ok(())
}

fn fit(solver: &str, x: &str, y: &str, columns: usize, c: f64, tolerance: f64) -> Result<(), Box<dyn Error>> {
    let values: Vec<f64> = std::fs::read(x)?
        .chunks_exact(8)
        .map(|bytes| bytes.try_into().map(f64::from_le_bytes))
        .collect::<Result<_, _>>()?;
    let x = Array2::from_shape_vec((values.len() / columns, columns), values)?;
    let y: Array1<bool> = std::fs::read(y)?.into_iter().map(|byte| byte == 1).collect();
    let rows = y.len();
    let mut data = Dataset::new(x, y);
    match solver {
        "weighted" => data = data.with_weights(Array1::ones(rows)),
        // `WeightedLogistic` without weights is linfa-logistic on a column-major copy; the copy is timed.
        "linfa" => {}
        _ => return Err(USAGE.into()),
    }
    let how = WeightedLogistic::default()
        .alpha(1.0 / c)
        .gradient_tolerance(tolerance)
        .max_iterations(1000)
        .check()?;
    let (fitted, seconds, cpu) = timed(|| Ok(how.fit(&data)?))?;
    let coefficients = fitted.coefficients().to_vec();
    let intercept = fitted.intercept();
    println!(
        "{}",
        serde_json::json!({"seconds": seconds, "cpu": cpu, "coefficients": coefficients, "intercept": intercept})
    );
    Ok(())
}
