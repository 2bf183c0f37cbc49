//! Whose the time is: connections that take long, and clients that do.

use super::super::latency::quantiles;
use super::super::{ratio, seconds};
use super::{Facts, LEAST, finding};
use crate::number;
use crate::report::incident::{Finding, Severity};

/// 95th percentile of the time to connect from which on it is long, in microseconds: within a data
/// centre it is about a millisecond.
const LONG: u64 = 50_000;
/// Connections that a percentile needs.
const CONNECTIONS: u64 = 100;
/// Share of the slow requests whose time is not the upstream's.
const ELSEWHERE: f64 = 0.5;

/// Proxies that stand beside their upstreams, and lines that may be of one. A CDN's connections
/// cross the internet.
const NEAR: [&str; 8] =
    ["nginx", "HAProxy", "Envoy", "Traefik", "Apache httpd", "Caddy", "Varnish", "unknown"];
/// Products whose latency lasts until the client has the answer, and whose upstream's time lasts
/// until the upstream has given it. HAProxy and Envoy log the upstream's first byte only, and most
/// balancers stop before the client has all.
const WHOLE: [&str; 3] = ["nginx", "Traefik", "unknown"];

/// Connecting to upstreams takes long.
pub(super) fn connect(facts: &Facts<'_>) -> Option<Finding> {
    let connect = &facts.tally.latency.phases.connect;
    if connect.count() < CONNECTIONS || !NEAR.contains(&facts.product) {
        return None;
    }
    let quantiles = quantiles(connect);
    if quantiles.p95 <= seconds(LONG) {
        return None;
    }
    let severity = match quantiles.p95 >= seconds(facts.latency_target) {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let [p50, p95, p99] = [quantiles.p50, quantiles.p95, quantiles.p99].map(number::duration);
    let keep = match facts.product {
        "nginx" => {
            "keepalive in the upstream block, with proxy_http_version 1.1 and an empty Connection \
             header: fewer connections have to be made"
        }
        "HAProxy" => "http-reuse and maxconn of the servers: fewer connections have to be made",
        "Apache httpd" => "max and ttl of ProxyPass, and enablereuse: fewer connections are made",
        _ => "connections to upstreams that are kept open: fewer have to be made",
    };
    Some(finding(
        "connect-time-rise",
        severity,
        format!("connecting to upstreams takes long: p95 {p95}, where a millisecond is usual"),
        vec![
            format!("p50 {p50} · p95 {p95} · p99 {p99}"),
            format!("{} requests with a time to connect", number::count(connect.count())),
        ],
        [
            "the listen backlog of the upstreams (somaxconn, ListenOverflows): 1 s and 3 s are SYN \
             packets that were sent again",
            keep,
            "the way to them: another region, TLS, a firewall that drops",
        ],
    ))
}

/// The latency target is missed, and not by the upstreams.
pub(super) fn slow_clients(facts: &Facts<'_>) -> Option<Finding> {
    let masked = &facts.tally.masked;
    let share = ratio(masked.slow_elsewhere, masked.slow);
    let is_clear = masked.slow_elsewhere >= LEAST && share >= ELSEWHERE;
    if !facts.is_slow || !is_clear || !WHOLE.contains(&facts.product) {
        return None;
    }
    let target = number::duration_limit(seconds(facts.latency_target));
    let upstream = quantiles(&facts.tally.latency.phases.upstream);
    Some(finding(
        "slow-clients",
        Severity::Info,
        format!(
            "slow clients, not a slow backend: in {} of slow requests the upstream took less than \
             {target}",
            number::percent(share)
        ),
        vec![
            format!(
                "{} of {} requests of {target} or longer whose upstream's time is known",
                number::count(masked.slow_elsewhere),
                number::count(masked.slow)
            ),
            format!("upstreams: p95 {}", number::duration(upstream.p95)),
        ],
        [
            "large answers and uploads: compression, a CDN, sizes by route",
            "the target: the upstream's time says more of the service than the client's line does",
        ],
    ))
}
