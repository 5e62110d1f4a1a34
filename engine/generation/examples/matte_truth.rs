//! You will see how far mattes are from the truth, where the truth is known: subjects are put before other backgrounds, moved,
//! and found again. `cargo run -p generation --example matte_truth -- FOOTAGE [OUT_FOLDER [FRAMES [CLIP]]]`, a hundred frames and
//! all clips unless it is said (`CLIP` is the beginning of a name); FOOTAGE holds `astronaut.png`, `coffee.png`, `bunny.png`,
//! `china.jpg` and a folder `traffic` of numbered frames.
//!
//! Each clip is done without help; with a box drawn round the subject on the first picture; and with two clicks more, on the
//! picture that came out worst: one in the middle of the largest piece that is missing, one in that of the largest that is too much.
//!
//! Cut-outs take their shape from the network's own matte of the still, hardened and its largest piece kept: by
//! definition the truth of the clip, but of a shape that the network likes. The drawn figure owes it nothing.

use av::{ScanSize, Ticks, VideoFrame};
use generation::{
    Matte, Matter, Models,
    matte::{
        correct::{Anchor, Corrections, Mark},
        focus::{Focus, Look},
    },
    models::u2net::U2NetMatter,
};
use std::{
    error::Error,
    io::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Instant,
};

type Fallible<T> = Result<T, Box<dyn Error>>;

const SIZE: ScanSize = ScanSize::new(640, 360);
/// Frames of a clip, and of the footage it is put before.
const COUNT: usize = 100;

/// Red, green, blue and alpha from 0 to 1, straight.
#[derive(Clone)]
struct Sprite {
    size: [usize; 2],
    pixels: Vec<[f32; 4]>,
}

/// How a subject stands in a frame: its middle in pixels, its height in pixels, its turn in radians.
struct Pose {
    middle: [f32; 2],
    height: f32,
    turn: f32,
}

struct Clip {
    name: &'static str,
    subject: Sprite,
    /// Backgrounds, gone through there and back.
    behind: Vec<Sprite>,
    /// How fast the subject sways.
    pace: f32,
    height: f32,
}

struct Score {
    overlap: f64,
    worst: f64,
    error: f64,
    flicker: f64,
    true_flicker: f64,
}

/// A frame and its true matte.
type Made = (VideoFrame, Vec<f32>);

fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let footage = arguments.next().ok_or("matte_truth FOOTAGE [OUT_FOLDER]")?;
    let out_folder = arguments.next();
    let count = match arguments.next() {
        Some(count) => count.to_string_lossy().parse()?,
        None => COUNT,
    };
    let mut matter = Matter::new(Box::new(U2NetMatter::open(&Models::locate()?)?));
    let clips = clips(&footage, &mut matter)?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "| clip | IoU, mean | IoU, worst frame | mean error | flicker | of the truth | ratio | s a frame |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    let chosen = arguments.next().unwrap_or_default();
    let chosen = chosen.to_string_lossy().into_owned();
    for clip in clips.iter().filter(|clip| clip.name.starts_with(&chosen)) {
        let made: Vec<Made> = (0..count).map(|frame| composed(clip, frame)).collect();
        let mut tell = |how: &str, mattes: &[Matte], seconds: f64| -> Fallible<()> {
            if let Some(folder) = &out_folder {
                for frame in [0, count / 2, count - 1] {
                    let name = format!("{}{how}", clip.name);
                    save(
                        folder,
                        &name,
                        frame,
                        (&made[frame], &values(&mattes[frame])),
                    )?;
                }
            }
            let score = scored(&made, mattes);
            writeln!(
                out,
                "| {}{how} | {:.4} | {:.4} | {:.4} | {:.5} | {:.5} | {:.2} | {seconds:.2} |",
                clip.name,
                score.overlap,
                score.worst,
                score.error,
                score.flicker,
                score.true_flicker,
                score.flicker / score.true_flicker
            )?;
            Ok(out.flush()?)
        };
        matter = matter.within(None);
        let start = Instant::now();
        let mattes = found(&made, &mut matter)?;
        let each = |start: Instant| start.elapsed().as_secs_f64() / count as f64;
        tell("", &mattes, each(start))?;
        let start = Instant::now();
        matter = matter.within(focus(&made)?);
        let mut read = |index: usize| Ok(made[index].0.clone());
        matter.look_ahead(
            made.len(),
            &mut read,
            &mut |_step| ControlFlow::Continue(()),
        )?;
        let mattes = found(&made, &mut matter)?;
        tell(", a box drawn", &mattes, each(start))?;
        let start = Instant::now();
        let mattes = clicked(&made, &mattes)?;
        tell(", a box and two clicks", &mattes, each(start))?;
    }
    Ok(())
}

fn clips(footage: &Path, matter: &mut Matter) -> Fallible<Vec<Clip>> {
    let mut traffic = Vec::new();
    for number in 1..=COUNT {
        traffic.push(read(&footage.join(format!("traffic/{number:03}.jpg")))?);
    }
    let china = panned(&read(&footage.join("china.jpg"))?);
    let cut = |name: &str, matter: &mut Matter| cut_out(&read(&footage.join(name))?, matter);
    Ok(vec![
        Clip {
            name: "astronaut before traffic",
            subject: cut("astronaut.png", matter)?,
            behind: traffic.clone(),
            pace: 1.0,
            height: 330.0,
        },
        Clip {
            name: "cartoon before a palace",
            subject: cut("bunny.png", matter)?,
            behind: china.clone(),
            pace: 1.4,
            height: 300.0,
        },
        Clip {
            name: "cup before traffic",
            subject: cut("coffee.png", matter)?,
            behind: traffic,
            pace: 0.7,
            height: 220.0,
        },
        Clip {
            name: "drawn figure before a palace",
            subject: figure(),
            behind: china,
            pace: 1.0,
            height: 300.0,
        },
    ])
}

/// A box as somebody draws it round the subject on the first picture, a little wide, followed through the clip.
fn focus(made: &[Made]) -> Fallible<Option<Focus>> {
    let truth = &made[0].1;
    let width = SIZE.width as usize;
    let seen = || (0..truth.len()).filter(|&at| truth[at] >= 0.5);
    let span = |value: &dyn Fn(usize) -> usize, length: u32| {
        let low = seen().map(value).min().unwrap_or(0) as f64;
        let high = seen().map(value).max().unwrap_or(0) as f64 + 1.0;
        [
            (low - 5.0) / f64::from(length),
            (high + 5.0) / f64::from(length),
        ]
    };
    let [left, right] = span(&|at| at % width, SIZE.width);
    let [top, bottom] = span(&|at| at / width, SIZE.height);
    let look = Look {
        frame: 0,
        bounds: [left, top, right, bottom],
    };
    let mut read = |index: usize| Ok(made[index].0.clone());
    let goes_on = &mut |_step| ControlFlow::Continue(());
    Ok(Focus::follow(&[look], made.len(), &mut read, goes_on)?)
}

fn found(made: &[Made], matter: &mut Matter) -> Fallible<Vec<Matte>> {
    let mut mattes: Vec<Matte> = Vec::new();
    matter.matte_clip(
        &mut made.iter().map(|(frame, _)| frame.clone()),
        made.len(),
        &mut |_step| ControlFlow::Continue(()),
        &mut |_index, matte| {
            mattes.push(matte);
            Ok(())
        },
    )?;
    Ok(mattes)
}

/// The mattes after two clicks on the picture that came out worst.
fn clicked(made: &[Made], mattes: &[Matte]) -> Fallible<Vec<Matte>> {
    let overlaps = |frame: &usize| overlap(&values(&mattes[*frame]), &made[*frame].1);
    let worst = (0..made.len()).min_by(|a, b| overlaps(a).total_cmp(&overlaps(b)));
    let frame = worst.unwrap_or(0);
    let found = values(&mattes[frame]);
    let pairs = || found.iter().zip(&made[frame].1);
    let missing: Vec<bool> = pairs().map(|(f, t)| *f < 0.5 && *t >= 0.5).collect();
    let too_much: Vec<bool> = pairs().map(|(f, t)| *f >= 0.5 && *t < 0.5).collect();
    let mark = |is_subject: bool, wrong: &[bool]| {
        let (at, deep) = deepest(wrong);
        let [x, y] = [at % SIZE.width as usize, at / SIZE.width as usize];
        let point = [
            (x as f64 + 0.5) / f64::from(SIZE.width),
            (y as f64 + 0.5) / f64::from(SIZE.height),
        ];
        // A click never reaches over the border of what is wrong.
        let radius = (deep as f64).min(0.02 * f64::from(SIZE.height)) / f64::from(SIZE.height);
        (deep > 1).then(|| Mark {
            is_subject,
            points: vec![point],
            radius,
            grows: true,
        })
    };
    let marks = [mark(true, &missing), mark(false, &too_much)];
    let anchor = Anchor {
        frame,
        marks: marks.into_iter().flatten().collect(),
        found: Some(mattes[frame].clone()),
    };
    let mut read = |index: usize| Ok(made[index].0.clone());
    let goes_on = &mut |_step| ControlFlow::Continue(());
    let corrections = Corrections::find(vec![anchor], made.len(), &mut read, goes_on)?;
    let all = made.iter().zip(mattes).enumerate();
    Ok(all
        .map(|(index, ((picture, _), matte))| corrections.apply(index, picture, matte))
        .collect())
}

/// The pixel that lies deepest within a piece, and how many steps deep.
fn deepest(wrong: &[bool]) -> (usize, usize) {
    let width = SIZE.width as usize;
    let mut left = wrong.to_vec();
    let mut deep = (0, 0);
    for depth in 1.. {
        let Some(at) = left.iter().position(|is_left| *is_left) else {
            break;
        };
        deep = (at, depth);
        let inner = (0..left.len()).map(|at| {
            let (x, y) = (at % width, at / width);
            let is_inner = x > 0 && x + 1 < width && y > 0 && y + 1 < SIZE.height as usize;
            is_inner
                && [at, at - 1, at + 1, at - width, at + width]
                    .iter()
                    .all(|&at| left[at])
        });
        left = inner.collect();
    }
    deep
}

fn values(matte: &Matte) -> Vec<f32> {
    matte.alpha.iter().map(|&a| f32::from(a) / 255.0).collect()
}

fn scored(made: &[Made], mattes: &[Matte]) -> Score {
    let count = made.len();
    let found: Vec<Vec<f32>> = mattes.iter().map(values).collect();
    let mut overlaps = Vec::new();
    let (mut error, mut flicker, mut true_flicker) = (0.0, 0.0, 0.0);
    for frame in 0..count {
        let truth = &made[frame].1;
        overlaps.push(overlap(&found[frame], truth));
        error += distance(&found[frame], truth);
        if frame > 0 {
            flicker += distance(&found[frame], &found[frame - 1]);
            true_flicker += distance(truth, &made[frame - 1].1);
        }
    }
    let steps = (count - 1) as f64;
    Score {
        overlap: overlaps.iter().sum::<f64>() / count as f64,
        worst: overlaps.iter().copied().fold(1.0, f64::min),
        error: error / count as f64,
        flicker: flicker / steps,
        true_flicker: true_flicker / steps,
    }
}

/// Pixels in both over pixels in either, where half and more is in.
fn overlap(a: &[f32], b: &[f32]) -> f64 {
    let is_in = |value: &f32| *value >= 0.5;
    let pairs = || a.iter().zip(b);
    let both = pairs().filter(|(a, b)| is_in(a) && is_in(b)).count();
    let either = pairs().filter(|(a, b)| is_in(a) || is_in(b)).count();
    both as f64 / either.max(1) as f64
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum();
    sum / a.len() as f64
}

/// A frame of a clip and its true matte.
fn composed(clip: &Clip, frame: usize) -> (VideoFrame, Vec<f32>) {
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    let time = frame as f32 / 25.0 * clip.pace;
    let pose = Pose {
        middle: [
            320.0 + 110.0 * (time * 1.1).sin(),
            height as f32 - clip.height * 0.47 + 10.0 * (time * 2.3).sin(),
        ],
        height: clip.height * (1.0 + 0.06 * (time * 0.9).sin()),
        turn: 0.07 * (time * 1.7).sin(),
    };
    let last = clip.behind.len() - 1;
    let along = frame % (2 * last.max(1));
    let behind = &clip.behind[if along > last {
        2 * last - along
    } else {
        along
    }
    .min(last)];
    let (mut data, mut truth) = (Vec::new(), Vec::new());
    for y in 0..height {
        for x in 0..width {
            let [r, g, b, a] = clip.subject.posed(&pose, [x as f32 + 0.5, y as f32 + 0.5]);
            let back = behind.at(x, y);
            for (front, back) in [r, g, b].into_iter().zip(back) {
                data.push(((front * a + back * (1.0 - a)) * 255.0 + 0.5) as u8);
            }
            data.push(255);
            truth.push(a);
        }
    }
    (VideoFrame::from_rgba(SIZE, data, Ticks::ZERO), truth)
}

impl Sprite {
    /// A pixel; the border goes on outside.
    fn at(&self, x: usize, y: usize) -> [f32; 4] {
        self.pixels[y.min(self.size[1] - 1) * self.size[0] + x.min(self.size[0] - 1)]
    }

    /// What a point of the frame shows of the sprite: means over what it covers, nothing outside.
    fn posed(&self, pose: &Pose, point: [f32; 2]) -> [f32; 4] {
        const TAPS: usize = 2;
        let scale = self.size[1] as f32 / pose.height;
        let (sin, cos) = pose.turn.sin_cos();
        let mut sum = [0.0; 4];
        for tap in 0..TAPS * TAPS {
            let dx = point[0] - pose.middle[0] + ((tap % TAPS) as f32 + 0.5) / TAPS as f32 - 0.5;
            let dy = point[1] - pose.middle[1] + ((tap / TAPS) as f32 + 0.5) / TAPS as f32 - 0.5;
            let u = (cos * dx + sin * dy) * scale + self.size[0] as f32 / 2.0;
            let v = (cos * dy - sin * dx) * scale + self.size[1] as f32 / 2.0;
            if u >= 0.0 && v >= 0.0 && u < self.size[0] as f32 && v < self.size[1] as f32 {
                let [r, g, b, a] = self.at(u as usize, v as usize);
                for (sum, value) in sum.iter_mut().zip([r * a, g * a, b * a, a]) {
                    *sum += value;
                }
            }
        }
        let a = sum[3];
        let straight = |value: f32| if a > 0.0 { value / a } else { 0.0 };
        let count = (TAPS * TAPS) as f32;
        [
            straight(sum[0]),
            straight(sum[1]),
            straight(sum[2]),
            a / count,
        ]
    }
}

fn read(path: &Path) -> Fallible<Sprite> {
    let picture = image::open(path).map_err(|error| format!("{error}: {}", path.display()))?;
    let picture = picture.to_rgba8();
    let unit = |pixel: &image::Rgba<u8>| pixel.0.map(|value| f32::from(value) / 255.0);
    Ok(Sprite {
        size: [picture.width() as usize, picture.height() as usize],
        pixels: picture.pixels().map(unit).collect(),
    })
}

/// A frame-sized window that goes over a larger picture.
fn panned(picture: &Sprite) -> Vec<Sprite> {
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    let scale = (height + 60) as f32 / picture.size[1] as f32;
    let scale = scale.max((width + 60) as f32 / picture.size[0] as f32);
    (0..COUNT)
        .map(|frame| {
            let shift = 60.0 * frame as f32 / COUNT as f32;
            let pixels = (0..width * height).map(|at| {
                let x = ((at % width) as f32 + shift) / scale;
                let y = ((at / width) as f32 + 30.0) / scale;
                picture.at(x as usize, y as usize)
            });
            Sprite {
                size: [width, height],
                pixels: pixels.collect(),
            }
        })
        .collect()
}

/// The subject of a still: its matte hardened, its largest piece kept, cut to its own borders.
fn cut_out(picture: &Sprite, matter: &mut Matter) -> Fallible<Sprite> {
    let [width, height] = picture.size;
    let bytes = picture
        .pixels
        .iter()
        .flat_map(|pixel| pixel.map(|v| (v * 255.0) as u8));
    let size = ScanSize::new(width as u32, height as u32);
    let frame = VideoFrame::from_rgba(size, bytes.collect(), Ticks::ZERO);
    let matte = matter.matte(&frame, &mut |_step| ControlFlow::Continue(()))?;
    let hard = |alpha: u8| ((f32::from(alpha) / 255.0 - 0.5) * 3.0 + 0.5).clamp(0.0, 1.0);
    let mut alpha: Vec<f32> = matte.alpha.iter().map(|&alpha| hard(alpha)).collect();
    let kept = largest_piece(&alpha, width);
    for (alpha, kept) in alpha.iter_mut().zip(kept) {
        *alpha *= f32::from(u8::from(kept));
    }
    let seen = |at: &usize| alpha[*at] > 0.0;
    let places = || (0..alpha.len()).filter(seen);
    let span = |value: fn(usize, usize) -> usize| {
        let low = places().map(|at| value(at, width)).min().unwrap_or(0);
        let high = places().map(|at| value(at, width)).max().unwrap_or(0);
        low..=high
    };
    let (across, down) = (span(|at, width| at % width), span(|at, width| at / width));
    let columns = across.clone();
    let pixels = down
        .clone()
        .flat_map(|y| columns.clone().map(move |x| (x, y)));
    let pixels = pixels.map(|(x, y)| {
        let [r, g, b, _] = picture.at(x, y);
        [r, g, b, alpha[y * width + x]]
    });
    Ok(Sprite {
        size: [across.count(), down.count()],
        pixels: pixels.collect(),
    })
}

/// The pixels of the largest piece that hangs together.
fn largest_piece(alpha: &[f32], width: usize) -> Vec<bool> {
    let mut piece = vec![0_usize; alpha.len()];
    let mut sizes = vec![0_usize];
    for start in 0..alpha.len() {
        if alpha[start] < 0.5 || piece[start] > 0 {
            continue;
        }
        let number = sizes.len();
        sizes.push(0);
        let mut open = vec![start];
        piece[start] = number;
        while let Some(at) = open.pop() {
            sizes[number] += 1;
            let steps = [
                at.wrapping_sub(1),
                at + 1,
                at.wrapping_sub(width),
                at + width,
            ];
            for next in steps {
                if next < alpha.len() && alpha[next] >= 0.1 && piece[next] == 0 {
                    piece[next] = number;
                    open.push(next);
                }
            }
        }
    }
    let largest = (1..sizes.len())
        .max_by_key(|&number| sizes[number])
        .unwrap_or(0);
    piece
        .iter()
        .map(|&number| number > 0 && number == largest)
        .collect()
}

/// Somebody with a head, a striped shirt and arms, drawn at twice the size.
fn figure() -> Sprite {
    let size = [420_usize, 640_usize];
    let pixels = (0..size[0] * size[1]).map(|at| {
        let (x, y) = ((at % size[0]) as f32 - 210.0, (at / size[0]) as f32);
        let soft = |inside: f32| (inside / 2.0 + 0.5).clamp(0.0, 1.0);
        let head = soft(92.0 - (x / 0.85).hypot(y - 110.0));
        let neck = soft((34.0 - x.abs()).min((y - 180.0).min(270.0 - y)));
        let wide = 130.0 + (y - 250.0) * 0.08;
        let body = soft((wide - x.abs()).min(y - 235.0 - x.abs() * 0.22));
        let arm = |side: f32| {
            let (dx, dy) = (x * side - 150.0, y - 300.0);
            let along = (dx * 0.25 + dy * 0.97).clamp(0.0, 260.0);
            soft(32.0 - (dx - along * 0.25).hypot(dy - along * 0.97))
        };
        let arms = arm(1.0).max(arm(-1.0));
        let hair = if y < 85.0 { 1.0 } else { 0.0 };
        let grain = ((x * 0.9).sin() * (y * 0.7).cos()) * 0.03;
        let skin = [0.82 - 0.5 * hair, 0.62 - 0.42 * hair, 0.5 - 0.36 * hair];
        let stripe = if (y / 26.0).fract() < 0.5 { 0.75 } else { 0.45 };
        let color = if head.max(neck) > body.max(arms) {
            skin
        } else {
            [stripe, 0.25 * stripe, 0.3 * stripe]
        };
        let alpha = head.max(neck).max(body).max(arms);
        let [r, g, b] = color.map(|value| (value + grain).clamp(0.0, 1.0));
        [r, g, b, alpha]
    });
    Sprite {
        size,
        pixels: pixels.collect(),
    }
}

fn save(
    folder: &Path,
    name: &str,
    frame: usize,
    ((picture, truth), found): (&(VideoFrame, Vec<f32>), &[f32]),
) -> Fallible<()> {
    std::fs::create_dir_all(folder)?;
    let (width, height) = (SIZE.width, SIZE.height);
    // The picture, where red is subject that was missed and blue is what was taken for it.
    let mut bytes = picture.planes[0].data.to_vec();
    for ((pixel, truth), found) in bytes.chunks_exact_mut(4).zip(truth).zip(found) {
        let (missed, added) = ((truth - found).max(0.0), (found - truth).max(0.0));
        pixel[0] = pixel[0].max((missed * 255.0) as u8);
        pixel[2] = pixel[2].max((added * 255.0) as u8);
        let seen = 0.4 + 0.6 * found;
        for value in &mut pixel[..3] {
            *value = (f32::from(*value) * seen) as u8;
        }
    }
    let path = folder.join(format!("{}-{frame:03}.png", name.replace([' ', ','], "-")));
    let picture = image::RgbaImage::from_raw(width, height, bytes).ok_or("a wrong size")?;
    Ok(picture.save(path)?)
}
