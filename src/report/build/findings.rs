//! What is wrong without being an incident: targets that are missed all the time, swings of the
//! traffic, and what statuses hide.

mod hidden;
mod refused;
mod routes;
mod timing;
mod traffic;

pub(super) use traffic::{gaps, of_health_checks, of_traffic};

use super::ratio;
use crate::detect::{Incident, Severity as Gravity, Signal, Timeline};
use crate::number;
use crate::ratio::Ratio;
use crate::report::incident::{Finding, OverTarget, Severity};
use crate::report::{Cliff, Route, Targets};
use crate::tally::Tally;
use crate::tally::signals::Cell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A log is cut into so many parts to see whether a target is missed all the time.
const PARTS: usize = 24;
/// In so many of them, at least.
const MOST_OF_THE_TIME: f64 = 0.5;
/// And in so many, to be called always.
const ALWAYS: f64 = 0.9;
/// Fewer bad requests are no habit.
const LEAST: u64 = 20;
/// Routes, and rows over the latency target, that are named as evidence.
const NAMED: usize = 3;

/// What the findings of a whole log are made of.
pub(super) struct Facts<'a> {
    pub(super) tally: &'a Tally,
    /// None when no line has a time.
    pub(super) timeline: Option<&'a Timeline>,
    /// The product that wrote the log.
    pub(super) product: &'a str,
    /// The latency target in microseconds, and whether it is missed for sure.
    pub(super) latency_target: u64,
    pub(super) is_slow: bool,
    /// Durations at which many requests ended.
    pub(super) cliffs: &'a [Cliff],
}

/// What is so all the time and no rate shows, the worst first.
pub(super) fn of_log(facts: &Facts<'_>) -> Vec<Finding> {
    let one_each = [
        hidden::failover(facts),
        hidden::errors(facts),
        hidden::cut_off(facts),
        hidden::cut_off_in_time(facts),
        refused::at_once(facts),
        timing::connect(facts),
        timing::slow_clients(facts),
        routes::existence(facts),
        routes::never_fails(facts),
    ];
    let mut found: Vec<Finding> = one_each.into_iter().flatten().collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

/// A finding of the whole log.
fn finding<const N: usize>(
    cause: &'static str,
    severity: Severity,
    summary: String,
    evidence: Vec<String>,
    checks: [&str; N],
) -> Finding {
    Finding {
        cause,
        severity,
        start: None,
        end: None,
        summary,
        evidence,
        checks: checks.map(str::to_owned).into(),
    }
}

/// The buckets of the parts that a log is cut into.
fn parts(timeline: &Timeline) -> std::slice::Chunks<'_, Cell> {
    timeline.cells.chunks(timeline.cells.len().div_ceil(PARTS).max(1))
}

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
    /// Requests by 4xx code.
    client_errors: BTreeMap<u16, u64>,
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
    let mut breach = Breach {
        bad: 0,
        all: 0,
        missed: 0,
        parts: 0,
        has_incidents: !of.is_empty(),
        client_errors: BTreeMap::new(),
    };
    let length = timeline.cells.len().div_ceil(PARTS);
    for (part, cells) in timeline.cells.chunks(length.max(1)).enumerate() {
        let (mut bad, mut all) = (0, 0);
        for (at, cell) in (part * length..).zip(cells) {
            let times = timeline.times(&(at..at + 1));
            if !of.iter().any(|of| of.start < times.end && times.start < of.end) {
                let (more_bad, more) = goal.counts(cell);
                bad += more_bad;
                all += more;
                for (code, count) in cell.codes().iter().filter(|(code, _)| code / 100 == 4) {
                    *breach.client_errors.entry(*code).or_default() += u64::from(*count);
                }
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

/// The findings that a target is missed all the time, and what is unusual about that.
pub(super) fn chronic(
    goal: &Goal,
    timeline: &Timeline,
    incidents: &[Incident],
    routes: &[Route],
    over_target: &[OverTarget],
) -> Vec<Finding> {
    let Some(breach) = breach(goal, timeline, incidents) else { return Vec::new() };
    let mix = match goal.kind {
        Kind::ClientError => refused::mix(&breach.client_errors),
        Kind::ServerError | Kind::Latency(_) => None,
    };
    let missed = missed(goal, &breach, routes, over_target);
    std::iter::once(missed).chain(mix).collect()
}

/// The finding that a target is missed all the time.
fn missed(goal: &Goal, breach: &Breach, routes: &[Route], over_target: &[OverTarget]) -> Finding {
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
    finding(cause, Severity::Warning, summary, evidence, [checks])
}
