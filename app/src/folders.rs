//! Where what ships with the program lies.

use runtime::Error;
use std::path::{Path, PathBuf};

/// The folder of assets that ship: `EVERFRAME_ASSETS_DIR`, else `assets` beside the program, else
/// `../share/everframe`, else the source tree's.
pub fn assets_folder() -> Result<PathBuf, Error> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_owned));
    let candidates = [
        std::env::var_os("EVERFRAME_ASSETS_DIR").map(PathBuf::from),
        beside.as_ref().map(|folder| folder.join("assets")),
        beside
            .as_ref()
            .map(|folder| folder.join("../share/everframe")),
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets")),
    ];
    let found = candidates
        .into_iter()
        .flatten()
        .find(|folder| folder.join("demo").is_dir());
    found.ok_or(Error::Unsuitable {
        reason: "the folder of shipped assets was not found".into(),
    })
}
