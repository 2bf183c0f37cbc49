//! Lines in another format than that of their log: the virtual hosts of one server, a server whose
//! format was changed, logs that were put together. Each such line is read by itself, by the format
//! that explains most of it, so that neither the cut into chunks nor the lines around it matter.

use super::field::Field;
use super::product::Rule;
use super::template::Template;
use super::{FORMATS, ONLY_GIVEN, Scratch, Shape, detect};
use crate::record::Record;
use std::sync::LazyLock;

/// Formats of which a line that breaks their rules is still read: see [`Template::recover`].
const LENIENT: [&str; 6] = [
    "apache-combined",
    "apache-common",
    "nginx-main",
    "apache-vhost-combined",
    "apache-vhost-noport-combined",
    "apache-vhost-common",
];

/// A text format that may stand between the lines of another.
struct Sister {
    /// Its place in [`FORMATS`].
    at: usize,
    template: Template,
    rule: Option<Rule>,
    lenient: bool,
    /// It begins with a virtual host.
    has_host: bool,
    /// It has the host where others have a dash.
    needs_host: bool,
    /// Name of its X-Forwarded-For.
    forwarded: Option<String>,
}

/// Every text format, those that explain most columns first.
static SISTERS: LazyLock<Vec<Sister>> = LazyLock::new(|| {
    let text = FORMATS
        .iter()
        .enumerate()
        .filter(|(_, format)| !ONLY_GIVEN.contains(&format.name) && !format.string.is_empty());
    let compiled = text.filter_map(|(at, format)| {
        let Ok(Shape::Template(template)) = format.shape(&[], None) else { return None };
        let names = || template.names();
        let forwarded = names().find(|(_, field)| *field == Field::Addresses);
        Some(Sister {
            at,
            has_host: names().take(2).map(|(_, field)| field).eq([Field::Host, Field::Client]),
            needs_host: names().take(2).map(|(_, field)| field).eq([Field::Client, Field::Host]),
            forwarded: forwarded.map(|(name, _)| name.to_owned()),
            rule: format.product.rule(),
            lenient: LENIENT.contains(&format.name),
            template,
        })
    });
    let mut sisters: Vec<_> = compiled.collect();
    sisters.sort_by_key(|sister| std::cmp::Reverse(sister.template.columns()));
    sisters
});

/// Reads a line that is exactly of some other format than `main` (the name of an entry): the place
/// of that format in [`FORMATS`]. A latency in whose unit formats that are as good disagree is
/// dropped; a line on whose status or time they disagree is not read.
pub(super) fn read<'a>(
    main: &str,
    line: &'a [u8],
    scratch: &'a Scratch,
    record: &mut Record<'a>,
) -> Option<usize> {
    let mut found: Option<(&Sister, Record<'a>)> = None;
    for sister in SISTERS.iter().filter(|sister| FORMATS[sister.at].name != main) {
        if let Some((first, _)) = &found
            && first.template.columns() != sister.template.columns()
        {
            break;
        }
        let Some(read) =
            sister.template.record(line).ok().filter(|read| sister.is_likely(read, line))
        else {
            continue;
        };
        match &mut found {
            None => found = Some((sister, read)),
            Some((_, first)) if (first.status, first.time) != (read.status, read.time) => {
                return None;
            }
            Some((_, first)) => {
                let same = match (first.duration, read.duration) {
                    (Some(a), Some(b)) => a.abs_diff(b) <= detect::SAME_MICROS,
                    (a, b) => a.is_some() == b.is_some(),
                };
                if !same {
                    first.duration = None;
                }
            }
        }
    }
    let (sister, read) = found?;
    *record = read;
    if let Some(rule) = sister.rule {
        rule(record, &scratch.arena);
    }
    Some(sister.at)
}

/// Reads a line that breaks the rules of some other format, leniently.
pub(super) fn recover<'a>(main: &str, line: &'a [u8], record: &mut Record<'a>) -> Option<usize> {
    let lenient = SISTERS.iter().filter(|sister| sister.lenient && FORMATS[sister.at].name != main);
    let (sister, read) =
        { lenient }.find_map(|sister| Some((sister, sister.template.recover(line)?)))?;
    *record = read;
    Some(sister.at)
}

impl Sister {
    /// Whether the values can be what the format says they are: an address before the client is one
    /// that was forwarded for, not a virtual host, and quoted text is not X-Forwarded-For for that
    /// alone.
    fn is_likely(&self, read: &Record<'_>, line: &[u8]) -> bool {
        let forwarded = |name: &String| {
            let values = self.template.explain(line);
            let value = values.iter().find(|(value, _)| value == name);
            value.is_none_or(|(_, value)| detect::is_address_list(value))
        };
        (!self.needs_host || read.host.is_some())
            && (!self.has_host || read.host.is_none_or(|host| !detect::is_no_host(host)))
            && self.forwarded.as_ref().is_none_or(forwarded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Status;

    const COMBINED: &str =
        r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET /a HTTP/1.1" 200 5 "-" "x""#;

    fn read(tail: &str) -> Option<(&'static str, Status, Option<u64>)> {
        let line = format!("{COMBINED}{tail}");
        let (scratch, mut record) = (Scratch::default(), Record::default());
        let at = super::read("apache-common", line.as_bytes(), &scratch, &mut record)?;
        Some((FORMATS[at].name, record.status, record.duration))
    }

    #[test]
    fn a_line_is_read_by_the_format_that_explains_most_of_it() {
        let ok = Status::Code(200);
        for (tail, expected) in [
            ("", Some(("nginx-combined", ok, None))),
            (" 0.120 0.119", Some(("nginx-combined-times", ok, Some(120_000)))),
            (r#" "198.51.100.7" 0.120"#, Some(("nginx-main-time", ok, Some(120_000)))),
            // The unit of a whole number is in doubt: microseconds, milliseconds or seconds.
            (" 1834", Some(("apache-combined-us", ok, None))),
            // Formats disagree on which of the two is the latency.
            (" 0.300 0.120", Some(("nginx-combined-times", ok, None))),
            (r#" "no address""#, None),
            (" what is this", None),
        ] {
            assert_eq!(read(tail), expected, "{tail}");
        }
    }
}
