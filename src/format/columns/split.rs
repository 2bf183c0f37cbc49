//! A line's values, one after the other.

use crate::format::near::near;
use bumpalo::Bump;
use memchr::{Memchr, memchr, memchr_iter};

/// What stands between the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// This byte, each time. Nothing hides it.
    Byte(u8),
    /// Any number of spaces; a value may stand in quotes.
    Spaces,
    /// The first of tab and space in a line says which of the two is used in it.
    TabOrSpaces,
    /// This byte, except in quotes, which are doubled inside (RFC 4180).
    Quoted(u8),
}

/// The values of a line.
pub(super) trait Values<'a>: Iterator<Item = &'a [u8]> {
    /// How many values are left; `None` when a quote is not closed.
    fn left(self) -> Option<usize>;
}

/// Values with one byte between each two.
pub(super) struct Exact<'a> {
    /// What is left of the line; `None` behind its last value.
    rest: Option<&'a [u8]>,
    byte: u8,
}

impl<'a> Exact<'a> {
    #[inline]
    pub(super) fn new(line: &'a [u8], byte: u8) -> Self {
        Self { rest: Some(line), byte }
    }
}

impl<'a> Iterator for Exact<'a> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = near(self.byte, rest);
        self.rest = end.map(|end| &rest[end + 1..]);
        Some(end.map_or(rest, |end| &rest[..end]))
    }
}

impl<'a> Values<'a> for Exact<'a> {
    #[inline]
    fn left(self) -> Option<usize> {
        Some(self.rest.map_or(0, |rest| memchr_iter(self.byte, rest).count() + 1))
    }
}

/// Values with spaces between them, perhaps in quotes.
pub(super) struct Spaced<'a> {
    line: &'a [u8],
    /// The spaces behind `base`.
    ends: Memchr<'a>,
    base: usize,
    start: usize,
    done: bool,
    broken: bool,
}

impl<'a> Spaced<'a> {
    #[inline]
    pub(super) fn new(line: &'a [u8]) -> Self {
        let ends = memchr_iter(b' ', line);
        Self { line, ends, base: 0, start: 0, done: false, broken: false }
    }

    /// The value whose quote stands before `start`.
    fn quoted(&mut self, start: usize) -> &'a [u8] {
        let quoted = &self.line[start..];
        // A quote that nothing follows but a space or the end closes.
        let mut quotes = memchr_iter(b'"', quoted);
        match quotes.find(|at| matches!(quoted.get(at + 1), None | Some(b' '))) {
            Some(end) => {
                let behind = start + end + 1;
                (self.base, self.start, self.done) = (behind, behind, false);
                self.ends = memchr_iter(b' ', &self.line[behind..]);
                &quoted[..end]
            }
            None => {
                (self.broken, self.done) = (true, true);
                quoted
            }
        }
    }
}

impl<'a> Iterator for Spaced<'a> {
    type Item = &'a [u8];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.done {
            let start = self.start;
            let end = match self.ends.next() {
                Some(end) => {
                    self.start = self.base + end + 1;
                    self.base + end
                }
                None => {
                    self.done = true;
                    self.line.len()
                }
            };
            match &self.line[start..end] {
                [] => {}
                [b'"', ..] => return Some(self.quoted(start + 1)),
                value => return Some(value),
            }
        }
        None
    }
}

impl<'a> Values<'a> for Spaced<'a> {
    #[inline]
    fn left(mut self) -> Option<usize> {
        let left = self.by_ref().count();
        (!self.broken).then_some(left)
    }
}

/// Values of RFC 4180. What stands in quotes is copied only when it holds a quote.
pub(super) struct Csv<'a> {
    rest: Option<&'a [u8]>,
    byte: u8,
    broken: bool,
    arena: &'a Bump,
}

impl<'a> Csv<'a> {
    #[inline]
    pub(super) fn new(line: &'a [u8], byte: u8, arena: &'a Bump) -> Self {
        Self { rest: Some(line), byte, broken: false, arena }
    }

    /// A value that began with a quote, which is not in `rest` any more.
    fn quoted(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let (mut from, mut doubled) = (0, false);
        while let Some(at) = memchr(b'"', &rest[from..]) {
            let end = from + at;
            match rest.get(end + 1) {
                Some(b'"') => (from, doubled) = (end + 2, true),
                next if next.is_none_or(|next| *next == self.byte) => {
                    self.rest = next.map(|_| &rest[end + 2..]);
                    let value = &rest[..end];
                    return if doubled { self.undouble(value) } else { value };
                }
                Some(_) | None => break,
            }
        }
        // Not closed: the value goes on in the next line, which cannot be put together here.
        (self.broken, self.rest) = (true, None);
        rest
    }

    #[cold]
    fn undouble(&self, value: &[u8]) -> &'a [u8] {
        let mut text = bumpalo::collections::Vec::with_capacity_in(value.len(), self.arena);
        let mut bytes = value.iter();
        while let Some(byte) = bytes.next() {
            text.push(*byte);
            if *byte == b'"' {
                bytes.next();
            }
        }
        text.into_bump_slice()
    }
}

impl<'a> Iterator for Csv<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        if let [b'"', rest @ ..] = rest {
            return Some(self.quoted(rest));
        }
        match memchr(self.byte, rest) {
            Some(end) => {
                self.rest = Some(&rest[end + 1..]);
                Some(&rest[..end])
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
}

impl<'a> Values<'a> for Csv<'a> {
    #[inline]
    fn left(mut self) -> Option<usize> {
        let left = self.by_ref().count();
        (!self.broken).then_some(left)
    }
}

impl Separator {
    /// Whether this line has tabs between its values, for [`Separator::TabOrSpaces`].
    #[inline]
    pub(super) fn has_tabs(line: &[u8]) -> bool {
        match line {
            [b'"', rest @ ..] => {
                memchr(b'"', rest).is_some_and(|end| rest.get(end + 1) == Some(&b'\t'))
            }
            _ => memchr::memchr2(b'\t', b' ', line).is_some_and(|at| line[at] == b'\t'),
        }
    }

    /// All values of a line, for people and for samples; `None` when a quote is not closed.
    pub(super) fn values<'a>(self, line: &'a [u8], arena: &'a Bump) -> Option<Vec<&'a [u8]>> {
        fn all<'a>(mut values: impl Values<'a>) -> Option<Vec<&'a [u8]>> {
            let found = values.by_ref().collect();
            values.left().map(|_| found)
        }
        match self {
            Self::Byte(byte) => all(Exact::new(line, byte)),
            Self::TabOrSpaces if Self::has_tabs(line) => all(Exact::new(line, b'\t')),
            Self::Spaces | Self::TabOrSpaces => all(Spaced::new(line)),
            Self::Quoted(byte) => all(Csv::new(line, byte, arena)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_lines() {
        let arena = Bump::new();
        for (separator, line, values) in [
            (Separator::Byte(b'\t'), "a\t\tb c\t", Some(&["a", "", "b c", ""][..])),
            (Separator::Byte(b'\t'), "", Some(&[""])),
            (Separator::Spaces, "a   b \"c d\" \"\" e ", Some(&["a", "b", "c d", "", "e"])),
            (Separator::Spaces, "a \"M x\"y z\" b", Some(&["a", "M x\"y z", "b"])),
            (Separator::Spaces, "a \"b c", None),
            (Separator::Spaces, "a b\"c d", Some(&["a", "b\"c", "d"])),
            (Separator::TabOrSpaces, "a\tb c\td", Some(&["a", "b c", "d"])),
            (Separator::TabOrSpaces, "a b\tc", Some(&["a", "b\tc"])),
            (Separator::TabOrSpaces, "\"a b\" \"c\td\"", Some(&["a b", "c\td"])),
            (Separator::Quoted(b','), "a,\"b,c\",\"d\"\"e\",", Some(&["a", "b,c", "d\"e", ""])),
            (Separator::Quoted(b','), "a,\"\",b\"c", Some(&["a", "", "b\"c"])),
            (Separator::Quoted(b','), "a,\"b", None),
            (Separator::Quoted(b','), "a,\"b\"c,d", None),
        ] {
            let found = separator.values(line.as_bytes(), &arena);
            let expected: Option<Vec<&[u8]>> =
                values.map(|values| values.iter().map(|value| value.as_bytes()).collect());
            assert_eq!(found, expected, "{line}");
        }
        assert_eq!(Exact::new(b"a\tb\tc", b'\t').left(), Some(3));
    }
}
