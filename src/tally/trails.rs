//! What clients did one after another, as far as it was not plain: the requests that failed, were
//! redirected or wrote something. Loops of redirects, retries and lost forms are found in it, see
//! `detect::sequences`.
//!
//! Nobody can keep every client. Instead, each period keeps, for each [`Kind`] of request, the
//! *trails* of the clients with the smallest hashes: a bottom-k sample of clients, with the first
//! requests of each. Both are the smallest of a set, so any split of a log over workers keeps the
//! same. The hash is the same in every period and kind: the samples are *coordinated* (Cohen and
//! Kaplan, "Leveraging discarded samples for tighter estimation of multiple-set aggregates",
//! SIGMETRICS 2009), so that a client below the limits of two kinds is kept with all that it did of
//! both, and one is seen to follow the other.
//!
//! A kind of its own for writes that failed and writes that were redirected: they are few, and
//! among the reads they would be drowned.
//!
//! The hash has no secret seed, for the reason that the request sample has none.
//!
//! Memory: at most 6.9 MB for a worker, when all periods have all kinds of requests from more
//! clients than are kept, each with more requests than are kept (a test holds that).

mod event;

pub use event::{Event, Method};

use super::lattice::{Lattice, Merge};
use super::sample::Seen;
use super::signals::{CLIENT_GONE, ORIGIN_TIMEOUT};
use crate::record::Record;
use crate::time::SECOND;
use event::hash;

/// Periods held at most: a day of ten minutes.
pub const MAX_PERIODS: usize = 192;

/// Narrowest period, a place in [`WIDTHS`](super::lattice::WIDTHS): a minute. With less, most of a
/// sequence would be in the next one, where its client may not be kept.
const NARROWEST: usize = 4;

/// Clients kept of each kind and period.
pub const CLIENTS: usize = 16;

/// Clients kept of those that are retried most: the figures of retries need pairs of them.
pub const FAILING_CLIENTS: usize = 20;

/// What a trail is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A read that was answered 3xx, but for 304.
    Redirected,
    /// A write that was.
    MovedWrite,
    /// A read that was answered 5xx, or that the origin did not answer in time.
    Failed,
    /// A read whose client was gone or too slow: 408, 460, 499, or no status for that reason.
    Gone,
    /// A write of either of these two.
    FailedWrite,
    /// 429.
    Limited,
    /// 409.
    Conflict,
    /// 401, 403 or 407. A write of them shows that a redirected one was sent again.
    Denied,
    /// 404 or 410.
    Missing,
    /// Any other 4xx: 400 and 405 above all.
    Refused,
    /// A write that was answered 2xx.
    Written,
}

impl Kind {
    /// Every kind, in the order of their discriminants.
    pub const ALL: [Self; 11] = [
        Self::Redirected,
        Self::MovedWrite,
        Self::Failed,
        Self::Gone,
        Self::FailedWrite,
        Self::Limited,
        Self::Conflict,
        Self::Denied,
        Self::Missing,
        Self::Refused,
        Self::Written,
    ];

    /// The kind of a request with this outcome; `None` when it is plain, or when nobody knows what
    /// became of it.
    #[inline]
    pub fn of(outcome: u16, method: Method) -> Option<Self> {
        Some(match outcome {
            304 => return None,
            200..=299 if method.is_write() => Self::Written,
            300..=399 if method.is_write() => Self::MovedWrite,
            300..=399 => Self::Redirected,
            401 | 403 | 407 => Self::Denied,
            404 | 410 => Self::Missing,
            409 => Self::Conflict,
            429 => Self::Limited,
            408 | 460 | 499 | CLIENT_GONE if !method.is_write() => Self::Gone,
            500..=599 | ORIGIN_TIMEOUT if !method.is_write() => Self::Failed,
            408 | 460 | 499 | CLIENT_GONE | 500..=599 | ORIGIN_TIMEOUT => Self::FailedWrite,
            400..=499 => Self::Refused,
            _ => return None,
        })
    }

    /// Clients kept, and requests kept of each. A browser follows 20 redirects, so that a loop is of
    /// 21; backoff that doubles makes half a dozen attempts in a minute.
    pub fn most(self) -> (usize, usize) {
        match self {
            Self::Redirected => (CLIENTS, 22),
            Self::Failed | Self::FailedWrite | Self::Limited => (FAILING_CLIENTS, 10),
            Self::Denied | Self::Gone => (CLIENTS, 8),
            Self::MovedWrite | Self::Conflict | Self::Missing | Self::Refused | Self::Written => {
                (CLIENTS, 5)
            }
        }
    }
}

/// What one client did in a period, of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// A hash of the client's address, the same everywhere in a run and in every run.
    pub client: u64,
    /// Requests.
    pub count: u32,
    /// When the last of them began, milliseconds since 1970 UTC.
    pub last: i64,
    /// The first of them, in order of time.
    events: Vec<Event>,
}

impl Trail {
    fn new(client: u64) -> Self {
        Self { client, count: 0, last: i64::MIN, events: Vec::new() }
    }

    /// The first requests, in order of time.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Whether there were more requests than are kept.
    pub fn is_cut(&self) -> bool {
        self.count as usize > self.events.len()
    }

    fn add(&mut self, event: Event, most: usize) {
        self.count = self.count.saturating_add(1);
        self.last = self.last.max(event.began());
        self.insert(event, most);
    }

    /// Keeps an event, if it is among the first.
    fn insert(&mut self, event: Event, most: usize) {
        if self.events.len() >= most {
            if self.events.last().is_some_and(|last| *last <= event) {
                return;
            }
            self.events.pop();
        }
        let place = self.events.partition_point(|other| *other <= event);
        let room = self.events.len();
        if room == self.events.capacity() {
            // Most clients have one or two.
            self.events.reserve_exact(room.max(2).min(most - room));
        }
        self.events.insert(place, event);
    }

    fn join(&mut self, other: &Self, most: usize) {
        self.count = self.count.saturating_add(other.count);
        self.last = self.last.max(other.last);
        other.events.iter().for_each(|event| self.insert(*event, most));
    }
}

/// The trails of one kind in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stratum {
    /// Which.
    pub kind: Kind,
    /// Larger hashes are not kept.
    limit: u64,
    /// In the order of their clients.
    trails: Vec<Trail>,
}

impl Stratum {
    fn new(kind: Kind) -> Self {
        Self { kind, limit: u64::MAX, trails: Vec::new() }
    }

    /// The trails, in the order of their clients' hashes.
    pub fn trails(&self) -> &[Trail] {
        &self.trails
    }

    /// The clients whose hashes are below this are all kept; `None` when all clients are.
    pub fn limit(&self) -> Option<u64> {
        (self.limit != u64::MAX).then_some(self.limit)
    }

    /// The trail of a client: `Err` when it may have one that is not kept.
    pub fn trail(&self, client: u64) -> Result<Option<&Trail>, NotKept> {
        match self.place(client) {
            Ok(place) => Ok(Some(&self.trails[place])),
            Err(_) if client <= self.limit => Ok(None),
            Err(_) => Err(NotKept),
        }
    }

    fn place(&self, client: u64) -> Result<usize, usize> {
        self.trails.binary_search_by_key(&client, |trail| trail.client)
    }

    /// The trail of a client whose hash is not over the limit.
    fn entry(&mut self, client: u64) -> &mut Trail {
        let place = match self.place(client) {
            Ok(place) => place,
            Err(place) => {
                let (most, _) = self.kind.most();
                if self.trails.len() == most {
                    self.trails.pop();
                }
                let room = self.trails.len();
                if room == self.trails.capacity() {
                    self.trails.reserve_exact(room.max(4).min(most - room));
                }
                self.trails.insert(place, Trail::new(client));
                if self.trails.len() == most {
                    self.limit = self.trails.last().map_or(u64::MAX, |trail| trail.client);
                }
                place
            }
        };
        &mut self.trails[place]
    }

    fn merge(&mut self, other: &Self) {
        let (_, most) = self.kind.most();
        for trail in &other.trails {
            if trail.client <= self.limit {
                self.entry(trail.client).join(trail, most);
            }
        }
    }
}

/// A client whose trail, if it has one, is not in the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotKept;

/// The trails of one period.
#[derive(Clone, Debug, Default)]
pub struct Period {
    strata: Vec<Stratum>,
    /// Whether a stamp of its notable requests is not of a whole second.
    pub is_fine: bool,
}

impl Period {
    /// The trails of a kind; `None` when there was no such request.
    pub fn stratum(&self, kind: Kind) -> Option<&Stratum> {
        self.strata.iter().find(|stratum| stratum.kind == kind)
    }

    fn entry(&mut self, kind: Kind) -> &mut Stratum {
        let place = self.strata.iter().position(|stratum| stratum.kind == kind);
        let place = place.unwrap_or_else(|| {
            self.strata.push(Stratum::new(kind));
            self.strata.len() - 1
        });
        &mut self.strata[place]
    }
}

impl Merge for Period {
    fn merge(&mut self, other: &Self) {
        self.is_fine |= other.is_fine;
        for theirs in &other.strata {
            self.entry(theirs.kind).merge(theirs);
        }
    }
}

/// The trails over time.
pub type Trails = Lattice<Period, MAX_PERIODS>;

/// No trails.
pub fn empty() -> Trails {
    Trails::at_least(NARROWEST)
}

/// Adds one request to the trail of its client, if it is notable.
#[inline]
pub(super) fn note(trails: &mut Trails, record: &Record<'_>, seen: &Seen) {
    // Nearly every request.
    if matches!(seen.outcome, 200..=299 | 304) && record.method == Some(b"GET") {
        return;
    }
    if seen.noise.is_none() {
        keep(trails, record, seen);
    }
}

#[inline(never)]
fn keep(trails: &mut Trails, record: &Record<'_>, seen: &Seen) {
    let method = Method::of(record.method);
    let Some(kind) = Kind::of(seen.outcome, method) else { return };
    let Some(client) = record.client.filter(|client| !matches!(*client, b"" | b"-")) else {
        return;
    };
    let period = trails.at(seen.began.div_euclid(SECOND));
    period.is_fine |= record.time.is_some_and(|time| time % SECOND != 0);
    let stratum = period.entry(kind);
    let client = hash(client);
    if client <= stratum.limit {
        let (_, most) = kind.most();
        let event = Event::new(record, method, seen);
        stratum.entry(client).add(event, most);
    }
}

#[cfg(test)]
mod tests;
