//! Labeled tab-separated values, <http://ltsv.org>: `label:value`, joined by tabs.
//!
//! LTSV has no escapes: a value is as it stands between its first colon and the next tab.

use super::Scratch;
use super::field::{Field, Unit};
use super::keyed::{Fields, Mapping, NO_SLOT, Path, Required, Values, Wishes, alias};
use crate::record::{Record, Reject};

/// Reads LTSV lines by a mapping.
#[derive(Clone, Debug)]
pub struct Ltsv {
    mapping: Mapping,
    required: Required,
    labels: Vec<Label>,
}

#[derive(Clone, Debug)]
struct Label {
    /// The label with its colon.
    written: Box<[u8]>,
    slot: u8,
}

impl Ltsv {
    /// A reader for this mapping. Paths of more than one key are never found.
    pub fn new(mapping: Mapping) -> Self {
        let mut labels: Vec<Label> = Vec::new();
        let order = mapping.order.iter().map(|path| (NO_SLOT, path));
        let keys = mapping.slots().map(|(slot, key)| {
            (if key.field == Field::UpstreamOther { NO_SLOT } else { slot }, &key.path)
        });
        for (slot, path) in order.chain(keys) {
            let mut keys = path.keys();
            let (Some(key), None) = (keys.next(), keys.next()) else { continue };
            let written = [key, b":"].concat();
            match labels.iter_mut().find(|label| *label.written == *written) {
                Some(label) => label.slot = slot,
                None => labels.push(Label { written: written.into(), slot }),
            }
        }
        Self { required: mapping.required(), mapping, labels }
    }

    /// The mapping for these sample lines, see [`Mapping::learn`]. Lines that are no LTSV are
    /// passed over.
    pub fn learn(lines: &[&[u8]], latency: Option<(&str, Option<Unit>)>) -> Mapping {
        let sample: Vec<Fields> = lines.iter().filter_map(|line| fields(line).ok()).collect();
        Mapping::learn(&sample, Wishes { latency, ..Wishes::of(alias::LTSV) })
    }

    /// The mapping that it reads by.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Reads one line, without its line break, into a record that is still empty. Of a label that
    /// is there twice the last value counts. Tabs without a field between them are passed over.
    ///
    /// Errors: [`Reject::Truncated`] when the last field has no colon, [`Reject::Shape`] when
    /// another one has none or no label is known, [`Reject::MissingField`] when there is no status,
    /// or, where no label of it is known, no request; or what [`Field::set`] says of a value. A line
    /// that is cut within a value cannot be told from a whole one.
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        scratch: &Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        let mut values = Values::new(&self.mapping, scratch, record);
        self.walk(line, &mut values)?;
        values.end(self.required, |values| self.walk(line, values))
    }

    /// Puts the values of a line.
    fn walk<'a>(&self, line: &'a [u8], values: &mut Values<'_, 'a>) -> Result<(), Reject> {
        // The place in `labels` behind the one found last.
        let mut expected = 0;
        let mut rest = line;
        while !rest.is_empty() {
            let (field, after) = first_field(rest);
            rest = after;
            if field.is_empty() {
                continue;
            }
            let next = self.labels.get(expected);
            let (at, value) = match next.and_then(|next| field.strip_prefix(&*next.written)) {
                Some(value) => (Some(expected), value),
                None => {
                    let (label, value) = split(field, rest)?;
                    (self.labels.iter().position(|known| *known.written == *label), value)
                }
            };
            if let Some(at) = at {
                expected = at + 1;
                values.put(self.labels[at].slot, Some(value));
            }
        }
        if expected == 0 { Err(Reject::Shape) } else { Ok(()) }
    }
}

/// What stands before the first tab, and what after it.
#[inline]
fn first_field(rest: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\t', rest) {
        Some(tab) => (&rest[..tab], &rest[tab + 1..]),
        None => (rest, &[]),
    }
}

/// The label with its colon, and the value. `rest` follows the field.
fn split<'a>(field: &'a [u8], rest: &[u8]) -> Result<(&'a [u8], &'a [u8]), Reject> {
    match memchr::memchr(b':', field) {
        Some(0) => Err(Reject::Shape),
        Some(colon) => Ok(field.split_at(colon + 1)),
        None if rest.is_empty() => Err(Reject::Truncated),
        None => Err(Reject::Shape),
    }
}

/// The values of one line with their labels. Errors as [`Ltsv::parse`] does.
pub fn fields(line: &[u8]) -> Result<Fields, Reject> {
    let mut found = Fields::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (field, after) = first_field(rest);
        rest = after;
        if !field.is_empty() {
            let (label, value) = split(field, rest)?;
            found.push((Path::new([&label[..label.len() - 1]]), Some(value.to_vec())));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::record::{RequestLine, Status};
    use proptest::prelude::*;

    const LINES: [&str; 4] = [
        "time:2025-09-06T05:58:05+09:00\tmethod:POST\turi:/a/b?t=x\tstatus:200\tsize:12\tapptime:0.057\tua:curl",
        "time:2025-09-06T05:58:41+09:00\tmethod:GET\turi:/a/b\tstatus:400\tsize:15\tapptime:-\tua:Mozilla: 5",
        "time:2025-09-06T06:00:42+09:00\tmethod:GET\turi:/a/b\tstatus:200\tsize:56\tapptime:0.123\tua:-",
        "time:2025-09-06T06:00:43+09:00\tmethod:GET\turi:/req\tstatus:504\tsize:15\tapptime:-\treqtime:0.321\tua:x",
    ];

    fn reader(lines: &[&str]) -> Ltsv {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        Ltsv::new(Ltsv::learn(&lines, None))
    }

    fn read<'a>(ltsv: &Ltsv, line: &'a [u8], scratch: &Scratch) -> Result<Record<'a>, Reject> {
        let mut record = Record::default();
        ltsv.parse(line, scratch, &mut record).map(|()| record)
    }

    #[test]
    fn lines_of_an_application_server() {
        let scratch = Scratch::default();
        let ltsv = reader(&LINES);
        let read: Vec<_> =
            LINES.iter().map(|line| read(&ltsv, line.as_bytes(), &scratch).unwrap()).collect();
        assert_eq!(read[0].status, Status::Code(200));
        assert_eq!(read[0].duration, Some(57_000));
        assert_eq!(read[0].upstream.duration, Some(57_000));
        assert_eq!(read[0].target, Some(&b"/a/b?t=x"[..]));
        assert_eq!(read[0].time, Some(1_757_105_885_000_000));
        assert_eq!(read[1].duration, None);
        assert_eq!(read[1].user_agent, Some(&b"Mozilla: 5"[..]));
        assert_eq!(read[2].bytes, Some(56));
        assert_eq!((read[3].status, read[3].duration), (Status::Code(504), None));
        assert_eq!(read[3].user_agent, Some(&b"x"[..]), "a label more does not shift the others");
    }

    #[test]
    fn apache_as_ltsv_org_has_it() {
        let line = "host:192.0.2.1\ttime:[06/Sep/2025:05:58:05 +0900]\treq:GET /a b HTTP/1.1\tstatus:200\tsize:-\treferer:-\tua:curl\treqtime_microsec:1834\tvhost:example.org";
        let scratch = Scratch::default();
        let record = read(&reader(&[line]), line.as_bytes(), &scratch).unwrap();
        assert_eq!(record.target, Some(&b"/a b"[..]));
        assert_eq!(record.request, RequestLine::Read);
        assert_eq!(record.duration, Some(1834));
        assert_eq!(record.client, Some(&b"192.0.2.1"[..]));
        assert_eq!(record.host, Some(&b"example.org"[..]));
        // %b writes 0 as `-`.
        assert_eq!(record.bytes, Some(0));
        assert_eq!(record.time, Some(1_757_105_885_000_000));
    }

    #[test]
    fn what_is_no_line_of_it() {
        let ltsv = reader(&LINES);
        let scratch = Scratch::default();
        for (line, reject) in [
            ("time:2025-09-06T05:58:05+09:00\tmethod:GET\turi:/a\tstatus:20", Reject::Status),
            ("time:2025-09-06T05:58:05+09:00\tmethod:GET\turi:/a\tsta", Reject::Truncated),
            ("time:2025-09-06T05:58\turi:/a\tstatus:200", Reject::Time),
            ("time\tstatus:200", Reject::Shape),
            (":x\tstatus:200", Reject::Shape),
            ("192.0.2.1 - - [06/Sep/2025:05:58:05 +0900] \"GET / HTTP/1.1\" 200 1", Reject::Shape),
            ("time:2025-09-06T05:58:05+09:00\tlevel:info", Reject::MissingField),
            ("uri:/a\tstatus:200\tapptime:fast", Reject::Number),
            ("status:200\tmessage:saved", Reject::MissingField),
            ("", Reject::Shape),
        ] {
            assert_eq!(read(&ltsv, line.as_bytes(), &scratch), Err(reject), "{line}");
        }
        let record = read(&ltsv, b"\turi:/a\tstatus:404\t\tstatus:200\t", &scratch).unwrap();
        assert_eq!(record.status, Status::Code(200));
    }

    proptest! {
        #[test]
        fn values_are_those_between_colon_and_tab(
            pairs in prop::collection::vec(("[a-z]{1,3}", "[^\t\n]{0,9}"), 1..9)
        ) {
            let line: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}:{v}")).collect();
            let found = fields(line.join("\t").as_bytes()).unwrap();
            let expected: Fields = pairs
                .iter()
                .map(|(k, v)| (Path::new([k.as_bytes()]), Some(v.clone().into_bytes())))
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_make_it_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let scratch = Scratch::default();
            let _ = fields(&line);
            let _ = read(&reader(&LINES), &line, &scratch);
            let _ = Ltsv::learn(&[&line], None);
        }
    }
}
