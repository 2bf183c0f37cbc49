//! Runs the whole program on an input, as `statlog analyze --format json` does.

use jiff::tz::TimeZone;
use statlog::format::detect::Reading;
use statlog::input::Input;
use statlog::render::{self, Style};
use statlog::report::{Meta, Targets, build};
use statlog::scan::{Plan, scan};

/// The report of an input of one source, in an output format.
pub(crate) fn report(
    input: &Input,
    reading: &Reading,
    max_line_bytes: usize,
    threads: usize,
    format: &str,
) -> Vec<u8> {
    let plan = Plan {
        parsers: vec![Some(reading.parser.clone())],
        times: vec![reading.time_meaning],
        max_line_bytes,
        threads,
        ..Plan::default()
    };
    let found = scan(input, &plan);
    let ratio = |text: &str| text.parse().expect("a rate");
    let meta = Meta {
        targets: Targets {
            client_error: ratio("5%"),
            server_error: ratio("0.1%"),
            latency_p95: 200_000,
        },
        top: 100_000,
        interrupted: false,
        max_rejected: ratio("10%"),
        rates_filtered: false,
        deploys: Vec::new(),
        warnings: Vec::new(),
    };
    let report = build(input, &[Ok(reading.clone())], &plan, &found, &meta);
    let style = Style {
        width: 80,
        color: false,
        ascii: false,
        zone: TimeZone::UTC,
        zone_name: "UTC".into(),
        top: 10,
    };
    let mut out = Vec::new();
    let renderer = render::find(format).expect("the output format is known");
    (renderer.render)(&report, &style, &mut out).expect("a Vec takes every byte");
    out
}
