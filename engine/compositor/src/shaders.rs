//! The shaders as they are on disk, with their includes put in.

/// Name of a shader in `shaders/`, and its text.
pub const FILES: [(&str, &str); 8] = [
    ("blur.wgsl", include_str!("../../../shaders/blur.wgsl")),
    ("encode.wgsl", include_str!("../../../shaders/encode.wgsl")),
    ("matte.wgsl", include_str!("../../../shaders/matte.wgsl")),
    ("over.wgsl", include_str!("../../../shaders/over.wgsl")),
    ("shot.wgsl", include_str!("../../../shaders/shot.wgsl")),
    (
        "common/blend.wgsl",
        include_str!("../../../shaders/common/blend.wgsl"),
    ),
    (
        "common/frame.wgsl",
        include_str!("../../../shaders/common/frame.wgsl"),
    ),
    (
        "common/high_range.wgsl",
        include_str!("../../../shaders/common/high_range.wgsl"),
    ),
];

/// What a line that pulls in another file begins with.
const INCLUDE: &str = "//!include ";

/// The text of shader `name` with each `//!include path` line replaced by that file, one level deep.
///
/// # Panics
/// When a name is not in [`FILES`]: a bug of ours that the shader test finds first.
pub fn source(name: &str) -> String {
    let mut text = String::new();
    for line in file(name).lines() {
        match line.strip_prefix(INCLUDE) {
            Some(included) => text.push_str(file(included.trim())),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn file(name: &str) -> &'static str {
    FILES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
        .expect("every shader that is named is listed")
}
