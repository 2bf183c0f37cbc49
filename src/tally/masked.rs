//! What a status does not tell: failures that a proxy hid from the client, answers that were cut
//! off behind a 200, refusals that look like outages, and whose the time was.
//!
//! Only lines that tell of an upstream, of a reason or of an abort are looked at, and only requests
//! that are judged.

use super::counts::Counts;
use super::heavy::Heavy;
use super::noise::Noise;
use crate::format::field::present;
use crate::format::list;
use crate::record::{Class, NoStatus, Producer, Record, Status};
use crate::time;

/// A request that the proxy refused itself takes no longer, in microseconds: logs of milliseconds
/// have 0.000 or 0.001.
const AT_ONCE: u64 = 1000;

/// The counts.
#[derive(Clone, Debug)]
pub struct Masked {
    /// Requests that an upstream was asked for.
    pub asked: u64,
    /// Of those, requests that were answered below 400 after an earlier attempt had failed: with a
    /// 5xx, or without a status.
    pub rescued: u64,
    /// Failed attempts of [`Masked::rescued`] whose time is known.
    pub lost: u64,
    /// The time that they took together, microseconds.
    pub lost_micros: u64,
    /// Requests whose line has the status of the upstream that was asked last.
    pub told: u64,
    /// Of those, requests answered below 400 although the upstream's status is 500 or above.
    pub hidden: u64,
    /// The same by route.
    pub hidden_routes: Heavy<Counts>,
    /// 2xx whose answer the server did not bring to its end.
    pub cut_by_server: u64,
    /// 2xx whose answer the client did not take to its end.
    pub cut_by_client: u64,
    /// 503 that the proxy made itself at once, without a reason and without asking an upstream.
    pub refused: u64,
    /// Requests at or over the latency target whose upstream's time is known.
    pub slow: u64,
    /// Of those, requests whose upstream's time is under the target.
    pub slow_elsewhere: u64,
}

impl Default for Masked {
    fn default() -> Self {
        Self {
            asked: 0,
            rescued: 0,
            lost: 0,
            lost_micros: 0,
            told: 0,
            hidden: 0,
            hidden_routes: Heavy::new(super::MAX_KEYS),
            cut_by_server: 0,
            cut_by_client: 0,
            refused: 0,
            slow: 0,
            slow_elsewhere: 0,
        }
    }
}

/// Who did not bring an answer to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

impl Masked {
    /// Counts a batch. `latencies` are those that belong into percentiles, `slow` is the target.
    pub(super) fn count(
        &mut self,
        batch: &[Record<'_>],
        routes: &[Option<&[u8]>],
        latencies: &[Option<u64>],
        noises: &[Option<Noise>],
        slow: u64,
    ) {
        // What nearly every line of such a log has is counted in registers; all else is rare.
        let (mut asked, mut told) = (0, 0);
        let records = batch.iter().zip(latencies).zip(noises).enumerate();
        for (at, ((record, latency), noise)) in records {
            if noise.is_some() {
                continue;
            }
            let upstream = &record.upstream;
            asked += u64::from(upstream.attempts > 0);
            if upstream.attempts > 1 && is_success(record.status) {
                self.count_tries(record);
            }
            if let Status::Code(code) = upstream.status {
                told += 1;
                if code >= 500 && is_success(record.status) {
                    self.count_hidden(routes[at]);
                }
            }
            if record.aborted | record.reason.is_some() {
                self.count_cut(record);
            }
            if record.status == Status::Code(503) {
                self.refused += u64::from(is_refused(record));
            }
            if let (Some(latency), Some(duration)) = (*latency, upstream.duration)
                && latency >= slow
            {
                self.slow += 1;
                self.slow_elsewhere += u64::from(duration < slow);
            }
        }
        self.asked += asked;
        self.told += told;
    }

    /// An error of the upstream behind a success.
    #[cold]
    fn count_hidden(&mut self, route: Option<&[u8]>) {
        self.hidden += 1;
        if let Some(route) = route {
            self.hidden_routes.add(route, |row| row.requests += 1);
        }
    }

    fn count_cut(&mut self, record: &Record<'_>) {
        match cut_by(record) {
            Some(Side::Server) => self.cut_by_server += 1,
            Some(Side::Client) => self.cut_by_client += 1,
            None => {}
        }
    }

    /// A request that was tried more than once and went well. Where the line has no lists, the
    /// product tries again only what failed: HAProxy's `retries`, Envoy's and Traefik's retries.
    #[cold]
    fn count_tries(&mut self, record: &Record<'_>) {
        let tries = record.upstream.tries;
        if tries.statuses.is_empty() {
            let is_list = !tries.addresses.is_empty() || !tries.durations.is_empty();
            self.rescued += u64::from(!is_list);
            return;
        }
        let mut statuses = list::items(tries.statuses).peekable();
        let mut durations = list::items(tries.durations);
        let mut has_failed = false;
        while let Some(status) = statuses.next() {
            let duration = durations.next().and_then(present);
            let failed = match Status::parse(status) {
                Some(Status::Code(code)) => code >= 500,
                _ => true,
            };
            if !failed || statuses.peek().is_none() {
                continue;
            }
            has_failed = true;
            if let Some(micros) = duration.and_then(|text| time::decimal(text, tries.scale)) {
                self.lost += 1;
                self.lost_micros = self.lost_micros.saturating_add(micros);
            }
        }
        self.rescued += u64::from(has_failed);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.asked += other.asked;
        self.rescued += other.rescued;
        self.lost += other.lost;
        self.lost_micros = self.lost_micros.saturating_add(other.lost_micros);
        self.told += other.told;
        self.hidden += other.hidden;
        self.hidden_routes.merge(&other.hidden_routes);
        self.cut_by_server += other.cut_by_server;
        self.cut_by_client += other.cut_by_client;
        self.refused += other.refused;
        self.slow += other.slow;
        self.slow_elsewhere += other.slow_elsewhere;
    }
}

/// Whether the client saw neither an error nor an upgrade.
fn is_success(status: Status) -> bool {
    matches!(status, Status::Code(200..=399))
}

/// Who cut the answer of a 2xx off, as far as the line tells: HAProxy's termination state in the
/// phase of data (`doc/configuration.txt`, "Session state at disconnection"), the `statusDetails` of
/// Google Cloud (`…_after_partial_response`), or the mark of an abort, which is the client's.
fn cut_by(record: &Record<'_>) -> Option<Side> {
    // A tunnel ends when one of its ends goes.
    if record.status.class() != Class::Successful || record.method == Some(b"CONNECT") {
        return None;
    }
    match record.reason {
        Some([b'S' | b's', b'D']) => Some(Side::Server),
        Some([b'C' | b'c', b'D']) => Some(Side::Client),
        Some(reason) if memchr::memmem::find(reason, b"_after_partial_response").is_some() => {
            let by_client = reason.starts_with(b"client");
            Some(if by_client { Side::Client } else { Side::Server })
        }
        _ => record.aborted.then_some(Side::Client),
    }
}

/// Whether a 503 is the proxy's own, without a reason and as fast as nothing but a limit or a
/// fixed answer is.
fn is_refused(record: &Record<'_>) -> bool {
    let is_unasked =
        matches!(record.upstream.status, Status::None(none) if none != NoStatus::Missing);
    is_unasked
        && record.upstream.attempts == 0
        && record.reason.is_none()
        && record.duration.is_some_and(|duration| duration <= AT_ONCE)
        && record.producer() == Some(Producer::Proxy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Tries, Upstream};

    fn counted(batch: &[Record<'_>]) -> Masked {
        let mut masked = Masked::default();
        let routes = vec![Some(&b"/a"[..]); batch.len()];
        let latencies: Vec<_> = batch.iter().map(|record| record.duration).collect();
        masked.count(batch, &routes, &latencies, &vec![None; batch.len()], 200_000);
        masked
    }

    fn tried(status: u16, statuses: &'static str, durations: &'static str) -> Record<'static> {
        let attempts = list::items(statuses.as_bytes()).count();
        let last = list::items(statuses.as_bytes()).last().and_then(Status::parse);
        Record {
            status: Status::Code(status),
            upstream: Upstream {
                address: Some(b"192.0.2.1:80"),
                attempts: attempts as u32,
                status: last.unwrap_or_default(),
                tries: Tries {
                    addresses: b"192.0.2.2:80, 192.0.2.1:80",
                    statuses: statuses.as_bytes(),
                    durations: durations.as_bytes(),
                    scale: 6,
                },
                ..Upstream::default()
            },
            ..Record::default()
        }
    }

    #[test]
    fn an_attempt_that_failed_before_a_success_was_masked() {
        for (status, statuses, durations, rescued, lost) in [
            (200, "502, 200", "0.500, 0.020", 1, (1, 500_000)),
            (304, "504, 502, 304", "2.000, -, 0.1", 1, (1, 2_000_000)),
            (200, "502 : 200", "0.001, 0.002", 1, (1, 1000)),
            (200, "-, 200", "-, 0.002", 1, (0, 0)),
            // An internal redirect to another upstream; a 404 that is tried elsewhere.
            (200, "200 : 200", "0.001 : 0.002", 0, (0, 0)),
            (200, "404, 200", "0.001, 0.002", 0, (0, 0)),
            // The client saw that one.
            (502, "502, 502", "0.001, 0.002", 0, (0, 0)),
        ] {
            let found = counted(&[tried(status, statuses, durations)]);
            assert_eq!((found.asked, found.rescued), (1, rescued), "{status} {statuses}");
            assert_eq!((found.lost, found.lost_micros), lost, "{status} {statuses}");
        }
    }

    #[test]
    fn a_retry_without_lists_follows_a_failure() {
        let upstream = Upstream { attempts: 3, address: Some(b"s1"), ..Upstream::default() };
        let record = Record { status: Status::Code(200), upstream, ..Record::default() };
        assert_eq!(counted(&[record]).rescued, 1);
        // Two addresses whose statuses are not logged: it may be an internal redirect.
        let mut listed = record;
        listed.upstream.tries.addresses = b"192.0.2.1:80 : 192.0.2.2:80";
        assert_eq!(counted(&[listed]).rescued, 0);
    }

    #[test]
    fn an_error_below_a_success_is_hidden() {
        for (status, upstream, hidden) in [
            (200, 502, 1),
            (302, 500, 1),
            (500, 500, 0),
            (404, 500, 0),
            (200, 404, 0),
            (200, 200, 0),
        ] {
            let upstream =
                Upstream { status: Status::Code(upstream), attempts: 1, ..Upstream::default() };
            let record = Record { status: Status::Code(status), upstream, ..Record::default() };
            let found = counted(&[record]);
            assert_eq!((found.told, found.hidden), (1, hidden), "{record:?}");
            assert_eq!(found.hidden_routes.len() as u64, hidden);
        }
    }

    #[test]
    fn the_side_that_cut_an_answer_off_is_told() {
        for (status, reason, aborted, sides) in [
            (200, "SD", false, (1, 0)),
            (206, "sD", false, (1, 0)),
            (200, "CD", true, (0, 1)),
            (200, "cD", true, (0, 1)),
            (200, "", true, (0, 1)),
            (200, "client_disconnected_after_partial_response", true, (0, 1)),
            (200, "backend_connection_closed_after_partial_response_sent", false, (1, 0)),
            (502, "SD", false, (0, 0)),
            (200, "PD", false, (0, 0)),
            (200, "LR", false, (0, 0)),
            (499, "", true, (0, 0)),
        ] {
            let record = Record {
                status: Status::Code(status),
                reason: present(reason.as_bytes()),
                aborted,
                ..Record::default()
            };
            let found = counted(&[record]);
            assert_eq!((found.cut_by_server, found.cut_by_client), sides, "{status} {reason}");
            let tunnel = counted(&[Record { method: Some(b"CONNECT"), ..record }]);
            assert_eq!((tunnel.cut_by_server, tunnel.cut_by_client), (0, 0), "{status} {reason}");
        }
    }

    #[test]
    fn a_503_at_once_that_asked_nobody_is_a_refusal() {
        let dash = Upstream { status: Status::None(NoStatus::Dash), ..Upstream::default() };
        let refused = Record {
            status: Status::Code(503),
            duration: Some(0),
            upstream: dash,
            ..Record::default()
        };
        for (record, count) in [
            (refused, 1),
            (Record { duration: Some(1000), ..refused }, 1),
            (Record { duration: Some(2000), ..refused }, 0),
            (Record { duration: None, ..refused }, 0),
            (Record { status: Status::Code(502), ..refused }, 0),
            // HAProxy tells why.
            (Record { reason: Some(b"SC"), ..refused }, 0),
            (Record { upstream: Upstream { attempts: 1, ..dash }, ..refused }, 0),
            // Nobody knows who made it.
            (Record { upstream: Upstream::default(), ..refused }, 0),
        ] {
            assert_eq!(counted(&[record]).refused, count, "{record:?}");
        }
    }

    #[test]
    fn slow_requests_are_slow_somewhere() {
        let record = |duration, upstream| Record {
            duration: Some(duration),
            upstream: Upstream { duration: upstream, ..Upstream::default() },
            ..Record::default()
        };
        let batch = [
            record(900_000, Some(10_000)),
            record(900_000, Some(890_000)),
            record(900_000, None),
            record(199_999, Some(10)),
        ];
        let found = counted(&batch);
        assert_eq!((found.slow, found.slow_elsewhere), (2, 1));
    }

    #[test]
    fn what_is_not_judged_is_not_looked_at() {
        let mut masked = Masked::default();
        let record = tried(200, "502, 200", "0.1, 0.1");
        masked.count(&[record], &[None], &[None], &[Some(Noise::HealthCheck)], 200_000);
        assert_eq!((masked.asked, masked.rescued), (0, 0));
    }
}
