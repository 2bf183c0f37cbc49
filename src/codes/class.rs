//! The classes of status codes, and who made a status.

/// A class of status codes.
#[derive(Debug)]
pub struct Class {
    /// `5xx`.
    pub name: &'static str,
    /// What it is called: `server errors`.
    pub title: &'static str,
    /// What it means, in sentences.
    pub meaning: &'static str,
    /// For each product, how its log tells whether the status came from the origin.
    pub hops: &'static [Hop],
}

/// How one product's log tells who made a status.
#[derive(Debug)]
pub struct Hop {
    /// The product.
    pub product: &'static str,
    /// What the line of a status looks like that the origin sent.
    pub passed: &'static str,
    /// What it looks like when the product itself made the status.
    pub made: &'static str,
}

const fn hop(product: &'static str, passed: &'static str, made: &'static str) -> Hop {
    Hop { product, passed, made }
}

#[rustfmt::skip]
static HOPS: &[Hop] = &[
    hop("nginx", "the last $upstream_status is the status", "$upstream_status is '-' or another"),
    hop("HAProxy", "the termination state is --, or its second letter is D", "any other state, or the server is <NOSRV>"),
    hop("Envoy", "the response flag is '-'", "there is a flag"),
    hop("IIS", "sub-status 0, and a backend answered", "a sub-status; or the line is in HTTPERR"),
    hop("AWS ALB", "target_status_code is elb_status_code", "target_status_code is '-'"),
    hop("CloudFront", "mostly, where the detailed result type is Error", "Origin...Error, InvalidRequest..., LimitExceeded and others"),
    hop("Cloudflare", "OriginResponseStatus is EdgeResponseStatus", "OriginResponseStatus is 0; 520 to 530"),
    hop("Google Cloud LB", "statusDetails is response_sent_by_backend", "it is anything else"),
    hop("Azure Front Door", "errorInfo is NoError", "it is anything else"),
    hop("Heroku", "at=info", "at=error and a code"),
];

/// Every class.
#[rustfmt::skip]
pub static CLASSES: &[Class] = &[
    Class {
        name: "1xx", title: "interim responses",
        meaning: "The request goes on; the real response follows. Only 101 is the last status of a line.",
        hops: &[],
    },
    Class {
        name: "2xx", title: "success",
        meaning: "The request was understood and done. A 200 can still hide a failure: a body that was cut off, or an \
            error page.",
        hops: &[],
    },
    Class {
        name: "3xx", title: "redirection",
        meaning: "Look elsewhere, or use what you have (304). 301 and 302 may turn a POST into a GET; 307 and 308 keep it.",
        hops: &[],
    },
    Class {
        name: "4xx", title: "client errors",
        meaning: "Something about the request is wrong, or is held to be. Many at once still are often the server's \
            side: a release that broke a contract, a limit, a rule. First find out who made the status.",
        hops: HOPS,
    },
    Class {
        name: "5xx", title: "server errors",
        meaning: "The request was fine, the server's side was not. First find out who made the status: the \
            application, or a proxy before it that could not get an answer. Which one of 502, 503 and 504 a fault becomes differs \
            from product to product.",
        hops: HOPS,
    },
];
