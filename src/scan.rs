//! The parallel pass: chunks of lines to one tally. The only room that knows rayon.
//!
//! Each worker takes a chunk, reads its lines into a batch of records that borrow from it, counts
//! the batch, and takes the next. What the workers counted is merged at the end. rayon is a pool
//! with one task a thread: its `fold` over many items was 40 % slower (242 ms against 174 ms),
//! because every split makes an accumulator of its own.

mod again;

use crate::filter::{Filter, Window};
use crate::format::marks::{Marks, Quotes};
use crate::format::relay::Relay;
use crate::format::{self, Carry, Line, Parser, Scratch, TimeMeaning, Unwrapped};
use crate::input::{Chunk, Input};
use crate::record::{Aside, Record, Reject, Skip};
use crate::tally::{self, Rules, Tally, route};
pub use again::{Again, Began, again};

/// Records in a batch: enough for the cache misses of the maps to overlap, few enough for the
/// batch (some 96 KiB) to stay in the second-level cache.
const BATCH: usize = 256;

/// Samples of rejected lines kept for each reason.
const SAMPLES: usize = 3;

/// Bytes kept of a rejected line.
const SAMPLE_BYTES: usize = 240;

/// What to do with the lines of an input.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The parser of each source, in the order of the input's sources; `None`: its lines that could
    /// be requests are rejected as of another shape.
    pub parsers: Vec<Option<Parser>>,
    /// What the times of each source mean, in the same order; not known of those that are missing.
    pub times: Vec<TimeMeaning>,
    /// How requests are counted.
    pub rules: Rules,
    /// Which requests to count.
    pub filter: Filter,
    /// The time to count in.
    pub window: Window,
    /// Whether requests that are none of a client's are counted like others, see
    /// [`Aside`].
    pub count_all: bool,
    /// Longest line, in bytes without its line end.
    pub max_line_bytes: usize,
    /// Worker threads.
    pub threads: usize,
}

impl Plan {
    /// What the times of a source mean.
    fn time(&self, source: usize) -> TimeMeaning {
        self.times.get(source).copied().unwrap_or(TimeMeaning::Unknown)
    }
}

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// The counts.
    pub tally: Tally,
    /// What became of the lines of each source.
    pub sources: Vec<Lines>,
    /// Which part of the input holds requests of which time.
    pub began: Began,
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
    /// Of both, lines in another format, by its place in [`format::FORMATS`].
    pub sisters: Vec<Part>,
    /// Of those, requests that the filter or the window left out.
    pub filtered: u64,
    /// Lines that are no requests, in the order of [`Skip::ALL`].
    pub skipped: [u64; Skip::ALL.len()],
    /// Lines not understood, in the order of [`Reject::ALL`].
    pub rejected: [u64; Reject::ALL.len()],
    /// The first lines rejected for each reason.
    pub samples: Vec<Sample>,
    /// Number of lines in each chunk, by its index: a worker cannot know how many lines the others
    /// read before its chunk. Eight bytes for each 256 KiB of log.
    chunks: Vec<(u32, u32)>,
}

/// Lines of a source that are in one of its formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Lines read as requests.
    pub parsed: u64,
    /// Of those, lines that broke their format.
    pub recovered: u64,
}

/// A rejected line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// Why.
    pub reject: Reject,
    /// Index of its chunk.
    chunk: u32,
    /// Its number from 1: in the source; while scanning, in its chunk.
    pub line: u64,
    /// Its first bytes.
    pub text: Vec<u8>,
}

/// Reads everything that the input has, or until it is stopped.
///
/// Panics when a line is neither parsed nor skipped nor rejected, or a request neither counted nor
/// filtered out nor set aside: that would be a lost line.
pub fn scan(input: &Input, plan: &Plan) -> Scan {
    let relay = |parser: &Option<Parser>| parser.as_ref()?.relay(plan.max_line_bytes);
    let relays: Vec<_> = plan.parsers.iter().map(relay).collect();
    let mut workers =
        on_threads(plan.threads, |number| work(input, plan, &relays, number)).into_iter();
    let mut scan = workers.next().unwrap_or_default();
    for other in workers {
        scan.merge(&other);
    }
    for (source, relay) in relays.into_iter().enumerate() {
        if let (Some(relay), Some(parser)) = (relay, &plan.parsers[source]) {
            scan.left_over(plan, parser, relay, source);
        }
    }
    for lines in &mut scan.sources {
        lines.finish();
    }
    scan.check();
    scan
}

/// What each worker has come to, given its number.
fn on_threads<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if threads > 1
        && let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build()
    {
        return pool.broadcast(|worker| work(worker.index()));
    }
    // A machine that grants no threads still gets its report.
    vec![work(0)]
}

/// One worker: until nothing is left.
fn work(input: &Input, plan: &Plan, relays: &[Option<Relay<Carry>>], number: usize) -> Scan {
    let mut scan = Scan {
        tally: Tally::new(plan.rules),
        sources: vec![Lines::new(); plan.parsers.len()],
        began: Began::default(),
    };
    let mut marks = Marks::default();
    let mut chunk = Chunk::default();
    let mut scratch = Scratch::default();
    // A clone has scratch space of its own for its patterns.
    let filter = plan.filter.clone();
    while input.next(number, &mut chunk) {
        // At once: the worker with the next chunk waits for it.
        if let Some(relay) = &relays[chunk.source()]
            && let Some(parser) = &plan.parsers[chunk.source()]
        {
            parser.enter(relay, chunk.index(), chunk.bytes(), plan.max_line_bytes, &scratch);
        }
        // What the lines before say of these is not known when they are read again.
        let part = chunk.number().filter(|_| relays[chunk.source()].is_none());
        let to = To::Tally(&mut scan.tally, &mut scan.began, part);
        let lines = &mut scan.sources[chunk.source()];
        Reader::new(plan, chunk.source(), &filter, &scratch, lines, to).read(&chunk, &mut marks);
        scratch.reset();
    }
    scan
}

/// Reads one chunk.
struct Reader<'p, 'c> {
    plan: &'p Plan,
    /// What the times of its source mean.
    time: TimeMeaning,
    filter: &'p Filter,
    scratch: &'c Scratch,
    lines: &'p mut Lines,
    to: To<'p>,
    batch: Vec<Record<'c>>,
    routes: Vec<Option<&'c [u8]>>,
    /// Whether a record of the batch is to be set aside.
    has_aside: bool,
}

/// Where the requests of a batch go.
enum To<'p> {
    /// The tally, and when they began: under the number of the range that they stand in, if it can
    /// be read again.
    Tally(&'p mut Tally, &'p mut Began, Option<u64>),
    /// What counts in a second pass.
    Again(&'p mut dyn Again),
}

impl To<'_> {
    fn set_aside(&mut self, record: &Record<'_>, aside: Aside) {
        if let To::Tally(tally, ..) = self {
            tally.set_aside(record, aside);
        }
    }
}

impl<'p, 'c> Reader<'p, 'c> {
    fn new(
        plan: &'p Plan,
        source: usize,
        filter: &'p Filter,
        scratch: &'c Scratch,
        lines: &'p mut Lines,
        to: To<'p>,
    ) -> Self {
        Self {
            plan,
            time: plan.time(source),
            filter,
            scratch,
            lines,
            to,
            batch: Vec::with_capacity(BATCH),
            routes: Vec::with_capacity(BATCH),
            has_aside: false,
        }
    }

    fn read(&mut self, chunk: &'c Chunk, marks: &mut Marks) {
        self.lines.chunks.push((u32::try_from(chunk.index()).unwrap_or(u32::MAX), 0));
        let parser = self.plan.parsers[chunk.source()].as_ref();
        let bytes = chunk.bytes();
        match parser {
            Some(parser) if parser.shape().is_quoted() => {
                marks.index(bytes);
                if parser.wrappers().is_empty() {
                    for (line, quotes) in marks.lines(bytes) {
                        self.line(parser, line, quotes);
                    }
                } else {
                    for (line, quotes) in marks.lines(bytes) {
                        self.wrapped(parser, line, quotes);
                    }
                }
            }
            _ => {
                let mut start = 0;
                for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
                    if start < bytes.len() {
                        let line = &bytes[start..end];
                        match parser {
                            Some(parser) if parser.wrappers().is_empty() => {
                                self.line(parser, line, Quotes::UNKNOWN);
                            }
                            Some(parser) => self.wrapped(parser, line, Quotes::UNKNOWN),
                            None => self.unread(line),
                        }
                    }
                    start = end + 1;
                }
            }
        }
        self.count();
    }

    /// Reads one line.
    #[inline]
    fn line(&mut self, parser: &Parser, line: &'c [u8], quotes: Quotes<'_>) {
        self.batch.push(Record::default());
        let record = self.batch.last_mut().expect("one was pushed");
        // A carriage return counts: the rest of a line that is too long may be in no chunk.
        let too_long = line.len() > self.plan.max_line_bytes;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let found = match too_long {
            true => Line::Reject(Reject::TooLong),
            false => parser.read(line, quotes, self.scratch, record),
        };
        self.found(found, line);
    }

    /// Reads a line that stands inside another; pieces of it are counted with its last one.
    fn wrapped(&mut self, parser: &Parser, line: &'c [u8], quotes: Quotes<'_>) {
        if line.len() > self.plan.max_line_bytes {
            return self.lines.reject(Reject::TooLong, line);
        }
        for inner in parser.unwrap(line, self.scratch) {
            self.unwrapped(parser, &inner, quotes.within(line, inner.text));
        }
    }

    fn unwrapped(&mut self, parser: &Parser, line: &Unwrapped<'c>, quotes: Quotes<'_>) {
        for _ in 1..line.pieces {
            self.lines.skip(Skip::Continued);
        }
        self.batch.push(Record::default());
        let record = self.batch.last_mut().expect("one was pushed");
        let found = parser.read_unwrapped(line, quotes, self.scratch, record);
        self.found(found, line.text);
    }

    /// Counts what a line was found to be, for which the batch has a record.
    #[inline]
    fn found(&mut self, found: Line, line: &[u8]) {
        match found {
            Line::Request | Line::Sister(_) => {
                let record = self.batch.last().expect("one was pushed");
                let (recovered, aside) = (record.recovered, record.aside.is_some());
                self.parsed(found, recovered, aside);
            }
            Line::Skip(skip) => {
                self.batch.pop();
                self.lines.skip(skip);
            }
            Line::Reject(reject) => {
                self.batch.pop();
                self.lines.reject(reject, line);
            }
        }
    }

    /// Counts a line that was read into the last record of the batch.
    #[inline]
    fn parsed(&mut self, found: Line, recovered: bool, aside: bool) {
        self.lines.one_more();
        self.lines.parsed += 1;
        self.lines.recovered += u64::from(recovered);
        if let Line::Sister(sister) = found {
            let part = &mut self.lines.sisters[sister];
            part.parsed += 1;
            part.recovered += u64::from(recovered);
        }
        if aside {
            self.has_aside = !self.plan.count_all;
        }
        if self.batch.len() == BATCH {
            self.count();
        }
    }

    /// Counts a line of a source that no parser reads.
    #[cold]
    fn unread(&mut self, line: &[u8]) {
        if line.len() > self.plan.max_line_bytes {
            return self.lines.reject(Reject::TooLong, line);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match format::skip(line) {
            Some(skip) => self.lines.skip(skip),
            None => self.lines.reject(Reject::Shape, line),
        }
    }

    /// Counts the batch and empties it.
    fn count(&mut self) {
        let Self { plan, time, filter, scratch, lines, to, batch, routes, has_aside } = self;
        if !filter.is_empty() || !plan.window.is_open() {
            let all = batch.len();
            batch.retain(|record| {
                let route = || Some(route::route(record.target?, &scratch.arena));
                plan.window.contains(record.time) && filter.admits(record, route)
            });
            lines.filtered += (all - batch.len()) as u64;
        }
        if std::mem::take(has_aside) {
            batch.retain(|record| {
                record.aside.inspect(|aside| to.set_aside(record, *aside)).is_none()
            });
        }
        match to {
            To::Tally(tally, began, part) => {
                tally::routes(batch, &scratch.arena, routes);
                began.add(*part, &tally.count(batch, routes, *time));
            }
            To::Again(counter) => counter.count(batch, &scratch.arena, *time),
        }
        batch.clear();
    }
}

impl Scan {
    /// Reads the lines whose rest had not come at the end of a source.
    fn left_over(&mut self, plan: &Plan, parser: &Parser, relay: Relay<Carry>, source: usize) {
        let scratch = Scratch::default();
        let to = To::Tally(&mut self.tally, &mut self.began, None);
        let lines = &mut self.sources[source];
        let mut reader = Reader::new(plan, source, &plan.filter, &scratch, lines, to);
        reader.lines.chunks.push((u32::MAX, 0));
        for line in parser.left_over(relay, &scratch) {
            reader.unwrapped(parser, &line, Quotes::UNKNOWN);
        }
        reader.count();
    }

    fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.began.merge(&other.began);
        for (mine, theirs) in self.sources.iter_mut().zip(&other.sources) {
            mine.merge(theirs);
        }
    }

    fn check(&self) {
        let sum = |of: fn(&Lines) -> u64| self.sources.iter().map(of).sum::<u64>();
        let aside: u64 = self.tally.aside.iter().map(|counts| counts.requests).sum();
        let accounted = self.tally.requests + sum(|lines| lines.filtered) + aside;
        assert_eq!(
            sum(|lines| lines.parsed),
            accounted,
            "every request is counted, filtered out or set aside"
        );
    }
}

impl Lines {
    fn new() -> Self {
        Self { sisters: vec![Part::default(); format::FORMATS.len()], ..Self::default() }
    }

    /// Counts a line of the chunk that was begun last.
    #[inline]
    fn one_more(&mut self) {
        self.lines += 1;
        if let Some((_, lines)) = self.chunks.last_mut() {
            *lines += 1;
        }
    }

    #[inline]
    fn skip(&mut self, skip: Skip) {
        self.one_more();
        self.skipped[skip as usize] += 1;
    }

    #[cold]
    fn reject(&mut self, reject: Reject, line: &[u8]) {
        self.one_more();
        self.rejected[reject as usize] += 1;
        // A worker's chunks come in order, so the first samples are the ones to keep.
        if self.samples.iter().filter(|sample| sample.reject == reject).count() < SAMPLES {
            let text = line[..line.len().min(SAMPLE_BYTES)].to_vec();
            let (chunk, number) = self.chunks.last().copied().unwrap_or_default();
            self.samples.push(Sample { reject, chunk, line: u64::from(number), text });
        }
    }

    fn merge(&mut self, other: &Self) {
        self.lines += other.lines;
        self.parsed += other.parsed;
        self.recovered += other.recovered;
        self.filtered += other.filtered;
        for (mine, theirs) in self.sisters.iter_mut().zip(&other.sisters) {
            mine.parsed += theirs.parsed;
            mine.recovered += theirs.recovered;
        }
        let pairs = self.skipped.iter_mut().zip(&other.skipped);
        for (mine, theirs) in pairs.chain(self.rejected.iter_mut().zip(&other.rejected)) {
            *mine += theirs;
        }
        self.samples.extend_from_slice(&other.samples);
        self.chunks.extend_from_slice(&other.chunks);
    }

    /// Numbers the samples and keeps the first of each reason.
    fn finish(&mut self) {
        self.chunks.sort_unstable();
        for sample in &mut self.samples {
            let earlier = self.chunks.iter().take_while(|(index, _)| *index < sample.chunk);
            sample.line += earlier.map(|(_, lines)| u64::from(*lines)).sum::<u64>();
        }
        self.samples.sort_unstable();
        let mut kept: Vec<Sample> = Vec::new();
        for sample in std::mem::take(&mut self.samples) {
            if kept.iter().filter(|kept| kept.reject == sample.reject).count() < SAMPLES {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::record::Status;

    /// Requests of no client are left out of the counts and told apart, after the filter has left
    /// out what it does not ask for; unless all are to be counted.
    #[test]
    fn requests_of_no_client_are_set_aside() {
        let record =
            |status, aside| Record { status: Status::Code(status), aside, ..Record::default() };
        let (internal, shield) = (Some(Aside::CdnInternal), Some(Aside::CdnShield));
        let batch =
            [record(200, None), record(504, internal), record(200, shield), record(504, None)];
        for (count_all, filter, counted, filtered, aside) in [
            (false, "", 2, 0, [1, 1]),
            (true, "", 4, 0, [0, 0]),
            (false, "status=5xx", 1, 2, [1, 0]),
            (true, "status=5xx", 2, 2, [0, 0]),
        ] {
            let filter = match filter {
                "" => Filter::default(),
                text => Filter::parse(&[text.to_owned()]).unwrap(),
            };
            let plan = Plan { count_all, filter, ..Plan::default() };
            let (mut lines, mut tally) = (Lines::default(), Tally::default());
            let (scratch, mut began) = (Scratch::default(), Began::default());
            let to = To::Tally(&mut tally, &mut began, None);
            let mut reader = Reader::new(&plan, 0, &plan.filter, &scratch, &mut lines, to);
            for record in batch {
                reader.batch.push(record);
                reader.parsed(Line::Request, false, record.aside.is_some());
            }
            reader.count();
            assert_eq!((tally.requests, lines.filtered), (counted, filtered));
            assert_eq!(tally.aside.map(|kind| kind.requests), aside);
            Scan { tally, sources: vec![lines], began }.check();
        }
    }
}
