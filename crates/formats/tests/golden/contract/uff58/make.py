"""Universal files by pyuff, and the layouts it does not write: big-endian and single 58b, numbers that touch, CR LF."""

import pathlib
import struct
import sys

import numpy as np
import pyuff

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(9)
DIRECTIONS = {0: "", 1: ", +X", -1: ", -X", 2: ", +Y", -3: ", -Z", 5: ", +Y rotation"}


def function(name, values, **more):
    said = {
        "type": 58, "binary": 0, "id1": name, "func_type": 1, "rsp_node": 0, "rsp_dir": 0, "ref_dir": 0, "ref_node": 0,
        "data": values, "x": np.arange(len(values)) / 25600, "abscissa_spacing": 1, "ord_data_type": 4,
        "abscissa_spec_data_type": 17, "abscissa_axis_lab": "Time", "abscissa_axis_units_lab": "s",
        "ordinate_spec_data_type": 12, "orddenom_spec_data_type": 0, "z_axis_spec_data_type": 0,
    }
    return {**said, **more}


def found(path, **facts):
    """What pyuff reads; facts by number of the function, from 1."""
    sets = pyuff.UFF(str(path)).read_sets()
    arrays, taken = [], set()
    functions = [one for one in (sets if isinstance(sets, list) else [sets]) if one["type"] == 58]
    for number, one in enumerate(functions, 1):
        title = one["id1"] if one["id1"] != "NONE" else f"function {number}"
        title = f"{title} (function {number})" if title in taken else title
        taken.add(title)
        own = array(title, one["data"], **facts.get(f"f{number}", {}))
        kind = "float64" if one["ord_data_type"] in (4, 6) else "float32"
        arrays.append({**own, "class": kind})
        if one["abscissa_spacing"] == 0:
            arrays.append({**array(f"{title} abscissa", one["x"], axis=True), "class": kind})
    return arrays


def by_writer(path, binary):
    uneven = np.cumsum(random.random(9))
    sets = [
        function("pump 1", random.standard_normal(22), rsp_node=12, rsp_dir=-3, ordinate_axis_units_lab="m/s^2", binary=binary),
        {"type": 151, "model_name": "pump", "description": "", "db_app": "", "program": "test"},
        function("pump 1", random.standard_normal(8), rsp_node=3, z_axis_spec_data_type=19, z_axis_value=1800.0, binary=binary,
                 id3="29-FEB-24 12:34:56"),
        function("NONE", random.standard_normal(9), x=uneven, abscissa_spacing=0, binary=binary, rsp_node=1, rsp_dir=5),
        function("response", random.standard_normal(10) + 1j * random.standard_normal(10), func_type=4, binary=binary,
                 abscissa_spec_data_type=18, abscissa_axis_units_lab="Hz", ord_data_type=6),
        function("places", random.standard_normal(7) + 1j, func_type=4, x=uneven[:7], abscissa_spacing=0, binary=binary,
                 abscissa_spec_data_type=18, ord_data_type=6),
    ]
    # In its mode that overwrites pyuff loses the header of binary sets.
    path.unlink(missing_ok=True)
    pyuff.UFF(str(path)).write_sets(sets, "add")
    if not binary:
        single = [function("single", random.standard_normal(n), ord_data_type=2) for n in (6, 13)]
        pyuff.UFF(str(path)).write_sets(single, "add", force_double=False)
    facts = {
        "f1": dict(rate=25600.0, unit="m/s^2", position="node 12, -Z"),
        "f2": dict(rate=25600.0, position="node 3", speed=30.0, start="29-FEB-24 12:34:56"),
        "f3": dict(position="node 1, +Y rotation"),
        "f6": dict(rate=25600.0),
        "f7": dict(rate=25600.0),
    }
    expect(path, "uff58", found(path, **facts), cut="prefix")


def records(kind, count, even=1):
    none = "         0    0    0    0 NONE                 NONE"
    return [
        "NONE", "NONE", "NONE", "NONE", "NONE",
        "    1         0    0         0       NONE         0   0       NONE         0   0",
        f"{kind:10}{count:10}{even:10}  0.00000e+00  1.00000e-03  0.00000e+00",
        "        17    0    0    0 Time                 s", none, none, none,
    ]


def by_hand(path):
    """58b in the other byte order and in single precision."""
    out = b""
    for order, code in (("<", 1), (">", 2)):
        for kind, form in ((2, "f"), (4, "d")):
            values = random.standard_normal(11).astype(form)
            raw = struct.pack(f"{order}11{form}", *values)
            first = f"    58b{code:6}{2:6}{11:12}{len(raw):12}{0:6}{0:6}{0:12}{0:12}"
            out += "\n".join(["    -1", first, *records(kind, 11), ""]).encode() + raw + b"    -1\n"
    path.write_bytes(out)
    expect(path, "uff58", found(path, **{f"f{n}": dict(rate=1000.0) for n in range(1, 5)}), cut="prefix")


def touching(path):
    """Numbers without a blank between them, lines ended by CR LF."""
    values = -1 - random.random(9)
    lines = ["".join(f"{value:.5e}".replace("e-0", "e-00").replace("e+0", "e+00") for value in values[i : i + 6]) for i in (0, 6)]
    assert all(" " not in line for line in lines)
    path.write_bytes("\r\n".join(["    -1", "    58", *records(2, 9), *lines, "    -1", ""]).encode())
    # Without its last line feed the file is still whole.
    expect(path, "uff58", found(path, f1=dict(rate=1000.0)), cut="prefix")


by_writer(here / "text.uff", 0)
by_writer(here / "binary.uff", 1)
by_hand(here / "orders.uff")
touching(here / "touching.unv")
