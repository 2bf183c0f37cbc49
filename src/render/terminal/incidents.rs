//! When it was not healthy, and where: the incidents, the worst first.
//!
//! A reader looks here first, in the night: each incident is a heading that says how bad, what and
//! when, and a few rows under it with a label each. Numbers are those of the chart's marks, which
//! are in order of time. The first incidents are told in full, the others in brief: ten in full
//! would be a wall of text.

mod cause;
mod order;
mod words;

pub(super) use order::{shown, worst};
pub(super) use words::cliff;

use super::line::{BOLD, DIM, Glyphs, Line, PLAIN, Paint, RED, YELLOW, facts, glyphs, paragraph};
use super::line::{prose, shorten, width};
use super::when::{clock, range};
use super::{chart, title};
use crate::number;
use crate::render::Style;
use crate::report::{Incident, Report, Severity, Target, Window};
use crate::time::SECOND;

/// More than these are told in brief.
const IN_FULL: usize = 5;
/// More culprits of an incident are in the JSON report only.
const CULPRITS: usize = 2;
/// And signals beside the main one.
const SIGNALS: usize = 4;
/// The name of a culprit is not cut below this, nor that of several that hold together.
const NAME: [usize; 2] = [24, 56];
/// Latency that changed by less than this is not worth a word.
const NEAR: std::ops::Range<f64> = 0.5..1.25;
/// From this width on, labels stand in a column of their own.
const LABELS: usize = 60;

/// The incidents, or one quiet line when there are none though they would have been found.
pub(super) fn incidents(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let shown = shown(report);
    let Some(window) = report.window.as_ref().filter(|_| !shown.is_empty()) else {
        return quiet(report);
    };
    let mut note = by_severity(report.incidents.iter());
    if report.incidents.len() > 1 && columns >= LABELS {
        note.push_str("; the worst first");
    }
    let mut lines = title("Incidents", &note, columns, style);
    let headings: Vec<Heading> = shown.iter().map(|i| Heading::of(i, window, style)).collect();
    let widths = Heading::widths(&headings);
    let page = Page::new(widths[0], columns, window, style);
    for (at, (incident, heading)) in shown.iter().zip(&headings).enumerate() {
        lines.extend(heading.lines(widths, &page));
        lines.extend(after(incident, report, &page));
        lines.extend(details(incident, at < IN_FULL, &page));
    }
    let rest: Vec<&Incident> =
        report.incidents.iter().filter(|i| shown.iter().all(|s| s.id != i.id)).collect();
    if !rest.is_empty() {
        let text =
            format!("{} more, in the JSON report: {}", rest.len(), by_severity(rest.into_iter()));
        lines.extend(paragraph((DIM, ""), (DIM, &text), columns, style));
    }
    lines
}

/// That nothing was found, when there was enough to look at.
fn quiet(report: &Report) -> Vec<Line> {
    let chosen = |t: &Target| t.observed.is_some() && t.met.is_none() && !t.lower_bound;
    match chart::is_drawn(report) && !report.targets.iter().any(chosen) {
        true => vec![Line::new().with(DIM, " No incidents")],
        false => Vec::new(),
    }
}

/// `1 critical, 2 warnings, 1 info`.
fn by_severity<'a>(incidents: impl Iterator<Item = &'a Incident> + Clone) -> String {
    let count = |severity| incidents.clone().filter(|i| i.severity == severity).count();
    let mut parts = Vec::new();
    for (severity, one, many) in [
        (Severity::Critical, "critical", "critical"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "info", "info"),
    ] {
        match count(severity) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    parts.join(", ")
}

/// The mark, the word and the colour of a severity.
pub(super) fn severity(severity: Severity, glyphs: &Glyphs) -> (&'static str, &'static str, Paint) {
    match severity {
        Severity::Critical => (glyphs.bad, "critical", RED.bold()),
        Severity::Warning => ("!", "warning", YELLOW.bold()),
        Severity::Info => (glyphs.note, "info", PLAIN),
    }
}

/// Where the parts of an incident stand.
struct Page<'a> {
    /// Where what is under the heading begins.
    indent: usize,
    /// Where the facts behind a label begin.
    column: usize,
    columns: usize,
    window: &'a Window,
    style: &'a Style,
    glyphs: &'static Glyphs,
}

impl<'a> Page<'a> {
    /// A page for headings whose numbers are this wide.
    fn new(number: usize, columns: usize, window: &'a Window, style: &'a Style) -> Self {
        // Under the word of the severity.
        let indent = if columns < LABELS { 3 } else { number + 5 };
        Self { indent, column: indent + 8, columns, window, style, glyphs: glyphs(style) }
    }

    /// A row of facts behind a label.
    fn row(&self, label: &str, all: &[(Paint, String)]) -> Vec<Line> {
        facts((DIM, label), all, (self.indent, self.column), self.columns, self.style)
    }
}

/// The first line of an incident: which, how bad, what, when.
struct Heading {
    mark: &'static str,
    paint: Paint,
    /// Number, severity, what, when and how long.
    cells: [String; 5],
    ongoing: bool,
}

impl Heading {
    fn of(incident: &Incident, window: &Window, style: &Style) -> Self {
        let (mark, word, paint) = severity(incident.severity, glyphs(style));
        let when = range(incident.start, incident.end, window, style).unwrap_or_default();
        let cells = [
            incident.id.clone(),
            word.to_owned(),
            prose(&words::what(incident), style),
            when,
            number::span(incident.duration_seconds),
        ];
        Self { mark, paint, cells, ongoing: incident.ongoing }
    }

    /// Widths of the cells of all headings.
    fn widths(headings: &[Self]) -> [usize; 5] {
        let widest = |at: usize| headings.iter().map(|h| width(&h.cells[at])).max().unwrap_or(0);
        std::array::from_fn(widest)
    }

    /// The heading, in columns where they fit, else in as many lines as it needs.
    fn lines(&self, widths: [usize; 5], page: &Page<'_>) -> Vec<Line> {
        let [id, word, what, when, long] = &self.cells;
        let id = format!("{id:>0$}", widths[0]);
        let start = Line::new().with(PLAIN, " ").with(self.paint, format!("{} {id}", self.mark));
        let open = ["still open at the end of the log", "still open"];
        let all = page.indent + widths[1..].iter().sum::<usize>() + 2 * (widths.len() - 2);
        if page.columns >= LABELS && all <= page.columns {
            let mut line = start.pad(page.indent).with(self.paint, word);
            let mut column = page.indent;
            for (cell, (before, paint)) in
                [(what, (widths[1], BOLD)), (when, (widths[2], BOLD)), (long, (widths[3], PLAIN))]
            {
                column += before + 2;
                line = line.pad(column).with(paint, cell);
            }
            if !self.ongoing {
                return vec![line];
            }
            column += widths[4] + 2;
            if let Some(text) = open.into_iter().find(|t| column + width(t) <= page.columns) {
                return vec![line.pad(column).with(self.paint, text)];
            }
            return vec![line, Line::new().pad(page.indent).with(self.paint, open[0])];
        }
        let mut lines = vec![start];
        let mut cells =
            vec![(self.paint, word.clone()), (BOLD, what.clone()), (BOLD, when.clone())];
        cells.push((PLAIN, long.clone()));
        if self.ongoing {
            cells.push((self.paint, open[1].to_owned()));
        }
        for (paint, cell) in cells {
            let cell = shorten(&cell, page.columns.saturating_sub(page.indent), page.glyphs);
            let line = lines.pop().unwrap_or_default();
            if line.width() + 2 + width(&cell) <= page.columns {
                let column = line.width() + if line.width() < page.indent { 1 } else { 2 };
                lines.push(line.pad(column).with(paint, cell));
            } else {
                lines.push(line);
                lines.push(Line::new().pad(page.indent).with(paint, cell));
            }
        }
        lines
    }
}

/// What it may be a consequence of: an incident of this report.
fn after(incident: &Incident, report: &Report, page: &Page<'_>) -> Vec<Line> {
    let Some(id) = &incident.follows else { return Vec::new() };
    let mut text = format!("#{id}");
    if let Some(before) = order::before(incident, &report.incidents) {
        text.push_str(&format!(": {}", words::what(before)));
        let ahead = incident.start.0.saturating_sub(before.start.0);
        if ahead > 0 {
            let ahead = number::span((ahead / SECOND) as f64);
            text.push_str(&format!(", {ahead} earlier"));
        }
    }
    page.row("after", &[(PLAIN, text)])
}

/// What stands under the heading: how much, where, and why; then what else there was, and how long
/// requests took.
fn details(incident: &Incident, in_full: bool, page: &Page<'_>) -> Vec<Line> {
    let mut lines = page.row("excess", &how_much(incident, page));
    // Of what nobody needs to get up for, little is enough.
    let in_full = in_full && incident.severity > Severity::Info;
    lines.extend(place(incident, if in_full { CULPRITS } else { 1 }, page));
    if in_full {
        lines.extend(cause::in_full(incident, page));
        lines.extend(page.row("with", &company(incident, page)));
        lines.extend(page.row("latency", &latency(incident, page.glyphs)));
    } else {
        lines.extend(cause::in_brief(incident, page));
    }
    lines
}

/// How many more there were than were to be expected, and the share before and in it.
fn how_much(incident: &Incident, page: &Page<'_>) -> Vec<(Paint, String)> {
    let (noun, of) = words::noun(&incident.signal);
    let mut more = format!("+{} {noun}", number::count(whole(incident.excess)));
    // Another signal began before it.
    if let Some(main) = incident.signals.first().filter(|main| main.start > incident.start)
        && let Some(at) = clock(main.start.0, page.window, page.style)
    {
        more.push_str(&format!(" from {at}"));
    }
    let before = match incident.baseline > 0.0 {
        true => number::percent(incident.baseline),
        false => "none".to_owned(),
    };
    let now = number::percent(incident.observed);
    let share = format!("{before} {} {now}{of}", page.glyphs.arrow);
    let mut all = vec![(BOLD, more), (PLAIN, share)];
    if let Some(ratio) = incident.ratio.filter(|ratio| *ratio >= 1.05) {
        all.push((PLAIN, times(ratio, page.glyphs)));
    }
    all
}

/// What the bad requests have in common, and what they have not; at most so many culprits.
fn place(incident: &Incident, culprits: usize, page: &Page<'_>) -> Vec<Line> {
    let is_sampled = incident.counted == "sampled";
    let about = if is_sampled { page.glyphs.about } else { "" };
    let room = page.columns.saturating_sub(page.column);
    let mut rows = Vec::new();
    for culprit in incident.culprits.iter().take(culprits) {
        let share = format!("{about}{} on ", number::percent(culprit.excess_share.min(1.0)));
        let traffic = number::percent(culprit.traffic_share.min(1.0));
        let traffic = format!("{about}{traffic} of the traffic");
        // A name that is no longer than that keeps the row in one line.
        let least = NAME[usize::from(!culprit.with.is_empty())];
        let free = room.saturating_sub(width(&share) + 2 + width(&traffic)).max(least);
        let name = shorten(&words::culprit(culprit, page.style), free, page.glyphs);
        let whole = format!("{share}{name}, {traffic}");
        rows.push(match width(&whole) <= room {
            true => vec![(PLAIN, whole)],
            false => vec![(PLAIN, format!("{share}{name}")), (PLAIN, traffic)],
        });
    }
    if !incident.spread_over.is_empty() {
        rows.push(vec![(PLAIN, words::evenly(&incident.spread_over))]);
    }
    // Said once, behind the last of what it holds for.
    if let Some(last) = rows.last_mut().filter(|_| is_sampled) {
        last.push((DIM, "from a sample".into()));
    }
    let label = |at| if at == 0 { "where" } else { "" };
    rows.iter().enumerate().flat_map(|(at, row)| page.row(label(at), row)).collect()
}

/// What else was out of the ordinary in it, and since when where that was before it.
fn company(incident: &Incident, page: &Page<'_>) -> Vec<(Paint, String)> {
    let mut all = Vec::new();
    let main = incident.signals.first().map(|signal| signal.start);
    for signal in incident.signals.iter().skip(1).take(SIGNALS) {
        let mut text =
            format!("{} +{}", words::other(&signal.signal), number::count(whole(signal.excess)));
        if main.is_some_and(|main| signal.start < main)
            && let Some(at) = clock(signal.start.0, page.window, page.style)
        {
            text.push_str(&format!(" from {at}"));
        }
        all.push((PLAIN, text));
    }
    let hidden = incident.signals.len().saturating_sub(1 + SIGNALS);
    if hidden > 0 {
        all.push((PLAIN, format!("{hidden} more signals")));
    }
    all
}

/// How the latency changed, and the duration at which many requests ended.
fn latency(incident: &Incident, glyphs: &Glyphs) -> Vec<(Paint, String)> {
    let mut all = Vec::new();
    if let Some(latency) = &incident.latency {
        // The median only where the slowest are as slow as ever.
        let changed =
            [("p95", latency.p95_before, latency.p95), ("p50", latency.p50_before, latency.p50)]
                .into_iter()
                .find(|(_, before, now)| before != now && !NEAR.contains(&(now / before)));
        if let Some((name, before, now)) = changed {
            let (before, now) = (number::duration(before), number::duration(now));
            all.push((PLAIN, format!("{name} {before} {} {now}", glyphs.arrow)));
        }
    }
    // Where it bears on a cause, that tells it.
    if let Some(found) = incident.cliff.as_ref().filter(|_| !cause::is_told(incident)) {
        all.push((PLAIN, cliff(found)));
    }
    all
}

/// So many times: `×2.4`, `×305`.
pub(super) fn times(ratio: f64, glyphs: &Glyphs) -> String {
    let ratio = if ratio < 9.95 { format!("{ratio:.1}") } else { number::count(whole(ratio)) };
    format!("{}{ratio}", glyphs.times)
}

/// A count that was reckoned.
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

#[cfg(test)]
mod tests;
