"""Fitted learners of scikit-learn 1.9, for the tests of brinell-learn's own; SciPy's minimiser where it has none.

Run `python learners.py` in this folder (pip install scikit-learn). It writes `learners.json`.
"""
import json
import pathlib

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261122)


def examples(n, test, d, k, apart=1.2):
    """Rows of `k` overlapping classes of unequal size, some columns on other scales; and rows to judge."""
    n += test
    y = np.minimum(rng.integers(0, k + 1, n), k - 1)
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) * 0.5 + apart * rng.normal(size=(k, d))[y]
    x = x * 10.0 ** rng.integers(-2, 3, d) + rng.normal(size=d)
    return x[test:], y[test:], x[:test]


def logistic_cases():
    for n, d, k, strength, balanced in ((80, 4, 2, 1.0, False), (120, 7, 2, 0.002, True), (90, 5, 2, 100.0, False),
                                        (150, 6, 4, 1.0, False), (130, 9, 3, 0.01, True), (60, 3, 5, 30.0, True)):
        x, y, test = examples(n, 11, d, k)
        scale = StandardScaler().fit(x)
        fitted = LogisticRegression(C=strength, solver="newton-cg", tol=1e-12, max_iter=10_000,
                                    class_weight="balanced" if balanced else None).fit(scale.transform(x), y)
        yield dict(width=d, classes=k, strength=strength, balanced=balanced, rows=x.ravel().tolist(), labels=y.tolist(),
                   weights=fitted.coef_.ravel().tolist(), offsets=(fitted.intercept_ - fitted.intercept_.mean() * (k > 2)).tolist(),
                   test=test.ravel().tolist(), probabilities=fitted.predict_proba(scale.transform(test)).ravel().tolist())


def case(width, classes, x, y, test, **more):
    return dict(width=width, classes=classes, rows=x.ravel().tolist(), labels=y.tolist(), test=test.ravel().tolist(), **more)


def tree_cases():
    """Trees without any draw. Splits that are equally good are taken in a drawn order: only cases without any are kept."""
    for n, d, k, split, depth, least, leaf, alpha, balanced in (
            (200, 4, 2, "gini", None, 2, 12, 0.0, False), (250, 5, 3, "log-loss", None, 30, 10, 0.0, True),
            (220, 4, 2, "log-loss", 4, 2, 9, 0.0, False), (240, 5, 3, "gini", None, 2, 10, 0.004, False),
            (240, 4, 2, "log-loss", None, 2, 10, 0.01, True)):
        while True:
            x, y, test = examples(n, 40, d, k)
            x, test = x.astype(np.float32).astype(float), test.astype(np.float32).astype(float)
            trees = [DecisionTreeClassifier(criterion=split.replace("-", "_"), max_depth=depth, min_samples_split=least,
                                            min_samples_leaf=leaf, ccp_alpha=alpha, random_state=seed,
                                            class_weight="balanced" if balanced else None).fit(x, y) for seed in range(20)]
            found = [tree.predict_proba(test) for tree in trees]
            if all(np.array_equal(found[0], other) for other in found) and trees[0].get_n_leaves() > 3:
                break
        options = dict(name="forest", trees=1, bootstrap=False, split=split, min_split=least, min_leaf=leaf, ccp_alpha=alpha,
                       features=dict(fraction=1.0), **(dict(max_depth=depth) if depth else {}))
        yield case(d, k, x, y, test, balanced=balanced, options=options, probabilities=found[0].ravel().tolist())


def forest_cases():
    for n, d, k, split, least, leaf, alpha, features, balanced in (
            (150, 9, 2, "log-loss", 19, 1, 1.2e-5, "sqrt", False), (180, 6, 3, "gini", 2, 3, 0.0, dict(fraction=0.5), True),
            (120, 5, 2, "gini", 2, 1, 0.01, "sqrt", False)):
        x, y, test = examples(n, 30, d, k, apart=0.6)
        fitted = RandomForestClassifier(3000, criterion=split.replace("-", "_"), min_samples_split=least,
                                        min_samples_leaf=leaf, ccp_alpha=alpha, random_state=0, n_jobs=2,
                                        max_features=features if features == "sqrt" else features["fraction"],
                                        class_weight="balanced" if balanced else None).fit(x, y)
        options = dict(name="forest", trees=1000, split=split, min_split=least, min_leaf=leaf, ccp_alpha=alpha,
                       features=features)
        yield case(d, k, x, y, test, balanced=balanced, options=options,
                   probabilities=fitted.predict_proba(test).ravel().tolist())


def svm_cases():
    for n, d, k, kernel, strength, gamma, balanced in (
            (90, 4, 2, "rbf", 1.0, None, False), (120, 5, 2, "linear", 0.3, None, True), (100, 6, 2, "rbf", 20.0, 0.4, True),
            (150, 5, 4, "rbf", 2.0, None, False), (120, 3, 3, "linear", 1.0, None, True)):
        x, y, test = examples(n, 20, d, k)
        scale = StandardScaler().fit(x)
        fitted = SVC(C=strength, kernel=kernel, gamma=gamma or 1.0 / d, tol=1e-9, decision_function_shape="ovo",
                     class_weight="balanced" if balanced else None).fit(scale.transform(x), y)
        # Of more than two classes a positive score speaks for the first of two; ours for the second, always.
        scores = fitted.decision_function(scale.transform(test)) * (1 if k == 2 else -1)
        options = dict(name="svm", kernel=kernel, strength=strength, **(dict(gamma=gamma) if gamma else {}))
        yield case(d, k, x, y, test, balanced=balanced, options=options, scores=scores.ravel().tolist())


def comb_scorer_cases():
    """scikit-learn's logistic regression beside a conditional logit by SciPy's minimiser, as rows of `fault-combs` have them."""
    rng = np.random.default_rng(20261124)
    for n, k, strength, shared, share in ((90, 4, 1e-3, 1.0, 0.5), (70, 4, 0.02, 3.0, 0.3), (60, 3, 0.005, 0.2, 1.0)):
        y = rng.integers(0, k, n + 9)
        x = rng.normal(size=(n + 9, 2, 36)) * (1 + rng.random(36)) + rng.normal(size=36)
        for one, label in zip(x, y):
            if label:
                one[:, 7 * (label - 1):7 * label] += 0.7
        flat, combs = x.reshape(len(x), -1), x[:, :, :21].reshape(-1, 2, 3, 7).transpose(0, 2, 1, 3).reshape(-1, 3, 14)[:, :k - 1]
        scale = StandardScaler().fit(flat[:n])
        regression = LogisticRegression(C=strength, solver="newton-cg", tol=1e-12, max_iter=10_000, class_weight="balanced")
        p = regression.fit(scale.transform(flat[:n]), y[:n]).predict_proba(scale.transform(flat[n:]))
        z = combs / combs[:n].reshape(-1, 14).std(0)
        z -= z[:n].reshape(-1, 14).mean(0)
        weight = (1 / np.bincount(y[:n]))[y[:n]]
        weight *= shared / weight.sum()

        def loss(w):
            scores = np.c_[np.full(n, w[14]), z[:n] @ w[:14]]
            return np.sum(weight * (logsumexp(scores, axis=1) - scores[np.arange(n), y[:n]])) + w[:14] @ w[:14] / 2

        w = minimize(loss, np.zeros(15), method="BFGS", options=dict(gtol=1e-9, maxiter=10_000)).x
        both = share * np.log(softmax(z[n:] @ w[:14], axis=1) + 1e-4)
        both += (1 - share) * np.log(p[:, 1:] / p[:, 1:].sum(1, keepdims=True) + 1e-4)
        p = np.c_[p[:, 0], (1 - p[:, :1]) * softmax(both, axis=1)]
        options = dict(name="comb-scorer", strength=strength, shared_strength=shared, share=share)
        yield case(72, k, flat[:n], y[:n], flat[n:], options=options, probabilities=p.ravel().tolist())


if __name__ == "__main__":
    cases = dict(logistic=list(logistic_cases()), trees=list(tree_cases()), forests=list(forest_cases()),
                 svm=list(svm_cases()), comb_scorer=list(comb_scorer_cases()))
    text = json.dumps(cases, separators=(",", ":"), default=lambda v: v.item())
    (HERE / "learners.json").write_text(text + "\n")
