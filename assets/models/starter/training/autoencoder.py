"""A video autoencoder of TAEHV's kind: 2-D convolutions, and blocks that see the frame before. 8x in space, 4x in time.

Layers and their names are TAEHV's (`encoder.N`, `decoder.N`); the config sets the widths. What the app must honour:
  * `pad` "start": three copies of the first frame come before a clip of 1+4n frames, so that latent frame 0 is frame 0
    alone and latent frame t is frames 4t-3..4t, as in Wan's own autoencoder. The first three decoded frames are dropped.
  * `patch_size` p: squares of p pixels are channels before the first and after the last layer; of the three stages that
    halve or double, the log2(p) nearest to the pixels then leave the size alone.
  * `latents_mean`, `latents_std`: what diffusion sees is (latents - mean) / std. The deviation here is the square root
    of the measured one, so that large shapes stay louder than fine detail and are learnt first.
Inside pictures are 0 to 1, outside -1 to 1.

`start_linear` sets the weights so that encoder and decoder compute a principal component analysis of 8x8x4 blocks: the
encoder stays at that, training only improves the decoder. That makes latents available after seconds.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = dict(latent_channels=24, encoder_channels=[50, 64, 64, 64], decoder_channels=[128, 128, 112, 112], encoder_blocks=0, decoder_blocks=1, patch_size=8, pad="start")


def conv(inputs, outputs, **kind):
    return nn.Conv2d(inputs, outputs, 3, padding=1, **kind)


class MemBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Sequential(conv(2 * channels, channels), nn.ReLU(True), conv(channels, channels), nn.ReLU(True), conv(channels, channels))

    def forward(self, x, past):
        return F.relu(self.conv(torch.cat([x, past], 1)) + x)


class TPool(nn.Module):
    """`stride` frames become one."""

    def __init__(self, channels, stride):
        super().__init__()
        self.stride, self.conv = stride, nn.Conv2d(channels * stride, channels, 1, bias=False)

    def forward(self, x):
        return self.conv(x.reshape(-1, self.stride * x.shape[1], *x.shape[2:]))


class TGrow(nn.Module):
    """One frame becomes `stride`."""

    def __init__(self, channels, stride):
        super().__init__()
        self.stride, self.conv = stride, nn.Conv2d(channels, channels * stride, 1, bias=False)

    def forward(self, x):
        return self.conv(x).reshape(-1, x.shape[1], *x.shape[2:])


class SoftLimit(nn.Module):
    def forward(self, x):
        return torch.tanh(x / 3) * 3


class Autoencoder(nn.Module):
    def __init__(self, latents_mean=None, latents_std=None, **config):
        super().__init__()
        self.config = c = {**CONFIG, **config}
        z, e, d, p = c["latent_channels"], c["encoder_channels"], c["decoder_channels"], c["patch_size"]
        kept = int(math.log2(p))   # stages that leave the size alone
        mem = lambda channels, count: [MemBlock(channels) for _ in range(count)]
        down = lambda at, frames: [TPool(e[at], frames), conv(e[at], e[at + 1], stride=1 if at < kept else 2, bias=False), *mem(e[at + 1], c["encoder_blocks"])]
        up = lambda at, frames: [*mem(d[at], c["decoder_blocks"]), nn.Upsample(scale_factor=2 if at < 3 - kept else 1), TGrow(d[at], frames), conv(d[at], d[at + 1], bias=False)]
        self.encoder = nn.Sequential(conv(3 * p * p, e[0]), nn.ReLU(True), *down(0, 2), *down(1, 2), *down(2, 1), conv(e[3], z))
        self.decoder = nn.Sequential(SoftLimit(), conv(z, d[0]), nn.ReLU(True), *up(0, 1), *up(1, 2), *up(2, 2), nn.ReLU(True), conv(d[3], 3 * p * p))
        self.register_buffer("mean", torch.tensor(latents_mean or [0.0] * z), persistent=False)
        self.register_buffer("std", torch.tensor(latents_std or [1.0] * z), persistent=False)

    @staticmethod
    def run(layers, x):
        """x [N,T,C,H,W]; every MemBlock also gets what it got for the frame before, zeros at first."""
        count, x = x.shape[0], x.flatten(0, 1)
        for layer in layers:
            if isinstance(layer, MemBlock):
                frames = x.view(count, -1, *x.shape[1:])
                x = layer(x, torch.cat([torch.zeros_like(frames[:, :1]), frames[:, :-1]], 1).flatten(0, 1))
            else:
                x = layer(x)
        return x.view(count, -1, *x.shape[1:])

    def raw_encode(self, video):
        """[B,3,1+4n,H,W] from -1 to 1 -> latents [B,C,1+n,H/8,W/8] as the layers give them."""
        x = (video.transpose(1, 2) + 1) / 2
        x = torch.cat([x[:, :1]] * 3 + [x], 1)
        return self.run(self.encoder, F.pixel_unshuffle(x, self.config["patch_size"])).transpose(1, 2)

    def raw_decode(self, z):
        x = F.pixel_shuffle(self.run(self.decoder, z.transpose(1, 2)), self.config["patch_size"])[:, 3:]
        return x.transpose(1, 2) * 2 - 1

    def encode(self, video):
        return (self.raw_encode(video) - self.mean.view(1, -1, 1, 1, 1)) / self.std.view(1, -1, 1, 1, 1)

    def decode(self, z):
        return self.raw_decode(z * self.std.view(1, -1, 1, 1, 1) + self.mean.view(1, -1, 1, 1, 1)).clamp(-1, 1)


def components(rows, count):
    """Mean and the `count` strongest directions [columns, count] of centred rows."""
    mean = rows.mean(0)
    _, vectors = torch.linalg.eigh((rows - mean).double().T @ (rows - mean).double())
    return mean, vectors.flip(1)[:, :count].float()


def solve(inputs, outputs):
    """Least squares: the matrix M and bias b of inputs @ M + b nearest to outputs."""
    ones = torch.cat([inputs, torch.ones(len(inputs), 1)], 1).double()
    gram = ones.T @ ones + 1e-6 * len(ones) * torch.eye(ones.shape[1], dtype=torch.double)
    found = torch.linalg.solve(gram, ones.T @ outputs.double()).float()
    return found[:-1], found[-1]


@torch.no_grad()
def start_linear(ae, video, limit=60_000):
    """Sets `ae` (patch 8, no encoder blocks) to a principal component analysis of `video` [B,3,F,H,W]; leaves room to learn.

    Values that pass a ReLU are shifted to be positive; a channel that is always 1 carries the shifts.
    """
    c = ae.config
    z, e, d, p = c["latent_channels"], c["encoder_channels"], c["decoder_channels"], c["patch_size"]
    assert p == 8 and c["encoder_blocks"] == 0 and e[1] == e[2] == e[3]
    f = e[0] - 2                                       # directions of single frames; one channel is 1, one is free
    x = (video.transpose(1, 2) + 1) / 2
    x = F.pixel_unshuffle(torch.cat([x[:, :1]] * 3 + [x], 1), p)   # [B,T,192,h,w]
    quads = x.unflatten(1, (-1, 4)).permute(0, 1, 4, 5, 2, 3).reshape(-1, 4, 3 * p * p)
    quads = quads[torch.randperm(len(quads), generator=torch.Generator().manual_seed(0))[:limit]]
    frame_mean, frame = components(quads.flatten(0, 1)[::3], f)
    k = (quads - frame_mean) @ frame                   # [n,4,f]
    pair_mean, pair = components(k.view(-1, 2 * f), e[1] - 1)
    pairs = min(e[0] - 1, pair.shape[1])
    pair = pair[:, :pairs]
    g = ((k.view(-1, 2 * f) - pair_mean) @ pair).view(len(k), -1)
    quad_mean, quad = components(g, z)
    latents = (g - quad_mean) @ quad
    scale = 0.5 / latents.std(0).max()
    shift = k.abs().max() * 1.2

    def centre(layer, rows, bias=None):
        """Only the middle of a 3x3 kernel: `rows` [outputs, inputs] first, zeros elsewhere in those outputs."""
        layer.weight[: rows.shape[0]] = 0
        layer.weight[: rows.shape[0], : rows.shape[1], 1, 1] = rows
        if bias is not None:
            layer.bias[: len(bias)] = bias

    convs = [m for m in ae.encoder if isinstance(m, nn.Conv2d)]
    pools = [m for m in ae.encoder if isinstance(m, TPool)]
    for layer in convs + [pool.conv for pool in pools]:
        layer.weight.zero_()
        if layer.bias is not None:
            layer.bias.zero_()
    # Frames: the directions, shifted; channel f is 1.
    centre(convs[0], torch.cat([frame.T, torch.zeros(1, 3 * p * p)]), torch.cat([shift - frame_mean @ frame, torch.ones(1)]))
    # Pairs: 2 e0 channels (frame after frame) into e0.
    w = torch.zeros(e[0], 2 * e[0])
    for j in range(2):
        w[:pairs, j * e[0] : j * e[0] + f] = pair[j * f : (j + 1) * f].T
    w[:pairs, f] = -(pair.sum(0) * shift) - pair_mean @ pair
    w[e[0] - 1, f] = 1
    pools[0].conv.weight.copy_(w[..., None, None])
    centre(convs[1], torch.eye(e[1], e[0]))
    w = torch.zeros(e[1], 2 * e[1])
    for j in range(2):
        w[:z, j * e[1] : j * e[1] + pairs] = (quad[j * pairs : (j + 1) * pairs] * scale).T
    w[:z, e[0] - 1] = -(quad_mean @ quad) * scale
    pools[1].conv.weight.copy_(w[..., None, None])
    centre(convs[2], torch.eye(e[2]))
    pools[2].conv.weight.copy_(torch.eye(e[2])[..., None, None])
    centre(convs[3], torch.eye(e[3]))
    centre(convs[4], torch.eye(z, e[3]))
    start_decoder(ae, latents * scale, quads, (frame_mean, frame))


@torch.no_grad()
def start_decoder(ae, latents, quads, frame_basis):
    """The decoder's least-squares inverse of the latents, through the ReLUs, with the other channels left random."""
    c = ae.config
    z, d, p = c["latent_channels"], c["decoder_channels"], c["patch_size"]
    frame_mean, frame = frame_basis
    f = carried(c)[1]
    frame = frame[:, :f]
    for m in ae.decoder:
        if isinstance(m, MemBlock):
            m.conv[-1].weight.zero_()
            m.conv[-1].bias.zero_()
    convs = [m for m in ae.decoder if isinstance(m, nn.Conv2d)]
    grows = [m for m in ae.decoder if isinstance(m, TGrow)]

    def carry(layer, rows):
        """`rows` [carried outputs, carried inputs] through the middle of a kernel, other inputs unused for those outputs."""
        weight = layer.weight
        middle = weight.shape[-1] // 2
        weight[: rows.shape[0]] = 0
        weight[: rows.shape[0], : rows.shape[1], middle, middle] = rows

    soft = torch.tanh(latents / 3) * 3
    shift = 3.2
    eye = torch.eye(z + 1)
    carry(convs[0], torch.cat([torch.eye(z), torch.zeros(1, z)]))
    convs[0].bias[: z + 1] = torch.cat([torch.full((z,), shift), torch.ones(1)])
    carry(grows[0].conv, eye)
    carry(convs[1], eye)
    # Halves of four frames: the directions of pairs, from the latents; then frames from those.
    k = (quads - frame_mean) @ frame
    pair_mean, pair = components(k.view(-1, 2 * f), f)
    u = ((k.view(-1, 2 * f) - pair_mean) @ pair).view(len(k), 2, f)
    width = u.abs().max() * 1.2
    rows = torch.zeros(2 * d[1], d[1])
    for half in range(2):
        m, b = solve(soft, u[:, half] / width)
        at = half * d[1]
        rows[at : at + f, :z] = m.T
        rows[at : at + f, z] = b - m.sum(0) * shift + 1     # shifted by 1: positive
        rows[at + f, z] = 1
    weight = grows[1].conv.weight
    free = torch.ones(2 * d[1], dtype=torch.bool)
    for half in range(2):
        free[half * d[1] : half * d[1] + f + 1] = False
    weight[~free] = rows[~free][..., None, None]
    carry(convs[2], torch.eye(f + 1))
    rows = torch.zeros(2 * d[2], d[2])
    tall = k.abs().max() * 1.2
    free = torch.ones(2 * d[2], dtype=torch.bool)
    for j in range(2):
        m = (pair[j * f : (j + 1) * f] * width / tall)      # [f frames' directions, f pairs' directions]
        at = j * d[2]
        rows[at : at + f, :f] = m
        rows[at : at + f, f] = pair_mean[j * f : (j + 1) * f] / tall - m.sum(1) + 1
        rows[at + f, f] = 1
        free[at : at + f + 1] = False
    grows[2].conv.weight[~free] = rows[~free][..., None, None]
    carry(convs[3], torch.eye(f + 1))
    last = convs[4]
    last.weight.mul_(0.02)
    last.weight[:, : f + 1] = 0
    last.weight[:, :f, 1, 1] = frame * tall
    last.weight[:, f, 1, 1] = -(frame * tall).sum(1)
    last.bias.copy_(frame_mean)


def carried(config):
    """Channels of the decoder that carry the linear inverse: latents at first, then directions of frames; with the 1."""
    return config["latent_channels"], min(config["decoder_channels"][2:]) * 3 // 8


def hold_linear(ae):
    """Keeps the linear inverse as it is while the decoder learns what to add to it: zeroes those gradients.

    Without this the first steps undo it: what it carries is far from zero-mean, and every step shifts all of it at once.
    """
    z, f = carried(ae.config)
    stages = [z, z, f, f]

    def hold(parameter, held):
        parameter.register_hook(lambda gradient: gradient.masked_fill(held.view(-1, *[1] * (gradient.ndim - 1)), 0.0))

    stage, grown = 0, 0
    layers = [layer for layer in ae.decoder if isinstance(layer, (MemBlock, TGrow, nn.Conv2d))]
    for layer in layers[:-1]:
        if isinstance(layer, MemBlock):
            rows = torch.arange(layer.conv[-1].weight.shape[0]) <= stages[stage - 1]
            hold(layer.conv[-1].weight, rows)
            hold(layer.conv[-1].bias, rows)
        elif isinstance(layer, TGrow):
            width = layer.conv.weight.shape[0] // layer.stride
            count = stages[min(grown + 1, 3)] if grown else z
            hold(layer.conv.weight, torch.arange(width * layer.stride) % width <= count)
            grown += 1
        else:
            hold(layer.weight, torch.arange(layer.weight.shape[0]) <= stages[stage])
            if layer.bias is not None:
                hold(layer.bias, torch.arange(layer.bias.shape[0]) <= stages[stage])
            stage += 1
    columns = torch.arange(layers[-1].weight.shape[1]) <= f
    layers[-1].weight.register_hook(lambda gradient: gradient.masked_fill(columns.view(1, -1, 1, 1), 0.0))


def reconstruction_loss(out, video):
    """Distance and slopes at three scales, and change over time: sharp edges, right colours, no flicker."""
    a, v = out.transpose(1, 2).flatten(0, 1), video.transpose(1, 2).flatten(0, 1)
    loss = 0.0
    for scale in range(3):
        loss = loss + ((a - v) ** 2 + 1e-4).sqrt().mean() * (1.0 if scale == 0 else 0.5)
        dx = (a[..., 1:] - a[..., :-1]) - (v[..., 1:] - v[..., :-1])
        dy = (a[..., 1:, :] - a[..., :-1, :]) - (v[..., 1:, :] - v[..., :-1, :])
        loss = loss + 0.5 * (dx.abs().mean() + dy.abs().mean())
        a, v = F.avg_pool2d(a, 2), F.avg_pool2d(v, 2)
    change = (out[:, :, 1:] - out[:, :, :-1]) - (video[:, :, 1:] - video[:, :, :-1])
    return loss + 0.5 * change.abs().mean()


def psnr(a, b):
    return -10 * torch.log10((((a - b) / 2) ** 2).mean((1, 2, 3, 4)).clamp_min(1e-8))
