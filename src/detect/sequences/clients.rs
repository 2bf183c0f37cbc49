//! How many clients had requests of each kind, and whether the log tells clients apart at all.

use super::view::{View, clients_each, each, part};
use crate::tally::Tally;
use crate::tally::signals::CLIENT_GONE;
use crate::tally::trails::{Event, Kind};
use std::collections::BTreeMap;

/// What became of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// 3xx but 304.
    Redirected,
    /// 5xx, or no answer of the origin in time.
    ServerError,
    /// 408, 460, 499, or no status as the client left.
    Gone,
    /// 429
    Limited,
    /// 409
    Conflict,
    /// 401, 403, 407
    Denied,
    /// 404, 410
    Missing,
    /// Any other 4xx.
    Refused,
    /// 2xx of a POST, PUT, PATCH or DELETE.
    Written,
}

impl Group {
    /// Every group, in the order of their discriminants.
    pub const ALL: [Self; 9] = [
        Self::Redirected,
        Self::ServerError,
        Self::Gone,
        Self::Limited,
        Self::Conflict,
        Self::Denied,
        Self::Missing,
        Self::Refused,
        Self::Written,
    ];

    /// The kinds of trails that its requests are in.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Redirected => &[Kind::Redirected, Kind::MovedWrite],
            Self::ServerError => &[Kind::Failed, Kind::FailedWrite],
            Self::Gone => &[Kind::Gone, Kind::FailedWrite],
            Self::Limited => &[Kind::Limited],
            Self::Conflict => &[Kind::Conflict],
            Self::Denied => &[Kind::Denied],
            Self::Missing => &[Kind::Missing],
            Self::Refused => &[Kind::Refused],
            Self::Written => &[Kind::Written],
        }
    }

    /// Whether a request of one of its kinds is in it.
    fn has(self, event: &Event) -> bool {
        let is_gone = matches!(event.outcome(), 400..=499 | CLIENT_GONE);
        match self {
            Self::ServerError => !is_gone,
            Self::Gone => is_gone,
            _ => true,
        }
    }
}

/// The clients with requests of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clients {
    /// About how many there were. Exact while it is [`Clients::is_exact`]; else of `sampled`, with a
    /// relative error of about `1 / sqrt(sampled)`.
    pub count: f64,
    /// Whether all clients are in the sample.
    pub is_exact: bool,
    /// Clients that it is told from.
    pub sampled: u32,
    /// About how many requests there were.
    pub requests: f64,
    /// The median number of requests of one client.
    pub median: f64,
    /// The largest share of the requests that is known to be of one client. One client among very many
    /// may not be in the sample: its share may be larger.
    pub largest_share: f64,
}

/// What is known of one client.
#[derive(Clone, Copy, Debug, Default)]
struct One {
    /// Its requests.
    requests: f64,
    /// Requests of all clients that they stand for.
    stand_for: f64,
}

/// The clients with requests of a group.
pub(super) fn clients(view: &View<'_>, group: Group) -> Option<Clients> {
    let mut limit: Option<u64> = None;
    let mut ones: BTreeMap<u64, One> = BTreeMap::new();
    for stratum in group.kinds().iter().flat_map(|kind| view.strata(*kind)) {
        limit = limit.into_iter().chain(stratum.limit()).min();
        let others = clients_each(stratum);
        for trail in stratum.trails() {
            let is_asked = |event: &&Event| view.is_asked(event) && group.has(event);
            let asked = trail.events().iter().filter(is_asked).count();
            if asked > 0 {
                let requests = asked as f64 * each(trail.count, trail.events().len());
                let one = ones.entry(trail.client).or_default();
                one.requests += requests;
                one.stand_for += requests * others;
            }
        }
    }
    let requests: f64 = ones.values().map(|one| one.stand_for).sum();
    let most = ones.values().map(|one| one.requests).fold(0.0, f64::max);
    // Of the clients below the smallest limit, every one is known.
    ones.retain(|client, _| limit.is_none_or(|limit| *client < limit));
    let mut each: Vec<f64> = ones.values().map(|one| one.requests).collect();
    each.sort_by(f64::total_cmp);
    Some(Clients {
        count: each.len() as f64 / limit.map_or(1.0, part),
        is_exact: limit.is_none(),
        sampled: each.len() as u32,
        requests,
        median: *each.get(each.len() / 2)?,
        largest_share: (most / requests).min(1.0),
    })
}

/// Why a log does not tell clients apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Blind {
    /// Fewer than half of the requests have a client's address.
    NoAddress,
    /// One address has nearly all requests, as of a proxy or CDN in front: this share of them.
    OneAddress(f64),
    /// So few addresses have all requests, and so many each, as of a row of proxies.
    FewAddresses(u32),
}

/// Requests that a log is judged by.
const MOST_ALONE: u64 = 100;
/// Share of all requests that no single client has.
const NEARLY_ALL: f64 = 0.9;
/// Proxies in a row, at most.
const ROW: u32 = 8;
/// Requests of each that are too many for one client.
const MANY_EACH: u64 = 10_000;

impl Blind {
    /// Of the whole log; `None` when it tells them apart, or has too few requests to say.
    pub(super) fn of(tally: &Tally) -> Option<Self> {
        let counts = || tally.clients.rows().map(|row| row.value.requests);
        let with_client: u64 = counts().sum();
        if tally.requests < MOST_ALONE {
            return None;
        }
        let share = counts().max().unwrap_or(0) as f64 / tally.requests as f64;
        let addresses = tally.clients.len() as u32;
        let is_row = addresses <= ROW && counts().all(|requests| requests >= MANY_EACH);
        // Where the map was full, what it dropped had addresses too.
        let has_dropped = tally.clients.floor() > 0;
        match () {
            () if with_client * 2 < tally.requests && !has_dropped => Some(Self::NoAddress),
            () if share >= NEARLY_ALL => Some(Self::OneAddress(share)),
            () if is_row => Some(Self::FewAddresses(addresses)),
            () => None,
        }
    }
}
