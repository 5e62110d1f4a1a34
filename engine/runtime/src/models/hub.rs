//! The hub: what a repository holds at one commit, and the address of each file in it.
//!
//! One answer says everything before a byte is downloaded: the commit, the licence, and size and hash of every file
//! (`/api/models/OWNER/NAME/revision/REVISION?blobs=true`). Files are then fetched from that very commit
//! (`/OWNER/NAME/resolve/COMMIT/PATH`), which usually leads on to another host.

use super::{
    digest::{Hasher, Promise},
    error::ModelsError,
    limits,
    transfer::{Ask, Client, Failed, Head, OnTick, Patience, Way, network_error, wait},
};
use crate::{Error, error::Result};
use serde::Deserialize;
use std::time::Duration;

/// Where the hub is when `HF_ENDPOINT` says nothing else.
const ENDPOINT: &str = "https://huggingface.co";

/// The branch whose newest commit is installed.
const BRANCH: &str = "main";

/// Tries for the small answers that come before a download.
const SMALL_TRIES_MAX: u32 = 3;

/// A repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Owner and name.
    pub id: String,
    /// The commit.
    pub revision: String,
    /// Licence as the publisher states it; `None` when nothing is stated.
    pub license: Option<String>,
    /// Every file.
    pub files: Vec<HubFile>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFile {
    /// Path in the repository, with slashes.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// What its bytes hash to.
    pub promise: Promise,
}

impl Repository {
    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&HubFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// The hub, or whatever stands in for it.
#[derive(Debug, Clone)]
pub struct Hub {
    endpoint: String,
    host: String,
    token: Option<String>,
    pub(super) patience: Patience,
    pub(super) client: Client,
}

impl Hub {
    /// The hub that the environment names: `HF_ENDPOINT`, with `HF_TOKEN` for what is not handed out to everyone.
    pub fn from_environment() -> Result<Self> {
        let text = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.into());
        Self::new(&endpoint, text("HF_TOKEN"), Patience::default())
    }

    /// A hub at `endpoint`.
    pub fn new(endpoint: &str, token: Option<String>, patience: Patience) -> Result<Self> {
        let endpoint = endpoint.trim_end_matches('/');
        let is_https = endpoint.starts_with("https://");
        let rest = endpoint
            .strip_prefix("https://")
            .or_else(|| endpoint.strip_prefix("http://"))
            .filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let Some(rest) = rest else {
            return Err(Error::Models(ModelsError::BadEndpoint {
                endpoint: endpoint.into(),
            }));
        };
        let host = rest.split('/').next().unwrap_or(rest).to_owned();
        let loopback = ["localhost", "127.", "[::1]"];
        let way = if is_https {
            Way::Encrypted
        } else if loopback.iter().any(|name| host.starts_with(name)) {
            Way::ThisMachine
        } else {
            Way::Open
        };
        Ok(Self {
            client: Client::new(&patience, way),
            endpoint: endpoint.into(),
            host,
            token,
            patience,
        })
    }

    /// Name of the server, for people.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What `id` holds now.
    pub fn repository(&self, id: &str, on_tick: &mut OnTick<'_>) -> Result<Repository> {
        let url = format!(
            "{}/api/models/{}/revision/{BRANCH}?blobs=true",
            self.endpoint,
            escape(id)
        );
        let answer = self.small(&url, id, on_tick)?;
        parse(id, &answer).map_err(|reason| bad_answer(id, reason))
    }

    /// The whole content of a small file, checked against its hash.
    pub fn small_file(
        &self,
        repository: &Repository,
        file: &HubFile,
        on_tick: &mut OnTick<'_>,
    ) -> Result<Vec<u8>> {
        let url = self.url(repository, file);
        let mut found = String::new();
        // As for large files: damaged once may be chance.
        for _try in 0..2 {
            let content = self.small(&url, &file.path, on_tick)?;
            let mut hasher = Hasher::new(content.len() as u64);
            hasher.update(&content, &file.promise);
            hasher.finish().of(&file.promise).clone_into(&mut found);
            if found == file.promise.hash() {
                return Ok(content);
            }
        }
        Err(Error::Models(ModelsError::Corrupt {
            what: file.path.clone(),
            wanted: file.promise.hash().into(),
            found,
        }))
    }

    /// Address of a file at the repository's commit.
    pub fn url(&self, repository: &Repository, file: &HubFile) -> String {
        format!(
            "{}/{}/resolve/{}/{}",
            self.endpoint,
            escape(&repository.id),
            escape(&repository.revision),
            escape(&file.path)
        )
    }

    /// A request with this hub's token.
    pub(super) fn ask(&self, url: &str) -> Ask {
        Ask {
            url: url.into(),
            token: self.token.clone(),
            ..Ask::default()
        }
    }

    /// Fetches something that fits into memory, with as many tries as there is patience for.
    fn small(&self, url: &str, what: &str, on_tick: &mut OnTick<'_>) -> Result<Vec<u8>> {
        // Nobody has waited for these yet, so it may be told soon that there is no network.
        let mut tries = Tries::new(Patience {
            tries_max: self.patience.tries_max.min(SMALL_TRIES_MAX),
            ..self.patience
        });
        loop {
            let (error, asked) = match self.small_once(url, what, on_tick)? {
                Ok(content) => return Ok(content),
                Err(Again { error, asked }) => (error, asked),
            };
            let Some(pause) = tries.pause(asked) else {
                return Err(error.into_error(what, self.host(), tries.count));
            };
            wait(pause, on_tick)?;
        }
    }

    fn small_once(
        &self,
        url: &str,
        what: &str,
        on_tick: &mut OnTick<'_>,
    ) -> Result<std::result::Result<Vec<u8>, Again>> {
        let mut transfer = self.client.start(self.ask(url))?;
        let head = match transfer.head(on_tick)? {
            Ok(head) => head,
            Err(failed) => return Again::failed(failed, what, self.host()),
        };
        if let Some(refusal) = refusal(&head, what, self.host()) {
            return refusal.map(Err);
        }
        let mut content = Vec::new();
        loop {
            match transfer.bytes(on_tick)? {
                Ok(Some(bytes)) => content.extend(bytes),
                Ok(None) => return Ok(Ok(content)),
                Err(failed) => return Again::failed(failed, what, self.host()),
            }
            if content.len() > limits::ANSWER_BYTES_MAX {
                return Err(bad_answer(what, "it is far too long".into()));
            }
        }
    }
}

/// A failure that another try may mend.
pub(super) struct Again {
    pub error: Passing,
    /// How long the server wants to be left alone.
    pub asked: Option<Duration>,
}

/// What to say when the tries are used up.
pub(super) enum Passing {
    Failed(Failed),
    Error(ModelsError),
}

impl Again {
    /// Worth another try, or the final error.
    pub fn failed<T>(
        failed: Failed,
        what: &str,
        host: &str,
    ) -> Result<std::result::Result<T, Self>> {
        if !failed.is_passing {
            return Err(network_error(what, host, 1, failed));
        }
        Ok(Err(Self {
            error: Passing::Failed(failed),
            asked: None,
        }))
    }

    /// Worth another try; the error when there are none left.
    pub fn error(error: ModelsError) -> Self {
        Self {
            error: Passing::Error(error),
            asked: None,
        }
    }
}

impl std::fmt::Display for Passing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(failed) => f.write_str(&failed.reason),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl Passing {
    /// The final error, after `tries`.
    pub fn into_error(self, what: &str, host: &str, tries: u32) -> Error {
        match self {
            Self::Failed(failed) => network_error(what, host, tries, failed),
            Self::Error(error) => Error::Models(error),
        }
    }
}

/// Counts tries that brought nothing.
pub(super) struct Tries {
    patience: Patience,
    /// Tries so far.
    pub count: u32,
}

impl Tries {
    pub fn new(patience: Patience) -> Self {
        Self { patience, count: 0 }
    }

    /// After progress the count begins again.
    pub fn reset(&mut self) {
        self.count = 0;
    }

    /// How long to wait before the next try; `None` when there is none.
    pub fn pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.count += 1;
        if self.count >= self.patience.tries_max {
            return None;
        }
        let doubled = self.patience.first_wait * 2_u32.saturating_pow(self.count - 1);
        let asked = asked.unwrap_or_default().min(limits::RETRY_AFTER_MAX);
        Some(doubled.max(asked))
    }
}

/// What a status other than success means: worth another try, or final; `None` for success.
pub(super) fn refusal(head: &Head, what: &str, host: &str) -> Option<Result<Again>> {
    let (what, host, status) = (what.to_owned(), host.to_owned(), head.status);
    Some(match status {
        200..=299 => return None,
        401 | 403 => Err(Error::Models(ModelsError::Refused { what, host, status })),
        404 | 410 => Err(Error::Models(ModelsError::NotOnHub { what, host })),
        408 | 416 | 425 | 429 | 500..=599 => Ok(Again {
            error: Passing::Error(ModelsError::Server { what, host, status }),
            asked: head.retry_after,
        }),
        _ => Err(Error::Models(ModelsError::Server { what, host, status })),
    })
}

pub(super) fn bad_answer(what: &str, reason: String) -> Error {
    Error::Models(ModelsError::BadAnswer {
        what: what.into(),
        reason,
    })
}

/// The parts of the hub's answer that are used.
#[derive(Deserialize)]
struct Answer {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    sha256: String,
    size: u64,
}

fn parse(id: &str, answer: &[u8]) -> std::result::Result<Repository, String> {
    let answer: Answer = serde_json::from_slice(answer).map_err(|err| err.to_string())?;
    if !is_hash(&answer.sha, 40) {
        return Err(format!("\"{}\" is no commit", answer.sha));
    }
    let license = answer
        .tags
        .iter()
        .find_map(|tag| tag.strip_prefix("license:"));
    let files = answer.siblings.into_iter().map(file_of);
    Ok(Repository {
        id: id.into(),
        revision: answer.sha,
        license: license.map(str::to_owned),
        files: files.collect::<std::result::Result<_, _>>()?,
    })
}

fn file_of(sibling: Sibling) -> std::result::Result<HubFile, String> {
    let path = sibling.rfilename;
    let (promise, size) = match (sibling.lfs, sibling.blob_id) {
        (Some(large), _) if is_hash(&large.sha256, 64) => {
            (Promise::Sha256(large.sha256), Some(large.size))
        }
        (None, Some(blob)) if is_hash(&blob, 40) => (Promise::GitBlob(blob), sibling.size),
        _ => return Err(format!("{path} has no hash")),
    };
    Ok(HubFile {
        size_bytes: size.ok_or_else(|| format!("{path} has no size"))?,
        path,
        promise,
    })
}

fn is_hash(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A path as part of an address; slashes stay.
fn escape(path: &str) -> String {
    let mut address = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(digit), 16);
                address.extend(digit.map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_commit_licence_sizes_and_hashes() {
        let sha = "a".repeat(40);
        let hash = "b".repeat(64);
        let text = format!(
            r#"{{"id":"o/n","sha":"{sha}","gated":false,"tags":["diffusers","license:apache-2.0"],"siblings":[
            {{"rfilename":"LICENSE","size":11,"blobId":"{sha}"}},
            {{"rfilename":"vae/a b.safetensors","size":5,"blobId":"{sha}",
              "lfs":{{"sha256":"{hash}","size":507,"pointerSize":134}}}}]}}"#
        );
        let repository = parse("o/n", text.as_bytes()).unwrap();
        assert_eq!(repository.license.as_deref(), Some("apache-2.0"));
        assert_eq!(
            repository.file("LICENSE").unwrap().promise,
            Promise::GitBlob(sha.clone())
        );
        let large = repository.file("vae/a b.safetensors").unwrap();
        assert_eq!(
            (large.size_bytes, &large.promise),
            (507, &Promise::Sha256(hash))
        );
        let hub = Hub::new("https://hub.example/", None, Patience::default()).unwrap();
        assert_eq!(
            hub.url(&repository, large),
            format!("https://hub.example/o/n/resolve/{sha}/vae/a%20b.safetensors")
        );
        assert_eq!(hub.host(), "hub.example");
    }

    #[test]
    fn answers_that_promise_nothing_are_refused() {
        let sha = "a".repeat(40);
        for text in [
            "<html>Sign in</html>".to_owned(),
            "{}".to_owned(),
            r#"{"sha":"main"}"#.to_owned(),
            format!(r#"{{"sha":"{sha}","siblings":[{{"rfilename":"x","size":1}}]}}"#),
            format!(r#"{{"sha":"{sha}","siblings":[{{"rfilename":"x","blobId":"{sha}"}}]}}"#),
            format!(
                r#"{{"sha":"{sha}","siblings":[{{"rfilename":"x","lfs":{{"sha256":"z","size":1}}}}]}}"#
            ),
        ] {
            assert!(parse("o/n", text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused() {
        for endpoint in ["", "hub.example", "https://", "ftp://x", "http:///x"] {
            assert!(
                Hub::new(endpoint, None, Patience::default()).is_err(),
                "{endpoint}"
            );
        }
    }

    #[test]
    fn waits_double_and_end() {
        let patience = Patience {
            first_wait: Duration::from_secs(1),
            tries_max: 4,
            ..Patience::default()
        };
        let mut tries = Tries::new(patience);
        let mut pause = |asked: Option<u64>| tries.pause(asked.map(Duration::from_secs));
        assert_eq!(pause(None), Some(Duration::from_secs(1)));
        assert_eq!(pause(Some(9)), Some(Duration::from_secs(9)));
        assert_eq!(pause(Some(9_999)), Some(limits::RETRY_AFTER_MAX));
        assert_eq!(pause(None), None);
    }
}
