//! The shapes of a line: a format string, an object, labels, columns, pairs.

use super::columns::Columns;
use super::json::{self, Json};
use super::logfmt::{self, Logfmt};
use super::ltsv::{self, Ltsv};
use super::marks::Quotes;
use super::template::Template;
use super::{Scratch, keyed};
use crate::record::{Record, Reject};

/// Fields with the names of their paths.
pub(super) fn named(fields: keyed::Fields) -> Vec<(String, Vec<u8>)> {
    let null = || b"null".to_vec();
    fields.into_iter().map(|(path, value)| (path.to_string(), value.unwrap_or_else(null))).collect()
}

/// The shape of a line.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A format string.
    Template(Template),
    /// A JSON object.
    Json(Box<Json>),
    /// Labeled tab-separated values.
    Ltsv(Box<Ltsv>),
    /// Columns by name.
    Columns(Box<Columns>),
    /// `key=value` pairs.
    Logfmt(Box<Logfmt>),
}

impl Shape {
    /// Reads a line that is exactly of this shape into a record that is still empty. What stands
    /// in the record after an error means nothing.
    #[inline]
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        quotes: Quotes<'_>,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        match self {
            Self::Template(template) => template.parse(line, quotes, scratch, record),
            Self::Json(json) => json.parse(line, scratch, record),
            Self::Ltsv(ltsv) => ltsv.parse(line, scratch, record),
            Self::Columns(columns) => columns.parse(line, scratch, record),
            Self::Logfmt(logfmt) => logfmt.parse(line, scratch, record),
        }
    }

    /// Whether it helps to know where the quotes of a line are.
    pub fn is_quoted(&self) -> bool {
        matches!(self, Self::Template(_))
    }

    /// Whether lines name their status, so that a line without it tells of no response.
    pub(super) fn has_status_key(&self) -> bool {
        self.mapping().is_some_and(keyed::Mapping::has_status)
    }

    /// The keys of JSON, LTSV and logfmt.
    pub fn mapping(&self) -> Option<&keyed::Mapping> {
        match self {
            Self::Template(_) | Self::Columns(_) => None,
            Self::Json(json) => Some(json.mapping()),
            Self::Ltsv(ltsv) => Some(ltsv.mapping()),
            Self::Logfmt(logfmt) => Some(logfmt.mapping()),
        }
    }

    /// Whether a line is exactly of this shape.
    pub fn reads(&self, line: &[u8]) -> bool {
        let scratch = Scratch::default();
        self.parse(line, Quotes::UNKNOWN, &scratch, &mut Record::default()).is_ok()
    }

    /// The values of a line by name, as far as it can be read: for people.
    pub fn explain(&self, line: &[u8]) -> Vec<(String, Vec<u8>)> {
        let keyed = |fields: Result<keyed::Fields, Reject>| named(fields.unwrap_or_default());
        match self {
            Self::Template(template) => template
                .explain(line)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
            Self::Json(_) => keyed(json::fields(line)),
            Self::Ltsv(_) => keyed(ltsv::fields(line)),
            Self::Columns(columns) => columns.explain(line),
            Self::Logfmt(_) => keyed(logfmt::fields(line)),
        }
    }
}
