"""Trains the starter model in stages, each resumable, each one command. All of them write into one folder, RUN.

    python train.py clips       --run RUN --clips 5000        # draw clips, fit the encoder, keep their latents
    python train.py text        --run RUN --minutes 3         # tokenizer and prompt encoder: read a spec out of its caption
    python train.py transformer --run RUN --minutes 50        # the diffusion transformer
    python train.py decoder     --run RUN --minutes 12        # sharpen the decoder
    python train.py export      --run RUN --out assets/models/starter
    python train.py sheet       --run RUN --out sheet.png     # clips for the prompts of tests/bench/gallery.txt

A second call of a stage goes on where the first stopped. `transformer` lowers its rate over the last `--cool` minutes and
keeps what it was before in `transformer.trunk.pt`; a later call with more `--minutes` goes on from there. RUN/log.txt
holds the figures.
"""

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

import autoencoder as AE
import text_encoder as TE
import transformer as TR
from sample import Model, sample
from scenes import FPS, FRAMES, OPERATIONS, Renderer, operation, sheet
from vocabulary import NAMES, SUBJECTS, TIMED, Sampler

HERE = Path(__file__).resolve().parent
SPRITES = HERE.parent.parent / "sketch.sprites.safetensors"
PROMPTS = HERE.parent.parent.parent.parent / "tests/bench/gallery.txt"
CAPTIONS = 4   # kept for each clip, half of them in each language
SHIFT = 3.0    # of the noise levels
SUBJECT_WEIGHT = 1.0   # how much more an error on a subject counts than one on the place
EDITS = 0.2    # share of clips of which a part is kept
RECORDINGS = 480   # clips kept as pictures, for the decoder


class Run:
    def __init__(self, options):
        self.o, self.folder = options, Path(options.run)
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(options.seed)
        self.dice = random.Random(options.seed)

    def log(self, *words):
        line = time.strftime("%H:%M:%S ") + " ".join(str(word) for word in words)
        print(line, flush=True)
        with open(self.folder / "log.txt", "a") as file:
            file.write(line + "\n")

    def save(self, name, **state):
        path = self.folder / f"{name}.pt"
        torch.save(state, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def load(self, name):
        path = self.folder / f"{name}.pt"
        return torch.load(path, weights_only=False) if path.exists() else None

    def amp(self):
        return torch.autocast("cpu", torch.bfloat16) if self.o.bf16 else contextlib.nullcontext()

    def autoencoder(self):
        state = self.load("autoencoder")
        ae = AE.Autoencoder(latents_mean=state["mean"], latents_std=state["std"])
        ae.load_state_dict(state["model"])
        return ae

    def text(self):
        text = TE.TextEncoder()
        text.load_state_dict(self.load("text")["model"])
        return Tokenizer.from_file(str(self.folder / "tokenizer.json")), text.eval().requires_grad_(False)

    def transformer(self):
        dit = TR.Transformer()
        dit.load_state_dict(self.load("transformer")["average"])
        return dit.eval()

    def model(self):
        tokenizer, text = self.text()
        return Model(tokenizer, text, self.transformer(), self.autoencoder().eval())


class Clock:
    """Minutes of a stage, with those of earlier calls."""

    def __init__(self, minutes, used=0.0):
        self.total, self.start = max(minutes * 60, 1e-6), time.time() - used

    @property
    def used(self):
        return time.time() - self.start

    @property
    def left(self):
        return self.total - self.used


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal by Newton-Schulz, all matrices of a shape in one batched product; steps as large as AdamW's."""

    def __init__(self, params, lr, momentum=0.95, weight_decay=0.01, rounds=4):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, rounds=rounds))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                shapes.setdefault(p.shape, []).append(p)
            for ps in shapes.values():
                grads, state = torch.stack([p.grad for p in ps]), self.state[ps[0]]
                m = state["m"] = state.get("m", torch.zeros_like(grads)).lerp_(grads, 1 - group["momentum"])
                x = torch.lerp(grads, m, group["momentum"])
                is_wide = x.shape[1] > x.shape[2]
                x = (x if not is_wide else x.mT)
                x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(torch.bfloat16)
                for _ in range(group["rounds"]):
                    s = x.mT @ x
                    x = 3.4445 * x + x @ (-4.7750 * s + 2.0315 * (s @ s))
                x = (x.mT if is_wide else x).float() * 0.2 * max(x.shape[1:]) ** 0.5
                for p, d in zip(ps, x):
                    p.mul_(1 - group["lr"] * group["weight_decay"]).add_(d, alpha=-group["lr"])


def keep_memory():
    """glibc hands every large block back to the system at once; keeping it nearly halves the time of a step."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 256 << 20)):
            libc.mallopt(option, value)


# ---- clips: drawn once, kept as latents ----
@torch.no_grad()
def stage_clips(run):
    o, sampler = run.o, Sampler()
    renderer = Renderer(o.sprites, o.height, o.width)
    draw = lambda count: [sampler(run.dice) for _ in range(count)]
    recorded = draw(RECORDINGS)
    start = time.time()
    videos = torch.cat([renderer.render(recorded[i : i + 16])["video"] for i in range(0, RECORDINGS, 16)])
    run.log(f"{RECORDINGS} clips drawn, {(time.time() - start) / RECORDINGS:.3f} s each")
    ae = AE.Autoencoder()
    AE.start_linear(ae, videos[:160])
    raw = torch.cat([ae.raw_encode(v) for v in videos[:160].split(16)])
    mean, spread = raw.mean((0, 2, 3, 4)), raw.std((0, 2, 3, 4))
    spread = spread.sqrt()
    std = spread * (((raw - mean.view(1, -1, 1, 1, 1)) / spread.view(1, -1, 1, 1, 1)) ** 2).mean().sqrt()
    quality = torch.cat([AE.psnr(ae.raw_decode(ae.raw_encode(v)).clamp(-1, 1), v) for v in videos[160:192].split(8)]).mean()
    run.log(f"linear autoencoder: {quality:.2f} dB, loudness of latents {(raw.std((0, 2, 3, 4)) / std).tolist()}")
    run.save("autoencoder", model=ae.state_dict(), mean=mean.tolist(), std=std.tolist(), step=0, used=0.0)
    torch.save(((videos + 1) * 127.5).round().to(torch.uint8), run.folder / "videos.pt")
    ae = run.autoencoder()
    pieces = dict(z=[], cover=[], kept=[], mask=[], specs=[], captions=[])
    start = time.time()
    for number in range(0, o.clips, 20):
        specs = draw(20)
        clip = renderer.render(specs)
        pieces["z"].append(ae.encode(clip["video"]).half())
        pieces["cover"].append(F.avg_pool3d(F.pad(clip["alpha"], (0, 0, 0, 0, 3, 0), "replicate"), (4, 8, 8)).half())
        for i in range(int(20 * EDITS)):
            control, mask = operation(clip["video"][i : i + 1], clip["alpha"][i : i + 1], run.dice.choice(OPERATIONS), run.dice)
            pieces["kept"].append(ae.encode(control).half())
            pieces["mask"].append(TR.mask_latents(mask).bool())
        pieces["specs"] += specs
        pieces["captions"] += [[sampler.caption(spec, run.dice, "zh" if k % 2 else "en") for k in range(CAPTIONS)] for spec in specs]
        if number % 1000 == 0:
            run.log(f"{number} clips, {(time.time() - start) / (number + 20):.3f} s each")
    blank = ae.encode(torch.zeros(1, 3, FRAMES, o.height, o.width))
    torch.save({**pieces, **{k: torch.cat(pieces[k]) for k in ("z", "cover", "kept", "mask")}, "blank": blank}, run.folder / "clips.pt")
    run.log(f"{o.clips} clips kept, {len(renderer.painted)} painted places")


# ---- text: what a caption says ----
def stage_text(run):
    o, sampler = run.o, Sampler()
    path = run.folder / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path)) if path.exists() else TE.train_tokenizer(path)
    text, state = TE.TextEncoder(), run.load("text")
    keys = ["place", "time", "colour", "camera", "weather", "style", "size", "motion", "spot"]
    dim = text.config["d_model"]
    heads = nn.ModuleDict({k: nn.Linear(dim, len(NAMES[k])) for k in keys} | {"subject": nn.Linear(dim, len(SUBJECTS))})
    if state:
        text.load_state_dict(state["model"])
        heads.load_state_dict(state["heads"])
    params = [*text.parameters(), *heads.parameters()]
    # A piece is met rarely and begins with numbers of size 1: its row must move fast.
    groups = [dict(params=[text.shared.weight], rate=3e-2), dict(params=[p for p in params if p is not text.shared.weight], rate=3e-3)]
    optimizer = torch.optim.AdamW(groups, lr=3e-3, betas=(0.9, 0.98), weight_decay=0.0)
    step, clock = (state or {}).get("step", 0), Clock(o.minutes, (state or {}).get("used", 0.0))
    while clock.left > 0:
        specs = [sampler(run.dice) for _ in range(48)]
        ids = TE.encode(tokenizer, [sampler.caption(spec, run.dice) for spec in specs])
        ids = ids[:, : int((ids != 0).sum(1).max())]
        # Words that were never met become <unk>; now and then any word does.
        ids = torch.where((torch.rand(ids.shape) < 0.04) & (ids > 2), 2, ids)
        hidden = text(ids)
        pooled = hidden.sum(1) / (ids != 0).sum(1, keepdim=True)
        targets = {k: torch.tensor([target(spec, k) for spec in specs]) for k in keys}
        found = torch.zeros(len(specs), len(SUBJECTS))
        for row, spec in zip(found, specs):
            row[[subject["id"] for subject in spec["subjects"]]] = 1
        loss = 30 * F.binary_cross_entropy_with_logits(heads["subject"](pooled), found)
        loss = loss + sum(F.cross_entropy(heads[k](pooled), targets[k], ignore_index=-100) for k in keys if (targets[k] >= 0).any())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * min(1, (step + 1) / 50) * max(0.02, min(1, clock.left / clock.total / 0.4))
        optimizer.step()
        step += 1
        if step % 100 == 0:
            right = {k: round((heads[k](pooled).argmax(1) == targets[k])[targets[k] >= 0].float().mean().item(), 2) for k in keys}
            top = found.gather(1, heads["subject"](pooled).argmax(1, keepdim=True))[found.sum(1) > 0].mean()
            run.log(f"text {step} loss {loss.item():.3f} subject {top:.2f} {right}")
    run.save("text", model=text.state_dict(), heads=heads.state_dict(), step=step, used=clock.used)
    run.log(f"text done at step {step}")


def target(spec, key):
    """The class that a caption's head should name; -100 where the caption cannot say."""
    if key in ("size", "motion", "spot"):
        return spec["subjects"][0][key] if len(spec["subjects"]) == 1 else -100
    if key == "time" and NAMES["place"][spec["place"]] not in TIMED:
        return -100
    if key == "colour" and NAMES["place"][spec["place"]] != "studio":
        return -100
    return spec[key]


# ---- transformer ----
class Clips:
    """The kept clips with their captions' rows; the last are for validation."""

    def __init__(self, run, held=48):
        self.data = torch.load(run.folder / "clips.pt", weights_only=False)
        tokenizer, text = run.text()
        flat = [caption for captions in self.data["captions"] for caption in captions]
        with torch.no_grad():
            rows = [text(TE.encode(tokenizer, flat[i : i + 256])).half() for i in range(0, len(flat), 256)]
            self.empty = text(TE.encode(tokenizer, [""]))
        self.rows = torch.cat(rows).unflatten(0, (-1, CAPTIONS))
        self.count, self.held = len(self.data["z"]) - held, held
        # Within each chunk of 20 the first few have an edit.
        per = int(20 * EDITS)
        self.edit = torch.full((len(self.data["z"]),), -1)
        for i in range(len(self.edit)):
            if i % 20 < per:
                self.edit[i] = i // 20 * per + i % 20

    def control(self, picked, is_edit):
        d = self.data
        blank = d["blank"].expand(len(picked), -1, -1, -1, -1)
        kept, mask = blank.clone(), torch.ones(len(picked), 64, *blank.shape[2:])
        for row, i in enumerate(picked.tolist()):
            if is_edit[row] and self.edit[i] >= 0:
                kept[row], mask[row] = d["kept"][self.edit[i]].float(), d["mask"][self.edit[i]].float()
        return torch.cat([kept, blank, mask], 1)

    def batch(self, size):
        picked = torch.randint(self.count, (size,))
        rows = self.rows[picked, torch.randint(CAPTIONS, (size,))].float()
        rows = torch.where((torch.rand(size) < 0.1)[:, None, None], self.empty, rows)
        weight = 1 + SUBJECT_WEIGHT * self.data["cover"][picked].float()
        return self.data["z"][picked].float(), rows, self.control(picked, torch.rand(size) < 0.6), weight / weight.mean()

    def validation(self):
        picked = torch.arange(self.count, self.count + self.held)
        dice = torch.Generator().manual_seed(7)
        sigma = ((torch.arange(self.held) % 8) + 0.5) / 8
        z = self.data["z"][picked].float()
        return z, self.rows[picked, 0].float(), self.control(picked, torch.zeros(self.held)), sigma, torch.randn(z.shape, generator=dice)


def draw_sigma(count):
    u = torch.where(torch.rand(count) < 0.1, torch.rand(count), torch.sigmoid(torch.randn(count)))
    return (SHIFT * u / (1 + (SHIFT - 1) * u)).clamp(1e-3, 1)


def flow_loss(run, dit, z, rows, control, sigma, noise, weight=1.0):
    s = sigma.view(-1, 1, 1, 1, 1)
    with run.amp():
        velocity = dit((1 - s) * z + s * noise, sigma * 1000, rows, control)
    return (weight * (velocity.float() - (noise - z)) ** 2).mean((1, 2, 3, 4))


def stage_transformer(run):
    o, clips = run.o, Clips(run)
    dit = TR.Transformer().init_weights()
    state = run.load("transformer")
    if state and state["is_cooled"]:
        state = run.load("transformer.trunk")
    if state:
        dit.load_state_dict(state["model"])
    average = {k: v.clone() for k, v in (state["average"] if state else dit.state_dict()).items()}
    matrices = [p for name, p in dit.named_parameters() if p.ndim == 2 and "blocks" in name]
    others = [p for p in dit.parameters() if all(p is not m for m in matrices)]
    optimizers = [Muon(matrices, lr=o.lr, weight_decay=0.02), torch.optim.AdamW(others, lr=o.lr, betas=(0.9, 0.98), weight_decay=0.01)]
    for optimizer, kept in zip(optimizers, state["optimizers"] if state else []):
        optimizer.load_state_dict(kept)
    step, clock = (state or {}).get("step", 0), Clock(o.minutes, (state or {}).get("used", 0.0))
    run.log(f"transformer of {sum(p.numel() for p in dit.parameters()) / 1e6:.2f} M, {clips.count} clips, from step {step}, {clock.left / 60:.1f} minutes to go")
    torch.manual_seed(o.seed + step)
    net = torch.compile(dit) if o.compile else dit
    saved, marked, losses, has_trunk = time.time(), (time.time(), step), [], False
    keep = lambda name: run.save(name, model=dit.state_dict(), average=average, optimizers=[x.state_dict() for x in optimizers], step=step, used=clock.used, is_cooled=has_trunk and name == "transformer")
    while clock.left > 0:
        if clock.left < o.cool * 60 and not has_trunk:
            keep("transformer.trunk")
            has_trunk = True
        z, rows, control, weight = clips.batch(o.batch)
        loss = flow_loss(run, net, z, rows, control, draw_sigma(o.batch), torch.randn_like(z), weight).mean()
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(dit.parameters(), 1.0)
        rate = o.lr * min(1, (step + 1) / 60) * max(0.02, min(1, clock.left / (o.cool * 60)))
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        step += 1
        losses.append(loss.item())
        decay = min(0.997, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in dit.state_dict().items():
                average[name].lerp_(value, 1 - decay)
        if step % o.log_every == 0:
            rate_of = (step - marked[1]) * o.batch / (time.time() - marked[0])
            run.log(f"transformer {step} seen {step * o.batch} loss {sum(losses) / len(losses):.4f} {validate(run, average, clips)} {rate_of:.2f} clips/s {clock.left / 60:.1f} min")
            losses, marked = [], (time.time(), step)
        if time.time() - saved > 120:
            keep("transformer")
            saved = time.time()
    keep("transformer")
    if not has_trunk:
        keep("transformer.trunk")
    run.log(f"transformer done at step {step}, {validate(run, average, clips)}")


@torch.no_grad()
def validate(run, average, clips):
    dit = TR.Transformer()
    dit.load_state_dict(average)
    loss = torch.cat([flow_loss(run, dit, *part) for part in zip(*(x.split(16) for x in clips.validation()))])
    return f"val {loss.mean():.4f}"


# ---- decoder ----
def stage_decoder(run):
    o, state = run.o, run.load("autoencoder")
    ae = run.autoencoder()
    ae.encoder.requires_grad_(False)
    videos = torch.load(run.folder / "videos.pt")
    with torch.no_grad():
        floats = lambda v: v.float() / 127.5 - 1
        latents = torch.cat([ae.raw_encode(floats(v)) for v in videos.split(16)])
    AE.hold_linear(ae)
    params = list(ae.decoder.parameters())
    optimizer = torch.optim.AdamW(params, lr=o.ae_lr, betas=(0.9, 0.98), weight_decay=0.0)
    if "optimizer" in state:
        optimizer.load_state_dict(state["optimizer"])
    step, clock, used = state["step"], Clock(o.minutes), state["used"]
    held = slice(len(videos) - 16, len(videos))
    score = lambda: AE.psnr(ae.raw_decode(latents[held]).clamp(-1, 1), floats(videos[held])).mean()
    with torch.no_grad():
        run.log(f"decoder from step {step}, {score():.2f} dB, {sum(p.numel() for p in params) / 1e6:.2f} M")
    marked, losses = time.time(), []
    keep = lambda: run.save("autoencoder", model=ae.state_dict(), mean=state["mean"], std=state["std"], step=step, used=used + clock.used, optimizer=optimizer.state_dict())
    saved, frames = time.time(), 3
    while clock.left > 0:
        picked = torch.randint(len(videos) - 16, (4,))
        at = torch.randint(0, latents.shape[2] - frames + 1, (4,)).tolist()
        z = torch.stack([latents[i, :, a : a + frames] for i, a in zip(picked.tolist(), at)])
        # Latent t is frames 4t-3..4t; the first of a window is decoded whole, with nothing remembered.
        truth = torch.stack([floats(videos[i, :, max(0, 4 * a - 3) : 4 * (a + frames - 1) + 1]) if a else F.pad(floats(videos[i, :, : 4 * frames - 3]), (0, 0, 0, 0, 3, 0), "replicate") for i, a in zip(picked.tolist(), at)])
        z = z + torch.randn_like(z) * state_noise(ae) * torch.rand(4, 1, 1, 1, 1)
        with run.amp():
            out = F.pixel_shuffle(ae.run(ae.decoder, z.transpose(1, 2)), ae.config["patch_size"]).transpose(1, 2) * 2 - 1
        loss = AE.reconstruction_loss(out.float(), truth)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = o.ae_lr * min(1, (step + 1) / 50) * max(0.03, min(1, clock.left / clock.total / 0.4))
        optimizer.step()
        step += 1
        losses.append(loss.item())
        if step % 50 == 0:
            with torch.no_grad():
                run.log(f"decoder {step} loss {sum(losses) / len(losses):.4f} {score():.2f} dB {(time.time() - marked) / 50:.2f} s/step {clock.left / 60:.1f} min")
            marked, losses = time.time(), []
        if time.time() - saved > 120:
            keep()
            saved = time.time()
    keep()
    with torch.no_grad():
        run.log(f"decoder done at step {step}, {score():.2f} dB")
        seen = torch.stack([floats(videos[held]), ae.raw_decode(latents[held]).clamp(-1, 1)], 1).flatten(0, 1)
    sheet(seen[:16]).save(run.folder / "decoder.png")


def state_noise(ae):
    """Samples are never quite right: the decoder learns to forgive an error of up to an eighth of each channel's range."""
    return 0.12 * ae.std.view(1, -1, 1, 1, 1)


# ---- what the app loads ----
def quantised(tensors):
    """Matrices as 8-bit numbers around 128 with a scale for each 32 of a row, the rest in 16 bits."""
    out = {}
    for name, value in tensors.items():
        value = value.detach().float()
        if value.ndim == 2 and value.shape[1] % 32 == 0 and value.numel() >= 16384:
            runs = value.view(value.shape[0], -1, 32)
            scale = (runs.abs().amax(-1) / 127).clamp_min(1e-8).half()
            out[name + ".q8"] = ((runs / scale.float()[..., None]).round().clamp(-127, 127) + 128).to(torch.uint8).view_as(value)
            out[name + ".scale"] = scale
        else:
            out[name] = value.half()
    return {name: value.contiguous() for name, value in out.items()}


def write_part(folder, tensors, config, metadata):
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors", metadata=metadata)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def export(model, out, size, metadata):
    """Writes tokenizer, prompt encoder, transformer and autoencoder as the app reads them."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    model.tokenizer.save(str(out / "tokenizer.json"))
    write_part(out / "text_encoder", quantised(model.text.state_dict()), {"_class_name": "UMT5EncoderModel", **model.text.config}, metadata)
    run = dict(text_len=TE.ROWS, fps=FPS, frames=FRAMES, flow_shift=SHIFT, resolutions=[size])
    write_part(out / "transformer", quantised(model.dit.state_dict()), {"_class_name": "WanVACETransformer3DModel", **model.dit.config, **run}, metadata)
    stats = dict(latents_mean=model.ae.mean.tolist(), latents_std=model.ae.std.tolist(), temporal_compression=4, spatial_compression=8)
    half = {name: value.half().contiguous() for name, value in model.ae.state_dict().items()}
    write_part(out / "vae", half, {"_class_name": "StarterTAEHV", **model.ae.config, **stats}, metadata)


PARTS = [   # role in the record, file, id in the manifest, what it is for
    ("transformer", "transformer/model.safetensors", "starter", "Makes short soft clips from words; experimental, answers by name only"),
    ("text_encoder", "text_encoder/model.safetensors", "starter-text-encoder", "Reads prompts for the starter"),
    ("vae", "vae/model.safetensors", "starter-autoencoder", "Turns the starter's numbers into pictures"),
    ("tokenizer", "tokenizer.json", None, None),
]


def describe(out, steps, guidance, size, decoder_and_transformer):
    """The record that makes a model of the folder, and its lines in the list of shipped models, where that lies beside."""
    out = Path(out)
    facts = lambda path: dict(size_bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    record = dict(
        schema=1, id="starter", name="Starter (experimental)", license="MIT OR Apache-2.0", source="trained by the project on scenes drawn from the sketch pack",
        files=[dict(role=role, path=file, **facts(out / file)) for role, file, _, _ in PARTS],
        defaults=dict(sampler="euler", num_inference_steps=steps, guidance_scale=guidance, flow_shift=SHIFT, area_max=size[0] * size[1], is_experimental=True),
    )
    (out / "everframe-model.json").write_text(json.dumps(record, indent=1) + "\n")
    listed = out.parent / "manifest.json"
    if not listed.exists():
        return
    manifest = json.loads(listed.read_text())
    manifest["models"] = [entry for entry in manifest["models"] if not entry["file"].startswith(out.name + "/")]
    for _, file, name, purpose in PARTS:
        if name is None:
            continue
        tensors = load_file(out / file)
        count = sum(value.numel() for key, value in tensors.items() if not key.endswith(".scale"))
        source = dict(package="this project", version="1", path="assets/models/starter/training", remark=f"Trained from nothing; {decoder_and_transformer}; 8 and 16 bits")
        manifest["models"].append(dict(id=name, file=f"{out.name}/{file}", purpose=purpose, license="MIT OR Apache-2.0", license_file="licenses/starter.txt",
                                       source=source, **facts(out / file), num_parameters=count))
    listed.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def stage_export(run):
    state = run.load("transformer")
    metadata = {"format": "pt", "license": "MIT OR Apache-2.0", "transformer_steps": str(state["step"]), "decoder_steps": str(run.load("autoencoder")["step"])}
    size = [run.o.height, run.o.width]
    export(run.model(), run.o.out, size, metadata)
    describe(run.o.out, run.o.steps, run.o.guidance, size, f"{state['step']} steps of the transformer, {metadata['decoder_steps']} of the decoder")
    run.log(f"exported step {state['step']} to {run.o.out}")


def stage_sheet(run):
    o = run.o
    prompts = [line for line in Path(o.prompts).read_text().splitlines() if line.strip()]
    start = time.time()
    made = torch.cat([sample(run.model(), prompt, o.height, o.width, steps=o.steps, guidance=o.guidance, seed=i)[0] for i, prompt in enumerate(prompts)])
    run.log(f"{len(made)} clips, {(time.time() - start) / len(made):.1f} s each")
    sheet(made, 4).save(o.out)


STAGES = dict(clips=stage_clips, text=stage_text, transformer=stage_transformer, decoder=stage_decoder, export=stage_export, sheet=stage_sheet)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--run", required=True, help="folder of this training")
    parser.add_argument("--minutes", type=float, default=10, help="of this stage; transformer and text count earlier calls in")
    parser.add_argument("--cool", type=float, default=8, help="minutes at the end over which the transformer's rate falls")
    parser.add_argument("--clips", type=int, default=5000, help="clips to draw")
    parser.add_argument("--height", type=int, default=80)
    parser.add_argument("--width", type=int, default=144)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--lr", type=float, default=2e-3, help="of the transformer")
    parser.add_argument("--ae-lr", type=float, default=1e-3, help="of the decoder")
    parser.add_argument("--bf16", action="store_true", help="multiply in bfloat16")
    parser.add_argument("--compile", action="store_true", help="compile the transformer first (takes minutes)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log-every", type=int, default=100)
    parser.add_argument("--sprites", default=SPRITES, help="pack of animated pictures")
    parser.add_argument("--prompts", default=PROMPTS, help="one prompt a line, for `sheet`")
    parser.add_argument("--steps", type=int, default=20, help="of sampling")
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--out", help="folder of `export`, picture of `sheet`")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.stage in ("transformer", "decoder"):   # the same sizes at every step; elsewhere the memory would fall to pieces
        keep_memory()
    STAGES[options.stage](Run(options))


if __name__ == "__main__":
    sys.exit(main())
