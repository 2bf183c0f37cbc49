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
    if input.sources.len() > 1 {
        note = format!("{} files, {note}", number::count(input.sources.len() as u64));
    }
    let mut lines = title("Input", &note, columns, style);
    if input.filtered > 0 {
        let text = format!("{} left out by a filter", plural(input.filtered, "request"));
        lines.extend(paragraph((DIM, ""), (PLAIN, &text), columns, style));
    }
    let mut quiet = 0;
    for (at, source) in input.sources.iter().enumerate() {
        if at < SHOWN || is_noteworthy(source) {
            lines.extend(source_lines(source, style, columns));
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

/// Whether a source has something that must not be hidden.
fn is_noteworthy(source: &Source) -> bool {
    source.error.is_some() || !source.rejected.is_empty() || !source.notes.is_empty()
}

fn source_lines(source: &Source, style: &Style, columns: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    let mark = Line::new().with(DIM, format!(" {} ", glyphs.rule));
    let name = shorten(&log_text(&source.name, style), columns - mark.width(), glyphs);
    let mut lines = vec![mark.with(BOLD, name)];
    let mut fact = |label: &str, text: String| {
        lines.extend(paragraph((DIM, &format!("  {label:<8}")), (PLAIN, &text), columns, style));
    };
    fact("format", format_text(source));
    fact("lines", lines_text(source));
    if let Some(field) = &source.time_field {
        let mut text = field.clone();
        match source.time_meaning {
            Some("start") => text.push_str(", when the request began"),
            Some("end") => text.push_str(", when the request ended"),
            Some(_) => text.push_str(", when the request began or ended: the log does not tell"),
            None => {}
        }
        if let Some(zone) = &source.zone {
            let zone = if zone == "+00:00" { "UTC" } else { zone };
            text.push_str(&format!(", written in {zone}"));
        }
        fact("time", text);
    }
    if let Some(field) = &source.latency_field {
        let unit =
            source.latency_unit.map_or(String::new(), |unit| format!(", in {}", unit_name(unit)));
        fact("latency", format!("{field}{unit}"));
    } else if source.unread_latency.is_some() {
        fact("latency", "not read".into());
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

/// The format, how it was found, and the compression.
fn format_text(source: &Source) -> String {
    let mut text = source.format.clone().unwrap_or_else(|| "not recognised".into());
    match (&source.format, source.sample) {
        (Some(_), Some(sample)) if source.detected => text.push_str(&format!(
            ", fits {} of {}",
            number::count(sample.count),
            plural(sample.total, "sample line")
        )),
        (Some(_), _) if source.detected => text.push_str(", found by its lines"),
        (Some(_), _) => text.push_str(", as given"),
        (None, _) => text.push_str("; name it with --log-format"),
    }
    if source.compression != "none" {
        text.push_str(&format!(", {}", source.compression));
    }
    text
}

/// The word for a unit of time.
fn unit_name(unit: &str) -> &str {
    match unit {
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        other => other,
    }
}

/// Where the lines went.
fn lines_text(source: &Source) -> String {
    let mut text =
        format!("{} read, {} requests", number::count(source.lines), number::count(source.parsed));
    if source.recovered > 0 {
        text.push_str(&format!(" ({} of broken lines)", number::count(source.recovered)));
    }
    for (format, count) in &source.other_format {
        text.push_str(&format!(", {} as {format}", number::count(*count)));
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
    name.replace('_', " ")
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
