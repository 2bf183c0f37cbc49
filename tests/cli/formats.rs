//! How a log is read: the formats that are given, those that are found, and `detect`.

use crate::support::{number, statlog};
use crate::{folder, line, lines};

/// Two formats, each in words of its server; one request in each.
const NGINX: &str = r#"'$remote_addr [$time_iso8601] "$request" ' '$status took=$request_time'"#;
const NGINX_LINE: &str =
    "192.0.2.7 [2025-10-10T13:00:00+02:00] \"GET /a HTTP/1.1\" 503 took=0.250\n";
const APACHE: &str = r#"LogFormat "%h %t \"%r\" %>s %{ms}T" timed"#;
const APACHE_LINE: &str = "192.0.2.7 [10/Oct/2025:13:00:00 +0200] \"GET /a HTTP/1.1\" 503 250\n";

#[test]
fn the_server_s_own_string_is_the_language() {
    let files = folder(&[("nginx.txt", NGINX), ("apache.txt", APACHE)]);
    for (format, line, field) in [
        (NGINX, NGINX_LINE, "$request_time"),
        ("@nginx.txt", NGINX_LINE, "$request_time"),
        (APACHE, APACHE_LINE, "%{ms}T"),
        ("@apache.txt", APACHE_LINE, "%{ms}T"),
    ] {
        let report = statlog(["analyze", "--format", "json", "--log-format", format])
            .dir(&files)
            .stdin(line)
            .report();
        assert_eq!(report["status_codes"][0]["code"], 503, "{format}");
        assert_eq!(report["window"]["start"], "2025-10-10T11:00:00Z", "{format}");
        assert_eq!(report["latency"]["field"], field, "{format}");
        assert_eq!(report["latency"]["overall"]["max"], 0.25, "{format}");
        assert_eq!(report["input"]["sources"][0]["detected"], false, "{format}");
        assert_eq!(report["top"]["clients"][0]["name"], "192.0.2.7", "{format}");
    }
}

#[test]
fn formats_of_an_nginx_configuration() {
    let conf = format!(
        "http {{\n    # log_format gone '$uri';\n    log_format plain '$remote_addr $status';\n    \
         log_format timed {NGINX};\n    access_log /var/log/nginx/access.log timed;\n}}\n"
    );
    let files = folder(&[("nginx.conf", &conf), ("one.conf", "log_format one '$status $host';")]);
    let run = |conf: &str, line: &str| {
        statlog(["analyze", "--format", "json", "--nginx-conf", conf])
            .dir(&files)
            .stdin(line)
            .done()
    };
    let timed = run("nginx.conf:timed", NGINX_LINE).json();
    assert_eq!(timed["latency"]["overall"]["max"], 0.25);
    assert_eq!(run("nginx.conf:plain", "192.0.2.1 404\n").json()["classes"]["4xx"], 1);
    assert_eq!(run("one.conf", "200 example.org\n").json()["classes"]["2xx"], 1);
    for (conf, part) in [
        ("nginx.conf:time", "has no log_format 'time'; it has plain, timed"),
        ("nginx.conf:gone", "gone"),
        ("nosuch.conf", "nosuch.conf"),
    ] {
        let done = run(conf, NGINX_LINE);
        done.says(2, "statlog: --nginx-conf: ");
        done.says(2, part);
    }
}

#[test]
fn formats_that_cannot_be_read() {
    for (format, part) in [
        ("ngnix-combined", "(did you mean 'nginx-combined'?)"),
        ("$status$request_time", "nothing between them"),
        ("%>s%D", "nothing between them"),
        ("$remote_addr $request", "the format has no status"),
        ("@nosuch.txt", "nosuch.txt: "),
    ] {
        let done = statlog(["analyze", "--log-format", format]).stdin(lines(&[200])).done();
        done.says(2, part);
        assert_eq!(done.text(), "");
    }
}

#[test]
fn the_latency_can_be_chosen() {
    let format = "$status $request_time $upstream_response_time";
    let run = |latency: &str| {
        statlog(["analyze", "--format", "json", "--log-format", format, "--latency", latency])
            .stdin("200 2.000 0.500\n")
            .done()
    };
    let max = |latency: &str| run(latency).json()["latency"]["overall"]["max"].clone();
    assert_eq!(max("request_time"), 2.0);
    assert_eq!(max("$upstream_response_time"), 0.5);
    assert_eq!(max("upstream_response_time:ms"), 0.0005);
    run("nosuch").says(2, "nosuch");

    let json = r#"{"status":200,"url":"/a","took":250}"#;
    let report =
        statlog(["analyze", "--format", "json", "--latency", "took:ms"]).stdin(json).report();
    assert_eq!(report["latency"]["overall"]["max"], 0.25);
    let report = statlog(["analyze", "--format", "json"]).stdin(json).report();
    assert_eq!(report["latency"], serde_json::Value::Null, "no unit is guessed");
}

/// A whole number at the end can be in any unit: nothing is guessed, one flag settles it.
#[test]
fn a_doubtful_format_is_refused() {
    let log = line(0, "/", 200).replace('\n', " 1834\n").repeat(5);
    let done = statlog(["analyze"]).stdin(log.clone()).done();
    assert_eq!(done.text(), "");
    for part in [
        "stdin: its format is in doubt",
        "curl/8.5.0\" 1834\n",
        "--log-format apache-combined-us\n",
        "latency 0.001834 s from %D",
        "--log-format apache-combined-ms\n",
        "latency 1.834 s from %{ms}T",
    ] {
        done.says(3, part);
    }
    let settled = statlog(["analyze", "--format", "json", "--log-format", "apache-combined-ms"])
        .stdin(log)
        .report();
    assert_eq!(settled["latency"]["overall"]["max"], 1.834);
}

#[test]
fn a_log_in_no_known_format_is_refused() {
    let done = statlog(["analyze"]).stdin("2025-10-10 INFO started\n".repeat(5)).done();
    done.says(3, "stdin: is in no known format");
    done.says(3, "2025-10-10 INFO started");
    assert_eq!(done.text(), "");
}

#[test]
fn detect_shows_one_line_field_by_field() {
    let done = statlog(["detect"]).stdin(line(0, "/a?b=c", 404)).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    insta::assert_snapshot!(done.text(), @r#"
    stdin
      format   combined (found in 1 of 1 sample lines)
      string   %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"
      time     %t, start or end of the request: not known, UTC
      latency  none
      note     nothing in the sample tells nginx from Apache: nginx stamps the end of a request, Apache its start; --log-format nginx-combined or apache-combined settles it

      candidates
        nginx-combined   1 of 1 lines, 8 columns
        apache-combined  1 of 1 lines, 8 columns

      line 1: 192.0.2.1 - - [10/Oct/2025:13:00:00 +0000] "GET /a?b=c HTTP/1.1" 404 512 "-" "curl/8.5.0"
        %h              192.0.2.1
        %l              -
        %u              -
        %t              10/Oct/2025:13:00:00 +0000
        %r              GET /a?b=c HTTP/1.1
        %>s             404
        %b              512
        %{Referer}i     -
        %{User-Agent}i  curl/8.5.0
      read as  404 at 2025-10-10T13:00:00Z
    "#);
}

#[test]
fn detect_explains_a_line() {
    let error = "2025/10/10 13:00:01 [error] 7#7: *1 open() failed\n";
    let broken = line(2, "/", 200).replace(" 200 ", " OK ");
    let log = format!("\n{}{error}{broken}{}", line(0, "/", 200), lines(&[200, 200]));
    let files = folder(&[("access.log", &log)]);
    let explain =
        |number: &str| statlog(["detect", "--line", number, "access.log"]).dir(&files).done();
    for (number, part) in [
        ("1", "  line 1: \n"),
        ("1", "  skipped  blank\n"),
        ("2", "  read as  200 at 2025-10-10T13:00:00Z\n"),
        ("3", "  skipped  error_log\n"),
        ("4", "  rejected bad_status\n"),
    ] {
        let done = explain(number);
        assert_eq!(done.code, 0, "{}", done.errors());
        assert!(done.text().contains(part), "{number}: {}", done.text());
    }
    explain("7").says(2, "--line 7: the file has fewer lines");
    // Without a number the first line that can be read, with its own number.
    let first = statlog(["detect", "access.log"]).dir(&files).done();
    assert!(first.text().contains("\n  line 2: 192.0.2.1 "), "{}", first.text());
    let two = statlog(["detect", "--line", "1", "access.log", "nosuch.log"]).dir(&files).done();
    two.says(2, "--line goes with one file");
}

#[test]
fn detect_of_several_files() {
    let files = folder(&[
        ("a.log", &lines(&[200, 304])),
        ("b.log", "{\"status\":200,\"time_local\":\"10/Oct/2025:13:00:00 +0000\"}\n"),
        ("c.log", "nothing of the kind\n"),
    ]);
    let done = statlog(["detect", "a.log", "b.log", "c.log", "d.log"]).dir(&files).done();
    assert_eq!(done.code, 3);
    for part in ["a.log\n  format   combined", "b.log\n  format   JSON", "c.log\n  is in no known"]
    {
        assert!(done.text().contains(part), "{part}: {}", done.text());
    }
    assert!(done.text().contains("d.log\n  no such file"), "{}", done.text());
}

#[test]
fn several_formats_in_one_run() {
    let json = "{\"status\":500,\"time_local\":\"10/Oct/2025:13:00:00 +0000\"}\n";
    let files = folder(&[("a.log", &lines(&[200, 304])), ("b.log", json)]);
    let report = statlog(["analyze", "--format", "json", "a.log", "b.log"]).dir(&files).report();
    assert_eq!(number(&report, "/input/parsed"), 3);
    assert_eq!(report["input"]["sources"][0]["format"], "combined");
    assert_eq!(report["input"]["sources"][1]["format"], "JSON");
    assert_eq!(report["classes"]["5xx"], 1);
}

/// Of each format of products that have a language of their own: one line, its name, the time, the
/// latency and how it is called.
const PRODUCTS: &[(&str, &str, &str, f64, &str)] = &[
    (
        r#"192.0.2.7:40000 [10/Oct/2025:13:00:00.250] www web/s1 5/0/7/80/250 503 1139 - - SC-- 2/1/0/0/0 0/0 "GET /a HTTP/1.1""#,
        "haproxy-http",
        "2025-10-10T13:00:00.25Z",
        0.25,
        "%Ta",
    ),
    (
        r#"[2025-10-10T13:00:00.250Z] "GET /a HTTP/1.1" 503 UF 0 91 250 - "192.0.2.7" "x" "id-1" "www.example.com" "10.0.0.1:80""#,
        "envoy",
        "2025-10-10T13:00:00.25Z",
        0.25,
        "%DURATION%",
    ),
    (
        r#"192.0.2.7 - - [10/Oct/2025:13:00:00 +0000] "GET /a HTTP/1.1" 503 5 "-" "x" 7 "web@docker" "http://10.0.0.1:80" 250ms"#,
        "traefik-clf",
        "2025-10-10T13:00:00Z",
        0.25,
        "Duration",
    ),
    (
        r#"https 2025-10-10T13:00:00.250Z app/web/50dc 192.0.2.7:2817 10.0.0.1:80 0.001 0.200 0.049 503 503 0 57 "GET https://www.example.com:443/ HTTP/1.1" "x" - - - "-" "www.example.com" "-" 1 2025-10-10T13:00:00Z "forward" "-" "-""#,
        "aws-alb",
        "2025-10-10T13:00:00.25Z",
        0.25,
        "request_processing_time + target_processing_time + response_processing_time",
    ),
    (
        r#"2025-10-10T13:00:00.250Z web 192.0.2.7:2817 10.0.0.1:80 0.001 0.200 0.049 503 503 0 29 "GET http://www.example.com:80/ HTTP/1.1""#,
        "aws-clb",
        "2025-10-10T13:00:00.25Z",
        0.25,
        "request_processing_time + backend_processing_time + response_processing_time",
    ),
    (
        r#"79a5 bucket [10/Oct/2025:13:00:00 +0000] 192.0.2.7 - 7ACC4BE89EXAMPLE REST.GET.OBJECT a/b.html "GET /a/b.html HTTP/1.1" 503 SlowDown - 1718 250 - "-" "x" -"#,
        "aws-s3",
        "2025-10-10T13:00:00Z",
        0.25,
        "total_time",
    ),
    (
        "1760101200.250    250 192.0.2.7 TCP_MISS/503 2014 GET http://www.example.com/a - HIER_DIRECT/198.51.100.7 text/html",
        "squid",
        "2025-10-10T13:00:00.25Z",
        0.25,
        "elapsed",
    ),
    (
        "[pid: 24|app: 0|req: 7/9] 192.0.2.7 () {40 vars in 612 bytes} [Fri Oct 10 13:00:00 2025] GET /a => generated 3415 bytes in 250 msecs (HTTP/1.1 503) 4 headers in 120 bytes (1 switches on core 0)",
        "uwsgi",
        "2025-10-10T13:00:00Z",
        0.25,
        "msecs",
    ),
    (
        r#"time=2025-10-10T13:00:00.250Z level=info method=GET path=/a remote_addr=192.0.2.7 status=503 duration=250ms"#,
        "logfmt",
        "2025-10-10T13:00:00.25Z",
        0.25,
        "duration",
    ),
];

#[test]
fn products_with_a_format_of_their_own_are_found_by_one_line() {
    for (line, name, time, latency, field) in PRODUCTS {
        let report = statlog(["analyze", "--format", "json"]).stdin(format!("{line}\n")).report();
        assert_eq!(report["input"]["sources"][0]["format"], *name, "{line}");
        assert_eq!(report["status_codes"][0]["code"], 503, "{line}");
        assert_eq!(report["window"]["start"], *time, "{line}");
        assert_eq!(report["latency"]["overall"]["max"], *latency, "{line}");
        assert_eq!(report["latency"]["field"], *field, "{line}");
        assert_eq!(report["top"]["clients"][0]["name"], "192.0.2.7", "{line}");
    }
}

#[test]
fn strings_of_haproxy_and_envoy() {
    let haproxy = r#"log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r""#;
    let envoy = r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n"#;
    for ((line, ..), string) in PRODUCTS.iter().zip([haproxy, envoy]) {
        let report = statlog(["analyze", "--format", "json", "--log-format", string])
            .stdin(format!("{line}\n"))
            .report();
        assert_eq!(report["status_codes"][0]["code"], 503, "{string}");
        assert_eq!(report["latency"]["overall"]["max"], 0.25, "{string}");
    }
    let json = statlog(["analyze", "--log-format", "%{+json}o %ST"]).stdin("{}\n").done();
    json.says(2, "lines of JSON are read without being told");
}

#[test]
fn one_part_of_a_latency_can_be_chosen() {
    let (line, ..) = PRODUCTS[3];
    for (latency, seconds) in [("target_processing_time", 0.2), ("response_processing_time", 0.049)]
    {
        let report = statlog(["analyze", "--format", "json", "--latency", latency])
            .stdin(format!("{line}\n"))
            .report();
        assert_eq!(report["latency"]["overall"]["max"], seconds, "{latency}");
        assert_eq!(report["latency"]["field"], latency);
    }
}

#[test]
fn lines_of_haproxy_that_are_no_requests_are_skipped() {
    let (request, ..) = PRODUCTS[0];
    let log = format!(
        "{request}\n192.0.2.7:40000 [10/Oct/2025:13:00:01.250] www/1: SSL handshake failure\n\
         Server web/s1 is DOWN, reason: Layer4 timeout\n\
         192.0.2.7:40000 [10/Oct/2025:13:00:02.250] ssh git/s1 0/0/5007 212 -- 0/0/0/0/3 0/0\n"
    );
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    assert_eq!(number(&report, "/input/parsed"), 1);
    assert_eq!(report["input"]["sources"][0]["skipped"]["not_a_response"], 3);
}

#[test]
fn a_log_without_http_is_refused_by_name() {
    let line = "tls 2.0 2025-10-10T13:00:00 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.7:2817 10.0.0.1:443 5 2 98 246 -\n";
    let done = statlog(["analyze"]).stdin(line.repeat(3)).done();
    done.says(3, "is a log of AWS NLB connections: it has no HTTP status");
    assert_eq!(done.text(), "");
}

#[test]
fn formats_are_listed_with_their_other_names() {
    let done = statlog(["formats"]).done();
    for name in
        ["haproxy-http ", "varnishncsa, litespeed", "aws-alb ", "'{client} [{time}] {status}"]
    {
        assert!(done.text().contains(name), "{name}: {}", done.text());
    }
}

/// One request at 13:00 UTC as a product's own JSON, and one that failed.
fn cloudflare(status: u16, source: &str) -> String {
    format!(
        "{{\"ClientIP\":\"192.0.2.1\",\"ClientRequestHost\":\"example.com\",\
         \"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/a\",\"EdgeResponseBytes\":512,\
         \"EdgeResponseStatus\":{status},\"EdgeStartTimestamp\":1760101200000000000,\
         \"EdgeTimeToFirstByteMs\":250,\"OriginResponseStatus\":0,\"RayID\":\"x\",\
         \"ClientRequestSource\":\"{source}\"}}\n"
    )
}

#[test]
fn products_that_write_json_are_recognised_or_named() {
    let log = cloudflare(200, "eyeball") + &cloudflare(522, "eyeball");
    let report = statlog(["analyze", "--format", "json"]).stdin(log.clone()).report();
    let source = &report["input"]["sources"][0];
    assert_eq!((&source["format"], &source["detected"]), (&"cloudflare".into(), &true.into()));
    assert_eq!(report["latency"]["field"], "EdgeTimeToFirstByteMs");
    assert_eq!(report["latency"]["overall"]["max"], 0.25);
    assert_eq!(report["window"]["start"], "2025-10-10T13:00:00Z");
    let named = |name: &str| {
        let done =
            statlog(["analyze", "--format", "json", "--log-format", name]).stdin(log.clone());
        done.done()
    };
    assert_eq!(named("cloudflare").json()["input"]["sources"][0]["detected"], false);
    assert_eq!(number(&named("cloudflare").json(), "/input/parsed"), 2);
    named("caddy").says(3, "no request was counted");
    named("cloudflair").says(2, "did you mean 'cloudflare'");
    let listed = statlog(["formats"]).done();
    for name in ["cloudflare", "google-cloud-lb", "azure-front-door", "traefik-json", "envoy-json"]
    {
        assert!(listed.text().contains(name), "{name}: {}", listed.text());
    }
}

#[test]
fn keys_of_json_can_be_named() {
    let log =
        r#"{"result":{"http":503},"at":"2025-10-10T13:00:00Z","took":250,"what":"/a","host":"h"}"#;
    let run = |keys: &str| {
        statlog(["analyze", "--format", "json", "--log-format", keys]).stdin(log).done()
    };
    let report = run("json:status=result.http,time=at,latency=took:ms,path=what,host=").json();
    assert_eq!(report["status_codes"][0]["code"], 503);
    assert_eq!(report["window"]["start"], "2025-10-10T13:00:00Z");
    assert_eq!(report["latency"]["overall"]["max"], 0.25);
    assert_eq!(report["top"]["routes"][0]["route"], "/a");
    for (keys, part) in [
        ("json:stauts=a", "(did you mean 'status'?)"),
        ("json:status", "'status' has no key"),
        ("json:latency=took", "needs its unit: 'latency=took:s'"),
        ("json:status=result.http,status=x", "'status' is there twice"),
        ("json:", "names no key"),
    ] {
        run(keys).says(2, part);
    }
    let detect = statlog(["detect", "--log-format", "json:status=result.http,client=from"]);
    assert!(detect.stdin(log).done().text().contains("no line of the sample has the key from"));
}

#[test]
fn a_request_without_status_is_counted_when_the_product_says_what_it_means() {
    let line = |rest: &str| {
        format!(
            "{{\"httpRequest\":{{\"latency\":\"0.5s\",\"remoteIp\":\"192.0.2.1\",\
             \"requestMethod\":\"GET\",\"requestUrl\":\"https://example.com/a\"{rest}}},\
             \"timestamp\":\"2025-10-10T13:00:00Z\"}}\n"
        )
    };
    let log = line(",\"status\":200") + &line("") + "{\"textPayload\":\"x\"}\n";
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    assert_eq!(number(&report, "/input/parsed"), 2);
    assert_eq!(number(&report, "/totals/no_status"), 1);
    assert_eq!(report["input"]["sources"][0]["skipped"]["not_a_response"], 1);
    assert_eq!(report["no_status"][0]["spelling"], "missing");
}

/// IIS restarts with other columns, and says the day in its header alone.
const IIS: &str = "#Software: Microsoft Internet Information Services 10.0\n\
    #Version: 1.0\n\
    #Date: 2025-10-10 23:59:00\n\
    #Fields: time c-ip cs-method cs-uri-stem sc-status sc-substatus sc-win32-status time-taken \n\
    23:59:01 192.0.2.1 GET /a 200 0 0 15\n\
    00:00:02 192.0.2.1 GET /a 500 19 0 1250\n\
    #Software: Microsoft Internet Information Services 10.0\n\
    #Version: 1.0\n\
    #Date: 2025-10-11 00:00:30\n\
    #Fields: date time s-ip cs-method cs-uri-stem c-ip cs(User-Agent) sc-status\n\
    2025-10-11 00:00:31 203.0.113.5 GET /a 192.0.2.2 Mozilla/5.0+(X11) 404\n";

#[test]
fn header_lines_name_the_columns_and_change_them() {
    let report = statlog(["analyze", "--format", "json"]).stdin(IIS).report();
    let source = &report["input"]["sources"][0];
    assert_eq!(source["format"], "iis-w3c");
    assert_eq!(source["time_meaning"], "end");
    assert_eq!(source["zone"], "+00:00");
    assert_eq!(source["skipped"], serde_json::json!({"comment": 8}));
    assert_eq!(report["window"]["start"], "2025-10-10T23:59:01Z");
    assert_eq!(report["window"]["end"], "2025-10-11T00:00:31Z");
    assert_eq!(report["latency"]["field"], "time-taken");
    assert_eq!(report["latency"]["overall"]["max"], 1.25);
    assert_eq!(report["top"]["user_agents"][0]["name"], "Mozilla/5.0 (X11)");
    assert_eq!(number(&report, "/input/parsed"), 3);
}

#[test]
fn detect_shows_columns() {
    let done = statlog(["detect"]).stdin(IIS).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    insta::assert_snapshot!(done.text(), @"
    stdin
      format   iis-w3c (found in 3 of 3 sample lines)
      string   #Fields: time c-ip cs-method cs-uri-stem sc-status sc-substatus sc-win32-status time-taken
      time     time, end of the request, UTC
      latency  time-taken, in ms
      note     the columns change within the log: each line is read by the header before it
      note     the lines have the time of day alone: the day is that of #Date, and the next one when the time goes back by more than 12 hours

      candidates
        iis-w3c  3 of 3 lines, 8 columns

      line 5: 23:59:01 192.0.2.1 GET /a 200 0 0 15
        time             23:59:01
        c-ip             192.0.2.1
        cs-method        GET
        cs-uri-stem      /a
        sc-status        200
        sc-substatus     0
        sc-win32-status  0
        time-taken       15
      read as  200 at 2025-10-10T23:59:01Z, 0.015 s
    ");
    let done = statlog(["detect", "--log-format", "csv:time,client,status,latency:ms,_"])
        .stdin("when,who,code,took,x\n2025-10-10T13:55:01Z,192.0.2.1,503,15,\"a, b\"\n")
        .done();
    insta::assert_snapshot!(done.text(), @r#"
    stdin
      format   given columns format (given; reads 1 of 1 sample lines)
      string   csv:time,client,status,latency:ms,_
      time     time, start or end of the request: not known, UTC
      latency  latency, in ms

      candidates
        CSV  1 of 2 lines, 1 columns

      line 2: 2025-10-10T13:55:01Z,192.0.2.1,503,15,"a, b"
        time     2025-10-10T13:55:01Z
        client   192.0.2.1
        status   503
        latency  15
        _        a, b
      read as  503 at 2025-10-10T13:55:01Z, 0.015 s
    "#);
}

#[test]
fn lists_of_columns() {
    let log = "2025-10-10T13:55:01Z|192.0.2.1|GET|/a|503|15|x\n\
        2025-10-10T13:55:02Z|192.0.2.1|GET|/a|200|25|\"x|y\"\n";
    let list = "psv:time,client,method,path,status,latency:ms,_";
    let report = statlog(["analyze", "--format", "json", "--log-format", list]).stdin(log).report();
    assert_eq!(report["classes"]["5xx"], 1);
    assert_eq!(report["latency"]["overall"]["max"], 0.025);
    assert_eq!(report["top"]["routes"][0]["route"], "/a");
    for (list, part) in [
        ("csv:time,statsu", "'statsu' is no name of a column (did you mean 'status'?)"),
        ("csv:time,client", "the list has no 'status'"),
        ("tsv:status,latency", "needs its unit"),
        ("csv:", "the first line of the log is not the names of its columns"),
        ("#Fields: date time", "the columns have no status"),
        ("w3c", "is read by the header lines of the log"),
    ] {
        let done = statlog(["analyze", "--log-format", list]).stdin(log).done();
        done.says(2, part);
        assert_eq!(done.text(), "");
    }
}

#[test]
fn a_latency_without_a_unit_is_asked_for() {
    let log = "#Fields: date time cs-method cs-uri-stem sc-status time-taken\n\
        2025-10-10 13:55:01 GET /a 200 1500\n";
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    assert!(report["latency"].is_null());
    let unread = report["input"]["sources"][0]["unread_latency"].as_str().unwrap_or_default();
    assert!(unread.contains("--latency time-taken:ms"), "{unread}");
    let report =
        statlog(["analyze", "--format", "json", "--latency", "time-taken:ms"]).stdin(log).report();
    assert_eq!(report["latency"]["overall"]["max"], 1.5);
    let done = statlog(["analyze", "--latency", "time-taken"]).stdin(log).done();
    done.says(2, "its unit is not known");
}

#[test]
fn a_header_that_does_not_fit_its_lines() {
    let log = "#Fields: date time cs-method sc-status\n2025-10-10 13:55:01 GET 200 x\n";
    let done = statlog(["analyze"]).stdin(log).done();
    done.says(3, "is in no known format");
    done.says(3, "its first line is: 2025-10-10 13:55:01 GET 200 x");
    // A log that was cut off is one all the same.
    let log = "#Fields: date time cs-method sc-status\r\n2025-10-10 13:55:01 GET 200\r\n\
        2025-10-10 13:55:02 GET 404\r\n2025-10-10 13:55:02 GET";
    let done = statlog(["analyze", "--format", "json"]).stdin(log).done();
    let report = done.json();
    assert_eq!(number(&report, "/input/parsed"), 2);
    let rejected = &report["input"]["sources"][0]["rejected"];
    assert_eq!(*rejected, serde_json::json!({"truncated": 1}));
}

#[test]
fn an_export_with_a_header_is_read_by_its_names() {
    let log = "timestamp,client_ip,method,path,status,duration_ms\n\
        2025-10-10T13:55:01Z,192.0.2.1,GET,/a,200,15\n\
        2025-10-10T13:55:02Z,192.0.2.1,GET,\"/a,b\",404,25\n";
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    let source = &report["input"]["sources"][0];
    assert_eq!(source["format"], "CSV");
    assert_eq!(source["skipped"], serde_json::json!({"comment": 1}));
    assert_eq!(number(&report, "/input/parsed"), 2);
    assert_eq!(report["latency"]["overall"]["max"], 0.025);
}

/// One nginx line at this second.
fn combined(second: u32) -> String {
    format!(
        "192.0.2.1 - - [10/Oct/2025:13:55:{second:02} +0000] \"GET /a HTTP/1.1\" 502 5 \"-\" \"x\"\n"
    )
}

#[test]
fn one_syslog_has_lines_of_many_programs() {
    let other = |second: u32, tag: &str, text: &str| {
        format!("<30>Oct 10 13:55:{second:02} web1 {tag}[7]: {text}\n")
    };
    let mut log = String::new();
    for second in 0..20 {
        log += &other(second, "nginx", combined(second).trim_end());
        log += &other(second, "sshd", "Failed password for root from 192.0.2.9 port 22 ssh2");
        log += &other(second, "CRON", "(root) CMD (run-parts /etc/cron.hourly)");
    }
    // A broken access line is a fault, not another program's.
    log += &other(21, "nginx", "192.0.2.1 - - [10/Oct/2025:13:55:21 +0000] \"GET /a HTTP/1.1\" 50");
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    let source = &report["input"]["sources"][0];
    assert_eq!(number(&report, "/input/parsed"), 20);
    assert_eq!(source["skipped"], serde_json::json!({"not_a_response": 40}));
    assert_eq!(source["rejected"], serde_json::json!({"truncated": 1}));
    assert_eq!(source["wrappers"], serde_json::json!(["syslog (RFC 3164)"]));
}

#[test]
fn a_line_in_wrappers_among_others_without() {
    let docker = |line: String| {
        let line = serde_json::json!(line);
        format!("{{\"log\":{line},\"stream\":\"stdout\",\"time\":\"2025-10-10T13:55:02Z\"}}\n")
    };
    let haproxy = |second: u32| {
        format!(
            "<134>Oct 10 13:55:{second:02} lb haproxy[7]: 192.0.2.7:40000 \
             [10/Oct/2025:13:55:{second:02}.250] www web/s1 5/0/7/80/250 503 1139 - - SC-- 2/1/0/0/0 \
             0/0 \"GET /a HTTP/1.1\"\n"
        )
    };
    let mut log: String = (0..30).map(combined).collect();
    log += &docker(combined(31));
    log += &haproxy(32);
    let report = statlog(["analyze", "--format", "json"]).stdin(log.clone()).report();
    assert_eq!(number(&report, "/input/parsed"), 32);
    let sources = report["input"]["sources"].as_array().expect("a list");
    let rows: Vec<_> = sources
        .iter()
        .map(|row| (row["format"].as_str().expect("a name"), &row["parsed"]))
        .collect();
    assert_eq!(rows[0].1, 31);
    assert_eq!(rows[1], ("haproxy-http", &1.into()));
    // As a file it is the same.
    let files = folder(&[("mixed.log", &log)]);
    let file = statlog(["analyze", "--format", "json", "mixed.log"]).dir(&files).report();
    assert_eq!(report["status_codes"], file["status_codes"]);
}

#[test]
fn a_time_before_the_line_is_no_virtual_host() {
    let log: String = (0..9)
        .map(|second| format!("2025-10-10T13:55:0{second}.123456789Z {}", combined(second)))
        .collect();
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    assert_eq!(report["input"]["sources"][0]["wrappers"], serde_json::json!(["timestamp"]));
    assert_eq!(report["top"]["hosts"], serde_json::json!([]));
    assert_eq!(number(&report, "/input/parsed"), 9);
}

#[test]
fn formats_that_are_nearly_right_are_refused_with_a_hint() {
    for (format, part) in [
        ("{client} [{tiem}] {status}", "did you mean 'time'"),
        ("{status} {latncy:ms}", "did you mean 'latency'"),
        (r#"{"start_time": "%START_TIME%", "code": "%RESPONSE_CODE%"}"#, "a format of JSON"),
    ] {
        statlog(["analyze", "--log-format", format]).stdin("x\n").done().says(2, part);
    }
}

/// What is around the lines is told, and the line inside is explained.
#[test]
fn detect_looks_inside_of_wrappers() {
    let line = |path: &str| {
        format!(
            "Oct 10 13:55:01 lb1 haproxy[7]: 192.0.2.1:40000 [10/Oct/2025:13:55:01.123] web \
             app/s1 0/0/1/8/9 200 512 - - ---- 1/1/0/0/0 0/0 \"GET {path} HTTP/1.1\"\n"
        )
    };
    let down = "Oct 10 13:55:00 lb1 haproxy[7]: Proxy web started.\n";
    let log = format!("{down}{}{}", line("/a"), line("/b"));
    let files = folder(&[("proxy.log", &log)]);
    let done = statlog(["detect", "proxy.log"]).dir(&files).done();
    assert_eq!((done.code, done.errors()), (0, ""));
    for part in [
        "  inside   syslog (RFC 3164)\n",
        "    haproxy-http  2 of 2 lines",
        "\n  line 2: Oct 10 13:55:01 lb1",
        "\n  inside: 192.0.2.1:40000 [",
        "    %ST  ",
        "  read as  200 at 2025-10-10T13:55:01.123Z, 0.009 s",
    ] {
        assert!(done.text().contains(part), "{part} in {}", done.text());
    }
}

#[test]
fn header_lines_without_a_request() {
    let header = "#Software: Microsoft Internet Information Services 10.0\n\
        #Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n";
    let log = format!("{header}2025-10-10 13:55:01 192.0.2.1 GET /a 200 15\n");
    let files = folder(&[("new.log", header), ("old.log", &log)]);
    let done = statlog(["analyze", "new.log", "old.log"]).dir(&files).done();
    assert_eq!(done.code, 0);
    assert!(done.text().contains("format   none\n"), "{}", done.text());
    assert!(done.errors().contains("new.log: has header lines, and no request"));
}

/// What stands in Docker's lines is a line of its own, JSON or not, and may be cut in two.
#[test]
fn docker_around_json_and_text() {
    let docker = |text: &str| {
        let log =
            serde_json::json!({"log": text, "stream": "stdout", "time": "2025-10-10T13:55:09Z"});
        format!("{log}\n")
    };
    let json = r#"{"time":"2025-10-10T13:55:01Z","method":"GET","url":"/j","status":200}"#;
    let text = r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" 502 5 "-" "curl""#;
    let mut log = docker(&format!("{text}\n")).repeat(20);
    log.push_str(&docker(&format!("{json}\n")).repeat(15));
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    assert_eq!(number(&report, "/totals/requests"), 35);
    assert_eq!(report["classes"]["5xx"], 20);
    assert_eq!(report["window"]["end"], "2025-10-10T13:55:01Z");
    let failed = json.replace("200", "502");
    let (start, end) = failed.split_at(30);
    let mut log = docker(&format!("{json}\n")).repeat(20);
    log.push_str(&docker(start));
    log.push_str(&docker(&format!("{end}\n")));
    let report = statlog(["analyze", "--format", "json"]).stdin(log).report();
    assert_eq!(number(&report, "/totals/requests"), 21);
    assert_eq!(report["classes"]["5xx"], 1);
    assert_eq!(report["input"]["sources"][0]["wrappers"][0], "docker json-file");
}

#[test]
fn a_status_alone_makes_no_access_log() {
    for (log, kind, flag) in [
        ("{\"time\":\"2025-10-10T13:55:01Z\",\"msg\":\"exit\",\"code\":137}\n", "JSON", "json"),
        ("time:2025-10-10T13:55:01Z\tstatus:200\tjob:x\n", "LTSV", "ltsv"),
        ("ts=2025-10-10T13:55:01Z level=info msg=done status=200\n", "logfmt", "logfmt"),
        ("id,name,status,amount\n1,bob,200,7\n2,bob,404,7\n", "CSV", "csv:"),
    ] {
        let done = statlog(["analyze"]).stdin(log).done();
        done.says(3, &format!("is {kind} with a status, but without anything else"));
        done.says(3, &format!("--log-format {flag} reads it"));
        let given = ["analyze", "--format", "json", "--log-format", flag];
        assert!(number(&statlog(given).stdin(log).report(), "/input/parsed") > 0, "{kind}");
    }
}

#[test]
fn a_latency_whose_values_carry_their_units() {
    let log = "{\"status\":200,\"url\":\"/a\",\"latency\":\"12ms\"}\n\
        {\"status\":200,\"url\":\"/a\",\"latency\":\"1.5s\"}\n";
    for command in ["detect", "analyze"] {
        let text = statlog([command]).stdin(log).done().text().to_owned();
        // The report breaks its lines.
        let words: Vec<_> = text.split_whitespace().collect();
        let said = "latency, in the unit that each value carries";
        assert!(words.join(" ").contains(said), "{command}: {text}");
    }
}
