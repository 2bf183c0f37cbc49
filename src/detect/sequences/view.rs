//! The trails of some time, by client, and what they leave unknown.

use crate::tally::trails::{Event, Kind, Period, Stratum, Trails};
use crate::time::SECOND;
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

/// One second, in the milliseconds of trails.
pub(super) const SECONDS: i64 = 1000;

/// How far outside the times something may matter: the longest latency that is believed, and the
/// longest delay that is looked at.
const REACH: i64 = 1100 * SECONDS;

/// Trails of some time and around it.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    /// Each with its first and its last millisecond, in order.
    periods: Vec<(RangeInclusive<i64>, &'a Period)>,
    /// The time that is asked for, milliseconds.
    times: Vec<Range<i64>>,
    /// What each client did, in order of time.
    pub(super) clients: BTreeMap<u64, Vec<Step>>,
    /// Whether a stamp is not of a whole second.
    pub(super) is_fine: bool,
}

/// A request of a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) event: Event,
    pub(super) kind: Kind,
    /// Clients that its client stands for.
    pub(super) clients: f64,
    /// Requests that it stands for.
    pub(super) weight: f64,
}

impl<'a> View<'a> {
    /// Of these times, microseconds.
    pub(super) fn new(trails: &'a Trails, times: &[Range<i64>]) -> Self {
        let to_millis = |times: &Range<i64>| times.start.div_euclid(1000)..ceil(times.end);
        let times: Vec<_> = times.iter().map(to_millis).collect();
        let width = trails.width() as i64 * SECONDS;
        let near = |start: i64| {
            let meets = |times: &Range<i64>| {
                start < times.end.saturating_add(REACH)
                    && start + width > times.start.saturating_sub(REACH)
            };
            times.iter().any(meets)
        };
        let periods: Vec<_> = (trails.buckets().into_iter())
            .map(|(start, period)| (start * SECONDS, period))
            .filter(|(start, _)| near(*start))
            .map(|(start, period)| (start..=start + width - 1, period))
            .collect();
        let mut by_client: BTreeMap<u64, Vec<Step>> = BTreeMap::new();
        let kinds = |(_, period): &(_, &'a Period)| {
            let period: &'a Period = period;
            Kind::ALL.into_iter().filter_map(move |kind| period.stratum(kind))
        };
        for stratum in periods.iter().flat_map(kinds) {
            let others = clients_each(stratum);
            for trail in stratum.trails() {
                let weight = others * each(trail.count, trail.events().len());
                let (kind, clients) = (stratum.kind, others);
                let step = |event: &Event| Step { event: *event, kind, clients, weight };
                by_client.entry(trail.client).or_default().extend(trail.events().iter().map(step));
            }
        }
        for steps in by_client.values_mut() {
            steps.sort_by_key(|step| (step.event, step.kind));
        }
        let is_fine = periods.iter().any(|(_, period)| period.is_fine);
        Self { periods, times, clients: by_client, is_fine }
    }

    /// Whether a request is of the time that is asked for.
    pub(super) fn is_asked(&self, event: &Event) -> bool {
        self.is_within(event.began())
    }

    /// Whether a time is, in milliseconds.
    pub(super) fn is_within(&self, time: i64) -> bool {
        self.times.iter().any(|times| times.contains(&time))
    }

    /// By how much the order of two requests may be wrong, milliseconds.
    pub(super) fn slack(&self) -> i64 {
        if self.is_fine { 50 } else { SECONDS }
    }

    /// Whether the view holds all that a client did of a kind in these times, milliseconds.
    pub(super) fn sees(&self, kind: Kind, client: u64, times: RangeInclusive<i64>) -> bool {
        let reach = |period: &RangeInclusive<i64>| {
            period.start() <= times.end() && period.end() >= times.start()
        };
        let mut periods = self.periods.iter().filter(|(period, _)| reach(period));
        periods.all(|(period, strata)| {
            let Some(stratum) = strata.stratum(kind) else { return true };
            match stratum.trail(client) {
                Ok(Some(trail)) if trail.is_cut() && trail.last >= *times.start() => {
                    let until = trail.events().last().map_or(i64::MIN, Event::began);
                    until >= *times.end().min(period.end())
                }
                Ok(_) => true,
                Err(_) => false,
            }
        })
    }
}

/// Clients that each of the sample stands for: `(k - 1) / u` of them have a hash in [0, 1) below the
/// `k`-th smallest, `u` (Cohen and Kaplan, 2007).
fn clients_each(stratum: &Stratum) -> f64 {
    let kept = stratum.trails().len() as f64;
    stratum.limit().map_or(1.0, |limit| (kept - 1.0) / (kept * part(limit))).max(1.0)
}

/// The part of all hashes that are below one.
fn part(limit: u64) -> f64 {
    limit as f64 / 2f64.powi(64)
}

/// Requests that each of those kept stands for.
fn each(count: u32, kept: usize) -> f64 {
    f64::from(count) / kept.max(1) as f64
}

fn ceil(micros: i64) -> i64 {
    micros.div_euclid(SECOND / SECONDS) + i64::from(micros.rem_euclid(SECOND / SECONDS) != 0)
}
