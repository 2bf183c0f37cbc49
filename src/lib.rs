//! statlog reads HTTP access logs.

pub mod cli;
pub mod filter;
pub mod format;
pub mod ratio;
pub mod record;
pub mod report;
pub mod suggest;
pub mod tally;
pub mod time;
