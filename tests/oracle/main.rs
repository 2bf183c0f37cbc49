//! The whole program against an independent slow one, on generated logs; and against itself, cut
//! into chunks, reads and threads in another way. `PROPTEST_CASES` sets how many logs are tried.
#![allow(clippy::unwrap_used)]

mod lines;
#[path = "../program/mod.rs"]
mod program;
mod slow;

use flate2::write::GzEncoder;
use lines::{Log, log};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use slow::{Counts, Format, Row, quantile};
use statlog::format::detect::{self, Reading};
use statlog::input::{Input, Options};
use statlog::tally::lattice::WIDTHS;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read, Write};

/// A reader that gives a few bytes at a time, and is interrupted now and then.
struct Pieces {
    text: io::Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.at += 1;
        match self.sizes[self.at % self.sizes.len()] {
            0 => Err(io::ErrorKind::Interrupted.into()),
            size => {
                let room = buf.len().min(size);
                self.text.read(&mut buf[..room])
            }
        }
    }
}

/// An input of one stream.
fn stream(text: &[u8], sizes: Vec<usize>, options: Options) -> Input {
    let reader = Pieces { text: io::Cursor::new(text.to_vec()), sizes, at: 0 };
    Input::from_readers(vec![("log".to_owned(), Box::new(reader))], options)
}

/// The JSON report of a log in its format.
fn json(log: &Log, reading: &Reading) -> Vec<u8> {
    let options = Options { max_line_bytes: log.max_line, ..Options::default() };
    let input = stream(&log.text, vec![usize::MAX], options);
    program::report(&input, reading, log.max_line, 1, "json")
}

/// The lines at the start of a text.
fn sample(text: &[u8]) -> Vec<&[u8]> {
    let lines = text.split(|byte| *byte == b'\n').take(200);
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
}

/// The reading of a log in the format that it is in.
fn given(log: &Log) -> Reading {
    let latency = log.format.latency().map(|name| (name, None));
    detect::given(log.format.name(), &sample(&log.text), latency).unwrap()
}

/// A table of a report: the names in one column, the numbers in another.
fn table(rows: &Value, name: &str, count: &str) -> BTreeMap<String, u64> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (text(&row[name]), row[count].as_u64().unwrap())).collect()
}

/// The rows of a ranking, in the order of their names.
fn ranking(rows: &Value, name: &str) -> Vec<(String, Row)> {
    let mut rows: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!((&row["approximate"], &row["max_error"]), (&false.into(), &0.into()));
            let counts = ["requests", "4xx", "5xx", "bytes_sent"].map(|key| row[key].as_u64());
            (row[name].as_str().unwrap().to_owned(), counts.map(Option::unwrap))
        })
        .collect();
    rows.sort();
    rows
}

/// The same of what the oracle counted.
fn expected(rows: &BTreeMap<Vec<u8>, Row>) -> Vec<(String, Row)> {
    let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut rows: Vec<_> = rows.iter().map(|(key, row)| (name(key), *row)).collect();
    rows.sort();
    rows
}

/// Values from here on share a bucket of the histogram; only the largest of them is exact.
const LIMIT: u64 = 1 << 37;

/// Whether a quantile in seconds is the exact one in microseconds, or above it by at most `error`.
fn is_quantile(seconds: &Value, exact: u64, error: f64) -> bool {
    let found = seconds.as_f64().unwrap() * 1e6;
    // The number went through a decimal fraction.
    let rounding = exact as f64 * 1e-12 + 1e-6;
    if exact >= LIMIT {
        return found + rounding >= (LIMIT - 1) as f64;
    }
    let exact = exact as f64;
    found >= exact - rounding && found <= exact * (1.0 + error) + rounding
}

fn check_quantiles(report: &Value, sorted: &[u64]) {
    assert_eq!(report["count"], sorted.len());
    for (name, per_mille) in [("p50", 500), ("p90", 900), ("p95", 950), ("p99", 990), ("p999", 999)]
    {
        let exact = quantile(sorted, per_mille);
        assert!(is_quantile(&report[name], exact, 0.001), "{name} {} {exact}", report[name]);
    }
    for (name, exact) in [("min", sorted[0]), ("max", sorted[sorted.len() - 1])] {
        assert_eq!(report[name].as_f64().unwrap(), exact as f64 / 1e6, "{name}");
    }
    let sum: u128 = sorted.iter().map(|value| u128::from(*value)).sum();
    if let Ok(sum) = u64::try_from(sum) {
        let mean = sum as f64 / sorted.len() as f64 / 1e6;
        assert!((report["mean"].as_f64().unwrap() - mean).abs() <= mean * 1e-12);
    }
}

/// Everything that the oracle counted must be in the report.
fn check(report: &Value, want: &Counts) {
    let sum = |counts: &BTreeMap<&str, u64>| counts.values().sum::<u64>();
    let source = &report["input"]["sources"][0];
    for (found, want, name) in [
        (&source["lines"], want.lines, "lines"),
        (&source["parsed"], want.requests, "parsed"),
        (&source["recovered"], 0, "recovered"),
        (&report["input"]["rejected"], want.rejected, "rejected"),
        (&report["input"]["skipped"], sum(&want.skipped), "skipped"),
        (&report["totals"]["requests"], want.requests, "requests"),
        (&report["totals"]["bytes_measured"], want.bytes_measured, "bytes measured"),
        (&report["totals"]["without_request"], want.without_request, "without request"),
        (&report["totals"]["retried"], want.retried, "retried"),
        (&report["totals"]["aborted"], 0, "aborted"),
    ] {
        assert_eq!(found, want, "{name}");
    }
    let bytes = u64::try_from(want.bytes).unwrap_or(u64::MAX);
    assert_eq!(report["totals"]["bytes_sent"], bytes);
    let too_long = source["rejected"].get("too_long").and_then(Value::as_u64).unwrap_or(0);
    assert_eq!(too_long, want.too_long, "too long");
    assert_eq!(source["skipped"], serde_json::to_value(&want.skipped).unwrap());

    let mut statuses = table(&report["status_codes"], "code", "count");
    statuses.extend(table(&report["no_status"], "spelling", "count"));
    assert_eq!(statuses, want.statuses);
    for class in ["1xx", "2xx", "3xx", "4xx", "5xx", "other"] {
        assert_eq!(report["classes"][class], want.classes.get(class).copied().unwrap_or(0));
    }
    assert_eq!(report["totals"]["no_status"], want.classes.get("none").copied().unwrap_or(0));
    assert_eq!(table(&report["methods"], "name", "count"), want.methods);
    assert_eq!(table(&report["protocols"], "name", "count"), want.protocols);
    check_series(report, want);
    check_latency(report, want);

    assert_eq!(ranking(&report["top"]["clients"], "name"), expected(&want.clients));
    assert_eq!(ranking(&report["top"]["user_agents"], "name"), expected(&want.agents));
    assert_eq!(ranking(&report["top"]["hosts"], "name"), expected(&want.hosts));
    let digitless = |text: &str| !text.contains([':']) && !text.bytes().any(|b| b.is_ascii_digit());
    let mut routes = ranking(&report["top"]["routes"], "route");
    routes.retain(|(route, _)| digitless(route));
    let mut want_routes = expected(&want.routes);
    want_routes.retain(|(route, _)| digitless(route));
    assert_eq!(routes, want_routes);
    check_upstreams(report, want);
}

fn check_series(report: &Value, want: &Counts) {
    let (Some((first, _)), Some((last, _))) =
        (want.seconds.first_key_value(), want.seconds.last_key_value())
    else {
        assert_eq!(report["window"], Value::Null);
        return;
    };
    let stamp = |second: i64| jiff::Timestamp::from_second(second).unwrap().to_string();
    let window = &report["window"];
    assert_eq!((&window["start"], &window["end"]), (&stamp(*first).into(), &stamp(*last).into()));
    assert_eq!(window["without_time"], 0);
    let width = window["bucket_seconds"].as_u64().unwrap();
    assert!(WIDTHS.contains(&width), "{width}");
    let mut buckets: BTreeMap<i64, Row> = BTreeMap::new();
    for (second, row) in &want.seconds {
        let start = second.div_euclid(width as i64) * width as i64;
        let sums = buckets.entry(start).or_default().iter_mut();
        sums.zip(row).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
    }
    let found = report["series"].as_array().unwrap().iter().map(|bucket| {
        let counts = ["requests", "4xx", "5xx", "bytes_sent"].map(|key| bucket[key].as_u64());
        (bucket["start"].as_str().unwrap().to_owned(), counts.map(Option::unwrap))
    });
    let want = buckets.into_iter().map(|(start, row)| (stamp(start), row));
    assert_eq!(found.collect::<Vec<_>>(), want.collect::<Vec<_>>());
}

fn check_latency(report: &Value, want: &Counts) {
    let latency = &report["latency"];
    let mut all: Vec<u64> = want.latencies.values().flatten().copied().collect();
    if all.is_empty() {
        assert_eq!(*latency, Value::Null);
        return;
    }
    all.sort_unstable();
    assert_eq!(latency["measured"], all.len());
    assert_eq!(latency["missing"], want.missing);
    assert_eq!(latency["censored"], want.censored);
    for (name, count) in [("upgrade", want.upgrade), ("connect", want.connect)] {
        assert_eq!(latency["excluded"].get(name).and_then(Value::as_u64).unwrap_or(0), count);
    }
    check_quantiles(&latency["overall"], &all);
    let by_class = latency["by_class"].as_object().unwrap();
    assert_eq!(by_class.len(), want.latencies.len());
    for (class, sorted) in &want.latencies {
        check_quantiles(&by_class[*class], sorted);
    }
}

fn check_upstreams(report: &Value, want: &Counts) {
    let upstreams = &report["top"]["upstreams"];
    let rows = want.upstreams.iter().map(|(name, (row, ..))| (name.clone(), *row)).collect();
    assert_eq!(ranking(upstreams, "name"), expected(&rows));
    for found in upstreams.as_array().unwrap() {
        let name = found["name"].as_str().unwrap();
        let same = |key: &[u8]| String::from_utf8_lossy(key) == name;
        let mut named = want.upstreams.iter().filter(|(key, _)| same(key));
        // Two names that differ only in bytes that JSON cannot hold are one here.
        let (Some((_, (_, attempts, failed, times))), None) = (named.next(), named.next()) else {
            continue;
        };
        assert_eq!(found["attempts"], *attempts, "{name}");
        assert_eq!(found["failed"].as_u64().unwrap_or(0), *failed, "{name}");
        assert_eq!(found["measured"], times.len(), "{name}");
        for (column, per_mille) in [("p50", 500), ("p95", 950), ("p99", 990)] {
            if times.is_empty() {
                assert_eq!(found[column], Value::Null);
            } else {
                assert!(is_quantile(&found[column], quantile(times, per_mille), 0.032), "{name}");
            }
        }
    }
}

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(default),
        max_shrink_iters: 4096,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Lines that were read wrong once.
#[test]
fn old_faults() {
    let one = |format: Format, line: &str, max_line| {
        let log = Log { format, text: line.into(), max_line };
        let found: Value = serde_json::from_slice(&json(&log, &given(&log))).unwrap();
        check(&found, &slow::read(format, line.as_bytes(), max_line).unwrap());
        found
    };
    // A client chooses the name that it tries to log in with: it must not get out of the log so.
    let user = r#"192.0.2.1 - a [b [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    assert_eq!(one(Format::Combined, user, 1000)["input"]["parsed"], 1);
    // A year that is none is no year 3000.
    let year = r#"192.0.2.1 - - [10/Oct/20x5:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    assert_eq!(one(Format::Combined, year, 1000)["input"]["rejected"], 1);
    // Where percentiles are not exact any more they still lie between the extremes.
    let slow =
        r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-" 274877.908 -"#;
    let overall = &one(Format::Times, slow, 1000)["latency"]["overall"];
    assert!(overall["p50"].as_f64() >= overall["min"].as_f64(), "{overall}");
    // Whether the end of a line was read or passed over, it is too long.
    let good = r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    let long = format!("{good}\r{}", "x".repeat(9000));
    let options = Options { chunk_bytes: 4096, max_line_bytes: good.len() };
    let log = Log { format: Format::Combined, text: long.into(), max_line: good.len() };
    let input = stream(&log.text, vec![100], options);
    let found = program::report(&input, &given(&log), log.max_line, 1, "json");
    let found: Value = serde_json::from_slice(&found).unwrap();
    assert_eq!(found["input"]["sources"][0]["rejected"]["too_long"], 1);
}

proptest! {
    #![proptest_config(cases(256))]

    /// The fast reader finds what the slow one finds, on logs with damaged lines in them.
    #[test]
    fn the_program_counts_what_the_oracle_counts(log in log(true, 1..40)) {
        let want = slow::read(log.format, &log.text, log.max_line);
        let reading = given(&log);
        // Damage that makes a wrapped log of it (`app_1  | …`): the oracle takes nothing off.
        prop_assume!(reading.parser.wrappers().is_empty());
        let report: Value = serde_json::from_slice(&json(&log, &reading)).unwrap();
        prop_assume!(want.is_some());
        // Damage that makes a JSON array of a log has no lines to compare.
        prop_assume!(report["input"]["sources"][0]["framing"].is_null());
        check(&report, &want.unwrap());
    }

    /// A format that is detected reads the same as the one that was written.
    #[test]
    fn what_is_detected_reads_the_same(log in log(false, 20..40)) {
        let want = slow::read(log.format, &log.text, log.max_line).unwrap();
        let latency = log.format.latency().map(|name| (name, None));
        if let Ok(reading) = detect::detect(&sample(&log.text), latency)
            && want.requests > 10
        {
            let report: Value = serde_json::from_slice(&json(&log, &reading)).unwrap();
            check(&report, &want);
        }
    }

    /// Any chunk size, read size, compression and number of threads: the same bytes.
    #[test]
    fn any_way_of_reading_gives_the_same_report(
        log in log(true, 1..120),
        chunk in prop_oneof![Just(1usize << 10), 1usize << 10..64 << 10, Just(1 << 20)],
        sizes in vec(prop_oneof![Just(0usize), 1usize..8, 1usize..3000], 1..6),
        threads in 1usize..=8,
    ) {
        let sizes = [sizes, vec![5]].concat();
        let reading = given(&log);
        let want = String::from_utf8(json(&log, &reading)).unwrap();
        let options = Options { chunk_bytes: chunk, max_line_bytes: log.max_line };
        let report = |input: &Input, threads| {
            assert_eq!(input.sources()[0].error(), None);
            let found = program::report(input, &reading, log.max_line, threads, "json");
            String::from_utf8(found).unwrap()
        };

        prop_assert_eq!(&report(&stream(&log.text, sizes.clone(), options), threads), &want);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, &log.text).unwrap();
        let name = OsString::from(&path);
        let named = format!("\"name\": \"{}\"", path.display());
        let file = report(&Input::open(std::slice::from_ref(&name), options), threads);
        prop_assert_eq!(&file.replace(&named, "\"name\": \"log\""), &want);

        // Two members, as `cat a.gz b.gz` makes them.
        let (front, back) = log.text.split_at(log.text.len() / 3);
        let mut packed = Vec::new();
        for part in [front, back] {
            let mut member = GzEncoder::new(&mut packed, flate2::Compression::fast());
            member.write_all(part).unwrap();
            member.finish().unwrap();
        }
        std::fs::write(&path, &packed).unwrap();
        let unpacked = |text: String| text.replace("\"gzip\"", "\"none\"").replace(&named, "\"name\": \"log\"");
        let file = report(&Input::open(&[name], options), threads);
        prop_assert_eq!(&unpacked(file), &want);
        prop_assert_eq!(&unpacked(report(&stream(&packed, sizes, options), threads)), &want);
    }
}
