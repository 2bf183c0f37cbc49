//! What was read, how, and what was not understood.

use super::line::{BOLD, DIM, Line, PLAIN, RED, YELLOW, glyphs, log_text, paragraph, shorten};
use super::title;
use crate::number;
use crate::render::Style;
use crate::report::{Report, Source};
use std::collections::BTreeMap;

/// Sources shown in full; of more, only those with something to tell.
const SHOWN: usize = 5;

/// The section about the input.
pub(super) fn lines(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let input = &report.input;
    let mut note = format!("{}, {}", plural(input.lines, "line"), number::bytes(input.bytes));
    let files = input.files().count();
    if files > 1 {
        note = format!("{} files, {note}", number::count(files as u64));
    }
    let mut lines = title("Input", &note, columns, style);
    if input.filtered > 0 {
        let text = format!("{} left out by a filter", plural(input.filtered, "request"));
        lines.extend(paragraph((DIM, ""), (PLAIN, &text), columns, style));
    }
    if input.set_aside > 0 {
        lines.extend(paragraph((DIM, ""), (PLAIN, &set_aside(report)), columns, style));
    }
    let mut quiet = 0;
    for (at, file) in input.files().enumerate() {
        if at < SHOWN || file.iter().any(is_noteworthy) {
            lines.extend(source_lines(&file[0], &file[1..], style, columns));
        } else {
            quiet += 1;
        }
    }
    if quiet > 0 {
        let text = format!("{quiet} more without an error, a note or a rejected line");
        lines.extend(paragraph((DIM, ""), (DIM, &text), columns, style));
    }
    lines
}

/// How many requests were set aside and why, and how they are counted.
fn set_aside(report: &Report) -> String {
    let kinds = report.set_aside.iter().map(|kind| {
        let what = match kind.kind {
            "cdn_internal" => "of the CDN to itself".into(),
            "cdn_shield" => "once more at its shield".into(),
            other => words(other),
        };
        match report.set_aside.len() {
            1 => what,
            _ => format!("{} {what}", number::count(kind.requests)),
        }
    });
    format!(
        "{} set aside, not counted above: {}; --count-all counts them",
        plural(report.input.set_aside, "request"),
        kinds.collect::<Vec<_>>().join(", ")
    )
}

/// Whether a source has something that must not be hidden.
fn is_noteworthy(source: &Source) -> bool {
    source.error.is_some() || !source.rejected.is_empty() || !source.notes.is_empty()
}

/// A source, and what of it is in other formats.
fn source_lines(source: &Source, others: &[Source], style: &Style, columns: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    let mark = Line::new().with(DIM, format!(" {} ", glyphs.rule));
    let name = shorten(&log_text(&source.name, style), columns - mark.width(), glyphs);
    let mut lines = vec![mark.with(BOLD, name)];
    let mut fact = |label: &str, text: String| {
        lines.extend(paragraph((DIM, &format!("  {label:<8}")), (PLAIN, &text), columns, style));
    };
    fact("format", format_text(source, !others.is_empty()));
    fact("lines", lines_text(source));
    if let Some(field) = &source.time_field {
        let mut text = time_text(source, field);
        if let Some(zone) = &source.zone {
            let zone = if zone == "+00:00" { "UTC" } else { zone };
            text.push_str(&format!(", written in {zone}"));
        }
        fact("time", text);
    }
    if let Some(field) = &source.latency_field {
        fact("latency", latency_text(source, field));
    } else if source.unread_latency.is_some() {
        fact("latency", "not read".into());
    }
    for other in others {
        fact("also", also(source, other));
    }
    if let Some(error) = &source.error {
        lines.extend(paragraph(
            (RED.bold(), &format!("  {}", glyphs.bad)),
            (RED, error),
            columns,
            style,
        ));
    }
    for note in &source.notes {
        lines.extend(paragraph((YELLOW.bold(), "  !"), (PLAIN, note), columns, style));
    }
    for sample in &source.reject_samples {
        let start = Line::new()
            .with(PLAIN, "   ")
            .with(YELLOW, format!("line {}", number::count(sample.line)))
            .with(DIM, format!("  {}  ", words(sample.reason)));
        let free = columns.saturating_sub(start.width());
        // On a narrow screen the text has a line of its own.
        let (start, free) = if free < 24 {
            lines.push(start);
            (Line::new().with(DIM, "   > "), columns - 5)
        } else {
            (start, free)
        };
        lines.push(start.with(PLAIN, shorten(&log_text(&sample.text, style), free, glyphs)));
    }
    lines
}

/// The format, how it was found, and what it is in. Of a file in several formats the sample tells
/// how many lines are read as one of them.
fn format_text(source: &Source, is_mixed: bool) -> String {
    let mut text = source.format.clone().unwrap_or_else(|| "not recognised".into());
    match (&source.format, source.sample) {
        (Some(_), Some(sample)) if source.detected => text.push_str(&format!(
            ", fits {} of {}{}",
            number::count(sample.count),
            plural(sample.total, "sample line"),
            if is_mixed { " with the other formats below" } else { "" }
        )),
        (Some(_), _) if source.detected => text.push_str(", found by its lines"),
        (Some(name), _) if name.starts_with("given ") => {}
        (Some(_), _) => text.push_str(", as given"),
        // Nothing in it could be a request.
        (None, _) if source.rejected.is_empty() && source.error.is_none() => text = "none".into(),
        (None, _) => text.push_str("; name it with --log-format"),
    }
    if source.compression != "none" {
        text.push_str(&format!(", {}", source.compression));
    }
    if !source.wrappers.is_empty() {
        text.push_str(&format!(", in {}", source.wrappers.join(", ")));
    }
    if let Some(framing) = source.framing.as_deref().filter(|framing| *framing != "none") {
        text.push_str(&match framing {
            "array" => ", in a JSON array".into(),
            "objects" => ", in JSON objects over several lines".into(),
            key => format!(", in {{\"{key}\": [...]}}"),
        });
    }
    text
}

/// Lines of a source in another format, and what they have other than its own.
fn also(source: &Source, other: &Source) -> String {
    let mut text = plural(other.parsed, "request");
    if let Some(format) = &other.format {
        text.push_str(&format!(" as {format}"));
    }
    if other.recovered > 0 {
        text.push_str(&format!(" ({} of broken lines)", number::count(other.recovered)));
    }
    if let Some(field) = &other.time_field
        && (field, other.time_meaning)
            != (source.time_field.as_ref().unwrap_or(field), source.time_meaning)
    {
        text.push_str(&format!(", time {}", time_text(other, field)));
    }
    match (&other.latency_field, &source.latency_field) {
        (None, Some(_)) => text.push_str(", no latency"),
        (Some(field), own) if own.as_ref() != Some(field) => {
            text.push_str(&format!(", latency {}", latency_text(other, field)));
        }
        _ => {}
    }
    text
}

/// The field of the time, and what the time is.
fn time_text(source: &Source, field: &str) -> String {
    let meaning = match source.time_meaning {
        Some("start") => ", when the request began",
        Some("end") => ", when the request ended",
        Some(_) => ", when the request began or ended: the log does not tell",
        None => "",
    };
    format!("{field}{meaning}")
}

/// The field of the latency and its unit.
fn latency_text(source: &Source, field: &str) -> String {
    let unit =
        source.latency_unit.map_or(String::new(), |unit| format!(", in {}", unit_name(unit)));
    format!("{field}{unit}")
}

/// The word for a unit of time.
fn unit_name(unit: &str) -> &str {
    match unit {
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "as written" => "the unit that each value carries",
        other => other,
    }
}

/// Where the lines went.
fn lines_text(source: &Source) -> String {
    let mut text =
        format!("{} read, {}", number::count(source.lines), plural(source.parsed, "request"));
    if source.recovered > 0 {
        text.push_str(&format!(" ({} of broken lines)", number::count(source.recovered)));
    }
    for (what, kinds) in [("skipped", &source.skipped), ("rejected", &source.rejected)] {
        let count: u64 = kinds.values().sum();
        if count > 0 {
            text.push_str(&format!(", {} {what} ({})", number::count(count), reasons(kinds)));
        }
    }
    text
}

/// `too long 12, no status 3`, the most frequent first; the only one without its count.
fn reasons(kinds: &BTreeMap<&'static str, u64>) -> String {
    if let Some((kind, _)) = kinds.iter().next().filter(|_| kinds.len() == 1) {
        return words(kind);
    }
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let texts = kinds.into_iter().map(|(kind, n)| format!("{} {}", words(kind), number::count(*n)));
    texts.collect::<Vec<_>>().join(", ")
}

/// A name of the report in words.
fn words(name: &str) -> String {
    match name {
        // What a proxy or a program says beside its requests.
        "not_a_response" => "other messages".into(),
        "continued" => "parts of a split line".into(),
        name => name.replace('_', " "),
    }
}

fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number::count(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;

    fn text(report: &Report) -> String {
        let mut out = String::new();
        lines(report, &example::style(80), 80).iter().for_each(|line| line.write(false, &mut out));
        out
    }

    /// Of many files only the first are shown, and every one that has something to tell.
    #[test]
    fn trouble_is_never_hidden() {
        let mut report = example::many_rejects();
        let bad = report.input.sources.pop();
        let good = example::healthy().input.sources;
        report.input.sources = good.into_iter().cycle().take(30).chain(bad).collect();
        let text = text(&report);
        assert!(text.contains("31 files"), "{text}");
        assert!(text.contains("old/access.log.2.gz"), "{text}");
        assert!(text.contains("25 more without an error"), "{text}");
    }

    #[test]
    fn every_line_is_accounted_for() {
        let text = text(&example::incident());
        for part in ["201,746 read", "201,709 requests", "12 skipped (empty)", "fields 21"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    /// What was set aside, what is around the lines, and which of them are in another format.
    #[test]
    fn what_else_is_in_a_file_is_told() {
        let text = text(&example::cdn());
        for part in [
            "110,215 requests set aside, not counted above: 98,204 of the CDN to itself,\n 12,011 \
             once more at its shield; --count-all counts them",
            "fits 200 of 200 sample lines with the other formats\n            below, in docker \
             json-file, syslog, in {\"records\": [...]}\n",
            "   also     4,811 requests as nginx-combined, no latency\n",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("files"), "{text}");
        let mut report = example::cdn();
        report.set_aside.truncate(1);
        report.input.set_aside = report.set_aside[0].requests;
        report.input.sources[0].skipped = BTreeMap::from([("continued", 2), ("not_a_response", 1)]);
        for (framing, words) in [("array", "in a JSON array"), ("objects", "over several lines")] {
            report.input.sources[0].framing = Some(framing.into());
            let text = self::text(&report).replace("\n            ", " ");
            assert!(text.contains(words), "{text}");
        }
        let text = self::text(&report).replace("\n            ", " ");
        for part in [
            "98,204 requests set aside, not counted above: of the CDN to itself;",
            "3 skipped (parts of a split line 2, other messages 1)",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn lines_in_another_format_tell_what_differs() {
        let source = example::healthy().input.sources.swap_remove(0);
        let other = Source { parsed: 7, format: Some("x".into()), ..source.clone() };
        let (time, latency) = (Some("%t".to_owned()), Some("%D".to_owned()));
        let unit = Some("us");
        for (other, expected) in [
            (other.clone(), "7 requests as x"),
            (Source { parsed: 1, ..other.clone() }, "1 request as x"),
            (Source { recovered: 2, ..other.clone() }, "7 requests as x (2 of broken lines)"),
            (
                Source { time_field: time, time_meaning: Some("start"), ..other.clone() },
                "7 requests as x, time %t, when the request began",
            ),
            (
                Source { latency_field: latency, latency_unit: unit, ..other.clone() },
                "7 requests as x, latency %D, in microseconds",
            ),
            (
                Source {
                    latency_field: Some("took".into()),
                    latency_unit: Some("as written"),
                    ..other.clone()
                },
                "7 requests as x, latency took, in the unit that each value carries",
            ),
            (Source { latency_field: None, ..other }, "7 requests as x, no latency"),
        ] {
            assert_eq!(also(&source, &other), expected);
        }
    }

    #[test]
    fn a_latency_that_was_not_read_is_told() {
        let text = text(&example::unread_latency());
        assert!(text.contains("latency  not read"), "{text}");
    }

    #[test]
    fn doubt_is_told() {
        let text = text(&example::many_rejects());
        assert!(text.contains("141 of 200 sample lines"), "{text}");
        assert!(text.contains("seconds or milliseconds"), "{text}");
        assert!(text.contains("unexpected end of file"), "{text}");
    }
}
