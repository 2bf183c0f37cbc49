//! What CloudFront and the Application Load Balancer tell beside the status.

use super::{Family, Owner::*, r};

/// CloudFront's detailed result types.
#[rustfmt::skip]
pub(in crate::codes) static RESULTS: Family = Family {
    origin: "CloudFront",
    kind: "detailed result type",
    place: "x-edge-detailed-result-type",
    source: "Amazon CloudFront Developer Guide, access logs",
    reasons: &[
        r(&["AbortedOrigin"], "5xx", "Something went wrong while CloudFront talked to the origin.",
          "the origin's error log", &[OriginApp]),
        r(&["CapacityExceeded"], "503", "The edge had not enough capacity for the request.",
          "status of CloudFront; does it pass?", &[Edge]),
        r(&["ClientCommError"], "any", "The response to the viewer was cut off.",
          "the viewer's network; large responses", &[Client, Network]),
        r(&["ClientGeoBlocked"], "403", "The viewer's country is not allowed.",
          "the distribution's geographic restrictions", &[Config]),
        r(&["ClientHungUpRequest"], "000, 4xx", "The viewer left while it sent the request.",
          "nothing, if few", &[Client]),
        r(&["InvalidRequest"], "400", "The request is malformed.",
          "which clients", &[Client]),
        r(&["InvalidRequestBlocked"], "403", "Access was blocked.",
          "AWS WAF rules of the distribution", &[Config]),
        r(&["InvalidRequestCertificate"], "4xx", "The distribution does not fit the certificate of the connection.",
          "alternate domain names and the certificate", &[Config]),
        r(&["InvalidRequestHeader"], "400", "A header is invalid.",
          "which clients", &[Client]),
        r(&["InvalidRequestMethod"], "405", "The behaviour does not allow the method.",
          "allowed methods of the cache behaviour", &[Config]),
        r(&["LimitExceeded"], "any", "A quota of CloudFront was exceeded.",
          "the distribution's quotas", &[Config]),
        r(&["OriginCommError"], "504", "Connecting to the origin, or reading from it, took too long.",
          "latency of the origin; the origin's response timeout and connection timeout", &[OriginCapacity, Network]),
        r(&["OriginConnectError"], "502, 504", "CloudFront could not connect to the origin.",
          "is the origin up? Its port, firewall and TLS", &[Network, OriginApp]),
        r(&["OriginContentRangeLengthError"], "502", "Content-Length does not fit Content-Range.",
          "how the origin answers Range", &[OriginApp]),
        r(&["OriginDnsError"], "502", "The origin's name could not be resolved.",
          "the origin's domain name and its DNS", &[Config]),
        r(&["OriginError"], "502", "The origin gave an incorrect response.",
          "the origin's error log", &[OriginApp]),
        r(&["OriginHeaderTooBigError"], "502", "A header of the origin is too large.",
          "cookies and headers that the origin sets", &[OriginApp]),
        r(&["OriginInvalidResponseError"], "502", "The origin gave an invalid response.",
          "protocol and port of the origin; its headers", &[OriginApp]),
        r(&["OriginReadError"], "502, 504", "CloudFront could not read from the origin.",
          "does the origin close early, or too late?", &[OriginApp, Network]),
        r(&["OriginWriteError"], "502", "CloudFront could not write to the origin.",
          "large uploads; an origin that closes early", &[Network]),
        r(&["OriginZeroSizeObjectError"], "5xx", "The origin sent an object of no size.",
          "the object at the origin", &[OriginApp]),
        r(&["SlowReaderOriginError"], "5xx", "The viewer was slow to read the message of an origin error.",
          "the origin error first", &[Client]),
    ],
};

/// What the fields of an Application Load Balancer's line say together.
#[rustfmt::skip]
pub(in crate::codes) static FIELDS: Family = Family {
    origin: "AWS ALB",
    kind: "fields together",
    place: "elb_status_code, target_status_code, the three times and actions_executed",
    source: "AWS: access logs for your Application Load Balancer",
    reasons: &[
        r(&["elb 5xx + target '-'"], "5xx", "The load balancer made the status; no target answered.",
          "health of the targets, then their timeouts: keep-alive longer than the idle timeout", &[Config, OriginApp]),
        r(&["elb = target"], "any", "The status comes from the target.",
          "the target's own log", &[OriginApp]),
        r(&["target_processing_time -1"], "any", "The request did not reach a target, or the target closed the \
          connection or was idle for too long.",
          "the target's keep-alive and idle timeout", &[OriginApp]),
        r(&["request_processing_time -1"], "any", "The request is malformed, or the target closed early.",
          "which clients, which target", &[Client, OriginApp]),
        r(&["actions_executed waf + 403"], "403", "The firewall blocked the request.",
          "the AWS WAF log", &[Edge]),
    ],
};
