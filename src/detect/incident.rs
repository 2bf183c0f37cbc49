//! Episodes of several signals to incidents: what happened together is told together.

use super::candidate::{Candidate, Ground, candidates, found};
use super::cliff::{self, Cliff};
use super::culprit::{Culprit, Dimension, Part, Row};
use super::rows::{self, Sampled};
use super::signal::{Family, Signal};
use super::{Shape, Timeline};
use crate::tally::Tally;
use crate::tally::loglinear::Compact;
use crate::tally::series::Bucket;
use crate::time::SECOND;
use std::ops::Range;

/// Two windows are one event only when so much of the shorter lies in the longer (`method.md` 3.6).
const OVERLAP: f64 = 0.5;
/// And so much of the longer, unless one is a part of the other.
const LONGER: f64 = 0.2;
/// And when one's culprit holds so much of the other's bad requests.
const SAME_CULPRIT: f64 = 0.5;
/// A code is what an incident is named after when it has so much of the excess.
const NAMED: f64 = 0.8;
/// A code belongs to an incident when it has so much of the excess.
const LISTED: f64 = 0.05;
/// Share of requests from which on an incident of a family that hurts clients is critical.
const CRITICAL: f64 = 0.05;
/// The same of refused and of slow requests.
const CRITICAL_CLIENT: f64 = 0.5;
/// Fewer bad requests are never critical.
const FEW: u64 = 30;
/// A scanner asks for so much of what is refused besides, at least, that is known as a scanner's.
const SCANNER_SHARE: f64 = 1.0 / 3.0;

/// A period in which a rate was not what it is otherwise. Times in microseconds.
#[derive(Clone, Debug)]
pub struct Incident {
    /// How much it matters.
    pub severity: Severity,
    /// When it was.
    pub times: Range<i64>,
    /// Start of its worst part.
    pub peak: i64,
    /// It lasts to the end of the log.
    pub ongoing: bool,
    /// How it began and ended.
    pub shape: Shape,
    /// Mean distance of the spikes of a periodic one, in seconds.
    pub period: Option<f64>,
    /// What deviated, the main signal first.
    pub deviations: Vec<Deviation>,
    /// Codes that there were too many of, most first.
    pub codes: Vec<u16>,
    /// Width of the buckets that it was found in, seconds.
    pub bucket_seconds: u64,
    /// What the bad requests of the main signal have in common.
    pub culprits: Vec<Blamed>,
    /// Dimensions that they are spread over.
    pub spread_over: Vec<Dimension>,
    /// Latency outside and inside, where measured.
    pub shift: Option<[Compact<4>; 2]>,
    /// A duration at which many of its bad requests ended, and their outcome.
    pub cliff: Option<(u16, Cliff)>,
    /// Whether the culprits were counted over all requests; else over a sample.
    pub is_exact: bool,
}

impl Incident {
    /// Whether nothing but health checks failed.
    pub fn is_of_health_checks(&self) -> bool {
        self.deviations.iter().all(|of| of.signal == Signal::HealthChecks)
    }
}

/// How much an incident matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nobody needs to get up for it.
    Info,
    /// Clients noticed it.
    Warning,
    /// Much failed.
    Critical,
}

/// One signal in an incident.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// Which.
    pub signal: Signal,
    /// When it deviated, microseconds.
    pub times: Range<i64>,
    /// The parts of that which count: each spike of a periodic one, else all of it.
    pub parts: Vec<Range<i64>>,
    /// Bad requests.
    pub bad: u64,
    /// Of how many.
    pub all: u64,
    /// Bad requests that were to be expected.
    pub expected: f64,
    /// How likely that is by chance.
    pub p_value: f64,
    /// Logarithm of the likelihood ratio to chance.
    pub(super) score: f64,
}

impl Deviation {
    /// Bad requests that were too many.
    pub fn excess(&self) -> f64 {
        (self.bad as f64 - self.expected).max(0.0)
    }

    /// Share of bad requests.
    pub fn observed(&self) -> f64 {
        self.bad as f64 / self.all.max(1) as f64
    }

    /// Microseconds that it lasted.
    fn length(&self) -> f64 {
        self.parts.iter().map(|part| part.end - part.start).sum::<i64>().max(1) as f64
    }

    /// Share of bad requests that was to be expected.
    pub fn baseline(&self) -> f64 {
        self.expected / self.all.max(1) as f64
    }
}

/// What bad requests have in common, on its own.
#[derive(Clone, Debug)]
pub struct Blamed {
    /// The values that hold together, the first the most telling.
    pub pattern: Vec<(Dimension, Option<Vec<u8>>)>,
    /// Bad requests of the window.
    pub errors: u64,
    /// Requests of the window.
    pub requests: u64,
    /// Share of those that was to be expected to be bad.
    pub(super) expected: f64,
    /// Share of the bad requests.
    pub error_share: f64,
    /// Share of the requests.
    pub traffic_share: f64,
    /// Share of the bad requests that were too many.
    pub excess_share: f64,
    /// How much likelier its requests went wrong than the others; `None` when none of those did.
    pub lift: Option<f64>,
    /// Whether it explains most of it.
    pub is_named: bool,
}

/// Incidents of a log, in the order of time. `slow` is the latency target in microseconds; the
/// timelines are those of [`Timeline::pair`], and `sampled` is the tally's sample.
pub fn incidents(
    tally: &Tally,
    (wide, fine): (&Timeline, &Timeline),
    slow: u64,
    sampled: &Sampled<'_>,
) -> Vec<Incident> {
    let found = found(wide);
    if found.iter().all(|(_, episodes)| episodes.is_empty()) {
        return Vec::new();
    }
    let (entries, facets) = (sampled.entries(), &sampled.facets);
    let ground = Ground { wide, fine, entries, facets, slow };
    let candidates = candidates(&found, ground);
    let mut incidents: Vec<Incident> =
        together(candidates).into_iter().map(|event| incident(event, tally, wide, fine)).collect();
    incidents.sort_by(|a, b| {
        (a.times.start, a.times.end)
            .cmp(&(b.times.start, b.times.end))
            .then_with(|| a.deviations[0].signal.cmp(&b.deviations[0].signal))
    });
    incidents
}

/// Groups of candidates that are one event each, the main one first.
fn together(mut candidates: Vec<Candidate<'_>>) -> Vec<Vec<Candidate<'_>>> {
    // The most telling first: the others join it or stay alone. What sums up others comes after
    // them, so that two codes in one sum stay two.
    candidates.sort_by(|a, b| {
        let sums_up = |c: &Candidate<'_>| {
            matches!(
                c.deviation.signal,
                Signal::ServerError | Signal::ClientError | Signal::Timeouts
            )
        };
        sums_up(a)
            .cmp(&sums_up(b))
            .then_with(|| b.rank().total_cmp(&a.rank()))
            .then_with(|| b.deviation.score.total_cmp(&a.deviation.score))
            .then_with(|| a.deviation.signal.cmp(&b.deviation.signal))
            .then_with(|| a.deviation.times.start.cmp(&b.deviation.times.start))
    });
    let mut events: Vec<Vec<Candidate<'_>>> = Vec::new();
    for candidate in candidates {
        // It is the same as the first, or chains of events would be one; and no signal is in one twice.
        let joins = |event: &&mut Vec<Candidate<'_>>| {
            let signal = candidate.deviation.signal;
            is_same(&event[0], &candidate) && event.iter().all(|of| of.deviation.signal != signal)
        };
        match events.iter_mut().filter(joins).max_by(|a, b| {
            overlap(&a[0].deviation, &candidate.deviation)
                .total_cmp(&overlap(&b[0].deviation, &candidate.deviation))
        }) {
            Some(event) => event.push(candidate),
            None => events.push(vec![candidate]),
        }
    }
    events
}

/// Whether two episodes of different signals are one event.
fn is_same(a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    let (x, y) = (&a.deviation, &b.deviation);
    let common = common(&x.parts, &y.parts);
    let (shorter, longer) = (x.length().min(y.length()), x.length().max(y.length()));
    if x.signal == y.signal || common < OVERLAP * shorter {
        return false;
    }
    // A sum and its part.
    let sums_up = |sum: &Deviation, part: &Deviation| match (sum.signal, part.signal) {
        (sum, Signal::Code(code)) => sum.is_bad_code(code) && !matches!(sum, Signal::Code(_)),
        (Signal::ServerError, Signal::Timeouts) => true,
        _ => false,
    };
    if sums_up(x, y) || sums_up(y, x) {
        return true;
    }
    // An outage of minutes in hours of something else is an event of its own.
    if common < LONGER * longer {
        return false;
    }
    let holds = |pattern: Option<&[Part<'_>]>, rows: &[Row<'_>]| {
        pattern.map(|pattern| rows::share_of(rows, pattern) >= SAME_CULPRIT)
    };
    match (holds(a.culprit(), &b.rows.rows), holds(b.culprit(), &a.rows.rows)) {
        (None, None) => true,
        (Some(holds), None) | (None, Some(holds)) => holds || overlap(x, y) >= OVERLAP,
        (Some(one), Some(other)) => one || other,
    }
}

/// Whether a time is in one of some ranges.
pub(super) fn is_in(parts: &[Range<i64>], time: i64) -> bool {
    parts.iter().any(|part| part.contains(&time))
}

/// Microseconds that both have.
fn common(a: &[Range<i64>], b: &[Range<i64>]) -> f64 {
    let common = |a: &Range<i64>, b: &Range<i64>| (a.end.min(b.end) - a.start.max(b.start)).max(0);
    a.iter().flat_map(|a| b.iter().map(move |b| common(a, b))).sum::<i64>() as f64
}

/// Intersection by union.
fn overlap(a: &Deviation, b: &Deviation) -> f64 {
    let common = common(&a.parts, &b.parts);
    common / (a.length() + b.length() - common)
}

/// The incident of an event.
fn incident(
    event: Vec<Candidate<'_>>,
    tally: &Tally,
    wide: &Timeline,
    fine: &Timeline,
) -> Incident {
    let mut event = event;
    let main = main_of(&event);
    event[..=main].rotate_right(1);
    // The order of the others is that of what they add.
    event[1..].sort_by(|a, b| {
        b.rank().total_cmp(&a.rank()).then_with(|| a.deviation.signal.cmp(&b.deviation.signal))
    });
    let first = &event[0];
    let times = first.deviation.times.clone();
    let culprits = first.located.culprits.iter().map(blamed).collect();
    Incident {
        severity: severity(&event),
        peak: first.peak,
        ongoing: first.ongoing,
        shape: first.shape,
        period: first.period,
        codes: codes(&event, fine),
        bucket_seconds: wide.width,
        culprits,
        spread_over: first.located.spread_over.clone(),
        shift: shift(tally, &first.deviation.parts),
        cliff: cliff_of(first),
        is_exact: first.is_exact,
        deviations: event.into_iter().map(|candidate| candidate.deviation).collect(),
        times,
    }
}

/// The scanner of an event that is nothing but its doing.
fn scan_of(event: &[Candidate<'_>]) -> Option<usize> {
    let scanner = event.iter().position(|of| of.deviation.signal == Signal::Scanner)?;
    let own = event[scanner].deviation.excess();
    let is_its = |of: &Candidate<'_>| match of.deviation.signal.family() {
        Family::Client => of.deviation.excess() <= own / SCANNER_SHARE,
        Family::Other => true,
        Family::Server | Family::Gone | Family::Slow => false,
    };
    event.iter().all(is_its).then_some(scanner)
}

/// The candidate that an event is named after: the one that matters most, and of a sum its part
/// when that is nearly all of it.
fn main_of(event: &[Candidate<'_>]) -> usize {
    let best = |filter: &dyn Fn(&Candidate<'_>) -> bool| {
        let of = event.iter().enumerate().filter(|(_, candidate)| filter(candidate));
        of.max_by(|a, b| a.1.rank().total_cmp(&b.1.rank()).then(b.0.cmp(&a.0))).map(|(at, _)| at)
    };
    if let Some(scanner) = scan_of(event) {
        return scanner;
    }
    let top = best(&|_| true).unwrap_or(0);
    let (signal, excess) = (event[top].deviation.signal, event[top].deviation.excess());
    if matches!(signal, Signal::Code(_)) {
        return top;
    }
    let part = best(&|candidate| match candidate.deviation.signal {
        Signal::Code(code) => {
            signal.is_bad_code(code) && candidate.deviation.excess() >= NAMED * excess
        }
        _ => false,
    });
    part.unwrap_or(top)
}

fn blamed(culprit: &Culprit<'_>) -> Blamed {
    let own = |(dimension, value): &Part<'_>| (*dimension, value.map(<[u8]>::to_vec));
    Blamed {
        pattern: culprit.pattern.iter().map(own).collect(),
        errors: culprit.errors.round() as u64,
        requests: culprit.requests.round() as u64,
        expected: culprit.expected / culprit.requests,
        error_share: culprit.error_share,
        traffic_share: culprit.traffic_share,
        excess_share: culprit.excess_share,
        lift: culprit.risk_ratio,
        is_named: culprit.is_named,
    }
}

fn severity(event: &[Candidate<'_>]) -> Severity {
    let of = |candidate: &Candidate<'_>| {
        let deviation = &candidate.deviation;
        let limit = match deviation.signal.family() {
            Family::Server | Family::Gone => CRITICAL,
            Family::Slow => CRITICAL_CLIENT,
            Family::Other if deviation.signal == Signal::Scanner => return Severity::Info,
            // A crawler with a list of old links.
            Family::Other if deviation.signal == Signal::Redirects && candidate.rows.is_of_few => {
                return Severity::Info;
            }
            Family::Other => return Severity::Warning,
            // What else a scanner, a client with a list of old links, or a blocked one asks for.
            Family::Client if scan_of(event).is_some() || candidate.is_astray => {
                return Severity::Info;
            }
            Family::Client => CRITICAL_CLIENT,
        };
        match deviation.observed() >= limit && deviation.excess() >= FEW as f64 {
            true => Severity::Critical,
            false => Severity::Warning,
        }
    };
    event.iter().map(of).max().unwrap_or(Severity::Info)
}

/// Error codes of an event that there were too many of, most first.
fn codes(event: &[Candidate<'_>], fine: &Timeline) -> Vec<u16> {
    let parts = &event[0].deviation.parts;
    let mut inside = std::collections::BTreeMap::<u16, (u64, u64)>::new();
    let (mut requests, mut others) = (0, 0);
    for (at, cell) in fine.cells.iter().enumerate() {
        let is_inside = is_in(parts, fine.time(at));
        *(if is_inside { &mut requests } else { &mut others }) += cell.requests;
        for (code, count) in cell.codes() {
            let (own, rest) = inside.entry(*code).or_default();
            *(if is_inside { own } else { rest }) += u64::from(*count);
        }
    }
    // A redirect is no error of anything else.
    let is_error =
        |of: &Candidate<'_>| !matches!(of.deviation.signal, Signal::Redirects | Signal::NotCached);
    let is_bad = |code: u16| {
        let mut of = event.iter().take(1).chain(event[1..].iter().filter(|of| is_error(of)));
        of.any(|of| of.deviation.signal.is_bad_code(code))
    };
    let mut codes: Vec<(f64, u16)> = inside
        .into_iter()
        .filter(|(code, _)| *code >= 100 && is_bad(*code))
        .map(|(code, (own, rest))| {
            let normal = rest as f64 / (others.max(1)) as f64;
            (own as f64 - normal * requests as f64, code)
        })
        .collect();
    codes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let most = codes.first().map_or(0.0, |(excess, _)| *excess);
    codes.retain(|(excess, _)| *excess > 0.0 && *excess >= LISTED * most);
    codes.into_iter().map(|(_, code)| code).collect()
}

/// Latency outside and inside of some times.
fn shift(tally: &Tally, times: &[Range<i64>]) -> Option<[Compact<4>; 2]> {
    let mut latencies = [Compact::default(), Compact::default()];
    let width = tally.series.width() as i64;
    for (start, Bucket { latency, .. }) in tally.series.buckets() {
        // A bucket belongs to what its middle lies in.
        let middle = start * SECOND + width * SECOND / 2;
        latencies[usize::from(is_in(times, middle))].merge(latency);
    }
    latencies.iter().all(|latency| latency.count() > 0).then_some(latencies)
}

/// A duration at which many of the bad requests ended, of the outcome that has most of them there.
fn cliff_of(candidate: &Candidate<'_>) -> Option<(u16, Cliff)> {
    let of = |(outcome, durations): (&u16, &Vec<(u64, f64)>)| {
        let mut rows: Vec<(u64, u64)> = durations.iter().map(|(at, _)| (*at, 1)).collect();
        rows.sort_unstable();
        let cliff = cliff::cliffs(&rows, cliff::FLOOR).into_iter().next()?;
        let weight = durations.iter().map(|(_, weight)| weight).sum::<f64>() / rows.len() as f64;
        let count = (cliff.count as f64 * weight).round() as u64;
        Some((*outcome, Cliff { count, ..cliff }))
    };
    let found = candidate.durations.iter().filter_map(of);
    found.max_by(|a, b| a.1.count.cmp(&b.1.count).then(b.0.cmp(&a.0)))
}
