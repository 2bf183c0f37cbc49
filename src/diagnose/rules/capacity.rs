//! Too much for what is there, or not there for a while: saturation, limits, maintenance, restarts,
//! retries.

pub(super) mod load;
pub(super) mod node;
#[cfg(test)]
pub(super) mod tests;

use super::super::clue::{adds, crowns, requires, speaks, unless, weighs};
use super::super::rule::{any, either, on};
use super::super::way::{Ends, ended};
use super::super::{Case, Need, Rule, Told, facts};
use super::upstream::upstream;
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::detect::{Family, Shape};
use crate::format::Product::{Alb, Apache, Clb, Envoy, HaProxy, Heroku, Iis, Nginx};
use crate::number::span;

/// A restart takes no longer than that, seconds (`method.md` 1.7).
const SHORT: f64 = 300.0;

/// Ends of a request on the way to the upstream that are a cause by themselves.
const FAILED: Ends = Ends::NO_PEER
    .or(Ends::REFUSED)
    .or(Ends::NO_CONNECTION)
    .or(Ends::CLOSED)
    .or(Ends::UNREADABLE)
    .or(Ends::NO_ANSWER);

/// Whether the product says that it had no room: a queue, a limit, a circuit breaker.
fn no_room(case: &Case<'_>) -> Told {
    let (words, meaning): (&[&str], &str) = match case.log.product {
        HaProxy => (&["sQ", "CQ"], "ended in the queue for a server (sQ, CQ)"),
        Envoy => (&["UO", "UpstreamOverflow"], "met a full upstream (UO)"),
        Heroku => (&["H11", "H22"], "met a full queue (H11, H22)"),
        Iis => (&["503.2", "503.3"], "met the limit of concurrent requests (503.2, 503.3)"),
        _ => return Told::Silent,
    };
    facts::reason(case, words, meaning)
}

/// Whether the product says that it refused: a rule for rates.
fn by_rule(case: &Case<'_>) -> Told {
    match case.log.product {
        // It is PR also where the proxy refuses for another reason.
        HaProxy => match facts::reason(case, &["PR"], "were refused by the proxy (PR)") {
            Told::Yes(_) => Told::Silent,
            told => told,
        },
        Envoy => facts::reason(
            case,
            &["RL", "RateLimited", "RLSE", "RateLimitServiceError"],
            "were refused by a rate limit (RL)",
        ),
        _ => Told::Silent,
    }
}

/// Whether the product says that it was told to.
fn on_purpose(case: &Case<'_>) -> Told {
    match case.log.product {
        Heroku => facts::reason(case, &["H80"], "are answered by maintenance mode (H80)"),
        _ => by_rule(case),
    }
}

/// Whether few share them: a client, a user agent or a route.
fn on_few(case: &Case<'_>) -> Told {
    let asked = [facts::one_client, facts::one_agent];
    let mut told = asked.iter().map(|ask| ask(case));
    let yes = told.find(|told| matches!(told, Told::Yes(_)));
    yes.unwrap_or_else(|| facts::not(load::many_routes(case)))
}

/// Whether nobody waited for them.
fn waited(case: &Case<'_>) -> Told {
    match no_room(case) {
        // A circuit breaker lets nobody wait.
        Told::Yes(sentence) => Told::Yes(sentence),
        _ => facts::not(facts::at_once(case)),
    }
}

/// Whether what was answered took longer, in the incident or on the way into it.
fn slower(case: &Case<'_>) -> Told {
    match facts::good_slower(case) {
        Told::Yes(sentence) => Told::Yes(sentence),
        told => match facts::built_up(case) {
            Told::Yes(sentence) => Told::Yes(sentence),
            _ => told,
        },
    }
}

fn short(case: &Case<'_>) -> Told {
    Told::is(case.seconds() <= SHORT, format!("it lasted {}", span(case.seconds())))
}

fn periodic(case: &Case<'_>) -> Told {
    Told::is(case.incident.shape == Shape::Periodic, "it comes back at regular times")
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "saturation-at-peak",
        name: "Timeouts at peak traffic",
        owner: Owner::OriginCapacity,
        explains: |case| match case.log.product {
            // What else a timeout ends in (`method.md` 2.1).
            Apache => case.is_mostly(&[502, 504]),
            Heroku | Envoy => case.is_mostly(&[503, 504]),
            _ => case.is_mostly(&[504, 522, 524]),
        },
        prior: 0.0,
        clues: &[
            requires("whether it goes with the traffic", load::grows_with_traffic),
            crowns(2.0, 2.0, "whether they end at a timeout", facts::at_a_timeout),
            // One route that fails is its own trouble, whatever is sent to it.
            speaks(1.0, 3.0, "how many routes are hit", load::many_routes),
            weighs(1.0, "how much traffic there was", facts::traffic_rose),
            adds(1.0, "whether good answers got slower", slower),
            adds(0.5, "whether files are served", load::files_spared),
            unless(1.0, "which upstream it was", facts::upstreams_alike),
        ],
        tells: |case| {
            let times =
                case.traffic().map_or(String::new(), |of| format!(" at {of:.1} times the traffic"));
            format!("the backend cannot keep up{times}, and the proxy gives up")
        },
        checks: &[
            any("workers, pools and CPU of the backend from {start}, and whether it scales"),
            on(&[Nginx], "grep 'upstream timed out (110' error.log"),
            any("raising the proxy's timeout only hides it"),
        ],
    },
    Rule {
        cause: "overload",
        name: "Overload",
        owner: Owner::OriginCapacity,
        explains: |case| case.is_mostly(&[503]),
        prior: 0.0,
        clues: &[
            requires("whether it goes with the traffic", |case| match no_room(case) {
                Told::Yes(sentence) => Told::Yes(sentence),
                _ => load::grows_with_traffic(case),
            }),
            weighs(2.0, "whether a queue was full", no_room),
            unless(2.0, "who made them", |case| match case.log.product {
                // They have no queue: an overload behind them is a 503 of the application.
                Nginx | Alb | Clb => facts::not(facts::made_here(case)),
                _ => Told::Silent,
            }),
            // Some of it is still done.
            unless(1.0, "whether anything is answered", load::some_through),
            // One route that fails is its own trouble, whatever is sent to it.
            speaks(1.0, 3.0, "how many routes are hit", load::many_routes),
            weighs(1.0, "how much traffic there was", facts::traffic_rose),
            adds(1.0, "whether good answers got slower", slower),
            crowns(0.5, 0.5, "whether they waited", waited),
            adds(0.5, "whether files are served", load::files_spared),
            unless(1.0, "which upstream it was", facts::upstreams_alike),
            // A queue has its timeout, too; else that is of a connection.
            unless(2.0, "whether they end at a timeout", |case| match no_room(case) {
                Told::Yes(_) => Told::Silent,
                _ => facts::not(facts::at_a_timeout(case)),
            }),
        ],
        tells: |case| {
            let times =
                case.traffic().map_or(String::new(), |of| format!(": {of:.1} times the traffic"));
            format!("more requests than the service can take{times}")
        },
        checks: &[
            any("scale out, and see what limits it: workers, queue, pool, circuit breaker"),
            on(&[HaProxy], "show stat: qcur, qmax and scur against maxconn of each server"),
            any("shed load early, with Retry-After"),
        ],
    },
    Rule {
        cause: "limiter-503",
        name: "Rate or connection limit that answers 503",
        owner: Owner::Config,
        // An ALB has no such limit, and httpd none of its own.
        explains: |case| !matches!(case.log.product, Alb | Apache) && case.is_mostly(&[503]),
        prior: 0.0,
        clues: &[
            requires("whether an upstream was asked", |case| {
                facts::not(facts::upstream_tried(case))
            }),
            // The prior of `method.md` 3.6, which is of 503s without an upstream alone.
            adds(1.0, "whether an upstream was asked", |case| {
                facts::not(facts::upstream_tried(case))
            }),
            weighs(1.0, "whether the proxy made them", facts::made_here),
            // nginx makes a 503 of its own for a limit or a rule, never for an upstream that fails.
            weighs(2.0, "whether it is the proxy's own page", facts::own_page),
            weighs(1.0, "how long they took", facts::at_once),
            speaks(2.0, 4.0, "whether a rule refused them", by_rule),
            crowns(1.0, 1.0, "whether few share them", on_few),
            unless(2.0, "whether somebody wrote the page", |case| match load::written_page(case) {
                Told::Yes(sentence) => Told::No(sentence),
                _ => Told::Silent,
            }),
            unless(2.0, "whether it is all of a host", |case| match case.named(Dimension::Route) {
                None => facts::not(facts::one_host(case)),
                Some(_) => Told::Silent,
            }),
            // A limit lets some through.
            unless(4.0, "whether anything got through", load::some_through),
            unless(4.0, "whether a queue was full", |case| facts::not(no_room(case))),
            unless(1.0, "whether files are refused, too", |case| facts::not(load::plateau(case))),
            adds(0.5, "how much traffic there was", facts::traffic_rose),
        ],
        tells: |case| format!("a limit of the proxy refuses {} with 503", case.place()),
        checks: &[
            on(&[Nginx], "grep 'limiting' error.log, and limit_req_zone and limit_conn_zone"),
            on(&[Nginx], "limit_req_status 429 and limit_conn_status 429 tell clients the truth"),
            either(
                "limits of the proxy for {route}, and by what key they count",
                "limits of the proxy, and by what key they count",
            ),
        ],
    },
    Rule {
        cause: "maintenance",
        name: "Maintenance page",
        owner: Owner::Nobody,
        explains: |case| case.is_mostly(&[503]),
        prior: 0.0,
        clues: &[
            crowns(2.0, 1.0, "whether all but files is refused", load::plateau),
            crowns(2.0, 2.0, "whether somebody wrote the page", load::written_page),
            unless(4.0, "whether a queue was full", |case| facts::not(no_room(case))),
            weighs(1.0, "whether an upstream was asked", |case| {
                facts::not(facts::upstream_tried(case))
            }),
            speaks(2.0, 4.0, "whether the product says so", on_purpose),
            weighs(1.0, "how many routes are hit", load::many_routes),
            adds(1.0, "how long they took", facts::at_once),
            adds(0.5, "whether files are served", load::files_spared),
            unless(1.0, "how much traffic there was", |case| facts::not(facts::traffic_rose(case))),
        ],
        tells: |_| "the service was taken out on purpose, with a page that says so".to_owned(),
        checks: &[
            any("the calendar of changes at {start}"),
            any("whether the page comes with Retry-After, and health checks know of it"),
        ],
    },
    Rule {
        cause: "deploy-restart",
        name: "Restarts without drain, as in a deploy",
        owner: Owner::Config,
        explains: |case| case.is_mostly(&[502, 503, 504]),
        prior: 0.0,
        clues: &[
            crowns(2.0, 2.0, "whether upstreams failed in turn", load::one_after_another),
            weighs(2.0, "whether one failed at a time", load::one_at_a_time),
            adds(1.0, "whether each answers again", load::came_back),
            weighs(0.5, "how many routes are hit", load::many_routes),
            speaks(2.0, 0.5, "whether something was deployed", facts::deployed),
            adds(1.0, "whether both a stop and a start show", load::refused_and_unavailable),
            adds(1.0, "how long it lasted", short),
            adds(0.5, "whether it comes back", periodic),
            unless(1.0, "how much traffic there was", |case| facts::not(facts::traffic_rose(case))),
        ],
        tells: |_| "instances are restarted while they still get requests".to_owned(),
        checks: &[
            any(
                "readiness probe, graceful shutdown and deregistration delay of the deploy at {start}",
            ),
            on(&[Nginx], "proxy_next_upstream error timeout http_503, for what may be repeated"),
            on(&[HaProxy], "option redispatch, and 'set server ... state drain' before a restart"),
        ],
    },
    Rule {
        cause: "retry-storm",
        name: "Retries amplify a failure",
        owner: Owner::Client,
        explains: |case| {
            case.incident.deviations[0].signal.family() == Family::Server || case.is_mostly(&[429])
        },
        prior: 0.0,
        clues: &[
            requires("whether clients repeat what failed", load::repeats),
            adds(1.0, "how often they do", load::repeats_often),
            // Who is over a limit asks again; that is no failure that grows.
            unless(1.5, "whether it is more than a limit", |case| {
                Told::is(!case.is_mostly(&[429]), "429 is a limit that works, and no failure")
            }),
            adds(1.0, "how much traffic there was", facts::traffic_rose),
            // A storm is what clients make of a failure; a failure that the log names comes first.
            unless(2.0, "whether it has a cause of its own", |case| {
                facts::not(ended(case, FAILED, Ends::NONE, "did not get an answer of the upstream"))
                    .or_lacking(Told::Silent)
            }),
            unless(3.0, "whether they are a few clients", |case| {
                facts::not(facts::few_clients(case)).or_lacking(Told::Silent)
            }),
            // A storm repeats any failure; a timeout has its own story.
            unless(0.5, "whether they end at a timeout", |case| {
                facts::not(facts::at_a_timeout(case))
            }),
        ],
        tells: |case| format!("clients send again at once what failed: {}", case.place()),
        checks: &[
            any("retry budget, backoff and jitter of the clients"),
            any("Retry-After on 503 and 429, and shedding load before it reaches the backend"),
            any("what failed first, at {start}"),
        ],
    },
    Rule {
        cause: "black-hole-node",
        name: "A failing node attracts the traffic",
        owner: Owner::OriginApp,
        explains: |case| {
            case.has(Need::Upstream)
                && case.incident.deviations[0].signal.family() == Family::Server
        },
        prior: 0.0,
        clues: &[
            requires("which upstream it was", facts::one_upstream),
            requires("whether it gets more than its share", node::share_grew),
            unless(2.0, "whether it answers itself", facts::made_by_origin),
            speaks(0.5, 1.0, "whether failures are faster", node::faster),
            unless(0.5, "how many routes are hit", load::many_routes),
        ],
        tells: |case| {
            let node = upstream(case.leading(Dimension::Upstream), "one upstream");
            format!("{node} fails fast, and so gets more requests")
        },
        checks: &[
            any("take {upstream} out, then see what it fails on"),
            any(
                "active health checks or outlier detection: least connections prefers who fails fast",
            ),
            on(
                &[Nginx],
                "max_fails counts no 500: proxy_next_upstream http_500, for what may be repeated",
            ),
            on(&[HaProxy], "observe layer7 with error-limit, on-error mark-down"),
            on(&[Apache], "ProxySet failonstatus=500"),
        ],
    },
];
