//! Does a row say what its bytes plainly say? Every cell is read here a second time, by rules written for the test.

use std::collections::BTreeMap;

use botsieve::ingest::{Dialect, Field, Kind, Mapped, Mapping, Note};
use serde_json::Value;

use crate::plain::{Content, Plain};
use crate::read::Told;

/// What stands in a cell.
#[derive(Clone, Debug)]
enum Cell {
    /// The record has no such cell.
    Absent,
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    /// An array or an object.
    Other,
}

const NULLS: [&str; 14] =
    ["", "NULL", "null", "None", "none", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NaT", "\\N"];

fn is_null(text: &str) -> bool {
    NULLS.contains(&text.trim()) || text.trim() == "-"
}

/// Holds a row against its record; why they differ, where they do.
pub fn check(
    told: &Told,
    content: &Content,
    plain: &Plain,
    mapping: &Mapping,
    dialect: Dialect,
) -> Result<(), String> {
    match content {
        Content::Deep => return Ok(()),
        Content::Broken => return Err("a record that is no JSON, and nothing was said".into()),
        Content::Refusal => return Err("an account that is refused, and nothing was said".into()),
        Content::Cells(cells) if !plain.header.is_empty() && cells.len() != plain.header.len() => {
            return Err(format!("{} cells of {}, and nothing was said", cells.len(), plain.header.len()));
        }
        Content::Cells(_) if plain.header.is_empty() => return Ok(()),
        _ => {}
    }
    let fields = crate::reading::fields(&told.account);
    for mapped in &mapping.used {
        let cell = match content {
            Content::Cells(cells) => {
                let Some(at) = plain.header.iter().position(|name| *name == mapped.name) else {
                    return Err(format!("the column {:?} is nowhere in the header", mapped.name));
                };
                Cell::Text(
                    String::from_utf8(cells[at].clone())
                        .map_err(|_| format!("{} is no UTF-8", mapped.name))?,
                )
            }
            Content::Value(value) => dig(value, mapped, dialect),
            _ => continue,
        };
        agree(mapped.field, &cell, told, &fields, dialect)
            .map_err(|why| format!("{} ({}): {why}, cell {cell:?}", mapped.name, mapped.field.name()))?;
    }
    Ok(())
}

/// A value by its dotted name, at the top or in the account's own object.
fn dig(value: &Value, mapped: &Mapped, dialect: Dialect) -> Cell {
    let (name, field) = (mapped.name.as_str(), mapped.field);
    fn walk<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
        if let Some(found) = value.get(name) {
            return Some(found);
        }
        let value = if let Value::Array(items) = value { items.last()? } else { value };
        value.get(name).or_else(|| {
            name.match_indices('.').find_map(|(at, _)| walk(value.get(&name[..at])?, &name[at + 1..]))
        })
    }
    let inside =
        ["follower", "following"].iter().filter_map(|root| value.get(root)).find_map(|root| walk(root, name));
    let roots = match dialect {
        Dialect::BotRepository | Dialect::ApiV1Tweets => Some("user"),
        Dialect::Twibot20 => Some("profile"),
        Dialect::ApiV2Tweets => Some("author"),
        _ => None,
    };
    // Beside the account stands the time of the post it came with.
    let beside = matches!(field, Field::LastPostAt | Field::ObservedAt) && name != "most_recent_tweet_id";
    let found = match roots {
        Some(_) if beside || name == "ID" => walk(value, name),
        Some(root) => value.get(root).and_then(|root| walk(root, name)),
        None => inside.or_else(|| walk(value, name)),
    };
    match found {
        None if value.is_object() => Cell::Absent,
        None if name == "(each value)" => cell_of(value),
        None => Cell::Other,
        Some(found) => cell_of(found),
    }
}

fn cell_of(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(b) => Cell::Bool(*b),
        Value::Number(n) => Cell::Number(n.clone()),
        Value::String(text) => Cell::Text(text.clone()),
        _ => Cell::Other,
    }
}

fn agree(
    field: Field,
    cell: &Cell,
    told: &Told,
    fields: &BTreeMap<&'static str, String>,
    dialect: Dialect,
) -> Result<(), String> {
    let found = fields.get(field.name()).map(String::as_str);
    let found =
        if field == Field::ListedPerDay || field == Field::LikesGivenMean { return Ok(()) } else { found };
    let wrong = || Err(format!("read as {found:?}"));
    let relation = matches!(field, Field::YouFollow | Field::FollowsYou);
    if matches!(cell, Cell::Other) {
        let quiet = matches!(field, Field::Connections | Field::Label | Field::Status) || relation;
        return if quiet { Ok(()) } else { Err("an array or object, and nothing was said".into()) };
    }
    match field.kind() {
        Kind::Count => match (found, cell) {
            (None, Cell::Absent | Cell::Null) => Ok(()),
            (None, Cell::Text(text)) if is_null(text) => Ok(()),
            (Some(n), Cell::Number(number)) if number.to_string().trim_end_matches(".0") == n => Ok(()),
            (Some(n), Cell::Number(number)) if number.as_f64() == n.parse().ok() => Ok(()),
            (Some(n), Cell::Text(text)) if is_count(text.trim(), n, told) => Ok(()),
            _ => wrong(),
        },
        Kind::Number => match (found.map(|n| n.parse::<f64>().unwrap()), cell) {
            (None, Cell::Absent | Cell::Null) => Ok(()),
            (None, Cell::Text(text)) if is_null(text) => Ok(()),
            (Some(n), Cell::Number(number)) if number.as_f64() == Some(n) && n >= 0.0 => Ok(()),
            (Some(n), Cell::Text(text)) if text.trim().parse() == Ok(n) && n >= 0.0 && n.is_finite() => {
                Ok(())
            }
            // Below 0: left out, with a remark.
            (None, Cell::Number(_) | Cell::Text(_)) if told.notes.contains(Note::NegativeMeasure) => Ok(()),
            _ => wrong(),
        },
        Kind::Flag
            if matches!(field, Field::HasImage | Field::DefaultImage) || (relation && found.is_none()) =>
        {
            Ok(())
        }
        Kind::Flag => match (found, cell) {
            (None, Cell::Absent | Cell::Null) => Ok(()),
            (None, Cell::Text(text)) if is_null(text) => Ok(()),
            (Some("false"), Cell::Text(text)) if text.is_empty() && dialect == Dialect::Mib => Ok(()),
            (Some("false"), Cell::Absent | Cell::Null) if relation && dialect == Dialect::Bluesky => Ok(()),
            (Some("false"), Cell::Text(text)) if relation && dialect == Dialect::Bluesky && is_null(text) => {
                Ok(())
            }
            (Some("true"), Cell::Text(text)) if relation && text.starts_with("at://") => Ok(()),
            (Some(b), Cell::Bool(other)) if other.to_string() == b => Ok(()),
            (Some(b), Cell::Number(n)) if n.as_u64() == Some(u64::from(b == "true")) => Ok(()),
            (Some(b), Cell::Text(text)) if word(text.trim()) == Some(b == "true") => Ok(()),
            _ => wrong(),
        },
        Kind::Time => {
            let time = match field {
                Field::CreatedAt => told.account.created_at,
                Field::LastPostAt => told.account.last_post_at,
                _ => told.account.observed_at,
            };
            let filled = field != Field::CreatedAt;
            match (time, cell) {
                (None, Cell::Absent | Cell::Null) => Ok(()),
                (None, Cell::Text(text)) if is_null(text) => Ok(()),
                (Some(_), Cell::Absent | Cell::Null) if filled => Ok(()),
                (Some(_), Cell::Text(text)) if filled && is_null(text) => Ok(()),
                (Some(time), Cell::Number(n))
                    if crate::clock::epoch(&n.to_string()) == Some(time.as_second()) =>
                {
                    Ok(())
                }
                (Some(time), Cell::Text(text))
                    if crate::clock::seconds(text.trim()) == Some(time.as_second()) =>
                {
                    Ok(())
                }
                _ => Err(format!("read as {time:?}")),
            }
        }
        Kind::Key if field == Field::LastPostId => Ok(()),
        Kind::Key => key(found, cell, told, dialect).then_some(()).map_or_else(wrong, Ok),
        Kind::Text => text(field, found, cell, dialect).then_some(()).map_or_else(wrong, Ok),
    }
}

/// Is this number what the text says, in full, in groups of three, or cut short?
fn is_count(text: &str, n: &str, told: &Told) -> bool {
    let plain = |text: &str| {
        let digits = text.trim_start_matches('0');
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
            && (digits == n || (digits.is_empty() && n == "0"))
    };
    if plain(text) || text.strip_suffix(".0").is_some_and(plain) {
        return true;
    }
    let Some(mark) = text.chars().find(|c| !c.is_ascii_digit()) else { return false };
    let groups: Vec<&str> = text.split(mark).collect();
    let sound = groups.len() > 1
        && groups[1..].iter().all(|group| group.len() == 3)
        && (1..=3).contains(&groups[0].len());
    if sound && plain(&groups.concat()) && (mark != '.' || groups.len() > 2) {
        return true;
    }
    let unit = match text.chars().last() {
        Some('K' | 'k') => 1e3,
        Some('M' | 'm') => 1e6,
        Some('B') => 1e9,
        _ => return false,
    };
    let number = text[..text.len() - 1].trim_end().replace(',', ".");
    let value = number.parse::<f64>().unwrap_or(f64::NAN) * unit;
    told.notes.contains(Note::RoundedCount) && (value - n.parse::<f64>().unwrap()).abs() <= value * 1e-9 + 0.5
}

/// The words for true and false that `docs/dialects.md` speaks of.
fn word(text: &str) -> Option<bool> {
    let text = text.to_lowercase();
    let yes = "true t yes y 1 1.0 wahr ja vrai oui verdadero sí si sì vero verdadeiro sim waar prawda tak sant sand tosi истина да";
    let no = "false f no n 0 0.0 falsch nein faux non falso não nao onwaar nee fałsz nie falskt falsk epätosi ложь нет";
    let among = |words: &str| words.split(' ').any(|word| word == text);
    if among(yes) { Some(true) } else { among(no).then_some(false) }
}

fn key(found: Option<&str>, cell: &Cell, told: &Told, dialect: Dialect) -> bool {
    let text = match cell {
        // The key may stand in a link.
        Cell::Absent | Cell::Null => return true,
        Cell::Number(n) => n.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Bool(_) | Cell::Other => return false,
    };
    let text = text.trim();
    // It may stand in a link besides.
    if told.notes.contains(Note::RuinedId) {
        return true;
    }
    let Some(found) = found else { return is_null(text) };
    let bare = |text: &str| text.trim_matches(['=', '"', '\'']).to_string();
    let without = |text: &str, mark: char| text.strip_prefix(mark).unwrap_or(text).to_string();
    let canonical = matches!(dialect, Dialect::BotsieveCsv | Dialect::BotsieveJson);
    let exact = [text.to_string(), bare(text), without(text, '@'), without(text, 'x')];
    // A key that is empty may be filled from a link.
    is_null(text)
        || exact.iter().any(|form| form == found)
        || text.strip_suffix(".0") == Some(found)
        || bare(text).strip_suffix(".0") == Some(found)
        || (text == "@" && found.is_empty())
        || (matches!(cell, Cell::Number(_)) && number_alike(found, text))
        || (canonical && text.ends_with(found.trim()))
}

fn text(field: Field, found: Option<&str>, cell: &Cell, dialect: Dialect) -> bool {
    if !matches!(field, Field::Name | Field::Bio | Field::Location | Field::Url | Field::Lang) {
        return true;
    }
    let cell = match cell {
        Cell::Absent | Cell::Null => return found.is_none_or(str::is_empty),
        Cell::Bool(b) => b.to_string(),
        Cell::Number(n) => n.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Other => return false,
    };
    let html = dialect == Dialect::Mastodon && field == Field::Bio;
    let canonical = dialect == Dialect::BotsieveCsv && cell.starts_with('\'');
    match found {
        // Nobody looked: see `forget_texts_nobody_looked_at`.
        None => cell.is_empty() || is_null(&cell) || cell == "unknown",
        Some(_) if html || canonical => true,
        Some("") => cell.trim().is_empty() || ["NULL", "None", "NA", "unknown"].contains(&cell.trim()),
        Some(found) => found == cell || found == cell.trim() || number_alike(found, &cell),
    }
}

/// A JSON number as text may be written in another way.
fn number_alike(found: &str, cell: &str) -> bool {
    matches!((found.parse::<f64>(), cell.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}
