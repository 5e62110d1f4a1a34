//! A matrix that stays as its file wrote it, for layers that turn it into numbers while they multiply.

use super::{mapped::MappedFile, stored::Stored};
use crate::error::Result;
use rayon::prelude::*;
use std::{ops::Range, sync::Arc};

/// Rows checked at once.
const CHECK_ROWS: usize = 64;

/// A matrix in memory in its file's own number format.
#[derive(Debug, Clone)]
pub struct Matrix {
    name: String,
    stored: Stored,
    to: usize,
    from: usize,
}

impl Matrix {
    /// Copies `stored`, whose numbers lie as `[to, from]`, so that its file may go away; checks every number.
    pub(super) fn new(name: &str, stored: &Stored, [to, from]: [usize; 2]) -> Result<Self> {
        if to == 0 || from == 0 {
            let found = format!("a matrix of {to} by {from}");
            return Err(stored.unsupported(name, found));
        }
        let mut stored = held(stored)?;
        stored.shape = vec![to, from];
        let matrix = Self {
            name: name.into(),
            stored,
            to,
            from,
        };
        let starts = (0..to).into_par_iter().step_by(CHECK_ROWS);
        starts.try_for_each(|start| {
            let rows = start..to.min(start + CHECK_ROWS);
            matrix.stored.rows(name, rows).map(|_numbers| ())
        })?;
        Ok(matrix)
    }

    /// Outputs and inputs.
    pub fn dims(&self) -> [usize; 2] {
        [self.to, self.from]
    }

    /// Bytes it takes.
    pub fn size_bytes(&self) -> usize {
        let scale = self.stored.scale.as_ref();
        self.stored.bytes.len() + scale.map_or(0, |scale| scale.bytes.len())
    }

    /// The numbers of some of its rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<f32>> {
        self.stored.rows(&self.name, rows)
    }
}

/// The same tensor, with bytes of its own.
fn held(stored: &Stored) -> Result<Stored> {
    let copy = |stored: &Stored| -> Result<Stored> {
        let file = MappedFile::held(stored.file.path(), stored.data())?;
        Ok(Stored {
            file,
            bytes: 0..stored.bytes.len(),
            ..stored.clone()
        })
    };
    let mut held = copy(stored)?;
    if let Some(scale) = &stored.scale {
        held.scale = Some(Arc::new(copy(scale)?));
    }
    Ok(held)
}

/// A table of which single rows are wanted, left in its file.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    stored: Stored,
    rows: usize,
    columns: usize,
}

impl Table {
    pub(super) fn new(name: &str, stored: &Stored, [rows, columns]: [usize; 2]) -> Self {
        let stored = Stored {
            shape: vec![rows, columns],
            ..stored.clone()
        };
        Self {
            name: name.into(),
            stored,
            rows,
            columns,
        }
    }

    /// The rows `ids`, one after the other.
    pub fn pick(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let mut numbers = Vec::with_capacity(ids.len() * self.columns);
        for &id in ids {
            let row = id as usize;
            if row >= self.rows {
                let reason = format!("row {id} of {} has only {}", self.name, self.rows);
                return Err(candle_core::Error::Msg(reason).into());
            }
            numbers.extend(self.stored.rows(&self.name, row..row + 1)?);
        }
        Ok(numbers)
    }

    /// Rows and columns.
    pub fn dims(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }
}
