//! The targets: what was observed, and whether they are met.

use super::line::{BOLD, DIM, GREEN, Glyphs, Line, RED, YELLOW, glyphs, paragraph};
use super::table::{Kind, Table, column, painted, plain};
use crate::number;
use crate::render::Style;
use crate::report::{Report, Source, Target};

/// The targets, what was observed, and whether they are met.
pub(super) fn targets(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    if report.totals.requests == 0 {
        return Vec::new();
    }
    let mut table = Table::new(vec![
        column("Targets", Kind::Title, 0),
        column("target", Kind::Right, 2),
        column("observed", Kind::Right, 0),
        column("", Kind::Left, 0),
        column("requests", Kind::Right, 3),
        column("usual", Kind::Right, 4),
    ]);
    for target in &report.targets {
        let (mark, paint, word) = match target.met {
            Some(true) => (glyphs.good, GREEN, "met"),
            Some(false) => (glyphs.bad, RED.bold(), "missed"),
            None => ("?", YELLOW, open(report, target)),
        };
        let against = match target.observed {
            Some(_) => of(target.count, target.total),
            None => String::new(),
        };
        table.row(vec![
            painted(paint, format!("{mark} {}", target_name(target))),
            plain(limit(target)),
            painted(if target.met == Some(false) { paint } else { BOLD }, observed(target, glyphs)),
            painted(paint, word),
            plain(against),
            painted(DIM, usual(target, glyphs)),
        ]);
    }
    if table.is_empty() {
        return Vec::new();
    }
    let mut lines = table.lines(columns, glyphs);
    if has_no_latency(report) {
        lines.extend(paragraph((DIM, ""), (DIM, advice(report)), columns, style));
    }
    lines
}

/// Why a target is neither met nor missed.
fn open(report: &Report, target: &Target) -> &'static str {
    let unread = || report.input.sources.iter().any(|source| source.unread_latency.is_some());
    match target.observed {
        Some(_) if target.lower_bound => "unknown",
        Some(_) => "not judged",
        None if is_time(target) && unread() => "not read",
        None => "no data",
    }
}

/// Whether no source has a latency, not even one that was not read: then it has to be logged first.
fn has_no_latency(report: &Report) -> bool {
    let absent =
        |source: &Source| source.latency_field.is_none() && source.unread_latency.is_none();
    report.latency.is_none() && report.input.sources.iter().all(absent)
}

/// How to have a latency, for the first of the sources that were read.
fn advice(report: &Report) -> &'static str {
    let format = report.input.sources.iter().find_map(|source| source.format.as_deref());
    let is = |start: &str| format.is_some_and(|format| format.starts_with(start));
    if is("cloudflare") {
        "To measure latency, add EdgeTimeToFirstByteMs to the fields of the Logpush job."
    } else if is("fastly") {
        "To measure latency, log time_elapsed, %{time.elapsed.usec}V."
    } else if is("iis") || is("w3c") {
        "To measure latency, log the field time-taken."
    } else if is("bunny") || is("vercel") || is("zoraxy") {
        "This log cannot have a latency: measure it at the origin."
    } else {
        "To measure latency, log $request_time (nginx) or %D (Apache)."
    }
}

/// A part of a whole in counts.
pub(super) fn of(count: u64, total: u64) -> String {
    format!("{} of {}", number::count(count), number::count(total))
}

/// Whether a target is a time; the others are shares.
fn is_time(target: &Target) -> bool {
    target.name.ends_with("_seconds")
}

fn target_name(target: &Target) -> &'static str {
    match target.name {
        "client_error_ratio" => "4xx rate",
        "server_error_ratio" => "5xx rate",
        "latency_p95_seconds" => "latency p95",
        other => other,
    }
}

fn limit(target: &Target) -> String {
    if is_time(target) {
        format!("< {}", number::duration_limit(target.target))
    } else {
        format!("< {}", number::percent_limit(target.target))
    }
}

fn observed(target: &Target, glyphs: &Glyphs) -> String {
    let Some(value) = target.observed else { return "-".into() };
    let text = if is_time(target) {
        number::duration_against(value, target.target)
    } else {
        number::percent_against(value, target.target)
    };
    if target.lower_bound { format!("{}{text}", glyphs.at_least) } else { text }
}

fn usual(target: &Target, glyphs: &Glyphs) -> String {
    let Some([low, high]) = target.industry else { return String::new() };
    if is_time(target) {
        return format!("{}{}{}", number::duration(low), glyphs.to, number::duration_limit(high));
    }
    let low = number::percent_limit(low);
    format!("{}{}{}", low.trim_end_matches(" %"), glyphs.to, number::percent_limit(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;
    use crate::render::terminal::line::tests::text;
    use crate::render::terminal::status::statuses;

    /// The three reasons for a target without an answer, and the advice for one of them only.
    #[test]
    fn what_is_not_judged_says_why() {
        let style = example::style(80);
        for (report, word, advised) in [
            (example::combined_only(), "no data", true),
            (example::unread_latency(), "not read", false),
            (example::filtered(), "not judged", false),
            (example::given_up(), "unknown", false),
        ] {
            let text = text(targets(&report, &style, 80));
            assert!(text.contains(word), "{word} in {text}");
            assert_eq!(text.contains("To measure latency"), advised, "{text}");
        }
        for (format, words) in
            [("cloudflare", "Logpush"), ("bunny", "origin"), ("iis-w3c", "-taken")]
        {
            let mut report = example::combined_only();
            report.input.sources[0].format = Some(format.into());
            let text = text(targets(&report, &style, 80));
            assert!(text.contains(words) && !text.contains("nginx"), "{text}");
        }
        let mix = |report| text(statuses(&report, &style, 80)).contains("are 404, usual");
        assert!(mix(example::incident()) && !mix(example::filtered()));
    }
}
