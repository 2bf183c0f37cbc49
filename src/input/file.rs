//! Plain files: any worker reads any range of them, with no lock.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use memchr::memchr;

use super::Options;
use super::chunk::{Chunk, PAGE, drop_leading_nuls, leading_nuls, unfinished};

/// An open plain file and the part of it that is read.
#[derive(Clone)]
pub(super) struct PlainFile {
    pub(super) source: usize,
    pub(super) file: Arc<File>,
    /// Where the text starts: behind a byte-order mark, or where stdin stood.
    pub(super) start: u64,
    /// The length at opening. What is appended later is not read, except the end of a line that
    /// starts before.
    pub(super) end: u64,
}

/// What reading a range came to.
pub(super) struct Range {
    /// Bytes of the file between the two ends of the range.
    pub(super) bytes: u64,
    /// NUL bytes dropped from the starts of lines.
    pub(super) nuls: u64,
    /// The file ended before the range did.
    pub(super) short: bool,
}

impl PlainFile {
    /// Reads the lines whose first byte lies in `from..to` into `chunk`; there may be none.
    ///
    /// The byte before the range says whether a line starts with it. The last line is finished
    /// beyond the range in small steps. So every line is in exactly one range, wherever they are
    /// cut.
    pub(super) fn read(
        &self,
        from: u64,
        to: u64,
        chunk: &mut Chunk,
        options: Options,
    ) -> io::Result<Range> {
        let len = usize::try_from(to - from).expect("a range is no longer than a chunk");
        chunk.prepare(1, len.max(PAGE) + options.max_line_bytes + PAGE);
        let base = chunk.base();
        let behind = usize::from(from > self.start);
        let buf = &mut chunk.buf()[base - behind..base + len];
        let got = read_full(&self.file, buf, from - behind as u64)?;
        let short = got < behind + len;
        let mut range = Range { bytes: got.saturating_sub(behind) as u64, nuls: 0, short };

        let mut begin = base;
        let end = base - behind + got;
        if behind == 1 {
            match memchr(b'\n', &chunk.buf()[base - 1..end]) {
                Some(newline) => begin = base + newline,
                None => begin = end,
            }
        }
        // No line starts here: the range lies within one, or ends with its newline.
        if begin >= end {
            (chunk.begin, chunk.end) = (base, base);
            return Ok(range);
        }
        let whole = chunk.buf()[end - 1] == b'\n';
        let kept = drop_leading_nuls(&mut chunk.buf()[begin..end]);
        range.nuls = (end - begin - kept) as u64;
        (chunk.begin, chunk.end) = (begin, begin + kept);
        if !whole {
            self.finish_line(to, short, chunk, options, &mut range)?;
        }
        Ok(range)
    }

    /// Reads on from `at` until the last line of the chunk ends or is too long.
    fn finish_line(
        &self,
        mut at: u64,
        mut ended: bool,
        chunk: &mut Chunk,
        options: Options,
        range: &mut Range,
    ) -> io::Result<()> {
        let line = chunk.begin + unfinished(chunk.bytes());
        let mut end = chunk.end;
        let mut step = PAGE;
        loop {
            if end - line > options.max_line_bytes {
                end = line + options.max_line_bytes + 1;
                chunk.cut = true;
                break;
            }
            if ended {
                break;
            }
            let buf = chunk.buf();
            let room = buf.len().min(end + step);
            let got = read_full(&self.file, &mut buf[end..room], at)?;
            at += got as u64;
            ended = end + got < room;
            let mut block = end..end + got;
            if end == line {
                // Perhaps gigabytes of NULs: they are passed over in large steps.
                let nuls = leading_nuls(&buf[block.clone()]);
                range.nuls += nuls as u64;
                step = if nuls == got { buf.len() - end } else { PAGE };
                buf.copy_within(block.start + nuls..block.end, end);
                block.end -= nuls;
            }
            match memchr(b'\n', &buf[block.clone()]) {
                Some(newline) => {
                    end += newline + 1;
                    break;
                }
                None => end = block.end,
            }
        }
        chunk.end = end;
        Ok(())
    }
}

/// Reads until the buffer is full or the file ends.
pub(super) fn read_full(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < buf.len() {
        match file.read_at(&mut buf[got..], at + got as u64) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
