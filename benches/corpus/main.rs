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
use clap::{Parser, ValueEnum as _};
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
    format: Format,
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
    let size = args.unique.map_or(Size::Bytes(args.bytes), Size::Unique);
    match args.output {
        Some(path) if !args.test => {
            write(Spec { seed: args.seed, size, format: args.format }, &path)
        }
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
        "header": truth.header,
        "status": truth.status,
        "no_status": truth.no_status,
        "body_bytes": truth.body_bytes,
        "measured": truth.measured,
        "request_millis": truth.request_millis,
        "upstream_requests": truth.upstream_requests,
        "upstream_millis": truth.upstream_millis,
        "first_time": truth.first_time,
        "last_time": truth.last_time,
    })
}

/// Makes a log of every kind twice: its counts must be those of its bytes, and the same both times.
fn check() -> anyhow::Result<()> {
    let mut logs = 0;
    for &format in Format::value_variants() {
        for size in [Size::Bytes(4 << 20), Size::Unique(2_000)] {
            let spec = Spec { seed: 1, size, format };
            let (mut log, mut again) = (Vec::new(), Vec::new());
            let truth = corpus::generate(spec, &mut log)?;
            anyhow::ensure!(truth == corpus::generate(spec, &mut again)?, "{spec:?}: two counts");
            anyhow::ensure!(log == again, "{spec:?}: one seed gave two logs");
            anyhow::ensure!(log.len() as u64 == truth.bytes, "{spec:?}: {truth:?}");
            let lines = log.iter().filter(|&&byte| byte == b'\n').count() as u64;
            anyhow::ensure!(lines == truth.lines, "{spec:?}: {lines} lines, {truth:?}");
            let statuses = truth.status.values().sum::<u64>() + truth.no_status;
            anyhow::ensure!(statuses == truth.parsed, "{spec:?}: {truth:?}");
            let lines = truth.parsed + truth.malformed + truth.header;
            anyhow::ensure!(lines == truth.lines, "{spec:?}: {truth:?}");
            let spoilt = matches!(size, Size::Bytes(_));
            anyhow::ensure!((truth.malformed > 0) == spoilt, "{spec:?}: {truth:?}");
            if !spoilt {
                read_back(spec, &log, &truth).with_context(|| format!("{spec:?}: {truth:?}"))?;
            }
            logs += 1;
        }
    }
    writeln!(io::stdout(), "corpus: {logs} logs made twice, counts agree")?;
    Ok(())
}

/// Reads the columns of a log without a spoilt line, where a plain split finds them: their number,
/// and the sums that the truth has.
fn read_back(spec: Spec, log: &[u8], truth: &Truth) -> anyhow::Result<()> {
    let text = std::str::from_utf8(log)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    // So many columns or keys, where the bytes are, and where the latency, in milliseconds, is.
    type Read = fn(&str) -> anyhow::Result<(usize, u64, u64)>;
    let (columns, read): (usize, Read) = match spec.format {
        Format::Alb => (33, alb),
        Format::CloudFront => (33, cloudfront),
        // Without the request.
        Format::Haproxy => (12, haproxy),
        Format::Cloudflare15 => (15, cloudflare),
        Format::Cloudflare60 => (60, cloudflare),
        _ => return Ok(()),
    };
    let (mut body_bytes, mut millis) = (0, 0);
    for line in lines {
        let (found, bytes, latency) = read(line).with_context(|| line.to_owned())?;
        anyhow::ensure!(found == columns, "{found} columns: {line}");
        (body_bytes, millis) = (body_bytes + bytes, millis + latency);
    }
    let sums = (truth.body_bytes, truth.request_millis);
    anyhow::ensure!((body_bytes, millis) == sums, "bytes {body_bytes}, milliseconds {millis}");
    Ok(())
}

/// Seconds with three decimals.
fn millis(seconds: &str) -> anyhow::Result<u64> {
    let (whole, fraction) = seconds.split_once('.').context("seconds have decimals")?;
    anyhow::ensure!(fraction.len() == 3, "three decimals: {seconds}");
    Ok(whole.parse::<u64>()? * 1000 + fraction.parse::<u64>()?)
}

fn alb(line: &str) -> anyhow::Result<(usize, u64, u64)> {
    // No value holds a quote, so every other piece is one in quotes.
    let pieces = line.split('"').enumerate();
    let columns = pieces.flat_map(|(at, piece)| match at % 2 {
        0 => piece.split_ascii_whitespace().collect(),
        _ => vec![piece],
    });
    let columns: Vec<&str> = columns.collect();
    let times = &columns[5..8];
    let latency = if times.contains(&"-1") {
        0
    } else {
        times.iter().try_fold(0, |sum, time| anyhow::Ok(sum + millis(time)?))?
    };
    Ok((columns.len(), columns[11].parse()?, latency))
}

fn cloudfront(line: &str) -> anyhow::Result<(usize, u64, u64)> {
    let columns: Vec<&str> = line.split('\t').collect();
    Ok((columns.len(), columns[3].parse()?, millis(columns[18])?))
}

fn haproxy(line: &str) -> anyhow::Result<(usize, u64, u64)> {
    let (head, _) = line.split_once('"').context("a request")?;
    let columns: Vec<&str> = head.split_ascii_whitespace().collect();
    let latency = columns[4].rsplit('/').next().context("five timers")?;
    Ok((columns.len(), columns[6].parse()?, latency.parse()?))
}

fn cloudflare(line: &str) -> anyhow::Result<(usize, u64, u64)> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line)?;
    let number = |key: &str| object[key].as_u64().context("a number");
    let (bytes, latency) = (number("EdgeResponseBytes")?, number("EdgeTimeToFirstByteMs")?);
    let keys: Vec<&str> = line.split("\"").filter(|text| object.contains_key(*text)).collect();
    anyhow::ensure!(keys.is_sorted(), "out of order");
    Ok((object.len(), bytes, latency))
}
