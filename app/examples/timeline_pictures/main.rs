//! Draws the timeline with everything it can show into PNG files, and prints how long 5,000 clips take to draw.
//!
//! `cargo run -p everframe --example timeline_pictures -- FOLDER` writes them into FOLDER.

#![allow(
    clippy::print_stdout,
    reason = "what is measured is told on the terminal"
)]

mod desk;
mod documents;

use av::FrameIndex;
use desk::Desk;
use egui::{Event, Modifiers, PointerButton, Pos2, Vec2, pos2};
use egui_kittest::{Harness, kittest::Queryable};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use timeline::ItemId;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    whole(&folder)?;
    trimming(&folder)?;
    moving(&folder)?;
    zoomed(&folder)?;
    many(&folder)?;
    Ok(())
}

fn harness(desk: Desk) -> Harness<'static, Desk> {
    let mut harness = Harness::builder()
        .with_size(Vec2::new(1400.0, 360.0))
        .with_max_steps(64)
        .wgpu()
        .build_ui_state(|ui, desk: &mut Desk| desk.ui(ui), desk);
    // Pictures that were wished for arrive in the next frame.
    harness.run_steps(6);
    harness
}

fn save(harness: &mut Harness<'_, Desk>, path: &Path) -> Outcome {
    harness.render()?.save(path)?;
    println!("wrote {}", path.display());
    Ok(())
}

fn press(harness: &mut Harness<'_, Desk>, pos: Pos2, modifiers: Modifiers) {
    harness.hover_at(pos);
    harness.step();
    harness.event(Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed: true,
        modifiers,
    });
    harness.step();
}

fn pull(harness: &mut Harness<'_, Desk>, from: Pos2, by: Vec2) {
    press(harness, from, Modifiers::NONE);
    for part in [0.3, 0.7, 1.0] {
        harness.hover_at(from + by * part);
        harness.step();
    }
    harness.run_steps(3);
}

fn whole(folder: &Path) -> Outcome {
    let mut desk = Desk::new(documents::rich());
    desk.select([ItemId(documents::CITY)]);
    desk.playhead = FrameIndex(214);
    let mut harness = harness(desk);
    save(&mut harness, &folder.join("whole.png"))
}

fn trimming(folder: &Path) -> Outcome {
    let mut harness = harness(Desk::new(documents::rich()));
    let clip = harness
        .get_by_label_contains("Clip city walk.mp4, track V1, 00:00:04:20")
        .rect();
    pull(
        &mut harness,
        clip.right_center() - Vec2::new(3.0, 0.0),
        Vec2::new(-63.0, 4.0),
    );
    save(&mut harness, &folder.join("trimming.png"))
}

fn moving(folder: &Path) -> Outcome {
    let mut harness = harness(Desk::new(documents::rich()));
    let clip = harness.get_by_label_contains("Clip photo.jpg").rect();
    pull(&mut harness, clip.center(), Vec2::new(60.0, 4.0));
    save(&mut harness, &folder.join("moving.png"))
}

fn zoomed(folder: &Path) -> Outcome {
    let mut desk = Desk::new(documents::rich());
    desk.playhead = FrameIndex(126);
    desk.state
        .request_zoom(everframe::panels::ZoomRequest::Range(
            av::FrameRange::between(FrameIndex(96), FrameIndex(160)),
        ));
    let mut harness = harness(desk);
    let cut = harness
        .get_by_label_contains("Clip city walk.mp4, track V1, 00:00:04:20")
        .rect();
    harness.hover_at(pos2(cut.left() + 2.0, cut.top() + 8.0));
    harness.run_steps(3);
    save(&mut harness, &folder.join("zoomed.png"))
}

/// Draws a long sequence at three zooms; only the panel's own work is timed, not tessellation or the adapter.
fn many(folder: &Path) -> Outcome {
    let mut harness = harness(Desk::new(documents::many(5_000)));
    for (name, frames) in [("all", 160_000), ("some", 12_000), ("few", 900)] {
        let range = av::FrameRange::between(FrameIndex(4_000), FrameIndex(4_000 + frames));
        harness
            .state_mut()
            .state
            .request_zoom(everframe::panels::ZoomRequest::Range(range));
        harness.run_steps(8);
        harness.state_mut().times.clear();
        harness.run_steps(60);
        let mut times = harness.state().times.clone();
        times.sort_unstable();
        let median = times
            .get(times.len() / 2)
            .copied()
            .unwrap_or(Duration::ZERO);
        let worst = times.last().copied().unwrap_or(Duration::ZERO);
        println!(
            "5,000 clips, {name}: median {median:?}, worst {worst:?} for a frame of the panel"
        );
        save(&mut harness, &folder.join(format!("many-{name}.png")))?;
    }
    let started = Instant::now();
    harness.run_steps(10);
    println!(
        "with accessibility and layout of the harness: {:?} a frame",
        started.elapsed() / 10
    );
    Ok(())
}
