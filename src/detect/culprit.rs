//! Where it was not healthy: which value of which dimension is responsible for the excess of bad
//! requests in a window.
//!
//! The statistic is the expectation-based Poisson scan (Neill, "Expectation-based scan statistics for
//! monitoring spatial time series data", 2009) over patterns of one value, then of two and three. A
//! pattern with `a` bad requests where its own baseline lets `E` be expected scores
//! `a ln(a/E) + E - a`. Gates keep out what is merely large: a culprit holds a tenth of the excess,
//! its risk is twice that of the rest and clearly so, and at least eight requests say it. The best
//! pattern is taken out and the search repeated, so that several causes are found and none is listed
//! twice under different names.
//!
//! The rows are a sample, and a row stands for many requests. Sums are of weights; what is certain is
//! judged by effective counts, `(sum w)^2 / sum w^2` (Kish, *Survey Sampling*, 1965).

mod counts;
mod search;
mod table;

use search::Search;
pub(super) use search::{LISTED, NAMED, RISK};

/// What a request is told apart by. In the order of preference: of two explanations that cover the
/// same requests, the one that can be acted on more directly comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The path with ids replaced.
    Route,
    /// The host asked for.
    Host,
    /// The address of the upstream.
    Upstream,
    /// The client's address or name.
    Client,
    /// The network of the client.
    ClientNetwork,
    /// The family of the user agent.
    UserAgent,
    /// Country or point of presence.
    Location,
    /// The host of the referer.
    RefererHost,
    /// The request method.
    Method,
    /// The protocol.
    Protocol,
    /// What the cache did.
    CacheStatus,
    /// The product's own word for what went wrong.
    Reason,
    /// The status.
    Status,
}

impl Dimension {
    /// How many there are.
    pub const COUNT: usize = 13;

    /// Every dimension, in the order of their discriminants.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Route,
        Self::Host,
        Self::Upstream,
        Self::Client,
        Self::ClientNetwork,
        Self::UserAgent,
        Self::Location,
        Self::RefererHost,
        Self::Method,
        Self::Protocol,
        Self::CacheStatus,
        Self::Reason,
        Self::Status,
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Host => "host",
            Self::Upstream => "upstream",
            Self::Client => "client",
            Self::ClientNetwork => "client_network",
            Self::UserAgent => "user_agent",
            Self::Location => "location",
            Self::RefererHost => "referer_host",
            Self::Method => "method",
            Self::Protocol => "protocol",
            Self::CacheStatus => "cache_status",
            Self::Reason => "reason",
            Self::Status => "status",
        }
    }

    /// Whether its value is known only when the request is done. Such a value may be another name for
    /// "bad" (status 503, reason `UF`), which explains everything and says nothing.
    fn is_outcome(self) -> bool {
        matches!(self, Self::CacheStatus | Self::Reason | Self::Status)
    }

    /// Whether its values are shared by all kinds of requests: hardly a place to look at.
    fn is_vague(self) -> bool {
        matches!(self, Self::Method | Self::Protocol | Self::RefererHost | Self::CacheStatus)
    }

    /// Whether its absence is a trait of the request. Where it is not, it is an outcome: a request that
    /// a limiter refused has no upstream, one that was cut off no method.
    fn is_telling_when_absent(self) -> bool {
        matches!(self, Self::Host | Self::UserAgent | Self::RefererHost)
    }
}

/// One request of the sample.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The number of requests that it stands for; a row whose weight is not above zero and finite does
    /// not count.
    pub weight: f64,
    /// Whether it is bad in the sense of the signal.
    pub bad: bool,
    /// In the incident's window; else of its baseline. The narrower the window, the better: the peak
    /// says more than the whole.
    pub inside: bool,
    /// Its values by dimension (`dimension as usize`); `None` where it has none.
    pub values: [Option<&'a [u8]>; Dimension::COUNT],
}

/// A value of a dimension; `None` means that the requests have none.
pub type Part<'a> = (Dimension, Option<&'a [u8]>);

/// A pattern that is responsible for a part of the excess.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit<'a> {
    /// One to three values that hold together, in the order of dimensions.
    pub pattern: Vec<Part<'a>>,
    /// Bad requests in the window, as are the numbers below. Those of the culprits before this one
    /// are not counted again.
    pub errors: f64,
    /// Requests.
    pub requests: f64,
    /// Bad requests that its own baseline lets expect.
    pub expected: f64,
    /// Its share of all bad requests.
    pub error_share: f64,
    /// Its share of all requests.
    pub traffic_share: f64,
    /// Its share of the bad requests above the baseline; at most 1.
    pub excess_share: f64,
    /// How many times as often its requests are bad as the others; `None` when none of the others is.
    pub risk_ratio: Option<f64>,
    /// Share of bad requests by share of traffic.
    pub lift: f64,
    /// Log-likelihood ratio of the scan, in effective counts.
    pub score: f64,
    /// Upper bound of the probability of so many bad requests at the baseline's rate (Chernoff).
    pub p_value: f64,
    /// Holds at least half of the excess: it may be called the culprit.
    pub is_named: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Located<'a> {
    /// At most three, in the order in which they were found: the best explanation first.
    pub culprits: Vec<Culprit<'a>>,
    /// Dimensions over whose values the excess is spread as the traffic is: it is none of theirs.
    pub spread_over: Vec<Dimension>,
}

/// Most culprits of one incident.
const MOST: usize = 3;

/// Finds the values that are responsible for the excess of bad requests inside the window, among
/// `dimensions`: leave out the one that the signal is made of (the status of a code).
///
/// Without an excess there is no culprit. Without rows of a baseline, each rate is compared with a
/// tenth of what it is inside.
///
/// The result depends on the rows only: the same rows in the same order give the same bytes.
pub fn locate<'a>(rows: &[Row<'a>], dimensions: &[Dimension]) -> Located<'a> {
    let mut search = Search::new(rows, dimensions);
    let mut culprits = Vec::new();
    if !search.has_excess() {
        return Located::default();
    }
    let mut spread_over = search.spread();
    while culprits.len() < MOST {
        let Some(culprit) = search.next_culprit() else { break };
        culprits.push(culprit);
    }
    let is_of_culprit = |dimension: &Dimension| {
        culprits.iter().any(|culprit| culprit.pattern.iter().any(|part| part.0 == *dimension))
    };
    spread_over.retain(|dimension| !is_of_culprit(dimension));
    Located { culprits, spread_over }
}

#[cfg(test)]
mod tests;
