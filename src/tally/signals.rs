//! What may go wrong, over time: the counts that incidents are found in.
//!
//! A request counts in the bucket in which it *began*, where its line tells: a request that waits
//! 60 seconds for a dead backend is logged a minute after the trouble. Without that, a timeout
//! begins late and the requests that it is a share of are those of another minute.

use super::lattice::{Lattice, Merge};
use super::noise::Noise;
use super::sample::Seen;
use crate::record::{Absence, Record, Status};
use crate::time::SECOND;

/// Buckets held at most: a day of 30 seconds.
pub const MAX_BUCKETS: usize = 4096;

/// Kept in place of a status code: no status, and the product does not say why.
pub const NO_STATUS: u16 = 0;
/// No status, as the client left.
pub const CLIENT_GONE: u16 = 1;
/// No status, as the origin did not answer in time.
pub const ORIGIN_TIMEOUT: u16 = 2;

/// Kept in place of every code from here on: HTTP has none of them.
pub const OTHER: u16 = 600;

/// Longest time between start and end that is believed. The clock of a longer one is more likely
/// wrong than right, and it would make the buckets of the whole log wider.
const LONGEST: u64 = 900 * SECOND as u64;

/// What is counted of one bucket. Requests that are not judged ([`Noise`]) are in their own counts
/// only.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Requests.
    pub requests: u64,
    /// Requests whose latency was measured.
    pub timed: u64,
    /// Of those, requests at or over the latency target.
    pub slow: u64,
    /// Requests for which more than one upstream was tried.
    pub retried: u64,
    /// Requests of scanners.
    pub scanner: u64,
    /// Health checks.
    pub checks: u64,
    /// Health checks with a 4xx or 5xx.
    pub failed_checks: u64,
    /// Requests by outcome, but for 2xx, which are the rest.
    codes: Vec<(u16, u32)>,
}

impl Cell {
    /// Requests by [`outcome`]; 2xx are not listed.
    pub fn codes(&self) -> &[(u16, u32)] {
        &self.codes
    }

    fn add(&mut self, code: u16, more: u32) {
        match self.codes.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count = count.saturating_add(more),
            None => self.codes.push((code, more)),
        }
    }
}

impl Merge for Cell {
    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.timed += other.timed;
        self.slow += other.slow;
        self.retried += other.retried;
        self.scanner += other.scanner;
        self.checks += other.checks;
        self.failed_checks += other.failed_checks;
        other.codes.iter().for_each(|(code, count)| self.add(*code, *count));
    }
}

/// The outcome of a request: its code, [`OTHER`] for those from 600 on, or why it has none.
#[inline]
pub fn outcome(record: &Record<'_>) -> u16 {
    match record.status {
        Status::Code(code) => code.min(OTHER),
        Status::None(_) => match record.absence {
            Absence::ClientGone => CLIENT_GONE,
            Absence::OriginTimeout => ORIGIN_TIMEOUT,
            Absence::Implied200 => 200,
            Absence::Unknown | Absence::Http09 => NO_STATUS,
        },
    }
}

/// When a request began, in microseconds, where its line is stamped at its end and tells how long
/// it took; else its stamp.
///
/// Most stamps are cut to seconds: on average the end was half a second later.
#[inline]
pub fn began(time: i64, latency: Option<u64>) -> i64 {
    match latency {
        Some(latency) if latency <= LONGEST => {
            let cut = if time % SECOND == 0 { SECOND / 2 } else { 0 };
            time + cut - latency as i64
        }
        _ => time,
    }
}

/// The counts over time.
pub type Signals = Lattice<Cell, MAX_BUCKETS>;

/// Counts one request.
#[inline]
pub(super) fn count(signals: &mut Signals, record: &Record<'_>, seen: &Seen) {
    let cell = signals.at(seen.began.div_euclid(SECOND));
    if let Some(noise) = seen.noise {
        return count_noise(cell, noise, seen.outcome);
    }
    cell.requests += 1;
    cell.timed += u64::from(seen.latency.is_some());
    cell.slow += u64::from(seen.is_slow);
    cell.retried += u64::from(record.upstream.attempts > 1);
    if !matches!(seen.outcome, 200..=299) {
        cell.add(seen.outcome, 1);
    }
}

#[cold]
fn count_noise(cell: &mut Cell, noise: Noise, code: u16) {
    match noise {
        Noise::HealthCheck => {
            cell.checks += 1;
            cell.failed_checks += u64::from(code >= 400 || code == ORIGIN_TIMEOUT);
        }
        Noise::Scanner => cell.scanner += 1,
        Noise::Blocked => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_began_before_it_was_logged() {
        for (time, latency, expected) in [
            (100 * SECOND, None, 100 * SECOND),
            // Cut to seconds: it ended in the middle of its second, on average.
            (100 * SECOND, Some(20_000), 100 * SECOND + 480_000),
            (100 * SECOND, Some(60_000_000), 40 * SECOND + 500_000),
            (100 * SECOND + 1, Some(20_000), 100 * SECOND - 19_999),
            // A clock that is off by a day.
            (100 * SECOND, Some(86_400_000_000), 100 * SECOND),
        ] {
            assert_eq!(began(time, latency), expected, "{time} {latency:?}");
        }
    }

    #[test]
    fn what_is_not_judged_is_in_no_rate() {
        let record = |status, absence| Record {
            status,
            absence,
            time: Some(7 * SECOND),
            ..Record::default()
        };
        let code = |code| record(Status::Code(code), Absence::Unknown);
        let none = |absence| record(Status::default(), absence);
        let mut signals = Signals::default();
        for (record, latency, noise) in [
            (code(200), Some(10), None),
            (code(204), Some(30), None),
            (code(504), Some(20), None),
            (code(504), None, None),
            (none(Absence::ClientGone), None, None),
            (none(Absence::OriginTimeout), None, None),
            (none(Absence::Implied200), None, None),
            (code(404), Some(99), Some(Noise::Scanner)),
            (code(200), None, Some(Noise::HealthCheck)),
            (code(503), None, Some(Noise::HealthCheck)),
            (code(444), None, Some(Noise::Blocked)),
        ] {
            count(&mut signals, &record, &Seen::of(&record, (7 * SECOND, latency), 20, noise));
        }
        let mut other = Signals::default();
        for (record, second) in [(code(502), 8), (code(504), 7)] {
            count(&mut other, &record, &Seen::of(&record, (second * SECOND, None), 20, None));
        }
        signals.merge(&other);
        let buckets = signals.buckets();
        let [(7, cell), (8, later)] = buckets[..] else { panic!("{buckets:?}") };
        assert_eq!((cell.requests, cell.timed, cell.slow), (8, 3, 2));
        assert_eq!((cell.scanner, cell.checks, cell.failed_checks), (1, 2, 1));
        assert_eq!(cell.codes(), [(504, 3), (CLIENT_GONE, 1), (ORIGIN_TIMEOUT, 1)]);
        assert_eq!(later.codes(), [(502, 1)]);
    }
}
