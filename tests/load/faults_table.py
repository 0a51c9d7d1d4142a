"""Writes the table of docs/trust/faults.md from the counts that the harness left: python3 tests/load/faults_table.py FOLDER"""

import datetime
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "trust", "faults.md")
BEGIN, END = "<!-- counts: begin -->\n", "<!-- counts: end -->\n"
GROUPS = [("kill-", "Killed"), ("disk-", "No room, no rights"), ("pipes-", "Closed pipes"), ("races-", "Two at once"),
          ("ledger-", "Damaged and locked ledgers"), ("model-", "Damaged and hostile models"), ("terminal-", "In the terminal"),
          ("load", "Load")]


def number(value):
    return f"{value:,}" if isinstance(value, int) else str(value)


def main():
    found = {}
    for name in sorted(os.listdir(sys.argv[1])):
        if not name.endswith(".json"):
            continue
        with open(os.path.join(sys.argv[1], name)) as told:
            found[name.removesuffix(".json")] = json.load(told)
    with open(os.path.join(sys.argv[1], "commit")) as told:
        commit = told.read().strip()
    kills = sum(one["tried"] for name, one in found.items() if name.startswith("kill-"))
    lines = [f"Run of {datetime.date.today()} at {commit}, {os.cpu_count()} cores, seed {os.environ.get('BOTSIEVE_SEED', '1')}: "
             f"{kills:,} kills and interrupts.\n"]
    for prefix, title in GROUPS:
        rows = [one for name, one in found.items() if name.startswith(prefix)]
        if not rows:
            continue
        lines += [f"\n**{title}**\n", "\n| fault | tried | what happened |\n", "|---|---:|---|\n"]
        for one in rows:
            what = "; ".join(f"{what}: {number(many)}" for what, many in one["found"].items()).replace("|", "\\|")
            lines.append(f"| {one['fault'].replace('|', chr(92) + '|')} | {one['tried']:,} | {what} |\n")
        commands = dict.fromkeys(one["command"] for one in rows)
        lines += ["\nAgain: " + "; ".join(f"`{command}`" for command in commands) + "\n"]
    with open(PAGE) as page:
        text = page.read()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    with open(PAGE, "w") as page:
        page.write(before + BEGIN + "\n" + "".join(lines) + "\n" + END + after)
    print(f"{PAGE}: {len(found)} faults, {kills:,} kills")


main()
