//! The way from the proxy to the upstream: no connection, no answer, or none that can be read.

use super::super::clue::{adds, requires, unless, weighs};
use super::super::rule::{any, on};
use super::super::{Case, Rule, Told, facts};
use crate::codes::Owner;
use crate::detect::culprit::Dimension;
use crate::format::Product::{Apache, HaProxy, Nginx};

/// Codes of a failure between proxy and upstream.
const GATEWAY: [u16; 3] = [502, 503, 504];

/// The upstreams that most of it is on, in words.
fn upstream(case: &Case<'_>) -> String {
    match case.named(Dimension::Upstream) {
        Some(address) => format!("the upstream {}", String::from_utf8_lossy(address)),
        None => "the upstream".to_owned(),
    }
}

/// The table.
pub(super) static RULES: &[Rule] = &[
    Rule {
        cause: "upstream-refused",
        name: "Backend refuses connections",
        owner: Owner::OriginApp,
        explains: |case| case.is_mostly(&GATEWAY),
        prior: 0.0,
        clues: &[
            requires("whether the upstream took the connection", |case| match case.log.product {
                HaProxy => {
                    facts::reason(case, &["SC"], "ended in state SC: no connection to the server")
                }
                _ => facts::not_connected(case),
            }),
            weighs(1.0, "how long they took", |case| match case.log.product {
                // It tries again, a second later.
                HaProxy => Told::Silent,
                _ => facts::at_once(case),
            }),
            adds(1.0, "which upstream was asked", facts::one_upstream),
            weighs(1.0, "whether an upstream was asked", facts::upstream_tried),
            unless(2.0, "whether they ended at a timeout", |case| {
                facts::not(facts::at_a_timeout(case))
            }),
            // nginx answers 502, HAProxy and Apache 503 (measured).
            weighs(1.0, "the code", |case| {
                let code = if matches!(case.log.product, HaProxy | Apache) { 503 } else { 502 };
                Told::is(
                    case.is_mostly(&[code]),
                    format!("{code} is what a refused connection ends in"),
                )
            }),
        ],
        tells: |case| format!("{} refuses connections", upstream(case)),
        checks: &[
            any("is the process of {upstream} running, and does it listen on that port?"),
            on(&[Nginx], "grep 'connect() failed (111' error.log"),
            any("what restarted, scaled down or changed its port at {start}"),
            any("is the process of the upstream running, and does it listen on its port?"),
        ],
    },
    Rule {
        cause: "upstream-read-timeout",
        name: "Backend too slow, the proxy gives up",
        owner: Owner::OriginCapacity,
        explains: |case| case.is_mostly(&[504, 502, 503]),
        prior: 0.5,
        clues: &[
            requires("whether they end at a timeout", facts::at_a_timeout),
            requires("whether the upstream took the connection", |case| match case.log.product {
                HaProxy => facts::reason(
                    case,
                    &["sH"],
                    "ended in state sH: no answer from the server in time",
                ),
                _ => facts::connected_no_header(case),
            }),
            adds(1.0, "which route it is", facts::one_route),
            adds(0.5, "whether latency rose before", facts::built_up),
        ],
        tells: |case| {
            format!("{} is too slow for the proxy's timeout: {}", upstream(case), case.place())
        },
        checks: &[
            any("slow queries, locks and outside calls of {route} from {start}"),
            on(&[Nginx], "grep 'upstream timed out (110' error.log"),
            on(&[Nginx], "proxy_read_timeout: raising it only hides a slow backend"),
            on(&[HaProxy], "timeout server: raising it only hides a slow backend"),
        ],
    },
];

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::scene::{Fixture, Scene, check};

    /// Minutes in which it is wrong.
    const WHEN: (u64, u64) = (60, 72);

    /// A firing log and a near miss of each rule.
    pub(in super::super) const FIXTURES: &[Fixture] = &[
        (
            "upstream-refused",
            || {
                Scene::new().hit(WHEN, |request, _| {
                    if request.upstream == "10.0.0.2:8080" {
                        request.in_vain(502, 0.001, None);
                    }
                })
            },
            // The connection was made, and closed.
            || {
                Scene::new().hit(WHEN, |request, _| {
                    if request.upstream == "10.0.0.2:8080" {
                        request.in_vain(502, 0.3, Some(0.001));
                    }
                })
            },
        ),
        (
            "upstream-read-timeout",
            || {
                Scene::new().hit(WHEN, |request, dice| {
                    if request.target.starts_with("/search") {
                        request.in_vain(504, 10.001 + 0.006 * dice.unit(), Some(0.001));
                    }
                })
            },
            // No connection came about: packets are dropped.
            || {
                Scene::new().hit(WHEN, |request, dice| {
                    if request.upstream == "10.0.0.2:8080" {
                        request.in_vain(504, 5.001 + 0.006 * dice.unit(), None);
                    }
                })
            },
        ),
    ];

    #[test]
    fn each_rule_fires_and_its_near_miss_does_not() {
        check(FIXTURES);
    }
}
