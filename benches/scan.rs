//! A whole log to counts: files with one and two threads, gzip, and a pipe.
//! `cargo bench --bench scan`.

mod corpus;

use corpus::{Format, Size, Spec, Truth};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::write::GzEncoder;
use statlog::format::detect::given;
use statlog::format::{Parser, TimeMeaning};
use statlog::input::{Input, Options};
use statlog::scan::{Plan, scan};
use std::ffi::OsString;
use std::io::{Cursor, Read, Write as _};

/// A reader that gives at most as much at a time as a pipe holds.
struct Pipe(Cursor<&'static [u8]>);

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let room = buf.len().min(64 << 10);
        self.0.read(&mut buf[..room])
    }
}

/// Scans, and compares with what the log holds.
fn check(input: &Input, parser: &Parser, threads: usize, truth: &Truth) {
    let plan = Plan {
        parsers: vec![Some(parser.clone())],
        times: vec![TimeMeaning::End],
        max_line_bytes: Options::default().max_line_bytes,
        threads,
        ..Plan::default()
    };
    let found = scan(input, &plan);
    let lines = &found.sources[0];
    assert_eq!((lines.lines, lines.parsed), (truth.lines, truth.parsed));
    assert_eq!(lines.rejected(), truth.malformed);
    assert_eq!(found.tally.bytes, truth.body_bytes);
    for (status, count) in &truth.status {
        assert_eq!(found.tally.codes[usize::from(*status)], *count, "{status}");
    }
    let seconds = (truth.first_time * 1_000_000, truth.last_time * 1_000_000);
    assert_eq!(found.tally.series.span(), Some(seconds));
}

fn benches(criterion: &mut Criterion) {
    let size = Size::Bytes(if corpus::is_measured() { 64 << 20 } else { 1 << 20 });
    let mut log = Vec::new();
    let truth = corpus::generate(Spec { seed: 1, size, format: Format::Times }, &mut log)
        .expect("a Vec takes every byte");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let save = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("the log fits the temporary folder");
        OsString::from(path)
    };
    let plain = save("access.log", &log);
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&log).expect("a Vec takes every byte");
    let gzip = save("access.log.gz", &gzip.finish().expect("a Vec takes every byte"));
    let lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(200).collect();
    let reading = given("nginx-combined-times", &lines, None).expect("the format is known");
    let parser = &reading.parser;
    drop(lines);
    let log: &'static [u8] = log.leak();

    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Bytes(truth.bytes));
    group.sample_size(10);
    for (name, path, threads) in [
        ("file, 1 thread", &plain, 1),
        ("file, 2 threads", &plain, 2),
        ("gzip, 2 threads", &gzip, 2),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let input = Input::open(std::slice::from_ref(path), Options::default());
                check(&input, parser, threads, &truth);
            });
        });
    }
    group.bench_function("pipe, 2 threads", |bencher| {
        bencher.iter(|| {
            let pipe: Box<dyn Read + Send> = Box::new(Pipe(Cursor::new(log)));
            let input = Input::from_readers(vec![("-".into(), pipe)], Options::default());
            check(&input, parser, 2, &truth);
        });
    });
    group.finish();
}

criterion_group!(group, benches);
criterion_main!(group);
