"""A small UMT5 encoder (positions relative in every layer, gated GELU, no biases) and its tokenizer.

Tensor names are those of transformers' `UMT5EncoderModel`. The tokenizer's file folds letters and Chinese punctuation
itself, so the app only has to load it. `</s>` (1) ends every prompt, `<pad>` is 0.
"""

import math
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = dict(vocab_size=1500, d_model=128, d_ff=320, num_heads=4, d_kv=32, num_layers=2, relative_attention_num_buckets=32, relative_attention_max_distance=128)
ROWS = 32   # every prompt is cut or padded to this many


class RootMeanSquare(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def buckets(length, count, far):
    """T5's buckets of relative positions, [length, length]."""
    place = torch.arange(length)
    relative = place[None] - place[:, None]
    half, exact = count // 2, count // 4
    away = relative.abs()
    wide = exact + (torch.log(away.float().clamp_min(1) / exact) / math.log(far / exact) * (half - exact)).long()
    return (relative > 0).long() * half + torch.where(away < exact, away, wide.clamp_max(half - 1))


class SelfAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        inner = c["num_heads"] * c["d_kv"]
        self.q, self.k, self.v = (nn.Linear(c["d_model"], inner, bias=False) for _ in range(3))
        self.o = nn.Linear(inner, c["d_model"], bias=False)
        self.relative_attention_bias = nn.Embedding(c["relative_attention_num_buckets"], c["num_heads"])


class AttentionLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.SelfAttention, self.layer_norm = SelfAttention(c), RootMeanSquare(c["d_model"])


class GatedGelu(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.wi_0, self.wi_1 = (nn.Linear(c["d_model"], c["d_ff"], bias=False) for _ in range(2))
        self.wo = nn.Linear(c["d_ff"], c["d_model"], bias=False)


class FeedForwardLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.DenseReluDense, self.layer_norm = GatedGelu(c), RootMeanSquare(c["d_model"])


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layer = nn.ModuleList([AttentionLayer(c), FeedForwardLayer(c)])


class Stack(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.block = nn.ModuleList([Block(c) for _ in range(c["num_layers"])])
        self.final_layer_norm = RootMeanSquare(c["d_model"])


class TextEncoder(nn.Module):
    def __init__(self, **config):
        super().__init__()
        self.config = c = {**CONFIG, **config}
        self.shared, self.encoder = nn.Embedding(c["vocab_size"], c["d_model"]), Stack(c)
        nn.init.normal_(self.shared.weight, std=1.0)
        for block in self.encoder.block:   # T5's own scales: its attention is not divided by the root of the size
            a, f, dim = block.layer[0].SelfAttention, block.layer[1].DenseReluDense, c["d_model"]
            nn.init.normal_(a.q.weight, std=(dim * c["d_kv"]) ** -0.5)
            nn.init.normal_(a.o.weight, std=(c["num_heads"] * c["d_kv"]) ** -0.5)
            nn.init.normal_(f.wo.weight, std=c["d_ff"] ** -0.5)
            for table in (a.k, a.v, a.relative_attention_bias, f.wi_0, f.wi_1):
                nn.init.normal_(table.weight, std=dim**-0.5)

    def forward(self, ids):
        """ids [B,L], 0 is padding -> [B,L,d_model], zeros in padding rows, as Wan's transformer expects."""
        c, (b, length) = self.config, ids.shape
        real = ids != 0
        x = self.shared(ids)
        places = buckets(length, c["relative_attention_num_buckets"], c["relative_attention_max_distance"])
        hidden = torch.zeros(b, 1, 1, length).masked_fill(~real[:, None, None], -1e4)
        for block in self.encoder.block:
            layer, a = block.layer[0], block.layer[0].SelfAttention
            n = layer.layer_norm(x)
            split = lambda t: t.view(b, length, c["num_heads"], -1).transpose(1, 2)
            bias = a.relative_attention_bias(places).permute(2, 0, 1)[None]
            out = F.scaled_dot_product_attention(split(a.q(n)), split(a.k(n)), split(a.v(n)), attn_mask=bias + hidden, scale=1.0)
            x = x + a.o(out.transpose(1, 2).reshape(b, length, -1))
            layer, f = block.layer[1], block.layer[1].DenseReluDense
            n = layer.layer_norm(x)
            x = x + f.wo(F.gelu(f.wi_0(n), approximate="tanh") * f.wi_1(n))
        return self.encoder.final_layer_norm(x) * real[..., None]


def train_tokenizer(path, sentences=20_000, seed=0, vocabulary=CONFIG["vocab_size"]):
    """Learns pieces from random captions of both languages and writes `tokenizer.json`."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    from vocabulary import FILLERS_EN, FILLERS_ZH, SUBJECTS, Sampler

    sampler, dice = Sampler(), random.Random(seed)
    tokenizer = Tokenizer(models.Unigram())
    folds = [normalizers.Replace(a, b) for a, b in zip("，。、；：！？", ",.,;:!?")]
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *folds])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()])
    tokenizer.decoder = decoders.Metaspace()
    words = [word for _, zh, en, _ in SUBJECTS for word in zh + en] + FILLERS_EN + FILLERS_ZH
    lines = words * 20 + [sampler.caption(sampler(dice), dice) for _ in range(sentences)]
    trainer = trainers.UnigramTrainer(vocab_size=vocabulary, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", max_piece_length=12)
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer.save(str(path))
    return tokenizer


def encode(tokenizer, texts):
    """Piece numbers [B,ROWS], cut with the end kept, padded with 0."""
    out = torch.zeros(len(texts), ROWS, dtype=torch.long)
    for row, encoding in zip(out, tokenizer.encode_batch(list(texts))):
        ids = encoding.ids[:ROWS]
        if len(encoding.ids) > ROWS:
            ids[-1] = 1
        row[: len(ids)] = torch.tensor(ids)
    return out
