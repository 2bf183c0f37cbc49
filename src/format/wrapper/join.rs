//! Lines that a container runtime cut into pieces, put together again.
//!
//! Docker and CRI cut what a program writes at 16 KiB. The pieces of one stream follow each other,
//! but lines of the other stream may stand in between.
//!
//! Some write whole lines and mark them as pieces all the same. So two pieces that are each a whole
//! record are not joined. The rule looks at two neighbours only, and that is what makes
//! [`Joiner::after`] possible: what is open behind a chunk is known from its last lines.

use super::{Inner, Wrapper};
use bumpalo::Bump;
use std::cell::Cell;

/// Puts pieces together, per stream, in the order of the lines of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joiner {
    limit: usize,
    open: Vec<Open>,
}

/// A line that waits for its rest.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    stream: u8,
    text: Vec<u8>,
    time: Option<i64>,
    pieces: u64,
    cut: bool,
    /// The last piece is a whole record.
    whole: bool,
}

/// A line that is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its text. Borrowed as it was pushed if it was in one piece, else put together in the arena.
    pub text: &'a [u8],
    /// The wrapper's time of the first piece, see [`Inner::time`].
    pub time: Option<i64>,
    /// Number of lines of the source that it is made of. Those that are still open are in none:
    /// over a whole source with [`Joiner::finish`], the sum is the number of lines pushed.
    pub pieces: u64,
    /// The joined line was longer than the limit and ends there.
    pub cut: bool,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined<'a> {
    /// It is complete, or completes what was open.
    Whole(Line<'a>),
    /// It is held until its rest comes.
    Opened,
    /// The line that was held had no rest; the new one is held now.
    Replaced(Line<'a>),
    /// The line that was held had no rest; the new one is complete as well.
    Both(Line<'a>, Line<'a>),
}

impl<'a> Joined<'a> {
    /// The lines that are complete now, in the order of the source.
    pub fn lines(self) -> impl Iterator<Item = Line<'a>> {
        let (first, second) = match self {
            Self::Whole(line) | Self::Replaced(line) => (Some(line), None),
            Self::Opened => (None, None),
            Self::Both(first, second) => (Some(first), Some(second)),
        };
        first.into_iter().chain(second)
    }
}

impl Open {
    fn new(inner: &Inner<'_>, limit: usize, whole: bool) -> Self {
        let mut open = Self {
            stream: inner.stream,
            text: Vec::new(),
            time: inner.time,
            pieces: 0,
            cut: false,
            whole,
        };
        open.add(inner.line, limit);
        open
    }

    fn add(&mut self, piece: &[u8], limit: usize) {
        let room = limit - self.text.len();
        self.text.extend_from_slice(&piece[..piece.len().min(room)]);
        self.cut |= piece.len() > room;
        self.pieces += 1;
    }

    fn line<'a>(&self, arena: &'a Bump) -> Line<'a> {
        let text = arena.alloc_slice_copy(&self.text);
        Line { text, time: self.time, pieces: self.pieces, cut: self.cut }
    }
}

impl Joiner {
    /// A joiner whose joined lines end after `limit` bytes. It holds as much for each stream.
    pub fn new(limit: usize) -> Self {
        Self { limit, open: Vec::new() }
    }

    /// Whether no line is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes the next line of the source. `is_whole` tells whether a text is a whole record; it is
    /// asked of pieces only, and of what follows a piece that is one. For the same text it must
    /// always say the same.
    #[inline]
    pub fn push<'a>(
        &mut self,
        inner: &Inner<'a>,
        is_whole: &dyn Fn(&[u8]) -> bool,
        arena: &'a Bump,
    ) -> Joined<'a> {
        if !inner.partial && self.open.is_empty() {
            return Joined::Whole(Line::single(inner));
        }
        self.join(inner, is_whole, arena)
    }

    #[cold]
    fn join<'a>(
        &mut self,
        inner: &Inner<'a>,
        is_whole: &dyn Fn(&[u8]) -> bool,
        arena: &'a Bump,
    ) -> Joined<'a> {
        let at = self.open.iter().position(|open| open.stream == inner.stream);
        let whole = inner.partial && is_whole(inner.line);
        let mut before = at.map(|at| self.open.swap_remove(at));
        // A line that is no piece is asked only when it matters.
        let ends_there = before.as_ref().is_some_and(|before| {
            before.whole && (whole || !inner.partial && is_whole(inner.line))
        });
        let earlier = if ends_there { before.take() } else { None };
        let earlier = earlier.map(|open| open.line(arena));
        let now = match (before, inner.partial) {
            (None, false) => Some(Line::single(inner)),
            (None, true) => {
                self.hold(Open::new(inner, self.limit, whole));
                None
            }
            (Some(mut open), partial) => {
                open.add(inner.line, self.limit);
                open.whole = whole;
                let line = (!partial).then(|| open.line(arena));
                if partial {
                    self.hold(open);
                }
                line
            }
        };
        match (earlier, now) {
            (None, Some(line)) => Joined::Whole(line),
            (None, None) => Joined::Opened,
            (Some(earlier), None) => Joined::Replaced(earlier),
            (Some(earlier), Some(line)) => Joined::Both(earlier, line),
        }
    }

    /// Holds a line. They are kept in the order of their streams, so that equal states are equal.
    fn hold(&mut self, open: Open) {
        let at = self.open.partition_point(|other| other.stream < open.stream);
        self.open.insert(at, open);
    }

    /// Ends the source: lines that still wait for their rest, in the order of their streams.
    pub fn finish<'a>(&mut self, arena: &'a Bump) -> impl Iterator<Item = Line<'a>> {
        std::mem::take(&mut self.open).into_iter().map(|open| open.line(arena))
    }

    /// The joiner as it is after a chunk of whole lines, of which every one that is not longer than
    /// the limit was unwrapped and pushed; without reading more of the chunk than is needed, which
    /// is mostly its last line. `wrappers` are those around each piece, the outermost first; the
    /// last one [splits](Wrapper::splits). `is_whole` is that of [`Joiner::push`].
    ///
    /// Several threads read the chunks of one source at once, and each needs the state before its
    /// own.
    #[must_use]
    pub fn after(
        &self,
        wrappers: &[Wrapper],
        chunk: &[u8],
        is_whole: &dyn Fn(&[u8]) -> bool,
    ) -> Self {
        let streams = wrappers.last().map_or(&[][..], Wrapper::streams);
        // What JSON around the piece escapes cannot be searched for. Nobody escapes letters.
        let is_plain = wrappers.len() == 1 || {
            let has = |escape: &[u8]| memchr::memmem::find(chunk, escape).is_some();
            !has(br"\u00") && !has(br"\x")
        };
        let mut after = Self::new(self.limit);
        for (stream, mark) in (0..).zip(streams) {
            let (arena, minute) = (Bump::new(), Cell::default());
            let mark = if is_plain { mark } else { &b""[..] };
            let lines = Backwards { chunk, mark }
                .filter(|line| line.len() <= self.limit)
                .filter_map(|line| Wrapper::unwrap_all(wrappers, line, &arena, &minute))
                .filter(|inner| inner.stream == stream);
            let mut pieces: Vec<Inner<'_>> = Vec::new();
            let mut begun = false;
            for inner in lines {
                let ends_there = !inner.partial
                    || pieces
                        .last()
                        .is_some_and(|next| is_whole(inner.line) && is_whole(next.line));
                if ends_there {
                    begun = true;
                    break;
                }
                pieces.push(inner);
            }
            let mut joiner = Self::new(self.limit);
            if !begun {
                joiner.open.extend(self.open.iter().find(|open| open.stream == stream).cloned());
            }
            for piece in pieces.iter().rev() {
                joiner.push(piece, is_whole, &arena);
            }
            after.open.append(&mut joiner.open);
        }
        after
    }
}

impl<'a> Line<'a> {
    fn single(inner: &Inner<'a>) -> Self {
        Self { text: inner.line, time: inner.time, pieces: 1, cut: false }
    }
}

/// The lines of a chunk that hold a mark, the last one first, without their line breaks.
struct Backwards<'c> {
    /// Whole lines that were not looked at yet.
    chunk: &'c [u8],
    mark: &'static [u8],
}

/// Bytes at the end of a chunk that are searched first. The search goes forward, which is several
/// times faster than backward, in windows that double.
const WINDOW: usize = 4 << 10;

impl<'c> Iterator for Backwards<'c> {
    type Item = &'c [u8];

    fn next(&mut self) -> Option<&'c [u8]> {
        let mut size = WINDOW;
        while !self.chunk.is_empty() {
            let least = self.chunk.len().saturating_sub(size);
            let start = start_of_line(self.chunk, least);
            let window = &self.chunk[start..];
            let found = match self.mark {
                b"" => Some(window.len() - 1),
                mark => memchr::memmem::find_iter(window, mark).last(),
            };
            if let Some(at) = found {
                let line = start_of_line(self.chunk, start + at);
                let (rest, line) = self.chunk.split_at(line);
                self.chunk = rest;
                let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
                return Some(&line[..end]);
            }
            self.chunk = &self.chunk[..start];
            size *= 2;
        }
        None
    }
}

/// Where the line starts in which `at` is.
fn start_of_line(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests;
