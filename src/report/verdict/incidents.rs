//! What incidents add to the answer: that there were any, whether they are over, and why the worst
//! of them was.

use crate::number;
use crate::report::{Health, Incident, Severity, Verdict};

/// The answer with what incidents add to it: a service that had one was not healthy, also when the
/// targets are met over the whole log; one that has a critical one now is in a critical state.
pub(crate) fn with_incidents(verdict: Verdict, all_of: &[Incident]) -> Verdict {
    let at_least = |severity| all_of.iter().filter(move |of| of.severity >= severity);
    let (all, critical) =
        (at_least(Severity::Warning).count(), at_least(Severity::Critical).count());
    if all == 0 {
        return verdict;
    }
    let is_now = at_least(Severity::Critical).any(|incident| incident.ongoing);
    let status = match verdict.status {
        _ if is_now => Health::Critical,
        Health::Healthy | Health::Unknown => Health::Degraded,
        status => status,
    };
    let incidents = |n: usize, kind: &str| match n {
        1 => format!("1 {kind}incident"),
        n => format!("{} {kind}incidents", number::count(n as u64)),
    };
    let count = match critical {
        critical if critical == all => incidents(all, "critical "),
        0 => incidents(all, ""),
        critical => format!("{}, {} critical", incidents(all, ""), number::count(critical as u64)),
    };
    let open = at_least(Severity::Warning).filter(|incident| incident.ongoing).count();
    let now = match (is_now, open) {
        (false, _) => String::new(),
        (true, open) if open == all => ", not over at the end of the log".to_owned(),
        (true, open) => {
            format!(", {} not over at the end of the log", number::count(open as u64))
        }
    };
    let why = worst(all_of).and_then(likely_cause).map(|cause| match all {
        1 => format!("{LIKELY_CAUSE}: {cause}"),
        _ => format!("{LIKELY_CAUSE} of the worst: {cause}"),
    });
    let mut reasons = vec![format!("{count}{now}{}", why.unwrap_or_default())];
    reasons.extend(verdict.reasons);
    Verdict { status, reasons }
}

/// Begins what the verdict says of why the worst incident was; the rest of that sentence may go
/// where there is no room.
pub(crate) const LIKELY_CAUSE: &str = "; likely cause";

/// The worst incident that somebody should get up for: the most severe, of those the largest, of
/// those the first.
pub(crate) fn worst(incidents: &[Incident]) -> Option<&Incident> {
    let matter = incidents.iter().rev().filter(|incident| incident.severity > Severity::Info);
    matter.max_by(|a, b| a.severity.cmp(&b.severity).then(a.excess.total_cmp(&b.excess)))
}

/// What an incident was caused by and whose that is, where that is more than a guess.
fn likely_cause(incident: &Incident) -> Option<String> {
    let cause = incident.causes.first().filter(|cause| cause.is_likely())?;
    Some(match cause.owner_words() {
        None => cause.name.to_owned(),
        Some(owner) => format!("{}, owner: {owner}", cause.name),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::example;
    use crate::report::Level;

    fn first_reason(incidents: &[Incident]) -> String {
        let verdict = Verdict { status: Health::Degraded, reasons: Vec::new() };
        with_incidents(verdict, incidents).reasons.concat()
    }

    #[test]
    fn the_likely_cause_of_the_worst_is_named_with_its_owner() {
        // A scanner, and a slow backend.
        let mut incidents = example::incident().incidents;
        let slow = "1 critical incident; likely cause: Slow backend behind a read timeout, \
                    owner: the application";
        assert_eq!(first_reason(&incidents), slow);
        for (cause, level, expected) in [
            ("unexplained", Level::High, "1 critical incident"),
            ("upstream-read-timeout", Level::Low, "1 critical incident"),
            ("upstream-read-timeout", Level::Medium, slow),
        ] {
            let first = &mut incidents[1].causes[0];
            (first.cause, first.level) = (cause, level);
            assert_eq!(first_reason(&incidents), expected);
        }
        incidents[0].severity = Severity::Warning;
        let reason = first_reason(&incidents);
        let two = "2 incidents, 1 critical; likely cause of the worst: Slow backend";
        assert!(reason.starts_with(two), "{reason}");
        // Nobody has to do something about a scanner.
        incidents.pop();
        assert_eq!(first_reason(&incidents), "1 incident; likely cause: 404 scanner");
    }

    #[test]
    fn of_equals_the_first_is_the_worst() {
        let mut incidents = example::many_incidents().incidents;
        assert_eq!(worst(&incidents).unwrap().id, "4");
        for incident in &mut incidents {
            (incident.severity, incident.excess) = (Severity::Warning, 9.0);
        }
        assert_eq!(worst(&incidents).unwrap().id, "1");
        incidents[7].excess = 10.0;
        assert_eq!(worst(&incidents).unwrap().id, "8");
        incidents.iter_mut().for_each(|incident| incident.severity = Severity::Info);
        assert!(worst(&incidents).is_none());
    }
}
