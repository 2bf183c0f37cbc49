//! Codes of load balancers, hosters, frameworks and sites. Of one code the usual owner first.

use super::{BLANK, Entry, Owner::*};

const LISTS: &[&str] = &["the lists of Wikipedia and GoAccess"];
const ALB: &[&str] = &["AWS: troubleshoot your Application Load Balancers"];
const EDGIO: &[&str] = &["docs.edg.io, response codes; the service ended in January 2025"];

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 218, name: "This Is Fine", origin: "Apache",
        owners: &[Config],
        meaning: "A habit: a code that lets an error page pass ProxyErrorOverride.",
        sender: "a backend behind Apache",
        causes: &["ProxyErrorOverride On"],
        checks: &["an error is hidden in a 2xx: Apache's ProxyErrorOverride"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 419, name: "Page Expired", origin: "Laravel",
        owners: &[Config, Client],
        meaning: "The CSRF token is missing or has expired.",
        sender: "a Laravel application",
        causes: &[
            "the session expired, or its store was emptied",
            "the cookie's domain or SameSite was changed",
            "nodes that do not share sessions",
            "a cached page with an old token",
        ],
        checks: &["on POST after a deploy: APP_KEY, the session driver, forms that a cache holds"],
        neighbours: &[(401, "not logged in"), (403, "other frameworks' word for a bad CSRF token")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 420, name: "Enhance Your Calm", origin: "Twitter",
        owners: &[Client],
        meaning: "Rate limited, in the first version of the API.",
        sender: "Twitter's old API",
        causes: &["too many calls"],
        checks: &["as 429"],
        neighbours: &[(429, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 420, name: "Method Failure", origin: "Spring",
        owners: &[OriginApp],
        meaning: "A method failed. Deprecated.",
        sender: "an old Spring application",
        causes: &["an exception"],
        checks: &["the application's log"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 430, name: "Security Rejection", origin: "Shopify",
        owners: &[Client],
        meaning: "Too many URLs in too short a time, or refused for security.",
        sender: "Shopify",
        causes: &["a bot or crawler"],
        checks: &["how fast it asks"],
        neighbours: &[(429, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 440, name: "Login Time-out", origin: "IIS",
        owners: &[Client, Config],
        meaning: "The session has expired; log in again.",
        sender: "Exchange (Outlook on the web), ADFS",
        causes: &["an idle session, a lost cookie"],
        checks: &["how long sessions live"],
        neighbours: &[(401, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 449, name: "Retry With", origin: "IIS",
        owners: &[Client],
        meaning: "The client is to ask again with more information.",
        sender: "Exchange ActiveSync, before a device is set up",
        causes: &["a device that has no policy yet"],
        checks: &["the device policy"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 450, name: "Blocked by Parental Controls", origin: "Microsoft",
        owners: &[Client],
        meaning: "Windows blocked it on the client's side.",
        sender: "Windows",
        causes: &["parental controls"],
        checks: &["nothing at the server"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 456, name: "Unrecoverable Error", origin: "WebDAV",
        owners: &[Client],
        meaning: "It cannot be recovered.",
        sender: "a WebDAV server after an old draft",
        sources: &["HAProxy src/http.c, table of reasons"],
        ..BLANK
    },
    Entry {
        code: 460, name: "Client Closed Connection", origin: "AWS ALB",
        owners: &[Client, OriginCapacity],
        meaning: "The client closed the connection before the load balancer could answer.",
        sender: "AWS ALB",
        causes: &["a slow target", "a client timeout that is shorter than the idle timeout"],
        checks: &["target_processing_time; the client's timeout against the idle timeout (60 s)"],
        neighbours: &[
            (499, "nginx's word for it"),
            (504, "the client waited until the load balancer gave up"),
        ],
        logs: &[("AWS ALB", "elb_status_code 460, target_status_code '-'")],
        sources: ALB,
        ..BLANK
    },
    Entry {
        code: 463, name: "Too Many Forwarded Addresses", origin: "AWS ALB",
        owners: &[Config, Client],
        meaning: "X-Forwarded-For carries more than 30 addresses.",
        sender: "AWS ALB",
        causes: &["proxies that ask each other in a circle, or a very long chain", "a forged header"],
        checks: &["a loop between load balancer and proxy; remove X-Forwarded-For at the edge"],
        sources: ALB,
        ..BLANK
    },
    Entry {
        code: 464, name: "Incompatible Protocol Version", origin: "AWS ALB",
        owners: &[Config],
        meaning: "The client's protocol does not fit that of the target group.",
        sender: "AWS ALB",
        causes: &["HTTP/1.1 to a target group of gRPC or HTTP/2, or the other way round"],
        checks: &["protocol version of the target group; the client's ALPN"],
        sources: ALB,
        ..BLANK
    },
    Entry {
        code: 498, name: "Invalid Token", origin: "Esri",
        owners: &[Client],
        meaning: "The token is not valid or has expired. nginx keeps the number for an invalid host, and never sends it.",
        sender: "ArcGIS Server",
        causes: &["an expired token"],
        checks: &["how long tokens live"],
        neighbours: &[(401, "the standard's code for it"), (499, "there is no token")],
        sources: &["the lists of Wikipedia and GoAccess", "nginx src/http/ngx_http_request.h"],
        ..BLANK
    },
    Entry {
        code: 499, name: "Token Required", origin: "Esri",
        owners: &[Client],
        meaning: "There is no token.",
        sender: "ArcGIS Server",
        causes: &["a request without a token"],
        checks: &["how the client logs in"],
        neighbours: &[(498, "there is one, and it is not valid")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 509, name: "Bandwidth Limit Exceeded", origin: "cPanel",
        owners: &[OriginCapacity],
        meaning: "The traffic of the hosting plan is used up.",
        sender: "Apache at a hoster with cPanel",
        causes: &["the plan's quota"],
        checks: &["the plan; other sites that link to your images"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 529, name: "Site Is Overloaded", origin: "Qualys",
        owners: &[OriginCapacity],
        meaning: "The site is overloaded. The Anthropic API sends it too.",
        sender: "SSL Labs, the Anthropic API",
        causes: &["overload"],
        checks: &["wait, longer each time"],
        neighbours: &[(503, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 530, name: "Internal Edge Error", origin: "Edgio",
        owners: &[Edge],
        meaning: "The edge itself failed.",
        sender: "Edgio, in old logs",
        causes: &["an error of the edge"],
        checks: &["only in old logs"],
        sources: EDGIO,
        ..BLANK
    },
    Entry {
        code: 530, name: "Site Is Frozen", origin: "Pantheon",
        owners: &[Config],
        meaning: "The site was frozen because nobody used it.",
        sender: "Pantheon",
        causes: &["a long time without a visit"],
        checks: &["wake the site in the dashboard"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 531, name: "Project Upstream Connection Error", origin: "Edgio",
        owners: &[Network],
        meaning: "The edge could not connect to the upstream.",
        sender: "Edgio, in old logs",
        causes: &["the upstream is down or out of reach"],
        checks: &["can the origin be reached?"],
        sources: EDGIO,
        ..BLANK
    },
    Entry {
        code: 532, name: "Project Response Too Large", origin: "Edgio",
        owners: &[OriginApp],
        meaning: "The response of the edge's code is over 6 MB.",
        sender: "Edgio, in old logs",
        causes: &["a response over 6 MB"],
        checks: &["the size of the response"],
        sources: EDGIO,
        ..BLANK
    },
    Entry {
        code: 533, name: "Project Upstream TLS Error", origin: "Edgio",
        owners: &[Config],
        meaning: "TLS with the origin failed.",
        sender: "Edgio, in old logs",
        causes: &["the origin's certificate or TLS settings"],
        checks: &["the origin's certificate"],
        sources: EDGIO,
        ..BLANK
    },
    Entry {
        code: 536, name: "Project HTTP Response Timeout", origin: "Edgio",
        owners: &[OriginCapacity],
        meaning: "The upstream did not answer in 60 s.",
        sender: "Edgio, in old logs",
        causes: &["a slow upstream"],
        checks: &["the upstream's latency"],
        sources: EDGIO,
        ..BLANK
    },
    Entry {
        code: 539, name: "Project Timeout", origin: "Edgio",
        owners: &[OriginApp],
        meaning: "The edge's code did not answer in time.",
        sender: "Edgio, in old logs",
        causes: &["slow code at the edge"],
        checks: &["what the code waits for"],
        sources: EDGIO,
        ..BLANK
    },
    Entry {
        code: 540, name: "Temporarily Disabled", origin: "Shopify",
        owners: &[Edge],
        meaning: "The endpoint is turned off for now.",
        sender: "Shopify",
        causes: &["Shopify turned it off"],
        checks: &["wait"],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 561, name: "Unauthorized (IdP Error)", origin: "AWS ALB",
        owners: &[Config],
        meaning: "The identity provider returned an error when the load balancer logged a user in.",
        sender: "AWS ALB with an authenticate rule",
        causes: &["client id, secret or endpoints of OIDC are wrong", "the identity provider is down"],
        checks: &["the listener rule's settings; the identity provider's state"],
        neighbours: &[(401, "the load balancer or the target refused the user")],
        logs: &[("AWS ALB", "elb_status_code 561, target_status_code '-'")],
        sources: ALB,
        ..BLANK
    },
    Entry {
        code: 598, name: "Network Read Timeout", origin: "proxies",
        owners: &[Network],
        meaning: "A read timeout behind a proxy. No standard has it.",
        sender: "some proxies",
        causes: &["a slow upstream"],
        checks: &["the proxy's log"],
        neighbours: &[(504, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 599, name: "Network Connect Timeout", origin: "proxies",
        owners: &[Network, OriginCapacity],
        meaning: "A connect timeout behind a proxy, or made up by a client library. No standard has it.",
        sender: "some proxies; libraries such as Tornado's client for any failure without an answer",
        causes: &["overload, the network"],
        checks: &["who writes it: a proxy, or a client that got no answer"],
        neighbours: &[(504, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 783, name: "Unexpected Token", origin: "Shopify",
        owners: &[Client],
        meaning: "The JSON of the request has a syntax error.",
        sender: "Shopify",
        causes: &["bad JSON"],
        checks: &["the body that the client sends"],
        neighbours: &[(400, "the standard's code for it")],
        sources: LISTS,
        ..BLANK
    },
    Entry {
        code: 999, name: "Request Denied", origin: "LinkedIn",
        owners: &[Client],
        meaning: "Refused: the client is taken for a bot.",
        sender: "LinkedIn",
        causes: &["a scraper"],
        checks: &["nothing at this end"],
        neighbours: &[(403, "the standard's code for it"), (429, "asked too often")],
        sources: &["common knowledge; no document"],
        ..BLANK
    },
];
