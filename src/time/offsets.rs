//! Times of a log that carry no zone, in the zone that the user says they are in.

use super::SECOND;

/// The offsets from UTC of one zone over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// From which local time (microseconds since 1970, as if in UTC) which offset (microseconds
    /// east of UTC) holds, in order.
    spans: Vec<(i64, i64)>,
}

impl Offsets {
    /// The offset of a zone at its beginning, and its changes in order: the time of each in seconds
    /// since 1970 UTC, and the offset from then on; offsets in seconds east of UTC.
    ///
    /// A local time that is there twice, as clocks go back, is taken for the first of the two; one
    /// that clocks skip, for what it would be without the change. That is what RFC 5545 says.
    pub fn new(first: i64, changes: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut spans = vec![(i64::MIN, first * SECOND)];
        let mut before = first;
        for (at, offset) in changes {
            if offset != before {
                spans.push(((at + before.max(offset)) * SECOND, offset * SECOND));
            }
            before = offset;
        }
        Self { spans }
    }

    /// The UTC time of a local one; both in microseconds since 1970.
    #[inline]
    pub fn utc(&self, local: i64) -> i64 {
        let at = self.spans.partition_point(|(from, _)| *from <= local);
        // The first span begins before every time.
        local - self.spans[at.saturating_sub(1)].1
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{iso8601, rfc3339};
    use super::*;

    #[test]
    fn clocks_go_forward_and_back() {
        // Berlin in 2025: from 30 March 01:00 UTC two hours, from 26 October 01:00 UTC one.
        let berlin = Offsets::new(3600, [(1_743_296_400, 7200), (1_761_440_400, 3600)]);
        for (local, utc) in [
            ("2025-01-01T12:00:00", "2025-01-01T11:00:00Z"),
            ("2025-03-30T01:59:59", "2025-03-30T00:59:59Z"),
            // Skipped.
            ("2025-03-30T02:30:00", "2025-03-30T01:30:00Z"),
            ("2025-03-30T03:00:00", "2025-03-30T01:00:00Z"),
            ("2025-07-01T12:00:00", "2025-07-01T10:00:00Z"),
            // Twice.
            ("2025-10-26T02:30:00", "2025-10-26T00:30:00Z"),
            ("2025-10-26T03:00:00", "2025-10-26T02:00:00Z"),
        ] {
            let found = berlin.utc(iso8601(local.as_bytes(), 0).unwrap());
            assert_eq!(rfc3339(found), utc, "{local}");
        }
    }
}
