//! Timeout cliffs: many requests that all took the same time did not finish, they were cut off.
//! The time tells by what.
//!
//! Method: the densest short window of durations is an *atom* when it holds enough requests, a tenth
//! of the slow ones, and is several times as dense as what lies around it. On a thousand smooth
//! lognormal sets it must find next to nothing; a test holds that.

use crate::tally::loglinear::Precise;

/// A mass of requests at one duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cliff {
    /// The median duration of the requests in it, in microseconds.
    pub at: u64,
    /// Requests in it.
    pub count: u64,
    /// Their share of the requests that were at least as slow as was asked for.
    pub share: f64,
}

/// Shortest duration that is looked at, in microseconds: below, clocks of a millisecond and fast
/// answers make atoms of their own.
pub const FLOOR: u64 = 250_000;
/// The floor for requests that were answered (2xx, 3xx): most of them are none of a timeout's.
pub const FLOOR_OF_ANSWERED: u64 = 1_000_000;

/// Most cliffs of one group.
const MOST: usize = 3;
/// Fewest requests in an atom.
const LEAST: u64 = 10;
/// Smallest share of the group.
const LEAST_SHARE: f64 = 0.1;
/// How many times as dense as what lies around it.
const CONTRAST: f64 = 5.0;

/// Length of the window that begins at a duration: timers fire late by some milliseconds, and a
/// histogram of three digits is as coarse as 0.1 %.
fn window(at: u64) -> u64 {
    (at / 1000 * 15).max(60_000)
}

/// The cliffs among durations, given as `(microseconds, requests)` in ascending order, heaviest
/// first, at most three. All durations of one group of statuses belong in the list, also those below
/// `floor`: an atom is judged by what lies around it.
pub fn cliffs(durations: &[(u64, u64)], floor: u64) -> Vec<Cliff> {
    let mut left: Vec<(u64, u64)> = durations.iter().copied().filter(|(_, n)| *n > 0).collect();
    left.sort_unstable();
    let from = |left: &[(u64, u64)]| left.partition_point(|(at, _)| *at < floor);
    let group = total(&left[from(&left)..]);
    let mut found = Vec::new();
    while found.len() < MOST {
        let Some((start, end)) = densest(&left, from(&left)) else { break };
        let count = total(&left[start..end]);
        let share = count as f64 / group as f64;
        if count < LEAST || share < LEAST_SHARE || !stands_out(&left, start, end) {
            break;
        }
        found.push(Cliff { at: median(&left[start..end]), count, share });
        // What is left must stand out without it.
        left.drain(start..end);
    }
    found
}

/// The cliffs of a histogram.
pub fn of_histogram(durations: &Precise, floor: u64) -> Vec<Cliff> {
    let hdr = durations.to_hdr();
    let buckets: Vec<(u64, u64)> =
        hdr.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect();
    cliffs(&buckets, floor)
}

fn total(durations: &[(u64, u64)]) -> u64 {
    durations.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

/// The window with the most requests, as a range of the list; the earliest of several.
fn densest(durations: &[(u64, u64)], first: usize) -> Option<(usize, usize)> {
    let (mut best, mut most) = (None, 0u128);
    let (mut end, mut inside) = (first, 0u128);
    for start in first..durations.len() {
        let at = durations[start].0;
        let limit = at.saturating_add(window(at));
        while let Some((_, count)) = durations.get(end).filter(|(at, _)| *at <= limit) {
            inside += u128::from(*count);
            end += 1;
        }
        if inside > most {
            (best, most) = (Some((start, end)), inside);
        }
        inside -= u128::from(durations[start].1);
    }
    best
}

/// Whether a window is several times as dense as 60 to 97 % and 103 to 150 % of it are together.
fn stands_out(durations: &[(u64, u64)], start: usize, end: usize) -> bool {
    let (first, last) = (durations[start].0 as f64, durations[end - 1].0 as f64);
    let length = window(durations[start].0) as f64;
    let within = |from: f64, to: f64| {
        let place = |limit: f64| durations.partition_point(|(at, _)| (*at as f64) < limit);
        let (from, to) = (place(from), place(to));
        total(&durations[from..to.max(from)]) as f64
    };
    // Where the window is longer than 3 %, what follows begins behind it.
    let behind = (first * 1.03).max(last + 1.0);
    let (low, high) = ((first * 0.6, first * 0.97), (behind, (first * 1.5).max(behind + length)));
    let around = within(low.0, low.1) + within(high.0, high.1);
    let density = around / ((low.1 - low.0) + (high.1 - high.0));
    total(&durations[start..end]) as f64 / length >= CONTRAST * density
}

/// The duration of the middle request.
fn median(durations: &[(u64, u64)]) -> u64 {
    let half = total(durations).div_ceil(2);
    let mut seen = 0u64;
    for (at, count) in durations {
        seen = seen.saturating_add(*count);
        if seen >= half {
            return *at;
        }
    }
    durations.last().map_or(0, |(at, _)| *at)
}

/// A timeout that a product has.
struct Timeout {
    /// The product, as the table of formats calls it (`format::Product::name`).
    product: &'static str,
    /// Its default in milliseconds; 0: it has none, and any time may be it.
    millis: u64,
    /// The statuses that it ends in; empty: any.
    codes: &'static [u16],
    /// What it is called in the product's configuration.
    directive: &'static str,
}

const fn timeout(
    product: &'static str,
    millis: u64,
    codes: &'static [u16],
    directive: &'static str,
) -> Timeout {
    Timeout { product, millis, codes, directive }
}

/// The timeouts, those with a time of their own before those that may be any. The statuses are those
/// that were measured on the servers, or that the documentation names.
const TIMEOUTS: &[Timeout] = &[
    // nginx: ngx_http_proxy_module and ngx_http_core_module, each 60 s by default.
    timeout(
        "nginx",
        60_000,
        &[504],
        "proxy_read_timeout (or fastcgi_read_timeout, proxy_connect_timeout)",
    ),
    timeout("nginx", 60_000, &[408], "client_body_timeout or client_header_timeout"),
    timeout("nginx", 60_000, &[200, 206], "proxy_read_timeout or send_timeout within the body"),
    timeout("nginx", 0, &[504], "proxy_read_timeout or proxy_connect_timeout"),
    timeout("nginx", 0, &[408], "client_body_timeout or client_header_timeout"),
    // Apache httpd 2.4, `core`: TimeOut 60, which ProxyTimeout is unless it is set;
    // mod_reqtimeout: header=20-40, body=20 by default. A read timeout of mod_proxy is a
    // 502, one of the connection a 503 or 504 (measured).
    timeout("Apache httpd", 60_000, &[502, 503, 504], "ProxyTimeout or TimeOut"),
    timeout("Apache httpd", 20_000, &[408], "RequestReadTimeout"),
    timeout("Apache httpd", 40_000, &[408], "RequestReadTimeout"),
    timeout("Apache httpd", 0, &[504], "ProxyTimeout or TimeOut"),
    // HAProxy has no defaults (configuration manual, section 4.2). A connection is tried `retries`
    // times more (3 by default) after each `timeout connect`: 503 with state sC; an answer that does
    // not come is 504 with sH.
    timeout("HAProxy", 0, &[503], "timeout connect x (retries + 1), or timeout queue"),
    timeout("HAProxy", 0, &[504], "timeout server"),
    timeout("HAProxy", 0, &[408], "timeout http-request or timeout client"),
    // Envoy: config.route.v3.RouteAction.timeout, 15 s; config.cluster.v3.Cluster.connect_timeout, 5 s.
    timeout("Envoy", 15_000, &[], "the route's timeout"),
    timeout("Envoy", 5_000, &[503], "the cluster's connect_timeout"),
    timeout("Envoy", 0, &[504], "the route's timeout"),
    // Traefik: serversTransport.forwardingTimeouts.dialTimeout 30 s.
    timeout("Traefik", 30_000, &[502, 504], "forwardingTimeouts.dialTimeout"),
    // Varnish: first_byte_timeout 60 s, connect_timeout 3.5 s (parameters of varnishd).
    timeout("Varnish", 60_000, &[503], "first_byte_timeout or between_bytes_timeout"),
    timeout("Varnish", 3_500, &[503], "connect_timeout"),
    // Squid: connect_timeout 1 minute, read_timeout 15 minutes (squid.conf.documented).
    timeout("Squid", 60_000, &[503, 504], "connect_timeout"),
    timeout("Squid", 900_000, &[502, 504], "read_timeout"),
    // uWSGI: `harakiri`, no default.
    timeout("uWSGI", 0, &[502, 504], "harakiri"),
    // Cloudflare, "Connection limits": the TCP connection 19 s and its acknowledgement 90 s (522),
    // proxy read 120 s, which was 100 s for years (524), proxy write 30 s (524).
    timeout("Cloudflare", 19_000, &[], "the TCP connection to the origin (522), not configurable"),
    timeout("Cloudflare", 30_000, &[524], "the proxy write timeout, not configurable"),
    timeout(
        "Cloudflare",
        90_000,
        &[],
        "the TCP acknowledgement of the origin (522), not configurable",
    ),
    timeout("Cloudflare", 100_000, &[], "the proxy read timeout (524)"),
    timeout("Cloudflare", 120_000, &[], "the proxy read timeout (524)"),
    // CloudFront, API reference, Origin: OriginReadTimeout 30 s, ConnectionTimeout 10 s and up to
    // three ConnectionAttempts.
    timeout("CloudFront", 30_000, &[], "OriginReadTimeout, or ConnectionTimeout x 3 attempts"),
    timeout("CloudFront", 10_000, &[], "ConnectionTimeout"),
    timeout("CloudFront", 0, &[504], "OriginReadTimeout"),
    // Fastly, VCL reference, bereq.first_byte_timeout: 15 s; 60 s between its own nodes.
    timeout("Fastly", 15_000, &[], "first_byte_timeout"),
    timeout("Fastly", 60_000, &[], "the timeout between Fastly's nodes, not configurable"),
    // Akamai, property behaviours: `timeout` 5 s for the connection, `readTimeout` 5 s for each read
    // and `firstByteTimeout` 20 s.
    timeout("Akamai", 5_000, &[503, 504], "timeout or readTimeout"),
    timeout("Akamai", 20_000, &[503, 504], "firstByteTimeout"),
    // Azure Front Door, "Troubleshoot common issues": 30 s by default, at most 240 s.
    timeout("Azure Front Door", 30_000, &[], "the origin response timeout"),
    timeout("Azure Front Door", 240_000, &[], "the origin response timeout"),
    // Azure Application Gateway, "HTTP settings": 20 s by default.
    timeout(
        "Azure Application Gateway",
        20_000,
        &[502, 504],
        "requestTimeout of the backend settings",
    ),
    // Azure App Service: the load balancer in front of it idles out at 230 s.
    timeout("Azure App Service", 230_000, &[], "the platform's load balancer, not configurable"),
    // Elastic Load Balancing, "Edit attributes": idle timeout 60 s; ALB troubleshooting, HTTP 504:
    // "failed to establish a connection to the target before the connection timeout expired (10 seconds)".
    timeout("AWS ALB", 60_000, &[], "idle_timeout.timeout_seconds"),
    timeout("AWS ALB", 10_000, &[502, 503, 504], "the connection to the target, not configurable"),
    timeout("AWS ALB", 0, &[504], "idle_timeout.timeout_seconds"),
    timeout("AWS CLB", 60_000, &[], "the idle timeout"),
    // API Gateway quotas: integration timeout 29 s (REST) or 30 s (HTTP APIs).
    timeout("API Gateway", 29_000, &[], "the integration timeout"),
    timeout("API Gateway", 30_000, &[], "the integration timeout"),
    // Compute Engine API, backendServices.timeoutSec: 30 s by default.
    timeout("Google Cloud LB", 30_000, &[], "timeoutSec of the backend service"),
    // Heroku, error codes: H12 at 30 s, H19 at 5 s, H15 and H28 at 55 s.
    timeout("Heroku router", 30_000, &[], "the router's request timeout (H12), not configurable"),
    timeout("Heroku router", 5_000, &[503], "the connection to the dyno (H19), not configurable"),
    timeout("Heroku router", 55_000, &[], "the router's idle timeout (H15, H28)"),
];

/// Statuses that say that the client left: the time is the client's own.
const CLIENT_LEFT: [u16; 2] = [499, 460];

/// What cut requests off: the directive or limit of a product that the time of a cliff points to,
/// as a hint to look there first. `at` is in microseconds; `product` is a
/// [`format::Product::name`](crate::format::Product::name); `code` is the status of the requests,
/// `None` when they have several. `None` when nothing is known.
pub fn directive(at: u64, product: &str, code: Option<u16>) -> Option<&'static str> {
    if code.is_some_and(|code| CLIENT_LEFT.contains(&code)) {
        return Some("a timeout of the client");
    }
    let fits = |timeout: &&Timeout| {
        let is_status = match code {
            Some(code) => timeout.codes.is_empty() || timeout.codes.contains(&code),
            // A time of its own says enough; any time for any status says nothing.
            None => timeout.millis > 0,
        };
        timeout.product == product && is_status && timeout.is_at(at)
    };
    TIMEOUTS.iter().find(fits).map(|timeout| timeout.directive)
}

impl Timeout {
    /// Timers fire late, never early; clocks are cut to milliseconds, and a histogram's bucket may be
    /// 0.1 % off.
    fn is_at(&self, at: u64) -> bool {
        let due = self.millis * 1000;
        let early = due - (due / 500).min(due);
        due == 0 || (early..=due + (due / 50).max(100_000)).contains(&at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::dice::Dice;
    use super::*;
    use crate::format::FORMATS;
    use proptest::prelude::*;

    fn histogram(durations: &[u64]) -> Precise {
        let mut histogram = Precise::default();
        durations.iter().for_each(|duration| histogram.record(*duration));
        histogram
    }

    fn listed(durations: &[u64]) -> Vec<(u64, u64)> {
        durations.iter().map(|duration| (*duration, 1)).collect()
    }

    #[test]
    fn smooth_durations_have_no_cliffs() {
        let mut random = Dice(1);
        let mut found = 0;
        for _ in 0..1000 {
            let size = 20 + (random.next() % 3000) as usize;
            let median = 0.05 * (random.uniform() * 6.0).exp();
            let sigma = 0.3 + random.uniform() * 1.2;
            let set: Vec<u64> = (0..size).map(|_| random.duration(median, sigma)).collect();
            let floor = if random.next().is_multiple_of(2) { FLOOR } else { FLOOR_OF_ANSWERED };
            found += usize::from(!of_histogram(&histogram(&set), floor).is_empty());
        }
        assert!(found <= 2, "{found} of 1000");
    }

    #[test]
    fn timeouts_are_found_among_slow_requests() {
        let mut random = Dice(2);
        // The time, how many ended there and how many were merely slow, and late by how much.
        for (seconds, count, slow, late) in [
            (60.0, 12, 0, 8_000),
            (60.0, 500, 2000, 40_000),
            (30.0, 300, 1500, 5_000),
            (10.0, 60, 300, 3_000),
            (4.03, 40, 100, 10_000),
            (2.001, 200, 600, 8_000),
            (0.7, 80, 100, 9_000),
            (120.0, 20, 50, 200_000),
        ] {
            let mut set: Vec<u64> =
                (0..count).map(|_| (seconds * 1e6) as u64 + random.next() % late).collect();
            set.extend((0..slow).map(|_| random.duration(1.2, 1.0)));
            set.sort_unstable();
            for found in [cliffs(&listed(&set), FLOOR), of_histogram(&histogram(&set), FLOOR)] {
                let best = found.first().unwrap_or_else(|| panic!("{seconds} s is missing"));
                let off = best.at as f64 / 1e6 - seconds;
                assert!((-0.002 * seconds..=0.21).contains(&off), "{seconds} s: {best:?}");
                assert!(best.count >= count && best.count < count + slow / 10 + 5, "{best:?}");
            }
        }
    }

    #[test]
    fn two_timeouts_are_two_cliffs() {
        let mut random = Dice(3);
        let mut set: Vec<u64> = (0..400).map(|_| random.duration(1.0, 0.8)).collect();
        set.extend((0..300).map(|at| 60_000_000 + at * 40));
        set.extend((0..200).map(|at| 10_001_000 + at * 30));
        set.sort_unstable();
        let found = cliffs(&listed(&set), FLOOR);
        let [first, second] = found[..] else { panic!("{found:?}") };
        assert_eq!((first.at / 1_000_000, first.count), (60, 300));
        assert!((10_000_000..10_020_000).contains(&second.at) && second.count >= 200);
        assert!(first.share > second.share && second.share > 0.2);
    }

    #[test]
    fn few_or_fast_requests_are_no_cliff() {
        assert_eq!(cliffs(&[(60_000_000, 9)], FLOOR), []);
        assert_eq!(cliffs(&[(60_000_000, 10)], FLOOR).len(), 1);
        assert_eq!(cliffs(&[(100_000, 1000)], FLOOR), []);
        assert_eq!(cliffs(&[(500_000, 1000)], FLOOR_OF_ANSWERED), []);
        // A twentieth of the slow ones.
        let rest: Vec<(u64, u64)> = (1..190).map(|at| (at * 1_000_000, 10)).collect();
        let with = [rest.as_slice(), &[(200_000_000, 100)]].concat();
        assert_eq!(cliffs(&with, FLOOR), []);
        assert_eq!(of_histogram(&Precise::default(), FLOOR), []);
    }

    #[test]
    fn times_point_to_directives() {
        for (seconds, product, code, expected) in [
            (60.004, "nginx", Some(504), "proxy_read_timeout"),
            (60.0, "nginx", Some(408), "client_body_timeout"),
            (30.002, "nginx", Some(504), "proxy_read_timeout"),
            (59.999, "AWS ALB", Some(504), "idle_timeout"),
            (10.001, "AWS ALB", Some(504), "the connection"),
            (29.997, "Heroku router", Some(503), "the router's request timeout"),
            (15.001, "Envoy", Some(504), "the route's timeout"),
            (19.2, "Cloudflare", Some(522), "the TCP connection"),
            (100.1, "Cloudflare", Some(524), "the proxy read"),
            (120.3, "Cloudflare", None, "the proxy read"),
            (4.035, "HAProxy", Some(503), "timeout connect"),
            (2.014, "HAProxy", Some(504), "timeout server"),
            (29.0, "API Gateway", None, "the integration timeout"),
            (10.0, "nginx", Some(499), "a timeout of the client"),
            (10.0, "unknown", Some(499), "a timeout of the client"),
            (42.0, "AWS CLB", Some(504), "none"),
            (20.0, "Cloudflare", Some(522), "none"),
            (60.0, "unknown", Some(504), "none"),
            (42.0, "HAProxy", None, "none"),
            (60.0, "nginx", Some(404), "none"),
        ] {
            let found = directive((seconds * 1e6) as u64, product, code).unwrap_or("none");
            assert!(found.starts_with(expected), "{seconds} {product}: {found}");
        }
    }

    #[test]
    fn products_are_called_as_in_the_table_of_formats() {
        let products: Vec<&str> = FORMATS
            .iter()
            .flat_map(|format| {
                format.also.iter().map(|(_, product)| *product).chain([format.product])
            })
            .map(crate::format::Product::name)
            .collect();
        for timeout in TIMEOUTS {
            assert!(products.contains(&timeout.product), "{}", timeout.product);
        }
    }

    proptest! {
        #[test]
        fn any_durations_are_judged(
            durations in prop::collection::vec((any::<u64>(), any::<u64>()), 0..60),
            floor in any::<u64>(),
            code in any::<Option<u16>>(),
        ) {
            for cliff in cliffs(&durations, floor) {
                prop_assert!(cliff.share.is_finite() && cliff.at >= floor);
                directive(cliff.at, "HAProxy", code);
            }
        }
    }
}
