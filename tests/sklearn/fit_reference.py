"""Writes fit_reference.json: small fits with scikit-learn's answers.

`tests/fit_matches_scikit_learn.rs` checks that `botsieve::model` finds the same. Run from anywhere, with
scikit-learn 1.9 or later, to write the file anew:

    python3 tests/sklearn/fit_reference.py

The data are made here, from a fixed seed. Two parts:

dense   400 x 6, every C with and without row weights: `WeightedLogistic` has to find the coefficients.
binned  400 x 3, a third of one column missing: curves of one weight a bin, centred, and a slope on the
        standardised value, with a penalty on the variance of each curve and on the steps between bins.
        scikit-learn knows no such penalty, but it is a quadratic form: in the coordinates of its eigenvectors
        it is the plain L2 penalty, so `LogisticRegression(C=1)` on the turned matrix solves it.
        scipy.optimize solves it again in the plain coordinates, and the two have to agree.

Values are multiples of 1/64 and weights of 1/8, so that f32 and the JSON hold them exactly.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

SEED = 20260102
ROWS = 400
COLUMNS = 6
CS = [0.001, 0.05, 1.0, 20.0]
CLIP = 3.0
# ridge, smooth, with a slope on the standardised value?
PENALTIES = [(0.1, 0.01, True), (0.002, 0.05, True), (0.02, 0.0, True), (0.01, 0.01, False)]


def exact(values):
    return np.round(values * 64) / 64


def fit(x, y, c, weights=None):
    """scikit-learn's coefficients, at a gradient of nothing but rounding."""
    model = LogisticRegression(C=c, solver="lbfgs", tol=1e-10, max_iter=100_000)
    model.fit(x, y, sample_weight=weights)
    beta, intercept = model.coef_[0], float(model.intercept_[0])
    w = np.ones(len(y)) if weights is None else weights
    residuals = w * (expit(x @ beta + intercept) - y)
    gradient = np.append(x.T @ residuals + beta / c, residuals.sum())
    assert np.abs(gradient).max() < 1e-5 * w.sum(), np.abs(gradient).max()
    # Newton's method, to make sure that lbfgs has come to the end: scikit-learn's second solver.
    newton = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    newton.fit(x, y, sample_weight=weights)
    apart = max(np.abs(newton.coef_[0] - beta).max(), abs(float(newton.intercept_[0]) - intercept))
    assert apart < 1e-5, apart
    # Pinned are Newton's, which are exact to rounding.
    return newton.coef_[0], float(newton.intercept_[0])


def dense(rng):
    x = exact(rng.normal(0, 1, (ROWS, COLUMNS)) @ (np.eye(COLUMNS) + 0.3 * rng.normal(0, 1, (COLUMNS, COLUMNS))))
    beta = np.array([1.2, -0.7, 0.0, 0.4, -0.1, 0.8])
    y = rng.random(ROWS) < expit(x @ beta - 0.6)
    weights = rng.integers(0, 25, ROWS) / 8.0
    fits = []
    for weighted in [False, True]:
        for c in CS:
            coefficients, intercept = fit(x, y, c, weights if weighted else None)
            fits.append({"c": c, "weighted": weighted, "coefficients": coefficients.tolist(), "intercept": intercept})
    return {"x": x.tolist(), "y": y.astype(int).tolist(), "weights": weights.tolist(), "fits": fits}


def shape(values, weights, bins):
    """Edges at quantiles, and the weighted share, mean and deviation of the known rows."""
    known = ~np.isnan(values)
    v, w = values[known], weights[known]
    edges = np.unique(np.quantile(v, np.arange(1, bins) / bins, method="inverted_cdf"))
    number = np.searchsorted(edges, v, side="left")
    mean = np.average(v, weights=w)
    return {
        "edges": edges,
        "shares": np.bincount(number, weights=w, minlength=len(edges) + 1) / w.sum(),
        "mean": mean,
        "sd": np.sqrt(np.average((v - mean) ** 2, weights=w)),
        "known": w.sum() / weights.sum(),
    }


def blocks(values, curve, linear, ridge, smooth):
    """Columns of the design matrix of one feature and the matrix of its penalty."""
    known = ~np.isnan(values)
    shares = curve["shares"]
    k = len(shares)
    number = np.searchsorted(curve["edges"], values[known], side="left")
    one_hot = np.zeros((len(values), k))
    # Centred, so that the average row, and a row where the value is missing, adds nothing.
    one_hot[known] = np.eye(k)[number] - shares
    steps = np.diff(np.eye(k), axis=0)
    penalty = ridge * (np.diag(shares) - np.outer(shares, shares)) + smooth * steps.T @ steps
    if not linear:
        return one_hot, penalty
    z = np.zeros((len(values), 1))
    z[known, 0] = np.clip((values[known] - curve["mean"]) / curve["sd"], -CLIP, CLIP)
    whole = np.zeros((k + 1, k + 1))
    whole[:k, :k] = penalty
    whole[k, k] = ridge
    return np.hstack([one_hot, z]), whole


def solve_binned(columns, curves, y, weights, ridge, smooth, linear):
    total = weights.sum()
    parts = [blocks(v, c, linear, ridge * total, smooth * total) for v, c in zip(columns, curves)]
    x = np.hstack([design for design, _ in parts])
    penalty = scipy.linalg.block_diag(*(p for _, p in parts))
    # penalty = V S V'; with theta = V S^-1/2 u it is |u|^2. The directions with S = 0 are the constants of
    # each curve, which centring takes out of the matrix as well.
    size, vectors = np.linalg.eigh(penalty)
    kept = size > size.max() * 1e-12
    assert (~kept).sum() == len(curves)
    assert np.abs(x @ vectors[:, ~kept]).max() < 1e-12
    turn = vectors[:, kept] / np.sqrt(size[kept])
    u, intercept = fit(x @ turn, y, 1.0, weights)
    theta = turn @ u
    log_odds = x @ theta + intercept

    # The same in plain coordinates.
    sign = np.where(y, 1.0, -1.0)
    a = np.hstack([x, np.ones((len(y), 1))])

    def cost(p):
        return weights @ np.logaddexp(0, -sign * (a @ p)) + 0.5 * p[:-1] @ penalty @ p[:-1]

    def gradient(p):
        g = a.T @ (weights * (expit(a @ p) - y))
        g[:-1] += penalty @ p[:-1]
        return g

    plain = minimize(cost, np.zeros(a.shape[1]), jac=gradient, method="L-BFGS-B",
                     options={"ftol": 0, "gtol": 1e-9, "maxiter": 100_000, "maxfun": 1_000_000, "maxcor": 40})
    apart = np.abs(a @ plain.x - log_odds).max()
    assert apart < 1e-6, apart

    out, at = [], 0
    for curve in curves:
        k = len(curve["shares"])
        w = theta[at:at + k]
        out.append({"weights": (w - curve["shares"] @ w).tolist(), "slope": float(theta[at + k]) if linear else 0.0})
        at += k + int(linear)
    return {"ridge": ridge, "smooth": smooth, "linear": linear, "intercept": intercept,
            "log_odds": log_odds.tolist(), "curves": out}


def binned(rng):
    a = exact(rng.normal(0, 2, ROWS))
    b = exact(rng.exponential(3, ROWS))
    c = exact(rng.normal(0, 1, ROWS) + 0.3 * a)
    # A wave, a step and a line: what bins are there for.
    y = rng.random(ROWS) < expit(1.5 * np.cos(a) + 1.2 * (b > 4) - 0.8 * c - 0.4)
    c[rng.random(ROWS) < np.where(y, 0.45, 0.2)] = np.nan
    weights = rng.integers(1, 25, ROWS) / 8.0
    columns = [a, b, c]
    curves = [shape(v, weights, bins) for v, bins in zip(columns, [10, 6, 4])]
    return {
        "columns": [[None if np.isnan(v) else v for v in column.tolist()] for column in columns],
        "y": y.astype(int).tolist(),
        "weights": weights.tolist(),
        "shapes": [{k: v.tolist() if isinstance(v, np.ndarray) else float(v) for k, v in c.items()} for c in curves],
        "fits": [solve_binned(columns, curves, y, weights, *how) for how in PENALTIES],
    }


def main():
    rng = np.random.default_rng(SEED)
    out = {
        "written_by": "tests/sklearn/fit_reference.py",
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "seed": SEED,
        "dense": dense(rng),
        "binned": binned(rng),
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
