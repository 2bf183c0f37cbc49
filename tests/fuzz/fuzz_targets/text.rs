//! Any format of the table on any lines: known quotes change nothing, and what is read has a
//! status.
//!
//! The first byte chooses the format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use statlog::format::detect::given;
use statlog::format::{FORMATS, Parser};
use statlog_fuzz::{lines, read};
use std::sync::LazyLock;

/// A parser for each format string; what learns from the lines it reads has none.
static PARSERS: LazyLock<Vec<Option<Parser>>> = LazyLock::new(|| {
    let parser = |name| given(name, &[], None).expect("the name is in the table").parser;
    let parsers =
        FORMATS.iter().map(|format| (!format.string.is_empty()).then(|| parser(format.name)));
    parsers.collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let at = usize::from(*choice) % FORMATS.len();
    match &PARSERS[at] {
        Some(parser) => drop(read(parser, text)),
        None => {
            let reading = given(FORMATS[at].name, &lines(text), None);
            read(&reading.expect("the name is in the table").parser, text);
        }
    }
});
