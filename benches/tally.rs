//! Records to counts, all of them and some kernels alone, and what is found in the counts:
//! `cargo bench --bench tally`.

mod corpus;

use bumpalo::Bump;
use corpus::{Format, Size, Spec};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use statlog::detect::{Sampled, Timeline, incidents};
use statlog::format::detect::given;
use statlog::format::marks::Quotes;
use statlog::format::{Line, Scratch, TimeMeaning};
use statlog::record::Record;
use statlog::tally::heavy::Heavy;
use statlog::tally::series::Series;
use statlog::tally::{Counts, MAX_KEYS, Rules, Tally, routes};

/// Records in a batch, as `scan` has it.
const BATCH: usize = 256;

/// Counts everything.
fn tally(records: &[Record<'_>]) -> Tally {
    let mut tally = Tally::default();
    let mut arena = Bump::new();
    for batch in records.chunks(BATCH) {
        let mut found = Vec::with_capacity(BATCH);
        routes(batch, &arena, &mut found);
        tally.count(batch, &found, TimeMeaning::End);
        drop(found);
        arena.reset();
    }
    tally
}

/// Counts requests by one key.
fn by_key<'a>(records: &[Record<'a>], key: fn(&Record<'a>) -> Option<&'a [u8]>) -> u64 {
    let mut map: Heavy<Counts> = Heavy::new(MAX_KEYS);
    for batch in records.chunks(BATCH) {
        map.count(batch.iter().map(key), |counts, _| counts.requests += 1);
    }
    map.rows().map(|row| row.value.requests).sum()
}

fn benches(criterion: &mut Criterion) {
    let bytes = if corpus::is_measured() { 32 << 20 } else { 1 << 20 };
    for (name, size) in [
        ("day", Size::Bytes(bytes)),
        ("unique", Size::Unique(if corpus::is_measured() { 100_000 } else { 5_000 })),
    ] {
        let mut log = Vec::new();
        let truth = corpus::generate(Spec { seed: 1, size, format: Format::Times }, &mut log)
            .expect("a Vec takes every byte");
        let lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
        let reading = given("nginx-combined-times", &lines[..200], None).expect("it is known");
        let scratch = Scratch::default();
        let records = lines.iter().filter_map(|line| {
            let mut record = Record::default();
            let found = reading.parser.read(line, Quotes::UNKNOWN, &scratch, &mut record);
            (found == Line::Request).then_some(record)
        });
        let records: Vec<Record<'_>> = records.collect();
        let latencies: Vec<Option<u64>> = records.iter().map(|record| record.duration).collect();
        assert_eq!(records.len() as u64, truth.parsed);

        let mut group = criterion.benchmark_group(format!("tally-{name}"));
        group.throughput(Throughput::Elements(truth.parsed));
        group.sample_size(20);
        group.bench_function("all", |bencher| {
            bencher.iter(|| {
                let tally = tally(&records);
                assert_eq!((tally.requests, tally.bytes), (truth.parsed, truth.body_bytes));
                tally
            });
        });
        group.bench_function("routes", |bencher| {
            let (mut arena, mut targets) = (Bump::new(), 0);
            bencher.iter(|| {
                targets = 0;
                for batch in records.chunks(BATCH) {
                    let mut found = Vec::with_capacity(BATCH);
                    routes(batch, &arena, &mut found);
                    targets += found.iter().flatten().count();
                    drop(found);
                    arena.reset();
                }
            });
            assert_eq!(targets, records.iter().filter(|record| record.target.is_some()).count());
        });
        group.bench_function("series", |bencher| {
            bencher.iter(|| {
                let mut series = Series::default();
                let batches = records.chunks(BATCH).zip(latencies.chunks(BATCH));
                batches.for_each(|(batch, latencies)| series.count(batch, latencies));
                let counted = series.buckets().into_iter().map(|(_, bucket)| bucket.requests());
                assert_eq!(counted.sum::<u64>(), truth.parsed);
            });
        });
        group.bench_function("clients", |bencher| {
            bencher.iter(|| assert_eq!(by_key(&records, |record| record.client), truth.parsed));
        });
        group.bench_function("user_agents", |bencher| {
            let agents = records.iter().filter(|record| record.user_agent.is_some()).count();
            let count = || by_key(&records, |record| record.user_agent);
            bencher.iter(|| assert_eq!(count(), agents as u64));
        });
        // Once a run, however long the log is.
        group.bench_function("incidents", |bencher| {
            let tally = tally(&records);
            let not_judged: u64 = tally.noise.iter().map(|kind| kind.requests).sum();
            bencher.iter(|| {
                let (wide, fine) = Timeline::pair(&tally).expect("the lines have times");
                let judged: u64 = wide.cells.iter().map(|cell| cell.requests).sum();
                assert_eq!(judged + not_judged, truth.parsed);
                let arena = Bump::new();
                let sampled = Sampled::new(&tally.sample, &arena);
                incidents(&tally, (&wide, &fine), Rules::default().slow, &sampled)
            });
        });
        group.finish();
    }
}

criterion_group!(group, benches);
criterion_main!(group);
