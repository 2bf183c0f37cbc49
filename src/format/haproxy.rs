//! HAProxy `log-format` strings: their syntax, and the aliases that statlog understands with their
//! units.
//!
//! Facts: `doc/configuration.txt`, chapter 8 ("Logging"), and `src/log.c`.
//!
//! A value that is not there leaves nothing, not even its space, when it is a block of captured
//! headers (`%hr`, `%hs`). What stands in quotes escapes a quote as `#22`, never by a backslash.

mod event;

use super::field::{Digits, Field, TimeShape, Unit};
use super::nginx::keep_first;
use super::template::{Escape, Piece, closing};
pub(super) use event::is_no_request;

const MILLISECONDS: Unit = Unit::Milliseconds;
/// A duration in milliseconds, `+` before it when the log was written early (`option logasap`).
const DURATION: Field =
    Field::Duration { unit: MILLISECONDS, digits: Digits::Partial, latency: false };

/// Aliases with a meaning; every other one is opaque text.
const ALIASES: &[(&str, Field)] = &[
    ("ci", Field::Client),
    ("Ci", Field::Client),
    ("tr", Field::Time(TimeShape::ClfLocal)),
    ("t", Field::Time(TimeShape::ClfLocal)),
    ("trg", Field::Time(TimeShape::Clf)),
    ("trl", Field::Time(TimeShape::Clf)),
    ("T", Field::Time(TimeShape::Clf)),
    ("Tl", Field::Time(TimeShape::Clf)),
    ("Ts", Field::Time(TimeShape::EpochSeconds)),
    ("s", Field::UpstreamAddress),
    ("Th", DURATION),
    ("Ti", DURATION),
    ("TR", DURATION),
    ("Tq", DURATION),
    ("Tw", DURATION),
    ("Tc", Field::Connect { unit: MILLISECONDS }),
    ("Tr", Field::Header { unit: MILLISECONDS }),
    ("Td", DURATION),
    ("Ta", DURATION),
    ("Tt", DURATION),
    ("Tu", DURATION),
    ("ST", Field::Status),
    ("B", Field::KnownBytes),
    ("U", Field::Number),
    ("cp", Field::Number),
    ("ac", Field::Number),
    ("fc", Field::Number),
    ("bc", Field::Number),
    ("sc", Field::Number),
    ("sq", Field::Number),
    ("bq", Field::Number),
    ("r", Field::Request),
    ("HM", Field::Method),
    ("HU", Field::Target),
    ("HP", Field::Target),
    ("HPO", Field::Target),
    ("HV", Field::Protocol),
    ("ts", Field::Reason),
    ("tsc", Field::Reason),
    ("rc", Field::Retries),
    ("ID", Field::RequestId),
];

/// Aliases that are never in quotes, whatever the flags say.
const BARE: [&str; 9] = ["tr", "t", "trg", "trl", "T", "Tl", "Ts", "ST", "B"];

/// Sample expressions with a meaning; every other one is opaque text.
const SAMPLES: &[(&str, Field)] = &[
    ("src", Field::Client),
    ("method", Field::Method),
    ("capture.req.method", Field::Method),
    ("path", Field::Target),
    ("pathq", Field::Target),
    ("url", Field::Target),
    ("capture.req.uri", Field::Target),
    ("capture.req.ver", Field::Protocol),
    ("status", Field::Status),
    ("txn.status", Field::Status),
    ("unique-id", Field::RequestId),
    ("bc.timer.connect", Field::Connect { unit: MILLISECONDS }),
    ("res.timer.hdr", Field::Header { unit: MILLISECONDS }),
    ("txn.timer.total", DURATION),
    ("txn.timer.user", DURATION),
];

/// Whether a format string is HAProxy's, and not Apache's, which begins its directives alike.
pub(super) fn is_format(text: &str) -> bool {
    text.trim_start().starts_with("log-format")
        || ["%ST", "%ci", "%[", "%{+", "%{-"].iter().any(|mark| text.contains(mark))
}

/// Splits a format string into its pieces: as `log-format` has it in `haproxy.cfg` (with quotes or
/// escaped spaces), or bare.
///
/// Errors when a quote, brace or bracket is not closed, when the format is JSON or CBOR, or when
/// there is no alias.
pub fn pieces(text: &str) -> Result<(Vec<Piece>, Escape), String> {
    let format = unquote(text.trim())?;
    let mut pieces = Vec::new();
    let mut rest = format.as_str();
    let mut all_quoted = false;
    while let Some(percent) = rest.find('%') {
        literal(&mut pieces, &rest[..percent]);
        let item = Item::read(&rest[percent + 1..])?;
        rest = &rest[percent + 1 + item.length..];
        for encoding in ["json", "cbor"] {
            if item.flags.contains(encoding) {
                return Err(format!(
                    "'%{{{}}}' makes HAProxy write {}: {}",
                    item.flags,
                    encoding.to_uppercase(),
                    match encoding {
                        "json" => "lines of JSON are read without being told, by their keys",
                        _ => "that is no text, and statlog does not read it",
                    }
                ));
            }
        }
        let quoted = item.quoted.unwrap_or(all_quoted);
        match item.kind {
            Kind::Percent => pieces.push(Piece::Literal(b"%".into())),
            Kind::Alias("o") => all_quoted = quoted,
            Kind::Alias(name @ ("hr" | "hs")) => pieces.push(Piece::Captures(format!("%{name}"))),
            Kind::Alias(name) => {
                let known = ALIASES.iter().find(|(known, _)| *known == name);
                if quoted && !BARE.contains(&name) {
                    pieces.push(Piece::Enclosed);
                }
                let field = known.map_or(Field::Opaque, |(_, field)| *field);
                pieces.push(Piece::Value(format!("%{name}"), field));
            }
            Kind::Sample(expression) => {
                let known = SAMPLES.iter().find(|(known, _)| *known == expression);
                if quoted {
                    pieces.push(Piece::Enclosed);
                }
                let field = known.map_or(Field::Opaque, |(_, field)| *field);
                pieces.push(Piece::Value(format!("%[{expression}]"), field));
            }
        }
    }
    literal(&mut pieces, rest);
    if !pieces.iter().any(|piece| matches!(piece, Piece::Value(..))) {
        return Err("there is no %alias in the format".into());
    }
    join_backend(&mut pieces);
    captures_at_the_end(&mut pieces);
    choose(&mut pieces);
    Ok((pieces, Escape::Backslash))
}

/// Of several values of one kind one is used. The latency is the active time, else the whole one.
fn choose(pieces: &mut [Piece]) {
    let has_request = pieces.iter().any(|piece| matches!(piece, Piece::Value(_, Field::Request)));
    let is_target = |field: &Field| matches!(field, Field::Target);
    let is_request = |field: &Field| matches!(field, Field::Request | Field::Target);
    if has_request {
        keep_first(pieces, is_request, "%r", Field::Opaque);
    }
    keep_first(pieces, is_target, "%HU", Field::Opaque);
    keep_first(pieces, |field| matches!(field, Field::Client), "%ci", Field::Opaque);
    keep_first(pieces, |field| matches!(field, Field::Status), "%ST", Field::Opaque);
    keep_first(pieces, |field| matches!(field, Field::Reason), "%tsc", Field::Opaque);
    keep_first(pieces, |field| matches!(field, Field::Time(_)), "%trg", Field::Opaque);
    let total = ["%Ta", "%[txn.timer.total]", "%Tt", "%Tu", "%[txn.timer.user]"];
    let named = |wanted: &&str| {
        pieces.iter().position(|piece| matches!(piece, Piece::Value(name, _) if name == wanted))
    };
    if let Some(at) = total.iter().find_map(named)
        && let Piece::Value(_, Field::Duration { latency, .. }) = &mut pieces[at]
    {
        *latency = true;
    }
}

/// Adds a literal; HAProxy writes one space for several, and none at the beginning.
fn literal(pieces: &mut Vec<Piece>, text: &str) {
    let mut out = String::with_capacity(text.len());
    let at_start = pieces.iter().all(|piece| *piece == Piece::Literal(Vec::new()));
    for c in text.chars() {
        if c != ' ' || !(out.ends_with(' ') || at_start && out.is_empty()) {
            out.push(c);
        }
    }
    pieces.push(Piece::Literal(out.into()));
}

/// Makes one value of `%b/%s`: servers of different backends share their names.
fn join_backend(pieces: &mut Vec<Piece>) {
    let at = pieces.windows(3).position(|window| {
        matches!(
            window,
            [Piece::Value(backend, _), Piece::Literal(slash), Piece::Value(server, _)]
                if backend == "%b" && slash == b"/" && server == "%s"
        )
    });
    if let Some(at) = at {
        let both = Piece::Value("%b/%s".into(), Field::UpstreamAddress);
        pieces.splice(at..at + 3, [both]);
    }
}

/// `%hrl` and `%hsl` at the end write any number of quoted values, also none.
fn captures_at_the_end(pieces: &mut Vec<Piece>) {
    let is_list =
        |piece: &Piece| matches!(piece, Piece::Value(name, _) if name == "%hrl" || name == "%hsl");
    let is_space = |piece: &Piece| match piece {
        Piece::Literal(text) => text.iter().all(|byte| *byte == b' '),
        other => *other == Piece::Enclosed,
    };
    let is_tail = |piece: &&Piece| is_list(piece) || is_space(piece);
    let length = pieces.iter().rev().take_while(is_tail).count();
    let tail = pieces.split_off(pieces.len() - length);
    if tail.iter().any(is_list) {
        pieces.push(Piece::Value("%hrl %hsl".into(), Field::Tail));
    } else {
        pieces.extend(tail);
    }
}

/// What stands after a `%`.
struct Item<'a> {
    kind: Kind<'a>,
    flags: &'a str,
    /// Whether the flags switch quotes on or off.
    quoted: Option<bool>,
    /// Bytes that it takes up.
    length: usize,
}

enum Kind<'a> {
    Percent,
    Alias(&'a str),
    Sample(&'a str),
}

impl<'a> Item<'a> {
    /// Reads `%`, `(name:type)`, `{flags}`, and an alias or `[expression]`.
    fn read(text: &'a str) -> Result<Self, String> {
        let mut at = 0;
        if text.starts_with('%') {
            return Ok(Self { kind: Kind::Percent, flags: "", quoted: None, length: 1 });
        }
        if text.starts_with('(') {
            at = text.find(')').ok_or("'%(' is not closed by ')'")? + 1;
        }
        let mut flags = "";
        if text[at..].starts_with('{') {
            let close = text[at..].find('}').ok_or("'%{' is not closed by '}'")?;
            flags = &text[at + 1..at + close];
            at += close + 1;
        }
        let mut quoted = flags.split(',').filter_map(|flag| match flag.trim() {
            "+Q" => Some(true),
            "-Q" => Some(false),
            _ => None,
        });
        let quoted = quoted.next_back();
        if text[at..].starts_with('[') {
            let close = closing(&text[at..], ']').ok_or("'%[' is not closed by ']'")?;
            let kind = Kind::Sample(&text[at + 1..at + close]);
            return Ok(Self { kind, flags, quoted, length: at + close + 1 });
        }
        let letters = text[at..].find(|c: char| !c.is_ascii_alphanumeric());
        let end = letters.map_or(text.len(), |letters| at + letters);
        if end == at {
            return Err(format!("'%' without an alias before '{}'", &text[at..]));
        }
        Ok(Self { kind: Kind::Alias(&text[at..end]), flags, quoted, length: end })
    }
}

/// Takes `log-format`, quotes and escapes off, as HAProxy's configuration has them: words are
/// joined by escaped spaces, `"…"` knows backslashes, `'…'` does not.
fn unquote(text: &str) -> Result<String, String> {
    let directive = text.strip_prefix("log-format").filter(|rest| rest.starts_with([' ', '\t']));
    let quoted = text.len() > 1
        && (text.starts_with('\'') && text.ends_with('\'')
            || text.starts_with('"') && text.ends_with('"') && is_escaped(&text[1..]));
    if directive.is_none() && !quoted {
        return Ok(unescape(text));
    }
    let mut out = String::new();
    let mut quote = None;
    let mut chars = directive.unwrap_or(text).trim().chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => match chars.next() {
                Some('\n') | None => {}
                Some('t') => out.push('\t'),
                Some(c) => out.push(c),
            },
            (c, _) => out.push(c),
        }
    }
    match quote {
        Some(quote) => Err(format!("a {quote} is not closed")),
        None => Ok(out),
    }
}

/// Whether all quotes but the last are escaped.
fn is_escaped(text: &str) -> bool {
    let inner = &text[..text.len() - 1];
    inner.match_indices('"').all(|(at, _)| inner[..at].ends_with('\\'))
}

/// A format without quotes of its own; its spaces and quotes may be escaped all the same.
fn unescape(text: &str) -> String {
    text.replace("\\\n", "").replace("\\ ", " ").replace("\\\"", "\"").replace("\\t", "\t")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::template::Template;
    use crate::record::{NoStatus, Record, Reject, RequestLine, Status};

    const HTTPLOG: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc \
                           %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";

    fn template(format: &str) -> Template {
        let (pieces, escape) = pieces(format).unwrap();
        Template::compile(pieces, escape, None).unwrap()
    }

    fn line(tail: &str) -> String {
        format!("192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www~ web/s1 {tail}")
    }

    #[test]
    fn the_http_log() {
        let template = template(HTTPLOG);
        for (captures, request) in [
            ("", "\"GET /a?b=1 HTTP/1.1\""),
            ("{www.example.com|a b} ", "\"GET /a?b=1 HTTP/1.1\""),
            ("{www.example.com} {} ", "\"GET /a?b=1 HTTP/1.1\""),
            ("", "\\\"GET /a?b=1 HTTP/1.1\\\""),
        ] {
            let line = line(&format!(
                "5/0/7/80/+92 200 +1139 - - ---- 2/1/0/0/+1 0/0 {captures}{request}"
            ));
            let r = template.record(line.as_bytes()).unwrap();
            assert_eq!(r.client, Some(&b"192.0.2.1"[..]), "{line}");
            assert_eq!(r.time, Some(1_760_104_501_250_000));
            assert_eq!(r.upstream.address, Some(&b"web/s1"[..]));
            assert_eq!((r.upstream.connect, r.upstream.header), (Some(7_000), Some(80_000)));
            assert_eq!((r.duration, r.bytes), (Some(92_000), Some(1139)));
            assert_eq!((r.status, r.upstream.attempts), (Status::Code(200), 2));
            assert_eq!(r.target, Some(&b"/a?b=1"[..]));
            assert_eq!(r.protocol, Some(&b"HTTP/1.1"[..]));
        }
    }

    #[test]
    fn what_never_came_to_be_is_absent() {
        let template = template(HTTPLOG);
        let line = line("-1/-1/-1/-1/6001 -1 0 - - CR-- 1/1/0/0/0 0/0 \"<BADREQ>\"");
        let line = line.replace("192.0.2.1", "2001:db8::7");
        let r = template.record(line.as_bytes()).unwrap();
        assert_eq!(r.client, Some(&b"2001:db8::7"[..]));
        assert_eq!(r.status, Status::None(NoStatus::MinusOne));
        assert_eq!((r.upstream.connect, r.upstream.header), (None, None));
        assert_eq!(r.duration, Some(6_001_000));
        assert_eq!((r.request, r.method), (RequestLine::Garbage, None));
    }

    #[test]
    fn a_request_that_is_cut_off_is_recovered() {
        for format in [HTTPLOG, &format!("{HTTPLOG} %[fc_err]/%[ssl_fc_sni]")] {
            let template = template(format);
            let line = line("5/0/7/80/92 200 1139 - - ---- 2/1/0/0/0 0/0 \"GET /aaaaaaaa");
            assert_eq!(template.record(line.as_bytes()).unwrap_err(), Reject::Truncated);
            let r = template.recover(line.as_bytes()).unwrap();
            assert_eq!((r.status, r.target), (Status::Code(200), Some(&b"/aaaaaaaa"[..])));
            let short = &line.as_bytes()[..line.len() - "\"GET /aaaaaaaa".len()];
            assert!(template.recover(short).is_none());
        }
    }

    #[test]
    fn the_common_log_format() {
        let template = template(
            r#"%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl"#,
        );
        for tail in ["", r#" "www.example.com" "curl/8.5.0""#] {
            let line = format!(
                r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 503 217 "" "" 40000 250 "www~" "web" "<NOSRV>" 0 -1 -1 -1 3 "SC--" 1 1 0 0 3 0 0 "-" "-"{tail}"#
            );
            let r = template.record(line.as_bytes()).unwrap();
            assert_eq!((r.status, r.duration), (Status::Code(503), Some(3_000)));
            assert_eq!(r.reason, Some(&b"SC--"[..]));
            assert_eq!(r.upstream.address, Some(&b"<NOSRV>"[..]));
        }
    }

    #[test]
    fn strings_as_they_stand_in_the_configuration() {
        let line = b"192.0.2.1:40000 200 7 \"GET / HTTP/1.1\" - /x y";
        for format in [
            "%ci:%cp %ST %Ta %{+Q}r %[var(txn.a)] /x y",
            r"log-format %ci:%cp\ %ST\ %Ta\ %{+Q}r\ %[var(txn.a)]\ /x\ y",
            "log-format \"%ci:%cp %ST  %Ta %{+Q}r %[var(txn.a)] /x y\"",
            "log-format '%ci:%cp %ST %Ta %{+Q}r %[var(txn.a)] /x y'",
            "'%ci:%cp %ST %Ta %{+Q}r %[var(txn.a)] /x y'",
            "\"%ci:%cp %ST %Ta \\\"%r\\\" %[var(txn.a)] /x y\"",
            "%ci:%cp %ST %Ta \"%r\" %[capture.req.hdr(0),regsub([a-z],x)] /x y",
            "%(client){+Q}[src]:%cp %(code:sint)ST %[txn.timer.total] %{+Q}r %[var(txn.a)] /x y",
        ] {
            let r = template(format).record(line).unwrap();
            assert_eq!((r.status, r.duration), (Status::Code(200), Some(7_000)), "{format}");
            assert_eq!((r.client, r.method), (Some(&b"192.0.2.1"[..]), Some(&b"GET"[..])));
        }
    }

    #[test]
    fn the_queue_is_no_latency_unless_it_is_asked_for() {
        let read = |format: &str, latency: Option<&str>, line: &'static [u8]| -> Record<'_> {
            let (pieces, escape) = pieces(format).unwrap();
            let latency = latency.map(|name| (name, None));
            Template::compile(pieces, escape, latency).unwrap().record(line).unwrap()
        };
        let all = "%ST %Tw/%Tr/%Ta/%Tt";
        assert_eq!(read(all, None, b"200 1/2/3/4").duration, Some(3_000));
        assert_eq!(read(all, Some("Tw"), b"200 1/2/3/4").duration, Some(1_000));
        assert_eq!(read(all, Some("%Tr"), b"200 1/2/3/4").duration, Some(2_000));
        assert_eq!(read("%ST %Tw", None, b"200 1").duration, None);
    }

    #[test]
    fn faults_are_named() {
        for (format, part) in [
            ("%{+json}o %ST", "JSON"),
            ("%{+Q,+cbor}o %ST", "no text"),
            ("%ci %[src", "not closed"),
            ("%{+Q", "not closed"),
            ("% ci", "without an alias"),
            ("log-format \"%ci", "not closed"),
            ("log-format plain", "no %alias"),
        ] {
            assert!(pieces(format).unwrap_err().contains(part), "{format}");
        }
    }
}
