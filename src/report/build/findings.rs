//! What is wrong without being an incident: targets that are missed all the time, and swings of the
//! traffic.

use super::ratio;
use crate::detect::{Incident, Severity as Gravity, Signal, Swing, SwingKind, Timeline, swings};
use crate::number;
use crate::ratio::Ratio;
use crate::report::incident::{Finding, OverTarget, Severity};
use crate::report::{Route, Targets, Time};
use crate::tally::signals::Cell;
use crate::time::SECOND;
use std::ops::RangeInclusive;

/// A log is cut into so many parts to see whether a target is missed all the time.
const PARTS: usize = 24;
/// In so many of them, at least.
const MOST_OF_THE_TIME: f64 = 0.5;
/// And in so many, to be called always.
const ALWAYS: f64 = 0.9;
/// Fewer bad requests are no habit.
const LEAST: u64 = 20;
/// So many swings of a kind are told one by one.
const MOST_SWINGS: usize = 5;
/// Routes, and rows over the latency target, that are named as evidence.
const NAMED: usize = 3;

/// A target as a share of requests, bucket by bucket.
pub(super) struct Goal {
    kind: Kind,
    pub(super) target: Ratio,
}

impl Goal {
    /// In the order of the report's targets.
    pub(super) fn of(targets: &Targets) -> [Self; 3] {
        let may_be_slow = Ratio::FIVE_PERCENT;
        [
            Self { kind: Kind::ClientError, target: targets.client_error },
            Self { kind: Kind::ServerError, target: targets.server_error },
            Self { kind: Kind::Latency(targets.latency_p95), target: may_be_slow },
        ]
    }

    /// Bad requests of a bucket, and of how many.
    pub(super) fn counts(&self, cell: &Cell) -> (u64, u64) {
        let class = |class: RangeInclusive<u16>| {
            let codes = cell.codes().iter().filter(|(code, _)| class.contains(code));
            codes.map(|(_, count)| u64::from(*count)).sum()
        };
        match self.kind {
            Kind::ClientError => (class(400..=499), cell.requests),
            Kind::ServerError => (class(500..=599), cell.requests),
            Kind::Latency(_) => (cell.slow, cell.timed),
        }
    }
}

/// What a target is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ServerError,
    ClientError,
    /// Share of requests that take this many microseconds or longer.
    Latency(u64),
}

impl Kind {
    /// Whether an incident with this deviation is one of its own.
    fn is_of(self, signal: Signal) -> bool {
        match (self, signal) {
            (Self::Latency(_), signal) => signal == Signal::Slow,
            (_, Signal::Slow) => false,
            (Self::ServerError, signal) => (500..600).any(|code| signal.is_bad_code(code)),
            (Self::ClientError, signal) => (400..500).any(|code| signal.is_bad_code(code)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ServerError => "5xx",
            Self::ClientError => "4xx",
            Self::Latency(_) => "slow",
        }
    }
}

/// What a target is missed by outside of incidents.
struct Breach {
    bad: u64,
    all: u64,
    missed: usize,
    parts: usize,
    has_incidents: bool,
}

/// Whether a target is missed most of the time outside of incidents.
fn breach(goal: &Goal, timeline: &Timeline, incidents: &[Incident]) -> Option<Breach> {
    let of: Vec<_> = incidents
        .iter()
        .filter(|incident| incident.severity > Gravity::Info)
        .flat_map(|incident| &incident.deviations)
        .filter(|deviation| goal.kind.is_of(deviation.signal))
        .map(|deviation| &deviation.times)
        .collect();
    let mut breach = Breach { bad: 0, all: 0, missed: 0, parts: 0, has_incidents: !of.is_empty() };
    let length = timeline.cells.len().div_ceil(PARTS);
    for (part, cells) in timeline.cells.chunks(length.max(1)).enumerate() {
        let (mut bad, mut all) = (0, 0);
        for (at, cell) in (part * length..).zip(cells) {
            let times = timeline.times(&(at..at + 1));
            if !of.iter().any(|of| of.start < times.end && times.start < of.end) {
                let (more_bad, more) = goal.counts(cell);
                bad += more_bad;
                all += more;
            }
        }
        breach.bad += bad;
        breach.all += all;
        breach.parts += usize::from(all > 0);
        breach.missed += usize::from(goal.target.is_exceeded(bad, all));
    }
    let is_habit = breach.missed as f64 >= MOST_OF_THE_TIME * breach.parts as f64;
    (breach.bad >= LEAST && is_habit && goal.target.is_exceeded(breach.bad, breach.all))
        .then_some(breach)
}

/// The finding that a target is missed all the time.
pub(super) fn chronic(
    goal: &Goal,
    timeline: &Timeline,
    incidents: &[Incident],
    routes: &[Route],
    over_target: &[OverTarget],
) -> Option<Finding> {
    let breach = breach(goal, timeline, incidents)?;
    let limit = goal.target.as_f64();
    let share = number::percent_against(ratio(breach.bad, breach.all), limit);
    let is_always = breach.missed as f64 >= ALWAYS * breach.parts as f64;
    let when = match (breach.has_incidents, is_always) {
        (true, _) => "also outside of incidents",
        (false, true) => "all the time",
        (false, false) => "most of the time",
    };
    let counted =
        format!("{} of {} requests", number::count(breach.bad), number::count(breach.all));
    let parts =
        format!("over the target in {} of {} equal parts of the log", breach.missed, breach.parts);
    let mut evidence = vec![counted, parts];
    let limit = number::percent_limit(limit);
    let (cause, summary, checks) = match goal.kind {
        Kind::Latency(target) => {
            let target = number::duration(target as f64 / 1e6);
            evidence.extend(over_target.iter().take(NAMED).map(|over| {
                format!(
                    "{} {}: p95 {}, {} of the slow requests",
                    over.dimension,
                    over.value.visible(),
                    number::duration(over.p95),
                    number::percent(over.slow_share)
                )
            }));
            (
                "latency-target-breach",
                format!("{share} of requests take {target} or longer {when}; {limit} may"),
                "look at the routes and upstreams over the target first: their share of the slow \
                 requests is what fixing each would bring",
            )
        }
        kind => {
            let count = |route: &Route| match kind {
                Kind::ServerError => route.server_error,
                _ => route.client_error,
            };
            let mut worst: Vec<_> = routes.iter().filter(|route| count(route) > 0).collect();
            worst.sort_by_key(|route| std::cmp::Reverse(count(route)));
            evidence.extend(worst.iter().take(NAMED).map(|route| {
                format!(
                    "{}: {} {} of {} requests",
                    route.route.visible(),
                    number::count(count(route)),
                    kind.name(),
                    number::count(route.requests)
                )
            }));
            let check = match kind {
                Kind::ServerError if !is_always => {
                    "see the chart: what changed when it began and ended"
                }
                Kind::ServerError => {
                    "it is no spike: look for what always fails (a route, a release, a limit), not \
                     for what changed"
                }
                _ => {
                    "see which routes and clients: broken links, crawlers and outdated clients \
                      are told apart by them"
                }
            };
            let name = kind.name();
            let summary =
                format!("{name} are {share} of requests {when}; the target is below {limit}");
            ("chronic-breach", summary, check)
        }
    };
    Some(Finding {
        cause,
        severity: Severity::Warning,
        start: None,
        end: None,
        summary,
        evidence,
        checks: vec![checks.to_owned()],
    })
}

/// Health checks that failed, while the other requests did not.
pub(super) fn of_health_checks(found: &Incident) -> Finding {
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
pub(super) fn of_traffic(timeline: &Timeline) -> Vec<Finding> {
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
pub(super) fn gaps(findings: &[Finding]) -> Option<String> {
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
