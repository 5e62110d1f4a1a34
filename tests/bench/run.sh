#!/usr/bin/env bash
# Times Everframe against other programs on this machine, each as a whole process, and prints one table.
# Clips are made here: A (test card with noise) and B (fractal zoom), 1920x1080, 30 frames a second, H.264, long GOP.
# Usage: tests/bench/run.sh [SECONDS_OF_EACH_CLIP] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10}
runs=${2:-3}
work=target/bench
mkdir -p "$work"
export EVERFRAME_ADAPTER=${EVERFRAME_ADAPTER:-software}

# PROFILE=dev measures the development build (dependencies, compositor and networks optimized, the rest little).
profile=${PROFILE:-release}
cargo build --profile "$profile" --locked --workspace --bins --examples
target=${CARGO_TARGET_DIR:-$PWD/target}/${profile/#dev/debug}
everframe=$target/everframe
cd "$work"

make_clip() {
  [ -f "$2" ] || ffmpeg -v error -y -f lavfi -i "$1=size=1920x1080:rate=30" -f lavfi -i "sine=frequency=$3:sample_rate=48000" \
    -t "$seconds" -vf "noise=alls=6:allf=t" -c:v libx264 -preset veryfast -b:v 12M -bf 2 -g 250 -pix_fmt yuv420p \
    -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv -c:a aac -b:a 128k "$2"
}
make_clip testsrc2 A.mp4 440
make_clip mandelbrot B.mp4 660

# The two-clip timeline: A, one second of dissolve, B.
frames=$((seconds * 30))
half=15
cut=$((frames - half))
rm -rf film.everframe film.everframe-files
"$everframe" new film.everframe --size 1920x1080 --rate 30 >/dev/null
second=254016000000
"$everframe" edit film.everframe >/dev/null <<SCRIPT
{"import":"A.mp4"}
{"import":"B.mp4"}
{"overwrite":{"placement":{"asset":5,"count":$cut},"at":0}}
{"overwrite":{"placement":{"asset":6,"source_start":$((second / 2)),"count":$cut},"at":$cut}}
SCRIPT
left=$("$everframe" show film.everframe --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["sequence"]["tracks"][0]["items"][0]["id"])')
echo "{\"add_transition\":{\"left\":$left,\"kind\":\"dissolve\",\"before\":$half,\"after\":$half}}" | "$everframe" edit film.everframe >/dev/null

median() { # command… → median wall seconds of $runs runs
  local times=()
  for _ in $(seq "$runs"); do
    local start end
    start=$(date +%s.%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s.%N)
    times+=("$(echo "$end - $start" | bc -l)")
  done
  printf '%s\n' "${times[@]}" | sort -n | sed -n "$(((runs + 1) / 2))p"
}

# Everything encodes H.264 "superfast" at 12 Mbit/s with two B-frames, AAC at 128 kbit/s where the program takes sound.
ours() { rm -f ours.mp4; "$everframe" export film.everframe ours.mp4 --speed fast --bitrate 12000; }
dissolve=$(echo "$seconds - 1" | bc)
with_ffmpeg() {
  ffmpeg -v error -y -i A.mp4 -i B.mp4 -filter_complex \
    "[0:v][1:v]xfade=transition=fade:duration=1:offset=$dissolve[v];[0:a][1:a]acrossfade=d=1[a]" \
    -map '[v]' -map '[a]' -c:v libx264 -preset superfast -b:v 12M -bf 2 -c:a aac -b:a 128k ffmpeg.mp4
}
with_melt() {
  melt A.mp4 out=$((frames - 1)) B.mp4 -mix 30 -mixer luma -mixer mix:-1 -consumer avformat:melt.mp4 \
    vcodec=libx264 preset=superfast vb=12M bf=2 acodec=aac ab=128k real_time=-2 width=1920 height=1080 frame_rate_num=30 frame_rate_den=1
}
with_ges() {
  ges-launch-1.0 +clip A.mp4 duration="$seconds.0" +clip B.mp4 start="$dissolve.0" duration="$seconds.0" \
    -o ges.mp4 -f 'video/quicktime,variant=iso:x264enc|element-properties,speed-preset=2,bitrate=12000'
}
floor() { # Decoding both and encoding as many frames, nothing in between.
  ffmpeg -v error -y -i A.mp4 -i B.mp4 -filter_complex "[0:v][1:v]concat=n=2:v=1[v];[0:a][1:a]concat=n=2:v=0:a=1[a]" \
    -map '[v]' -map '[a]' -c:v libx264 -preset superfast -b:v 12M -bf 2 -c:a aac -b:a 128k floor.mp4
}

echo "Export of the two-clip dissolve timeline, 2 x $seconds s of 1080p30, median of $runs, seconds:"
for program in ours with_melt with_ges with_ffmpeg floor; do
  if [ "$program" = with_melt ] && ! command -v melt >/dev/null; then continue; fi
  if [ "$program" = with_ges ] && ! command -v ges-launch-1.0 >/dev/null; then continue; fi
  printf '  %-12s %8.2f\n' "$program" "$(median "$program")"
done
echo
echo "Random seeks and steps, $(basename A.mp4):"
"$target/examples/seek_bench" A.mp4
echo
echo "plan_frame, edit and check on 5,000 clips:"
"$target/examples/plan_bench"
