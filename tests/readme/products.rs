//! The README's table of products, from the formats and from what their own samples are read as.

use statlog::format::detect::of_table;
use statlog::format::marks::Quotes;
use statlog::format::{FORMATS, Format, Line, Product, Scratch};
use statlog::record::{NoStatus, Record, Status};
use std::collections::BTreeSet;

/// The head of the table.
const HEAD: &str = "| product | of the request | of its origin | latency |\n|---|---|---|---|\n";

/// What a line tells beside its status, in the order of the table.
const FACTS: [&str; 9] = [
    "who answered",
    "reason",
    "cache",
    "location",
    "status",
    "address",
    "time",
    "connect",
    "header",
];

/// So many of them are of the request, the others of the origin.
const OF_REQUEST: usize = 4;

/// The table, a row a product, in the order of `statlog formats`.
pub(crate) fn table() -> String {
    let mut products: Vec<Product> = Vec::new();
    for format in FORMATS {
        if format.product != Product::Unknown && !products.contains(&format.product) {
            products.push(format.product);
        }
    }
    let rows = products.into_iter().map(row);
    HEAD.to_owned() + &rows.collect::<String>()
}

/// The lines of the table in the README: its head and the rows behind it.
pub(crate) fn in_readme(readme: &str) -> &str {
    let start = readme.find(HEAD.lines().next().unwrap()).expect("the README has the table");
    let end = readme[start..].find("\n\n").map_or(readme.len(), |end| start + end + 1);
    &readme[start..end]
}

/// A product: what its formats are read for, and the fields of their latencies.
fn row(product: Product) -> String {
    let (mut told, mut latencies) = ([false; FACTS.len()], BTreeSet::new());
    let mut lacking = false;
    for format in FORMATS.iter().filter(|format| format.product == product) {
        for (all, here) in told.iter_mut().zip(facts(format)) {
            *all |= here;
        }
        match of_table(format).latency {
            Some((field, unit)) => {
                // The report names the fields of a sum.
                let parts = field.split(" + ").count();
                let field = match parts > 2 {
                    true => format!("sum of {parts} times"),
                    false => format!("`{field}`"),
                };
                latencies.insert(format!("{field}, {unit}"));
            }
            None => lacking = true,
        }
    }
    let told = |facts: std::ops::Range<usize>| {
        let told: Vec<_> = facts.filter(|at| told[*at]).map(|at| FACTS[at]).collect();
        told.join(", ")
    };
    let (request, origin) = (told(0..OF_REQUEST), told(OF_REQUEST..FACTS.len()));
    let mut latencies: Vec<_> = latencies.into_iter().collect();
    if lacking {
        latencies.push(if latencies.is_empty() { "none" } else { "or none" }.into());
    }
    let latencies = latencies.join("; ").replace('|', "\\|");
    format!("| {} | {request} | {origin} | {latencies} |\n", product.name())
}

/// Which of [`FACTS`] the samples of a format show.
fn facts(format: &Format) -> [bool; FACTS.len()] {
    let reading = of_table(format);
    let mut told = [false; FACTS.len()];
    for sample in format.samples {
        let (scratch, mut record) = (Scratch::default(), Record::default());
        let found = reading.parser.read(sample.as_bytes(), Quotes::UNKNOWN, &scratch, &mut record);
        if !matches!(found, Line::Request | Line::Sister(_)) {
            continue;
        }
        let upstream = &record.upstream;
        let here = [
            record.producer().is_some(),
            record.reason.is_some(),
            record.cache.is_some(),
            record.location.is_some(),
            upstream.status != Status::None(NoStatus::Missing),
            upstream.address.is_some(),
            upstream.duration.is_some(),
            upstream.connect.is_some(),
            upstream.header.is_some(),
        ];
        for (all, here) in told.iter_mut().zip(here) {
            *all |= here;
        }
    }
    told
}
