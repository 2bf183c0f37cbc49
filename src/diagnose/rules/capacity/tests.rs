//! A firing log and a near miss of each rule.

use super::super::super::scene::{Dice, Fixture, Req, Scene, check, page};

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

/// Three times the usual traffic.
fn crowd() -> Scene {
    Scene::new().add(WHEN, 180.0, |_, _| {})
}

fn time_out(request: &mut Req, dice: &mut Dice) {
    if request.is_dynamic() && dice.below(10) < 3 {
        request.in_vain(504, 10.001 + 0.006 * dice.uniform(), Some(0.001));
    }
}

fn queue(request: &mut Req, dice: &mut Dice) {
    if request.is_dynamic() && dice.below(10) < 3 {
        request.by_origin(503, 120, 0.5 + 4.0 * dice.uniform());
    }
}

/// A restart of one instance.
fn restart(request: &mut Req, dice: &mut Dice) {
    match dice.below(10) {
        0..6 => request.in_vain(502, 0.001, None),
        _ => request.by_origin(503, 40, 0.002),
    }
}

fn unavailable(request: &mut Req, dice: &mut Dice) {
    if request.target.starts_with("/search") {
        request.by_origin(503, 90 + dice.below(60) as u64, 0.02);
    }
}

/// Each of 10.0.0.1 to 10.0.0.3 for four minutes of the twelve.
fn turn(request: &Req) -> String {
    format!("10.0.0.{}:8080", (request.at / 60.0 - WHEN.0 as f64) as u64 / 4 + 1)
}

pub(in super::super) const FIXTURES: &[Fixture] = &[
    (
        "saturation-at-peak",
        || crowd().hit(WHEN, time_out),
        // As many requests as ever.
        || Scene::new().hit(WHEN, time_out),
    ),
    ("overload", || crowd().hit(WHEN, queue), || Scene::new().hit(WHEN, queue)),
    (
        "limiter-503",
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.target.starts_with("/search") && dice.below(10) < 6 {
                    request.by_proxy(503, u64::from(page(503)), 0.0003);
                }
            })
        },
        // The application says so.
        || Scene::new().hit(WHEN, unavailable),
    ),
    (
        "maintenance",
        || {
            Scene::new().hit(WHEN, |request, _| {
                if request.is_dynamic() {
                    request.by_proxy(503, 2_211, 0.0003);
                }
            })
        },
        // Some of it, with a page that the proxy has.
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.is_dynamic() && dice.below(10) < 3 {
                    request.by_proxy(503, u64::from(page(503)), 0.0003);
                }
            })
        },
    ),
    (
        "deploy-restart",
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.upstream == turn(request) {
                    restart(request, dice);
                }
            })
        },
        // All of them at once.
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.is_dynamic() && dice.below(3) == 0 {
                    restart(request, dice);
                }
            })
        },
    ),
    (
        "retry-storm",
        || {
            let scene = Scene::new().hit(WHEN, unavailable);
            let failed: Vec<Req> =
                scene.requests(WHEN).filter(|request| request.status == 503).cloned().collect();
            let again = failed.iter().flat_map(|request| {
                (1..=3)
                    .map(|time| Req { at: request.at + f64::from(time) * 1.3, ..request.clone() })
            });
            scene.with(again.collect::<Vec<_>>())
        },
        || Scene::new().hit(WHEN, unavailable),
    ),
    (
        "black-hole-node",
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.is_dynamic()
                    && (request.upstream == "10.0.0.2:8080" || dice.below(2) == 0)
                {
                    request.upstream = "10.0.0.2:8080".into();
                    request.by_origin(500, 90 + dice.below(60) as u64, 0.001);
                }
            })
        },
        // It fails as fast, and gets what it always gets.
        || {
            Scene::new().hit(WHEN, |request, dice| {
                if request.upstream == "10.0.0.2:8080" {
                    request.by_origin(500, 90 + dice.below(60) as u64, 0.001);
                }
            })
        },
    ),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
