#!/usr/bin/env python3
"""Golden vectors for the tests of this crate.

Usage: python make.py OUT_DIR [CWRU_DIR]
Needs: numpy scipy vmdpy PyWavelets ssqueezepy fcwt (a missing peer drops its cases). CWRU_DIR holds the Case
Western recordings 97.mat, 105.mat, 118.mat and 130.mat; without it their cases are left out.
Every array is little-endian float64 .npy, C order. A complex array carries one more trailing axis of length 2
(re, im) and "complex": true in the manifest. A case passes when |got - want| <= atol + rtol * max|want|.
Where the reference is "this file", the definition below is the project's own.
"""
import json, os, sys, warnings
import importlib.metadata as md
import numpy as np
import scipy.fft as sf
import scipy.signal as ss
import scipy.stats as st
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
amfm_noise = inp("amfm_noise1000", amfm + .1*np.random.default_rng(20240608).standard_normal(1000), "amfm1000 in noise of rms 0.1, seed 20240608: every bin holds more than rounding")


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
inp("zeros64", np.zeros(64), "all zero")
inp("const64", np.full(64, 2.5), "constant 2.5")
inp("ramp9", np.arange(9.)-4, "short odd ramp")
inp("tiny4", np.array([1., -2., .5, 3.]), "four samples")
inp("tiny2", np.array([1., -1.]), "two samples")
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
for n in (1, 2, 9, 64, 1000):
    case(f"dct2_{n}", "dct2", ["noise4096"], dict(n=n, norm="none: X[k]=2*sum x cos(pi k (2j+1)/(2n))"), dict(y=sf.dct(noise[:n], 2)), 1e-13, 1e-13, SP)
    case(f"idct2_{n}", "idct2", ["noise4096"], dict(n=n), dict(y=sf.idct(noise[:n], 2)), 1e-13, 1e-13, SP)
case("czt_zoom", "zoom_fft", ["tones1024"], dict(f1=1400., f2=1600., m=128, fs=FS, endpoint=False), dict(y=ss.zoom_fft(tones, [1400., 1600.], m=128, fs=FS)), 1e-10, 1e-10, SP)
c = sum(tones[j]*np.exp(-2j*np.pi*1499.7/FS*j) for j in range(1024))
case("goertzel", "dtft_at", ["tones1024"], dict(f=1499.7, fs=FS), dict(y=np.array([c])), 1e-11, 1e-10, OWN, "non-integer bin")

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
f, tt, Z = ss.stft(tones, FS, "hann", 128, 64, boundary="zeros", padded=True)
case("stft_legacy_zeros", "stft_legacy", ["tones1024"], dict(nperseg=128, noverlap=64, boundary="zeros", padded=True, scaling="spectrum"), dict(Z=Z, t=tt), 1e-12, 1e-13, SP)
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
case("tkeo_sim", "teager_kaiser", ["simfault4096"], {}, dict(y=sim[1:-1]**2-sim[:-2]*sim[2:]), 1e-13, 1e-13, OWN)

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
for n in (64, 255):
    x = noise[:n]
    case(f"autocorr_{n}", "autocorrelation_biased", ["noise4096"], dict(n=n), dict(r=np.array([np.dot(x[:n-k], x[k:])/n for k in range(n)])), 1e-12, 1e-13, NP)


def real_cepstrum(x):
    return sf.ifft(np.log(np.abs(sf.fft(x)))).real


def cpw(x):
    X = sf.fft(x)
    m = np.abs(X)
    Y = np.where(m > 0, X/np.where(m > 0, m, 1), 0)
    return sf.ifft(Y).real


# Both look at every bin's magnitude or phase: no record whose bins are partly empty.
for nm, x in (("amfm_noise1000", amfm_noise), ("simfault4096", sim)):
    case(f"rceps_{nm}", "real_cepstrum", [nm], {}, dict(c=real_cepstrum(x)), 1e-9, 1e-11, OWN)
for nm, x in sigs[:1] + [("amfm_noise1000", amfm_noise)] + sigs[3:]:
    y = cpw(x)
    case(f"cpw_{nm}", "cepstrum_prewhiten", [nm], {}, dict(y=y, ses=env_spec(y, True)), 1e-9, 1e-12, OWN, "X/|X| per bin (0 where |X|=0)")

# ------------------------------------------------------------------ filters, FIR, resample
for cid, o, wn, bt in (("butter4_lp", 4, 1000., "lowpass"), ("butter6_hp", 6, 10., "highpass"), ("butter4_bp", 4, [2500., 4000.], "bandpass"), ("butter3_bs", 3, [49., 51.], "bandstop"), ("butter5_lp", 5, 5900., "lowpass")):
    sos = ss.butter(o, wn, bt, fs=FS, output="sos")
    case(cid, "butter_sos", [], dict(order=o, wn=wn, btype=bt, fs=FS), dict(sos=sos, gain=np.abs(ss.sosfreqz(sos, 64)[1])), 1e-8, 1e-10, SP, "section order may differ: compare gain (|H| at w=pi*k/64) and the filtered signals")
    case(cid + "_sosfilt", "sosfilt", ["noise4096"], dict(order=o, wn=wn, btype=bt, fs=FS, n=600), dict(y=ss.sosfilt(sos, noise[:600])), 1e-8, 1e-10, SP)
    case(cid + "_sosfiltfilt", "sosfiltfilt", ["noise4096"], dict(order=o, wn=wn, btype=bt, fs=FS, n=600, padtype="odd", padlen="scipy default"), dict(y=ss.sosfiltfilt(sos, noise[:600])), 1e-7, 1e-9, SP)
b, a = ss.butter(3, .2)
case("butter3_ba_filtfilt", "filtfilt", ["amfm1000"], dict(order=3, wn_nyq=.2, padlen=3*max(len(a), len(b))), dict(b=b, a=a, y=ss.filtfilt(b, a, amfm)), 1e-9, 1e-11, SP)
zi = ss.sosfilt_zi(ss.butter(4, .1, output="sos"))
case("sosfilt_zi", "sosfilt_zi", [], dict(order=4, wn_nyq=.1), dict(zi=zi), 1e-8, 1e-9, SP)
for cid, n, cut, kw in (("firwin_lp31", 31, .3, {}), ("firwin_bp65", 65, [.2, .5], dict(pass_zero=False)), ("firwin_hp33", 33, .4, dict(pass_zero=False)), ("firwin_kaiser", 41, .25, dict(window=("kaiser", 6.0)))):
    h = ss.firwin(n, cut, **kw)
    case(cid, "firwin", ["noise4096"], dict(numtaps=n, cutoff_nyq=cut, **{k: str(v) for k, v in kw.items()}), dict(h=h, y=ss.lfilter(h, 1, noise[:500])), 1e-11, 1e-13, SP)
for up, dn in ((1, 2), (2, 1), (3, 2), (5, 12), (160, 147), (4, 1)):
    case(f"resample_poly_{up}_{dn}", "resample_poly", ["noise4096"], dict(n=500, up=up, down=dn, window="kaiser 5.0"), dict(y=ss.resample_poly(noise[:500], up, dn)), 1e-11, 1e-12, SP)
for n0, n1 in ((1000, 600), (1000, 1501), (999, 600)):
    case(f"resample_fft_{n0}_{n1}", "resample_fft", ["noise4096"], dict(n=n0, m=n1), dict(y=ss.resample(noise[:n0], n1)), 1e-11, 1e-12, SP)
case("decimate8", "decimate_fir_zero_phase", ["simfault4096"], dict(q=8, ftype="fir", zero_phase=True), dict(y=ss.decimate(sim, 8, ftype="fir")), 1e-10, 1e-12, SP)
case("detrend", "detrend_linear", ["amfm1000"], {}, dict(y=ss.detrend(amfm)), 1e-11, 1e-12, SP)
case("medfilt", "median_filter_local", ["noise4096"], dict(n=256, k=21, edge="zero padded"), dict(y=ss.medfilt(noise[:256], 21)), 0, 0, SP)

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


def integ(x, fs, f1, f2, order):
    """omega-arithmetic: divide by (i w)^order inside f1<=f<=f2, zero elsewhere; no window"""
    n = len(x)
    X = sf.rfft(x); f = np.arange(len(X))*fs/n
    k = (f >= f1) & (f <= f2) & (f > 0)
    Y = np.zeros_like(X)
    Y[k] = X[k]/(2j*np.pi*f[k])**order
    if n % 2 == 0:
        Y[-1] = Y[-1].real
    return sf.irfft(Y, n)


for nm, x in (("tones1024", tones), ("simfault4096", sim)) + tuple((f"cwru_{k}_4096", v) for k, v in list(real.items())[:2]):
    v = integ(x*9.80665, FS, 10., 1000., 1)
    case(f"integ_{nm}", "integrate_band", [nm], dict(fs=FS, f1=10., f2=1000., order=1, unit="g -> m/s (x 9.80665)"), dict(v=v, rms_mm_s=np.array([np.sqrt(np.mean(v*v))*1e3])), 1e-11, 1e-15, OWN)
case("integ2_tones", "integrate_band", ["tones1024"], dict(fs=FS, f1=10., f2=5000., order=2, unit="none"), dict(v=integ(tones, FS, 10., 5000., 2)), 1e-11, 1e-18, OWN)

# ------------------------------------------------------------------ kinematics
for nm, n, d, D, phi in (("6205", 9, .3126, 1.537, 0), ("6203", 8, .2656, 1.122, 0), ("pu6203", 8, 6.75, 28.55, 0), ("xjtu_LDK_UER204", 8, 7.92, 34.55, 0), ("ims_ZA2115", 16, .331, 2.815, 15.17), ("contact30", 12, 10., 60., 30.)):
    r = d/D*np.cos(np.radians(phi))
    case(f"kin_{nm}", "bearing_orders", [], dict(n=n, d=d, D=D, phi_deg=phi, names=["BPFO", "BPFI", "BSF", "2xBSF", "FTF", "BPFO_outer_rotates_FTF"]), dict(v=np.array([n/2*(1-r), n/2*(1+r), D/(2*d)*(1-r*r), D/d*(1-r*r), (1-r)/2, (1+r)/2])), 1e-13, 1e-14, OWN, "inner ring rotates; last value: cage order when only the outer ring rotates")

# ------------------------------------------------------------------ order tracking, TSA
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


for spr in (32, 64):
    y = order_track(run, FS, tach, spr)
    case(f"order_track_{spr}", "order_track", ["runup4096", "runup_tacho"], dict(fs=FS, samples_per_rev=spr, interp="not-a-knot cubic, time of rev and signal"), dict(y=y), 1e-9, 1e-10, SP)
y = order_track(run, FS, tach, 64)
case("tsa_64", "tsa", ["runup4096", "runup_tacho"], dict(fs=FS, samples_per_rev=64), dict(avg=y.reshape(-1, 64).mean(0), residual=y-np.tile(y.reshape(-1, 64).mean(0), len(y)//64)), 1e-9, 1e-10, OWN)
case("order_spectrum", "amplitude_spectrum", ["runup4096", "runup_tacho"], dict(fs=FS, samples_per_rev=64, window="none"), dict(s=amp_spectrum(y)), 1e-9, 1e-10, OWN)

# ------------------------------------------------------------------ AR, MED, MOMEDA, DRS
def lpc_autocorr(x, p):
    r = np.array([np.dot(x[:len(x)-k], x[k:]) for k in range(p+1)])/len(x)
    from scipy.linalg import solve_toeplitz
    return np.concatenate([[1.], -solve_toeplitz(r[:p], r[1:])])


def burg(x, p):
    f = x.copy(); b = x.copy(); a = np.array([1.])
    for m in range(p):
        ff, bb = f[1:], b[:-1]
        k = -2*np.dot(ff, bb)/(np.dot(ff, ff)+np.dot(bb, bb))
        a = np.concatenate([a, [0.]]) + k*np.concatenate([a, [0.]])[::-1]
        f, b = ff+k*bb, bb+k*ff
    return a


for p in (4, 20):
    a = lpc_autocorr(sim, p)
    case(f"ar_yw_{p}", "ar_yule_walker", ["simfault4096"], dict(order=p), dict(a=a, resid=ss.lfilter(a, 1, sim)), 1e-9, 1e-10, OWN)
    a = burg(sim, p)
    case(f"ar_burg_{p}", "ar_burg", ["simfault4096"], dict(order=p), dict(a=a, resid=ss.lfilter(a, 1, sim)), 1e-9, 1e-10, OWN)


def toep(x, L):
    """rows: lag l=0..L-1, columns: output times n=L-1..N-1 (only full overlaps)"""
    return np.array([x[L-1-l:len(x)-l] for l in range(L)])


def med(x, L, it):
    X = toep(x, L); R = X @ X.T
    f = np.zeros(L); f[L//2] = 1.
    ks = []
    for _ in range(it):
        y = f @ X
        f = np.linalg.solve(R, X @ y**3)
        f = f/np.linalg.norm(f)
        y = f @ X
        ks.append(np.mean((y-y.mean())**4)/np.var(y)**2)
    return f, f @ X, np.array(ks)


f_, y_, k_ = med(sim[:2048], 30, 10)
case("med_30", "med_wiggins", ["simfault4096"], dict(n=2048, L=30, iterations=10, start="unit at L//2", valid_only=True), dict(f=f_, y=y_, kurt=k_), 1e-6, 1e-8, OWN, "sign of f is free")


def momeda(x, L, T):
    """McDonald & Zhao 2017: f = (X X^T)^-1 X t, target t = unit pulses every T samples; multi-D norm = t.y/(|t||y|)"""
    X = toep(x, L)
    tv = np.zeros(X.shape[1]); tv[np.round(np.arange(0, X.shape[1]-1e-9, T)).astype(int).clip(max=X.shape[1]-1)] = 1
    f = np.linalg.solve(X @ X.T, X @ tv)
    y = f @ X
    return f, y, np.dot(tv, y)/np.linalg.norm(tv)/np.linalg.norm(y)


f_, y_, s_ = momeda(sim[:2048], 100, FS/(29.95*5.4152))
case("momeda_100", "momeda", ["simfault4096"], dict(n=2048, L=100, T=FS/(29.95*5.4152)), dict(f=f_, y=y_, mkurt=np.array([s_])), 1e-7, 1e-9, OWN, "pulse positions round half to even")


def drs(x, Nw, delay):
    """Antoni & Randall 2004: H = sum conj(Xd) X / sum |Xd|^2 over hop Nw/2 hann frames, Xd = frame delayed by `delay` samples before"""
    w = ss.get_window("hann", Nw)
    num = 0; den = 0
    for s in range(delay, len(x)-Nw+1, Nw//2):
        A = sf.rfft(w*x[s:s+Nw]); B = sf.rfft(w*x[s-delay:s-delay+Nw])
        num = num + np.conj(B)*A; den = den + np.abs(B)**2
    return num/den


mix = inp("drsmix4096", sim*.5 + np.cos(2*np.pi*29.95*np.arange(4096)/FS) + .7*np.cos(2*np.pi*29.95*7*np.arange(4096)/FS + 1), "simfault plus two shaft tones")
H_ = drs(mix, 512, 700)
case("drs_512", "drs_transfer", ["drsmix4096"], dict(Nw=512, delay=700, hop=256, window="hann periodic"), dict(H=H_), 1e-10, 1e-12, OWN)

# ------------------------------------------------------------------ spectral kurtosis, kurtogram, cyclic coherence
def sk_stft(x, Nw, hop):
    w = ss.get_window("hann", Nw)
    F = np.lib.stride_tricks.sliding_window_view(x, Nw)[::hop]*w
    A = np.abs(sf.rfft(F, axis=1))**2
    return np.mean(A**2, 0)/np.mean(A, 0)**2 - 2


for nm, x in sigs[:1] + sigs[3:5]:
    case(f"sk_{nm}", "spectral_kurtosis_stft", [nm], dict(Nw=64, hop=32, window="hann periodic"), dict(sk=sk_stft(x, 64, 32)), 1e-11, 1e-12, OWN, "biased at DC and Nyquist (real bins: expectation 1, not 0)")


def kurt2(z):
    z = z - z.mean()
    e = np.mean(np.abs(z)**2)
    if e < np.finfo(float).eps:
        return 0.0
    return np.mean(np.abs(z)**4)/e**2 - (2.0 if np.iscomplexobj(z) else 3.0)


def kurtogram(x, nlev):
    """Antoni 2007 binary/ternary FIR tree as in his published MATLAB code (16-tap and 24-tap hamming prototypes).
    rows: level 0, 1, 1.585, 2, 2.585, ..., nlev ; columns: 3*2^nlev frequency cells over 0..fs/2"""
    x = x - x.mean()
    k = np.arange(17)
    h = ss.firwin(17, .4)*np.exp(2j*np.pi*k*.125)
    g = h[15::-1]*(-1.0)**np.arange(1, 17)
    k = np.arange(25)
    h1 = ss.firwin(25, 2/3*.4)*np.exp(2j*np.pi*k*.25/3)
    tri = [h1, h1*np.exp(2j*np.pi*k/6), h1*np.exp(2j*np.pi*k/3)]
    cols = 3*2**nlev
    K = np.zeros((2*nlev, cols))
    K[0] = kurt2(x)

    def put(row, idx, cnt, v):
        w = cols//cnt
        K[row, idx*w:(idx+1)*w] = v

    def ternary(z, row, idx, cnt):
        for j, f in enumerate(tri):
            put(row, 3*idx+j, 3*cnt, kurt2(ss.lfilter(f, 1, z)[2::3][16:]))

    def node(z, lev, idx):
        # z lives at level lev, band idx of 2^lev
        a = ss.lfilter(h, 1, z)[1::2]
        d = ss.lfilter(g, 1, z)[1::2]
        d = d*(-1.0)**np.arange(1, len(d)+1)
        for c, q, drop in ((0, a, 16), (1, d, 15)):
            i = 2*idx+c
            put(2*lev+1 if lev+1 < nlev else 2*nlev-1, i, 2**(lev+1), kurt2(q[drop:]))
            if lev+1 < nlev-1:
                ternary(q, 2*(lev+2), i, 2**(lev+1))
            if lev+1 < nlev:
                node(q, lev+1, i)
    ternary(x, 2, 0, 1) if nlev > 1 else None
    node(x, 0, 0)
    return np.maximum(K, 0)


for nm, x in sigs[:1] + sigs[3:]:
    case(f"kurtogram_{nm}", "fast_kurtogram", [nm], dict(nlevel=4, fs=FS, rows=[0, 1, 1.585, 2, 2.585, 3, 3.585, 4]), dict(K=kurtogram(x, 4)), 1e-8, 1e-10, OWN + " after Antoni 2007")


def csc_direct(x, Nw, hop, alphas, fs):
    """averaged cyclic periodogram, asymmetric: S(f,a)=<X(f) conj X(f-a)>, coherence by the two PSDs; frequency shift done in time"""
    n = np.arange(len(x))
    w = ss.get_window("hann", Nw)
    fr = lambda z: sf.fft(np.lib.stride_tricks.sliding_window_view(z, Nw)[::hop]*w, axis=1)
    X = fr(x.astype(complex))
    P = np.mean(np.abs(X)**2, 0)
    S, C = [], []
    for a in alphas:
        Y = fr(x*np.exp(2j*np.pi*a*n/fs))
        s = np.mean(X*np.conj(Y), 0)
        S.append(s/(np.sum(w*w)*fs)); C.append(s/np.sqrt(P*np.mean(np.abs(Y)**2, 0)))
    return np.array(S), np.array(C)


al = [29.95, 162.18524, 324.37048, 100.0]
S_, C_ = csc_direct(sim, 128, 32, al, FS)
case("csc_sim", "cyclic_spectral_coherence", ["simfault4096"], dict(Nw=128, hop=32, alphas=al, fs=FS, form="asymmetric"), dict(S=S_[:, :65], coh=C_[:, :65], ees=np.mean(np.abs(C_[:, :65])**2, 1)), 1e-10, 1e-13, OWN)

# ------------------------------------------------------------------ entropies
def sampen(x, m, r):
    x = np.asarray(x); N = len(x)
    def cnt(mm):
        t_ = np.lib.stride_tricks.sliding_window_view(x, mm)[:N-m]
        c = 0
        for i in range(len(t_)-1):
            c += int(np.sum(np.max(np.abs(t_[i+1:]-t_[i]), 1) <= r))
        return c
    return -np.log(cnt(m+1)/cnt(m))


def permen(x, m, d):
    from math import factorial, log
    idx = np.argsort(np.array([x[i*d:len(x)-(m-1-i)*d] for i in range(m)]).T, axis=1, kind="stable")
    _, c = np.unique(idx, axis=0, return_counts=True)
    p = c/c.sum()
    return -np.sum(p*np.log(p))/log(factorial(m))


def envent(x):
    e = np.abs(analytic(x)); p = e/e.sum(); p = p[p > 0]
    return -np.sum(p*np.log(p))


for nm, x in (("amfm1000", amfm), ("simfault4096", sim[:1000])) + tuple((f"cwru_{k}_4096", v[:1000]) for k, v in list(real.items())[:2]):
    case(f"entropy_{nm}", "entropies", [nm], dict(n=1000, names=["sample m=2 r=.2*std(biased), <=", "permutation m=3 d=1 /ln(3!), stable ties", "envelope (nats)"]), dict(v=np.array([sampen(x, 2, .2*x.std()), permen(x, 3, 1), envent(x)])), 1e-11, 1e-12, OWN)

# ------------------------------------------------------------------ CWT
def morlet_hat(w, w0):
    """analytic Morlet, peak value 2 at w0, no admissibility correction"""
    return np.where(w > 0, 2*np.exp(-.5*(w-w0)**2), 0.)


def gmw_hat(w, ga, be):
    wp = (be/ga)**(1/ga)
    y = np.zeros_like(w)
    k = w > 0
    y[k] = 2*np.exp(be*np.log(w[k]/wp) - w[k]**ga + wp**ga)
    return y


def cwt_l1(x, hat, wpeak, freqs, fs):
    """W[s,n] = ifft( X * hat(s*w) ), s = wpeak*fs/(2 pi f): a unit cosine at f gives |W| = 1 (L1)"""
    n = len(x)
    X = sf.fft(x)
    w = 2*np.pi*np.arange(n)/n
    w[n//2+1:] -= 2*np.pi
    out = []
    for f in freqs:
        out.append(sf.ifft(X*hat(w*(wpeak*fs/(2*np.pi*f)))))
    return np.array(out)


fq = np.geomspace(5000., 100., 24)
wp = (20/3)**(1/3)
W1 = cwt_l1(chirp, lambda w: morlet_hat(w, 6.), 6., fq, FS)
case("cwt_morlet_l1", "cwt_morlet", ["chirp1024"], dict(w0=6., freqs=list(fq), fs=FS, norm="L1: unit tone -> 1", boundary="periodic"), dict(W=W1), 1e-11, 1e-12, OWN)
W2 = cwt_l1(chirp, lambda w: gmw_hat(w, 3., 20.), wp, fq, FS)
case("cwt_gmw_l1", "cwt_morse", ["chirp1024"], dict(gamma=3., beta=20., freqs=list(fq), fs=FS, norm="L1: unit tone -> 1", boundary="periodic"), dict(W=W2), 1e-11, 1e-12, OWN)


def fold_cwt(x, hat, wpeak, freqs, fs, W):
    n = len(x); assert n % W == 0
    X = sf.fft(x); w = 2*np.pi*np.arange(n)/n; w[n//2+1:] -= 2*np.pi
    return np.array([sf.ifft((X*hat(w*(wpeak*fs/(2*np.pi*f)))).reshape(n//W, W).sum(0))*(W/n) for f in freqs])


fq64 = np.geomspace(5500., 60., 64)
for nm, x in (("noise4096", noise[:2048]),) + tuple((f"cwru_{k}_4096", v[:2048]) for k, v in list(real.items())[1:3]):
    I = fold_cwt(x, lambda w: morlet_hat(w, 6.), 6., fq64, FS, 64)
    full = cwt_l1(x, lambda w: morlet_hat(w, 6.), 6., fq64, FS)[:, ::32]
    assert np.abs(I-full).max() < 1e-13*max(1, np.abs(full).max())
    case(f"cwtimg_{nm}", "cwt_morlet_image", [nm], dict(n=2048, H=64, W=64, w0=6., fmax=5500., fmin=60., spacing="geometric, high to low", fs=FS), dict(I=I), 1e-11, 1e-13, OWN, "folded spectrum, W-point inverse FFT = every (n/W)-th sample of the full CWT")

try:
    import pywt
    PW = f"PyWavelets {pywt.__version__}"
    sc = np.geomspace(2, 64, 16)
    for wv in ("cmor1.5-1.0", "morl", "mexh", "gaus2", "cgau4"):
        for meth in (("conv", "fft") if wv == "cmor1.5-1.0" else ("fft",)):
            c_, f_ = pywt.cwt(chirp[:512], sc, wv, sampling_period=1/FS, method=meth)
            case(f"pywt_{wv}_{meth}", "pywt_cwt", ["chirp1024"], dict(n=512, wavelet=wv, scales=list(sc), method=meth, fs=FS), dict(W=c_, f=f_), 1e-8, 1e-10, PW, "integrated wavelet tabulated at 2^10 points then stepped: compatibility only, not the exact CWT (f is always k/(precision grid) arithmetic)")
    for lv in (1, 3):
        cs = pywt.wavedec(chirp[:512], "db4", mode="symmetric", level=lv)
        case(f"dwt_db4_{lv}", "wavedec", ["chirp1024"], dict(n=512, wavelet="db4", mode="symmetric", level=lv), {f"c{i}": c for i, c in enumerate(cs)}, 1e-10, 1e-11, PW)
    wpk = pywt.WaveletPacket(chirp[:512], "db4", "periodization", maxlevel=3)
    nodes = wpk.get_level(3, "freq")
    case("wpt_db4_3", "wavelet_packet", ["chirp1024"], dict(n=512, wavelet="db4", mode="periodization", level=3, order="freq"), dict(c=np.array([q.data for q in nodes]), energy=np.array([np.sum(q.data**2) for q in nodes])), 1e-10, 1e-11, PW)
except ImportError:
    pass
try:
    os.environ["SSQ_PARALLEL"] = "0"
    import ssqueezepy as sq
    SQ = f"ssqueezepy {sq.__version__}"
    for wv, tag in ((("gmw", {"gamma": 3, "beta": 20}), "gmw"), (("morlet", {"mu": 6.0}), "morlet")):
        for pad in (None, "reflect"):
            Wx, scl = sq.cwt(chirp[:512], wv, scales=np.geomspace(2., 60., 12), padtype=pad, l1_norm=True, astensor=False) if False else sq.cwt(chirp[:512], sq.Wavelet(wv), scales=np.geomspace(2., 60., 12), padtype=pad, l1_norm=True)
            case(f"ssq_{tag}_{pad}", "ssqueezepy_cwt", ["chirp1024"], dict(n=512, wavelet=tag, params=wv[1], padtype=str(pad), scales=list(np.asarray(scl).ravel())), dict(W=Wx), 2e-6, 1e-6, SQ, "float32 inside ssqueezepy unless SSQ dtype set; tolerance is float32")
except Exception as e:
    print("ssqueezepy cases dropped:", repr(e))
try:
    import fcwt
    FW = f"fcwt {ver('fcwt')}"
    fr_, o_ = fcwt.cwt(chirp[:512].astype(np.float32), int(FS), 100, 5000, 16, scaling="log", nthreads=1)
    case("fcwt_log16", "fcwt", ["chirp1024"], dict(n=512, fs=FS, f0=100, f1=5000, fn=16, scaling="log", norm=True, bandwidth=2.0), dict(W=np.asarray(o_), f=np.asarray(fr_, float)), 5e-4, 1e-4, FW, "float32")
except Exception as e:
    print("fcwt cases dropped:", repr(e))

# ------------------------------------------------------------------ VMD
def vmd_dct(x, alpha, tau, K, dc, om0, tol, nmax, nyquist_bug, previous):
    x = np.asarray(x, float); N = len(x)
    F = sf.dct(x, 2); nu = np.arange(N)/(2.0*N)
    om = np.array(om0, float)
    if dc:
        om[0] = 0
    U = np.zeros((K, N)); lam = np.zeros(N); hist = [om.copy()]; n = 0; d = tol+1
    while d > tol and n < nmax:
        prev = U.copy(); r = F-lam/2-U.sum(0); new_om = om.copy(); d = np.spacing(1)
        for k in range(K):
            q = r+U[k]; v = q/(1+alpha*(nu-om[k])**2); r = q-v
            if not (dc and k == 0):
                new_om[k] = np.dot(nu, v*v)/np.sum(v*v)
            d += np.sum((v-U[k])**2)/(2*N); U[k] = v
        lam = lam+tau*(U.sum(0)-F); om = new_om; hist.append(om.copy()); n += 1
    M = prev if previous else U
    u = sf.idct(M, 2, axis=1)
    if nyquist_bug and N % 2 == 0:
        G = M[:, -1]*np.exp(-1j*np.pi*(N-1)*(N-1)/(2*N))
        u = u+np.real(G)[:, None]*((-1.0)**(np.arange(N)+N//2))[None]/(2*N)
    return u, np.array(hist[:n] if previous else hist), n


try:
    import vmdpy
    VP = f"vmdpy {ver('vmdpy')}"
    have_v = True
except ImportError:
    have_v = False


def vcase(cid, x, xin, alpha, tau, K, dc, init, tol, n, rtol=1e-9, scale=1.0):
    x = np.asarray(x)[:n]*scale
    ne = len(x)-len(x) % 2
    if init == 1:
        om0 = .5/K*np.arange(K)
    elif init == 2:
        fs = 1./ne
        np.random.seed(11)
        om0 = np.sort(np.exp(np.log(fs)+(np.log(.5)-np.log(fs))*np.random.rand(1, K))).ravel()
    else:
        om0 = np.zeros(K)
    if dc:
        om0[0] = 0
    np.random.seed(11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        u, _, om = vmdpy.VMD(x.copy(), alpha, tau, K, dc, init, tol)
        v, hist, it = vmd_dct(x[:ne], alpha, tau, K, dc, om0, tol, 499, True, True)
    if np.isfinite(om).all():
        e = np.abs(u-v).max()
        assert e <= 1e-8*max(1e-300, np.abs(x).max()) and it == len(om), (cid, e, it, len(om))
    w, hist2, it2 = vmd_dct(x, alpha, tau, K, dc, om0, tol, 499, False, False) if np.any(x) else (u, om, 0)
    o = dict(u=u, omega=om[-1], omega0=om0)
    if np.any(x) and np.isfinite(om).all():
        o.update(u_clean=w, omega_clean=hist2[-1])
    case(cid, "vmd", [xin], dict(n=n, scale=scale, alpha=alpha, tau=tau, K=K, dc=dc, init=init, tol=tol, sweeps=len(om)), o, rtol, 1e-10, VP, "u, omega: vmdpy bit-for-bit rules (last sample cut when odd, previous iterate, Nyquist copy). u_clean, omega_clean: natural length, last iterate, no Nyquist copy")


if have_v:
    for K in range(2, 9):
        vcase(f"vmd_tones_K{K}", tones, "tones1024", 2000, 0, K, 0, 1, 1e-7, 512)
    vcase("vmd_K1", tones, "tones1024", 2000, 0, 1, 0, 1, 1e-7, 256)
    for init in (0, 1, 2):
        vcase(f"vmd_amfm_init{init}", amfm, "amfm1000", 1000, 0, 3, 0, init, 1e-7, 500)
    vcase("vmd_dc", tones+.8, "tones1024", 2000, 0, 3, 1, 1, 1e-7, 512) if False else None
    for tau in (.01, .1, .5):
        vcase(f"vmd_amfm_tau{tau}", amfm, "amfm1000", 1000, tau, 3, 0, 1, 1e-6, 300, 1e-7)
    vcase("vmd_dc1", tones, "tones1024", 2000, 0, 3, 1, 1, 1e-7, 512)
    vcase("vmd_dc1_init0", chirp, "chirp1024", 500, 0, 4, 1, 0, 1e-7, 512)
    vcase("vmd_odd", amfm, "amfm1000", 2000, 0, 3, 0, 1, 1e-7, 401)
    vcase("vmd_odd9", np.arange(9.)-4, "ramp9", 50, 0, 2, 0, 1, 1e-7, 9)
    vcase("vmd_tiny4", np.array([1., -2., .5, 3.]), "tiny4", 50, 0, 2, 0, 1, 1e-7, 4)
    vcase("vmd_tiny2", np.array([1., -1.]), "tiny2", 50, 0, 1, 0, 1, 1e-7, 2)
    vcase("vmd_alpha20", chirp, "chirp1024", 20, 0, 3, 0, 1, 1e-7, 512)
    vcase("vmd_alpha1e5", tones, "tones1024", 1e5, 0, 3, 0, 1, 1e-7, 512)
    vcase("vmd_maxsweeps", tones, "tones1024", 2000, 0, 6, 0, 1, 1e-16, 256, 1e-7)
    vcase("vmd_scale1e-5_returns_zero", tones, "tones1024", 2000, 0, 3, 0, 1, 1e-7, 256, scale=1e-5)
    vcase("vmd_scale1e3", tones, "tones1024", 2000, 0, 3, 0, 1, 1e-7, 256, scale=1e3)
    vcase("vmd_zeros", np.zeros(64), "zeros64", 2000, 0, 2, 0, 1, 1e-7, 64)
    vcase("vmd_const_nan", np.full(64, 2.5), "const64", 2000, 0, 2, 0, 1, 1e-7, 64)
    for nm, v in real.items():
        vcase(f"vmd_cwru_{nm}_K4", v, f"cwru_{nm}_4096", 2000, 0, 4, 0, 1, 1e-7, 2048)
    if "ir007" in real:
        vcase("vmd_cwru_ir007_K8", real["ir007"], "cwru_ir007_4096", 2000, 0, 8, 0, 1, 1e-7, 1024)


def vmd_fixed_point(x, alpha, K, om, tol=1e-13, nmax=20000):
    """tau = 0 limit: modes in closed form for given omega, iterate omega only"""
    F = sf.dct(x, 2); N = len(x); nu = np.arange(N)/(2.0*N)
    for it in range(nmax):
        w = 1/np.maximum(alpha*(nu[None]-om[:, None])**2, 1e-290)
        U = F*w/(1+w.sum(0))
        p = U*U
        o = (p @ nu)/p.sum(1)
        if np.abs(o-om).max() < tol:
            break
        om = o
    return sf.idct(U, 2, axis=1), o, it+1


for nm, x, K in (("tones1024", tones[:512], 3),) + tuple((f"cwru_{k}_4096", v[:1024], 4) for k, v in list(real.items())[:2]):
    u_, o_, it_ = vmd_fixed_point(x, 2000., K, .5/K*np.arange(K))
    case(f"vmdfix_{nm}", "vmd_fixed_point", [nm], dict(n=len(x), alpha=2000., K=K, start="uniform", iterations=it_), dict(u=u_, omega=o_), 1e-8, 1e-11, OWN, "converged tau=0 solution; a sweep solver run to tol 1e-24 must reach it")


def mvmd(X, alpha, tau, K, tol, nmax=499):
    """Rehman & Aftab 2019 on DCT coefficients: one omega per mode shared by the channels"""
    C, N = X.shape
    F = sf.dct(X, 2, axis=1); nu = np.arange(N)/(2.0*N); om = .5/K*np.arange(K)
    U = np.zeros((K, C, N)); lam = np.zeros((C, N)); d = tol+1; n = 0
    while d > tol and n < nmax:
        r = F-lam/2-U.sum(0); d = 0; no = om.copy()
        for k in range(K):
            q = r+U[k]; v = q/(1+alpha*(nu-om[k])**2); r = q-v
            p = np.sum(v*v, 0); no[k] = np.dot(nu, p)/p.sum()
            d += np.sum((v-U[k])**2)/(2*N); U[k] = v
        lam = lam+tau*(U.sum(0)-F); om = no; n += 1
    return sf.idct(U, 2, axis=2), om, n


X2 = inp("two_channels", np.array([tones[:512], .4*np.cos(2*np.pi*1500*t[:512]+2)+.2*chirp[:512]]), "two channels x 512")
for tau in (0., .1):
    u_, o_, n_ = mvmd(X2, 2000., tau, 3, 1e-7)
    case(f"mvmd_tau{tau}", "mvmd", ["two_channels"], dict(alpha=2000., tau=tau, K=3, tol=1e-7, sweeps=n_, init=1), dict(u=u_, omega=o_), 1e-8, 1e-10, OWN + " after Rehman & Aftab 2019", "with one channel it must equal vmd *_clean")

# ------------------------------------------------------------------ evidence
def local_median(a, half):
    n = len(a)
    return np.array([np.median(a[max(0, i-half):i+half+1]) for i in range(n)])


def comb(ses, df, f0, tol, H, half):
    p = ses**2
    r = p/local_median(p, half)
    z = []
    for h in range(1, H+1):
        lo, hi = int(np.ceil(h*f0*(1-tol)/df)), int(np.floor(h*f0*(1+tol)/df))
        k = int(round(h*f0/df))
        lo, hi = min(lo, k), max(hi, k)
        m = hi-lo+1
        q = r[lo:hi+1].max()
        pv = 1-(1-2.0**(-q))**m
        z.append((q, m, pv))
    z = np.array(z)
    return z, -2*np.log(np.maximum(z[:, 2], 1e-300)).sum()


for nm, x in sigs[:1] + sigs[3:]:
    s = env_spec(x, True)
    z, fis = comb(s, FS/len(x), 5.4152*29.95, .02, 5, 40)
    case(f"comb_{nm}", "comb_score", [nm], dict(fs=FS, f0=5.4152*29.95, tol=.02, harmonics=5, half_window_bins=40, columns=["max power / local median", "bins searched", "p = 1-(1-2^-q)^m"]), dict(z=z, fisher=np.array([fis])), 1e-9, 1e-11, OWN, "on the squared envelope spectrum of the whole record; exponential null: P(power/median > q) = 2^-q")

case("local_median", "local_median", ["noise4096"], dict(n=300, half=20, edge="truncated window", of="power of rfft"), dict(y=local_median(np.abs(sf.rfft(noise[:300]))**2, 20)), 1e-13, 0, OWN)

meta = dict(about="Golden vectors, made by make.py", versions={p: ver(p) for p in ("numpy", "scipy", "vmdpy", "PyWavelets", "ssqueezepy", "fcwt")}, inputs=INPUTS, cases=CASES)
json.dump(meta, open(f"{OUT}/manifest.json", "w"), indent=0, default=float)
print(len(CASES), "cases", len(INPUTS), "inputs")
