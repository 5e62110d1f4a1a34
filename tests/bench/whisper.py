"""Writes down a WAV with transformers' Whisper, for comparison with `everframe captions`.

    pip install torch transformers tokenizers safetensors numpy
    python whisper.py FOLDER_OF_THE_MODEL SOUND.wav LANGUAGE [THREADS]

The sound is one channel of 16 bits at 16 kHz. Windows of 30 seconds, greedy, with timestamps, no second tries: the least
that ours does too.
"""

import sys
import time
import wave

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

WINDOW = 480_000


def main():
    folder, path, language, *threads = sys.argv[1:]
    torch.set_num_threads(int(threads[0]) if threads else 2)
    state = load_file(f"{folder}/model.safetensors")
    size, channels = state["model.decoder.embed_tokens.weight"].shape
    layers = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("model.decoder.layers."))
    wide = state["model.encoder.layers.0.fc1.weight"].shape[0]
    config = WhisperConfig(vocab_size=size, d_model=channels, encoder_layers=layers, decoder_layers=layers,
                           encoder_attention_heads=channels // 64, decoder_attention_heads=channels // 64,
                           encoder_ffn_dim=wide, decoder_ffn_dim=wide)
    model = WhisperForConditionalGeneration(config).eval()
    model.load_state_dict(state, strict=False)
    model.tie_weights()
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    with wave.open(path) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    extractor, begin = WhisperFeatureExtractor(), time.perf_counter()
    took = {"encoder": 0.0, "decoder": 0.0}
    tokens = 0
    for start in range(0, len(sound), WINDOW):
        bands = extractor(sound[start:start + WINDOW], sampling_rate=16_000, return_tensors="pt").input_features
        said, count = listen(model, tokenizer, bands, language, took)
        tokens += count
        print(f"{start / 16_000:.0f} s: {said}")
    total = time.perf_counter() - begin
    print(f"{len(sound) / 16_000:.1f} s of sound in {total:.2f} s: encoder {took['encoder']:.2f}, "
          f"decoder {took['decoder']:.2f} for {tokens} tokens")


@torch.no_grad()
def listen(model, tokenizer, bands, language, took):
    begin = time.perf_counter()
    heard = model.model.encoder(bands)
    took["encoder"] += time.perf_counter() - begin
    begin = time.perf_counter()
    name = tokenizer.token_to_id
    end, times = name("<|endoftext|>"), name("<|notimestamps|>") + 1
    following = torch.tensor([[name("<|startoftranscript|>"), name(f"<|{language}|>"), name("<|transcribe|>")]])
    past, said = None, []
    while len(said) < 224:
        answer = model(encoder_outputs=heard, decoder_input_ids=following, past_key_values=past, use_cache=True)
        past, likely = answer.past_key_values, answer.logits[0, -1]
        likely[end + 1:times] = -torch.inf
        token = int(likely.argmax())
        if token == end:
            break
        said.append(token)
        following = torch.tensor([[token]])
    took["decoder"] += time.perf_counter() - begin
    return tokenizer.decode(said).strip(), len(said)


main()
