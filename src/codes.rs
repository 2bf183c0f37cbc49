//! The registry of status codes: what each is called, who defines it, what it means.
//!
//! The IANA registry (RFC 9110 and its neighbours) and the codes that servers, proxies and content
//! networks write on their own. Some numbers have several owners; the one met most often in server
//! logs comes first.

/// One code as one owner defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code, 100 to 999.
    pub code: u16,
    /// What its owner calls it.
    pub name: &'static str,
    /// `IANA`, or the product that writes it.
    pub origin: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

const fn e(code: u16, name: &'static str, origin: &'static str, meaning: &'static str) -> Entry {
    Entry { code, name, origin, meaning }
}

/// Every entry, ordered by code; of one code the usual owner first.
#[rustfmt::skip]
pub static CODES: &[Entry] = &[
    e(100, "Continue", "IANA", "Interim: headers accepted, client may send the body."),
    e(101, "Switching Protocols", "IANA", "Connection handed over to another protocol, normally WebSocket."),
    e(102, "Processing", "IANA", "Interim keep-alive for long WebDAV work."),
    e(103, "Early Hints", "IANA", "Interim response carrying Link preload headers before the final response."),
    e(104, "Upload Resumption Supported", "IANA", "Interim response of the resumable-upload draft."),
    e(200, "OK", "IANA", "Success; meaning depends on method."),
    e(201, "Created", "IANA", "A new resource was created; Location should name it."),
    e(202, "Accepted", "IANA", "Queued for later processing."),
    e(203, "Non-Authoritative Information", "IANA", "Success, but an intermediary changed the content."),
    e(204, "No Content", "IANA", "Success with no body."),
    e(205, "Reset Content", "IANA", "Client should reset the form/view."),
    e(206, "Partial Content", "IANA", "A byte range was returned."),
    e(207, "Multi-Status", "IANA", "Several per-resource statuses in one body."),
    e(208, "Already Reported", "IANA", "Members of a binding were listed before."),
    e(218, "This Is Fine", "Apache", "Catch-all used so bodies pass ProxyErrorOverride."),
    e(226, "IM Used", "IANA", "Delta encoding was applied."),
    e(300, "Multiple Choices", "IANA", "Several representations; client chooses."),
    e(301, "Moved Permanently", "IANA", "Permanent move; clients may switch POST to GET; cached by browsers."),
    e(302, "Found", "IANA", "Temporary redirect; clients usually turn POST into GET."),
    e(303, "See Other", "IANA", "Fetch another URI with GET (Post/Redirect/Get)."),
    e(304, "Not Modified", "IANA", "Conditional request matched; client reuses its copy; no body."),
    e(305, "Use Proxy", "IANA", "Deprecated."),
    e(306, "(Unused)", "IANA", "Reserved, no longer used."),
    e(307, "Temporary Redirect", "IANA", "Temporary redirect preserving method and body."),
    e(308, "Permanent Redirect", "IANA", "Permanent redirect preserving method and body."),
    e(400, "Bad Request", "IANA", "Request not understood: syntax, framing, routing or (by convention) invalid input."),
    e(401, "Unauthorized", "IANA", "No valid credentials (unauthenticated). Must carry WWW-Authenticate."),
    e(402, "Payment Required", "IANA", "Reserved; used for billing or quota gates."),
    e(403, "Forbidden", "IANA", "Understood but refused; re-authentication with the same credentials will not help. Not necessarily tied to credentials."),
    e(404, "Not Found", "IANA", "No such resource, or existence hidden."),
    e(405, "Method Not Allowed", "IANA", "Method known but not supported here; Allow lists valid ones."),
    e(406, "Not Acceptable", "IANA", "No representation matches Accept headers."),
    e(407, "Proxy Authentication Required", "IANA", "The intermediate proxy wants credentials."),
    e(408, "Request Timeout", "IANA", "Complete request not received in time."),
    e(409, "Conflict", "IANA", "State conflict: duplicate, concurrent edit, version mismatch."),
    e(410, "Gone", "IANA", "Deliberately and permanently removed."),
    e(411, "Length Required", "IANA", "Content-Length needed."),
    e(412, "Precondition Failed", "IANA", "If-Match / If-Unmodified-Since was false."),
    e(413, "Content Too Large", "IANA", "Body larger than allowed."),
    e(414, "URI Too Long", "IANA", "Request target too long."),
    e(415, "Unsupported Media Type", "IANA", "Content-Type/encoding not supported."),
    e(416, "Range Not Satisfiable", "IANA", "Requested range outside the object."),
    e(417, "Expectation Failed", "IANA", "Expect header cannot be met."),
    e(418, "I'm a Teapot", "IANA", "Joke code, reserved; used as a custom block signal."),
    e(419, "Page Expired", "Laravel", "CSRF token missing or expired."),
    e(420, "Enhance Your Calm", "Twitter", "Rate limited (old)."),
    e(420, "Method Failure", "Spring", "A method failed."),
    e(421, "Misdirected Request", "IANA", "Connection not valid for the requested authority; client may retry on a new connection."),
    e(422, "Unprocessable Content", "IANA", "Well-formed but semantically invalid."),
    e(423, "Locked", "IANA", "Resource locked."),
    e(424, "Failed Dependency", "IANA", "A prerequisite action failed."),
    e(425, "Too Early", "IANA", "Server refuses to risk replaying TLS 1.3 early data."),
    e(426, "Upgrade Required", "IANA", "Client must switch protocol."),
    e(428, "Precondition Required", "IANA", "Conditional request demanded."),
    e(429, "Too Many Requests", "IANA", "Rate limit exceeded; should carry Retry-After."),
    e(430, "Security Rejection", "Shopify", "Crawling too fast, or a security rejection."),
    e(431, "Request Header Fields Too Large", "IANA", "Headers too large."),
    e(440, "Login Time-out", "IIS", "Session expired; log in again."),
    e(444, "No Response", "nginx", "Connection closed on purpose without a response (`return 444`)."),
    e(449, "Retry With", "IIS", "Client must retry with more information."),
    e(450, "Blocked by Parental Controls", "Microsoft", "Blocked on the client side by Windows."),
    e(451, "Unavailable For Legal Reasons", "IANA", "Legal block."),
    e(456, "Unrecoverable Error", "WebDAV", "Unrecoverable."),
    e(460, "Client Closed Connection", "AWS ALB", "Client closed before the load balancer could answer (within the idle timeout)."),
    e(463, "Too Many Forwarded Addresses", "AWS ALB", "X-Forwarded-For carries more than 30 addresses."),
    e(464, "Incompatible Protocol Version", "AWS ALB", "Client request protocol does not fit the target group protocol version."),
    e(494, "Request Header Too Large", "nginx", "Request line/headers exceed large_client_header_buffers (or max_headers, 1.29.8+)."),
    e(495, "SSL Certificate Error", "nginx", "Client certificate failed verification."),
    e(496, "SSL Certificate Required", "nginx", "Client certificate required but absent."),
    e(497, "HTTP Request Sent to HTTPS Port", "nginx", "Plain HTTP on a TLS port."),
    e(498, "Invalid Token", "Esri", "Token expired or invalid. nginx reserves it for an invalid host and never sends it."),
    e(499, "Client Closed Request", "nginx", "Client went away before the response began; Cloudflare, Caddy, Traefik, Azure and Heroku log it too."),
    e(499, "Token Required", "Esri", "Token missing."),
    e(500, "Internal Server Error", "IANA", "Unexpected condition in the server."),
    e(501, "Not Implemented", "IANA", "Method/feature not supported at all."),
    e(502, "Bad Gateway", "IANA", "Gateway got an invalid response (or, in most proxies, no usable connection)."),
    e(503, "Service Unavailable", "IANA", "Temporarily unable: overload, maintenance, or no backend."),
    e(504, "Gateway Timeout", "IANA", "Upstream did not answer in time."),
    e(505, "HTTP Version Not Supported", "IANA", "Protocol version refused."),
    e(506, "Variant Also Negotiates", "IANA", "Negotiation misconfigured in a circle."),
    e(507, "Insufficient Storage", "IANA", "No room to store."),
    e(508, "Loop Detected", "IANA", "Infinite loop (WebDAV); on CloudLinux hosting, a resource limit is reached."),
    e(509, "Bandwidth Limit Exceeded", "cPanel", "Hosting bandwidth quota used up."),
    e(510, "Not Extended", "IANA", "Needs an HTTP extension."),
    e(511, "Network Authentication Required", "IANA", "Captive portal wants sign-in."),
    e(520, "Unknown Origin Error", "Cloudflare", "Origin gave an empty, unknown or unexpected answer."),
    e(521, "Web Server Is Down", "Cloudflare", "Origin refused the TCP connection."),
    e(522, "Connection Timed Out", "Cloudflare", "No SYN+ACK within about 19 s, or request not ACKed within 90 s."),
    e(523, "Origin Is Unreachable", "Cloudflare", "No route to the origin. A DNS failure is 530."),
    e(524, "A Timeout Occurred", "Cloudflare", "Connected, but no answer within the read timeout (120 s; 100 s in older documents)."),
    e(525, "SSL Handshake Failed", "Cloudflare", "TLS handshake with the origin failed (Full/Strict)."),
    e(526, "Invalid SSL Certificate", "Cloudflare", "Origin certificate not valid (Full strict); the Cloud Foundry router sends it too."),
    e(527, "Railgun Error", "Cloudflare", "Railgun listener connection broke (retired)."),
    e(529, "Site Is Overloaded", "Qualys", "The site is overloaded; the Anthropic API sends it too."),
    e(530, "Origin DNS Error", "Cloudflare", "The edge could not resolve the origin, or another 1xxx error; the body has its number."),
    e(530, "Internal Edge Error", "Edgio", "Edge internal error."),
    e(530, "Site Is Frozen", "Pantheon", "Site frozen for inactivity."),
    e(531, "Project Upstream Connection Error", "Edgio", "Edge could not connect to the upstream."),
    e(532, "Project Response Too Large", "Edgio", "Response from edge code over 6 MB."),
    e(533, "Project Upstream TLS Error", "Edgio", "TLS negotiation with the origin failed."),
    e(536, "Project HTTP Response Timeout", "Edgio", "Upstream did not answer in 60 s."),
    e(539, "Project Timeout", "Edgio", "Edge code did not answer in time."),
    e(540, "Temporarily Disabled", "Shopify", "Endpoint temporarily disabled."),
    e(561, "Unauthorized (IdP Error)", "AWS ALB", "Identity provider returned an error during ALB authentication."),
    e(598, "Network Read Timeout", "proxies", "Read timeout behind a proxy."),
    e(599, "Network Connect Timeout", "proxies", "Connect timeout behind a proxy or invented by a client library."),
    e(783, "Unexpected Token", "Shopify", "JSON syntax error in the request."),
    e(999, "Request Denied", "LinkedIn", "Anti-bot refusal."),
];

/// What a line without a status means where the product says so, by the names of
/// [`Absence`](crate::record::Absence).
static ABSENCES: &[(&str, &str)] = &[
    ("client_gone", "client left before a response"),
    ("origin_timeout", "origin did not answer in time"),
    ("implied_200", "200 on the wire"),
    ("http_0_9", "HTTP/0.9 has no status line"),
];

/// What the spellings of "no status" mean, by the names of
/// [`NoStatus`](crate::record::NoStatus).
static NO_STATUS: &[(&str, &str)] = &[
    ("000", "nothing was sent"),
    ("009", "no HTTP/1 answer (nginx)"),
    ("-", "no status line"),
    ("-1", "client aborted (HAProxy)"),
    ("empty", "the field is empty"),
    ("null", "the field is null"),
    ("missing", "the line has no such field"),
];

/// The entry of a code's usual owner; `None` for a code that nobody is known to send.
pub fn lookup(code: u16) -> Option<&'static Entry> {
    entries(code).first()
}

/// Every entry of a code, the usual owner first; empty for a code that nobody is known to send.
pub fn entries(code: u16) -> &'static [Entry] {
    let start = CODES.partition_point(|entry| entry.code < code);
    let end = CODES.partition_point(|entry| entry.code <= code);
    &CODES[start..end]
}

/// What a line without a status means, in words: by the meaning that the product gives it
/// (`client_gone`, ...), else by how it is spelled (`000`, `-`, ...). `None` when neither is known.
pub fn no_status(spelling: &str, meaning: &str) -> Option<&'static str> {
    let find = |table: &[(&str, &'static str)], name: &str| {
        table.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
    };
    find(ABSENCES, meaning).or_else(|| find(NO_STATUS, spelling))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stderr)]
    use super::*;
    use crate::record::{Absence, NoStatus};

    #[test]
    fn ordered_and_unique() {
        for pair in CODES.windows(2) {
            assert!(pair[0].code <= pair[1].code, "{} after {}", pair[1].code, pair[0].code);
            let same = pair[0].code == pair[1].code && pair[0].origin == pair[1].origin;
            assert!(!same, "{} {} twice", pair[1].code, pair[1].origin);
        }
        for entry in CODES {
            assert!((100..=999).contains(&entry.code));
            assert!(entry.meaning.ends_with('.'), "{}: {}", entry.code, entry.meaning);
            assert!(entry.name.len() <= 34, "{} is too long for a table", entry.name);
            assert!(entry.origin.len() <= 10, "{} is too long for a table", entry.origin);
        }
    }

    #[test]
    fn usual_owner_comes_first() {
        for (code, name, origin, owners) in [
            (404, "Not Found", "IANA", 1),
            (420, "Enhance Your Calm", "Twitter", 2),
            (444, "No Response", "nginx", 1),
            (460, "Client Closed Connection", "AWS ALB", 1),
            (499, "Client Closed Request", "nginx", 2),
            (526, "Invalid SSL Certificate", "Cloudflare", 1),
            (530, "Origin DNS Error", "Cloudflare", 3),
            (999, "Request Denied", "LinkedIn", 1),
        ] {
            let entry = lookup(code).unwrap();
            assert_eq!((entry.name, entry.origin), (name, origin));
            assert_eq!(entries(code).len(), owners, "{code}");
        }
        assert_eq!(lookup(299), None);
        assert!(entries(0).is_empty() && entries(u16::MAX).is_empty());
    }

    #[test]
    fn every_spelling_of_no_status_is_explained() {
        for spelling in NoStatus::ALL {
            let found = no_status(spelling.name(), Absence::Unknown.name());
            assert!(found.is_some(), "{}", spelling.name());
        }
        for meaning in Absence::ALL {
            let found = no_status("200", meaning.name());
            assert_eq!(found.is_some(), meaning != Absence::Unknown, "{}", meaning.name());
        }
    }

    /// Against the research notes, where they are at hand beside the working copy.
    #[test]
    fn as_in_the_notes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/diagnosis/codes.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("skipped: {path} is not there to compare with");
            return;
        };
        let notes: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut noted = Vec::new();
        for note in notes["codes"].as_array().unwrap() {
            // -1, 0 and 9 are spellings of "no status".
            let Ok(code) = u16::try_from(note["code"].as_i64().unwrap()) else { continue };
            if code < 100 {
                continue;
            }
            noted.push(code);
            if note["origin"] == "IANA/RFC" {
                let name = note["name"].as_str().unwrap();
                let entry = entries(code).iter().find(|entry| entry.origin == "IANA").unwrap();
                assert!(name.starts_with(entry.name), "{code}: {name}");
            }
        }
        noted.sort_unstable();
        let ours: Vec<u16> = CODES.iter().map(|entry| entry.code).collect();
        assert_eq!(ours, noted);
    }
}
