//! Lines to records, by format: `cargo bench --bench parse`.

mod corpus;

use bumpalo::Bump;
use corpus::{Format, Size, Spec};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use statlog::format::detect::given;
use statlog::format::{Line, Parser};
use std::hint::black_box;

/// Lines between two resets of the arena, about as many as a chunk has.
const CHUNK: usize = 1024;

/// Reads every line; gives the number of requests and the bytes that they sent.
fn parse(parser: &Parser, lines: &[&[u8]], arena: &mut Bump) -> (u64, u64) {
    let (mut parsed, mut bytes) = (0, 0);
    for chunk in lines.chunks(CHUNK) {
        for line in chunk {
            if let Line::Request(record) = black_box(parser.read(line, arena)) {
                parsed += 1;
                bytes += record.bytes.unwrap_or(0);
            }
        }
        arena.reset();
    }
    (parsed, bytes)
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
        let lines: Vec<&[u8]> = log.trim_ascii_end().split(|byte| *byte == b'\n').collect();
        let reading = given(name, &lines[..200], None).expect("the format is known");
        let mut arena = Bump::new();
        group.throughput(Throughput::Bytes(truth.bytes));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let found = parse(&reading.parser, &lines, &mut arena);
                assert_eq!(found, (truth.parsed, truth.body_bytes), "{name}");
            });
        });
    }
    group.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
