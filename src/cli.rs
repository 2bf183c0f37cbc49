//! The command line: what people type, and what it means. One file a command.

use crate::report::Text;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

pub mod config;
pub mod when;

mod analyze;
mod detect;
mod explain;
mod formats;
mod look;
mod output;
mod progress;
mod signals;
mod sources;
mod stray;

/// How a run ends; `code` is the exit code.
///
/// 1 is kept for a failed threshold (`check`), so that no error can be taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The report was made.
    Done,
    /// The command line or the configuration is wrong.
    Usage,
    /// The input cannot be read, or not well enough to trust the report.
    Input,
    /// The report could not be written.
    Output,
    /// Stopped by this signal; the report is of what was read until then.
    Signal(i32),
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Output => 4,
            // As shells report a death by signal.
            Self::Signal(signal) => 128 + signal as u8,
        }
    }
}

/// An error that ends the run: what to say, and the exit code.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    fn usage(error: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Usage, message: error.to_string() }
    }

    fn input(error: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Input, message: error.to_string() }
    }

    fn output(error: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Output, message: error.to_string() }
    }
}

/// Reads HTTP access logs and says whether the service is healthy, when it was not, where, and why
#[derive(Debug, Parser)]
#[command(name = "statlog", version, about, max_term_width = 100, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  statlog analyze access.log                     the report
  statlog analyze 'access.log*'                  and its rotated files
  kubectl logs deploy/web | statlog analyze      from a pipe
  statlog analyze access.log --last 1h           its last hour
  statlog analyze access.log --where status=5xx  only such requests
  statlog analyze access.log --format json       for programs
  statlog detect access.log                      how the log would be read
  statlog explain 502                            what it means, what to check

Exit codes: 0 done, 2 wrong usage, 3 input (unreadable, nothing or too little
understood, format in doubt; a code nobody knows), 4 output not written, 130 and 143 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Report on logs: is the service healthy, when not, what is worst
    Analyze(Box<analyze::Arguments>),
    /// Show how a log would be read, field by field
    Detect(detect::Arguments),
    /// Explain status codes, and what products write beside them
    Explain(explain::Arguments),
    /// List the log formats that are known by name
    Formats,
    /// Print the JSON Schema of the report
    Schema,
    /// Print the settings in effect and where each comes from
    Config(ConfigArguments),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Where settings come from.
#[derive(Debug, Args)]
struct ConfigArguments {
    /// Settings file [default: statlog.toml, ~/.config/statlog/config.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
}

impl ConfigArguments {
    fn layers(&self) -> Result<config::Layers, Failure> {
        let directory = std::env::current_dir().unwrap_or_default();
        config::Layers::load(self.config.as_deref(), |name| std::env::var_os(name), &directory)
            .map_err(Failure::usage)
    }
}

/// The program: reads the command line of the process, writes to its outputs.
pub fn main() -> ExitCode {
    let exit = match Cli::try_parse_from(std::env::args_os()) {
        Ok(cli) => run(cli),
        Err(error) => usage(&error, std::env::args_os()),
    };
    ExitCode::from(exit.code())
}

fn run(cli: Cli) -> Exit {
    let done = match cli.command {
        Command::Analyze(arguments) => analyze::run(*arguments),
        Command::Detect(arguments) => detect::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Formats => formats::run(),
        Command::Schema => output::print(crate::report::SCHEMA.as_bytes()),
        Command::Config(arguments) => {
            arguments.layers().and_then(|layers| output::print(layers.to_string().as_bytes()))
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "statlog", &mut text);
            output::print(&text)
        }
        Command::Man => {
            let mut text = Vec::new();
            // Writing to memory cannot fail.
            let _ = clap_mangen::Man::new(Cli::command()).render(&mut text);
            output::print(&text)
        }
    };
    match done {
        Ok(exit) => exit,
        Err(failure) => {
            complain(&failure.message);
            failure.exit
        }
    }
}

/// Says something on stderr. Line ends in log text must have been made visible before; all else
/// that a terminal would act on is here.
fn complain(message: &str) {
    // When stderr is gone there is nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "statlog: {}", visible_lines(message));
}

/// A text of several lines with nothing that a terminal would act on.
fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| Text::new(line).visible()).collect();
    lines.join("\n")
}

/// Prints what clap has to say: help to stdout, errors to stderr. A file in the place of a command
/// gets the hint that people need most.
fn usage(error: &clap::Error, arguments: impl Iterator<Item = OsString>) -> Exit {
    use clap::error::ErrorKind;
    let arguments: Vec<OsString> = arguments.skip(1).collect();
    // clap repeats what was typed, and `statlog *` has a shell type the names of strangers' files.
    let plain = error.render().to_string();
    let visible = arguments.iter().fold(plain.clone(), |text, argument| {
        let visible = Text::new(argument.as_encoded_bytes()).visible();
        text.replace(&*argument.to_string_lossy(), &visible)
    });
    let _ = match visible_lines(&visible) {
        visible if visible == plain => error.print(),
        visible => write!(anstream::stderr().lock(), "{visible}"),
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Exit::Done,
        ErrorKind::InvalidSubcommand => {
            if let Some(file) = arguments.iter().find(|name| std::path::Path::new(name).exists()) {
                let file = Text::new(file.as_encoded_bytes()).visible();
                complain(&format!("to read that file: statlog analyze {file}"));
            }
        }
        _ => {}
    }
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
