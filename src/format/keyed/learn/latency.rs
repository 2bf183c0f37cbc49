//! The durations of a mapping: the latency of the report, and the phases of the way to the upstream.

use super::super::alias::{Hint, Means};
use super::super::shape::{self, Known};
use super::super::{Latency, Path};
use super::columns::{Column, Meaning, by_line};
use super::{Candidate, LATENCY, Learner, best};
use crate::format::field::{Digits, Field, Unit, present};
use crate::format::product::FIRST_VERSION;

/// What stands for the unit of values that carry their own.
pub(super) const WRITTEN: &str = "as written";

impl Learner<'_> {
    /// The unit of a column that can be a duration.
    pub(super) fn unit(&self, column: usize, hint: Hint) -> Known {
        match hint {
            Hint::Is(unit) if self.names_only => Known::Unit(unit),
            // The rule tells nanoseconds from them.
            Hint::SecondsOrNanoseconds if self.names_only => Known::Unit(Unit::Seconds),
            _ if self.names_only => Known::No,
            _ => self.columns[column].unit(hint),
        }
    }

    /// Another summand of the latency, or the one key of it.
    pub(super) fn add_latency(&mut self, path: &Path, unit: &'static str) {
        match &mut self.mapping.latency {
            Some(latency) => latency.name = format!("{} + {path}", latency.name),
            none => *none = Some(Latency { name: path.to_string(), unit, upstream: false }),
        }
    }

    pub(super) fn latency(&mut self, said: Option<(&str, Option<Unit>)>) {
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
    pub(super) fn mind_written_units(&mut self) {
        if let Some(key) = self.mapping.keys.last_mut() {
            key.written_unit |= self.names_only;
        }
    }

    /// The latency whose unit the product's rule reads off another value of the line.
    pub(super) fn latency_of_the_rule(&mut self) -> bool {
        let found = self.candidates(|means| matches!(means, Means::ClueLatency(_)));
        let Some(Candidate { column, means: Means::ClueLatency(clue), .. }) = best(&found) else {
            return false;
        };
        let name = self.columns[column].path.to_string();
        let versions = self.versions(column);
        if versions.contains(&(false, true)) {
            self.mapping.notes.push(format!(
                "{name} is in milliseconds in version 1 and in seconds in version 2: whole numbers \
                 of version 2 can be either and are not read; --latency {name}:s or {name}:ms \
                 settles it"
            ));
        }
        self.take(column, Field::Clue(clue));
        let firsts = versions.iter().filter(|(is_first, _)| *is_first).count();
        let unit = match firsts {
            _ if versions.is_empty() => "s (v2) or ms (v1)",
            0 => "s",
            all if all == versions.len() => "ms",
            _ => "s (v2) or ms (v1)",
        };
        self.mapping.latency = Some(Latency { name, unit, upstream: false });
        true
    }

    /// Of each line with this latency of Application Gateway: whether an instance of version 1 wrote
    /// it, and whether it is a whole number other than 0.
    fn versions(&self, latency: usize) -> Vec<(bool, bool)> {
        let is_whole = |value: &[u8]| !value.contains(&b'.') && value != b"0";
        let values = |column| by_line(column, &self.columns, &self.lines);
        let is_instance = |m: &Meaning| m.means == Means::Clue(0);
        let instance = self.columns.iter().position(|c| c.meanings.iter().any(is_instance));
        let instances = instance.map_or(vec![None; self.lines.len()], values);
        let is_first = |name: Option<&[u8]>| name.is_some_and(|n| n.starts_with(FIRST_VERSION));
        let both = instances.into_iter().zip(values(latency));
        both.filter_map(|(name, taken)| Some((is_first(name), is_whole(taken.and_then(present)?))))
            .collect()
    }

    /// The durations whose sum is the latency, if they are all there.
    pub(super) fn parts(&mut self) -> bool {
        let Some(set) = self.closed else { return false };
        let is_part = |means: Means| matches!(means, Means::Part(_) | Means::UpstreamPart(_));
        let parts = set.aliases.iter().filter(|alias| is_part(alias.means));
        let wanted: usize = parts.map(|alias| alias.keys.len()).sum();
        let mut found = self.candidates(is_part);
        if wanted == 0 || found.len() < wanted {
            return false;
        }
        found.sort_by_key(|part| part.rank);
        for Candidate { column, means, .. } in found {
            let (unit, field) = match means {
                Means::Part(unit) => (unit, Field::Part { unit }),
                Means::UpstreamPart(unit) => (unit, Field::UpstreamPart { unit }),
                _ => continue,
            };
            let path = self.columns[column].path;
            // Without a value in the sample they may carry their units.
            let written = self.columns[column].present().next().is_none()
                || self.columns[column].unit(Hint::Unknown) == Known::Written;
            self.add_latency(path, if written { WRITTEN } else { unit.name() });
            self.take(column, field);
            if let Some(key) = self.mapping.keys.last_mut() {
                key.written_unit = written;
            }
        }
        true
    }

    /// The time from the start to the end of a request, where nothing else says how long it took.
    pub(super) fn difference(&mut self) {
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
    pub(super) fn doubt_seconds(&mut self, column: usize, unit: Option<Unit>) {
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
    pub(super) fn phases(&mut self) {
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

    /// The latency that the user named.
    pub(super) fn said_latency(&mut self, said: &str, unit: Option<Unit>) {
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
    pub(super) fn unknown_unit(&mut self, column: usize) {
        let column = &self.columns[column];
        let note = unknown_unit(&column.path.to_string(), column.present());
        match self.mapping.latency {
            Some(_) => self.mapping.notes.push(note),
            None => self.mapping.unread_latency = Some(note),
        }
    }

    pub(super) fn set_latency(&mut self, column: usize, unit: Option<Unit>, upstream: bool) {
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
