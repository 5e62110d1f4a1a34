//! Full disks, forbidden folders and missing parts: a precise error, and nothing half-written left behind.

use crate::fixture::{SIZE, counting, folder, path};
use av::{FrameRate, Ticks};
use gstreamer as gst;
use media::{EncodeSettings, Encoder, Error, Preset, VideoReader, bars};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Set in the process that a test starts to run another test without some of GStreamer's parts.
const CHILD_FILE: &str = "EVERFRAME_TEST_CHILD_FILE";

fn export(out: &Path, preset: Preset) -> media::Result<media::EncodeReport> {
    let settings = EncodeSettings {
        has_audio: preset == Preset::Wav,
        ..EncodeSettings::new(preset, SIZE, FrameRate::FPS_25)
    };
    let mut encoder = Encoder::start(&settings, out)?;
    for number in 0..100 {
        if preset == Preset::Wav {
            encoder.push_audio(&bars::tone(number * 4_800, 4_800))?;
        } else {
            encoder.push_video(&bars::counting_frame(SIZE, number as usize, Ticks::ZERO))?;
        }
    }
    encoder.finish()
}

#[test]
fn a_full_disk_is_named_and_nothing_is_left() {
    // Everything written to this device meets a full disk.
    let full = Path::new("/dev/full");
    assert!(full.exists(), "this test needs /dev/full");
    let folder = folder();
    for preset in [
        Preset::H264Mp4,
        Preset::Vp9Webm,
        Preset::ProresMov,
        Preset::LosslessMkv,
        Preset::Gif,
        Preset::Wav,
    ] {
        let out = path(&folder, &format!("film.{}", preset.extension()));
        let partial = path(&folder, &format!("film.{}.part", preset.extension()));
        std::os::unix::fs::symlink(full, &partial).unwrap();
        let error = export(&out, preset).expect_err("a full disk");
        assert!(
            matches!(error, Error::DiskFull { .. }),
            "{}: {error}",
            preset.name()
        );
        assert!(
            error.to_string().ends_with(&out.display().to_string()),
            "{error}"
        );
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{}",
            preset.name()
        );
    }
}

#[test]
fn folders_that_cannot_be_written_are_told_at_once() {
    let folder = folder();
    let file = path(&folder, "file");
    std::fs::write(&file, "not a folder").unwrap();
    let outs: [PathBuf; 3] = [
        path(&folder, "missing/film.mp4"),
        file.join("film.mp4"),
        "/proc/film.mp4".into(),
    ];
    for out in outs {
        for preset in Preset::ALL {
            let error = export(&out, preset).expect_err("nowhere to write");
            assert!(
                matches!(error, Error::Unwritable { .. }),
                "{}: {error}",
                preset.name()
            );
            assert!(
                error.to_string().ends_with(&out.display().to_string()),
                "{error}"
            );
        }
    }
}

#[test]
fn an_earlier_file_stays_until_the_new_one_is_complete() {
    let folder = folder();
    let out = path(&folder, "film.mp4");
    std::fs::write(&out, "precious").unwrap();
    let settings = EncodeSettings {
        has_audio: false,
        ..EncodeSettings::new(Preset::H264Mp4, SIZE, FrameRate::FPS_25)
    };
    let mut encoder = Encoder::start(&settings, &out).unwrap();
    encoder.push_video(&bars::bars(SIZE, Ticks::ZERO)).unwrap();
    assert_eq!(std::fs::read(&out).unwrap(), b"precious");
    drop(encoder);
    assert_eq!(
        std::fs::read(&out).unwrap(),
        b"precious",
        "a cancelled export changes nothing"
    );
    let report = export(&out, Preset::H264Mp4).unwrap();
    assert_eq!(
        (report.encoder_name.is_empty(), report.frames),
        (false, 100)
    );
    assert_eq!(
        report.notes.is_empty(),
        report.encoder_name != "x264enc",
        "software is said aloud: {:?}",
        report.notes
    );
    assert_eq!(VideoReader::open(&out).unwrap().index().len(), 100);
}

/// Runs the test `name` of this program in a process of its own, with `file` as its subject.
fn run_child(name: &str, file: &Path, ranks: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD_FILE, file)
        .env("GST_PLUGIN_FEATURE_RANK", ranks)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("1 passed"), "no such test: {text}");
    text
}

#[test]
fn a_missing_decoder_is_named_with_its_package() {
    let folder = folder();
    let file = path(&folder, "film.mp4");
    counting(
        &file,
        10,
        FrameRate::FPS_25,
        "-c:v libx264 -pix_fmt yuv420p",
    );
    let ranks = "avdec_h264:NONE,openh264dec:NONE,v4l2h264dec:NONE,vah264dec:NONE,nvh264dec:NONE";
    let text = run_child("trouble::child_opens_its_file", &file, ranks);
    let said = text
        .lines()
        .find(|line| line.contains("GStreamer has no"))
        .unwrap_or_default();
    assert!(said.contains("H.264"), "{text}");
    assert!(said.contains("install gstreamer1.0-libav"), "{text}");
}

/// The other half of the test above; by itself it opens nothing and checks only that it was not asked to.
#[test]
fn child_opens_its_file() {
    if let Some(file) = std::env::var_os(CHILD_FILE) {
        folder().close().unwrap();
        let error = VideoReader::open(Path::new(&file)).expect_err("no decoder, no picture");
        println!("{error}");
        assert!(matches!(error, Error::MissingPlugin { .. }), "{error:?}");
    }
}

#[test]
fn a_missing_encoder_is_named_with_its_package() {
    let folder = folder();
    let text = run_child("trouble::child_lacks_x264", &path(&folder, "out.mp4"), "");
    assert!(
        text.contains("GStreamer has no element \"x264enc\"; install gstreamer1.0-plugins-ugly"),
        "{text}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The other half of the test above.
#[test]
fn child_lacks_x264() {
    if let Some(out) = std::env::var_os(CHILD_FILE) {
        media::init().unwrap();
        let registry = gst::Registry::get();
        let feature = registry.find_feature(
            "x264enc",
            <gst::ElementFactory as gst::glib::types::StaticType>::static_type(),
        );
        registry.remove_feature(&feature.unwrap());
        let error = export(Path::new(&out), Preset::H264Mp4).expect_err("no encoder, no film");
        println!("{error}");
        assert!(matches!(error, Error::MissingPlugin { .. }), "{error:?}");
    }
}
