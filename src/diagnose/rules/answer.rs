//! The upstream took the connection, and no answer came of it that the proxy could pass on.

use super::super::clue::{adds, requires, speaks, unless, weighs};
use super::super::rule::{any, either, on};
use super::super::way::{Ends, ended, possible};
use super::super::{Case, Need, Rule, Told, facts};
use super::upstream::{FITS, all_of_it, blamed_upstream, whole_host};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{
    Alb, Apache, AzureFrontDoor, CloudFront, Envoy, GoogleCloudLb, HaProxy, Heroku, Nginx,
};
use crate::number::{duration, percent};
use crate::record::NoStatus;
use std::collections::BTreeSet;

/// A race for an idle connection is rare: 0.01 to 0.5 % of the requests, and up to twice that where
/// it is worst; surely no more than the second.
const SPARSE: f64 = 0.01;
const NOT_SPARSE: f64 = 0.02;
/// A reset that meets the request on its way takes less, seconds.
const RESET: f64 = 0.02;
/// A backend that worked on a request before it broke took longer, seconds.
const WORKED: f64 = 0.05;

/// Whether one route or one upstream has most of them.
fn at_one_place(case: &Case<'_>) -> Told {
    match (facts::one_route(case), facts::one_upstream(case)) {
        (Told::Yes(sentence), _) | (_, Told::Yes(sentence)) => Told::Yes(sentence),
        (Told::No(sentence), Told::No(_) | Told::Lacks(_)) => Told::No(sentence),
        _ => Told::Silent,
    }
}

/// Whether they are spread as the traffic is.
fn spread(case: &Case<'_>) -> Told {
    // Two routes that are seldom asked for are no spread.
    let is_apart = |dimension: Dimension| {
        case.top(dimension).is_some_and(|top| top.share >= 0.2 && top.share >= 2.0 * top.usual)
    };
    if is_apart(Dimension::Route) || is_apart(Dimension::Upstream) {
        return match at_one_place(case) {
            Told::Yes(sentence) => Told::No(sentence),
            _ => Told::Silent,
        };
    }
    match at_one_place(case) {
        Told::Yes(sentence) => Told::No(sentence),
        Told::No(_) => Told::Yes("routes and upstreams are hit alike".to_owned()),
        other => other,
    }
}

/// Whether few requests are hit.
fn sparse(case: &Case<'_>) -> Told {
    let share = case.incident.deviations[0].observed();
    let sentence = format!("{} of all requests are hit", percent(share));
    match share {
        NOT_SPARSE.. => Told::No(sentence),
        SPARSE.. => Told::Silent,
        _ => Told::Yes(sentence),
    }
}

/// Whether they ended as fast as a connection is reset.
fn reset(case: &Case<'_>) -> Told {
    facts::took(case, 0.9, "ended within", |seconds| seconds < RESET)
}

/// Whether the backend had worked on them, by a time that is no timeout of the proxy.
fn broke_at_work(case: &Case<'_>) -> Told {
    match facts::at_a_timeout(case) {
        Told::Yes(sentence) => Told::Yes(format!("{sentence}: a worker's timeout?")),
        _ => facts::took(case, 0.5, "broke off after", |seconds| seconds >= WORKED),
    }
}

/// Whether they took as long as good answers of the same routes: the work was done.
fn usual_pace(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    let (Some(took), Some([usual, _])) = (case.took(0.5), case.good_took(0.5)) else {
        return Told::Silent;
    };
    let sentence = format!(
        "they took {} (p50), good answers of the same routes {}",
        duration(took),
        duration(usual)
    );
    match took / usual.max(0.001) {
        0.5..2.0 => Told::Yes(sentence),
        0.33..3.0 => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Whether the upstreams that did it also answered well in that time.
fn answers_others(case: &Case<'_>) -> Told {
    if !case.has(Need::Upstream) {
        return Told::Lacks(Need::Upstream);
    }
    let upstreams: BTreeSet<_> =
        case.bad().filter_map(|of| of.value(Dimension::Upstream)).collect();
    let (mut good, mut all) = (0.0, 0.0);
    for request in &case.inside {
        if request.value(Dimension::Upstream).is_some_and(|name| upstreams.contains(name)) {
            all += request.weight();
            good += if request.outcome() < 400 { request.weight() } else { 0.0 };
        }
    }
    if upstreams.is_empty() {
        return Told::Silent;
    }
    let share: f64 = good / all;
    let sentence = format!("the same upstreams answered {} of all well", percent(share));
    match share {
        0.2.. => Told::Yes(sentence),
        0.05.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Whether it is where cookies and tokens are handed out: their headers grow.
fn signs_in(case: &Case<'_>) -> Told {
    const WORDS: [&str; 8] =
        ["login", "signin", "sign-in", "sso", "saml", "oauth", "auth", "session"];
    let Some(top) = case.top(Dimension::Route).filter(|top| top.share >= 0.6) else {
        return Told::Silent;
    };
    let route = String::from_utf8_lossy(top.value).to_ascii_lowercase();
    let is = WORDS.iter().any(|word| route.contains(word));
    Told::is(is, format!("{route} is where cookies and tokens are handed out"))
}

/// Whether most of them were posted.
fn posted(case: &Case<'_>) -> Told {
    let share = case.share(|of| Some(of.value(Dimension::Method) == Some(b"POST")));
    let share = share.map_or(0.0, |share| share.ratio);
    Told::is(share >= 0.6, format!("{} of them are POST", percent(share)))
}

/// Whether nginx took what came for HTTP/0.9: it was no HTTP/1.
fn no_http(case: &Case<'_>) -> Told {
    let share = case.share(|of| Some(of.facts().no_status == Some(NoStatus::Http09)));
    let share = share.map_or(0.0, |share| share.ratio);
    Told::is(share >= 0.5, format!("{} have the status 009: no HTTP/1 came back", percent(share)))
}

/// The connection was made, and no header of an answer came or none that was taken.
fn broken(case: &Case<'_>, at: Ends, like: Ends) -> Told {
    ended(case, at, like, "were connected to the upstream, and no answer came that could be read")
}

/// Closed or unreadable.
const BROKEN: Ends = Ends::CLOSED.or(Ends::UNREADABLE);

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "keepalive-race",
        name: "Race for an idle connection",
        owner: Owner::Config,
        explains: |case| possible(case, Ends::CLOSED) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether the upstream closed the connection", |case| {
                broken(case, Ends::CLOSED, Ends::UNREADABLE)
            }),
            weighs(2.0, "how many requests are hit", sparse),
            weighs(1.0, "how long they took", reset),
            weighs(1.0, "whether it is one route or upstream", spread),
            adds(0.5, "the method", posted),
            unless(2.0, "whether anything of it still works", |case| facts::not(all_of_it(case))),
        ],
        tells: |_| {
            "the upstream closes idle connections that the proxy is about to use again".to_owned()
        },
        checks: &[
            on(&[Nginx], "keepalive_timeout in the upstream block shorter than the backend's own"),
            on(&[Alb], "keep-alive of the targets longer than the balancer's idle timeout (60 s)"),
            on(&[GoogleCloudLb], "keep-alive of the backends longer than 600 s"),
            on(&[Envoy], "idle_timeout of the cluster shorter than the backend's; retry on reset"),
            on(&[HaProxy], "http-reuse, pool-purge-delay; timeout http-keep-alive of the server"),
            on(&[Nginx], "grep 'recv() failed (104' and 'prematurely closed' error.log"),
            any("idle timeout of the backend: longer than that of the proxy's connections?"),
        ],
    },
    Rule {
        cause: "upstream-protocol-mismatch",
        name: "Proxy and backend speak different protocols",
        owner: Owner::Config,
        explains: |case| possible(case, Ends::UNREADABLE) >= FITS,
        // Seldom, and then somebody has just changed it.
        prior: -1.0,
        clues: &[
            requires("whether what came back could be read", |case| {
                broken(case, Ends::UNREADABLE, Ends::CLOSED)
            }),
            adds(4.0, "what came back", no_http),
            // It is all or nothing from one instant on, unless one peer of several differs. Of what
            // never worked nobody knows.
            speaks(1.0, 2.0, "whether anything of it still works", |case| {
                match facts::was_good(case) {
                    Told::Yes(_) => all_of_it(case),
                    _ => Told::Silent,
                }
            }),
            unless(1.0, "whether it worked before", facts::was_good),
            weighs(1.5, "which host it is", whole_host),
        ],
        tells: |case| format!("what comes back is not the protocol spoken: {}", case.place()),
        checks: &[
            on(&[Nginx], "grep 'upstream sent no valid HTTP/1.0 header' error.log"),
            on(&[Nginx], "proxy_pass: https:// for a TLS port; grpc_pass for gRPC"),
            on(&[HaProxy], "server line: ssl, proto h2; 'show errors' keeps the last bad answer"),
            on(&[Envoy], "http2_protocol_options and transport socket of the cluster"),
            either(
                "port, scheme and HTTP version of {host}: what was changed at {start}?",
                "port, scheme and HTTP version of the upstream: what was changed at {start}?",
            ),
        ],
    },
    Rule {
        cause: "bad-upstream-headers",
        name: "Header of the answer too large or broken",
        owner: Owner::OriginApp,
        explains: |case| possible(case, Ends::UNREADABLE) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether what came back could be read", |case| {
                broken(case, Ends::UNREADABLE, Ends::CLOSED)
            }),
            // A product's own word for it; nginx has it in its error_log only.
            adds(1.0, "whether it was the header", |case| {
                broken(case, Ends::UNREADABLE, Ends::NONE).or_lacking(Told::Silent)
            }),
            weighs(1.0, "which route it is", facts::one_route),
            weighs(1.0, "whether the work was done", usual_pace),
            adds(1.0, "whether cookies are handed out there", signs_in),
            adds(0.5, "the method", posted),
            unless(1.0, "whether it comes and goes", |case| match all_of_it(case) {
                Told::Yes(_) => facts::not(whole_host(case)).or_lacking(Told::Silent),
                _ => Told::Silent,
            }),
        ],
        tells: |case| format!("the proxy does not take the answer's header: {}", case.place()),
        checks: &[
            on(&[Nginx], "grep 'too big header\\|invalid header' error.log"),
            on(&[Nginx], "proxy_buffer_size (fastcgi_buffer_size) against the size of Set-Cookie"),
            on(&[HaProxy], "echo 'show errors' | socat - the stats socket; tune.bufsize"),
            on(
                &[AzureFrontDoor, CloudFront],
                "how large is the header of {route}? curl -sI, piped to wc -c",
            ),
            either(
                "size of cookies and tokens in answers of {route}, and odd header names",
                "size of cookies and tokens in the answers, and odd header names",
            ),
        ],
    },
    Rule {
        cause: "upstream-closed",
        name: "Backend closes the connection while it works",
        owner: Owner::OriginApp,
        explains: |case| possible(case, Ends::CLOSED) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether the upstream closed the connection", |case| {
                broken(case, Ends::CLOSED, Ends::UNREADABLE)
            }),
            weighs(1.0, "whether it is one route or upstream", at_one_place),
            adds(0.5, "how long they took", broke_at_work),
            adds(0.5, "whether the work was done", |case| facts::not(usual_pace(case))),
        ],
        tells: |case| {
            format!("{} closes connections while it works: {}", blamed_upstream(case), case.place())
        },
        checks: &[
            on(&[Nginx], "grep 'prematurely closed connection\\|recv() failed (104' error.log"),
            on(&[Heroku], "heroku logs: exits, R14 and R15 (memory) around {start}"),
            any("dmesg | grep -i oom on {upstream}; the app's log of crashes from {start}"),
            any("what {route} does that ends a worker: time limit, memory, a bug"),
            any("restarts, memory and time limits of the backend's workers from {start}"),
        ],
    },
    Rule {
        cause: "healthy-backend-502",
        name: "Backend is healthy, the way to it is not",
        owner: Owner::Edge,
        explains: |case| possible(case, BROKEN) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether the upstream took the connection", |case| {
                broken(case, BROKEN, Ends::NONE)
            }),
            weighs(1.5, "whether the upstream answers others", answers_others),
            weighs(1.0, "whether it is one route or upstream", spread),
            // Then it is that service's own.
            unless(1.5, "whether one host alone is hit", |case| {
                facts::not(whole_host(case)).or_lacking(Told::Silent)
            }),
        ],
        tells: |_| {
            "upstreams that answer well otherwise break off: look at the way to them".to_owned()
        },
        checks: &[
            on(
                &[Nginx],
                "grep '502' in the time of it in error.log: closed, reset, or bad header?",
            ),
            any("the proxy's error log before the backend's health: closed, reset or malformed?"),
            any("the backend's own log: 200 or 499 for the same requests?"),
            any("idle timeouts, buffers and protocol between proxy and backend"),
        ],
    },
    Rule {
        cause: "upstream-read-timeout",
        name: "Backend too slow, the proxy gives up",
        owner: Owner::OriginCapacity,
        explains: |case| possible(case, Ends::NO_ANSWER) >= FITS,
        prior: 0.0,
        clues: &[
            requires("whether they end at a timeout", facts::at_a_timeout),
            requires("whether the upstream took the connection", |case| {
                ended(
                    case,
                    Ends::NO_ANSWER,
                    Ends::NONE,
                    "were taken by the upstream and got no answer in time",
                )
            }),
            adds(1.0, "which route it is", facts::one_route),
            adds(0.5, "whether latency rose before", facts::built_up),
            // `method.md` 3.6.
            adds(0.5, "the code", |case| {
                Told::is(case.is_mostly(&[504]), "504 is what a slow backend ends in")
            }),
        ],
        tells: |case| {
            format!(
                "{} is too slow for the proxy's timeout: {}",
                blamed_upstream(case),
                case.place()
            )
        },
        checks: &[
            either(
                "slow queries, locks and outside calls of {route} from {start}",
                "slow queries, locks and outside calls from {start}",
            ),
            on(
                &[Nginx],
                "grep 'upstream timed out (110' error.log: 'while reading response header'?",
            ),
            on(&[Nginx], "proxy_read_timeout ({at}): raising it only hides a slow backend"),
            on(&[HaProxy], "timeout server ({at}): raising it only hides a slow backend"),
            on(&[Apache], "ProxyTimeout ({at}): raising it only hides a slow backend"),
            on(&[Heroku], "work that takes 30 s belongs into a background job"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
