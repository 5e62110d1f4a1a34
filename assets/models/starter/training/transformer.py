"""The diffusion transformer: Wan2.1-VACE's architecture at any size, with the tensor names of diffusers' `WanVACETransformer3DModel`.

With the published sizes this is Wan2.1-VACE-1.3B; `CONFIG` shrinks it until a laptop's processor runs it. `checks.py`
compares it with diffusers.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = dict(patch_size=[1, 2, 2], num_attention_heads=2, attention_head_dim=64, in_channels=24, out_channels=24, text_dim=128, freq_dim=256, ffn_dim=384,
              num_layers=7, cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=1024, vace_layers=[0], vace_in_channels=112)


def time_features(t, size):
    half = size // 2
    angle = t.float()[:, None] * torch.exp(-math.log(10000) * torch.arange(half, device=t.device).float() / half)[None]
    return torch.cat([angle.cos(), angle.sin()], -1)


def rope_table(frames, rows, columns, head_dim):
    """Cosine and sine [tokens, head_dim / 2]: a part of each head for time, for height and for width, pairs interleaved."""
    side = 2 * (head_dim // 6)
    parts = []
    for count, size, shape in ((frames, head_dim - 2 * side, (-1, 1, 1)), (rows, side, (1, -1, 1)), (columns, side, (1, 1, -1))):
        pitch = 1.0 / (10000.0 ** (torch.arange(0, size, 2, dtype=torch.float64) / size))
        angle = torch.arange(count, dtype=torch.float64)[:, None] * pitch
        parts.append(angle.view(*shape, size // 2).expand(frames, rows, columns, -1))
    angle = torch.cat(parts, -1).reshape(frames * rows * columns, -1)
    return angle.cos().float(), angle.sin().float()


def rotate(x, rope):
    """x [B,heads,tokens,channels]."""
    cos, sin = rope
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2).to(x.dtype)


class RootMeanSquare(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        y = x.float()
        return (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight.float()).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, dim, heads, eps):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(dim, dim) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])
        self.norm_q, self.norm_k = RootMeanSquare(dim, eps), RootMeanSquare(dim, eps)

    def forward(self, x, context=None, rope=None):
        context = x if context is None else context
        split = lambda t: t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = split(self.norm_q(self.to_q(x))), split(self.norm_k(self.to_k(context))), split(self.to_v(context))
        if rope is not None:
            q, k = rotate(q, rope), rotate(k, rope)
        return self.to_out[0](F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Gelu(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.proj = nn.Linear(inputs, outputs)

    def forward(self, x):
        return F.gelu(self.proj(x), approximate="tanh")


class FeedForward(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.net = nn.ModuleList([Gelu(dim, inner), nn.Identity(), nn.Linear(inner, dim)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


def normed(x, eps):
    return F.layer_norm(x.float(), x.shape[-1:], eps=eps)


class Block(nn.Module):
    """A main block, or with `control` a control block: 0 for the first of them, which mixes both streams, else 1."""

    def __init__(self, dim, ffn, heads, eps, control=None):
        super().__init__()
        self.eps = eps
        if control == 0:
            self.proj_in = nn.Linear(dim, dim)
        if control is not None:
            self.proj_out = nn.Linear(dim, dim)
        self.attn1, self.attn2 = Attention(dim, heads, eps), Attention(dim, heads, eps)
        self.ffn, self.norm2 = FeedForward(dim, ffn), nn.LayerNorm(dim, eps)
        self.scale_shift_table = nn.Parameter(torch.randn(1, 6, dim) / dim**0.5)

    def forward(self, x, time, context, rope):
        shift1, scale1, gate1, shift2, scale2, gate2 = (self.scale_shift_table.float() + time.float()).chunk(6, 1)
        x = (x.float() + self.attn1((normed(x, self.eps) * (1 + scale1) + shift1).to(x.dtype), rope=rope).float() * gate1).to(x.dtype)
        y = F.layer_norm(x.float(), x.shape[-1:], self.norm2.weight.float(), self.norm2.bias.float(), self.eps).to(x.dtype)
        x = x + self.attn2(y, context)
        return (x.float() + self.ffn((normed(x, self.eps) * (1 + scale2) + shift2).to(x.dtype)).float() * gate2).to(x.dtype)


class TwoLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(inputs, outputs), nn.Linear(outputs, outputs)

    def forward(self, x, activation):
        return self.linear_2(activation(self.linear_1(x)))


class Conditions(nn.Module):
    def __init__(self, dim, freq, text):
        super().__init__()
        self.time_embedder, self.time_proj, self.text_embedder = TwoLinear(freq, dim), nn.Linear(dim, 6 * dim), TwoLinear(text, dim)


class Transformer(nn.Module):
    def __init__(self, **config):
        super().__init__()
        self.config = c = {**CONFIG, **config}
        dim = c["num_attention_heads"] * c["attention_head_dim"]
        block = lambda control=None: Block(dim, c["ffn_dim"], c["num_attention_heads"], c["eps"], control)
        self.patch_embedding = nn.Conv3d(c["in_channels"], dim, (1, 2, 2), (1, 2, 2))
        self.vace_patch_embedding = nn.Conv3d(c["vace_in_channels"], dim, (1, 2, 2), (1, 2, 2))
        self.condition_embedder = Conditions(dim, c["freq_dim"], c["text_dim"])
        self.blocks = nn.ModuleList([block() for _ in range(c["num_layers"])])
        self.vace_blocks = nn.ModuleList([block(number) for number in range(len(c["vace_layers"]))])
        self.proj_out = nn.Linear(dim, c["out_channels"] * 4)
        self.scale_shift_table = nn.Parameter(torch.randn(1, 2, dim) / dim**0.5)
        self.ropes = {}

    def init_weights(self):
        """To begin training with: small linear layers, gates a little open, the output and the control hints nearly closed."""
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, std=0.5 * m.in_features**-0.5)
                nn.init.zeros_(m.bias)
        for block in [*self.blocks, *self.vace_blocks]:
            nn.init.zeros_(block.scale_shift_table)
            with torch.no_grad():
                block.scale_shift_table[:, [2, 5]] += 0.3
            nn.init.normal_(block.attn2.to_out[0].weight, std=0.2 * block.attn2.to_out[0].in_features**-0.5)
        for block in self.vace_blocks:
            nn.init.normal_(block.proj_out.weight, std=0.02)
        for patches in (self.patch_embedding, self.vace_patch_embedding):
            nn.init.normal_(patches.weight, std=patches.weight[0].numel() ** -0.5)
            nn.init.zeros_(patches.bias)
        nn.init.normal_(self.condition_embedder.time_proj.weight, std=0.02)
        nn.init.normal_(self.proj_out.weight, std=0.02)
        nn.init.zeros_(self.scale_shift_table)
        return self

    def rope(self, frames, rows, columns):
        key = (frames, rows, columns)
        if key not in self.ropes:
            self.ropes[key] = rope_table(*key, self.config["attention_head_dim"])
        return self.ropes[key]

    @staticmethod
    def tokens(patches, x):
        """The patch convolution as one product: its kernel is as large as its step."""
        b, c, f, h, w = x.shape
        x = x.view(b, c, f, h // 2, 2, w // 2, 2).permute(0, 2, 3, 5, 1, 4, 6).reshape(b, f * h * w // 4, c * 4)
        return F.linear(x, patches.weight.flatten(1), patches.bias)

    def forward(self, x, t, text, control):
        """x [B,C,f,h,w], t [B] from 0 to 1000, text [B,rows,text_dim] (zeros are padding), control like x -> velocity like x.

        As in Wan, prompts are padded to the length of training and not masked.
        """
        b, _, f, h, w = x.shape
        c, embed = self.config, self.condition_embedder
        rope = self.rope(f, h // 2, w // 2)
        first = self.tokens(self.patch_embedding, x)
        time = embed.time_embedder(time_features(t, c["freq_dim"]).to(first.dtype), F.silu)
        steps = embed.time_proj(F.silu(time)).unflatten(1, (6, -1))
        context = embed.text_embedder(text, lambda v: F.gelu(v, approximate="tanh"))
        known, y = self.tokens(self.vace_patch_embedding, control), first
        hints = dict(zip(c["vace_layers"], self.vace_blocks))
        for number, block in enumerate(self.blocks):
            y = block(y, steps, context, rope)
            if number in hints:
                if number == 0:
                    known = hints[0].proj_in(known) + first
                known = hints[number](known, steps, context, rope)
                y = y + hints[number].proj_out(known)
        shift, scale = (self.scale_shift_table.float() + time.float()[:, None]).chunk(2, 1)
        y = self.proj_out((normed(y, c["eps"]) * (1 + scale) + shift).to(y.dtype))
        return y.view(b, f, h // 2, w // 2, 2, 2, -1).permute(0, 6, 1, 2, 4, 3, 5).reshape(b, -1, f, h, w)


def control_latents(ae, control, mask):
    """VACE's channels: latents of what is kept, latents of what is to be made (gray), the mask folded 8x8."""
    return torch.cat([ae.encode(control * (1 - mask)), ae.encode(control * mask), mask_latents(mask)], 1)


def mask_latents(mask):
    b, _, n, h, w = mask.shape
    folded = mask.view(b, n, h // 8, 8, w // 8, 8).permute(0, 3, 5, 1, 2, 4).reshape(b, 64, n, h // 8, w // 8)
    count = (n + 3) // 4
    return folded[:, :, ((torch.arange(count) + 0.5) * (n / count)).floor().long()]
