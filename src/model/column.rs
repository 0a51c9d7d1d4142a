//! The values of one feature, in as few bytes as hold them exactly.

/// The values of one feature, a row each, `NaN` for missing.
///
/// What is pushed comes back bit for bit, but for the payload of a `NaN`. Nothing but their number is kept while all
/// values are missing, four bytes a row while each is exactly an `f32` (flags, lengths, counts up to 16 million), and eight
/// from the first that is not. Rows that are taken out do not make a column narrower again.
#[derive(Clone, Debug)]
pub struct Column(Values);

#[derive(Clone, Debug)]
enum Values {
    /// So many rows, the value missing in all.
    Missing(usize),
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// Is nothing lost in four bytes?
fn fits_single(value: f64) -> bool {
    value.is_nan() || f64::from(value as f32).to_bits() == value.to_bits()
}

impl Column {
    /// Adds a row.
    pub fn push(&mut self, value: f64) {
        match &mut self.0 {
            Values::Missing(rows) if value.is_nan() => *rows += 1,
            Values::Single(values) if fits_single(value) => values.push(value as f32),
            Values::Double(values) => values.push(value),
            _ => {
                self.widen(value);
                self.push(value);
            }
        }
    }

    /// Makes room for a value that the rows so far are too narrow for.
    fn widen(&mut self, value: f64) {
        let (rows, single) = (self.len(), fits_single(value));
        self.0 = match &self.0 {
            Values::Missing(_) if single => Values::Single(vec![f32::NAN; rows]),
            _ => Values::Double(self.iter().collect()),
        };
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.0 {
            Values::Missing(rows) => *rows,
            Values::Single(values) => values.len(),
            Values::Double(values) => values.len(),
        }
    }

    /// Is there no row?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn get(&self, row: usize) -> f64 {
        match &self.0 {
            Values::Missing(rows) => {
                assert!(row < *rows, "row {row} of {rows}");
                f64::NAN
            }
            Values::Single(values) => f64::from(values[row]),
            Values::Double(values) => values[row],
        }
    }

    /// The values of some rows, in their order.
    ///
    /// # Panics
    /// As [`Column::get`].
    pub fn of_rows(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|&row| self.get(row)).collect()
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = f64> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Takes the rows out that are not to be kept. `keep` has one entry a row.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        match &mut self.0 {
            Values::Missing(rows) => *rows = keep.iter().filter(|keep| **keep).count(),
            Values::Single(values) => retain(values, keep),
            Values::Double(values) => retain(values, keep),
        }
    }

    /// Changes the value of a row.
    #[cfg(test)]
    pub(crate) fn set(&mut self, row: usize, value: f64) {
        let mut values: Vec<f64> = self.iter().collect();
        values[row] = value;
        *self = values.into_iter().collect();
    }
}

impl Default for Column {
    fn default() -> Column {
        Column(Values::Missing(0))
    }
}

impl FromIterator<f64> for Column {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Column {
        let mut column = Column::default();
        values.into_iter().for_each(|value| column.push(value));
        column
    }
}

/// Takes the entries out that are not to be kept. `keep` has one value an entry.
pub(super) fn retain<T>(entries: &mut Vec<T>, keep: &[bool]) {
    let mut at = 0;
    entries.retain(|_| {
        at += 1;
        keep[at - 1]
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes a row.
    fn width(column: &Column) -> usize {
        match column.0 {
            Values::Missing(_) => 0,
            Values::Single(_) => 4,
            Values::Double(_) => 8,
        }
    }

    fn of(values: &[f64]) -> Column {
        values.iter().copied().collect()
    }

    /// The bits of values, those of any `NaN` the same.
    fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
        values.into_iter().map(|value| if value.is_nan() { f64::NAN } else { value }.to_bits()).collect()
    }

    #[test]
    fn a_column_is_as_wide_as_its_widest_value() {
        let nan = f64::NAN;
        for missing in [&[][..], &[nan], &[nan, -nan, nan]] {
            assert_eq!((width(&of(missing)), of(missing).len()), (0, missing.len()));
        }
        let (most, least) = (f64::from(f32::MAX), f64::from(f32::from_bits(1)));
        // Whole numbers to 2^24, powers of two, what an f32 has at its ends.
        for value in [0.0, -0.0, 1.0, -0.375, 16_777_216.0, 16_777_218.0, most, least, f64::INFINITY] {
            assert_eq!(width(&of(&[value])), 4, "{value}");
            assert_eq!(width(&of(&[nan, value, nan])), 4, "{value}");
        }
        for value in [0.1, 1.0 / 3.0, 16_777_217.0, most * 2.0, least / 2.0, f64::MAX, 5e-324, 1f64.next_up()]
        {
            assert_eq!(width(&of(&[value])), 8, "{value}");
            assert_eq!(width(&of(&[nan, value])), 8, "{value}");
            assert_eq!(width(&of(&[2.0, nan, value, 2.0])), 8, "{value}");
        }
    }

    #[test]
    fn a_column_grows_in_the_middle_and_keeps_what_it_has() {
        let mut column = Column::default();
        let mut right = Vec::new();
        for (value, wide) in
            [(f64::NAN, 0), (f64::NAN, 0), (-0.0, 4), (7.0, 4), (f64::NAN, 4), (0.1, 8), (8.0, 8)]
        {
            column.push(value);
            right.push(value);
            assert_eq!(width(&column), wide);
            assert_eq!(bits(column.iter()), bits(right.iter().copied()));
        }
        assert!(!column.is_empty() && Column::default().is_empty());
        column.set(2, 5.0);
        assert_eq!(bits(column.iter().skip(2).take(2)), bits([5.0, 7.0]));
    }

    #[test]
    #[should_panic = "row 2 of 2"]
    fn a_row_behind_the_last_of_a_missing_column_is_no_missing_value() {
        of(&[f64::NAN; 2]).get(2);
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let odd = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 5e-324, 16_777_217.0, 0.1];
        let single = || any::<f32>().prop_map(f64::from);
        let any_bits = any::<u64>().prop_map(f64::from_bits);
        // Columns that stay missing, that stay narrow, and of anything.
        prop_oneof![
            prop::collection::vec(Just(f64::NAN), 0..20),
            prop::collection::vec(
                prop_oneof![Just(f64::NAN), single(), (-9..9i8).prop_map(f64::from)],
                0..20
            ),
            prop::collection::vec(
                prop_oneof![3 => Just(f64::NAN), 3 => single(), 1 => any_bits, 1 => prop::sample::select(odd.to_vec())],
                0..20
            ),
        ]
    }

    proptest! {
        #[test]
        fn what_is_pushed_comes_back(
            values in values(), picked in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
            keep in prop::collection::vec(any::<bool>(), 20),
        ) {
            let mut column = of(&values);
            prop_assert_eq!(column.len(), values.len());
            prop_assert_eq!(bits(column.iter()), bits(values.iter().copied()));
            prop_assert_eq!(bits((0..values.len()).map(|row| column.get(row))), bits(values.iter().copied()));
            let wide = values.iter().map(|value| match value {
                value if value.is_nan() => 0,
                value if f64::from(*value as f32) == *value => 4,
                _ => 8,
            });
            prop_assert_eq!(width(&column), wide.max().unwrap_or(0));

            if !values.is_empty() {
                let rows: Vec<usize> = picked.iter().map(|place| place.index(values.len())).collect();
                let right: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
                prop_assert_eq!(bits(column.of_rows(&rows)), bits(right));
            }
            let keep = &keep[..values.len()];
            column.retain(keep);
            let right = values.iter().zip(keep).filter(|(_, keep)| **keep).map(|(value, _)| *value);
            prop_assert_eq!(bits(column.iter()), bits(right));
            // It goes on from there.
            column.push(0.1);
            prop_assert_eq!(column.iter().last(), Some(0.1));
        }
    }
}
