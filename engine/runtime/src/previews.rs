//! The preview workers: probes, thumbnails and waveforms, in the background and never twice.

use crate::{
    Event, Problem, folders::Folders, frames::MediaFolder, limits::PREVIEW_QUEUE_MAX,
    outbox::Outbox,
};
use av::{Ticks, VideoFrame};
use crossbeam_channel::{Receiver, Sender, TrySendError};
use media::MediaCache;
use std::{path::PathBuf, sync::Arc};
use timeline::{Asset, AssetId};

/// What a preview worker is asked for.
#[derive(Debug)]
pub enum PreviewOrder {
    /// Look into a file.
    Import {
        /// Where it is.
        path: PathBuf,
        /// Where the project keeps things.
        folders: Folders,
    },
    /// Small pictures.
    Thumbnails {
        /// Of what.
        asset: Arc<Asset>,
        /// Where to look for it.
        folder: MediaFolder,
        /// When.
        times: Vec<Ticks>,
        /// Pixels down.
        height: u32,
    },
    /// A loudness picture.
    Waveform {
        /// Of what.
        asset: Arc<Asset>,
        /// Where to look for it.
        folder: MediaFolder,
    },
}

/// The queue in front of the workers.
#[derive(Clone)]
pub struct PreviewQueue {
    orders: Sender<PreviewOrder>,
}

/// A queue and the end its workers read.
pub fn preview_queue() -> (PreviewQueue, Receiver<PreviewOrder>) {
    let (orders, receiver) = crossbeam_channel::bounded(PREVIEW_QUEUE_MAX);
    (PreviewQueue { orders }, receiver)
}

impl PreviewQueue {
    /// Asks for something; a full queue is a problem to show.
    pub fn push(&self, order: PreviewOrder) -> Result<(), Problem> {
        match self.orders.try_send(order) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Problem {
                severity: crate::Severity::Waiting,
                ..Problem::error(
                    "Some previews are late",
                    "They are drawn again when you scroll or zoom",
                )
            }),
        }
    }
}

/// Answers orders until the sender is gone.
pub fn preview_worker(orders: &Receiver<PreviewOrder>, cache: &MediaCache, outbox: &Outbox) {
    for order in orders {
        match order {
            PreviewOrder::Import { path, folders } => {
                outbox.send(match folders.asset(&path, false) {
                    Ok(asset) => Event::Imported {
                        path,
                        asset: Box::new(asset),
                    },
                    Err(error) => Event::Failed(import_problem(&path, error)),
                });
            }
            PreviewOrder::Thumbnails {
                asset,
                folder,
                times,
                height,
            } => match thumbnails(&asset, &folder, &times, height, cache) {
                Ok(pictures) => {
                    for (time, picture) in times.into_iter().zip(pictures) {
                        outbox.send(Event::ThumbnailReady {
                            asset: asset.id,
                            time,
                            picture: Arc::new(picture),
                        });
                    }
                }
                Err(error) => told_once(&asset.name, &error),
            },
            PreviewOrder::Waveform { asset, folder } => match waveform(&asset, &folder, cache) {
                Ok(peaks) => outbox.send(Event::WaveformReady {
                    asset: asset.id,
                    peaks: Arc::new(peaks),
                }),
                Err(error) => told_once(&asset.name, &error),
            },
        }
    }
}

/// A missing preview is seen where it is missing; the viewer and the bin say why in words.
fn told_once(name: &str, error: &crate::Error) {
    log::warn!("no preview of {name}: {error}");
}

fn import_problem(path: &std::path::Path, error: crate::Error) -> Problem {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let problem = Problem::from(error);
    Problem {
        summary: format!(
            "\"{name}\" was not imported: {}",
            lower_first(&problem.summary)
        ),
        ..problem
    }
}

/// A sentence that goes on after a colon.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

fn thumbnails(
    asset: &Asset,
    folder: &MediaFolder,
    times: &[Ticks],
    height: u32,
    cache: &MediaCache,
) -> crate::error::Result<Vec<VideoFrame>> {
    let path = folder.existing_path(asset)?;
    Ok(cache.filmstrip(&path, times, height)?)
}

fn waveform(
    asset: &Asset,
    folder: &MediaFolder,
    cache: &MediaCache,
) -> crate::error::Result<Vec<(f32, f32)>> {
    let path = folder.existing_path(asset)?;
    let waveform = cache.waveform(&path)?;
    let finest = waveform
        .levels
        .first()
        .map(Vec::as_slice)
        .unwrap_or_default();
    Ok(finest
        .iter()
        .map(|peak| (peak.min, peak.max))
        .collect::<Vec<_>>())
}

/// The asset of that name, to be given to a worker.
pub fn asset_of(document: &timeline::Document, asset: AssetId) -> Option<Arc<Asset>> {
    document.assets.find(asset).cloned()
}
