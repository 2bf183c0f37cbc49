//! JSON objects that keep a line in one of their strings. They are walked once, without the values
//! that nobody wants; only the line itself is unescaped.

use super::{Inner, ODD_ONE_IN, Wrapper, instant, nearly_all};
use crate::format::json::scan::{Cursor, Scalar, Text};
use crate::record::Reject;
use crate::time;
use bumpalo::Bump;

/// Where shippers and clouds keep the line.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    /// The name used in reports.
    name: &'static str,
    /// Its key, or the key of the object that it is in.
    key: &'static str,
    /// Its key in that object.
    within: Option<&'static str>,
}

const fn top(name: &'static str, key: &'static str) -> Key {
    Key { name, key, within: None }
}

const fn nested(name: &'static str, key: &'static str, within: &'static str) -> Key {
    Key { name, key, within: Some(within) }
}

/// The keys, the most telling first: where the original stands beside what a shipper made of it,
/// the original is better.
static KEYS: &[Key] = &[
    // Elastic Common Schema.
    nested("JSON event.original", "event", "original"),
    top("JSON event.original", "event.original"),
    nested("JSON log.original", "log", "original"),
    top("JSON log.original", "log.original"),
    // Google Cloud.
    top("JSON textPayload", "textPayload"),
    nested("JSON jsonPayload.message", "jsonPayload", "message"),
    nested("JSON jsonPayload.log", "jsonPayload", "log"),
    nested("JSON jsonPayload.MESSAGE", "jsonPayload", "MESSAGE"),
    // CloudWatch Logs Insights.
    top("JSON @message", "@message"),
    // Filebeat, Vector, Logstash, CloudWatch's subscriptions; Fluent Bit, Fluentd.
    top("JSON message", "message"),
    top("JSON log", "log"),
    top("JSON MESSAGE", "MESSAGE"),
    top("JSON msg", "msg"),
    // Loki's logcli.
    top("JSON line", "line"),
    // OpenTelemetry.
    top("JSON body", "body"),
    nested("JSON body.stringValue", "body", "stringValue"),
    // Datadog.
    nested("JSON attributes.message", "attributes", "message"),
    nested("JSON content.message", "content", "message"),
    // Exports of Elasticsearch and Splunk.
    nested("JSON _source.message", "_source", "message"),
    nested("JSON _source.log", "_source", "log"),
    nested("JSON result._raw", "result", "_raw"),
    top("JSON _raw", "_raw"),
    // Azure's container and console logs.
    top("JSON LogMessage", "LogMessage"),
    top("JSON LogEntry", "LogEntry"),
    top("JSON resultDescription", "resultDescription"),
    // Graylog.
    top("JSON full_message", "full_message"),
    top("JSON short_message", "short_message"),
];

/// Keys of the time at which a shipper got the line.
const TIMES: &[&str] = &[
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "receiveTimestamp",
    "date",
    "timestamp_ns",
    "TimeGenerated",
    "__REALTIME_TIMESTAMP",
];

/// A JSON object with the line in one string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    line: &'static Key,
    /// The key of the time, beside the line or at the top.
    time: Option<&'static str>,
}

/// See [`Wrapper::candidates`]; the lines are JSON objects.
pub(super) fn candidates(lines: &[&[u8]]) -> Vec<Wrapper> {
    let mut arena = Bump::new();
    let mut fits = |wrapper: Wrapper| {
        nearly_all(lines, |line| {
            arena.reset();
            wrapper.unwrap(line, &arena).is_some()
        })
    };
    // Without any line break it is a shipper's copy, where each line is whole.
    if fits(Wrapper::Docker) && lines.iter().any(|line| is_docker_end(line)) {
        return vec![Wrapper::Docker];
    }
    if fits(Wrapper::Journald) {
        return vec![Wrapper::Journald];
    }
    KEYS.iter().filter_map(|line| Envelope::learn(line, lines)).map(Wrapper::Envelope).collect()
}

/// Whether a line of Docker's is the end of what a program wrote.
fn is_docker_end(line: &[u8]) -> bool {
    docker(line, &Bump::new()).is_some_and(|inner| !inner.partial)
}

impl Envelope {
    /// The envelope of these lines if they keep a line under that key: nearly all have a string
    /// there, and at least one in ten can be a line of an access log.
    fn learn(line: &'static Key, lines: &[&[u8]]) -> Option<Self> {
        let plain = Self { line, time: None };
        let mut arena = Bump::new();
        let mut log_lines = 0;
        let fits = nearly_all(lines, |line| {
            arena.reset();
            let inner = plain.unwrap(line, &arena);
            log_lines += usize::from(inner.is_some_and(|inner| may_be_log_line(inner.line)));
            inner.is_some()
        });
        if !fits || log_lines * ODD_ONE_IN < lines.len() {
            return None;
        }
        let times = TIMES.iter().map(|time| Self { line, time: Some(time) });
        let timed = times.into_iter().find(|timed| {
            nearly_all(lines, |line| {
                arena.reset();
                timed.unwrap(line, &arena).is_some_and(|inner| inner.time.is_some())
            })
        });
        Some(timed.unwrap_or(plain))
    }

    /// The name used in reports.
    pub(super) fn name(&self) -> &'static str {
        self.line.name
    }

    /// See [`Wrapper::unwrap`].
    pub(super) fn unwrap<'a>(&self, line: &'a [u8], arena: &'a Bump) -> Option<Inner<'a>> {
        let Key { key, within, .. } = self.line;
        let is_time = |key: &[u8]| self.time.is_some_and(|time| time.as_bytes() == key);
        let (mut found, mut time) = (None, None);
        let mut cursor = Cursor::new(line);
        cursor.white();
        members(&mut cursor, 1, arena, |found_key, cursor| {
            if is_time(found_key) {
                time = moment(cursor)?.or(time);
            } else if found_key == key.as_bytes() {
                match within {
                    None => found = string(cursor)?.or(found.take()),
                    Some(within) if cursor.peek()? == b'{' => {
                        members(cursor, 2, arena, |found_key, cursor| {
                            if is_time(found_key) {
                                time = moment(cursor)?.or(time);
                            } else if found_key == within.as_bytes() {
                                found = string(cursor)?.or(found.take());
                            }
                            Ok(())
                        })?;
                    }
                    Some(_) => {}
                }
            }
            Ok(())
        })
        .ok()?;
        let text = found.filter(|_| cursor.at_end())?;
        let (line, _) = without_break(cursor.value(&text, arena).ok()?);
        Some(Inner::whole(line, time))
    }
}

/// See [`Wrapper::Docker`].
pub(super) fn docker<'a>(line: &'a [u8], arena: &'a Bump) -> Option<Inner<'a>> {
    let (mut log, mut stream, mut time) = (None, None, None);
    let mut cursor = Cursor::new(line);
    cursor.white();
    members(&mut cursor, 1, arena, |key, cursor| {
        match key {
            b"log" => log = string(cursor)?,
            b"stream" => stream = string(cursor)?,
            b"time" => time = moment(cursor)?,
            _ => {}
        }
        Ok(())
    })
    .ok()?;
    let log = log.filter(|_| cursor.at_end())?;
    // Docker escapes neither, and `join` looks for them.
    let stream = match stream?.plain()? {
        b"stdout" => 0,
        b"stderr" => 1,
        _ => return None,
    };
    let (line, ended) = without_break(cursor.value(&log, arena).ok()?);
    Some(Inner { line, time, stream, partial: !ended })
}

/// See [`Wrapper::Journald`].
pub(super) fn journald<'a>(line: &'a [u8], arena: &'a Bump) -> Option<Inner<'a>> {
    let (mut message, mut bytes, mut time) = (None, None, None);
    let mut cursor = Cursor::new(line);
    cursor.white();
    members(&mut cursor, 1, arena, |key, cursor| {
        match key {
            b"MESSAGE" if cursor.peek()? == b'[' => bytes = Some(numbers(cursor, arena)?),
            b"MESSAGE" => message = string(cursor)?,
            b"__REALTIME_TIMESTAMP" => time = moment(cursor)?,
            _ => {}
        }
        Ok(())
    })
    .ok()?;
    let text = match (bytes, message) {
        (Some(bytes), _) => bytes,
        (None, message) => cursor.value(&message?, arena).ok()?,
    };
    let (line, _) = without_break(text);
    cursor.at_end().then_some(Inner::whole(line, Some(time?)))
}

/// Reads an object and shows each key, with the cursor at its value. Values that were not taken
/// are passed over. With the object, `depth` of them are open.
#[inline]
fn members<'a>(
    cursor: &mut Cursor<'a>,
    depth: u32,
    arena: &'a Bump,
    mut show: impl FnMut(&[u8], &mut Cursor<'a>) -> Result<(), Reject>,
) -> Result<(), Reject> {
    cursor.expect(b'{')?;
    cursor.white();
    if cursor.peek()? == b'}' {
        return cursor.expect(b'}');
    }
    loop {
        cursor.expect(b'"')?;
        let text = cursor.string()?;
        let key = cursor.value(&text, arena)?;
        cursor.white();
        cursor.expect(b':')?;
        cursor.white();
        let before = cursor.left();
        show(key, cursor)?;
        if cursor.left() == before {
            cursor.skip(depth)?;
        }
        match cursor.token()? {
            b',' => cursor.white(),
            b'}' => return Ok(()),
            _ => return Err(Reject::Json),
        }
    }
}

/// Takes a value if it is a string.
#[inline]
fn string<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Text<'a>>, Reject> {
    if cursor.peek()? != b'"' {
        return Ok(None);
    }
    cursor.expect(b'"')?;
    cursor.string().map(Some)
}

/// Takes a value if it is a time with a zone, or a number since 1970 in a unit that its size tells.
fn moment(cursor: &mut Cursor<'_>) -> Result<Option<i64>, Reject> {
    let text = match cursor.peek()? {
        b'"' => string(cursor)?.and_then(|text| text.plain()),
        b'{' | b'[' => None,
        _ => match cursor.scalar()? {
            Scalar::Plain(text) => Some(text),
            Scalar::Null | Scalar::Exponent(_) => None,
        },
    };
    let number = |text| time::epoch(text).filter(|time| time::is_of_a_log(*time));
    Ok(text.and_then(|text| instant(text, &std::cell::Cell::default()).or_else(|| number(text))))
}

/// Takes an array of byte numbers.
fn numbers<'a>(cursor: &mut Cursor<'a>, arena: &'a Bump) -> Result<&'a [u8], Reject> {
    let mut bytes = bumpalo::collections::Vec::new_in(arena);
    cursor.expect(b'[')?;
    cursor.white();
    if cursor.peek()? == b']' {
        cursor.expect(b']')?;
        return Ok(&[]);
    }
    loop {
        cursor.white();
        let Scalar::Plain(number) = cursor.scalar()? else { return Err(Reject::Json) };
        let byte = time::integer(number).and_then(|number| u8::try_from(number).ok());
        bytes.push(byte.ok_or(Reject::Json)?);
        match cursor.token()? {
            b',' => {}
            b']' => return Ok(bytes.into_bump_slice()),
            _ => return Err(Reject::Json),
        }
    }
}

/// The text without its line break, and whether it had one. A terminal's has a carriage return.
fn without_break(text: &[u8]) -> (&[u8], bool) {
    match text {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] => (line, true),
        line => (line, false),
    }
}

/// Whether a string can be a line of an access log, and not what a program tells of itself
/// (Caddy's `handled request`): an object, perhaps behind a tag as syslog has one, or several words
/// with a slash somewhere, as a path and a protocol have one, of which one is, or ends with, a number
/// of three digits.
fn may_be_log_line(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    if text.starts_with(b"{")
        || text.ends_with(b"}") && memchr::memmem::find(text, b": {\"").is_some()
    {
        return true;
    }
    let words = || text.split(|byte| matches!(byte, b' ' | b'\t' | b',' | b'|' | b';'));
    let is_status = |word: &[u8]| {
        let end = word.trim_ascii_end();
        let end = end.strip_suffix(b"\"").unwrap_or(end);
        let digits = end.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let before = end[..end.len() - digits].last();
        digits == 3 && before.is_none_or(|byte| b"=:\"".contains(byte))
    };
    let has_path = memchr::memchr(b'/', text).is_some();
    has_path && words().filter(|word| !word.is_empty()).nth(3).is_some() && words().any(is_status)
}
