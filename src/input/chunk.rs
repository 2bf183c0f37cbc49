//! The recycled buffer that lines travel in.

use memchr::{memchr, memrchr};

/// A piece of one source: whole lines, in a buffer that its worker uses again and again.
///
/// [`super::Input::next`] fills it. The bytes are what stands between two line starts of the
/// source, with three things left out: a UTF-8 BOM at its start, NUL bytes at the start of a line,
/// and the rest of a line that is too long (see [`Chunk::bytes`]). Of a source with a
/// [framing](super::Source::framing) a line is an element.
#[derive(Default)]
pub struct Chunk {
    buf: Vec<u8>,
    base: usize,
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) source: usize,
    pub(super) index: u64,
    pub(super) number: Option<u64>,
    /// The last line was cut.
    pub(super) cut: bool,
    /// The stream that this worker read last: it goes on there if it can.
    pub(super) slot: Option<usize>,
}

impl Chunk {
    /// Position in [`super::Input::sources`] of the source that the lines come from.
    pub fn source(&self) -> usize {
        self.source
    }

    /// Order within the source: the chunks of one source, sorted by index, are the source in
    /// order. They are handed out in that order, from 0 and without gaps: whoever has chunk `n` can
    /// count on others having, or having had, all before it.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Its number among the ranges of all plain files, by which it can be
    /// [read again](super::Input::again); `None` for what was read of a stream.
    pub fn number(&self) -> Option<u64> {
        self.number
    }

    /// Whole lines with their `\n`. The last one lacks it at the end of a source that does not
    /// end in a newline, and when it was cut. Empty where no line starts in a range of a file.
    ///
    /// A last line that was cut was longer than `max_line_bytes`, and only its first
    /// `max_line_bytes + 1` bytes are here. It is one line: the rest of it is in no chunk. A line
    /// that was not cut may be too long as well, when all of it fitted the buffer. A consumer that
    /// takes `line.len() > max_line_bytes` (newline not counted) for too long finds both kinds.
    pub fn bytes(&self) -> &[u8] {
        &self.buf[self.begin..self.end]
    }

    /// Bytes of memory that the chunk holds.
    pub fn capacity(&self) -> usize {
        self.buf.capacity()
    }

    /// Empties the chunk and makes sure of `front` bytes before [`Chunk::base`] and `room` after.
    ///
    /// The base is page-aligned: the kernel copies whole pages of a file there, and a buffer that
    /// is off by 16 bytes made that copy 8-10 % slower.
    pub(super) fn prepare(&mut self, front: usize, room: usize) {
        let front = front.next_multiple_of(PAGE);
        let need = PAGE + front + room;
        if self.buf.len() < need {
            self.buf = vec![0; need];
        }
        // `align_offset` may decline with `usize::MAX`; then the buffer is only slower.
        let pad = self.buf.as_ptr().align_offset(PAGE);
        self.base = front + if pad < PAGE { pad } else { 0 };
        (self.begin, self.end, self.cut) = (self.base, self.base, false);
    }

    /// Takes the lines out.
    pub(super) fn clear(&mut self) {
        (self.begin, self.end, self.cut) = (self.base, self.base, false);
    }

    /// Where reading into the buffer starts; what was left over from before goes in front of it.
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// The whole buffer, to be read into.
    pub(super) fn buf(&mut self) -> &mut [u8] {
        &mut self.buf
    }

    /// Makes the chunk a copy of `text`.
    pub(super) fn load(&mut self, text: &[u8], cut: bool) {
        self.prepare(0, text.len());
        self.end = self.begin + text.len();
        self.buf[self.begin..self.end].copy_from_slice(text);
        self.cut = cut;
    }
}

pub(super) const PAGE: usize = 4096;

/// Takes the NUL bytes out that stand at the start of a line, and returns how many bytes are left.
/// `text` starts at the start of a line.
///
/// A file that was truncated under a writer that does not append, or that lost its last blocks in
/// a crash, has such a run before the next real line. A healthy log has none, and that is all that
/// this finds out then.
pub(super) fn drop_leading_nuls(text: &mut [u8]) -> usize {
    let len = text.len();
    let Some(first) = first_nul(text) else { return len };
    let mut from = memrchr(b'\n', &text[..first]).map_or(0, |newline| newline + 1);
    let mut to = from;
    while from < len {
        from += leading_nuls(&text[from..]);
        let end = memchr(b'\n', &text[from..]).map_or(len, |newline| from + newline + 1);
        text.copy_within(from..end, to);
        to += end - from;
        from = end;
    }
    to
}

/// Position of the first NUL byte. The smallest byte of each page is looked for first: that loop is
/// compiled to plain SIMD. Reading 481 MB and counting newlines took 37 ms without this check,
/// 43 ms with it and 62 ms with `memchr` in its place.
fn first_nul(text: &[u8]) -> Option<usize> {
    let smallest = |page: &[u8]| page.iter().fold(u8::MAX, |least, &byte| least.min(byte));
    let page = text.chunks(PAGE).position(|page| smallest(page) == 0)? * PAGE;
    memchr(0, &text[page..]).map(|at| page + at)
}

/// How many NUL bytes `text` starts with. Whole pages of them are passed over by `memcmp`.
pub(super) fn leading_nuls(text: &[u8]) -> usize {
    let pages = text.chunks_exact(PAGE).take_while(|page| **page == [0; PAGE]).count();
    let rest = &text[pages * PAGE..];
    pages * PAGE + rest.iter().position(|&byte| byte != 0).unwrap_or(rest.len())
}

/// Where the last, unfinished line of `text` starts; its length when there is none.
pub(super) fn unfinished(text: &[u8]) -> usize {
    memrchr(b'\n', text).map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nuls_at_the_start_of_a_line_go_and_others_stay() {
        let cases: [(&[u8], &[u8]); 9] = [
            (b"", b""),
            (b"a\nb\n", b"a\nb\n"),
            (b"\0\0a\n", b"a\n"),
            (b"a\0b\n", b"a\0b\n"),
            (b"a\0b\n\0c\0\n", b"a\0b\nc\0\n"),
            (b"\0\n\0\n", b"\n\n"),
            (b"a\n\0\0", b"a\n"),
            (b"\0\0", b""),
            (b"a\n\0b\nc\n\0\0d", b"a\nb\nc\nd"),
        ];
        for (text, want) in cases {
            let mut text = text.to_vec();
            let kept = drop_leading_nuls(&mut text);
            assert_eq!(text[..kept].escape_ascii().to_string(), want.escape_ascii().to_string());
        }
    }

    #[test]
    fn the_base_is_on_a_page_and_the_buffer_is_kept() {
        let mut chunk = Chunk::default();
        chunk.prepare(1, 10_000);
        let at = chunk.base();
        assert!(at >= PAGE);
        assert_eq!(chunk.buf()[at..].as_ptr().addr() % PAGE, 0);
        let held = chunk.capacity();
        chunk.prepare(4096, 5_000);
        assert_eq!(chunk.capacity(), held);
    }
}
