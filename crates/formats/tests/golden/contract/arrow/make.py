"""Arrow IPC files (Feather version 2) and a stream by pyarrow, read back by pandas."""

import pathlib
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
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

# Missing numbers, flags, a time stamp that is passed over, and lists as rows.
frame = pd.DataFrame({"x": [1.0, None, 3.0] * 8, "flag": [True, False, True] * 8, "at": pd.Timestamp("2020-01-01")})
feather.write_feather(frame, here / "missing.feather", version=2, compression="uncompressed")
found = feather.read_feather(here / "missing.feather")
expect(here / "missing.feather", "arrow", [array(key, found[key].to_numpy()) for key in ["x", "flag"]])
signals = {"97/DE": random.standard_normal(40), "98/DE": random.standard_normal(25)}
table = pa.table({"signal_id": list(signals), "signal": pa.array(list(signals.values()))})
feather.write_feather(table, here / "lists.arrow", version=2, compression="zstd")
expect(here / "lists.arrow", "arrow", [array(key, x) for key, x in signals.items()])

# Times beside the samples, and what the metadata of the schema say of the columns.
metadata = {"fs": "12000", "Unit": "g", "rpm": "1796", "comment": "fs is 5"}
columns = {"time_s": np.arange(n) / 12000, "horizontal": columns["horizontal"]}
table = pa.table(columns).replace_schema_metadata(metadata)
feather.write_feather(table, here / "stated.feather", version=2, compression="uncompressed")
found = feather.read_feather(here / "stated.feather")
arrays = [array(key, found[key].to_numpy(), rate=12000.0, unit="g", speed=1796.0 / 60.0) for key in columns]
expect(here / "stated.feather", "arrow", arrays)

# The same columns as a stream: messages without a footer.
table = pa.table({**columns, "label": ["outer"] * n}).replace_schema_metadata(metadata)
with pa.OSFile(str(here / "stream.arrows"), "wb") as file:
    with pa.ipc.new_stream(file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table, max_chunksize=20)
with pa.OSFile(str(here / "stream.arrows"), "rb") as file:
    found = pa.ipc.open_stream(file).read_pandas()
arrays = [array(key, found[key].to_numpy(), rate=12000.0, unit="g", speed=1796.0 / 60.0) for key in columns]
expect(here / "stream.arrows", "arrow", arrays)
