"""Fill, extend and join on real footage: are kept frames bit-exact, and how do made frames meet them?

    python3 tests/bench/real_footage.py EVERFRAME OUT CLIP...

Every verb makes a timeline, a generated item on it and a lossless file, as the window does. Each kept frame of that file
is compared, byte for byte, with the same frame of the clip alone on a timeline of its own, exported likewise; ffmpeg
decodes both. (Footage in the colors of old television becomes BT.709 on every timeline, so its own file has other codes.)
Prints one Markdown row for each verb.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

#: Frames of a clip that are used: some seconds in, so that nothing is special about them.
FIRST, COUNT = 20, 60


def hashes(path):
    """One hash for each decoded frame."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough"]
    text = subprocess.run([*command, "-f", "framehash", "-"], check=True, capture_output=True, text=True).stdout
    return [line.split(",")[-1].strip() for line in text.splitlines() if not line.startswith("#")]


def cut(clip, out, first):
    """A lossless clip of COUNT frames of `clip`."""
    select = f"select='between(n,{first},{first + COUNT - 1})',setpts=N/FRAME_RATE/TB"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", clip, "-an", "-vf", select, "-fps_mode", "passthrough"]
    # The same samples under the name that players read them by.
    subprocess.run([*command, "-c:v", "ffv1", out], check=True)
    return out


def alone(everframe, clip, folder):
    """Hashes of a clip's frames as a timeline without anything made shows them."""
    entries = "stream=width,height,r_frame_rate"
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "json", clip]
    stream = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"][0]
    project, out = folder / f"{clip.stem}-alone.everframe", folder / f"{clip.stem}-alone.mkv"
    project.unlink(missing_ok=True)
    shape = ["--size", f"{stream['width']}x{stream['height']}", "--rate", stream["r_frame_rate"]]
    subprocess.run([everframe, "new", project, *shape], check=True, capture_output=True)
    edit = [everframe, "edit", project, "--json"]
    script = json.dumps({"import": str(clip.resolve())})
    done = subprocess.run(edit, input=script, check=True, capture_output=True, text=True)
    asset = int(re.search(r'"assets":\s*\[\s*(\d+)', done.stdout)[1])
    script = json.dumps({"append": {"placement": {"asset": asset}}})
    subprocess.run(edit, input=script, check=True, capture_output=True, text=True)
    subprocess.run([everframe, "export", project, out], check=True, capture_output=True)
    return hashes(out)


def made(everframe, arguments, out):
    """Runs a verb; its seams."""
    command = [everframe, *arguments, out, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    answer = json.loads(done.stdout)
    answer = answer[0] if isinstance(answer, list) else answer
    found = []

    def walk(value):
        if isinstance(value, dict):
            if "delta_e" in value:
                found.append(value)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(answer)
    return found


def row(name, kept, seams):
    """One line of the table; `kept` are pairs of lists of hashes."""
    same = sum(a == b for left, right in kept for a, b in zip(left, right, strict=True))
    count = sum(len(left) for left, _ in kept)
    figures = "; ".join(f"{seam['delta_e']:.2f} / {seam['motion_jump']:.2f}" for seam in seams)
    print(f"| {name} | {same} of {count} | {figures} |", flush=True)


def main():
    everframe, out, clips = sys.argv[1], Path(sys.argv[2]), [Path(clip) for clip in sys.argv[3:]]
    out.mkdir(parents=True, exist_ok=True)
    print("| what | kept frames that are bit-exact | seams: ΔE2000 / motion jump |\n|---|---|---|")
    for clip in clips:
        name = clip.stem
        source = cut(clip, out / f"{name}.mkv", FIRST)
        frames = alone(everframe, source, out)
        made_file = out / f"{name}-fill.mkv"
        seams = made(everframe, ["fill", source, "--frames", "24..36"], made_file)
        after = hashes(made_file)
        row(f"{name}, 12 frames filled", [(frames[:24], after[:24]), (frames[36:], after[36:])], seams)
        for way in ["forward", "backward"]:
            made_file = out / f"{name}-{way}.mkv"
            seams = made(everframe, ["extend", source, f"--{way}", "1"], made_file)
            after = hashes(made_file)
            kept = after[:COUNT] if way == "forward" else after[-COUNT:]
            row(f"{name}, a second {way}", [(frames, kept)], seams)
        other = cut(clip, out / f"{name}-later.mkv", FIRST + 12)
        made_file = out / f"{name}-join.mkv"
        seams = made(everframe, ["join", source, other, "--seconds", "0.48"], made_file)
        after = hashes(made_file)
        row(f"{name}, two cuts joined by 12 frames", [(frames, after[:COUNT]), (alone(everframe, other, out), after[-COUNT:])], seams)


if __name__ == "__main__":
    main()
