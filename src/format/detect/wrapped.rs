//! Detection behind wrappers: the lines of syslog, of a container runtime or of a shipper are
//! unwrapped, and what is inside is detected like a log of its own.

use super::{Reading, Undetected, is_share};
use crate::format::wrapper::Wrapper;
use crate::format::wrapper::join::Joiner;
use crate::format::{Scratch, json, logfmt, sisters};
use crate::record::Record;
use bumpalo::Bump;

/// Wrappers around one another at most: Compose around Docker's times around syslog around JSON.
const DEEPEST: usize = 4;

/// One line in so many must be a request, where the others are of other programs.
const FEW: usize = 20;

/// Longest line that is joined for a sample.
const LONGEST: usize = 1 << 20;

/// Detects lines that are not wrapped.
type Inside<'i> = &'i dyn Fn(&[&[u8]]) -> Result<Reading, Undetected>;

/// What was found behind wrappers.
type Found = Result<Reading, Undetected>;

/// Finds the wrappers of these lines and what `inside` detects behind them. `None` when there are
/// none, or nothing is detected behind any.
///
/// Errors when the format behind them is in doubt.
pub(super) fn behind_wrappers(lines: &[&[u8]], inside: Inside<'_>) -> Option<Found> {
    layer(lines, inside, 1)
}

fn layer(lines: &[&[u8]], inside: Inside<'_>, depth: usize) -> Option<Found> {
    // Lines that can be read as they are say nothing of wrappers: a few may stand among others.
    let unread: Vec<&[u8]> = lines.iter().copied().filter(|line| !is_request(line)).collect();
    let plain = (lines.len() - unread.len()) as u64;
    let mut best: Option<Reading> = None;
    for wrapper in candidates(&unread) {
        match behind(wrapper, lines, inside, depth) {
            // Taking it off makes a request of no line.
            Some(Ok(found)) if found.read <= plain => {}
            Some(Ok(found)) if is_share(found.read, found.sampled) => return Some(Ok(found)),
            Some(Ok(found)) if best.as_ref().is_none_or(|best| found.read > best.read) => {
                best = Some(found);
            }
            Some(Ok(_)) | None => {}
            Some(Err(why)) => return Some(Err(why)),
        }
    }
    best.map(Ok)
}

/// The wrappers that these lines can be in; or, when they are not all in one, those of a few of them:
/// lines in another one are read each by itself.
fn candidates(lines: &[&[u8]]) -> Vec<Wrapper> {
    let mut found = Wrapper::candidates(lines);
    if found.is_empty() {
        let few = [lines.first(), lines.get(lines.len() / 2), lines.last()];
        for line in few.into_iter().flatten() {
            found.extend(Wrapper::candidates(&[line]));
        }
        let mut seen = Vec::new();
        found.retain(|wrapper| {
            let is_new = !seen.contains(wrapper);
            seen.push(*wrapper);
            is_new
        });
    }
    found
}

/// What is found behind this wrapper, and perhaps more of them.
fn behind(wrapper: Wrapper, wrapped: &[&[u8]], inside: Inside<'_>, depth: usize) -> Option<Found> {
    let arena = Bump::new();
    let lines = unwrapped(wrapper, wrapped, &arena);
    // One syslog, one drain has lines of many programs: those of the others are left out if it does
    // not work with them.
    let requests: Vec<&[u8]> = lines.iter().copied().filter(|line| is_request(line)).collect();
    let has_some = requests.len() * FEW >= lines.len();
    let deeper = || if depth < DEEPEST { layer(&lines, inside, depth + 1) } else { None };
    let found = match inside(&lines) {
        Err(why) if has_some && !matches!(why, Undetected::Ambiguous(_)) => inside(&requests),
        found => found,
    };
    match found {
        Ok(reading) => Some(Ok(reading.or_wrapped(&lines, deeper))),
        Err(why @ Undetected::Ambiguous(_)) => Some(Err(why)),
        Err(_) => deeper(),
    }
    .map(|found| found.map(|reading| reading.behind(wrapper, wrapped)))
}

/// The lines inside; those that are not wrapped stay as they are, pieces are joined.
fn unwrapped<'a>(wrapper: Wrapper, lines: &[&'a [u8]], arena: &'a Bump) -> Vec<&'a [u8]> {
    let mut joiner = Joiner::new(LONGEST);
    let mut inner: Vec<&[u8]> = Vec::new();
    for line in lines {
        match wrapper.unwrap(line, arena) {
            Some(found) if wrapper.splits() => {
                inner.extend(joiner.push(&found, &is_record, arena).lines().map(|line| line.text));
            }
            Some(found) => inner.push(found.line),
            None => inner.push(line),
        }
    }
    inner.extend(joiner.finish(arena).map(|line| line.text));
    inner
}

/// Whether a text is whole: a request, or JSON.
fn is_record(text: &[u8]) -> bool {
    is_request(text) || json::fields(text).is_ok()
}

/// Whether a line alone is a request in some format that is known.
pub(super) fn is_request(line: &[u8]) -> bool {
    let (scratch, mut record) = (Scratch::default(), Record::default());
    sisters::read("", line, &scratch, &mut record).is_some()
        || scratch.stranger(line, true, &mut record).is_some()
        || logfmt::fields(line)
            .is_ok_and(|pairs| pairs.iter().any(|(key, _)| key.keys().eq([b"status"])))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{detect, given};
    use super::*;
    use serde_json::json;

    fn caddy(status: u16) -> String {
        json!({
            "level": "info", "ts": 1_760_104_800.5, "logger": "http.log.access",
            "request": {"remote_ip": "192.0.2.1", "proto": "HTTP/2.0", "method": "GET",
                "host": "www.example.com", "uri": "/a"},
            "duration": 0.012_345_6, "size": 10, "status": status
        })
        .to_string()
    }

    fn combined(status: u16) -> String {
        let request = "192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET /a HTTP/1.1\"";
        format!("{request} {status} 512 \"-\" \"curl/8\"")
    }

    fn haproxy() -> String {
        let times = "192.0.2.9:5000 [10/Oct/2025:13:55:01.123] fe be/s1 0/0/1/20/21 503 500";
        format!("{times} - - ---- 1/1/0/0/0 0/0 \"GET /h HTTP/1.1\"")
    }

    fn docker(text: &str) -> String {
        json!({"log": text, "stream": "stdout", "time": "2025-10-10T13:55:02.1Z"}).to_string()
    }

    fn whole(line: &str) -> String {
        docker(&format!("{line}\n"))
    }

    fn syslog(line: &str) -> String {
        format!("<190>Oct 10 13:55:02 web1 app[7]: {line}")
    }

    fn cri(line: &str) -> String {
        format!("2025-10-10T13:55:02.1Z stdout F {line}")
    }

    fn beat(line: &str) -> String {
        json!({"@timestamp": "2025-10-10T13:55:02.1Z", "message": line}).to_string()
    }

    /// Name, wrappers and lines read.
    fn said(reading: &Reading) -> (&str, Vec<&'static str>, u64) {
        let wrappers = reading.parser.wrappers().iter().map(Wrapper::name).collect();
        (&reading.name, wrappers, reading.read)
    }

    fn bytes(lines: &[String]) -> Vec<&[u8]> {
        lines.iter().map(|line| line.as_bytes()).collect()
    }

    #[test]
    fn one_bare_line_does_not_hide_the_wrapped_ones() {
        let many = |line: String| vec![line; 20];
        let cut = |line: &str| [docker(&line[..40]), whole(&line[40..])];
        let cuts: Vec<String> = (0..20).flat_map(|_| cut(&caddy(502))).collect();
        for (name, wrapped, bare, wrappers) in [
            (
                "caddy",
                many(whole(&syslog(&caddy(502)))),
                caddy(200),
                &["docker json-file", "syslog (RFC 3164)"][..],
            ),
            (
                "combined",
                many(whole(&syslog(&combined(502)))),
                combined(200),
                &["docker json-file", "syslog (RFC 3164)"],
            ),
            (
                "caddy",
                many(beat(&syslog(&caddy(502)))),
                caddy(200),
                &["JSON message", "syslog (RFC 3164)"],
            ),
            ("caddy", cuts, caddy(200), &["docker json-file"]),
            ("combined", many(whole(&combined(502))), caddy(200), &["docker json-file"]),
        ] {
            let mut lines = wrapped;
            lines.insert(6, bare);
            let reading = detect(&bytes(&lines), None).unwrap();
            assert_eq!(said(&reading), (name, wrappers.to_vec(), 21));
        }
    }

    #[test]
    fn a_few_wrapped_lines_are_no_wrapped_log() {
        let mut lines = vec![caddy(200); 18];
        lines.extend(vec![whole(&caddy(502)); 2]);
        let reading = detect(&bytes(&lines), None).unwrap();
        assert_eq!(said(&reading), ("caddy", vec![], 20));
        // What a program tells of itself is no wrapper, however much there is of it.
        let told = r#"{"level":"info","ts":1760104800.5,"message":"GET /a took long, code 200"}"#;
        lines.extend(vec![told.to_owned(); 30]);
        let reading = detect(&bytes(&lines), None).unwrap();
        assert_eq!(said(&reading), ("caddy", vec![], 20));
    }

    #[test]
    fn two_wrappers_in_equal_parts() {
        for (one, other) in [
            (syslog as fn(&str) -> String, cri as fn(&str) -> String),
            (cri, syslog),
            (whole, cri),
            (whole, syslog),
        ] {
            let lines: Vec<_> =
                (0..6).flat_map(|_| [one(&combined(200)), other(&combined(502))]).collect();
            let reading = detect(&bytes(&lines), None).unwrap();
            assert_eq!((reading.name.as_str(), reading.read), ("combined", 12), "{}", lines[0]);
        }
    }

    #[test]
    fn a_prefix_of_one_word_is_no_virtual_host() {
        let kubectl = |line: &str| format!("[pod/web-1/nginx] {line}");
        let tag = |line: &str| format!("nginx: {line}");
        for (prefix, wrapper) in
            [(&kubectl as &dyn Fn(&str) -> String, "kubectl"), (&tag, "syslog tag")]
        {
            for (count, others) in [(1, 0), (10, 0), (10, 5)] {
                let mut lines = vec![prefix(&combined(200)); count];
                lines.extend(vec![prefix("started a job"); others]);
                let reading = detect(&bytes(&lines), None).unwrap();
                assert_eq!(said(&reading), ("combined", vec![wrapper], count as u64));
            }
        }
    }

    #[test]
    fn a_given_format_is_looked_for_where_it_is() {
        let mixed: Vec<_> =
            (0..6).flat_map(|_| [syslog(&combined(200)), syslog(&haproxy())]).collect();
        let bare = vec![combined(200); 4];
        for (format, lines, wrappers, read) in [
            ("combined", &mixed, &["syslog (RFC 3164)"][..], 6),
            ("haproxy-http", &mixed, &["syslog (RFC 3164)"], 6),
            ("combined", &bare, &[], 4),
            ("haproxy-http", &bare, &[], 0),
        ] {
            let reading = given(format, &bytes(lines), None).unwrap();
            assert_eq!(said(&reading), (format, wrappers.to_vec(), read));
        }
    }
}
