//! Which column is what, and a line read by it.

use super::decode::Coding;
use super::names::{self, Meaning};
use super::split::{Csv, Exact, Separator, Spaced, Values};
use crate::format::field::{Field, TimeShape, Unit};
use crate::format::{Latency, Product, Scratch, keyed};
use crate::record::{Record, Reject};
use crate::time::{self, IsoMinute, SECOND};
use std::cell::Cell;

/// What to do with the value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Skip,
    /// Set a field.
    Set(Field),
    /// Set the time.
    Time(TimeShape),
    /// Set a duration whose values carry their units.
    Written(Field),
    /// Set the client, the first of a list.
    Client,
    /// Set a text that the server rewrote.
    Decoded(Field, Coding),
    /// The day.
    Date,
    /// The time of day.
    Clock,
    /// An edge location of CloudFront, which a country behind it replaces, else the line is something else.
    Edge,
}

/// The columns of a line.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The name of each column.
    pub(super) names: Vec<String>,
    /// What stands between them.
    pub(super) separator: Separator,
    /// Who writes them.
    pub(super) product: Product,
    /// Column and unit of the latency; no unit where each value carries its own.
    pub(super) latency: Option<(String, Option<Unit>)>,
    /// The column that looks like a latency and has no known unit.
    pub(super) unread: Option<usize>,
    /// What to do with each column, up to the last that is used.
    steps: Vec<Step>,
    /// How many columns a line can have, in rising order.
    counts: Vec<usize>,
    /// Summands of the latency; 0 where it is one value.
    parts: u8,
    /// The column of the time of day, where no column has the day.
    rolls: Option<usize>,
    /// Whether only a line that looks like a request is one: there is no header to say so.
    strict: bool,
}

/// What a line does not say of its time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calendar {
    /// The day, in seconds since 1970, for lines that have the time of day alone.
    pub(super) day: Option<i64>,
    /// Seconds east of UTC.
    pub(super) offset: i64,
}

impl Layout {
    /// The columns of a header line. `microsoft` is whether its `#Software` is Microsoft's.
    pub(super) fn of_header(
        names: Vec<String>,
        separator: Separator,
        microsoft: bool,
        latency: Latency<'_>,
    ) -> Self {
        let product = names::product(&names, microsoft);
        let unit = names::unit(product);
        let meanings = names::meanings(&names);
        let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
        let chosen = match latency {
            Some((wanted, _)) => names.iter().position(|name| is(name, wanted)),
            None => meanings.iter().position(|means| *means == Some(Meaning::Latency)),
        };
        let unit_of_chosen = latency.and_then(|(_, unit)| unit).or(unit);
        let two =
            meanings.contains(&Some(Meaning::Date)) && meanings.contains(&Some(Meaning::Clock));
        let coding = |field| match (product, field) {
            (Product::CloudFront, Field::UserAgent) => Coding::PercentTwice,
            (Product::CloudFront, _) => Coding::Percent,
            (Product::Zeek, _) | (_, Field::Referer) => Coding::Plain,
            _ => Coding::Plus,
        };
        let step = |at: usize, means: Option<Meaning>| match means {
            // Any column can be said to be the latency.
            means if Some(at) == chosen => {
                let means = means.filter(|means| means.is_duration()).unwrap_or(Meaning::Latency);
                means.field(unit_of_chosen, true).map_or(Step::Skip, Step::Set)
            }
            Some(Meaning::Date) if two => Step::Date,
            Some(Meaning::Clock) => Step::Clock,
            Some(Meaning::Is(Field::Time(_))) if two => Step::Skip,
            Some(Meaning::Is(Field::Time(shape))) => Step::Time(shape),
            Some(Meaning::Is(field @ (Field::UserAgent | Field::Referer))) => {
                Step::Decoded(field, coding(field))
            }
            Some(means) => means.field(unit, false).map_or(Step::Skip, Step::Set),
            None => Step::Skip,
        };
        let steps = meanings.into_iter().enumerate().map(|(at, means)| step(at, means)).collect();
        let named = chosen.map(|at| names[at].clone());
        let mut layout = Self::new(names, steps, separator);
        layout.product = product;
        layout.latency = named.zip(unit_of_chosen.map(Some));
        layout.unread = chosen.filter(|_| layout.latency.is_none());
        layout
    }

    /// Columns with these steps.
    pub(super) fn new(names: Vec<String>, mut steps: Vec<Step>, separator: Separator) -> Self {
        let counts = vec![names.len()];
        let parts =
            steps.iter().filter(|step| matches!(step, Step::Set(Field::Part { .. }))).count();
        let rolls = match steps.contains(&Step::Date) {
            true => None,
            false => steps.iter().position(|step| *step == Step::Clock),
        };
        let used = steps.iter().rposition(|step| *step != Step::Skip).map_or(0, |at| at + 1);
        steps.truncate(used);
        Self {
            names,
            separator,
            product: Product::Unknown,
            latency: None,
            unread: None,
            steps,
            counts,
            parts: u8::try_from(parts).unwrap_or(Record::NO_SUM),
            rolls,
            strict: false,
        }
    }

    /// The same for lines without a header: older versions of the product wrote the first `counts`
    /// columns only, and what does not look like a request is none.
    pub(super) fn without_header(mut self, counts: &[usize]) -> Self {
        self.strict = true;
        self.counts.extend(counts);
        self.counts.sort_unstable();
        let edge = self.names.iter().position(|name| name == names::EDGE);
        if let Some(step) = edge.and_then(|at| self.steps.get_mut(at)) {
            *step = Step::Edge;
        }
        for (name, step) in self.names.iter().zip(&mut self.steps) {
            if matches!(&name[..], "s-port" | "c-port" | "sc-substatus" | "sc-win32-status")
                && *step == Step::Skip
            {
                *step = Step::Set(Field::Number);
            }
        }
        self
    }

    /// Whether a column is the status.
    pub(super) fn has_status(&self) -> bool {
        self.steps.contains(&Step::Set(Field::Status))
    }

    /// The column of the time of day, where no column has the day.
    #[inline]
    pub(super) fn rolls(&self) -> Option<usize> {
        self.rolls
    }

    /// The name of the time, as it stands in reports.
    pub(super) fn time(&self) -> Option<String> {
        let name = |wanted: fn(&Step) -> bool| {
            self.steps.iter().position(wanted).map(|at| self.names[at].as_str())
        };
        match (name(|step| *step == Step::Date), name(|step| *step == Step::Clock)) {
            (Some(date), Some(clock)) => Some(format!("{date} {clock}")),
            (_, Some(clock)) => Some(clock.to_owned()),
            _ => name(|step| matches!(step, Step::Time(_))).map(str::to_owned),
        }
    }

    /// Whether the time is in two columns, or of the day alone.
    pub(super) fn has_clock(&self) -> bool {
        self.steps.contains(&Step::Clock)
    }

    /// Number of columns that are used.
    pub(super) fn columns(&self) -> usize {
        self.steps.iter().filter(|step| **step != Step::Skip).count()
    }

    /// Whether a line has so many columns.
    pub(super) fn fits(&self, count: usize) -> bool {
        self.counts.contains(&count)
    }

    /// Whether a line of other columns has values where this has numbers, times and statuses, and
    /// none of them is one.
    pub(super) fn is_foreign(&self, values: &[&[u8]]) -> bool {
        let typed = self.steps.iter().zip(values).filter_map(|(step, value)| match step {
            Step::Set(Field::Status) => Some(crate::record::Status::parse(value).is_some()),
            Step::Set(field) if field.is_number() => Some(Unit::Seconds.micros(value).is_some()),
            Step::Time(shape) => Some(shape.read(value).is_some()),
            Step::Clock => Some(time_of_day(value).is_some()),
            _ => None,
        });
        let mut typed = typed.peekable();
        typed.peek().is_some() && typed.all(|fits| !fits)
    }

    /// Reads a line into a record that is still empty. What stands in the record after an error
    /// means nothing.
    #[inline]
    pub(super) fn read<'a>(
        &self,
        line: &'a [u8],
        calendar: Calendar,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        let read = match self.separator {
            Separator::Byte(byte) => self.fill(Exact::new(line, byte), calendar, scratch, record),
            Separator::TabOrSpaces if Separator::has_tabs(line) => {
                self.fill(Exact::new(line, b'\t'), calendar, scratch, record)
            }
            Separator::Spaces | Separator::TabOrSpaces => {
                self.fill(Spaced::new(line), calendar, scratch, record)
            }
            Separator::Quoted(byte) => {
                self.fill(Csv::new(line, byte, &scratch.arena), calendar, scratch, record)
            }
        };
        read.map_err(|reject| self.why(line, reject, scratch))
    }

    #[inline]
    fn fill<'a>(
        &self,
        mut values: impl Values<'a>,
        calendar: Calendar,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        let (mut date, mut clock) = (None, None);
        let mut count = 0;
        for step in &self.steps {
            let Some(value) = values.next() else { break };
            count += 1;
            match *step {
                Step::Skip => {}
                Step::Set(field) => field.set(record, value)?,
                Step::Decoded(field, coding) => {
                    field.set(record, coding.decode(value, &scratch.arena))?;
                }
                Step::Date => date = Some(value),
                Step::Clock => clock = Some(value),
                Step::Time(shape) => record.time = Some(keyed::time(shape, value, scratch)?),
                Step::Written(field) => keyed::set_written(field, record, value)?,
                Step::Client => {
                    let first = value.split(|byte| *byte == b',').next().unwrap_or(value);
                    Field::Client.set(record, first)?;
                }
                Step::Edge if is_edge(value) => record.location = Some(value),
                Step::Edge => return Err(Reject::Shape),
            }
        }
        count += values.left().ok_or(Reject::Shape)?;
        if !self.counts.contains(&count) {
            return Err(Reject::Shape);
        }
        if let Some(clock) = clock {
            record.time = match (date, calendar.day) {
                (Some(date), _) => {
                    let local = join(date, clock, &scratch.iso_minute).ok_or(Reject::Time)?;
                    Some(local - calendar.offset * SECOND)
                }
                (None, Some(day)) => {
                    let of_day = time_of_day(clock).ok_or(Reject::Time)?;
                    Some((day - calendar.offset) * SECOND + of_day)
                }
                (None, None) => None,
            };
        }
        if self.parts > 0 && record.parts != self.parts {
            record.duration = None;
        }
        if self.strict && !is_plausible(record) {
            return Err(Reject::Shape);
        }
        Ok(())
    }

    /// Why a line does not fit: a value is none of its kind; or columns are missing, and then it was
    /// cut off if it has its time.
    #[cold]
    fn why(&self, line: &[u8], reject: Reject, scratch: &Scratch) -> Reject {
        let Some(values) = self.separator.values(line, &scratch.arena) else {
            return Reject::Shape;
        };
        if self.counts.contains(&values.len()) {
            return reject;
        }
        let value = |wanted: fn(&Step) -> bool| {
            let at = self.steps.iter().position(wanted)?;
            values.get(at).map(|value| (self.steps[at], *value))
        };
        let clock = value(|step| *step == Step::Clock).map(|(_, value)| value);
        let date = value(|step| *step == Step::Date).map(|(_, value)| value);
        let has_time = match (date, clock, value(|step| matches!(step, Step::Time(_)))) {
            (Some(date), Some(clock), _) => join(date, clock, &Cell::default()).is_some(),
            (None, Some(clock), _) => time_of_day(clock).is_some(),
            (.., Some((Step::Time(shape), value))) => shape.read(value).is_some(),
            _ => false,
        };
        let fewest = self.counts.first().copied().unwrap_or(0);
        if has_time && values.len() < fewest { Reject::Truncated } else { Reject::Shape }
    }
}

/// A day and a time of day as one time. The minute of the line before is known.
#[inline]
fn join(date: &[u8], clock: &[u8], minute: &Cell<IsoMinute>) -> Option<i64> {
    let mut text = *b"0000-00-00T                     ";
    text[..10].copy_from_slice(date.first_chunk::<10>().filter(|_| date.len() == 10)?);
    text.get_mut(11..11 + clock.len())?.copy_from_slice(clock);
    IsoMinute::iso8601(minute, &text[..11 + clock.len()])
}

/// A time of day in microseconds.
pub(super) fn time_of_day(clock: &[u8]) -> Option<i64> {
    let mut text = *b"1970-01-01T                     ";
    text.get_mut(11..11 + clock.len())?.copy_from_slice(clock);
    time::iso8601(&text[..11 + clock.len()], 0)
}

/// `LHR62-C1`, `CDG50-P2`, `LAX1`: an airport, a number, and perhaps the kind of cache.
fn is_edge(value: &[u8]) -> bool {
    let Some((airport, rest)) = value.split_first_chunk::<3>() else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let kind = &rest[digits..];
    airport.iter().all(u8::is_ascii_uppercase)
        && digits > 0
        && (kind.is_empty()
            || matches!(kind, [b'-', b'A'..=b'Z', number @ ..]
                if !number.is_empty() && number.iter().all(u8::is_ascii_digit)))
}

/// Whether method and target can be such.
fn is_plausible(record: &Record<'_>) -> bool {
    let method = |text: &[u8]| text.iter().all(|b| b.is_ascii_uppercase() || b"-_".contains(b));
    let target = |text: &[u8]| text.starts_with(b"/") || text == b"*" || text.contains(&b':');
    record.method.is_none_or(method) && record.target.is_none_or(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_cloudfront() {
        for edge in ["LHR62-C1", "CDG50-P2", "LAX1", "HIO52-P11"] {
            assert!(is_edge(edge.as_bytes()), "{edge}");
        }
        for other in ["", "LHR", "lhr62-C1", "192.0.2.1", "LHR62-", "LHR62-C", "LHR62-C1x", "GET"] {
            assert!(!is_edge(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_day_and_a_time_of_day() {
        let minute = Cell::default();
        let read = |date: &str, clock: &str| join(date.as_bytes(), clock.as_bytes(), &minute);
        let expected = time::iso8601(b"2025-10-10T13:55:01Z", 0);
        assert_eq!(read("2025-10-10", "13:55:01"), expected);
        assert_eq!(read("2025-10-10", "13:55:01.5"), expected.map(|time| time + 500_000));
        for (date, clock) in [
            ("2025-10-1", "13:55:01"),
            ("2025-10-10x", "13:55:01"),
            ("2025-10-10", "13:55"),
            ("2025-10-10", "-"),
            ("2025-10-10", "13:55:01.000000000000000000000000"),
        ] {
            assert_eq!(read(date, clock), None, "{date} {clock}");
        }
        assert_eq!(time_of_day(b"00:01:00.25"), Some(60_250_000));
        assert_eq!(time_of_day(b"24:01:00"), None);
    }
}
