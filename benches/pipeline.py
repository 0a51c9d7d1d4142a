"""The pipeline that a data scientist would write: the features of the default model in pandas or polars, scikit-learn's
predict_proba, a CSV file out. `benches/peers.py` times it beside botsieve; the scores are the same to 1e-9.

    python3 benches/pipeline.py pandas followers.csv scores.csv 2024-06-01
    python3 benches/pipeline.py check 200000      # made-up followers through all three, the scores compared

Formulas: `botsieve features --list`; curves: models/default.json. Both write id, screen_name and p_bot: no reasons, no bands,
no kinds, no remarks, and a row that cannot be read ends them.
"""

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MODEL = json.loads((ROOT / "models" / "default.json").read_text())
CLIP = 3.0
FLAGS = ["default_profile", "default_profile_image", "protected"]
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789_"
LETTERS = r"a-z0-9\x{80}-\x{10ffff}"
LINK = r"(?i)\S*://\S*|(?:^|\s)www\.\S*|(?:^|\s)[^\w\s]*[a-z0-9-]+\.(?:co|com|info|io|it|jp|ly|me|net|org|tv|uk)(?:[/\s]\S*|$)"
# In its place: a word of no list, so that nothing follows "follow" across it.
A_LINK = " link "
ME = ["back", "me", "4"]


def promotion_words():
    text = (ROOT / "src" / "features" / "text.rs").read_text()
    return re.findall(r'"(\w+)"', re.search(r"const PROMOTION_WORDS.*?\];", text, re.S)[0])


def bigrams():
    """ln P(next | this) over the symbols of handles, Laplace smoothing."""
    rows = list(csv.reader((ROOT / "models" / "handle_bigrams.csv").open()))[1:]
    counts = np.array([row[1:] for row in rows], float) + 1
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def numbers(n, age):
    """Every feature but those of texts; `n` has the counts."""
    followers, following, posts, likes, listed = (n[c] + 1 for c in ("followers", "following", "posts", "likes", "listed"))
    return {
        "followers_growth_rate": (followers - 1) / age,
        "friends_growth_rate": (following - 1) / age,
        "favourites_growth_rate": (likes - 1) / age,
        "followers_to_friends": followers / following,
        "posts_to_followers": posts / followers,
        "posts_to_friends": posts / following,
        "likes_to_posts": likes / posts,
        "likes_to_followers": likes / followers,
        "listed_to_followers": listed / followers,
        "audience_reach": followers * followers / (following * posts),
        "liking_habit": likes / np.sqrt(posts * following),
        "listed_reach": listed / np.sqrt(followers * posts),
    }


COUNTS = {"followers": "followers_count", "following": "friends_count", "posts": "statuses_count",
          "likes": "favourites_count", "listed": "listed_count"}


def probabilities(x):
    """predict_proba of the model's curves: a bin of each feature, and its standardised value."""
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    rows = len(next(iter(x.values())))
    coefficients, cells, columns = [], [], []
    for f in MODEL["features"]:
        value = x[f["feature"]]
        known = ~np.isnan(value)
        scaled = {"log": np.log, "log1p": np.log1p, "linear": lambda v: v}[f["scale"]](value)
        z = np.clip((scaled - f["mean"]) / f["sd"], -CLIP, CLIP)
        columns.append(len(coefficients) + np.searchsorted(f["edges"], value, side="left"))
        cells.append(known.astype(float))
        coefficients += f["weights"]
        columns.append(np.full(rows, len(coefficients)))
        cells.append(np.where(known, z, 0.0))
        coefficients.append(f["slope"])
        columns[-2] = np.where(known, columns[-2], 0)
    matrix = csr_array((np.column_stack(cells).ravel(), np.column_stack(columns).ravel(),
                        np.arange(0, rows * len(columns) + 1, len(columns))), shape=(rows, len(coefficients)))
    calibration, prevalence = MODEL["calibration"], MODEL["prevalence"]
    shift = np.subtract(*(np.log(p / (1 - p)) for p in (prevalence, calibration["at_prevalence"])))
    model = LogisticRegression()
    model.classes_ = np.array([0, 1])
    model.coef_ = calibration["slope"] * np.array([coefficients])
    model.intercept_ = np.array([calibration["slope"] * MODEL["intercept"] + calibration["intercept"] + shift])
    return model.predict_proba(matrix)[:, 1]


def with_pandas(path, output, observed_at):
    import pandas as pd

    words, log_p, place = set(promotion_words()), bigrams(), {c: at for at, c in enumerate(SYMBOLS)}
    link, token = re.compile(LINK), re.compile("[" + LETTERS.replace(r"\x{80}-\x{10ffff}", "\x80-\U0010ffff") + "]+")

    def promotion(bio):
        found = [word for word in token.findall(link.sub(A_LINK, bio).lower()) if word.isascii()]
        return sum(word in words or word in ME and before == "follow" for before, word in zip([""] + found, found))

    def likelihood(handle):
        at = [place[c] for c in handle.lower() if c in place]
        return np.exp(np.mean([log_p[a, b] for a, b in zip(at, at[1:])])) if len(at) > 1 else np.nan

    t = pd.read_csv(path)
    created = pd.to_datetime(t["created_at"], format="%a %b %d %H:%M:%S %z %Y")
    age = (pd.Timestamp(observed_at, tz="UTC") - created) / pd.Timedelta(days=1)
    x = numbers({name: t[column].to_numpy(float) for name, column in COUNTS.items()}, age.to_numpy(float))
    for flag in FLAGS:
        x[flag] = t[flag].to_numpy(float)
    x["screen_name_likelihood"] = t["screen_name"].map(likelihood).to_numpy(float)
    x["bio_promotion_words"] = t["description"].fillna("").map(promotion).to_numpy(float)
    out = t[["id", "screen_name"]].copy()
    out["p_bot"] = probabilities(x)
    out.to_csv(output, index=False)
    return len(out)


def with_polars(path, output, observed_at):
    import polars as pl

    log_p = bigrams()
    table = pl.DataFrame({"pair": [a + b for a in SYMBOLS for b in SYMBOLS], "log_p": log_p.ravel()})
    t = pl.read_csv(path)
    created = pl.col("created_at").str.to_datetime("%a %b %d %H:%M:%S %z %Y")
    age = (pl.lit(observed_at).str.to_datetime("%Y-%m-%d", time_zone="UTC") - created).dt.total_milliseconds() / 86_400_000
    bio = pl.col("description").fill_null("").str.replace_all(LINK, A_LINK).str.to_lowercase()
    word = pl.element()
    ascii = ~word.str.contains(r"[^\x00-\x7f]")
    sells = word.is_in(promotion_words()) | (word.is_in(ME) & (word.shift() == "follow").fill_null(False))
    letters = (t.select(row=pl.int_range(pl.len()), c=pl.col("screen_name").str.to_lowercase().str.extract_all("[a-z0-9_]"))
               .explode("c").with_columns(pair=pl.col("c").shift().over("row") + pl.col("c")).drop_nulls("pair"))
    likely = letters.join(table, on="pair").group_by("row").agg(pl.col("log_p").mean().exp())
    got = t.select(row=pl.int_range(pl.len()), age=age, promotion=bio.str.extract_all(f"[{LETTERS}]+").list.eval(word.filter(ascii)).list.eval(sells).list.sum(),
                   **{name: pl.col(column).cast(float) for name, column in COUNTS.items()},
                   **{flag: pl.col(flag).cast(pl.Boolean).cast(float) for flag in FLAGS})
    got = got.join(likely, on="row", how="left", maintain_order="left")
    column = {name: got[name].to_numpy().astype(float) for name in got.columns}
    x = numbers(column, column["age"])
    x |= {flag: column[flag] for flag in FLAGS}
    x |= {"screen_name_likelihood": column["log_p"], "bio_promotion_words": column["promotion"]}
    out = t.select("id", "screen_name").with_columns(p_bot=probabilities(x))
    out.write_csv(output)
    return len(out)


WAYS = {"pandas": with_pandas, "polars": with_polars}


def read(path):
    with open(path, newline="") as file:
        return [(row["id"], float(row["p_bot"])) for row in csv.DictReader(file) if row["p_bot"]]


def check(rows, release=ROOT / "target" / "release"):
    """Made-up followers through botsieve and both pipelines; the largest difference of a score."""
    with tempfile.TemporaryDirectory(prefix="botsieve-pipeline-") as folder:
        followers, ours = Path(folder) / "followers.csv", Path(folder) / "botsieve.csv"
        with open(followers, "wb") as out:
            subprocess.run([release / "examples" / "make_followers", str(rows)], check=True, stdout=out)
        subprocess.run([release / "botsieve", "score", followers, "--observed-at", "2024-06-01", "--reasons", "0", "-q",
                        "-m", ROOT / "models" / "default.json", "-o", ours], check=True)
        expected = read(ours)
        for name, way in WAYS.items():
            path = Path(folder) / f"{name}.csv"
            start = time.perf_counter()
            way(followers, path, "2024-06-01")
            seconds = time.perf_counter() - start
            found = read(path)
            assert [i for i, _ in found] == [i for i, _ in expected], f"{name}: other rows"
            apart = max(abs(p - q) for (_, p), (_, q) in zip(found, expected))
            print(f"{name}: {len(found)} rows in {seconds:.2f} s, largest difference of a score {apart:.1e}")
            assert apart <= 1e-9, f"{name}: {sum(abs(p - q) > 1e-9 for (_, p), (_, q) in zip(found, expected))} rows differ"


if __name__ == "__main__":
    if sys.argv[1] == "check":
        check(int(sys.argv[2]))
    else:
        WAYS[sys.argv[1]](*sys.argv[2:])
