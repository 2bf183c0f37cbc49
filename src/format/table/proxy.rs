//! Proxies that have a format of their own.

use super::sample;
use crate::format::{Dialect, Format, Product};

/// The formats, the most telling first among equals.
pub(super) const FORMATS: &[Format] = &[
    Format {
        name: "haproxy-https",
        also: &[("haproxy-httpslog", Product::HaProxy)],
        help: "HAProxy, option httpslog",
        label: "haproxy https",
        product: Product::HaProxy,
        dialect: Dialect::HaProxy,
        string: concat!(
            "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc ",
            "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/",
            "%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc"
        ),
        samples: &[
            r#"192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www~ web/s1 0/0/7/80/92 200 1139 - - ---- 2/1/0/0/0 0/0 "GET /a HTTP/1.1" 0/0/0/0/0 www.example.com/TLSv1.3/TLS_AES_256_GCM_SHA384"#,
        ],
        others: &[
            r#"192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www~ web/s1 0/0/7/80/92 200 1139 - - ---- 2/1/0/0/0 0/0 "GET /a HTTP/1.1""#,
            sample!(),
        ],
    },
    Format {
        name: "haproxy-http",
        also: &[("haproxy", Product::HaProxy), ("haproxy-httplog", Product::HaProxy)],
        help: "HAProxy, option httplog",
        label: "haproxy http",
        product: Product::HaProxy,
        dialect: Dialect::HaProxy,
        string: concat!(
            "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc ",
            "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
        ),
        samples: &[
            r#"192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www~ web/s1 5/0/7/80/+92 200 +1139 - - ---- 2/1/0/0/+1 0/0 {www.example.com|a b} {} "GET /a?b=1 HTTP/1.1""#,
            r#"2001:db8::7:40000 [10/Oct/2025:13:55:02.000] www web/<NOSRV> -1/-1/-1/-1/5000 408 212 - - cR-- 1/1/0/0/0 0/0 "<BADREQ>""#,
        ],
        others: &[
            "192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www/1: SSL handshake failure",
            "192.0.2.1:40000 [10/Oct/2025:13:55:01.250] ssh git/s1 0/0/5007 212 -- 0/0/0/0/3 0/0",
            sample!(),
        ],
    },
    Format {
        name: "haproxy-clf",
        also: &[],
        help: "HAProxy, option httplog clf",
        label: "haproxy clf",
        product: Product::HaProxy,
        dialect: Dialect::HaProxy,
        string: r#"%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl"#,
        samples: &[
            r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" 200 1139 "" "" 40000 250 "www~" "web" "s1" 0 0 7 80 92 "----" 2 1 0 0 0 0 0 "-" "-""#,
            r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" 200 1139 "" "" 40000 250 "www~" "web" "s1" 0 0 7 80 92 "----" 2 1 0 0 0 0 0 "" "" "www.example.com""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "haproxy-http-1.6",
        also: &[],
        help: "HAProxy up to 1.6, option httplog: the first and the last time include idle time",
        label: "haproxy http",
        product: Product::HaProxy,
        dialect: Dialect::HaProxy,
        string: concat!(
            "%ci:%cp [%t] %ft %b/%s %Tq/%Tw/%Tc/%Tr/%Tt %ST %B %CC %CS %tsc ",
            "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
        ),
        samples: &[
            r#"192.0.2.1:40000 [10/Oct/2025:13:55:01.250] www web/s1 5/0/7/80/92 200 1139 - - ---- 2/1/0/0/0 0/0 "GET /a?b=1 HTTP/1.1""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "istio",
        also: &[],
        help: "Istio from 1.9 and its gateways, text (Envoy)",
        label: "istio",
        product: Product::Envoy,
        dialect: Dialect::Envoy,
        string: r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%"#,
        samples: &[
            r#"[2025-10-10T13:55:01.250Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 5316 12 11 "-" "curl/8.5.0" "id-1" "www.example.com" "10.0.0.1:8080" outbound|80||web.default.svc.cluster.local 10.0.0.9:41000 10.0.0.2:80 192.0.2.1:40000 - default"#,
        ],
        others: &[
            r#"[2025-10-10T13:55:01.250Z] "GET /a HTTP/1.1" 200 - 0 5316 12 11 "-" "curl/8.5.0" "id-1" "www.example.com" "10.0.0.1:8080""#,
        ],
    },
    Format {
        name: "istio-1.8",
        also: &[],
        help: "Istio up to 1.8, text (Envoy)",
        label: "istio 1.8",
        product: Product::Envoy,
        dialect: Dialect::Envoy,
        string: r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% "%DYNAMIC_METADATA(istio.mixer:status)%" "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%"#,
        samples: &[
            r#"[2025-10-10T13:55:01.250Z] "GET /a HTTP/1.1" 200 - "-" "-" 0 5316 12 11 "-" "curl/8.5.0" "id-1" "www.example.com" "10.0.0.1:8080" outbound|80||web.default.svc.cluster.local 10.0.0.9:41000 10.0.0.2:80 192.0.2.1:40000 - default"#,
        ],
        others: &[
            r#"[2025-10-10T13:55:01.250Z] "GET /a HTTP/1.1" 200 - 0 5316 12 11 "-" "curl/8.5.0" "id-1" "www.example.com" "10.0.0.1:8080""#,
        ],
    },
    Format {
        name: "envoy",
        also: &[],
        help: "Envoy, the default text format",
        label: "envoy",
        product: Product::Envoy,
        dialect: Dialect::Envoy,
        string: r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%""#,
        samples: &[
            r#"[2025-10-10T13:55:01.250Z] "POST /a HTTP/2" 204 - 154 0 226 100 "192.0.2.1" "an "agent"" "id-1" "www.example.com" "10.0.0.1:80""#,
            r#"[2025-10-10T13:55:02.250Z] "GET /a HTTP/1.1" 0 DC 0 0 9 - "-" "-" "-" "www.example.com" "-""#,
        ],
        others: &[sample!()],
    },
    Format {
        name: "traefik-clf",
        also: &[("traefik", Product::Traefik), ("traefikclf", Product::Traefik)],
        help: "Traefik, the default text format ('common')",
        label: "traefik clf",
        product: Product::Traefik,
        dialect: Dialect::Named,
        string: r#"{ClientHost=client} - {ClientUsername=user} [{StartUTC=time:clf}] "{request}" {DownstreamStatus=status} {DownstreamContentSize=bytes} "{referer}" "{user_agent}" {RequestCount=number} "{RouterName}" "{ServiceURL=upstream}" {Duration=latency:ms}ms"#,
        samples: &[
            sample!(r#" 240 "web@docker" "http://10.0.0.1:80" 42ms"#),
            r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" - - "-" "-" 7 "-" "-" 0ms"#,
        ],
        others: &[sample!(), sample!(r#" 240 "web@docker" "http://10.0.0.1:80" 42"#)],
    },
    Format {
        name: "squid",
        also: &[("squid-native", Product::Squid)],
        help: "Squid, 'squid' (native), also with MIME headers",
        label: "squid",
        product: Product::Squid,
        dialect: Dialect::Named,
        string: "{time:epoch} { elapsed=latency:ms} {client} {result=cache}/{status} {bytes} {method} {url=path} {user} {hierarchy=clue0}/{peer=upstream} {type}{*}",
        samples: &[
            "1760104501.250      3 192.0.2.1 TCP_REFRESH_MISS/200 2014 GET http://www.example.com/a - HIER_DIRECT/198.51.100.7 text/plain",
            "1760104502.250  16867 192.0.2.1 TCP_TUNNEL/200 6256 CONNECT www.example.com:443 alice HIER_DIRECT/198.51.100.7 -",
            "1760104503.250     16 192.0.2.1 TCP_MISS_ABORTED/000 0 GET http://www.example.com/b - HIER_NONE/- - [Host: www.example.com\\r\\n] []",
        ],
        others: &[
            sample!(),
            "1760104501.250      3 192.0.2.1 TCP_MISS 2014 GET http://www.example.com/a",
        ],
    },
    Format {
        name: "zoraxy",
        also: &[],
        help: "Zoraxy",
        label: "zoraxy",
        product: Product::Zoraxy,
        dialect: Dialect::Named,
        string: "{date} {clock} [{time:iso}] [router:{router}] [origin:{origin=host}] [client: {client}] [useragent: {useragent=user_agent}] {method} {path} {status}",
        samples: &[
            "2025/10/10 13:55:01 [2025-10-10 13:55:01.250624] [router:host-http] [origin:www.example.com] [client: 192.0.2.1] [useragent: Mozilla/5.0 (X11; Linux x86_64)] GET /a?b=1 404",
        ],
        others: &[
            sample!(),
            "2025/10/10 13:55:01 [2025-10-10 13:55:01.250624] [router:host-http] [system:info] started",
        ],
    },
    Format {
        name: "bunny",
        also: &[("bunnycdn", Product::Bunny)],
        help: "Bunny CDN (columns between '|')",
        label: "bunny",
        product: Product::Bunny,
        dialect: Dialect::Named,
        string: "{cache}|{status}|{time}|{bytes}|{pull_zone}|{client}|{referer}|{url=path}|{edge}|{user_agent}|{request_id}|{country=location}{*}",
        samples: &[
            "HIT|200|1760104501250|412|390|192.0.2.1|-|https://cdn.example.com/a.png|WA|Mozilla/5.0 (X11; Linux x86_64)|0123456789abcdef|DE",
        ],
        others: &[sample!(), "HIT|200|1760104501250|412|390|192.0.2.1"],
    },
];
