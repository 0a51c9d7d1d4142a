"""Instructions a row of `botsieve score`, by part, counted by callgrind: the same on a busy machine as on a quiet one, so that
the next change can be compared exactly. Writes benches/instructions.md.

    cargo build --profile profiling --bin botsieve --example make_followers    # release with the names of functions
    python3 benches/instructions.py            # needs valgrind; two minutes
    # With `--features arrow` the first command makes a botsieve that reads Parquet, which is then a case too.
    python3 benches/instructions.py --output -

Each case is counted on 20,000 and on 40,000 rows, and the difference divided by 20,000: so the start of the program is left
out. Parts are what a function and all it calls took.
"""

import argparse
import datetime
import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "profiling"
ROWS = (20_000, 40_000)
CASES = [
    ("CSV, 3 reasons", "csv", ["--reasons", "3"]),
    ("CSV, no reasons", "csv", ["--reasons", "0"]),
    ("CSV in, JSON lines out", "csv", ["--format", "jsonl"]),
    ("JSON lines in, CSV out", "jsonl", []),
    ("JSON lines, no reasons", "jsonl", ["--reasons", "0"]),
    ("Parquet in, CSV out, no reasons", "parquet", ["--reasons", "0"]),
    ("Parquet in and out, no reasons", "parquet", ["--reasons", "0", "--format", "parquet"]),
]
# What a part is called, and the functions whose work with all they call it is; a part may be taken out of another.
PARTS = [
    ("cut into chunks", r"stream::Stream::next_chunk$"),
    ("parse: records to rows", r"ingest::(delimited::Table|json::Objects)::parse$"),
    ("features' facts", r"scores::facts_of$"),
    ("curves weighed, the facts being there", r"scorer::Scorer::weigh$"),
    ("score put together, kinds, drift", r"scores::look$"),
    ("write the row", r"scores::text::Text::write$"),
    ("words of the reasons, where they are not written in place", r"scorer::Scorer::write_(fact|words)$"),
]
LOOK = "score put together, kinds, drift"
# In this order: what is taken out of a part is as it was counted.
INSIDE = {
    "parse: records to rows": [LOOK],
    LOOK: ["features' facts", "curves weighed, the facts being there", "write the row"],
}


def count(path, arguments, folder):
    out = folder / "callgrind.out"
    subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", BUILT / "botsieve", "score", path,
         "--observed-at", "2024-06-01", "--threads", "1", "-q", "-o", folder / "scores", *arguments],
        check=True, capture_output=True,
    )
    text = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", out], check=True, capture_output=True, text=True
    ).stdout
    total, parts = 0, dict.fromkeys((name for name, _ in PARTS), 0)
    for line in text.splitlines():
        found = re.match(r"\s*([\d,]+) \(\s*[\d.]+%\)\s+(\S.*)$", line)
        if not found:
            continue
        n, what = int(found[1].replace(",", "")), found[2]
        if "PROGRAM TOTALS" in what:
            total = n
            continue
        function = re.sub(r"\s*\[.*\]$", "", what).split(":", 1)[-1]
        for name, pattern in PARTS:
            if re.search(pattern, function):
                parts[name] = max(parts[name], n)
    return total, parts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default=ROOT / "benches" / "instructions.md")
    args = parser.parse_args()
    table = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for form in ("csv", "jsonl"):
            for rows in ROWS:
                extra = ["--jsonl"] if form == "jsonl" else []
                with open(folder / f"{rows}.{form}", "wb") as file:
                    subprocess.run([BUILT / "examples" / "make_followers", str(rows), *extra], stdout=file, check=True)
        # The canonical form, as `convert` writes it; not in every build.
        parquet = all([
            subprocess.run([BUILT / "botsieve", "convert", folder / f"{rows}.csv", "-o", folder / f"{rows}.parquet"],
                           capture_output=True).returncode == 0
            for rows in ROWS
        ])
        for name, form, arguments in CASES:
            if form == "parquet" and not parquet:
                continue
            few, many = (count(folder / f"{rows}.{form}", arguments, folder) for rows in ROWS)
            step = ROWS[1] - ROWS[0]
            a_row = {part: (many[1][part] - few[1][part]) / step for part in few[1]}
            for part, inner in INSIDE.items():
                a_row[part] -= sum(a_row[i] for i in inner)
            table[name] = ((many[0] - few[0]) / step, a_row, 2 * few[0] - many[0])
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    lines = [
        "# Instructions a row",
        "",
        f"Written by `benches/instructions.py` on {datetime.date.today()} at {commit}, {rustc}: callgrind on made-up followers",
        "(`examples/make_followers.rs`), one thread, the embedded model. A part holds all that it calls, but for parse, from which",
        "all below it is taken out, and for the score, from which facts, curves and writing are. \"Words\" is part of writing. Of Parquet, cutting into",
        "chunks is decoding, and writing is in none of the parts.",
        "",
        "| part | " + " | ".join(table) + " |",
        "|---|" + "---:|" * len(table),
        "| **a row in all** | " + " | ".join(f"**{total:,.0f}**" for total, _, _ in table.values()) + " |",
    ]
    for part, _ in PARTS:
        lines.append(f"| {part} | " + " | ".join(f"{parts[part]:,.0f}" for _, parts, _ in table.values()) + " |")
    lines.append("| the start of the program, once | " + " | ".join(f"{start:,.0f}" for _, _, start in table.values()) + " |")
    text = "\n".join(lines) + "\n"
    if str(args.output) == "-":
        print(text, end="")
    else:
        Path(args.output).write_text(text)


if __name__ == "__main__":
    main()
