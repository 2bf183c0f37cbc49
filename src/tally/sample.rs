//! A sample of the requests, to find what those that went wrong have in common.
//!
//! Counting every route, client and user agent in every minute would take more memory than a log
//! has. Instead, each period keeps a few requests of each kind (each status code, slow ones, the
//! others): those whose lines have the smallest hashes. Such a *bottom-k* sample is uniform, and
//! that of a whole is made of those of its parts in any order (Cohen and Kaplan, "Summarizing data
//! using bottom-k sketches", PODC 2007), so any split of a log gives the same sample. How many
//! requests each kind had is counted, so a sampled request stands for so many.
//!
//! The hash has no secret seed, as the same log must give the same report. Somebody could write
//! requests that are always kept; the figures of a culprit are counted over all requests where the
//! log can be read again.

use super::Noise;
use super::facts::Facts;
use super::lattice::{Lattice, Merge};
use super::signals::{OTHER, outcome};
use crate::format::field::present;
use crate::format::list;
use crate::record::{Record, Status};
use crate::time::SECOND;
use std::collections::BinaryHeap;

/// Periods held at most: a day of ten minutes.
pub const MAX_PERIODS: usize = 192;

/// What is kept of a request of each dimension, in this order.
pub const FIELDS: usize = 11;

/// Place of a dimension in [`Drawn::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The route.
    Route,
    /// The method.
    Method,
    /// The host that was asked for.
    Host,
    /// The upstream tried last; the first, of a request that another one saved.
    Upstream,
    /// The client's address.
    Client,
    /// The user agent.
    UserAgent,
    /// The referer.
    Referer,
    /// What the cache did.
    Cache,
    /// The protocol.
    Protocol,
    /// Why the response is what it is.
    Reason,
    /// Where the client or the edge is.
    Location,
}

/// Bytes kept of a field.
const FIELD_BYTES: usize = 120;

/// A kind of request that has a sample of its own in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With this outcome, see [`outcome`]: an error, or no status.
    Outcome(u16),
    /// 3xx but 304.
    Redirect,
    /// None of the others.
    Rest,
    /// None of the above, and slow.
    Slow,
    /// Not judged.
    Noise(Noise),
}

impl Kind {
    #[inline]
    pub(super) fn of(code: u16, is_slow: bool, noise: Option<Noise>) -> Self {
        match code {
            _ if noise.is_some() => Self::Noise(noise.unwrap_or(Noise::Blocked)),
            200..=299 | 304 if !is_slow => Self::Rest,
            200..=299 | 304 => Self::Slow,
            300..=399 => Self::Redirect,
            _ => Self::Outcome(code.min(OTHER)),
        }
    }

    /// Requests kept of each period.
    fn most(self) -> usize {
        match self {
            Self::Rest => 64,
            Self::Outcome(_) | Self::Slow => 48,
            Self::Redirect | Self::Noise(Noise::Scanner) => 32,
            Self::Noise(_) => 16,
        }
    }
}

/// A request of the sample, and those that look like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// A number that others of its kind and period do not have.
    pub hash: u64,
    /// How many look like it: a client that polls has many alike in a second, which are drawn
    /// together or not at all.
    pub times: u32,
    /// When it began, microseconds.
    pub began: i64,
    /// Its outcome.
    pub outcome: u16,
    /// Its latency, microseconds.
    pub latency: Option<u64>,
    /// Whether more than one upstream was tried.
    pub retried: bool,
    /// What else the line tells of how it went.
    pub facts: Facts,
    /// Length of each field; [`ABSENT`] when the line does not have it.
    lengths: [u8; FIELDS],
    /// The fields, one behind the other.
    text: Box<[u8]>,
}

/// The length of a field that is not there.
const ABSENT: u8 = u8::MAX;

impl Drawn {
    fn new(hash: u64, record: &Record<'_>, route: Option<&[u8]>, seen: &Seen) -> Self {
        let fields = fields(record, route);
        let bytes = fields.iter().map(|field| field.map_or(0, <[u8]>::len)).sum();
        let mut text = Vec::with_capacity(bytes);
        let mut lengths = [ABSENT; FIELDS];
        for (length, field) in lengths.iter_mut().zip(&fields) {
            if let Some(field) = field {
                *length = field.len() as u8;
                text.extend_from_slice(field);
            }
        }
        Self {
            hash,
            times: 1,
            began: seen.began,
            outcome: seen.outcome,
            latency: seen.latency,
            retried: record.upstream.attempts > 1,
            facts: Facts::of(record),
            lengths,
            text: text.into(),
        }
    }

    /// What one of several that look alike is chosen by, whatever order they come in.
    fn order(&self) -> impl Ord {
        (self.began, self.outcome, self.latency, self.facts, self.lengths, &self.text)
    }

    /// Whether it says all that a line does.
    fn is(&self, record: &Record<'_>, route: Option<&[u8]>, seen: &Seen) -> bool {
        self.began == seen.began
            && self.latency == seen.latency
            && self.outcome == seen.outcome
            && self.facts == Facts::of(record)
            && self.fields() == fields(record, route)
    }

    /// Takes another that looks like it.
    fn join(&mut self, other: Self) {
        let times = self.times.saturating_add(other.times);
        if other.order() < self.order() {
            *self = other;
        }
        self.times = times;
    }

    /// What the line says, by [`Field`], at most 120 bytes of each; `None` when it does not.
    pub fn fields(&self) -> [Option<&[u8]>; FIELDS] {
        let mut from = 0;
        self.lengths.map(|length| {
            (length != ABSENT).then(|| {
                let start = from;
                from += usize::from(length);
                &self.text[start..from]
            })
        })
    }
}

/// What a line says, by [`Field`], at most 120 bytes of each; `None` when it does not.
pub fn fields<'a>(record: &Record<'a>, route: Option<&'a [u8]>) -> [Option<&'a [u8]>; FIELDS] {
    let fields = [
        route,
        record.method,
        record.host,
        blamed_upstream(record),
        record.client,
        record.user_agent,
        record.referer,
        record.cache,
        record.protocol,
        record.reason,
        record.location,
    ];
    fields.map(|field| field.map(|text| &text[..text.len().min(FIELD_BYTES)]))
}

/// The upstream that made a request what it is: the last one, which the client's answer is of; where
/// another one saved it, the first, which failed.
fn blamed_upstream<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    let is_good = matches!(record.status, Status::Code(code) if code < 400);
    let failed = list::items(record.upstream.tries.addresses).next().and_then(present);
    failed.filter(|_| is_good).or(record.upstream.address)
}

/// The sample of one kind in one period.
#[derive(Clone, Debug)]
pub struct Stratum {
    /// Which.
    pub kind: Kind,
    /// Requests that there were.
    pub seen: u64,
    /// Larger hashes are in no sample.
    limit: u64,
    /// Those that do not look alike.
    kept: Vec<Drawn>,
    /// Their hashes, in the same order: looked through at each line that is drawn.
    hashes: Vec<u64>,
    /// Hash and place of each, the largest on top.
    order: BinaryHeap<(u64, u32)>,
}

impl Stratum {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            seen: 0,
            limit: u64::MAX,
            kept: Vec::new(),
            hashes: Vec::new(),
            order: BinaryHeap::new(),
        }
    }

    /// The requests of the sample, and how many each of those that look like one stands for.
    pub fn drawn(&self) -> (Vec<&Drawn>, f64) {
        let mut kept: Vec<&Drawn> = self.kept.iter().collect();
        kept.sort_unstable_by_key(|drawn| drawn.hash);
        let times: u64 = kept.iter().map(|drawn| u64::from(drawn.times)).sum();
        (kept, self.seen as f64 / times.max(1) as f64)
    }

    /// Keeps a request whose hash is not over the limit.
    #[inline(never)]
    fn draw(&mut self, hash: u64, record: &Record<'_>, route: Option<&[u8]>, seen: &Seen) {
        match self.place(hash).map(|place| &mut self.kept[place]) {
            Some(like) if like.is(record, route, seen) => {
                like.times = like.times.saturating_add(1);
            }
            Some(like) => like.join(Drawn::new(hash, record, route, seen)),
            None => self.keep(Drawn::new(hash, record, route, seen)),
        }
    }

    /// Keeps one of another sample.
    fn take(&mut self, drawn: Drawn) {
        match self.place(drawn.hash) {
            Some(place) => self.kept[place].join(drawn),
            None => self.keep(drawn),
        }
    }

    fn place(&self, hash: u64) -> Option<usize> {
        self.hashes.iter().position(|other| *other == hash)
    }

    /// Keeps one that none looks like, in place of the one with the largest hash.
    ///
    /// A list that is sorted when it is half as long again took half as many instructions more. To
    /// use the memory of the one that is dropped again saved nothing, nor did boxes.
    fn keep(&mut self, drawn: Drawn) {
        let most = self.kind.most();
        let hash = drawn.hash;
        if self.kept.len() < most {
            self.order.push((hash, self.kept.len() as u32));
            self.hashes.push(hash);
            self.kept.push(drawn);
        } else if let Some(mut last) = self.order.peek_mut()
            && hash < last.0
        {
            let place = last.1 as usize;
            *last = (hash, last.1);
            self.hashes[place] = hash;
            self.kept[place] = drawn;
        }
        if self.kept.len() == most {
            self.limit = self.order.peek().map_or(u64::MAX, |last| last.0);
        }
    }
}

/// The samples of one period.
#[derive(Clone, Debug)]
pub struct Period {
    /// The kind that nearly all requests are of stands first.
    strata: Vec<Stratum>,
}

impl Default for Period {
    fn default() -> Self {
        Self { strata: vec![Stratum::new(Kind::Rest)] }
    }
}

impl Period {
    #[inline]
    fn stratum(&mut self, kind: Kind) -> &mut Stratum {
        if kind == Kind::Rest {
            return &mut self.strata[0];
        }
        self.other(kind)
    }

    #[inline(never)]
    fn other(&mut self, kind: Kind) -> &mut Stratum {
        let place = self.strata.iter().position(|stratum| stratum.kind == kind);
        let place = place.unwrap_or_else(|| {
            self.strata.push(Stratum::new(kind));
            self.strata.len() - 1
        });
        &mut self.strata[place]
    }

    /// The samples, one for each kind of request that there was, in no order.
    pub fn strata(&self) -> &[Stratum] {
        &self.strata
    }
}

impl Merge for Period {
    fn merge(&mut self, other: &Self) {
        for theirs in &other.strata {
            let mine = self.stratum(theirs.kind);
            mine.seen += theirs.seen;
            for drawn in &theirs.kept {
                if drawn.hash <= mine.limit {
                    mine.take(drawn.clone());
                }
            }
        }
    }

    fn take(&mut self, other: Self) {
        for theirs in other.strata {
            let mine = self.stratum(theirs.kind);
            mine.seen += theirs.seen;
            for drawn in theirs.kept {
                if drawn.hash <= mine.limit {
                    mine.take(drawn);
                }
            }
        }
    }
}

/// The samples over time.
pub type Sample = Lattice<Period, MAX_PERIODS>;

/// Narrowest period, a place in [`WIDTHS`](super::lattice::WIDTHS): a minute. Periods of a second
/// keep nearly every request of the first minutes, only to drop it when they become wider.
const NARROWEST: usize = 4;

/// A sample of nothing.
pub fn empty() -> Sample {
    Sample::at_least(NARROWEST)
}

/// What is known of a request beside its record, found out once for all that counts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Its outcome, see [`outcome`].
    pub(super) outcome: u16,
    /// When it began, microseconds.
    pub(super) began: i64,
    /// Its latency, if that is measured.
    pub(super) latency: Option<u64>,
    /// Whether that is at or over the target.
    pub(super) is_slow: bool,
    /// Why it is not judged, if it is not.
    pub(super) noise: Option<Noise>,
}

impl Seen {
    /// Of a request that began at this time, with this latency. Slow is what takes `slow`
    /// microseconds.
    #[inline]
    pub(super) fn of(
        record: &Record<'_>,
        (began, latency): (i64, Option<u64>),
        slow: u64,
        noise: Option<Noise>,
    ) -> Self {
        let is_slow = latency.is_some_and(|latency| latency >= slow);
        Self { outcome: outcome(record), began, latency, is_slow, noise }
    }
}

/// Draws one request, or not.
#[inline]
pub(super) fn draw(sample: &mut Sample, record: &Record<'_>, route: Option<&[u8]>, seen: &Seen) {
    let period = sample.at(seen.began.div_euclid(SECOND));
    let stratum = period.stratum(Kind::of(seen.outcome, seen.is_slow, seen.noise));
    stratum.seen += 1;
    let hash = hash(record, seen);
    if hash <= stratum.limit {
        stratum.draw(hash, record, route, seen);
    }
}

/// A number that looks random and depends on what the line says only. Lines that agree in all that
/// goes into it look alike: they are one of the sample, that stands for all of them.
#[inline]
fn hash(record: &Record<'_>, seen: &Seen) -> u64 {
    let (target, client) = (end(record.target), end(record.client));
    let numbers =
        record.bytes.unwrap_or(u64::MAX) ^ seen.latency.unwrap_or(u64::MAX).rotate_left(32);
    // Behind a proxy all clients are one: then these tell requests of one second apart.
    let (agent, upstream) = (end(record.user_agent), end(record.upstream.address));
    let names = client ^ agent.rotate_left(21) ^ upstream.rotate_left(43);
    fold(fold(target ^ 0x9e37_79b9_7f4a_7c15, names ^ numbers), seen.began as u64)
}

/// The last bytes of a text and its length: the ends of targets and addresses differ most. 0 where
/// there is none.
#[inline]
fn end(text: Option<&[u8]>) -> u64 {
    let Some(text) = text else { return 0 };
    match text.last_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes) ^ text.len() as u64,
        None => short(text),
    }
}

/// The same of less than eight bytes.
#[inline(never)]
fn short(text: &[u8]) -> u64 {
    text.iter().fold(text.len() as u64, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The two halves of a product (wyhash's mixing step, <https://github.com/wangyi-fudan/wyhash>).
#[inline]
pub(super) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0xa076_1d64_78bd_642f) * u128::from(b ^ 0xe703_7ed1_a0b4_28db);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// The sample of those of the requests that are picked by their number.
    fn sample(requests: &[(i64, u16)], picked: impl Fn(usize) -> bool) -> Sample {
        let mut sample = empty();
        for (number, (second, status)) in requests.iter().enumerate().filter(|(n, _)| picked(*n)) {
            let client = format!("192.0.2.{}", number % 250);
            let target = format!("/{number}");
            let record = Record {
                status: Status::Code(*status),
                client: Some(client.as_bytes()),
                target: Some(target.as_bytes()),
                ..Record::default()
            };
            let began = second * SECOND;
            let seen = Seen::of(&record, (began, None), 1, None);
            draw(&mut sample, &record, Some(b"/x"), &seen);
        }
        sample
    }

    type Rows = Vec<(i64, Kind, u64, Vec<Drawn>)>;

    fn rows(sample: &Sample) -> Rows {
        let mut rows = Rows::new();
        for (start, period) in sample.buckets() {
            for stratum in period.strata() {
                let drawn = stratum.drawn().0.into_iter().cloned().collect();
                rows.push((start, stratum.kind, stratum.seen, drawn));
            }
        }
        rows.sort_by_key(|row| (row.0, row.1));
        rows
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_split_gives_the_same_sample(
            requests in prop::collection::vec(
                (0i64..4000, prop::sample::select(vec![200u16, 302, 404, 502])), 1..1500),
            parts in 1usize..5,
        ) {
            let whole = sample(&requests, |_| true);
            let size = requests.len().div_ceil(parts);
            let mut merged = empty();
            for part in 0..parts {
                let mut one = sample(&requests, |number| number / size == part);
                std::mem::swap(&mut one, &mut merged);
                merged.merge(&one);
            }
            prop_assert_eq!(merged.width(), whole.width());
            prop_assert_eq!(rows(&merged), rows(&whole));
        }
    }

    /// Many lines that look alike take one place, and stand for as many requests as they are.
    #[test]
    fn those_that_look_alike_are_one() {
        let mut sample = empty();
        let mut add = |client: &str, agent: &str, times: usize| {
            let record = Record {
                status: Status::Code(502),
                client: Some(client.as_bytes()),
                user_agent: Some(agent.as_bytes()),
                ..Record::default()
            };
            let seen = Seen::of(&record, (0, None), 1, None);
            (0..times).for_each(|_| draw(&mut sample, &record, Some(b"/x"), &seen));
        };
        (0..40).for_each(|number| add(&format!("192.0.2.{number}"), "b", 1));
        // The start of an agent is not in the hash: the smallest stands for all.
        add("198.51.100.1", "b (linux; x86_64)", 400);
        add("198.51.100.1", "a (linux; x86_64)", 60);
        add("198.51.100.1", "c (linux; x86_64)", 100);
        let (_, period) = sample.buckets()[0];
        let stratum = period.strata().iter().find(|of| of.kind == Kind::Outcome(502)).unwrap();
        let (drawn, weight) = stratum.drawn();
        assert_eq!((drawn.len(), weight, stratum.seen), (41, 1.0, 600));
        let like = drawn.iter().find(|drawn| drawn.times > 1).unwrap();
        let agent = like.fields()[Field::UserAgent as usize];
        assert_eq!((like.times, agent), (560, Some(&b"a (linux; x86_64)"[..])));
    }

    #[test]
    fn a_sample_stands_for_all_and_is_uniform() {
        let requests: Vec<_> = (0..40_000).map(|at| (at % 3600, 200)).collect();
        let sample = sample(&requests, |_| true);
        let mut stands_for = 0.0;
        let mut halves = [0u32; 2];
        for (_, period) in sample.buckets() {
            for stratum in period.strata() {
                let (drawn, weight) = stratum.drawn();
                for drawn in drawn {
                    stands_for += weight;
                    let client = drawn.fields()[Field::Client as usize].unwrap();
                    let last = std::str::from_utf8(client).unwrap()[8..].parse::<u32>().unwrap();
                    halves[usize::from(last >= 125)] += 1;
                }
            }
        }
        assert!((stands_for - 40_000.0).abs() < 1e-6, "{stands_for}");
        // 60 periods of 64: the standard deviation of the difference is 62.
        assert!(halves[0].abs_diff(halves[1]) < 300, "{halves:?}");
    }

    #[test]
    fn fields_come_back_and_absent_is_not_empty() {
        let long = [b'x'; 300];
        let record = Record {
            method: Some(b"GET"),
            client: Some(b""),
            user_agent: Some(&long),
            location: Some(b"DE"),
            ..Record::default()
        };
        let seen = Seen::of(&record, (0, Some(5)), 1, None);
        let drawn = Drawn::new(1, &record, Some(b"/a"), &seen);
        let fields = drawn.fields();
        let field = |field: Field| fields[field as usize];
        assert_eq!(field(Field::Route), Some(&b"/a"[..]));
        assert_eq!((field(Field::Method), field(Field::Host)), (Some(&b"GET"[..]), None));
        assert_eq!(field(Field::Client), Some(&b""[..]));
        assert_eq!(field(Field::UserAgent), Some(&long[..FIELD_BYTES]));
        assert_eq!((field(Field::Reason), field(Field::Location)), (None, Some(&b"DE"[..])));
    }
}
