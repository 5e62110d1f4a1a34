//! The rest of the window, as far as the panel can tell: applies what is asked, and makes up media.

use av::{FrameIndex, ScanSize, TICKS_PER_SECOND, Ticks, VideoFrame};
use everframe::{
    action::{Action, KeyMap},
    jobs::{JobKind, Jobs},
    panels::{TimelinePanelState, timeline_panel_ui},
    pictures::{Peaks, Pictures},
    selection::Selection,
    theme::Theme,
    view::View,
};
use runtime::{JobProgress, PlaybackState, limits::WAVEFORM_BUCKET_SAMPLES};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use timeline::{AssetId, Document, ItemId};

/// Everything that the panel looks at.
pub struct Desk {
    document: Document,
    base: Option<Document>,
    selection: Selection,
    pub playhead: FrameIndex,
    pub state: TimelinePanelState,
    theme: Theme,
    pictures: Pictures,
    jobs: Jobs,
    offline: BTreeSet<AssetId>,
    /// How long each frame of the panel took.
    pub times: Vec<Duration>,
}

impl Desk {
    pub fn new(document: Document) -> Self {
        let mut jobs = Jobs::default();
        let item = ItemId(crate::documents::QUEUED);
        let job = jobs.add(JobKind::Generate { item }, "Fill".into());
        jobs.progress(
            job,
            JobProgress {
                label: "Frame".into(),
                done: 13,
                total: 32,
                eta: Some(Duration::from_secs(19)),
                preview: None,
            },
        );
        Self {
            document,
            base: None,
            selection: Selection::default(),
            playhead: FrameIndex::ZERO,
            state: TimelinePanelState::default(),
            theme: Theme::dark(),
            pictures: Pictures::default(),
            jobs,
            offline: BTreeSet::from([AssetId(crate::documents::LOST_ASSET)]),
            times: Vec::new(),
        }
    }

    pub fn select(&mut self, items: impl IntoIterator<Item = ItemId>) {
        self.selection = Selection::of_items(&self.document, items);
    }

    pub fn ui(&mut self, ui: &mut egui::Ui) {
        self.theme.apply(ui.ctx());
        self.supply(ui.ctx());
        let view = View {
            document: &self.document,
            selection: &self.selection,
            playhead: self.playhead,
            playback: PlaybackState::Paused,
            theme: &self.theme,
            pictures: &self.pictures,
            jobs: &self.jobs,
            offline: &self.offline,
            is_snapping: true,
            is_in_gesture: self.base.is_some(),
            key_map: KeyMap::Default,
            is_test: true,
        };
        let mut actions = Vec::new();
        let started = Instant::now();
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, self.theme.color.panel);
        timeline_panel_ui(ui, &view, &mut self.state, &mut actions);
        self.times.push(started.elapsed());
        for action in actions {
            self.apply(action);
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Select { selection } => self.selection = selection,
            Action::Seek { frame } => self.playhead = frame,
            Action::BeginGesture { .. } => self.base = Some(self.document.clone()),
            Action::UpdateGesture { edit } => {
                let draft = self.base.as_ref().map(|base| timeline::apply(base, &edit));
                if let Some(Ok(draft)) = draft {
                    self.document = draft;
                }
            }
            Action::CommitGesture {} => self.base = None,
            _ => {}
        }
    }

    /// Makes up whatever picture or sound was wished for.
    fn supply(&mut self, ctx: &egui::Context) {
        let wishes = self.pictures.take_wishes(256, 16);
        for (asset, time) in wishes.thumbnails {
            let picture = picture(asset, time);
            self.pictures.put_thumbnail(ctx, asset, time, &picture);
        }
        for asset in wishes.waveforms {
            self.pictures.put_waveform(asset, peaks(asset));
        }
    }
}

/// A landscape whose sun wanders with time, in colors of its asset.
fn picture(asset: AssetId, time: Ticks) -> VideoFrame {
    let size = ScanSize::new(160, 90);
    let seconds = time.0 as f32 / TICKS_PER_SECOND as f32;
    let hue = asset.0 as f32 * 1.7;
    let sun = (
        80.0 + 60.0 * (seconds * 0.5).sin(),
        30.0 + 10.0 * (seconds * 0.9).cos(),
    );
    let mut data = Vec::with_capacity(160 * 90 * 4);
    for y in 0..90 {
        for x in 0..160 {
            let (x, y) = (x as f32, y as f32);
            let hill = 55.0 + 9.0 * ((x + seconds * 20.0) / 23.0 + hue).sin();
            let is_ground = y > hill;
            let glow = (1.0 - (x - sun.0).hypot(y - sun.1) / 45.0).max(0.0);
            let base = |phase: f32| {
                let wave = 0.5 + 0.3 * (hue + phase).sin();
                if is_ground {
                    wave * 0.45
                } else {
                    (0.35 + wave * 0.4 + glow * 0.6).min(1.0)
                }
            };
            data.extend([0.0, 2.1, 4.2].map(|phase| (base(phase) * 255.0) as u8));
            data.push(255);
        }
    }
    VideoFrame::from_rgba(size, data, time)
}

/// Music with beats, or speech with pauses.
fn peaks(asset: AssetId) -> Peaks {
    let per_second = f64::from(av::SAMPLE_RATE) / WAVEFORM_BUCKET_SAMPLES as f64;
    let count = (per_second * 60.0) as usize;
    let stretch = |index: usize| {
        let seconds = index as f64 / per_second;
        let beat = if asset.0 == crate::documents::MUSIC_ASSET {
            0.35 + 0.55 * (-6.0 * (seconds * 2.0).fract()).exp()
        } else {
            0.55 * (0.5 + 0.5 * (seconds * 1.3).sin()) * (0.4 + 0.6 * (seconds * 9.0).sin().abs())
        };
        // A cheap noise; the same on every run.
        let noise = 0.7 + 0.3 * ((index as f64 * 12.9898).sin() * 43_758.547).fract().abs();
        let peak = (beat * noise) as f32;
        (-peak * 0.9, peak)
    };
    Arc::new((0..count).map(stretch).collect())
}
