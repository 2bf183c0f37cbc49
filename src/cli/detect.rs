//! `statlog detect`: how a log would be read, field by field.

use super::{Exit, Failure, output, sources};
use crate::format::detect::{self, Reading, candidates};
use crate::format::marks::Quotes;
use crate::format::{FORMATS, Line, Scratch};
use crate::input::{Chunk, Input};
use crate::record::{Record, Status};
use crate::report::{Text, Time};
use clap::Args;
use std::fmt::Write as _;
use std::sync::Arc;

/// Flags of `detect`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    sources: sources::InputArguments,

    /// Explain this line instead of the first that is read
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    line: Option<u64>,
}

/// Candidates shown at most.
const CANDIDATES: usize = 6;

/// The command.
pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let layers = arguments.sources.layers()?;
    let wanted = arguments.sources.wanted(&layers)?;
    let input = arguments.sources.open(&layers, &Arc::default())?;
    if arguments.line.is_some() && input.sources().len() != 1 {
        return Err(Failure::usage("--line goes with one file"));
    }
    let samples: Vec<_> = (0..input.sources().len()).map(|at| input.sample(at, None)).collect();
    let readings = sources::readings(&input, &wanted);
    let mut text = String::new();
    let mut exit = Exit::Done;
    for (at, source) in input.sources().iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let lines = sources::lines(&samples[at]);
        let _ = writeln!(text, "{}", sources::shown(source.name()));
        match readings.as_ref().map(|readings| &readings[at]) {
            Ok(Ok(reading)) => describe(&mut text, reading),
            Ok(Err(error)) => {
                exit = Exit::Input;
                let _ = writeln!(text, "  {error}");
                let fields = lines.first().map(|line| detect::fields(line)).unwrap_or_default();
                list(&mut text, &fields);
            }
            Err(_) => {}
        }
        let bare: Vec<Vec<u8>> = match readings.as_ref().map(|readings| &readings[at]) {
            Ok(Ok(reading)) => lines.iter().map(|line| inside(reading, line)).collect(),
            _ => lines.iter().map(|line| line.to_vec()).collect(),
        };
        let bare: Vec<&[u8]> = bare.iter().map(|line| &line[..]).collect();
        let found: Vec<_> = candidates(&bare).into_iter().filter(|c| c.read > 0).collect();
        if !found.is_empty() {
            text.push_str("\n  candidates\n");
        }
        let shown = &found[..found.len().min(CANDIDATES)];
        let width = shown.iter().map(|candidate| candidate.name.len()).max().unwrap_or(0);
        for candidate in shown {
            let _ = writeln!(
                text,
                "    {:width$}  {} of {} lines, {} columns",
                candidate.name, candidate.read, candidate.sampled, candidate.columns
            );
        }
        if let Ok(Ok(reading)) = readings.as_ref().map(|readings| &readings[at]) {
            match arguments.line {
                Some(number) => {
                    let line = line(&input, number).ok_or_else(|| {
                        Failure::usage(format!("--line {number}: the file has fewer lines"))
                    })?;
                    explain(&mut text, reading, number, &line);
                }
                None => {
                    // The head of a sample is the beginning of the log; its other parts have
                    // lines whose numbers are not known.
                    let head = samples[at].head.split(|byte| *byte == b'\n');
                    let head = head.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
                    let first = head
                        .zip(1..)
                        .find(|(line, _)| reading.parser.shape().reads(&inside(reading, line)));
                    if let Some((line, number)) = first {
                        explain(&mut text, reading, number, line);
                    }
                }
            }
        }
    }
    output::print(text.as_bytes())?;
    readings.map(|_| exit)
}

/// What is known of the format.
fn describe(text: &mut String, reading: &Reading) {
    let how = if reading.detected { "found in" } else { "given; reads" };
    let _ = writeln!(
        text,
        "  format   {} ({how} {} of {} sample lines)",
        reading.name, reading.read, reading.sampled
    );
    let wrappers: Vec<&str> = reading.parser.wrappers().iter().map(|found| found.name()).collect();
    if !wrappers.is_empty() {
        let _ = writeln!(text, "  inside   {}", wrappers.join(", then "));
    }
    let _ = writeln!(text, "  string   {}", Text::new(reading.string.as_bytes()).visible());
    let meaning = match reading.time_meaning {
        crate::format::TimeMeaning::Start => "start of the request",
        crate::format::TimeMeaning::End => "end of the request",
        crate::format::TimeMeaning::Unknown => "start or end of the request: not known",
    };
    match &reading.time_field {
        Some(field) => {
            let zone = match reading.zone.as_deref() {
                Some("+00:00") => "UTC",
                Some(zone) => zone,
                None => "no zone",
            };
            let _ = writeln!(text, "  time     {field}, {meaning}, {zone}");
        }
        None => text.push_str("  time     none\n"),
    }
    match &reading.latency {
        Some((field, unit)) => {
            let unit = match *unit {
                "as written" => "the unit that each value carries",
                unit => unit,
            };
            let _ = writeln!(text, "  latency  {field}, in {unit}");
        }
        None => text.push_str("  latency  none\n"),
    }
    for note in reading.unread_latency.iter().chain(&reading.notes) {
        let _ = writeln!(text, "  note     {}", Text::new(note.as_bytes()).visible());
    }
}

/// A line without what is around it; of one that is cut into several, this piece.
fn inside(reading: &Reading, line: &[u8]) -> Vec<u8> {
    let scratch = Scratch::default();
    let found = reading.parser.unwrap(line, &scratch).next();
    found.map_or_else(|| line.to_vec(), |found| found.text.to_vec())
}

/// One line field by field, and what it was read as.
fn explain(text: &mut String, reading: &Reading, number: u64, line: &[u8]) {
    let _ = writeln!(text, "\n  line {number}: {}", visible(line));
    let scratch = Scratch::default();
    let Some(bare) = reading.parser.unwrap(line, &scratch).next() else { return };
    if bare.text != line {
        let _ = writeln!(text, "  inside: {}", visible(bare.text));
    }
    list(text, &reading.parser.shape().explain(bare.text));
    let mut record = Record::default();
    let _ = match reading.parser.read_unwrapped(&bare, Quotes::UNKNOWN, &scratch, &mut record) {
        Line::Request => writeln!(text, "  read as  {}", say(&record)),
        Line::Sister(sister) => {
            writeln!(text, "  read as  {} ({})", say(&record), FORMATS[sister].help)
        }
        Line::Skip(skip) => writeln!(text, "  skipped  {}", skip.name()),
        Line::Reject(reject) => writeln!(text, "  rejected {}", reject.name()),
    };
}

/// Values by name.
fn list(text: &mut String, values: &[(String, Vec<u8>)]) {
    let names: Vec<String> = values.iter().map(|(name, _)| shown_name(name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(40);
    for (name, (_, value)) in names.iter().zip(values) {
        let _ = writeln!(text, "    {name:<width$}  {}", visible(value));
    }
}

/// The name of a field. It may be a key of the log, and it begins a line, where `::` or `##[` would
/// be a command to a build service: what is no plain word is quoted.
fn shown_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "$%{}^<>_-.,/ :;".contains(c);
    let name = Text::new(name.as_bytes()).visible();
    if name.chars().all(is_plain) && !name.starts_with(':') { name } else { format!("'{name}'") }
}

/// A record in one line.
fn say(record: &Record<'_>) -> String {
    let status = match record.status {
        Status::Code(code) => code.to_string(),
        Status::None(spelling) => format!("no status ({})", spelling.name()),
    };
    let time = record.time.map_or("no time".into(), |time| Time(time).to_string());
    let mut text = format!("{status} at {time}");
    if let Some(micros) = record.duration {
        let _ = write!(text, ", {} s", micros as f64 / 1e6);
    }
    match record.upstream.attempts {
        0 => {}
        1 => text.push_str(", from an upstream"),
        attempts => {
            let _ = write!(text, ", after {attempts} upstream attempts");
        }
    }
    if record.recovered {
        text.push_str(", leniently: the line breaks its format");
    }
    text
}

/// A line or value, shortened.
fn visible(bytes: &[u8]) -> String {
    const LONGEST: usize = 400;
    let mut text = Text::new(&bytes[..bytes.len().min(LONGEST)]).visible();
    if bytes.len() > LONGEST {
        let _ = write!(text, "… ({} bytes)", bytes.len());
    }
    text
}

/// A line of the only source, by its number from 1.
fn line(input: &Input, number: u64) -> Option<Vec<u8>> {
    let mut chunk = Chunk::default();
    let mut before = 0;
    // One worker gets the chunks of one source in order.
    while input.next(0, &mut chunk) {
        for line in chunk.bytes().split_inclusive(|byte| *byte == b'\n') {
            before += 1;
            if before == number {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                return Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec());
            }
        }
    }
    None
}
