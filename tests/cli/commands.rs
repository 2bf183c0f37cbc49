//! The commands that read no log, help, and what is typed wrongly.

use crate::folder;
use crate::support::{shell, statlog};
use std::io::Write as _;
use std::path::Path;

#[test]
fn without_a_command_it_says_which_there_are() {
    let done = statlog([""; 0]).done();
    assert_eq!((done.code, done.text()), (2, ""));
    for part in ["Usage: statlog <COMMAND>", "analyze", "detect", "Examples:", "Exit codes:"] {
        done.says(2, part);
    }
}

#[test]
fn help_fits_a_screen() {
    for command in [&[][..], &["analyze"], &["detect"], &["explain"], &["formats"], &["config"]] {
        for (flag, most) in [("-h", 45), ("--help", 120)] {
            let done = statlog(command).arg(flag).done();
            assert_eq!((done.code, done.errors()), (0, ""), "{command:?}");
            let lines: Vec<&str> = done.text().lines().collect();
            assert!(lines.len() <= most, "{command:?} {flag}: {} lines", lines.len());
            let wide = lines.iter().find(|line| line.chars().count() > 100);
            assert_eq!(wide, None, "{command:?} {flag}");
        }
    }
}

#[test]
fn wrong_words_are_usage_errors() {
    let log = folder(&[("access.log", "")]);
    for (arguments, part) in [
        (&["analize"][..], "a similar subcommand exists: 'analyze'"),
        (&["access.log"], "statlog: to read that file: statlog analyze access.log"),
        (&["analyze", "--bogus"], "unexpected argument '--bogus'"),
        (&["analyze", "--format", "xml", "access.log"], "[possible values: text, json]"),
        (&["analyze", "--width", "39", "access.log"], "39 is not in 40..=200"),
        (&["analyze", "--width", "201", "access.log"], "201 is not in 40..=200"),
        (&["analyze", "--top", "0", "access.log"], "--top: "),
        (&["analyze", "--threads", "0", "access.log"], "--threads: "),
        (&["analyze", "--max-line", "1", "access.log"], "--max-line: "),
        (&["analyze", "--max-rejected", "110%", "access.log"], "--max-rejected: "),
        (&["analyze", "--target-latency-p95", "200", "access.log"], "--target-latency-p95: "),
        (
            &["analyze", "--color", "sometimes", "access.log"],
            "[possible values: auto, always, never]",
        ),
        (&["analyze", "--last", "1h", "--since", "2h", "access.log"], "cannot be used with"),
        (
            &["analyze", "--nginx-conf", "a", "--log-format", "b", "access.log"],
            "cannot be used with",
        ),
        (&["detect", "--line", "0", "access.log"], "--line"),
        (&["completions", "cmd"], "possible values"),
    ] {
        let done = statlog(arguments).dir(&log).done();
        done.says(2, part);
        assert_eq!(done.text(), "", "{arguments:?}");
    }
}

/// A person at a terminal who names no file is told what to do; nothing waits for them to type a
/// log.
#[test]
fn on_a_terminal_a_file_is_needed() {
    // `script` (util-linux) gives the program a terminal.
    if !Path::new("/usr/bin/script").exists() {
        let _ = writeln!(std::io::stderr(), "skipped: script(1) is not here");
        return;
    }
    let done = shell(r#"script -qefc "$0 analyze" /dev/null < /dev/null"#).done();
    assert_eq!(done.code, 2);
    assert!(done.text().contains("nothing to read: name a log file or pipe one in"));
}

#[test]
fn completions_and_manual() {
    for (shell, part) in [
        ("bash", "complete -F _statlog"),
        ("zsh", "#compdef statlog"),
        ("fish", "complete -c statlog"),
    ] {
        let done = statlog(["completions", shell]).done();
        assert_eq!((done.code, done.errors()), (0, ""), "{shell}");
        assert!(done.text().contains(part), "{shell}");
        assert!(done.text().contains("analyze"), "{shell}");
    }
    let done = statlog(["man"]).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    assert!(done.text().contains(".TH statlog 1"), "{}", done.text());
}

#[test]
fn the_schema_is_a_schema() {
    let schema = statlog(["schema"]).done().json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    assert_eq!(schema["properties"]["schema"]["const"], "statlog.report/1");
}

#[test]
fn version() {
    let done = statlog(["--version"]).done();
    assert_eq!(done.text(), concat!("statlog ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// What `formats` lists is what `--log-format` takes.
#[test]
fn every_format_listed_can_be_named() {
    let done = statlog(["formats"]).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    // Names stand indented below their product.
    let rows = done.text().lines().filter_map(|line| line.strip_prefix("  "));
    let names: Vec<&str> = rows.map(first_word).collect();
    assert!(names.len() > 20, "{names:?}");
    let files = folder(&[("empty.log", "")]);
    for name in names {
        let done = statlog(["analyze", "empty.log", "--log-format", name]).dir(&files).done();
        done.says(3, "empty.log: is empty");
    }
}

fn first_word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}
