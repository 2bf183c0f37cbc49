//! Targets over time: how fast the budget of each went.

use crate::detect::Timeline;
use crate::detect::burn::{Series, alerts, worst_hour};
use crate::ratio::Ratio;
use crate::report::Time;
use crate::report::incident::{Alert, Burn, WorstHour};
use crate::tally::signals::Cell;
use crate::time::SECOND;

/// The burn of a target, of which `counts` gives the bad requests and those judged. `None` where no
/// request is.
pub(super) fn burn(
    timeline: &Timeline,
    target: Ratio,
    counts: impl Fn(&Cell) -> (u64, u64),
) -> Option<Burn> {
    let (bad, all): (Vec<u64>, Vec<u64>) = timeline.cells.iter().map(counts).unzip();
    let series = Series {
        start: timeline.start * SECOND,
        width: timeline.width * SECOND as u64,
        bad: &bad,
        all: &all,
    };
    let worst = worst_hour(&series)?;
    let mut alerts: Vec<Alert> = alerts(&series, target)
        .into_iter()
        .map(|alert| Alert {
            rule: alert.rule.name,
            factor: alert.rule.factor(),
            start: Time(alert.start),
            end: Time(alert.end),
            burn: alert.burn,
        })
        .collect();
    alerts.sort_by_key(|alert| alert.start.0);
    Some(Burn {
        worst_hour: WorstHour {
            start: Time(worst.start),
            count: worst.count,
            total: worst.total,
            observed: super::ratio(worst.count, worst.total),
        },
        alerts,
    })
}
