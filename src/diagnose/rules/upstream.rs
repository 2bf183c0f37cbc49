//! The way from the proxy to the upstream: no name, no peer, no connection.

use super::super::clue::{adds, requires, unless, weighs};
use super::super::rule::{any, either, on};
use super::super::way::{Ends, ended, possible};
use super::super::{Case, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{
    Alb, Apache, AzureFrontDoor, Caddy, Envoy, GoogleCloudLb, HaProxy, Heroku, Nginx, Traefik,
};
use crate::number::percent;

/// A rule is asked when so many of the requests may have ended as it says.
pub(super) const FITS: f64 = 0.3;

/// An upstream in words; `otherwise` when there is none to name.
pub(super) fn upstream(address: Option<&[u8]>, otherwise: &str) -> String {
    match address {
        Some(address) => format!("upstream {}", String::from_utf8_lossy(address)),
        None => otherwise.to_owned(),
    }
}

/// The upstream that is to blame, in words.
pub(super) fn blamed_upstream(case: &Case<'_>) -> String {
    format!("the {}", upstream(case.named(Dimension::Upstream), "upstream"))
}

/// The host that most of it is on, in words.
fn service(case: &Case<'_>) -> String {
    match case.named(Dimension::Host) {
        Some(host) => format!("of {}", String::from_utf8_lossy(host)),
        None => format!("({})", case.place()),
    }
}

/// Whether nothing that was sent to the routes that are hit was answered well.
pub(super) fn all_of_it(case: &Case<'_>) -> Told {
    let routes: std::collections::BTreeSet<_> = case.bad().map(|of| of.route()).collect();
    let (mut bad, mut all) = (0.0, 0.0);
    for request in case.inside.iter().filter(|of| routes.contains(&of.route())) {
        all += request.weight();
        bad += if request.bad { request.weight() } else { 0.0 };
    }
    let share = bad / all;
    let sentence = format!("{} of the requests to the routes that are hit failed", percent(share));
    match share {
        0.85.. => Told::Yes(sentence),
        0.6.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Whether one host is hit, and not one of its routes alone.
pub(super) fn whole_host(case: &Case<'_>) -> Told {
    let told = facts::one_host(case);
    let (Told::Yes(_), Some(host), Some(route)) =
        (&told, case.top(Dimension::Host), case.top(Dimension::Route))
    else {
        return told;
    };
    let of_host = case.inside.iter().filter(|of| of.value(Dimension::Host) == Some(host.value));
    let (mut of_route, mut all) = (0.0, 0.0);
    for request in of_host {
        all += request.weight();
        of_route += if request.route() == Some(route.value) { request.weight() } else { 0.0 };
    }
    // The only route of a host is the host.
    if route.share < 0.8 || of_route >= 0.8 * all {
        return told;
    }
    let [host, route] = [host, route].map(|top| String::from_utf8_lossy(top.value));
    Told::No(format!("of the host {host} it is the route {route}"))
}

/// Whether the name server was waited for: 30 s by default (`resolver_timeout`).
fn waited_for_the_name(case: &Case<'_>) -> Told {
    match facts::at_a_timeout(case) {
        Told::No(_) => Told::Silent,
        told => told,
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "no-endpoints",
        name: "No backend configured",
        owner: Owner::Config,
        explains: |case| possible(case, Ends::NO_ENDPOINT) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether there was an upstream to choose from", |case| {
                ended(
                    case,
                    Ends::NO_ENDPOINT,
                    Ends::NO_PEER.or(Ends::ELSEWHERE),
                    "were answered at once by the proxy, which had no upstream to send them to",
                )
            }),
            requires("which host it is", whole_host),
            weighs(1.0, "whether anything of it still works", all_of_it),
        ],
        tells: |case| format!("there is no backend for the service {}", service(case)),
        checks: &[
            on(&[Nginx, Envoy, Traefik], "kubectl get endpoints of that service: none is ready?"),
            on(&[HaProxy], "show stat: does the backend have a server that is UP?"),
            on(&[Alb], "aws elbv2 describe-target-health of that target group: is any registered?"),
            on(&[Heroku], "heroku ps: is any web dyno running?"),
            any("selector and labels of the service, and its scale, at {start}"),
            any("what was changed in the configuration of {host} at {start}"),
        ],
    },
    Rule {
        cause: "no-live-upstream",
        name: "No live upstream, or all have the connections they may have",
        owner: Owner::OriginCapacity,
        explains: |case| possible(case, Ends::NO_PEER) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether a peer could be chosen", |case| {
                ended(
                    case,
                    Ends::NO_PEER,
                    Ends::NONE,
                    "name the group and no peer of it: none was fit to be asked",
                )
            }),
            // Most products have one word for a pool that is empty and one where all are down.
            adds(2.0, "whether a peer was there", |case| {
                match ended(case, Ends::NO_PEER, Ends::NONE, "") {
                    Told::Yes(_) => Told::Silent,
                    _ => ended(
                        case,
                        Ends::NO_PEER,
                        Ends::NO_ENDPOINT,
                        "were sent to no server: none was there or fit to be asked",
                    ),
                }
            }),
            weighs(0.5, "how long they took", facts::at_once),
            weighs(0.5, "whether several routes are hit", facts::many_routes),
            adds(0.5, "whether anything of it still works", all_of_it),
            unless(1.0, "whether one host alone is hit", |case| {
                facts::not(whole_host(case)).or_lacking(Told::Silent)
            }),
        ],
        tells: |_| {
            "no upstream was left to ask: all were marked as failed, or had reached max_conns"
                .to_owned()
        },
        checks: &[
            on(&[Nginx], "grep 'no live upstreams' error.log; what failed seconds before it?"),
            on(&[Nginx], "max_fails, fail_timeout and max_conns of the upstream block"),
            on(&[HaProxy], "show stat, and 'Server ... is DOWN' in the log, from {start}"),
            on(&[Envoy], "circuit breakers, outlier detection and health checks of the cluster"),
            on(&[Alb, GoogleCloudLb], "health checks of the targets from {start}"),
            any("are the processes of the upstreams running, and do their health checks pass?"),
        ],
    },
    Rule {
        cause: "upstream-unresolved",
        name: "Name of the backend not resolved",
        owner: Owner::Network,
        explains: |case| possible(case, Ends::UNRESOLVED) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether the upstream's name was resolved", |case| {
                ended(
                    case,
                    Ends::UNRESOLVED,
                    Ends::ELSEWHERE,
                    "have no upstream at all, not even one that failed",
                )
            }),
            adds(1.0, "whether the name server was waited for", waited_for_the_name),
            adds(0.5, "which host it is", whole_host),
            // A limit or a rule answers no 502.
            adds(0.5, "the code", |case| {
                Told::is(case.is_mostly(&[502]), "502 is what an unresolved name ends in")
            }),
        ],
        tells: |case| format!("the name of the upstream cannot be resolved: {}", case.place()),
        checks: &[
            on(&[Nginx], "grep 'could not be resolved' error.log"),
            on(&[Nginx], "resolver and resolver_timeout; is the name in proxy_pass right?"),
            on(&[AzureFrontDoor], "the host name of the origin in its origin group"),
            any("dig the name of the upstream on that machine; TTL and changes of its record"),
            any("is the name server reachable from the proxy?"),
        ],
    },
    Rule {
        cause: "upstream-connect-timeout",
        name: "No connection to the backend in time",
        owner: Owner::Network,
        explains: |case| possible(case, Ends::NO_CONNECTION) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether the upstream took the connection", |case| {
                ended(
                    case,
                    Ends::NO_CONNECTION,
                    Ends::NONE,
                    "never got a connection to the upstream, and nothing refused it",
                )
            }),
            adds(1.0, "whether they end at a timeout", facts::at_a_timeout),
            // A peer that is gone is gone for every route; one that is slow is so for some.
            adds(1.0, "which upstream was asked", facts::one_upstream),
            weighs(0.5, "whether several routes are hit", facts::many_routes),
        ],
        tells: |case| format!("{} takes no connections: packets are lost", blamed_upstream(case)),
        checks: &[
            on(
                &[Nginx],
                "grep 'upstream timed out (110' error.log: 'while connecting to upstream'?",
            ),
            any("is the host of {upstream} up, and what changed in firewall or security group?"),
            any("backlog of the listening socket: ss -lnt, somaxconn, SYN drops in nstat"),
            on(&[Nginx], "proxy_connect_timeout: a few seconds, so that the next peer is asked"),
            on(&[HaProxy], "timeout connect and retries: it waits (retries + 1) times that long"),
        ],
    },
    Rule {
        cause: "upstream-refused",
        name: "Backend refuses connections",
        owner: Owner::OriginApp,
        explains: |case| possible(case, Ends::REFUSED) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether the upstream took the connection", |case| {
                ended(
                    case,
                    Ends::REFUSED,
                    Ends::NONE,
                    "never got a connection to the upstream: it was refused",
                )
            }),
            weighs(1.0, "how long they took", |case| match case.log.product {
                // It tries again, a second later.
                HaProxy => Told::Silent,
                _ => facts::at_once(case),
            }),
            adds(1.0, "which upstream was asked", facts::one_upstream),
            weighs(0.5, "whether several routes are hit", facts::many_routes),
            // `method.md` 3.6: it is the commonest of all that end in this.
            adds(0.5, "the code", |case| {
                let code = if matches!(case.log.product, HaProxy | Apache | Envoy | Heroku) {
                    503
                } else {
                    502
                };
                let sentence = format!("{code} is what a refused connection ends in");
                Told::is(case.is_mostly(&[code]), sentence)
            }),
        ],
        tells: |case| format!("{} refuses connections", blamed_upstream(case)),
        checks: &[
            either(
                "is the process of {upstream} running, and does it listen on that port?",
                "is the process of the upstream running, and does it listen on its port?",
            ),
            on(&[Nginx], "grep 'connect() failed (111' error.log"),
            on(&[Heroku], "heroku logs: did the app crash, and does it listen on $PORT?"),
            on(&[Caddy, Traefik], "grep 'connection refused' in the proxy's log"),
            any("what restarted, scaled down or changed its port at {start}"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
