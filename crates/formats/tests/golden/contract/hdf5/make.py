"""HDF5 files by h5py, in the old and the newest arrangement of the format."""

import pathlib
import sys

import h5py
import numpy as np

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect, text

random = np.random.default_rng(6)


def write(path, libver):
    """Everything that is read, in small."""
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["sampling_frequency"] = 12000.0
        run = file.create_group("run1")
        run.attrs["RPM"] = np.int32(1800)
        run.attrs["unit"] = "g"
        run["x"] = random.standard_normal(40)
        packed = dict(chunks=(16,), compression="gzip", shuffle=True, fletcher32=True)
        counts = run.create_dataset("counts", data=random.integers(-3000, 3000, 50).astype(">i2"), **packed)
        counts.attrs["Sampling Rate"] = np.array([25600], dtype=np.int64)
        counts.attrs["units"] = np.bytes_("mV")
        counts.attrs["location"] = "drive end"
        run.create_dataset("lzf", data=np.repeat(random.standard_normal(9), 7), chunks=(20,), compression="lzf")
        run.create_dataset("grown", data=random.standard_normal(30).astype("f4"), maxshape=(None,), chunks=(8,))
        run.create_dataset("matrix", data=random.standard_normal((20, 3)), chunks=(8, 2), compression="gzip")
        run["cube"] = random.integers(0, 255, (2, 3, 4)).astype("u1")
        run["label"] = "outer race, 0.2 mm"
        run["notes"] = np.array([b"one", b"two"], dtype="S5")
        run["soft"] = h5py.SoftLink("/run1/x")
        run["nowhere"] = h5py.SoftLink("/run1/none")
        run["up"] = h5py.SoftLink("/")
        other = file.create_group("run2/deep")
        other["fs"] = 48.0
        other["fs"].attrs["units"] = "kHz"
        other["acc"] = random.standard_normal(25)
        table = np.zeros(12, dtype=[("time", "f8"), ("acc", [("x", "f4"), ("y", "i2")]), ("name", "S3")])
        table["time"], table["acc"]["x"] = np.arange(12) / 100, random.standard_normal(12)
        table["acc"]["y"] = random.integers(-99, 99, 12)
        file["table"] = table
        file["flags"] = np.array([True, False, True])
        file["empty"] = np.zeros(0)
        file["half"] = np.array([0.5, -1.25, 1e-7], dtype="f2")
        partly = file.create_dataset("partly", (20,), "f8", chunks=(5,), fillvalue=-1.0)
        partly[5:10] = np.arange(5)


def found(path):
    """What h5py reads, in the order in which it lists."""
    own = dict(rate=12000.0)
    first = dict(rate=12000.0, unit="g", speed=30.0)
    facts = {
        "run1/counts": dict(rate=25600.0, unit="mV", speed=30.0, position="drive end"),
        "run2/deep/acc": dict(rate=48000.0),
        "run2/deep/fs": {},
        "run1/label": {},
        "empty": {},
    }
    with h5py.File(path) as file:
        arrays = []

        def walk(group, prefix):
            for name in group:
                item = group.get(name)
                full = f"{prefix}{name}"
                if item is None or full == "run1/up":
                    continue
                if isinstance(item, h5py.Group):
                    walk(item, f"{full}/")
                    continue
                said = facts.get(full, first if full.startswith("run1/") else own)
                values = item[()]
                if full == "run1/label":
                    arrays.append(text(full, values.decode(), **said))
                elif full == "run1/notes":
                    arrays.append(text(full, "one\ntwo", (2, 1), **said))
                elif full == "table":
                    arrays.append(array("table/time", values["time"], **said))
                    arrays.append(array("table/acc/x", values["acc"]["x"], **said))
                    arrays.append(array("table/acc/y", values["acc"]["y"], **said))
                elif full == "half":
                    arrays.append(array(full, values.astype("f4"), **said))
                else:
                    arrays.append(array(full, values, **said))

        walk(file, "")
        return arrays


# The library makes room for tables of 16-bit lengths before it reads them.
for name, libver in [("earliest.h5", ("earliest", "v108")), ("latest.h5", "latest")]:
    write(here / name, libver)
    expect(here / name, "hdf5", found(here / name), memory=16 << 20)
