//! Accounts to numbers: every feature of the catalogue, and the parts that read text, on one thread.

use botsieve::account::Account;
use botsieve::features::{CATALOGUE, Facts, Groups, compute_all};
use botsieve::ingest::{Input, ReadOptions, Source};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

#[path = "../examples/make_followers.rs"]
mod make_followers;

const ROWS: u64 = 10_000;

/// The made-up accounts, read as they are from a file.
fn accounts() -> Vec<Account<'static>> {
    let mut bytes = Vec::new();
    make_followers::write_csv(&mut bytes, ROWS, false).expect("memory");
    let options =
        ReadOptions { observed_at: make_followers::OBSERVED_AT.parse().ok(), ..ReadOptions::default() };
    let mut accounts = Vec::new();
    Input::from_source(Source::from_bytes("followers", bytes), &options)
        .and_then(|mut input| input.for_each_row(|row| accounts.push(row.account.into_owned())))
        .expect("a follower file");
    accounts
}

fn features(criterion: &mut Criterion) {
    let accounts = accounts();
    let mut group = criterion.benchmark_group("features");
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("all", |b| {
        let mut values = vec![0.0; CATALOGUE.len()];
        b.iter(|| {
            for account in &accounts {
                compute_all(black_box(account), &mut values);
                black_box(&values);
            }
        });
    });
    for (name, groups) in [
        ("facts_none", Groups::NONE),
        ("facts_handle", Groups { handle: true, ..Groups::NONE }),
        ("facts_handle_name", Groups { handle: true, name: true, ..Groups::NONE }),
        ("facts_likelihood", Groups { likelihood: true, ..Groups::NONE }),
        ("facts_bio", Groups { bio: true, ..Groups::NONE }),
        ("facts_bio_words", Groups { bio_words: true, ..Groups::NONE }),
        ("facts_all", Groups::ALL),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| {
                for account in &accounts {
                    black_box(Facts::of(black_box(account), groups));
                }
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = features
}
criterion_main!(benches);
