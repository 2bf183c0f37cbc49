//! Episodes of several signals to incidents: what happened together is told together.

use super::baseline::weighted_median;
use super::cliff::{self, Cliff};
use super::culprit::{Culprit, Dimension, Located, Part, Row, locate};
use super::negative_binomial::NegativeBinomial;
use super::rows::{self, Entry};
use super::signal::{Family, Signal};
use super::{Episode, Shape, Timeline, episodes, refine};
use crate::tally::Tally;
use crate::tally::loglinear::Compact;
use crate::tally::series::Bucket;
use crate::tally::signals::Cell;
use crate::time::SECOND;
use bumpalo::Bump;
use std::ops::Range;

/// Two windows are one event only when so much of the shorter lies in the longer (`method.md` 3.6).
const OVERLAP: f64 = 0.5;
/// And when one's culprit holds so much of the other's bad requests.
const SAME_CULPRIT: f64 = 0.5;
/// A code is what an incident is named after when it has so much of the excess.
const NAMED: f64 = 0.8;
/// A code belongs to an incident when it has so much of the excess.
const LISTED: f64 = 0.05;
/// Logarithm of the likelihood ratio from which on missing 304 are no chance.
const NO_CHANCE: f64 = 14.0;
/// Share of requests from which on an incident of a family that hurts clients is critical.
const CRITICAL: f64 = 0.05;
/// The same of refused and of slow requests.
const CRITICAL_CLIENT: f64 = 0.5;
/// Fewer bad requests are never critical.
const FEW: u64 = 30;
/// What clients get that ask for what is not there or not theirs.
const REFUSED: [u16; 4] = [403, 404, 405, 410];
/// Client networks, if all had the same part, that are a few.
const FEW_NETWORKS: f64 = 4.0;
/// Routes, if all had the same part, that are no loop.
const MANY_ROUTES: f64 = 4.0;
/// A scanner asks for so much of what is refused besides, at least, that is known as a scanner's.
const SCANNER_SHARE: f64 = 1.0 / 3.0;
/// 304 are lost when so much of what there was is left.
const STILL_CACHED: f64 = 0.5;

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
    /// A duration at which many of its bad requests ended.
    pub cliff: Option<Cliff>,
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
    /// Bad requests.
    pub bad: u64,
    /// Of how many.
    pub all: u64,
    /// Bad requests that were to be expected.
    pub expected: f64,
    /// How likely that is by chance.
    pub p_value: f64,
    /// Logarithm of the likelihood ratio to chance.
    score: f64,
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

/// An episode of a signal with what explains it.
struct Candidate<'a> {
    deviation: Deviation,
    peak: i64,
    ongoing: bool,
    shape: Shape,
    period: Option<f64>,
    located: Located<'a>,
    rows: Vec<Row<'a>>,
    /// How long those of the sample took that were bad, microseconds.
    durations: Vec<u64>,
    is_exact: bool,
    /// Whether the bad requests are those of a few clients that ask for what is not there, or that
    /// somebody blocks.
    is_astray: bool,
}

impl Candidate<'_> {
    /// What the bad requests share, if anything explains most of them.
    fn culprit(&self) -> Option<&[Part<'_>]> {
        let first = self.located.culprits.first().filter(|culprit| culprit.is_named);
        first.map(|culprit| &culprit.pattern[..])
    }

    /// What an incident is named after: how bad its family is, and how much of it there was.
    fn rank(&self) -> f64 {
        let weight = match self.deviation.signal.family() {
            Family::Server => 10.0,
            Family::Gone => 3.0,
            Family::Client => 2.0,
            Family::Slow | Family::Other => 1.0,
        };
        weight * self.deviation.excess()
    }
}

/// Incidents of a log, in the order of time. `slow` is the latency target in microseconds; the
/// timelines are those of [`Timeline::pair`].
pub fn incidents(tally: &Tally, wide: &Timeline, fine: &Timeline, slow: u64) -> Vec<Incident> {
    let found = found(wide);
    if found.iter().all(|(_, episodes)| episodes.is_empty()) {
        return Vec::new();
    }
    let arena = Bump::new();
    let entries = rows::entries(&tally.sample, &arena);
    let mut candidates = Vec::new();
    for (signal, episodes) in &found {
        let exact: Vec<_> =
            episodes.iter().map(|episode| times(*signal, episode, wide, fine)).collect();
        for (episode, times) in episodes.iter().zip(&exact) {
            let found = candidate(*signal, episode, times, &exact, fine, &entries, slow, wide);
            // A crawler that follows old links, or that asks without a validator.
            let is_harmless = matches!(signal, Signal::Redirects | Signal::NotCached);
            if !is_harmless || !is_crawl(&found.rows) {
                candidates.push(found);
            }
        }
    }
    let mut incidents: Vec<Incident> =
        together(candidates).into_iter().map(|event| incident(event, tally, wide, fine)).collect();
    incidents.sort_by(|a, b| {
        (a.times.start, a.times.end)
            .cmp(&(b.times.start, b.times.end))
            .then_with(|| a.deviations[0].signal.cmp(&b.deviations[0].signal))
    });
    incidents
}

/// The episodes of each signal.
fn found(wide: &Timeline) -> Vec<(Signal, Vec<Episode>)> {
    let names = Signal::all(wide);
    let mut counts: Vec<(Vec<u64>, Vec<u64>)> =
        names.iter().map(|name| wide.cells.iter().map(|cell| name.counts(cell)).unzip()).collect();
    let validated = names.iter().position(|name| *name == Signal::NotCached);
    let cache = validated.map(|at| Cache::of(&counts[at].0, &counts[at].1));
    if let (Some(at), Some(cache)) = (validated, &cache) {
        counts[at].0.clone_from(&cache.lost);
    }
    let rates: Vec<_> = names
        .iter()
        .zip(&counts)
        .map(|(name, (bad, all))| super::Rate { bad, all, gates: name.gates() })
        .collect();
    let found = episodes(&rates, wide.width);
    let mut found: Vec<_> =
        names.into_iter().zip(found.into_iter().map(|found| found.episodes)).collect();
    if let (Some(at), Some(cache)) = (validated, cache) {
        found[at].1.retain_mut(|episode| cache.restore(episode));
    }
    found
}

/// Responses without a body that there could have been. A drop in 304 says far more than the rise in
/// 200 which comes with it: from 36 % to none is no chance, from 64 % to all is not much.
struct Cache {
    /// 304 that are missing in each bucket.
    lost: Vec<u64>,
    /// 200 in each bucket.
    sent: Vec<u64>,
    /// Share of 304 that is normal.
    share: f64,
}

impl Cache {
    /// `sent` are the 200 of each bucket, `all` those and the 304.
    fn of(sent: &[u64], all: &[u64]) -> Self {
        let cached = |(sent, all): (&u64, &u64)| (*all - *sent) as f64;
        let shares = sent.iter().zip(all).filter(|(_, all)| **all > 0);
        let mut shares: Vec<(f64, f64)> =
            shares.map(|(sent, all)| (cached((sent, all)) / *all as f64, *all as f64)).collect();
        let share = weighted_median(&mut shares);
        let lost = sent.iter().zip(all).map(|(sent, all)| {
            let missing = share * *all as f64 - cached((sent, all));
            missing.round().max(0.0) as u64
        });
        Self { lost: lost.collect(), sent: sent.to_vec(), share }
    }

    /// Tells an episode of what is missing as one of what was sent. False when too little is missing.
    fn restore(&self, episode: &mut Episode) -> bool {
        episode.bad = self.sent[episode.buckets.clone()].iter().sum();
        episode.expected = (1.0 - self.share) * episode.all as f64;
        let (expected, found) =
            (self.share * episode.all as f64, (episode.all - episode.bad) as f64);
        // What is missing is always above zero: how far it is chance must be asked of the 304.
        let surprise = NegativeBinomial::new(expected, 0.0).divergence(found as u64);
        found < STILL_CACHED * expected && surprise >= NO_CHANCE
    }
}

/// When an episode was, by the finest buckets.
fn times(signal: Signal, episode: &Episode, wide: &Timeline, fine: &Timeline) -> Range<i64> {
    let (bad, all): (Vec<u64>, Vec<u64>) =
        fine.cells.iter().map(|cell| signal.counts(cell)).unzip();
    let factor = (wide.width / fine.width) as usize;
    fine.times(&refine(episode, &bad, &all, factor))
}

/// An episode with its figures over exact times, and what explains it.
#[expect(clippy::too_many_arguments, reason = "each is another thing that is known of the log")]
fn candidate<'a>(
    signal: Signal,
    episode: &Episode,
    times: &Range<i64>,
    all_times: &[Range<i64>],
    fine: &Timeline,
    entries: &[Entry<'a>],
    slow: u64,
    wide: &Timeline,
) -> Candidate<'a> {
    let (count, total) = sum(fine, times, |cell| signal.counts(cell));
    let normal = episode.expected / episode.all.max(1) as f64;
    let rows = rows::rows(entries, signal, slow, times, all_times);
    let dimensions: Vec<_> =
        Dimension::ALL.into_iter().filter(|dimension| *dimension != Dimension::Status).collect();
    let located = locate(&rows, &dimensions);
    let inside = rows::within(entries, times);
    let bad = |entry: &&Entry<'_>| signal.judge(entry.drawn, entry.kind, slow) == Some(true);
    let durations = inside.iter().filter(bad).filter_map(|entry| entry.drawn.latency).collect();
    let (mut bad_ones, mut lost) = (0.0, 0.0);
    for entry in inside.iter().filter(bad) {
        bad_ones += entry.weight;
        lost += if REFUSED.contains(&entry.drawn.outcome) { entry.weight } else { 0.0 };
    }
    let is_exact = inside
        .iter()
        .all(|entry| entry.is_whole || signal.judge(entry.drawn, entry.kind, slow).is_none());
    Candidate {
        deviation: Deviation {
            signal,
            times: times.clone(),
            bad: count,
            all: total,
            expected: normal * total as f64,
            p_value: episode.p_value,
            score: episode.score,
        },
        peak: wide.time(episode.peak.start).max(times.start),
        ongoing: episode.ongoing,
        shape: episode.shape,
        period: period(episode).map(|buckets| buckets * wide.width as f64),
        located,
        durations,
        is_exact,
        is_astray: lost >= NAMED * bad_ones && is_of_few(&rows),
        rows,
    }
}

/// Mean distance of the spikes of a periodic episode, in buckets.
fn period(episode: &Episode) -> Option<f64> {
    let (first, rest) = episode.parts.split_first()?;
    let last = rest.last()?;
    Some((last.start - first.start) as f64 / rest.len() as f64)
}

/// Sums of two counts over the buckets of some times.
fn sum(line: &Timeline, times: &Range<i64>, counts: impl Fn(&Cell) -> (u64, u64)) -> (u64, u64) {
    let cells = line.cells.iter().enumerate().filter(|(at, _)| times.contains(&line.time(*at)));
    cells.map(|(_, cell)| counts(cell)).fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1))
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
        let joins =
            |event: &&mut Vec<Candidate<'_>>| event.iter().any(|of| is_same(of, &candidate));
        match events.iter_mut().filter(joins).max_by(|a, b| {
            overlap(&a[0].deviation.times, &candidate.deviation.times)
                .total_cmp(&overlap(&b[0].deviation.times, &candidate.deviation.times))
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
    let common = common(&x.times, &y.times);
    let shorter = length(&x.times).min(length(&y.times));
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
    let holds = |pattern: Option<&[Part<'_>]>, rows: &[Row<'_>]| {
        pattern.map(|pattern| rows::share_of(rows, pattern) >= SAME_CULPRIT)
    };
    match (holds(a.culprit(), &b.rows), holds(b.culprit(), &a.rows)) {
        (None, None) => true,
        (Some(holds), None) | (None, Some(holds)) => {
            holds || overlap(&x.times, &y.times) >= OVERLAP
        }
        (Some(one), Some(other)) => one || other,
    }
}

fn length(times: &Range<i64>) -> f64 {
    (times.end - times.start).max(1) as f64
}

fn common(a: &Range<i64>, b: &Range<i64>) -> f64 {
    (a.end.min(b.end) - a.start.max(b.start)).max(0) as f64
}

/// Intersection by union.
fn overlap(a: &Range<i64>, b: &Range<i64>) -> f64 {
    let common = common(a, b);
    common / (length(a) + length(b) - common)
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
        shift: shift(tally, &times),
        cliff: cliff_of(first),
        is_exact: first.is_exact,
        deviations: event.into_iter().map(|candidate| candidate.deviation).collect(),
        times,
    }
}

/// Whether the bad rows are of a few client networks, and the traffic as a whole is of many.
fn is_of_few(rows: &[Row<'_>]) -> bool {
    let spread = |bad_only| rows::spread(rows, Dimension::ClientNetwork, bad_only);
    let few = spread(true);
    few < FEW_NETWORKS && spread(false) >= 3.0 * few
}

/// Whether the bad rows are a few clients' way through many routes.
fn is_crawl(rows: &[Row<'_>]) -> bool {
    is_of_few(rows) && rows::spread(rows, Dimension::Route, true) >= MANY_ROUTES
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
    let times = &event[0].deviation.times;
    let mut inside = std::collections::BTreeMap::<u16, (u64, u64)>::new();
    let (mut requests, mut others) = (0, 0);
    for (at, cell) in fine.cells.iter().enumerate() {
        let is_inside = times.contains(&fine.time(at));
        *(if is_inside { &mut requests } else { &mut others }) += cell.requests;
        for (code, count) in cell.codes() {
            let (own, rest) = inside.entry(*code).or_default();
            *(if is_inside { own } else { rest }) += u64::from(*count);
        }
    }
    let is_bad = |code: u16| event.iter().any(|of| of.deviation.signal.is_bad_code(code));
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
fn shift(tally: &Tally, times: &Range<i64>) -> Option<[Compact<4>; 2]> {
    let mut latencies = [Compact::default(), Compact::default()];
    let width = tally.series.width() as i64;
    for (start, Bucket { latency, .. }) in tally.series.buckets() {
        // A bucket belongs to what its middle lies in.
        let middle = start * SECOND + width * SECOND / 2;
        latencies[usize::from(times.contains(&middle))].merge(latency);
    }
    latencies.iter().all(|latency| latency.count() > 0).then_some(latencies)
}

/// A duration at which many of the bad requests of a sample ended; the count is of all of them.
fn cliff_of(candidate: &Candidate<'_>) -> Option<Cliff> {
    let mut durations: Vec<(u64, u64)> = candidate.durations.iter().map(|at| (*at, 1)).collect();
    durations.sort_unstable();
    let cliff = cliff::cliffs(&durations, cliff::FLOOR).into_iter().next()?;
    let timed = candidate.durations.len() as f64;
    let count = cliff.count as f64 / timed * candidate.deviation.bad as f64;
    Some(Cliff { count: count.round() as u64, ..cliff })
}
