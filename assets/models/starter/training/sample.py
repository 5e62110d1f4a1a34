"""Makes clips from an export or from networks in training.

    python sample.py EXPORT OUT.png "一只小狗在沙滩上跳跃，夕阳" "a cat in a neon street" [--steps 20 --guidance 4 --seed 0]

Euler steps on the flow: the noise is a share sigma of what the network sees, velocity is noise minus data.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch

import text_encoder as TE
import transformer as TR
from scenes import FRAMES, sheet


@dataclass
class Model:
    tokenizer: object
    text: object
    dit: object
    ae: object

    @classmethod
    def open(cls, folder):
        """The networks of an export."""
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        import autoencoder as AE

        folder = Path(folder)

        def part(name, kind, keys):
            config = json.loads((folder / name / "config.json").read_text())
            network = kind(**{k: config[k] for k in keys if k in config})
            network.load_state_dict(plain(load_file(folder / name / "model.safetensors")))
            return network.eval()

        return cls(
            Tokenizer.from_file(str(folder / "tokenizer.json")),
            part("text_encoder", TE.TextEncoder, TE.CONFIG),
            part("transformer", TR.Transformer, TR.CONFIG),
            part("vae", AE.Autoencoder, [*AE.CONFIG, "latents_mean", "latents_std"]),
        )


def plain(tensors):
    """8-bit matrices with their scales as plain numbers."""
    out = {name: value.float() for name, value in tensors.items() if not name.endswith((".q8", ".scale"))}
    for name in (name[:-3] for name in tensors if name.endswith(".q8")):
        numbers, scale = tensors[name + ".q8"].float() - 128, tensors[name + ".scale"].float()
        out[name] = (numbers.view(len(numbers), -1, 32) * scale[..., None]).view_as(numbers)
    return out


@torch.no_grad()
def sample(model, prompt, height, width, steps=20, guidance=4.0, seed=0, known=None, frames=FRAMES, shift=3.0):
    """A clip [1,3,F,H,W] and its latents. `known` is a pair (video with gray holes, mask with 1 where to make)."""
    control, mask = known or (torch.zeros(1, 3, frames, height, width), torch.ones(1, 1, frames, height, width))
    hints = TR.control_latents(model.ae, control, mask)
    rows = model.text(TE.encode(model.tokenizer, [prompt, ""]))
    dice = torch.Generator().manual_seed(seed)
    x = torch.randn(1, model.ae.config["latent_channels"], (frames + 3) // 4, height // 8, width // 8, generator=dice)
    u = torch.linspace(1, 0, steps + 1)
    sigmas = (shift * u / (1 + (shift - 1) * u)).tolist()
    for now, then in zip(sigmas, sigmas[1:]):
        both = model.dit(x.expand(2, -1, -1, -1, -1), torch.full((2,), now * 1000), rows, hints.expand(2, -1, -1, -1, -1))
        velocity = both[1:] + guidance * (both[:1] - both[1:])
        x = x + (then - now) * velocity
    return model.ae.decode(x) * mask + control * (1 - mask), x


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export")
    parser.add_argument("out")
    parser.add_argument("prompts", nargs="+")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    opened = Model.open(options.export)
    size = json.loads((Path(options.export) / "transformer/config.json").read_text())["resolutions"][0]
    start = time.time()
    made = [sample(opened, prompt, *size, options.steps, options.guidance, options.seed + i)[0] for i, prompt in enumerate(options.prompts)]
    print(f"{(time.time() - start) / len(made):.2f} s a clip")
    sheet(torch.cat(made), 6).save(options.out)
