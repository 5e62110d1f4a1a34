//! Hardware encoders, tried before they are trusted.

use super::EncodeSettings;
use crate::limits::HARDWARE_TRIAL_SECS_MAX;
use gst::prelude::*;
use gstreamer as gst;

/// By name and never by rank: some that are registered drive hardware that is not there.
const NAMES: [&str; 6] = [
    "nvh264enc",
    "vah264enc",
    "vah264lpenc",
    "qsvh264enc",
    "vtenc_h264_hw",
    "mfh264enc",
];

/// Frames of the trial; some drivers fail only when the first is flushed out.
const TRIAL_FRAMES: u32 = 8;

/// The first hardware encoder that encodes pictures of this size, and what a person should know.
pub fn h264_encoder(settings: &EncodeSettings) -> (Option<&'static str>, Vec<String>) {
    let mut notes = Vec::new();
    if !settings.allows_hardware {
        return (None, notes);
    }
    for name in NAMES {
        if gst::ElementFactory::find(name).is_none() {
            continue;
        }
        match try_encoder(name, settings) {
            Ok(()) => return (Some(name), notes),
            Err(reason) => notes.push(format!("hardware encoder {name} does not work ({reason})")),
        }
    }
    notes.push(if notes.is_empty() {
        "no hardware encoder is installed; the software encoder was used".into()
    } else {
        "the software encoder was used".into()
    });
    (None, notes)
}

fn try_encoder(name: &str, settings: &EncodeSettings) -> Result<(), String> {
    let (width, height) = (settings.size.width, settings.size.height);
    let line = format!(
        "videotestsrc num-buffers={TRIAL_FRAMES} ! video/x-raw,format=NV12,width={width},height={height},framerate=30/1 ! {name} ! fakesink sync=false"
    );
    let pipeline = gst::parse::launch(&line).map_err(|error| error.to_string())?;
    let outcome = run_trial(&pipeline);
    // Nothing can be done about a trial that does not stop.
    pipeline.set_state(gst::State::Null).ok();
    outcome
}

fn run_trial(pipeline: &gst::Element) -> Result<(), String> {
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|_refused| "it does not start".to_owned())?;
    let bus = pipeline.bus().ok_or("it has no bus")?;
    let wait = gst::ClockTime::from_seconds(HARDWARE_TRIAL_SECS_MAX);
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = bus
        .timed_pop_filtered(wait, &kinds)
        .ok_or("it does not answer")?;
    match message.view() {
        gst::MessageView::Error(error) => Err(error.error().to_string()),
        _ => Ok(()),
    }
}
