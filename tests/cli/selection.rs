//! Which requests are counted, and how many rows are shown.

use crate::support::{Done, number, statlog};
use crate::{folder, line, lines};
use serde_json::Value;

/// An hour, a request a minute; the second half of it fails.
fn hour() -> String {
    (0..60)
        .map(|minute| {
            let (path, status) = if minute < 30 { ("/good", 200) } else { ("/bad", 503) };
            line(minute * 60, path, status)
        })
        .collect()
}

fn run(arguments: &[&str]) -> Done {
    let files = folder(&[("access.log", &hour())]);
    statlog(["analyze", "--format", "json", "access.log"]).args(arguments).dir(&files).done()
}

#[test]
fn windows_are_half_open() {
    for (arguments, counted, start, end) in [
        (&[][..], 60, "13:00", "13:59"),
        (&["--since", "2025-10-10T13:30:00Z"], 30, "13:30", "13:59"),
        (&["--until", "2025-10-10T13:30:00Z"], 30, "13:00", "13:29"),
        (&["--since", "2025-10-10 13:10", "--until", "2025-10-10 13:12"], 2, "13:10", "13:11"),
        (
            &[
                "--since",
                "2025-10-10 15:10",
                "--until",
                "2025-10-10 15:12",
                "--tz",
                "Europe/Berlin",
            ],
            2,
            "13:10",
            "13:11",
        ),
        (&["--since", "@1760102000"], 46, "13:14", "13:59"),
        (&["--last", "10m"], 10, "13:50", "13:59"),
        (&["--last", "1s"], 1, "13:59", "13:59"),
        (&["--last", "2d"], 60, "13:00", "13:59"),
    ] {
        let done = run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}: {}", done.errors());
        let report = done.json();
        assert_eq!(number(&report, "/totals/requests"), counted, "{arguments:?}");
        assert_eq!(number(&report, "/input/filtered"), 60 - counted, "{arguments:?}");
        assert_eq!(number(&report, "/input/parsed"), 60, "{arguments:?}");
        assert_eq!(report["window"]["start"], format!("2025-10-10T{start}:00Z"), "{arguments:?}");
        assert_eq!(report["window"]["end"], format!("2025-10-10T{end}:00Z"), "{arguments:?}");
    }
}

#[test]
fn filters() {
    for (filters, counted) in [
        (&["status=503"][..], 30),
        (&["status!=503"], 30),
        (&["class=2xx,5xx"], 60),
        (&["route=/good"], 30),
        (&["route~^/b"], 30),
        (&["route!~^/b", "class=2xx"], 30),
        (&["method=GET", "client=192.0.2.0/24"], 60),
    ] {
        let arguments: Vec<&str> = filters.iter().flat_map(|filter| ["--where", filter]).collect();
        let done = run(&arguments);
        assert_eq!(done.code, 0, "{filters:?}: {}", done.errors());
        assert_eq!(number(&done.json(), "/totals/requests"), counted, "{filters:?}");
    }
    // The rates of a filter on the status say nothing, and that is no fault of the input.
    for (filter, status, [client, server]) in [
        ("status=503", "unknown", [Value::Null, Value::Null]),
        ("class!=5xx", "unknown", [Value::Null, Value::Null]),
        ("route=/bad", "critical", [true.into(), false.into()]),
    ] {
        let report = run(&["-w", filter]).json();
        assert_eq!(report["verdict"]["status"], status, "{filter}");
        assert_eq!(
            (&report["targets"][0]["met"], &report["targets"][1]["met"]),
            (&client, &server)
        );
    }
    // Nothing left is nothing to judge by.
    let done = run(&["-w", "host=example.org"]);
    done.says(3, "no request was counted");
    assert_eq!(done.json()["verdict"]["status"], "unknown");
    assert_eq!(done.json()["window"], Value::Null);
}

#[test]
fn what_cannot_be_selected_is_a_usage_error() {
    for (arguments, part) in [
        (&["--since", "yesterday"][..], "--since: \"yesterday\" is not a time"),
        (&["--since", "15:04"], "lacks its date"),
        (&["--since", "now", "--until", "1h"], "is not before --until"),
        (&["--last", "10"], "--last: "),
        (&["--deploy-at", "13:30"], "--deploy-at: \"13:30\" lacks its date"),
        (&["--tz", "Europe/Berln"], "did you mean 'Europe/Berlin'?"),
        (&["--where", "statu=500"], "did you mean 'status'?"),
        (&["--where", "status~5.."], "status"),
        (&["--where", "route~("], "route"),
        (&["--where", "client=10.0.0.0/33"], "10.0.0.0/33"),
    ] {
        let done = run(arguments);
        done.says(2, part);
        assert_eq!(done.text(), "", "{arguments:?}");
    }
    let done = statlog(["analyze", "--last", "10m"]).stdin(lines(&[200])).done();
    done.says(2, "a pipe can be read only once");
}

#[test]
fn times_are_shown_in_the_zone_of_the_log_or_of_the_flag() {
    let log = hour().replace("+0000", "+0900");
    for (arguments, part) in [
        (&[][..], "2025-10-10 13:00:00 – 13:59:00 +09:00"),
        (&["--tz", "UTC"], "2025-10-10 04:00:00 – 04:59:00 UTC"),
        (&["--tz", "America/New_York"], "2025-10-10 00:00:00 – 00:59:00 America/New_York"),
    ] {
        let done = statlog(["analyze"]).args(arguments).stdin(log.clone()).done();
        assert!(done.text().contains(part), "{part}: {}", done.text());
    }
}

/// Nothing of such a log is set aside, so counting all changes nothing.
#[test]
fn counting_all_is_no_other_report() {
    let all = run(&["--count-all"]).json();
    assert_eq!(all, run(&[]).json());
    assert_eq!(
        (&all["input"]["set_aside"], &all["set_aside"]),
        (&0.into(), &serde_json::json!([]))
    );
}

#[test]
fn top_sets_the_rows_of_the_rankings() {
    let log: String = (0..50)
        .map(|at| {
            line(at, &format!("/page-{}{}", b'a' as usize + at, "x"), 200)
                .replace("192.0.2.1 ", &format!("192.0.2.{at} "))
        })
        .collect();
    for (arguments, rows) in [(&[][..], 10), (&["--top", "3"], 3), (&["-n", "50"], 50)] {
        let report =
            statlog(["analyze", "--format", "json"]).args(arguments).stdin(log.clone()).report();
        assert_eq!(report["top"]["clients"].as_array().map(Vec::len), Some(rows));
        assert_eq!(report["top"]["cardinality"]["clients"]["keys"], 50);
    }
}

/// Who asks for the failures gets failures: their share is no news.
#[test]
fn a_filter_on_the_status_decides_the_rates() {
    for filter in ["status=503", "class=5xx", "status!=200"] {
        let done = run(&["--where", filter]);
        assert_eq!(done.code, 0, "{}", done.errors());
        let report = done.json();
        assert_eq!(report["verdict"]["status"], "unknown", "{filter}");
        let reasons = report["verdict"]["reasons"].to_string();
        assert!(reasons.contains("the rates are those of the filter"), "{reasons}");
        assert!(!reasons.contains("5xx are"), "{reasons}");
        for at in [0, 1] {
            assert_eq!(report["targets"][at]["met"], Value::Null, "{filter}");
        }
        assert_eq!(report["targets"][1]["observed"], 1.0);
    }
    // The latency is judged on; other filters leave all as it is.
    assert_eq!(run(&["--where", "route=/bad"]).json()["verdict"]["status"], "critical");
    let log = lines(&[500, 500]).replace("\"curl/8.5.0\"", "\"curl/8.5.0\" 1.500 -");
    let slow = ["analyze", "--format", "json", "-f", "nginx-combined-times", "-w", "status=500"];
    let report = statlog(slow).stdin(log).report();
    assert_eq!(report["verdict"]["status"], "degraded");
    let reasons = report["verdict"]["reasons"].as_array().expect("reasons");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

/// `--last` counts back from the newest request: one with a clock of its own hides all others.
#[test]
fn a_newest_request_that_is_far_from_the_others() {
    let future = line(0, "/", 200).replace("/2025:", "/2035:");
    for (log, arguments, warned) in [
        (hour() + &future, &["--last", "10m"][..], true),
        (hour() + &future, &["--last", "9999d"], false),
        (hour(), &["--last", "10m"], false),
        (hour(), &["--last", "1s"], false),
        (hour() + &future, &[], false),
    ] {
        let files = folder(&[("access.log", &log)]);
        let report = statlog(["analyze", "--format", "json", "access.log"])
            .args(arguments)
            .dir(&files)
            .report();
        let said = report["warnings"].to_string();
        let warning = "--last counts back from the newest request, which is of \
                       2035-10-10T13:00:00Z";
        assert_eq!(said.contains(warning), warned, "{arguments:?}: {said}");
        assert_eq!(said.contains("2025-10-10T13:59:01Z"), warned, "{said}");
    }
}

#[test]
fn times_without_a_zone_are_in_the_zone_that_is_said() {
    // One hour is there twice when clocks go back: a request in it counts to the first.
    let log =
        "2025-07-01T12:00:00 200 /a\n2025-07-01T12:00:01Z 200 /a\n2025-12-01T12:00:00 200 /a\n";
    let format = "{time:iso} {status} {path}";
    let arguments = ["analyze", "--format", "json", "--log-format", format];
    let assumed = statlog(arguments).stdin(log).report();
    assert_eq!(assumed["window"]["start"], "2025-07-01T12:00:00Z");
    let zone = &assumed["input"]["sources"][0]["zone"];
    assert!(zone.as_str().is_some_and(|zone| zone.contains("assumed")), "{zone}");
    let log = "2025-07-01T12:00:00 200 /a\n2025-12-01T12:00:00 200 /a\n";
    let said = statlog(arguments).args(["--tz", "Europe/Berlin"]).stdin(log).report();
    assert_eq!(said["window"]["start"], "2025-07-01T10:00:00Z");
    assert_eq!(said["window"]["end"], "2025-12-01T11:00:00Z");
    assert_eq!(said["input"]["sources"][0]["zone"], "Europe/Berlin (no zone in the log: as said)");
}
