#![allow(clippy::unwrap_used)]

use super::*;
use crate::record::NoStatus;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn filter(expressions: &[&str]) -> Filter {
    Filter::parse(&expressions.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn record() -> Record<'static> {
    Record {
        status: Status::Code(502),
        method: Some(b"POST"),
        host: Some(b"shop.example"),
        client: Some(b"10.1.2.3"),
        ..Record::default()
    }
}

fn admits(expression: &str, record: &Record<'_>) -> bool {
    filter(&[expression]).admits(record, || Some(b"/api/:id"))
}

fn error(expression: &str) -> String {
    Filter::parse(&[expression.to_owned()]).unwrap_err().to_string()
}

#[test]
fn expressions_that_fit_and_that_do_not() {
    for (expression, expected) in [
        ("status=502", true),
        ("status=404", false),
        ("status=5xx", true),
        ("status=5XX", true),
        ("status=500-504", true),
        ("status=500-501", false),
        ("status=404, 502,503", true),
        ("status=none", false),
        ("status!=2xx", true),
        ("status!=5xx,404", false),
        (" status = 502 ", true),
        ("class=5xx", true),
        ("class=4xx,other", false),
        ("method=POST", true),
        ("method=post", true),
        ("method=POS", false),
        ("method!=GET,HEAD", true),
        ("method~^P", true),
        ("route=/api/:id", true),
        ("route=/api/:ID", false),
        ("route=/api", false),
        ("route~^/api/", true),
        ("route~^/(api|v[0-9]{1,2})/", true),
        ("route!~^/api/", false),
        ("host=SHOP.example", true),
        ("host~example$", true),
        ("client=10.1.2.3", true),
        ("client=10.0.0.0/8", true),
        ("client=10.9.9.9/8", true),
        ("client=10.1.2.2/31", true),
        ("client=10.1.2.0/31", false),
        ("client=0.0.0.0/0", true),
        ("client=::/0", false),
        ("client=::ffff:10.1.2.0/120", true),
        ("client=192.168.0.0/16,10.0.0.0/8", true),
        ("client!=192.168.0.0/16", true),
        (r"client~^10\.1\.", true),
        ("client=probe.example", false),
    ] {
        assert_eq!(admits(expression, &record()), expected, "{expression}");
    }
}

#[test]
fn clients_as_logs_write_them() {
    for (client, expression, expected) in [
        ("::ffff:10.1.2.3", "client=10.0.0.0/8", true),
        ("::FFFF:a01:203", "client=10.1.2.3", true),
        ("10.1.2.3:51234", "client=10.1.2.3", true),
        ("[2001:db8::7]:443", "client=2001:db8::/32", true),
        ("2001:db8::7", "client=2001:DB8:0::7", true),
        ("2001:db9::7", "client=2001:db8::/32", false),
        ("2001:db8::7", "client=::/0", true),
        ("2001:db8::7", "client=0.0.0.0/0", false),
        ("Probe.Example", "client=probe.example", true),
        ("probe.example", "client=10.0.0.0/8", false),
        ("unix:", "client!=10.0.0.0/8", true),
    ] {
        let record = Record { client: Some(client.as_bytes()), ..Record::default() };
        assert_eq!(admits(expression, &record), expected, "{client} {expression}");
    }
    let bytes = Record { client: Some(b"\xff\xfe"), ..Record::default() };
    assert!(!admits("client=10.0.0.0/8", &bytes));
}

#[test]
fn an_absent_field_fits_only_what_is_negated() {
    let none = Record::default();
    for key in ["method", "route", "host", "client"] {
        for (operator, expected) in [("=x", false), ("~x", false), ("!=x", true), ("!~x", true)] {
            let filter = filter(&[&format!("{key}{operator}")]);
            assert_eq!(filter.admits(&none, || None), expected, "{key}{operator}");
        }
    }
    for (expression, expected) in [
        ("status=100-999", false),
        ("status!=5xx", true),
        ("status=none", true),
        ("status!=none", false),
        ("class=none", true),
        ("class!=5xx", true),
    ] {
        for spelling in NoStatus::ALL {
            let record = Record { status: Status::None(spelling), ..none };
            assert_eq!(admits(expression, &record), expected, "{expression}");
        }
    }
}

#[test]
fn expressions_must_all_hold() {
    assert!(filter(&[]).is_empty());
    for (expressions, named) in [
        (&[][..], false),
        (&["route=/a", "method!=GET"], false),
        (&["route=/a", "status!=404"], true),
        (&["class=5xx"], true),
    ] {
        assert_eq!(filter(expressions).names_status(), named, "{expressions:?}");
    }
    assert!(filter(&[]).admits(&Record::default(), || None));
    let both = filter(&["route~^/api/", "status=5xx"]);
    assert!(!both.is_empty());
    assert!(both.admits(&record(), || Some(b"/api/:id")));
    assert!(!both.admits(&record(), || Some(b"/")));
    let other = Record { status: Status::Code(200), ..record() };
    assert!(!both.admits(&other, || panic!("the status has decided; no route is needed")));
}

#[test]
fn a_route_is_made_only_once() {
    let mut calls = 0;
    let filter = filter(&["route~a", "route!~b", "route!=/"]);
    assert!(filter.admits(&record(), || {
        calls += 1;
        Some(b"/a")
    }));
    assert_eq!(calls, 1);
}

#[test]
fn errors_say_what_was_meant() {
    for (expression, expected) in [
        (
            "sttaus=5xx",
            "\"sttaus=5xx\": unknown key \"sttaus\" (did you mean 'status'?); keys: status, class, method, route, host, client",
        ),
        ("Status=5xx", "did you mean 'status'?"),
        ("path=/x", "unknown key \"path\" (did you mean 'route'?)"),
        ("ip=10.0.0.1", "did you mean 'client'?"),
        ("colour=red", "unknown key \"colour\"; keys: status"),
        ("=5xx", "does not begin with a key; keys: status"),
        ("", "does not begin with a key"),
        ("status", "write it as 'status=VALUE'"),
        ("status==500", "unknown operator '=='; use =; operators: = != ~ !~"),
        ("route=~^/", "unknown operator '=~'; use ~"),
        ("status>=500", "unknown operator '>'; use = with a range"),
        ("status!500", "unknown operator after 'status'"),
        ("status~5..", "write 'status=5xx'"),
        ("status=", "a value is empty"),
        ("status=500,,502", "a value is empty"),
        ("status=5x", "\"5x\" is not a status; write it as '404'"),
        ("status=50-60", "not a status"),
        ("status=000", "'none'"),
        ("status=504-500", "empty range"),
        ("class=500", "\"500\" is not a class; classes: 1xx, 2xx"),
        ("route~", "lacks a regular expression"),
        ("route~(", "not a regular expression: unclosed group"),
        ("client=10.0.0.256", "not an address; write it as"),
        ("client=10.0.0.0/33", "a number from 0 to 32"),
        ("client=10.0.0.0/+8", "a number from 0 to 32"),
        ("client=2001:db8::/129", "a number from 0 to 128"),
        ("client=2001:dg8::", "not an address"),
        ("client=::ffff:10.0.0.0/8", "write '0.0.0.0/0'"),
        ("st\u{1b}[2Jatus=1", "\"st\\u{1b}[2Jatus=1\""),
    ] {
        let error = error(expression);
        assert!(error.contains(expected), "{expression}\n{error}\n{expected}");
        assert!(!error.contains(['\n', '\u{1b}']), "{error}");
    }
}

#[test]
fn windows_are_half_open() {
    let window = Window { since: Some(10), until: Some(20) };
    for (time, expected) in [(9, false), (10, true), (19, true), (20, false)] {
        assert_eq!(window.contains(Some(time)), expected, "{time}");
    }
    assert!(!window.contains(None));
    assert!(!Window { since: Some(i64::MIN), until: None }.contains(None));
    assert!(Window { since: None, until: Some(1) }.contains(Some(i64::MIN)));
    assert!(!window.is_open());
    assert!(Window::default().is_open());
    assert!(Window::default().contains(None));
}

proptest! {
    #[test]
    fn a_negation_is_the_opposite(
        code in 100..1000u16,
        body in "(status=[1-9][0-9]{2}(,[1-5]xx)?|class=[1-5]xx|method=(GET|POST)|client=10\\.0\\.0\\.[0-3])",
        last in 0..4u8,
        method in prop::option::of("(GET|POST|HEAD)"),
    ) {
        let client = format!("10.0.0.{last}");
        let record = Record {
            status: Status::Code(code),
            method: method.as_deref().map(str::as_bytes),
            client: Some(client.as_bytes()),
            ..Record::default()
        };
        prop_assert_ne!(admits(&body, &record), admits(&body.replace('=', "!="), &record));
    }

    #[test]
    fn a_range_of_statuses_is_its_ends_and_between(a in 100..1000u16, b in 100..1000u16) {
        let (low, high) = (a.min(b), a.max(b));
        let filter = filter(&[&format!("status={low}-{high}")]);
        for code in 100..1000 {
            let record = Record { status: Status::Code(code), ..Record::default() };
            prop_assert_eq!(filter.admits(&record, || None), (low..=high).contains(&code));
        }
    }

    #[test]
    fn a_network_is_its_first_bits(network: u128, flip in 0..128u32, length in 0..=128u32) {
        // Not in ::ffff:0:0/96, which is IPv4.
        let network = network | 1 << 127;
        let expression = format!("client={}/{length}", Ipv6Addr::from_bits(network));
        let client = Ipv6Addr::from_bits(network ^ 1 << flip).to_string();
        prop_assume!(flip != 127);
        let record = Record { client: Some(client.as_bytes()), ..Record::default() };
        prop_assert_eq!(admits(&expression, &record), flip < 128 - length);
    }

    #[test]
    fn a_network_of_version_4_is_its_first_bits(network: u32, flip in 0..32u32, length in 0..=32u32) {
        let expression = format!("client={}/{length}", Ipv4Addr::from_bits(network));
        let client = format!("::ffff:{}", Ipv4Addr::from_bits(network ^ 1 << flip));
        let record = Record { client: Some(client.as_bytes()), ..Record::default() };
        prop_assert_eq!(admits(&expression, &record), flip < 32 - length);
    }

    #[test]
    fn no_expression_panics(text in "\\PC{0,24}|(status|class|client|route)[=!~]{1,2}[0-9a-fx.:/,-]{0,12}") {
        let _ = Filter::parse(&[text]);
    }
}
