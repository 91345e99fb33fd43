"""Fault combs by NumPy and SciPy, from the formulae, for tests/behaviour/fault_combs.rs.

Every band is taken at the segment's full length and every median and mean by itself. Run `python make_fault_combs.py` in
this folder (pip install scipy; made with SciPy 1.17). It writes `fault_combs.json`.
"""
import json
import pathlib

import numpy as np
import scipy.fft as sf

BANDS = [(500, 6000), (2000, 6000), (500, 2000), (1000, 2500), (2000, 3500), (3000, 4500), (4000, 6000)]
WHITENED = [(500, 6000), (2000, 6000), (500, 2500)]
GROUPS = [(250, 6000), (2000, 6000), (250, 2500), (250, 1000), (1000, 2000), (2000, 3000), (3000, 4500), (4500, 6000)]
CONTROLS, SLIP = 150, 0.016


def envelope(bins, low, high, n, lines):
    one = np.zeros(n, complex)
    one[low:high] = bins[low:high]
    square = np.abs(sf.ifft(one)) ** 2
    return np.abs(sf.rfft(square - square.mean()))[:lines] ** 2


def spectra(x, rate):
    n = len(x)
    at = lambda f: int(np.ceil(min(f, rate / 2) * n / rate))
    bands, whitened_bands = ([(at(a), at(b)) for a, b in some] for some in (BANDS, WHITENED))
    lines = min(int(np.ceil(1200 * n / rate)), min(b - a for a, b in bands + whitened_bands))
    x = x - x.mean()
    x /= x.std()
    z = sf.rfft(x)
    power = np.abs(z) ** 2
    out = [envelope(z, a, b, n, lines) for a, b in bands]
    half = round(50 * n / rate)
    w = z / np.sqrt([power[max(k - half, 0):k + half + 1].mean() for k in range(len(z))])
    out += [envelope(w, a, b, n, lines) for a, b in whitened_bands]
    phase = z / np.abs(z)
    phase[0] = 0
    taper, fade = np.ones(n), int(0.02 * n)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(fade) / fade)
    taper[:fade], taper[n - fade:] = rise, rise[::-1]
    out.append(envelope(sf.rfft(sf.irfft(phase, n) * taper), *bands[0], n, lines))
    out.append(np.abs(sf.rfft(x * np.hanning(n)))[:lines] ** 2)
    whole = np.zeros(n, complex)
    whole[1:n // 2] = w[1:n // 2]
    whole = sf.ifft(whole) * n
    begins = [f for f in range(250, 5751, 250) if f + 250 <= rate / 2]
    strips = []
    for f in begins:
        strip = np.zeros(n, complex)
        low, high = at(f), min(at(f + 250), n // 2)
        strip[low:high] = w[low:high]
        strip = sf.ifft(strip) * n
        both = [np.abs(sf.fft(product)[:lines] / n) ** 2 for product in (strip * whole.conj(), strip.conj() * whole)]
        strips.append((both[0] + both[1]) / 2 / (high - low))
    strips, begins = np.array(strips), np.array(begins)
    out += [strips[(begins >= a) & (begins < b)].mean(0) for a, b in GROUPS]
    out += [np.sort(strips, 0)[-6:].mean(0), np.exp(np.log(np.maximum(strips, 1e-6)).mean(0))]
    return np.array(out)


def stand_out(line):
    n = len(line)
    faint = 1e-12 * line.mean()
    floor = np.array([np.median(line[max(k - 25, 0):k + 26]) for k in range(n)])
    ratio = np.log(np.maximum(line, faint) / np.maximum(floor, faint))
    middle = ratio[n // 60:n * 3 // 4]
    z = np.clip((ratio - middle.mean()) / (middle.std() + 1e-6), -3, 10)
    return np.array([z[max(k - 1, 0):k + 2].max() for k in range(n)]), middle.std()


def numbers(x, rate, shaft, own, cage):
    made = [stand_out(line) for line in spectra(x, rate)]
    m, deviation = np.array([one[0] for one in made]), [one[1] for one in made]
    turn, lines = shaft * len(x) / rate, m.shape[1]

    def mean(rows, orders):
        places = np.rint(np.abs(orders) * turn).astype(int)
        places = places[(places >= 1) & (places < lines)]
        return rows[:, places].mean(1) if len(places) else np.zeros(len(rows))

    least, most = 0.6 * min(own), 1.25 * max(own)
    drawn = [least + (most - least) * (k * 0.6180339887498949 % 1) for k in range(1, 8 * CONTROLS + 1)]
    controls = [o for o in drawn if all(abs(o / one - 1) > 0.03 for one in own)][:CONTROLS]
    combs, k3 = [], np.arange(1, 4)
    for order in list(own) + controls:
        tried = [order * (1 + SLIP * step / 8) for step in range(-8, 9)]
        heights = [mean(m.mean(0, keepdims=True), np.arange(1, 5) * o)[0] for o in tried]
        o = tried[int(np.argmax(heights))]
        sides = [k3 * o - 1, k3 * o + 1, np.r_[k3 * o - cage, k3 * o + cage], np.r_[k3 * o - 2, k3 * o + 2]]
        combs.append([mean(m, np.arange(1, k + 1) * o) for k in (2, 4, 6)] + [mean(m, side) for side in sides])
    combs = np.array(combs).transpose(2, 0, 1)          # spectrum, order, number
    others = combs[:, 3:]
    z = (combs - others.mean(1, keepdims=True)) / (others.std(1, keepdims=True) + 1e-3)
    turns = np.array([1, 2, 3, 4, 5, 6, cage, 2 * cage, 3 * cage, 1 - cage, 1 + cage, 2 - cage])
    turns = np.array([mean(m, np.array([turn_])) for turn_ in turns]).T
    largest = np.sort(z[:, 3:, 1], 1)[:, ::-1]
    overall = np.c_[np.log(np.array(deviation) + 1e-6), largest[:, 0], largest[:, :15].mean(1)]
    return np.c_[z[:, :3].reshape(len(m), -1), turns, overall]


rng = np.random.default_rng(20261123)
cases = []
# The second rate cuts the widest bands at 5 kHz.
for rate, n, shaft, orders, strikes in ((12_000, 6000, 29.2, (3.5848, 5.4152, 2.35675, 0.39828), 5.4152 * 0.995),
                                        (10_000, 7000, 41.3, (6.12, 8.88, 2.9, 0.41), 6.12 * 1.008)):
    t = np.arange(n) / rate
    strike = np.exp(-900 * (t * shaft * strikes % 1 / (shaft * strikes))) * np.sin(2 * np.pi * 3100 * (t * shaft * strikes % 1) / (shaft * strikes))
    x = strike * (1 + 0.6 * np.cos(2 * np.pi * shaft * t)) + 0.3 * np.sin(2 * np.pi * shaft * t) + 0.5 * rng.normal(size=n)
    samples = np.rint(1000 * x).astype(int)
    own = (orders[0], orders[1], 2 * orders[2])
    found = numbers(samples / 1000, rate, shaft, own, orders[3])
    assert found.shape == (22, 36), found.shape
    keys = dict(zip(("bpfo", "bpfi", "bsf", "ftf"), orders))
    cases.append(dict(rate=rate, shaft=shaft, orders=keys, thousandths=samples.tolist(),
                      numbers=[float(f"{value:.12g}") for value in found.ravel()]))
path = pathlib.Path(__file__).parent / "fault_combs.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
