"""Does training on millions of labelled rows fit in memory? Makes a labelled CSV file of made-up followers, trains on it, and
fails where the peak of resident memory is above the limit.

    cargo build --release --bin botsieve --example make_followers
    python3 benches/big_training.py                         # 20,000,000 rows: 5 GB of disk, 13 GiB of memory
    python3 benches/big_training.py --rows 1000000

Prints rows, features of the model, seconds, CPU seconds and the peak of resident memory.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).resolve().parent.parent / "target")) / "release"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--limit", type=float, default=24.0, help="GiB of resident memory")
    parser.add_argument("--replicates", default="100", help="of the bootstrap behind the intervals")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="botsieve-training-") as folder:
        folder = Path(folder)
        with open(folder / "labelled.csv", "wb") as file:
            subprocess.run([RELEASE / "examples" / "make_followers", str(args.rows), "--labelled"], stdout=file, check=True)
        size = (folder / "labelled.csv").stat().st_size
        start = time.monotonic()
        trained = subprocess.run(
            [RELEASE / "botsieve", "train", folder / "labelled.csv", "--label", "label", "--observed-at", "2024-06-01",
             "--replicates", args.replicates, "-q", "-o", folder / "model.json"],
            capture_output=True, text=True,
        )
        seconds = time.monotonic() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if trained.returncode != 0:
            sys.exit(f"training ended with {trained.returncode}\n{trained.stderr}")
        model = json.loads((folder / "model.json").read_text())
    peak = used.ru_maxrss / 2**20
    record = model["training"]["sources"][0]
    print(f"{args.rows} rows, {size} bytes; fitted to {record['bots'] + record['humans']} of them, the others held out")
    print(f"{len(model['features'])} features, {len(model.get('pairs', []))} pairs, {model['training']['iterations']} iterations, "
          f"converged: {model['training']['converged']}")
    print(f"{seconds:.0f} s, CPU {used.ru_utime + used.ru_stime:.0f} s (making the file included), peak {peak:.2f} GiB")
    print("\n".join(trained.stdout.splitlines()[:12]))
    if peak > args.limit:
        sys.exit(f"FAILED: the limit is {args.limit} GiB")


if __name__ == "__main__":
    main()
