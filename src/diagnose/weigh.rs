//! The evidence weighed: which causes are likely, and how sure that is.

use super::{Case, NOBODY, Need, Rule, Told, UNEXPLAINED, rules};
use crate::codes::Owner;

/// So many causes are told.
const TOLD: usize = 4;
/// Causes less likely than that are not told.
const LEAST: f64 = 0.02;
/// From this confidence on a cause is nearly certain, and from that on it is likely.
const HIGH: f64 = 0.75;
const MEDIUM: f64 = 0.5;
/// So many checks are told.
const CHECKS: usize = 3;

/// A cause that was weighed.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Its id; [`UNEXPLAINED`] for none.
    pub cause: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Who can do something about it.
    pub owner: Owner,
    /// How likely it is among those that were weighed, from 0 to 1.
    pub confidence: f64,
    /// In words.
    pub level: Level,
    /// What happened. It and the sentences below may hold log text, as it was written.
    pub summary: String,
    /// What speaks for it, the weightiest first.
    pub evidence: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What to check.
    pub checks: Vec<String>,
    /// What the log does not have.
    pub missing: Vec<Missing>,
    /// The sum of the evidence, as log-odds.
    score: f64,
    /// Whether all that it requires was seen.
    is_whole: bool,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A guess.
    Low,
    /// More likely than all others together.
    Medium,
    /// Nearly certain, and all that it requires was seen.
    High,
}

/// A fact that the log does not have.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// What it would tell.
    pub fact: &'static str,
    /// What to add to the log's format.
    pub add: Option<&'static str>,
}

/// The likeliest causes of an incident, best first.
pub(super) fn causes(case: &Case<'_>) -> Vec<Cause> {
    let fitting = rules().filter(|rule| (rule.explains)(case));
    let mut causes: Vec<Cause> = fitting.map(|rule| weighed(rule, case)).collect();
    causes.push(unexplained());
    // The sort is stable, and the tables have an order.
    causes.sort_by(|a, b| b.score.total_cmp(&a.score));
    causes.truncate(TOLD);
    if !causes.iter().any(|cause| cause.cause == UNEXPLAINED) {
        causes[TOLD - 1] = unexplained();
    }
    let best = causes[0].score;
    let sum: f64 = causes.iter().map(|cause| (cause.score - best).exp()).sum();
    for cause in &mut causes {
        cause.confidence = (cause.score - best).exp() / sum;
        cause.level = match cause.confidence {
            // That nothing is known is nothing to be sure of.
            _ if cause.cause == UNEXPLAINED => Level::Low,
            // Nor is what nothing speaks for but that it is frequent.
            _ if cause.evidence.is_empty() => Level::Low,
            HIGH.. if cause.is_whole => Level::High,
            MEDIUM.. => Level::Medium,
            _ => Level::Low,
        };
    }
    causes.retain(|cause| cause.confidence >= LEAST);
    causes
}

/// A rule and its evidence.
fn weighed(rule: &Rule, case: &Case<'_>) -> Cause {
    let (mut yes, mut no, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
    let mut score = rule.prior;
    let mut is_whole = true;
    for clue in rule.clues {
        let told = (clue.ask)(case);
        is_whole &= !clue.is_required || matches!(told, Told::Yes(_));
        match told {
            Told::Yes(sentence) => {
                score += clue.yes;
                if clue.yes > 0.0 {
                    yes.push((clue.yes, sentence));
                }
            }
            Told::No(sentence) => {
                score -= clue.no;
                if clue.no > 0.0 {
                    no.push((clue.no, sentence));
                }
            }
            Told::Lacks(need) => lacking.push((clue.yes.max(clue.no), need, clue.asks)),
            Told::Silent => {}
        }
    }
    Cause {
        cause: rule.cause,
        name: rule.name,
        owner: rule.owner,
        confidence: 0.0,
        level: Level::Low,
        summary: (rule.tells)(case),
        evidence: by_weight(yes),
        against: by_weight(no),
        checks: checks(rule, case),
        missing: missing(lacking, case),
        score,
        is_whole,
    }
}

/// The sentences, the weightiest first, each once.
fn by_weight(mut sentences: Vec<(f64, String)>) -> Vec<String> {
    sentences.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut all: Vec<String> = Vec::new();
    for (_, sentence) in sentences {
        if !all.contains(&sentence) {
            all.push(sentence);
        }
    }
    all
}

/// What is missing, the weightiest first, each field once.
fn missing(mut lacking: Vec<(f64, Need, &'static str)>, case: &Case<'_>) -> Vec<Missing> {
    lacking.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut needs = Vec::new();
    let mut all = Vec::new();
    for (_, need, fact) in lacking {
        if !needs.contains(&need) {
            needs.push(need);
            // These lines do not tell, although the log has it.
            let add = need.addition(case.log.product).filter(|_| !case.has(need));
            all.push(Missing { fact, add });
        }
    }
    all
}

/// The first checks of a rule that fit.
fn checks(rule: &Rule, case: &Case<'_>) -> Vec<String> {
    let of_product = |product: &&super::Check| {
        product.products.is_empty() || product.products.contains(&case.log.product)
    };
    // What is a command or a directive of the product comes first.
    let fitting = || rule.checks.iter().filter(of_product);
    let own = fitting().filter(|check| !check.products.is_empty()).take(1);
    let first = own.clone().map(|check| check.text).next();
    let fitting = own.chain(fitting().filter(|check| Some(check.text) != first));
    let told = |check: &super::Check| {
        case.fill(check.text).or_else(|| check.otherwise.map(|text| case.fill(text))?)
    };
    fitting.filter_map(told).take(CHECKS).collect()
}

/// That the evidence is for nothing.
fn unexplained() -> Cause {
    Cause {
        cause: UNEXPLAINED,
        name: "Not explained by the log",
        owner: NOBODY,
        confidence: 0.0,
        level: Level::Low,
        summary: "the log does not tell why".into(),
        evidence: Vec::new(),
        against: Vec::new(),
        checks: Vec::new(),
        missing: Vec::new(),
        score: 0.0,
        is_whole: true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    const WHEN: (u64, u64) = (60, 72);

    fn refused() -> Scene {
        Scene::new().hit(WHEN, |request, _| {
            if request.upstream == "10.0.0.2:8080" {
                request.in_vain(502, 0.001, None);
            }
        })
    }

    #[test]
    fn confidence_is_a_share_and_the_best_comes_first() {
        let causes = refused().causes();
        assert_eq!((causes[0].cause, causes[0].level), ("upstream-refused", Level::High));
        let sum: f64 = causes.iter().map(|cause| cause.confidence).sum();
        assert!(sum <= 1.0 + 1e-9, "{sum}");
        assert!(causes.is_sorted_by(|a, b| a.confidence >= b.confidence));
        assert!(causes.iter().all(|cause| (LEAST..=1.0).contains(&cause.confidence)));
        assert!(!causes[0].evidence.is_empty() && !causes[0].checks.is_empty());
        assert!(causes.iter().all(|cause| cause.checks.len() <= CHECKS));
    }

    /// Without the field that a cause requires it is a guess, which says what it lacks.
    #[test]
    fn what_is_missing_is_named_and_keeps_a_cause_from_being_certain() {
        let causes = refused().combined().causes();
        assert!(causes.iter().all(|cause| cause.level < Level::High), "{causes:#?}");
        let missing = causes.iter().flat_map(|cause| &cause.missing);
        let adds: Vec<_> = missing.filter_map(|missing| missing.add).collect();
        assert!(adds.iter().any(|add| add.contains("$upstream_connect_time")), "{adds:?}");
    }

    #[test]
    fn nothing_fits_a_code_that_nobody_knows() {
        let causes = Scene::new()
            .hit(WHEN, |request, _| {
                if request.is_dynamic() {
                    request.by_origin(555, 90, 0.02);
                }
            })
            .causes();
        assert_eq!(causes[0].cause, UNEXPLAINED, "{causes:#?}");
        assert_eq!(causes[0].level, Level::Low);
    }
}
