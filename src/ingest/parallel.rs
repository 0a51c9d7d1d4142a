//! Chunks to several threads, results back in the order of the stream.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

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
/// At most `4 * threads` chunks are under way at a time, and fewer where one holds a record of many MB, so memory does not
/// grow with the file. An error of
/// the sink ends the run early; an error of the input is returned after everything before it was handed on.
///
/// # Errors
/// Whatever the input or the sink returns.
pub fn in_order<T, E>(
    input: &mut impl Chunks,
    threads: usize,
    work: impl Fn(&Chunk) -> T + Sync,
    mut sink: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    E: From<IngestError>,
{
    if threads <= 1 {
        while let Some(chunk) = input.next_chunk()? {
            sink(work(&chunk))?;
        }
        return Ok(());
    }
    let under_way = threads * 4;
    std::thread::scope(|scope| {
        let (chunks_in, chunks_out) = sync_channel::<Chunk>(threads);
        let (results_in, results_out) = sync_channel::<(u64, usize, T)>(under_way);
        // One ticket a chunk under way, and one for each further MB: a slow chunk cannot let the ones behind it pile up
        // without bound, and giant ones do not stand in memory side by side.
        let cost = move |chunk: &Chunk| (chunk.bytes.len() >> 20).clamp(1, under_way);
        let (tickets_in, tickets_out) = sync_channel::<()>(under_way);
        for _ in 0..under_way {
            let _ = tickets_in.send(());
        }
        let reader = scope.spawn(move || -> Result<(), IngestError> {
            while tickets_out.recv().is_ok() {
                let Some(chunk) = input.next_chunk()? else { break };
                if (1..cost(&chunk)).any(|_| tickets_out.recv().is_err()) {
                    break;
                }
                if chunks_in.send(chunk).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let chunks_out = std::sync::Arc::new(Mutex::new(chunks_out));
        for _ in 0..threads {
            let chunks_out = std::sync::Arc::clone(&chunks_out);
            let results_in = results_in.clone();
            let work = &work;
            scope.spawn(move || {
                loop {
                    // The lock is held while waiting, not while working; a poisoned lock ends the thread.
                    let next = match chunks_out.lock() {
                        Ok(receiver) => receiver.recv(),
                        Err(_) => return,
                    };
                    let Ok(chunk) = next else { return };
                    if results_in.send((chunk.index, cost(&chunk), work(&chunk))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results_in);
        drop(chunks_out);
        let mut early = BTreeMap::new();
        let mut next = 0;
        let mut outcome = Ok(());
        for (index, cost, result) in &results_out {
            early.insert(index, (cost, result));
            while let Some((cost, result)) = early.remove(&next) {
                next += 1;
                outcome = sink(result);
                if outcome.is_err() {
                    break;
                }
                for _ in 0..cost {
                    let _ = tickets_in.send(());
                }
            }
            if outcome.is_err() {
                break;
            }
        }
        // Closing both ends lets the reader and the workers run out.
        drop(results_out);
        drop(tickets_in);
        let read = match reader.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        outcome?;
        read.map_err(E::from)
    })
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
}
