//! Accounts to scores with the embedded model.
//!
//! - `score_account`: an account in memory to its score; with reasons, to their words as well.
//! - `score_library`: the bytes of a file to scores with words, through `in_order`, on one and two threads.
//!   The words are made, but no CSV row: that code belongs to the program (`src/cli/score.rs`).
//! - `score_program`: `botsieve score FILE > /dev/null`, the whole program from start to end, so bytes to bytes.

use std::fs::File;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

use botsieve::account::Account;
use botsieve::ingest::{IngestError, Input, ReadOptions, Source, in_order};
use botsieve::model::{Parts, Score, Scorer};
use botsieve::scores::look;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

#[path = "../examples/make_followers.rs"]
mod make_followers;

const ROWS: u64 = 50_000;
const IN_MEMORY: usize = 10_000;

fn options() -> ReadOptions {
    ReadOptions { observed_at: make_followers::OBSERVED_AT.parse().ok(), ..ReadOptions::default() }
}

fn open(bytes: Vec<u8>) -> Input {
    Input::from_source(Source::from_bytes("followers", bytes), &options()).expect("a follower file")
}

fn words(score: &Score) {
    for reason in &score.reasons {
        black_box(reason.words());
    }
}

fn account_to_score(criterion: &mut Criterion, scorer: &Scorer, bytes: &[u8]) {
    let mut accounts: Vec<Account<'static>> = Vec::new();
    open(bytes.to_vec()).for_each_row(|row| accounts.push(row.account.into_owned())).expect("readable");
    accounts.truncate(IN_MEMORY);
    let mut group = criterion.benchmark_group("score_account");
    group.throughput(Throughput::Elements(IN_MEMORY as u64));
    for reasons in [0, 3] {
        group.bench_function(format!("reasons_{reasons}"), |b| {
            let mut parts = Parts::default();
            b.iter(|| {
                for account in &accounts {
                    let score = scorer.score_with(black_box(account), reasons, &mut parts);
                    words(&score);
                    black_box(score);
                }
            });
        });
    }
    group.finish();
}

fn bytes_to_scores(criterion: &mut Criterion, scorer: &Scorer, bytes: &[u8]) {
    let mut group = criterion.benchmark_group("score_library");
    group.throughput(Throughput::Elements(ROWS));
    for (reasons, threads) in [(0, 1), (0, 2), (3, 1), (3, 2)] {
        group.bench_function(format!("reasons_{reasons}_threads_{threads}"), |b| {
            b.iter_batched(
                || bytes.to_vec(),
                |bytes| {
                    let mut input = open(bytes);
                    let parser = input.parser();
                    let mut rows = 0;
                    let work = |chunk: &botsieve::ingest::Chunk| {
                        let mut parts = Parts::default();
                        let mut rows = 0;
                        let mut text = String::new();
                        parser.parse_in_place(chunk, |block| {
                            look(scorer, block, reasons, &mut parts, |_, scored| {
                                let (scored, _) = scored.expect("sound");
                                text.clear();
                                for part in scored.parts {
                                    scorer.write_words(part, scored.facts, &mut text);
                                }
                                black_box((scored.score, &text));
                                rows += 1;
                            });
                        });
                        rows
                    };
                    let add = |n: u64| -> Result<(), IngestError> {
                        rows += n;
                        Ok(())
                    };
                    in_order(&mut input, threads, work, add).expect("readable");
                    assert_eq!(rows, ROWS);
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn whole_program(criterion: &mut Criterion, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("followers.csv");
    std::fs::write(&path, bytes).expect("room for temporary files");
    let mut group = criterion.benchmark_group("score_program");
    group.throughput(Throughput::Elements(ROWS));
    for (reasons, threads) in [(0, 1), (0, 2), (3, 1), (3, 2)] {
        group.bench_function(format!("reasons_{reasons}_threads_{threads}"), |b| {
            b.iter(|| {
                let status = Command::new(env!("CARGO_BIN_EXE_botsieve"))
                    .arg("score")
                    .arg(&path)
                    .args(["--quiet", "--observed-at", make_followers::OBSERVED_AT])
                    .args(["--reasons", &reasons.to_string(), "--threads", &threads.to_string()])
                    .stdout(Stdio::from(File::create("/dev/null").expect("/dev/null")))
                    .status()
                    .expect("the program runs");
                assert!(status.success());
            });
        });
    }
    group.finish();
}

fn score(criterion: &mut Criterion) {
    let scorer = Scorer::embedded().expect("the embedded model");
    let mut bytes = Vec::new();
    make_followers::write_csv(&mut bytes, ROWS, false).expect("memory");
    account_to_score(criterion, &scorer, &bytes);
    bytes_to_scores(criterion, &scorer, &bytes);
    whole_program(criterion, &bytes);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = score
}
criterion_main!(benches);
