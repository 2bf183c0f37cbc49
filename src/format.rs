//! Log formats.

pub mod apache;
pub mod field;
pub mod list;
pub mod nginx;
pub mod template;
