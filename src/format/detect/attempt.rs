//! What one text format reads of a sample, and whether that can be.

use super::Candidate;
use crate::format::field::{Field, TimeShape, present};
use crate::format::template::Template;
use crate::format::{Dialect, Format};
use crate::record::Record;

/// Latencies that differ by less are the same reading: `$upstream_response_time` ends a little
/// before `$request_time`.
pub(in crate::format) const SAME_MICROS: u64 = 5_000;
/// A 99th percentile of a day means that the unit is another.
const LONGEST_MICROS: u64 = 86_400_000_000;

/// A text format and what it reads of the sample.
pub(super) struct Attempt<'a> {
    pub(super) format: &'static Format,
    pub(super) template: Template,
    pub(super) records: Vec<Option<Record<'a>>>,
}

/// What a glance at a sample tells of the formats that it can be in, before they are compiled.
pub(super) struct Sight {
    /// Quotes in the line that has most of them.
    quotes: usize,
    /// Whether some line begins with a byte.
    first: [bool; 256],
}

impl Sight {
    pub(super) fn of(lines: &[&[u8]]) -> Self {
        let mut sight = Self { quotes: 0, first: [false; 256] };
        for line in lines {
            sight.quotes = sight.quotes.max(memchr::memchr_iter(b'"', line).count());
            if let Some(first) = line.first() {
                sight.first[usize::from(*first)] = true;
            }
        }
        sight
    }

    /// False when no line can be of this format: they have too few quotes, or begin with something
    /// else than its string. Only nginx and Apache write every quote of their strings.
    pub(super) fn allows(&self, format: &Format) -> bool {
        let string = format.string.as_bytes();
        let is_value = |byte: u8| matches!(byte, b'$' | b'%' | b'{');
        let begins = |byte: &u8| is_value(*byte) || self.first[usize::from(*byte)];
        let quotes = match format.dialect {
            Dialect::Nginx | Dialect::Apache => memchr::memchr_iter(b'"', string).count(),
            _ => 0,
        };
        string.first().is_some_and(begins) && quotes <= self.quotes
    }
}

impl Attempt<'_> {
    pub(super) fn read(&self) -> u64 {
        self.records.iter().flatten().count() as u64
    }

    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            name: self.format.name.into(),
            read: self.read(),
            sampled: self.records.len() as u64,
            columns: self.template.columns(),
        }
    }

    /// Whether the latencies can be what the format says they are.
    pub(super) fn has_plausible_latencies(&self) -> bool {
        let mut latencies: Vec<u64> =
            self.records.iter().flatten().filter_map(|record| record.duration).collect();
        latencies.sort_unstable();
        let high = latencies.get((latencies.len() * 99).div_ceil(100).saturating_sub(1));
        // A request takes at least as long as its upstreams; their clocks differ a little.
        let both: Vec<_> = self
            .records
            .iter()
            .flatten()
            .filter_map(|record| Some((record.duration?, record.upstream.duration?)))
            .collect();
        let reversed =
            both.iter().filter(|(own, up)| own.saturating_add(SAME_MICROS) < *up).count();
        high.is_none_or(|high| *high < LONGEST_MICROS) && reversed * 20 <= both.len()
    }

    /// Whether the other values can be: quoted text is not X-Forwarded-For for that alone, two
    /// numbers are not %I and %O, an address in front is a client that was forwarded for, not a
    /// virtual host, and a word after the client is a virtual host only if it looks like one.
    /// Strangers write some of these values, so a tenth may be anything.
    pub(super) fn has_plausible_values(&self, lines: &[&[u8]]) -> bool {
        let names = || self.template.names();
        let forwarded = names().find(|(_, field)| *field == Field::Addresses);
        let has_sizes =
            names().any(|(name, _)| name == "%O") && names().any(|(name, _)| name == "%b");
        // With a port it is a virtual host, whatever its name.
        let has_host = names().take(2).map(|(_, field)| field).eq([Field::Host, Field::Client]);
        // Between the client and the user; else it is the identd user.
        let is_lighttpd = names().take(2).map(|(_, field)| field).eq([Field::Client, Field::Host]);
        let has_port =
            names().take(3).map(|(_, field)| field).eq([Field::Host, Field::Number, Field::Client]);
        if forwarded.is_none() && !has_sizes && !has_host && !is_lighttpd && !has_port {
            return true;
        }
        let read: Vec<_> =
            lines.iter().zip(&self.records).filter(|(_, read)| read.is_some()).collect();
        let odd = read.iter().filter(|(line, record)| {
            let values = self.template.explain(line);
            let value = |wanted: &str| {
                values.iter().find(|(name, _)| *name == wanted).map_or(&b""[..], |(_, value)| value)
            };
            let size = |name| crate::time::integer(value(name)).unwrap_or(0);
            let host = record.as_ref().and_then(|record| record.host).unwrap_or(b"-");
            forwarded.is_some_and(|(name, _)| !is_address_list(value(name)))
                || has_sizes && size("%O") < size("%b")
                || has_host && is_no_host(host) && present(host).is_some()
                // The colons of an IPv6 address pass for the one before a port.
                || has_port && host.contains(&b':') && !host.starts_with(b"[")
                || is_lighttpd && !host.contains(&b'.') && !host.contains(&b':')
        });
        odd.count() * 10 <= read.len()
    }
}

/// Whether a text before the client is no virtual host: an address that was forwarded for, or what a
/// wrapper puts there: a time, the tag of syslog (`nginx:`), kubectl's `[pod/web-1/nginx]`.
pub(in crate::format) fn is_no_host(text: &[u8]) -> bool {
    is_address_list(text)
        || text.ends_with(b":")
        || memchr::memchr2(b'/', b'[', text).is_some()
        || TimeShape::Iso8601.read(text).is_some()
}

/// Whether a text is a list of IP addresses, perhaps with ports, or says that there is none.
pub(in crate::format) fn is_address_list(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    text.split(',').map(str::trim).all(|item| {
        let bare = item.strip_prefix('[').and_then(|item| item.split(']').next());
        let without_port = item.rsplit_once(':').map_or(item, |(address, _)| address);
        let address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
        matches!(item, "" | "-" | "unknown" | "unix:")
            || bare.is_some_and(address)
            || address(item)
            || address(without_port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_client() {
        for (text, is_host) in [
            ("www.example.com", true),
            ("_", true),
            ("www.example.com:8443", true),
            ("192.0.2.1", false),
            ("192.0.2.1:80", false),
            ("2001:db8::1", false),
            ("[2001:db8::1]:443", false),
            ("-", false),
            ("2025-10-10T13:55:01Z", false),
            ("[pod/web-1/nginx]", false),
            ("nginx:", false),
            ("nginx[12]:", false),
        ] {
            assert_eq!(!is_no_host(text.as_bytes()), is_host, "{text}");
        }
    }
}
