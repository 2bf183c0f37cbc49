//! The parallel pass: chunks of lines to one tally. The only room that knows rayon.
//!
//! Each worker takes a chunk, reads its lines into a batch of records that borrow from it, counts
//! the batch, and takes the next. What the workers counted is merged at the end. rayon is a pool
//! with one task a thread: its `fold` over many items was 40 % slower (242 ms against 174 ms),
//! because every split makes an accumulator of its own.

use crate::filter::{Filter, Window};
use crate::format::{Line, Parser, Scratch};
use crate::input::{Chunk, Input};
use crate::record::{Record, Reject, Skip};
use crate::tally::{self, Tally, route};

/// Records in a batch: enough for the cache misses of the maps to overlap, few enough for the
/// batch (60 KiB) to stay in the second-level cache.
const BATCH: usize = 256;

/// Samples of rejected lines kept for each reason.
const SAMPLES: usize = 3;

/// Bytes kept of a rejected line.
const SAMPLE_BYTES: usize = 240;

/// What to do with the lines of an input.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The parser of each source, in the order of the input's sources; `None`: its lines are all
    /// rejected as of another shape.
    pub parsers: Vec<Option<Parser>>,
    /// Which requests to count.
    pub filter: Filter,
    /// The time to count in.
    pub window: Window,
    /// Longest line, in bytes without its line end.
    pub max_line_bytes: usize,
    /// Worker threads.
    pub threads: usize,
}

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// The counts.
    pub tally: Tally,
    /// What became of the lines of each source.
    pub sources: Vec<Lines>,
}

/// What became of the lines of one source: `lines = parsed + skipped + rejected`.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Lines read.
    pub lines: u64,
    /// Lines read as requests.
    pub parsed: u64,
    /// Of those, lines that broke their format.
    pub recovered: u64,
    /// Of those, lines in a sister format, in the order of [`Parser::sisters`].
    pub sisters: Vec<u64>,
    /// Of those, requests that the filter or the window left out.
    pub filtered: u64,
    /// Lines that are no requests, in the order of [`Skip::ALL`].
    pub skipped: [u64; Skip::ALL.len()],
    /// Lines not understood, in the order of [`Reject::ALL`].
    pub rejected: [u64; Reject::ALL.len()],
    /// The first lines rejected for each reason.
    pub samples: Vec<Sample>,
    /// Number of lines in each chunk, by the chunk's index: a worker cannot know how many lines
    /// came before its chunk.
    chunks: Vec<(u64, u64)>,
}

/// A rejected line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Why.
    pub reject: Reject,
    /// Index of its chunk, and its number within that, from 0.
    at: (u64, u64),
    /// Its number in the source, from 1; known when the scan is over.
    pub line: u64,
    /// Its first bytes.
    pub text: Vec<u8>,
}

/// Reads everything that the input has, or until it is stopped.
///
/// Panics when a line is neither parsed nor skipped nor rejected: that would be a lost line.
pub fn scan(input: &Input, plan: &Plan) -> Scan {
    let threads = plan.threads.max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let workers = match pool {
        Ok(pool) if threads > 1 => pool.broadcast(|worker| work(input, plan, worker.index())),
        // A machine that grants no threads still gets its report.
        _ => vec![work(input, plan, 0)],
    };
    let mut workers = workers.into_iter();
    let mut scan = workers.next().unwrap_or_default();
    for other in workers {
        scan.merge(&other);
    }
    for lines in &mut scan.sources {
        lines.finish();
    }
    scan
}

/// One worker: until nothing is left.
fn work(input: &Input, plan: &Plan, worker: usize) -> Scan {
    // A clone has scratch space of its own for its patterns.
    let filter = plan.filter.clone();
    let mut scan =
        Scan { tally: Tally::default(), sources: vec![Lines::default(); plan.parsers.len()] };
    for (lines, parser) in scan.sources.iter_mut().zip(&plan.parsers) {
        lines.sisters = vec![0; parser.as_ref().map_or(0, |parser| parser.sisters().count())];
    }
    let mut chunk = Chunk::default();
    let mut scratch = Scratch::default();
    while input.next(worker, &mut chunk) {
        scan.chunk(&chunk, plan, &filter, &scratch);
        scratch.reset();
    }
    scan
}

impl Scan {
    /// Reads the lines of a chunk and counts them.
    fn chunk(&mut self, chunk: &Chunk, plan: &Plan, filter: &Filter, scratch: &Scratch) {
        let lines = &mut self.sources[chunk.source()];
        let parser = plan.parsers[chunk.source()].as_ref();
        let select = !filter.is_empty() || !plan.window.is_open();
        let mut batch: Vec<Record<'_>> = Vec::with_capacity(BATCH);
        let mut routes = Vec::with_capacity(BATCH);
        let mut number = 0;
        let bytes = chunk.bytes();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or(b"");
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            batch.push(Record::default());
            let record = batch.last_mut().expect("one was pushed");
            let found = match parser {
                _ if line.len() > plan.max_line_bytes => Line::Reject(Reject::TooLong),
                Some(parser) => parser.read(line, scratch, record),
                None => Line::Reject(Reject::Shape),
            };
            match found {
                Line::Request | Line::Sister(_) => {
                    lines.parsed += 1;
                    lines.recovered += u64::from(record.recovered);
                    if let Line::Sister(sister) = found {
                        lines.sisters[sister] += 1;
                    }
                }
                Line::Skip(skip) => {
                    batch.pop();
                    lines.skipped[skip as usize] += 1;
                }
                Line::Reject(reject) => {
                    batch.pop();
                    lines.reject(reject, (chunk.index(), number), line);
                }
            }
            number += 1;
            if batch.len() == BATCH || rest.is_empty() {
                if select {
                    let all = batch.len();
                    batch.retain(|record| {
                        plan.window.contains(record.time)
                            && filter.admits(record, || {
                                Some(route::route(record.target?, &scratch.arena))
                            })
                    });
                    lines.filtered += (all - batch.len()) as u64;
                }
                tally::routes(&batch, &scratch.arena, &mut routes);
                self.tally.count(&batch, &routes);
                batch.clear();
            }
        }
        lines.lines += number;
        lines.chunks.push((chunk.index(), number));
    }

    fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        for (mine, theirs) in self.sources.iter_mut().zip(&other.sources) {
            mine.merge(theirs);
        }
    }
}

impl Lines {
    #[cold]
    fn reject(&mut self, reject: Reject, at: (u64, u64), line: &[u8]) {
        self.rejected[reject as usize] += 1;
        let text = line[..line.len().min(SAMPLE_BYTES)].to_vec();
        self.samples.push(Sample { reject, at, line: 0, text });
        // A worker's chunks come in order, so the first samples are the ones to keep.
        if self.samples.iter().filter(|sample| sample.reject == reject).count() > SAMPLES {
            self.samples.pop();
        }
    }

    fn merge(&mut self, other: &Self) {
        self.lines += other.lines;
        self.parsed += other.parsed;
        self.recovered += other.recovered;
        self.filtered += other.filtered;
        let pairs = self.sisters.iter_mut().zip(&other.sisters);
        let pairs = pairs.chain(self.skipped.iter_mut().zip(&other.skipped));
        for (mine, theirs) in pairs.chain(self.rejected.iter_mut().zip(&other.rejected)) {
            *mine += theirs;
        }
        self.samples.extend_from_slice(&other.samples);
        self.chunks.extend_from_slice(&other.chunks);
    }

    /// Numbers the samples and keeps the first of each reason.
    fn finish(&mut self) {
        self.chunks.sort_unstable();
        self.samples.sort_unstable();
        let mut kept: Vec<Sample> = Vec::new();
        for mut sample in std::mem::take(&mut self.samples) {
            if kept.iter().filter(|kept| kept.reject == sample.reject).count() < SAMPLES {
                let before = self.chunks.iter().take_while(|(index, _)| *index < sample.at.0);
                sample.line = before.map(|(_, lines)| lines).sum::<u64>() + sample.at.1 + 1;
                kept.push(sample);
            }
        }
        self.samples = kept;
        let accounted = self.parsed + self.skipped() + self.rejected();
        assert_eq!(self.lines, accounted, "every line is parsed, skipped or rejected");
    }

    /// Lines that are no requests.
    pub fn skipped(&self) -> u64 {
        self.skipped.iter().sum()
    }

    /// Lines not understood.
    pub fn rejected(&self) -> u64 {
        self.rejected.iter().sum()
    }
}
