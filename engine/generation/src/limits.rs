//! Bounds of this room, each with its reason.

/// Pictures of a clip that are looked at before their mattes are made; what is kept of each takes up to 0.1 MB.
pub const LOOK_AHEAD_FRAMES_MAX: usize = 2_000;

/// Most frames in one request: 60 s at 60 frames a second, the longest the product promises, with room for handles.
pub const CLIP_FRAMES_MAX: usize = 4_096;

/// Longest prompt in characters; text encoders cut far earlier, this bounds what is hashed and stored.
pub const PROMPT_CHARS_MAX: usize = 10_000;

/// Most reference pictures: each one costs a latent frame in every step.
pub const REFERENCES_MAX: usize = 8;

/// Largest header of a weights file in bytes; the biggest real ones hold a few thousand names.
pub const WEIGHTS_HEADER_BYTES_MAX: u64 = 64 << 20;

/// Largest `tokenizer.json` in bytes; that of UMT5, with a quarter of a million pieces, has 17 million.
pub const TOKENIZER_BYTES_MAX: u64 = 128 << 20;

/// Most bytes of encoded prompts kept on disk; a long one takes 8 MB, a usual one less than one.
pub const PROMPT_CACHE_BYTES_MAX: u64 = 256 << 20;

/// Most encoded prompts kept in memory: those of a storyboard and a few before.
pub const PROMPTS_IN_MEMORY_MAX: usize = 32;

/// Most shots in a storyboard: one a second of the longest clip.
pub const SHOTS_MAX: usize = 64;

/// Frames in a hole above which interpolation smears: about a second at usual rates.
pub const INTERPOLATION_SECONDS_MAX: f64 = 1.0;

/// Frames to each side that steady a matte: a quarter of a second at most, so little that memory stays flat.
pub const STEADY_FRAMES: usize = 3;

/// Longest side at which a matte's edges are fitted; larger pictures take enlarged coefficients.
pub const REFINE_SIDE_MAX: u32 = 960;

/// Most blocks in a network; the largest of the family has 40.
pub const BLOCKS_MAX: usize = 1_000;

/// Most that is read of a `config.json`; real ones have a few thousand bytes.
pub const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// Bytes that a video autoencoder may hold beside its weights when nothing else is said, about a third of a usual
/// machine's memory; larger pictures are worked through in tiles.
pub const VAE_BYTES_MAX: u64 = 5 << 30;

/// Largest table of tensors in a `.pth`; that of the largest model in use has some hundred thousand bytes.
pub const PICKLE_BYTES_MAX: usize = 8 << 20;

/// Most axes of a tensor in a `.pth`.
pub const AXES_MAX: usize = 8;

/// Seconds beyond which footage continued out of its own frames is seen to repeat itself.
pub const CONTINUATION_SECONDS_MAX: f64 = 4.0;

/// Longest side at which corrections of a matte are followed; the network that finds subjects sees no more.
pub const CLAIM_SIDE_MAX: u32 = 384;

/// Pictures that are read in one go when corrections are followed backwards: decoders only go forwards.
pub const READ_RUN_FRAMES: usize = 32;
