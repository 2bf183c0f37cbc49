//! Reads the lines of one source: in its format, in one that may stand in between, leniently, or
//! not at all.

use super::marks::Quotes;
use super::product::{Product, Rule};
use super::relay::Relay;
use super::wrapper::join::Joiner;
use super::{Shape, columns, haproxy, sisters};
use crate::record::{Record, Reject, Skip};
use crate::time::{IsoMinute, Minute, Offsets};
use bumpalo::Bump;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use strangers::Strangers;
pub use wrapping::Unwrapped;
use wrapping::Wrapping;

mod strangers;
mod wrapping;

/// The longest line that is joined for a sample.
const SAMPLED: usize = 1 << 20;

/// Reads the lines of one source.
#[derive(Clone, Debug)]
pub struct Parser {
    shape: Shape,
    product: Product,
    /// What follows from the values of a line together.
    rule: Option<Rule>,
    /// Where lines of other formats may stand in between, the name of this one; it is empty when
    /// this one has none.
    main: Option<&'static str>,
    /// The zone of times that carry none.
    zone: Option<Arc<Offsets>>,
    wrapping: Wrapping,
}

/// What a reader of lines keeps from line to line.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Text that had to be rewritten (JSON escapes, routes); records borrow from it.
    pub arena: Bump,
    pub(super) minute: Cell<Minute>,
    pub(super) iso_minute: Cell<IsoMinute>,
    /// The same of what is around the lines, whose zone may be another.
    outer_minute: Cell<IsoMinute>,
    /// What is in force in the chunk that is read, see [`Parser::enter`].
    pub(super) carry: RefCell<Option<Carry>>,
    /// JSON of other products than that of the log.
    pub(super) strangers: RefCell<Strangers>,
}

/// What the lines of a source say of those that follow.
#[derive(Clone, Debug, Default)]
pub struct Carry {
    pub(super) columns: columns::State,
    /// Lines that a container runtime has cut, and whose rest is to come.
    pub(super) joiner: Option<Joiner>,
}

impl Scratch {
    /// Frees the rewritten text.
    pub fn reset(&mut self) {
        self.arena.reset();
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A request, which is now in the record.
    Request,
    /// A request in another format, of that place in [`super::FORMATS`].
    Sister(usize),
    /// No request and no fault.
    Skip(Skip),
    /// Not understood.
    Reject(Reject),
}

impl Parser {
    /// A parser for lines of one shape only.
    pub fn new(shape: Shape, product: Product) -> Self {
        Self {
            shape,
            product,
            rule: product.rule(),
            main: None,
            zone: None,
            wrapping: Wrapping::default(),
        }
    }

    /// Lets lines of other formats through, see [`Line::Sister`]. `main` is the format's own name.
    pub(super) fn with_sisters(self, main: &'static str) -> Self {
        Self { main: Some(main), ..self }
    }

    /// Takes the times for local ones of this zone: for a format whose times carry none.
    pub fn in_zone(self, zone: Arc<Offsets>) -> Self {
        Self { zone: Some(zone), ..self }
    }

    /// Which product wrote the lines.
    pub fn product(&self) -> Product {
        self.product
    }

    /// The shape of the main format.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The hand-over between the chunks of a source, where lines say what those after them mean. A
    /// source without one needs no [`Parser::enter`].
    ///
    /// `longest` is the length of the longest line that is joined of pieces.
    pub fn relay(&self, longest: usize) -> Option<Relay<Carry>> {
        let has_headers = matches!(&self.shape, Shape::Columns(columns) if columns.has_headers());
        (has_headers || self.wrapping.splits()).then(|| Relay::new(self.start(longest)))
    }

    /// What is in force at the start of a source.
    fn start(&self, longest: usize) -> Carry {
        let mut start = Carry { joiner: self.wrapping.joiner(longest), ..Carry::default() };
        if let Shape::Columns(columns) = &self.shape {
            start.columns = columns.start().clone();
        }
        start
    }

    /// A scratch for the lines of one source, read one after the other from its start.
    pub fn scratch(&self) -> Scratch {
        let scratch = Scratch::default();
        scratch.carry.replace(Some(self.start(SAMPLED)));
        scratch
    }

    /// Begins chunk `number` of a source, whose text is whole lines: finds out what is in force at
    /// its start, and tells the one who has the next. Every chunk must be entered, the empty too,
    /// as soon as it was taken. Lines of more than `longest` bytes will not be read.
    pub fn enter(
        &self,
        relay: &Relay<Carry>,
        number: u64,
        text: &[u8],
        longest: usize,
        scratch: &Scratch,
    ) {
        let start = relay.pass(number, |start| {
            let mut end = start.clone();
            if let Shape::Columns(columns) = &self.shape {
                end.columns = columns.behind(&start.columns, text, longest);
            }
            if let Some(joiner) = &start.joiner {
                end.joiner = Some(self.joiner_behind(joiner, text));
            }
            end
        });
        scratch.carry.replace(start);
    }

    /// Reads one line, without its line end, into a record that is still empty. The record means
    /// something after [`Line::Request`] and [`Line::Sister`] only. `quotes` are where the line's
    /// quotes are, if that is known.
    #[inline]
    pub fn read<'a>(
        &self,
        line: &'a [u8],
        quotes: Quotes<'_>,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Line {
        match self.shape.parse(line, quotes, scratch, record) {
            Ok(()) => {
                self.complete(record, scratch);
                Line::Request
            }
            Err(reject) => self.other(line, reject, scratch, record),
        }
    }

    /// Adds what follows from the values of a line together.
    #[inline]
    fn complete<'a>(&self, record: &mut Record<'a>, scratch: &'a Scratch) {
        if let Some(rule) = self.rule {
            rule(record, &scratch.arena);
        }
        if let Some(zone) = &self.zone {
            record.time = record.time.map(|local| zone.utc(local));
        }
    }

    /// What a line is that is not exactly of the main format.
    #[cold]
    fn other<'a>(
        &self,
        line: &'a [u8],
        reject: Reject,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Line {
        if let Some(skip) = skip(line) {
            return Line::Skip(skip);
        }
        if self.product == Product::HaProxy && haproxy::is_no_request(line.trim_ascii()) {
            return Line::Skip(Skip::NotAResponse);
        }
        if reject == Reject::MissingField && self.shape.has_status_key() {
            // It may be the response of another program.
            let found = self.main.and_then(|_| scratch.stranger(line, true, record));
            let found = found.map(Line::Sister).or_else(|| self.read_stray(line, scratch, record));
            return found.unwrap_or(Line::Skip(Skip::NotAResponse));
        }
        if let Shape::Columns(columns) = &self.shape
            && columns.is_names(line)
        {
            return Line::Skip(Skip::Comment);
        }
        if let Some(at) = self.main.and_then(|main| sisters::read(main, line, scratch, record)) {
            return Line::Sister(at);
        }
        if let Some(at) = self.main.and_then(|_| scratch.stranger(line, true, record)) {
            return Line::Sister(at);
        }
        if let Some(found) = self.read_stray(line, scratch, record) {
            return found;
        }
        if let Shape::Template(main) = &self.shape
            && let Some(found) = main.recover(line)
        {
            *record = found;
            self.complete(record, scratch);
            return Line::Request;
        }
        if let Some(at) = self.main.and_then(|main| sisters::recover(main, line, record)) {
            return Line::Sister(at);
        }
        Line::Reject(reject)
    }
}

/// The kind of a line that is no request and no fault.
pub(crate) fn skip(line: &[u8]) -> Option<Skip> {
    let text = line.trim_ascii();
    if text.iter().all(|byte| *byte == 0) {
        return Some(Skip::Blank);
    }
    if text[0] == b'#' {
        return Some(Skip::Comment);
    }
    is_error_log(text).then_some(Skip::ErrorLog)
}

/// Whether a line is of an error log: nginx (`2022/01/24 16:33:06 [error] 334#334: `), Apache
/// (`[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10`), or a Kubernetes controller's
/// own (`I0612 10:00:00.000000       7 main.go:1] `).
fn is_error_log(text: &[u8]) -> bool {
    // Zoraxy's lines begin with the same time, and another one in brackets.
    let nginx = text.len() > 21
        && text[4] == b'/'
        && text[7] == b'/'
        && text[10] == b' '
        && text[..4].iter().all(u8::is_ascii_digit)
        && text[19..].starts_with(b" [")
        && text[21].is_ascii_lowercase();
    let apache = text.len() > 22
        && text[0] == b'['
        && [&b"Mon "[..], b"Tue ", b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun "]
            .contains(&&text[1..5]);
    let controller = text.len() > 22
        && matches!(text[0], b'I' | b'W' | b'E' | b'F')
        && text[1..5].iter().all(u8::is_ascii_digit)
        && text[5] == b' '
        && text[8] == b':';
    nginx || apache || controller
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::format::FORMATS;
    use crate::format::marks::Marks;
    use proptest::prelude::*;

    fn read(parser: &Parser, line: &str, scratch: &Scratch) -> (Line, bool) {
        let mut record = Record::default();
        let found = parser.read(line.as_bytes(), Quotes::UNKNOWN, scratch, &mut record);
        (found, record.recovered)
    }

    /// A sample of some format with a few bytes changed, put in or taken out.
    fn damaged() -> impl Strategy<Value = Vec<u8>> {
        let samples: Vec<&str> =
            FORMATS.iter().flat_map(|format| format.samples).copied().collect();
        let byte = prop::sample::select(&b"\" \\-[]:.,09azGx\x00\xff"[..]);
        let edits = prop::collection::vec((any::<prop::sample::Index>(), byte, 0..3u8), 0..4);
        (prop::sample::select(samples), edits).prop_map(|(sample, edits)| {
            let mut line = sample.as_bytes().to_vec();
            for (at, byte, edit) in edits {
                let at = at.index(line.len());
                match edit {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    _ => drop(line.remove(at)),
                }
            }
            line
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// The short ways (known quotes, the combined columns, the minute of the line before) read
        /// what the long way reads.
        #[test]
        fn short_ways_change_nothing(lines in prop::collection::vec(damaged(), 1..4)) {
            let text = lines.join(&b'\n');
            let mut marks = Marks::default();
            marks.index(&text);
            for format in FORMATS.iter().filter(|format| !format.string.is_empty()) {
                let shape = format.shape(&[], None).unwrap();
                let (scratch, other) = (Scratch::default(), Scratch::default());
                for (line, quotes) in marks.lines(&text) {
                    // The minute of the line before stays only in the first.
                    other.minute.set(Minute::default());
                    let mut short = Record::default();
                    let mut long = Record::default();
                    let found = shape.parse(line, quotes, &scratch, &mut short).map(|()| short);
                    let expected = shape
                        .parse(line, Quotes::UNKNOWN, &other, &mut long)
                        .map(|()| long);
                    prop_assert_eq!(found, expected, "{}: {}", format.name, line.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn lines_that_are_no_requests() {
        for (line, kind) in [
            ("", Some(Skip::Blank)),
            ("\0\0 ", Some(Skip::Blank)),
            ("# comment", Some(Skip::Comment)),
            ("2022/01/24 16:33:06 [error] 334#334: *338 user \"toto\"", Some(Skip::ErrorLog)),
            (
                "[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 1]",
                Some(Skip::ErrorLog),
            ),
            ("I0612 10:00:00.000000       7 main.go:100] starting", Some(Skip::ErrorLog)),
            ("hello", None),
            ("192.0.2.1 - - [", None),
        ] {
            assert_eq!(skip(line.as_bytes()), kind, "{line}");
        }
    }

    #[test]
    fn lines_without_the_key_of_the_status_are_no_responses() {
        let start = r#"{"time":"2025-10-10T13:55:00Z","path":"/a","event":"start"}"#;
        let end = r#"{"time":"2025-10-10T13:55:00Z","path":"/a","status":404}"#;
        let null = r#"{"time":"2025-10-10T13:55:00Z","path":"/a","status":null}"#;
        let labels = "time:2025-10-10T13:55:00Z\turi:/a\tstatus:404";
        let learned = |name: &str, line: &str| {
            let format = FORMATS.iter().find(|format| format.name == name).unwrap();
            Parser::new(format.shape(&[line.as_bytes()], None).unwrap(), format.product)
        };
        let scratch = Scratch::default();
        let skipped = Line::Skip(Skip::NotAResponse);
        for (name, sample, line, found) in [
            ("json", end, end, Line::Request),
            ("json", end, null, Line::Request),
            ("json", end, start, skipped),
            ("json", end, "{}", skipped),
            ("json", end, "starting", Line::Reject(Reject::Json)),
            ("json", start, start, Line::Request),
            ("json", start, "{}", Line::Reject(Reject::MissingField)),
            ("ltsv", labels, labels, Line::Request),
            ("ltsv", labels, "time:2025-10-10T13:55:00Z\turi:/a", skipped),
            ("ltsv", labels, "level:info", Line::Reject(Reject::Shape)),
        ] {
            assert_eq!(read(&learned(name, sample), line, &scratch).0, found, "{name} {line}");
        }
    }

    #[test]
    fn a_status_alone_is_no_request_but_another_program_s_request_is_one() {
        let caddy = FORMATS.iter().find(|format| format.name == "caddy").unwrap();
        let sample = [caddy.samples[0].as_bytes()];
        let parser = Parser::new(caddy.shape(&sample, None).unwrap(), caddy.product);
        let parser = parser.with_sisters(caddy.name);
        let scratch = Scratch::default();
        let general = FORMATS.iter().position(|format| format.name == "json").unwrap();
        let at = r#""time":"2025-10-10T13:55:00Z""#;
        for (line, expected) in [
            (caddy.samples[0].to_owned(), Line::Request),
            (format!(r#"{{{at},"msg":"saved","status":200}}"#), Line::Skip(Skip::NotAResponse)),
            (format!(r#"{{{at},"path":"/a","status":200}}"#), Line::Skip(Skip::NotAResponse)),
            (format!(r#"{{{at},"method":"GET","path":"/a","status":200}}"#), Line::Sister(general)),
        ] {
            assert_eq!(read(&parser, &line, &scratch).0, expected, "{line}");
        }
    }

    #[test]
    fn mixed_virtual_hosts_are_all_read() {
        let main = FORMATS.iter().find(|format| format.name == "apache-combined").unwrap();
        let parser = Parser::new(main.shape(&[], None).unwrap(), main.product);
        let parser = parser.with_sisters(main.name);
        let scratch = Scratch::default();
        let name = |line: &str| match read(&parser, line, &scratch) {
            (Line::Request, recovered) => format!("main{}", if recovered { "?" } else { "" }),
            (Line::Sister(at), _) => FORMATS[at].name.to_owned(),
            (other, _) => format!("{other:?}"),
        };
        for (line, expected) in [
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x""#,
                "main",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513"#,
                "apache-common",
            ),
            (
                r#"a.example:443 1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x""#,
                "apache-vhost-combined",
            ),
            (
                r#"a.example 1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x""#,
                "apache-vhost-noport-combined",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x" "-""#,
                "nginx-main",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513 "-" "x "y" z""#,
                "main?",
            ),
            (
                r#"1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 20"#,
                "Reject(Truncated)",
            ),
        ] {
            assert_eq!(name(line), expected, "{line}");
        }
    }
}
