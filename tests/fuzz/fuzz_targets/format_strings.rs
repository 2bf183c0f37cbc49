//! Any format string compiles or is refused in words that hold nothing else for a terminal
//! than the string itself, and what compiles
//! reads any lines.
//!
//! The first line is the format, the others are the log.
#![no_main]

use libfuzzer_sys::fuzz_target;
use statlog::format::detect::given;
use statlog::format::template::{Escape, Piece, Template};
use statlog::format::{Parser, Product, Shape, apache, nginx};
use statlog_fuzz::{check_error, lines, read};

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(string) = std::str::from_utf8(&data[..end]) else { return };
    let text = data.get(end + 1..).unwrap_or_default();
    match given(string, &lines(text), None) {
        Ok(reading) => {
            read(&reading.parser, text);
            assert!(reading.read <= reading.sampled);
        }
        Err(error) => check_error(string, &error),
    }
    // Each language on its own: `given` tries them in turn.
    for pieces in [nginx::pieces(string), apache::pieces(string)] {
        compile(string, pieces, text);
    }
});

fn compile(string: &str, pieces: Result<(Vec<Piece>, Escape), String>, text: &[u8]) {
    let template = pieces.and_then(|(pieces, escape)| Template::compile(pieces, escape, None));
    match template {
        Ok(template) => drop(read(&Parser::new(Shape::Template(template), Product::Unknown), text)),
        Err(error) => check_error(string, &error),
    }
}
