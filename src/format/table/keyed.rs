//! Lines of named values: their keys are learned.

use super::sample;
use crate::format::{Dialect, Format, Product};

/// The formats, the most telling first among equals.
pub(super) const FORMATS: &[Format] = &[
    Format {
        name: "json",
        also: &[],
        help: "JSON lines (nginx, Apache and others): keys by their usual names, or --latency",
        label: "JSON",
        product: Product::Unknown,
        dialect: Dialect::Json,
        string: "",
        samples: &[
            r#"{"time_local":"10/Oct/2025:13:55:01 +0000","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"5","request_time":"0.120","upstream_response_time":"0.001, 0.118"}"#,
        ],
        others: &[sample!(), r#"{"level":"info","msg":"starting"}"#, r#"{"status":200"#],
    },
    Format {
        name: "ltsv",
        also: &[],
        help: "LTSV (labeled tab-separated values, ltsv.org)",
        label: "LTSV",
        product: Product::Unknown,
        dialect: Dialect::Ltsv,
        string: "",
        samples: &[
            "time:2015-09-06T05:58:05+09:00\tmethod:POST\turi:/foo?a=b\tstatus:200\tsize:12\tapptime:0.057",
        ],
        others: &[sample!(), "time:2015-09-06T05:58:05+09:00\thost:a"],
    },
    Format {
        name: "heroku",
        also: &[("heroku-router", Product::Heroku)],
        help: "Heroku's router, behind the prefix of its drain",
        label: "heroku",
        product: Product::Heroku,
        dialect: Dialect::Logfmt,
        string: "",
        samples: &[
            r#"at=error code=H12 desc="Request timeout" method=GET path="/" host=www.example.com request_id=id-2 fwd="192.0.2.2" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https"#,
        ],
        others: &[sample!(), "level=info msg=starting", "at=info and status=200"],
    },
    Format {
        name: "logfmt",
        also: &[],
        help: "logfmt (key=value pairs, as services in Go write them)",
        label: "logfmt",
        product: Product::Unknown,
        dialect: Dialect::Logfmt,
        string: "",
        samples: &[
            r#"time=2025-10-10T13:55:01.250Z level=info method=GET path=/a status=200 duration=12ms ua="a b""#,
        ],
        others: &[sample!(), "level=info msg=starting", "at=info and status=200"],
    },
];
