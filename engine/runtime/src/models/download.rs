//! One file from the hub: goes on where it stopped, tries again when the connection breaks, and is believed only when
//! its hash is the promised one.
//!
//! What has come so far lies in a `.part` file. Every further try reads it once to hash it, so that the hash is that of
//! the bytes on the disk.

use super::{
    digest::{Hasher, Promise},
    error::ModelsError,
    hub::{Again, Hub, Tries, refusal},
    limits,
    meter::Meter,
    transfer::{Head, Transfer, wait},
};
use crate::{Error, error::Result};
use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// A file to fetch.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    /// Its address.
    pub url: String,
    /// Its name, for people.
    pub name: &'a str,
    /// Bytes.
    pub size: u64,
    /// What its bytes must hash to.
    pub promise: &'a Promise,
    /// Where it grows.
    pub part: PathBuf,
}

/// Fetches a file into its part file and returns its SHA-256. `tag` is the server's tag of the content, kept between
/// runs so that a changed file starts again. The meter stands where the file begins.
pub(super) fn fetch(
    hub: &Hub,
    wanted: &Wanted<'_>,
    tag: &mut Option<String>,
    meter: &mut Meter<'_, '_>,
) -> Result<String> {
    let base = meter.done();
    let mut part = PartFile::open(wanted, meter)?;
    let mut tries = Tries::new(hub.patience);
    let mut best = part.length;
    let mut was_corrupt = false;
    loop {
        if part.length == wanted.size {
            let found = match part.finish(wanted)? {
                Ok(sha256) => return Ok(sha256),
                Err(found) => found,
            };
            if was_corrupt {
                return Err(Error::Models(ModelsError::Corrupt {
                    what: wanted.name.into(),
                    wanted: wanted.promise.hash().into(),
                    found,
                }));
            }
            (was_corrupt, *tag, best) = (true, None, 0);
            meter.set_done(base);
            part = PartFile::open(wanted, meter)?;
        }
        let again = match attempt(hub, wanted, &mut part, tag, meter)? {
            Ok(()) => continue,
            Err(again) => again,
        };
        if part.length > best + limits::PROGRESS_BYTES_MIN {
            best = part.length;
            tries.reset();
        }
        let Some(pause) = tries.pause(again.asked) else {
            return Err((again.error).into_error(wanted.name, hub.host(), tries.count));
        };
        let before = meter.label(format!(
            "Trying {} again soon: {}",
            wanted.name, again.error
        ));
        wait(pause, &mut || meter.tick())?;
        meter.label(before);
    }
}

type Attempt<T> = Result<std::result::Result<T, Again>>;

fn attempt(
    hub: &Hub,
    wanted: &Wanted<'_>,
    part: &mut PartFile,
    tag: &mut Option<String>,
    meter: &mut Meter<'_, '_>,
) -> Attempt<()> {
    let mut ask = hub.ask(&wanted.url);
    ask.from = part.length;
    ask.if_tag.clone_from(tag);
    let mut transfer = hub.client.start(ask)?;
    let head = match transfer.head(&mut || meter.tick())? {
        Ok(head) => head,
        Err(failed) => return Again::failed(failed, wanted.name, hub.host()),
    };
    if head.status == 416 {
        // What is here is longer than what is there; the next try takes it from the start.
        part.restart(wanted, meter)?;
    }
    if let Some(refusal) = refusal(&head, wanted.name, hub.host()) {
        return refusal.map(Err);
    }
    if let Err(again) = line_up(&head, wanted, part, meter)? {
        return Ok(Err(again));
    }
    *tag = head.tag;
    receive(&mut transfer, hub, wanted, part, meter)
}

/// Makes the part file stand where the answer begins, and refuses an answer of the wrong length.
fn line_up(
    head: &Head,
    wanted: &Wanted<'_>,
    part: &mut PartFile,
    meter: &mut Meter<'_, '_>,
) -> Attempt<()> {
    let start = if head.status == 206 {
        head.start.unwrap_or(part.length)
    } else {
        0
    };
    if start != part.length {
        // The whole file comes although the rest was asked for: it changed there, or the server knows no ranges.
        part.restart(wanted, meter)?;
    }
    let offered = head.length.map(|length| start.saturating_add(length));
    if start == part.length && offered.is_none_or(|offered| offered == wanted.size) {
        return Ok(Ok(()));
    }
    Ok(Err(Again::error(length_error(
        wanted,
        offered.unwrap_or(start),
    ))))
}

fn receive(
    transfer: &mut Transfer,
    hub: &Hub,
    wanted: &Wanted<'_>,
    part: &mut PartFile,
    meter: &mut Meter<'_, '_>,
) -> Attempt<()> {
    loop {
        let bytes = match transfer.bytes(&mut || meter.tick())? {
            Ok(Some(bytes)) => bytes,
            Ok(None) if part.length == wanted.size => return Ok(Ok(())),
            Ok(None) => {
                let error = length_error(wanted, part.length);
                return Ok(Err(Again::error(error)));
            }
            Err(failed) => return Again::failed(failed, wanted.name, hub.host()),
        };
        let length = part.length + bytes.len() as u64;
        if length > wanted.size {
            part.restart(wanted, meter)?;
            return Ok(Err(Again::error(length_error(wanted, length))));
        }
        part.append(&bytes, wanted)?;
        meter.advance(bytes.len() as u64)?;
    }
}

fn length_error(wanted: &Wanted<'_>, found: u64) -> ModelsError {
    ModelsError::Length {
        what: wanted.name.into(),
        wanted: wanted.size,
        found,
    }
}

/// A file that grows, and the hash of what is in it.
struct PartFile {
    file: File,
    path: PathBuf,
    length: u64,
    hasher: Hasher,
}

impl PartFile {
    /// Opens what is there, hashes it, and stands at its end. What is longer than the whole file is thrown away.
    fn open(wanted: &Wanted<'_>, meter: &mut Meter<'_, '_>) -> Result<Self> {
        let path = &wanted.part;
        let io = |source| disk_error("Writing the download", path, source);
        let metadata = fs::symlink_metadata(path).ok();
        if metadata.is_some_and(|it| !it.is_file() || it.len() > wanted.size) {
            fs::remove_file(path).map_err(io)?;
        }
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        let mut part = Self {
            file,
            path: path.clone(),
            length: 0,
            hasher: Hasher::new(wanted.size),
        };
        let mut buffer = vec![0; limits::PIECE_BYTES];
        loop {
            let count = part.file.read(&mut buffer).map_err(io)?;
            if count == 0 {
                return Ok(part);
            }
            part.hasher.update(&buffer[..count], wanted.promise);
            part.length += count as u64;
            meter.set_done(meter.done() + count as u64);
            meter.tick()?;
        }
    }

    fn append(&mut self, bytes: &[u8], wanted: &Wanted<'_>) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| disk_error("Writing the download", &self.path, source))?;
        self.hasher.update(bytes, wanted.promise);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Throws away what has come.
    fn restart(&mut self, wanted: &Wanted<'_>, meter: &mut Meter<'_, '_>) -> Result<()> {
        meter.set_done(meter.done().saturating_sub(self.length));
        let emptied = self.file.set_len(0).and_then(|()| {
            use std::io::Seek as _;
            self.file.rewind()
        });
        emptied.map_err(|source| disk_error("Writing the download", &self.path, source))?;
        self.length = 0;
        self.hasher = Hasher::new(wanted.size);
        Ok(())
    }

    /// Forces the bytes to the disk and says their SHA-256; when they are not the promised ones the file is deleted and
    /// the wrong hash returned.
    fn finish(&mut self, wanted: &Wanted<'_>) -> Result<std::result::Result<String, String>> {
        let io = |source| disk_error("Writing the download", &wanted.part, source);
        self.file.sync_all().map_err(io)?;
        let hasher = std::mem::replace(&mut self.hasher, Hasher::new(wanted.size));
        let hashes = hasher.finish();
        let found = hashes.of(wanted.promise);
        if found == wanted.promise.hash() {
            return Ok(Ok(hashes.sha256));
        }
        let found = found.to_owned();
        fs::remove_file(&self.path).map_err(io)?;
        Ok(Err(found))
    }
}

/// A full disk has words of its own.
pub(super) fn disk_error(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Error::Models(ModelsError::DiskFull {
                path: path.to_owned(),
            })
        }
        _ => Error::io(action, path)(source),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    #[test]
    fn a_full_disk_is_told_apart() {
        let promise = Promise::Sha256(String::new());
        let wanted = Wanted {
            url: String::new(),
            name: "vae",
            size: 100,
            promise: &promise,
            part: "vae.part".into(),
        };
        let mut part = PartFile {
            // The system's own full disk.
            file: File::options().write(true).open("/dev/full").unwrap(),
            path: wanted.part.clone(),
            length: 0,
            hasher: Hasher::new(100),
        };
        let error = part.append(b"bytes", &wanted).unwrap_err();
        assert!(matches!(error, Error::Models(ModelsError::DiskFull { .. })));
        assert_eq!(part.length, 0);
    }

    #[test]
    fn what_cannot_be_the_beginning_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let promise = Promise::Sha256(String::new());
        let wanted = Wanted {
            url: String::new(),
            name: "vae",
            size: 4,
            promise: &promise,
            part: folder.path().join("vae.part"),
        };
        let mut on_progress = |_progress| ControlFlow::Continue(());
        let mut meter = Meter::new(&mut on_progress, 4);
        fs::write(&wanted.part, b"too long").unwrap();
        assert_eq!(PartFile::open(&wanted, &mut meter).unwrap().length, 0);
        fs::write(&wanted.part, b"abc").unwrap();
        let mut part = PartFile::open(&wanted, &mut meter).unwrap();
        assert_eq!((part.length, meter.done()), (3, 3));
        part.restart(&wanted, &mut meter).unwrap();
        assert_eq!(
            (part.length, meter.done(), fs::read(&wanted.part).unwrap()),
            (0, 0, vec![])
        );
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, b"abc").unwrap();
        fs::remove_file(&wanted.part).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &wanted.part).unwrap();
        assert_eq!(PartFile::open(&wanted, &mut meter).unwrap().length, 0);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"abc");
    }
}
