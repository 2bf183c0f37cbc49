//! Clients that leave before they have an answer, and lines without a status.

use super::super::clue::{adds, decides, requires, weighs};
use super::super::rule::{any, either, on};
use super::super::{Case, Need, Request, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{
    Akamai, Alb, AzureApplicationGateway, AzureFrontDoor, Clb, CloudFront, Envoy, GoogleCloudLb,
    HaProxy, Nginx, Squid,
};
use crate::number::{duration, percent};
use crate::tally::signals::{CLIENT_GONE, NO_STATUS, ORIGIN_TIMEOUT};

/// The client left first, as far as the product tells.
const GONE: &[u16] = &[499, 460, CLIENT_GONE];

/// Words by which monitors and health checks name themselves.
const CHECKERS: [&str; 14] = [
    "health",
    "probe",
    "monitor",
    "uptime",
    "pingdom",
    "statuscake",
    "site24x7",
    "datadog",
    "newrelic",
    "nagios",
    "zabbix",
    "check_http",
    "prometheus",
    "blackbox",
];

fn is_gone(case: &Case<'_>) -> bool {
    case.is_mostly(GONE)
        || case.log.product == HaProxy && case.is_mostly(&[400, NO_STATUS]) && is_left(case)
}

/// HAProxy's word for it.
fn is_left(case: &Case<'_>) -> bool {
    matches!(facts::reason(case, &["CH", "CQ", "CC"], ""), Told::Yes(_))
}

/// They waited much longer than such requests usually take.
fn waited_long(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    let (Some(took), Some([usual, _])) = (case.took(0.5), case.good_took(0.5)) else {
        return Told::Silent;
    };
    let sentence = format!(
        "they left after {} (p50), answers of the same routes usually take {}",
        duration(took),
        duration(usual)
    );
    match took / usual.max(0.001) {
        3.0.. => Told::Yes(sentence),
        1.5.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// They left at once.
fn left_at_once(case: &Case<'_>) -> Told {
    facts::took(case, 0.9, "left within", |seconds| seconds < 0.25)
}

/// Clients leave at the same duration.
fn client_timeout(case: &Case<'_>) -> Told {
    match facts::at_a_timeout(case) {
        Told::Yes(sentence) => Told::Yes(format!("{sentence}: a timeout of the client's")),
        told => told,
    }
}

/// The proxy gave up on other requests of that time.
fn timeouts_too(case: &Case<'_>) -> Told {
    let late = |code: u16| matches!(code, 504 | 522 | 524 | ORIGIN_TIMEOUT);
    let sum = |requests: &[Request<'_, '_>]| -> f64 {
        let late = requests.iter().filter(|of| late(of.outcome()));
        let all: f64 = requests.iter().map(Request::weight).sum();
        late.map(Request::weight).sum::<f64>() / all.max(1.0)
    };
    let (inside, outside) = (sum(&case.inside), sum(&case.outside));
    match inside {
        _ if inside >= 0.002 && inside >= 3.0 * outside => {
            Told::Yes(format!("{} of the requests of that time ended in a 504", percent(inside)))
        }
        _ => Told::Silent,
    }
}

/// What the product means by a line without a status.
fn meaning(case: &Case<'_>) -> Option<&'static str> {
    let gone = case.is_mostly(&[CLIENT_GONE]);
    Some(match case.log.product {
        Nginx => {
            "nginx writes 000 when it made no response: HTTP/2 headers over the limit, or a \
             connection that broke"
        }
        HaProxy => "HAProxy writes -1 when the client left before its request was whole",
        CloudFront | Akamai | GoogleCloudLb => "it stands for a client that left before the answer",
        Envoy => "Envoy writes 0 when the client left (flag DC)",
        AzureApplicationGateway => "version 1 of the gateway writes 0 when the client left",
        AzureFrontDoor => {
            "Azure Front Door writes 0 when the origin took too long: read it as a 504"
        }
        Alb => "the balancer could not read the request: HTTP/2 headers over 8 KB",
        Squid => "Squid sent no status: the client left, or the request was refused unread",
        _ if gone => "it stands for a client that left before the answer",
        _ => return None,
    })
}

/// What one of ALB's own codes means.
fn alb_meaning(case: &Case<'_>) -> Option<&'static str> {
    let meanings = [
        (460, "460: the client left before the answer, as nginx's 499"),
        (463, "463: X-Forwarded-For has more than 30 addresses, as of a loop of proxies"),
        (464, "464: the protocol of the request does not fit that of the target group"),
        (561, "561: the identity provider answered with an error"),
    ];
    meanings.into_iter().find(|(code, _)| case.is_mostly(&[*code])).map(|(_, meaning)| meaning)
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "client-timeout-cluster",
        name: "Clients give up at their timeout",
        owner: Owner::Client,
        explains: is_gone,
        prior: 0.0,
        clues: &[
            requires("whether they leave at the same duration", client_timeout),
            adds(1.0, "which program leaves", facts::one_agent),
            adds(0.5, "whether it is one client", facts::one_client),
        ],
        tells: |case| match case.incident.cliff {
            Some((_, cliff)) => {
                format!(
                    "clients give up after {}: {}",
                    duration(cliff.at as f64 / 1e6),
                    case.place()
                )
            }
            None => format!("clients give up: {}", case.place()),
        },
        checks: &[
            any("which caller has a timeout of {at}: {user_agent}, a CDN or a balancer in front"),
            any("timeouts must grow outwards: the caller's longer than the proxy's"),
            any("why {route} takes longer than that since {start}"),
        ],
    },
    Rule {
        cause: "client-abort-slow-backend",
        name: "Clients leave, as the backend is slow",
        owner: Owner::OriginCapacity,
        explains: is_gone,
        prior: 0.3,
        clues: &[
            requires("whether they had waited long", waited_long),
            weighs(0.5, "whether they leave at the same duration", |case| {
                facts::not(client_timeout(case))
            }),
            weighs(1.0, "whether other answers were slow, too", facts::good_slower),
            adds(0.5, "whether the proxy gave up, too", timeouts_too),
            adds(0.5, "which route it is", facts::one_route),
        ],
        tells: |case| format!("clients do not wait for {}", case.place()),
        checks: &[
            either(
                "the latency of {route} from {start}: slow queries, locks, outside calls",
                "the latency of what is behind, from {start}",
            ),
            on(&[Nginx], "grep 'client prematurely closed connection' error.log"),
            any("the upstream's own log: it may finish what nobody waits for"),
        ],
    },
    Rule {
        cause: "client-abort-probe",
        name: "Checks or prefetches that do not wait",
        owner: Owner::Client,
        explains: is_gone,
        prior: 0.0,
        clues: &[
            requires("who leaves", |case| {
                let is = |of: &Request<'_, '_>| {
                    let agent = of.value(Dimension::UserAgent)?.to_ascii_lowercase();
                    let agent = String::from_utf8_lossy(&agent);
                    Some(CHECKERS.iter().any(|word| agent.contains(word)))
                };
                facts::mostly(case, Need::UserAgent, is, "are of monitors or health checks")
            }),
            weighs(1.0, "how soon they leave", left_at_once),
            adds(0.5, "which route it is", facts::one_route),
        ],
        tells: |case| format!("a check closes before it has its answer: {}", case.place()),
        checks: &[
            any("the timeout of the check by {user_agent}, and whether it reads the answer"),
            any("its health path should be quick: /healthz, without a database"),
        ],
    },
    Rule {
        cause: "alb-client-codes",
        name: "A code of the load balancer for its client",
        owner: Owner::Client,
        explains: |case| {
            matches!(case.log.product, Alb | Clb) && case.is_mostly(&[460, 463, 464, 561])
        },
        prior: 0.0,
        clues: &[
            requires("the code", |case| match alb_meaning(case) {
                // The rules of clients that leave know more.
                Some(_) if case.is_mostly(&[460]) => Told::Silent,
                Some(meaning) => Told::Yes(meaning.to_owned()),
                None => Told::Silent,
            }),
            adds(0.5, "which route it is", facts::one_route),
        ],
        tells: |case| match alb_meaning(case) {
            Some(meaning) => format!("{meaning}; {}", case.place()),
            None => format!("the balancer's own codes for clients: {}", case.place()),
        },
        checks: &[
            any("460: the client's timeout against the target's latency and the idle timeout"),
            any(
                "463: proxies that pass requests in a circle; 464: the target group's protocol version",
            ),
            any("561: the identity provider and its settings in the listener rule"),
        ],
    },
    Rule {
        cause: "no-status",
        name: "Lines without a status",
        owner: Owner::Client,
        explains: |case| {
            case.is_mostly(&[NO_STATUS, CLIENT_GONE, ORIGIN_TIMEOUT]) && meaning(case).is_some()
        },
        prior: 0.0,
        clues: &[decides(1.5, "what the product means by it", |case| match meaning(case) {
            Some(meaning) => Told::Yes(meaning.to_owned()),
            None => Told::Silent,
        })],
        tells: |case| match meaning(case) {
            Some(meaning) => format!("{}: {meaning}", facts::noun(case)),
            None => format!("no status was sent: {}", case.place()),
        },
        checks: &[
            on(&[Nginx], "large_client_header_buffers (4 of 8 KB unless set); size of cookies"),
            on(&[HaProxy], "option http-ignore-probes; the termination state"),
            on(&[AzureFrontDoor], "the origin's latency; the response timeout (30 s)"),
            on(&[Alb], "size of cookies and tokens of clients with HTTP/2"),
            any("latency before {start}, and the timeout of the clients"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::scene::{Fixture, Req, Scene, check};
    use crate::format::Product;
    use crate::record::{Absence, NoStatus};

    /// Minutes in which it is wrong.
    const WHEN: (u64, u64) = (60, 72);

    fn leave(request: &mut Req, status: u16, seconds: f64) {
        request.by_origin(status, 0, seconds);
        (request.answer, request.header) = (0, None);
    }

    fn slow(product: Product, status: u16) -> Scene {
        Scene::of(product).hit(WHEN, move |request, dice| {
            if request.target.starts_with("/search") {
                match dice.below(5) {
                    0 => request.by_origin(200, 18_000, 1.0 + 2.0 * dice.uniform()),
                    _ => leave(request, status, 0.5 + 9.0 * dice.uniform() * dice.uniform()),
                }
            }
        })
    }

    fn timeout() -> Scene {
        Scene::new().hit(WHEN, |request, dice| {
            if request.agent == "okhttp/4.12.0" && request.is_dynamic() {
                leave(request, 499, 3.0 + 0.07 * dice.uniform());
            }
        })
    }

    fn checker(agent: &'static str, seconds: f64) -> Scene {
        Scene::new().add(WHEN, 30.0, move |request, dice| {
            request.agent = agent;
            request.target = "/products/1".into();
            request.client = "192.0.2.7".into();
            leave(request, 499, seconds * (0.5 + dice.uniform()));
        })
    }

    fn own(product: Product, status: u16, seconds: f64) -> Scene {
        Scene::of(product).hit(WHEN, move |request, dice| {
            if request.target.starts_with("/products") {
                request.by_proxy(status, 0, seconds * (0.5 + dice.uniform()));
            }
        })
    }

    fn none(product: Product, absence: Absence) -> Scene {
        Scene::of(product).hit(WHEN, move |request, dice| {
            if dice.below(3) == 0 {
                request.by_proxy(0, 0, 0.0);
                (request.no_status, request.absence) = (NoStatus::Zero, absence);
            }
        })
    }

    /// A firing log and a near miss of each rule.
    pub(in super::super) const FIXTURES: &[Fixture] = &[
        ("client-abort-slow-backend", || slow(Product::Nginx, 499), timeout),
        ("client-timeout-cluster", timeout, || slow(Product::Nginx, 499)),
        (
            "client-abort-probe",
            || checker("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", 0.01),
            || slow(Product::Nginx, 499),
        ),
        ("alb-client-codes", || own(Product::Alb, 464, 0.0), || slow(Product::Alb, 460)),
        (
            "no-status",
            || none(Product::Nginx, Absence::Unknown),
            // Nobody knows what it means there.
            || none(Product::Lighttpd, Absence::Unknown),
        ),
    ];

    #[test]
    fn each_rule_fires_and_its_near_miss_does_not() {
        check(FIXTURES);
    }
}
