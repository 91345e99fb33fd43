"""Figures and calibrations by scikit-learn 1.9, SciPy and NumPy, for the tests of brinell-learn.

Run `python make.py` in this folder (pip install scikit-learn safetensors). It writes `sklearn.json`, computed here from
drawn scores, and `torch.json`, the four cases of ../../../model/tests/reference/losses.safetensors that are about
calibration (their script, made with PyTorch, lies beside that file).
"""
import itertools
import json
import math
import pathlib

import numpy as np
from safetensors.numpy import load_file
from scipy.optimize import brentq
from scipy.stats import entropy, t
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.covariance import ledoit_wolf
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import (accuracy_score, brier_score_loss, confusion_matrix, f1_score, log_loss,
                             precision_score, recall_score, roc_auc_score, roc_curve)
from sklearn.neighbors import NearestNeighbors

HERE = pathlib.Path(__file__).parent
BINS = 15
rng = np.random.default_rng(20261121)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def area(scores, positive):
    """None where a side is missing."""
    return None if positive.all() or not positive.any() else roc_auc_score(positive, scores)


def none_for_nan(values):
    return [None if math.isnan(value) else value for value in values]


def gaps(groups, n):
    parts = [(len(c) / n, abs(c.mean() - r.mean())) for c, r in groups if len(c)]
    return sum(w * g for w, g in parts), max(g for _, g in parts)


def reliability(confidence, right, edgeless):
    """Bins min(floor(15 p), 14); where no score lies on an edge scikit-learn's bins are the same."""
    bin_of = np.minimum(np.floor(BINS * confidence).astype(int), BINS - 1)
    groups = [(confidence[bin_of == b], right[bin_of == b]) for b in range(BINS)]
    if edgeless:
        share, mean = calibration_curve(right, confidence, n_bins=BINS)
        np.testing.assert_allclose(share, [r.mean() for c, r in groups if len(c)], atol=1e-14)
        np.testing.assert_allclose(mean, [c.mean() for c, r in groups if len(c)], atol=1e-14)
    ece, mce = gaps(groups, len(right))
    return dict(ece=ece, mce=mce, counts=[len(c) for c, _ in groups],
                confidence=[c.mean() if len(c) else None for c, _ in groups],
                accuracy=[r.mean() if len(c) else None for c, r in groups])


def risk_coverage(confidence, right):
    """All prefixes; equal confidences in every order where they are few, else by their mean."""
    wrong = 1.0 - right
    n = np.arange(1, len(right) + 1)
    if len(right) <= 7:
        orders = [list(o) for o in itertools.permutations(range(len(right))) if all(
            confidence[a] >= confidence[b] for a, b in zip(o, o[1:]))]
        aurc = float(np.mean([(np.cumsum(wrong[o]) / n).mean() for o in orders]))
    else:
        for value in np.unique(confidence):
            wrong[confidence == value] = wrong[confidence == value].mean()
        aurc = float((np.cumsum(wrong[np.argsort(-confidence, kind="stable")]) / n).mean())
    attained = [(float((confidence >= c).mean()), 1.0 - right[confidence >= c].mean()) for c in np.unique(confidence)]
    return aurc, {str(r): max([c for c, found in attained if found <= r], default=0.0) for r in (0.0, 0.05, 0.2, 1.0)}


def classes_case(name, p, y, edgeless=False):
    n, k = p.shape
    labels = range(k)
    guess, confidence = p.argmax(1), p.max(1)
    right = (guess == y).astype(float)
    order = np.argsort(confidence, kind="stable")
    by_count = zip(np.array_split(confidence[order], BINS), np.array_split(right[order], BINS))
    aurc, coverage = risk_coverage(confidence, right)
    areas = [area(p[:, c], y == c) for c in labels]
    return dict(
        name=name, classes=k, probabilities=p.ravel().tolist(), labels=y.tolist(),
        accuracy=accuracy_score(y, guess), macro_f1=f1_score(y, guess, labels=labels, average="macro", zero_division=0),
        f1=f1_score(y, guess, labels=labels, average=None, zero_division=0).tolist(),
        precision=none_for_nan(precision_score(y, guess, labels=labels, average=None, zero_division=np.nan)),
        recall=none_for_nan(recall_score(y, guess, labels=labels, average=None, zero_division=np.nan)),
        confusion=confusion_matrix(y, guess, labels=labels).tolist(), auroc=areas,
        macro_auroc=float(np.mean([a for a in areas if a is not None])) if any(a is not None for a in areas) else None,
        log_loss=log_loss(y_true=y, y_proba=p, labels=list(labels)),
        brier=brier_score_loss(y_true=y, y_proba=p, labels=list(labels), scale_by_half=False),
        reliability=reliability(confidence, right, edgeless), ece_of_equal_counts=gaps(by_count, n)[0],
        aurc=aurc, coverage_at=coverage, entropy=entropy(p, axis=1).tolist())


def drawn(n, k, scale=1.5, sure=0.5):
    z = rng.normal(size=(n, k)) * scale
    y = np.where(rng.random(n) < sure, z.argmax(1), rng.integers(0, k, n))
    return z, y


def class_cases():
    z, y = drawn(200, 4)
    yield classes_case("drawn", softmax(z), y, edgeless=True)
    z, y = drawn(61, 2)
    yield classes_case("two classes", softmax(z), y, edgeless=True)
    p = rng.multinomial(10, [0.2, 0.3, 0.5], size=90) / 10.0
    yield classes_case("ties", p, rng.integers(0, 3, 90))
    yield classes_case("constant", np.tile([0.25, 0.25, 0.25, 0.25], (12, 1)), np.arange(12) % 4)
    z, y = drawn(80, 4)
    y[y == 2] = 0
    yield classes_case("a class missing", softmax(z), y, edgeless=True)
    yield classes_case("one", np.array([[0.2, 0.5, 0.3]]), np.array([1]))
    yield classes_case("certain and partly wrong", np.eye(3)[[0, 1, 2, 0, 1]], np.array([0, 1, 2, 1, 1]))
    yield classes_case("few with ties", np.array([[.9, .1], [.6, .4], [.4, .6], [.9, .1], [.6, .4], [.1, .9], [.7, .3]]),
                       np.array([0, 1, 1, 1, 0, 1, 0]))


def label_cases():
    for name, n, present in (("drawn", 120, (0.5, 0.3, 0.1)), ("a label never present", 40, (0.5, 0.0, 1.0))):
        truth = rng.random((n, 3)) < present
        p = np.round(1 / (1 + np.exp(-(rng.normal(size=(n, 3)) + truth))), 2 if name == "drawn" else 6)
        areas = [area(p[:, c], truth[:, c]) for c in range(3)]
        defined = [a for a in areas if a is not None]
        yield dict(name=name, labels=3, probabilities=p.ravel().tolist(), truth=truth.ravel().tolist(), auroc=areas,
                   macro_auroc=float(np.mean(defined)), f1=f1_score(truth, p > 0.5, average=None, zero_division=0).tolist(),
                   macro_f1=f1_score(truth, p > 0.5, average="macro", zero_division=0),
                   ece=[reliability(p[:, c], truth[:, c].astype(float), False)["ece"] for c in range(3)])


def unknown_cases():
    for name, known, unknown in (("drawn", rng.normal(size=70), rng.normal(size=41) + 1.5),
                                 ("ties", rng.integers(0, 5, 50).astype(float), rng.integers(2, 8, 20).astype(float)),
                                 ("constant", np.full(9, 0.5), np.full(4, 0.5)),
                                 ("one each", np.array([0.1]), np.array([0.7]))):
        truth, scores = np.r_[np.zeros(len(known)), np.ones(len(unknown))], np.r_[known, unknown]
        fpr, tpr, threshold = roc_curve(truth, scores, drop_intermediate=False)
        at = int(np.argmax(tpr >= 0.95))
        yield dict(name=name, known=known.tolist(), unknown=unknown.tolist(), auroc=roc_auc_score(truth, scores),
                   false_positive_rate=fpr[at], threshold=threshold[at])


def interval_cases():
    for splits, test, train, confidence in ((2, 1, 2, 0.95), (9, 1, 2, 0.9), (100, 6, 12, 0.95), (40, 3, 15, 0.99)):
        first, second = rng.normal(0.8, 0.05, (splits, 3)), rng.normal(0.75, 0.05, (splits, 2))
        wide = lambda v: t.ppf((1 + confidence) / 2, splits - 1) * v.std(ddof=1) * math.sqrt(1 / splits + test / train)
        a, d = first.mean(1), first.mean(1) - second.mean(1)
        yield dict(test=test, train=train, confidence=confidence, first=first.tolist(), second=second.tolist(),
                   mean=a.mean(), half_width=wide(a), difference=d.mean(), difference_half_width=wide(d))


class Given(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are its input."""
    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, x):
        return x

    def predict(self, x):
        return self.classes_[x.argmax(1)]


def isotonic_cases():
    for name, x in (("drawn", rng.random(150)), ("ties", rng.integers(0, 8, 80) / 8.0), ("constant", np.full(9, 0.4)),
                    ("one", np.array([0.3])), ("falling", np.linspace(1, 0, 20))):
        y = rng.random(len(x)) < (x if name != "falling" else 1 - x)
        grid = np.r_[np.linspace(-0.2, 1.2, 57), x]
        fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, y)
        yield dict(name=name, scores=x.tolist(), right=y.tolist(), grid=grid.tolist(), values=fitted.predict(grid).tolist())


def isotonic_class_cases():
    for n, k in ((160, 4), (70, 2)):
        z, y = drawn(n, k)
        fit, apply = softmax(z), softmax(rng.normal(size=(30, k)) * 3)
        model = CalibratedClassifierCV(FrozenEstimator(Given().fit(fit, y)), method="isotonic").fit(fit, y)
        yield dict(classes=k, fit=fit.ravel().tolist(), labels=y.tolist(), apply=apply.ravel().tolist(),
                   values=model.predict_proba(apply).ravel().tolist())


def temperature_cases():
    for n, k, scale, sure in ((150, 4, 4.0, 0.6), (60, 2, 0.3, 0.9), (400, 10, 20.0, 0.5)):
        z, y = drawn(n, k, scale, sure)

        def slope(log_inverse):
            p = softmax(z * math.exp(log_inverse))
            return ((p * z).sum(1) - z[np.arange(n), y]).mean()
        temperature = math.exp(-brentq(slope, math.log(0.01), math.log(100), xtol=1e-15, rtol=8.9e-16))
        yield dict(classes=k, logits=z.ravel().tolist(), labels=y.tolist(), temperature=temperature,
                   log_loss=log_loss(y_true=y, y_proba=softmax(z / temperature), labels=list(range(k))))


def distance_cases():
    for n, d, k in ((60, 4, 3), (12, 20, 2)):
        y = np.arange(n) % k
        x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2.0 * y[:, None]
        test = rng.normal(size=(7, d)) * 3
        means = np.array([x[y == c].mean(0) for c in range(k)])
        within, share = ledoit_wolf(x - means[y], assume_centered=True)
        cloud, _ = ledoit_wolf(x - x.mean(0), assume_centered=True)
        square = lambda v, s: np.einsum("ij,ij->i", v, np.linalg.solve(s, v.T).T)
        distances = np.stack([square(test - m, within) for m in means], 1)
        direction = lambda v: v / np.linalg.norm(v, axis=1, keepdims=True)
        near = lambda a, b: NearestNeighbors(n_neighbors=5, algorithm="kd_tree").fit(a).kneighbors(b)[0]
        yield dict(features=d, classes=k, known=x.ravel().tolist(), labels=y.tolist(), test=test.ravel().tolist(),
                   share=share, distances=distances.ravel().tolist(),
                   relative=(distances.min(1) - square(test - x.mean(0), cloud)).tolist(),
                   neighbours=near(x, test).ravel().tolist(),
                   neighbours_by_direction=near(direction(x), direction(test)).ravel().tolist())


def of_examples(p, y, parts, truth, foreign, unknown):
    """Figures of a table of scores, over classes 0 (healthy) and 1..k-1 (one part each)."""
    known = ~unknown
    p, y, parts, truth = p[known], y[known], parts[known], truth[known]
    k, guess, right = p.shape[1], p.argmax(1), (p.argmax(1) == y).astype(float)
    areas = [area(p[:, c], y == c) for c in range(1, k)]
    of_parts = [area(parts[:, c], truth[:, c]) for c in range(k - 1)]
    fpr, tpr, _ = roc_curve(unknown, foreign, drop_intermediate=False)
    return dict(
        count=len(y), accuracy=accuracy_score(y, guess),
        macro_f1=f1_score(y, guess, labels=range(k), average="macro", zero_division=0),
        macro_auroc=float(np.mean([a for a in areas if a is not None])), undefined=areas.count(None),
        part_auroc=float(np.mean([a for a in of_parts if a is not None])),
        part_f1=f1_score(truth, parts > 0.5, average="macro", zero_division=0),
        part_ece=float(np.mean([reliability(parts[:, c], truth[:, c].astype(float), False)["ece"] for c in range(k - 1)])),
        ece=reliability(p.max(1), right, False)["ece"], log_loss=log_loss(y_true=y, y_proba=p, labels=list(range(k))),
        brier=brier_score_loss(y_true=y, y_proba=p, labels=list(range(k)), scale_by_half=False),
        aurc=risk_coverage(p.max(1), right)[0], coverage_at_risk=risk_coverage(p.max(1), right)[1]["0.05"],
        unknown_auroc=roc_auc_score(unknown, foreign), unknown_false_positives=fpr[int(np.argmax(tpr >= 0.95))])


def table_cases():
    """Windows of recordings with all that a learner may give, and the same averaged by recording."""
    for name, classes, per in (("four classes", 4, 6), ("a part never damaged", 3, 5)):
        recordings = 24
        of = np.repeat(np.arange(recordings), per)
        label = np.arange(recordings) % (classes if classes == 4 else 2)
        unknown = np.arange(recordings) % 5 == 4
        y = label[of]
        z = rng.normal(size=(len(of), classes)) + 1.2 * np.eye(classes)[y] + 0.7 * rng.normal(size=(recordings, classes))[of]
        p = softmax(z)
        parts = 1 / (1 + np.exp(-z[:, 1:]))
        truth = np.stack([y == c for c in range(1, classes)], 1)
        foreign = rng.normal(size=len(of)) + 0.8 * unknown[of]
        sets = p > 0.2
        mean = lambda v: np.stack([v[of == r].mean(0) for r in range(recordings)])
        known = ~unknown[of]
        inside = sets[np.arange(len(of)), y][known]
        yield dict(name=name, classes=classes, recording=of.tolist(), unknown=unknown[of].tolist(), labels=y.tolist(),
                   probabilities=p.ravel().tolist(), parts=parts.ravel().tolist(), foreign=foreign.tolist(),
                   sets=sets.ravel().tolist(), set_coverage=inside.mean(), set_size=sets[known].sum(1).mean(),
                   windows=of_examples(p, y, parts, truth, foreign, unknown[of]),
                   recordings=of_examples(mean(p), label, mean(parts), mean(truth) > 0.5, mean(foreign), unknown))


def torch_cases():
    stored = load_file(HERE / "../../../model/tests/reference/losses.safetensors")
    cases = {}
    for name in sorted(stored):
        case, _, tensor = name.partition("/")
        if case in ("calibration", "isotonic", "conformal", "ood_scores"):
            cases.setdefault(case, {})[tensor] = stored[name].astype(float).ravel().tolist()
    return cases


def write(name, cases):
    (HERE / name).write_text(json.dumps(cases, separators=(",", ":"), default=lambda v: v.item()) + "\n")


write("sklearn.json", dict(
    classes=list(class_cases()), labels=list(label_cases()), unknown=list(unknown_cases()),
    intervals=list(interval_cases()), isotonic=list(isotonic_cases()), isotonic_classes=list(isotonic_class_cases()),
    temperature=list(temperature_cases()), distances=list(distance_cases()), tables=list(table_cases())))
write("torch.json", torch_cases())
