//! Proxies and web servers with a JSON log of their own.

use super::{Alias, Hint, KeySet, MILLISECONDS, Means, NANOSECONDS};
use crate::format::Product;

/// Traefik (<https://doc.traefik.io/traefik/observe/logs-and-access-logs/>): durations are
/// nanoseconds, an `OriginStatus` of 0 or none means that Traefik answered itself.
pub(super) static TRAEFIK: KeySet = KeySet {
    name: "traefik-json",
    product: Product::Traefik,
    signature: &[
        "DownstreamStatus",
        "DownstreamContentSize",
        "StartUTC",
        "RouterName",
        "ServiceName",
        "entryPointName",
        "RequestCount",
        "OriginStatus",
        "Overhead",
    ],
    enough: 3,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["StartUTC", "StartLocal", "time"]),
        Alias::new(Means::Request, &["RequestPath"]),
        Alias::new(Means::Method, &["RequestMethod"]),
        Alias::new(Means::Protocol, &["RequestProtocol"]),
        Alias::new(Means::Status, &["DownstreamStatus"]),
        Alias::new(Means::Bytes, &["DownstreamContentSize"]),
        Alias::new(Means::Client, &["ClientHost"]),
        Alias::new(Means::Host, &["RequestHost", "RequestAddr"]),
        Alias::new(Means::Referer, &["request_Referer"]),
        Alias::new(Means::UserAgent, &["request_User-Agent"]),
        Alias::new(Means::Latency(NANOSECONDS), &["Duration"]),
        Alias::new(Means::UpstreamLatency(NANOSECONDS), &["OriginDuration"]),
        Alias::new(Means::UpstreamStatus, &["OriginStatus"]),
        Alias::new(Means::UpstreamAddress, &["ServiceAddr", "ServiceURL", "ServiceURL.Host"]),
        Alias::new(Means::RequestId, &["request_X-Request-Id"]),
        Alias::new(Means::Clue(0), &["RetryAttempts"]),
    ],
};

/// Caddy 2 (<https://caddyserver.com/docs/logging>): how times and durations are written is
/// configurable. A line with `err_id` tells of the error of a request that has its own line.
pub(super) static CADDY: KeySet = KeySet {
    name: "caddy",
    product: Product::Caddy,
    signature: &[
        "logger",
        "bytes_read",
        "user_id",
        "request.proto",
        "request.uri",
        "request.host",
        "request.remote_ip",
        "request.remote_port",
        "request.remote_addr",
        "request.client_ip",
    ],
    enough: 4,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["ts"]),
        Alias::new(Means::Request, &["request.uri"]),
        Alias::new(Means::Method, &["request.method"]),
        Alias::new(Means::Protocol, &["request.proto"]),
        Alias::new(Means::Status, &["status"]),
        Alias::new(Means::Bytes, &["size"]),
        Alias::new(
            Means::Client,
            &["request.client_ip", "request.remote_ip", "request.remote_addr"],
        ),
        Alias::new(Means::Host, &["request.host"]),
        Alias::new(Means::Referer, &["request.headers.Referer"]),
        Alias::new(Means::UserAgent, &["request.headers.User-Agent"]),
        Alias::new(Means::Latency(Hint::SecondsOrNanoseconds), &["duration"]),
        Alias::new(Means::RequestId, &["request.headers.X-Request-Id"]),
        Alias::new(Means::Stranger, &["err_id", "err_trace"]),
    ],
};

/// Envoy, Istio, Envoy Gateway
/// (<https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>,
/// <https://istio.io/latest/docs/tasks/observability/logs/access-log/>): people choose the keys, most
/// take over Istio's.
pub(super) static ENVOY: KeySet = KeySet {
    name: "envoy-json",
    product: Product::Envoy,
    signature: &[
        "response_flags",
        "response_code_details",
        "upstream_cluster",
        "upstream_transport_failure_reason",
        "connection_termination_details",
        "downstream_remote_address",
        "requested_server_name",
        "upstream_service_time",
        "x-envoy-upstream-service-time",
        "x-envoy-origin-path",
        "route_name",
        "response_code",
        "start_time",
    ],
    enough: 3,
    // With `response_code` it is enough.
    sure: &["start_time"],
    open: true,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["start_time"]),
        Alias::new(
            Means::Request,
            &["path", "x-envoy-original-path", "x-envoy-origin-path", "original_path"],
        ),
        Alias::new(Means::Status, &["response_code"]),
        Alias::new(Means::Bytes, &["bytes_sent"]),
        Alias::new(Means::Latency(MILLISECONDS), &["duration"]),
        Alias::new(
            Means::UpstreamLatency(MILLISECONDS),
            &["upstream_service_time", "x-envoy-upstream-service-time"],
        ),
        Alias::new(Means::Client, &["downstream_remote_address"]),
        Alias::new(Means::UpstreamAddress, &["upstream_host"]),
        Alias::new(Means::Reason, &["response_flags"]),
        Alias::new(Means::Clue(0), &["response_code_details"]),
        Alias::new(Means::RequestId, &["request_id", "x-request-id"]),
    ],
};

/// HAProxy with its log format as JSON: people choose the keys, these are the names of the fields in
/// its documentation (<https://docs.haproxy.org/3.2/configuration.html#8.2.3>). `TR` and `Tr` differ
/// by a capital only and are not read.
pub(super) static HAPROXY: KeySet = KeySet {
    name: "haproxy-json",
    product: Product::HaProxy,
    signature: &[
        "termination_state",
        "frontend_name",
        "backend_name",
        "actconn",
        "feconn",
        "beconn",
        "srv_conn",
        "srv_queue",
        "backend_queue",
    ],
    enough: 3,
    sure: &[],
    open: true,
    request: None,
    aliases: &[
        Alias::new(Means::Status, &["status_code", "status", "http_status_code"]),
        Alias::new(Means::Bytes, &["bytes_read", "bytes_sent"]),
        Alias::new(Means::Client, &["client_ip"]),
        Alias::new(Means::Latency(MILLISECONDS), &["Ta", "Tt"]),
        Alias::new(Means::Connect(MILLISECONDS), &["Tc"]),
        Alias::new(Means::Reason, &["termination_state"]),
    ],
};
