//! Compares what a report says with what was true, by kind and by format.

use crate::kind::Judged;
use crate::log::{Log, Quirk};
use crate::truth::Truth;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An incident of a report.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    start: i64,
    end: i64,
    bucket: f64,
    severity: String,
    signals: Vec<String>,
    /// The first three.
    culprits: Vec<(String, String)>,
    /// Share of the excess that the first one holds.
    named: f64,
    told: String,
}

fn micros(value: &Value) -> i64 {
    let text = value.as_str().expect("a time is a text");
    text.parse::<jiff::Timestamp>().expect("a time is RFC 3339").as_microsecond()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The incidents of a report; `None` when it does not look for any.
pub(crate) fn found(report: &Value) -> Option<Vec<Found>> {
    let incidents = report.get("incidents")?.as_array()?;
    let found = incidents.iter().map(|incident| {
        let list = |key: &str| incident[key].as_array().cloned().unwrap_or_default();
        let mut signals = vec![text(&incident["signal"])];
        signals.extend(list("signals").iter().map(|signal| text(&signal["signal"])));
        let culprits = list("culprits");
        let pair = |culprit: &Value| (text(&culprit["dimension"]), text(&culprit["value"]));
        Found {
            start: micros(&incident["start"]),
            end: micros(&incident["end"]),
            bucket: incident["bucket_seconds"].as_f64().expect("a bucket has a width"),
            severity: text(&incident["severity"]),
            signals,
            culprits: culprits.iter().take(3).map(pair).collect(),
            named: culprits
                .first()
                .map_or(0.0, |first| first["excess_share"].as_f64().unwrap_or(0.0)),
            told: format!(
                "{} {} {}..{} count {} expected {} codes {} culprits {:?}",
                text(&incident["severity"]),
                text(&incident["signal"]),
                text(&incident["start"]),
                text(&incident["end"]),
                incident["count"],
                incident["expected"],
                incident["codes"],
                culprits.iter().take(3).map(pair).collect::<Vec<_>>(),
            ),
        }
    });
    Some(found.collect())
}

fn overlap(a: (i64, i64), b: (i64, i64)) -> i64 {
    (a.1.min(b.1) - a.0.max(b.0)).max(0)
}

/// Intersection over union.
fn iou(a: (i64, i64), b: (i64, i64)) -> f64 {
    let both = overlap(a, b);
    both as f64 / ((a.1 - a.0) + (b.1 - b.0) - both).max(1) as f64
}

/// Whether a reported culprit is one of the names of the true one.
fn same((dimension, value): &(String, String), names: &[(&'static str, String)]) -> bool {
    names.iter().any(|(of, name)| {
        of == dimension
            && match *of {
                "route" => segments(name).eq(segments(value)),
                // However finely the report splits products into families.
                "user_agent" => value.to_lowercase().contains(&name.to_lowercase()),
                "upstream" => {
                    value == name
                        || value.ends_with(&format!("/{name}"))
                        || name.ends_with(&format!("/{value}"))
                }
                "location" => value.eq_ignore_ascii_case(name) || value == "FRA",
                _ => value.eq_ignore_ascii_case(name),
            }
    })
}

/// The segments of a route, whatever ids in it are called.
fn segments(route: &str) -> impl Iterator<Item = String> + '_ {
    route
        .split(['/', '.'])
        .map(|part| if part.starts_with(':') { ":".into() } else { part.to_owned() })
}

/// One row of the table.
#[derive(Clone, Debug, Default)]
struct Row {
    /// Found of all: with at least 30 errors too many, with 8 to 30, and too faint to be clear.
    strong: (u32, u32),
    weak: (u32, u32),
    faint: (u32, u32),
    ious: Vec<f64>,
    /// In buckets.
    onsets: Vec<f64>,
    /// Right at the first place, among the first three, of all that had a culprit.
    culprit: (u32, u32, u32),
    /// Nobody named, of all that were spread.
    spread: (u32, u32),
    severity: (u32, u32),
    signal: (u32, u32),
    pieces: u32,
}

/// Everything that was compared.
#[derive(Default)]
pub(crate) struct Score {
    by_kind: BTreeMap<&'static str, Row>,
    by_format: BTreeMap<&'static str, Row>,
    all: Row,
    /// Reported ones that are no `info`: those that match, and all.
    precision: (u32, u32),
    precision_of: BTreeMap<&'static str, (u32, u32)>,
    /// False alarms and days, of clean logs, by what is odd about them and the noise in percent.
    clean: BTreeMap<(Quirk, u32), (u32, f64)>,
    /// What went wrong, in words.
    pub(crate) complaints: Vec<String>,
}

impl Score {
    /// Compares one report.
    pub(crate) fn add(&mut self, log: &Log, found: &[Found]) {
        let name = &log.plan.name;
        let format = log.plan.product.name();
        for truth in &log.truths {
            let asked = matches!(truth.judged, Judged::Incident) && truth.excess >= 8;
            if asked {
                self.judge(log, truth, found);
            }
        }
        // A kind that is none of the service's troubles must not be told as one; what overlaps
        // another truth beside it is right for that.
        let excused = |found: &Found| {
            log.truths.iter().any(|truth| {
                matches!(truth.judged, Judged::Incident | Judged::Optional)
                    && truth.windows().iter().any(|w| overlap(*w, (found.start, found.end)) > 0)
            })
        };
        let loud: Vec<&Found> = found.iter().filter(|found| found.severity != "info").collect();
        let wrong: Vec<&&Found> = loud.iter().filter(|found| !excused(found)).collect();
        for found in &wrong {
            self.complaints.push(format!("{name}: false alarm: {}", found.told));
        }
        let (count, all) = (wrong.len() as u32, loud.len() as u32);
        let of_format = self.precision_of.entry(format).or_default();
        for sum in [&mut self.precision, of_format] {
            sum.0 += all - count;
            sum.1 += all;
        }
        if log.truths.is_empty() {
            let noise = (log.plan.noise * 100.0).round() as u32;
            let clean = self.clean.entry((log.plan.quirk, noise)).or_default();
            clean.0 += count;
            clean.1 += log.plan.minutes as f64 / 1440.0;
        }
    }

    fn judge(&mut self, log: &Log, truth: &Truth, found: &[Found]) {
        let windows = truth.windows();
        let matching: Vec<&Found> = found
            .iter()
            .filter(|found| found.severity != "info")
            .filter(|found| windows.iter().any(|w| overlap(*w, (found.start, found.end)) > 0))
            .collect();
        let fit = |found: &Found| {
            let of = windows.iter().map(|window| iou(*window, (found.start, found.end)));
            let seen = found.signals.iter().any(|signal| {
                signal == truth.signal || truth.codes.iter().any(|code| *signal == code.to_string())
            });
            // Of two that overlap, the one of the same signal.
            of.fold(0.0, f64::max) + if seen { 1.0 } else { 0.0 }
        };
        let best = matching.iter().max_by(|a, b| fit(a).total_cmp(&fit(b))).copied();
        let mut row = Row::default();
        let hit = u32::from(best.is_some());
        let place = match (truth.is_clear(), truth.excess) {
            (false, _) => &mut row.faint,
            (true, 30..) => &mut row.strong,
            (true, _) => &mut row.weak,
        };
        *place = (hit, 1);
        row.pieces = matching.len() as u32;
        let name = format!("{}: {}", log.plan.name, truth.kind);
        let told = format!(
            "{:?} excess {} of {} ({:.4} against {:.4})",
            truth.strength,
            truth.excess,
            truth.window.0,
            truth.observed(),
            truth.baseline
        );
        match best {
            None if truth.is_clear() => self.complaints.push(format!("{name}: missed: {told}")),
            None => {}
            Some(best) => {
                let iou =
                    windows.iter().map(|w| iou(*w, (best.start, best.end))).fold(0.0, f64::max);
                if iou < 0.5 {
                    let truth = truth.json();
                    let window = format!("{}..{}", text(&truth["start"]), text(&truth["end"]));
                    self.complaints.push(format!("{name}: IoU {iou:.2}: {window}: {}", best.told));
                }
                row.ious.push(iou);
                if !truth.gradual {
                    let late = windows.iter().map(|w| (best.start - w.0).abs()).min().unwrap_or(0);
                    row.onsets.push(late as f64 / 1e6 / best.bucket);
                }
                row.severity = (u32::from(best.severity == truth.severity()), 1);
                row.signal = (u32::from(fit(best) >= 1.0), 1);
                if truth.culprit.is_empty() {
                    row.spread = (u32::from(best.named < 0.5), 1);
                } else {
                    let right = best.culprits.iter().position(|c| same(c, &truth.culprit));
                    row.culprit = (u32::from(right == Some(0)), u32::from(right.is_some()), 1);
                    if right != Some(0) {
                        let want = &truth.culprit;
                        self.complaints.push(format!("{name}: culprit {want:?}: {}", best.told));
                    }
                }
            }
        }
        for sum in [
            &mut self.all,
            self.by_kind.entry(truth.kind).or_default(),
            self.by_format.entry(log.plan.product.name()).or_default(),
        ] {
            sum.add(&row);
        }
    }

    /// The gates of the release that do not hold, in words.
    pub(crate) fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        let mut gate = |name: &str, value: f64, holds: bool| {
            if !holds {
                failures.push(format!("{name} is {value:.3}"));
            }
        };
        let recall = share(self.all.strong);
        gate("recall of excess >= 30", recall, recall >= 0.95);
        let recall = share(self.all.weak);
        gate("recall of excess 8 to 30", recall, recall >= 0.8 || self.all.weak.1 == 0);
        let precision = share(self.precision);
        gate("precision", precision, precision >= 0.95);
        let middle = quantile(&self.all.ious, 0.5);
        gate("median IoU", middle, middle >= 0.8);
        let low = quantile(&self.all.ious, 0.1);
        gate("IoU of the worst tenth", low, low >= 0.5);
        let onset = quantile(&self.all.onsets, 0.5);
        gate("median onset error in buckets", onset, onset <= 1.0);
        let (first, three, all) = self.all.culprit;
        gate("culprit at the first place", share((first, all)), share((first, all)) >= 0.9);
        gate("culprit among three", share((three, all)), share((three, all)) >= 0.97);
        let mut usual = BTreeMap::new();
        for ((quirk, noise), (alarms, days)) in &self.clean {
            if *quirk == Quirk::Usual {
                let limit = if *noise > 30 { 2.0 } else { 0.3 };
                let sum: &mut (u32, f64, f64) = usual.entry(*noise > 30).or_insert((0, 0.0, limit));
                sum.0 += alarms;
                sum.1 += days;
            } else {
                gate(&format!("false alarms of {quirk:?}"), f64::from(*alarms), *alarms == 0);
            }
        }
        for (alarms, days, limit) in usual.into_values() {
            let rate = f64::from(alarms) / days;
            gate(&format!("false alarms a usual day (at most {limit})"), rate, rate <= limit);
        }
        failures
    }

    /// The tables.
    pub(crate) fn table(&self) -> String {
        let mut out = String::new();
        let head = [
            "",
            "excess>=30",
            "8-30",
            "faint",
            "IoU p50",
            "p10",
            "onset",
            "culprit",
            "top 3",
            "spread",
            "severity",
            "signal",
            "pieces",
        ];
        let mut line = |cells: [String; 13]| {
            let _ = write!(out, "{:<32}", cells[0]);
            for cell in &cells[1..] {
                let _ = write!(out, "{cell:>11}");
            }
            out.push('\n');
        };
        line(head.map(str::to_owned));
        for (kind, row) in &self.by_kind {
            line(row.cells(kind));
        }
        line([const { String::new() }; 13]);
        for (format, row) in &self.by_format {
            line(row.cells(format));
        }
        line(self.all.cells("all"));
        let _ = writeln!(out, "\nprecision {}", part(self.precision));
        for (format, precision) in &self.precision_of {
            let _ = writeln!(out, "  {format:<30}{:>11}", part(*precision));
        }
        let _ =
            writeln!(out, "\n{:<32}{:>11}{:>11}{:>11}", "clean logs", "noise", "alarms", "days");
        for ((quirk, noise), (alarms, days)) in &self.clean {
            let quirk = format!("{quirk:?}");
            let _ = writeln!(out, "{quirk:<32}{:>10}%{alarms:>11}{days:>11.1}", noise);
        }
        out
    }
}

impl Row {
    fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.strong, other.strong),
            (&mut self.weak, other.weak),
            (&mut self.faint, other.faint),
            (&mut self.spread, other.spread),
            (&mut self.severity, other.severity),
            (&mut self.signal, other.signal),
        ] {
            *sum = (sum.0 + more.0, sum.1 + more.1);
        }
        let (first, three, all) = &mut self.culprit;
        *first += other.culprit.0;
        *three += other.culprit.1;
        *all += other.culprit.2;
        self.ious.extend(&other.ious);
        self.onsets.extend(&other.onsets);
        self.pieces += other.pieces;
    }

    fn cells(&self, name: &str) -> [String; 13] {
        let number = |values: &[f64], at: f64| match values {
            [] => "-".to_owned(),
            _ => format!("{:.2}", quantile(values, at)),
        };
        let (first, three, all) = self.culprit;
        [
            name.to_owned(),
            part(self.strong),
            part(self.weak),
            part(self.faint),
            number(&self.ious, 0.5),
            number(&self.ious, 0.1),
            number(&self.onsets, 0.5),
            part((first, all)),
            part((three, all)),
            part(self.spread),
            part(self.severity),
            part(self.signal),
            self.pieces.to_string(),
        ]
    }
}

fn part((count, all): (u32, u32)) -> String {
    if all == 0 { "-".to_owned() } else { format!("{count}/{all}") }
}

/// A share; nothing of nothing is nothing.
fn share((count, all): (u32, u32)) -> f64 {
    f64::from(count) / f64::from(all.max(1))
}

/// By nearest rank.
fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (at * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}
