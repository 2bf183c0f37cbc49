//! The part of the report that ranks routes, clients, upstreams and the like.

use super::Text;
use serde::Serialize;
use std::collections::BTreeMap;

/// The keys of each dimension with the most requests, those with the most 5xx and those with the
/// most 4xx, so many of each; in the order of their requests.
#[derive(Clone, Debug, Serialize)]
pub struct Top {
    /// Routes: paths without query, ids replaced (`url.template` in OpenTelemetry's names).
    /// They are those with the most requests, those with the most 5xx, those with the most 4xx and
    /// the slowest, so many of each; in the order of their requests. Renderers choose their own.
    pub routes: Vec<Route>,
    /// Client addresses.
    pub clients: Vec<Key>,
    /// User agents.
    pub user_agents: Vec<Key>,
    /// Hosts that were asked for.
    pub hosts: Vec<Key>,
    /// Upstream addresses, the last that was tried for each request.
    pub upstreams: Vec<Upstream>,
    /// Why responses are what they are, in the product's own word (HAProxy's termination state,
    /// Envoy's flags, a load balancer's reason).
    pub reasons: Vec<Key>,
    /// What the cache did, in the product's own word (`HIT`, `Miss`, `TCP_REFRESH_MISS`).
    pub cache_statuses: Vec<Key>,
    /// How many keys each dimension has, and what was lost by its bound.
    pub cardinality: BTreeMap<&'static str, Cardinality>,
}

/// Size of a dimension.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cardinality {
    /// Distinct keys; when `approximate`, there are more.
    pub keys: u64,
    /// True when keys were dropped to stay within the bound.
    pub approximate: bool,
    /// No key that is not held has more requests than this.
    pub max_error: u64,
}

/// One route.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    /// The path, ids replaced.
    pub route: Text,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Requests whose latency was measured.
    pub measured: u64,
    /// Median latency in seconds, at most 3.1 % above the true one.
    pub p50: Option<f64>,
    /// 95th percentile, the same.
    pub p95: Option<f64>,
    /// 99th percentile, the same.
    pub p99: Option<f64>,
    /// True when the counts may be too low, by at most `max_error`.
    pub approximate: bool,
    /// By how much each count may be too low.
    pub max_error: u64,
}

/// One key of a dimension.
#[derive(Clone, Debug, Serialize)]
pub struct Key {
    /// The key.
    pub name: Text,
    /// Requests.
    pub requests: u64,
    /// Requests with a 4xx status.
    #[serde(rename = "4xx")]
    pub client_error: u64,
    /// Requests with a 5xx status.
    #[serde(rename = "5xx")]
    pub server_error: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// True when the counts may be too low, by at most `max_error`.
    pub approximate: bool,
    /// By how much each count may be too low.
    pub max_error: u64,
}

/// One upstream.
#[derive(Clone, Debug, Serialize)]
pub struct Upstream {
    /// The counts, as of any key.
    #[serde(flatten)]
    pub key: Key,
    /// Attempts made here, also those of requests that ended elsewhere.
    pub attempts: u64,
    /// Attempts with a 5xx status, the upstream's own or the proxy's for no answer; null when the
    /// log has no upstream status.
    pub failed: Option<u64>,
    /// Attempts whose response time was measured.
    pub measured: u64,
    /// Median response time of the attempts in seconds, at most 3.1 % above the true one.
    pub p50: Option<f64>,
    /// 95th percentile, the same.
    pub p95: Option<f64>,
    /// 99th percentile, the same.
    pub p99: Option<f64>,
}
