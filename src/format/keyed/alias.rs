//! The key names in circulation, and what each stands for.
//!
//! A name is compared without case, `_` and `-`: `requestTime`, `request_time` and `Request-Time`
//! are one name. A dot is either part of the key (`"http.route": …`) or a step into an object
//! (`"http": {"route": …}`). An array stands for its first element.
//!
//! A product's own log is one more [`KeySet`] in [`JSON`], before the generic one: the keys that
//! give it away, and what its keys mean where that differs from the generic meaning.

use crate::format::field::Unit;
use std::sync::LazyLock;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Time of the request.
    Time,
    /// Request line, request target or path: the value tells which.
    Request,
    /// Request method.
    Method,
    /// Protocol.
    Protocol,
    /// Status sent to the client.
    Status,
    /// Bytes sent to the client.
    Bytes,
    /// The client's address or name.
    Client,
    /// The client, but only if the values are IP addresses: a name would be something else.
    ClientAddress,
    /// The host that was asked for.
    Host,
    /// `Referer` header.
    Referer,
    /// `User-Agent` header.
    UserAgent,
    /// How long the whole request took.
    Latency(Hint),
    /// One of several durations whose sum is the latency.
    LatencyPart,
    /// One of these, and how long the upstream took by itself.
    UpstreamLatencyPart,
    /// How long the upstreams took, perhaps a list.
    UpstreamLatency(Hint),
    /// Addresses of the upstream attempts, perhaps a list.
    UpstreamAddress,
    /// Statuses of the upstream attempts, perhaps a list.
    UpstreamStatus,
    /// Another list of upstream values.
    UpstreamOther,
    /// Why the response is what it is, in the product's own word.
    Reason,
    /// The id that the products along the way share.
    RequestId,
}

/// What a key's name says of the unit of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The name fixes the unit.
    Is(Unit),
    /// A name of nginx among others of nginx, or of <http://ltsv.org> in LTSV: seconds with three
    /// decimals, if the values agree.
    Thousandths,
    /// Nothing: programs differ. Names of nginx were taken over everywhere, its unit was not.
    Unknown,
}

/// Names of one meaning, the preferred one first.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// What they stand for.
    pub means: Means,
    /// The names.
    pub keys: &'static [&'static str],
}

/// The keys of one product, or of the common stock.
#[derive(Clone, Copy, Debug)]
pub struct KeySet {
    /// Its name in reports.
    pub name: &'static str,
    /// Keys that give the product away; none for the common stock.
    pub signature: &'static [&'static str],
    /// How many of them a line must have.
    pub enough: usize,
    /// The names; earlier ones are preferred.
    pub aliases: &'static [Alias],
}

/// Key sets of JSON lines, in the order in which they are tried. The last one has no signature.
pub const JSON: &[&KeySet] = &[&API_GATEWAY, &NGINX, &GENERIC];

/// Key sets of LTSV lines.
pub const LTSV: &[&KeySet] = &[&LABELS, &GENERIC];

/// Key sets of logfmt lines.
pub const LOGFMT: &[&KeySet] = &[&HEROKU, &PAIRS, &GENERIC];

/// Objects that only wrap the request: `{"nginx": {"access": {"status": 200}}}`.
pub const WRAPPERS: &[&str] = &[
    "access",
    "accesslog",
    "apache",
    "attributes",
    "data",
    "fields",
    "json",
    "jsonpayload",
    "log",
    "message",
    "nginx",
    "properties",
];

/// Endings that name a unit, longest first. A lone `s` counts only after `_`, `-` or `.`.
pub const UNIT_SUFFIXES: &[(&str, Unit)] = &[
    ("milliseconds", Unit::Milliseconds),
    ("microseconds", Unit::Microseconds),
    ("nanoseconds", Unit::Nanoseconds),
    ("microsec", Unit::Microseconds),
    ("millisec", Unit::Milliseconds),
    ("nanosec", Unit::Nanoseconds),
    ("seconds", Unit::Seconds),
    ("millis", Unit::Milliseconds),
    ("micros", Unit::Microseconds),
    ("nanos", Unit::Nanoseconds),
    ("msec", Unit::Milliseconds),
    ("usec", Unit::Microseconds),
    ("nsec", Unit::Nanoseconds),
    ("secs", Unit::Seconds),
    ("sec", Unit::Seconds),
    ("ms", Unit::Milliseconds),
    ("us", Unit::Microseconds),
    ("ns", Unit::Nanoseconds),
];

/// API Gateway's access log in JSON: the template is the user's, the names are those of
/// `$context`, latencies are milliseconds
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>).
static API_GATEWAY: KeySet = KeySet {
    name: "API Gateway",
    signature: &["integration_latency", "response_latency"],
    enough: 2,
    aliases: &[
        Alias { means: Means::Latency(Hint::Is(Unit::Milliseconds)), keys: &["response_latency"] },
        Alias {
            means: Means::UpstreamLatency(Hint::Is(Unit::Milliseconds)),
            keys: &["integration_latency"],
        },
        Alias { means: Means::UpstreamStatus, keys: &["integration_status"] },
        Alias { means: Means::Time, keys: &["request_time_epoch", "request_time"] },
        Alias { means: Means::Host, keys: &["domain_name"] },
    ],
};

/// nginx: keys named after its variables. The names and their meanings are in [`GENERIC`] too, as
/// they have been taken over everywhere; this set is for the name in the report and for the unit
/// of its times, which its names alone do not tell.
static NGINX: KeySet = KeySet {
    name: "nginx",
    signature: &[
        "body_bytes_sent",
        "bytes_sent",
        "http_referer",
        "http_user_agent",
        "http_x_forwarded_for",
        "msec",
        "remote_addr",
        "remote_user",
        "request_length",
        "request_method",
        "request_time",
        "request_uri",
        "server_protocol",
        "time_iso8601",
        "time_local",
        "upstream_addr",
        "upstream_response_time",
        "upstream_status",
    ],
    enough: 4,
    aliases: &[
        Alias { means: Means::Latency(Hint::Thousandths), keys: &["request_time", "rt"] },
        Alias {
            means: Means::UpstreamLatency(Hint::Thousandths),
            keys: &["upstream_response_time", "urt"],
        },
    ],
};

/// LTSV labels after <http://ltsv.org>. `host` is the client there, but many write `$host` in it:
/// the value tells. `apptime` and `reqtime` are seconds there, but Apache's `%D` is seen in them.
static LABELS: KeySet = KeySet {
    name: "LTSV",
    signature: &[],
    enough: 0,
    aliases: &[
        Alias { means: Means::Time, keys: &["time"] },
        Alias { means: Means::Request, keys: &["req", "uri"] },
        Alias { means: Means::Method, keys: &["method"] },
        Alias { means: Means::Protocol, keys: &["protocol"] },
        Alias { means: Means::Status, keys: &["status"] },
        Alias { means: Means::Bytes, keys: &["size"] },
        Alias { means: Means::Host, keys: &["vhost"] },
        Alias { means: Means::ClientAddress, keys: &["host"] },
        Alias { means: Means::UserAgent, keys: &["ua"] },
        Alias { means: Means::Referer, keys: &["referer"] },
        Alias { means: Means::Latency(Hint::Is(Unit::Microseconds)), keys: &["reqtime_microsec"] },
        Alias { means: Means::Latency(Hint::Thousandths), keys: &["reqtime"] },
        Alias { means: Means::Latency(Hint::Unknown), keys: &["runtime"] },
        Alias { means: Means::UpstreamLatency(Hint::Thousandths), keys: &["apptime"] },
    ],
};

/// Heroku's router (<https://devcenter.heroku.com/articles/http-routing>): `service` is the time of
/// the dyno, `connect` the time to connect to it. Both may be empty; the unit stands in the values.
pub(in crate::format) static HEROKU: KeySet = KeySet {
    name: "Heroku router",
    signature: &["at", "dyno", "connect", "service", "fwd"],
    enough: 4,
    aliases: &[
        Alias { means: Means::LatencyPart, keys: &["connect"] },
        Alias { means: Means::UpstreamLatencyPart, keys: &["service"] },
        Alias { means: Means::Request, keys: &["path"] },
        Alias { means: Means::Client, keys: &["fwd"] },
        Alias { means: Means::UpstreamAddress, keys: &["dyno"] },
        Alias { means: Means::Status, keys: &["status"] },
        Alias { means: Means::Reason, keys: &["code"] },
        Alias { means: Means::RequestId, keys: &["request_id"] },
    ],
};

/// What logfmt has beside the common stock: short names of loggers in Go.
static PAIRS: KeySet = KeySet {
    name: "logfmt",
    signature: &[],
    enough: 0,
    aliases: &[
        Alias { means: Means::Time, keys: &["time", "ts", "t"] },
        Alias {
            means: Means::RequestId,
            keys: &["request_id", "req_id", "x_request_id", "trace_id"],
        },
    ],
};

/// The common stock: nginx variables, Apache templates, ECS
/// (<https://www.elastic.co/docs/reference/ecs>), OpenTelemetry semantic conventions, Envoy,
/// Caddy and what hand-made templates use.
pub static GENERIC: KeySet = KeySet {
    name: "JSON",
    signature: &[],
    enough: 0,
    aliases: &[
        Alias {
            means: Means::Time,
            keys: &[
                "msec",
                "time_local",
                "time_iso8601",
                "start_time",
                "time",
                "request_time_epoch",
                "timestamp",
                "ts",
                "@timestamp",
                "date",
                "datetime",
                "timestamp_ms",
                "time_unix",
                "epoch",
                "start",
                "request_time",
            ],
        },
        Alias {
            means: Means::Request,
            keys: &[
                "request",
                "request_line",
                "req",
                "request_uri",
                "request.uri",
                "request.url",
                "request.path",
                "req.url",
                "url.original",
                "http.target",
                "uri",
                "url",
                "request_url",
                "url.full",
                "http.url",
                "url.path",
                "path",
                "request_path",
                "document_uri",
                "resource_path",
                "uri_path",
                "target",
                "message",
                "msg",
            ],
        },
        Alias {
            means: Means::Method,
            keys: &[
                "request_method",
                "method",
                "http_method",
                "verb",
                "http.request.method",
                "http.method",
                "request.method",
                "req.method",
            ],
        },
        Alias {
            means: Means::Protocol,
            keys: &[
                "server_protocol",
                "protocol",
                "proto",
                "request_protocol",
                "http_version",
                "http.version",
                "network.protocol.version",
                "request.proto",
                "request.protocol",
                "req.protocol",
            ],
        },
        Alias {
            means: Means::Status,
            keys: &[
                "status",
                "status_code",
                "http.response.status_code",
                "http.status_code",
                "http_status",
                "http_status_code",
                "response_status",
                "response_code",
                "response",
                "response.status",
                "response.status_code",
                "res.status_code",
                "res.status",
                "code",
            ],
        },
        Alias {
            means: Means::Bytes,
            keys: &[
                "body_bytes_sent",
                "bytes_sent",
                "bytes",
                "size",
                "response_size",
                "response_length",
                "response_body_size",
                "response_bytes",
                "body_size",
                "sent_bytes",
                "http.response.body.bytes",
                "http.response.bytes",
                "http.response.body.size",
                "http.response.size",
                "http.response_content_length",
                "response.bytes",
                "response.size",
                "res.content_length",
            ],
        },
        Alias {
            means: Means::Client,
            keys: &[
                "remote_addr",
                "client_ip",
                "remote_ip",
                "client.address",
                "client.ip",
                "source.ip",
                "source.address",
                "identity.source_ip",
                "source_ip",
                "request.client_ip",
                "request.remote_ip",
                "request.remote_addr",
                "req.remote_address",
                "remote_address",
                "remote_host",
                "client_host",
                "client_addr",
                "client_address",
                "client",
                "ip",
                "ip_address",
                "downstream_remote_address",
                "http.client_ip",
                "network.peer.address",
                "net.peer.ip",
                "real_ip",
                "x_real_ip",
            ],
        },
        Alias {
            means: Means::Host,
            keys: &[
                "http_host",
                "host",
                "vhost",
                "request_host",
                "request.host",
                "authority",
                ":authority",
                "http.host",
                "url.domain",
                "server.address",
                "server_name",
                "virtual_host",
                "domain",
                "site",
                "req.headers.host",
                "request.headers.host",
                "headers.host",
            ],
        },
        Alias {
            means: Means::Referer,
            keys: &[
                "http_referer",
                "referer",
                "http_referrer",
                "referrer",
                "http.request.referrer",
                "http.referer",
                "request_referer",
                "request.headers.referer",
                "req.headers.referer",
                "headers.referer",
            ],
        },
        Alias {
            means: Means::UserAgent,
            keys: &[
                "http_user_agent",
                "user_agent",
                "user_agent.original",
                "ua",
                "agent",
                "http.user_agent",
                "http.request.user_agent",
                "request_user_agent",
                "identity.user_agent",
                "request.headers.user_agent",
                "req.headers.user_agent",
                "headers.user_agent",
            ],
        },
        Alias { means: Means::Latency(Hint::Unknown), keys: &["request_time", "rt"] },
        Alias {
            means: Means::Latency(Hint::Is(Unit::Seconds)),
            keys: &["time_in_sec", "http.server.request.duration"],
        },
        Alias { means: Means::Latency(Hint::Is(Unit::Nanoseconds)), keys: &["event.duration"] },
        Alias {
            means: Means::Latency(Hint::Is(Unit::Microseconds)),
            keys: &["reqtime_microsec", "request_time_microsec"],
        },
        Alias {
            means: Means::Latency(Hint::Unknown),
            keys: &[
                "duration",
                "request_duration",
                "http.server.duration",
                "response_time",
                "reqtime",
                "latency",
                "response_latency",
                "time_taken",
                "elapsed",
                "elapsed_time",
                "time_elapsed",
                "total_time",
                "took",
                "runtime",
            ],
        },
        Alias {
            means: Means::UpstreamLatency(Hint::Unknown),
            keys: &["upstream_response_time", "urt"],
        },
        Alias {
            means: Means::UpstreamLatency(Hint::Is(Unit::Milliseconds)),
            keys: &["upstream_service_time", "x_envoy_upstream_service_time"],
        },
        Alias {
            means: Means::UpstreamLatency(Hint::Unknown),
            keys: &["apptime", "upstream_time", "upstream_duration", "origin_duration"],
        },
        Alias { means: Means::UpstreamAddress, keys: &["upstream_addr", "upstream_host"] },
        Alias { means: Means::UpstreamStatus, keys: &["upstream_status"] },
        Alias {
            means: Means::UpstreamOther,
            keys: &[
                "upstream_connect_time",
                "upstream_header_time",
                "upstream_queue_time",
                "upstream_response_length",
                "upstream_bytes_received",
                "upstream_bytes_sent",
                "uct",
                "uht",
            ],
        },
    ],
};

/// A name without case, `_` and `-`.
pub fn normal(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether values under this key are lists of upstream attempts, whatever objects it is in.
pub(in crate::format) fn may_be_list(key: &[u8]) -> bool {
    let Ok(key) = std::str::from_utf8(key) else { return false };
    // Asked for every key of a sample: the names are written the normal way once.
    static LISTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let lists = GENERIC.aliases.iter().filter(|alias| alias.means.is_list());
        lists.flat_map(|alias| alias.keys).map(|key| normal(key)).collect()
    });
    let key = normal(key);
    LISTS.contains(&key)
}

impl Means {
    /// Whether the values can be lists of upstream attempts.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::UpstreamLatency(_)
                | Self::UpstreamAddress
                | Self::UpstreamStatus
                | Self::UpstreamOther
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_name_has_each_meaning_once_in_a_set() {
        for set in JSON.iter().chain(LTSV).chain(LOGFMT) {
            let mut seen = HashSet::new();
            for alias in set.aliases {
                for key in alias.keys {
                    let kind = std::mem::discriminant(&alias.means);
                    assert!(seen.insert((normal(key), kind)), "{}: {key}", set.name);
                }
            }
        }
    }

    #[test]
    fn the_last_set_takes_every_line() {
        for sets in [JSON, LTSV, LOGFMT] {
            assert!(sets.last().is_some_and(|set| set.enough == 0));
        }
    }

    #[test]
    fn longer_units_come_before_their_own_endings() {
        for (at, (suffix, _)) in UNIT_SUFFIXES.iter().enumerate() {
            for (later, _) in &UNIT_SUFFIXES[at + 1..] {
                assert!(!later.ends_with(suffix), "{later} is hidden by {suffix}");
            }
        }
    }
}
