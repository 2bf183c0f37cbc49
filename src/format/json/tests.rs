#![allow(clippy::unwrap_used)]

use super::*;
use crate::format::field::TimeShape;
use crate::format::keyed::Key;
use crate::record::{NoStatus, RequestLine, Status};
use proptest::prelude::*;
use serde_json::Value;

/// nginx with `escape=json`, every value quoted but the numbers.
const NGINX: [&str; 3] = [
    r#"{"time_local":"06/Sep/2025:05:58:05 +0900","remote_addr":"192.0.2.1","remote_user":"","request":"GET /a?b=\"c\" HTTP/1.1","status": "200","body_bytes_sent":"512","request_time":"0.120","upstream_addr":"10.0.0.1:80, 10.0.0.2:80","upstream_status":"502, 200","upstream_response_time":"0.100, 0.019","http_referrer":"","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64)"}"#,
    r#"{"time_local":"06/Sep/2025:05:58:06 +0900","remote_addr":"192.0.2.2","remote_user":"","request":"","status": "400","body_bytes_sent":"0","request_time":"0.003","upstream_addr":"","upstream_status":"","upstream_response_time":"","http_referrer":"","http_user_agent":""}"#,
    r#"{"time_local":"06/Sep/2025:05:58:07 +0900","remote_addr":"2001:db8::1","remote_user":"","request":"POST /x HTTP/2.0","status": "499","body_bytes_sent":"0","request_time":"60.000","upstream_addr":"10.0.0.1:80","upstream_status":"-","upstream_response_time":"-","http_referrer":"","http_user_agent":"a\\b\u00e9"}"#,
];

fn reader(lines: &[&str]) -> Json {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    Json::new(Json::learn(&lines, Wishes::of(alias::JSON)))
}

fn parse<'a>(json: &Json, line: &'a [u8], scratch: &'a Scratch) -> Result<Record<'a>, Reject> {
    let mut record = Record::default();
    json.parse(line, scratch, &mut record).map(|()| record)
}

/// The one line, read by what it teaches.
fn read<'a>(line: &'a str, scratch: &'a Scratch) -> Record<'a> {
    parse(&reader(&[line]), line.as_bytes(), scratch).unwrap()
}

#[test]
fn nginx_with_upstreams() {
    let scratch = Scratch::default();
    let json = reader(&NGINX);
    assert_eq!(json.mapping().name, "nginx");
    let lines: Vec<_> =
        NGINX.iter().map(|line| parse(&json, line.as_bytes(), &scratch).unwrap()).collect();
    let first = lines[0];
    assert_eq!(first.status, Status::Code(200));
    assert_eq!(first.target, Some(&b"/a?b=\"c\""[..]));
    assert_eq!(first.time, Some(1_757_105_885_000_000));
    assert_eq!(first.duration, Some(120_000));
    assert_eq!(first.bytes, Some(512));
    assert_eq!(first.upstream.attempts, 2);
    assert_eq!(first.upstream.status, Status::Code(200));
    assert_eq!(first.upstream.duration, Some(119_000));
    assert_eq!(first.upstream.address, Some(&b"10.0.0.2:80"[..]));
    assert_eq!(lines[1].request, RequestLine::Empty);
    assert_eq!(lines[1].upstream.status, Status::None(NoStatus::Empty));
    assert_eq!(lines[1].upstream.attempts, 0);
    assert_eq!(lines[2].user_agent, Some("a\\bé".as_bytes()));
    assert_eq!(lines[2].upstream.duration, None);
    assert!(lines.iter().all(|line| !line.recovered));
}

#[test]
fn numbers_or_strings_and_other_orders() {
    let scratch = Scratch::default();
    let json = reader(&[r#"{"ts":1693840791.7564995,"status":200,"uri":"/a","duration_ms":1.5}"#]);
    for line in [
        r#"{"ts":1693840791.7564995,"status":200,"uri":"/a","duration_ms":1.5}"#,
        r#"{"ts":"1693840791.7564995","status":"200","uri":"/a","duration_ms":"1.5"}"#,
        r#" { "duration_ms" : 1.5 , "new" : [1,{"status":500}] , "uri" : "\/a" , "status" : 200 , "ts" : 1.6938407917564995e9 } "#,
        r#"{"status":500,"ts":0,"uri":"/a","duration_ms":15e-1,"ts":1693840791.7564995,"status":200}"#,
        r#"{"ts":[1693840791.7564995,2],"\u0073tatus":[200],"uri":["/a",null],"duration_ms":1.5,"x":{"status":404}}"#,
    ] {
        let record = parse(&json, line.as_bytes(), &scratch).unwrap();
        assert_eq!(record.time, Some(1_693_840_791_756_499), "{line}");
        assert_eq!(record.status, Status::Code(200), "{line}");
        assert_eq!(record.target, Some(&b"/a"[..]), "{line}");
        assert_eq!(record.duration, Some(1500), "{line}");
        assert!(!record.recovered, "{line}");
    }
}

#[test]
fn nested_objects_and_headers() {
    let line = r#"{"level":"info","ts":1716723772.601,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.1","client_ip":"192.0.2.9","proto":"HTTP/2.0","method":"GET","host":"example.org","uri":"/a","headers":{"Accept":["*/*"],"User-Agent":["curl/8"],"X":[]}},"bytes_read":0,"duration":0.017557019,"size":3768,"status":0,"resp_headers":{"Status":["404"]}}"#;
    let scratch = Scratch::default();
    let taught = reader(&[line]);
    let record = parse(&taught, line.as_bytes(), &scratch).unwrap();
    assert_eq!(record.status, Status::None(NoStatus::Zero));
    assert_eq!(record.client, Some(&b"192.0.2.9"[..]));
    assert_eq!(record.target, Some(&b"/a"[..]));
    assert_eq!(record.protocol, Some(&b"HTTP/2.0"[..]));
    assert_eq!(record.host, Some(&b"example.org"[..]));
    assert_eq!(record.user_agent, Some(&b"curl/8"[..]));
    assert_eq!(record.bytes, Some(3768));
    assert_eq!(record.duration, Some(17_557));
    assert_eq!(taught.mapping().name, "caddy");
}

#[test]
fn templates_that_are_no_json_are_recovered() {
    let scratch = Scratch::default();
    let json = reader(&[
        r#"{"time":"2025-09-06T05:58:05Z","status":200,"rt":0.120,"urt":"0.100","uaddr":"x","upstream_addr":"10.0.0.1:80","uht":"0.1","bytes_sent":1,"request_method":"GET","server_protocol":"HTTP/1.1","ua":"curl"}"#,
    ]);
    for (line, recovered, upstream, attempts) in [
        (r#"{"request_method":"GET","status":200,"urt":0.001}"#, false, Some(1000), 1),
        (r#"{"request_method":"GET","status":200,"urt":-}"#, true, None, 0),
        (r#"{"request_method":"GET","status":200,"urt":,"ua":"x"}"#, true, None, 0),
        (r#"{"request_method":"GET","urt":0.001, 0.002,"status":200}"#, true, Some(3000), 2),
        (r#"{"request_method":"GET","urt":0.001, 0.002 : - , "status":200}"#, true, Some(3000), 3),
        (
            r#"{"request_method":"GET","status":200,"uht":0.1, -,"urt":0.001, 0.002}"#,
            true,
            Some(3000),
            2,
        ),
        (
            r#"{"request_method":"GET","upstream_addr":10.0.0.1:80, 10.0.0.2:80,"status":200}"#,
            true,
            None,
            2,
        ),
        (r#"{"request_method":"GET","status":200,"urt":[0.001, 0.002]}"#, false, Some(1000), 1),
        (
            r#"{"request_method":"GET","status":200,"ua":"say \x22hi\x22","urt":2e-3}"#,
            true,
            Some(2000),
            1,
        ),
        (r#"{"request_method":"GET","status":200,"bytes_sent":-}"#, true, None, 0),
        (r#"{"request_method":"GET","status":200,"other":"\x22"}"#, true, None, 0),
        (r#"{"request_method":"GET","status":200,"other":{"x":"\x22"}}"#, true, None, 0),
    ] {
        let record = parse(&json, line.as_bytes(), &scratch).unwrap();
        assert_eq!(record.recovered, recovered, "{line}");
        assert_eq!(record.upstream.duration, upstream, "{line}");
        assert_eq!(record.upstream.attempts, attempts, "{line}");
        assert_eq!(record.status, Status::Code(200), "{line}");
    }
    let said = parse(&json, br#"{"status":000,"ua":"say \x22hi\x22"}"#, &scratch).unwrap();
    assert_eq!(said.status, Status::None(NoStatus::Zero));
    assert_eq!(said.user_agent, Some(&b"say \"hi\""[..]));
    let latin = parse(&json, b"{\"status\":200,\"ua\":\"caf\xe9\"}", &scratch).unwrap();
    assert_eq!((latin.user_agent, latin.recovered), (Some(&b"caf\xe9"[..]), false));
}

#[test]
fn statuses_that_are_none_keep_their_spelling() {
    let scratch = Scratch::default();
    let json = reader(&[r#"{"status":200,"path":"/","bytes":1}"#]);
    for (line, status) in [
        (r#"{"status":null,"path":"/"}"#, NoStatus::Null),
        (r#"{"status":"","path":"/"}"#, NoStatus::Empty),
        (r#"{"status":"-","path":"/"}"#, NoStatus::Dash),
        (r#"{"status":-1,"path":"/"}"#, NoStatus::MinusOne),
        (r#"{"status":0,"path":"/","bytes":null}"#, NoStatus::Zero),
    ] {
        let record = parse(&json, line.as_bytes(), &scratch).unwrap();
        assert_eq!((record.status, record.bytes), (Status::None(status), None), "{line}");
    }
}

#[test]
fn what_is_no_line_of_it() {
    let scratch = Scratch::default();
    let json = reader(&[
        r#"{"ts":"2025-09-06T05:58:05Z","status":200,"path":"/","bytes":1,"duration_ms":0.001}"#,
    ]);
    for (line, reject) in [
        ("", Reject::Json),
        ("{", Reject::Truncated),
        ("[]", Reject::Json),
        ("null", Reject::Json),
        (r#"192.0.2.1 - - [x] "GET / HTTP/1.1" 200"#, Reject::Json),
        ("{}", Reject::MissingField),
        (r#"{"ts":"2025-09-06T05:58:05Z","level":"info"}"#, Reject::MissingField),
        // A request that began: its end is another line.
        (r#"{"ts":"2025-09-06T05:58:05Z","path":"/"}"#, Reject::MissingField),
        (r#"{"path":"/","status":{}}"#, Reject::MissingField),
        (r#"{"path":"/","status":[]}"#, Reject::MissingField),
        (r#"{"path":"/","ts":"yesterday"}"#, Reject::MissingField),
        // What a program tells of something else.
        (r#"{"ts":"2025-09-06T05:58:05Z","msg":"saved","status":200}"#, Reject::MissingField),
        (r#"{"status":200"#, Reject::Truncated),
        (r#"{"status":20"#, Reject::Truncated),
        (r#"{"status":200,"path":"/"#, Reject::Truncated),
        (r#"{"status":200,"x":{"y":["#, Reject::Truncated),
        (r#"{"status":200}x"#, Reject::Json),
        (r#"{"status":200,}"#, Reject::Json),
        (r#"{"status":200 "path":"/"}"#, Reject::Json),
        (r#"{"status":200,"a":1, 2}"#, Reject::Json),
        (r#"{"status":200,"a":NaN}"#, Reject::Json),
        (r#"{"status":200,"a":1.}"#, Reject::Json),
        (r#"{"status":200,"a":"\q"}"#, Reject::Json),
        (r#"{status:200}"#, Reject::Json),
        (r#"{"path":"/","status":true}"#, Reject::Status),
        (r#"{"path":"/","status":2000}"#, Reject::Status),
        (r#"{"path":"/","status":200,"bytes":"1k"}"#, Reject::Number),
        (r#"{"path":"/","status":200,"bytes":1e99}"#, Reject::Number),
        (r#"{"path":"/","status":200,"duration_ms":"x"}"#, Reject::Number),
        (r#"{"path":"/","status":200,"ts":"yesterday"}"#, Reject::Time),
    ] {
        assert_eq!(parse(&json, line.as_bytes(), &scratch), Err(reject), "{line}");
    }
    let deep = format!(r#"{{"status":200,"a":{}1{}}}"#, "[".repeat(99_999), "]".repeat(99_999));
    assert_eq!(parse(&json, deep.as_bytes(), &scratch), Err(Reject::Json));
    assert_eq!(fields(deep.as_bytes()), Err(Reject::Json));
    let deep = format!(r#"{{"status":{}1{}}}"#, "[".repeat(99_999), "]".repeat(99_999));
    assert_eq!(parse(&json, deep.as_bytes(), &scratch), Err(Reject::Json));
}

#[test]
fn times_where_a_latency_was_expected() {
    let scratch = Scratch::default();
    let huawei = read(r#"{"request_time":"1666604392000","status":"200","url":"/a"}"#, &scratch);
    assert_eq!((huawei.time, huawei.duration), (Some(1_666_604_392_000_000), None));
    let gateway = read(
        r#"{"requestTime":"09/Apr/2015:12:34:56 +0000","status":"200","path":"/a","responseLatency":"12","integrationLatency":"9"}"#,
        &scratch,
    );
    assert_eq!((gateway.time, gateway.duration), (Some(1_428_582_896_000_000), Some(12_000)));
    let templated = read(
        r#"{ "message":"/one/two?x=y","client": "192.0.2.1","auth": "-", "bytes": "178", "time_in_sec": "0.000", "response": "301", "verb":"GET","referrer": "-", "site":"a.example.org","httpversion":"HTTP/1.1","agent": "git/1.9" }"#,
        &scratch,
    );
    assert_eq!(templated.duration, Some(0));
    assert_eq!(templated.status, Status::Code(301));
    assert_eq!(templated.host, Some(&b"a.example.org"[..]));
    assert_eq!(templated.protocol, Some(&b"HTTP/1.1"[..]));
    assert_eq!(templated.time, None);
    let cloud =
        read(r#"{"latency":"0.005192s","status":200,"requestUrl":"https://a/b"}"#, &scratch);
    assert_eq!((cloud.duration, cloud.target), (Some(5192), Some(&b"https://a/b"[..])));
}

#[test]
fn a_line_field_by_field() {
    let found =
        fields(br#"{"a":{"b":[{"c":"\u00e9"},2]},"d":null,"urt":0.1, 0.2,"e":1e-3,"f":[]}"#);
    let shown: Vec<String> = found
        .unwrap()
        .iter()
        .map(|(path, value)| {
            format!("{path}={}", value.as_deref().map_or("null".into(), String::from_utf8_lossy))
        })
        .collect();
    assert_eq!(shown, ["a.b.c=é", "d=null", "urt=0.1, 0.2", "e=0.001"]);
}

/// Any JSON value, not too deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e30f64..1e30).prop_map(Value::from),
        (-1e-3f64..1e-3).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\"\\\\a/{}\\[\\],:\n\u{1}é😀]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner).prop_map(Value::from),
        ]
    })
}

/// An object with random and with known keys.
fn object(
    inner: impl Strategy<Value = Value>,
) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let key = prop_oneof!["[a-d]", "[\"\\\\.é\n]{0,3}", any::<String>()];
    prop::collection::vec((key, inner), 0..7).prop_map(|pairs| pairs.into_iter().collect())
}

/// What the scanner must find: the paths and values of all scalars, of arrays the first element.
fn expected(value: &Value, keys: &mut Vec<String>, found: &mut Vec<(Vec<String>, Value)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                keys.push(key.clone());
                expected(value, keys, found);
                keys.pop();
            }
        }
        Value::Array(array) => {
            if let Some(first) = array.first() {
                expected(first, keys, found);
            }
        }
        scalar => found.push((keys.clone(), scalar.clone())),
    }
}

/// Whether the scanner's value is serde_json's.
fn same(read: Option<&[u8]>, value: &Value) -> bool {
    let text = || std::str::from_utf8(read.unwrap()).unwrap();
    match value {
        Value::Null => read.is_none(),
        Value::String(string) => text() == string,
        // Exponents are written out, so the digits may differ, but not the number.
        Value::Number(number) if number.is_f64() => text().parse::<f64>().ok() == number.as_f64(),
        other => serde_json::from_str::<Value>(text()).is_ok_and(|read| read == *other),
    }
}

/// A mapping that keeps these paths as text, so that what the fast walk reads can be seen.
fn text_mapping(paths: &[Path]) -> Mapping {
    let texts = [Field::Host, Field::UserAgent, Field::Referer, Field::Client];
    let key =
        |(path, field): (&Path, Field)| Key { path: path.clone(), field, written_unit: false };
    let mut keys: Vec<Key> = paths.iter().zip(texts).map(key).collect();
    keys.push(Key { path: Path::parse("status"), field: Field::Status, written_unit: false });
    Mapping { keys, ..Mapping::default() }
}

proptest! {
    #[test]
    fn the_same_values_as_serde_json(object in object(value()), pretty in any::<bool>()) {
        let value = Value::from(object);
        let line = if pretty { format!("{value:#}") } else { value.to_string() };
        let found = fields(line.as_bytes()).unwrap();
        let mut wanted = Vec::new();
        expected(&value, &mut Vec::new(), &mut wanted);
        prop_assert_eq!(found.len(), wanted.len());
        for ((path, read), (keys, value)) in found.iter().zip(&wanted) {
            prop_assert_eq!(path, &Path::new(keys.iter().map(String::as_bytes)));
            prop_assert!(same(read.as_deref(), value), "{}: {:?} is not {}", path, read, value);
        }
    }

    #[test]
    fn the_walk_by_mapping_finds_them_too(
        mut object in object(value()), skip in 0usize..6, shuffle in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 4)
    ) {
        object.insert("status".into(), Value::from(204));
        let line = Value::from(object).to_string();
        let found = fields(line.as_bytes()).unwrap();
        let wanted: Vec<_> =
            found.iter().filter(|(path, _)| *path != Path::parse("status")).skip(skip).take(4).collect();
        let paths: Vec<Path> = wanted.iter().map(|(path, _)| path.clone()).collect();
        let mut mapping = text_mapping(&paths);
        if shuffle {
            mapping.order = found.iter().rev().map(|(path, _)| path.clone()).collect();
        }
        let scratch = Scratch::default();
        let json = Json::new(mapping);
        let record = parse(&json, line.as_bytes(), &scratch).unwrap();
        let read = [record.host, record.user_agent, record.referer, record.client];
        for (read, (path, value)) in read.iter().zip(&wanted) {
            let value = value.as_deref().and_then(crate::format::field::present);
            prop_assert_eq!(*read, value, "{} of {}", path, line);
        }
        prop_assert_eq!(record.status, Status::Code(204));
        prop_assert!(!record.recovered);
        for cut in cuts {
            let cut = &line.as_bytes()[..1 + cut.index(line.len() - 1)];
            prop_assert_eq!(parse(&json, cut, &scratch), Err(Reject::Truncated));
            prop_assert_eq!(fields(cut), Err(Reject::Truncated));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let scratch = Scratch::default();
        let json = reader(&NGINX);
        for line in [&line[..], &[b"{", &line[..]].concat(), &[b"{\"status\":", &line[..]].concat()] {
            let _ = fields(line);
            let _ = parse(&json, line, &scratch);
            let _ = Json::learn(&[line], Wishes::of(alias::JSON));
        }
    }

    #[test]
    fn no_mutation_makes_it_panic(
        which in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        token in prop::sample::select(&["\"", "\\", "{", "}", "[", "]", ",", ":", "-", "\\u12", "1e9"][..]),
    ) {
        let scratch = Scratch::default();
        let json = reader(&NGINX);
        let mut line = NGINX[which].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(line.len());
            line[at] = byte;
            line.splice(at..at, token.bytes());
        }
        let _ = fields(&line);
        let read = parse(&json, &line, &scratch);
        // What serde_json takes is JSON here too.
        if serde_json::from_slice::<Value>(&line).is_ok_and(|value| value.is_object()) {
            prop_assert!(!matches!(read, Err(Reject::Json | Reject::Truncated)));
        }
    }
}

#[test]
fn a_mapping_by_hand() {
    let scratch = Scratch::default();
    let mut mapping = text_mapping(&[Path::parse("a.b[0]"), Path::new([&b"a.b"[..]])]);
    mapping.keys.push(Key {
        path: Path::parse("t"),
        field: Field::Time(TimeShape::EpochSeconds),
        written_unit: false,
    });
    let json = Json::new(mapping);
    let line = br#"{"a":{"b":["nested"]},"a.b":"flat","status":200,"t":1445680800.424}"#;
    let record = parse(&json, line, &scratch).unwrap();
    assert_eq!(record.host, Some(&b"nested"[..]));
    assert_eq!(record.user_agent, Some(&b"flat"[..]));
    assert_eq!(record.time, Some(1_445_680_800_424_000));
}
