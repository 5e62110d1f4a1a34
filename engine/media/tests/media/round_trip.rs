//! What is encoded comes back: every frame, at its time, in its colors.

use crate::fixture::{SIZE, counting, ffprobe, folder, path, time};
use av::{ColorMatrix, ColorRange, ColorSpace, FrameRate, ScanSize, Ticks, Transfer, VideoFrame};
use media::{EncodeSettings, Encoder, Error, Preset, Speed, VideoReader, bars, probe};
use std::path::Path;

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

fn encode(
    out: &Path,
    settings: &EncodeSettings,
    frames: impl Iterator<Item = VideoFrame>,
) -> media::EncodeReport {
    let mut encoder = Encoder::start(settings, out).unwrap();
    let mut sample = 0;
    for (number, frame) in frames.enumerate() {
        encoder.push_video(&frame).unwrap();
        if settings.has_audio {
            let end = settings
                .rate
                .sample_from_frame(av::FrameIndex(number as i64 + 1), av::SAMPLE_RATE);
            encoder
                .push_audio(&bars::tone(sample, (end - sample) as usize))
                .unwrap();
            sample = end;
        }
    }
    encoder.finish().unwrap()
}

#[test]
fn every_container_gives_back_each_frame_at_its_exact_time() {
    let folder = folder();
    for preset in [
        Preset::H264Mp4,
        Preset::Vp9Webm,
        Preset::ProresMov,
        Preset::LosslessMkv,
    ] {
        for rate in [rate(30_000, 1_001), FrameRate::FPS_25] {
            let out = path(
                &folder,
                &format!("{}-{}.{}", preset.name(), rate.num(), preset.extension()),
            );
            let settings = EncodeSettings::new(preset, SIZE, rate);
            let report = encode(
                &out,
                &settings,
                (0..50).map(|n| bars::counting_frame(SIZE, n, Ticks::ZERO)),
            );
            assert_eq!(report.frames, 50);
            assert_eq!(report.bytes, std::fs::metadata(&out).unwrap().len());
            let mut reader = VideoReader::open(&out).unwrap();
            assert_eq!(reader.index().len(), 50, "{}", out.display());
            assert_eq!(reader.index().rate(), Some(rate), "{}", out.display());
            assert!(reader.info().audio.is_some());
            for number in (0..50).rev() {
                assert_eq!(
                    bars::read_number(&reader.frame(number).unwrap()),
                    Some(number),
                    "{}",
                    out.display()
                );
                assert_eq!(
                    reader.index().pts(number),
                    time(rate, number),
                    "{}",
                    out.display()
                );
            }
        }
    }
}

#[test]
fn another_program_sees_the_same_times_and_colors() {
    let folder = folder();
    let ntsc = rate(30_000, 1_001);
    let out = path(&folder, "h264.mp4");
    encode(
        &out,
        &EncodeSettings::new(Preset::H264Mp4, SIZE, ntsc),
        (0..60).map(|n| bars::counting_frame(SIZE, n, Ticks::ZERO)),
    );
    let frames = ffprobe(&out, "-select_streams v -show_entries frame=pts_time");
    assert_eq!(frames.len(), 60);
    for (number, text) in frames.iter().enumerate() {
        let seconds: f64 = text.trim_end_matches(',').parse().unwrap();
        let exact = number as f64 * 1.001 / 30.0;
        assert!(
            (seconds - exact).abs() < 0.000_002,
            "frame {number} at {seconds} and not {exact}"
        );
    }
    let colors = ffprobe(
        &out,
        "-select_streams v -show_entries stream=color_range,color_space,color_transfer,color_primaries,r_frame_rate",
    );
    assert_eq!(colors, ["tv", "bt709", "bt709", "bt709", "30000/1001"]);
}

#[test]
fn lossless_is_bit_exact_whatever_the_colors_mean() {
    let folder = folder();
    let colors = [
        ColorSpace::VIDEO,
        ColorSpace {
            matrix: ColorMatrix::Bt601,
            range: ColorRange::Full,
            transfer: Transfer::Bt709,
        },
        ColorSpace {
            matrix: ColorMatrix::Bt709,
            range: ColorRange::Full,
            transfer: Transfer::Bt709,
        },
    ];
    for (n, color) in colors.into_iter().enumerate() {
        let size = ScanSize::new(162, 98);
        let out = path(&folder, &format!("lossless{n}.mkv"));
        let settings = EncodeSettings {
            color,
            ..EncodeSettings::new(Preset::LosslessMkv, size, FrameRate::FPS_24)
        };
        let picture = |number: usize| {
            let noise = |seed: usize, length: usize| {
                (0..length)
                    .map(|at| ((at * 7_919 + seed * 104_729) % 257 % 256) as u8)
                    .collect()
            };
            let (luma, chroma) = (size.area() as usize, (size.area() / 4) as usize);
            VideoFrame::from_i420(
                size,
                color,
                [
                    noise(number, luma),
                    noise(number + 9, chroma),
                    noise(number + 5, chroma),
                ],
                time(FrameRate::FPS_24, number),
            )
        };
        encode(&out, &settings, (0..12).map(picture));
        let mut reader = VideoReader::open(&out).unwrap();
        for number in [11, 0, 5, 6] {
            assert_eq!(
                reader.frame(number).unwrap(),
                picture(number),
                "frame {number} with {color:?}"
            );
        }
    }
}

#[test]
fn untouched_quality_stays_close_and_speed_is_a_choice() {
    let folder = folder();
    for (preset, speed) in [
        (Preset::H264Mp4, Speed::Fastest),
        (Preset::H264Mp4, Speed::Thorough),
        (Preset::ProresMov, Speed::Balanced),
    ] {
        let out = path(&folder, &format!("close.{}", preset.extension()));
        let settings = EncodeSettings {
            speed,
            quality: 90,
            has_audio: false,
            ..EncodeSettings::new(preset, SIZE, FrameRate::FPS_30)
        };
        encode(
            &out,
            &settings,
            (0..10).map(|n| bars::bars(SIZE, time(FrameRate::FPS_30, n))),
        );
        let mut reader = VideoReader::open(&out).unwrap();
        assert!(reader.info().audio.is_none());
        let (frame, original) = (
            reader.frame(5).unwrap(),
            bars::bars(SIZE, time(FrameRate::FPS_30, 5)),
        );
        assert_eq!(frame.color, original.color);
        for plane in 0..3 {
            let row = |frame: &VideoFrame| frame.row(plane, 20).to_vec();
            let pairs = row(&frame).into_iter().zip(row(&original));
            let differences: Vec<f64> = pairs.map(|(a, b)| f64::from(a.abs_diff(b))).collect();
            let mean = differences.iter().sum::<f64>() / differences.len() as f64;
            assert!(
                mean <= 2.0,
                "{preset:?} {speed:?}: plane {plane} differs by {mean} on average: {:?} {:?}",
                row(&frame),
                row(&original)
            );
        }
    }
}

#[test]
fn rgba_and_nv12_are_taken_too() {
    let folder = folder();
    let out = path(&folder, "mixed.mkv");
    let settings = EncodeSettings {
        has_audio: false,
        ..EncodeSettings::new(Preset::LosslessMkv, SIZE, FrameRate::FPS_25)
    };
    let grey = VideoFrame::from_rgba(
        SIZE,
        [128, 128, 128, 255].repeat(SIZE.area() as usize),
        Ticks::ZERO,
    );
    let mut nv12 = bars::counting_frame(SIZE, 1, Ticks::ZERO);
    nv12.format = av::PixelFormat::Nv12;
    let chroma: Vec<u8> = nv12.planes[1]
        .data
        .iter()
        .zip(nv12.planes[2].data.iter())
        .flat_map(|(u, v)| [*u, *v])
        .collect();
    let expected = bars::counting_frame(SIZE, 1, time(FrameRate::FPS_25, 1));
    nv12.planes.truncate(1);
    nv12.planes.push(av::Plane {
        data: chroma.into(),
        stride: SIZE.width as usize,
    });
    encode(&out, &settings, [grey, nv12].into_iter());
    let mut reader = VideoReader::open(&out).unwrap();
    assert_eq!(
        reader.frame(1).unwrap(),
        expected,
        "a change of layout costs no bit"
    );
    // (128 of 255) in limited range is 16 + 219 · 128 / 255 = 125.9.
    let luma = reader.frame(0).unwrap().row(0, 40)[40];
    assert!(luma.abs_diff(126) <= 1, "{luma}");
}

#[test]
fn pictures_and_animations_are_written() {
    let folder = folder();
    let pictures = path(&folder, "pictures");
    let settings = EncodeSettings::new(Preset::PngSequence, SIZE, FrameRate::FPS_25);
    // A second export replaces the first, whatever its length.
    for count in [7, 3] {
        encode(
            &pictures,
            &settings,
            (0..count).map(|n| bars::counting_frame(SIZE, n, Ticks::ZERO)),
        );
    }
    assert_eq!(std::fs::read_dir(&pictures).unwrap().count(), 3);
    let mut still = VideoReader::open(&pictures.join("frame_000002.png")).unwrap();
    assert!(still.info().is_still);
    assert_eq!(bars::read_number(&still.frame(0).unwrap()), Some(2));

    let gif = path(&folder, "loop.gif");
    encode(
        &gif,
        &EncodeSettings::new(Preset::Gif, SIZE, FrameRate::FPS_25),
        (0..10).map(|n| bars::counting_frame(SIZE, n, Ticks::ZERO)),
    );
    assert_eq!(
        ffprobe(
            &gif,
            "-count_frames -show_entries stream=nb_read_frames,duration"
        ),
        ["0.400000", "10"]
    );
    let info = probe(&gif).unwrap();
    assert_eq!(
        (info.is_still, info.video.unwrap().frame_count),
        (false, 10)
    );
    let mut reader = VideoReader::open(&gif).unwrap();
    assert_eq!(bars::read_number(&reader.frame(6).unwrap()), Some(6));
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is() {
    let folder = folder();
    let out = path(&folder, "never.mp4");
    let good = EncodeSettings::new(Preset::H264Mp4, SIZE, FrameRate::FPS_25);
    let bad = [
        EncodeSettings {
            size: ScanSize::new(0, 0),
            ..good.clone()
        },
        EncodeSettings {
            size: ScanSize::new(161, 96),
            ..good.clone()
        },
        EncodeSettings {
            quality: 101,
            ..good.clone()
        },
        EncodeSettings {
            preset: Preset::Gif,
            ..good.clone()
        },
    ];
    for settings in bad {
        assert!(
            matches!(Encoder::start(&settings, &out), Err(Error::Settings { .. })),
            "{settings:?}"
        );
    }
    let mut encoder = Encoder::start(&good, &out).unwrap();
    let other = bars::bars(ScanSize::new(64, 64), Ticks::ZERO);
    assert!(matches!(
        encoder.push_video(&other),
        Err(Error::Settings { .. })
    ));
    drop(encoder);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "a cancelled export leaves nothing"
    );
}

#[test]
fn names_of_presets_are_one_and_the_same_everywhere() {
    for preset in Preset::ALL {
        assert_eq!(preset.name().parse::<Preset>().unwrap(), preset);
        assert_eq!(
            serde_json::to_string(&preset).unwrap(),
            format!("\"{}\"", preset.name())
        );
    }
}

#[test]
fn a_still_made_elsewhere_keeps_its_transparency() {
    let folder = folder();
    let file = path(&folder, "clear.png");
    counting(
        &file,
        1,
        FrameRate::FPS_25,
        "-vf format=rgba,colorchannelmixer=aa=0.25 -frames:v 1",
    );
    let mut reader = VideoReader::open(&file).unwrap();
    assert!(reader.info().video.as_ref().unwrap().has_alpha);
    assert_eq!(reader.frame_at(Ticks(12_345)).unwrap().row(0, 0)[3], 64);
}
