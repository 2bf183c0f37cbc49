//! The labelled benchmark: traffic of a site with known incidents in it, and how much of them a
//! report tells.
//!
//! `cargo test --test incidents` judges a small set, in half a minute. A release build judges all of
//! it, in two to three minutes, with tables by kind and by format:
//!
//! ```text
//! cargo test --release --test incidents -- --nocapture
//! ```
//!
//! `STATLOG_KEEP=folder` writes every log there, with what is true of it and what was reported;
//! `STATLOG_ONLY=bad-node-` looks at no others than those whose name begins so; `STATLOG_SEED=7`
//! draws other logs than those that the rules were written with.
//!
//! The generator is written from what is known of the products (measured faults, their
//! documentation), not from what the detector finds. An incident begins when its first request
//! begins; where the log does not tell that, when it is stamped. Found is what overlaps it and tells
//! of its signal or one of its codes. An `info` is a false alarm too, except where a scanner is. What
//! rises less than the method's own effect gates ask for (`faint`) is told, and not gated.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

mod aim;
mod cause;
mod fault;
mod inject;
mod kind;
mod log;
mod odd;
mod perfect;
#[path = "../program/mod.rs"]
mod program;
mod random;
mod request;
mod row;
mod score;
mod script;
mod sets;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod truth;
mod write;

use kind::KINDS;
use log::{Log, Plan};
use request::Product;
use score::Score;
use serde_json::Value;
use statlog::format::detect;
use statlog::input::{Input, Options};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use support::statlog;

/// The report of a log in a file.
fn report(log: &Log, options: &[&str]) -> Value {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&log.text).unwrap();
    let run = statlog(["analyze", "--format", "json"]).args(options).arg(file.path());
    run.report()
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("STATLOG_KEEP")?);
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

fn keep(log: &Log, report: &Value) {
    let Some(folder) = folder() else { return };
    let path = |suffix: &str| folder.join(format!("{}{suffix}", log.plan.name));
    std::fs::write(path(".log"), &log.text).unwrap();
    std::fs::write(path(".truth.json"), format!("{:#}", log.truth())).unwrap();
    std::fs::write(path(".report.json"), format!("{report:#}")).unwrap();
}

/// Does the work of each plan, on all cores; what comes out is in the order of the plans.
fn each<T: Send>(plans: &[Plan], work: impl Fn(&Plan) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(plan) = plans.get(at) else { break };
                    let out = work(plan);
                    done.lock().unwrap().insert(at, out);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

/// A log without its text, and its report.
type Judged = (Log, Value);

/// Writes and reads the logs.
fn read(plans: &[Plan]) -> Vec<Judged> {
    let mut plans = plans.to_vec();
    if let Some(start) = std::env::var_os("STATLOG_ONLY") {
        plans.retain(|plan| plan.name.as_bytes().starts_with(start.as_encoded_bytes()));
    }
    each(&plans, |plan| {
        let mut log = log::write(plan);
        let report = report(&log, &["--threads", "1"]);
        keep(&log, &report);
        let lines = log.text.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines as u64, log.requests + log.malformed, "{}", plan.name);
        log.text = Vec::new();
        (log, report)
    })
}

/// The small set, read once for all tests.
static SMALL: LazyLock<Vec<Judged>> = LazyLock::new(|| read(&sets::small()));

/// Scores the reports.
fn judge(read: &[Judged]) -> Score {
    let mut score = Score::default();
    for (log, report) in read {
        let found = score::found(report).expect("the report has a list of incidents");
        score.add(log, &found);
    }
    let told = format!("{}\n{}\n", score.table(), score.complaints.join("\n"));
    let _ = std::io::stdout().write_all(told.as_bytes());
    score
}

/// The small set in a debug build; all of it in a release build, which reads it in minutes.
#[test]
fn the_set_passes_the_gates() {
    let score = match cfg!(debug_assertions) {
        true => judge(&SMALL),
        false => judge(&read(&sets::full())),
    };
    let failures = score.failures();
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Every line is read as the format that was written; the counts are those of the truth.
#[test]
fn the_logs_are_what_they_say() {
    let mut formats = BTreeSet::new();
    for (log, report) in SMALL.iter() {
        let name = &log.plan.name;
        let source = &report["input"]["sources"][0];
        let format = source["format"].as_str().unwrap();
        formats.insert((log.plan.product, format.to_owned()));
        let rejected = report["input"]["rejected"].as_u64().unwrap();
        assert_eq!(rejected, log.malformed, "{name}: {}", source["reject_samples"]);
        assert_eq!(source["parsed"], log.requests, "{name}");
        let codes = report["status_codes"].as_array().unwrap();
        let codes: BTreeMap<u16, u64> = codes
            .iter()
            .map(|row| (row["code"].as_u64().unwrap() as u16, row["count"].as_u64().unwrap()))
            .collect();
        let mut want = log.statuses.clone();
        want.remove(&0);
        assert_eq!(codes, want, "{name}");
    }
    let want = [
        // A short look at nginx's combined format cannot tell it from Apache's.
        (Product::Combined, "combined"),
        (Product::Combined, "nginx-combined"),
        (Product::Times, "nginx-performance"),
        (Product::Json, "JSON"),
        (Product::Cloudflare, "cloudflare"),
        (Product::Alb, "aws-alb"),
        (Product::HaProxy, "haproxy-http"),
    ];
    assert_eq!(formats, want.map(|(product, name)| (product, name.to_owned())).into());
}

/// The rates of the usual days and the windows are those that were asked for.
#[test]
fn the_traffic_is_what_was_planned() {
    assert!(sets::asked() >= 40, "{}", sets::asked());
    let ids: BTreeSet<&str> = KINDS.iter().map(|kind| kind.id).collect();
    assert_eq!(ids.len(), KINDS.len());
    for (log, _) in SMALL.iter() {
        let name = &log.plan.name;
        for truth in &log.truths {
            assert!(truth.start < truth.end, "{name}");
            assert!(!truth.codes.is_empty() || truth.judged == kind::Judged::Quiet, "{name}");
            if truth.judged == kind::Judged::Incident {
                assert!(truth.excess > 0, "{name}: {}", truth.json());
            }
        }
        if log.truths.is_empty() && log.plan.quirk == log::Quirk::Usual {
            let rate = |class: u16| {
                let of_class = log.statuses.iter().filter(|(code, _)| *code / 100 == class);
                of_class.map(|(_, count)| *count).sum::<u64>() as f64 / log.requests as f64
            };
            assert!((0.005..0.09).contains(&rate(4)), "{name}: {}", rate(4));
            assert!((0.0..0.01).contains(&rate(5)), "{name}: {}", rate(5));
            let missing = log.statuses[&404] as f64 / log.requests as f64 / rate(4);
            assert!((0.65..0.95).contains(&missing), "{name}: {missing}");
        }
    }
}

/// The same seed, the same bytes.
#[test]
fn a_seed_is_a_log() {
    let plan = &sets::small()[17];
    let (one, other) = (log::write(plan), log::write(plan));
    assert_eq!(one.text, other.text);
    assert_eq!(one.truth(), other.truth());
    let mut next = plan.clone();
    next.seed += 1;
    assert_ne!(log::write(&next).text, one.text);
}

/// Any number of threads, any size of chunks, a file or a pipe: the same report.
#[test]
fn the_report_does_not_depend_on_how_it_is_read() {
    let plans = sets::small();
    for kind in ["bad-node-with-route", "upstream-read-timeout", "auth-outage", "scanner-404"] {
        let plan = plans.iter().find(|plan| plan.name.starts_with(kind)).unwrap();
        let log = log::write(plan);
        let lines: Vec<&[u8]> = log.text.split(|byte| *byte == b'\n').take(200).collect();
        let reading = detect::detect(&lines, None).unwrap();
        let run = |chunk_bytes: usize, threads: usize| {
            let options = Options { chunk_bytes, ..Options::default() };
            let reader = Box::new(std::io::Cursor::new(log.text.clone()));
            let input = Input::from_readers(vec![("log".to_owned(), reader)], options);
            let out = program::report(&input, &reading, options.max_line_bytes, threads, "json");
            String::from_utf8(out).unwrap()
        };
        let want = run(256 << 10, 1);
        for (chunk, threads) in [(256 << 10, 4), (4 << 10, 1), (10_007, 4), (1 << 20, 7)] {
            assert_eq!(run(chunk, threads), want, "{kind}, {threads} threads, {chunk} bytes");
        }

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        std::fs::write(&path, &log.text).unwrap();
        let command = || statlog(["analyze", "--format", "json"]);
        let mut file = command().args(["--threads", "4"]).arg(&path).report();
        let mut pipe = command().args(["--threads", "2", "-"]).stdin(log.text.clone()).report();
        for report in [&mut file, &mut pipe] {
            // Its name, and how many lines were looked at to detect the format.
            let source = report["input"]["sources"][0].as_object_mut().unwrap();
            source.remove("name").unwrap();
            source.remove("sample").unwrap();
            // A file is read again to count what of a pipe is known by a sample.
            for incident in report["incidents"].as_array_mut().unwrap() {
                incident.as_object_mut().unwrap().remove("counted").unwrap();
                for culprit in incident["culprits"].as_array_mut().unwrap() {
                    let is_figure = |key: &str| !matches!(key, "dimension" | "value" | "with");
                    culprit.as_object_mut().unwrap().retain(|key, _| !is_figure(key));
                }
            }
        }
        assert_eq!(file.to_string(), pipe.to_string(), "{kind}");
    }
}
