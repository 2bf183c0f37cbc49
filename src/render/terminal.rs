//! The report for a terminal: the answer first, then what it rests on.
//!
//! On a wide screen sections stand side by side; on a narrow one the less important columns go.
//! Everything is readable without colour.

mod chart;
pub(super) mod explain;
mod findings;
mod incidents;
mod input;
mod latency;
mod line;
mod status;
mod table;
mod targets;
mod top;
mod when;
mod worst;

use crate::number;
use crate::render::Style;
use crate::report::verdict::LIKELY_CAUSE;
use crate::report::{Health, Report, Severity};
use crate::time::SECOND;
use jiff::{Timestamp, Zoned};
use line::{BOLD, CYAN, DIM, GREEN, Line, PLAIN, Paint, RED, YELLOW, beside, glyphs, paragraph};
use line::{prose, shorten, width, wrap};
use std::io::{self, Write};

/// Columns that are used: a line longer than the most is hard to follow.
const COLUMNS: std::ops::RangeInclusive<usize> = 40..=200;
/// From this width on, sections stand side by side.
const TWO_SECTIONS: usize = 130;
/// Warnings shown under the verdict; the others follow at the input.
const WARNINGS_ON_TOP: usize = 3;

/// Writes the report as text in one call; fails only when the writer does.
pub(super) fn render(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for line in lines(report, style) {
        line.write(style.color, &mut text);
    }
    out.write_all(text.as_bytes())
}

/// A section of the report in at most that many columns; empty when it has nothing to say.
type Section = fn(&Report, &Style, usize) -> Vec<Line>;

/// Every line of the report.
fn lines(report: &Report, style: &Style) -> Vec<Line> {
    let columns = style.width.clamp(*COLUMNS.start(), *COLUMNS.end());
    let mut lines = verdict(report, style, columns);
    let rows: [&[Section]; 8] = [
        &[incidents::incidents],
        &[targets::targets],
        &[over_time],
        &[findings::findings],
        &[status::statuses, latency::latency],
        &[top::routes_by_errors, top::routes_by_latency],
        &[top::reasons, top::upstreams, top::hosts, top::clients, top::user_agents],
        &[input],
    ];
    for row in rows {
        for block in arrange(row, report, style, columns) {
            lines.push(Line::new());
            lines.extend(block);
        }
    }
    lines.push(Line::new());
    lines.push(last_line(report, style, columns));
    lines
}

/// Puts the sections that say something two in a row, where there is room.
fn arrange(row: &[Section], report: &Report, style: &Style, columns: usize) -> Vec<Vec<Line>> {
    const GAP: usize = 3;
    let filled = |columns: usize| {
        row.iter().map(move |s| s(report, style, columns)).filter(|block| !block.is_empty())
    };
    if columns < TWO_SECTIONS || filled(columns).count() < 2 {
        return filled(columns).collect();
    }
    let half = (columns - GAP) / 2;
    let blocks: Vec<Vec<Line>> = filled(half).collect();
    let mut out = Vec::new();
    for pair in blocks.chunks(2) {
        out.push(match pair {
            [left, right] => beside(left.clone(), right.clone(), half + GAP),
            alone => alone.concat(),
        });
    }
    out
}

/// The word for a verdict, its mark and its colour.
fn word(report: &Report, style: &Style) -> (&'static str, &'static str, Paint) {
    let glyphs = glyphs(style);
    match report.verdict.status {
        Health::Healthy => ("healthy", glyphs.good, GREEN),
        Health::Degraded => ("degraded", "!", YELLOW),
        Health::Critical => ("critical", glyphs.bad, RED),
        Health::Unknown => ("unknown", "?", YELLOW),
    }
}

/// The answer: the word, of which requests, and why; then what makes it doubtful.
fn verdict(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let (name, mark, paint) = word(report, style);
    let badge = format!(" {mark} {} ", name.to_uppercase());
    let mut lines = vec![Line::new().with(paint.bold().invert(), badge)];
    let facts = facts(report, style);
    let first = lines[0].width() + 2 + width(&facts[0]);
    let mut facts = facts.into_iter();
    if first <= columns {
        let start = std::mem::take(&mut lines[0]).with(PLAIN, "  ");
        lines[0] = start.with(BOLD, facts.next().unwrap_or_default());
    }
    let glyphs = glyphs(style);
    for fact in facts {
        lines.push(Line::new().with(PLAIN, " ").with(DIM, shorten(&fact, columns - 1, glyphs)));
    }
    if !report.complete {
        let text = "incomplete: the run was stopped, or an input could not be read to its end";
        lines.extend(paragraph((YELLOW.bold(), "!"), (YELLOW, text), columns, style));
    }
    lines.push(Line::new());
    let reason_mark = match report.verdict.status {
        Health::Degraded => glyphs.bad,
        _ => mark,
    };
    let missed: Vec<_> = report.targets.iter().filter(|t| t.met == Some(false)).collect();
    let first = of_incidents(report);
    let bad = first + missed.len();
    for (at, reason) in report.verdict.reasons.iter().enumerate() {
        // Behind what is bad stands what could not be judged, or all that is good.
        let (paint, mark) = match (at < bad || bad == 0, missed.is_empty()) {
            (true, _) => (paint, reason_mark),
            (false, true) if report.targets.iter().any(|target| target.met == Some(true)) => {
                (GREEN, glyphs.good)
            }
            (false, _) => (YELLOW, "?"),
        };
        lines.extend(paragraph((paint.bold(), mark), (BOLD, reason), columns, style));
        if let Some(target) = at.checked_sub(first).and_then(|at| missed.get(at))
            && let Some(worst) = worst::sentence(report, target, style)
        {
            lines.extend(paragraph((PLAIN, " "), (PLAIN, &worst), columns, style));
        }
    }
    let hidden = report.warnings.len().saturating_sub(WARNINGS_ON_TOP);
    for warning in report.warnings.iter().take(WARNINGS_ON_TOP) {
        lines.extend(paragraph((YELLOW.bold(), "!"), (PLAIN, warning), columns, style));
    }
    if hidden > 0 {
        let text = format!("{hidden} more at the end, under Input");
        lines.extend(paragraph((YELLOW.bold(), "!"), (DIM, &text), columns, style));
    }
    lines
}

/// How many of the verdict's reasons are of incidents: the first, where there are any that matter.
fn of_incidents(report: &Report) -> usize {
    usize::from(report.incidents.iter().any(|incident| incident.severity >= Severity::Warning))
}

/// How many requests, and of when.
fn facts(report: &Report, style: &Style) -> Vec<String> {
    let totals = &report.totals;
    let mut first = format!("{} requests", number::count(totals.requests));
    if totals.requests == 1 {
        first = "1 request".into();
    }
    let Some(window) = &report.window else { return vec![first] };
    if window.duration_seconds >= 1.0 {
        let rate = number::rate(totals.requests as f64 / window.duration_seconds);
        first.push_str(&format!(" in {}, {rate}", number::span(window.duration_seconds)));
    }
    let (start, end) = (local(window.start.0, style), local(window.end.0, style));
    let (Some(start), Some(end)) = (start, end) else { return vec![first] };
    let end_format = if start.date() == end.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    let zone = prose(&style.zone_name, style);
    let mut when = format!(
        "{} {} {} {zone}",
        start.strftime("%Y-%m-%d %H:%M:%S"),
        glyphs(style).to,
        end.strftime(end_format),
    );
    if window.without_time > 0 {
        when.push_str(&format!(", {} without a time", number::count(window.without_time)));
    }
    vec![first, when]
}

/// The chart under its heading.
fn over_time(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let chart = chart::lines(report, style, columns);
    if chart.is_empty() {
        return chart;
    }
    let bucket = report.window.as_ref().map_or(0, |window| window.bucket_seconds);
    let note = format!("per {}, {}", number::per(bucket), prose(&style.zone_name, style));
    let mut lines = title("Over time", &note, columns, style);
    lines.extend(chart);
    lines
}

/// The input, and the warnings that had no room at the top.
fn input(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let mut lines = input::lines(report, style, columns);
    for warning in report.warnings.iter().skip(WARNINGS_ON_TOP) {
        lines.extend(paragraph((YELLOW.bold(), "!"), (PLAIN, warning), columns, style));
    }
    lines
}

/// The answer again: of a long report, the end is what a terminal shows.
fn last_line(report: &Report, style: &Style, columns: usize) -> Line {
    let (name, mark, paint) = word(report, style);
    let start = Line::new().with(PLAIN, " ").with(paint.bold(), format!("{mark} {name}"));
    // The worst incident stands behind what is missed.
    let is_missed = report.targets.iter().any(|target| target.met == Some(false));
    let skipped = if is_missed { of_incidents(report) } else { 0 };
    let reasons = report.verdict.reasons.get(skipped..).unwrap_or_default();
    let Some(reason) = reasons.first() else { return start };
    let more = match reasons.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let start = start.with(PLAIN, "  ");
    let free = columns.saturating_sub(start.width());
    // What it should be stands at the top.
    let reason = prose(reason.split(", the target").next().unwrap_or_default(), style);
    let whole = reason.clone();
    let reason = reason.split(LIKELY_CAUSE).next().unwrap_or_default().to_owned();
    // Without the counts, where they are its end.
    let counts = reason.strip_suffix(')').and_then(|reason| reason.rsplit_once(" ("));
    let bare = counts.map_or(reason.as_str(), |(bare, _)| bare);
    let incident = incidents::worst(report, style).unwrap_or_default();
    let [long, short] = incident.map(|text| match text.is_empty() {
        true => text,
        false => format!("; {text}"),
    });
    // What tells the least goes first.
    let fitting = [
        (whole.as_str(), more.as_str(), long.as_str()),
        (whole.as_str(), more.as_str(), short.as_str()),
        (reason.as_str(), more.as_str(), long.as_str()),
        (bare, &more, &long),
        (bare, "", &long),
        (bare, &more, &short),
        (bare, "", &short),
        (&reason, &more, ""),
        (bare, &more, ""),
    ];
    for (reason, more, incident) in fitting {
        if width(reason) + width(more) + width(incident) <= free {
            return start.with(PLAIN, reason).with(DIM, more).with(PLAIN, incident);
        }
    }
    let ellipsis = glyphs(style).ellipsis;
    let free = free.saturating_sub(width(&more) + width(ellipsis));
    let mut begin = wrap(&reason, free, glyphs(style));
    if begin.len() > 1 {
        begin[0].push_str(ellipsis);
    }
    start.with(PLAIN, begin.swap_remove(0)).with(DIM, more)
}

/// A heading and a quiet note beside it.
fn title(name: &str, note: &str, columns: usize, style: &Style) -> Vec<Line> {
    let glyphs = glyphs(style);
    let line = Line::new().with(PLAIN, " ").with(CYAN.bold(), shorten(name, columns - 1, glyphs));
    let free = columns.saturating_sub(line.width() + 2);
    if note.is_empty() || free < 8 {
        return vec![line];
    }
    vec![line.with(PLAIN, "  ").with(DIM, shorten(&prose(note, style), free, glyphs))]
}

/// A time of the report in the zone of the style; none when it is outside the calendar.
fn local(micros: i64, style: &Style) -> Option<Zoned> {
    let at = Timestamp::new(
        micros.div_euclid(SECOND),
        i32::try_from(micros.rem_euclid(SECOND) * 1000).ok()?,
    );
    at.ok().map(|at| at.to_zoned(style.zone.clone()))
}

#[cfg(test)]
mod tests;
