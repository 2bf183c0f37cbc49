//! The part of the report that says how long requests took.

use super::{Cliff, OverTarget};
use serde::Serialize;
use std::collections::BTreeMap;

/// Latency.
#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    /// The field it was read from; several when sources differ.
    pub field: String,
    /// Always `seconds`.
    pub unit: &'static str,
    /// Requests whose latency is in the percentiles.
    pub measured: u64,
    /// Requests whose line has no latency.
    pub missing: u64,
    /// Requests left out of the percentiles, by why: `upgrade` (101), `connect` (tunnels).
    pub excluded: BTreeMap<&'static str, u64>,
    /// Requests that ended by giving up (408, 499, 504): they would have taken longer.
    pub censored: u64,
    /// How the percentiles are made.
    pub method: &'static str,
    /// All requests.
    pub overall: Quantiles,
    /// By class of status: `2xx`, ... `none`; only classes that were measured.
    pub by_class: BTreeMap<&'static str, Quantiles>,
    /// The upstreams' part of it.
    pub phases: Phases,
    /// Durations at which many requests ended, the most requests first.
    pub cliffs: Vec<Cliff>,
    /// Routes and upstreams that miss the target for certain, those with the most slow requests
    /// first.
    pub over_target: Vec<OverTarget>,
}

/// Times of the upstreams from when the proxy turns to them; of several attempts the sum. Null
/// where the log has none.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Phases {
    /// Until the connection stands.
    pub connect: Option<Quantiles>,
    /// Until the header of the answer is there.
    pub header: Option<Quantiles>,
    /// Until all of the answer is there, but for tunnels and upgraded connections.
    pub upstream: Option<Quantiles>,
}

/// Quantiles of a set of latencies, in seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// How many.
    pub count: u64,
    /// Smallest, exact.
    pub min: f64,
    /// Arithmetic mean, exact.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Largest, exact.
    pub max: f64,
}
