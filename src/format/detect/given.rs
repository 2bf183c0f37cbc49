//! The format that the user gives: a name, the server's own string, columns, keys.

use super::draft::Draft;
use super::{Reading, Undetected, requests, wrapped};
use crate::format::json::Json;
use crate::format::keyed::{Wishes, alias};
use crate::format::template::{Escape, Piece};
use crate::format::{
    Dialect, FORMATS, Format, Latency, Product, Shape, apache, columns, envoy, haproxy, named,
    nginx, shape, vocabulary,
};
use crate::suggest::did_you_mean;

/// Reads a sample with the format that the user gave: the name of an entry, the keys of JSON, a list
/// of columns, or a format string of nginx, Apache, HAProxy or Envoy, or of statlog's own names.
///
/// Errors when the text is none of them, or does not compile; the message says why and what to do.
pub fn given(text: &str, lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, String> {
    let reading = given_bare(text, lines, latency)?;
    let inside = |inner: &[&[u8]]| {
        let found = given_bare(text, inner, latency).ok().filter(|found| found.read > 0);
        found.ok_or(Undetected::Empty)
    };
    Ok(reading.or_wrapped(lines, || wrapped::behind_wrappers(lines, &inside)))
}

/// The same for lines that are not wrapped.
fn given_bare(text: &str, lines: &[&[u8]], latency: Latency<'_>) -> Result<Reading, String> {
    let text = text.trim();
    let all = lines;
    let requests = requests(all);
    let known = Format::find(text);
    if let (None, Some(keys)) = (known, text.strip_prefix("json:")) {
        let said = vocabulary::keys(keys)?;
        let wishes = Wishes { latency, said: &said, ..Wishes::of(alias::JSON) };
        let shape = Shape::Json(Box::new(Json::new(Json::learn(&requests, wishes))));
        let mut draft = Draft::new("given JSON keys", Product::Unknown, shape);
        draft.detected = false;
        return Ok(draft.reading(&requests));
    }
    if text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Err(
            "that is a format of JSON: the keys of such a log are learned from its lines, so \
                    leave --log-format out, or name those that are not found: \
                    json:status=KEY,time=KEY,latency=KEY:ms"
                .into(),
        );
    }
    let dialect = match known {
        Some((format, _)) => format.dialect,
        None => dialect(text).ok_or_else(|| unknown_name(text))?,
    };
    let lines = if dialect == Dialect::Columns { all } else { &requests[..] };
    let (name, mut product, shape, string) = match known {
        Some((format, product)) => {
            (text.to_owned(), product, format.shape(lines, latency)?, format.string)
        }
        None => {
            if dialect == Dialect::Named {
                named::check(text)?;
            }
            let name = format!("given {} format", dialect.name());
            (name, dialect.product(), shape(dialect, text, lines, latency)?, text)
        }
    };
    if let Shape::Columns(columns) = &shape {
        if !columns.has_status() && !requests.is_empty() {
            return Err(format!(
                "'{text}' is read by the header lines of the log, and the first lines have none that \
                 names a status; give it: '#Fields: date time cs-method cs-uri-stem sc-status'"
            ));
        }
        if product == Product::Unknown {
            product = columns.product();
        }
    }
    let mut draft = Draft::new(&name, product, shape);
    draft.detected = false;
    draft.string = string.into();
    if known.is_none() && dialect != Dialect::Columns {
        draft.meaning = dialect.meaning(string);
    }
    if dialect == Dialect::Apache && latency.is_none() {
        draft.notes.extend(apache::doubt(string).map(str::to_owned));
    }
    Ok(draft.reading(lines))
}

/// How a format of the table reads its own samples: what it says of any log.
pub fn of_table(format: &Format) -> Reading {
    let samples: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
    given(format.name, &samples, None).expect("every entry compiles and reads its samples")
}

/// The language that a format string is written in: nginx has `$name`, Envoy `%NAME%`, HAProxy
/// `%ST`, Apache `%>s`, lists of columns begin with their kind. `None` when it is no string of that
/// language.
fn dialect(text: &str) -> Option<Dialect> {
    if columns::is_given(text) {
        return Some(Dialect::Columns);
    }
    if nginx::pieces(text).is_ok_and(|(pieces, _)| pieces.len() > 1) && text.contains('$') {
        return Some(Dialect::Nginx);
    }
    match text.contains('%').then(|| percent_dialect(text)) {
        Some((dialect, Ok(_))) => Some(dialect),
        Some((_, Err(_))) => None,
        None => named::pieces(text).is_ok().then_some(Dialect::Named),
    }
}

/// The language of a format string with percent signs, and its pieces.
fn percent_dialect(text: &str) -> (Dialect, Result<(Vec<Piece>, Escape), String>) {
    if envoy::is_format(text) {
        (Dialect::Envoy, envoy::pieces(text))
    } else if haproxy::is_format(text) {
        (Dialect::HaProxy, haproxy::pieces(text))
    } else {
        (Dialect::Apache, apache::pieces(text))
    }
}

/// The error for a format that is no name and no string.
fn unknown_name(text: &str) -> String {
    if text.contains('$') {
        return nginx::pieces(text).err().unwrap_or_default();
    }
    if text.contains('%') {
        return percent_dialect(text).1.err().unwrap_or_default();
    }
    if text.contains('{') {
        return named::pieces(text).err().unwrap_or_default();
    }
    let hint = did_you_mean(text, FORMATS.iter().flat_map(Format::names));
    format!(
        "'{text}' is no format: give a name (see 'statlog formats'), or the server's own string \
         such as '$remote_addr ... $status' or '%h ... %>s', or the columns such as \
         'csv:time,client,status'{hint}"
    )
}
