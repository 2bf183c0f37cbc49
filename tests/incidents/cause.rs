//! How often a report names what really happened, how sure it is of it, and how often it keeps quiet
//! when the log cannot tell.

use crate::request::Product;
use crate::row::{part, share};
use crate::truth::Truth;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Kinds that are a right answer, too: the general name of the same fault, where the fields of the
/// lines are the same.
const ALSO: &[(&str, &[&str])] = &[
    // A closed connection, a broken header and a race all are "the backend is healthy, the way to it
    // is not".
    ("healthy-backend-502", &["upstream-closed", "keepalive-race", "bad-upstream-headers"]),
    ("upstream-closed", &["healthy-backend-502"]),
    ("keepalive-race", &["healthy-backend-502", "upstream-closed"]),
    ("bad-upstream-headers", &["healthy-backend-502", "upstream-closed"]),
    // Without nginx's 009 an answer in another protocol is an answer that cannot be read; and the logs
    // with a part of the requests hit are no mismatch, which is all or nothing.
    ("upstream-protocol-mismatch", &["bad-upstream-headers", "healthy-backend-502"]),
    // It differs by its share of the traffic, which the balancer of these logs does not change.
    ("black-hole-node", &["bad-node"]),
    // Its special case.
    ("saturation-at-peak", &["upstream-read-timeout"]),
    // The failing probe is the sign, the dead pool the damage.
    ("health-check-failing", &["no-live-upstream"]),
    // The conflict is what the client made of the timeout.
    ("blind-retry-conflict", &["upstream-read-timeout"]),
];

/// A cause as it was reported.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    cause: String,
    confidence: f64,
    level: String,
    needs_field: bool,
}

/// The causes of an incident of a report.
pub(crate) fn named(incident: &Value) -> Vec<Named> {
    let causes = incident["causes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    let named = causes.iter().map(|cause| Named {
        cause: text(&cause["cause"]),
        confidence: cause["confidence"].as_f64().expect("it is a number"),
        level: text(&cause["level"]),
        needs_field: !cause["missing"].as_array().expect("it is a list").is_empty(),
    });
    named.collect()
}

fn is_right(named: &Named, truth: &Truth) -> bool {
    let also = ALSO.iter().find(|(kind, _)| *kind == truth.kind).map_or(&[][..], |(_, also)| also);
    named.cause == truth.kind || also.contains(&named.cause.as_str())
}

/// Whether the first cause says that it is not known.
fn is_abstained(first: &Named) -> bool {
    first.cause == "unexplained"
        || first.level == "low"
        || first.level == "medium" && first.needs_field
}

/// Counts of right answers.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// Right at the first place and among the first three, of those that the log can tell.
    first: (u32, u32),
    three: (u32, u32),
    /// The same of those that it cannot, and how often it was said.
    guessed: (u32, u32),
    guessed_three: (u32, u32),
    abstained: (u32, u32),
    /// Wrong and yet sure.
    sure: (u32, u32),
}

impl Tally {
    fn parts(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.first, other.first),
            (&mut self.three, other.three),
            (&mut self.guessed, other.guessed),
            (&mut self.guessed_three, other.guessed_three),
            (&mut self.abstained, other.abstained),
            (&mut self.sure, other.sure),
        ] {
            *sum = (sum.0 + more.0, sum.1 + more.1);
        }
    }
}

/// Everything that was compared.
#[derive(Default)]
pub(crate) struct Causes {
    by_kind: BTreeMap<&'static str, Tally>,
    by_format: BTreeMap<&'static str, Tally>,
    all: Tally,
    /// Right at the first place of a combined log, whatever it has, and among the first three.
    combined: (u32, u32),
    combined_three: (u32, u32),
    /// By level: right, and all.
    levels: BTreeMap<String, (u32, u32)>,
    /// Sums of confidence and of right answers by tenths of confidence.
    tenths: [(f64, u32, u32); 10],
    pub(crate) complaints: Vec<String>,
}

impl Causes {
    /// Compares the causes of the incident that a truth was found as.
    pub(crate) fn add(&mut self, name: &str, product: Product, truth: &Truth, causes: &[Named]) {
        let decidable = truth.needs.iter().all(|need| product.logs(need));
        let first = causes.first();
        let right = u32::from(first.is_some_and(|first| is_right(first, truth)));
        let mut known = causes.iter().filter(|cause| cause.cause != "unexplained").take(3);
        let three = u32::from(known.any(|cause| is_right(cause, truth)));
        let sure = u32::from(right == 0 && first.is_some_and(|first| first.level == "high"));
        let mut tally = Tally { sure: (sure, 1), ..Tally::default() };
        if decidable {
            (tally.first, tally.three) = ((right, 1), (three, 1));
        } else {
            (tally.guessed, tally.guessed_three) = ((right, 1), (three, 1));
            tally.abstained = (u32::from(first.is_none_or(is_abstained)), 1);
        }
        if product == Product::Combined {
            self.combined = (self.combined.0 + right, self.combined.1 + 1);
            self.combined_three = (self.combined_three.0 + three, self.combined_three.1 + 1);
        }
        if let Some(first) = first {
            let level = self.levels.entry(first.level.clone()).or_default();
            *level = (level.0 + right, level.1 + 1);
            if first.cause != "unexplained" {
                let tenth = &mut self.tenths[((first.confidence * 10.0) as usize).min(9)];
                *tenth = (tenth.0 + first.confidence, tenth.1 + right, tenth.2 + 1);
            }
        }
        if decidable && right == 0 || sure == 1 {
            let told: Vec<_> = causes
                .iter()
                .map(|of| format!("{} {:.2} {}", of.cause, of.confidence, of.level))
                .collect();
            let known = if decidable { "" } else { " (undecidable)" };
            self.complaints.push(format!("{name}{known}: cause: {}", told.join(", ")));
        }
        for sum in [
            &mut self.all,
            self.by_kind.entry(truth.kind).or_default(),
            self.by_format.entry(product.name()).or_default(),
        ] {
            sum.parts(&tally);
        }
    }

    /// Mean distance of confidence and truth (expected calibration error).
    fn error(&self) -> f64 {
        let all: u32 = self.tenths.iter().map(|tenth| tenth.2).sum();
        let distance = |tenth: &(f64, u32, u32)| (tenth.0 - f64::from(tenth.1)).abs();
        self.tenths.iter().map(distance).sum::<f64>() / f64::from(all.max(1))
    }

    /// Each gate: what it is of, its value, and whether it holds.
    pub(crate) fn gates(&self) -> Vec<(&'static str, f64, bool)> {
        let least = |name, counts: (u32, u32), least: f64| {
            (name, share(counts), counts.1 == 0 || share(counts) >= least)
        };
        let sure = share(self.all.sure);
        vec![
            least("cause at the first place, fields there", self.all.first, 0.8),
            least("cause among three, fields there", self.all.three, 0.95),
            least("cause at the first place, combined", self.combined, 0.6),
            least("cause among three, combined", self.combined_three, 0.85),
            least("undecidable, and said so", self.all.abstained, 0.8),
            ("wrong and sure", sure, sure <= 0.02),
        ]
    }

    /// The tables.
    pub(crate) fn table(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, cells: [String; 6]| {
            let _ = write!(out, "{name:<32}");
            for cell in cells {
                let _ = write!(out, "{cell:>11}");
            }
            out.push('\n');
        };
        line(
            "causes",
            ["first", "top 3", "guessed", "top 3", "abstained", "sure+wrong"].map(str::to_owned),
        );
        let cells = |of: &Tally| {
            [of.first, of.three, of.guessed, of.guessed_three, of.abstained, of.sure].map(part)
        };
        for (kind, of) in &self.by_kind {
            line(kind, cells(of));
        }
        line("", [const { String::new() }; 6]);
        for (format, of) in &self.by_format {
            line(format, cells(of));
        }
        line("all", cells(&self.all));
        let _ = writeln!(
            out,
            "combined: first {}, top 3 {}",
            part(self.combined),
            part(self.combined_three)
        );
        for (level, of) in &self.levels {
            let _ = writeln!(out, "level {level:<10} right {}", part(*of));
        }
        let _ = writeln!(out, "calibration error {:.3}", self.error());
        out
    }
}
