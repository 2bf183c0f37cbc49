//! What an incident tells, and what it leaves out.
#![allow(clippy::unwrap_used)]

use super::order::SHOWN;
use super::*;
use crate::render::example;
use crate::render::terminal::line::tests::text;
use crate::report::{Cause, Level, Missing};

fn shown_text(report: &Report, columns: usize) -> String {
    text(incidents(report, &example::style(columns), columns))
}

#[test]
fn an_incident_says_when_how_much_and_where() {
    let all = shown_text(&example::incident(), 80);
    for part in [
        "1 critical, 1 info; the worst first",
        " ✗ 2  critical  5xx spike (504, 502)  12:42–13:06  24 min",
        "+4,805 errors from 12:48 · 0.0094 % → 42.2 % of requests",
        "where   85.2 % on POST /api/reports/{id}, 37.8 % of the traffic",
        "spread evenly over networks and user agents",
        "slow +13,263 from 12:42",
        "latency p95 118 ms → 60.0 s\n",
        " · 1  info      scanner",
    ] {
        assert!(all.contains(part), "{part} in\n{all}");
    }
    assert!(all.find(" ✗ 2 ") < all.find(" · 1 "), "{all}");
}

/// The mark says it too, not the colour alone.
#[test]
fn an_open_incident_says_so_at_every_width() {
    for columns in [40, 60, 80, 130, 200] {
        let all = shown_text(&example::overlapping(), columns);
        assert!(all.contains("still open"), "{columns}: {all}");
        assert!(all.contains("≈96"), "{columns}: {all}");
        assert!(all.contains("acme-sync/2.3"), "{columns}: {all}");
    }
}

#[test]
fn ten_are_shown_and_the_others_counted() {
    let mut report = example::many_incidents();
    report.incidents.iter_mut().for_each(|incident| incident.follows = None);
    let all = shown_text(&report, 80);
    let heads = all.lines().filter(|line| line.contains("500 spike")).count();
    assert_eq!(heads, SHOWN, "{all}");
    assert!(all.contains(" 1 more, in the JSON report: 1 info\n"), "{all}");
    assert!(all.lines().nth(1).unwrap().starts_with(" ✗  4  critical"), "{all}");
    let excess: Vec<f64> = shown(&report)[1..].iter().map(|i| i.excess).collect();
    let severity: Vec<_> = shown(&report)[1..].iter().map(|i| i.severity).collect();
    for at in 1..excess.len() {
        assert!(severity[at - 1] > severity[at] || excess[at - 1] >= excess[at], "{excess:?}");
    }
}

/// None were found only where they would have been.
#[test]
fn that_there_are_none_is_said_once_it_is_known() {
    assert_eq!(shown_text(&example::healthy(), 80), " No incidents\n");
    for report in [example::tiny(), example::nothing_parsed(), example::filtered()] {
        assert_eq!(shown_text(&report, 80), "");
    }
}

#[test]
fn a_latency_that_hardly_changed_is_not_told() {
    let mut report = example::incident();
    report.incidents[1].causes.clear();
    let told = |report: &Report| shown_text(report, 80).contains("p95 ");
    assert!(told(&report));
    let latency = report.incidents[1].latency.as_mut().unwrap();
    (latency.p50, latency.p95) = (latency.p50_before * 1.2, latency.p95_before * 0.6);
    assert!(!told(&report));
    let latency = report.incidents[1].latency.as_mut().unwrap();
    latency.p50 *= 2.0;
    assert!(shown_text(&report, 80).contains("p50 "));
}

/// Ten in full would be a wall of text.
#[test]
fn the_first_incidents_are_told_in_full() {
    let mut report = example::many_incidents();
    for incident in &mut report.incidents {
        incident.severity = Severity::Critical;
        incident.causes.clear();
        incident.latency = example::incident().incidents[1].latency;
        incident.spread_over = vec!["route"];
        incident.culprits.push(incident.culprits[0].clone());
    }
    let all = shown_text(&report, 80);
    for (part, times) in [("p95 118 ms", IN_FULL), ("99.", SHOWN + IN_FULL), ("evenly", SHOWN)] {
        assert_eq!(all.matches(part).count(), times, "{part} in\n{all}");
    }
}

#[test]
fn a_count_of_a_sample_says_so_once() {
    let all = shown_text(&example::overlapping(), 120);
    let sampled: Vec<&str> = all.lines().filter(|line| line.contains("from a sample")).collect();
    assert_eq!(sampled.len(), 1, "{all}");
    assert!(sampled[0].contains("where   ≈96.0 % on user agent acme-sync/2.3"), "{all}");
}

/// The rows of one incident, from its heading on.
fn rows_of(report: &Report, id: &str, columns: usize) -> String {
    let all = shown_text(report, columns);
    let is_head = |line: &str| !line.starts_with("  ") && line.starts_with(' ');
    let mut lines = all
        .lines()
        .skip(1)
        .skip_while(|line| !is_head(line) || line.split_whitespace().nth(1) != Some(id));
    let head = lines.next().unwrap_or_else(|| panic!("{id} in\n{all}")).to_owned();
    let rest: Vec<&str> = lines.take_while(|line| !is_head(line)).collect();
    format!("{head}\n{}\n", rest.join("\n"))
}

#[test]
fn a_cause_is_told_with_what_speaks_for_it_and_what_to_do() {
    let all = rows_of(&example::incident(), "2", 120);
    let mut rest = all.as_str();
    for part in [
        "\n      cause   very likely (91 %): the backend of POST /api/reports/{id} is too slow;",
        "\n      why     + 97.0 % of 504 end at 60.0 s: a timeout of the proxy\n              + 99.8 %",
        "\n              + its p95 rose from 118 ms to 60.0 s, 6 min before the first 504\n              - 26",
        "\n      who     the application\n",
        "\n      do      1 grep 'upstream timed out' error.log | grep /api/reports/\n              2 the slow",
        "\n              3 make the work",
        "\n      else    Too few workers at the peak · maybe (6 %) · to decide: busy workers and queue of the backend",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} in\n{rest}\nof\n{all}"));
        // A row may begin where the last one ends.
        rest = &rest[at + part.len() - 1..];
    }
    // The fifth is in the JSON report, and the cliff is evidence.
    assert!(!all.contains("client aborts at 10.0 s") && !all.contains("look at"), "{all}");
}

/// The words are no surer than the cause.
#[test]
fn a_level_has_its_word() {
    let mut report = example::incident();
    for (level, confidence, expected) in [
        (Level::High, 0.999, "cause   very likely (99 %): the backend"),
        (Level::Medium, 0.644, "cause   likely (64 %): the backend"),
        (Level::Low, 0.2, "cause   maybe (20 %): the backend"),
        (Level::Low, 0.0, "cause   maybe (1 %): the backend"),
        (Level::Low, f64::NAN, "cause   maybe (1 %): the backend"),
    ] {
        let cause = &mut report.incidents[1].causes[0];
        (cause.level, cause.confidence) = (level, confidence);
        let all = rows_of(&report, "2", 80);
        assert!(all.contains(expected), "{expected} in\n{all}");
        // What a guess does not tell is told as it was.
        assert_eq!(all.contains("look at proxy_read_timeout"), level == Level::Low, "{all}");
    }
}

#[test]
fn what_the_log_does_not_explain_is_said_first() {
    let all = rows_of(&example::week_with_one_bad_minute(), "1", 80);
    let at = |part: &str| all.find(part).unwrap_or_else(|| panic!("{part} in\n{all}"));
    let order = [
        "cause   not explained by the log\n",
        "decides whether a backend sent the 503; add to the log: $upstream_status",
        "maybe   31 %: the backends were restarted",
        "who     the configuration",
        "do      1 the deploys",
    ];
    assert!(order.map(at).is_sorted(), "{all}");
    assert!(!all.contains("likely") && !all.contains("needs"), "{all}");
    let mut report = example::week_with_one_bad_minute();
    report.incidents[0].causes.truncate(1);
    let all = rows_of(&report, "1", 80);
    assert!(all.contains("cause   not explained by the log\n") && !all.contains("maybe"), "{all}");
    report.incidents[0].causes.clear();
    assert!(!rows_of(&report, "1", 80).contains("cause"));
}

#[test]
fn a_missing_field_is_named_with_what_to_add() {
    let all = rows_of(&example::overlapping(), "2", 120);
    let needs = "needs   whether the proxy or the application sent the 429; add to the log: \
                 $upstream_status $upstream_addr";
    assert!(all.contains(needs), "{all}");
    // What the best needs is not told twice.
    assert!(all.contains("to decide: which key the limit counts by"), "{all}");
    let mut report = example::overlapping();
    let missing = report.incidents[1].causes[0].missing.clone();
    report.incidents[1].causes[1].missing = missing;
    assert!(rows_of(&report, "2", 120).contains("to decide: the key of limit_req_zone"));
}

/// The sixth and those behind it, and those that nobody needs to get up for.
#[test]
fn a_cause_in_brief_is_one_row() {
    let all = rows_of(&example::incident(), "1", 80);
    assert!(all.ends_with("      cause   404 scanner · very likely (96 %)\n"), "{all}");
    let mut report = example::many_incidents();
    for incident in &mut report.incidents {
        (incident.severity, incident.follows) = (Severity::Critical, None);
    }
    let all = shown_text(&report, 100);
    assert_eq!(all.matches("\n       who ").count(), IN_FULL, "{all}");
    let causes = all.lines().filter(|line| line.trim_start().starts_with("cause ")).count();
    assert_eq!(causes, SHOWN, "{all}");
    for brief in [
        "cause   not explained by the log · maybe: 503/502 during deploy (31 %)\n",
        "cause   One bad node · very likely (83 %) · owner: the operators of the origin (capacity)\n",
    ] {
        assert!(all.contains(brief), "{brief} in\n{all}");
    }
}

#[test]
fn a_consequence_names_what_it_follows() {
    let report = example::many_incidents();
    let all = rows_of(&report, "5", 80);
    let after = "       after   #4: 500 spike, 29 min earlier\n";
    assert!(all.contains(after), "{all}");
    let whole = shown_text(&report, 80);
    let heads = [" ✗  4 ", "\n !  5 ", "\n ·  "].map(|head| whole.find(head).unwrap());
    assert!(heads[0] < heads[1], "{whole}");
    let mut report = report;
    report.incidents[4].follows = Some("77".into());
    assert!(rows_of(&report, "5", 80).contains("after   #77\n"));
}

/// Evidence quotes the log: no sentence of a stranger is longer than a few rows.
#[test]
fn no_stranger_writes_a_wall() {
    let mut report = example::incident();
    let wall = "wall ".repeat(2000);
    let cause = &mut report.incidents[1].causes[0];
    let before = rows_of(&example::incident(), "2", 80).lines().count();
    *cause = Cause {
        summary: wall.clone(),
        evidence: vec![wall.clone(); 9],
        against: vec![wall.clone(); 9],
        checks: vec![wall.clone(); 9],
        missing: vec![Missing { fact: wall.clone(), add: Some(wall) }; 9],
        ..cause.clone()
    };
    let after = rows_of(&report, "2", 80).lines().count();
    assert!(after < before + 12 * 4, "{before} to {after}");
}
