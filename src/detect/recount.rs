//! What a sample said of the culprits of incidents, counted over all requests: in a second pass over
//! the requests of their windows. Who is to blame stays as it was found; the figures become exact.

use super::culprit::{Dimension, LISTED, NAMED, RISK};
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
    /// found in. `None` for an incident without anything to count, for one of many spikes, or where a
    /// request alone does not tell whether it is bad: a 200 is, where there could have been a 304.
    pub fn times(incident: &Incident, fine: &Timeline) -> Option<Range<i64>> {
        let is_told = incident.deviations[0].signal != Signal::NotCached;
        let is_whole = incident.deviations[0].parts.len() == 1;
        let is_open = is_told && is_whole && !incident.is_exact && !incident.culprits.is_empty();
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
                // A sample may accuse what all requests acquit.
                incident.culprits.retain(Blamed::is_a_culprit);
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
    /// Whether exact counts leave it a culprit.
    fn is_a_culprit(&self) -> bool {
        self.excess_share >= LISTED && self.lift.is_none_or(|lift| lift >= RISK)
    }

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
        self.is_named = self.excess_share >= NAMED;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Sampled, incidents};
    use super::*;
    use crate::record::{Absence, NoStatus, Status};
    use crate::tally::{Tally, routes};
    use crate::time::SECOND;

    const AGENTS: [&str; 3] = ["acme/1.0", "acme/2.0 (linux)", "curl/8.5.0"];
    const CLIENTS: [&str; 3] = ["192.0.2.1", "192.0.2.77", "198.51.100.1"];

    /// Requests of every sort: two hours, of which `/pay` fails for ten minutes.
    fn records() -> Vec<Record<'static>> {
        let record = |at: u64| {
            let mut record = Record {
                time: Some((at / 2 + 1_000_000) as i64 * SECOND),
                status: Status::Code(200),
                duration: (!at.is_multiple_of(5)).then_some(at % 97 * 4000),
                method: Some(b"GET"),
                target: Some([&b"/"[..], b"/pay", b"/cart"][(at % 3) as usize]),
                client: Some(CLIENTS[(at % 7 % 3) as usize].as_bytes()),
                user_agent: Some(AGENTS[(at % 11 % 3) as usize].as_bytes()),
                ..Record::default()
            };
            match at % 101 {
                1 => record.status = Status::Code(404),
                2 => record.status = Status::Code(304),
                3 => record.status = Status::Code(302),
                4 => record.status = Status::Code(499),
                5 => record.status = Status::None(NoStatus::Zero),
                6 => record.absence = Absence::OriginTimeout,
                7 => (record.status, record.target) = (Status::Code(404), Some(&b"/.env"[..])),
                8 => (record.status, record.target) = (Status::Code(503), Some(&b"/healthz"[..])),
                9 => record.status = Status::Code(444),
                10 => record.upstream.attempts = 2,
                11 => (record.status, record.duration) = (Status::Code(101), Some(800_000_000)),
                12 => record.duration = Some(800_000_000),
                13 => record.time = None,
                14 => record.status = Status::Code(777),
                _ if (6000..7200).contains(&at) && at % 3 == 1 => record.status = Status::Code(503),
                _ => {}
            }
            record
        };
        (0..14_400).map(record).collect()
    }

    fn tally(records: &[Record<'static>], rules: Rules) -> Tally {
        let mut tally = Tally::new(rules);
        let arena = Bump::new();
        for batch in records.chunks(256) {
            let mut found = Vec::new();
            routes(batch, &arena, &mut found);
            tally.count(batch, &found, TimeMeaning::End);
        }
        tally
    }

    /// A window of a signal and culprits.
    fn window(times: Range<i64>, signal: Signal, culprits: &[(Dimension, &str)]) -> Window {
        let pattern = |(dimension, value): &(Dimension, &str)| Pattern {
            parts: vec![Part {
                dimension: *dimension,
                value: Some(value.as_bytes().to_vec()),
                known: HashMap::default(),
            }],
            counts: Counts::default(),
        };
        let culprits = culprits.iter().map(pattern).collect();
        Window { incident: 0, times, signal, all: Counts::default(), culprits }
    }

    /// What the cells of the timeline count is what is counted of their requests, of each signal, with
    /// the requests before the first and behind the last bucket.
    #[test]
    fn a_request_counts_as_in_the_first_pass() {
        let records = records();
        for (judge_all, by_start) in [(false, true), (true, true), (false, false)] {
            let rules = Rules { judge_all, by_start, ..Rules::default() };
            let (_, fine) = Timeline::pair(&tally(&records, rules)).unwrap();
            let cells = fine.cells.len();
            let mut recount = Recount::new(rules);
            let parts = [0..100, 100..700, 700..cells];
            let signals = Signal::all(&fine);
            let mut expected = Vec::new();
            for (signal, part) in
                signals.iter().flat_map(|signal| parts.iter().map(move |part| (signal, part)))
            {
                let times = fine.reach(&fine.times(part));
                recount.windows.push(window(times, *signal, &[]));
                let counts = fine.cells[part.clone()].iter().map(|cell| signal.counts(cell));
                let sum = counts.fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
                expected.push((*signal, Counts { bad: sum.0, all: sum.1 }));
            }
            let arena = Bump::new();
            recount.count(&records, &arena, TimeMeaning::End);
            let found: Vec<_> =
                recount.windows.iter().map(|window| (window.signal, window.all)).collect();
            assert_eq!(found, expected);
            assert!(signals.len() >= 13, "{signals:?}");
        }
    }

    /// A request of several culprits is of the first. Parts add up.
    #[test]
    fn a_request_is_of_one_culprit() {
        let rules = Rules { by_start: false, ..Rules::default() };
        let of = |dimension: Dimension, value: &'static str| (dimension, value);
        let culprits = [
            of(Dimension::UserAgent, "acme"),
            of(Dimension::ClientNetwork, "192.0.2.0/24"),
            of(Dimension::Route, "/pay"),
        ];
        let mut none = Recount::new(rules);
        none.windows.push(window(i64::MIN..i64::MAX, Signal::ServerError, &culprits));
        let (records, arena) = (records(), Bump::new());
        let mut sum = none.clone();
        for part in records.chunks(1000) {
            let mut one = none.clone();
            one.count(part, &arena, TimeMeaning::End);
            sum.merge(&one);
        }
        let mut expected = [Counts::default(); 4];
        for record in records.iter().filter(|record| record.time.is_some()) {
            let request = Request::of(record, &rules);
            let Some(bad) = Signal::ServerError.judge_request(&request, rules.slow) else {
                continue;
            };
            let place = match record {
                _ if record.user_agent.unwrap().starts_with(b"acme") => 0,
                _ if record.client.unwrap().starts_with(b"192") => 1,
                _ if record.target == Some(b"/pay") => 2,
                _ => 3,
            };
            expected[place].one(bad);
        }
        let window = &sum.windows[0];
        let found: Vec<_> = window.culprits.iter().map(|culprit| culprit.counts).collect();
        assert_eq!(found, expected[..3]);
        assert!(expected.iter().all(|counts| counts.all > 0));
        let all = expected.into_iter().fold(Counts::default(), |mut sum, counts| {
            sum.add(counts);
            sum
        });
        assert_eq!(window.all, all);
    }

    /// An incident takes the figures only when they are of the requests that it was found in.
    #[test]
    fn what_was_counted_of_another_log_is_not_told() {
        let (records, rules) = (records(), Rules::default());
        let tally = tally(&records, rules);
        let (wide, fine) = Timeline::pair(&tally).unwrap();
        let arena = Bump::new();
        let sampled = Sampled::new(&tally.sample, &arena);
        let found = incidents(&tally, (&wide, &fine), rules.slow, &sampled);
        assert_eq!((found.len(), found[0].is_exact), (1, false));
        let mut recount = Recount::new(rules);
        recount.add(0, &found[0], Recount::times(&found[0], &fine).unwrap());
        let arena = Bump::new();
        for (skipped, is_exact) in [(0, true), (6100, false)] {
            let mut counter = recount.clone();
            counter.count(&records[..skipped.max(1) - 1], &arena, TimeMeaning::End);
            counter.count(&records[skipped..], &arena, TimeMeaning::End);
            let mut told = found.clone();
            counter.tell(&mut told);
            assert_eq!(told[0].is_exact, is_exact, "without {skipped}");
            assert_eq!(Recount::times(&told[0], &fine).is_none(), is_exact);
            let errors = |incident: &Incident| incident.culprits[0].errors;
            assert!(is_exact || errors(&told[0]) == errors(&found[0]));
        }
    }
}
