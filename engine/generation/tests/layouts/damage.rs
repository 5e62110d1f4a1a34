//! Checkpoints that contradict themselves are refused with the file's and the tensor's name.

use super::{Part, fixture, fixtures, parts, values, write};
use generation::{
    Error, Weights,
    models::wan::{
        config::TransformerConfig,
        detect::{Kind, detect},
    },
};
use safetensors::Dtype;
use std::{fs, path::Path};
use tempfile::TempDir;

fn part(name: &str, shape: &[usize], value: f32) -> Part {
    Part {
        name: name.into(),
        shape: shape.to_vec(),
        values: vec![value; shape.iter().product()],
    }
}

fn refusal(path: &Path) -> String {
    Weights::open(path).unwrap_err().to_string()
}

#[test]
fn shards_must_agree() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write::all(&at("a.safetensors"), &[part("x", &[2], 1.0)], Dtype::F32);
    write::all(&at("b.safetensors"), &[part("x", &[2], 2.0)], Dtype::F32);
    let error = Weights::open_all(&[at("a.safetensors"), at("b.safetensors")]).unwrap_err();
    assert!(matches!(error, Error::TensorTwice { ref tensor, .. } if tensor == "x"));
    let text = refusal(folder.path());
    assert!(
        text.contains("several checkpoints, name one: a.safetensors, b.safetensors"),
        "{text}"
    );
    let index = at("model.safetensors.index.json");
    for (map, wanted) in [
        (
            r#"{"x": "a.safetensors", "y": "a.safetensors"}"#,
            "promises y in",
        ),
        (r#"{"x": "../a.safetensors"}"#, "not beside it"),
        (r#"{"x": "/etc/passwd"}"#, "not beside it"),
        (r#"{"x": ""}"#, "not beside it"),
        (r#"{"x": "c.safetensors"}"#, "cannot open the weights file"),
        (r"{}", "names no files"),
        (r#"{"x": 3}"#, "as an index"),
    ] {
        fs::write(&index, format!(r#"{{"weight_map": {map}}}"#)).unwrap();
        let text = refusal(&index);
        assert!(text.contains(wanted), "{map}: {text}");
    }
    fs::write(&index, r#"{"weight_map": {"x": "a.safetensors"}}"#).unwrap();
    assert_eq!(Weights::open(folder.path()).unwrap().names(), ["x"]);
    let empty = TempDir::new().unwrap();
    assert!(refusal(empty.path()).contains("holds no weights"));
}

#[test]
fn numbers_that_are_none_are_refused_wherever_they_stand() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("w.safetensors");
    for (value, dtype) in [
        (f32::NAN, Dtype::F32),
        (f32::INFINITY, Dtype::F32),
        (f32::NEG_INFINITY, Dtype::F16),
    ] {
        let mut bad = part("x", &[3, 40], 1.0);
        bad.values[77] = value;
        write::all(&file, &[bad], dtype);
        let weights = Weights::open(&file).unwrap();
        let wanted = "tensor x holds numbers that are not finite: ";
        let text = weights.values("x", &[3, 40]).unwrap_err().to_string();
        assert!(text.starts_with(wanted), "{text}");
        assert!(weights.matrix("x", &[3, 40], [3, 40]).is_err());
        let table = weights.table("x", &[3, 40], [3, 40]).unwrap();
        assert!(table.pick(&[1]).is_err() && table.pick(&[0, 2]).is_ok());
        assert!(table.pick(&[3]).is_err(), "no such row");
    }
    // Eight bits and a scale that is none.
    let scale = (
        "x.scale_weight".to_owned(),
        Dtype::F32,
        vec![1],
        write::bytes_of_f32(&[f32::INFINITY]),
    );
    let eight = (
        "x.weight".to_owned(),
        Dtype::F8_E4M3,
        vec![2],
        vec![0x38; 2],
    );
    write::safetensors(&file, &[scale, eight]);
    let weights = Weights::open(&file).unwrap();
    assert!(weights.values("x.weight", &[2]).is_err());
}

#[test]
fn halves_of_pairs_are_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("w.safetensors");
    let raw = |name: &str, dtype, shape: &[usize], count: usize| {
        (name.to_owned(), dtype, shape.to_vec(), vec![0x38; count])
    };
    for (raws, wanted) in [
        (
            vec![raw("x.q8", Dtype::U8, &[2, 32], 64)],
            "tensor x.scale of shape [2, 1] is missing",
        ),
        (
            vec![raw("x.q8", Dtype::U8, &[2, 33], 66)],
            "tensor x.q8 is stored as U8 of shape [2, 33]",
        ),
        (
            vec![
                raw("x.q8", Dtype::U8, &[2, 32], 64),
                raw("x.scale", Dtype::F16, &[1, 2], 4),
            ],
            "tensor x.scale has shape [1, 2], should have [2, 1]",
        ),
        (
            vec![
                raw("x.q8", Dtype::U8, &[1, 32], 32),
                raw("x.scale", Dtype::F16, &[1, 1], 2),
                raw("x", Dtype::U8, &[1], 1),
            ],
            "tensor x is in two files",
        ),
        (
            vec![raw("x.scale_weight", Dtype::F32, &[1], 4)],
            "x.scale_weight scales x.weight, which is not there",
        ),
        (
            vec![
                raw("x.weight", Dtype::F8_E4M3, &[4], 4),
                raw("x.weight_scale", Dtype::F32, &[3], 12),
            ],
            "tensor x.weight_scale has shape [3]",
        ),
        (
            vec![
                raw("x.weight", Dtype::I8, &[4], 4),
                raw("x.weight_scale", Dtype::F32, &[4], 16),
            ],
            "I8",
        ),
    ] {
        write::safetensors(&file, &raws);
        let text = refusal(&file);
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn unknown_blocks_are_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("w.gguf");
    write::gguf(&file, &[("blk.0".into(), vec![256], 23, vec![0; 136])]);
    let text = refusal(&file);
    assert!(
        text.starts_with("tensor blk.0 is stored as IQ4_XS (ggml type 23), which is not supported"),
        "{text}"
    );
}

#[test]
fn a_config_beside_the_weights_counts_and_must_agree() {
    let model = fixtures().join("tiny_model");
    let open = |part: &str| Weights::open(&model.join(part)).unwrap();
    let wanted = TransformerConfig {
        num_heads: 2,
        head_dim: 12,
        ffn_dim: 40,
        num_layers: 3,
        in_channels: 16,
        out_channels: 16,
        text_dim: 20,
        freq_dim: 32,
        vace_layers: vec![0, 2],
        vace_in_channels: 96,
    };
    let found = detect(&open("transformer")).unwrap();
    assert_eq!(found, Kind::Transformer(wanted));
    assert!(matches!(detect(&open("vae")).unwrap(), Kind::Vae21(config) if config.base_dim == 2));
    let found = detect(&open("text_encoder")).unwrap();
    assert!(matches!(found, Kind::TextEncoder(config) if config.num_heads == 3));

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("model.safetensors");
    let parts = parts(&fixture("wan_vace.safetensors"));
    write::all(&file, &parts, Dtype::F32);
    let refused = |config: &str| {
        fs::write(folder.path().join("config.json"), config).unwrap();
        detect(&Weights::open(&file).unwrap())
            .unwrap_err()
            .to_string()
    };
    let config = super::SMALL_CONFIG;
    for (from, to, wanted) in [
        ("\"num_layers\": 4", "\"num_layers\": 5", "num_layers is 5"),
        ("[0, 2]", "[0, 4]", "do not spread"),
        ("[0, 2]", "[2, 0]", "do not spread"),
        ("[1, 2, 2]", "[1, 1, 2]", "patch_size"),
        (
            "\"num_attention_heads\": 2",
            "\"num_attention_heads\": 5",
            "cannot have 5 heads",
        ),
        (
            "\"attention_head_dim\": 12",
            "\"attention_head_dim\": 24",
            "attention_head_dim",
        ),
        ("{", "[", "does not parse"),
    ] {
        let text = refused(&config.replacen(from, to, 1));
        assert!(text.contains(wanted), "{text}");
    }
    fs::remove_file(folder.path().join("config.json")).unwrap();
    let text = detect(&Weights::open(&file).unwrap())
        .unwrap_err()
        .to_string();
    assert!(text.contains("no whole heads of 128"), "{text}");
    let shape = values(&fixture("wan_vace.safetensors"), "x").0;
    assert_eq!(shape, [1, 16, 3, 6, 10]);
}
