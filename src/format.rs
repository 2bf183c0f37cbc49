//! Log formats: the table [`FORMATS`], what a user may give instead (`--log-format`), and the
//! [`Parser`] that reads lines.
//!
//! **A format is data**: an entry of the table carries its name, its help, the server's own format
//! string, lines that must be read by it and lines that must not. To add one, add an entry; the
//! command line, its help, detection and the tests follow. A shape of line that no string can
//! describe is a file of its own in `format/` (JSON, LTSV, logfmt), as are columns that the log
//! names itself (`columns`).

use columns::Columns;
use json::Json;
use keyed::Wishes;
use keyed::alias::{self, KeySet};
use logfmt::Logfmt;
use ltsv::Ltsv;
use template::Template;

pub mod apache;
pub mod columns;
mod combined;
pub mod detect;
pub mod envoy;
pub mod field;
pub mod haproxy;
pub mod json;
pub mod keyed;
pub mod list;
pub mod logfmt;
pub mod ltsv;
pub mod marks;
mod named;
mod near;
pub mod nginx;
mod parser;
pub mod product;
pub mod relay;
mod shape;
mod sisters;
mod table;
pub mod template;
pub mod vocabulary;
pub mod wrapper;

pub(crate) use parser::skip;
pub use parser::{Carry, Line, Parser, Scratch, Unwrapped};
pub use product::Product;
pub use shape::Shape;
pub use table::FORMATS;

/// What the time of a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMeaning {
    /// The request arrived.
    Start,
    /// The response was sent and the line written.
    End,
    /// The line does not tell which server wrote it.
    Unknown,
}

impl TimeMeaning {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Unknown => "start_or_end",
        }
    }
}

/// The language of a format string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// nginx `log_format`.
    Nginx,
    /// Apache `LogFormat`, which varnishncsa, lighttpd and Tomcat share.
    Apache,
    /// HAProxy `log-format`.
    HaProxy,
    /// Envoy's access-log format strings.
    Envoy,
    /// Values by their names in braces, `{client} [{time}] {status}`: statlog's own, for products that
    /// have none.
    Named,
    /// JSON objects; which key means what is learned from the lines.
    Json,
    /// Labeled tab-separated values; which label means what is learned from the lines.
    Ltsv,
    /// Columns by the names of a header line (`#Fields: date time …`) or of a list (`csv:time,…`).
    Columns,
    /// `key=value` pairs; which key means what is learned from the lines.
    Logfmt,
}

impl Dialect {
    /// When the time of a line is taken.
    fn meaning(self, string: &str) -> TimeMeaning {
        match self {
            Self::Apache if !apache::stamps_the_end(string) => TimeMeaning::Start,
            Self::Apache | Self::Nginx => TimeMeaning::End,
            Self::HaProxy | Self::Envoy => TimeMeaning::Start,
            Self::Named | Self::Json | Self::Ltsv | Self::Logfmt | Self::Columns => {
                TimeMeaning::Unknown
            }
        }
    }

    /// The product whose language it is.
    fn product(self) -> Product {
        match self {
            Self::Nginx => Product::Nginx,
            Self::Apache => Product::Apache,
            Self::HaProxy => Product::HaProxy,
            Self::Envoy => Product::Envoy,
            Self::Named | Self::Json | Self::Ltsv | Self::Logfmt | Self::Columns => {
                Product::Unknown
            }
        }
    }

    /// What it is called in a report.
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::HaProxy => "HAProxy",
            Self::Envoy => "Envoy",
            Self::Named => "named",
            Self::Json => "JSON",
            Self::Ltsv => "LTSV",
            Self::Columns => "columns",
            Self::Logfmt => "logfmt",
        }
    }
}

/// A format of the table.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name for `--log-format`.
    pub name: &'static str,
    /// Other names for it, and the product that each stands for: some write a format that is not
    /// their own.
    pub also: &'static [(&'static str, Product)],
    /// One line of help.
    pub help: &'static str,
    /// Formats of one label read the same columns; which server wrote a line may be open.
    pub label: &'static str,
    /// The product that writes it.
    pub product: Product,
    /// The language of the string.
    pub dialect: Dialect,
    /// The server's own format string, or the header line that lines without one would have; empty
    /// for JSON, LTSV and logfmt.
    pub string: &'static str,
    /// Lines that it must read, and the header lines that they need.
    pub samples: &'static [&'static str],
    /// Lines that it must not read.
    pub others: &'static [&'static str],
}

/// Formats that are only read when they are given by name: nothing in their lines tells them from a
/// format that is in use today.
const ONLY_GIVEN: [&str; 1] = ["haproxy-http-1.6"];

/// The user's choice of the latency: the name of a field, and its unit if the format does not
/// tell or is wrong (Tomcat's `%D` was in milliseconds before version 10).
pub type Latency<'a> = Option<(&'a str, Option<field::Unit>)>;

impl Format {
    /// The format of this name, and the product that the name stands for.
    pub fn find(name: &str) -> Option<(&'static Self, Product)> {
        FORMATS.iter().find_map(|format| {
            let also = || format.also.iter().find(|(other, _)| *other == name);
            match format.name == name {
                true => Some((format, format.product)),
                false => also().map(|(_, product)| (format, *product)),
            }
        })
    }

    /// All its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.also.iter().map(|(name, _)| *name))
    }

    /// The shape of its lines. `lines` are a sample, from which JSON and LTSV learn their keys.
    ///
    /// Errors when `latency` is no duration of the format.
    pub fn shape(&self, lines: &[&[u8]], latency: Latency<'_>) -> Result<Shape, String> {
        let Some(set) = self.key_set() else {
            return shape(self.dialect, self.string, lines, latency);
        };
        let sets = [set, &alias::GENERIC];
        let wishes = Wishes { forced: true, latency, ..Wishes::of(&sets) };
        Ok(match self.dialect {
            Dialect::Logfmt => Shape::Logfmt(Box::new(Logfmt::new(Logfmt::learn(lines, wishes)))),
            _ => Shape::Json(Box::new(Json::new(Json::learn(lines, wishes)))),
        })
    }

    /// The keys of a product that writes JSON or logfmt; `None` for these in general.
    fn key_set(&self) -> Option<&'static KeySet> {
        match self.dialect {
            Dialect::Json => alias::named(alias::JSON, self.name),
            Dialect::Logfmt => alias::named(alias::LOGFMT, self.name),
            _ => None,
        }
        .filter(|set| set.enough > 0)
    }
}

/// The shape of lines of a format string.
fn shape(
    dialect: Dialect,
    string: &str,
    lines: &[&[u8]],
    latency: Latency<'_>,
) -> Result<Shape, String> {
    let (pieces, escape) = match dialect {
        Dialect::Nginx => nginx::pieces(string)?,
        Dialect::Apache => apache::pieces(string)?,
        Dialect::HaProxy => haproxy::pieces(string)?,
        Dialect::Envoy => envoy::pieces(string)?,
        Dialect::Named => named::pieces(string)?,
        Dialect::Json => {
            let wishes = Wishes { latency, ..Wishes::of(alias::JSON) };
            return Ok(Shape::Json(Box::new(Json::new(Json::learn(lines, wishes)))));
        }
        Dialect::Ltsv => return Ok(Shape::Ltsv(Box::new(Ltsv::new(Ltsv::learn(lines, latency))))),
        Dialect::Columns => {
            return Columns::new(string, lines, latency).map(|c| Shape::Columns(Box::new(c)));
        }
        Dialect::Logfmt => {
            let wishes = Wishes { latency, ..Wishes::of(alias::LOGFMT) };
            return Ok(Shape::Logfmt(Box::new(Logfmt::new(Logfmt::learn(lines, wishes)))));
        }
    };
    Template::compile(pieces, escape, latency).map(Shape::Template)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_format_reads_its_samples_and_nothing_else() {
        for format in FORMATS {
            let samples: Vec<&[u8]> = format.samples.iter().map(|line| line.as_bytes()).collect();
            let shape = format.shape(&samples, None).unwrap();
            // A header line is none of the lines that it explains.
            for sample in format.samples.iter().filter(|line| !line.starts_with('#')) {
                assert!(shape.reads(sample.as_bytes()), "{}: {sample}", format.name);
            }
            for other in format.others {
                assert!(!shape.reads(other.as_bytes()), "{}: {other}", format.name);
            }
            assert!(!format.samples.is_empty() && !format.others.is_empty(), "{}", format.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = FORMATS.iter().flat_map(Format::names).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(ONLY_GIVEN.iter().all(|name| names.contains(name)));
        assert_eq!(Format::find("varnishncsa").map(|(_, product)| product), Some(Product::Varnish));
        assert!(Format::find("nosuch").is_none());
    }
}
