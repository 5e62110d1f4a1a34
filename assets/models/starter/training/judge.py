"""A small network that names what a clip shows, trained on drawn clips: how well does a clip fit its words?

    python judge.py train --run RUN --minutes 5                      # RUN/judge.pt
    python judge.py score --run RUN --export EXPORT --count 48       # held-out pairs: generated clips and drawn ones
    python judge.py clips --run RUN FILE...                          # clips for the lines of tests/bench/gallery.txt, in order
    python judge.py sketches --run RUN --program SKETCH --count 900  # clips by examples/sketch of the engine, RUN/sketches.pt
    python judge.py train --run RUN --sketches                       # a judge of those, RUN/sketch_judge.pt; the last 60 are held out
    python judge.py clips --run RUN --sketches FILE...

A clip is found again when its own words fit better than those of nine others (chance 0.10), or for `clips` than those of
all others. Fit is the mean log-probability of what the words name. Drawn clips show the most that the judge can see.
"""

import argparse
import random
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

from sample import Model, sample
from scenes import FRAMES, Renderer
from train import SPRITES, target
from vocabulary import NAMES, NUMBER, SUBJECTS, Sampler

KEYS = ["place", "time", "weather", "style", "colour"]
SIZE, STEP = (40, 72), 4   # pixels; every fourth frame is looked at
HELD = 60   # sketches that the judge of sketches never sees
# What the lines of tests/bench/gallery.txt name: subject, place, time, weather, style; None where they leave it open.
GALLERY = [
    ("woman", "street", None, None, None), ("mammoth", "snowfield", None, None, None), ("fish", "underwater", None, None, None),
    ("dog", None, None, "fireworks", None), ("car", "mountains", "sunset", None, None), ("robot", "city", None, None, None),
    ("rocket", "desert", "sunset", None, None), ("owl", "forest", "night", "fog", None), ("penguin", "snowfield", None, "snow", None),
    ("sailboat", "sea", "sunset", None, None), ("astronaut", "space", None, None, None), ("detective", None, "night", "rain", "noir"),
    ("taxi", "street", None, "rain", None), ("dog", "beach", "sunset", None, None), ("girl", "meadow", None, "petals", None),
    ("fish", "underwater", None, None, None), ("penguin", "snowfield", None, "snow", None), ("red heart", "city", "night", "fireworks", None),
    ("fox", "forest", None, None, "watercolour"), ("camel", "desert", "sunset", None, None), ("train", "meadow", None, None, None),
    ("flying saucer", "space", None, None, None), ("cook", "room", None, None, None), ("swan", "sea", "night", "fog", None),
]


class Judge(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        layer = lambda i, o, stride: nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), nn.GroupNorm(8, o), nn.SiLU())
        w = width
        self.frame = nn.Sequential(layer(3, w, 1), layer(w, 2 * w, 2), layer(2 * w, 2 * w, 1), layer(2 * w, 4 * w, 2), layer(4 * w, 4 * w, 2))
        self.mix = nn.Sequential(nn.Linear(8 * w, 8 * w), nn.SiLU())
        self.heads = nn.ModuleDict({key: nn.Linear(8 * w, len(NAMES[key])) for key in KEYS} | {"subject": nn.Linear(8 * w, len(SUBJECTS))})

    def forward(self, video):
        """video [B,3,F,H,W] from -1 to 1 -> log-probabilities by key."""
        frames = video[:, :, ::STEP].transpose(1, 2)
        small = F.interpolate(frames.flatten(0, 1), SIZE, mode="bilinear", antialias=True, align_corners=False)
        x = self.frame(small).unflatten(0, frames.shape[:2])
        x = self.mix(torch.cat([x.mean((1, 3, 4)), x.amax((1, 3, 4))], 1))
        return {key: head(x).log_softmax(1) for key, head in self.heads.items()}


def labels(spec):
    """Class by key; missing where the picture cannot say."""
    found = {key: target(spec, key) for key in KEYS}
    found["subject"] = spec["subjects"][0]["id"] if len(spec["subjects"]) == 1 else -100
    return {key: value for key, value in found.items() if value >= 0}


def train(o):
    net, sampler, dice = Judge(), Sampler(), random.Random(11)
    renderer = Renderer(SPRITES, 80, 144)
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02)
    pool, start, step = [], time.time(), 0
    if o.sketches:
        specs, videos = sketched(o)
        pool = list(zip(specs[:-HELD], videos))
    while (share := (time.time() - start) / 60 / o.minutes) < 1:
        if not o.sketches:
            specs = [sampler(dice) for _ in range(8)]
            pool = (pool + list(zip(specs, renderer.render(specs)["video"])))[-600:]
        batch = dice.sample(pool, min(24, len(pool)))
        video = torch.stack([clip for _, clip in batch])
        if dice.random() < 0.6:   # be forgiving: generated clips are soft and rough
            blur = dice.choice([2, 4])
            video = F.avg_pool3d(video, (1, blur, blur)).repeat_interleave(blur, 3).repeat_interleave(blur, 4)
        video = video + 0.1 * dice.random() * torch.randn_like(video)
        out = net(video)
        loss = 0.0
        for key in out:
            wanted = torch.tensor([labels(spec).get(key, -100) for spec, _ in batch])
            if (wanted >= 0).any():
                loss = loss + F.nll_loss(out[key], wanted, ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 30) * min(1, (1 - share) / 0.4)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(step, round(float(loss), 3), flush=True)
    torch.save(net.state_dict(), judge_path(o))
    if o.sketches:
        specs, videos = sketched(o)
        with torch.no_grad():
            report("held-out sketches", net.eval()(videos[-HELD:]), [labels(spec) for spec in specs[-HELD:]], 9, videos[-HELD:])


def judge_path(o):
    return Path(o.run) / ("sketch_judge.pt" if o.sketches else "judge.pt")


def opened(o):
    net = Judge().eval()
    net.load_state_dict(torch.load(judge_path(o)))
    return net


def sketches(o):
    """Clips that the engine's sketching backend draws for random sentences, five frames of two seconds each."""
    sampler, dice = Sampler(), random.Random(17)
    specs = [sampler(dice) for _ in range(o.count)]
    words = "\n".join(sampler.caption(spec, dice, full=True) for spec in specs)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([o.program, "-", "2", "144", "80", folder, "5"], input=words, text=True, check=True, stdout=subprocess.DEVNULL)
        read_all = lambda clip: np.stack([np.asarray(Image.open(path)) for path in sorted(clip.glob("*.png"))])
        videos = [torch.from_numpy(read_all(Path(folder) / str(number))) for number in range(o.count)]
    torch.save((specs, torch.stack(videos).permute(0, 4, 1, 2, 3)), Path(o.run) / "sketches.pt")


def sketched(o):
    specs, videos = torch.load(Path(o.run) / "sketches.pt", weights_only=False)
    return specs, (videos.float() / 127.5 - 1).repeat_interleave(STEP, 2)[:, :, :FRAMES]


def fit(out, row, named):
    return sum(out[key][row, value].item() for key, value in named.items()) / max(1, len(named))


def report(name, out, named, others, video):
    right = {}
    for key in out:
        rows = [row for row, label in enumerate(named) if key in label]
        hits = [float(out[key][row].argmax() == named[row][key]) for row in rows]
        right[key] = round(sum(hits) / max(1, len(hits)), 3)
    dice, found = random.Random(3), 0
    for row, own in enumerate(named):
        rest = [label for at, label in enumerate(named) if at != row and label != own]
        rest = rest if others is None else dice.sample(rest, others)
        found += all(fit(out, row, own) > fit(out, row, label) for label in rest)
    change = (video[:, :, 1:] - video[:, :, :-1]).abs().mean().item() * 127.5
    print(f"{name}: found again {found / len(named):.3f}, right {right}, change between frames {change:.2f} of 255")


@torch.no_grad()
def score(o):
    net, sampler, dice = opened(o), Sampler(), random.Random(5)
    model, renderer = Model.open(o.export), Renderer(SPRITES, 80, 144)
    specs = [sampler(dice, held_out=True) for _ in range(o.count)]
    texts = [sampler.caption(spec, dice, full=True) for spec in specs]
    made = torch.cat([sample(model, text, 80, 144, steps=o.steps, guidance=o.guidance, seed=row)[0] for row, text in enumerate(texts)])
    named = [labels(spec) for spec in specs]
    for name, video in (("generated", made), ("drawn", renderer.render(specs)["video"])):
        report(name, net(video), named, 9, video)


def read(path):
    """Frames of a clip at the judge's pace, as a batch of one."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", "fps=8,scale=144:80", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    frames = torch.frombuffer(bytearray(raw), dtype=torch.uint8).view(-1, 80, 144, 3)[:FRAMES]
    return frames.permute(3, 0, 1, 2)[None].float() / 127.5 - 1


@torch.no_grad()
def clips(o):
    net = opened(o)
    subject = {names[2][0]: row for row, names in enumerate(SUBJECTS)}
    named = [{key: subject[value] if key == "subject" else NUMBER[key][value] for key, value in zip(("subject", "place", "time", "weather", "style"), line) if value} for line in GALLERY]
    videos = [read(path) for path in o.files]
    count = min(video.shape[2] for video in videos)
    video = torch.cat([clip[:, :, :count] for clip in videos])
    report("clips", net(video), named[: len(videos)], None, video)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["train", "score", "clips", "sketches"])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--run", required=True)
    parser.add_argument("--export")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--program", help="the built example that draws sketches")
    parser.add_argument("--sketches", action="store_true", help="judge sketches in place of the trainer's own clips")
    options = parser.parse_intermixed_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    dict(train=train, score=score, clips=clips, sketches=sketches)[options.mode](options)
