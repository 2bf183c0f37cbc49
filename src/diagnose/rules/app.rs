//! The application itself fails: a release, a node, or what all of it depends on.

#[cfg(test)]
pub(super) mod tests;

use super::super::clue::{adds, crowns, requires, speaks, unless, weighs};
use super::super::rule::{any, either, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use super::capacity::{load, node};
use super::upstream::upstream;
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::detect::{Entry, Family, Signal};
use crate::format::Product::{HaProxy, Nginx};
use crate::number::percent;
use crate::tally::Noise;
use crate::tally::sample::{Field, Kind};
use crate::time::SECOND;
use std::collections::BTreeMap;

/// Routes that a bug of a release is on, at most (`method.md` 1.7).
const FEW_ROUTES: usize = 3;
/// Health checks that say something, at least.
const CHECKS: u64 = 5;

/// A few routes have nearly all of them.
fn few_routes(case: &Case<'_>) -> Told {
    let mut routes: BTreeMap<&[u8], f64> = BTreeMap::new();
    for request in case.bad() {
        *routes.entry(request.route().unwrap_or_default()).or_default() += request.weight();
    }
    let all: f64 = routes.values().sum();
    let mut most: Vec<(&[u8], f64)> = routes.into_iter().collect();
    most.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let Some((first, _)) = most.first() else { return Told::Silent };
    let share = |count: usize| most.iter().take(count).map(|of| of.1).sum::<f64>() / all;
    let traffic = |routes: &[(&[u8], f64)]| {
        let weight = |of: &dyn Fn(&Request<'_, '_>) -> bool| -> f64 {
            case.inside.iter().filter(|request| of(request)).map(Request::weight).sum()
        };
        let own = weight(&|of| routes.iter().any(|(route, _)| of.route() == Some(route)));
        own / weight(&|of| !load::is_file(of) || of.bad)
    };
    // One is a few, and so are two, unless they are all there is. What is served from disk is not
    // asked.
    let fits = |count: &usize| {
        let routes = &most[..(*count).min(most.len())];
        share(*count) >= 0.7 && share(*count) >= 1.5 * traffic(routes)
    };
    match (1..=FEW_ROUTES).find(fits) {
        Some(1) => Told::Yes(format!(
            "{} of them are of {}",
            percent(share(1)),
            String::from_utf8_lossy(first)
        )),
        Some(count) => Told::Yes(format!("{count} routes have {} of them", percent(share(count)))),
        None if share(1) < 0.7 => Told::No("they are spread over the routes".to_owned()),
        None => Told::Silent,
    }
}

/// The application fails faster than it answers, or gives up after the same time: it does not get to
/// its work.
fn fast_or_inner_timeout(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    if let Told::Yes(sentence) = facts::at_a_timeout(case) {
        return Told::Yes(sentence);
    }
    let (Some(bad), Some([usual, _])) = (case.took(0.5), case.good_took(0.5)) else {
        return Told::Silent;
    };
    let sentence = format!(
        "they take {} (p50), good answers {}",
        crate::number::duration(bad),
        crate::number::duration(usual)
    );
    Told::is(bad <= 0.5 * usual, sentence)
}

/// More than one code: what is missing shows in several ways.
fn several_codes(case: &Case<'_>) -> Told {
    let codes = [500, 502, 503, 504].map(|code| (code, case.codes(&[code])));
    let seen: Vec<String> =
        codes.iter().filter(|of| of.1 >= 0.05).map(|of| of.0.to_string()).collect();
    let words = seen.join(", ");
    match (codes[0].1 >= 0.05, seen.len()) {
        (true, 2..) => Told::Yes(format!("several codes at once: {words}")),
        (true, _) => Told::Silent,
        _ => Told::No(format!("none of them is a 500: {words}")),
    }
}

/// It is there until the end of the log, or for long.
fn persists(case: &Case<'_>) -> Told {
    let lasts = case.incident.ongoing || case.seconds() >= 900.0;
    Told::is(lasts, format!("it lasted {}", crate::number::span(case.seconds())))
}

/// The connection was made.
fn connected(case: &Case<'_>) -> Told {
    match case.log.product {
        HaProxy => facts::not(facts::reason(
            case,
            &["SC", "sC", "sQ", "CQ", "PR", "SH", "sH", "PH"],
            "did not get an answer of the server",
        )),
        _ => facts::made_by_origin(case),
    }
}

/// Health checks of the window: those that failed, all, and the same of the rest of the log.
fn checks(case: &Case<'_>) -> [(u64, u64); 2] {
    let line = case.log.wide;
    let times = &case.incident.times;
    let mut sums = [(0, 0); 2];
    for (place, cell) in line.cells.iter().enumerate() {
        let from = line.time(place);
        let until = from + line.width as i64 * SECOND;
        let is_inside = from < times.end && times.start < until;
        let sum = &mut sums[usize::from(!is_inside)];
        let (failed, all) = Signal::HealthChecks.counts(cell);
        *sum = (sum.0 + failed, sum.1 + all);
    }
    sums
}

/// Health checks fail.
fn checks_fail(case: &Case<'_>) -> Told {
    let [(failed, all), _] = checks(case);
    if all == 0 {
        return Told::Silent;
    }
    let share = failed as f64 / all as f64;
    let sentence = format!("{failed} of {all} health checks fail");
    match share {
        _ if all < CHECKS => Told::Silent,
        0.3.. => Told::Yes(sentence),
        0.1.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// They do not otherwise.
fn checks_began_to_fail(case: &Case<'_>) -> Told {
    let [(failed, all), (usual, of)] = checks(case);
    if all < CHECKS {
        return Told::Silent;
    }
    if of < CHECKS {
        // None are logged otherwise: a balancer that tries again more often, or a new one.
        return Told::Silent;
    }
    let (share, usual) = (failed as f64 / all as f64, usual as f64 / of as f64);
    Told::is(
        share >= 3.0 * usual && share - usual >= 0.1,
        format!("{} of the health checks fail, {} otherwise", percent(share), percent(usual)),
    )
}

/// The codes that health checks of the incident get, most first.
fn codes_of_checks(case: &Case<'_>) -> Vec<u16> {
    let times = &case.incident.times;
    let of_checks = |entry: &&Entry<'_>| {
        entry.kind == Kind::Noise(Noise::HealthCheck) && times.contains(&entry.drawn.began)
    };
    let mut codes: BTreeMap<u16, f64> = BTreeMap::new();
    for entry in case.log.sampled.entries().iter().filter(of_checks) {
        *codes.entry(entry.drawn.outcome).or_default() += entry.weight;
    }
    codes.retain(|code, _| !(200..300).contains(code) && *code != 304);
    let mut codes: Vec<(u16, f64)> = codes.into_iter().collect();
    codes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    codes.into_iter().map(|(code, _)| code).collect()
}

/// What the probe gets is a refusal or a redirect: the check is wrong, not the service.
fn checks_are_refused(case: &Case<'_>) -> Told {
    match codes_of_checks(case).first() {
        Some(code @ 300..500) => Told::Yes(format!("the probes get {code}")),
        _ => Told::Silent,
    }
}

/// The probe gets another code than clients: somebody answers it, and clients are not let through.
fn checks_get_others(case: &Case<'_>) -> Told {
    let Some(code) = codes_of_checks(case).first().copied() else { return Told::Silent };
    match case.codes(&[code]) < 0.1 && case.incident.deviations[0].signal != Signal::HealthChecks {
        true => Told::Yes(format!("the probes get {code}, clients do not")),
        false => Told::Silent,
    }
}

/// Nearly every health check fails.
fn all_checks_fail(case: &Case<'_>) -> Told {
    let [(failed, all), _] = checks(case);
    let share = failed as f64 / all.max(1) as f64;
    match all >= CHECKS && share >= 0.8 {
        true => Told::Yes(format!("{} of the health checks fail", percent(share))),
        false => Told::Silent,
    }
}

/// No upstream is left to ask.
fn none_left(case: &Case<'_>) -> Told {
    // nginx writes the name of the group then. Others write names of servers, which have no port.
    let is_nginx = case.log.product == Nginx;
    let none = |request: &Request<'_, '_>| {
        let upstream = request.field(Field::Upstream);
        Some(upstream.is_none_or(|name| is_nginx && !name.contains(&b':')))
    };
    facts::mostly(case, Need::Upstream, none, "found no upstream that could be asked")
}

/// Whether there are other upstreams to compare it with, as far as the log tells: an address of a
/// group that has several.
fn has_others(case: &Case<'_>) -> bool {
    match case.top(Dimension::Upstream) {
        Some(top) if case.log.product == Nginx && !top.value.contains(&b':') => false,
        Some(_) => case.usual_spread(Dimension::Upstream).is_none_or(|usual| usual >= 1.3),
        None => true,
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "bad-node",
        name: "One bad node",
        owner: Owner::OriginApp,
        explains: |case| {
            case.incident.deviations[0].signal.family() == Family::Server && has_others(case)
        },
        prior: 0.0,
        clues: &[
            requires("which upstream it was", facts::one_upstream),
            // Without that it is a guess like any other.
            unless(1.0, "whether the log tells upstreams", |case| match case.has(Need::Upstream) {
                true => Told::Silent,
                false => Told::No("the log does not tell which instance answered".to_owned()),
            }),
            speaks(0.5, 1.0, "whether it answers itself", connected),
            weighs(0.5, "how many routes are hit", load::many_routes),
            adds(0.5, "whether the application says so", |case| {
                Told::is(case.is_mostly(&[500]), "500 is an answer of the application")
            }),
            unless(1.0, "whether it gets more than its share", |case| {
                facts::not(node::share_grew(case))
            }),
        ],
        tells: |case| {
            let node = upstream(case.leading(Dimension::Upstream), "one instance");
            format!("{node} fails, the others do not")
        },
        checks: &[
            either(
                "take {upstream} out, then compare its version, configuration and disk with the others",
                "compare the instances: version, configuration, disk",
            ),
            any("whether its health check looks deep enough to see it"),
            on(
                &[Nginx],
                "max_fails counts no 500: proxy_next_upstream http_500, for what may be repeated",
            ),
        ],
    },
    Rule {
        cause: "health-check-failing",
        name: "Health checks fail, instances are taken out",
        owner: Owner::OriginApp,
        explains: |case| {
            let main = case.incident.deviations[0].signal;
            // What fails at all times, such as a scanner's look for `/actuator/health`, tells nothing.
            (main == Signal::HealthChecks || main.family() == Family::Server)
                && checks(case)[0].1 >= CHECKS
                && !matches!(checks_began_to_fail(case), Told::No(_))
        },
        prior: 0.0,
        clues: &[
            requires("whether health checks fail", checks_fail),
            weighs(1.0, "whether they fail otherwise", checks_began_to_fail),
            adds(2.0, "whether it is the checks", |case| {
                Told::is(
                    case.incident.deviations.iter().any(|of| of.signal == Signal::HealthChecks),
                    "the share of failing health checks rose with it",
                )
            }),
            adds(2.0, "whether all of them do", all_checks_fail),
            weighs(0.5, "whether an upstream was left", none_left),
            adds(2.0, "what the probe gets", checks_are_refused),
            adds(1.0, "whether clients get the same", checks_get_others),
        ],
        tells: |_| "health checks fail, and a balancer takes out what fails them".to_owned(),
        checks: &[
            any(
                "what the probe gets from {start} on: a redirect, 401 or 404 of a healthy instance?",
            ),
            any("success codes, timeout and threshold of the health check"),
            any("ALB logs no probes of its own: see the log of the target"),
        ],
    },
    Rule {
        cause: "app-error-after-deploy",
        name: "The application fails, as after a deploy",
        owner: Owner::OriginApp,
        explains: |case| case.is_mostly(&[500]),
        prior: 0.0,
        clues: &[
            crowns(2.0, 0.5, "whether something was deployed", facts::deployed),
            weighs(1.5, "how many routes are hit", few_routes),
            weighs(1.0, "whether the application made them", connected),
            weighs(1.0, "which upstream it was", facts::upstreams_alike),
            adds(0.5, "how long they took", fast_or_inner_timeout),
            adds(0.5, "how long it lasted", persists),
            unless(0.5, "how much traffic there was", |case| facts::not(facts::traffic_rose(case))),
        ],
        tells: |case| {
            format!("the application fails on {}: a change of code or configuration", case.place())
        },
        checks: &[
            either(
                "the first stack trace of {route} at {start}",
                "the first stack trace at {start}",
            ),
            any("what the release before {start} changed; roll it back"),
        ],
    },
    Rule {
        cause: "shared-dependency-down",
        name: "Something that the whole application needs is down",
        owner: Owner::OriginApp,
        explains: |case| case.is_mostly(&[500, 503, 504]),
        prior: 0.0,
        clues: &[
            // One alone is a fault of its own.
            crowns(1.0, 2.0, "how many routes are hit", load::many_routes),
            weighs(1.0, "whether the application made them", connected),
            crowns(1.0, 4.0, "which upstream it was", facts::upstreams_alike),
            crowns(1.0, 2.0, "which codes there are", several_codes),
            adds(0.5, "how long they took", fast_or_inner_timeout),
            adds(0.5, "whether files are served", load::files_spared),
            adds(1.0, "whether the application says so", |case| {
                Told::is(case.codes(&[500]) >= 0.3, "500 is an answer of the application")
            }),
            unless(1.0, "how much traffic there was", |case| facts::not(facts::traffic_rose(case))),
        ],
        tells: |_| {
            "several routes of the application fail alike: a database, a cache or another service \
             that all of them need"
                .to_owned()
        },
        checks: &[
            any("database, cache and services that the application calls, from {start}"),
            any("timeouts and circuit breakers inside the application"),
            any("what the failing routes share that the others do not"),
        ],
    },
];
