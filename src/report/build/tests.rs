#![allow(clippy::unwrap_used)]
use super::*;
use crate::format::TimeMeaning;
use crate::record::{Record, Status};
use crate::report::Health;
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
        tally.count(&batch, &found, TimeMeaning::Unknown);
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
        deploys: Vec::new(),
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
        let targets = verdict::targets(&tally, &Judged::of(&tally), &meta(filtered));
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
        let judged = Judged::of(&tally);
        let target = verdict::targets(&tally, &judged, &meta(false)).pop().unwrap();
        assert_eq!((target.lower_bound, target.met), (lower_bound, met), "{given_up} {took}");
    }
}

/// Neither does one that leaves out what was given up, as such lines have no time.
#[test]
fn a_request_that_was_given_up_counts_without_a_time() {
    for (status, lower_bound) in [(504, true), (460, true), (503, false), (408, false)] {
        let tally = tally(&[("/", "a", 200, Some(10_000), 90), ("/", "a", status, None, 10)]);
        let judged = Judged::of(&tally);
        let target = verdict::targets(&tally, &judged, &meta(false)).pop().unwrap();
        assert_eq!((target.lower_bound, target.met), (lower_bound, (!lower_bound).then_some(true)));
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
    let scan = crate::scan::scan(&input, &plan);
    let report = build(&input, &[Ok(reading)], &plan, &scan, &meta(false));
    assert_eq!(report.input.sources[0].unread_latency.as_deref(), Some(why));
    assert_eq!(report.warnings, [format!("latency was not read: {why}")]);
    assert_eq!(
        report.verdict.reasons,
        ["the error rates are below their targets; latency was not read"]
    );
}

/// A tally of requests without a status, each meaning so often, and of others with 200 and 503.
fn silent(absences: &[(Absence, u64)], good: u64, bad: u64) -> Tally {
    let mut tally = Tally::default();
    let status = |status, absence, times: u64| {
        vec![Record { status, absence, ..Record::default() }; times as usize]
    };
    let absences = absences
        .iter()
        .map(|(absence, times)| status(Status::None(NoStatus::Zero), *absence, *times));
    let codes = [(200, good), (503, bad)]
        .map(|(code, times)| status(Status::Code(code), Absence::Unknown, times));
    for batch in absences.chain(codes) {
        tally.count(&batch, &vec![None; batch.len()], TimeMeaning::Unknown);
    }
    tally
}

#[test]
fn requests_without_a_status_are_told_by_meaning() {
    let tally = silent(&[(Absence::Unknown, 1), (Absence::ClientGone, 3)], 4, 0);
    let rows: Vec<_> =
        no_status(&tally).iter().map(|row| (row.spelling, row.meaning, row.count)).collect();
    assert_eq!(rows, [("000", "client_gone", 3), ("000", "unknown", 1)]);
    assert_eq!(totals(&tally).no_status, 4);
}

/// Origin timeouts are no 5xx, and are not passed over either.
#[test]
fn timeouts_without_a_status_are_never_healthy() {
    use Absence::{ClientGone, Implied200, OriginTimeout, Unknown};
    let met = "the error rates are below their targets; the log has no latency";
    let untold = "no line says what became of its request, so there are no error rates to judge; the \
                  log has no latency";
    let would = "5xx would be 0.100 % of requests (2 of 2,000) with the 2 origin timeouts that have \
                 no status, the target is below 0.1 %";
    for (absence, silent_requests, good, bad, status, reason, warning) in [
        (ClientGone, 900, 100, 0, Health::Healthy, met, None),
        (Implied200, 1000, 0, 0, Health::Healthy, met, None),
        // Nobody knows.
        (ClientGone, 1000, 0, 0, Health::Unknown, untold, None),
        (
            OriginTimeout,
            1,
            1999,
            0,
            Health::Healthy,
            met,
            Some(
                "1 request has no status, as the origin did not answer in time: failures that the \
                 5xx rate does not hold; with them it would be 0.0500 %, not 0 %",
            ),
        ),
        (OriginTimeout, 2, 1998, 0, Health::Degraded, would, None),
        (
            OriginTimeout,
            20,
            1980,
            0,
            Health::Critical,
            "5xx would be 1.00 % of requests (20 of 2,000) with the 20 origin timeouts that have no \
             status, the target is below 0.1 %",
            None,
        ),
        (
            OriginTimeout,
            100,
            1894,
            6,
            Health::Degraded,
            "5xx are 0.300 % of requests (6 of 2,000), the target is below 0.1 %",
            Some(
                "100 requests have no status, as the origin did not answer in time: failures that \
                 the 5xx rate does not hold; with them it would be 5.30 %, not 0.300 %",
            ),
        ),
        (Unknown, 4, 96, 0, Health::Healthy, met, None),
        (
            Unknown,
            5,
            95,
            0,
            Health::Healthy,
            met,
            Some(
                "5 of 100 requests (5.00 %) have no status, and the log does not say why: the \
                 error rates do not tell what became of them",
            ),
        ),
        (
            Unknown,
            9,
            0,
            0,
            Health::Unknown,
            "no line says what became of its request, so there are no error rates to judge; the \
             log has no latency",
            None,
        ),
    ] {
        let tally = silent(&[(absence, silent_requests)], good, bad);
        let requests = tally.requests;
        let scan = Scan { tally, ..Scan::default() };
        let input = input::Input::from_readers(Vec::new(), input::Options::default());
        let mut report = build(&input, &[], &Plan::default(), &scan, &meta(false));
        assert_eq!(report.totals.requests, requests);
        assert_eq!(report.verdict.status, status, "{absence:?} {silent_requests}");
        assert_eq!(report.verdict.reasons, [reason]);
        assert_eq!(report.warnings.pop().as_deref(), warning);
        // A filter made the rates: nothing would be otherwise.
        let filtered = build(&input, &[], &Plan::default(), &scan, &meta(true));
        assert!(!filtered.verdict.reasons[0].contains("would"), "{:?}", filtered.verdict);
    }
}

#[test]
fn who_answered_adds_up() {
    assert_eq!(produced_by(&silent(&[], 5, 5)).len(), 0);
    let mut tally = silent(&[(Absence::Unknown, 1)], 5, 2);
    let record = Record {
        status: Status::Code(502),
        produced_by: Some(Producer::Proxy),
        ..Record::default()
    };
    tally.count(&[record], &[None], TimeMeaning::Unknown);
    let rows: Vec<_> = produced_by(&tally)
        .iter()
        .map(|row| (row.producer, row.requests, row.client_error, row.server_error))
        .collect();
    assert_eq!(rows, [("proxy", 1, 0, 1), ("unknown", 8, 0, 2)]);
}

#[test]
fn what_is_set_aside_is_told_by_kind() {
    let mut tally = silent(&[], 1, 0);
    let record = Record { status: Status::Code(504), ..Record::default() };
    tally.set_aside(&record, Aside::CdnInternal);
    let rows: Vec<_> = set_aside(&tally)
        .iter()
        .map(|row| (row.kind, row.requests, row.client_error, row.server_error))
        .collect();
    assert_eq!(rows, [("cdn_internal", 1, 0, 1)]);
    assert_eq!(set_aside(&silent(&[], 1, 1)).len(), 0);
}

/// The lines of other virtual hosts have an entry of their own, and all entries add up.
#[test]
fn lines_in_another_format_are_a_source_of_their_own() {
    let vhost = "a.example:443 192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET / HTTP/1.1\" 200 5 \
                 \"-\" \"curl\"\n";
    let common = "192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET / HTTP/1.1\" 200 5\n";
    let timed = "192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \
                 \"curl\" 0.012\n";
    let broken = "192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] \"GET /\"a HTTP/1.1\" 200 5\n";
    let log = format!("{}{vhost}{common}{broken}hello\n", timed.repeat(20));
    let reader = Box::new(std::io::Cursor::new(log));
    let input =
        input::Input::from_readers(vec![("access.log".into(), reader)], input::Options::default());
    let sample = input.sample(0, None);
    let lines: Vec<&[u8]> = sample.head.split(|byte| *byte == b'\n').collect();
    let reading = crate::format::detect::detect(&lines, None).unwrap();
    let plan = crate::scan::Plan {
        parsers: vec![Some(reading.parser.clone())],
        max_line_bytes: 4096,
        threads: 1,
        ..crate::scan::Plan::default()
    };
    let scan = crate::scan::scan(&input, &plan);
    let report = build(&input, &[Ok(reading)], &plan, &scan, &meta(false));
    let rows: Vec<_> = report
        .input
        .sources
        .iter()
        .map(|source| {
            let format = source.format.as_deref().unwrap();
            let rejected: u64 = source.rejected.values().sum();
            assert_eq!(source.lines, source.parsed + rejected, "{format}");
            assert_eq!(source.name.visible(), "access.log");
            let (time, latency) = (source.time_field.as_deref(), source.latency_field.is_some());
            (source.mixed_in, format, source.parsed, source.recovered, time, latency)
        })
        .collect();
    let expected = [
        (false, rows[0].1, 20, 0, Some("$time_local"), true),
        (true, "apache-common", 2, 1, Some("%t"), false),
        (true, "apache-vhost-combined", 1, 0, Some("%t"), false),
    ];
    assert_eq!(rows, expected);
    let other = &report.input.sources[2];
    assert!(other.format_string.as_ref().unwrap().visible().starts_with("%v:%p %h"));
    assert_eq!((other.time_meaning, other.latency_unit), (Some("start"), None));
    assert_eq!((report.input.lines, report.input.parsed, report.input.rejected), (24, 23, 1));
    assert_eq!(report.input.files().count(), 1);
    // A few lines without a latency are no source without one.
    assert_eq!(report.warnings, [""; 0]);
}
