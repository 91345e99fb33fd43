"""A data set as the Python package bearing-datasets 0.3 lays it out: signals/part-DTYPE.parquet and metadata.parquet."""

import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
(here / "signals").mkdir(exist_ok=True)
time = np.arange(48)
signals = {"a/DE": np.sin(time).astype(np.float32), "a/FE": np.cos(time).astype(np.float32)}
offsets = np.concatenate([[0], np.cumsum([len(x) for x in signals.values()])]).astype(np.int32)
lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate(list(signals.values()))))
table = pa.table({"signal_id": list(signals), "signal": lists})
pq.write_table(table, here / "signals" / "part-float32.parquet", compression="zstd", compression_level=7)
rows = [
    {
        "dataset": "small",
        "signal_id": name,
        "recording_id": "a",
        "channel": name[2:],
        "sensor_location": location,
        "fs": 12000,
        "n_samples": len(x),
        "unit": unit,
        "speed_rpm": 1797.0,
        "signal_file": "part-float32.parquet",
        "signal_row_group": 0,
        "signal_row": row,
    }
    for row, ((name, x), location, unit) in enumerate(
        zip(signals.items(), ["motor_bearing_de", "unknown"], ["g", "m/s^2"])
    )
]
pq.write_table(pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False), here / "metadata.parquet", compression="zstd")
