"""TDMS files: by npTDMS where it writes what is wanted, byte by byte where it does not; npTDMS reads them all."""

import datetime
import pathlib
import struct
import sys

import nptdms
import numpy as np
from nptdms import ChannelObject, GroupObject, RootObject, TdmsWriter

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect, text

random = np.random.default_rng(7)


def found(path, said=lambda name: {}):
    arrays = []
    with nptdms.TdmsFile.read(path) as file:
        for group in file.groups():
            for channel in group.channels():
                name = f"{group.name}/{channel.name}"
                values = channel[:]
                if channel.data_type is nptdms.types.String:
                    arrays.append(text(name, "\n".join(values), (len(values), 1), **said(name)))
                else:
                    # What is computed from stored numbers is a float.
                    computed = channel.properties.get("NI_Number_Of_Scales") is not None
                    arrays.append(array(name, values.astype("f8") if computed else values, **said(name)))
    return arrays


def by_writer(path):
    start = np.datetime64("2024-02-29T12:34:56.250000")
    wave = {"wf_increment": 1 / 25600, "wf_start_time": start, "wf_xunit_string": "s", "unit_string": "g"}
    root = RootObject({"RPM": 1800.0})
    group = GroupObject("run 1", {"Sampling Rate": np.int32(5000)})
    kinds = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.float32, np.float64]
    with TdmsWriter(path) as writer:
        for n in (20, 20, 7):
            channels = [ChannelObject("run 1", "acc", random.standard_normal(n), wave)]
            for kind in kinds:
                values = (random.standard_normal(5) * 50).astype(kind)
                channels.append(ChannelObject("run 1", np.dtype(kind).name, values))
            linear = {
                "NI_Number_Of_Scales": 2,
                "NI_Scale[0]_Scale_Type": "Linear",
                "NI_Scale[0]_Linear_Slope": 0.25,
                "NI_Scale[0]_Linear_Y_Intercept": -1.5,
                "NI_Scale[0]_Linear_Input_Source": np.uint32(0xFFFFFFFF),
                "NI_Scale[1]_Scale_Type": "Polynomial",
                "NI_Scale[1]_Polynomial_Coefficients_Size": 3,
                "NI_Scale[1]_Polynomial_Coefficients[0]": 0.1,
                "NI_Scale[1]_Polynomial_Coefficients[1]": 2.0,
                "NI_Scale[1]_Polynomial_Coefficients[2]": -0.003,
                "NI_Scale[1]_Polynomial_Input_Source": np.uint32(0),
                "NI_UnitDescription": "m/s^2",
            }
            channels.append(ChannelObject("run's 2", "scaled", random.integers(-900, 900, n).astype(np.int16), linear))
            channels.append(ChannelObject("run's 2", "words", ["one", "zwei", "drei µm"][: max(1, n % 4)]))
            channels.append(ChannelObject("run's 2", "flag", np.array([True, False, True])))
            writer.write_segment([root, group] + channels)
        # A channel that comes later, alone.
        writer.write_segment([ChannelObject("run's 2", "late", random.standard_normal(3))])

    def said(name):
        facts = dict(speed=30.0)
        if name.startswith("run 1"):
            facts["rate"] = 5000.0
        if name == "run 1/acc":
            facts.update(rate=25600.0, unit="g", start="2024-02-29T12:34:56.250000Z")
        if name == "run's 2/scaled":
            facts["unit"] = "m/s^2"
        return facts

    expect(path, "tdms", found(path, said), cut="prefix")


class Bytes:
    """Segments by hand, in either byte order."""

    def __init__(self, order="<"):
        self.order, self.out = order, b""

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def string(self, value):
        return self.pack("L", len(value.encode())) + value.encode()

    def property(self, name, value):
        if isinstance(value, str):
            return self.string(name) + self.pack("L", 0x20) + self.string(value)
        if isinstance(value, int):
            return self.string(name) + self.pack("LL", 7, value)
        return self.string(name) + self.pack("Ld", 10, value)

    def object(self, path, index, properties=()):
        body = self.string(path) + index + self.pack("L", len(properties))
        return body + b"".join(self.property(*one) for one in properties)

    def plain(self, kind, count):
        return self.pack("LLLQ", 20, kind, 1, count)

    def none(self):
        return self.pack("L", 0xFFFFFFFF)

    def same(self):
        return self.pack("L", 0)

    def segment(self, objects, raw, interleaved=False, new=True, daqmx=False, length=None):
        metadata = b"" if objects is None else self.pack("L", len(objects)) + b"".join(objects)
        toc = 0 if objects is None else 2
        toc |= (4 if new else 0) | (8 if raw else 0) | (32 if interleaved else 0)
        toc |= (64 if self.order == ">" else 0) | (128 if daqmx else 0)
        size = len(metadata) + len(raw) if length is None else length
        self.out += b"TDSm" + struct.pack("<L", toc) + self.pack("LQQ", 4713, size, len(metadata)) + metadata + raw


def incremental(path, order):
    """Lists that grow, shrink and stay; several chunks; a segment without metadata; a short last chunk."""
    w = Bytes(order)
    short = lambda values: b"".join(w.pack("h", v) for v in values)
    double = lambda values: b"".join(w.pack("d", v) for v in values)
    a, b, c = "/'g'/'a'", "/'g'/'b'", "/'g'/'c'"
    w.segment(
        [w.object("/", w.none(), [("rpm", 1500.0)]), w.object("/'g'", w.none()),
         w.object(a, w.plain(2, 3), [("wf_increment", 0.001)]), w.object(b, w.plain(10, 2))],
        (short([1, -2, 3]) + double([0.5, 0.25])) + (short([4, 5, 6]) + double([1e9, -1.0])),
    )
    w.segment(None, short([7, 8, 9]) + double([3.0, 4.0]), new=False)
    w.segment([w.object(a, w.none())], double([5.0, 6.0]), new=False)
    w.segment([w.object(a, w.same()), w.object(c, w.plain(9, 1))], short([10, 11, 12]) + double([7.0, 8.0]) + w.pack("f", 2.5), new=False)
    rows = [w.pack("hd", i, i / 8) for i in range(8)]
    w.segment([w.object(a, w.plain(2, 4)), w.object(b, w.plain(10, 4))], b"".join(rows), interleaved=True)
    # Half of what a chunk would hold: half of the values of each.
    w.segment([w.object(a, w.plain(2, 8)), w.object(b, w.plain(10, 2))], short([20, 21, 22, 23]) + double([9.0]))
    path.write_bytes(w.out)
    facts = lambda name: {"g/a": dict(speed=25.0, rate=1000.0)}.get(name, dict(speed=25.0))
    expect(path, "tdms", found(path, facts), cut="prefix")


def still_written(path):
    """The writer stopped without closing the last segment, in the middle of a row."""
    w = Bytes()
    a, b = "/'g'/'a'", "/'g'/'b'"
    raw = b"".join(struct.pack("<hf", i, i / 4) for i in range(11))
    w.segment([w.object(a, w.plain(2, 4)), w.object(b, w.plain(9, 4))], raw[:-3], interleaved=True, length=2**64 - 1)
    path.write_bytes(w.out)
    expect(path, "tdms", found(path), cut="prefix")


def daqmx(path):
    """Two devices: one with two 16-bit channels and one of two scalers, the other with 32-bit numbers."""
    w = Bytes()

    def index(count, scalers, widths):
        body = w.pack("LLLQL", 0x1269, 0xFFFFFFFF, 1, count, len(scalers))
        for kind, buffer, offset, number in scalers:
            body += w.pack("LLLLL", kind, buffer, offset, 0, number)
        return body + w.pack("L", len(widths)) + b"".join(w.pack("L", n) for n in widths)

    def linear(number, slope, source):
        return [
            (f"NI_Scale[{number}]_Scale_Type", "Linear"),
            (f"NI_Scale[{number}]_Linear_Slope", slope),
            (f"NI_Scale[{number}]_Linear_Y_Intercept", 0.5),
            (f"NI_Scale[{number}]_Linear_Input_Source", source),
        ]

    widths, count = [6, 4], 6
    added = [
        ("NI_Number_Of_Scales", 3),
        ("NI_Scale[2]_Scale_Type", "Add"),
        ("NI_Scale[2]_Add_Left_Operand_Input_Source", 0),
        ("NI_Scale[2]_Add_Right_Operand_Input_Source", 1),
    ]
    objects = [
        w.object("/'dev'/'one'", index(count, [(3, 0, 0, 0)], widths), [("NI_Number_Of_Scales", 2)] + linear(1, 0.001, 0)),
        w.object("/'dev'/'sum'", index(count, [(3, 0, 2, 0), (2, 0, 4, 1)], widths), added),
        w.object("/'dev'/'wide'", index(count, [(5, 1, 0, 0)], widths), [("NI_Number_Of_Scales", 2)] + linear(1, 2.0, 0)),
    ]
    rows = lambda n: b"".join(struct.pack("<hhH", 10 * i, -i, 3 * i) for i in range(n))
    wide = lambda n: b"".join(struct.pack("<l", 100000 * i) for i in range(n))
    w.segment(objects, (rows(count) + wide(count)) * 2, daqmx=True)
    path.write_bytes(w.out)
    expect(path, "tdms", found(path))


by_writer(here / "writer.tdms")
incremental(here / "little.tdms", "<")
incremental(here / "big.tdms", ">")
still_written(here / "open.tdms")
daqmx(here / "daqmx.tdms")
