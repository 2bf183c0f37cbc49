//! Log formats: the table [`FORMATS`], what a user may give instead (`--log-format`), and the
//! [`Parser`] that reads lines.
//!
//! **A format is data**: an entry of the table carries its name, its help, the server's own format
//! string, lines that must be read by it and lines that must not. To add one, add an entry; the
//! command line, its help, detection and the tests follow. A shape of line that no string can
//! describe is a file of its own in `format/` (JSON, LTSV).

use crate::record::{Record, Reject, Skip};
use crate::time::{IsoMinute, Minute};
use bumpalo::Bump;
use json::Json;
use ltsv::Ltsv;
use marks::Quotes;
use std::cell::Cell;
use template::Template;

pub mod apache;
mod combined;
pub mod detect;
pub mod field;
pub mod json;
pub mod keyed;
pub mod list;
pub mod ltsv;
pub mod marks;
pub mod nginx;
pub mod template;

/// What the time of a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMeaning {
    /// The request arrived.
    Start,
    /// The response was sent and the line written.
    End,
    /// The line does not tell which server wrote it.
    Unknown,
}

impl TimeMeaning {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Unknown => "start_or_end",
        }
    }
}

/// The language of a format string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// nginx `log_format`.
    Nginx,
    /// Apache `LogFormat`, which varnishncsa, lighttpd and Tomcat share.
    Apache,
    /// JSON objects; which key means what is learned from the lines.
    Json,
    /// Labeled tab-separated values; which label means what is learned from the lines.
    Ltsv,
}

impl Dialect {
    /// When the time of a line is taken.
    fn meaning(self, string: &str) -> TimeMeaning {
        match self {
            Self::Apache if !apache::stamps_the_end(string) => TimeMeaning::Start,
            Self::Apache | Self::Nginx => TimeMeaning::End,
            Self::Json | Self::Ltsv => TimeMeaning::Unknown,
        }
    }

    /// What it is called in a report.
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Json => "JSON",
            Self::Ltsv => "LTSV",
        }
    }
}

/// A format of the table.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name for `--log-format`.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Formats of one label read the same columns; which server wrote a line may be open.
    pub label: &'static str,
    /// The language of the string.
    pub dialect: Dialect,
    /// The server's own format string; empty for JSON and LTSV.
    pub string: &'static str,
    /// Lines that it must read.
    pub samples: &'static [&'static str],
    /// Lines that it must not read.
    pub others: &'static [&'static str],
}

macro_rules! combined {
    (nginx $($tail:literal)?) => {
        concat!(r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""# $(, $tail)?)
    };
    (apache $($tail:literal)?) => {
        concat!(r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""# $(, $tail)?)
    };
    (vhost $($tail:literal)?) => {
        concat!(r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""# $(, $tail)?)
    };
}

macro_rules! sample {
    ($($tail:literal)?) => {
        concat!(r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a?b=1 HTTP/1.1" 200 5316 "https://e.example/" "curl/8.5.0""# $(, $tail)?)
    };
}

/// Every text format that is known by name. Those that explain a line best come first among
/// equals.
pub const FORMATS: &[Format] = &[
    Format {
        name: "nginx-combined",
        help: "nginx, the predefined 'combined'",
        label: "combined",
        dialect: Dialect::Nginx,
        string: combined!(nginx),
        samples: &[
            sample!(),
            r#"2001:db8::1 - john doe [10/Oct/2025:13:55:45 +0000] "\x16\x03\x01" 400 150 "-" "-""#,
            r#"unix: - - [10/Oct/2025:13:55:46 +0000] "" 000 0 "-" "-""#,
        ],
        others: &[
            sample!(" 0.120"),
            sample!(r#" "-""#),
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
            r#"192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299"#,
        ],
    },
    Format {
        name: "nginx-main",
        help: "nginx, 'main' of the packaged nginx.conf: combined and X-Forwarded-For",
        label: "main",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for""#),
        samples: &[sample!(r#" "-""#), sample!(r#" "198.51.100.7, 10.0.0.1""#)],
        others: &[sample!(), sample!(r#" "-" 0.120"#)],
    },
    Format {
        name: "nginx-combined-time",
        help: "nginx, combined and $request_time",
        label: "combined + time in seconds",
        dialect: Dialect::Nginx,
        string: combined!(nginx " $request_time"),
        samples: &[sample!(" 0.120")],
        others: &[sample!(), sample!(" 120"), sample!(" -"), sample!(" 0.120 0.119")],
    },
    Format {
        name: "nginx-combined-upstream-time",
        help: "nginx, combined and $upstream_response_time",
        label: "combined + time in seconds",
        dialect: Dialect::Nginx,
        string: combined!(nginx " $upstream_response_time"),
        samples: &[sample!(" 0.120"), sample!(" -"), sample!(" 0.001, 0.002 : 0.003")],
        others: &[sample!(), sample!(" 0.120 0.119")],
    },
    Format {
        name: "nginx-combined-times",
        help: "nginx, combined, $request_time and $upstream_response_time",
        label: "combined + two times",
        dialect: Dialect::Nginx,
        string: combined!(nginx " $request_time $upstream_response_time"),
        samples: &[sample!(" 0.120 0.119"), sample!(" 0.000 -"), sample!(" 0.400 0.100, 0.300")],
        others: &[sample!(" 0.120"), sample!(" - 0.120")],
    },
    Format {
        name: "nginx-combined-times-reversed",
        help: "nginx, combined, $upstream_response_time and $request_time",
        label: "combined + two times",
        dialect: Dialect::Nginx,
        string: combined!(nginx " $upstream_response_time $request_time"),
        samples: &[sample!(" 0.119 0.120"), sample!(" - 0.120")],
        others: &[sample!(" 0.120"), sample!(" 0.120 -")],
    },
    Format {
        name: "nginx-main-time",
        help: "nginx, main and $request_time",
        label: "main + time in seconds",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" $request_time"#),
        samples: &[sample!(r#" "-" 0.120"#)],
        others: &[sample!(" 0.120"), sample!(r#" "-" -"#)],
    },
    Format {
        name: "nginx-main-upstream-time",
        help: "nginx, main and $upstream_response_time",
        label: "main + time in seconds",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" $upstream_response_time"#),
        samples: &[sample!(r#" "-" 0.120"#), sample!(r#" "-" -"#)],
        others: &[sample!(" 0.120"), sample!(r#" "-" - 0.321"#)],
    },
    Format {
        name: "nginx-main-times",
        help: "nginx, main, $request_time and $upstream_response_time",
        label: "main + two times",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" $request_time $upstream_response_time"#),
        samples: &[sample!(r#" "-" 0.120 0.119"#), sample!(r#" "-" 0.120 -"#)],
        others: &[sample!(r#" "-" 0.120"#), sample!(r#" "-" - 0.321"#)],
    },
    Format {
        name: "nginx-main-times-reversed",
        help: "nginx, main, $upstream_response_time and $request_time",
        label: "main + two times",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" $upstream_response_time $request_time"#),
        samples: &[sample!(r#" "-" 0.119 0.120"#), sample!(r#" "-" - 0.321"#)],
        others: &[sample!(r#" "-" 0.120"#)],
    },
    Format {
        name: "nginx-performance",
        help: "nginx, combined and rt= uct= uht= urt= (quoted)",
        label: "combined + rt= urt=",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time""#),
        samples: &[
            sample!(r#" rt=0.120 uct="0.001" uht="0.110" urt="0.119""#),
            sample!(r#" rt=0.000 uct="-" uht="-" urt="-""#),
        ],
        others: &[sample!(" rt=0.120 uct=0.001 uht=0.110 urt=0.119")],
    },
    Format {
        name: "nginx-performance-main",
        help: "nginx, main and rt= uct= uht= urt= (quoted)",
        label: "main + rt= urt=",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time""#),
        samples: &[sample!(
            r#" "-" rt=5.120 uct="0.001, 0.001" uht="-, 0.110" urt="5.000, 0.119""#
        )],
        others: &[sample!(r#" rt=0.120 uct="0.001" uht="0.110" urt="0.119""#)],
    },
    Format {
        name: "nginx-performance-bare",
        help: "nginx, combined and rt= uct= uht= urt= (unquoted)",
        label: "combined + rt= urt=",
        dialect: Dialect::Nginx,
        string: combined!(nginx " rt=$request_time uct=$upstream_connect_time uht=$upstream_header_time urt=$upstream_response_time"),
        samples: &[
            sample!(" rt=0.120 uct=0.001 uht=0.110 urt=0.119"),
            sample!(" rt=5.120 uct=0.001, 0.001 uht=-, 0.110 urt=5.000, 0.119"),
        ],
        others: &[sample!(" rt=0.120")],
    },
    Format {
        name: "nginx-main-ext",
        help: "nginx, 'main_ext' of NGINX Amplify: host, rt= and upstream fields",
        label: "main_ext",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" "$host" sn="$server_name" rt=$request_time ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time" ul="$upstream_response_length" cs=$upstream_cache_status"#),
        samples: &[
            sample!(
                r#" "-" "shop.example.com" sn="shop" rt=0.100 ua="10.0.0.1:80" us="200" ut="0.100" ul="34" cs=-"#
            ),
            sample!(
                r#" "-" "shop.example.com" sn="shop" rt=5.100 ua="10.0.0.1:80, 10.0.0.2:80" us="504, 200" ut="5.000, 0.100" ul="0, 34" cs=MISS"#
            ),
        ],
        others: &[sample!(r#" "-""#)],
    },
    Format {
        name: "nginx-combined-time-quoted",
        help: "nginx, combined and $request_time in quotes",
        label: "combined + time in seconds",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$request_time""#),
        samples: &[sample!(r#" "0.120""#)],
        others: &[sample!(r#" "-""#), sample!(r#" 0.120"#)],
    },
    Format {
        name: "nginx-combined-times-quoted",
        help: "nginx, combined and both times in quotes",
        label: "combined + two times",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$request_time" "$upstream_response_time""#),
        samples: &[sample!(r#" "0.120" "0.119""#), sample!(r#" "0.120" "-""#)],
        others: &[sample!(r#" "0.120""#), sample!(r#" 0.120 0.119"#)],
    },
    Format {
        name: "nginx-main-time-quoted",
        help: "nginx, main and $request_time in quotes",
        label: "main + time in seconds",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" "$request_time""#),
        samples: &[sample!(r#" "-" "0.120""#)],
        others: &[sample!(r#" "0.120""#)],
    },
    Format {
        name: "nginx-main-times-quoted",
        help: "nginx, main and both times in quotes",
        label: "main + two times",
        dialect: Dialect::Nginx,
        string: combined!(nginx r#" "$http_x_forwarded_for" "$request_time" "$upstream_response_time""#),
        samples: &[sample!(r#" "-" "0.120" "0.119""#)],
        others: &[sample!(r#" "0.120" "0.119""#)],
    },
    Format {
        name: "ingress-nginx",
        help: "Kubernetes ingress-nginx (upstreaminfo)",
        label: "ingress-nginx",
        dialect: Dialect::Nginx,
        string: combined!(nginx " $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"),
        samples: &[
            sample!(
                " 90 0.120 [ns-svc-80] [] 10.0.0.1:80 5 0.119 200 0123456789abcdef0123456789abcdef"
            ),
            sample!(
                " 90 5.002 [ns-svc-80] [] 10.0.0.1:80, 10.0.0.2:80 0, 5 5.000, 0.002 504, 200 0123456789abcdef0123456789abcdef"
            ),
            sample!(" 90 0.000 [] [] - - - - 0123456789abcdef0123456789abcdef"),
        ],
        others: &[sample!(), sample!(" 90 0.120")],
    },
    Format {
        name: "apache-combined",
        help: "Apache httpd, 'combined'",
        label: "combined",
        dialect: Dialect::Apache,
        string: combined!(apache),
        samples: &[
            sample!(),
            r#"192.0.2.1 - - [10/Oct/2025:13:55:36 +0200] "GET /a?q=\"x\" HTTP/1.1" 304 - "-" "UA \"quoted\" \\""#,
        ],
        others: &[
            sample!(" 1834"),
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
            r#"www.example.com 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "apache-common",
        help: "Apache httpd, 'common' (the common log format)",
        label: "common",
        dialect: Dialect::Apache,
        string: r#"%h %l %u %t "%r" %>s %b"#,
        samples: &[
            r#"192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-vhost-combined",
        help: "Apache httpd, 'vhost_combined' (Debian)",
        label: "vhost combined",
        dialect: Dialect::Apache,
        string: combined!(vhost),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-vhost-noport-combined",
        help: "Apache httpd, the virtual host without port and combined",
        label: "vhost combined",
        dialect: Dialect::Apache,
        string: concat!("%v ", combined!(apache)),
        samples: &[
            r#"www.example.com 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-vhost-common",
        help: "Apache httpd, virtual host and common",
        label: "vhost common",
        dialect: Dialect::Apache,
        string: r#"%v:%p %h %l %u %t "%r" %>s %b"#,
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299"#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "apache-combinedio",
        help: "Apache httpd, 'combinedio': combined and %I %O",
        label: "combinedio",
        dialect: Dialect::Apache,
        string: combined!(apache " %I %O"),
        samples: &[sample!(" 412 5650")],
        others: &[sample!(" 412 0.120 x"), sample!(), sample!(" 412")],
    },
    Format {
        name: "apache-combined-us",
        help: "Apache httpd, combined and %D (microseconds)",
        label: "combined + microseconds",
        dialect: Dialect::Apache,
        string: combined!(apache " %D"),
        samples: &[sample!(" 1834")],
        others: &[sample!(), sample!(" x")],
    },
    Format {
        name: "apache-combined-ms",
        help: "Apache httpd, combined and %{ms}T (milliseconds)",
        label: "combined + milliseconds",
        dialect: Dialect::Apache,
        string: combined!(apache " %{ms}T"),
        samples: &[sample!(" 1834")],
        others: &[sample!(), sample!(" x")],
    },
    Format {
        name: "apache-combined-s",
        help: "Apache httpd, combined and %T or %{s}T (whole seconds)",
        label: "combined + whole seconds",
        dialect: Dialect::Apache,
        string: combined!(apache " %{s}T"),
        samples: &[sample!(" 1834")],
        others: &[sample!(), sample!(" x")],
    },
    Format {
        name: "apache-vhost-combined-us",
        help: "Apache httpd, vhost_combined and %D (microseconds)",
        label: "vhost combined + microseconds",
        dialect: Dialect::Apache,
        string: combined!(vhost " %D"),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-" 1834"#,
        ],
        others: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "apache-vhost-combined-ms",
        help: "Apache httpd, vhost_combined and %{ms}T (milliseconds)",
        label: "vhost combined + milliseconds",
        dialect: Dialect::Apache,
        string: combined!(vhost " %{ms}T"),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-" 1834"#,
        ],
        others: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "apache-vhost-combined-s",
        help: "Apache httpd, vhost_combined and %T or %{s}T (whole seconds)",
        label: "vhost combined + whole seconds",
        dialect: Dialect::Apache,
        string: combined!(vhost " %{s}T"),
        samples: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-" 1834"#,
        ],
        others: &[
            r#"www.example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:39 +0200] "GET / HTTP/1.1" 503 299 "-" "-""#,
        ],
    },
    Format {
        name: "json",
        help: "JSON lines (nginx, Apache and others): keys by their usual names, or --latency",
        label: "JSON",
        dialect: Dialect::Json,
        string: "",
        samples: &[
            r#"{"time_local":"10/Oct/2025:13:55:01 +0000","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"5","request_time":"0.120","upstream_response_time":"0.001, 0.118"}"#,
        ],
        others: &[sample!(), r#"{"level":"info","msg":"starting"}"#, r#"{"status":200"#],
    },
    Format {
        name: "ltsv",
        help: "LTSV (labeled tab-separated values, ltsv.org)",
        label: "LTSV",
        dialect: Dialect::Ltsv,
        string: "",
        samples: &[
            "time:2015-09-06T05:58:05+09:00\tmethod:POST\turi:/foo?a=b\tstatus:200\tsize:12\tapptime:0.057",
        ],
        others: &[sample!(), "time:2015-09-06T05:58:05+09:00\thost:a"],
    },
];

/// Formats that stand side by side in one file: the virtual hosts of one server. A line that the
/// file's main format does not read is tried by these.
const SISTERS: [&str; 6] = [
    "apache-combined",
    "apache-common",
    "nginx-main",
    "apache-vhost-combined",
    "apache-vhost-noport-combined",
    "apache-vhost-common",
];

/// The user's choice of the latency: the name of a field, and its unit if the format does not
/// tell or is wrong (Tomcat's `%D` was in milliseconds before version 10).
pub type Latency<'a> = Option<(&'a str, Option<field::Unit>)>;

impl Format {
    /// The shape of its lines. `lines` are a sample, from which JSON and LTSV learn their keys.
    ///
    /// Errors when `latency` is no duration of the format.
    pub fn shape(&self, lines: &[&[u8]], latency: Latency<'_>) -> Result<Shape, String> {
        shape(self.dialect, self.string, lines, latency)
    }
}

/// The shape of lines of a format string.
fn shape(
    dialect: Dialect,
    string: &str,
    lines: &[&[u8]],
    latency: Latency<'_>,
) -> Result<Shape, String> {
    let (pieces, escape) = match dialect {
        Dialect::Nginx => nginx::pieces(string)?,
        Dialect::Apache => apache::pieces(string)?,
        Dialect::Json => return Ok(Shape::Json(Box::new(Json::new(Json::learn(lines, latency))))),
        Dialect::Ltsv => return Ok(Shape::Ltsv(Box::new(Ltsv::new(Ltsv::learn(lines, latency))))),
    };
    Template::compile(pieces, escape, latency).map(Shape::Template)
}

/// Fields with the names of their paths.
fn named(fields: keyed::Fields) -> Vec<(String, Vec<u8>)> {
    let null = || b"null".to_vec();
    fields.into_iter().map(|(path, value)| (path.to_string(), value.unwrap_or_else(null))).collect()
}

/// Reads the lines of one source.
#[derive(Clone, Debug)]
pub struct Parser {
    shape: Shape,
    /// Names and templates of formats that may stand in between, the most telling first.
    sisters: Vec<(&'static str, Template)>,
}

/// The shape of a line.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A format string.
    Template(Template),
    /// A JSON object.
    Json(Box<Json>),
    /// Labeled tab-separated values.
    Ltsv(Box<Ltsv>),
}

impl Shape {
    /// Reads a line that is exactly of this shape into a record that is still empty. What stands
    /// in the record after an error means nothing.
    #[inline]
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        quotes: Quotes<'_>,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        match self {
            Self::Template(template) => template.parse(line, quotes, &scratch.minute, record),
            Self::Json(json) => json.parse(line, scratch, record),
            Self::Ltsv(ltsv) => ltsv.parse(line, scratch, record),
        }
    }

    /// Whether it helps to know where the quotes of a line are.
    pub fn is_quoted(&self) -> bool {
        matches!(self, Self::Template(_))
    }

    /// Whether lines name their status, so that a line without it tells of no response.
    fn has_status_key(&self) -> bool {
        match self {
            Self::Template(_) => false,
            Self::Json(json) => json.mapping().has_status(),
            Self::Ltsv(ltsv) => ltsv.mapping().has_status(),
        }
    }

    /// Whether a line is exactly of this shape.
    pub fn reads(&self, line: &[u8]) -> bool {
        let scratch = Scratch::default();
        self.parse(line, Quotes::UNKNOWN, &scratch, &mut Record::default()).is_ok()
    }

    /// The values of a line by name, as far as it can be read: for people.
    pub fn explain(&self, line: &[u8]) -> Vec<(String, Vec<u8>)> {
        let keyed = |fields: Result<keyed::Fields, Reject>| named(fields.unwrap_or_default());
        match self {
            Self::Template(template) => template
                .explain(line)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
            Self::Json(_) => keyed(json::fields(line)),
            Self::Ltsv(_) => keyed(ltsv::fields(line)),
        }
    }
}

/// What a reader of lines keeps from line to line.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Text that had to be rewritten (JSON escapes, routes); records borrow from it.
    pub arena: Bump,
    minute: Cell<Minute>,
    iso_minute: Cell<IsoMinute>,
}

impl Scratch {
    /// Frees the rewritten text.
    pub fn reset(&mut self) {
        self.arena.reset();
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A request, which is now in the record.
    Request,
    /// A request in the format of that number in [`Parser::sisters`].
    Sister(usize),
    /// No request and no fault.
    Skip(Skip),
    /// Not understood.
    Reject(Reject),
}

impl Parser {
    /// A parser for lines of one shape only.
    pub fn new(shape: Shape) -> Self {
        Self { shape, sisters: Vec::new() }
    }

    /// Lets lines of sister formats through, see [`Line::Sister`]. `main` is the format's own name.
    fn with_sisters(mut self, main: &str) -> Self {
        let mut sisters: Vec<_> = FORMATS
            .iter()
            .filter(|format| SISTERS.contains(&format.name) && format.name != main)
            .filter_map(|format| match format.shape(&[], None) {
                Ok(Shape::Template(template)) => Some((format.name, template)),
                _ => None,
            })
            .collect();
        sisters.sort_by_key(|(_, template)| std::cmp::Reverse(template.columns()));
        self.sisters = sisters;
        self
    }

    /// The shape of the main format.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Names of the sister formats.
    pub fn sisters(&self) -> impl Iterator<Item = &'static str> {
        self.sisters.iter().map(|(name, _)| *name)
    }

    /// Reads one line, without its line end, into a record that is still empty. The record means
    /// something after [`Line::Request`] and [`Line::Sister`] only. `quotes` are where the line's
    /// quotes are, if that is known.
    #[inline]
    pub fn read<'a>(
        &self,
        line: &'a [u8],
        quotes: Quotes<'_>,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Line {
        match self.shape.parse(line, quotes, scratch, record) {
            Ok(()) => Line::Request,
            Err(reject) => self.other(line, reject, record),
        }
    }

    /// What a line is that is not exactly of the main format.
    #[cold]
    fn other<'a>(&self, line: &'a [u8], reject: Reject, record: &mut Record<'a>) -> Line {
        if let Some(skip) = skip(line) {
            return Line::Skip(skip);
        }
        if reject == Reject::MissingField && self.shape.has_status_key() {
            return Line::Skip(Skip::NotAResponse);
        }
        let sisters = || self.sisters.iter().map(|(_, sister)| sister).enumerate();
        // An address before the client is one that was forwarded for, not a virtual host.
        let has_host =
            |found: &Record<'_>| found.host.is_none_or(|host| !detect::is_address_list(host));
        let strict = sisters()
            .find_map(|(at, sister)| Some((at, sister.record(line).ok().filter(has_host)?)));
        if let Some((at, found)) = strict {
            *record = found;
            return Line::Sister(at);
        }
        if let Shape::Template(main) = &self.shape
            && let Some(found) = main.recover(line)
        {
            *record = found;
            return Line::Request;
        }
        let lenient = sisters().find_map(|(at, sister)| Some((at, sister.recover(line)?)));
        if let Some((at, found)) = lenient {
            *record = found;
            return Line::Sister(at);
        }
        Line::Reject(reject)
    }
}

/// The kind of a line that is no request and no fault.
pub(crate) fn skip(line: &[u8]) -> Option<Skip> {
    let text = line.trim_ascii();
    if text.iter().all(|byte| *byte == 0) {
        return Some(Skip::Blank);
    }
    if text[0] == b'#' {
        return Some(Skip::Comment);
    }
    is_error_log(text).then_some(Skip::ErrorLog)
}

/// Whether a line is of an error log: nginx (`2022/01/24 16:33:06 [error] 334#334: `), Apache
/// (`[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10`), or a Kubernetes controller's
/// own (`I0612 10:00:00.000000       7 main.go:1] `).
fn is_error_log(text: &[u8]) -> bool {
    let nginx = text.len() > 21
        && text[4] == b'/'
        && text[7] == b'/'
        && text[10] == b' '
        && text[..4].iter().all(u8::is_ascii_digit)
        && text[19..].starts_with(b" [");
    let apache = text.len() > 22
        && text[0] == b'['
        && [&b"Mon "[..], b"Tue ", b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun "]
            .contains(&&text[1..5]);
    let controller = text.len() > 22
        && matches!(text[0], b'I' | b'W' | b'E' | b'F')
        && text[1..5].iter().all(u8::is_ascii_digit)
        && text[5] == b' '
        && text[8] == b':';
    nginx || apache || controller
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use marks::Marks;
    use proptest::prelude::*;

    #[test]
    fn every_format_reads_its_samples_and_nothing_else() {
        for format in FORMATS {
            let samples: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
            let shape = format.shape(&samples, None).unwrap();
            for sample in format.samples {
                assert!(shape.reads(sample.as_bytes()), "{}: {sample}", format.name);
            }
            for other in format.others {
                assert!(!shape.reads(other.as_bytes()), "{}: {other}", format.name);
            }
            assert!(!format.samples.is_empty() && !format.others.is_empty(), "{}", format.name);
        }
    }

    fn read(parser: &Parser, line: &str, scratch: &Scratch) -> (Line, bool) {
        let mut record = Record::default();
        let found = parser.read(line.as_bytes(), Quotes::UNKNOWN, scratch, &mut record);
        (found, record.recovered)
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(SISTERS.iter().all(|name| names.contains(name)));
    }

    /// A sample of some format with a few bytes changed, put in or taken out.
    fn damaged() -> impl Strategy<Value = Vec<u8>> {
        let samples: Vec<&str> =
            FORMATS.iter().flat_map(|format| format.samples).copied().collect();
        let byte = prop::sample::select(&b"\" \\-[]:.,09azGx\x00\xff"[..]);
        let edits = prop::collection::vec((any::<prop::sample::Index>(), byte, 0..3u8), 0..4);
        (prop::sample::select(samples), edits).prop_map(|(sample, edits)| {
            let mut line = sample.as_bytes().to_vec();
            for (at, byte, edit) in edits {
                let at = at.index(line.len());
                match edit {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    _ => drop(line.remove(at)),
                }
            }
            line
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// The short ways (known quotes, the combined columns, the minute of the line before) read
        /// what the long way reads.
        #[test]
        fn short_ways_change_nothing(lines in prop::collection::vec(damaged(), 1..4)) {
            let text = lines.join(&b'\n');
            let mut marks = Marks::default();
            marks.index(&text);
            for format in FORMATS.iter().filter(|format| !format.string.is_empty()) {
                let shape = format.shape(&[], None).unwrap();
                let (scratch, other) = (Scratch::default(), Scratch::default());
                for (line, quotes) in marks.lines(&text) {
                    // The minute of the line before stays only in the first.
                    other.minute.set(Minute::default());
                    let mut short = Record::default();
                    let mut long = Record::default();
                    let found = shape.parse(line, quotes, &scratch, &mut short).map(|()| short);
                    let expected = shape
                        .parse(line, Quotes::UNKNOWN, &other, &mut long)
                        .map(|()| long);
                    prop_assert_eq!(found, expected, "{}: {}", format.name, line.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn lines_that_are_no_requests() {
        for (line, kind) in [
            ("", Some(Skip::Blank)),
            ("\0\0 ", Some(Skip::Blank)),
            ("# comment", Some(Skip::Comment)),
            ("2022/01/24 16:33:06 [error] 334#334: *338 user \"toto\"", Some(Skip::ErrorLog)),
            (
                "[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 1]",
                Some(Skip::ErrorLog),
            ),
            ("I0612 10:00:00.000000       7 main.go:100] starting", Some(Skip::ErrorLog)),
            ("hello", None),
            ("192.0.2.1 - - [", None),
        ] {
            assert_eq!(skip(line.as_bytes()), kind, "{line}");
        }
    }

    #[test]
    fn lines_without_the_key_of_the_status_are_no_responses() {
        let start = r#"{"time":"2025-10-10T13:55:00Z","path":"/a","event":"start"}"#;
        let end = r#"{"time":"2025-10-10T13:55:00Z","path":"/a","status":404}"#;
        let null = r#"{"time":"2025-10-10T13:55:00Z","path":"/a","status":null}"#;
        let labels = "time:2025-10-10T13:55:00Z\turi:/a\tstatus:404";
        let learned = |name: &str, line: &str| {
            let format = FORMATS.iter().find(|format| format.name == name).unwrap();
            Parser::new(format.shape(&[line.as_bytes()], None).unwrap())
        };
        let scratch = Scratch::default();
        let skipped = Line::Skip(Skip::NotAResponse);
        for (name, sample, line, found) in [
            ("json", end, end, Line::Request),
            ("json", end, null, Line::Request),
            ("json", end, start, skipped),
            ("json", end, "{}", skipped),
            ("json", end, "starting", Line::Reject(Reject::Json)),
            ("json", start, start, Line::Request),
            ("json", start, "{}", Line::Reject(Reject::MissingField)),
            ("ltsv", labels, labels, Line::Request),
            ("ltsv", labels, "time:2025-10-10T13:55:00Z\turi:/a", skipped),
            ("ltsv", labels, "level:info", Line::Reject(Reject::Shape)),
        ] {
            assert_eq!(read(&learned(name, sample), line, &scratch).0, found, "{name} {line}");
        }
    }

    #[test]
    fn mixed_virtual_hosts_are_all_read() {
        let main = FORMATS.iter().find(|format| format.name == "apache-combined").unwrap();
        let parser = Parser::new(main.shape(&[], None).unwrap());
        let parser = parser.with_sisters(main.name);
        let scratch = Scratch::default();
        let name = |line: &str| match read(&parser, line, &scratch) {
            (Line::Request, recovered) => format!("main{}", if recovered { "?" } else { "" }),
            (Line::Sister(number), _) => parser.sisters().nth(number).unwrap().to_owned(),
            (other, _) => format!("{other:?}"),
        };
        for (line, expected) in [
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x""#,
                "main",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513"#,
                "apache-common",
            ),
            (
                r#"a.example:443 1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x""#,
                "apache-vhost-combined",
            ),
            (
                r#"a.example 1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x""#,
                "apache-vhost-noport-combined",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x" "-""#,
                "nginx-main",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x "y" z""#,
                "main?",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 20"#,
                "Reject(Truncated)",
            ),
        ] {
            assert_eq!(name(line), expected, "{line}");
        }
    }
}
