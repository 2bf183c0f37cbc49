//! `statlog analyze`: the report.

use super::signals::Signals;
use super::sources::Unread;
use super::{Exit, Failure, complain, look, output, progress, sources, stray};
use crate::cli::config::Layers;
use crate::cli::when;
use crate::filter::{Filter, Window};
use crate::format::TimeMeaning;
use crate::format::detect::Reading;
use crate::input::Input;
use crate::number;
use crate::ratio::Ratio;
use crate::render;
use crate::report::{self, Meta, Report, Targets, build};
use crate::scan::{Plan, scan};
use crate::tally::Rules;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::path::PathBuf;
use std::sync::Arc;

/// Flags of `analyze`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    sources: sources::InputArguments,

    #[arg(help = "Count only requests that fit: 'status=5xx', 'route~^/api/'")]
    #[arg(
        long_help = "Count only requests that fit: 'status=5xx', 'route~^/api/', 'client!=10.0.0.0/8'. \
        Keys: status (404, 5xx, 500-504), class (4xx), method, route, host, client (an \
        address or a network). Operators: = and !=, and ~ and !~ with a regular expression. \
        A comma separates alternatives (status=502,503). Given several times, all must hold."
    )]
    #[arg(short = 'w', long = "where", value_name = "EXPR", help_heading = "Selection")]
    filters: Vec<String>,

    #[arg(help = "Count from this time on: '2026-11-20 13:00'")]
    #[arg(
        long_help = "Count from this time on: '2026-11-20 13:00', '2026-11-20T13:00:00Z', '@1748790245' \
        (Unix time), or '2h' for so long before now."
    )]
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    since: Option<String>,

    /// Count up to this time, exclusive
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    until: Option<String>,

    /// Count up to the newest request, so long: '15m', '1d'
    #[arg(long, value_name = "DURATION", help_heading = "Selection")]
    #[arg(conflicts_with_all = ["since", "until"])]
    last: Option<String>,

    #[arg(help = "Count and judge also what no client sent")]
    #[arg(
        long_help = "Count also what no client asked for: a CDN's requests to itself, and the second \
        line of a request at its shield. And judge targets and incidents also by health checks, \
        blocked requests (444) and those of scanners. Without it all of these are told apart."
    )]
    #[arg(long, help_heading = "Selection")]
    count_all: bool,

    #[arg(help = "Incidents by when requests began, or as logged: start, logged")]
    #[arg(
        long_help = "Whether incidents are found by when requests began, where the log is written at \
        their end and tells how long they took, or by the time logged: start or logged [default: start]"
    )]
    #[arg(long, value_name = "WHEN", help_heading = "Selection", hide_short_help = true)]
    #[arg(value_parser = ["start", "logged"], hide_possible_values = true)]
    incident_time: Option<String>,

    #[arg(help = "When something was deployed; may be given several times")]
    #[arg(
        long_help = "When something was deployed, written as for --since; may be given several times. \
        Incidents that begin near it may come of it. Without it a deploy is seen by hashed asset names \
        and addresses of upstreams that give way to others."
    )]
    #[arg(long, value_name = "TIME", help_heading = "Selection", hide_short_help = true)]
    deploy_at: Vec<String>,

    #[arg(help = "4xx below this [default: 5%]")]
    #[arg(long_help = "4xx must be below this share of requests [default: 5%]")]
    #[arg(long, value_name = "RATE", help_heading = "Targets")]
    target_client_error: Option<String>,

    #[arg(help = "5xx below this [default: 0.1%]")]
    #[arg(long_help = "5xx must be below this share of requests [default: 0.1%]")]
    #[arg(long, value_name = "RATE", help_heading = "Targets")]
    target_server_error: Option<String>,

    #[arg(help = "p95 below this [default: 200ms]")]
    #[arg(long_help = "The 95th percentile of latency must be below this [default: 200ms]")]
    #[arg(long, value_name = "DURATION", help_heading = "Targets")]
    target_latency_p95: Option<String>,

    /// More rejected lines than this end the run with exit code 3 [default: 10%]
    #[arg(long, value_name = "RATE", help_heading = "Targets", hide_short_help = true)]
    max_rejected: Option<String>,

    /// Output format, text or json [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(render::RENDERERS.iter().map(|r| r.name)))]
    #[arg(hide_possible_values = true)]
    format: Option<String>,

    /// Write the report to this file, whole or not at all
    #[arg(short = 'o', long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Rows of each ranking [default: 10]
    #[arg(short = 'n', long, value_name = "N", help_heading = "Output")]
    top: Option<String>,

    #[arg(help = "Time zone, shown and typed [default: the log's]")]
    #[arg(
        long_help = "Zone of the times shown, of those typed without one, and of those logged without \
        one (HAProxy's) [default: the log's, or UTC]"
    )]
    #[arg(long, value_name = "ZONE", help_heading = "Output")]
    tz: Option<String>,

    #[command(flatten)]
    look: look::LookArguments,

    /// No progress bar and no warnings on stderr; errors are still said
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,

    /// Worker threads [default: one per processor, at most 8]
    #[arg(long, value_name = "N", help_heading = "Other", hide_short_help = true)]
    threads: Option<String>,
}

impl Arguments {
    fn layers(&self) -> Result<Layers, Failure> {
        let mut layers = self.sources.layers()?;
        let filters = (!self.filters.is_empty()).then(|| self.filters.join("\n"));
        let count_all = self.count_all.then(|| "true".to_owned());
        let flags = [
            ("where", &filters),
            ("count_all", &count_all),
            ("incident_time", &self.incident_time),
            ("targets.client_error", &self.target_client_error),
            ("targets.server_error", &self.target_server_error),
            ("targets.latency_p95", &self.target_latency_p95),
            ("max_rejected", &self.max_rejected),
            ("format", &self.format),
            ("top", &self.top),
            ("tz", &self.tz),
            ("color", &self.look.color),
            ("threads", &self.threads),
        ];
        for (key, value) in flags {
            if let Some(value) = value {
                layers.lay(key, value).map_err(Failure::usage)?;
            }
        }
        Ok(layers)
    }

    /// The time to count in, and what is doubtful about it. `--last` needs the newest request
    /// first, so it reads the log twice; the stop flag of `input` ends that too.
    fn window(
        &self,
        layers: &Layers,
        zone: &TimeZone,
        readings: &[Result<Reading, String>],
        input: &Input,
    ) -> Result<(Window, Option<String>), Failure> {
        let Some(last) = &self.last else {
            let (since, until) = (self.since.as_deref(), self.until.as_deref());
            let window = when::window(since, until, Timestamp::now(), zone);
            return Ok((window.map_err(Failure::usage)?, None));
        };
        let length =
            when::duration(last).map_err(|error| Failure::usage(format!("--last: {error}")))?;
        if input.sources().iter().any(|source| source.is_stream()) {
            return Err(Failure::usage(
                "--last counts back from the newest request, and a pipe can be read only once; \
                 use --since, or give the log as a file",
            ));
        }
        let first = self.sources.open(layers, input.stop())?;
        let plan = plan(layers, readings)?;
        let doing = "looking for the newest request";
        let series =
            progress::during(&first, doing, self.quiet, || scan(&first, &plan)).tally.series;
        let newest = series.span().map(|(_, newest)| newest).unwrap_or_default();
        // The newest request itself is in the window.
        let since = newest.saturating_sub(length).saturating_add(1);
        Ok((Window { since: Some(since), until: None }, stray::warning(&series, length)))
    }
}

/// The command.
pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let layers = arguments.layers()?;
    let name = layers.text("format").unwrap_or_default();
    let renderer = render::find(name)
        .ok_or_else(|| Failure::usage(format!("format: '{name}' is none of text and json")))?;
    let wanted = arguments.sources.wanted(&layers)?;
    let stop = Arc::default();
    let input = arguments.sources.open(&layers, &stop)?;
    if let Some(path) = &arguments.output {
        let names: Vec<_> = input.sources().iter().map(|source| source.name().to_vec()).collect();
        output::is_no_input(path, &names)?;
    }
    let signals = Signals::watch(&stop)?;
    let readings = sources::readings(&input, &wanted)?;
    let mut warnings: Vec<_> = input
        .warnings()
        .iter()
        .map(|warning| format!("{}: {}", sources::shown(&warning.name), warning.message))
        .collect();
    let warn = |warning: &String| {
        if !arguments.quiet {
            complain(warning);
        }
    };
    warnings.iter().for_each(warn);
    say_unread(&input, &readings, arguments.quiet, signals.caught().is_some())?;
    let said: Vec<_> =
        readings.iter().map(|reading| matches!(reading, Err(Unread::Failed(_)))).collect();
    let asked = asked_zone(&layers)?;
    let local = asked.as_ref().map(|(zone, name)| (Arc::new(when::offsets(zone)), name));
    let in_zone = |reading: Reading| match &local {
        Some((offsets, name)) => reading.in_zone(offsets, name),
        None => reading,
    };
    let readings: Vec<_> = readings
        .into_iter()
        .map(|reading| reading.map(in_zone).map_err(|why| why.to_string()))
        .collect();
    let windowed =
        arguments.since.is_some() || arguments.until.is_some() || arguments.last.is_some();
    let mut read = readings.iter().flatten().peekable();
    if windowed && read.peek().is_some() && read.all(|reading| reading.time_field.is_none()) {
        return Err(Failure::usage(
            "--since, --until and --last need times, and no time can be read from this log; \
             'statlog detect' shows its fields",
        ));
    }
    let (zone, zone_name) = asked.unwrap_or_else(|| zone(&readings));
    let mut plan = plan(&layers, &readings)?;
    let (window, doubt) = arguments.window(&layers, &zone, &readings, &input)?;
    if arguments.last.is_some()
        && let Some(signal) = signals.caught()
    {
        return Err(Failure {
            exit: Exit::Signal(signal),
            message: "interrupted before the newest request was found, so there is no report"
                .into(),
        });
    }
    let deploys = when::instants("--deploy-at", &arguments.deploy_at, Timestamp::now(), &zone);
    let deploys = deploys.map_err(Failure::usage)?;
    doubt.iter().for_each(warn);
    warnings.extend(doubt);
    plan.window = window;
    plan.filter = Filter::parse(layers.list("where")).map_err(Failure::usage)?;
    let found = progress::during(&input, "reading", arguments.quiet, || scan(&input, &plan));
    let meta = Meta {
        targets: targets(&layers),
        top: layers.count("top").unwrap_or(10) as usize,
        interrupted: signals.caught().is_some(),
        max_rejected: max_rejected(&layers),
        rates_filtered: plan.filter.names_status(),
        deploys,
        warnings,
    };
    let report = build(&input, &readings, &plan, &found, &meta);
    let to_file = arguments.output.is_some();
    let style = arguments.look.style(&layers, to_file, (zone, zone_name), meta.top);
    let mut text = Vec::new();
    (renderer.render)(&report, &style, &mut text).map_err(Failure::output)?;
    match &arguments.output {
        Some(path) if path.as_os_str() != "-" => output::save(path, &text)?,
        _ => output::print(&text)?,
    };
    if let Some(signal) = signals.caught() {
        return Ok(Exit::Signal(signal));
    }
    Ok(exit(&report, &input, &said, &meta))
}

/// Says which sources are not read. Errors when none is, unless the run was interrupted.
fn say_unread(
    input: &Input,
    readings: &[Result<Reading, Unread>],
    quiet: bool,
    interrupted: bool,
) -> Result<(), Failure> {
    let unread = input.sources().iter().zip(readings);
    let unread = unread.filter_map(|(source, reading)| Some((source, reading.as_ref().err()?)));
    let mut unread: Vec<_> = unread
        .map(|(source, why)| (why, format!("{}: {why}", sources::shown(source.name()))))
        .collect();
    // Without a readable source the last error is the end of the run.
    let end = if readings.iter().all(Result::is_err) { unread.pop() } else { None };
    for (why, message) in &unread {
        if !quiet || matches!(why, Unread::Failed(_)) {
            complain(message);
        }
    }
    match end {
        Some((_, message)) if !interrupted => Err(Failure::input(message)),
        _ => Ok(()),
    }
}

/// Whether the input was good enough to trust the report; says why not, but for the errors of
/// sources that were said before.
fn exit(report: &Report, input: &Input, said: &[bool], meta: &Meta) -> Exit {
    let mut errors = report::too_many_rejected(&report.input, meta.max_rejected);
    let unsaid = input.sources().iter().zip(report.input.files()).zip(said);
    for ((source, found), said) in unsaid {
        if let Some(error) = &found[0].error
            && !said
        {
            errors.push(format!("{}: {error}", sources::shown(source.name())));
        }
    }
    if report.totals.requests == 0 {
        errors.push(match report.input.set_aside {
            0 => "no request was counted".into(),
            aside => format!(
                "no request was counted: no client sent the {} that are left, see --count-all",
                number::count(aside)
            ),
        });
    }
    errors.iter().for_each(|error| complain(error));
    let broken = report.input.sources.iter().any(|source| source.error.is_some());
    if errors.is_empty() && !broken { Exit::Done } else { Exit::Input }
}

/// Workers unless more are asked for: each holds up to 45 MB when every URL and client is new, and
/// a few feed on all that a disk or memory gives.
const MOST_WORKERS: usize = 8;

/// What to do with each source, without a window and a filter.
fn plan(layers: &Layers, readings: &[Result<Reading, String>]) -> Result<Plan, Failure> {
    let parsers = readings.iter().map(|reading| Some(reading.as_ref().ok()?.parser.clone()));
    let times = readings.iter().map(|reading| reading.as_ref().map(|it| it.time_meaning));
    let processors = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    Ok(Plan {
        parsers: parsers.collect(),
        times: times.map(|meaning| meaning.unwrap_or(TimeMeaning::Unknown)).collect(),
        rules: Rules {
            slow: targets(layers).latency_p95,
            judge_all: layers.flag("count_all"),
            by_start: layers.text("incident_time") != Some("logged"),
        },
        filter: Filter::default(),
        window: Window::default(),
        count_all: layers.flag("count_all"),
        max_line_bytes: sources::max_line(layers),
        threads: layers.count("threads").map_or(processors, |threads| threads as usize),
    })
}

fn targets(layers: &Layers) -> Targets {
    let rate = |key| layers.rate(key).expect("has a default");
    Targets {
        client_error: rate("targets.client_error"),
        server_error: rate("targets.server_error"),
        latency_p95: layers.micros("targets.latency_p95").expect("has a default"),
    }
}

fn max_rejected(layers: &Layers) -> Ratio {
    layers.rate("max_rejected").expect("has a default")
}

/// The zone that is asked for: of the times shown and typed, and of those logged without one.
fn asked_zone(layers: &Layers) -> Result<Option<(TimeZone, String)>, Failure> {
    let Some(name) = layers.text("tz") else { return Ok(None) };
    let zone = when::zone(name).map_err(|error| Failure::usage(format!("tz: {error}")))?;
    let name = zone.iana_name().unwrap_or(name).to_owned();
    Ok(Some((zone, name)))
}

/// The zone of the times shown and typed when none is asked for: the one that all sources are
/// written in; else UTC.
fn zone(readings: &[Result<Reading, String>]) -> (TimeZone, String) {
    let mut zones: Vec<_> =
        readings.iter().flatten().filter_map(|reading| reading.zone.as_deref()).collect();
    zones.dedup();
    if let [only] = &zones[..]
        && *only != "+00:00"
        && let Ok(zone) = when::zone(only)
    {
        return (zone, (*only).to_owned());
    }
    (TimeZone::fixed(Offset::UTC), "UTC".into())
}
