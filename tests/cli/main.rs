//! The whole program: what is typed, what comes out, and the exit code.

#![allow(missing_docs, reason = "a test binary has no readers of documentation")]

#[path = "../support/mod.rs"]
mod support;

mod again;
mod commands;
mod explain;
mod findings;
mod formats;
mod hostile;
mod incidents;
mod inputs;
mod outputs;
mod rejects;
mod selection;
mod settings;
mod signals;

use serde_json::Value;
use std::path::Path;

/// A line of nginx's combined format at this second of 2025-10-10, 13:00 UTC.
fn line(second: usize, path: &str, status: u16) -> String {
    let (hour, minute, second) = (13 + second / 3600, second / 60 % 60, second % 60);
    format!(
        "192.0.2.1 - - [10/Oct/2025:{hour:02}:{minute:02}:{second:02} +0000] \"GET {path} \
         HTTP/1.1\" {status} 512 \"-\" \"curl/8.5.0\"\n"
    )
}

/// Lines in successive seconds, one for each status, at most five; each of another route.
fn lines(statuses: &[u16]) -> String {
    let paths = ["/", "/a", "/b", "/c", "/d"];
    statuses.iter().zip(paths).enumerate().map(|(at, (code, path))| line(at, path, *code)).collect()
}

/// A temporary folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("it can be written");
    }
    folder
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("it can be read")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A report without what tells its sources apart.
fn without_sources(mut report: Value) -> Value {
    report["input"].as_object_mut().expect("it has an input").remove("sources");
    report
}
