#!/usr/bin/env python3
"""Makes the .mat files beside it. Needs numpy and scipy (made with 2.4 and 1.17).

    python3 make_mat.py

kinds*.mat, one.mat and matlab4.mat are written by scipy. by_hand.mat is packed byte by byte, because
scipy never writes big-endian files, small elements for numbers, doubles stored as integers or
UTF-16; scipy.io.loadmat has to read it back, as a second opinion on what its bytes mean.
"""

import lzma
import os
import struct

import numpy as np
import scipy.io
import scipy.sparse

HERE = os.path.dirname(os.path.abspath(__file__))
STAMP = b"MATLAB 5.0 MAT-file, made by make_mat.py"


def path(name):
    return os.path.join(HERE, name)


def without_date(name):
    """scipy writes the date into the header: replace it, so that the files can be made anew."""
    with open(path(name), "r+b") as file:
        file.write(STAMP.ljust(116, b" "))


def kinds():
    column = lambda *values: np.array(values).reshape(-1, 1)
    person = np.zeros((1, 2), dtype=[("name", object), ("age", object)])
    person[0, 0] = ("Ann", np.float64(31))
    person[0, 1] = ("Bo", np.float64(4))
    cell = np.empty((1, 3), dtype=object)
    cell[0, 0], cell[0, 1], cell[0, 2] = np.float64(0.5), "two", np.array([[1.0, 2.0, 3.0]])
    return {
        "wave": column(0.1, -0.25, 1e300, -0.0, 5e-324),
        "row": np.array([[1.5, 2.5, 3.5]]),
        "matrix": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        "cube": np.arange(24.0).reshape(2, 3, 4),
        "empty": np.zeros((0, 0)),
        "single": column(np.float32(0.1), np.float32(-7.25)).astype(np.float32),
        "i8": column(-128, 127).astype(np.int8),
        "u8": column(0, 255).astype(np.uint8),
        "i16": column(-32768, 32767).astype(np.int16),
        "u16": np.uint16(1796),
        "i32": column(-(2**31), 2**31 - 1).astype(np.int32),
        "u32": column(0, 2**32 - 1).astype(np.uint32),
        "i64": column(-(2**53), 2**53).astype(np.int64),
        "u64": column(0, 2**53).astype(np.uint64),
        "logical": np.array([[True, False, True]]),
        "complex": column(1.0 + 2.0j, -3.5 - 0.5j),
        "text": "drive end",
        "greek": "größer µ Ω",
        "lines": np.array(["abc", "de "]),
        "bearing": {"sr": np.float64(97656), "gs": column(0.25, 0.5, 0.75), "inner": {"load": np.float64(270)}},
        "people": person,
        "mixed": cell,
        "sparse": scipy.sparse.csc_matrix(np.diag([1.0, 2.0])),
    }


def element(order, kind, data):
    """A data element; small where the format allows it."""
    if len(data) <= 4:
        return struct.pack(order + "I", len(data) << 16 | kind) + data.ljust(4, b"\0")
    return struct.pack(order + "II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def matrix(order, mx_class, flags, shape, name, *parts):
    body = element(order, 6, struct.pack(order + "II", flags << 8 | mx_class, 0))
    body += element(order, 5, struct.pack(f"{order}{len(shape)}i", *shape))
    body += element(order, 1, name)
    body += b"".join(parts)
    return struct.pack(order + "II", 14, len(body)) + body


def by_hand(order):
    """Doubles stored as int16 and uint8, UTF-16 text, a logical, a complex, a struct with a cell."""
    pack = lambda code, *values: struct.pack(f"{order}{len(values)}{code}", *values)
    field = lambda *a: matrix(order, *a)
    names = b"".join(name.ljust(8, b"\0") for name in (b"gain", b"list"))
    nested = field(1, 0, (1, 2), b"", field(6, 0, (1, 1), b"", element(order, 2, pack("B", 7))), field(6, 0, (0, 0), b"", element(order, 9, b"")))
    variables = [
        matrix(order, 6, 0, (4, 1), b"counts", element(order, 3, pack("h", -300, 0, 1, 32000))),
        matrix(order, 6, 0, (3, 1), b"bytes", element(order, 2, pack("B", 1, 2, 255))),
        matrix(order, 6, 0, (2, 1), b"halves", element(order, 9, pack("d", 0.5, -1.5))),
        matrix(order, 9, 2, (1, 2), b"flags", element(order, 2, pack("B", 1, 0))),
        matrix(order, 6, 8, (2, 1), b"phasor", element(order, 9, pack("d", 1.0, 2.0)), element(order, 1, pack("b", -1, 3))),
        matrix(order, 4, 0, (1, 5), b"label", element(order, 17, "Motor".encode("utf-16-be" if order == ">" else "utf-16-le"))),
        matrix(order, 2, 0, (1, 1), b"setup", element(order, 5, pack("i", 8)), element(order, 1, names), field(6, 0, (1, 1), b"", element(order, 3, pack("h", -2))), nested),
    ]
    end = b"\x01\x00MI" if order == ">" else b"\x00\x01IM"
    return STAMP.ljust(116, b" ") + b"\0" * 8 + end + b"".join(variables)


def main():
    values = kinds()
    for name, packed in (("kinds.mat", False), ("kinds_packed.mat", True)):
        scipy.io.savemat(path(name), values, do_compression=packed, oned_as="column")
        without_date(name)
    one = {"x": np.arange(8.0).reshape(-1, 1) / 8}
    for name, packed in (("one.mat", False), ("one_packed.mat", True)):
        scipy.io.savemat(path(name), one, do_compression=packed)
        without_date(name)
    with open(path("one.mat"), "rb") as file, open(path("one.mat.xz"), "wb") as out:
        out.write(lzma.compress(file.read(), check=lzma.CHECK_SHA256))
    scipy.io.savemat(path("matlab4.mat"), {"x": np.arange(4.0)}, format="4")
    for name, order in (("by_hand.mat", "<"), ("by_hand_big_endian.mat", ">")):
        with open(path(name), "wb") as file:
            file.write(by_hand(order))
        read = scipy.io.loadmat(path(name))
        assert read["counts"].ravel().tolist() == [-300, 0, 1, 32000]
        assert read["bytes"].ravel().tolist() == [1, 2, 255]
        assert read["halves"].ravel().tolist() == [0.5, -1.5]
        assert read["flags"].ravel().tolist() == [1, 0] and read["flags"].dtype == np.uint8
        assert read["phasor"].ravel().tolist() == [1 - 1j, 2 + 3j]
        assert read["label"][0] == "Motor"
        setup = read["setup"][0, 0]
        assert setup["gain"] == [[-2]] and setup["list"][0, 0] == [[7]] and setup["list"][0, 1].size == 0


if __name__ == "__main__":
    main()
