//! `botsieve inspect`: what the program makes of a file, before anything is made of its rows.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::rows::read_rows;
use super::usage::misuse;
use super::{BesideArgs, Console, Done, Format, KEPT, ReadArgs, RunArgs, open_input, write_result};
use crate::features::{CATALOGUE, compute_all};
use crate::ingest::{Field, MapFile, Mapping, Note};
use crate::safe::visible;

/// Show how a file is read: which column became which field, what is unused, which features are unavailable and
/// why, and the rows that cannot be read.
#[derive(Args, Debug)]
pub(super) struct InspectArgs {
    /// Files to look at; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Of so many of the rows that cannot be read, tell what is wrong
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(..=KEPT as i64))]
    damaged: u16,

    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write a map file that says what this mapping does, for --map: correct it where a column is taken for the
    /// wrong field or for none. Takes a file of which no column is known, too
    #[arg(long, value_name = "FILE")]
    write_map: Option<PathBuf>,

    /// Where the report goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What was found in one file.
#[derive(serde::Serialize)]
struct Inspection {
    file: String,
    dialect: String,
    rows: u64,
    damaged: u64,
    first_damaged: Vec<DamagedRow>,
    /// Sound rows of which something is not to be relied on.
    remarks: Vec<Remark>,
    mapping: Mapping,
    /// Rows in which each feature could be computed.
    features: Vec<Available>,
}

#[derive(serde::Serialize)]
struct DamagedRow {
    row: u64,
    line: u64,
    column: Option<String>,
    found: String,
    expected: String,
}

#[derive(serde::Serialize)]
struct Remark {
    note: Note,
    rows: u64,
}

#[derive(serde::Serialize)]
struct Available {
    feature: &'static str,
    rows: u64,
}

pub(super) fn run(args: InspectArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let mut options = args.read.options()?;
    options.unknown_columns = args.write_map.is_some();
    if args.write_map.is_some() && args.files.len() > 1 {
        misuse!("--write-map drafts the map of one file; name one");
    }
    let mut found = Vec::new();
    let mut beside_damaged = 0;
    for path in &args.files {
        let mut input = open_input(path, &options)?;
        let joined = args.beside.join(&mut input, &options, &args.run, &console)?;
        let mut known = vec![0u64; CATALOGUE.len()];
        let (dialect, mapping) = (input.dialect(), input.mapping().clone());
        let met = read_rows(
            &mut input,
            &args.run,
            &console,
            |_| (vec![0u64; CATALOGUE.len()], vec![f64::NAN; CATALOGUE.len()]),
            |(known, values), row| {
                if row.damage.is_some() {
                    return;
                }
                compute_all(&row.account, values);
                for (n, value) in known.iter_mut().zip(values) {
                    *n += u64::from(!value.is_nan());
                }
            },
            |(part, _)| {
                known.iter_mut().zip(part).for_each(|(sum, n)| *sum += n);
                Ok(())
            },
        )?;
        joined.report(&console);
        console.say(format_args!("{}: {}", visible(&path.display().to_string()), met.account_sound()));
        beside_damaged += joined.damaged();
        found.push(Inspection {
            file: path.display().to_string(),
            dialect: dialect.name().to_string(),
            rows: met.rows,
            damaged: met.rejects.count,
            first_damaged: met
                .rejects
                .first
                .into_iter()
                .take(usize::from(args.damaged))
                .map(|(row, line, d)| DamagedRow {
                    row,
                    line,
                    column: d.column,
                    found: d.found,
                    expected: d.expected,
                })
                .collect(),
            remarks: met.remarks.all().map(|(note, rows)| Remark { note, rows }).collect(),
            mapping,
            features: CATALOGUE
                .iter()
                .zip(known)
                .map(|(f, rows)| Available { feature: f.name, rows })
                .collect(),
        });
    }
    if let (Some(path), Some(inspected)) = (&args.write_map, found.first()) {
        write_result(Some(path), &MapFile::draft(&inspected.mapping))?;
        console.say(format_args!("map written to {}; correct it and give it with --map", path.display()));
    }
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&found)? + "\n",
        Format::Text => found.iter().map(text).collect::<Vec<_>>().join("\n"),
    };
    write_result(args.output.as_deref(), &text)?;
    Ok(Done::of(found.iter().map(|f| f.damaged).sum::<u64>() + beside_damaged))
}

fn text(found: &Inspection) -> String {
    let mut out = String::new();
    let whole = found.rows - found.damaged;
    let _ = writeln!(out, "{}: {} rows, read as {}", visible(&found.file), found.rows, found.dialect);
    if let Some(encoding) = &found.mapping.encoding {
        let _ = writeln!(out, "decoded from {}", visible(encoding));
    }
    if found.mapping.ids_only {
        let _ = writeln!(out, "ids only: these accounts can be listed and compared, not scored");
    }
    let width =
        found.mapping.used.iter().map(|m| visible(&m.name).chars().count()).max().unwrap_or(0).min(40);
    let _ = writeln!(out, "\ncolumns in use");
    for mapped in &found.mapping.used {
        let _ = writeln!(out, "  {:width$}  -> {}", visible(&mapped.name), mapped.field.name());
    }
    if let Some(label) = &found.mapping.label {
        let _ = writeln!(out, "  {:width$}  -> label", visible(label));
    }
    for (name, field, winner) in &found.mapping.shadowed {
        let _ = writeln!(
            out,
            "  {:width$}  not used: {} comes from {}",
            visible(name),
            field.name(),
            visible(winner)
        );
    }
    for name in &found.mapping.duplicate {
        let _ =
            writeln!(out, "  {:width$}  stands twice in the header; the first one is used", visible(name));
    }
    for name in &found.mapping.label_like {
        let _ = writeln!(
            out,
            "  {:width$}  looks like a label: use it with --label {}",
            visible(name),
            visible(name)
        );
    }
    if !found.mapping.unused.is_empty() {
        let names: Vec<_> = found.mapping.unused.iter().map(|name| visible(name)).collect();
        let _ = writeln!(out, "\n{} columns not used: {}", names.len(), names.join(", "));
    }
    let available: Vec<_> = found.features.iter().filter(|f| f.rows > 0).collect();
    let _ = writeln!(out, "\n{} of {} features available", available.len(), found.features.len());
    for f in available.iter().filter(|f| f.rows < whole) {
        let _ = writeln!(out, "  {:30} in {} of {} rows", f.feature, f.rows, whole);
    }
    let missing: Vec<_> = found.features.iter().filter(|f| f.rows == 0).map(|f| f.feature).collect();
    if !missing.is_empty() {
        let _ = writeln!(out, "\n{} features unavailable: {}", missing.len(), missing.join(", "));
        if missing.contains(&"age_days") && found.mapping.has(Field::CreatedAt) {
            let _ = writeln!(
                out,
                "  Ages and per-day rates need the time at which the counts were true, and the file does not \
                 say it.\n  Give it with --observed-at DATE."
            );
        }
    }
    for remark in &found.remarks {
        let _ = writeln!(out, "\n{} rows: {}", remark.rows, remark.note.advice());
    }
    let _ = writeln!(out, "\n{} damaged rows", found.damaged);
    for d in &found.first_damaged {
        let column = d.column.as_ref().map(|c| format!(", column {}", visible(c))).unwrap_or_default();
        let _ = writeln!(
            out,
            "  row {} (line {}){column}: found {}, expected {}",
            d.row, d.line, d.found, d.expected
        );
    }
    let more = found.damaged - found.first_damaged.len() as u64;
    if more > 0 {
        let _ = writeln!(out, "  and {more} more; --damaged N tells of up to {KEPT}");
    }
    out
}
