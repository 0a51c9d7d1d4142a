"""`botsieve review` under two hundred connections, slow ones among them: does it keep deciding, does its memory stay flat?

    cargo build --release --bin botsieve --example make_followers
    python3 tests/load/review_load.py [--seconds 600] [--accounts 50000] [--seed 1]

Loopback only, and bounded. Of 200 connections at once 60 decide, 40 read pages and lists, and 100 are in the way:
strangers that send one byte a second, say nothing, leave a body half sent, or hold the token and never read their answers.
Those that are sent away come back at once. Another 100 come and go without a word each second, as a scan of ports does.

At the end: each decision that was acknowledged with 200 stands in the ledger with its number and account, and none else
but those that were under way when a connection was lost; `PRAGMA integrity_check` is ok. Bars: p99 of a decision, from the
first byte sent to the last of the answer, DECISION_P99; memory of the last third of the run above that of the first by no
more than GROWTH; file descriptors and threads below FILES and THREADS. Ends with 1 where one is missed.
Python 3 and nothing else.
"""

import argparse
import asyncio
import itertools
import json
import logging
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DECISION_P99 = 1000.0  # ms; a hundred ask, each after a pause of chance of up to PAUSE
GROWTH = 8.0  # MB
FILES, THREADS = 200, 16
PAUSE = 1.0  # seconds that who decides or reads thinks


class Counts:
    def __init__(self):
        self.acknowledged = {}
        self.times = []
        self.reads = []
        self.under_way = 0
        self.not_kept = 0
        self.refused = {}
        self.lost = 0
        self.in_the_way = 0
        self.begin = 0.0


class Server:
    def __init__(self, binary, listed, ledger):
        self.ledger = ledger
        self.child = subprocess.Popen(
            [binary, "review", listed, "--ledger", ledger, "--no-open", "--quiet", "--observed-at", "2024-06-01", "--network", "x"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        port, self.token = re.match(r"http://127\.0\.0\.1:(\d+)/#token=(\w+)", self.child.stdout.readline()).groups()
        self.port = int(port)

    def head(self, question, length):
        return (f"POST /api/{question} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
                f"X-Botsieve-Token: {self.token}\r\nContent-Length: {length}\r\n\r\n").encode()

    def request(self, question, body):
        body = json.dumps(body).encode()
        return self.head(question, len(body)) + body

    def figures(self):
        """Memory in MB, files, threads."""
        pid = self.child.pid
        with open(f"/proc/{pid}/status") as status:
            text = status.read()
        number = lambda name: int(re.search(rf"{name}:\s+(\d+)", text).group(1))
        return number("VmRSS") / 1024, len(os.listdir(f"/proc/{pid}/fd")), number("Threads")


class Page:
    """One connection, as a page keeps it; made anew where it was closed."""

    def __init__(self, server, counts):
        self.server, self.counts = server, counts
        self.reader = self.writer = None

    async def ask(self, question, body):
        """Status and answer; `None` where the connection was lost under way."""
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port)
            self.writer.write(self.server.request(question, body))
            await self.writer.drain()
            head = await self.reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
            answer = json.loads(await self.reader.readexactly(length))
            if re.search(rb"(?i)connection: close", head):
                self.close()
            return status, answer
        except (OSError, EOFError, asyncio.IncompleteReadError):
            self.counts.lost += 1
            self.close()
            return None

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def decides(server, counts, chance, rows, end):
    """Goes through rows of its own, round and round, so that nobody is in its way but the server."""
    page = Page(server, counts)
    for row in itertools.cycle(rows):
        seen = None
        while time.monotonic() < end:
            await asyncio.sleep(chance.random() * PAUSE)
            if seen is None:
                found = await page.ask("account", {"row": row})
                if found is None or found[0] != 200:
                    continue
                account = found[1]["account"]
                seen, identity = account["past"]["version"], account["id"]
            body = {"row": row, "change": {"decide": chance.choice(["skip", "spam", "list", "pending"])}, "seen": seen,
                    "client": "load"}
            begin = time.monotonic()
            found = await page.ask("change", body)
            if found is None:
                counts.under_way += 1
                seen = None
                continue
            status, answer = found
            if status != 200:
                counts.refused[status] = counts.refused.get(status, 0) + 1
                continue
            if not answer["kept"]:
                # Its own decision, of which the connection was lost, stands already.
                counts.not_kept += 1
                break
            now = time.monotonic()
            counts.times.append((now, 1000 * (now - begin)))
            counts.acknowledged[answer["number"]] = identity
            break
        if time.monotonic() >= end:
            break
    page.close()


async def reads(server, counts, chance, rows, end):
    page = Page(server, counts)
    while time.monotonic() < end:
        await asyncio.sleep(chance.random() * PAUSE)
        question, body = chance.choice([
            ("list", {"most": 100, "from": chance.randrange(rows)}),
            ("list", {"most": 100, "filter": {"text": chance.choice(["garden", "coffee", "zz", "an"])}}),
            ("account", {"row": chance.randrange(1, rows)}),
            ("step", {"row": chance.randrange(1, rows), "step": "next"}),
            ("pulse", {"since": 0}),
            ("start", {}),
        ])
        begin = time.monotonic()
        found = await page.ask(question, body)
        if found is not None and found[0] == 200:
            counts.reads.append(1000 * (time.monotonic() - begin))
        elif found is not None:
            counts.refused[found[0]] = counts.refused.get(found[0], 0) + 1
    page.close()


async def in_the_way(server, counts, chance, kind, end):
    """Holds a connection for nothing, and comes back when it is sent away."""
    while time.monotonic() < end:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
            counts.in_the_way += 1
            if kind == "byte by byte":
                for byte in server.request("start", {}).replace(server.token.encode(), b"0" * len(server.token)):
                    writer.write(bytes([byte]))
                    await asyncio.sleep(1)
                    if reader.at_eof() or writer.is_closing() or time.monotonic() >= end:
                        break
            elif kind == "silent":
                await asyncio.wait_for(reader.read(1), max(0.1, end - time.monotonic()))
            elif kind == "half a body":
                writer.write(server.head("change", 1000) + b'{"row": 1,')
                await asyncio.wait_for(reader.read(1), max(0.1, end - time.monotonic()))
            elif kind == "never reads":
                # The token is right: only patience ends it. The kernel's buffers are filled, then the server's.
                writer.transport.pause_reading()
                question = server.request("list", {"most": 200})
                while time.monotonic() < end and not writer.is_closing():
                    writer.write(question)
                    await asyncio.wait_for(writer.drain(), max(0.1, end - time.monotonic()))
                    await asyncio.sleep(0.2)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            if writer is not None:
                writer.transport.abort()
        await asyncio.sleep(0.05 + 0.2 * chance.random())


async def comes_and_goes(server, end):
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.transport.abort()
        except OSError:
            pass
        await asyncio.sleep(0.01)


async def watches(server, figures, end):
    begin = time.monotonic()
    while time.monotonic() < end:
        figures.append((time.monotonic() - begin, *server.figures()))
        await asyncio.sleep(0.25)


async def run(server, counts, figures, args):
    counts.begin = time.monotonic()
    end = counts.begin + args.seconds
    tasks = []
    # The first accounts are read and stepped through; each who decides has rows of its own.
    share = args.accounts // 60
    for n in range(60):
        tasks.append(decides(server, counts, random.Random(f"{args.seed} d {n}"), range(1 + n * share, 1 + (n + 1) * share), end))
    for n in range(40):
        tasks.append(reads(server, counts, random.Random(f"{args.seed} r {n}"), args.accounts, end))
    kinds = ["byte by byte"] * 30 + ["silent"] * 30 + ["half a body"] * 20 + ["never reads"] * 20
    for n, kind in enumerate(kinds):
        tasks.append(in_the_way(server, counts, random.Random(f"{args.seed} w {n}"), kind, end))
    tasks += [comes_and_goes(server, end), watches(server, figures, end)]
    await asyncio.gather(*tasks)


def at(times, share):
    times = sorted(times)
    return times[min(len(times) - 1, int(share * len(times)))]


def stands(ledger, counts):
    """Every acknowledged decision, and no more than those that were under way."""
    open_ = sqlite3.connect(ledger)
    assert open_.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = dict(open_.execute("SELECT e.number, a.id FROM event e JOIN account a ON a.number = e.account"))
    open_.close()
    lost = [number for number, identity in counts.acknowledged.items() if found.get(number) != identity]
    return lost, len(found) - len(counts.acknowledged)


def main():
    # That who is in the way was sent away is no news.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    target = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release")
    binary = os.path.join(target, "botsieve")
    # On a disk: what a decision costs is what the disk takes to say it has it.
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER", target)) as folder:
        listed, ledger = os.path.join(folder, "followers.csv"), os.path.join(folder, "load.ledger")
        maker = os.environ.get("MAKE_FOLLOWERS", os.path.join(target, "examples", "make_followers"))
        with open(listed, "wb") as out:
            subprocess.run([maker, str(args.accounts)], stdout=out, check=True)
        server, counts, figures = Server(binary, listed, ledger), Counts(), []
        try:
            asyncio.run(run(server, counts, figures, args))
            alive = server.child.poll() is None
            server.child.send_signal(signal.SIGINT)
            _, err = server.child.communicate(timeout=30)
        finally:
            server.child.kill()
        lost, more = stands(ledger, counts)
        log = os.path.getsize(ledger + "-wal") if os.path.exists(ledger + "-wal") else 0
    third = args.seconds / 3
    first = [mb for t, mb, _, _ in figures if third / 2 <= t < third]
    last = [mb for t, mb, _, _ in figures if t >= 2 * third]
    growth = at(last, .5) - at(first, .5)
    times = [took for _, took in counts.times]
    thirds = [[took for when, took in counts.times if lo <= when - counts.begin < lo + third] for lo in (0, third, 2 * third)]
    files, threads = max(f for _, _, f, _ in figures), max(t for _, _, _, t in figures)
    print(f"{args.seconds:.0f} seconds, {args.accounts:,} accounts, 200 connections (60 decide, 40 read, 100 in the way) and 100 a second "
          f"that come and go; seed {args.seed}")
    print(f"decisions acknowledged: {len(times):,}; lost: {len(lost)}; under way when a connection was lost: {counts.under_way}, "
          f"of which {more} stand")
    print(f"a decision: p50 {at(times, .5):.1f} ms, p99 {at(times, .99):.1f} ms, slowest {max(times):.1f} ms; p99 by thirds "
          + ", ".join(f"{at(part, .99):.1f}" for part in thirds if part) + " ms")
    print(f"pages read: {len(counts.reads):,}, p99 {at(counts.reads, .99):.1f} ms; refused: {counts.refused or 'none'}; connections of "
          f"these lost: {counts.lost}; connections in the way, all told: {counts.in_the_way:,}")
    print(f"memory: median {at(first, .5):.1f} MB in the second half of the first third, {at(last, .5):.1f} MB in the last third "
          f"({growth:+.1f} MB), most {max(mb for _, mb, _, _ in figures):.1f} MB")
    print(f"files: at most {files}; threads: at most {threads}; log left at the end: {log} bytes")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    bars = {
        "the server lives to the end": alive and server.child.returncode == 0 and "panicked" not in err,
        "every acknowledged decision stands": not lost and 0 <= more <= counts.under_way,
        "it keeps deciding, 20 a second in every third": min(map(len, thirds)) > 20 * third,
        f"p99 of a decision below {DECISION_P99:.0f} ms": at(times, .99) < DECISION_P99,
        f"memory grows by less than {GROWTH:.0f} MB": growth < GROWTH,
        f"at most {FILES} files and {THREADS} threads": files <= FILES and threads <= THREADS,
    }
    for bar, holds in bars.items():
        print(f"{bar}: {'holds' if holds else 'MISSED'}")
    if folder := os.environ.get("BOTSIEVE_FAULTS"):
        found = {
            "decisions acknowledged": len(times), "of them lost": len(lost), "p50 of a decision (ms)": round(at(times, .5), 1),
            "p99 (ms)": round(at(times, .99), 1), "slowest (ms)": round(max(times), 1), "pages read": len(counts.reads),
            "connections in the way": counts.in_the_way, "memory grew by (MB)": round(growth, 1),
            "most memory (MB)": round(max(mb for _, mb, _, _ in figures), 1), "most files": files, "most threads": threads,
            "bars missed": sum(not holds for holds in bars.values()),
        }
        with open(os.path.join(folder, "load.json"), "w") as out:
            json.dump({"fault": f"`review` for {args.seconds:.0f} s with 200 connections, 100 of them in the way", "tried": 200,
                       "found": found, "command": f"python3 tests/load/review_load.py --seconds {args.seconds:.0f}"}, out)
    sys.exit(0 if all(bars.values()) else 1)


main()
