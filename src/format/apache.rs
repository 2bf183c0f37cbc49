//! Apache `LogFormat` strings (and those of varnishncsa, lighttpd and Tomcat, which share the
//! directives): their syntax and the directives that statlog understands with their units.
//!
//! Facts: `mod_log_config.c`, `mod_logio.c`.

use super::field::{Digits, Field, TimeShape, Unit};
use super::nginx::keep_first;
use super::template::{Escape, Piece};

/// Splits a format string into its pieces: as `LogFormat "…" nickname` has it or bare.
///
/// Errors when a quote or brace is not closed, a directive is unknown or there is none.
pub fn pieces(text: &str) -> Result<(Vec<Piece>, Escape), String> {
    let text = as_written(text);
    let format = unquote(text.trim())?;
    let mut pieces = Vec::new();
    let mut rest = format.as_str();
    while let Some(percent) = rest.find('%') {
        if percent > 0 {
            pieces.push(Piece::Literal(rest[..percent].into()));
        }
        let after = &rest[percent + 1..];
        let directive = Directive::read(after)?;
        let name = &rest[percent..=percent + directive.length];
        rest = &after[directive.length..];
        match (directive.letter, directive.parameter) {
            ("%", _) => pieces.push(Piece::Literal(b"%".into())),
            // The brackets belong to the value.
            ("t", None) => {
                pieces.push(Piece::Literal(b"[".into()));
                pieces.push(Piece::Value(name.into(), Field::Time(TimeShape::Clf)));
                pieces.push(Piece::Literal(b"]".into()));
            }
            // The path and its query, as httpd's manual writes `%r` in parts.
            ("q", _) if is_path(pieces.last()) => {
                if let Some(Piece::Value(path, _)) = pieces.last_mut() {
                    path.push_str(name);
                }
            }
            (letter, parameter) => {
                pieces.push(Piece::Value(name.into(), field(letter, parameter)?));
            }
        }
    }
    pieces.push(Piece::Literal(rest.into()));
    if !pieces.iter().any(|piece| matches!(piece, Piece::Value(..))) {
        return Err("there is no %directive in the format".into());
    }
    if pieces.iter().any(|piece| matches!(piece, Piece::Value(_, Field::Request))) {
        keep_first(
            &mut pieces,
            |field| matches!(field, Field::Request | Field::Target),
            "%r",
            Field::Opaque,
        );
    }
    keep_first(&mut pieces, |field| matches!(field, Field::Status), "%>s", Field::Opaque);
    keep_first(&mut pieces, |field| matches!(field, Field::Client), "%h", Field::Opaque);
    keep_first(&mut pieces, |field| matches!(field, Field::Host), "%v", Field::Opaque);
    keep_first(&mut pieces, |field| matches!(field, Field::Bytes), "%b", Field::Number);
    keep_first(&mut pieces, |field| matches!(field, Field::Target), "%U", Field::Opaque);
    keep_first(&mut pieces, |field| matches!(field, Field::Time(_)), "%t", Field::Opaque);
    keep_first(&mut pieces, |field| matches!(field, Field::RequestId), "%L", Field::Opaque);
    keep_first(
        &mut pieces,
        |field| matches!(field, Field::Cache),
        "%{Varnish:handling}x",
        Field::Opaque,
    );
    Ok((pieces, Escape::Backslash))
}

/// Whether a piece is the path of a request.
fn is_path(piece: Option<&Piece>) -> bool {
    matches!(piece, Some(Piece::Value(name, Field::Target)) if name.ends_with('U'))
}

/// A string as it stands in httpd.conf, where a backslash at the end of a line goes on with the next,
/// or in Tomcat's server.xml, where the quotes are entities.
fn as_written(text: &str) -> String {
    let text = text.trim();
    let attribute = text.strip_prefix("pattern=\"").and_then(|text| text.strip_suffix('"'));
    let text = attribute.unwrap_or(text).replace("\\\n", "");
    text.replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

/// What is doubtful about the latency of a string: Tomcat before version 10 writes `%D` in
/// milliseconds (<https://tomcat.apache.org/tomcat-9.0-doc/config/valve.html#Access_Logging>). `%F`
/// and entities are only Tomcat's, and `%s` without `>` is how its manual writes the status.
pub fn doubt(text: &str) -> Option<&'static str> {
    let is_tomcat = text.contains("%F")
        || text.contains("&quot;")
        || text.contains("%s") && !text.contains("%>s");
    (is_tomcat && text.contains("%D")).then_some(
        "%D is read as microseconds (httpd, Tomcat 10 and later), but Tomcat before version 10 \
         writes milliseconds; if it is one, say --latency %D:ms",
    )
}

/// Whether the time of a format is logged at the end of the request.
pub fn stamps_the_end(text: &str) -> bool {
    text.contains("%{end:")
}

/// One directive, after its `%`.
struct Directive<'a> {
    letter: &'a str,
    parameter: Option<&'a str>,
    /// Bytes that it takes up.
    length: usize,
}

impl<'a> Directive<'a> {
    /// Reads modifiers (`!400,501`, `<`, `>`), `{parameter}` and the letters.
    fn read(text: &'a str) -> Result<Self, String> {
        let mut at = text
            .find(|c: char| !matches!(c, '!' | ',' | '<' | '>') && !c.is_ascii_digit())
            .unwrap_or(text.len());
        let mut parameter = None;
        if text[at..].starts_with('{') {
            let close = text[at..].find('}').ok_or("'%{' is not closed by '}'")?;
            parameter = Some(&text[at + 1..at + close]);
            at += close + 1;
        }
        let letters = if text[at..].starts_with('^') { 3 } else { 1 };
        match text.get(at..at + letters) {
            Some(letter) => Ok(Self { letter, parameter, length: at + letters }),
            None => Err(format!("'%{}' is no directive", &text[..at])),
        }
    }
}

/// What a directive means.
fn field(letter: &str, parameter: Option<&str>) -> Result<Field, String> {
    let duration = |unit| Field::Duration { unit, digits: Digits::Whole, latency: false };
    let header = |name: &str| match name.to_ascii_lowercase().as_str() {
        "referer" => Field::Referer,
        "user-agent" => Field::UserAgent,
        "host" => Field::Host,
        "x-forwarded-for" => Field::Addresses,
        "x-request-id" => Field::RequestId,
        _ => Field::Opaque,
    };
    Ok(match (letter, parameter) {
        ("h" | "a", None) => Field::Client,
        ("t", Some(format)) => time(format),
        ("r", _) => Field::Request,
        ("m", _) => Field::Method,
        ("U", _) => Field::Target,
        ("H", _) => Field::Protocol,
        ("s", _) => Field::Status,
        ("b" | "B" | "O", _) => Field::Bytes,
        ("D", _) => duration(Unit::Microseconds),
        ("I" | "S", _) | ("p", None) => Field::Number,
        ("T", Some("s")) => duration(Unit::Seconds),
        // Tomcat writes %T with decimals, Apache whole seconds.
        ("T", None) => Field::Duration { unit: Unit::Seconds, digits: Digits::Any, latency: false },
        ("T", Some("ms")) => duration(Unit::Milliseconds),
        ("T", Some("us")) => duration(Unit::Microseconds),
        ("T", Some(unit)) => {
            return Err(format!("'%{{{unit}}}T' has none of the units s, ms and us"));
        }
        ("^FB", _) => duration(Unit::Microseconds),
        // varnishncsa; seconds.
        ("x", Some("Varnish:time_firstbyte")) => {
            Field::Duration { unit: Unit::Seconds, digits: Digits::Any, latency: false }
        }
        // varnishncsa.
        ("x", Some("Varnish:hitmiss" | "Varnish:handling")) => Field::Cache,
        ("o", Some(name)) => match name.to_ascii_lowercase().as_str() {
            "x-cache" | "x-cache-status" | "cf-cache-status" => Field::Cache,
            "x-request-id" => Field::RequestId,
            _ => Field::Opaque,
        },
        ("L", _) => Field::RequestId,
        ("l", _) => Field::Identity,
        ("u", _) => Field::User,
        ("i", Some(name)) => header(name),
        ("v" | "V", _) => Field::Host,
        ("X", _) => Field::ConnectionStatus,
        (letter, _) if letter.starts_with(|c: char| c.is_ascii_alphabetic() || c == '^') => {
            Field::Opaque
        }
        (letter, _) => return Err(format!("'%{letter}' is no directive")),
    })
}

/// What `%{format}t` means: `strftime(3)` or one of Apache's own words.
fn time(format: &str) -> Field {
    let format = format.strip_prefix("begin:").or(format.strip_prefix("end:")).unwrap_or(format);
    match format {
        "%d/%b/%Y:%H:%M:%S %z" => Field::Time(TimeShape::Clf),
        "sec" | "msec" | "usec" => Field::Time(TimeShape::Any),
        _ if format.starts_with("%Y-%m-%d") || format.starts_with("%F") => {
            Field::Time(TimeShape::Iso8601)
        }
        _ => Field::Opaque,
    }
}

/// Takes `LogFormat`, the quotes and the nickname off.
fn unquote(text: &str) -> Result<String, String> {
    let text = match text.get(..9) {
        Some(word) if word.eq_ignore_ascii_case("LogFormat") => text[9..].trim_start(),
        _ => text,
    };
    // A bare format may begin with a quoted value; a quoted one escapes its quotes.
    let quoted = text.starts_with('"') && (text.contains("\\\"") || text.matches('"').count() == 2);
    if !quoted {
        return Ok(text.replace("\\\"", "\"").replace("\\t", "\t"));
    }
    let mut out = String::new();
    let mut chars = text[1..].chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(out),
            '\\' => match chars.next() {
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                Some(c) => out.push(c),
                None => break,
            },
            c => out.push(c),
        }
    }
    Err("a \" is not closed".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::template::Template;
    use crate::record::Status;

    fn compile(format: &str) -> Template {
        let (pieces, escape) = pieces(format).unwrap();
        Template::compile(pieces, escape, None).unwrap()
    }

    #[test]
    fn the_directive_is_read_as_it_stands_in_the_file() {
        let line = br#"www.example.com:443 198.51.100.5 - - [10/Oct/2025:13:55:39 +0200] "GET /vhost HTTP/1.1" 503 299 "-" "UA \"quoted\" \\ end\\" 1834"#;
        for format in [
            r#"LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D" vhost"#,
            r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" %D"#,
            r#"%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %{us}T"#,
        ] {
            let r = compile(format).record(line).unwrap();
            assert_eq!(r.status, Status::Code(503), "{format}");
            assert_eq!(r.host, Some(&b"www.example.com"[..]));
            assert_eq!(r.client, Some(&b"198.51.100.5"[..]));
            assert_eq!(r.bytes, Some(299));
            assert_eq!(r.user_agent, Some(&br#"UA \"quoted\" \\ end\\"#[..]));
            assert_eq!(r.duration, Some(1834));
        }
    }

    #[test]
    fn strings_as_they_stand_in_configurations() {
        let line = br#"192.0.2.1 "GET" "/a?b=1" 200 5 12"#;
        for format in [
            "LogFormat \"%h \\\"%m\\\" \\\n\\\"%U%q\\\" %>s %b %{ms}T\" parts",
            r#"pattern="%h &quot;%m&quot; &quot;%U%q&quot; %s %b %{ms}T""#,
        ] {
            let r = compile(format).record(line).unwrap();
            assert_eq!((r.method, r.target), (Some(&b"GET"[..]), Some(&b"/a?b=1"[..])), "{format}");
            assert_eq!(r.duration, Some(12_000), "{format}");
        }
        assert!(
            pieces("%h%U %>s")
                .map(|(pieces, escape)| Template::compile(pieces, escape, None))
                .unwrap()
                .is_err()
        );
    }

    #[test]
    fn the_unit_of_tomcat_is_doubted() {
        for (format, doubted) in [
            (r#"%h %l %u %t "%r" %>s %b %D"#, false),
            (r#"%h %l %u %t "%r" %s %b %D"#, true),
            (r#"%h %t &quot;%r&quot; %>s %D"#, true),
            (r#"%h %t "%r" %>s %D %F"#, true),
            (r#"%h %l %u %t "%r" %s %b %T"#, false),
        ] {
            assert_eq!(doubt(format).is_some(), doubted, "{format}");
        }
    }

    #[test]
    fn units_and_the_finest_latency() {
        assert_eq!(
            compile("%>s %T %D").record(b"200 1 1834000").unwrap().duration,
            Some(1_834_000)
        );
        assert_eq!(compile("%>s %{ms}T").record(b"200 12").unwrap().duration, Some(12_000));
        assert_eq!(compile("%>s %T").record(b"200 2").unwrap().duration, Some(2_000_000));
        assert_eq!(compile("%>s %^FB %T").record(b"200 5 2").unwrap().duration, Some(2_000_000));
        assert!(pieces("%>s %{m}T").unwrap_err().contains("units"));
    }

    #[test]
    fn last_status_aborted_and_conditions() {
        let r = compile("%s %>s %X %!200,304{Referer}i").record(b"302 200 X -").unwrap();
        assert_eq!(r.status, Status::Code(200));
        assert!(r.aborted);
    }

    #[test]
    fn caches_and_ids() {
        let r = compile("%>s %L %{X-Request-ID}i %{X-Cache}o").record(b"200 aZ - MISS").unwrap();
        assert_eq!((r.request_id, r.cache), (Some(&b"aZ"[..]), Some(&b"MISS"[..])));
        let varnish = compile("%s %{Varnish:hitmiss}x %{Varnish:handling}x");
        assert_eq!(varnish.record(b"200 miss pass").unwrap().cache, Some(&b"pass"[..]));
        let r = compile("%>s %{x-request-id}i").record(b"200 id-1").unwrap();
        assert_eq!(r.request_id, Some(&b"id-1"[..]));
    }

    #[test]
    fn other_times() {
        let r = compile("%>s %{%Y-%m-%dT%H:%M:%S%z}t").record(b"200 2025-10-10T13:55:39+0200");
        assert_eq!(r.unwrap().time, Some(1_760_097_339_000_000));
        let r = compile("%>s %{msec}t").record(b"200 1760097339250").unwrap();
        assert_eq!(r.time, Some(1_760_097_339_250_000));
        assert!(stamps_the_end("%{end:msec}t"));
    }

    #[test]
    fn faults_are_named() {
        assert!(pieces("%{Referer").unwrap_err().contains("not closed"));
        assert!(pieces("plain").unwrap_err().contains("no %directive"));
        assert!(pieces("%>s %").unwrap_err().contains("no directive"));
        assert!(pieces("\"%>s \\\"%r").unwrap_err().contains("not closed"));
    }
}
