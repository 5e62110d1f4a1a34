//! Box, shadow, outline and letters, painted over one another.

use super::{
    TitlePicture,
    fonts::{Block, Glyph},
    mask::Mask,
};
use av::ScanSize;
use cosmic_text::SwashContent;
use timeline::{Rgba, Title};

/// Room between lines and the edge of their box, in heights of letters, across and down.
const BOX_MARGIN: [f32; 2] = [0.35, 0.12];
/// How far right and down the shadow falls, in heights of letters.
const SHADOW_SHIFT: f32 = 0.045;
/// Softness of the shadow, in heights of letters.
const SHADOW_SIGMA: f32 = 0.04;

/// Part of the frame that is painted, in frame pixels; right and bottom are one past the end.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Area {
    const NONE: Self = Self {
        left: i32::MAX,
        top: i32::MAX,
        right: i32::MIN,
        bottom: i32::MIN,
    };

    fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    fn within(self, frame: ScanSize) -> Option<Self> {
        let cut = Self {
            left: self.left.max(0),
            top: self.top.max(0),
            right: self.right.min(frame.width as i32),
            bottom: self.bottom.min(frame.height as i32),
        };
        (cut.left < cut.right && cut.top < cut.bottom).then_some(cut)
    }

    fn grown(self, by: i32) -> Self {
        Self {
            left: self.left.saturating_sub(by),
            top: self.top.saturating_sub(by),
            right: self.right.saturating_add(by),
            bottom: self.bottom.saturating_add(by),
        }
    }

    fn width(self) -> usize {
        (self.right - self.left) as usize
    }

    fn height(self) -> usize {
        (self.bottom - self.top) as usize
    }
}

/// Premultiplied colors of an area.
struct Paint {
    area: Area,
    pixels: Vec<[f32; 4]>,
}

impl Paint {
    fn over(&mut self, index: usize, [r, g, b, a]: [f32; 4]) {
        let under = &mut self.pixels[index];
        let rest = 1.0 - a;
        *under = [
            under[0].mul_add(rest, r),
            under[1].mul_add(rest, g),
            under[2].mul_add(rest, b),
            under[3].mul_add(rest, a),
        ];
    }

    /// `color` where `mask` is, which lies `shift` pixels right and down.
    fn mask(&mut self, mask: &Mask, color: Rgba, shift: usize) {
        let [r, g, b, a] = premultiplied(color);
        if a == 0.0 {
            return;
        }
        for y in shift..mask.height {
            for x in shift..mask.width {
                let cover = mask.values[(y - shift) * mask.width + x - shift];
                if cover > 0.0 {
                    let index = y * mask.width + x;
                    self.over(index, [r * cover, g * cover, b * cover, a * cover]);
                }
            }
        }
    }

    /// Draws a rectangle with soft edges where it ends between pixels.
    fn rectangle(&mut self, [left, top, right, bottom]: [f32; 4], color: Rgba) {
        let [r, g, b, a] = premultiplied(color);
        let cover = |low: f32, high: f32, at: i32| {
            (high.min((at + 1) as f32) - low.max(at as f32)).clamp(0.0, 1.0)
        };
        let width = self.area.width();
        for y in 0..self.area.height() {
            let down = cover(top, bottom, self.area.top + y as i32);
            for x in 0..width {
                let part = down * cover(left, right, self.area.left + x as i32);
                if part > 0.0 {
                    self.over(y * width + x, [r * part, g * part, b * part, a * part]);
                }
            }
        }
    }
}

/// The title's pixels; `None` when all lies outside the frame.
pub fn painted(title: &Title, height: f32, frame: ScanSize, block: &Block) -> Option<TitlePicture> {
    let outline = if title.outline.0[3] == 0 {
        0.0
    } else {
        title.outline_width.max(0.0) as f32 * height
    };
    let has_shadow = title.shadow.0[3] > 0;
    let shadow_reach = if has_shadow {
        height * (SHADOW_SHIFT + 3.0 * SHADOW_SIGMA)
    } else {
        0.0
    };
    let letters = block
        .glyphs
        .iter()
        .map(glyph_area)
        .fold(Area::NONE, Area::with);
    let mut area = letters.grown((outline + shadow_reach).ceil() as i32 + 1);
    let behind = box_edges(title, height, block);
    if let Some([left, top, right, bottom]) = behind {
        area = area.with(Area {
            left: left.floor() as i32,
            top: top.floor() as i32,
            right: right.ceil() as i32,
            bottom: bottom.ceil() as i32,
        });
    }
    let area = area.within(frame)?;
    let mut paint = Paint {
        area,
        pixels: vec![[0.0; 4]; area.width() * area.height()],
    };
    if let Some(edges) = behind {
        paint.rectangle(edges, title.box_color);
    }
    let letters = letter_mask(area, &block.glyphs);
    let outlined = (outline > 0.0).then(|| letters.grown(outline));
    if has_shadow {
        let shape = outlined.as_ref().unwrap_or(&letters);
        let shadow = shape.softened(height * SHADOW_SIGMA);
        let shift = (height * SHADOW_SHIFT).round() as usize;
        paint.mask(&shadow, title.shadow, shift);
    }
    if let Some(outlined) = &outlined {
        paint.mask(outlined, title.outline, 0);
    }
    paint.mask(&letters, title.color, 0);
    paint_colored(&mut paint, &block.glyphs);
    Some(finished(&paint))
}

fn box_edges(title: &Title, height: f32, block: &Block) -> Option<[f32; 4]> {
    let [left, top, right, bottom] = block.lines;
    let [across, down] = BOX_MARGIN.map(|margin| margin * height);
    (title.box_color.0[3] > 0 && left < right).then_some([
        left - across,
        top - down,
        right + across,
        bottom + down,
    ])
}

fn glyph_area(glyph: &Glyph) -> Area {
    let placement = glyph.image.placement;
    if placement.width == 0 || placement.height == 0 {
        return Area::NONE;
    }
    Area {
        left: glyph.x,
        top: glyph.y,
        right: glyph.x + placement.width as i32,
        bottom: glyph.y + placement.height as i32,
    }
}

/// Calls `put` with the index in `area` and the index in the glyph of every pixel that both have.
fn each_pixel(area: Area, glyph: &Glyph, mut put: impl FnMut(usize, usize)) {
    let Some(cut) = Some(glyph_area(glyph)).filter(|cut| cut.left <= cut.right) else {
        return;
    };
    for y in cut.top.max(area.top)..cut.bottom.min(area.bottom) {
        for x in cut.left.max(area.left)..cut.right.min(area.right) {
            let index = (y - area.top) as usize * area.width() + (x - area.left) as usize;
            put(
                index,
                (y - cut.top) as usize * cut.width() + (x - cut.left) as usize,
            );
        }
    }
}

/// How much of each pixel plain letters cover; colored glyphs count for outline and shadow elsewhere.
fn letter_mask(area: Area, glyphs: &[Glyph]) -> Mask {
    let mut mask = Mask::new(area.width(), area.height());
    for glyph in glyphs {
        if glyph.image.content != SwashContent::Mask {
            continue;
        }
        each_pixel(area, glyph, |index, source| {
            let cover = f32::from(glyph.image.data[source]) / 255.0;
            let held = &mut mask.values[index];
            // Letters that touch, as in joined scripts, cover a pixel together.
            *held = (*held + cover).min(1.0);
        });
    }
    mask
}

/// Emoji bring their own colors.
fn paint_colored(paint: &mut Paint, glyphs: &[Glyph]) {
    for glyph in glyphs {
        if glyph.image.content != SwashContent::Color {
            continue;
        }
        each_pixel(paint.area, glyph, |index, source| {
            let pixel = &glyph.image.data[source * 4..source * 4 + 4];
            paint.over(
                index,
                premultiplied(Rgba([pixel[0], pixel[1], pixel[2], pixel[3]])),
            );
        });
    }
}

fn premultiplied(Rgba([r, g, b, a]): Rgba) -> [f32; 4] {
    let alpha = f32::from(a) / 255.0;
    let [r, g, b] = [r, g, b].map(|value| f32::from(value) / 255.0 * alpha);
    [r, g, b, alpha]
}

fn finished(paint: &Paint) -> TitlePicture {
    let byte = |value: f32| (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
    TitlePicture {
        origin: [paint.area.left as u32, paint.area.top as u32],
        size: ScanSize::new(paint.area.width() as u32, paint.area.height() as u32),
        premultiplied: paint
            .pixels
            .iter()
            .flat_map(|pixel| pixel.map(byte))
            .collect(),
    }
}
