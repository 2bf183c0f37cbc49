//! Format strings with values by their names in braces: for products that have no language of their
//! own, and for people whose server has none that statlog knows.
//!
//! `{client} [{time}] "{request}" {status} {latency:ms}ms`: a name is one of [`vocabulary`], with its
//! unit or shape; any other name is text that the report does not use. `{name=meaning}` keeps the
//! product's own name: `{target_status_code=upstream_status}`.
//!
//! - `{ latency:ms}`: the value may be padded with spaces before it.
//! - `{"request"}`: the value is in quotes, or without them when it is absent.
//! - `{?}`: the line may end here; if it goes on, then with all that follows.
//! - `{*}`: whatever is left of the line, also nothing.
//! - `{{` is a brace.

use super::field::Field;
use super::template::{Escape, Piece};
use super::vocabulary;
use crate::suggest::slip;

/// Splits a format string into its pieces.
///
/// Errors when a brace is not closed, when a name has a wrong unit, or when there is no name.
pub(super) fn pieces(text: &str) -> Result<(Vec<Piece>, Escape), String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut names = 0;
    while let Some(open) = rest.find('{') {
        pieces.push(Piece::Literal(rest[..open].into()));
        let after = &rest[open + 1..];
        if let Some(after) = after.strip_prefix('{') {
            pieces.push(Piece::Literal(b"{".to_vec()));
            rest = after;
            continue;
        }
        let close = after.find('}').ok_or_else(|| {
            format!("'{{{after}' is not closed by '}}'; a brace itself is written '{{{{'")
        })?;
        let name = &after[..close];
        rest = &after[close + 1..];
        match name {
            "?" => pieces.push(Piece::MayEnd),
            "*" => {
                // A tail starts with its space, as there may be none: `{status} {*}` says the same
                // as `{status}{*}`.
                if let Some(Piece::Literal(text)) = pieces.last_mut() {
                    text.pop_if(|last| *last == b' ');
                }
                pieces.push(Piece::Value("*".into(), Field::Tail));
            }
            _ => {
                names += 1;
                if name.starts_with(' ') {
                    pieces.push(Piece::Padding);
                }
                let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
                if quoted.is_some() {
                    pieces.push(Piece::Enclosed);
                }
                let name = quoted.unwrap_or(name);
                let (label, meaning) = name.trim_start().split_once('=').unwrap_or((name, name));
                let field = vocabulary::field(meaning.trim_start())?.unwrap_or(Field::Opaque);
                let label = label.trim_start().split(':').next().unwrap_or(label);
                pieces.push(Piece::Value(label.to_owned(), field));
            }
        }
    }
    pieces.push(Piece::Literal(rest.into()));
    if names == 0 {
        return Err("there is no {name} in the format".into());
    }
    Ok((pieces, Escape::Backslash))
}

/// Looks for mistakes in the names that a user gives: one that is nearly a known one, or that is
/// unknown and has a unit, would be a column that is silently not read.
///
/// Errors with what is known.
pub(super) fn check(text: &str) -> Result<(), String> {
    for name in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        let meaning = name.trim_start().split_once('=').map_or(name, |(_, meaning)| meaning);
        let meaning = meaning.trim_matches(['"', ' ']);
        if matches!(meaning, "" | "?" | "*") || vocabulary::field(meaning)?.is_some() {
            continue;
        }
        let word = meaning.split(':').next().unwrap_or(meaning);
        let slip = slip(word, vocabulary::names());
        if slip.is_some() || word != meaning || name.contains('=') {
            let hint = slip.map_or(String::new(), |meant| format!(" (did you mean '{meant}'?)"));
            let known: Vec<_> = vocabulary::names().collect();
            return Err(format!(
                "'{{{name}}}': '{word}' is no field{hint}; there are {}; any other name is a column \
                 that is not used",
                known.join(", ")
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::template::Template;
    use crate::record::{Record, Reject, Status};

    fn template(text: &str) -> Template {
        let (pieces, escape) = pieces(text).unwrap();
        Template::compile(pieces, escape, None).unwrap()
    }

    #[test]
    fn names_units_and_own_names() {
        let template =
            template("{from=client} {when=time:iso} {status} {ssl_cipher} {took=latency:ms}ms");
        let names: Vec<_> = template.names().map(|(name, _)| name).collect();
        assert_eq!(names, ["from", "when", "status", "ssl_cipher", "took"]);
        let record = template.record(b"192.0.2.1 2025-10-10T13:55:01Z 502 - 12ms").unwrap();
        assert_eq!((record.status, record.duration), (Status::Code(502), Some(12_000)));
        assert_eq!(record.time, Some(1_760_104_501_000_000));
    }

    #[test]
    fn a_line_may_end_early_or_go_on() {
        let template = template("{status} \"{request}\"{?} \"{user_agent}\" {cipher}{*}");
        let read = |line: &'static str| template.record(line.as_bytes());
        let agent = |line| read(line).map(|record: Record<'_>| record.user_agent);
        assert_eq!(agent("200 \"GET / HTTP/1.1\""), Ok(None));
        assert_eq!(agent("200 \"GET / HTTP/1.1\" "), Ok(None));
        assert_eq!(agent("200 \"GET / HTTP/1.1\" \"curl\" -"), Ok(Some(&b"curl"[..])));
        assert_eq!(agent("200 \"GET / HTTP/1.1\" \"curl\" - new 1 2"), Ok(Some(&b"curl"[..])));
        assert_eq!(agent("200 \"GET / HTTP/1.1\" \"curl\""), Err(Reject::Shape));
        assert_eq!(agent("200 \"GET / HTTP/1.1\"x"), Err(Reject::Shape));
    }

    #[test]
    fn a_space_before_the_tail_is_part_of_it() {
        for text in ["\"{request}\" {status}{*}", "\"{request}\" {status} {*}"] {
            let template = template(text);
            let status = |line: &'static str| template.record(line.as_bytes()).map(|r| r.status);
            for line in ["\"GET / HTTP/1.1\" 200", "\"GET / HTTP/1.1\" 200 a \"b\""] {
                assert_eq!(status(line), Ok(Status::Code(200)), "{text}: {line}");
            }
            assert!(status("\"GET / HTTP/1.1\" 200x").is_err(), "{text}");
        }
        let quoted = template("{status} \"{request}\" {*}");
        assert!(quoted.record(b"200 \"GET / HTTP/1.1\" x y").is_ok());
        assert_eq!(quoted.record(b"200 \"GET / HTTP/1.1\"x"), Err(Reject::Shape));
    }

    #[test]
    fn values_with_quotes_of_their_own() {
        let template = template("{\"request\"} {status} {\"user_agent\"}{?} {version}");
        let read = |line: &'static str| template.record(line.as_bytes());
        for (line, method, agent) in [
            ("\"GET / HTTP/1.1\" 200 \"a b\" 7", Some(&b"GET"[..]), Some(&b"a b"[..])),
            ("\"GET / HTTP/1.1\" 200 \"a b\"", Some(b"GET"), Some(b"a b")),
            ("- 200 - 7", None, None),
            ("- 200 -", None, None),
        ] {
            let record = read(line).unwrap();
            assert_eq!((record.method, record.user_agent), (method, agent), "{line}");
        }
        assert_eq!(read("\"GET / HTTP/1.1 200 -"), Err(Reject::Shape));
        assert_eq!(read("\"GET / HTTP/1.1\" 200 "), Err(Reject::Shape));
        let raw = "\"GET /\"a\" b HTTP/1.1\" 200 \"c\"";
        assert!(read(raw).is_err());
        let record = template.recover(raw.as_bytes()).unwrap();
        assert_eq!(record.target, Some(&b"/\"a\" b"[..]));
    }

    #[test]
    fn padded_numbers_and_sums() {
        let template = template("{ a=latency_part:ms} { b=latency_part:ms} {status}");
        let sum = |line: &'static str| template.record(line.as_bytes()).map(|r| r.duration);
        assert_eq!(sum("     7   12 200"), Ok(Some(19_000)));
        assert_eq!(sum("7 12 200"), Ok(Some(19_000)));
        assert_eq!(sum("    -1   12 200"), Ok(None));
        assert_eq!(sum("    12   -1 200"), Ok(None));
        assert_eq!(sum("    x   12 200"), Err(Reject::Number));
    }

    #[test]
    fn names_that_are_nearly_known_are_mistakes() {
        for (text, part) in [
            ("{client} [{tiem}] {status}", "did you mean 'time'"),
            ("{status} {latncy:ms}", "did you mean 'latency'"),
            ("{status} {speed:ms}", "'speed' is no field"),
            ("{status} {took=speed}", "'speed' is no field"),
        ] {
            assert!(check(text).unwrap_err().contains(part), "{text}");
        }
        assert_eq!(
            check("{client} {{ { latency:ms} {host_header} {took=latency:s}{?} {*}"),
            Ok(())
        );
    }

    #[test]
    fn braces_are_checked() {
        for (text, part) in [
            ("{status", "not closed"),
            ("status", "no {name}"),
            ("{latency} {status}", "needs its unit"),
        ] {
            assert!(pieces(text).unwrap_err().contains(part), "{text}");
        }
        assert!(template("{{{status}}").record(b"{200}").is_ok());
    }
}
