//! One request at a time over HTTP, interruptible: the network blocks a thread of its own while the caller goes on being
//! asked, ten times a second, whether it still wants the answer.
//!
//! `ureq` and not the hub's own client library: that one (`hf-hub` 1.0) brings an async runtime and over 280 crates,
//! starts files from their first byte again, and compares no hashes, which are the three things that matter for 16 GB.
//! This is the only module that names `ureq`.

use super::{error::ModelsError, limits, meter::TICK};
use crate::{Error, error::Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::{io::Read as _, ops::ControlFlow, time::Duration};
use ureq::{Agent, Body, http::Response};

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a name to be found and a connection to come about.
    pub connect: Duration,
    /// For the next bytes; a connection that stands still longer is given up.
    pub stall: Duration,
    /// Before the second try; doubled before each further one.
    pub first_wait: Duration,
    /// Tries in a row that may bring nothing.
    pub tries_max: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            first_wait: Duration::from_millis(500),
            tries_max: 6,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    /// Whole address.
    pub url: String,
    /// Bytes that are there already.
    pub from: u64,
    /// Only go on if the file still has this tag.
    pub if_tag: Option<String>,
    /// Sent to the first server only, never along a redirect.
    pub token: Option<String>,
}

/// The beginning of an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    /// HTTP status.
    pub status: u16,
    /// Bytes to come, when said.
    pub length: Option<u64>,
    /// Where the bytes begin in the file, for a partial answer that says so.
    pub start: Option<u64>,
    /// Strong tag of the file's content.
    pub tag: Option<String>,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
}

/// A piece of an answer.
enum Piece {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    Failed(Failed),
}

/// Why there is no answer, or no more of it.
#[derive(Debug)]
pub(super) struct Failed {
    /// For people.
    pub reason: String,
    /// Whether another try could help.
    pub is_passing: bool,
}

/// Asked between pieces; `Err` ends the transfer.
pub(super) type OnTick<'a> = dyn FnMut() -> Result<()> + 'a;

/// What lies between here and the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A network, with encryption; nothing may lead to an address without.
    Encrypted,
    /// A network, without: a mirror in the user's own house.
    Open,
    /// No network, so no proxy either.
    ThisMachine,
}

/// Sends requests.
#[derive(Debug, Clone)]
pub(super) struct Client {
    agent: Agent,
}

impl Client {
    /// For a hub that is reached in this way.
    pub fn new(patience: &Patience, way: Way) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(way == Way::Encrypted)
            .user_agent(concat!("everframe/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_send_request(Some(patience.stall))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall));
        if way == Way::ThisMachine {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
        }
    }

    /// Sends a request; pieces of the answer are then waiting.
    pub fn start(&self, ask: Ask) -> Result<Transfer> {
        let (sender, pieces) = bounded(limits::PIECES_WAITING_MAX);
        let agent = self.agent.clone();
        // The thread is not joined: it ends with its last piece, and a cancel shuts its connection down.
        std::thread::Builder::new()
            .name("model-download".into())
            .spawn(move || run(&agent, &ask, &sender))
            .map_err(Error::io(
                "Starting a thread",
                std::path::Path::new("model-download"),
            ))?;
        Ok(Transfer {
            agent: self.agent.clone(),
            pieces,
        })
    }
}

/// An answer on its way.
pub(super) struct Transfer {
    agent: Agent,
    pieces: Receiver<Piece>,
}

/// What [`Transfer`] hands out: pieces, or why there are none, or the caller's wish to stop.
pub(super) type Next<T> = Result<std::result::Result<T, Failed>>;

impl Transfer {
    /// The beginning of the answer.
    pub fn head(&mut self, on_tick: &mut OnTick<'_>) -> Next<Head> {
        Ok(match self.next(on_tick)? {
            Piece::Head(head) => Ok(head),
            Piece::Failed(failed) => Err(failed),
            Piece::Bytes(_) | Piece::End => Err(gone()),
        })
    }

    /// The next bytes; `None` after the last.
    pub fn bytes(&mut self, on_tick: &mut OnTick<'_>) -> Next<Option<Vec<u8>>> {
        Ok(match self.next(on_tick)? {
            Piece::Bytes(bytes) => Ok(Some(bytes)),
            Piece::End => Ok(None),
            Piece::Failed(failed) => Err(failed),
            Piece::Head(_) => Err(gone()),
        })
    }

    fn next(&mut self, on_tick: &mut OnTick<'_>) -> Result<Piece> {
        loop {
            if let Err(stop) = on_tick() {
                self.agent.clone().shutdown();
                return Err(stop);
            }
            match self.pieces.recv_timeout(TICK) {
                Ok(piece) => return Ok(piece),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Piece::Failed(gone())),
            }
        }
    }
}

fn gone() -> Failed {
    Failed {
        reason: "the transfer ended early".into(),
        is_passing: true,
    }
}

/// Waits as long as said; the caller may stop it.
pub(super) fn wait(duration: Duration, on_tick: &mut OnTick<'_>) -> Result<()> {
    let until = std::time::Instant::now() + duration;
    while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
        on_tick()?;
        std::thread::sleep(left.min(TICK));
    }
    on_tick()
}

fn run(agent: &Agent, ask: &Ask, sender: &Sender<Piece>) {
    // A receiver that is gone wants no more pieces.
    let end = match exchange(agent, ask, sender) {
        Ok(ControlFlow::Continue(())) => Piece::End,
        Ok(ControlFlow::Break(())) => return,
        Err(error) => Piece::Failed(failed(&error)),
    };
    sender.send(end).ok();
}

fn exchange(
    agent: &Agent,
    ask: &Ask,
    sender: &Sender<Piece>,
) -> std::result::Result<ControlFlow<()>, ureq::Error> {
    let mut request = agent.get(&ask.url);
    if let Some(token) = &ask.token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    if ask.from > 0 {
        request = request.header("Range", format!("bytes={}-", ask.from));
        if let Some(tag) = &ask.if_tag {
            request = request.header("If-Range", tag);
        }
    }
    let response = request.call()?;
    if sender.send(Piece::Head(head_of(&response))).is_err() {
        return Ok(ControlFlow::Break(()));
    }
    let mut reader = response.into_body().into_reader();
    loop {
        let mut bytes = vec![0; limits::PIECE_BYTES];
        let count = reader.read(&mut bytes)?;
        if count == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        bytes.truncate(count);
        if sender.send(Piece::Bytes(bytes)).is_err() {
            return Ok(ControlFlow::Break(()));
        }
    }
}

fn head_of(response: &Response<Body>) -> Head {
    let text = |name: &str| response.headers().get(name)?.to_str().ok();
    // "bytes 100-199/200"
    let start = text("content-range").and_then(|range| {
        let range = range.trim().strip_prefix("bytes")?.trim_start();
        range.split_once('-')?.0.parse().ok()
    });
    Head {
        status: response.status().as_u16(),
        length: text("content-length").and_then(|length| length.trim().parse().ok()),
        start,
        // A weak tag does not say that the bytes are the same.
        tag: text("etag")
            .filter(|tag| tag.starts_with('"'))
            .map(str::to_owned),
        retry_after: text("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs),
    }
}

fn failed(error: &ureq::Error) -> Failed {
    use ureq::Error as E;
    let (reason, is_passing) = match error {
        E::HostNotFound => ("its name was not found".to_owned(), true),
        E::Timeout(_) => ("it did not answer in time".to_owned(), true),
        E::Io(error) => (io_reason(error), true),
        E::Rustls(error) => (format!("the connection is not safe ({error})"), false),
        E::Tls(reason) => (format!("the connection is not safe ({reason})"), false),
        E::RequireHttpsOnly(_) => (
            "it leads to an address without encryption".to_owned(),
            false,
        ),
        E::TooManyRedirects => ("it leads from one address to the next".to_owned(), false),
        E::ConnectProxyFailed(reason) => (format!("the proxy refused ({reason})"), true),
        E::BadUri(_) | E::Http(_) | E::InvalidProxyUrl => (error.to_string(), false),
        // The library may grow further ones; the bound on tries holds for them too.
        _ => (error.to_string(), true),
    };
    Failed { reason, is_passing }
}

fn io_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::ConnectionRefused => "nothing answers there".into(),
        K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe => {
            "the connection broke off".into()
        }
        K::TimedOut | K::WouldBlock => "it did not answer in time".into(),
        K::HostUnreachable | K::NetworkUnreachable => "the network is not there".into(),
        _ => error.to_string(),
    }
}

/// The error of a transfer that failed `tries` times.
pub(super) fn network_error(what: &str, host: &str, tries: u32, failed: Failed) -> Error {
    Error::Models(ModelsError::Network {
        what: what.into(),
        host: host.into(),
        tries,
        reason: failed.reason,
    })
}
