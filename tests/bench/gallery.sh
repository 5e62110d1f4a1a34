#!/usr/bin/env bash
# Makes the contact sheets of assets/gallery from what the program does without a download, and prints a table of figures.
#
#   tests/bench/gallery.sh EVERFRAME FOOTAGE OUT [PART...]
#
# EVERFRAME is the built program, FOOTAGE a folder with astronaut.png, china.jpg, coffee.png, bikes.mp4 and
# bigbuckbunny.mp4, OUT where clips and sheets go. Parts: sketch, animate, clips (these without any), between, starter (once it is
# trained and exported, see assets/models/starter/training). Needs ImageMagick, ffmpeg and GNU time. Each clip is made
# anew, so the figures are those of whole runs of the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
everframe=$1 footage=$2 out=$3
shift 3
parts=${*:-sketch animate clips}
mkdir -p "$out"
table=$out/figures.txt
: >>"$table"

# timed NAME COMMAND...: runs the program, notes seconds and peak memory.
timed() {
  local name=$1
  shift
  if /usr/bin/time -f "%e %M" -o "$out/time" "$everframe" "$@" </dev/null >"$out/$name.log" 2>&1; then
    awk -v name="$name" '{printf "%-28s %7.2f s %7.0f MiB\n", name, $1, $2 / 1024}' "$out/time" | tee -a "$table"
  else
    echo "$name failed:" && cat "$out/$name.log" && return 1
  fi
}

# still CLIP SECOND PNG WIDTH
still() { ffmpeg -nostdin -v error -y -ss "$2" -i "$1" -frames:v 1 -vf "scale=$4:-2:flags=lanczos" "$3"; }

# sheet NAME COLUMNS PICTURE...: one JPEG of at most 250 kB.
sheet() {
  local name=$1 columns=$2 quality=84
  shift 2
  while :; do
    montage "$@" -tile "${columns}x" -geometry +2+2 -background black -quality "$quality" "$out/$name.jpg"
    [ "$(stat -c %s "$out/$name.jpg")" -gt 250000 ] || break
    quality=$((quality - 6))
  done
}

# drawn MODEL SECONDS SIZE [OPTION...]: a clip and two pictures for each sentence.
drawn() {
  local model=$1 seconds=$2 size=$3 number=0 shown=()
  shift 3
  while IFS= read -r prompt; do
    number=$((number + 1))
    local name
    name=$(printf '%s-%02d' "$model" "$number")
    timed "$name" generate --prompt "$prompt" --model "$model" --seconds "$seconds" --size "$size" "$@" "$out/$name.mp4"
    for at in $((seconds / 4)) $((seconds * 3 / 4)); do
      still "$out/$name.mp4" "$at" "$out/$name-$at.png" 264
      shown+=("$out/$name-$at.png")
    done
  done <"$here/gallery.txt"
  sheet "$model" 6 "${shown[@]}"
}

animations() {
  local moves=(push pull pan-left tilt-up orbit dolly-zoom) air=(snow rain petals fog embers fireworks) shown=()
  local fit=scale=264:176:force_original_aspect_ratio=decrease:flags=lanczos,pad=264:176:-1:-1
  for photo in astronaut.png china.jpg coffee.png; do
    for index in 0 1 2 3 4 5; do
      local name=animate-${photo%.*}-${moves[index]}-${air[index]}
      timed "$name" animate "$footage/$photo" --camera "${moves[index]}" --ambience "${air[index]}" --seconds 3 \
        "$out/$name.mp4"
      for at in 0.2 2.6; do
        ffmpeg -nostdin -v error -y -ss "$at" -i "$out/$name.mp4" -frames:v 1 -vf "$fit" "$out/$name-$at.png"
        shown+=("$out/$name-$at.png")
      done
    done
  done
  sheet animate 6 "${shown[@]}"
}

clips() {
  local shown=() clip at
  # Each begins behind a cut, and is cropped to what has detail.
  local -A begins=([bikes]=1.3 [bigbuckbunny]=1) crops=([bikes]=400:224:200:100 [bigbuckbunny]=400:224:340:100)
  for clip in bikes bigbuckbunny; do
    ffmpeg -nostdin -v error -y -ss "${begins[$clip]}" -i "$footage/$clip.mp4" -t 1 -vf scale=320:-2 -an -c:v libx264 -crf 12 "$out/$clip-small.mp4"
    ffmpeg -nostdin -v error -y -ss "${begins[$clip]}" -i "$footage/$clip.mp4" -t 1.7 -vf scale=640:-2 -an -c:v libx264 -crf 12 "$out/$clip-part.mp4"
    timed "upscale-$clip-2" upscale "$out/$clip-small.mp4" --factor 2 "$out/up2-$clip.mp4"
    timed "upscale-$clip-4" upscale "$out/$clip-small.mp4" --factor 4 "$out/up4-$clip.mp4"
    timed "restyle-$clip" restyle "$out/$clip-part.mp4" --style style-7 "$out/style-$clip.mp4"
    timed "interpolate-$clip" interpolate "$out/$clip-part.mp4" --factor 2 "$out/smooth-$clip.mp4"
    timed "extend-$clip-forward" extend "$out/$clip-part.mp4" --forward 2 "$out/after-$clip.mp4"
    timed "extend-$clip-backward" extend "$out/$clip-part.mp4" --backward 2 "$out/before-$clip.mp4"
    # The same crop: plainly scaled, twice and four times as large by the network; then paint.
    ffmpeg -nostdin -v error -y -ss 0.5 -i "$out/$clip-small.mp4" -frames:v 1 -vf "scale=1280:-2:flags=bicubic,crop=${crops[$clip]}" "$out/$clip-plain.png"
    ffmpeg -nostdin -v error -y -ss 0.5 -i "$out/up2-$clip.mp4" -frames:v 1 -vf "scale=1280:-2:flags=bicubic,crop=${crops[$clip]}" "$out/$clip-up2.png"
    ffmpeg -nostdin -v error -y -ss 0.5 -i "$out/up4-$clip.mp4" -frames:v 1 -vf "crop=${crops[$clip]}" "$out/$clip-up4.png"
    ffmpeg -nostdin -v error -y -ss 0.5 -i "$out/style-$clip.mp4" -frames:v 1 -vf "scale=400:224:force_original_aspect_ratio=increase,crop=400:224" "$out/$clip-style.png"
    shown+=("$out/$clip-plain.png" "$out/$clip-up2.png" "$out/$clip-up4.png" "$out/$clip-style.png")
  done
  sheet enlarged 4 "${shown[@]}"
  shown=()
  for clip in bikes bigbuckbunny; do
    # Two made frames, two real ones on both sides of the seam, going backwards and forwards.
    for at in 0.4 1.6 2.2 3.2; do
      still "$out/before-$clip.mp4" "$at" "$out/before-$clip-$at.png" 264
      shown+=("$out/before-$clip-$at.png")
    done
    for at in 0.4 1.4 2.2 3.4; do
      still "$out/after-$clip.mp4" "$at" "$out/after-$clip-$at.png" 264
      shown+=("$out/after-$clip-$at.png")
    done
  done
  sheet extended 4 "${shown[@]}"
}

# Where something moves fast: a real frame, three that are made, the next real frame.
between() {
  local shown=() clip at
  local -A begins=([bikes]=2.2 [bigbuckbunny]=3) crops=([bikes]=320:180:180:60 [bigbuckbunny]=320:180:160:100)
  for clip in bikes bigbuckbunny; do
    ffmpeg -nostdin -v error -y -ss "${begins[$clip]}" -i "$footage/$clip.mp4" -frames:v 4 -vf scale=640:-2 -an -c:v libx264 -crf 8 "$out/$clip-four.mp4"
    timed "interpolate-$clip-4" interpolate "$out/$clip-four.mp4" --factor 4 "$out/slow-$clip.mp4"
    for at in 4 5 6 7 8; do
      ffmpeg -nostdin -v error -y -i "$out/slow-$clip.mp4" -vf "select=eq(n\,$at),crop=${crops[$clip]}" -frames:v 1 "$out/slow-$clip-$at.png"
      shown+=("$out/slow-$clip-$at.png")
    done
  done
  sheet interpolated 5 "${shown[@]}"
}

for part in $parts; do
  case $part in
    sketch) drawn sketch 4 640x360 ;;
    starter) drawn starter 2 576x320 --rate 8 ;;
    animate) animations ;;
    clips) clips ;;
    between) between ;;
    *) echo "no such part: $part" && exit 2 ;;
  esac
done
