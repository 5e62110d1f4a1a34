//! Thousands of damaged files: an error each, never a panic, never memory that the file does not justify.

use super::{Part, fixtures, write};
use generation::Weights;
use safetensors::Dtype;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fs,
    path::Path,
};
use tempfile::TempDir;

/// Counts what this thread asks for, to notice sizes that were believed before they were checked.
struct Counting;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

#[allow(unsafe_code, reason = "an allocator has no safe interface")]
// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        noted(layout.size());
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        noted(layout.size());
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        noted(size);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.realloc(place, layout, size) }
    }
}

fn noted(size: usize) {
    // A thread that is ending has no counter any more, and nothing to prove.
    let _ended = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Small, known and good enough to choose places with.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

const ODD_BYTES: [u8; 9] = [0, 1, 5, 0x22, 0x30, 0x7f, 0x80, 0xfe, 0xff];
const ODD_NUMBERS: [u64; 9] = [
    0,
    1,
    5,
    255,
    1 << 31,
    u32::MAX as u64,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

/// Changes one thing in `bytes`.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let place = dice.roll(bytes.len());
    match dice.roll(7) {
        0 => bytes[place] ^= 1 << dice.roll(8),
        1 => bytes[place] = ODD_BYTES[dice.roll(ODD_BYTES.len())],
        2 => bytes.truncate(place),
        3 => {
            bytes.remove(place);
        }
        4 => bytes.insert(place, ODD_BYTES[dice.roll(ODD_BYTES.len())]),
        5 => {
            // A number in the first part, where headers are, becomes an odd one.
            let place = dice.roll(bytes.len().min(400));
            let number = ODD_NUMBERS[dice.roll(ODD_NUMBERS.len())].to_le_bytes();
            let size = if dice.roll(2) == 0 { 4 } else { 8 };
            let end = bytes.len().min(place + size);
            bytes[place..end].copy_from_slice(&number[..end - place]);
        }
        _ => {
            let from = dice.roll(bytes.len());
            let count = dice.roll(16).min(bytes.len() - place.max(from));
            let copied = bytes[from..from + count].to_vec();
            bytes[place..place + count].copy_from_slice(&copied);
        }
    }
}

/// Opens `path` and reads all that it still seems to hold; returns whether it was opened.
fn read(path: &Path) -> bool {
    let Ok(weights) = Weights::open(path) else {
        return false;
    };
    let length = fs::metadata(path).unwrap().len() as usize;
    for name in weights.names() {
        let shape = weights.shape(&name).unwrap().to_vec();
        let count = shape
            .iter()
            .try_fold(1_usize, |all, &dim| all.checked_mul(dim));
        assert!(
            count.is_some_and(|count| count <= length * 4),
            "{name} of {shape:?} cannot lie in {length} bytes"
        );
        let Ok(values) = weights.values(&name, &shape) else {
            continue;
        };
        assert_eq!(Some(values.len()), count);
        if let Some((&to, inputs)) = shape.split_first() {
            let from = inputs.iter().product();
            weights.matrix(&name, &shape, [to, from]).ok();
        }
    }
    // What a file holds is also asked for what it is.
    generation::models::wan::detect::detect(&weights).ok();
    true
}

/// Damages `good` in `rounds` ways; returns how many still opened.
fn survives(good: &[u8], path: &Path, rounds: usize) -> usize {
    fs::write(path, good).unwrap();
    assert!(read(path), "the undamaged file");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ good.len() as u64);
    let mut opened = 0;
    for round in 0..rounds {
        let mut bytes = good.to_vec();
        for _ in 0..=dice.roll(3) {
            if !bytes.is_empty() {
                damage(&mut bytes, &mut dice);
            }
        }
        fs::write(path, &bytes).unwrap();
        LARGEST.set(0);
        opened += usize::from(read(path));
        let largest = LARGEST.get();
        let justified = (64 * bytes.len()).max(1 << 20);
        assert!(
            largest <= justified,
            "round {round}: {largest} bytes at once for a file of {}",
            bytes.len()
        );
    }
    opened
}

fn some() -> Vec<Part> {
    let part = |name: &str, shape: &[usize]| Part {
        name: name.into(),
        shape: shape.to_vec(),
        values: vec![0.25; shape.iter().product()],
    };
    vec![
        part("patch_embedding.weight", &[4, 2, 1, 2, 2]),
        part("blocks.0.attn1.to_q.weight", &[4, 4]),
        part("x", &[32]),
    ]
}

#[test]
fn damaged_safetensors_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.safetensors");
    let mut raws: Vec<write::Raw> = some()
        .iter()
        .map(|part| write::raw(part, Dtype::F16))
        .collect();
    let raw = |name: &str, dtype, shape: &[usize], count| {
        (name.to_owned(), dtype, shape.to_vec(), vec![0x3c; count])
    };
    raws.push(raw("y.q8", Dtype::U8, &[2, 32], 64));
    raws.push(raw("y.scale", Dtype::F16, &[2, 1], 4));
    raws.push(raw("z.weight", Dtype::F8_E4M3, &[2, 3], 6));
    raws.push(raw("z.scale_weight", Dtype::F32, &[], 4));
    raws.push(raw("scaled_fp8", Dtype::F8_E4M3, &[0], 0));
    write::safetensors(&path, &raws);
    let good = fs::read(&path).unwrap();
    let opened = survives(&good, &path, 2_500);
    assert!(opened > 100 && opened < 2_400, "{opened} of 2500 opened");
}

#[test]
fn damaged_gguf_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.gguf");
    let real = fs::read(fixtures().join("layouts.gguf")).unwrap();
    let opened = survives(&real, &path, 1_000);
    assert!(opened < 1_000, "{opened} of 1000 opened");
    let mut tensors: Vec<_> = some().iter().map(write::gguf_f32).collect();
    tensors.push(("q".into(), vec![2, 32], 8, vec![0; 68]));
    write::gguf(&path, &tensors);
    let small = fs::read(&path).unwrap();
    let opened = survives(&small, &path, 2_500);
    assert!(opened < 2_500, "{opened} of 2500 opened");
}

#[test]
fn gguf_headers_that_lie_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.gguf");
    let parts = some();
    let tensors: Vec<_> = parts.iter().map(write::gguf_f32).collect();
    write::gguf(&path, &tensors);
    let good = fs::read(&path).unwrap();
    // The table's first entry begins behind its name.
    let name = b"patch_embedding.weight";
    let at = good
        .windows(name.len())
        .position(|window| window == name)
        .unwrap();
    let axes = at + name.len();
    let (offset, kind) = (axes + 4 + 5 * 8 + 4, axes + 4 + 5 * 8);
    let with = |place: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[place..place + bytes.len()].copy_from_slice(bytes);
        bad
    };
    for (bad, wanted) in [
        (
            with(8, &u64::MAX.to_le_bytes()),
            "claims 18446744073709551615 things",
        ),
        (with(16, &u64::MAX.to_le_bytes()), "its header"),
        (
            with(24, &(1_u64 << 60).to_le_bytes()),
            "claims 1152921504606846976 things",
        ),
        (with(4, &1_u32.to_le_bytes()), "GGUF of version 1"),
        (with(4, &3_u32.to_be_bytes()), "big-endian"),
        (with(axes, &255_u32.to_le_bytes()), "has 255 axes"),
        (with(axes + 4, &u64::MAX.to_le_bytes()), "is too large"),
        (
            with(axes + 4, &4_000_u64.to_le_bytes()),
            "ends behind the file",
        ),
        (with(kind, &99_u32.to_le_bytes()), "ggml type 99"),
        (with(kind, &8_u32.to_le_bytes()), "no whole blocks"),
        (with(offset, &7_u64.to_le_bytes()), "is not aligned"),
        (with(offset, &u64::MAX.to_le_bytes()), "is not aligned"),
        (with(offset, &64_u64.to_le_bytes()), "overlap"),
        (good[..good.len() - 70].to_vec(), "ends behind the file"),
        (good[..40].to_vec(), "its header"),
    ] {
        fs::write(&path, &bad).unwrap();
        let text = Weights::open(&path).unwrap_err().to_string();
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // A tensor without axes is one number.
    let mut scalar = tensors;
    scalar.push(("s".into(), vec![], 0, write::bytes_of_f32(&[2.5])));
    write::gguf(&path, &scalar);
    let weights = Weights::open(&path).unwrap();
    assert_eq!(weights.values("s", &[]).unwrap(), [2.5]);
}

#[test]
fn damaged_pickles_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.pth");
    for name in ["layouts.pth", "layouts_nested.pth"] {
        let good = fs::read(fixtures().join(name)).unwrap();
        let opened = survives(&good, &path, 1_500);
        assert!(opened < 1_500, "{name}: {opened} of 1500 opened");
    }
}

#[test]
fn damaged_indices_are_refused() {
    let folder = TempDir::new().unwrap();
    write::sharded(folder.path(), &some());
    let path = folder.path().join("model.safetensors.index.json");
    let good = fs::read(&path).unwrap();
    let mut dice = Dice(77);
    let mut opened = 0;
    for _ in 0..1_000 {
        let mut bytes = good.clone();
        damage(&mut bytes, &mut dice);
        fs::write(&path, &bytes).unwrap();
        opened += usize::from(Weights::open(&path).is_ok());
    }
    assert!(opened < 1_000, "{opened} of 1000 opened");
}
