//! What a failing node is told by: it fails faster than others answer, and so gets more requests.

use super::super::super::{Case, Need, Request, Told};
use crate::detect::culprit::Dimension;
use crate::number::{duration, percent};

/// How much more of the traffic than otherwise an upstream gets that most of it is on.
pub(in super::super) fn share_grew(case: &Case<'_>) -> Told {
    if !case.has(Need::Upstream) {
        return Told::Lacks(Need::Upstream);
    }
    let Some(top) = case.top(Dimension::Upstream) else { return Told::Silent };
    let share = |requests: &[Request<'_, '_>]| {
        let sent = requests.iter().filter_map(|of| Some((of.value(Dimension::Upstream)?, of)));
        let sent = sent.fold([0.0; 3], |[own, all, rows], (value, of)| {
            let weight = if value == top.value { of.weight() } else { 0.0 };
            [own + weight, all + of.weight(), rows + 1.0]
        });
        (sent[1] > 0.0).then(|| (sent[0] / sent[1], sent[2]))
    };
    let (Some((usual, _)), Some((inside, rows))) = (share(&case.outside), share(&case.inside))
    else {
        return Told::Silent;
    };
    // What chance makes of so many requests.
    let chance = (usual * (1.0 - usual) / rows).sqrt();
    let sentence = format!(
        "upstream {} gets {} of the requests, {} otherwise",
        String::from_utf8_lossy(top.value),
        percent(inside),
        percent(usual)
    );
    match inside / usual.max(0.001) {
        // What takes over when nobody is left is no node.
        _ if usual < 0.01 => Told::No(sentence),
        1.3.. if inside - usual >= (4.0 * chance).max(0.05) => Told::Yes(sentence),
        1.3.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Whether failures are much faster than good answers.
pub(super) fn faster(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    let (Some(bad), Some([usual, _])) = (case.took(0.5), case.good_took(0.5)) else {
        return Told::Silent;
    };
    Told::is(
        bad <= 0.5 * usual,
        format!("they take {} (p50), good answers {}", duration(bad), duration(usual)),
    )
}
