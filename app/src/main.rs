//! Start-up only; everything is in the library, where tests reach it.

use std::process::ExitCode;

/// Memory that a layer of a network lets go of is kept for the next one.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    everframe::cli::main()
}
