//! The flags that say what to read and how, and the reading of each source's format: shared by
//! the commands that read logs.

use super::{ConfigArguments, Failure};
use crate::cli::config::Layers;
use crate::format::detect::{Ambiguity, Candidate, Reading, Undetected, detect, given};
use crate::format::field::Unit;
use crate::format::{self, nginx};
use crate::input::{Input, Options, Sample, cause};
use crate::report::Text;
use clap::Args;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What to read and how.
#[derive(Debug, Args)]
pub(super) struct InputArguments {
    /// Logs, compressed or not; quoted globs; '-' for stdin
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<OsString>,

    #[arg(help = "A name ('statlog formats'), a string or @file")]
    #[arg(
        long_help = "How the log is written; without this flag it is found from a sample of the log.\n\
        - a name: nginx-combined ('statlog formats' lists them)\n\
        - the server's own string, as it stands in nginx's log_format, Apache's LogFormat, \
        HAProxy's log-format or Envoy's format\n\
        - columns by name: '{client} [{time}] {status} {latency:ms}'\n\
        - CSV: 'csv:time,client,method,path,status,latency:ms,_' (also tsv:, psv:, and ssv: for \
        spaces), or 'csv:' when the first line names the columns\n\
        - the keys of JSON: 'json:status=result.code,time=at,latency=took:ms,path=url'; other keys \
        are learned, 'host=' reads no host\n\
        - @FILE: a file that holds one of these"
    )]
    #[arg(short = 'f', long, value_name = "FORMAT", help_heading = "Input")]
    log_format: Option<String>,

    #[arg(help = "An nginx.conf that holds the log_format")]
    #[arg(
        long_help = "Take the format from an nginx configuration; FILE:NAME picks one of its log_formats."
    )]
    #[arg(long, value_name = "FILE", conflicts_with = "log_format")]
    #[arg(help_heading = "Input")]
    nginx_conf: Option<String>,

    #[arg(help = "The field of the latency, and its unit: 'took:ms'")]
    #[arg(
        long_help = "The field that is the latency, and its unit (s, ms, us or ns) where the format does \
        not tell: 'upstream_response_time', 'took:ms'."
    )]
    #[arg(long, value_name = "FIELD", help_heading = "Input")]
    latency: Option<String>,

    /// Longer lines are rejected without being buffered [default: 64KiB]
    #[arg(long, value_name = "SIZE", help_heading = "Input", hide_short_help = true)]
    max_line: Option<String>,

    #[command(flatten)]
    config: ConfigArguments,
}

/// The format that the user asks for.
pub(super) struct Wanted {
    format: Option<String>,
    latency: Option<(String, Option<Unit>)>,
    /// The longest line in bytes.
    max_line: usize,
}

/// Why no format was found for a source; both are printed behind its name.
#[derive(Clone, Debug)]
pub(super) enum Unread {
    /// There is nothing in it to be read, which is no error beside other sources: a log is empty
    /// after each rotation.
    Nothing(&'static str),
    /// It cannot be read, or not be understood.
    Failed(String),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing(why) => f.write_str(why),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl InputArguments {
    /// The settings, with the flags laid over them.
    pub(super) fn layers(&self) -> Result<Layers, Failure> {
        let mut layers = self.config.layers()?;
        let flags = [
            ("log_format", &self.log_format),
            ("latency", &self.latency),
            ("max_line", &self.max_line),
        ];
        for (key, value) in flags {
            if let Some(value) = value {
                layers.lay(key, value).map_err(Failure::usage)?;
            }
        }
        Ok(layers)
    }

    /// Opens the files, or stdin when there is none and it is no terminal. `stop` ends the reading.
    pub(super) fn open(&self, layers: &Layers, stop: &Arc<AtomicBool>) -> Result<Input, Failure> {
        let mut files = self.files.clone();
        if files.is_empty() {
            if std::io::stdin().is_terminal() {
                return Err(Failure::usage(
                    "nothing to read: name a log file or pipe one in\n\n  statlog analyze \
                     access.log\n  kubectl logs deploy/web | statlog analyze\n\n'statlog analyze \
                     -h' tells more",
                ));
            }
            files.push("-".into());
        }
        let options = Options { max_line_bytes: max_line(layers), ..Options::default() };
        Ok(Input::open_stoppable(&files, options, Arc::clone(stop)))
    }

    /// The format that is asked for by flags or settings.
    pub(super) fn wanted(&self, layers: &Layers) -> Result<Wanted, Failure> {
        let format = match (&self.nginx_conf, layers.text("log_format")) {
            (Some(path), _) => {
                // The last colon, for a path may hold one; a name holds no slash.
                let (path, name) = match path.rsplit_once(':') {
                    Some((file, name)) if !name.contains('/') && !Path::new(path).exists() => {
                        (file, Some(name))
                    }
                    _ => (path.as_str(), None),
                };
                let found = nginx::from_configuration(Path::new(path), name);
                Some(found.map_err(|error| {
                    Failure::usage(format!("--nginx-conf: {}", shown(error.as_bytes())))
                })?)
            }
            (None, Some(text)) => Some(match text.strip_prefix('@') {
                Some(path) => std::fs::read_to_string(path).map_err(|error| {
                    let path = shown(path.as_bytes());
                    Failure::usage(format!("--log-format: {path}: {}", cause(&error)))
                })?,
                None => text.to_owned(),
            }),
            (None, None) => None,
        };
        let latency = layers.text("latency").map(latency);
        Ok(Wanted { format, latency, max_line: max_line(layers) })
    }
}

/// The longest line in bytes.
pub(super) fn max_line(layers: &Layers) -> usize {
    layers.bytes("max_line").and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(64 << 10)
}

/// `field` or `field:unit`.
fn latency(text: &str) -> (String, Option<Unit>) {
    let units = [Unit::Seconds, Unit::Milliseconds, Unit::Microseconds, Unit::Nanoseconds];
    if let Some((field, unit)) = text.rsplit_once(':')
        && let Some(unit) = units.into_iter().find(|known| known.name() == unit)
    {
        return (field.to_owned(), Some(unit));
    }
    (text.to_owned(), None)
}

/// How each source is read; the run goes on without those that are not. A format in doubt or one
/// that was given and is wrong ends the run.
pub(super) fn readings(
    input: &Input,
    wanted: &Wanted,
) -> Result<Vec<Result<Reading, Unread>>, Failure> {
    let readings = (0..input.sources().len()).map(|at| reading(input, at, wanted));
    let readings = readings.collect::<Result<Vec<_>, _>>()?;
    if let Some((wanted, _)) = &wanted.latency {
        let has = |reading: &Reading| {
            reading.latency.as_ref().is_some_and(|(name, _)| {
                name.trim_start_matches(['$', '%']) == wanted.trim_start_matches(['$', '%'])
            })
        };
        let read = || readings.iter().flatten();
        if read().next().is_some() && !read().any(has) {
            // Of JSON and LTSV the note is about the wanted key: it is there, its unit is not.
            if let Some(note) = read().find_map(|reading| reading.unread_latency.as_ref()) {
                return Err(Failure::usage(format!("--latency: {}", shown(note.as_bytes()))));
            }
            return Err(Failure::usage(format!(
                "--latency: no source has a latency field '{}'; 'statlog detect FILE' shows the \
                 fields",
                shown(wanted.as_bytes())
            )));
        }
    }
    Ok(readings)
}

/// How one source is read.
fn reading(input: &Input, at: usize, wanted: &Wanted) -> Result<Result<Reading, Unread>, Failure> {
    let source = &input.sources()[at];
    if source.is_empty() {
        return Ok(Err(Unread::Nothing("is empty")));
    }
    let sample = input.sample(at, None);
    let lines = lines(&sample);
    if let Some(error) = source.error()
        && lines.is_empty()
    {
        return Ok(Err(Unread::Failed(error.to_owned())));
    }
    let latency = wanted.latency.as_ref().map(|(name, unit)| (name.as_str(), *unit));
    if let Some(text) = &wanted.format {
        return given(text, &lines, latency)
            .map(Ok)
            .map_err(|error| Failure::usage(format!("--log-format: {}", shown(error.as_bytes()))));
    }
    let undetected = match detect(&lines, latency) {
        Ok(reading) => return Ok(Ok(reading)),
        Err(undetected) => undetected,
    };
    if matches!(
        undetected,
        Undetected::Empty
            | Undetected::Unknown(_)
            | Undetected::NoStatus(_)
            | Undetected::NoRequest(_)
    ) && let Some(reading) = later(input, at, latency)
    {
        return Ok(Ok(reading));
    }
    // What could be read of a damaged source is hardly in a format of its own.
    if let Some(error) = source.error() {
        return Ok(Err(Unread::Failed(error.to_owned())));
    }
    Ok(Err(match undetected {
        Undetected::Empty if sample.too_long > 0 => Unread::Failed(format!(
            "has only lines of more than {} bytes; raise --max-line if they are requests",
            wanted.max_line
        )),
        Undetected::Empty if sample.looked_at == 0 => match input.stop().load(Relaxed) {
            true => Unread::Nothing("was not read before the run was stopped"),
            false => Unread::Nothing("is empty"),
        },
        Undetected::Empty if lines.iter().any(|line| line.starts_with(b"#Fields:")) => {
            Unread::Nothing("has header lines, and no request")
        }
        Undetected::Empty => Unread::Nothing("has no line that could be a request"),
        Undetected::Unknown(candidates) => {
            let first = lines.iter().find(|line| format::skip(line).is_none());
            Unread::Failed(unknown(&candidates, first.copied().unwrap_or(b"")))
        }
        Undetected::Prefixed(format, prefix) => Unread::Failed(format!(
            "has lines of {format} behind a prefix that is not known, such as '{}'; take the prefix \
             off (sed, cut) or give the log itself",
            Text::new(prefix).visible()
        )),
        Undetected::NoStatus(kind) => {
            let name = match kind {
                "JSON" => ", and --log-format json:status=KEY names the one",
                _ => "",
            };
            Unread::Failed(format!(
                "is {kind}, but none of its keys is known to hold the status of a response; \
                 'statlog detect' shows its fields{name}"
            ))
        }
        Undetected::NoRequest(kind) => {
            let name = kind.to_ascii_lowercase();
            let flag = match kind {
                "JSON" | "LTSV" | "logfmt" => name,
                "CSV" | "TSV" | "PSV" => format!("{name}:"),
                _ => "with the server's own format".into(),
            };
            Unread::Failed(format!(
                "is {kind} with a status, but without anything else that a request has (method, \
                 path, client); if it is an access log all the same, --log-format {flag} reads it"
            ))
        }
        Undetected::NoHttp(what) => Unread::Failed(format!(
            "is {what}: it has no HTTP status, so there is nothing to count by; give the access \
             log of what stands behind it"
        )),
        Undetected::Ambiguous(ambiguity) => {
            return Err(Failure::input(ambiguous(&shown(source.name()), &ambiguity)));
        }
    }))
}

/// The reading of a log that begins with other lines, as of a service that speaks of itself before
/// its first request. Each try looks twice as far as the one before: a compressed file is unpacked
/// anew for each.
fn later(input: &Input, at: usize, latency: format::Latency<'_>) -> Option<Reading> {
    /// Lines of a sample.
    const FIRST: usize = 200;
    let behind = std::iter::successors(Some(FIRST), |behind| behind.checked_mul(2));
    let samples = behind.map(|behind| input.sample_behind(at, behind, None));
    samples
        .take_while(|sample| !sample.head.is_empty())
        .find_map(|sample| detect(&lines(&sample), latency).ok())
}

/// The lines of a sample.
pub(super) fn lines(sample: &Sample) -> Vec<&[u8]> {
    [&sample.head, &sample.middle, &sample.end]
        .into_iter()
        .flat_map(|part| part.split(|byte| *byte == b'\n'))
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect()
}

/// What to say of a log that no format reads.
fn unknown(candidates: &[Candidate], line: &[u8]) -> String {
    let best = match candidates.first() {
        Some(best) => {
            format!("'{}' reads {} of {} sample lines", best.name, best.read, best.sampled)
        }
        None => "no known format reads a line of it".into(),
    };
    format!(
        "is in no known format ({best}); give it with --log-format; its first line is: {}",
        Text::new(&line[..line.len().min(200)]).visible()
    )
}

/// What to say when two formats are as good and disagree.
fn ambiguous(name: &str, ambiguity: &Ambiguity) -> String {
    let mut text = format!(
        "{name}: its format is in doubt, and the numbers would depend on the guess; this line\n\n  \
         {}\n\ncan be read as\n",
        Text::new(&ambiguity.line[..ambiguity.line.len().min(400)]).visible()
    );
    for (format, reading) in &ambiguity.readings {
        let help = format::FORMATS.iter().find(|known| known.name == *format);
        let help = help.map_or("", |known| known.help);
        text.push_str(&format!("\n  --log-format {format}\n      {help}\n      {reading}\n"));
    }
    text.push_str("\nsay which with that flag, or give the server's own format string");
    text
}

/// A name for messages.
pub(super) fn shown(name: &[u8]) -> String {
    if name == b"-" { "stdin".into() } else { Text::new(name).visible() }
}
