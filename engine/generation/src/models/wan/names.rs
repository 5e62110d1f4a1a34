//! What the tensors are called elsewhere: the networks ask by diffusers' names, files use several others.
//!
//! Known are the original checkpoints' names (also ComfyUI's and those in GGUF files) of the transformer, both
//! autoencoders and the prompt encoder, and llama.cpp's names of the prompt encoder.

use crate::weights::Weights;

/// What other programs put before every name of a model.
const PREFIXES: [&str; 9] = [
    "",
    "model.diffusion_model.",
    "diffusion_model.",
    "model.",
    "generator.",
    "transformer.",
    "first_stage_model.",
    "vae.",
    "text_encoders.umt5xxl.transformer.",
];

/// The full name under which `weights` hold what diffusers calls `name`; `prefix` stands before every name.
pub fn find(weights: &Weights, prefix: &str, name: &str) -> Option<String> {
    let spellings = spellings(name);
    let full = PREFIXES.iter().flat_map(|known| {
        let spellings = spellings.iter();
        spellings.map(move |spelling| format!("{prefix}{known}{spelling}"))
    });
    full.into_iter().find(|full| weights.shape(full).is_some())
}

/// What stands before every name of the transformer in `weights`, `prefix` included.
pub fn used_prefix(weights: &Weights, prefix: &str) -> String {
    const FIRST: &str = "patch_embedding.weight";
    let first = find(weights, prefix, FIRST).unwrap_or_default();
    first.strip_suffix(FIRST).unwrap_or(prefix).to_owned()
}

/// `name` and what else the same tensor is called.
fn spellings(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    all.extend(original_transformer_name(name));
    all.extend(vae_names(name));
    all.extend(text_encoder_names(name));
    all
}

/// Parts of names within a block: diffusers', then the original's.
const BLOCK_PARTS: [(&str, &str); 20] = [
    ("attn1.to_q.", "self_attn.q."),
    ("attn1.to_k.", "self_attn.k."),
    ("attn1.to_v.", "self_attn.v."),
    ("attn1.to_out.0.", "self_attn.o."),
    ("attn1.norm_q.", "self_attn.norm_q."),
    ("attn1.norm_k.", "self_attn.norm_k."),
    ("attn2.to_q.", "cross_attn.q."),
    ("attn2.to_k.", "cross_attn.k."),
    ("attn2.to_v.", "cross_attn.v."),
    ("attn2.to_out.0.", "cross_attn.o."),
    ("attn2.norm_q.", "cross_attn.norm_q."),
    ("attn2.norm_k.", "cross_attn.norm_k."),
    ("attn2.add_k_proj.", "cross_attn.k_img."),
    ("attn2.add_v_proj.", "cross_attn.v_img."),
    ("attn2.norm_added_k.", "cross_attn.norm_k_img."),
    ("ffn.net.0.proj.", "ffn.0."),
    ("ffn.net.2.", "ffn.2."),
    ("norm2.", "norm3."),
    ("proj_in.", "before_proj."),
    ("proj_out.", "after_proj."),
];

/// Parts of names outside blocks: diffusers', then the original's.
const OUTER_PARTS: [(&str, &str); 6] = [
    (
        "condition_embedder.time_embedder.linear_1.",
        "time_embedding.0.",
    ),
    (
        "condition_embedder.time_embedder.linear_2.",
        "time_embedding.2.",
    ),
    ("condition_embedder.time_proj.", "time_projection.1."),
    (
        "condition_embedder.text_embedder.linear_1.",
        "text_embedding.0.",
    ),
    (
        "condition_embedder.text_embedder.linear_2.",
        "text_embedding.2.",
    ),
    ("proj_out.", "head.head."),
];

/// What the original checkpoints call the transformer's tensor `name`, where they differ.
pub fn original_transformer_name(name: &str) -> Option<String> {
    if name == "scale_shift_table" {
        return Some("head.modulation".into());
    }
    if is_in_block(name)
        && let Some(block) = name.strip_suffix("scale_shift_table")
    {
        return Some(format!("{block}modulation"));
    }
    let (ours, theirs) = parts(name).iter().find(|(ours, _)| name.contains(ours))?;
    Some(name.replacen(ours, theirs, 1))
}

/// What diffusers calls the transformer's tensor that the original checkpoints call `name`, where they differ.
pub fn diffusers_transformer_name(name: &str) -> Option<String> {
    if name == "head.modulation" {
        return Some("scale_shift_table".into());
    }
    if is_in_block(name)
        && let Some(block) = name.strip_suffix("modulation")
    {
        return Some(format!("{block}scale_shift_table"));
    }
    let (ours, theirs) = parts(name)
        .iter()
        .find(|(_, theirs)| name.contains(theirs))?;
    Some(name.replacen(theirs, ours, 1))
}

fn is_in_block(name: &str) -> bool {
    name.starts_with("blocks.") || name.starts_with("vace_blocks.")
}

fn parts(name: &str) -> &'static [(&'static str, &'static str)] {
    if is_in_block(name) {
        &BLOCK_PARTS
    } else {
        &OUTER_PARTS
    }
}

/// Layers of an autoencoder's residual block: diffusers', then the original's.
const RESIDUAL_PARTS: [(&str, &str); 5] = [
    ("norm1.", "residual.0."),
    ("conv1.", "residual.2."),
    ("norm2.", "residual.3."),
    ("conv2.", "residual.6."),
    ("conv_shortcut.", "shortcut."),
];

/// Layers before and after an autoencoder's blocks: diffusers', then the original's.
const VAE_PARTS: [(&str, &str); 6] = [
    ("conv_in.", "conv1."),
    ("mid_block.resnets.0.", "middle.0."),
    ("mid_block.attentions.0.", "middle.1."),
    ("mid_block.resnets.1.", "middle.2."),
    ("norm_out.", "head.0."),
    ("conv_out.", "head.2."),
];

/// Residual blocks at each size of the original autoencoders' decoders; their encoders have one fewer.
const DECODER_BLOCKS: usize = 3;

/// What the original checkpoints may call an autoencoder's tensor `name`.
fn vae_names(name: &str) -> Vec<String> {
    if let Some(rest) = name.strip_prefix("quant_conv.") {
        return vec![format!("conv1.{rest}")];
    }
    if let Some(rest) = name.strip_prefix("post_quant_conv.") {
        return vec![format!("conv2.{rest}")];
    }
    let Some((half, rest)) = name.split_once('.') else {
        return Vec::new();
    };
    if half != "encoder" && half != "decoder" {
        return Vec::new();
    }
    for (ours, theirs) in VAE_PARTS {
        if let Some(rest) = rest.strip_prefix(ours) {
            return vec![format!("{half}.{theirs}{}", residual_name(rest))];
        }
    }
    let numbered = |rest: &str| -> Option<(usize, String)> {
        let (number, rest) = rest.split_once('.')?;
        Some((number.parse().ok()?, rest.to_owned()))
    };
    let (blocks, ladder) = match half {
        "encoder" => ("down_blocks.", "downsamples"),
        _ => ("up_blocks.", "upsamples"),
    };
    let Some((level, rest)) = rest.strip_prefix(blocks).and_then(numbered) else {
        return Vec::new();
    };
    let place = |rest: &str| -> Option<(usize, String)> {
        let last = if half == "encoder" {
            DECODER_BLOCKS - 1
        } else {
            DECODER_BLOCKS
        };
        let resampler = ["downsampler.", "upsampler.", "upsamplers.0."]
            .iter()
            .find_map(|known| rest.strip_prefix(known));
        match resampler {
            Some(rest) => Some((last, rest.to_owned())),
            None => rest.strip_prefix("resnets.").and_then(numbered),
        }
    };
    match place(&rest) {
        // 2.1 counts through all sizes, 2.2 within each.
        Some((index, rest)) => {
            let rest = residual_name(&rest);
            let through = level * (DECODER_BLOCKS + 1) + index;
            let mut all = vec![format!("{half}.{ladder}.{level}.{ladder}.{index}.{rest}")];
            if half == "decoder" {
                all.push(format!("{half}.{ladder}.{through}.{rest}"));
            }
            all
        }
        None => vec![format!("{half}.{ladder}.{level}.{}", residual_name(&rest))],
    }
}

fn residual_name(rest: &str) -> String {
    let known = RESIDUAL_PARTS
        .iter()
        .find_map(|(ours, theirs)| Some((rest.strip_prefix(ours)?, theirs)));
    match known {
        Some((rest, theirs)) => format!("{theirs}{rest}"),
        None => rest.to_owned(),
    }
}

/// Layers of the prompt encoder's blocks: transformers', the original's, llama.cpp's.
const ENCODER_PARTS: [(&str, &str, &str); 10] = [
    ("layer.0.layer_norm.", "norm1.", "attn_norm."),
    ("layer.0.SelfAttention.q.", "attn.q.", "attn_q."),
    ("layer.0.SelfAttention.k.", "attn.k.", "attn_k."),
    ("layer.0.SelfAttention.v.", "attn.v.", "attn_v."),
    ("layer.0.SelfAttention.o.", "attn.o.", "attn_o."),
    (
        "layer.0.SelfAttention.relative_attention_bias.",
        "pos_embedding.embedding.",
        "attn_rel_b.",
    ),
    ("layer.1.layer_norm.", "norm2.", "ffn_norm."),
    ("layer.1.DenseReluDense.wi_0.", "ffn.gate.0.", "ffn_gate."),
    ("layer.1.DenseReluDense.wi_1.", "ffn.fc1.", "ffn_up."),
    ("layer.1.DenseReluDense.wo.", "ffn.fc2.", "ffn_down."),
];

/// What others call the prompt encoder's tensor `name`.
fn text_encoder_names(name: &str) -> Vec<String> {
    let whole = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    match name {
        "shared.weight" => {
            return whole(&[
                "encoder.embed_tokens.weight",
                "token_embedding.weight",
                "token_embd.weight",
            ]);
        }
        "encoder.final_layer_norm.weight" => {
            return whole(&["norm.weight", "enc.output_norm.weight"]);
        }
        _ => {}
    }
    let Some((block, layer)) = name
        .strip_prefix("encoder.block.")
        .and_then(|rest| rest.split_once('.'))
    else {
        return Vec::new();
    };
    let known = ENCODER_PARTS
        .iter()
        .find_map(|(ours, original, llama)| Some((layer.strip_prefix(ours)?, original, llama)));
    match known {
        Some((rest, original, llama)) => vec![
            format!("blocks.{block}.{original}{rest}"),
            format!("enc.blk.{block}.{llama}{rest}"),
        ],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn original_names_of_the_transformer_are_known_both_ways() {
        let table = [
            ("blocks.3.attn1.to_out.0.bias", "blocks.3.self_attn.o.bias"),
            ("blocks.0.norm2.weight", "blocks.0.norm3.weight"),
            (
                "vace_blocks.1.proj_out.weight",
                "vace_blocks.1.after_proj.weight",
            ),
            (
                "vace_blocks.0.scale_shift_table",
                "vace_blocks.0.modulation",
            ),
            ("proj_out.weight", "head.head.weight"),
            ("scale_shift_table", "head.modulation"),
            (
                "condition_embedder.time_proj.bias",
                "time_projection.1.bias",
            ),
        ];
        for (ours, theirs) in table {
            assert_eq!(original_transformer_name(ours).as_deref(), Some(theirs));
            assert_eq!(diffusers_transformer_name(theirs).as_deref(), Some(ours));
        }
        assert_eq!(original_transformer_name("patch_embedding.weight"), None);
    }

    #[test]
    fn original_names_of_the_autoencoders_are_known() {
        let table = [
            ("quant_conv.bias", "conv1.bias"),
            ("encoder.conv_in.weight", "encoder.conv1.weight"),
            ("decoder.norm_out.gamma", "decoder.head.0.gamma"),
            (
                "encoder.mid_block.attentions.0.to_qkv.bias",
                "encoder.middle.1.to_qkv.bias",
            ),
            (
                "decoder.mid_block.resnets.1.norm2.gamma",
                "decoder.middle.2.residual.3.gamma",
            ),
            (
                "encoder.down_blocks.5.time_conv.weight",
                "encoder.downsamples.5.time_conv.weight",
            ),
            (
                "encoder.down_blocks.4.conv_shortcut.weight",
                "encoder.downsamples.4.shortcut.weight",
            ),
            (
                "decoder.up_blocks.2.resnets.1.conv2.bias",
                "decoder.upsamples.9.residual.6.bias",
            ),
            (
                "decoder.up_blocks.1.upsamplers.0.resample.1.weight",
                "decoder.upsamples.7.resample.1.weight",
            ),
            (
                "encoder.down_blocks.1.downsampler.time_conv.bias",
                "encoder.downsamples.1.downsamples.2.time_conv.bias",
            ),
            (
                "decoder.up_blocks.3.resnets.0.conv_shortcut.weight",
                "decoder.upsamples.3.upsamples.0.shortcut.weight",
            ),
        ];
        for (ours, theirs) in table {
            assert!(
                spellings(ours).iter().any(|name| name == theirs),
                "{ours}: {:?}",
                spellings(ours)
            );
        }
    }

    #[test]
    fn other_names_of_the_prompt_encoder_are_known() {
        let table = [
            (
                "shared.weight",
                "token_embedding.weight",
                "token_embd.weight",
            ),
            (
                "encoder.block.7.layer.1.DenseReluDense.wi_0.weight",
                "blocks.7.ffn.gate.0.weight",
                "enc.blk.7.ffn_gate.weight",
            ),
            (
                "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                "blocks.0.pos_embedding.embedding.weight",
                "enc.blk.0.attn_rel_b.weight",
            ),
        ];
        for (ours, original, llama) in table {
            let names = text_encoder_names(ours);
            assert!(names.iter().any(|name| name == original), "{names:?}");
            assert!(names.iter().any(|name| name == llama), "{names:?}");
        }
    }
}
