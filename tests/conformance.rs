//! Real logs that nobody here wrote agree with what independent parsers found in them.
//!
//! The logs are in `../shared/samples`, which is no part of the crate; where it is absent the tests
//! say so and pass. A log is compared with the `.truth.json` beside it, or, where it has none, with
//! what a plain regular expression finds here: slow, without detection, and one line at a time.

#![allow(missing_docs, reason = "a test binary has no readers of documentation")]

mod support;

use jiff::Timestamp;
use jiff::fmt::strtime;
use regex::bytes::Regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::{number, shared, statlog};

/// What a log is compared with.
enum Expected {
    /// The truth file beside it.
    Truth,
    /// The lines that this expression reads: `status`, `bytes`, `time` (or without a zone `iso`,
    /// `local`, or `date` and `clock`, or `epoch`) and `s`, `ms` or `us` for the latency. Other lines
    /// are no requests.
    Lines(&'static str),
    /// It is no access log: exit code 3, and this on stderr.
    Refused(&'static str),
}
use Expected::{Lines, Refused, Truth};

/// A log, how it is read, and where the program rightly says something else than the truth file:
/// the fact, what the program says, and why.
struct Sample {
    file: &'static str,
    arguments: &'static [&'static str],
    expected: Expected,
    except: &'static [(&'static str, &'static str, &'static str)],
}

const fn sample(file: &'static str, expected: Expected) -> Sample {
    Sample { file, arguments: &[], expected, except: &[] }
}

/// The beginning of nginx's and Apache's usual formats. Greedy: the status is the last that is
/// followed by what the formats have after it.
const CLF: &str =
    r#"\[(?<time>[^\]]+)\] "(?:[^"\\]|\\.)*" (?<status>\d{3}|-) (?<bytes>\d+|-)(?: |$)"#;

/// IIS with a substatus, a code of Windows and milliseconds at the end.
const IIS: &str = r"^(?<date>[-\d]+) (?<clock>[:\d]+) .* (?<status>\d{3}) \d+ \d+ (?<ms>\d+) ?$";

const LIGHTTPD: &str =
    r#"%{X-Forwarded-For}i %h %u %t "%r" %>s %b %I %O %T "%{Referer}i" "%{User-Agent}i""#;
const BEATS: &str = r#"$host $http_x_forwarded_for - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
const LAB_NGINX: &str = r#"probe=$http_x_probe st=$status "$request" rt=$request_time uaddr=$upstream_addr ust=$upstream_status urt=$upstream_response_time uct=$upstream_connect_time uht=$upstream_header_time sent=$bytes_sent body=$body_bytes_sent rlen=$request_length compl=$request_completion scheme=$scheme"#;
const LAB_NGINX2: &str = r#"$http_x_probe st=$status "$request" rt=$request_time uaddr=$upstream_addr ust=$upstream_status sent=$bytes_sent body=$body_bytes_sent rlen=$request_length compl=$request_completion xfp=$http_x_forwarded_proto"#;
const LAB_APACHE: &str =
    r#"probe=%{X-Probe}i first=%<s last=%>s "%r" us=%D conn=%X bytes=%O handler=%R"#;

const TUNNEL: &str =
    "the truth counts a tunnel (CONNECT), whose time is that of a whole connection";
/// Why a time is a microsecond less than in the truth.
const CUT: &str = "the truth rounds the seventh digit of a second, the program cuts it";

const APP_SERVICE: &str = r#""time":"(?<iso>[^"]+)".*"ScStatus":"(?<status>\d{3})".*"TimeTaken":(?<ms>\d+),"ScBytes":"(?<bytes>\d+)""#;
const AZURE_CDN: &str = r#""time":"(?<iso>[^"]+)Z".*"responseBytes":"(?<bytes>\d+)".*"timeTaken":"(?<s>[.\d]+)".*"httpStatusCode":"(?<status>\d{3})""#;
const LAB_HAPROXY: &str =
    r#" \[(?<local>[^\]]+)\] \S+ \S+ [-/\d]+/(?<ms>\d+) (?<status>-1|\d{3}) (?<bytes>\d+) "#;
const UPSUN: &str = r#"\[(?<time>[^\]]+)\] \\"[^"]*\\" (?<status>\d{3}) (?<bytes>\d+) "#;

/// The logs of the formats that the program reads.
const SAMPLES: &[Sample] = &[
    sample("apache-combined/crowdsecurity_hub__apache2-logs_apache2-logs.log", Truth),
    sample("apache-combined/crowdsecurity_hub__apache2-malformed_apache2-logs.log", Lines(CLF)),
    sample("apache-combined/elastic_examples__apache_logs", Truth),
    sample("apache-combined/google_mtail__apache-combined.log", Lines(CLF)),
    sample("apache-combined/log2timeline_plaso__apache_access.log", Truth),
    sample("apache-combined/tstack_lnav__logfile_access_log.0", Lines(CLF)),
    sample("apache-combined/tstack_lnav__logfile_access_log.1", Lines(CLF)),
    sample("apache-common/GoogleCloudPlatform_ops-agent__tomcat-access.log", Lines(CLF)),
    sample("apache-common/open-telemetry_opentelemetry-log-collection__tomcat_access.log", Truth),
    sample(
        "aws-apigateway/aws-solutions_centralized-logging-with-opensearch__apigateway1.log",
        Truth,
    ),
    sample(
        "azure-appgw/log2timeline_plaso__azure_application_gateway_access.json",
        Lines(
            r#""timeStamp": "(?<iso>[^"+]+)\+00:00".*"httpStatus": (?<status>\d{3}),.*"sentBytes": (?<bytes>\d+),.*"timeTaken": (?<s>[\d.]+),"#,
        ),
    ),
    sample("azure-appgw/otel-contrib__agw_access.ndjson", Truth),
    Sample {
        file: "caddy/crowdsecurity_hub__caddy-logs_caddy-logs.log",
        arguments: &[],
        expected: Truth,
        except: &[("first_ts_utc", "\"2023-09-04T15:19:51.756499Z\"", CUT)],
    },
    Sample {
        file: "caddy/tstack_lnav__logfile_caddy_log.1",
        arguments: &[],
        expected: Truth,
        except: &[("first_ts_utc", "\"2024-05-26T11:42:52.60148Z\"", CUT)],
    },
    // One of its lines is of gRPC and has more columns.
    Sample {
        file: "apache-custom/log2timeline_plaso__atlassian-bitbucket-access.log",
        arguments: &["--max-rejected", "20%"],
        expected: Lines(
            r#" \| (?<iso>[-\d]+ [:,\d]+) \| "[^"]*" \| "[^"]*" "[^"]*" \| (?<status>\d{3}|-) \| \S+ \| (?<bytes>\d+|-) \| [^|]+ \| (?<ms>\d+|-) \|"#,
        ),
        except: &[],
    },
    sample("apache-custom/log2timeline_plaso__jira_access.log", Truth),
    Sample {
        file: "apache-custom/tstack_lnav__logfile_regexp_access_log.0",
        arguments: &["--log-format", "apache-vhost-combined-us"],
        expected: Lines(
            r#"\[(?<time>[^\]]+)\] "[^"]*" (?<status>\d{3}) (?<bytes>\d+) .* (?<us>\d+)$"#,
        ),
        except: &[],
    },
    sample("aws-cloudfront/asaaki_cloudfront-logs__tests.log", Truth),
    sample(
        "aws-cloudfront/aws-solutions_centralized-logging-with-opensearch__cloudfront.log",
        Truth,
    ),
    // Without header lines.
    sample(
        "aws-cloudfront/crowdsecurity_hub__aws-cloudfront-logs.log",
        Lines(
            r"^(?<date>\S+)\t(?<clock>\S+)\t\S+\t(?<bytes>\d+)\t(?:[^\t]*\t){4}(?<status>\d{3})\t(?:[^\t]*\t){9}(?<s>[\d.]+)\t",
        ),
    ),
    // The header lines name no columns: they are the default ones.
    sample("iis-w3c/GoogleCloudPlatform_ops-agent__iis_access.log", Lines(IIS)),
    sample("iis-w3c/log2timeline_plaso__iis10.log", Lines(IIS)),
    sample("iis-w3c/log2timeline_plaso__iis6.log", Truth),
    sample("iis-w3c/log2timeline_plaso__iis7_owa.log", Lines(IIS)),
    sample(
        "iis-w3c/log2timeline_plaso__iis7_sqli.log",
        Lines(r"^(?<date>[-\d]+) (?<clock>[:\d]+) .* (?<status>\d{3})$"),
    ),
    sample("iis-w3c/log2timeline_plaso__iis_without_date.log", Truth),
    sample(
        "iis-w3c/tstack_lnav__logfile_w3c.0",
        Lines(r"^(?<date>[-\d]+) (?<clock>[:\d]+) .* (?<status>\d{3}) \S+$"),
    ),
    // The log of an FTP server; and one whose header names fewer columns than its lines have.
    sample("iis-w3c/tstack_lnav__logfile_w3c.2", Refused("is in no known format")),
    sample("iis-w3c/tstack_lnav__logfile_w3c.5", Refused("is in no known format")),
    Sample {
        file: "aws-alb/aws-solutions_centralized-logging-with-opensearch__datafile_elb.log",
        arguments: &[],
        expected: Lines(
            r#"^\w+ (?<iso>[-\dT:.]+)Z (?:\S+ ){6}(?<status>\d{3}) \S+ \d+ (?<bytes>\d+) ""#,
        ),
        except: &[("latency", "1", "the latency is a sum, and no expression adds")],
    },
    sample("aws-alb/crowdsecurity_hub__aws-alb-logs.log", Truth),
    sample("aws-clb/logstash-patterns-core__aws_spec_elb.log", Truth),
    sample("aws-s3/aws-solutions_centralized-logging-with-opensearch__s3.log", Truth),
    sample(
        "aws-s3/logstash-patterns-core__aws_spec_s3.log",
        Lines(r#"\[(?<time>[^\]]+)\] .*" (?<status>\d{3}) \S+ (?<bytes>\d+|-) \S+ (?<ms>\d+) "#),
    ),
    // Three of its lines tell of failed handshakes: no requests.
    sample(
        "haproxy/crowdsecurity_hub__haproxy-logs_haproxy-logs.log",
        Lines(r#"\[(?<local>[^\]]+)\] .*/(?<ms>\d+) (?<status>\d{3}) (?<bytes>\d+) - - "#),
    ),
    Sample {
        file: "lab/lab_apache.log",
        arguments: &["--log-format", LAB_APACHE],
        expected: Lines(r#" last=(?<status>\d{3}) .* us=(?<us>\d+) conn=. bytes=(?<bytes>\d+) "#),
        except: &[],
    },
    Sample {
        file: "lab/lab_nginx_access.log",
        arguments: &["--log-format", LAB_NGINX],
        expected: Lines(r#" st=(?<status>\d{3}) .* rt=(?<s>[\d.]+) .* body=(?<bytes>\d+) rlen="#),
        except: &[],
    },
    Sample {
        file: "lab/lab_nginx2_access.log",
        arguments: &["--log-format", LAB_NGINX2],
        expected: Lines(r#" st=(?<status>\d{3}) .* rt=(?<s>[\d.]+) .* body=(?<bytes>\d+) rlen="#),
        except: &[],
    },
    Sample {
        file: "lighttpd/google_mtail__lighttpd_access.log",
        arguments: &["--log-format", LIGHTTPD],
        expected: Truth,
        except: &[],
    },
    sample(
        "cloudflare-logpush/tstack_lnav__logfile_cloudflare.json",
        Lines(
            r#""EdgeResponseBytes":(?<bytes>\d+),"EdgeResponseStatus":(?<status>\d{3}),"EdgeStartTimestamp":"(?<iso>[^"Z]+)Z""#,
        ),
    ),
    sample("gcp-lb/otel-contrib__alb.ndjson", Truth),
    sample("litespeed/crowdsecurity_hub__litespeed-http-sensitive-files.log", Lines(CLF)),
    sample("ltsv/tkuchiki_alp__ltsv_access.log", Truth),
    Sample {
        file: "squid/logstash-patterns-core__squid_spec.log",
        arguments: &[],
        expected: Truth,
        except: &[
            ("latency", "3", TUNNEL),
            ("p90", "0.132", TUNNEL),
            ("p95", "0.132", TUNNEL),
            ("p99", "0.132", TUNNEL),
            ("max", "0.132", TUNNEL),
        ],
    },
    sample("traefik-clf/crowdsecurity_hub__traefik_clf.log", Truth),
    sample("zoraxy/crowdsecurity_hub__zoraxy.log", Truth),
    sample("misc/tstack_lnav__logfile_crlf.0", Refused("is in no known format")),
    sample("misc/tstack_lnav__logfile_invalid_utf8.0", Refused("is in no known format")),
    sample("nginx-combined/GoogleCloudPlatform_ops-agent__nginx-access.log", Truth),
    sample("nginx-combined/crowdsecurity_hub__http-dos-invalid-http-versions.log", Truth),
    sample("nginx-combined/crowdsecurity_hub__nginx-http-generic-bf.log", Lines(CLF)),
    Sample {
        file: "nginx-combined/crowdsecurity_hub__nginx-http-malformed_nginx_http-logs.log",
        arguments: &[],
        expected: Truth,
        except: &[(
            "methods",
            "{}",
            "the truth takes the line \"HELP\" for a method; without a target it is no request \
             line, and the second parser behind the truth compared the statuses only",
        )],
    },
    sample("nginx-combined/crowdsecurity_hub__nginx-http-sqli-probing.log", Lines(CLF)),
    Sample {
        file: "nginx-custom/crowdsecurity_hub__nginx-proxy-manager-logs.log",
        arguments: &["--log-format", "nginx-proxy-manager", "--max-rejected", "99%"],
        expected: Lines(
            r#"^\[(?<time>[^\]]+)\] \S+ \S+ (?<status>\d{3}) - .* \[Length (?<bytes>\d+)\] .*\[Sent-to "#,
        ),
        except: &[],
    },
    Sample {
        file: "nginx-custom/crowdsecurity_hub__nginx-proxy-manager-logs.log",
        arguments: &["--log-format", "npm-standard", "--max-rejected", "99%"],
        expected: Lines(r#"^\[(?<time>[^\]]+)\] (?<status>\d{3}) - .* \[Length (?<bytes>\d+)\] "#),
        except: &[],
    },
    Sample {
        file: "nginx-custom/crowdsecurity_hub__nginx_http-catch-npm.log",
        arguments: &["--log-format", "npmplus", "--max-rejected", "99%"],
        expected: Lines(
            r#"^\[(?<time>[^\]]+)\] \S+ \S+ (?<s>[\d.]+) "[^"]*" (?<status>\d{3}) (?<bytes>\d+) "#,
        ),
        except: &[],
    },
    // Lines of several formats. The truth file counts them all; this format reads those with the
    // host and an unquoted list of addresses.
    Sample {
        file: "nginx-custom/elastic_beats__test-with-host.log",
        arguments: &["--log-format", BEATS, "--max-rejected", "30%"],
        expected: Lines(
            r#"^\S+ \S+(?:, \S+)* - - \[(?<time>[^\]]+)\] "[^"]*" (?<status>\d{3}) (?<bytes>\d+) "#,
        ),
        except: &[],
    },
    sample(
        "nginx-json/nielsbasjes_logparser__NginxLogFormatJsonTest.ndjson",
        Lines(
            r#""bytes": "(?<bytes>\d+)", "time_in_sec": "(?<s>[\d.]+)", "response": "(?<status>\d+)""#,
        ),
    ),
    // One of its lines is a plugin's own.
    Sample {
        file: "traefik-json/crowdsecurity_hub__traefik_json.log",
        arguments: &["--max-rejected", "20%"],
        expected: Truth,
        except: &[],
    },
    // Its last line has one more column ("- 0.321"): the server logged another format there.
    sample("nginx-upstream/tkuchiki_alp__combined_access.log", Truth),
    Sample {
        file: "w3c-other/tstack_lnav__logfile_w3c.1",
        arguments: &[],
        expected: Lines(
            r"^[.\d]+ .* (?<date>\d{4}-\d\d-\d\d) +(?<clock>[:\d]+) .*\.gif +(?<status>\d{3}) +(?<bytes>\d+) ",
        ),
        except: &[
            ("first_ts_utc", "\"2001-10-31T08:00:18Z\"", "the header says #GMT-Offset: -0800"),
            ("last_ts_utc", "\"2001-10-31T08:00:18Z\"", "the header says #GMT-Offset: -0800"),
        ],
    },
    Sample {
        file: "w3c-other/tstack_lnav__logfile_w3c.4",
        arguments: &[],
        expected: Lines(
            r#"^"(?<date>[-\d]+)" "(?<clock>[:\d]+)" .* "80" "GET" "[^"]*" "(?<status>\d*)" "#,
        ),
        except: &[(
            "status",
            r#"{"200": 1, "empty": 1}"#,
            "an empty status has a name of its own: a spelling of 'no status'",
        )],
    },
    sample(
        "zeek-http/tstack_lnav__logfile_bro_http.log.0",
        Lines(r"^(?<epoch>\d+\.\d+)\t(?:[^\t]*\t){13}(?<bytes>\d+|-)\t(?<status>\d{3}|-)\t"),
    ),
    // One of its lines ends with a space.
    sample("apache-combined/GoogleCloudPlatform_ops-agent__apache-access.log", Lines(CLF)),
    sample("azure-appservice/otel-contrib__appservice_http.json", Lines(APP_SERVICE)),
    // The line is of the edge asking its shield.
    Sample {
        file: "azure-cdn/otel-contrib__azurecdn_access.json",
        arguments: &["--count-all"],
        expected: Lines(AZURE_CDN),
        except: &[],
    },
    sample("azure-frontdoor/otel-contrib__frontdoor_access.json", Truth),
    sample("envoy/crowdsecurity_hub__envoy.log", Truth),
    sample("fastly/crowdsecurity_hub__fastly-logs.log", Truth),
    Sample {
        file: "haproxy/logstash-patterns-core__haproxy_spec.log",
        arguments: &[],
        expected: Truth,
        except: &[(
            "methods",
            "{\"GET\": 5}",
            "HAProxy cut a request at 1024 bytes: its method is there, the truth takes the line for \
             none",
        )],
    },
    sample("haproxy/tstack_lnav__logfile_haproxy.0", Truth),
    sample("heroku-router/heroku_logplex__api_v3_SUITE.log", Truth),
    sample("lab/lab_haproxy.log", Lines(LAB_HAPROXY)),
    sample("nginx-combined/crowdsecurity_hub__http-bf-wordpress-bf.log", Lines(CLF)),
    sample("nginx-ingress/crowdsecurity_hub__cri-logs.log", Truth),
    sample("wrapped/crowdsecurity_hub__base-upsun-httplog-logs.log", Lines(UPSUN)),
    // A line of nginx's error log.
    sample("wrapped/crowdsecurity_hub__pfsense-rfc5424-nginx.log", Refused("no known format")),
    // Of a Python service.
    sample("wrapped/tstack_lnav__logfile_journald.json", Refused("none of its keys is known")),
    // Two lines of five are of Tomcat, without a time.
    sample("wrapped/tstack_lnav__logfile_syslog_with_access_log.0", Refused("no known format")),
];

/// A file of which each line has a format of its own: the format of each line, and its status.
const LINE_BY_LINE: &str = "nginx-custom/nielsbasjes_logparser__test_strings.log";
const FORMATS_OF_LINES: &[(&str, u64)] = &[
    (
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $http_cookie $connection $server_addr"#,
        404,
    ),
    ("apache-common", 400),
    ("apache-common", 400),
    ("apache-common", 400),
    ("nginx-combined", 200),
    (
        r#"$nbt $connection $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
        200,
    ),
    ("nginx-combined", 200),
    (
        r#"$remote_addr - [$proxy_add_x_forwarded_for] - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
        308,
    ),
    ("nginx-main", 400),
    ("nginx-main", 400),
];

/// Logs that are compared elsewhere or not at all, file or folder, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    (LINE_BY_LINE, "each line has a format of its own: below"),
    ("traps", "they have a test of their own: below"),
];

/// A log of `traps`, how it is read, and the exit code.
const TRAPS: &[(&str, &[&str], i32)] = &[
    ("t01_nginx_escapes.log", &[], 0),
    ("t02_apache_escapes.log", &[], 0),
    ("t04_bom_crlf.log", &[], 0),
    ("t06_non_utf8.log", &[], 0),
    ("t08_truncated_last.log", &[], 0),
    ("t10_long_line.log", &["--max-line", "2MiB"], 0),
    ("t12_dst.log", &[], 0),
    ("t14_upstream_multi.log", &[], 0),
    ("t15_docker_cri_split.log", &[], 0),
    ("t17_cloudflare_ts.ndjson", &["--count-all"], 0),
    ("t20_multimember.log.gz", &[], 0),
    ("t24_units_us.log", &["--log-format", "apache-combined-us"], 0),
    ("t25_syslog_wrapped.log", &[], 0),
];

/// Traps that are refused, with what is said.
const REFUSED_TRAPS: &[(&str, &[&str])] = &[
    ("t05_utf16le.log", &["is UTF-16 (little-endian) text", "iconv -f UTF-16 -t UTF-8"]),
    ("t21_empty.log", &["is empty"]),
    (
        "t24_units_us.log",
        &[
            "its format is in doubt",
            "GET /1 HTTP/1.1",
            "--log-format apache-combined-us\n",
            "latency 0.001834 s from %D",
            "--log-format apache-combined-ms\n",
            "latency 1.834 s from %{ms}T",
        ],
    ),
];

/// The facts of a report that truth files have, under their names there.
fn facts(report: &Value) -> Map<String, Value> {
    let mut status = Map::new();
    for code in report["status_codes"].as_array().into_iter().flatten() {
        status.insert(code["code"].to_string(), code["count"].clone());
    }
    for spelling in report["no_status"].as_array().into_iter().flatten() {
        let name = spelling["spelling"].as_str().unwrap_or_default();
        // A spelling has a row for each of its meanings.
        let before = status.get(name).and_then(Value::as_u64).unwrap_or(0);
        status.insert(name.into(), (before + number(spelling, "/count")).into());
    }
    let methods = report["methods"].as_array().into_iter().flatten();
    let methods: Map<_, _> = methods
        .map(|row| (row["name"].as_str().unwrap_or_default().to_owned(), row["count"].clone()))
        .collect();
    let left_out = number(report, "/input/skipped") + number(report, "/input/rejected");
    let facts = json!({
        "parsed": report["input"]["parsed"],
        "skipped": left_out,
        "status": status,
        "first_ts_utc": report["window"]["start"],
        "last_ts_utc": report["window"]["end"],
        "bytes_total": report["totals"]["bytes_sent"],
        "methods": methods,
        "latency": report["latency"]["measured"].as_u64().unwrap_or(0),
    });
    match facts {
        Value::Object(facts) => facts,
        _ => unreachable!("it was made as an object"),
    }
}

/// Statuses with the one name that the report has for `0` and `000`.
fn spelled(status: &Value) -> Value {
    let codes = status.as_object().into_iter().flatten();
    let name = |code: &String| if code == "0" { "000".to_owned() } else { code.clone() };
    codes.map(|(code, count)| (name(code), count.clone())).collect::<Map<_, _>>().into()
}

/// The same facts of a truth file, and its latencies in seconds by the report's names.
fn truth(path: &Path) -> (Map<String, Value>, BTreeMap<&'static str, f64>) {
    let mut name = path.as_os_str().to_owned();
    name.push(".truth.json");
    let text = std::fs::read(&name).unwrap_or_else(|error| panic!("{name:?}: {error}"));
    let truth: Value = serde_json::from_slice(&text).expect("it is JSON");
    let mut facts = Map::new();
    for fact in ["parsed", "status", "bytes_total", "methods"] {
        facts.insert(fact.into(), truth[fact].clone());
    }
    facts["status"] = spelled(&truth["status"]);
    // Blank lines and header lines are kinds of skipped lines here.
    let headers = truth["header_lines"].as_u64().unwrap_or(0);
    let skipped = number(&truth, "/skipped") + number(&truth, "/blank_lines") + headers;
    facts.insert("skipped".into(), json!(skipped));
    for fact in ["first_ts_utc", "last_ts_utc"] {
        let time: Timestamp = truth[fact].as_str().expect("a time").parse().expect("a time");
        facts.insert(fact.into(), json!(time.to_string()));
    }
    let latency = &truth["latency_ms"];
    facts.insert("latency".into(), json!(latency["n"].as_u64().unwrap_or(0)));
    let values = ["min", "p50", "p90", "p95", "p99", "max"];
    let seconds = values.into_iter().filter_map(|at| Some((at, latency[at].as_f64()? / 1e3)));
    (facts, seconds.collect())
}

/// The same facts of the lines that an expression reads.
fn lines(path: &Path, pattern: &str) -> (Map<String, Value>, BTreeMap<&'static str, f64>) {
    let pattern = Regex::new(pattern).expect("it compiles");
    let log = std::fs::read(path).expect("it is there");
    let log = log.strip_suffix(b"\n").unwrap_or(&log);
    let (mut parsed, mut skipped, mut bytes) = (0, 0, 0);
    let mut status: BTreeMap<String, u64> = BTreeMap::new();
    let mut times: Vec<Timestamp> = Vec::new();
    let mut latencies: Vec<f64> = Vec::new();
    for line in log.split(|byte| *byte == b'\n') {
        let Some(found) = pattern.captures(line) else {
            skipped += 1;
            continue;
        };
        let text = |name| -> Option<&str> {
            Some(std::str::from_utf8(found.name(name)?.as_bytes()).expect("ASCII"))
        };
        let float = |name| text(name)?.parse::<f64>().ok();
        parsed += 1;
        *status.entry(text("status").expect("it has one").into()).or_default() += 1;
        bytes += text("bytes").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        times.extend(text("time").map(|text| {
            let time = strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).expect("a time");
            time.to_timestamp().expect("a time")
        }));
        let joined = text("date").zip(text("clock")).map(|(date, clock)| format!("{date}T{clock}"));
        times.extend(joined.map(|text| format!("{text}Z").parse::<Timestamp>().expect("a time")));
        times.extend(text("epoch").map(|text| {
            let (seconds, micros) = text.split_once('.').expect("it has a fraction");
            let number = |text: &str| text.parse::<i64>().expect("digits");
            Timestamp::from_microsecond(number(seconds) * 1_000_000 + number(micros))
                .expect("a time")
        }));
        times.extend(text("local").map(|text| {
            let text = format!("{text} +0000");
            let time = strtime::parse("%d/%b/%Y:%H:%M:%S%.f %z", text).expect("a time");
            time.to_timestamp().expect("a time")
        }));
        times.extend(
            text("iso").map(|text| format!("{text}Z").parse::<Timestamp>().expect("a time")),
        );
        latencies.extend(
            float("s").or_else(|| Some(float("ms")? / 1e3)).or_else(|| Some(float("us")? / 1e6)),
        );
    }
    latencies.sort_by(f64::total_cmp);
    let rank =
        |share: f64| latencies[((latencies.len() as f64 * share).ceil() as usize).max(1) - 1];
    let mut seconds = BTreeMap::new();
    if let (Some(min), Some(max)) = (latencies.first(), latencies.last()) {
        seconds.extend([("min", *min), ("max", *max)]);
        seconds.extend(
            [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)]
                .map(|(name, share)| (name, rank(share))),
        );
    }
    let facts = json!({
        "parsed": parsed,
        "skipped": skipped,
        "status": status,
        "first_ts_utc": times.iter().min().map(ToString::to_string),
        "last_ts_utc": times.iter().max().map(ToString::to_string),
        "bytes_total": bytes,
        "latency": latencies.len(),
    });
    match facts {
        Value::Object(facts) => (facts, seconds),
        _ => unreachable!("it was made as an object"),
    }
}

/// What is wrong with the reading of a sample.
fn check(folder: &Path, sample: &Sample) -> Vec<String> {
    let path = folder.join(sample.file);
    let done = statlog(["analyze", "--format", "json"]).args(sample.arguments).arg(&path).done();
    let (expected, seconds) = match sample.expected {
        Truth => truth(&path),
        Lines(pattern) => lines(&path, pattern),
        Refused(part) => {
            let refused = done.code == 3 && done.stdout.is_empty() && done.errors().contains(part);
            return if refused {
                vec![]
            } else {
                vec![format!("exit {}: {}", done.code, done.errors())]
            };
        }
    };
    if done.code != 0 {
        return vec![format!("exit {}: {}", done.code, done.errors())];
    }
    let report = done.json();
    let found = facts(&report);
    let mut wrong = Vec::new();
    for (fact, expected) in expected {
        let except = sample.except.iter().find(|(name, ..)| *name == fact);
        let wanted = match except {
            Some((_, value, _)) => serde_json::from_str(value).expect("an exception is JSON"),
            None => expected.clone(),
        };
        if found[&fact] != wanted {
            wrong.push(format!("{fact}: expected {wanted}, found {}", found[&fact]));
        }
        if except.is_some() && wanted == expected {
            wrong.push(format!("{fact}: the exception says what the truth says"));
        }
    }
    for (name, expected) in seconds {
        let except = sample.except.iter().find(|(fact, ..)| *fact == name);
        let expected = match except {
            Some((_, value, _)) => value.parse().expect("an exception is a number"),
            None => expected,
        };
        let found = report["latency"]["overall"][name].as_f64().unwrap_or(f64::NAN);
        // Exact at the ends, but that nanoseconds are cut; a percentile is at most 0.1 % above.
        let above = if matches!(name, "min" | "max") { 1.0 } else { 1.001 };
        if !(expected - 1e-6..=expected * above + 5e-7).contains(&found) {
            wrong.push(format!("{name}: expected {expected} s, found {found}"));
        }
    }
    wrong
}

#[test]
fn samples_are_read_as_others_read_them() {
    let Some(shared) = shared() else { return };
    let mut wrong = Vec::new();
    for sample in SAMPLES {
        for what in check(&shared.join("samples"), sample) {
            wrong.push(format!("{}: {what}", sample.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_line_is_read_by_its_own_format() {
    let Some(shared) = shared() else { return };
    let log = std::fs::read(shared.join("samples").join(LINE_BY_LINE)).expect("it is there");
    let lines: Vec<&[u8]> = log.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), FORMATS_OF_LINES.len());
    for (line, (format, status)) in lines.into_iter().zip(FORMATS_OF_LINES) {
        let report =
            statlog(["analyze", "--format", "json", "--log-format", format]).stdin(line).report();
        assert_eq!(report["input"]["parsed"], 1, "{format}");
        assert_eq!(report["status_codes"][0]["code"], *status, "{format}");
    }
}

/// Paths below a folder, without truth files and pages, sorted.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(&inner).expect("samples can be read") {
            let path = entry.expect("samples can be read").path();
            let name = path.strip_prefix(folder).expect("it is inside").to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with(".truth.json")
                && !name.ends_with("TRUTH.json")
                && !name.ends_with("README.md")
            {
                files.insert(name.into_owned());
            }
        }
    }
    files
}

#[test]
fn every_sample_is_compared_or_it_is_said_why_not() {
    let Some(shared) = shared() else { return };
    let files = files(&shared.join("samples"));
    let compared: BTreeSet<&str> = SAMPLES.iter().map(|sample| sample.file).collect();
    let covers = |entry: &str, file: &str| file == entry || file.starts_with(&format!("{entry}/"));
    for file in &files {
        let elsewhere = ELSEWHERE.iter().any(|(entry, _)| covers(entry, file));
        assert!(
            compared.contains(file.as_str()) != elsewhere,
            "{file} must stand either in SAMPLES or in ELSEWHERE"
        );
    }
    for entry in compared.into_iter().chain(ELSEWHERE.iter().map(|(entry, _)| *entry)) {
        assert!(files.iter().any(|file| covers(entry, file)), "{entry} is not there");
    }
    let mut traps: BTreeSet<&str> =
        files.iter().filter_map(|file| file.strip_prefix("traps/")).collect();
    let listed = TRAPS.iter().map(|(file, ..)| file);
    for file in listed.chain(REFUSED_TRAPS.iter().map(|(file, _)| file)) {
        traps.remove(file);
    }
    assert!(traps.is_empty(), "{traps:?} stand in no list of traps");
}

#[test]
fn traps_catch_nothing() {
    let Some(shared) = shared() else { return };
    let traps = shared.join("samples/traps");
    let truth = std::fs::read(traps.join("TRUTH.json")).expect("it is there");
    let truth: Value = serde_json::from_slice(&truth).expect("it is JSON");
    for (file, arguments, code) in TRAPS {
        let done =
            statlog(["analyze", "--format", "json"]).args(*arguments).arg(traps.join(file)).done();
        assert_eq!(done.code, *code, "{file}: {}", done.errors());
        let (report, truth) = (done.json(), &truth[file]);
        let found = facts(&report);
        assert_eq!(found["parsed"], truth["parsed"], "{file}");
        assert_eq!(found["status"], spelled(&truth["status"]), "{file}");
        let unread = truth["unparsed"].as_u64().unwrap_or(0);
        assert_eq!(report["input"]["rejected"], unread, "{file}");
        for (fact, name) in [("first", "first_ts_utc"), ("last", "last_ts_utc")] {
            assert!(truth[fact].is_null() || truth[fact] == found[name], "{file}: {fact}");
        }
    }
    for (file, parts) in REFUSED_TRAPS {
        let done = statlog(["analyze"]).arg(traps.join(file)).done();
        assert!(done.stdout.is_empty(), "{file}");
        for part in *parts {
            done.says(3, part);
        }
    }
}

/// What the counts above do not show.
#[test]
fn traps_in_detail() {
    let Some(shared) = shared() else { return };
    let report = |file: &str| {
        statlog(["analyze", "--format", "json"]).arg(shared.join("samples/traps").join(file)).done()
    };

    let long = report("t10_long_line.log");
    long.says(3, "");
    assert_eq!(long.json()["input"]["sources"][0]["rejected"], json!({"too_long": 1}));
    assert_eq!(long.json()["input"]["parsed"], 2);

    let cut = report("t08_truncated_last.log").json();
    assert_eq!(cut["input"]["sources"][0]["rejected"], json!({"truncated": 1}));
    assert_eq!(cut["input"]["sources"][0]["reject_samples"][0]["line"], 13);

    let clocks = report("t12_dst.log").json();
    let buckets = clocks["series"].as_array().expect("it has times");
    let width = number(&clocks, "/window/bucket_seconds") as i64;
    for utc in [
        "2025-10-26T00:59:59Z",
        "2025-10-26T01:00:00Z",
        "2025-03-30T00:59:59Z",
        "2025-03-30T01:00:00Z",
        "2024-03-01T03:30:00Z",
    ] {
        let second = utc.parse::<Timestamp>().expect("a time").as_second();
        let start = Timestamp::from_second(second / width * width).expect("a time").to_string();
        assert!(buckets.iter().any(|bucket| bucket["start"] == start), "{utc}: {buckets:?}");
    }

    // A lookup of Cloudflare itself, whose 504 is no failure, is counted apart.
    let edge = report("t17_cloudflare_ts.ndjson").json();
    let aside = json!([{"kind": "cdn_internal", "requests": 1, "4xx": 0, "5xx": 1}]);
    assert_eq!(edge["set_aside"], aside);
    assert_eq!((number(&edge, "/input/parsed"), number(&edge, "/totals/requests")), (8, 7));
    let of_504 = edge["status_codes"].as_array().expect("it has codes").iter();
    assert_eq!(
        of_504.filter(|code| code["code"] == 504).map(|code| &code["count"]).next(),
        Some(&json!(1))
    );

    let proxied = report("t14_upstream_multi.log").json();
    let upstreams = proxied["top"]["upstreams"].as_array().expect("it has upstreams");
    let attempts: u64 = upstreams.iter().filter_map(|row| row["attempts"].as_u64()).sum();
    assert_eq!(attempts, 1 + 2 + 3 + 1 + 2);
    assert_eq!(proxied["totals"]["retried"], 3);
    assert_eq!(proxied["latency"]["measured"], 6);
    assert_eq!(proxied["latency"]["overall"]["max"], 5.002);
}
