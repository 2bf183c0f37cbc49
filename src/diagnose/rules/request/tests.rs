use super::super::super::scene::{Dice, Fixture, Req, Scene, check};
use crate::format::Product;
use crate::record::RequestLine;

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

/// What nginx adds to the base of a page in these scenes.
const AROUND: u64 = 46;

fn uploads(what: fn(&mut Req, &mut Dice)) -> Scene {
    Scene::new().hit(WHEN, move |request, dice| {
        if request.target == "/api/upload" {
            what(request, dice);
        }
    })
}

/// A third of all get a page with this base.
fn paged(base: u64) -> Scene {
    Scene::new().hit(WHEN, move |request, dice| {
        if dice.below(3) == 0 {
            request.by_proxy(400, base + AROUND, 0.0);
        }
    })
}

fn checker(base: u64) -> Scene {
    Scene::new().add(WHEN, 30.0, move |request, _| {
        request.by_proxy(400, base + AROUND, 0.0);
        request.client = "192.0.2.9".into();
        request.agent = "acme-sync/2.3";
    })
}

fn handshakes(line: RequestLine) -> Scene {
    Scene::new().add(WHEN, 30.0, move |request, _| {
        request.by_proxy(400, 104 + AROUND, 0.0);
        request.request = line;
        (request.agent, request.referer) = ("", "");
    })
}

fn broken(bytes: u64) -> Scene {
    Scene::new().hit(WHEN, move |request, dice| {
        if dice.below(4) == 0 {
            request.by_proxy(400, bytes, 0.2 + 3.0 * dice.uniform());
        }
    })
}

fn stalled(request: &mut Req, dice: &mut Dice) {
    request.by_proxy(408, 0, 60.001 + 0.006 * dice.uniform());
}

fn slowloris() -> Scene {
    Scene::new().add(WHEN, 30.0, |request, dice| {
        request.by_proxy(408, 0, 60.001 + 0.006 * dice.uniform());
        request.request = RequestLine::Empty;
        request.client = format!("203.0.113.{}", 20 + dice.below(4));
        (request.agent, request.referer) = ("", "");
    })
}

/// A firing log and a near miss of each rule.
pub(in super::super) const FIXTURES: &[Fixture] = &[
    (
        "upload-too-large",
        || uploads(|request, _| request.by_proxy(413, 130 + AROUND, 0.0)),
        || uploads(|request, _| request.by_origin(422, 80, 0.01)),
    ),
    ("oversized-headers", || paged(180), || paged(184)),
    ("http-to-tls-port", || checker(202), || checker(180)),
    ("tls-to-plain-port", || handshakes(RequestLine::Tls), || handshakes(RequestLine::Garbage)),
    ("client-certificate", || paged(184), || paged(180)),
    ("aborted-requests", || broken(0), || broken(104 + AROUND)),
    ("slow-clients-408", slowloris, || uploads(stalled)),
    ("stalled-uploads", || uploads(stalled), slowloris),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}

#[test]
fn each_product_has_a_word_of_its_own() {
    let reason = |product: Product, status: u16, reason: &'static str| {
        Scene::of(product).hit(WHEN, move |request, dice| {
            if dice.below(3) == 0 {
                request.by_proxy(status, 200, 0.5);
                request.reason = reason;
            }
        })
    };
    let cases = [
        (reason(Product::Iis, 403, "403.16"), "client-certificate"),
        (reason(Product::Iis, 404, "404.13"), "upload-too-large"),
        (reason(Product::Iis, 404, "404.10"), "oversized-headers"),
        (reason(Product::HaProxy, 400, "CR--"), "aborted-requests"),
    ];
    for (scene, cause) in cases {
        assert_eq!(scene.cause(), cause);
    }
}
