//! 5xx of the standards: the request was fine, the server's side was not.

use super::{BLANK, Entry, Owner::*};

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 500, name: "Internal Server Error",
        owners: &[OriginApp],
        meaning: "The server met something that it was not prepared for.",
        sender: "nearly always the application; a web server only for faults of its own configuration",
        causes: &[
            "an exception that nobody handled",
            "a bad deploy",
            "a database, cache or service that the application needs is down",
            "file rights, .htaccess or another setting",
            "nginx: a rewrite that goes in circles, too many open files",
        ],
        checks: &[
            "the application's log at the time of the first one: it holds the cause",
            "all at once from one moment: a deploy or a setting; one path: a bug; one upstream: a bad node",
            "fast ones (a few ms) fail early: settings, imports, a refused database; slow ones wait for something",
        ],
        neighbours: &[
            (502, "the application gave the proxy no valid answer at all"),
            (503, "the server says itself that it cannot at the moment"),
            (504, "the application gave no answer in time"),
            (400, "the input is wrong: an application that answers 500 to bad input has a bug"),
        ],
        logs: &[
            ("nginx", "$upstream_status 500: the application; '-': nginx itself, see its error log"),
            ("HAProxy", "state --: the server sent it; PR or PT: a rule; I: an error of HAProxy"),
            ("Apache httpd", "mod_proxy says 500 for a response header that it cannot read"),
            ("Envoy", "flag '-': the upstream sent it; RLSE: the rate limit service failed"),
            ("IIS", "500.19 is a bad web.config, 500.11 and 500.12 a restart, 500.13 too busy"),
            ("AWS ALB", "target_status_code 500: the target sent it"),
            ("Cloudflare", "error 1101: a Worker threw"),
        ],
        messages: &[
            ("nginx", "rewrite or internal redirection cycle", "a rewrite or try_files in circles"),
            ("nginx", "(24: Too many open files)", "worker_rlimit_nofile is too low"),
            ("nginx", "worker_connections are not enough", "more connections than it may hold"),
            ("nginx", "auth request unexpected status", "the service behind auth_request failed"),
            ("Apache httpd", "AH00124", "more than 10 internal redirects"),
            ("Apache httpd", "End of script output before headers", "a CGI script died"),
        ],
        sources: &["RFC 9110 15.6.1"],
        ..BLANK
    },
    Entry {
        code: 501, name: "Not Implemented",
        owners: &[Client, Config],
        meaning: "The server knows the method or the feature for no resource at all.",
        sender: "the web server or proxy",
        causes: &["scanners with odd methods", "ALB: a Transfer-Encoding that it does not know"],
        checks: &["which methods"],
        neighbours: &[(405, "known, but not for this resource")],
        sources: &["RFC 9110 15.6.2"],
        ..BLANK
    },
    Entry {
        code: 502, name: "Bad Gateway",
        owners: &[OriginApp, Config, Network],
        meaning: "The proxy got no valid answer from the server behind it; with most proxies also: no connection.",
        sender: "a proxy, load balancer or CDN; hardly ever the application itself",
        causes: &[
            "the backend is down, or nothing listens on its port",
            "it closed or reset the connection: a crash, out of memory, a worker's restart",
            "it closes idle connections before the proxy does, so that a request meets a closed one",
            "its response header is malformed or too large",
            "it speaks another protocol: TLS or HTTP/2 where plain HTTP is expected",
            "all backends are marked as failed",
            "the backend's name cannot be resolved",
        ],
        checks: &[
            "the proxy's error log names which of these it is: see below",
            "does the backend run, and does it listen where the proxy asks?",
            "a healthy backend: idle timeouts (the backend's must be longer), header size (nginx \
             proxy_buffer_size), protocol, DNS",
        ],
        neighbours: &[
            (500, "the application answered, and said that it failed"),
            (503, "no backend, or too busy; HAProxy, Apache, Envoy and Varnish also for a refused connection"),
            (504, "connected, but no answer in time; Apache says 502 for that too"),
            (520, "Cloudflare's word for an answer that makes no sense"),
            (521, "Cloudflare's word for a refused connection"),
        ],
        logs: &[
            ("nginx", "$upstream_connect_time '-': refused; set, and $upstream_header_time '-': closed or invalid \
             answer; $upstream_addr is a group's name: all backends failed; '-': name not resolved; \
             in a log without these fields a body of 150 bytes (157 with 'nginx/1.22.1') is nginx's own"),
            ("Apache httpd", "also a read timeout, then it takes as long as ProxyTimeout; a refused connection is 503"),
            ("HAProxy", "state SH: the server closed; PH: its answer was invalid; refused is 503 SC"),
            ("Envoy", "flag UPE: invalid answer; refused (UF) and closed (UC) are 503"),
            ("Traefik", "refused or closed; logged with the router's service"),
            ("Caddy", "refused or closed; the error is in the same JSON line"),
            ("AWS ALB", "target_status_code '-': refused, reset or closed; a malformed header"),
            ("CloudFront", "OriginConnectError, OriginDnsError, OriginHeaderTooBigError and others"),
            ("Google Cloud LB", "statusDetails failed_to_connect_to_backend and others"),
            ("IIS", "502.3: ARR could not forward; win32 status 12002 timeout, 12029 refused, 12030 closed"),
            ("Heroku", "code H25: the response is too large in some part"),
        ],
        messages: &[
            ("nginx", "connect() failed (111", "refused: nothing listens there"),
            ("nginx", "upstream prematurely closed connection", "it closed before it answered"),
            ("nginx", "recv() failed (104", "it reset the connection"),
            ("nginx", "no live upstreams", "all backends are marked as failed"),
            ("nginx", "upstream sent too big header", "raise proxy_buffer_size or fastcgi_buffer_size"),
            ("nginx", "upstream sent invalid header", "a malformed response header"),
            ("nginx", "upstream sent no valid HTTP/1.0 header", "another protocol"),
            ("nginx", "could not be resolved", "DNS of the backend"),
            ("Apache httpd", "AH01102", "no status line from the backend: closed or timed out"),
            ("Apache httpd", "AH00898", "no answer could be read: closed or timed out"),
        ],
        sources: &["RFC 9110 15.6.3", "nginx, HAProxy and Apache measured with faults injected"],
        ..BLANK
    },
    Entry {
        code: 503, name: "Service Unavailable",
        owners: &[OriginCapacity, Config, Edge],
        meaning: "Not at the moment: overload, maintenance, or no backend. It should carry Retry-After.",
        sender: "a load balancer without a backend, a limiter, or the application itself",
        causes: &[
            "overload: a queue is full, a circuit breaker is open",
            "a deploy or restart",
            "no healthy backend, or none registered",
            "the backend refuses connections (Apache, HAProxy, Envoy, Varnish, Heroku)",
            "nginx limit_req or limit_conn, which answer 503 unless told otherwise",
        ],
        checks: &[
            "nginx at 0.000 s without an upstream: a limit, not overload",
            "short bursts at regular times, or on one instance: deploys (readiness, draining)",
            "rises with requests and latency: capacity",
            "are backends registered and healthy?",
        ],
        neighbours: &[
            (500, "an error, not a lack of capacity"),
            (502, "there is a backend, and its answer is invalid"),
            (504, "there is a backend, and it is too slow"),
            (429, "this one client asks too often"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-' and 0.000 s: limit_req or limit_conn; 503: the backend sent it"),
            ("Apache httpd", "the backend refused or did not accept in time; all workers busy"),
            ("HAProxy", "state SC refused, sC connect timeout, sQ queue timeout, <NOSRV> no server"),
            ("Envoy", "flag UH no healthy host, UF refused, UO circuit breaker, UC closed"),
            ("Varnish", "'Backend fetch failed'; varnishlog has FetchError with the reason"),
            ("Fastly", "the reason phrase tells: first byte timeout, Backend is unhealthy"),
            ("AWS ALB", "target_status_code '-': no target is registered"),
            ("IIS", "mostly not in the site's log but in HTTPERR: AppOffline, QueueFull"),
            ("Heroku", "code H10 to H23: the code tells which"),
            ("Google Cloud LB", "statusDetails failed_to_pick_backend: no healthy backend"),
        ],
        messages: &[
            ("nginx", "limiting requests, excess:", "limit_req; names the zone"),
            ("nginx", "limiting connections by zone", "limit_conn"),
            ("Apache httpd", "AH00957", "attempt to connect to the backend failed"),
            ("Apache httpd", "AH01114", "failed to make connection to backend"),
            ("Apache httpd", "AH00484", "server reached MaxRequestWorkers setting"),
            ("HAProxy", "has no server available", "every server of the backend is down"),
            ("HAProxy", "is DOWN, reason:", "a health check failed; the reason follows"),
        ],
        sources: &["RFC 9110 15.6.4", "nginx, HAProxy and Apache measured with faults injected"],
        ..BLANK
    },
    Entry {
        code: 504, name: "Gateway Timeout",
        owners: &[OriginCapacity, OriginApp, Network],
        meaning: "The server behind the proxy did not answer in time.",
        sender: "a proxy, load balancer or CDN",
        causes: &[
            "a slow query, a call to another service, a lock",
            "too few workers at the peak",
            "packets dropped by a firewall: then not even the connection comes about",
            "a timeout that is shorter than the work honestly takes",
        ],
        checks: &[
            "do they all end at one time? That is the timeout: nginx proxy_read_timeout 60 s, HAProxy timeout \
             server, ALB 60 s (connect 10 s), Azure Front Door 30 s",
            "no connection by that time: network or firewall; connected: the backend is slow",
            "which routes, and do they follow the load?",
            "make the work faster, or queue it, before the timeout is raised",
        ],
        neighbours: &[
            (500, "the application answered, and said that it failed"),
            (502, "an invalid answer or a closed connection; Apache's word for a read timeout"),
            (503, "no capacity or no backend; HAProxy's and Apache's word for a connect timeout"),
            (408, "the client was too slow, not the server"),
            (499, "the client did not wait for the 504"),
            (524, "Cloudflare's word for it"),
        ],
        logs: &[
            ("nginx", "$request_time at the timeout; $upstream_connect_time '-': connect timeout; set, and \
             $upstream_header_time '-': read timeout"),
            ("Apache httpd", "502 for a read timeout, 503 for a connect timeout"),
            ("HAProxy", "state sH at timeout server; a connect timeout is 503 sC after all retries"),
            ("Envoy", "flag UT at the route's timeout, 15 s unless set; UMSDR at max_stream_duration"),
            ("Traefik", "the time is the forwarding timeout"),
            ("AWS ALB", "target_status_code '-'; 10 s to connect, idle timeout 60 s"),
            ("CloudFront", "OriginCommError: the time is the origin's timeout"),
            ("Azure Front Door", "OriginTimeout; may also be logged as status 0"),
            ("Heroku", "503 with code H12 at 30 s instead"),
            ("Varnish", "503 'first byte timeout' instead"),
            ("Cloudflare", "a lookup for Early Hints that finds nothing is logged as 504: no client saw it"),
        ],
        messages: &[
            ("nginx", "while reading response header from upstream", "with 'upstream timed out (110': read timeout"),
            ("nginx", "while connecting to upstream", "with 'upstream timed out (110': connect timeout"),
            ("Apache httpd", "(70007)The timeout specified has expired", "beside a 502 or 503"),
        ],
        sources: &["RFC 9110 15.6.5", "nginx, HAProxy and Apache measured with faults injected"],
        ..BLANK
    },
    Entry {
        code: 505, name: "HTTP Version Not Supported",
        owners: &[Client],
        meaning: "The server does not speak this version of HTTP.",
        sender: "the web server",
        causes: &["scanners and broken clients"],
        checks: &["which clients"],
        sources: &["RFC 9110 15.6.6"],
        ..BLANK
    },
    Entry {
        code: 506, name: "Variant Also Negotiates",
        owners: &[Config],
        meaning: "Content negotiation goes in circles.",
        sender: "a web server with content negotiation",
        causes: &["a type map that names another type map"],
        checks: &["Apache: mod_negotiation's maps"],
        sources: &["RFC 2295 8.1"],
        ..BLANK
    },
    Entry {
        code: 507, name: "Insufficient Storage",
        owners: &[OriginCapacity],
        meaning: "There is no room to store it.",
        sender: "a WebDAV server or a store",
        causes: &["a full disk, a quota"],
        checks: &["disk and quota; nginx sends it only from its DAV module"],
        sources: &["RFC 4918 11.5"],
        ..BLANK
    },
    Entry {
        code: 508, name: "Loop Detected",
        owners: &[Config, OriginCapacity],
        meaning: "An endless loop (WebDAV); on CloudLinux hosting: a resource limit is reached.",
        sender: "a WebDAV server; CloudLinux hosters",
        causes: &["bindings in a circle", "a limit of the hosting plan (CPU, processes, memory)"],
        checks: &["hosting: the limits of the account (LVE)"],
        sources: &["RFC 5842 7.2"],
        ..BLANK
    },
    Entry {
        code: 510, name: "Not Extended",
        owners: &[Config],
        meaning: "Obsolete: the request needs an extension.",
        sender: "hardly anybody",
        checks: &["who sends it"],
        sources: &["RFC 2774 7"],
        ..BLANK
    },
    Entry {
        code: 511, name: "Network Authentication Required",
        owners: &[Network, Client],
        meaning: "The network wants a sign-in first, as in a hotel.",
        sender: "a captive portal; never an origin",
        causes: &["a public network", "a proxy that intercepts"],
        checks: &["in a server's log it comes from a proxy that the server asks through"],
        sources: &["RFC 6585 6"],
        ..BLANK
    },
];
