"""Small files in the shape of public data sets, as their loaders and descriptions tell it: `python3 make.py`.

No sample is from a data set. Names of variables and columns, folders and file names are; where only the number of header
lines is known, the words in them are ours.
"""

from pathlib import Path

import numpy as np
from scipy.io import savemat

HERE = Path(__file__).parent
SAMPLES = 100


def wave(channel, n=SAMPLES):
    """Samples that tell which channel they are of: the first is its number."""
    return channel + np.round(np.sin(np.arange(n) * 0.3 * channel), 4)


def path(name):
    full = HERE / name
    full.parent.mkdir(parents=True, exist_ok=True)
    return full


def mfpt():
    # Types differ between the files: integers here, text and packed there.
    bearing = {"sr": np.int32(97656), "gs": wave(1).reshape(-1, 1), "load": np.int32(270), "rate": np.int32(25)}
    savemat(path("mfpt/1 - Three Baseline Conditions/baseline_1.mat"), {"bearing": bearing})
    bearing = {"sr": "48828", "rate": 25.0, "gs": wave(1).reshape(-1, 1), "load": 25.0}
    name = "mfpt/3 - Seven More Outer Race Fault Conditions/OuterRaceFault_vload_1.mat"
    savemat(path(name), {"bearing": bearing}, do_compression=True)


def paderborn():
    names = ["force", "phase_current_1", "phase_current_2", "speed", "temp_2_bearing_module", "torque", "vibration_1"]
    lengths = [12, 200, 200, 12, 5, 12, 200]

    def array(entries):
        fields = [("Name", "O"), ("Raster", "O"), ("Data", "O")]
        out = np.empty((1, len(entries)), dtype=fields)
        for at, (name, raster, data) in enumerate(entries):
            out[0, at] = (name, raster, data.reshape(1, -1))
        return out

    x = array([("HostService", "HostService", np.arange(200.0)), ("Mech_4kHz", "Mech_4kHz", np.arange(12.0))])
    y = array([(name, "HostService", wave(at + 1, n)) for at, (name, n) in enumerate(zip(names, lengths))])
    own = "N15_M07_F10_K001_1"
    savemat(path(f"paderborn/K001/{own}.mat"), {own: {"Info": "none", "X": x, "Y": y, "Description": "none"}})


def ims():
    for folder, name, columns in [("1st_test", "2003.10.22.12.06.24", 8), ("2nd_test", "2004.02.12.10.32.39", 4)]:
        table = np.stack([wave(c + 1) for c in range(columns)], axis=1)
        np.savetxt(path(f"ims/{folder}/{name}"), table, fmt="%.3f", delimiter="\t")


def xjtu_sy():
    with path("xjtu-sy/37.5Hz11kN/Bearing2_1/7.csv").open("w", newline="\r\n") as file:
        file.write("Horizontal_vibration_signals,Vertical_vibration_signals\n")
        for row in zip(wave(1), wave(2)):
            file.write(",".join(f"{value:.6f}" for value in row) + "\n")


def uored_vafcls():
    for name, below, speed in [("1_Healthy/H_1_0", np.nan, 1750.0), ("5_Cage_Faults/C_16_2", 0.0, 1748.5)]:
        matrix = np.stack([wave(1), wave(2), np.full(SAMPLES, below), np.full(SAMPLES, below), wave(5)], axis=1)
        matrix[0, 2], matrix[0, 3] = speed, 400.0
        savemat(path(f"uored-vafcls/{name}.mat"), {name.split("/")[1]: matrix}, do_compression=True)


def jnu():
    np.savetxt(path("jnu/ib600_2.csv"), wave(1), fmt="%.5f")
    np.savetxt(path("jnu/n1000_3_2.csv"), wave(1), fmt="%.5f")


def seu():
    table = np.stack([wave(c + 1) for c in range(8)], axis=1)
    for name, mark in [("bearingset/ball_20_0", ","), ("bearingset/comb_30_2", "\t"), ("gearset/Miss_20_0", "\t")]:
        with path(f"seu/{name}.csv").open("w", newline="\r\n") as file:
            header = ["Title", "DATE", "TIME", "", "Channels", "Volts/Unit 1", "Frequency Limit 2000"]
            header += [f"setting {at}" for at in range(8)] + ["Data"]
            for line in header:
                file.write(line + mark * 8 + "\n")
            for row in table:
                file.write("".join(f"{value:.6f}{mark}" for value in row) + "\n")


def hust_hanoi():
    savemat(path("hust-hanoi/IB704.mat"), {"data": wave(1).reshape(-1, 1), "fs": 28.75}, do_compression=True)


def hust_wuhan():
    def write(name, begin):
        with path(f"hust-wuhan/{name}.xls").open("w", newline="\r\n") as file:
            for at in range(21):
                file.write(f"setting {at}\n")
            file.write("Time (seconds) and Data Channels\n")
            for at, row in enumerate(zip(wave(1), wave(2), wave(3))):
                cells = [at / 25600, begin, *row]
                file.write("\t".join(f"{value:.8f}" for value in cells) + "\n")

    write("0.5X_B_65Hz", 5.0)
    write("H_25hz", 5.0)
    write("C_VS_0_40_0Hz", 5.0)


def hit_sm():
    folder = "hit-sm/SpectraQuest MFS dataset"
    savemat(path(f"{folder}/IR2_1200.mat"), {"Data_x": wave(1).reshape(-1, 1)})
    savemat(path(f"{folder}/Normal_600.mat"), {"y": wave(1).reshape(-1, 1)})


for make in [mfpt, paderborn, ims, xjtu_sy, uored_vafcls, jnu, seu, hust_hanoi, hust_wuhan, hit_sm]:
    make()
