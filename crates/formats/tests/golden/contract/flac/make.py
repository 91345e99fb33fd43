"""FLAC files by soundfile (libFLAC)."""

import pathlib
import sys

import numpy as np
import soundfile

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

KINDS = {"PCM_S8": "int8", "PCM_16": "int16", "PCM_24": "int32"}


def write(name, samples, rate, subtype, title=None):
    path = here / name
    with soundfile.SoundFile(path, "w", rate, samples.shape[1], subtype, format="FLAC") as file:
        if title:
            file.title = title
        file.write(samples)
    found, stated = soundfile.read(path, dtype="float64", always_2d=True)
    arrays = []
    for i, channel in enumerate(found.T):
        one = array(f"channel {i + 1}", channel, rate=float(stated))
        one["class"] = KINDS[subtype]
        arrays.append(one)
    expect(path, "flac", arrays)


random = np.random.default_rng(11)
times = np.arange(400) / 25600
tone = 0.4 * np.sin(2 * np.pi * 1000 * times) + 0.05 * random.standard_normal(400)
# Correlated channels are coded as sum and difference.
stereo = np.column_stack([tone, 0.9 * tone + 0.001 * random.standard_normal(400)])
for subtype in KINDS:
    write(f"{subtype.lower()}.flac", stereo, 25600, subtype)
write("noise.flac", random.uniform(-1, 1, (200, 4)), 48000, "PCM_24")
write("mono.flac", tone[:, None], 12000, "PCM_16", title="motor, drive end")
write("still.flac", np.zeros((500, 1)), 48000, "PCM_16")
