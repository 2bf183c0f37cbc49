//! Lines inside other lines: what is around them is taken off, and pieces are joined, before they
//! are read.

use super::{Line, Parser, Scratch};
use crate::format::marks::Quotes;
use crate::format::relay::Relay;
use crate::format::sisters;
use crate::format::wrapper::join::{self, Joiner};
use crate::format::wrapper::{Inner, Wrapper};
use crate::record::{Record, Reject, Skip};

use super::Carry;

/// The wrappers of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Wrapping {
    /// All of them, the outermost first.
    wrappers: Vec<Wrapper>,
    /// So many are around each piece of a line; the others are around the joined line. All of them
    /// where lines are not cut.
    outer: usize,
}

/// A line that was taken out of its wrappers.
#[derive(Clone, Copy, Debug)]
pub struct Unwrapped<'a> {
    /// Its text.
    pub text: &'a [u8],
    /// Lines of the source that it is made of.
    pub pieces: u64,
    /// The wrapper's time, for a line that has none of its own; microseconds since 1970 in UTC.
    pub time: Option<i64>,
    /// It was longer than the longest line when it was joined.
    cut: bool,
}

impl<'a> From<join::Line<'a>> for Unwrapped<'a> {
    fn from(line: join::Line<'a>) -> Self {
        Self { text: line.text, pieces: line.pieces, time: line.time, cut: line.cut }
    }
}

impl Wrapping {
    pub(super) fn splits(&self) -> bool {
        self.wrappers[..self.outer].last().is_some_and(Wrapper::splits)
    }

    /// The joiner at the start of a source whose lines are cut; `longest` is that of joined lines.
    pub(super) fn joiner(&self, longest: usize) -> Option<Joiner> {
        self.splits().then(|| Joiner::new(longest))
    }
}

impl Parser {
    /// Takes these wrappers off each line, the outermost first.
    pub fn wrapped_in(mut self, wrappers: Vec<Wrapper>) -> Self {
        let splits = wrappers.iter().position(Wrapper::splits);
        let outer = splits.map_or(wrappers.len(), |at| at + 1);
        self.wrapping = Wrapping { wrappers, outer };
        self
    }

    /// What stands around the lines, the outermost first.
    pub fn wrappers(&self) -> &[Wrapper] {
        &self.wrapping.wrappers
    }

    /// Takes the wrappers off a line. None comes out while its rest is awaited, two come out when
    /// one that was awaited has no rest. A line that is not wrapped stays as it is.
    pub fn unwrap<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a Scratch,
    ) -> impl Iterator<Item = Unwrapped<'a>> + use<'a> {
        let Wrapping { wrappers, outer, .. } = &self.wrapping;
        let (outer, inner) = wrappers.split_at(*outer);
        let minute = &scratch.outer_minute;
        let found = Wrapper::unwrap_all(outer, line, &scratch.arena, minute);
        let bare = Unwrapped { text: line, pieces: 1, time: None, cut: false };
        let mut carry = scratch.carry.borrow_mut();
        let joiner = carry.as_mut().and_then(|carry| carry.joiner.as_mut());
        let [mut first, mut second] = match (found, joiner) {
            (None, _) => [Some(bare), None],
            (Some(Inner { line, time, .. }), None) => {
                [Some(Unwrapped { text: line, time, ..bare }), None]
            }
            (Some(found), Some(joiner)) => {
                let is_whole = |text: &[u8]| self.is_whole(text);
                let mut lines = joiner.push(&found, &is_whole, &scratch.arena).lines();
                [lines.next().map(Unwrapped::from), lines.next().map(Unwrapped::from)]
            }
        };
        for line in [&mut first, &mut second].into_iter().flatten() {
            line.take_off(inner, scratch);
        }
        first.into_iter().chain(second)
    }

    /// The lines that still wait for their rest at the end of a source.
    pub fn left_over<'a>(
        &self,
        relay: Relay<Carry>,
        scratch: &'a Scratch,
    ) -> impl Iterator<Item = Unwrapped<'a>> {
        let joiner = relay.into_end().and_then(|end| end.joiner);
        let mut joiner = joiner.unwrap_or_else(|| Joiner::new(0));
        let inner = &self.wrapping.wrappers[self.wrapping.outer..];
        let left: Vec<_> = joiner.finish(&scratch.arena).collect();
        left.into_iter().map(|line| {
            let mut line = Unwrapped::from(line);
            line.take_off(inner, scratch);
            line
        })
    }

    /// Reads a line that was unwrapped, see [`Parser::read`]; for its quotes, [`Quotes::within`].
    pub fn read_unwrapped<'a>(
        &self,
        line: &Unwrapped<'a>,
        quotes: Quotes<'_>,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Line {
        if line.cut {
            return Line::Reject(Reject::TooLong);
        }
        let found = self.read(line.text, quotes, scratch, record);
        if record.time.is_none() {
            record.time = line.time;
        }
        match found {
            // One syslog, one drain, one container has lines of many programs.
            Line::Reject(Reject::Shape | Reject::Json)
                if !self.wrapping.wrappers.is_empty() && !could_be_request(line.text) =>
            {
                Line::Skip(Skip::NotAResponse)
            }
            found => found,
        }
    }

    /// Reads a line that stands in wrappers where the others do not.
    pub(super) fn read_stray<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Option<Line> {
        let main = self.main?;
        Wrapper::candidates(&[line]).into_iter().find_map(|wrapper| {
            let inner = wrapper.unwrap(line, &scratch.arena)?;
            let mut found = Record::default();
            let kind = match self.shape.parse(inner.line, Quotes::UNKNOWN, scratch, &mut found) {
                Ok(()) => {
                    self.complete(&mut found, scratch);
                    Line::Request
                }
                Err(_) => Line::Sister(
                    sisters::read(main, inner.line, scratch, &mut found)
                        .or_else(|| scratch.stranger(inner.line, true, &mut found))?,
                ),
            };
            found.time = found.time.or(inner.time);
            *record = found;
            Some(kind)
        })
    }

    /// The joiner behind a chunk, from the one before it.
    pub(super) fn joiner_behind(&self, before: &Joiner, chunk: &[u8]) -> Joiner {
        let outer = &self.wrapping.wrappers[..self.wrapping.outer];
        before.after(outer, chunk, &|text| self.is_whole(text))
    }

    /// Whether a text is a whole record, behind the wrappers that are around joined lines.
    fn is_whole(&self, text: &[u8]) -> bool {
        let scratch = Scratch::default();
        let inner = &self.wrapping.wrappers[self.wrapping.outer..];
        let found = Wrapper::unwrap_all(inner, text, &scratch.arena, &scratch.outer_minute);
        let text = found.map_or(text, |found| found.line);
        let found = self.read(text, Quotes::UNKNOWN, &scratch, &mut Record::default());
        matches!(found, Line::Request | Line::Sister(_))
    }
}

/// Whether a line that no format reads looks as if it were of a request: then it is a fault. It has
/// a request line, or the names of a status and of what was asked for. Each alone is in what all
/// kinds of programs say (`exited with status 1`).
fn could_be_request(text: &[u8]) -> bool {
    has_request_line(text)
        || has_key(text, &[b"status", b"status_code", b"code"])
            && has_key(text, &[b"method", b"path", b"request", b"uri", b"url"])
}

/// Whether there is a method, and later ` HTTP/1`.
fn has_request_line(text: &[u8]) -> bool {
    const METHODS: [&[u8]; 8] =
        [b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT"];
    let is_version = |at: &usize| text.get(at + 6).is_some_and(u8::is_ascii_digit);
    let Some(end) = memchr::memmem::find_iter(text, b" HTTP/").find(is_version) else {
        return false;
    };
    let words = text[..end].split(|byte| !byte.is_ascii_alphanumeric());
    words.into_iter().any(|word| METHODS.contains(&word))
}

/// Whether one of these words, in any case, ends a name (`DownstreamStatus`) with a value behind it:
/// `"status":200`, `status=200`.
fn has_key(text: &[u8], names: &[&[u8]]) -> bool {
    memchr::memchr2_iter(b':', b'=', text).any(|at| {
        let key = text[..at].trim_ascii_end();
        let key = key.strip_suffix(b"\"").unwrap_or(key);
        // Within a string of JSON.
        let key = key.strip_suffix(b"\\").unwrap_or(key);
        names.iter().any(|name| {
            let end = key.len().checked_sub(name.len()).map(|start| &key[start..]);
            end.is_some_and(|end| end.eq_ignore_ascii_case(name))
        })
    })
}

impl<'a> Unwrapped<'a> {
    /// Takes the wrappers off that are around the joined line, if they are there.
    fn take_off(&mut self, wrappers: &[Wrapper], scratch: &'a Scratch) {
        let minute = &scratch.outer_minute;
        if let Some(inner) = Wrapper::unwrap_all(wrappers, self.text, &scratch.arena, minute) {
            self.text = inner.line;
            self.time = inner.time.or(self.time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_request() {
        for (text, expected) in [
            (r#"x 192.0.2.1 "GET /a HTTP/1.1" 200"#, true),
            (r#"[07] PUT "/a b" HTTP/2 201 x"#, true),
            (r#"{"path":"/a","status":200,"#, true),
            (r#"{"RequestPath": "/a", "DownstreamStatus": 502"#, true),
            (r#"{"log":"{\"uri\":\"/a\",\"status\":502}"#, true),
            ("at=info method=GET status=200 path=\"/a", true),
            ("worker 7 exited with status 1", false),
            ("exit status: 1", false),
            ("INFO upstream replied HTTP/1.1 ok", false),
            ("GET out of here, HTTP/ is not for you", false),
            (r#"{"msg":"order saved","status":200,"order":7}"#, false),
            (r#"{"msg":"open","path":"/tmp/x"}"#, false),
            ("", false),
        ] {
            assert_eq!(could_be_request(text.as_bytes()), expected, "{text}");
        }
    }
}
