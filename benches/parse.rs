//! Bytes to accounts: how fast a follower file is read, on one thread.
//!
//! `cut` finds the ends of records only, `accounts` makes an `Account` of each, `csv_crate` is what the `csv`
//! crate takes to find the cells of the same bytes.

use botsieve::ingest::{Input, ReadOptions, Source};
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

#[path = "../examples/make_followers.rs"]
mod make_followers;

const ROWS: u64 = 50_000;

fn open(bytes: Vec<u8>) -> Input {
    Input::from_source(Source::from_bytes("followers", bytes), &ReadOptions::default())
        .expect("a follower file")
}

fn rows_of<M: criterion::measurement::Measurement>(group: &mut BenchmarkGroup<'_, M>, bytes: &[u8]) {
    // The copy that `Source::from_bytes` wants is made outside the clock.
    group.bench_function("cut", |b| {
        b.iter_batched(
            || bytes.to_vec(),
            |bytes| {
                let mut input = open(bytes);
                let mut rows = 0;
                while let Some(chunk) = input.next_chunk().expect("readable") {
                    rows += chunk.rows;
                }
                assert_eq!(rows, ROWS);
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("accounts", |b| {
        b.iter_batched(
            || bytes.to_vec(),
            |bytes| {
                let mut rows = 0;
                let each = |row: botsieve::ingest::Row<'_>| {
                    rows += u64::from(row.damage.is_none());
                    black_box(&row);
                };
                open(bytes).for_each_row(each).expect("readable");
                assert_eq!(rows, ROWS);
            },
            BatchSize::LargeInput,
        );
    });
}

fn parse(criterion: &mut Criterion) {
    let mut csv_bytes = Vec::new();
    make_followers::write_csv(&mut csv_bytes, ROWS, false).expect("memory");
    let mut group = criterion.benchmark_group("parse_csv");
    group.throughput(Throughput::Elements(ROWS));
    rows_of(&mut group, &csv_bytes);
    group.bench_function("csv_crate", |b| {
        b.iter(|| {
            let mut reader = csv::ReaderBuilder::new().from_reader(csv_bytes.as_slice());
            let mut record = csv::ByteRecord::new();
            let mut rows = 0;
            while reader.read_byte_record(&mut record).expect("CSV") {
                rows += 1;
                black_box(&record);
            }
            assert_eq!(rows, ROWS);
        });
    });
    group.finish();

    let mut json_bytes = Vec::new();
    make_followers::write_jsonl(&mut json_bytes, ROWS).expect("memory");
    let mut group = criterion.benchmark_group("parse_jsonl");
    group.throughput(Throughput::Elements(ROWS));
    rows_of(&mut group, &json_bytes);
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = parse
}
criterion_main!(benches);
