//! Lines of named values, JSON and LTSV: which key is which field.
//!
//! The keys are whatever the one who wrote the log's template called them. [`Mapping::learn`] looks
//! at a sample and picks for each field the one key that has values of the right kind in most
//! lines; [`alias`] is the table of names, `shape` judges the values. What cannot be known is not
//! guessed: it goes to [`Mapping::notes`].

pub mod alias;
mod learn;
mod shape;

pub(super) use learn::unknown_unit;
pub use learn::{Said, Wishes};

use super::field::{Field, TimeShape, present};
use super::{Product, Scratch};
use crate::record::{NoStatus, Record, Reject, RequestLine, Status};
use crate::time::{IsoMinute, Minute, is_of_a_log};
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
    /// `[0]` may be left out. The dot of a key that has one itself is written `\.`.
    pub fn parse(text: &str) -> Self {
        let mut keys = vec![String::new()];
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match (letter, keys.last_mut()) {
                ('\\', Some(key)) if letters.next_if_eq(&'.').is_some() => key.push('.'),
                ('.', _) => keys.push(String::new()),
                (letter, Some(key)) => key.push(letter),
                (_, None) => {}
            }
        }
        Self::new(keys.iter().map(|key| key.trim_end_matches("[0]").as_bytes()))
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
    /// The key that it is read from, or the keys of a sum or of a difference.
    pub name: String,
    /// Its unit, or how it is known.
    pub unit: &'static str,
    /// Whether it is the time of the upstreams, not of the whole request.
    pub upstream: bool,
}

/// Which key is which field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Name of the key set that was recognised (`nginx`, `LTSV`, `JSON`, `cloudflare`).
    pub name: &'static str,
    /// The product that it is of.
    pub product: Product,
    /// The object that makes a line a request although it has no key of the status.
    pub request: Option<&'static str>,
    /// The keys that are read, at most [`MAX_KEYS`]; later ones are not.
    pub keys: Vec<Key>,
    /// The latency, if there is one whose unit is known.
    pub latency: Option<Latency>,
    /// Where there is no latency: the key that looks like one, or was said to be it, and whose unit
    /// is not known, what that can be, and the flags that settle it.
    pub unread_latency: Option<String>,
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

/// What a line needs to be a request: one bit for each slot of a key, and of each mask one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Required {
    /// What the response was; where no key of it is known, what was asked for.
    told: u32,
    /// What was asked for, or who asked. All bits where no key of that is known.
    asked: u32,
}

/// The slot of a key that is known but not kept.
pub(super) const NO_SLOT: u8 = u8::MAX;

/// Sets the fields of a record as the values of a line are met. The last value of a key counts.
///
/// A field that was set cannot be unset, as several can be of one list or of one request line. So a
/// line in which a key is there twice, or a value is bad, is read again with its values held back
/// until the last ones are known. To hold them back in every line was slower.
pub(super) struct Values<'v, 'a> {
    mapping: &'v Mapping,
    scratch: &'v Scratch,
    record: &'v mut Record<'a>,
    /// One bit for each slot that has a value.
    set: u32,
    again: bool,
    held: Option<[Option<&'a [u8]>; MAX_KEYS]>,
}

impl<'v, 'a> Values<'v, 'a> {
    /// For a record that is still empty.
    #[inline]
    pub(super) fn new(
        mapping: &'v Mapping,
        scratch: &'v Scratch,
        record: &'v mut Record<'a>,
    ) -> Self {
        Self { mapping, scratch, record, set: 0, again: false, held: None }
    }

    /// Puts a value into a slot; [`NO_SLOT`] drops it.
    #[inline(always)]
    pub(super) fn put(&mut self, slot: u8, value: Option<&'a [u8]>) {
        let Some(key) = self.mapping.keys.get(usize::from(slot)) else { return };
        // Most fields are texts, and a call costs more than to set one.
        if let Some(value) = value
            && let Some(text) = text(key.field, self.record)
            && self.set & (1 << slot) == 0
            && self.held.is_none()
        {
            *text = present(value);
            self.set |= 1 << slot;
        } else {
            self.put_other(slot, key, value);
        }
    }

    #[inline(never)]
    fn put_other(&mut self, slot: u8, key: &Key, value: Option<&'a [u8]>) {
        let bit = 1 << slot;
        if let Some(held) = &mut self.held {
            held[usize::from(slot)] = value;
        } else {
            self.again |= self.set & bit != 0 || key.set(self.record, value, self.scratch).is_err();
        }
        self.set |= bit;
    }

    /// Ends the line. `walk` puts its values once more. `required` is [`Mapping::required`].
    #[inline]
    pub(super) fn end(
        &mut self,
        required: Required,
        walk: impl FnOnce(&mut Self) -> Result<(), Reject>,
    ) -> Result<(), Reject> {
        if self.set & required.told == 0 || self.set & required.asked == 0 {
            return Err(Reject::MissingField);
        }
        if self.again {
            self.held = Some([None; MAX_KEYS]);
            walk(self)?;
            return self.set_held();
        }
        Ok(())
    }

    #[cold]
    fn set_held(&mut self) -> Result<(), Reject> {
        *self.record = Record::default();
        for ((slot, key), value) in self.mapping.slots().zip(self.held.into_iter().flatten()) {
            if self.set & (1 << slot) != 0 {
                key.set(self.record, value, self.scratch)?;
            }
        }
        Ok(())
    }
}

impl Key {
    /// Sets its field. `null` is "absent", but the status keeps how it was said.
    #[inline]
    fn set<'a>(
        &self,
        record: &mut Record<'a>,
        value: Option<&'a [u8]>,
        scratch: &Scratch,
    ) -> Result<(), Reject> {
        let Some(value) = value else {
            set_null(self.field, record);
            return Ok(());
        };
        match self.field {
            Field::Time(shape) => record.time = Some(time(shape, value, scratch)?),
            field if self.written_unit => set_written(field, record, value)?,
            field => field.set(record, value)?,
        }
        Ok(())
    }
}

/// Reads a time; the minute of the line before is known.
#[inline(never)]
pub(super) fn time(shape: TimeShape, value: &[u8], scratch: &Scratch) -> Result<i64, Reject> {
    let time = match shape {
        TimeShape::Clf => Minute::clf(&scratch.minute, value),
        TimeShape::Iso8601 => IsoMinute::iso8601(&scratch.iso_minute, value),
        other => other.read(value).filter(|time| is_of_a_log(*time)),
    };
    time.ok_or(Reject::Time)
}

impl Mapping {
    /// The keys that have a slot, with it.
    pub(super) fn slots(&self) -> impl Iterator<Item = (u8, &Key)> {
        (0..).zip(self.keys.iter().take(MAX_KEYS))
    }

    /// Whether it knows how lines tell of a response.
    pub fn has_status(&self) -> bool {
        self.keys.iter().any(|key| key.field == Field::Status || self.is_request(key))
    }

    /// Whether its times are in UTC although they carry no zone, as the vendor says: App Service's
    /// (`formats.md`, section 2.28) and those with a key of their own for the day (CloudFront's).
    pub(super) fn is_in_utc(&self) -> bool {
        self.product == Product::AzureAppService
            || self.keys.iter().any(|key| key.field == Field::Clock)
    }

    /// Whether it knows what only a request has: what was asked for or how, or who asked and with
    /// what; or a time by a name that only nginx has. A status alone is in the logs of all kinds of
    /// programs, and so is a file's path.
    pub(super) fn is_of_requests(&self) -> bool {
        let has = |wanted: fn(Field) -> bool| self.keys.iter().any(|key| wanted(key.field));
        let asked = |key: &Key| matches!(key.field, Field::Target | Field::Asked);
        let is_path = |key: &Key| key.path.keys().last().is_some_and(|name| name == b"path");
        let told = |field| {
            matches!(
                field,
                Field::Client
                    | Field::Host
                    | Field::UserAgent
                    | Field::Protocol
                    | Field::Duration { latency: true, .. }
            )
        };
        let sent = |field| matches!(field, Field::UserAgent | Field::Bytes);
        let of_nginx = |name: &[u8]| matches!(name, b"time_local" | b"time_iso8601");
        let time = self.time.as_ref().and_then(|path| path.keys().last());
        has(|field| matches!(field, Field::Request | Field::Method))
            || self.keys.iter().any(|key| asked(key) && (!is_path(key) || has(told)))
            || has(|field| field == Field::Client) && has(sent)
            || time.is_some_and(of_nginx)
    }

    /// Whether a key is in the object that makes a line a request.
    fn is_request(&self, key: &Key) -> bool {
        self.request.is_some_and(|object| key.path.keys().any(|name| name == object.as_bytes()))
    }

    /// Whether it knows the keys that together only a request has: when, what and how it was asked,
    /// and the status.
    pub(super) fn tells_of_requests(&self) -> bool {
        let has = |wanted: fn(Field) -> bool| self.keys.iter().any(|key| wanted(key.field));
        let target = |field| matches!(field, Field::Target | Field::Asked | Field::Request);
        let method = |field| matches!(field, Field::Method | Field::Request);
        self.time.is_some() && self.has_status() && has(target) && has(method)
    }

    /// What a line needs to be a request. Programs that log the start and the end of a request have
    /// the status in the second line only: counting both would halve the error rate. And they tell a
    /// status of much that is no request: a line that says nothing of what the others were asked for,
    /// or by whom, is none.
    pub(super) fn required(&self) -> Required {
        let bits = |needed: &dyn Fn(&Key) -> bool| {
            let slots = self.slots().filter(|(_, key)| needed(key));
            slots.fold(0, |bits, (slot, _)| bits | 1 << slot)
        };
        let is_target = |key: &Key| {
            matches!(key.field, Field::Request | Field::Method | Field::Target | Field::Asked)
        };
        let is_client = |key: &Key| matches!(key.field, Field::Client | Field::UserAgent);
        let told = bits(&|key| {
            key.field == Field::Status
                || !self.has_status() && is_target(key)
                || self.is_request(key)
        });
        let asked = bits(&|key| is_target(key) || is_client(key) || self.is_request(key));
        Required { told, asked: if asked == 0 { u32::MAX } else { asked } }
    }
}

/// Where the record has a text as it is written; `None` for what is more than that.
#[inline]
fn text<'r, 'a>(field: Field, record: &'r mut Record<'a>) -> Option<&'r mut Option<&'a [u8]>> {
    match field {
        Field::Client => Some(&mut record.client),
        Field::Method => Some(&mut record.method),
        Field::Target => Some(&mut record.target),
        Field::Protocol => Some(&mut record.protocol),
        Field::Host => Some(&mut record.host),
        Field::Referer => Some(&mut record.referer),
        Field::UserAgent => Some(&mut record.user_agent),
        Field::RequestId => Some(&mut record.request_id),
        _ => None,
    }
}

/// `null` is "absent", but the status keeps how it was said.
#[cold]
fn set_null(field: Field, record: &mut Record<'_>) {
    match field {
        Field::Status => record.status = Status::None(NoStatus::Null),
        Field::UpstreamStatus => record.upstream.status = Status::None(NoStatus::Null),
        Field::Request => record.request = RequestLine::Empty,
        _ => {}
    }
}

/// Sets a duration that carries its unit.
#[inline(never)]
pub(super) fn set_written<'a>(
    field: Field,
    record: &mut Record<'a>,
    value: &'a [u8],
) -> Result<(), Reject> {
    let Some((number, unit)) = shape::written_unit(value) else {
        let Some(micros) = shape::written(value) else { return field.set(record, value) };
        match field {
            Field::Duration { latency: true, .. } => record.duration = Some(micros),
            Field::UpstreamDuration { latency, .. } => {
                record.upstream.duration = Some(micros);
                record.duration = if latency { Some(micros) } else { record.duration };
            }
            _ => {}
        }
        return Ok(());
    };
    match field {
        Field::Duration { latency, digits, .. } => Field::Duration { unit, digits, latency },
        Field::UpstreamDuration { latency, digits, .. } => {
            Field::UpstreamDuration { unit, digits, latency }
        }
        Field::Part { .. } => Field::Part { unit },
        Field::UpstreamPart { .. } => Field::UpstreamPart { unit },
        Field::Connect { .. } => Field::Connect { unit },
        Field::Header { .. } => Field::Header { unit },
        other => other,
    }
    .set(record, number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::field::{Digits, Unit};

    #[test]
    fn paths_are_written_with_dots() {
        let path = Path::parse("request.headers.User-Agent[0]");
        assert_eq!(path, Path::new([&b"request"[..], b"headers", b"User-Agent"]));
        assert_eq!(path.to_string(), "request.headers.User-Agent");
        assert_eq!(Path::parse(r"a.http\.route"), Path::new([&b"a"[..], b"http.route"]));
    }

    fn one(field: Field, written_unit: bool) -> Mapping {
        let key =
            |name: &str, field, written_unit| Key { path: Path::parse(name), field, written_unit };
        Mapping {
            keys: vec![key("status", Field::Status, false), key("x", field, written_unit)],
            ..Mapping::default()
        }
    }

    /// The record of these values, put by slot.
    fn read<'a>(mapping: &Mapping, puts: &[(u8, Option<&'a [u8]>)]) -> Result<Record<'a>, Reject> {
        let (scratch, mut record) = (Scratch::default(), Record::default());
        let mut values = Values::new(mapping, &scratch, &mut record);
        let walk = |values: &mut Values<'_, 'a>| {
            puts.iter().for_each(|(slot, value)| values.put(*slot, *value));
            Ok(())
        };
        walk(&mut values)?;
        values.end(mapping.required(), walk)?;
        Ok(record)
    }

    #[test]
    fn null_keeps_how_it_was_said_and_the_last_value_counts() {
        let ok = (0, Some(&b"200"[..]));
        let mapping = one(Field::Bytes, false);
        let puts = [ok, (0, None), (1, None), (1, Some(&b"7"[..])), (NO_SLOT, Some(b"x"))];
        let record = read(&mapping, &puts).unwrap();
        assert_eq!(record.status, Status::None(NoStatus::Null));
        assert_eq!(record.bytes, Some(7));
        for (puts, bytes) in [
            (&[(1, Some(&b"7"[..])), ok, (1, None)][..], Ok(None)),
            (&[(1, Some(b"x")), ok, (1, Some(b"7"))], Ok(Some(7))),
            (&[(1, Some(b"7")), ok, (1, Some(b"x"))], Err(Reject::Number)),
            (&[(1, Some(b"x")), ok], Err(Reject::Number)),
        ] {
            assert_eq!(read(&mapping, puts).map(|r| r.bytes), bytes, "{puts:?}");
        }
        let request = one(Field::Request, false);
        let twice = [ok, (1, Some(&b"GET /a HTTP/1.1"[..])), (1, Some(b"-"))];
        let record = read(&request, &twice).unwrap();
        assert_eq!((record.method, record.request), (None, RequestLine::Dash));
        let upstream = one(Field::UpstreamStatus, false);
        let twice = [ok, (1, Some(&b"502, 502"[..])), (1, Some(b"200"))];
        assert_eq!(read(&upstream, &twice).unwrap().upstream.attempts, 1);
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
            (b"1m2.5s", Ok(Some(62_500_000))),
            (b"1m2", Err(Reject::Number)),
        ] {
            let record = read(&mapping, &[(0, Some(b"200")), (1, Some(text))]);
            assert_eq!(record.map(|r| r.duration), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_a_line_must_have() {
        let time = one(Field::Time(TimeShape::Any), false);
        let at = (1, Some(&b"1445680800.424"[..]));
        assert_eq!(read(&time, &[at]), Err(Reject::MissingField));
        let target = one(Field::Target, false);
        let asked = (1, Some(&b"/a"[..]));
        assert_eq!(read(&target, &[asked]), Err(Reject::MissingField), "no response");
        assert_eq!(read(&target, &[asked, (0, None)]).map(|r| r.target), Ok(Some(&b"/a"[..])));
        // Nor is a status alone, where lines say what was asked for, or by whom.
        let status = (0, Some(&b"200"[..]));
        for field in [Field::Target, Field::Asked, Field::Request, Field::Method, Field::Client] {
            let mapping = one(field, false);
            assert_eq!(read(&mapping, &[status]), Err(Reject::MissingField), "{field:?}");
            assert!(read(&mapping, &[status, (1, None)]).is_ok(), "{field:?} of nobody");
        }
        assert!(read(&one(Field::Bytes, false), &[status]).is_ok());
        let mut unknown = target.clone();
        unknown.keys.remove(0);
        assert_eq!(read(&unknown, &[(0, asked.1)]).map(|r| r.target), Ok(Some(&b"/a"[..])));
    }
}
