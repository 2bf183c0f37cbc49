//! What makes a report doubtful though all of it was counted right: too many lines that were not
//! understood, latencies of different fields, requests whose status nobody knows.

use super::build::ratio;
use super::verdict::server_error;
use super::{Input, Report, Source, Target};
use crate::number;
use crate::ratio::Ratio;
use crate::record::Absence;
use std::collections::BTreeMap;

/// Requests without a status and a reason are told from this share of all on: every log has a few.
const UNEXPLAINED: f64 = 0.05;

/// That failures are missing in the 5xx rate; none where the verdict says so, because they would
/// change it. `with_timeouts` is what the 5xx target would be with them.
pub(super) fn origin_timeouts(targets: &[Target], with_timeouts: &Target) -> Option<String> {
    let target = server_error(targets)?;
    if target.met != with_timeouts.met {
        return None;
    }
    let timeouts = with_timeouts.count - target.count;
    Some(format!(
        "{} request{} no status, as the origin did not answer in time: failures that the 5xx rate \
         does not hold; with them it would be {}, not {}",
        number::count(timeouts),
        if timeouts == 1 { " has" } else { "s have" },
        number::percent(with_timeouts.observed?),
        number::percent(target.observed?)
    ))
}

/// That the error rates say nothing of a good part of the requests; none where they say nothing at
/// all, as the verdict tells that.
pub(super) fn unexplained(report: &Report) -> Option<String> {
    let unknown = report.no_status.iter().filter(|row| row.meaning == Absence::Unknown.name());
    let (count, total) = (unknown.map(|row| row.count).sum::<u64>(), report.totals.requests);
    (count < total && ratio(count, total) >= UNEXPLAINED).then(|| {
        format!(
            "{} of {} requests ({}) have no status, and the log does not say why: the error rates \
             do not tell what became of them",
            number::count(count),
            number::count(total),
            number::percent(ratio(count, total))
        )
    })
}

/// Where more lines than this share of them were not understood: in all sources together, and in
/// the worst of several. Empty when that is nowhere so. A source in no known format is not named:
/// it has an error that says so.
pub fn too_many_rejected(input: &Input, limit: Ratio) -> Vec<String> {
    let mut doubts = Vec::new();
    let exceeds = |parsed, rejected| limit.is_exceeded(rejected, parsed + rejected);
    if exceeds(input.parsed, input.rejected) {
        doubts.push(not_understood("", input.parsed, input.rejected));
    }
    let files: Vec<&[Source]> = input.files().collect();
    if files.len() < 2 {
        return doubts;
    }
    let of = |file: &[Source]| {
        let parsed = file.iter().map(|source| source.parsed).sum();
        let rejected = file.iter().flat_map(|source| source.rejected.values()).sum();
        (parsed, rejected, file[0].format.is_some() && exceeds(parsed, rejected))
    };
    let mut bad: Vec<_> = files.into_iter().filter(|file| of(file).2).collect();
    // The first of equals, as `sort_by_key` is stable.
    bad.sort_by_key(|file| std::cmp::Reverse(of(file).1));
    if let Some((worst, others)) = bad.split_first() {
        let (parsed, rejected, _) = of(worst);
        if (parsed, rejected) == (input.parsed, input.rejected) {
            // No other source has such lines: one sentence says it.
            doubts.clear();
        }
        let mut doubt =
            format!("{}: {}", name(&worst[0]), not_understood("its ", parsed, rejected));
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
            let name = match (&sources[0].format, sources[0].mixed_in) {
                (Some(format), true) => format!("{} as {format}", name(sources[0])),
                _ => name(sources[0]),
            };
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
