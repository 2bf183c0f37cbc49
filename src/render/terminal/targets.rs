//! The targets: what was observed, whether they are met, and what is not held against them.

use super::incidents::times;
use super::line::{BOLD, DIM, GREEN, Glyphs, Line, PLAIN, RED, YELLOW, facts, glyphs, paragraph};
use super::table::{Kind, Table, column, painted, plain};
use super::when::{clock, range};
use crate::number;
use crate::render::Style;
use crate::report::{Alert, Report, Source, Target};

/// A worst hour says something of a log that is longer than two.
const HOURS: f64 = 7200.0;

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
        column("worst hour", Kind::Right, 5),
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
            plain(worst_hour(report, target, style)),
        ]);
    }
    if table.is_empty() {
        return Vec::new();
    }
    let mut lines = table.lines(columns, glyphs);
    lines.extend(burn(report, style, columns));
    if let Some(text) = not_judged(report) {
        lines.extend(paragraph((DIM, ""), (PLAIN, &text), columns, style));
    }
    if has_no_latency(report) {
        lines.extend(paragraph((DIM, ""), (DIM, advice(report)), columns, style));
    }
    lines
}

/// The worst hour of a target, in a log of several.
fn worst_hour(report: &Report, target: &Target, style: &Style) -> String {
    let window = report.window.as_ref().filter(|window| window.duration_seconds > HOURS);
    let worst = target.burn.as_ref().map(|burn| burn.worst_hour).filter(|hour| hour.count > 0);
    let Some((window, hour)) = window.zip(worst) else { return String::new() };
    let Some(at) = clock(hour.start.0, window, style) else { return String::new() };
    let slow = if is_time(target) { " slow" } else { "" };
    format!("{}{slow} at {at}", number::percent(hour.observed))
}

/// The fastest that each error budget burned, where a rule would have called somebody.
fn burn(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let Some(window) = &report.window else { return Vec::new() };
    let fact = |target: &Target| {
        let alerts = &target.burn.as_ref()?.alerts;
        let worst = alerts.iter().max_by(|a, b| a.burn.total_cmp(&b.burn))?;
        let when = range(worst.start, worst.end, window, style)?;
        let apart = |other: &&Alert| other.end <= worst.start || worst.end <= other.start;
        let others = match alerts.iter().filter(apart).count() {
            0 => String::new(),
            n => format!(", {n} more"),
        };
        let what = match target.name {
            "client_error_ratio" => "4xx",
            "server_error_ratio" => "5xx",
            _ => "slow",
        };
        let call = if worst.rule.starts_with("page") { "page" } else { "ticket" };
        let burn = times(worst.burn, glyphs(style));
        let text = format!("{what} {burn} {when} ({call}{others})");
        Some((if call == "page" { RED } else { YELLOW }, text))
    };
    let all: Vec<_> = report.targets.iter().filter_map(fact).collect();
    facts((DIM, "burn rate"), &all, (1, 12), columns, style)
}

/// What is kept out of targets and incidents.
fn not_judged(report: &Report) -> Option<String> {
    let kinds: Vec<String> = report
        .not_judged
        .iter()
        .map(|kind| {
            let count = number::count(kind.requests);
            match kind.kind {
                "health_check" if kind.requests == 1 => "1 health check".into(),
                "health_check" => format!("{count} health checks"),
                "blocked" => format!("{count} blocked (444)"),
                "scanner" => format!("{count} of scanners"),
                other => format!("{count} {other}"),
            }
        })
        .collect();
    let them = match report.not_judged.iter().map(|kind| kind.requests).sum() {
        0 => return None,
        1 => "it",
        _ => "them",
    };
    Some(format!("Not judged: {}; --count-all judges {them} too.", kinds.join(", ")))
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
