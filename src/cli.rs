//! The command line: what people type, and what it means.

pub mod config;
pub mod when;
