"""Draws training clips from specs (see `vocabulary.py`) in torch: a painted place, animated pictures on it, weather, a style.

    renderer = Renderer("assets/models/sketch.sprites.safetensors", height=80, width=144)
    clip = renderer.render(specs)      # video [B,3,F,H,W] from -1 to 1, alpha [B,1,F,H,W] with 1 where a subject is

Places are drawn in layers under a moving camera. Each has two fixed layouts, so that a small network can learn them by
heart; subjects, spots, sizes, motions, light, weather and style combine freely. A place under one camera is painted once
and kept, which makes a clip cost some milliseconds. Same spec, same clip.
Coordinates: y from -1 (top) to 1, x from -aspect to aspect, time in seconds at FPS.
"""

import io
import json
import math
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from vocabulary import NAMES, NUMBER, SUBJECTS, TIMED

FPS, FRAMES = 8, 17
SHEET_COLUMNS, SPRITE_FRAMES, SPRITE = 4, 12, 176
HALF_HEIGHTS = (0.34, 0.58, 0.85)   # of small, medium and large subjects; the picture is 2 high


def read_sprites(path):
    """Frames of every subject, [N,12,4,176,176] uint8 with colour multiplied by alpha, from the pack that the app ships."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        found = []
        for code, *_names in SUBJECTS:
            start, end = header[code]["data_offsets"]
            file.seek(8 + length + start)
            sheet = Image.open(io.BytesIO(file.read(end - start))).convert("RGBA").convert("RGBa")
            pixels = torch.from_numpy(np.array(sheet)).permute(2, 0, 1)
            rows = SPRITE_FRAMES // SHEET_COLUMNS
            found.append(pixels.view(4, rows, SPRITE, SHEET_COLUMNS, SPRITE).permute(1, 3, 0, 2, 4).reshape(SPRITE_FRAMES, 4, SPRITE, SPRITE))
    return torch.stack(found)


def noise_tiles(size=256):
    """Tiles [4,S,S] from 0 to 1 that repeat without a seam: clouds, fine noise, stars, flakes."""
    dice = torch.Generator().manual_seed(1)
    wave = torch.fft.fftfreq(size)
    radius = (wave[:, None] ** 2 + wave[None] ** 2).sqrt().clamp_min(1 / size)
    tiles = []
    for falloff, lowest in ((1.9, 1), (1.2, 6)):
        spectrum = torch.fft.fft2(torch.randn(size, size, generator=dice)) * radius**-falloff * (radius >= lowest / size)
        field = torch.fft.ifft2(spectrum).real
        tiles.append(((field - field.mean()) / field.std() * 0.22 + 0.5).clamp(0, 1))
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    for count, dot in ((150, 1.6), (42, 5.0)):
        tile = torch.zeros(size, size)
        for px, py, weight in torch.rand(count, 3, generator=dice).tolist():
            dx, dy = (x - px * size + size / 2) % size - size / 2, (y - py * size + size / 2) % size - size / 2
            spot = (1 - ((dx**2 + dy**2).sqrt() / (dot * (0.5 + 0.7 * weight))) ** 2).clamp(0, 1)
            tile = torch.maximum(tile, spot * (0.55 + 0.45 * weight))
        tiles.append(tile)
    return torch.stack(tiles)


def smooth(low, high, x):
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def mix(a, b, share):
    return a + (b - a) * share


def hue(turn):
    """Hue from 0 to 1 in [n,1,...] as pure colour [n,3,...]."""
    k = torch.cat([turn, turn + 2 / 3, turn + 1 / 3], 1) % 1
    return ((k * 6 - 3).abs() - 1).clamp(0, 1)


def scatter(number, seed):
    """A number from 0 to 1 that looks random."""
    return torch.frac((torch.sin(number * 12.9898 + seed * 78.233) * 43758.547).abs())


class Scene:
    """One place at one hour under one camera; every field broadcasts to [1,c,F,H,W]."""

    SKY_TOP = [(0.25, 0.50, 0.92), (0.28, 0.18, 0.45), (0.02, 0.03, 0.11)]
    SKY_LOW = [(0.78, 0.90, 0.99), (1.0, 0.56, 0.26), (0.11, 0.14, 0.32)]
    LIGHT = [(1.0, 1.0, 1.0), (1.02, 0.74, 0.60), (0.26, 0.31, 0.52)]
    STUDIO = [(0.86, 0.18, 0.17), (0.95, 0.55, 0.15), (0.97, 0.83, 0.25), (0.30, 0.68, 0.33), (0.22, 0.42, 0.85), (0.55, 0.30, 0.75),
              (0.96, 0.60, 0.72), (0.95, 0.95, 0.95), (0.06, 0.06, 0.08)]

    def __init__(self, renderer, place, time, colour, variant, camera):
        self.r, self.time, self.colour = renderer, time, colour
        self.dice = np.random.default_rng(1000 * place + variant).random(32).tolist()
        self.cx, self.cy, self.z = (field.view(1, 1, -1, 1, 1) for field in renderer.camera(camera))
        self.s = (torch.arange(renderer.frames) / FPS).view(1, 1, -1, 1, 1)
        self.sx, self.sy = renderer.x.view(1, 1, 1, 1, -1), renderer.y.view(1, 1, 1, -1, 1)
        self.dusk, self.night = float(time == 1), float(time == 2)

    def u(self, k, low=0.0, high=1.0):
        return torch.full((1, 1, 1, 1, 1), low + (high - low) * self.dice[k])

    def zoom(self, p):
        return 1 + (self.z - 1) * (0.3 + 0.7 * p)

    def X(self, p):
        """Across, as a layer at nearness `p` (0 far, 1 near) sees it."""
        return self.sx / self.zoom(p) + p * self.cx + 7 * self.u(0)

    def Y(self, p=0.6):
        return self.sy / self.zoom(p) + min(p, 0.7) * self.cy

    def rgb(self, *colour):
        return torch.tensor(colour).view(1, 3, 1, 1, 1)

    def now(self, table):
        return self.rgb(*table[self.time])

    def light(self):
        return self.now(self.LIGHT)

    def tile(self, k, u, v):
        u, v = torch.broadcast_tensors(u, v)
        n, _, f, h, w = u.shape
        grid = torch.stack([u, v], -1).view(n, f * h, w, 2)
        picture = self.r.tiles[k].view(1, 1, *self.r.tiles.shape[1:])
        return F.grid_sample(picture, 2 * (grid - grid.floor()) - 1, padding_mode="border", align_corners=False).view(n, 1, f, h, w)

    def ridge(self, p, base, height, pitch, seed, rough=1.0):
        """Upper edge of a range of hills."""
        x, q = self.X(p) * pitch, seed * 9.1
        line = torch.sin(x * 1.7 + q) * 0.5 + torch.sin(x * 3.1 + q * 2.3) * 0.3 + torch.sin(x * 6.7 + q * 1.7) * 0.14 * rough
        return base - height * (line + torch.sin(x * 13.3 + q) * 0.07 * rough)

    def below(self, image, line, p, colour, edge=0.02):
        return mix(image, colour, smooth(-edge, edge, self.Y(p) - line))

    def sky(self, cover=0.5, horizon=0.3):
        image = mix(self.now(self.SKY_TOP), self.now(self.SKY_LOW), smooth(-1.1, horizon, self.Y(0.3)))
        image = image.expand(1, 3, self.r.frames, self.r.h, self.r.w)
        if self.night:
            image = image + self.tile(2, self.X(0.05) * 0.6, self.Y(0.05) * 0.6) * smooth(horizon, -0.4, self.Y(0.3)) * 0.9
        px = self.u(2, -1.2, 1.2)
        py = self.u(3, horizon - 0.35, horizon - 0.1) if self.dusk else self.u(3, -0.8, -0.35)
        far = ((self.sx / self.zoom(0.1) + 0.1 * self.cx - px) ** 2 + (self.sy / self.zoom(0.1) + 0.1 * self.cy - py) ** 2).sqrt()
        body = self.rgb(*[(1.0, 0.97, 0.8), (1.0, 0.75, 0.35), (0.95, 0.95, 0.85)][self.time])
        image = mix(image, body, smooth(0.17, 0.13, far) * 0.95) + body * torch.exp(-((far * 2.2) ** 2)) * (0.15 if self.night else 0.35)
        shape = self.tile(0, self.X(0.12) * 0.13 + self.s * 0.012, self.Y(0.12) * 0.24 + self.u(4))
        cloud = self.rgb(*[(1.0, 1.0, 1.0), (1.0, 0.62, 0.5), (0.2, 0.22, 0.34)][self.time])
        return mix(image, cloud, smooth(0.68 - 0.3 * cover, 0.95 - 0.3 * cover, shape) * smooth(horizon + 0.1, horizon - 0.4, self.Y(0.12)) * 0.85)

    def water(self, image, horizon):
        y = self.Y(0.5)
        depth = (y - horizon).clamp_min(0.03)
        wave = self.tile(1, self.X(0.5) / (depth + 0.35) * 0.12 + self.s * 0.02, 0.18 / depth + self.s * 0.05)
        deep = self.light() * self.rgb(0.08, 0.36, 0.60) + self.now(self.SKY_LOW) * 0.22
        sea = mix(deep, deep * 1.25 + 0.05, smooth(0.6, 0.0, depth)) + (wave - 0.5) * 0.56 * mix(deep, self.now(self.SKY_LOW), 0.5)
        return mix(image, sea, smooth(-0.012, 0.012, y - horizon))

    def trees(self, image, p, base, height, count, colour, seed):
        x = self.X(p) * count
        tree = x.floor()
        across = (x - tree - 0.5).abs()
        y = self.Y(p) - (base - height * (0.5 + 0.5 * scatter(tree, seed + p)))
        tier = across - 0.42 * (y / height).clamp(0, 1) * (0.75 + 0.25 * torch.frac((y / height * 4).clamp_min(0)))
        return mix(image, colour, smooth(0.06, -0.02, tier) * smooth(-0.02, 0.02, y))

    # ---- the places ----
    def place_sky(self):
        image = self.sky(1.0, 1.2)
        cloud = self.tile(0, self.X(0.5) * 0.16 + self.s * 0.04, self.Y(0.5) * 0.3 + self.u(5))
        return mix(image, self.light() * (1 - 0.15 * self.dusk), smooth(0.5, 0.75, cloud + 0.25 * self.sy - 0.1) * 0.9)

    def place_sea(self):
        return self.water(self.sky(0.5, 0.15), self.u(5, -0.1, 0.25))

    def place_beach(self):
        image = self.water(self.sky(0.4, 0.0), self.u(5, -0.25, 0.0))
        shore = self.u(6, 0.25, 0.4) + 0.05 * torch.sin(self.X(0.8) * 2.2 + self.s) + 0.04 * torch.sin(self.s * 1.8)
        sand = self.light() * self.rgb(0.93, 0.82, 0.60) * (0.92 + 0.16 * self.tile(1, self.X(0.8) * 0.3, self.Y(0.8) * 0.5))
        return mix(self.below(image, shore, 0.8, sand), self.light() * 0.98, smooth(0.05, 0.0, (self.Y(0.8) - shore).abs()) * 0.8)

    def place_mountains(self):
        image, far = self.sky(0.5, 0.2), self.now(self.SKY_LOW)
        layers = ((0.15, 0.0, 0.45, 0.9, (0.48, 0.55, 0.68)), (0.3, 0.25, 0.32, 1.2, (0.33, 0.42, 0.48)), (0.7, 0.6, 0.18, 1.3, (0.22, 0.38, 0.22)))
        for p, base, height, pitch, tone in layers:
            line = self.ridge(p, base, height, pitch, self.u(6) + p, 1.6)
            colour = mix(self.light() * self.rgb(*tone), far, 0.45 - 0.5 * p if p < 0.6 else 0.0)
            if p < 0.2:
                cap = smooth(0.10, 0.02, self.Y(p) - line + 0.06 * torch.sin(self.X(p) * 19)) * smooth(0.1, -0.15, line)
                colour = mix(colour, self.light() * 0.97, cap)
            image = self.below(image, line, p, colour)
        return image

    def place_forest(self):
        image, haze = self.sky(0.4, 0.3), self.now(self.SKY_LOW)
        layers = ((0.2, 0.35, 0.75, 3.2, (0.30, 0.50, 0.36)), (0.45, 0.55, 1.0, 2.2, (0.16, 0.38, 0.22)), (0.85, 0.85, 1.25, 1.25, (0.07, 0.25, 0.12)))
        for p, base, height, count, tone in layers:
            colour = mix(self.light() * self.rgb(*tone), haze, 0.35 * (1 - p))
            image = self.trees(image, p, base, height, count, colour, self.u(6))
            image = self.below(image, base - 0.03, p, colour * (0.9 + 0.3 * self.tile(1, self.X(p) * 0.4, self.Y(p) * 0.8)), 0.05)
        return image

    def place_desert(self):
        image = self.sky(0.15, 0.25)
        layers = ((0.2, 0.12, 0.12, 0.8, (0.93, 0.72, 0.44)), (0.45, 0.35, 0.16, 0.7, (0.90, 0.64, 0.34)), (0.85, 0.7, 0.16, 0.6, (0.84, 0.56, 0.27)))
        for p, base, height, pitch, tone in layers:
            line = self.ridge(p, base, height, pitch, self.u(6) + p, 0.2)
            grain = 0.88 + 0.2 * self.tile(1, self.X(p) * 0.12 + self.Y(p) * 0.2, self.Y(p) * 1.1) + 0.12 * smooth(0.3, 0.0, self.Y(p) - line)
            image = self.below(image, line, p, self.light() * self.rgb(*tone) * grain, 0.012)
        return image

    def place_snowfield(self):
        image = self.sky(0.5, 0.2)
        image = self.trees(image, 0.25, 0.22, 0.4, 3.5, mix(self.light() * self.rgb(0.25, 0.40, 0.38), self.now(self.SKY_LOW), 0.3), self.u(7))
        for p, base, height, tone in ((0.3, 0.2, 0.1, 0.86), (0.8, 0.55, 0.12, 0.97)):
            line = self.ridge(p, base, height, 0.8, self.u(6) + p, 0.2)
            shade = mix(self.light(), self.rgb(0.85, 0.92, 1.0) * self.light() * 0.9, smooth(0.0, 0.5, self.Y(p) - line))
            image = self.below(image, line, p, shade * tone)
        return image

    def place_meadow(self):
        image = self.sky(0.5, 0.1)
        for p, base, height, tone in ((0.25, 0.12, 0.12, (0.45, 0.68, 0.34)), (0.5, 0.32, 0.12, (0.38, 0.66, 0.25)), (0.9, 0.62, 0.08, (0.30, 0.60, 0.18))):
            line = self.ridge(p, base, height, 0.9, self.u(6) + p, 0.3)
            image = self.below(image, line, p, self.light() * self.rgb(*tone) * (0.85 + 0.3 * self.tile(1, self.X(p) * 0.35, self.Y(p) * 0.7)))
        flowers = self.tile(3, self.X(0.9) * 0.45, self.Y(0.9) * 0.9) * smooth(0.3, 0.5, self.Y(0.9))
        return mix(image, self.light() * mix(hue(self.u(7)), self.rgb(1.0, 1.0, 1.0), 0.35), smooth(0.3, 0.6, flowers))

    def place_city(self):
        image, lamps = self.sky(0.35, 0.4), self.night + 0.5 * self.dusk
        for p, count, height, tone in ((0.2, 3.0, 0.75, (0.52, 0.60, 0.72)), (0.4, 2.2, 0.62, (0.38, 0.45, 0.56)), (0.75, 1.6, 0.38, (0.24, 0.28, 0.36))):
            x, y = self.X(p) * count, self.Y(p)
            house = x.floor()
            top = 0.55 - height * (0.25 + 1.05 * scatter(house, self.u(6) + p))
            wx, wy = (x - house) * 5, y * 9 * count / 2
            lit = (scatter(wx.floor() + house * 7.3 + wy.floor() * 3.7, self.u(7)) > 0.45).float()
            pane = smooth(0.18, 0.28, torch.frac(wx)) * smooth(0.95, 0.85, torch.frac(wx))
            pane = pane * smooth(0.2, 0.32, wy - wy.floor()) * smooth(0.9, 0.8, wy - wy.floor())
            wall = mix(self.light() * self.rgb(*tone) * (0.85 + 0.3 * scatter(house, self.u(8) + p)), self.now(self.SKY_LOW), 0.3 * (1 - p))
            glow = mix(wall * 1.18, self.rgb(1.0, 0.86, 0.5), lamps * lit)
            image = mix(image, mix(wall, glow, pane * (0.35 + 0.6 * lamps)), smooth(-0.015, 0.015, y - top))
        return self.below(image, torch.tensor(0.8), 0.9, self.light() * self.rgb(0.25, 0.26, 0.3))

    def place_street(self):
        y, horizon = self.Y(0.6), 0.35
        seen = horizon - (y - horizon).abs()   # wet ground shows the signs again, upside down
        wobble = smooth(horizon, horizon + 0.1, y) * 0.05 * torch.sin(y * 40 + self.s * 5)
        image = mix(self.rgb(0.05, 0.03, 0.12), self.rgb(0.16, 0.06, 0.25), smooth(-1.0, horizon, seen)).expand(1, 3, self.r.frames, self.r.h, self.r.w)
        for p, count in ((0.35, 2.2), (0.75, 1.3)):
            x = (self.X(p) + wobble) * count
            house = x.floor()
            top = -0.9 + 0.8 * scatter(house, self.u(6) + p)
            image = mix(image, self.rgb(0.07, 0.06, 0.14) * (1.5 - p), smooth(-0.02, 0.02, seen - top))
            level = seen * 3 * count / 2
            row = level.floor()
            on = (scatter(house * 3.1 + row * 5.7, self.u(7) + p) > 0.5).float() * smooth(top - 0.02, top + 0.12, seen)
            du, dv = (x - house - 0.5).abs(), (level - row - 0.5).abs()
            sign = smooth(0.42, 0.3, du + 0.15 * scatter(house + row, self.u(8))) * smooth(0.42, 0.3, dv + 0.1 * scatter(house - row, self.u(9)))
            colour = mix(hue(scatter(house * 1.7 + row * 2.9, self.u(10)) * 0.55 + 0.45), self.rgb(1.0, 1.0, 1.0), 0.15)
            blink = 0.75 + 0.25 * torch.sin(self.s * 5 + 20 * scatter(house + 3 * row, self.u(11)))
            image = mix(image, colour, sign * on * blink) + colour * on * torch.exp(-5 * (du**2 + dv**2)) * 0.18
        return image * mix(torch.ones_like(y), 0.62, smooth(horizon - 0.01, horizon + 0.01, y))

    def place_space(self):
        gas = self.tile(0, self.X(0.1) * 0.2, self.Y(0.1) * 0.25 + self.u(1))
        image = mix(self.rgb(0.01, 0.01, 0.05), mix(hue(self.u(2, 0.5, 0.95)), self.rgb(0.1, 0.1, 0.4), 0.45) * 0.7, smooth(0.5, 0.95, gas))
        twinkle = 0.8 + 0.2 * torch.sin(self.s * 4 + self.sx * 31)
        image = image + self.tile(2, self.X(0.1) * 0.5, self.Y(0.1) * 0.5) * twinkle + 0.7 * self.tile(2, self.X(0.25) * 0.31 + 0.4, self.Y(0.25) * 0.31)
        radius = self.u(3, 0.25, 0.5)
        dx, dy = self.X(0.3) - 7 * self.u(0) - self.u(4, -1.3, 1.3), self.Y(0.3) - self.u(5, -0.6, 0.3)
        shade = (0.35 + 0.75 * ((-dx - dy) / radius * 0.6 + 0.4).clamp(0, 1)) * (0.8 + 0.4 * self.tile(0, dx * 0.2 + self.s * 0.01, dy * 0.8))
        globe = mix(hue(self.u(6)), self.rgb(0.8, 0.8, 0.8), 0.5) * shade
        return mix(image, globe, smooth(radius + 0.015, radius - 0.015, (dx**2 + dy**2).sqrt()))

    def place_underwater(self):
        image = mix(self.rgb(0.25, 0.72, 0.85), self.rgb(0.02, 0.16, 0.38), smooth(-1.0, 0.9, self.Y(0.4))).expand(1, 3, self.r.frames, self.r.h, self.r.w)
        ray = self.tile(0, (self.X(0.3) + self.Y(0.3) * 0.5) * 0.45 + 0.02 * torch.sin(self.s), self.s * 0.03 + self.u(2))
        image = image + smooth(0.5, 0.9, ray) * 0.3 * smooth(0.8, -1.0, self.sy)
        floor = self.rgb(0.55, 0.50, 0.45) * (0.7 + 0.4 * self.tile(1, self.X(0.8) * 0.3, self.Y(0.8) + self.s * 0.03))
        image = self.below(image, self.ridge(0.8, 0.66, 0.12, 1.0, self.u(3), 0.3), 0.8, floor, 0.03)
        bubble = self.tile(3, self.X(0.6) * 0.4 + 0.01 * torch.sin(self.s * 3 + self.sy * 5), self.Y(0.6) * 0.4 + self.s * 0.16)
        return image + smooth(0.25, 0.4, bubble) * smooth(0.95, 0.6, bubble) * 0.35

    def place_room(self):
        wall = mix(hue(self.u(2)), self.rgb(0.92, 0.88, 0.82), 0.6)
        image = wall * (0.95 - 0.12 * smooth(-1.0, 1.0, self.Y(0.5))).expand(1, 1, self.r.frames, self.r.h, self.r.w)

        def board(x, y, w, h, edge=0.02):
            across = smooth(w + edge, w - edge, (self.X(0.5) - 7 * self.u(0) - x).abs())
            return across * smooth(h + edge, h - edge, (self.Y(0.5) - y).abs())

        wx = self.u(3, -1.0, 1.0)
        view = mix(self.now(self.SKY_TOP), self.now(self.SKY_LOW), smooth(-0.8, 0.0, self.Y(0.3)))
        image = mix(image, self.rgb(0.97, 0.97, 0.95), board(wx, -0.3, 0.48, 0.45))
        image = mix(image, view, board(wx, -0.3, 0.42, 0.39) * (1 - board(wx, -0.3, 0.02, 0.5)) * (1 - board(wx, -0.3, 0.5, 0.02)))
        px = wx + torch.where(wx > 0, -1.2, 1.2)
        image = mix(image, self.rgb(0.45, 0.30, 0.18), board(px, -0.25, 0.3, 0.25))
        image = mix(image, mix(hue(self.u(4)), self.rgb(0.9, 0.9, 0.9), 0.4), board(px, -0.25, 0.25, 0.2))
        plank = torch.frac(self.X(0.7) * 1.5 / (0.5 + self.sy.clamp_min(0)) + 20)
        return self.below(image, self.u(5, 0.45, 0.6), 0.5, self.rgb(0.62, 0.44, 0.28) * (0.9 + 0.15 * smooth(0.0, 0.06, plank)), 0.012)

    def place_studio(self):
        far = (self.X(0.3) - 7 * self.u(0)) ** 2 + self.Y(0.3) ** 2
        return self.rgb(*self.STUDIO[self.colour]) * (1.06 - 0.13 * far.clamp(0, 3)) * (1 - 0.08 * smooth(0.4, 0.6, self.Y(0.5)))

    # ---- the air ----
    def weather(self, image, kind):
        x, y, s = self.X(0.6), self.Y(0.6), self.s
        white = self.rgb(1.0, 1.0, 1.0)
        if kind == "rain":
            drops = self.tile(3, x * 0.55 + y * 0.08, y * 0.07 - s * 0.55) + 0.8 * self.tile(3, x * 0.8 + y * 0.1 + 0.3, y * 0.1 - s * 0.8)
            return image * 0.82 + self.rgb(0.75, 0.82, 0.95) * smooth(0.3, 0.9, drops) * 0.5
        if kind == "snow":
            flakes = self.tile(3, x * 0.35 + 0.02 * torch.sin(s * 2 + y), y * 0.35 - s * 0.17) + self.tile(3, x * 0.55 + 0.4, y * 0.55 - s * 0.2)
            return mix(image, white, smooth(0.25, 0.6, flakes) * 0.9)
        if kind == "petals":
            petals = self.tile(3, x * 0.33 - s * 0.05 + 0.02 * torch.sin(s * 3 + y * 4), y * 0.45 - s * 0.15) + self.tile(3, x * 0.5 - s * 0.07 + 0.5, y * 0.65 - s * 0.2)
            return mix(image, self.rgb(1.0, 0.62, 0.76), smooth(0.3, 0.55, petals) * 0.95)
        if kind == "sparks":
            glow = self.tile(3, x * 0.5 + 0.02 * torch.sin(s * 4 + y * 6), y * 0.5 + s * 0.18) + 0.8 * self.tile(2, x * 0.3, y * 0.3 + s * 0.12)
            return image * 0.8 + self.rgb(1.0, 0.72, 0.25) * smooth(0.25, 0.7, glow)
        if kind == "fog":
            haze = self.tile(0, x * 0.12 + s * 0.03, y * 0.2) * 0.9 + 0.25 * self.sy
            return mix(image, self.rgb(0.86, 0.88, 0.90), smooth(0.05, 0.75, haze) * 0.75)
        image = image * 0.72
        for burst in range(4):
            age = (s - (self.dice[12 + burst] + burst * 0.5) % 1.8).clamp(0, 1.4)
            live = smooth(0.0, 0.02, age) * (1 - age / 1.4)
            dx, dy = self.sx - self.u(16 + burst, -1.4, 1.4), self.sy - self.u(20 + burst, -0.8, -0.2) - 0.15 * age**2
            far, angle = (dx**2 + dy**2).sqrt(), torch.atan2(dy, dx) / (2 * math.pi) * 14
            reach = 0.55 * (1 - torch.exp(-2.6 * age))
            dots = torch.exp(-(((far - reach) * 12) ** 2)) * smooth(0.5, 0.1, (torch.frac(angle + 50) - 0.5).abs()) + 0.3 * torch.exp(-(((far - reach * 0.6) * 10) ** 2))
            image = image + mix(hue(self.u(14 + burst)), white, 0.25) * dots * live * 1.3
        return image


class Renderer:
    def __init__(self, sprites, height, width, frames=FRAMES):
        self.h, self.w, self.frames, self.aspect = height, width, frames, width / height
        self.y = (torch.arange(height) + 0.5) / height * 2 - 1
        self.x = ((torch.arange(width) + 0.5) / width * 2 - 1) * self.aspect
        self.tiles, self.painted = noise_tiles(), {}
        whole = read_sprites(sprites).float()
        self.sizes = [whole] + [F.avg_pool2d(whole.flatten(0, 1), k).unflatten(0, whole.shape[:2]) for k in (2, 4)]
        self.sizes = [(s / 255) for s in self.sizes]

    def camera(self, kind):
        """Centre (x, y) and zoom at each frame."""
        t, name = torch.linspace(0, 1, self.frames), NAMES["camera"][kind]
        across = {"pan_right": 1.1, "pan_left": -1.1}.get(name, 0.0)
        zoom = 0.5 * t if name == "push" else 0.5 * (1 - t) if name == "pull" else torch.zeros(self.frames)
        return (t - 0.5) * across, torch.zeros(self.frames), 1 + zoom

    def scene(self, spec):
        is_timed = NAMES["place"][spec["place"]] in TIMED
        time = spec["time"] if is_timed else 0
        colour = spec["colour"] if NAMES["place"][spec["place"]] == "studio" else 0
        return Scene(self, spec["place"], time, colour, 0 if colour else spec["variant"], spec["camera"]), (spec["place"], time, colour, spec["variant"], spec["camera"])

    def place(self, spec):
        scene, key = self.scene(spec)
        if key not in self.painted:
            image = getattr(scene, "place_" + NAMES["place"][spec["place"]])()
            self.painted[key] = (image.expand(1, 3, self.frames, self.h, self.w).clamp(0, 1) * 255).round().to(torch.uint8)
        return scene, self.painted[key].float() / 255

    @torch.no_grad()
    def render(self, specs):
        videos, alphas = [], []
        for spec in specs:
            scene, image = self.place(spec)
            alpha = torch.zeros(1, 1, self.frames, self.h, self.w)
            for number, subject in enumerate(spec["subjects"]):
                image, alpha = self.draw(image, alpha, subject, spec, number)
            weather, style = NAMES["weather"][spec["weather"]], NAMES["style"][spec["style"]]
            if weather != "none":
                image = scene.weather(image, weather).clamp(0, 1)
            videos.append(self.style(image, style))
            alphas.append(alpha)
        return dict(video=torch.cat(videos).clamp(0, 1) * 2 - 1, alpha=torch.cat(alphas))

    def path(self, subject, dice, camera):
        """Where a subject is: centre, half height and angle at each frame."""
        t, seconds = torch.linspace(0, 1, self.frames), torch.arange(self.frames) / FPS
        motion, wide = NAMES["motion"][subject["motion"]], self.aspect
        q = HALF_HEIGHTS[subject["size"]] * (0.96 + 0.08 * dice[0])
        x = (subject["spot"] - 1) * 0.58 * wide + (dice[1] - 0.5) * 0.16
        y = 0.50 - 0.45 * q + (dice[2] - 0.5) * 0.12
        size, angle = torch.full_like(t, q), torch.zeros_like(t)
        x, y = torch.full_like(t, x), torch.full_like(t, y)
        wave = lambda hertz: torch.sin(2 * math.pi * hertz * seconds)
        if motion in ("right", "left"):
            way = (-0.75 * wide + 0.3 * (dice[3] - 0.5)) + t * 1.4 * wide
            x, y, angle = (way if motion == "right" else -way), y - 0.05 * wave(1.1).abs(), 0.04 * wave(1.1)
        elif motion == "bounce":
            y = y - 0.4 * wave(0.6).abs()
        elif motion == "sway":
            x, angle = x + 0.1 * wave(0.75), 0.3 * wave(0.75)
        elif motion == "grow":
            size = q * (0.4 + 0.85 * t)
        elif motion == "rise":
            y = (0.7 + 0.3 * q) - t * 1.4
        elif motion == "float":
            x, y = x + 0.14 * wave(0.25), y - 0.15 + 0.12 * wave(0.4)
        cx, cy, zoom = camera
        near = 1 + (zoom - 1) * 0.8
        return (x - 0.45 * cx) * near, (y - 0.45 * cy) * near, size.clamp_min(0.06) * near, angle

    def draw(self, image, alpha, subject, spec, number):
        """One subject on the picture, with a soft shadow where it stands."""
        dice = np.random.default_rng(int(spec["seed"] * 2**40) + number).random(4).tolist()
        x, y, q, angle = self.path(subject, dice, self.camera(spec["camera"]))
        place = NAMES["place"][spec["place"]]
        across, down = self.x.view(1, 1, -1) - x[:, None, None], self.y.view(1, -1, 1) - y[:, None, None]
        half = q[:, None, None]
        if place in ("beach", "desert", "snowfield", "meadow", "street", "room", "studio", "forest") and NAMES["motion"][subject["motion"]] not in ("rise", "float"):
            far = (across / (half * 0.75)) ** 2 + ((down - half * 0.93) / (half * 0.13)) ** 2
            image = image * (1 - 0.32 * torch.exp(-far * 1.3))[None, None]
        flip = -1.0 if NAMES["motion"][subject["motion"]] == "right" else 1.0   # the pictures face left
        c, s = torch.cos(angle) / q, torch.sin(angle) / q
        theta = torch.stack([torch.stack([flip * c * self.aspect, flip * s, -flip * (c * x + s * y)], -1), torch.stack([-s * self.aspect, c, s * x - c * y], -1)], -2)
        level = int(max(0, min(2, round(math.log2(SPRITE / (q.mean().item() * self.h))))))
        frames = self.sizes[level][subject["id"], torch.arange(self.frames) % SPRITE_FRAMES]
        grid = F.affine_grid(theta, (self.frames, 4, self.h, self.w), align_corners=False)
        drawn = F.grid_sample(frames, grid, align_corners=False).transpose(0, 1)[None]
        tint = torch.tensor(Scene.LIGHT[spec["time"] if place in TIMED else 0])
        cover = drawn[:, 3:4]
        return image * (1 - cover) + drawn[:, :3] * (1 + (tint - 1) * 0.3).view(1, 3, 1, 1, 1), torch.maximum(alpha, cover)

    def style(self, image, name):
        if name == "noir":
            luma = (image * torch.tensor([0.3, 0.59, 0.11]).view(1, 3, 1, 1, 1)).sum(1, keepdim=True)
            edge = (self.x.view(1, 1, 1, 1, -1) / self.aspect) ** 2 + self.y.view(1, 1, 1, -1, 1) ** 2
            return (smooth(0.02, 0.95, luma) * (1.05 - 0.35 * edge)).expand_as(image)
        if name == "watercolour":
            flat = image.transpose(1, 2).flatten(0, 1)
            soft = F.avg_pool2d(F.avg_pool2d(flat, 3, 1, 1, count_include_pad=False), 3, 1, 1, count_include_pad=False)
            soft = soft.view(1, self.frames, 3, self.h, self.w).transpose(1, 2)
            edge = (image - soft).abs().mean(1, keepdim=True)
            return mix(soft, torch.ones_like(soft), 0.3) - 0.35 * edge
        return image


OPERATIONS = ["first_frame", "extend", "extend_back", "bridge", "background", "first_last"]


def operation(video, alpha, name, dice):
    """Masks a clip [1,3,F,H,W] as one verb of the app does: what is kept (gray elsewhere) and a mask with 1 where to make."""
    mask = torch.ones_like(alpha)
    if name == "first_frame":
        mask[:, :, :1] = 0
    elif name == "extend":
        mask[:, :, : dice.choice([5, 5, 9])] = 0
    elif name == "extend_back":
        mask[:, :, -dice.choice([4, 4, 8]):] = 0
    elif name == "bridge":
        mask[:, :, : dice.choice([1, 5])] = 0
        mask[:, :, -dice.choice([4, 4, 8]):] = 0
    elif name == "first_last":
        mask[:, :, :1] = mask[:, :, -1:] = 0
    elif alpha.amax() > 0.5:
        mask = (alpha <= 0.5).float()
    return video * (1 - mask), mask


def sheet(video, columns=5):
    """A picture of clips [B,3,F,H,W]: one in each row, frames evenly spaced."""
    picked = video.detach().float()[:, :, torch.linspace(0, video.shape[2] - 1, columns).round().long()]
    picked = ((picked.clamp(-1, 1) + 1) * 127.5).round().byte()
    rows, height, width = picked.shape[0], picked.shape[3], picked.shape[4]
    return Image.fromarray(picked.permute(0, 3, 2, 4, 1).reshape(rows * height, columns * width, 3).numpy())


if __name__ == "__main__":   # scenes.py SPRITES OUT.png: look at samples
    import random
    import time

    from vocabulary import Sampler

    renderer, sampler, dice = Renderer(sys.argv[1], 80, 144), Sampler(), random.Random(0)
    drawn = [sampler(dice) for _ in range(16)]
    start = time.time()
    sheet(renderer.render(drawn)["video"], 6).save(sys.argv[2])
    print(f"{(time.time() - start) / len(drawn):.3f} s a clip, places painted anew")
    start = time.time()
    renderer.render(drawn)
    print(f"{(time.time() - start) / len(drawn):.3f} s a clip, places kept")
    for spec in drawn:
        print(sampler.caption(spec, dice, "zh"), "|", sampler.caption(spec, dice, "en"))
