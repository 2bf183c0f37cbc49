//! Who they come from, and what became of the same requests before.

use super::super::case::is_failure;
use super::super::{Case, Need, Request, Told};
use super::{mostly, noun};
use crate::detect::culprit::Dimension;
use crate::number::percent;
use std::collections::BTreeSet;

/// Networks that are few.
const FEW_NETWORKS: usize = 5;
/// Share of what is too much that few clients have, at least.
const OF_FEW: f64 = 0.7;
/// So many requests of the sample from around an incident tell who and what was not there.
pub(in super::super) const MANY: usize = 200;
/// Requests of the sample that are missed by chance once in three thousand times.
const EXPECTED: f64 = 8.0;

/// A few clients have nearly all of them, and much less of the traffic that was there before.
pub(in super::super) fn few_clients(case: &Case<'_>) -> Told {
    if !case.has(Need::Client) {
        return Told::Lacks(Need::Client);
    }
    let networks = case.excess_by(|request| request.value(Dimension::ClientNetwork));
    let usual = case.usual_spread(Dimension::ClientNetwork);
    // All come through a few addresses, as of a CDN: these are not the clients.
    let is_blind = usual.is_some_and(|usual| usual < 2.0 * FEW_NETWORKS as f64);
    let rows = case.bad().filter(|of| of.value(Dimension::ClientNetwork).is_some()).count();
    let Some((Some(first), _)) = networks.first() else { return Told::Silent };
    if is_blind {
        return Told::Lacks(Need::Client);
    }
    if rows < 8 {
        return Told::Silent;
    }
    let sum = |of: &[(Option<&[u8]>, f64)]| of.iter().map(|(_, sum)| sum).sum::<f64>();
    let all = sum(&networks);
    let one = networks[0].1 / all;
    let few = sum(&networks[..networks.len().min(FEW_NETWORKS)]) / all;
    let shown = String::from_utf8_lossy(first);
    match (one, few) {
        (OF_FEW.., _) => {
            Told::Yes(format!("{} of the {} come from {shown}", percent(one), noun(case)))
        }
        (_, OF_FEW..) if rows >= 4 * FEW_NETWORKS => Told::Yes(format!(
            "{} of the {} come from {} networks, {shown} above all",
            percent(few),
            noun(case),
            networks.len().min(FEW_NETWORKS)
        )),
        (_, few) if few < 0.5 => Told::No(format!(
            "{} of the {} come from {FEW_NETWORKS} networks, the others from many",
            percent(few),
            noun(case)
        )),
        _ => Told::Silent,
    }
}

/// The routes that have most of what is too much.
fn main_routes<'a>(case: &Case<'a>) -> BTreeSet<Option<&'a [u8]>> {
    let routes = case.excess_by(|request| request.route());
    let all: f64 = routes.iter().map(|(_, sum)| sum).sum();
    // Those that have the most of it, up to most of all.
    let mut sum = 0.0;
    let mut main = BTreeSet::new();
    for (route, weight) in routes {
        main.insert(route);
        sum += weight;
        if sum >= 0.8 * all {
            break;
        }
    }
    main
}

/// The share of good answers among what the bad requests ask for: before and after, and in the
/// window. `None` when too little is known of before.
fn good_answers(case: &Case<'_>) -> Option<[f64; 2]> {
    let main = main_routes(case);
    let share = |requests: &[Request<'_, '_>], least: usize| {
        let (mut rows, mut good, mut all) = (0, 0.0, 0.0);
        for request in requests.iter().filter(|of| main.contains(&of.route())) {
            rows += 1;
            all += request.weight();
            good += if is_failure(request.outcome()) { 0.0 } else { request.weight() };
        }
        (rows >= least && all > 0.0).then(|| good / all)
    };
    Some([share(&case.outside, 5)?, share(&case.inside, 1)?])
}

/// Whether they ask for what hardly anybody asked for before: a route that few ask for at any time is
/// easily in no request of the sample.
fn is_new(case: &Case<'_>) -> bool {
    let main = main_routes(case);
    let weight = |is_asked: bool| -> f64 {
        let asked = case.inside.iter().filter(|of| !is_asked || main.contains(&of.route()));
        asked.map(Request::weight).sum()
    };
    let rows = case.outside.iter().filter(|of| main.contains(&of.route())).count() as f64;
    // As many as now would be so many of the sample.
    let expected = weight(true) / weight(false).max(1.0) * case.outside.len() as f64;
    case.outside.len() >= MANY && expected >= EXPECTED && rows * EXPECTED <= expected
}

/// What they ask for was answered well before.
pub(in super::super) fn was_good(case: &Case<'_>) -> Told {
    let Some([before, _]) = good_answers(case) else {
        return match is_new(case) {
            true => Told::No("hardly anybody asked for that before".to_owned()),
            false => Told::Silent,
        };
    };
    let sentence =
        format!("{} of the requests to the same routes were good before", percent(before));
    match before {
        0.6.. => Told::Yes(sentence),
        0.3.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Nothing of what they ask for is answered well any more.
pub(in super::super) fn none_good(case: &Case<'_>) -> Told {
    let Some([before, inside]) = good_answers(case).filter(|[before, _]| *before >= 0.3) else {
        return Told::Silent;
    };
    let sentence = format!(
        "of the requests to the same routes {} are good, {} before",
        percent(inside),
        percent(before)
    );
    match inside / before {
        0.5.. => Told::No(sentence),
        0.15.. => Told::Silent,
        _ => Told::Yes(sentence),
    }
}

/// Most of them came without a referer.
pub(in super::super) fn no_referer(case: &Case<'_>) -> Told {
    let without = |request: &Request<'_, '_>| Some(request.value(Dimension::RefererHost).is_none());
    mostly(case, Need::Referer, without, "came without a referer")
}
