"""Fitted learners of scikit-learn 1.9, for the tests of brinell-learn's own.

Run `python learners.py` in this folder (pip install scikit-learn). It writes `learners.json`.
"""
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261122)


def clouds(n, d, k, apart=1.2):
    """Rows of `k` overlapping classes of unequal size, some columns on other scales."""
    y = np.minimum(rng.integers(0, k + 1, n), k - 1)
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) * 0.5 + apart * rng.normal(size=(k, d))[y]
    return x * 10.0 ** rng.integers(-2, 3, d) + rng.normal(size=d), y


def logistic_cases():
    for n, d, k, strength, balanced in ((80, 4, 2, 1.0, False), (120, 7, 2, 0.002, True), (90, 5, 2, 100.0, False),
                                        (150, 6, 4, 1.0, False), (130, 9, 3, 0.01, True), (60, 3, 5, 30.0, True)):
        x, y = clouds(n, d, k)
        scale = StandardScaler().fit(x)
        fitted = LogisticRegression(C=strength, solver="newton-cg", tol=1e-12, max_iter=10_000,
                                    class_weight="balanced" if balanced else None).fit(scale.transform(x), y)
        test = clouds(11, d, k)[0]
        yield dict(width=d, classes=k, strength=strength, balanced=balanced, rows=x.ravel().tolist(), labels=y.tolist(),
                   weights=fitted.coef_.ravel().tolist(), offsets=(fitted.intercept_ - fitted.intercept_.mean() * (k > 2)).tolist(),
                   test=test.ravel().tolist(), probabilities=fitted.predict_proba(scale.transform(test)).ravel().tolist())


if __name__ == "__main__":
    cases = dict(logistic=list(logistic_cases()))
    text = json.dumps(cases, separators=(",", ":"), default=lambda v: v.item())
    (HERE / "learners.json").write_text(text + "\n")
