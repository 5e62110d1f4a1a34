#!/usr/bin/env bash
# Installs the system packages Everframe needs on Debian or Ubuntu, and only those that are missing.
# Usage: packaging/setup.sh run|test
set -euo pipefail

run_packages=(
  ca-certificates pkg-config gcc libc6-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly gstreamer1.0-libav
  mesa-vulkan-drivers libgl1-mesa-dri libegl1 libvulkan1
  libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 libwayland-client0
  libfontconfig1 fonts-noto-cjk fonts-dejavu-core
)
# What the checks and the benchmarks use besides: other players to compare with, and a screen that is none.
test_packages=(
  gstreamer1.0-tools ffmpeg xvfb xauth xdotool imagemagick
)
bench_packages=(melt ges1.0-tools bc)

case "${1:-run}" in
  run) wanted=("${run_packages[@]}") ;;
  test) wanted=("${run_packages[@]}" "${test_packages[@]}") ;;
  bench) wanted=("${run_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}") ;;
  *) echo "usage: packaging/setup.sh run|test|bench" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null 2>&1; then
  echo "This script knows Debian and Ubuntu only. Elsewhere, install GStreamer 1.22 or newer with its base, good, bad," >&2
  echo "ugly and libav plug-ins and their headers, a Vulkan or OpenGL driver, fontconfig and a CJK font." >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Installing: ${missing[*]}"
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if ! command -v cargo >/dev/null 2>&1; then
  echo "Rust is missing. Install Rust 1.95 or newer (https://rustup.rs) and run this again." >&2
  exit 1
fi
if [ "${1:-run}" != run ] && ! cargo nextest --version >/dev/null 2>&1; then
  cargo install --locked cargo-nextest
fi
