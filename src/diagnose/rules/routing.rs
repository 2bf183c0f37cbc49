//! Not found: what is not there any more, not yet there, or never was.
//!
//! 404 is the code with the most causes. What is asked for (probes, hashed assets, one page), who
//! asks (few or many), from where (a link) and whether it was there before tell them apart.

use super::super::clue::{adds, requires, unless, weighs};
use super::super::file::is_asset;
use super::super::rule::{any, either, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::Signal;
use crate::detect::culprit::Dimension;
use crate::format::Product::{Apache, Cloudflare, Envoy, HaProxy, Nginx};
use crate::number::percent;
use crate::record::RequestLine;
use crate::tally::sample::Field;
use std::collections::BTreeSet;

/// Not there.
const MISSING: [u16; 2] = [404, 410];
/// What scanners are answered with.
const REFUSED: [u16; 5] = [400, 403, 404, 405, 410];

/// Whether its name holds a hash of what is in it.
fn is_hashed(route: &[u8]) -> bool {
    let name = route.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    is_asset(route)
        && [&b":hash"[..], b":uuid"].iter().any(|id| memchr::memmem::find(name, id).is_some())
}

/// Files are asked for that hold a hash in their name.
fn hashed_assets(case: &Case<'_>) -> Told {
    facts::seen(
        case,
        |request| request.route().map(is_hashed),
        "ask for scripts or styles with a hash in their name",
    )
}

/// They ask for what only scanners ask for, or for many things that were never there.
fn probes(case: &Case<'_>) -> Told {
    if case.incident.deviations[0].signal == Signal::Scanner {
        let top = case.top(Dimension::Route).map(|top| String::from_utf8_lossy(top.value));
        let shown = top.unwrap_or_default();
        return Told::Yes(format!("only scanners ask for that, such as {shown}"));
    }
    if case.incident.deviations.iter().any(|of| of.signal == Signal::Scanner) {
        return Told::Yes("in the same time there are probes for known holes".to_owned());
    }
    let routes: Vec<_> = case.bad().filter_map(Request::route).collect();
    let distinct = routes.iter().collect::<BTreeSet<_>>().len();
    if routes.len() < 8 {
        return Told::Silent;
    }
    let sentence =
        format!("{} requests of the sample ask for {distinct} different paths", routes.len());
    match distinct as f64 / routes.len() as f64 {
        0.6.. => Told::Yes(sentence),
        0.3.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// One host whose pages link here has most of them, and far less of the traffic.
fn one_referer(case: &Case<'_>) -> Told {
    match facts::one(case, Dimension::RefererHost, Need::Referer, "the referer") {
        Told::No(_) => Told::No("they come from no link in common".to_owned()),
        other => other,
    }
}

/// They come from the pages of the site.
fn from_own_pages(case: &Case<'_>) -> Told {
    if !case.has(Need::Referer) {
        return Told::Lacks(Need::Referer);
    }
    let of = |request: &Request<'_, '_>| request.value(Dimension::RefererHost).map(<[u8]>::to_vec);
    let mut hosts: BTreeSet<Vec<u8>> = BTreeSet::new();
    hosts
        .extend(case.outside.iter().filter_map(|of| of.value(Dimension::Host)).map(<[u8]>::to_vec));
    let mut counts = std::collections::BTreeMap::<Vec<u8>, f64>::new();
    for request in &case.outside {
        if let Some(host) = of(request) {
            *counts.entry(host).or_default() += request.weight();
        }
    }
    // Most links to a page are on the site itself.
    hosts.extend(counts.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(host, _)| host));
    facts::mostly(
        case,
        Need::Referer,
        |request| Some(of(request).is_some_and(|host| hosts.contains(&host))),
        "come from the site's own pages",
    )
}

/// No user agent of theirs is a browser, and one is most of them.
fn integration(case: &Case<'_>) -> Told {
    if !case.has(Need::UserAgent) {
        return Told::Lacks(Need::UserAgent);
    }
    let is_browser =
        |request: &Request<'_, '_>| Some(request.field(Field::UserAgent)?.starts_with(b"Mozilla/"));
    match case.share(is_browser) {
        Some(share) if share.ratio >= 0.4 => {
            Told::No(format!("{} of them are of browsers", percent(share.ratio)))
        }
        _ => facts::one_agent(case),
    }
}

/// IIS refuses what is too large with 404: headers, body, URL, query.
const TOO_LARGE: [&[u8]; 4] = [b"404.10", b"404.13", b"404.14", b"404.15"];

fn is_too_large(case: &Case<'_>) -> bool {
    let names = |of: &Request<'_, '_>| Some(TOO_LARGE.contains(&of.field(Field::Reason)?));
    case.share(names).is_some_and(|share| share.ratio >= 0.5)
}

/// Most of them were not found, and not for another reason that the product names.
fn is_missing(case: &Case<'_>) -> bool {
    case.is_mostly(&MISSING) && !is_too_large(case)
}

/// They are 410: gone for good, as somebody decided.
fn is_gone(case: &Case<'_>) -> bool {
    case.is_mostly(&[410])
}

/// It was retired: somebody says so, or one integration asks for what nobody gets.
fn retired(case: &Case<'_>) -> Told {
    if is_gone(case) {
        return Told::Yes("410 says that it is gone for good".to_owned());
    }
    match (facts::was_good(case), integration(case)) {
        (Told::No(sentence), Told::Yes(_)) => Told::Yes(sentence),
        (Told::Yes(sentence), _) | (_, Told::No(sentence)) => Told::No(sentence),
        (_, Told::Lacks(need)) => Told::Lacks(need),
        _ => Told::Silent,
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "scanner-404",
        name: "A scanner looks for holes",
        owner: Owner::Nobody,
        explains: |case| {
            // Who speaks TLS to a plain port asks for nothing.
            let asks = || case.is_seen(|request| request.facts().request != RequestLine::Tls);
            case.incident.deviations[0].signal == Signal::Scanner
                || case.is_mostly(&REFUSED) && asks()
        },
        prior: 0.5,
        clues: &[
            requires("what is asked for", probes),
            // From many addresses at once it is one still, when it asks for known holes.
            weighs(2.0, "from whom they come", facts::few_clients),
            weighs(1.0, "whether it was there before", |case| {
                match case.incident.deviations[0].signal {
                    Signal::Scanner => Told::Silent,
                    _ => facts::not(facts::was_good(case)),
                }
            }),
            weighs(0.5, "where they came from", |case| match probes(case) {
                Told::Yes(_) => facts::no_referer(case),
                _ => Told::Silent,
            }),
        ],
        tells: |case| {
            let of = case.top(Dimension::ClientNetwork).filter(|top| top.share >= 0.5);
            match of {
                Some(top) => format!(
                    "a scanner at {} looks for known holes; nobody else is hit",
                    String::from_utf8_lossy(top.value)
                ),
                None => "scanners look for known holes; nobody else is hit".to_owned(),
            }
        },
        checks: &[
            either(
                "was any probe answered with 200? Look at what {client} got",
                "was any probe answered with 200?",
            ),
            on(&[Nginx], "deny {client}, or return 444 for what it asks for"),
            on(&[Cloudflare], "a WAF rule for {client}"),
            any("a block for {client}; it needs no other answer"),
        ],
    },
    Rule {
        cause: "missing-assets-after-deploy",
        name: "Scripts and styles of another release",
        owner: Owner::Config,
        explains: |case| {
            case.codes(&[403, 404, 410]) >= 0.5 && !case.is_mostly(&[403]) && !is_too_large(case)
        },
        prior: 0.0,
        clues: &[
            requires("which files are asked for", |case| match hashed_assets(case) {
                Told::Silent => Told::No("not most of them ask for hashed files".to_owned()),
                told => told,
            }),
            requires("how many clients are hit", facts::many_clients),
            weighs(1.0, "where they came from", from_own_pages),
            adds(1.0, "whether something was deployed", facts::deployed),
        ],
        tells: |case| {
            format!("pages ask for files of another release, which are not there: {}", case.place())
        },
        checks: &[
            any("were the files of the release before removed? Keep those of the last releases"),
            any("order of the deploy at {start}: assets first, then pages; on all servers"),
            any("pages that are cached (CDN, service worker) and name old files: purge them"),
        ],
    },
    Rule {
        cause: "retired-endpoint",
        name: "Clients ask for what was retired",
        owner: Owner::Client,
        explains: is_missing,
        prior: 0.0,
        clues: &[
            requires("whether it is meant to be gone", retired),
            weighs(1.0, "whether it is one route", facts::one_route),
            adds(1.0, "who asks", integration),
            weighs(0.5, "where they came from", |case| match retired(case) {
                Told::Yes(_) if !is_gone(case) => facts::no_referer(case),
                _ => Told::Silent,
            }),
        ],
        tells: |case| format!("clients still ask for what was retired: {}", case.place()),
        checks: &[
            any("who is {user_agent}? Tell them when it ends and what replaces it"),
            any("is {route} meant to be gone? Then 410, with a link to what replaces it"),
            any("was it switched off at {start} earlier than announced?"),
        ],
    },
    Rule {
        cause: "broken-link",
        name: "A link leads to nothing",
        owner: Owner::OriginApp,
        explains: is_missing,
        prior: 0.0,
        clues: &[
            requires("where they came from", one_referer),
            requires("how many clients are hit", facts::many_clients),
            weighs(1.0, "whether it is one route", facts::one_route),
            unless(2.0, "whether they are hashed files", |case| facts::not(hashed_assets(case))),
            unless(2.0, "whether it is meant to be gone", |case| match is_gone(case) {
                true => Told::No("410 says that it is gone for good".to_owned()),
                false => Told::Silent,
            }),
        ],
        tells: |case| match case.top(Dimension::RefererHost).filter(|top| top.share >= 0.5) {
            Some(top) => format!(
                "a link on {} leads to nothing: {}",
                String::from_utf8_lossy(top.value),
                case.place()
            ),
            None => format!("a link leads to nothing: {}", case.place()),
        },
        checks: &[
            any("a 301 from {route} to where it is now"),
            any("the page or mailing that links to {route}: correct it, or ask for it"),
            any("the pages that link to what is missing: the referers tell"),
        ],
    },
    Rule {
        cause: "routing-regression",
        name: "What was there is not found",
        owner: Owner::Config,
        explains: |case| is_missing(case) && !is_gone(case),
        prior: 0.0,
        clues: &[
            requires("whether it was there before", facts::was_good),
            requires("how many clients are hit", facts::many_clients),
            weighs(1.0, "who answered", |case| match case.log.product {
                Envoy => facts::reason(case, &["NR", "NoRouteFound"], "had no route (NR)"),
                _ => facts::made_here(case),
            }),
            adds(1.0, "whether anything of it is still found", facts::none_good),
            unless(2.0, "whether one link leads there", |case| facts::not(one_referer(case))),
            unless(3.0, "whether they are hashed files", |case| facts::not(hashed_assets(case))),
            adds(0.5, "whether something was deployed", facts::deployed),
        ],
        tells: |case| format!("what was answered before is not found any more: {}", case.place()),
        checks: &[
            on(
                &[Nginx],
                "grep 'No such file or directory' error.log; diff of location, try_files, root and alias",
            ),
            on(&[Apache], "grep 'AH00128' error.log; diff of Alias, RewriteRule and DocumentRoot"),
            on(&[HaProxy], "diff of the use_backend rules and their ACLs"),
            on(&[Envoy], "diff of the routes: NR is no route"),
            any("what changed at {start} in routes, rewrites, ingress rules or mounted volumes"),
            any("does {route} answer when the application is asked past the proxy?"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
