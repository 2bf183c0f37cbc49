//! Writes a seeded access log for measurements, and beside it what is in it:
//! `cargo bench --bench corpus -- --bytes 1GiB --seed 1 -o /tmp/nginx.log`.
//!
//! Without `-o` it makes a small log of every kind in memory and checks it, which is also what
//! `cargo bench -- --test` runs.

#[path = "mod.rs"]
mod corpus;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use corpus::{Format, Size, Spec, Truth};

/// Write a seeded access log, and FILE.truth.json with the counts of what is in it
#[derive(Parser)]
#[command(name = "corpus")]
struct Args {
    /// Size of the log, in bytes or with KiB, MiB or GiB
    #[arg(long, default_value = "100MiB", value_parser = bytes, value_name = "SIZE")]
    bytes: u64,
    /// Instead: N lines, each with a path and a client of its own
    #[arg(long, value_name = "N", conflicts_with = "bytes",
          value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    unique: Option<u64>,
    /// The same seed gives the same log
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How lines are written
    #[arg(long, default_value = "times")]
    format: FormatName,
    /// Where the log goes
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
    /// Given by `cargo bench -- --test`
    #[arg(long, hide = true)]
    test: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// nginx combined
    Combined,
    /// nginx combined, then $request_time $upstream_response_time
    Times,
    /// nginx JSON of 13 keys
    Json,
    /// ingress-nginx
    Ingress,
    /// Apache combined, then %D
    Apache,
    /// LTSV of 11 labels
    Ltsv,
}

fn bytes(text: &str) -> Result<u64, String> {
    let (number, factor) = match text {
        _ if text.ends_with("GiB") => (&text[..text.len() - 3], 1 << 30),
        _ if text.ends_with("MiB") => (&text[..text.len() - 3], 1 << 20),
        _ if text.ends_with("KiB") => (&text[..text.len() - 3], 1 << 10),
        _ => (text, 1),
    };
    let number: u64 = number.parse().map_err(|_| "expected a number, as in 100MiB".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "too large".to_owned())
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let format = match args.format {
        FormatName::Combined => Format::Combined,
        FormatName::Times => Format::Times,
        FormatName::Json => Format::Json,
        FormatName::Ingress => Format::Ingress,
        FormatName::Apache => Format::Apache,
        FormatName::Ltsv => Format::Ltsv,
    };
    let size = args.unique.map_or(Size::Bytes(args.bytes), Size::Unique);
    match args.output {
        Some(path) if !args.test => write(Spec { seed: args.seed, size, format }, &path),
        _ => check(),
    }
}

fn write(spec: Spec, path: &Path) -> anyhow::Result<()> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let truth = corpus::generate(spec, &mut out).with_context(|| path.display().to_string())?;
    out.flush().with_context(|| path.display().to_string())?;

    let mut beside = path.as_os_str().to_owned();
    beside.push(".truth.json");
    let text = serde_json::to_string_pretty(&json(&truth))?;
    std::fs::write(&beside, text + "\n").with_context(|| Path::new(&beside).display().to_string())
}

fn json(truth: &Truth) -> serde_json::Value {
    serde_json::json!({
        "bytes": truth.bytes,
        "lines": truth.lines,
        "parsed": truth.parsed,
        "malformed": truth.malformed,
        "status": truth.status,
        "body_bytes": truth.body_bytes,
        "request_millis": truth.request_millis,
        "upstream_requests": truth.upstream_requests,
        "upstream_millis": truth.upstream_millis,
        "first_time": truth.first_time,
        "last_time": truth.last_time,
    })
}

/// Makes a log of every kind twice: its counts must be those of its bytes, and the same both times.
fn check() -> anyhow::Result<()> {
    for format in Format::ALL {
        for size in [Size::Bytes(1 << 20), Size::Unique(2_000)] {
            let spec = Spec { seed: 1, size, format };
            let (mut log, mut again) = (Vec::new(), Vec::new());
            let truth = corpus::generate(spec, &mut log)?;
            anyhow::ensure!(truth == corpus::generate(spec, &mut again)?, "{spec:?}: two counts");
            anyhow::ensure!(log == again, "{spec:?}: one seed gave two logs");
            anyhow::ensure!(log.len() as u64 == truth.bytes, "{spec:?}: {truth:?}");
            let lines = log.iter().filter(|&&byte| byte == b'\n').count() as u64;
            anyhow::ensure!(lines == truth.lines, "{spec:?}: {lines} lines, {truth:?}");
            anyhow::ensure!(truth.status.values().sum::<u64>() == truth.parsed, "{truth:?}");
            anyhow::ensure!(truth.parsed + truth.malformed == truth.lines, "{truth:?}");
            let spoilt = matches!(size, Size::Bytes(_));
            anyhow::ensure!((truth.malformed > 0) == spoilt, "{spec:?}: {truth:?}");
        }
    }
    writeln!(io::stdout(), "corpus: 12 logs made twice, counts agree")?;
    Ok(())
}
