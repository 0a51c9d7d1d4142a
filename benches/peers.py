"""botsieve beside pandas, polars and scikit-learn, on the same files, in one run. Writes results.md.

    pip install -r benches/peers-requirements.txt
    cargo build --release --bins --examples
    python3 benches/peers.py                      # 2,000,000 rows: 500 MB in a temporary folder, removed at the end
    python3 benches/peers.py --rows 100000 --output -
    # Parquet is measured too where a botsieve that reads it is named:
    CARGO_TARGET_DIR=target/arrow cargo build --release --features arrow
    python3 benches/peers.py --with-arrow target/arrow/release/botsieve

Every measure runs in a process of its own. The measures take turns, a round of all of them before the next
round, so that a busy machine is unkind to all alike; the table has the median of the rounds and, for the
noise, the fastest and the slowest. Compare within one run only.

What is timed: of `botsieve score` the whole process from start to end, reading the file and writing all rows to
/dev/null; of the others only the work itself, not the start of Python, the imports, or reading a matrix.
"""

import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
OBSERVED_AT = "2024-06-01"
SIZES = [(50_000, 50), (1_000_000, 30)]
C = 1.0
TOL = 1e-8  # per row, on the gradient
SEED = 20260103
BASE = "pandas.read_csv with pyarrow, parse only"
BASE_JSON = "polars.read_ndjson, parse only"
BASE_PARQUET = "pandas.read_parquet, read only"


# The parts that run in a Python of their own: each prints one JSON object with "seconds".

def timed(work):
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, **(result or {})}


def part_pandas_read(path, strings):
    """pandas keeps text in pyarrow's strings where pyarrow is installed, else in Python's: a factor of several."""
    import pandas as pd
    pd.set_option("mode.string_storage", strings)
    return timed(lambda: {"rows": len(pd.read_csv(path))})


def part_pandas_pipeline(path):
    """The plainest scorer: 12 numbers, logarithms, a dot product, a sigmoid, three columns out. No reasons."""
    import numpy as np
    import pandas as pd

    counts = ["statuses_count", "followers_count", "friends_count", "favourites_count", "listed_count"]
    flags = ["default_profile", "default_profile_image", "geo_enabled", "verified", "protected"]
    weights = np.array([-0.1, -0.3, 0.4, -0.1, -0.2, 0.3, 0.5, -0.2, -0.9, -0.1, 0.02, -0.01])

    def work():
        t = pd.read_csv(path)
        x = np.column_stack([
            np.log1p(t[counts].to_numpy(float)),
            t[flags].to_numpy(float),
            t["screen_name"].str.len().to_numpy(float),
            t["description"].str.len().fillna(0).to_numpy(float),
        ])
        out = t[["id", "screen_name"]].copy()
        out["p_bot"] = 1 / (1 + np.exp(-(x @ weights - 0.5)))
        out.to_csv("/dev/null", index=False)
        return {"rows": len(out)}

    return timed(work)


def part_same_scores(path, way):
    """The features and the scores of the default model, written by a data scientist (pipeline.py)."""
    import pipeline
    for module in ("pandas", "polars", "scipy.sparse", "sklearn.linear_model"):
        importlib.import_module(module)
    return timed(lambda: {"rows": pipeline.WAYS[way](path, "/dev/null", OBSERVED_AT)})


def part_polars_read(path):
    import polars as pl
    return timed(lambda: {"rows": pl.read_csv(path).height})


def part_polars_ndjson(path):
    import polars as pl
    return timed(lambda: {"rows": pl.read_ndjson(path).height})


def part_pandas_parquet(path):
    import pandas as pd
    import pyarrow.parquet  # noqa: F401, its import is none of the work
    return timed(lambda: {"rows": len(pd.read_parquet(path))})


def part_polars_parquet(path):
    import polars as pl
    return timed(lambda: {"rows": pl.read_parquet(path).height})


def part_make_parquet(csv, path):
    """What pandas makes of the file: whole numbers, flags, texts; times stay texts. Snappy, row groups of a million."""
    import pandas as pd
    return timed(lambda: pd.read_csv(csv).to_parquet(path, index=False))


def part_sklearn_fit(x, y, columns):
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    x = np.fromfile(x).reshape(-1, int(columns))
    y = np.fromfile(y, dtype=np.uint8)
    model = LogisticRegression(C=C, solver="lbfgs", tol=TOL, max_iter=1000)
    result = timed(lambda: model.fit(x, y) and None)
    return {**result, "coefficients": model.coef_[0].tolist(), "intercept": float(model.intercept_[0])}


def make_matrix(folder, rows, columns):
    import numpy as np

    rng = np.random.default_rng(SEED)
    x = rng.normal(0, 1, (rows, columns))
    x[:, 1:] += 0.5 * x[:, :-1]
    eta = x @ (rng.normal(0, 1, columns) / np.sqrt(columns)) - 0.5
    y = (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(np.uint8)
    paths = folder / f"x{rows}.f64", folder / f"y{rows}.u8"
    x.tofile(paths[0])
    y.tofile(paths[1])
    return paths


# Running them.

def python_part(name, *arguments, **environment):
    def run():
        command = [sys.executable, __file__, "--part", name, *map(str, arguments)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **environment})
        return json.loads(done.stdout)
    return run


def rust_part(*arguments, **environment):
    def run():
        command = [RELEASE / "examples" / "peers", *map(str, arguments)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **environment})
        return json.loads(done.stdout)
    return run


def botsieve_score(path, reasons, threads, rows, program=RELEASE / "botsieve", output=None):
    def run():
        command = [program, "score", path, "--observed-at", OBSERVED_AT,
                   "--reasons", str(reasons), "--threads", str(threads), *(["-o", output] if output else [])]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(os.devnull, "wb") as nothing:
            start = time.perf_counter()
            done = subprocess.run(command, check=True, stdout=nothing, stderr=subprocess.PIPE, text=True)
            seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert f"{rows} rows read" in done.stderr, done.stderr
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"seconds": seconds, "cpu": cpu, "rows": rows}
    return run


def in_turn(measures, rounds):
    results = {name: [] for name in measures}
    for n in range(rounds):
        for name, run in measures.items():
            result = run()
            results[name].append(result)
            print(f"round {n + 1}: {name}: {result['seconds']:.3f} s, CPU {result['cpu']:.3f} s", file=sys.stderr)
    return results


# What is written down.

def first_line(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[0]


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def locked(crate):
    lines = (ROOT / "Cargo.lock").read_text().splitlines()
    version = lines[lines.index(f'name = "{crate}"') + 1]
    return crate + " " + version.removeprefix("version = ").strip('"')


def table_of_rates(results, rows, base_name):
    base = statistics.median(r["seconds"] for r in results[base_name])
    lines = [f"| what | rows/s, millions | slowest to fastest | of {base_name.split(',')[0]} "
             "| rows per CPU second, millions |", "|---|---|---|---|---|"]
    for name, runs in results.items():
        assert all(r["rows"] == rows for r in runs), name
        seconds = [r["seconds"] for r in runs]
        rate = [rows / s / 1e6 for s in (statistics.median(seconds), max(seconds), min(seconds))]
        ratio = base / statistics.median(seconds)
        # The Rust side counts in ticks of 0.01 s.
        cpu = rows / max(statistics.median(r["cpu"] for r in runs), 0.01) / 1e6
        lines.append(f"| {name} | {rate[0]:.2f} | {rate[1]:.2f} to {rate[2]:.2f} | {ratio:.2f} | {cpu:.2f} |")
    return lines


def table_of_fits(fits):
    lines = ["| solver | " + " | ".join(f"{r:,} x {c}" for r, c in fits) + " | largest difference of a coefficient |",
             "|---|" + "---|" * (len(fits) + 1)]
    names = next(iter(fits.values()))
    for name in names:
        cells, apart = [], 0.0
        for results in fits.values():
            seconds = [r["seconds"] for r in results[name]]
            cpu = statistics.median(r["cpu"] for r in results[name])
            cells.append(f"{statistics.median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f}; CPU {cpu:.2f})")
            ours = results[name][0]
            theirs = next(iter(results.values()))[0]
            pairs = zip(ours["coefficients"] + [ours["intercept"]], theirs["coefficients"] + [theirs["intercept"]])
            apart = max([apart] + [abs(a - b) for a, b in pairs])
        lines.append(f"| {name} | " + " | ".join(cells) + (f" | {apart:.0e} |" if apart else " | (the measure) |"))
    return lines


def make_followers(path, rows, *form):
    with open(path, "wb") as out:
        subprocess.run([RELEASE / "examples" / "make_followers", str(rows), *form], check=True, stdout=out)


def other_forms(folder, rows, rounds, with_arrow):
    """The lines of the report on JSON lines and Parquet."""
    lines = [f"## JSON lines and Parquet: {rows:,} of the same followers, 2 threads", ""]
    path = folder / "followers.jsonl"
    make_followers(path, rows, "--jsonl")
    results = in_turn({
        BASE_JSON: python_part("polars_ndjson", path),
        **{f"**botsieve score**, JSON lines in, CSV out, {n} reasons": botsieve_score(path, n, 2, rows) for n in (3, 0)},
    }, rounds)
    path.unlink()
    lines += table_of_rates(results, rows, BASE_JSON) + [""]
    if not with_arrow:
        return [*lines, "Parquet was not measured: no botsieve with `--features arrow` was named.", ""]
    csv, path = folder / "followers.csv", folder / "followers.parquet"
    make_followers(csv, rows)
    python_part("make_parquet", csv, path)()
    csv.unlink()
    into = folder / "scores.parquet"
    results = in_turn({
        BASE_PARQUET: python_part("pandas_parquet", path),
        "polars.read_parquet, read only": python_part("polars_parquet", path),
        **{f"**botsieve score**, Parquet in, CSV out, {n} reasons": botsieve_score(path, n, 2, rows, with_arrow)
           for n in (3, 0)},
        **{f"**botsieve score**, Parquet in and out, {n} reasons": botsieve_score(path, n, 2, rows, with_arrow, into)
           for n in (3, 0)},
    }, rounds)
    lines += [f"Parquet as pandas writes it ({path.stat().st_size / 1e6:.0f} MB):", ""]
    return [*lines, *table_of_rates(results, rows, BASE_PARQUET), ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", default=str(HERE / "results.md"), help="- for standard output")
    parser.add_argument("--with-arrow", metavar="BOTSIEVE", type=Path, help="a botsieve built with --features arrow")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        name, *arguments = args.part
        print(json.dumps(globals()["part_" + name](*arguments)))
        return

    load = [os.getloadavg()]
    with tempfile.TemporaryDirectory(prefix="botsieve-peers-") as folder:
        folder = Path(folder)
        followers = folder / "followers.csv"
        make_followers(followers, args.rows)
        size = followers.stat().st_size
        with open(followers, "rb") as file:  # everyone reads from memory
            while file.read(1 << 24):
                pass
        measures = {
            BASE: python_part("pandas_read", followers, "pyarrow"),
            "pandas.read_csv as without pyarrow, parse only": python_part("pandas_read", followers, "python"),
            "pandas pipeline: 12 numbers, dot product, 3 columns out": python_part("pandas_pipeline", followers),
            "polars.read_csv, parse only": python_part("polars_read", followers),
            "pandas, the same features and scores, 3 columns out": python_part("same_scores", followers, "pandas"),
            "polars, the same features and scores, 3 columns out": python_part("same_scores", followers, "polars"),
            "csv crate `ByteRecord`, parse only, 1 thread": rust_part("csv", followers, 1),
            "csv crate `ByteRecord`, parse only, 2 threads, each half the file": rust_part("csv", followers, 2),
        }
        for reasons in (3, 0):
            for threads in (1, 2):
                name = f"**botsieve score**, {reasons} reasons, {threads} thread{'s' * (threads > 1)}"
                measures[name] = botsieve_score(followers, reasons, threads, args.rows)
        rates = in_turn(measures, args.rounds)
        followers.unlink()
        load.append(os.getloadavg())
        others = other_forms(folder, args.rows // 2, args.rounds, args.with_arrow)

        fits = {}
        for rows, columns in SIZES:
            x, y = make_matrix(folder, rows, columns)
            ours = x, y, columns, C, TOL * rows
            one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            fits[rows, columns] = in_turn({
                "scikit-learn lbfgs, 1 thread": python_part("sklearn_fit", x, y, columns, **one),
                "scikit-learn lbfgs, all threads": python_part("sklearn_fit", x, y, columns),
                "linfa-logistic (`WeightedLogistic` without weights)": rust_part("fit", "linfa", *ours),
                "`WeightedLogistic`, row weights of 1, 1 thread":
                    rust_part("fit", "weighted", *ours, RAYON_NUM_THREADS="1"),
                "`WeightedLogistic`, row weights of 1, all threads": rust_part("fit", "weighted", *ours),
            }, args.rounds)
            x.unlink()
            y.unlink()
        load.append(os.getloadavg())

    packages = ", ".join(f"{p} {importlib.metadata.version(p)}"
                         for p in ("pandas", "pyarrow", "polars", "numpy", "scikit-learn", "scipy"))
    commit = first_line("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    text = "\n".join([
        "# botsieve beside its peers",
        "",
        f"Written by `benches/peers.py` on {datetime.date.today()}, commit {commit}. Median of {args.rounds} rounds, "
        "all measures in turn.",
        "",
        f"- Machine: {os.cpu_count()} cores, {cpu_model()}, {platform.system()} {platform.release()}. "
        "Load of the last minute before, between and after: "
        + ", ".join(f"{one:.1f}" for one, _, _ in load)
        + f". (What the measures add themselves is up to {os.cpu_count()}; more is other work on the machine.)",
        f"- {first_line('rustc', '--version')}; {locked('csv')}, {locked('linfa-logistic')}, {locked('argmin')}",
        f"- Python {platform.python_version()}: {packages}",
        "",
        f"## Reading and scoring {args.rows:,} followers ({size / 1e6:.0f} MB, 18 columns, "
        f"{size / args.rows:.0f} bytes a row)",
        "",
        *table_of_rates(rates, args.rows, BASE),
        "",
        "Of `botsieve score` the whole process is timed, output to /dev/null; of the others the work without the "
        "start of the program. CPU seconds are those of all threads: on a busy machine they tell more than the clock.",
        "",
        *others,
        "## Fitting a logistic regression",
        "",
        f"Same matrix, same objective (C = {C:g}), gradient to {TOL:g} a row. Seconds of the fit alone; in brackets "
        "the fastest and the slowest round, and the CPU seconds of all threads.",
        "",
        *table_of_fits(fits),
        "",
    ])
    if args.output == "-":
        print(text)
    else:
        Path(args.output).write_text(text)


if __name__ == "__main__":
    main()
