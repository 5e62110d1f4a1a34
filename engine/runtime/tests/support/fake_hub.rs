//! A hub on this machine that behaves as badly as it is told to.

use serde_json::json;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What the server does wrong, for requests whose path contains some words.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Closes the connection after so many bytes of the body.
    Drop(usize),
    /// Says the body has so many bytes more or fewer than it has, and sends as many.
    Lie(i64),
    /// Sends more than it should, without saying a length.
    Overflow,
    /// Changes the byte at this place.
    Corrupt(usize),
    /// Answers with a status; some with how long to wait.
    Status(u16, Option<u32>),
    /// Sends everything whatever part was asked for.
    NoRanges,
    /// Stands still after so many bytes of the body; `None` before the head.
    Hang(Option<usize>),
    /// Sends a little, then waits, for ever so often.
    Trickle,
    /// Leads to this address, with the same path.
    Redirect(String),
    /// Answers with a page for people.
    Page,
}

/// A request that came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub path: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
    pub authorization: Option<String>,
}

/// One file of a repository.
#[derive(Debug, Clone)]
struct Stored {
    content: Vec<u8>,
    is_large: bool,
    /// The size that the hub says, where it is not that of the content.
    said_size: Option<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    files: BTreeMap<(String, String), Stored>,
    license: Option<String>,
    faults: Vec<(String, Fault, u32)>,
    requests: Vec<Request>,
}

/// The server; it ends with this value.
pub struct FakeHub {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
    is_over: Arc<AtomicBool>,
}

impl FakeHub {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            license: Some("apache-2.0".into()),
            ..Inner::default()
        }));
        let is_over = Arc::new(AtomicBool::new(false));
        let (shared, over) = (inner.clone(), is_over.clone());
        std::thread::Builder::new()
            .name("fake-hub".into())
            .spawn(move || {
                for stream in listener.incoming() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let (shared, over) = (shared.clone(), over.clone());
                    std::thread::Builder::new()
                        .name("fake-hub-connection".into())
                        .spawn(move || {
                            // A client that goes away is part of the tests.
                            serve(stream.unwrap(), &shared, &over).ok();
                        })
                        .unwrap();
                }
            })
            .unwrap();
        Self {
            url,
            inner,
            is_over,
        }
    }

    /// A large file, known by SHA-256.
    pub fn large(&self, repository: &str, path: &str, content: &[u8]) {
        self.store(repository, path, content, true, None);
    }

    /// A small file, known by its git blob.
    pub fn small(&self, repository: &str, path: &str, content: &[u8]) {
        self.store(repository, path, content, false, None);
    }

    /// A large file of which the hub says another size.
    pub fn mis_sized(&self, repository: &str, path: &str, content: &[u8], size: u64) {
        self.store(repository, path, content, true, Some(size));
    }

    fn store(
        &self,
        repository: &str,
        path: &str,
        content: &[u8],
        is_large: bool,
        said: Option<u64>,
    ) {
        let stored = Stored {
            content: content.to_vec(),
            is_large,
            said_size: said,
        };
        let key = (repository.to_owned(), path.to_owned());
        self.inner.lock().unwrap().files.insert(key, stored);
    }

    /// What every repository says of its licence.
    pub fn license(&self, license: Option<&str>) {
        self.inner.lock().unwrap().license = license.map(str::to_owned);
    }

    /// Does this wrong to the next `times` requests whose path contains `words`.
    pub fn fault(&self, words: &str, fault: Fault, times: u32) {
        let mut inner = self.inner.lock().unwrap();
        inner.faults.push((words.to_owned(), fault, times));
    }

    /// Behaves again.
    pub fn behave(&self) {
        self.inner.lock().unwrap().faults.clear();
    }

    /// Requests whose path contains `words`.
    pub fn requests(&self, words: &str) -> Vec<Request> {
        let inner = self.inner.lock().unwrap();
        let requests = inner.requests.iter();
        requests
            .filter(|it| it.path.contains(words))
            .cloned()
            .collect()
    }
}

impl Drop for FakeHub {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes the listener.
        TcpStream::connect(self.url.trim_start_matches("http://")).ok();
    }
}

fn serve(stream: TcpStream, inner: &Mutex<Inner>, over: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut request = Request {
        path: line.split(' ').nth(1).unwrap_or_default().to_owned(),
        ..Request::default()
    };
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        let value = Some(value.trim().to_owned());
        match name.to_lowercase().as_str() {
            "range" => request.range = value,
            "if-range" => request.if_range = value,
            "authorization" => request.authorization = value,
            _ => {}
        }
    }
    let (fault, content) = {
        let mut inner = inner.lock().unwrap();
        inner.requests.push(request.clone());
        let fault = inner.faults.iter_mut().find_map(|(words, fault, left)| {
            (request.path.contains(words.as_str()) && *left > 0).then(|| {
                *left -= 1;
                fault.clone()
            })
        });
        (fault, find(&inner, &request.path))
    };
    answer(stream, &request, fault, content, over)
}

/// What lies at an address: the description of a repository, or a file.
fn find(inner: &Inner, path: &str) -> Option<Vec<u8>> {
    if let Some(rest) = path.strip_prefix("/api/models/") {
        let repository = rest.strip_suffix("/revision/main?blobs=true")?;
        return describe(inner, repository);
    }
    let (repository, rest) = path.trim_start_matches('/').split_once("/resolve/")?;
    let (revision, file) = rest.split_once('/')?;
    let key = (repository.to_owned(), file.to_owned());
    let stored = inner.files.get(&key)?;
    (revision == commit(inner, repository)).then(|| stored.content.clone())
}

fn describe(inner: &Inner, repository: &str) -> Option<Vec<u8>> {
    let files = inner
        .files
        .iter()
        .filter(|((name, _path), _)| name == repository);
    let siblings: Vec<serde_json::Value> = files
        .map(|((_, path), stored)| {
            let size = stored.said_size.unwrap_or(stored.content.len() as u64);
            let blob = hexadecimal(&Sha1::digest(
                [
                    format!("blob {}\0", stored.content.len()).as_bytes(),
                    &stored.content,
                ]
                .concat(),
            ));
            let sha256 = sha256(&stored.content);
            if stored.is_large {
                json!({ "rfilename": path, "size": size, "blobId": blob,
                        "lfs": { "sha256": sha256, "size": size, "pointerSize": 134 } })
            } else {
                json!({ "rfilename": path, "size": size, "blobId": blob })
            }
        })
        .collect();
    if siblings.is_empty() {
        return None;
    }
    let tags: Vec<String> = inner
        .license
        .iter()
        .map(|it| format!("license:{it}"))
        .collect();
    let answer = json!({
        "id": repository, "sha": commit(inner, repository), "gated": false, "tags": tags,
        "siblings": siblings,
    });
    Some(answer.to_string().into_bytes())
}

/// A commit that changes with every file.
fn commit(inner: &Inner, repository: &str) -> String {
    let mut hasher = Sha1::new();
    for ((name, path), stored) in &inner.files {
        if name == repository {
            hasher.update(path);
            hasher.update(&stored.content);
        }
    }
    hexadecimal(&hasher.finalize())
}

pub fn sha256(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn answer(
    mut stream: TcpStream,
    request: &Request,
    fault: Option<Fault>,
    content: Option<Vec<u8>>,
    over: &AtomicBool,
) -> std::io::Result<()> {
    match fault.clone() {
        Some(Fault::Status(status, wait)) => {
            let wait = wait.map(|seconds| format!("Retry-After: {seconds}\r\n"));
            head(&mut stream, status, 0, &wait.unwrap_or_default())
        }
        Some(Fault::Redirect(to)) => {
            let location = format!("Location: {to}{}\r\n", request.path);
            head(&mut stream, 302, 0, &location)
        }
        Some(Fault::Page) => {
            let page = b"<html><body>Please sign in to this network</body></html>";
            head(&mut stream, 200, page.len(), "Content-Type: text/html\r\n")?;
            stream.write_all(page)
        }
        Some(Fault::Hang(None)) => {
            hold(over);
            Ok(())
        }
        _ => match content {
            Some(content) => send(stream, request, fault, &content, over),
            None => head(&mut stream, 404, 0, ""),
        },
    }
}

/// A file, or the asked part of it, with what goes wrong on the way.
fn send(
    mut stream: TcpStream,
    request: &Request,
    fault: Option<Fault>,
    content: &[u8],
    over: &AtomicBool,
) -> std::io::Result<()> {
    let tag = format!("\"{}\"", sha256(content));
    let asked = request.range.as_deref().and_then(|range| {
        let from = range.strip_prefix("bytes=")?.strip_suffix('-')?;
        from.parse::<usize>().ok()
    });
    let is_same = request.if_range.as_ref().is_none_or(|it| *it == tag);
    let from = asked.filter(|_| is_same && !matches!(fault, Some(Fault::NoRanges)));
    if from.is_some_and(|from| from >= content.len()) {
        return head(&mut stream, 416, 0, "");
    }
    let mut body = content[from.unwrap_or(0)..].to_vec();
    let tag = format!("ETag: {tag}\r\n");
    let (status, extra) = match from {
        Some(from) => {
            let (last, total) = (content.len() - 1, content.len());
            let range = format!("Content-Range: bytes {from}-{last}/{total}\r\n");
            (206, tag + &range)
        }
        None => (200, tag),
    };
    let mut said = body.len();
    match &fault {
        Some(Fault::Corrupt(at)) if *at < body.len() => body[*at] ^= 1,
        Some(Fault::Lie(more)) => {
            said = (said as i64 + more) as usize;
            body.resize(said, 7);
        }
        Some(Fault::Overflow) => {
            let text = format!("HTTP/1.1 {status} X\r\n{extra}Connection: close\r\n\r\n");
            stream.write_all(text.as_bytes())?;
            body.extend([9; 5_000]);
            return stream.write_all(&body);
        }
        _ => {}
    }
    head(&mut stream, status, said, &extra)?;
    match fault {
        Some(Fault::Drop(after)) => stream.write_all(&body[..after.min(body.len())]),
        Some(Fault::Hang(Some(after))) => {
            stream.write_all(&body[..after.min(body.len())])?;
            stream.flush()?;
            hold(over);
            Ok(())
        }
        Some(Fault::Trickle) => {
            for bytes in body.chunks(64) {
                stream.write_all(bytes)?;
                stream.flush()?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        _ => stream.write_all(&body),
    }
}

fn head(stream: &mut TcpStream, status: u16, length: usize, extra: &str) -> std::io::Result<()> {
    let text = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{extra}\r\n"
    );
    stream.write_all(text.as_bytes())
}

/// Keeps a connection open and silent until the test is over.
fn hold(over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(10));
    }
}
