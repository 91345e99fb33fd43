//! One file over HTTP, continued where an earlier attempt broke off.

use crate::error::{Error, Result};
use crate::fetch::Progress;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{HeaderMap, Response};

/// Attempts without a single new byte before giving up.
const FRUITLESS_ATTEMPTS: u32 = 4;
/// Attempts in all, however slowly the file comes.
const ATTEMPTS: u32 = 100;
/// Pause before the second attempt; doubles with each fruitless one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Largest file that is downloaded when the catalogue gives no size.
const MAX_BYTES: u64 = 4 << 30;

/// Downloads files.
pub(crate) struct Client {
    /// Uses the proxy that the environment names.
    agent: Agent,
    /// For servers on this machine, which no proxy can reach.
    local: Agent,
}

/// What to download.
pub(crate) struct Download<'a> {
    pub(crate) url: &'a str,
    /// Where the bytes gather; whole after success, else ready to go on.
    pub(crate) part: &'a Path,
    /// Where the server's mark of this version of the file is kept beside `part`.
    pub(crate) validator: &'a Path,
    /// Size of the whole file, when known.
    pub(crate) bytes: Option<u64>,
}

pub(crate) enum Outcome {
    /// The server does not have it.
    NotFound,
    /// `part` is whole; `resumed` when it was put together from several attempts.
    Whole { resumed: bool },
}

/// Why one attempt ended.
enum Attempt {
    Whole {
        resumed: bool,
    },
    NotFound,
    /// Worth another attempt.
    Broken(String),
}

impl Client {
    pub(crate) fn new() -> Self {
        let config = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .timeout_resolve(Some(Duration::from_secs(20)))
                .timeout_connect(Some(Duration::from_secs(20)))
                .timeout_recv_response(Some(Duration::from_secs(60)))
                .timeout_per_read(Some(Duration::from_secs(60)))
                .accept_encoding("identity")
                .user_agent(concat!("brinell/", env!("CARGO_PKG_VERSION")))
        };
        Self { agent: config().build().new_agent(), local: config().proxy(None).build().new_agent() }
    }

    /// Downloads a file, with new attempts when the connection breaks.
    pub(crate) fn download(
        &self,
        download: &Download<'_>,
        file: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Outcome> {
        let (mut fruitless, mut last) = (0, String::new());
        let mut resumed_once = false;
        for _ in 0..ATTEMPTS {
            let before = length(download.part);
            match self.attempt(download, file, progress)? {
                Attempt::NotFound => return Ok(Outcome::NotFound),
                Attempt::Whole { resumed } => return Ok(Outcome::Whole { resumed: resumed || resumed_once }),
                Attempt::Broken(why) => {
                    progress(Progress::Retrying { file, why: &why });
                    let gained = length(download.part) > before;
                    resumed_once |= gained;
                    fruitless = if gained { 0 } else { fruitless + 1 };
                    last = why;
                }
            }
            if fruitless >= FRUITLESS_ATTEMPTS {
                break;
            }
            thread::sleep(FIRST_PAUSE * 2_u32.pow(fruitless));
        }
        Err(network(
            download.url,
            last,
            "try again: what arrived is kept and the download goes on from there",
        ))
    }

    fn attempt(
        &self,
        download: &Download<'_>,
        file: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Attempt> {
        let mut have = length(download.part);
        if download.bytes.is_some_and(|bytes| have > bytes) {
            remove(download);
            have = 0;
        }
        if have > 0 && download.bytes == Some(have) {
            return Ok(Attempt::Whole { resumed: true });
        }
        let agent = if is_local(download.url) { &self.local } else { &self.agent };
        let mut request = agent.get(download.url);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
            if let Ok(validator) = fs::read_to_string(download.validator) {
                request = request.header("If-Range", validator);
            }
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => return refused(download.url, error),
        };
        let status = response.status().as_u16();
        match status {
            200 => have = 0,
            206 if range_start(&response) == Some(have) => {}
            // The part is none of this file: start afresh.
            206 | 416 => {
                remove(download);
                return Ok(Attempt::Broken(format!("the server cannot go on from byte {have}")));
            }
            404 | 410 => return Ok(Attempt::NotFound),
            408 | 425 | 429 | 500..=599 => {
                return Ok(Attempt::Broken(format!("the server answers {}", response.status())));
            }
            _ => {
                let why = format!("the server answers {}", response.status());
                return Err(network(
                    download.url,
                    why,
                    "open the address in a browser, or give a mirror with --from",
                ));
            }
        }
        let limit = download.bytes.unwrap_or(MAX_BYTES);
        let announced = response.body().content_length().map(|rest| have.saturating_add(rest));
        if let Some(announced) = announced.filter(|&n| n > limit || download.bytes.is_some_and(|b| n != b)) {
            let why = format!("the server announces {announced} bytes, {limit} were expected");
            return Err(network(
                download.url,
                why,
                "the file is another one there: give a mirror with --from",
            ));
        }
        receive(response, download, have, announced.or(download.bytes), limit, file, progress)
    }
}

/// Appends the body to the part.
fn receive(
    response: Response<ureq::Body>,
    download: &Download<'_>,
    start: u64,
    total: Option<u64>,
    limit: u64,
    file: &str,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Attempt> {
    let failed = |error: io::Error| Error::io(download.part, "write", &error);
    if start == 0 {
        match strong_validator(response.headers()) {
            Some(validator) => fs::write(download.validator, validator).map_err(failed)?,
            None => {
                let _ = fs::remove_file(download.validator);
            }
        }
    }
    let part = if start == 0 {
        File::create(download.part)
    } else {
        OpenOptions::new().append(true).open(download.part)
    };
    let mut part = part.map_err(failed)?;
    let mut body = response.into_body().into_with_config().limit(limit.saturating_add(1)).reader();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut done = start;
    let broken = loop {
        match body.read(&mut buffer) {
            Ok(0) => break None,
            Ok(n) => {
                part.write_all(&buffer[..n]).map_err(failed)?;
                done += n as u64;
                if done > limit {
                    drop(part);
                    remove(download);
                    let why = format!("more than the expected {limit} bytes arrive");
                    return Err(network(download.url, why, "give a mirror with --from"));
                }
                progress(Progress::Advanced { file, done, total });
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(format!("the connection broke after {done} bytes ({error})")),
        }
    };
    part.sync_all().map_err(failed)?;
    let short = total.is_some_and(|total| done < total);
    Ok(match broken {
        Some(why) => Attempt::Broken(why),
        None if short => Attempt::Broken(format!("the connection ended after {done} bytes")),
        None => Attempt::Whole { resumed: start > 0 },
    })
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn remove(download: &Download<'_>) {
    let _ = fs::remove_file(download.part);
    let _ = fs::remove_file(download.validator);
}

/// The mark by which `If-Range` tells whether the file is still the same: a strong ETag or a date.
fn strong_validator(headers: &HeaderMap) -> Option<String> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    header("etag").filter(|tag| !tag.starts_with("W/")).or_else(|| header("last-modified")).map(str::to_owned)
}

/// First byte of a partial answer, from `Content-Range: bytes 100-199/200`.
fn range_start<T>(response: &Response<T>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn is_local(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let is = |name: &str| host == name || host.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
    is("127.0.0.1") || is("localhost") || is("[::1]")
}

fn network(url: &str, why: String, help: &str) -> Error {
    Error::Network { url: url.to_owned(), why, help: help.to_owned(), unreachable: false }
}

/// A request that got no answer: another attempt, or an error in words.
fn refused(url: &str, error: ureq::Error) -> Result<Attempt> {
    const OFFLINE: &str =
        "check the network and the proxy (HTTPS_PROXY); without a network give a folder with --from";
    let unreachable = |why: &str| {
        Err(Error::Network {
            url: url.to_owned(),
            why: why.to_owned(),
            help: OFFLINE.to_owned(),
            unreachable: true,
        })
    };
    match error {
        ureq::Error::HostNotFound => unreachable("the server's name cannot be resolved"),
        ureq::Error::ConnectionFailed => unreachable("no connection to the server"),
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
            unreachable("the server does not answer")
        }
        ureq::Error::ConnectProxyFailed(why) => unreachable(&format!("the proxy refuses ({why})")),
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => unreachable("the server refuses the connection"),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
                unreachable("there is no way to the server")
            }
            _ => Ok(Attempt::Broken(format!("the connection broke ({error})"))),
        },
        ureq::Error::Timeout(_) => Ok(Attempt::Broken("the server is silent".to_owned())),
        ureq::Error::Protocol(error) => Ok(Attempt::Broken(format!("the answer is broken ({error})"))),
        ureq::Error::Rustls(error) => unreachable(&format!("no secure connection ({error})")),
        ureq::Error::Tls(why) => unreachable(&format!("no secure connection ({why})")),
        ureq::Error::BadUri(why) => Err(network(url, format!("it is no address ({why})"), "check --from")),
        ureq::Error::TooManyRedirects => {
            Err(network(url, "it redirects in circles".to_owned(), "give a mirror with --from"))
        }
        other => Err(network(url, other.to_string(), OFFLINE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for url in ["http://127.0.0.1:80/a", "http://localhost", "http://[::1]:8/a", "http://u@localhost:1/"]
        {
            assert!(is_local(url), "{url}");
        }
        for url in ["http://127.0.0.10/a", "https://localhost.example.org/", "http://example.org/127.0.0.1"] {
            assert!(!is_local(url), "{url}");
        }
    }
}
