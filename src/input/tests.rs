//! Tests of the whole room. The law first, against a reference of ten lines; then each kind of
//! source.
#![allow(clippy::unwrap_used)]

mod framed;
mod law;
mod live;
mod sources;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::sync::Mutex;

use super::*;

/// A line as a consumer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Whole(Vec<u8>),
    /// Its first `max_line_bytes + 1` bytes.
    TooLong(Vec<u8>),
}

fn line(bytes: &[u8], max: usize) -> Line {
    match bytes.get(..max + 1) {
        Some(start) => Line::TooLong(start.to_vec()),
        None => Line::Whole(bytes.to_vec()),
    }
}

/// What must come out: the lines, and the number of dropped NULs.
fn reference(text: &[u8], max: usize) -> (Vec<Line>, u64) {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut nuls = 0;
    let mut lines: Vec<&[u8]> = Vec::new();
    for raw in text.split(|&byte| byte == b'\n') {
        let start = raw.iter().position(|&byte| byte != 0).unwrap_or(raw.len());
        nuls += start as u64;
        lines.push(&raw[start..]);
    }
    lines.pop_if(|last| last.is_empty());
    (lines.into_iter().map(|bytes| line(bytes, max)).collect(), nuls)
}

/// Reads an input to its end with some workers and gives the lines of each source in order.
fn read(input: &Input, workers: usize) -> Vec<Vec<Line>> {
    let max = input.options.max_line_bytes;
    let chunks = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let chunks = &chunks;
            scope.spawn(move || {
                let mut chunk = Chunk::default();
                while input.next(worker, &mut chunk) {
                    let bytes = chunk.bytes();
                    assert!(!chunk.cut || bytes.len() > max && !bytes.ends_with(b"\n"));
                    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
                    let lines = lines.map(|l| line(l.strip_suffix(b"\n").unwrap_or(l), max));
                    let at = (chunk.source(), chunk.index());
                    let before = chunks.lock().unwrap().insert(at, lines.collect::<Vec<_>>());
                    assert!(before.is_none(), "chunk {at:?} came twice");
                }
            });
        }
    });
    let mut sources = vec![Vec::new(); input.sources().len()];
    let mut next = vec![0; sources.len()];
    for ((source, index), lines) in chunks.into_inner().unwrap() {
        assert_eq!(index, next[source], "the chunks of source {source} are numbered without gaps");
        next[source] += 1;
        sources[source].extend(lines);
    }
    sources
}

fn texts(lines: &[Line]) -> Vec<String> {
    let text = |line: &Line| match line {
        Line::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Line::TooLong(bytes) => format!("too long: {}", String::from_utf8_lossy(bytes)),
    };
    lines.iter().map(text).collect()
}

fn open<P: Into<OsString>>(paths: impl IntoIterator<Item = P>) -> Input {
    let paths: Vec<OsString> = paths.into_iter().map(Into::into).collect();
    Input::open(&paths, Options::default())
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A reader that gives so many bytes at a time, in turn; 0 stands for an interruption and
/// `usize::MAX` for nothing there yet.
struct Dribble {
    data: io::Cursor<Vec<u8>>,
    steps: Vec<usize>,
    turn: usize,
}

impl Dribble {
    fn boxed(data: &[u8], steps: &[usize]) -> Box<dyn Read + Send> {
        Box::new(Self { data: io::Cursor::new(data.to_vec()), steps: steps.to_vec(), turn: 0 })
    }
}

impl Read for Dribble {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let step = self.steps[self.turn % self.steps.len()];
        self.turn += 1;
        match step {
            0 => Err(io::ErrorKind::Interrupted.into()),
            usize::MAX => Err(io::ErrorKind::WouldBlock.into()),
            step => {
                let len = step.min(buf.len());
                self.data.read(&mut buf[..len])
            }
        }
    }
}
