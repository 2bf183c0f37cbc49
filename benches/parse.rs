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

/// What each kind of log is called here, and the format that reads it.
const LOGS: &[(Format, &str, &str)] = &[
    (Format::Combined, "nginx-combined", "nginx-combined"),
    (Format::Times, "nginx-combined-times", "nginx-combined-times"),
    (Format::Ingress, "ingress-nginx", "ingress-nginx"),
    (Format::Apache, "apache-combined-us", "apache-combined-us"),
    (Format::Json, "json", "json"),
    (Format::Ltsv, "ltsv", "ltsv"),
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
    for chunk in chunks {
        let mut read = |line, quotes| {
            let mut record = Record::default();
            if black_box(parser.read(line, quotes, scratch, &mut record)) == Line::Request {
                let record = black_box(record);
                found.requests += 1;
                found.bytes += record.bytes.unwrap_or(0);
                found.measured += u64::from(record.duration.is_some());
                found.micros += record.duration.unwrap_or(0);
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
