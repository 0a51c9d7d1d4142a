//! The page's server: one process, one person, this machine only.
//!
//! | file | what it holds |
//! |---|---|
//! | `guard` | who may ask: host, origin, token; the headers of every answer |
//! | `places` | how many at once, and who gives way |
//! | `api` | what is asked of the [`Session`], and the answers |
//! | `assets` | the page's files |
//!
//! It listens on 127.0.0.1 and nowhere else. Sizes, times and connections are bounded, because any program and any web
//! page on the machine can reach the port.

mod api;
mod assets;
mod guard;
mod places;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::Session;
use guard::{Guard, Refused};
use places::{Place, Places};

/// Connections at once. A browser opens six. Beyond, see [`places`].
const CONNECTIONS: usize = 128;
/// Bytes of a request's body: a note of 10,000 characters fits, escaped.
const MOST_BODY: usize = 128 * 1024;
/// Bytes of a request's head.
const MOST_HEAD: usize = 16 * 1024;
/// For the head of a request, and between two of them.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// For the body of a request.
const BODY_TIME: Duration = Duration::from_secs(10);
/// After which a connection is closed, so that nobody holds one by not reading.
const CONNECTION_TIME: Duration = Duration::from_secs(600);
/// For the other side to read an answer.
const WAIT_TIME: Duration = Duration::from_secs(30);
/// For what is under way when it stops.
const LAST_TIME: Duration = Duration::from_secs(12);
/// Threads for the work on the queue and the ledger.
const WORKERS: usize = 8;

/// Where the page is.
#[derive(Clone, Debug)]
pub struct Address {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// For the person: may be opened again while the server runs.
    pub url: String,
    /// For the program that opens the browser, whose arguments other users of the machine may see: works once.
    pub once: String,
}

/// Serves the page until Ctrl-C or a signal to end. `ready` is called when it can be opened.
///
/// # Errors
/// Where the port is taken or there is no randomness for a token.
pub fn serve(session: Arc<Session>, port: u16, ready: impl FnOnce(&Address)) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(WORKERS)
        .thread_keep_alive(Duration::from_secs(60))
        .build()?;
    let done = runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = listener.local_addr()?.port();
        let guard = Arc::new(Guard::new(port)?);
        // Before anybody is told the address, or a quick Ctrl-C would end the process without a word.
        let mut end = End::new()?;
        ready(&Address { port, url: guard.url(), once: guard.once_url() });
        tokio::select! {
            () = accept(&listener, &session, &guard) => {}
            () = end.wait() => {}
        }
        Ok(())
    });
    // What is being written into the ledger is written to its end.
    runtime.shutdown_timeout(LAST_TIME);
    done
}

/// The signals that end the server.
struct End {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl End {
    #[cfg(unix)]
    fn new() -> std::io::Result<End> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ];
        Ok(End { signals })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<End> {
        Ok(End {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

async fn accept(listener: &TcpListener, session: &Arc<Session>, guard: &Arc<Guard>) {
    let places = Places::new(CONNECTIONS);
    let mut round = tokio::time::interval(WAIT_TIME / 6);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = round.tick() => {
                places.dismiss(WAIT_TIME);
                continue;
            }
        };
        let stream = match accepted {
            Ok((stream, from)) if from.ip().is_loopback() => stream,
            Ok(_) => continue,
            // Too many open files, or a client that went: nothing that stays.
            Err(_) => {
                places.make_room();
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let place = Arc::new(places.enter().await);
        tokio::spawn(connection(stream, session.clone(), guard.clone(), place));
    }
}

async fn connection(stream: TcpStream, session: Arc<Session>, guard: Arc<Guard>, place: Arc<Place>) {
    // Answers are small, and a person waits for them.
    let _ = stream.set_nodelay(true);
    let asked = place.clone();
    let service = service_fn(move |request| {
        let (session, guard, place) = (session.clone(), guard.clone(), asked.clone());
        async move {
            let response = answer(request, session, guard, &place).await;
            place.works(false);
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MOST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        // First, so that no question is begun that would not be answered.
        biased;
        () = place.wanted() => return,
        _ = connection.as_mut() => return,
        () = tokio::time::sleep(CONNECTION_TIME) => {}
    }
    // What is under way is answered first: a decision that was kept is not to be called lost.
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(LAST_TIME, connection).await;
}

async fn answer(
    request: Request<Incoming>,
    session: Arc<Session>,
    guard: Arc<Guard>,
    place: &Place,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    if let Err(refused) = guard.place(&head) {
        return refused.answer();
    }
    let path = head.uri.path();
    let Some(question) = path.strip_prefix("/api/") else {
        return match (assets::find(path), &head.method) {
            (None, _) => Refused::unknown().answer(),
            (Some(asset), &Method::GET) => guard::dressed(StatusCode::OK, asset.kind, asset.text.into()),
            (Some(_), _) => Refused::method("GET").answer(),
        };
    };
    if !api::is_known(question) {
        return Refused::unknown().answer();
    }
    if head.method != Method::POST {
        return Refused::method("POST").answer();
    }
    if let Err(refused) = guard.question(&head, question == api::ENTER) {
        return refused.answer();
    }
    if question != api::ENTER {
        place.is_known();
    }
    let body = match tokio::time::timeout(BODY_TIME, Limited::new(body, MOST_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return Refused::too_much(MOST_BODY).answer(),
        Err(_) => return Refused::slow().answer(),
    };
    let question = question.to_string();
    // From here on it is not cut off: what is kept is told.
    place.works(true);
    let work = tokio::task::spawn_blocking(move || api::answer(&question, &body, &session, &guard));
    match work.await {
        Ok(Ok(json)) => guard::dressed(StatusCode::OK, guard::JSON, json.into()),
        Ok(Err(refused)) => refused.answer(),
        Err(_) => Refused::broken().answer(),
    }
}
