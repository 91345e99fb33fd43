"""The fast kurtogram in Python, as a peer to measure against: plain SciPy filters over a tree of bands.

`kurtogram(x, levels)` gives a dictionary from (row, band) to the kurtosis of that band; rows are those of
`BandTree`. Run as a program it prints the median and least time of the two records of the bench.
"""
import sys
import time

import numpy as np
from scipy.signal import firwin, lfilter

K17 = np.arange(17)
K25 = np.arange(25)
LOW = firwin(17, 0.4) * np.exp(0.25j * np.pi * K17)
HIGH = (firwin(17, 0.4) * np.exp(0.75j * np.pi * K17))[1:]
THIRDS = [firwin(25, 0.8 / 3) * np.exp(1j * np.pi * (2 * j + 1) * K25 / 6) for j in range(3)]


def excess_kurtosis(z):
    z = z - z.mean()
    power = np.abs(z) ** 2
    mean = power.mean()
    if mean < np.finfo(float).eps:
        return 0.0
    return max(0.0, (power**2).mean() / mean**2 - (2.0 if np.iscomplexobj(z) else 3.0))


def kurtogram(x, levels):
    signals = [x - x.mean()]
    result = {(0, 0): excess_kurtosis(signals[0])}
    for level in range(levels):
        children = []
        for i, z in enumerate(signals):
            if level + 1 < levels:
                for j, taps in enumerate(THIRDS):
                    part = lfilter(taps, 1, z)[2::3]
                    result[2 * level + 2, 3 * i + j] = excess_kurtosis(part[16:])
            low = lfilter(LOW, 1, z)[1::2]
            high = lfilter(HIGH, 1, z)[1::2]
            high[::2] *= -1
            result[2 * level + 1, 2 * i] = excess_kurtosis(low[16:])
            result[2 * level + 1, 2 * i + 1] = excess_kurtosis(high[15:])
            children += [low, high]
        signals = children
    return result


if __name__ == "__main__":
    random = np.random.default_rng(1)
    for samples, levels, repeats in ((2048, 4, 200), (122_880, 7, 5)):
        if len(sys.argv) > 1 and sys.argv[1] != str(samples):
            continue
        record = random.standard_normal(samples)
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            kurtogram(record, levels)
            times.append((time.perf_counter() - start) * 1e6)
        print(f"{samples} samples, {levels} levels: median {np.median(times):.0f} us, least {min(times):.0f} us")
