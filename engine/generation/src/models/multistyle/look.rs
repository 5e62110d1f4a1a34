//! Which of the looks, and how much of each.
//!
//! Nobody named the looks: the network came without names, and its publisher numbers them. So do we, with the same
//! numbers.

use super::STYLES;
use crate::error::{Error, Result};

/// What comes before a look's number in its id.
const PREFIX: &str = "style-";

/// A look's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StyleName {
    /// Stable id: "style-7".
    pub id: String,
    /// Shown name in English.
    pub english: String,
    /// Shown name in Chinese.
    pub chinese: String,
}

/// All looks in the network's order.
pub fn styles() -> Vec<StyleName> {
    (0..STYLES)
        .map(|number| StyleName {
            id: format!("{PREFIX}{number}"),
            english: format!("Style {number}"),
            chinese: format!("风格 {number}"),
        })
        .collect()
}

/// Shares of the looks in a mix; they add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    shares: [f32; STYLES],
}

impl Look {
    /// Reads `style-7` or `style-3:0.5,style-12:0.25`; the prefix may be left out, weights need not add up to 1.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |reason: String| Error::BadParameter {
            id: "style".into(),
            value: text.into(),
            reason,
        };
        let mut shares = [0.0_f32; STYLES];
        for part in text.split(',') {
            let (name, weight) = part.trim().split_once(':').unwrap_or((part.trim(), "1"));
            let number = name.strip_prefix(PREFIX).unwrap_or(name);
            let share = number.parse().ok().and_then(|at: usize| shares.get_mut(at));
            let Some(share) = share else {
                let last = STYLES - 1;
                return Err(bad(format!(
                    "\"{name}\" is no style; there are {PREFIX}0 to {PREFIX}{last}"
                )));
            };
            match weight.trim().parse::<f32>() {
                Ok(weight) if weight.is_finite() && weight >= 0.0 => *share += weight,
                Ok(_) | Err(_) => {
                    return Err(bad(format!("\"{weight}\" is no weight such as 0.5")));
                }
            }
        }
        let sum: f32 = shares.iter().sum();
        if !sum.is_finite() || sum <= 0.0 {
            return Err(bad("no style has any weight".into()));
        }
        for share in &mut shares {
            *share /= sum;
        }
        Ok(Self { shares })
    }

    /// The share of each look.
    pub fn shares(&self) -> &[f32; STYLES] {
        &self.shares
    }
}

impl std::fmt::Display for Look {
    /// As [`Look::parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let used = self.shares.iter().enumerate();
        let used: Vec<_> = used.filter(|(_, share)| **share > 0.0).collect();
        for (place, (number, share)) in used.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{PREFIX}{number}")?;
            if used.len() > 1 {
                write!(f, ":{}", (*share * 1_000.0).round() / 1_000.0)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_read_with_and_without_weights() {
        let look = Look::parse("style-7").unwrap();
        assert_eq!(
            (look.shares()[7], look.to_string().as_str()),
            (1.0, "style-7")
        );
        let look = Look::parse(" 3:2, style-12:6").unwrap();
        assert_eq!((look.shares()[3], look.shares()[12]), (0.25, 0.75));
        assert_eq!(look.to_string(), "style-3:0.25,style-12:0.75");
        assert_eq!(Look::parse(&look.to_string()).unwrap(), look);
        assert_eq!(Look::parse("4,4:3").unwrap(), Look::parse("4").unwrap());
    }

    #[test]
    fn what_is_no_look_is_said() {
        for text in [
            "", "style-26", "7:-1", "7:x", "starry", "7:0", "7:inf", "-1",
        ] {
            assert!(Look::parse(text).is_err(), "{text}");
        }
        let text = Look::parse("starry").unwrap_err().to_string();
        assert_eq!(
            text,
            "parameter style cannot be starry: \"starry\" is no style; there are style-0 to style-25"
        );
    }

    #[test]
    fn every_look_has_its_names() {
        let styles = styles();
        assert_eq!(styles.len(), STYLES);
        for style in &styles {
            assert!(Look::parse(&style.id).is_ok());
            assert!(!style.english.is_empty() && !style.chinese.is_empty());
        }
    }
}
