"""Holds the networks of this folder against the published ones, and what the app relies on. Needs diffusers and transformers.

    python checks.py
"""

import random

import torch

import autoencoder as AE
import text_encoder as TE
import transformer as TR
from train import draw_sigma, quantised
from sample import plain
from vocabulary import Sampler


def check(name, difference, limit):
    print(f"{name}: {float(difference):.2g}")
    assert difference < limit, name


@torch.no_grad()
def transformer():
    """Against diffusers' WanVACETransformer3DModel, weights loaded strictly."""
    from diffusers import WanVACETransformer3DModel

    config = {**TR.CONFIG, "num_layers": 4, "vace_layers": [0, 2]}
    reference, own = WanVACETransformer3DModel(**config), TR.Transformer(**config)
    for name, p in reference.named_parameters():
        p.copy_(torch.randn_like(p) * (0.3 if p.ndim > 1 else 0.5) * (2.0 if "to_q" in name or "to_k" in name else 0.25))
    own.load_state_dict(reference.state_dict(), strict=True)
    x, control = torch.randn(2, config["in_channels"], 3, 6, 10), torch.randn(2, config["vace_in_channels"], 3, 6, 10)
    t, text = torch.tensor([700.0, 35.0]), torch.randn(2, 9, config["text_dim"])
    wanted = reference(hidden_states=x, timestep=t, encoder_hidden_states=text, control_hidden_states=control, return_dict=False)[0]
    check("transformer against diffusers", (own(x, t, text, control) - wanted).abs().max() / wanted.abs().max(), 1e-5)


@torch.no_grad()
def text_encoder():
    """Against transformers' UMT5EncoderModel; padding must not matter."""
    from transformers import UMT5Config, UMT5EncoderModel

    c = TE.CONFIG
    own = TE.TextEncoder().eval()
    reference = UMT5EncoderModel(UMT5Config(vocab_size=c["vocab_size"], d_model=c["d_model"], d_kv=c["d_kv"], d_ff=c["d_ff"], num_layers=c["num_layers"],
                                            num_heads=c["num_heads"], feed_forward_proj="gated-gelu")).eval()
    reference.load_state_dict({**own.state_dict(), "encoder.embed_tokens.weight": own.shared.weight}, strict=False)
    ids = torch.randint(3, c["vocab_size"], (2, TE.ROWS))
    ids[:, 10:], ids[:, 9] = 0, 1
    wanted = reference(ids, attention_mask=(ids != 0).long()).last_hidden_state * (ids != 0)[..., None]
    check("prompt encoder against transformers", (own(ids) - wanted).abs().max(), 1e-4)
    check("padding", (own(ids)[:, :10] - own(ids[:, :10])).abs().max(), 1e-4)


@torch.no_grad()
def autoencoder():
    """A prefix of 1+4n frames has the same latents; the linear start is as good as the analysis it stands for."""
    ae, video = AE.Autoencoder(), torch.rand(2, 3, 13, 32, 48) * 2 - 1
    check("causality", (ae.raw_encode(video)[:, :, :2] - ae.raw_encode(video[:, :, :5])).abs().max(), 1e-5)
    flat = torch.rand(4, 3, 1, 4, 6).repeat_interleave(17, 2).repeat_interleave(16, 3).repeat_interleave(16, 4) * 2 - 1
    AE.start_linear(ae, flat)
    check("flat pictures through the linear start", (ae.raw_decode(ae.raw_encode(flat)) - flat).abs().max(), 0.05)


def data():
    """Training never shows a held-out pair; noise levels lie in range; 8-bit matrices come back."""
    from vocabulary import NAMES, SUBJECTS, is_held_out

    sampler, dice = Sampler(), random.Random(1)
    for _ in range(2000):
        spec = sampler(dice)
        assert not any(is_held_out(SUBJECTS[s["id"]][0], NAMES["place"][spec["place"]]) for s in spec["subjects"])
    sigma = draw_sigma(1000)
    assert 0 < sigma.min() and sigma.max() <= 1
    matrix = torch.randn(256, 128)
    check("8 bits", (plain(quantised({"x": matrix}))["x"] - matrix).abs().max() / matrix.abs().max(), 0.005)


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for one in (transformer, text_encoder, autoencoder, data):
        one()
