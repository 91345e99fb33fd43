"""NPY files by numpy."""

import pathlib
import sys

import numpy as np

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(8)
kinds = "<f8 >f8 <f4 >f4 <f2 >f2 |i1 |u1 <i2 >i2 <u2 <i4 >i4 <u4 <i8 >i8 <u8 |b1".split()
whole = {"<u8": 2**40, "<i8": 2**40, ">i8": 2**40, "|b1": 2}
arrays = {}
for kind in kinds:
    kind_name = kind.replace("<", "little_").replace(">", "big_").replace("|", "")
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        values = random.standard_normal(40)
        values[:3] = [np.nan, np.inf, -0.0]
    else:
        low = 0 if dtype.kind in "ub" else -100
        values = random.integers(low, whole.get(kind, 120), 40)
    arrays[kind_name] = values.astype(dtype)
arrays["scalar"] = np.array(25600.0)
arrays["none"] = np.zeros(0)
arrays["rows"] = random.standard_normal((40, 3))
arrays["columns"] = np.asfortranarray(random.standard_normal((40, 3)))
arrays["row"] = random.standard_normal((1, 30))
arrays["cube"] = random.integers(-9, 9, (3, 4, 5)).astype("<i2")
arrays["cube_fortran"] = np.asfortranarray(arrays["cube"])

for name, values in arrays.items():
    path = here / f"{name}.npy"
    np.save(path, values)
    expect(path, "npy", [array("array", np.load(path).astype(values.dtype.newbyteorder("=")))])

table = np.zeros(50, [("t", "<f8"), ("acc", ">f4", (3,)), ("count", "|u1"), ("speed", [("rpm", "<u2"), ("ok", "?")])])
table["t"] = np.arange(50) / 1000
table["acc"] = random.standard_normal((50, 3))
table["count"] = np.arange(50)
table["speed"]["rpm"] = 1800 + np.arange(50)
table["speed"]["ok"] = np.arange(50) % 3 == 0
for name, version in [("table", None), ("table_utf8", (3, 0))]:
    path = here / f"{name}.npy"
    with open(path, "wb") as file:
        np.lib.format.write_array(file, np.array(table, np.dtype(table.dtype, align=name == "table")), version)
    found = np.load(path)
    columns = [array("t", found["t"])]
    columns += [array(f"acc.{i + 1}", found["acc"][:, i].astype("f4")) for i in range(3)]
    columns += [array("count", found["count"])]
    columns += [array(f"speed.{key}", found["speed"][key]) for key in ["rpm", "ok"]]
    expect(path, "npy", columns)
