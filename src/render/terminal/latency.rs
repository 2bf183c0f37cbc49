//! How long requests took.

use super::incidents::cliff;
use super::line::{BOLD, DIM, GREEN, Line, PLAIN, Paint, RED, YELLOW, glyphs, key_text, paragraph};
use super::table::{Kind, Table, column, painted, plain};
use super::targets::of;
use super::title;
use crate::number;
use crate::render::Style;
use crate::report::{Latency, Quantiles, Report, Target};

/// A sum of fields of more bytes leaves no room for what it is the latency of.
const LONG_SUM: usize = 40;

/// Durations at which many requests ended that are shown; the JSON report has all.
const CLIFFS: usize = 3;

/// Latency percentiles, overall and by class.
pub(super) fn latency(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let Some(latency) = &report.latency else { return Vec::new() };
    let total = report.totals.requests;
    let measured = match latency.measured {
        all if all == total => format!("all {} requests", number::count(total)),
        some => format!("{} measured", of(some, total)),
    };
    let note = match field_text(&latency.field) {
        field if field.is_empty() => measured,
        field => format!("{field}, {measured}"),
    };
    let mut lines = title("Latency", &note, columns, style);
    let mut table = Table::new(vec![
        column("", Kind::Left, 0),
        column("requests", Kind::Right, 2),
        column("p50", Kind::Right, 0),
        column("p90", Kind::Right, 3),
        column("p95", Kind::Right, 0),
        column("p99", Kind::Right, 0),
        column("max", Kind::Right, 1),
    ]);
    let target = report.targets.iter().find(|target| target.name == "latency_p95_seconds");
    let missed = target.is_some_and(|target| target.met == Some(false));
    let p95 = if missed { RED.bold() } else { PLAIN };
    let mut row = |name: &'static str, paint: Paint, q: &Quantiles, p95: Paint| {
        table.row(vec![
            painted(paint, name),
            plain(number::count(q.count)),
            plain(number::duration(q.p50)),
            plain(number::duration(q.p90)),
            painted(p95, number::duration(q.p95)),
            plain(number::duration(q.p99)),
            plain(number::duration(q.max)),
        ]);
    };
    row("all", BOLD, &latency.overall, p95);
    if latency.by_class.len() > 1 {
        for (class, quantiles) in &latency.by_class {
            let paint = match *class {
                "2xx" => GREEN,
                "4xx" => YELLOW,
                "5xx" => RED,
                _ => PLAIN,
            };
            row(class, paint, quantiles, PLAIN);
        }
    }
    let phases = &latency.phases;
    let (connect, header) = match phases.upstream {
        Some(_) => (" connect", " header"),
        // Nothing to stand under.
        None => ("upstream connect", "upstream header"),
    };
    let rows = [("upstream", phases.upstream), (connect, phases.connect), (header, phases.header)];
    for (name, quantiles) in rows {
        if let Some(quantiles) = quantiles {
            row(name, DIM, &quantiles, PLAIN);
        }
    }
    lines.extend(table.lines(columns, glyphs(style)));
    for note in latency_notes(latency, target) {
        lines.extend(paragraph((DIM, ""), (DIM, &note), columns, style));
    }
    for found in latency.cliffs.iter().take(CLIFFS) {
        let text = format!("{} requests: {}.", number::count(found.count), cliff(found));
        lines.extend(paragraph((DIM, ""), (PLAIN, &text), columns, style));
    }
    if let Some(target) = target {
        lines.extend(over_target(latency, target, style, columns));
    }
    lines
}

/// Routes and upstreams that miss the target for certain.
fn over_target(latency: &Latency, target: &Target, style: &Style, columns: usize) -> Vec<Line> {
    let over = &latency.over_target;
    if over.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(vec![
        column("slow", Kind::Right, 0),
        column("of all slow", Kind::Right, 2),
        column("p95", Kind::Right, 1),
        column("requests", Kind::Right, 3),
        column("what misses the target", Kind::Text, 0),
    ]);
    // One more takes no more room than to say that there is one.
    let shown = if over.len() == style.top + 1 { over.len() } else { style.top };
    for found in over.iter().take(shown) {
        let value = key_text(&found.value, style);
        table.row(vec![
            plain(number::count(found.slow)),
            plain(number::percent(found.slow_share)),
            plain(number::duration_against(found.p95, target.target)),
            plain(number::count(found.requests)),
            plain(match found.dimension {
                "route" if value.starts_with('/') => value,
                dimension => format!("{dimension} {value}"),
            }),
        ]);
    }
    let mut lines = table.lines(columns, glyphs(style));
    if over.len() > shown {
        let text = format!("{} more in the JSON report", over.len() - shown);
        lines.extend(paragraph((DIM, ""), (DIM, &text), columns, style));
    }
    lines
}

/// The field of the latency; a long sum is named in full with the input only.
fn field_text(field: &str) -> String {
    match field.split(" + ").count() {
        parts if parts > 1 && field.len() > LONG_SUM => format!("sum of {parts} fields"),
        _ => field.to_owned(),
    }
}

/// What the percentiles leave out, in sentences.
fn latency_notes(latency: &Latency, target: Option<&Target>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut left_out = Vec::new();
    for (why, count) in &latency.excluded {
        let what = match *why {
            "upgrade" => "upgraded connections (101)",
            "connect" => "CONNECT tunnels",
            other => other,
        };
        left_out.push(format!("{} {what}", number::count(*count)));
    }
    if latency.missing > 0 {
        left_out.push(format!("{} without a value", number::count(latency.missing)));
    }
    if !left_out.is_empty() {
        notes.push(format!("Not in the percentiles: {}.", left_out.join(", ")));
    }
    if latency.censored > 0 {
        let mut note = match latency.censored {
            1 => "1 request was given up (408, 499, 504) and would".into(),
            n => format!("{} requests were given up (408, 499, 504) and would", number::count(n)),
        };
        note.push_str(" have taken longer");
        match target {
            Some(Target { lower_bound: true, observed: Some(p95), target: limit, .. }) => {
                let p95 = number::duration_against(*p95, *limit);
                note.push_str(&format!(": p95 is at least {p95}."));
            }
            _ => note.push('.'),
        }
        notes.push(note);
    } else if let Some(Target { lower_bound: true, observed: Some(p95), target, .. }) = target {
        notes.push(format!(
            "Too many of them were given up (460, 499, 504): p95 is at least {}.",
            number::duration_against(*p95, *target)
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::example;
    use crate::render::terminal::line::tests::text;

    #[test]
    fn the_upstreams_part_of_the_latency_is_told_where_the_log_has_it() {
        let mut report = example::balancer();
        let all = text(latency(&report, &example::style(80), 80));
        for part in [" upstream   196,104 ", "  connect   196,104  0.40 ms", "  header    192,605 "]
        {
            assert!(all.contains(part), "{part} in {all}");
        }
        let measured = report.latency.as_mut().expect("the example has a latency");
        (measured.phases.upstream, measured.phases.connect) = (None, None);
        let header = text(latency(&report, &example::style(80), 80));
        assert!(header.contains(" upstream header   192,605 "), "{header}");
        assert!(!header.contains("upstream  ") && !header.contains("connect "), "{header}");
    }

    #[test]
    fn the_field_of_the_latency_leaves_room() {
        let mut report = example::incident();
        for (field, title) in [
            ("", "Latency  200,480 of"),
            ("Duration, $request_time", "Latency  Duration, $request_time, 200,480 of"),
            ("connect + service", "Latency  connect + service, 200,480 of"),
            (
                "request_processing_time + target_processing_time + response_processing_time",
                "Latency  sum of 3 fields, 200,480 of",
            ),
        ] {
            report.latency.as_mut().expect("the example has a latency").field = field.into();
            let text = text(latency(&report, &example::style(80), 80));
            assert!(text.contains(title), "{title} in {text}");
        }
    }

    #[test]
    fn what_the_percentiles_leave_out_is_said() {
        let shown = self::text(latency(&example::incident(), &example::style(80), 80));
        for part in ["200,480 of 201,709 measured", "1,204 upgraded", "p95\n is at least 1.2 s."] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let mut report = example::given_up();
        report.latency.as_mut().expect("the example has a latency").censored = 0;
        let untimed = text(latency(&report, &example::style(80), 80));
        assert!(untimed.contains("given up (460, 499, 504): p95 is at least"), "{untimed}");
    }
}
