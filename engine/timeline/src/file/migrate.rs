//! Older files, brought up to date one version at a time.

use super::{FileError, VERSION, syntax_error};
use crate::Document;
use serde_json::Value;

/// From version `index + 1` to the next one: changes the `project` value in place.
///
/// Empty while there is one version only. A new form adds a function here and a sample file of the old one to the tests.
const MIGRATIONS: &[fn(&mut Value)] = &[];

const _: () = assert!(MIGRATIONS.len() + 1 == VERSION as usize);

/// Reads the text of a file of version `older`.
pub(super) fn read_older(text: &str, older: u32) -> Result<Document, FileError> {
    let mut file: Value = serde_json::from_str(text).map_err(|err| syntax_error(&err))?;
    let project = &mut file["project"];
    for migration in MIGRATIONS.iter().skip(older.saturating_sub(1) as usize) {
        migration(project);
    }
    serde_json::from_value(project.take()).map_err(|err| syntax_error(&err))
}
