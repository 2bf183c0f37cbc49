//! 2xx: the request was understood and done.

use super::{BLANK, Entry};

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 200, name: "OK",
        meaning: "Success. What it means in detail depends on the method.",
        sender: "the application; a cache or proxy may answer for it",
        causes: &["the normal case"],
        checks: &[
            "a 200 can hide a failure: bodies that shrink to one constant size are error pages sent as 200",
            "many requests that end exactly at a proxy's timeout are bodies that stalled",
            "an upstream status that differs (nginx '502, 200') is a failure that a retry hid",
        ],
        neighbours: &[
            (204, "also success, but there is no body to send"),
            (206, "a part of the body, because the client asked for a range"),
            (304, "the client has the body already"),
        ],
        logs: &[
            ("nginx", "a body cut off by the upstream is still 200; $request_completion is empty if the client left"),
            ("HAProxy", "state CD or cD: the client left; SD or sD: the server died or stalled in the body"),
            ("Apache httpd", "%X is X when the connection broke before the end"),
            ("Google Cloud LB", "statusDetails backend_connection_closed_after_partial_response_sent"),
        ],
        messages: &[
            ("nginx", "upstream prematurely closed connection while reading upstream", "the body was cut off"),
        ],
        sources: &["RFC 9110 15.3.1"],
        ..BLANK
    },
    Entry {
        code: 201, name: "Created",
        meaning: "A new resource was made; Location should name it.",
        sender: "the application, after POST or PUT",
        checks: &["fewer 201 and more 301 or 302 for the same POST: a redirect loses the method; use 307 or 308"],
        neighbours: &[
            (200, "success, nothing new was made"),
            (202, "accepted, will be done later"),
        ],
        sources: &["RFC 9110 15.3.2"],
        ..BLANK
    },
    Entry {
        code: 202, name: "Accepted",
        meaning: "The request is queued and will be done later.",
        sender: "an API with jobs",
        checks: &["clients that ask for the state of their job too often"],
        sources: &["RFC 9110 15.3.3"],
        ..BLANK
    },
    Entry {
        code: 203, name: "Non-Authoritative Information",
        meaning: "Success, but a proxy on the way changed the content.",
        sender: "a proxy that rewrites content",
        checks: &["if nobody should rewrite it: find the proxy"],
        sources: &["RFC 9110 15.3.4"],
        ..BLANK
    },
    Entry {
        code: 204, name: "No Content",
        meaning: "Success, and there is no body.",
        sender: "the application: DELETE, PUT, beacons, CORS preflights",
        checks: &["many more 204 for OPTIONS: browsers no longer keep preflights (Access-Control-Max-Age)"],
        sources: &["RFC 9110 15.3.5"],
        ..BLANK
    },
    Entry {
        code: 205, name: "Reset Content",
        meaning: "Success; the client should clear the form.",
        sender: "a form's endpoint",
        sources: &["RFC 9110 15.3.6"],
        ..BLANK
    },
    Entry {
        code: 206, name: "Partial Content",
        meaning: "A part of the content, as the client asked with Range.",
        sender: "a server of files, or a cache",
        causes: &["video players, resumed downloads, download managers", "a cache that fetches in slices"],
        checks: &["many 206 for one object from one client: a download accelerator, or a cache that fills slices \
                   (nginx: slice, max_ranges)"],
        neighbours: &[
            (200, "the whole content: the server ignored the range"),
            (416, "the range lies outside the content"),
        ],
        sources: &["RFC 9110 15.3.7"],
        ..BLANK
    },
    Entry {
        code: 207, name: "Multi-Status",
        meaning: "Several statuses, one for each resource, are in the body.",
        sender: "a WebDAV server, or an API with batches",
        checks: &["the body may tell of failures that the log does not show"],
        sources: &["RFC 4918 11.1"],
        ..BLANK
    },
    Entry {
        code: 208, name: "Already Reported",
        meaning: "These members were listed before in the same answer.",
        sender: "a WebDAV server",
        sources: &["RFC 5842 7.1"],
        ..BLANK
    },
    Entry {
        code: 226, name: "IM Used",
        meaning: "The body is a difference to what the client has.",
        sender: "a server with delta encoding; hardly met",
        sources: &["RFC 3229 10.4.1"],
        ..BLANK
    },
];
