"""Times PyTorch on the networks that Everframe runs, so that both can be compared on one machine.

    python networks.py step MODEL FRAMES HEIGHT WIDTH      one pass of the whole VACE transformer (latent frames and sides)
    python networks.py plain MODEL FRAMES HEIGHT WIDTH     the same without its control blocks (`examples/wan_step`)
    python networks.py block MODEL FRAMES HEIGHT WIDTH     one main block alone, ten times
    python networks.py decode MODEL FRAMES HEIGHT WIDTH    the autoencoder's decoder

MODEL is a folder made by random_vace.py. Threads: OMP_NUM_THREADS. Prints seconds of each of five runs (three for decode).
"""

import sys
import time

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel, WanVACETransformer3DModel


def timed(run, count):
    with torch.inference_mode():
        for _ in range(count):
            start = time.perf_counter()
            run()
            print(f"{time.perf_counter() - start:.3f}", flush=True)


def main(what, model, frames, height, width):
    latents = torch.randn(1, 16, frames, height, width)
    if what == "decode":
        vae = AutoencoderKLWan.from_pretrained(f"{model}/vae", torch_dtype=torch.float32)
        return timed(lambda: vae.decode(latents), 3)
    if what == "plain":
        config = WanVACETransformer3DModel.load_config(f"{model}/transformer")
        plain = {name: value for name, value in config.items() if not name.startswith(("vace", "_"))}
        network = WanTransformer3DModel.from_config(plain).float().eval()
        step, words = torch.tensor([500.0]), torch.randn(1, 512, 4096)
        return timed(lambda: network(hidden_states=latents, timestep=step, encoder_hidden_states=words), 5)
    if what == "block":
        config = WanVACETransformer3DModel.load_config(f"{model}/transformer")
        network = WanVACETransformer3DModel.from_config({**config, "num_layers": 1, "vace_layers": [0]}).float()
    else:
        network = WanVACETransformer3DModel.from_pretrained(f"{model}/transformer", torch_dtype=torch.float32)
    text = torch.randn(1, 512, 4096)
    if what == "step":
        control = torch.randn(1, 96, frames, height, width)
        step = torch.tensor([500.0])
        return timed(lambda: network(hidden_states=latents, timestep=step, encoder_hidden_states=text, control_hidden_states=control), 5)
    rotary = network.rope(latents)
    tokens = torch.randn(1, frames * height * width // 4, 1536)
    context, time_rows = torch.randn(1, 512, 1536), torch.randn(1, 6, 1536)
    block = network.blocks[0]

    def blocks():
        for _ in range(10):
            block(tokens, context, time_rows, rotary)

    timed(blocks, 5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(value) for value in sys.argv[3:]))
