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

/// Reads every line as `scan` does; gives the number of requests and the bytes that they sent.
fn parse(parser: &Parser, chunks: &[&[u8]], scratch: &mut Scratch) -> (u64, u64) {
    let (mut parsed, mut bytes) = (0, 0);
    let mut marks = Marks::default();
    for chunk in chunks {
        let mut read = |line, quotes| {
            let mut record = Record::default();
            if black_box(parser.read(line, quotes, scratch, &mut record)) == Line::Request {
                parsed += 1;
                bytes += black_box(record).bytes.unwrap_or(0);
            }
        };
        if parser.shape().is_quoted() {
            marks.index(chunk);
            marks.lines(chunk).for_each(|(line, quotes)| read(line, quotes));
        } else {
            let lines = chunk.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            lines.for_each(|line| read(line, Quotes::UNKNOWN));
        }
        scratch.reset();
    }
    (parsed, bytes)
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
    for (format, name) in [
        (Format::Combined, "nginx-combined"),
        (Format::Times, "nginx-combined-times"),
        (Format::Ingress, "ingress-nginx"),
        (Format::Apache, "apache-combined-us"),
        (Format::Json, "json"),
        (Format::Ltsv, "ltsv"),
    ] {
        let mut log = Vec::new();
        let size = Size::Bytes(if corpus::is_measured() { 16 << 20 } else { 1 << 20 });
        let truth = corpus::generate(Spec { seed: 1, size, format }, &mut log)
            .expect("a Vec takes every byte");
        let sample: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(200).collect();
        let reading = given(name, &sample, None).expect("the format is known");
        let chunks = chunks(&log);
        let mut scratch = Scratch::default();
        group.throughput(Throughput::Bytes(truth.bytes));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let found = parse(&reading.parser, &chunks, &mut scratch);
                assert_eq!(found, (truth.parsed, truth.body_bytes), "{name}");
            });
        });
    }
    group.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
