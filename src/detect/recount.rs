//! What a sample said of the culprits of incidents, counted over all requests: in a second pass over
//! the requests of their windows. Who is to blame stays as it was found; the figures become exact.

use super::culprit::Dimension;
use super::incident::{Blamed, Incident};
use super::rows::value;
use super::signal::Signal;
use super::timeline::Timeline;
use crate::format::TimeMeaning;
use crate::record::Record;
use crate::scan::Again;
use crate::tally::sample::{FIELDS, Field, fields};
use crate::tally::{Request, Rules, route};
use bumpalo::Bump;
use foldhash::quality::RandomState;
use std::collections::HashMap;
use std::ops::Range;

/// Counts of the culprits of some incidents.
#[derive(Clone, Debug)]
pub struct Recount {
    rules: Rules,
    windows: Vec<Window>,
}

/// An incident and what was counted of it.
#[derive(Clone, Debug)]
struct Window {
    /// Its place among the incidents.
    incident: usize,
    /// When its requests began, microseconds.
    times: Range<i64>,
    signal: Signal,
    /// What the signal is a share of.
    all: Counts,
    culprits: Vec<Pattern>,
}

/// A culprit.
#[derive(Clone, Debug)]
struct Pattern {
    parts: Vec<Part>,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    bad: u64,
    all: u64,
}

/// A value of a dimension, or that there is none.
#[derive(Clone, Debug)]
struct Part {
    dimension: Dimension,
    value: Option<Vec<u8>>,
    /// Which texts have that value, where it is costly to find out.
    known: HashMap<Box<[u8]>, bool, RandomState>,
}

/// Texts remembered at most.
const MOST_KNOWN: usize = 4096;

impl Recount {
    /// Of requests that are counted by these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules, windows: Vec::new() }
    }

    /// When the requests of an incident began, microseconds. The timeline is the fine one that it was
    /// found in. `None` for an incident without anything to count.
    pub fn times(incident: &Incident, fine: &Timeline) -> Option<Range<i64>> {
        let is_open = !incident.is_exact && !incident.culprits.is_empty();
        is_open.then(|| fine.reach(&incident.times))
    }

    /// Adds the incident at this place, whose requests began at these times.
    pub fn add(&mut self, place: usize, incident: &Incident, times: Range<i64>) {
        let part = |(dimension, value): &(Dimension, Option<Vec<u8>>)| Part {
            dimension: *dimension,
            value: value.clone(),
            known: HashMap::default(),
        };
        let pattern = |blamed: &Blamed| Pattern {
            parts: blamed.pattern.iter().map(part).collect(),
            counts: Counts::default(),
        };
        self.windows.push(Window {
            incident: place,
            times,
            signal: incident.deviations[0].signal,
            all: Counts::default(),
            culprits: incident.culprits.iter().map(pattern).collect(),
        });
    }

    /// Tells the incidents what was counted. One whose requests were not all seen again, or more than
    /// those, stays as it is: its file has changed.
    pub fn tell(&self, incidents: &mut [Incident]) {
        for window in &self.windows {
            let incident = &mut incidents[window.incident];
            let main = &incident.deviations[0];
            if window.all == (Counts { bad: main.bad, all: main.all }) {
                let excess = main.excess();
                let mut left = window.all;
                for (blamed, culprit) in incident.culprits.iter_mut().zip(&window.culprits) {
                    left.bad -= culprit.counts.bad;
                    left.all -= culprit.counts.all;
                    blamed.tell(culprit.counts, window.all, left, excess);
                }
                incident.is_exact = true;
            }
        }
    }
}

impl Again for Recount {
    fn count<'a>(&mut self, batch: &[Record<'a>], arena: &'a Bump, time: TimeMeaning) {
        for record in batch {
            let Some(began) = self.rules.began(record, time) else { continue };
            let mut windows =
                self.windows.iter_mut().filter(|window| window.times.contains(&began)).peekable();
            if windows.peek().is_none() {
                continue;
            }
            let request = Request::of(record, &self.rules);
            let route = record.target.map(|target| route::route(target, arena));
            let fields = fields(record, route);
            for window in windows {
                if let Some(bad) = window.signal.judge_request(&request, self.rules.slow) {
                    window.count(bad, &fields, arena);
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.windows.iter_mut().zip(&other.windows) {
            mine.all.add(theirs.all);
            for (mine, theirs) in mine.culprits.iter_mut().zip(&theirs.culprits) {
                mine.counts.add(theirs.counts);
            }
        }
    }
}

impl Window {
    /// Counts a request. One that several culprits hold is of the first, as it was when they were
    /// found.
    fn count<'a>(&mut self, bad: bool, fields: &[Option<&'a [u8]>; FIELDS], arena: &'a Bump) {
        self.all.one(bad);
        for culprit in &mut self.culprits {
            if culprit.parts.iter_mut().all(|part| part.holds(fields, arena)) {
                return culprit.counts.one(bad);
            }
        }
    }
}

impl Part {
    fn holds<'a>(&mut self, fields: &[Option<&'a [u8]>; FIELDS], arena: &'a Bump) -> bool {
        let holds = |part: &Self| value(part.dimension, fields, arena) == part.value.as_deref();
        let text = match self.dimension {
            Dimension::UserAgent => fields[Field::UserAgent as usize],
            Dimension::ClientNetwork => fields[Field::Client as usize],
            Dimension::RefererHost => fields[Field::Referer as usize],
            _ => None,
        };
        let Some(text) = text else { return holds(self) };
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let holds = holds(self);
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(text.into(), holds);
        holds
    }
}

impl Counts {
    fn one(&mut self, bad: bool) {
        self.bad += u64::from(bad);
        self.all += 1;
    }

    fn add(&mut self, other: Self) {
        self.bad += other.bad;
        self.all += other.all;
    }

    fn rate(self) -> f64 {
        self.bad as f64 / self.all as f64
    }
}

impl Blamed {
    /// Takes exact counts: its own, those of the window, and those that no culprit up to this one
    /// holds. `excess` is that of the window.
    fn tell(&mut self, own: Counts, all: Counts, left: Counts, excess: f64) {
        self.errors = own.bad;
        self.requests = own.all;
        self.error_share = own.bad as f64 / all.bad.max(1) as f64;
        self.traffic_share = own.all as f64 / all.all.max(1) as f64;
        let over = own.bad as f64 - self.expected * own.all as f64;
        if excess > 0.0 {
            self.excess_share = (over / excess).clamp(0.0, 1.0);
        }
        self.lift = Some(own.rate() / left.rate()).filter(|ratio| ratio.is_finite());
    }
}
