#![allow(clippy::unwrap_used)]
use super::*;
use crate::record::{Record, Status};
use crate::tally::routes;
use bumpalo::Bump;

/// A tally of these requests: path, client, status and latency in microseconds, each so often.
fn tally(requests: &[(&str, &str, u16, Option<u64>, u64)]) -> Tally {
    let mut tally = Tally::default();
    let arena = Bump::new();
    for (path, client, status, duration, times) in requests {
        let record = Record {
            target: Some(path.as_bytes()),
            client: Some(client.as_bytes()),
            status: Status::Code(*status),
            duration: *duration,
            ..Record::default()
        };
        let batch = vec![record; *times as usize];
        let mut found = Vec::new();
        routes(&batch, &arena, &mut found);
        tally.count(&batch, &found);
    }
    tally
}

fn meta(rates_filtered: bool) -> Meta {
    Meta {
        targets: Targets {
            client_error: "5%".parse().unwrap(),
            server_error: "0.1%".parse().unwrap(),
            latency_p95: 200_000,
        },
        top: 2,
        interrupted: false,
        max_rejected: "10%".parse().unwrap(),
        rates_filtered,
        warnings: Vec::new(),
    }
}

/// Many routes with one 5xx each once pushed the route with every 4xx out of the report.
#[test]
fn the_worst_of_each_kind_is_in_the_ranking() {
    let tally = tally(&[
        ("/busy-a", "a", 200, None, 500),
        ("/busy-b", "b", 200, None, 400),
        ("/login", "l", 401, None, 90),
        ("/admin", "m", 403, None, 80),
        ("/rare-a", "r", 500, None, 2),
        ("/rare-b", "s", 500, None, 1),
        ("/rare-c", "t", 500, None, 1),
        ("/slow", "w", 200, Some(9_000_000), 25),
        ("/calm", "c", 200, None, 30),
    ]);
    let top = top(&tally, 2);
    let names: Vec<_> = top.routes.iter().map(|route| route.route.visible()).collect();
    let expected = ["/busy-a", "/busy-b", "/login", "/admin", "/slow", "/rare-a", "/rare-b"];
    assert_eq!(names, expected);
    let names: Vec<_> = top.clients.iter().map(|client| client.name.visible()).collect();
    assert_eq!(names, ["a", "b", "l", "m", "r", "s"]);
}

#[test]
fn rates_that_a_filter_made_are_not_judged() {
    let tally = tally(&[("/", "a", 503, None, 7)]);
    for (filtered, met) in [(false, [Some(true), Some(false), None]), (true, [None; 3])] {
        let targets = verdict::targets(&tally, None, &meta(filtered));
        assert_eq!(targets.iter().map(|target| target.met).collect::<Vec<_>>(), met);
        assert_eq!(targets[1].observed, Some(1.0));
    }
}

/// A p95 that can only be larger misses a target for sure, and meets none.
#[test]
fn a_lower_bound_meets_no_target() {
    for (given_up, took, lower_bound, met) in [
        (0, 50_000, false, Some(true)),
        (4, 50_000, false, Some(true)),
        (10, 50_000, true, None),
        (10, 900_000, true, Some(false)),
    ] {
        let tally = tally(&[
            ("/", "a", 200, Some(10_000), 100 - given_up),
            ("/", "a", 499, Some(took), given_up),
        ]);
        let latency = latency(&tally, &[]);
        let target = verdict::targets(&tally, latency.as_ref(), &meta(false)).pop().unwrap();
        assert_eq!((target.lower_bound, target.met), (lower_bound, met), "{given_up} {took}");
    }
}

/// A column that looks like a latency comes from the reading to the source, the warnings and the
/// verdict.
#[test]
fn a_latency_that_was_not_read_is_told() {
    let line =
        "192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl\" ?\n";
    let reader = Box::new(std::io::Cursor::new(line));
    let input =
        input::Input::from_readers(vec![("access.log".into(), reader)], input::Options::default());
    let sample = input.sample(0, None);
    let lines: Vec<&[u8]> = sample.head.split(|byte| *byte == b'\n').collect();
    let mut reading = crate::format::detect::detect(&lines, None).unwrap();
    let why = "column 1 looks like seconds: --log-format settles it";
    reading.unread_latency = Some(why.into());
    let plan = crate::scan::Plan {
        parsers: vec![Some(reading.parser.clone())],
        max_line_bytes: 4096,
        threads: 1,
        ..crate::scan::Plan::default()
    };
    let report = build(&input, &[Ok(reading)], &crate::scan::scan(&input, &plan), &meta(false));
    assert_eq!(report.input.sources[0].unread_latency.as_deref(), Some(why));
    assert_eq!(report.warnings, [format!("latency was not read: {why}")]);
    assert_eq!(
        report.verdict.reasons,
        ["the error rates are below their targets; latency was not read"]
    );
}
