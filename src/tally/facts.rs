//! What a line tells of a failure beside its status: who answered, how far the request came, and how
//! much was sent. Rules of diagnosis read these and not raw status codes, as products write the same
//! fault with different codes.

use crate::record::{NoStatus, Producer, Record, RequestLine, Status};

/// The facts of one request. What its line does not say is `None`; whether the log would say it of
/// other requests, only these tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// Bytes sent, in the format's own meaning; at most 4 GiB.
    pub bytes: Option<u32>,
    /// Time to connect to the upstream, microseconds; at most 71 minutes, as are the others.
    pub connect: Option<u32>,
    /// Time to the header of the upstream's answer, microseconds.
    pub header: Option<u32>,
    /// Time that the upstreams took in all, microseconds.
    pub upstream: Option<u32>,
    /// What the upstream tried last answered.
    pub answer: Answer,
    /// Upstreams that were tried; 0 when none was or the line does not say.
    pub attempts: u8,
    /// Who made the status.
    pub producer: Option<Producer>,
    /// What became of the request line.
    pub request: RequestLine,
    /// How the line says that there is no status.
    pub no_status: Option<NoStatus>,
    /// Whether the connection was aborted before the response was complete.
    pub aborted: bool,
    /// Of the target with its query: other targets have other numbers, but by chance.
    pub target: u32,
}

/// What an upstream answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The log does not say.
    #[default]
    Untold,
    /// There was none.
    None,
    /// This status.
    Status(u16),
}

impl Facts {
    /// The facts that a line tells.
    pub fn of(record: &Record<'_>) -> Self {
        let upstream = &record.upstream;
        let time = |time: Option<u64>| time.map(|time| u32::try_from(time).unwrap_or(u32::MAX));
        Self {
            bytes: time(record.bytes),
            connect: time(upstream.connect),
            header: time(upstream.header),
            upstream: time(upstream.duration),
            answer: match upstream.status {
                Status::Code(code) => Answer::Status(code),
                Status::None(NoStatus::Missing) => Answer::Untold,
                Status::None(_) => Answer::None,
            },
            attempts: u8::try_from(upstream.attempts).unwrap_or(u8::MAX),
            producer: record.producer(),
            request: record.request,
            no_status: match record.status {
                Status::None(spelling) => Some(spelling),
                Status::Code(_) => None,
            },
            aborted: record.aborted,
            target: record.target.map_or(0, name),
        }
    }
}

/// A number of a text, the same on every machine: eight bytes at a time, as a multiplicative hash
/// does (FNV-1a, byte by byte, took 1 % of a whole run).
fn name(text: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = text.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(FACTOR).rotate_left(29);
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let hash = words.fold(text.len() as u64, mix);
    let rest = rest.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    (mix(hash, rest).wrapping_mul(FACTOR) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Upstream;

    #[test]
    fn a_line_tells_what_it_has() {
        assert_eq!(
            Facts::of(&Record::default()),
            Facts { no_status: Some(NoStatus::Missing), ..Facts::default() }
        );
        let upstream = Upstream {
            attempts: 300,
            status: Status::None(NoStatus::Dash),
            connect: Some(u64::MAX),
            header: Some(7),
            ..Upstream::default()
        };
        let record = Record {
            status: Status::Code(502),
            bytes: Some(157),
            target: Some(b"/a?b=1"),
            upstream,
            ..Record::default()
        };
        let facts = Facts::of(&record);
        assert_eq!(
            (facts.bytes, facts.connect, facts.header),
            (Some(157), Some(u32::MAX), Some(7))
        );
        assert_eq!((facts.answer, facts.attempts), (Answer::None, 255));
        assert_eq!((facts.producer, facts.no_status), (Some(Producer::Proxy), None));
        let other = Record { target: Some(b"/a?b=2"), ..record };
        assert_ne!(Facts::of(&other).target, facts.target);
    }
}
