//! nginx `log_format` strings: their syntax, the variables that statlog understands with their
//! units, and reading them out of a configuration file.
//!
//! Facts: `ngx_http_log_module.c`, `ngx_http_upstream.c`, `ngx_http_variables.c`.

use super::field::{Digits, Field, TimeShape, Unit};
use super::template::{Escape, Piece};
use std::path::{Path, PathBuf};

const SECONDS: Field =
    Field::Duration { unit: Unit::Seconds, digits: Digits::Thousandths, latency: false };
const MICROSECONDS: Field =
    Field::Duration { unit: Unit::Microseconds, digits: Digits::Whole, latency: false };
const UPSTREAM_SECONDS: Field =
    Field::UpstreamDuration { unit: Unit::Seconds, digits: Digits::Thousandths, latency: false };

/// Variables with a meaning; every other one is opaque text. `$upstream_queue_time` and its like are
/// lists too, but no response times.
const VARIABLES: &[(&str, Field)] = &[
    ("remote_addr", Field::Client),
    ("remote_user", Field::User),
    ("time_local", Field::Time(TimeShape::Clf)),
    ("time_iso8601", Field::Time(TimeShape::Iso8601)),
    ("msec", Field::Time(TimeShape::EpochSeconds)),
    ("request", Field::Request),
    ("request_method", Field::Method),
    ("request_uri", Field::Target),
    ("uri", Field::Target),
    ("document_uri", Field::Target),
    ("server_protocol", Field::Protocol),
    ("status", Field::Status),
    ("body_bytes_sent", Field::Bytes),
    ("bytes_sent", Field::Bytes),
    ("request_length", Field::Number),
    ("request_time", SECONDS),
    ("connection_time", SECONDS),
    ("tcpinfo_rtt", MICROSECONDS),
    ("tcpinfo_rttvar", MICROSECONDS),
    ("upstream_response_time", UPSTREAM_SECONDS),
    ("upstream_header_time", Field::Header { unit: Unit::Seconds }),
    ("upstream_connect_time", Field::Connect { unit: Unit::Seconds }),
    ("upstream_queue_time", Field::UpstreamOther),
    ("upstream_addr", Field::UpstreamAddress),
    ("upstream_status", Field::UpstreamStatus),
    ("upstream_response_length", Field::UpstreamOther),
    ("upstream_bytes_received", Field::UpstreamOther),
    ("upstream_bytes_sent", Field::UpstreamOther),
    ("upstream_cache_status", Field::Cache),
    ("geoip_country_code", Field::Location),
    ("http_cf_ipcountry", Field::Location),
    ("http_cloudfront_viewer_country", Field::Location),
    ("request_id", Field::RequestId),
    ("req_id", Field::RequestId),
    ("http_x_request_id", Field::RequestId),
    ("http_referer", Field::Referer),
    ("http_user_agent", Field::UserAgent),
    ("http_x_forwarded_for", Field::Addresses),
    ("proxy_add_x_forwarded_for", Field::Addresses),
    ("host", Field::Host),
    ("http_host", Field::Host),
    ("server_name", Field::Host),
    ("ssl_server_name", Field::Host),
];

/// Splits a format string into its pieces: as `log_format` has it (with its name, `escape=`,
/// quotes, continuations and the final `;`) or bare.
///
/// Errors when a quote or a brace is not closed, or when there is no variable.
pub fn pieces(text: &str) -> Result<(Vec<Piece>, Escape), String> {
    let (format, escape) = match directive(text)? {
        Some(found) => (found.format, found.escape),
        None => (unquote(text.trim())?, Escape::Backslash),
    };
    let mut pieces = Vec::new();
    let mut rest = format.as_str();
    while let Some(dollar) = rest.find('$') {
        pieces.push(Piece::Literal(rest[..dollar].into()));
        let after = &rest[dollar + 1..];
        let (name, end) = if let Some(braced) = after.strip_prefix('{') {
            let close = braced.find('}').ok_or("'${' is not closed by '}'")?;
            (&braced[..close], close + 2)
        } else {
            let end =
                after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            (&after[..end], end)
        };
        if name.is_empty() {
            return Err(format!("'$' without a variable's name before '{after}'"));
        }
        pieces.push(Piece::Value(format!("${name}"), field(name)));
        rest = &after[end..];
    }
    pieces.push(Piece::Literal(rest.into()));
    if pieces.len() == 1 {
        return Err("there is no $variable in the format".into());
    }
    // A format that logs both: the first tells more (it has the query).
    if pieces.iter().any(|piece| matches!(piece, Piece::Value(_, Field::Request))) {
        keep_first(
            &mut pieces,
            |field| matches!(field, Field::Request | Field::Target),
            "$request",
            Field::Opaque,
        );
    }
    keep_first(&mut pieces, |field| matches!(field, Field::Target), "$request_uri", Field::Opaque);
    keep_first(&mut pieces, |field| matches!(field, Field::Host), "$host", Field::Opaque);
    keep_first(
        &mut pieces,
        |field| matches!(field, Field::Bytes),
        "$body_bytes_sent",
        Field::Number,
    );
    keep_first(&mut pieces, |field| matches!(field, Field::Time(_)), "$msec", Field::Opaque);
    keep_first(
        &mut pieces,
        |field| matches!(field, Field::Location),
        "$geoip_country_code",
        Field::Opaque,
    );
    keep_first(
        &mut pieces,
        |field| matches!(field, Field::RequestId),
        "$request_id",
        Field::Opaque,
    );
    Ok((pieces, escape))
}

/// What a variable means.
fn field(name: &str) -> Field {
    let known = VARIABLES.iter().find(|(known, _)| *known == name);
    known.map_or(Field::Opaque, |(_, field)| *field)
}

/// Of several values of one kind only one is used, the preferred name or else the first; the
/// others become `others`, so that a later one cannot overwrite an earlier one.
pub(super) fn keep_first(
    pieces: &mut [Piece],
    kind: impl Fn(&Field) -> bool,
    preferred: &str,
    others: Field,
) {
    let of_kind = |piece: &Piece| match piece {
        Piece::Value(name, field) if kind(field) => Some(name == preferred),
        _ => None,
    };
    let keep = pieces
        .iter()
        .position(|piece| of_kind(piece) == Some(true))
        .or_else(|| pieces.iter().position(|piece| of_kind(piece).is_some()));
    for (at, piece) in pieces.iter_mut().enumerate() {
        if of_kind(piece).is_some()
            && Some(at) != keep
            && let Piece::Value(_, field) = piece
        {
            *field = others;
        }
    }
}

/// A `log_format` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    name: String,
    escape: Escape,
    format: String,
}

/// Reads `log_format name [escape=…] 'part' 'part';`. `None` when the text is no directive.
fn directive(text: &str) -> Result<Option<Directive>, String> {
    let mut tokens = Tokens { rest: text.trim_start() };
    if tokens.next()? != Some(Token::Word("log_format".into())) {
        return Ok(None);
    }
    read_directive(&mut tokens).map(Some)
}

/// Reads what follows the word `log_format`.
fn read_directive(tokens: &mut Tokens<'_>) -> Result<Directive, String> {
    let Some(Token::Word(name)) = tokens.next()? else {
        return Err("'log_format' has no name".into());
    };
    let mut escape = Escape::Backslash;
    let mut format = String::new();
    while let Some(Token::Word(part)) = tokens.next()? {
        match part.strip_prefix("escape=") {
            Some("none") if format.is_empty() => escape = Escape::None,
            Some("json") if format.is_empty() => escape = Escape::Json,
            Some("default") if format.is_empty() => {}
            Some(other) if format.is_empty() => {
                return Err(format!("'escape={other}' is none of default, json and none"));
            }
            _ => format.push_str(&part),
        }
    }
    if format.is_empty() {
        return Err(format!("'log_format {name}' has no format"));
    }
    Ok(Directive { name, escape, format })
}

/// A format that is quoted as in the configuration, or bare.
fn unquote(text: &str) -> Result<String, String> {
    if !text.starts_with(['\'', '"']) || text.starts_with("\"$") && !text.ends_with(['"', ';']) {
        return Ok(bare(text));
    }
    // A bare format may begin and end with a quoted value: `"$request" "$status"`.
    if text.starts_with('"') && text.matches('"').count() > 2 && !text.contains("\\\"") {
        return Ok(bare(text));
    }
    let mut tokens = Tokens { rest: text };
    let mut format = String::new();
    while let Some(Token::Word(part)) = tokens.next()? {
        format.push_str(&part);
    }
    Ok(format)
}

/// A format without quotes of its own: escapes mean what they mean within quotes.
fn bare(text: &str) -> String {
    text.replace("\\t", "\t").replace("\\\"", "\"")
}

/// Reads a configuration file word by word.
struct Tokens<'a> {
    rest: &'a str,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A bare or quoted word.
    Word(String),
    /// `;`, `{` or `}`.
    End,
}

impl Tokens<'_> {
    fn next(&mut self) -> Result<Option<Token>, String> {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix('#') {
                Some(comment) => {
                    self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
                }
                None => break,
            }
        }
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        if matches!(first, ';' | '{' | '}') {
            self.rest = &self.rest[1..];
            return Ok(Some(Token::End));
        }
        let quote = matches!(first, '\'' | '"').then_some(first);
        let mut word = String::new();
        let mut chars = self.rest.char_indices().skip(usize::from(quote.is_some())).peekable();
        while let Some((at, c)) = chars.next() {
            match (c, quote) {
                ('\\', _) => match chars.next() {
                    // nginx unescapes these in every word (ngx_conf_read_token).
                    Some((_, c @ ('"' | '\'' | '\\'))) => word.push(c),
                    Some((_, 't')) => word.push('\t'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, c)) => word.extend(['\\', c]),
                    None => word.push('\\'),
                },
                (c, Some(quote)) if c == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(Some(Token::Word(word)));
                }
                // `${name}` belongs to the word.
                ('{', None) if word.ends_with('$') => word.push('{'),
                ('}', None) if word.rfind("${").is_some_and(|open| !word[open..].contains('}')) => {
                    word.push('}');
                }
                (c, None) if c.is_whitespace() || matches!(c, ';' | '{' | '}') => {
                    self.rest = &self.rest[at..];
                    return Ok(Some(Token::Word(word)));
                }
                (c, _) => word.push(c),
            }
        }
        self.rest = "";
        match quote {
            Some(quote) => Err(format!("a {quote} is not closed")),
            None => Ok(Some(Token::Word(word))),
        }
    }
}

/// How many files one configuration may include: a loop of includes ends here.
const MAX_INCLUDES: usize = 1000;

/// Reads a `log_format` from a configuration file and what it includes: the named one, or the
/// only one there is. Returns it as a directive that [`pieces`] reads.
///
/// Errors when a file cannot be read, or when the name is not there or not unique.
pub fn from_configuration(path: &Path, name: Option<&str>) -> Result<String, String> {
    let mut found = Vec::new();
    let base = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut files = vec![path.to_path_buf()];
    let mut read = 0;
    while let Some(file) = files.pop() {
        read += 1;
        if read > MAX_INCLUDES {
            return Err(format!("{}: includes more than {MAX_INCLUDES} files", path.display()));
        }
        let text = std::fs::read(&file).map_err(|error| {
            let error = error.to_string();
            let cause = error.split(" (os error").next().unwrap_or_default().to_lowercase();
            format!("{}: {cause}", file.display())
        })?;
        let text = String::from_utf8_lossy(&text);
        let mut tokens = Tokens { rest: &text };
        let in_file = |error| format!("{}: {error}", file.display());
        let mut at_start = true;
        while let Some(token) = tokens.next().map_err(in_file)? {
            match token {
                Token::End => at_start = true,
                Token::Word(word) if at_start && word == "log_format" => {
                    found.push(read_directive(&mut tokens).map_err(in_file)?);
                }
                Token::Word(word) if at_start && word == "include" => {
                    if let Some(Token::Word(pattern)) = tokens.next().map_err(in_file)? {
                        files.extend(included(&base, &pattern));
                    }
                    at_start = false;
                }
                Token::Word(_) => at_start = false,
            }
        }
    }
    let names: Vec<_> = found.iter().map(|found| found.name.as_str()).collect();
    let listed = names.join(", ");
    let chosen = match name {
        Some(name) => found.iter().find(|found| found.name == name).ok_or_else(|| {
            let path = path.display();
            match listed.as_str() {
                "" => format!("{path}: has no log_format"),
                _ => format!("{path}: has no log_format '{name}'; it has {listed}"),
            }
        })?,
        None => match &found[..] {
            [only] => only,
            [] if name.is_none() => {
                return Err(format!(
                    "{0}: has no log_format, so its logs are combined: use --log-format \
                     nginx-combined",
                    path.display()
                ));
            }
            _ => {
                return Err(format!(
                    "{0}: has several log_formats ({listed}); name one: --nginx-conf {0}:{1}",
                    path.display(),
                    names[0]
                ));
            }
        },
    };
    let escape = match chosen.escape {
        Escape::None => "escape=none ",
        Escape::Json => "escape=json ",
        Escape::Backslash => "",
    };
    let quoted = chosen.format.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n");
    Ok(format!("log_format {} {escape}'{quoted}';", chosen.name))
}

/// The files that an `include` names, relative to the main file's folder as nginx has it.
fn included(base: &Path, pattern: &str) -> Vec<PathBuf> {
    let pattern = base.join(pattern);
    let Ok(paths) = glob::glob(&pattern.to_string_lossy()) else { return Vec::new() };
    paths.filter_map(Result::ok).filter(|path| path.is_file()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(format: &str) -> String {
        let (pieces, _) = pieces(format).unwrap();
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => out.push_str(&String::from_utf8(text).unwrap()),
                Piece::Value(name, _) => out.push_str(&format!("<{name}>")),
                other => panic!("nginx has no {other:?}"),
            }
        }
        out
    }

    #[test]
    fn the_directive_is_read_as_it_stands_in_the_file() {
        let directive = "log_format  main  '$remote_addr - [$time_local] \"$request\" '\n   \
                         '$status \"${http_user_agent}\"';";
        let expected = "<$remote_addr> - [<$time_local>] \"<$request>\" <$status> \
                        \"<$http_user_agent>\"";
        assert_eq!(text(directive), expected);
        assert_eq!(
            text("'$remote_addr - [$time_local] \"$request\" ' '$status \"$http_user_agent\"'"),
            expected
        );
        assert_eq!(
            text("$remote_addr - [$time_local] \"$request\" $status \"$http_user_agent\""),
            expected
        );
        assert_eq!(text("$remote_addr\\t$status"), "<$remote_addr>\t<$status>");
        assert_eq!(text("\"$status\" \"$request\""), "\"<$status>\" \"<$request>\"");
        assert_eq!(text("\"$status \\\"$request\\\"\""), "<$status> \"<$request>\"");
    }

    #[test]
    fn escapes_are_taken_from_the_directive() {
        let none = "log_format a escape=none '$status';";
        assert_eq!(pieces(none).unwrap().1, Escape::None);
        let json = "log_format a escape=json '{\"s\":$status}';";
        assert_eq!(pieces(json).unwrap().1, Escape::Json);
        assert!(pieces("log_format a escape=xml '$status';").unwrap_err().contains("escape=xml"));
    }

    #[test]
    fn faults_are_named() {
        assert!(pieces("log_format a '$status").unwrap_err().contains("not closed"));
        assert!(pieces("${status").unwrap_err().contains("not closed"));
        assert!(pieces("no variable").unwrap_err().contains("no $variable"));
        assert!(pieces("log_format a;").unwrap_err().contains("no format"));
    }

    #[test]
    fn a_configuration_with_includes() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("nginx.conf");
        std::fs::create_dir(folder.path().join("conf.d")).unwrap();
        std::fs::write(&main, "http { # log_format no '$x';\n include conf.d/*.conf;\n log_format main '$remote_addr $status'; }").unwrap();
        std::fs::write(
            folder.path().join("conf.d/a.conf"),
            "log_format slow escape=none '$status \\'x\\' '\n '$request_time';",
        )
        .unwrap();
        let main_format = from_configuration(&main, Some("main")).unwrap();
        assert_eq!(text(&main_format), "<$remote_addr> <$status>");
        let slow = from_configuration(&main, Some("slow")).unwrap();
        assert_eq!(text(&slow), "<$status> 'x' <$request_time>");
        assert_eq!(pieces(&slow).unwrap().1, Escape::None);
        let error = from_configuration(&main, None).unwrap_err();
        assert!(error.contains("several log_formats"), "{error}");
        let error = from_configuration(&main, Some("nope")).unwrap_err();
        assert!(error.contains("no log_format 'nope'"), "{error}");
    }
}
