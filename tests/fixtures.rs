//! Every folder of `fixtures/` is a log and the report that it must give, byte for byte, whatever
//! the number of threads.

#![allow(missing_docs, reason = "a test binary has no readers of documentation")]

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{number, statlog};

/// Set to rewrite the reports.
const UPDATE: &str = "STATLOG_UPDATE_FIXTURES";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Names of the cases.
fn cases() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("fixtures can be read")
        .map(|entry| entry.expect("fixtures can be read"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 16, "only {names:?}");
    names
}

/// Words of a line as a shell splits it; single quotes are the only ones.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.trim_end().chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    assert!(!quoted, "an open quote: {line}");
    words
}

#[test]
fn words_of_a_shell() {
    assert_eq!(words("--log-format '%h \"%r\"' -n 3\n"), ["--log-format", "%h \"%r\"", "-n", "3"]);
    assert_eq!(words("a'b c'd ''"), ["ab cd", ""]);
    assert_eq!(words(""), [""; 0]);
}

/// The JSON report of a case.
fn report(case: &str, threads: &str) -> Vec<u8> {
    let folder = folder().join(case);
    let more = std::fs::read_to_string(folder.join("args")).unwrap_or_default();
    let done = statlog(["analyze", "access.log", "--format", "json", "--threads", threads])
        .args(words(&more))
        .dir(&folder)
        .done();
    assert_eq!((done.code, done.errors()), (0, ""), "{case}");
    done.stdout
}

/// Where two texts differ: what only the first has, what only the second has, and a little before.
fn difference(expected: &str, found: &str) -> String {
    const AROUND: usize = 3;
    const MOST: usize = 30;
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old[start..].iter().rev(), new[start..].iter().rev());
    let end = old_end.zip(new_end).take_while(|(a, b)| a == b).count();
    let mut text = format!("from line {}:\n", start + 1);
    for line in &old[start.saturating_sub(AROUND)..start] {
        text.push_str(&format!("  {line}\n"));
    }
    for (sign, lines) in [('-', &old[start..old.len() - end]), ('+', &new[start..new.len() - end])]
    {
        for line in lines.iter().take(MOST) {
            text.push_str(&format!("{sign} {line}\n"));
        }
        if lines.len() > MOST {
            text.push_str(&format!("{sign} ... {} more lines\n", lines.len() - MOST));
        }
    }
    text
}

#[test]
fn reports_are_as_recorded() {
    let mut wrong = Vec::new();
    for case in cases() {
        let path = folder().join(&case).join("report.json");
        let found = report(&case, "1");
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &found).expect("fixtures can be written");
            continue;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let found = String::from_utf8(found).expect("JSON is UTF-8");
        if found != expected {
            wrong.push(format!("{}: {}", path.display(), difference(&expected, &found)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nwhen the new reports are right, {UPDATE}=1 cargo test --test fixtures records them",
        wrong.join("\n")
    );
}

#[test]
fn threads_change_nothing() {
    for case in cases() {
        let one = report(&case, "1");
        for threads in ["2", "7"] {
            let (one, more) = (String::from_utf8_lossy(&one), report(&case, threads));
            let more = String::from_utf8_lossy(&more);
            assert!(one == more, "{case}, {threads} threads: {}", difference(&one, &more));
        }
    }
}

#[test]
fn reports_are_as_the_schema_says() {
    let schema = statlog(["schema"]).done().json();
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    for case in cases() {
        let report: Value = serde_json::from_slice(&report(&case, "1")).expect("it is JSON");
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{case}: {errors:#?}");
        let [lines, parsed, skipped, rejected] = ["lines", "parsed", "skipped", "rejected"]
            .map(|name| number(&report, &format!("/input/{name}")));
        assert_eq!(lines, parsed + skipped + rejected, "{case}");
    }
}

/// The page beside the cases names each, with its number of lines.
#[test]
fn the_page_of_the_fixtures_is_right() {
    let page = std::fs::read_to_string(folder().join("README.md")).expect("it is there");
    for case in cases() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{case}` |")));
        let row = row.unwrap_or_else(|| panic!("fixtures/README.md does not name {case}"));
        let said = row.split('|').nth(2).expect("a row has columns").trim().replace(',', "");
        let report: Value = serde_json::from_slice(&report(&case, "1")).expect("it is JSON");
        assert_eq!(said, number(&report, "/input/lines").to_string(), "lines of {case}");
    }
}
