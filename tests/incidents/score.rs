//! Compares what a report says with what was true, by kind and by format.

use crate::cause::{Causes, Named, named};
use crate::kind::Judged;
use crate::log::{Log, Quirk};
use crate::row::{Row, part, quantile, share};
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
    codes: Vec<u16>,
    /// The first three.
    culprits: Vec<(String, String)>,
    /// Share of the excess that the first one holds.
    named: f64,
    causes: Vec<Named>,
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
            codes: list("codes").iter().map(|code| code.as_u64().expect("a code") as u16).collect(),
            culprits: culprits.iter().take(3).map(pair).collect(),
            named: culprits
                .first()
                .map_or(0.0, |first| first["excess_share"].as_f64().unwrap_or(0.0)),
            causes: named(incident),
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

impl Found {
    fn window(&self) -> (i64, i64) {
        (self.start, self.end)
    }

    fn is_info(&self) -> bool {
        self.severity == "info"
    }

    /// Whether it tells of the same trouble: the signal, or one of its codes. 200 is in many.
    fn is_of(&self, truth: &Truth) -> bool {
        let codes = || truth.codes.iter().filter(|code| !(1..300).contains(*code));
        self.signals.iter().any(|signal| {
            signal == truth.signal
                || (signal == "timeouts" && truth.signal == "slow")
                || codes().any(|code| *signal == code.to_string())
        }) || codes().any(|code| self.codes.contains(code))
    }
}

impl Found {
    /// Whether its main signal is that of the truth, or one of its codes.
    fn is_named_after(&self, truth: &Truth) -> bool {
        let main = &self.signals[0];
        main == truth.signal || truth.codes.iter().any(|code| *main == code.to_string())
    }
}

/// What a report tells of an incident.
fn matching<'a>(truth: &Truth, found: &'a [Found]) -> impl Iterator<Item = &'a Found> {
    found.iter().filter(|found| truth.overlaps(found.window()) && found.is_of(truth))
}

/// The one of them that is nearest to it in time.
fn best<'a>(truth: &Truth, found: &'a [Found]) -> Option<&'a Found> {
    let fit = |found: &Found| iou(truth.window(), found.window());
    matching(truth, found).max_by(|a, b| fit(a).total_cmp(&fit(b)))
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

/// Everything that was compared.
#[derive(Default)]
pub(crate) struct Score {
    by_kind: BTreeMap<&'static str, Row>,
    by_format: BTreeMap<&'static str, Row>,
    all: Row,
    /// Found of all with at least 30 errors too many, however faint.
    any: (u32, u32),
    /// Reported ones, without the `info` of a scanner: those that match, and all.
    precision: (u32, u32),
    precision_of: BTreeMap<&'static str, (u32, u32)>,
    /// False alarms and days, of clean logs, by what is odd about them and the noise in percent.
    clean: BTreeMap<(Quirk, u32), (u32, f64)>,
    causes: Causes,
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
            // Two troubles at once may be told as one incident, which is named and explained after the
            // worse one.
            let is_others = |found: &Found| {
                let others = log.truths.iter().filter(|other| other.kind != truth.kind);
                !found.is_named_after(truth)
                    && others
                        .into_iter()
                        .any(|other| other.overlaps(found.window()) && found.is_named_after(other))
            };
            if truth.judged != Judged::Quiet
                && truth.is_clear()
                && let Some(best) = best(truth, found).filter(|best| !is_others(best))
            {
                let name = format!("{}: {}", log.plan.name, truth.kind);
                self.causes.add(&name, log.plan.product, truth, &best.causes);
            }
        }
        // Scanners and what is blocked are none of the service's troubles: they may be told as
        // `info` where they are, and not as more.
        let scanned = |found: &&Found| {
            let mut truths = log.truths.iter().filter(|truth| truth.judged == Judged::Info);
            let always =
                matches!(log.plan.quirk, Quirk::SteadyScanner | Quirk::LostClient | Quirk::Wave444);
            found.is_info() && (always || truths.any(|truth| truth.overlaps(found.window())))
        };
        let right = |found: &Found| {
            log.truths.iter().any(|truth| {
                matches!(truth.judged, Judged::Incident | Judged::Optional)
                    && truth.overlaps(found.window())
            })
        };
        let told: Vec<&Found> = found.iter().filter(|found| !scanned(found)).collect();
        let wrong: Vec<&&Found> = told.iter().filter(|found| !right(found)).collect();
        for found in &wrong {
            self.complaints.push(format!("{name}: false alarm: {}", found.told));
        }
        let (count, all) = (wrong.len() as u32, told.len() as u32);
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
        let window = truth.window();
        let pieces = matching(truth, found).count();
        let fit = |found: &Found| iou(window, found.window());
        let best = best(truth, found);
        let mut row = Row::default();
        let hit = u32::from(best.is_some());
        let place = match (truth.is_clear(), truth.excess) {
            (false, _) => &mut row.faint,
            (true, 30..) => &mut row.strong,
            (true, _) => &mut row.weak,
        };
        *place = (hit, 1);
        if truth.excess >= 30 {
            self.any = (self.any.0 + hit, self.any.1 + 1);
        }
        row.pieces = pieces as u32;
        let name = format!("{}: {}", log.plan.name, truth.kind);
        let told = format!(
            "{:?} excess {} of {} ({:.4} against {:.4})",
            truth.strength,
            truth.excess,
            truth.seen.0,
            truth.observed(),
            truth.baseline
        );
        match best {
            None if truth.is_clear() => self.complaints.push(format!("{name}: missed: {told}")),
            None => {}
            Some(best) => {
                let iou = fit(best);
                if iou < 0.5 {
                    let truth = truth.json();
                    let window = format!("{}..{}", text(&truth["start"]), text(&truth["end"]));
                    self.complaints.push(format!("{name}: IoU {iou:.2}: {window}: {}", best.told));
                }
                row.ious.push(iou);
                if !truth.gradual {
                    row.onsets.push((best.start - window.0).abs() as f64 / 1e6 / best.bucket);
                }
                row.severity = (u32::from(best.severity == truth.severity()), 1);
                row.signal = (u32::from(best.signals[0] == truth.signal), 1);
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
        let [recall, precision, middle, first] = self.figures();
        gate("recall of excess >= 30", recall, recall >= 0.95);
        let recall = share(self.all.weak);
        gate("recall of excess 8 to 30", recall, recall >= 0.8 || self.all.weak.1 == 0);
        gate("precision", precision, precision >= 0.95);
        gate("median IoU", middle, middle >= 0.8);
        let low = quantile(&self.all.ious, 0.1);
        gate("IoU of the worst tenth", low, low >= 0.5);
        let onset = quantile(&self.all.onsets, 0.5);
        gate("median onset error in buckets", onset, onset <= 1.0);
        gate("culprit at the first place", first, first >= 0.9);
        let (_, three, all) = self.all.culprit;
        gate("culprit among three", share((three, all)), share((three, all)) >= 0.97);
        for ((quirk, noise), (alarms, days)) in &self.clean {
            let limit = match quirk {
                Quirk::Gap | Quirk::LowVolume | Quirk::Deploy | Quirk::FlashCrowd => 0.0,
                _ if *noise > 30 => 2.0,
                _ => 0.3,
            };
            let rate = f64::from(*alarms) / days;
            gate(&format!("false alarms a day of {quirk:?}, {noise} %"), rate, rate <= limit);
        }
        for (name, value, holds) in self.causes.gates() {
            gate(name, value, holds);
        }
        failures
    }

    /// Recall of at least 30 errors too many, precision, median IoU, culprit at the first place.
    pub(crate) fn figures(&self) -> [f64; 4] {
        let (first, _, all) = self.all.culprit;
        let middle = quantile(&self.all.ious, 0.5);
        [share(self.all.strong), share(self.precision), middle, share((first, all))]
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
        let _ = writeln!(out, "\nexcess>=30, faint ones too {}", part(self.any));
        let _ = writeln!(out, "precision {}", part(self.precision));
        for (format, precision) in &self.precision_of {
            let _ = writeln!(out, "  {format:<30}{:>11}", part(*precision));
        }
        let _ =
            writeln!(out, "\n{:<32}{:>11}{:>11}{:>11}", "clean logs", "noise", "alarms", "days");
        for ((quirk, noise), (alarms, days)) in &self.clean {
            let quirk = format!("{quirk:?}");
            let _ = writeln!(out, "{quirk:<32}{:>10}%{alarms:>11}{days:>11.1}", noise);
        }
        out.push('\n');
        out.push_str(&self.causes.table());
        out.push_str(&self.causes.complaints.join("\n"));
        out
    }
}
