//! From whom refused requests come: somebody, or everybody; strangers, or those who were served.

use super::super::super::{Case, Need, Request, Told, facts};
use crate::detect::culprit::Dimension;
use crate::number::percent;
use std::collections::BTreeSet;

/// How many times the usual share of the traffic the routes have that are asked for.
pub(in super::super) fn rise(case: &Case<'_>) -> Option<f64> {
    let top = case.top(Dimension::Route).filter(|top| top.share >= 0.5)?;
    let share = |requests: &[Request<'_, '_>]| {
        let sum = |of: &dyn Fn(&Request<'_, '_>) -> bool| {
            requests.iter().filter(|one| of(one)).map(Request::weight).sum::<f64>()
        };
        let all = sum(&|_| true);
        (all > 0.0).then(|| sum(&|one| one.route() == Some(top.value)) / all)
    };
    Some(share(&case.inside)? / share(&case.outside)?)
}

/// Of few clients, or of one kind of client: somebody's doing and not everybody's trouble. A login
/// that many more post to than usual is that, too.
pub(super) fn somebody(case: &Case<'_>) -> Told {
    let few = facts::few_clients(case);
    if let Told::Yes(_) = few {
        return few;
    }
    if let (Told::Yes(sentence), Told::No(_) | Told::Silent) = (facts::one_agent(case), &few) {
        return Told::Yes(sentence);
    }
    match (rise(case), few) {
        (Some(rise), _) if rise >= 3.0 => {
            let sentence = match rise.is_finite() {
                true => format!("the route has {rise:.0} times its usual share of the traffic"),
                false => "nobody asked for that route before".to_owned(),
            };
            Told::Yes(sentence)
        }
        (_, few) => few,
    }
}

/// Those who are refused, that have most of it, were served before: clients of a few networks, or of
/// one kind.
pub(super) fn served_before(case: &Case<'_>) -> Told {
    let (dimension, need) = match (facts::few_clients(case), facts::one_agent(case)) {
        (Told::No(_), Told::Yes(_)) => (Dimension::UserAgent, Need::UserAgent),
        _ => (Dimension::ClientNetwork, Need::Client),
    };
    if !case.has(need) {
        return Told::Lacks(need);
    }
    let clients = case.excess_by(|request| request.value(dimension));
    let all: f64 = clients.iter().map(|(_, sum)| sum).sum();
    let (mut hit, mut sum) = (BTreeSet::new(), 0.0);
    for (client, more) in clients {
        hit.insert(client);
        sum += more;
        if sum >= 0.7 * all {
            break;
        }
    }
    let (mut rows, mut good, mut weight) = (0, 0.0, 0.0);
    for request in case.outside.iter().filter(|of| hit.contains(&of.value(dimension))) {
        rows += 1;
        weight += request.weight();
        good += if request.outcome() < 400 { request.weight() } else { 0.0 };
    }
    match rows {
        0..3 if case.outside.len() >= facts::MANY => {
            Told::No("these clients were hardly seen before".to_owned())
        }
        0..8 => Told::Silent,
        _ => {
            let share = percent(good / weight);
            let sentence = format!("{share} of what these clients asked for before was served");
            Told::is(good >= 0.5 * weight, sentence)
        }
    }
}

/// Those that are refused now were served before: many clients, or some that are known.
pub(super) fn were_allowed(case: &Case<'_>) -> Told {
    match facts::many_clients(case) {
        Told::Yes(sentence) => Told::Yes(sentence),
        _ => served_before(case),
    }
}

/// Whom it comes from, in words.
pub(super) fn whom(case: &Case<'_>) -> String {
    let of = |dimension: Dimension, word: &str| {
        let top = case.top(dimension).filter(|top| top.share >= 0.5)?;
        Some(format!("{word}{}", String::from_utf8_lossy(top.value)))
    };
    of(Dimension::Client, "client ")
        .or_else(|| of(Dimension::ClientNetwork, "clients of "))
        .or_else(|| of(Dimension::UserAgent, "clients that call themselves "))
        .unwrap_or_else(|| "some clients".to_owned())
}
