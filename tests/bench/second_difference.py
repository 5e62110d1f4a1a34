#!/usr/bin/env python3
"""Prints how unsteady clips are: the mean absolute second difference of luma over time, in codes of 255.

Even motion and even changes of light count little, flicker counts much. Needs ffmpeg and numpy:
    python3 second_difference.py CLIP [CLIP...]
"""

import subprocess
import sys

import numpy as np

WIDTH, HEIGHT = 320, 180


def luma(path):
    raw = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-vf", f"scale={WIDTH}:{HEIGHT}", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                         capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH).astype(np.float32)


for path in sys.argv[1:]:
    frames = luma(path)
    unsteady = np.abs(frames[2:] - 2 * frames[1:-1] + frames[:-2]).mean()
    print(f"{path}: {unsteady:.2f}")
