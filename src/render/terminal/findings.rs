//! What is wrong without being an incident.

use super::incidents::severity;
use super::line::{BOLD, DIM, Line, PLAIN, beside, glyphs, paragraph, prose, wrap};
use super::title;
use super::when::range;
use crate::render::Style;
use crate::report::{Finding, Report, Severity};
use std::cmp::Reverse;

/// Findings, and evidence and next steps of each, that are shown; the JSON report has all.
const FINDINGS: usize = 6;
const EVIDENCE: usize = 3;
const CHECKS: usize = 2;
/// Where the sentence stands in a report that is wide enough.
const COLUMN: usize = 13;
/// From this width on.
const WIDE: usize = 60;

/// The findings, the worst first, with what speaks for them and what to look at next.
pub(super) fn findings(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    if report.findings.is_empty() {
        return Vec::new();
    }
    let mut lines = title("Findings", "", columns, style);
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    for finding in findings.iter().take(FINDINGS) {
        lines.extend(self::finding(finding, report, style, columns));
    }
    let hidden = findings.len().saturating_sub(FINDINGS);
    if hidden > 0 {
        let text = format!("{hidden} more, in the JSON report");
        lines.extend(paragraph((DIM, ""), (DIM, &text), columns, style));
    }
    lines
}

fn finding(finding: &Finding, report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let (mark, word, paint) = severity(finding.severity, glyphs(style));
    let start = Line::new().with(PLAIN, " ").with(paint, format!("{mark} {word}"));
    let column = if columns < WIDE { 3 } else { COLUMN };
    let when = finding.start.zip(finding.end).zip(report.window.as_ref());
    let when = when.and_then(|((start, end), window)| range(start, end, window, style));
    let text = match when {
        Some(when) => format!("{when}: {}", finding.summary),
        None => finding.summary.clone(),
    };
    let summary = if finding.severity == Severity::Info { PLAIN } else { BOLD };
    let mut words = wrap(&prose(&text, style), columns - column, glyphs(style)).into_iter();
    let mut lines = vec![start];
    if lines[0].width() < column {
        lines[0] = std::mem::take(&mut lines[0])
            .pad(column)
            .with(summary, words.next().unwrap_or_default());
    }
    lines.extend(words.map(|words| Line::new().pad(column).with(summary, words)));
    let evidence = finding.evidence.iter().take(EVIDENCE).map(|text| (glyphs(style).note, text));
    let checks = finding.checks.iter().take(CHECKS).map(|text| (glyphs(style).arrow, text));
    for (mark, text) in evidence.chain(checks) {
        for line in paragraph((DIM, mark), (PLAIN, text), columns - column, style) {
            // A paragraph begins a column in.
            lines.extend(beside(Vec::new(), vec![line], column - 1));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::example;
    use crate::render::terminal::line::tests::text;

    #[test]
    fn a_finding_says_how_bad_it_is_and_why() {
        let mut report = example::overlapping();
        report.findings[0].evidence =
            ["one", "two", "three", "four"].map(|number| format!("reason {number}")).into();
        report.findings[0].checks = ["a", "b", "c"].map(|name| format!("look at {name}")).into();
        let wide = text(findings(&report, &example::style(80), 80));
        assert!(wide.contains(" → look at b\n") && !wide.contains("look at c"), "{wide}");
        assert!(wide.contains(" ! warning   "), "{wide}");
        assert!(wide.contains("reason three") && !wide.contains("reason four"), "{wide}");
        let narrow = text(findings(&report, &example::style(40), 40));
        assert!(narrow.contains(" ! warning\n   "), "{narrow}");
        assert!(text(findings(&example::healthy(), &example::style(80), 80)).is_empty());
    }

    #[test]
    fn the_worst_are_first_and_the_others_counted() {
        let mut report = example::overlapping();
        let finding = report.findings.remove(0);
        report.findings = vec![finding.clone(); FINDINGS];
        let worst = Finding { severity: Severity::Critical, summary: "worst".into(), ..finding };
        report.findings.push(worst);
        let all = text(findings(&report, &example::style(80), 80));
        assert!(all.lines().nth(1).unwrap().ends_with("worst"), "{all}");
        assert!(all.ends_with(" 1 more, in the JSON report\n"), "{all}");
    }
}
