//! The faults: what is done to make each, how nginx must log it, and what a report must call it.

use std::ops::Range;

/// A fault, and how it is known again.
pub(crate) struct Fault {
    /// The cause that must be among the first three of the report, an id of the rules.
    pub(crate) cause: &'static str,
    /// What may stand first: another cause whose lines look the same in these fields.
    pub(crate) first: &'static [&'static str],
    /// The same of a report over the combined format.
    pub(crate) in_combined: &'static [&'static str],
    /// The minute of the composed log in which it begins. They are unevenly apart: what comes every
    /// ten minutes is one periodic incident, and rightly so.
    pub(crate) minute: u32,
    /// The requests that fail while it lasts; an empty target is all those of a few clients.
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    /// How it is made.
    pub(crate) act: Act,
    /// The status that nginx logs.
    pub(crate) status: u16,
    /// Bytes of nginx's own page for it, without what every page has; 0 where nothing is sent or
    /// where no rule asks.
    pub(crate) page: usize,
    /// What each of its lines holds, behind the user agent: a regular expression.
    pub(crate) line: &'static str,
    /// What nginx writes to its own error log: that the fault was the one meant. Empty where it
    /// writes nothing.
    pub(crate) message: &'static str,
}

/// How a fault is made.
#[derive(Debug)]
pub(crate) enum Act {
    /// The backend of the route does not listen yet.
    Refused,
    /// The backend of the route has a full queue, so that the kernel drops who wants to connect.
    Dropped,
    /// The backend does what this header says.
    Backend(&'static str),
    /// So does it, and the client waits no longer than so many milliseconds.
    Leave(&'static str, Range<u64>),
    /// The body has so many bytes.
    Body(usize),
    /// The cookie has so many bytes.
    Cookie(usize),
    /// The request came without TLS, as nginx is told, and the client follows redirects.
    Plain,
    /// A few clients ask so often in every second.
    Flood(u32),
}

impl Act {
    /// Whether its backend must not be up.
    pub(crate) fn is_early(&self) -> bool {
        matches!(self, Self::Refused | Self::Dropped)
    }
}

/// 502 of any kind: without the times and addresses of the upstreams they look the same, so to say
/// nothing is right too.
const BAD_GATEWAY: &[&str] = &[
    "upstream-refused",
    "upstream-closed",
    "bad-upstream-headers",
    "healthy-backend-502",
    "no-live-upstream",
    "keepalive-race",
    "unexplained",
];

/// 499: without times nobody knows what the clients waited for.
const LEFT: &[&str] = &["client-timeout-cluster", "client-abort-slow-backend", "unexplained"];

/// The connection was made, and no usable header came: nginx's error log knows why, the access log
/// does not.
const NO_HEADER: &[&str] = &["upstream-closed", "bad-upstream-headers", "healthy-backend-502"];

/// Each has five minutes of its own.
pub(crate) static FAULTS: &[Fault] = &[
    Fault {
        cause: "upstream-refused",
        first: &["upstream-refused"],
        in_combined: BAD_GATEWAY,
        minute: 11,
        method: "GET",
        target: "/reports",
        act: Act::Refused,
        status: 502,
        page: 104,
        line: r#"rt=0\.\d+ ua="127\.0\.0\.1:\d+" us="502" uct="-" uht="-" urt="0\.\d+" "#,
        message: "connect() failed (111: Connection refused)",
    },
    Fault {
        cause: "no-live-upstream",
        first: &["no-live-upstream"],
        in_combined: BAD_GATEWAY,
        minute: 124,
        method: "GET",
        target: "/api/stock",
        act: Act::Refused,
        status: 502,
        page: 104,
        // The first requests fail at both servers, or at one that is not yet given up and at none.
        line: r#"rt=0\.\d+ ua="[^"]+" us="(502, )?502" uct="(-, )?-" uht="(-, )?-" urt="0\.0"#,
        message: "no live upstreams while connecting to upstream",
    },
    Fault {
        cause: "upstream-connect-timeout",
        first: &["upstream-connect-timeout"],
        in_combined: &["upstream-connect-timeout", "upstream-read-timeout"],
        minute: 19,
        method: "GET",
        target: "/archive",
        act: Act::Dropped,
        status: 504,
        page: 114,
        line: r#"rt=(0\.99|1\.)\d+ ua="127\.0\.0\.1:\d+" us="504" uct="-" uht="-" urt="(0\.99|1\.)\d+" "#,
        message: "upstream timed out (110: Connection timed out) while connecting to upstream",
    },
    Fault {
        cause: "upstream-read-timeout",
        first: &["upstream-read-timeout"],
        in_combined: &["upstream-connect-timeout", "upstream-read-timeout"],
        minute: 32,
        method: "GET",
        target: "/api/orders",
        act: Act::Backend("hang"),
        status: 504,
        page: 114,
        line: r#"rt=(1\.99|2\.)\d+ ua="127\.0\.0\.1:\d+" us="504" uct="0\.\d+" uht="-" urt="(1\.99|2\.)\d+" "#,
        message: "upstream timed out (110: Connection timed out) while reading response header",
    },
    Fault {
        cause: "upstream-closed",
        first: NO_HEADER,
        in_combined: BAD_GATEWAY,
        minute: 41,
        method: "POST",
        target: "/api/cart",
        act: Act::Backend("close"),
        status: 502,
        page: 104,
        line: r#"rt=0\.\d+ ua="127\.0\.0\.1:\d+" us="502" uct="0\.\d+" uht="-" urt="0\.\d+" "#,
        message: "upstream prematurely closed connection while reading response header",
    },
    Fault {
        cause: "bad-upstream-headers",
        first: NO_HEADER,
        in_combined: BAD_GATEWAY,
        minute: 53,
        method: "POST",
        target: "/login",
        act: Act::Backend("bloat"),
        status: 502,
        page: 104,
        line: r#"rt=0\.\d+ ua="127\.0\.0\.1:\d+" us="502" uct="0\.\d+" uht="-" urt="0\.\d+" "#,
        message: "upstream sent too big header while reading response header",
    },
    Fault {
        cause: "upload-too-large",
        first: &["upload-too-large"],
        in_combined: &["upload-too-large"],
        minute: 60,
        method: "POST",
        target: "/upload",
        act: Act::Body(150_000),
        status: 413,
        page: 130,
        line: r#"rt=0\.\d+ ua="-" us="-" uct="-" uht="-" urt="-" "#,
        message: "client intended to send too large body: 150000 bytes",
    },
    Fault {
        cause: "limiter-503",
        first: &["limiter-503"],
        // The length of the body says that nginx made it.
        in_combined: &["limiter-503"],
        minute: 73,
        method: "GET",
        target: "/search",
        act: Act::Flood(2),
        status: 503,
        page: 144,
        line: r#"rt=0\.\d+ ua="-" us="-" uct="-" uht="-" urt="-" "#,
        message: "limiting requests, excess",
    },
    Fault {
        cause: "client-timeout-cluster",
        first: &["client-timeout-cluster", "client-abort-slow-backend"],
        in_combined: LEFT,
        minute: 81,
        method: "GET",
        target: "/api/quote",
        act: Act::Leave("hang", 500..501),
        status: 499,
        page: 0,
        line: r#"rt=0\.(49|[5-9]\d)\d* ua="127\.0\.0\.1:\d+" us="-" uct="0\.\d+" uht="-" urt="0\.\d+" "#,
        message: "client prematurely closed connection, so upstream connection is closed too",
    },
    Fault {
        cause: "client-abort-slow-backend",
        first: &["client-abort-slow-backend"],
        in_combined: LEFT,
        minute: 95,
        method: "GET",
        target: "/api/feed",
        act: Act::Leave("slow", 300..1000),
        status: 499,
        page: 0,
        line: r#"rt=[01]\.\d+ ua="127\.0\.0\.1:\d+" us="-" uct="0\.\d+" uht="-" urt="[01]\.\d+" "#,
        message: "client prematurely closed connection, so upstream connection is closed too",
    },
    Fault {
        cause: "oversized-headers",
        first: &["oversized-headers"],
        // The length of the body tells 494 from other 400.
        in_combined: &["oversized-headers"],
        minute: 104,
        method: "GET",
        target: "",
        act: Act::Cookie(12_000),
        status: 400,
        page: 180,
        line: r#"rt=0\.\d+ ua="-" us="-" uct="-" uht="-" urt="-" "#,
        message: "client sent too long header line",
    },
    Fault {
        cause: "redirect-loop",
        first: &["redirect-loop"],
        in_combined: &["redirect-loop"],
        minute: 113,
        method: "GET",
        target: "/account",
        act: Act::Plain,
        status: 301,
        page: 0,
        line: r#"rt=0\.\d+ ua="-" us="-" uct="-" uht="-" urt="-" "#,
        message: "",
    },
];
