//! Delimited columns: logs whose header lines name the columns (W3C extended, IIS, CloudFront,
//! Zeek), the same without their header, and CSV, TSV and the like by a list that the user gives.
//!
//! Header lines come anywhere and again, and the columns may change at each of them. What is in
//! force at a place is a [`State`]; between the chunks of a source it is handed over by a
//! [`relay`](super::relay).
//!
//! The language of these formats is the header line itself, `#Fields: date time cs-method …`, for
//! lines that stand before any header; or a list, `csv:time,client,_,status`, of the names of
//! [`vocabulary`](super::vocabulary). `csv:` alone takes the names from the log's first line.

mod decode;
mod header;
mod layout;
mod list;
pub(super) mod names;
mod sample;
mod split;

use super::{FORMATS, Latency, Product, Scratch};
use crate::format::field::Unit;
use crate::record::{Record, Reject};
use bumpalo::Bump;
use layout::{Calendar, Layout};

pub use header::State;
pub(super) use sample::{Headed, named_columns, names_of_first_line};

/// Reads lines of columns.
#[derive(Clone, Debug)]
pub struct Columns {
    /// What is in force before any header line.
    start: State,
    /// The header line or list that it was made of.
    string: String,
    /// Whether lines with a `#` can be header lines.
    headers: bool,
    /// The user's choice of the latency.
    latency: Option<(String, Option<Unit>)>,
    /// What was in force behind each header line of a sample: for single lines of it.
    seen: Vec<State>,
    /// What the reader of the report should know.
    notes: Vec<String>,
    /// What to say of a latency without a known unit.
    unread_latency: Option<String>,
}

/// Header lines of a sample that are kept.
const SEEN: usize = 16;

impl Columns {
    /// The columns of a header line or of a list. `lines` are a sample with its header lines, whose
    /// first line has the names where the list is empty.
    ///
    /// Errors when the list is wrong, or when `latency` is no duration of it.
    pub(super) fn new(string: &str, lines: &[&[u8]], latency: Latency<'_>) -> Result<Self, String> {
        let (start, headers) = match list::split(string) {
            Some((separator, "")) => return sample::of_first_line(separator, lines, latency),
            Some((separator, list)) => (State::of(list::layout(separator, list, latency)?), false),
            None => {
                let mut state = State::default();
                state.hear(string.trim().as_bytes(), latency);
                let named = state.layout().filter(|layout| !layout.names.is_empty()).cloned();
                // Lines that come without a word must look like requests.
                let is_known = FORMATS.iter().any(|format| format.string == string);
                let start = named.map(|layout| match is_known {
                    true => layout.without_header(names::other_counts(string)),
                    false => layout,
                });
                (start.map(State::of).unwrap_or_default(), true)
            }
        };
        if string.len() > W3C_ONLY.len() && start.layout().is_none_or(|l| !l.has_status()) {
            return Err(
                "the columns have no status (sc-status), so there is nothing to count by".into()
            );
        }
        let latency = latency.map(|(name, unit)| (name.to_owned(), unit));
        let mut columns = Self {
            start,
            string: string.to_owned(),
            headers,
            latency,
            seen: Vec::new(),
            notes: Vec::new(),
            unread_latency: None,
        };
        if headers {
            columns.learn(lines);
        }
        Ok(columns)
    }

    /// A fixed layout, with what is to be said of it.
    fn fixed(layout: Layout, notes: Vec<String>, unread_latency: Option<String>) -> Self {
        Self {
            string: layout.names.join(", "),
            start: State::of(layout),
            headers: false,
            latency: None,
            seen: Vec::new(),
            notes,
            unread_latency,
        }
    }

    fn latency(&self) -> Latency<'_> {
        self.latency.as_ref().map(|(name, unit)| (name.as_str(), *unit))
    }

    /// Reads a line that is exactly of these columns into a record that is still empty. What stands
    /// in the record after an error means nothing. A header line is no request, and changes what is
    /// in force in `scratch`, where something is.
    #[inline]
    pub(super) fn parse<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        if !self.headers {
            let layout = self.start.layout().ok_or(Reject::Shape)?;
            return layout.read(line, Calendar::default(), scratch, record);
        }
        let mut carry = scratch.carry.borrow_mut();
        let Some(carry) = &mut *carry else { return self.parse_alone(line, scratch, record) };
        carry.columns.read(line, self.latency(), scratch, record)
    }

    /// Reads a line of which it is not known what stood before it: by the first header of the sample
    /// that fits.
    #[cold]
    fn parse_alone<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        let mut worst = Reject::Shape;
        for state in self.states() {
            let mut found = Record::default();
            match state.clone().read(line, self.latency(), scratch, &mut found) {
                Ok(()) => {
                    *record = found;
                    return Ok(());
                }
                Err(reject) => worst = if worst == Reject::Shape { reject } else { worst },
            }
        }
        Err(worst)
    }

    /// What can be in force in the sample.
    fn states(&self) -> impl Iterator<Item = &State> {
        self.seen.iter().chain([&self.start])
    }

    /// Whether lines say what those after them mean.
    pub(super) fn has_headers(&self) -> bool {
        self.headers
    }

    /// What is in force at the start of a source.
    pub(super) fn start(&self) -> &State {
        &self.start
    }

    /// What is in force behind this text, see [`State::behind`].
    pub(super) fn behind(&self, state: &State, text: &[u8], longest: usize) -> State {
        state.behind(text, longest, self.latency())
    }

    /// The columns that tell most of the sample: those of its first header with a status, else those
    /// without a header.
    fn main(&self) -> Option<&State> {
        let has_status = |state: &&State| state.layout().is_some_and(Layout::has_status);
        self.states().find(has_status).or_else(|| self.states().next())
    }

    fn main_layout(&self) -> Option<&Layout> {
        self.main().and_then(State::layout)
    }

    /// Whether it is known which column is the status.
    pub(super) fn has_status(&self) -> bool {
        self.main_layout().is_some_and(Layout::has_status)
    }

    /// The product that writes such columns.
    pub(super) fn product(&self) -> Product {
        self.main_layout().map_or(Product::Unknown, |layout| layout.product)
    }

    /// Number of columns that are used.
    pub(super) fn used(&self) -> usize {
        self.main_layout().map_or(0, Layout::columns)
    }

    /// The names of the columns: the header line of the log, else what was given.
    pub(super) fn string(&self) -> String {
        match self.main().map(|state| state.text().trim_ascii()) {
            Some(text) if !text.is_empty() => String::from_utf8_lossy(text).replace('\t', " "),
            _ => self.string.clone(),
        }
    }

    /// The column or columns of the time.
    pub(super) fn time_field(&self) -> Option<String> {
        let state = self.main().filter(|state| state.has_day())?;
        state.layout().and_then(Layout::time)
    }

    /// Column and unit of the latency, which columns named later in the log may be the first to
    /// have; no unit where each value carries its own.
    pub(super) fn latency_field(&self) -> Option<(String, Option<Unit>)> {
        self.states().filter_map(State::layout).find_map(|layout| layout.latency.clone())
    }

    /// A column that looks like a latency and is not read, and the flags that settle it.
    pub(super) fn unread_latency(&self) -> Option<&String> {
        self.unread_latency.as_ref()
    }

    /// What the reader of the report should know.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The zone of the times, where it does not stand in them.
    pub(super) fn zone(&self) -> Option<String> {
        let state = self.main().filter(|state| state.layout().is_some_and(Layout::has_clock))?;
        let minutes = state.offset() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        Some(format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60))
    }

    /// Whether a line is the names of the columns, as the first line of a CSV file: all of its
    /// values are words, and where numbers, times and statuses belong there is none.
    #[cold]
    pub(super) fn is_names(&self, line: &[u8]) -> bool {
        if self.headers {
            return false;
        }
        let arena = Bump::new();
        let Some(layout) = self.start.layout() else { return false };
        let Some(values) = layout.separator.values(line, &arena) else { return false };
        let is_word = |value: &&[u8]| sample::is_name(value);
        layout.fits(values.len()) && values.iter().all(is_word) && layout.is_foreign(&values)
    }

    /// The values of a line by the names of their columns: for people.
    pub(super) fn explain(&self, line: &[u8]) -> Vec<(String, Vec<u8>)> {
        if self.headers && line.starts_with(b"#") {
            return Vec::new();
        }
        let arena = Bump::new();
        let values = |state: &State| {
            let layout = state.layout()?;
            let values = layout.separator.values(line, &arena)?;
            layout.fits(values.len()).then(|| {
                let named = layout.names.iter().zip(values);
                named.map(|(name, value)| (name.clone(), value.to_vec())).collect()
            })
        };
        self.states().find_map(values).unwrap_or_default()
    }
}

/// Whether a format is given as a list or as a header line.
pub(super) fn is_given(text: &str) -> bool {
    list::split(text).is_some() || header::names_columns(text.as_bytes())
}

/// A header line without names: only header lines of the log say what the columns are.
const W3C_ONLY: &str = "#Fields:";

#[cfg(test)]
mod tests;
