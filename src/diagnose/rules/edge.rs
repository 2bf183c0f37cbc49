//! Cloudflare's own codes: the edge got no good answer from the origin. Each names one thing that went
//! wrong between them (<https://developers.cloudflare.com/support/troubleshooting/http-status-codes/>).

use super::super::clue::{adds, requires, weighs};
use super::super::rule::{any, either};
use super::super::{Case, Need, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::number::percent;
use crate::tally::facts::Answer;

/// Whether the requests have this code.
fn coded(case: &Case<'_>, code: u16) -> Told {
    let share = case.codes(&[code]);
    Told::is(share >= 0.6, format!("{} of the bad requests are {code}", percent(share)))
}

/// Whether the origin answered nothing, by the edge's own log.
fn silent_origin(case: &Case<'_>) -> Told {
    facts::mostly(
        case,
        Need::Answer,
        |request| match request.facts().answer {
            Answer::Untold => None,
            answer => Some(answer == Answer::None),
        },
        "had no answer of the origin (OriginResponseStatus 0)",
    )
}

/// Whether the edge gave up after about one of these times, seconds.
fn gave_up_after(case: &Case<'_>, times: &[f64]) -> Told {
    facts::took(case, 0.5, "took", |seconds| {
        times.iter().any(|time| (0.97..1.1).contains(&(seconds / time)))
    })
}

/// Whether the edge knew at once, within seconds.
fn knew_at_once(case: &Case<'_>) -> Told {
    facts::took(case, 0.5, "took", |seconds| seconds < 3.0)
}

/// The origin, or the hostname that it is for.
fn origin(case: &Case<'_>) -> String {
    match case.named(Dimension::Host) {
        Some(host) => format!("the origin of {}", String::from_utf8_lossy(host)),
        None => "the origin".to_owned(),
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "cdn-origin-unknown-error",
        name: "Cloudflare 520: the origin's answer cannot be read",
        owner: Owner::OriginApp,
        explains: |case| case.codes(&[520]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 520", |case| coded(case, 520)),
            weighs(1.0, "what the origin answered", silent_origin),
            adds(1.0, "which route it is", facts::one_route),
        ],
        tells: |case| {
            format!("{} closes or breaks its answers to the edge: {}", origin(case), case.place())
        },
        checks: &[
            either(
                "the origin's own log of {route} from {start}: crash, reset, empty or broken answer?",
                "the origin's own log from {start}: crash, reset, empty or broken answer?",
            ),
            any("response headers over 128 KB, or very many cookies"),
            any("turn HTTP/2 to the origin off, to see whether it is that"),
        ],
    },
    Rule {
        cause: "cdn-origin-refused",
        name: "Cloudflare 521: the origin refuses connections",
        owner: Owner::OriginApp,
        explains: |case| case.codes(&[521]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 521", |case| coded(case, 521)),
            weighs(1.0, "what the origin answered", silent_origin),
            weighs(0.5, "how long they took", knew_at_once),
            adds(0.5, "whether all routes are hit", facts::many_routes),
        ],
        tells: |case| format!("{} refuses connections of the edge", origin(case)),
        checks: &[
            any(
                "is the origin's web server running, and does it listen on the port of the zone's SSL mode?",
            ),
            any(
                "does a firewall of the origin let all of Cloudflare's addresses in (cloudflare.com/ips)?",
            ),
            any("what restarted at the origin at {start}"),
        ],
    },
    Rule {
        cause: "cdn-origin-connect-timeout",
        name: "Cloudflare 522: the origin does not take connections in time",
        owner: Owner::Network,
        explains: |case| case.codes(&[522]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 522", |case| coded(case, 522)),
            weighs(1.0, "what the origin answered", silent_origin),
            // 19 s for the handshake, 90 s for the acknowledgement of the request.
            weighs(1.0, "how long they took", |case| gave_up_after(case, &[19.0, 90.0])),
        ],
        tells: |case| {
            format!("{} drops the packets of the edge, or is out of connections", origin(case))
        },
        checks: &[
            any("does a firewall or rate limit of the origin drop Cloudflare's addresses?"),
            any(
                "the origin's SYN backlog: net.core.somaxconn, net.ipv4.tcp_max_syn_backlog, ss -ltn",
            ),
            any("is the origin's address in the DNS record right, and the machine up?"),
        ],
    },
    Rule {
        cause: "cdn-origin-unreachable",
        name: "Cloudflare 523: no route to the origin",
        owner: Owner::Network,
        explains: |case| case.codes(&[523]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 523", |case| coded(case, 523)),
            weighs(1.0, "what the origin answered", silent_origin),
            adds(0.5, "which region it is", |case| {
                match case.top(Dimension::Location).filter(|top| top.share >= 0.6) {
                    Some(top) if top.share >= 1.5 * top.traffic => Told::Yes(format!(
                        "{} of them in {}",
                        percent(top.share),
                        String::from_utf8_lossy(top.value)
                    )),
                    _ => Told::Silent,
                }
            }),
        ],
        tells: |case| format!("the edge has no route to {}", origin(case)),
        checks: &[
            either(
                "the A and AAAA records of {host}: is that still the origin's address?",
                "the A and AAAA records: is that still the origin's address?",
            ),
            any("routing, BGP announcements and network ACLs of the origin's provider"),
        ],
    },
    Rule {
        cause: "cdn-origin-read-timeout",
        name: "Cloudflare 524: the origin answers too late",
        owner: Owner::OriginCapacity,
        explains: |case| case.codes(&[524]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 524", |case| coded(case, 524)),
            // 120 s, for years 100 s; 30 s of no progress when the edge writes.
            weighs(1.0, "how long they took", |case| gave_up_after(case, &[100.0, 120.0, 30.0])),
            adds(1.0, "which route it is", facts::one_route),
        ],
        tells: |case| {
            format!("{} takes longer than the edge waits: {}", origin(case), case.place())
        },
        checks: &[
            any("slow queries and long jobs of {route} from {start}"),
            any("make long work asynchronous: answer 202, and let the client ask for the result"),
            any(
                "a DNS-only (grey) hostname for long jobs; the edge's timeout is fixed but for Enterprise",
            ),
        ],
    },
    Rule {
        cause: "cdn-origin-tls-handshake",
        name: "Cloudflare 525: the TLS handshake with the origin fails",
        owner: Owner::Config,
        explains: |case| case.codes(&[525]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 525", |case| coded(case, 525)),
            weighs(1.0, "what the origin answered", silent_origin),
            weighs(0.5, "how long they took", knew_at_once),
        ],
        tells: |case| format!("{} and the edge agree on no TLS connection", origin(case)),
        checks: &[
            any("openssl s_client -connect ORIGIN:443 -servername NAME, for {host}"),
            any("is a certificate installed at the origin, and port 443 open?"),
            any(
                "SNI, TLS versions and ciphers of the origin; resets of an overloaded origin come and go",
            ),
        ],
    },
    Rule {
        cause: "cdn-origin-invalid-certificate",
        name: "Cloudflare 526: the origin's certificate is not valid",
        owner: Owner::Config,
        explains: |case| case.codes(&[526]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 526", |case| coded(case, 526)),
            weighs(1.0, "what the origin answered", silent_origin),
            weighs(0.5, "how long they took", knew_at_once),
            adds(0.5, "whether all that goes to the origin fails", facts::total),
        ],
        tells: |case| format!("the certificate of {} does not pass Full (strict)", origin(case)),
        checks: &[
            either(
                "openssl s_client -connect ORIGIN:443 -servername NAME | openssl x509 -noout -enddate -ext subjectAltName, for {host}",
                "openssl s_client -connect ORIGIN:443 | openssl x509 -noout -enddate -ext subjectAltName",
            ),
            any("did it expire at {start}? The chain and the names in it"),
        ],
    },
    Rule {
        cause: "cdn-origin-dns",
        name: "Cloudflare 530: the origin's name does not resolve",
        owner: Owner::Config,
        explains: |case| case.codes(&[530]) >= 0.3,
        prior: 0.0,
        clues: &[
            requires("whether they are 530", |case| coded(case, 530)),
            weighs(1.0, "what the origin answered", silent_origin),
            weighs(0.5, "how long they took", knew_at_once),
            adds(1.0, "which host it is", facts::one_host),
        ],
        tells: |case| {
            format!("the edge cannot resolve or reach {}: error 1xxx in the page", origin(case))
        },
        checks: &[
            either(
                "the 1xxx number in the page of {host}: 1016 is DNS, 1033 a tunnel that is down",
                "the 1xxx number in the page: 1016 is DNS, 1033 a tunnel that is down",
            ),
            any("the CNAME's target, the tunnel (cloudflared), the load balancer's pools"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::scene::{Fixture, Req, Scene, check};
    use crate::format::Product;

    const WHEN: (u64, u64) = (60, 72);

    /// The edge answers by itself.
    fn edge(request: &mut Req, code: u16, seconds: f64) {
        request.by_proxy(code, 4_500, seconds);
    }

    /// What the application answers fails at the edge with a code, after so long.
    fn failing(code: u16, seconds: f64) -> Scene {
        Scene::of(Product::Cloudflare).hit(WHEN, |request, dice| {
            if request.is_dynamic() {
                edge(request, code, seconds + 0.01 * dice.uniform());
            }
        })
    }

    /// The origin itself answers with 500.
    fn plain() -> Scene {
        Scene::of(Product::Cloudflare).hit(WHEN, |request, _| {
            if request.is_dynamic() {
                request.by_origin(500, 90, 0.02);
            }
        })
    }

    pub(in super::super) const FIXTURES: &[Fixture] = &[
        ("cdn-origin-unknown-error", || failing(520, 0.2), || failing(521, 0.2)),
        ("cdn-origin-refused", || failing(521, 0.05), || failing(522, 19.0)),
        ("cdn-origin-connect-timeout", || failing(522, 19.0), || failing(524, 100.0)),
        ("cdn-origin-unreachable", || failing(523, 0.4), || failing(530, 0.4)),
        ("cdn-origin-read-timeout", || failing(524, 100.0), || failing(522, 90.0)),
        ("cdn-origin-tls-handshake", || failing(525, 0.1), || failing(526, 0.1)),
        ("cdn-origin-invalid-certificate", || failing(526, 0.1), || failing(525, 0.1)),
        ("cdn-origin-dns", || failing(530, 0.02), plain),
    ];

    #[test]
    fn each_rule_fires_and_its_near_miss_does_not() {
        check(FIXTURES);
    }
}
