"""Columns of text as loggers, spreadsheets and data sets write them, read back by pandas.

What pandas has to be told (delimiter, decimal sign, header) is written here beside each file; the reader has to find it.
"""

import io
import pathlib
import sys

import numpy as np
import pandas

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

random = np.random.default_rng(10)


def noise(rows, columns, decimals=3):
    return np.round(random.standard_normal((rows, columns)), decimals)


def write(name, text, names=None, drop=(), units={}, encoding="utf-8", facts={}, **how):
    """drop: places of columns that are no channels. names: of the channels, where pandas does not find them."""
    path = here / name
    path.write_bytes(text.encode(encoding))
    table = pandas.read_csv(
        path, encoding=encoding, na_values=["n/a"], skipinitialspace=True, **how
    )
    kept = [i for i in range(table.shape[1]) if i not in drop]
    arrays = []
    for place, i in enumerate(kept):
        own = names[place] if names else table.columns[i]
        unit = {"unit": units[own]} if own in units else {}
        arrays.append(array(own, table.iloc[:, i].to_numpy(np.float64), **unit, **facts))
    # A text ends where it ends.
    expect(path, "csv", arrays, cut="prefix")


def rows(values, delimiter, end="\n", form="{:.3f}".format):
    return "".join(delimiter.join(map(form, row)) + end for row in values)


def numbered(count):
    return [f"column {i + 1}" for i in range(count)]


# As the files of IMS: no ending, no header.
write("2003.10.22.12.06.24", rows(noise(60, 8), "\t"), numbered(8), sep="\t", header=None)
# As the files of XJTU-SY.
header = "Horizontal_vibration_signals,Vertical_vibration_signals\n"
write("xjtu.csv", header + rows(noise(80, 2, 6), ",", form="{:.6f}".format))
write("crlf.csv", "\ufeffa,b\r\n" + rows(noise(50, 2), ",", "\r\n"))
write("german.csv", "Messung vom Montag\n\nWelle;Lager\n" + rows(noise(50, 2), ";").replace(".", ","),
      sep=";", decimal=",", skiprows=2)  # fmt: skip
write("decimal_comma.txt", "acc\n" + rows(noise(60, 1), "").replace(".", ","), sep=";", decimal=",")
write("one.txt", "acceleration\n" + rows(noise(60, 1), ""), sep="\t")
write("whole.csv", rows(random.integers(-2000, 2000, (60, 3)), ",", form=str), numbered(3), header=None)
write("blanks.txt", "".join(" ".join(f"{x:12.5e}" for x in row) + "\n" for row in noise(50, 3)), numbered(3),
      sep=r"\s+", header=None)  # fmt: skip

buffer = io.StringIO()
np.savetxt(buffer, noise(40, 2, 6), header="recorded at the mill\nDE FE")
write("savetxt.txt", buffer.getvalue(), ["DE", "FE"], sep=" ", comment="#", header=None)

sample = noise(90, 2)
lines = "".join(f"{i / 25600:.7f},{a:.3f},{b:.3f}\n" for i, (a, b) in enumerate(sample))
write("units.csv", "time [s],acc [m/s^2],DE (g)\n" + lines, ["acc", "DE"], [0],
      {"acc": "m/s^2", "DE": "g"}, facts={"rate": 25600.0})  # fmt: skip
lines = "".join(f"{i / 12000:.5f}\t{a:.3f}\t{b:.3f}\n" for i, (a, b) in enumerate(noise(300, 2)))
write("unit_line.tsv", "Time\tCh1\tCh2\n(s)\t(g)\t(mm/s)\n" + lines, ["Ch1", "Ch2"], [0],
      {"Ch1": "g", "Ch2": "mm/s"}, facts={"rate": 12000.0}, sep="\t", skiprows=[1])  # fmt: skip
stamps = pandas.date_range("2024-03-01T12:00:00", periods=70, freq="1ms").strftime("%Y-%m-%dT%H:%M:%S.%f")
lines = "".join(f"{t},{a:.3f}\n" for t, (a,) in zip(stamps, noise(70, 1)))
write("stamps.csv", "when,vib (m/s²)\n" + lines, ["vib"], [0], {"vib": "m/s²"}, "latin-1",
      {"rate": 1000.0, "start": stamps[0]})  # fmt: skip
lines = "".join(f"{i + (i > 40)},{a:.3f}\n" for i, (a,) in enumerate(noise(70, 1)))
write("gap.csv", "time_ms,vib\n" + lines, ["vib"], [0])
lines = "".join(f'"{a:.3f}","{b:.3f}"\n' for a, b in noise(40, 2))
write("quoted.csv", '"motor, drive end","motor, fan end"\n' + lines)
text = "a,b,c\n1,2,\n,nan,3\n-0.5,n/a,1e-3\n# a comment\n\n" + rows(noise(30, 3), ",")
write("missing.csv", text, comment="#")
write("trailing.csv", "a,b,\n" + rows(noise(40, 2), ",", ",\n"), ["a", "b"], [2])
