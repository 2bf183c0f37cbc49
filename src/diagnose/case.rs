//! An incident and the requests that tell of it.

mod request;
mod words;

pub use request::Request;

use super::{Log, Need};
use crate::detect::culprit::Dimension;
use crate::detect::{Blamed, Entry, Incident, Near, Sequences, near, sequences};
use crate::time::SECOND;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

/// An incident, as rules look at it.
pub struct Case<'a> {
    /// The log that it is in.
    pub log: &'a Log<'a>,
    /// What happened.
    pub incident: &'a Incident,
    /// Its requests, bad and good ones.
    pub inside: Vec<Request<'a, 'a>>,
    /// Requests of a time without such an incident, near it.
    pub outside: Vec<Request<'a, 'a>>,
    /// What a bad request of the baseline counts, that the excess is found by.
    discount: f64,
    sequences: OnceCell<Sequences>,
}

/// A share of the requests that were too many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// From 0 to 1.
    pub ratio: f64,
    /// Requests of the sample that it is known of.
    pub rows: usize,
}

/// The value of a dimension that most of the requests have that were too many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Top<'a> {
    /// Which.
    pub value: &'a [u8],
    /// Its share of the bad requests that were too many.
    pub share: f64,
    /// Its share of all requests of the window.
    pub traffic: f64,
    /// Its share of the requests outside; that of the window where nothing is known of outside.
    pub usual: f64,
}

impl<'a> Case<'a> {
    /// The requests of an incident. `all` are all incidents of the log.
    pub(super) fn of(log: &'a Log<'a>, incident: &'a Incident, all: &[Incident]) -> Self {
        let main = &incident.deviations[0];
        let of_signal = |other: &&Incident| {
            other.deviations.iter().any(|deviation| deviation.signal == main.signal)
        };
        let windows: Vec<Range<i64>> =
            all.iter().filter(of_signal).map(|other| other.times.clone()).collect();
        let Near { inside, outside } = near(log.sampled.entries(), log.slow, main, &windows);
        let request = |(entry, bad): (&'a Entry<'a>, bool)| Request {
            entry,
            values: log.sampled.values(entry),
            bad,
        };
        let mut case = Self {
            log,
            incident,
            inside: inside.into_iter().map(request).collect(),
            outside: outside.into_iter().map(request).collect(),
            discount: 0.0,
            sequences: OnceCell::new(),
        };
        let usual: f64 = case.outside.iter().filter(|of| of.bad).map(Request::weight).sum();
        if usual > 0.0 {
            case.discount = main.expected / usual;
        }
        case
    }

    /// Sums a number of the bad requests of the window, without those that were to be expected.
    fn excess<T>(
        &self,
        number: impl Fn(&Request<'a, 'a>) -> Option<T>,
        mut add: impl FnMut(T, f64),
    ) {
        for (requests, factor) in [(&self.inside, 1.0), (&self.outside, -self.discount)] {
            for request in requests.iter().filter(|request| request.bad) {
                if let Some(number) = number(request) {
                    add(number, factor * request.weight());
                }
            }
        }
    }

    /// Bad requests of the sample.
    pub fn bad(&self) -> impl Iterator<Item = &Request<'a, 'a>> {
        self.inside.iter().filter(|request| request.bad)
    }

    /// Good requests of the window.
    pub fn good(&self) -> impl Iterator<Item = &Request<'a, 'a>> {
        self.inside.iter().filter(|request| !request.bad)
    }

    /// Share of the requests that were too many of which something holds; those of which it is not
    /// known do not count. `None` when it is known of none.
    pub fn share(&self, holds: impl Fn(&Request<'a, 'a>) -> Option<bool>) -> Option<Share> {
        let mut sums = [0.0, 0.0];
        self.excess(&holds, |holds, weight| sums[usize::from(holds)] += weight);
        let rows = self.bad().filter(|request| holds(request).is_some()).count();
        let [no, yes] = sums.map(|sum: f64| sum.max(0.0));
        (rows > 0 && yes + no > 0.0).then(|| Share { ratio: yes / (yes + no), rows })
    }

    /// Share of the requests that were too many that have one of these codes.
    pub fn codes(&self, codes: &[u16]) -> f64 {
        let share = self.share(|request| Some(codes.contains(&request.outcome())));
        share.map_or(0.0, |share| share.ratio)
    }

    /// Whether most of the requests that were too many have one of these codes.
    pub fn is_mostly(&self, codes: &[u16]) -> bool {
        self.is_seen(|request| codes.contains(&request.outcome()))
    }

    /// Whether something holds of most of the requests that were too many.
    pub fn is_seen(&self, holds: impl Fn(&Request<'a, 'a>) -> bool) -> bool {
        self.share(|request| Some(holds(request))).is_some_and(|share| share.ratio >= 0.5)
    }

    /// The value of a dimension that most of the requests have that were too many. `None` when none
    /// has one.
    pub fn top(&self, dimension: Dimension) -> Option<Top<'a>> {
        let mut sums: BTreeMap<Option<&[u8]>, f64> = BTreeMap::new();
        self.excess(
            |request| Some(request.value(dimension)),
            |value, weight| *sums.entry(value).or_default() += weight,
        );
        let all: f64 = sums.values().map(|sum| sum.max(0.0)).sum();
        let known = sums.into_iter().filter_map(|(value, sum)| Some((value?, sum)));
        let (value, sum) = known.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let share = |requests: &[Request<'a, 'a>]| {
            let sum = |own: bool| -> f64 {
                let of = requests.iter().filter(|of| !own || of.value(dimension) == Some(value));
                of.map(Request::weight).sum()
            };
            Some(sum(true) / sum(false)).filter(|share| share.is_finite())
        };
        let traffic = share(&self.inside).unwrap_or(0.0);
        let usual = share(&self.outside).unwrap_or(traffic);
        let top = || Top { value, share: (sum / all).min(1.0), traffic, usual };
        (sum > 0.0 && all > 0.0).then(top)
    }

    /// Over how many values of a dimension the bad requests of the sample are spread: as many of
    /// equal weight would be as likely to agree (Simpson 1949, the unbiased form). Infinite when no two
    /// agree. `None` when fewer than eight have a value.
    pub fn spread(&self, dimension: Dimension) -> Option<f64> {
        spread(self.bad().filter_map(|request| request.value(dimension)))
    }

    /// The same of all requests near the incident.
    pub fn usual_spread(&self, dimension: Dimension) -> Option<f64> {
        spread(self.outside.iter().filter_map(|request| request.value(dimension)))
    }

    /// A quantile of how long the bad requests took, seconds.
    pub fn took(&self, quantile: f64) -> Option<f64> {
        self::quantile(self.bad().filter_map(|of| Some((of.seconds()?, of.weight()))), quantile)
    }

    /// A quantile of how long good requests took, around and in the window, seconds; those of the
    /// routes that the bad requests are of.
    pub fn good_took(&self, quantile: f64) -> Option<[f64; 2]> {
        let routes: std::collections::BTreeSet<_> = self.bad().map(Request::route).collect();
        let of = |requests: &[Request<'a, 'a>]| {
            let good = requests.iter().filter(|of| !is_failure(of.outcome()));
            let same = good.filter(|of| routes.contains(&of.route()));
            self::quantile(same.filter_map(|of| Some((of.seconds()?, of.weight()))), quantile)
        };
        Some([of(&self.outside)?, of(&self.inside)?])
    }

    /// How much more traffic there was in the window than in as long a time before and after it;
    /// `None` when there is no such time.
    pub fn traffic(&self) -> Option<f64> {
        let line = self.log.wide;
        let length = self.incident.times.end - self.incident.times.start;
        let rate = |times: Range<i64>| {
            let place = |time: i64| {
                let at = (time - line.start * SECOND) / (line.width as i64 * SECOND);
                (at.max(0) as usize).min(line.cells.len())
            };
            let cells = &line.cells[place(times.start)..place(times.end).max(place(times.start))];
            let sum: u64 = cells.iter().map(|cell| cell.requests).sum();
            (cells.len() >= 2).then(|| sum as f64 / cells.len() as f64)
        };
        let Range { start, end } = self.incident.times;
        let reach = length.max(300 * SECOND);
        let around: Vec<f64> =
            [rate(start - reach..start), rate(end..end + reach)].into_iter().flatten().collect();
        let usual = around.iter().sum::<f64>() / around.len() as f64;
        let inside = rate(start..end.max(start + 2 * line.width as i64 * SECOND))?;
        (usual > 0.0).then(|| inside / usual)
    }

    /// How long it lasted, seconds.
    pub fn seconds(&self) -> f64 {
        (self.incident.times.end - self.incident.times.start) as f64 / SECOND as f64
    }

    /// Share of the requests that were bad: of those of the first culprit when it explains most of
    /// it, else of all.
    pub fn totality(&self) -> f64 {
        match self.culprit() {
            Some(blamed) => blamed.errors as f64 / blamed.requests.max(1) as f64,
            None => self.incident.deviations[0].observed(),
        }
    }

    /// The first culprit when it explains most of the incident.
    pub fn culprit(&self) -> Option<&'a Blamed> {
        self.incident.culprits.first().filter(|blamed| blamed.is_named)
    }

    /// What is to blame of a dimension, if the first culprit names it.
    pub fn named(&self, dimension: Dimension) -> Option<&'a [u8]> {
        let (_, value) = self.culprit()?.pattern.iter().find(|(of, _)| *of == dimension)?;
        value.as_deref()
    }

    /// What is to blame of a dimension, or else what half of it and more has in common.
    pub fn leading(&self, dimension: Dimension) -> Option<&'a [u8]> {
        let top = || self.top(dimension).filter(|top| top.share >= 0.5).map(|top| top.value);
        self.named(dimension).or_else(top)
    }

    /// The duration at which many of the bad requests ended, seconds.
    pub fn cliff(&self) -> Option<f64> {
        let (_, cliff) = self.incident.cliff.as_ref()?;
        Some(cliff.at as f64 / SECOND as f64)
    }

    /// Whether the log has a field.
    pub fn has(&self, need: Need) -> bool {
        self.log.has(need)
    }

    /// What clients did one after another while it lasted.
    pub fn sequences(&self) -> &Sequences {
        let parts = &self.incident.deviations[0].parts;
        self.sequences.get_or_init(|| sequences(self.log.tally, parts))
    }

    /// The requests that were too many, as sums by a value that each has, the largest first.
    pub fn excess_by<K: Ord>(&self, key: impl Fn(&Request<'a, 'a>) -> K) -> Vec<(K, f64)> {
        let mut sums: BTreeMap<K, f64> = BTreeMap::new();
        self.excess(
            |request| Some(key(request)),
            |key, weight| *sums.entry(key).or_default() += weight,
        );
        let mut sums: Vec<_> = sums.into_iter().filter(|(_, sum)| *sum > 0.0).collect();
        sums.sort_by(|a, b| b.1.total_cmp(&a.1));
        sums
    }
}

/// Whether an outcome is no good answer.
pub(super) fn is_failure(outcome: u16) -> bool {
    !(200..400).contains(&outcome)
}

/// Over how many values these are spread, see [`Case::spread`].
pub(super) fn spread<'v>(values: impl Iterator<Item = &'v [u8]>) -> Option<f64> {
    let mut counts: BTreeMap<&[u8], f64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1.0;
    }
    let all: f64 = counts.values().sum();
    let pairs: f64 = counts.values().map(|count| count * (count - 1.0)).sum();
    (all >= 8.0).then(|| all * (all - 1.0) / pairs)
}

/// A quantile of weighted numbers, by nearest rank.
fn quantile(numbers: impl Iterator<Item = (f64, f64)>, quantile: f64) -> Option<f64> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rank = quantile * numbers.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut seen = 0.0;
    let found = numbers.iter().find(|(_, weight)| {
        seen += weight;
        seen >= rank
    });
    found.or(numbers.last()).map(|(number, _)| *number)
}
