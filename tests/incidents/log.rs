//! A log of a site: its usual traffic, what happens to it, and the truth about it.

use crate::inject::{Injection, Severity};
use crate::kind::Kind;
use crate::odd::{crowd, odd};
use crate::random::{Noise, Random};
use crate::request::{Product, Request};
use crate::site::{Levels, Site};
use crate::truth::{Truth, Witness};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Monday 2025-09-15, 00:00 UTC.
const MONDAY: i64 = 1_757_894_400_000_000;
pub(crate) const MINUTE: i64 = 60_000_000;

/// What makes a log odd without an incident in it, or hard to read with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quirk {
    /// A usual day.
    Usual,
    /// Traffic ten times the usual for ten minutes; nothing fails more often.
    FlashCrowd,
    /// Few requests, so that every error is an event.
    LowVolume,
    /// Half an hour is missing, twice.
    Gap,
    /// 6 % of the requests are 404, always.
    Chronic,
    /// A scanner is there all day.
    SteadyScanner,
    /// Five times the traffic in the first minutes of each hour, with the usual errors.
    Cron,
    /// A few clients take minutes for each download, all day.
    SlowDownloads,
    /// The clock is set back by an hour, as at the end of summer time.
    ClockStep,
    /// A release without errors: new assets are asked for, none is in the caches.
    Deploy,
    /// One client that meets nothing but 404, every other minute.
    LostClient,
    /// A burst of scanners that nginx drops with 444.
    Wave444,
    /// Probes make up a third of the requests; one target of four fails them.
    HealthChecks,
    /// All clients come through three addresses of a CDN.
    BehindCdn,
    /// One route is served by one upstream alone.
    Pinned,
    /// A crawler asks for as much as a third of the traffic, for a quarter of the span.
    Crawler,
    /// One client asks for as much as half of the traffic, all day.
    ChattyClient,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) kind: &'static str,
    /// Part of the span at which it begins.
    pub(crate) at: f64,
    pub(crate) minutes: f64,
    pub(crate) severity: Severity,
}

/// What to write.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) product: Product,
    pub(crate) minutes: i64,
    /// Requests in a minute, on average.
    pub(crate) rpm: f64,
    /// Relative noise of the rates of errors.
    pub(crate) noise: f64,
    pub(crate) quirk: Quirk,
    pub(crate) events: Vec<Event>,
}

/// A log, and what is true of it.
pub(crate) struct Log {
    pub(crate) plan: Plan,
    pub(crate) text: Vec<u8>,
    pub(crate) requests: u64,
    /// Lines that are no requests.
    pub(crate) malformed: u64,
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) truths: Vec<Truth>,
}

impl Log {
    /// What `truth.json` says.
    pub(crate) fn truth(&self) -> Value {
        json!({
            "name": self.plan.name,
            "format": self.plan.product.name(),
            "seed": self.plan.seed,
            "minutes": self.plan.minutes,
            "requests_per_minute": self.plan.rpm,
            "noise": self.plan.noise,
            "quirk": format!("{:?}", self.plan.quirk),
            "requests": self.requests,
            "malformed": self.malformed,
            "incidents": self.truths.iter().map(Truth::json).collect::<Vec<_>>(),
        })
    }
}

/// Lines as they come out of the server: in the order in which they are written, not made.
struct Lines {
    text: String,
    /// When it was written, and where it is in the text.
    places: Vec<(i64, usize, usize)>,
}

/// What is seen of the requests while the log is written.
struct Scene<'a> {
    writer: crate::write::Writer<'a>,
    lines: Lines,
    random: Random,
    /// Lines written at this time or later are in the next file.
    cut: i64,
    /// Lines from here on are missing, to there.
    gaps: Vec<(i64, i64)>,
    /// From here on the stamps are an hour behind.
    step: Option<i64>,
    requests: u64,
    malformed: u64,
    statuses: BTreeMap<u16, u64>,
    witnesses: Vec<Witness>,
}

impl Scene<'_> {
    /// Writes a request that was hit by one of the injections, or by none.
    fn put(&mut self, injections: &[Injection], request: &Request, hit: Option<usize>) {
        // One line in two hundred comes late: a slow worker, a buffer.
        let late = if self.random.chance(0.005) { self.random.between(0.0, 5e6) } else { 0.0 };
        let written = request.end() + late as i64;
        let missing = self.gaps.iter().any(|(from, to)| (*from..*to).contains(&written));
        if written >= self.cut || missing {
            return;
        }
        let start = self.lines.text.len();
        match self.step.filter(|step| written >= *step) {
            None => self.writer.line(request, &mut self.lines.text),
            Some(_) => {
                let behind = Request { begin: request.begin - 60 * MINUTE, ..request.clone() };
                self.writer.line(&behind, &mut self.lines.text);
            }
        }
        if self.random.chance(0.0001) {
            // A torn line, as of a full disk.
            let whole = self.lines.text.len();
            let cut = self.lines.text[start..].char_indices().nth(12 + self.random.below(20));
            let cut = cut.map_or(whole - 1, |(at, _)| start + at);
            self.lines.text.truncate(cut);
            self.lines.text.push('\n');
            self.malformed += 1;
        } else {
            self.requests += 1;
            *self.statuses.entry(request.status).or_default() += 1;
            for (at, witness) in self.witnesses.iter_mut().enumerate() {
                // What another incident did is not the usual.
                if hit.is_none_or(|by| by == at) {
                    witness.see(&injections[at], request, hit == Some(at));
                }
            }
        }
        self.lines.places.push((written, start, self.lines.text.len()));
    }
}

/// Traffic at a moment, as a part of the mean: less at night, and at the weekend.
fn season(micros: i64) -> f64 {
    let day = (micros - MONDAY).rem_euclid(7 * 1440 * MINUTE) as f64 / (1440 * MINUTE) as f64;
    let weekend = if day >= 5.0 { 0.7 } else { 1.0 };
    // Lowest at three at night; eight to one.
    weekend * (1.0 - 0.78 * (std::f64::consts::TAU * (day.fract() - 0.125)).cos())
}

/// Writes the log of a plan.
pub(crate) fn write(plan: &Plan) -> Log {
    let mut random = Random::of(plan.seed, "site");
    let mut site = Site::new(plan.product, plan.rpm, &mut random);
    // The days of the logs are spread over three weeks. A short log begins in the forenoon.
    let day = random.below(21) as i64;
    let begin = MONDAY + day * 1440 * MINUTE + if plan.minutes < 1440 { 600 * MINUTE } else { 0 };
    let end = begin + plan.minutes * MINUTE;
    shape(&mut site, plan.quirk);
    let mut injections: Vec<Injection> = plan
        .events
        .iter()
        .enumerate()
        .map(|(at, event)| {
            let mut random = Random::of(plan.seed, &format!("{} {at}", event.kind));
            let jitter = random.below(60_000_000) as i64;
            let start = begin + (event.at * plan.minutes as f64) as i64 * MINUTE + jitter;
            let span = (start, start + (event.minutes * 60e6) as i64);
            let kind = Kind::of(event.kind);
            let now = plan.rpm * season(start);
            Injection::new(kind, span, event.severity, now, &site, random)
        })
        .collect();
    if let ([one, other], [first, second]) = (&mut injections[..], &plan.events[..])
        && first.at == second.at
    {
        // The same requests meet both: the proxy and one kind of clients give up after the same
        // time.
        one.aim.route = other.aim.route;
        (one.timeout, other.timeout) = (10.0, 10.0);
    }
    if plan.quirk == Quirk::Pinned {
        // The node is bad, not the route that it alone serves.
        let bad = injections.iter().find_map(|injection| injection.aim.upstream).unwrap_or(0);
        site.pinned = (0..site.routes.len())
            .find(|place| site.routes[*place].dynamic)
            .map(|route| (route, bad));
    }
    let span = (begin, end);
    let at = |part: f64| begin + (part * plan.minutes as f64) as i64 * MINUTE + 17_000_000;
    let mut scene = Scene {
        writer: crate::write::Writer::new(&site),
        lines: Lines { text: String::new(), places: Vec::new() },
        random: Random::of(plan.seed, "lines"),
        cut: end,
        gaps: match plan.quirk {
            Quirk::Gap => [0.3, 0.7].map(|part| (at(part), at(part) + 30 * MINUTE)).to_vec(),
            _ => Vec::new(),
        },
        step: (plan.quirk == Quirk::ClockStep).then(|| at(0.5)),
        requests: 0,
        malformed: 0,
        statuses: BTreeMap::new(),
        witnesses: injections.iter().map(|_| Witness::new()).collect(),
    };
    traffic(plan, span, &site, &mut injections, &mut scene);
    let Scene { mut lines, requests, malformed, statuses, witnesses, .. } = scene;
    lines.places.sort_by_key(|(written, ..)| *written);
    let mut text = Vec::with_capacity(lines.text.len());
    for (_, start, end) in lines.places {
        text.extend_from_slice(&lines.text.as_bytes()[start..end]);
    }
    let truths = witnesses
        .into_iter()
        .zip(&injections)
        .zip(&plan.events)
        .map(|((witness, injection), event)| {
            let mut truth = witness.tell(injection, &site, event.severity);
            truth.end = truth.end.min(end);
            truth.stamped.1 = truth.stamped.1.min(end);
            if plan.quirk == Quirk::BehindCdn {
                truth.culprit.retain(|(dimension, _)| !dimension.starts_with("client"));
            }
            truth
        })
        .collect();
    Log { plan: plan.clone(), text, requests, malformed, statuses, truths }
}

/// What is odd about the site.
fn shape(site: &mut Site, quirk: Quirk) {
    match quirk {
        Quirk::Chronic => site.client_errors = 0.075,
        Quirk::BehindCdn => site.behind_cdn = 3,
        _ => {}
    }
}

/// Every request of the span, minute by minute.
fn traffic(
    plan: &Plan,
    (begin, end): (i64, i64),
    site: &Site,
    injections: &mut [Injection],
    scene: &mut Scene<'_>,
) {
    let mut random = Random::of(plan.seed, "traffic");
    let mut noises = [plan.noise * 0.4, plan.noise, plan.noise]
        .map(|variation| Noise::new(variation, &mut random));
    let deploy = injections.iter().find(|injection| injection.kind.id.contains("deploy"));
    let release = deploy.map_or(begin + (end - begin) / 2, |deploy| deploy.start - MINUTE);
    let releases = deploy.is_some() || plan.quirk == Quirk::Deploy;
    let (mut added, mut more) = (Vec::new(), Vec::new());
    for minute in 0..plan.minutes {
        let from = begin + minute * MINUTE;
        let [volume, client, server] = noises.each_mut().map(|noise| noise.next(&mut random));
        let levels = Levels {
            client_errors: (site.client_errors * client).min(0.3),
            server_errors: (site.server_errors * server).min(0.1),
            release: u64::from(releases && from >= release),
        };
        let rate = plan.rpm * season(from) * volume * crowd(plan, minute);
        let count = random.poisson(rate);
        for _ in 0..count {
            let at = from + (MINUTE as f64 * random.unit()) as i64;
            let mut request = site.request(at, &levels, &mut random);
            let mut hit = None;
            for (place, injection) in injections.iter_mut().enumerate() {
                injection.borrow_client(&mut request);
                if injection.strike(&mut request, site, &mut added) {
                    hit = Some(place);
                    let follow = injection.kind.signal;
                    for follower in added.drain(..) {
                        let bad = follower.status >= 400 || follower.is_bad(follow);
                        more.push((follower, bad.then_some(place)));
                    }
                    // One request has one fate.
                    break;
                }
            }
            scene.put(injections, &request, hit);
        }
        for (place, injection) in injections.iter_mut().enumerate() {
            let mut extra = Vec::new();
            injection.add((from, from + MINUTE), rate, site, &levels, &mut extra);
            more.extend(extra.into_iter().map(|(request, bad)| (request, bad.then_some(place))));
        }
        odd(plan, minute, from, site, &levels, &mut random, &mut more);
        for (request, hit) in more.drain(..) {
            scene.put(injections, &request, hit);
        }
    }
}
