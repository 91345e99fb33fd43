"""Raw numbers by numpy's `tofile`, each with the layout that describes it (FILE.toml), read back by `fromfile`."""

import pathlib
import sys

import numpy as np

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(13)


def write(name, kind, channels, rows, header=0, interleaved=True, scale=1.0):
    path = here / name
    if kind[1] == "f":
        values = random.standard_normal((rows, channels)).astype(kind)
    else:
        ends = np.iinfo(np.dtype(kind))
        values = random.integers(ends.min, ends.max, (rows, channels), endpoint=True).astype(kind)
    stored = values if interleaved else values.T
    path.write_bytes(bytes(range(header)) + np.ascontiguousarray(stored).tobytes())
    numbers = np.dtype(kind)
    name = numbers.kind + str(8 * numbers.itemsize)
    order = "big" if kind[0] == ">" else "little"
    path.with_name(path.name + ".toml").write_text(
        f'[raw]\ntype = "{name}"\nbyte_order = "{order}"\nchannels = {channels}\n'
        f"interleaved = {str(interleaved).lower()}\nheader_bytes = {header}\nscale = {scale}\n\n"
        '[[channel]]\nname = "DE"\nvariable = "channel 1"\nunit = "g"\n'
    )
    found = np.fromfile(path, dtype=kind, offset=header).astype(np.float64) * scale
    found = found.reshape(rows, channels) if interleaved else found.reshape(channels, rows).T
    arrays = []
    for i in range(channels):
        one = array(f"channel {i + 1}", found[:, i])
        one["class"] = numbers.newbyteorder("=").name
        arrays.append(one)
    # Nothing says how long the file was. Of channels that stand one after the other not even the beginning is left.
    expect(path, "raw", arrays, cut="prefix" if interleaved else "unseen")


write("interleaved.bin", ">i2", 3, 40, header=7, scale=0.001)
write("apart.bin", "<f4", 2, 50, interleaved=False)
write("mono.dat", "<f8", 1, 60)
write("bytes.raw", "|u1", 4, 30, header=64)
