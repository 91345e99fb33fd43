#!/usr/bin/env python3
"""Reads a store of prepared segments with h5py, HDF5's own library: prints what lies in it as JSON, and writes the features
of every way to OUT/N.f32, as little-endian 4-byte floats.

    python3 read_store.py STORE OUT
"""
import json
import pathlib
import sys

import h5py

store, out = sys.argv[1], pathlib.Path(sys.argv[2])


def plain(value):
    """A value of HDF5 as JSON has it; what is no number is nothing."""
    value = value.decode() if isinstance(value, bytes) else getattr(value, "item", lambda: value)()
    return None if value != value else value


with h5py.File(store, "r") as file:
    ways = []
    for number in sorted(file["ways"], key=int):
        way = file["ways"][number]
        features = way["features"]
        features[()].astype("<f4").tofile(out / f"{number}.f32")
        ways.append(
            {
                "attributes": {name: plain(value) for name, value in way.attrs.items()},
                "axes": plain(features.attrs["axes"]),
                "chunks": features.chunks,
                "filters": [features.shuffle, features.compression],
                "shape": features.shape,
                "segments": way["segments"][()].tolist(),
            }
        )
    table = {name: [plain(value) for value in column[()].tolist()] for name, column in file["recordings"].items()}
    found = {
        "attributes": {name: plain(value) for name, value in file.attrs.items()},
        "experiment": plain(file["experiment"][0]),
        "recordings": table,
        "ways": ways,
    }
json.dump(found, sys.stdout)
