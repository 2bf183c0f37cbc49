//! Requests that failed and were sent again: how many, how often, and in what rhythm.

use super::view::{SECONDS, Step, View};
use super::{Judge, Judged};
use crate::tally::signals::{CLIENT_GONE, ORIGIN_TIMEOUT};
use crate::tally::trails::{Kind, Method};
use std::collections::{BTreeMap, BTreeSet};

/// What comes within so many milliseconds of a failure is a retry.
const SOON: i64 = 10 * SECONDS;
/// Longest delay that the rhythm is read from: two minutes of `Retry-After`, and some.
const LONGEST: i64 = 130 * SECONDS;
/// Shortest delay that is a rhythm: below, clients that retry at once are all alike.
const SHORTEST: i64 = 200;
/// The same where stamps are of whole seconds: a twentieth of less is lost in them.
const SHORTEST_CUT: i64 = 8 * SECONDS;
/// Delays that a rhythm is told of at least...
const LEAST_DELAYS: usize = 10;
/// ...of at least so many clients: one that polls has a rhythm of its own.
const LEAST_CLIENTS: usize = 3;

/// Requests that failed (5xx, 408, 429, 460, 499 or their like without a status), and were sent again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retries {
    /// Those that the same client sent again within 10 seconds of the answer, with the same method and
    /// target, and that failed again. A retry that worked is in no trail.
    pub again: Judged,
    /// How often the same client asked for the same and failed, on average.
    pub attempts: f64,
    /// The rhythm; `None` when there are less than ten delays of three clients.
    pub delays: Option<Delays>,
}

/// How long clients waited between a failure and the next try that failed, up to 130 seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delays {
    /// Delays.
    pub count: u32,
    /// Clients with a delay.
    pub clients: u32,
    /// The largest share of them between `seconds` and 5 % more: 1 without jitter, about 0.16 with 20 %
    /// of it, below 0.1 with full jitter (measured).
    pub sync_share: f64,
    /// The shortest of these delays.
    pub seconds: f64,
    /// Clients with one of these delays.
    pub sync_clients: u32,
    /// Only the first delay of each row of failures counts: the later ones differ, as with backoff.
    pub is_first: bool,
    /// Stamps are of whole seconds: only delays from 8 seconds on count.
    pub is_cut: bool,
}

/// A delay in milliseconds, its client, and whether it is the first of a row.
type Delay = (i64, u64, bool);

/// The retries.
pub(super) fn retries(view: &View<'_>) -> Option<Retries> {
    let mut judge = Judge::default();
    let mut delays: Vec<Delay> = Vec::new();
    let (mut failures, mut targets) = (0.0, 0.0);
    for (client, steps) in &view.clients {
        for steps in failing(steps).values() {
            let mut asked = 0.0;
            let mut before = i64::MIN;
            for (at, step) in steps.iter().enumerate() {
                let ended = step.event.ended();
                let wait = |next: &&Step| next.event.began() - ended;
                let delay = steps.get(at + 1).map(wait).filter(|delay| *delay >= -view.slack());
                let is_first = step.event.began().saturating_sub(before) > LONGEST;
                before = ended;
                if !view.is_asked(&step.event) {
                    continue;
                }
                asked += step.weight;
                let is_again = delay.is_some_and(|delay| delay <= SOON);
                if is_again || view.sees(step.kind, *client, ended..=ended + SOON) {
                    judge.add(*client, step.weight, is_again);
                }
                let delay = delay.filter(|delay| *delay <= LONGEST);
                delays.extend(delay.map(|delay| (delay, *client, is_first)));
            }
            failures += asked;
            let first = steps.iter().find(|step| view.is_asked(&step.event));
            targets += first.map_or(0.0, |step| step.clients);
        }
    }
    let is_cut = !view.is_fine;
    judge.told().map(|again| Retries {
        again,
        attempts: failures / targets,
        delays: rhythm(delays, is_cut),
    })
}

/// The failures of one client by what was asked for.
fn failing(steps: &[Step]) -> BTreeMap<(Method, u64), Vec<&Step>> {
    let mut targets: BTreeMap<_, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        if matches!(step.kind, Kind::Failed | Kind::FailedWrite | Kind::Gone | Kind::Limited) {
            targets.entry((step.event.method(), step.event.target())).or_default().push(step);
        }
    }
    targets
}

/// The rhythm of delays: of all or of the first of each row, whichever are more alike.
fn rhythm(mut delays: Vec<Delay>, is_cut: bool) -> Option<Delays> {
    let shortest = if is_cut { SHORTEST_CUT } else { SHORTEST };
    delays.retain(|(delay, ..)| *delay >= shortest);
    delays.sort_unstable();
    let firsts: Vec<Delay> = delays.iter().filter(|(.., is_first)| *is_first).copied().collect();
    let all = most_alike(&delays, false, is_cut);
    let first = most_alike(&firsts, true, is_cut);
    match (all, first) {
        (Some(all), Some(first)) if first.sync_share > all.sync_share => Some(first),
        (all, first) => all.or(first),
    }
}

/// The largest share of sorted delays between one and 5 % more.
fn most_alike(delays: &[Delay], is_first: bool, is_cut: bool) -> Option<Delays> {
    let clients = |delays: &[Delay]| {
        let clients: BTreeSet<u64> = delays.iter().map(|(_, client, _)| *client).collect();
        clients.len()
    };
    if delays.len() < LEAST_DELAYS || clients(delays) < LEAST_CLIENTS {
        return None;
    }
    let alike = |from: usize| {
        let end = delays.partition_point(|(delay, ..)| delay * 20 <= delays[from].0 * 21);
        &delays[from..end]
    };
    // Of equal ones the shortest.
    let best = (0..delays.len()).rev().map(alike).max_by_key(|alike| alike.len())?;
    Some(Delays {
        count: delays.len() as u32,
        clients: clients(delays) as u32,
        sync_share: best.len() as f64 / delays.len() as f64,
        seconds: best[0].0 as f64 / SECONDS as f64,
        sync_clients: clients(best) as u32,
        is_first,
        is_cut,
    })
}

/// The 409s that follow a request of which nobody knew whether it was done.
pub(super) fn conflicts(view: &View<'_>) -> Option<Judged> {
    let mut judge = Judge::default();
    for (client, steps) in &view.clients {
        let conflicts = steps.iter().filter(|step| step.kind == Kind::Conflict);
        for Step { event, weight, .. } in conflicts.filter(|step| view.is_asked(&step.event)) {
            let soon = event.began() - SOON..=event.began() + view.slack();
            let follows = |step: &Step| {
                step.event.path() == event.path()
                    && is_open(step.event.outcome())
                    && step.event <= *event
                    && soon.contains(&step.event.ended())
            };
            let is_found = steps.iter().any(follows);
            let kinds = match event.method().is_write() {
                true => &[Kind::FailedWrite][..],
                false => &[Kind::Failed, Kind::Gone],
            };
            let sees = |kind: &Kind| view.sees(*kind, *client, soon.clone());
            if is_found || kinds.iter().all(sees) {
                judge.add(*client, *weight, is_found);
            }
        }
    }
    judge.told()
}

/// Whether an outcome leaves open whether the request was done.
pub fn is_open(outcome: u16) -> bool {
    matches!(outcome, 460 | 499 | 502 | 504 | 520 | 522 | 524 | CLIENT_GONE | ORIGIN_TIMEOUT)
}
