//! Low-rank changes of a transformer, added to its weights while they are read.
//!
//! Names are taken as the usual trainers write them: original or diffusers' names behind `diffusion_model.`,
//! `transformer.` and the like, or joined by underscores behind `lora_unet_`; factors called `lora_down` and `lora_up`,
//! or `lora_A` and `lora_B`; whole changes called `diff` and `diff_b`. A key that fits nothing is an error: a change that
//! is only half applied looks like a bad model.
//!
//! A changed matrix is `W + up · down · alpha / rank · strength`, computed in `f32`. One that the checkpoint holds in few
//! bits is turned into `f32` for that and stays so, because rounding it again would lose most of a small change.

use super::{
    loader::Loader,
    names::{diffusers_transformer_name, original_transformer_name, used_prefix},
};
use crate::{
    error::{Error, Result},
    weights::Weights,
};
use candle_core::{Device, Tensor};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Unfit names that an error lists.
const LISTED: usize = 10;

/// What stands before a module's name; several may follow each other.
const DOTTED: [&str; 5] = [
    "base_model.model.",
    "diffusion_model.",
    "transformer.",
    "model.",
    "unet.",
];
/// The same in names joined by underscores.
const JOINED: [&str; 2] = ["lora_unet_", "lora_transformer_"];

/// How names of parts end.
const SUFFIXES: [(&str, Part); 11] = [
    (".lora_down.weight", Part::Down),
    (".lora_A.weight", Part::Down),
    (".lora_A.default.weight", Part::Down),
    (".lora.down.weight", Part::Down),
    (".lora_up.weight", Part::Up),
    (".lora_B.weight", Part::Up),
    (".lora_B.default.weight", Part::Up),
    (".lora.up.weight", Part::Up),
    (".alpha", Part::Alpha),
    (".diff", Part::Whole),
    (".diff_b", Part::WholeBias),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Down,
    Up,
    Alpha,
    Whole,
    WholeBias,
}

/// A file of changes and how much of them is wanted.
#[derive(Debug)]
pub struct Lora {
    weights: Weights,
    strength: f64,
}

impl Lora {
    /// Maps the file; `strength` 1 is what its maker meant, 0 changes nothing.
    pub fn open(path: &Path, strength: f64) -> Result<Self> {
        Ok(Self {
            weights: Weights::open(path)?,
            strength,
        })
    }
}

/// Changes, matched to a checkpoint's tensors.
#[derive(Debug, Default)]
pub struct Loras {
    loras: Vec<Lora>,
    /// By the tensor's full name in the checkpoint.
    changes: BTreeMap<String, Vec<Change>>,
}

/// One change of one tensor.
#[derive(Debug)]
struct Change {
    /// Which file.
    lora: usize,
    kind: ChangeKind,
}

#[derive(Debug)]
enum ChangeKind {
    /// Names of the factors, and their scale beside the strength.
    LowRank {
        down: String,
        up: String,
        scale: f64,
    },
    /// Name of what is added as it is.
    Whole(String),
}

/// Names of a module's parts in a file.
#[derive(Debug, Default)]
struct Parts {
    down: Option<String>,
    up: Option<String>,
    alpha: Option<String>,
    whole: Option<String>,
    whole_bias: Option<String>,
}

impl Loras {
    /// Matches `loras` to what `loader` reads; every key has to fit a tensor in name and shape.
    pub fn fit(loras: Vec<Lora>, loader: &Loader<'_>) -> Result<Self> {
        let modules = modules(loader.weights, loader.prefix);
        let mut changes: BTreeMap<String, Vec<Change>> = BTreeMap::new();
        for (index, lora) in loras.iter().enumerate() {
            for (target, kind) in fitted(lora, &modules, loader.weights)? {
                let change = Change { lora: index, kind };
                changes.entry(target).or_default().push(change);
            }
        }
        Ok(Self { loras, changes })
    }

    /// Tensors that are changed.
    pub fn num_changed(&self) -> usize {
        self.changes.len()
    }

    /// Whether the tensor called `name` in the checkpoint is changed.
    pub fn changes(&self, name: &str) -> bool {
        self.changes.contains_key(name)
    }

    /// Adds the changes of the tensor called `name` in the checkpoint to its numbers.
    pub(super) fn apply(&self, name: &str, numbers: &mut [f32]) -> Result<()> {
        for change in self.changes.get(name).map_or(&[][..], Vec::as_slice) {
            let lora = &self.loras[change.lora];
            let (more, scale) = match &change.kind {
                ChangeKind::LowRank { down, up, scale } => (lora.product(up, down)?, *scale),
                ChangeKind::Whole(name) => (lora.numbers(name)?.1, 1.0),
            };
            let scale = (scale * lora.strength) as f32;
            for (number, more) in numbers.iter_mut().zip(more) {
                *number += scale * more;
            }
        }
        Ok(())
    }
}

/// Every spelling of every module of the checkpoint, and the full name of its weight.
fn modules(weights: &Weights, prefix: &str) -> BTreeMap<String, String> {
    let prefix = used_prefix(weights, prefix);
    let mut modules = BTreeMap::new();
    for full in weights.names() {
        let Some(name) = full.strip_prefix(&prefix) else {
            continue;
        };
        let other = diffusers_transformer_name(name).or_else(|| original_transformer_name(name));
        for spelling in std::iter::once(name.to_owned()).chain(other) {
            let module = spelling.strip_suffix(".weight").unwrap_or(&spelling);
            modules.insert(module.replace('.', "_"), full.clone());
            modules.insert(module.to_owned(), full.clone());
        }
    }
    modules
}

/// The module and the part that a key names.
fn split(key: &str) -> Option<(&str, Part)> {
    let (module, part) = SUFFIXES
        .iter()
        .find_map(|(suffix, part)| Some((key.strip_suffix(suffix)?, *part)))?;
    if let Some(joined) = JOINED.iter().find_map(|known| module.strip_prefix(known)) {
        return Some((joined, part));
    }
    let mut module = module;
    while let Some(rest) = DOTTED.iter().find_map(|known| module.strip_prefix(known)) {
        module = rest;
    }
    Some((module, part))
}

/// The targets and kinds of everything in a file.
fn fitted(
    lora: &Lora,
    modules: &BTreeMap<String, String>,
    weights: &Weights,
) -> Result<Vec<(String, ChangeKind)>> {
    let mut unknown = Vec::new();
    let mut all: BTreeMap<String, Parts> = BTreeMap::new();
    for key in lora.weights.names() {
        let Some((module, part)) = split(&key) else {
            unknown.push(key);
            continue;
        };
        let bias = format!("{module}.bias");
        let joined_bias = format!("{module}_bias");
        let target = match part {
            Part::WholeBias => modules.get(&bias).or_else(|| modules.get(&joined_bias)),
            Part::Down | Part::Up | Part::Alpha | Part::Whole => modules.get(module),
        };
        if target.is_none() {
            unknown.push(key);
            continue;
        }
        let parts = all.entry(module.to_owned()).or_default();
        let slot = match part {
            Part::Down => &mut parts.down,
            Part::Up => &mut parts.up,
            Part::Alpha => &mut parts.alpha,
            Part::Whole => &mut parts.whole,
            Part::WholeBias => &mut parts.whole_bias,
        };
        if let Some(other) = slot.replace(key.clone()) {
            return Err(lora.unfit(format!("{key} and {other} are the same part")));
        }
    }
    if !unknown.is_empty() {
        let more = match unknown.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        unknown.truncate(LISTED);
        let names = unknown.join(", ");
        return Err(lora.unfit(format!("nothing in the model fits {names}{more}")));
    }
    let mut fitted = Vec::new();
    for (module, parts) in all {
        let full = |name: &str| modules.get(name).cloned();
        if let Some(target) = full(&module) {
            if let Some(kind) = lora.low_rank(&module, &parts, size(weights, &target))? {
                fitted.push((target.clone(), kind));
            }
            if let Some(whole) = parts.whole {
                lora.whole(&whole, size(weights, &target))?;
                fitted.push((target, ChangeKind::Whole(whole)));
            }
        }
        let bias = full(&format!("{module}.bias")).or_else(|| full(&format!("{module}_bias")));
        if let (Some(target), Some(whole)) = (bias, parts.whole_bias) {
            lora.whole(&whole, size(weights, &target))?;
            fitted.push((target, ChangeKind::Whole(whole)));
        }
    }
    Ok(fitted)
}

fn size(weights: &Weights, name: &str) -> usize {
    weights.shape(name).unwrap_or_default().iter().product()
}

impl Lora {
    fn unfit(&self, reason: String) -> Error {
        Error::LoraUnfit {
            reason,
            path: PathBuf::from(self.weights.path()),
        }
    }

    /// Shape and numbers of a tensor of the file.
    fn numbers(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>)> {
        let shape = self.weights.shape(name).unwrap_or_default().to_vec();
        let numbers = self.weights.values(name, &shape)?;
        Ok((shape, numbers))
    }

    /// Outputs (or ranks) of the factor `name`, and what comes in.
    fn factor(&self, name: &str) -> [usize; 2] {
        let shape = self.weights.shape(name).unwrap_or_default();
        let first = shape.first().copied().unwrap_or(1);
        [first, shape.iter().skip(1).product()]
    }

    /// The low-rank change of a module, checked against the `size` of what it changes.
    fn low_rank(&self, module: &str, parts: &Parts, size: usize) -> Result<Option<ChangeKind>> {
        let (down, up) = match (&parts.down, &parts.up) {
            (Some(down), Some(up)) => (down.clone(), up.clone()),
            (None, None) if parts.alpha.is_none() => return Ok(None),
            _ => return Err(self.unfit(format!("{module} misses one of its two factors"))),
        };
        let ([rank, inputs], [outputs, same_rank]) = (self.factor(&down), self.factor(&up));
        if rank == 0 || rank != same_rank || outputs.checked_mul(inputs) != Some(size) {
            return Err(self.unfit(format!(
                "{module} would become {outputs} by {inputs} (ranks {rank} and {same_rank}) where the model has {size} numbers"
            )));
        }
        let scale = match &parts.alpha {
            Some(alpha) => match self.numbers(alpha)?.1[..] {
                [alpha] => f64::from(alpha) / rank as f64,
                _ => return Err(self.unfit(format!("{alpha} is no single number"))),
            },
            None => 1.0,
        };
        Ok(Some(ChangeKind::LowRank { down, up, scale }))
    }

    fn whole(&self, name: &str, wanted: usize) -> Result<()> {
        let found = size(&self.weights, name);
        if found == wanted {
            return Ok(());
        }
        Err(self.unfit(format!(
            "{name} has {found} numbers where the model has {wanted}"
        )))
    }

    fn product(&self, up: &str, down: &str) -> Result<Vec<f32>> {
        let matrix = |name: &str| -> Result<Tensor> {
            let [rows, columns] = self.factor(name);
            let numbers = self.numbers(name)?.1;
            Ok(Tensor::from_vec(numbers, (rows, columns), &Device::Cpu)?)
        };
        let product = matrix(up)?.matmul(&matrix(down)?)?;
        Ok(product.flatten_all()?.to_vec1()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_trainer_are_taken_apart() {
        let table = [
            (
                "diffusion_model.blocks.3.self_attn.q.lora_down.weight",
                "blocks.3.self_attn.q",
                Part::Down,
            ),
            (
                "base_model.model.blocks.0.ffn.0.lora_B.default.weight",
                "blocks.0.ffn.0",
                Part::Up,
            ),
            (
                "lora_unet_blocks_0_self_attn_q.alpha",
                "blocks_0_self_attn_q",
                Part::Alpha,
            ),
            (
                "transformer.blocks.0.attn1.to_out.0.lora_A.weight",
                "blocks.0.attn1.to_out.0",
                Part::Down,
            ),
            (
                "diffusion_model.blocks.0.modulation.diff",
                "blocks.0.modulation",
                Part::Whole,
            ),
            (
                "diffusion_model.head.head.diff_b",
                "head.head",
                Part::WholeBias,
            ),
        ];
        for (key, module, part) in table {
            assert_eq!(split(key), Some((module, part)));
        }
        assert_eq!(split("blocks.0.self_attn.q.dora_scale"), None);
    }
}
