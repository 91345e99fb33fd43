#!/usr/bin/env python3
"""Golden vectors for the tests of this crate.

Usage: python make.py OUT_DIR [CWRU_DIR]
Needs: numpy, scipy. CWRU_DIR holds the Case Western recordings 97.mat, 105.mat, 118.mat and 130.mat; without it
their cases are left out.
Every array is little-endian float64 .npy, C order. A complex array carries one more trailing axis of length 2
(re, im) and "complex": true in the manifest. A case passes when |got - want| <= atol + rtol * max|want|.
Where the reference is "this file", the definition below is the project's own.
"""
import json, os, sys, warnings
import importlib.metadata as md
import numpy as np
import scipy.fft as sf
import scipy.signal as ss
from scipy.interpolate import CubicSpline

OUT = sys.argv[1] if len(sys.argv) > 1 else "."
CWRU = sys.argv[2] if len(sys.argv) > 2 else None
os.makedirs(f"{OUT}/in", exist_ok=True)
os.makedirs(f"{OUT}/out", exist_ok=True)
INPUTS, CASES = {}, []


def ver(p):
    try:
        return md.version(p)
    except Exception:
        return None


def store(path, a):
    a = np.asarray(a)
    cx = np.iscomplexobj(a)
    if cx:
        a = np.stack([a.real, a.imag], -1)
    np.save(f"{OUT}/{path}", np.ascontiguousarray(a, dtype="<f8"))
    return cx, list(a.shape)


def inp(name, a, note):
    cx, shape = store(f"in/{name}.npy", a)
    INPUTS[name] = dict(file=f"in/{name}.npy", complex=cx, shape=shape, note=note)
    return np.asarray(a)


def case(cid, fn, inputs, params, outs, rtol=1e-10, atol=1e-12, ref="numpy/scipy", note=None):
    """outs: dict name -> array.  Pass when |got-want| <= atol + rtol*max|want| (max over the array)."""
    o = {}
    for k, v in outs.items():
        f = f"out/{cid}.{k}.npy"
        cx, shape = store(f, v)
        o[k] = dict(file=f, complex=cx, shape=shape)
    c = dict(id=cid, fn=fn, inputs=inputs, params=params, outputs=o, rtol=rtol, atol=atol, ref=ref)
    if note:
        c["note"] = note
    CASES.append(c)


SP = f"scipy {ver('scipy')}"
NP = f"numpy {ver('numpy')}"
OWN = "this file"

# ------------------------------------------------------------------ inputs
rng = np.random.default_rng(20240607)
noise = inp("noise4096", rng.standard_normal(4096), "standard normal, seed 20240607")
cnoise = inp("cnoise1024", rng.standard_normal(1024) + 1j * rng.standard_normal(1024), "complex normal")
FS = 12000.0
t = np.arange(1024) / FS
tones = inp("tones1024", 1.0 * np.cos(2*np.pi*30*t) + .5*np.cos(2*np.pi*1500*t + .3) + .25*np.cos(2*np.pi*4100*t + 1.1), "3 tones at 30, 1500, 4100 Hz, fs 12000")
chirp = inp("chirp1024", ss.chirp(t, 200, t[-1], 5000), "linear chirp 200..5000 Hz")
amfm = inp("amfm1000", (1+.5*np.cos(2*np.pi*8*np.arange(1000)/1000))*np.cos(2*np.pi*(60*np.arange(1000)/1000+3*np.sin(2*np.pi*2*np.arange(1000)/1000))) + .3*np.cos(2*np.pi*200*np.arange(1000)/1000), "AM-FM plus tone, n=1000")


def ring_train(n, fs, fr, times, fres, zeta, mod):
    """one damped sine from each impact time on, amplitude 1 + mod cos(2 pi fr t)"""
    x = np.zeros(n)
    w = 2*np.pi*fres
    k = np.arange(n)/fs
    for a in times:
        m = k >= a
        d = k[m]-a
        x[m] += (1+mod*np.cos(2*np.pi*fr*a))*np.exp(-zeta*w*d)*np.sin(w*np.sqrt(1-zeta**2)*d)
    return x


def fault_signal(n, fs, fr, order, slip, fres, zeta, seed, snr_db, mod=0.0):
    """McFadden/Randall/Antoni impulse train: random-walk slip, load-zone modulation, one resonance."""
    r = np.random.default_rng(seed)
    T = 1/(order*fr)
    tt = 0.0
    tk = []
    while tt < n/fs:
        tk.append(tt)
        tt += T*(1 + slip*r.standard_normal())
    x = ring_train(n, fs, fr, tk, fres, zeta, mod)
    s = np.sqrt(np.mean(x*x))
    return x + s*10**(-snr_db/20)*r.standard_normal(n), np.array(tk)


sim, simt = fault_signal(4096, FS, 29.95, 5.4152, .01, 3400., .05, 7, 0.0, .8)
sim = inp("simfault4096", sim, "inner-race model: fr 29.95 Hz, 5.4152 orders, slip 1 %, resonance 3400 Hz, zeta .05, SNR 0 dB, modulation .8, seed 7")
inp("simfault4096_times", simt, "impact times (s) of simfault4096")
case("ring_train", "ring_train", ["simfault4096_times"], dict(n=4096, fs=FS, fr=29.95, fres=3400., zeta=.05, mod=.8), dict(x=ring_train(4096, FS, 29.95, simt, 3400., .05, .8)), 1e-11, 1e-13, OWN, "simfault4096 without its noise")
imp = np.zeros(64); imp[5] = 1.0
inp("impulse64", imp, "unit impulse at index 5")
inp("ramp9", np.arange(9.)-4, "short odd ramp")
inp("tiny4", np.array([1., -2., .5, 3.]), "four samples")
real = {}
if CWRU:
    import scipy.io as sio
    for num, tag in ((97, "normal"), (105, "ir007"), (118, "ball007"), (130, "or007at6")):
        p = f"{CWRU}/{num}.mat"
        if not os.path.exists(p):
            continue
        m = sio.loadmat(p)
        k = [q for q in m if q.endswith("DE_time")]
        k = [q for q in k if f"{num:03d}" in q] or k
        real[tag] = inp(f"cwru_{tag}_4096", m[k[0]].ravel()[:4096], f"CWRU file {num}, variable {k[0]}, samples 0..4095")

# ------------------------------------------------------------------ FFT family
for n in (1, 2, 3, 4, 5, 7, 8, 12, 17, 60, 97, 128, 250, 1000, 1009, 1024):
    case(f"fft_{n}", "fft", ["cnoise1024"], dict(n=n), dict(y=sf.fft(cnoise[:n] if n <= 1024 else cnoise)), 1e-13, 1e-13, SP, "unscaled forward; first n samples")
for n in (1, 2, 5, 16, 255, 256, 1000, 2048, 2047):
    case(f"rfft_{n}", "rfft", ["noise4096"], dict(n=n), dict(y=sf.rfft(noise[:n])), 1e-13, 1e-13, SP)
for n in (8, 9, 250):
    X = sf.rfft(noise[:n])
    case(f"irfft_{n}", "irfft", ["noise4096"], dict(n=n, take_rfft_of_first_n=True), dict(y=sf.irfft(X, n)), 1e-13, 1e-13, SP, "1/n on the inverse; n must be given for odd lengths")
# ------------------------------------------------------------------ windows
for w, nm in (("hann", "hann"), ("hamming", "hamming"), ("blackman", "blackman"), ("blackmanharris", "blackmanharris"), ("flattop", "flattop"), (("kaiser", 8.6), "kaiser8.6"), (("tukey", .25), "tukey0.25"), (("gaussian", 3.0), "gauss3"), (("dpss", 2.5), "dpss2.5"), ("bartlett", "bartlett"), ("cosine", "cosine")):
    for n in (16, 17):
        for sym in (True, False):
            if nm in ("dpss2.5", "cosine", "bartlett", "gauss3") and (n == 16) == sym:
                continue
            case(f"win_{nm}_{n}_{'sym' if sym else 'per'}", "window", [], dict(window=nm, n=n, sym=sym), dict(w=ss.get_window(w, n, fftbins=not sym)), 1e-13, 1e-14, SP)

# ------------------------------------------------------------------ STFT
def stft_case(cid, x, xin, win, hop, mfft, scale, wname, **kw):
    S = ss.ShortTimeFFT(win, hop, FS, mfft=mfft, scale_to=scale, **kw)
    Y = S.stft(x)
    case(cid, "short_time_fft", [xin], dict(window=wname, m_num=len(win), hop=hop, mfft=mfft or len(win), fs=FS, scale_to=scale, p_min=S.p_min, p_max=S.p_max(len(x)), phase_shift=kw.get("phase_shift", 0), n=len(x)), dict(S=Y, t=S.t(len(x)), f=S.f), 1e-12, 1e-12, SP, "S[q,p]=sum_m x[m+p*hop-mid] w[m] exp(-2pi i q (m-mid)/mfft), mid=m_num//2; zeros outside")
    return S, Y


hann64 = ss.get_window("hann", 64)
stft_case("stft_hann64_h16", tones, "tones1024", hann64, 16, None, None, "hann periodic")
stft_case("stft_hann64_h32_pad128_psd", tones, "tones1024", hann64, 32, 128, "psd", "hann periodic")
stft_case("stft_hann64_h32_mag", chirp, "chirp1024", hann64, 32, None, "magnitude", "hann periodic")
stft_case("stft_hann63_odd", amfm, "amfm1000", ss.get_window("hann", 63), 21, None, None, "hann periodic 63")
stft_case("stft_gauss_sym", chirp, "chirp1024", ss.windows.gaussian(65, 8, sym=True), 25, 128, None, "gaussian sym, std 8")
stft_case("stft_phase_none", tones[:300], "tones1024", hann64, 16, None, None, "hann periodic", phase_shift=None)
CASES[-1]["note"] += "; phase_shift=None: exponent uses m, not m-mid; first 300 samples"
for cid, n, hop in (("istft_hann64_h16", 1024, 16), ("istft_hann64_h40", 1000, 40)):
    S = ss.ShortTimeFFT(hann64, hop, FS)
    Y = S.stft(noise[:n])
    Y[10:14] = 0
    case(cid, "short_time_ifft", ["noise4096"], dict(n=n, hop=hop, m_num=64, zero_bins=[10, 11, 12, 13]), dict(y=S.istft(Y, k1=n), dual_win=S.dual_win), 1e-11, 1e-12, SP, "stft of the first n samples, bins zeroed, canonical dual window")
fr = np.lib.stride_tricks.sliding_window_view(noise[:2048], 256)[::128]*ss.get_window("hann", 256)
case("stft_bare_256_128", "stft_frames", ["noise4096"], dict(n=2048, m=256, hop=128, window="hann periodic", pad="none"), dict(S=sf.rfft(fr, axis=1).T), 1e-12, 1e-12, SP, "only whole frames: 15 columns")

# ------------------------------------------------------------------ Hilbert / envelope spectra
def analytic(x):
    return ss.hilbert(x)


def amp_spectrum(v):
    """one-sided amplitude: |rfft|/n, doubled except DC and (even n) Nyquist"""
    n = len(v)
    a = np.abs(sf.rfft(v))/n
    a[1:] *= 2
    if n % 2 == 0:
        a[-1] /= 2
    return a


def env_spec(x, sq):
    e = np.abs(analytic(x))
    e = e*e if sq else e
    return amp_spectrum(e - e.mean())


sigs = [("simfault4096", sim), ("amfm1000", amfm), ("tones1024", tones)] + [(f"cwru_{k}_4096", v) for k, v in real.items()]
for nm, x in (("amfm1000", amfm), ("ramp9", np.arange(9.)-4), ("tiny4", np.array([1., -2., .5, 3.])), ("impulse64", imp)):
    case(f"hilbert_{nm}", "analytic", [nm], {}, dict(a=analytic(x)), 1e-12, 1e-13, SP)
for nm, x in sigs:
    case(f"envspec_{nm}", "envelope_spectrum", [nm], dict(squared=False), dict(s=env_spec(x, False)), 1e-11, 1e-13, OWN)
    case(f"ses_{nm}", "envelope_spectrum", [nm], dict(squared=True), dict(s=env_spec(x, True)), 1e-11, 1e-13, OWN)


def band_env2(x, fs, f1, f2):
    """squared envelope of the ideal band f1<=f<f2, by one-sided bins moved to base band; length = bins kept"""
    n = len(x)
    X = sf.fft(x)[:n//2+1]
    k1, k2 = int(np.ceil(f1*n/fs)), int(np.ceil(f2*n/fs))
    Y = np.zeros(n, complex)
    Y[:k2-k1] = 2*X[k1:k2]
    return np.abs(sf.ifft(Y))**2


for nm, x in sigs[:1] + sigs[3:]:
    e = band_env2(x, FS, 2500., 4000.)
    case(f"bandses_{nm}", "band_squared_envelope", [nm], dict(fs=FS, f1=2500., f2=4000.), dict(env2=e, ses=amp_spectrum(e-e.mean())), 1e-11, 1e-13, OWN)
# ------------------------------------------------------------------ Welch, autocorrelation, cepstrum
for cid, x, xin, kw in (
    ("welch_def", noise, "noise4096", dict(nperseg=256)), ("welch_spec", tones, "tones1024", dict(nperseg=128, scaling="spectrum", window="flattop")),
    ("welch_nodetr", tones, "tones1024", dict(nperseg=100, noverlap=33, detrend=False)), ("welch_lin", amfm, "amfm1000", dict(nperseg=128, detrend="linear")),
    ("welch_median", noise, "noise4096", dict(nperseg=512, average="median")), ("welch_pad", noise, "noise4096", dict(nperseg=200, nfft=256)),
    ("welch_short", imp, "impulse64", dict(nperseg=256)), ("welch_odd", noise, "noise4096", dict(nperseg=255, window="boxcar"))):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f, P = ss.welch(x, FS, **kw)
    case(cid, "welch", [xin], dict(fs=FS, **kw), dict(f=f, P=P), 1e-11, 1e-15, SP)
# ------------------------------------------------------------------ resampling
for up, dn in ((1, 2), (2, 1), (3, 2), (5, 12), (160, 147), (4, 1)):
    case(f"resample_poly_{up}_{dn}", "resample_poly", ["noise4096"], dict(n=500, up=up, down=dn, window="kaiser 5.0"), dict(y=ss.resample_poly(noise[:500], up, dn)), 1e-11, 1e-12, SP)
case("decimate8", "decimate_fir_zero_phase", ["simfault4096"], dict(q=8, ftype="fir", zero_phase=True), dict(y=ss.decimate(sim, 8, ftype="fir")), 1e-10, 1e-12, SP)

# ------------------------------------------------------------------ scalar features
FEAT = ["mean", "rms", "std_biased", "peak_abs", "peak_to_peak", "skewness_biased", "kurtosis_pearson_biased", "crest", "shape", "impulse", "clearance", "hjorth_mobility", "hjorth_complexity"]


def feats(x):
    m = x.mean(); r = np.sqrt(np.mean(x*x)); ma = np.mean(np.abs(x)); pk = np.abs(x).max()
    c = x-m; v = np.mean(c*c)
    d1 = np.diff(x); d2 = np.diff(d1)
    mob = np.sqrt(d1.var()/x.var()); com = np.sqrt(d2.var()/d1.var())/mob
    return np.array([m, r, np.sqrt(v), pk, x.max()-x.min(), np.mean(c**3)/v**1.5, np.mean(c**4)/v**2, pk/r, r/ma, pk/ma, pk/np.mean(np.sqrt(np.abs(x)))**2, mob, com])


for nm, x in sigs + [("noise4096", noise), ("ramp9", np.arange(9.)-4)]:
    case(f"feat_{nm}", "time_features", [nm], dict(names=FEAT), dict(v=feats(x)), 1e-11, 1e-13, OWN)


# ------------------------------------------------------------------ kinematics
for nm, n, d, D, phi in (("6205", 9, .3126, 1.537, 0), ("6203", 8, .2656, 1.122, 0), ("pu6203", 8, 6.75, 28.55, 0), ("xjtu_LDK_UER204", 8, 7.92, 34.55, 0), ("ims_ZA2115", 16, .331, 2.815, 15.17), ("contact30", 12, 10., 60., 30.)):
    r = d/D*np.cos(np.radians(phi))
    case(f"kin_{nm}", "bearing_orders", [], dict(n=n, d=d, D=D, phi_deg=phi, names=["BPFO", "BPFI", "BSF", "2xBSF", "FTF", "BPFO_outer_rotates_FTF"]), dict(v=np.array([n/2*(1-r), n/2*(1+r), D/(2*d)*(1-r*r), D/d*(1-r*r), (1-r)/2, (1+r)/2])), 1e-13, 1e-14, OWN, "inner ring rotates; last value: cage order when only the outer ring rotates")

# ------------------------------------------------------------------ order spectrum of a run-up
n = 4096
ts = np.arange(n)/FS
fri = 20 + 25*ts/ts[-1]
ph = np.cumsum(fri)/FS
ph = ph - ph[0]
run = inp("runup4096", np.cos(2*np.pi*3*ph) + .5*np.cos(2*np.pi*5.4152*ph+.4), "run-up 20..45 Hz: orders 3 and 5.4152")
kph = np.arange(0, int(ph[-1])+1)
tach = inp("runup_tacho", np.interp(kph, ph, ts), "once-per-rev times (s)")


def order_track(x, fs, tach, spr):
    """phase by cubic spline through (tacho time, integer rev) with not-a-knot ends, inverted by spline of
    time against rev; signal by not-a-knot cubic spline; only whole revs between first and last pulse"""
    rev = np.arange(len(tach), dtype=float)
    ang = np.arange((len(tach)-1)*spr)/spr
    tq = CubicSpline(rev, tach)(ang)
    return CubicSpline(np.arange(len(x))/fs, x)(tq)


y = order_track(run, FS, tach, 64)
case("order_spectrum", "amplitude_spectrum", ["runup4096", "runup_tacho"], dict(fs=FS, samples_per_rev=64, window="none"), dict(s=amp_spectrum(y)), 1e-9, 1e-10, OWN)

versions = {p: ver(p) for p in ("numpy", "scipy")}
json.dump(dict(versions=versions, inputs=INPUTS, cases=CASES), open(f"{OUT}/manifest.json", "w"), indent=0, default=float)
print(len(CASES), "cases", len(INPUTS), "inputs")
