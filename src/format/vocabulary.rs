//! statlog's own names for the fields of a request: what people write in `--log-format` to say
//! which column or key is which.
//!
//! A name may be followed by a unit or a shape after a colon: `latency:ms`, `time:epoch`.

use super::field::{Digits, Field, TimeShape, Unit};
use super::keyed::{Path, Said};
use crate::suggest::did_you_mean;

/// The names that need no unit, and what they are.
const NAMES: &[(&str, Field)] = &[
    ("status", Field::Status),
    ("request", Field::Request),
    ("method", Field::Method),
    ("path", Field::Target),
    ("protocol", Field::Protocol),
    ("bytes", Field::Bytes),
    ("known_bytes", Field::KnownBytes),
    ("client", Field::Client),
    ("addresses", Field::Addresses),
    ("user", Field::User),
    ("identity", Field::Identity),
    ("host", Field::Host),
    ("referer", Field::Referer),
    ("user_agent", Field::UserAgent),
    ("upstream", Field::UpstreamAddress),
    ("upstream_status", Field::UpstreamStatus),
    ("attempts", Field::Attempts),
    ("retries", Field::Retries),
    ("cache", Field::Cache),
    ("location", Field::Location),
    ("reason", Field::Reason),
    ("request_id", Field::RequestId),
    ("number", Field::Number),
];

/// Values that only the rules of a product read: for the table of formats.
const CLUES: &[(&str, Field)] =
    &[("clue0", Field::Clue(0)), ("clue1", Field::Clue(1)), ("clue2", Field::Clue(2))];

/// A field of this unit.
type WithUnit = fn(Unit) -> Field;

/// The names of durations: they need a unit.
const DURATIONS: &[(&str, WithUnit)] = &[
    ("latency", |unit| Field::Duration { unit, digits: Digits::Any, latency: true }),
    ("latency_part", |unit| Field::Part { unit }),
    ("upstream_latency_part", |unit| Field::UpstreamPart { unit }),
    ("duration", |unit| Field::Duration { unit, digits: Digits::Any, latency: false }),
    ("upstream_latency", |unit| Field::UpstreamDuration {
        unit,
        digits: Digits::Any,
        latency: false,
    }),
    ("connect_time", |unit| Field::Connect { unit }),
    ("header_time", |unit| Field::Header { unit }),
];

/// The shapes of a time.
const SHAPES: &[(&str, TimeShape)] = &[
    ("clf", TimeShape::Clf),
    ("iso", TimeShape::Iso8601),
    ("epoch", TimeShape::EpochSeconds),
    ("clf_local", TimeShape::ClfLocal),
    ("asctime", TimeShape::Asctime),
];

/// The units of a duration.
const UNITS: [Unit; 4] = [Unit::Seconds, Unit::Milliseconds, Unit::Microseconds, Unit::Nanoseconds];

/// Every name, for help and for hints.
pub fn names() -> impl Iterator<Item = &'static str> {
    let plain = NAMES.iter().map(|(name, _)| *name);
    ["time"].into_iter().chain(plain).chain(DURATIONS.iter().map(|(name, _)| *name))
}

/// The unit of a short name: `s`, `ms`, `us`, `ns`.
pub fn unit(name: &str) -> Option<Unit> {
    UNITS.into_iter().find(|unit| unit.name() == name)
}

/// What a name means, perhaps with its unit or shape: `status`, `latency:ms`, `time`, `time:epoch`.
/// `None` when it is no name of the vocabulary.
///
/// Errors when a duration lacks its unit, or when a unit or shape is none.
pub fn field(text: &str) -> Result<Option<Field>, String> {
    let (name, detail) = text.split_once(':').map_or((text, None), |(name, d)| (name, Some(d)));
    if name == "time" {
        let Some(detail) = detail else { return Ok(Some(Field::Time(TimeShape::Any))) };
        let shape = SHAPES.iter().find(|(known, _)| *known == detail);
        let names: Vec<_> = SHAPES.iter().map(|(name, _)| *name).collect();
        return shape.map(|(_, shape)| Some(Field::Time(*shape))).ok_or_else(|| {
            format!("'{text}': '{detail}' is no shape of a time; there are {}", names.join(", "))
        });
    }
    if let Some((_, with)) = DURATIONS.iter().find(|(known, _)| *known == name) {
        let Some(detail) = detail else {
            return Err(format!("'{text}' needs its unit: '{text}:s', ':ms', ':us' or ':ns'"));
        };
        let unit = unit(detail).ok_or_else(|| {
            format!("'{text}': '{detail}' is no unit; there are s, ms, us and ns")
        })?;
        return Ok(Some(with(unit)));
    }
    let known = NAMES.iter().chain(CLUES).find(|(known, _)| *known == name);
    match (known, detail) {
        (Some(_), Some(detail)) => Err(format!("'{text}': '{name}' takes no '{detail}'")),
        (known, _) => Ok(known.map(|(_, field)| *field)),
    }
}

/// The keys of JSON that the user names: `status=a.b,latency=took:ms,user_agent=`. A path follows its
/// name, a unit or a shape follows the path; a field without a path is not read. What is not named is
/// learned from the lines.
///
/// Errors when a name is none of the vocabulary, when it has no `=`, when it is there twice, or when
/// a unit is missing or none.
pub fn keys(text: &str) -> Result<Vec<Said>, String> {
    let mut keys: Vec<Said> = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (name, path) = item.split_once('=').ok_or_else(|| {
            format!("'{item}' has no key: 'json:status=response.code' reads the status from there")
        })?;
        let known = names().any(|known| known == name);
        if !known {
            let hint = did_you_mean(name, names());
            return Err(format!("'{name}' is no field{hint}; there are {}", list()));
        }
        let is_duration = DURATIONS.iter().any(|(known, _)| *known == name);
        let (path, detail) = match path.rsplit_once(':') {
            Some((path, detail))
                if is_duration
                    || name == "time" && SHAPES.iter().any(|(known, _)| *known == detail) =>
            {
                (path, Some(detail))
            }
            _ => (path, None),
        };
        let field = match (detail, path.is_empty()) {
            (Some(detail), _) => field(&format!("{name}:{detail}"))?,
            (None, true) if is_duration => field(&format!("{name}:s"))?,
            (None, false) if is_duration => {
                return Err(format!("'{item}' needs its unit: '{item}:s', ':ms', ':us' or ':ns'"));
            }
            (None, _) => field(name)?,
        };
        let Some(field) = field else { continue };
        let field = if field == Field::Request { Field::Asked } else { field };
        if !matches!(field, Field::Part { .. }) && keys.iter().any(|said| said.field == field) {
            return Err(format!("'{name}' is there twice"));
        }
        let path = (!path.is_empty()).then(|| Path::parse(path));
        keys.push(Said { field, path });
    }
    if keys.is_empty() {
        return Err("'json:' names no key; write 'json:status=response.code,latency=took:ms', or \
                    'json' to have all keys learned"
            .into());
    }
    Ok(keys)
}

/// Every name, for people.
fn list() -> String {
    names().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_and_their_units() {
        assert_eq!(field("status"), Ok(Some(Field::Status)));
        assert_eq!(field("time"), Ok(Some(Field::Time(TimeShape::Any))));
        assert_eq!(field("time:iso"), Ok(Some(Field::Time(TimeShape::Iso8601))));
        let milliseconds =
            Field::Duration { unit: Unit::Milliseconds, digits: Digits::Any, latency: true };
        assert_eq!(field("latency:ms"), Ok(Some(milliseconds)));
        assert_eq!(field("ssl_cipher"), Ok(None));
        for (text, part) in [
            ("latency", "needs its unit"),
            ("latency:min", "no unit"),
            ("time:yesterday", "no shape"),
            ("status:ms", "takes no"),
        ] {
            assert!(field(text).unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn keys_that_are_named() {
        let said = keys(r"status=a.b, time=:t:iso,latency=d:ms,host=,path=p\.q").unwrap();
        let path = |keys: &[&str]| Some(Path::new(keys.iter().map(|key| key.as_bytes())));
        let expected = [
            (Field::Status, path(&["a", "b"])),
            (Field::Time(TimeShape::Iso8601), path(&[":t"])),
            (
                Field::Duration { unit: Unit::Milliseconds, digits: Digits::Any, latency: true },
                path(&["d"]),
            ),
            (Field::Host, None),
            (Field::Target, path(&["p.q"])),
        ];
        assert_eq!(said, expected.map(|(field, path)| Said { field, path }));
        for (text, part) in [
            ("", "names no key"),
            ("status", "'status' has no key"),
            ("stauts=a", "did you mean 'status'"),
            ("latency=d", "needs its unit"),
            ("latency=d:min", "no unit"),
            ("status=a,status=b", "twice"),
        ] {
            assert!(keys(text).unwrap_err().contains(part), "{text}: {:?}", keys(text));
        }
    }

    #[test]
    fn every_name_can_be_used() {
        for name in names() {
            assert!(matches!(field(name), Ok(Some(_))) || field(&format!("{name}:s")).is_ok());
        }
    }
}
