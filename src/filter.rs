//! Which requests are counted: `--where` expressions and the window of `--since` and `--until`.
//!
//! An expression is `KEY=VALUE[,VALUE...]`, `KEY!=VALUE[,VALUE...]`, `KEY~REGEX` or `KEY!~REGEX`;
//! several expressions must all hold. A record that lacks the field never fits `=` and `~`, and
//! always fits `!=` and `!~`.
//!
//! | key | values of `=` and `!=` | `~` |
//! |---|---|---|
//! | `status` | `404`, `500-504`, `5xx`, `none` (no status was sent) | |
//! | `class` | `1xx` to `5xx`, `other` (600 to 999), `none` | |
//! | `method` | a method, in any case | yes |
//! | `route` | a route as the report shows it, exactly | yes |
//! | `host` | a host, in any case | yes |
//! | `client` | an address, a network (`10.0.0.0/8`) or a host name | yes, as written |
//!
//! Nothing is allocated and nothing is hashed for a record.

mod client;

use crate::record::{Class, Record, Status};
use crate::suggest::did_you_mean;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use client::Client;
use regex::bytes::Regex;
use std::cell::LazyCell;

/// What `--where` can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Status,
    Class,
    Method,
    Host,
    Client,
    /// Last, as its text is the only one that has to be made.
    Route,
}

/// Every key by its name, in the order of help and errors.
const KEYS: [(&str, Key); 6] = [
    ("status", Key::Status),
    ("class", Key::Class),
    ("method", Key::Method),
    ("route", Key::Route),
    ("host", Key::Host),
    ("client", Key::Client),
];

/// Names that other tools use, and the key that they mean here.
const OTHER_NAMES: [(&str, &str); 9] = [
    ("addr", "client"),
    ("code", "status"),
    ("ip", "client"),
    ("path", "route"),
    ("remote_addr", "client"),
    ("target", "route"),
    ("uri", "route"),
    ("url", "route"),
    ("verb", "method"),
];

/// The operators of other languages, which would else be read as a value that begins with `=`.
const OTHER_OPERATORS: [(&str, &str); 7] = [
    ("==", "="),
    ("=~", "~"),
    ("~=", "~"),
    ("<>", "!="),
    (">", "= with a range such as 500-599"),
    ("<", "= with a range such as 100-399"),
    (":", "="),
];

/// Expressions that a record must all fit. The empty filter admits everything.
///
/// Make one clone for each worker: clones share the compiled patterns, but each has its own
/// scratch space, so that workers do not wait for one another.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Cheapest first.
    clauses: Vec<Clause>,
}

/// One expression.
#[derive(Clone, Debug)]
struct Clause {
    key: Key,
    negated: bool,
    test: Test,
}

/// What the value of a key is held against.
#[derive(Clone, Debug)]
enum Test {
    Status(StatusSet),
    /// Any of these, byte for byte or but for ASCII case.
    Texts {
        any: Vec<Box<[u8]>>,
        ignore_case: bool,
    },
    Clients(Vec<Client>),
    Pattern(Regex),
}

impl Filter {
    /// Reads expressions as `--where` takes them.
    ///
    /// Errors on an unknown key or operator and on a value that the key cannot have.
    pub fn parse(expressions: &[String]) -> Result<Self> {
        let mut clauses = expressions
            .iter()
            .map(|text| Clause::parse(text).with_context(|| format!("{text:?}")))
            .collect::<Result<Vec<_>>>()
            // One line: the expression, then what is wrong with it.
            .map_err(|error| anyhow!("{error:#}"))?;
        clauses.sort_by_key(|clause| (clause.key, matches!(clause.test, Test::Pattern(_))));
        Ok(Self { clauses })
    }

    /// Whether every record is admitted.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether an expression is on the status or its class, so that the rates of what is admitted
    /// are those of the filter.
    pub fn names_status(&self) -> bool {
        self.clauses.iter().any(|clause| matches!(clause.key, Key::Status | Key::Class))
    }

    /// Whether `record` fits every expression. `route` gives the normalised route of the record;
    /// it is called at most once, and only when an expression on the route decides.
    #[inline]
    pub fn admits<'r>(
        &self,
        record: &Record<'_>,
        route: impl FnOnce() -> Option<&'r [u8]>,
    ) -> bool {
        let route = LazyCell::new(route);
        self.clauses.iter().all(|clause| {
            let value = match clause.key {
                Key::Status | Key::Class => None,
                Key::Method => record.method,
                Key::Host => record.host,
                Key::Client => record.client,
                Key::Route => *route,
            };
            clause.test.fits(record.status, value) != clause.negated
        })
    }
}

impl Test {
    fn fits(&self, status: Status, value: Option<&[u8]>) -> bool {
        match (self, value) {
            (Self::Status(set), _) => set.contains(status),
            (_, None) => false,
            (Self::Texts { any, ignore_case: false }, Some(value)) => {
                any.iter().any(|text| **text == *value)
            }
            (Self::Texts { any, ignore_case: true }, Some(value)) => {
                any.iter().any(|text| text.eq_ignore_ascii_case(value))
            }
            (Self::Clients(any), Some(value)) => {
                let address = client::address(value);
                any.iter().any(|client| client.fits(address, value))
            }
            (Self::Pattern(regex), Some(value)) => regex.is_match(value),
        }
    }
}

impl Clause {
    fn parse(text: &str) -> Result<Self> {
        const OPERATORS: &str = "operators: = != ~ !~";
        let text = text.trim();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
        let key = key(name)?;
        let rest = rest.trim_start();
        for (other, ours) in OTHER_OPERATORS {
            ensure!(
                !rest.starts_with(other),
                "unknown operator '{other}'; use {ours}; {OPERATORS}"
            );
        }
        let (negated, operator) = match rest.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let test = if let Some(pattern) = operator.strip_prefix('~') {
            pattern_test(key, pattern)?
        } else if let Some(values) = operator.strip_prefix('=') {
            equality_test(key, values)?
        } else if rest.is_empty() {
            bail!("lacks an operator and a value; write it as '{name}=VALUE'; {OPERATORS}")
        } else {
            bail!("unknown operator after '{name}'; {OPERATORS}")
        };
        Ok(Self { key, negated, test })
    }
}

/// The key of a name.
fn key(name: &str) -> Result<Key> {
    if let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == name) {
        return Ok(*key);
    }
    let list = KEYS.map(|(name, _)| name).join(", ");
    ensure!(!name.is_empty(), "does not begin with a key; keys: {list}");
    let meant = OTHER_NAMES.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    let hint = match meant {
        Some((_, key)) => format!(" (did you mean '{key}'?)"),
        None => did_you_mean(name, KEYS.map(|(name, _)| name)),
    };
    bail!("unknown key {name:?}{hint}; keys: {list}")
}

/// The test of `~`. The whole rest is the pattern: it may hold commas.
fn pattern_test(key: Key, pattern: &str) -> Result<Test> {
    ensure!(
        !matches!(key, Key::Status | Key::Class),
        "a status is a number, not a text; write 'status=5xx', 'status=500-504' or 'status=404'"
    );
    ensure!(!pattern.is_empty(), "lacks a regular expression after '~'");
    match Regex::new(pattern) {
        Ok(regex) => Ok(Test::Pattern(regex)),
        Err(error) => {
            // The crate draws the pattern with a caret under it; its last line says what is wrong.
            let error = error.to_string();
            let cause = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            bail!("not a regular expression: {cause}")
        }
    }
}

/// The test of `=`: alternatives with commas between them.
fn equality_test(key: Key, values: &str) -> Result<Test> {
    let values = || values.split(',').map(str::trim);
    ensure!(values().all(|value| !value.is_empty()), "a value is empty");
    match key {
        Key::Status | Key::Class => {
            let mut set = StatusSet::default();
            for value in values() {
                set.insert(key, value)?;
            }
            Ok(Test::Status(set))
        }
        Key::Client => Ok(Test::Clients(values().map(Client::parse).collect::<Result<_>>()?)),
        Key::Method | Key::Host | Key::Route => Ok(Test::Texts {
            any: values().map(|value| value.as_bytes().into()).collect(),
            // A host has no case (RFC 9110, section 4.2.3). A method has, but nobody means a
            // `post` that is not `POST`.
            ignore_case: key != Key::Route,
        }),
    }
}

/// A set of statuses: one bit for each code, bit 0 for "no status".
#[derive(Clone, Debug, Default)]
struct StatusSet([u64; 16]);

impl StatusSet {
    fn insert(&mut self, key: Key, value: &str) -> Result<()> {
        let class = Class::ALL.into_iter().find(|c| c.name().eq_ignore_ascii_case(value));
        let (low, high) = match class {
            Some(Class::NoStatus) => (0, 0),
            Some(Class::Other) => (600, 999),
            Some(class) => (class as u16 * 100 + 100, class as u16 * 100 + 199),
            None if key == Key::Class => bail!(
                "{value:?} is not a class; classes: {}",
                Class::ALL.map(Class::name).join(", ")
            ),
            None => {
                let range = value.split_once('-').unwrap_or((value, value));
                code(range.0).zip(code(range.1)).with_context(|| {
                    format!(
                        "{value:?} is not a status; write it as '404', '500-504', '5xx' or 'none'"
                    )
                })?
            }
        };
        ensure!(low <= high, "{value:?} is an empty range; write the lower status first");
        for code in low..=high {
            self.0[usize::from(code / 64)] |= 1 << (code % 64);
        }
        Ok(())
    }

    fn contains(&self, status: Status) -> bool {
        let code = match status {
            Status::Code(code) => code,
            Status::None(_) => 0,
        };
        self.0.get(usize::from(code / 64)).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }
}

/// A status code, 100 to 999.
fn code(text: &str) -> Option<u16> {
    match Status::parse(text.trim().as_bytes()) {
        Some(Status::Code(code)) => Some(code),
        _ => None,
    }
}

/// A half-open period, `[since, until)`, in microseconds since 1970 UTC. An end that is `None` is
/// open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first microsecond that is in it.
    pub since: Option<i64>,
    /// The first microsecond after it.
    pub until: Option<i64>,
}

impl Window {
    /// Whether both ends are open, so that records without a time are in it too.
    pub fn is_open(self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether `time` is in it. A record without a time is in no window but the open one.
    #[inline]
    pub fn contains(self, time: Option<i64>) -> bool {
        match time {
            Some(time) => {
                self.since.is_none_or(|since| since <= time)
                    && self.until.is_none_or(|until| time < until)
            }
            None => self.is_open(),
        }
    }
}

#[cfg(test)]
mod tests;
