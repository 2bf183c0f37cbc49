//! The `statlog` program; everything is in the library.

fn main() -> std::process::ExitCode {
    statlog::cli::main()
}
