//! statlog reads HTTP access logs.

pub mod format;
pub mod input;
pub mod record;
pub mod report;
pub mod time;
