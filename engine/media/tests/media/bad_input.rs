//! Whatever is opened, the answer is a picture or one clear sentence.

use crate::fixture::{counting, folder, path, remux};
use av::FrameRate;
use media::{AudioReader, Error, VideoReader, probe};
use std::path::Path;

const H264: &str = "-c:v libx264 -pix_fmt yuv420p -preset ultrafast -bf 2 -g 25";

/// The message must be one line, end with the path, and be no debugging output.
#[track_caller]
fn check_message(error: &Error, file: &Path) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.ends_with(&file.display().to_string()), "{text}");
    for jargon in ["gst", "Gst", "0x7", ".c(", "Error {"] {
        assert!(
            !text
                .replace(&file.display().to_string(), "")
                .contains(jargon),
            "{text}"
        );
    }
}

#[track_caller]
fn refused(file: &Path) -> Error {
    let error = probe(file).expect_err("a probe of nonsense");
    check_message(&error, file);
    check_message(
        &VideoReader::open(file).expect_err("a reader of nonsense"),
        file,
    );
    error
}

#[test]
fn what_is_no_media_is_said_to_be_none() {
    let folder = folder();
    let file = |name: &str, content: &[u8]| {
        let file = path(&folder, name);
        std::fs::write(&file, content).unwrap();
        file
    };
    assert!(matches!(
        refused(&path(&folder, "missing.mp4")),
        Error::Missing { .. }
    ));
    assert!(matches!(refused(folder.path()), Error::NotMedia { .. }));
    assert!(matches!(
        refused(&file("empty.mp4", b"")),
        Error::Empty { .. }
    ));
    let text = "Once upon a time there was a text that wanted to be a film.\n".repeat(100);
    assert!(matches!(
        refused(&file("text.mp4", text.as_bytes())),
        Error::NotMedia { .. }
    ));
    let noise: Vec<u8> = (0..50_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    assert!(matches!(
        refused(&file("noise.mov", &noise)),
        Error::NotMedia { .. } | Error::Damaged { .. }
    ));
    assert!(matches!(
        refused(&file("one.mkv", b"x")),
        Error::NotMedia { .. }
    ));
    // A header and nothing behind it.
    let ftyp = b"\0\0\0\x18ftypisom\0\0\0\0isommp41";
    assert!(matches!(
        refused(&file("head.mp4", ftyp)),
        Error::Damaged { .. } | Error::NotMedia { .. }
    ));
}

#[test]
fn files_that_break_off_are_damaged() {
    let folder = folder();
    let whole = path(&folder, "whole.mp4");
    counting(&whole, 200, FrameRate::FPS_25, H264);
    let (fast, matroska) = (path(&folder, "fast.mp4"), path(&folder, "whole.mkv"));
    remux(&whole, &fast, "-i IN -c copy -movflags +faststart OUT");
    remux(&whole, &matroska, "-i IN -c copy OUT");
    for file in [&whole, &fast, &matroska] {
        let content = std::fs::read(file).unwrap();
        let cut = path(
            &folder,
            &format!("cut-{}", file.file_name().unwrap().display()),
        );
        std::fs::write(&cut, &content[..content.len() / 2]).unwrap();
        assert!(
            matches!(refused(&cut), Error::Damaged { .. }),
            "{}",
            cut.display()
        );
    }
}

#[test]
fn damage_in_the_middle_is_survived_or_reported_and_never_a_panic() {
    let folder = folder();
    let whole = path(&folder, "whole.mp4");
    counting(&whole, 60, FrameRate::FPS_25, H264);
    let content = std::fs::read(&whole).unwrap();
    for n in 1..12 {
        let hurt = path(&folder, &format!("hurt{n}.mp4"));
        let mut bytes = content.clone();
        let at = bytes.len() * n / 12;
        let end = (at + 700).min(bytes.len());
        bytes[at..end].fill(0xa5);
        std::fs::write(&hurt, bytes).unwrap();
        let Ok(mut reader) = VideoReader::open(&hurt) else {
            continue;
        };
        for number in 0..reader.index().len() {
            if let Err(error) = reader.frame(number) {
                check_message(&error, &hurt);
            }
        }
    }
}

#[test]
fn streams_that_are_not_there_are_named() {
    let folder = folder();
    let silent = path(&folder, "silent.mp4");
    counting(&silent, 10, FrameRate::FPS_25, H264);
    let error = AudioReader::open(&silent).expect_err("sound of a silent film");
    assert!(matches!(error, Error::NoAudio { .. }), "{error}");
    check_message(&error, &silent);
    let words = path(&folder, "words.srt");
    std::fs::write(&words, "1\n00:00:00,000 --> 00:00:02,000\nOnly words\n").unwrap();
    let subtitles = path(&folder, "words.mkv");
    remux(&words, &subtitles, "-i IN OUT");
    assert!(matches!(refused(&subtitles), Error::NoStreams { .. }));
    let mut reader = VideoReader::open(&silent).unwrap();
    let error = reader.frame(10).expect_err("an eleventh frame");
    assert!(
        matches!(
            error,
            Error::NoSuchFrame {
                number: 10,
                count: 10,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn pictures_without_pixels_or_with_too_many_are_refused() {
    let folder = folder();
    let good = path(&folder, "good.bmp");
    counting(&good, 1, FrameRate::FPS_25, "-frames:v 1 -pix_fmt bgr24");
    let content = std::fs::read(&good).unwrap();
    for (name, width) in [("none.bmp", 0_u32), ("huge.bmp", 70_000)] {
        let mut bytes = content.clone();
        bytes[18..22].copy_from_slice(&width.to_le_bytes());
        let file = path(&folder, name);
        std::fs::write(&file, bytes).unwrap();
        assert!(
            matches!(
                refused(&file),
                Error::PictureSize { .. } | Error::Damaged { .. }
            ),
            "{name}"
        );
    }
    let film = path(&folder, "film.avi");
    counting(&film, 5, FrameRate::FPS_25, "-c:v rawvideo");
    let mut bytes = std::fs::read(&film).unwrap();
    // Width and height of the stream's format, 4 bytes each, behind the size of the structure.
    let at = bytes
        .windows(4)
        .position(|window| window == b"strf")
        .unwrap()
        + 12;
    bytes[at..at + 8].fill(0);
    let flat = path(&folder, "flat.avi");
    std::fs::write(&flat, bytes).unwrap();
    refused(&flat);
    let torn = path(&folder, "torn.png");
    counting(&torn, 1, FrameRate::FPS_25, "-frames:v 1");
    let whole = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &whole[..whole.len() / 2]).unwrap();
    check_message(
        &VideoReader::open(&torn).expect_err("half a picture"),
        &torn,
    );
}

#[test]
fn names_of_files_may_hold_anything() {
    let folder = folder();
    for name in [
        "with space.mp4",
        "ünïcödé 中文.mp4",
        "100% #1 ? & 'x'.mp4",
        "%20.mp4",
    ] {
        let file = path(&folder, name);
        counting(&file, 5, FrameRate::FPS_25, H264);
        assert_eq!(
            probe(&file).unwrap().video.unwrap().frame_count,
            5,
            "{name}"
        );
    }
}
