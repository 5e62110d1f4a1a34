"""Builds sketch.sprites.safetensors from the published packages of animated emoji.

    npm pack @lobehub/fluent-emoji-anim-1@1.0.0 (… -2, -3, -4) and emojibase-data@17.0.0; unpack them as anim1 … anim4 and emojibase
    pip install pillow numpy safetensors
    python make_sprites.py UNPACKED ../models/sketch.sprites.safetensors

A tensor `<code points>` holds one WebP picture: FRAMES frames of SIZE pixels, evenly spaced over the animation's loop,
COLUMNS to a row. A tensor `index.json` names them: group, English and Chinese label and tags.
Skin-tone variants, families, clock faces, body parts, flags and one rude gesture are left out.
"""

import glob
import io
import json
import os
import re
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import save_file

FRAMES, COLUMNS, SIZE, QUALITY = 12, 4, 176, 62
SKIN = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}
# Words of English labels that leave an entry out, by emoji group.
LEFT_OUT = {
    0: ["tongue", "cat", "monkey", "symbols", "vomiting", "poo", "ZZZ", "points", "exclamation", "mending", "frowning", "weary", "persevering",
        "confounded", "anguished", "downcast", "unamused", "woozy", "drooling", "nauseated", "sneezing", "lying", "squinting", "hushed", "disappointed",
        "pensive", "tired", "confused", "sad but", "zipper", "crossed-out", "hand over", "anxious", "worried", "grimacing", "exhaling", "neutral",
        "face without mouth", "smirking", "relieved", "monocle", "yawning", "decoration", "ribbon", "revolving", "two hearts", "growing", "broken", "mouth",
        "sweat", "spiral", "raised eyebrow", "rolling eyes", "zany", "upside", "pleading", "head-bandage", "thermometer", "money", "kissing"],
    1: ["family", "hand", "finger", "fist", "thumbs", "eye", "ear", "nose", "mouth", "tongue", "bust", "index", "gestur", "tipping", "shrug",
        "pouting", "frowning", "bowing", "massage", "haircut", "facepalm", "kiss", "couple", "hair", "bald", "feeding", "breast", "bath", "in bed",
        "bone", "leg", "foot", "tooth", "brain", "lungs", "anatomical", "victory", "steamy", "veil", "turban", "skullcap", "tuxedo", "cane",
        "wrestling", "golfing", "handball", "water polo", "beard", "horns", "biceps", "nail", "palm", "salute", "Mx", "standing", "men with", "women with",
        "pregnant", "speaking", "levitating", "raising", "judge", "suit", "headscarf"],
    3: ["pig nose", "paw", "microbe", "cockroach", "spider web", "wilted", "mosquito", "fly", "worm", "two-hump", "ewe", "boar", "front-facing",
        "service dog", "guide dog", "cricket"],
    5: ["o’clock", "-thirty", "barber", "seat", "watch", "hourglass", "clock", "stopwatch", "umbrella", "wind face", "quarter", "new moon", "hut",
        "oncoming", "compass", "wood", "roller skate", "departure", "arrival", "cloud with", "sun behind"],
    7: ["telephone", "calendar"],
    9: [""],
}


def bare(code):
    return code.lower().replace("-fe0f", "")


def sheet(path):
    """FRAMES frames of an animated picture side by side as WebP; None for stills."""
    picture = Image.open(path)
    count = getattr(picture, "n_frames", 1)
    if count < 8:
        return None
    whole = Image.new("RGBA", (COLUMNS * SIZE, FRAMES // COLUMNS * SIZE))
    for index in range(FRAMES):
        picture.seek(index * count // FRAMES)
        # Shrunk with alpha multiplied in, so that edges take no color from what is transparent.
        frame = picture.convert("RGBA").convert("RGBa").resize((SIZE, SIZE), Image.LANCZOS).convert("RGBA")
        whole.paste(frame, (index % COLUMNS * SIZE, index // COLUMNS * SIZE))
    data = io.BytesIO()
    whole.save(data, "WEBP", quality=QUALITY, alpha_quality=80, method=6)
    return data.getvalue()


def label():
    """The word that every sketch bears in its corner."""
    font = ImageFont.truetype("DejaVuSans-Bold.ttf", 40)
    picture = Image.new("RGBA", (200, 52))
    ImageDraw.Draw(picture).text((6, 2), "SKETCH", font=font, fill="white")
    data = io.BytesIO()
    picture.crop(picture.getbbox()).save(data, "WEBP", lossless=True)
    return data.getvalue()


def main(source, out):
    names = {}
    for language in ("zh", "en"):
        entries = json.load(open(f"{source}/emojibase/{language}/data.json"))
        names[language] = {bare(entry["hexcode"]): entry for entry in entries}
    files = {os.path.basename(path)[:-5]: path for path in glob.glob(f"{source}/anim[1-4]/package/assets/*.webp")}
    index, tensors = [], {}
    for code in sorted(files):
        key = bare(code)
        if set(code.split("-")) & SKIN or key not in names["zh"] or key not in names["en"]:
            continue
        zh, en = names["zh"][key], names["en"][key]
        group = en.get("group", -1)
        words = LEFT_OUT.get(group, [])
        if group == -1 or any(re.search(r"\b" + word, en["label"]) for word in words):
            continue
        data = sheet(files[code])
        if data is None:
            continue
        tensors[key] = np.frombuffer(data, np.uint8)
        index.append({"code": key, "group": group, "zh": [zh["label"], *zh.get("tags", [])], "en": [en["label"], *en.get("tags", [])]})
    tensors["label"] = np.frombuffer(label(), np.uint8)
    tensors["index.json"] = np.frombuffer(json.dumps(index, ensure_ascii=False).encode(), np.uint8)
    save_file(tensors, out, {"source": "npm @lobehub/fluent-emoji-anim-1..4 1.0.0, emojibase-data 17.0.0", "license": "MIT",
                             "frames": str(FRAMES), "columns": str(COLUMNS), "size": str(SIZE)})
    print(len(index), "animations,", os.path.getsize(out) / 1e6, "MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
