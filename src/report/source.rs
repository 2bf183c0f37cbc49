//! The part of the report that says what was read, and how.

use super::Text;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was read.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// One entry for each file or stream, in the order given, each followed by one for every other
    /// format that lines of it were read in ([`Source::mixed_in`]).
    pub sources: Vec<Source>,
    /// Lines read; `lines = parsed + skipped + rejected`.
    pub lines: u64,
    /// Lines read as requests.
    pub parsed: u64,
    /// Lines that are no requests and no faults.
    pub skipped: u64,
    /// Lines that were not understood.
    pub rejected: u64,
    /// Parsed lines that `--where`, `--since`, `--until` or `--last` left out of the counts;
    /// `parsed = totals.requests + filtered + set_aside`.
    pub filtered: u64,
    /// Parsed lines that are no client's requests, see [`Report::set_aside`](super::Report::set_aside).
    pub set_aside: u64,
    /// Decompressed bytes read.
    pub bytes: u64,
}

impl Input {
    /// The entries of each file or stream: its own, then those of its other formats.
    pub fn files(&self) -> impl Iterator<Item = &[Source]> {
        files(&self.sources)
    }
}

/// As [`Input::files`], of these sources.
pub(crate) fn files(sources: &[Source]) -> impl Iterator<Item = &[Source]> {
    sources.chunk_by(|_, next| next.mixed_in)
}

/// One file or stream, or the lines of it that are in another format.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// The path as given, `-` for standard input.
    pub name: Text,
    /// True for lines of the source before that are in another format than its own (mixed virtual
    /// hosts): they are counted here and not there.
    pub mixed_in: bool,
    /// Name of the format; null when nothing in it could be read.
    pub format: Option<String>,
    /// The format as the server's own format string, or its JSON keys.
    pub format_string: Option<Text>,
    /// True when the format was found by looking at a sample, false when it was given.
    pub detected: bool,
    /// Lines of the sample that the format explains, of the sample's lines.
    pub sample: Option<Share>,
    /// `none`, `gzip`, `zstd`, `bzip2` or `xz`.
    pub compression: &'static str,
    /// How the entries of the file stand in it: `none` when each is a line, else what holds them
    /// together (`array`, `records`); null when it was not looked at.
    pub framing: Option<String>,
    /// What is around each line, the outermost first (`docker json-file`, `syslog`).
    pub wrappers: Vec<String>,
    /// Lines read.
    pub lines: u64,
    /// Lines read as requests.
    pub parsed: u64,
    /// Of those, lines that broke their format and were read leniently.
    pub recovered: u64,
    /// Lines left out, by kind.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Lines not understood, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// At most three lines for each reason.
    pub reject_samples: Vec<RejectSample>,
    /// The field that the time is read from.
    pub time_field: Option<String>,
    /// `start` or `end` of the request; `start_or_end` when the log does not tell.
    pub time_meaning: Option<&'static str>,
    /// The field that the latency is read from; null when there is none.
    pub latency_field: Option<String>,
    /// Unit of that field in the log.
    pub latency_unit: Option<&'static str>,
    /// A column or key that looks like a latency and was not read, and the flag that settles it;
    /// null when there is none.
    pub unread_latency: Option<String>,
    /// UTC offsets seen in the sample (`+02:00`), or the zone that was assumed.
    pub zone: Option<String>,
    /// What is doubtful about the reading.
    pub notes: Vec<String>,
    /// Why the source could not be read to its end; null when it was.
    pub error: Option<String>,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Share {
    /// The part.
    pub count: u64,
    /// The whole.
    pub total: u64,
}

/// A line that was not understood.
#[derive(Clone, Debug, Serialize)]
pub struct RejectSample {
    /// Name of the reason.
    pub reason: &'static str,
    /// Line number, from 1.
    pub line: u64,
    /// The first bytes of the line.
    pub text: Text,
}
