//! A firing log and a near miss of each rule.

use super::super::super::scene::{Dice, Fixture, Req, Scene, check};
use super::super::super::{Level, Need};
use crate::format::Product;

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);
const PEER: &str = "10.0.0.2:8080";

/// What befalls all that one upstream is asked for.
fn one_peer(what: impl Fn(&mut Req, &mut Dice)) -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.upstream == PEER {
            what(request, dice);
        }
    })
}

/// What befalls all that an upstream is asked for.
fn all_peers(what: impl Fn(&mut Req, &mut Dice)) -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.is_dynamic() {
            what(request, dice);
        }
    })
}

/// What befalls all that an upstream is asked for of one host.
fn one_host(what: impl Fn(&mut Req, &mut Dice)) -> Scene {
    all_peers(move |request, dice| {
        if request.host == "api.example.com" {
            what(request, dice);
        }
    })
}

fn refused() -> Scene {
    one_peer(|request, _| request.in_vain(502, 0.001, None))
}

fn no_peer() -> Scene {
    all_peers(|request, _| {
        request.in_vain(502, 0.0, None);
        request.upstream = "backend".into();
    })
}

fn unresolved() -> Scene {
    one_host(|request, dice| request.by_proxy(502, 150, 30.001 + 0.006 * dice.uniform()))
}

fn no_endpoint() -> Scene {
    one_host(|request, _| request.by_proxy(503, 190, 0.0))
}

pub(in super::super::super) const FIXTURES: &[Fixture] = &[
    (
        "upstream-refused",
        refused,
        // The connection was made, and closed.
        || one_peer(|request, _| request.in_vain(502, 0.3, Some(0.001))),
    ),
    ("no-live-upstream", no_peer, refused),
    ("upstream-unresolved", unresolved, no_peer),
    (
        "upstream-connect-timeout",
        || one_peer(|request, dice| request.in_vain(504, 5.001 + 0.006 * dice.uniform(), None)),
        || {
            one_peer(|request, dice| {
                request.in_vain(504, 5.001 + 0.006 * dice.uniform(), Some(0.001))
            })
        },
    ),
    (
        "no-endpoints",
        no_endpoint,
        // One route alone: a limit, or a rule.
        || {
            Scene::new().hit(WHEN, |request, _| {
                if request.target.starts_with("/search") {
                    request.by_proxy(503, 190, 0.0);
                }
            })
        },
    ),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}

/// One upstream is hit as this product logs it.
fn logged(product: Product, what: fn(&mut Req)) -> Scene {
    let scene = Scene::of(product).hit(WHEN, |request, _| {
        if request.upstream == PEER {
            what(request);
        }
    });
    scene.without(match product {
        Product::HaProxy => &[],
        Product::Apache => &[Need::Upstream, Need::Answer, Need::UpstreamTimes],
        _ => &[Need::UpstreamTimes],
    })
}

fn told(request: &mut Req, status: u16, seconds: f64, connect: bool, reason: &'static str) {
    request.in_vain(status, seconds, connect.then_some(0.001));
    (request.answer, request.reason) = (0, reason);
}

#[test]
fn each_product_has_its_own_words() {
    type Case = (Product, fn(&mut Req), &'static str);
    let cases: [Case; 16] = [
        (Product::HaProxy, |of| told(of, 503, 1.001, false, "SC"), "upstream-refused"),
        (Product::HaProxy, |of| told(of, 503, 4.03, false, "sC"), "upstream-connect-timeout"),
        (Product::HaProxy, |of| told(of, 504, 10.0, true, "sH"), "upstream-read-timeout"),
        (
            Product::HaProxy,
            |of| {
                told(of, 503, 0.0, false, "SC");
                of.upstream.clear();
            },
            "no-live-upstream",
        ),
        (Product::Apache, |of| told(of, 503, 0.001, false, ""), "upstream-refused"),
        (Product::Apache, |of| told(of, 502, 10.0, false, ""), "upstream-read-timeout"),
        (Product::Envoy, |of| told(of, 503, 0.002, false, "UF,URX"), "upstream-refused"),
        (Product::Envoy, |of| told(of, 503, 5.0, false, "UF"), "upstream-connect-timeout"),
        (Product::Envoy, |of| told(of, 503, 0.0, false, "UH"), "no-live-upstream"),
        (Product::Envoy, |of| told(of, 503, 5.0, false, "DF"), "upstream-unresolved"),
        (Product::Envoy, |of| told(of, 504, 15.0, true, "UT"), "upstream-read-timeout"),
        (Product::Heroku, |of| told(of, 503, 0.004, false, "H21"), "upstream-refused"),
        (Product::Heroku, |of| told(of, 503, 30.0, true, "H12"), "upstream-read-timeout"),
        (
            Product::GoogleCloudLb,
            |of| told(of, 502, 0.3, true, "backend_connection_closed_before_data_sent_to_client"),
            "upstream-closed",
        ),
        (
            Product::AzureFrontDoor,
            |of| told(of, 502, 0.1, false, "DNSNameNotResolved"),
            "upstream-unresolved",
        ),
        (
            Product::CloudFront,
            |of| told(of, 502, 0.1, false, "OriginDnsError"),
            "upstream-unresolved",
        ),
    ];
    let mut wrong = Vec::new();
    for (product, what, cause) in cases {
        let found = logged(product, what).causes();
        if found.first().map(|of| of.cause) != Some(cause) {
            let found: Vec<_> = found.iter().map(|of| (of.cause, of.confidence)).collect();
            wrong.push(format!("{}: {cause} is not the first of {found:?}", product.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_the_fields_nobody_is_sure() {
    for scene in [refused(), no_peer(), unresolved()] {
        let causes = scene.combined().causes();
        let first = &causes[0];
        assert!(first.level < Level::High, "{} {:?}", first.cause, first.level);
        assert!(first.level == Level::Low || !first.missing.is_empty(), "{causes:?}");
    }
}
