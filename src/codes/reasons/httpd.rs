//! Apache's connection status.

use super::{Family, Owner::*, r};

/// The table.
#[rustfmt::skip]
pub(in crate::codes) static CONNECTION: Family = Family {
    origin: "Apache httpd",
    kind: "connection status",
    place: "%X, which has to be added to LogFormat",
    source: "Apache httpd, mod_log_config",
    reasons: &[
        r(&["%X=X", "X"], "any", "The connection broke before the response was whole.",
          "the client left: latency, large responses", &[Client]),
        r(&["%X=-"], "any", "The connection is closed after the response.",
          "nothing", &[Nobody]),
        r(&["%X=+", "+"], "any", "The connection is kept for the next request.",
          "nothing", &[Nobody]),
    ],
};
