//! Where the demo project lies.

use std::path::PathBuf;

/// Name of the project inside the demo's folder.
const FILE: &str = "demo.everframe";

/// The demo project, if it lies beside the program, in the share folder of the system, or where it is built.
pub fn find() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok();
    let near = beside.iter().flat_map(|program| program.ancestors().skip(1).take(4));
    let folders = near.flat_map(|folder| {
        ["demo", "assets/demo", "share/everframe/demo", "out"].map(|name| folder.join(name))
    });
    let mut files = folders.map(|folder| folder.join(FILE));
    files.find(|file| file.is_file())
}
