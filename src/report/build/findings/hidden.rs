//! What the client's status hides: failures that another attempt or an error page covered, and
//! answers that broke off behind a 200.

use super::super::{ratio, seconds};
use super::{Facts, LEAST, NAMED, finding};
use crate::detect::cliff::directive;
use crate::number;
use crate::record::Class;
use crate::report::Text;
use crate::report::incident::{Finding, Severity};
use crate::tally::heavy::Row;
use crate::tally::{Counts, UpstreamCounts};
use std::cmp::Reverse;

/// More of the requests that an upstream was asked for must have been saved by another attempt
/// (`method.md`, masked-failover).
const RESCUED: f64 = 0.01;
/// Fewest requests below 400 behind a 5xx of the upstream, and their share of those whose
/// upstream's status is known.
const HIDDEN: u64 = 10;
const HIDDEN_SHARE: f64 = 0.001;
/// Share of the 2xx that were cut off.
const CUT: f64 = 0.005;
/// A route whose median is so near to a cliff, or above it, takes that long by design.
const LONG_POLL: f64 = 0.95;

/// Requests that went well only because the proxy tried again.
pub(super) fn failover(facts: &Facts<'_>) -> Option<Finding> {
    let masked = &facts.tally.masked;
    let share = ratio(masked.rescued, masked.asked);
    if masked.rescued < LEAST || share <= RESCUED {
        return None;
    }
    let summary = format!(
        "{} of requests to upstreams were saved by another attempt: the client saw no error",
        number::percent(share)
    );
    let mut evidence = vec![format!(
        "{} of {} requests below 400 after an attempt that failed",
        number::count(masked.rescued),
        number::count(masked.asked)
    )];
    if masked.lost > 0 {
        let mean = seconds(masked.lost_micros) / masked.lost as f64;
        evidence.push(format!(
            "{} failed attempts before them took {} on average",
            number::count(masked.lost),
            number::duration(mean)
        ));
    }
    let mut upstreams: Vec<Row<'_, UpstreamCounts>> =
        facts.tally.upstreams.rows().filter(|row| row.value.failed > 0).collect();
    upstreams.sort_by_key(|row| (Reverse(row.value.failed), row.key));
    evidence.extend(upstreams.iter().take(NAMED).map(|row| {
        format!(
            "{}: {} of {} attempts failed",
            Text::new(row.key).visible(),
            number::count(row.value.failed),
            number::count(row.value.attempts)
        )
    }));
    let again = match facts.product {
        "nginx" => {
            "what is tried again: proxy_next_upstream, with its _tries and _timeout; max_fails and \
             fail_timeout decide when a server is left out; a POST is repeated only with \
             non_idempotent"
        }
        "HAProxy" => "what is tried again: retries, retry-on and option redispatch",
        "Envoy" => "what is tried again: retry_on, num_retries and per_try_timeout of the route",
        "Traefik" => "what is tried again: attempts of the retry middleware",
        _ => "what the proxy tries again, how often and for how long",
    };
    Some(finding(
        "masked-failover",
        Severity::Warning,
        summary,
        evidence,
        [
            "the upstreams whose attempts fail: their own logs and health; without another to go to \
             these are 5xx",
            again,
        ],
    ))
}

/// Errors of upstreams that the client saw as a success.
pub(super) fn errors(facts: &Facts<'_>) -> Option<Finding> {
    let masked = &facts.tally.masked;
    let share = ratio(masked.hidden, masked.told);
    if masked.hidden < HIDDEN || share < HIDDEN_SHARE {
        return None;
    }
    let summary = format!(
        "{} of answers hide a 5xx of the upstream: the client got a status below 400",
        number::percent(share)
    );
    let mut evidence = vec![format!(
        "{} of {} requests whose upstream's status is known",
        number::count(masked.hidden),
        number::count(masked.told)
    )];
    let mut routes: Vec<Row<'_, Counts>> = masked.hidden_routes.rows().collect();
    routes.sort_by_key(|row| (Reverse(row.value.requests), row.key));
    evidence.extend(routes.iter().take(NAMED).map(|row| {
        format!("{}: {}", Text::new(row.key).visible(), number::count(row.value.requests))
    }));
    let why = match facts.product {
        "nginx" => {
            "error_page with `=200` or a page of its own (with proxy_intercept_errors), and \
             proxy_cache_use_stale"
        }
        "Apache httpd" => "ErrorDocument with ProxyErrorOverride, and CacheStaleOnError",
        "Cloudflare" => "Always Online and stale-if-error",
        _ => "error pages that answer with 200, and caches that serve what is stale",
    };
    Some(finding(
        "masked-error",
        Severity::Warning,
        summary,
        evidence,
        [
            "the upstream's own errors: no rate of this report counts them",
            why,
            "an error page must keep the status of the error, or caches and clients take it for \
             the answer",
        ],
    ))
}

/// 2xx whose answer was not brought or not taken to its end, as their lines say.
pub(super) fn cut_off(facts: &Facts<'_>) -> Option<Finding> {
    let masked = &facts.tally.masked;
    let all = facts.tally.class(Class::Successful);
    let is_many = |count| count >= LEAST && ratio(count, all) >= CUT;
    let (server, client) = (masked.cut_by_server, masked.cut_by_client);
    if !is_many(server + client) {
        return None;
    }
    let (severity, side) = match (is_many(server), is_many(client)) {
        (true, true) => (Severity::Warning, "by servers and by clients"),
        (true, false) => (Severity::Warning, "on the server's side"),
        (false, true) => (Severity::Info, "by clients"),
        (false, false) => (Severity::Info, "by servers or by clients"),
    };
    let share = number::percent(ratio(server + client, all));
    let mut evidence = Vec::new();
    for (count, what) in [
        (server, "the server stopped within the answer"),
        (client, "the client left within the answer"),
    ] {
        if count > 0 {
            let (count, all) = (number::count(count), number::count(all));
            evidence.push(format!("{count} of {all} 2xx: {what}"));
        }
    }
    let of_server = match facts.product {
        "HAProxy" => {
            "the server's own log: SD is a connection that it closed, sD one that stood still for \
             `timeout server`"
        }
        _ => "the server's own log at these times: a crash, or a timeout within the body",
    };
    let of_client = match facts.product {
        "HAProxy" => {
            "CD is a client that closed, cD one that stood still for `timeout client`: large or \
             slow answers, and 206 that follow, tell downloads from pages"
        }
        _ => "large or slow answers, and 206 that follow: they tell downloads from pages",
    };
    let summary = format!("{share} of 2xx were cut off {side}: the status says success");
    const CAUSE: &str = "truncated-success";
    Some(match (server > 0, client > 0) {
        (true, true) => finding(CAUSE, severity, summary, evidence, [of_server, of_client]),
        (true, false) => finding(CAUSE, severity, summary, evidence, [of_server]),
        (false, _) => finding(CAUSE, severity, summary, evidence, [of_client]),
    })
}

/// 2xx that all took as long as a timeout that ends answers: their body may be cut off. Only at a
/// time that the product has by default, and not where a route takes as long by design.
pub(super) fn cut_off_in_time(facts: &Facts<'_>) -> Option<Finding> {
    let all = facts.tally.class(Class::Successful);
    let of_success = facts.cliffs.iter().filter(|cliff| cliff.of == Class::Successful.name());
    let (cliff, setting) = of_success
        .filter(|cliff| cliff.count >= LEAST && ratio(cliff.count, all) >= CUT)
        .find_map(|cliff| {
            let setting = directive((cliff.at_seconds * 1e6) as u64, facts.product, Some(200))?;
            Some((cliff, setting))
        })?;
    let by_design: u64 = facts
        .tally
        .routes
        .rows()
        .filter(|row| {
            let median = row.value.latency.quantile(0.5).unwrap_or(0);
            seconds(median) >= LONG_POLL * cliff.at_seconds
        })
        .map(|row| row.value.latency.count())
        .sum();
    if by_design * 2 >= cliff.count {
        return None;
    }
    let at = number::duration(cliff.at_seconds);
    let check = format!("{setting}: is it {at}?");
    Some(finding(
        "truncated-success",
        Severity::Info,
        format!(
            "{} of 2xx end at {at}: a timeout may have cut them off behind a 200",
            number::percent(ratio(cliff.count, all))
        ),
        vec![format!("{} of {} 2xx", number::count(cliff.count), number::count(all))],
        [&check, "their sizes against others of the same route; long polling is no fault"],
    ))
}
