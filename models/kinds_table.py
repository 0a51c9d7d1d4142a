#!/usr/bin/env python3
"""The table of docs/kinds.md: how often each kind is found among labelled bots and people of each source.

    python3 models/kinds_table.py BOTSIEVE DATASETS

Needs nothing but Python. Prints shares only, no account.
"""
import collections
import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile

KINDS = ["declared bot", "spam promoter", "purchased or fake follower", "inactive"]
MIB = "cresci-2017/"
PARTS = [  # source, file, class or column of the class, observed_at
    ("cresci-2015 E13 (people)", "cresci-2015/E13.users.csv.gz", "human", "2013-03-30"),
    ("cresci-2015 INT (bought)", "cresci-2015/INT.users.csv", "bot", "2013-05-17"),
    ("cresci-2017 genuine", MIB + "genuine_accounts.users.csv.gz", "human", None),
    ("cresci-2017 fake followers", MIB + "fake_followers.users.csv.gz", "bot", "2013-06-11"),
    ("cresci-2017 social spambots 1", MIB + "social_spambots_1.users.csv", "bot", None),
    ("cresci-2017 social spambots 2", MIB + "social_spambots_2.users.csv.gz", "bot", None),
    ("cresci-2017 social spambots 3", MIB + "social_spambots_3.users.csv", "bot", None),
    ("cresci-2017 traditional 1", MIB + "traditional_spambots_1.users.csv", "bot", None),
    ("cresci-2017 traditional 2", MIB + "traditional_spambots_2.users.csv", "bot", None),
    ("cresci-2017 traditional 3", MIB + "traditional_spambots_3.users.csv", "bot", None),
    ("cresci-2017 traditional 4", MIB + "traditional_spambots_4.users.csv", "bot", None),
    ("caverlee-2011 polluters", "caverlee-2011/content_polluters.txt.gz", "bot", None),
    ("caverlee-2011 legitimate", "caverlee-2011/legitimate_users.txt.gz", "human", None),
    ("botwiki-2019 (declared)", "botwiki-2019/botwiki-2019_tweets.json.gz", "bot", "2019-06-05"),
    ("political-bots-2019", "political-bots-2019/political-bots-2019_tweets.json", "bot", "2018-04-20"),
    ("astroturfing 2022", "ephemeral-astroturfing-2022/past_search_all_bots_lookupv2.csv.gz", "bot", "2023-01-15"),
]
KAGGLE = "kaggle-twitter-bots-37k/"
KAGGLE_FILES = [KAGGLE + "profiles_with_id_val.csv.gz", KAGGLE + "profiles_with_id_test.csv.gz"]


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    return csv.DictReader(io.StringIO(done.stdout))


def main():
    program, folder = sys.argv[1:3]
    found = collections.defaultdict(collections.Counter)
    words = collections.Counter()

    def count(name, row, kinds):
        found[name]["all"] += 1
        for kind in kinds:
            found[name][kind["kind"]] += 1
        if not kinds:
            found[name]["none"] += 1
        if kinds and os.environ.get("KINDS_REASONS") and "human" in name:
            words[(name, kinds[0]["kind"], kinds[0]["reason"])] += 1

    def score(path, observed):
        time = ["--observed-at", observed] if observed else []
        done = subprocess.run(
            [program, "score", path, "-q", "--reasons", "0", "--format", "jsonl", *time], capture_output=True, text=True
        )
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        return (json.loads(line) for line in done.stdout.splitlines())

    for name, path, label, observed in PARTS:
        for row in score(os.path.join(folder, path), observed):
            count(f"{name} | {label}", row, row["kinds"])
    with gzip.open(os.path.join(folder, KAGGLE + "source_map_derived.csv.gz"), "rt") as lines:
        sources = {row["id"]: row["source_sets"] for row in csv.DictReader(lines)}
    for path in KAGGLE_FILES:
        path = os.path.join(folder, path)
        observed = ["--observed-at", "2020-08-18"]
        labels = run(program, "features", path, "-q", "--only", "protected", "--label", "account_type", *observed)
        for row, label in zip(score(path, "2020-08-18"), labels):
            label = {"1": "bot", "0": "human"}.get(label["label"])
            source = sources.get(row["id"], "several")
            if label and "|" not in source and ";" not in source and "," not in source:
                count(f"{source} in 2020 | {label}", row, row["kinds"])
    print("| source | class | accounts | " + " | ".join(KINDS) + " | none |")
    print("|---|---|---:|" + "---:|" * (len(KINDS) + 1))
    for name, counts in sorted(found.items(), key=lambda item: (item[0].rsplit("| ")[-1], item[0])):
        if counts["all"] >= 20:
            source, label = name.rsplit(" | ", 1)
            shares = " | ".join(f"{100 * counts[kind] / counts['all']:.1f} %" for kind in [*KINDS, "none"])
            print(f"| {source} | {label} | {counts['all']} | {shares} |")
    for item, n in words.most_common(int(os.environ.get("KINDS_REASONS", "0"))):
        print(n, *item, sep="\t")


main()
