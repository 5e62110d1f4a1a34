//! What can go wrong with models that the user installs, adopts, checks or removes.

use std::path::PathBuf;

/// Why a model is not there, or not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// No model of this id can be installed.
    #[error("no model \"{id}\" can be installed; there are: {known}")]
    NotInstallable {
        /// What was asked for.
        id: String,
        /// Ids that would do.
        known: String,
    },
    /// No model of this id is there.
    #[error("there is no model \"{id}\"; there are: {known}")]
    NotThere {
        /// What was asked for.
        id: String,
        /// Ids that would do.
        known: String,
    },
    /// The id is taken.
    #[error("there is a model \"{id}\" already")]
    Taken {
        /// The id.
        id: String,
    },
    /// The id cannot name a folder.
    #[error("\"{id}\" cannot be the id of a model")]
    BadId {
        /// What was given.
        id: String,
    },
    /// Shipped models stay.
    #[error("the model \"{id}\" ships with the program")]
    Shipped {
        /// The id.
        id: String,
    },
    /// Another process works on this model.
    #[error("another process works on the model \"{id}\"")]
    InUse {
        /// The id.
        id: String,
    },
    /// A folder without a record stands where the model would be.
    #[error("a folder that is no model is in the way: {}", path.display())]
    FolderInTheWay {
        /// The folder.
        path: PathBuf,
    },
    /// The weights are under another licence than the catalogue says.
    #[error("the licence of {id} was {expected} and is {found} now")]
    LicenseChanged {
        /// The model.
        id: String,
        /// From the catalogue.
        expected: String,
        /// What the publisher says today.
        found: String,
    },
    /// The address of the hub is none.
    #[error("\"{endpoint}\" is not the address of a hub")]
    BadEndpoint {
        /// What was given.
        endpoint: String,
    },
    /// The connection did not come about, broke off or stood still, again and again.
    #[error("{what} from {host} failed {tries} times, at last because {reason}")]
    Network {
        /// File or repository.
        what: String,
        /// Whose connection.
        host: String,
        /// How often it was tried.
        tries: u32,
        /// The last failure.
        reason: String,
    },
    /// The server answered, again and again, that it cannot.
    #[error("{what}: {host} answered with status {status}")]
    Server {
        /// File or repository.
        what: String,
        /// Which server.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// The server wants to know who asks.
    #[error("{what}: {host} refused with status {status}")]
    Refused {
        /// File or repository.
        what: String,
        /// Which server.
        host: String,
        /// HTTP status, 401 or 403.
        status: u16,
    },
    /// The server does not have it.
    #[error("{host} has no {what}")]
    NotOnHub {
        /// File or repository.
        what: String,
        /// Which server.
        host: String,
    },
    /// The hub's answer cannot be understood.
    #[error("the answer about {what} cannot be used: {reason}")]
    BadAnswer {
        /// File or repository.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// The server sends another number of bytes than the hub says.
    #[error("{what} should have {wanted} bytes, {found} were offered")]
    Length {
        /// The file.
        what: String,
        /// From the hub.
        wanted: u64,
        /// From the server.
        found: u64,
    },
    /// What arrived is not what the hub says; it was deleted.
    #[error("{what} arrived damaged: its hash is {found}, should be {wanted}")]
    Corrupt {
        /// The file.
        what: String,
        /// From the hub.
        wanted: String,
        /// From the bytes.
        found: String,
    },
    /// The disk has too little room, known before anything was downloaded.
    #[error("{needed_bytes} bytes are needed, {free_bytes} are free: {}", path.display())]
    NoSpace {
        /// What is still to come.
        needed_bytes: u64,
        /// What the disk has.
        free_bytes: u64,
        /// The models folder.
        path: PathBuf,
    },
    /// The disk filled up on the way.
    #[error("the disk is full: {}", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
    },
    /// Nothing at this place is part of a model.
    #[error("no model files were found: {}", path.display())]
    NothingFound {
        /// The place.
        path: PathBuf,
    },
    /// A file is no part of a model that can be used.
    #[error("{reason}: {}", path.display())]
    NotAPart {
        /// What it is instead.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A model needs more parts than were given.
    #[error("there is no {missing} among the files; found: {found}")]
    PartsMissing {
        /// Names of the missing parts.
        missing: String,
        /// Names of the found ones.
        found: String,
    },
    /// Several files could be the same part.
    #[error("there are {} files for the {part}", paths.len())]
    Ambiguous {
        /// Name of the part.
        part: String,
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// Parts of different models.
    #[error("these parts do not belong together: {reason}")]
    Misfit {
        /// Which do not, and why.
        reason: String,
    },
    /// A path that a record cannot hold.
    #[error("the path is not text: {}", path.display())]
    PathNotText {
        /// The path.
        path: PathBuf,
    },
    /// Files are missing or changed.
    #[error("{} of {checked} files are not as they should be", faults.len())]
    Damaged {
        /// How many were looked at.
        checked: usize,
        /// One line for each bad file: model, file, what is wrong.
        faults: Vec<String>,
    },
    /// A link inside a model's folder leads elsewhere.
    #[error("a link leads out of the model's folder: {}", path.display())]
    LeadsOut {
        /// The link.
        path: PathBuf,
    },
}
