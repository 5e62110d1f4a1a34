//! Small films made at test time.

use av::{FrameIndex, FrameRate, ScanSize, Ticks};
use media::bars;
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Small enough that hundreds of seeks take a second.
pub const SIZE: ScanSize = ScanSize::new(160, 96);

/// A folder for one test, with a cache of its own.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Tests must not read what an earlier build has cached. The first test of a process wins.
    let cache = std::env::temp_dir().join(format!("everframe-test-{}", std::process::id()));
    media::cache::set_default_root(&cache);
    folder
}

/// `count` numbered frames at `rate`, written by `ffmpeg` with `arguments` (the output's, file name excluded).
pub fn counting(out: &Path, count: usize, rate: FrameRate, arguments: &str) {
    let mut ffmpeg = ffmpeg();
    ffmpeg.args([
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-s",
        &SIZE.to_string(),
    ]);
    ffmpeg.args(["-r", &rate.to_string(), "-i", "-"]);
    ffmpeg.args(arguments.split_whitespace()).arg(out);
    let mut child = ffmpeg
        .stdin(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut input = child.stdin.take().unwrap();
    for number in 0..count {
        let frame = bars::counting_frame(SIZE, number, Ticks::ZERO);
        for plane in &frame.planes {
            input.write_all(&plane.data).unwrap();
        }
    }
    drop(input);
    assert!(
        child.wait().unwrap().success(),
        "ffmpeg failed for {}",
        out.display()
    );
}

/// Runs `ffmpeg` with a line of arguments; `IN` and `OUT` stand for the files.
pub fn remux(input: &Path, out: &Path, arguments: &str) {
    let mut command = ffmpeg();
    for argument in arguments.split_whitespace() {
        match argument {
            "IN" => command.arg(input),
            "OUT" => command.arg(out),
            other => command.arg(other),
        };
    }
    assert!(
        command.status().expect("ffmpeg is installed").success(),
        "{arguments}"
    );
}

/// The sound of a file as another program decodes it: 48 kHz, left channel.
pub fn sound_by_ffmpeg(path: &Path) -> Vec<f32> {
    let output = ffmpeg()
        .arg("-i")
        .arg(path)
        .args(["-f", "f32le", "-ac", "1", "-ar", "48000", "-"])
        .stderr(Stdio::inherit())
        .output()
        .expect("ffmpeg is installed");
    assert!(output.status.success());
    let samples = output.stdout.chunks_exact(4);
    samples
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

/// What another program says of a file: one line for each value.
pub fn ffprobe(path: &Path, arguments: &str) -> Vec<String> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "default=nw=1:nk=1"])
        .args(arguments.split_whitespace())
        .arg(path)
        .output()
        .expect("ffprobe is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]);
    command
}

/// Start of frame `number` at `rate`.
pub fn time(rate: FrameRate, number: usize) -> Ticks {
    rate.ticks_from_frame(FrameIndex(number as i64))
}

/// Repeatable numbers below `below`.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

/// A path in `folder`.
pub fn path(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}
