"""Ours beside LightGBM, a 500-tree random forest and the 20-feature forest, on the same rows, features, weights and folds.

    pip install -r benches/quality/requirements.txt
    python3 benches/quality/peers.py target/release/botsieve models/default.toml -o benches/quality/results.md

Leave-one-source-out: each family of sources out in turn, its accounts dropped from the training rows wherever they are;
rows weighted as `train` weighs them (every class of every source the same, thin ones in proportion). At home: 5-fold
inside each source with the folds of `study within --fine`, rows unweighted. ROC AUC, positive class bot.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

# Yang et al. 2020 ("Scalable and generalizable social bot detection"), table 1.
BOTOMETER_LITE = """statuses_count followers_count friends_count favourites_count listed_count default_profile
profile_use_background_image verified tweet_freq followers_growth_rate friends_growth_rate favourites_growth_rate
listed_growth_rate followers_friends_ratio screen_name_length num_digits_in_screen_name name_length num_digits_in_name
description_length screen_name_likelihood""".split()
AT_HOME = ["cresci-2017", "cresci-stock-2018 in 2019", "cresci-stock-2018 in 2020", "cresci-stock-2018 in 2021"]


def weights(rows, weight_of):
    """`balanced_weights` of src/model/train.rs."""
    cell = rows.source + "|" + rows.label.astype(str)
    n = cell.map(cell.value_counts()).to_numpy(float)
    w = rows.source.map(weight_of).to_numpy(float) * np.minimum(n / 100, 1) / n
    for label in (0, 1):
        w[rows.label == label] /= w[rows.label == label].sum()
    return w * len(rows) / 2


def boosting():
    return lightgbm.LGBMClassifier(
        n_estimators=200, learning_rate=0.05, num_leaves=31, n_jobs=2, random_state=0, deterministic=True, verbose=-1
    )


def forest():
    return RandomForestClassifier(500, n_jobs=2, random_state=0)


def left_out(make, rows, features, held, weight_of):
    x = rows[features].to_numpy("float32")
    score = np.full(len(rows), np.nan)
    for family in rows.family[rows.source.isin(held)].unique():
        test = ((rows.family == family) & rows.source.isin(held)).to_numpy()
        own = (rows.family == family).to_numpy()
        train = ~own & ~rows.group.isin(set(rows.group[own])).to_numpy()
        model = make().fit(x[train], rows.label[train], sample_weight=weights(rows[train], weight_of))
        score[test] = model.predict_proba(x[test])[:, 1]
    return score


def at_home(make, x, label, fold):
    score = np.full(len(label), np.nan)
    for k in range(5):
        model = make().fit(x[fold != k], label[fold != k])
        score[fold == k] = model.predict_proba(x[fold == k])[:, 1]
    return roc_auc_score(label, score)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("manifest")
    args.add_argument("-o", "--output", default="-")
    args.add_argument("--data", help="folder that the manifest's paths start from")
    args.add_argument("--without-forests", action="store_true", help="they take half an hour on two cores")
    args = args.parse_args()
    with open(args.manifest, "rb") as file:
        manifest = tomllib.load(file)
    weight_of = {source["name"]: source.get("weight", 1.0) for source in manifest["source"]}
    held = [source["name"] for source in manifest["source"] if source.get("hold_out")]
    folder = Path(tempfile.mkdtemp())

    def run(*words):
        more = ["--data", args.data] if args.data else []
        subprocess.run([args.program, *words, "--quiet", *more], check=True, stdout=subprocess.DEVNULL)

    run("features", "--manifest", args.manifest, "-o", folder / "rows.csv")
    rows = pd.read_csv(folder / "rows.csv")
    run("evaluate", "--manifest", args.manifest, "--leave-one-source-out", "--replicates", "0", "--scores", folder / "out.csv")
    ours = pd.read_csv(folder / "out.csv")
    out = []

    def say(line=""):
        print(line, file=sys.stderr, flush=True)
        out.append(line)

    say("# Ours and the peers")
    say()
    say(
        f"Written by `benches/quality/peers.py`; {subprocess.check_output([args.program, '--version'], text=True).strip()}, "
        f"LightGBM {lightgbm.__version__}, scikit-learn {sklearn.__version__}, Python {sys.version.split()[0]}. "
        f"`{args.manifest}`: {len(rows)} rows, {len(manifest['features'])} features. ROC AUC, positive class bot."
    )
    say()
    say("## Leave one source out")
    say()
    columns = {}
    score = {name: group for name, group in ours.groupby("source")}
    columns["ours"] = {s: roc_auc_score(score[s].label, score[s].logit) for s in held}
    peers = [("LightGBM", boosting, manifest["features"])]
    if not args.without_forests:
        peers += [("forest, 500 trees", forest, manifest["features"]), ("20-feature forest", forest, BOTOMETER_LITE)]
    for name, make, features in peers:
        start = time.time()
        p = left_out(make, rows, features, held, weight_of)
        columns[name] = {s: roc_auc_score(rows.label[rows.source == s], p[rows.source == s]) for s in held}
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr)
    names = list(columns)
    say("| source | " + " | ".join(names) + " | ours - best peer |")
    say("|---|" + "---|" * (len(names) + 1))
    family_of = dict(zip(rows.source, rows.family))
    for s in held:
        gap = columns["ours"][s] - max(columns[n][s] for n in names[1:])
        say(f"| {s} | " + " | ".join(f"{columns[n][s]:.3f}" for n in names) + f" | {gap:+.3f} |")
    mean = {n: np.mean(list(columns[n].values())) for n in names}
    families = {}
    for n in names:
        by = pd.Series(columns[n]).groupby(pd.Series(family_of)).mean()
        families[n] = by[by.notna()].mean()
    for title, value in (("mean", mean), ("mean of families", families)):
        gap = value["ours"] - max(value[n] for n in names[1:])
        say(f"| **{title}** | " + " | ".join(f"{value[n]:.3f}" for n in names) + f" | {gap:+.3f} |")

    say()
    say("## At home: 5-fold inside a source")
    say()
    say("`study within --fine`: the recipe that `train FILE` may choose, on the features of the manifest.")
    say("Closed: share of the gap between the depth-1 tree and LightGBM that ours closes.")
    say()
    say("| source | depth-1 tree | LightGBM | ours | closed |")
    say("|---|---|---|---|---|")
    kaggle = folder / "kaggle.toml"
    text = Path(args.manifest).read_text()
    head = text[: text.index("[[source]]")].replace(
        f'root = "{manifest["root"]}"', f'root = "{(Path(args.manifest).parent / manifest["root"]).resolve()}"'
    )
    kaggle.write_text(
        head
        + '[[source]]\nname = "Kaggle profiles of 2020"\n'
        + "".join(
            f'[[source.file]]\npath = "kaggle-twitter-bots-37k/profiles_with_id_{part}.csv.gz"\n'
            'label_column = "account_type"\nobserved_at = "2020-08-18"\n'
            for part in ("val", "test")
        )
    )
    for where, wanted in ((args.manifest, AT_HOME), (kaggle, ["Kaggle profiles of 2020"])):
        run("features", "--manifest", where, "-o", folder / "rows.csv")
        run("study", "within", "--fine", "--manifest", where, "--replicates", "0", "--scores", folder / "in.csv", "-o", folder / "in.txt")
        rows, scores = pd.read_csv(folder / "rows.csv"), pd.read_csv(folder / "in.csv")
        for s in wanted:
            own, score = rows[rows.source == s].reset_index(), scores[scores.source == s].reset_index()
            assert (own.group == score.group).all() and (own.label == score.label).all()
            fold = score.fold.astype(int).to_numpy()
            x, label = own[manifest["features"]].to_numpy("float32"), own.label.to_numpy()
            stump = at_home(lambda: DecisionTreeClassifier(max_depth=1), x, label, fold)
            boosted = at_home(boosting, x, label, fold)
            auc = roc_auc_score(label, score.logit)
            say(f"| {s} | {stump:.3f} | {boosted:.3f} | {auc:.3f} | {(auc - stump) / (boosted - stump):.0%} |")
    text = "\n".join(out) + "\n"
    if args.output == "-":
        print(text)
    else:
        Path(args.output).write_text(text)


if __name__ == "__main__":
    main()
