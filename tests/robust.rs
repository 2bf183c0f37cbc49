//! Lines that nobody would write: random bytes and spoilt samples of every format. Nothing may
//! panic, and every line must be accounted for. The lines are the same in every run.
#![allow(clippy::unwrap_used)]

mod program;

use statlog::format::detect::{Reading, candidates, detect, given};
use statlog::format::marks::{Marks, Quotes};
use statlog::format::{FORMATS, Line, Scratch};
use statlog::input::{Input, Options};
use statlog::record::Record;
use std::io::Cursor;

/// A small generator (`splitmix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// What log lines are made of, and what breaks readers of numbers, lists, times and JSON.
const WORDS: &[&str] = &[
    "\"",
    "\\",
    " ",
    "-",
    "[",
    "]",
    ":",
    ",",
    ", ",
    " : ",
    "\t",
    "{",
    "}",
    "\\\"",
    "\\u",
    "\\ud800",
    "\0",
    "\r",
    ".",
    "0",
    "000",
    "200",
    "999",
    "18446744073709551615",
    "18446744073709551616",
    "18446744073709.551",
    "99999999999999999999.999",
    "-1",
    "0.001",
    "1e999",
    "null",
    "true",
    "GET ",
    " HTTP/1.1",
    "10/Oct/2025:13:55:01 +0000",
    "31/Dec/9999:23:59:60 -2359",
    "01/Jan/0000:00:00:00 +2359",
    "2025-10-10T13:55:01Z",
    "9999-12-31T23:59:59-23:59",
    "9223372036854775807",
    "status:",
    "time:",
    "\"status\":",
    "\"request_time\":",
    "[[[[",
    "{\"a\":",
    "192.0.2.1",
    "::1",
    "https://",
    "?",
    "/",
    "#",
    "\u{202e}",
    "\u{1b}[2J",
];

/// What format strings are made of, and what breaks readers of them.
const TOKENS: &[&str] = &[
    "$",
    "$status",
    "${status}",
    "$request_time",
    "$upstream_status",
    "$http_x",
    "%",
    "%>s",
    "%s",
    "%D",
    "%r",
    "%{",
    "%{x}i",
    "%{ms}T",
    "%{%Y}t",
    "%400,501{x}i",
    "%%",
    "{",
    "{{",
    "}",
    "{status}",
    "{ status}",
    "{x=status}",
    "{time:iso}",
    "{time:x}",
    "{latency:ms}",
    "{latency}",
    "{ a=latency_part:ms}",
    "{*}",
    "{?}",
    "{:}",
    "{=}",
    "escape=json",
    "log_format x '",
    "';",
    "\u{e9}",
];

/// One line without newline: spoilt in up to `faults` places.
fn line(random: &mut Random, samples: &[&[u8]], faults: usize) -> Vec<u8> {
    spoilt(random, samples, faults, WORDS)
}

/// A sample, or something else, spoilt with these words.
fn spoilt(random: &mut Random, samples: &[&[u8]], faults: usize, words: &[&str]) -> Vec<u8> {
    let mut line = match random.below(8) {
        0 => (0..random.below(120)).map(|_| random.next() as u8).collect(),
        1 => (0..random.below(40)).flat_map(|_| random.pick(words).bytes()).collect(),
        _ => random.pick(samples).to_vec(),
    };
    for _ in 0..random.below(faults + 1) {
        let at = random.below(line.len() + 1);
        let to = at + random.below((line.len() - at).min(30) + 1);
        match random.below(6) {
            0 => line.truncate(at),
            1 => drop(line.drain(at..to)),
            2 => drop(line.splice(at..to, random.pick(words).bytes())),
            3 => drop(line.splice(at..at, random.pick(words).bytes())),
            4 if at < line.len() => line[at] = random.next() as u8,
            _ => {
                let other = random.pick(samples);
                let from = random.below(other.len());
                line.splice(at..to, other[from..].iter().copied());
            }
        }
    }
    line.retain(|byte| *byte != b'\n');
    line
}

fn samples() -> Vec<&'static [u8]> {
    let texts = FORMATS.iter().flat_map(|format| format.samples.iter().chain(format.others));
    texts.map(|text| text.as_bytes()).collect()
}

fn lines(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let (mut random, samples) = (Random(seed), samples());
    (0..count).map(|_| line(&mut random, &samples, 3)).collect()
}

/// Reads lines with a reading's parser and says how many of them were requests. It must make no
/// difference whether their quotes are known beforehand.
fn read(reading: &Reading, lines: &[&[u8]]) -> usize {
    let (parser, mut marks) = (&reading.parser, Marks::default());
    let (scratch, other) = (parser.scratch(), parser.scratch());
    let text = lines.join(&b"\n"[..]);
    marks.index(&text);
    let mut requests = 0;
    let mut count = 0;
    for (line, quotes) in marks.lines(&text) {
        let (mut record, mut alone) = (Record::default(), Record::default());
        let found = parser.read(line, quotes, &scratch, &mut record);
        let fresh = Scratch::default();
        // Where header lines count, what came before a line must be known.
        let fresh = if parser.relay(1 << 20).is_some() { &other } else { &fresh };
        assert_eq!(found, parser.read(line, Quotes::UNKNOWN, fresh, &mut alone));
        if matches!(found, Line::Request | Line::Sister(_)) {
            assert_eq!(record, alone, "{}", line.escape_ascii());
            requests += 1;
        }
        if let Line::Sister(number) = found {
            assert!(number < FORMATS.len());
        }
        assert_eq!(line, lines[count]);
        count += 1;
    }
    // What follows the last newline is a line only if there is something in it.
    assert!(lines[count..].iter().all(|line| line.is_empty()));
    requests
}

/// The whole program on the lines, in both output formats: the counts of the report add up.
fn report(reading: &Reading, lines: &[&[u8]], requests: usize) {
    let text = lines.join(&b"\n"[..]);
    for format in ["json", "text"] {
        let reader = Box::new(Cursor::new(text.clone()));
        let input = Input::from_readers(vec![("log".into(), reader)], Options::default());
        let report = program::report(&input, reading, 64 << 10, 1, format);
        if format == "json" {
            let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
            let of = |name: &str| report["input"][name].as_u64().unwrap();
            assert_eq!(of("lines"), of("parsed") + of("skipped") + of("rejected"));
            assert!(of("parsed") as usize <= lines.len());
            // NULs before a line are dropped on the way, which can only make more of it readable,
            // unless it is a header line then.
            assert!(of("parsed") as usize >= requests || reading.parser.relay(1 << 20).is_some());
        } else {
            let harmless = |byte: &u8| *byte >= b' ' && *byte != 0x7f || *byte == b'\n';
            assert!(report.iter().all(harmless), "{}", report.escape_ascii());
        }
    }
}

#[test]
fn every_format_reads_every_line() {
    let lines = lines(1, 60_000);
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    for format in FORMATS {
        let learned: Vec<&[u8]> = format.samples.iter().map(|sample| sample.as_bytes()).collect();
        let reading = given(format.name, &learned, None).unwrap();
        let requests = read(&reading, &lines);
        // Its own samples are among the lines, some of them whole.
        assert!(requests > 0, "{}", format.name);
        let part = &lines[..2000];
        report(&reading, part, read(&reading, part));
    }
}

#[test]
fn any_few_lines_are_detected_or_refused() {
    let (mut random, all) = (Random(2), samples());
    let mut detected = 0;
    for round in 0..1000 {
        // Mostly of one kind, so that something is found.
        let kind = [random.pick(&all), random.pick(&all)];
        let kinds = if round % 3 == 0 { &all[..] } else { &kind[..] };
        let lines: Vec<Vec<u8>> = (0..20).map(|_| line(&mut random, kinds, round % 4)).collect();
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        for candidate in candidates(&lines) {
            assert!(candidate.read <= candidate.sampled);
        }
        let latency = [None, Some(("request_time", None)), Some(("status", None))][round % 3];
        if let Ok(reading) = detect(&lines, latency) {
            detected += 1;
            let requests = read(&reading, &lines);
            report(&reading, &lines, requests);
        }
    }
    // Two kinds of JSON are two products as often as not, and then neither has most of the lines.
    assert!(detected > 50, "{detected}");
}

#[test]
fn any_format_string_compiles_or_is_refused() {
    let mut random = Random(3);
    let strings: Vec<&[u8]> = FORMATS
        .iter()
        .filter(|format| !format.string.is_empty())
        .map(|format| format.string.as_bytes())
        .collect();
    let lines = lines(4, 60);
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let (mut compiled, mut refused) = (0, 0);
    for _ in 0..4000 {
        let string = spoilt(&mut random, &strings, 3, TOKENS);
        // What is no UTF-8 cannot be given.
        let string = String::from_utf8_lossy(&string);
        let latency = random.pick(&[None, None, Some(("request_time", None))]);
        match given(&string, &lines, latency) {
            Ok(reading) => {
                compiled += 1;
                read(&reading, &lines);
            }
            Err(error) => {
                refused += 1;
                assert!(!error.is_empty() && !error.contains('\n'), "{string:?}: {error:?}");
            }
        }
    }
    assert!(compiled > 400 && refused > 400, "{compiled} compiled, {refused} refused");
}

/// The sum of such a number and a tolerance once ended the program.
#[test]
fn the_largest_latency_is_a_latency() {
    let head = r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    let usual = format!("{head} 0.120 0.119");
    let giant = format!("{head} 18446744073709.551 18446744073709.551");
    let mut lines = [usual.as_bytes(); 200];
    lines[20] = giant.as_bytes();
    let reading = detect(&lines, None).unwrap();
    assert_eq!(read(&reading, &lines), 200);
    report(&reading, &lines, 200);
}
