//! What the fuzz targets share. Each target says in its head what must be true of every input.
//!
//! Inputs are plain bytes, so that a log line is itself a seed: a byte or two that choose, then
//! text. `cargo run --example seed` makes the seeds of all targets of the samples of the formats.

use statlog::format::marks::{Marks, Quotes};
use statlog::format::{FORMATS, Line, Parser, Scratch, Shape};
use statlog::record::{NoStatus, Record, Status};
use statlog::report::Text;

/// The lines of a text as `input` gives them: what follows the last newline is a line only if
/// there is something in it.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    lines.pop_if(|last| last.is_empty());
    lines
}

/// Reads every line of a text twice: in order with the quotes known and the minute of the line
/// before, and alone without either. Both must find the same; gives what that is.
pub fn read(parser: &Parser, text: &[u8]) -> Vec<Line> {
    let mut marks = Marks::default();
    marks.index(text);
    let (scratch, other) = (parser.scratch(), parser.scratch());
    let mut all = Vec::new();
    for (line, quotes) in marks.lines(text) {
        let (mut record, mut alone) = (Record::default(), Record::default());
        let found = parser.read(line, quotes, &scratch, &mut record);
        // Where lines say what those after them mean, a line cannot be read alone.
        let fresh = Scratch::default();
        let fresh = if parser.relay(1 << 20).is_some() { &other } else { &fresh };
        let expected = parser.read(line, Quotes::UNKNOWN, fresh, &mut alone);
        assert_eq!(found, expected, "{}", line.escape_ascii());
        if matches!(found, Line::Request | Line::Sister(_)) {
            assert_eq!(record, alone, "{}", line.escape_ascii());
            assert!(has_status(parser.shape(), &record), "{}: {record:?}", line.escape_ascii());
        }
        if let Line::Sister(number) = found {
            assert!(number < FORMATS.len());
        }
        all.push(found);
    }
    assert_eq!(all.len(), lines(text).len());
    all
}

/// Whether a record has a status of three digits, or a spelling of "no status" that a line of the
/// shape can have: a format string has a place for it, JSON and labels may lack the key.
fn has_status(shape: &Shape, record: &Record<'_>) -> bool {
    match record.status {
        Status::Code(code) => (100..=999).contains(&code),
        Status::None(NoStatus::Missing | NoStatus::Null) => !matches!(shape, Shape::Template(_)),
        Status::None(_) => true,
    }
}

/// An error repeats what was given and adds nothing that a terminal would obey.
pub fn check_error(given: &str, error: &str) {
    assert!(!error.is_empty());
    let harmless = |text: &str| !text.chars().any(char::is_control);
    assert!(harmless(error) || !harmless(given), "{given:?}: {error:?}");
    let shown = Text::new(error).visible();
    assert!(harmless(&shown), "{shown:?}");
}
