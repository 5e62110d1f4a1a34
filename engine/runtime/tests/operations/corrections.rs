//! Corrections of a matte reach the file exactly, what was found is not looked for again, and words become a background.

use crate::bench::{Bench, SIZE, fake, go_on};
use av::{ColorRange, ColorSpace, FrameIndex, FrameRate, Ticks, VideoFrame};
use media::{EncodeSettings, Encoder, Preset, VideoReader};
use runtime::background::{SwapWish, backdrop_from_words, matte_clip};
use timeline::{Background, BackgroundFill, Edit, Mark, MarkSide};

const COUNT: i64 = 8;
const RATE: FrameRate = FrameRate::FPS_25;

/// A clip whose matte was found: gray all over, so that both sides can be told from it.
fn found() -> Bench {
    let mut bench = Bench::new(RATE, COUNT);
    let color = ColorSpace {
        range: ColorRange::Full,
        ..ColorSpace::VIDEO
    };
    let settings = EncodeSettings {
        has_audio: false,
        color,
        ..EncodeSettings::new(Preset::LosslessMkv, SIZE, RATE)
    };
    let mut encoder = Encoder::start(&settings, &bench.path("found.mkv")).unwrap();
    for frame in (0..COUNT).map(FrameIndex) {
        let area = SIZE.area() as usize;
        let planes = [vec![100; area], vec![128; area / 4], vec![128; area / 4]];
        let picture = VideoFrame::from_i420(SIZE, color, planes, RATE.ticks_from_frame(frame));
        encoder.push_video(&picture).unwrap();
    }
    encoder.finish().unwrap();
    let matte = bench.import("found.mkv");
    let background = Background::new(matte, Ticks::ZERO, BackgroundFill::Transparent);
    bench.edit(&Edit::SetBackground {
        item: bench.clip,
        background: Some(Box::new(background)),
    });
    bench
}

fn mark(bench: &mut Bench, frame: i64, side: MarkSide, x: f64) {
    bench.edit(&Edit::AddMark {
        item: bench.clip,
        at: RATE.ticks_from_frame(FrameIndex(frame)),
        mark: Mark {
            side,
            points: vec![[x, 0.5]],
            radius: 0.1,
            grows: false,
        },
    });
}

fn update(bench: &mut Bench) {
    let (document, folders) = (&bench.document, &bench.folders);
    let wish = SwapWish::new(BackgroundFill::Transparent);
    let placed = matte_clip(document, bench.clip, &wish, folders, &mut go_on).unwrap();
    bench.document = placed.apply(document).unwrap();
    assert_eq!(timeline::check(&bench.document), []);
}

fn background(bench: &Bench) -> Background {
    let (_, item) = bench.document.sequence.item(bench.clip).unwrap();
    item.properties.background.clone().unwrap()
}

/// The matte's codes at the middle row, one row for each frame.
fn rows(bench: &Bench) -> Vec<Vec<u8>> {
    let matte = bench.document.assets.find(background(bench).matte).unwrap();
    let mut reader = VideoReader::open(&bench.folders.media.path(matte)).unwrap();
    assert_eq!(reader.index().len(), COUNT as usize);
    (0..COUNT as usize)
        .map(|number| reader.frame(number).unwrap().row(0, 48).to_vec())
        .collect()
}

#[test]
fn marks_are_exact_in_the_file_and_what_was_found_stays() {
    let mut bench = found();
    let first = background(&bench).matte;
    mark(&mut bench, 2, MarkSide::Add, 0.25);
    mark(&mut bench, 6, MarkSide::Remove, 0.75);
    assert!(!background(&bench).is_current());
    update(&mut bench);
    let made = background(&bench);
    assert!(made.is_current());
    assert_eq!(made.found, Some(first), "the network was not asked again");
    assert_eq!(bench.generated_files(), 1);
    // A brush of a tenth of 96 rows is 9 pixels to each side of columns 40 and 120.
    let codes = rows(&bench);
    assert!(
        codes[2][32..48].iter().all(|code| *code == 255),
        "{:?}",
        codes[2]
    );
    assert!(
        codes[6][112..128].iter().all(|code| *code == 0),
        "{:?}",
        codes[6]
    );
    assert_eq!(codes[2][70], 100, "elsewhere nothing changes");

    // Taking one back leaves the other as exact as it was.
    bench.edit(&Edit::RemoveMarks {
        item: bench.clip,
        at: Some(RATE.ticks_from_frame(FrameIndex(2))),
    });
    update(&mut bench);
    let codes = rows(&bench);
    assert!(
        codes.iter().all(|row| row[40] == 100),
        "nothing is left of it"
    );
    assert!(codes[6][112..128].iter().all(|code| *code == 0));
    // And without any, what was found is shown again.
    bench.edit(&Edit::RemoveMarks {
        item: bench.clip,
        at: None,
    });
    update(&mut bench);
    assert_eq!(
        (background(&bench).matte, background(&bench).found),
        (first, None)
    );
}

#[test]
fn a_box_has_the_subject_looked_for_again_and_nowhere_else() {
    let mut bench = found();
    let first = background(&bench).matte;
    let drawn = Mark {
        side: MarkSide::Within,
        points: vec![[0.95, 0.9], [0.6, 0.1]],
        radius: 0.0,
        grows: false,
    };
    let at = RATE.ticks_from_frame(FrameIndex(3));
    bench.edit(&Edit::AddMark {
        item: bench.clip,
        at,
        mark: drawn.clone(),
    });
    update(&mut bench);
    let made = background(&bench);
    assert!(made.is_current());
    assert!(made.found.is_some_and(|found| found != first));
    // The widest look at it begins at column 79.
    for row in rows(&bench) {
        assert!(row[..60].iter().all(|code| *code == 0), "{row:?}");
    }
    let applied = &made.applied[0];
    assert_eq!(applied.first, Ticks::ZERO);
    assert_eq!(applied.last, RATE.ticks_from_frame(FrameIndex(COUNT - 1)));

    // Marks that come later do not have it looked for again; another box on the same picture takes the first one's place.
    mark(&mut bench, 2, MarkSide::Add, 0.25);
    update(&mut bench);
    assert_eq!(background(&bench).found, made.found);
    bench.edit(&Edit::AddMark {
        item: bench.clip,
        at,
        mark: Mark {
            points: vec![[0.0, 0.1], [0.3, 0.9]],
            ..drawn
        },
    });
    let boxed = background(&bench).corrections[1].clone();
    assert_eq!(
        (boxed.marks.len(), boxed.look()),
        (1, Some([0.0, 0.1, 0.3, 0.9]))
    );
    update(&mut bench);
    assert!(background(&bench).found != made.found);
    for row in rows(&bench) {
        assert!(row[110..].iter().all(|code| *code == 0), "{row:?}");
    }
}

#[test]
fn words_become_a_background_as_long_as_the_clip() {
    let mut bench = found();
    let asked = (bench.clip, &fake());
    let (document, folders) = (&bench.document, &bench.folders);
    let placed =
        backdrop_from_words(&mut bench.studio, document, asked, folders, &mut go_on).unwrap();
    bench.document = placed.apply(&bench.document).unwrap();
    let BackgroundFill::Asset(asset) = background(&bench).fill else {
        panic!("{:?}", background(&bench).fill);
    };
    let path = folders_path(&bench, asset);
    assert_eq!(
        VideoReader::open(&path).unwrap().index().len(),
        COUNT as usize
    );
}

fn folders_path(bench: &Bench, asset: timeline::AssetId) -> std::path::PathBuf {
    let asset = bench.document.assets.find(asset).unwrap();
    bench.folders.media.path(asset)
}
