//! Header lines, and what they say of the lines that follow.

use super::layout::{Calendar, Layout, time_of_day};
use super::split::Separator;
use crate::format::{Latency, Scratch};
use crate::record::{Record, Reject};
use crate::time::{self, SECOND};
use bumpalo::Bump;
use memchr::{memchr, memmem};
use std::sync::Arc;

/// What is in force at a place of a log: the last `#Fields` line before it, and what its other
/// header lines said.
#[derive(Clone, Debug, Default)]
pub struct State {
    fields: Option<Arc<Fields>>,
    microsoft: bool,
    /// Zeek's `#separator`, where it is not a tab.
    separator: Option<u8>,
    calendar: Calendar,
    /// The time of day of the last line, in microseconds, where lines have no day.
    clock: i64,
}

/// A `#Fields` line and the columns that it stands for.
#[derive(Debug)]
struct Fields {
    text: Box<[u8]>,
    layout: Layout,
}

/// Longer header lines, and those that name more columns, are comments: what a log can make us keep
/// and do is bounded.
const LONGEST: usize = 16 << 10;
const MOST_COLUMNS: usize = 512;

const HALF_A_DAY: i64 = 12 * 3600 * SECOND;
const DAY: i64 = 86_400;

/// The columns of all lines, by what `#Fields:` says of them.
const W3C: &[u8] = b"#Fields:";
const ZEEK: &[u8] = b"#fields";

/// Whether a line names the columns of those that follow.
pub(super) fn names_columns(line: &[u8]) -> bool {
    directive(line, W3C).is_some() || directive(line, ZEEK).is_some()
}

/// What stands behind the word of a header line. Case does not matter, but Zeek's `#fields` has no
/// colon.
fn directive<'l>(line: &'l [u8], word: &[u8]) -> Option<&'l [u8]> {
    let (head, rest) = line.split_at_checked(word.len())?;
    let ends = word.ends_with(b":")
        || rest.first().is_some_and(|byte| !byte.is_ascii_alphanumeric() && *byte != b':');
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

impl State {
    /// A log whose lines have these columns before any header.
    pub(super) fn of(layout: Layout) -> Self {
        let fields = Fields { text: Box::default(), layout };
        Self { fields: Some(Arc::new(fields)), ..Self::default() }
    }

    /// The columns in force.
    pub(super) fn layout(&self) -> Option<&Layout> {
        self.fields.as_ref().map(|fields| &fields.layout)
    }

    /// The last `#Fields` line as it stands in the log.
    pub(super) fn text(&self) -> &[u8] {
        self.fields.as_ref().map_or(b"", |fields| &fields.text)
    }

    /// Seconds east of UTC of the times.
    pub(super) fn offset(&self) -> i64 {
        self.calendar.offset
    }

    /// Whether the day of a line is known: its own, or that of `#Date`.
    pub(super) fn has_day(&self) -> bool {
        self.calendar.day.is_some() || self.layout().is_none_or(|layout| layout.rolls().is_none())
    }

    /// Reads a line: a header line changes what is in force, and is no request. The record is still
    /// empty; it means nothing after an error.
    #[inline]
    pub(super) fn read<'a>(
        &mut self,
        line: &'a [u8],
        latency: Latency<'_>,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        if line.first() == Some(&b'#') {
            self.hear(line, latency);
            return Err(Reject::Shape);
        }
        let Some(fields) = &self.fields else { return Err(Reject::Shape) };
        if let Some(column) = fields.layout.rolls() {
            self.roll(column, line);
        }
        let Some(fields) = &self.fields else { return Err(Reject::Shape) };
        fields.layout.read(line, self.calendar, scratch, record)
    }

    /// What is in force behind this text, which is whole lines. Lines of more than `longest` bytes
    /// are no headers: the reader rejects them unread.
    ///
    /// Does to the state what [`State::read`] does, line by line, but looks at the header lines
    /// only, as long as the others do not matter.
    pub(super) fn behind(&self, text: &[u8], longest: usize, latency: Latency<'_>) -> Self {
        let mut state = self.clone();
        let headers = memmem::Finder::new(b"\n#");
        let mut start = 0;
        while start < text.len() {
            let rolls = state.layout().and_then(Layout::rolls);
            if rolls.is_none() && text[start] != b'#' {
                let Some(at) = headers.find(&text[start..]) else { break };
                start += at + 1;
            }
            let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
            let line = &text[start..end];
            start = end + 1;
            if line.len() > longest {
                continue;
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match rolls {
                _ if line.first() == Some(&b'#') => state.hear(line, latency),
                Some(column) => state.roll(column, line),
                None => {}
            }
        }
        state
    }

    /// Takes in the time of a line that has no day: when it is more than half a day earlier than
    /// that of the line before, a new day has begun.
    #[cold]
    fn roll(&mut self, column: usize, line: &[u8]) {
        let Some(layout) = self.layout() else { return };
        let arena = Bump::new();
        let clock = layout.separator.values(line, &arena).and_then(|values| {
            let fits = layout.fits(values.len());
            time_of_day(values.get(column).filter(|_| fits)?)
        });
        let Some(clock) = clock else { return };
        if let Some(day) = &mut self.calendar.day
            && self.clock - clock > HALF_A_DAY
        {
            *day += DAY;
        }
        self.clock = clock;
    }

    /// Takes in a header line.
    #[cold]
    pub(super) fn hear(&mut self, line: &[u8], latency: Latency<'_>) {
        if line.len() > LONGEST {
            return;
        }
        if let Some(names) = directive(line, W3C) {
            let is_csv = names.contains(&b',') && !names.trim_ascii().contains(&b' ');
            let separator = match is_csv {
                true => Separator::Quoted(b','),
                false => Separator::TabOrSpaces,
            };
            self.name_columns(line, names, separator, latency);
        } else if let Some(names) = directive(line, ZEEK) {
            let byte = self.separator.unwrap_or(b'\t');
            self.name_columns(line, &names[1..], Separator::Byte(byte), latency);
        } else if let Some(software) = directive(line, b"#Software:") {
            let microsoft = memmem::find(software, b"Microsoft").is_some();
            if microsoft != self.microsoft {
                self.microsoft = microsoft;
                // It may stand behind the columns, whose unit it decides.
                if let Some(fields) = self.fields.take() {
                    self.hear(&fields.text, latency);
                    self.fields.get_or_insert(fields);
                }
            }
        } else if let Some(date) =
            directive(line, b"#Date:").or_else(|| directive(line, b"#Start-Date:"))
        {
            self.date(date.trim_ascii_start());
        } else if let Some(offset) = directive(line, b"#GMT-Offset:") {
            let text = [b"1970-01-01T00:00:00", offset.trim_ascii()].concat();
            if let Some(micros) = time::iso8601(&text, 0) {
                self.calendar.offset = -micros / SECOND;
            }
        } else if let Some(byte) = directive(line, b"#separator") {
            self.separator = match byte.trim_ascii_start() {
                [b'\\', b'x', digits @ ..] => {
                    let digits = std::str::from_utf8(digits.trim_ascii_end()).ok();
                    digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
                }
                [byte, ..] => Some(*byte),
                [] => None,
            };
        }
    }

    fn name_columns(
        &mut self,
        line: &[u8],
        names: &[u8],
        separator: Separator,
        latency: Latency<'_>,
    ) {
        // The usual case: the same header again.
        if self
            .fields
            .as_ref()
            .is_some_and(|fields| *fields.text == *line && fields.layout.separator == separator)
        {
            return;
        }
        let between: &[u8] = match separator {
            Separator::Byte(byte) => &[byte],
            Separator::Quoted(byte) => &[byte, b' '],
            Separator::Spaces | Separator::TabOrSpaces => b" \t",
        };
        let names: Vec<String> = names
            .split(|byte| between.contains(byte))
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .take(MOST_COLUMNS + 1)
            .collect();
        if names.len() > MOST_COLUMNS {
            return;
        }
        let layout = Layout::of_header(names, separator, self.microsoft, latency);
        self.fields = Some(Arc::new(Fields { text: line.into(), layout }));
    }

    /// The day of `2013-07-30 00:00:00`, or of Incapsula's `28/Jun/2017 07:28:59`.
    fn date(&mut self, text: &[u8]) {
        let iso = text.get(..19).and_then(|text| time::iso8601(text, 0));
        let clf = || {
            let mut text = *text.first_chunk::<20>()?;
            text[11] = b':';
            time::clf_local(&text)
        };
        let day = || time::iso8601(&[text.get(..10)?, b"T00:00:00"].concat(), 0);
        if let Some(time) = iso.or_else(clf).or_else(day) {
            let seconds = time.div_euclid(SECOND);
            self.calendar.day = Some(seconds - seconds.rem_euclid(DAY));
            self.clock = time.rem_euclid(DAY * SECOND);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn heard(lines: &[&str]) -> State {
        let mut state = State::default();
        lines.iter().for_each(|line| state.hear(line.as_bytes(), None));
        state
    }

    #[test]
    fn directives() {
        let state = heard(&["#GMT-Offset: -0800", "#Date: 2001-10-31 00:00:18  // made"]);
        assert_eq!(state.offset(), -8 * 3600);
        assert_eq!(state.calendar.day, Some(1_004_486_400));
        assert_eq!(state.clock, 18 * SECOND);
        let state = heard(&["#Start-Date: 28/Jun/2017 07:28:59"]);
        assert_eq!(state.calendar.day, Some(1_498_608_000));
        let state = heard(&["#separator \\x7c", "#fields|ts|status_code"]);
        assert_eq!(state.layout().unwrap().names, ["ts", "status_code"]);
        let state = heard(&["#Date: yesterday", "#GMT-Offset: x", "#separator", "#Fields", "#"]);
        assert!(state.layout().is_none() && state.calendar.day.is_none());
        for (name, count) in [("x ", MOST_COLUMNS + 1), ("a-long-name ", LONGEST / 10)] {
            let long = format!("#Fields: {}", name.repeat(count));
            assert!(heard(&[&long]).layout().is_none(), "{count}");
        }
    }

    #[test]
    fn the_unit_comes_before_or_behind_the_columns() {
        let fields = "#Fields: date time cs-method sc-status time-taken";
        let software = "#Software: Microsoft Internet Information Services 10.0";
        for lines in [&[fields, software][..], &[software, fields], &[fields, software, fields]] {
            let state = heard(lines);
            assert!(state.layout().unwrap().latency.is_some(), "{lines:?}");
        }
        let state = heard(&[software, fields, "#Software: Other"]);
        assert_eq!(state.layout().unwrap().latency, None);
        assert_eq!(state.layout().unwrap().unread, Some(4));
    }

    #[test]
    fn a_glance_finds_what_reading_finds() {
        let text = "#Date: 2013-07-30 23:59:50\n#Fields: time sc-status\n23:59:55 200\n\
                    00:00:01 200\nnonsense\n00:00:02 200 7\n\n#Fields: date time sc-status\n\
                    2013-07-31 10:00:00 200\n#Fields: time sc-status\n\
                    23:00:00 500\r\n01:00:00 200";
        let latency = None;
        let mut read = State::default();
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let scratch = Scratch::default();
            let _ = read.read(line.as_bytes(), latency, &scratch, &mut Record::default());
        }
        // Cut anywhere between two lines.
        for (cut, _) in text.match_indices('\n') {
            let (first, second) = text.as_bytes().split_at(cut + 1);
            let state = State::default().behind(first, 1000, latency);
            let state = state.behind(second, 1000, latency);
            assert_eq!(format!("{state:?}"), format!("{read:?}"), "cut at {cut}");
        }
        assert_eq!(read.calendar.day, Some(1_375_142_400 + 2 * DAY));
    }
}
