//! What can go wrong while pictures are made.

use std::path::PathBuf;

/// This crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not answered or weights were not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's step callback asked to stop; nothing went wrong.
    #[error("cancelled")]
    Cancelled,
    /// The backend works, but cannot answer this request.
    #[error("{backend} cannot do this: {reason}")]
    CannotAnswer {
        /// Name of the backend, as shown.
        backend: String,
        /// What it would need instead.
        reason: String,
    },
    /// The clip contradicts itself.
    #[error("the clip cannot be used: {reason}")]
    BadClip {
        /// What is wrong with it.
        reason: String,
    },
    /// A parameter that the backend does not have, or outside its range.
    #[error("parameter {id} cannot be {value}: {reason}")]
    BadParameter {
        /// Its id.
        id: String,
        /// What was given.
        value: String,
        /// What is allowed.
        reason: String,
    },
    /// No backend with this id is known or installed.
    #[error("there is no model called \"{id}\"; installed are: {known}")]
    UnknownBackend {
        /// What was asked for.
        id: String,
        /// Ids that would do.
        known: String,
    },
    /// The file that says how a model cuts words cannot be used.
    #[error("this is no usable tokenizer: {reason}: {}", path.display())]
    Tokenizer {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The machine has too little memory for a request.
    #[error(
        "{model} needs {:.1} GB of memory, {:.1} GB are free ({details}); {suggestion}",
        *needed_bytes as f64 / 1e9,
        *available_bytes as f64 / 1e9
    )]
    NotEnoughMemory {
        /// Name of the model, as shown.
        model: String,
        /// Bytes at the peak.
        needed_bytes: u64,
        /// Bytes that may be taken.
        available_bytes: u64,
        /// What takes how much.
        details: String,
        /// What would fit.
        suggestion: String,
    },
    /// A network made something that is no number.
    #[error(
        "{what} came out as no numbers; the weights of {model} are damaged or do not belong together"
    )]
    NotFinite {
        /// What was being made.
        what: &'static str,
        /// Name of the model, as shown.
        model: String,
    },
    /// The folder with the shipped models is nowhere to be found.
    #[error("the folder with the shipped models was not found; looked in {tried}")]
    ModelsMissing {
        /// Every place that was tried.
        tried: String,
    },
    /// A model's file is not what the manifest promises.
    #[error("a model's file is damaged or was replaced: sha256 is {found}, should be {wanted}: {}", path.display())]
    Checksum {
        /// From the manifest.
        wanted: String,
        /// From the file.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// The manifest does not parse or does not know a model.
    #[error("the list of models cannot be used: {reason}: {}", path.display())]
    Manifest {
        /// What is wrong.
        reason: String,
        /// The manifest.
        path: PathBuf,
    },
    /// The file is no weights file, or a damaged one.
    #[error("this is no usable weights file: {reason}: {}", path.display())]
    WeightsFormat {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A tensor that the network needs is not in the file.
    #[error("tensor {tensor} of shape {wanted:?} is missing: {}", path.display())]
    TensorMissing {
        /// Its name.
        tensor: String,
        /// Its shape.
        wanted: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// A tensor has another shape than the network needs.
    #[error("tensor {tensor} has shape {found:?}, should have {wanted:?}: {}", path.display())]
    TensorShape {
        /// Its name.
        tensor: String,
        /// What the network needs.
        wanted: Vec<usize>,
        /// What the file holds.
        found: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// A tensor is stored in a number format that is not read.
    #[error("tensor {tensor} is stored as {found}, which is not supported: {}", path.display())]
    TensorFormat {
        /// Its name.
        tensor: String,
        /// The format.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// Two files of a checkpoint hold a tensor of the same name.
    #[error("tensor {tensor} is in two files: {} and {}", first.display(), path.display())]
    TensorTwice {
        /// Its name.
        tensor: String,
        /// The file it was found in first.
        first: PathBuf,
        /// The other file.
        path: PathBuf,
    },
    /// A tensor holds infinity or what is no number.
    #[error("tensor {tensor} holds numbers that are not finite: {}", path.display())]
    TensorNotFinite {
        /// Its name.
        tensor: String,
        /// The file.
        path: PathBuf,
    },
    /// A checkpoint is none of the known kinds, or a kind that cannot be run.
    #[error("these weights cannot be used: {reason}: {}", path.display())]
    UnknownWeights {
        /// What they are or miss.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A low-rank change names tensors that the model does not have.
    #[error("this low-rank change does not fit the model: {reason}: {}", path.display())]
    LoraUnfit {
        /// What does not fit, with the names.
        reason: String,
        /// Its file.
        path: PathBuf,
    },
    /// A computation failed inside the tensor library.
    #[error("computing {what} failed")]
    Compute {
        /// The part of the network.
        what: String,
        /// The library's own error.
        #[source]
        source: candle_core::Error,
    },
    /// A file could not be read.
    #[error("{what}: {}", path.display())]
    Io {
        /// What was being done.
        what: String,
        /// The system's error.
        #[source]
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
}

impl From<candle_core::Error> for Error {
    fn from(source: candle_core::Error) -> Self {
        Self::Compute {
            what: "a network".into(),
            source,
        }
    }
}
