//! `statlog formats`: the log formats that are known by name.

use super::{Exit, Failure, output};
use crate::format::detect::of_table;
use crate::format::{FORMATS, Format, Product, TimeMeaning};
use std::fmt::Write as _;

/// Most columns for the latencies.
const WIDEST: usize = 40;

/// The command.
pub(super) fn run() -> Result<Exit, Failure> {
    output::print(text().as_bytes())
}

/// The table, by product: name, latency and help of each format.
fn text() -> String {
    let rows: Vec<_> = FORMATS.iter().map(|format| (format, latency(format))).collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let names = width(&mut rows.iter().map(|(format, _)| format.name.len()));
    // A sum of fields is longer than the others, and has no room kept for it.
    let latencies = rows.iter().map(|(_, latency)| latency.len()).filter(|len| *len <= WIDEST);
    let latencies = width(&mut { latencies });
    let mut products: Vec<Product> = Vec::new();
    for (format, _) in &rows {
        if !products.contains(&format.product) {
            products.push(format.product);
        }
    }
    let mut text = String::new();
    for product in products {
        let meaning = match product.time_meaning() {
            TimeMeaning::Start => "time: start of the request",
            TimeMeaning::End => "time: end of the request",
            TimeMeaning::Unknown => "time: start or end, the log does not tell",
        };
        let name = if product == Product::Unknown { "any program" } else { product.name() };
        let _ = writeln!(text, "{name} ({meaning})");
        for (format, latency) in rows.iter().filter(|(format, _)| format.product == product) {
            let other: Vec<_> = format.names().skip(1).collect();
            let other = match other.is_empty() {
                true => String::new(),
                false => format!("; also as {}", other.join(", ")),
            };
            let (name, help) = (format.name, format.help);
            let _ = writeln!(text, "  {name:names$}  {latency:latencies$}  {help}{other}");
        }
    }
    text.push_str(
        "\nAny other format: give with --log-format the server's own string,\n\
         '$remote_addr … $status …' (nginx), '%h … %>s …' (Apache), '%ci … %ST …' (HAProxy)\n\
         or '%RESPONSE_CODE% …' (Envoy), or --nginx-conf /etc/nginx/nginx.conf;\n\
         its columns by their names: '{client} [{time}] {status} {latency:ms}',\n\
         'csv:time,client,method,path,status,latency:ms,_' (also tsv:, psv:, ssv:),\n\
         '#Fields: date time cs-method cs-uri-stem sc-status' (W3C);\n\
         or the keys of JSON: 'json:status=code,time=at,latency=took:ms'\n",
    );
    text
}

/// The field of the latency and its unit, as the format's own samples have it.
fn latency(format: &Format) -> String {
    match of_table(format).latency {
        Some((field, unit)) => format!("{field}, {unit}"),
        None => "no latency".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_listed_with_its_latency() {
        let text = text();
        for format in FORMATS {
            let row = |line: &str| {
                line.strip_prefix("  ").and_then(|row| row.split(' ').next()) == Some(format.name)
            };
            assert_eq!(text.lines().filter(|line| row(line)).count(), 1, "{}", format.name);
        }
        assert!(text.contains("nginx (time: end of the request)\n  nginx-combined "));
        let times = text.lines().find(|line| line.contains("nginx-combined-times "));
        assert!(times.is_some_and(|line| line.contains("$request_time, s")), "{text}");
    }
}
