//! A few lines of a source, for telling its format before it is read.

use std::io;
use std::time::Duration;

use super::Options;
use super::chunk::Chunk;
use super::file::PlainFile;
use super::stream::Stream;

/// Lines of a source: its first ones and, of a plain file, some from its middle and end.
///
/// All are whole lines, without byte-order mark, leading NULs and lines that are too long. The
/// same source gives the same sample, however it is cut into reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// At most 200 lines from the start, at most 1 MiB.
    pub head: Vec<u8>,
    /// At most 50 lines behind the middle of a plain file; empty when the head reaches that far.
    pub middle: Vec<u8>,
    /// The last lines of a plain file, at most 50; a line that has no newline yet is left out.
    pub end: Vec<u8>,
    /// Lines that were left out of the head because they are too long.
    pub too_long: u64,
    /// Bytes of text that were looked at for the head, with all that was left out. At 0 the source
    /// has nothing in it.
    pub looked_at: u64,
}

const HEAD_LINES: usize = 200;
const HEAD_BYTES: usize = 1 << 20;
/// So much text is looked at for a head: it may be one long line or all NULs, or be wanted from
/// behind many lines.
pub(super) const LOOK_BYTES: u64 = 4 << 20;
const PART_LINES: usize = 50;
/// A plain file is sampled in pieces of this size.
const PIECE: u64 = 64 << 10;

/// The head of a sample while it grows.
struct Head {
    text: Vec<u8>,
    lines: usize,
    /// Lines still to be passed over before the first one is taken.
    behind: usize,
    too_long: u64,
    max_line_bytes: usize,
}

impl Head {
    fn new(behind: usize, options: Options) -> Self {
        let max_line_bytes = options.max_line_bytes;
        Self { text: Vec::new(), lines: 0, behind, too_long: 0, max_line_bytes }
    }

    /// Adds lines; false when there is no more room.
    fn add(&mut self, text: &[u8]) -> bool {
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            if is_too_long(line, self.max_line_bytes) {
                self.too_long += 1;
            } else if self.behind > 0 {
                self.behind -= 1;
            } else if self.lines == HEAD_LINES || self.text.len() + line.len() > HEAD_BYTES {
                return false;
            } else {
                self.text.extend_from_slice(line);
                self.lines += 1;
            }
        }
        self.lines < HEAD_LINES
    }

    fn sample(self, looked_at: u64) -> Sample {
        Sample { head: self.text, too_long: self.too_long, looked_at, ..Sample::default() }
    }
}

fn is_too_long(line: &[u8], max_line_bytes: usize) -> bool {
    line.strip_suffix(b"\n").unwrap_or(line).len() > max_line_bytes
}

/// The lines of a text, without those that are too long.
fn lines(text: &[u8], max_line_bytes: usize) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
        .filter(move |line| !is_too_long(line, max_line_bytes))
}

/// Samples a plain file from behind its first lines; only from its very start the sample has lines
/// of the middle and the end too.
pub(super) fn of_file(file: &PlainFile, behind: usize, options: Options) -> io::Result<Sample> {
    let mut chunk = Chunk::default();
    let mut head = Head::new(behind, options);
    let mut at = file.start;
    let mut room = true;
    while room && at < file.end {
        let to = file.end.min(at + PIECE);
        file.read(at, to, &mut chunk, options)?;
        room = head.add(chunk.bytes());
        at = to;
        room &= at - file.start < LOOK_BYTES;
    }
    let mut sample = head.sample(at - file.start);
    if behind > 0 {
        return Ok(sample);
    }

    let middle = at.max(file.start.midpoint(file.end));
    let end = file.end.saturating_sub(PIECE).max(middle.saturating_add(PIECE));
    if middle < file.end {
        file.read(middle, file.end.min(middle + PIECE), &mut chunk, options)?;
        let first = lines(chunk.bytes(), options.max_line_bytes).take(PART_LINES);
        sample.middle = first.collect::<Vec<_>>().concat();
    }
    if end < file.end {
        file.read(end, file.end, &mut chunk, options)?;
        let mut last: Vec<_> = lines(chunk.bytes(), options.max_line_bytes).collect();
        last.pop_if(|line| !line.ends_with(b"\n"));
        sample.end = last[last.len().saturating_sub(PART_LINES)..].concat();
    }
    Ok(sample)
}

/// Samples a live stream, or a second reader of a compressed file.
///
/// What is taken from a live stream is kept for its replay. It waits for 200 lines behind the
/// first ones, or the end; with `patience`, a line is enough when no more come within that time.
pub(super) fn of_stream(
    stream: &mut Stream,
    live: bool,
    behind: usize,
    patience: Option<Duration>,
    options: Options,
) -> Sample {
    let mut chunk = Chunk::default();
    let mut head = Head::new(behind, options);
    stream.limit = LOOK_BYTES;
    // A second sample starts with what the first one took.
    let mut room = stream.replay.iter().all(|sampled| head.add(&sampled.text));
    while room {
        if head.lines > 0 && patience.is_some_and(|patience| !stream.readable(patience)) {
            break;
        }
        let filled = if live { stream.sample(&mut chunk) } else { stream.next(&mut chunk) };
        room = filled && head.add(chunk.bytes());
    }
    stream.limit = u64::MAX;
    head.sample(stream.text)
}
