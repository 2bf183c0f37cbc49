//! The incidents on the time axis of the chart.

use super::Scale;
use crate::render::Style;
use crate::render::terminal::incidents::{severity, shown};
use crate::render::terminal::line::{DIM, Line, PLAIN, Paint, glyphs, width};
use crate::report::{Incident, Report, Severity};
use std::cmp::Reverse;

/// Rows of marks; of more incidents at the same time, the least severe have none.
const ROWS: usize = 3;

/// One mark: the number of an incident where it begins, and a line as long as it lasts.
struct Mark {
    start: usize,
    text: String,
    paint: Paint,
}

/// Rows that mark when the incidents were, the worst in the first; empty when there are none.
pub(super) fn lines(report: &Report, scale: &Scale, gutter: usize, style: &Style) -> Vec<Line> {
    let mut rows: Vec<Vec<Mark>> = Vec::new();
    let mut incidents = shown(report);
    // They are told in chains; where there is no room for all of a chain, the worst has it.
    incidents.sort_by_key(|incident| Reverse(incident.severity));
    for incident in incidents {
        let Some(mark) = mark(incident, scale, style) else { continue };
        let free = rows.iter().position(|row| row.iter().all(|other| apart(other, &mark)));
        match free {
            Some(row) => rows[row].push(mark),
            None if rows.len() < ROWS => rows.push(vec![mark]),
            None => {}
        }
    }
    let row = |(at, mut marks): (usize, Vec<Mark>)| {
        let label = if at == 0 { "incidents" } else { "" };
        marks.sort_by_key(|mark| mark.start);
        let start = Line::new().pad(gutter.saturating_sub(width(label) + 2)).with(DIM, label);
        marks.into_iter().fold(start.pad(gutter), |line, mark| {
            line.pad(gutter + mark.start).with(mark.paint, mark.text)
        })
    };
    rows.into_iter().enumerate().map(row).collect()
}

/// The mark of an incident; none when the chart has no room for its number.
fn mark(incident: &Incident, scale: &Scale, style: &Style) -> Option<Mark> {
    let [solid, dashed, on] = glyphs(style).span;
    let span = if incident.shape == "periodic" { dashed } else { solid };
    let first = scale.place(incident.start.0);
    let last = scale.place(incident.end.0.saturating_sub(1)) + scale.stretch - 1;
    let mut text = incident.id.clone();
    let number = width(&text);
    // At the right edge, a number of two digits begins before its time.
    let start = first.min(scale.columns.checked_sub(number)?);
    let columns = (last + 1).saturating_sub(start);
    text.push_str(&span.repeat(columns.saturating_sub(number)));
    if incident.ongoing && columns > number {
        text.truncate(text.len() - span.len());
        text.push_str(on);
    }
    let paint = match incident.severity {
        Severity::Info => PLAIN,
        severe => severity(severe, glyphs(style)).2,
    };
    Some(Mark { start, text, paint })
}

/// Whether a column stays free between two marks, so that their numbers are two numbers.
fn apart(a: &Mark, b: &Mark) -> bool {
    let end = |mark: &Mark| mark.start + width(&mark.text);
    end(a) < b.start || end(b) < a.start
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::render::terminal::chart;
    use crate::render::terminal::line::tests::text;
    use crate::render::{Style, example};
    use crate::report::Report;

    fn rows(report: &Report, style: &Style) -> Vec<String> {
        let text = text(chart::lines(report, style, style.width));
        let rows = text.lines().take_while(|line| !line.contains(" requests "));
        rows.map(str::to_owned).collect()
    }

    /// One minute of a week is one column: its number, over the spike.
    #[test]
    fn a_short_incident_is_marked_where_it_is() {
        let report = example::week_with_one_bad_minute();
        for columns in [40, 80, 200] {
            let style = example::style(columns);
            let all = text(chart::lines(&report, &style, columns));
            let mark = rows(&report, &style)[0].chars().position(|c| c == '1').unwrap();
            let spike = all.lines().find(|line| line.contains("5xx")).unwrap();
            assert_eq!(spike.chars().position(|c| c == '█'), Some(mark), "{all}");
        }
    }

    /// Of a chain at one time, the worst is marked wherever it stands.
    #[test]
    fn the_worst_has_a_mark() {
        let mut report = example::many_incidents();
        report.incidents.truncate(4);
        let (start, end) = (report.incidents[0].start, report.incidents[3].end);
        for (at, incident) in report.incidents.iter_mut().enumerate() {
            (incident.start, incident.end) = (start, end);
            incident.follows = (at > 0).then(|| at.to_string());
        }
        let rows = rows(&report, &example::style(80));
        assert_eq!(rows.len(), super::ROWS, "{rows:?}");
        assert!(rows[0].contains(" 4"), "{rows:?}");
    }

    #[test]
    fn marks_do_not_touch() {
        let overlapping = rows(&example::overlapping(), &example::style(80));
        assert_eq!(overlapping.len(), 2, "{overlapping:?}");
        assert!(overlapping.iter().any(|row| row.ends_with('▶')), "{overlapping:?}");
        for columns in [40, 80, 200] {
            let style = Style { ascii: true, ..example::style(columns) };
            for row in rows(&example::many_incidents(), &style) {
                for mark in row.trim().trim_start_matches("incidents").split_whitespace() {
                    let number = mark.trim_end_matches(['=', '>']);
                    let number: usize = number.parse().unwrap_or_else(|_| panic!("{row}"));
                    assert!((1..=11).contains(&number), "{row}");
                }
            }
        }
    }
}
