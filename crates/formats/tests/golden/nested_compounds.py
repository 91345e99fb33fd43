"""A compound inside a compound, 30 deep, by h5py: the test lets each state more members than it has."""

import pathlib

import h5py
import numpy as np

kind = np.dtype([("x", "f8")])
for _ in range(29):
    kind = np.dtype([("x", kind)])
with h5py.File(pathlib.Path(__file__).parent / "nested_compounds.h5", "w", libver="earliest") as file:
    file.create_dataset("deep", data=np.zeros(3, kind))
