//! The README shows what the program prints.
//!
//! Every `console` block is run: a line that begins with `$ ` is a command, what follows is its
//! output, standard error included. A line of `...` stands for any lines. `statlog` and
//! `cargo run --release --` are the program of this build. `STATLOG_UPDATE_README=1 cargo test
//! --test readme` writes the outputs anew, and the picture.

#![allow(clippy::unwrap_used)]

#[path = "readme/products.rs"]
mod products;
#[path = "readme/svg.rs"]
mod svg;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Commands that the README tells and this test does not run.
const NOT_RUN: [&str; 2] = ["cargo install --path .", "cargo test"];

/// What stands for any lines of an output.
const ELISION: &str = "...";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn updating() -> bool {
    std::env::var_os("STATLOG_UPDATE_README").is_some()
}

/// A folder that looks like a fresh clone, and one of programs for it.
struct Clone {
    folder: tempfile::TempDir,
}

impl Clone {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["clone", "bin", "home"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        copy(&root().join("fixtures"), &folder.path().join("clone/fixtures"));
        let program = Path::new(env!("CARGO_BIN_EXE_statlog"));
        std::os::unix::fs::symlink(program, folder.path().join("bin/statlog")).unwrap();
        Self { folder }
    }

    /// What a command prints in it; it must succeed.
    fn run(&self, command: &str) -> String {
        let command = match command.strip_prefix("cargo run --release -- ") {
            Some(arguments) => format!("statlog {arguments}"),
            None => command.to_owned(),
        };
        let path = std::env::var("PATH").unwrap_or_default();
        let out = Command::new("bash")
            .args(["-c", &format!("set -o pipefail; {{ {command}\n}} 2>&1")])
            .current_dir(self.folder.path().join("clone"))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()))
            .env("HOME", self.folder.path().join("home"))
            .env("LANG", "C.UTF-8")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(out.status.success(), "`{command}` ends with {}:\n{text}", out.status);
        text
    }
}

/// Copies a folder and all in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// One command of the README with the lines that it shows of the output.
#[derive(Debug)]
struct Shown<'a> {
    command: &'a str,
    output: Vec<&'a str>,
}

/// The README: its text, and between it what commands print.
#[derive(Debug)]
enum Part<'a> {
    Text(&'a str),
    Run(Shown<'a>),
}

fn parts(readme: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = !inside && line == "```console";
            parts.push(Part::Text(line));
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            parts.push(Part::Run(Shown { command, output: Vec::new() }));
        } else if let (true, Some(Part::Run(shown))) = (inside, parts.last_mut()) {
            shown.output.push(line);
        } else {
            assert!(!inside, "output without a command: {line}");
            parts.push(Part::Text(line));
        }
    }
    parts
}

/// Whether an output is as shown.
fn fits(shown: &[&str], output: &[&str]) -> bool {
    match shown.split_first() {
        None => output.is_empty(),
        Some((&ELISION, rest)) => (0..=output.len()).any(|from| fits(rest, &output[from..])),
        Some((line, rest)) => output.first() == Some(line) && fits(rest, &output[1..]),
    }
}

/// The lines to show of an output: those of before if they still fit, else as many of the new ones
/// around the first elision.
fn anew<'a>(shown: &[&'a str], output: &[&'a str]) -> Vec<&'a str> {
    if fits(shown, output) {
        return shown.to_vec();
    }
    let Some(before) = shown.iter().position(|line| *line == ELISION) else {
        return output.to_vec();
    };
    let after = shown.len() - before - 1;
    if before + after >= output.len() {
        return output.to_vec();
    }
    let mut lines = output[..before].to_vec();
    lines.push(ELISION);
    lines.extend(&output[output.len() - after..]);
    lines
}

#[test]
fn commands_print_what_is_shown() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let clone = Clone::new();
    let (mut written, mut wrong, mut run) = (String::new(), String::new(), 0);
    for part in parts(&readme) {
        let shown = match part {
            Part::Text(line) => {
                written.push_str(&format!("{line}\n"));
                continue;
            }
            Part::Run(shown) => shown,
        };
        written.push_str(&format!("$ {}\n", shown.command));
        if shown.command.starts_with("cargo ") && !shown.command.starts_with("cargo run ") {
            assert!(NOT_RUN.contains(&shown.command), "unknown command: {}", shown.command);
            assert!(shown.output.is_empty(), "not run, so it cannot show: {}", shown.command);
            continue;
        }
        run += 1;
        let output = clone.run(shown.command);
        let lines: Vec<&str> = output.lines().collect();
        for line in anew(&shown.output, &lines) {
            written.push_str(&format!("{line}\n"));
        }
        if !fits(&shown.output, &lines) {
            wrong.push_str(&format!(
                "$ {}\n--- the README shows\n{}\n--- it prints\n{output}\n",
                shown.command,
                shown.output.join("\n")
            ));
        }
    }
    for command in NOT_RUN {
        assert!(readme.contains(&format!("$ {command}\n")), "{command} is not told");
    }
    assert!(run >= 4, "the README shows {run} commands");
    if updating() {
        let written = written.replace(products::in_readme(&written), &products::table());
        std::fs::write(&path, written).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "{wrong}\nSTATLOG_UPDATE_README=1 cargo test --test readme writes it"
    );
}

#[test]
fn the_products_are_those_of_the_formats() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (kept, made) = (products::in_readme(&readme), products::table());
    // The other test writes the file anew, this table included.
    assert!(
        kept == made || updating(),
        "stale: STATLOG_UPDATE_README=1 cargo test --test readme writes\n{made}"
    );
}

#[test]
fn the_picture_is_the_report() {
    let path: PathBuf = root().join("tests/readme/report.svg");
    let report =
        Clone::new().run("statlog analyze fixtures/incident/access.log --color always --width 80");
    // The verdict, the targets and the chart; the rest is in the text.
    let top: Vec<&str> = report.lines().take_while(|line| !line.contains("Status")).collect();
    let picture = svg::draw("statlog analyze fixtures/incident/access.log", &top);
    if updating() {
        std::fs::write(&path, picture).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == picture, "stale: STATLOG_UPDATE_README=1 cargo test --test readme draws it");
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("(tests/readme/report.svg)"), "the README does not show it");
}

#[test]
fn a_wrong_line_is_found() {
    let output = ["one", "two", "three", "four"];
    for (shown, expected) in [
        (&["one", "two", "three", "four"][..], true),
        (&["one", "two", "three"][..], false),
        (&["one", "two", "three", "four", "five"][..], false),
        (&["one", "TWO", "three", "four"][..], false),
        (&["one", "...", "four"][..], true),
        (&["one", "..."][..], true),
        (&["...", "three"][..], false),
        (&["..."][..], true),
        (&[][..], false),
    ] {
        assert_eq!(fits(shown, &output), expected, "{shown:?}");
    }
    assert_eq!(anew(&["a", "...", "b"], &output), ["one", "...", "four"]);
    let several = ["...", "two", "...", "four"];
    assert_eq!(anew(&several, &output), several);
    assert_eq!(anew(&["a", "b"], &output), output);
}

#[test]
#[should_panic(expected = "ends with")]
fn a_failing_command_is_found() {
    Clone::new().run("statlog analyze no-such-file.log");
}
