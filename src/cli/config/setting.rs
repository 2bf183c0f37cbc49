//! The table of settings, and how a value of each kind is read and checked.

use crate::cli::when;
use crate::filter::Filter;
use crate::ratio::{self, Ratio};
use crate::suggest::did_you_mean;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use std::fmt;
use toml::Spanned;
use toml::de::DeValue;

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// Its key in a file; `targets.x` is `x` in the table `[targets]`.
    pub key: &'static str,
    /// Its environment variable. Set to nothing, it is as if not set.
    pub env: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// What it is when nothing sets it.
    pub default: Fallback,
    /// One line for help.
    pub help: &'static str,
}

/// What a setting can be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text but none at all.
    Text,
    /// A text, or `@file` for the text in a file.
    TextOrFile,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A share, [`Ratio`].
    Rate,
    /// A share above zero, see [`ratio::target`].
    RateTarget,
    /// A duration, see [`ratio::micros`].
    Duration,
    /// A time zone, see [`when::zone`].
    Zone,
    /// A number of bytes from the first to the second, see [`ratio::bytes`].
    Size(u64, u64),
    /// A whole number from the first to the second.
    Count(u64, u64),
    /// True or false; in the environment also 1 or 0.
    Flag,
    /// Expressions of `--where`, all of which must hold; in the environment one on each line.
    Expressions,
}

/// What a setting is when nothing sets it.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// This, written as in the environment.
    Is(&'static str),
    /// Nothing; the words say what happens then.
    Unset(&'static str),
}

/// Every setting. Keys of the file's top level come before those of its tables.
pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "log_format",
        env: "STATLOG_LOG_FORMAT",
        kind: Kind::TextOrFile,
        default: Fallback::Unset("found from the log"),
        help: "how the log is written: a name, a format string or @file",
    },
    Setting {
        key: "latency",
        env: "STATLOG_LATENCY",
        kind: Kind::Text,
        default: Fallback::Unset("the first latency that the format has"),
        help: "the field that holds the latency",
    },
    Setting {
        key: "tz",
        env: "STATLOG_TZ",
        kind: Kind::Zone,
        default: Fallback::Unset("the offset that the log is written in, else UTC"),
        help: "zone of times shown, typed or logged without one: a name, UTC, local, +02:00",
    },
    Setting {
        key: "where",
        env: "STATLOG_WHERE",
        kind: Kind::Expressions,
        default: Fallback::Is(""),
        help: "count only the requests that fit, such as status=5xx",
    },
    Setting {
        key: "count_all",
        env: "STATLOG_COUNT_ALL",
        kind: Kind::Flag,
        default: Fallback::Is("false"),
        help: "count and judge what no client sent too: probes, a CDN's own",
    },
    Setting {
        key: "incident_time",
        env: "STATLOG_INCIDENT_TIME",
        kind: Kind::Choice(&["start", "logged"]),
        default: Fallback::Is("start"),
        help: "requests count for incidents when they began, if the log tells, or as logged",
    },
    Setting {
        key: "max_line",
        env: "STATLOG_MAX_LINE",
        kind: Kind::Size(256, 1 << 30),
        default: Fallback::Is("64KiB"),
        help: "longer lines are rejected without being buffered",
    },
    Setting {
        key: "max_rejected",
        env: "STATLOG_MAX_REJECTED",
        kind: Kind::Rate,
        default: Fallback::Is("10%"),
        help: "more rejected lines than this are an error of the input",
    },
    Setting {
        key: "threads",
        env: "STATLOG_THREADS",
        kind: Kind::Count(1, 1024),
        default: Fallback::Unset("one for each processor, eight at most"),
        help: "number of threads that parse and count",
    },
    Setting {
        key: "format",
        env: "STATLOG_FORMAT",
        kind: Kind::Text,
        default: Fallback::Is("text"),
        help: "how the report is written",
    },
    Setting {
        key: "top",
        env: "STATLOG_TOP",
        kind: Kind::Count(1, 1000),
        default: Fallback::Is("10"),
        help: "rows of each table of the report",
    },
    Setting {
        key: "color",
        env: "STATLOG_COLOR",
        kind: Kind::Choice(&["auto", "always", "never"]),
        default: Fallback::Is("auto"),
        help: "when the report is coloured",
    },
    Setting {
        key: "ascii",
        env: "STATLOG_ASCII",
        kind: Kind::Flag,
        default: Fallback::Is("false"),
        help: "draw with ASCII only",
    },
    Setting {
        key: "targets.client_error",
        env: "STATLOG_TARGET_CLIENT_ERROR",
        kind: Kind::RateTarget,
        default: Fallback::Is("5%"),
        help: "the rate of 4xx must be below this",
    },
    Setting {
        key: "targets.server_error",
        env: "STATLOG_TARGET_SERVER_ERROR",
        kind: Kind::RateTarget,
        default: Fallback::Is("0.1%"),
        help: "the rate of 5xx must be below this",
    },
    Setting {
        key: "targets.latency_p95",
        env: "STATLOG_TARGET_LATENCY_P95",
        kind: Kind::Duration,
        default: Fallback::Is("200ms"),
        help: "the 95th percentile of the latency must be below this",
    },
];

/// The value of a setting, as TOML has it. It has been checked to be of the setting's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of every kind but those below.
    Text(String),
    /// Of [`Kind::Count`].
    Count(u64),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Expressions`].
    List(Vec<String>),
}

impl Kind {
    /// What a value of this kind looks like, for errors.
    fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::TextOrFile | Self::Choice(_) => "a string",
            Self::Rate | Self::RateTarget => "a string such as \"0.1%\"",
            Self::Duration => "a string such as \"200ms\"",
            Self::Zone => "a string such as \"Europe/Berlin\"",
            Self::Size(..) => "a string such as \"64KiB\"",
            Self::Count(..) => "a whole number such as 10",
            Self::Flag => "true or false",
            Self::Expressions => "a list of strings such as [\"status=5xx\"]",
        }
    }

    /// Reads a value from the environment.
    pub(super) fn text(self, text: &str) -> Result<Value> {
        let value = match self {
            Self::Count(..) => Value::Count(
                text.trim()
                    .parse()
                    .ok()
                    .with_context(|| format!("expected {}, found {text:?}", self.expected()))?,
            ),
            Self::Flag => Value::Flag(match text.trim() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => bail!("expected true, false, 1 or 0, found {text:?}"),
            }),
            Self::Expressions => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                Value::List(lines.map(str::to_owned).collect())
            }
            _ => Value::Text(text.to_owned()),
        };
        self.check(&value)?;
        Ok(value)
    }

    /// Reads a value from a file.
    pub(super) fn toml(self, value: &DeValue<'_>) -> Result<Value> {
        let wrong = |found: &DeValue<'_>| {
            anyhow!("expected {}, found {}", self.expected(), article(found.type_str()))
        };
        let value = match (self, value) {
            (Self::Count(low, high), DeValue::Integer(integer)) => {
                let count = u64::from_str_radix(integer.as_str(), integer.radix());
                Value::Count(count.map_err(|_| out_of_range(low, high))?)
            }
            (Self::Flag, DeValue::Boolean(flag)) => Value::Flag(*flag),
            (Self::Expressions, DeValue::Array(items)) => {
                let text = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    other => Err(wrong(other)),
                };
                Value::List(items.iter().map(text).collect::<Result<_>>()?)
            }
            (Self::Count(..) | Self::Flag | Self::Expressions, other) => return Err(wrong(other)),
            (_, DeValue::String(text)) => Value::Text(text.to_string()),
            (_, other) => return Err(wrong(other)),
        };
        self.check(&value)?;
        Ok(value)
    }

    /// Checks a value of the right type.
    fn check(self, value: &Value) -> Result<()> {
        match (self, value) {
            (Self::Text | Self::TextOrFile, Value::Text(text)) => {
                ensure!(!text.trim().is_empty(), "is empty; leave the setting out instead");
            }
            (Self::Choice(words), Value::Text(text)) => ensure!(
                words.contains(&text.as_str()),
                "unknown value {text:?}{}; values: {}",
                did_you_mean(text, words.iter().copied()),
                words.join(", ")
            ),
            (Self::Rate, Value::Text(text)) => _ = text.parse::<Ratio>()?,
            (Self::RateTarget, Value::Text(text)) => _ = ratio::target(text)?,
            (Self::Duration, Value::Text(text)) => _ = ratio::micros(text)?,
            (Self::Zone, Value::Text(text)) => _ = when::zone(text)?,
            (Self::Size(low, high), Value::Text(text)) => {
                let range = low..=high;
                ensure!(range.contains(&ratio::bytes(text)?), out_of_range(low, high));
            }
            (Self::Count(low, high), Value::Count(count)) => {
                ensure!((low..=high).contains(count), out_of_range(low, high));
            }
            (Self::Expressions, Value::List(list)) => _ = Filter::parse(list)?,
            _ => {}
        }
        Ok(())
    }
}

fn out_of_range(low: u64, high: u64) -> anyhow::Error {
    anyhow!("must be from {low} to {high}")
}

/// A TOML type with its article.
pub(super) fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The value as TOML has it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(text, f),
            Self::Count(count) => write!(f, "{count}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(list) => {
                f.write_str("[")?;
                for (at, text) in list.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    quoted(text, f)?;
                }
                f.write_str("]")
            }
        }
    }
}

/// A TOML basic string. By hand, as the crate leaves bidirectional controls as they are.
fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\'' => f.write_str("'")?,
            _ if c.escape_debug().len() == 1 => write!(f, "{c}")?,
            _ => write!(f, "\\U{:08X}", u32::from(c))?,
        }
    }
    f.write_str("\"")
}
