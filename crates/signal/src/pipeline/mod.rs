//! From a segment to what a net is fed with: a list of steps, as plain data.
//!
//! A [`Pipeline`] is read from a configuration and stored inside a trained model, so that training and
//! diagnosis cannot differ. It is checked as a whole against rate and length before anything runs.

use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};

use crate::envelope::spectrum::EnvelopePlan;
use crate::envelope::squared_envelope::SquaredEnvelopePlan;
use crate::error::{Error, Result, check_len};
use crate::fourier::spectrum::{AmplitudeSpectrumParams, AmplitudeSpectrumPlan};
use crate::fourier::window::Window;
use crate::image::comb_image::{CombImage, CombMemory};
use crate::image::standardise::standardise;
use crate::image::stft_image::{Scale, StftImage};
use crate::kinematics::BearingOrders;
use crate::sample::remove_mean;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

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
        /// Band as two fractions of half the sampling rate. The full band unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        band: Option<[f64; 2]>,
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
fn no_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoFields {}
    NoFields::deserialize(deserializer).map(|NoFields {}| ())
}

impl Step {
    /// Its name in a configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RemoveMean => "remove-mean",
            Self::Standardise => "standardise",
            Self::Envelope => "envelope",
            Self::AmplitudeSpectrum { .. } => "amplitude-spectrum",
            Self::SquaredEnvelopeSpectrum { .. } => "squared-envelope-spectrum",
            Self::Stft { .. } => "stft",
            Self::StandardiseImage => "standardise-image",
            Self::CombImage { .. } => "comb-image",
        }
    }

    /// Plans this step for what the one before it gives; returns what this one gives.
    fn plan(&self, rate: Hertz, input: Flow) -> Result<(Work, Flow)> {
        let samples = || match input {
            Flow::Samples(len) => Ok(len),
            other => Err(self.refuse(other, "samples: put it before the step that leaves the time domain")),
        };
        let series = || match input {
            Flow::Samples(_) | Flow::Lines(_) => Ok(()),
            other => Err(self.refuse(other, "a series: take standardise-image for images")),
        };
        Ok(match self {
            Self::RemoveMean => series().map(|()| (Work::RemoveMean, input))?,
            Self::Standardise => series().map(|()| (Work::Standardise, input))?,
            Self::Envelope => (Work::Envelope(EnvelopePlan::new(samples()?)?), input),
            Self::AmplitudeSpectrum { window } => {
                let plan = AmplitudeSpectrumParams { window: *window }.plan(rate, samples()?)?;
                let lines = plan.spectrum_len();
                (Work::AmplitudeSpectrum(plan), Flow::Lines(lines))
            }
            Self::SquaredEnvelopeSpectrum { band } => {
                let band = band.map(|band| band.map(|fraction| Hertz(fraction * rate.0 / 2.0)).into());
                let plan = SquaredEnvelopePlan::new(rate, samples()?, band)?;
                let lines = plan.spectrum_len();
                (Work::SquaredEnvelopeSpectrum(plan), Flow::Lines(lines))
            }
            Self::Stft { window, length, hop, scale, rows, columns } => {
                let len = samples()?;
                let plan = StftImage::plan(rate, len, *window, *length, *hop, *scale, *rows, *columns)?;
                let (rows, columns) = plan.shape();
                (Work::Stft(plan), Flow::Image([1, rows, columns]))
            }
            Self::StandardiseImage => match input {
                Flow::Image(_) => (Work::Standardise, input),
                other => return Err(self.refuse(other, "an image: take standardise for series")),
            },
            Self::CombImage { harmonics, columns, half_width, bands } => {
                let plan = CombImage::plan(rate, samples()?, *harmonics, *columns, *half_width, bands)?;
                let shape = plan.shape();
                (Work::CombImage(plan), Flow::Image(shape))
            }
        })
    }

    fn refuse(&self, given: Flow, wanted: &str) -> Error {
        let given = match given {
            Flow::Samples(len) => format!("{len} samples"),
            Flow::Lines(len) => format!("a spectrum of {len} lines"),
            Flow::Image([channels, rows, columns]) => format!("an image of {channels}×{rows}×{columns}"),
        };
        Error::parameter(self.name(), "input", given, &format!("this step works on {wanted}"))
    }
}

/// What runs from one step to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Samples(usize),
    Lines(usize),
    Image([usize; 3]),
}

impl Flow {
    fn len(self) -> usize {
        match self {
            Self::Samples(len) | Self::Lines(len) => len,
            Self::Image(shape) => shape.iter().product(),
        }
    }
}

/// A list of steps. An empty one passes segments on as they are.
///
/// ```
/// use brinell_signal::{Context, Hertz, Pipeline};
/// let pipeline: Pipeline = serde_json::from_str(r#"[
///     { "step": "stft", "length": 64, "hop": 32, "scale": "log", "rows": 16, "columns": 16 },
///     { "step": "standardise-image" }
/// ]"#)?;
/// let plan = pipeline.plan(Hertz(12_000.0), 1024)?;
/// assert_eq!(plan.output_shape(), [1, 16, 16]);
/// let segment: Vec<f32> = (0..1024).map(|n| (n as f32 * 0.3).sin()).collect();
/// let mut image = vec![0.0; plan.output_len()];
/// plan.process(&segment, &Context::default(), &mut image, &mut plan.scratch())?;
/// assert!(image.iter().sum::<f32>().abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pipeline {
    steps: Vec<Step>,
}

impl Pipeline {
    /// A pipeline of these steps, in this order.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Checks all steps against segments of `len` samples at `rate`, and plans them.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0, [`Error::Parameter`] when `len` is 0,
    /// [`Error::Step`] when a step cannot be done: it says which, counted from 1, and why.
    pub fn plan(&self, rate: Hertz, len: usize) -> Result<PipelinePlan> {
        Error::check_rate(rate)?;
        if len == 0 {
            return Err(Error::parameter("pipeline", "segment", len, "at least 1 sample is needed"));
        }
        let mut flow = Flow::Samples(len);
        let (mut steps, mut largest) = (Vec::with_capacity(self.steps.len()), len);
        for (index, step) in self.steps.iter().enumerate() {
            let name = step.name();
            let planned = step.plan(rate, flow);
            let (work, next) = planned.map_err(|cause| Error::in_step(index + 1, name, cause))?;
            steps.push(PlannedStep { number: index + 1, name, work, output_len: next.len() });
            flow = next;
            largest = largest.max(flow.len());
        }
        let shape = match flow {
            Flow::Samples(len) | Flow::Lines(len) => vec![len],
            Flow::Image(shape) => shape.to_vec(),
        };
        Ok(PipelinePlan { rate, input_len: len, steps, shape, largest })
    }
}

/// What a segment's machine is known by. Steps that need it say so when it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Context {
    /// Speed of the shaft.
    pub shaft: Option<Hertz>,
    /// Fault orders of the bearing.
    pub orders: Option<BearingOrders>,
}

#[derive(Debug, Clone)]
struct PlannedStep {
    number: usize,
    name: &'static str,
    work: Work,
    output_len: usize,
}

#[derive(Debug, Clone)]
enum Work {
    RemoveMean,
    Standardise,
    Envelope(EnvelopePlan<f32>),
    AmplitudeSpectrum(AmplitudeSpectrumPlan<f32>),
    SquaredEnvelopeSpectrum(SquaredEnvelopePlan<f32>),
    Stft(StftImage),
    CombImage(CombImage),
}

/// A [`Pipeline`] planned for segments of one length at one rate.
#[derive(Debug, Clone)]
pub struct PipelinePlan {
    rate: Hertz,
    input_len: usize,
    steps: Vec<PlannedStep>,
    shape: Vec<usize>,
    largest: usize,
}

/// Working memory of a [`PipelinePlan`], one per thread.
#[derive(Debug, Clone, Default)]
pub struct PipelineScratch {
    front: Vec<f32>,
    back: Vec<f32>,
    transform: Scratch<f32>,
    comb: CombMemory,
}

impl PipelinePlan {
    /// Shape of the output: `[length]` of a series, `[channels, rows, columns]` of an image, row-major.
    #[must_use]
    pub fn output_shape(&self) -> &[usize] {
        &self.shape
    }

    /// Numbers of the output: the product of its shape.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Samples of a segment.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.input_len
    }

    /// Rate of the segments.
    #[must_use]
    pub fn rate(&self) -> Hertz {
        self.rate
    }

    /// Whether segments need the shaft's speed and the bearing's orders in their [`Context`].
    #[must_use]
    pub fn needs_kinematics(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.work, Work::CombImage(_)))
    }

    /// Working memory; it grows on the first call and stays as it is from then on.
    #[must_use]
    pub fn scratch(&self) -> PipelineScratch {
        let buffer = || Vec::with_capacity(self.largest);
        PipelineScratch { front: buffer(), back: buffer(), ..PipelineScratch::default() }
    }

    /// Runs all steps on one segment (`input_len` samples) into `output` (`output_len`). Allocates nothing
    /// once `scratch` has served this plan.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Step`] with [`Error::MissingKinematics`]
    /// when a step needs what the context lacks; [`Error::Overflow`] when the output is not finite.
    pub fn process(
        &self,
        segment: &[f32],
        context: &Context,
        output: &mut [f32],
        scratch: &mut PipelineScratch,
    ) -> Result<()> {
        check_len("segment of the pipeline", self.input_len, segment.len())?;
        check_len("output of the pipeline", self.output_len(), output.len())?;
        let PipelineScratch { front, back, transform, comb } = scratch;
        first(front, self.largest)[..segment.len()].copy_from_slice(segment);
        let mut len = segment.len();
        for step in &self.steps {
            let input = &mut front[..len];
            let out = &mut first(back, self.largest)[..step.output_len];
            let in_place = matches!(step.work, Work::RemoveMean | Work::Standardise);
            let done = match &step.work {
                Work::RemoveMean => {
                    remove_mean(input);
                    Ok(())
                }
                Work::Standardise => {
                    standardise(input);
                    Ok(())
                }
                Work::Envelope(plan) => plan.process(input, out, transform),
                Work::AmplitudeSpectrum(plan) => plan.process(input, out, transform),
                Work::SquaredEnvelopeSpectrum(plan) => plan.process(input, out, transform),
                Work::Stft(plan) => plan.process(input, out, transform),
                Work::CombImage(plan) => plan.process(input, context, out, transform, comb),
            };
            done.map_err(|cause| Error::in_step(step.number, step.name, cause))?;
            if !in_place {
                std::mem::swap(front, back);
            }
            len = step.output_len;
        }
        output.copy_from_slice(&front[..len]);
        match output.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(index) => Err(Error::Overflow { index, value: output[index].to_string() }),
        }
    }

    /// Runs all steps on many segments, each with its own context, on all threads of rayon's pool. The outputs
    /// stand one after the other in the order of the segments, with the same bits for any number of threads.
    ///
    /// # Errors
    /// [`Error::Segment`] with the error of the first segment that has one.
    pub fn process_many(&self, segments: &[(&[f32], Context)]) -> Result<Vec<f32>> {
        let width = self.output_len();
        let mut output = vec![0.0; width * segments.len()];
        let results: Vec<Result<()>> = output
            .par_chunks_exact_mut(width)
            .zip(segments.par_iter())
            .map_init(
                || self.scratch(),
                |scratch, (out, (segment, context))| self.process(segment, context, out, scratch),
            )
            .collect();
        for (index, result) in results.into_iter().enumerate() {
            result.map_err(|cause| Error::Segment { index, cause: Box::new(cause) })?;
        }
        Ok(output)
    }
}
