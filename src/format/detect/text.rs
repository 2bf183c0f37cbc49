//! Text formats: which of them read a sample best, and what they say together.

use super::attempt::{Attempt, SAME_MICROS, Sight};
use super::draft::{Draft, latency};
use super::evidence::Evidence;
use super::{AS_GOOD, Ambiguity, ENOUGH, Reading};
use crate::format::field::Unit;
use crate::format::template::Template;
use crate::format::{Dialect, FORMATS, Format, Latency, ONLY_GIVEN, Shape, TimeMeaning, shape};
use crate::record::{Record, Status};

/// The formats that are tried on text.
pub(super) fn text_formats() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(|format| !format.string.is_empty() && !ONLY_GIVEN.contains(&format.name))
}

/// A text format compiled. A latency that is asked for by name rules the formats out that do not
/// have it.
pub(super) fn template(format: &Format, latency: Latency<'_>) -> Option<Template> {
    match format.shape(&[], latency) {
        Ok(Shape::Template(template)) => Some(template),
        _ => None,
    }
}

/// What each text format reads of a sample; those that read nothing of it are left out.
///
/// Most formats are not even compiled: that took two thirds of the time of a run over a few lines.
pub(super) fn attempts<'a>(lines: &[&'a [u8]], latency: Latency<'_>) -> Vec<Attempt<'a>> {
    let sight = Sight::of(lines);
    let tried = text_formats().filter(|format| sight.allows(format)).filter_map(|format| {
        let template = template(format, latency)?;
        let first = lines.iter().position(|line| template.record(line).is_ok())?;
        let (before, behind) = lines.split_at(first);
        let behind = behind.iter().map(|line| template.record(line).ok());
        let records = before.iter().map(|_| None).chain(behind).collect();
        Some(Attempt { format, template, records })
    });
    tried.collect()
}

/// The attempts that read most columns of most lines. Sister formats add to a format's share: one
/// file may hold several virtual hosts.
pub(super) fn best<'a, 'b>(attempts: &'b [Attempt<'a>], lines: usize) -> Vec<&'b Attempt<'a>> {
    let read_by_any = (0..lines)
        .filter(|at| attempts.iter().any(|attempt| attempt.records[*at].is_some()))
        .count();
    if (read_by_any as f64) < ENOUGH * lines as f64 {
        return Vec::new();
    }
    let most = attempts.iter().map(Attempt::read).max().unwrap_or(0);
    let good = |attempt: &&Attempt<'_>| attempt.read() as f64 >= most as f64 * (1.0 - AS_GOOD);
    let columns = attempts.iter().filter(good).map(|good| good.template.columns()).max();
    attempts.iter().filter(good).filter(|good| Some(good.template.columns()) == columns).collect()
}

/// The first line on whose status, time or latency the formats disagree.
pub(super) fn disagreement(found: &[&Attempt<'_>], lines: &[&[u8]]) -> Option<Ambiguity> {
    let at = (0..lines.len()).find(|at| {
        let mut records = found.iter().filter_map(|attempt| attempt.records[*at].as_ref());
        let Some(first) = records.next() else { return false };
        records.any(|other| {
            let latency = match (first.duration, other.duration) {
                (Some(a), Some(b)) => a.abs_diff(b) > SAME_MICROS,
                (a, b) => a.is_some() != b.is_some(),
            };
            latency || first.status != other.status || first.time != other.time
        })
    })?;
    let readings = found.iter().filter_map(|attempt| {
        let record = attempt.records[at].as_ref()?;
        Some((attempt.format.name.to_owned(), say(record, &attempt.template)))
    });
    Some(Ambiguity { line: lines[at].to_vec(), readings: readings.collect() })
}

/// What a record says, in a few words.
pub(super) fn say(record: &Record<'_>, template: &Template) -> String {
    let status = match record.status {
        Status::Code(code) => code.to_string(),
        Status::None(spelling) => format!("none ({})", spelling.name()),
    };
    let time = record.time.map_or("none".into(), crate::time::rfc3339);
    let latency = match (record.duration, latency(template)) {
        (Some(micros), Some((name, _))) => format!("{} s from {name}", micros as f64 / 1e6),
        _ => "none".into(),
    };
    format!("status {status}, time {time}, latency {latency}")
}

/// The reading of formats that agree with one another.
pub(super) fn agreed(found: &[&Attempt<'_>], lines: &[&[u8]]) -> Draft {
    let evidence = Evidence::of(lines);
    let product = |dialect| found.iter().find(|attempt| attempt.format.dialect == dialect);
    let (main, sure) = match (product(Dialect::Nginx), product(Dialect::Apache)) {
        (Some(nginx), Some(apache)) => match evidence.product() {
            Some(Dialect::Nginx) => (nginx, true),
            Some(_) => (apache, true),
            // Apache's template reads what nginx writes, and more.
            None => (apache, false),
        },
        (Some(only), None) | (None, Some(only)) => (only, true),
        (None, None) => (&found[0], true),
    };
    let same: Vec<_> =
        found.iter().filter(|other| other.format.dialect == main.format.dialect).collect();
    let label = if sure && same.len() == 1 { main.format.name } else { main.format.label };
    let mut draft = Draft::new(label, main.format.product, Shape::Template(main.template.clone()));
    draft = draft.mixed(main.format.name);
    draft.string = main.format.string.into();
    if !sure {
        draft.meaning = TimeMeaning::Unknown;
        draft.notes.push(
            "nothing in the sample tells nginx from Apache: nginx stamps the end of a request, \
             Apache its start; --log-format nginx-combined or apache-combined settles it"
                .into(),
        );
    }
    let latency = latency(&main.template);
    if let ([_, second, ..], Some((name, _))) = (&same[..], &latency)
        && let Some((other, _)) = self::latency(&second.template)
        && other != *name
        && main.records.iter().zip(&second.records).any(|(a, b)| a.is_some() && b.is_some())
    {
        draft.notes.push(format!(
            "the time column can be {name} or {other}; --log-format {} or {} settles it",
            main.format.name, second.format.name
        ));
        draft.latency_name = Some(format!("{name} or {other}"));
    }
    if let Some((name, Unit::Seconds)) = &latency
        && name.ends_with('T')
    {
        draft
            .notes
            .push(format!("{name} is in whole seconds: percentiles below a second mean nothing"));
    }
    draft
}

/// A known beginning with columns after it that are not known: the beginning is read, the rest is
/// ignored and named.
pub(super) fn with_unknown_tail(lines: &[&[u8]]) -> Option<Reading> {
    let known = ["apache-vhost-combined", "nginx-main", "apache-combined", "apache-common"];
    let (format, string, tail, template) = known.iter().find_map(|name| {
        let format = FORMATS.iter().find(|format| format.name == *name)?;
        let tail = if format.dialect == Dialect::Nginx { "$tail" } else { "%{tail}n" };
        let string = format!("{} {tail}", format.string);
        let Ok(Shape::Template(template)) = shape(format.dialect, &string, &[], None) else {
            return None;
        };
        let read = lines.iter().filter(|line| template.record(line).is_ok()).count();
        (read as f64 >= ENOUGH * lines.len() as f64).then_some((format, string, tail, template))
    })?;
    let sample = lines.iter().find(|line| template.record(line).is_ok())?;
    let values = template.explain(sample);
    let (_, value) = values.iter().find(|(name, _)| *name == tail)?;
    let words: Vec<&[u8]> = value.split(|byte| *byte == b' ').collect();
    let seconds = words.iter().position(|word| {
        // Also `"0.120"` and `rt=0.120`.
        let value = word.rsplit(|byte| *byte == b'=').next().unwrap_or(word);
        let bare: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'"').collect();
        bare.contains(&b'.') && Unit::Seconds.micros(&bare).is_some()
    });
    let unread = seconds.map(|at| {
        format!(
            "column {} after '{}' looks like seconds ({}); give the server's own format with \
             --log-format to have it read",
            at + 1,
            format.label,
            String::from_utf8_lossy(words[at])
        )
    });
    let name = format!("{} + unknown columns", format.label);
    let mut draft = Draft::new(&name, format.product, Shape::Template(template.clone()));
    draft.meaning =
        Evidence::of(lines).product().map_or(TimeMeaning::Unknown, |product| product.meaning(""));
    draft.string = string;
    draft.unread_latency = unread;
    draft = draft.mixed("");
    draft.notes.push(format!(
        "{} column(s) after '{}' are not known and ignored; give the server's own format with \
         --log-format to use them",
        words.len(),
        format.label
    ));
    Some(draft.reading(lines))
}
