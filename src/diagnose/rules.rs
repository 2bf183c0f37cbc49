//! Every cause that is known, by family: one table a file.

mod answer;
mod edge;
mod latency;
mod upstream;

use super::Rule;

/// Every rule. The order decides between causes that are equally likely: the particular before the
/// general.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [upstream::RULES, answer::RULES, edge::RULES, latency::RULES].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_firing_log_and_a_near_miss() {
        let fixtures = [
            upstream::tests::FIXTURES,
            answer::tests::FIXTURES,
            edge::tests::FIXTURES,
            latency::tests::FIXTURES,
        ];
        let fixtures = fixtures.into_iter().flatten();
        let tested: BTreeSet<_> = fixtures.map(|(cause, ..)| *cause).collect();
        let all: BTreeSet<_> = rules().map(|rule| rule.cause).collect();
        assert_eq!(tested, all);
        assert_eq!(rules().count(), all.len(), "an id stands for one rule");
    }
}
