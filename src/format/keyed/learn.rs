//! A mapping from a sample of lines.

use super::alias::{self, Alias, Hint, KeySet, Means};
use super::shape::{self, Known};
use super::{Fields, Key, MAX_KEYS, Mapping, Path};
use crate::format::Product;
use crate::format::field::{Field, TimeShape, Unit};
use columns::{Column, Meaning, Recognised, meanings, own_name, recognised};
use latency::WRITTEN;
pub(in crate::format) use latency::unknown_unit;

mod columns;
mod latency;

/// A column that may be picked.
#[derive(Clone, Copy)]
struct Candidate {
    column: usize,
    means: Means,
    rank: usize,
    /// Lines in which it has a fitting value.
    lines: usize,
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
        let names_of = |columns: &[Column<'_>]| -> Vec<String> {
            columns.iter().map(|column| own_name(column.path)).collect()
        };
        let (mut columns, mut lines) = columns::columns(sample.iter());
        let mut names = names_of(&columns);
        let sets = if wishes.forced {
            let stock = wishes.sets.iter().skip(1).filter(|_| wishes.sets[0].open);
            wishes.sets.iter().take(1).chain(stock).copied().collect()
        } else {
            let Recognised { sets, is_foreign } = recognised(wishes.sets, &columns, &names, &lines);
            if is_foreign.contains(&true) {
                let own = sample.iter().zip(is_foreign).filter(|(_, is_foreign)| !is_foreign);
                (columns, lines) = columns::columns(own.map(|(fields, _)| fields));
                names = names_of(&columns);
            }
            sets
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
            (Means::Location, Field::Location),
            (Means::Reason, Field::Reason),
            (Means::RequestId, Field::RequestId),
            (Means::Clue(0), Field::Clue(0)),
            (Means::Clue(1), Field::Clue(1)),
            (Means::Clue(2), Field::Clue(2)),
        ] {
            learner.pick_for(means, field);
        }
        learner.strangers(&names);
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

    /// The keys that tell lines of other kinds from requests.
    fn strangers(&mut self, names: &[String]) {
        if self.closed.is_none()
            && let Some(column) = columns::kinds(&self.columns, names)
            && !self.columns[column].taken
        {
            self.take(column, Field::OneOf(alias::REQUESTS));
        }
        for Candidate { column, means, .. } in
            self.candidates(|means| matches!(means, Means::Stranger | Means::OneOf(_)))
        {
            match means {
                Means::OneOf(kinds) => self.take(column, Field::OneOf(kinds)),
                _ => self.take(column, Field::Stranger),
            }
        }
    }

    /// Keys of a vendor's log that stand in few lines, such as the reason of an error: they are
    /// read although the sample may not have them.
    fn rare(&mut self) {
        let Some(set) = self.closed else { return };
        let (outer, dropped) = self.surroundings(set);
        for Alias { means, keys } in set.aliases {
            let mut few = &keys[..1];
            let field = match means {
                Means::Status => Field::Status,
                Means::UpstreamStatus => Field::UpstreamStatus,
                Means::UpstreamAddress => Field::UpstreamAddress,
                Means::Reason => Field::Reason,
                Means::Clue(number) => Field::Clue(*number),
                Means::Stranger => {
                    few = keys;
                    Field::Stranger
                }
                Means::OneOf(kinds) => Field::OneOf(kinds),
                _ => continue,
            };
            if field != Field::Stranger && !self.is_free(field) {
                continue;
            }
            for key in few {
                let path = Path::parse(key);
                let inner = path.keys().skip(dropped.min(path.keys().len() - 1));
                let path = Path::new(outer.keys().chain(inner));
                if !self.mapping.keys.iter().any(|known| known.path == path) {
                    self.mapping.keys.push(Key { path, field, written_unit: false });
                }
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

    /// The time of the record: a shipper's or a runtime's around it may have the same name, and stand
    /// before it.
    fn pick_time(&self) -> Option<usize> {
        let status = self.pick(Means::Status).map(|column| self.columns[column].path);
        let shared = |column: usize| {
            let both = status.map(|status| status.keys().zip(self.columns[column].path.keys()));
            both.map_or(0, |both| both.take_while(|(a, b)| a == b).count())
        };
        let mut found = self.candidates(|means| means == Means::Time);
        found.sort_by_key(|candidate| std::cmp::Reverse(shared(candidate.column)));
        best(&found).map(|candidate| candidate.column)
    }

    fn time(&mut self) {
        if !self.is_free(Field::Time(TimeShape::Any)) {
            return;
        }
        let Some(at) = self.pick_time() else {
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
        if column.present().any(shape::lacks_zone) && !self.mapping.is_in_utc() {
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

#[cfg(test)]
mod tests;
