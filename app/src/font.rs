//! Letters that the built-in fonts lack: a font of the system that has Chinese, Japanese and Korean ones.

use egui::{
    FontData, FontFamily,
    epaint::text::{FontInsert, FontPriority, InsertFontFamily},
};
use std::path::{Path, PathBuf};

/// What the font is called inside the window.
const NAME: &str = "system-cjk";

/// Largest font that is read: the usual ones have 20 MB.
const FONT_BYTES_MAX: u64 = 64 << 20;

/// Folders in which systems keep fonts, and how far below they lie.
const FOLDERS: [&str; 6] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:\\Windows\\Fonts",
    "/run/host/fonts",
];
const DEPTH_MAX: usize = 4;

/// Fonts by the names of their files, the best first, and the face in each that has simplified Chinese forms.
const FONTS: [(&str, u32); 9] = [
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansCJKsc-Regular.otf", 0),
    ("NotoSansSC-Regular.ttf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("DroidSansFallbackFull.ttf", 0),
    ("PingFang.ttc", 0),
    ("msyh.ttc", 0),
];

/// The first of the known fonts that this system has; `None` where it has none.
pub fn system_font() -> Option<FontInsert> {
    let mut found: Vec<(usize, PathBuf)> = Vec::new();
    for folder in FOLDERS {
        look_into(Path::new(folder), DEPTH_MAX, &mut found);
    }
    let (rank, path) = found.into_iter().min()?;
    let is_small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= FONT_BYTES_MAX);
    // A font that cannot be read is as good as none: boxes show in place of its letters.
    let bytes = is_small.then(|| std::fs::read(&path).ok())??;
    let (_, index) = FONTS[rank];
    let data = FontData {
        index,
        ..FontData::from_owned(bytes)
    };
    let last = |family| InsertFontFamily {
        family,
        priority: FontPriority::Lowest,
    };
    let families = vec![last(FontFamily::Proportional), last(FontFamily::Monospace)];
    Some(FontInsert::new(NAME, data, families))
}

fn look_into(folder: &Path, depth: usize, found: &mut Vec<(usize, PathBuf)>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        if let Some(rank) = FONTS.iter().position(|(known, _)| name == **known) {
            found.push((rank, path));
        } else if depth > 0 && path.is_dir() {
            look_into(&path, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_font_is_found_below() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("opentype/noto");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("NotoSansCJK-Regular.ttc"), "x").unwrap();
        std::fs::write(folder.path().join("msyh.ttc"), "x").unwrap();
        std::fs::write(folder.path().join("other.ttf"), "x").unwrap();
        let mut found = Vec::new();
        look_into(folder.path(), DEPTH_MAX, &mut found);
        assert_eq!(found.len(), 2);
        assert!(
            found
                .into_iter()
                .min()
                .unwrap()
                .1
                .ends_with("NotoSansCJK-Regular.ttc")
        );
    }
}
