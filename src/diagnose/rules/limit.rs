//! Limits on requests, and what clients do when they meet one.

use super::super::case::spread;
use super::super::clue::{adds, decides, requires, unless, weighs};
use super::super::rule::{any, either, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::detect::sequences::is_open;
use crate::format::Product::{HaProxy, Nginx};
use crate::number::{duration, percent};
use std::collections::BTreeSet;

/// One program has so few user agents, and people behind a proxy at least so many, as requests are
/// likely to agree (see [`Case::spread`]).
const ONE_PROGRAM: f64 = 1.4;
const MANY_PROGRAMS: f64 = 2.5;

/// One address has most of them, or as few as a row of proxies has.
fn few_addresses(case: &Case<'_>) -> Told {
    match facts::single_client(case) {
        Told::No(sentence) => match case.spread(Dimension::Client) {
            Some(spread) if spread <= 4.0 => {
                Told::Yes(format!("about {} addresses have all of them", spread.round()))
            }
            _ => Told::No(sentence),
        },
        told => told,
    }
}

/// The agents of the address that has most of them, with how many programs that looks like.
fn programs(case: &Case<'_>) -> Option<f64> {
    let top = case.top(Dimension::Client)?;
    // Its good requests count, too: they are of the same people.
    let of = |request: &&Request<'_, '_>| request.value(Dimension::Client) == Some(top.value);
    let inside = case.inside.iter().filter(of);
    let agents = || inside.clone().filter_map(|request| request.value(Dimension::UserAgent));
    let all = agents().count() as f64;
    // Where no two agree it is as if one pair did.
    spread(agents()).map(|spread| spread.min(all * (all - 1.0)))
}

/// Many programs send from the address: many people are behind it.
fn many_programs(case: &Case<'_>) -> Told {
    if !case.has(Need::UserAgent) {
        return Told::Lacks(Need::UserAgent);
    }
    match programs(case) {
        Some(spread) if spread >= MANY_PROGRAMS => {
            Told::Yes(format!("about {} kinds of programs send from that address", spread.round()))
        }
        Some(spread) if spread <= ONE_PROGRAM => {
            Told::No("one kind of program sends from that address".to_owned())
        }
        _ => Told::Silent,
    }
}

/// The share of the traffic that the address has, before and in the window.
fn traffic_of_top(case: &Case<'_>) -> Option<[f64; 2]> {
    let top = case.top(Dimension::Client)?;
    let share = |requests: &[Request<'_, '_>]| {
        let sum = |of: &dyn Fn(&Request<'_, '_>) -> bool| -> f64 {
            requests.iter().filter(|request| of(request)).map(Request::weight).sum()
        };
        sum(&|of| of.value(Dimension::Client) == Some(top.value)) / sum(&|_| true).max(1.0)
    };
    Some([share(&case.outside), share(&case.inside)])
}

/// The address sends much more than before.
fn sends_more(case: &Case<'_>) -> Told {
    let Some([before, inside]) = traffic_of_top(case) else { return Told::Silent };
    let sentence = format!(
        "the address has {} of the traffic, and {} around that time",
        percent(inside),
        percent(before)
    );
    match inside / before.max(0.001) {
        2.0.. => Told::Yes(sentence),
        1.4.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// The address has much of the traffic at any time, as a proxy has.
fn much_traffic(case: &Case<'_>) -> Told {
    let Some([before, _]) = traffic_of_top(case) else { return Told::Silent };
    let sentence = format!("the address has {} of the usual traffic", percent(before));
    match before {
        0.05.. => Told::Yes(sentence),
        0.01.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// The address is none of the internet's.
fn is_private(case: &Case<'_>) -> Told {
    let Some(top) = case.top(Dimension::Client) else { return Told::Silent };
    let text = String::from_utf8_lossy(top.value);
    let is_private = match text.parse() {
        Ok(std::net::IpAddr::V4(address)) => address.is_private() || address.is_loopback(),
        Ok(std::net::IpAddr::V6(address)) => address.is_unique_local() || address.is_loopback(),
        Err(_) => false,
    };
    if is_private { Told::Yes(format!("{text} is a private address")) } else { Told::Silent }
}

/// Requests of others are hardly refused.
fn others_are_well(case: &Case<'_>) -> Told {
    let Some(top) = case.top(Dimension::Client) else { return Told::Silent };
    let others = || case.inside.iter().filter(|of| of.value(Dimension::Client) != Some(top.value));
    let all: f64 = others().map(Request::weight).sum();
    let limited: f64 = others().filter(|of| of.outcome() == 429).map(Request::weight).sum();
    let share = limited / all.max(1.0);
    let sentence = format!("{} of the requests of all others are refused", percent(share));
    match share {
        ..0.02 => Told::Yes(sentence),
        ..0.1 => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// The routes that conflict were failing at the same time.
fn failed_too(case: &Case<'_>) -> Told {
    let failing: BTreeSet<_> = case
        .inside
        .iter()
        .filter(|of| is_open(of.outcome()))
        .filter_map(|of| Some((of.value(Dimension::Method)?, of.route()?)))
        .collect();
    let conflicts = || case.inside.iter().filter(|of| of.outcome() == 409);
    let all: f64 = conflicts().map(Request::weight).sum();
    let on_failing = conflicts().filter(|of| {
        of.value(Dimension::Method)
            .zip(of.route())
            .is_some_and(|method_and_route| failing.contains(&method_and_route))
    });
    let share = on_failing.map(Request::weight).sum::<f64>() / all.max(1.0);
    let sentence = format!(
        "{} of the 409s are of routes that ended in 499, 502 or 504 at that time",
        percent(share)
    );
    match share {
        0.6.. => Told::Yes(sentence),
        0.2.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// The 409s follow a failure of the same client and path; where clients cannot be followed, of the
/// same route.
fn follow_failures(case: &Case<'_>) -> Told {
    let Some(conflicts) = case.sequences().conflicts else { return failed_too(case) };
    let sentence = format!(
        "{} of the 409s come within 10 seconds of a failure of the same client and path",
        percent(conflicts.share)
    );
    match conflicts.share {
        0.5.. => Told::Yes(sentence),
        0.2.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Clients come back after the same delay.
fn in_step(case: &Case<'_>) -> Told {
    let sequences = case.sequences();
    if case.log.is_blind() {
        return Told::Lacks(Need::Client);
    }
    let delays = sequences.retries.and_then(|retries| retries.delays);
    let Some(delays) = delays else { return Told::Silent };
    let sentence = format!(
        "{} of {} new tries come {} after the refusal, of {} clients",
        percent(delays.sync_share),
        delays.count,
        duration(delays.seconds),
        delays.sync_clients
    );
    match delays.sync_share {
        0.6.. => Told::Yes(sentence),
        0.4.. => Told::Silent,
        _ => Told::No(format!("clients wait for different times: only {sentence}")),
    }
}

fn address(case: &Case<'_>) -> String {
    match case.top(Dimension::Client) {
        Some(top) if top.share >= 0.5 => String::from_utf8_lossy(top.value).into_owned(),
        _ => "few addresses".to_owned(),
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "client-over-limit",
        name: "One client is over its limit",
        owner: Owner::Client,
        explains: |case| case.is_mostly(&[429]),
        prior: 0.0,
        clues: &[
            requires("which client it is", |case| match facts::single_client(case) {
                Told::Yes(sentence) => Told::Yes(sentence),
                told => match facts::few_clients(case) {
                    Told::Yes(sentence) => Told::Yes(sentence),
                    _ => told,
                },
            }),
            weighs(1.0, "whether it sends more than before", sends_more),
            weighs(1.0, "whether one program sends them", |case| {
                facts::not(many_programs(case)).or_lacking(Told::Silent)
            }),
            weighs(0.5, "whether others are well", others_are_well),
        ],
        tells: |case| match case.top(Dimension::Client).filter(|top| top.share >= 0.5) {
            Some(top) => {
                let client = String::from_utf8_lossy(top.value);
                format!("the client {client} asks more than it may")
            }
            None => "a few clients ask more than they may".to_owned(),
        },
        checks: &[
            any("what {client} needs against its limit; does it wait as Retry-After says?"),
            on(&[Nginx], "grep 'limiting requests' error.log"),
            on(&[HaProxy], "show table, in the command socket: the counters of {client}"),
            any("who runs {user_agent}: a loop, a missing cache, abuse?"),
            any("who these clients are, and what they need against the limit"),
        ],
    },
    Rule {
        cause: "limit-keyed-on-proxy",
        name: "The limit counts a proxy as one client",
        owner: Owner::Config,
        explains: |case| case.is_mostly(&[429, 503]),
        prior: 0.0,
        clues: &[
            requires("which addresses are hit", few_addresses),
            decides(1.5, "whether many people are behind that address", many_programs),
            weighs(1.0, "whether it has much traffic at all times", much_traffic),
            unless(1.0, "whether it sends more than before", |case| facts::not(sends_more(case))),
            adds(1.0, "whose address it is", is_private),
            adds(0.5, "who made the status", |case| {
                facts::made_here(case).or_lacking(Told::Silent)
            }),
            unless(2.0, "who refused them", |case| match case.is_mostly(&[503]) {
                true => facts::made_here(case).or_lacking(Told::Silent),
                false => Told::Silent,
            }),
        ],
        tells: |case| {
            format!(
                "the limit counts all clients behind {} as one: a proxy, CDN or NAT",
                address(case)
            )
        },
        checks: &[
            on(
                &[Nginx],
                "set_real_ip_from and real_ip_header, so that the limit's key is the client",
            ),
            on(&[Nginx], "the key of limit_req_zone and limit_conn_zone"),
            on(&[HaProxy], "track-sc0: by src, or by the header of the proxy in front?"),
            any("whose address is {client}: a CDN, a balancer, a NAT?"),
            any("by what the limit counts: an address of a proxy stands for many clients"),
        ],
    },
    Rule {
        cause: "synchronized-retries",
        name: "Clients try again in step",
        owner: Owner::Client,
        explains: |case| case.is_mostly(&[429]),
        prior: 0.0,
        clues: &[
            requires("whether clients come back after the same delay", in_step),
            adds(0.5, "whether many clients are hit", facts::many_clients),
            adds(0.5, "which program they use", facts::one_agent),
            unless(1.0, "whether it is one client", |case| facts::not(facts::single_client(case))),
        ],
        tells: |case| match case.sequences().retries.and_then(|retries| retries.delays) {
            Some(delays) => format!(
                "refused clients all come back after {}, without jitter: {}",
                duration(delays.seconds),
                case.place()
            ),
            None => format!("refused clients come back together: {}", case.place()),
        },
        checks: &[
            any("jitter and exponential backoff in the clients: {user_agent}"),
            any("a Retry-After that differs by client"),
            any("a burst allowance of the limit, for those that come together"),
        ],
    },
    Rule {
        cause: "blind-retry-conflict",
        name: "A retry meets what the first try did",
        owner: Owner::OriginApp,
        explains: |case| case.is_mostly(&[409]) || case.incident.codes.contains(&409),
        prior: 0.0,
        clues: &[
            requires("whether a failure came before", follow_failures),
            adds(0.5, "which route it is", facts::one_route),
            adds(0.5, "the method", facts::uploads),
            adds(0.5, "whether many clients are hit", facts::many_clients),
        ],
        tells: |case| {
            format!("clients send {} again after a failure, and it was done already", case.place())
        },
        checks: &[
            either(
                "idempotency keys for {route}, so that a retry gets the first answer",
                "idempotency keys for what clients post again",
            ),
            any("why {route} failed or was slow before: that comes first"),
            on(&[Nginx], "proxy_next_upstream: non_idempotent must not be set for writes"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
