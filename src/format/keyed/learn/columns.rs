//! The keys of a sample with their values, and what their names can mean.

use super::super::alias::{self, Hint, KeySet, Means};
use super::super::shape::{self, Fit, Known};
use super::super::{Fields, Path};
use crate::format::field::{Unit, present};
use std::collections::HashMap;

/// Paths that are kept of a sample: a bound for objects whose keys are data.
pub(super) const MAX_PATHS: usize = 512;

/// Keys that may hold a request line, and mostly hold a sentence.
const SAYINGS: [&str; 2] = ["message", "msg"];

/// One path of the sample with its values.
pub(super) struct Column<'s> {
    pub(super) path: &'s Path,
    pub(super) meanings: Vec<Meaning>,
    pub(super) values: Vec<Option<&'s [u8]>>,
    pub(super) taken: bool,
}

/// What the name of a column can mean. Lower ranks are preferred.
#[derive(Clone, Copy)]
pub(super) struct Meaning {
    pub(super) means: Means,
    pub(super) rank: usize,
}

impl<'s> Column<'s> {
    /// Values that are neither null nor `-` nor empty.
    pub(super) fn present(&self) -> impl Iterator<Item = &'s [u8]> + Clone + '_ {
        self.values.iter().copied().flatten().filter_map(present)
    }

    /// In how many lines the value fits, unless too many values do not: one of ten, or half of the
    /// request lines, which strangers fill with garbage. A key that has had no value yet is believed
    /// by its name (`"status":0` alone, `"upstream_status":"-"` of pages from the disk), but not
    /// where the values tell what kind it is.
    pub(super) fn fitting(&self, means: Means) -> Option<usize> {
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
            | Means::UpstreamLatency(_)
            | Means::Connect(_)
            | Means::Header(_)
            | Means::ClientAddress => (yes / 9, 1),
            _ => (yes / 9, 0),
        };
        (yes >= needed && no <= tolerated).then_some(yes)
    }

    pub(super) fn unit(&self, hint: Hint) -> Known {
        let number =
            |value: &&[u8]| shape::fit(Means::UpstreamLatency(hint), Some(*value)) == Fit::Yes;
        shape::unit(hint, self.present().filter(number))
    }
}

/// The paths of the sample, in the order in which they were first met; and for each line which of
/// them it has.
pub(super) fn columns<'s>(
    sample: impl Iterator<Item = &'s Fields>,
) -> (Vec<Column<'s>>, Vec<Vec<usize>>) {
    let mut places: HashMap<&Path, usize> = HashMap::new();
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut lines = Vec::with_capacity(sample.size_hint().0);
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

/// The value that each line has in a column.
pub(super) fn by_line<'s>(
    column: usize,
    columns: &[Column<'s>],
    lines: &[Vec<usize>],
) -> Vec<Option<&'s [u8]>> {
    let mut values = columns[column].values.iter().copied();
    let value = |line: &Vec<usize>| {
        line.iter().filter(|at| **at == column).fold(None, |_, _| values.next().flatten())
    };
    lines.iter().map(value).collect()
}

/// The column that says what kind of line each is, if some are requests by it.
pub(super) fn kinds(columns: &[Column<'_>], names: &[String]) -> Option<usize> {
    let at = names.iter().position(|name| alias::is(alias::KIND, name))?;
    columns[at].present().any(|value| is_one_of(alias::REQUESTS, value)).then_some(at)
}

/// Whether a value is one of these, in any case.
fn is_one_of(kinds: &[&str], value: &[u8]) -> bool {
    kinds.iter().any(|kind| kind.as_bytes().eq_ignore_ascii_case(value))
}

/// A path's normal name without the objects that only wrap the request.
pub(super) fn own_name(path: &Path) -> String {
    let name = alias::normal(&path.to_string());
    let mut own = name.as_str();
    while let Some((first, rest)) = own.split_once('.')
        && alias::WRAPPERS.contains(&first)
    {
        own = rest;
    }
    own.to_owned()
}

/// What the keys of a sample tell of who wrote it.
pub(super) struct Recognised {
    /// The sets that explain the lines: a product's, with the common stock if people choose its other
    /// keys; or the common stock.
    pub(super) sets: Vec<&'static KeySet>,
    /// Whether each line is of another product than that one: such lines are read by their own keys,
    /// and what they hold says nothing of this product's.
    pub(super) is_foreign: Vec<bool>,
}

/// Recognises the product that wrote most lines, the first of those that wrote as many, if hardly
/// any request is of none: those of other products are read by themselves, those of none are not.
pub(super) fn recognised(
    sets: &[&'static KeySet],
    columns: &[Column<'_>],
    names: &[String],
    lines: &[Vec<usize>],
) -> Recognised {
    /// Of so many requests one may be of no product.
    const ODD_ONE_IN: usize = 10;
    let stock = || sets.iter().copied().filter(|set| set.enough == 0);
    let has = |line: &Vec<usize>, of: &[bool]| line.iter().any(|column| of[*column]);
    let means = |wanted: fn(Means) -> bool| -> Vec<bool> {
        let aliases = stock().flat_map(|set| set.aliases).filter(|alias| wanted(alias.means));
        let keys = aliases.flat_map(|alias| alias.keys).filter(|key| !SAYINGS.contains(key));
        let keys: Vec<_> = keys.collect();
        names.iter().map(|name| keys.iter().any(|key| alias::is(key, name))).collect()
    };
    let status = means(|means| means == Means::Status);
    let asked = means(|means| {
        matches!(means, Means::Request | Means::Method | Means::Client | Means::UserAgent)
    });
    let products = sets.iter().copied().filter(|set| set.enough > 0).map(|set| {
        let of = |keys: &[&str]| -> Vec<bool> {
            names.iter().zip(columns).map(|(name, column)| tells(keys, name, column.path)).collect()
        };
        let (known, sure) = (of(set.signature), of(set.sure));
        let is_of_it = |line: &Vec<usize>| {
            let spared = usize::from(has(line, &sure));
            line.iter().filter(|column| known[**column]).count() + spared >= set.enough
        };
        (set, lines.iter().map(is_of_it).collect::<Vec<bool>>())
    });
    let mut best: Option<(&KeySet, usize, Vec<bool>)> = None;
    // Programs tell a status of much that is no request.
    let mut is_response: Vec<bool> =
        lines.iter().map(|line| has(line, &status) && has(line, &asked)).collect();
    // Probes of Front Door have a status too, and may be more than its requests.
    if let Some(at) = kinds(columns, names) {
        let values = by_line(at, columns, lines);
        for (response, kind) in is_response.iter_mut().zip(values) {
            *response &= kind.is_none_or(|kind| is_one_of(alias::REQUESTS, kind));
        }
    }
    let mut is_of_any = vec![false; lines.len()];
    for (set, of_it) in products {
        let count = of_it.iter().filter(|of_it| **of_it).count();
        is_of_any.iter_mut().zip(&of_it).for_each(|(any, of_it)| *any |= of_it);
        if count > best.as_ref().map_or(0, |(_, most, _)| *most) {
            best = Some((set, count, of_it));
        }
    }
    let others = is_response.iter().zip(&is_of_any).filter(|(response, any)| **response && !**any);
    let others = others.count();
    let responses = others + is_of_any.iter().filter(|any| **any).count();
    let product =
        best.filter(|(_, count, _)| count * 2 > responses || others * ODD_ONE_IN <= *count);
    let Some((set, _, of_it)) = product else {
        return Recognised { sets: stock().collect(), is_foreign: vec![false; lines.len()] };
    };
    let sets = match set.open {
        true => [set].into_iter().chain(stock()).collect(),
        false => vec![set],
    };
    let is_foreign = is_of_any.iter().zip(of_it).map(|(any, of_it)| *any && !of_it).collect();
    Recognised { sets, is_foreign }
}

/// Whether a key is one of those that give a product away.
pub(super) fn tells(keys: &[&str], name: &str, path: &Path) -> bool {
    keys.iter().any(|key| match key.strip_prefix('=') {
        Some(exact) => path.keys().last() == Some(exact.as_bytes()),
        None => alias::is(key, name),
    })
}

/// What a name can mean, in these sets. The first set that has a meaning for it decides the rank.
pub(super) fn meanings(sets: &[&KeySet], name: &str, path: &Path) -> Vec<Meaning> {
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

pub(super) fn exact(sets: &[&KeySet], name: &str) -> Vec<Meaning> {
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
pub(super) fn without_unit<'n>(name: &'n str, path: &Path) -> Option<(&'n str, Unit)> {
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
