//! What broken caches are told by: more is sent again, by less of a cache.

use super::super::super::{Case, Need, Request, Told};
use crate::number::{bytes, percent};
use crate::tally::sample::Field;

/// What clients had is sent to them again.
pub(super) fn sent_again(case: &Case<'_>) -> Told {
    let main = &case.incident.deviations[0];
    let all = main.all as f64;
    let (before, now) = (1.0 - main.expected / all, 1.0 - main.bad as f64 / all);
    Told::is(
        now <= 0.5 * before,
        format!(
            "of what was sent or not modified {} is 304, {} before",
            percent(now),
            percent(before)
        ),
    )
}

/// The cache answers less.
pub(super) fn fewer_hits(case: &Case<'_>) -> Told {
    if !case.has(Need::Cache) {
        return Told::Lacks(Need::Cache);
    }
    let is_hit = |cache: &[u8]| {
        let cache = cache.to_ascii_lowercase();
        [&b"hit"[..], b"reval", b"stale", b"updating"]
            .iter()
            .any(|word| memchr::memmem::find(&cache, word).is_some())
    };
    let share = |requests: &[Request<'_, '_>]| {
        let (mut hits, mut all) = (0.0, 0.0);
        for request in requests {
            if let Some(cache) = request.field(Field::Cache) {
                all += request.weight();
                hits += if is_hit(cache) { request.weight() } else { 0.0 };
            }
        }
        (all > 0.0).then(|| hits / all)
    };
    let (Some(before), Some(now)) = (share(&case.outside), share(&case.inside)) else {
        return Told::Silent;
    };
    Told::is(
        now <= 0.8 * before,
        format!("the cache answers {} (HIT), {} before", percent(now), percent(before)),
    )
}

/// More is sent for each request.
pub(super) fn more_bytes(case: &Case<'_>) -> Told {
    if !case.has(Need::Bytes) {
        return Told::Lacks(Need::Bytes);
    }
    let mean = |requests: &[Request<'_, '_>]| {
        let (mut sum, mut all) = (0.0, 0.0);
        for request in requests {
            if let Some(bytes) = request.facts().bytes {
                all += request.weight();
                sum += f64::from(bytes) * request.weight();
            }
        }
        (all > 0.0).then(|| sum / all)
    };
    let (Some(before), Some(now)) = (mean(&case.outside), mean(&case.inside)) else {
        return Told::Silent;
    };
    Told::is(
        now >= 1.2 * before,
        format!("{} are sent for a request, {} before", bytes(now as u64), bytes(before as u64)),
    )
}
