//! Tests of the whole crate; the pictures of timelines in them are those of [`crate::file::draw`].

mod ascii;
mod captions;
mod checking;
mod corrections;
mod enlarged;
mod generated;
mod histories;
mod overshoots;
mod placing;
mod planning;
mod projects;
mod random;
mod rates;
mod ripples;
mod scripts;
mod settings;
mod trims;

pub(crate) use ascii::{Scene, check_edit, check_refused, scene};
