//! Requests that were read and not taken: by the application that expects others, or by a host,
//! method or range that does not fit.

use super::super::clue::{adds, requires, unless, weighs};
use super::super::page::is_page;
use super::super::rule::{any, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{Apache, Heroku, Nginx};
use crate::record::RequestLine;

/// Codes by which an application refuses what a client sends.
const REFUSED: &[u16] = &[400, 415, 422];

/// Codes of nginx's pages for them: it logs 494 to 497 as 400.
const PAGES: [u16; 6] = [400, 415, 494, 495, 496, 497];

/// The application refused them: it says so, or the body is none of the proxy's pages.
fn by_application(case: &Case<'_>) -> Told {
    if case.has(Need::Answer) {
        return facts::made_by_origin(case);
    }
    let Some(around) = case.log.page else {
        // A proxy's own page for a code is always the same.
        return match facts::one_size(case) {
            Told::No(_) => {
                Told::Yes("their bodies are of many lengths: an application's".to_owned())
            }
            _ => Told::Lacks(Need::Answer),
        };
    };
    let is = |of: &Request<'_, '_>| {
        let bytes = of.facts().bytes?;
        Some(bytes > 0 && !PAGES.iter().any(|code| is_page(bytes, *code, around)))
    };
    facts::mostly(case, Need::Bytes, is, "have a body that is not the proxy's: the application's")
}

/// One program, one route, or a deploy at that time.
fn is_of_a_release(case: &Case<'_>) -> Told {
    match (facts::one_agent(case), facts::deployed(case), facts::one_route(case)) {
        (Told::Yes(sentence), ..) | (_, Told::Yes(sentence), _) => Told::Yes(sentence),
        (_, _, Told::Yes(sentence)) => Told::Yes(sentence),
        (agent, ..) => agent,
    }
}

/// A request that lost its method in a redirect comes as a GET while POSTs are redirected.
fn lost_method(case: &Case<'_>) -> Told {
    let is_get = |of: &Request<'_, '_>| Some(of.value(Dimension::Method)? == b"GET");
    let is_moved = case.inside.iter().any(|of| {
        matches!(of.outcome(), 301 | 302) && of.value(Dimension::Method) == Some(b"POST")
    });
    match facts::seen(case, is_get, "are GETs") {
        Told::Yes(sentence) if is_moved => {
            Told::Yes(format!("{sentence}, and POSTs are redirected at the same time"))
        }
        _ => Told::Silent,
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "contract-break",
        name: "Client and server disagree on the request",
        owner: Owner::OriginApp,
        explains: |case| case.codes(REFUSED) >= 0.6,
        prior: 0.0,
        clues: &[
            requires("whether the application refused them", by_application),
            weighs(1.5, "whether one release of a client is hit", is_of_a_release),
            adds(0.5, "which route it is", facts::one_route),
            adds(1.0, "whether something was deployed", facts::deployed),
            unless(2.0, "whether they were requests at all", |case| {
                let is = |of: &Request<'_, '_>| Some(of.facts().request == RequestLine::Read);
                facts::seen(case, is, "were read as requests")
            }),
        ],
        tells: |case| format!("requests are refused as malformed: {}", case.place()),
        checks: &[
            any("the application's validation errors of {route} from {start}"),
            any("what {user_agent} changed in its last release"),
            any("what the last release of the API asks for that clients do not send"),
        ],
    },
    Rule {
        cause: "misdirected-request",
        name: "Requests for another host on a shared connection",
        owner: Owner::Config,
        explains: |case| {
            case.is_mostly(&[421]) || case.log.product == Heroku && case.is_mostly(&[503])
        },
        prior: 0.0,
        clues: &[
            requires("the code", |case| match case.log.product {
                Heroku => {
                    facts::reason(case, &["H31"], "are H31: misdirected, as of a stale DNS name")
                }
                _ => Told::Yes("421 says that the host does not fit the connection".to_owned()),
            }),
            adds(1.0, "which host it is", facts::one_host),
            adds(0.5, "the protocol", |case| {
                let is = |of: &Request<'_, '_>| {
                    let version = of.value(Dimension::Protocol)?;
                    Some(version.starts_with(b"HTTP/2") || version.starts_with(b"HTTP/3"))
                };
                facts::seen(
                    case,
                    is,
                    "came over HTTP/2 or HTTP/3, which share connections of hosts",
                )
            }),
        ],
        tells: |case| format!("requests come over a connection of another host: {}", case.place()),
        checks: &[
            any("do hosts of one certificate differ in TLS settings or address? Use one each"),
            on(
                &[Nginx],
                "ssl_verify_client and ssl_client_certificate must be equal for such hosts",
            ),
            on(&[Nginx], "proxy_ssl_name and proxy_ssl_server_name of the proxy in front"),
            any("the DNS of {host}: does it still lead here?"),
        ],
    },
    Rule {
        cause: "range-anomaly",
        name: "Ranges that the object does not have",
        owner: Owner::Config,
        explains: |case| case.is_mostly(&[416]),
        prior: 0.0,
        clues: &[
            requires("the code", |_| {
                Told::Yes("416 says that the asked range is beyond the object".to_owned())
            }),
            adds(1.0, "which object it is", facts::one_route),
            adds(0.5, "who asks", facts::one_client),
        ],
        tells: |case| {
            format!("ranges are asked for beyond the end of the object: {}", case.place())
        },
        checks: &[
            any("the object's length at the origin and in the cache: was it replaced at {start}?"),
            any("the download program of {client}"),
        ],
    },
    Rule {
        cause: "method-not-allowed",
        name: "The method is not allowed there",
        owner: Owner::Config,
        explains: |case| case.is_mostly(&[405]),
        prior: 0.0,
        clues: &[
            requires("the code", |_| Told::Yes("405 says that the method does not fit".to_owned())),
            adds(0.5, "who made the status", facts::made_here),
            adds(0.5, "which route it is", facts::one_route),
            unless(3.5, "whether the method was lost in a redirect", |case| {
                facts::not(lost_method(case))
            }),
        ],
        tells: |case| match facts::made_here(case) {
            Told::Yes(_) => format!(
                "the proxy serves {} as a file, or forbids the method: the request does not reach \
                 the application",
                case.place()
            ),
            _ => format!("the method is not allowed: {}", case.place()),
        },
        checks: &[
            on(&[Nginx], "which location matches {route}: a POST to a file gets 405"),
            on(&[Apache], "Limit, LimitExcept and AllowMethods of {route}"),
            any("did routes or a redirect change at {start}: a POST that became a GET?"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::scene::{Fixture, Req, Scene, check};
    use crate::record::RequestLine;

    /// Minutes in which it is wrong.
    const WHEN: (u64, u64) = (60, 72);

    fn app() -> Scene {
        Scene::new().hit(WHEN, |request, dice| {
            if request.agent == "acme-sync/2.3" && request.is_dynamic() {
                let status = [400, 422][dice.below(2)];
                request.by_origin(status, 90 + dice.below(100) as u64, 0.01);
            }
        })
    }

    fn posts(status: u16, bytes: u64) -> Scene {
        Scene::new().hit(WHEN, move |request, _| {
            if request.target == "/api/upload" {
                request.by_proxy(status, bytes, 0.0);
            }
        })
    }

    fn host(status: u16) -> Scene {
        Scene::new().hit(WHEN, move |request, _| {
            if request.host == "api.example.com" {
                request.protocol = "HTTP/2.0";
                request.by_proxy(status, 166, 0.0);
            }
        })
    }

    fn ranges(status: u16) -> Scene {
        Scene::new().hit(WHEN, move |request, _| {
            if request.target.ends_with(".js") {
                request.by_proxy(status, 190, 0.0);
            }
        })
    }

    /// A firing log and a near miss of each rule.
    pub(in super::super) const FIXTURES: &[Fixture] = &[
        (
            "contract-break",
            app,
            // A scanner's garbage, refused by the proxy.
            || {
                Scene::new().add(WHEN, 40.0, |request, _| {
                    request.by_proxy(400, 150, 0.0);
                    request.request = RequestLine::Garbage;
                    request.client = "203.0.113.66".into();
                    request.agent = "";
                })
            },
        ),
        ("misdirected-request", || host(421), || host(403)),
        ("range-anomaly", || ranges(416), || ranges(404)),
        (
            "method-not-allowed",
            || posts(405, 150),
            // The method was lost on the way.
            || {
                posts(301, 162).add(WHEN, 20.0, |request: &mut Req, _| {
                    request.method = "GET";
                    request.target = "/api/upload/new".into();
                    request.by_origin(405, 33, 0.01);
                })
            },
        ),
    ];

    #[test]
    fn each_rule_fires_and_its_near_miss_does_not() {
        check(FIXTURES);
    }
}
