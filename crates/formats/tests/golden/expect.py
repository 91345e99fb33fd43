"""What a reference reader finds in a file, as the contract test of all formats reads it (FILE.json beside FILE).

Scripts `FORMAT/make.py` write the files of a format with its reference program, read them back with it and call
`expect`. numpy alone is needed here.
"""

import json
import math
import pathlib

import numpy as np

CLASSES = {"float64": "float64", "float32": "float32", "bool": "logical"}


def array(name, values, **facts):
    """One array: values as the reference reader returns them, first dimension fastest, with what the file says of it.

    Facts: rate (Hz), unit (text), speed (Hz), start (text), position (text).
    """
    values = np.asarray(values)
    flat = values.flatten(order="F")
    if np.iscomplexobj(values):
        real = array(name, values.real, **facts)
        return {**real, "imaginary": flat.imag.tolist()}
    flat = flat.astype(np.float64)
    return {
        "name": name,
        "shape": list(values.shape) if values.ndim > 1 else [values.size, 1],
        "class": CLASSES.get(values.dtype.name, values.dtype.name),
        "values": [value if math.isfinite(value) else repr(value) for value in flat.tolist()],
        "facts": facts,
    }


def text(name, said, shape=(1, 1), **facts):
    """One text, with the shape that its format gives it."""
    return {"name": name, "shape": list(shape), "class": "char", "text": said, "values": [], "facts": facts}


def expect(path, format, arrays, cut="error", tolerance=0.0, memory=1 << 20):
    """Writes PATH.json.

    cut: "error" where every truncation has to be an error, "prefix" where a file cut at the end of a record is whole again
    and has to give the beginning of each array, "unseen" where nothing tells that it was cut.
    tolerance: relative; 0 for the same bits.
    memory: bytes beyond four times the file that a damaged one may make the reader take.
    """
    path = pathlib.Path(path)
    text = {"format": format, "cut": cut, "tolerance": tolerance, "memory": memory, "arrays": arrays}
    path.with_name(path.name + ".json").write_text(json.dumps(text, indent=None) + "\n", newline="\n")
