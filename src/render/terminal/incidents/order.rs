//! Which incidents are shown, and in which order.

use crate::render::Style;
use crate::render::terminal::when::{clock, range};
use crate::report::{Incident, Report, verdict};
use std::cmp::Reverse;

/// More incidents than these are counted only.
pub(super) const SHOWN: usize = 10;

/// The incidents that are shown, the worst first: the most severe, of those the largest. Incidents
/// that follow each other are one story: they stand together, in order of time, where the worst of
/// them would stand.
pub(in crate::render::terminal) fn shown(report: &Report) -> Vec<&Incident> {
    let all = &report.incidents;
    let mut ranked: Vec<&Incident> = all.iter().collect();
    ranked.sort_by(|a, b| {
        (Reverse(a.severity), b.excess)
            .partial_cmp(&(Reverse(b.severity), a.excess))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut shown: Vec<&Incident> = Vec::new();
    for incident in ranked {
        // To look for the chains of hundreds takes longer than to read their log.
        if shown.len() >= SHOWN {
            break;
        }
        let began = first(incident, all);
        if shown.iter().all(|other| first(other, all).id != began.id) {
            shown.extend(all.iter().filter(|other| first(other, all).id == began.id));
        }
    }
    shown.truncate(SHOWN);
    shown
}

/// The incident that a chain began with; itself when it follows none.
fn first<'a>(incident: &'a Incident, all: &'a [Incident]) -> &'a Incident {
    let mut at = incident;
    // No chain is longer, and a circle ends, too.
    for _ in 0..all.len() {
        match before(at, all) {
            Some(before) => at = before,
            None => break,
        }
    }
    at
}

/// The incident that this one may be a consequence of.
pub(super) fn before<'a>(incident: &Incident, all: &'a [Incident]) -> Option<&'a Incident> {
    let id = incident.follows.as_ref()?;
    all.iter().find(|other| other.id == *id)
}

/// The worst incident that somebody should get up for and when it was, at length and in short, for
/// a line that has room for no more.
pub(in crate::render::terminal) fn worst(report: &Report, style: &Style) -> Option<[String; 2]> {
    let window = report.window.as_ref()?;
    let worst = verdict::worst(&report.incidents)?;
    let which = if report.incidents.len() > 1 { "worst incident" } else { "incident" };
    let when = range(worst.start, worst.end, window, style)?;
    let start = clock(worst.start.0, window, style)?;
    let (open, from) = if worst.ongoing { (", still open", "since") } else { ("", "at") };
    Some([
        format!("{which} {}, {when}{open}", worst.id),
        format!("incident {} {from} {start}", worst.id),
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::example;

    fn ids(report: &Report) -> Vec<&str> {
        shown(report).iter().map(|incident| incident.id.as_str()).collect()
    }

    #[test]
    fn a_chain_is_told_in_order_of_time() {
        let mut report = example::many_incidents();
        for incident in &mut report.incidents {
            incident.follows = None;
        }
        let alone = ids(&report).join(" ");
        assert!(alone.starts_with("4 "), "{alone}");
        report.incidents[2].follows = Some("1".into());
        report.incidents[3].follows = Some("3".into());
        // 1 is the least severe of them all.
        assert_eq!(ids(&report)[..3], ["1", "3", "4"]);
        assert!(worst(&report, &example::style(80)).unwrap()[1].starts_with("incident 4 "));
        let mut all = ids(&report);
        all.dedup();
        assert_eq!(all.len(), SHOWN);
    }

    #[test]
    fn a_circle_has_an_end() {
        let mut report = example::many_incidents();
        report.incidents.truncate(3);
        for (at, follows) in ["2", "1", "77"].into_iter().enumerate() {
            report.incidents[at].follows = Some(follows.into());
        }
        let mut all = ids(&report);
        all.sort_unstable();
        assert_eq!(all, ["1", "2", "3"]);
    }
}
