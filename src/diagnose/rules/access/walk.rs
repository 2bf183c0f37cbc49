//! Ids that are asked for one after another, and what their answers tell.

use super::super::super::{Case, Told};
use crate::detect::culprit::Dimension;
use crate::number::percent;
use std::collections::{BTreeMap, BTreeSet};

/// What the bad requests of one route with an id ask for.
struct Walk {
    /// Different targets among the requests of the sample.
    distinct: usize,
    requests: usize,
    /// Share of the bad requests that were too many that are of this route.
    share: f64,
    route: String,
}

/// The route with an id that most of them are of.
fn walk(case: &Case<'_>) -> Option<Walk> {
    let top = case.top(Dimension::Route)?;
    let route = String::from_utf8_lossy(top.value).into_owned();
    let targets: Vec<u32> = case
        .inside
        .iter()
        .filter(|of| of.bad && of.route() == Some(top.value))
        .map(|of| of.facts().target)
        .collect();
    let distinct = targets.iter().collect::<BTreeSet<_>>().len();
    route.contains("/:").then_some(Walk {
        distinct,
        requests: targets.len(),
        share: top.share,
        route,
    })
}

/// They are of one route with an id.
pub(super) fn one_template(case: &Case<'_>) -> Told {
    match walk(case) {
        Some(Walk { share, route, .. }) if share >= 0.6 => {
            Told::Yes(format!("{} of them ask for {route}", percent(share)))
        }
        _ => Told::No("they are not of one route with an id".to_owned()),
    }
}

/// Hardly any id is asked for twice.
pub(super) fn each_id_once(case: &Case<'_>) -> Told {
    let Some(Walk { distinct, requests, .. }) = walk(case).filter(|walk| walk.requests >= 10)
    else {
        return Told::Silent;
    };
    let ratio = distinct as f64 / requests as f64;
    let sentence = format!("{requests} requests of the sample ask for {distinct} different ids");
    match ratio {
        0.8.. => Told::Yes(sentence),
        0.5.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Share of 403, of 404 and of good answers among the answers to the route with an id.
fn answers(case: &Case<'_>) -> Option<[f64; 3]> {
    let top = case.top(Dimension::Route)?;
    let mut sums = [0.0; 3];
    let mut all = 0.0;
    for request in case.inside.iter().filter(|of| of.route() == Some(top.value)) {
        all += request.weight();
        match request.outcome() {
            401 | 403 => sums[0] += request.weight(),
            404 | 410 => sums[1] += request.weight(),
            200..=399 => sums[2] += request.weight(),
            _ => {}
        }
    }
    (all > 0.0).then(|| sums.map(|sum| sum / all))
}

/// Some ids are refused, and others are not there.
pub(super) fn mixed(case: &Case<'_>) -> Told {
    let Some([denied, missing, good]) = answers(case) else { return Told::Silent };
    let sentence = format!(
        "of its answers {} are refused, {} not found and {} good",
        percent(denied),
        percent(missing),
        percent(good)
    );
    Told::is(denied >= 0.1 && missing >= 0.1, sentence)
}

/// Each id is either always refused or always not found.
pub(super) fn stable(case: &Case<'_>) -> Told {
    let Some(top) = case.top(Dimension::Route) else { return Told::Silent };
    let mut ids: BTreeMap<u32, (u32, BTreeSet<u16>)> = BTreeMap::new();
    for request in case.inside.iter().filter(|of| of.route() == Some(top.value)) {
        if matches!(request.outcome(), 403 | 404) {
            let (times, codes) = ids.entry(request.facts().target).or_default();
            *times += 1;
            codes.insert(request.outcome());
        }
    }
    let again: Vec<_> = ids.values().filter(|(times, _)| *times > 1).collect();
    let same = again.iter().filter(|(_, codes)| codes.len() == 1).count();
    match again.len() {
        0..5 => Told::Silent,
        all => Told::is(
            same as f64 >= 0.9 * all as f64,
            format!("of {all} ids that were asked for again {same} had the same answer again"),
        ),
    }
}
