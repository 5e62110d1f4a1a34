//! Low-rank changes against what diffusers and peft make of them.

use super::{
    Part, fixture, loader, numbers, original_name, relative, small_config, values, wide, write,
};
use candle_core::{Device, Tensor, quantized::GgmlDType};
use generation::{
    Error, Weights,
    models::wan::{
        lora::{Lora, Loras},
        transformer::{StepInputs, WanTransformer},
    },
};
use safetensors::Dtype;
use std::path::Path;
use tempfile::TempDir;

/// How a trainer writes keys.
#[derive(Debug, Clone, Copy)]
enum Style {
    /// Original names, factors "down" and "up", the scale as a whole number.
    Original,
    /// diffusers' names, factors "A" and "B", the scale in the factors.
    Diffusers,
    /// Everything joined by underscores.
    Joined,
}

/// The factors of the fixture, whose scale is 6 for rank 3, written in a style.
fn factors(style: Style) -> Vec<write::Raw> {
    let fixture = fixture("layouts.safetensors");
    let mut raws = Vec::new();
    for full in fixture.names() {
        let Some(key) = full.strip_prefix("lora.") else {
            continue;
        };
        let (shape, mut values) = values(&fixture, &full);
        let is_down = key.contains(".lora_A.");
        let module = key.split(".lora_").next().unwrap();
        let original = Part {
            name: format!("{module}.weight"),
            shape: Vec::new(),
            values: Vec::new(),
        };
        let original = original_name(&original);
        let original = original.strip_suffix(".weight").unwrap();
        let name = match style {
            Style::Original => format!(
                "diffusion_model.{original}.lora_{}.weight",
                if is_down { "down" } else { "up" }
            ),
            Style::Diffusers => format!("transformer.{key}"),
            Style::Joined => format!(
                "lora_unet_{}.lora_{}.weight",
                original.replace('.', "_"),
                if is_down { "down" } else { "up" }
            ),
        };
        if matches!(style, Style::Diffusers) && !is_down {
            for value in &mut values {
                *value *= 2.0;
            }
        }
        let bytes = write::bytes_of_f32(&values);
        raws.push((name.clone(), Dtype::F32, shape, bytes));
        if !is_down {
            continue;
        }
        let alpha = name.replace(".lora_down.weight", ".alpha");
        match style {
            Style::Original => {
                let alpha_bytes = 6_i64.to_le_bytes().to_vec();
                raws.push((alpha, Dtype::I64, vec![], alpha_bytes));
            }
            Style::Joined => {
                let alpha_bytes = write::bytes_of_f32(&[6.0]);
                raws.push((alpha, Dtype::F32, vec![1], alpha_bytes));
            }
            Style::Diffusers => {}
        }
    }
    raws
}

/// The fixture's inputs through its model with the changes in `files`.
fn changed(files: &[(&Path, f64)]) -> Vec<f32> {
    let weights = fixture("wan_vace.safetensors");
    let open = |&(path, strength): &(&Path, f64)| Lora::open(path, strength).unwrap();
    let plain = loader(&weights).below("model.");
    let loras = Loras::fit(files.iter().map(open).collect(), &plain).unwrap();
    let model = WanTransformer::new(&small_config(), &plain.with_loras(&loras)).unwrap();
    let part = |name: &str| {
        let (shape, values) = values(&weights, name);
        Tensor::from_vec(values, &shape[1..], &Device::Cpu).unwrap()
    };
    let context = model.context(&part("text")).unwrap();
    let inputs = StepInputs {
        latents: &part("x"),
        timestep: 250.0,
        context: &context,
        control: Some(&part("control")),
        control_scales: &[1.0, f64::from(0.7_f32)],
        is_known: &[],
    };
    numbers(&model.forward(inputs, &mut || Ok(())).unwrap())
}

#[test]
fn every_way_of_writing_factors_gives_what_peft_gives() {
    let fixture = fixture("layouts.safetensors");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("lora.safetensors");
    let (_, wanted) = values(&fixture, "lora_out");
    for style in [Style::Original, Style::Diffusers, Style::Joined] {
        write::safetensors(&file, &factors(style));
        let difference = relative(&changed(&[(&file, 1.0)]), &wanted);
        assert!(difference < 1e-4, "{style:?}: {difference}");
        // Two halves are a whole.
        let difference = relative(&changed(&[(&file, 0.5), (&file, 0.5)]), &wanted);
        assert!(difference < 1e-4, "{style:?} twice: {difference}");
        let unchanged = values(&super::fixture("wan_vace.safetensors"), "out").1;
        assert!(relative(&unchanged, &wanted) > 0.1);
        assert!(relative(&changed(&[(&file, 0.0)]), &unchanged) < 1e-4);
    }
    let mut with_whole = factors(Style::Original);
    for (name, key) in [
        (
            "blocks.1.norm2.weight",
            "diffusion_model.blocks.1.norm3.diff",
        ),
        (
            "blocks.2.attn1.to_k.bias",
            "diffusion_model.blocks.2.self_attn.k.diff_b",
        ),
        (
            "blocks.0.scale_shift_table",
            "diffusion_model.blocks.0.modulation.diff",
        ),
    ] {
        let (shape, values) = values(&fixture, &format!("diff.{name}"));
        let bytes = write::bytes_of_f32(&values);
        with_whole.push((key.into(), Dtype::F32, shape, bytes));
    }
    write::safetensors(&file, &with_whole);
    let (_, wanted) = values(&fixture, "lora_half_out");
    let difference = relative(&changed(&[(&file, 0.5)]), &wanted);
    assert!(difference < 1e-4, "whole changes: {difference}");
}

#[test]
fn what_does_not_fit_is_listed() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("lora.safetensors");
    let weights = fixture("wan_vace.safetensors");
    let fit = |raws: &[write::Raw]| {
        write::safetensors(&file, raws);
        let loras = vec![Lora::open(&file, 1.0).unwrap()];
        Loras::fit(loras, &loader(&weights).below("model."))
    };
    let good = factors(Style::Original);
    assert_eq!(fit(&good).unwrap().num_changed(), 6);
    let with = |name: &str, shape: &[usize]| {
        let count: usize = shape.iter().product();
        let bytes = write::bytes_of_f32(&vec![0.5; count]);
        let more = (name.to_owned(), Dtype::F32, shape.to_vec(), bytes);
        [good.clone(), vec![more]].concat()
    };
    for (name, shape, wanted) in [
        (
            "diffusion_model.blocks.9.self_attn.q.lora_down.weight",
            &[3, 24][..],
            "nothing in the model fits diffusion_model.blocks.9.self_attn.q",
        ),
        (
            "lora_te_text_model_q.alpha",
            &[1],
            "lora_te_text_model_q.alpha",
        ),
        (
            "diffusion_model.blocks.0.self_attn.q.dora_scale",
            &[24],
            "dora_scale",
        ),
        (
            "diffusion_model.blocks.1.self_attn.q.lora_up.weight",
            &[24, 3],
            "blocks.1.self_attn.q misses one of its two factors",
        ),
        (
            "diffusion_model.blocks.1.norm3.diff",
            &[25],
            "has 25 numbers where the model has 24",
        ),
    ] {
        let error = fit(&with(name, shape)).unwrap_err();
        assert!(matches!(error, Error::LoraUnfit { .. }));
        let text = error.to_string();
        assert!(text.contains(wanted), "{text}");
    }
    let mut narrow = good;
    let up = narrow
        .iter_mut()
        .find(|(name, ..)| name.contains("lora_up"))
        .unwrap();
    up.2[0] -= 1;
    up.3.truncate(up.3.len() - 3 * 4);
    let text = fit(&narrow).unwrap_err().to_string();
    assert!(text.contains("by 24 (ranks 3 and 3)"), "{text}");
}

#[test]
fn changes_are_added_to_the_numbers_that_blocks_stand_for() {
    let (config, parts) = wide();
    let folder = TempDir::new().unwrap();
    let [down, up] = [1, 2].map(|seed| generation::noise::gaussian(seed, 0, 0, 2 * 256));
    let mut rounded = parts.clone();
    let mut tensors = Vec::new();
    for part in &mut rounded {
        if part.shape.len() != 2 {
            tensors.push(write::gguf_f32(part));
            continue;
        }
        let (bytes, values) = write::blocks(part, GgmlDType::Q8_0);
        part.values = values;
        tensors.push((part.name.clone(), part.shape.clone(), 8, bytes));
        if part.name == "blocks.0.attn1.to_q.weight" {
            for (index, value) in part.values.iter_mut().enumerate() {
                let (row, column) = (index / 256, index % 256);
                let change = up[row * 2] * down[column] + up[row * 2 + 1] * down[256 + column];
                *value += 0.01 * change;
            }
        }
    }
    let file = folder.path().join("model.gguf");
    write::gguf(&file, &tensors);
    let lora = folder.path().join("lora.safetensors");
    let factor = |name: &str, shape: [usize; 2], values: &[f32]| {
        let name = format!("blocks.0.attn1.to_q.{name}.weight");
        let bytes = write::bytes_of_f32(values);
        (name, Dtype::F32, shape.to_vec(), bytes)
    };
    write::safetensors(
        &lora,
        &[
            factor("lora_A", [2, 256], &down),
            factor("lora_B", [256, 2], &up),
        ],
    );
    let weights = Weights::open(&file).unwrap();
    let plain = loader(&weights);
    let loras = Loras::fit(vec![Lora::open(&lora, 0.01).unwrap()], &plain).unwrap();
    let found = numbers(&super::forward(&config, &plain.with_loras(&loras)));
    let wanted = super::dense(folder.path(), &config, &rounded);
    let difference = relative(&found, &wanted);
    assert!(difference < 1e-4, "{difference}");
    let without = numbers(&super::forward(&config, &plain));
    assert!(relative(&without, &wanted) > 1e-3);
}
