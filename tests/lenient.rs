//! Lines that break their own format: old servers wrote raw quotes, and some cut the last value.
//! What is read of them is marked as recovered; what cannot be told is rejected, never guessed.
#![allow(clippy::unwrap_used)]

mod program;

use serde_json::Value;
use statlog::format::detect::given;
use statlog::input::{Input, Options};
use std::io::Cursor;

fn report(format: &str, text: &str) -> Value {
    let reading = given(format, &[text.as_bytes()], None).unwrap();
    let reader = Box::new(Cursor::new(text.to_owned()));
    let input = Input::from_readers(vec![("log".into(), reader)], Options::default());
    serde_json::from_slice(&program::report(&input, &reading, 1 << 16, 1, "json")).unwrap()
}

/// Status, bytes, route and agent of the one request; or the reason why there is none.
fn read(format: &str, line: &str) -> Result<(bool, u64, u64, String, String), String> {
    let report = report(format, line);
    let source = &report["input"]["sources"][0];
    if let Some((reason, _)) = source["rejected"].as_object().unwrap().iter().next() {
        return Err(reason.clone());
    }
    assert_eq!(source["parsed"], 1, "{line}");
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    Ok((
        source["recovered"] == 1,
        report["status_codes"][0]["code"].as_u64().unwrap(),
        report["totals"]["bytes_sent"].as_u64().unwrap(),
        text(&report["top"]["routes"][0]["route"]),
        text(&report["top"]["user_agents"][0]["name"]),
    ))
}

const HEAD: &str = "192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] ";

#[test]
fn raw_quotes_end_where_the_line_goes_on_as_it_must() {
    for (rest, status, bytes, route, agent) in [
        // Quotes in the request, also some that look like its end.
        (r#""GET /a"b HTTP/1.1" 404 5 "-" "x""#, 404, 5, r#"/a"b"#, "x"),
        (r#""GET /a?q="x" y HTTP/1.1" 200 5 "-" "x""#, 200, 5, "/a", "x"),
        (r#""GET /" 20 1 HTTP/1.1" 503 7 "-" "x""#, 503, 7, r#"/" :id 1"#, "x"),
        (r#""GET /" - - HTTP/1.1" 503 7 "-" "x""#, 503, 7, r#"/" - -"#, "x"),
        // In the referrer and in the agent.
        (r#""GET / HTTP/1.1" 200 5 "http://e/?"x" 404 9" "x""#, 200, 5, "/", "x"),
        (r#""GET / HTTP/1.1" 200 5 "-" "a "b" 500 9 c""#, 200, 5, "/", r#"a "b" 500 9 c"#),
        ("\"GET / HTTP/1.1\" 200 5 \"-\" \"\"\"", 200, 5, "/", "\""),
        // The last value was cut: 255 bytes were all that some servers kept.
        (r#""GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11"#, 200, 5, "/", "Mozilla/5.0 (X11"),
        (r#""GET / HTTP/1.1" 200 5 "-" ""#, 200, 5, "/", "none"),
        // A backslash at the very end hides the quote from a strict reader only.
        (r#""GET / HTTP/1.1" 200 5 "-" "x\""#, 200, 5, "/", r"x\"),
    ] {
        let want = Ok((true, status, bytes, route.to_owned(), agent.to_owned()));
        let line = format!("{HEAD}{rest}");
        for format in ["apache-combined", "nginx-combined"] {
            // Routes are guessed from the target; a `:id` in it is no matter here.
            let found = read(format, &line);
            let found = found.map(|(a, b, c, d, e)| (a, b, c, d.replace("20", ":id"), e));
            assert_eq!(found, want, "{format}: {line}");
        }
    }
}

#[test]
fn what_cannot_be_told_is_rejected() {
    for (rest, reason) in [
        (r#""GET / HTTP/1.1" 20"#, "truncated"),
        (r#""GET / HTTP/1.1" 200"#, "truncated"),
        (r#""GET / HTTP/1.1"#, "truncated"),
        (r#""GET / HTTP/1.1" 200 5 "-"#, "truncated"),
        (r#""GET / HTTP/1.1" 200 5 "-" "x" 0.1"#, "other_shape"),
        (r#""GET / HTTP/1.1" OK 5 "-" "x""#, "bad_status"),
        (r#""GET / HTTP/1.1" 200 5k "-" "x""#, "bad_number"),
    ] {
        let line = format!("{HEAD}{rest}");
        for format in ["apache-combined", "nginx-combined"] {
            assert_eq!(read(format, &line), Err(reason.to_owned()), "{format}: {line}");
        }
    }
}

/// Whatever number of raw quotes is in the request: its status stays the server's.
#[test]
fn a_client_cannot_forge_a_status_with_quotes_alone() {
    for quotes in 1..30 {
        let target = r#"/" x "#.repeat(quotes);
        let line = format!(r#"{HEAD}"GET {target} HTTP/1.1" 418 5 "-" "x""#);
        let (recovered, status, ..) = read("apache-combined", &line).unwrap();
        assert_eq!((recovered, status), (true, 418), "{line}");
    }
}
