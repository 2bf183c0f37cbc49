//! Ctrl-C and its like: the report of what was read until then.

use crate::line;
use crate::support::{Done, number, statlog};
use rustix::process::{Pid, Signal, kill_process};
use std::io::Write as _;
use std::process::{Child, ChildStdin};
use std::time::{Duration, Instant};

/// A run that has read this many lines and waits for more.
fn waiting(arguments: &[&str], count: usize) -> (Child, ChildStdin, tempfile::TempDir) {
    let (mut child, home) = statlog(arguments).start();
    let mut pipe = child.stdin.take().expect("it was piped");
    let letter = |at: usize| char::from(b'a' + (at % 26) as u8);
    let path = |at| format!("/{}{}{}", letter(at / 676), letter(at / 26), letter(at));
    let text: String = (0..count).map(|at| line(at, &path(at), 200)).collect();
    // When it catches signals it has read its settings and waits for the log.
    until(|| catches(&child, Signal::INT));
    let before = has_read(&child);
    pipe.write_all(text.as_bytes()).expect("it reads");
    until(|| has_read(&child) >= before + text.len());
    // What is read is still to be parsed.
    std::thread::sleep(Duration::from_millis(200));
    (child, pipe, home)
}

/// Waits for something that must happen soon.
fn until(mut happens: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process has its own handler for a signal (proc(5), `SigCgt`).
fn catches(child: &Child, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    caught & (1 << (signal.as_raw() - 1)) != 0
}

/// Bytes that a process has read since it began (proc(5), `rchar`).
fn has_read(child: &Child) -> usize {
    let io = std::fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap_or_default();
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    read.and_then(|read| read.parse().ok()).unwrap_or(0)
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it lives");
}

#[test]
fn an_interrupted_run_reports_what_it_read() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        // Fewer lines than a sample has, and more.
        for count in [3, 1000] {
            let (child, _pipe, _home) = waiting(&["analyze", "--format", "json"], count);
            let start = Instant::now();
            send(&child, signal);
            let done = Done::from(child.wait_with_output().expect("it ends"));
            let elapsed = start.elapsed();
            assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
            assert_eq!(done.code, code, "{}", done.errors());
            let report = done.json();
            assert_eq!(report["complete"], false);
            assert_eq!(number(&report, "/input/parsed"), count as u64);
            assert!(report["warnings"].to_string().contains("interrupted"));
        }
    }
}

/// At any moment: before the first line, within the sample, within the reading.
#[test]
fn an_interruption_at_any_moment_gives_a_report_or_says_why_not() {
    for delay in 0..20 {
        let (mut child, _home) = statlog(["analyze", "--format", "json"]).start();
        until(|| catches(&child, Signal::INT));
        let mut pipe = child.stdin.take().expect("it was piped");
        let feeder = std::thread::spawn(move || {
            for at in 0.. {
                if pipe.write_all(line(at, "/", 200).repeat(20).as_bytes()).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        std::thread::sleep(Duration::from_millis(delay * delay));
        send(&child, Signal::INT);
        let done = Done::from(child.wait_with_output().expect("it ends"));
        feeder.join().expect("it does not panic");
        assert_eq!(done.code, 130, "after {delay}² ms: {}", done.errors());
        let report = done.json();
        assert_eq!(report["complete"], false);
        let [lines, parsed] =
            ["lines", "parsed"].map(|name| number(&report, &format!("/input/{name}")));
        assert_eq!(lines, parsed, "no line was cut in two");
    }
}

/// The first signal asks for the report; the second does not wait for anybody who reads it.
#[test]
fn a_second_signal_ends_it_at_once() {
    let (mut child, pipe, _home) = waiting(&["analyze", "--format", "json", "--top", "1000"], 1000);
    // Its report, with each route, does not fit the pipe: it waits for a reader.
    send(&child, Signal::INT);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(child.try_wait().expect("it can be asked"), None);
    send(&child, Signal::INT);
    let start = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(status.code(), Some(130));
    drop(pipe);
}

#[test]
fn an_interrupted_run_writes_its_file_too() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let output = folder.path().join("report.json");
    let name = output.to_string_lossy();
    let (child, _pipe, _home) = waiting(&["analyze", "--format", "json", "-o", &name], 500);
    send(&child, Signal::TERM);
    let done = Done::from(child.wait_with_output().expect("it ends"));
    assert_eq!(done.code, 143, "{}", done.errors());
    let report = std::fs::read(output).expect("it was written");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("it is whole");
    assert_eq!(report["complete"], false);
}

/// `--last` reads the log twice; Ctrl-C ends it in the first pass too.
#[test]
fn the_search_for_the_newest_request_can_be_interrupted() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let log = zstd::encode_all(line(0, "/", 200).repeat(1_000_000).as_bytes(), 1);
    let path = folder.path().join("access.log.zst");
    std::fs::write(&path, log.expect("memory")).expect("it can be written");
    let name = path.to_string_lossy();
    let (child, _home) = statlog(["analyze", "--last", "1h", "--threads", "1", &name]).start();
    until(|| catches(&child, Signal::INT));
    std::thread::sleep(Duration::from_millis(150));
    let start = Instant::now();
    send(&child, Signal::INT);
    let done = Done::from(child.wait_with_output().expect("it ends"));
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    done.says(130, "interrupted before the newest request was found, so there is no report");
    assert_eq!(done.text(), "");
}

/// What was not read before the signal is not called empty.
#[test]
fn an_interruption_before_the_first_byte() {
    let (mut child, _home) = statlog(["analyze", "--format", "json"]).start();
    // Open until the end: a closed one would be an empty log.
    let _pipe = child.stdin.take().expect("it was piped");
    until(|| catches(&child, Signal::INT));
    std::thread::sleep(Duration::from_millis(100));
    send(&child, Signal::INT);
    let done = Done::from(child.wait_with_output().expect("it ends"));
    assert_eq!(done.code, 130, "{}", done.errors());
    let source = &done.json()["input"]["sources"][0];
    assert_eq!(source["notes"][0], "was not read before the run was stopped", "{source:#}");
}
