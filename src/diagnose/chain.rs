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

#[cfg(test)]
mod tests {
    use super::super::scene::{Req, Scene};

    /// Main signals of the incidents, each with that of the one it follows from.
    fn story(scene: &Scene) -> Vec<(String, Option<String>)> {
        let told = scene.told();
        let name = |place: usize| told[place].0.deviations[0].signal.name().into_owned();
        (0..told.len()).map(|place| (name(place), told[place].1.follows.map(name))).collect()
    }

    fn slow(request: &mut Req) {
        if request.target.starts_with("/search") {
            request.seconds *= 40.0;
            request.header = Some(request.seconds);
        }
    }

    fn late(request: &mut Req) {
        if request.target.starts_with("/search") {
            request.in_vain(504, 20.004, Some(0.001));
        }
    }

    /// First it is slow, then the proxy gives up.
    #[test]
    fn a_breakdown_is_one_story() {
        let scene = Scene::new().hit((50, 57), |request, _| slow(request));
        let scene = scene.hit((60, 70), |request, _| late(request));
        let story = story(&scene);
        let of = |from: &str| story.iter().find(|(name, _)| name == from);
        let (_, follows) = of("504").unwrap_or_else(|| panic!("{story:?}"));
        assert_eq!(follows.as_deref(), Some("slow"), "{story:?}");
        assert_eq!(of("slow").map(|(_, follows)| follows.clone()), Some(None), "{story:?}");
    }

    /// Half an hour later it is another story; and so is another route.
    #[test]
    fn what_is_far_away_or_elsewhere_follows_from_nothing() {
        let later = Scene::new().hit((20, 28), |request, _| slow(request));
        let later = later.hit((70, 80), |request, _| late(request));
        let elsewhere = Scene::new().hit((50, 57), |request, _| slow(request));
        let elsewhere = elsewhere.hit((60, 70), |request, _| {
            if request.target == "/" {
                request.in_vain(504, 20.004, Some(0.001));
            }
        });
        for scene in [later, elsewhere] {
            let story = story(&scene);
            assert!(story.len() >= 2, "{story:?}");
            assert!(story.iter().all(|(_, follows)| follows.is_none()), "{story:?}");
        }
    }
}
