#![allow(clippy::unwrap_used)]
use super::*;

fn request(line: &[u8]) -> Record<'_> {
    let mut record = Record::default();
    set_request(&mut record, line);
    record
}

#[test]
fn request_lines() {
    let r = request(b"GET /a b HTTP/1.1");
    assert_eq!(
        (r.method, r.target, r.protocol),
        (Some(&b"GET"[..]), Some(&b"/a b"[..]), Some(&b"HTTP/1.1"[..]))
    );
    let r = request(b"GET /");
    assert_eq!((r.target, r.protocol), (Some(&b"/"[..]), None));
    let r = request(b"CONNECT x.example:443 HTTP/1.1");
    assert_eq!(r.target, Some(&b"x.example:443"[..]));
    assert_eq!(request(b"").request, RequestLine::Empty);
    assert_eq!(request(b"-").request, RequestLine::Dash);
    assert_eq!(request(b"\\x16\\x03\\x01").request, RequestLine::Tls);
    assert_eq!(request(b"\x16\x03\x01\x02").request, RequestLine::Tls);
    assert_eq!(request(b"HELP").request, RequestLine::Garbage);
    assert_eq!(request(b"lv|'|'|VH").request, RequestLine::Garbage);
}

#[test]
fn durations() {
    assert_eq!(duration(b"0.120", Unit::Seconds), Ok(Some(120_000)));
    assert_eq!(duration(b"-", Unit::Seconds), Ok(None));
    assert_eq!(duration(b"-1", Unit::Milliseconds), Ok(None));
    assert_eq!(duration(b"1834", Unit::Microseconds), Ok(Some(1834)));
    assert_eq!(duration(b"12ms", Unit::Milliseconds), Err(Reject::Number));
}

#[test]
fn what_was_known_when_the_line_was_written() {
    let known = |text: &'static [u8]| {
        let mut record = Record::default();
        Field::KnownBytes.set(&mut record, text).map(|()| record.bytes)
    };
    for (text, bytes) in [
        (&b"+12"[..], Ok(Some(12))),
        (b"12", Ok(Some(12))),
        (b"-1", Ok(None)),
        (b"+-1", Err(Reject::Number)),
    ] {
        assert_eq!(known(text), bytes);
    }
    for (digits, read) in [(Digits::Partial, true), (Digits::Whole, false)] {
        let mut record = Record::default();
        let field = Field::Duration { unit: Unit::Milliseconds, digits, latency: true };
        assert_eq!(field.set(&mut record, b"+12").is_ok(), read);
        assert_eq!(record.duration, read.then_some(12_000));
    }
    assert!(Field::Bytes.set(&mut Record::default(), b"+12").is_err());
}

#[test]
fn attempts_are_the_most_that_a_column_tells() {
    for (retries, attempts) in [("0", Ok(1)), ("+2", Ok(3)), ("x", Err(Reject::Number))] {
        let mut record = Record::default();
        Field::UpstreamAddress.set(&mut record, b"web/s1").unwrap();
        let set = Field::Retries.set(&mut record, retries.as_bytes());
        assert_eq!(set.map(|()| record.upstream.attempts), attempts, "{retries}");
    }
    let mut record = Record::default();
    Field::Attempts.set(&mut record, b"2").unwrap();
    assert_eq!(record.upstream.attempts, 2);
}

#[test]
fn one_column_can_be_a_part_and_the_upstream_s_time() {
    let part = Field::Part { unit: Unit::Seconds };
    let both = Field::UpstreamPart { unit: Unit::Seconds };
    for (values, upstream, sum) in
        [(["0.001", "0.200"], Some(200_000), Some(201_000)), (["0.001", "-1"], None, None)]
    {
        let mut record = Record::default();
        part.set(&mut record, values[0].as_bytes()).unwrap();
        both.set(&mut record, values[1].as_bytes()).unwrap();
        assert_eq!(record.upstream.duration, upstream, "{values:?}");
        assert_eq!(record.duration.filter(|_| record.parts == 2), sum, "{values:?}");
    }
}

#[test]
fn failed_over_requests_keep_what_the_client_saw() {
    let mut r = Record::default();
    Field::UpstreamAddress.set(&mut r, b"10.0.0.1:80, 10.0.0.2:80 : 10.0.1.1:80").unwrap();
    Field::UpstreamStatus.set(&mut r, b"502, 502 : 200").unwrap();
    let times = Field::UpstreamDuration {
        unit: Unit::Seconds,
        digits: Digits::Thousandths,
        latency: false,
    };
    times.set(&mut r, b"0.001, 0.002 : 0.003").unwrap();
    assert_eq!(r.upstream.attempts, 3);
    assert_eq!(r.upstream.address, Some(&b"10.0.1.1:80"[..]));
    assert_eq!(r.upstream.status, Status::Code(200));
    assert_eq!(r.upstream.duration, Some(6000));
    assert_eq!(r.duration, None);
}
