//! Everything that can go wrong while a frame is drawn.

use crate::cube::CubeError;
use av::{ScanSize, Ticks};
use timeline::AssetId;

/// Result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a frame could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No graphics adapter was found, not even a software one.
    #[error("no graphics adapter was found (a software one such as lavapipe is enough)")]
    NoAdapter {
        /// What wgpu said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The adapter refused to give a device.
    #[error("the graphics adapter {adapter} cannot be used")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What wgpu said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The adapter lacks something that drawing needs.
    #[error("the graphics adapter {adapter} lacks {feature}")]
    AdapterTooOld {
        /// Name of the adapter.
        adapter: String,
        /// What is missing.
        feature: &'static str,
    },
    /// The device stopped working: driver reset, unplugged, or put to sleep. A new compositor may work.
    #[error("the graphics device was lost: {reason}")]
    DeviceLost {
        /// What the driver said.
        reason: String,
    },
    /// Graphics memory ran out.
    #[error("graphics memory ran out while drawing {size}")]
    OutOfMemory {
        /// Size of the frame that was drawn.
        size: ScanSize,
    },
    /// The graphics device refused a command: a bug of ours or of the driver's.
    #[error("the graphics device refused a command: {reason}")]
    Device {
        /// What wgpu said.
        reason: String,
    },
    /// A picture that the plan names was not given.
    #[error("the picture of {asset} at {time:?} is missing")]
    MissingPicture {
        /// Which file.
        asset: AssetId,
        /// When in it.
        time: Ticks,
    },
    /// A picture's planes do not hold what its size says.
    #[error("the picture of {asset} is broken: plane {plane} of {size} is too short")]
    BrokenPicture {
        /// Which file.
        asset: AssetId,
        /// Which plane.
        plane: usize,
        /// Size it claims.
        size: ScanSize,
    },
    /// A look-up table cannot be read.
    #[error("the look \"{name}\" cannot be used")]
    Look {
        /// What people call it.
        name: String,
        /// What is wrong with it.
        #[source]
        source: CubeError,
    },
    /// A title is longer or larger than can be drawn.
    #[error("a title has {what} {value}; at most {max} can be drawn")]
    Title {
        /// What is too much.
        what: &'static str,
        /// How much it has.
        value: f64,
        /// How much it may have.
        max: f64,
    },
    /// A size that cannot be drawn.
    #[error("{what} of {size} cannot be drawn; sides go from 1 to {side_max}")]
    Size {
        /// What has that size.
        what: &'static str,
        /// The size.
        size: ScanSize,
        /// Largest side.
        side_max: u32,
    },
}
