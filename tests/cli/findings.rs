//! What is wrong without being an incident, as a whole run tells it: each finding where it belongs,
//! and not where the log is nearly so.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::support::statlog;
use serde_json::Value;

/// A request to nginx, as its log has it.
#[derive(Clone, Copy)]
struct Hit {
    route: &'static str,
    status: u16,
    took: &'static str,
    address: &'static str,
    upstream_status: &'static str,
    connect: &'static str,
    upstream: &'static str,
}

/// One that goes well.
const FINE: Hit = Hit {
    route: "/shop",
    status: 200,
    took: "0.031",
    address: "192.0.2.200:8080",
    upstream_status: "200",
    connect: "0.001",
    upstream: "0.030",
};

/// One that another upstream saved.
const SAVED: Hit = Hit {
    address: "192.0.2.201:8080, 192.0.2.200:8080",
    upstream_status: "502, 200",
    connect: "-, 0.001",
    upstream: "0.500, 0.030",
    took: "0.131",
    ..FINE
};

/// The format of [`Hit`].
const NGINX: &str = "$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent \
                     \"$http_referer\" \"$http_user_agent\" $request_time \"$upstream_addr\" \
                     \"$upstream_status\" \"$upstream_connect_time\" \"$upstream_response_time\"";

/// The findings of a log of so many lines, one a second; without those of targets that are missed.
fn findings(arguments: &[&str], lines: u64, line: impl Fn(u64) -> String) -> Vec<Value> {
    let text: String = (0..lines).map(line).collect();
    let run = statlog(["analyze", "--format", "json"]).args(arguments).stdin(text);
    let findings = run.report()["findings"].as_array().unwrap().clone();
    let is_target =
        |of: &Value| of["cause"] == "chronic-breach" || of["cause"] == "latency-target-breach";
    findings.into_iter().filter(|finding| !is_target(finding)).collect()
}

fn time(second: u64) -> String {
    format!("{:02}:{:02}:{:02}", 12 + second / 3600, second / 60 % 60, second % 60)
}

/// The findings of an hour of nginx.
fn nginx(hit: impl Fn(u64) -> Hit) -> Vec<Value> {
    findings(&["--log-format", NGINX], 3600, |at| {
        let Hit { route, status, took, address, upstream_status, connect, upstream } = hit(at);
        format!(
            "192.0.2.{} - - [10/Oct/2025:{} +0000] \"GET {route} HTTP/1.1\" {status} 512 \"-\" \
             \"Mozilla/5.0 (X11) Firefox/140.0\" {took} \"{address}\" \"{upstream_status}\" \
             \"{connect}\" \"{upstream}\"\n",
            at * 13 % 97,
            time(at)
        )
    })
}

/// The findings of lines of the combined format: route and status.
fn combined(lines: u64, line: impl Fn(u64) -> (String, u16)) -> Vec<Value> {
    findings(&[], lines, |at| {
        let (route, status) = line(at);
        format!(
            "192.0.2.{} - - [10/Oct/2025:{} +0000] \"GET {route} HTTP/1.1\" {status} 512 \"-\" \
             \"Mozilla/5.0 (X11) Firefox/140.0\"\n",
            at * 13 % 97,
            time(at)
        )
    })
}

/// One finding with this cause, severity and text in its summary and evidence.
#[track_caller]
fn one(found: &[Value], cause: &str, severity: &str, texts: &[&str]) {
    let [finding] = found else { panic!("{found:#?}") };
    assert_eq!((&finding["cause"], &finding["severity"]), (&cause.into(), &severity.into()));
    let text = finding.to_string();
    for part in texts {
        assert!(text.contains(part), "{part} is not in {finding:#}");
    }
    assert!((1..=3).contains(&finding["checks"].as_array().unwrap().len()), "{finding:#}");
}

#[track_caller]
fn none(found: &[Value]) {
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_calm_hour_has_none() {
    none(&nginx(|_| FINE));
}

#[test]
fn failures_that_another_attempt_saved() {
    let every = |nth: u64| nginx(move |at| if at % nth == 7 { SAVED } else { FINE });
    one(
        &every(50),
        "masked-failover",
        "warning",
        &[
            "2.00 % of requests to upstreams were saved",
            "72 of 3,600 requests below 400",
            "72 failed attempts before them took 500 ms on average",
            "192.0.2.201:8080: 72 of 72 attempts failed",
            "proxy_next_upstream",
        ],
    );
    // One in a hundred is not more than 1 %, and a redirect to another upstream no failure.
    none(&every(100));
    let redirected = Hit { upstream_status: "200 : 200", ..SAVED };
    none(&nginx(|at| if at % 20 == 7 { redirected } else { FINE }));
}

#[test]
fn errors_behind_a_success() {
    let hidden = Hit { route: "/cart/7", upstream_status: "503", ..FINE };
    let every = |nth: u64| nginx(move |at| if at % nth == 7 { hidden } else { FINE });
    one(
        &every(300),
        "masked-error",
        "warning",
        &["12 of 3,600 requests", "/cart/:id: 12", "proxy_cache_use_stale"],
    );
    none(&every(400));
    // The client saw them.
    let seen = Hit { status: 503, ..hidden };
    none(&nginx(|at| if at % 300 == 7 { seen } else { FINE }));
}

#[test]
fn answers_that_broke_off() {
    let haproxy = |state: &'static str, nth: u64| {
        findings(&["--log-format", "haproxy-http"], 3600, move |at| {
            let state = if at % nth == 3 { state } else { "--" };
            format!(
                "192.0.2.7:40000 [10/Oct/2025:{}.250] www web/s1 0/0/0/9/31 200 512 - - {state}-- \
                 1/1/0/0/0 0/0 \"GET /files/a HTTP/1.1\"\n",
                time(at)
            )
        })
    };
    let of_server = ["on the server's side", "36 of 3,600 2xx: the server stopped"];
    one(&haproxy("sD", 100), "truncated-success", "warning", &of_server);
    one(&haproxy("SD", 100), "truncated-success", "warning", &["SD is a connection"]);
    one(&haproxy("CD", 100), "truncated-success", "info", &["cut off by clients"]);
    none(&haproxy("CD", 250));
    none(&haproxy("LR", 100));

    let apache = |mark: &'static str| {
        let format = r#"%h %l %u %t "%r" %>s %b %X"#;
        findings(&["--log-format", format], 3600, move |at| {
            let mark = if at % 100 == 3 { mark } else { "+" };
            let time = time(at);
            format!("192.0.2.7 - - [10/Oct/2025:{time} +0000] \"GET /a HTTP/1.1\" 200 512 {mark}\n")
        })
    };
    one(&apache("X"), "truncated-success", "info", &["36 of 3,600 2xx: the client left"]);
    none(&apache("-"));
}

/// 2xx at nginx's 60 s, but not where a route takes as long by design, and at no other time.
#[test]
fn answers_that_end_at_a_timeout() {
    let slow = |route, took| Hit { route, took, upstream: "0.030", ..FINE };
    let mixed = |late: Hit| nginx(move |at| if at % 100 == 3 { late } else { FINE });
    one(
        &mixed(slow("/shop", "60.002")),
        "truncated-success",
        "info",
        &["36 of 3,600 2xx", "60.0 s"],
    );
    none(&mixed(slow("/poll", "60.002")));
    none(&mixed(slow("/shop", "25.002")));
}

#[test]
fn a_limit_that_answers_503() {
    let limited = Hit {
        status: 503,
        took: "0.000",
        address: "-",
        upstream_status: "-",
        connect: "-",
        upstream: "-",
        ..FINE
    };
    let always = |hit: Hit| nginx(move |at| if at % 90 == 7 { hit } else { FINE });
    let says =
        ["40 of 3,600 requests: 503 within 1 ms", "in 24 of 24 equal parts", "limit_req_status"];
    one(&always(limited), "limiter-503", "warning", &says);
    // An application that has too much to do, and a route with nothing behind it.
    let busy = Hit { status: 503, took: "0.210", upstream_status: "503", ..FINE };
    none(&always(busy));
    none(&always(Hit { route: "/gone", ..limited }));
    // Somebody maintains it for five minutes.
    let maintained = nginx(|at| if (1200..1500).contains(&at) { limited } else { FINE });
    assert!(maintained.iter().all(|of| of["cause"] != "limiter-503"), "{maintained:#?}");
}

#[test]
fn slow_clients_are_no_slow_backend() {
    let tenth = |hit: Hit| nginx(move |at| if at % 10 == 7 { hit } else { FINE });
    let download = Hit { took: "1.400", ..FINE };
    let says = ["100 % of slow requests", "360 of 360 requests of 200 ms or longer", "p95 30 ms"];
    one(&tenth(download), "slow-clients", "info", &says);
    none(&tenth(Hit { upstream: "1.399", ..download }));
    // The target is met.
    none(&nginx(|at| if at % 40 == 7 { download } else { FINE }));
}

#[test]
fn connections_that_take_long() {
    let tenth = |connect, nth: u64| {
        let hit = Hit { connect, took: "1.090", upstream: "1.080", ..FINE };
        nginx(move |at| if at % nth == 7 { hit } else { FINE })
    };
    let says = ["p50 1.0 ms · p95 1.0 s · p99 1.0 s", "ListenOverflows", "keepalive"];
    one(&tenth("1.020", 10), "connect-time-rise", "warning", &says);
    none(&tenth("0.040", 10));
    none(&tenth("1.020", 25));
}

#[test]
fn client_errors_of_an_unusual_kind() {
    let of = |unusual: u16, of_ten: u64| {
        combined(3600, move |at| match at % 10 {
            7 if at / 10 % 10 < of_ten => ("/orders".to_owned(), unusual),
            7 => ("/old".to_owned(), 404),
            _ => ("/shop".to_owned(), 200),
        })
    };
    let says = ["40.0 % of 4xx are 404", "422 leads with 60.0 %", "statlog explain 422"];
    one(&of(422, 6), "client-error-mix", "info", &says);
    none(&of(422, 5));
    // Few enough 4xx to meet the target.
    none(&combined(3600, |at| ("/orders".to_owned(), if at % 25 == 7 { 422 } else { 200 })));
}

#[test]
fn ids_that_are_forbidden_or_missing() {
    let route = |prefix: &'static str, forbidden: u64| {
        combined(3600, move |at| {
            let status = match at % 40 {
                3 => 404,
                other if (5..5 + forbidden).contains(&other) => 403,
                _ => 200,
            };
            match at % 40 {
                0..20 => (format!("{prefix}{}", at % 900), status),
                _ => ("/shop".to_owned(), 200),
            }
        })
    };
    let says = ["/docs/:id answers ids", "90 are 403, 90 are 404, of 1,800 requests"];
    one(&route("/docs/", 1), "existence-leak", "info", &says);
    none(&route("/docs/", 0));
    // No id in the route.
    none(&route("/docs?id=", 1));
}

#[test]
fn a_route_that_never_fails_among_some_that_do() {
    let names = ["orders", "cart", "users", "search", "quotes"];
    let log = |calm: &'static [&'static str]| {
        combined(6000, move |at| {
            let name = names[at as usize % 5];
            let fails = at / 5 % 50 == 7 && !calm.contains(&name);
            (format!("/api/{name}"), if fails { 404 } else { 200 })
        })
    };
    let says =
        ["/api/quotes never fails", "no 4xx and no 5xx in 1,200 requests", "2.00 %", "a guess"];
    one(&log(&["quotes"]), "errors-as-200", "info", &says);
    none(&log(&[]));
    // Where several never fail, that is their nature.
    none(&log(&["quotes", "users"]));
}
