//! Slow answers, and answers that were good only for the client: what takes long, and who waits.

use super::super::case::is_failure;
use super::super::clue::{adds, requires, unless, weighs};
use super::super::rule::{any, either, on};
use super::super::{Case, Need, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::detect::{Shape, Signal};
use crate::format::Product::{Apache, HaProxy, Nginx};
use crate::number::{duration, percent};
use crate::tally::sample::Field;
use crate::time::SECOND;

/// From this share of a request's time on, it is the upstream's.
const MOSTLY: f64 = 0.5;

fn is_slow(case: &Case<'_>) -> bool {
    matches!(case.incident.deviations[0].signal, Signal::Slow)
}

/// Whether the time of the slow requests is the upstream's own.
fn upstream_is_slow(case: &Case<'_>) -> Told {
    let need =
        if case.has(Need::UpstreamDuration) { Need::UpstreamDuration } else { Need::UpstreamTimes };
    let part = |request: &super::super::Request<'_, '_>| {
        let facts = request.facts();
        // The time to the header is not that of the body.
        let upstream = f64::from(facts.header.or(facts.upstream)?) / SECOND as f64;
        Some(upstream >= MOSTLY * request.seconds()?)
    };
    facts::mostly(case, need, part, "spent their time waiting for the upstream")
}

/// Whether it took long to connect.
fn connect_is_slow(case: &Case<'_>) -> Told {
    let part = |request: &super::super::Request<'_, '_>| {
        let connect = f64::from(request.facts().connect?) / SECOND as f64;
        Some(connect >= MOSTLY * request.seconds()?)
    };
    facts::mostly(case, Need::UpstreamTimes, part, "spent their time connecting to the upstream")
}

/// Whether the bad answers are much larger than usual ones.
fn large(case: &Case<'_>) -> Told {
    if !case.has(Need::Bytes) {
        return Told::Lacks(Need::Bytes);
    }
    let mean = |requests: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, weight) =
            requests.fold((0.0, 0.0), |sum, of| (sum.0 + of.0 * of.1, sum.1 + of.1));
        (weight > 0.0).then(|| sum / weight)
    };
    let bytes =
        |of: &super::super::Request<'_, '_>| Some((f64::from(of.facts().bytes?), of.weight()));
    let bad = mean(&mut case.bad().filter_map(bytes));
    let usual = mean(&mut case.outside.iter().filter(|of| !of.bad).filter_map(bytes));
    let (Some(bad), Some(usual)) = (bad, usual) else { return Told::Silent };
    let sentence = format!(
        "they send {} on average, others {}",
        crate::number::bytes(bad as u64),
        crate::number::bytes(usual as u64)
    );
    match bad / usual.max(1.0) {
        3.0.. => Told::Yes(sentence),
        1.5.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Whether the bad answers are shorter than usual ones of their routes.
fn cut_short(case: &Case<'_>) -> Told {
    if !case.has(Need::Bytes) {
        return Told::Lacks(Need::Bytes);
    }
    let middle = |numbers: &mut dyn Iterator<Item = u32>| {
        let mut all: Vec<u32> = numbers.collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    };
    let routes: std::collections::BTreeSet<_> = case.bad().map(|of| of.route()).collect();
    let usual = case.outside.iter().filter(|of| !of.bad && !is_failure(of.outcome()));
    let mut usual =
        usual.filter(|of| routes.contains(&of.route())).filter_map(|of| of.facts().bytes);
    let bad = middle(&mut case.bad().filter_map(|of| of.facts().bytes));
    let (Some(bad), Some(usual)) = (bad, middle(&mut usual)) else { return Told::Silent };
    let sentence = format!(
        "they send {} (p50), answers of the same routes {} otherwise",
        crate::number::bytes(u64::from(bad)),
        crate::number::bytes(u64::from(usual))
    );
    match f64::from(bad) / f64::from(usual.max(1)) {
        ..0.6 => Told::Yes(sentence),
        ..0.85 => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Whether the transfer broke off, in HAProxy's or Apache's own words.
fn broken_off(case: &Case<'_>) -> Told {
    match case.log.product {
        HaProxy => facts::mostly(
            case,
            Need::Reason,
            |request| {
                let state = request.field(Field::Reason).unwrap_or_default();
                Some(matches!(state, [b'S' | b's' | b'C' | b'c', b'D', ..]))
            },
            "broke off within the body (state SD, sD, CD or cD)",
        ),
        Apache => facts::mostly(
            case,
            Need::Reason,
            |request| Some(request.facts().aborted),
            "broke off before they were complete (%X is X)",
        ),
        _ => Told::Silent,
    }
}

/// Whether the slow requests were answered well.
fn answered(case: &Case<'_>) -> Told {
    let share = case.share(|request| Some(!is_failure(request.outcome())));
    let Some(share) = share else { return Told::Silent };
    Told::is(share.ratio >= 0.6, format!("{} of them have a good status", percent(share.ratio)))
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "truncated-success",
        name: "Success code, failed transfer",
        owner: Owner::OriginApp,
        explains: is_slow,
        prior: 0.0,
        clues: &[
            requires("whether they end at a timeout", facts::at_a_timeout),
            weighs(1.0, "whether they have a good status", answered),
            weighs(1.5, "whether they send less than usual", cut_short),
            weighs(1.0, "whether the transfer broke off", broken_off),
        ],
        tells: |case| {
            let at = case.cliff().map_or_else(String::new, |at| format!(" at {}", duration(at)));
            format!("answers with a good status break off{at}: {}", case.place())
        },
        checks: &[
            on(&[Nginx], "grep 'upstream timed out (110' error.log: 'while reading upstream'"),
            on(
                &[Nginx],
                "proxy_read_timeout and send_timeout, which hold between two reads of a body",
            ),
            on(&[HaProxy], "timeout server; the server's log at {start}: what stalls its answers?"),
            either(
                "what stalls in the middle of an answer of {route}: streaming queries, large exports, a full disk",
                "what stalls in the middle of an answer: streaming queries, large exports, a full disk",
            ),
        ],
    },
    Rule {
        cause: "slow-clients",
        name: "Slow clients, not a slow backend",
        owner: Owner::Network,
        explains: is_slow,
        prior: 0.0,
        clues: &[
            requires("how long the upstream took of it", |case| facts::not(upstream_is_slow(case))),
            weighs(1.0, "whether the answers are large", large),
            weighs(0.5, "whether many clients wait", facts::many_clients),
            weighs(0.5, "whether all routes are hit", facts::many_routes),
            unless(1.0, "whether they end at a timeout", |case| {
                facts::not(facts::at_a_timeout(case))
            }),
        ],
        tells: |_| {
            "the answers are ready in time, and the clients take long to read them".to_owned()
        },
        checks: &[
            on(&[Nginx], "gzip, or brotli: are these answers compressed?"),
            any("what became larger at {start}: images, bundles, an export"),
            any("a CDN nearer to the clients; the uplink of the server"),
        ],
    },
    Rule {
        cause: "connect-time-rise",
        name: "Connecting to the backend takes long",
        owner: Owner::OriginCapacity,
        explains: is_slow,
        prior: 0.0,
        clues: &[
            requires("how long it took to connect", connect_is_slow),
            adds(1.0, "which upstream it is", facts::one_upstream),
            adds(0.5, "whether there was more traffic", facts::traffic_rose),
        ],
        tells: |case| match case.named(Dimension::Upstream) {
            Some(upstream) => {
                format!(
                    "connections to the upstream {} are slow to come about",
                    String::from_utf8_lossy(upstream)
                )
            }
            None => "connections to the upstreams are slow to come about".to_owned(),
        },
        checks: &[
            either(
                "ss -ltn at {upstream}: is the listen backlog (Recv-Q) full? net.core.somaxconn",
                "ss -ltn at the upstream: is the listen backlog (Recv-Q) full? net.core.somaxconn",
            ),
            on(
                &[Nginx],
                "keepalive in the upstream block, with proxy_http_version 1.1 and an empty Connection header",
            ),
            any(
                "packet loss between proxy and upstream; TLS to the upstream without session reuse",
            ),
        ],
    },
    Rule {
        cause: "latency-target-breach",
        name: "Slow backend",
        owner: Owner::OriginApp,
        explains: is_slow,
        prior: 0.5,
        clues: &[
            weighs(2.0, "how long the upstream took of it", upstream_is_slow),
            weighs(1.0, "which route it is", |case| match facts::one_route(case) {
                Told::Yes(sentence) => Told::Yes(sentence),
                _ => facts::one_upstream(case).or_lacking(Told::Silent),
            }),
            unless(1.5, "whether they end at a timeout", |case| {
                facts::not(facts::at_a_timeout(case))
            }),
            unless(1.0, "whether the answers are large", |case| facts::not(large(case))),
            unless(1.0, "how long it took to connect", |case| facts::not(connect_is_slow(case))),
            adds(0.5, "whether they have a good status", answered),
        ],
        tells: |case| format!("the backend is slow: {}", case.place()),
        checks: &[
            either(
                "slow queries, locks and outside calls of {route} from {start}",
                "what all slow routes share: database, cache, an outside service, from {start}",
            ),
            any("compare {upstream} with the others: load, garbage collection, disk, version"),
        ],
    },
    Rule {
        cause: "masked-failover",
        name: "Masked failover",
        owner: Owner::OriginCapacity,
        explains: |case| case.incident.deviations[0].signal == Signal::Retried,
        prior: 0.0,
        clues: &[
            requires("whether they were answered well in the end", answered),
            requires("how many upstreams were tried", |case| {
                facts::mostly(
                    case,
                    Need::Upstream,
                    |request| Some(request.facts().attempts > 1),
                    "were tried at more than one upstream",
                )
            }),
            adds(0.5, "whether all routes are hit", facts::many_routes),
        ],
        tells: |case| {
            let top = case.top(Dimension::Upstream).filter(|top| top.share >= 0.5);
            let which = top.map_or_else(
                || "an upstream".to_owned(),
                |top| format!("upstream {}", String::from_utf8_lossy(top.value)),
            );
            format!("{which} fails, and the proxy hides it: another one answers")
        },
        checks: &[
            on(
                &[Nginx],
                "$upstream_addr and $upstream_status: which address stands first in the lists that fail?",
            ),
            either(
                "is the process of {upstream} up? Take it out until it is",
                "the first upstream of the attempts: is its process up? Take it out until it is",
            ),
            on(&[Nginx], "proxy_next_upstream: with non_idempotent a POST may be done twice"),
        ],
    },
    Rule {
        cause: "periodic-job",
        name: "Periodic job",
        owner: Owner::Config,
        explains: |case| case.incident.shape == Shape::Periodic,
        prior: 0.0,
        clues: &[
            requires("whether it comes again at the same distance", |case| {
                match case.incident.period {
                    Some(period) => {
                        Told::Yes(format!("it comes every {}", crate::number::span(period)))
                    }
                    None => Told::Silent,
                }
            }),
            weighs(1.0, "whose requests they are", |case| match facts::one_client(case) {
                Told::Yes(sentence) => Told::Yes(sentence),
                _ => facts::one_agent(case).or_lacking(Told::Silent),
            }),
            adds(1.0, "which route it is", facts::one_route),
        ],
        tells: |case| match case.incident.period {
            Some(period) => format!(
                "something that runs every {}: {}",
                crate::number::span(period),
                case.place()
            ),
            None => format!("something that runs again and again: {}", case.place()),
        },
        checks: &[
            any("crontab -l and timers of {client}: what runs then?"),
            any("what is scheduled at that distance: cron, cache expiry, backups, health checks"),
            any("give the schedule a random delay (RandomizedDelaySec, splay, jitter)"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
