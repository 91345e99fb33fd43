"""Arrow IPC files (Feather version 2) by pyarrow, read back by pandas."""

import pathlib
import sys

import numpy as np
import pandas as pd
import pyarrow.feather as feather

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(7)
n = 50
columns = {
    "horizontal": random.standard_normal(n),
    "vertical": random.standard_normal(n).astype(np.float32),
    "counts": random.integers(-3000, 3000, n).astype(np.int32),
}
frame = pd.DataFrame({**columns, "label": ["outer"] * n})
for name, options in {
    "plain.arrow": {"compression": "uncompressed"},
    "lz4.feather": {"compression": "lz4"},
    "batches.arrow": {"compression": "zstd", "chunksize": 11},
}.items():
    feather.write_feather(frame, here / name, version=2, **options)
    found = feather.read_feather(here / name)
    expect(here / name, "arrow", [array(key, found[key].to_numpy()) for key in columns])
