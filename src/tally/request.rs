//! One request as [`Signals`](super::Signals) and the sample count it, read from its record alone:
//! for a second look at a log.

use super::sample::Kind;
use super::signals::{self, outcome};
use super::{Noise, Rules, latency};
use crate::format::TimeMeaning;
use crate::record::Record;

/// What incidents look at of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its outcome, see [`outcome`].
    pub outcome: u16,
    /// Its latency, if that is measured, microseconds.
    pub latency: Option<u64>,
    /// Whether more than one upstream was tried.
    pub retried: bool,
    /// The kind that it is sampled as.
    pub kind: Kind,
}

impl Request {
    /// Of a record.
    pub fn of(record: &Record<'_>, rules: &Rules) -> Self {
        let latency = latency::measured(record);
        let noise = if rules.judge_all { None } else { Noise::of(record) };
        let outcome = outcome(record);
        let is_slow = latency.is_some_and(|latency| latency >= rules.slow);
        let retried = record.upstream.attempts > 1;
        Self { outcome, latency, retried, kind: Kind::of(outcome, is_slow, noise) }
    }
}

impl Rules {
    /// When a request of a log began whose times mean this, microseconds; `None` when its line does
    /// not tell.
    pub fn began(&self, record: &Record<'_>, time: TimeMeaning) -> Option<i64> {
        let logged = record.time?;
        Some(match self.by_start && time == TimeMeaning::End {
            true => signals::began(logged, latency::measured(record)),
            false => logged,
        })
    }
}
