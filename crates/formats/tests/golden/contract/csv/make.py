"""Columns of text as loggers, spreadsheets and data sets write them, read back by pandas.

What pandas has to be told (delimiter, decimal sign, header) is written here beside each file; the reader has to find it.
"""

import io
import pathlib
import re
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
# Times as `%.9g` and `%.6g` write them: the finest digit moves.
for digits, rate in ((9, 25600), (6, 12000)):
    lines = "".join(f"{i / rate:.{digits}g},{a:.3f}\n" for i, (a,) in enumerate(noise(400, 1)))
    write(f"digits_{digits}.csv", "time (s),acc\n" + lines, ["acc"], [0], facts={"rate": float(rate)})
# Times rounded to so many decimals, with the zeros at their ends left out, as spreadsheets write them.
lines = "".join(f"{round(i / 12000, 6)!r};{a:.3f}\n" for i, (a,) in enumerate(noise(300, 1)))
write("shortest.csv", "t [s];acc [g]\n" + lines, ["acc"], [0], {"acc": "g"}, facts={"rate": 12000.0}, sep=";")
# Date and time in two columns, over midnight.
moments = pandas.date_range("2024-02-29T23:59:59.98", periods=60, freq="1ms")
lines = "".join(f"{t:%d.%m.%Y};{t:%H:%M:%S}.{t.microsecond // 1000:03d};{a:.3f}\n" for t, (a,) in zip(moments, noise(60, 1)))
write("two_columns.csv", "Datum;Uhrzeit;acc\n" + lines, ["acc"], [0, 1], sep=";",
      facts={"rate": 1000.0, "start": "29.02.2024 23:59:59.980"})  # fmt: skip
lines = "".join(f"{t:%Y-%m-%d %H:%M:%S}.{t.microsecond:06d} {a:.3f} {b:.3f}\n" for t, (a, b) in zip(moments, noise(60, 2)))
write("stamps.txt", "day clock DE FE\n" + lines, ["DE", "FE"], [0, 1], sep=" ",
      facts={"rate": 1000.0, "start": "2024-02-29 23:59:59.980000"})  # fmt: skip
# What a spreadsheet calls Unicode text.
lines = "".join(f"{a:.3f}\t{b:.3f}\r\n" for a, b in noise(50, 2))
write("unicode.txt", "Lager ä [m/s²]\tDE\r\n" + lines, ["Lager ä", "DE"], [], {"Lager ä": "m/s²"}, "utf-16", sep="\t")
# Rates in the lines above the numbers.
above = "Recorder: A1\nSampling rate: 25600 Hz\nDate,2024-03-01\n\nDE,FE\n"
write("preamble.csv", above + rows(noise(40, 2), ","), skiprows=4, facts={"rate": 25600.0})
write("step.txt", "# pump 3\n# dt 0.0001\n" + rows(noise(40, 2), " "), numbered(2), sep=" ", comment="#", header=None,
      facts={"rate": 10000.0})  # fmt: skip
# As oscilloscopes of Tektronix write it.
above = "Model,DPO2024\nSample Interval,4e-05,s,,\nRecord Length,60,Points,,\nVertical Units,V,,,\n\nTIME,CH1,CH2\n"
lines = "".join(f"{i * 4e-5 - 1e-3:.6e},{a:.3f},{b:.3f}\n" for i, (a, b) in enumerate(noise(60, 2)))
write("scope.csv", above + lines, ["CH1", "CH2"], [0], skiprows=5, facts={"rate": 25000.0})


def labview(name, rows, times, step, comma=False, names=("DE", "FE"), ends=("", "")):
    """A LabVIEW measurement file after NI's specification of `.lvm` files; numbers of six decimals.

    ends: what follows the numbers in the first line and in the others, where the comments have their column.
    """
    many = len(names)
    each = lambda tag, *values: tag + "".join(f"\t{value}" for value in (values * many)[:many]) + "\t\n"
    head = (
        "LabVIEW Measurement\t\nWriter_Version\t2\nReader_Version\t2\nSeparator\tTab\n"
        f"Decimal_Separator\t{',' if comma else '.'}\nMulti_Headings\tNo\nX_Columns\t{'One' if times else 'No'}\n"
        "Time_Pref\tRelative\nOperator\tA\nDate\t2024/03/01\nTime\t12:00:00,25\n***End_of_Header***\t\n\t\n"
        + each("Channels", many, *[""] * (many - 1)) + each("Samples", len(rows)) + each("Date", "2024/03/01")
        + each("Time", "12:00:00,25") + each("Y_Unit_Label", "g", "Volts") + each("X_Dimension", "Time")
        + each("X0", "0.0000000000000000E+0") + each("Delta_X", step) + "***End_of_Header***" + "\t" * (many + 1) + "\n"
        + "X_Value\t" + "\t".join(names) + "\tComment\n"
    )
    lines = "".join(
        (f"{i * float(step):.6f}" if times else "") + "".join(f"\t{x:.6f}" for x in row) + ends[i > 0] + "\n"
        for i, row in enumerate(rows)
    )
    text = head + lines
    rate = round(1 / float(step), 6)
    drop = [0] if ends == ("", "") else [0, many + 1]
    write(name, text.replace(".", ",") if comma else text, list(names), drop, dict(zip(names, ("g", "Volts"))),
          facts={"rate": rate}, sep="\t", skiprows=23, header=None, decimal="," if comma else ".")  # fmt: skip


labview("times.lvm", noise(300, 2), True, "1.000000E-4")
labview("step.lvm", noise(40, 2), False, "3.906250E-5", comma=True)
# A comment on the first row, where LabVIEW writes it; an empty cell in its place on all rows; one channel without times.
labview("comment.lvm", noise(60, 2), True, "1.000000E-4", ends=("\tstart of run", ""))
labview("tabs.lvm", noise(60, 2), True, "1.000000E-4", ends=("\t", "\t"))
labview("one.lvm", noise(60, 1), False, "1.000000E-4", comma=True, names=["DE"])
# What the lines above the numbers say of all columns.
above = "Logger: VibBox;SN 123\nSample rate [Hz];12000\nRPM;1800\nUnit;g\n"
write("stated.csv", above + rows(noise(40, 2), ";"), numbered(2), sep=";", skiprows=4, header=None,
      units=dict.fromkeys(numbered(2), "g"), facts={"rate": 12000.0, "speed": 30.0})  # fmt: skip
above = "# fs = 12 kHz\n# speed = 1800 rpm\n# unit: m/s^2\n"
write("stated.txt", above + rows(noise(40, 2), "  "), numbered(2), sep=r"\s+", comment="#", header=None,
      units=dict.fromkeys(numbered(2), "m/s^2"), facts={"rate": 12000.0, "speed": 30.0})  # fmt: skip
# Times as spreadsheets write them, over midnight; words and nothing in columns of their own.
lines = "".join(f"{t:%m/%d/%Y %I:%M:%S}.{t.microsecond:06d} {t:%p},P3,{a:.3f},\n" for t, (a,) in zip(moments, noise(60, 1)))
write("excel.csv", "Date Time,machine,acc [g],Remark\n" + lines, ["acc"], [0, 1, 3], {"acc": "g"},
      facts={"rate": 1000.0, "start": "02/29/2024 11:59:59.980000 PM"})  # fmt: skip
lines = "".join(f"{t:%d.%m.%Y %H:%M:%S}.{t.microsecond // 1000:03d};{a:.3f}\n" for t, (a,) in zip(moments, noise(60, 1)))
lines = re.sub(r"\.(\d{3}(;|\n))", r",\1", lines)
write("excel_german.csv", "Zeit;Beschleunigung [g]\n" + lines, ["Beschleunigung"], [0], {"Beschleunigung": "g"}, sep=";",
      decimal=",", facts={"rate": 1000.0, "start": "29.02.2024 23:59:59,980"})  # fmt: skip
