//! The frames between a clip's frames: each frame of the sequence at the very moment of the media that it stands for,
//! whatever the rates, the speed, or the gaps between the clip's own frames.
//!
//! A moment that the clip has a frame for shows that frame, bit for bit; any other one is made from the two round it.

mod brackets;
mod pieces;

use super::{
    Studio,
    asked::{parameters, unheeded, used_recipe},
    choose::candidates,
    not_an_error_when_cancelled,
    scene::Scene,
    take_file::{FinishedTake, TakeFile, find_take},
    told,
};
use crate::{Error, JobProgress, error::Result, export::OnProgress, folders::Folders};
use brackets::{Under, Unit, units};
use generation::{Backend, Operation, Output, Request, SeamMetrics, Step, backend::Capability};
use pieces::{Piece, drawn_piece, split};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// A take of a scene, and whether another seed would make the same.
pub fn interpolated(
    studio: &mut Studio,
    scene: &mut Scene<'_>,
    folders: &Folders,
    on_progress: &mut OnProgress<'_>,
) -> Result<(FinishedTake, bool)> {
    let under = Under::find(scene, folders)?;
    let units = units(scene, &under);
    let total: usize = units.iter().map(Unit::made).sum();
    if total == 0 {
        let reason =
            "every frame shown is one of the clip's own, there is nothing to make between them";
        return Err(Error::Unsuitable {
            reason: reason.into(),
        });
    }
    let pieces = split(units);
    let models = studio.models()?;
    let recipe = scene.generated.recipe.clone();
    // One frame is what lies between two: no gap is long.
    let gap_seconds = 1.0 / scene.known.sequence.rate.fps_for_display();
    let found = candidates(&models, &recipe, Operation::Interpolate, gap_seconds)?;
    let mut found = found.into_iter();
    let no_model = || Error::NoModel {
        operation: Operation::Interpolate,
    };
    let (backend, capability) = found.next().ok_or_else(no_model)?;
    let mut run = Run {
        backend: studio.ready(backend),
        capability,
        under,
        pieces,
    };
    let result = run.take(scene, folders, on_progress);
    let is_seedless = run.backend.describe().is_seedless;
    studio.kept = Some(run.backend);
    Ok((result?, is_seedless))
}

struct Run {
    backend: Box<dyn Backend>,
    capability: Capability,
    under: Under,
    pieces: Vec<Vec<Unit>>,
}

impl Run {
    fn take(
        &mut self,
        scene: &mut Scene<'_>,
        folders: &Folders,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<FinishedTake> {
        let (fingerprint, mut used) = self.fingerprint(scene, on_progress)?;
        if let Some(found) = find_take(folders, scene.generated.purpose, &fingerprint)? {
            return Ok(found);
        }
        let mut file = TakeFile::start(folders, scene, &fingerprint)?;
        let mut pace = Pace::new(scene.range.count.0 as u64);
        let (mut made, mut cuts) = (0, 0);
        let mut notes = Vec::new();
        let mut seams: Vec<SeamMetrics> = Vec::new();
        for units in self.pieces.clone() {
            let piece = self.request(scene, &units, on_progress)?;
            let count = piece.kept.len() as u64;
            let output = self.answer(&piece.request, &mut pace.over(count, on_progress))?;
            if let Some(output) = &output {
                let info = self.backend.describe();
                notes = unheeded(&self.capability, &info.name, &piece.request);
                cuts += piece.cuts(output);
                let worst = output.seams.iter().copied();
                seams = worst
                    .chain(seams)
                    .max_by(|a, b| a.delta_e.total_cmp(&b.delta_e))
                    .into_iter()
                    .collect();
                used = Some(output.recipe.clone());
            }
            made += units.iter().map(Unit::made).sum::<usize>();
            for frame in piece.frames(output) {
                file.push(frame)?;
            }
            pace.done += count;
        }
        let used = used.ok_or(Error::NothingToExport)?;
        let name = &self.backend.describe().name;
        notes.push(format!(
            "{name} made {made} of the {} frames, each at its own moment between two of the clip's",
            scene.range.count
        ));
        if cuts > 0 {
            notes.push(format!(
                "In {cuts} places the clip's frames show different things, as at a cut: the nearer one is held"
            ));
        }
        let recipe = used_recipe(&scene.generated.recipe, &used, scene.range.count);
        file.finish(recipe, seams, notes)
    }

    /// Of everything that decides the frames, without making one.
    fn fingerprint(
        &self,
        scene: &mut Scene<'_>,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<(String, Option<generation::Recipe>)> {
        let mut hasher = blake3::Hasher::new();
        let mut recipe = None;
        for units in &self.pieces {
            let piece = self.request(scene, units, on_progress)?;
            let used = self.backend.describe().recipe(&piece.request);
            hasher.update(used.fingerprint().as_bytes());
            for kept in &piece.kept {
                hasher.update(&(*kept as u64).to_le_bytes());
            }
            recipe = Some(used);
        }
        Ok((hasher.finalize().to_hex().to_string(), recipe))
    }

    fn request(
        &self,
        scene: &mut Scene<'_>,
        units: &[Unit],
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Piece> {
        let total = scene.range.count.0 as u64;
        let done = units
            .first()
            .map_or(0, |unit| (unit.first_frame() - scene.range.start).0);
        let mut piece = drawn_piece(scene, &self.under, units, &mut || {
            told(on_progress, "Reading the clip", done as u64, total)
        })?;
        let recipe = &scene.generated.recipe;
        piece.request.prompt.clone_from(&recipe.prompt);
        piece.request.seed = recipe.seed;
        piece.request.parameters = parameters(self.backend.describe(), recipe);
        Ok(piece)
    }

    /// `None` where nothing is missing.
    fn answer(
        &mut self,
        request: &Request,
        on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
    ) -> Result<Option<Output>> {
        if request.clip.holes().is_empty() {
            return Ok(None);
        }
        let output = self.backend.generate(request, &mut |step| on_step(&step));
        output.map(Some).map_err(not_an_error_when_cancelled)
    }
}

/// How far the whole clip is, told from the steps of its pieces.
struct Pace {
    done: u64,
    total: u64,
    start: Instant,
}

impl Pace {
    fn new(total: u64) -> Self {
        Self {
            done: 0,
            total,
            start: Instant::now(),
        }
    }

    /// Tells the steps of a piece of `count` frames.
    fn over<'a>(
        &'a self,
        count: u64,
        on_progress: &'a mut OnProgress<'_>,
    ) -> impl FnMut(&Step) -> ControlFlow<()> + 'a {
        move |step| {
            let part = step.done as f64 / step.total.max(1) as f64;
            let done = self.done + (part * count as f64) as u64;
            on_progress(JobProgress {
                label: "Interpolating".into(),
                done,
                total: self.total,
                eta: self.remaining(done),
                preview: None,
            })
        }
    }

    fn remaining(&self, done: u64) -> Option<Duration> {
        let left = self.total.saturating_sub(done) as f64 / done as f64;
        (done > 0).then(|| self.start.elapsed().mul_f64(left))
    }
}
