//! A firing log and a near miss of each rule.

use super::super::super::scene::{Dice, Fixture, Req, Scene, check};
use crate::record::{Absence, NoStatus};

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

/// What befalls one route.
fn one_route(route: &'static str, what: impl Fn(&mut Req, &mut Dice)) -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.target.starts_with(route) && request.is_dynamic() {
            what(request, dice);
        }
    })
}

fn closed() -> Scene {
    one_route("/search", |request, dice| {
        request.in_vain(502, 0.2 + 2.0 * dice.uniform(), Some(0.001));
    })
}

/// The work is done when the header comes.
fn too_large() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.target == "/api/orders" {
            request.target = "/login".into();
            request.in_vain(502, request.seconds, Some(0.001));
        } else if request.target == "/api/upload" {
            request.target = "/login".into();
        }
    })
}

/// Much traffic, as one in a hundred is hit.
fn race() -> Scene {
    let scene = Scene::new().add((0, 120), 300.0, |_, _| {});
    scene.hit(WHEN, |request, dice| {
        if request.is_dynamic() && dice.below(1000) < 10 {
            request.in_vain(502, 0.001, Some(0.0));
        }
    })
}

fn in_between() -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.is_dynamic() && dice.below(1000) < 150 {
            request.in_vain(502, 0.02, Some(0.001));
        }
    })
}

fn no_http() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.is_dynamic() && request.host == "api.example.com" {
            (request.status, request.no_status) = (0, NoStatus::Http09);
            request.absence = Absence::Http09;
        }
    })
}

fn slow() -> Scene {
    one_route("/search", |request, dice| {
        request.in_vain(504, 10.001 + 0.006 * dice.uniform(), Some(0.001));
    })
}

pub(in super::super::super) const FIXTURES: &[Fixture] = &[
    ("upstream-closed", closed, in_between),
    ("bad-upstream-headers", too_large, closed),
    ("keepalive-race", race, in_between),
    ("healthy-backend-502", in_between, closed),
    ("upstream-protocol-mismatch", no_http, too_large),
    (
        "upstream-read-timeout",
        slow,
        // No connection came about: packets are dropped.
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.upstream == "10.0.0.2:8080" {
                    request.in_vain(504, 5.001 + 0.006 * dice.uniform(), None);
                }
            })
        },
    ),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
