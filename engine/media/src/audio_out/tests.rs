use super::*;
use crate::bars;

/// A device that plays to nobody, in real time.
fn fake_device() -> AudioOutput {
    pipeline::init().unwrap();
    let sink = gst::ElementFactory::make("fakesink")
        .property("sync", true)
        .build()
        .unwrap();
    AudioOutput::with(Clock::Device(Box::new(Device::open(&sink).unwrap())))
}

fn millis(ticks: Ticks) -> i64 {
    ticks.nanos() / 1_000_000
}

/// Both clocks keep the same promises; times are checked one-sidedly, since machines may be slow and never fast.
fn check_clock(mut output: AudioOutput) {
    assert_eq!(output.position(), Ticks::ZERO);
    output.push(&bars::tone(0, 9_600)).unwrap();
    assert_eq!(
        millis(output.queued()),
        200,
        "nothing is heard before it plays"
    );
    output.play().unwrap();
    let begun = Instant::now();
    while millis(output.position()) < 100 {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "time does not pass"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(80),
        "time passes too fast"
    );
    output.pause().unwrap();
    std::thread::sleep(Duration::from_millis(30));
    let paused = output.position();
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(output.position(), paused, "time passes while paused");
    output.flush().unwrap();
    assert_eq!(
        (output.position(), output.queued()),
        (Ticks::ZERO, Ticks::ZERO)
    );
    output.push(&bars::tone(0, 4_800)).unwrap();
    output.play().unwrap();
    let begun = Instant::now();
    while output.queued() > Ticks::ZERO {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "nothing is heard after a flush"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(
        millis(output.position()),
        100,
        "time stands still without sound"
    );
    output.push(&bars::tone(0, 4_800)).unwrap();
    assert!(
        millis(output.queued()) > 60,
        "sound that comes late is still played"
    );
}

#[test]
fn the_silent_clock_keeps_time() {
    check_clock(AudioOutput::silent_clock());
}

#[test]
fn a_device_keeps_time() {
    check_clock(fake_device());
}

#[test]
fn pushing_waits_for_the_ear() {
    let mut output = AudioOutput::silent_clock();
    output.play().unwrap();
    let begun = Instant::now();
    for second in 0..6 {
        output.push(&bars::tone(second * 4_800, 4_800)).unwrap();
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(200),
        "600 ms were taken at once"
    );
    output.pause().unwrap();
    let overflow = (0..100).find_map(|_| output.push(&bars::tone(0, 4_800)).err());
    assert!(
        matches!(overflow, Some(Error::Settings { .. })),
        "a paused output takes sound without end"
    );
}
