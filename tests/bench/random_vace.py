"""Writes a Wan2.1-VACE-1.3B of random weights in the diffusers layout, to measure speed and memory without a download.

    pip install torch diffusers safetensors tokenizers
    python random_vace.py OUT_FOLDER

The transformer and the autoencoder have their real sizes. The prompt encoder has the real width but one layer and a small
vocabulary (the real one takes 22 GB), and the tokenizer knows a few words.
"""

import json
import os
import sys

import torch
from diffusers import AutoencoderKLWan, WanVACETransformer3DModel
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

TRANSFORMER = dict(
    patch_size=(1, 2, 2), num_attention_heads=12, attention_head_dim=128, in_channels=16, out_channels=16, text_dim=4096, freq_dim=256, ffn_dim=8960,
    num_layers=30, cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=1024, vace_layers=list(range(0, 30, 2)), vace_in_channels=96,
)
TEXT = dict(model_type="umt5", architectures=["UMT5EncoderModel"], vocab_size=512, d_model=4096, d_kv=64, d_ff=10240, num_layers=1, num_heads=64,
            relative_attention_num_buckets=32, relative_attention_max_distance=128, layer_norm_epsilon=1e-6, feed_forward_proj="gated-gelu",
            is_gated_act=True, dense_act_fn="gelu_new", pad_token_id=0, eos_token_id=1, tie_word_embeddings=False)


def random_state(model, seed):
    """Small normal numbers for matrices, ones for norms' weights, so that nothing overflows."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, tensor in model.state_dict().items():
        if tensor.ndim >= 2:
            fan = tensor[0].numel()
            state[name] = (torch.randn(tensor.shape, generator=generator) / fan**0.5).to(torch.bfloat16)
        else:
            fill = torch.ones if "norm" in name and name.endswith("weight") else torch.zeros
            state[name] = fill(tensor.shape, dtype=torch.bfloat16)
    return state


def write(folder, config, state, name):
    os.makedirs(folder, exist_ok=True)
    json.dump(config, open(f"{folder}/config.json", "w"), indent=1)
    save_file(state, f"{folder}/{name}", {"format": "pt"})


def main(out):
    with torch.device("meta"):
        transformer = WanVACETransformer3DModel(**TRANSFORMER)
    write(f"{out}/transformer", {"_class_name": "WanVACETransformer3DModel", **TRANSFORMER}, random_state(transformer, 1), "diffusion_pytorch_model.safetensors")
    vae = AutoencoderKLWan()
    config = {key: value for key, value in vae.config.items() if not key.startswith("_")}
    write(f"{out}/vae", {"_class_name": "AutoencoderKLWan", **config}, random_state(vae, 2), "diffusion_pytorch_model.safetensors")
    generator = torch.Generator().manual_seed(3)
    width, inner, heads = TEXT["d_model"], TEXT["d_ff"], TEXT["num_heads"] * TEXT["d_kv"]
    shapes = {"shared.weight": (TEXT["vocab_size"], width), "encoder.final_layer_norm.weight": (width,)}
    block = "encoder.block.0.layer"
    for letter in "qkv":
        shapes[f"{block}.0.SelfAttention.{letter}.weight"] = (heads, width)
    shapes[f"{block}.0.SelfAttention.o.weight"] = (width, heads)
    shapes[f"{block}.0.SelfAttention.relative_attention_bias.weight"] = (32, TEXT["num_heads"])
    shapes[f"{block}.0.layer_norm.weight"] = shapes[f"{block}.1.layer_norm.weight"] = (width,)
    shapes[f"{block}.1.DenseReluDense.wi_0.weight"] = shapes[f"{block}.1.DenseReluDense.wi_1.weight"] = (inner, width)
    shapes[f"{block}.1.DenseReluDense.wo.weight"] = (width, inner)
    state = {name: torch.ones(shape, dtype=torch.bfloat16) if len(shape) == 1 else (torch.randn(shape, generator=generator) / shape[-1] ** 0.5).to(torch.bfloat16)
             for name, shape in shapes.items()}
    write(f"{out}/text_encoder", TEXT, state, "model.safetensors")
    words = ["<pad>", "</s>", "<unk>"] + ["▁" + word for word in "a the fox dog cat in on snow sea forest walks runs".split()] + ["▁"] + [chr(c) for c in range(97, 123)]
    tokenizer = Tokenizer(models.Unigram([(word, -float(index)) for index, word in enumerate(words)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    os.makedirs(f"{out}/tokenizer", exist_ok=True)
    tokenizer.save(f"{out}/tokenizer/tokenizer.json")
    json.dump({"_class_name": "WanVACEPipeline"}, open(f"{out}/model_index.json", "w"))


if __name__ == "__main__":
    main(sys.argv[1])
