//! Lines in the shape of every wrapper, and lines that must not be taken for wrapped.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::time::rfc3339;

/// What stands in most wrappers here.
const LINE: &str =
    r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "curl""#;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The line within and the wrapper's time.
fn unwrap(wrapper: Wrapper, line: &str) -> Option<(String, Option<String>)> {
    let arena = Bump::new();
    let inner = wrapper.unwrap(line.as_bytes(), &arena)?;
    Some((text(inner.line), inner.time.map(rfc3339)))
}

fn names(lines: &[&str]) -> Vec<&'static str> {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    Wrapper::candidates(&lines).iter().map(Wrapper::name).collect()
}

/// Lines whose best candidate is `name` and that hold [`LINE`], with the wrapper's time.
#[track_caller]
fn check(name: &str, cases: &[(&str, Option<&str>)]) {
    for (outer, time) in cases {
        let outer = outer.replace("LINE", LINE);
        let wrapper = Wrapper::candidates(&[outer.as_bytes()]).first().copied();
        let wrapper = wrapper.unwrap_or_else(|| panic!("no candidate: {outer}"));
        assert_eq!(wrapper.name(), name, "{outer}");
        let expected = (LINE.to_owned(), time.map(str::to_owned));
        assert_eq!(unwrap(wrapper, &outer), Some(expected), "{outer}");
        assert_eq!(unwrap(wrapper, &format!("{outer}\r")), unwrap(wrapper, &outer), "{outer}");
    }
}

#[test]
fn syslog_of_rfc_3164() {
    check(
        "syslog (RFC 3164)",
        &[
            ("Oct 10 13:55:01 web1 nginx: LINE", None),
            ("Oct  1 13:55:01 web1 nginx[2869]: LINE", None),
            ("Oct 1 13:55:01 web1 nginx[2869]: LINE", None),
            ("<190>Oct 10 13:55:02 web1.example.com nginx: LINE", None),
            ("<190>Oct 10 13:55:02 nginx: LINE", None),
            ("Oct 10 13:55:02 haproxy[1]: LINE", None),
            ("<134>Oct 10 2025 13:55:02 fw1 httpd: LINE", None),
            ("<134>Oct 10 2025 13:55:02: httpd: LINE", None),
            ("Oct 10 13:55:01.123456 192.0.2.9 haproxy[28029]: LINE", None),
            ("Oct 10 13:55:01 2001:db8::1 docker/web-1/abc[7]: LINE", None),
            ("Oct 10 13:55:01 web1 (nginx): LINE", None),
            ("Oct 10 13:55:01 web1 LINE", None),
            ("Oct 10 13:55:01 web1  LINE", None),
            ("Oct 10 13:55:01 LINE", None),
        ],
    );
    // The client is no tag, though it ends with a colon.
    assert_eq!(
        unwrap(Wrapper::Rfc3164, "Oct 10 13:55:01 web1 2001:db8:: - - [").unwrap().0,
        "2001:db8:: - - ["
    );
    for not in [
        "Okt 10 13:55:01 web1 nginx: x",
        "Oct 10 13:55 web1 nginx: x",
        "Oct 123 13:55:01 web1 nginx: x",
        "Oct 10 13:55:01",
        "<1900>Oct 10 13:55:01 web1 nginx: x",
        "Oct 10 13:55:01.x web1 nginx: x",
        "Oct",
    ] {
        assert_eq!(unwrap(Wrapper::Rfc3164, not), None, "{not}");
    }
}

#[test]
fn syslog_of_rfc_5424() {
    let time = Some("2025-10-10T13:55:03.25Z");
    check(
        "syslog (RFC 5424)",
        &[
            ("<190>1 2025-10-10T13:55:03.250Z web1 nginx 123 - - LINE", time),
            ("<190>1 2025-10-10T15:55:03.250+02:00 web1 nginx 123 ID47 - \u{feff}LINE", time),
            ("<190>1 - - nginx - - - LINE", None),
            ("217 <190>1 2025-10-10T13:55:03.250Z web1 nginx 123 - - LINE", time),
            (r#"<0>1 - h a - - [x@1 k="a]b" l="c\"] d\\"][y] LINE"#, None),
            (r#"<0>1 - h a - - [x@1 k="\]"] LINE"#, None),
            ("<158>1 2025-10-10T13:55:03.250+00:00 host heroku router - LINE", time),
        ],
    );
    for (line, inner) in [
        ("<190>1 - h a - - -", ""),
        ("<190>1 - h a - - [x]", ""),
        ("<158>1 - host heroku router - at=info path=\"/\"", "at=info path=\"/\""),
        ("<158>1 - h a - - [x@1 no end", "[x@1 no end"),
    ] {
        assert_eq!(unwrap(Wrapper::Rfc5424, line).unwrap().0, inner, "{line}");
    }
    for not in ["<190>2 - h a - - - x", "<190>1 today h a - - - x", "<190>1 - h a", "190 <1 - x"] {
        assert_eq!(unwrap(Wrapper::Rfc5424, not), None, "{not}");
    }
}

#[test]
fn syslog_with_an_iso_time() {
    let time = Some("2025-10-10T13:55:04Z");
    check(
        "syslog (ISO time)",
        &[
            ("2025-10-10T13:55:04+00:00 web1 nginx[9]: LINE", time),
            ("2025-10-10T13:55:04+0000 web1 nginx: LINE", time),
            ("<190>2025-10-10T13:55:04Z web1 nginx: LINE", time),
            ("<190>2025-10-10T13:55:04Z web1 LINE", time),
            ("<134>2025-10-10T13:55:04Z cache-fra-example1 logs[77]: LINE", time),
            ("2025-10-10T13:55:04+00:00 192.0.2.7  LINE", time),
            ("2025-10-10T13:55:04+00:00 heroku[router]: LINE", time),
            ("2025-10-10T13:55:04 web1 nginx: LINE", None),
        ],
    );
    // Without a tag it is a timestamp and no more.
    assert_eq!(unwrap(Wrapper::SyslogIso, &format!("2025-10-10T13:55:04Z {LINE}")), None);
}

#[test]
fn syslog_of_several_kinds() {
    let lines = [
        format!("Oct 10 13:55:01 web1 nginx: {LINE}"),
        format!("<190>1 2025-10-10T13:55:03.000Z web1 nginx 123 - - {LINE}"),
        format!("2025-10-10T13:55:04+00:00 web1 nginx[9]: {LINE}"),
    ];
    let all: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(names(&all), ["syslog (mixed)"]);
    for line in all {
        assert_eq!(unwrap(Wrapper::Syslog, line).unwrap().0, LINE);
        assert_ne!(names(&[line])[0], "syslog (mixed)");
    }
}

#[test]
fn tags_without_a_time() {
    check(
        "syslog tag",
        &[
            ("frontend.0 nginx: LINE", None),
            ("web1 nginx[12]: LINE", None),
            ("nginx[12]: LINE", None),
            ("nginx: LINE", None),
        ],
    );
    for not in ["nginx: x", "INFO:     192.0.2.1:5 - x", "a b c: x", "GET /a: x", "192.0.2.1 1: x"]
    {
        assert_eq!(unwrap(Wrapper::Tag, not), None, "{not}");
    }
}

#[test]
fn runtimes() {
    let arena = Bump::new();
    let micros = time::iso8601(b"2025-10-10T13:55:01.5Z", 0);
    for (wrapper, line, inner, stream, partial) in [
        (Wrapper::Cri, "TIME stdout F a b", "a b", 0, false),
        (Wrapper::Cri, "TIME stderr P a b ", "a b ", 1, true),
        (Wrapper::Cri, "TIME stdout F:x a", "a", 0, false),
        (Wrapper::Cri, "TIME stdout P ", "", 0, true),
        (Wrapper::Cri, "TIME stdout F", "", 0, false),
        (Wrapper::Docker, r#"{"log":"a\n","stream":"stdout","time":"TIME"}"#, "a", 0, false),
        (Wrapper::Docker, r#"{"log":"a\r\n","stream":"stderr","time":"TIME"}"#, "a", 1, false),
        (Wrapper::Docker, r#"{"log":"a","stream":"stdout","time":"TIME"}"#, "a", 0, true),
        (
            Wrapper::Docker,
            r#"{"time":"TIME", "attrs":{"log":"b","tag":["x"]}, "stream":"stdout", "log":"\"a\u00e9\" \\x22\n"}"#,
            "\"aé\" \\x22",
            0,
            false,
        ),
    ] {
        let line = line.replace("TIME", "2025-10-10T13:55:01.500000000Z");
        let expected = Inner { line: inner.as_bytes(), time: micros, stream, partial };
        assert_eq!(wrapper.unwrap(line.as_bytes(), &arena), Some(expected), "{line}");
    }
    for (wrapper, not) in [
        (Wrapper::Cri, "2025-10-10T13:55:01 stdout F no zone"),
        (Wrapper::Cri, "2025-10-10T13:55:01Z stdin F a"),
        (Wrapper::Cri, "2025-10-10T13:55:01Z stdout X a"),
        (Wrapper::Cri, "2025-10-10T13:55:01Z stdout "),
        (Wrapper::Docker, r#"{"log":"a\n","time":"2025-10-10T13:55:01Z"}"#),
        (Wrapper::Docker, r#"{"log":"a\n","stream":"other"}"#),
        (Wrapper::Docker, r#"{"log":"a\n","stream":"std\u006fut"}"#),
        (Wrapper::Docker, r#"{"log":1,"stream":"stdout"}"#),
        (Wrapper::Docker, r#"{"log":"a\n","stream":"stdout"} x"#),
        (Wrapper::Docker, r#"{"log":"a\n","stream":"std"#),
        (Wrapper::Docker, r#"["log"]"#),
        (Wrapper::Docker, "{}"),
    ] {
        assert_eq!(wrapper.unwrap(not.as_bytes(), &arena), None, "{not}");
    }
    // All of a sample are pieces only when a shipper took the line breaks off.
    let whole =
        r#"{"log":"192.0.2.1 - / 200 5\n","stream":"stdout","time":"2025-10-10T13:55:01Z"}"#;
    let piece = &whole.replace(r"\n", "");
    assert_eq!(names(&[whole, piece]), ["docker json-file"]);
    assert_eq!(names(&[piece, piece]), ["JSON log"]);
    assert_eq!(names(&["2025-10-10T13:55:01Z stdout F a"])[0], "CRI");
}

#[test]
fn consoles() {
    check(
        "docker compose",
        &[
            ("web-1  | LINE", None),
            ("my_web.app_1 | LINE", None),
            ("\x1b[36mweb-1  | \x1b[0mLINE", None),
            ("\x1b[36;1mweb_1    |\x1b[0m LINE\x1b[0m", None),
            ("\x1b[2K\r\x1b[36mweb-1  \x1b[0m| \x1b[32mLINE\x1b[0m\x1b[K", None),
        ],
    );
    check(
        "kubectl",
        &[
            ("[pod/web-7d4b9c6f5d-x2k8p/nginx] LINE", None),
            ("\x1b[32m[pod/web-0/nginx]\x1b[0m LINE\x1b[0m", None),
        ],
    );
    check(
        "stern",
        &[
            ("web-7d4b9c6f5d-x2k8p nginx LINE", None),
            ("ingress-nginx-x2k8p controller LINE", None),
            ("default web-7d4b9c6f5d-x2k8p nginx LINE", None),
            ("\x1b[36mweb-0\x1b[0m \x1b[96mnginx\x1b[0m LINE", None),
            ("\x1b[33mdefault\x1b[0m \x1b[36mweb-0\x1b[0m \x1b[96mnginx\x1b[0m LINE", None),
        ],
    );
    check(
        "timestamp",
        &[
            ("2025-10-10T13:55:01.123456789Z LINE", Some("2025-10-10T13:55:01.123456Z")),
            ("2025-10-10T15:55:01.123+02:00 LINE", Some("2025-10-10T13:55:01.123Z")),
        ],
    );
    assert_eq!(unwrap(Wrapper::Compose, "web-1  | ").unwrap().0, "");
    for not in ["192.0.2.1 | - | GET", "web-1 |text", "web-1| text", "a b | c", "| x"] {
        assert_eq!(unwrap(Wrapper::Compose, not), None, "{not}");
    }
    for not in ["[pod/web] x", "[pod//nginx] x", "[pod/web/nginx]x", "[10/Oct/2025] x"] {
        assert_eq!(unwrap(Wrapper::Kubectl, not), None, "{not}");
    }
    for not in ["web-0 nginx x y", "www.example.com-proxy user x y", "site-style nginx x y"] {
        assert_eq!(unwrap(Wrapper::Stern, not), None, "{not}");
    }
}

#[test]
fn journald() {
    let time = Some("2018-08-21T14:04:21.221373Z");
    check(
        "journald JSON",
        &[
            (
                r#"{ "__REALTIME_TIMESTAMP" : "1534860261221373", "_PID" : "184", "MESSAGE" : "QUOTED" }"#,
                time,
            ),
            (r#"{"MESSAGE":BYTES,"__REALTIME_TIMESTAMP":"1534860261221373"}"#, time),
        ]
        .map(|(line, time)| {
            let quoted = LINE.replace('"', "\\\"");
            let bytes = format!("{:?}", LINE.as_bytes());
            let line = line.replace("QUOTED", &quoted).replace("BYTES", &bytes);
            (&*line.leak(), time)
        }),
    );
    for not in [
        r#"{"MESSAGE":"x"}"#,
        r#"{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1534860261221373"}"#,
        r#"{"MESSAGE":[1,256],"__REALTIME_TIMESTAMP":"1534860261221373"}"#,
        r#"{"MESSAGE":[1,"x"],"__REALTIME_TIMESTAMP":"1534860261221373"}"#,
        r#"{"MESSAGE":[1,"#,
    ] {
        assert_eq!(unwrap(Wrapper::Journald, not), None, "{not}");
    }
    let empty = r#"{"MESSAGE":[],"__REALTIME_TIMESTAMP":"1534860261221373"}"#;
    assert_eq!(unwrap(Wrapper::Journald, empty).unwrap().0, "");
}

#[test]
fn envelopes() {
    let time = Some("2025-10-10T13:55:01Z");
    for (name, line, time) in [
        ("JSON message", r#"{"@timestamp":"2025-10-10T13:55:01Z","message":"LINE"}"#, time),
        ("JSON message", r#"{"id":"3","timestamp":1760104501000,"message":"LINE"}"#, time),
        (
            "JSON message",
            r#"{"timestamp":1760104501,"host":{"message":"x"},"message":"LINE"}"#,
            time,
        ),
        ("JSON log", r#"{"log":"LINE\n","stream":"x","time":"yesterday"}"#, None),
        ("JSON log", r#"{"date":1760104501.000000,"log":"LINE","stream":"stdout"}"#, time),
        ("JSON msg", r#"{"ts":"2025-10-10T13:55:01Z","level":"info","msg":"LINE"}"#, time),
        (
            "JSON textPayload",
            r#"{"textPayload":"LINE","receiveTimestamp":"2025-10-10T13:55:01Z"}"#,
            time,
        ),
        (
            "JSON jsonPayload.message",
            r#"{"jsonPayload":{"pid":1,"message":"LINE"},"timestamp":"2025-10-10T13:55:01Z"}"#,
            time,
        ),
        ("JSON @message", r#"{"@timestamp":"2025-10-10 13:55:01.000","@message":"LINE"}"#, None),
        ("JSON MESSAGE", r#"{"MESSAGE":"LINE"}"#, None),
        (
            "JSON line",
            r#"{"labels":{"app":"web"},"line":"LINE","timestamp":"2025-10-10T13:55:01Z"}"#,
            time,
        ),
        ("JSON event.original", r#"{"message":"LINE","event":{"original":"LINE"}}"#, None),
        ("JSON event.original", r#"{"event.original":"LINE","message":"short"}"#, None),
        ("JSON log.original", r#"{"log":{"level":"info","original":"LINE"}}"#, None),
        ("JSON body", r#"{"body":"LINE","severity_text":"INFO"}"#, None),
        (
            "JSON attributes.message",
            r#"{"attributes":{"message":"LINE","timestamp":"2025-10-10T13:55:01Z"}}"#,
            time,
        ),
        (
            "JSON _source.message",
            r#"{"_index":"x","_source":{"@timestamp":"2025-10-10T13:55:01Z","message":"LINE"}}"#,
            time,
        ),
    ] {
        let line = line.replace("LINE", &LINE.replace('"', "\\\""));
        check(name, &[(&line, time)]);
    }
    // Double-encoded, and a line of a router.
    let arena = Bump::new();
    for (outer, inner) in [
        (
            r#"{"log":"{\"status\":200,\"uri\":\"\\u002fa\"}\n"}"#,
            r#"{"status":200,"uri":"\u002fa"}"#,
        ),
        (
            r#"{"message":"at=info method=GET path=/ status=304 bytes=0"}"#,
            "at=info method=GET path=/ status=304 bytes=0",
        ),
    ] {
        let wrapper = Wrapper::candidates(&[outer.as_bytes()])[0];
        assert_eq!(text(wrapper.unwrap(outer.as_bytes(), &arena).unwrap().line), inner);
    }
}

#[test]
fn what_is_not_wrapped() {
    for line in [
        LINE,
        r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5"#,
        r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#,
        r#"www.example.com 192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#,
        r#"2001:db8:: - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#,
        r#"192.0.2.1:39759 [10/Oct/2025:13:55:01.633] http-in~ api/web2 0/0/1/48/49 200 832 - - ---- 8/8/8/1/0 0/0 "GET / HTTP/1.1""#,
        r#"https 2021-12-03T04:20:02.215468Z app/lb/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET https://www.example.com:443/ HTTP/1.1" "curl" - -"#,
        r#"2014-02-15T23:39:43.945958Z my-lb 192.0.2.1:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1""#,
        r#"2014-02-15T23:39:43.945958Z my-lb 192.0.2.1:2817 - -1 -1 -1 503 0 0 0 "GET http://www.example.com:80/ HTTP/1.1""#,
        "2025-10-10 13:55:01 198.51.100.1 GET /default.htm - 80 - 192.0.2.1 curl - 200 0 0 12",
        r#"[2025-10-10T13:55:01.310Z] "GET / HTTP/2" 204 - 154 0 226 100 "192.0.2.1" "curl" "id" "www.example.com" "tcp://10.0.2.1:80""#,
        r#"{"level":"info","ts":1760104501.5,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/"},"duration":0.01,"status":200}"#,
        r#"{"time":"2025-10-10T13:55:01+00:00","status":200,"request":"GET / HTTP/1.1","message":""}"#,
        r#"{"level":"info","msg":"","time":"2025-10-10T13:55:01Z","DownstreamStatus":200}"#,
        r#"{"level":"error","message":"upstream timed out after 300 ms: giving up","status":504}"#,
        r#"{"status":200,"body":null,"message":{"a":1},"log":["GET / 200 x"]}"#,
        "1760104501.424    120 192.0.2.1 TCP_MISS/200 832 GET http://www.example.com/ - DIRECT/198.51.100.1 text/html",
        "time:10/Oct/2025:13:55:01 +0000\thost:192.0.2.1\tstatus:200",
        r#"::ffff:192.0.2.1 - GET / HTTP/1.1 200 5 - 0.3 ms"#,
        "GET / 200 1.2 ms - 5",
        "not a log",
        "",
    ] {
        let found = names(&[line]);
        assert!(found.is_empty(), "{found:?}: {line}");
    }
}

#[test]
fn nine_lines_in_ten() {
    let wrapped = format!("Oct 10 13:55:01 web1 nginx: {LINE}");
    let mut lines = vec![wrapped.as_str(); 18];
    lines.extend(["-- Logs begin at Fri --", "", "  ", "-- Reboot --"]);
    assert_eq!(names(&lines), ["syslog (RFC 3164)"]);
    lines.push("-- Reboot --");
    assert!(names(&lines).is_empty());
    assert!(names(&["", " "]).is_empty());
    assert!(names(&[]).is_empty());

    // A program that says more than its access log does.
    let line = format!(r#"{{"message":"{}"}}"#, LINE.replace('"', "\\\""));
    let mut lines = vec![r#"{"message":"started"}"#; 9];
    assert!(names(&lines).is_empty());
    lines.push(&line);
    assert_eq!(names(&lines), ["JSON message"]);
    // The time must be in nearly all of them as well.
    lines.extend([&line, r#"{"message":"stopped","time":"2025-10-10T13:55:01Z"}"#]);
    let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let wrapper = Wrapper::candidates(&bytes)[0];
    assert_eq!(unwrap(wrapper, lines[11]), Some(("stopped".into(), None)));
}

#[test]
fn several_wrappers() {
    let arena = Bump::new();
    let outer =
        r#"{"timestamp":1760104501,"message":"2025-10-10T13:55:00Z stderr P frontend.0 x"}"#;
    let message =
        Wrapper::candidates(&[r#"{"timestamp":1760104501,"message":"a b /c 200"}"#.as_bytes()])[0];
    let inner =
        Wrapper::unwrap_all(&[message, Wrapper::Cri], outer.as_bytes(), &arena, &Cell::default())
            .unwrap();
    assert_eq!((text(inner.line), inner.stream, inner.partial), ("frontend.0 x".into(), 1, true));
    assert_eq!(inner.time.map(rfc3339).as_deref(), Some("2025-10-10T13:55:00Z"));
    // The time of the outer one is better than none.
    let tagged = r#"{"timestamp":1760104501,"message":"frontend.0 nginx: 192.0.2.1 - - 200"}"#;
    let inner =
        Wrapper::unwrap_all(&[message, Wrapper::Tag], tagged.as_bytes(), &arena, &Cell::default())
            .unwrap();
    assert_eq!(text(inner.line), "192.0.2.1 - - 200");
    assert_eq!(inner.time.map(rfc3339).as_deref(), Some("2025-10-10T13:55:01Z"));
    assert_eq!(
        Wrapper::unwrap_all(&[message, Wrapper::Cri], tagged.as_bytes(), &arena, &Cell::default()),
        None
    );
}

/// No bytes make it panic.
#[test]
fn any_bytes() {
    use proptest::prelude::*;
    let pieces = prop::sample::select(vec![
        "<",
        ">",
        "190",
        "1",
        " ",
        "-",
        "[",
        "]",
        "\"",
        "\\",
        ":",
        "|",
        "{",
        "}",
        ",",
        "\x1b[",
        "m",
        "Oct 10 13:55:01 ",
        "2025-10-10T13:55:01Z ",
        "stdout ",
        "F ",
        "P",
        "web",
        "[pod/",
        "/",
        "\"log\":",
        "\"MESSAGE\":",
        "\"message\":",
        "\"stream\":\"stdout\"",
        "\u{feff}",
        "\r",
        "é",
    ]);
    let line = prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat());
    proptest!(ProptestConfig::with_cases(3000), |(line in line, cut in 0usize..100)| {
        let line = &line.as_bytes()[..line.len().saturating_sub(cut % 7)];
        let arena = Bump::new();
        let _ = Wrapper::candidates(&[line]);
        for wrapper in OF_TEXT.iter().chain(&[Wrapper::Docker, Wrapper::Journald]) {
            if let Some(inner) = wrapper.unwrap(line, &arena) {
                prop_assert!(inner.line.len() <= line.len());
            }
        }
    });
}
