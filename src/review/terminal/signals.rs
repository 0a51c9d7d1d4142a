//! Signals while a review has the terminal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::time::{Duration, Instant};

/// For what is under way when a signal comes.
#[cfg(unix)]
const LAST: Duration = Duration::from_secs(12);
/// The same where the terminal may be gone.
#[cfg(unix)]
const GONE: Duration = Duration::from_secs(2);

/// The signals that end a review: it then ends as it does by `q`, and the terminal is put back.
pub(super) struct Signals {
    ended: Arc<AtomicBool>,
    finished: Arc<AtomicBool>,
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn heed() -> io::Result<Signals> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let handle = signals.handle();
        let (ended, finished) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (told, done) = (ended.clone(), finished.clone());
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            let Some(signal) = signals.forever().next() else { return };
            told.store(true, Ordering::Relaxed);
            // What is being written is written to its end. Of a terminal that is gone keys are asked for for ever.
            let patience = if signal == SIGHUP { GONE } else { LAST };
            let begin = Instant::now();
            while begin.elapsed() < patience && !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if !done.load(Ordering::Relaxed) {
                super::put_back();
                std::process::exit(128 + signal);
            }
        })?;
        Ok(Signals { ended, finished, handle })
    }

    #[cfg(not(unix))]
    pub(super) fn heed() -> io::Result<Signals> {
        Ok(Signals { ended: Arc::default(), finished: Arc::default() })
    }

    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.finished.store(true, Ordering::Relaxed);
        #[cfg(unix)]
        self.handle.close();
    }
}
