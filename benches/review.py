"""How quick `botsieve review` is on a long list: first page, decisions, memory.

    cargo build --release --bin botsieve --example make_followers
    python3 benches/review.py [ROWS] [DECISIONS] [DECIDED BEFORE]

Makes a list (examples/make_followers.rs), starts the release binary, asks as the page asks over one kept connection, and
prints times as the asker sees them, HTTP and JSON included. Python 3 and nothing else. Fails where a bar is missed:
first page 200 ms, decision p99 20 ms, memory 500 MB.
"""

import csv
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
DECISIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
BEFORE = int(sys.argv[3]) if len(sys.argv) > 3 else 0
TARGET = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release")


def memory(pid, what):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(rf"{what}:\s+(\d+) kB", status.read()).group(1)) / 1024


def at(times, share):
    times = sorted(times)
    return times[min(len(times) - 1, int(share * len(times)))]


def disk(folder):
    """What the disk takes for one small write: no decision can be quicker."""
    path = os.path.join(folder, "disk")
    times = []
    with open(path, "wb", buffering=0) as out:
        for _ in range(500):
            begin = time.perf_counter()
            out.write(b"x" * 16384)
            os.fdatasync(out.fileno())
            times.append(1000 * (time.perf_counter() - begin))
    os.remove(path)
    return f"p50 {at(times, .5):.2f} ms, p99 {at(times, .99):.2f} ms, slowest {max(times):.2f} ms"


def main():
    # On a disk: what a decision costs is what the disk takes to say it has it.
    folder = tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER", ROOT))
    path = os.path.join(folder.name, "followers.csv")
    with open(path, "wb") as out:
        subprocess.run([os.path.join(TARGET, "examples/make_followers"), str(ROWS)], stdout=out, check=True)
    ledger = os.path.join(folder.name, "bench.ledger")
    if BEFORE:
        # As many are decided already, and are due again.
        history = os.path.join(folder.name, "history.csv")
        with open(path, newline="") as rows, open(history, "w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["id", "handle", "kind", "value", "at", "until", "why"])
            for row, _ in zip(csv.DictReader(rows), range(BEFORE)):
                writer.writerow([row["id"], row["screen_name"], "decide", "skip", "2026-01-01", "2026-07-01", "seen in spring"])
        subprocess.run([os.path.join(TARGET, "botsieve"), "ledger", "import", history, "--ledger", ledger], check=True)
    begin = time.perf_counter()
    child = subprocess.Popen(
        [os.path.join(TARGET, "botsieve"), "review", path, "--ledger", ledger, "--no-open", "--quiet", "--observed-at",
         "2024-06-01", "--network", "x"],
        stdout=subprocess.PIPE, text=True)
    try:
        address = child.stdout.readline().strip()
        started = time.perf_counter() - begin
        port, token = re.match(r"http://127\.0\.0\.1:(\d+)/#token=(\w+)", address).groups()
        connection = http.client.HTTPConnection("127.0.0.1", int(port))
        headers = {"Content-Type": "application/json", "X-Botsieve-Token": token}

        def ask(question, body):
            begin = time.perf_counter()
            connection.request("POST", f"/api/{question}", json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read()
            took = 1000 * (time.perf_counter() - begin)
            assert answer.status == 200, data
            return took, json.loads(data), len(data)

        print(f"{ROWS:,} accounts, {os.path.getsize(path) / 1e6:.0f} MB of CSV; {os.cpu_count()} cores")
        print(f"from the start to the address             {started:8.1f} s")
        start, _, _ = ask("start", {})
        first, answer, size = ask("step", {"row": None, "step": "next"})
        account = answer["account"]
        first_page = start + first
        print(f"first page: start and first account       {first_page:8.1f} ms   ({size:,} bytes)")
        queue, listed, size = ask("list", {"most": 100})
        print(f"queue, first 100                          {queue:8.1f} ms   ({size:,} bytes)")
        last, _, _ = ask("list", {"most": 100, "from": ROWS - 100, "filter": {"show": "all"}})
        print(f"queue, last 100                           {last:8.1f} ms")
        texts = []
        for text in ["garden", "zzzz", "@an", "coffee and"]:
            took, found, _ = ask("list", {"most": 100, "filter": {"text": text}})
            texts.append(took)
        print(f"text looked for, the slowest of {len(texts)}         {max(texts):8.1f} ms")
        chance = random.Random(1)
        decisions, undos = [], []
        for n in range(DECISIONS):
            body = {"row": account["row"], "change": {"decide": chance.choice(["spam", "skip", "list", "pending"])},
                    "seen": account["past"]["version"], "client": "bench"}
            took, answer, _ = ask("change", body)
            assert answer["kept"]
            decisions.append(took)
            account = answer["next"]
            if n % 100 == 99:
                took, answer, _ = ask("undo", {"client": "bench"})
                undos.append(took)
                account = answer["account"]
        print(f"{DECISIONS:,} decisions, each with who comes next: p50 {at(decisions, .5):.2f} ms, p99 {at(decisions, .99):.2f} ms, "
              f"slowest {max(decisions):.2f} ms")
        print(f"{len(undos)} undos: p50 {at(undos, .5):.2f} ms, slowest {max(undos):.2f} ms")
        print(f"the same disk, 16 kB and fdatasync 500 times: {disk(folder.name)}")
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        pulses = [ask("pulse", {"since": 0})[0] for _ in range(50)]
        print(f"pulse: p50 {at(pulses, .5):.2f} ms, slowest {max(pulses):.2f} ms")
        now, peak = memory(child.pid, "VmRSS"), memory(child.pid, "VmHWM")
        print(f"memory: {now:.0f} MB now, {peak:.0f} MB at the most")
        bars = {"first page under 200 ms": first_page < 200 and queue < 200, "p99 under 20 ms": at(decisions, .99) < 20,
                "memory under 500 MB": peak < 500}
    finally:
        child.terminate()
        code = child.wait()
        folder.cleanup()
    assert code == 0, code
    for bar, holds in bars.items():
        print(f"{bar}: {'holds' if holds else 'MISSED'}")
    sys.exit(0 if all(bars.values()) else 1)


main()
