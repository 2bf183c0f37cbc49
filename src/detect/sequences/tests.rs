#![allow(clippy::unwrap_used)]
use super::*;
use crate::format::TimeMeaning;
use crate::record::{Record, Status};
use crate::tally::Rules;
use crate::time::SECOND;

/// When the requests of a test begin, milliseconds.
const START: i64 = 1_700_000_040_000;

/// A request: when in milliseconds behind [`START`], number of the client, method, target, status,
/// how long it took in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Hit(i64, u32, &'static str, &'static str, u16, Option<u64>);

fn hit(at: i64, client: u32, request: &'static str, status: u16) -> Hit {
    let (method, target) = request.split_once(' ').unwrap();
    Hit(at, client, method, target, status, None)
}

/// What is found in requests, whose stamps are of microseconds or of seconds.
fn found(hits: &[Hit], is_cut: bool) -> Sequences {
    found_in(hits, is_cut, 0..i64::MAX)
}

fn found_in(hits: &[Hit], is_cut: bool, times: Range<i64>) -> Sequences {
    sequences(&tally(hits, is_cut), &[times])
}

fn tally(hits: &[Hit], is_cut: bool) -> Tally {
    let mut tally = Tally::new(Rules::default());
    for Hit(at, client, method, target, status, duration) in hits {
        let client = format!("192.0.{}.{}", client / 250, client % 250);
        let time = (START + at) * 1000 + duration.unwrap_or(0) as i64 * 1000;
        let record = Record {
            time: Some(if is_cut { time - time % SECOND } else { time }),
            method: Some(method.as_bytes()),
            target: Some(target.as_bytes()),
            status: Status::Code(*status),
            duration: duration.map(|millis| millis * 1000),
            client: Some(client.as_bytes()),
            ..Record::default()
        };
        tally.count(&[record], &[None], TimeMeaning::End);
    }
    tally
}

/// Numbers that look random, from 0 to 1.
fn random(seed: u32) -> f64 {
    let mixed = (u64::from(seed) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 40) as f64 / f64::from(1 << 24)
}

#[test]
fn redirects_in_a_circle_are_a_loop() {
    let clients = 0..10u32;
    let loops = |hits: Vec<Hit>, is_cut| found(&hits, is_cut).loops.unwrap();
    let circle = |paths: &'static [&'static str], hops: usize, pause: i64| -> Vec<Hit> {
        let hop = |client: u32, hop: usize| {
            hit(hop as i64 * pause + 333, client, paths[hop % paths.len()], 302)
        };
        clients.clone().flat_map(|client| (0..hops).map(move |at| hop(client, at))).collect()
    };
    let one: &[&str] = &["GET /"];
    let two: &[&str] = &["GET /a", "GET /a/"];
    let links: &[&str] =
        &["GET /go?to=1", "GET /go?to=2", "GET /go?to=3", "GET /go?to=4", "GET /go?to=5"];
    // Paths, redirects, pause in milliseconds; share, alternating, length.
    for (paths, hops, pause, share, alternating, length) in [
        (one, 21, 80, 1.0, 0, Some(21)),
        (one, 5, 2400, 1.0, 0, Some(5)),
        // Longer than a trail.
        (one, 51, 80, 1.0, 0, None),
        (two, 21, 80, 1.0, 10, Some(21)),
        (two, 6, 500, 1.0, 10, Some(6)),
        (one, 4, 80, 0.0, 0, None),
        (one, 5, 2600, 0.0, 0, None),
        // A crawler.
        (one, 12, 60_000, 0.0, 0, None),
        (links, 5, 300, 0.0, 0, None),
    ] {
        for is_cut in [false, true] {
            let loops = loops(circle(paths, hops, pause), is_cut);
            let case = format!("{paths:?} {hops} {pause} {is_cut}: {loops:?}");
            if is_cut && pause > 1000 && pause < 3000 {
                // Half a second more or less is not told.
                continue;
            }
            assert!((loops.redirects.share - share).abs() < 1e-9, "{case}");
            assert_eq!((loops.alternating, loops.length), (alternating, length), "{case}");
            let runs = if share > 0.0 { 10 } else { 0 };
            assert_eq!((loops.runs, loops.clients), (runs, runs), "{case}");
        }
    }
    // Of each client a loop of 8 and 2 that are none.
    let mut mixed = circle(one, 8, 100);
    mixed.extend(clients.clone().flat_map(|client| {
        [hit(2000, client, "GET /login", 302), hit(2200, client, "POST /login", 303)]
    }));
    let loops = loops(mixed, false);
    assert!((loops.redirects.share - 0.8).abs() < 1e-9, "{loops:?}");
    assert_eq!((loops.redirects.judged, loops.redirects.found, loops.length), (100, 80, Some(8)));
}

/// Shares are of all clients, though few are kept.
#[test]
fn a_sample_tells_of_all() {
    let hits: Vec<Hit> = (0..3000u32)
        .flat_map(|client| {
            let hops = if client % 3 == 0 { 10 } else { 1 };
            let minute = i64::from(client % 30) * 60_000;
            (0..hops).map(move |hop| hit(minute + hop * 100, client, "GET /", 301))
        })
        .collect();
    let loops = found(&hits, false).loops.unwrap();
    let share = 10_000.0 / 12_000.0;
    assert!((loops.redirects.share - share).abs() < 0.08, "{loops:?}");
    assert!(loops.redirects.clients < 500, "{loops:?}");
}

#[test]
fn a_post_that_became_a_get_is_lost() {
    // What each of eight clients does: seconds, request, status. Then the found of lost and kept.
    type Case = (&'static [(i64, &'static str, u16)], Option<(u32, u32)>);
    let cases: [Case; 8] = [
        (&[(0, "POST /api", 301), (1, "GET /api/", 405)], Some((8, 0))),
        (&[(0, "POST /api", 302), (4, "GET /api/", 404)], Some((8, 0))),
        (&[(0, "POST /api", 301), (20, "GET /api/", 405)], Some((0, 0))),
        (&[(0, "POST /api", 301), (1, "POST /api/", 201)], Some((0, 8))),
        (&[(0, "POST /api", 301), (1, "POST /api/", 500)], Some((0, 8))),
        // Where the next page is plain, nobody knows.
        (&[(0, "POST /login", 302), (1, "GET /account", 200)], Some((0, 0))),
        // As it should be.
        (&[(0, "POST /form", 303), (1, "GET /done", 404)], None),
        (&[(0, "POST /api", 308), (1, "POST /api/", 201)], None),
    ];
    for (steps, expected) in cases {
        let of = |client: u32| {
            steps.iter().map(move |(second, request, status)| {
                hit(second * 1000 + i64::from(client) * 7000 + 5, client, request, *status)
            })
        };
        let hits: Vec<Hit> = (0..8).flat_map(of).collect();
        for is_cut in [false, true] {
            let lost = found(&hits, is_cut).lost_posts;
            let counts = lost.map(|lost| (lost.lost.found, lost.kept.unwrap().found));
            assert_eq!(counts, expected, "{steps:?} {is_cut}");
            assert!(lost.is_none_or(|lost| lost.lost.judged == 8), "{steps:?} {lost:?}");
        }
    }
}

#[test]
fn a_failure_that_is_sent_again_is_a_retry() {
    // What each of six clients does, then failures judged and found, and attempts.
    type Case = (&'static [(i64, &'static str, u16, Option<u64>)], (u32, u32), f64);
    let cases: [Case; 8] = [
        (&[(0, "GET /", 503, None), (2000, "GET /", 503, None)], (12, 6), 2.0),
        (&[(0, "GET /", 499, None), (9000, "GET /", 429, None)], (12, 6), 2.0),
        (&[(0, "GET /", 503, None), (15_000, "GET /", 503, None)], (12, 0), 2.0),
        // A minute of waiting, and again at once.
        (&[(0, "POST /", 504, Some(60_000)), (61_000, "POST /", 504, Some(60_000))], (12, 6), 2.0),
        // Something else.
        (&[(0, "GET /?q=1", 503, None), (2000, "GET /?q=2", 503, None)], (12, 0), 1.0),
        (&[(0, "GET /", 503, None), (2000, "POST /", 503, None)], (12, 0), 1.0),
        (&[(0, "GET /", 503, None), (2000, "GET /", 404, None)], (6, 0), 1.0),
        // At the same time.
        (&[(0, "GET /", 504, Some(9000)), (3000, "GET /", 504, Some(9000))], (12, 0), 2.0),
    ];
    for (steps, (judged, again), attempts) in cases {
        let of = |client: u32| {
            steps.iter().map(move |(at, request, status, millis)| Hit {
                5: *millis,
                ..hit(at + i64::from(client) * 7000 + 5, client, request, *status)
            })
        };
        let hits: Vec<Hit> = (0..6).flat_map(of).collect();
        for is_cut in [false, true] {
            let retries = found(&hits, is_cut).retries.unwrap();
            let counts = (retries.again.judged, retries.again.found);
            assert_eq!(counts, (judged, again), "{steps:?} {is_cut}");
            assert_eq!(retries.attempts, attempts, "{steps:?} {is_cut}");
        }
    }
}

/// Each of forty clients tries so many times; the wait is of its number and that of the attempt.
fn rhythm(attempts: u32, wait: impl Fn(u32, u32) -> f64) -> Vec<Hit> {
    let mut hits = Vec::new();
    for client in 0..40 {
        let mut at = random(client) * 20_000.0;
        for attempt in 0..attempts {
            hits.push(hit(at as i64, client, "GET /", 429));
            at += wait(client, attempt) * 1000.0;
        }
    }
    hits
}

#[test]
fn retries_in_step_are_told_from_those_with_jitter() {
    let jitter = |part: f64| {
        move |client: u32, attempt: u32| {
            30.0 * (1.0 + part * (2.0 * random(client * 100 + attempt + 7) - 1.0))
        }
    };
    let in_step = found(&rhythm(4, |_, _| 30.0), false).retries.unwrap().delays.unwrap();
    assert!(in_step.sync_share > 0.95 && (in_step.seconds - 30.0).abs() < 0.1, "{in_step:?}");
    assert!(in_step.count >= 40 && in_step.sync_clients >= 10, "{in_step:?}");
    for part in [0.2, 1.0] {
        let delays = found(&rhythm(4, jitter(part)), false).retries.unwrap().delays.unwrap();
        assert!(delays.sync_share < 0.4, "{part}: {delays:?}");
    }
    // Backoff that doubles: the first delays are alike.
    let doubling = rhythm(5, |_, attempt| f64::from(1 << attempt));
    let delays = found(&doubling, false).retries.unwrap().delays.unwrap();
    assert!(delays.is_first && delays.sync_share > 0.95, "{delays:?}");
    assert!((delays.seconds - 1.0).abs() < 0.01, "{delays:?}");
    // At once, or by one or two clients.
    for hits in [
        rhythm(4, |_, _| 0.02),
        rhythm(9, |_, _| 30.0).into_iter().filter(|hit| hit.1 < 2).collect(),
        rhythm(2, |_, _| 200.0),
    ] {
        assert_eq!(found(&hits, false).retries.unwrap().delays, None);
    }
}

#[test]
fn a_rhythm_in_whole_seconds_needs_long_delays() {
    let short = rhythm(6, |_, _| 2.0);
    assert_eq!(found(&short, true).retries.unwrap().delays, None);
    assert!(found(&short, false).retries.unwrap().delays.is_some());
    let delays = found(&rhythm(4, |_, _| 30.0), true).retries.unwrap().delays.unwrap();
    assert!(delays.is_cut && delays.sync_share > 0.9, "{delays:?}");
}

#[test]
fn a_conflict_behind_a_timeout_is_a_blind_retry() {
    let conflict = "POST /orders";
    for (steps, expected) in [
        (vec![(0, "POST /orders", 504), (3, conflict, 409)], 6),
        (vec![(0, "POST /orders?try=1", 499), (9, conflict, 409)], 6),
        (vec![(0, "POST /orders", 500), (3, conflict, 409)], 0),
        (vec![(0, "POST /others", 504), (3, conflict, 409)], 0),
        (vec![(0, "POST /orders", 504), (30, conflict, 409)], 0),
        (vec![(0, conflict, 409), (3, "POST /orders", 504)], 0),
        (vec![(0, conflict, 409)], 0),
    ] {
        let of = |client: u32| {
            let steps = steps.clone();
            steps.into_iter().map(move |(second, request, status)| {
                hit(second * 1000 + i64::from(client) * 70_000 + 5, client, request, status)
            })
        };
        let hits: Vec<Hit> = (0..6).flat_map(of).collect();
        for is_cut in [false, true] {
            let judged = found(&hits, is_cut).conflicts.unwrap();
            assert_eq!((judged.judged, judged.found), (6, expected), "{steps:?} {is_cut}");
        }
    }
}

#[test]
fn only_the_time_that_is_asked_for_counts() {
    let hits: Vec<Hit> =
        (0..60).map(|at| hit(i64::from(at) * 1000 + 5, at % 10, "GET /", 503)).collect();
    let at = |second: i64| (START + second * 1000) * 1000;
    let found = found_in(&hits, false, at(20)..at(40));
    // The retry of the last one comes later.
    let again = found.retries.unwrap().again;
    assert_eq!((again.judged, again.found), (20, 20));
    assert_eq!(found_in(&hits, false, at(90)..at(99)), Sequences::default());
    let two = sequences(&tally(&hits, false), &[at(0)..at(5), at(50)..at(55)]);
    assert_eq!(two.retries.unwrap().again.judged, 10);
}

#[test]
fn a_log_that_does_not_tell_clients_apart_is_blind() {
    let plain = |clients: u32, each: u32| -> Vec<Hit> {
        let hits = |client| (0..each).map(move |at| hit(at.into(), client, "GET /", 200));
        (0..clients).flat_map(hits).collect()
    };
    let mut proxied = plain(1, 950);
    proxied.extend(plain(50, 1));
    for (hits, expected) in [
        (proxied, Some(Blind::OneAddress(0.951))),
        (plain(10, 20), None),
        (plain(3, 400), None),
        (plain(1, 20), None),
        (plain(3, 10_000), Some(Blind::FewAddresses(3))),
    ] {
        assert_eq!(Blind::of(&tally(&hits, false)), expected);
    }
    let record = Record { time: Some(0), status: Status::Code(500), ..Record::default() };
    let mut tally = Tally::default();
    for _ in 0..200 {
        tally.count(&[record], &[None], TimeMeaning::End);
    }
    assert_eq!(Blind::of(&tally), Some(Blind::NoAddress));
    assert_eq!(sequences(&tally, std::slice::from_ref(&(0..i64::MAX))), Sequences::default());
}
