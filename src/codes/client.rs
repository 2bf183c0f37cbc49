//! 4xx of the standards: something about the request is wrong, or is held to be.

use super::{BLANK, Entry, Owner::*};

/// The table, by code.
#[rustfmt::skip]
pub(super) static CODES: &[Entry] = &[
    Entry {
        code: 400, name: "Bad Request",
        owners: &[Client, Config],
        meaning: "The server could not understand the request: its syntax, its framing, or (by habit) its content.",
        sender: "an API that checks its input; or the web server or proxy, before any application sees the request",
        causes: &[
            "malformed JSON or a missing field",
            "cookies or headers over the limit (nginx's 494 stands in the log as 400)",
            "plain HTTP sent to a TLS port (nginx's 497), or TLS sent to a plain port",
            "a client certificate that is missing or bad (nginx's 496 and 495)",
            "no Host header",
            "a client that left before it had sent everything",
            "scanners",
        ],
        checks: &[
            "who made it? With no upstream it was the proxy; with one it was the application",
            "from the proxy: the error log names the reason (nginx needs 'error_log ... info')",
            "size of cookies against large_client_header_buffers (nginx), tune.bufsize (HAProxy), \
             LimitRequestFieldSize (Apache), 64K in all (ALB)",
            "from an API right after a release: client and server no longer agree on the contract",
        ],
        neighbours: &[
            (422, "the syntax is right, the values are not"),
            (413, "the body is too large"),
            (431, "the headers are too large; nginx and HAProxy say 400 instead"),
            (404, "the request is fine, the thing is not there"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-'; request time above 0 and no bytes sent: the client left; a request that begins \
             with \\x16\\x03\\x01 is TLS on a plain port; 494 to 497 are told by the size of the body"),
            ("HAProxy", "state PR with <BADREQ>; CR when the client left"),
            ("Apache httpd", "the request is '-' when it could not be read"),
            ("Envoy", "flag DPE (framing) or IH (a header)"),
            ("IIS", "often not in the site's log but in HTTPERR: BadRequest, Hostname, RequestLength"),
            ("AWS ALB", "target_status_code '-'"),
            ("Heroku", "code H26"),
        ],
        messages: &[
            ("nginx", "client sent too long header line", "headers over large_client_header_buffers"),
            ("nginx", "client sent plain HTTP request to HTTPS port", "wrong scheme"),
            ("nginx", "client SSL certificate verify error", "a bad client certificate"),
            ("nginx", "client sent no required SSL certificate", "no client certificate"),
            ("nginx", "client sent invalid", "a broken request line, host or header"),
            ("nginx", "client prematurely closed connection", "it left before it had sent everything"),
        ],
        sources: &["RFC 9110 15.5.1"],
        ..BLANK
    },
    Entry {
        code: 401, name: "Unauthorized",
        owners: &[Client, Config],
        meaning: "Who are you? There are no valid credentials. It must carry WWW-Authenticate.",
        sender: "the application, or a proxy that checks who asks",
        causes: &[
            "a token that is missing or has expired",
            "a key or secret was changed",
            "clocks differ, so that tokens seem expired or not yet valid",
            "someone tries passwords",
            "a proxy takes the Authorization header away",
        ],
        checks: &[
            "many clients from one moment on: a changed key, an identity provider that is down, a clock",
            "few clients, many attempts: someone tries passwords; limit the rate",
            "is the header passed on? nginx: proxy_set_header Authorization, auth_request; Apache: CGIPassAuth",
        ],
        neighbours: &[
            (403, "I know who you are, and you may not; logging in again does not help"),
            (404, "may hide a 403, so that nobody learns that it exists"),
            (407, "the same question, asked by a forward proxy"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-' when auth_basic, auth_request or auth_jwt made it"),
            ("IIS", "sub-status 401.1 logon failed, 401.2 server settings, 401.3 file rights; one 401 at the start \
             of each NTLM handshake is normal"),
            ("AWS ALB", "561 instead, when the identity provider fails"),
        ],
        messages: &[
            ("nginx", "password mismatch", "auth_basic, a wrong password"),
            ("nginx", "was not found in", "auth_basic, an unknown user"),
            ("Apache httpd", "AH01617", "a wrong password"),
            ("Apache httpd", "AH01618", "an unknown user"),
        ],
        sources: &["RFC 9110 15.5.2"],
        ..BLANK
    },
    Entry {
        code: 402, name: "Payment Required",
        owners: &[Client],
        meaning: "Reserved; used when a quota or a bill stands in the way.",
        sender: "an API with plans; Shopify for shops that are frozen",
        causes: &["the plan or quota is used up"],
        checks: &["the plan of the API key"],
        sources: &["RFC 9110 15.5.3"],
        ..BLANK
    },
    Entry {
        code: 403, name: "Forbidden",
        owners: &[Config, Edge, Client],
        meaning: "Understood and refused. It need not be about credentials, and asking again does not help.",
        sender: "the application by its rights, the web server by rules or file rights, or a firewall at the edge",
        causes: &[
            "a right, role or access rule was changed",
            "a firewall or bot rule",
            "file rights, or a folder without an index file",
            "a rule on address, country or referer",
            "a signed URL that has expired",
        ],
        checks: &[
            "edge or origin? With no upstream the proxy made it",
            "many clients on one path after a change: a rule or right is wrong",
            "few clients on many paths: a block that works",
        ],
        neighbours: &[
            (401, "not logged in: credentials would help"),
            (404, "not there, or its existence is kept secret"),
            (429, "allowed, but not so often"),
            (451, "refused by law"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-': allow and deny, autoindex off without an index, secure_link, a firewall module"),
            ("HAProxy", "state PR: a deny rule"),
            ("Envoy", "flag UAEX: external authorization said no"),
            ("IIS", "sub-status 403.4 to 403.504 tells why"),
            ("AWS ALB", "target_status_code '-' and 'waf' in actions_executed"),
            ("CloudFront", "ClientGeoBlocked, InvalidRequestBlocked"),
            ("Cloudflare", "errors 1003 to 1020 arrive as 403; the body has the number"),
            ("Google Cloud LB", "statusDetails denied_by_security_policy"),
        ],
        messages: &[
            ("nginx", "access forbidden by rule", "allow and deny"),
            ("nginx", "directory index of", "a folder without an index file"),
            ("nginx", "(13: Permission denied)", "file rights"),
            ("Apache httpd", "AH01630", "client denied by server configuration: Require"),
            ("Apache httpd", "AH01276", "a folder without an index file"),
        ],
        sources: &["RFC 9110 15.5.4"],
        ..BLANK
    },
    Entry {
        code: 404, name: "Not Found",
        owners: &[Client, Config, OriginApp],
        meaning: "There is no such thing, or its existence is kept secret.",
        sender: "the application or the web server; a proxy that finds no route or host for the request",
        causes: &[
            "a broken link, or a page that moved without a redirect",
            "scanners and bots",
            "files of an earlier release (names with a hash)",
            "a route or rewrite rule that was broken by a change",
            "a host that no virtual server or ingress knows",
        ],
        checks: &[
            "few clients, many paths: a scanner",
            "many clients, one path: a broken link; the referer tells where it stands",
            "files with a hash in their name: pages and files were not deployed in the right order",
            "a whole prefix at once: routing (nginx root, alias, try_files, order of locations)",
            "a CDN may keep a 404 after the file is there",
        ],
        neighbours: &[
            (403, "it is there, and you may not"),
            (405, "it is there, but not for this method"),
            (410, "it was there and is gone for good"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-' when no file or route matched"),
            ("Envoy", "flag NR: no route"),
            ("Traefik", "no router matched: no service in the line"),
            ("IIS", "404.13 is a body too large, 404.15 a long query, 404.5 to .8 a filter, 404.3 a MIME type"),
        ],
        messages: &[
            ("nginx", "(2: No such file or directory)", "the file of that name"),
            ("Apache httpd", "AH00128", "File does not exist (log level info)"),
        ],
        sources: &["RFC 9110 15.5.5"],
        ..BLANK
    },
    Entry {
        code: 405, name: "Method Not Allowed",
        owners: &[Client, Config],
        meaning: "It exists, but not for this method. Allow lists those it takes.",
        sender: "the application or its framework; nginx for a POST to a file",
        causes: &[
            "the client uses the wrong method",
            "a POST that reached files instead of the application",
            "a GET that was a POST before a 301 or 302",
            "a CORS preflight (OPTIONS) that nobody answers",
        ],
        checks: &[
            "a 301 or 302 of the same client just before: the redirect lost the method",
            "nginx answers 405 for a POST to a file: routing fell through",
        ],
        neighbours: &[
            (404, "it does not exist at all"),
            (501, "no resource here knows the method"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-' when a POST met a file"),
            ("CloudFront", "InvalidRequestMethod: the behaviour does not allow it"),
            ("IIS", "sub-status 405.0"),
        ],
        sources: &["RFC 9110 15.5.6"],
        ..BLANK
    },
    Entry {
        code: 406, name: "Not Acceptable",
        owners: &[Client, Edge],
        meaning: "Nothing that the client accepts can be sent.",
        sender: "an API by the Accept header; ModSecurity at some hosters",
        causes: &["the client's Accept header", "a firewall rule of the hoster"],
        checks: &["Accept of the clients that fail", "the firewall's log"],
        neighbours: &[(415, "the other way round: what the client sent is not taken")],
        sources: &["RFC 9110 15.5.7"],
        ..BLANK
    },
    Entry {
        code: 407, name: "Proxy Authentication Required",
        owners: &[Client, Network],
        meaning: "A forward proxy wants credentials.",
        sender: "a forward proxy of a company",
        causes: &["the proxy's password", "someone looks for an open proxy"],
        checks: &["on a reverse proxy: CONNECT, or a whole URL in the request, is someone looking for an open proxy"],
        neighbours: &[(401, "asked by the server itself")],
        sources: &["RFC 9110 15.5.8"],
        ..BLANK
    },
    Entry {
        code: 408, name: "Request Timeout",
        owners: &[Client, Network],
        meaning: "The request did not arrive whole in time.",
        sender: "the web server or proxy, while it reads the request",
        causes: &[
            "a slow or lost client, often on a mobile network",
            "an upload that stalled",
            "a connection that a browser opened ahead and did not use",
            "an attack that keeps connections open (slowloris)",
        ],
        checks: &[
            "do they end at one time? nginx client_header_timeout and client_body_timeout (60 s), HAProxy \
             timeout http-request, Apache RequestReadTimeout",
            "many connections of few addresses: slowloris; limit connections per address",
        ],
        neighbours: &[
            (504, "the upstream was too slow, not the client"),
            (499, "the client left of its own accord"),
        ],
        logs: &[
            ("nginx", "no bytes sent, $upstream_status '-'; a connection that sends nothing leaves no line"),
            ("HAProxy", "state cR (headers) or cH (body); 'option http-ignore-probes' hides unused connections"),
            ("Envoy", "flag SI: the stream was idle"),
            ("Heroku", "499 with code H28 instead"),
            ("IIS", "in HTTPERR: Timer_HeaderWait, Timer_EntityBody"),
        ],
        messages: &[
            ("nginx", "client timed out (110: Connection timed out)", "log level info"),
            ("Apache httpd", "AH01382", "Request header read timeout, or body: RequestReadTimeout"),
        ],
        sources: &["RFC 9110 15.5.9"],
        ..BLANK
    },
    Entry {
        code: 409, name: "Conflict",
        owners: &[Client, OriginApp],
        meaning: "The request does not fit the present state: a duplicate, or an edit of an old version.",
        sender: "the application",
        causes: &["two edits at once", "a thing made twice", "a POST that was sent again after a timeout"],
        checks: &["right after 499 or 504 of the same POST: blind retries; use idempotency keys"],
        neighbours: &[
            (412, "the client named the version itself (If-Match)"),
            (422, "wrong whatever the state is"),
            (423, "a lock holds it"),
        ],
        logs: &[("Cloudflare", "errors 1000 to 1002 (DNS) may arrive as 409")],
        sources: &["RFC 9110 15.5.10"],
        ..BLANK
    },
    Entry {
        code: 410, name: "Gone",
        owners: &[Config, Client],
        meaning: "It was there, and is gone for good, on purpose.",
        sender: "the application or a rule",
        causes: &["a retired API version or page"],
        checks: &["who still asks: user agent and referer"],
        neighbours: &[(404, "does not say whether it ever was, or will be")],
        sources: &["RFC 9110 15.5.11"],
        ..BLANK
    },
    Entry {
        code: 411, name: "Length Required",
        owners: &[Client],
        meaning: "The body must come with a Content-Length.",
        sender: "a server that takes no chunked uploads",
        causes: &["the client sends its body in chunks"],
        checks: &["the client's version; a proxy between that changes the framing"],
        sources: &["RFC 9110 15.5.12"],
        ..BLANK
    },
    Entry {
        code: 412, name: "Precondition Failed",
        owners: &[Client, OriginApp],
        meaning: "The condition of the request (If-Match, If-Unmodified-Since) does not hold.",
        sender: "the application or the web server",
        causes: &["someone else edited it: the protection works", "ETags that differ from node to node"],
        checks: &["is the ETag the same on all nodes?"],
        neighbours: &[
            (304, "the condition was for reading"),
            (409, "a conflict without a condition of the client"),
            (428, "the condition is missing"),
        ],
        sources: &["RFC 9110 15.5.13"],
        ..BLANK
    },
    Entry {
        code: 413, name: "Content Too Large",
        owners: &[Config, Client],
        meaning: "The body is larger than this server takes.",
        sender: "the proxy, web server, firewall or framework whose limit is the smallest",
        causes: &["an upload over the limit"],
        checks: &[
            "nginx client_max_body_size (1m if not set), in Kubernetes the ingress annotation proxy-body-size",
            "Apache LimitRequestBody; PHP post_max_size and upload_max_filesize; limits of the framework",
            "ALB to Lambda 1 MB; the firewall of Azure Application Gateway 128 KB",
        ],
        neighbours: &[
            (400, "HAProxy has no limit on bodies: headers over tune.bufsize are 400"),
            (414, "the address is too long"),
            (431, "the headers are too large"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-', request time about 0"),
            ("IIS", "404.13 (maxAllowedContentLength), not 413"),
            ("Google Cloud LB", "statusDetails headers_too_long: there 413 is of headers"),
        ],
        messages: &[
            ("nginx", "client intended to send too large body", "names the size"),
        ],
        sources: &["RFC 9110 15.5.14"],
        ..BLANK
    },
    Entry {
        code: 414, name: "URI Too Long",
        owners: &[Client, Config],
        meaning: "The address with its query is too long.",
        sender: "the web server or proxy",
        causes: &["a form that is sent with GET", "a redirect loop that adds parameters", "scanners"],
        checks: &[
            "a query that grows with each request is a loop",
            "nginx large_client_header_buffers (the line must fit into one, 8k); Apache LimitRequestLine",
        ],
        neighbours: &[
            (400, "HAProxy says 400 instead"),
            (431, "the headers, not the address"),
        ],
        logs: &[("nginx", "the address in the line is cut off")],
        messages: &[("nginx", "client sent too long URI", "over large_client_header_buffers")],
        sources: &["RFC 9110 15.5.15"],
        ..BLANK
    },
    Entry {
        code: 415, name: "Unsupported Media Type",
        owners: &[Client],
        meaning: "The body has a type or an encoding that is not taken.",
        sender: "the application or its framework",
        causes: &["a wrong Content-Type", "a client that was upgraded"],
        checks: &["the client's version (user agent) against the API's contract"],
        neighbours: &[(406, "the other way round: what the client accepts cannot be sent")],
        sources: &["RFC 9110 15.5.16"],
        ..BLANK
    },
    Entry {
        code: 416, name: "Range Not Satisfiable",
        owners: &[Client, OriginApp],
        meaning: "The range that the client asks for lies outside the content.",
        sender: "a server of files, or a cache",
        causes: &["a download that goes on after the file became shorter"],
        checks: &["was the file replaced? Has the CDN another length than the origin?"],
        neighbours: &[(206, "the range could be sent")],
        sources: &["RFC 9110 15.5.17"],
        ..BLANK
    },
    Entry {
        code: 417, name: "Expectation Failed",
        owners: &[Client, Edge],
        meaning: "The Expect header cannot be met.",
        sender: "a server or an old proxy",
        causes: &["'Expect: 100-continue' through a proxy that does not know it"],
        checks: &["which proxy stands between; Heroku's H26"],
        sources: &["RFC 9110 15.5.18"],
        ..BLANK
    },
    Entry {
        code: 418, name: "I'm a Teapot",
        owners: &[Edge, OriginApp],
        meaning: "A joke of 1998, reserved; some use it to mark what they block.",
        sender: "a rule at the edge, or the application",
        causes: &["a rule against bots", "a joke"],
        checks: &["edge or application?"],
        sources: &["RFC 9110 15.5.19", "RFC 2324"],
        ..BLANK
    },
    Entry {
        code: 421, name: "Misdirected Request",
        owners: &[Config],
        meaning: "This connection is not for that host. The client may try again on a new one.",
        sender: "a server with several hosts on one address",
        causes: &[
            "HTTP/2 clients share a connection between hosts of one certificate",
            "the name in TLS (SNI) and Host differ: a proxy that asks with the wrong name",
            "hosts with different client certificate rules on one address",
        ],
        checks: &[
            "nginx: servers that share address and certificate but differ in ssl_verify_client",
            "a proxy to the origin: proxy_ssl_server_name and proxy_ssl_name (nginx)",
            "Apache: virtual hosts with different TLS settings",
        ],
        neighbours: &[(400, "Apache said 400 before it knew 421")],
        logs: &[
            ("nginx", "over HTTP/2 the request is '-'"),
            ("Heroku", "code H31"),
            ("Cloudflare", "error 1013"),
        ],
        messages: &[
            ("nginx", "request the server name different from", "SNI and Host differ"),
            ("Apache httpd", "AH02032", "Hostname provided via SNI and hostname provided via HTTP"),
        ],
        sources: &["RFC 9110 15.5.20"],
        ..BLANK
    },
    Entry {
        code: 422, name: "Unprocessable Content",
        owners: &[Client],
        meaning: "The syntax is right, the content is not: a rule of the application says no.",
        sender: "the application",
        causes: &["input that fails a check"],
        checks: &[
            "many right after a release: client and server no longer agree on the contract",
            "the body names the fields",
        ],
        neighbours: &[
            (400, "the request could not even be read"),
            (409, "right in itself, but not in the present state"),
        ],
        sources: &["RFC 9110 15.5.21"],
        ..BLANK
    },
    Entry {
        code: 423, name: "Locked",
        owners: &[Client],
        meaning: "A lock holds the resource.",
        sender: "a WebDAV server",
        causes: &["a lock that was left behind"],
        checks: &["the lock database"],
        sources: &["RFC 4918 11.3"],
        ..BLANK
    },
    Entry {
        code: 424, name: "Failed Dependency",
        owners: &[OriginApp],
        meaning: "Not done, because an action before it failed.",
        sender: "a WebDAV server, or an API with batches",
        causes: &["an earlier action of the batch"],
        checks: &["the first action that failed"],
        sources: &["RFC 4918 11.4"],
        ..BLANK
    },
    Entry {
        code: 425, name: "Too Early",
        owners: &[Config],
        meaning: "The request came as early data of TLS 1.3, and could be a replay.",
        sender: "a server behind one that takes early data (0-RTT)",
        causes: &["0-RTT for a request that must not be repeated"],
        checks: &["nginx ssl_early_data and the Early-Data header; HAProxy allow-0rtt"],
        sources: &["RFC 8470 5.2"],
        ..BLANK
    },
    Entry {
        code: 426, name: "Upgrade Required",
        owners: &[Config, Client],
        meaning: "The client must use another protocol. Upgrade names it.",
        sender: "a server that takes only TLS, HTTP/2 or HTTP/1.1",
        causes: &[
            "HTTP/1.0 from an nginx to Envoy or Istio (nginx's default before 1.29.7)",
            "plain HTTP where TLS is wanted",
        ],
        checks: &["nginx: proxy_http_version 1.1"],
        sources: &["RFC 9110 15.5.22"],
        ..BLANK
    },
    Entry {
        code: 428, name: "Precondition Required",
        owners: &[Client],
        meaning: "The request must carry a condition, such as If-Match.",
        sender: "an API that guards against lost updates",
        causes: &["If-Match is missing"],
        checks: &["the client must send If-Match"],
        neighbours: &[(412, "there was a condition, and it failed")],
        sources: &["RFC 6585 3"],
        ..BLANK
    },
    Entry {
        code: 429, name: "Too Many Requests",
        owners: &[Client, Config],
        meaning: "The client is over a rate limit. It should carry Retry-After.",
        sender: "whoever limits: the application, the proxy, or the edge",
        causes: &[
            "a client that asks too often",
            "clients that retry at once, or all at the same time",
            "many people behind one address, and a limit per address",
            "a limit that did not grow with the traffic",
        ],
        checks: &[
            "who limits? An upstream status of 429 is the application, none is the proxy",
            "do the clients wait as Retry-After says, longer each time, and not all at once?",
            "behind a CDN every client has the CDN's address: set_real_ip_from and real_ip_header (nginx)",
        ],
        neighbours: &[
            (403, "refused, however seldom you ask"),
            (503, "the server is overloaded, whoever asks; nginx's own limits answer 503 unless told otherwise"),
        ],
        logs: &[
            ("nginx", "$upstream_status '-': limit_req_status or limit_conn_status is 429"),
            ("HAProxy", "state PR: a deny or tarpit rule"),
            ("Envoy", "flag RL"),
            ("Cloudflare", "error 1015"),
            ("Google Cloud LB", "statusDetails throttled_by_security_policy, banned_by_security_policy"),
        ],
        messages: &[
            ("nginx", "limiting requests, excess:", "limit_req; names the zone"),
            ("nginx", "limiting connections by zone", "limit_conn"),
        ],
        sources: &["RFC 6585 4"],
        ..BLANK
    },
    Entry {
        code: 431, name: "Request Header Fields Too Large",
        owners: &[Client, Config],
        meaning: "The headers are too large, one of them or all together.",
        sender: "Node, Envoy, Tomcat and others; nginx, Apache and HAProxy say 400",
        causes: &["cookies that grow", "a large token"],
        checks: &[
            "size of the cookies and tokens of that host",
            "Node --max-http-header-size (16 KB), Envoy max_request_headers_kb, Tomcat maxHttpHeaderSize",
        ],
        neighbours: &[
            (400, "what nginx, Apache and HAProxy say instead"),
            (413, "the body is too large"),
            (414, "the address is too long"),
        ],
        sources: &["RFC 6585 5"],
        ..BLANK
    },
    Entry {
        code: 451, name: "Unavailable For Legal Reasons",
        owners: &[Config],
        meaning: "Blocked by law.",
        sender: "the application or the edge; Exchange ActiveSync used it as a redirect",
        causes: &["a court's order, a country rule"],
        checks: &["the rule on countries"],
        neighbours: &[(403, "refused for any other reason")],
        sources: &["RFC 7725 3"],
        ..BLANK
    },
];
