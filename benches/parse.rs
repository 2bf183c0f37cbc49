//! Lines to records, by format: `cargo bench --bench parse`.

mod corpus;

use corpus::{Format, Size, Spec};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use statlog::format::detect::given;
use statlog::format::marks::{Marks, Quotes};
use statlog::format::{Line, Parser, Scratch};
use statlog::record::Record;
use std::hint::black_box;

/// Bytes between two resets of what is recycled, as a chunk of `input` has.
const CHUNK: usize = 256 << 10;

/// Longest line that is put together of pieces: none here is near it.
const LONGEST: usize = 1 << 20;

/// What each kind of log is called here, and the format that reads it.
const LOGS: &[(Format, &str, &str)] = &[
    (Format::Combined, "nginx-combined", "nginx-combined"),
    (Format::Times, "nginx-combined-times", "nginx-combined-times"),
    (Format::Ingress, "ingress-nginx", "ingress-nginx"),
    (Format::Apache, "apache-combined-us", "apache-combined-us"),
    (Format::Json, "json", "json"),
    (Format::Ltsv, "ltsv", "ltsv"),
    (Format::Cri, "cri nginx-combined-times", "nginx-combined-times"),
    (Format::Haproxy, "haproxy-http", "haproxy-http"),
    (Format::Alb, "aws-alb", "aws-alb"),
    (Format::CloudFront, "cloudfront", "cloudfront"),
    (Format::Cloudflare15, "cloudflare, 15 keys", "cloudflare"),
    (Format::Cloudflare60, "cloudflare, 60 keys", "cloudflare"),
];

/// What was read of a log.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    requests: u64,
    /// Bytes that they sent.
    bytes: u64,
    /// Requests with a latency.
    measured: u64,
    /// Sum of the latencies, microseconds.
    micros: u64,
}

/// Reads every line as `scan` does.
fn parse(parser: &Parser, chunks: &[&[u8]], scratch: &mut Scratch) -> Found {
    let mut found = Found::default();
    let mut marks = Marks::default();
    let is_wrapped = !parser.wrappers().is_empty();
    let relay = parser.relay(LONGEST);
    for (number, chunk) in (0..).zip(chunks) {
        if let Some(relay) = &relay {
            parser.enter(relay, number, chunk, LONGEST, scratch);
        }
        let mut read = |line, quotes: Quotes<'_>| {
            if !is_wrapped {
                return found.read(|record| parser.read(line, quotes, scratch, record));
            }
            for inner in parser.unwrap(line, scratch) {
                let quotes = quotes.within(line, inner.text);
                found.read(|record| parser.read_unwrapped(&inner, quotes, scratch, record));
            }
        };
        if parser.shape().is_quoted() {
            marks.index(chunk);
            marks.lines(chunk).for_each(|(line, quotes)| read(line, quotes));
        } else {
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', chunk) {
                read(&chunk[start..end], Quotes::UNKNOWN);
                start = end + 1;
            }
        }
        scratch.reset();
    }
    found
}

impl Found {
    /// Adds what `read` finds in a line.
    fn read<'a>(&mut self, read: impl FnOnce(&mut Record<'a>) -> Line) {
        let mut record = Record::default();
        if black_box(read(&mut record)) == Line::Request {
            let record = black_box(record);
            self.requests += 1;
            self.bytes += record.bytes.unwrap_or(0);
            self.measured += u64::from(record.duration.is_some());
            self.micros += record.duration.unwrap_or(0);
        }
    }
}

/// Cuts a log into chunks of whole lines.
fn chunks(mut log: &[u8]) -> Vec<&[u8]> {
    let mut chunks = Vec::new();
    while !log.is_empty() {
        let most = &log[..log.len().min(CHUNK)];
        let end = most.iter().rposition(|byte| *byte == b'\n').expect("lines are short") + 1;
        chunks.push(&log[..end]);
        log = &log[end..];
    }
    chunks
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for &(format, label, name) in LOGS {
        let mut log = Vec::new();
        let size = Size::Bytes(if corpus::is_measured() { 16 << 20 } else { 1 << 20 });
        let truth = corpus::generate(Spec { seed: 1, size, format }, &mut log)
            .expect("a Vec takes every byte");
        let sample: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(200).collect();
        let reading = given(name, &sample, None).expect("the format is known");
        let chunks = chunks(&log);
        let mut scratch = Scratch::default();
        group.throughput(Throughput::Bytes(truth.bytes));
        let expected = Found {
            requests: truth.parsed,
            bytes: truth.body_bytes,
            measured: truth.measured,
            micros: truth.request_millis * 1000,
        };
        group.bench_function(label, |bencher| {
            bencher.iter(|| {
                let found = parse(&reading.parser, &chunks, &mut scratch);
                assert_eq!(found, expected, "{label}");
            });
        });
    }
    group.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
