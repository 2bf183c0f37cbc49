//! A firing log and a near miss of each rule.

use super::super::super::scene::{Fixture, Req, Scene, check};

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

/// A route redirects each client to where it is, until the client gives up.
fn circle() -> Scene {
    let scene = Scene::new().hit(WHEN, |request, dice| {
        if request.target.starts_with("/products") && dice.uniform() < 0.3 {
            request.by_origin(301, 160, 0.004);
        }
    });
    let first = scene.requests(WHEN).filter(|of| of.status == 301).cloned();
    let more = first.flat_map(|of| {
        (1..=20).map(move |hop| Req { at: of.at + 0.05 * f64::from(hop), ..of.clone() })
    });
    let more: Vec<Req> = more.collect();
    scene.with(more)
}

/// All that the application answers is redirected to the login.
fn nobody_is_known() -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.is_dynamic() && dice.uniform() < 0.6 {
            request.by_origin(302, 160, 0.004);
        }
    })
}

/// A form is redirected, and each client sends a GET.
fn forms_are_lost() -> Scene {
    let scene = Scene::new().hit(WHEN, |request, _| {
        if request.target == "/api/orders" {
            request.by_origin(301, 160, 0.004);
        }
    });
    let first = scene.requests(WHEN).filter(|of| of.status == 301 && of.method == "POST");
    let more: Vec<Req> = first
        .cloned()
        .map(|mut of| {
            (of.at, of.method, of.target) = (of.at + 0.1, "GET", "/api/orders/new".into());
            of.by_origin(405, 60, 0.003);
            of
        })
        .collect();
    scene.with(more)
}

/// Files that clients ask for again, as they have them.
fn cached() -> Scene {
    Scene::new().hit((0, 120), |request, dice| {
        if !request.is_dynamic() && request.status == 200 && dice.uniform() < 0.7 {
            (request.status, request.bytes) = (304, 0);
        }
    })
}

/// A firing log and a near miss of each rule.
pub(in super::super) const FIXTURES: &[Fixture] = &[
    (
        "redirect-loop",
        circle,
        // A route that has moved: each client is redirected once.
        || {
            Scene::new().hit(WHEN, |request, _| {
                if request.target.starts_with("/products") {
                    request.by_origin(301, 160, 0.004);
                }
            })
        },
    ),
    ("post-lost-in-redirect", forms_are_lost, nobody_is_known),
    ("session-loss", nobody_is_known, forms_are_lost),
    (
        "cache-broken",
        || {
            cached().hit(WHEN, |request, _| {
                if request.status == 304 {
                    (request.status, request.bytes, request.cache) = (200, 90_000, "MISS");
                }
            })
        },
        // A robot that never asks whether it was modified.
        || {
            cached().add(WHEN, 120.0, |request, dice| {
                request.client = "203.0.113.5".into();
                (request.agent, request.referer) = ("acme-crawler/1.0", "");
                (request.method, request.host) = ("GET", "static.example.com");
                request.target = format!("/static/app.3f9a1b2c{:02}.js", 10 + dice.below(90));
                request.by_proxy(200, 90_000, 0.001);
            })
        },
    ),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
