//! Lines without a status: what the product means by it.

use super::{Family, Owner::*, Reason, r};

/// One product's spellings of "no status".
const fn none(
    origin: &'static str,
    place: &'static str,
    source: &'static str,
    reasons: &'static [Reason],
) -> Family {
    Family { origin, kind: "no status", place, source, reasons }
}

/// The tables.
#[rustfmt::skip]
pub(in crate::codes) static ABSENT: &[Family] = &[
    none("nginx", "$status", "nginx src/http/modules/ngx_http_log_module.c; measured", &[
        r(&["000", "0"], "none", "No response was made. With the request '-': HTTP/2 headers that are too large, or a \
          connection that broke.",
          "size of the cookies; large_client_header_buffers", &[Client, Config]),
        r(&["009", "9"], "none", "The upstream sent something that is no HTTP/1 status line.",
          "proxy_pass to a TLS or HTTP/2 port: https://, grpc_pass, proxy_http_version 2; $upstream_status says 200",
          &[Config, OriginApp]),
    ]),
    none("HAProxy", "%ST", "HAProxy doc/configuration.txt 8.2.3", &[
        r(&["-1"], "none", "No status was sent: the client left before its request was whole.",
          "the termination state (CR); option http-ignore-probes", &[Client]),
    ]),
    none("CloudFront", "sc-status", "Amazon CloudFront Developer Guide, access logs", &[
        r(&["000", "0"], "none", "The viewer left before CloudFront could answer.",
          "as nginx's 499: latency, and the viewer's timeout", &[Client, Network]),
    ]),
    none("Akamai", "statusCode", "Akamai DataStream 2 documentation", &[
        r(&["000", "0"], "none", "The client left before the edge could answer.",
          "as nginx's 499: latency, and the client's timeout", &[Client, Network]),
    ]),
    none("Envoy", "%RESPONSE_CODE%", "Envoy documentation, access log usage", &[
        r(&["000", "0"], "none", "The client left before a response began; the flag is DC.",
          "as nginx's 499: latency, and the client's timeout", &[Client, Network]),
    ]),
    none("Google Cloud LB", "httpRequest.status", "Google Cloud, external Application Load Balancer logging", &[
        r(&["000", "0"], "none", "The client left; statusDetails is client_disconnected_before_any_response.",
          "as nginx's 499: latency, and the client's timeout", &[Client, Network]),
    ]),
    none("AWS ALB", "elb_status_code", "AWS: troubleshoot your Application Load Balancers", &[
        r(&["000", "0"], "none", "The load balancer could not read the request: HTTP/2 headers over 8K compressed.",
          "size of cookies and tokens", &[Client]),
    ]),
    none("Azure Front Door", "httpStatusCode", "Microsoft: Azure Front Door, monitor metrics and logs", &[
        r(&["000", "0"], "none", "The request to the origin took too long: read it as a 504.",
          "the origin's latency; the response timeout (30 s)", &[OriginCapacity]),
    ]),
    none("Azure App Gateway", "httpStatus", "Microsoft: HTTP response codes in Application Gateway", &[
        r(&["000", "0"], "none", "Version 1: the client left before the gateway could answer. Version 2 writes 499.",
          "as nginx's 499: latency, and the client's timeout", &[Client, Network]),
    ]),
    none("Cloudflare", "OriginResponseStatus", "developers.cloudflare.com, HTTP requests log fields", &[
        r(&["000", "0"], "none", "The origin gave no HTTP answer (a connection or TLS failure), or was not asked (a hit).",
          "EdgeResponseStatus tells which", &[Network, Config]),
    ]),
    none("Squid", "%>Hs", "Squid documentation, log format", &[
        r(&["000", "0"], "none", "No status was sent; the tag is NONE, or ends in ABORTED.",
          "Squid's cache.log", &[Client]),
    ]),
];
