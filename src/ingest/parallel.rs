//! Chunks to several threads, results back in the order of the stream.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ScopedJoinHandle;

use super::{Chunk, IngestError, Input, PostInput};

/// Something that gives whole records, chunk by chunk.
pub trait Chunks: Send {
    /// The next chunk, or `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read on.
    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError>;
}

impl Chunks for Input {
    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        Input::next_chunk(self)
    }
}

impl Chunks for PostInput {
    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        PostInput::next_chunk(self)
    }
}

/// Runs `work` on every chunk of the input, on `threads` threads, and `sink` on the results in input order.
///
/// Each thread reads a chunk, works on it, and hands on what is next in order, if nobody else is about it: the bytes of a chunk
/// stay close to one processor, and nobody is woken for what another does. So results are handed on one at a time, but by any
/// of the threads. While one of them waits for the input, as at the end of a pipe, the others hand on the results before.
///
/// At most `4 * threads` chunks are under way at a time, and fewer where one holds a record of many MB, so memory does not
/// grow with the file. An error of the sink ends the run early; an error of the input is returned after everything before it
/// was handed on.
///
/// # Errors
/// Whatever the input or the sink returns.
pub fn in_order<T, E>(
    input: &mut impl Chunks,
    threads: usize,
    work: impl Fn(&Chunk) -> T + Sync,
    mut sink: impl FnMut(T) -> Result<(), E> + Send,
) -> Result<(), E>
where
    T: Send,
    E: From<IngestError> + Send,
{
    if threads <= 1 {
        while let Some(chunk) = input.next_chunk()? {
            sink(work(&chunk))?;
        }
        return Ok(());
    }
    let under_way = threads * 4;
    // One ticket a chunk under way, and one for each further MB: a slow chunk cannot let the ones behind it pile up
    // without bound, and giant ones do not stand in memory side by side.
    let cost = |chunk: &Chunk| (chunk.bytes.len() >> 20).clamp(1, under_way);
    let tickets = Tickets::new(under_way);
    let source = Mutex::new(Source { input, ended: Ok(false) });
    let results = Mutex::new(Results { early: BTreeMap::new(), next: 0, handing_on: false });
    let sink = Mutex::new((sink, Ok(())));
    let hand_on = |index: u64, cost: usize, result: T| {
        let mut all = locked(&results);
        all.early.insert(index, (cost, result));
        if std::mem::replace(&mut all.handing_on, true) {
            return;
        }
        while let Some((cost, result)) = all.take_next() {
            drop(all);
            let (sink, outcome) = &mut *locked(&sink);
            *outcome = sink(result);
            if outcome.is_err() {
                // Nobody hands anything on any more.
                return tickets.close();
            }
            tickets.put(cost);
            all = locked(&results);
        }
        all.handing_on = false;
    };
    std::thread::scope(|scope| {
        let run = || {
            let _closing = ClosedByPanic(&tickets);
            let next = || locked(&source).next(&tickets, cost);
            while let Some(chunk) = next() {
                let (index, cost, result) = (chunk.index, cost(&chunk), work(&chunk));
                // Its buffers go round before anything is waited for.
                drop(chunk);
                hand_on(index, cost, result);
            }
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let ended: Vec<_> = all.into_iter().map(ScopedJoinHandle::join).collect();
        if let Some(panic) = ended.into_iter().find_map(Result::err) {
            std::panic::resume_unwind(panic);
        }
    });
    unlocked(sink).1?;
    unlocked(source).ended.map(drop).map_err(E::from)
}

/// The lock of a thread that panicked is open to the others, so that they can end; its panic is told when all have.
pub(super) fn locked<T>(one: &Mutex<T>) -> MutexGuard<'_, T> {
    one.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unlocked<T>(one: Mutex<T>) -> T {
    one.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Where the threads get their chunks from, one after the other.
struct Source<'i, I> {
    input: &'i mut I,
    /// Is there nothing more to be read?
    ended: Result<bool, IngestError>,
}

impl<I: Chunks> Source<'_, I> {
    /// The next chunk, when there are tickets for it; `None` where there is none, or nobody wants it any more.
    fn next(&mut self, tickets: &Tickets, cost: impl Fn(&Chunk) -> usize) -> Option<Chunk> {
        if !matches!(self.ended, Ok(false)) || !tickets.take(1) {
            return None;
        }
        // Should the input panic, nobody asks it again.
        self.ended = Ok(true);
        match self.input.next_chunk() {
            Ok(Some(chunk)) => {
                self.ended = Ok(false);
                tickets.take(cost(&chunk) - 1).then_some(chunk)
            }
            ended => {
                self.ended = ended.map(|_| true);
                None
            }
        }
    }
}

/// Results that wait for those before them.
struct Results<T> {
    /// By the index of their chunk; each with the tickets of it.
    early: BTreeMap<u64, (usize, T)>,
    next: u64,
    /// Is a thread about it, or was the last thing handed on an error?
    handing_on: bool,
}

impl<T> Results<T> {
    fn take_next(&mut self) -> Option<(usize, T)> {
        let next = self.early.remove(&self.next)?;
        self.next += 1;
        Some(next)
    }
}

/// Leave to have chunks under way.
struct Tickets {
    /// `None` when nobody gets one any more.
    left: Mutex<Option<usize>>,
    more: Condvar,
}

impl Tickets {
    fn new(all: usize) -> Tickets {
        Tickets { left: Mutex::new(Some(all)), more: Condvar::new() }
    }

    /// Waits until there are so many. `false` where there never will be.
    fn take(&self, wanted: usize) -> bool {
        let too_few = |left: &mut Option<usize>| left.is_some_and(|left| left < wanted);
        let left = self.more.wait_while(locked(&self.left), too_few);
        let mut left = left.unwrap_or_else(PoisonError::into_inner);
        *left = left.map(|left| left - wanted);
        left.is_some()
    }

    fn put(&self, back: usize) {
        let mut left = locked(&self.left);
        *left = left.map(|left| left + back);
        self.more.notify_all();
    }

    fn close(&self) {
        *locked(&self.left) = None;
        self.more.notify_all();
    }
}

/// A chunk whose thread panicked is never handed on, and what is behind it would wait for ever.
struct ClosedByPanic<'t>(&'t Tickets);

impl Drop for ClosedByPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// So many chunks of so many MB; counts those that are not yet handed on.
    struct Given<'a> {
        left: u64,
        mb: usize,
        under_way: &'a AtomicUsize,
    }

    impl Chunks for Given<'_> {
        fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
            let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
            let number = 30 - self.left;
            self.left = left;
            self.under_way.fetch_add(1, Ordering::SeqCst);
            let mut chunk = Chunk::of_record(vec![0; self.mb << 20], number, number);
            chunk.index = number;
            Ok(Some(chunk))
        }
    }

    #[test]
    fn giants_do_not_stand_in_memory_side_by_side() {
        for (mb, most) in [(1, 9), (5, 2), (40, 2)] {
            let (under_way, mut seen, mut next) = (AtomicUsize::new(0), 0, 0);
            let mut given = Given { left: 30, mb, under_way: &under_way };
            in_order(
                &mut given,
                2,
                |chunk| chunk.index,
                |index| {
                    // Time for the others to pile up.
                    std::thread::sleep(std::time::Duration::from_millis(3));
                    assert_eq!(index, next);
                    next += 1;
                    seen = seen.max(under_way.fetch_sub(1, Ordering::SeqCst));
                    Ok::<(), IngestError>(())
                },
            )
            .unwrap();
            assert!(next == 30 && seen <= most, "{seen} chunks of {mb} MB under way at once");
        }
    }
    /// Gives so many chunks, and then fails.
    struct Failing(u64);

    impl Chunks for Failing {
        fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
            let number = 200 - self.0;
            self.0 = self.0.checked_sub(1).ok_or_else(|| IngestError::Read {
                path: "x".into(),
                source: std::io::Error::other("torn off"),
            })?;
            let mut chunk = Chunk::of_record(Vec::new(), number, number);
            chunk.index = number;
            Ok(Some(chunk))
        }
    }

    #[test]
    fn an_error_of_the_input_comes_behind_all_that_was_before_it() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let take = |index| {
                seen.push(index);
                Ok(())
            };
            let ended: Result<(), IngestError> =
                in_order(&mut Failing(200), threads, |chunk| chunk.index, take);
            assert!(ended.unwrap_err().to_string().contains("torn off"));
            assert_eq!(seen, (0..200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_of_the_sink_ends_the_run_and_leaves_nobody_waiting() {
        for threads in [1, 2, 7] {
            let mut seen = 0;
            let take = |index| {
                seen += 1;
                if index == 40 {
                    Err(IngestError::Read { path: "y".into(), source: std::io::Error::other("full") })
                } else {
                    Ok(())
                }
            };
            let ended: Result<(), IngestError> =
                in_order(&mut Failing(200), threads, |chunk| chunk.index, take);
            assert!(ended.unwrap_err().to_string().contains("full"));
            assert_eq!(seen, 41);
        }
    }

    /// Gives so many chunks, and then panics; counts how often it is asked.
    struct Panicking<'a> {
        left: Failing,
        asked: &'a AtomicUsize,
    }

    impl Chunks for Panicking<'_> {
        fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.left.next_chunk().map_err(|_| panic!("the input"))
        }
    }

    /// What a run in a thread of its own gives, where it ends at all.
    fn ended<T: Send + 'static>(
        run: impl FnOnce() -> T + Send + std::panic::UnwindSafe + 'static,
    ) -> std::thread::Result<T> {
        let (told, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || told.send(std::panic::catch_unwind(run)));
        heard.recv_timeout(std::time::Duration::from_secs(60)).expect("somebody waits for ever")
    }

    #[test]
    fn a_panic_leaves_nobody_waiting_and_is_told_as_it_is() {
        let words = |panicked: std::thread::Result<Result<(), IngestError>>| {
            panicked.unwrap_err().downcast_ref::<&str>().map(ToString::to_string)
        };
        let sink = |_| Ok::<(), IngestError>(());
        let of_work = |chunk: &Chunk| {
            if chunk.index == 3 {
                panic!("the work")
            }
        };
        assert_eq!(
            words(ended(move || in_order(&mut Failing(200), 2, of_work, sink))),
            Some("the work".into())
        );
        let of_sink = |index: u64| if index == 3 { panic!("the sink") } else { Ok::<(), IngestError>(()) };
        let run = move || in_order(&mut Failing(200), 2, |chunk| chunk.index, of_sink);
        assert_eq!(words(ended(run)), Some("the sink".into()));
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let run = move || in_order(&mut Panicking { left: Failing(200), asked: &ASKED }, 3, |_| (), sink);
        assert_eq!(words(ended(run)), Some("the input".into()));
        assert_eq!(ASKED.load(Ordering::SeqCst), 201, "and nobody asks it again");
    }

    /// Gives a chunk only when the result of the one before has been handed on.
    struct Asking<'a> {
        given: u64,
        handed_on: &'a AtomicUsize,
    }

    impl Chunks for Asking<'_> {
        fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
            if self.given == 20 {
                return Ok(None);
            }
            while self.handed_on.load(Ordering::SeqCst) < self.given as usize {
                std::thread::sleep(std::time::Duration::from_micros(100));
            }
            let mut chunk = Chunk::of_record(Vec::new(), self.given, self.given);
            chunk.index = self.given;
            self.given += 1;
            Ok(Some(chunk))
        }
    }

    #[test]
    fn who_waits_for_an_answer_before_going_on_gets_one() {
        for threads in [1, 2, 5] {
            let run = move || {
                let handed_on = AtomicUsize::new(0);
                let mut input = Asking { given: 0, handed_on: &handed_on };
                let take = |()| {
                    handed_on.fetch_add(1, Ordering::SeqCst);
                    Ok::<(), IngestError>(())
                };
                in_order(&mut input, threads, |_| (), take).unwrap();
                handed_on.into_inner()
            };
            assert_eq!(ended(run).unwrap(), 20);
        }
    }
}
