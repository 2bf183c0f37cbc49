//! The part of the report that says when the service was not healthy, and where.

use super::{Text, Time};
use crate::codes::Owner;
use serde::Serialize;

/// How much an incident or a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know: nobody needs to get up for it (a scanner, lost redirects).
    Info,
    /// Clients noticed it.
    Warning,
    /// A large part of the requests failed, or the error budget went fast.
    Critical,
}

/// A period in which a rate was not what it is otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct Incident {
    /// Number of the incident in this report, from 1, in order of time.
    pub id: String,
    /// The same for the same trouble in every report, also of a log that has grown: 16 hex digits
    /// made of the main signal and the first culprit.
    pub fingerprint: String,
    /// How much it matters.
    pub severity: Severity,
    /// Its first bucket.
    pub start: Time,
    /// The end of its last bucket, exclusive.
    pub end: Time,
    /// Start of its worst part.
    pub peak: Time,
    /// `end - start`.
    pub duration_seconds: f64,
    /// True when it lasts to the end of the log.
    pub ongoing: bool,
    /// What deviated most: `5xx`, `4xx`, a status code, `client_gone`, `slow`, `timeouts`,
    /// `redirects`, `not_cached`, `retried`, `no_status` or `scanner`.
    pub signal: String,
    /// Everything that deviated in it, the main signal first.
    pub signals: Vec<SignalFigures>,
    /// Status codes that there were too many of, most first.
    pub codes: Vec<u16>,
    /// How it began and ended.
    pub shape: &'static str,
    /// Mean distance of the spikes of a periodic one; null for the others.
    pub period_seconds: Option<f64>,
    /// Bad requests of the main signal in the window.
    pub count: u64,
    /// Requests in the window that the signal is a share of.
    pub total: u64,
    /// `count / total`.
    pub observed: f64,
    /// The share that was to be expected.
    pub baseline: f64,
    /// The count that was to be expected.
    pub expected: f64,
    /// `count - expected`.
    pub excess: f64,
    /// `observed / baseline`; null when nothing was to be expected.
    pub ratio: Option<f64>,
    /// How likely so many are by chance; 0 is less than 1e-300.
    pub p_value: f64,
    /// Requests that went wrong because of it: the largest excess of its signals.
    pub affected_requests: u64,
    /// Width of the buckets that it was found in.
    pub bucket_seconds: u64,
    /// What may have caused it, the likeliest first; at most four. `unexplained` is one of them: the
    /// evidence may be for nothing.
    pub causes: Vec<Cause>,
    /// The incident of this report that it may be a consequence of; null when none is.
    pub follows: Option<String>,
    /// What the bad requests have in common, the most telling first.
    pub culprits: Vec<Culprit>,
    /// Dimensions that it is spread over evenly: it is not the fault of one of their values.
    pub spread_over: Vec<&'static str>,
    /// Latency before and in it; null when none was measured.
    pub latency: Option<Shift>,
    /// A duration at which many of its bad requests ended; null when there is none.
    pub cliff: Option<Cliff>,
    /// `exact` when the culprits were counted over all requests of the window, `sampled` when over
    /// a sample of them.
    pub counted: &'static str,
}

/// A likely cause of an incident. It is a hypothesis, with what speaks for it and against it.
#[derive(Clone, Debug, Serialize)]
pub struct Cause {
    /// Its id, such as `upstream-refused`; `unexplained` when nothing that is known fits.
    pub cause: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// How likely it is among all causes that were weighed, from 0 to 1.
    pub confidence: f64,
    /// `high`, `medium` or `low`: `high` only when all that the cause requires was seen.
    pub level: Level,
    /// Who can do something about it: `client`, `network`, `edge`, `origin_app`, `origin_capacity`,
    /// `config`; `none` when nobody has to, or nobody knows.
    pub owner: &'static str,
    /// What happened, in a sentence.
    pub summary: String,
    /// What speaks for it, the weightiest first.
    pub evidence: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What to do next, in this order: at most three.
    pub checks: Vec<String>,
    /// What would decide, and is not in the log.
    pub missing: Vec<Missing>,
}

impl Cause {
    /// Whether it says that nothing which is known fits.
    pub fn is_unexplained(&self) -> bool {
        self.cause == "unexplained"
    }

    /// Whether it is a cause that is more than a guess.
    pub fn is_likely(&self) -> bool {
        !self.is_unexplained() && self.level >= Level::Medium
    }

    /// The owner, for people; none when nobody has to do anything, or nobody knows.
    pub fn owner_words(&self) -> Option<&'static str> {
        let owner = Owner::find(self.owner).filter(|owner| *owner != Owner::Nobody);
        owner.map(Owner::words)
    }
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A guess.
    Low,
    /// More likely than all others together.
    Medium,
    /// Nearly certain, and all that it requires was seen.
    High,
}

/// A fact that the log does not have.
#[derive(Clone, Debug, Serialize)]
pub struct Missing {
    /// What it would tell.
    pub fact: String,
    /// What to add to the log's format to have it next time, in the product's own words; null where
    /// that is not known.
    pub add: Option<String>,
}

/// One signal in an incident.
#[derive(Clone, Debug, Serialize)]
pub struct SignalFigures {
    /// Its name, as of [`Incident::signal`].
    pub signal: String,
    /// When it began to deviate.
    pub start: Time,
    /// When it stopped, exclusive.
    pub end: Time,
    /// Bad requests.
    pub count: u64,
    /// Of how many.
    pub total: u64,
    /// `count / total`.
    pub observed: f64,
    /// The share that was to be expected.
    pub baseline: f64,
    /// The count that was to be expected.
    pub expected: f64,
    /// `count - expected`.
    pub excess: f64,
    /// How likely so many are by chance; 0 is less than 1e-300.
    pub p_value: f64,
}

/// What bad requests have in common.
#[derive(Clone, Debug, Serialize)]
pub struct Culprit {
    /// `route`, `method`, `host`, `upstream`, `client`, `client_network`, `user_agent`,
    /// `referer_host`, `cache_status`, `protocol`, `location` or `reason`.
    pub dimension: &'static str,
    /// Its value; null for requests without one.
    pub value: Option<Text>,
    /// What holds together with it; empty when it alone says it best.
    pub with: Vec<Part>,
    /// Bad requests of the window with it.
    pub errors: u64,
    /// Requests of the window with it.
    pub requests: u64,
    /// Share of the window's bad requests.
    pub error_share: f64,
    /// Share of the window's requests.
    pub traffic_share: f64,
    /// Share of the bad requests that were too many.
    pub excess_share: f64,
    /// How much likelier its requests went wrong than the others of the window; null when no other
    /// went wrong.
    pub lift: Option<f64>,
}

/// A dimension and a value of it.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// The dimension.
    pub dimension: &'static str,
    /// Its value; null for requests without one.
    pub value: Option<Text>,
}

/// Latency before and in an incident, in seconds, at most 6.3 % above the true one.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Shift {
    /// Median outside of it.
    pub p50_before: f64,
    /// 95th percentile outside of it.
    pub p95_before: f64,
    /// Median in it.
    pub p50: f64,
    /// 95th percentile in it.
    pub p95: f64,
}

/// A duration at which many requests ended: a timeout.
#[derive(Clone, Debug, Serialize)]
pub struct Cliff {
    /// The duration.
    pub at_seconds: f64,
    /// Requests that ended there.
    pub count: u64,
    /// Share of those that it was looked for among.
    pub share_ratio: f64,
    /// Which those are: a class of status or a code.
    pub of: String,
    /// The setting to look at first: one that has this value by default, or that any such time
    /// comes from; null when none is known.
    pub directive: Option<String>,
}

/// What is wrong without being an incident.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Its name: `chronic-breach`, `latency-target-breach`, `client-error-mix`, `traffic-gap`,
    /// `traffic-drop`, `traffic-surge`, `health-check-failing`, `masked-failover`, `masked-error`,
    /// `truncated-success`, `limiter-503`, `connect-time-rise`, `slow-clients`, `existence-leak`,
    /// `errors-as-200`.
    pub cause: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// When it began; null when it is of the whole log.
    pub start: Option<Time>,
    /// When it ended, exclusive.
    pub end: Option<Time>,
    /// What it is, in a sentence.
    pub summary: String,
    /// What speaks for it.
    pub evidence: Vec<String>,
    /// What to look at next.
    pub checks: Vec<String>,
}

/// How fast the error budget of a target went.
#[derive(Clone, Debug, Serialize)]
pub struct Burn {
    /// The worst hour, or the whole of a shorter log.
    pub worst_hour: WorstHour,
    /// When a rule of the SRE workbook would have called somebody, in order of time.
    pub alerts: Vec<Alert>,
}

/// The hour with the highest share of bad requests.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WorstHour {
    /// Its start.
    pub start: Time,
    /// Bad requests in it.
    pub count: u64,
    /// Requests in it.
    pub total: u64,
    /// `count / total`.
    pub observed: f64,
}

/// A period in which the budget went so fast that a rule calls.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Alert {
    /// `page_1h`, `page_6h` or `ticket_3d`.
    pub rule: &'static str,
    /// So many times faster than the target allows.
    pub factor: f64,
    /// Its start.
    pub start: Time,
    /// Its end, exclusive.
    pub end: Time,
    /// The fastest that it went over the rule's long window, as a multiple.
    pub burn: f64,
}

/// A route or an upstream whose latency misses the target.
#[derive(Clone, Debug, Serialize)]
pub struct OverTarget {
    /// `route` or `upstream`.
    pub dimension: &'static str,
    /// Which.
    pub value: Text,
    /// Requests whose latency was measured.
    pub requests: u64,
    /// Of those, requests at or over the target.
    pub slow: u64,
    /// 95th percentile in seconds, at most 3.1 % above the true one.
    pub p95: f64,
    /// Share of all slow requests.
    pub slow_share: f64,
}
