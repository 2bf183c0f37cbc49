//! Writes that a redirect turned into a GET.

use super::view::{SECONDS, Step, View};
use super::{Judge, Judged};
use crate::tally::trails::{Kind, Method};

/// How long after the answer what came of it is looked for, milliseconds.
const SOON: i64 = 5 * SECONDS;

/// Writes that were answered 301 or 302, of which most clients make a GET (RFC 9110, sections 15.4.2
/// and 15.4.3). What followed within five seconds may also be a GET with a 2xx, as after a form that
/// was saved: that is not in the sample, and neither lost nor kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LostPosts {
    /// Those that the same client followed with a read answered 400, 404, 405 or another 4xx but those
    /// of authentication and limits. Where there are many 404s, some of these are missed.
    pub lost: Judged,
    /// Those that it followed with a write that was not redirected again. `None` where there are too
    /// many writes to know.
    pub kept: Option<Judged>,
}

/// The writes that were lost.
pub(super) fn lost_posts(view: &View<'_>) -> Option<LostPosts> {
    let (mut lost, mut kept) = (Judge::default(), Judge::default());
    for (client, steps) in &view.clients {
        for (place, Step { event, weight, .. }) in steps.iter().enumerate() {
            let is_moved = matches!(event.outcome(), 301 | 302) && event.method().is_write();
            if !is_moved || !view.is_asked(event) {
                continue;
            }
            let soon = event.ended() - view.slack()..=event.ended() + SOON;
            let followed = |is: fn(&Step) -> bool| {
                let others = steps.iter().enumerate().filter(|(other, _)| *other != place);
                others.into_iter().any(|(_, step)| soon.contains(&step.event.began()) && is(step))
            };
            let is_lost = followed(is_refused_read);
            if is_lost || view.sees(Kind::Refused, *client, soon.clone()) {
                lost.add(*client, *weight, is_lost);
            }
            let is_kept = followed(is_write);
            if is_kept || view.sees(Kind::Written, *client, soon.clone()) {
                kept.add(*client, *weight, is_kept);
            }
        }
    }
    lost.told().map(|lost| LostPosts { lost, kept: kept.told() })
}

fn is_refused_read(step: &Step) -> bool {
    matches!(step.kind, Kind::Refused | Kind::Missing)
        && matches!(step.event.method(), Method::Get | Method::Head)
}

fn is_write(step: &Step) -> bool {
    step.event.method().is_write() && step.kind != Kind::MovedWrite
}
