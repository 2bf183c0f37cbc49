//! statlog reads HTTP access logs and says whether the service is healthy, when it was not, and
//! why. This is the library behind the `statlog` command.
//!
//! A line goes one way, from room to room, and each room uses only those before it
//! (`tests/layers.rs` holds that):
//!
//! ```text
//!  files, globs, stdin ── input ──▶ chunk of whole lines, recycled
//!                                     │ format     a parser for each source, found from a sample
//!                                     ▼
//!                          batch of records that borrow from the chunk
//!                                     │ filter     picks rows
//!                                     ▼
//!                          tally      one plain loop ("kernel") for each thing counted
//!                                     │ scan       merges the workers' tallies
//!                                     ▼
//!                          detect     when it was not healthy, and where
//!                                     ▼
//!                          diagnose   why, with what speaks for it and against it
//!                                     ▼
//!                          report     rates, quantiles, rankings, verdict: one tree
//!                                     │ render
//!                                     ▼
//!                          text, JSON ── cli ──▶ stdout, exit code
//! ```
//!
//! What holds everywhere: every line is parsed, skipped or rejected, and counted as such; what is
//! absent is `None` and never zero; a unit or a format is never guessed; any chunking and any
//! number of threads give the same report; memory is bounded by options and not by the log; and
//! log text never reaches a terminal raw ([`report::Text`]).
//!
//! # Example
//!
//! ```
//! use statlog::format::detect::detect;
//! use statlog::input::{Input, Options};
//! use statlog::scan::{Plan, scan};
//!
//! let log = r#"192.0.2.1 - - [10/Oct/2025:13:55:01 +0000] "GET / HTTP/1.1" 200 5 "-" "curl" 0.012
//! 192.0.2.2 - - [10/Oct/2025:13:55:02 +0000] "GET /x HTTP/1.1" 502 5 "-" "curl" 0.340
//! "#;
//! let reader = Box::new(std::io::Cursor::new(log));
//! let input = Input::from_readers(vec![("access.log".into(), reader)], Options::default());
//! let sample = input.sample(0, None);
//! let lines: Vec<&[u8]> = sample.head.split(|byte| *byte == b'\n').collect();
//! let reading = detect(&lines, None).expect("a format that statlog knows");
//! assert_eq!(reading.latency.as_ref().map(|(_, unit)| *unit), Some("s"));
//!
//! let plan = Plan {
//!     parsers: vec![Some(reading.parser)],
//!     max_line_bytes: 65_536,
//!     threads: 2,
//!     ..Plan::default()
//! };
//! let found = scan(&input, &plan);
//! assert_eq!(found.tally.requests, 2);
//! assert_eq!(found.tally.codes[502], 1);
//! ```

pub mod cli;
pub mod codes;
pub mod detect;
pub mod diagnose;
pub mod filter;
pub mod format;
pub mod input;
pub mod number;
pub mod ratio;
pub mod record;
pub mod render;
pub mod report;
pub mod scan;
pub mod suggest;
pub mod tally;
pub mod time;
