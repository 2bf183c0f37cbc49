//! How text looks on this terminal: colour, width, ASCII.

use crate::cli::config::Layers;
use crate::render::Style;
use clap::Args;
use jiff::tz::TimeZone;
use std::io::IsTerminal;

/// Flags of how text looks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct LookArguments {
    /// Colour: auto, always or never [default: auto]
    #[arg(long, value_name = "WHEN")]
    #[arg(value_parser = ["auto", "always", "never"], hide_possible_values = true)]
    pub(super) color: Option<String>,

    /// Columns of the text, 40 to 200 [default: those of the terminal, else 80]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(40..=200))]
    width: Option<u16>,

    /// Draw with ASCII only
    #[arg(long, hide_short_help = true)]
    ascii: bool,
}

impl LookArguments {
    /// How text looks that goes to stdout, or to a file; `top` is the rows of each ranking.
    pub(super) fn style(
        &self,
        layers: &Layers,
        to_file: bool,
        (zone, zone_name): (TimeZone, String),
        top: usize,
    ) -> Style {
        let stdout = std::io::stdout();
        let color = match layers.text("color") {
            Some("always") => true,
            Some("never") => false,
            _ if to_file => false,
            _ => anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        };
        let terminal = match terminal_size::terminal_size_of(&stdout) {
            Some((width, _)) if !to_file && stdout.is_terminal() => Some(usize::from(width.0)),
            _ => None,
        };
        let width = self.width.map(usize::from).or(terminal).unwrap_or(80);
        let ascii = self.ascii || layers.flag("ascii") || plain_locale();
        Style { width, color, ascii, zone, zone_name, top }
    }
}

/// Whether the locale says outright that only ASCII can be shown. An unset locale says nothing:
/// containers have none, and their terminals show UTF-8.
fn plain_locale() -> bool {
    let first = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    matches!(first.as_deref(), Some("C" | "POSIX"))
}
