//! statlog reads HTTP access logs.

pub mod codes;
pub mod format;
pub mod record;
pub mod render;
pub mod report;
pub mod time;
