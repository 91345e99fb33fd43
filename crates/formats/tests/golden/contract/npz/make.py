"""NPZ archives by numpy."""

import pathlib
import sys

import numpy as np

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(9)
table = np.zeros(20, [("x", "<i4"), ("y", "<f4")])
table["x"] = np.arange(20)
table["y"] = random.standard_normal(20)
arrays = {
    "DE_time": random.standard_normal(60),
    "FE_time": random.standard_normal((60, 1)).astype("f4"),
    "fs": np.array(12000),
    "rows": random.integers(-99, 99, (30, 2)).astype("i2"),
    "columns": np.asfortranarray(random.standard_normal((30, 2))),
    "rig/table": table,
}
for name, save in [("stored.npz", np.savez), ("deflated.npz", np.savez_compressed)]:
    save(here / name, **arrays)
    found = np.load(here / name)
    wanted = []
    for key in arrays:
        values = found[key]
        if values.dtype.names:
            wanted += [array(f"{key}.{field}", values[field]) for field in values.dtype.names]
        else:
            wanted.append(array(key, values))
    expect(here / name, "npz", wanted)
