//! The file in which an output stands until it is whole, and how none of them stays behind.
//!
//! Who writes one holds a lock on it, which goes with the process, however that ends. So one that nobody holds was left
//! by a run that was killed, and the next output in its folder removes it (on Linux). An interrupt removes outputs of
//! its own process at once: never in the middle of a rename, so that the old file stands or the new one does.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

const PREFIX: &str = ".botsieve-";
const SUFFIX: &str = ".tmp";
/// Letters of chance between the two.
const CHANCE: usize = 6;
/// What SQLite puts beside a file that it writes.
#[cfg(unix)]
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Those of this process that are written now.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file under a name of chance. Dropped, it is removed.
pub(crate) struct Temporary {
    file: NamedTempFile,
    /// Dropped behind the file.
    _listed: Listed,
}

/// A line of [`UNDER_WAY`].
struct Listed(PathBuf);

impl Drop for Listed {
    fn drop(&mut self) {
        under_way().retain(|path| *path != self.0);
    }
}

impl Temporary {
    /// Makes one for an output, readable for others, which an interrupt removes; removes what killed runs left there.
    pub(crate) fn of_output(folder: &Path) -> io::Result<Temporary> {
        #[cfg(unix)]
        interrupt::watch();
        Temporary::make(folder, true)
    }

    /// Makes one that is private. An interrupt does what it did before: who reviews has ways of their own to end.
    #[cfg(feature = "ledger")]
    pub(crate) fn private(folder: &Path) -> io::Result<Temporary> {
        Temporary::make(folder, false)
    }

    fn make(folder: &Path, shared: bool) -> io::Result<Temporary> {
        #[cfg(target_os = "linux")]
        left::sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(CHANCE);
        #[cfg(unix)]
        if shared {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o644));
        }
        // An interrupt waits until it is listed.
        let mut under_way = under_way();
        loop {
            let file = builder.tempfile_in(folder)?;
            // Else another run took it for one that was left, before it was held.
            #[cfg(target_os = "linux")]
            if !left::hold(&file) {
                continue;
            }
            let listed = Listed(file.path().to_path_buf());
            under_way.push(listed.0.clone());
            return Ok(Temporary { file, _listed: listed });
        }
    }

    /// Where it lies.
    #[cfg(feature = "ledger")]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts it on the disk and under its name, in place of what is there.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        renamed(self, |file| file.persist(path))
    }

    /// Puts it under its name, where nothing is there yet.
    #[cfg(feature = "ledger")]
    pub(crate) fn place(self, path: &Path) -> io::Result<()> {
        renamed(self, |file| file.persist_noclobber(path))
    }
}

/// Renames while an interrupt has to wait. What was open is closed when it returns.
fn renamed(
    temporary: Temporary,
    rename: impl FnOnce(NamedTempFile) -> Result<std::fs::File, tempfile::PersistError>,
) -> io::Result<()> {
    let Temporary { file, _listed } = temporary;
    let held = under_way();
    let done = rename(file).map(drop).map_err(|error| error.error);
    drop(held);
    done
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Removes one with what lies beside it, itself last: as long as it is there, it is seen to have been left. What cannot
/// be removed is in nobody's way.
#[cfg(unix)]
fn remove(path: &Path) {
    for ending in BESIDE.into_iter().chain([""]) {
        let mut name = path.as_os_str().to_os_string();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
}

/// What runs that were killed left behind.
#[cfg(target_os = "linux")]
mod left {
    use std::fs::{File, TryLockError};
    use std::path::Path;

    use super::{CHANCE, PREFIX, SUFFIX};

    /// Holds a new file; `false` where another took it for one that was left.
    pub(super) fn hold(file: &tempfile::NamedTempFile) -> bool {
        match file.as_file().try_lock() {
            Ok(()) => file.path().exists(),
            Err(TryLockError::WouldBlock) => false,
            // A file system without locks: there nobody removes anything.
            Err(TryLockError::Error(_)) => true,
        }
    }

    pub(super) fn sweep(folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let ours = entry.file_name().to_str().is_some_and(is_ours);
            if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                remove_unless_held(&entry.path());
            }
        }
    }

    pub(super) fn is_ours(name: &str) -> bool {
        let chance = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        chance.is_some_and(|c| c.len() == CHANCE && c.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    fn remove_unless_held(path: &Path) {
        let Ok(file) = File::open(path) else { return };
        if file.try_lock().is_err() {
            return;
        }
        super::remove(path);
    }
}

/// Ctrl-C and its like: what is under way is removed, then the process ends by the signal as it would have.
#[cfg(unix)]
mod interrupt {
    use std::sync::Once;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static ONCE: Once = Once::new();

    pub(super) fn watch() {
        ONCE.call_once(|| {
            let Ok(mut signals) = Signals::new(heeded()) else { return };
            let _ = std::thread::Builder::new().name("signals".into()).spawn(move || {
                if let Some(signal) = signals.forever().next() {
                    end_by(signal);
                }
            });
        });
    }

    fn end_by(signal: i32) {
        // Held to the end: nothing is renamed any more.
        let under_way = super::under_way();
        under_way.iter().for_each(|path| super::remove(path));
        let _ = emulate_default_handler(signal);
        std::process::exit(128 + signal);
    }

    /// Those that would end the process: `nohup` and a shell's `&` have some of them ignored, which stays.
    fn heeded() -> Vec<i32> {
        if cfg!(target_os = "linux") {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            // Where it cannot be told, all stays as the system has it.
            let mask = mask.unwrap_or(u64::MAX);
            return [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|n| mask >> (n - 1) & 1 == 0).collect();
        }
        vec![SIGINT, SIGTERM]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_killed_run_left_goes_and_what_is_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let written = Temporary::of_output(folder.path()).unwrap();
        let here = written.file.path().to_path_buf();
        for left in [".botsieve-aB3xYz.tmp", ".botsieve-aB3xYz.tmp-journal"] {
            std::fs::write(at(left), "half").unwrap();
        }
        for other in [".botsieve-mine.tmp", ".botsieve-aB3xYz.tmp.csv", "aB3xYz.tmp"] {
            std::fs::write(at(other), "of somebody").unwrap();
        }
        let second = Temporary::of_output(folder.path()).unwrap();
        assert!(here.exists(), "it is held");
        assert!(!at(".botsieve-aB3xYz.tmp").exists() && !at(".botsieve-aB3xYz.tmp-journal").exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
        drop((written, second));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
        assert!(!under_way().contains(&here));
    }
}
