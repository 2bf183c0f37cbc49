//! Requests that could not be read: too large, for another port, without a certificate, or never
//! whole.

use super::super::clue::{adds, decides, requires, unless};
use super::super::page::{USUAL, is_page};
use super::super::rule::{any, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use super::access;
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{Apache, AzureFrontDoor, CloudFront, HaProxy, Heroku, Iis, Nginx};
use crate::number::percent;
use crate::record::RequestLine;
use crate::tally::sample::Field;
use crate::tally::signals::{CLIENT_GONE, NO_STATUS};

/// Codes of nginx's pages for what it logs as 400 (`method.md` 2.2).
const HEADERS: &[u16] = &[494];
const CERTIFICATE: &[u16] = &[495, 496];
const PLAIN: &[u16] = &[497];

/// They are 400s with one of these pages of nginx behind them.
fn page_of(case: &Case<'_>, codes: &[u16], sentence: &str) -> Told {
    if !case.is_mostly(&[400]) {
        return Told::Silent;
    }
    let around = case.log.page.as_ref().map_or(&USUAL[..], std::slice::from_ref);
    let is = |bytes: u32| {
        codes.iter().any(|code| around.iter().any(|around| is_page(bytes, *code, *around)))
    };
    facts::mostly(case, Need::Bytes, |of| Some(is(of.facts().bytes?)), sentence)
}

/// They are 400s, and the length of their page is told.
fn is_paged(case: &Case<'_>) -> bool {
    case.is_mostly(&[400]) && case.has(Need::Bytes)
}

/// The proxy made the status, where that is told.
fn not_by_origin(case: &Case<'_>) -> Told {
    facts::made_here(case).or_lacking(Told::Silent)
}

/// IIS says why, in its sub-status: nothing else is as sure.
fn substatus(case: &Case<'_>, words: &[&str]) -> Told {
    match case.log.product {
        Iis => facts::reason(case, words, "have that sub-status"),
        _ => Told::Silent,
    }
}

/// The clients that are hit get nothing else.
fn always_refused(case: &Case<'_>) -> Told {
    if !case.has(Need::Client) {
        return Told::Lacks(Need::Client);
    }
    let client = |of: &Request<'_, '_>| of.field(Field::Client).map(<[u8]>::to_vec);
    let hit: std::collections::BTreeSet<_> = case.bad().filter_map(client).collect();
    let (mut refused, mut good) = (0.0, 0.0);
    for request in case.inside.iter().filter(|of| client(of).is_some_and(|of| hit.contains(&of))) {
        *(if request.bad { &mut refused } else { &mut good }) += request.weight();
    }
    let share = refused / (refused + good);
    let sentence = format!("{} of the requests of the clients hit are refused", percent(share));
    if share >= 0.9 { Told::Yes(sentence) } else { Told::Silent }
}

/// The product's word, or what a log without one shows.
fn aborted(case: &Case<'_>) -> Told {
    let words: &[&str] = match case.log.product {
        HaProxy => &["CR"],
        Iis => &["400.604"],
        _ if case.is_mostly(&[400]) => return facts::no_body(case),
        _ => &["ClientHungUpRequest", "ClientDisconnected"],
    };
    facts::reason(case, words, "ended as the client left before its request was whole")
}

/// It took some time until they ended.
fn waited(case: &Case<'_>) -> Told {
    facts::took(case, 0.5, "ended after", |seconds| seconds >= 0.02)
}

/// The request never came whole, and nobody behind was asked.
fn never_whole(case: &Case<'_>) -> Told {
    match case.log.product {
        HaProxy => facts::reason(
            case,
            &["cR", "cH"],
            "ended as the client did not send its request in time (state cR or cH)",
        ),
        Heroku => facts::reason(case, &["H28"], "ended with H28: the client stopped sending"),
        _ => facts::no_body(case),
    }
}

/// No request line was read.
fn unread(case: &Case<'_>) -> Told {
    let is = |of: &Request<'_, '_>| {
        Some(of.facts().request != RequestLine::Read || of.field(Field::Method).is_none())
    };
    facts::seen(case, is, "have no request line: the headers never came")
}

fn network(case: &Case<'_>) -> String {
    let of = |dimension| case.top(dimension).filter(|top| top.share >= 0.6);
    match of(Dimension::Client).or_else(|| of(Dimension::ClientNetwork)) {
        Some(top) => format!("{}, with {}", String::from_utf8_lossy(top.value), percent(top.share)),
        None => "many networks".to_owned(),
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "upload-too-large",
        name: "Upload over the size limit",
        owner: Owner::Config,
        explains: |case| {
            case.is_mostly(&[413]) || case.log.product == Iis && case.is_mostly(&[404])
        },
        prior: 0.0,
        clues: &[
            adds(4.0, "the sub-status", |case| substatus(case, &["404.13"])),
            requires("the code", |case| match case.log.product {
                Iis if !case.is_mostly(&[413]) => {
                    facts::reason(case, &["404.13"], "are 404.13: the body is too large")
                }
                _ => Told::Yes("413 is what a body over the limit gets".to_owned()),
            }),
            decides(0.5, "whether the proxy or the application refused them", |case| {
                match facts::made_here(case) {
                    _ if !case.has(Need::Answer) => Told::Lacks(Need::Answer),
                    Told::No(_) => Told::Yes("the application refused them itself".to_owned()),
                    told => told,
                }
            }),
            adds(0.5, "whether it is the proxy's own page", facts::own_page),
            adds(1.0, "the method", facts::uploads),
            adds(0.5, "which route it is", facts::one_route),
        ],
        tells: |case| match facts::made_here(case) {
            Told::No(_) => format!("uploads to {} are over the application's limit", case.place()),
            _ => format!("uploads to {} are over a size limit", case.place()),
        },
        checks: &[
            on(&[Nginx], "client_max_body_size (1 MB unless set) of the location of {route}"),
            on(&[Nginx], "grep 'client intended to send too large body' error.log"),
            on(&[Apache], "LimitRequestBody, and limits of the framework"),
            on(&[Iis], "requestFiltering, maxAllowedContentLength"),
            any("the body limit of the framework or firewall behind {route}"),
            any("what clients upload since {start}"),
        ],
    },
    Rule {
        cause: "oversized-headers",
        name: "Request headers too large",
        owner: Owner::Client,
        explains: |case| {
            case.is_mostly(&[431])
                || is_paged(case)
                || case.log.product == Iis && case.is_mostly(&[404])
        },
        prior: 0.0,
        clues: &[
            adds(4.0, "the sub-status", |case| substatus(case, &["404.10"])),
            requires("which page the proxy sent", |case| match case.log.product {
                _ if case.is_mostly(&[431]) => {
                    Told::Yes("431 is what large headers get".to_owned())
                }
                Iis => facts::reason(case, &["404.10"], "are 404.10: a header is too long"),
                _ => page_of(
                    case,
                    HEADERS,
                    "have the length of nginx's page for large headers (494)",
                ),
            }),
            adds(1.0, "whether all routes are hit", facts::many_routes),
            adds(0.5, "whether the same clients fail always", always_refused),
            unless(2.0, "who made the status", not_by_origin),
        ],
        tells: |case| format!("headers, mostly cookies, are over the limit: {}", case.place()),
        checks: &[
            on(&[Nginx], "large_client_header_buffers (4 of 8 KB unless set)"),
            on(&[Nginx], "grep 'client sent too long header line' error.log"),
            on(&[HaProxy], "tune.bufsize and tune.maxrewrite"),
            any("which cookie or token grew at {start}; cookies of the whole domain add up"),
        ],
    },
    Rule {
        cause: "http-to-tls-port",
        name: "Plain HTTP to a TLS port",
        owner: Owner::Config,
        explains: is_paged,
        prior: 0.0,
        clues: &[
            requires("which page the proxy sent", |case| {
                page_of(case, PLAIN, "have the length of nginx's page for plain HTTP (497)")
            }),
            adds(1.0, "who sends them", facts::one_client),
            unless(2.0, "who made the status", not_by_origin),
        ],
        tells: |case| format!("plain HTTP is sent to a port that speaks TLS: {}", case.place()),
        checks: &[
            any("which scheme does {client} use for that port: a health check, a balancer?"),
            on(&[Nginx], "grep 'client sent plain HTTP request to HTTPS port' error.log"),
            on(&[Nginx], "error_page 497 =301 https://$host$request_uri; redirects them"),
            any("the target protocol of the balancer in front"),
        ],
    },
    Rule {
        cause: "tls-to-plain-port",
        name: "TLS to a plain port",
        owner: Owner::Config,
        explains: |case| case.is_mostly(&[400, NO_STATUS, CLIENT_GONE]),
        prior: 0.0,
        clues: &[
            requires("what was sent", |case| {
                let is = |of: &Request<'_, '_>| Some(of.facts().request == RequestLine::Tls);
                facts::seen(case, is, "begin with a TLS handshake")
            }),
            adds(0.5, "who sends them", facts::many_clients),
        ],
        tells: |case| {
            format!("https:// is sent to a port that speaks plain HTTP, by {}", network(case))
        },
        checks: &[
            on(&[Nginx], "listen ... ssl; of that port"),
            any("links, balancers or clients that use https:// with that port since {start}"),
            any("one address alone is a scanner: {client}"),
        ],
    },
    Rule {
        cause: "client-certificate",
        name: "Client certificates are refused",
        owner: Owner::Config,
        explains: |case| is_paged(case) || case.log.product == Iis && case.is_mostly(&[403]),
        prior: 0.0,
        clues: &[
            adds(4.0, "the sub-status", |case| substatus(case, &access::CERTIFICATE)),
            requires("which page the proxy sent", |case| match case.log.product {
                Iis => facts::reason(
                    case,
                    &access::CERTIFICATE,
                    "have a sub-status of client certificates",
                ),
                _ => page_of(
                    case,
                    CERTIFICATE,
                    "have the length of nginx's page for a missing or bad client certificate (495, 496)",
                ),
            }),
            adds(1.0, "whether many clients are hit", facts::many_clients),
            unless(2.0, "who made the status", not_by_origin),
        ],
        tells: |case| format!("client certificates are missing or not accepted: {}", case.place()),
        checks: &[
            on(
                &[Nginx],
                "ssl_client_certificate, ssl_crl and ssl_verify_depth: what changed at {start}?",
            ),
            on(&[Iis], "trusted roots, revocation lists, and dates of the certificates"),
            any("did a certificate or authority expire: openssl x509 -enddate -noout -in ca.pem"),
        ],
    },
    Rule {
        cause: "aborted-requests",
        name: "Requests that break off",
        owner: Owner::Client,
        explains: |case| {
            let tells = matches!(case.log.product, HaProxy | CloudFront | AzureFrontDoor);
            case.is_mostly(&[400]) || tells && case.is_mostly(&[NO_STATUS, CLIENT_GONE])
        },
        prior: 0.0,
        clues: &[
            requires("whether an answer was sent", aborted),
            decides(1.0, "whether the proxy had waited", waited),
            adds(0.5, "whether many clients are hit", facts::many_clients),
            unless(1.5, "the method", |case| facts::not(facts::uploads(case))),
            unless(2.0, "who made the status", not_by_origin),
        ],
        tells: |case| format!("clients leave before their request is whole: {}", case.place()),
        checks: &[
            on(&[HaProxy], "option http-ignore-probes, if they are probes and unused connections"),
            any("the network of the clients hit: mobile carriers, a proxy in front that gives up"),
            any("who opens connections and sends nothing: browsers ahead of time, port probes"),
        ],
    },
    Rule {
        cause: "slow-clients-408",
        name: "Clients too slow to send a request",
        owner: Owner::Client,
        explains: |case| case.is_mostly(&[408]),
        prior: 0.0,
        clues: &[
            requires("whether the headers or the body came late", |case| {
                facts::not(facts::uploads(case))
            }),
            decides(1.0, "whether they end at the proxy's timeout", facts::at_a_timeout),
            adds(1.0, "whether an answer was sent", never_whole),
            adds(0.5, "whether a request line came", unread),
            adds(0.5, "how many clients are hit", facts::one_client),
        ],
        tells: |case| match facts::one_client(case) {
            Told::Yes(_) => {
                format!("headers are sent very slowly by {}: an attack?", network(case))
            }
            _ => "headers are sent too slowly, by clients of many networks".to_owned(),
        },
        checks: &[
            on(&[Nginx], "limit_conn for {client}; client_header_timeout"),
            on(&[HaProxy], "option http-ignore-probes; timeout http-request"),
            on(&[Apache], "mod_reqtimeout: RequestReadTimeout header="),
            any("connections of {client} that are held open: block it if it is an attack"),
            any("the network between, and browsers that connect ahead of time"),
        ],
    },
    Rule {
        cause: "stalled-uploads",
        name: "Uploads that stall",
        owner: Owner::Network,
        explains: |case| {
            case.is_mostly(&[408, 400]) || case.log.product == Heroku && case.is_mostly(&[499, 503])
        },
        prior: 0.0,
        clues: &[
            requires("the method", facts::uploads),
            requires("whether an answer was sent", never_whole),
            decides(1.0, "whether they end at the proxy's timeout", |case| {
                match facts::at_a_timeout(case) {
                    // It was the client that gave up.
                    Told::No(_) if case.is_mostly(&[400]) => waited(case),
                    told => told,
                }
            }),
            unless(2.0, "who made the status", not_by_origin),
        ],
        tells: |case| format!("bodies sent to {} stop on the way", case.place()),
        checks: &[
            on(&[Nginx], "client_body_timeout (60 s between two reads unless set)"),
            on(&[HaProxy], "timeout http-request with option http-buffer-request; timeout client"),
            any("packets of full size between clients and proxy: MTU, MSS, a VPN"),
            any("the network of the clients hit, and how they upload: in parts, with a new try?"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests;
