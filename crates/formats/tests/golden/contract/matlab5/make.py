"""MATLAB 5 files by scipy."""

import pathlib
import sys

import numpy as np
import scipy.io

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(5)
arrays = {
    "X105_DE_time": random.standard_normal((40, 1)),
    "fs": np.array([[12000.0]]),
    "counts": random.integers(-3000, 3000, (1, 30)).astype(np.int16),
    "single": random.standard_normal((25, 1)).astype(np.float32),
    "matrix": random.standard_normal((5, 3)),
}
for name, packed in [("plain.mat", False), ("packed.mat", True)]:
    scipy.io.savemat(here / name, arrays, do_compression=packed)
    found = scipy.io.loadmat(here / name)
    # A file cut between two variables is a whole one.
    expect(here / name, "matlab5", [array(key, found[key]) for key in arrays], cut="prefix")
