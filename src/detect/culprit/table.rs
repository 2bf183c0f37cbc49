//! The rows as columns of small numbers: a value is compared with thousands of others, as an integer.

use super::counts::Counts;
use super::{Dimension, Row};
use foldhash::quality::RandomState;
use std::collections::HashMap;

/// A dimension that the rows have.
pub(super) struct Column<'a> {
    pub(super) dimension: Dimension,
    /// The distinct values, in the order in which they came.
    pub(super) values: Vec<Option<&'a [u8]>>,
    /// Number of its value for each row.
    pub(super) ids: Vec<u32>,
}

/// The rows that are still to be explained.
pub(super) struct Table<'a> {
    pub(super) columns: Vec<Column<'a>>,
    /// Weight, bad, inside.
    facts: Vec<(f64, bool, bool)>,
}

impl<'a> Table<'a> {
    pub(super) fn new(rows: &[Row<'a>], dimensions: &[Dimension]) -> Self {
        // Beyond 10^15 floats lose single requests.
        let usable = |row: &&Row<'_>| row.weight > 0.0 && row.weight <= 1e15;
        let rows: Vec<&Row<'a>> = rows.iter().filter(usable).collect();
        let facts = rows.iter().map(|row| (row.weight, row.bad, row.inside)).collect();
        let is_wanted = |dimension: &Dimension| dimensions.contains(dimension);
        let columns = Dimension::ALL.into_iter().filter(is_wanted);
        let columns = columns.map(|dimension| column(&rows, dimension));
        // A single value tells nothing apart.
        Self { columns: columns.filter(|column| column.values.len() > 1).collect(), facts }
    }

    /// Counts of each value of a column.
    pub(super) fn by_value(&self, column: &Column<'_>) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); column.values.len()];
        for (id, (weight, bad, inside)) in column.ids.iter().zip(&self.facts) {
            counts[*id as usize].add_row(*weight, *bad, *inside);
        }
        counts
    }

    /// Counts of all rows.
    pub(super) fn total(&self) -> Counts {
        let mut counts = Counts::default();
        for (weight, bad, inside) in &self.facts {
            counts.add_row(*weight, *bad, *inside);
        }
        counts
    }

    /// Counts by which of the values a row has, as bits: at most 64 values, given as the number of the
    /// column and that of the value. Any pattern of them is a sum over few groups.
    pub(super) fn by_values(&self, values: &[(usize, u32)]) -> Vec<(u64, Counts)> {
        // The bits of each value of the columns in question.
        let mut bits: Vec<(usize, Vec<u64>)> = Vec::new();
        for (bit, (column, id)) in values.iter().enumerate().take(64) {
            let known = bits.iter().position(|(known, _)| known == column);
            let at = known.unwrap_or_else(|| {
                bits.push((*column, vec![0; self.columns[*column].values.len()]));
                bits.len() - 1
            });
            bits[at].1[*id as usize] |= 1 << bit;
        }
        let mut groups: Vec<(u64, Counts)> = Vec::new();
        let mut places: HashMap<u64, usize, RandomState> = HashMap::default();
        for (row, (weight, bad, inside)) in self.facts.iter().enumerate() {
            let bits = bits.iter();
            let mask = bits.fold(0, |mask, (column, bits)| {
                mask | bits[self.columns[*column].ids[row] as usize]
            });
            let place = *places.entry(mask).or_insert_with(|| {
                groups.push((mask, Counts::default()));
                groups.len() - 1
            });
            groups[place].1.add_row(*weight, *bad, *inside);
        }
        groups
    }

    /// Takes the rows out that have all of these values.
    pub(super) fn remove(&mut self, pattern: &[(usize, u32)]) {
        let columns = &self.columns;
        let is_kept =
            |row: usize| pattern.iter().any(|(column, id)| columns[*column].ids[row] != *id);
        let kept: Vec<bool> = (0..self.facts.len()).map(is_kept).collect();
        // `retain` goes through a list once, in order.
        let mut each = kept.iter();
        self.facts.retain(|_| *each.next().expect("one for each row"));
        for column in &mut self.columns {
            let mut each = kept.iter();
            column.ids.retain(|_| *each.next().expect("one for each row"));
        }
    }
}

fn column<'a>(rows: &[&Row<'a>], dimension: Dimension) -> Column<'a> {
    let mut places: HashMap<&[u8], u32, RandomState> = HashMap::default();
    // Most logs lack half of the dimensions: to look for nothing was a fifth of the search.
    let mut absent = None;
    let mut values = Vec::new();
    let ids = rows.iter().map(|row| {
        let value = row.values[dimension as usize];
        let mut new = || {
            values.push(value);
            values.len() as u32 - 1
        };
        match value {
            None => *absent.get_or_insert_with(new),
            Some(text) => *places.entry(text).or_insert_with(&mut new),
        }
    });
    let ids = ids.collect();
    Column { dimension, values, ids }
}
