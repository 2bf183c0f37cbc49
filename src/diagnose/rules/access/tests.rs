//! A firing log and a near miss of each rule.

use super::super::super::scene::{Dice, Fixture, Req, Scene, check, page};

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

/// A client that nobody knows.
const ATTACKER: &str = "Mozilla/5.0 zgrab/0.x";

/// The request is of one of six addresses of a network.
fn of_attackers(request: &mut Req, dice: &mut Dice) {
    request.client = format!("203.0.113.{}", 20 + dice.below(6));
    (request.agent, request.referer) = (ATTACKER, "");
}

/// Everybody's tokens are refused.
fn nobody_gets_in() -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.is_dynamic() && dice.uniform() < 0.7 {
            request.by_origin(401, 40, 0.01);
        }
    })
}

/// Products are refused for all.
fn products_are_refused() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.target.starts_with("/products") {
            request.by_proxy(403, u64::from(page(403)), 0.001);
        }
    })
}

/// A network that was never seen before is refused.
fn attackers_are_refused() -> Scene {
    Scene::new().add(WHEN, 30.0, |request, dice| {
        of_attackers(request, dice);
        request.by_proxy(403, u64::from(page(403)), 0.001);
    })
}

/// One client walks through ids.
fn walk() -> Scene {
    let mut id = 1000;
    Scene::new().add(WHEN, 40.0, move |request, dice| {
        of_attackers(request, dice);
        id += 1;
        (request.method, request.target) = ("GET", format!("/api/invoices/{id}"));
        let status = [200, 403, 403, 403, 404][dice.below(5)];
        request.by_origin(status, 60, 0.01);
    })
}

/// A firing log and a near miss of each rule.
pub(in super::super) const FIXTURES: &[Fixture] = &[
    (
        "auth-outage",
        nobody_gets_in,
        // Those that were never let in are not either.
        || {
            Scene::new().add(WHEN, 40.0, |request, dice| {
                of_attackers(request, dice);
                (request.method, request.target) = ("GET", "/api/account".into());
                request.by_origin(401, 40, 0.01);
            })
        },
    ),
    (
        "credential-attack",
        || {
            Scene::new().add(WHEN, 40.0, |request, dice| {
                of_attackers(request, dice);
                (request.method, request.target) = ("POST", "/login".into());
                request.by_origin(401, 40, 0.01);
            })
        },
        // Those that post to the login are everybody, and it is not the login alone.
        || {
            nobody_gets_in().add(WHEN, 4.0, |request, _| {
                (request.method, request.target) = ("POST", "/login".into());
                request.by_origin(401, 40, 0.01);
            })
        },
    ),
    ("access-regression", products_are_refused, attackers_are_refused),
    (
        "blocked-attack",
        attackers_are_refused,
        // A network that was always served.
        || {
            Scene::new()
                .hit((0, 120), |request, dice| {
                    if dice.uniform() < 0.1 {
                        request.client = "203.0.113.7".into();
                    }
                })
                .hit(WHEN, |request, _| {
                    if request.client == "203.0.113.7" {
                        request.by_proxy(403, u64::from(page(403)), 0.001);
                    }
                })
        },
    ),
    (
        "connection-dropped-444",
        || {
            let drop = |request: &mut Req, dice: &mut Dice| {
                of_attackers(request, dice);
                request.by_proxy(444, 0, 0.0);
            };
            Scene::new().counting_all().add(WHEN, 30.0, drop)
        },
        || attackers_are_refused().counting_all(),
    ),
    (
        "resource-enumeration",
        walk,
        // Many things, and no id.
        || {
            let mut number = 0;
            Scene::new().add(WHEN, 40.0, move |request, dice| {
                of_attackers(request, dice);
                number += 1;
                let word = char::from(b'a' + (number % 26) as u8);
                (request.method, request.target) = ("GET", format!("/{word}{word}/config.json"));
                request.by_origin(404, 60, 0.01);
            })
        },
    ),
    (
        "existence-leak",
        || {
            Scene::new().add(WHEN, 30.0, |request, dice| {
                let id = 100_000 + dice.below(40);
                (request.method, request.target) = ("GET", format!("/api/invoices/{id}"));
                request.by_origin(if id % 2 == 0 { 403 } else { 404 }, 60, 0.01);
            })
        },
        walk,
    ),
    (
        "csrf-wave",
        || {
            Scene::new().hit(WHEN, |request, _| {
                if request.method == "POST" {
                    request.by_origin(419, 200, 0.01);
                }
            })
        },
        // A rule of the proxy refuses one form.
        || {
            Scene::new().hit(WHEN, |request, _| {
                if request.target == "/api/orders" {
                    request.by_proxy(403, u64::from(page(403)), 0.001);
                }
            })
        },
    ),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
