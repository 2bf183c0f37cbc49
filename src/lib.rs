//! statlog reads HTTP access logs.

pub mod cli;
pub mod codes;
pub mod filter;
pub mod format;
pub mod input;
pub mod ratio;
pub mod record;
pub mod render;
pub mod report;
pub mod scan;
pub mod suggest;
pub mod tally;
pub mod time;
