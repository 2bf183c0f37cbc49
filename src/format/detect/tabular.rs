//! Whether a log is columns: by its header lines, by its shape, or by the names in its first line.

use super::ENOUGH;
use crate::format::columns::{self, Columns};
use crate::format::{Dialect, FORMATS, Latency, Product};
use crate::record::Record;

/// Of a log that names its columns itself, one line of so many must fit: what breaks the others is
/// told by the report.
const CALLED_SO: usize = 4;

/// Columns that read a sample.
pub(super) struct Tabular {
    /// The name of their format.
    pub(super) name: &'static str,
    /// Who writes them.
    pub(super) product: Product,
    pub(super) columns: Columns,
    /// Lines that they read.
    pub(super) read: usize,
    /// Whether the lines tell what only requests have. Any table may have a column of that name.
    pub(super) is_of_requests: bool,
}

/// Columns by the header lines of a sample, by a format of the table whose lines need none, or by
/// the names in its first line. `lines` are those of `all` that could be requests.
pub(super) fn tabular(all: &[&[u8]], lines: &[&[u8]], latency: Latency<'_>) -> Option<Tabular> {
    let enough = |read: usize| read as f64 >= ENOUGH * lines.len() as f64;
    if let Some(columns::Headed { name, columns, read, is_http }) =
        columns::named_columns(all, latency)
        && read > 0
        && read * CALLED_SO >= lines.len()
        && is_http
    {
        return Some(Tabular {
            name,
            product: columns.product(),
            columns,
            read,
            is_of_requests: true,
        });
    }
    let known = FORMATS.iter().filter(|format| format.dialect == Dialect::Columns);
    let tables = known.filter_map(|format| {
        let columns = Columns::new(format.string, &[], latency).ok()?;
        let mut read = 0;
        columns.walk(lines, |_| read += 1);
        Some(Tabular {
            name: format.name,
            product: format.product,
            columns,
            read,
            is_of_requests: true,
        })
    });
    let best = tables.filter(|table| enough(table.read)).max_by_key(|table| table.read);
    best.or_else(|| {
        let (name, columns) = columns::names_of_first_line(lines, latency)?;
        let (mut read, mut asked) = (0, 0);
        columns.walk(&lines[1..], |record| {
            read += 1;
            asked += usize::from(is_of_request(record));
        });
        // The first line is none that could be a request.
        let is_whole = read > 0 && enough(read + 1);
        let (product, is_of_requests) = (columns.product(), asked * 2 > read);
        is_whole.then_some(Tabular { name, product, columns, read, is_of_requests })
    })
}

/// Whether a line tells what was asked for or how, or who asked and with what.
fn is_of_request(record: &Record<'_>) -> bool {
    let sent = record.user_agent.is_some() || record.bytes.is_some();
    record.target.is_some() || record.method.is_some() || record.client.is_some() && sent
}
