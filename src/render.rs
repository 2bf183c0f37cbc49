//! Output formats: the table, and the outputs that are small.
//!
//! A renderer reads the [`Report`] and nothing else. A new format is one entry of [`RENDERERS`].

#[cfg(test)]
pub(crate) mod example;
pub mod explain;
pub mod terminal;

use crate::report::{Report, is_unseen};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::{self, Write};

/// How a report is to be written.
#[derive(Clone, Debug)]
pub struct Style {
    /// Columns of the terminal; 40 to 200 of them are used.
    pub width: usize,
    /// Whether to colour. Colour never carries meaning alone.
    pub color: bool,
    /// Whether everything is written in ASCII: bars, marks and the text of the log.
    pub ascii: bool,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// What that zone is called (`UTC`, `Europe/Berlin`, `+02:00`).
    pub zone_name: String,
    /// Rows of each ranking.
    pub top: usize,
}

/// One output format.
pub struct Renderer {
    /// What `--format` calls it.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Writes the whole report; fails only when the writer does.
    pub render: fn(&Report, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every output format, the default first.
pub static RENDERERS: &[Renderer] = &[
    Renderer { name: "text", help: "for people, on a terminal", render: terminal::render },
    Renderer {
        name: "json",
        help: "for programs: the whole report, see `statlog schema`",
        render: json,
    },
];

/// The renderer of that name.
pub fn find(name: &str) -> Option<&'static Renderer> {
    RENDERERS.iter().find(|renderer| renderer.name == name)
}

/// The report as indented JSON and a newline.
fn json(report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(indented(report)?.as_bytes())
}

/// Indented JSON and a newline.
///
/// JSON lets DEL, the C1 controls and marks of direction stand as they are, but a report is looked
/// at in terminals, too: they are escaped. That changes no value.
fn indented(value: &impl Serialize) -> io::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    let mut escaped = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Only strings hold such characters, the text around them only line ends.
        if c != '\n' && is_unseen(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped.push('\n');
    Ok(escaped)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for renderer in RENDERERS {
            assert_eq!(find(renderer.name).unwrap().help, renderer.help);
            let same = RENDERERS.iter().filter(|other| other.name == renderer.name).count();
            assert_eq!(same, 1, "{}", renderer.name);
        }
        assert!(find("yaml").is_none());
    }

    #[test]
    fn json_is_the_report() {
        let report = example::incident();
        let mut out = Vec::new();
        json(&report, &example::style(80), &mut out).unwrap();
        assert!(out.ends_with(b"}\n"));
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(read["schema"], crate::report::SCHEMA_ID);
        assert_eq!(read, serde_json::to_value(&report).unwrap());
    }

    #[test]
    fn every_renderer_reports_a_full_disk() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for renderer in RENDERERS {
            let done = (renderer.render)(&example::tiny(), &example::style(80), &mut Full);
            assert_eq!(done.unwrap_err().kind(), io::ErrorKind::StorageFull, "{}", renderer.name);
        }
    }
}
