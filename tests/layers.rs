//! The direction of imports: a room uses only rooms that stand below it. And rules that no lint
//! says.

#![allow(missing_docs, reason = "a test binary has no readers of documentation")]

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Every room, lowest first, and why it stands where it stands.
const ROOMS: &[(&str, &str)] = &[
    ("record", "one request as a line tells it; everything speaks of it, so it knows nothing"),
    ("time", "timestamps are numbers to all rooms above"),
    ("suggest", "spelling; knows words only"),
    ("ratio", "exact shares, durations and sizes as people type them"),
    ("number", "numbers as people read them, the same in every sentence and table"),
    ("filter", "picks records; does not know where they come from"),
    ("input", "bytes to lines; does not know what stands in them"),
    ("format", "lines to records; does not know where they come from or what is counted"),
    ("tally", "counts records; does not know how they were read"),
    ("scan", "brings input, format, filter and tally together; the only one with threads"),
    ("codes", "the registry of status codes: data"),
    ("detect", "series of counts to incidents: pure functions"),
    ("diagnose", "incidents to likely causes: rules over the sample"),
    ("report", "the tree that a run ends in, made of a scan"),
    ("render", "shows a report, and nothing that is not in it"),
    ("cli", "the only room that people and processes talk to"),
];

/// What a renderer may know. A number that is not in the report is in no output.
const RENDER: &[&str] = &["report", "codes", "time", "ratio", "number"];

/// A module that follows `#[cfg(test)]`.
static MODULE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:pub(?:\([a-z]+\))? )?mod (\w+)( \{|;)$"));
/// A path from the crate or from a module above, with its first name or its group of names.
static PATH: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(crate::|(?:super::)+)(\{[^;]*\}|\w+)"));
static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^\w+"));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("it compiles")
}

/// The code of a file: no comments, no tests.
struct Source {
    path: PathBuf,
    code: String,
}

impl Source {
    /// Path below `src` without `.rs`, in parts.
    fn parts(&self) -> Vec<String> {
        let below = self.path.strip_prefix(src()).expect("it was found there").with_extension("");
        below.iter().map(|part| part.to_string_lossy().into_owned()).collect()
    }

    fn room(&self) -> String {
        self.parts().swap_remove(0)
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The sources of every room, without those that only tests have.
fn sources() -> Vec<Source> {
    let mut folders = vec![src()];
    let mut sources = Vec::new();
    let mut of_tests = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source is UTF-8");
                let (code, modules) = without_tests(&text);
                of_tests.extend(modules.iter().map(|module| path.with_extension("").join(module)));
                sources.push(Source { path, code });
            }
        }
    }
    let is_room = |path: &Path| path != src().join("lib.rs") && path != src().join("main.rs");
    sources.retain(|source| {
        is_room(&source.path) && !of_tests.contains(&source.path.with_extension(""))
    });
    assert!(sources.len() > ROOMS.len(), "{} sources are too few to be all", sources.len());
    sources
}

/// Code without comments and `#[cfg(test)]` modules, and the names of those that are files.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let mut code = String::new();
    let mut modules = Vec::new();
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        let next = lines.next().unwrap_or_default();
        let found = MODULE.captures(next).unwrap_or_else(|| panic!("tests are modules: {next}"));
        match &found[2] {
            ";" => modules.push(found[1].to_owned()),
            // rustfmt closes a module of a file with a brace in the first column.
            _ => drop(lines.by_ref().find(|line| *line == "}")),
        }
    }
    (code, modules)
}

/// The rooms that a file names. `depth` is how many modules it lies below the crate.
fn used(code: &str, depth: usize) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for found in PATH.captures_iter(code) {
        let up = found[1].matches("super::").count();
        if up != 0 && up < depth {
            continue;
        }
        assert!(up <= depth, "{} leads out of the crate", &found[0]);
        let Some(group) = found[2].strip_prefix('{') else {
            rooms.insert(found[2].to_owned());
            continue;
        };
        // The names before each comma that is not inside inner braces.
        let mut inner = 0;
        let parts = group.split(|c| {
            inner += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && inner == 0
        });
        rooms.extend(parts.filter_map(|part| Some(NAME.find(part.trim())?.as_str().to_owned())));
    }
    rooms
}

#[test]
fn paths_are_found() {
    for (code, depth, expected) in [
        ("use crate::record::Record;", 1, "record"),
        ("let x = crate::time::SECOND;", 3, "time"),
        ("use crate::{ratio, time};", 2, "ratio time"),
        ("use crate::{\n    scan::{Scan, scan},\n    tally::Tally,\n};", 2, "scan tally"),
        ("use super::scan::Scan;", 1, "scan"),
        ("use super::scan::Scan;", 2, ""),
        ("use super::super::scan;", 2, "scan"),
        ("use super::{record::Record, time};", 1, "record time"),
    ] {
        let found: Vec<_> = used(code, depth).into_iter().collect();
        assert_eq!(found.join(" "), expected, "{code}");
    }
    let (code, modules) = without_tests(
        "//! crate::a\nuse crate::b;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod more {\n    use \
         crate::c;\n}\nfn last() {}\n",
    );
    assert_eq!(
        (code.as_str(), &modules[..]),
        ("use crate::b;\nfn last() {}\n", &["tests".into()][..])
    );
}

#[test]
fn every_room_has_its_place() {
    let here: BTreeSet<String> = sources().iter().map(Source::room).collect();
    let listed: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(here, listed, "src and ROOMS in tests/layers.rs name different rooms");
}

#[test]
fn imports_point_downwards() {
    let place: BTreeMap<&str, usize> =
        ROOMS.iter().enumerate().map(|(at, (room, _))| (*room, at)).collect();
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.room();
        for used in used(&source.code, source.parts().len()) {
            let Some(at) = place.get(used.as_str()).filter(|_| used != room) else { continue };
            let why = match place[room.as_str()] {
                own if own < *at => {
                    format!("{used} stands above {room}: {}", ROOMS[own].1)
                }
                _ if room == "render" && !RENDER.contains(&used.as_str()) => {
                    format!("a renderer uses only {}", RENDER.join(", "))
                }
                _ => continue,
            };
            wrong.push(format!("{} uses crate::{used}, but {why}", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words that stand in some rooms only.
#[test]
fn words_stand_where_they_belong() {
    for (word, allowed, why) in [
        (r"\be?print(ln)?!", &[][..], "a closed pipe would panic; cli/output.rs writes"),
        (r"\bdbg!", &[], "it is for debugging"),
        (r"\brayon\b", &["scan"], "one room decides what runs in parallel"),
        // Imported or called; log lines name the streams of containers.
        (
            r"\bio::.*\bstd(out|err)\b|\bstd(out|err)\(",
            &["cli"],
            "only the command line talks to the terminal",
        ),
        (r"\bprocess::exit\b", &[], "the exit code is a value, so that outputs are flushed"),
        (
            r"(?i)\bfx_?hash|\brustc_hash|\bahash\b|\bFixedState\b|\bBuildHasherDefault\b|\bfoldhash::fast\b",
            &[],
            "log keys are chosen by strangers: without a secret seed they can be made to collide",
        ),
    ] {
        let word = regex(word);
        for source in sources() {
            let found = source.code.lines().find(|line| word.is_match(line));
            if let Some(line) = found
                && !allowed.contains(&source.room().as_str())
            {
                panic!("{}: {}: {why}", source.path.display(), line.trim());
            }
        }
    }
}
