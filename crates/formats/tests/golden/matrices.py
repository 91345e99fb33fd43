"""Matrices that are larger than what a stream may hold, by h5py and numpy: rows stand together, the reader hands out columns.

The HDF5 file packs well. That of numpy would not, so the test writes it.
"""

import pathlib

import h5py
import numpy as np

rows, columns = 1600, 1300
values = (np.arange(rows)[:, None] % 5 + np.arange(columns)[None, :] % 3).astype("f4")
with h5py.File(pathlib.Path(__file__).parent / "matrices.h5", "w", libver="v110") as file:
    file.create_dataset("matrix", data=values, chunks=(320, 260), compression="gzip", compression_opts=9, shuffle=True)
