#![allow(clippy::unwrap_used)]

use super::columns::MAX_PATHS;
use super::*;
use crate::format::field::TimeShape;

/// Lines of `key=value` pairs joined by `;`.
fn sample(lines: &[&str]) -> Vec<Fields> {
    let field = |pair: &str| {
        let (path, value) = pair.split_once('=').unwrap();
        (Path::parse(path), (value != "null").then(|| value.as_bytes().to_vec()))
    };
    lines.iter().map(|line| line.split(';').map(field).collect()).collect()
}

fn learn(
    sample: &[Fields],
    sets: &[&'static KeySet],
    latency: Option<(&str, Option<Unit>)>,
) -> Mapping {
    Mapping::learn(sample, Wishes { latency, ..Wishes::of(sets) })
}

fn json(lines: &[&str]) -> Mapping {
    learn(&sample(lines), alias::JSON, None)
}

fn key_of(mapping: &Mapping, wanted: impl Fn(Field) -> bool) -> String {
    let mut keys = mapping.keys.iter().filter(|key| wanted(key.field));
    let path = keys.next().map_or("none".to_owned(), |key| key.path.to_string());
    assert!(keys.next().is_none(), "one key for each field");
    path
}

fn latency(mapping: &Mapping) -> String {
    mapping
        .latency
        .as_ref()
        .map_or("none".to_owned(), |latency| format!("{}:{}", latency.name, latency.unit))
}

const NGINX_RT: &str = "msec=-;body_bytes_sent=1;http_referer=-;request_uri=/;status=200;rt=0.1";

#[test]
fn units_come_from_names_values_or_not_at_all() {
    for (lines, expected, notes) in [
        (
            &["remote_addr=-;request_uri=/;http_referer=-;status=200;request_time=0.120"][..],
            "request_time:s",
            0,
        ),
        (&[NGINX_RT, NGINX_RT, "status=200;rt=0.123"], "rt:s", 0),
        // morgan, with two names that nginx has too; and nginx's names with milliseconds.
        (&["status=200;remote_addr=::1;request_time=19.806"], "none", 1),
        (
            &["remote_addr=-;request_uri=/;http_referer=-;status=200;request_time=1000.101"],
            "none",
            1,
        ),
        (&["status=200;response_time=19.806", "status=200;response_time=43.552"], "none", 1),
        (&["status=200;duration_ms=12"], "duration_ms:ms", 0),
        (&["status=200;durationMs=12.5"], "durationMs:ms", 0),
        (&["status=200;request_time_s=12"], "request_time_s:s", 0),
        (&["status=200;latency_seconds=0.01"], "latency_seconds:s", 0),
        (&["status=200;elapsed_us=900"], "elapsed_us:us", 0),
        (&["status=200;duration_ns=1666604392"], "duration_ns:ns", 0),
        (&["status=200;reqtime_microsec=1834"], "reqtime_microsec:us", 0),
        (&["status=200;time_in_sec=0.000"], "time_in_sec:s", 0),
        (&["status=200;http.server.request.duration=0.25"], "http.server.request.duration:s", 0),
        (&["status=200;event.duration=120000000"], "event.duration:ns", 0),
        (&["status=200;latency=12ms", "status=200;latency=1.5s"], "latency:as written", 0),
        (&["status=200;duration=12"], "none", 1),
        (&["status=200;durations=12"], "none", 0),
        (&["status=200;duration=0.017557019"], "none", 1),
        (&["status=200;request_time=12"], "none", 1),
        (&["status=200;latency=12ms", "status=200;latency=7"], "none", 1),
        // A second key whose unit is known stands in, and the doubt is told.
        (&["status=200;duration=12;upstream_service_time=10"], "upstream_service_time:ms", 1),
    ] {
        let mapping = json(lines);
        assert_eq!(latency(&mapping), expected, "{lines:?}");
        let said = mapping.notes.len() + usize::from(mapping.unread_latency.is_some());
        assert_eq!(said, notes, "{lines:?}: {:?}", mapping.notes);
    }
}

#[test]
fn the_note_says_how_to_settle_it() {
    let mapping = json(&["status=200;duration=12"]);
    let note = "duration looks like a latency, but its unit is not known: 12 may be 12 s or 12 ms; \
                settle it with --latency duration:s or --latency duration:ms";
    assert!(mapping.notes.is_empty());
    assert_eq!(mapping.unread_latency.as_deref(), Some(note));
    // The user's word, without the unit.
    let said = learn(&sample(&["status=200;duration=12"]), alias::JSON, Some(("duration", None)));
    assert_eq!(said.unread_latency.as_deref(), Some(note));
    assert_eq!(json(&["status=200;duration_ms=12"]).unread_latency, None);
}

#[test]
fn request_time_can_be_a_time() {
    let huawei = json(&[
        "request_time=1666604392000;status=200;response_time_ms=120",
        "request_time=1666604392941;status=200;response_time_ms=3",
    ]);
    assert_eq!(latency(&huawei), "response_time_ms:ms");
    assert_eq!(huawei.time, Some(Path::parse("request_time")));
    let gateway = json(&["requestTime=09/Apr/2015:12:34:56 +0000;status=200;\
        responseLatency=12;integrationLatency=9;integrationStatus=200;httpMethod=GET;\
        path=/a;identity.sourceIp=192.0.2.1;domainName=api.example.org"]);
    assert_eq!(gateway.name, "api-gateway-json");
    assert_eq!(latency(&gateway), "responseLatency:ms");
    assert_eq!(key_of(&gateway, |f| f == Field::Time(TimeShape::Clf)), "requestTime");
    assert_eq!(key_of(&gateway, |f| f == Field::Client), "identity.sourceIp");
    assert_eq!(key_of(&gateway, |f| f == Field::UpstreamStatus), "integrationStatus");
    assert_eq!(key_of(&gateway, |f| f == Field::Host), "domainName");
}

#[test]
fn the_key_that_is_there_in_most_lines() {
    let mut lines = vec!["time=2015-09-06T05:58:05+09:00;status=200;apptime=0.057"; 11];
    lines.push("time=2015-09-06T05:58:05+09:00;status=400;apptime=-");
    lines.push("time=2015-09-06T05:58:05+09:00;status=200;apptime=-;reqtime=0.321");
    let mapping = learn(&sample(&lines), alias::LTSV, None);
    assert_eq!(latency(&mapping), "apptime:s");
    assert!(mapping.notes.is_empty());
    // Both there: the whole request.
    let both = ["status=200;apptime=0.057;reqtime=0.058"; 3];
    assert_eq!(latency(&learn(&sample(&both), alias::LTSV, None)), "reqtime:s");
    // Apache's %D in apptime.
    let microseconds = ["status=200;apptime=57123"];
    let mapping = learn(&sample(&microseconds), alias::LTSV, None);
    assert_eq!((latency(&mapping).as_str(), mapping.unread_latency.is_some()), ("none", true));
}

#[test]
fn host_is_a_client_in_ltsv_when_it_is_an_address() {
    for (line, client, host) in [
        ("status=200;host=192.0.2.1;vhost=example.org", "host", "vhost"),
        ("status=200;host=192.0.2.1", "host", "none"),
        ("status=200;host=example.org;remote_addr=192.0.2.1", "remote_addr", "host"),
    ] {
        let mapping = learn(&sample(&[line]), alias::LTSV, None);
        assert_eq!(key_of(&mapping, |f| f == Field::Client), client, "{line}");
        assert_eq!(key_of(&mapping, |f| f == Field::Host), host, "{line}");
    }
}

#[test]
fn request_lines_targets_and_paths() {
    for (line, field, key) in [
        ("status=200;request=GET /a HTTP/1.1;uri=/b", Field::Request, "request"),
        ("status=200;request=/a;uri=/b", Field::Target, "request"),
        ("status=200;uri=/index.php;request_uri=/a?b", Field::Target, "request_uri"),
        ("status=200;uri=/a;args=b", Field::Target, "uri"),
        ("status=200;message=/one?service=x", Field::Target, "message"),
        ("status=200;msg=handled request;request.uri=/a", Field::Target, "request.uri"),
        ("nginx.access.status=200;nginx.access.url=/a", Field::Target, "nginx.access.url"),
        ("status=200;attributes.url.path=/a", Field::Target, "attributes.url.path"),
    ] {
        assert_eq!(key_of(&json(&[line]), |f| f == field), key, "{line}");
    }
    let parts = json(&["status=200;method=GET;path=/a;protocol=HTTP/2.0"]);
    assert_eq!(key_of(&parts, |f| f == Field::Method), "method");
    assert_eq!(key_of(&parts, |f| f == Field::Protocol), "protocol");
}

#[test]
fn the_machine_is_not_the_host_that_was_asked_for() {
    let pino =
        json(&["time=1760104500000;hostname=web1;req.method=GET;req.url=/a;res.statusCode=200"]);
    assert_eq!(key_of(&pino, |f| f == Field::Host), "none");
}

#[test]
fn other_objects_are_not_the_request() {
    let mapping = json(&["status=200;server.ip=192.0.2.1;response.headers.date=x;tls.version=2.0"]);
    assert_eq!(mapping.keys.len(), 1);
    let mapping = json(&["status=ok;response_code=200;code=17"]);
    assert_eq!(key_of(&mapping, |f| f == Field::Status), "response_code");
}

#[test]
fn a_key_without_values_yet_is_believed_by_its_name() {
    let mapping = json(&["status=0;referer=-;upstream_status=;request_time=-;ts=;uri=;code=17"]);
    let fields: Vec<_> = mapping.keys.iter().map(|key| key.field).collect();
    assert_eq!(fields, [Field::Status, Field::Referer, Field::UpstreamStatus]);
    assert_eq!(key_of(&json(&["status=-;response=200"]), |f| f == Field::Status), "response");
}

#[test]
fn the_users_word_stands() {
    let lines =
        sample(&["status=200;request_time=0.1;x.y=7;duration=5;upstream_header_time=0.001"]);
    for (said, unit, expected) in [
        ("x.y", Some(Unit::Microseconds), "x.y:us"),
        ("duration", Some(Unit::Milliseconds), "duration:ms"),
        ("upstream_header_time", Some(Unit::Seconds), "upstream_header_time:s"),
        ("duration", None, "none"),
        ("nothing", Some(Unit::Seconds), "none"),
    ] {
        let mapping = learn(&lines, alias::JSON, Some((said, unit)));
        assert_eq!(latency(&mapping), expected, "{said}");
        let told = mapping.notes.first().or(mapping.unread_latency.as_ref());
        assert_eq!(told.is_some(), expected == "none", "{said}");
    }
}

#[test]
fn a_time_without_zone_is_noted() {
    let mapping = json(&["status=200;time=2025-10-10T13:55:01"]);
    assert_eq!(mapping.notes, ["time has no zone; read as UTC"]);
}

#[test]
fn unused_lists_are_known_and_keys_are_bounded() {
    let mapping = json(&["status=200;upstream_connect_time=-;upstream_response_time=-;uht=0.1"]);
    assert_eq!(mapping.keys.iter().filter(|k| k.field == Field::UpstreamOther).count(), 3);
    let keys: Vec<String> = (0..2000).map(|at| format!("k{at}=1")).collect();
    let mapping = json(&[&format!("{};status=200", keys.join(";"))]);
    assert_eq!(mapping.order.len(), MAX_PATHS);
}

#[test]
fn the_time_of_the_record_is_not_that_of_what_is_around_it() {
    for (line, time) in [
        ("time=2030-01-01T00:00:00Z;log.time=2025-10-10T13:55:01Z;log.status=200", "log.time"),
        ("log.time=2025-10-10T13:55:01Z;log.status=200;time=2030-01-01T00:00:00Z", "log.time"),
        ("time=2025-10-10T13:55:01Z;log.time=2030-01-01T00:00:00Z;status=200", "time"),
        // A better name stands above a nearer one.
        ("timeLocal=10/Oct/2025:13:55:01 +0000;log.date=2025-10-10;log.status=200", "timeLocal"),
    ] {
        assert_eq!(json(&[line]).time, Some(Path::parse(time)), "{line}");
    }
}

#[test]
fn a_few_names_that_only_one_product_has() {
    for (line, product) in [
        ("time_iso8601=-;status=200;request_time=0.123;upstream_response_time=0.1", Product::Nginx),
        ("time_local=-;status=200;request_time=0.123;http_user_agent=x", Product::Nginx),
        ("start_time=2025-10-10T13:55:01Z;response_code=200;duration=12", Product::Envoy),
        // The names of CGI, which frameworks of Python and Node take over, with milliseconds.
        ("remote_addr=::1;request_method=GET;status=200;request_time=12.345", Product::Unknown),
        ("start_time=2025-10-10T13:55:01Z;status=200;duration=12", Product::Unknown),
        ("response_code=200;duration=12;path=/a", Product::Unknown),
    ] {
        let mapping = json(&[line]);
        assert_eq!(mapping.product, product, "{line}");
        assert_eq!(mapping.latency.is_some(), product != Product::Unknown, "{line}");
    }
}

#[test]
fn what_only_requests_have() {
    for (line, is_of_requests) in [
        ("status=200;request=GET /a HTTP/1.1", true),
        ("status=200;url=/a", true),
        ("status=200;method=GET", true),
        ("status=200;path=/a;duration_ms=5", true),
        ("status=200;client_ip=192.0.2.1;bytes=5", true),
        ("status=200;client_ip=192.0.2.1;ua=curl", true),
        ("status=200;time_local=10/Oct/2025:13:55:01 +0000", true),
        ("status=200;client_ip=192.0.2.1", false),
        ("status=200;path=/var/spool/x;size=10", false),
        ("code=137;msg=exited;time=2025-10-10T13:55:01Z", false),
        ("response=200;amount=10;duration_ms=5", false),
    ] {
        assert_eq!(json(&[line]).is_of_requests(), is_of_requests, "{line}");
    }
}

const TRAEFIK: &str = "ClientHost=::1;DownstreamStatus=200;OriginStatus=200;RouterName=r;\
                       RequestPath=/t;RequestMethod=GET;Duration=12000000;entryPointName=web";
const CADDY: &str = "logger=x;ts=1760104800.5;request.proto=HTTP/2.0;request.uri=/c;\
                     request.host=a.example.com;request.remote_ip=::1;request.method=GET;\
                     duration=0.012345678;size=10;status=200";
const ENVOY: &str = "start_time=2025-10-10T13:55:01Z;method=GET;path=/e;protocol=HTTP/1.1;\
                     response_code=200;response_flags=-;duration=5;upstream_host=192.0.2.2:80";
const STOCK: &str = "time=2025-10-10T13:55:01Z;method=GET;url=/a;status=200";
const APP: &str = "level=info;ts=2025-10-10T13:55:01Z;msg=order saved;status=200;order=7";

#[test]
fn the_product_of_most_lines_is_taken_whoever_else_is_there() {
    for (counts, name, expected) in [
        // Traefik, Caddy, Envoy, no product, no requests.
        ([1, 1, 0, 0, 0], "traefik-json", "Duration:ns"),
        ([0, 1, 1, 0, 0], "caddy", "duration:s"),
        ([1, 1, 1, 0, 0], "traefik-json", "Duration:ns"),
        ([2, 3, 2, 0, 0], "caddy", "duration:s"),
        ([2, 2, 3, 0, 0], "envoy-json", "duration:ms"),
        ([0, 1, 0, 0, 9], "caddy", "duration:s"),
        ([0, 3, 0, 2, 9], "caddy", "duration:s"),
        ([10, 10, 0, 1, 0], "traefik-json", "Duration:ns"),
        // Requests of no product are read by no product's keys.
        ([0, 2, 0, 2, 0], "JSON", "none"),
        ([0, 2, 0, 3, 9], "JSON", "none"),
    ] {
        let lines = [TRAEFIK, CADDY, ENVOY, STOCK, APP].into_iter().zip(counts);
        let lines: Vec<&str> =
            lines.flat_map(|(line, count)| std::iter::repeat_n(line, count)).collect();
        let reversed: Vec<&str> = lines.iter().rev().copied().collect();
        for lines in [lines, reversed] {
            let mapping = json(&lines);
            assert_eq!((mapping.name, &*latency(&mapping)), (name, expected), "{counts:?}");
        }
    }
}

#[test]
fn another_product_s_lines_say_nothing_of_this_one_s_keys() {
    // Too coarse to tell the unit.
    let coarse = CADDY.replace("0.012345678", "0.0123");
    let mapping = json(&[&coarse, &coarse, TRAEFIK]);
    assert_eq!((mapping.name, &*latency(&mapping)), ("caddy", "none"));
    assert!(mapping.unread_latency.unwrap().contains("duration"));
    assert!(mapping.order.iter().all(|path| *path != Path::parse("DownstreamStatus")));
}
