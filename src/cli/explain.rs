//! `botsieve explain`: one score taken apart, every contribution as a bar.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::draw::{Bars, FAINT, colour, paint, width, wrapped};
use super::rows::read_rows;
use super::{
    BesideArgs, Console, Done, Format, ModelArgs, ReadArgs, RunArgs, open_input, plural, say_what_is_missing,
    write_result,
};
use crate::account::Account;
use crate::ingest::{Damage, canonical_id};
use crate::model::{Band, Bands, Explanation, Scorer, Term};
use crate::safe::{json_line, one_line, visible};

/// Take the score of an account apart: every contribution of the model, drawn as a bar.
///
/// Finds accounts by --id, --screen-name or --row (each as often as you like) and shows what each feature of the model
/// adds to the log-odds, the strongest first: to the left for a person, to the right for a bot. Contributions and
/// intercept sum to `logit`, and p_bot = 1 / (1 + e^-logit). What the file does not tell adds nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArgs {
    /// File with accounts, in any form that `botsieve score` reads; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Account with this id
    #[arg(long, value_name = "ID", required_unless_present_any = ["screen_name", "row"])]
    id: Vec<String>,

    /// Account with this handle, with or without @, in capitals or not
    #[arg(long, value_name = "HANDLE", visible_alias = "handle")]
    screen_name: Vec<String>,

    /// Account on this row; the first behind the header is 1, as in the output of `botsieve score`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    row: Vec<u64>,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the explanation
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Where the explanation goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve explain followers.csv --screen-name win_free_82737\n  \
    botsieve explain followers.csv --id 12345 --id 67890 --prevalence 0.3\n  \
    botsieve explain followers.csv --row 7 --format json";

/// An account that was asked for.
struct Found {
    row: u64,
    line: u64,
    account: Account<'static>,
    damage: Option<Damage>,
}

/// What the file holds, for the message that something is not in it.
#[derive(Default)]
struct Seen {
    rows: u64,
    ids: u64,
    handles: u64,
    first_ids: Vec<String>,
    first_handles: Vec<String>,
}

/// So many ids are given as examples of what ids look like.
const EXAMPLE_IDS: usize = 3;

impl Seen {
    fn add(&mut self, account: &Account<'_>) {
        let note = |text: Option<&str>, count: &mut u64, first: &mut Vec<String>| {
            if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                *count += 1;
                if first.len() < EXAMPLE_IDS {
                    first.push(one_line(text, 30));
                }
            }
        };
        self.rows += 1;
        note(account.id.as_deref(), &mut self.ids, &mut self.first_ids);
        note(account.handle.as_deref(), &mut self.handles, &mut self.first_handles);
    }

    fn merge(&mut self, other: Seen) {
        self.rows += other.rows;
        self.ids += other.ids;
        self.handles += other.handles;
        for (mine, theirs) in
            [(&mut self.first_ids, other.first_ids), (&mut self.first_handles, other.first_handles)]
        {
            let room = EXAMPLE_IDS - mine.len();
            mine.extend(theirs.into_iter().take(room));
        }
    }
}

/// A handle as it is compared: no `@`, no capitals.
fn same_handle(text: &str) -> String {
    text.trim().trim_start_matches('@').to_lowercase()
}

pub(super) fn run(args: ExplainArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let scorer = args.model.scorer()?;
    let (found, seen) = find(&args, &console)?;
    check_all_found(&args, &found, &seen)?;
    for one in &found {
        if let (Some(damage), true) = (&one.damage, args.run.strict) {
            bail!("{}: row {} (line {}): {damage}", args.file.display(), one.row, one.line);
        }
    }
    let text = match args.format {
        Format::Text => {
            let drawing = Drawing { width: width(), colour: args.output.is_none() && colour() };
            found.iter().map(|one| drawing.text(&scorer, one)).collect::<Vec<_>>().join("\n")
        }
        Format::Json => json(&scorer, &found)?,
    };
    write_result(args.output.as_deref(), &text)?;
    Ok(Done::of(found.iter().filter(|one| one.damage.is_some()).count() as u64))
}

/// The accounts asked for, in the order of the file.
fn find(args: &ExplainArgs, console: &Console) -> anyhow::Result<(Vec<Found>, Seen)> {
    let options = args.read.options()?;
    let mut input = open_input(&args.file, &options)?;
    let beside = args.beside.join(&mut input, &options, &args.run, console)?;
    say_what_is_missing(&input, &options, console);
    let handles: Vec<String> = args.screen_name.iter().map(|handle| same_handle(handle)).collect();
    let ids: Vec<&str> = args.id.iter().map(|id| canonical_id(id)).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut seen = Seen::default();
    // Only a row that was asked for is anybody's concern here.
    let run = RunArgs { strict: false, ..args.run.clone() };
    let met = read_rows(
        &mut input,
        &run,
        console,
        |_| (Vec::new(), Seen::default()),
        |(found, seen): &mut (Vec<Found>, Seen), row| {
            seen.add(&row.account);
            let id = row.account.id.as_deref().map(canonical_id);
            let wanted = args.row.contains(&row.number)
                || id.is_some_and(|id| ids.contains(&id))
                || !handles.is_empty()
                    && row.account.handle.as_deref().is_some_and(|h| handles.contains(&same_handle(h)));
            if wanted {
                found.push(Found {
                    row: row.number,
                    line: row.line,
                    account: std::mem::take(&mut row.account).into_owned(),
                    damage: row.damage.clone(),
                });
            }
        },
        |(part, part_seen)| {
            found.extend(part);
            seen.merge(part_seen);
            Ok(())
        },
    )?;
    beside.report(console);
    console.say(met.account_sound());
    Ok((found, seen))
}

/// All that was asked for must be there: half an answer is easily taken for a whole one.
fn check_all_found(args: &ExplainArgs, found: &[Found], seen: &Seen) -> anyhow::Result<()> {
    let has = |test: &dyn Fn(&Found) -> bool| found.iter().any(test);
    let mut missing = Vec::new();
    for id in &args.id {
        if !has(&|f| f.account.id.as_deref().is_some_and(|own| canonical_id(own) == canonical_id(id))) {
            missing.push(format!("id {}", one_line(id, 40)));
        }
    }
    for handle in &args.screen_name {
        let wanted = same_handle(handle);
        if !has(&|f| f.account.handle.as_deref().is_some_and(|own| same_handle(own) == wanted)) {
            missing.push(format!("handle {}", one_line(handle, 40)));
        }
    }
    for row in &args.row {
        if !has(&|f| f.row == *row) {
            missing.push(format!("row {row}"));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let path = visible(&args.file.display().to_string()).into_owned();
    let holds = |count: u64, what: &str, first: &[String]| match count {
        0 => format!("no {what}s"),
        n => format!("{} (such as {})", plural(n, what), first.join(", ")),
    };
    bail!(
        "{path}: found no account with {}\n  the file has {} with {} and {}\n  give one of those with --id or \
         --screen-name, or its place with --row 1 to {}; `botsieve score` lists them all",
        missing.join(", "),
        plural(seen.rows, "row"),
        holds(seen.ids, "id", &seen.first_ids),
        holds(seen.handles, "handle", &seen.first_handles),
        seen.rows
    )
}

/// How the text is drawn.
struct Drawing {
    width: usize,
    colour: bool,
}

impl Drawing {
    fn text(&self, scorer: &Scorer, one: &Found) -> String {
        let mut out = heading(one);
        if let Some(damage) = &one.damage {
            let _ = writeln!(out, "This row cannot be scored: {damage}");
            return out;
        }
        let explained = scorer.explain(&one.account);
        self.verdict(&mut out, scorer, &explained);
        self.terms(&mut out, &explained.terms);
        self.sum(&mut out, scorer, &explained);
        out
    }

    fn verdict(&self, out: &mut String, scorer: &Scorer, explained: &Explanation) {
        let score = &explained.score;
        let bands = &scorer.model().bands;
        let p =
            if score.features_known > 0 { format!("p_bot {:.4}", score.p_bot) } else { "no p_bot".into() };
        let code = match score.band {
            Band::Genuine => "32",
            Band::Look => "33",
            Band::Spam => "31",
            Band::Pending => FAINT,
        };
        let name = score.band.name();
        let head = format!("{p}, band {name} ({})", band_words(score.band, bands, score.features_known));
        // Wrapped before it is painted: colours take no room.
        let painted = format!("band {}", paint(name, code, self.colour));
        let _ =
            writeln!(out, "{}", wrapped(&head, self.width, 0).replacen(&format!("band {name}"), &painted, 1));
        let meant = format!(
            "meant where {} % of the accounts are bots; model {}, {} of {} features known",
            crate::model::short_number(scorer.prevalence() * 100.0),
            visible(&scorer.model().name),
            score.features_known,
            scorer.feature_count()
        );
        let _ = writeln!(out, "{}\n", wrapped(&meant, self.width, 0));
    }

    fn terms(&self, out: &mut String, terms: &[Term]) {
        let known: Vec<&Term> = terms.iter().filter(|term| !term.is_missing()).collect();
        let longest = known.iter().map(|term| term.contribution.abs()).fold(0.0, f64::max);
        let half = (self.width / 9).clamp(8, 16);
        let bars = Bars::new(half, longest.max(0.5), self.colour);
        let indent = 2 * half + 1 + 11;
        if !known.is_empty() {
            let _ = writeln!(out, "{}  log-odds  feature = value", bars.heading());
        }
        for term in &known {
            let values: Vec<String> =
                term.values.iter().map(|v| format!("{}{}", v.words, unit_words(v.unit))).collect();
            let what = format!("{} = {}", term.label, values.join(", "));
            let room = self.width.saturating_sub(indent);
            let _ = writeln!(
                out,
                "{} {:>+8.3}  {}",
                bars.draw(term.contribution),
                term.contribution,
                wrapped(&what, room, indent)
            );
            let place = format!(
                "{}; {} of the training accounts",
                term.bin.as_deref().unwrap_or_default(),
                share_words(term.share)
            );
            for line in wrapped(&place, room, 0).lines() {
                let _ =
                    writeln!(out, "{:half$}│{:half$}           {}", "", "", paint(line, FAINT, self.colour));
            }
        }
        let missing: Vec<&str> =
            terms.iter().filter(|term| term.is_missing()).map(|term| term.label.as_str()).collect();
        if !missing.is_empty() {
            let text = format!("Missing, adding exactly 0: {}", missing.join(", "));
            let _ = writeln!(out, "\n{}", wrapped(&text, self.width - 2, 2));
        }
    }

    fn sum(&self, out: &mut String, scorer: &Scorer, explained: &Explanation) {
        let known = explained.terms.iter().filter(|term| !term.is_missing());
        let (count, sum) = known.fold((0u64, 0.0), |(n, sum), term| (n + 1, sum + term.contribution));
        let score = &explained.score;
        let percent = crate::model::short_number(scorer.prevalence() * 100.0);
        let _ = writeln!(out, "\n{sum:>+9.4}  sum of {}", plural(count, "contribution"));
        let _ = writeln!(
            out,
            "{:>+9.4}  intercept: nothing known, {percent} % bots\n{:>+9.4}  logit",
            explained.intercept, score.logit
        );
        if score.features_known > 0 {
            let _ = writeln!(
                out,
                "{:>9.4}  p_bot = 1 / (1 + e^-logit) = 1 / (1 + e^{:.4})",
                score.p_bot, -score.logit
            );
        } else {
            let _ =
                writeln!(out, "Nothing is known of this account, so this is the prior and no p_bot of it.");
        }
    }
}

/// Who it is, on two lines at most.
fn heading(one: &Found) -> String {
    let account = &one.account;
    let mut parts = Vec::new();
    if let Some(handle) = account.handle.as_deref().filter(|h| !h.is_empty()) {
        parts.push(format!("@{}", one_line(handle, 40)));
    }
    if let Some(name) = account.name.as_deref().filter(|n| !n.trim().is_empty()) {
        parts.push(one_line(name, 50));
    }
    let id = account.id.as_deref().map_or(String::new(), |id| format!("id {}, ", one_line(id, 40)));
    parts.push(format!("({id}row {})", one.row));
    parts.join("  ") + "\n"
}

fn band_words(band: Band, bands: &Bands, known: usize) -> String {
    let spam = bands
        .spam_from
        .map_or("spam is off".to_string(), |from| format!("spam from {from}{}", bands.evidence_words()));
    let genuine =
        bands.genuine_up_to.map_or("genuine is off".to_string(), |to| format!("genuine up to {to}"));
    match band {
        Band::Genuine => genuine,
        Band::Spam => spam,
        Band::Look => format!("{genuine}, {spam}"),
        Band::Pending => {
            format!("too little to go on: {known} features known, {} wanted", bands.min_features)
        }
    }
}

/// The unit behind a value, where it says something that the value does not.
fn unit_words(unit: &str) -> String {
    match unit {
        "share" | "flag" | "count" | "ratio" => String::new(),
        unit => format!(" {unit}"),
    }
}

pub(super) fn share_words(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| match share * 100.0 {
        percent if percent < 0.95 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    })
}

#[derive(Serialize)]
struct JsonExplanation<'a> {
    row: u64,
    id: Option<&'a str>,
    screen_name: Option<&'a str>,
    name: Option<&'a str>,
    model: &'a str,
    prevalence: f64,
    p_bot: Option<f64>,
    logit: Option<f64>,
    band: Option<Band>,
    features_known: Option<usize>,
    features_missing: Option<usize>,
    intercept: Option<f64>,
    terms: Vec<Term>,
    status: String,
}

/// A list with an object an account, on one line each.
fn json(scorer: &Scorer, found: &[Found]) -> anyhow::Result<String> {
    let mut out = b"[\n".to_vec();
    for (at, one) in found.iter().enumerate() {
        let explained = one.damage.is_none().then(|| scorer.explain(&one.account));
        let known = explained.as_ref().filter(|e| e.score.features_known > 0);
        let line = JsonExplanation {
            row: one.row,
            id: one.account.id.as_deref(),
            screen_name: one.account.handle.as_deref(),
            name: one.account.name.as_deref(),
            model: &scorer.model().name,
            prevalence: scorer.prevalence(),
            p_bot: known.map(|e| e.score.p_bot),
            logit: known.map(|e| e.score.logit),
            band: explained.as_ref().map(|e| e.score.band),
            features_known: explained.as_ref().map(|e| e.score.features_known),
            features_missing: explained.as_ref().map(|e| e.score.features_missing),
            intercept: explained.as_ref().map(|e| e.intercept),
            status: one.damage.as_ref().map_or_else(|| "ok".into(), |damage| format!("damaged: {damage}")),
            terms: explained.map(|e| e.terms).unwrap_or_default(),
        };
        json_line(&mut out, &line)?;
        out.extend_from_slice(if at + 1 < found.len() { b",\n" } else { b"\n" });
    }
    out.extend_from_slice(b"]\n");
    Ok(String::from_utf8(out)?)
}
