//! Filmstrips: which pictures of a clip are shown where, on a grid of media time that zooming and trimming keep to.

use av::{TICKS_PER_SECOND, TickRange, Ticks};
use egui::{Color32, Painter, Rangef, Rect, TextureHandle, pos2};

/// Pictures shown wider than this many times their height would be mostly cut off; a strip shows them narrower.
const ASPECT_MAX: f32 = 2.4;

/// Pictures shown narrower than this could not be told apart.
const ASPECT_MIN: f32 = 0.5;

/// The media time at which a tile of `length` looks for its picture.
///
/// Times lie on a grid of power-of-two parts of a second no coarser than a tile: neighbouring zooms, trims and moves
/// ask for the same pictures. What the clip does not use is never shown, so a cut shows no frame of the shot before.
pub fn tile_time(time: Ticks, length: Ticks, used: TickRange) -> Ticks {
    let mut step = TICKS_PER_SECOND * 64;
    // 1/128 s is shorter than a frame of any common rate.
    while step > length.0.max(1) && step > TICKS_PER_SECOND / 128 {
        step /= 2;
    }
    let on_grid = Ticks((time.0 + step / 2).div_euclid(step) * step);
    let last = (used.end() - Ticks(1)).max(used.start);
    on_grid.clamp(used.start, last)
}

/// Width of a tile of `height` for pictures of that aspect.
pub fn tile_width(height: f32, aspect: f32) -> f32 {
    (height * aspect.clamp(ASPECT_MIN, ASPECT_MAX)).max(1.0)
}

/// The tiles of a strip that begins at `left` which show in `span`: their index and left border.
pub fn tiles(left: f32, width: f32, span: Rangef) -> impl Iterator<Item = (i64, f32)> {
    let first = ((span.min - left) / width).floor().max(0.0) as i64;
    let end = ((span.max - left) / width).ceil().max(0.0) as i64;
    (first..end).map(move |index| (index, left + index as f32 * width))
}

/// Draws a picture so that it fills `rect`, cut at two sides if its shape differs.
pub fn paint_tile(painter: &Painter, rect: Rect, texture: &TextureHandle, tint: Color32) {
    let size = texture.size_vec2();
    let (wanted, has) = (rect.width() / rect.height(), size.x / size.y.max(1.0));
    let shown = if has > wanted {
        let side = 0.5 * wanted / has;
        Rect::from_min_max(pos2(0.5 - side, 0.0), pos2(0.5 + side, 1.0))
    } else {
        let side = 0.5 * has / wanted;
        Rect::from_min_max(pos2(0.0, 0.5 - side), pos2(1.0, 0.5 + side))
    };
    painter.image(texture.id(), rect, shown, tint);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Ticks = Ticks(TICKS_PER_SECOND);

    fn used() -> TickRange {
        TickRange::new(SECOND, Ticks(10 * SECOND.0))
    }

    #[test]
    fn a_little_zoom_or_trim_asks_for_the_same_pictures() {
        let at = |time: f64, length: f64| {
            let ticks = |seconds: f64| Ticks((seconds * SECOND.0 as f64) as i64);
            tile_time(ticks(time), ticks(length), used())
        };
        assert_eq!(at(3.1, 1.1), at(3.1, 1.9));
        assert_eq!(at(3.1, 1.1), at(2.9, 1.1));
        assert_eq!(at(3.1, 1.1), Ticks(3 * SECOND.0));
        assert_ne!(at(3.1, 0.3), at(3.6, 0.3));
    }

    #[test]
    fn nothing_outside_the_clip_is_shown() {
        let length = Ticks(4 * SECOND.0);
        assert_eq!(tile_time(SECOND, length, used()), SECOND);
        assert!(tile_time(Ticks(11 * SECOND.0), length, used()) < used().end());
        let still = TickRange::new(Ticks::ZERO, Ticks::ZERO);
        assert_eq!(tile_time(SECOND, length, still), Ticks::ZERO);
    }

    #[test]
    fn only_tiles_that_show_are_listed() {
        let found: Vec<_> = tiles(-1000.0, 100.0, Rangef::new(0.0, 250.0)).collect();
        assert_eq!(found, [(10, 0.0), (11, 100.0), (12, 200.0)]);
        assert_eq!(tiles(500.0, 100.0, Rangef::new(0.0, 250.0)).count(), 0);
    }
}
