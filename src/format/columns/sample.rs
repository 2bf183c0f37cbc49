//! Columns from a sample of a log.

use super::header::names_columns;
use super::layout::{Layout, Step};
use super::split::Separator;
use super::{Columns, SEEN, W3C_ONLY};
use crate::format::field::Field;
use crate::format::keyed::{self, Mapping, Wishes, alias, unknown_unit};
use crate::format::vocabulary;
use crate::format::{Dialect, FORMATS, Latency, Product, Scratch, skip};
use crate::record::Record;
use bumpalo::Bump;

/// A sample whose header lines name the columns.
pub(in crate::format) struct Headed {
    /// What the format is called.
    pub(in crate::format) name: &'static str,
    pub(in crate::format) columns: Columns,
    /// Requests of the sample that are read.
    pub(in crate::format) read: usize,
    /// Whether the methods are such: FTP servers write the same header.
    pub(in crate::format) is_http: bool,
}

/// Columns by the header lines of a sample; `None` when it has none. Lines before the first of them
/// are read by the format of the table that fits them exactly, if one does.
pub(in crate::format) fn named_columns(lines: &[&[u8]], latency: Latency<'_>) -> Option<Headed> {
    let first = lines.iter().position(|line| names_columns(line))?;
    let mut columns = Columns::new(W3C_ONLY, lines, latency).ok()?;
    let before: Vec<_> = lines[..first].iter().filter(|line| skip(line).is_none()).collect();
    if !before.is_empty() {
        let known = FORMATS.iter().filter(|format| format.dialect == Dialect::Columns);
        let shapes = known.filter_map(|format| Columns::new(format.string, &[], latency).ok());
        let fits = |columns: &Columns| {
            before.iter().all(|line| {
                let scratch = Scratch::default();
                columns.parse(line, &scratch, &mut Record::default()).is_ok()
            })
        };
        if let Some(found) = { shapes }.find(fits) {
            columns.start = found.start;
        }
    }
    let (mut read, mut methods) = (0, 0);
    columns.walk(lines, |record| {
        read += 1;
        let is_method =
            |text: &[u8]| text.iter().all(|b| b.is_ascii_alphabetic() || b"-_".contains(b));
        methods += usize::from(record.method.is_none_or(is_method));
    });
    let name = match columns.product() {
        Product::CloudFront => "cloudfront",
        Product::Iis => "iis-w3c",
        Product::Zeek => "zeek-http",
        _ => "w3c",
    };
    Some(Headed { name, columns, read, is_http: methods * 2 > read })
}

impl Columns {
    /// Learns from the header lines of a sample.
    pub(super) fn learn(&mut self, lines: &[&[u8]]) {
        let mut state = self.start.clone();
        // The other lines of a header may stand behind the columns.
        let mut in_header = false;
        for line in lines {
            if !line.starts_with(b"#") {
                in_header = false;
                continue;
            }
            state.hear(line, self.latency());
            let is_new = self.seen.iter().all(|seen| seen.text() != state.text());
            if names_columns(line) && is_new && self.seen.len() < SEEN {
                self.seen.push(state.clone());
                in_header = true;
            } else if in_header && let Some(last) = self.seen.last_mut() {
                *last = state.clone();
            }
        }
        if self.seen.len() > 1 {
            self.notes.push(
                "the columns change within the log: each line is read by the header before it"
                    .into(),
            );
        }
        if let Some(layout) = self.main_layout()
            && let Some(column) = layout.unread
        {
            let name = layout.names[column].clone();
            let values: Vec<_> = lines
                .iter()
                .flat_map(|line| self.explain(line))
                .filter(|(column, _)| *column == name)
                .map(|(_, value)| value)
                .collect();
            self.unread_latency = Some(unknown_unit(&name, values.iter().map(|value| &value[..])));
        }
        if let Some(state) = self.main()
            && state.layout().is_some_and(|layout| layout.rolls().is_some())
        {
            self.notes.push(match state.has_day() {
                true => "the lines have the time of day alone: the day is that of #Date, and the \
                         next one when the time goes back by more than 12 hours"
                    .into(),
                false => {
                    "the lines have the time of day alone, and no #Date says of which day".into()
                }
            });
        }
    }

    /// Reads the lines of a sample one after the other, with what its header lines say.
    pub(in crate::format) fn walk(&self, lines: &[&[u8]], mut found: impl FnMut(&Record<'_>)) {
        let mut state = self.start.clone();
        for line in lines {
            let (scratch, mut record) = (Scratch::default(), Record::default());
            if state.read(line, self.latency(), &scratch, &mut record).is_ok() {
                found(&record);
            }
        }
    }
}

/// Whether a value can be the name of a column.
pub(super) fn is_name(value: &[u8]) -> bool {
    value.len() <= 64
        && value.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"_@".contains(byte))
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.@ ():/[]%".contains(byte))
}

/// Most lines that names are learned from.
const LEARNED: usize = 200;
/// A table of fewer columns is hardly one.
const FEWEST: usize = 3;

/// The separator of a sample whose first line is the names of its columns, and one of them is known
/// to be the status.
pub(in crate::format) fn names_of_first_line(
    lines: &[&[u8]],
    latency: Latency<'_>,
) -> Option<(&'static str, Columns)> {
    let first = lines.first()?;
    let kinds = [("CSV", b','), ("TSV", b'\t'), ("PSV", b'|'), ("CSV with semicolons", b';')];
    kinds.into_iter().find_map(|(name, byte)| {
        let arena = Bump::new();
        let separator = Separator::Quoted(byte);
        let names = separator.values(first, &arena)?;
        if names.len() < FEWEST || !names.iter().all(|name| is_name(name)) {
            return None;
        }
        let columns = of_first_line(separator, lines, latency).ok()?;
        Some((name, columns))
    })
}

/// Columns by the names in the first line of a log.
///
/// Errors when there is no such line, or none of its names is known to be the status.
pub(super) fn of_first_line(
    separator: Separator,
    lines: &[&[u8]],
    latency: Latency<'_>,
) -> Result<Columns, String> {
    let arena = Bump::new();
    let mut lines = lines.iter().filter(|line| skip(line).is_none());
    let names = lines.next().and_then(|line| separator.values(line, &arena));
    let names = names.filter(|names| names.iter().all(|name| is_name(name))).ok_or(
        "the first line of the log is not the names of its columns; give them behind the colon: \
         'csv:time,client,method,path,status,latency:ms'",
    )?;
    let sample: Vec<keyed::Fields> = lines
        .take(LEARNED)
        .filter_map(|line| separator.values(line, &arena))
        .filter(|values| values.len() == names.len())
        .map(|values| {
            let pairs = names.iter().zip(values);
            pairs.map(|(name, value)| (keyed::Path::new([*name]), Some(value.to_vec()))).collect()
        })
        .collect();
    let mapping = Mapping::learn(&sample, Wishes { latency, ..Wishes::of(alias::JSON) });
    let text = |name: &&[u8]| String::from_utf8_lossy(name).into_owned();
    let key = |name: &[u8]| mapping.keys.iter().find(|key| key.path.keys().eq([name]));
    // Exports of header logs have the day and the time of day in columns of their own.
    let two = mapping.time.is_none() && names.contains(&&b"date"[..]);
    let steps: Vec<Step> = names
        .iter()
        .map(|name| match key(name) {
            None if two && *name == b"date" => Step::Date,
            None if two && *name == b"time" => Step::Clock,
            None => Step::Skip,
            Some(key) if key.written_unit => Step::Written(key.field),
            Some(key) => match key.field {
                Field::Time(shape) => Step::Time(shape),
                Field::Client => Step::Client,
                Field::UpstreamOther => Step::Skip,
                field => Step::Set(field),
            },
        })
        .collect();
    let mut layout = Layout::new(names.iter().map(text).collect(), steps, separator);
    if !layout.has_status() {
        // The names of header lines, as of IIS and CloudFront.
        let header = Layout::of_header(layout.names.clone(), separator, false, latency);
        if header.has_status() {
            let unread = header.unread.map(|at| {
                let values = sample.iter().filter_map(|fields| fields[at].1.as_deref());
                unknown_unit(&header.names[at], values)
            });
            return Ok(Columns::fixed(header, Vec::new(), unread));
        }
        return Err(format!(
            "none of the names in the first line is known to be the status: {}; say it: \
             'csv:time,client,method,path,status'",
            layout.names.join(", ")
        ));
    }
    layout.latency =
        mapping.latency.as_ref().map(|found| (found.name.clone(), vocabulary::unit(found.unit)));
    Ok(Columns::fixed(layout, mapping.notes, mapping.unread_latency))
}
