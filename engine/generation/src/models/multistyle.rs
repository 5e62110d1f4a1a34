//! Twenty-six painted looks in one small network; looks can be mixed.

pub mod look;
pub mod network;

pub use look::Look;

/// Id in recipes, in the manifest and on the command line.
pub const ID: &str = "multistyle-26";
/// Looks that the network knows.
pub const STYLES: usize = 26;
