//! What a container runtime, syslog, a shipper or a cloud puts around an access-log line.
//!
//! A [`Wrapper`] takes one layer off; there may be several (Compose around Docker's timestamps, a
//! shipper's JSON around syslog), which the caller finds one after the other. Runtimes also cut
//! long lines into several: [`join`] puts them together again.
//!
//! To add a key under which a shipper keeps the line, add it to the table in `envelope`.

mod container;
mod envelope;
pub mod join;
mod syslog;

use crate::time::{self, IsoMinute};
use bumpalo::Bump;
pub use envelope::Envelope;
use std::cell::Cell;

/// What stands around a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Docker's `json-file` driver: `{"log":"text\n","stream":"stdout","time":"2025-10-10T13:55:01Z"}`.
    /// A text without its line break goes on in the next line of the stream: Docker cuts at 16 KiB.
    Docker,
    /// The container runtime interface of Kubernetes: `time stdout F text`; `P` instead of `F` says
    /// that the text goes on in the next line of the stream.
    Cri,
    /// `journalctl -o json`: the line is `MESSAGE`, as a string or as an array of its bytes.
    Journald,
    /// `<190>1 time host app pid mid [data] text`, with or without a count of octets before it.
    /// Heroku leaves the structured data out.
    Rfc5424,
    /// `<190>Oct 10 13:55:01 host tag[pid]: text`, each of priority, year, host and tag there or not.
    Rfc3164,
    /// `2025-10-10T13:55:04+00:00 host tag[pid]: text`: rsyslog, `journalctl -o short-iso`, Fastly
    /// (also without a tag: two spaces behind the host), `heroku logs` (without a host).
    SyslogIso,
    /// Each line any of the three above.
    Syslog,
    /// `docker compose logs`: `web-1  | text`.
    Compose,
    /// `kubectl logs --prefix`: `[pod/name/container] text`.
    Kubectl,
    /// stern: `pod container text`, with a namespace before it or not.
    Stern,
    /// A time and the text: `docker logs -t`, `kubectl logs --timestamps`, CloudWatch's export.
    Timestamp,
    /// `host tag[pid]: text`, or `tag[pid]: text`: what is left of syslog without its time.
    Tag,
    /// A JSON object with the line in one string.
    Envelope(Envelope),
}

/// A line without its wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inner<'a> {
    /// The line, without a line end. Borrowed from the outer line, or unescaped into the arena.
    pub line: &'a [u8],
    /// The wrapper's time, microseconds since 1970 in UTC: for lines that have none. Only one with
    /// a year and a zone.
    pub time: Option<i64>,
    /// The stream that the line belongs to: 1 is a container's standard error, 0 any other.
    pub stream: u8,
    /// The line goes on in the next one of its stream.
    pub partial: bool,
}

impl<'a> Inner<'a> {
    /// A line that is whole.
    fn whole(line: &'a [u8], time: Option<i64>) -> Self {
        Self { line, time, stream: 0, partial: false }
    }
}

/// One line in so many may be something else: a banner, a message of the logger about itself.
const ODD_ONE_IN: usize = 10;

/// The text wrappers, the most telling first.
const OF_TEXT: &[Wrapper] = &[
    Wrapper::Cri,
    Wrapper::Rfc5424,
    Wrapper::Rfc3164,
    Wrapper::SyslogIso,
    Wrapper::Syslog,
    Wrapper::Kubectl,
    Wrapper::Compose,
    Wrapper::Stern,
    Wrapper::Timestamp,
    Wrapper::Tag,
];

impl Wrapper {
    /// The name used in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Docker => "docker json-file",
            Self::Cri => "CRI",
            Self::Journald => "journald JSON",
            Self::Rfc5424 => "syslog (RFC 5424)",
            Self::Rfc3164 => "syslog (RFC 3164)",
            Self::SyslogIso => "syslog (ISO time)",
            Self::Syslog => "syslog (mixed)",
            Self::Compose => "docker compose",
            Self::Kubectl => "kubectl",
            Self::Stern => "stern",
            Self::Timestamp => "timestamp",
            Self::Tag => "syslog tag",
            Self::Envelope(envelope) => envelope.name(),
        }
    }

    /// Wrappers that unwrap at least 90 % of these sample lines, the most telling first. Blank
    /// lines do not count.
    ///
    /// A plain access log may look wrapped (one that starts with an ISO time is), so whoever asks
    /// tries the lines as they are first.
    pub fn candidates(lines: &[&[u8]]) -> Vec<Self> {
        let lines: Vec<&[u8]> =
            lines.iter().copied().filter(|line| !line.trim_ascii().is_empty()).collect();
        if lines.is_empty() {
            return Vec::new();
        }
        if nearly_all(&lines, |line| line.trim_ascii_start().starts_with(b"{")) {
            return envelope::candidates(&lines);
        }
        let fits = |wrapper: &&Self| {
            let mut arena = Bump::new();
            nearly_all(&lines, |line| {
                arena.reset();
                wrapper.unwrap(line, &arena).is_some()
            })
        };
        let mut found: Vec<Self> = OF_TEXT.iter().filter(fits).copied().collect();
        // One kind says more than any of them.
        if found.iter().any(|one| matches!(one, Self::Rfc5424 | Self::Rfc3164 | Self::SyslogIso)) {
            found.retain(|one| *one != Self::Syslog);
        }
        found
    }

    /// Takes the wrapper off a line, which has no line break. `None`: the line is not wrapped so.
    pub fn unwrap<'a>(&self, line: &'a [u8], arena: &'a Bump) -> Option<Inner<'a>> {
        self.unwrap_after(line, arena, &Cell::default())
    }

    /// The same, where the minute of the line before is known.
    fn unwrap_after<'a>(
        &self,
        line: &'a [u8],
        arena: &'a Bump,
        minute: &Cell<IsoMinute>,
    ) -> Option<Inner<'a>> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self {
            Self::Docker => envelope::docker(line, arena),
            Self::Journald => envelope::journald(line, arena),
            Self::Envelope(envelope) => envelope.unwrap(line, arena),
            Self::Cri => container::cri(line, minute),
            Self::Compose => container::compose(line),
            Self::Kubectl => container::kubectl(line),
            Self::Stern => container::stern(line),
            Self::Timestamp => container::timestamp(line, minute),
            Self::Rfc5424 => syslog::rfc5424(line, minute),
            Self::Rfc3164 => syslog::rfc3164(line),
            Self::SyslogIso => syslog::iso(line, minute),
            Self::Syslog => syslog::rfc5424(line, minute)
                .or_else(|| syslog::rfc3164(line))
                .or_else(|| syslog::iso(line, minute)),
            Self::Tag => syslog::tagged(line),
        }
    }

    /// Takes several wrappers off, the outermost first. Stream and `partial` are what the innermost
    /// says; the time is that of the innermost that has one, which is nearest to the request.
    /// `minute` is that of the line before. `None`: one of them is not there.
    pub fn unwrap_all<'a>(
        wrappers: &[Self],
        line: &'a [u8],
        arena: &'a Bump,
        minute: &Cell<IsoMinute>,
    ) -> Option<Inner<'a>> {
        wrappers.iter().try_fold(Inner::whole(line, None), |outer, wrapper| {
            let inner = wrapper.unwrap_after(outer.line, arena, minute)?;
            Some(Inner { time: inner.time.or(outer.time), ..inner })
        })
    }

    /// Whether it cuts long lines, so that a [`join::Joiner`] has to put them together. Wrappers
    /// within this one are around the joined line, not around each piece.
    pub fn splits(&self) -> bool {
        !self.streams().is_empty()
    }

    /// For wrappers that cut lines: what stands in every line of a stream, by its number.
    fn streams(&self) -> &'static [&'static [u8]] {
        match self {
            Self::Docker => &[b"stdout", b"stderr"],
            Self::Cri => &[b" stdout ", b" stderr "],
            _ => &[],
        }
    }
}

/// Whether a thing holds for nine lines in ten.
fn nearly_all(lines: &[&[u8]], mut holds: impl FnMut(&[u8]) -> bool) -> bool {
    let mut odd = 0;
    lines.iter().all(|line| {
        odd += usize::from(!holds(line));
        odd * ODD_ONE_IN <= lines.len()
    })
}

/// The first word and what follows the space behind it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b' ', text)?;
    (end > 0).then(|| (&text[..end], &text[end + 1..]))
}

/// An ISO 8601 time with a zone; of most lines in the minute of the one before.
fn instant(text: &[u8], minute: &Cell<IsoMinute>) -> Option<i64> {
    let zone = text.get(19..)?;
    let is_zone = |byte: &u8| matches!(byte, b'Z' | b'z' | b'+' | b'-');
    if !zone.last().is_some_and(is_zone) && !zone.iter().any(is_zone) {
        return None;
    }
    let near = IsoMinute::iso8601(minute, text);
    near.or_else(|| time::iso8601(text, 0).filter(|time| time::is_of_a_log(*time)))
}

#[cfg(test)]
mod tests;
