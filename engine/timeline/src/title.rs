//! Words on the picture, and the colors they have.

use serde::{Deserialize, Serialize};

/// A color as straight sRGB bytes with alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rgba(pub [u8; 4]);

impl Rgba {
    /// Opaque black.
    pub const BLACK: Self = Self([0, 0, 0, 255]);
    /// Opaque white.
    pub const WHITE: Self = Self([255, 255, 255, 255]);
    /// Nothing.
    pub const CLEAR: Self = Self([0, 0, 0, 0]);
}
impl From<Rgba> for String {
    fn from(Rgba([r, g, b, a]): Rgba) -> Self {
        format!("#{r:02x}{g:02x}{b:02x}{a:02x}")
    }
}
impl TryFrom<String> for Rgba {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
impl std::str::FromStr for Rgba {
    type Err = String;
    /// Reads `#rrggbb` or `#rrggbbaa`.
    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("\"{text}\" is not a color such as #20a0ff");
        let digits = text.strip_prefix('#').unwrap_or(text);
        if !matches!(digits.len(), 6 | 8) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        let mut bytes = [255; 4];
        for (index, byte) in bytes.iter_mut().enumerate().take(digits.len() / 2) {
            *byte = u8::from_str_radix(&digits[index * 2..index * 2 + 2], 16)
                .map_err(|_not_hex| error())?;
        }
        Ok(Self(bytes))
    }
}

/// Which side lines of text keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextAlign {
    /// Left edge.
    Left,
    /// Middle.
    #[default]
    Center,
    /// Right edge.
    Right,
}

/// Words in the middle of the frame; the item's transform moves them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Title {
    /// The words; lines are split at line feeds and wrapped at 90 % of the frame's width.
    pub text: String,
    /// Font family; empty for the system's sans serif with its fallbacks.
    pub font_family: String,
    /// Height of a line's letters in parts of the frame's height.
    pub size: f64,
    /// Whether letters are bold.
    pub is_bold: bool,
    /// Whether letters lean.
    pub is_italic: bool,
    /// Which side lines keep to.
    pub align: TextAlign,
    /// Color of the letters.
    pub color: Rgba,
    /// Color of an edge around them; clear for none.
    pub outline: Rgba,
    /// Width of the edge in parts of the letters' height.
    pub outline_width: f64,
    /// Color of a box behind the lines; clear for none.
    pub box_color: Rgba,
    /// Color of the shadow; clear for none.
    pub shadow: Rgba,
}

impl Default for Title {
    fn default() -> Self {
        Self {
            text: String::new(),
            font_family: String::new(),
            size: 0.1,
            is_bold: true,
            is_italic: false,
            align: TextAlign::Center,
            color: Rgba::WHITE,
            outline: Rgba::CLEAR,
            outline_width: 0.04,
            box_color: Rgba::CLEAR,
            shadow: Rgba([0, 0, 0, 160]),
        }
    }
}
