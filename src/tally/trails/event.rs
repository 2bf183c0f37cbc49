//! One request of a trail, in as few bytes as tell one from another.

use crate::record::Record;
use crate::tally::sample::{Seen, fold};

/// The method of a request, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// Another, or none.
    Other,
}

impl Method {
    /// Every method, in the order of their discriminants.
    pub const ALL: [Self; 8] = [
        Self::Get,
        Self::Head,
        Self::Options,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Other,
    ];

    #[inline]
    pub(super) fn of(method: Option<&[u8]>) -> Self {
        match method {
            Some(b"GET") => Self::Get,
            Some(b"POST") => Self::Post,
            Some(b"HEAD") => Self::Head,
            Some(b"OPTIONS") => Self::Options,
            Some(b"PUT") => Self::Put,
            Some(b"PATCH") => Self::Patch,
            Some(b"DELETE") => Self::Delete,
            _ => Self::Other,
        }
    }

    /// POST, PUT, PATCH or DELETE.
    #[inline]
    pub fn is_write(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch | Self::Delete)
    }
}

/// One request of a trail, in 16 bytes. Their order is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When it began, in milliseconds above [`EARLIEST`]; outcome and method in the lower bits.
    when: u64,
    path: u32,
    query: u16,
    /// In units of 2^14 microseconds; [`UNTIMED`] when it was not measured.
    latency: u16,
}

const METHOD_BITS: u32 = 4;
const OUTCOME_BITS: u32 = 10;
const WHEN_BITS: u32 = METHOD_BITS + OUTCOME_BITS;
/// The earliest time that can be told, in milliseconds since 1970: 17 000 years before.
const EARLIEST: i64 = -(1 << (63 - WHEN_BITS));
const LATENCY_BITS: u32 = 14;
const UNTIMED: u16 = u16::MAX;

impl Event {
    pub(super) fn new(record: &Record<'_>, method: Method, seen: &Seen) -> Self {
        let time = seen.began.div_euclid(1000).clamp(EARLIEST, -EARLIEST - 1) - EARLIEST;
        let low = u64::from(seen.outcome) << METHOD_BITS | method as u64;
        let target = record.target.unwrap_or_default();
        let end = memchr::memchr(b'?', target).unwrap_or(target.len());
        let units = |latency: u64| (latency >> LATENCY_BITS).min(u64::from(UNTIMED - 1)) as u16;
        Self {
            when: (time as u64) << WHEN_BITS | low,
            path: hash(&target[..end]) as u32,
            query: hash(&target[end..]) as u16,
            latency: seen.latency.map_or(UNTIMED, units),
        }
    }

    /// When it began, milliseconds since 1970 UTC.
    pub fn began(&self) -> i64 {
        (self.when >> WHEN_BITS) as i64 + EARLIEST
    }

    /// When it ended, milliseconds since 1970 UTC, up to 17 too early; when it began, if nobody
    /// measured how long it took.
    pub fn ended(&self) -> i64 {
        let latency = if self.latency == UNTIMED { 0 } else { i64::from(self.latency) };
        self.began() + ((latency << LATENCY_BITS) / 1000)
    }

    /// Its outcome, see [`outcome`](crate::tally::signals::outcome).
    pub fn outcome(&self) -> u16 {
        (self.when >> METHOD_BITS) as u16 & ((1 << OUTCOME_BITS) - 1)
    }

    /// Its method.
    pub fn method(&self) -> Method {
        let place = self.when as usize & ((1 << METHOD_BITS) - 1);
        *Method::ALL.get(place).unwrap_or(&Method::Other)
    }

    /// A hash of its path, without the query. One in four billion pairs has the same by chance.
    pub fn path(&self) -> u32 {
        self.path
    }

    /// A hash of its path and its query.
    pub fn target(&self) -> u64 {
        u64::from(self.path) << 16 | u64::from(self.query)
    }
}

/// A number that looks random and depends on all of a text (wyhash's mixing step,
/// <https://github.com/wangyi-fudan/wyhash>).
#[inline]
pub(super) fn hash(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let rest = rest.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let start = text.len() as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let sum = words.iter().fold(start, |sum, word| fold(sum, u64::from_le_bytes(*word)));
    fold(fold(sum, rest), 0x2d35_8dcc_aa6c_78a5)
}
