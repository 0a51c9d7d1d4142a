//! Bytes: where they come from, what they are packed in, and their identity.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::IngestError;
use crate::words::hex;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A stream of plain bytes with a name for messages.
pub struct Source {
    /// The path as it was given, or `-` for standard input.
    pub name: PathBuf,
    /// Size of the file on disk; `None` for standard input.
    pub size: Option<u64>,
    /// Bytes taken so far, of a packed file packed ones, so that progress against `size` is true.
    pub taken: Arc<AtomicU64>,
    /// It is packed, so a few bytes may be very many.
    pub(super) packed: bool,
    reader: Box<dyn Read + Send>,
    /// What the reader gives is what is taken of the file, and is counted here. Where something is made of it first, what was
    /// taken is counted below that.
    counts_itself: bool,
}

impl Source {
    /// Opens a file, or standard input for `-`, and unpacks gzip and zstd by their first bytes.
    ///
    /// # Errors
    /// [`IngestError::Open`] where the file cannot be opened or is a directory.
    pub fn open(path: &Path) -> Result<Source, IngestError> {
        let failed = |source| IngestError::Open { path: path.to_path_buf(), source };
        let taken = Arc::new(AtomicU64::new(0));
        let (raw, size): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(failed)?;
            let meta = file.metadata().map_err(failed)?;
            if meta.is_dir() {
                return Err(failed(io::Error::other("it is a folder; name a file in it")));
            }
            (Box::new(file), Some(meta.len()).filter(|n| *n > 0))
        };
        let (packed, reader) = unpack(raw, &taken).map_err(failed)?;
        Ok(Source { name: path.to_path_buf(), size, taken, packed, reader, counts_itself: !packed })
    }

    /// A source over bytes in memory, for tests and for programs that already hold them.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Source {
        Source {
            name: PathBuf::from(name),
            size: Some(bytes.len() as u64),
            taken: Arc::new(AtomicU64::new(0)),
            packed: false,
            reader: Box::new(io::Cursor::new(bytes)),
            counts_itself: true,
        }
    }
}

impl Source {
    /// From here on gives UTF-8 for text in `encoding`; `head` was already taken and is given again.
    pub(super) fn decode(&mut self, encoding: super::Encoding, head: Vec<u8>) {
        let rest = self.take_rest();
        self.reader = super::encoding::decoded(encoding, head, rest);
    }

    /// The bytes that are left, with `head`, which was already taken, in front; the source is empty from here on.
    #[cfg(feature = "arrow")]
    pub(super) fn take_reader(&mut self, head: &[u8]) -> Box<dyn Read + Send> {
        let rest = self.take_rest();
        Box::new(io::Cursor::new(head.to_vec()).chain(rest))
    }

    /// Takes what is left, which from here on is counted where it is read.
    fn take_rest(&mut self) -> Box<dyn Read + Send> {
        let rest = std::mem::replace(&mut self.reader, Box::new(io::empty()));
        if !std::mem::take(&mut self.counts_itself) {
            return rest;
        }
        Box::new(Counted { inner: rest, taken: Arc::clone(&self.taken) })
    }

    /// Adds to a buffer until so many more bytes are in it, or the end is reached; gives how many there were. Not by
    /// `read_to_end` of the source, which has nothing but [`Read::read`] to read with and so fills all room with zeros first.
    pub(super) fn read_more(&mut self, buffer: &mut Vec<u8>, bytes: u64) -> io::Result<usize> {
        let before = buffer.len();
        let read = self.reader.by_ref().take(bytes).read_to_end(buffer);
        self.count(buffer.len() - before);
        read
    }

    fn count(&self, n: usize) {
        if self.counts_itself {
            self.taken.fetch_add(n as u64, Ordering::Relaxed);
        }
    }

    /// The same source with other bytes.
    #[cfg(any(feature = "arrow", feature = "xlsx"))]
    pub(super) fn with_reader(self, reader: Box<dyn Read + Send>) -> Source {
        Source { reader, counts_itself: false, ..self }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.count(n);
        Ok(n)
    }
}

struct Counted {
    inner: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Whether the bytes are packed, and the plain ones. Where they are packed, those that are taken are counted.
fn unpack(mut raw: Box<dyn Read + Send>, taken: &Arc<AtomicU64>) -> io::Result<(bool, Box<dyn Read + Send>)> {
    let mut head = Vec::with_capacity(4);
    raw.by_ref().take(4).read_to_end(&mut head)?;
    let packed_gzip = head.starts_with(GZIP);
    let packed_zstd = head.starts_with(ZSTD);
    if packed_gzip || packed_zstd {
        taken.fetch_add(head.len() as u64, Ordering::Relaxed);
        raw = Box::new(Counted { inner: raw, taken: Arc::clone(taken) });
    }
    let whole = BufReader::with_capacity(1 << 16, io::Cursor::new(head).chain(raw));
    let reader: Box<dyn Read + Send> = if packed_gzip {
        Box::new(MultiGzDecoder::new(whole))
    } else if packed_zstd {
        Box::new(zstd::stream::read::Decoder::with_buffer(whole)?)
    } else {
        Box::new(whole)
    };
    Ok((packed_gzip || packed_zstd, reader))
}

/// SHA-256 of a file as it lies on the disk, in hexadecimal.
///
/// # Errors
/// [`IngestError::Open`] where it cannot be read.
pub fn sha256_of_file(path: &Path) -> Result<String, IngestError> {
    let failed = |source| IngestError::Open { path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer).map_err(failed)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
    }
    Ok(hex(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn packed_and_plain_files_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"id,handle\n1,anna\n".repeat(1000);
        let plain = folder.path().join("a.csv");
        std::fs::write(&plain, &text).unwrap();
        let gz = folder.path().join("gzip-by-content");
        // Two members one behind the other, as `cat a.gz b.gz` makes them.
        let mut packed = Vec::new();
        for half in text.chunks(text.len() / 2) {
            let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
            encoder.write_all(half).unwrap();
            encoder.finish().unwrap();
        }
        std::fs::write(&gz, packed).unwrap();
        let zst = folder.path().join("zstd-by-content");
        std::fs::write(&zst, zstd::encode_all(&text[..], 1).unwrap()).unwrap();
        for path in [&plain, &gz, &zst] {
            let mut read = Vec::new();
            Source::open(path).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, text, "{}", path.display());
        }
    }

    #[test]
    fn a_missing_file_and_a_folder_are_errors_with_the_path() {
        for path in ["/nowhere/at all.csv", "/tmp"] {
            let message = Source::open(Path::new(path)).err().unwrap().to_string();
            assert!(message.contains(path), "{message}");
        }
    }
}
