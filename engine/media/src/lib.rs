//! Files in and out: probing, frame-exact decoding, encoding, thumbnails and the sound device.
//!
//! GStreamer is named here and nowhere else. Never here: the document, compositing, generation, the window, or what
//! any picture is for.
//!
//! Start reading at [`index`] (which frame is shown when), then [`VideoReader`] and [`AudioReader`] for the way in and
//! [`encode`] for the way out. [`bars`] draws test pictures that carry their own number.
//!
//! ```no_run
//! let mut reader = media::VideoReader::open("clip.mp4".as_ref())?;
//! let frame = reader.frame(42)?;
//! assert_eq!(frame.pts, reader.index().pts(42));
//! # Ok::<(), media::Error>(())
//! ```

pub mod audio_out;
pub mod bars;
pub mod cache;
pub mod encode;
pub mod error;
pub mod index;
pub mod limits;
pub mod thumbnail;

mod audio_reader;
mod decoder;
mod demux;
mod fingerprint;
mod packet;
mod picture;
mod pipeline;
mod probe;
mod still;
mod video_reader;

pub use audio_out::AudioOutput;
pub use audio_reader::AudioReader;
pub use cache::MediaCache;
pub use encode::{
    EncodeReport, EncodeSettings, Encoder, Preset, Speed, is_picture_name, write_picture,
};
pub use error::{Error, Result};
pub use fingerprint::fingerprint;
pub use index::{StreamIndex, index_video};
pub use pipeline::init;
pub use probe::probe;
pub use thumbnail::{Peak, Waveform, filmstrip, waveform};
pub use video_reader::VideoReader;

/// Readers and writers move between threads; a field that cannot stops the build here.
const _: () = {
    const fn moves<T: Send>() {}
    moves::<VideoReader>();
    moves::<AudioReader>();
    moves::<Encoder>();
    moves::<AudioOutput>();
    moves::<MediaCache>();
};
