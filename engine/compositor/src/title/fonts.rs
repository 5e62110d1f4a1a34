//! Fonts, and words turned into placed glyph pictures.

use av::ScanSize;
use cosmic_text::{
    Align, Attrs, Buffer, Family, FontSystem, Metrics, Shaping, Style, SwashCache, SwashImage,
    Weight, Wrap, fontdb,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use timeline::{TextAlign, Title};

/// The bundled font: titles look the same on every machine as far as its letters go (Latin, Greek, Cyrillic).
const BUNDLED: &[u8] = include_bytes!("../../../../assets/fonts/InterVariable.ttf");
const BUNDLED_FAMILY: &str = "Inter Variable";
/// Decides between Han variants where a text does not; kana and hangul decide by themselves.
const LOCALE: &str = "en-US";
/// Part of the frame's width that lines may take.
const LINE_WIDTH: f32 = 0.9;
/// From one line to the next, in heights of letters.
const LINE_HEIGHT: f32 = 1.2;

/// A glyph's pixels and where their corner lies in the frame.
pub struct Glyph {
    pub x: i32,
    pub y: i32,
    pub image: SwashImage,
}

/// Shaped words around the middle of the frame.
pub struct Block {
    pub glyphs: Vec<Glyph>,
    /// Left, top, right, bottom of the lines in the frame.
    pub lines: [f32; 4],
}

struct Fonts {
    system: FontSystem,
    swash: SwashCache,
}

/// Finding the system's fonts takes a good part of a second, so it is done once, when the first title is drawn.
fn fonts() -> &'static Mutex<Fonts> {
    static FONTS: OnceLock<Mutex<Fonts>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut database = fontdb::Database::new();
        database.load_system_fonts();
        database.load_font_source(fontdb::Source::Binary(Arc::new(BUNDLED)));
        database.set_sans_serif_family(BUNDLED_FAMILY);
        Mutex::new(Fonts {
            system: FontSystem::new_with_locale_and_db(LOCALE.into(), database),
            swash: SwashCache::new(),
        })
    })
}

/// Shapes, wraps and places the words of `title`, letters `height` pixels high.
pub fn shaped(title: &Title, height: f32, frame: ScanSize) -> Block {
    let mut fonts = fonts().lock().unwrap_or_else(PoisonError::into_inner);
    let Fonts { system, swash } = &mut *fonts;
    let (width, frame_height) = (frame.width as f32, frame.height as f32);
    let mut buffer = Buffer::new(system, Metrics::relative(height, LINE_HEIGHT));
    buffer.set_wrap(Wrap::WordOrGlyph);
    buffer.set_size(Some(width * LINE_WIDTH), None);
    let align = match title.align {
        TextAlign::Left => Align::Left,
        TextAlign::Center => Align::Center,
        TextAlign::Right => Align::Right,
    };
    buffer.set_text(
        &title.text,
        &attributes(title),
        Shaping::Advanced,
        Some(align),
    );
    buffer.shape_until_scroll(system, false);
    let bottom = buffer
        .layout_runs()
        .map(|run| run.line_top + run.line_height)
        .fold(0.0, f32::max);
    let (left, top) = (
        (width * (1.0 - LINE_WIDTH) / 2.0).round(),
        ((frame_height - bottom) / 2.0).round(),
    );
    let mut block = Block {
        glyphs: Vec::new(),
        lines: [f32::INFINITY, top, f32::NEG_INFINITY, top + bottom],
    };
    for run in buffer.layout_runs() {
        for glyph in run.glyphs {
            block.lines[0] = block.lines[0].min(left + glyph.x);
            block.lines[2] = block.lines[2].max(left + glyph.x + glyph.w);
            let placed = glyph.physical((left, top + run.line_y), 1.0);
            let Some(image) = swash.get_image_uncached(system, placed.cache_key) else {
                continue;
            };
            block.glyphs.push(Glyph {
                x: placed.x + image.placement.left,
                y: placed.y - image.placement.top,
                image,
            });
        }
    }
    block
}

fn attributes(title: &Title) -> Attrs<'_> {
    let family = match title.font_family.trim() {
        "" => Family::SansSerif,
        name => Family::Name(name),
    };
    let weight = if title.is_bold {
        Weight::BOLD
    } else {
        Weight::NORMAL
    };
    let style = if title.is_italic {
        Style::Italic
    } else {
        Style::Normal
    };
    Attrs::new().family(family).weight(weight).style(style)
}
