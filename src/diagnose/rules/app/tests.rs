//! A firing log and a near miss of each rule.

use super::super::super::scene::{Dice, Fixture, Req, Scene, check};
use super::super::super::{Level, Need};
use crate::format::Product;

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

fn fail(request: &mut Req, dice: &mut Dice) {
    request.by_origin(500, 90 + dice.below(60) as u64, 0.02);
}

fn one_route(request: &mut Req, dice: &mut Dice) {
    if request.target.starts_with("/products") {
        fail(request, dice);
    }
}

fn one_node(request: &mut Req, dice: &mut Dice) {
    if request.upstream == "10.0.0.2:8080" {
        fail(request, dice);
    }
}

fn everywhere(request: &mut Req, dice: &mut Dice) {
    if request.is_dynamic() {
        match dice.below(10) {
            0..5 => fail(request, dice),
            5..7 => request.by_origin(503, 40 + dice.below(20) as u64, 0.02),
            7..8 => request.by_origin(504, 40, 5.002),
            _ => {}
        }
    }
}

/// A balancer asks every five seconds whether it lives.
fn probed() -> Scene {
    Scene::new().add((0, 120), 12.0, |request, _| {
        (request.method, request.target, request.agent) =
            ("GET", "/healthz".into(), "kube-probe/1.29");
        request.by_origin(200, 2, 0.001);
    })
}

/// Nobody is left to ask.
fn all_out(request: &mut Req) {
    if request.is_dynamic() && request.agent != "kube-probe/1.29" {
        request.in_vain(502, 0.0, None);
        request.upstream = "backend".into();
    }
}

pub(in super::super) const FIXTURES: &[Fixture] = &[
    (
        "app-error-after-deploy",
        || Scene::new().hit((60, 120), one_route).deployed(58),
        || Scene::new().hit(WHEN, one_node).deployed(58),
    ),
    ("bad-node", || Scene::new().hit(WHEN, one_node), || Scene::new().hit(WHEN, everywhere)),
    (
        "shared-dependency-down",
        || Scene::new().hit(WHEN, everywhere),
        || Scene::new().hit(WHEN, one_route),
    ),
    (
        "health-check-failing",
        || {
            probed().hit(WHEN, |request, _| {
                if request.agent == "kube-probe/1.29" {
                    request.by_origin(401, 20, 0.001);
                }
                all_out(request);
            })
        },
        || probed().hit(WHEN, |request, _| all_out(request)),
    ),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}

/// A scanner asks for `/actuator/health` all day: that it gets 404 explains no outage.
#[test]
fn checks_that_always_fail_explain_nothing() {
    let scene = Scene::new().add((0, 120), 3.0, |request, _| {
        request.target = "/actuator/health".into();
        request.by_proxy(404, 153, 0.001);
    });
    let causes = scene.hit(WHEN, |request, _| all_out(request)).causes();
    assert!(!causes.is_empty());
    assert!(causes.iter().all(|of| of.cause != "health-check-failing"), "{causes:#?}");
}

/// HAProxy's servers have names, and no port.
#[test]
fn a_server_with_a_name_was_left() {
    let scene = Scene::of(Product::HaProxy).add((0, 120), 12.0, |request, _| {
        (request.method, request.target, request.agent) =
            ("GET", "/healthz".into(), "kube-probe/1.29");
        request.by_origin(200, 2, 0.001);
        request.upstream = "web1".into();
    });
    let scene = scene.hit(WHEN, |request, _| {
        if request.is_dynamic() {
            request.by_origin(500, 90, 0.001);
            request.upstream = "web1".into();
        }
    });
    let causes = scene.causes();
    let found = causes.iter().find(|of| of.cause == "health-check-failing");
    let found = found.unwrap_or_else(|| panic!("{causes:#?}"));
    let is_left = |text: &String| text.contains("no upstream that could be asked");
    assert!(!found.evidence.iter().any(is_left), "{found:#?}");
}

#[test]
fn two_of_three_nodes_are_not_all() {
    let says_so = |scene: Scene| {
        let causes = scene.causes();
        assert!(!causes.is_empty());
        let mut all = causes.iter().flat_map(|of| of.evidence.iter().chain(&of.against));
        all.any(|text| text == "all upstreams are hit alike")
    };
    assert!(says_so(Scene::new().hit(WHEN, everywhere)));
    assert!(!says_so(Scene::new().hit(WHEN, |request, dice| {
        if matches!(request.upstream.as_str(), "10.0.0.1:8080" | "10.0.0.2:8080") {
            everywhere(request, dice);
        }
    })));
    // Few get as far as that.
    assert!(!says_so(Scene::new().hit(WHEN, |request, dice| match dice.below(8) {
        0 if request.is_dynamic() => fail(request, dice),
        1..8 if request.is_dynamic() => request.by_proxy(503, 190, 0.0),
        _ => {}
    })));
}

#[test]
fn without_a_sign_of_a_deploy_it_is_not_certain() {
    let causes = Scene::new().hit(WHEN, one_route).causes();
    assert_eq!((causes[0].cause, causes[0].level), ("app-error-after-deploy", Level::Medium));
    let causes = Scene::new().hit(WHEN, one_route).deployed(59).causes();
    assert_eq!((causes[0].cause, causes[0].level), ("app-error-after-deploy", Level::High));
}

#[test]
fn without_the_upstream_a_bad_node_is_a_guess_that_says_what_it_lacks() {
    let causes = Scene::new().hit(WHEN, one_node).combined().causes();
    assert!(causes[0].level < Level::High, "{causes:#?}");
    let adds: Vec<_> = causes.iter().flat_map(|of| &of.missing).filter_map(|of| of.add).collect();
    assert!(
        adds.contains(&Need::Upstream.addition(crate::format::Product::Nginx).unwrap_or_default())
    );
}
