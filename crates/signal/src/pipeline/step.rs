//! The steps of a pipeline, as they stand in a configuration.

use serde::{Deserialize, Deserializer, Serialize};

use super::band_edge::BandEdge;
use super::plan::Context;
use crate::band::{
    CombGramParams, FastKurtogramParams, FftKurtogramParams, InfogramParams, ProtrugramParams,
    SpectralKurtosisParams,
};
use crate::cyclic::{
    CyclicCoherenceParams, EnhancedEnvelopeParams, FastSpectralCorrelationParams, IesfogramParams,
};
use crate::error::Result;
use crate::filter::{FilterParams, FirParams, ResampleParams};
use crate::fourier::{
    AutocorrelationParams, CepstrumLifterParams, RealCepstrumParams, WelchParams, Window, ZoomParams,
};
use crate::image::{FittedNormalisation, HilbertSpectrumParams, HogParams, ImageParams, Scale};
use crate::kinematics::FaultKind;
use crate::quantity::{
    BandLevelsParams, EnvelopePeaksParams, FaultCombsParams, FaultLinesParams, IntegrateParams,
};
use crate::recording::Unit;
use crate::rotation::{GivenSpeed, Interpolation};
use crate::separation::{
    AutoregressiveParams, CepstrumPrewhitenParams, DiscreteRandomParams, MinimumEntropyParams, WhitenParams,
};
use crate::units::Hertz;
use crate::vmd::{SuccessiveVmdParams, VmdParams, VmdSelection};
use crate::wavelet::{
    CwtImageParams, CwtParams, DiscreteWaveletParams, SynchrosqueezingParams, WaveletPacketParams,
};

/// One step of a [`Pipeline`]. In a configuration `{ step = "stft", length = 256, hop = 128 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Subtracts the mean of a series.
    #[serde(deserialize_with = "no_fields")]
    RemoveMean,
    /// `(x - mean)/std` of a series, with the population's deviation. A constant becomes zeros.
    #[serde(deserialize_with = "no_fields")]
    Standardise,
    /// Samples to their envelope `|x + i·h|`, of the same length.
    #[serde(deserialize_with = "no_fields")]
    Envelope,
    /// Samples to the peak amplitudes of their `len/2 + 1` lines, see [`AmplitudeSpectrumPlan`].
    AmplitudeSpectrum {
        /// Taper. Hann unless said.
        #[serde(default)]
        window: Window,
    },
    /// Samples to the lines of their squared envelope spectrum, see [`SquaredEnvelopePlan`]: `len/2 + 1` of
    /// the full band, as many as it has bins of a band.
    SquaredEnvelopeSpectrum {
        /// Lower and upper edge of the band: fractions of half the sampling rate, or frequencies with their unit. The
        /// full band unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        band: Option<[BandEdge; 2]>,
    },
    /// Samples to an image `[1, rows, columns]`: rows are frequencies, the lowest first, columns are times.
    /// Only frames inside the segment are taken: `length/2 + 1` rows, `1 + (len - length)/hop` columns.
    Stft {
        /// Taper. Hann unless said.
        #[serde(default)]
        window: Window,
        /// Samples in a frame. 256 unless said.
        #[serde(default = "default_length")]
        length: usize,
        /// Samples from one frame to the next. 128 unless said.
        #[serde(default = "default_hop")]
        hop: usize,
        /// How a pixel's power is written. The magnitude unless said.
        #[serde(default)]
        scale: Scale,
        /// Rows of the image, which is resized by the mean of power over areas. As many as the transform has
        /// unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<usize>,
        /// Columns of the image, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        columns: Option<usize>,
    },
    /// `(x - mean)/std` over all pixels of an image. A constant image becomes zeros.
    #[serde(deserialize_with = "no_fields")]
    StandardiseImage,
    /// Samples to an image `[4, harmonics, columns]`: one channel for each kind of fault
    /// ([`FaultKind::ALL`](crate::FaultKind::ALL)), one row for each harmonic of its frequency `f0`.
    ///
    /// The segment is standardised. Each band's squared envelope spectrum is divided by its own floor, the
    /// running median over ±40 lines or ± the shaft frequency, whichever is wider; of the bands the largest
    /// ratio counts. Column `j` stands for `h·f0·(1 + half_width·(2j/(columns-1) - 1))` and shows the largest
    /// ratio among the lines in its cell, or between lines, where a cell holds none, a straight line. Values
    /// are decadic logarithms of the ratio, clipped to -1 to 3; 0, the floor, where the spectrum has no line.
    /// Needs the shaft's speed and the bearing's orders in the [`Context`].
    CombImage {
        /// Rows. 8 unless said.
        #[serde(default = "default_harmonics")]
        harmonics: usize,
        /// Columns, an odd number: the middle one is the harmonic itself. 33 unless said.
        #[serde(default = "default_columns")]
        columns: usize,
        /// Half the image's width, relative to the harmonic's frequency. 0.04 unless said.
        #[serde(default = "default_half_width")]
        half_width: f64,
        /// Bands as fractions of half the sampling rate. The full band unless said.
        #[serde(default = "default_bands")]
        bands: Vec<[f64; 2]>,
    },
    /// Subtracts a straight line, fitted by least squares, from a series.
    #[serde(deserialize_with = "no_fields")]
    Detrend,
    /// Samples through a Butterworth filter, see [`FilterParams`].
    Filter(FilterParams),
    /// Samples through a filter of finite impulse response, see [`FirParams`].
    Fir(FirParams),
    /// Samples to another sampling rate, see [`ResampleParams`].
    Resample(ResampleParams),
    /// Acceleration to velocity or displacement, see [`IntegrateParams`].
    Integrate(IntegrateParams),
    /// Flattens the spectrum by its own local mean, see [`WhitenParams`].
    Whiten(WhitenParams),
    /// Gives every line of the spectrum the same magnitude, see [`CepstrumPrewhitenParams`].
    CepstrumPrewhiten(CepstrumPrewhitenParams),
    /// What a linear prediction leaves of the samples, see [`AutoregressiveParams`].
    Autoregressive(AutoregressiveParams),
    /// What does not repeat exactly: the random part, see [`DiscreteRandomParams`].
    DiscreteRandom(DiscreteRandomParams),
    /// Deconvolution towards the largest kurtosis, see [`MinimumEntropyParams`].
    MinimumEntropy(MinimumEntropyParams),
    /// Deconvolution towards a train of impulses, MOMEDA, see [`MomedaParams`](crate::separation::MomedaParams).
    Momeda {
        /// Coefficients of the filter, best at least a period. 100 unless said; at most 1024.
        #[serde(default = "default_filter_length")]
        filter_length: usize,
        /// How often the impulses come: a frequency, or the fault whose own it is. The outer race's unless said.
        #[serde(default)]
        target: ImpulseTrain,
    },
    /// Samples over time to samples over revolutions of the shaft, see [`OrderTrackParams`](crate::rotation::OrderTrackParams). Whatever is a
    /// frequency in a step behind it counts cycles a revolution.
    OrderTracking {
        /// How the shaft turned. What the pipeline is told by [`Pipeline::at_speed`](crate::Pipeline::at_speed)
        /// unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speed: Option<GivenSpeed>,
        /// Values a revolution: at least 2.56 times the highest order of interest. 64 unless said, which keeps orders
        /// up to 28.8 and cuts all above 32: take 512 for orders up to 200.
        #[serde(default = "default_per_revolution")]
        samples_per_revolution: usize,
        /// How values between samples are read. Tapered sinc unless said.
        #[serde(default)]
        interpolation: Interpolation,
        /// Whether what would fold is taken out first. True unless said.
        #[serde(default = "yes")]
        guard: bool,
    },
    /// Samples over revolutions to the mean revolution, see [`SynchronousAverage`](crate::rotation::SynchronousAverage).
    #[serde(deserialize_with = "no_fields")]
    SynchronousAverage,
    /// Samples to the modes of a decomposition, one channel each, the lowest first, and with `residual` what they
    /// leave as the last channel, see [`VmdParams`].
    Vmd(VmdParams),
    /// Samples to modes found one after the other, one channel each, see [`SuccessiveVmdParams`]. As many channels as
    /// modes are allowed; those that were not found are zeros.
    SuccessiveVmd(SuccessiveVmdParams),
    /// Samples to the modes of a decomposition whose number of modes and `α` are chosen from a grid anew for each
    /// segment, one channel each, the lowest first. As many channels as the most modes of the grid; those behind the
    /// chosen number are zeros. For looking at records: what a net is fed with has to be decomposed alike, so choose
    /// once, on training data, and write the pair into `vmd`. See [`VmdSelection`].
    SelectedVmd(VmdSelection),
    /// Channels to modes that share their centres: mode by mode all channels, see
    /// [`MultivariateVmdPlan`](crate::vmd::MultivariateVmdPlan).
    MultivariateVmd(VmdParams),
    /// Samples to the parts that the bands of a discrete wavelet transform hold, each as long as the record, one
    /// channel each, the lowest first; together they are the record. See [`DiscreteWaveletParams`].
    DiscreteWavelet(DiscreteWaveletParams),
    /// Samples to the bands of a wavelet packet transform, one channel each, the lowest first, see
    /// [`WaveletPacketParams`].
    WaveletPacket(WaveletPacketParams),
    /// Samples to their Teager-Kaiser energy `x[n]² - x[n-1] x[n+1]`, two samples fewer.
    #[serde(deserialize_with = "no_fields")]
    TeagerKaiser,
    /// Removes or keeps a comb of the cepstrum: the harmonics of one frequency, see [`CepstrumLifterParams`].
    CepstrumLifter(CepstrumLifterParams),
    /// Samples to their autocorrelation, see [`AutocorrelationParams`].
    Autocorrelation(AutocorrelationParams),
    /// Samples to the amplitudes of the spectrum of their envelope, `len/2 + 1` lines, see
    /// [`EnvelopeSpectrumPlan`](crate::envelope::EnvelopeSpectrumPlan).
    #[serde(deserialize_with = "no_fields")]
    EnvelopeSpectrum,
    /// Samples to an averaged power spectrum, see [`WelchParams`].
    Welch(WelchParams),
    /// Samples to the RMS values of bands, see [`BandLevelsParams`].
    BandLevels(BandLevelsParams),
    /// Samples to peak amplitudes in a narrow band of their spectrum, in their unit and scaled as those of the amplitude
    /// spectrum, see [`ZoomParams`].
    Zoom(ZoomParams),
    /// Samples to their real cepstrum, see [`RealCepstrumParams`].
    Cepstrum(RealCepstrumParams),
    /// Samples to the kurtosis of every frequency, see [`SpectralKurtosisParams`].
    SpectralKurtosis(SpectralKurtosisParams),
    /// Samples to the kurtosis of the envelope spectrum of a sliding band, see [`ProtrugramParams`].
    Protrugram(ProtrugramParams),
    /// Samples to the enhanced envelope spectrum: coherence by cyclic frequency, see [`EnhancedEnvelopeParams`].
    EnhancedEnvelopeSpectrum(EnhancedEnvelopeParams),
    /// Samples to an image of power by a continuous wavelet transform, one column a sample, see [`CwtParams`].
    Cwt(CwtParams),
    /// The same sampled at few columns, without the work for all others, see [`CwtImageParams`].
    CwtImage(CwtImageParams),
    /// Samples to an image of power by synchrosqueezing, see [`SynchrosqueezingParams`].
    Synchrosqueezing(SynchrosqueezingParams),
    /// Modes to one image of their energy (squared amplitude) over time and instantaneous frequency, see
    /// [`HilbertSpectrumParams`].
    HilbertSpectrum(HilbertSpectrumParams),
    /// Samples to a kurtogram by Antoni's filter bank: rows are levels, columns frequencies, see
    /// [`FastKurtogramParams`].
    Kurtogram(FastKurtogramParams),
    /// Samples to a kurtogram by ideal bands, see [`FftKurtogramParams`].
    FftKurtogram(FftKurtogramParams),
    /// Samples to three kurtogram-like images: bunched in time, in the envelope's spectrum, and their mean, see
    /// [`InfogramParams`].
    Infogram(InfogramParams),
    /// Samples to scores of every band for every fault's comb, see [`CombGramParams`]: of the tree, one kurtogram-like
    /// image a fault (in the order of [`FaultKind::ALL`](crate::FaultKind::ALL)), rows are levels, columns frequencies;
    /// of other bands, one image whose rows are faults and whose columns are bands. Needs the shaft's speed and the
    /// bearing's orders in the [`Context`](crate::Context).
    CombGram(CombGramParams),
    /// Samples to scores of every band for every fault's lines in the enhanced envelope spectrum: one kurtogram-like
    /// image a fault (in the order of [`FaultKind::ALL`](crate::FaultKind::ALL)), rows are levels, columns frequencies,
    /// see [`IesfogramParams`]. Needs the shaft's speed and the bearing's orders in the [`Context`](crate::Context).
    Iesfogram(IesfogramParams),
    /// Samples to an image of squared cyclic coherence at a few cyclic frequencies, one row each; columns are carrier
    /// frequencies, see [`CyclicCoherenceParams`].
    DirectCoherence(CyclicCoherenceParams),
    /// Samples to an image of squared cyclic coherence: rows are cyclic frequencies, columns carrier
    /// frequencies, see [`FastSpectralCorrelationParams`].
    CyclicCoherence(FastSpectralCorrelationParams),
    /// Powers to another size and scale, channel by channel, see [`ImageParams`]. For images that a step before
    /// gives as power.
    Image(ImageParams),
    /// Samples to numbers that say how far each part's lines stand out of the squared envelope spectrum of each band, see
    /// [`FaultLinesParams`]. Needs the shaft's speed and the bearing's orders in the [`Context`](crate::Context).
    FaultLines(FaultLinesParams),
    /// Samples to numbers that say how far each part's comb stands out of many cyclic spectra against combs of no part, see
    /// [`FaultCombsParams`]. Needs the shaft's speed and the bearing's orders in the [`Context`](crate::Context).
    FaultCombs(FaultCombsParams),
    /// Samples to five numbers of themselves and the largest amplitudes of their envelope spectrum near each fault's
    /// harmonics, see [`EnvelopePeaksParams`]. Needs the shaft's speed and the bearing's orders in the
    /// [`Context`](crate::Context).
    EnvelopePeaks(EnvelopePeaksParams),
    /// Each channel of an image to histograms of the directions of its gradients, see [`HogParams`].
    Hog(HogParams),
    /// Each channel of an image to mean 0 and deviation 1, to 0 to 1, or by what was fitted to training images.
    NormaliseImage {
        /// Which of them. Mean and deviation unless said.
        #[serde(default)]
        by: ImageNormalisation,
    },
}

/// What an image is normalised by, see [`Step::NormaliseImage`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageNormalisation {
    /// Its own mean and deviation.
    #[default]
    ZScore,
    /// Its own smallest and largest value.
    MinMax,
    /// Numbers that were fitted once to images of this size, such as those of the training part.
    Fitted(FittedNormalisation),
}

/// How often the impulses come that a deconvolution looks for. In a configuration `{ frequency = 162.2 }` or
/// `{ fault = "inner" }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImpulseTrain {
    /// As often as this.
    Frequency(Hertz),
    /// As often as this fault strikes, by the shaft's speed and the bearing's orders in the
    /// [`Context`](crate::Context).
    Fault(FaultKind),
}

impl Default for ImpulseTrain {
    fn default() -> Self {
        Self::Fault(FaultKind::Outer)
    }
}

impl ImpulseTrain {
    /// How often, for this machine.
    ///
    /// # Errors
    /// As [`Context::kinematics`](crate::Context::kinematics), where a fault is asked for.
    pub fn frequency(self, context: &Context) -> Result<Hertz> {
        match self {
            Self::Frequency(frequency) => Ok(frequency),
            Self::Fault(kind) => context.kinematics().map(|(shaft, orders)| kind.order(&orders).at(shaft)),
        }
    }
}

fn default_per_revolution() -> usize {
    64
}
fn yes() -> bool {
    true
}
fn default_filter_length() -> usize {
    100
}
fn default_length() -> usize {
    256
}
fn default_hop() -> usize {
    128
}
fn default_harmonics() -> usize {
    8
}
fn default_columns() -> usize {
    33
}
fn default_half_width() -> f64 {
    0.04
}
fn default_bands() -> Vec<[f64; 2]> {
    vec![[0.0, 1.0]]
}

/// Steps without parameters refuse any: serde alone would pass over them in silence.
fn no_fields<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoFields {}
    NoFields::deserialize(deserializer).map(|NoFields {}| ())
}

impl Step {
    /// Its name in a configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.about().0
    }

    /// What it does, in one line.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.about().1
    }

    /// One of each step, with its defaults; where a parameter has none, with an example.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::RemoveMean,
            Self::Standardise,
            Self::Envelope,
            Self::AmplitudeSpectrum { window: Window::default() },
            Self::SquaredEnvelopeSpectrum { band: None },
            Self::Stft {
                window: Window::default(),
                length: default_length(),
                hop: default_hop(),
                scale: Scale::default(),
                rows: None,
                columns: None,
            },
            Self::StandardiseImage,
            Self::CombImage {
                harmonics: default_harmonics(),
                columns: default_columns(),
                half_width: default_half_width(),
                bands: default_bands(),
            },
            Self::Detrend,
            Self::Filter(FilterParams::band_pass(Hertz(1000.0), Hertz(5000.0))),
            Self::Fir(FirParams {
                low: Some(Hertz(1000.0)),
                high: Some(Hertz(5000.0)),
                ..FirParams::default()
            }),
            Self::Resample(ResampleParams::to(Hertz(12_000.0))),
            Self::Integrate(IntegrateParams { from: Some(Unit::G), ..IntegrateParams::default() }),
            Self::Whiten(WhitenParams::default()),
            Self::CepstrumPrewhiten(CepstrumPrewhitenParams::default()),
            Self::Autoregressive(AutoregressiveParams::default()),
            Self::DiscreteRandom(DiscreteRandomParams::default()),
            Self::MinimumEntropy(MinimumEntropyParams::default()),
            Self::Momeda { filter_length: default_filter_length(), target: ImpulseTrain::default() },
            Self::OrderTracking {
                speed: None,
                samples_per_revolution: default_per_revolution(),
                interpolation: Interpolation::default(),
                guard: yes(),
            },
            Self::SynchronousAverage,
            Self::Vmd(VmdParams::default()),
            Self::SuccessiveVmd(SuccessiveVmdParams::default()),
            Self::SelectedVmd(VmdSelection::default()),
            Self::MultivariateVmd(VmdParams::default()),
            Self::DiscreteWavelet(DiscreteWaveletParams::default()),
            Self::WaveletPacket(WaveletPacketParams::default()),
            Self::TeagerKaiser,
            Self::CepstrumLifter(CepstrumLifterParams::new(Hertz(30.0))),
            Self::Autocorrelation(AutocorrelationParams::default()),
            Self::EnvelopeSpectrum,
            Self::Welch(WelchParams::default()),
            Self::BandLevels(BandLevelsParams { bands: vec![[Hertz(10.0), Hertz(1000.0)]] }),
            Self::Zoom(ZoomParams::band(Hertz(0.0), Hertz(1000.0))),
            Self::Cepstrum(RealCepstrumParams::default()),
            Self::SpectralKurtosis(SpectralKurtosisParams::default()),
            Self::Protrugram(ProtrugramParams::default()),
            Self::EnhancedEnvelopeSpectrum(EnhancedEnvelopeParams::default()),
            Self::Cwt(CwtParams::default()),
            Self::CwtImage(CwtImageParams::default()),
            Self::Synchrosqueezing(SynchrosqueezingParams::default()),
            Self::HilbertSpectrum(HilbertSpectrumParams::default()),
            Self::Kurtogram(FastKurtogramParams::default()),
            Self::FftKurtogram(FftKurtogramParams::default()),
            Self::Infogram(InfogramParams::default()),
            Self::CombGram(CombGramParams::default()),
            Self::Iesfogram(IesfogramParams::default()),
            Self::DirectCoherence(CyclicCoherenceParams {
                cyclic_frequencies: vec![Hertz(100.0)],
                ..CyclicCoherenceParams::default()
            }),
            Self::CyclicCoherence(FastSpectralCorrelationParams::default()),
            Self::Image(ImageParams::default()),
            Self::FaultLines(FaultLinesParams::default()),
            Self::FaultCombs(FaultCombsParams::default()),
            Self::EnvelopePeaks(EnvelopePeaksParams::default()),
            Self::Hog(HogParams::default()),
            Self::NormaliseImage { by: ImageNormalisation::default() },
        ]
    }

    fn about(&self) -> (&'static str, &'static str) {
        match self {
            Self::SuccessiveVmd(_) => {
                ("successive-vmd", "modes found one after the other: one channel a mode")
            }
            Self::SelectedVmd(_) => {
                ("selected-vmd", "mode decomposition whose number of modes and alpha a criterion chooses")
            }
            Self::TeagerKaiser => ("teager-kaiser", "energy of an oscillation, from three samples"),
            Self::CepstrumLifter(_) => ("cepstrum-lifter", "removes or keeps the harmonics of one frequency"),
            Self::Autocorrelation(_) => ("autocorrelation", "autocorrelation over lags"),
            Self::Momeda { .. } => ("momeda", "deconvolution towards impulses at one frequency"),
            Self::OrderTracking { .. } => {
                ("order-tracking", "samples over revolutions of the shaft; frequencies behind it are orders")
            }
            Self::SynchronousAverage => ("synchronous-average", "the mean revolution of tracked samples"),
            Self::MultivariateVmd(_) => {
                ("multivariate-vmd", "modes of several channels with centres in common")
            }
            Self::DiscreteWavelet(_) => {
                ("discrete-wavelet", "parts of the record in bands of octaves: one channel a band")
            }
            Self::BandLevels(_) => ("band-levels", "RMS values of bands"),
            Self::Iesfogram(_) => {
                ("iesfogram", "which band shows each fault in the enhanced envelope spectrum")
            }
            Self::DirectCoherence(_) => {
                ("direct-coherence", "squared cyclic coherence at a few cyclic frequencies, by averaging")
            }
            Self::Infogram(_) => ("infogram", "how bunched power is, in time and in the envelope spectrum"),
            Self::CombGram(_) => ("comb-gram", "which band shows the comb of each fault"),
            Self::RemoveMean => ("remove-mean", "subtracts the mean"),
            Self::Standardise => ("standardise", "subtracts the mean, divides by the standard deviation"),
            Self::Envelope => ("envelope", "envelope: the magnitude of the analytic signal"),
            Self::AmplitudeSpectrum { .. } => ("amplitude-spectrum", "peak amplitude of every spectral line"),
            Self::SquaredEnvelopeSpectrum { .. } => {
                ("squared-envelope-spectrum", "spectrum of the squared envelope, of a band or all")
            }
            Self::Stft { .. } => ("stft", "short-time Fourier transform as an image of frequency over time"),
            Self::StandardiseImage => ("standardise-image", "standardises all pixels of an image together"),
            Self::CombImage { .. } => {
                ("comb-image", "squared envelope spectrum around the harmonics of every fault frequency")
            }
            Self::Detrend => ("detrend", "subtracts a straight line"),
            Self::Filter(_) => {
                ("filter", "Butterworth filter, without delay: band-pass, low-pass, high-pass, band-stop")
            }
            Self::Fir(_) => ("fir", "filter of finite impulse response"),
            Self::Resample(_) => ("resample", "another sampling rate, without folding"),
            Self::Integrate(_) => ("integrate", "acceleration to velocity or displacement within a band"),
            Self::Whiten(_) => ("whiten", "flattens the spectrum by its own local mean"),
            Self::CepstrumPrewhiten(_) => {
                ("cepstrum-prewhiten", "gives every spectral line the same magnitude")
            }
            Self::Autoregressive(_) => ("autoregressive", "what a linear prediction leaves: impacts"),
            Self::DiscreteRandom(_) => {
                ("discrete-random", "removes what repeats exactly: gears, shaft harmonics")
            }
            Self::MinimumEntropy(_) => ("minimum-entropy", "deconvolution towards the largest kurtosis"),
            Self::Vmd(_) => ("vmd", "variational mode decomposition: one channel a mode"),
            Self::WaveletPacket(_) => ("wavelet-packet", "wavelet packets: one channel a band"),
            Self::EnvelopeSpectrum => ("envelope-spectrum", "spectrum of the envelope"),
            Self::Welch(_) => ("welch", "averaged power spectrum"),
            Self::Zoom(_) => ("zoom", "a narrow band of the spectrum at any resolution"),
            Self::Cepstrum(_) => ("cepstrum", "real cepstrum"),
            Self::SpectralKurtosis(_) => ("spectral-kurtosis", "kurtosis of every frequency over time"),
            Self::Protrugram(_) => ("protrugram", "kurtosis of the envelope spectrum of a sliding band"),
            Self::EnhancedEnvelopeSpectrum(_) => {
                ("enhanced-envelope-spectrum", "cyclic coherence, averaged over a band")
            }
            Self::Cwt(_) => ("cwt", "power of a continuous wavelet transform, one column a sample"),
            Self::CwtImage(_) => ("cwt-image", "power of a continuous wavelet transform at few columns"),
            Self::Synchrosqueezing(_) => ("synchrosqueezing", "wavelet power moved to where its phase says"),
            Self::HilbertSpectrum(_) => {
                ("hilbert-spectrum", "energy of modes over time and instantaneous frequency")
            }
            Self::Kurtogram(_) => ("kurtogram", "kurtosis of bands by Antoni's filter bank"),
            Self::FftKurtogram(_) => ("fft-kurtogram", "kurtosis of ideal bands"),
            Self::CyclicCoherence(_) => {
                ("cyclic-coherence", "squared cyclic coherence over cyclic and carrier frequency")
            }
            Self::FaultLines(_) => {
                ("fault-lines", "how far the lines of each part stand out, band by band, as few numbers")
            }
            Self::FaultCombs(_) => (
                "fault-combs",
                "how far each part's comb stands out of many cyclic spectra, against combs of no part",
            ),
            Self::EnvelopePeaks(_) => (
                "envelope-peaks",
                "RMS, kurtosis and the like, and envelope amplitudes near each fault's harmonics",
            ),
            Self::Hog(_) => ("hog", "histograms of oriented gradients of an image"),
            Self::Image(_) => ("image", "powers to another size and scale"),
            Self::NormaliseImage { .. } => {
                ("normalise-image", "each channel of an image to mean 0 and deviation 1, or to 0 to 1")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_step_that_is_accepted_is_in_the_list_under_its_name() {
        let message = serde_json::from_str::<Step>(r#"{"step": "?"}"#).unwrap_err().to_string();
        let accepted: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let names: Vec<_> = Step::all().iter().map(Step::name).collect();
        assert_eq!(accepted, names, "{message}");
    }

    #[test]
    fn every_step_is_written_and_read_back_and_refuses_what_it_does_not_know() {
        for step in Step::all() {
            let text = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step, "{text}");
            let more = text.replacen(r#"{"step""#, r#"{"no_such_key":1,"step""#, 1);
            assert!(serde_json::from_str::<Step>(&more).is_err(), "{more}");
        }
    }
}
