//! Where the report goes: stdout or a file, and what happens when it cannot.

use crate::support::{Done, shell, statlog};
use crate::{folder, lines, names};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use unicode_width::UnicodeWidthStr as _;

fn fixture(case: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    folder.join(case).join("access.log").to_string_lossy().into_owned()
}

#[test]
fn a_file_has_what_stdout_would_have() {
    let files = folder(&[("access.log", &lines(&[200, 500]))]);
    for format in ["text", "json"] {
        let run = || statlog(["analyze", "access.log", "--format", format]).dir(&files);
        let printed = run().done();
        let saved = run().args(["-o", "report"]).done();
        assert_eq!((saved.code, saved.text(), saved.errors()), (0, "", ""));
        let report = std::fs::read(files.path().join("report")).expect("it was written");
        assert_eq!(report, printed.stdout, "{format}");
        assert_eq!(names(files.path()), ["access.log", "report"], "nothing temporary is left");
    }
    let printed = statlog(["analyze", "access.log", "-o", "-"]).dir(&files).done();
    assert!(printed.text().contains("2 requests"), "{}", printed.text());
}

#[test]
fn a_new_file_has_the_mode_of_any_other() {
    for (umask, mode) in [("022", 0o644), ("027", 0o640), ("077", 0o600)] {
        let files = folder(&[("access.log", &lines(&[200]))]);
        let script = format!("umask {umask}; exec \"$0\" analyze access.log -o report.txt");
        let done = shell(&script).dir(&files).done();
        assert_eq!((done.code, done.errors()), (0, ""));
        let found = std::fs::metadata(files.path().join("report.txt")).expect("it was written");
        assert_eq!(found.permissions().mode() & 0o777, mode, "umask {umask}");
    }
}

/// A link in a folder that others may write to must not lead to one of the user's files.
#[test]
fn a_link_is_replaced_not_followed() {
    let files = folder(&[("access.log", &lines(&[200])), ("victim", "precious")]);
    symlink("victim", files.path().join("report.txt")).expect("it can be made");
    let done = statlog(["analyze", "access.log", "-o", "report.txt"]).dir(&files).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    let read = |name: &str| std::fs::read_to_string(files.path().join(name)).expect("it is there");
    assert_eq!(read("victim"), "precious");
    assert!(read("report.txt").contains("1 request"));
    let link = std::fs::symlink_metadata(files.path().join("report.txt")).expect("it is there");
    assert!(link.is_file());
}

/// The old report stands until the new one is whole: it is another file, not one written over.
#[test]
fn a_report_takes_the_place_of_the_old_one() {
    let files = folder(&[("access.log", &lines(&[200])), ("report.txt", "old")]);
    let inode = || std::fs::metadata(files.path().join("report.txt")).expect("it is there").ino();
    let (old, open) = (inode(), std::fs::File::open(files.path().join("report.txt")));
    let done = statlog(["analyze", "access.log", "-o", "report.txt"]).dir(&files).done();
    assert_eq!(done.code, 0);
    assert_ne!(inode(), old);
    let mut text = String::new();
    open.and_then(|mut file| file.read_to_string(&mut text)).expect("who reads it keeps it");
    assert_eq!(text, "old");
    // No report, no change.
    let before = inode();
    let done = statlog(["analyze", "nosuch.log", "-o", "report.txt"]).dir(&files).done();
    assert_eq!((done.code, inode()), (3, before));
}

#[test]
fn an_input_is_not_written_over() {
    let log = lines(&[200]);
    let files = folder(&[("access.log", &log)]);
    symlink("access.log", files.path().join("link")).expect("it can be made");
    for output in ["access.log", "./access.log", "link"] {
        let done = statlog(["analyze", "access.log", "-o", output]).dir(&files).done();
        done.says(2, &format!("statlog: {output}: is an input; write the report to another file"));
        let kept = std::fs::read_to_string(files.path().join("access.log")).expect("it is there");
        assert_eq!(kept, log);
    }
}

#[test]
fn what_cannot_be_written_is_exit_code_4() {
    let files = folder(&[("access.log", &lines(&[200])), ("file", "")]);
    std::fs::create_dir(files.path().join("folder")).expect("it can be made");
    for (output, part) in [
        ("/dev/full", "statlog: /dev/full: no space left on device\n"),
        ("nosuch/report.txt", "statlog: nosuch/report.txt: no such folder\n"),
        ("file/report.txt", "statlog: file/report.txt: "),
        ("folder", "statlog: folder: is a directory"),
        ("/proc/report.txt", "statlog: /proc/report.txt: "),
    ] {
        let done = statlog(["analyze", "access.log", "-o", output]).dir(&files).done();
        done.says(4, part);
        assert_eq!(done.errors().lines().count(), 1, "{}", done.errors());
        assert_eq!(done.text(), "");
    }
    assert_eq!(names(files.path()), ["access.log", "file", "folder"]);
    for command in [
        &["analyze", "access.log"][..],
        &["analyze", "access.log", "--format", "json"],
        &["detect", "access.log"],
        &["schema"],
        &["formats"],
        &["config"],
        &["man"],
        &["completions", "bash"],
    ] {
        let done = statlog(command).dir(&files).stdout_to("/dev/full").done();
        assert_eq!(
            (done.code, done.errors()),
            (4, "statlog: stdout: no space left on device\n"),
            "{command:?}"
        );
    }
}

/// A device is written to as it is.
#[test]
fn devices_are_no_files_to_replace() {
    let files = folder(&[("access.log", &lines(&[200]))]);
    let done = statlog(["analyze", "access.log", "-o", "/dev/stdout"]).dir(&files).done();
    assert!(done.text().contains("1 request"), "{}", done.errors());
    let done = statlog(["analyze", "access.log", "-o", "/dev/null"]).dir(&files).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    assert!(!std::fs::metadata("/dev/null").expect("it is there").is_file());
}

#[test]
fn a_reader_that_goes_away_is_a_quiet_end() {
    for (format, read) in [("json", 10), ("json", 0), ("text", 1), ("text", 0)] {
        for _ in 0..25 {
            let (mut child, _home) =
                statlog(["analyze", &fixture("mixed"), "--format", format]).start();
            let mut pipe = child.stdout.take().expect("it was piped");
            let mut first = vec![0; read];
            pipe.read_exact(&mut first).expect("it writes that much");
            drop(pipe);
            let done = Done::from(child.wait_with_output().expect("it ends"));
            assert_eq!((done.code, done.errors()), (0, ""), "{format}, {read}");
        }
    }
    let done = shell("\"$0\" man | head -1 > /dev/null; \"$0\" schema | true").done();
    assert_eq!((done.code, done.errors()), (0, ""));
}

/// A writer that goes away is the end of the log.
#[test]
fn a_closed_stdin_is_empty() {
    let done = shell("\"$0\" analyze <&-").done();
    assert_eq!((done.code, done.text()), (3, ""), "{}", done.errors());
}

#[test]
fn quiet_says_nothing_but_the_report() {
    let files = folder(&[("access.log", &lines(&[200])), ("empty.log", "")]);
    let run = || statlog(["analyze", "access.log", "./access.log", "empty.log"]).dir(&files);
    assert_eq!(run().done().errors().lines().count(), 2);
    let quiet = run().arg("--quiet").done();
    assert_eq!((quiet.code, quiet.errors()), (0, ""));
    assert_eq!(quiet.stdout, run().done().stdout, "it is in the report all the same");
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let colour = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut run = statlog(["analyze"]).args(arguments).stdin(lines(&[200, 500]));
        for (name, value) in variables {
            run = run.env(name, value);
        }
        let done = run.done();
        assert_eq!(done.code, 0, "{}", done.errors());
        done.stdout.contains(&0x1b)
    };
    for (arguments, variables, expected) in [
        (&[][..], &[][..], false),
        (&["--color", "always"], &[], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--color", "auto"], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "")], false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&[], &[("STATLOG_COLOR", "always")], true),
        (&["--color", "always", "--format", "json"], &[], false),
    ] {
        assert_eq!(colour(arguments, variables), expected, "{arguments:?} {variables:?}");
    }
}

/// Colour is decoration: without it the same text.
#[test]
fn colour_changes_no_word() {
    let coloured = statlog(["analyze", &fixture("incident"), "--color", "always"]).done();
    let plain = statlog(["analyze", &fixture("incident")]).done();
    let strip = regex::Regex::new("\x1b\\[[0-9;]*m").expect("it compiles");
    assert_eq!(strip.replace_all(coloured.text(), ""), plain.text());
}

#[test]
fn no_line_is_wider_than_the_width() {
    for case in ["incident", "escapes", "mixed", "upstreams", "quiet", "ltsv", "json"] {
        for width in [40, 41, 60, 80, 100, 200] {
            for more in [&[][..], &["--ascii"]] {
                let done = statlog(["analyze", &fixture(case), "--width", &width.to_string()])
                    .args(more)
                    .done();
                assert_eq!(done.code, 0, "{case}");
                let wide = done.text().lines().find(|line| line.width() > width);
                // What has no place to break cannot be narrower.
                assert_eq!(wide, None, "{case} at {width} {more:?}");
                if !more.is_empty() {
                    assert!(done.text().is_ascii(), "{case} at {width}");
                }
            }
        }
    }
}

#[test]
fn a_plain_locale_gets_ascii() {
    for (name, value, ascii) in
        [("LC_ALL", "C", true), ("LANG", "POSIX", true), ("LC_ALL", "en_US.UTF-8", false)]
    {
        let done = statlog(["analyze"]).env(name, value).stdin(lines(&[200, 500])).done();
        assert_eq!(done.text().is_ascii(), ascii, "{name}={value}: {}", done.text());
    }
}

/// The same input, the same bytes.
#[test]
fn reports_are_deterministic() {
    let first = statlog(["analyze", &fixture("incident"), "--format", "json"]).done();
    for threads in ["1", "2", "3", "8", "64"] {
        let again =
            statlog(["analyze", &fixture("incident"), "--format", "json", "--threads", threads])
                .env("TZ", "Asia/Tokyo")
                .done();
        assert!(first.stdout == again.stdout, "{threads} threads");
    }
}
