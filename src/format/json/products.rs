#![allow(clippy::unwrap_used)]

use super::*;
use crate::format::marks::Quotes;
use crate::format::{Dialect, FORMATS, Format, Line, Parser, Shape, detect};
use crate::record::{Absence, Aside, NoStatus, Producer, Status};

/// The JSON entries of products.
fn products() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(|format| format.dialect == Dialect::Json && format.name != "json")
}

fn named(name: &str) -> &'static Format {
    products().find(|format| format.name == name).unwrap()
}

/// What the lines say together, after they taught the parser; a line that is no request is `None`.
fn read<'a>(lines: &[&'a str], scratch: &'a Scratch) -> Vec<Option<Record<'a>>> {
    let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let reading = detect::detect(&bytes, None).unwrap();
    let read = |line: &&'a [u8]| {
        let mut record = Record::default();
        let found = reading.parser.read(line, Quotes::UNKNOWN, scratch, &mut record);
        (found == Line::Request).then_some(record)
    };
    bytes.iter().map(read).collect()
}

/// A sample with changes: each is a text of it and what stands there instead.
fn changed(name: &str, sample: usize, changes: &[(&str, &str)]) -> String {
    let mut line = named(name).samples[sample].to_owned();
    for (from, to) in changes {
        assert!(line.contains(from), "{name}: {from}");
        line = line.replacen(from, to, 1);
    }
    line
}

#[test]
fn no_product_is_taken_for_another() {
    for format in products() {
        for sample in format.samples {
            let line = sample.as_bytes();
            assert_eq!(detect::detect(&[line], None).unwrap().name, format.name, "{sample}");
            let (product, json) = Json::of_names(line).unwrap();
            assert_eq!(product, format.product, "{sample}");
            let (scratch, mut record) = (Scratch::default(), Record::default());
            json.parse(line, &scratch, &mut record).unwrap();
            assert!(record.time.is_some(), "{sample}");
            assert!(record.target.is_some(), "{sample}");
        }
        // Fewer lines of another product change nothing.
        for other in products().filter(|other| other.name != format.name) {
            let lines = [format.samples[0], format.samples[0], other.samples[0]].map(str::as_bytes);
            let name = detect::detect(&lines, None).unwrap().name;
            assert_eq!(name, format.name, "with a line of {}", other.name);
        }
    }
}

#[test]
fn who_answered_and_why() {
    use Producer::{Edge, Origin, Proxy};
    let code = Status::Code;
    let zero = Status::None(NoStatus::Zero);
    for (name, sample, changes, status, producer, reason, latency) in [
        ("cloudflare", 0, &[][..], code(200), Some(Origin), None, Some(120_000)),
        ("cloudflare", 1, &[], code(522), Some(Edge), None, Some(19_000_000)),
        ("cloudflare", 1, &[(":522", ":0")], zero, None, None, Some(19_000_000)),
        (
            "cloudflare",
            1,
            &[(":522", ":403"), ("\"OriginIP\":\"\"", "\"SecurityAction\":\"block\"")],
            code(403),
            Some(Edge),
            Some("block"),
            Some(19_000_000),
        ),
        (
            "cloudflare",
            1,
            &[(":522", ":403"), ("\"OriginIP\":\"\"", "\"EdgePathingStatus\":\"ctry\"")],
            code(403),
            Some(Edge),
            Some("ctry"),
            Some(19_000_000),
        ),
        (
            "cloudflare",
            0,
            &[("\"EdgeTimeToFirstByteMs\":120,", "")],
            code(200),
            Some(Origin),
            None,
            Some(250_000),
        ),
        (
            "cloudflare",
            1,
            &[("\"EdgeTimeToFirstByteMs\":19000,", "")],
            code(522),
            Some(Edge),
            None,
            None,
        ),
        ("akamai", 0, &[], code(206), Some(Edge), None, Some(139_000)),
        ("akamai", 0, &[("\"cacheStatus\":\"1\",", "")], code(206), None, None, Some(139_000)),
        (
            "akamai",
            0,
            &[("206", "403"), ("\"cp\"", "\"errorCode\":\"ERR_ACCESS_DENIED|acl\",\"cp\"")],
            code(403),
            Some(Edge),
            Some("ERR_ACCESS_DENIED|acl"),
            Some(139_000),
        ),
        ("fastly-json", 0, &[], code(404), Some(Origin), None, None),
        (
            "fastly-json",
            0,
            &[
                ("MISS-CLUSTER", "ERROR"),
                (": 404", ": 503, \"time_elapsed\": \"1200\""),
                ("Not Found", "first byte timeout"),
            ],
            code(503),
            Some(Edge),
            Some("first byte timeout"),
            Some(1200),
        ),
        (
            "cloudfront-json",
            0,
            &[],
            code(502),
            Some(Edge),
            Some("OriginConnectError"),
            Some(214_000),
        ),
        ("azion", 0, &[], code(200), Some(Origin), None, Some(120_000)),
        (
            "azion",
            0,
            &[("\"200\"", "\"520\""), ("\"proxy_status\":\"-\"", "\"proxy_status\":\"520\"")],
            code(520),
            Some(Edge),
            Some("520"),
            Some(120_000),
        ),
        ("google-cloud-lb", 0, &[], code(200), Some(Origin), None, Some(5192)),
        (
            "google-cloud-lb",
            0,
            &[
                (
                    "\"statusDetails\":\"response_sent_by_backend\"",
                    "\"proxyStatus\":\"error=\\\"connection_refused\\\"; details=\\\"x\\\"\"",
                ),
                (":200", ":503"),
            ],
            code(503),
            Some(Proxy),
            Some("connection_refused"),
            Some(5192),
        ),
        (
            "google-cloud-lb",
            0,
            &[("response_sent_by_backend", "failed_to_pick_backend"), (":200", ":502")],
            code(502),
            Some(Proxy),
            Some("failed_to_pick_backend"),
            Some(5192),
        ),
        ("azure-front-door", 0, &[], code(200), Some(Origin), None, Some(35_000)),
        ("azure-front-door", 1, &[], zero, Some(Edge), Some("OriginTimeout"), Some(30_001_000)),
        (
            "azure-application-gateway",
            0,
            &[],
            code(502),
            Some(Proxy),
            Some("ERRORINFO_UPSTREAM_TIMED_OUT"),
            Some(34_000),
        ),
        (
            "azure-application-gateway",
            0,
            &[("0.034", "34")],
            code(502),
            Some(Proxy),
            Some("ERRORINFO_UPSTREAM_TIMED_OUT"),
            None,
        ),
        ("azure-application-gateway", 1, &[], code(404), None, None, Some(205_000)),
        ("azure-app-service", 0, &[], code(200), None, None, Some(19_000)),
        (
            "api-gateway-json",
            0,
            &[],
            code(502),
            Some(Proxy),
            Some("Endpoint request timed out"),
            Some(41_000),
        ),
        (
            "api-gateway-json",
            0,
            &[("\"-\"", "\"200\""), ("\"502\"", "\"404\""), ("Endpoint request timed out", "-")],
            code(404),
            Some(Origin),
            None,
            Some(41_000),
        ),
        ("vercel", 0, &[], code(200), Some(Origin), None, None),
        ("traefik-json", 0, &[], code(502), Some(Proxy), None, Some(357)),
        ("caddy", 0, &[], code(200), None, None, Some(17_557)),
        ("caddy", 0, &[("0.017557019", "17557019")], code(200), None, None, Some(17_557)),
        ("caddy", 0, &[("0.017557019", "\"17.557019ms\"")], code(200), None, None, Some(17_557)),
        ("caddy", 0, &[("0.017557019", "\"1m2.5s\"")], code(200), None, None, Some(62_500_000)),
        ("envoy-json", 0, &[], code(503), Some(Proxy), Some("UF"), Some(11_000)),
        ("haproxy-json", 0, &[], code(504), None, Some("sH"), Some(109_000)),
        ("envoy-json", 1, &[], code(200), Some(Origin), None, Some(12_000)),
    ] {
        let line = changed(name, sample, changes);
        let scratch = Scratch::default();
        let record = read(&[&line], &scratch)[0].unwrap();
        assert_eq!(record.status, status, "{line}");
        assert_eq!(record.producer(), producer, "{line}");
        assert_eq!(record.reason, reason.map(str::as_bytes), "{line}");
        assert_eq!(record.duration, latency, "{line}");
    }
}

#[test]
fn what_no_status_means() {
    for (name, sample, changes, status, absence) in [
        ("cloudflare", 1, &[(":522", ":0")][..], NoStatus::Zero, Absence::Unknown),
        ("google-cloud-lb", 1, &[], NoStatus::Missing, Absence::ClientGone),
        ("cloudfront-json", 0, &[("\"502\"", "\"000\"")], NoStatus::Zero, Absence::ClientGone),
        ("azure-front-door", 1, &[], NoStatus::Zero, Absence::OriginTimeout),
        ("caddy", 1, &[], NoStatus::Zero, Absence::Implied200),
        (
            "envoy-json",
            0,
            &[(":503", ":0"), ("\"UF\"", "\"DC\"")],
            NoStatus::Zero,
            Absence::ClientGone,
        ),
        ("envoy-json", 0, &[(":503", ":0")], NoStatus::Zero, Absence::Unknown),
    ] {
        let (line, scratch) = (changed(name, sample, changes), Scratch::default());
        let record = read(&[&line], &scratch)[0].unwrap();
        assert_eq!((record.status, record.absence), (Status::None(status), absence), "{line}");
    }
}

#[test]
fn requests_that_are_no_clients() {
    let source = |source: &str| ("\"OriginIP\":\"\"", format!("\"RequestSource\":\"{source}\""));
    for (name, sample, from, to, aside) in [
        ("cloudflare", 1, source("eyeball").0, source("eyeball").1, None),
        ("cloudflare", 1, source("x").0, source("earlyHintsCache").1, Some(Aside::CdnInternal)),
        ("cloudflare", 1, source("x").0, source("edgeWorkerCacheAPI").1, Some(Aside::CdnInternal)),
        (
            "cloudflare",
            1,
            source("x").0,
            "\"WorkerSubrequest\":true".into(),
            Some(Aside::CdnInternal),
        ),
        ("fastly-json", 0, "_edge\": true", "_edge\": false".into(), Some(Aside::CdnShield)),
        (
            "akamai",
            0,
            "\"isMidgress\":\"0\"",
            "\"isMidgress\":\"1\"".into(),
            Some(Aside::CdnShield),
        ),
        ("akamai", 0, "\"isMidgress\":\"0\"", "\"isMidgress\":2".into(), Some(Aside::CdnShield)),
        (
            "vercel",
            0,
            "\"statusCode\":200,\"path\"",
            "\"statusCode\":-1,\"path\"".into(),
            Some(Aside::CdnInternal),
        ),
    ] {
        let (line, scratch) = (changed(name, sample, &[(from, &to)]), Scratch::default());
        assert_eq!(read(&[&line], &scratch)[0].unwrap().aside, aside, "{line}");
    }
}

/// A healthy sample teaches where the reasons of errors will be.
#[test]
fn keys_that_come_late_are_read() {
    let healthy =
        changed("google-cloud-lb", 0, &[(",\"statusDetails\":\"response_sent_by_backend\"", "")]);
    let late = healthy.replace("Payload\":{", "Payload\":{\"proxyStatus\":\"error=\\\"x\\\"\",");
    let lines: Vec<&[u8]> = vec![healthy.as_bytes(); 3];
    let parser = detect::detect(&lines, None).unwrap().parser;
    let (scratch, mut record) = (Scratch::default(), Record::default());
    parser.read(late.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
    assert_eq!(record.reason, Some(&b"x"[..]));
    // Without a status and without the request it is something else.
    let other = br#"{"jsonPayload":{"statusDetails":"x"},"timestamp":"2025-10-10T13:55:01Z"}"#;
    let found = parser.read(other, Quotes::UNKNOWN, &scratch, &mut Record::default());
    assert_eq!(found, Line::Skip(crate::record::Skip::NotAResponse));
    // Caddy's error log tells of requests that have their own line.
    let access = named("caddy").samples[0];
    let error = access.replace("\"size\":3768", "\"err_id\":\"x1\"").replace(":200,", ":502,");
    let scratch = Scratch::default();
    let read = read(&[access, access, &error], &scratch);
    assert!(read[1].is_some() && read[2].is_none());
}

/// Azure writes the time under one of three names.
#[test]
fn a_time_with_several_names() {
    let line = named("azure-application-gateway").samples[1];
    let other = line.replace("\"time\"", "\"timestamp\"");
    let scratch = Scratch::default();
    for record in read(&[line, line, &other], &scratch) {
        assert_eq!(record.unwrap().time, Some(1_760_104_501 * SECOND));
    }
    // Traefik's `time` is the end, and it is there beside the start.
    let traefik = named("traefik-json").samples[0];
    let record = read(&[traefik], &scratch)[0].unwrap();
    assert_eq!(record.time, Some(1_760_104_501_587_782));
}

/// A sum lacks a part: the latency is not known, and no other stands in for it.
#[test]
fn a_sum_needs_all_its_parts() {
    let whole = named("akamai").samples[0];
    let lacks = whole.replace("\"transferTimeMSec\":\"125\",", "");
    let scratch = Scratch::default();
    let latencies: Vec<_> =
        read(&[whole, &lacks], &scratch).iter().map(|record| record.unwrap().duration).collect();
    assert_eq!(latencies, [Some(139_000), None]);
    let reading = detect::detect(&[whole.as_bytes()], None).unwrap();
    let name = "reqEndTimeMSec + turnAroundTimeMSec + transferTimeMSec";
    assert_eq!(reading.latency, Some((name.into(), "ms")));
    // Where the log never has it, the turn-around is what there is.
    assert_eq!(read(&[&lacks], &scratch)[0].unwrap().duration, Some(11_000));
    let said = detect::detect(&[whole.as_bytes()], Some(("timeToFirstByte", None))).unwrap();
    assert_eq!(said.latency.unwrap().0, "timeToFirstByte");
}

#[test]
fn objects_that_are_written_as_strings() {
    let [plain, text] = named("azure-front-door").samples else { panic!("it has two") };
    let scratch = Scratch::default();
    let both = read(&[text, plain, text], &scratch);
    assert_eq!(both[0].unwrap().client, Some(&b"192.0.2.1"[..]));
    assert_eq!(both[0].unwrap().host, Some(&b"example.com"[..]));
    assert_eq!(both[1].unwrap().duration, Some(35_000));
    let broken = text.replace("\\\"}\"}", "\\\"\"}");
    assert!(read(&[text, text, &broken], &scratch)[2].is_none());
    let shape = named("azure-front-door").shape(&[text.as_bytes()], None).unwrap();
    assert!(!shape.reads(broken.as_bytes()));
    assert!(!shape.reads(text.replace("{\\\"tracking", "no {\\\"tracking").as_bytes()));
}

#[test]
fn times_in_every_encoding() {
    let seconds = 1_760_104_501;
    for (name, from, values) in [
        (
            "cloudflare",
            "1760104501000000000",
            &["1760104501", "\"1760104501000\"", "\"2025-10-10T13:55:01Z\"", "\"1760104501\""][..],
        ),
        (
            "caddy",
            "1760104501.7564995",
            &[
                "1760104501",
                "1760104501000.0",
                "1760104501000000000",
                "1.760104501e9",
                "\"2025-10-10T13:55:01.000Z\"",
                "\"2025-10-10T15:55:01.000+0200\"",
                "\"2025/10/10 13:55:01\"",
                "\"2025/10/10 13:55:01.000\"",
                "\"10/Oct/2025:13:55:01 +0000\"",
            ],
        ),
    ] {
        for value in values {
            let (line, scratch) = (changed(name, 0, &[(from, value)]), Scratch::default());
            let record = read(&[&line], &scratch)[0].unwrap();
            assert_eq!(record.time, Some(seconds * SECOND), "{line}");
        }
    }
    let scratch = Scratch::default();
    let [cdn] = named("cloudfront-json").samples else { panic!("it has one") };
    let record = read(&[cdn], &scratch)[0].unwrap();
    assert_eq!(record.time, Some(seconds * SECOND));
    let without_day = cdn.replace("\"date\":\"2025-10-10\",", "");
    assert!(read(&[cdn, cdn, &without_day], &scratch)[2].is_none());
}

#[test]
fn keys_that_the_user_names() {
    let line = r#"{"a":{"b":404},"when":1760104501,"took":250,"p.q":"/x","host":"h","status":1}"#;
    let given = |keys: &str| detect::given(keys, &[line.as_bytes()], None).unwrap();
    let reading = given(r"json:status=a.b,time=when,latency=took:ms,path=p\.q,host=");
    let (scratch, mut record) = (Scratch::default(), Record::default());
    reading.parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
    assert_eq!(record.status, Status::Code(404));
    assert_eq!((record.duration, record.target), (Some(250_000), Some(&b"/x"[..])));
    assert_eq!((record.time, record.host), (Some(1_760_104_501_000_000), None));
    assert_eq!(reading.latency, Some(("took".into(), "ms")));
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    let missing = given("json:status=a.b,client=from");
    assert!(missing.notes[0].contains("no line of the sample has the key from"));
    let error = |keys| detect::given(keys, &[], None).unwrap_err();
    assert!(error("json:stauts=a").contains("did you mean 'status'"));
    let sum = given("json:status=a.b,latency_part=took:ms,latency_part=when:s");
    assert_eq!(sum.latency.unwrap().0, "took + when");
}

#[test]
fn a_forced_product_reads_what_it_can() {
    let line = r#"{"EdgeResponseStatus":500,"EdgeStartTimestamp":1760104501}"#;
    assert!(detect::detect(&[line.as_bytes()], None).is_err(), "too little to recognise it");
    let reading = detect::given("cloudflare", &[line.as_bytes()], None).unwrap();
    assert_eq!((reading.read, reading.name.as_str()), (1, "cloudflare"));
    let Shape::Json(json) = reading.parser.shape() else { panic!("it is JSON") };
    assert_eq!(json.mapping().name, "cloudflare");
    let parser = |name: &str, line: &str| {
        let format = FORMATS.iter().find(|format| format.name == name).unwrap();
        Parser::new(format.shape(&[line.as_bytes()], None).unwrap(), format.product)
    };
    // Its names mean what the product says, and others nothing.
    let line = r#"{"EdgeResponseStatus":500,"OriginResponseTime":900,"status":1,"host":"x"}"#;
    let (scratch, mut record) = (Scratch::default(), Record::default());
    parser("cloudflare", line).read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
    assert_eq!((record.duration, record.host), (None, None));
}

#[test]
fn a_sampled_log_says_so() {
    for (line, note) in [
        (
            r#"{"status":200,"url":"/a","sampleRate":0.1}"#,
            Some("the log is a sample (sampleRate 0.1)"),
        ),
        (r#"{"status":200,"url":"/a","SampleInterval":"10"}"#, Some("(SampleInterval 10)")),
        (r#"{"status":200,"url":"/a","sample_rate":1.0}"#, None),
    ] {
        let notes = detect::detect(&[line.as_bytes()], None).unwrap().notes;
        let found = notes.iter().any(|n| note.is_some_and(|note| n.contains(note)));
        assert_eq!(found, note.is_some(), "{notes:?}");
        assert!(note.is_some() || !notes.iter().any(|n| n.contains("sample")), "{notes:?}");
    }
}

#[test]
fn names_alone() {
    for (line, found) in [
        (r#"{"status":200,"time":"-","duration":12}"#, Some(None)),
        (r#"{"status":200,"request":"/a","duration_ms":"12"}"#, Some(Some(12_000))),
        (r#"{"status":200,"request":"GET /a HTTP/1.1","latency_ms":"12ms"}"#, Some(Some(12_000))),
        (r#"{"level":"info","msg":"started"}"#, None),
        ("not JSON", None),
    ] {
        let json = Json::of_names(line.as_bytes());
        assert_eq!(json.is_some(), found.is_some(), "{line}");
        let Some((_, json)) = json else { continue };
        let other = line.replace("\"-\"", "1760104501");
        let (scratch, mut record) = (Scratch::default(), Record::default());
        json.parse(other.as_bytes(), &scratch, &mut record).unwrap();
        assert_eq!(Some(record.duration), found, "{line}");
        assert_eq!(record.time.is_some(), line.contains("time"), "{line}");
        assert_eq!(record.target.is_some(), line.contains("/a"), "{line}");
    }
}

/// Azure's other logs come in the same files, and Front Door's probes have a status too.
#[test]
fn other_kinds_of_lines_are_no_requests() {
    let access = named("azure-front-door").samples[0];
    let classic = access.replace("FrontDoorAccessLog", "FrontdoorAccessLog");
    let probe = r#"{"time":"2025-10-10T13:55:01Z","category":"FrontDoorHealthProbeLog","properties":{"httpStatusCode":"503","httpVerb":"HEAD","requestUri":"/","timeTaken":"5"}}"#;
    let firewall = access.replace("FrontDoorAccessLog", "FrontDoorWebApplicationFirewallLog");
    let scratch = Scratch::default();
    let lines = [access, &classic, probe, probe, probe, &firewall];
    let found: Vec<_> = read(&lines, &scratch).iter().map(Option::is_some).collect();
    assert_eq!(found, [true, true, false, false, false, false]);
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    assert_eq!(detect::detect(&lines, None).unwrap().name, "azure-front-door");
    // Of two products, each has half: the common stock reads them.
    let gateway = named("azure-application-gateway").samples[1];
    let lines = [access, gateway, probe].map(str::as_bytes);
    let parser = detect::detect(&lines, None).unwrap().parser;
    let found = lines.map(|line| {
        parser.read(line, Quotes::UNKNOWN, &Scratch::default(), &mut Record::default())
    });
    assert!(matches!(found[0], Line::Request | Line::Sister(_)), "{found:?}");
    assert!(matches!(found[1], Line::Request | Line::Sister(_)), "{found:?}");
    assert_eq!(found[2], Line::Skip(crate::record::Skip::NotAResponse));
    for name in ["azure-application-gateway", "azure-app-service"] {
        let line = named(name).samples[0];
        let start = line.find("\"category\":\"").unwrap() + "\"category\":\"".len();
        let other = format!("{}Other{}", &line[..start], &line[start..]);
        assert!(read(&[line, line, &other], &scratch)[2].is_none(), "{name}");
    }
}

#[test]
fn cloudflare_s_firewall_events_are_no_requests() {
    let event = r#"{"Action":"block","ClientIP":"192.0.2.1","Datetime":"2025-10-10T13:55:01Z","EdgeResponseStatus":403,"Kind":"firewall","MatchIndex":0,"RayID":"x","RuleID":"y","OriginResponseStatus":0}"#;
    let access = named("cloudflare").samples[0];
    let scratch = Scratch::default();
    let found = read(&[access, access, access, event], &scratch);
    assert!(found[2].is_some() && found[3].is_none());
    assert!(read(&[event, event], &scratch).iter().all(Option::is_none));
}

/// A line of Caddy in another log: its keys do not tell the unit of its duration.
#[test]
fn a_duration_that_stands_alone() {
    for (duration, micros) in [
        ("0.017557019", Some(17_557)),
        ("1.5", Some(1_500_000)),
        ("0", Some(0)),
        ("\"17.557019ms\"", Some(17_557)),
        // Nanoseconds.
        ("17557019", Some(17_557)),
        ("50000", Some(50)),
        // A web socket.
        ("172800.123456789", Some(172_800_123_456)),
    ] {
        let line = changed("caddy", 0, &[("0.017557019", duration)]);
        let access = named("cloudflare").samples[0];
        let parser = detect::detect(&[access.as_bytes(); 3], None).unwrap().parser;
        let (scratch, mut record) = (Scratch::default(), Record::default());
        let found = parser.read(line.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
        assert!(matches!(found, Line::Sister(_)), "{line}");
        assert_eq!(record.duration, micros, "{line}");
    }
    let milliseconds = changed("caddy", 0, &[("0.017557019", "12.345")]);
    let reading = detect::detect(&[milliseconds.as_bytes()], None).unwrap();
    assert_eq!(reading.latency, None);
    assert!(reading.unread_latency.unwrap().contains("--latency duration:ms"));
}

#[test]
fn times_that_are_in_utc_although_they_do_not_say_so() {
    for (name, zone) in [("azure-app-service", "+00:00"), ("cloudfront-json", "+00:00")] {
        let reading = detect::detect(&[named(name).samples[0].as_bytes()], None).unwrap();
        assert_eq!(reading.zone.as_deref(), Some(zone), "{name}");
        assert!(!reading.assumes_zone() && reading.notes.is_empty(), "{:?}", reading.notes);
    }
    let own = r#"{"status":200,"url":"/a","time":"2025-10-10T13:55:01"}"#;
    assert!(detect::detect(&[own.as_bytes()], None).unwrap().assumes_zone());
}

#[test]
fn the_versions_of_application_gateway() {
    let [second, first, ..] = named("azure-application-gateway").samples else { panic!("two") };
    let whole = second.replace("0.034", "34");
    for (lines, unit, doubt) in [
        (&[*first][..], "ms", false),
        (&[*second], "s", false),
        (&[*first, *second], "s (v2) or ms (v1)", false),
        (&[whole.as_str()], "s", true),
        (&[*first, *second, whole.as_str()], "s (v2) or ms (v1)", true),
    ] {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let reading = detect::detect(&lines, None).unwrap();
        assert_eq!(reading.latency.unwrap().1, unit);
        let doubted = reading.notes.iter().any(|note| note.contains("whole numbers of version 2"));
        assert_eq!(doubted, doubt, "{unit}: {:?}", reading.notes);
    }
}
