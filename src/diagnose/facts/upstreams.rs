//! Which upstreams they were sent to.

use super::super::{Case, Need, Request, Told};
use super::{mostly, one_upstream};
use crate::detect::culprit::Dimension;
use crate::tally::sample::Field;
use std::collections::BTreeMap;

/// An upstream was asked at all.
pub(in super::super) fn upstream_tried(case: &Case<'_>) -> Told {
    mostly(
        case,
        Need::Upstream,
        |request| Some(request.field(Field::Upstream).is_some()),
        "were sent to an upstream",
    )
}

/// All upstreams are hit alike.
pub(in super::super) fn upstreams_alike(case: &Case<'_>) -> Told {
    match one_upstream(case) {
        Told::Yes(sentence) => Told::No(sentence),
        Told::No(_) if are_alike(case) => Told::Yes("all upstreams are hit alike".to_owned()),
        Told::No(_) => Told::Silent,
        other => other,
    }
}

/// Whether upstreams have as much of them as of what is sent to upstreams: two of three that fail are
/// not all. Nothing is alike where hardly any were sent to one.
fn are_alike(case: &Case<'_>) -> bool {
    if !case.is_seen(|of| upstream(of).is_some()) {
        return false;
    }
    let sums = case.excess_by(|of| upstream(of)).into_iter();
    let bad: BTreeMap<&[u8], f64> = sums.filter_map(|(name, sum)| Some((name?, sum))).collect();
    let mut traffic: BTreeMap<&[u8], f64> = BTreeMap::new();
    for (name, request) in case.inside.iter().filter_map(|of| Some((upstream(of)?, of))) {
        *traffic.entry(name).or_default() += request.weight();
    }
    let [all, all_bad] = [&traffic, &bad].map(|sums| sums.values().sum::<f64>());
    let rows = case.bad().filter(|of| upstream(of).is_some()).count() as f64;
    traffic.iter().all(|(name, weight)| {
        let part = weight / all;
        let ratio = bad.get(name).copied().unwrap_or(0.0) / all_bad / part;
        // In requests of the sample, and what chance makes of so many.
        let expected = part * rows;
        let is_hit = ratio >= 1.7 && (ratio - 1.0) * expected >= 3.0 * expected.sqrt();
        let is_spared = ratio < 0.3 && expected >= 8.0;
        !is_hit && !is_spared
    })
}

fn upstream<'a>(request: &Request<'_, 'a>) -> Option<&'a [u8]> {
    request.value(Dimension::Upstream)
}
