//! How long requests took, and the upstreams' part of it.

use super::loglinear::Precise;
use crate::record::{Class, Record, Status, Upstream};

/// Why a request's latency is kept out of percentiles.
#[inline]
fn exclusion(record: &Record<'_>) -> Option<Exclusion> {
    if record.status == Status::Code(101) {
        Some(Exclusion::Upgrade)
    } else if record.method == Some(b"CONNECT") {
        Some(Exclusion::Connect)
    } else {
        None
    }
}

/// The latency of a request that belongs into percentiles.
pub(super) fn measured(record: &Record<'_>) -> Option<u64> {
    record.duration.filter(|_| exclusion(record).is_none())
}

/// Why a request's latency is kept out of percentiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exclusion {
    Upgrade,
    Connect,
}

/// Latency of all requests.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    /// By class of status, in the order of [`Class::ALL`].
    pub classes: [Precise; Class::ALL.len()],
    /// Requests whose line has no latency.
    pub missing: u64,
    /// Upgraded connections (101) with a latency, left out.
    pub upgrade: u64,
    /// Tunnels (`CONNECT`) with a latency, left out.
    pub connect: u64,
    /// Measured requests that ended by giving up (408, 499, 504): the true time is longer.
    pub censored: u64,
    /// The upstreams' part of it.
    pub phases: Phases,
}

impl Latencies {
    /// Counts a batch; `measured` becomes the latency of each request that belongs into
    /// percentiles. The life of a tunnel or of an upgraded connection (`CONNECT`, 101) does not:
    /// it says nothing about how fast a server answers. Returns whether a line has an upstream's
    /// time: to ask that here, where it is known, costs lines without one nothing.
    pub(super) fn count(&mut self, batch: &[Record<'_>], measured: &mut Vec<Option<u64>>) -> bool {
        let mut has_upstream_times = false;
        measured.clear();
        measured.extend(batch.iter().map(|record| {
            let upstream = &record.upstream;
            // Few formats have them: one branch for both.
            if upstream.connect.is_some() | upstream.header.is_some() {
                self.phases.count(upstream);
            }
            let Some(latency) = record.duration else {
                self.missing += 1;
                if let Some(duration) = upstream.duration {
                    has_upstream_times = true;
                    if exclusion(record).is_none() {
                        self.phases.upstream.record(duration);
                    }
                }
                return None;
            };
            match exclusion(record) {
                Some(Exclusion::Upgrade) => self.upgrade += 1,
                Some(Exclusion::Connect) => self.connect += 1,
                None => {
                    self.classes[record.status.class() as usize].record(latency);
                    // Here, not after the next two: that was 0.1 % slower.
                    if let Some(duration) = upstream.duration {
                        self.phases.upstream.record(duration);
                        has_upstream_times = true;
                    }
                    let gave_up = matches!(record.status, Status::Code(408 | 499 | 504));
                    self.censored += u64::from(gave_up);
                    return Some(latency);
                }
            }
            has_upstream_times |= upstream.duration.is_some();
            None
        }));
        has_upstream_times
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.classes.iter_mut().zip(&other.classes) {
            mine.merge(theirs);
        }
        self.missing += other.missing;
        self.upgrade += other.upgrade;
        self.connect += other.connect;
        self.censored += other.censored;
        self.phases.merge(&other.phases);
    }

    /// All classes together.
    pub fn overall(&self) -> Precise {
        let mut overall = Precise::default();
        self.classes.iter().for_each(|class| overall.merge(class));
        overall
    }
}

/// Times of the upstreams, where the log has them; of several attempts the sum.
#[derive(Clone, Debug, Default)]
pub struct Phases {
    /// Time to connect.
    pub connect: Precise,
    /// Time to the header of the answer.
    pub header: Precise,
    /// Time to the end of the answer, but for the life of tunnels and upgraded connections.
    pub upstream: Precise,
}

impl Phases {
    /// Counts the times that come before the end of the answer.
    #[inline(never)]
    fn count(&mut self, upstream: &Upstream<'_>) {
        if let Some(connect) = upstream.connect {
            self.connect.record(connect);
        }
        if let Some(header) = upstream.header {
            self.header.record(header);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.connect.merge(&other.connect);
        self.header.merge(&other.header);
        self.upstream.merge(&other.upstream);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Tally, routes};
    use super::*;
    use crate::format::TimeMeaning;
    use bumpalo::Bump;

    #[test]
    fn tunnels_and_upgrades_are_out_of_the_percentiles_and_timeouts_are_censored() {
        let record = |status, method: &'static [u8], duration| Record {
            status: Status::Code(status),
            method: Some(method),
            duration,
            target: Some(b"/a"),
            ..Record::default()
        };
        let batch = [
            record(200, b"GET", Some(10)),
            record(101, b"GET", Some(90_000_000)),
            record(200, b"CONNECT", Some(80_000_000)),
            record(504, b"GET", Some(60_000_000)),
            record(200, b"GET", None),
        ];
        let arena = Bump::new();
        let mut found = Vec::new();
        routes(&batch, &arena, &mut found);
        let mut tally = Tally::default();
        tally.count(&batch, &found, TimeMeaning::Unknown);
        assert_eq!(tally.latency.overall().count(), 2);
        assert_eq!((tally.latency.upgrade, tally.latency.connect), (1, 1));
        assert_eq!((tally.latency.censored, tally.latency.missing), (1, 1));
        assert_eq!(tally.class(Class::ServerError), 1);
        let route = tally.routes.rows().next().map(|row| row.value.latency.count());
        assert_eq!(route, Some(2));
    }
}
