//! What incidents are found in: shares of requests, each with what counts as bad.

use super::{Gates, Timeline};
use crate::tally::sample::{Drawn, Kind};
use crate::tally::signals::{CLIENT_GONE, Cell, NO_STATUS, ORIGIN_TIMEOUT};
use crate::tally::{Noise, Request};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A code that is rarer than this in the whole log has no signal of its own.
const RARE: u64 = 8;

/// A share of requests. In the order in which an incident of several is named after one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// 5xx, and requests that the origin did not answer in time.
    ServerError,
    /// 504 and its like: no answer in time.
    Timeouts,
    /// A status code, or one of [`NO_STATUS`] and its like.
    Code(u16),
    /// Clients that left before there was an answer.
    ClientGone,
    /// 4xx, but for those clients.
    ClientError,
    /// At or over the latency target, of those measured.
    Slow,
    /// Tried on more than one upstream.
    Retried,
    /// 200 where 304 could have been.
    NotCached,
    /// 3xx, but for 304.
    Redirects,
    /// Health checks that failed, of all health checks.
    HealthChecks,
    /// Requests of scanners, which are not judged otherwise.
    Scanner,
}

/// Kinds of signals that mean much the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The service fails.
    Server,
    /// Clients do not wait.
    Gone,
    /// Clients are refused.
    Client,
    /// It takes long.
    Slow,
    /// None of the others.
    Other,
}

impl Signal {
    /// Those that every log has.
    const ALWAYS: [Self; 10] = [
        Self::ServerError,
        Self::Timeouts,
        Self::ClientGone,
        Self::ClientError,
        Self::Slow,
        Self::Retried,
        Self::NotCached,
        Self::Redirects,
        Self::HealthChecks,
        Self::Scanner,
    ];

    /// Every signal of a log.
    pub fn all(timeline: &Timeline) -> Vec<Self> {
        let mut codes: BTreeMap<u16, u64> = BTreeMap::new();
        for (code, count) in timeline.cells.iter().flat_map(Cell::codes) {
            *codes.entry(*code).or_default() += u64::from(*count);
        }
        let codes = codes.into_iter().filter(|(code, count)| {
            *count >= RARE && matches!(*code, NO_STATUS | 400..=498 | 500..=599)
        });
        Self::ALWAYS.into_iter().chain(codes.map(|(code, _)| Self::Code(code))).collect()
    }

    /// The name used in reports.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::ServerError => "5xx",
            Self::Timeouts => "timeouts",
            Self::Code(NO_STATUS) => "no_status",
            Self::Code(code) => return Cow::Owned(code.to_string()),
            Self::ClientGone => "client_gone",
            Self::ClientError => "4xx",
            Self::Slow => "slow",
            Self::Retried => "retried",
            Self::NotCached => "not_cached",
            Self::Redirects => "redirects",
            Self::HealthChecks => "health_checks",
            Self::Scanner => "scanner",
        })
    }

    /// What it belongs to.
    pub fn family(self) -> Family {
        match self {
            Self::ServerError | Self::Timeouts | Self::Code(500..=599) => Family::Server,
            Self::ClientGone => Family::Gone,
            Self::Code(460) => Family::Gone,
            Self::ClientError | Self::Code(400..=499) => Family::Client,
            Self::Slow => Family::Slow,
            _ => Family::Other,
        }
    }

    /// How far above normal it matters (`method.md` 3.2). A single code that clients cause is
    /// mostly rare, so less of it matters than of all 4xx; not of 404, which is most of them.
    pub fn gates(self) -> Gates {
        Gates::above(match self {
            Self::ServerError | Self::Timeouts | Self::Code(500..=599) => 0.001,
            Self::Code(404) => 0.01,
            Self::Code(_) | Self::ClientGone => 0.002,
            Self::ClientError | Self::Slow | Self::Redirects | Self::Scanner => 0.02,
            Self::Retried => 0.005,
            Self::HealthChecks => 0.1,
            // Of the 304 that are missing.
            Self::NotCached => 0.02,
        })
    }

    /// Whether a code counts as bad.
    pub fn is_bad_code(self, code: u16) -> bool {
        match self {
            Self::ServerError => matches!(code, 500..=599 | ORIGIN_TIMEOUT),
            Self::Timeouts => matches!(code, 504 | 522 | 524 | 598 | 599 | ORIGIN_TIMEOUT),
            Self::Code(own) => code == own,
            Self::ClientGone => matches!(code, 499 | 460 | CLIENT_GONE),
            Self::ClientError => matches!(code, 400..=459 | 461..=498),
            Self::Redirects => matches!(code, 301 | 302 | 303 | 307 | 308),
            Self::NotCached => matches!(code, 200..=299),
            Self::Slow | Self::Retried | Self::HealthChecks | Self::Scanner => false,
        }
    }

    /// Bad requests of a bucket, and of how many.
    pub fn counts(self, cell: &Cell) -> (u64, u64) {
        let sum = |of: &dyn Fn(u16) -> bool| {
            let codes = cell.codes().iter().filter(|(code, _)| of(*code));
            codes.map(|(_, count)| u64::from(*count)).sum::<u64>()
        };
        match self {
            Self::Slow => (cell.slow, cell.timed),
            Self::Retried => (cell.retried, cell.requests),
            Self::HealthChecks => (cell.failed_checks, cell.checks),
            Self::Scanner => (cell.scanner, cell.requests + cell.scanner),
            Self::NotCached => {
                let successful = cell.requests - sum(&|_| true);
                (successful, successful + sum(&|code| code == 304))
            }
            _ => (sum(&|code| self.is_bad_code(code)), cell.requests),
        }
    }

    /// Whether a request of the sample is bad; `None` when it is not of those that the signal is a
    /// share of.
    pub fn judge(self, drawn: &Drawn, kind: Kind, slow: u64) -> Option<bool> {
        let Drawn { outcome, latency, retried, .. } = *drawn;
        self.judge_request(&Request { outcome, latency, retried, kind }, slow)
    }

    /// The same of any request.
    pub fn judge_request(self, request: &Request, slow: u64) -> Option<bool> {
        match (self, request.kind) {
            (Self::HealthChecks, Kind::Noise(Noise::HealthCheck)) => {
                Some(request.outcome >= 400 || request.outcome == ORIGIN_TIMEOUT)
            }
            (Self::Scanner, Kind::Noise(noise)) => (noise == Noise::Scanner).then_some(true),
            (Self::Scanner, _) => Some(false),
            (Self::HealthChecks, _) | (_, Kind::Noise(_)) => None,
            (Self::Slow, _) => request.latency.map(|latency| latency >= slow),
            (Self::Retried, _) => Some(request.retried),
            (Self::NotCached, _) => match request.outcome {
                304 => Some(false),
                code => self.is_bad_code(code).then_some(true),
            },
            _ => Some(self.is_bad_code(request.outcome)),
        }
    }
}
