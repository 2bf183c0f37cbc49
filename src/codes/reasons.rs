//! What products write beside the status to say why: one table a product.

mod absent;
mod aws;
mod azure;
mod cache;
mod cloudflare;
mod envoy;
mod google;
mod haproxy;
mod heroku;
mod httpd;
mod iis;

use super::Owner;

/// A reason and the family that it belongs to.
pub type Of = (&'static Family, &'static Reason);

/// The reasons of one kind that a product writes.
#[derive(Debug)]
pub struct Family {
    /// The product, as in [`PRODUCTS`](super::PRODUCTS).
    pub origin: &'static str,
    /// What the product calls them: `termination state`, `response flag`.
    pub kind: &'static str,
    /// Where in the log they stand.
    pub place: &'static str,
    /// Where the facts are from.
    pub source: &'static str,
    /// The reasons, in the order of the source.
    pub reasons: &'static [Reason],
}

/// One reason.
#[derive(Debug)]
pub struct Reason {
    /// How it is written in the log; several are one in meaning. One `*` stands for any text.
    pub tokens: &'static [&'static str],
    /// The statuses that go with it: codes and classes between commas, `any` or `none`.
    pub statuses: &'static str,
    /// What it means, in sentences.
    pub meaning: &'static str,
    /// What to look at first.
    pub check: &'static str,
    /// Who can do something about it, the likeliest first.
    pub owners: &'static [Owner],
}

impl Reason {
    /// Whether one of its tokens with a `*` stands for this word.
    fn stands_for(&self, word: &str) -> bool {
        self.tokens.iter().filter_map(|token| token.split_once('*')).any(|(start, end)| {
            word.len() > start.len() + end.len() && word.starts_with(start) && word.ends_with(end)
        })
    }

    /// Whether one of its statuses is this one: a code, or a class.
    pub(super) fn is_of(&self, status: &str) -> bool {
        self.statuses.split(", ").any(|of| of == status)
    }
}

/// Whether a reason is what is looked for.
type Test<'a> = &'a dyn Fn(&Family, &Reason) -> bool;

const fn r(
    tokens: &'static [&'static str],
    statuses: &'static str,
    meaning: &'static str,
    check: &'static str,
    owners: &'static [Owner],
) -> Reason {
    Reason { tokens, statuses, meaning, check, owners }
}

/// Every family, servers and proxies first.
pub fn families() -> impl Iterator<Item = &'static Family> {
    let named = [
        &httpd::CONNECTION,
        &haproxy::STATES,
        &envoy::FLAGS,
        &iis::SUBSTATUSES,
        &cache::SQUID,
        &cache::VARNISH,
        &cache::FASTLY,
        &cloudflare::ERRORS,
        &aws::RESULTS,
        &aws::FIELDS,
        &azure::ERRORS,
        &google::DETAILS,
        &heroku::ERRORS,
    ];
    named.into_iter().chain(absent::ABSENT)
}

/// Every reason that this word is, as it is written; one that a `*` stands for, or letters of
/// another case, only where none is written so. Of HAProxy's termination states of four characters
/// the first two count.
pub(super) fn find(word: &str, keep: impl Fn(&Family) -> bool) -> Vec<Of> {
    let matching = |is: Test<'_>| -> Vec<Of> {
        let kept = families().filter(|family| keep(family));
        let all = kept.flat_map(|family| family.reasons.iter().map(move |reason| (family, reason)));
        all.filter(|(family, reason)| is(family, reason)).collect()
    };
    let state = haproxy::state(word);
    let of_state = |family: &Family, reason: &Reason| {
        family.origin == haproxy::STATES.origin
            && state.is_some_and(|state| reason.tokens.contains(&state) || reason.stands_for(state))
    };
    let steps: [Test<'_>; 4] = [
        &|_, reason| reason.tokens.contains(&word),
        &of_state,
        &|family, reason| family.origin != haproxy::STATES.origin && reason.stands_for(word),
        &|_, reason| reason.tokens.iter().any(|token| token.eq_ignore_ascii_case(word)),
    ];
    let found = steps.into_iter().map(matching);
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}
