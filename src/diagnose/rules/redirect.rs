//! Sent elsewhere, and sent again: redirects that lead nowhere, and what clients had cached.

mod cache;

use super::super::clue::{adds, crowns, requires, unless, weighs};
use super::super::file::is_static;
use super::super::rule::{any, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use super::access::{is_login, is_write, rise};
use crate::codes::Owner;
use crate::detect::Signal;
use crate::format::Product::{Apache, Cloudflare, Nginx};
use crate::number::percent;
use std::collections::BTreeMap;

/// Redirects that a client follows at once.
const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];
/// Redirects behind which most clients send a GET, whatever they sent before (RFC 9110, 15.4.2 and
/// 15.4.3); behind 303 they should.
const LOSING: [u16; 2] = [301, 302];

/// Whether the incident is one of redirects.
fn is_of_redirects(case: &Case<'_>) -> bool {
    case.incident.deviations[0].signal == Signal::Redirects
}

/// The same client asks for the same again and again, and is redirected each time.
fn again_and_again(case: &Case<'_>) -> Told {
    if case.log.is_blind() {
        return Told::Lacks(Need::Client);
    }
    let Some(loops) = &case.sequences().loops else { return Told::Silent };
    let share = loops.redirects.share;
    let turns = if loops.alternating * 2 > loops.runs { ", between two URLs" } else { "" };
    let length = loops.length.map_or(String::new(), |length| format!(", mostly {length} times"));
    match share {
        0.3.. => Told::Yes(format!(
            "{} of the redirects send a client on five times and more in 10 s{turns}{length}",
            percent(share)
        )),
        0.1.. => Told::Silent,
        _ => Told::No(format!(
            "clients are redirected once: of {} redirects of the sample {} are one of many",
            loops.redirects.judged, loops.redirects.found
        )),
    }
}

/// The writes to the route that most of the redirected ones are to.
struct Writes<'a> {
    route: Option<&'a [u8]>,
    /// Share of them that is redirected, before and in the window.
    redirected: Option<[f64; 2]>,
}

/// The writes that are redirected with a code that makes a GET of them. `None` when none is.
fn redirected_writes<'a>(case: &Case<'a>) -> Option<Writes<'a>> {
    let mut routes: BTreeMap<Option<&[u8]>, f64> = BTreeMap::new();
    let is_redirected = |request: &&Request<'_, '_>| LOSING.contains(&request.outcome());
    let writes = |request: &&Request<'_, '_>| is_write(request) == Some(true);
    for request in case.inside.iter().filter(writes).filter(is_redirected) {
        *routes.entry(request.route()).or_default() += request.weight();
    }
    let (route, _) = routes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let share = |requests: &[Request<'_, '_>]| {
        let (mut redirected, mut all, mut rows) = (0.0, 0.0, 0);
        for request in requests.iter().filter(writes).filter(|of| of.route() == route) {
            all += request.weight();
            rows += 1;
            redirected += if is_redirected(&request) { request.weight() } else { 0.0 };
        }
        (rows >= 5).then(|| redirected / all)
    };
    let redirected = share(&case.outside).zip(share(&case.inside)).map(<[f64; 2]>::from);
    Some(Writes { route, redirected })
}

/// Writes are redirected with a code that makes a GET of them, and were not before.
fn writes_redirected(case: &Case<'_>) -> Told {
    let Some(writes) = redirected_writes(case) else {
        return Told::No("no write is redirected with 301 or 302".to_owned());
    };
    let Some([before, inside]) = writes.redirected else { return Told::Silent };
    let sentence = format!(
        "{} of the writes to {} are answered 301 or 302, {} before",
        percent(inside),
        String::from_utf8_lossy(writes.route.unwrap_or(b"one route")),
        percent(before)
    );
    match inside {
        _ if inside >= 0.05 && inside >= 3.0 * before => Told::Yes(sentence),
        _ if inside < 1.5 * before => Told::No(sentence),
        _ => Told::Silent,
    }
}

/// The redirects answer writes.
fn of_writes(case: &Case<'_>) -> Told {
    match is_of_redirects(case) {
        true => facts::seen(case, is_write, "answer a POST or another write"),
        // What became of them is looked at.
        false => Told::Silent,
    }
}

/// Whether reads of the application are redirected as well, and were not before.
fn reads_too(case: &Case<'_>) -> Told {
    let share = |requests: &[super::super::Request<'_, '_>]| {
        // Files need no session.
        let reads = || {
            let reads = requests.iter().filter(|of| is_write(of) == Some(false));
            reads.filter(|of| of.outcome() != 304 && !of.route().is_some_and(is_static))
        };
        let weight = |of: &super::super::Request<'_, '_>| of.weight();
        let all: f64 = reads().map(weight).sum();
        let redirected: f64 = reads().filter(|of| LOSING.contains(&of.outcome())).map(weight).sum();
        (reads().count() >= 8 && all > 0.0).then(|| redirected / all)
    };
    let (Some(before), Some(inside)) = (share(&case.outside), share(&case.inside)) else {
        return Told::Silent;
    };
    Told::is(
        inside >= 0.1 && inside >= 4.0 * before,
        format!("{} of the reads are redirected, {} before", percent(inside), percent(before)),
    )
}

/// What clients did behind a write that was redirected.
fn lost(case: &Case<'_>) -> Told {
    let Some(posts) = &case.sequences().lost_posts else { return reads_refused(case) };
    let (lost, kept) = (posts.lost, posts.kept);
    match kept {
        _ if lost.share >= 0.2 => Told::Yes(format!(
            "{} of {} redirected writes of the sample are followed by a GET that is refused",
            lost.found, lost.judged
        )),
        Some(kept) if kept.share >= 0.5 => Told::No(format!(
            "{} of {} redirected writes of the sample are followed by a write: nothing is lost",
            kept.found, kept.judged
        )),
        // A GET that is answered well is lost, too, and not seen.
        _ => reads_refused(case),
    }
}

/// Reads are refused in the same time.
fn reads_refused(case: &Case<'_>) -> Told {
    let share = |requests: &[Request<'_, '_>]| {
        let (mut refused, mut all) = (0.0, 0.0);
        for request in requests {
            all += request.weight();
            let is_refused = matches!(request.outcome(), 400 | 404 | 405 | 422);
            if is_refused && is_write(request) == Some(false) {
                refused += request.weight();
            }
        }
        if all > 0.0 { refused / all } else { 0.0 }
    };
    let (before, inside) = (share(&case.outside), share(&case.inside));
    let sentence = format!(
        "in the same time {} of all requests are a GET that is refused (400, 404, 405), {} before",
        percent(inside),
        percent(before)
    );
    Told::is(inside >= 1.5 * before + 0.002, sentence)
}

/// Share of 2xx among what the redirected requests ask for, before and in the window.
fn answered_before(case: &Case<'_>) -> Told {
    let routes = case.excess_by(Request::route);
    let hit: std::collections::BTreeSet<_> =
        routes.iter().take(10).map(|(route, _)| *route).collect();
    let (mut rows, mut good, mut all) = (0, 0.0, 0.0);
    for request in case.outside.iter().filter(|of| hit.contains(&of.route())) {
        rows += 1;
        all += request.weight();
        let is_good = matches!(request.outcome(), 200..=299 | 304);
        good += if is_good { request.weight() } else { 0.0 };
    }
    if rows < 5 {
        return Told::Silent;
    }
    let share = good / all;
    let sentence =
        format!("{} of the requests to the same routes were answered before", percent(share));
    match share {
        0.6.. => Told::Yes(sentence),
        0.3.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// More requests than usual go to the login.
fn login_rose(case: &Case<'_>) -> Told {
    let share = |requests: &[Request<'_, '_>]| {
        let (mut login, mut all) = (0.0, 0.0);
        for request in requests {
            all += request.weight();
            login += if request.route().is_some_and(is_login) { request.weight() } else { 0.0 };
        }
        if all > 0.0 { login / all } else { 0.0 }
    };
    let (before, inside) = (share(&case.outside), share(&case.inside));
    Told::is(
        inside >= 2.0 * before + 0.005,
        format!("{} of the requests go to the login, {} before", percent(inside), percent(before)),
    )
}

/// The route has far more of the traffic than usual: each redirect makes a request more.
fn more_of_it(case: &Case<'_>) -> Told {
    match rise(case) {
        Some(rise) if rise >= 2.0 && rise.is_finite() => {
            Told::Yes(format!("the route has {rise:.0} times its usual share of the traffic"))
        }
        _ => Told::Silent,
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "redirect-loop",
        name: "Redirects go round in a circle",
        owner: Owner::Config,
        explains: |case| is_of_redirects(case) && case.is_mostly(&REDIRECTS),
        prior: 0.0,
        clues: &[
            requires("whether clients are sent to where they were", again_and_again),
            adds(1.0, "how much is asked for", more_of_it),
            adds(0.5, "whether it is one route", facts::one_route),
            adds(0.5, "how many clients are hit", facts::many_clients),
        ],
        tells: |case| format!("clients are redirected to where they were: {}", case.place()),
        checks: &[
            any("curl -sIL --max-redirs 5 on {route}: between which URLs does it go?"),
            on(
                &[Nginx, Apache],
                "X-Forwarded-Proto: does the rule that redirects to HTTPS look at it?",
            ),
            on(&[Cloudflare], "SSL mode Flexible with an origin that redirects to HTTPS"),
            any(
                "a rule for HTTPS behind a proxy that ends TLS; two rules for slash or www; a cookie that is never kept",
            ),
        ],
    },
    Rule {
        cause: "post-lost-in-redirect",
        name: "Forms are lost in a redirect",
        owner: Owner::Config,
        explains: |case| {
            is_of_redirects(case) && case.is_mostly(&LOSING) || case.is_mostly(&[400, 404, 405])
        },
        prior: 0.0,
        clues: &[
            requires("whether writes are redirected", writes_redirected),
            weighs(2.0, "which requests are redirected", of_writes),
            weighs(1.0, "what clients send next", lost),
            adds(0.5, "whether it is one route", facts::one_route),
            // A login takes all; a 301 of all loses the writes among them all the same.
            unless(4.0, "whether reads are redirected, too", |case| match case.is_mostly(&[301]) {
                true => Told::Silent,
                false => facts::not(reads_too(case)),
            }),
            unless(2.0, "whether it goes round in a circle", |case| match is_of_redirects(case) {
                true => facts::not(again_and_again(case)),
                false => Told::Silent,
            }),
        ],
        tells: |case| {
            let route = redirected_writes(case).and_then(|writes| writes.route);
            let route = String::from_utf8_lossy(route.unwrap_or(b"a route"));
            format!("a 301 or 302 makes a GET of what clients send to {route}")
        },
        checks: &[
            any("308 or 307 in place of the 301 or 302: they keep the method"),
            any("the form or client that posts to the old place: let it post to the new one"),
            any("what was lost since {start}: orders, payments, messages"),
        ],
    },
    Rule {
        cause: "session-loss",
        name: "Clients are sent to the login",
        owner: Owner::OriginApp,
        explains: |case| is_of_redirects(case) && case.is_mostly(&[302, 303, 307]),
        prior: 0.0,
        clues: &[
            requires("how many clients are hit", facts::many_clients),
            weighs(1.0, "how many routes are hit", facts::many_routes),
            // A redirect that is new, to what was never there, sends nobody to a login.
            crowns(1.0, 4.0, "whether they were answered before", |case| {
                match (answered_before(case), login_rose(case)) {
                    (Told::Yes(sentence), _) | (_, Told::Yes(sentence)) => Told::Yes(sentence),
                    (Told::No(sentence), _) => Told::No(sentence),
                    _ => Told::No("nobody was answered there before".to_owned()),
                }
            }),
            weighs(0.5, "who redirects", facts::made_by_origin),
            adds(1.0, "where they are sent", login_rose),
            unless(2.0, "whether it goes round in a circle", |case| {
                facts::not(again_and_again(case))
            }),
            unless(2.0, "whether it is of writes alone", |case| match reads_too(case) {
                Told::Yes(_) => Told::Silent,
                _ => facts::not(facts::seen(case, is_write, "answer a POST or another write")),
            }),
        ],
        tells: |case| {
            format!(
                "clients that were logged in are redirected, likely to the login: {}",
                case.place()
            )
        },
        checks: &[
            any("session store at {start}: emptied, restarted, or full?"),
            any(
                "secret that sessions are signed with: changed at {start}, or not the same on all servers?",
            ),
            any("domain, path, SameSite and Secure of the session's cookie"),
        ],
    },
    Rule {
        cause: "cache-broken",
        name: "Caches of clients do not work",
        owner: Owner::Config,
        explains: |case| case.incident.deviations[0].signal == Signal::NotCached,
        prior: 0.0,
        clues: &[
            requires("whether what clients have is sent again", cache::sent_again),
            requires("how many clients are hit", facts::many_clients),
            adds(1.0, "what the cache did", cache::fewer_hits),
            weighs(0.5, "how much is sent", cache::more_bytes),
            unless(2.0, "whether it is one kind of client", |case| {
                // Robots do not ask whether it was modified.
                facts::not(facts::one_agent(case))
            }),
            adds(0.5, "whether something was deployed", facts::deployed),
        ],
        tells: |case| format!("files that clients have are sent to them again: {}", case.place()),
        checks: &[
            any(
                "curl -sI on {route}, twice, and on each server: are ETag and Last-Modified the same?",
            ),
            on(
                &[Nginx],
                "etag, expires and add_header Cache-Control; file times that a deploy at {start} changed",
            ),
            on(&[Cloudflare], "cache rules and purges at {start}; query strings in the cache key"),
            any("Cache-Control and Vary that were changed at {start}"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
