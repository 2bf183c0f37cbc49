//! statlog reads HTTP access logs.

pub mod format;
pub mod record;
pub mod report;
pub mod tally;
pub mod time;
