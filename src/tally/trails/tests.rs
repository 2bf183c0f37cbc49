#![allow(clippy::unwrap_used)]
use super::*;
use crate::record::{Absence, Status};
use crate::tally::Noise;
use proptest::prelude::*;

/// A request: when in milliseconds, number of the client, status, method, target.
type Request = (i64, u64, u16, &'static str, &'static str);

fn add(trails: &mut Trails, (millis, client, status, method, target): Request) {
    let client = format!("192.0.2.{client}");
    let record = Record {
        time: Some(millis * 1000),
        status: Status::Code(status),
        method: Some(method.as_bytes()),
        target: Some(target.as_bytes()),
        client: Some(client.as_bytes()),
        ..Record::default()
    };
    let seen = Seen::of(&record, (millis * 1000, None), 1, None);
    note(trails, &record, &seen);
}

fn trails<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Trails {
    let mut trails = empty();
    requests.into_iter().for_each(|request| add(&mut trails, *request));
    trails
}

/// All that is in them, in one order.
fn rows(trails: &Trails) -> Vec<(i64, bool, Vec<Stratum>)> {
    let buckets = trails.buckets();
    let row = |(start, period): (i64, &Period)| {
        let strata = Kind::ALL.iter().filter_map(|kind| period.stratum(*kind).cloned()).collect();
        (start, period.is_fine, strata)
    };
    buckets.into_iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// The narrow span puts many clients and requests into a period, the wide one makes periods wider.
    #[test]
    fn any_split_and_order_gives_the_same_trails(
        requests in prop::collection::vec(
            (
                prop_oneof![0i64..100_000, (0i64..40_000_000).prop_map(|at| at * 1000)],
                prop_oneof![0u64..4, 0u64..60],
                prop::sample::select(vec![200u16, 302, 404, 502]),
                prop::sample::select(vec!["GET", "POST"]),
                prop::sample::select(vec!["/", "/a?b=1", "/a?b=2"]),
            ),
            1..1500,
        ),
        parts in 1usize..5,
    ) {
        let whole = trails(&requests);
        let mut merged = empty();
        for part in 0..parts {
            // Each with its own part of the requests, the last first.
            let own = requests.iter().skip(part).step_by(parts).collect::<Vec<_>>();
            let mut one = trails(own.into_iter().rev());
            std::mem::swap(&mut one, &mut merged);
            merged.merge(&one);
        }
        prop_assert_eq!(merged.width(), whole.width());
        prop_assert_eq!(rows(&merged), rows(&whole));
    }
}

#[test]
fn only_what_is_notable_leaves_a_trail() {
    let plain = Record {
        time: Some(0),
        method: Some(b"GET"),
        client: Some(b"192.0.2.1"),
        target: Some(b"/a?b"),
        ..Record::default()
    };
    let code = |status| Record { status: Status::Code(status), ..plain };
    let none = |absence| Record { absence, ..plain };
    let post = |status| Record { method: Some(b"POST"), ..code(status) };
    let by = |client: Option<&'static [u8]>| Record { client, ..code(500) };
    for (record, noise, expected) in [
        (code(200), None, None),
        (code(304), None, None),
        (code(101), None, None),
        (code(999), None, None),
        (Record { method: Some(b"PROPFIND"), ..code(207) }, None, None),
        (code(308), None, Some(Kind::Redirected)),
        (post(303), None, Some(Kind::MovedWrite)),
        (post(304), None, None),
        (post(201), None, Some(Kind::Written)),
        (code(401), None, Some(Kind::Denied)),
        (post(401), None, Some(Kind::Denied)),
        (code(410), None, Some(Kind::Missing)),
        (code(409), None, Some(Kind::Conflict)),
        (code(429), None, Some(Kind::Limited)),
        (code(405), None, Some(Kind::Refused)),
        (code(499), None, Some(Kind::Gone)),
        (post(499), None, Some(Kind::FailedWrite)),
        (code(503), None, Some(Kind::Failed)),
        (post(503), None, Some(Kind::FailedWrite)),
        (none(Absence::ClientGone), None, Some(Kind::Gone)),
        (none(Absence::OriginTimeout), None, Some(Kind::Failed)),
        (none(Absence::Unknown), None, None),
        (none(Absence::Implied200), None, None),
        (code(404), Some(Noise::Scanner), None),
        (by(None), None, None),
        (by(Some(b"-")), None, None),
        (by(Some(b"")), None, None),
    ] {
        let mut trails = empty();
        let seen = Seen::of(&record, (0, None), 1, noise);
        note(&mut trails, &record, &seen);
        let found: Vec<_> = rows(&trails).into_iter().flat_map(|(.., strata)| strata).collect();
        let kinds: Vec<_> =
            found.iter().map(|stratum| (stratum.kind, stratum.trails.len())).collect();
        let expected: Vec<_> = expected.map(|kind| (kind, 1)).into_iter().collect();
        assert_eq!(kinds, expected, "{record:?} {noise:?}");
    }
}

#[test]
fn an_event_comes_back() {
    let record = Record {
        status: Status::Code(599),
        method: Some(b"DELETE"),
        target: Some(b"/a?b=1"),
        ..Record::default()
    };
    for (began, latency, ends) in [
        (1_700_000_000_123_456, Some(2_000_000), 1_700_000_002_121),
        (1_700_000_000_123_456, None, 1_700_000_000_123),
        (-5_000_000, Some(0), -5000),
        (0, Some(u64::MAX), 1_073_709),
    ] {
        let seen = Seen::of(&record, (began, latency), 1, None);
        let event = Event::new(&record, Method::Delete, &seen);
        let millis = began.div_euclid(1000);
        assert_eq!((event.began(), event.ended()), (millis, ends), "{began} {latency:?}");
        assert_eq!((event.outcome(), event.method()), (599, Method::Delete));
    }
    // A stamp that nobody can mean still gives an order.
    let at = |began| {
        let seen = Seen::of(&record, (began, None), 1, None);
        Event::new(&record, Method::Get, &seen)
    };
    assert!(at(i64::MIN) < at(-1) && at(-1) < at(0) && at(0) < at(i64::MAX));
    let of = |target: &'static [u8]| {
        let record = Record { target: Some(target), ..record };
        let seen = Seen::of(&record, (0, None), 1, None);
        Event::new(&record, Method::Get, &seen)
    };
    assert_eq!(of(b"/a?b=1").path(), of(b"/a").path());
    assert_ne!(of(b"/a?b=1").target(), of(b"/a?b=2").target());
    assert_ne!(of(b"/a").path(), of(b"/b").path());
}

/// The clients with the smallest hashes are in the samples of all kinds, and who is not in one is
/// known to be missing.
#[test]
fn samples_are_coordinated() {
    let requests: Vec<Request> = (0..200)
        .flat_map(|client| [(0, client, 503, "POST", "/"), (9, client % 40, 409, "POST", "/")])
        .collect();
    let trails = trails(&requests);
    let (_, period) = trails.buckets()[0];
    let of = |kind| period.stratum(kind).unwrap();
    let (failed, conflict) = (of(Kind::FailedWrite), of(Kind::Conflict));
    assert_eq!((failed.trails().len(), conflict.trails().len()), (FAILING_CLIENTS, CLIENTS));
    let limit = failed.limit().unwrap();
    let both = conflict.trails().iter().filter(|trail| trail.client <= limit);
    let clients: Vec<_> = both.map(|trail| trail.client).collect();
    assert!(!clients.is_empty());
    for client in clients {
        assert_eq!(failed.trail(client).unwrap().unwrap().count, 1);
        assert_eq!(conflict.trail(client).unwrap().unwrap().count, 5);
    }
    assert_eq!(failed.trail(limit + 1), Err(NotKept));
    assert_eq!(failed.trail(0), Ok(None));
}

/// The worst that a log can do: every kind in every period, from many clients with many requests each.
#[test]
fn memory_is_bounded() {
    let mut trails = empty();
    for kind in Kind::ALL {
        let (status, method) = match kind {
            Kind::Redirected => (302, "GET"),
            Kind::MovedWrite => (302, "POST"),
            Kind::Failed => (500, "GET"),
            Kind::Gone => (499, "GET"),
            Kind::FailedWrite => (500, "POST"),
            Kind::Limited => (429, "GET"),
            Kind::Conflict => (409, "GET"),
            Kind::Denied => (403, "GET"),
            Kind::Missing => (404, "GET"),
            Kind::Refused => (400, "GET"),
            Kind::Written => (201, "POST"),
        };
        for at in (0..40).rev().flat_map(|client| (0..30).map(move |at| (client, at))) {
            add(&mut trails, (at.1 * 700, at.0, status, method, "/"));
        }
    }
    let buckets = trails.buckets();
    let [(_, period)] = buckets[..] else { panic!("{} periods", buckets.len()) };
    let of_stratum = |stratum: &Stratum| {
        let events = stratum.trails.iter().map(|trail| trail.events.capacity());
        let (clients, each) = stratum.kind.most();
        assert_eq!((stratum.trails.len(), stratum.trails[0].events.len()), (clients, each));
        assert!(stratum.trails.iter().all(Trail::is_cut));
        stratum.trails.capacity() * size_of::<Trail>() + events.sum::<usize>() * size_of::<Event>()
    };
    let strata: usize = period.strata.iter().map(of_stratum).sum();
    let all = size_of::<Period>() + period.strata.capacity() * size_of::<Stratum>() + strata;
    assert_eq!((size_of::<Event>(), period.strata.len()), (16, Kind::ALL.len()));
    assert!(all * MAX_PERIODS <= 6_900_000, "{} bytes", all * MAX_PERIODS);
}
