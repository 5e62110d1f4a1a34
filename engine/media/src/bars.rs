//! Test pictures and sounds that say which they are.
//!
//! Three fixtures, made by arithmetic: color bars with a tone, frames that carry their own number as a bar code
//! ([`counting_frame`], read back by [`read_number`]), and a white frame with a beep at every full second.

use av::{
    AudioBlock, ColorSpace, FrameCount, FrameIndex, FrameRate, PixelFormat, SAMPLE_RATE, ScanSize,
    Ticks, VideoFrame,
};

/// Bits of the bar code; the number's own and a check of them.
const NUMBER_BITS: usize = 16;
const CHECK_BITS: usize = 8;
const CODE_BITS: usize = NUMBER_BITS + CHECK_BITS;

/// Luma of a set and of a clear bit, far from the threshold between them.
const BIT_SET: u8 = 220;
const BIT_CLEAR: u8 = 30;
const BIT_THRESHOLD: u32 = 125;

/// Frequency of the tone of [`bars`] and of the beeps.
const TONE_HERTZ: f64 = 1_000.0;

/// How long a beep lasts: 40 ms.
const BEEP_SAMPLES: i64 = SAMPLE_RATE as i64 / 25;

/// Height in pixels of the bar code band at the top of a picture.
pub fn code_height(size: ScanSize) -> u32 {
    (size.height / 4).max(2)
}

/// A picture of eight color bars at 75 % and its moment in `pts`.
pub fn bars(size: ScanSize, pts: Ticks) -> VideoFrame {
    // BT.709 limited: white, yellow, cyan, green, magenta, red, blue, black.
    const BARS: [[u8; 3]; 8] = [
        [180, 128, 128],
        [168, 44, 136],
        [145, 147, 44],
        [133, 63, 52],
        [63, 193, 204],
        [51, 109, 212],
        [28, 212, 120],
        [16, 128, 128],
    ];
    let plane = |index: usize, width: u32, height: u32| {
        let row: Vec<u8> = (0..width)
            .map(|x| BARS[(x * 8 / width.max(1)) as usize][index])
            .collect();
        row.repeat(height as usize)
    };
    let (half_width, half_height) = (size.width.div_ceil(2), size.height.div_ceil(2));
    let planes = [
        plane(0, size.width, size.height),
        plane(1, half_width, half_height),
        plane(2, half_width, half_height),
    ];
    VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, pts)
}

/// A sine of 1 kHz at a tenth of full scale, from sample `first` on.
pub fn tone(first: i64, frames: usize) -> AudioBlock {
    sound(first, frames, |_| 0.1)
}

/// A picture that carries `number` (up to 65535) in a bar code and moves enough to make encoders work.
pub fn counting_frame(size: ScanSize, number: usize, pts: Ticks) -> VideoFrame {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut luma = vec![0_u8; width * height];
    for (y, row) in luma.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = 64 + ((x + y * 2 + number * 5) % 96) as u8;
        }
    }
    draw_number(&mut luma, size, number);
    let half_area = (size.width.div_ceil(2) * size.height.div_ceil(2)) as usize;
    let tint = 112 + (number % 32) as u8;
    let planes = [luma, vec![tint; half_area], vec![240 - tint; half_area]];
    VideoFrame::from_i420(size, ColorSpace::VIDEO, planes, pts)
}

/// Draws the bar code of `number` over the top of a tightly packed luma plane.
pub fn draw_number(luma: &mut [u8], size: ScanSize, number: usize) {
    let code = code_of(number);
    let rows = luma
        .chunks_exact_mut(size.width.max(1) as usize)
        .take(code_height(size) as usize);
    for row in rows {
        for bit in 0..CODE_BITS {
            let value = if code >> bit & 1 == 1 {
                BIT_SET
            } else {
                BIT_CLEAR
            };
            row[cell(size, bit)].fill(value);
        }
    }
}

/// The number in a picture's bar code, or `None` where there is none to be read.
pub fn read_number(frame: &VideoFrame) -> Option<usize> {
    if frame.size.width < CODE_BITS as u32 || frame.size.height < 4 {
        return None;
    }
    let rows = code_height(frame.size) as usize;
    let step = frame.plane_sample_bytes(0);
    // In RGBA the green byte stands for luma; bits are far enough apart.
    let offset = usize::from(frame.format == PixelFormat::Rgba8);
    let mut code = 0_usize;
    for bit in 0..CODE_BITS {
        let cell = cell(frame.size, bit);
        let margin = cell.len() / 4;
        let (mut sum, mut count) = (0, 0);
        for y in rows / 4..rows - rows / 4 {
            let row = frame.row(0, y);
            for x in cell.start + margin..cell.end - margin {
                sum += u32::from(row[x * step + offset]);
                count += 1;
            }
        }
        code |= usize::from(sum / count.max(1) > BIT_THRESHOLD) << bit;
    }
    let number = code & ((1 << NUMBER_BITS) - 1);
    (code_of(number) == code).then_some(number)
}

/// The number with its check bits above it.
fn code_of(number: usize) -> usize {
    let number = number & ((1 << NUMBER_BITS) - 1);
    // A product scatters its bits, so that neither flat pictures nor shifted cells pass.
    let check = (number * 40_503 + 12_345) >> 7 & ((1 << CHECK_BITS) - 1);
    check << NUMBER_BITS | number
}

fn cell(size: ScanSize, bit: usize) -> std::ops::Range<usize> {
    let width = size.width as usize;
    bit * width / CODE_BITS..(bit + 1) * width / CODE_BITS
}

/// Whether frame `number` is one of the white ones: the first of each second.
pub fn is_flash(number: FrameIndex, rate: FrameRate) -> bool {
    let second = |frame: FrameIndex| {
        rate.ticks_from_frame(frame)
            .0
            .div_euclid(av::TICKS_PER_SECOND)
    };
    second(number) != second(number - FrameCount::ONE)
}

/// Black, and white at the first frame of each second.
pub fn flash_frame(size: ScanSize, number: FrameIndex, rate: FrameRate) -> VideoFrame {
    let luma = if is_flash(number, rate) { 235 } else { 16 };
    let half_area = (size.width.div_ceil(2) * size.height.div_ceil(2)) as usize;
    let planes = [
        vec![luma; size.area() as usize],
        vec![128; half_area],
        vec![128; half_area],
    ];
    VideoFrame::from_i420(
        size,
        ColorSpace::VIDEO,
        planes,
        rate.ticks_from_frame(number),
    )
}

/// Silence, and 40 ms of tone from each full second on; starts at sample `first`.
pub fn beeps(first: i64, frames: usize) -> AudioBlock {
    let loudness = |sample: i64| {
        if sample.rem_euclid(i64::from(SAMPLE_RATE)) < BEEP_SAMPLES {
            0.5
        } else {
            0.0
        }
    };
    sound(first, frames, loudness)
}

fn sound(first: i64, frames: usize, loudness: impl Fn(i64) -> f64) -> AudioBlock {
    let sample = |number: i64| {
        let turns = number as f64 * TONE_HERTZ / f64::from(SAMPLE_RATE);
        // A cosine, so that a beep begins with its loudest sample and is found exactly.
        ((turns * std::f64::consts::TAU).cos() * loudness(number)) as f32
    };
    let samples = (first..first + frames as i64).flat_map(|number| [sample(number); av::CHANNELS]);
    AudioBlock {
        samples: samples.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_nothing_else_does() {
        for size in [
            ScanSize::new(160, 96),
            ScanSize::new(25, 5),
            ScanSize::new(1920, 1080),
        ] {
            for number in [0, 1, 7, 255, 256, 4_095, 65_535] {
                let frame = counting_frame(size, number, Ticks::ZERO);
                assert_eq!(read_number(&frame), Some(number), "{number} at {size}");
            }
        }
        assert_eq!(
            read_number(&bars(ScanSize::new(160, 96), Ticks::ZERO)),
            None
        );
        let black = flash_frame(ScanSize::new(160, 96), FrameIndex(3), FrameRate::FPS_25);
        assert_eq!(read_number(&black), None);
    }

    #[test]
    fn one_frame_a_second_flashes() {
        for rate in FrameRate::COMMON {
            let flashes = (0..10 * i64::from(rate.num()) / i64::from(rate.den()))
                .filter(|number| is_flash(FrameIndex(*number), rate))
                .count();
            assert_eq!(flashes, 10, "{rate}");
        }
    }
}
