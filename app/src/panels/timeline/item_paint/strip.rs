//! The strip with an item's name and its signs: title, generated, linked, speed, takes.

use super::Brush;
use crate::panels::timeline::{icons, names};
use egui::{Align2, Color32, FontId, Rect, pos2, vec2};
use timeline::{Content, Generated, GeneratedState, Item};

/// Space around the words.
const INSET_PX: f32 = 5.0;

/// Side of a sign.
const SIGN_PX: f32 = 9.0;

/// A word on its own ground at the right end of the strip.
struct Badge {
    text: String,
    ground: Color32,
    ink: Color32,
}

impl Brush<'_> {
    /// Draws the strip; `strip` is the part of it that shows, so that a name scrolls along with what is seen.
    pub(super) fn strip(&self, item: &Item, strip: Rect) {
        let color = &self.view.theme.color;
        let ink = color.text_on_item;
        let mut left = strip.left() + INSET_PX;
        let mut right = strip.right() - INSET_PX;
        let middle = strip.center().y;
        let font = FontId::proportional(self.view.theme.text.tiny);
        for badge in self.badges(item) {
            let galley = self
                .painter
                .layout_no_wrap(badge.text, font.clone(), badge.ink);
            let size = galley.size() + vec2(6.0, 0.0);
            if right - size.x < left + 40.0 {
                break;
            }
            let rect = Rect::from_min_size(pos2(right - size.x, middle - size.y / 2.0), size);
            self.painter.rect_filled(rect, 3.0, badge.ground);
            self.painter
                .galley(rect.min + vec2(3.0, 0.0), galley, badge.ink);
            right = rect.left() - 3.0;
        }
        if item.link.is_some() && right - left > 60.0 {
            let center = pos2(right - SIGN_PX / 2.0, middle);
            icons::link(self.painter, center, SIGN_PX, ink.gamma_multiply(0.6));
            right -= SIGN_PX + 4.0;
        }
        if right - left > 3.0 * SIGN_PX && self.sign(item, pos2(left + SIGN_PX / 2.0, middle)) {
            left += SIGN_PX + 4.0;
        }
        if right - left < SIGN_PX {
            return;
        }
        let text = match &item.content {
            // Its words stand below.
            Content::Title(title) if title.text.lines().next() == Some(&item.label) => {
                "Title".to_owned()
            }
            Content::Clip(_) | Content::Title(_) | Content::Solid(_) | Content::Generated(_) => {
                names::title(self.view, item)
            }
        };
        let inside = Rect::from_min_max(pos2(left, strip.top()), pos2(right, strip.bottom()));
        let galley = self.elided(text, font, inside.width());
        let position = Align2::LEFT_CENTER.anchor_size(inside.left_center(), galley.size());
        self.painter
            .with_clip_rect(inside.expand(2.0).intersect(self.clip))
            .galley(position.min, galley, ink);
    }

    /// The words on one line, shortened with an ellipsis where they do not fit.
    fn elided(&self, text: String, font: FontId, width: f32) -> std::sync::Arc<egui::Galley> {
        let mut job = egui::text::LayoutJob::simple_singleline(
            text,
            font,
            self.view.theme.color.text_on_item,
        );
        job.wrap = egui::text::TextWrapping::truncate_at_width(width);
        self.painter.layout_job(job)
    }

    /// Draws the sign of what the item is; false where a clip needs none.
    fn sign(&self, item: &Item, center: egui::Pos2) -> bool {
        let color = &self.view.theme.color;
        match &item.content {
            Content::Title(_) => icons::title(self.painter, center, SIGN_PX, color.text_on_item),
            Content::Generated(_) => {
                icons::spark(self.painter, center, SIGN_PX + 2.0, color.text_on_item);
            }
            Content::Solid(rgba) => {
                let swatch = Rect::from_center_size(center, vec2(SIGN_PX, SIGN_PX));
                let ink = crate::theme::color_from_rgba(*rgba);
                self.painter.rect_filled(swatch, 2.0, ink);
            }
            Content::Clip(_) => return false,
        }
        true
    }

    fn badges(&self, item: &Item) -> Vec<Badge> {
        let color = &self.view.theme.color;
        let mut badges = Vec::new();
        if self.is_offline(item) {
            badges.push(Badge {
                text: "Offline".to_owned(),
                ground: color.error,
                ink: color.text_on_accent,
            });
        }
        if let Content::Generated(generated) = &item.content {
            badges.extend(self.generated_badges(generated));
        }
        if let Content::Clip(clip) = &item.content {
            let plain = clip.speed == av::Ratio::ONE && !clip.is_reversed;
            if clip.is_freeze() {
                badges.push(self.quiet("Freeze".to_owned()));
            } else if !plain {
                let sign = if clip.is_reversed { "−" } else { "" };
                let percent = (clip.speed.as_f64() * 1000.0).round() / 10.0;
                badges.push(self.quiet(format!("{sign}{percent} %")));
            }
        }
        badges
    }

    fn quiet(&self, text: String) -> Badge {
        let color = &self.view.theme.color;
        Badge {
            text,
            ground: color.scrim,
            ink: color.text_on_item,
        }
    }

    fn generated_badges(&self, generated: &Generated) -> Vec<Badge> {
        let color = &self.view.theme.color;
        let mut badges = Vec::new();
        if generated.state == GeneratedState::Stale {
            badges.push(Badge {
                text: "Stale".to_owned(),
                ground: color.warning,
                ink: color.text_on_accent,
            });
        }
        let takes = generated.takes.len();
        let active = generated
            .takes
            .iter()
            .position(|take| Some(take.id) == generated.active);
        if let Some(active) = active
            && takes > 1
        {
            badges.push(self.quiet(format!("Take {}/{takes}", active + 1)));
        }
        badges
    }
}
