//! A log made up for the test of a rule: two hours of usual traffic, with something wrong in it.

mod request;

use super::{Cause, Diagnosis, Log, Need, diagnose};
pub(super) use crate::detect::dice::Dice;
use crate::detect::{Incident, Sampled, Timeline, incidents};
use crate::format::{Product, TimeMeaning};
use crate::record::Record;
use crate::tally::{Rules, Tally, routes};
use crate::time::SECOND;
use bumpalo::Bump;
use request::usual;
pub(super) use request::{Req, page};

/// Start of every scene: 2025-10-10 00:00 UTC.
const START: i64 = 1_760_054_400;
/// Length of a scene, minutes.
const MINUTES: u64 = 120;
/// Requests a minute on a usual day.
const A_MINUTE: u64 = 90;

/// The log.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    product: Product,
    requests: Vec<Req>,
    lacks: Vec<Need>,
    deploys: Vec<i64>,
    rules: Rules,
    /// Minutes in which something is wrong.
    window: (u64, u64),
}

impl Scene {
    /// A usual day at a product with every field, nginx unless it is said.
    pub(super) fn new() -> Self {
        Self::of(Product::Nginx)
    }

    /// A usual day at a product.
    pub(super) fn of(product: Product) -> Self {
        let mut scene = Self {
            product,
            requests: Vec::new(),
            lacks: Vec::new(),
            deploys: Vec::new(),
            rules: Rules::default(),
            window: (0, MINUTES),
        };
        let mut dice = Dice(7);
        for number in 0..MINUTES * A_MINUTE {
            let at = number as f64 * 60.0 / A_MINUTE as f64;
            scene.requests.push(usual(at, &mut dice));
        }
        scene
    }

    /// Something befalls the requests of these minutes, from the first to before the second. The
    /// closure changes those that it is about; it gets numbers to roll.
    pub(super) fn hit(
        mut self,
        minutes: (u64, u64),
        mut what: impl FnMut(&mut Req, &mut Dice),
    ) -> Self {
        self.window = minutes;
        let mut dice = Dice(11);
        let (from, to) = (minutes.0 as f64 * 60.0, minutes.1 as f64 * 60.0);
        for request in self.requests.iter_mut().filter(|of| (from..to).contains(&of.at)) {
            what(request, &mut dice);
        }
        self
    }

    /// So many requests a minute come in addition, each made of a usual one.
    pub(super) fn add(
        mut self,
        minutes: (u64, u64),
        a_minute: f64,
        mut what: impl FnMut(&mut Req, &mut Dice),
    ) -> Self {
        self.window = minutes;
        let mut dice = Dice(13);
        let count = ((minutes.1 - minutes.0) as f64 * a_minute) as u64;
        for number in 0..count {
            let at = minutes.0 as f64 * 60.0 + number as f64 * 60.0 / a_minute;
            let mut request = usual(at, &mut dice);
            what(&mut request, &mut dice);
            self.requests.push(request);
        }
        self
    }

    /// More requests of the test's own, such as what a client does after a failure.
    pub(super) fn with(mut self, more: impl IntoIterator<Item = Req>) -> Self {
        self.requests.extend(more);
        self
    }

    /// The requests of these minutes.
    pub(super) fn requests(&self, minutes: (u64, u64)) -> impl Iterator<Item = &Req> {
        let (from, to) = (minutes.0 as f64 * 60.0, minutes.1 as f64 * 60.0);
        self.requests.iter().filter(move |of| (from..to).contains(&of.at))
    }

    /// The log does not have these.
    pub(super) fn without(mut self, lacks: &[Need]) -> Self {
        self.lacks.extend(lacks);
        self
    }

    /// What nginx's combined format has.
    pub(super) fn combined(self) -> Self {
        self.without(&[
            Need::Duration,
            Need::Upstream,
            Need::Answer,
            Need::UpstreamTimes,
            Need::UpstreamDuration,
            Need::Host,
            Need::Cache,
            Need::Reason,
        ])
    }

    /// Nothing is noise: all requests are judged (`--count-all`).
    pub(super) fn counting_all(mut self) -> Self {
        self.rules.judge_all = true;
        self
    }

    /// The user says that something was deployed in this minute.
    pub(super) fn deployed(mut self, minute: u64) -> Self {
        self.deploys.push((START + minute as i64 * 60) * SECOND);
        self
    }

    /// The incidents of the log, each with its diagnosis.
    pub(super) fn told(&self) -> Vec<(Incident, Diagnosis)> {
        let mut tally = Tally::new(self.rules);
        let mut requests: Vec<&Req> = self.requests.iter().collect();
        requests.sort_by(|a, b| a.at.total_cmp(&b.at));
        let records: Vec<Record<'_>> = requests.iter().map(|of| of.record(&self.lacks)).collect();
        let arena = Bump::new();
        for batch in records.chunks(256) {
            let mut found = Vec::new();
            routes(batch, &arena, &mut found);
            tally.count(batch, &found, TimeMeaning::End);
        }
        let Some((wide, fine)) = Timeline::pair(&tally) else { return Vec::new() };
        let arena = Bump::new();
        let sampled = Sampled::new(&tally.sample, &arena);
        let found = incidents(&tally, (&wide, &fine), self.rules.slow, &sampled);
        let slow = self.rules.slow;
        let log = Log::new(&tally, self.product, &wide, slow, &self.deploys, &sampled);
        let why = diagnose(&log, &found);
        found.iter().cloned().zip(why).collect()
    }

    /// The causes of the incident that has the most excess in the window that was made; none when
    /// there is no incident.
    pub(super) fn causes(&self) -> Vec<Cause> {
        let time = |minute: u64| (START + minute as i64 * 60) * SECOND;
        let (start, end) = (time(self.window.0), time(self.window.1));
        let told = self.told().into_iter();
        let hit = told.filter(|(of, _)| of.times.start < end && start < of.times.end);
        let worst = hit.max_by(|a, b| {
            let excess = |of: &Incident| of.deviations[0].excess();
            excess(&a.0).total_cmp(&excess(&b.0))
        });
        worst.map_or_else(Vec::new, |(_, Diagnosis { causes, .. })| causes)
    }

    /// The id of the likeliest cause; "" when there is no incident.
    pub(super) fn cause(&self) -> &'static str {
        self.causes().first().map_or("", |cause| cause.cause)
    }
}

/// A rule and two logs: one that it explains best, and one that looks much like it and is not.
pub(super) type Fixture = (&'static str, fn() -> Scene, fn() -> Scene);

/// Holds that each fixture does what it is for.
pub(super) fn check(fixtures: &[Fixture]) {
    let mut wrong = Vec::new();
    for (cause, fires, near) in fixtures {
        let tell = |causes: &[Cause]| {
            let all = causes.iter().map(|of| {
                format!(
                    "\n    {} {:.2} {:?}\n      + {:?}\n      - {:?}",
                    of.cause, of.confidence, of.level, of.evidence, of.against
                )
            });
            all.collect::<String>()
        };
        let found = fires().causes();
        if found.first().map(|of| of.cause) != Some(cause) {
            wrong.push(format!("{cause} is not the first of:{}", tell(&found)));
        }
        let found = near().causes();
        if found.first().map(|of| of.cause) == Some(cause) {
            wrong.push(format!("{cause} explains its near miss:{}", tell(&found)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
