"""MATLAB 7.3 files, laid out by h5py as MATLAB lays them out: scipy writes no such files. `nested.mat` has the same
content as `nested5.mat`, a MATLAB 5 file by scipy, for a test of its own."""

import pathlib
import sys

import h5py
import numpy as np
import scipy.io

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect, text

random = np.random.default_rng(8)
REFERENCE = h5py.special_dtype(ref=h5py.Reference)


def put(file, group, name, value):
    """One variable or field."""
    if isinstance(value, dict):
        own = group.create_group(name)
        own.attrs["MATLAB_class"] = np.bytes_("struct")
        letters = h5py.special_dtype(vlen=np.dtype("S1"))
        fields = np.empty(len(value), dtype=object)
        for i, field in enumerate(value):
            fields[i] = np.array([letter.encode() for letter in field], dtype="S1")
        own.attrs.create("MATLAB_fields", fields, dtype=letters)
        for field, inner in value.items():
            put(file, own, field, inner)
        return own
    if isinstance(value, list):
        own = group.create_dataset(name, (len(value), 1), dtype=REFERENCE)
        own.attrs["MATLAB_class"] = np.bytes_("cell")
        for i, inner in enumerate(value):
            own[i, 0] = refer(file, inner)
        return own
    if isinstance(value, str):
        units = np.frombuffer(value.encode("utf-16-le"), dtype=np.uint16)
        if value:
            own = group.create_dataset(name, data=units.reshape(-1, 1))
        else:
            own = group.create_dataset(name, data=np.zeros(2, dtype=np.uint64))
            own.attrs["MATLAB_empty"] = np.uint8(1)
        own.attrs["MATLAB_class"] = np.bytes_("char")
        own.attrs["MATLAB_int_decode"] = np.int32(2)
        return own
    value = np.atleast_2d(np.asarray(value))
    kind = {"bool": "logical", "float64": "double", "float32": "single", "complex128": "double"}
    name_of_class = kind.get(value.dtype.name, value.dtype.name)
    if value.size == 0:
        own = group.create_dataset(name, data=np.array(value.shape, dtype=np.uint64))
        own.attrs["MATLAB_empty"] = np.uint8(1)
    elif value.dtype == complex:
        pairs = np.zeros(value.T.shape, dtype=[("real", "f8"), ("imag", "f8")])
        pairs["real"], pairs["imag"] = value.T.real, value.T.imag
        own = group.create_dataset(name, data=pairs)
    else:
        stored = value.T.astype(np.uint8) if value.dtype == bool else value.T
        packed = dict(chunks=tuple(min(n, 16) for n in stored.shape), compression="gzip") if value.size > 20 else {}
        own = group.create_dataset(name, data=stored, **packed)
    own.attrs["MATLAB_class"] = np.bytes_(name_of_class)
    if name_of_class == "logical":
        own.attrs["MATLAB_int_decode"] = np.int32(1)
    return own


def refer(file, value):
    refs = file.require_group("#refs#")
    return put(file, refs, f"r{len(refs)}", value).ref


def struct_array(file, name, field, values):
    own = file.create_group(name)
    own.attrs["MATLAB_class"] = np.bytes_("struct")
    parts = own.create_dataset(field, (len(values), 1), dtype=REFERENCE)
    for i, value in enumerate(values):
        parts[i, 0] = refer(file, value)


def write(path, variables, after=None):
    with h5py.File(path, "w", userblock_size=512, libver=("earliest", "v108")) as file:
        for name, value in variables.items():
            put(file, file, name, value)
        if after:
            after(file)
    words = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 ."
    head = words.ljust(116) + bytes(8) + b"\x00\x02IM"
    with open(path, "r+b") as file:
        file.write(head)


flat = {
    "X105_DE_time": random.standard_normal((70, 1)),
    "fs": np.array([[12000.0]]),
    "counts": random.integers(-3000, 3000, (1, 30)).astype(np.int16),
    "single": random.standard_normal((25, 1)).astype(np.float32),
    "matrix": random.standard_normal((20, 3)),
    "flag": np.array([[True, False, True]]),
    "empty": np.zeros((0, 3)),
    "label": "outer race µ 0.2 mm 😀",
    "nothing": "",
}
write(here / "plain.mat", flat)
arrays = []
for name in sorted(flat):
    value = flat[name]
    if isinstance(value, str):
        length = len(value.encode("utf-16-le")) // 2
        arrays.append(text(name, value, (1, length) if value else (0, 0)))
    else:
        arrays.append(array(name, value))
expect(here / "plain.mat", "matlab73", arrays, memory=16 << 20)

nested = {
    "bearing": {"sr": 97656.0, "gs": random.standard_normal((40, 1)), "load": np.int16(270), "note": "baseline"},
    "parts": ["one", np.arange(4.0).reshape(2, 2), {"deep": 1.5}, np.zeros((0, 0))],
    "z": np.array([[1 + 2j, -3.5j]]),
}
runs = [np.arange(3.0).reshape(1, 3), np.array([[7.0]])]
write(here / "nested.mat", nested, lambda file: struct_array(file, "runs", "x", runs))
cell = np.empty((1, len(nested["parts"])), dtype=object)
cell[0, :] = nested["parts"]
records = np.zeros((1, 2), dtype=[("x", object)])
records["x"][0, 0], records["x"][0, 1] = runs
scipy.io.savemat(here / "nested5.mat", {**nested, "parts": cell, "runs": records})
