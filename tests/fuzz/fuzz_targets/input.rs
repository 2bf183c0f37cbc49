//! Any bytes at any sizes of chunk, read and line give the same lines: those of a plain split, and
//! for compressed bytes, whole or broken, and for JSON that is not one object a line, the same as at
//! other sizes.
//!
//! Three bytes choose the sizes, the fourth whether the rest is compressed first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use statlog::input::{Chunk, Compression, Framing, Input, Options};
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write as _};
use std::sync::atomic::Ordering::Relaxed;

/// Compressed bytes can stand for very many: reading stops here.
const ENOUGH: usize = 4 << 20;

/// A reader that gives a few bytes at a time.
struct Dribble(Cursor<Vec<u8>>, usize);

impl Read for Dribble {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let room = buf.len().min(self.1);
        self.0.read(&mut buf[..room])
    }
}

/// What came of an input.
struct Outcome {
    /// Each line up to one byte beyond the limit.
    lines: Vec<Vec<u8>>,
    compression: Option<Compression>,
    framing: Option<Framing>,
    error: Option<String>,
    /// There was more.
    stopped: bool,
}

fn outcome(bytes: &[u8], step: usize, options: Options) -> Outcome {
    let reader = Box::new(Dribble(Cursor::new(bytes.to_vec()), step));
    let input = Input::from_readers(vec![("-".into(), reader)], options);
    let most = options.max_line_bytes + 1;
    let (mut chunks, mut size) = (BTreeMap::new(), 0);
    // Two workers take turns.
    let mut workers = [Chunk::default(), Chunk::default()];
    for turn in 0.. {
        let chunk = &mut workers[turn % 2];
        if !input.next(turn % 2, chunk) {
            break;
        }
        let text = chunk.bytes();
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line));
        let lines = lines.map(|line| line[..line.len().min(most)].to_vec()).collect::<Vec<_>>();
        size += text.len();
        assert!(chunks.insert(chunk.index(), lines).is_none(), "a chunk came twice");
        if size > ENOUGH {
            input.stop().store(true, Relaxed);
        }
    }
    let source = &input.sources()[0];
    Outcome {
        lines: chunks.into_values().flatten().collect(),
        compression: source.compression(),
        framing: source.framing(),
        error: source.error().map(str::to_owned),
        stopped: size > ENOUGH,
    }
}

/// A plain split: without a byte-order mark and the NULs at line starts.
fn plain(text: &[u8], most: usize) -> Vec<Vec<u8>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.split(|byte| *byte == b'\n');
    let mut lines: Vec<Vec<u8>> = lines
        .map(|line| {
            let start = line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
            line[start..line.len().min(start + most)].to_vec()
        })
        .collect();
    lines.pop_if(|last| last.is_empty());
    lines
}

fuzz_target!(|data: &[u8]| {
    let Some(([chunk, step, line, pack], rest)) = data.split_first_chunk() else { return };
    // Small sizes one by one, then ever larger ones.
    let size = |byte: u8| 1 + usize::from(byte & 63) * [1, 7, 97, 1009][usize::from(byte >> 6)];
    let sizes = Options { chunk_bytes: size(*chunk), max_line_bytes: size(*line) };
    let large = Options { chunk_bytes: 16 << 10, ..sizes };
    let most = sizes.max_line_bytes + 1;

    let found = outcome(rest, size(*step), sizes);
    if found.compression == Some(Compression::None) {
        assert_eq!(found.error, None);
        if found.framing.is_none() {
            assert_eq!(found.lines, plain(rest, most));
        }
    }
    let other = outcome(rest, usize::MAX, large);
    assert_eq!((found.compression, &found.error), (other.compression, &other.error));
    assert_eq!(found.framing, other.framing);
    // How far a reader comes in what is broken depends on the sizes, and so it does when it is
    // stopped: what both have is the same, but for the end of the last line.
    let whole = found.error.is_none() && !found.stopped && !other.stopped;
    let both = found.lines.len().min(other.lines.len());
    let count = if whole { both } else { both.saturating_sub(1) };
    assert!(!whole || found.lines.len() == other.lines.len());
    assert_eq!(found.lines[..count], other.lines[..count]);

    if pack % 2 == 1 {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(rest).expect("a Vec takes every byte");
        let packed = gzip.finish().expect("a Vec takes every byte");
        let unpacked = outcome(&packed, size(*step), sizes);
        assert_eq!(unpacked.compression, Some(Compression::Gzip));
        assert!(unpacked.framing == found.framing || unpacked.error.is_some());
        if unpacked.error.is_none() && unpacked.framing.is_none() {
            assert_eq!(unpacked.lines, plain(rest, most));
        }
    }
});
