//! A firing log and a near miss of each rule.

use super::super::super::scene::{Fixture, Scene, check, page};

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

/// What the proxy answers from disk is not found.
fn files_are_gone() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if !request.is_dynamic() {
            request.by_proxy(404, u64::from(page(404)), 0.001);
        }
    })
}

/// A route is not found any more.
fn products_are_gone() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.target.starts_with("/products") {
            request.by_proxy(404, u64::from(page(404)), 0.001);
        }
    })
}

/// People follow a link to what was never there.
fn a_link_leads_nowhere() -> Scene {
    Scene::new().add(WHEN, 20.0, |request, _| {
        (request.method, request.target) = ("GET", "/campaign/summer".into());
        request.referer = "https://partner.example.net/news";
        request.by_origin(404, 4_000, 0.02);
    })
}

/// A firing log and a near miss of each rule.
pub(in super::super) const FIXTURES: &[Fixture] = &[
    (
        "scanner-404",
        || {
            Scene::new().add(WHEN, 40.0, |request, dice| {
                request.client = "203.0.113.66".into();
                (request.agent, request.referer) = ("Mozilla/5.0 zgrab/0.x", "");
                let file = [".env", "wp-login.php", "phpmyadmin/index.php"];
                let file = file[dice.below(3)];
                (request.method, request.target) = ("GET", format!("/v{}/{file}", dice.below(99)));
                request.by_origin(404, 146, 0.01);
            })
        },
        files_are_gone,
    ),
    ("missing-assets-after-deploy", files_are_gone, products_are_gone),
    (
        "retired-endpoint",
        || {
            Scene::new().hit(WHEN, |request, _| {
                if request.target.starts_with("/api/orders/") {
                    request.by_origin(410, 80, 0.005);
                }
            })
        },
        products_are_gone,
    ),
    ("broken-link", a_link_leads_nowhere, products_are_gone),
    ("routing-regression", products_are_gone, a_link_leads_nowhere),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
