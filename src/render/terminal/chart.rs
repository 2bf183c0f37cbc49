//! The chart over time: requests, 4xx, 5xx and p95 above one time axis.
//!
//! Errors and latency show the highest bucket of each column, so that a short spike is seen however
//! long the log is; requests show the mean, so that a dip is seen too. Over the curves stand the
//! incidents.

mod marks;

use super::line::{DIM, Line, MAGENTA, Paint, RED, YELLOW, glyphs, width};
use super::{local, worst};
use crate::number;
use crate::render::Style;
use crate::report::{Bucket, Report, Window};
use crate::time::SECOND;
use jiff::Zoned;

/// Fewer buckets than this are no course of events.
const MIN_BUCKETS: usize = 5;
/// Nor are fewer requests than this.
const MIN_REQUESTS: u64 = 20;
/// No bucket is drawn wider than this.
const MAX_STRETCH: usize = 6;
/// Screen rows of each curve.
const ROWS: usize = 2;

/// Which buckets a column of the chart stands for.
struct Scale {
    /// Time of the first bucket, microseconds.
    start: i64,
    /// Width of a bucket, microseconds.
    bucket: i64,
    /// Buckets of a column.
    per_column: usize,
    /// Columns of a bucket; 1 when `per_column` is more.
    stretch: usize,
    /// Columns of the chart.
    columns: usize,
}

impl Scale {
    /// Fits the buckets into `columns`; none when there are too few to draw.
    fn new(series: &[Bucket], window: &Window, columns: usize) -> Option<Self> {
        let (start, last) = (series.first()?.start.0, series.last()?.start.0);
        let bucket = i64::try_from(window.bucket_seconds).ok()?.checked_mul(SECOND)?;
        if bucket <= 0 || columns == 0 {
            return None;
        }
        let buckets = usize::try_from((last - start) / bucket).ok()? + 1;
        if buckets < MIN_BUCKETS {
            return None;
        }
        let per_column = buckets.div_ceil(columns);
        let stretch = (columns / buckets).clamp(1, MAX_STRETCH);
        let columns = buckets.div_ceil(per_column) * stretch;
        Some(Self { start, bucket, per_column, stretch, columns })
    }

    /// The number of the bucket that begins at a time in microseconds.
    fn bucket_of(&self, time: i64) -> usize {
        ((time - self.start) / self.bucket) as usize
    }

    /// Its column, before stretching.
    fn column(&self, time: i64) -> usize {
        self.bucket_of(time) / self.per_column
    }

    /// Where a time stands, the first column when stretched; times outside are at the edges.
    fn place(&self, time: i64) -> usize {
        let end = self.columns / self.stretch - 1;
        self.column(time.max(self.start)).min(end) * self.stretch
    }

    /// Combines a value of the buckets of each column; none where no bucket has one.
    fn values(
        &self,
        series: &[Bucket],
        value: impl Fn(&Bucket) -> Option<f64>,
        combine: impl Fn(f64, f64) -> f64,
    ) -> Vec<Option<f64>> {
        let mut values = vec![None; self.columns / self.stretch];
        for bucket in series {
            if let Some(value) = value(bucket)
                && let Some(column) = values.get_mut(self.column(bucket.start.0))
            {
                *column = Some(column.map_or(value, |old: f64| combine(old, value)));
            }
        }
        values
    }
}

/// One curve: what is drawn and what is written beside it.
struct Curve {
    name: &'static str,
    paint: Paint,
    values: Vec<Option<f64>>,
    /// What the full height stands for. Of errors and latency it is no less than a few times the
    /// target, so that a calm curve is a low one.
    top: f64,
    /// Lowest and highest bucket.
    range: String,
}

/// Whether there is enough of a course of events to draw.
pub(super) fn is_drawn(report: &Report) -> bool {
    report.totals.requests >= MIN_REQUESTS
        && report
            .window
            .as_ref()
            .is_some_and(|window| Scale::new(&report.series, window, MIN_BUCKETS).is_some())
}

/// The chart, at most `columns` wide; empty when there is too little to draw.
pub(super) fn lines(report: &Report, style: &Style, columns: usize) -> Vec<Line> {
    let Some(window) = &report.window else { return Vec::new() };
    let series = &report.series;
    if report.totals.requests < MIN_REQUESTS {
        return Vec::new();
    }
    // As wide as the widest label, `999 ms–60.0 s`.
    let gutter = 15;
    let Some(scale) = Scale::new(series, window, columns - gutter - 1) else { return Vec::new() };
    let mut lines = marks::lines(report, &scale, gutter, style);
    for curve in curves(report, &scale, style) {
        for row in 0..ROWS {
            let (paint, label) =
                if row == 0 { (curve.paint, curve.name) } else { (DIM, curve.range.as_str()) };
            let start = Line::new().pad(gutter.saturating_sub(width(label) + 2));
            let line = start.with(paint, label).pad(gutter);
            lines.push(draw(line, &curve, &scale, row, style));
        }
    }
    lines.extend(axis(&scale, style, gutter));
    lines.extend(worst::peaks(report, style, columns));
    lines
}

/// The curves that have something to show.
fn curves(report: &Report, scale: &Scale, style: &Style) -> Vec<Curve> {
    let to = glyphs(style).to;
    let series = &report.series;
    let requests = scale.values(series, |b| Some(b.requests as f64), |a, b| a + b);
    let mean = |sum: Option<f64>| Some(sum.unwrap_or(0.0) / scale.per_column as f64);
    // The last column may stand for fewer buckets than the others.
    let mut requests: Vec<_> = requests.into_iter().map(mean).collect();
    if let (Some(last), Some(end)) = (requests.last_mut(), series.last()) {
        let buckets = scale.bucket_of(end.start.0) + 1;
        let filled = buckets - (buckets - 1) / scale.per_column * scale.per_column;
        *last = last.map(|mean| mean * scale.per_column as f64 / filled as f64);
    }
    let busiest = bounds(requests.iter().flatten().copied()).1;
    let limit = |name| report.targets.iter().find(|t| t.name == name).map_or(0.0, |t| t.target);
    let counts = |value: fn(&Bucket) -> u64| {
        let values = scale.values(series, |b| Some(value(b) as f64), f64::max);
        values.into_iter().map(|v| Some(v.unwrap_or(0.0))).collect::<Vec<_>>()
    };
    // An empty bucket is not in the series, but it is one without a request.
    let gap = series.len() <= scale.bucket_of(series[series.len() - 1].start.0);
    let range = |value: fn(&Bucket) -> u64| {
        let low = series.iter().map(value).min().filter(|_| !gap).unwrap_or(0);
        let high = series.iter().map(value).max().unwrap_or(0);
        if low == high {
            return number::short_count(low);
        }
        format!("{}{to}{}", number::short_count(low), number::short_count(high))
    };
    let top =
        |values: &[Option<f64>], least: f64| bounds(values.iter().flatten().copied()).1.max(least);
    let mut curves = vec![Curve {
        name: "requests",
        // What is no trouble stands back.
        paint: DIM,
        range: range(|b| b.requests),
        top: top(&requests, 1.0),
        values: requests,
    }];
    for (name, paint, value, calm) in [
        (
            "4xx",
            YELLOW,
            (|b| b.client_error) as fn(&Bucket) -> u64,
            limit("client_error_ratio") * 2.0,
        ),
        ("5xx", RED, |b| b.server_error, limit("server_error_ratio") * 10.0),
    ] {
        let values = counts(value);
        let top = top(&values, busiest * calm);
        curves.push(Curve { name, paint, range: range(value), top, values });
    }
    let p95 = scale.values(series, |b| b.p95, f64::max);
    let (low, high) = bounds(series.iter().filter_map(|bucket| bucket.p95));
    if low.is_finite() {
        let (low, high) = (number::duration(low), number::duration(high));
        // The unit is said once when both ends share it.
        let low = match (low.split_once(' '), high.split_once(' ')) {
            (Some((value, a)), Some((_, b))) if a == b => value,
            _ => &low,
        };
        curves.push(Curve {
            name: "p95",
            paint: MAGENTA,
            range: format!("{low}{to}{high}"),
            top: top(&p95, limit("latency_p95_seconds") * 2.0),
            values: p95,
        });
    }
    curves.retain(|curve| {
        curve.name == "requests" || curve.values.iter().flatten().any(|value| *value > 0.0)
    });
    curves
}

/// Lowest and highest value; infinite and zero when there is none.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| (low.min(value), high.max(value)))
}

/// Adds one screen row of a curve, the top row first. The curve begins at zero.
fn draw(line: Line, curve: &Curve, scale: &Scale, row: usize, style: &Style) -> Line {
    let glyphs = glyphs(style);
    let steps = glyphs.levels.len();
    let below = (ROWS - 1 - row) * steps;
    let mut text = String::new();
    let mut line = line;
    for value in &curve.values {
        let level = match value {
            Some(value) if *value > 0.0 => {
                ((value / curve.top * (ROWS * steps) as f64).round() as usize).max(1)
            }
            Some(_) => 0,
            None => {
                text.push_str(&" ".repeat(scale.stretch));
                continue;
            }
        };
        let sign = match level.saturating_sub(below) {
            0 if level == 0 && below == 0 => glyphs.zero,
            0 => " ",
            above => glyphs.levels[above.min(steps) - 1],
        };
        text.push_str(&sign.repeat(scale.stretch));
    }
    line = line.with(curve.paint, text);
    line
}

/// The axis: a rule with ticks, and their times below.
fn axis(scale: &Scale, style: &Style, gutter: usize) -> Vec<Line> {
    let glyphs = glyphs(style);
    let mut rule = vec![glyphs.rule; scale.columns];
    let mut labels = String::new();
    for (column, label) in ticks(scale, style) {
        let free = width(&labels);
        if column >= free + usize::from(free > 0) * 2 && column + width(&label) <= scale.columns {
            labels.push_str(&" ".repeat(column - free));
            labels.push_str(&label);
            rule[column] = glyphs.tick;
        }
    }
    vec![
        Line::new().pad(gutter).with(DIM, rule.concat()),
        Line::new().pad(gutter).with(DIM, labels),
    ]
}

/// Columns and labels of round local times, about one for each nine columns.
fn ticks(scale: &Scale, style: &Style) -> Vec<(usize, String)> {
    const STEPS: [i64; 20] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
        86_400, 172_800, 604_800,
    ];
    let column_micros = scale.bucket * scale.per_column as i64 / scale.stretch as i64;
    let wanted = column_micros * 9 / SECOND;
    let weeks = (wanted / 604_800 + 1) * 604_800;
    let step = STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(weeks);
    let format = match step {
        ..60 => "%H:%M:%S",
        60..86_400 => "%H:%M",
        _ => "%b %d",
    };
    let mut ticks: Vec<(usize, String)> = Vec::new();
    let mut last_step = None;
    for column in 0..scale.columns {
        let time = scale.start + column as i64 * column_micros;
        let Some(zoned) = local(time, style) else { return Vec::new() };
        // Steps are counted on the local clock, so that ticks stay round across a change of the
        // offset.
        let clock = time / SECOND + i64::from(zoned.offset().seconds());
        let this_step = clock.div_euclid(step);
        if last_step.is_some_and(|last| last != this_step) || clock.rem_euclid(step) == 0 {
            let round = round_down(&zoned, clock.rem_euclid(step));
            let midnight = step < 86_400 && this_step * step % 86_400 == 0;
            let label = round.strftime(if midnight { "%b %d" } else { format }).to_string();
            ticks.push((column, label));
        }
        last_step = Some(this_step);
    }
    if ticks.is_empty()
        && let Some(zoned) = local(scale.start, style)
    {
        ticks.push((0, zoned.strftime("%H:%M:%S").to_string()));
    }
    ticks
}

/// The time some seconds earlier: a column may begin after the round time that falls into it.
fn round_down(zoned: &Zoned, seconds: i64) -> Zoned {
    let span = jiff::SignedDuration::from_secs(seconds);
    zoned.checked_sub(span).unwrap_or_else(|_| zoned.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::example;

    fn text(report: &Report, style: &Style) -> Vec<String> {
        let write = |line: Line| {
            let mut out = String::new();
            line.write(false, &mut out);
            out.trim_end_matches('\n').to_owned()
        };
        lines(report, style, style.width).into_iter().map(write).collect()
    }

    /// One bad minute in a week is one column, at the right place and at full height.
    #[test]
    fn a_short_spike_is_seen() {
        let report = example::week_with_one_bad_minute();
        for columns in [40, 80, 200] {
            let text = text(&report, &example::style(columns));
            let row = text.iter().position(|line| line.contains("5xx")).unwrap();
            let full = text[row].matches('█').count();
            assert_eq!(full, 1, "{columns} columns: {}", text[row]);
        }
    }

    #[test]
    fn too_little_is_not_drawn() {
        assert!(text(&example::tiny(), &example::style(80)).is_empty());
        assert!(text(&example::nothing_parsed(), &example::style(80)).is_empty());
    }

    #[test]
    fn a_gap_has_no_requests() {
        let mut report = example::healthy();
        let count = report.series.len();
        report.series.drain(count / 3..count * 2 / 3);
        let text = text(&report, &example::style(80));
        let range = &text[1];
        assert!(range.trim_start().starts_with("0–"), "{range}");
        assert!(range.contains("···"), "{range}");
    }

    #[test]
    fn ticks_are_round_local_times() {
        let report = example::incident();
        let style = example::style(80);
        let axis = text(&report, &style);
        let labels = axis.iter().find(|line| line.contains(":00  ")).unwrap();
        assert!(labels.contains("10:00"), "{labels}");
    }
}
