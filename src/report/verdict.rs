//! What was observed against what it should be, and the answer in one word. What cannot be judged
//! is said to be so: a rate that a filter made, a latency that is only a lower bound, one that the
//! log has and that was not read.

mod incidents;

pub(crate) use incidents::{LIKELY_CAUSE, with_incidents, worst};

use super::build::{Meta, quantiles, ratio, seconds};
use super::{Health, Source, Target, Verdict, files};
use crate::number;
use crate::ratio::Ratio;
use crate::record::{Absence, Class};
use crate::tally::loglinear::Precise;
use crate::tally::{Counts, Tally};

/// What the rates and the latency should be.
#[derive(Clone, Copy, Debug)]
pub struct Targets {
    /// 4xx of all requests.
    pub client_error: Ratio,
    /// 5xx of all requests.
    pub server_error: Ratio,
    /// 95th percentile of the latency, microseconds.
    pub latency_p95: u64,
}

/// Share of censored latencies from which a percentile is only a lower bound.
const CENSORED: f64 = 0.05;

/// Name of the target that is a time; the others are shares.
const P95: &str = "latency_p95_seconds";
/// Name of the target of 5xx.
const SERVER_ERROR: &str = "server_error_ratio";

/// What the targets are of: all requests but those that say nothing of the service.
pub(super) struct Judged {
    pub(super) requests: u64,
    client_error: u64,
    server_error: u64,
    latency: Precise,
}

impl Judged {
    pub(super) fn of(tally: &Tally) -> Self {
        let noise = |of: fn(&Counts) -> u64| tally.noise.iter().map(of).sum::<u64>();
        Self {
            requests: tally.requests - noise(|counts| counts.requests),
            client_error: tally.class(Class::ClientError) - noise(|counts| counts.client_error),
            server_error: tally.class(Class::ServerError) - noise(|counts| counts.server_error),
            latency: tally.latency.overall().without(&tally.noise_latency),
        }
    }
}

/// Every target with what was observed.
pub(super) fn targets(tally: &Tally, judged: &Judged, meta: &Meta) -> Vec<Target> {
    let targets = &meta.targets;
    // Where no line tells what became of its request, there is no rate; nor where all clients left.
    let untold = [Absence::Unknown, Absence::ClientGone].map(|why| without_status(tally, why));
    let is_told = judged.requests > untold.iter().sum();
    let rate = |name, target: Ratio, count, industry| {
        let total = judged.requests;
        Target {
            name,
            target: target.as_f64(),
            observed: is_told.then(|| ratio(count, total)),
            count,
            total,
            met: (is_told && !meta.rates_filtered).then(|| target.is_below(count, total)),
            lower_bound: false,
            industry: Some(industry),
            burn: None,
        }
    };
    let overall = &judged.latency;
    let limit = seconds(targets.latency_p95);
    let untimed = given_up_untimed(tally);
    let (given_up, known) = (tally.latency.censored + untimed, overall.count() + untimed);
    let censored = given_up as f64 > CENSORED * known as f64;
    let observed = (overall.count() > 0).then(|| quantiles(overall).p95);
    vec![
        rate("client_error_ratio", targets.client_error, judged.client_error, [0.03, 0.07]),
        rate(SERVER_ERROR, targets.server_error, judged.server_error, [0.005, 0.02]),
        Target {
            name: P95,
            target: limit,
            observed,
            count: overall.count() - overall.below(targets.latency_p95),
            total: overall.count(),
            met: observed.and_then(|p95| p95_is_met(p95, limit, censored)),
            lower_bound: observed.is_some() && censored,
            industry: None,
            burn: None,
        },
    ]
}

/// Whether it is the target of the latency, and missed for sure.
pub(super) fn is_slow(target: &Target) -> bool {
    target.name == P95 && target.met == Some(false)
}

/// Requests that were given up and have no time, as of an ALB, which writes -1: they were slow, and
/// the percentiles do not hold them. Not 408: such a request never arrived.
fn given_up_untimed(tally: &Tally) -> u64 {
    let given_up: u64 = [460, 499, 504].iter().map(|code| tally.codes[*code]).sum();
    given_up.saturating_sub(tally.latency.censored).min(tally.latency.missing)
}

/// Requests without a status for this reason.
fn without_status(tally: &Tally, absence: Absence) -> u64 {
    tally.no_status.iter().map(|meanings| meanings[absence as usize]).sum()
}

/// The 5xx target as it would be if the requests that the origin did not answer in time had the
/// status that they deserve; none when there are none, or when a filter makes the rates.
pub(super) fn with_timeouts(tally: &Tally, judged: &Judged, meta: &Meta) -> Option<Target> {
    let timeouts = without_status(tally, Absence::OriginTimeout);
    let limit = meta.targets.server_error;
    let (count, total) = (judged.server_error + timeouts, judged.requests);
    (timeouts > 0 && !meta.rates_filtered).then(|| Target {
        name: SERVER_ERROR,
        target: limit.as_f64(),
        observed: Some(ratio(count, total)),
        count,
        total,
        met: Some(limit.is_below(count, total)),
        lower_bound: false,
        industry: None,
        burn: None,
    })
}

/// The 5xx target.
pub(super) fn server_error(targets: &[Target]) -> Option<&Target> {
    targets.iter().find(|target| target.name == SERVER_ERROR)
}

/// What to say when the 5xx target is met only because origin timeouts have no status.
fn timeouts_matter(targets: &[Target], with_timeouts: &Target) -> Option<String> {
    let met = server_error(targets).filter(|target| target.met == Some(true))?;
    (with_timeouts.met == Some(false)).then(|| {
        format!(
            "5xx would be {} of requests ({} of {}) with the {} origin timeouts that have no \
             status, the target is below {}",
            number::percent_against(with_timeouts.observed.unwrap_or(1.0), met.target),
            number::count(with_timeouts.count),
            number::count(with_timeouts.total),
            number::count(with_timeouts.count - met.count),
            number::percent_limit(met.target)
        )
    })
}

/// Whether a p95 is below its limit. One that can only be larger misses a limit for sure, and
/// never meets one.
fn p95_is_met(p95: f64, limit: f64, lower_bound: bool) -> Option<bool> {
    match p95 < limit {
        true if lower_bound => None,
        met => Some(met),
    }
}

/// Which of the sources that have requests have a latency. A source with lines in several formats
/// has one when one of them has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// All of them.
    All,
    /// So many of so many.
    Part(usize, usize),
    /// None is read, and at least one looks as if it had one.
    Unread,
    /// None has any.
    Absent,
}

impl Coverage {
    /// Of these sources.
    pub(super) fn of(sources: &[Source]) -> Self {
        let read = with_requests(sources);
        let with = read.iter().filter(|file| has_latency(file)).count();
        match with {
            0 if read.iter().any(|file| unread(file).is_some()) => Self::Unread,
            0 => Self::Absent,
            with if with < read.len() => Self::Part(with, read.len()),
            _ => Self::All,
        }
    }
}

/// The files that the numbers come from.
fn with_requests(sources: &[Source]) -> Vec<&[Source]> {
    files(sources).filter(|file| file.iter().any(|source| source.parsed > 0)).collect()
}

/// Whether lines of a file have a latency.
fn has_latency(file: &[Source]) -> bool {
    file.iter().any(|source| source.parsed > 0 && source.latency_field.is_some())
}

/// What looks like a latency in a file and was not read.
fn unread(file: &[Source]) -> Option<&str> {
    file.iter().find_map(|source| source.unread_latency.as_deref())
}

/// What to say of sources whose latency was not read, or that have none while others have one.
pub(super) fn latency_warnings(sources: &[Source]) -> Vec<String> {
    let read = with_requests(sources);
    let lacking = || read.iter().copied().filter(|file| !has_latency(file));
    let mut reasons: Vec<(&str, Vec<&[Source]>)> = Vec::new();
    for file in lacking() {
        let Some(why) = unread(file) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, same)) => same.push(file),
            None => reasons.push((why, vec![file])),
        }
    }
    let mut warnings: Vec<String> = reasons
        .iter()
        .map(|(why, of)| match of.len() == read.len() {
            true => format!("latency was not read: {why}"),
            false => format!("{}: latency was not read: {why}", names(of)),
        })
        .collect();
    let none: Vec<_> = lacking().filter(|file| unread(file).is_none()).collect();
    if let Coverage::Part(with, of) = Coverage::of(sources)
        && !none.is_empty()
    {
        let have = if none.len() == 1 { "has" } else { "have" };
        warnings.push(format!(
            "latency is of {with} of {of} sources only: {} {have} none",
            names(&none)
        ));
    }
    warnings
}

/// The name of the first, and how many more there are.
fn names(files: &[&[Source]]) -> String {
    let first = files.first().and_then(|file| file.first());
    let first = first.map_or(String::new(), |source| source.name.visible());
    match files.len() {
        0 | 1 => first,
        n => format!("{first} and {} more", number::count(n as u64 - 1)),
    }
}

/// The answer in one word; a sentence for each target that is missed, would be with the requests
/// that the origin did not answer in time, or cannot be judged.
pub(super) fn verdict(
    requests: u64,
    targets: &[Target],
    with_timeouts: Option<&Target>,
    coverage: Coverage,
) -> Verdict {
    if requests == 0 {
        return unknown("no request was counted, so there is nothing to judge by");
    }
    let missed = || targets.iter().filter(|target| target.met == Some(false));
    let mut reasons: Vec<String> = missed().filter_map(miss).collect();
    let doubt = with_timeouts.and_then(|with| Some((with, timeouts_matter(targets, with)?)));
    let open = unjudged(targets);
    let mut bad = missed().chain(doubt.iter().map(|(with, _)| *with));
    let is_critical = bad.any(is_critical);
    reasons.extend(doubt.into_iter().map(|(_, reason)| reason));
    let status = if is_critical {
        Health::Critical
    } else if !reasons.is_empty() {
        Health::Degraded
    } else if targets.iter().any(|target| target.met == Some(true))
        && server_error(targets).is_none_or(|target| target.observed.is_some())
    {
        // Without a status nobody knows what the fast responses were.
        Health::Healthy
    } else {
        Health::Unknown
    };
    if reasons.is_empty() {
        let parts = kept(targets).map(str::to_owned).into_iter().chain(open);
        let parts: Vec<String> = parts.chain(gap(targets, coverage)).collect();
        reasons.push(parts.join("; "));
    } else {
        reasons.extend(open);
    }
    Verdict { status, reasons }
}

/// Why nothing can be said.
pub(super) fn unknown(reason: &str) -> Verdict {
    Verdict { status: Health::Unknown, reasons: vec![reason.to_owned()] }
}

/// What a missed target was missed by.
fn miss(target: &Target) -> Option<String> {
    let observed = target.observed?;
    Some(match target.name {
        P95 => format!(
            "95 % of requests take up to {}{}, the target is below {}",
            number::duration_against(observed, target.target),
            if target.lower_bound { " or more" } else { "" },
            number::duration_limit(target.target)
        ),
        name => format!(
            "{} are {} of requests ({} of {}), the target is below {}",
            if name == SERVER_ERROR { "5xx" } else { "4xx" },
            number::percent_against(observed, target.target),
            number::count(target.count),
            number::count(target.total),
            number::percent_limit(target.target)
        ),
    })
}

/// Whether a missed target is missed so far that the service cannot be called degraded only.
fn is_critical(target: &Target) -> bool {
    let over = target.observed.unwrap_or(0.0) / target.target;
    match target.name {
        SERVER_ERROR => over >= 10.0,
        "client_error_ratio" => over >= 5.0,
        _ => false,
    }
}

/// What was judged and is good, when nothing is missed.
fn kept(targets: &[Target]) -> Option<&'static str> {
    let met = |time: bool| targets.iter().any(|t| (t.name == P95) == time && t.met == Some(true));
    match (met(false), met(true)) {
        (true, true) => Some("error rates and latency are below their targets"),
        (true, false) => Some("the error rates are below their targets"),
        (false, true) => Some("latency is below its target"),
        (false, false) => None,
    }
}

/// Why targets are not judged although there is something to measure.
fn unjudged(targets: &[Target]) -> Vec<String> {
    let open = |time: bool| {
        targets.iter().find(|t| (t.name == P95) == time && t.observed.is_some() && t.met.is_none())
    };
    let silent = targets.iter().any(|target| target.name != P95 && target.observed.is_none());
    let silent = silent
        .then_some("no line says what became of its request, so there are no error rates to judge");
    let rates =
        open(false).map(|_| "the rates are those of the filter, so they are not judged").or(silent);
    let p95 = open(true).map(
        |_| "whether latency is below its target cannot be told: too many requests were given up",
    );
    rates.into_iter().chain(p95).map(str::to_owned).collect()
}

/// What there is no latency of.
fn gap(targets: &[Target], coverage: Coverage) -> Option<String> {
    let measured = targets.iter().any(|target| target.name == P95 && target.observed.is_some());
    Some(match (coverage, measured) {
        (Coverage::All, true) => return None,
        (Coverage::Part(with, of), true) => format!("latency is of {with} of {of} sources only"),
        (Coverage::Unread, _) => "latency was not read".into(),
        (Coverage::Absent, _) => "the log has no latency".into(),
        (Coverage::All | Coverage::Part(..), false) => "no latency was measured".into(),
    })
}

#[cfg(test)]
mod tests;
