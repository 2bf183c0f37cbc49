//! Files, globs, compression and pipes.

use crate::support::{number, statlog};
use crate::{folder, line, lines, without_sources};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_read() {
    let files = folder(&[("a.log", &lines(&[200])), ("empty.log", ""), ("b.log", &lines(&[404]))]);
    std::fs::create_dir(files.path().join("logs")).expect("it can be made");
    let done = statlog(["analyze", "--format", "json", "a.log", "nosuch.log", "logs", "empty.log"])
        .arg("none*.log")
        .arg("b.log")
        .dir(&files)
        .done();
    for part in [
        "statlog: nosuch.log: no such file\n",
        "statlog: logs: is a directory; name the files in it, or use 'logs/*.log'\n",
        "statlog: empty.log: is empty\n",
        "statlog: none*.log: no file matches this pattern\n",
    ] {
        done.says(3, part);
    }
    let report = done.json();
    assert_eq!(number(&report, "/input/parsed"), 2);
    assert_eq!(report["complete"], false);
    let errors: Vec<_> = report["input"]["sources"]
        .as_array()
        .expect("it has sources")
        .iter()
        .map(|source| (source["name"].as_str().unwrap_or_default(), source["error"].is_null()))
        .collect();
    assert_eq!(errors.len(), 6);
    for (name, is_null) in errors {
        assert_eq!(is_null, matches!(name, "a.log" | "b.log" | "empty.log"), "{name}");
    }
}

#[test]
fn alone_each_of_them_is_an_error_without_a_report() {
    let files = folder(&[("empty.log", ""), ("blank.log", "\n \n")]);
    let utf16: Vec<u8> =
        b"\xff\xfe".iter().copied().chain(lines(&[200]).bytes().flat_map(|b| [b, 0])).collect();
    std::fs::write(files.path().join("utf16.log"), utf16).expect("it can be written");
    for (name, part) in [
        ("nosuch.log", "nosuch.log: no such file"),
        (".", ".: is a directory"),
        ("empty.log", "empty.log: is empty"),
        ("utf16.log", "utf16.log: is UTF-16 (little-endian) text"),
        ("*.gz", "*.gz: no file matches this pattern"),
        ("-", "stdin: is empty"),
        ("/dev/null", "/dev/null: is empty"),
    ] {
        for quiet in [false, true] {
            let flag = if quiet { &["--quiet"][..] } else { &[] };
            let done = statlog(["analyze"]).args(flag).arg(name).dir(&files).stdin("").done();
            assert_eq!(done.text(), "", "{name}");
            // Also a quiet run says why there is no report.
            done.says(3, part.split_once(": ").expect("a name and a cause").1);
        }
    }
    let done = statlog(["analyze", "blank.log"]).dir(&files).done();
    assert_eq!((done.code, done.text()), (3, ""), "{}", done.errors());
}

#[test]
fn stdin_by_default_and_by_name() {
    for arguments in [&["analyze", "--format", "json"][..], &["analyze", "--format", "json", "-"]] {
        let report = statlog(arguments).stdin(lines(&[200, 500])).report();
        assert_eq!(number(&report, "/input/parsed"), 2);
        assert_eq!(report["input"]["sources"][0]["name"], "-");
    }
    let files = folder(&[("a.log", &lines(&[200]))]);
    let report = statlog(["analyze", "--format", "json", "a.log", "-"])
        .dir(&files)
        .stdin(lines(&[404, 404]))
        .report();
    assert_eq!(number(&report, "/input/parsed"), 3);
}

/// Text packed as the extension of the name says.
fn pack(path: &Path, text: &[u8]) {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let packed = match extension {
        Some("gz") => {
            // Two members, as a log that was rotated by appending.
            let (first, second) = text.split_at(text.len() / 2);
            let member = |part: &[u8]| {
                let mut file = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                file.write_all(part).expect("memory");
                file.finish().expect("memory")
            };
            [member(first), member(second)].concat()
        }
        Some("zst") => zstd::encode_all(text, 3).expect("memory"),
        Some("bz2") => {
            let mut file = bzip2::write::BzEncoder::new(Vec::new(), Default::default());
            file.write_all(text).expect("memory");
            file.finish().expect("memory")
        }
        Some("xz") => {
            let mut file = liblzma::write::XzEncoder::new(Vec::new(), 6);
            file.write_all(text).expect("memory");
            file.finish().expect("memory")
        }
        _ => text.to_vec(),
    };
    std::fs::write(path, packed).expect("it can be written");
}

/// Names of a set that was rotated and packed in turn, newest first.
const ROTATED: [&str; 6] = [
    "access.log",
    "access.log.1",
    "access.log.2.gz",
    "access.log.3.zst",
    "access.log.4.bz2",
    "access.log.10.xz",
];

#[test]
fn a_rotated_set_is_read_like_one_log() {
    let files = folder(&[]);
    let mut all = String::new();
    for (age, name) in ROTATED.iter().enumerate().rev() {
        let part: String = (0..400)
            .map(|at| {
                let status = if at % 50 == age { 500 } else { 200 };
                line((5 - age) * 400 + at, &format!("/{age}/{}", at % 3), status)
            })
            .collect();
        pack(&files.path().join(name), part.as_bytes());
        all.push_str(&part);
    }
    std::fs::write(files.path().join("all"), &all).expect("it can be written");
    let one = statlog(["analyze", "--format", "json", "all"]).dir(&files).report();
    // The quotes keep the shell from expanding the pattern; so does Windows.
    let set = statlog(["analyze", "--format", "json", "access.log*"]).dir(&files).report();
    let found = |name: &str| -> Vec<String> {
        let sources = set["input"]["sources"].as_array().expect("it has sources");
        sources.iter().map(|source| source[name].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(found("name"), ROTATED);
    assert_eq!(found("compression"), ["none", "none", "gzip", "zstd", "bzip2", "xz"]);
    assert_eq!(number(&one, "/input/parsed"), 2400);
    assert_eq!(without_sources(set), without_sources(one));
}

#[test]
fn compression_is_told_by_the_bytes_not_by_the_name() {
    let text = lines(&[200, 404, 500]);
    for name in ROTATED {
        let files = folder(&[]);
        pack(&files.path().join(name), text.as_bytes());
        let packed = std::fs::read(files.path().join(name)).expect("it was written");
        std::fs::rename(files.path().join(name), files.path().join("any")).expect("it is there");
        for run in [
            statlog(["analyze", "--format", "json", "any"]).dir(&files),
            statlog(["analyze", "--format", "json"]).stdin(packed),
        ] {
            assert_eq!(number(&run.report(), "/input/parsed"), 3, "{name}");
        }
    }
}

/// What could be unpacked is reported, and that it is not all.
#[test]
fn a_cut_archive_is_incomplete() {
    for name in ["cut.gz", "cut.zst", "cut.bz2", "cut.xz"] {
        let files = folder(&[]);
        let path = files.path().join(name);
        let text: String =
            (0..30_000).map(|at| line(at, &format!("/{}", at * 7919), 200)).collect();
        pack(&path, text.as_bytes());
        let packed = std::fs::read(&path).expect("it was written");
        std::fs::write(&path, &packed[..packed.len() / 2]).expect("it can be written");
        let done = statlog(["analyze", "--format", "json", name]).dir(&files).done();
        assert_eq!(done.code, 3, "{name}: {}", done.errors());
        assert!(done.errors().starts_with(&format!("statlog: {name}: ")), "{}", done.errors());
        if !done.stdout.is_empty() {
            let report = done.json();
            assert_eq!(report["complete"], false, "{name}");
            assert!(number(&report, "/input/parsed") < 30_000, "{name}");
        }
    }
}

#[test]
fn a_file_that_is_given_twice_is_read_once() {
    let files = folder(&[("a.log", &lines(&[200, 500]))]);
    symlink("a.log", files.path().join("link.log")).expect("it can be made");
    std::fs::hard_link(files.path().join("a.log"), files.path().join("hard.log"))
        .expect("likewise");
    let done = statlog(["analyze", "--format", "json", "a.log", "./a.log", "link.log", "hard.log"])
        .dir(&files)
        .done();
    done.says(0, "statlog: ./a.log: is the same file as 'a.log'; it is read once\n");
    done.says(0, "statlog: link.log: is the same file as 'a.log'");
    done.says(0, "statlog: hard.log: is the same file as 'a.log'");
    let report = done.json();
    assert_eq!(number(&report, "/input/parsed"), 2);
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["complete"], true);
}

#[test]
fn a_symlink_is_read() {
    let files = folder(&[("2025-10-10.log", &lines(&[200]))]);
    symlink("2025-10-10.log", files.path().join("access.log")).expect("it can be made");
    symlink("nowhere", files.path().join("broken.log")).expect("it can be made");
    let report = statlog(["analyze", "--format", "json", "access.log"]).dir(&files).report();
    assert_eq!(report["input"]["sources"][0]["name"], "access.log");
    statlog(["analyze", "broken.log"]).dir(&files).done().says(3, "broken.log: no such file");
}

/// Every byte in a write of its own: the same report as of the file.
#[test]
fn single_bytes_through_a_pipe() {
    for case in ["escapes", "mixed"] {
        let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case);
        let log = std::fs::read(log.join("access.log")).expect("a fixture");
        let whole = statlog(["analyze", "--format", "json"]).stdin(log.clone()).report();
        let (mut child, _home) = statlog(["analyze", "--format", "json"]).start();
        let mut pipe = child.stdin.take().expect("it was piped");
        for byte in log.chunks(1) {
            pipe.write_all(byte).expect("it reads all");
        }
        drop(pipe);
        let output = child.wait_with_output().expect("it ends");
        let single: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
        assert_eq!(single, whole, "{case}");
    }
}

/// A pipe that pauses is waited for, and its last line needs no newline.
#[test]
fn a_pipe_that_pauses() {
    let (mut child, _home) = statlog(["analyze", "--format", "json"]).start();
    let mut pipe = child.stdin.take().expect("it was piped");
    for part in [
        &lines(&[200])[..],
        "192.0.2.1 - - [10/Oct/2025:13:00:01 +0000] \"GET ",
        "/ HTTP/1.1\" 500 5 \"-\" \"-\"",
    ] {
        pipe.write_all(part.as_bytes()).expect("it reads all");
        std::thread::sleep(Duration::from_millis(150));
    }
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(number(&report, "/input/parsed"), 2);
    assert_eq!(report["classes"]["5xx"], 1);
    assert_eq!(report["complete"], true);
}

/// A log is empty after each rotation: that is no error beside the older ones.
#[test]
fn a_rotated_set_with_a_fresh_log() {
    let files = folder(&[("access.log", ""), ("access.log.1", &lines(&[200, 404]))]);
    pack(&files.path().join("access.log.2.gz"), lines(&[200]).as_bytes());
    pack(&files.path().join("access.log.3.gz"), b"");
    let done = statlog(["analyze", "--format", "json", "access.log*"]).dir(&files).done();
    done.says(0, "statlog: access.log: is empty\n");
    done.says(0, "statlog: access.log.3.gz: is empty\n");
    let report = done.json();
    assert_eq!(report["complete"], true);
    assert_eq!(number(&report, "/input/parsed"), 3);
    for at in [0, 3] {
        let source = &report["input"]["sources"][at];
        assert_eq!(source["error"], serde_json::Value::Null);
        assert_eq!(source["notes"][0], "is empty");
    }
    let quiet = statlog(["analyze", "-q", "access.log", "access.log.1"]).dir(&files).done();
    assert_eq!((quiet.code, quiet.errors()), (0, ""));
    statlog(["analyze", "access.log", "access.log.3.gz"]).dir(&files).done().says(3, "is empty");
}

/// Of an archive that ends within the first 200 lines, what could be unpacked is counted.
#[test]
fn an_archive_that_is_cut_within_the_sample() {
    let files = folder(&[]);
    let path = files.path().join("cut.gz");
    let text: String = (0..150).map(|at| line(at, &format!("/{}", at * 7919), 200)).collect();
    let mut file = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    file.write_all(text.as_bytes()).expect("memory");
    let packed = file.finish().expect("memory");
    std::fs::write(&path, &packed[..packed.len() * 3 / 4]).expect("it can be written");
    let done = statlog(["analyze", "--format", "json", "cut.gz"]).dir(&files).done();
    done.says(3, "cut.gz: ends in the middle of its gzip data; the lines before that were counted");
    let report = done.json();
    let parsed = number(&report, "/input/parsed");
    assert!((50..150).contains(&parsed), "{parsed}");
    assert_eq!(report["complete"], false);
    assert_eq!(report["input"]["sources"][0]["format"], "combined");
    let error = report["input"]["sources"][0]["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("ends in the middle"), "{error}");
}

#[test]
fn lines_that_are_all_too_long_are_not_nothing() {
    let long = "a".repeat(100_000);
    let files = folder(&[("long.log", &long), ("lines.log", &format!("{long}\n").repeat(80))]);
    pack(&files.path().join("long.gz"), long.as_bytes());
    let part = "has only lines of more than 65536 bytes; raise --max-line if they are requests";
    for name in ["long.log", "lines.log", "long.gz"] {
        let done = statlog(["analyze", name]).dir(&files).done();
        done.says(3, &format!("statlog: {name}: {part}\n"));
        let input = std::fs::read(files.path().join(name)).expect("it was written");
        statlog(["analyze"]).stdin(input).done().says(3, &format!("statlog: stdin: {part}\n"));
    }
    std::fs::write(files.path().join("a.log"), lines(&[200])).expect("it can be written");
    let done = statlog(["analyze", "--format", "json", "a.log", "lines.log"]).dir(&files).done();
    done.says(3, part);
    assert_eq!(done.json()["input"]["sources"][1]["rejected"]["too_long"], 80);
}

/// A service speaks of itself before its first request: the format is looked for on and on.
#[test]
fn a_log_that_begins_with_other_lines() {
    let boot: String =
        (0..500).map(|at| format!("{{\"level\":\"info\",\"msg\":\"boot {at}\"}}\n")).collect();
    let request =
        "{\"time\":\"2025-10-10T13:00:00Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":500}\n";
    let json = boot.clone() + &request.repeat(2_000);
    let text = "INFO starting\n".repeat(500) + &lines(&[200, 500]).repeat(1_000);
    for (log, parts) in [(json, "JSON"), (text, "combined")] {
        let files = folder(&[("late.log", &log)]);
        pack(&files.path().join("late.gz"), log.as_bytes());
        for run in [
            statlog(["analyze", "--format", "json"]).stdin(log.clone()),
            statlog(["analyze", "--format", "json", "late.log"]).dir(&files),
            statlog(["analyze", "--format", "json", "late.gz"]).dir(&files),
        ] {
            let report = run.done().json();
            assert_eq!(report["input"]["sources"][0]["format"], parts);
            assert!(number(&report, "/input/parsed") >= 2_000);
            assert_eq!(number(&report, "/input/lines"), 2_500);
        }
    }
    // To an end: 4 MiB.
    let done = statlog(["analyze"]).stdin("2025-10-10 INFO started\n".repeat(400_000)).done();
    done.says(3, "stdin: is in no known format");
}

/// Quiet is without progress and warnings; what is behind the exit code is said.
#[test]
fn a_quiet_run_says_its_errors() {
    let files = folder(&[("a.log", &lines(&[200])), ("bad.log", "2025 hello\n")]);
    for (arguments, part) in [
        (&["a.log", "nosuch.log"][..], "nosuch.log: no such file\n"),
        (&["a.log", "bad.log", "-f", "nginx-combined"], "lines (50.0 %) were not understood"),
        (&["a.log", "-w", "status=404"], "no request was counted"),
    ] {
        let done = statlog(["analyze", "-q", "-o", "out.txt"]).args(arguments).dir(&files).done();
        done.says(3, part);
    }
    let done = statlog(["analyze", "-q", "a.log", "./a.log"]).dir(&files).done();
    assert_eq!((done.code, done.errors()), (0, ""));
}

/// Latencies of different fields are pooled: they may be of different things.
#[test]
fn latencies_of_several_fields() {
    let json = |key: &str| {
        format!(
            "{{\"time_local\":\"10/Oct/2025:13:00:00 +0000\",\"remote_addr\":\"192.0.2.1\",\
             \"request\":\"GET / HTTP/1.1\",\"status\":200,\"body_bytes_sent\":5,\"{key}\":0.250}}\n"
        )
        .repeat(5)
    };
    let files = folder(&[
        ("a.log", &json("request_time")),
        ("b.log", &json("request_time")),
        ("c.log", &json("upstream_response_time")),
    ]);
    for (latency, names, mixed) in [
        ("request_time:s", &["a.log", "b.log"][..], false),
        ("upstream_response_time:s", &["c.log"], false),
        ("", &["a.log", "c.log", "b.log"], true),
    ] {
        let flags = if latency.is_empty() { vec![] } else { vec!["--latency", latency] };
        let done =
            statlog(["analyze", "--format", "json"]).args(flags).args(names).dir(&files).done();
        let report = done.json();
        let said = report["warnings"].to_string();
        let warning = "the latencies are of different fields: request_time (a.log and 1 more), \
                       upstream_response_time (c.log)";
        assert_eq!(said.contains(warning), mixed, "{said}\n{:#}", report["input"]["sources"]);
    }
}
