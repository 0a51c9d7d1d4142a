//! Plots as inline SVG.
//!
//! Why no plotting library: plotters 0.3 (tried, `svg_backend`) writes every colour, font size and position into
//! attributes, so a plot can follow neither a dark page nor a narrow one, and it gives no title or description to
//! screen readers. Here places are percentages of the width and texts have the size of the page's, so the same plot
//! is readable at 400 and at 1,280 pixels; colours and patterns come from the style sheet.
//!
//! Everything is written through maud, which escapes; nothing in a plot is a link, a script or a style.

use maud::{Markup, html};

use super::document::{decimal, percent};
use super::plot::{Bar, Column, Line, Look, Plot, Point, Shape, Unit, ticks};
use crate::safe::{one_line, visible};
use crate::words::counted;

/// Where the area of the marks begins and ends, percent of the width.
const LEFT: f64 = 13.0;
const RIGHT: f64 = 97.0;
/// Height of a row with a label and a bar below it, pixels.
const ROW: f64 = 38.0;
/// Height of the area of a plot with two axes, pixels.
const AREA: f64 = 260.0;
/// Characters of a label that fit beside its value on a narrow screen.
const LABEL: usize = 34;

/// A position across, 0 to 100.
fn across(percent: f64) -> String {
    format!("{}%", decimal(percent, 2))
}

/// A position or length down, pixels.
fn px(pixels: f64) -> String {
    decimal(pixels, 1)
}

/// The plot as SVG; `id` is its name in the page.
pub fn svg(plot: &Plot, id: &str) -> Markup {
    let (height, marks) = match &plot.shape {
        Shape::Bars { rows, unit } => bars(rows, *unit, &plot.x),
        Shape::Sides { rows, most } => sides(rows, *most, &plot.x),
        Shape::Points { rows, range, names } => points(rows, *range, names, &plot.x),
        Shape::Columns { columns: cells, unit } => columns(cells, *unit, &plot.x, &plot.y),
        Shape::Lines { lines, dots, dots_are } => curves(lines, dots, dots_are, &plot.x, &plot.y),
    };
    let (title, desc) = (format!("{id}-t"), format!("{id}-d"));
    html! {
        svg class="plot" role="img" width="100%" height=(px(height)) aria-labelledby=(title) aria-describedby=(desc) {
            title id=(title) { (visible(&plot.title)) }
            desc id=(desc) { (visible(&plot.alt)) }
            (marks)
        }
    }
}

/// The patterns that looks refer to; once in a page.
pub fn patterns() -> Markup {
    let hatch = |name: &str, turn: &str| {
        html! {
            pattern id=(format!("p-{name}")) class=(format!("l-{name}")) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform=(turn) {
                rect class="fill" width="6" height="6" {}
                line class="hatch" x1="0" y1="0" x2="0" y2="6" {}
            }
        }
    };
    html! {
        svg class="patterns" width="0" height="0" aria-hidden="true" {
            defs {
                (hatch("bot", "rotate(45)"))
                (hatch("look", "rotate(-45)"))
                (hatch("unknown", "rotate(0)"))
            }
        }
    }
}

fn class(look: Look) -> &'static str {
    match look {
        Look::Plain => "mark l-plain",
        Look::Person => "mark l-person",
        Look::Bot => "mark f-bot",
        Look::Look => "mark f-look",
        Look::Unknown => "mark f-unknown",
    }
}

/// A value on an axis.
fn tick(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share if value > 0.0 && value < 0.0099 => format!("{} %", decimal(value * 100.0, 1)),
        Unit::Share => {
            let shown = value * 100.0;
            let digits = usize::from((shown - shown.round()).abs() > 0.01);
            format!("{} %", decimal(shown, digits))
        }
        Unit::Count if value >= 1e6 => format!("{}M", short(value / 1e6)),
        Unit::Count if value >= 1e4 => format!("{}k", short(value / 1e3)),
        Unit::Count => counted(value.max(0.0).round() as u64),
    }
}

fn short(value: f64) -> String {
    if value.fract().abs() < 0.05 { decimal(value, 0) } else { decimal(value, 1) }
}

/// Lines down at the ticks of an axis across, their values, and its name. `to` gives the place of a value.
fn axis_below(ticks: &[(f64, String)], to: impl Fn(f64) -> f64, top: f64, bottom: f64, name: &str) -> Markup {
    html! {
        @for (value, text) in ticks {
            line class="grid" x1=(across(to(*value))) x2=(across(to(*value))) y1=(px(top)) y2=(px(bottom)) {}
            @let place = to(*value);
            @let anchor = if place < 3.0 { "start" } else if place > 98.5 { "end" } else { "middle" };
            text class="tick" x=(across(place)) y=(px(bottom + 15.0)) text-anchor=(anchor) { (text) }
        }
        line class="axis" x1=(across(to(ticks.first().map_or(0.0, |t| t.0)))) x2=(across(to(ticks.last().map_or(1.0, |t| t.0)))) y1=(px(bottom)) y2=(px(bottom)) {}
        text class="name" x="50%" y=(px(bottom + 33.0)) text-anchor="middle" { (visible(name)) }
    }
}

fn head(label: &str, note: &str, y: f64) -> Markup {
    html! {
        text class="label" x="0" y=(px(y + 13.0)) { (one_line(label, LABEL)) }
        text class="note" x="100%" y=(px(y + 13.0)) text-anchor="end" { (visible(note)) }
    }
}

/// A line from one end of an interval to the other, with caps.
fn whisker(lo: f64, hi: f64, y: f64) -> Markup {
    html! {
        line class="halo" x1=(across(lo)) x2=(across(hi)) y1=(px(y)) y2=(px(y)) {}
        line class="ci" x1=(across(lo)) x2=(across(hi)) y1=(px(y)) y2=(px(y)) {}
        @for end in [lo, hi] {
            line class="ci" x1=(across(end)) x2=(across(end)) y1=(px(y - 4.0)) y2=(px(y + 4.0)) {}
        }
    }
}

fn bars(rows: &[Bar], unit: Unit, name: &str) -> (f64, Markup) {
    let most = rows.iter().map(|r| r.interval.map_or(r.value, |i| i.1.max(r.value))).fold(0.0, f64::max);
    let most = if unit == Unit::Share { most.min(1.0) } else { most };
    let ticks: Vec<(f64, String)> =
        ticks(most, unit == Unit::Count).into_iter().map(|v| (v, tick(v, unit))).collect();
    let full = ticks.last().map_or(1.0, |t| t.0);
    let to = |value: f64| (value / full).clamp(0.0, 1.0) * 100.0;
    let bottom = rows.len() as f64 * ROW + 2.0;
    let marks = html! {
        (axis_below(&ticks, to, 0.0, bottom, name))
        @for (at, row) in rows.iter().enumerate() {
            @let y = at as f64 * ROW;
            (head(&row.label, &row.note, y))
            rect class=(class(row.look)) x="0" y=(px(y + 19.0)) width=(across(to(row.value))) height="13" {}
            @if let Some((lo, hi)) = row.interval { (whisker(to(lo), to(hi), y + 25.5)) }
        }
    };
    (bottom + 42.0, marks)
}

fn sides(rows: &[Bar], most: f64, name: &str) -> (f64, Markup) {
    let most = ticks(most, false).last().copied().unwrap_or(1.0);
    let to = |value: f64| 50.0 + (value / most).clamp(-1.0, 1.0) * 50.0;
    let signed = |v: f64| format!("{}{}", if v > 0.0 { "+" } else { "" }, decimal(v, 1));
    let ticks: Vec<(f64, String)> =
        [-most, -most / 2.0, 0.0, most / 2.0, most].into_iter().map(|v| (v, signed(v))).collect();
    let bottom = rows.len() as f64 * ROW + 2.0;
    let marks = html! {
        (axis_below(&ticks, to, 0.0, bottom, name))
        @for (at, row) in rows.iter().enumerate() {
            @let y = at as f64 * ROW;
            (head(&row.label, &row.note, y))
            @let (from, until) = if row.value < 0.0 { (to(row.value), 50.0) } else { (50.0, to(row.value)) };
            rect class=(class(row.look)) x=(across(from)) y=(px(y + 19.0)) width=(across(until - from)) height="13" {}
            line class="axis" x1="50%" x2="50%" y1=(px(y + 17.0)) y2=(px(y + 34.0)) {}
        }
    };
    (bottom + 42.0, marks)
}

fn points(rows: &[Point], range: (f64, f64), names: &(String, String), name: &str) -> (f64, Markup) {
    let (least, most) = range;
    let to = |value: f64| ((value - least) / (most - least)).clamp(0.0, 1.0) * 96.0 + 2.0;
    // Tenths, or fifths where there are many.
    let step = if most - least > 0.55 { 0.2 } else { 0.1 };
    let steps = ((most - least) / step).round() as usize;
    let ticks: Vec<(f64, String)> =
        (0..=steps).map(|at| most - (steps - at) as f64 * step).map(|v| (v, decimal(v, 1))).collect();
    let top = 44.0;
    let bottom = top + rows.len() as f64 * ROW + 2.0;
    let marks = html! {
        circle class="dot" cx="8" cy="9" r="5" {}
        text class="label" x="20" y="13" { (visible(&names.0)) }
        rect class="other" x="3" y="23" width="9" height="9" {}
        text class="label" x="20" y="32" { (visible(&names.1)) }
        (axis_below(&ticks, to, top, bottom, name))
        @for (at, row) in rows.iter().enumerate() {
            @let y = top + at as f64 * ROW;
            (head(&row.label, &row.note, y))
            @if let Some((lo, hi)) = row.interval { (whisker(to(lo), to(hi), y + 25.5)) }
            @if let Some(other) = row.other {
                rect class="other" x=(across(to(other))) y=(px(y + 21.0)) width="9" height="9" transform="translate(-4.5 0)" {}
            }
            circle class="dot" cx=(across(to(row.value))) cy=(px(y + 25.5)) r="5" {}
        }
    };
    (bottom + 42.0, marks)
}

/// The name of the axis up, above it, and lines across at its ticks. `to` gives the place of a value.
fn axis_left(
    ticks: &[(f64, String)],
    to: impl Fn(f64) -> f64,
    left: f64,
    right: f64,
    name: &str,
    y: f64,
) -> Markup {
    html! {
        text class="name" x="0" y=(px(y)) { (visible(name)) }
        @for (value, text) in ticks {
            line class="grid" x1=(across(left)) x2=(across(right)) y1=(px(to(*value))) y2=(px(to(*value))) {}
            text class="tick" x=(across(left)) dx="-5" y=(px(to(*value) + 4.0)) text-anchor="end" { (text) }
        }
    }
}

fn columns(cells: &[Column], unit: Unit, x_name: &str, y_name: &str) -> (f64, Markup) {
    let most = cells.iter().map(|c| c.interval.map_or(c.value, |i| i.1.max(c.value))).fold(0.0, f64::max);
    let up: Vec<(f64, String)> =
        ticks(most, unit == Unit::Count).into_iter().map(|v| (v, tick(v, unit))).collect();
    let full = up.last().map_or(1.0, |t| t.0);
    let (top, bottom) = (26.0, 26.0 + 190.0);
    let down = |value: f64| bottom - (value / full).clamp(0.0, 1.0) * (bottom - top);
    let n = cells.len().max(1) as f64;
    let wide = (100.0 - LEFT) / n;
    let longest = cells.iter().map(|c| c.label.chars().count()).max().unwrap_or(1) as f64;
    // A character takes about 7 pixels of the 310 that a narrow screen has here.
    let every = (n * (longest + 1.5) * 7.0 / 310.0).ceil().max(1.0) as usize;
    let marks = html! {
        (axis_left(&up, down, LEFT, 100.0, y_name, 12.0))
        @for (at, column) in cells.iter().enumerate() {
            @let left = LEFT + at as f64 * wide;
            rect class=(class(column.look)) x=(across(left + wide * 0.08)) y=(px(down(column.value))) width=(across(wide * 0.84)) height=(px(bottom - down(column.value))) {
                title { (visible(&column.label)) ": " (tooltip(column.value, unit)) }
            }
            @if let Some((lo, hi)) = column.interval {
                @let middle = across(left + wide / 2.0);
                line class="ci" x1=(middle) x2=(middle) y1=(px(down(lo))) y2=(px(down(hi))) {}
            }
            @if at % every == 0 {
                @let place = left + wide / 2.0;
                @let anchor = if place > 92.0 { "end" } else { "middle" };
                @let place = if anchor == "end" { 100.0 } else { place };
                text class="tick" x=(across(place)) y=(px(bottom + 16.0)) text-anchor=(anchor) { (visible(&column.label)) }
            }
        }
        line class="axis" x1=(across(LEFT)) x2="100%" y1=(px(bottom)) y2=(px(bottom)) {}
        text class="name" x="50%" y=(px(bottom + 35.0)) text-anchor="middle" { (visible(x_name)) }
    };
    (bottom + 44.0, marks)
}

fn tooltip(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => counted(value.max(0.0).round() as u64),
        Unit::Share => percent(value),
    }
}

fn curves(lines: &[Line], dots: &[[f64; 4]], dots_are: &str, x_name: &str, y_name: &str) -> (f64, Markup) {
    let entries = lines.len() + usize::from(!dots.is_empty());
    let top = entries as f64 * 20.0 + 28.0;
    let bottom = top + AREA;
    let to = |x: f64| LEFT + x.clamp(0.0, 1.0) * (RIGHT - LEFT);
    let down = |y: f64| bottom - y.clamp(0.0, 1.0) * AREA;
    let ticks: Vec<(f64, String)> = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|v| (v, decimal(v, 1))).to_vec();
    let path = |line: &Line| {
        let place = |(x, y): &(f64, f64)| {
            format!(
                "{},{}",
                decimal(x.clamp(0.0, 1.0) * 1000.0, 1),
                decimal((1.0 - y.clamp(0.0, 1.0)) * 1000.0, 1)
            )
        };
        line.points.iter().map(place).collect::<Vec<_>>().join(" ")
    };
    let marks = html! {
        @for (at, line) in lines.iter().enumerate() {
            @let y = at as f64 * 20.0 + 9.0;
            line class=(format!("line d{}", line.dash)) x1="0" x2="30" y1=(px(y)) y2=(px(y)) {}
            text class="label" x="38" y=(px(y + 4.0)) { (visible(&line.name)) }
        }
        @if !dots.is_empty() {
            @let y = lines.len() as f64 * 20.0 + 9.0;
            circle class="dot" cx="15" cy=(px(y)) r="5" {}
            text class="label" x="38" y=(px(y + 4.0)) { (visible(dots_are)) }
        }
        (axis_left(&ticks, down, LEFT, RIGHT, y_name, top - 12.0))
        (axis_below(&ticks, to, top, bottom, x_name))
        // Lines in an area of its own that stretches; their width does not.
        svg x=(across(LEFT)) y=(px(top)) width=(across(RIGHT - LEFT)) height=(px(AREA)) viewBox="0 0 1000 1000" preserveAspectRatio="none" overflow="visible" {
            @for line in lines {
                polyline class=(format!("line d{}", line.dash)) points=(path(line)) vector-effect="non-scaling-stroke" {}
            }
        }
        @for [x, y, lo, hi] in dots {
            line class="ci" x1=(across(to(*x))) x2=(across(to(*x))) y1=(px(down(*lo))) y2=(px(down(*hi))) {}
            circle class="dot" cx=(across(to(*x))) cy=(px(down(*y))) r="4.5" {}
        }
    };
    (bottom + 42.0, marks)
}

#[cfg(test)]
mod tests {
    use super::super::document::Table;
    use super::*;

    fn plot(shape: Shape) -> Plot {
        Plot {
            title: "a <b> & \"c\"".into(),
            alt: "seen".into(),
            x: "x".into(),
            y: "y".into(),
            shape,
            numbers: Table::default(),
        }
    }

    #[test]
    fn every_shape_has_a_role_a_title_and_a_description_and_escapes() {
        let hostile = "</svg><script>alert(1)</script>";
        let bar = Bar {
            label: hostile.into(),
            value: 0.5,
            interval: Some((0.4, 0.6)),
            note: hostile.into(),
            look: Look::Bot,
        };
        let point = Point {
            label: hostile.into(),
            value: 0.5,
            interval: None,
            other: Some(0.4),
            note: String::new(),
        };
        let column = Column { label: hostile.into(), value: 3.0, interval: None, look: Look::Plain };
        let line = Line { name: hostile.into(), points: vec![(0.0, 0.0), (1.0, 1.0)], dash: 0 };
        for shape in [
            Shape::Bars { rows: vec![bar.clone()], unit: Unit::Share },
            Shape::Sides { rows: vec![bar], most: 2.0 },
            Shape::Points { rows: vec![point], range: (0.0, 1.0), names: (hostile.into(), hostile.into()) },
            Shape::Columns { columns: vec![column], unit: Unit::Count },
            Shape::Lines { lines: vec![line], dots: vec![[0.5, 0.5, 0.4, 0.6]], dots_are: hostile.into() },
        ] {
            let text = svg(&plot(shape), "f1").into_string();
            assert!(text.starts_with(r#"<svg class="plot" role="img""#), "{text}");
            assert!(
                text.contains(r#"aria-labelledby="f1-t""#) && text.contains("<desc id=\"f1-d\">seen</desc>")
            );
            assert!(text.contains("a &lt;b&gt; &amp;") && !text.contains("<script"), "{text}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }

    #[test]
    fn empty_plots_are_drawn_without_nonsense() {
        for shape in [
            Shape::Bars { rows: Vec::new(), unit: Unit::Count },
            Shape::Columns { columns: Vec::new(), unit: Unit::Share },
            Shape::Lines { lines: Vec::new(), dots: Vec::new(), dots_are: String::new() },
        ] {
            let text = svg(&plot(shape), "f").into_string();
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}
