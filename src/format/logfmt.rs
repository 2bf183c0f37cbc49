//! logfmt: `key=value` pairs, joined by spaces. A value with spaces stands in quotes, in which a
//! backslash escapes. Heroku's router writes its lines so, and many services in Go.
//!
//! An empty value is absent. There is no standard; this is what <https://brandur.org/logfmt> and
//! `go-logfmt` write, without words that are no pair: a line of prose is no line of it.

use super::Scratch;
use super::field::Field;
use super::keyed::{Fields, Mapping, NO_SLOT, Path, Required, Values, Wishes};
use crate::record::{Record, Reject};
use bumpalo::Bump;
use memchr::memchr2;

/// Reads logfmt lines by a mapping.
#[derive(Clone, Debug)]
pub struct Logfmt {
    mapping: Mapping,
    required: Required,
    /// Summands of the latency; 0 where it is one value.
    parts: u8,
    keys: Vec<Key>,
}

#[derive(Clone, Debug)]
struct Key {
    /// The key with its `=`.
    written: Box<[u8]>,
    slot: u8,
}

impl Logfmt {
    /// A reader for this mapping.
    pub fn new(mapping: Mapping) -> Self {
        let mut keys: Vec<Key> = Vec::new();
        let order = mapping.order.iter().map(|path| (NO_SLOT, path));
        for (slot, path) in order.chain(mapping.slots().map(|(slot, key)| (slot, &key.path))) {
            let written = [path.keys().next().unwrap_or_default(), b"="].concat();
            match keys.iter_mut().find(|key| *key.written == *written) {
                Some(key) => key.slot = slot,
                None => keys.push(Key { written: written.into(), slot }),
            }
        }
        let is_part = |field| matches!(field, Field::Part { .. } | Field::UpstreamPart { .. });
        let parts = mapping.keys.iter().filter(|key| is_part(key.field)).count();
        Self { required: mapping.required(), mapping, parts: parts as u8, keys }
    }

    /// The mapping for these sample lines, see [`Mapping::learn`]. Lines that are no logfmt are
    /// passed over.
    pub fn learn(lines: &[&[u8]], wishes: Wishes<'_>) -> Mapping {
        let sample: Vec<Fields> = lines.iter().filter_map(|line| fields(line).ok()).collect();
        Mapping::learn(&sample, wishes)
    }

    /// The mapping that it reads by.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Reads one line, without its line break, into a record that is still empty. Of a key that is
    /// there twice the last value counts.
    ///
    /// Errors: [`Reject::Truncated`] when the line ends within quotes or before a value,
    /// [`Reject::Shape`] when something is no pair or no key is known, [`Reject::MissingField`]
    /// when there is no status, or, where no key of it is known, no request; or what
    /// [`Field::set`] says of a value.
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        let mut values = Values::new(&self.mapping, scratch, record);
        self.walk(line, &scratch.arena, &mut values)?;
        values.end(self.required, |values| self.walk(line, &scratch.arena, values))?;
        if self.parts > 0 && record.parts != self.parts {
            record.duration = None;
        }
        Ok(())
    }

    /// Puts the values of a line.
    fn walk<'a>(
        &self,
        line: &'a [u8],
        arena: &'a Bump,
        values: &mut Values<'_, 'a>,
    ) -> Result<(), Reject> {
        // The place in `keys` behind the one found last.
        let mut expected = 0;
        let mut rest = line.trim_ascii();
        while !rest.is_empty() {
            let next = self.keys.get(expected);
            let (at, after) = match next.and_then(|next| rest.strip_prefix(&*next.written)) {
                Some(after) => (Some(expected), after),
                None => {
                    let (key, after) = key(rest)?;
                    (self.keys.iter().position(|known| *known.written == *key), after)
                }
            };
            let (value, after) = value(after)?;
            rest = after;
            if let Some(at) = at {
                expected = at + 1;
                let slot = self.keys[at].slot;
                if slot != NO_SLOT {
                    values.put(slot, Some(value.text(arena)));
                }
            }
        }
        if expected == 0 { Err(Reject::Shape) } else { Ok(()) }
    }
}

/// The key that `text` starts with, with its `=`, and what follows.
fn key(text: &[u8]) -> Result<(&[u8], &[u8]), Reject> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.@:/".contains(byte);
    match text.iter().position(|byte| !is_part(byte)) {
        Some(at) if at > 0 && text[at] == b'=' => Ok(text.split_at(at + 1)),
        None => Err(Reject::Truncated),
        Some(_) => Err(Reject::Shape),
    }
}

/// A value as it stands in the line.
#[derive(Clone, Copy)]
struct Value<'a> {
    text: &'a [u8],
    /// Whether it holds backslashes that escape.
    escaped: bool,
}

impl<'a> Value<'a> {
    /// What it says.
    fn text(self, arena: &'a Bump) -> &'a [u8] {
        if self.escaped { arena.alloc_slice_copy(&unescaped(self.text)) } else { self.text }
    }
}

/// The value that `text` starts with, and what follows its spaces.
fn value(text: &[u8]) -> Result<(Value<'_>, &[u8]), Reject> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr(b' ', text).unwrap_or(text.len());
        return Ok((Value { text: &text[..end], escaped: false }, text[end..].trim_ascii_start()));
    };
    let (mut at, mut escaped) = (0, false);
    loop {
        at += memchr2(b'"', b'\\', quoted.get(at..).unwrap_or(b"")).ok_or(Reject::Truncated)?;
        if quoted[at] == b'"' {
            break;
        }
        escaped = true;
        at += 2;
    }
    let rest = &quoted[at + 1..];
    match rest.first() {
        None | Some(b' ') => Ok((Value { text: &quoted[..at], escaped }, rest.trim_ascii_start())),
        Some(_) => Err(Reject::Shape),
    }
}

/// A quoted value without its backslashes.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(match (byte, bytes.as_slice().first()) {
            (b'\\', Some(b'n')) => b'\n',
            (b'\\', Some(b'r')) => b'\r',
            (b'\\', Some(b't')) => b'\t',
            (b'\\', Some(other)) => *other,
            (byte, _) => {
                out.push(*byte);
                continue;
            }
        });
        bytes.next();
    }
    out
}

/// The values of one line with their keys. Errors as [`Logfmt::parse`] does.
pub fn fields(line: &[u8]) -> Result<Fields, Reject> {
    let mut found = Fields::new();
    let mut rest = line.trim_ascii();
    while !rest.is_empty() {
        let (key, after) = key(rest)?;
        let (value, after) = value(after)?;
        rest = after;
        let text = if value.escaped { unescaped(value.text) } else { value.text.to_vec() };
        found.push((Path::new([&key[..key.len() - 1]]), Some(text)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::keyed::alias;
    use crate::record::Status;
    use proptest::prelude::*;

    const HEROKU: [&str; 3] = [
        r#"at=info method=GET path="/a?b=1" host=www.example.com request_id=id-1 fwd="192.0.2.1" dyno=web.1 connect=1ms service=22ms status=200 bytes=656 protocol=https"#,
        r#"at=error code=H12 desc="Request timeout" method=GET path="/" host=www.example.com request_id=id-2 fwd="192.0.2.2" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https"#,
        r#"at=error code=H10 desc="App crashed" method=POST path="/a" host=www.example.com request_id=id-3 fwd="192.0.2.1,198.51.100.7" dyno= connect= service= status=503 bytes= protocol=https tls_version=tls1.3"#,
    ];

    fn reader(lines: &[&str]) -> Logfmt {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        Logfmt::new(Logfmt::learn(&lines, Wishes::of(alias::LOGFMT)))
    }

    fn read<'a>(
        logfmt: &Logfmt,
        line: &'a [u8],
        scratch: &'a Scratch,
    ) -> Result<Record<'a>, Reject> {
        let mut record = Record::default();
        logfmt.parse(line, scratch, &mut record).map(|()| record)
    }

    #[test]
    fn lines_of_heroku_s_router() {
        let scratch = Scratch::default();
        // The keys of one line are enough, with an error or without one.
        for sample in [&HEROKU[..], &HEROKU[2..], &HEROKU[..1]] {
            let logfmt = reader(sample);
            let read: Vec<_> = HEROKU
                .iter()
                .map(|line| read(&logfmt, line.as_bytes(), &scratch).unwrap())
                .collect();
            assert_eq!(read[0].status, Status::Code(200));
            assert_eq!((read[0].method, read[0].target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])));
            assert_eq!((read[0].duration, read[0].upstream.duration), (Some(23_000), Some(22_000)));
            assert_eq!((read[0].bytes, read[0].client), (Some(656), Some(&b"192.0.2.1"[..])));
            assert_eq!(read[0].upstream.address, Some(&b"web.1"[..]));
            assert_eq!((read[0].reason, read[0].request_id), (None, Some(&b"id-1"[..])));
            assert_eq!((read[1].reason, read[1].duration), (Some(&b"H12"[..]), Some(30_001_000)));
            assert_eq!((read[2].duration, read[2].bytes), (None, None));
            assert_eq!(read[2].upstream.address, None);
        }
    }

    #[test]
    fn lines_of_services() {
        let line = br#"time="2025-10-10T13:55:01Z" level=info msg="request \"done\"" method=GET path=/a status=404 duration=1.5ms user_agent="a \"b\" \\ c""#;
        let scratch = Scratch::default();
        let logfmt = reader(&[std::str::from_utf8(line).unwrap()]);
        let r = read(&logfmt, line, &scratch).unwrap();
        assert_eq!((r.status, r.time), (Status::Code(404), Some(1_760_104_501_000_000)));
        assert_eq!((r.duration, r.user_agent), (Some(1500), Some(&br#"a "b" \ c"#[..])));
        assert_eq!(logfmt.mapping().latency.as_ref().unwrap().name, "duration");
    }

    #[test]
    fn what_is_no_line_of_it() {
        let logfmt = reader(&HEROKU);
        let scratch = Scratch::default();
        for (line, reject) in [
            ("at=info method=GET status=20", Reject::Status),
            ("at=info method=GET stat", Reject::Truncated),
            ("at=info status=200 path=\"/a", Reject::Truncated),
            ("at=info status=200 path=\"/a\\", Reject::Truncated),
            ("at=info status=200 path=\"/a\"b", Reject::Shape),
            ("at=info and status=200", Reject::Shape),
            ("=x status=200", Reject::Shape),
            ("at=info method=GET", Reject::MissingField),
            ("level=info", Reject::Shape),
            ("method=GET status=200 service=fast connect=1ms", Reject::Number),
            ("at=info status=200", Reject::MissingField),
            ("192.0.2.1 - - [06/Sep/2025:05:58:05 +0900] \"GET / HTTP/1.1\" 200 1", Reject::Shape),
            ("", Reject::Shape),
        ] {
            assert_eq!(read(&logfmt, line.as_bytes(), &scratch), Err(reject), "{line}");
        }
        assert_eq!(
            read(&logfmt, b" method=GET status=404  status=200 ", &scratch).unwrap().status,
            Status::Code(200)
        );
    }

    proptest! {
        #[test]
        fn values_are_those_that_were_written(
            pairs in prop::collection::vec(("[a-z]{1,3}", "[a-z \"\\\\=]{0,9}"), 1..9)
        ) {
            let quote = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
            let line: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{key}=\"{}\"", quote(value))).collect();
            let found = fields(line.join(" ").as_bytes()).unwrap();
            let expected: Fields = pairs
                .iter()
                .map(|(key, value)| (Path::new([key.as_bytes()]), Some(value.clone().into_bytes())))
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_make_it_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let scratch = Scratch::default();
            let _ = fields(&line);
            let _ = read(&reader(&HEROKU), &line, &scratch);
            let _ = Logfmt::learn(&[&line], Wishes::of(alias::LOGFMT));
        }
    }
}
