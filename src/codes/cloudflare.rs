//! Codes of Cloudflare's edge: what went wrong between it and the origin.

use super::{BLANK, Entry, Owner::*};

const DOCUMENTS: &str = "developers.cloudflare.com, Cloudflare 5xx errors";

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 520, name: "Unknown Origin Error", origin: "Cloudflare",
        owners: &[OriginApp, Config],
        meaning: "The origin gave an empty or unexpected answer, or reset the connection.",
        sender: "Cloudflare's edge",
        causes: &[
            "the origin crashed",
            "response headers over the limit (128 KB; 16 KB in older documents)",
            "an empty answer, or one without a status line",
            "HTTP/2 to the origin, or Authenticated Origin Pulls, set up wrong",
            "a firewall that resets connections",
        ],
        checks: &[
            "the origin's error log at that moment; its access log has 444, 499, 000 or no line for it",
            "size of response headers and cookies; turn off HTTP/2 to Origin; let Cloudflare's addresses in",
        ],
        neighbours: &[
            (502, "an invalid answer too; from Cloudflare it may come from the origin itself"),
            (521, "refused: there was no connection"),
            (524, "connected, and no answer in time"),
        ],
        logs: &[("Cloudflare", "OriginResponseStatus 0, EdgeResponseStatus 520")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
    Entry {
        code: 521, name: "Web Server Is Down", origin: "Cloudflare",
        owners: &[OriginApp, Config],
        meaning: "The origin refused the connection.",
        sender: "Cloudflare's edge",
        causes: &[
            "the web server is stopped",
            "a firewall rejects Cloudflare's addresses",
            "it does not listen on the port that the SSL mode needs (443 or 80)",
        ],
        checks: &["on the origin: ss -ltn; firewall and fail2ban against Cloudflare's ranges; SSL mode"],
        neighbours: &[
            (522, "no answer to the connection at all: packets are dropped"),
            (523, "no route to the origin"),
            (502, "what nginx says of a refused connection"),
        ],
        logs: &[("Cloudflare", "OriginResponseStatus 0; the origin's own log has no line")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
    Entry {
        code: 522, name: "Connection Timed Out", origin: "Cloudflare",
        owners: &[Network, OriginCapacity],
        meaning: "The origin did not accept the connection in about 19 s, or did not acknowledge the request in 90 s.",
        sender: "Cloudflare's edge",
        causes: &[
            "a firewall or rate limit drops packets",
            "the origin is overloaded or off",
            "a wrong address in DNS",
            "keep-alive is off at the origin",
            "a Worker that fetches its own host",
        ],
        checks: &["do they end near 19 s or 90 s? Firewall rules that drop, SYN backlog, conntrack; the A record"],
        neighbours: &[
            (521, "refused at once: something is there, but not listening"),
            (524, "connected, and no answer in time"),
            (504, "what other proxies say of a connect timeout"),
        ],
        logs: &[("Cloudflare", "OriginResponseStatus 0; the origin's own log has no line")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
    Entry {
        code: 523, name: "Origin Is Unreachable", origin: "Cloudflare",
        owners: &[Network, Config],
        meaning: "There is no route to the origin. A DNS failure is 530.",
        sender: "Cloudflare's edge",
        causes: &["a routing problem, or a wrong A or AAAA record", "an AWS route that takes 172.64.0.0/13 for its own"],
        checks: &["mtr from the origin to Cloudflare; DNS records; routes of the VPC"],
        neighbours: &[
            (522, "there is a route, and no answer"),
            (530, "the origin's name could not be resolved"),
        ],
        logs: &[("Cloudflare", "OriginResponseStatus 0; the origin's own log has no line")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
    Entry {
        code: 524, name: "A Timeout Occurred", origin: "Cloudflare",
        owners: &[OriginCapacity, OriginApp],
        meaning: "Connected, but no answer within the read timeout (120 s; 100 s in older documents).",
        sender: "Cloudflare's edge",
        causes: &["a long query or report", "the origin is saturated"],
        checks: &[
            "do they end at 100 s, 120 s, or 30 s (write)? Queue the work and let the client ask for it",
            "a host without the proxy for long requests; Enterprise: proxy_read_timeout up to 6000 s",
        ],
        neighbours: &[
            (522, "not even connected"),
            (504, "what other proxies say; from Cloudflare it comes from the origin"),
        ],
        logs: &[("Cloudflare", "OriginResponseStatus 0; at the origin 499 about that time, or the answer afterwards")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
    Entry {
        code: 525, name: "SSL Handshake Failed", origin: "Cloudflare",
        owners: &[Config],
        meaning: "The TLS handshake with the origin failed (SSL mode Full or Strict).",
        sender: "Cloudflare's edge",
        causes: &["no certificate, port 443 closed, no SNI, or no cipher in common"],
        checks: &["openssl s_client -servername HOST -connect ORIGIN:443; the origin's TLS errors"],
        neighbours: &[(526, "the handshake works, the certificate is not valid")],
        logs: &[("Cloudflare", "OriginResponseStatus 0")],
        messages: &[("nginx", "SSL_do_handshake() failed", "on the origin")],
        sources: &[DOCUMENTS],
    },
    Entry {
        code: 526, name: "Invalid SSL Certificate", origin: "Cloudflare",
        owners: &[Config],
        meaning: "The origin's certificate is not valid (SSL mode Strict).",
        sender: "Cloudflare's edge; the router of Cloud Foundry too",
        causes: &["expired, revoked, self-signed, or of another name"],
        checks: &["dates, names and chain; all at once from the second at which it expired"],
        neighbours: &[(525, "the handshake itself failed")],
        logs: &[("Cloudflare", "OriginResponseStatus 0")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
    Entry {
        code: 527, name: "Railgun Error", origin: "Cloudflare",
        owners: &[Config],
        meaning: "The connection to a Railgun listener broke. Railgun is retired.",
        sender: "Cloudflare's edge, in old logs",
        causes: &["Railgun"],
        checks: &["only in old logs"],
        sources: &["the lists of Wikipedia and GoAccess"],
        ..BLANK
    },
    Entry {
        code: 530, name: "Origin DNS Error", origin: "Cloudflare",
        owners: &[Config, Network],
        meaning: "The edge could not resolve the origin, or met another 1xxx error; the body has its number.",
        sender: "Cloudflare's edge",
        causes: &["1016: the origin's record is missing", "1033: no tunnel is connected", "another error of 1xxx"],
        checks: &["the number in the body; the origin's record; cloudflared"],
        neighbours: &[(523, "the name is resolved, and there is no route")],
        logs: &[("Cloudflare", "OriginResponseStatus 0; the number is in the page that the client sees")],
        sources: &[DOCUMENTS],
        ..BLANK
    },
];
