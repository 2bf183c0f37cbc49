//! Settings from files and from the environment. A flag stands above them all; then, nearest
//! first:
//!
//! 1. the environment, `STATLOG_...`
//! 2. the file of `--config` or, without it, of `STATLOG_CONFIG`
//! 3. `statlog.toml` in the working directory (there only: its parents are not searched)
//! 4. `$XDG_CONFIG_HOME/statlog/config.toml`, else `~/.config/statlog/config.toml`
//! 5. what is built in
//!
//! Each setting is taken from the nearest place that has it; a list replaces a list. Every place
//! is checked, also where a nearer one wins: a mistake shows at once, and with its line.
//!
//! No setting runs a program or names an output. `statlog.toml` comes with whatever folder one is
//! in, perhaps a stranger's: it cannot name a file to read either.
//!
//! To add a setting, add its entry to [`SETTINGS`]: reading, checking, errors and
//! `statlog config` follow from it.

mod setting;

pub use setting::{Fallback, Kind, SETTINGS, Setting, Value};

use crate::ratio::{self, Ratio};
use crate::suggest::did_you_mean;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use setting::article;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(String),
    /// This environment variable.
    Environment(&'static str),
    /// This line, counted from 1, of this file.
    File(PathBuf, usize),
    /// Nothing sets it.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Environment(name) => f.write_str(name),
            Self::File(path, line) => write!(f, "{}:{line}", shown(path)),
            Self::BuiltIn => f.write_str("built-in"),
        }
    }
}

/// A path without bytes that a terminal would act on.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(char::is_control, "?")
}

/// Every setting's value and where it comes from.
///
/// The getters panic on a key that is not in [`SETTINGS`], or of another kind: a mistake in the
/// program, which any test that makes the call finds.
#[derive(Clone, Debug)]
pub struct Layers {
    /// In the order of [`SETTINGS`].
    values: Vec<(Option<Value>, Origin)>,
}

impl Layers {
    /// Reads the environment and the files. `explicit` is the file of `--config`; `env` looks a
    /// variable up; `directory` is the working directory.
    ///
    /// Errors on an unknown key, a value that the setting cannot have, and a file that is there
    /// but cannot be read; each names its file and line, or its variable.
    pub fn load(
        explicit: Option<&Path>,
        env: impl Fn(&str) -> Option<OsString>,
        directory: &Path,
    ) -> Result<Self> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let mut layers = Self { values: vec![(None, Origin::BuiltIn); SETTINGS.len()] };
        for (at, setting) in SETTINGS.iter().enumerate() {
            if let Some(text) = env(setting.env) {
                let text = text.to_str().context("is not UTF-8 text");
                let value = text.and_then(|text| setting.kind.text(text));
                let value = value.map_err(|error| anyhow!("{}: {error}", setting.env))?;
                layers.set(at, value, Origin::Environment(setting.env));
            }
        }
        let named = explicit.map(Path::to_owned).or_else(|| env("STATLOG_CONFIG").map(Into::into));
        if let Some(path) = named {
            let text = std::fs::File::open(directory.join(&path)).and_then(read);
            let text = text.map_err(|error| anyhow!("{}: {error}", shown(&path)))?;
            layers.file(&path, &text, true)?;
        }
        let local = Path::new("statlog.toml");
        if let Some(text) = find(&directory.join(local), local)? {
            layers.file(local, &text, false)?;
        }
        // The XDG base directory specification has relative paths ignored.
        let folder = env("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = folder.or_else(|| env("HOME").map(|home| Path::new(&home).join(".config")));
        if let Some(path) = folder.map(|folder| folder.join("statlog/config.toml"))
            && let Some(text) = find(&path, &path)?
        {
            layers.file(&path, &text, true)?;
        }
        for (at, setting) in SETTINGS.iter().enumerate() {
            if let Fallback::Is(text) = setting.default {
                let value = setting.kind.text(text).expect("a test reads every default");
                layers.set(at, value, Origin::BuiltIn);
            }
        }
        Ok(layers)
    }

    /// Lays a flag over all other places. `text` is written as in the environment; the flag is
    /// called like its key.
    ///
    /// Errors on a value that the setting cannot have.
    pub fn lay(&mut self, key: &str, text: &str) -> Result<()> {
        let at = SETTINGS.iter().position(|setting| setting.key == key);
        let at = at.expect("a key of SETTINGS");
        let flag = match key.strip_prefix("targets.") {
            Some(target) => format!("--target-{}", target.replace('_', "-")),
            None => format!("--{}", key.replace('_', "-")),
        };
        let value = SETTINGS[at].kind.text(text);
        let value = value.map_err(|error| anyhow!("{flag}: {error}"))?;
        self.values[at] = (Some(value), Origin::Flag(flag));
        Ok(())
    }

    /// Keeps a value unless a nearer place has given one.
    fn set(&mut self, at: usize, value: Value, origin: Origin) {
        let slot = &mut self.values[at];
        if slot.0.is_none() {
            *slot = (Some(value), origin);
        }
    }

    /// Reads the text of a file. `own` is false for a file that nobody named.
    fn file(&mut self, path: &Path, text: &str, own: bool) -> Result<()> {
        let table = DeTable::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let message = error.message().replace(char::is_control, " ");
            anyhow!("{}:{}: {message}", shown(path), line(text, start))
        })?;
        self.table(path, text, own, "", table.get_ref())
    }

    /// Reads a table; `prefix` is its key and a point.
    fn table(
        &mut self,
        path: &Path,
        text: &str,
        own: bool,
        prefix: &str,
        table: &DeTable<'_>,
    ) -> Result<()> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (name, value) in entries {
            let key = format!("{prefix}{}", name.get_ref());
            let inner = format!("{key}.");
            let origin = Origin::File(path.to_owned(), line(text, name.span().start));
            if let Some(at) = SETTINGS.iter().position(|setting| setting.key == key) {
                let kind = SETTINGS[at].kind;
                let value = kind.toml(value.get_ref());
                let value = value.map_err(|error| anyhow!("{origin}: {key}: {error}"))?;
                if let (Kind::TextOrFile, Value::Text(text), false) = (kind, &value, own) {
                    ensure!(
                        !text.trim_start().starts_with('@'),
                        "{origin}: {key}: a file that is found cannot name another; write the \
                         format itself, or pass '--config {}'",
                        shown(path)
                    );
                }
                self.set(at, value, origin);
            } else if SETTINGS.iter().any(|setting| setting.key.starts_with(&inner)) {
                let DeValue::Table(table) = value.get_ref() else {
                    let found = article(value.get_ref().type_str());
                    bail!("{origin}: {key}: expected a table such as [{key}], found {found}");
                };
                self.table(path, text, own, &inner, table)?;
            } else {
                let keys = || SETTINGS.iter().map(|setting| setting.key);
                // Right name, wrong table: the name alone says more than the whole key.
                let moved =
                    keys().find(|known| known.rsplit('.').next() == Some(name.get_ref().as_ref()));
                let hint = match moved {
                    Some(known) => format!(" (did you mean '{known}'?)"),
                    None => did_you_mean(&key, keys()),
                };
                let keys = keys().collect::<Vec<_>>().join(", ");
                bail!("{origin}: unknown key {key:?}{hint}; keys: {keys}");
            }
        }
        Ok(())
    }

    /// Every setting with its value and where that comes from, in the order of [`SETTINGS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static Setting, Option<&Value>, &Origin)> {
        let values = self.values.iter().map(|(value, origin)| (value.as_ref(), origin));
        SETTINGS.iter().zip(values).map(|(setting, (value, origin))| (setting, value, origin))
    }

    /// The value of a setting and where it comes from; `None` when it is not set.
    pub fn get(&self, key: &str) -> Option<(&Value, &Origin)> {
        let at = SETTINGS.iter().position(|setting| setting.key == key);
        let (value, origin) = &self.values[at.expect("a key of SETTINGS")];
        value.as_ref().map(|value| (value, origin))
    }

    /// The value of a setting that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|(value, _)| match value {
            Value::Text(text) => text.as_str(),
            other => panic!("{key} is no text but {other:?}"),
        })
    }

    /// The value of a rate.
    pub fn rate(&self, key: &str) -> Option<Ratio> {
        self.text(key).map(|text| text.parse().expect("a rate, checked when it was loaded"))
    }

    /// The value of a duration, microseconds.
    pub fn micros(&self, key: &str) -> Option<u64> {
        self.text(key).map(|text| ratio::micros(text).expect("checked when it was loaded"))
    }

    /// The value of a size, bytes.
    pub fn bytes(&self, key: &str) -> Option<u64> {
        self.text(key).map(|text| ratio::bytes(text).expect("checked when it was loaded"))
    }

    /// The value of a whole number.
    pub fn count(&self, key: &str) -> Option<u64> {
        self.get(key).map(|(value, _)| match value {
            Value::Count(count) => *count,
            other => panic!("{key} is no count but {other:?}"),
        })
    }

    /// The value of a flag; false when it is not set.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|(value, _)| match value {
            Value::Flag(flag) => *flag,
            other => panic!("{key} is no flag but {other:?}"),
        })
    }

    /// The value of a list; empty when it is not set.
    pub fn list(&self, key: &str) -> &[String] {
        self.get(key).map_or(&[], |(value, _)| match value {
            Value::List(list) => list,
            other => panic!("{key} is no list but {other:?}"),
        })
    }
}

/// The settings as a configuration file that says in comments where each value comes from.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open = "";
        for (setting, value, origin) in self.iter() {
            let (table, key) = setting.key.split_once('.').unwrap_or(("", setting.key));
            if table != open {
                writeln!(f, "\n[{table}]")?;
                open = table;
            }
            match (value, setting.default) {
                (Some(value), _) => {
                    let line = format!("{key} = {value}");
                    writeln!(f, "{line:<40} # {origin}")?;
                }
                (None, Fallback::Unset(then)) => writeln!(f, "# {key}: {then}")?,
                (None, Fallback::Is(_)) => unreachable!("a setting with a default has a value"),
            }
        }
        Ok(())
    }
}

/// The line of an offset, counted from 1.
fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// The text of a file that may be there. Not there: no such path, or a folder on the way that
/// may not be entered (a service without a home).
fn find(path: &Path, name: &Path) -> Result<Option<String>> {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    let text = match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory | PermissionDenied) => {
            return Ok(None);
        }
        Err(error) => Err(error),
        // Before it is opened: a named pipe would wait for a writer.
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other("is not a file")),
        Ok(_) => std::fs::File::open(path).and_then(read),
    };
    text.map(Some).map_err(|error| anyhow!("{}: {error}", shown(name)))
}

/// The text of an open file, at most a mebibyte of it.
fn read(file: std::fs::File) -> io::Result<String> {
    const LARGEST: u64 = 1 << 20;
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other("is larger than 1 MiB; is it a configuration file?"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
