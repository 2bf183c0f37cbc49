//! Snapshots, safety against hostile text, and widths.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::render::example;

fn text(report: &Report, style: &Style) -> String {
    let mut out = Vec::new();
    render(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The styles that a test of everything goes through.
fn styles(width: usize) -> [Style; 3] {
    let style = example::style(width);
    [
        style.clone(),
        Style { color: true, ..style.clone() },
        Style { ascii: true, zone_name: "\u{1b}Zone/::é".into(), ..style },
    ]
}

/// A text without our own SGR sequences: `ESC [ digits ; ... m`.
fn strip(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let code = &rest[at + 2..];
        let end = code.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
        assert_eq!(&code[end..=end], "m", "an escape that is no colour");
        rest = &code[end + 1..];
    }
    out + rest
}

#[test]
fn nothing_is_wider_than_the_screen() {
    for (name, report) in example::all() {
        // The hostile one at every width, the others at some of each layout.
        let step = if name == "hostile" { 1 } else { 9 };
        for width in (40..=200).step_by(step) {
            for style in styles(width) {
                for line in strip(&text(&report, &style)).lines() {
                    let used = super::line::width(line);
                    assert!(used <= width, "{name} at {width}: {used} columns: {line}");
                    let drawn = unicode_width::UnicodeWidthStr::width(line);
                    assert!(drawn <= width, "{name} at {width}: {drawn} drawn: {line}");
                    assert_eq!(line, line.trim_end(), "{name} at {width}: a space ends the line");
                }
            }
        }
    }
}

#[test]
fn hostile_text_is_harmless() {
    let report = example::hostile();
    for width in [40, 80, 131, 200] {
        for style in styles(width) {
            let out = text(&report, &style);
            let plain = strip(&out);
            assert_eq!(style.color, plain != out);
            for c in plain.chars() {
                assert!(c == '\n' || !c.is_control(), "{c:?} at {width}");
                let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fe0f}');
                assert!(!turns, "{c:?} at {width}");
                assert!(!style.ascii || c.is_ascii(), "{c:?} is no ASCII, at {width}");
            }
            for line in plain.lines() {
                assert!(!line.trim_start().starts_with("::"), "{line}");
                assert!(!line.contains("##[") && !line.contains("##vso["), "{line}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for (name, report) in example::all() {
        for width in [40, 80, 200] {
            let style = example::style(width);
            let colored = text(&report, &Style { color: true, ..style.clone() });
            let plain = strip(&colored);
            let plain: Vec<&str> = plain.lines().map(str::trim_end).collect();
            assert_eq!(plain, text(&report, &style).lines().collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn the_answer_is_first_and_last() {
    let out = text(&example::incident(), &example::style(80));
    assert!(out.lines().next().unwrap().contains("✗ CRITICAL"));
    assert!(out.lines().last().unwrap().contains("✗ critical  5xx are 2.43 % of requests"));
    let [verdict, incidents, targets] = [" ✗ 5xx are", " ✗ 2  critical", " Targets "]
        .map(|part| out.find(part).unwrap_or_else(|| panic!("{part} in\n{out}")));
    assert!(verdict < incidents && incidents < targets, "{out}");
}

/// The last line tells of an incident as far as it has room, and not of a scanner.
#[test]
fn the_last_line_names_the_worst_incident() {
    for (report, columns, end) in [
        (example::incident(), 80, "of requests; worst incident 2, 12:42–13:06"),
        (example::incident(), 130, "(and 1 more); worst incident 2, 12:42–13:06"),
        (example::many_incidents(), 80, "1 critical (and 1 more); worst incident 4, 10:39–10:43"),
        (example::only_a_scanner(), 200, "below their targets"),
        (example::overlapping(), 40, "5xx are 0.373 % of requests"),
    ] {
        let out = text(&report, &example::style(columns));
        let last = out.lines().last().unwrap();
        assert!(last.ends_with(end), "{end} in {last}");
    }
}

#[test]
fn a_missed_target_is_not_rounded_to_its_limit() {
    let out = text(&example::combined_only(), &example::style(80));
    let row = out.lines().find(|line| line.contains("< 5 %") && line.contains("missed")).unwrap();
    assert!(row.contains("5.0001 %"), "{row}");
}

#[test]
fn snapshots() {
    let style = example::style(80);
    let wide = example::style(120);
    let ascii = Style { ascii: true, ..style.clone() };
    let color = Style { color: true, ..style.clone() };
    for (name, report, style) in [
        ("incident-80", example::incident(), &style),
        ("incident-120", example::incident(), &wide),
        ("incident-160", example::incident(), &example::style(160)),
        ("incident-ascii", example::incident(), &ascii),
        ("incident-color", example::incident(), &color),
        ("healthy-80", example::healthy(), &style),
        ("combined-80", example::combined_only(), &style),
        ("unread-80", example::unread_latency(), &style),
        ("filtered-80", example::filtered(), &style),
        ("rejects-80", example::many_rejects(), &style),
        ("cdn-80", example::cdn(), &style),
        ("balancer-80", example::balancer(), &style),
        ("balancer-160", example::balancer(), &example::style(160)),
        ("balancer-ascii", example::balancer(), &ascii),
        ("tiny-40", example::tiny(), &example::style(40)),
        ("nothing-80", example::nothing_parsed(), &style),
        ("overlapping-40", example::overlapping(), &example::style(40)),
        ("overlapping-60", example::overlapping(), &example::style(60)),
        ("overlapping-80", example::overlapping(), &style),
        ("overlapping-130", example::overlapping(), &example::style(130)),
        ("overlapping-ascii", example::overlapping(), &ascii),
        ("periodic-80", example::periodic(), &style),
        ("many-incidents-80", example::many_incidents(), &style),
        ("scanner-80", example::only_a_scanner(), &style),
        ("week-80", example::week_with_one_bad_minute(), &style),
        ("hostile-80", example::hostile(), &style),
    ] {
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, text(&report, style));
        });
    }
}
