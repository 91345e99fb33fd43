#!/usr/bin/env python3
"""Peers of the bench `transforms`, timed on the same samples, one thread, in the same run.

The bench starts this script itself:  cargo bench -p brinell-signal --bench transforms -- --peers python3
Needs: pip install numpy scipy vmdpy fast-vmdpy fcwt fcwt2   (a missing one drops its rows; fcwt also needs FFTW's
libfftw3f). Protocol: one line `JOB SECONDS` in, one line of JSON out: {"times": [...]} in seconds, one entry a
call, or {"error": "..."}. Every job is warmed up before it is timed.
"""
import json
import os
import sys
import time

for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
X = np.load(f"{HERE}/../../tests/golden/in/cwru_ir007_4096.npy")[:2048]
X32 = X.astype(np.float32)
RATE = 12000.0


def vmdpy(modes):
    from vmdpy import VMD
    return lambda: VMD(X, 2000, 0, modes, 0, 1, 1e-7)


def fast_vmdpy(modes):
    from fast_vmdpy import VMD
    return lambda: VMD(X, 2000, 0, modes, False, 1, 1e-7, use_numba=True)


def stft_frames():
    import scipy.fft as sf
    from scipy.signal import get_window
    window = get_window("hann", 256).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(X32, 256)[::128]
    return lambda: np.abs(sf.rfft(frames * window, axis=1))


def short_time_fft():
    from scipy.signal import ShortTimeFFT, get_window
    transform = ShortTimeFFT(get_window("hann", 256), 128, RATE, scale_to="magnitude")
    return lambda: np.abs(transform.stft(X32))


def fcwt_parts():
    import fcwt
    wavelet = fcwt.Morlet(2.0)
    scales = fcwt.Scales(wavelet, fcwt.FCWT_LOGSCALES, int(RATE), 60, 5500, 64)
    transform = fcwt.FCWT(wavelet, 1, False, True)
    output = np.zeros((64, 2048), dtype="csingle")
    # The C++ objects hold bare pointers: the wavelet has to live as long as they do.
    return wavelet, scales, transform, output


def fcwt_core():
    parts = fcwt_parts()
    _, scales, transform, output = parts
    return lambda: (transform.cwt(X32, scales, output), parts)


def fcwt2_real():
    """Through its Python interface, which returns lists: that is what its users wait for."""
    import fcwt2
    transform = fcwt2.Fcwt.morlet(2.0)
    scales = fcwt2.Scales.log(int(RATE), 60.0, 5500.0, 64)
    return lambda: transform.cwt_real(X32, scales)


def fcwt_image():
    parts = fcwt_parts()
    _, scales, transform, output = parts

    def work():
        transform.cwt(X32, scales, output)
        return np.abs(output[:, ::32]), parts
    return work


def squared_envelope_spectrum():
    import scipy.fft as sf
    from scipy.signal import hilbert

    def work():
        analytic = hilbert(X32)
        squared = analytic.real**2 + analytic.imag**2
        lines = np.abs(sf.rfft(squared - squared.mean())) * (2 / len(X32))
        lines[0] /= 2
        lines[-1] /= 2
        return lines
    return work


def kurtogram(levels):
    """Antoni's tree of 2007, as in the golden vectors' script."""
    import scipy.signal as ss
    k = np.arange(17)
    low = ss.firwin(17, .4) * np.exp(2j * np.pi * k * .125)
    high = low[15::-1] * (-1.0)**np.arange(1, 17)
    k = np.arange(25)
    first = ss.firwin(25, 2 / 3 * .4) * np.exp(2j * np.pi * k * .25 / 3)
    thirds = [first, first * np.exp(2j * np.pi * k / 6), first * np.exp(2j * np.pi * k / 3)]

    def kurtosis(z):
        z = z - z.mean()
        power = np.abs(z)**2
        mean = power.mean()
        return (power**2).mean() / mean**2 - (2 if np.iscomplexobj(z) else 3) if mean > 0 else 0.0

    def work():
        x = X - X.mean()
        cells = 3 * 2**levels
        table = np.zeros((2 * levels, cells))
        table[0] = kurtosis(x)

        def put(row, index, count, value):
            width = cells // count
            table[row, index * width:(index + 1) * width] = value

        def ternary(z, row, index, count):
            for j, taps in enumerate(thirds):
                put(row, 3 * index + j, 3 * count, kurtosis(ss.lfilter(taps, 1, z)[2::3][16:]))

        def node(z, level, index):
            a = ss.lfilter(low, 1, z)[1::2]
            d = ss.lfilter(high, 1, z)[1::2]
            d = d * (-1.0)**np.arange(1, len(d) + 1)
            for side, q, drop in ((0, a, 16), (1, d, 15)):
                i = 2 * index + side
                put(2 * level + 1 if level + 1 < levels else 2 * levels - 1, i, 2**(level + 1), kurtosis(q[drop:]))
                if level + 1 < levels - 1:
                    ternary(q, 2 * (level + 2), i, 2**(level + 1))
                if level + 1 < levels:
                    node(q, level + 1, i)
        ternary(x, 2, 0, 1)
        node(x, 0, 0)
        return np.maximum(table, 0)
    return work


def zero_phase():
    from scipy.signal import butter, sosfiltfilt
    sections = butter(4, [2500, 4000], "bandpass", fs=RATE, output="sos")
    return lambda: sosfiltfilt(sections, X32)


def resample():
    from scipy.signal import resample_poly
    return lambda: resample_poly(X32, 5, 12)


def welch():
    from scipy.signal import welch as scipy_welch
    return lambda: scipy_welch(X32, RATE, nperseg=256)


JOBS = {
    "vmdpy-4": lambda: vmdpy(4), "vmdpy-8": lambda: vmdpy(8),
    "fast-vmdpy-4": lambda: fast_vmdpy(4), "fast-vmdpy-8": lambda: fast_vmdpy(8),
    "stft-frames": stft_frames, "short-time-fft": short_time_fft,
    "fcwt-core": fcwt_core, "fcwt2": fcwt2_real, "fcwt-image": fcwt_image,
    "squared-envelope-spectrum": squared_envelope_spectrum,
    "kurtogram-4": lambda: kurtogram(4),
    "sosfiltfilt": zero_phase, "resample-poly": resample, "welch": welch,
}


def versions():
    from importlib.metadata import PackageNotFoundError, version
    found = {"python": sys.version.split()[0]}
    for package in ("numpy", "scipy", "vmdpy", "fast-vmdpy", "fcwt", "fcwt2"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found


def main():
    ready = {}
    print(json.dumps({"versions": versions()}), flush=True)
    for line in sys.stdin:
        job, seconds = line.split()
        try:
            if job not in ready:
                ready[job] = JOBS[job]()
                ready[job]()
            times, end = [], time.perf_counter() + float(seconds)
            while time.perf_counter() < end or len(times) < 3:
                start = time.perf_counter()
                ready[job]()
                times.append(time.perf_counter() - start)
            answer = {"times": times}
        except Exception as error:  # a peer that is missing or fails drops its row, not the bench
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
