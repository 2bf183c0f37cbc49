use super::super::super::scene::{Dice, Fixture, Req, Scene, check};

/// Minutes in which it is wrong.
const WHEN: (u64, u64) = (60, 72);

fn over_limit() -> Scene {
    Scene::new().add(WHEN, 40.0, |request, dice| {
        request.client = "192.0.2.66".into();
        request.agent = "acme-sync/2.3";
        if dice.below(10) > 0 {
            request.by_proxy(429, 162, 0.0);
        }
    })
}

fn proxy() -> Scene {
    // It has a sixth of the traffic all the time, of all kinds of people.
    Scene::new()
        .hit((0, 120), |request, dice| {
            if dice.below(6) == 0 {
                request.client = "192.0.2.80".into();
            }
        })
        .hit(WHEN, |request, dice| {
            if request.client == "192.0.2.80" && dice.below(5) > 0 {
                request.by_proxy(429, 162, 0.0);
            }
        })
}

/// Six clients post again and again, each second, and are told of a conflict; first there was a
/// failure, or not.
fn conflicts(has_failed: bool) -> Scene {
    let scene = Scene::new();
    let mut dice = Dice(19);
    let posts = scene.requests(WHEN).filter(|of| of.method == "POST" && dice.below(25) == 0);
    let mut more = Vec::new();
    for post in posts.take(6) {
        let mut first = post.clone();
        match has_failed {
            true => first.in_vain(504, 2.001, Some(0.001)),
            false => first.by_origin(200, 300, 0.05),
        }
        let tries = (1..8).map(|number| {
            let mut again = Req { at: post.at + f64::from(number), ..post.clone() };
            again.by_origin(409, 80, 0.02);
            again
        });
        more.extend(tries);
        more.push(first);
    }
    // Only to say when.
    scene.with(more).hit(WHEN, |_, _| {})
}

/// Clients that are refused come back six times, after so many seconds and up to so many more.
fn again(seconds: f64, jitter: f64) -> Scene {
    let refuse = |request: &mut Req, _: &mut Dice| {
        if request.target.starts_with("/search") {
            request.by_proxy(429, 162, 0.0);
        }
    };
    let scene = Scene::new().hit(WHEN, refuse);
    let mut dice = Dice(17);
    let mut more = Vec::new();
    for refused in scene.requests((60, 66)).filter(|of| of.status == 429) {
        let mut at = refused.at;
        for _ in 0..6 {
            at += seconds + jitter * dice.uniform();
            more.push(Req { at, ..refused.clone() });
        }
    }
    scene.with(more)
}

/// A firing log and a near miss of each rule.
pub(in super::super) const FIXTURES: &[Fixture] = &[
    ("client-over-limit", over_limit, proxy),
    ("limit-keyed-on-proxy", proxy, over_limit),
    ("synchronized-retries", || again(30.0, 0.05), || again(10.0, 40.0)),
    // There the clients disagree with each other.
    ("blind-retry-conflict", || conflicts(true), || conflicts(false)),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
