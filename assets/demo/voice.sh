#!/usr/bin/env bash
# Makes voice.ogg and voice.srt anew: three sentences about the demo's first shots, spoken by espeak-ng, with the hiss
# and the hum of a bad recording laid over them, so that cleaning has something to clean. Always the same noise.
#
#   assets/demo/voice.sh
#
# Needs espeak-ng 1.51 and ffmpeg with libopus. Nobody's voice was recorded for it.
set -euo pipefail
cd "$(dirname "$0")"

# When each sentence begins, in milliseconds, and what is said: over the first title, the filled gap, the new background.
starts=(500 2000 4500)
words=(
  "This is Everframe."
  "Twelve missing frames were filled in."
  "And there is a garden behind her."
)
voice=en-us words_a_minute=150 pitch=42
seconds=7.2

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# 4500 becomes 00:00:04,500.
clock() { printf '00:00:%02d,%03d' $(($1 / 1000)) $(($1 % 1000)); }

inputs=() delayed= mixed= index=0
: >voice.srt
for text in "${words[@]}"; do
  # -z leaves the pause after the sentence away.
  espeak-ng -v "$voice" -s "$words_a_minute" -p "$pitch" -z -w "$work/$index.wav" "$text"
  start=${starts[index]}
  # Captions stay a little longer than the voice, to be read to their end.
  spoken=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$work/$index.wav")
  end=$(awk -v start="$start" -v spoken="$spoken" 'BEGIN { printf "%d", start + spoken * 1000 + 200 }')
  printf '%d\n%s --> %s\n%s\n\n' $((index + 1)) "$(clock "$start")" "$(clock "$end")" "$text" >>voice.srt
  inputs+=(-i "$work/$index.wav")
  delayed+="[$index]aresample=48000,adelay=$start[s$index];"
  mixed+="[s$index]"
  index=$((index + 1))
done

hiss="anoisesrc=seed=20260101:color=pink:amplitude=0.035:sample_rate=48000"
hum="aevalsrc=0.010*sin(2*PI*50*t)+0.006*sin(2*PI*100*t)+0.004*sin(2*PI*150*t):sample_rate=48000"
ffmpeg -nostdin -v error -y "${inputs[@]}" -f lavfi -i "$hiss" -f lavfi -i "$hum" -filter_complex \
  "${delayed}${mixed}amix=inputs=$index:normalize=0,volume=1.1,apad[speech];[speech][$index][$((index + 1))]amix=inputs=3:normalize=0,atrim=0:$seconds[out]" \
  -map "[out]" -ac 1 -c:a libopus -b:a 64k -map_metadata -1 -fflags +bitexact -flags:a +bitexact voice.ogg
