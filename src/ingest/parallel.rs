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
/// At most `4 * threads` chunks are under way at a time, so memory does not grow with the file. An error of
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
        let (results_in, results_out) = sync_channel::<(u64, T)>(under_way);
        // One ticket a chunk under way: a slow chunk cannot let the ones behind it pile up without bound.
        let (tickets_in, tickets_out) = sync_channel::<()>(under_way);
        for _ in 0..under_way {
            let _ = tickets_in.send(());
        }
        let reader = scope.spawn(move || -> Result<(), IngestError> {
            while tickets_out.recv().is_ok() {
                let Some(chunk) = input.next_chunk()? else { break };
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
                    if results_in.send((chunk.index, work(&chunk))).is_err() {
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
        for (index, result) in &results_out {
            early.insert(index, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                outcome = sink(result);
                if outcome.is_err() {
                    break;
                }
                let _ = tickets_in.send(());
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
