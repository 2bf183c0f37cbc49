//! Which incident may be a consequence of which: a slow backend makes clients leave, then the proxy
//! gives up, then there is no worker left, then clients try again. That is one story.

use crate::detect::culprit::Dimension;
use crate::detect::{Incident, Severity, Signal};
use crate::time::SECOND;

/// A consequence begins at most so long after what it follows from (`method.md` 3.6).
const DELAY: i64 = 600 * SECOND;
/// And so much before it, as the edges of both are uncertain.
const SLACK: i64 = 30 * SECOND;

/// For each incident the place of the one that it may follow from. Incidents are in order of time.
pub(super) fn chain(incidents: &[Incident]) -> Vec<Option<usize>> {
    let follows = |(place, later): (usize, &Incident)| {
        let before = incidents.iter().enumerate().filter(|(other, earlier)| {
            *other != place && is_before(earlier, later) && is_about_the_same(earlier, later)
        });
        // The nearest before it.
        before
            .max_by_key(|(other, earlier)| (earlier.times.start, std::cmp::Reverse(*other)))
            .map(|(other, _)| other)
    };
    incidents.iter().enumerate().map(follows).collect()
}

/// How far a signal stands in the usual order of a breakdown; `None` for one that is no part of it.
fn stage(incident: &Incident) -> Option<u8> {
    Some(match incident.deviations[0].signal {
        Signal::Slow => 0,
        Signal::ClientGone | Signal::Code(460 | 499) => 1,
        Signal::Timeouts | Signal::Code(504 | 522 | 524) => 2,
        Signal::Retried => 2,
        Signal::ServerError | Signal::Code(500..=599) => 3,
        Signal::Code(429) => 4,
        _ => return None,
    })
}

/// Whether an incident may come of an earlier one.
fn is_before(earlier: &Incident, later: &Incident) -> bool {
    let (Some(first), Some(second)) = (stage(earlier), stage(later)) else { return false };
    let delay = later.times.start - earlier.times.start;
    let touches = later.times.start <= earlier.times.end.saturating_add(DELAY);
    earlier.severity.min(later.severity) > Severity::Info
        && first < second
        && (-SLACK..=DELAY).contains(&delay)
        && touches
}

/// Whether both are of the same route or upstream, or one of them of all.
fn is_about_the_same(a: &Incident, b: &Incident) -> bool {
    let named = |incident: &Incident, dimension: Dimension| {
        let first = incident.culprits.first().filter(|blamed| blamed.is_named)?;
        let (_, value) = first.pattern.iter().find(|(of, _)| *of == dimension)?;
        value.clone()
    };
    [Dimension::Route, Dimension::Upstream, Dimension::Host].into_iter().all(|dimension| {
        match (named(a, dimension), named(b, dimension)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        }
    })
}
