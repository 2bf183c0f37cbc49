//! Logs whose header lines say what the lines after them mean are cut anywhere and read by any
//! number of threads: the same counts.

#![allow(missing_docs, reason = "a test binary has no readers of documentation")]
#![allow(clippy::unwrap_used)]

use statlog::format::detect::given;
use statlog::input::{Input, Options};
use statlog::scan::{Plan, Scan, scan};
use std::fmt::Write as _;
use std::io::{Cursor, Read};

/// Headers that change, a day that begins without saying so, long lines, and lines that are none.
fn log() -> String {
    let mut log = String::new();
    for part in 0..6 {
        let _ = writeln!(log, "#Software: Microsoft Internet Information Services 10.0");
        let _ = writeln!(log, "#Date: 2025-10-1{part} 23:00:00");
        if part % 2 == 0 {
            let _ = writeln!(log, "#Fields: time c-ip cs-method cs-uri-stem sc-status time-taken");
        } else {
            let _ = writeln!(log, "#Fields: date time sc-status cs-method cs-uri-stem c-ip");
        }
        for line in 0..120 {
            let minute = 23 * 60 + line;
            let (hour, minute) = (minute / 60 % 24, minute % 60);
            let status = [200, 404, 503][line % 3];
            if part % 2 == 0 {
                let _ =
                    writeln!(log, "{hour:02}:{minute:02}:00 192.0.2.{line} GET /a {status} {line}");
            } else {
                let _ = writeln!(
                    log,
                    "2025-10-1{part} {hour:02}:{minute:02}:00 {status} GET /a 192.0.2.{line}"
                );
            }
            match line {
                50 => log.push_str("#Fields: what is too long for a header "),
                70 => log.push_str("\n23:59:00 nonsense\n\r\n"),
                _ => {}
            }
            if line == 50 {
                let _ = writeln!(log, "{}", "x ".repeat(300));
            }
        }
    }
    log
}

fn summary(scan: &Scan) -> String {
    let codes = [200, 404, 503].map(|code| scan.tally.codes[code]);
    let lines = &scan.sources[0];
    let samples: Vec<_> = lines.samples.iter().map(|s| (s.reject, s.line, s.text.len())).collect();
    format!(
        "{codes:?} {:?} {} lines, {} parsed, {:?} {samples:?}",
        scan.tally.series.span(),
        lines.lines,
        lines.parsed,
        lines.skipped,
    )
}

fn plan(log: &[u8], sources: usize, threads: usize) -> Plan {
    let sample: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(200).collect();
    let parser = given("iis-w3c", &sample, None).unwrap().parser;
    Plan { parsers: vec![Some(parser); sources], max_line_bytes: 300, threads, ..Plan::default() }
}

#[test]
fn any_cut_and_any_number_of_threads() {
    let log = log();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &log).unwrap();
    let run = |chunk_bytes: usize, threads: usize, as_stream: bool| {
        let options = Options { chunk_bytes, max_line_bytes: 300 };
        let input = match as_stream {
            true => {
                let reader: Box<dyn Read + Send> = Box::new(Cursor::new(log.clone().into_bytes()));
                Input::from_readers(vec![("a".into(), reader)], options)
            }
            false => Input::open(&[file.path().into()], options),
        };
        summary(&scan(&input, &plan(log.as_bytes(), 1, threads)))
    };
    let expected = run(1 << 20, 1, false);
    // 720 lines, of which 6 are too long for a header and 6 are nonsense.
    assert!(expected.contains("[240, 240, 240]"), "{expected}");
    for chunk_bytes in [1, 7, 40, 64, 333, 1000, 4096, 20_000] {
        for threads in [1, 2, 3, 8] {
            for as_stream in [false, true] {
                let found = run(chunk_bytes, threads, as_stream);
                assert_eq!(found, expected, "{chunk_bytes} bytes, {threads} threads, {as_stream}");
            }
        }
    }
}

#[test]
fn many_sources_at_once() {
    let log = log();
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..5).map(|at| folder.path().join(format!("{at}.log"))).collect();
    paths.iter().for_each(|path| std::fs::write(path, &log).unwrap());
    let names: Vec<_> = paths.iter().map(Into::into).collect();
    let options = Options { chunk_bytes: 200, max_line_bytes: 300 };
    for threads in [1, 2, 8] {
        let input = Input::open(&names, options);
        let found = scan(&input, &plan(log.as_bytes(), 5, threads));
        assert_eq!(found.tally.codes[404], 5 * 240, "{threads} threads");
    }
}

/// Workers that wait for a chunk of another one are not left behind when the reading is stopped.
#[test]
fn a_stop_leaves_nobody_waiting() {
    let log = log().repeat(20);
    for (round, threads) in [(0, 1), (1, 2), (2, 8), (3, 8)] {
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(log.clone().into_bytes()));
        let options = Options { chunk_bytes: 1, max_line_bytes: 300 };
        let input = Input::from_readers(vec![("a".into(), reader)], options);
        let found = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(5 * round));
                input.stop().store(true, std::sync::atomic::Ordering::Relaxed);
            });
            scan(&input, &plan(log.as_bytes(), 1, threads))
        });
        assert!(found.sources[0].lines <= 20 * 762);
    }
}
