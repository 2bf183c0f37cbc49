//! Whom it hits, and where: one value of a dimension, or many.

use super::super::{Case, Need, Told};
use super::MOST;
use crate::detect::culprit::Dimension;
use crate::number::percent;

/// One value of a dimension has most of them, and much less of the traffic. `word` names it.
pub(in super::super) fn one(case: &Case<'_>, dimension: Dimension, need: Need, word: &str) -> Told {
    if case.has(need) { leads(case, dimension, word) } else { Told::Lacks(need) }
}

fn leads(case: &Case<'_>, dimension: Dimension, word: &str) -> Told {
    let Some(top) = case.top(dimension) else { return Told::Silent };
    let sentence = format!(
        "{} has {} of them, and {} of the usual traffic",
        of(word, top.value),
        percent(top.share),
        percent(top.usual)
    );
    // By the usual traffic: what fails fast, or is asked for again and again, has most of it then.
    match top.share {
        share if share >= MOST && share >= 1.5 * top.usual => Told::Yes(sentence),
        share if share >= MOST || share >= 3.0 * top.usual => Told::Silent,
        _ => Told::No(format!("they are spread: {sentence}")),
    }
}

fn of(word: &str, value: &[u8]) -> String {
    format!("{word} {}", String::from_utf8_lossy(value)).trim_start().to_owned()
}

/// One upstream has most of them.
pub(in super::super) fn one_upstream(case: &Case<'_>) -> Told {
    one(case, Dimension::Upstream, Need::Upstream, "upstream")
}

/// One route has most of them.
pub(in super::super) fn one_route(case: &Case<'_>) -> Told {
    leads(case, Dimension::Route, "")
}

/// One host has most of them.
pub(in super::super) fn one_host(case: &Case<'_>) -> Told {
    one(case, Dimension::Host, Need::Host, "host")
}

/// One user agent has most of them.
pub(in super::super) fn one_agent(case: &Case<'_>) -> Told {
    one(case, Dimension::UserAgent, Need::UserAgent, "user agent")
}

/// One client, or one network of clients, has most of them.
pub(in super::super) fn one_client(case: &Case<'_>) -> Told {
    match one(case, Dimension::Client, Need::Client, "client") {
        Told::Yes(sentence) => Told::Yes(sentence),
        told => match one(case, Dimension::ClientNetwork, Need::Client, "the network") {
            Told::Yes(sentence) => Told::Yes(sentence),
            _ => told,
        },
    }
}

/// Many clients are hit: they are no one's own trouble.
pub(in super::super) fn many_clients(case: &Case<'_>) -> Told {
    if !case.has(Need::Client) {
        return Told::Lacks(Need::Client);
    }
    let networks =
        (case.spread(Dimension::ClientNetwork), case.usual_spread(Dimension::ClientNetwork));
    let (Some(hit), Some(usual)) = networks else { return Told::Silent };
    let count = if hit.is_finite() { format!("about {}", hit.round()) } else { "very many".into() };
    let sentence = format!("clients of {count} networks are hit");
    match hit {
        _ if hit >= 12.0 || hit >= 0.5 * usual => Told::Yes(sentence),
        _ if hit < 6.0 => Told::No(sentence),
        _ => Told::Silent,
    }
}

/// Several routes are hit about as they are asked for.
pub(in super::super) fn many_routes(case: &Case<'_>) -> Told {
    let Some(top) = case.top(Dimension::Route) else { return Told::Silent };
    let shown = String::from_utf8_lossy(top.value);
    let is_spread = top.share < MOST || top.share < 1.3 * top.traffic;
    Told::is(
        is_spread,
        match is_spread {
            true => format!("several routes are hit; {shown} has {} of them", percent(top.share)),
            false => format!("{shown} has {} of them", percent(top.share)),
        },
    )
}

/// One client has most of them, whatever it has of the traffic.
pub(in super::super) fn single_client(case: &Case<'_>) -> Told {
    if !case.has(Need::Client) {
        return Told::Lacks(Need::Client);
    }
    let Some(top) = case.top(Dimension::Client) else { return Told::Silent };
    let sentence = format!("{} has {} of them", of("client", top.value), percent(top.share));
    Told::is(top.share >= MOST, sentence)
}
