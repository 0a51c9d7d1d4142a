//! Times read by hand: the day counted year by year, so that no calendar of the program is asked.

/// Seconds since 1970 of a time in one of the forms of `docs/dialects.md`.
pub fn seconds(text: &str) -> Option<i64> {
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return of_v1(text);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) || text.ends_with('L') || !text.contains(['-', '/']) {
        return epoch(text);
    }
    let text = text.replacen('/', "-", 2);
    let end = text.find([' ', 'T', 't']).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let day = day_of(parts.next()??, parts.next()??, parts.next()??)?;
    let rest = rest.strip_prefix(['T', 't', ' ']).unwrap_or(rest);
    let zone_at = rest.find(['Z', 'z', '+', '-', 'U', ' ']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_at);
    Some(day * 86_400 + seconds_of(clock)? - zone_of(zone.trim())?)
}

/// Seconds or milliseconds since 1970, within what any network has seen.
pub fn epoch(text: &str) -> Option<i64> {
    let millis = text.strip_suffix('L');
    let n = millis.unwrap_or(text).parse::<f64>().ok()?.trunc();
    let seconds = if millis.is_some() || n.abs() >= 1e11 { (n / 1000.0).floor() } else { n };
    (1e9..4_102_444_800.0).contains(&seconds).then_some(seconds as i64)
}

/// `Sat Oct 17 22:35:31 +0000 2015`, and the same without a zone; blanks between what cannot be taken for one are not needed.
fn of_v1(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const DAYS: [&str; 7] = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
    let (weekday, rest) = text.split_at_checked(3)?;
    let (month, rest) = rest.trim_start().split_at_checked(3)?;
    let month = MONTHS.iter().position(|name| *name == month.to_lowercase())? as i64 + 1;
    let (day, rest) = taken(rest.trim_start(), |c| c.is_ascii_digit());
    let (clock, rest) = taken(rest.trim_start(), |c| c.is_ascii_digit() || c == ':');
    let rest = rest.trim_start();
    let (zone, year) =
        if rest.starts_with(['+', '-']) { rest.split_at_checked(rest.len().min(5))? } else { ("", rest) };
    let day = day_of(year.trim().parse().ok()?, month, day.parse().ok()?)?;
    if DAYS[day.rem_euclid(7) as usize] != weekday.to_lowercase() {
        return None;
    }
    Some(day * 86_400 + seconds_of(clock)? - zone_of(zone)?)
}

fn taken(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !wanted(c)).unwrap_or(text.len()))
}

fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |year, month| match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // Nothing of this was before 1970, and no crawl is later than 2099.
    if !(1..=12).contains(&month) || day < 1 || day > length(year, month) || !(1970..2100).contains(&year) {
        return None;
    }
    let years: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    let months: i64 = (1..month).map(|month| length(year, month)).sum();
    Some(years + months + day - 1)
}

/// `22:35:31`, with or without seconds and what is below them; nothing is midnight.
fn seconds_of(clock: &str) -> Option<i64> {
    if clock.is_empty() {
        return Some(0);
    }
    let clock = clock.split(['.', ',']).next()?;
    let colons = clock.contains(':');
    let pieces: Vec<&str> = if colons {
        clock.split(':').collect()
    } else {
        (0..clock.len()).step_by(2).map(|at| clock.get(at..at + 2)).collect::<Option<_>>()?
    };
    let mut units = pieces.iter().map(|piece| piece.parse::<i64>().ok());
    let (hour, minute, second) =
        (units.next()??, units.next().unwrap_or(Some(0))?, units.next().unwrap_or(Some(0))?);
    // A leap second is the last of its minute.
    let sound = hour < 24 && minute < 60 && second <= 60 && pieces.len() <= 3;
    sound.then_some(hour * 3600 + minute * 60 + second.min(59))
}

fn zone_of(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z" | "UTC") {
        return Some(0);
    }
    let sign = match zone.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    let number =
        |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |text| text.parse::<i64>().ok());
    Some(sign * (number(0..2)? * 3600 + number(2..4)? * 60 + number(4..6)?))
}
