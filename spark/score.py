"""Scores accounts in Parquet with botsieve on Apache Spark: Parquet in, Parquet out, a row out for every row in.

    spark-submit --files botsieve,model.json spark/score.py accounts.parquet scores.parquet
    spark-submit --files botsieve spark/score.py accounts.parquet scores.parquet --observed-at 2026-11-01 --keep campaign
    spark-submit --files botsieve spark/score.py /shared/accounts /shared/scores --by-file

`botsieve` is the program, built with `--features arrow` for the machines of the cluster; without model.json it uses the model
inside it. Each task starts one process of it and speaks Arrow with it over standard input and output: no service, no network,
nothing to install on the workers but Python with pyarrow. A task holds no state, so that Spark may run it again anywhere.
With --by-file, for files on a disk that all workers see, the program goes from file to file by itself, and Spark only hands out
the files: several times as fast. See docs/spark.md.
"""

import argparse
import os
import queue
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import read_metadata
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType

# Exit codes of botsieve: done, and done with rows that could not be read, which are in the output with their status.
DONE = (0, 3)


def schema(reasons, kept):
    """The columns of the output: those of `botsieve score` but for the number of the row, which says nothing when rows are
    spread over machines, and behind them the columns that are kept."""
    fields = [
        StructField("id", StringType()),
        StructField("screen_name", StringType()),
        StructField("p_bot", DoubleType()),
        StructField("band", StringType()),
        StructField("logit", DoubleType()),
    ]
    for n in range(1, reasons + 1):
        fields += [StructField(f"reason_{n}", StringType()), StructField(f"contribution_{n}", DoubleType())]
    fields += [
        StructField("features_missing", IntegerType()),
        StructField("status", StringType()),
        StructField("support", DoubleType()),
        StructField("kind", StringType()),
        StructField("kind_reason", StringType()),
    ]
    return StructType(fields + kept)


def program():
    """The executable as Spark has shipped it, made executable where shipping lost that."""
    shipped = SparkFiles.get("botsieve")
    if os.access(shipped, os.X_OK):
        return shipped
    own = os.path.join(tempfile.mkdtemp(prefix="botsieve-"), "botsieve")
    shutil.copy(shipped, own)
    os.chmod(own, os.stat(own).st_mode | stat.S_IXUSR)
    return own


def scoring(file, reasons, arguments):
    """The words that have a file scored, with the model that was shipped or the one inside the program."""
    command = [program(), "score", file, "--threads", "1", "--quiet", "--reasons", str(reasons), *arguments]
    model = SparkFiles.get("model.json")
    return command + (["--model", model] if os.path.exists(model) else [])


def score_file(arguments, reasons):
    """What a task does with a file: scores beside it are put in place whole, and are the same bytes whoever makes them, so that
    Spark may run it again, or twice at once. Gives the rows of both."""

    def task(pair):
        file, scores = pair
        done = subprocess.run([*scoring(file, reasons, arguments), "-o", scores], stderr=subprocess.PIPE)
        if done.returncode not in DONE:
            said = done.stderr.decode("utf-8", "replace")[-4000:]
            raise RuntimeError(f"{file}: botsieve ended with {done.returncode}: {said}")
        rows = [read_metadata(path).num_rows for path in pair]
        if rows[0] != rows[1]:
            raise RuntimeError(f"{file}: {rows[0]} rows, and {rows[1]} in {scores}")
        return rows[0]

    return task


def by_file(spark, args, arguments):
    """Scores each file of a folder into a file of the same name, one a task."""
    source, target = Path(args.input).absolute(), Path(args.output).absolute()
    base = source if source.is_dir() else source.parent
    # Spark's own bookkeeping is no data.
    hidden = lambda file: any(part.startswith(("_", ".")) for part in file.relative_to(base).parts)  # noqa: E731
    files = [file for file in sorted(source.glob("**/*.parquet")) if not hidden(file)] if source.is_dir() else [source]
    if not files:
        sys.exit(f"{source}: no .parquet file in it")
    if target.exists() and not args.overwrite:
        sys.exit(f"{target} is there already; --overwrite replaces it")
    if target.resolve() in (source.resolve(), *source.resolve().parents):
        sys.exit(f"{target} is, or holds, the input, which --overwrite would delete; name another folder")
    shutil.rmtree(target, ignore_errors=True)
    pairs = [(str(file), str(target / file.relative_to(base))) for file in files]
    for folder in {Path(scores).parent for _, scores in pairs}:
        folder.mkdir(parents=True, exist_ok=True)
    rows = spark.sparkContext.parallelize(pairs, len(pairs)).map(score_file(arguments, args.reasons)).collect()
    (target / "_SUCCESS").touch()
    return sum(rows)


def score(arguments, reasons, keep):
    """What a task does with its batches, for `DataFrame.mapInArrow`."""
    wanted = [field.name for field in schema(reasons, []).fields]

    def task(batches):
        batches = (batch for batch in batches if batch.num_rows > 0)
        first = next(batches, None)
        if first is None:
            return
        command = [*scoring("-", reasons, arguments), "--format", "arrow-stream"]
        # Messages go to a file: a full pipe that nobody reads would stop the program.
        with tempfile.TemporaryFile() as messages:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages)
            given = queue.SimpleQueue()
            failure = []

            def feed():
                try:
                    with process.stdin as pipe, pa.ipc.new_stream(pipe, first.schema) as writer:
                        batch = first
                        while batch is not None:
                            given.put((batch.num_rows, [batch.column(name) for name in keep]))
                            writer.write_batch(batch)
                            pipe.flush()
                            batch = next(batches, None)
                except BrokenPipeError:
                    pass  # The program has ended; its message says why.
                except BaseException as error:  # noqa: BLE001 - handed on to the task below
                    failure.append(error)
                    process.kill()

            feeder = threading.Thread(target=feed, daemon=True)
            feeder.start()
            try:
                rows = 0
                answers = iter(pa.ipc.open_stream(process.stdout))
                for answer in answers:
                    count, columns = given.get()
                    if answer.num_rows != count:
                        raise RuntimeError(f"botsieve answered {count} rows with {answer.num_rows}")
                    rows += count
                    columns = [answer.column(name) for name in wanted] + columns
                    yield pa.RecordBatch.from_arrays(columns, names=wanted + keep)
                code = process.wait()
            except pa.ArrowInvalid as error:
                process.kill()
                process.wait()
                code = f"an answer that is no Arrow stream ({error})"
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
                feeder.join()
            if failure:
                raise failure[0]
            if code not in DONE or not given.empty():
                messages.seek(0)
                said = messages.read().decode("utf-8", "replace")[-4000:]
                raise RuntimeError(f"botsieve ended with {code} after {rows} rows of this task: {said}")

    return task


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", help="Parquet file or folder")
    parser.add_argument("output", help="folder for the scores; must not be there yet, unless --overwrite")
    parser.add_argument("--reasons", type=int, default=3, choices=range(6))
    parser.add_argument("--observed-at", help="when the counts were true, where no column says so")
    parser.add_argument("--prevalence", type=float, help="share of bots at which p_bot is meant")
    parser.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="column of the input to keep beside the scores")
    parser.add_argument("--by-file", action="store_true",
                        help="the input lies on a disk that all workers see under this name: file to file, a file a task")
    parser.add_argument("--overwrite", action="store_true")
    args = parser.parse_args()
    if args.by_file and args.keep:
        parser.error("--keep goes through Spark; with --by-file the column row says which row of the input file it is")

    spark = SparkSession.builder.appName("botsieve score").getOrCreate()
    arguments = []
    if args.observed_at:
        arguments += ["--observed-at", args.observed_at]
    if args.prevalence:
        arguments += ["--prevalence", str(args.prevalence)]
    start = time.monotonic()
    if args.by_file:
        rows = by_file(spark, args, arguments)
        print(f"{rows} rows read, {rows} written; {time.monotonic() - start:.1f} s of work")
        spark.stop()
        return
    accounts = spark.read.parquet(args.input)
    missing = [name for name in args.keep if name not in accounts.columns]
    taken = {field.name for field in schema(args.reasons, []).fields} & set(args.keep)
    if missing or taken:
        sys.exit(f"--keep: not in the input: {missing}; names that the scores have: {sorted(taken)}")
    kept = [accounts.schema[name] for name in args.keep]
    scores = accounts.mapInArrow(score(arguments, args.reasons, args.keep), schema(args.reasons, kept))
    scores.write.mode("overwrite" if args.overwrite else "errorifexists").parquet(args.output)
    seconds = time.monotonic() - start
    read, written = accounts.count(), spark.read.parquet(args.output).count()
    print(f"{read} rows read, {written} written; {seconds:.1f} s of work")
    if read != written:
        sys.exit("the rows do not add up: do not use the output")
    spark.stop()


if __name__ == "__main__":
    main()
