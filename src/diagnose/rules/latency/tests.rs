use super::super::super::scene::{Fixture, Scene, check};

const WHEN: (u64, u64) = (60, 75);

/// Answers of the upstream take so much longer.
fn slow_backend() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.target.starts_with("/search") {
            request.seconds *= 25.0;
            request.header = Some(request.seconds * 0.95);
        }
    })
}

fn slow_clients() -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        request.bytes *= 40;
        request.seconds += 0.4 + 3.0 * dice.uniform();
    })
}

fn slow_connect() -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.upstream == "10.0.0.2:8080" {
            let connect = 1.0 + dice.uniform();
            request.connect = Some(connect);
            request.seconds += connect;
            request.header = Some(request.seconds * 0.98);
        }
    })
}

fn stalled() -> Scene {
    Scene::new().hit(WHEN, |request, dice| {
        if request.target.starts_with("/products") {
            request.seconds = 30.001 + 0.006 * dice.uniform();
            request.bytes /= 7;
        }
    })
}

fn failover() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.upstream == "10.0.0.2:8080" {
            (request.attempts, request.upstream) = (2, "10.0.0.3:8080".into());
        }
    })
}

/// In vain: the second one fails, too.
fn all_fail() -> Scene {
    Scene::new().hit(WHEN, |request, _| {
        if request.upstream == "10.0.0.2:8080" {
            request.in_vain(502, 0.002, None);
            request.attempts = 2;
        }
    })
}

fn every_ten_minutes() -> Scene {
    (0..11).fold(Scene::new(), |scene, number| {
        let minute = 5 + number * 10;
        scene.add((minute, minute + 1), 60.0, |request, _| {
            request.client = "192.0.2.9".into();
            request.agent = "acme-sync/2.3";
            request.target = "/api/export".into();
            request.by_origin(500, 90, 0.02);
        })
    })
}

pub(in super::super) const FIXTURES: &[Fixture] = &[
    ("latency-target-breach", slow_backend, slow_clients),
    ("slow-clients", slow_clients, slow_backend),
    ("connect-time-rise", slow_connect, slow_backend),
    ("truncated-success", stalled, slow_backend),
    ("masked-failover", failover, all_fail),
    ("periodic-job", every_ten_minutes, slow_backend),
];

#[test]
fn each_rule_fires_and_its_near_miss_does_not() {
    check(FIXTURES);
}
