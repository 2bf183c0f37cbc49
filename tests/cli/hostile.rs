//! Log text is written by strangers: none of it may act on a terminal, or on what reads a build
//! log. (CVE-2003-0020, CVE-2009-4487.)

use crate::folder;
use crate::support::{Done, statlog};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

/// What strangers send. No newline: it would end the line.
const PAYLOADS: &[&[u8]] = &[
    b"\x1b[2J\x1b[H",
    b"\x1b]0;title\x07",
    b"\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    b"\x1b]52;c;cm0gLXJmIC8=\x07",
    b"\x1bP+q544e\x1b\\",
    b"\x9b31m",
    b"\xc2\x9b31m\xc2\x90\xc2\x9d",
    b"\x7f\x08\x08\x08\x05",
    b"a\rFORGED",
    b"\x00\x0b\x0c",
    "\u{202e}gnp.exe\u{202c}".as_bytes(),
    "\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}".as_bytes(),
    "\u{200b}\u{feff}\u{ad}\u{2028}\u{2029}".as_bytes(),
    "\u{e0041}\u{fe0f}".as_bytes(),
    b"\xff\xfe\xc3\x28\xed\xa0\x80",
    b"::error file=a::pwned",
    b"::stop-commands::x",
    b"##[error]pwned",
    b"##vso[task.complete]",
];

/// A log with each payload in every field that a client chooses, and in the server's own.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    for (at, payload) in PAYLOADS.iter().enumerate() {
        let mut add = |parts: [&[u8]; 7]| {
            let [client, user, request, referer, agent, status, tail] = parts;
            for (before, field) in [
                (&b""[..], client),
                (b" - ", user),
                (b" [10/Oct/2025:13:00:00 +0000] \"", request),
                (b"\" ", status),
                (b" 512 \"", referer),
                (b"\" \"", agent),
                (b"\"", tail),
            ] {
                log.extend_from_slice(before);
                log.extend_from_slice(field);
            }
            log.push(b'\n');
        };
        let ok: &[u8] = if at % 2 == 0 { b"200" } else { b"404" };
        let target = [b"GET /".as_slice(), payload, b" HTTP/1.1"].concat();
        let bare = [b"GET ".as_slice(), payload, b" HTTP/1.1"].concat();
        let method = [payload, b" / HTTP/1.1".as_slice()].concat();
        add([b"192.0.2.1", b"-", &target, b"-", b"-", ok, b""]);
        add([b"192.0.2.1", b"-", &bare, b"-", b"-", b"503", b""]);
        add([b"192.0.2.1", b"-", &method, b"-", b"-", ok, b""]);
        add([b"192.0.2.1", b"-", payload, b"-", b"-", b"400", b""]);
        add([b"192.0.2.1", b"-", b"GET / HTTP/1.1", payload, payload, ok, b""]);
        add([b"192.0.2.1", payload, b"GET / HTTP/1.1", b"-", b"-", ok, b""]);
        add([payload, b"-", b"GET / HTTP/1.1", b"-", b"-", ok, b""]);
        // Rejected: its sample is shown.
        add([b"192.0.2.1", b"-", b"GET / HTTP/1.1", b"-", b"-", payload, b""]);
        add([b"192.0.2.1", b"-", b"GET / HTTP/1.1", b"-", b"-", ok, payload]);
        for _ in 0..6 {
            add([b"192.0.2.1", b"-", b"GET /plain HTTP/1.1", b"-", b"-", ok, b""]);
        }
    }
    log
}

/// Panics when bytes that come from the program could act on what shows them.
#[track_caller]
fn harmless(what: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    let is_harmful = |c: char| {
        matches!(c, '\0'..='\x09' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
    };
    for line in text.split('\n') {
        let found = line.chars().find(|c| is_harmful(*c));
        assert!(found.is_none(), "{what}: {found:?} in {line:?}");
        // What GitHub and Azure take for a command of a build.
        let start = line.trim_start();
        assert!(!start.starts_with("::") && !start.starts_with("##["), "{what}: {line:?}");
    }
}

#[track_caller]
fn harmless_run(what: &str, done: &Done) {
    harmless(what, &done.stdout);
    harmless(what, &done.stderr);
    assert_ne!(done.code, 101, "{what}: {}", done.errors());
}

#[test]
fn reports_of_hostile_logs_are_harmless() {
    let base =
        ["analyze", "--log-format", "nginx-combined", "--max-rejected", "100%", "-n", "1000"];
    for more in [
        &["--width", "40"][..],
        &["--width", "80"],
        &["--width", "200"],
        &["--width", "80", "--ascii"],
        &["--format", "json"],
    ] {
        let done = statlog(base).args(more).stdin(log()).done();
        assert_eq!(done.code, 0, "{}", done.errors());
        harmless_run(&format!("{more:?}"), &done);
    }
    let done = statlog(base).args(["--color", "always"]).stdin(log()).done();
    let strip = regex::bytes::Regex::new("\x1b\\[[0-9;]*m").expect("it compiles");
    harmless("coloured", &strip.replace_all(&done.stdout, &b""[..]));
    // Found by itself, as a person would call it.
    harmless_run("detected", &statlog(["analyze"]).stdin(log()).done());
}

#[test]
fn explanations_of_hostile_lines_are_harmless() {
    let files = folder(&[]);
    std::fs::write(files.path().join("access.log"), log()).expect("it can be written");
    harmless_run("detect", &statlog(["detect", "access.log"]).dir(&files).done());
    let lines = log().iter().filter(|byte| **byte == b'\n').count();
    for number in (1..=lines).filter(|number| number % 15 < 10) {
        let done = statlog(["detect", "--log-format", "nginx-combined", "access.log", "--line"])
            .arg(number.to_string())
            .dir(&files)
            .done();
        harmless_run(&format!("line {number}"), &done);
    }
}

#[test]
fn messages_about_hostile_logs_are_harmless() {
    for payload in PAYLOADS {
        let unknown = [payload, &b" nothing of the kind\n"[..]].concat().repeat(5);
        let done = statlog(["analyze"]).stdin(unknown).done();
        harmless_run("unknown format", &done);
        let doubtful = [
            b"192.0.2.1 - - [10/Oct/2025:13:00:00 +0000] \"GET /".as_slice(),
            payload,
            b" HTTP/1.1\" 200 5 \"-\" \"-\" 1834\n",
        ];
        let done = statlog(["analyze"]).stdin(doubtful.concat().repeat(5)).done();
        harmless_run("format in doubt", &done);
        let json = [&b"{\"status\":200,\"uri\":\""[..], payload, b"\",\"", payload, b"\":1}\n"];
        for command in ["analyze", "detect"] {
            harmless_run("JSON", &statlog([command]).stdin(json.concat().repeat(5)).done());
        }
        let ltsv = [&b"status:200\tsize:1\turi:"[..], payload, b"\t", payload, b":1\n"];
        for command in ["analyze", "detect"] {
            harmless_run("LTSV", &statlog([command]).stdin(ltsv.concat().repeat(5)).done());
        }
    }
}

/// Names too are chosen by others: an archive, a share, an upload.
#[test]
fn messages_with_hostile_names_are_harmless() {
    for payload in PAYLOADS.iter().chain([&&b"\n::error::pwned"[..]]) {
        let name: Vec<u8> = payload.iter().copied().filter(|b| !b"\0/".contains(b)).collect();
        let name = OsString::from_vec([b"a", &name[..]].concat());
        let files = folder(&[]);
        let path = files.path().join(&name);
        let run = |arguments: &[&str]| statlog(arguments).arg(&name).dir(&files);
        harmless_run("no such file", &run(&["analyze"]).done());
        harmless_run("no such configuration", &run(&["config", "--config"]).done());
        harmless_run("no such format file", &{
            let mut at = OsString::from("@");
            at.push(&name);
            statlog(["analyze", "--log-format"]).arg(at).dir(&files).stdin("x").done()
        });
        harmless_run("no such nginx.conf", &run(&["analyze", "--nginx-conf"]).stdin("x").done());
        std::fs::write(&path, crate::lines(&[200])).expect("it can be written");
        harmless_run("report", &run(&["analyze"]).done());
        harmless_run("JSON", &run(&["analyze", "--format", "json"]).done());
        harmless_run("detect", &run(&["detect"]).done());
        harmless_run("twice", &run(&["analyze"]).arg(&name).done());
        harmless_run("output is input", &run(&["analyze"]).arg("-o").arg(&name).done());
        std::fs::write(&path, "").expect("it can be written");
        harmless_run("empty", &run(&["analyze"]).done());
        std::fs::write(&path, b"\x1f\x8b\x08broken").expect("it can be written");
        harmless_run("broken archive", &run(&["analyze"]).done());
        std::fs::write(&path, "topp = 1").expect("it can be written");
        harmless_run("wrong configuration", &run(&["config", "--config"]).done());
        std::fs::remove_file(&path).expect("it is there");
        std::fs::create_dir(&path).expect("it can be made");
        harmless_run("folder", &run(&["analyze"]).done());
        std::fs::write(files.path().join("log"), crate::lines(&[200])).expect("it can be written");
        harmless_run("output", &statlog(["analyze", "log", "-o"]).arg(&name).dir(&files).done());
        harmless_run("command", &statlog([&name]).dir(&files).done());
    }
}
