//! Brings corrections into a matte: what was found, with every mark in it, as a further file.

use super::{Found, MatteSource, matte_frame, reading};
use crate::{
    error::Result,
    export::OnProgress,
    folders::{Folders, add_asset},
    generate::{told, told_step},
};
use av::{FrameIndex, ScanSize, Ticks, VideoFrame};
use generation::matte::{
    Matte,
    correct::{Anchor, Corrections, Mark},
};
use media::{Encoder, VideoReader};
use std::collections::BTreeSet;
use timeline::{AppliedCorrection, AssetId, Background, Correction, Document, Edit, MarkSide};

/// What was there before.
pub struct Before<'a> {
    /// The swap with the corrections that are wanted.
    pub background: &'a Background,
    /// The file with the corrections that were made, where it still fits.
    pub matte: Option<AssetId>,
}

/// Writes the matte with every correction; the edit that makes the file known, and how far each correction reached.
pub fn corrected(
    document: &Document,
    before: &Before<'_>,
    found: &Found,
    source: &mut MatteSource,
    (folders, on_progress): (&Folders, &mut OnProgress<'_>),
) -> Result<(Edit, Vec<AppliedCorrection>)> {
    let mut found_reader = VideoReader::open(&found.path)?;
    let count = found_reader.index().len();
    let rate = source.rate;
    let time_of = |frame: usize| found.start + rate.ticks_from_frame(FrameIndex(frame as i64));
    let wanted = &before.background.corrections;
    let frame_of = |at: Ticks| rate.frame_from_ticks(at - found.start).0;
    let marks = carried(
        wanted,
        &mut found_reader,
        frame_of,
        source,
        &time_of,
        on_progress,
    )?;
    let applied = applied(wanted, (&marks, count), &frame_of, &time_of);
    let mut old_reader = match before.matte.and_then(|id| document.assets.find(id)) {
        Some(asset) if folders.media.path(asset).exists() => {
            Some(VideoReader::open(&folders.media.path(asset))?)
        }
        // Its file is gone: all of it is made again from what was found.
        Some(_) | None => None,
    };
    let redone = redone(before.background, &applied, &frame_of, count);
    let path = folders.new_file("matte", "mkv")?;
    let mut encoder = Encoder::start(&source.settings(), &path)?;
    for frame in 0..count {
        let is_old = old_reader.is_some() && !redone.contains(&frame);
        let label = format!("Correcting {} of {count} pictures", redone.len());
        told(on_progress, &label, frame as u64, count as u64)?;
        let pts = rate.ticks_from_frame(FrameIndex(frame as i64));
        let made = match &mut old_reader {
            Some(reader) if is_old => reader.frame(frame)?.with_pts(pts),
            _ if marks.touches(frame) => {
                let picture = source.reader.frame_at(time_of(frame))?;
                let matte = matte_of(&found_reader.frame(frame)?, picture.size);
                matte_frame(&marks.apply(frame, &picture, &matte), source.size, pts)
            }
            _ => found_reader.frame(frame)?.with_pts(pts),
        };
        encoder.push_video(&made)?;
    }
    encoder.finish()?;
    Ok((add_asset(folders.asset(&path, true)?), applied))
}

/// Follows the marks through the pictures.
fn carried(
    wanted: &[Correction],
    found: &mut VideoReader,
    frame_of: impl Fn(Ticks) -> i64,
    source: &mut MatteSource,
    time_of: &dyn Fn(usize) -> Ticks,
    on_progress: &mut OnProgress<'_>,
) -> Result<Corrections> {
    let count = found.index().len();
    let mut anchors: Vec<Anchor> = Vec::new();
    for correction in wanted {
        let frame = usize::try_from(frame_of(correction.at));
        let Some(frame) = frame.ok().filter(|frame| *frame < count) else {
            // Outside of the matte's pictures: the clip was trimmed since.
            continue;
        };
        // Boxes were heeded when the subject was looked for.
        let marks = correction.marks.iter().filter_map(mark_of);
        match anchors.last_mut().filter(|anchor| anchor.frame == frame) {
            Some(anchor) => anchor.marks.extend(marks),
            None => anchors.push(Anchor {
                frame,
                marks: marks.collect(),
                found: Some(matte_of(&found.frame(frame)?, source.size)),
            }),
        }
    }
    reading(&mut source.reader, time_of, |read| {
        Corrections::find(anchors, count, read, &mut |step| {
            told_step(&step, on_progress)
        })
    })
}

fn mark_of(mark: &timeline::Mark) -> Option<Mark> {
    let is_subject = match mark.side {
        MarkSide::Add => true,
        MarkSide::Remove => false,
        MarkSide::Within => return None,
    };
    Some(Mark {
        is_subject,
        points: mark.points.clone(),
        radius: mark.radius,
        grows: mark.grows,
    })
}

/// Each correction with the media times it reached, of a matte of `count` pictures.
fn applied(
    wanted: &[Correction],
    (marks, count): (&Corrections, usize),
    frame_of: &impl Fn(Ticks) -> i64,
    time_of: &impl Fn(usize) -> Ticks,
) -> Vec<AppliedCorrection> {
    wanted
        .iter()
        .map(|correction| {
            let reach = match correction.look() {
                // A box has its say about every picture.
                Some(_) => Some(0..=count.saturating_sub(1)),
                None => marks.reach_of_frame(frame_of(correction.at)),
            };
            AppliedCorrection {
                correction: correction.clone(),
                first: reach
                    .as_ref()
                    .map_or(correction.at, |r| time_of(*r.start())),
                last: reach.as_ref().map_or(correction.at, |r| time_of(*r.end())),
            }
        })
        .collect()
}

/// The pictures to be made again: all that a correction which came or went reaches, and all that another one reaches
/// which meets it, since marks end each other.
fn redone(
    background: &Background,
    applied: &[AppliedCorrection],
    frame_of: &impl Fn(Ticks) -> i64,
    count: usize,
) -> BTreeSet<usize> {
    let is_in = |list: &[AppliedCorrection], one: &AppliedCorrection| {
        list.iter().any(|other| other.correction == one.correction)
    };
    let came = applied
        .iter()
        .filter(|one| !is_in(&background.applied, one));
    let went = background.applied.iter().filter(|one| !is_in(applied, one));
    let changed: Vec<&AppliedCorrection> = came.chain(went).collect();
    let meets = |one: &AppliedCorrection| {
        let meet = |other: &&AppliedCorrection| one.first <= other.last && other.first <= one.last;
        changed.iter().any(meet)
    };
    let all = applied.iter().chain(&background.applied);
    let mut frames = BTreeSet::new();
    for one in all.filter(|one| meets(one)) {
        let first = frame_of(one.first).max(0) as usize;
        let last = frame_of(one.last).max(0) as usize;
        frames.extend(first..(last + 1).min(count));
    }
    frames
}

/// A matte's picture at the size of the picture it belongs to: an odd last row or column takes the one before it.
fn matte_of(frame: &VideoFrame, size: ScanSize) -> Matte {
    let mut alpha = Vec::with_capacity(size.area() as usize);
    for y in 0..size.height as usize {
        let row = frame.row(0, y.min(frame.size.height as usize - 1));
        let width = (size.width as usize).min(row.len());
        alpha.extend_from_slice(&row[..width]);
        alpha.resize((y + 1) * size.width as usize, row[width - 1]);
    }
    Matte {
        size,
        alpha: alpha.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use av::FrameRate;
    use timeline::BackgroundFill;

    const RATE: FrameRate = FrameRate::FPS_25;

    fn reaching(at: i64, first: i64, last: i64) -> AppliedCorrection {
        let time = |frame: i64| RATE.ticks_from_frame(FrameIndex(frame));
        AppliedCorrection {
            correction: Correction {
                at: time(at),
                marks: Vec::new(),
            },
            first: time(first),
            last: time(last),
        }
    }

    fn redone_of(old: Vec<AppliedCorrection>, new: &[AppliedCorrection]) -> Vec<usize> {
        let mut background = Background::new(AssetId(1), Ticks::ZERO, BackgroundFill::Transparent);
        background.applied = old;
        let frame_of = |at: Ticks| RATE.frame_from_ticks(at).0;
        redone(&background, new, &frame_of, 100)
            .into_iter()
            .collect()
    }

    #[test]
    fn only_what_a_change_reaches_is_made_again() {
        let early = reaching(10, 5, 20);
        let late = reaching(70, 60, 80);
        // A new one, far from the one that was there.
        let both = [early.clone(), late.clone()];
        let frames = redone_of(vec![early.clone()], &both);
        assert_eq!((frames[0], frames[frames.len() - 1]), (60, 80));
        // One that went.
        let frames = redone_of(both.to_vec(), std::slice::from_ref(&late));
        assert_eq!((frames[0], frames[frames.len() - 1]), (5, 20));
        // Nothing changed.
        assert!(redone_of(both.to_vec(), &both).is_empty());
        // A new one that meets an old one: all of both.
        let meeting = reaching(22, 15, 40);
        let frames = redone_of(vec![early.clone()], &[early, meeting]);
        assert_eq!((frames[0], frames[frames.len() - 1]), (5, 40));
    }

    #[test]
    fn odd_pictures_take_their_last_row_and_column_twice() {
        let even = ScanSize::new(2, 2);
        let chroma = vec![128; 1];
        let planes = [vec![1, 2, 3, 4], chroma.clone(), chroma];
        let frame = VideoFrame::from_i420(even, super::super::MATTE_COLOR, planes, Ticks::ZERO);
        let matte = matte_of(&frame, ScanSize::new(3, 3));
        assert_eq!(&*matte.alpha, [1, 2, 2, 3, 4, 4, 3, 4, 4]);
    }
}
