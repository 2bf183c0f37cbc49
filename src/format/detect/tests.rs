#![allow(clippy::unwrap_used)]
use super::draft::offset;
use super::*;
use crate::format::ONLY_GIVEN;
use crate::format::Scratch;
use crate::format::marks::Quotes;

fn combined(tails: &[&str]) -> Vec<String> {
    let line = |(at, tail): (usize, &&str)| {
        format!(
            r#"192.0.2.{} - - [10/Oct/2025:13:55:0{} +0330] "GET /{at} HTTP/1.1" 200 5 "-" "x"{tail}"#,
            at % 200,
            at % 10,
        )
    };
    tails.iter().enumerate().map(line).collect()
}

fn run(lines: &[String]) -> Result<Reading, Undetected> {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    detect(&lines, None)
}

/// The label of the format of that name, or the name itself.
fn label(name: &str) -> &str {
    match name {
        "Heroku router" => "logfmt",
        _ => FORMATS.iter().find(|format| format.name == name).map_or(name, |format| format.label),
    }
}

#[test]
fn every_sample_is_detected_as_its_own_format_or_its_twin() {
    for format in FORMATS {
        let lines: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
        match detect(&lines, None) {
            Ok(reading) => {
                assert_eq!(label(&reading.name), format.label, "{}", format.name);
                let requests = lines.iter().filter(|line| !line.starts_with(b"#")).count() as u64;
                assert_eq!((reading.read, reading.sampled), (requests, requests));
            }
            Err(Undetected::Ambiguous(found)) => {
                assert!(found.readings.iter().any(|(name, _)| name == format.name));
                assert!(format.help.contains("seconds"), "{}: {found:?}", format.name);
            }
            Err(other) => panic!("{}: {other:?}", format.name),
        }
    }
}

/// A quoted number may stand where X-Forwarded-For does; it is no address.
const NO_ADDRESS: &str = "a list of addresses must be one";
/// An address before the client may stand where a virtual host does.
const NO_HOST: &str = "a virtual host must look like one";
/// A whole number says nothing of its unit: refused, with all readings.
const UNIT: &str = "ambiguous: the user is asked";
/// `-` may be a time of Apache that is absent, or an upstream that was not asked.
const ABSENT: &str = "a sample of dashes only";

/// Formats that read a sample of another label, and why nothing is confused.
const OVERLAPS: &[(&str, &str, &str)] = &[
    ("nginx-main", "nginx-combined-time-quoted", NO_ADDRESS),
    ("nginx-main-time-quoted", "nginx-combined-times-quoted", NO_ADDRESS),
    ("apache-vhost-combined", "nginx-combined", NO_HOST),
    ("apache-vhost-noport-combined", "nginx-combined", NO_HOST),
    ("lighttpd", "nginx-combined", NO_HOST),
    ("lighttpd", "apache-combined", NO_HOST),
    ("apache-combined-us", "nginx-combined-upstream-time", ABSENT),
    ("apache-combined-ms", "nginx-combined-upstream-time", ABSENT),
    ("apache-combined-s", "nginx-combined-upstream-time", ABSENT),
    ("apache-combined-us", "apache-combined-ms", UNIT),
    ("apache-combined-us", "apache-combined-s", UNIT),
    ("apache-combined-ms", "apache-combined-us", UNIT),
    ("apache-combined-ms", "apache-combined-s", UNIT),
    ("apache-combined-s", "apache-combined-us", UNIT),
    ("apache-combined-s", "apache-combined-ms", UNIT),
    ("apache-vhost-combined-us", "apache-vhost-combined-ms", UNIT),
    ("apache-vhost-combined-us", "apache-vhost-combined-s", UNIT),
    ("apache-vhost-combined-ms", "apache-vhost-combined-us", UNIT),
    ("apache-vhost-combined-ms", "apache-vhost-combined-s", UNIT),
    ("apache-vhost-combined-s", "apache-vhost-combined-us", UNIT),
    ("apache-vhost-combined-s", "apache-vhost-combined-ms", UNIT),
];

#[test]
fn no_format_reads_what_is_another_s() {
    let shapes: Vec<_> = FORMATS
        .iter()
        .map(|format| {
            let lines: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
            (format, format.shape(&lines, None).unwrap())
        })
        .collect();
    let mut wrong = Vec::new();
    let mut unused: Vec<_> = OVERLAPS.to_vec();
    for (other, shape) in &shapes {
        for format in FORMATS.iter().filter(|format| format.label != other.label) {
            // Which JSON it is the keys of a whole sample tell, not the shape of a line: see
            // `json::products`.
            if format.dialect == other.dialect && other.string.is_empty() {
                continue;
            }
            if !format.samples.iter().any(|sample| shape.reads(sample.as_bytes())) {
                continue;
            }
            let pair = |row: &(&str, &str, &str)| (row.0, row.1) == (other.name, format.name);
            if !OVERLAPS.iter().any(pair) {
                wrong.push(format!("{} reads a sample of {}", other.name, format.name));
            }
            unused.retain(|row| !pair(row));
        }
    }
    assert!(wrong.is_empty() && unused.is_empty(), "{}\nunused: {unused:?}", wrong.join("\n"));
}

#[test]
fn each_sample_alone_is_detected_as_its_own_format() {
    // Columns that a header names need it before them.
    let has_header = |format: &&Format| format.samples.iter().any(|line| line.starts_with('#'));
    let formats = FORMATS.iter().filter(|format| !ONLY_GIVEN.contains(&format.name));
    for format in formats.filter(|format| !has_header(format)) {
        for sample in format.samples {
            match detect(&[sample.as_bytes()], None) {
                Ok(reading) => {
                    let label = label(&reading.name);
                    let doubtful = OVERLAPS.iter().any(|(reads, name, why)| {
                        (*reads, *name, *why) == (&reading.name, format.name, ABSENT)
                            || *why == ABSENT && *name == format.name
                    });
                    assert!(
                        label == format.label || doubtful,
                        "{}: {sample}: {label}",
                        format.name
                    );
                }
                Err(Undetected::Ambiguous(found)) => {
                    assert!(found.readings.iter().any(|(name, _)| name == format.name), "{sample}");
                }
                Err(other) => panic!("{}: {other:?}: {sample}", format.name),
            }
        }
    }
}

#[test]
fn lines_without_http_are_refused_by_name() {
    let line = "tls 2.0 2025-10-10T13:55:01 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.1:2817 10.0.0.1:443 5 2 98 246 - arn:aws:acm:us-east-2:123456789012:certificate/1 - ECDHE-RSA-AES128-SHA tlsv12 - www.example.com - - -";
    assert!(matches!(
        run(&vec![line.to_owned(); 3]),
        Err(Undetected::NoHttp("a log of AWS NLB connections"))
    ));
}

#[test]
fn what_haproxy_tells_beside_its_requests_is_passed_over() {
    let request = r#"192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www web/s1 5/0/7/80/92 200 1139 - - ---- 2/1/0/0/0 0/0 "GET /a HTTP/1.1""#;
    let failed = "192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www/1: SSL handshake failure";
    let down = "Server web/s1 is DOWN, reason: Layer4 timeout";
    let reading = run(&[request, failed, down, failed].map(str::to_owned)).unwrap();
    assert_eq!((reading.name.as_str(), reading.read, reading.sampled), ("haproxy-http", 1, 1));
    assert_eq!(reading.latency, Some(("%Ta".into(), "ms")));
    assert_eq!(reading.time_meaning, TimeMeaning::Start);
    assert!(reading.zone.unwrap().starts_with("UTC (no zone"));
    let scratch = Scratch::default();
    for line in [failed, down] {
        let found =
            reading.parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut Record::default());
        assert_eq!(found, Line::Skip(crate::record::Skip::NotAResponse), "{line}");
    }
}

#[test]
fn a_whole_number_has_no_unit_so_it_is_refused() {
    let Err(Undetected::Ambiguous(found)) = run(&combined(&[" 1834", " 950", " 2300456"])) else {
        panic!("not refused");
    };
    let names: Vec<_> = found.readings.iter().map(|(name, _)| name.as_str()).collect();
    // As seconds, 2300456 would be 26 days: that reading is out.
    assert_eq!(names, ["apache-combined-us", "apache-combined-ms"]);
    assert!(found.readings[0].1.contains("latency 0.001834 s from %D"), "{found:?}");
    assert!(found.readings[1].1.contains("latency 1.834 s from %{ms}T"), "{found:?}");
}

#[test]
fn the_order_of_two_times_is_read_off_the_values() {
    let reading = run(&combined(&[" 0.120 0.119", " 0.300 -", " 5.000 0.100"])).unwrap();
    assert_eq!(reading.name, "nginx-combined-times");
    let reading = run(&combined(&[" 0.119 0.220", " 0.100 5.000"])).unwrap();
    assert_eq!(reading.name, "nginx-combined-times-reversed");
    assert_eq!(reading.latency, Some(("$request_time".into(), "s")));
}

#[test]
fn one_time_is_named_as_either() {
    let reading = run(&combined(&[" 0.120", " 0.300"])).unwrap();
    let (name, _) = reading.latency.unwrap();
    assert_eq!(name, "$request_time or $upstream_response_time");
    let reading = run(&combined(&[" 0.120", " -"])).unwrap();
    assert_eq!(reading.latency.unwrap().0, "$upstream_response_time");
}

#[test]
fn products_are_told_apart_by_their_marks() {
    let plain = run(&combined(&["", ""])).unwrap();
    assert_eq!((plain.name.as_str(), plain.time_meaning), ("combined", TimeMeaning::Unknown));
    assert_eq!(plain.zone.as_deref(), Some("+03:30"));
    let mut nginx = combined(&["", ""]);
    nginx[0] = nginx[0].replace("GET /0", r"\x16\x03\xFC");
    let reading = run(&nginx).unwrap();
    assert_eq!((reading.name.as_str(), reading.time_meaning), ("nginx-combined", TimeMeaning::End));
    let mut apache = combined(&["", ""]);
    apache[0] = apache[0].replace("200 5", "304 -");
    let reading = run(&apache).unwrap();
    assert_eq!(reading.name, "apache-combined");
    assert_eq!(reading.time_meaning, TimeMeaning::Start);
}

#[test]
fn unknown_columns_are_ignored_and_named() {
    let reading = run(&combined(&[" abc 0.120 x", " def 0.300 y"])).unwrap();
    assert_eq!(reading.name, "combined + unknown columns");
    assert_eq!(reading.latency, None);
    assert!(reading.notes[0].starts_with("3 column(s)"), "{:?}", reading.notes);
    let unread = reading.unread_latency.unwrap();
    assert!(unread.starts_with("column 2 after 'combined' looks like seconds (0.120)"));
}

#[test]
fn what_is_no_access_log_is_unknown() {
    let lines = vec!["2014-10-08 16:56:38,344:WARN:foo bar baz".to_owned(); 5];
    assert!(matches!(run(&lines), Err(Undetected::Unknown(_))));
    assert!(matches!(run(&[]), Err(Undetected::Empty)));
    let errors = vec!["2022/01/24 16:33:06 [error] 334#334: *338 x".to_owned(); 5];
    assert!(matches!(run(&errors), Err(Undetected::Empty)));
}

#[test]
fn a_prefix_that_is_not_known_is_named() {
    let line = format!("<<web1>> 42 {}", combined(&[""])[0]);
    let Err(Undetected::Prefixed(name, prefix)) = run(&vec![line; 4]) else {
        panic!("not seen");
    };
    assert_eq!(name, "apache-combined");
    assert_eq!(prefix, b"<<web1>> 42");
}

fn wrapper_names(reading: &Reading) -> Vec<&'static str> {
    reading.parser.wrappers().iter().map(Wrapper::name).collect()
}

#[test]
fn wrapped_lines_are_unwrapped_as_deep_as_it_needs() {
    let inner = &combined(&["", ""]);
    let syslog = |line: &String| format!("<190>Oct 10 13:55:02 web1 nginx: {line}");
    let reading = run(&inner.iter().map(syslog).collect::<Vec<_>>()).unwrap();
    assert_eq!((reading.name.as_str(), reading.read), ("combined", 2));
    assert_eq!(wrapper_names(&reading), ["syslog (RFC 3164)"]);
    let docker = |line: &String| {
        let log = serde_json::json!(syslog(line) + "\n");
        format!(r#"{{"log":{log},"stream":"stdout","time":"2025-10-10T13:55:02.1Z"}}"#)
    };
    let lines: Vec<_> = inner.iter().map(docker).collect();
    let reading = run(&lines).unwrap();
    assert_eq!((reading.read, reading.sampled), (2, 2));
    assert_eq!(wrapper_names(&reading), ["docker json-file", "syslog (RFC 3164)"]);
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let reading = given("nginx-combined", &lines, None).unwrap();
    assert_eq!((reading.name.as_str(), reading.read), ("nginx-combined", 2));
    // What is in doubt is in doubt behind a wrapper too.
    let doubtful = combined(&[" 1834", " 950"]);
    let found = run(&doubtful.iter().map(syslog).collect::<Vec<_>>());
    assert!(matches!(found, Err(Undetected::Ambiguous(_))));
}

#[test]
fn a_wrapper_lends_its_time() {
    let line = "2025-10-10T13:55:01.5+00:00 heroku[router]: at=info method=GET path=\"/\" \
                host=www.example.com request_id=id-1 fwd=\"192.0.2.1\" dyno=web.1 connect=1ms \
                service=22ms status=200 bytes=656 protocol=https";
    let reading = run(&vec![line.to_owned(); 2]).unwrap();
    assert_eq!(reading.time_field.as_deref(), Some("time of syslog (ISO time)"));
    assert_eq!((reading.time_meaning, reading.notes.len()), (TimeMeaning::End, 0));
    let scratch = reading.parser.scratch();
    let inner = reading.parser.unwrap(line.as_bytes(), &scratch).next().unwrap();
    let mut record = Record::default();
    assert_eq!(
        reading.parser.read_unwrapped(&inner, Quotes::UNKNOWN, &scratch, &mut record),
        Line::Request
    );
    assert_eq!(record.time, Some(1_760_104_501_500_000));
}

#[test]
fn a_log_that_is_json_in_part() {
    let json = r#"{"time":"2025-10-10T13:55:01Z","method":"GET","path":"/a","status":200}"#;
    for text in [1, 9] {
        let mut lines = vec![json.to_owned(); 10 - text];
        lines.extend(combined(&vec![""; text]));
        lines.push(r#"{"level":"info","msg":"started","code":7}"#.to_owned());
        let reading = run(&lines).unwrap();
        assert_eq!(reading.name, if text < 5 { "JSON" } else { "combined" });
        assert_eq!((reading.read, reading.sampled), (10, 11));
    }
}

#[test]
fn heroku_s_router_is_known_by_its_keys() {
    let line = r#"at=info method=GET path="/" host=www.example.com request_id=id-1 fwd="192.0.2.1" dyno=web.1 connect=1ms service=22ms status=200 bytes=656 protocol=https"#;
    let reading = run(&vec![line.to_owned(); 2]).unwrap();
    assert_eq!(reading.name, "heroku");
    assert_eq!(reading.latency, Some(("connect + service".into(), "as written")));
    let service = "method=GET path=/ status=200 took=5ms";
    assert_eq!(run(&vec![service.to_owned(); 2]).unwrap().name, "logfmt");
}

#[test]
fn json_without_a_status_is_no_access_log() {
    let lines = vec![r#"{"level":"info","path":"/a","method":"GET"}"#.to_owned(); 3];
    assert!(matches!(run(&lines), Err(Undetected::NoStatus("JSON"))));
}

#[test]
fn given_formats() {
    let lines = [&br#"GET 200 0.120"#[..]];
    let reading = given("$request_method $status $request_time", &lines, None).unwrap();
    assert_eq!((reading.read, reading.detected), (1, false));
    assert!(reading.notes[0].contains("no time"));
    let error = given("ngnix-combined", &lines, None).unwrap_err();
    assert!(error.contains("did you mean 'nginx-combined'"), "{error}");
    let error = given("$request_method$status", &lines, None).unwrap_err();
    assert!(error.contains("nothing between them"), "{error}");
    assert!(given("%h %>s", &[b"a 200"], None).is_ok());
    for (text, line, product, meaning) in [
        ("varnishncsa", "", "varnishncsa", TimeMeaning::Start),
        ("tomcat-common", "", "tomcat-common", TimeMeaning::End),
        ("%ci %ST", "a 200", "given HAProxy format", TimeMeaning::Start),
        ("%RESPONSE_CODE% %DURATION%", "200 1", "given Envoy format", TimeMeaning::Start),
        ("{status} {latency:ms}", "200 1", "given named format", TimeMeaning::Unknown),
    ] {
        let reading = given(text, &[line.as_bytes()], None).unwrap();
        assert_eq!((reading.name.as_str(), reading.time_meaning), (product, meaning), "{text}");
    }
    for (text, part) in [
        ("varnishnsca", "did you mean 'varnishncsa'"),
        ("%{+json}o %ST", "JSON"),
        ("%ci %Ta", "no status"),
        ("%START_TIME% %DURATION", "not closed"),
    ] {
        let error = given(text, &[b"x"], None).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn offsets() {
    assert_eq!(offset(b"10/Oct/2025:13:55:01 -0330"), "-03:30");
    assert_eq!(offset(b"2025-10-10T13:55:01+09:00"), "+09:00");
    assert_eq!(offset(b"2025-10-10T13:55:01.25Z"), "+00:00");
    assert!(offset(b"2025-10-10T13:55:01").starts_with("UTC"));
}
