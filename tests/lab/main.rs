//! Lines that real servers wrote under faults made on purpose: each maps to its fault.
//!
//! The lines are those of `../shared/samples/lab`: one or a few of each fault, of nginx, HAProxy and
//! Apache. An hour of usual lines of the same log is laid around them, in which the fault is for five
//! minutes; times and clients are put in, all else is the servers' own. Without that folder the tests
//! say so and pass.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "../support/mod.rs"]
mod support;
mod table;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{shared, statlog};
use table::{FAULTS, Fault, Server};

/// Seconds of a log.
const SECONDS: usize = 3600;
/// Seconds of the fault in it.
const WINDOW: Range<usize> = 1800..2100;
/// One in so many requests is for what is not there.
const MISSING: usize = 50;
/// One in so many requests is for what the fault is met at.
const ALIKE: usize = 7;
/// Clients, each in a network of its own.
const CLIENTS: usize = 240;
/// Of those, the ones that meet what follows a few.
const FEW: usize = 3;
/// It comes in one of so many seconds.
const EVERY: usize = 4;

/// The lines of a server's log; `None` where the folder is absent.
fn lines(server: Server) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(shared()?.join("samples/lab").join(server.file())).unwrap();
    // HAProxy's comes over syslog, with lines that tell of no request.
    let is_haproxy = server == Server::HaProxy;
    let lines = text.lines().filter_map(|line| match is_haproxy {
        true => Some(line.split_once("] fe ")?.1.to_owned()),
        false => Some(line.to_owned()),
    });
    Some(lines.collect())
}

/// A line with a time and a client.
fn stamped(server: Server, second: usize, client: usize, line: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    let address = format!("198.{}.{}.7", 18 + client / 250, client % 250);
    let stamp = format!("10/Oct/2025:12:{minute:02}:{second:02}");
    match server {
        Server::HaProxy => format!("{address}:41000 [{stamp}.250] fe {line}\n"),
        _ => format!("{address} [{stamp} +0000] {line}\n"),
    }
}

/// Whether the fault comes in a second: in no rhythm, which would be a cause of its own.
fn is_hit(second: usize) -> bool {
    second.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(20).is_multiple_of(EVERY)
}

/// Method and target of a request, where the line has one.
fn asked(line: &str) -> Option<&str> {
    let (_, request) = line.split_once('"')?;
    let (request, _) = request.split_once(" HTTP/")?;
    request.contains(" /").then_some(request)
}

/// An hour of a server with a fault in it.
fn log(fault: &Fault, lines: &[String]) -> String {
    let of = |part: &str| lines.iter().filter(|line| line.contains(part)).collect::<Vec<_>>();
    let [usual, missing] = [fault.server.usual(), fault.server.missing()].map(|part| of(part)[0]);
    let faulty = of(fault.line);
    assert!(!faulty.is_empty(), "{}: no such line", fault.line);
    // What is asked for was answered before.
    let before = match (asked(usual), asked(faulty[0])) {
        (Some(usual_request), Some(request)) => usual.replace(usual_request, request),
        _ => usual.clone(),
    };
    let mut text = String::new();
    for second in 0..SECONDS {
        let client = second * 7919 % CLIENTS;
        let line = match second {
            _ if second % MISSING == 0 => missing,
            _ if second % ALIKE == 0 && !WINDOW.contains(&second) => &before,
            _ => usual,
        };
        let _ = write!(text, "{}", stamped(fault.server, second, client, line));
        if WINDOW.contains(&second) && is_hit(second) {
            let dice = second * 7927 + second * second % 127;
            let client = dice % if fault.is_of_few { FEW } else { CLIENTS };
            for line in &faulty {
                let _ = write!(text, "{}", stamped(fault.server, second, client, line));
            }
        }
    }
    text
}

/// The likeliest cause of each incident, and the causes of the findings.
fn causes(report: &Value) -> Vec<&str> {
    let all = |list: &str| report[list].as_array().unwrap().iter();
    let first = all("incidents").filter_map(|incident| incident["causes"].as_array()?.first());
    first.chain(all("findings")).map(|of| of["cause"].as_str().unwrap()).collect()
}

/// What is wrong with the report of a fault, if anything.
fn wrong(fault: &Fault, lines: &[String]) -> Option<String> {
    let text = log(fault, lines);
    keep(fault, "log", &text);
    let mut run = statlog(["analyze", "--format", "json", "--threads", "1"]);
    if let Some(format) = fault.server.format() {
        run = run.args(["--log-format", format]);
    }
    let report = run.stdin(text).report();
    keep(fault, "json", &format!("{report:#}"));
    assert_eq!(report["input"]["rejected"], 0, "{}", report["input"]);
    let found = causes(&report);
    let is_right = found.iter().any(|cause| fault.causes.contains(cause));
    let name = format!("{:?} {:?}", fault.server, fault.line);
    (!is_right).then(|| format!("{name} is {}, not {}", fault.causes[0], found.join(", ")))
}

/// Writes a log or its report to the folder `STATLOG_KEEP`, if that is set.
fn keep(fault: &Fault, suffix: &str, text: &str) {
    let Some(folder) = std::env::var_os("STATLOG_KEEP").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let name = fault.line.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    std::fs::write(folder.join(format!("{:?}-{name}.{suffix}", fault.server)), text).unwrap();
}

#[test]
fn each_line_maps_to_its_fault() {
    let mut logs = BTreeMap::new();
    for server in [Server::Nginx, Server::NginxBrief, Server::HaProxy, Server::Apache] {
        let Some(lines) = lines(server) else { return };
        logs.insert(server, lines);
    }
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(fault) = FAULTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = wrong(fault, &logs[&fault.server]);
                    all.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let mut wrong = all.into_inner().unwrap();
    wrong.sort_unstable();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), FAULTS.len(), wrong.join("\n"));
}
