//! Episodes of the signals, each with its figures and with what explains it.

use super::cache::Cache;
use super::culprit::{Dimension, Located, Part, Row, locate};
use super::incident::{Deviation, is_in};
use super::rows::{self, Entry, Facets};
use super::signal::{Family, Signal};
use super::{Episode, Rate, Shape, Timeline, episodes, refine};
use crate::tally::signals::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// What clients get that ask for what is not there or not theirs.
const REFUSED: [u16; 4] = [403, 404, 405, 410];
/// Share of the bad requests that is most of them.
const MOST: f64 = 0.8;
/// Client networks, if all had the same part, that are a few.
const FEW_NETWORKS: f64 = 4.0;
/// Routes, if all had the same part, that are no loop.
const MANY_ROUTES: f64 = 4.0;
/// A sum is explained as its part is when that has so much of it, in so much of its time.
const SAME: f64 = 0.9;

/// An episode of a signal with what explains it.
pub(super) struct Candidate<'a> {
    pub(super) deviation: Deviation,
    pub(super) peak: i64,
    pub(super) ongoing: bool,
    pub(super) shape: Shape,
    pub(super) period: Option<f64>,
    pub(super) located: Rc<Located<'a>>,
    pub(super) rows: Rc<BadRows<'a>>,
    /// How long those took that were bad, by outcome: microseconds, and how many requests.
    pub(super) durations: BTreeMap<u16, Vec<(u64, f64)>>,
    pub(super) is_exact: bool,
    /// Whether the bad requests are those of a few clients that ask for what is not there, or that
    /// somebody blocks.
    pub(super) is_astray: bool,
}

impl Candidate<'_> {
    /// What the bad requests share, if anything explains most of them.
    pub(super) fn culprit(&self) -> Option<&[Part<'_>]> {
        let first = self.located.culprits.first().filter(|culprit| culprit.is_named);
        first.map(|culprit| &culprit.pattern[..])
    }

    /// What an incident is named after: how bad its family is, and how much of it there was.
    pub(super) fn rank(&self) -> f64 {
        let weight = match self.deviation.signal.family() {
            Family::Server => 10.0,
            Family::Gone => 3.0,
            Family::Client => 2.0,
            Family::Slow | Family::Other => 1.0,
        };
        weight * self.deviation.excess()
    }
}

/// The bad rows of an episode.
pub(super) struct BadRows<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// Whether they are of a few client networks, and the traffic as a whole is of many.
    pub(super) is_of_few: bool,
}

/// What is known of a log.
#[derive(Clone, Copy)]
pub(super) struct Ground<'g, 'a> {
    /// In the buckets that episodes are found in.
    pub(super) wide: &'g Timeline,
    /// In the finest that there are.
    pub(super) fine: &'g Timeline,
    /// The sample.
    pub(super) entries: &'g [Entry<'a>],
    /// What its requests are told apart by.
    pub(super) facets: &'g Facets<'a>,
    /// The latency target, microseconds.
    pub(super) slow: u64,
}

/// The episodes of each signal.
pub(super) fn found(wide: &Timeline) -> Vec<(Signal, Vec<Episode>)> {
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
        .map(|(name, (bad, all))| Rate { bad, all, gates: name.gates() })
        .collect();
    let found = episodes(&rates, wide.width);
    let mut found: Vec<_> =
        names.into_iter().zip(found.into_iter().map(|found| found.episodes)).collect();
    if let (Some(at), Some(cache)) = (validated, cache) {
        found[at].1.retain_mut(|episode| cache.restore(episode));
    }
    found
}

/// The candidates of these episodes: those of sums behind those of what they may sum up.
pub(super) fn candidates<'a>(
    found: &[(Signal, Vec<Episode>)],
    ground: Ground<'_, 'a>,
) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    // Parts before what sums them up, which is then explained as they are.
    let is_sum =
        |signal: &Signal| signal.family() != Family::Other && !matches!(signal, Signal::Code(_));
    let (sums, parts): (Vec<_>, Vec<_>) = found.iter().partition(|(signal, _)| is_sum(signal));
    for (signal, episodes) in parts.into_iter().chain(sums) {
        let exact: Vec<_> =
            episodes.iter().map(|episode| times(*signal, episode, ground)).collect();
        for (episode, times) in episodes.iter().zip(&exact) {
            let deviation = deviation(*signal, episode, times, ground);
            let part = candidates.iter().find(|part| is_part(&part.deviation, &deviation));
            let (rows, located) = match part {
                Some(part) => (Rc::clone(&part.rows), Rc::clone(&part.located)),
                None => {
                    let (mut rows, located) = explained(&deviation, &exact, ground);
                    // A crawler that follows old links, or that asks without a validator.
                    let is_harmless = matches!(signal, Signal::Redirects | Signal::NotCached);
                    if is_harmless && is_crawl(&rows) {
                        continue;
                    }
                    let is_of_few = is_of_few(&rows);
                    // Of the others there may be a thousand times as many.
                    rows.retain(|row| row.bad && row.inside);
                    rows.shrink_to_fit();
                    (Rc::new(BadRows { rows, is_of_few }), Rc::new(located))
                }
            };
            candidates.push(candidate(deviation, episode, rows, located, ground));
        }
    }
    candidates
}

/// Whether a deviation is nearly all of another, which sums it up.
fn is_part(part: &Deviation, sum: &Deviation) -> bool {
    let Signal::Code(code) = part.signal else { return false };
    let common = part.times.end.min(sum.times.end) - part.times.start.max(sum.times.start);
    let longer = (part.times.end - part.times.start).max(sum.times.end - sum.times.start);
    sum.signal.is_bad_code(code)
        && part.bad as f64 >= SAME * sum.bad as f64
        && common as f64 >= SAME * longer as f64
}

/// When an episode was, by the finest buckets.
fn times(signal: Signal, episode: &Episode, ground: Ground<'_, '_>) -> Range<i64> {
    let Ground { wide, fine, .. } = ground;
    let (bad, all): (Vec<u64>, Vec<u64>) =
        fine.cells.iter().map(|cell| signal.counts(cell)).unzip();
    let factor = (wide.width / fine.width) as usize;
    fine.times(&refine(episode, &bad, &all, factor))
}

/// The figures of an episode over exact times.
fn deviation(
    signal: Signal,
    episode: &Episode,
    times: &Range<i64>,
    ground: Ground<'_, '_>,
) -> Deviation {
    let Ground { wide, fine, .. } = ground;
    let mut parts: Vec<_> = episode.parts.iter().map(|part| wide.times(part)).collect();
    if parts.is_empty() {
        parts.push(times.clone());
    }
    let (bad, all) = sum(fine, |time| is_in(&parts, time), |cell| signal.counts(cell));
    let others = sum(fine, |time| !times.contains(&time), |cell| signal.counts(cell)).0;
    // What was never seen before is not to be expected, whatever a rate of half a request would be.
    let normal = if others == 0 { 0.0 } else { episode.expected / episode.all.max(1) as f64 };
    Deviation {
        signal,
        times: times.clone(),
        parts,
        bad,
        all,
        expected: normal * all as f64,
        p_value: episode.p_value,
        score: episode.score,
    }
}

/// The sample of the time of a deviation and around, and what explains it. `all` are all times of
/// the signal.
fn explained<'a>(
    deviation: &Deviation,
    all: &[Range<i64>],
    ground: Ground<'_, 'a>,
) -> (Vec<Row<'a>>, Located<'a>) {
    let rows = rows::rows(ground.entries, ground.facets, ground.slow, deviation, all);
    let located = locate(&rows, &Dimension::ALL);
    (rows, located)
}

fn candidate<'a>(
    deviation: Deviation,
    episode: &Episode,
    rows: Rc<BadRows<'a>>,
    located: Rc<Located<'a>>,
    ground: Ground<'_, 'a>,
) -> Candidate<'a> {
    let Ground { wide, entries, slow, .. } = ground;
    let inside = || {
        let entries = rows::within(entries, &deviation.times).iter();
        entries.filter(|entry| is_in(&deviation.parts, entry.drawn.began))
    };
    let judge = |entry: &Entry<'_>| deviation.signal.judge(entry.drawn, entry.kind, slow);
    let bad = || inside().filter(|entry| judge(entry) == Some(true));
    let weight =
        |of: &mut dyn Iterator<Item = &Entry<'_>>| of.map(|entry| entry.weight).sum::<f64>();
    let refused = weight(&mut bad().filter(|entry| REFUSED.contains(&entry.drawn.outcome)));
    Candidate {
        peak: wide.time(episode.peak.start).max(deviation.times.start),
        ongoing: episode.ongoing,
        shape: episode.shape,
        period: period(episode).map(|buckets| buckets * wide.width as f64),
        durations: durations(bad()),
        is_exact: inside().all(|entry| entry.is_whole || judge(entry).is_none()),
        is_astray: refused >= MOST * weight(&mut bad()) && rows.is_of_few,
        deviation,
        located,
        rows,
    }
}

/// Mean distance of the spikes of a periodic episode, in buckets.
fn period(episode: &Episode) -> Option<f64> {
    let (first, rest) = episode.parts.split_first()?;
    let last = rest.last()?;
    Some((last.start - first.start) as f64 / rest.len() as f64)
}

/// How long requests took, by outcome.
fn durations<'e, 'a: 'e>(
    entries: impl Iterator<Item = &'e Entry<'a>>,
) -> BTreeMap<u16, Vec<(u64, f64)>> {
    let mut durations: BTreeMap<u16, Vec<(u64, f64)>> = BTreeMap::new();
    for entry in entries {
        if let Some(latency) = entry.drawn.latency {
            durations.entry(entry.drawn.outcome).or_default().push((latency, entry.weight));
        }
    }
    durations
}

/// Sums of two counts over the buckets that begin at some times.
fn sum(
    line: &Timeline,
    holds: impl Fn(i64) -> bool,
    counts: impl Fn(&Cell) -> (u64, u64),
) -> (u64, u64) {
    let cells = line.cells.iter().enumerate().filter(|(at, _)| holds(line.time(*at)));
    cells.map(|(_, cell)| counts(cell)).fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1))
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
