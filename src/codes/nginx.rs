//! Codes of nginx's own. It writes 494 to 497 as 400 unless `error_page` sends another code.

use super::{BLANK, Entry, Owner::*};

const SOURCE: &str = "nginx src/http/ngx_http_request.h";

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 444, name: "No Response", origin: "nginx",
        owners: &[Edge],
        meaning: "nginx closed the connection on purpose and sent nothing (`return 444`).",
        sender: "nginx, by a rule of its configuration",
        causes: &["a rule against a host, a bot or an address", "a default server that answers nobody"],
        checks: &[
            "do real clients match the rule? Look at user agents, hosts and referers",
            "how many there are is a measure of an attack, not of health",
        ],
        neighbours: &[
            (403, "refused, and the client is told so"),
            (499, "here the client closed the connection"),
        ],
        logs: &[("nginx", "no bytes sent, $upstream_status '-'")],
        sources: &[SOURCE, "nginx.org ngx_http_rewrite_module: return"],
        ..BLANK
    },
    Entry {
        code: 494, name: "Request Header Too Large", origin: "nginx",
        owners: &[Client, Config],
        meaning: "The headers are larger than large_client_header_buffers allows. Logged as 400.",
        sender: "nginx, before any upstream is asked",
        causes: &["cookies that grow", "a large token", "scanners"],
        checks: &["large_client_header_buffers, client_header_buffer_size, max_headers (1.29.8)", "size of the cookies"],
        neighbours: &[
            (400, "what the log and the client see"),
            (431, "the standard's code for it"),
        ],
        logs: &[("nginx", "400, $upstream_status '-'; the built-in page is 221 bytes plus the server token: \
                 226 for 'nginx'")],
        messages: &[("nginx", "client sent too long header line", "log level info")],
        sources: &[SOURCE, "nginx src/http/ngx_http_special_response.c"],
    },
    Entry {
        code: 495, name: "SSL Certificate Error", origin: "nginx",
        owners: &[Client, Config],
        meaning: "The client's certificate did not pass the check. Logged as 400.",
        sender: "nginx, with ssl_verify_client",
        causes: &["an expired certificate, or one of another authority", "OCSP or a revocation list"],
        checks: &["ssl_client_certificate, ssl_crl, ssl_verify_depth; $ssl_client_verify tells the reason"],
        neighbours: &[
            (400, "what the log and the client see"),
            (496, "there was no certificate"),
        ],
        logs: &[("nginx", "400; the built-in page is 203 bytes plus the server token: 208 for 'nginx'")],
        messages: &[("nginx", "client SSL certificate verify error", "log level info; the reason follows")],
        sources: &[SOURCE, "nginx.org ngx_http_ssl_module"],
    },
    Entry {
        code: 496, name: "SSL Certificate Required", origin: "nginx",
        owners: &[Client, Config],
        meaning: "A client certificate is needed and none came. Logged as 400.",
        sender: "nginx, with ssl_verify_client on",
        causes: &["a client without a certificate"],
        checks: &["ssl_verify_client"],
        neighbours: &[
            (400, "what the log and the client see"),
            (495, "there was one, and it is bad"),
        ],
        logs: &[("nginx", "400; the built-in page is 225 bytes plus the server token: 230 for 'nginx'")],
        messages: &[("nginx", "client sent no required SSL certificate", "log level info")],
        sources: &[SOURCE, "nginx.org ngx_http_ssl_module"],
    },
    Entry {
        code: 497, name: "HTTP Request Sent to HTTPS Port", origin: "nginx",
        owners: &[Config, Client],
        meaning: "Plain HTTP came to a TLS port. Logged as 400.",
        sender: "nginx, on a port with ssl",
        causes: &[
            "a client, a health check or a proxy_pass with the wrong scheme",
            "a load balancer ends TLS and forwards to port 443",
        ],
        checks: &["the target port of the load balancer", "error_page 497 301 =307 with the address in https"],
        neighbours: &[(400, "what the log and the client see")],
        logs: &[("nginx", "400, $scheme http; the built-in page is 243 bytes plus the server token: \
                 248 for 'nginx'")],
        messages: &[("nginx", "client sent plain HTTP request to HTTPS port", "log level info")],
        sources: &[SOURCE, "nginx.org ngx_http_ssl_module"],
    },
    Entry {
        code: 499, name: "Client Closed Request", origin: "nginx",
        owners: &[OriginCapacity, Client],
        meaning: "The client left before the answer began. It is only in the log: nobody received it.",
        sender: "nginx; Cloudflare, Caddy, Traefik, Azure Application Gateway and Heroku write it too",
        causes: &[
            "a slow backend and people who do not wait",
            "a client, CDN or load balancer in front with a shorter timeout than this server",
            "people who go to another page, search fields that cancel, health checkers that close early",
        ],
        checks: &[
            "do they end at one time? Then it is a timeout in front of this server; else people who leave",
            "which route or upstream was slow before they began",
            "are POSTs sent again after it? They may be done twice",
        ],
        neighbours: &[
            (408, "the client was there, and too slow to send"),
            (444, "here nginx closed the connection"),
            (460, "AWS ALB's word for it"),
            (504, "the client waited until the proxy gave up"),
        ],
        logs: &[
            ("nginx", "no bytes sent, $upstream_status '-' with an address; only for proxied requests that no cache stores"),
            ("HAProxy", "none: the later 504 or answer is logged; with abortonclose 400 and state CH"),
            ("Apache httpd", "none: the later status is logged; %X is X"),
            ("AWS ALB", "460"),
            ("Envoy", "0 with flag DC"),
            ("CloudFront", "000"),
            ("Heroku", "code H27 (left) or H28 (idle)"),
            ("IIS", "sub-status 400.604 with ARR"),
        ],
        messages: &[
            ("nginx", "client prematurely closed connection, so", "log level info; goes on with 'upstream connection is closed too'"),
        ],
        sources: &[SOURCE, "nginx src/http/ngx_http_upstream.c"],
    },
];
