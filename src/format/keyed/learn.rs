//! A mapping from a sample of lines.

use super::alias::{self, Alias, Hint, KeySet, Means};
use super::shape::{self, Fit, Known};
use super::{Fields, Key, Latency, MAX_KEYS, Mapping, Path};
use crate::format::Product;
use crate::format::field::{Digits, Field, TimeShape, Unit, present};
use std::collections::HashMap;

/// Paths that are kept of a sample: a bound for objects whose keys are data.
const MAX_PATHS: usize = 512;

/// One path of the sample with its values.
struct Column<'s> {
    path: &'s Path,
    meanings: Vec<Meaning>,
    values: Vec<Option<&'s [u8]>>,
    taken: bool,
}

/// What the name of a column can mean. Lower ranks are preferred.
#[derive(Clone, Copy)]
struct Meaning {
    means: Means,
    rank: usize,
}

/// A column that may be picked.
#[derive(Clone, Copy)]
struct Candidate {
    column: usize,
    means: Means,
    rank: usize,
    /// Lines in which it has a fitting value.
    lines: usize,
}

impl<'s> Column<'s> {
    /// Values that are neither null nor `-` nor empty.
    fn present(&self) -> impl Iterator<Item = &'s [u8]> + Clone + '_ {
        self.values.iter().copied().flatten().filter_map(present)
    }

    /// In how many lines the value fits, unless too many values do not: one of ten, or half of the
    /// request lines, which strangers fill with garbage. A key that has had no value yet is believed
    /// by its name (`"status":0` alone, `"upstream_status":"-"` of pages from the disk), but not
    /// where the values tell what kind it is.
    fn fitting(&self, means: Means) -> Option<usize> {
        let fits = self.values.iter().map(|value| shape::fit(means, *value));
        let (yes, no) = fits.fold((0, 0), |(yes, no), fit| {
            (yes + usize::from(fit == Fit::Yes), no + usize::from(fit == Fit::No))
        });
        let (tolerated, needed) = match means {
            Means::Request => (yes, 1),
            Means::Time
            | Means::Date
            | Means::Clock
            | Means::End
            | Means::Latency(_)
            | Means::ClueLatency(_)
            | Means::Part(_)
            | Means::UpstreamLatency(_)
            | Means::Connect(_)
            | Means::Header(_)
            | Means::ClientAddress => (yes / 9, 1),
            _ => (yes / 9, 0),
        };
        (yes >= needed && no <= tolerated).then_some(yes)
    }

    fn unit(&self, hint: Hint) -> Known {
        let number =
            |value: &&[u8]| shape::fit(Means::UpstreamLatency(hint), Some(*value)) == Fit::Yes;
        shape::unit(hint, self.present().filter(number))
    }
}

/// What the user says of a field, `json:status=a.b`: the key that it is read from, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The field.
    pub field: Field,
    /// The key; `None` when the field is not to be read.
    pub path: Option<Path>,
}

/// How a mapping is learned.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'w> {
    /// The sets that may be recognised, or with `forced` the one to use and the common stock.
    pub sets: &'w [&'static KeySet],
    /// The first set is the right one, whatever the keys say.
    pub forced: bool,
    /// The user's word for the latency: a path, and its unit if it was said.
    pub latency: Option<(&'w str, Option<Unit>)>,
    /// The user's word for other fields.
    pub said: &'w [Said],
    /// Only the names count: the values are those of one line, and others have other values.
    pub names_only: bool,
}

impl<'w> Wishes<'w> {
    /// Nothing but these sets.
    pub fn of(sets: &'w [&'static KeySet]) -> Self {
        Self { sets, forced: false, latency: None, said: &[], names_only: false }
    }
}

impl Mapping {
    /// Learns from the fields of sample lines which key is which field.
    ///
    /// For each field the key is picked that has values of the right kind in the most lines; among
    /// those that come within a tenth of the most, the one that the sets name first. So the time of
    /// the whole request comes before that of the upstreams if both are nearly always there. A
    /// latency without a known unit is not picked but noted.
    pub fn learn(sample: &[Fields], wishes: Wishes<'_>) -> Self {
        let (mut columns, lines) = columns(sample);
        let names: Vec<String> = columns.iter().map(|column| own_name(column.path)).collect();
        let sets = if wishes.forced {
            let stock = wishes.sets.iter().skip(1).filter(|_| wishes.sets[0].open);
            wishes.sets.iter().take(1).chain(stock).copied().collect()
        } else {
            recognised(wishes.sets, &columns, &names, &lines)
        };
        for (column, name) in columns.iter_mut().zip(&names) {
            column.meanings = meanings(&sets, name, column.path);
        }
        let first = sets.first();
        let mapping = Self {
            name: first.map_or("", |set| set.name),
            product: first.map_or(Product::Unknown, |set| set.product),
            request: first.and_then(|set| set.request),
            order: columns.iter().map(|c| c.path.clone()).collect(),
            ..Self::default()
        };
        let closed = first.filter(|set| !set.open).copied();
        let names_only = wishes.names_only;
        let mut learner = Learner { columns, lines, mapping, closed, names_only, away: Vec::new() };
        learner.said(wishes.said);
        learner.latency(wishes.latency);
        learner.time();
        learner.difference();
        learner.request();
        for (means, field) in [
            (Means::Status, Field::Status),
            (Means::Bytes, Field::Bytes),
            (Means::Client, Field::Client),
            (Means::ClientAddress, Field::Client),
            (Means::Host, Field::Host),
            (Means::UserAgent, Field::UserAgent),
            (Means::Referer, Field::Referer),
            (Means::UpstreamAddress, Field::UpstreamAddress),
            (Means::UpstreamStatus, Field::UpstreamStatus),
            (Means::Cache, Field::Cache),
            (Means::Reason, Field::Reason),
            (Means::RequestId, Field::RequestId),
            (Means::Clue(0), Field::Clue(0)),
            (Means::Clue(1), Field::Clue(1)),
            (Means::Clue(2), Field::Clue(2)),
            (Means::Stranger, Field::Stranger),
        ] {
            learner.pick_for(means, field);
        }
        learner.phases();
        learner.rare();
        learner.other_lists();
        learner.sampling(&names);
        learner.mapping.keys.truncate(MAX_KEYS);
        learner.mapping
    }
}

struct Learner<'s> {
    columns: Vec<Column<'s>>,
    /// The columns of each line.
    lines: Vec<Vec<usize>>,
    mapping: Mapping,
    /// The set of the product, when its keys are all the vendor's.
    closed: Option<&'static KeySet>,
    names_only: bool,
    /// Fields that are not to be read.
    away: Vec<Field>,
}

impl Learner<'_> {
    /// Whether a field still has no key, and may have one.
    fn is_free(&self, field: Field) -> bool {
        let mut known = self.mapping.keys.iter().map(|key| &key.field).chain(&self.away);
        !known.any(|other| kind(*other) == kind(field))
    }

    fn pick_for(&mut self, means: Means, field: Field) {
        if self.is_free(field)
            && let Some(column) = self.pick(means)
        {
            self.take(column, field);
        }
    }

    fn take(&mut self, column: usize, field: Field) {
        self.columns[column].taken = true;
        let path = self.columns[column].path.clone();
        self.mapping.keys.push(Key { path, field, written_unit: false });
    }

    /// Columns that can have one of these meanings and whose values agree.
    fn candidates(&self, wanted: impl Fn(Means) -> bool) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (at, column) in self.columns.iter().enumerate().filter(|(_, c)| !c.taken) {
            for meaning in column.meanings.iter().filter(|m| wanted(m.means)) {
                if let Some(lines) = self.fitting(column, meaning.means) {
                    let Meaning { means, rank } = *meaning;
                    found.push(Candidate { column: at, means, rank, lines });
                }
            }
        }
        found
    }

    /// [`Column::fitting`], unless only names count or every key is the vendor's.
    fn fitting(&self, column: &Column<'_>, means: Means) -> Option<usize> {
        match means {
            _ if self.names_only => Some(1),
            // Whatever stands there: garbage of strangers, or a path without its first slash.
            Means::Request if self.closed.is_some() => Some(column.present().count()),
            _ => column.fitting(means),
        }
    }

    /// The unit of a column that can be a duration.
    fn unit(&self, column: usize, hint: Hint) -> Known {
        match hint {
            Hint::Is(unit) if self.names_only => Known::Unit(unit),
            _ if self.names_only => Known::No,
            _ => self.columns[column].unit(hint),
        }
    }

    fn pick(&self, means: Means) -> Option<usize> {
        best(&self.candidates(|m| m == means)).map(|candidate| candidate.column)
    }

    /// The fields that the user named.
    fn said(&mut self, said: &[Said]) {
        for Said { field, path } in said {
            let Some(path) = path else {
                self.away.push(*field);
                continue;
            };
            let at = self.columns.iter().position(|column| column.path == path);
            let (mut field, mut written_unit) = (*field, false);
            match at {
                Some(at) => {
                    self.columns[at].taken = true;
                    let known = self.columns[at].unit(Hint::Is(Unit::Seconds));
                    written_unit = known == Known::Written;
                    if field == Field::Time(TimeShape::Any) {
                        field = Field::Time(shape::time_shape(self.columns[at].present()));
                    }
                }
                None => {
                    self.mapping.notes.push(format!("no line of the sample has the key {path}"));
                }
            }
            match field {
                Field::Time(_) => self.mapping.time = Some(path.clone()),
                Field::Duration { unit, latency: true, .. } | Field::Part { unit } => {
                    self.add_latency(path, if written_unit { WRITTEN } else { unit.name() });
                }
                _ => {}
            }
            self.mapping.keys.push(Key { path: path.clone(), field, written_unit });
        }
    }

    /// Another summand of the latency, or the one key of it.
    fn add_latency(&mut self, path: &Path, unit: &'static str) {
        match &mut self.mapping.latency {
            Some(latency) => latency.name = format!("{} + {path}", latency.name),
            none => *none = Some(Latency { name: path.to_string(), unit, upstream: false }),
        }
    }

    fn latency(&mut self, said: Option<(&str, Option<Unit>)>) {
        if let Some((path, unit)) = said {
            self.said_latency(path, unit);
        }
        let free = said.is_none() && self.is_free(LATENCY);
        let free = free && !self.latency_of_the_rule() && !self.parts();
        let all = self.candidates(|m| matches!(m, Means::Latency(_) | Means::UpstreamLatency(_)));
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for candidate in all {
            let (Means::Latency(hint) | Means::UpstreamLatency(hint)) = candidate.means else {
                continue;
            };
            match self.unit(candidate.column, hint) {
                Known::Unit(unit) => known.push((candidate, Some(unit))),
                Known::Written => known.push((candidate, None)),
                Known::No => unknown.push(candidate),
                Known::Epoch => {}
            }
        }
        let upstream = |c: &Candidate| matches!(c.means, Means::UpstreamLatency(_));
        // A vendor's own log says what the whole took, or does not: 0 of the origin is "not asked".
        let stands_in = self.closed.is_none();
        let candidates: Vec<Candidate> = known.iter().map(|(c, _)| *c).collect();
        let whole: Vec<_> =
            candidates.iter().copied().filter(|c| stands_in || !upstream(c)).collect();
        let chosen = if free { best(&whole) } else { None };
        if let Some(chosen) = chosen
            && let Some((_, unit)) = known.iter().find(|(c, _)| c.column == chosen.column)
        {
            self.set_latency(chosen.column, *unit, upstream(&chosen));
            if chosen.means == Means::Latency(Hint::SecondsOrNanoseconds) {
                self.doubt_seconds(chosen.column, *unit);
            }
        }
        if free
            && !self.names_only
            && let Some(doubtful) = best(&unknown)
            && chosen.is_none_or(|c| doubtful.rank < c.rank)
        {
            self.unknown_unit(doubtful.column);
        }
        let rest: Vec<_> = candidates
            .into_iter()
            .filter(|c| upstream(c) && !self.columns[c.column].taken)
            .collect();
        let field = |unit| Field::UpstreamDuration { unit, digits: Digits::Any, latency: false };
        if let Some(other) = best(&rest)
            && let Some((_, Some(unit))) = known.iter().find(|(c, _)| c.column == other.column)
            && self.is_free(field(*unit))
        {
            self.take(other.column, field(*unit));
            self.mind_written_units();
        }
    }

    /// The key that was taken last: others of its values may carry their own unit.
    fn mind_written_units(&mut self) {
        if let Some(key) = self.mapping.keys.last_mut() {
            key.written_unit |= self.names_only;
        }
    }

    /// The latency whose unit the product's rule reads off another value of the line.
    fn latency_of_the_rule(&mut self) -> bool {
        let found = self.candidates(|means| matches!(means, Means::ClueLatency(_)));
        let Some(Candidate { column, means: Means::ClueLatency(clue), .. }) = best(&found) else {
            return false;
        };
        let name = self.columns[column].path.to_string();
        let whole = |value: &&[u8]| !value.contains(&b'.') && *value != b"0";
        if self.columns[column].present().any(|value| whole(&value)) {
            self.mapping.notes.push(format!(
                "{name} is in milliseconds in version 1 and in seconds in version 2: whole numbers \
                 of version 2 can be either and are not read; --latency {name}:s or {name}:ms \
                 settles it"
            ));
        }
        self.take(column, Field::Clue(clue));
        let unit = "s (v2) or ms (v1)";
        self.mapping.latency = Some(Latency { name, unit, upstream: false });
        true
    }

    /// The durations whose sum is the latency, if they are all there.
    fn parts(&mut self) -> bool {
        let Some(set) = self.closed else { return false };
        let parts = set.aliases.iter().find(|alias| matches!(alias.means, Means::Part(_)));
        let Some(Alias { means: means @ Means::Part(unit), keys }) = parts else { return false };
        let found = self.candidates(|other| other == *means);
        if found.len() < keys.len() {
            return false;
        }
        for Candidate { column, .. } in found {
            let path = self.columns[column].path;
            self.add_latency(path, unit.name());
            self.take(column, Field::Part { unit: *unit });
        }
        true
    }

    /// The time from the start to the end of a request, where nothing else says how long it took.
    fn difference(&mut self) {
        let (Some(start), Some(end)) = (self.mapping.time.clone(), self.pick(Means::End)) else {
            return;
        };
        if self.mapping.latency.is_some() || self.names_only || !self.is_free(LATENCY) {
            return;
        }
        let path = self.columns[end].path;
        if !self.columns[end].present().all(shape::is_fine) {
            self.mapping.unread_latency = Some(format!(
                "{start} and {path} are in whole seconds, too coarse for a latency; add \
                 EdgeTimeToFirstByteMs to the log"
            ));
            return;
        }
        let shape = shape::time_shape(self.columns[end].present());
        self.mapping.latency =
            Some(Latency { name: format!("{path} - {start}"), unit: WRITTEN, upstream: false });
        self.take(end, Field::End(shape));
    }

    /// Seconds that were another unit would be days.
    fn doubt_seconds(&mut self, column: usize, unit: Option<Unit>) {
        const DAY: u64 = 86_400_000_000;
        let column = &self.columns[column];
        let days = |value| unit.and_then(|unit| unit.micros(value)).is_some_and(|us| us > DAY);
        if column.present().any(days) {
            let path = column.path;
            self.mapping.notes.push(format!(
                "{path} is read as seconds, but some would be days: it may be in milliseconds; \
                 settle it with --latency {path}:ms"
            ));
        }
    }

    /// The phases of the way to the upstream whose unit is known.
    fn phases(&mut self) {
        for (wanted, field) in [
            (Means::Connect(Hint::Unknown), (|unit| Field::Connect { unit }) as fn(Unit) -> Field),
            (Means::Header(Hint::Unknown), |unit| Field::Header { unit }),
        ] {
            let same = |m: Means| std::mem::discriminant(&m) == std::mem::discriminant(&wanted);
            let Some(found) = best(&self.candidates(same)) else { continue };
            let (Means::Connect(hint) | Means::Header(hint)) = found.means else { continue };
            if let Known::Unit(unit) = self.unit(found.column, hint)
                && self.is_free(field(unit))
            {
                self.take(found.column, field(unit));
                self.mind_written_units();
            }
        }
    }

    /// Keys of a vendor's log that stand in few lines, such as the reason of an error: they are
    /// read although the sample may not have them.
    fn rare(&mut self) {
        let Some(set) = self.closed else { return };
        let (outer, dropped) = self.surroundings(set);
        for Alias { means, keys } in set.aliases {
            let field = match means {
                Means::Status => Field::Status,
                Means::UpstreamStatus => Field::UpstreamStatus,
                Means::UpstreamAddress => Field::UpstreamAddress,
                Means::Reason => Field::Reason,
                Means::Clue(number) => Field::Clue(*number),
                Means::Stranger => Field::Stranger,
                _ => continue,
            };
            if self.is_free(field) {
                let path = Path::parse(keys[0]);
                let inner = path.keys().skip(dropped.min(path.keys().len() - 1));
                let path = Path::new(outer.keys().chain(inner));
                self.mapping.keys.push(Key { path, field, written_unit: false });
            }
        }
    }

    /// The objects around the vendor's record in this log, and how many of its own it lacks.
    fn surroundings(&self, set: &KeySet) -> (Path, usize) {
        let is_status = |means: Means| means == Means::Status;
        let alias = set.aliases.iter().find(|alias| is_status(alias.means));
        let key = self.mapping.keys.iter().find(|key| key.field == Field::Status);
        let (Some(alias), Some(key)) = (alias, key) else { return (Path::new([]), 0) };
        let own = Path::parse(alias.keys[0]).keys().len();
        let found = key.path.keys().len();
        let outer = key.path.keys().take(found.saturating_sub(own));
        (Path::new(outer), own.saturating_sub(found))
    }

    /// Says that the log is a sample, where a key tells.
    fn sampling(&mut self, names: &[String]) {
        for (column, name) in self.columns.iter().zip(names) {
            let last = name.rsplit('.').next().unwrap_or(name);
            let part = |value: &&[u8]| {
                let number = std::str::from_utf8(value).ok().and_then(|v| v.parse::<f64>().ok());
                number.is_some_and(|number| number > 0.0 && number != 1.0)
            };
            if alias::SAMPLING.contains(&last)
                && let Some(value) = column.present().find(part)
            {
                self.mapping.notes.push(format!(
                    "the log is a sample ({} {}): rates are fine, totals are not",
                    column.path,
                    String::from_utf8_lossy(value)
                ));
            }
        }
    }

    /// The latency that the user named.
    fn said_latency(&mut self, said: &str, unit: Option<Unit>) {
        let wanted = Path::parse(said);
        let named = |c: &Column<'_>| *c.path == wanted || c.path.to_string() == said;
        let Some(at) = self.columns.iter().position(named) else {
            self.mapping.notes.push(format!("no line of the sample has the latency key {said}"));
            return;
        };
        let mut upstream = false;
        let mut hint = Hint::Unknown;
        for meaning in &self.columns[at].meanings {
            match meaning.means {
                Means::Latency(named) => hint = named,
                Means::UpstreamLatency(named) => (hint, upstream) = (named, true),
                Means::UpstreamOther => upstream = true,
                _ => {}
            }
        }
        match (unit, self.columns[at].unit(hint)) {
            // What the values say stands above what the user says of all of them.
            (_, Known::Written) => self.set_latency(at, None, upstream),
            (Some(unit), _) | (None, Known::Unit(unit)) => {
                self.set_latency(at, Some(unit), upstream);
            }
            (None, Known::No | Known::Epoch) => self.unknown_unit(at),
        }
    }

    /// Says of a latency that is not read what its largest value can mean, and the flags that settle
    /// it. Where another key stands in for it, that is a note.
    fn unknown_unit(&mut self, column: usize) {
        let column = &self.columns[column];
        let (value, units) = shape::possible(column.present());
        let path = column.path;
        let list = |item: &dyn Fn(Unit) -> String| {
            units.iter().map(|unit| item(*unit)).collect::<Vec<_>>().join(" or ")
        };
        let value = value.map_or(String::new(), |value| {
            let value = String::from_utf8_lossy(value);
            format!(": {value} may be {}", list(&|unit| format!("{value} {}", unit.name())))
        });
        let note = format!(
            "{path} looks like a latency, but its unit is not known{value}; settle it with {}",
            list(&|unit| format!("--latency {path}:{}", unit.name()))
        );
        match self.mapping.latency {
            Some(_) => self.mapping.notes.push(note),
            None => self.mapping.unread_latency = Some(note),
        }
    }

    fn set_latency(&mut self, column: usize, unit: Option<Unit>, upstream: bool) {
        let number = unit.unwrap_or(Unit::Seconds);
        let field = if upstream {
            Field::UpstreamDuration { unit: number, digits: Digits::Any, latency: true }
        } else {
            Field::Duration { unit: number, digits: Digits::Any, latency: true }
        };
        self.take(column, field);
        let name = self.columns[column].path.to_string();
        if let Some(key) = self.mapping.keys.last_mut() {
            key.written_unit = unit.is_none() || self.names_only;
        }
        let unit = unit.map_or(WRITTEN, Unit::name);
        self.mapping.latency = Some(Latency { name, unit, upstream });
    }

    fn time(&mut self) {
        if !self.is_free(Field::Time(TimeShape::Any)) {
            return;
        }
        let Some(at) = self.pick(Means::Time) else {
            if let (Some(date), Some(clock)) = (self.pick(Means::Date), self.pick(Means::Clock)) {
                self.mapping.time = Some(self.columns[clock].path.clone());
                self.take(date, Field::Date);
                self.take(clock, Field::Clock);
            }
            return;
        };
        if self.names_only {
            self.mapping.time = Some(self.columns[at].path.clone());
            self.take(at, Field::Time(TimeShape::Any));
            return;
        }
        let column = &self.columns[at];
        let shape = shape::time_shape(column.present());
        if column.present().any(shape::lacks_zone) {
            self.mapping.notes.push(format!("{} has no zone; read as UTC", column.path));
        }
        self.mapping.time = Some(column.path.clone());
        self.take(at, Field::Time(shape));
        self.other_times(at);
    }

    /// Keys that some lines of a vendor's log have instead of the time's: Azure's `timeStamp`.
    fn other_times(&mut self, time: usize) {
        for other in self.candidates(|means| means == Means::Time) {
            let both = |line: &Vec<usize>| line.contains(&time) && line.contains(&other.column);
            if self.closed.is_some() && !self.lines.iter().any(both) {
                self.take(other.column, Field::Time(TimeShape::Any));
            }
        }
    }

    /// A whole request line if there is one, else its parts.
    fn request(&mut self) {
        let parts = [(Means::Method, Field::Method), (Means::Protocol, Field::Protocol)];
        if self.mapping.keys.iter().any(|key| matches!(key.field, Field::Request | Field::Asked)) {
            return;
        }
        if !self.is_free(Field::Target) {
            parts.into_iter().for_each(|(means, field)| self.pick_for(means, field));
            return;
        }
        let mut candidates = self.candidates(|m| m == Means::Request);
        let is_line = |c: &Candidate| {
            let values = || self.columns[c.column].present();
            values().filter(|v| shape::is_request_line(v)).count() * 2 > values().count()
        };
        let lines: Vec<_> = candidates.iter().copied().filter(is_line).collect();
        if let Some(line) = best(&lines) {
            self.take(line.column, Field::Request);
            return;
        }
        candidates.retain(|c| !is_line(c));
        if let Some(target) = best(&candidates) {
            let field = if self.names_only { Field::Asked } else { Field::Target };
            self.take(target.column, field);
        }
        parts.into_iter().for_each(|(means, field)| self.pick_for(means, field));
    }

    /// Lists that the report does not use are known all the same: they may be written without
    /// quotes, which a reader of JSON must expect.
    fn other_lists(&mut self) {
        let list = |m: &Meaning| m.means.is_list();
        for at in 0..self.columns.len() {
            if !self.columns[at].taken && self.columns[at].meanings.iter().any(list) {
                self.take(at, Field::UpstreamOther);
            }
        }
    }
}

/// The preferred one of those that come within a tenth of the one in the most lines.
fn best(candidates: &[Candidate]) -> Option<Candidate> {
    let most = candidates.iter().map(|c| c.lines).max()?;
    candidates.iter().copied().filter(|c| c.lines * 10 >= most * 9).min_by_key(|c| c.rank)
}

/// What is the same thing to a report: a field of one kind has one key.
fn kind(field: Field) -> (std::mem::Discriminant<Field>, u8) {
    let (field, number) = match field {
        Field::Duration { latency: true, .. }
        | Field::UpstreamDuration { latency: true, .. }
        | Field::Part { .. }
        | Field::End(_) => (LATENCY, 0),
        Field::Request | Field::Target | Field::Asked => (Field::Target, 0),
        Field::Clue(number) => (field, number),
        other => (other, 0),
    };
    (std::mem::discriminant(&field), number)
}

/// The latency of the report, whatever it is read from.
const LATENCY: Field = Field::Part { unit: Unit::Seconds };

/// What stands for the unit of values that carry their own.
const WRITTEN: &str = "as written";

/// The paths of the sample, in the order in which they were first met; and for each line which of
/// them it has.
fn columns(sample: &[Fields]) -> (Vec<Column<'_>>, Vec<Vec<usize>>) {
    let mut places: HashMap<&Path, usize> = HashMap::new();
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut lines = Vec::with_capacity(sample.len());
    for fields in sample {
        let mut line = Vec::with_capacity(fields.len());
        for (path, value) in fields {
            let next = columns.len();
            let at = *places.entry(path).or_insert(next);
            if at == next {
                if next == MAX_PATHS {
                    places.remove(path);
                    continue;
                }
                columns.push(Column {
                    path,
                    meanings: Vec::new(),
                    values: Vec::new(),
                    taken: false,
                });
            }
            columns[at].values.push(value.as_deref());
            line.push(at);
        }
        lines.push(line);
    }
    (columns, lines)
}

/// A path's normal name without the objects that only wrap the request.
fn own_name(path: &Path) -> String {
    let name = alias::normal(&path.to_string());
    let mut own = name.as_str();
    while let Some((first, rest)) = own.split_once('.')
        && alias::WRAPPERS.contains(&first)
    {
        own = rest;
    }
    own.to_owned()
}

/// The sets that explain the lines: the first product whose keys most of the responses have, with
/// the common stock if people choose its other keys; or the common stock.
fn recognised(
    sets: &[&'static KeySet],
    columns: &[Column<'_>],
    names: &[String],
    lines: &[Vec<usize>],
) -> Vec<&'static KeySet> {
    let stock = || sets.iter().copied().filter(|set| set.enough == 0);
    let status = |name: &String| {
        let aliases = stock().flat_map(|set| set.aliases);
        let mut keys = aliases.filter(|a| a.means == Means::Status).flat_map(|alias| alias.keys);
        keys.any(|key| alias::is(key, name))
    };
    let status: Vec<bool> = names.iter().map(status).collect();
    let products = sets.iter().copied().filter(|set| set.enough > 0).map(|set| {
        let tells: Vec<bool> =
            names.iter().zip(columns).map(|(name, column)| tells(set, name, column.path)).collect();
        let is_of_it =
            |line: &Vec<usize>| line.iter().filter(|column| tells[**column]).count() >= set.enough;
        (set, lines.iter().map(is_of_it).collect::<Vec<bool>>())
    });
    let mut best: Option<(&KeySet, usize)> = None;
    let mut is_response: Vec<bool> =
        lines.iter().map(|line| line.iter().any(|column| status[*column])).collect();
    for (set, of_it) in products {
        let count = of_it.iter().filter(|of_it| **of_it).count();
        is_response.iter_mut().zip(of_it).for_each(|(response, of_it)| *response |= of_it);
        if count > best.map_or(0, |(_, most)| most) {
            best = Some((set, count));
        }
    }
    let responses = is_response.iter().filter(|response| **response).count();
    let product = best.filter(|(_, count)| count * 2 > responses).map(|(set, _)| set);
    match product {
        Some(set) if set.open => [set].into_iter().chain(stock()).collect(),
        Some(set) => vec![set],
        None => stock().collect(),
    }
}

/// Whether a key is one of those that give a product away.
fn tells(set: &KeySet, name: &str, path: &Path) -> bool {
    set.signature.iter().any(|key| match key.strip_prefix('=') {
        Some(exact) => path.keys().last() == Some(exact.as_bytes()),
        None => alias::is(key, name),
    })
}

/// What a name can mean, in these sets. The first set that has a meaning for it decides the rank.
fn meanings(sets: &[&KeySet], name: &str, path: &Path) -> Vec<Meaning> {
    let mut found = exact(sets, name);
    if found.is_empty()
        && let Some((stem, unit)) = without_unit(name, path)
    {
        for meaning in exact(sets, stem) {
            let means = match meaning.means {
                Means::Latency(_) => Means::Latency(Hint::Is(unit)),
                Means::UpstreamLatency(_) => Means::UpstreamLatency(Hint::Is(unit)),
                Means::Connect(_) => Means::Connect(Hint::Is(unit)),
                Means::Header(_) => Means::Header(Hint::Is(unit)),
                _ => continue,
            };
            found.push(Meaning { means, ..meaning });
        }
    }
    found
}

fn exact(sets: &[&KeySet], name: &str) -> Vec<Meaning> {
    let mut found: Vec<Meaning> = Vec::new();
    let mut rank = 0;
    for set in sets {
        for (means, key) in
            set.aliases.iter().flat_map(|row| row.keys.iter().map(|k| (row.means, k)))
        {
            let kind = std::mem::discriminant(&means);
            if alias::is(key, name)
                && !found.iter().any(|m| std::mem::discriminant(&m.means) == kind)
            {
                found.push(Meaning { means, rank });
            }
            rank += 1;
        }
        // What a product calls so is that and nothing else.
        if set.enough > 0 && !found.is_empty() {
            break;
        }
    }
    found
}

/// `durationms` without its unit, which ends it.
fn without_unit<'n>(name: &'n str, path: &Path) -> Option<(&'n str, Unit)> {
    for (suffix, unit) in alias::UNIT_SUFFIXES {
        if let Some(stem) = name.strip_suffix(suffix) {
            return Some((stem.trim_end_matches('.'), *unit));
        }
    }
    // `request_time_s`, but not `durations`.
    let lone = path.keys().last()?;
    let separated = matches!(lone, [.., b'_' | b'-' | b'.', b's'] | b"s");
    let stem = name.strip_suffix('s').filter(|_| separated)?;
    Some((stem.trim_end_matches('.'), Unit::Seconds))
}

#[cfg(test)]
mod tests;
