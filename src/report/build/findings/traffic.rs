//! Findings of the traffic: gaps, drops and surges, and health checks that fail on their own.

use crate::detect::{Incident, Swing, SwingKind, Timeline, swings};
use crate::number;
use crate::report::Time;
use crate::report::incident::{Finding, Severity};
use crate::time::SECOND;

/// So many swings of a kind are told one by one.
const MOST_SWINGS: usize = 5;

/// Health checks that failed, while the other requests did not.
pub(in crate::report::build) fn of_health_checks(found: &Incident) -> Finding {
    let of = &found.deviations[0];
    let span = number::span((found.times.end - found.times.start) as f64 / SECOND as f64);
    let share = number::percent(of.observed());
    Finding {
        cause: "health-check-failing",
        severity: Severity::Info,
        start: Some(Time(found.times.start)),
        end: Some(Time(found.times.end)),
        summary: format!("{share} of health checks failed for {span}, and no other requests did"),
        evidence: vec![format!(
            "{} of {} health checks",
            number::count(of.bad),
            number::count(of.all)
        )],
        checks: vec![
            "which target it is, and whether it was taken out on purpose: the others carry its load"
                .to_owned(),
        ],
    }
}

/// Gaps, drops and surges of the traffic.
pub(in crate::report::build) fn of_traffic(timeline: &Timeline) -> Vec<Finding> {
    let all: Vec<u64> =
        timeline.cells.iter().map(|cell| cell.requests + cell.scanner + cell.checks).collect();
    let found = swings(&all, timeline.width);
    let mut findings = Vec::new();
    for kind in [SwingKind::Gap, SwingKind::Drop, SwingKind::Surge] {
        let of_kind: Vec<_> = found.iter().filter(|swing| swing.kind == kind).collect();
        match of_kind.len() {
            0..=MOST_SWINGS => {
                findings.extend(of_kind.into_iter().map(|swing| of_swing(swing, timeline)));
            }
            _ => findings.push(of_swings(&of_kind, timeline)),
        }
    }
    findings.sort_by_key(|finding| finding.start.map(|start| start.0));
    findings
}

/// What to say on top of gaps in the traffic: no rate shows that nobody was served.
pub(in crate::report::build) fn gaps(findings: &[Finding]) -> Option<String> {
    let is_gap = |of: &&Finding| of.cause == "traffic-gap" && of.severity >= Severity::Warning;
    let first = findings.iter().find(is_gap)?;
    Some(match findings.iter().filter(is_gap).count() {
        1 => format!("{} within the log; see the findings", first.summary),
        count => format!("{count} gaps in the log, the first: {}; see the findings", first.summary),
    })
}

/// Traffic that swings all the time is that way.
fn of_swings(swings: &[&Swing], timeline: &Timeline) -> Finding {
    let (first, last) = (swings[0], swings[swings.len() - 1]);
    let times = timeline.times(&(first.buckets.start..last.buckets.end));
    let span = number::span((times.end - times.start) as f64 / SECOND as f64);
    let count = number::count(swings.len() as u64);
    let (cause, what) = match first.kind {
        SwingKind::Gap => ("traffic-gap", "no request at all"),
        SwingKind::Drop => ("traffic-drop", "few requests"),
        SwingKind::Surge => ("traffic-surge", "far more requests than around"),
    };
    let requests = swings.iter().map(|swing| swing.observed).sum();
    Finding {
        cause,
        severity: Severity::Info,
        start: Some(Time(times.start)),
        end: Some(Time(times.end)),
        summary: format!("traffic comes and goes: {what} {count} times in {span}"),
        evidence: vec![format!("{} requests in these times", number::count(requests))],
        checks: vec![
            "whether that is its nature: jobs by the clock, a log that is a sample".into(),
        ],
    }
}

fn of_swing(swing: &Swing, timeline: &Timeline) -> Finding {
    let times = timeline.times(&swing.buckets);
    let span = number::span((times.end - times.start) as f64 / SECOND as f64);
    let (observed, expected) =
        (number::count(swing.observed), number::count(swing.expected.round() as u64));
    let times_normal = swing.observed as f64 / swing.expected;
    let (cause, severity, summary, check) = match swing.kind {
        SwingKind::Gap => (
            "traffic-gap",
            Severity::Warning,
            format!("no request for {span}"),
            "whether the service, the way to it or the logging stopped: compare with the logs of \
             the load balancer in front and of the log shipper",
        ),
        SwingKind::Drop => (
            "traffic-drop",
            Severity::Warning,
            format!(
                "{} fewer requests than normal for {span}",
                number::percent(1.0 - times_normal)
            ),
            "whether requests fail before they get here: DNS, certificates, the load balancer, a \
             client release",
        ),
        SwingKind::Surge => (
            "traffic-surge",
            Severity::Info,
            format!("{times_normal:.1} times as many requests as normal for {span}"),
            "who asks for what: one client or network is a crawler or an attack, all of them are \
             visitors",
        ),
    };
    Finding {
        cause,
        severity,
        start: Some(Time(times.start)),
        end: Some(Time(times.end)),
        summary,
        evidence: vec![format!("{observed} requests where {expected} were to be expected")],
        checks: vec![check.to_owned()],
    }
}
