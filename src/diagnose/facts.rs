//! Questions that rules of several families ask: who answered, how far the request came, how long
//! it took, and whom it hit. Each answer is a sentence with its number.

mod before;
mod place;
mod upstreams;

pub(super) use before::{MANY, few_clients, no_referer, none_good, was_good};
pub(super) use place::{
    many_clients, many_routes, one, one_agent, one_client, one_host, one_route, one_upstream,
    single_client,
};
pub(super) use upstreams::{upstream_tried, upstreams_alike};

use super::case::Share;
use super::deploy::NEAR;
use super::page::{OFTEN, is_page};
use super::{Case, Need, Request, Told};
use crate::detect::Signal;
use crate::detect::culprit::Dimension;
use crate::format::Product;
use crate::number::{duration, percent, span};
use crate::record::Producer;
use crate::tally::sample::Field;
use crate::time::SECOND;

/// Most of the requests.
const MOST: f64 = 0.6;
/// None of them, but for what a sample may hold by chance.
const NONE: f64 = 0.0005;
/// Few of them.
const FEW: f64 = 0.2;
/// A request that was refused at once took less, seconds.
const AT_ONCE: f64 = 0.05;

/// What the bad requests are called: `502s`, `requests without a status`, `failed requests`.
pub(super) fn noun(case: &Case<'_>) -> String {
    match case.incident.codes[..] {
        _ if case.incident.deviations[0].signal == Signal::Scanner => "probes".to_owned(),
        [code] => format!("{code}s"),
        _ => "bad requests".to_owned(),
    }
}

/// An answer by a share: yes when it is most of them, no when it is few, else silence. The sentence
/// stands behind `97 % of the 502s`.
pub(super) fn mostly(
    case: &Case<'_>,
    need: Need,
    holds: impl Fn(&Request<'_, '_>) -> Option<bool>,
    sentence: &str,
) -> Told {
    if case.has(need) { seen(case, holds, sentence) } else { Told::Lacks(need) }
}

/// The same of what every log has.
pub(super) fn seen(
    case: &Case<'_>,
    holds: impl Fn(&Request<'_, '_>) -> Option<bool>,
    sentence: &str,
) -> Told {
    match case.share(holds) {
        None => Told::Silent,
        Some(Share { ratio, .. }) => {
            let share = if ratio < NONE { "none".to_owned() } else { percent(ratio) };
            let sentence = format!("{share} of the {} {sentence}", noun(case));
            match ratio {
                MOST.. => Told::Yes(sentence),
                FEW.. => Told::Silent,
                _ => Told::No(sentence),
            }
        }
    }
}

/// Turns an answer around.
pub(super) fn not(told: Told) -> Told {
    match told {
        Told::Yes(sentence) => Told::No(sentence),
        Told::No(sentence) => Told::Yes(sentence),
        other => other,
    }
}

/// The proxy, balancer or edge made the status, not the origin. Where no field tells, the length of
/// nginx's own error page does.
pub(super) fn made_here(case: &Case<'_>) -> Told {
    let by = |request: &Request<'_, '_>| request.facts().producer.map(|by| by != Producer::Origin);
    // Some products tell it in other words than the upstream's status.
    let told = match case.share(by) {
        None if !case.has(Need::Answer) => Told::Lacks(Need::Answer),
        _ => seen(case, by, "were made by the proxy, not by the origin"),
    };
    match told {
        Told::Lacks(_) | Told::Silent => match own_page(case) {
            Told::Silent => told,
            page => page,
        },
        told => told,
    }
}

/// The origin made the status.
pub(super) fn made_by_origin(case: &Case<'_>) -> Told {
    match made_here(case) {
        Told::Yes(sentence) => Told::No(sentence),
        Told::No(_) => Told::Yes(format!("the origin answered with the {} itself", noun(case))),
        other => other,
    }
}

/// The body is as long as nginx's own page for the code.
pub(super) fn own_page(case: &Case<'_>) -> Told {
    let mut codes = OFTEN.into_iter().chain([405]);
    let Some(code) = codes.find(|code| case.is_mostly(&[*code])) else { return Told::Silent };
    let Some(around) = case.log.page else { return Told::Silent };
    // Other products have pages of other lengths.
    if !matches!(case.log.product, Product::Nginx | Product::Unknown) {
        return Told::Silent;
    }
    let is = |request: &Request<'_, '_>| Some(is_page(request.facts().bytes?, code, around));
    mostly(case, Need::Bytes, is, "have a body as long as nginx's own error page")
}

/// They failed at once.
pub(super) fn at_once(case: &Case<'_>) -> Told {
    took(case, 0.9, "ended within", |seconds| seconds < AT_ONCE)
}

/// How long they took, at a quantile: whether that is so. The words stand before the time.
pub(super) fn took(
    case: &Case<'_>,
    quantile: f64,
    words: &str,
    is_so: impl Fn(f64) -> bool,
) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    let Some(seconds) = case.took(quantile) else { return Told::Silent };
    let rank = (quantile * 100.0).round();
    Told::is(is_so(seconds), format!("they {words} {} (p{rank})", duration(seconds)))
}

/// They all took the same time: a timeout.
pub(super) fn at_a_timeout(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    match (&case.incident.cliff, case.took(0.5)) {
        (Some((_, cliff)), _) => Told::is(
            cliff.share >= 0.3,
            format!("{} of them end at {}", percent(cliff.share), duration(cliff.at as f64 / 1e6)),
        ),
        (None, Some(took)) => {
            Told::No(format!("they take {} (p50), with no common end", duration(took)))
        }
        (None, None) => Told::Silent,
    }
}

/// The product's own word for what went wrong is one of these. Of HAProxy's states the first two
/// characters count; Envoy's flags stand between commas.
pub(super) fn reason(case: &Case<'_>, words: &[&str], meaning: &str) -> Told {
    mostly(
        case,
        Need::Reason,
        |request| {
            let reason = request.field(Field::Reason).unwrap_or_default();
            Some(words.iter().any(|word| is_reason(reason, word.as_bytes())))
        },
        meaning,
    )
}

/// Whether a reason is this word, or one of its parts is, or it begins with it.
fn is_reason(reason: &[u8], word: &[u8]) -> bool {
    reason
        .split(|byte| matches!(byte, b',' | b' ' | b'|'))
        .any(|part| part == word || part.len() == 4 && word.len() == 2 && part.starts_with(word))
}

/// There was clearly more traffic than before and after.
pub(super) fn traffic_rose(case: &Case<'_>) -> Told {
    let Some(ratio) = case.traffic() else { return Told::Silent };
    let sentence = format!("{} times the traffic of before and after", one_digit(ratio));
    match ratio {
        1.5.. => Told::Yes(sentence),
        1.25.. => Told::Silent,
        _ => Told::No(format!("no more traffic than usual ({sentence})")),
    }
}

fn one_digit(ratio: f64) -> String {
    format!("{ratio:.1}")
}

/// What was still answered was slower than usual.
pub(super) fn good_slower(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    let Some([before, inside]) = case.good_took(0.9) else { return Told::Silent };
    let sentence = format!(
        "good answers of the same routes took {} (p90), {} before",
        duration(inside),
        duration(before)
    );
    match inside / before.max(0.001) {
        2.0.. => Told::Yes(sentence),
        1.4.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// Nearly every request of the place failed.
pub(super) fn total(case: &Case<'_>) -> Told {
    let ratio = case.totality();
    let sentence = format!("{} of the requests to {} failed", percent(ratio), case.place());
    match ratio {
        0.8.. => Told::Yes(sentence),
        0.5.. => Told::Silent,
        _ => Told::No(sentence),
    }
}

/// All bodies are of one size. The sentence says which.
pub(super) fn one_size(case: &Case<'_>) -> Told {
    if !case.has(Need::Bytes) {
        return Told::Lacks(Need::Bytes);
    }
    let mut sizes = std::collections::BTreeMap::<u32, f64>::new();
    for request in case.bad() {
        if let Some(bytes) = request.facts().bytes {
            *sizes.entry(bytes).or_default() += request.weight();
        }
    }
    let all: f64 = sizes.values().sum();
    let Some((size, weight)) = sizes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return Told::Silent;
    };
    let share = weight / all;
    Told::is(share >= 0.8, format!("{} of them are {size} bytes long", percent(share)))
}

/// Something new was deployed at that time, as the user says or as the log shows. Silent where
/// neither would tell.
pub(super) fn deployed(case: &Case<'_>) -> Told {
    let start = case.incident.times.start;
    let mut near: Vec<_> =
        case.log.deploys.iter().filter(|deploy| (deploy.at - start).abs() <= NEAR).collect();
    near.sort_by_key(|deploy| (deploy.sign, (deploy.at - start).abs()));
    match near.first() {
        Some(deploy) => {
            let mut signs: Vec<&str> = near.iter().map(|deploy| deploy.sign.words()).collect();
            signs.dedup();
            let at = case.minute(deploy.at);
            Told::Yes(format!("a deploy at {at}: {}", signs.join(", ")))
        }
        None if case.log.shows_deploys => Told::No("no sign of a deploy at that time".to_owned()),
        None => Told::Silent,
    }
}

/// They have a body to send: POST, PUT or PATCH. Where the usual
/// requests are much like that, it says nothing.
pub(super) fn uploads(case: &Case<'_>) -> Told {
    let is = |request: &Request<'_, '_>| {
        matches!(request.value(Dimension::Method), Some(b"POST" | b"PUT" | b"PATCH"))
    };
    let sum = |only: bool| -> f64 {
        let near = case.outside.iter().filter(|of| !only || is(of));
        near.map(Request::weight).sum()
    };
    let usual = sum(true) / sum(false).max(1.0);
    let others = 1.0 - case.share(|of| Some(is(of))).map_or(0.0, |share| share.ratio);
    match seen(case, |of| Some(is(of)), "are requests with a body (POST, PUT or PATCH)") {
        Told::Yes(_) if others >= 0.5 * (1.0 - usual) => Told::Silent,
        told => told,
    }
}

/// The body is empty.
pub(super) fn no_body(case: &Case<'_>) -> Told {
    // httpd answers with a page of its own, whoever may read it.
    if case.log.product == Product::Apache {
        return Told::Silent;
    }
    mostly(case, Need::Bytes, |of| Some(of.facts().bytes? == 0), "were answered with no body")
}

/// Latency rose before the first failure: the usual way into an overload.
pub(super) fn built_up(case: &Case<'_>) -> Told {
    if !case.has(Need::Duration) {
        return Told::Lacks(Need::Duration);
    }
    let start = case.incident.times.start;
    let slow = case.incident.deviations.iter().find(|of| of.signal == Signal::Slow);
    let before = slow.map_or(0, |slow| start - slow.times.start);
    match before >= 60 * SECOND {
        true => Told::Yes(format!(
            "latency rose {} before the first of the {}",
            span((before / SECOND) as f64),
            noun(case)
        )),
        false => Told::No("latency did not rise before them".to_owned()),
    }
}

impl Told {
    /// This answer, or another where the log lacks what it asks for.
    pub(super) fn or_lacking(self, other: Self) -> Self {
        if matches!(self, Self::Lacks(_)) { other } else { self }
    }
}
