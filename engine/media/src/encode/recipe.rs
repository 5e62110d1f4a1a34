//! Which elements make which file, as GStreamer pipeline lines.

use super::{EncodeSettings, Preset, Speed};

/// The parts of a pipeline line; `None` where a file has no such stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// From raw pictures to packets.
    pub video: Option<String>,
    /// From raw sound to packets.
    pub audio: Option<String>,
    /// The container; pictures and sound are linked to it.
    pub muxer: &'static str,
    /// Name of the element that decides the quality.
    pub encoder_name: String,
}

/// Bits of sound a second; stereo music is transparent to most ears here.
const AAC_BITS_PER_SECOND: u32 = 192_000;
const OPUS_BITS_PER_SECOND: u32 = 160_000;

/// Seconds between entry points: short enough to scrub, long enough to compress.
const ENTRY_SECS: u32 = 2;

/// The elements for `settings`; `hardware` names a working hardware encoder for H.264.
pub fn recipe(settings: &EncodeSettings, hardware: Option<&str>) -> Recipe {
    let (video, muxer, encoder_name) = match settings.preset {
        Preset::H264Mp4 => match hardware {
            Some(name) => (hardware_h264(settings, name), "mp4mux", name),
            None => (x264(settings), "mp4mux", "x264enc"),
        },
        Preset::Vp9Webm => (vp9(settings), "webmmux", "vp9enc"),
        Preset::ProresMov => (
            "videoconvert chroma-mode=none ! avenc_prores_ks profile=3 ! video/x-prores,variant=hq"
                .into(),
            "qtmux",
            "avenc_prores_ks",
        ),
        Preset::LosslessMkv => (
            // Every picture an entry point: generated media is stepped through both ways.
            "avenc_ffv1 gop-size=1 slices=4 threads=auto".into(),
            "matroskamux",
            "avenc_ffv1",
        ),
        Preset::Wav | Preset::PngSequence | Preset::Gif => (String::new(), "wavenc", "wavenc"),
    };
    Recipe {
        video: settings.preset.carries_video().then_some(video),
        audio: settings.has_audio.then(|| audio(settings.preset)),
        muxer,
        encoder_name: encoder_name.into(),
    }
}

fn audio(preset: Preset) -> String {
    match preset {
        Preset::H264Mp4 | Preset::PngSequence | Preset::Gif => {
            format!("audioconvert ! avenc_aac bitrate={AAC_BITS_PER_SECOND} ! aacparse")
        }
        Preset::Vp9Webm => {
            format!("audioconvert ! opusenc bitrate={OPUS_BITS_PER_SECOND} ! opusparse")
        }
        Preset::ProresMov => "audioconvert ! audio/x-raw,format=S24LE".into(),
        Preset::LosslessMkv => {
            "audioconvert ! audio/x-raw,format=S24_32LE ! flacenc ! flacparse".into()
        }
        Preset::Wav => "audioconvert ! audio/x-raw,format=S16LE".into(),
    }
}

fn entry_distance(settings: &EncodeSettings) -> u32 {
    (settings.rate.num() * ENTRY_SECS)
        .div_ceil(settings.rate.den())
        .max(1)
}

/// H.264 by x264; quality 70 is constant quality 21, about what is called visually lossless.
fn x264(settings: &EncodeSettings) -> String {
    let (preset, b_frames) = match settings.speed {
        Speed::Fastest => (1, 0),
        Speed::Fast => (2, 2),
        Speed::Balanced => (3, 2),
        Speed::Thorough => (6, 3),
    };
    let rate = match settings.bitrate_kbps {
        Some(bitrate) => format!("pass=cbr bitrate={bitrate}"),
        None => format!(
            "pass=qual quantizer={} qp-min=0",
            (50 - u32::from(settings.quality) * 21 / 50).clamp(8, 45)
        ),
    };
    let distance = entry_distance(settings);
    format!(
        "x264enc speed-preset={preset} bframes={b_frames} {rate} key-int-max={distance} ! video/x-h264,stream-format=avc,profile={} ! h264parse",
        if settings.speed == Speed::Fastest {
            "constrained-baseline"
        } else {
            "high"
        }
    )
}

fn hardware_h264(settings: &EncodeSettings, name: &str) -> String {
    let bitrate = settings
        .bitrate_kbps
        .unwrap_or_else(|| bitrate_for_quality(settings));
    let distance = entry_distance(settings);
    let gop = match name {
        "nvh264enc" | "qsvh264enc" => format!("gop-size={distance}"),
        "vtenc_h264_hw" => format!("max-keyframe-interval={distance}"),
        _ => format!("key-int-max={distance}"),
    };
    format!("videoconvert ! {name} bitrate={bitrate} {gop} ! h264parse")
}

/// Kilobits a second that give hardware encoders about the quality asked for.
fn bitrate_for_quality(settings: &EncodeSettings) -> u32 {
    let fps = settings.rate.fps_for_display();
    let bits_per_pixel = 0.04 * (f64::from(settings.quality) / 30.0).exp2();
    (settings.size.area() as f64 * fps * bits_per_pixel / 1_000.0).clamp(200.0, 200_000.0) as u32
}

fn vp9(settings: &EncodeSettings) -> String {
    let cpu_used = match settings.speed {
        Speed::Fastest => 8,
        Speed::Fast => 6,
        Speed::Balanced => 4,
        Speed::Thorough => 2,
    };
    let rate = match settings.bitrate_kbps {
        Some(bitrate) => format!(
            "end-usage=vbr target-bitrate={}",
            u64::from(bitrate) * 1_000
        ),
        None => format!(
            "end-usage=cq cq-level={} target-bitrate=0",
            63 - u32::from(settings.quality) * 55 / 100
        ),
    };
    let distance = entry_distance(settings);
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(16);
    // `good` with a deadline of one second a frame lets `cpu-used` decide.
    format!(
        "vp9enc deadline=1000000 cpu-used={cpu_used} {rate} keyframe-max-dist={distance} threads={threads} row-mt=true tile-columns=2"
    )
}

/// Elements that a pipeline line names, so that a missing one can be told by name.
pub fn elements(line: &str) -> impl Iterator<Item = &str> {
    line.split('!')
        .filter_map(|part| part.split_whitespace().next())
        .filter(|name| !name.contains('/') && !name.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::{FrameRate, ScanSize};

    #[test]
    fn lines_name_their_elements() {
        let settings =
            EncodeSettings::new(Preset::H264Mp4, ScanSize::new(64, 64), FrameRate::FPS_30);
        let recipe = recipe(&settings, None);
        let video = recipe.video.unwrap();
        assert_eq!(
            elements(&video).collect::<Vec<_>>(),
            ["x264enc", "h264parse"]
        );
        assert!(video.contains("quantizer=21"), "{video}");
        assert!(video.contains("key-int-max=60"), "{video}");
    }
}
