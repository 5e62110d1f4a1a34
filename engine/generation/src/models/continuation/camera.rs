//! Continued camera motion: where the camera pans, tilts, turns or zooms, it goes on doing so and comes to rest.

use super::{
    footage::Footage,
    plan::{Moment, Plan, Refused, eased},
};
use crate::image_ops::camera::{MotionField, Similarity};
use av::ScanSize;

/// Pairs of frames whose motion goes on.
const PAIRS_MAX: usize = 10;
const PAIRS_MIN: usize = 3;
/// Share of the picture that must move with the camera.
const EXPLAINED_MIN: f32 = 0.55;
/// Share below which a pair of frames ends the trail along which the surroundings are found.
const TRAIL_EXPLAINED_MIN: f32 = 0.4;
/// Motion in pixels a frame, at the size it is measured, below which the camera stands still.
const MOTION_PX_MIN: f32 = 0.25;
/// Length of the mean motion over the mean length of the motions; a shaking hand is far below.
const STEADINESS_MIN: f32 = 0.6;
/// Share of the picture that may be made up at its border.
const UNSEEN_MAX: f32 = 0.08;
/// Most that is pushed in so that nothing made up is seen at the border.
const PUSH_IN_MAX: f32 = 1.2;
/// Time that the push in takes.
const PUSH_IN_SECONDS: f64 = 2.0;
/// Most that the picture is enlarged or shrunk.
const ZOOM_MAX: f32 = 1.3;
/// Longest time in which the camera comes to rest.
const REST_SECONDS_MAX: f64 = 3.0;

/// A plan for `count` frames.
pub fn plan(footage: &Footage<'_>, count: usize) -> Result<Plan, Refused> {
    let step = camera_step(footage)?;
    let trail = trail(footage);
    let size = footage.motion_size;
    let mut rest = REST_SECONDS_MAX * footage.fps;
    let mut path = path(step, rest, count);
    let mut unseen = unseen_share(&path, &trail, size);
    while (unseen > UNSEEN_MAX || zoom(&path) > ZOOM_MAX) && rest > 3.0 {
        rest *= 0.85;
        path = self::path(step, rest, count);
        unseen = unseen_share(&path, &trail, size);
    }
    let is_pushed_in = push_in(&mut path, &trail, size, footage.fps);
    let full = footage.frames.first().map_or(size, |frame| frame.size);
    let factor = full.width as f32 / size.width as f32;
    let seconds = rest / footage.fps;
    let speed = step.length(size) * footage.fps as f32 / size.width as f32 * 100.0;
    let border = match (is_pushed_in, unseen) {
        (true, share) => format!(
            "{:.0} % of the picture was never seen: it is mirrored at the border until a slow push in has hidden it",
            share * 100.0
        ),
        (false, share) if share > 0.0 => format!(
            "{:.0} % of the picture was never seen and is mirrored at the border",
            share * 100.0
        ),
        (false, _) => "all of it was seen before".into(),
    };
    Ok(Plan {
        method: "camera",
        moments: path
            .iter()
            .map(|place| Moment::Camera(place.enlarged(factor)))
            .collect(),
        joints: Vec::new(),
        trail,
        tedium: 2.0 * f64::from((unseen - UNSEEN_MAX / 2.0).max(0.0)),
        reason: format!(
            "Let the camera go on ({speed:.0} % of the width a second) and come to rest within about {seconds:.1} s; {border}"
        ),
        warning: (unseen > UNSEEN_MAX).then(|| {
            "The camera is so fast that its border shows things twice before it rests".to_owned()
        }),
    })
}

/// The camera's motion from frame to frame over the last of them.
fn camera_step(footage: &Footage<'_>) -> Result<Similarity, Refused> {
    let size = footage.motion_size;
    let pairs = footage.motions.len().min(PAIRS_MAX);
    if pairs < PAIRS_MIN {
        let wanted = PAIRS_MIN + 1;
        return Err(Refused(format!(
            "the camera's motion needs {wanted} frames of one shot, and there are {}",
            footage.frames.len()
        )));
    }
    let last = &footage.motions[footage.motions.len() - pairs..];
    let cameras: Vec<_> = last.iter().filter_map(MotionField::camera).collect();
    let clear: Vec<_> = cameras
        .iter()
        .filter(|camera| camera.explained >= EXPLAINED_MIN)
        .collect();
    if clear.len() * 3 < pairs * 2 {
        return Err(Refused(
            "the picture does not move as a whole, so there is no camera motion to go on with"
                .into(),
        ));
    }
    let count = clear.len() as f32;
    let mean = |part: fn(&Similarity) -> f32| {
        clear.iter().map(|camera| part(&camera.motion)).sum::<f32>() / count
    };
    let step = Similarity {
        a: mean(|motion| motion.a),
        b: mean(|motion| motion.b),
        right: mean(|motion| motion.right),
        down: mean(|motion| motion.down),
    };
    let lengths = clear.iter().map(|camera| camera.motion.length(size));
    let usual = lengths.sum::<f32>() / count;
    if usual < MOTION_PX_MIN {
        return Err(Refused("the camera stands still".into()));
    }
    if step.length(size) < usual * STEADINESS_MIN {
        return Err(Refused(
            "the camera shakes rather than moves one way".into(),
        ));
    }
    Ok(step)
}

/// Where a point of the last frame lies in earlier ones, nearest first, as far as the camera can be followed.
fn trail(footage: &Footage<'_>) -> Vec<Similarity> {
    let mut places = Vec::new();
    let mut place = Similarity::STILL;
    for field in footage.motions.iter().rev() {
        let Some(camera) = field.camera() else { break };
        if camera.explained < TRAIL_EXPLAINED_MIN {
            break;
        }
        place = camera.motion.inverse().after(place);
        places.push(place);
    }
    places
}

/// Where points of the last frame lie in each made one, when the camera comes to rest within `rest` frames.
fn path(step: Similarity, rest: f64, count: usize) -> Vec<Similarity> {
    let mut place = Similarity::STILL;
    let speed = |frame: usize| 1.0 / (1.0 + (frame as f64 / rest).powi(3));
    (0..count)
        .map(|frame| {
            let share = f64::midpoint(speed(frame), speed(frame + 1));
            place = step.part(share as f32).after(place);
            place
        })
        .collect()
}

/// Pushes slowly into the views of `path` until nothing unseen is left at the border; whether that was needed.
fn push_in(path: &mut [Similarity], trail: &[Similarity], size: ScanSize, fps: f64) -> bool {
    let scaled = |place: Similarity, scale: f32| {
        let zoom = Similarity {
            a: scale,
            ..Similarity::STILL
        };
        zoom.after(place)
    };
    let Some(end) = path.last().copied() else {
        return false;
    };
    let mut scale = 1.0;
    while scale < PUSH_IN_MAX && unseen_share(&[scaled(end, scale)], trail, size) > 0.002 {
        scale += 0.01;
    }
    let frames = (PUSH_IN_SECONDS * fps) as f32;
    for (index, place) in path.iter_mut().enumerate() {
        let share = eased((index + 1) as f32 / frames);
        *place = scaled(*place, scale.powf(share));
    }
    scale > 1.0
}

fn zoom(path: &[Similarity]) -> f32 {
    let scale = path.last().map_or(1.0, |place| place.a.hypot(place.b));
    scale.max(1.0 / scale.max(1e-3))
}

/// Largest share of a made picture that neither the last frame nor an earlier one shows.
fn unseen_share(path: &[Similarity], trail: &[Similarity], size: ScanSize) -> f32 {
    const POINTS: usize = 24;
    /// Places along the path that are looked at; it is smooth.
    const PLACES: usize = 12;
    let half = [size.width as f32 / 2.0, size.height as f32 / 2.0];
    let is_inside = |[x, y]: [f32; 2]| x.abs() <= half[0] && y.abs() <= half[1];
    let is_seen = |point: [f32; 2]| {
        is_inside(point) || trail.iter().any(|place| is_inside(place.apply(point)))
    };
    let along = |index: usize| (2.0 * (index as f32 + 0.5) / POINTS as f32) - 1.0;
    let share = |place: &Similarity| {
        let back = place.inverse();
        let grid = (0..POINTS * POINTS).map(|index| {
            let point = [
                along(index % POINTS) * half[0],
                along(index / POINTS) * half[1],
            ];
            back.apply(point)
        });
        grid.filter(|point| !is_seen(*point)).count() as f32 / (POINTS * POINTS) as f32
    };
    let places = path
        .iter()
        .rev()
        .step_by(path.len().div_ceil(PLACES).max(1));
    places.map(share).fold(0.0, f32::max)
}
