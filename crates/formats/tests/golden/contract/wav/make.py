"""WAV files by soundfile (libsndfile)."""

import pathlib
import sys

import numpy as np
import soundfile

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
from expect import array, expect

KINDS = {
    "PCM_U8": "uint8",
    "PCM_16": "int16",
    "PCM_24": "int32",
    "PCM_32": "int32",
    "FLOAT": "float32",
    "DOUBLE": "float64",
}


def write(name, samples, rate, subtype, format, title=None):
    path = here / name
    with soundfile.SoundFile(path, "w", rate, samples.shape[1], subtype, format=format) as file:
        if title:
            file.title = title
        file.write(samples)
    found, stated = soundfile.read(path, dtype="float64", always_2d=True)
    arrays = []
    for i, channel in enumerate(found.T):
        one = array(f"channel {i + 1}", channel, rate=float(stated))
        one["class"] = KINDS[subtype]
        arrays.append(one)
    expect(path, "wav", arrays)


random = np.random.default_rng(7)


def samples(rows, channels):
    some = random.uniform(-0.9, 0.9, (rows, channels))
    # Both ends of the scale.
    some[:2, 0] = [-1.0, 1.0]
    return some


for subtype in KINDS:
    write(f"{subtype.lower()}.wav", samples(300, 2), 25600, subtype, "WAV")
    write(f"extensible_{subtype.lower()}.wav", samples(60, 4), 51200, subtype, "WAVEX")
write("mono.wav", samples(500, 1), 12000, "PCM_16", "WAV", title="motor, drive end")
write("long.wav", samples(100, 3), 48000, "PCM_24", "RF64")
write("none.wav", np.zeros((0, 1)), 48000, "PCM_16", "WAV")
for subtype, rows, channels in (("PCM_24", 100, 3), ("PCM_16", 33, 1), ("DOUBLE", 40, 2)):
    # Of 33 numbers of two bytes the last chunk has to be filled up.
    write(f"{subtype.lower()}.w64", samples(rows, channels), 48000, subtype, "W64")
