//! What a plot shows, apart from how it is drawn (`svg`).

use super::document::Table;

/// A plot: what it is of, its axes, its shape, and its numbers as a table.
#[derive(Clone, Debug)]
pub struct Plot {
    /// Title, one line.
    pub title: String,
    /// What there is to see in it, in words, for those who do not see it.
    pub alt: String,
    /// What the horizontal axis is, with its unit.
    pub x: String,
    /// What the vertical axis is, with its unit; for bars, what the rows are.
    pub y: String,
    /// Its marks.
    pub shape: Shape,
    /// The numbers it was drawn from.
    pub numbers: Table,
}

/// The marks of a plot.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Rows with a bar each, from 0 to the right.
    Bars {
        /// From top to bottom.
        rows: Vec<Bar>,
        /// How values are written.
        unit: Unit,
    },
    /// Rows with a bar each, to the left for a person and to the right for a bot.
    Sides {
        /// From top to bottom; the note is the written value.
        rows: Vec<Bar>,
        /// Value that fills a side.
        most: f64,
    },
    /// Rows with a point and its interval each, and another mark to compare with.
    Points {
        /// From top to bottom.
        rows: Vec<Point>,
        /// Least and most on the axis.
        range: (f64, f64),
        /// What the point and the other mark are.
        names: (String, String),
    },
    /// Columns side by side, in an order that means something.
    Columns {
        /// From left to right.
        columns: Vec<Column>,
        /// How values are written.
        unit: Unit,
    },
    /// Lines over two axes from 0 to 1.
    Lines {
        /// The lines.
        lines: Vec<Line>,
        /// Points with intervals: x, y, lowest y, highest y.
        dots: Vec<[f64; 4]>,
        /// What the dots are.
        dots_are: String,
    },
}

/// How values on an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole numbers.
    Count,
    /// Shares, in percent.
    Share,
}

/// A row with a bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What the row is.
    pub label: String,
    /// Its value.
    pub value: f64,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// What stands at its right end.
    pub note: String,
    /// Look of the bar.
    pub look: Look,
}

/// Looks of marks: a colour and a pattern each, so that neither has to be seen to tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// Likely people.
    Person,
    /// Likely bots.
    Bot,
    /// Not sure.
    Look,
    /// Not known.
    Unknown,
}

/// A row with a point.
#[derive(Clone, Debug)]
pub struct Point {
    /// What the row is.
    pub label: String,
    /// Its value.
    pub value: f64,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// What it is compared with.
    pub other: Option<f64>,
    /// What stands at its right end.
    pub note: String,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it is; written below it where there is room.
    pub label: String,
    /// Its height.
    pub value: f64,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// Look of the column.
    pub look: Look,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Its points, x from 0 to 1, y from 0 to 1.
    pub points: Vec<(f64, f64)>,
    /// 0: full, 1: long dashes, 2: dots.
    pub dash: u8,
}

/// Values on an axis from 0 to at least `most`: at most five steps of 1, 2 or 5 times a power of ten.
pub fn ticks(most: f64, whole: bool) -> Vec<f64> {
    let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
    let rough = most / 4.0;
    let power = 10f64.powi(rough.log10().floor() as i32);
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough * 0.999);
    let mut step = step.unwrap_or(rough);
    if whole {
        step = step.ceil().max(1.0);
    }
    let steps = (most / step * 0.9999).ceil().max(1.0) as usize;
    (0..=steps).map(|at| at as f64 * step).collect()
}

/// Thins a line to at most so many points, keeping the first and the last.
pub fn thinned<T: Copy>(points: &[T], most: usize) -> Vec<T> {
    if points.len() <= most || most < 2 {
        return points.to_vec();
    }
    (0..most).map(|at| points[at * (points.len() - 1) / (most - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_largest_value() {
        assert_eq!(ticks(1.0, false), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(ticks(137.0, true), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(ticks(2.0, true), [0.0, 1.0, 2.0]);
        assert_eq!(ticks(0.0, true), [0.0, 1.0]);
        for most in [0.003, 0.7, 3.0, 99.0, 1e6, 123_456.0] {
            let found = ticks(most, false);
            assert!(found.len() <= 6 && found.last().is_some_and(|last| *last >= most * 0.999), "{found:?}");
        }
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let points: Vec<u32> = (0..1000).collect();
        let thin = thinned(&points, 50);
        assert_eq!((thin.len(), thin[0], thin[49]), (50, 0, 999));
        assert_eq!(thinned(&points[..10], 50).len(), 10);
    }
}
