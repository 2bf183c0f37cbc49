//! What is counted of a key: a client, a route, an upstream.

use super::heavy::Count;
use super::loglinear::Compact;
use crate::record::{Class, NoStatus, Producer, Record, Status};

/// What is counted of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    pub client_error: u64,
    /// Requests with a 5xx status.
    pub server_error: u64,
    /// Bytes sent.
    pub bytes: u64,
}

impl Counts {
    /// What one request adds.
    #[inline]
    pub(super) fn of(record: &Record<'_>) -> Self {
        let class = record.status.class();
        Self {
            requests: 1,
            client_error: u64::from(class == Class::ClientError),
            server_error: u64::from(class == Class::ServerError),
            bytes: record.bytes.unwrap_or(0),
        }
    }
}

impl Count for Counts {
    fn weight(&self) -> u64 {
        self.requests
    }

    #[inline]
    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.client_error += other.client_error;
        self.server_error += other.server_error;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// What is counted of a route.
#[derive(Clone, Debug, Default)]
pub struct RouteCounts {
    /// Requests, errors and bytes.
    pub counts: Counts,
    /// Latency, to 3.1 %.
    pub latency: Compact<5>,
    /// Requests with a 403.
    pub forbidden: u32,
    /// Requests with a 404.
    pub missing: u32,
}

impl RouteCounts {
    /// Counts the code of a 4xx.
    pub(super) fn refuse(&mut self, status: Status) {
        match status {
            Status::Code(403) => self.forbidden = self.forbidden.saturating_add(1),
            Status::Code(404) => self.missing = self.missing.saturating_add(1),
            _ => {}
        }
    }
}

impl Count for RouteCounts {
    fn weight(&self) -> u64 {
        self.counts.requests
    }

    fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.latency.merge(&other.latency);
        self.forbidden = self.forbidden.saturating_add(other.forbidden);
        self.missing = self.missing.saturating_add(other.missing);
    }
}

/// The status of the only attempt of a request. Where the balancer or the edge answered with a 5xx
/// because there was none (ALB's 504, Cloudflare's 522), the attempt failed with it.
pub(super) fn of_attempt(record: &Record<'_>) -> Status {
    match (record.upstream.status, record.status, record.produced_by) {
        (Status::None(NoStatus::Missing), ..) => Status::default(),
        (Status::None(_), status @ Status::Code(500..), Some(Producer::Proxy | Producer::Edge)) => {
            status
        }
        (status, ..) => status,
    }
}

/// What is counted of an upstream.
#[derive(Clone, Debug, Default)]
pub struct UpstreamCounts {
    /// Requests that ended here, their errors (by the status that the client saw) and bytes.
    pub counts: Counts,
    /// Attempts made here, also those of requests that ended elsewhere.
    pub attempts: u64,
    /// Attempts whose status is known.
    pub answered: u64,
    /// Attempts with a 5xx status: answered so, or by the proxy when there was no answer.
    pub failed: u64,
    /// Response time of the attempts, to 3.1 %.
    pub latency: Compact<5>,
}

impl UpstreamCounts {
    /// Counts one attempt.
    #[inline]
    pub(super) fn tried(&mut self, status: Option<Status>, duration: Option<u64>) {
        self.attempts += 1;
        if let Some(Status::Code(code)) = status {
            self.answered += 1;
            self.failed += u64::from(code >= 500);
        }
        if let Some(duration) = duration {
            self.latency.record(duration);
        }
    }
}

impl Count for UpstreamCounts {
    fn weight(&self) -> u64 {
        self.attempts
    }

    fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.attempts += other.attempts;
        self.answered += other.answered;
        self.failed += other.failed;
        self.latency.merge(&other.latency);
    }
}
