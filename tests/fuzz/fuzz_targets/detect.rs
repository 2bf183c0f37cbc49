//! Any small log is detected or refused; when it is detected, each of its lines is a request, no
//! request, or rejected.
#![no_main]

use libfuzzer_sys::fuzz_target;
use statlog::format::Line;
use statlog::format::detect::{candidates, detect};
use statlog::input::{Input, Options};
use statlog::scan::{Plan, scan};
use statlog_fuzz::{lines, read};
use std::io::Cursor;

fuzz_target!(|text: &[u8]| {
    let lines = lines(text);
    for candidate in candidates(&lines) {
        assert!(candidate.read <= candidate.sampled);
        assert!(candidate.sampled <= lines.len() as u64);
    }
    let Ok(reading) = detect(&lines, None) else { return };
    let requests = read(&reading.parser, text)
        .into_iter()
        .filter(|line| matches!(line, Line::Request | Line::Sister(_)))
        .count() as u64;
    assert!(reading.read <= reading.sampled && reading.read <= requests);

    // Small, as each input has a buffer of its own.
    let options = Options { chunk_bytes: 4096, ..Options::default() };
    let input =
        Input::from_readers(vec![("log".into(), Box::new(Cursor::new(text.to_vec())))], options);
    let plan = Plan {
        parsers: vec![Some(reading.parser)],
        max_line_bytes: options.max_line_bytes,
        threads: 1,
        ..Plan::default()
    };
    let found = scan(&input, &plan);
    if input.sources()[0].error().is_some() {
        return;
    }
    let of = &found.sources[0];
    assert_eq!(of.lines, of.parsed + of.skipped() + of.rejected());
    // Requests that no client sent are read and counted apart.
    assert!(found.tally.requests <= of.parsed);
    // Line starts lose their NULs on the way, and with them a line of nothing else that has no end.
    if !text.contains(&0) && !text.starts_with(b"\xef\xbb\xbf") {
        assert_eq!(of.lines, lines.len() as u64);
        assert_eq!(of.parsed, requests);
    }
});
