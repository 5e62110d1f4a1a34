//! A request names a frame and gets that frame, in every kind of file and whichever way the requests go.

use crate::fixture::{Dice, SIZE, counting, folder, path, remux, time};
use av::{FrameRate, PixelFormat};
use media::{VideoReader, bars};
use std::path::Path;

const REQUESTS: usize = 500;

/// Random jumps, runs forward, runs backward and near misses; the frame shown as `n` must bear number `n + offset`.
fn check_requests(file: &Path, count: usize, offset: usize) -> VideoReader {
    let mut reader = VideoReader::open(file).unwrap();
    assert_eq!(reader.index().len(), count, "frames of {}", file.display());
    assert_eq!(
        reader.info().video.as_ref().unwrap().frame_count,
        count as i64
    );
    let mut dice = Dice::new();
    let mut wanted = 0;
    for request in 0..REQUESTS {
        // Runs of ten in one direction between jumps, then single jumps for a while.
        wanted = match request / 50 % 4 {
            0 if request % 10 != 0 => (wanted + 1) % count,
            1 if request % 10 != 0 => (wanted + count - 1) % count,
            2 if request % 2 != 0 => (wanted + dice.roll(7) + count - 3) % count,
            _ => dice.roll(count),
        };
        let frame = reader
            .frame(wanted)
            .unwrap_or_else(|error| panic!("request {request}: {error}"));
        assert_eq!(
            bars::read_number(&frame),
            Some(wanted + offset),
            "request {request} for {wanted} in {}",
            file.display()
        );
        assert_eq!(frame.pts, reader.index().pts(wanted));
        assert_eq!((frame.size, frame.format), (SIZE, PixelFormat::I420));
    }
    reader
}

fn check_steady(name: &str, rate: FrameRate, arguments: &str) {
    let folder = folder();
    let file = path(&folder, name);
    counting(&file, 120, rate, arguments);
    let reader = check_requests(&file, 120, 0);
    assert_eq!(reader.index().rate(), Some(rate), "{name}");
    for number in 0..120 {
        assert_eq!(
            reader.index().pts(number),
            time(rate, number),
            "frame {number} of {name}"
        );
        assert_eq!(reader.index().frame_number_at(time(rate, number)), number);
    }
}

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

const H264: &str = "-c:v libx264 -pix_fmt yuv420p -preset ultrafast -bf 3 -b_strategy 0 -g 30";

#[test]
fn h264_with_b_frames_in_mp4() {
    check_steady("b.mp4", FrameRate::FPS_30, H264);
}

#[test]
fn h264_with_open_groups_in_mp4_and_mkv() {
    for name in ["open.mp4", "open.mkv"] {
        check_steady(
            name,
            FrameRate::FPS_25,
            &format!("{H264} -x264-params open-gop=1:keyint=20:bframes=3:b-adapt=0"),
        );
    }
}

#[test]
fn h264_at_29_97_and_59_94_in_mov_and_mkv() {
    check_steady("ntsc.mov", rate(30_000, 1_001), H264);
    check_steady("ntsc.mkv", rate(30_000, 1_001), H264);
    check_steady("double.mp4", rate(60_000, 1_001), H264);
    check_steady("double.mkv", rate(60_000, 1_001), H264);
}

#[test]
fn h264_with_b_frames_in_avi_and_mpeg_ts() {
    check_steady("b.avi", FrameRate::FPS_25, H264);
    check_steady("b.ts", FrameRate::FPS_25, H264);
}

#[test]
fn h264_with_pyramids_and_intra_pictures_that_are_no_entry_points() {
    check_steady(
        "pyramid.mp4",
        FrameRate::FPS_25,
        "-c:v libx264 -pix_fmt yuv420p -preset medium -bf 6 -g 250 -x264-params b-pyramid=normal:scenecut=90:min-keyint=60",
    );
}

#[test]
fn h265_vp9_vp8_mpeg4_and_prores() {
    check_steady(
        "h265.mp4",
        FrameRate::FPS_25,
        "-c:v libx265 -pix_fmt yuv420p -preset ultrafast -x265-params log-level=error:keyint=20:bframes=3",
    );
    check_steady(
        "vp9.webm",
        FrameRate::FPS_25,
        "-c:v libvpx-vp9 -pix_fmt yuv420p -cpu-used 8 -deadline realtime -g 40",
    );
    check_steady(
        "vp8.webm",
        FrameRate::FPS_25,
        "-c:v libvpx -pix_fmt yuv420p -auto-alt-ref 1 -lag-in-frames 16 -g 40",
    );
    check_steady(
        "mpeg4.avi",
        FrameRate::FPS_25,
        "-c:v mpeg4 -bf 2 -g 20 -q:v 3",
    );
    check_steady("prores.mov", FrameRate::FPS_25, "-c:v prores_ks");
}

#[test]
fn variable_rate_keeps_every_time() {
    let folder = folder();
    let file = path(&folder, "vfr.mp4");
    // Frame n at n²·0.4 + n·10 milliseconds: every distance another.
    let arguments = format!(
        "-vf settb=1/90000,setpts=(N*N*0.0004+N*0.01)/TB -fps_mode vfr -enc_time_base 1:90000 -video_track_timescale 90000 {H264}"
    );
    counting(&file, 100, FrameRate::FPS_25, &arguments);
    let reader = check_requests(&file, 100, 0);
    assert_eq!(reader.index().rate(), None);
    for number in 0..100 {
        let expected = (number * number) as f64 * 0.0004 + number as f64 * 0.01;
        let actual = reader.index().pts(number).seconds_for_display();
        assert!(
            (actual - expected).abs() < 0.000_02,
            "frame {number} at {actual} and not {expected}"
        );
    }
}

#[test]
fn an_edit_list_hides_what_lies_before_it() {
    let folder = folder();
    let (whole, cut) = (path(&folder, "whole.mp4"), path(&folder, "cut.mp4"));
    counting(
        &whole,
        100,
        FrameRate::FPS_25,
        &H264.replace("-g 30", "-g 40"),
    );
    // The copy keeps all from the entry point at 0 on and shows only what comes after one second.
    remux(&whole, &cut, "-ss 1 -i IN -c copy OUT");
    let reader = check_requests(&cut, 75, 25);
    assert_eq!(reader.index().pts(0), av::Ticks::ZERO);
    assert_eq!(reader.index().rate(), Some(FrameRate::FPS_25));
}

#[test]
fn media_time_begins_with_the_first_frame_wherever_the_file_starts() {
    let folder = folder();
    for name in ["late.mkv", "late.mp4", "late.ts"] {
        let file = path(&folder, name);
        counting(
            &file,
            100,
            FrameRate::FPS_25,
            &format!("{H264} -output_ts_offset 5.2"),
        );
        let reader = check_requests(&file, 100, 0);
        assert_eq!(reader.index().pts(0), av::Ticks::ZERO, "{name}");
        assert_eq!(
            reader.index().pts(99),
            time(FrameRate::FPS_25, 99),
            "{name}"
        );
    }
}

#[test]
fn long_groups_going_backward() {
    let folder = folder();
    let file = path(&folder, "long.mp4");
    counting(
        &file,
        600,
        FrameRate::FPS_30,
        &H264.replace("-g 30", "-g 200 -keyint_min 200 -sc_threshold 0"),
    );
    let mut reader = VideoReader::open(&file).unwrap();
    for number in (0..600).rev() {
        assert_eq!(
            bars::read_number(&reader.frame(number).unwrap()),
            Some(number)
        );
    }
}

#[test]
fn ten_bit_and_full_color_become_what_the_compositor_takes() {
    let folder = folder();
    let ten = path(&folder, "ten.mkv");
    counting(
        &ten,
        10,
        FrameRate::FPS_25,
        "-vf format=yuv422p10le -c:v ffv1 -colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084 -color_range tv",
    );
    let mut reader = VideoReader::open(&ten).unwrap();
    let frame = reader.frame(7).unwrap();
    assert_eq!(
        (bars::read_number(&frame), frame.format),
        (Some(7), PixelFormat::I420)
    );
    let clear = path(&folder, "clear.mov");
    counting(
        &clear,
        10,
        FrameRate::FPS_25,
        "-vf format=rgba,colorchannelmixer=aa=0.5 -c:v png",
    );
    let mut reader = VideoReader::open(&clear).unwrap();
    assert!(reader.info().video.as_ref().unwrap().has_alpha);
    let frame = reader.frame(4).unwrap();
    assert_eq!(
        (bars::read_number(&frame), frame.format),
        (Some(4), PixelFormat::Rgba8)
    );
    assert!(
        (126..=129).contains(&frame.row(0, 50)[3]),
        "half transparent: {}",
        frame.row(0, 50)[3]
    );
}

#[test]
fn rotation_is_applied() {
    let folder = folder();
    let (upright, turned) = (path(&folder, "upright.mp4"), path(&folder, "turned.mp4"));
    counting(&upright, 10, FrameRate::FPS_25, H264);
    remux(
        &upright,
        &turned,
        "-i IN -c copy -metadata:s:v:0 rotate=90 OUT",
    );
    let mut reader = VideoReader::open(&turned).unwrap();
    let frame = reader.frame(3).unwrap();
    assert_eq!(frame.size, av::ScanSize::new(SIZE.height, SIZE.width));
    assert_eq!(reader.info().video.as_ref().unwrap().size, frame.size);
    // `ffmpeg` 5 counts the angle against the clock: the code's band lies at the left edge, its first bit at the bottom.
    let bit = |n: usize| frame.row(0, 160 - n * 160 / 24 - 4)[2] > 125;
    assert_eq!(
        [bit(0), bit(1), bit(2)],
        [true, true, false],
        "the low bits of 3"
    );
}
