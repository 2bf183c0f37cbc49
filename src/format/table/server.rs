//! Web and application servers that have a format of their own.

use super::sample;
use crate::format::{Dialect, Format, Product};

/// The formats, the most telling first among equals.
pub(super) const FORMATS: &[Format] = &[
    Format {
        name: "lighttpd",
        also: &[],
        help: "lighttpd, the default: combined with the host in its second column",
        label: "lighttpd",
        product: Product::Lighttpd,
        dialect: Dialect::Apache,
        string: r#"%h %V %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
        samples: &[
            r#"192.0.2.1 www.example.com - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" 200 5316 "-" "curl/8.5.0""#,
        ],
        others: &[
            r#"192.0.2.1 www.example.com - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" 200 5316"#,
        ],
    },
    Format {
        name: "uwsgi",
        also: &[],
        help: "uWSGI, request lines with msecs",
        label: "uwsgi",
        product: Product::Uwsgi,
        dialect: Dialect::Named,
        string: "[pid: {pid}|app: {app}|req: {req}] {client} ({user}) {{{vars} vars in {vars_size} bytes} [{time:asctime}] {method} {path} => generated {bytes} bytes in {msecs=latency:ms} msecs{via} ({protocol} {status}) {headers} headers in {headers_size} bytes ({switches} switches on core {core})",
        samples: &[
            "[pid: 24|app: 0|req: 7/9] 192.0.2.1 () {40 vars in 612 bytes} [Fri Oct 10 13:55:01 2025] GET /a?b=1 => generated 3415 bytes in 20 msecs (HTTP/1.1 200) 4 headers in 120 bytes (1 switches on core 0)",
            "[pid: 24|app: -1|req: -1/9] 192.0.2.1 (alice) {40 vars in 612 bytes} [Fri Oct  3 13:55:01 2025] GET /a.css => generated 15 bytes in 0 msecs via sendfile() (HTTP/1.1 304) 4 headers in 120 bytes (0 switches on core 0)",
        ],
        others: &[
            sample!(),
            "[pid: 24|app: 0|req: 7/9] 192.0.2.1 () {40 vars in 612 bytes} [Fri Oct 10 13:55:01 2025] GET /a => generated 3415 bytes in 20 micros (HTTP/1.1 200) 4 headers in 120 bytes (1 switches on core 0)",
        ],
    },
    Format {
        name: "uwsgi-micros",
        also: &[],
        help: "uWSGI, request lines with micros (log-micros)",
        label: "uwsgi micros",
        product: Product::Uwsgi,
        dialect: Dialect::Named,
        string: "[pid: {pid}|app: {app}|req: {req}] {client} ({user}) {{{vars} vars in {vars_size} bytes} [{time:asctime}] {method} {path} => generated {bytes} bytes in {micros=latency:us} micros{via} ({protocol} {status}) {headers} headers in {headers_size} bytes ({switches} switches on core {core})",
        samples: &[
            "[pid: 24|app: 0|req: 7/9] 192.0.2.1 () {40 vars in 612 bytes} [Fri Oct 10 13:55:01 2025] GET /a => generated 3415 bytes in 20417 micros (HTTP/1.1 200) 4 headers in 120 bytes (1 switches on core 0)",
        ],
        others: &[
            sample!(),
            "[pid: 24|app: 0|req: 7/9] 192.0.2.1 () {40 vars in 612 bytes} [Fri Oct 10 13:55:01 2025] GET /a => generated 3415 bytes in 20 msecs (HTTP/1.1 200) 4 headers in 120 bytes (1 switches on core 0)",
        ],
    },
    // Tomcat's `%r` without quotes, which nothing tells from the status after it, as its parts.
    Format {
        name: "atlassian-tomcat",
        also: &[("confluence", Product::Tomcat), ("jira", Product::Tomcat)],
        help: "Confluence and Jira, the valve of Tomcat (%t user %I %h %r %s %Dms %b ...)",
        label: "atlassian tomcat",
        product: Product::Tomcat,
        dialect: Dialect::Named,
        string: "[{time:clf}] {user} {thread} {client} {method} {path} {protocol} {status} {latency:ms}ms {bytes} {referer} {user_agent}",
        samples: &[
            "[10/Oct/2025:13:55:01 +0000] alice http-nio-8090-exec-1 192.0.2.1 GET /dashboard.action HTTP/1.1 200 350ms 12345 https://wiki.example.com/ Mozilla/5.0 (X11; Linux x86_64)",
            "[10/Oct/2025:13:55:02 +0000] - http-nio-8090-exec-2 2001:db8::1 GET / HTTP/1.1 304 7ms - - -",
        ],
        others: &[
            sample!(),
            "[10/Oct/2025:13:55:01 +0000] alice http-nio-8090-exec-1 192.0.2.1 GET / HTTP/1.1 200 350 12345 - -",
        ],
    },
    Format {
        name: "bitbucket",
        also: &[],
        help: "Bitbucket Data Center (columns between '|')",
        label: "bitbucket",
        product: Product::Tomcat,
        dialect: Dialect::Named,
        string: r#"{client} | {scheme} | {id=request_id} | {user} | {time:iso} | "{request}" | "{referer}" "{user_agent}" | {status} | {read=number} | {written=bytes} | {labels} | {duration=latency:ms} | {session} |"#,
        samples: &[
            r#"192.0.2.1,10.0.0.1 | https | o@1ABC2DEx952x97182x0 | alice | 2025-10-10 13:55:01,838 | "GET /scm/a/b.git/info/refs HTTP/1.1" | "" "git/2.44.0" | 200 | 175 | 52 | protocol:2, refs | 101 | abc123 |"#,
            r#"192.0.2.1 | https | i@1ABC2DEx952x97182x0 | - | 2025-10-10 13:55:01,723 | "GET /scm/a/b.git/info/refs HTTP/1.1" | "" "git/2.44.0" | - | - | - | - | - | - |"#,
        ],
        others: &[sample!()],
    },
];
