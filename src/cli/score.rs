//! `botsieve score`: one row out for every row in.

use std::borrow::Cow;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::{
    BesideArgs, Console, Done, ModelArgs, ReadArgs, Rejects, Remarks, RunArgs, open_input, open_output,
    plural, say_what_is_missing,
};
use super::{drift, prevalence};
use crate::evaluate::BinCounts;
use crate::features::{Facts, Groups};
use crate::ingest::{Row, in_order};
use crate::model::{Band, Part, Score, Scorer};
use crate::safe::{csv_cell, json_line};
use crate::screen::kind::{self, Kind, Kinds};

/// Score every account of a file: probability of being a bot, band, and the strongest reasons.
///
/// One row is written for every row read, in the order of the input. Contributions are log-odds; with the
/// model's intercept they sum to `logit`. A row that cannot be scored has an empty `p_bot` and a `status` that
/// says why. Behind the status stand `support`, the share of the training accounts that were at least as unusual
/// (under 0.005 the model has seen next to nothing like it, and never says spam), and `kind`, what there is to see of
/// the account whatever its score: declared bot, churner, spam promoter, purchased or fake follower, inactive, none.
#[derive(Args, Debug)]
pub(super) struct ScoreArgs {
    /// File with accounts (CSV, TSV, JSON, JSON lines; plain, gzip or zstd); `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    /// Reasons to give for each account, 0 to 5
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=5))]
    reasons: u8,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,

    /// Where the scores go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One line an account, with a header
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// Rows by what became of them; they must add up.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    read: u64,
    scored: u64,
    pending: u64,
    damaged: u64,
    written: u64,
}

pub(super) fn run(args: ScoreArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let options = args.read.options()?;
    let path = &args.file;
    let scorer = prevalence::scorer(&args.model, path)?.looking_at(KINDS_READ);
    let mut input = open_input(path, &options)?;
    say_what_is_missing(&input, &options, &console);
    let beside = args.beside.join(&mut input, &options, &args.run, &console)?;
    let scorer = prevalence::settled(scorer, &args.model, path, &options, &beside, &args.run, &console)?;
    let parser = input.parser();
    let mut progress = console.bar(&input);
    let mut output = open_output(args.output.as_deref())?;
    let reasons = usize::from(args.reasons);
    if args.format == Format::Csv {
        output.write_all(header(reasons).as_bytes()).context("cannot write the scores")?;
    }
    let mut rejects = Rejects::default();
    let mut remarks = Remarks::default();
    let mut total = Account::default();
    let mut bins = BinCounts::new(scorer.model());
    in_order(
        &mut input,
        args.run.threads(),
        |chunk| {
            let mut writer = Writer::new(args.format, reasons, &scorer, chunk.rows);
            let mut rejects = Rejects::default();
            let mut remarks = Remarks::default();
            let mut account = Account::default();
            let mut parts = Vec::new();
            let mut bins = BinCounts::new(scorer.model());
            parser.parse_in_place(chunk, |row| {
                account.read += 1;
                let found =
                    row.damage.is_none().then(|| scorer.score_in_parts(&row.account, reasons, &mut parts));
                let scored = found.as_ref().map(|(score, facts)| {
                    if row.number % DRIFT_EVERY == 1 {
                        bins.add(scorer.model(), &parts);
                    }
                    let kinds = Kinds::of(&row.account, facts, None);
                    Scored { score, facts, kinds, parts: Scorer::strongest(&parts, reasons) }
                });
                match &scored {
                    None => account.damaged += 1,
                    Some(Scored { score, .. }) if score.band == Band::Pending => account.pending += 1,
                    Some(_) => account.scored += 1,
                }
                writer.write(row, scored.as_ref());
                account.written += 1;
                remarks.add(row.notes);
                if let Some(damage) = row.damage.take() {
                    rejects.add(row.number, row.line, damage);
                }
            });
            (account, rejects, remarks, bins, writer.bytes)
        },
        |(part, chunk_rejects, chunk_remarks, chunk_bins, bytes)| {
            remarks.merge(chunk_remarks);
            bins.merge(&chunk_bins);
            total.read += part.read;
            total.scored += part.scored;
            total.pending += part.pending;
            total.damaged += part.damaged;
            total.written += part.written;
            progress.add(part.read);
            rejects.merge(chunk_rejects);
            rejects.check(path, args.run.strict)?;
            output.write_all(&bytes).context("cannot write the scores")
        },
    )?;
    drop(progress);
    if total.read != total.written || total.read != total.scored + total.pending + total.damaged {
        bail!(
            "the rows do not add up ({total:?}); nothing was put in place. This is a fault of botsieve: please report it"
        );
    }
    output.finish().context("cannot finish the scores")?;
    rejects.report(path, &console);
    remarks.report(path, &console);
    drift::warn(&bins, &scorer, path, &console);
    beside.report(&console);
    console.say(format_args!(
        "{} read: {} scored, {} pending, {} damaged; {} written",
        plural(total.read, "row"),
        total.scored,
        total.pending,
        total.damaged,
        total.written
    ));
    Ok(Done::of(rejects.count + beside.damaged()))
}

fn header(reasons: usize) -> String {
    let mut header = String::from("row,id,screen_name,p_bot,band,logit");
    for n in 1..=reasons {
        header.push_str(&format!(",reason_{n},contribution_{n}"));
    }
    // What programs may rely on ends with the status; what is newer stands behind it.
    header.push_str(",features_missing,status,support,kind,kind_reason\n");
    header
}

/// The texts that kinds look at.
const KINDS_READ: Groups = Groups { listed_words: true, ..Groups::NONE };
/// Of so many rows one is compared with the training accounts: a share is as plain from some of the rows.
const DRIFT_EVERY: u64 = 8;

/// What is written of an account that could be read.
struct Scored<'a> {
    score: &'a Score,
    facts: &'a Facts<'a>,
    kinds: Kinds,
    /// The reasons.
    parts: &'a [Part],
}

/// A row without its reasons takes about so many bytes: room made at once, so that nothing is moved as a chunk grows.
const ROW_BYTES: usize = 160;

/// Formats the rows of one chunk.
struct Writer<'s> {
    format: Format,
    reasons: usize,
    scorer: &'s Scorer,
    bytes: Vec<u8>,
    /// The words of one reason; kept, so that there is no text to be made for each.
    words: String,
}

#[derive(serde::Serialize)]
struct JsonReason {
    reason: String,
    feature: Cow<'static, str>,
    value: f64,
    contribution: f64,
}

#[derive(serde::Serialize)]
struct JsonScore<'a> {
    row: u64,
    id: Option<&'a str>,
    screen_name: Option<&'a str>,
    p_bot: Option<f64>,
    band: Option<Band>,
    logit: Option<f64>,
    reasons: Vec<JsonReason>,
    features_missing: Option<usize>,
    status: Cow<'static, str>,
    support: Option<f64>,
    kind: Option<&'static str>,
    kinds: Vec<JsonKind>,
}

#[derive(serde::Serialize)]
struct JsonKind {
    kind: Kind,
    reason: String,
}

impl<'s> Writer<'s> {
    /// For about so many rows.
    fn new(format: Format, reasons: usize, scorer: &'s Scorer, rows: u64) -> Writer<'s> {
        let length = usize::try_from(rows).unwrap_or_default().min(1 << 16) * (ROW_BYTES + 64 * reasons);
        Writer { format, reasons, scorer, bytes: Vec::with_capacity(length), words: String::new() }
    }

    fn write(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        match self.format {
            Format::Csv => self.csv(row, scored),
            Format::Jsonl => self.json(row, scored),
        }
        self.bytes.push(b'\n');
    }

    fn json(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        let score = scored.map(|scored| scored.score);
        let reason = |scored: &Scored<'_>, part: &Part| {
            let reason = self.scorer.reason(part, scored.facts);
            JsonReason {
                reason: reason.words(),
                feature: reason.feature,
                value: reason.value,
                contribution: reason.contribution,
            }
        };
        let line = JsonScore {
            row: row.number,
            id: row.account.id.as_deref(),
            screen_name: row.account.handle.as_deref(),
            p_bot: score.filter(|s| s.features_known > 0).map(|s| s.p_bot),
            band: score.map(|s| s.band),
            logit: score.filter(|s| s.features_known > 0).map(|s| s.logit),
            reasons: scored
                .map(|scored| scored.parts.iter().map(|part| reason(scored, part)).collect())
                .unwrap_or_default(),
            features_missing: score.map(|s| s.features_missing),
            status: status(row, score, self.scorer),
            support: score.and_then(|score| score.support).map(short),
            kind: scored.map(|scored| scored.kinds.main().map_or("none", Kind::name)),
            kinds: scored.map(|scored| kinds(row, scored)).unwrap_or_default(),
        };
        // Writing plain values into memory cannot fail.
        let _ = json_line(&mut self.bytes, &line);
    }

    fn csv(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        let out = &mut self.bytes;
        count(out, row.number);
        out.push(b',');
        foreign(out, row.account.id.as_deref().unwrap_or_default());
        out.push(b',');
        foreign(out, row.account.handle.as_deref().unwrap_or_default());
        match scored {
            Some(Scored { score, facts, parts, .. }) => {
                // Nothing known is nothing scored: the prior alone is no probability of this account.
                let known = score.features_known > 0;
                out.push(b',');
                if known {
                    number(out, score.p_bot);
                }
                out.push(b',');
                out.extend_from_slice(score.band.name().as_bytes());
                out.push(b',');
                if known {
                    number(out, score.logit);
                }
                for n in 0..self.reasons {
                    out.push(b',');
                    let Some(part) = parts.get(n) else {
                        out.push(b',');
                        continue;
                    };
                    self.words.clear();
                    self.scorer.write_words(part, facts, &mut self.words);
                    reason(out, &self.words);
                    out.push(b',');
                    number(out, part.contribution);
                }
                out.push(b',');
                count(out, score.features_missing as u64);
            }
            None => out.resize(out.len() + self.reasons * 2 + 4, b','),
        }
        out.push(b',');
        match (&row.damage, scored) {
            (None, Some(scored)) if scored.score.band != Band::Pending => out.extend_from_slice(b"ok"),
            _ => foreign(out, &status(row, scored.map(|scored| scored.score), self.scorer)),
        }
        let Some(Scored { score, facts, kinds, .. }) = scored else {
            return out.extend_from_slice(b",,,");
        };
        out.push(b',');
        if let Some(support) = score.support {
            share(out, support);
        }
        let Some(kind) = kinds.main() else {
            return out.extend_from_slice(b",none,");
        };
        out.push(b',');
        out.extend_from_slice(kind.name().as_bytes());
        out.push(b',');
        self.words.clear();
        kind::write_reason(kind, &row.account, facts, None, &mut self.words);
        own(out, &self.words);
    }
}

/// All kinds of an account, the main one first.
fn kinds(row: &Row<'_>, scored: &Scored<'_>) -> Vec<JsonKind> {
    let reason = |kind| {
        let mut reason = String::new();
        kind::write_reason(kind, &row.account, scored.facts, None, &mut reason);
        JsonKind { kind, reason }
    };
    scored.kinds.all().map(reason).collect()
}

/// A share from 0 to 1, to four places, as `Display` writes [`short`] of it.
fn share(out: &mut Vec<u8>, share: f64) {
    let parts = (share * 1e4).round() as u64;
    if parts == 0 || parts >= 10_000 {
        return out.push(if parts == 0 { b'0' } else { b'1' });
    }
    // The zeros behind the point are kept, those at the end are not.
    let digit = |unit: u64| b'0' + (parts / unit % 10) as u8;
    out.extend_from_slice(&[b'0', b'.', digit(1000), digit(100), digit(10), digit(1)]);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

/// Support to four places.
fn short(support: f64) -> f64 {
    (support * 1e4).round() / 1e4
}

fn status(row: &Row<'_>, score: Option<&Score>, scorer: &Scorer) -> Cow<'static, str> {
    match (&row.damage, score) {
        (Some(damage), _) => format!("damaged: {damage}").into(),
        (None, Some(score)) if score.band == Band::Pending => format!(
            "too little to go on: {} of {} features known",
            score.features_known,
            scorer.feature_count()
        )
        .into(),
        _ => "ok".into(),
    }
}

fn count(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// A number as `Display` writes it, in a fraction of the time.
///
/// Both write the shortest digits that read back as the same number. They differ in exponents, which neither writes
/// between the bounds below, and where two such texts are equally near. That takes a number with at most 21 binary
/// digits behind the point, so below a million one that ends in 11 zero bits or more, as whole numbers do.
fn number(out: &mut Vec<u8>, value: f64) {
    if (1e-4..1e6).contains(&value.abs()) && value.to_bits() & 0x7ff != 0 {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    } else {
        // Writing into memory cannot fail.
        let _ = write!(out, "{value}");
    }
}

/// Bytes of which nearly all ids and handles are made: nothing to escape and nothing to quote.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    plain
};

/// A cell with text from outside.
fn foreign(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| PLAIN[usize::from(byte)]) {
        out.extend_from_slice(text.as_bytes());
    } else {
        own(out, &csv_cell(text));
    }
}

/// A cell with the words of a reason: they are the catalogue's and numbers, with commas and nothing else to quote for.
fn reason(out: &mut Vec<u8>, words: &str) {
    if memchr::memchr(b',', words.as_bytes()).is_none() {
        return out.extend_from_slice(words.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(words.as_bytes());
    out.push(b'"');
}

/// A cell with harmless text, quoted where it must be.
fn own(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    if memchr::memchr3(b',', b'"', b'\n', rest).is_none() && memchr::memchr(b'\r', rest).is_none() {
        out.extend_from_slice(rest);
        return;
    }
    out.push(b'"');
    while let Some(quote) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=quote]);
        out.push(b'"');
        rest = &rest[quote + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_reasons_hold_nothing_to_quote_for_but_commas() {
        for feature in crate::features::CATALOGUE {
            let words = format!("{:?}", feature.phrase).replace("\\u", "");
            assert!(!words.contains('\\') && !feature.unit.contains('"'), "{words}");
        }
    }

    proptest::proptest! {
        #[test]
        fn cells_and_numbers_are_written_as_the_plain_way_writes_them(
            bits: u64, small in -50.0..50.0f64, whole: i32, text in "[\"\r\n,a-c=é\u{202e} ]{0,8}"
        ) {
            let tie = f64::from(whole) / 131_072.0;
            for value in [f64::from_bits(bits), small, small.exp(), f64::from(whole), tie, 0.0, -0.0] {
                let mut out = Vec::new();
                number(&mut out, value);
                proptest::prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
            }
            for value in [small.abs() / 50.0, f64::from(whole.unsigned_abs() % 10_001) / 1e4, 1.0, 0.0, 0.1] {
                let mut out = Vec::new();
                share(&mut out, value);
                proptest::prop_assert_eq!(String::from_utf8(out).unwrap(), short(value).to_string());
            }
            let mut plain = csv::Writer::from_writer(Vec::new());
            plain.write_record([b"1", csv_cell(&text).as_bytes()]).unwrap();
            let mut out = b"1,".to_vec();
            foreign(&mut out, &text);
            out.push(b'\n');
            proptest::prop_assert_eq!(out, plain.into_inner().unwrap());
        }
    }
}
