//! Redirects that go round in a circle.

use super::view::{SECONDS, Step, View};
use super::{Judge, Judged};
use crate::tally::trails::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Redirects in a circle, at least...
const LEAST_HOPS: usize = 5;
/// ...in at most so many milliseconds: a crawler that reads a moved page again waits minutes.
const WITHIN: i64 = 10 * SECONDS;
/// Longest pause within one, milliseconds.
const PAUSE: i64 = 5 * SECONDS;

/// Redirects of one client to and fro: at least five in ten seconds, all of one path or of two that
/// take turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loops {
    /// Redirects that are of one, among all.
    pub redirects: Judged,
    /// Loops in the sample.
    pub runs: u32,
    /// Loops of two paths that take turns.
    pub alternating: u32,
    /// Clients of the sample with a loop.
    pub clients: u32,
    /// The median number of redirects in those that are known to their end; `None` when none is, as a
    /// trail holds 22. Browsers and curl give up behind 20 (21 requests).
    pub length: Option<u32>,
}

/// Some redirects of one client.
#[derive(Clone, Debug)]
struct Run {
    /// Their places among all of the client.
    places: Vec<usize>,
    began: i64,
    ended: i64,
    is_alternating: bool,
}

/// The loops.
pub(super) fn loops(view: &View<'_>) -> Option<Loops> {
    let mut judge = Judge::default();
    let (mut lengths, mut runs, mut alternating, mut clients) = (Vec::new(), 0, 0, 0);
    for (client, steps) in &view.clients {
        let is_redirect = |step: &&Step| matches!(step.kind, Kind::Redirected | Kind::MovedWrite);
        let steps: Vec<Step> = steps.iter().filter(is_redirect).copied().collect();
        let found = runs_of(&steps);
        let of_runs: BTreeSet<usize> = found.iter().flat_map(|run| &run.places).copied().collect();
        for (place, step) in steps.iter().enumerate() {
            if view.is_asked(&step.event) {
                judge.add(*client, step.weight, of_runs.contains(&place));
            }
        }
        let mut asked = found.iter().filter(|run| view.is_within(run.began)).peekable();
        clients += u32::from(asked.peek().is_some());
        for run in asked {
            runs += 1;
            alternating += u32::from(run.is_alternating);
            let is_last = run.places.last() == Some(&(steps.len() - 1));
            let behind = run.ended..=run.ended + PAUSE;
            let kind = steps[run.places[0]].kind;
            if !is_last || view.sees(kind, *client, behind) {
                lengths.push(run.places.len() as u32);
            }
        }
    }
    lengths.sort_unstable();
    let length = lengths.get(lengths.len() / 2).copied();
    judge.told().map(|redirects| Loops { redirects, runs, alternating, clients, length })
}

/// The loops of one client's redirects, in order of their beginning.
fn runs_of(steps: &[Step]) -> Vec<Run> {
    let mut chains: Vec<Run> = Vec::new();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, Step { event, .. }) in steps.iter().enumerate() {
        let began = event.began();
        let last = open.get(&event.path()).copied();
        match last.filter(|last| began - chains[*last].ended <= PAUSE) {
            Some(last) => {
                chains[last].places.push(place);
                chains[last].ended = began;
            }
            None => {
                open.insert(event.path(), chains.len());
                let places = vec![place];
                chains.push(Run { places, began, ended: began, is_alternating: false });
            }
        }
    }
    chains.retain(|chain| chain.places.len() > 1);
    let mut runs: Vec<Run> = Vec::new();
    for chain in chains {
        match runs.last_mut().filter(|run| run.takes_turns_with(&chain, steps)) {
            Some(run) => run.join(chain),
            None => runs.push(chain),
        }
    }
    runs.retain(|run| run.is_loop(steps));
    runs
}

impl Run {
    /// Whether another has one redirect behind each of this one.
    fn takes_turns_with(&self, other: &Self, steps: &[Step]) -> bool {
        let (mine, theirs) = (&self.places, &other.places);
        let began = |place: &usize| steps[*place].event.began();
        // Stamps may be cut to seconds: then the order within one is not known.
        let in_turn = |(mine, theirs): (&usize, &usize)| began(mine) <= began(theirs);
        !self.is_alternating
            && mine.len().abs_diff(theirs.len()) <= 1
            && mine.iter().zip(theirs).all(in_turn)
            && theirs.iter().zip(&mine[1..]).all(in_turn)
    }

    fn join(&mut self, other: Self) {
        self.places.extend(other.places);
        self.places.sort_unstable();
        self.ended = self.ended.max(other.ended);
        self.is_alternating = true;
    }

    fn is_loop(&self, steps: &[Step]) -> bool {
        let events = || self.places.iter().map(|place| steps[*place].event);
        let times: Vec<i64> = events().map(|event| event.began()).collect();
        let is_fast =
            times.windows(LEAST_HOPS).any(|hops| hops[LEAST_HOPS - 1] - hops[0] <= WITHIN);
        // `/go?to=1`, `/go?to=2`...: a crawler on a page of links.
        let targets: BTreeSet<u64> = events().map(|event| event.target()).collect();
        is_fast && targets.len() * 2 <= self.places.len()
    }
}
