"""Checks spark/score.py: a local cluster of two workers scores made-up accounts, one worker is killed midway, and the scores
are compared, row for row and bit for bit, with those of the program alone.

    cargo build --release --features arrow --bin botsieve --example make_followers
    pip install -r spark/requirements.txt      # a virtual environment is best; needs Java 17
    python3 spark/check.py --rows 200000       # --rows 20000000 is the full run

Prints the seconds of both and the rows a second and core. Exits with 1 where anything differs.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet

ROOT = Path(__file__).resolve().parent.parent
# `debug` for a program that was built for tests.
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / os.environ.get("BOTSIEVE_BUILT_AS", "release")
OBSERVED_AT = "2024-06-01"


def make(folder, rows, files):
    """The accounts as Parquet, in so many files."""
    made = subprocess.Popen([BUILT / "examples" / "make_followers", str(rows)], stdout=subprocess.PIPE)
    types = {"id": pa.string(), "url": pa.string(), "lang": pa.string(), "location": pa.string(), "name": pa.string(),
             "screen_name": pa.string(), "created_at": pa.string(), "description": pa.string()}
    reader = pa.csv.open_csv(
        made.stdout,
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    )
    folder.mkdir()
    writers = [None] * files
    for n, batch in enumerate(reader):
        at = n % files
        writers[at] = writers[at] or pa.parquet.ParquetWriter(folder / f"part-{at:03}.parquet", reader.schema)
        writers[at].write_batch(batch)
    for writer in filter(None, writers):
        writer.close()
    assert made.wait() == 0


def workers():
    """The processes of Spark's workers: their executors are the children."""
    found = subprocess.run(["pgrep", "-f", "CoarseGrainedExecutorBackend"], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def kill_one(delay, killed):
    """Kills one executor a while after both have begun, as a machine that breaks down does."""
    deadline = time.monotonic() + 120
    while len(workers()) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(delay)
    for pid in workers()[:1]:
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)


def compare(single, spark_folder, rows):
    """Are the two the same? Ids are unique, so that both can be put in one order; of many rows a tenth at a time, by the last
    digit of the id, so that they need not be in memory together."""
    ours, theirs = pa.dataset.dataset(single), pa.dataset.dataset(spark_folder, format="parquet")
    columns = [name for name in ours.schema.names if name != "row"]
    assert sorted(columns) == sorted(set(theirs.schema.names) - {"row"}), (columns, theirs.schema.names)
    found = 0
    for digit in "0123456789" if rows > 1_000_000 else [""]:
        some = pa.compute.ends_with(pa.compute.field("id"), digit)
        a_part, b_part = (table.to_table(columns=columns, filter=some).sort_by("id") for table in (ours, theirs))
        assert a_part.num_rows == b_part.num_rows, (digit, a_part.num_rows, b_part.num_rows)
        found += a_part.num_rows
        for name in columns:
            a = a_part[name].combine_chunks()
            b = b_part[name].cast(a.type).combine_chunks()
            if pa.types.is_floating(a.type):
                a, b = a.view(pa.int64()), b.view(pa.int64())
            assert a.equals(b), f"column {name} differs"
    assert found == rows, (found, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=16)
    parser.add_argument("--kill-after", type=float, default=2.0, help="seconds of work before a worker is killed")
    parser.add_argument("--no-kill", action="store_true", help="for the rate: nobody is killed")
    parser.add_argument("--by-file", action="store_true", help="the program from file to file, not the rows through Spark")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="botsieve-spark-") as folder:
        folder = Path(folder)
        accounts, single, scores = folder / "accounts", folder / "single.parquet", folder / "scores"
        make(accounts, args.rows, args.files)
        whole = folder / "whole.parquet"
        parts = sorted(accounts.glob("*.parquet"))
        with pa.parquet.ParquetWriter(whole, pa.parquet.read_schema(parts[0])) as writer:
            for part in parts:
                for batch in pa.parquet.ParquetFile(part).iter_batches():
                    writer.write_batch(batch)
        start = time.monotonic()
        command = [BUILT / "botsieve", "score", whole, "--observed-at", OBSERVED_AT, "--threads", "2", "-q", "-o", single]
        subprocess.run(command, check=True)
        alone = time.monotonic() - start
        whole.unlink()

        killed = []
        killer = threading.Thread(target=kill_one, args=(args.kill_after, killed), daemon=True)
        if not args.no_kill:
            killer.start()
        start = time.monotonic()
        submit = shutil.which("spark-submit", path=str(Path(sys.executable).parent)) or "spark-submit"
        env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
        done = subprocess.run(
            [submit, "--master", "local-cluster[2,1,1024]", "--files", BUILT / "botsieve",
             "--conf", "spark.executor.memory=1g", "--conf", "spark.ui.enabled=false",
             ROOT / "spark" / "score.py", accounts, scores, "--observed-at", OBSERVED_AT]
            + ["--by-file"] * args.by_file,
            env=env, capture_output=True, text=True, cwd=folder,
        )
        seconds = time.monotonic() - start
        if done.returncode != 0:
            sys.exit(f"spark-submit ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}")
        print(done.stdout.strip())
        if not args.no_kill:
            assert killed, "no worker was killed: make the run longer"
            print(f"worker {killed[0]} was killed {args.kill_after} s after both had begun")
        compare(single, scores, args.rows)
        print(f"{args.rows} rows: the same as of the program alone, bit for bit")
        print(f"alone, 2 threads: {alone:.1f} s, {args.rows / alone / 2:,.0f} rows a second and core")
        print(f"Spark, 2 workers of a core, its start included: {seconds:.1f} s, {args.rows / seconds / 2:,.0f} rows a second and core")
        work = float(re.search(r"([0-9.]+) s of work", done.stdout)[1])
        print(f"of them the work: {work:.1f} s, {args.rows / work / 2:,.0f} rows a second and core, {alone / work:.0%} of the program alone")


if __name__ == "__main__":
    main()
