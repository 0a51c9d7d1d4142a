//! The `botsieve` program: parses the command line, calls one function per command, prints errors.

use std::process::ExitCode;

fn main() -> ExitCode {
    botsieve::cli::main()
}
