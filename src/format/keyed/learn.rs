//! A mapping from a sample of lines.

use super::alias::{self, Hint, KeySet, Means};
use super::shape::{self, Fit, Known};
use super::{Fields, Key, Latency, MAX_KEYS, Mapping, Path};
use crate::format::field::{Digits, Field, Unit, present};
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
            Means::Time | Means::Latency(_) | Means::UpstreamLatency(_) | Means::ClientAddress => {
                (yes / 9, 1)
            }
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

impl Mapping {
    /// Learns from the fields of sample lines which key is which field.
    ///
    /// For each field the key is picked that has values of the right kind in the most lines; among
    /// those that come within a tenth of the most, the one that `sets` name first. So the time of
    /// the whole request comes before that of the upstreams if both are nearly always there. A
    /// latency without a known unit is not picked but noted. `latency` is the user's word for it: a
    /// path, and its unit if it was said.
    pub fn learn(
        sample: &[Fields],
        sets: &[&KeySet],
        latency: Option<(&str, Option<Unit>)>,
    ) -> Self {
        let mut columns = columns(sample);
        let names: Vec<String> = columns.iter().map(|column| own_name(column.path)).collect();
        let usual = |(_, column): &(&String, &Column<'_>)| column.values.len() * 2 > sample.len();
        let usual: Vec<_> =
            names.iter().zip(&columns).filter(usual).map(|(name, _)| name.as_str()).collect();
        let sets: Vec<&KeySet> = sets.iter().copied().filter(|set| matches(set, &usual)).collect();
        for (column, name) in columns.iter_mut().zip(&names) {
            column.meanings = meanings(&sets, name, column.path);
        }
        let mut learner = Learner { columns, mapping: Self::default() };
        learner.mapping.name = sets.first().map_or("", |set| set.name);
        learner.mapping.order = learner.columns.iter().map(|c| c.path.clone()).collect();
        learner.latency(latency);
        learner.time();
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
            (Means::Reason, Field::Reason),
            (Means::RequestId, Field::RequestId),
        ] {
            if !learner.mapping.keys.iter().any(|key| key.field == field)
                && let Some(column) = learner.pick(means)
            {
                learner.take(column, field);
            }
        }
        learner.other_lists();
        learner.mapping.keys.truncate(MAX_KEYS);
        learner.mapping
    }
}

struct Learner<'s> {
    columns: Vec<Column<'s>>,
    mapping: Mapping,
}

impl Learner<'_> {
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
                if let Some(lines) = column.fitting(meaning.means) {
                    let Meaning { means, rank } = *meaning;
                    found.push(Candidate { column: at, means, rank, lines });
                }
            }
        }
        found
    }

    fn pick(&self, means: Means) -> Option<usize> {
        best(&self.candidates(|m| m == means)).map(|candidate| candidate.column)
    }

    fn latency(&mut self, said: Option<(&str, Option<Unit>)>) {
        match said {
            Some((path, unit)) => self.said_latency(path, unit),
            None => self.latency_parts(),
        }
        if self.mapping.latency.is_some() && said.is_none() {
            return;
        }
        let all = self.candidates(|m| matches!(m, Means::Latency(_) | Means::UpstreamLatency(_)));
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for candidate in all {
            let (Means::Latency(hint) | Means::UpstreamLatency(hint)) = candidate.means else {
                continue;
            };
            match self.columns[candidate.column].unit(hint) {
                Known::Unit(unit) => known.push((candidate, Some(unit))),
                Known::Written => known.push((candidate, None)),
                Known::No => unknown.push(candidate),
                Known::Epoch => {}
            }
        }
        let upstream = |c: &Candidate| matches!(c.means, Means::UpstreamLatency(_));
        let candidates: Vec<Candidate> = known.iter().map(|(c, _)| *c).collect();
        let chosen = if said.is_none() { best(&candidates) } else { None };
        if let Some(chosen) = chosen
            && let Some((_, unit)) = known.iter().find(|(c, _)| c.column == chosen.column)
        {
            self.set_latency(chosen.column, *unit, upstream(&chosen));
        }
        if said.is_none()
            && let Some(doubtful) = best(&unknown)
            && chosen.is_none_or(|c| doubtful.rank < c.rank)
        {
            self.unknown_unit(doubtful.column);
        }
        let rest: Vec<_> = candidates
            .into_iter()
            .filter(|c| upstream(c) && !self.columns[c.column].taken)
            .collect();
        if let Some(other) = best(&rest)
            && let Some((_, Some(unit))) = known.iter().find(|(c, _)| c.column == other.column)
        {
            self.take(
                other.column,
                Field::UpstreamDuration { unit: *unit, digits: Digits::Any, latency: false },
            );
        }
    }

    /// A latency that is the sum of several keys. Their values carry their units, or are empty.
    fn latency_parts(&mut self) {
        let mut parts =
            self.candidates(|m| matches!(m, Means::LatencyPart | Means::UpstreamLatencyPart));
        parts.sort_by_key(|part| part.rank);
        if parts.is_empty() {
            return;
        }
        let unit = Unit::Milliseconds;
        for part in &parts {
            let field = match part.means {
                Means::UpstreamLatencyPart => Field::UpstreamPart { unit },
                _ => Field::Part { unit },
            };
            self.take(part.column, field);
            if let Some(key) = self.mapping.keys.last_mut() {
                key.written_unit = true;
            }
        }
        let names: Vec<_> =
            parts.iter().map(|part| self.columns[part.column].path.to_string()).collect();
        let path = Path::new([names.join(" + ").as_bytes()]);
        self.mapping.latency = Some(Latency { path, unit: None, upstream: false });
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

    /// Says of a latency that is not read what it can be, and the flags that settle it. Where
    /// another key stands in for it, that is a note.
    fn unknown_unit(&mut self, column: usize) {
        let column = &self.columns[column];
        let note = unknown_unit(&column.path.to_string(), column.present());
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
        let path = self.columns[column].path.clone();
        if let Some(key) = self.mapping.keys.last_mut() {
            key.written_unit = unit.is_none();
        }
        self.mapping.latency = Some(Latency { path, unit, upstream });
    }

    fn time(&mut self) {
        let Some(at) = self.pick(Means::Time) else { return };
        let column = &self.columns[at];
        let shape = shape::time_shape(column.present());
        if column.present().any(shape::lacks_zone) {
            self.mapping.notes.push(format!("{} has no zone; read as UTC", column.path));
        }
        self.mapping.time = Some(column.path.clone());
        self.take(at, Field::Time(shape));
    }

    /// A whole request line if there is one, else its parts.
    fn request(&mut self) {
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
            self.take(target.column, Field::Target);
        }
        for (means, field) in [(Means::Method, Field::Method), (Means::Protocol, Field::Protocol)] {
            if let Some(column) = self.pick(means) {
                self.take(column, field);
            }
        }
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

/// What to say of a latency of this name whose unit is not known: what its largest value can mean,
/// and the flags that settle it.
pub(in crate::format) fn unknown_unit<'v>(
    name: &str,
    values: impl Iterator<Item = &'v [u8]>,
) -> String {
    let (value, units) = shape::possible(values);
    let list = |item: &dyn Fn(Unit) -> String| {
        units.iter().map(|unit| item(*unit)).collect::<Vec<_>>().join(" or ")
    };
    let value = value.map_or(String::new(), |value| {
        let value = String::from_utf8_lossy(value);
        format!(": {value} may be {}", list(&|unit| format!("{value} {}", unit.name())))
    });
    format!(
        "{name} looks like a latency, but its unit is not known{value}; settle it with {}",
        list(&|unit| format!("--latency {name}:{}", unit.name()))
    )
}

/// The preferred one of those that come within a tenth of the one in the most lines.
fn best(candidates: &[Candidate]) -> Option<Candidate> {
    let most = candidates.iter().map(|c| c.lines).max()?;
    candidates.iter().copied().filter(|c| c.lines * 10 >= most * 9).min_by_key(|c| c.rank)
}

/// The paths of the sample, in the order in which they were first met.
fn columns(sample: &[Fields]) -> Vec<Column<'_>> {
    let mut places: HashMap<&Path, usize> = HashMap::new();
    let mut columns: Vec<Column<'_>> = Vec::new();
    for fields in sample {
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
        }
    }
    columns
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

/// Whether the usual names have enough of the keys that give a product away.
fn matches(set: &KeySet, usual: &[&str]) -> bool {
    let has = |key: &&&str| usual.contains(&alias::normal(key).as_str());
    set.signature.iter().filter(has).count() >= set.enough
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
                _ => continue,
            };
            found.push(Meaning { means, ..meaning });
        }
    }
    found
}

fn exact(sets: &[&KeySet], name: &str) -> Vec<Meaning> {
    let mut found: Vec<Meaning> = Vec::new();
    let rows = sets.iter().flat_map(|set| set.aliases);
    for (rank, (means, key)) in
        rows.flat_map(|row| row.keys.iter().map(|key| (row.means, key))).enumerate()
    {
        let kind = std::mem::discriminant(&means);
        if alias::normal(key) == name
            && !found.iter().any(|m| std::mem::discriminant(&m.means) == kind)
        {
            found.push(Meaning { means, rank });
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
