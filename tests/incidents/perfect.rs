//! The scorer's own tests: reports that say exactly what is true, and reports that are wrong in one
//! thing.

use crate::kind::Judged;
use crate::log::{Log, Plan, Quirk, write};
use crate::score::{Score, found};
use crate::{each, sets};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Logs with and without incidents, without their text.
static LOGS: LazyLock<Vec<Log>> = LazyLock::new(|| {
    let mut plans: Vec<Plan> = sets::small().into_iter().step_by(3).collect();
    plans.iter_mut().for_each(|plan| plan.rpm = plan.rpm.min(30.0));
    each(&plans, |plan| Log { text: Vec::new(), ..write(plan) })
});

/// The incidents that an all-knowing report tells of a log.
fn truth(log: &Log) -> Vec<Value> {
    let asked = log.truths.iter().filter(|truth| truth.judged == Judged::Incident);
    asked
        .map(|truth| {
            let told = truth.json();
            let culprit = match &told["culprit"] {
                Value::Null => json!([]),
                culprit => {
                    let mut culprit = culprit.clone();
                    culprit["excess_share"] = json!(0.9);
                    json!([culprit])
                }
            };
            json!({
                "start": told["start"], "end": told["end"], "severity": told["severity"],
                "signal": truth.signal, "signals": [], "codes": truth.codes,
                "bucket_seconds": 10, "count": 0, "expected": 0, "culprits": culprit,
                "causes": [cause(truth.kind, "high")],
            })
        })
        .collect()
}

/// A cause that a report names, as sure as that. It lacks nothing.
fn cause(id: &str, level: &str) -> Value {
    json!({"cause": id, "confidence": 0.95, "level": level, "missing": []})
}

/// The score of reports that are changed in one thing.
fn score(change: impl Fn(&Log, &mut Vec<Value>)) -> Score {
    let mut score = Score::default();
    for log in LOGS.iter() {
        let mut incidents = truth(log);
        change(log, &mut incidents);
        score.add(log, &found(&json!({"incidents": incidents})).unwrap());
    }
    score
}

/// The gates that fail then.
fn failures(change: impl Fn(&mut Vec<Value>)) -> String {
    score(|_, incidents| change(incidents)).failures().join("; ")
}

/// Moves a time of every incident by seconds.
fn moved(incidents: &mut [Value], key: &str, seconds: i64) {
    for incident in incidents {
        let time: jiff::Timestamp = incident[key].as_str().unwrap().parse().unwrap();
        let time = time + jiff::SignedDuration::from_secs(seconds);
        incident[key] = json!(time.to_string());
    }
}

#[test]
fn what_is_true_passes_and_what_is_wrong_does_not() {
    // Who knows more than the log tells is sure where nobody can be.
    let knowing = failures(|_| {});
    assert_eq!(knowing, "undecidable, and said so is 0.000");
    let honest = |log: &Log, incidents: &mut Vec<Value>| {
        let truths = log.truths.iter().filter(|truth| truth.judged == Judged::Incident);
        for (incident, truth) in incidents.iter_mut().zip(truths) {
            let is_told = truth.needs.iter().all(|need| log.plan.product.logs(need));
            incident["causes"] = json!([cause(truth.kind, if is_told { "high" } else { "low" })]);
        }
    };
    assert_eq!(score(honest).failures(), [""; 0]);
    let wrong = failures(|incidents| {
        incidents.iter_mut().for_each(|of| of["causes"] = json!([cause("traffic-gap", "high")]));
    });
    for gate in ["first place, fields there is 0.0", "first place, combined is 0.0", "sure is 1.0"]
    {
        assert!(wrong.contains(gate), "{wrong}");
    }
    assert_eq!(score(|_, _| {}).figures(), [1.0; 4]);
    assert_eq!(score(|_, incidents| incidents.clear()).figures(), [0.0; 4]);
    let none = failures(Vec::clear);
    assert!(none.contains("recall of excess >= 30 is 0.000"), "{none}");
    let all_day = |incidents: &mut Vec<Value>| {
        moved(incidents, "start", -3600);
        moved(incidents, "end", 3600);
    };
    let wide = failures(all_day);
    assert!(wide.contains("median IoU is 0.") && wide.contains("onset"), "{wide}");
    let nameless = failures(|incidents| {
        incidents.iter_mut().for_each(|incident| incident["culprits"] = json!([]));
    });
    let gates = "culprit at the first place is 0.000; culprit among three is 0.000; ";
    assert_eq!(nameless, format!("{gates}{knowing}"));
    let alarm = json!({
        "start": "2025-09-15T10:00:00Z", "end": "2025-10-15T10:00:00Z", "severity": "warning",
        "signal": "4xx", "signals": [], "codes": [], "bucket_seconds": 10, "count": 0,
        "expected": 0, "culprits": [], "causes": [],
    });
    let shouted = failures(|incidents| {
        if incidents.is_empty() {
            incidents.push(alarm.clone());
        }
    });
    assert!(shouted.contains("precision is 0.") && shouted.contains("false alarms"), "{shouted}");
    let mut whispered = alarm.clone();
    whispered["severity"] = json!("info");
    let whispers = |of_scanners: bool| {
        score(|log, incidents| {
            let quirks = [Quirk::SteadyScanner, Quirk::LostClient, Quirk::Wave444];
            let scanned = quirks.contains(&log.plan.quirk)
                || log.truths.iter().any(|truth| truth.judged == Judged::Info);
            if scanned == of_scanners {
                incidents.push(whispered.clone());
            }
        })
    };
    let whispered = whispers(true).failures().join("; ");
    assert!(!whispered.contains("alarm") && !whispered.contains("precision"), "{whispered}");
    assert!(whispers(false).failures().iter().any(|failure| failure.contains("false alarms")));
    let other = failures(|incidents| {
        for incident in incidents {
            incident["signal"] = json!("another");
            incident["codes"] = json!([200]);
        }
    });
    assert!(other.contains("recall of excess >= 30 is 0.000"), "{other}");
}
