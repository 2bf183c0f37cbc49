//! Runs the built program as a shell would, and says what it did.

// Each test binary compiles this file for itself and uses its part of it.
#![allow(dead_code)]

use serde_json::Value;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A run of `statlog` that is being prepared.
pub(crate) struct Run {
    command: Command,
    stdin: Option<Vec<u8>>,
    /// Home and configuration folder; empty, and gone with the run.
    home: tempfile::TempDir,
}

/// What a run did.
pub(crate) struct Done {
    /// Exit code; a death by signal panics, for the program never dies of one.
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Path of the built program.
pub(crate) const STATLOG: &str = env!("CARGO_BIN_EXE_statlog");

/// `statlog` with these arguments, in the folder of the crate, with an environment that has
/// nothing but a UTF-8 locale and an empty home.
pub(crate) fn statlog<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Run {
    program(STATLOG, arguments)
}

/// A shell script in that environment; `$0` is the built program.
pub(crate) fn shell(script: &str) -> Run {
    program("sh", ["-c", script, STATLOG]).env("PATH", "/usr/bin:/bin")
}

fn program<I: IntoIterator<Item: AsRef<OsStr>>>(name: &str, arguments: I) -> Run {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let mut command = Command::new(name);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    Run { command, stdin: None, home }
}

impl Run {
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it finds on standard input; nothing when this is not called.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Sends standard output to this file.
    pub(crate) fn stdout_to(mut self, path: &str) -> Self {
        let file = std::fs::OpenOptions::new().write(true).open(path).expect("it can be opened");
        self.command.stdout(file);
        self
    }

    /// Runs it to its end.
    pub(crate) fn done(mut self) -> Done {
        let input = match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        };
        self.command.stdin(input).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program was built");
        let feeder = self.stdin.take().map(|bytes| {
            let mut pipe = child.stdin.take().expect("it was piped");
            // A program that stops reading early is not this thread's concern.
            std::thread::spawn(move || drop(pipe.write_all(&bytes)))
        });
        let output = child.wait_with_output().expect("it can be waited for");
        if let Some(feeder) = feeder {
            feeder.join().expect("the feeder does not panic");
        }
        Done::from(output)
    }

    /// Starts it with all three streams piped. The folder is its home and must be kept.
    pub(crate) fn start(mut self) -> (Child, tempfile::TempDir) {
        self.command.stdin(Stdio::piped()).stderr(Stdio::piped());
        (self.command.spawn().expect("the program was built"), self.home)
    }

    /// Runs it and reads its report.
    pub(crate) fn report(self) -> Value {
        let done = self.done();
        assert_eq!(done.code, 0, "{}", done.errors());
        done.json()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let code = output.status.code();
        Self {
            code: code.unwrap_or_else(|| panic!("{}", output.status)),
            stdout: output.stdout,
            stderr: output.stderr,
        }
    }
}

impl Done {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is UTF-8")
    }

    pub(crate) fn errors(&self) -> &str {
        std::str::from_utf8(&self.stderr).expect("stderr is UTF-8")
    }

    /// The JSON report on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| {
            panic!("{error}\nstdout: {}\nstderr: {}", self.text(), self.errors())
        })
    }

    /// Asserts the exit code and that stderr says `part`.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, part: &str) {
        assert!(
            self.code == code && self.errors().contains(part),
            "expected exit code {code} and {part:?}\nexit code {}\n{}",
            self.code,
            self.errors()
        );
    }
}

/// A number of a report, by JSON pointer.
#[track_caller]
pub(crate) fn number(report: &Value, pointer: &str) -> u64 {
    let value = report.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {report:#}"));
    value.as_u64().unwrap_or_else(|| panic!("{pointer} is {value}"))
}

/// Path of the folder `shared` beside the crate, which holds logs that are not part of it. `None`,
/// with a word on stderr, where it is absent.
pub(crate) fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if path.is_dir() {
        return Some(path);
    }
    // Not a panic: the crate is whole without that folder.
    let _ = writeln!(std::io::stderr(), "skipped: ../shared is not here");
    None
}
