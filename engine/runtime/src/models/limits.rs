//! Bounds of downloading and adopting, each with its reason.

/// Bytes in one piece of a download: large enough that threads hand over little, small enough that a cancel is quick.
pub(super) const PIECE_BYTES: usize = 256 << 10;

/// Pieces between the network and the disk; 2 MiB, then the network waits.
pub(super) const PIECES_WAITING_MAX: usize = 8;

/// Largest answer about a repository, or index of a checkpoint; real ones have up to a few hundred kilobytes.
pub(super) const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Progress that makes a connection worth trying again without end: less is no progress but a fault.
pub(super) const PROGRESS_BYTES_MIN: u64 = 1 << 20;

/// Longest wait that a server may ask for.
pub(super) const RETRY_AFTER_MAX: std::time::Duration = std::time::Duration::from_mins(1);

/// Room that a download leaves on the disk, so that the system and this program can go on.
pub(super) const SPACE_LEFT_BYTES: u64 = 64 << 20;

/// How deep and how many files are looked at when a folder is adopted: a models folder, not a home folder.
pub(super) const ADOPT_DEPTH_MAX: usize = 3;
/// As above.
pub(super) const ADOPT_FILES_MAX: usize = 2_000;
