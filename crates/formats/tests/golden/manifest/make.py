"""A manifest as a plant's data team writes it: texts, numbers, a date, an empty cell. Made with pandas and pyarrow."""
import datetime
import pathlib
import pandas

rows = {
    "file": ["a.mat", "b.mat"],
    "asset": ["Fan", None],
    "bearing": ["6205", "6205"],
    "rate_hz": [12000.0, 12000.0],
    "speed_rpm": [1800, 1800],
    "date": [datetime.date(2026, 11, 1), None],
}
frame = pandas.DataFrame(rows)
frame["date"] = pandas.array(frame["date"], dtype="date32[pyarrow]")
frame.to_parquet(pathlib.Path(__file__).parent / "plant.parquet", engine="pyarrow", index=False)
