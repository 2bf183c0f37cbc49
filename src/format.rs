//! Log formats.

pub mod field;
pub mod json;
pub mod keyed;
pub mod list;
pub mod ltsv;
