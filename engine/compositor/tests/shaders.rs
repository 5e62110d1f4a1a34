//! Every shader in `shaders/` is valid once its includes are in, and every one is used.

use compositor::shaders::{FILES, source};
use std::{fs, path::Path};

#[test]
fn every_shader_is_valid() {
    for (name, _) in FILES {
        if name.starts_with("common/") {
            continue;
        }
        let text = source(name);
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|err| panic!("{name}: {}", err.emit_to_string(&text)));
        let flags = naga::valid::ValidationFlags::all();
        naga::valid::Validator::new(flags, naga::valid::Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|err| panic!("{name}: {}", err.emit_to_string(&text)));
    }
}

#[test]
fn every_file_is_used_and_every_include_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders");
    let mut found = Vec::new();
    for folder in ["", "common/"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name)
                .extension()
                .is_some_and(|ending| ending == "wgsl")
            {
                found.push(format!("{folder}{name}"));
            }
        }
    }
    for name in &found {
        assert!(
            FILES.iter().any(|(known, _)| known == name),
            "{name} is not listed in src/shaders.rs"
        );
    }
    assert_eq!(found.len(), FILES.len(), "a listed shader is not on disk");
    for (name, _) in FILES.iter().filter(|(name, _)| name.starts_with("common/")) {
        let is_included = FILES
            .iter()
            .any(|(_, text)| text.contains(&format!("//!include {name}")));
        assert!(is_included, "nobody includes {name}");
    }
}
