//! Lines of named values, JSON and LTSV: which key is which field.
//!
//! The keys are whatever the one who wrote the log's template called them. [`Mapping::learn`] looks
//! at a sample and picks for each field the one key that has values of the right kind in most
//! lines; [`alias`] is the table of names, `shape` judges the values. What cannot be known is not
//! guessed: it goes to [`Mapping::notes`].

pub mod alias;
mod learn;
mod shape;

use super::field::{Field, Unit};
use crate::record::{NoStatus, Record, Reject, RequestLine, Status};
use std::fmt;

/// The way to a value: a key, and the keys in the objects below it. An array stands for its first
/// element and is no step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Box<[u8]>>);

impl Path {
    /// The path of these keys, outermost first.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k [u8]>) -> Self {
        Self(keys.into_iter().map(Box::from).collect())
    }

    /// Reads a path as people write it, `request.headers.User-Agent[0]`: steps are joined by dots,
    /// `[0]` may be left out. A key that has a dot itself cannot be said this way.
    pub fn parse(text: &str) -> Self {
        Self::new(text.split('.').map(|key| key.trim_end_matches("[0]").as_bytes()))
    }

    /// The keys, outermost first.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// Keys joined by dots. They are log text: escape them for a terminal.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.keys().enumerate() {
            let dot = if at > 0 { "." } else { "" };
            write!(f, "{dot}{}", String::from_utf8_lossy(key))?;
        }
        Ok(())
    }
}

/// The values of one line with their paths, in the order of the line; `None` is JSON's `null`.
pub type Fields = Vec<(Path, Option<Vec<u8>>)>;

/// One key that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it is.
    pub path: Path,
    /// What it is.
    pub field: Field,
    /// Whether each value carries its own unit (`12ms`), which then counts instead of the field's.
    pub written_unit: bool,
}

/// The latency of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    /// The key that it is read from.
    pub path: Path,
    /// Its unit; `None` when each value carries its own.
    pub unit: Option<Unit>,
    /// Whether it is the time of the upstreams, not of the whole request.
    pub upstream: bool,
}

/// Which key is which field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Name of the key set that was recognised (`nginx`, `LTSV`, `JSON`).
    pub name: &'static str,
    /// The keys that are read, at most [`MAX_KEYS`]; later ones are not.
    pub keys: Vec<Key>,
    /// The latency, if there is one whose unit is known.
    pub latency: Option<Latency>,
    /// The key of the time.
    pub time: Option<Path>,
    /// All keys of the sample in their usual order, so that a reader knows what comes next.
    pub order: Vec<Path>,
    /// What the reader of the report should know: a latency whose unit is unknown, a time without
    /// zone. May quote keys, which are log text.
    pub notes: Vec<String>,
}

/// Most keys that a mapping reads: the scanners keep one bit for each.
pub const MAX_KEYS: usize = 32;

/// The slot of a key that is known but not kept.
pub(super) const NO_SLOT: u8 = u8::MAX;

/// The values of the mapped keys of one line. The last one of a key counts.
#[derive(Default)]
pub(super) struct Values<'a> {
    text: [&'a [u8]; MAX_KEYS],
    set: u32,
    null: u32,
}

impl<'a> Values<'a> {
    /// Puts a value into a slot; [`NO_SLOT`] drops it.
    #[inline]
    pub(super) fn put(&mut self, slot: u8, value: Option<&'a [u8]>) {
        let Some(place) = self.text.get_mut(usize::from(slot)) else { return };
        let bit = 1 << slot;
        self.set |= bit;
        match value {
            Some(value) => {
                *place = value;
                self.null &= !bit;
            }
            None => self.null |= bit,
        }
    }
}

impl Mapping {
    /// The keys that have a slot, with it.
    pub(super) fn slots(&self) -> impl Iterator<Item = (u8, &Key)> {
        (0..).zip(self.keys.iter().take(MAX_KEYS))
    }

    /// One bit for each slot of a key without which a line is no request: status, request.
    pub(super) fn required(&self) -> u32 {
        let needed = |key: &Key| {
            matches!(key.field, Field::Status | Field::Request | Field::Method | Field::Target)
        };
        self.slots().filter(|(_, key)| needed(key)).fold(0, |bits, (slot, _)| bits | 1 << slot)
    }

    /// The record of a line's values. `required` is [`Mapping::required`].
    #[inline]
    pub(super) fn record<'a>(
        &self,
        values: &Values<'a>,
        required: u32,
    ) -> Result<Record<'a>, Reject> {
        if values.set & required == 0 {
            return Err(Reject::MissingField);
        }
        let mut record = Record::default();
        for (key, (slot, &value)) in self.keys.iter().zip(values.text.iter().enumerate()) {
            if values.set & (1 << slot) == 0 {
                continue;
            }
            if values.null & (1 << slot) != 0 {
                set_null(key.field, &mut record);
            } else if key.written_unit {
                set_written(key.field, &mut record, value)?;
            } else {
                key.field.set(&mut record, value)?;
            }
        }
        Ok(record)
    }
}

/// `null` is "absent", but the status keeps how it was said.
fn set_null(field: Field, record: &mut Record<'_>) {
    match field {
        Field::Status => record.status = Status::None(NoStatus::Null),
        Field::UpstreamStatus => record.upstream.status = Status::None(NoStatus::Null),
        Field::Request => record.request = RequestLine::Empty,
        _ => {}
    }
}

/// Sets a duration that carries its unit.
fn set_written<'a>(field: Field, record: &mut Record<'a>, value: &'a [u8]) -> Result<(), Reject> {
    let Some((number, unit)) = shape::written_unit(value) else {
        return field.set(record, value);
    };
    match field {
        Field::Duration { latency, digits, .. } => Field::Duration { unit, digits, latency },
        Field::UpstreamDuration { latency, digits, .. } => {
            Field::UpstreamDuration { unit, digits, latency }
        }
        other => other,
    }
    .set(record, number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::field::Digits;

    #[test]
    fn paths_are_written_with_dots() {
        let path = Path::parse("request.headers.User-Agent[0]");
        assert_eq!(path, Path::new([&b"request"[..], b"headers", b"User-Agent"]));
        assert_eq!(path.to_string(), "request.headers.User-Agent");
    }

    fn one(field: Field, written_unit: bool) -> Mapping {
        let key =
            |name: &str, field, written_unit| Key { path: Path::parse(name), field, written_unit };
        Mapping {
            keys: vec![key("status", Field::Status, false), key("x", field, written_unit)],
            ..Mapping::default()
        }
    }

    #[test]
    fn null_keeps_how_it_was_said_and_the_last_value_counts() {
        let mapping = one(Field::Bytes, false);
        let mut values = Values::default();
        values.put(0, Some(b"200"));
        values.put(0, None);
        values.put(1, None);
        values.put(1, Some(b"7"));
        values.put(NO_SLOT, Some(b"x"));
        let record = mapping.record(&values, mapping.required()).unwrap();
        assert_eq!(record.status, Status::None(NoStatus::Null));
        assert_eq!(record.bytes, Some(7));
    }

    #[test]
    fn written_units_count_per_value() {
        let mapping =
            one(Field::Duration { unit: Unit::Seconds, digits: Digits::Any, latency: true }, true);
        for (text, expected) in [
            (&b"12ms"[..], Ok(Some(12_000))),
            (b"0.005192s", Ok(Some(5192))),
            (b"1.5\xc2\xb5s", Ok(Some(1))),
            (b"-", Ok(None)),
            (b"1m2s", Err(Reject::Number)),
        ] {
            let mut values = Values::default();
            values.put(0, Some(b"200"));
            values.put(1, Some(text));
            let read = mapping.record(&values, mapping.required()).map(|r| r.duration);
            assert_eq!(read, expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_line_without_status_and_request_is_none() {
        let mapping = one(Field::Time(super::super::field::TimeShape::Any), false);
        let mut values = Values::default();
        values.put(1, Some(b"1445680800.424"));
        assert_eq!(mapping.record(&values, mapping.required()), Err(Reject::MissingField));
    }
}
