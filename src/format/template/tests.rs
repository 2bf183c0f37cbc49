#![allow(clippy::unwrap_used)]

use super::*;
use crate::format::{apache, nginx};
use crate::record::Status;

const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

fn nginx(format: &str) -> Template {
    let (pieces, escape) = nginx::pieces(format).unwrap();
    Template::compile(pieces, escape, None).unwrap()
}

#[test]
fn reads_every_field_of_combined() {
    let t = nginx(COMBINED);
    let line = br#"203.0.113.16 - john doe [10/Oct/2025:13:55:51 +0000] "GET /ref?a=1 HTTP/1.1" 200 5 "http://e.com/?x=\x22 404 99 \x22" "fake \x22 500 1 \x22""#;
    let r = t.record(line).unwrap();
    assert_eq!(r.client, Some(&b"203.0.113.16"[..]));
    assert_eq!(r.time, Some(1_760_104_551_000_000));
    assert_eq!(r.method, Some(&b"GET"[..]));
    assert_eq!(r.target, Some(&b"/ref?a=1"[..]));
    assert_eq!(r.protocol, Some(&b"HTTP/1.1"[..]));
    assert_eq!(r.status, Status::Code(200));
    assert_eq!(r.bytes, Some(5));
    assert_eq!(r.referer, Some(&br"http://e.com/?x=\x22 404 99 \x22"[..]));
    assert_eq!(r.user_agent, Some(&br"fake \x22 500 1 \x22"[..]));
    assert!(!r.recovered);
}

#[test]
fn a_cut_line_is_no_line() {
    let t = nginx(COMBINED);
    let whole = br#"192.0.2.50 - - [10/Oct/2025:13:56:00 +0000] "GET /cut HTTP/1.1" 200 5 "-" "-""#;
    assert!(t.record(whole).is_ok());
    for length in 0..whole.len() {
        let cut = &whole[..length];
        let reject = t.record(cut).unwrap_err();
        let bracket = whole.iter().position(|b| *b == b']').unwrap();
        if length > bracket + 4 {
            assert_eq!(reject, Reject::Truncated, "{}", cut.escape_ascii());
        }
        // Only the user agent's closing quote may be missing.
        let lenient = t.recover(cut).is_some();
        assert_eq!(lenient, length >= whole.len() - 2, "{}", cut.escape_ascii());
    }
}

#[test]
fn raw_quotes_are_recovered() {
    let (pieces, escape) = apache::pieces("%h %l %u %t \"%r\" %>s %b").unwrap();
    let t = Template::compile(pieces, escape, None).unwrap();
    let line = br#"1.2.3.4 - - [25/Apr/2021:06:15:33 +0000] "GET /a?t=<script>alert("text")</script> HTTP/1.0" 404 1164"#;
    assert!(t.record(line).is_err());
    let r = t.recover(line).unwrap();
    assert_eq!(r.status, Status::Code(404));
    assert_eq!(r.target, Some(&br#"/a?t=<script>alert("text")</script>"#[..]));
    assert!(r.recovered);
}

#[test]
fn a_line_of_quotes_is_given_up_soon() {
    let t = nginx(COMBINED);
    let mut line = br#"1.2.3.4 - - [25/Apr/2021:06:15:33 +0000] "#.to_vec();
    line.extend(std::iter::repeat_n(&br#"" 200 1 " " "#[..], 3000).flatten());
    assert!(t.recover(&line).is_none());
}

#[test]
fn upstream_lists_with_spaces() {
    let t = nginx(
        "$remote_addr [$time_local] $status $request_time [$proxy_upstream_name] \
         $upstream_addr $upstream_response_length $upstream_response_time $upstream_status \
         $req_id",
    );
    let r = t
        .record(b"192.0.2.3 [10/Oct/2025:13:55:03 +0000] 200 0.006 [ns-svc-80] 10.0.0.1:80, 10.0.0.2:80 : 10.0.1.1:80 0, 0 : 5 0.001, 0.002 : 0.003 502, 502 : 200 0123abc")
        .unwrap();
    assert_eq!(r.upstream.attempts, 3);
    assert_eq!(r.upstream.status, Status::Code(200));
    assert_eq!(r.upstream.duration, Some(6000));
    assert_eq!(r.duration, Some(6000));
    let r =
        t.record(b"192.0.2.3 [10/Oct/2025:13:55:03 +0000] 503 0.000 [] - - - - 0123abc").unwrap();
    assert_eq!((r.upstream.attempts, r.upstream.duration), (0, None));
    assert_eq!(r.duration, Some(0));
}

#[test]
fn numbers_may_be_empty_only_where_that_means_absent() {
    let record = |format: &str, line: &[u8]| {
        let (pieces, escape) = nginx::pieces(format).unwrap();
        Template::compile(pieces, escape, None).unwrap().record(line).map(|r| r.duration)
    };
    let bare = "$status $upstream_response_time";
    assert_eq!(record(bare, b"200 -"), Ok(None));
    assert_eq!(record(bare, b"200 0.120 "), Ok(Some(120_000)));
    assert_eq!(record(bare, b"200 "), Err(Reject::Number));
    let json = "log_format a escape=json '$status $upstream_response_time';";
    assert_eq!(record(json, b"200 "), Ok(None));
    assert_eq!(record("$status \"$upstream_response_time\"", b"200 \"\""), Ok(None));
}

#[test]
fn a_user_cannot_hide_the_time() {
    let t = nginx(COMBINED);
    let line = br#"192.0.2.1 - a [b [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    assert_eq!(t.record(line).unwrap().time, Some(1_760_104_501_000_000));
}

#[test]
fn addresses_with_colons_before_a_port() {
    let (pieces, escape) = apache::pieces("%v:%p %h %>s").unwrap();
    let t = Template::compile(pieces, escape, None).unwrap();
    let r = t.record(b"[2001:db8::1]:443 192.0.2.1 200").unwrap();
    assert_eq!((r.host, r.client), (Some(&b"[2001:db8::1]"[..]), Some(&b"192.0.2.1"[..])));
    let t = nginx("$remote_addr:$remote_port $status");
    assert_eq!(t.record(b"2001:db8::1:40008 200").unwrap().client, Some(&b"2001:db8::1"[..]));
    assert_eq!(t.record(b"192.0.2.1:40008 200").unwrap().client, Some(&b"192.0.2.1"[..]));
    let t = nginx("$status $host:$server_port");
    assert_eq!(t.record(b"200 [::1]:80").unwrap().host, Some(&b"[::1]"[..]));
}

#[test]
fn the_client_of_a_list_is_its_first_address() {
    let t = nginx(COMBINED);
    let tail = r#" - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
    let line = format!("203.0.113.9, 10.9.9.9{tail}");
    assert_eq!(t.record(line.as_bytes()).unwrap().client, Some(&b"203.0.113.9"[..]));
    let t = nginx("\"$http_x_forwarded_for\" $status");
    let r = t.record(br#""203.0.113.9, 10.9.9.9" 200"#).unwrap();
    assert_eq!(r.client, Some(&b"203.0.113.9"[..]));
}

#[test]
fn a_request_without_quotes_ends_in_its_protocol() {
    let t = nginx("$remote_addr $request $status");
    let r = t.record(b"192.0.2.1 GET /a b HTTP/1.1 404").unwrap();
    assert_eq!((r.target, r.status), (Some(&b"/a b"[..]), Status::Code(404)));
    assert_eq!(t.record(b"192.0.2.1 - 400").unwrap().status, Status::Code(400));
}

#[test]
fn the_request_line_says_the_target() {
    let t = nginx("\"$request\" $uri $status");
    let r = t.record(br#""GET /a?b HTTP/1.1" /index.php 200"#).unwrap();
    assert_eq!(r.target, Some(&b"/a?b"[..]));
}

#[test]
fn a_prefix_before_the_line_is_no_user() {
    let (pieces, escape) = apache::pieces("%h %l %u %t \"%r\" %>s %b").unwrap();
    let t = Template::compile(pieces, escape, None).unwrap();
    let tail = r#" [25/Apr/2021:06:15:33 +0000] "GET / HTTP/1.0" 404 1164"#;
    for (head, reads) in [
        ("1.2.3.4 - -", true),
        ("1.2.3.4 - john doe", true),
        ("1.2.3.4 id frank", true),
        ("Oct 10 13:55:01 web1 nginx: 1.2.3.4 - -", false),
        ("2022-01-28T16:04:05.4Z stdout F 1.2.3.4 - frank", false),
    ] {
        assert_eq!(t.record(format!("{head}{tail}").as_bytes()).is_ok(), reads, "{head}");
    }
}

#[test]
fn the_latency_can_be_chosen() {
    let format = "$status $request_time $upstream_response_time";
    let with = |latency| {
        let (pieces, escape) = nginx::pieces(format).unwrap();
        Template::compile(pieces, escape, latency)
    };
    let duration = |t: Template| t.record(b"200 0.500 0.400").unwrap().duration;
    assert_eq!(duration(with(None).unwrap()), Some(500_000));
    assert_eq!(duration(with(Some(("upstream_response_time", None))).unwrap()), Some(400_000));
    let error = with(Some(("nope", None))).unwrap_err();
    assert!(error.contains("$request_time, $upstream_response_time"), "{error}");
}

#[test]
fn what_cannot_be_split_is_refused() {
    let (pieces, escape) = nginx::pieces("$status$request_time").unwrap();
    let error = Template::compile(pieces, escape, None).unwrap_err();
    assert!(error.starts_with("$status and $request_time have nothing between them"));
    let (pieces, escape) = nginx::pieces("$remote_addr $request_time").unwrap();
    assert!(Template::compile(pieces, escape, None).unwrap_err().contains("no status"));
}

/// A padded value has no short way, so it is read the long way.
#[test]
fn the_short_way_of_a_number_is_the_long_one() {
    let values = [
        "12",
        "0",
        "-",
        "-1",
        "+3",
        "1.5",
        "0.120",
        "10.250",
        "1, 2",
        "1 : 2",
        "0.001, 0.002",
        "x",
        "",
        "99999999999999999999",
    ];
    for name in [
        "latency:ms",
        "latency:us",
        "latency:ns",
        "latency:s",
        "upstream_latency:ms",
        "upstream_latency:s",
        "connect_time:ms",
        "connect_time:s",
        "header_time:ms",
        "number",
        "bytes",
        "known_bytes",
        "retries",
        "attempts",
    ] {
        let template = |space: &str| {
            let (pieces, escape) =
                crate::format::named::pieces(&format!("{{status}}|{{{space}{name}}}|")).unwrap();
            Template::compile(pieces, escape, None).unwrap()
        };
        for value in values {
            let line = format!("200|{value}|");
            let (short, long) = (template(""), template(" "));
            assert_eq!(
                short.record(line.as_bytes()),
                long.record(line.as_bytes()),
                "{name} {value}"
            );
        }
    }
}
