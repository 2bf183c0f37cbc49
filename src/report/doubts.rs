//! What makes a report doubtful though all of it was counted right: too many lines that were not
//! understood, latencies of different fields.

use super::build::ratio;
use super::{Input, Source};
use crate::number;
use crate::ratio::Ratio;
use std::collections::BTreeMap;

/// Where more lines than this share of them were not understood: in all sources together, and in
/// the worst of several. Empty when that is nowhere so. A source in no known format is not named:
/// it has an error that says so.
pub fn too_many_rejected(input: &Input, limit: Ratio) -> Vec<String> {
    let mut doubts = Vec::new();
    let exceeds = |parsed, rejected| limit.is_exceeded(rejected, parsed + rejected);
    if exceeds(input.parsed, input.rejected) {
        doubts.push(not_understood("", input.parsed, input.rejected));
    }
    if input.sources.len() < 2 {
        return doubts;
    }
    let of = |source: &Source| {
        let rejected = source.rejected.values().sum();
        (source.parsed, rejected, source.format.is_some() && exceeds(source.parsed, rejected))
    };
    let mut bad: Vec<_> = input.sources.iter().filter(|source| of(source).2).collect();
    // The first of equals, as `sort_by_key` is stable.
    bad.sort_by_key(|source| std::cmp::Reverse(of(source).1));
    if let Some((worst, others)) = bad.split_first() {
        let (parsed, rejected, _) = of(worst);
        if (parsed, rejected) == (input.parsed, input.rejected) {
            // No other source has such lines: one sentence says it.
            doubts.clear();
        }
        let mut doubt = format!("{}: {}", name(worst), not_understood("its ", parsed, rejected));
        if !others.is_empty() {
            let plural = if others.len() == 1 { "" } else { "s" };
            doubt.push_str(&format!(
                "; in {} other source{plural} too many were not",
                number::count(others.len() as u64)
            ));
        }
        doubts.push(doubt);
    }
    doubts
}

/// The name of a source for people.
fn name(source: &Source) -> String {
    match source.name.visible() {
        name if name == "-" => "stdin".into(),
        name => name,
    }
}

fn not_understood(whose: &str, parsed: u64, rejected: u64) -> String {
    let readable = parsed + rejected;
    match parsed {
        0 => format!("none of {whose}{} lines was understood", number::count(readable)),
        _ => format!(
            "{} of {whose}{} lines ({}) were not understood",
            number::count(rejected),
            number::count(readable),
            number::percent(ratio(rejected, readable))
        ),
    }
}

/// Whether latencies of fields with different names were pooled: they may measure different
/// things, such as the whole request and its upstream. nginx's `$` is no difference.
pub(super) fn mixed_latencies(input: &Input) -> Option<String> {
    let mut fields: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in input.sources.iter().filter(|source| source.parsed > 0) {
        if let Some(field) = &source.latency_field {
            fields.entry(field.trim_start_matches('$')).or_default().push(source);
        }
    }
    if fields.len() < 2 {
        return None;
    }
    let fields: Vec<_> = fields
        .values()
        .map(|sources| {
            let field = sources[0].latency_field.as_deref().unwrap_or_default();
            let name = name(sources[0]);
            match sources.len() {
                1 => format!("{field} ({name})"),
                len => format!("{field} ({name} and {} more)", number::count(len as u64 - 1)),
            }
        })
        .collect();
    Some(format!(
        "the latencies are of different fields: {}; the percentiles are of all of them together, \
         so read such logs apart, or choose one field with --latency",
        fields.join(", ")
    ))
}
