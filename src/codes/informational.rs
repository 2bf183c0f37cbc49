//! 1xx: interim responses. A final response follows, but for 101.

use super::{BLANK, Entry};

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 100, name: "Continue",
        meaning: "Interim: the headers are accepted, the client may send the body.",
        sender: "any server, when the client asked with 'Expect: 100-continue' before a large upload",
        checks: &["as the last status of a line it means that the client vanished before it sent the body"],
        logs: &[("Envoy", "logged only when the client left between the headers and the body")],
        sources: &["RFC 9110 15.2.1"],
        ..BLANK
    },
    Entry {
        code: 101, name: "Switching Protocols",
        meaning: "The connection goes over to another protocol, nearly always WebSocket.",
        sender: "the server that the WebSocket ends at; proxies pass it on",
        causes: &["a WebSocket was opened: this is success"],
        checks: &[
            "its time is how long the connection lived, not how fast the server is: leave it out of latency",
            "fewer 101 and more 400, 404 or 502 on the same path: the proxy lost the Upgrade header \
             (nginx: proxy_http_version 1.1 and proxy_set_header Upgrade, Connection)",
            "HTTP/2 and HTTP/3 have no 101: a WebSocket is a CONNECT that is answered with 200 (RFC 8441)",
        ],
        logs: &[
            ("nginx", "written when the connection ends; request_time is its whole life"),
            ("Google Cloud LB", "statusDetails websocket_closed"),
        ],
        sources: &["RFC 9110 15.2.2", "RFC 8441"],
        ..BLANK
    },
    Entry {
        code: 102, name: "Processing",
        meaning: "Interim: a long WebDAV request is still being worked on.",
        sender: "a WebDAV server",
        sources: &["RFC 2518 10.1"],
        ..BLANK
    },
    Entry {
        code: 103, name: "Early Hints",
        meaning: "Interim: tells the browser what to load while the answer is being made.",
        sender: "an application or a CDN that sends Link headers ahead",
        checks: &["Cloudflare logs a lookup for Early Hints that finds nothing as 504: no client saw it"],
        sources: &["RFC 8297"],
        ..BLANK
    },
    Entry {
        code: 104, name: "Upload Resumption Supported",
        meaning: "Interim: this upload can be resumed if it breaks off.",
        sender: "a server with the resumable-upload draft; the registration is temporary",
        sources: &["IANA HTTP Status Code Registry", "draft-ietf-httpbis-resumable-upload"],
        ..BLANK
    },
];
