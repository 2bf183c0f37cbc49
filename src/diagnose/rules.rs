//! Every cause that is known, by family: one table a file.

mod access;
mod answer;
mod app;
mod capacity;
mod contract;
mod edge;
mod gone;
mod latency;
mod limit;
mod redirect;
mod request;
mod routing;
mod upstream;

use super::Rule;

/// The families. The order decides between causes that are equally likely: the particular before the
/// general.
static FAMILIES: &[&[Rule]] = &[
    upstream::RULES,
    answer::RULES,
    edge::RULES,
    latency::RULES,
    request::RULES,
    contract::RULES,
    limit::RULES,
    gone::RULES,
    access::RULES,
    routing::RULES,
    redirect::RULES,
    capacity::RULES,
    app::RULES,
];

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::scene::Fixture;
    use super::*;
    use std::collections::BTreeSet;

    /// The fixtures of the families, in the same order.
    const FIXTURES: [&[Fixture]; FAMILIES.len()] = [
        upstream::tests::FIXTURES,
        answer::tests::FIXTURES,
        edge::tests::FIXTURES,
        latency::tests::FIXTURES,
        request::tests::FIXTURES,
        contract::tests::FIXTURES,
        limit::tests::FIXTURES,
        gone::tests::FIXTURES,
        access::tests::FIXTURES,
        routing::tests::FIXTURES,
        redirect::tests::FIXTURES,
        capacity::tests::FIXTURES,
        app::tests::FIXTURES,
    ];

    #[test]
    fn every_rule_has_a_firing_log_and_a_near_miss() {
        for (rules, fixtures) in FAMILIES.iter().zip(FIXTURES) {
            let tested: BTreeSet<_> = fixtures.iter().map(|(cause, ..)| *cause).collect();
            let all: BTreeSet<_> = rules.iter().map(|rule| rule.cause).collect();
            assert_eq!(tested, all);
        }
        let all: BTreeSet<_> = rules().map(|rule| rule.cause).collect();
        assert_eq!(rules().count(), all.len(), "an id stands for one rule");
    }
}
