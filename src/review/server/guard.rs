//! Who may ask, and the headers of every answer.
//!
//! Any web page that is open on the machine can send requests to a port of 127.0.0.1, and a name of the attacker's may be
//! made to mean 127.0.0.1 (DNS rebinding). So every request must name this host and port, must not come from another
//! origin, and every question must carry the token of this start in a header that no other origin can send. The token
//! comes in the fragment of the address, which browsers send nowhere; the page keeps it for the tab and takes it out of
//! the address bar. No cookie: cookies do not know ports, and would be shown to every other server on 127.0.0.1.

use std::sync::Mutex;

use crate::words::hex;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use sha2::{Digest, Sha256};

/// The header that carries the token.
const TOKEN: HeaderName = HeaderName::from_static("x-botsieve-token");

pub(super) const JSON: &str = "application/json; charset=utf-8";

/// Nothing but this server's own files, no inline script or style, no form, no frame, no plain text made markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// Of every answer.
const HEADERS: [(HeaderName, &str); 9] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Who may ask.
pub(super) struct Guard {
    port: u16,
    /// `127.0.0.1:PORT` and `localhost:PORT`.
    hosts: [String; 2],
    token: String,
    /// Given away once.
    once: Mutex<Option<String>>,
    once_text: String,
}

/// A request that is not answered, and why.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    /// A word for the page.
    code: &'static str,
    message: String,
    allow: Option<&'static str>,
}

fn random() -> std::io::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex(&bytes))
}

/// Compares without telling by its time where the texts differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

impl Guard {
    pub(super) fn new(port: u16) -> std::io::Result<Guard> {
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let once = random()?;
        Ok(Guard { port, hosts, token: random()?, once: Mutex::new(Some(once.clone())), once_text: once })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#token={}", self.port, self.token)
    }

    pub(super) fn once_url(&self) -> String {
        format!("http://127.0.0.1:{}/#once={}", self.port, self.once_text)
    }

    /// The token, for who brings the ticket that works once.
    pub(super) fn exchange(&self, ticket: &str) -> Result<&str, Refused> {
        let mut once = self.once.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if once.as_ref().is_some_and(|once| same(once.as_bytes(), ticket.as_bytes())) {
            *once = None;
            return Ok(&self.token);
        }
        Err(Refused::stranger("this address was opened before; use the one that botsieve printed"))
    }

    /// Does the request mean this server, and come from its own page?
    pub(super) fn place(&self, head: &Parts) -> Result<(), Refused> {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok().filter(|host| self.hosts.iter().any(|own| own == host)),
            _ => None,
        };
        let Some(host) = host.filter(|_| head.uri.authority().is_none()) else {
            return Err(Refused::new(StatusCode::MISDIRECTED_REQUEST, "host", "not the name of this server"));
        };
        let foreign = || Err(Refused::new(StatusCode::FORBIDDEN, "origin", "asked by another page"));
        for origin in head.headers.get_all(header::ORIGIN) {
            if origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")) != Some(host) {
                return foreign();
            }
        }
        match head.headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"none" | b"same-origin") => {}
            Some(_) => return foreign(),
        }
        if head.uri.query().is_some() {
            return Err(Refused::unknown());
        }
        Ok(())
    }

    /// May it ask of the queue?
    pub(super) fn question(&self, head: &Parts, entering: bool) -> Result<(), Refused> {
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.map(|kind| kind.split(';').next().unwrap_or_default().trim()) != Some("application/json") {
            return Err(Refused::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media",
                "expected application/json",
            ));
        }
        if entering {
            return Ok(());
        }
        let mut tokens = head.headers.get_all(TOKEN).iter();
        match (tokens.next(), tokens.next()) {
            (Some(token), None) if same(token.as_bytes(), self.token.as_bytes()) => Ok(()),
            (None, _) => Err(Refused::stranger("no token: open the address that botsieve printed")),
            _ => Err(Refused::stranger(
                "a token of another start of botsieve: open the address that it printed this time",
            )),
        }
    }
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refused {
        Refused { status, code, message: message.into(), allow: None }
    }

    fn stranger(message: &str) -> Refused {
        Refused::new(StatusCode::UNAUTHORIZED, "token", message)
    }

    pub(super) fn unknown() -> Refused {
        Refused::new(StatusCode::NOT_FOUND, "unknown", "there is nothing of that name")
    }

    pub(super) fn method(allow: &'static str) -> Refused {
        let refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method", format!("only {allow}"));
        Refused { allow: Some(allow), ..refused }
    }

    pub(super) fn too_much(most: usize) -> Refused {
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "size", format!("at most {most} bytes, all of them sent"))
    }

    pub(super) fn slow() -> Refused {
        Refused::new(StatusCode::REQUEST_TIMEOUT, "time", "the request did not come to its end")
    }

    pub(super) fn broken() -> Refused {
        Refused::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            "a fault of the program; nothing was decided",
        )
    }

    pub(super) fn bad(message: impl Into<String>) -> Refused {
        Refused::new(StatusCode::BAD_REQUEST, "request", message)
    }

    pub(super) fn answer(self) -> Response<Full<Bytes>> {
        let mut json = Vec::new();
        let told = serde_json::json!({ "error": self.code, "message": self.message });
        // Writing to memory does not fail.
        let _ = crate::safe::json_line(&mut json, &told);
        let mut response = dressed(self.status, JSON, json.into());
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        // What of its body was not read is not waited for.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// An answer with the headers of every answer.
pub(super) fn dressed(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
