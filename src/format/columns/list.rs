//! Lists of columns that people give: `csv:time,client,method,path,status,latency:ms,_`.

use super::layout::{Layout, Step};
use super::names::{self, Meaning};
use super::split::Separator;
use crate::format::field::{Field, Unit};
use crate::format::template::{self, Piece};
use crate::format::{Latency, vocabulary};
use crate::suggest::did_you_mean;

/// What a list begins with, and what stands between the values then.
const KINDS: &[(&str, Separator)] = &[
    ("csv:", Separator::Quoted(b',')),
    ("tsv:", Separator::Quoted(b'\t')),
    ("psv:", Separator::Quoted(b'|')),
    ("ssv:", Separator::Spaces),
];

/// The separator and the names of a list; `None` for a text that is none.
pub(super) fn split(text: &str) -> Option<(Separator, &str)> {
    KINDS.iter().find_map(|(kind, separator)| Some((*separator, text.strip_prefix(kind)?.trim())))
}

/// The columns of a list.
///
/// Errors when a word is nearly a name, when a meaning is none, when there is no status, or when
/// `latency` is no duration of the list.
pub(super) fn layout(
    separator: Separator,
    list: &str,
    latency: Latency<'_>,
) -> Result<Layout, String> {
    let words: Vec<&str> = list.split(',').map(str::trim).collect();
    // With a column for the day, `time` is that of the day.
    let two = words.contains(&"date");
    let mut pieces = Vec::new();
    let mut steps = Vec::new();
    for word in &words {
        let (label, meaning) = word.split_once('=').unwrap_or((word, word));
        let step = match meaning.trim() {
            "date" => Some(Step::Date),
            "time" if two => Some(Step::Clock),
            meaning => known(meaning, label != *word)?.map(Step::Set),
        };
        let label = label.split(':').next().unwrap_or(label).trim();
        let field = match step {
            Some(Step::Set(field)) => field,
            _ => Field::Opaque,
        };
        pieces.push(Piece::Value(label.to_owned(), field));
        steps.push(step);
    }
    let mut pieces = template::choose_latency(pieces, latency)?;
    template::forwarded_client(&mut pieces);
    let mut names = Vec::new();
    let mut found = None;
    let steps: Vec<Step> = std::iter::zip(pieces, steps)
        .map(|(piece, step)| {
            let Piece::Value(name, field) = piece else { return Step::Skip };
            if let Some(unit) = latency_unit(field) {
                found.get_or_insert((name.clone(), Some(unit)));
            }
            names.push(name);
            match (step, field) {
                (Some(step @ (Step::Date | Step::Clock)), _) => step,
                (_, Field::Time(shape)) => Step::Time(shape),
                (_, Field::Client) => Step::Client,
                (_, Field::Opaque | Field::Addresses | Field::User | Field::Identity) => Step::Skip,
                (_, field) => Step::Set(field),
            }
        })
        .collect();
    if two && !steps.contains(&Step::Clock) {
        return Err("'date' is the day alone and needs a column 'time' beside it; a column that \
                    has both is called 'time'"
            .into());
    }
    let mut layout = Layout::new(names, steps, separator);
    if !layout.has_status() {
        let known: Vec<_> = vocabulary::names().collect();
        return Err(format!(
            "the list has no 'status', so there is nothing to count by; the names are {}, and _ for \
             a column to ignore",
            known.join(", ")
        ));
    }
    layout.latency = found;
    Ok(layout)
}

/// The unit of a field that is the latency.
fn latency_unit(field: Field) -> Option<Unit> {
    match field {
        Field::Duration { unit, latency: true, .. }
        | Field::UpstreamDuration { unit, latency: true, .. }
        | Field::Part { unit } => Some(unit),
        _ => None,
    }
}

/// What a word means; `None` for a column to ignore. `said` is whether it stands behind a `=`: then
/// it must mean something.
fn known(word: &str, said: bool) -> Result<Option<Field>, String> {
    if let Some(field) = vocabulary::field(word)? {
        return Ok(Some(field));
    }
    if let Some(Meaning::Is(field)) = names::meaning(word) {
        return Ok(Some(field));
    }
    let meaning = names::meaning(word);
    if meaning == Some(Meaning::Latency) {
        return Err(format!("'{word}' needs its unit: '{word}=latency:s', ':ms', ':us' or ':ns'"));
    }
    let bare = word.split(':').next().unwrap_or(word);
    let hint = did_you_mean(bare, vocabulary::names());
    // `cs-protocol` is a column of its own, not a slip of the fingers.
    let is_other = word == "_" || word.contains(['-', '(']) || hint.is_empty();
    if is_other && !said {
        return Ok(None);
    }
    let known: Vec<_> = vocabulary::names().collect();
    Err(format!(
        "'{word}' is no name of a column{hint}; the names are {}; write _ for a column to ignore",
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str) -> Result<Layout, String> {
        let (separator, list) = split(text).unwrap();
        layout(separator, list, None)
    }

    #[test]
    fn lists() {
        let found = of("csv:time, client,took=latency:ms,_,anything,status").unwrap();
        assert_eq!(found.names, ["time", "client", "took", "_", "anything", "status"]);
        assert_eq!(found.latency, Some(("took".into(), Some(Unit::Milliseconds))));
        assert_eq!(found.time(), Some("time".into()));
        let found = of("tsv:date,time,c-ip,sc-status,cs-bytes,cs-protocol,cs(Host)").unwrap();
        assert_eq!(found.time(), Some("date time".into()));
        assert_eq!(found.columns(), 5);
    }

    #[test]
    fn wrong_lists_name_the_word() {
        for (text, parts) in [
            (
                "csv:time,statsu",
                &["'statsu'", "did you mean 'status'", "user_agent", "write _"][..],
            ),
            ("csv:a=clinet,status", &["'clinet'", "did you mean 'client'"]),
            ("csv:a=b,status", &["'b' is no name"]),
            ("csv:time,client", &["no 'status'", "the names are time, status"]),
            ("csv:status,latency", &["needs its unit"]),
            ("csv:date,status", &["needs a column 'time'"]),
            ("tsv:time-taken,sc-status", &["'time-taken=latency:s'"]),
        ] {
            let error = of(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
        let (separator, list) = split("csv:status,took=duration:s").unwrap();
        assert!(layout(separator, list, Some(("took", None))).unwrap().latency.is_some());
        let error = layout(separator, list, Some(("tok", None))).unwrap_err();
        assert!(error.contains("'tok' is no duration"), "{error}");
    }
}
