//! Real lines of a real server: Debian's nginx before backends that fail in known ways, and what a
//! report over nginx's own log calls each failure.
//!
//! Everything is on the loopback. The requests of two hours are made in some seconds; see `compose`
//! for what that does to the lines. `STATLOG_KEEP=folder` writes the logs and the reports there.
//!
//! Without nginx the tests say so and pass; under `STATLOG_CI=1` they fail.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]
// The clients need the whole of 127.0.0.0/8, which is Linux's.
#![cfg(target_os = "linux")]

mod backend;
mod compose;
mod fault;
mod nginx;
mod plan;
#[path = "../support/mod.rs"]
mod support;
mod traffic;

use backend::Backend;
use fault::{Act, FAULTS, Fault};
use jiff::Timestamp;
use nginx::Nginx;
use plan::{Request, SECONDS, requests, window};
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;
use support::{number, statlog};

/// Bounds of an incident may be so far off, seconds.
const OFF: i64 = 30;

/// Bytes of the comment that keeps some browsers from showing pages of their own.
const PADDING: usize = 402;

/// What was done, and what nginx wrote of it.
struct Run {
    /// Each request, with the statuses that its client saw.
    requests: Vec<(Request, Vec<u16>)>,
    /// The lines in the full format, each with its second.
    full: Vec<(u32, String)>,
    /// nginx's error log.
    errors: String,
    /// The reports over the full and over the combined format.
    reports: [Value; 2],
}

static RUN: LazyLock<Option<Run>> = LazyLock::new(run);

/// The run; `None`, with a word on stderr, where there is no nginx.
fn run() -> Option<Run> {
    let Some(program) = nginx::find() else {
        let word = "nginx is not installed";
        assert!(std::env::var_os("STATLOG_CI").is_none(), "{word}");
        // Not a panic: who has no nginx can test all else.
        let _ = writeln!(std::io::stderr(), "skipped: {word}");
        return None;
    };
    let site = Backend::down();
    let late = [
        ("REPORTS", Backend::down()),
        ("FIRST", Backend::down()),
        ("SECOND", Backend::down()),
        ("ARCHIVE", Backend::stuck()),
    ];
    let places = late.iter().map(|(name, backend)| (*name, backend.address()));
    let places: Vec<_> = places.chain([("SITE", site.address())]).collect();
    let nginx = Nginx::start(&program, &places);
    site.up();
    let is_early = |request: &Request| request.fault.is_some_and(|fault| fault.act.is_early());
    let (early, rest): (Vec<_>, Vec<_>) = requests().into_iter().partition(is_early);
    let mut answers = traffic::send(nginx.address, &early);
    late.into_iter().for_each(|(_, backend)| backend.up());
    std::thread::sleep(nginx::FAIL_TIMEOUT);
    answers.extend(traffic::send(nginx.address, &rest));
    let requests: Vec<_> = early.into_iter().chain(rest).zip(answers).collect();
    // A client that left has a line too.
    let count = requests.iter().map(|(_, answers)| answers.len().max(1)).sum();
    let [full, combined, errors] = nginx.logs(count);
    let (full, combined) = (compose::lines(&full), compose::lines(&combined));
    assert_eq!((full.len(), combined.len()), (count, count), "{errors}");
    let report = |lines: &[_], name: &str, options: &[&str]| {
        let text = compose::text(lines);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let run = statlog(["analyze", "--format", "json"]).args(options).arg(file.path());
        let report = run.report();
        keep(&format!("{name}.log"), &text);
        keep(&format!("{name}.json"), &format!("{report:#}"));
        report
    };
    let reports =
        [report(&full, "full", &["--log-format", nginx::FULL]), report(&combined, "combined", &[])];
    keep("error.log", &errors);
    Some(Run { requests, full, errors, reports })
}

fn keep(name: &str, text: &str) {
    let Some(folder) = std::env::var_os("STATLOG_KEEP").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
}

impl Fault {
    /// Whether a second is in its window.
    fn lasts(&self, second: u32) -> bool {
        window(self).contains(&second)
    }

    /// The incidents of a report that are of its window.
    fn incidents<'r>(&self, report: &'r Value) -> Vec<&'r Value> {
        let window = window(self);
        let (start, end) = (compose::time(window.start), compose::time(window.end));
        let incidents = report["incidents"].as_array().unwrap().iter();
        let of_it = incidents.filter(|incident| {
            let [from, to] = ["start", "end"].map(|key| moment(&incident[key]));
            from.as_second() >= start.as_second() - OFF && to.as_second() <= end.as_second() + OFF
        });
        of_it.collect()
    }
}

fn moment(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// The ids of the likely causes of what was in a fault's window, the likeliest first. Of several
/// incidents there, those of the first that has the fault's status.
fn names<'r>(report: &'r Value, fault: &Fault) -> Vec<&'r str> {
    let incidents = fault.incidents(report);
    let of_status = incidents.iter().find(|incident| is_of(incident, fault));
    let causes = of_status.into_iter().flat_map(|incident| incident["causes"].as_array().unwrap());
    causes.map(|cause| cause["cause"].as_str().unwrap()).collect()
}

/// Whether an incident is of a fault's status.
fn is_of(incident: &Value, fault: &Fault) -> bool {
    let codes = incident["codes"].as_array().unwrap();
    codes.contains(&fault.status.into()) || fault.status == 301 && incident["signal"] == "redirects"
}

/// The faults are what they are meant to be: to the client, in nginx's log and in its error log.
#[test]
fn nginx_logs_each_fault_as_it_is_known_to() {
    let Some(run) = &*RUN else { return };
    for fault in FAULTS {
        let met: Vec<_> = run
            .requests
            .iter()
            .filter(|(request, _)| request.fault.is_some_and(|of| std::ptr::eq(of, fault)))
            .collect();
        assert!(met.len() >= 40, "{}: {} requests", fault.cause, met.len());
        let mut seen: BTreeMap<&[u16], usize> = BTreeMap::new();
        met.iter().for_each(|(_, answers)| *seen.entry(answers).or_default() += 1);
        match &fault.act {
            // Some get through.
            Act::Flood(_) => {
                let statuses: Vec<_> = seen.keys().copied().collect();
                assert_eq!(statuses, [&[200][..], &[503]]);
                assert!(seen[&[503][..]] > met.len() / 2, "{seen:?}");
            }
            Act::Leave("hang", _) => assert_eq!(seen, [(&[][..], met.len())].into()),
            Act::Leave(..) => {
                let statuses: Vec<_> = seen.keys().copied().collect();
                assert_eq!(statuses, [&[][..], &[200]]);
            }
            Act::Plain => assert_eq!(seen, [(&[301; 21][..], met.len())].into()),
            _ => assert_eq!(seen, [(&[fault.status][..], met.len())].into(), "{}", fault.cause),
        }
        let line = Regex::new(&format!("^{}", fault.line)).unwrap();
        let status = format!("\" {} ", fault.status);
        let mut lines = 0;
        for (second, text) in &run.full {
            if fault.lasts(*second) && text.contains(&status) {
                let (_, behind) = text.rsplit_once("\" rt=").unwrap();
                assert!(line.is_match(&format!("rt={behind}")), "{}: {text}", fault.cause);
                lines += 1;
            }
        }
        assert!(lines >= 40, "{}: {lines} lines", fault.cause);
        assert!(run.errors.contains(fault.message), "{}: {}", fault.cause, fault.message);
    }
}

/// nginx's own pages have the lengths that rules know a refusal by. To browsers of Chrome's kind each
/// is longer (`ngx_http_send_special_response`: `msie_padding`).
#[test]
fn nginxs_own_pages_are_as_long_as_known() {
    let Some(run) = &*RUN else { return };
    let mut around = BTreeSet::new();
    for fault in FAULTS.iter().filter(|fault| fault.page != 0) {
        let status = format!("\" {} ", fault.status);
        for (_, line) in run.full.iter().filter(|(second, _)| fault.lasts(*second)) {
            let Some((_, behind)) = line.split_once(&status) else { continue };
            let bytes: usize = behind.split(' ').next().unwrap().parse().unwrap();
            let padding = if line.contains(" Chrome/") { PADDING } else { 0 };
            assert!(bytes > fault.page + padding, "{line}");
            around.insert(bytes - fault.page - padding);
        }
    }
    // What every page has: 41 bytes and the server's name and version.
    let around: Vec<_> = around.into_iter().collect();
    assert!(matches!(around[..], [46..=81]), "{around:?}");
}

/// Both formats are read whole.
#[test]
fn every_line_is_read() {
    let Some(run) = &*RUN else { return };
    for (report, format) in run.reports.iter().zip(["given nginx format", "combined"]) {
        assert_eq!(number(report, "/input/parsed"), run.full.len() as u64);
        assert_eq!(report["input"]["sources"][0]["format"], format);
        assert_eq!(moment(&report["window"]["start"]), compose::time(0));
        assert_eq!(moment(&report["window"]["end"]), compose::time(SECONDS - 1));
    }
}

/// Each fault is an incident, and nothing else is.
#[test]
fn each_fault_is_an_incident() {
    let Some(run) = &*RUN else { return };
    for report in &run.reports {
        let mut of_faults = 0;
        for fault in FAULTS {
            let incidents = fault.incidents(report);
            assert!(incidents.iter().any(|incident| is_of(incident, fault)), "{}", fault.cause);
            of_faults += incidents.len();
        }
        assert_eq!(report["incidents"].as_array().unwrap().len(), of_faults);
    }
}

/// The report over nginx's own log names the cause of each.
#[test]
fn each_cause_is_named() {
    let Some(run) = &*RUN else { return };
    let mut wrong = Vec::new();
    for fault in FAULTS {
        let [full, combined] = run.reports.each_ref().map(|report| names(report, fault));
        let among = full.iter().take(3).any(|cause| *cause == fault.cause);
        if !(among && fault.first.contains(&full[0])) {
            wrong.push(format!("{}: {full:?}", fault.cause));
        }
        if !combined.first().is_some_and(|cause| fault.in_combined.contains(cause)) {
            wrong.push(format!("{}, combined: {combined:?}", fault.cause));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
