"""Histograms of oriented gradients by scikit-image 0.26, for tests/behaviour/hog.rs.

Run `python make_hog.py` in this folder (pip install scikit-image). It writes `hog.json`.
"""
import json
import pathlib

import numpy as np
from skimage.feature import hog

rng = np.random.default_rng(20261121)
cases = []
for shape, orientations, cell, block, norm in (((32, 40), 9, (8, 8), (3, 3), "L2-Hys"), ((21, 33), 8, (5, 4), (2, 3), "L2"),
                                               ((16, 16), 4, (4, 8), (1, 2), "L1"), ((24, 19), 6, (6, 6), (2, 2), "L1-sqrt")):
    row, column = np.mgrid[:shape[0], :shape[1]]
    image = np.round(np.sin(row * 0.4) * np.cos(column * 0.25 + row * 0.1) + 0.3 * rng.normal(size=shape), 4)
    values = hog(image, orientations=orientations, pixels_per_cell=cell, cells_per_block=block, block_norm=norm)
    cases.append(dict(shape=shape, params=dict(orientations=orientations, cell=cell, block=block, norm=norm.lower()),
                      image=image.ravel().tolist(), values=values.tolist()))
path = pathlib.Path(__file__).parent / "hog.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
