//! What is written as logfmt.

use super::{Alias, KeySet, Means};
use crate::format::Product;
use crate::format::field::Unit;

/// Heroku's router (<https://devcenter.heroku.com/articles/http-routing>): `service` is the time of
/// the dyno, `connect` the time to connect to it. Both may be empty; the unit stands in the values.
pub(super) static HEROKU: KeySet = KeySet {
    name: "heroku",
    product: Product::Heroku,
    signature: &["at", "dyno", "connect", "service", "fwd"],
    enough: 4,
    sure: &[],
    open: false,
    request: None,
    aliases: &[
        Alias::new(Means::Part(Unit::Milliseconds), &["connect"]),
        Alias::new(Means::UpstreamPart(Unit::Milliseconds), &["service"]),
        Alias::new(Means::Request, &["path"]),
        Alias::new(Means::Method, &["method"]),
        Alias::new(Means::Protocol, &["protocol"]),
        Alias::new(Means::Client, &["fwd"]),
        Alias::new(Means::Host, &["host"]),
        Alias::new(Means::UpstreamAddress, &["dyno"]),
        Alias::new(Means::Status, &["status"]),
        Alias::new(Means::Bytes, &["bytes"]),
        Alias::new(Means::Reason, &["code"]),
        Alias::new(Means::RequestId, &["request_id"]),
    ],
};

/// What logfmt has beside the common stock: short names of loggers in Go.
pub(super) static PAIRS: KeySet = KeySet {
    name: "logfmt",
    product: Product::Unknown,
    signature: &[],
    enough: 0,
    sure: &[],
    open: true,
    request: None,
    aliases: &[
        Alias::new(Means::Time, &["time", "ts", "t"]),
        Alias::new(Means::RequestId, &["request_id", "req_id", "x_request_id", "trace_id"]),
    ],
};
