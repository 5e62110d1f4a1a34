//! `.cube` look-up tables: text to numbers, with the line named when something is wrong.

use crate::limits::{CUBE_1D_SIZE_MAX, CUBE_3D_SIDE_MAX, CUBE_BYTES_MAX};

/// Why a `.cube` text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CubeError {
    /// The text is longer than any usable table.
    #[error("the look is {bytes} bytes long; at most {CUBE_BYTES_MAX} are read")]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// A line is neither a known keyword nor three numbers.
    #[error("line {line} of the look is not understood: {text}")]
    Line {
        /// Counted from one.
        line: usize,
        /// Its beginning.
        text: String,
    },
    /// A table size outside what the format and this program allow.
    #[error("line {line} of the look asks for {size} entries; {min} to {max} are allowed")]
    Size {
        /// Counted from one.
        line: usize,
        /// What it asks for.
        size: usize,
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
    },
    /// `LUT_1D_SIZE` or `LUT_3D_SIZE` is missing or there are both.
    #[error("the look must name one table size, LUT_1D_SIZE or LUT_3D_SIZE")]
    NoSize,
    /// The domain's upper end is not above its lower end.
    #[error("the look's domain is empty: its upper end must lie above its lower end")]
    Domain,
    /// More or fewer entries than the size says.
    #[error("the look has {found} entries where its size asks for {expected}")]
    Count {
        /// Entries found.
        found: usize,
        /// Entries its size asks for.
        expected: usize,
    },
}

/// A look-up table of gamma-coded R'G'B'.
#[derive(Debug, Clone, PartialEq)]
pub struct Cube {
    /// Entries along one side; a three-dimensional table has its cube.
    pub side: usize,
    /// Whether each entry depends on all three channels.
    pub is_three_dimensional: bool,
    /// Input values that the first entry stands for.
    pub domain_low: [f32; 3],
    /// Input values that the last entry stands for.
    pub domain_high: [f32; 3],
    /// Entries; red runs fastest.
    pub entries: Vec<[f32; 3]>,
}

#[derive(Default)]
struct Header {
    one: Option<usize>,
    three: Option<usize>,
    low: Option<[f32; 3]>,
    high: Option<[f32; 3]>,
}

impl Cube {
    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, CubeError> {
        if text.len() > CUBE_BYTES_MAX {
            return Err(CubeError::TooLong { bytes: text.len() });
        }
        let mut header = Header::default();
        let mut entries = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let is_entry = line.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
            if is_entry {
                entries.push(numbers(line).ok_or_else(|| unknown(index, line))?);
            } else {
                header.read(index, line)?;
            }
        }
        let (side, is_three_dimensional) = match (header.one, header.three) {
            (Some(side), None) => (side, false),
            (None, Some(side)) => (side, true),
            (None, None) | (Some(_), Some(_)) => return Err(CubeError::NoSize),
        };
        let expected = if is_three_dimensional {
            side.pow(3)
        } else {
            side
        };
        if entries.len() != expected {
            return Err(CubeError::Count {
                found: entries.len(),
                expected,
            });
        }
        let domain_low = header.low.unwrap_or([0.0; 3]);
        let domain_high = header.high.unwrap_or([1.0; 3]);
        if domain_low
            .iter()
            .zip(domain_high)
            .any(|(low, high)| high <= *low)
        {
            return Err(CubeError::Domain);
        }
        Ok(Self {
            side,
            is_three_dimensional,
            domain_low,
            domain_high,
            entries,
        })
    }
}

impl Header {
    fn read(&mut self, index: usize, line: &str) -> Result<(), CubeError> {
        let error = || unknown(index, line);
        let (keyword, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let size = |max: usize| match rest.trim().parse::<usize>() {
            Ok(size) if (2..=max).contains(&size) => Ok(size),
            Ok(size) => Err(CubeError::Size {
                line: index + 1,
                size,
                min: 2,
                max,
            }),
            Err(_not_a_number) => Err(error()),
        };
        match keyword {
            "TITLE" => {}
            "LUT_1D_SIZE" => self.one = Some(size(CUBE_1D_SIZE_MAX)?),
            "LUT_3D_SIZE" => self.three = Some(size(CUBE_3D_SIDE_MAX)?),
            "DOMAIN_MIN" => self.low = Some(numbers(rest).ok_or_else(error)?),
            "DOMAIN_MAX" => self.high = Some(numbers(rest).ok_or_else(error)?),
            "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE" => {
                let [low, high] = numbers(rest).ok_or_else(error)?;
                self.low = Some([low; 3]);
                self.high = Some([high; 3]);
            }
            _ => return Err(error()),
        }
        Ok(())
    }
}

fn unknown(index: usize, line: &str) -> CubeError {
    CubeError::Line {
        line: index + 1,
        text: line.chars().take(40).collect(),
    }
}

/// Exactly `N` finite numbers.
fn numbers<const N: usize>(text: &str) -> Option<[f32; N]> {
    let mut values = [0.0; N];
    let mut words = text.split_whitespace();
    for value in &mut values {
        *value = words
            .next()?
            .parse()
            .ok()
            .filter(|value: &f32| value.is_finite())?;
    }
    words.next().is_none().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "# made by hand\nTITLE \"two\"\nLUT_3D_SIZE 2\n\
        0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n";

    #[test]
    fn a_table_is_read() {
        let cube = Cube::parse(SMALL).unwrap();
        assert_eq!((cube.side, cube.is_three_dimensional), (2, true));
        assert_eq!(cube.entries[1], [1.0, 0.0, 0.0]);
        let curve = "LUT_1D_SIZE 2\r\nLUT_1D_INPUT_RANGE -0.5 1.5\r\n0 0 0\r\n.5 1e0 +1\r\n";
        let curve = Cube::parse(curve).unwrap();
        assert_eq!(curve.domain_low, [-0.5; 3]);
        assert_eq!(curve.entries[1], [0.5, 1.0, 1.0]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let message = |text: &str| Cube::parse(text).unwrap_err().to_string();
        assert!(message("").contains("LUT_3D_SIZE"));
        assert!(message("LUT_3D_SIZE 2\n0 0\n").contains("line 2"));
        assert!(message("LUT_3D_SIZE 2\n0 0 nan\n").contains("line 2"));
        assert!(message("LUT_3D_SIZE 999\n").contains("999"));
        assert!(message("LUT_3D_SIZE x\n").contains("line 1"));
        assert!(message("hello\n").contains("hello"));
        assert!(message("LUT_1D_SIZE 2\n0 0 0\n").contains("1 entries"));
        let empty_domain = "LUT_1D_SIZE 2\nDOMAIN_MAX 0 1 1\n0 0 0\n1 1 1\n";
        assert_eq!(Cube::parse(empty_domain), Err(CubeError::Domain));
        assert!(message(&format!("{SMALL}LUT_1D_SIZE 2\n")).contains("one table size"));
    }
}
