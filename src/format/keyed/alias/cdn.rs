//! Content delivery networks.

use super::{Alias, KeySet, MICROSECONDS, MILLISECONDS, Means, SECONDS};
use crate::format::Product;
use crate::format::field::Unit;

/// Cloudflare Logpush, the data set `http_requests`
/// (<https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/>). The
/// deprecated `OriginResponseTime` is in nanoseconds and is not read. The keys of another data set,
/// `firewall_events`, are much the same: a request may be in both.
pub(super) static CLOUDFLARE: KeySet = KeySet {
    name: "cloudflare",
    product: Product::Cloudflare,
    signature: &[
        "EdgeResponseStatus",
        "EdgeStartTimestamp",
        "EdgeEndTimestamp",
        "RayID",
        "CacheCacheStatus",
        "ClientRequestHost",
        "ClientRequestMethod",
        "ClientRequestURI",
        "ClientRequestPath",
        "OriginResponseStatus",
    ],
    enough: 3,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["EdgeStartTimestamp"]),
        Alias::new(Means::End, &["EdgeEndTimestamp"]),
        Alias::new(Means::Request, &["ClientRequestURI", "ClientRequestPath"]),
        Alias::new(Means::Method, &["ClientRequestMethod"]),
        Alias::new(Means::Protocol, &["ClientRequestProtocol"]),
        Alias::new(Means::Status, &["EdgeResponseStatus"]),
        Alias::new(Means::Bytes, &["EdgeResponseBytes"]),
        Alias::new(Means::Client, &["ClientIP"]),
        Alias::new(Means::Host, &["ClientRequestHost"]),
        Alias::new(Means::Referer, &["ClientRequestReferer"]),
        Alias::new(Means::UserAgent, &["ClientRequestUserAgent"]),
        Alias::new(Means::Latency(MILLISECONDS), &["EdgeTimeToFirstByteMs"]),
        Alias::new(Means::UpstreamLatency(MILLISECONDS), &["OriginResponseDurationMs"]),
        Alias::new(Means::Connect(MILLISECONDS), &["OriginTCPHandshakeDurationMs"]),
        Alias::new(Means::UpstreamStatus, &["OriginResponseStatus"]),
        Alias::new(Means::UpstreamAddress, &["OriginIP"]),
        Alias::new(Means::Cache, &["CacheCacheStatus"]),
        Alias::new(Means::Location, &["ClientCountry", "EdgeColoCode"]),
        Alias::new(Means::RequestId, &["RayID"]),
        Alias::new(Means::Clue(0), &["ClientRequestSource", "RequestSource"]),
        Alias::new(Means::Clue(1), &["WorkerSubrequest"]),
        Alias::new(Means::Reason, &["EdgePathingStatus"]),
        Alias::new(
            Means::Clue(2),
            &["SecurityAction", "SecurityActions", "FirewallMatchesActions", "WAFAction"],
        ),
        // Of the data set `firewall_events`.
        Alias::new(
            Means::Stranger,
            &["MatchIndex", "RuleID", "OriginatorRayID", "Kind", "Datetime"],
        ),
    ],
};

/// Akamai DataStream 2 (<https://techdocs.akamai.com/datastream2/docs/data-set-parameters>): keys
/// without a value are left out. The whole request took the time to read it, to turn it around and
/// to transfer the response.
pub(super) static AKAMAI: KeySet = KeySet {
    name: "akamai",
    product: Product::Akamai,
    signature: &[
        "reqTimeSec",
        "statusCode",
        "cp",
        "reqHost",
        "reqPath",
        "cliIP",
        "streamId",
        "turnAroundTimeMSec",
        "transferTimeMSec",
    ],
    enough: 3,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["reqTimeSec"]),
        Alias::new(Means::Request, &["reqPath"]),
        Alias::new(Means::Method, &["reqMethod"]),
        Alias::new(Means::Protocol, &["proto"]),
        Alias::new(Means::Status, &["statusCode"]),
        Alias::new(Means::Bytes, &["bytes", "totalBytes"]),
        Alias::new(Means::Client, &["cliIP"]),
        Alias::new(Means::Host, &["reqHost"]),
        Alias::new(Means::Referer, &["referer"]),
        Alias::new(Means::UserAgent, &["UA"]),
        Alias::new(
            Means::Part(Unit::Milliseconds),
            &["reqEndTimeMSec", "turnAroundTimeMSec", "transferTimeMSec"],
        ),
        Alias::new(Means::Latency(MILLISECONDS), &["turnAroundTimeMSec", "timeToFirstByte"]),
        Alias::new(Means::Cache, &["cacheStatus"]),
        Alias::new(Means::Location, &["country", "serverCountry"]),
        Alias::new(Means::Reason, &["errorCode"]),
        Alias::new(Means::RequestId, &["reqId"]),
        Alias::new(Means::Clue(0), &["isMidgress"]),
    ],
};

/// Fastly's JSON templates: the one of its web interface, and New Relic's, which has no status until
/// one adds it. `time_elapsed` is `time.elapsed.usec` there.
pub(super) static FASTLY: KeySet = KeySet {
    name: "fastly-json",
    product: Product::Fastly,
    signature: &[
        "fastly_is_edge",
        "fastly_server",
        "response_state",
        "request_accept_charset",
        "time_elapsed",
    ],
    enough: 2,
    sure: &[],
    open: true,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["timestamp"]),
        Alias::new(Means::Request, &["url"]),
        Alias::new(Means::Method, &["request_method", "request"]),
        Alias::new(Means::Protocol, &["request_protocol"]),
        Alias::new(Means::Status, &["response_status", "status"]),
        Alias::new(Means::Bytes, &["response_body_size"]),
        Alias::new(Means::Client, &["client_ip"]),
        Alias::new(Means::Host, &["host"]),
        Alias::new(Means::Referer, &["request_referer"]),
        Alias::new(Means::UserAgent, &["request_user_agent"]),
        Alias::new(Means::Latency(MICROSECONDS), &["time_elapsed"]),
        Alias::new(Means::Cache, &["response_state", "fastly_info_state", "cache_status"]),
        Alias::new(Means::Location, &["geo_country", "geo_country_code", "pop"]),
        Alias::new(Means::Clue(0), &["fastly_is_edge"]),
        Alias::new(Means::Clue(1), &["response_reason"]),
    ],
};

/// CloudFront's standard log, version 2, as JSON: the keys are the columns of the W3C log, and those
/// of the real-time log
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html>).
pub(super) static CLOUDFRONT: KeySet = KeySet {
    name: "cloudfront-json",
    product: Product::CloudFront,
    signature: &[
        "sc-status",
        "x-edge-location",
        "x-edge-result-type",
        "x-edge-request-id",
        "x-edge-response-result-type",
        "cs-uri-stem",
        "x-host-header",
    ],
    enough: 3,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["timestamp", "timestamp(ms)"]),
        Alias::new(Means::Date, &["date"]),
        Alias::new(Means::Clock, &["time"]),
        Alias::new(Means::Request, &["cs-uri-stem"]),
        Alias::new(Means::Method, &["cs-method"]),
        Alias::new(Means::Protocol, &["cs-protocol-version"]),
        Alias::new(Means::Status, &["sc-status"]),
        Alias::new(Means::Bytes, &["sc-bytes"]),
        Alias::new(Means::Client, &["c-ip"]),
        Alias::new(Means::Host, &["x-host-header", "cs(Host)", "cs-host"]),
        Alias::new(Means::Referer, &["cs(Referer)", "cs-referer"]),
        Alias::new(Means::UserAgent, &["cs(User-Agent)", "cs-user-agent"]),
        Alias::new(Means::Latency(SECONDS), &["time-taken"]),
        Alias::new(Means::UpstreamLatency(SECONDS), &["origin-lbl"]),
        Alias::new(Means::Header(SECONDS), &["origin-fbl"]),
        Alias::new(Means::Cache, &["x-edge-result-type", "x-edge-response-result-type"]),
        Alias::new(Means::Location, &["c-country", "x-edge-location"]),
        Alias::new(Means::Clue(0), &["x-edge-detailed-result-type"]),
        Alias::new(Means::RequestId, &["x-edge-request-id"]),
    ],
};

/// Azion Data Stream: nginx's names beside its own, which tell the two apart
/// (<https://www.azion.com/en/documentation/products/observe/data-stream/>).
pub(super) static AZION: KeySet = KeySet {
    name: "azion",
    product: Product::Azion,
    signature: &[
        "proxy_status",
        "=requestPath",
        "=requestQuery",
        "waf_block",
        "waf_learning",
        "waf_score",
        "waf_total_blocked",
        "waf_total_processed",
        "upstream_bytes_received_str",
    ],
    enough: 2,
    sure: &[],
    open: true,
    request: None,
    aliases: &[
        Alias::new(Means::Request, &["request_uri", "requestPath"]),
        Alias::new(Means::Latency(SECONDS), &["request_time"]),
        Alias::new(Means::UpstreamLatency(SECONDS), &["upstream_response_time"]),
        Alias::new(Means::Connect(SECONDS), &["upstream_connect_time"]),
        Alias::new(Means::Header(SECONDS), &["upstream_header_time"]),
        Alias::new(Means::Cache, &["upstream_cache_status"]),
        Alias::new(Means::Location, &["country", "country_name", "geoloc_country_name"]),
        Alias::new(Means::Reason, &["proxy_status"]),
        Alias::new(Means::Clue(0), &["waf_block"]),
    ],
};
