//! Whether the log tells clients apart at all.

use crate::tally::Tally;

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
    pub fn of(tally: &Tally) -> Option<Self> {
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
