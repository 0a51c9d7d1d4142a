//! Running the program with an eye on its memory.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::Run;

/// More than this the program cannot take, KiB: beyond it the kernel gives none, and the run ends with a signal.
const ADDRESS_SPACE: u64 = 6 << 20;

/// Runs the program; besides what it said, the most memory it held at a time, in MB.
pub fn watched(args: &[&str]) -> (Run, u64) {
    let mut child = Command::new("bash")
        .args([
            "-c",
            &format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\""),
            env!("CARGO_BIN_EXE_botsieve"),
        ])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut out = child.stdout.take().unwrap();
    let mut err = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || {
        // Only the front is kept: an output may be as long as what went in.
        let mut bytes = Vec::new();
        std::io::Read::by_ref(&mut out).take(1 << 20).read_to_end(&mut bytes).unwrap();
        std::io::copy(&mut out, &mut std::io::sink()).unwrap();
        bytes
    });
    let err = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        err.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let mut peak = 0;
    let done = loop {
        let held = std::fs::read_to_string(&status).unwrap_or_default();
        let line = held.lines().find(|line| line.starts_with("VmHWM:"));
        peak = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0).max(peak);
        if let Some(done) = child.try_wait().unwrap() {
            break done;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let err = String::from_utf8(err.join().unwrap()).expect("messages are UTF-8");
    let code = done.code().unwrap_or_else(|| panic!("{args:?} ended by a signal: {done}\n{err:.2000}"));
    (Run { code, out: out.join().unwrap(), err }, peak / 1024)
}

/// How a stream is packed.
#[derive(Clone, Copy, Debug)]
pub enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Writes a file of `head`, then `piece` so many times, then `tail`. Packed, a piece is packed once and the frames stand one
/// behind the other, as both formats allow.
pub fn write(path: &Path, packing: Packing, head: &[u8], piece: &[u8], times: usize, tail: &[u8]) {
    let packed = |bytes: &[u8]| match packing {
        Packing::Plain => bytes.to_vec(),
        Packing::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Packing::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    file.write_all(&packed(head)).unwrap();
    let piece = packed(piece);
    for _ in 0..times {
        file.write_all(&piece).unwrap();
    }
    file.write_all(&packed(tail)).unwrap();
    file.flush().unwrap();
}
