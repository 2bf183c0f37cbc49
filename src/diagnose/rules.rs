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
    #![allow(clippy::unwrap_used, clippy::print_stderr)]
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

    /// What is told as a finding of the whole log, and of no incident.
    const FINDINGS: [&str; 4] = ["errors-as-200", "masked-error", "traffic-gap", "traffic-surge"];

    #[test]
    fn every_known_cause_is_a_rule_or_a_finding() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/diagnosis/causes.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("skipped: {path} is not there to compare with");
            return;
        };
        let known: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let known: BTreeSet<_> = known.iter().map(|of| of["cause"].as_str().unwrap()).collect();
        let ours = rules().map(|rule| rule.cause).chain(FINDINGS);
        assert_eq!(ours.collect::<BTreeSet<_>>(), known);
    }

    /// A sentence is no title and no shout; a check can be done.
    #[test]
    fn rules_are_written_alike() {
        for rule in rules() {
            let Rule { cause, name, checks, clues, .. } = rule;
            assert!(name.is_ascii() && !name.ends_with('.') && name.len() <= 64, "{cause}: {name}");
            assert!(!clues.is_empty() && clues.iter().all(|clue| !clue.asks.is_empty()), "{cause}");
            // Every incident has a start, and not all have a route that is to blame.
            let is_for_all = |text: &str| !text.replace("{start}", "").contains('{');
            let texts = || checks.iter().flat_map(|check| [Some(check.text), check.otherwise]);
            assert!(texts().flatten().any(is_for_all), "{cause}");
            assert!(checks.iter().all(|check| check.otherwise.is_none_or(is_for_all)), "{cause}");
            for text in texts().flatten() {
                let is_clean = text.is_ascii() && !text.ends_with('.') && text.len() <= 160;
                let names = text.split('{').skip(1).map(|rest| rest.split('}').next());
                let known = ["route", "upstream", "host", "client", "user_agent", "start", "at"];
                let are_known = names.flatten().all(|name| known.contains(&name));
                assert!(is_clean && are_known, "{cause}: {text}");
                // Strangers write what is filled in: no part of a command that somebody pastes.
                let is_command = ["curl ", "openssl ", "dig ", "grep ", "dmesg ", "ss ", "echo "]
                    .iter()
                    .any(|command| text.starts_with(command));
                let words = text.split(['{', '}']).collect::<Vec<_>>();
                for quoted in words.chunks(2).filter(|of| of.len() == 2 && is_command) {
                    let is_apart = [" on ", " at ", " of ", " from ", ", for "]
                        .iter()
                        .any(|word| quoted[0].ends_with(word));
                    assert!(is_apart, "{cause}: {text}");
                }
            }
        }
    }
}
