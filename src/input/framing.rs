//! JSON that is not one object a line becomes one object a line.
//!
//! Three shapes are read: an array of objects, an envelope (an object that holds such an array
//! under a known key), and objects that span lines or stand several on one. They may follow each
//! other. [`Look`] tells by the first bytes whether a source is one of them; [`Framer`] finds the
//! elements and writes each as a line:
//!
//! - A line break in an element goes, with the indentation behind it; one in a string, where JSON
//!   has none, becomes a space. All else of an element stays as it is.
//! - Commas, brackets and white space between elements go, and so does what an envelope holds
//!   besides its array.
//! - Any other text between elements is a line of its own, for the parser to reject and count.
//!   NUL bytes pass, for the reader of lines to count.
//!
//! The syntax is checked no further than damage needs: a bracket, or a string or value right
//! behind another, where none can stand says that the end of an element was lost. It ends there,
//! and reading goes on with what follows, inside or outside of an array.

mod element;
mod look;

use std::io::{self, Read};

use memchr::memchr2;

use element::Envelope;
pub(super) use look::{LOOK_BYTES, Look};

/// How a JSON source that is not one object a line is written: what its head looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// An array of objects.
    Array,
    /// Objects one after the other, over many lines or several on one.
    Objects,
    /// Objects that hold an array of objects under this key.
    Envelope(&'static str),
}

impl Framing {
    /// The name for the report: `array`, `objects`, or the key of an envelope.
    pub fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Objects => "objects",
            Self::Envelope(key) => key,
        }
    }
}

/// So much of a line is held back until it is known not to be the start of an envelope.
const HOLD: usize = 16 << 10;

/// Text is read in pieces of this size. It and what is made of it stay in the second-level cache.
const READ: usize = 64 << 10;

/// What the framer is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between elements.
    Between,
    /// In an element, or in the rest of an envelope.
    Element,
    /// In text between elements.
    Stray,
    /// Behind a `{` in such text: an element starts with it if a key follows. The `{` is not
    /// written yet.
    Brace {
        /// A line break was seen since.
        broken: bool,
    },
}

/// What stands before the next byte of an element, white space left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Open,
    Comma,
    Colon,
    String,
    Close,
    Scalar,
    /// A scalar and a line break.
    ScalarBreak,
}

/// Reads text and gives out lines. Memory: what it reads at once and what it holds back, however
/// long the elements are.
pub(super) struct Framer {
    state: State,
    before: Before,
    /// In a string of an element.
    string: bool,
    /// Behind a backslash in a string.
    escape: bool,
    /// Behind a line break in an element: white space goes.
    indent: bool,
    /// Open objects and arrays.
    depth: u32,
    /// One bit for each of the first [`element::KNOWN_DEPTH`], the innermost lowest: 1 is an object.
    objects: u64,
    /// This key of the element was read, and the bracket of its array.
    candidate: Option<&'static Envelope>,
    /// In the array of an envelope.
    envelope: bool,
    /// The element is the rest of an envelope: it is not given out.
    cover: bool,
    /// The last byte between elements was a `[`.
    bracket: bool,

    raw: Vec<u8>,
    /// Lines and the unfinished line, which starts at `line`.
    out: Vec<u8>,
    line: usize,
    /// Bytes of the unfinished line that were given out before.
    flushed: u64,
    /// So much of `out` was given out, and so much may be.
    given: usize,
    ready: usize,
    ended: bool,

    /// For a look: what was seen so far.
    found: Option<&'static Envelope>,
    damaged: bool,
}

impl Framer {
    pub(super) fn new() -> Self {
        Self {
            state: State::Between,
            before: Before::Open,
            string: false,
            escape: false,
            indent: false,
            depth: 0,
            objects: 0,
            candidate: None,
            envelope: false,
            cover: false,
            bracket: false,
            raw: Vec::new(),
            out: Vec::new(),
            line: 0,
            flushed: 0,
            given: 0,
            ready: 0,
            ended: false,
            found: None,
            damaged: false,
        }
    }

    /// Whether [`Framer::give`] has something to give without reading on.
    pub(super) fn holds(&self) -> bool {
        self.given < self.ready
    }

    /// Whether the text was read to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Reads once, and returns how many bytes that were; at 0 the text has ended.
    pub(super) fn read(&mut self, reader: &mut dyn Read) -> io::Result<usize> {
        let mut raw = std::mem::take(&mut self.raw);
        raw.resize(READ, 0);
        let got = reader.read(&mut raw);
        match got {
            Ok(0) => self.finish(),
            Ok(got) => self.frame(&raw[..got]),
            Err(_) => {}
        }
        self.raw = raw;
        got
    }

    /// Moves what is ready into `buf`, as much as fits. `None`: the text has ended and all of it
    /// was given out.
    pub(super) fn give(&mut self, buf: &mut [u8]) -> Option<usize> {
        let ready = &self.out[self.given..self.ready];
        let len = ready.len().min(buf.len());
        buf[..len].copy_from_slice(&ready[..len]);
        self.given += len;
        (len > 0 || !self.ended).then_some(len)
    }

    /// The text has ended: an unfinished line is given out as it is.
    pub(super) fn finish(&mut self) {
        self.discard_given();
        if self.cover {
            self.cut_cover();
        }
        if let State::Brace { .. } = self.state {
            self.out.push(b'{');
        }
        self.ready = self.out.len();
        self.ended = true;
    }

    /// Takes the next text.
    fn frame(&mut self, text: &[u8]) {
        self.discard_given();
        let mut at = 0;
        while at < text.len() {
            at = match self.state {
                State::Between => self.between(text, at),
                State::Element => self.element(text, at),
                State::Stray => self.stray(text, at),
                State::Brace { broken } => self.brace(text, at, broken),
            };
        }
        if self.cover {
            self.out.truncate(self.line + HOLD);
        }
        let hold = self.cover || self.line_len() <= HOLD as u64;
        self.ready = if hold { self.line } else { self.out.len() };
    }

    fn discard_given(&mut self) {
        self.flushed += self.given.saturating_sub(self.line) as u64;
        self.out.drain(..self.given);
        self.line = self.line.saturating_sub(self.given);
        (self.given, self.ready) = (0, self.ready - self.given);
    }

    /// Bytes of the unfinished line.
    fn line_len(&self) -> u64 {
        self.flushed + (self.out.len() - self.line) as u64
    }

    /// Whether all of the unfinished line is there still. It depends on the line alone, not on how
    /// the text is cut into reads.
    fn is_held(&self) -> bool {
        self.line_len() <= HOLD as u64
    }

    fn end_line(&mut self) {
        self.out.push(b'\n');
        self.start_line();
        self.state = State::Between;
    }

    fn start_line(&mut self) {
        self.line = self.out.len();
        self.flushed = 0;
    }

    fn start_element(&mut self) {
        self.state = State::Element;
        (self.before, self.depth, self.objects) = (Before::Open, 1, 1);
        (self.string, self.escape, self.indent) = (false, false, false);
        (self.candidate, self.cover) = (None, false);
        self.out.push(b'{');
    }

    fn between(&mut self, text: &[u8], mut at: usize) -> usize {
        while at < text.len() {
            let bracket = std::mem::take(&mut self.bracket);
            match text[at] {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
                b'[' => self.bracket = true,
                b']' if self.envelope => {
                    self.envelope = false;
                    self.start_cover();
                    return at + 1;
                }
                b']' => {}
                b'{' => {
                    self.start_element();
                    return at + 1;
                }
                0 => {
                    self.out.push(0);
                    self.start_line();
                }
                _ => {
                    if bracket {
                        self.out.push(b'[');
                    }
                    self.state = State::Stray;
                    return at;
                }
            }
            at += 1;
        }
        at
    }

    /// Behind the array of an envelope: its other keys are passed over to its end.
    fn start_cover(&mut self) {
        self.start_element();
        self.out.truncate(self.line);
        (self.before, self.cover) = (Before::Close, true);
    }

    /// Text to the end of its line, or to an element on it.
    fn stray(&mut self, text: &[u8], at: usize) -> usize {
        let Some(length) = memchr2(b'\n', b'{', &text[at..]) else {
            self.out.extend_from_slice(&text[at..]);
            return text.len();
        };
        self.out.extend_from_slice(&text[at..at + length]);
        if text[at + length] == b'\n' {
            self.end_line();
        } else {
            self.state = State::Brace { broken: false };
        }
        at + length + 1
    }

    fn brace(&mut self, text: &[u8], at: usize, broken: bool) -> usize {
        match text[at] {
            b' ' | b'\t' | b'\r' => at + 1,
            b'\n' => {
                self.state = State::Brace { broken: true };
                at + 1
            }
            b'"' => {
                self.end_line();
                self.start_element();
                at
            }
            _ => {
                self.out.push(b'{');
                self.state = State::Stray;
                if broken {
                    self.end_line();
                }
                at
            }
        }
    }
}

#[cfg(test)]
mod tests;
