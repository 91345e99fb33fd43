"""Runs every ONNX file of a folder in onnxruntime and compares the outputs with those in the folder.

`cases.json` lists for each net its file, its input and its outputs (name, shape, file): little-endian f32, samples along
the first axis. Batches of the first 1, 2 and all samples are run. A deviation is the largest difference over the largest
magnitude of the output. Exits with 1 if one is above the tolerance.

    python verify.py FOLDER TOLERANCE
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

folder, tolerance = pathlib.Path(sys.argv[1]), float(sys.argv[2])


def numbers(stored):
    return np.fromfile(folder / stored["file"], "<f4").reshape(stored["shape"])


def deviation(found, expected):
    if found.shape != expected.shape or not np.isfinite([found, expected]).all():
        return np.inf
    size = max(np.abs(expected).max(), np.finfo(np.float32).tiny)
    return float(np.abs(found.astype(np.float64) - expected).max() / size)


worst = []
for case in json.loads((folder / "cases.json").read_text()):
    model = onnx.load(folder / case["file"])
    onnx.checker.check_model(model, full_check=True)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x, expected = numbers(case["input"]), {output["name"]: numbers(output) for output in case["outputs"]}
    assert [output.name for output in session.get_outputs()] == list(expected), case["name"]
    for batch in (1, 2, len(x)):
        found = session.run(None, {"x": x[:batch]})
        for (name, values), output in zip(expected.items(), found):
            worst.append((deviation(output, values[:batch]), f"{case['name']}: {name}, batch of {batch}"))

worst.sort(reverse=True)
for value, place in worst[:12]:
    print(f"{value:.2e} {place}")
print(f"{len(worst)} outputs compared, tolerance {tolerance:.0e}")
sys.exit(worst[0][0] > tolerance)
