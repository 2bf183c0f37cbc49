//! The `statlog` program.
fn main() {}
