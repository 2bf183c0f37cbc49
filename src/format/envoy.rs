//! Envoy access-log format strings (also Istio's and Envoy Gateway's): their syntax, and the
//! operators that statlog understands with their units.
//!
//! Facts: `docs/root/configuration/observability/access_log/usage.rst` of envoyproxy/envoy. Values
//! are written as they are: a quote in a user agent is not escaped. What is absent is `-`.

use super::field::{Digits, Field, TimeShape, Unit};
use super::nginx::keep_first;
use super::template::{Escape, Piece, closing};

const MILLISECONDS: Unit = Unit::Milliseconds;
const DURATION: Field =
    Field::Duration { unit: MILLISECONDS, digits: Digits::Whole, latency: false };

/// Operators with a meaning; every other one is opaque text.
const OPERATORS: &[(&str, Field)] = &[
    ("START_TIME", Field::Time(TimeShape::Iso8601)),
    ("PROTOCOL", Field::Protocol),
    ("RESPONSE_CODE", Field::Status),
    ("RESPONSE_CODE_DETAILS", Field::Clue(0)),
    ("RESPONSE_FLAGS", Field::Reason),
    ("RESPONSE_FLAGS_LONG", Field::Reason),
    ("BYTES_RECEIVED", Field::Number),
    ("BYTES_SENT", Field::Bytes),
    ("DURATION", DURATION),
    ("REQUEST_DURATION", DURATION),
    ("REQUEST_TX_DURATION", DURATION),
    ("RESPONSE_DURATION", Field::Header { unit: MILLISECONDS }),
    ("RESPONSE_TX_DURATION", DURATION),
    ("UPSTREAM_HOST", Field::UpstreamAddress),
    ("UPSTREAM_REMOTE_ADDRESS", Field::UpstreamAddress),
    ("UPSTREAM_REQUEST_ATTEMPT_COUNT", Field::Attempts),
    ("DOWNSTREAM_REMOTE_ADDRESS", Field::Client),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Field::Client),
];

/// Request headers with a meaning, in lower case.
const REQUEST: &[(&str, Field)] = &[
    (":method", Field::Method),
    (":path", Field::Target),
    ("x-envoy-original-path", Field::Target),
    (":authority", Field::Host),
    ("host", Field::Host),
    ("referer", Field::Referer),
    ("user-agent", Field::UserAgent),
    ("x-forwarded-for", Field::Addresses),
    ("x-request-id", Field::RequestId),
];

/// Response headers with a meaning.
const RESPONSE: &[(&str, Field)] = &[
    (
        "x-envoy-upstream-service-time",
        Field::UpstreamDuration { unit: MILLISECONDS, digits: Digits::Whole, latency: false },
    ),
    (":status", Field::Status),
    ("x-cache", Field::Cache),
];

/// Whether a format string is Envoy's: `%NAME%` or `%NAME(…)%`.
pub(super) fn is_format(text: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        let name = text[at + 1..].bytes().take_while(|b| b.is_ascii_uppercase() || *b == b'_');
        let end = at + 1 + name.count();
        end > at + 3 && text[end..].starts_with(['%', '('])
    })
}

/// Splits a format string into its pieces.
///
/// Errors when an operator is not closed, or when there is none.
pub fn pieces(text: &str) -> Result<(Vec<Piece>, Escape), String> {
    let text = text.trim();
    // As YAML and Istio's mesh configuration have it.
    let text = text.strip_suffix("\\n").unwrap_or(text);
    let quotes = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let mut rest = quotes.unwrap_or(text);
    let mut pieces = Vec::new();
    while let Some(percent) = rest.find('%') {
        pieces.push(Piece::Literal(rest[..percent].into()));
        let after = &rest[percent + 1..];
        if let Some(after) = after.strip_prefix('%') {
            pieces.push(Piece::Literal(b"%".into()));
            rest = after;
            continue;
        }
        let length = closing(after, '%').ok_or_else(|| {
            format!("'%{after}' is not closed by '%'; a percent sign itself is written '%%'")
        })?;
        let (operator, end) = after.split_at(length);
        pieces.push(Piece::Value(format!("%{operator}%"), field(operator)));
        rest = &end[1..];
    }
    pieces.push(Piece::Literal(rest.into()));
    if pieces.len() == 1 {
        return Err("there is no %OPERATOR% in the format".into());
    }
    for (kind, preferred, others) in CHOICES {
        keep_first(&mut pieces, kind, preferred, others.unwrap_or(Field::Opaque));
    }
    if let Some(Piece::Value(_, Field::Duration { latency, .. })) = pieces
        .iter_mut()
        .find(|piece| matches!(piece, Piece::Value(name, _) if name == "%DURATION%"))
    {
        *latency = true;
    }
    Ok((pieces, Escape::None))
}

/// A kind of value of which one is used: how it is known, the preferred one, and what becomes of the
/// others.
type Choice = (fn(&Field) -> bool, &'static str, Option<Field>);

/// The kinds of values that a format may have several of.
const CHOICES: [Choice; 8] = [
    (|field| matches!(field, Field::Target), "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", None),
    (|field| matches!(field, Field::Host), "%REQ(:AUTHORITY)%", None),
    (|field| matches!(field, Field::Reason), "%RESPONSE_FLAGS%", None),
    (|field| matches!(field, Field::Status), "%RESPONSE_CODE%", None),
    (|field| matches!(field, Field::Client), "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", None),
    (
        |field| matches!(field, Field::UpstreamAddress),
        "%UPSTREAM_HOST%",
        Some(Field::UpstreamOther),
    ),
    (|field| matches!(field, Field::Bytes), "%BYTES_SENT%", Some(Field::Number)),
    (|field| matches!(field, Field::Time(_)), "%START_TIME%", None),
];

/// What an operator means: `NAME`, `NAME(argument)`, `NAME(argument):length`.
fn field(operator: &str) -> Field {
    let (name, argument) = match operator.split_once('(') {
        Some((name, rest)) => (name, rest.rsplit_once(')').map(|(argument, _)| argument)),
        None => (operator.split(':').next().unwrap_or(operator), None),
    };
    let known = |table: &[(&str, Field)], name: &str| {
        table.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    };
    let header = |table| {
        let argument = argument.unwrap_or_default().to_ascii_lowercase();
        // `FIRST?SECOND`: the second when the first is not there.
        argument.split('?').find_map(|header| known(table, header))
    };
    let found = match (name, argument) {
        ("REQ", _) => header(REQUEST),
        ("RESP", _) => header(RESPONSE),
        ("START_TIME", Some(format)) => time(format),
        (name, _) => known(OPERATORS, name),
    };
    found.unwrap_or(Field::Opaque)
}

/// What `%START_TIME(format)%` means.
fn time(format: &str) -> Option<Field> {
    let shape = match format {
        "%d/%b/%Y:%H:%M:%S %z" => TimeShape::Clf,
        "%s%3f" | "%s%6f" | "%s%9f" => TimeShape::Any,
        _ if format.starts_with("%s") => TimeShape::EpochSeconds,
        _ if format.starts_with("%Y-%m-%d") || format.starts_with("%F") => TimeShape::Iso8601,
        _ => return None,
    };
    Some(Field::Time(shape))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::template::Template;
    use crate::record::{NoStatus, Status};

    const DEFAULT: &str = r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n"#;

    fn template(format: &str) -> Template {
        let (pieces, escape) = pieces(format).unwrap();
        Template::compile(pieces, escape, None).unwrap()
    }

    #[test]
    fn the_default_format() {
        let t = template(DEFAULT);
        let r = t
            .record(br#"[2025-10-10T13:55:01.250Z] "POST /a?b=1 HTTP/2" 204 - 154 7 226 100 "192.0.2.1, 198.51.100.7" "an "agent"" "id-1" "www.example.com" "10.0.0.1:80""#)
            .unwrap();
        assert_eq!((r.status, r.time), (Status::Code(204), Some(1_760_104_501_250_000)));
        assert_eq!((r.method, r.target), (Some(&b"POST"[..]), Some(&b"/a?b=1"[..])));
        assert_eq!((r.duration, r.upstream.duration), (Some(226_000), Some(100_000)));
        assert_eq!((r.client, r.bytes), (Some(&b"192.0.2.1"[..]), Some(7)));
        assert_eq!(r.user_agent, Some(&br#"an "agent""#[..]));
        assert_eq!((r.request_id, r.reason), (Some(&b"id-1"[..]), None));
        assert_eq!(r.host, Some(&b"www.example.com"[..]));
        assert_eq!(r.upstream.address, Some(&b"10.0.0.1:80"[..]));
        let r = t
            .record(
                br#"[2025-10-10T13:55:01.250Z] "- - HTTP/1.1" 0 DC 0 0 9 - "-" "-" "-" "-" "-""#,
            )
            .unwrap();
        assert_eq!(r.status, Status::None(NoStatus::Zero));
        assert_eq!((r.reason, r.upstream.duration), (Some(&b"DC"[..]), None));
    }

    #[test]
    fn operators_with_arguments() {
        let t = template(
            "%START_TIME(%s.%3f)% %REQ(:path):20% %RESPONSE_CODE% %RESP(x-none)% 100%% %DURATION%",
        );
        let r = t.record(b"1760104501.250 /a 503 - 100% 12").unwrap();
        assert_eq!((r.time, r.target), (Some(1_760_104_501_250_000), Some(&b"/a"[..])));
        assert_eq!((r.status, r.duration), (Status::Code(503), Some(12_000)));
        let t = template("%START_TIME(%Y-%m-%dT%H:%M:%S%z)% %RESPONSE_CODE%");
        assert_eq!(
            t.record(b"2025-10-10T15:55:01+0200 200").unwrap().time,
            Some(1_760_104_501_000_000)
        );
    }

    #[test]
    fn it_is_told_from_the_other_languages() {
        for (text, is) in [
            (DEFAULT, true),
            ("%REQ(:PATH)% %RESPONSE_CODE%", true),
            ("%h %l %u %t \"%r\" %>s %b", false),
            ("%D%U", false),
            ("%ci:%cp %ST", false),
            ("%", false),
        ] {
            assert_eq!(is_format(text), is, "{text}");
        }
        assert!(pieces("%START_TIME(%s").unwrap_err().contains("not closed"));
        assert!(pieces("plain").unwrap_err().contains("no %OPERATOR%"));
    }
}
