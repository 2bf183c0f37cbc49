//! Lines that are no requests: every one is accounted for.

use crate::support::{number, statlog};
use crate::{folder, line, lines};
use serde_json::json;

/// A log in which these of ten lines are broken.
fn broken(count: usize) -> String {
    let good: String = (0..10 - count).map(|at| line(at, "/", 200)).collect();
    let bad: String = (0..count).map(|at| line(at, "/", 200).replace(" 200 ", " OK ")).collect();
    good + &bad
}

#[test]
fn too_many_rejects_are_an_error_with_a_report() {
    for (count, arguments, code) in [
        // 10 % are the most that are borne; so are those that are given.
        (0, &[][..], 0),
        (1, &[], 0),
        (1, &["--max-rejected", "9%"], 3),
        (2, &[], 3),
        (2, &["--max-rejected", "50%"], 0),
        (5, &["--max-rejected", "50%"], 0),
        (6, &["--max-rejected", "50%"], 3),
    ] {
        let arguments = ["analyze", "--log-format", "nginx-combined"].iter().chain(arguments);
        let text = statlog(arguments.clone()).stdin(broken(count)).done();
        assert_eq!(text.code, code, "{count}: {}", text.errors());
        assert!(text.text().contains("requests in"), "{}", text.text());
        let warning = format!("{count} of 10 lines ({count}0.0 %) were not understood");
        let top: String = text.text().lines().take(8).collect::<Vec<_>>().join(" ");
        assert_eq!(top.contains(&warning), code == 3, "{count}: {}", text.text());
        let report = statlog(arguments).args(["--format", "json"]).stdin(broken(count)).done();
        let report = report.json();
        assert_eq!(number(&report, "/input/parsed"), 10 - count as u64);
        assert_eq!(number(&report, "/input/rejected"), count as u64);
        let said = report["warnings"].to_string().contains("were not understood");
        assert_eq!(said, code == 3, "{count}");
    }
}

#[test]
fn lines_that_are_no_faults_are_skipped_by_kind() {
    let log = format!(
        "#Software: some server\n\n   \n2025/10/10 13:00:00 [error] 7#7: *1 open() failed\n[Fri \
         Oct 10 13:00:00.123456 2025] [core:error] [pid 7] AH00126: Invalid URI\n{}",
        lines(&[200, 404])
    );
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    let source = &report["input"]["sources"][0];
    assert_eq!(source["skipped"], json!({"blank": 2, "comment": 1, "error_log": 2}));
    assert_eq!(source["rejected"], json!({}));
    assert_eq!(number(&report, "/input/lines"), 7);
}

#[test]
fn a_line_that_is_too_long_harms_no_other() {
    let long = line(1, &format!("/{}", "a".repeat(70_000)), 200);
    let log = format!("{}{long}{}", lines(&[200]).repeat(10), lines(&[500]).repeat(10));
    for threads in ["1", "3"] {
        let report = statlog(["analyze", "--format", "json", "--threads", threads])
            .stdin(log.clone())
            .report();
        let source = &report["input"]["sources"][0];
        assert_eq!(source["rejected"], json!({"too_long": 1}));
        assert_eq!(source["parsed"], 20);
        let report = statlog(["analyze", "--format", "json", "--max-line", "100kB"])
            .stdin(log.clone())
            .report();
        assert_eq!(number(&report, "/input/parsed"), 21);
    }
}

/// Samples are the first three of each reason, with their line numbers, however the file is cut
/// among threads.
#[test]
fn samples_of_rejects_have_their_line_numbers() {
    // About 3 MB: a dozen chunks.
    let mut log: Vec<String> =
        (0..30_000).map(|at| line(at / 10, &format!("/{}", at % 7), 200)).collect();
    let bad: &[(&str, &[usize], &str, &str)] = &[
        ("bad_status", &[12, 9_000, 9_001, 15_000, 29_999], " 200 ", " 20x "),
        ("bad_time", &[14_999, 15_001, 22_000], "/Oct/", "/Okt/"),
        ("bad_number", &[27_000, 27_001, 28_000, 28_001], " 512 ", " 5k2 "),
    ];
    for (_, numbers, from, to) in bad {
        for number in *numbers {
            log[number - 1] = log[number - 1].replace(from, to);
        }
    }
    let files = folder(&[("access.log", &log.concat())]);
    let mut first = None;
    for threads in 1..=4 {
        let report = statlog(["analyze", "--format", "json", "access.log", "--threads"])
            .arg(threads.to_string())
            .dir(&files)
            .report();
        let source = &report["input"]["sources"][0];
        for (reason, numbers, _, to) in bad {
            assert_eq!(source["rejected"][reason], numbers.len(), "{reason}");
            let samples = source["reject_samples"].as_array().expect("it has samples");
            let found: Vec<_> =
                samples.iter().filter(|sample| sample["reason"] == *reason).collect();
            let lines: Vec<_> = found.iter().filter_map(|sample| sample["line"].as_u64()).collect();
            let expected: Vec<_> = numbers.iter().take(3).map(|number| *number as u64).collect();
            assert_eq!(lines, expected, "{reason}, {threads} threads");
            assert!(found.iter().all(|sample| sample["text"].to_string().contains(to)));
        }
        assert_eq!(number(&report, "/input/lines"), 30_000);
        assert_eq!(first.get_or_insert_with(|| report.clone()), &report, "{threads} threads");
    }
}

#[test]
fn the_books_balance() {
    for (log, counted) in [
        (broken(3), 10),
        (lines(&[200, 100, 999, 444]) + "\n# comment\n", 6),
        (lines(&[200, 200]).replace('\n', "\r\n"), 2),
        (lines(&[200, 200]).trim_end().to_owned(), 2),
        (lines(&[200]) + "192.0.2.1 - - [10/Oct/2025:13:00:00 +0000] \"GET / HTTP/1.1\" 20", 2),
        // NULs are no line of their own, neither before one nor at the end.
        (format!("{}\0\0\0\0{}\0\0", lines(&[200, 200]), line(3, "/", 200)), 3),
        (format!("{}\0\0\n", lines(&[200, 200])), 3),
    ] {
        let done = statlog(["analyze", "--format", "json", "--max-rejected", "100%"])
            .args(["--log-format", "nginx-combined"])
            .stdin(log.clone())
            .done();
        let report = done.json();
        let [lines, parsed, skipped, rejected] = ["lines", "parsed", "skipped", "rejected"]
            .map(|name| number(&report, &format!("/input/{name}")));
        assert_eq!(lines, parsed + skipped + rejected, "{log:?}");
        assert_eq!(lines, counted, "{log:?}");
        assert_eq!(number(&report, "/input/bytes"), log.len() as u64, "{log:?}");
    }
}

/// A log of which nothing is read is not hidden by a large one beside it.
#[test]
fn too_many_rejects_in_one_of_several_logs() {
    let files = folder(&[
        ("good.log", &lines(&[200, 304]).repeat(200)),
        ("bad.log", &"2025 hello\n".repeat(30)),
        ("half.log", &(lines(&[200, 200]) + "2025 hello\n")),
    ]);
    for (names, flags, code, warning) in [
        (&["good.log", "bad.log"][..], &[][..], 3, "bad.log: none of its 30 lines was understood"),
        (
            &["good.log", "half.log"],
            &[],
            3,
            "half.log: 1 of its 3 lines (33.3 %) were not understood",
        ),
        (&["good.log", "half.log"], &["--max-rejected", "40%"], 0, ""),
        (
            &["good.log", "half.log", "bad.log"],
            &[],
            3,
            "bad.log: none of its 30 lines was understood; in 1 other source too many were not",
        ),
    ] {
        let done = statlog(["analyze", "--format", "json", "--log-format", "nginx-combined"])
            .args(flags)
            .args(names)
            .dir(&files)
            .done();
        assert_eq!(done.code, code, "{names:?}: {}", done.errors());
        let said = done.json()["warnings"].to_string();
        match warning {
            "" => assert_eq!(said, "[]"),
            warning => {
                assert!(said.contains(warning), "{said}");
                done.says(3, warning);
            }
        }
    }
}

/// Of a log that no format reads the lines are told apart as of any other.
#[test]
fn lines_of_a_log_that_is_not_read_are_told_apart() {
    let error = "2025/10/10 13:00:00 [error] 7#7: *1 open() failed\n".repeat(5);
    let long = format!("{}\n", "a".repeat(70_000));
    let files = folder(&[
        ("access.log", &lines(&[200, 404])),
        ("error.log", &error),
        ("app.log", &format!("started\n\n{long}{}", "2025 hello\n".repeat(5))),
    ]);
    let report =
        statlog(["analyze", "--format", "json", "access.log", "error.log"]).dir(&files).report();
    let source = &report["input"]["sources"][1];
    assert_eq!(source["skipped"], json!({"error_log": 5}));
    assert_eq!((&source["rejected"], &source["error"]), (&json!({}), &json!(null)));
    assert_eq!(report["complete"], true);

    let done = statlog(["analyze", "--format", "json", "access.log", "app.log"]).dir(&files).done();
    done.says(3, "app.log: is in no known format");
    let source = &done.json()["input"]["sources"][1];
    assert_eq!(source["skipped"], json!({"blank": 1}));
    assert_eq!(source["rejected"], json!({"other_shape": 6, "too_long": 1}));
}

/// Who has given a format is not told to give one.
#[test]
fn the_advice_fits_a_given_format() {
    let files = folder(&[("a.log", "x\n".repeat(20).as_str())]);
    let given = ["analyze", "--format", "json", "--log-format", "nginx-combined", "a.log"];
    let report = statlog(given).dir(&files).done().json();
    let said = report["warnings"].to_string();
    assert!(said.contains("the format that was given does not read them"), "{said}");
    assert!(!said.contains("--log-format"), "{said}");
}
