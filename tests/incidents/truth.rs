//! What really happened, and what of it the log can show.

use crate::inject::{Injection, Severity, least_rise};
use crate::kind::Judged;
use crate::request::Request;
use crate::site::Site;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One incident as it was.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) kind: &'static str,
    pub(crate) judged: Judged,
    /// When the requests began; microseconds since 1970 UTC, the end is exclusive.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// When they were stamped, where that is at their end.
    pub(crate) stamped: (i64, i64),
    /// Whether the lines tell when the requests began.
    pub(crate) timed: bool,
    /// Whether the kind builds up slowly, so that nobody can name its first second.
    pub(crate) gradual: bool,
    pub(crate) signal: &'static str,
    /// Statuses of the requests that were hit, the most frequent first.
    pub(crate) codes: Vec<u16>,
    /// Requests that were hit and count as bad for the signal.
    pub(crate) excess: u64,
    /// Requests in the window, and how many of them were bad.
    pub(crate) seen: (u64, u64),
    /// Share of bad requests outside of all windows.
    pub(crate) baseline: f64,
    /// Names of where it was: the best first, then its equivalents; none when it was everywhere.
    pub(crate) culprit: Vec<(&'static str, String)>,
    pub(crate) strength: Severity,
    pub(crate) needs: &'static [&'static str],
}

impl Truth {
    /// The window that a report should name: by when the requests began where the lines tell it,
    /// else by their stamps.
    pub(crate) fn window(&self) -> (i64, i64) {
        if self.timed { (self.start, self.end) } else { self.stamped }
    }

    pub(crate) fn overlaps(&self, window: (i64, i64)) -> bool {
        let own = self.window();
        own.0 < window.1 && window.0 < own.1
    }

    pub(crate) fn observed(&self) -> f64 {
        self.seen.1 as f64 / self.seen.0.max(1) as f64
    }

    /// Whether it stands out by the method's own definition (3.2) of an effect: twice the usual
    /// rate and the least rise, both with room for chance.
    pub(crate) fn is_clear(&self) -> bool {
        let rise = self.observed() - self.baseline;
        self.observed() >= 2.8 * self.baseline && rise >= 1.3 * least_rise(self.signal)
    }

    /// Harm done: the server's failure of a twentieth of all is critical.
    pub(crate) fn severity(&self) -> &'static str {
        match self.judged {
            Judged::Info | Judged::Quiet => "info",
            _ if self.signal == "5xx" && self.observed() >= 0.05 => "critical",
            _ => "warning",
        }
    }

    pub(crate) fn json(&self) -> Value {
        let time = |micros: i64| {
            jiff::Timestamp::from_microsecond(micros).expect("it is in this century").to_string()
        };
        let culprit: Vec<Value> = self
            .culprit
            .iter()
            .map(|(dimension, value)| json!({"dimension": dimension, "value": value}))
            .collect();
        json!({
            "kind": self.kind,
            "judged": format!("{:?}", self.judged).to_lowercase(),
            "start": time(self.window().0),
            "end": time(self.window().1),
            "began": {"start": time(self.start), "end": time(self.end)},
            "stamped": {"start": time(self.stamped.0), "end": time(self.stamped.1)},
            "signals": [self.signal],
            "codes": self.codes,
            "excess": self.excess,
            "requests": self.seen.0,
            "observed": self.observed(),
            "baseline": self.baseline,
            "clear": self.is_clear(),
            "culprit": culprit.first(),
            "equivalents": culprit.get(1..),
            "strength": match self.strength {
                Severity::Times(times) => format!("x{times}"),
                Severity::Full => "100 %".to_owned(),
            },
            "severity": self.severity(),
            "decidable_with": self.needs,
        })
    }
}

/// Collects the truth while the log is written.
pub(crate) struct Witness {
    hits: u64,
    bad: u64,
    codes: BTreeMap<u16, u64>,
    durations: Vec<i64>,
    window: (u64, u64),
    outside: (u64, u64),
}

impl Witness {
    pub(crate) fn new() -> Self {
        let codes = BTreeMap::new();
        Self { hits: 0, bad: 0, codes, durations: Vec::new(), window: (0, 0), outside: (0, 0) }
    }

    /// Sees a request that is in the log; `hit` by this injection, `quiet` when by none.
    pub(crate) fn see(&mut self, injection: &Injection, request: &Request, hit: bool) {
        let bad = u64::from(request.is_bad(injection.kind.signal));
        if hit {
            self.hits += 1;
            self.bad += bad;
            *self.codes.entry(request.status).or_default() += 1;
            self.durations.push(request.duration);
        }
        let inside = (injection.start..injection.end).contains(&request.begin);
        let counts = if inside || hit { &mut self.window } else { &mut self.outside };
        counts.0 += 1;
        counts.1 += bad;
    }

    pub(crate) fn tell(mut self, injection: &Injection, site: &Site, strength: Severity) -> Truth {
        self.durations.sort_unstable();
        let middle = self.durations.get(self.durations.len() / 2).copied().unwrap_or(0);
        let late = if site.product.stamps_the_end() { middle } else { 0 };
        let mut codes: Vec<(u16, u64)> = self.codes.into_iter().collect();
        codes.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
        let kind = injection.kind;
        Truth {
            kind: kind.id,
            judged: kind.judged,
            start: injection.start,
            end: injection.end,
            stamped: (injection.start + late, injection.end + late),
            // ALB has no times of a request that met no answer, but its creation time always.
            timed: site.product.logs("duration"),
            gradual: kind.id == "saturation-at-peak",
            signal: kind.signal,
            codes: codes.into_iter().map(|(code, _)| code).collect(),
            excess: self.bad,
            seen: self.window,
            baseline: self.outside.1 as f64 / self.outside.0.max(1) as f64,
            culprit: injection.culprit(site),
            strength,
            needs: kind.needs,
        }
    }
}
