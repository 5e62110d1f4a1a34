//! Prompts as rows of numbers. The encoder is large, so what it said of a prompt is kept, in memory and on the disk, and
//! it is only read when a prompt is new; it is never held whole.

use super::tokenizer::cleaned;
use crate::{
    error::{Error, Result},
    limits,
    recipe::hexadecimal,
};
use candle_core::{DType, Device, Tensor};
use sha2::{Digest as _, Sha256};
use std::{
    collections::VecDeque,
    fs::File,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Start of a file of rows; the last byte is the layout's number.
const MAGIC: &[u8; 8] = b"EFROWS\0\x01";
/// Ending of files of rows.
const ENDING: &str = "rows";

/// Turns prompts into rows, at whatever cost; [`PromptCache`] keeps it from being asked twice.
pub trait PromptEncoder: Send {
    /// What the rows depend on beside the prompt: hashes of the weights and of the tokenizer, the longest length.
    fn identity(&self) -> &str;

    /// Name of the model, as shown.
    fn model(&self) -> &str;

    /// Rows `[pieces, channels]`, `f32`, of each cleaned prompt, without padding. Everything that is loaded for it is
    /// freed before this returns. `pause` may stop the work.
    fn encode(
        &mut self,
        prompts: &[String],
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Tensor>>;
}

/// Rows of the prompts met lately.
#[derive(Debug, Default)]
pub struct PromptCache {
    /// The latest last.
    recent: VecDeque<(String, Tensor)>,
    folder: Option<PathBuf>,
}

impl PromptCache {
    /// Keeps rows in memory, and in `folder` when there is one.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            recent: VecDeque::new(),
            folder,
        }
    }

    /// Rows `[rows_max, channels]` of each of `prompts`, zeros after their pieces, on `device`. `encoder` is asked at
    /// most once, for all that are new.
    pub fn rows(
        &mut self,
        encoder: &mut dyn PromptEncoder,
        prompts: &[String],
        (rows_max, device): (usize, &Device),
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Tensor>> {
        let clean: Vec<String> = prompts.iter().map(|prompt| cleaned(prompt)).collect();
        let keys = clean.iter().map(|prompt| key(encoder.identity(), prompt));
        let keys: Vec<String> = keys.collect();
        let mut found: Vec<Option<Tensor>> = keys.iter().map(|key| self.find(key)).collect();
        let is_new = |&at: &usize| found[at].is_none() && !keys[..at].contains(&keys[at]);
        let new: Vec<usize> = (0..keys.len()).filter(is_new).collect();
        if !new.is_empty() {
            let words: Vec<String> = new.iter().map(|&at| clean[at].clone()).collect();
            let made = encoder.encode(&words, pause)?;
            for (&at, rows) in new.iter().zip(made) {
                let rows = rows.to_dtype(DType::F32)?.to_device(&Device::Cpu)?;
                finite(&rows, "the prompt", encoder.model())?;
                self.keep(&keys[at], &rows);
                for (found, key) in found.iter_mut().zip(&keys) {
                    if *key == keys[at] {
                        *found = Some(rows.clone());
                    }
                }
            }
        }
        let missing = || candle_core::Error::Msg("the prompt encoder left out a prompt".into());
        let rows = found.into_iter().map(|rows| {
            let rows = rows.ok_or_else(missing)?;
            Ok(padded(&rows, rows_max)?.to_device(device)?)
        });
        rows.collect()
    }

    /// Whether all of `prompts` are known already.
    pub fn knows(&mut self, encoder: &dyn PromptEncoder, prompts: &[String]) -> bool {
        let mut keys = prompts
            .iter()
            .map(|prompt| key(encoder.identity(), &cleaned(prompt)));
        keys.all(|key| self.find(&key).is_some())
    }

    fn find(&mut self, key: &str) -> Option<Tensor> {
        if let Some(at) = self.recent.iter().position(|(known, _)| known == key) {
            let entry = self.recent.remove(at)?;
            let rows = entry.1.clone();
            self.recent.push_back(entry);
            return Some(rows);
        }
        let path = self.path(key)?;
        let rows = match read(&path) {
            Ok(rows) => rows?,
            Err(err) => {
                log::warn!("kept rows are not used: {err}: {}", path.display());
                return None;
            }
        };
        self.remember(key, &rows);
        Some(rows)
    }

    fn keep(&mut self, key: &str, rows: &Tensor) {
        self.remember(key, rows);
        let Some(path) = self.path(key) else {
            return;
        };
        // Rows that cannot be kept are made again: slower, never wrong.
        if let Err(err) = write(&path, rows).and_then(|()| shrink(&path)) {
            log::warn!("rows of a prompt are not kept: {err}: {}", path.display());
        }
    }

    fn remember(&mut self, key: &str, rows: &Tensor) {
        self.recent.push_back((key.to_owned(), rows.clone()));
        while self.recent.len() > limits::PROMPTS_IN_MEMORY_MAX {
            self.recent.pop_front();
        }
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("{key}.{ENDING}")))
    }
}

/// `rows` followed by zeros up to `rows_max`, or cut there.
pub fn padded(rows: &Tensor, rows_max: usize) -> Result<Tensor> {
    let count = rows.dim(0)?;
    if count >= rows_max {
        return Ok(rows.narrow(0, 0, rows_max)?);
    }
    Ok(rows.pad_with_zeros(0, 0, rows_max - count)?)
}

/// Lower-case hexadecimal, so that it is a file's name.
fn key(identity: &str, prompt: &str) -> String {
    let mut hash = Sha256::new();
    hash.update((identity.len() as u64).to_le_bytes());
    hash.update(identity);
    hash.update(prompt);
    hexadecimal(&hash.finalize())
}

/// The rows in a file; none when there is no such file.
fn read(path: &Path) -> std::io::Result<Option<Tensor>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    if file.metadata()?.len() > limits::PROMPT_CACHE_BYTES_MAX {
        return Err(std::io::Error::other("it is too large"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let rows = parse(&bytes).ok_or_else(|| std::io::Error::other("it is damaged"))?;
    // The oldest are thrown away first, and this one is of use.
    if let Err(err) = file.set_modified(SystemTime::now()) {
        log::debug!("a file's time cannot be set: {err}: {}", path.display());
    }
    Ok(Some(rows))
}

/// Magic, rows and channels (u32), numbers (f32), then the SHA-256 of all before; little-endian.
fn parse(bytes: &[u8]) -> Option<Tensor> {
    let (body, sum) = bytes.split_last_chunk::<32>()?;
    if Sha256::digest(body).as_slice() != sum {
        return None;
    }
    let rest = body.strip_prefix(MAGIC)?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let (channels, numbers) = rest.split_first_chunk::<4>()?;
    let shape = [*count, *channels].map(|bytes| u32::from_le_bytes(bytes) as usize);
    let (numbers, more) = numbers.as_chunks::<4>();
    if !more.is_empty() || Some(numbers.len()) != shape[0].checked_mul(shape[1]) {
        return None;
    }
    let numbers: Vec<f32> = numbers.iter().map(|it| f32::from_le_bytes(*it)).collect();
    Tensor::from_vec(numbers, &shape, &Device::Cpu).ok()
}

fn write(path: &Path, rows: &Tensor) -> std::io::Result<()> {
    let (count, channels) = rows.dims2().map_err(std::io::Error::other)?;
    let numbers = rows.flatten_all().and_then(|rows| rows.to_vec1::<f32>());
    let numbers = numbers.map_err(std::io::Error::other)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend((count as u32).to_le_bytes());
    bytes.extend((channels as u32).to_le_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    let sum = Sha256::digest(&bytes);
    bytes.extend(sum);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(&bytes))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err()
        && let Err(err) = std::fs::remove_file(&beside)
    {
        log::debug!("{} stays behind: {err}", beside.display());
    }
    written
}

/// Throws the oldest rows beside `path` away until the rest fits its bound; `path` itself stays.
fn shrink(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.path();
        if file.extension().is_some_and(|ending| ending == ENDING) && file != path {
            let known = entry.metadata()?;
            files.push((known.modified()?, known.len(), file));
        }
    }
    let mut bytes: u64 = std::fs::metadata(path)?.len();
    bytes += files.iter().map(|(_, length, _)| length).sum::<u64>();
    files.sort();
    for (_, length, file) in files {
        if bytes <= limits::PROMPT_CACHE_BYTES_MAX {
            break;
        }
        std::fs::remove_file(&file)?;
        bytes -= length;
    }
    Ok(())
}

/// Refuses a tensor that holds something else than numbers.
pub fn finite(tensor: &Tensor, what: &'static str, model: &str) -> Result<()> {
    // The sum of sizes is a number only if every one is.
    let sum = tensor.to_dtype(DType::F32)?.abs()?.mean_all()?;
    if sum.to_scalar::<f32>()?.is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite {
        what,
        model: model.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::gaussian;

    /// Counts how often it is asked.
    struct Counting {
        identity: String,
        asked: Vec<Vec<String>>,
    }

    impl PromptEncoder for Counting {
        fn identity(&self) -> &str {
            &self.identity
        }

        fn model(&self) -> &'static str {
            "Small model"
        }

        fn encode(
            &mut self,
            prompts: &[String],
            pause: &mut dyn FnMut() -> Result<()>,
        ) -> Result<Vec<Tensor>> {
            pause()?;
            self.asked.push(prompts.to_vec());
            let rows = prompts.iter().map(|prompt| {
                let count = prompt.len() + 1;
                let numbers = gaussian(count as u64, 0, 0, count * 3);
                Ok(Tensor::from_vec(numbers, (count, 3), &Device::Cpu)?)
            });
            rows.collect()
        }
    }

    fn encoder(identity: &str) -> Counting {
        Counting {
            identity: identity.into(),
            asked: Vec::new(),
        }
    }

    fn rows(cache: &mut PromptCache, encoder: &mut Counting, prompts: &[&str]) -> Vec<Vec<f32>> {
        let prompts: Vec<String> = prompts.iter().map(|it| (*it).to_owned()).collect();
        let at = (8, &Device::Cpu);
        let rows = cache.rows(encoder, &prompts, at, &mut || Ok(())).unwrap();
        let flat = rows.iter().map(|rows| {
            assert_eq!(rows.dims(), [8, 3]);
            rows.flatten_all().unwrap().to_vec1().unwrap()
        });
        flat.collect()
    }

    #[test]
    fn each_prompt_is_encoded_once_and_comes_back_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = PromptCache::new(Some(folder.path().join("prompts")));
        let mut first = encoder("a");
        let made = rows(&mut cache, &mut first, &["one", " one ", "", "one"]);
        assert_eq!(first.asked, [["one", ""]]);
        assert_eq!(made[0], made[1]);
        assert!(made[0][12..].iter().all(|&value| value == 0.0));
        assert_eq!(rows(&mut cache, &mut first, &["one"])[0], made[0]);
        // Another run of the program, then another encoder.
        let mut later = PromptCache::new(Some(folder.path().join("prompts")));
        assert!(later.knows(&first, &["one".into()]) && !later.knows(&first, &["two".into()]));
        assert_eq!(rows(&mut later, &mut first, &["one", ""])[0], made[0]);
        assert_eq!(first.asked.len(), 1);
        let mut other = encoder("b");
        rows(&mut later, &mut other, &["one"]);
        assert_eq!(other.asked.len(), 1);
    }

    #[test]
    fn damaged_files_are_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = || PromptCache::new(Some(folder.path().to_path_buf()));
        let mut encoder = encoder("a");
        let made = rows(&mut cache(), &mut encoder, &["one"]);
        let path = folder.path().join(format!("{}.rows", key("a", "one")));
        let good = std::fs::read(&path).unwrap();
        for (index, length) in [0, 7, 15, 60, good.len()].into_iter().enumerate() {
            let mut bad = good[..length].to_vec();
            if length > 20 {
                bad[17] ^= 1;
            }
            std::fs::write(&path, bad).unwrap();
            assert_eq!(rows(&mut cache(), &mut encoder, &["one"]), made);
            assert_eq!(encoder.asked.len(), index + 2, "cut to {length}");
            assert_eq!(std::fs::read(&path).unwrap(), good);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_time_only() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, b"no folder").unwrap();
        let mut cache = PromptCache::new(Some(blocked));
        let mut encoder = encoder("a");
        rows(&mut cache, &mut encoder, &["one"]);
        rows(&mut cache, &mut encoder, &["one"]);
        assert_eq!(encoder.asked.len(), 1, "memory still serves");
    }

    #[test]
    fn memory_is_bounded() {
        let mut cache = PromptCache::new(None);
        let mut encoder = encoder("a");
        for count in 0..3 * limits::PROMPTS_IN_MEMORY_MAX {
            let prompt = format!("{count}");
            rows(&mut cache, &mut encoder, &[&prompt]);
        }
        assert_eq!(cache.recent.len(), limits::PROMPTS_IN_MEMORY_MAX);
    }

    #[test]
    fn what_is_no_number_is_noticed() {
        let rows = Tensor::new(&[[1.0_f32, f32::NAN]], &Device::Cpu).unwrap();
        let err = finite(&rows, "the prompt", "Small model")
            .unwrap_err()
            .to_string();
        assert!(
            err.starts_with("the prompt came out as no numbers"),
            "{err}"
        );
        let rows = Tensor::new(&[[1.0_f32, -2.0]], &Device::Cpu).unwrap();
        assert!(finite(&rows, "the prompt", "Small model").is_ok());
    }
}
