//! Clips that are remade frame for frame: another look, a region, more than the picture showed.

use super::{Made, Wishes, bench::Bench, sequence_for, wishes::PaintRegion};
use crate::{Error, error::Result, export::OnProgress, models::all_models};
use av::ScanSize;
use generation::{Operation, catalog};
use std::path::Path;
use timeline::{Animated, Edit, Fit, ItemId, Purpose, Region, edit::Property};

/// Gives a clip another look. Words need an installed model that reads them: painting in some look instead would be
/// another answer than the one that was asked for.
pub fn restyle_file(
    clip: &Path,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    if !wishes.prompt.trim().is_empty() && wishes.model.is_empty() {
        require_reader(Operation::Restyle)?;
    }
    let (bench, item) = Bench::with_clip(clip, wishes, out)?;
    let place = bench.cover(item, Purpose::Restyle)?;
    bench.make(place, wishes, |_recipe| (), on_progress)
}

fn require_reader(operation: Operation) -> Result<()> {
    let backends = catalog::backends(&all_models()?)?;
    let proven = backends
        .iter()
        .filter(|backend| !backend.describe().is_experimental);
    let can_read = proven
        .filter_map(|backend| backend.describe().capability(operation))
        .any(|capability| capability.reads_prompt);
    if can_read {
        return Ok(());
    }
    Err(Error::Unsuitable {
        reason: "no installed model paints by words. The looks that ship have numbers, such as --style style-7; \
                 a model that reads words is installed with: everframe models install wan2.1-vace-1.3b"
            .into(),
    })
}

/// Makes a region of a clip anew: an object goes, or another one comes.
pub fn repaint_file(
    clip: &Path,
    region: &PaintRegion,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    let (mut bench, item) = Bench::with_clip(clip, wishes, out)?;
    let region = match region {
        PaintRegion::Box(sides) => {
            let size = sequence_for(&media::probe(clip)?)?.size;
            Region::Box(parts(*sides, size)?)
        }
        PaintRegion::Mask(path) => Region::Mask(bench.add(path)?),
    };
    let place = bench.cover(item, Purpose::Repaint)?;
    let change = |recipe: &mut timeline::Recipe| recipe.region = Some(region);
    bench.make(place, wishes, change, on_progress)
}

/// A box in pixels as parts of the picture.
fn parts([left, top, width, height]: [u32; 4], size: ScanSize) -> Result<[f64; 4]> {
    let is_inside = |start: u32, length: u32, side: u32| {
        length > 0 && start.checked_add(length).is_some_and(|end| end <= side)
    };
    if !is_inside(left, width, size.width) || !is_inside(top, height, size.height) {
        let reason = format!("the box {left},{top},{width},{height} does not lie inside {size}");
        return Err(Error::Unsuitable { reason });
    }
    let part = |length: u32, side: u32| f64::from(length) / f64::from(side);
    Ok([
        part(left, size.width),
        part(top, size.height),
        part(width, size.width),
        part(height, size.height),
    ])
}

/// Lets a clip's picture grow past its borders to `size`. Where it has room, the picture keeps its pixels; else it is
/// made as large as fits.
pub fn outpaint_file(
    clip: &Path,
    size: ScanSize,
    wishes: &Wishes,
    out: &Path,
    on_progress: &mut OnProgress<'_>,
) -> Result<Vec<Made>> {
    let inner = sequence_for(&media::probe(clip)?)?.size;
    let wishes = Wishes {
        size: Some(size),
        ..wishes.clone()
    };
    let (mut bench, item) = Bench::with_clip(clip, &wishes, out)?;
    if inner.width <= size.width && inner.height <= size.height {
        put_in_the_middle(&mut bench, item, inner)?;
    }
    let place = bench.cover(item, Purpose::Outpaint)?;
    bench.make(place, &wishes, |_recipe| (), on_progress)
}

/// Pixel on pixel, on whole blocks of color, as near to the middle as that goes.
fn put_in_the_middle(bench: &mut Bench, item: ItemId, inner: ScanSize) -> Result<()> {
    let size = bench.document.sequence.size;
    let shift = |outer: u32, inner: u32| {
        let start = ((outer - inner) / 2) & !1;
        (f64::from(start) + f64::from(inner) / 2.0) / f64::from(outer) - 0.5
    };
    let position = [
        shift(size.width, inner.width),
        shift(size.height, inner.height),
    ];
    for property in [
        Property::Fit(Fit::None),
        Property::Position(Animated::Constant(position)),
    ] {
        bench.edit(&Edit::SetProperty {
            items: vec![item],
            property,
        })?;
    }
    Ok(())
}
