//! What is seen of an item below its name: filmstrip, waveform, words, color, hatching, progress, fades, keyframes.

use super::Brush;
use crate::{
    jobs::JobState,
    panels::timeline::fades::Fades,
    widgets::{
        filmstrip,
        waveform::{self, Course, Reductions},
    },
};
use av::{FrameCount, TICKS_PER_SECOND, TickRange};
use egui::{Align2, Color32, FontId, Mesh, Pos2, Rect, Shape, Stroke, pos2, vec2};
use runtime::limits::WAVEFORM_BUCKET_SAMPLES;
use timeline::{Animated, Clip, Content, Generated, GeneratedState, Item, TrackKind};

/// Distance of hatching lines.
const HATCH_PX: f32 = 9.0;

/// Most fades are judged by eye, not read off: decibels become a plain factor.
const DB_PER_FACTOR: f32 = 20.0;

impl Brush<'_> {
    /// Draws what lies below the name. `rect` is the whole item, `body` the part below its name that may show.
    pub(super) fn body(&self, item: &Item, rect: Rect, body: Rect, waveforms: &mut Reductions) {
        let color = &self.view.theme.color;
        let body = body.intersect(self.clip);
        if !body.is_positive() {
            return;
        }
        if self.is_offline(item) {
            self.hatch(body, color.error.gamma_multiply(0.35));
            return;
        }
        match &item.content {
            Content::Clip(clip) => self.media(item, clip, rect, body, waveforms),
            Content::Title(title) => self.words(&title.text, body),
            Content::Solid(rgba) => {
                let ink = crate::theme::color_from_rgba(*rgba);
                self.painter.rect_filled(body.shrink(3.0), 2.0, ink);
            }
            Content::Generated(generated) => {
                if let Some(clip) = item.media() {
                    self.media(item, &clip, rect, body, waveforms);
                }
                self.generated(item, generated, body);
            }
        }
        self.fades(item, rect, body);
        self.keyframes(item, body);
    }

    fn media(&self, item: &Item, clip: &Clip, rect: Rect, body: Rect, waveforms: &mut Reductions) {
        match self.row.kind {
            TrackKind::Audio => self.sound(item, clip, rect, body, waveforms),
            TrackKind::Video | TrackKind::Caption => self.filmstrip(item, clip, rect, body),
        }
    }

    fn filmstrip(&self, item: &Item, clip: &Clip, rect: Rect, body: Rect) {
        let asset = self.view.document.assets.find(clip.asset);
        let video = asset.and_then(|asset| asset.info.video.as_ref());
        let Some(video) = video else { return };
        let rate = self.view.rate();
        let scale = self.lanes.scale;
        let aspect = video.size.width as f32 / video.size.height.max(1) as f32
            * video.pixel_aspect.as_f64() as f32;
        let row = Rect::from_x_y_ranges(rect.x_range(), body.top()..=rect.bottom() - 1.0);
        let width = filmstrip::tile_width(row.height(), aspect);
        let still = asset.is_some_and(|asset| asset.info.is_still);
        let used = if still {
            TickRange::new(av::Ticks::ZERO, av::Ticks::ZERO)
        } else {
            clip.source_range(item.count, rate)
        };
        let length = rate
            .ticks_from_count(scale.count_from_px(width))
            .scaled(clip.speed);
        let painter = self.painter.with_clip_rect(body);
        for (_, left) in filmstrip::tiles(row.left(), width, body.x_range()) {
            // A tile stands for what is under its middle, but the first one for the first frame.
            let middle = (left + width / 2.0).min(rect.right());
            let frame = scale.count_from_px(middle - rect.left());
            let frame = frame.clamp(FrameCount::ZERO, item.count - FrameCount::ONE);
            let time = clip.media_from_item(frame, item.count, rate);
            let time = filmstrip::tile_time(time, length, used);
            if let Some(texture) = self.view.pictures.thumbnail(clip.asset, time) {
                let tile = Rect::from_min_size(pos2(left, row.top()), vec2(width, row.height()));
                filmstrip::paint_tile(&painter, tile, texture, Color32::WHITE);
            }
        }
    }

    fn sound(&self, item: &Item, clip: &Clip, rect: Rect, body: Rect, waveforms: &mut Reductions) {
        // What is mostly heard is what is drawn.
        let clean = item.properties.clean_speech;
        let clean = clean.filter(|clean| clean.strength >= 0.5);
        let heard = clean.map_or(clip.asset, |clean| clean.sound);
        let Some(peaks) = self.view.pictures.waveform(heard) else {
            let color = self.view.theme.color.waveform.gamma_multiply(0.4);
            self.painter
                .hline(body.x_range(), body.center().y, Stroke::new(1.0, color));
            return;
        };
        let rate = self.view.rate();
        let scale = self.lanes.scale;
        let used = clip.source_range(item.count, rate);
        let stretch = |ticks: av::Ticks| {
            ticks.0 as f64 / TICKS_PER_SECOND as f64 * f64::from(av::SAMPLE_RATE)
                / WAVEFORM_BUCKET_SAMPLES as f64
        };
        let per_px = stretch(used.length) / (item.count.0 as f64 * scale.px_per_frame);
        let course = if clip.is_reversed {
            Course {
                x: rect.left(),
                stretch: stretch(used.end()),
                per_px: -per_px,
            }
        } else {
            Course {
                x: rect.left(),
                stretch: stretch(used.start),
                per_px,
            }
        };
        let properties = &item.properties;
        let level = |x: f32| {
            let frame = scale.count_from_px(x - rect.left());
            let db = properties.gain_db.at(frame) as f32;
            let ramp = |length: FrameCount, px: f32| {
                let length = scale.width(length);
                if length > 0.0 {
                    (px / length).clamp(0.0, 1.0)
                } else {
                    1.0
                }
            };
            10.0_f32.powf(db / DB_PER_FACTOR)
                * ramp(properties.fade_in, x - rect.left())
                * ramp(properties.fade_out, rect.right() - x)
        };
        let color = self.view.theme.color.waveform;
        let area = Rect::from_x_y_ranges(body.x_range(), body.top() + 2.0..=rect.bottom() - 3.0);
        let painter = self.painter.with_clip_rect(body);
        waveform::paint(
            &painter,
            area,
            waveforms.of(heard, peaks),
            course,
            color,
            level,
        );
    }

    fn words(&self, text: &str, body: Rect) {
        let theme = self.view.theme;
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let ink = theme.color.text_on_item.gamma_multiply(0.85);
        let inside = body.shrink2(vec2(6.0, 0.0));
        let layout = |size: f32, rows: usize| {
            let font = FontId::proportional(size);
            let mut job = egui::text::LayoutJob::simple(line.clone(), font, ink, inside.width());
            job.wrap.max_rows = rows;
            self.painter.layout_job(job)
        };
        let one = layout(theme.text.body, 1);
        // Where it is too long for one line and there is room, two smaller ones.
        let galley = if one.elided {
            let two = layout(theme.text.tiny, 2);
            if two.size().y <= body.height() {
                two
            } else {
                one
            }
        } else {
            one
        };
        let place = Align2::LEFT_CENTER.anchor_size(inside.left_center(), galley.size());
        self.painter
            .with_clip_rect(inside)
            .galley(place.min, galley, ink);
    }

    fn generated(&self, item: &Item, generated: &Generated, body: Rect) {
        let color = &self.view.theme.color;
        match generated.state {
            GeneratedState::Ready => {}
            GeneratedState::Stale => {
                let veil = color.warning.gamma_multiply(0.12);
                self.painter.rect_filled(body, 0.0, veil);
            }
            GeneratedState::Ghost => {
                self.hatch(body, color.generated.gamma_multiply(0.3));
                self.note("Not made yet", body);
            }
            GeneratedState::Queued => {
                self.hatch(body, color.generated.gamma_multiply(0.3));
                self.progress(item, body);
            }
        }
    }

    /// A bar with what the job counted so far, never a guess.
    fn progress(&self, item: &Item, body: Rect) {
        let color = &self.view.theme.color;
        let job = self.view.jobs.of_item(item.id);
        let (text, part) = match job.map(|job| &job.state) {
            Some(JobState::Running(progress)) => {
                let part = progress.done as f32 / progress.total.max(1) as f32;
                let eta = progress.eta.map(|eta| eta.as_secs());
                let eta = eta.map(|secs| format!(" · {}:{:02} left", secs / 60, secs % 60));
                let text = format!(
                    "{} {}/{}{}",
                    progress.label,
                    progress.done,
                    progress.total,
                    eta.unwrap_or_default()
                );
                (text, part)
            }
            Some(_) | None => ("Waiting".to_owned(), 0.0),
        };
        self.note(&text, body.translate(vec2(0.0, -3.0)));
        let inside = body.shrink2(vec2(6.0, 0.0));
        let bar = Rect::from_min_max(
            pos2(inside.left(), body.bottom() - 8.0),
            pos2(inside.right(), body.bottom() - 4.0),
        );
        if bar.is_positive() {
            self.painter.rect_filled(bar, 2.0, color.scrim);
            let done = bar.with_max_x(bar.left() + bar.width() * part.clamp(0.0, 1.0));
            self.painter.rect_filled(done, 2.0, color.generated);
        }
    }

    fn note(&self, text: &str, body: Rect) {
        let theme = self.view.theme;
        let font = FontId::proportional(theme.text.tiny);
        let galley = self
            .painter
            .layout_no_wrap(text.to_owned(), font, theme.color.text_on_item);
        if galley.size().x + 12.0 > body.width() {
            return;
        }
        let rect = Align2::CENTER_CENTER.anchor_size(body.center(), galley.size());
        self.painter.rect_filled(
            rect.expand2(vec2(5.0, 1.0)),
            3.0,
            theme.color.item_generated,
        );
        self.painter
            .galley(rect.min, galley, theme.color.text_on_item);
    }

    /// Slanted lines that stay where they are when the item scrolls.
    fn hatch(&self, body: Rect, color: Color32) {
        let painter = self.painter.with_clip_rect(body);
        let mut mesh = Mesh::default();
        let (height, width) = (body.height(), HATCH_PX / 3.0);
        let phase = self.lanes.scale.x_from_frame(av::FrameIndex::ZERO) % HATCH_PX;
        let first = ((body.left() - height - phase) / HATCH_PX).floor();
        let mut x = first * HATCH_PX + phase;
        while x < body.right() {
            let base = mesh.vertices.len() as u32;
            let corners = [
                pos2(x, body.bottom()),
                pos2(x + width, body.bottom()),
                pos2(x + height + width, body.top()),
                pos2(x + height, body.top()),
            ];
            for corner in corners {
                mesh.colored_vertex(corner, color);
            }
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base, base + 2, base + 3);
            x += HATCH_PX;
        }
        painter.add(Shape::mesh(mesh));
    }

    fn fades(&self, item: &Item, rect: Rect, body: Rect) {
        let Some(fades) = Fades::of(item, self.row.kind) else {
            return;
        };
        let theme = self.view.theme;
        let shade = theme.color.sunken.gamma_multiply(0.6);
        let stroke = Stroke::new(1.2, theme.color.text_on_item.gamma_multiply(0.8));
        let painter = self.painter.with_clip_rect(body);
        let wedge = |corner: Pos2, foot: Pos2, top: Pos2| {
            painter.add(Shape::convex_polygon(
                vec![corner, foot, top],
                shade,
                Stroke::NONE,
            ));
            painter.line_segment([foot, top], stroke);
        };
        let (top, bottom) = (body.top(), rect.bottom());
        if fades.start > FrameCount::ZERO {
            let x = rect.left() + self.lanes.scale.width(fades.start);
            wedge(
                pos2(rect.left(), top),
                pos2(rect.left(), bottom),
                pos2(x, top),
            );
        }
        if fades.end > FrameCount::ZERO {
            let x = rect.right() - self.lanes.scale.width(fades.end);
            wedge(
                pos2(rect.right(), top),
                pos2(rect.right(), bottom),
                pos2(x, top),
            );
        }
    }

    /// A diamond at every frame that has a keyframe of any value.
    fn keyframes(&self, item: &Item, body: Rect) {
        let properties = &item.properties;
        let transform = &properties.transform;
        let mut frames: Vec<FrameCount> = Vec::new();
        frames_of(&transform.position, &mut frames);
        frames_of(&transform.scale, &mut frames);
        frames_of(&transform.rotation_degrees, &mut frames);
        frames_of(&properties.gain_db, &mut frames);
        if Fades::of(item, self.row.kind).is_none() {
            frames_of(&properties.opacity, &mut frames);
        }
        frames.retain(|frame| (FrameCount::ZERO..item.count).contains(frame));
        frames.sort_unstable();
        frames.dedup();
        let color = &self.view.theme.color;
        let y = body.bottom() - 7.0;
        for frame in frames {
            let x = self.lanes.scale.x_from_frame(item.start + frame);
            if !body.x_range().contains(x) {
                continue;
            }
            let side = 3.5;
            let points = vec![
                pos2(x, y - side),
                pos2(x + side, y),
                pos2(x, y + side),
                pos2(x - side, y),
            ];
            let edge = Stroke::new(1.0, color.sunken);
            self.painter
                .add(Shape::convex_polygon(points, color.mark, edge));
        }
    }
}

fn frames_of<T>(value: &Animated<T>, frames: &mut Vec<FrameCount>) {
    match value {
        Animated::Constant(_) => {}
        Animated::Keyframes(keyframes) => {
            frames.extend(keyframes.iter().map(|keyframe| keyframe.at));
        }
    }
}
