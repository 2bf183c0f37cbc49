//! What Fastly, Varnish and Squid give as the reason.

use super::{Family, Owner::*, r};

/// The reason phrases of Fastly's own 503.
#[rustfmt::skip]
pub(in crate::codes) static FASTLY: Family = Family {
    origin: "Fastly",
    kind: "reason of a 503",
    place: "obj.response, which is the response's reason phrase",
    source: "Fastly: common 503 errors",
    reasons: &[
        r(&["backend read error"], "503", "Reading from the origin failed, or took too long.",
          "first byte and between bytes timeouts; load of the origin", &[OriginCapacity, Network]),
        r(&["connection timed out"], "503", "The connection to the origin did not come about in time.",
          "connect timeout; a firewall that drops", &[Network]),
        r(&["first byte timeout"], "503", "The origin sent no first byte in time.",
          "the origin's latency; first_byte_timeout, 15 s unless set", &[OriginCapacity]),
        r(&["Backend is unhealthy"], "503", "The health check says that the origin is down.",
          "the health check's settings, then the origin", &[OriginApp]),
        r(&["All backends failed or unhealthy"], "503", "The director has no usable origin.",
          "the origins", &[OriginApp]),
        r(&["no stale object available"], "503", "A stale copy was to be sent, and there is none.",
          "stale-if-error; grace", &[Config]),
        r(&["backend.max_conn reached"], "503", "The limit of connections to the origin is reached.",
          "max_connections", &[OriginCapacity]),
        r(&["hostname doesn't match against certificate"], "503", "The origin's certificate is of another name.",
          "ssl_cert_hostname", &[Config]),
        r(&["unable to get local issuer certificate"], "503", "The origin's certificate chain is not whole.",
          "intermediate certificates of the origin", &[Config]),
    ],
};

/// The reasons that Varnish's own log gives for its 503.
#[rustfmt::skip]
pub(in crate::codes) static VARNISH: Family = Family {
    origin: "Varnish",
    kind: "reason of a 503",
    place: "FetchError in varnishlog; the access log has only the 503",
    source: "Varnish bin/varnishd/cache/cache_backend.c, cache_fetch.c",
    reasons: &[
        r(&["Backend fetch failed"], "503", "The backend could not be asked; FetchError names the reason.",
          "varnishlog -q FetchError", &[OriginApp]),
        r(&["backend *: unhealthy"], "503", "The probe says that the backend is sick.",
          "the probe and its .threshold", &[OriginApp]),
        r(&["backend *: busy"], "503", "The limit of connections to the backend is reached.",
          "max_connections of the backend", &[OriginCapacity]),
        r(&["backend *: fail errno*"], "503", "The connection to the backend failed.",
          "port and firewall; the number is the system's errno", &[Network]),
        r(&["first byte timeout"], "503", "The backend sent no first byte in time.",
          "first_byte_timeout (60 s unless set); the backend's latency", &[OriginCapacity]),
        r(&["No backend"], "503", "The VCL chose no backend.",
          "the VCL's directors", &[Config]),
        r(&["out of workspace"], "503", "The memory of workspace_backend is too small.",
          "workspace_backend; large headers", &[Config]),
        r(&["Too many retries, delivering 503"], "503", "The limit max_retries is reached.",
          "the backend, and retry in the VCL", &[OriginApp]),
    ],
};

/// Squid's result tags.
#[rustfmt::skip]
pub(in crate::codes) static SQUID: Family = Family {
    origin: "Squid",
    kind: "result tag",
    place: "%Ss, before the slash of TCP_MISS/200",
    source: "Squid src/LogTags.cc",
    reasons: &[
        r(&["NONE/000"], "000", "No status was sent.",
          "Squid's cache.log", &[Client]),
        r(&["*_ABORTED"], "any", "The client or the server broke off.",
          "latency; large objects", &[Client, Network]),
        r(&["*_TIMEDOUT"], "any", "It took too long.",
          "the origin's latency; Squid's timeouts", &[Network, OriginCapacity]),
        r(&["TCP_DENIED"], "any", "An access rule refused the request.",
          "http_access rules", &[Config]),
        r(&["TCP_REFRESH_FAIL_OLD"], "any", "A stale copy was sent, because the origin failed.",
          "the origin", &[OriginApp]),
    ],
};
