#!/usr/bin/env python3
"""The work of the bench `throughput` in numpy, scipy, vmdpy and PyTorch, on the same files, on one thread.

The bench starts this script itself:  cargo bench --workspace --bench throughput -- --peers python3
Needs: pip install numpy scipy vmdpy torch safetensors
Arguments: a model of the bench (safetensors), `vmd` or `plain`, the files. Protocol: one line in for each pass over the files,
one line of JSON out: seconds of each stage, and the mean probabilities of each file; or {"error": "..."}.
"""
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import scipy
import scipy.fft
import scipy.io
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from scipy.signal import get_window

torch.set_num_threads(1)

WINDOW, FRAME, HOP, SIDE = 2048, 128, 32, 32
MODEL, VMD_IMAGES, FILES = sys.argv[1], sys.argv[2] == "vmd", sys.argv[3:]
WEIGHTS = load_file(MODEL)
TAPER = get_window("hann", FRAME).astype(np.float32)


def area_mean(old, new):
    """The matrix that takes means over areas from `old` pixels to `new`."""
    edges = np.arange(new + 1) * old / new
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)[None, :]
    return (np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None) * new / old).astype(np.float32)


ROWS = area_mean(FRAME // 2 + 1, SIDE)
COLUMNS = area_mean((WINDOW - FRAME) // HOP + 1, SIDE)


def read(path):
    arrays = [value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")]
    return max(arrays, key=lambda array: array.size).ravel()


def windows(samples):
    cut = samples[:len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return (cut - cut.mean(1, keepdims=True)) / cut.std(1, keepdims=True)


def modes(cut):
    from vmdpy import VMD
    return np.stack([VMD(window, 2000, 0, 4, 0, 1, 1e-7)[0] for window in cut])


def images(series):
    """Short-time spectra of [windows, channels, samples] in decibels, resized, standardised image by image."""
    frames = np.lib.stride_tricks.sliding_window_view(series.astype(np.float32), FRAME, axis=-1)[..., ::HOP, :]
    power = np.abs(scipy.fft.rfft(frames * TAPER, axis=-1) / TAPER.sum()) ** 2
    power = np.matmul(np.matmul(ROWS, power.swapaxes(-1, -2)), COLUMNS.T)
    power /= power.max(axis=AXES, keepdims=True)
    level = np.maximum(10 * np.log10(np.maximum(power, 1e-30)), -80)
    return (level - level.mean(AXES, keepdims=True)) / level.std(AXES, keepdims=True)


AXES = (-2, -1)


@torch.inference_mode()
def net(x):
    w = WEIGHTS
    for stage in range(3):
        x = F.conv2d(x, w[f"features.conv{stage}.weight"], padding=1)
        norm = f"features.norm{stage}"
        x = F.batch_norm(x, w[f"{norm}.running_mean"], w[f"{norm}.running_var"], w[f"{norm}.weight"], w[f"{norm}.bias"])
        x = F.relu(x)
        gate = f"features.attention{stage}"
        weight = F.relu(F.linear(x.mean((2, 3)), w[f"{gate}.fc1.weight"], w.get(f"{gate}.fc1.bias")))
        weight = torch.sigmoid(F.linear(weight, w[f"{gate}.fc2.weight"], w.get(f"{gate}.fc2.bias")))
        x = F.max_pool2d(x * weight[:, :, None, None], 2)
    x = F.relu(F.linear(x.flatten(1), w["classifier.hidden.weight"], w["classifier.hidden.bias"]))
    return F.softmax(F.linear(x, w["classifier.output.weight"], w["classifier.output.bias"]), 1)


def run():
    seconds, means = dict.fromkeys(("read", "vmd", "images", "net", "whole"), 0.0), []

    def timed(stage, work):
        begun = time.perf_counter()
        made = work()
        seconds[stage] += time.perf_counter() - begun
        return made

    begun = time.perf_counter()
    for path in FILES:
        samples = timed("read", lambda: read(path))
        cut = windows(samples)
        series = timed("vmd", lambda: modes(cut)) if VMD_IMAGES else cut[:, None]
        pixels = timed("images", lambda: images(series).astype(np.float32))
        means.append(timed("net", lambda: net(torch.from_numpy(pixels))).mean(0).tolist())
    seconds["whole"] = time.perf_counter() - begun
    return {"seconds": seconds, "means": means}


print(json.dumps({"versions": {package.__name__: package.__version__ for package in (np, scipy, torch)}}), flush=True)
for line in sys.stdin:
    try:
        answer = run()
    except Exception as error:  # told to the bench, which goes on without
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
