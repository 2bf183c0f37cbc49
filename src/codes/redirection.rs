//! 3xx: look elsewhere, or use what you have.

use super::{BLANK, Entry, Owner::*};

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 300, name: "Multiple Choices",
        owners: &[Config],
        meaning: "There are several representations; the client is to choose.",
        sender: "content negotiation",
        causes: &["Apache's MultiViews or mod_speling"],
        checks: &["Apache: mod_negotiation and mod_speling, if nobody wanted it"],
        sources: &["RFC 9110 15.4.1"],
        ..BLANK
    },
    Entry {
        code: 301, name: "Moved Permanently",
        owners: &[Config],
        meaning: "It has moved for good. Browsers keep the answer, and may turn a POST into a GET.",
        sender: "the proxy or web server by a rule; sometimes the application",
        causes: &[
            "another domain, http to https, or a slash at the end",
            "an old address after a move",
            "a loop: a rule to https behind a proxy that ends TLS and asks by http",
        ],
        checks: &[
            "the same client and path again and again is a loop: X-Forwarded-Proto, Cloudflare's Flexible SSL, \
             nginx $scheme instead of $http_x_forwarded_proto",
            "a POST that gets 301 arrives as GET: change the rule to 308",
            "browsers keep a wrong 301 after it is corrected",
        ],
        neighbours: &[
            (302, "for now: asked again the next time"),
            (303, "fetch another page with GET, on purpose"),
            (307, "for now, and the method and the body are kept"),
            (308, "for good, as 301, but the method and the body are kept"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-' when a rule of nginx made it"),
            ("HAProxy", "state LR: HAProxy answered itself"),
        ],
        sources: &["RFC 9110 15.4.2"],
        ..BLANK
    },
    Entry {
        code: 302, name: "Found",
        owners: &[Config],
        meaning: "It is elsewhere for now. Clients usually turn a POST into a GET.",
        sender: "the application, or the web server by a rule",
        causes: &[
            "a redirect to the login page, a maintenance page, a test of variants",
            "nginx error_page with an absolute URL: the error becomes a 302",
        ],
        checks: &[
            "many more 302 to the login page: sessions were lost (secret changed, cookie domain, session store down)",
            "a POST that gets 302: use 307 to keep it, 303 if a GET is meant",
        ],
        neighbours: &[
            (301, "for good: browsers and search engines keep it"),
            (303, "says outright that a GET follows"),
            (307, "for now, as 302, but the method and the body are kept"),
            (308, "for good, and the method and the body are kept"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-' when a rule of nginx made it; an upstream 5xx beside it is an error_page"),
            ("HAProxy", "state LR: HAProxy answered itself"),
        ],
        sources: &["RFC 9110 15.4.3"],
        ..BLANK
    },
    Entry {
        code: 303, name: "See Other",
        meaning: "Fetch another address with GET. Meant for the page after a form.",
        sender: "the application (Post/Redirect/Get)",
        neighbours: &[
            (302, "leaves it to the client whether the method changes"),
            (307, "keeps the method and the body"),
        ],
        sources: &["RFC 9110 15.4.4"],
        ..BLANK
    },
    Entry {
        code: 304, name: "Not Modified",
        meaning: "The client's copy is still good; there is no body. A sign that caching works.",
        sender: "the web server, a cache or the application",
        causes: &["the client sent If-None-Match or If-Modified-Since"],
        checks: &[
            "few 304 where there were many, and more 200 and bytes: the validators changed (ETag differs by node, \
             Apache FileETag with inodes), a deploy changed Cache-Control or all file times, or a purge of the CDN",
        ],
        neighbours: &[
            (200, "the client had no copy, or it was stale"),
            (412, "the condition was for a change, and it failed"),
        ],
        sources: &["RFC 9110 15.4.5"],
        ..BLANK
    },
    Entry {
        code: 305, name: "Use Proxy",
        owners: &[Config],
        meaning: "Deprecated: the client should have used a proxy. Clients ignore it.",
        sender: "an old or hostile server",
        checks: &["who sends it: it should not be met"],
        sources: &["RFC 9110 15.4.6"],
        ..BLANK
    },
    Entry {
        code: 306, name: "(Unused)",
        owners: &[OriginApp],
        meaning: "Reserved and no longer used.",
        sender: "nobody; a bug where it is met",
        checks: &["who sends it"],
        sources: &["RFC 9110 15.4.7"],
        ..BLANK
    },
    Entry {
        code: 307, name: "Temporary Redirect",
        owners: &[Config],
        meaning: "It is elsewhere for now; the method and the body stay as they are.",
        sender: "an API or a proxy by a rule; browsers also show HSTS as a 307 that no server sent",
        causes: &["an API that moves requests", "http to https for requests with a body"],
        checks: &["the same client and path again and again is a loop, as for 301"],
        neighbours: &[
            (301, "for good, and a POST may become a GET"),
            (302, "for now, and a POST usually becomes a GET"),
            (308, "for good, as 307 keeps the method and the body"),
        ],
        sources: &["RFC 9110 15.4.8"],
        ..BLANK
    },
    Entry {
        code: 308, name: "Permanent Redirect",
        owners: &[Config],
        meaning: "It has moved for good; the method and the body stay as they are.",
        sender: "a proxy by a rule; ingress-nginx sends it from http to https",
        causes: &["an API moved", "the ssl-redirect of ingress-nginx"],
        checks: &[
            "the same client and path again and again is a loop, as for 301 \
             (ingress-nginx: ssl-redirect, force-ssl-redirect, use-forwarded-headers)",
        ],
        neighbours: &[
            (301, "for good, but a POST may become a GET"),
            (302, "for now, and a POST usually becomes a GET"),
            (307, "for now, as 308 keeps the method and the body"),
        ],
        sources: &["RFC 9110 15.4.9"],
        ..BLANK
    },
];
