//! Columns that header lines name, against the law of chunks: however a log is cut, what is in force
//! at the start of a chunk is what the lines before it say.
//!
//! The first byte chooses how many lines a chunk has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use statlog::format::detect::given;
use statlog::format::marks::Quotes;
use statlog::format::{Line, Parser};
use statlog::record::Record;
use statlog_fuzz::lines;

/// The longest line.
const LONGEST: usize = 1 << 16;

/// What becomes of each line, in chunks of so many.
fn read(parser: &Parser, lines: &[&[u8]], count: usize) -> Vec<(Line, Option<i64>, Option<u64>)> {
    let relay = parser.relay(LONGEST);
    let scratch = parser.scratch();
    let mut all = Vec::new();
    for (number, chunk) in (0..).zip(lines.chunks(count)) {
        let text = [&chunk.join(&b'\n')[..], b"\n"].concat();
        if let Some(relay) = &relay {
            parser.enter(relay, number, &text, LONGEST, &scratch);
        }
        for line in chunk {
            let mut record = Record::default();
            let found = parser.read(line, Quotes::UNKNOWN, &scratch, &mut record);
            let is_read = matches!(found, Line::Request | Line::Sister(_));
            let (time, duration) = (record.time, record.duration);
            all.push((found, time.filter(|_| is_read), duration.filter(|_| is_read)));
        }
    }
    all
}

fuzz_target!(|data: &[u8]| {
    let Some((count, text)) = data.split_first() else { return };
    let lines = lines(text);
    if lines.is_empty() {
        return;
    }
    for name in ["w3c", "iis-w3c", "cloudfront", "zeek-http", "csv:", "tsv:"] {
        // A log without names that are known is refused.
        let Ok(reading) = given(name, &lines, None) else { continue };
        let at_once = read(&reading.parser, &lines, lines.len());
        let cut = read(&reading.parser, &lines, 1 + usize::from(*count));
        assert_eq!(at_once, cut, "{name}");
    }
});
