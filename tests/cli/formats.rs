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

    let json = r#"{"status":200,"took":250}"#;
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
