//! LTSV against a plain reading of it, and every format that learns its names from its lines.
//!
//! The first byte chooses the format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use statlog::format::detect::given;
use statlog::format::{FORMATS, ltsv};
use statlog_fuzz::{lines, read};

/// Labels and values, where each field has a colon behind a label.
fn plain(line: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let fields = line.split(|byte| *byte == b'\t').filter(|field| !field.is_empty());
    let fields = fields.map(|field| {
        let colon = field.iter().position(|byte| *byte == b':').filter(|at| *at > 0)?;
        Some((field[..colon].to_vec(), field[colon + 1..].to_vec()))
    });
    fields.collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let lines = lines(text);
    for line in &lines {
        let found = ltsv::fields(line).ok().map(|fields| {
            let one = |(path, value): (statlog::format::keyed::Path, Option<Vec<u8>>)| {
                let mut keys = path.keys();
                let label = keys.next().expect("a label is never empty").to_vec();
                assert!(keys.next().is_none());
                (label, value.expect("LTSV has no null"))
            };
            fields.into_iter().map(one).collect::<Vec<_>>()
        });
        assert_eq!(found, plain(line), "{}", line.escape_ascii());
    }
    let learners: Vec<_> = FORMATS.iter().filter(|format| format.string.is_empty()).collect();
    let format = learners[usize::from(*choice) % learners.len()];
    let reading = given(format.name, &lines, None).expect("the name is in the table");
    read(&reading.parser, text);
});
