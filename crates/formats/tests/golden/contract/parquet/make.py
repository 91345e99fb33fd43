"""Parquet files by pyarrow and pandas, read back by pandas."""

import pathlib
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

# polars takes the memory that a damaged page states, 2 GiB at most, more than once.
STATED = 1 << 34

random = np.random.default_rng(6)
n = 60
columns = {
    "DE": random.standard_normal(n),
    "FE": random.standard_normal(n).astype(np.float32),
    "counts": random.integers(-3000, 3000, n).astype(np.int16),
    "bytes": random.integers(0, 256, n).astype(np.uint8),
    "long": random.integers(-(2**40), 2**40, n),
    "trigger": random.integers(0, 2, n).astype(bool),
}
frame = pd.DataFrame({**columns, "label": ["normal"] * n})
frame.to_parquet(here / "columns.parquet", index=False)
pq.write_table(pa.Table.from_pandas(frame), here / "groups_zstd.parquet", row_group_size=17, compression="zstd")
pq.write_table(pa.Table.from_pandas(frame), here / "plain.parquet", compression="none", use_dictionary=False)
for name in ["columns.parquet", "groups_zstd.parquet", "plain.parquet"]:
    found = pd.read_parquet(here / name)
    expect(here / name, "parquet", [array(key, found[key].to_numpy()) for key in columns], memory=STATED)

# Missing numbers.
frame = pd.DataFrame({"x": [1.0, None, 3.0] * 8})
frame.to_parquet(here / "missing.parquet", index=False)
found = pd.read_parquet(here / "missing.parquet")
expect(here / "missing.parquet", "parquet", [array("x", found["x"].to_numpy())], memory=STATED)

# Signals in rows, as bearing-datasets writes them, and without a column of names.
signals = {"97/DE": random.standard_normal(40), "97/FE": random.standard_normal(40), "98/DE": random.standard_normal(25)}
offsets = np.concatenate([[0], np.cumsum([len(x) for x in signals.values()])]).astype(np.int32)
lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate(list(signals.values()))))
pq.write_table(pa.table({"signal_id": list(signals), "signal": lists}), here / "lists.parquet", compression="zstd")
expect(here / "lists.parquet", "parquet", [array(key, x) for key, x in signals.items()], memory=STATED)
pq.write_table(pa.table({"signal": lists}), here / "unnamed.parquet")
arrays = [array(f"signal.{i + 1}", x) for i, x in enumerate(signals.values())]
expect(here / "unnamed.parquet", "parquet", arrays, memory=STATED)

# Times beside the samples, and what the metadata say of the columns.
metadata = {"fs": "12000", "Unit": "g", "rpm": "1796", "comment": "fs is 5"}
columns = {"time_s": np.arange(n) / 12000, "DE": columns["DE"]}
pq.write_table(pa.table(columns).replace_schema_metadata(metadata), here / "stated.parquet")
found = pd.read_parquet(here / "stated.parquet")
arrays = [array(key, found[key].to_numpy(), rate=12000.0, unit="g", speed=1796.0 / 60.0) for key in columns]
expect(here / "stated.parquet", "parquet", arrays, memory=STATED)
