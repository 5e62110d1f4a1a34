#!/usr/bin/env python3
"""Measures how much a changed clip flickers: what differs between frames after motion is taken out.

Motion is that of the source clip by OpenCV's DIS flow (not what the program itself steadies by); only places where the
source, moved, equals itself to 8 codes count. Needs opencv-python and numpy:
    python3 flicker.py SOURCE CHANGED [CHANGED...]
Prints, for each clip, flicker in codes of 255 and the mean step between neighboring pixels (less is softer).
"""

import sys

import cv2
import numpy as np


def frames(path):
    capture = cv2.VideoCapture(path)
    while True:
        is_there, frame = capture.read()
        if not is_there:
            return
        yield frame


def moved(picture, flow):
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def main():
    source = list(frames(sys.argv[1]))
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    gray = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in source]
    flows = [finder.calc(now, before, None) for before, now in zip(gray, gray[1:])]
    same = [np.abs(moved(before.astype(np.float32), flow) - now).mean(2) < 8
            for before, now, flow in zip(source, source[1:], flows)]
    print(f"{np.mean(same):.2f} of the picture counts")
    for path in sys.argv[1:]:
        changed = [frame.astype(np.float32) for frame in frames(path)]
        pairs = zip(changed, changed[1:], flows, same)
        steps = [np.abs(moved(before, flow) - now).mean(2)[place].mean() for before, now, flow, place in pairs if place.any()]
        slope = np.mean([np.abs(np.diff(frame, axis=1)).mean() for frame in changed])
        print(f"{path}: flicker {np.mean(steps):.2f}, steps between pixels {slope:.2f}")


main()
