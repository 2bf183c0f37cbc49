//! One request as one log line tells it. This room imports nothing.
//!
//! A [`Record`] borrows from the line it was read from: nothing is copied. A field that the line
//! does not have, or has as `-`, is `None`: **absent is not zero**.

/// One HTTP request as one access-log line tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record<'a> {
    /// Microseconds since 1970-01-01T00:00:00 UTC. Whether it is the start or the end of the
    /// request depends on the format that was read, see `format::TimeMeaning`.
    pub time: Option<i64>,
    /// The status that the server logged for its client.
    pub status: Status,
    /// What became of the request line.
    pub request: RequestLine,
    /// Request method, as written.
    pub method: Option<&'a [u8]>,
    /// Request target (RFC 9112, section 3.2), as written: with its query, perhaps absolute.
    pub target: Option<&'a [u8]>,
    /// Protocol, as written (`HTTP/1.1`, `HTTP/2.0`).
    pub protocol: Option<&'a [u8]>,
    /// Bytes sent to the client, in the format's own meaning (body, or body and header).
    pub bytes: Option<u64>,
    /// Latency in microseconds, of the field that the report names.
    pub duration: Option<u64>,
    /// Address (or name) of the client.
    pub client: Option<&'a [u8]>,
    /// Host that was asked for (virtual host).
    pub host: Option<&'a [u8]>,
    /// `Referer` request header.
    pub referer: Option<&'a [u8]>,
    /// `User-Agent` request header.
    pub user_agent: Option<&'a [u8]>,
    /// What the proxy's upstreams did.
    pub upstream: Upstream<'a>,
    /// What the cache did, in the product's own word (`HIT`, `Miss`, `TCP_REFRESH_MISS`).
    pub cache: Option<&'a [u8]>,
    /// The client's country, or the place of the edge that it was led to where the log has no country,
    /// as written: `DE`, `Germany`, `LHR62-C1`.
    pub location: Option<&'a [u8]>,
    /// Why the response is what it is, in the product's own word: HAProxy's termination state,
    /// Envoy's flags, the `error_reason` of a load balancer. Absent when nothing went wrong.
    pub reason: Option<&'a [u8]>,
    /// The id that the products along the way share.
    pub request_id: Option<&'a [u8]>,
    /// Values that only the rules of the product can read, see `format::product`.
    pub clues: [Option<&'a [u8]>; 3],
    /// What a line without a status means.
    pub absence: Absence,
    /// Who made the status, where the product's rules tell; see [`Record::producer`].
    pub produced_by: Option<Producer>,
    /// Why the request is none of a client's, if it is not.
    pub aside: Option<Aside>,
    /// How many parts of a latency that is a sum were there; [`Record::NO_SUM`] when one was absent.
    pub parts: u8,
    /// The connection was aborted before the response was complete (Apache `%X` = `X`).
    pub aborted: bool,
    /// The line broke its own format (raw quotes, a cut last field) and was read leniently.
    pub recovered: bool,
}

impl Record<'_> {
    /// The [`Record::parts`] of a latency that cannot be summed up.
    pub const NO_SUM: u8 = u8::MAX;

    /// Who made the status, as far as the line tells: what the product's rules say, else the
    /// upstream when it answered with this very status, else the proxy that wrote the line, when
    /// it says that no upstream answered, or that one answered something else. Where there is no
    /// status, nobody made it.
    ///
    /// A proxy that got no answer from an upstream logs its own 502 or 504 as the upstream's status
    /// too (nginx: `u->state->status = status` in `ngx_http_upstream_next`). Only the time of the
    /// answer's header tells such an attempt from an answer; without it nobody can.
    #[inline]
    pub fn producer(&self) -> Option<Producer> {
        if self.produced_by.is_some() || matches!(self.status, Status::None(_)) {
            return self.produced_by;
        }
        match self.upstream.status {
            Status::None(NoStatus::Missing) => None,
            status if status != self.status => Some(Producer::Proxy),
            Status::Code(502 | 504) if self.upstream.header.is_none() => None,
            _ => Some(Producer::Origin),
        }
    }
}

/// Who made the status of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Producer {
    /// The CDN's edge, by itself or from its cache.
    Edge,
    /// The proxy or load balancer that wrote the line.
    Proxy,
    /// What stands behind it: the origin, the upstream, the target.
    Origin,
}

impl Producer {
    /// Every producer, in the order of their discriminants.
    pub const ALL: [Self; 3] = [Self::Edge, Self::Proxy, Self::Origin];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Proxy => "proxy",
            Self::Origin => "origin",
        }
    }
}

/// What a line without a status means; each product gives its spelling a meaning of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Absence {
    /// The product does not say.
    #[default]
    Unknown,
    /// The client left before there was a response (CloudFront `000`, HAProxy `-1`, Google Cloud).
    ClientGone,
    /// The origin did not answer in time (Azure Front Door `0`): a failure.
    OriginTimeout,
    /// The handler wrote no status, so the client got 200 (Caddy `0`).
    Implied200,
    /// HTTP/0.9 has no status line (nginx `009`).
    Http09,
}

impl Absence {
    /// Every meaning, in the order of their discriminants.
    pub const ALL: [Self; 5] =
        [Self::Unknown, Self::ClientGone, Self::OriginTimeout, Self::Implied200, Self::Http09];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::ClientGone => "client_gone",
            Self::OriginTimeout => "origin_timeout",
            Self::Implied200 => "implied_200",
            Self::Http09 => "http_0_9",
        }
    }
}

/// Requests in a log that no client sent. They are read, and counted apart from the health of the
/// service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aside {
    /// A CDN asks itself: Cloudflare's lookups for Early Hints and of the Workers' cache, whose 504
    /// only says that nothing was cached; subrequests of Workers.
    CdnInternal,
    /// The same request once more at a shield or parent cache: the edge has its own line for it.
    CdnShield,
}

impl Aside {
    /// Every kind, in the order of their discriminants.
    pub const ALL: [Self; 2] = [Self::CdnInternal, Self::CdnShield];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::CdnInternal => "cdn_internal",
            Self::CdnShield => "cdn_shield",
        }
    }
}

/// The status of a response, or the way in which the line says that there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A three-digit code, 100 to 999.
    Code(u16),
    /// No status was sent; the spelling is kept, its meaning differs per product.
    None(NoStatus),
}

impl Default for Status {
    fn default() -> Self {
        Self::None(NoStatus::Missing)
    }
}

/// Spellings of "no status". They are counted apart from the codes and from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoStatus {
    /// `000` or `0`: nothing was sent (nginx, CloudFront, Envoy, Squid).
    Zero,
    /// `009`: nginx answered an HTTP/0.9 request, which has no status line.
    Http09,
    /// `-` (Apache, Traefik).
    Dash,
    /// `-1` (HAProxy).
    MinusOne,
    /// An empty value.
    Empty,
    /// JSON `null`.
    Null,
    /// The line has no such field.
    Missing,
}

impl NoStatus {
    /// Every spelling, in the order of their discriminants.
    pub const ALL: [Self; 7] = [
        Self::Zero,
        Self::Http09,
        Self::Dash,
        Self::MinusOne,
        Self::Empty,
        Self::Null,
        Self::Missing,
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "000",
            Self::Http09 => "009",
            Self::Dash => "-",
            Self::MinusOne => "-1",
            Self::Empty => "empty",
            Self::Null => "null",
            Self::Missing => "missing",
        }
    }
}

/// Class of a status code by its first digit (RFC 9110, section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// 1xx
    Informational,
    /// 2xx
    Successful,
    /// 3xx
    Redirection,
    /// 4xx
    ClientError,
    /// 5xx
    ServerError,
    /// 600 to 999: no class in HTTP, but seen in logs (Squid 603, LinkedIn 999).
    Other,
    /// No status at all.
    NoStatus,
}

impl Class {
    /// Every class, in the order of their discriminants.
    pub const ALL: [Self; 7] = [
        Self::Informational,
        Self::Successful,
        Self::Redirection,
        Self::ClientError,
        Self::ServerError,
        Self::Other,
        Self::NoStatus,
    ];

    /// The name used in reports and filters: `1xx` to `5xx`, `other`, `none`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Successful => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Other => "other",
            Self::NoStatus => "none",
        }
    }
}

impl Status {
    /// The class of this status.
    pub fn class(self) -> Class {
        match self {
            Self::Code(code) => match code / 100 {
                1 => Class::Informational,
                2 => Class::Successful,
                3 => Class::Redirection,
                4 => Class::ClientError,
                5 => Class::ServerError,
                _ => Class::Other,
            },
            Self::None(_) => Class::NoStatus,
        }
    }

    /// Reads a status as logs write it: three digits, or one of the spellings of "no status".
    /// `None` when the text is neither.
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if let [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] = *text {
            let code = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
            return match code {
                100.. => Some(Self::Code(code)),
                0 => Some(Self::None(NoStatus::Zero)),
                9 => Some(Self::None(NoStatus::Http09)),
                _ => None,
            };
        }
        match text {
            b"-" => Some(Self::None(NoStatus::Dash)),
            b"0" => Some(Self::None(NoStatus::Zero)),
            b"-1" => Some(Self::None(NoStatus::MinusOne)),
            b"" => Some(Self::None(NoStatus::Empty)),
            _ => None,
        }
    }
}

/// What became of the request line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestLine {
    /// The format has no request line, or it was read into method, target and protocol.
    #[default]
    Read,
    /// `""`: the server read nothing that it could log.
    Empty,
    /// `-`: no request arrived (idle connections, HTTP/2 errors).
    Dash,
    /// Bytes that are no request line: scanners, other protocols.
    Garbage,
    /// The first bytes of a TLS handshake: `https://` to a plain port.
    Tls,
}

/// What the upstreams of a proxy did for one request. Lists (`502, 200 : 200`) hold one item for
/// each attempt; see `format::list`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Upstream<'a> {
    /// The address tried last: the one whose answer the client saw.
    pub address: Option<&'a [u8]>,
    /// How many upstream attempts were made; 0 when none was made or the format does not say.
    pub attempts: u32,
    /// The status of the last attempt. `Status::None(Missing)` when the format does not say.
    pub status: Status,
    /// Sum of the measured response times of all attempts, microseconds.
    pub duration: Option<u64>,
    /// Time to connect to the upstream, microseconds; of several attempts the sum.
    pub connect: Option<u64>,
    /// Time to the first byte, or to the end of the header, of the upstream's response,
    /// microseconds; of several attempts the sum.
    pub header: Option<u64>,
    /// The lists of a request that was tried more than once, as written.
    pub tries: Tries<'a>,
}

/// What the line says of each upstream attempt; empty where it says nothing, or made one attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries<'a> {
    /// Address of each.
    pub addresses: &'a [u8],
    /// Status of each.
    pub statuses: &'a [u8],
    /// Response time of each.
    pub durations: &'a [u8],
    /// What a response time is multiplied by to be in microseconds, as a power of ten.
    pub scale: u32,
}

/// Why a line was not read as a request. Counted by kind, with samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reject {
    /// Longer than the line limit; it was passed over without being buffered.
    TooLong,
    /// The line ends before the format does: cut off while being written.
    Truncated,
    /// The line has another shape than the format.
    Shape,
    /// The time cannot be read.
    Time,
    /// The status is not three digits and no spelling of "no status".
    Status,
    /// A size or a duration is not a number.
    Number,
    /// The line is no JSON object.
    Json,
    /// The line has none of the keys that a request needs, and no key is known for the status:
    /// see [`Skip::NotAResponse`].
    MissingField,
}

impl Reject {
    /// Every reason, in the order of their discriminants.
    pub const ALL: [Self; 8] = [
        Self::TooLong,
        Self::Truncated,
        Self::Shape,
        Self::Time,
        Self::Status,
        Self::Number,
        Self::Json,
        Self::MissingField,
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Truncated => "truncated",
            Self::Shape => "other_shape",
            Self::Time => "bad_time",
            Self::Status => "bad_status",
            Self::Number => "bad_number",
            Self::Json => "invalid_json",
            Self::MissingField => "missing_field",
        }
    }
}

/// Lines that are no requests and no faults: counted by kind, not rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Nothing but white space or NUL bytes.
    Blank,
    /// A line of the server's error log or of its controller, among the access lines.
    ErrorLog,
    /// A comment or header line (`#…`).
    Comment,
    /// A line of JSON or LTSV without the key of the status: the start of a request that has
    /// another line for its end, or something else that the program tells; or a line of a proxy's
    /// log that tells of no request (HAProxy: a server is down, a TLS handshake failed).
    NotAResponse,
    /// A part of a line that a container runtime cut into several: the request is counted with its
    /// last part.
    Continued,
}

impl Skip {
    /// Every kind, in the order of their discriminants.
    pub const ALL: [Self; 5] =
        [Self::Blank, Self::ErrorLog, Self::Comment, Self::NotAResponse, Self::Continued];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::ErrorLog => "error_log",
            Self::Comment => "comment",
            Self::NotAResponse => "not_a_response",
            Self::Continued => "continued",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_kept_as_written() {
        assert_eq!(Status::parse(b"200"), Some(Status::Code(200)));
        assert_eq!(Status::parse(b"999"), Some(Status::Code(999)));
        assert_eq!(Status::parse(b"000"), Some(Status::None(NoStatus::Zero)));
        assert_eq!(Status::parse(b"009"), Some(Status::None(NoStatus::Http09)));
        assert_eq!(Status::parse(b"-"), Some(Status::None(NoStatus::Dash)));
        assert_eq!(Status::parse(b"-1"), Some(Status::None(NoStatus::MinusOne)));
        for bad in [&b"20"[..], b"2000", b"2x0", b"050", b"20 "] {
            assert_eq!(Status::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_producer_is_told_only_where_the_line_tells() {
        use Producer::{Edge, Origin, Proxy};
        let none = Status::None(NoStatus::Dash);
        let missing = Status::default();
        for (status, upstream, header, rule, producer) in [
            (200, Status::Code(200), None, None, Some(Origin)),
            (500, Status::Code(500), None, None, Some(Origin)),
            (404, none, None, None, Some(Proxy)),
            (499, Status::Code(200), Some(9), None, Some(Proxy)),
            (500, missing, None, None, None),
            // Nobody listens on the upstream's port, or one answered 502: the same but for the
            // header.
            (502, Status::Code(502), None, None, None),
            (504, Status::Code(504), None, None, None),
            (502, Status::Code(502), Some(9), None, Some(Origin)),
            (502, Status::Code(502), None, Some(Edge), Some(Edge)),
            (502, missing, None, Some(Proxy), Some(Proxy)),
        ] {
            let upstream = Upstream { status: upstream, header, ..Upstream::default() };
            let status = Status::Code(status);
            let record = Record { status, upstream, produced_by: rule, ..Record::default() };
            assert_eq!(record.producer(), producer, "{record:?}");
        }
    }

    #[test]
    fn classes_go_by_the_first_digit() {
        assert_eq!(Status::Code(499).class(), Class::ClientError);
        assert_eq!(Status::Code(530).class(), Class::ServerError);
        assert_eq!(Status::Code(603).class(), Class::Other);
        assert_eq!(Status::default().class(), Class::NoStatus);
    }
}
