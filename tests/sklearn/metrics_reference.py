"""Writes metrics_reference.json: a small data set with scikit-learn's and numpy's answers.

`tests/metrics_match_scikit_learn.rs` checks that botsieve's `evaluate` module gives the same to
1e-9. Run from anywhere, with scikit-learn 1.9 or later, to write the file anew:

    python3 tests/sklearn/metrics_reference.py

The data are made here, from a fixed seed: 300 rows, scores with many ties (two decimals, 0 and 1
among them), labels that lean the right way, weights in eighths with some zeros, and five features
that `f32` holds exactly, three of them with missing values (null in the file).
"""

import json
import math
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.tree import DecisionTreeClassifier

SEED = 20260101
ROWS = 300
THRESHOLDS = [0.0, 0.25, 0.5, 0.77, 1.0]
BETAS = [0.5, 2.0]
BINS = [5, 10, 15]


def make_data():
    rng = np.random.default_rng(SEED)
    labels = rng.random(ROWS) < 0.35
    raw = rng.beta(2, 3, ROWS) * 0.8 + labels * rng.random(ROWS) * 0.45
    scores = np.clip(np.round(raw, 2), 0.0, 1.0)
    scores[:4] = [0.0, 1.0, 0.0, 1.0]
    weights = rng.integers(0, 25, ROWS) / 8.0

    def exact(values):
        return np.round(values * 64) / 64

    features = np.column_stack([
        exact(rng.normal(0, 3, ROWS) + 1.5 * labels),
        exact(rng.exponential(20, ROWS) * np.where(labels, 0.45, 1.0)),
        exact(rng.normal(5, 2, ROWS)),
        exact(rng.normal(0, 1, ROWS) - 0.6 * labels),
        exact(rng.normal(0, 1, ROWS)),
    ])
    # Missing more often among bots, in the feature that separates best.
    features[rng.random(ROWS) < np.where(labels, 0.3, 0.05), 1] = np.nan
    features[rng.random(ROWS) < 0.1, 2] = np.nan
    # Here only the absence of a value tells anything.
    features[rng.random(ROWS) < np.where(labels, 0.4, 0.02), 4] = np.nan
    return scores, labels, weights, features


def tie_groups(scores, labels, weights):
    """Distinct scores, rising, with the weight of all and of bots at each."""
    distinct, group = np.unique(scores, return_inverse=True)
    total = np.bincount(group, weights=weights)
    bots = np.bincount(group, weights=weights * labels)
    return distinct, total, bots


def calibration_errors(scores, labels, weights, bins, strategy):
    """ECE and MCE.

    uniform: bin i of n holds i/n < p <= (i+1)/n, and the first also 0.
    quantile: a tie group goes into the bin in which the middle of its weight falls.
    """
    distinct, total, bots = tie_groups(scores, labels, weights)
    if strategy == "uniform":
        bin_of = np.searchsorted(np.arange(1, bins) / bins, distinct, side="left")
    else:
        middle = np.cumsum(total) - total + total / 2
        bin_of = np.minimum((bins * middle / total.sum()).astype(int), bins - 1)
    weight = np.bincount(bin_of, weights=total, minlength=bins)
    said = np.bincount(bin_of, weights=total * distinct, minlength=bins)
    true = np.bincount(bin_of, weights=bots, minlength=bins)
    filled = weight > 0
    gap = np.abs(true[filled] - said[filled]) / weight[filled]
    share = weight[filled] / weight.sum()
    return float((share * gap).sum()), float(gap.max())


def at_threshold(labels, scores, weights, threshold):
    called = scores >= threshold
    given = {"sample_weight": weights, "zero_division": np.nan}
    matrix = metrics.confusion_matrix(labels, called, labels=[False, True], sample_weight=weights)
    (tn, fp), (fn, tp) = matrix.tolist()
    out = {
        "threshold": threshold,
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "precision": metrics.precision_score(labels, called, **given),
        "recall": metrics.recall_score(labels, called, **given),
        "f1": metrics.f1_score(labels, called, **given),
        "f_beta": [[b, metrics.fbeta_score(labels, called, beta=b, **given)] for b in BETAS],
        "accuracy": metrics.accuracy_score(labels, called, sample_weight=weights),
        "balanced_accuracy": metrics.balanced_accuracy_score(
            labels, called, sample_weight=weights),
        # scikit-learn answers 0 where it is not defined; botsieve answers nothing.
        "mcc": metrics.matthews_corrcoef(labels, called, sample_weight=weights)
               if 0 < called.sum() < ROWS else None,
    }
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in out.items()}


def curves(labels, scores, weights):
    out = {}
    for name, drop in [("all", False), ("corners", True)]:
        fpr, tpr, threshold = metrics.roc_curve(
            labels, scores, sample_weight=weights, drop_intermediate=drop)
        # The first threshold is infinite: nobody is called a bot.
        out["roc_" + name] = [fpr.tolist(), tpr.tolist(), threshold[1:].tolist()]
        precision, recall, threshold = metrics.precision_recall_curve(
            labels, scores, sample_weight=weights, drop_intermediate=drop)
        # Falling thresholds, without the made-up last point.
        out["pr_" + name] = [precision[-2::-1].tolist(), recall[-2::-1].tolist(),
                             threshold[::-1].tolist()]
    return out


def one_split(features, labels, weights):
    tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    tree.fit(features, labels, sample_weight=weights)
    t = tree.tree_
    return {
        "feature": int(t.feature[0]),
        # Infinite where present values are split from missing ones.
        "threshold": float(t.threshold[0]) if math.isfinite(t.threshold[0]) else None,
        "missing_left": bool(t.missing_go_to_left[0]),
        "p_bot": tree.predict_proba(features)[:, 1].tolist(),
    }


def answers(scores, labels, weights, features):
    ones = np.ones(ROWS) if weights is None else weights
    fpr, tpr, _ = metrics.roc_curve(labels, scores, sample_weight=weights)
    split = {}
    # All features, and each apart: other thresholds, other sides for missing values.
    for name, columns in [("all", [0, 1, 2, 3, 4]), *((str(i), [i]) for i in range(5))]:
        split[name] = one_split(features[:, columns], labels, weights)
        p = split[name].pop("p_bot")
        split[name]["values"] = sorted(set(p))
        split[name]["high"] = "".join(str(int(x == max(p))) for x in p)
    return {
        "roc_auc": metrics.roc_auc_score(labels, scores, sample_weight=weights),
        "average_precision": metrics.average_precision_score(
            labels, scores, sample_weight=weights),
        "brier": metrics.brier_score_loss(labels, scores, sample_weight=weights),
        "log_loss": metrics.log_loss(labels, scores, sample_weight=weights),
        "ks": float(np.max(tpr - fpr)),
        "at_threshold": [at_threshold(labels, scores, weights, t) for t in THRESHOLDS],
        "calibration": [
            [strategy, bins, *calibration_errors(scores, labels, ones, bins, strategy)]
            for strategy in ["quantile", "uniform"] for bins in BINS
        ],
        "curves": curves(labels, scores, weights),
        "one_split": split,
    }


def main():
    scores, labels, weights, features = make_data()
    out = {
        "written_by": "tests/sklearn/metrics_reference.py",
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "seed": SEED,
        "scores": scores.tolist(),
        "labels": labels.astype(int).tolist(),
        "weights": weights.tolist(),
        "features": [[None if math.isnan(x) else x for x in column]
                     for column in features.T.tolist()],
        "unweighted": answers(scores, labels, None, features),
        "weighted": answers(scores, labels, weights, features),
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
