//! A reading in the making: a format that was found or given, before the sample is read with it.

use super::{ASSUMED, NO_TIME, Reading};
use crate::format::field::{Field, TimeShape, Unit};
use crate::format::keyed::Mapping;
use crate::format::marks::Quotes;
use crate::format::template::Template;
use crate::format::{Line, Parser, Product, Shape, TimeMeaning};
use crate::record::{Record, Skip};
use std::collections::BTreeMap;

/// The offset of UTC.
const UTC: &str = "+00:00";

/// What is known of a format before the sample is read with it.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) string: String,
    pub(super) detected: bool,
    pub(super) meaning: TimeMeaning,
    pub(super) notes: Vec<String>,
    pub(super) parser: Parser,
    /// The latency's name, where it is another than the field's.
    pub(super) latency_name: Option<String>,
    pub(super) unread_latency: Option<String>,
}

impl Draft {
    pub(super) fn new(name: &str, product: Product, shape: Shape) -> Self {
        let mut product = product;
        let mut notes = Vec::new();
        let mut unread_latency = None;
        if let Shape::Columns(columns) = &shape {
            notes.extend_from_slice(columns.notes());
            unread_latency = columns.unread_latency().cloned();
        }
        if let Some(mapping) = shape.mapping() {
            notes.clone_from(&mapping.notes);
            unread_latency.clone_from(&mapping.unread_latency);
            product = mapping.product;
        }
        Self {
            name: name.into(),
            string: String::new(),
            detected: true,
            meaning: product.time_meaning(),
            notes,
            parser: Parser::new(shape, product),
            latency_name: None,
            unread_latency,
        }
    }

    /// Lets lines of other formats through than that of this name.
    pub(super) fn mixed(mut self, name: &'static str) -> Self {
        self.parser = self.parser.with_sisters(name);
        self
    }

    pub(super) fn reading(self, lines: &[&[u8]]) -> Reading {
        let Self {
            name,
            string,
            detected,
            meaning,
            mut notes,
            parser,
            latency_name,
            unread_latency,
        } = self;
        let scratch = parser.scratch();
        let mut read = 0;
        let mut requests = Vec::with_capacity(lines.len());
        for line in lines {
            match parser.read(line, Quotes::UNKNOWN, &scratch, &mut Record::default()) {
                // Header lines, and the names of columns.
                Line::Skip(Skip::Comment) => continue,
                Line::Request | Line::Sister(_) => read += 1,
                Line::Skip(_) | Line::Reject(_) => {}
            }
            requests.push(*line);
        }
        let unit = |unit: Option<Unit>| unit.map_or("as written", Unit::name);
        let (time_field, latency, string) = match parser.shape().mapping() {
            None => match parser.shape() {
                Shape::Template(template) => {
                    let latency = latency(template).map(|(name, unit)| (name, unit.name()));
                    (self::time_field(template).map(|(name, _)| name.to_owned()), latency, string)
                }
                Shape::Columns(columns) => {
                    let latency = columns.latency_field().map(|(name, of)| (name, unit(of)));
                    (columns.time_field(), latency, columns.string())
                }
                Shape::Json(_) | Shape::Ltsv(_) | Shape::Logfmt(_) => {
                    unreachable!("they are mapped")
                }
            },
            Some(mapping) => {
                let latency = mapping.latency.as_ref();
                let keys = mapping.keys.iter().filter(|key| key.field != Field::Stranger);
                let keys: Vec<_> = keys.map(|key| key.path.to_string()).collect();
                (
                    mapping.time.as_ref().map(ToString::to_string),
                    latency.map(|latency| (latency.name.clone(), latency.unit)),
                    keys.join(", "),
                )
            }
        };
        if time_field.is_none() {
            notes.push(NO_TIME.into());
        }
        let latency = latency.map(|(name, unit)| (latency_name.unwrap_or(name), unit));
        let zone_of_columns = match parser.shape() {
            Shape::Columns(columns) if time_field.is_some() => columns.zone(),
            _ => None,
        };
        let in_utc = parser.shape().mapping().is_some_and(Mapping::is_in_utc);
        let zone_in_lines = || {
            let zone = zone(parser.shape(), time_field.as_deref(), &requests)?;
            Some(if in_utc && zone == ASSUMED { UTC.to_owned() } else { zone })
        };
        Reading {
            zone: zone_of_columns.or_else(zone_in_lines),
            parser,
            name,
            string,
            detected,
            read,
            sampled: requests.len() as u64,
            time_field,
            time_meaning: meaning,
            latency,
            unread_latency,
            notes,
        }
    }
}

/// Name and unit of a template's latency.
pub(super) fn latency(template: &Template) -> Option<(String, Unit)> {
    let parts = template.names().filter_map(|(name, field)| match field {
        Field::Part { unit } | Field::UpstreamPart { unit } => Some((name, unit)),
        _ => None,
    });
    let (names, units): (Vec<_>, Vec<_>) = parts.unzip();
    if let Some(unit) = units.first() {
        return Some((names.join(" + "), *unit));
    }
    template.names().find_map(|(name, field)| match field {
        Field::Duration { unit, latency: true, .. }
        | Field::UpstreamDuration { unit, latency: true, .. } => Some((name.to_owned(), unit)),
        _ => None,
    })
}

/// Name of a template's time, and its shape.
pub(super) fn time_field(template: &Template) -> Option<(&str, TimeShape)> {
    template.names().find_map(|(name, field)| match field {
        Field::Time(shape) => Some((name, shape)),
        _ => None,
    })
}

/// The offsets that the times of the sample carry.
pub(super) fn zone(shape: &Shape, time_field: Option<&str>, lines: &[&[u8]]) -> Option<String> {
    let time_field = time_field?;
    let mut offsets: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines {
        let values = shape.explain(line);
        let Some((_, value)) = values.iter().find(|(name, _)| name == time_field) else {
            continue;
        };
        *offsets.entry(offset(value)).or_default() += 1;
    }
    let mut offsets: Vec<_> = offsets.into_iter().collect();
    offsets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names: Vec<_> = offsets.into_iter().take(4).map(|(offset, _)| offset).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The offset at the end of a time, as `+02:00`.
pub(super) fn offset(time: &[u8]) -> String {
    let time = time.strip_suffix(b"]").unwrap_or(time);
    let is_number = time.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_number || matches!(time.last(), Some(b'Z' | b'z')) {
        return UTC.into();
    }
    let sign = time.iter().rposition(|byte| matches!(byte, b'+' | b'-'));
    let Some(at) = sign.filter(|at| *at >= 18 || time.len() - at == 5) else {
        return ASSUMED.into();
    };
    let digits: Vec<u8> = time[at + 1..].iter().copied().filter(u8::is_ascii_digit).collect();
    match &digits[..] {
        [a, b, c, d] => {
            format!("{}{}{}:{}{}", time[at] as char, *a as char, *b as char, *c as char, *d as char)
        }
        [a, b] => format!("{}{}{}:00", time[at] as char, *a as char, *b as char),
        _ => ASSUMED.into(),
    }
}
