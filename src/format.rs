//! Log formats: the table [`FORMATS`], what a user may give instead (`--log-format`), and the
//! [`Parser`] that reads lines.
//!
//! **A format is data**: an entry of the table carries its name, its help, the server's own format
//! string, lines that must be read by it and lines that must not. To add one, add an entry; the
//! command line, its help, detection and the tests follow. A shape of line that no string can
//! describe is a file of its own in `format/` (JSON, LTSV).

use json::Json;
use ltsv::Ltsv;
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
mod parser;
pub mod template;
pub mod wrapper;

pub(crate) use parser::skip;
pub use parser::{Line, Parser, Scratch, Shape};

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(SISTERS.iter().all(|name| names.contains(name)));
    }
}
