//! How far a request came on its way to the upstream, as its line tells. Products write the same
//! fault with different codes and words (`method.md` 2.1: measured for nginx, HAProxy and Apache,
//! else by the vendors' documentation); rules ask this and not the codes.
//!
//! A line seldom tells one end for certain: each is a set of those that fit it. Fewer fields, more
//! ends.

use super::page::is_page;
use super::{Case, Need, Request, Told};
use crate::detect::culprit::Dimension;
use crate::format::Product::{self, *};
use crate::number::percent;
use crate::record::{NoStatus, Producer};
use crate::tally::sample::Field;
use crate::tally::signals::ORIGIN_TIMEOUT;

/// A set of ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends(u16);

impl Ends {
    /// None.
    pub(super) const NONE: Self = Self(0);
    /// The name of the upstream has no address.
    pub(super) const UNRESOLVED: Self = Self(1);
    /// No peer could be chosen: all are marked as failed, or have as many connections as they may.
    pub(super) const NO_PEER: Self = Self(1 << 1);
    /// There is no upstream to choose from.
    pub(super) const NO_ENDPOINT: Self = Self(1 << 2);
    /// The connection was refused.
    pub(super) const REFUSED: Self = Self(1 << 3);
    /// No connection came about in time.
    pub(super) const NO_CONNECTION: Self = Self(1 << 4);
    /// The connection was closed before an answer.
    pub(super) const CLOSED: Self = Self(1 << 5);
    /// An answer came that cannot be read.
    pub(super) const UNREADABLE: Self = Self(1 << 6);
    /// No answer came in time.
    pub(super) const NO_ANSWER: Self = Self(1 << 7);
    /// The upstream answered with the status itself.
    const ANSWERED: Self = Self(1 << 8);
    /// None of these: a limit, a rule, a page of the proxy, a client.
    pub(super) const ELSEWHERE: Self = Self(1 << 9);

    /// Both.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What has no connection: the name, the pool or the peer.
const UNCONNECTED: Ends = Ends::UNRESOLVED
    .or(Ends::NO_PEER)
    .or(Ends::NO_ENDPOINT)
    .or(Ends::REFUSED)
    .or(Ends::NO_CONNECTION)
    .or(Ends::ELSEWHERE);
/// What a peer has no part in.
const UNASKED: Ends = Ends::UNRESOLVED.or(Ends::NO_PEER).or(Ends::NO_ENDPOINT).or(Ends::ELSEWHERE);
/// What takes as long as somebody waits.
const WAITED: Ends = Ends::NO_CONNECTION.or(Ends::NO_ANSWER);
/// What a 502 may be.
const BAD_GATEWAY: Ends =
    Ends::UNRESOLVED.or(Ends::NO_PEER).or(Ends::REFUSED).or(Ends::CLOSED).or(Ends::UNREADABLE);

/// A request that was given up on took at least so long, seconds.
const WAIT: f64 = 0.1;

/// The ends that fit a request.
pub(super) fn ends(case: &Case<'_>, request: &Request<'_, '_>) -> Ends {
    let facts = request.facts();
    let code = match request.outcome() {
        // nginx took what is no HTTP/1 for HTTP/0.9.
        _ if facts.no_status == Some(NoStatus::Http09) => return Ends::UNREADABLE,
        ORIGIN_TIMEOUT => 504,
        code @ 500..=599 => code,
        _ => return Ends::ELSEWHERE,
    };
    let product = case.log.product;
    let upstream = request.field(Field::Upstream);
    if let Some(reason) = request.field(Field::Reason) {
        let told = by_word(product, reason, upstream.is_some());
        if told != Ends::NONE {
            return by_time(told, request.seconds());
        }
    }
    match (facts.producer, code) {
        // The upstream is a proxy itself, and what is true of any holds behind it.
        (Some(Producer::Origin), 502 | 504) => {
            return by_time(by_code(Unknown, code).or(Ends::ANSWERED), request.seconds());
        }
        (Some(Producer::Origin), _) => return Ends::ANSWERED,
        // It logs a word for each end but the upstream's own.
        (None, _) if matches!(product, HaProxy | Heroku) => return Ends::ANSWERED,
        _ => {}
    }
    let mut ends = by_code(product, code);
    if facts.producer.is_none() && !is_own_page(case, code, facts.bytes) {
        ends = ends.or(Ends::ANSWERED);
    }
    let is_nginx = product == Nginx;
    match upstream {
        // nginx writes the name of the group when it could choose no peer of it (measured).
        Some(name) if is_nginx && !name.contains(&b':') => ends = ends.and(Ends::NO_PEER),
        Some(_) => ends = ends.without(UNASKED),
        None if case.has(Need::Upstream) => ends = ends.and(UNASKED),
        // The times are a list of the peers that were tried.
        None if is_nginx && case.has(Need::UpstreamDuration) => {
            let is_asked = facts.attempts > 0;
            let unasked = UNASKED.without(Ends::NO_PEER);
            ends = if is_asked { ends.without(unasked) } else { ends.and(unasked) };
        }
        None => {}
    }
    if case.has(Need::UpstreamTimes) {
        ends = match (facts.connect, facts.header) {
            (None, None) => ends.and(UNCONNECTED.or(Ends::ANSWERED)),
            (_, None) => ends.without(UNCONNECTED),
            (_, Some(_)) => ends.and(Ends::ANSWERED.or(Ends::UNREADABLE)),
        };
        if is_nginx && facts.header.is_none() {
            ends = ends.without(Ends::ANSWERED);
        }
    }
    let ends = by_time(ends, request.seconds());
    if ends == Ends::NONE { Ends::ELSEWHERE } else { ends }
}

/// Those that fit the time it took.
fn by_time(ends: Ends, seconds: Option<f64>) -> Ends {
    match seconds {
        Some(seconds) if seconds < WAIT => ends.without(WAITED),
        // One word or one field for both: a closed port says so at once.
        Some(seconds) if seconds >= 1.0 && ends.meets(Ends::NO_CONNECTION) => {
            ends.without(Ends::REFUSED)
        }
        _ => ends,
    }
}

/// Whether it is nginx's own error page by its length.
fn is_own_page(case: &Case<'_>, code: u16, bytes: Option<u32>) -> bool {
    // Only these are of the way to the upstream.
    let is_told = matches!(code, 502..=504);
    let page = case.log.page.zip(bytes);
    is_told && page.is_some_and(|(around, bytes)| is_page(bytes, code, around))
}

/// What a code may mean that the product made itself.
fn by_code(product: Product, code: u16) -> Ends {
    match (product, code) {
        (Nginx, 502) => BAD_GATEWAY,
        (Nginx, 503) => Ends::NO_ENDPOINT.or(Ends::ELSEWHERE),
        // mod_proxy: a backend that does not answer in time is a 502, and one that takes no
        // connection a 503.
        (Apache, 500) => Ends::UNREADABLE.or(Ends::ANSWERED),
        (Apache, 502) => Ends::CLOSED.or(Ends::UNREADABLE).or(Ends::NO_ANSWER).or(Ends::UNRESOLVED),
        (Apache, 503) => {
            Ends::REFUSED.or(Ends::NO_PEER).or(Ends::NO_CONNECTION).or(Ends::ELSEWHERE)
        }
        (Alb | Clb, 502) => Ends::REFUSED.or(Ends::CLOSED).or(Ends::UNREADABLE),
        (Alb | Clb, 503) => Ends::NO_ENDPOINT.or(Ends::NO_PEER),
        // They have this one for all.
        (Envoy | HaProxy | Heroku | Varnish | Fastly | Squid, 503) => {
            BAD_GATEWAY.or(WAITED).or(Ends::NO_ENDPOINT).or(Ends::ELSEWHERE)
        }
        (Unknown, 502) => BAD_GATEWAY.or(Ends::NO_ANSWER),
        (Unknown, 503) => Ends::REFUSED
            .or(Ends::NO_CONNECTION)
            .or(Ends::NO_PEER)
            .or(Ends::NO_ENDPOINT)
            .or(Ends::ELSEWHERE),
        (_, 502) => BAD_GATEWAY,
        (_, 503) => Ends::NO_PEER.or(Ends::NO_ENDPOINT).or(Ends::ELSEWHERE),
        (_, 504) => WAITED,
        _ => Ends::ELSEWHERE,
    }
}

/// What the product's own word says; nothing when it is none of these.
fn by_word(product: Product, reason: &[u8], has_upstream: bool) -> Ends {
    match product {
        // Session state at disconnection: `doc/configuration.txt`, 8.5.
        HaProxy => match (reason, has_upstream) {
            (b"SC" | b"sC", false) => Ends::NO_PEER.or(Ends::NO_ENDPOINT),
            (b"SC", true) => Ends::REFUSED,
            (b"sC", true) => Ends::NO_CONNECTION,
            (b"SH", _) => Ends::CLOSED,
            (b"sH", _) => Ends::NO_ANSWER,
            (b"PH", _) => Ends::UNREADABLE,
            _ => Ends::ELSEWHERE,
        },
        Envoy => reason
            .split(|byte| *byte == b',')
            .map(envoy)
            .find(|ends| *ends != Ends::NONE)
            .unwrap_or(Ends::NONE),
        Heroku => match reason {
            b"H10" | b"H20" | b"H21" => Ends::REFUSED,
            b"H14" | b"H81" => Ends::NO_ENDPOINT,
            b"H22" => Ends::NO_PEER,
            b"H19" => Ends::NO_CONNECTION,
            b"H12" => Ends::NO_ANSWER,
            b"H13" | b"H18" => Ends::CLOSED,
            b"H17" | b"H25" => Ends::UNREADABLE,
            _ => Ends::ELSEWHERE,
        },
        CloudFront => match reason {
            b"OriginConnectError" => Ends::REFUSED.or(Ends::NO_CONNECTION),
            b"OriginDnsError" => Ends::UNRESOLVED,
            b"OriginHeaderTooBigError" | b"OriginInvalidResponseError" => Ends::UNREADABLE,
            b"OriginReadError" => Ends::NO_ANSWER.or(Ends::CLOSED),
            b"OriginWriteError" => Ends::CLOSED,
            b"LimitExceeded" | b"CapacityExceeded" => Ends::ELSEWHERE,
            _ => Ends::NONE,
        },
        GoogleCloudLb => match reason {
            b"failed_to_connect_to_backend" => Ends::REFUSED.or(Ends::NO_CONNECTION),
            b"connection_refused" => Ends::REFUSED,
            b"connection_timeout" => Ends::NO_CONNECTION,
            b"failed_to_pick_backend" | b"destination_unavailable" => {
                Ends::NO_PEER.or(Ends::NO_ENDPOINT)
            }
            b"connection_limit_reached" => Ends::NO_PEER,
            b"config_not_found" | b"destination_not_found" => Ends::NO_ENDPOINT,
            b"backend_connection_closed_before_data_sent_to_client" | b"connection_terminated" => {
                Ends::CLOSED
            }
            b"backend_timeout" | b"http_response_timeout" | b"connection_read_timeout" => {
                Ends::NO_ANSWER
            }
            b"backend_response_headers_too_long"
            | b"http_response_header_section_size"
            | b"http_response_header_size"
            | b"http_protocol_error"
            | b"failed_to_negotiate_alpn" => Ends::UNREADABLE,
            b"dns_error" | b"dns_timeout" => Ends::UNRESOLVED,
            _ => Ends::ELSEWHERE,
        },
        AzureFrontDoor => match reason {
            b"OriginConnectionRefused" => Ends::REFUSED,
            b"OriginConnectionError" => Ends::REFUSED.or(Ends::NO_CONNECTION),
            b"OriginConnectionAborted" => Ends::CLOSED,
            b"OriginTimeout" => Ends::NO_ANSWER,
            b"OriginInvalidResponse" | b"ResponseHeaderTooBig" => Ends::UNREADABLE,
            b"DNSFailure" | b"DNSTimeout" | b"DNSNameNotResolved" => Ends::UNRESOLVED,
            _ => Ends::NONE,
        },
        AzureApplicationGateway => match reason {
            b"ERRORINFO_UPSTREAM_NO_LIVE" => Ends::NO_PEER,
            b"ERRORINFO_UPSTREAM_CLOSED_CONNECTION" => Ends::CLOSED,
            b"ERRORINFO_UPSTREAM_TIMED_OUT" => WAITED,
            _ => Ends::NONE,
        },
        // The phrase of a 503.
        Fastly | Varnish => match reason.to_ascii_lowercase().as_slice() {
            b"connection refused" => Ends::REFUSED,
            b"connection timed out" => Ends::NO_CONNECTION,
            b"first byte timeout" => Ends::NO_ANSWER,
            b"backend read error" => Ends::CLOSED.or(Ends::NO_ANSWER),
            b"backend is unhealthy"
            | b"all backends failed or unhealthy"
            | b"backend.max_conn reached"
            | b"no healthy backends" => Ends::NO_PEER,
            b"no backend" => Ends::NO_ENDPOINT,
            _ => Ends::NONE,
        },
        _ => Ends::NONE,
    }
}

/// One of Envoy's flags, short or long.
fn envoy(flag: &[u8]) -> Ends {
    match flag {
        b"UF" | b"UpstreamConnectionFailure" => Ends::REFUSED.or(Ends::NO_CONNECTION),
        b"UH" | b"NoHealthyUpstream" => Ends::NO_PEER.or(Ends::NO_ENDPOINT),
        // The circuit breaker: there were peers.
        b"UO" | b"UpstreamOverflow" => Ends::ELSEWHERE,
        b"NR" | b"NoRouteFound" | b"NC" | b"NoClusterFound" => Ends::NO_ENDPOINT,
        b"UC" | b"UpstreamConnectionTermination" | b"UR" | b"UpstreamRemoteReset" => Ends::CLOSED,
        b"UT" | b"UpstreamRequestTimeout" => Ends::NO_ANSWER,
        b"UPE" | b"UpstreamProtocolError" => Ends::UNREADABLE,
        b"DF" | b"DnsResolutionFailed" => Ends::UNRESOLVED,
        b"URX" | b"UpstreamRetryLimitExceeded" => Ends::NONE,
        _ => Ends::ELSEWHERE,
    }
}

/// Most of the requests, and few of them.
const MOST: f64 = 0.6;
const FEW: f64 = 0.25;

/// Share of the bad requests that may have ended so.
pub(super) fn possible(case: &Case<'_>, at: Ends) -> f64 {
    case.share(|of| Some(ends(case, of).meets(at))).map_or(0.0, |share| share.ratio)
}

/// Whether they ended there: a yes when all other ends are ruled out but those that are `like` it.
/// The sentence stands behind `97 % of the 502s`.
pub(super) fn ended(case: &Case<'_>, at: Ends, like: Ends, sentence: &str) -> Told {
    let either = at.or(like);
    let sure = case.share(|of| {
        let ends = ends(case, of);
        Some(ends.meets(at) && ends.without(either) == Ends::NONE)
    });
    let Some(sure) = sure else { return Told::Silent };
    if sure.ratio >= MOST {
        let noun = super::facts::noun(case);
        let word = match case.top(Dimension::Reason) {
            Some(top) if top.share >= MOST => {
                format!(" ({})", String::from_utf8_lossy(top.value))
            }
            _ => String::new(),
        };
        return Told::Yes(format!("{} of the {noun} {sentence}{word}", percent(sure.ratio)));
    }
    match possible(case, at) {
        share if share >= MOST => Told::Lacks(lacks(case)),
        share if share < FEW => Told::No(format!(
            "{} of the {} ended in another way",
            percent(1.0 - share),
            super::facts::noun(case)
        )),
        _ => Told::Silent,
    }
}

/// What would tell one end from another.
fn lacks(case: &Case<'_>) -> Need {
    match case.log.product {
        Envoy | HaProxy | Heroku | CloudFront | AzureFrontDoor | GoogleCloudLb
            if !case.has(Need::Reason) =>
        {
            Need::Reason
        }
        _ if case.has(Need::UpstreamTimes) && !case.has(Need::Upstream) => Need::Upstream,
        _ => Need::UpstreamTimes,
    }
}
