//! Log formats.

pub mod field;
pub mod list;
