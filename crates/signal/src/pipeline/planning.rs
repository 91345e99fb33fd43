//! From a step and what comes before it to its work and what comes after it.

use std::sync::Arc;

use super::flow::{Axis, Domain, Flow, Quantity};
use super::plan::Work;
use super::step::{ImageNormalisation, Step};
use crate::band::{BandMap, BandTree};
use crate::envelope::spectrum::{EnvelopePlan, EnvelopeSpectrumPlan};
use crate::envelope::squared_envelope::SquaredEnvelopePlan;
use crate::error::{Error, Result};
use crate::fourier::detrend::{Detrend, detrend};
use crate::fourier::spectrum::AmplitudeSpectrumParams;
use crate::image::comb_image::CombImage;
use crate::image::normalise::Normalisation;
use crate::image::standardise::standardise;
use crate::image::stft_image::StftImage;
use crate::kinematics::FaultKind;
use crate::quantity::teager_kaiser::teager_kaiser_into;
use crate::sample::remove_mean;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// A step's work, what it gives, and whether it needs the machine's kinematics.
pub(crate) struct Planned {
    pub(crate) work: Work,
    pub(crate) output: Flow,
    pub(crate) needs_kinematics: bool,
}

impl Planned {
    /// One and the same work on every channel.
    fn each(
        input: &Flow,
        output: Flow,
        one: impl Fn(&[f32], &mut [f32], &mut Scratch<f32>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (from, to) = (input.channel_len(), output.len() / input.channels);
        let work: Work = Arc::new(move |input, _, output, scratch| {
            input
                .chunks_exact(from)
                .zip(output.chunks_exact_mut(to))
                .try_for_each(|(input, output)| one(input, output, scratch))
        });
        Self { work, output, needs_kinematics: false }
    }

    /// Changes numbers in place.
    fn in_place(input: &Flow, change: impl Fn(&mut [f32]) + Send + Sync + 'static) -> Self {
        Self::each(input, input.clone(), move |input, output, _| {
            output.copy_from_slice(input);
            change(output);
            Ok(())
        })
    }
}

/// A plan with the signature that most plans have, on every channel.
macro_rules! each {
    ($plan:ident, $input:ident, $output:expr) => {{
        let output = $output;
        Planned::each($input, output, move |x, y, s| $plan.process(x, y, s).map(drop))
    }};
    ($plan:ident.$method:ident, $input:ident, $output:expr) => {{
        let output = $output;
        Planned::each($input, output, move |x, y, s| $plan.$method(x, y, s).map(drop))
    }};
}

/// Frequencies of rows and times of columns, as the plans of images tell them.
macro_rules! image_axes {
    ($plan:ident, $columns:expr) => {
        (
            Axis::of(Quantity::Frequency, $plan.rows(), |row| $plan.frequency(row).0),
            Axis::of(Quantity::Time, $columns, |column| $plan.time(column).0),
        )
    };
}

/// A kurtogram as an image: the cells of every level side by side, as wide as their bands.
macro_rules! kurtogram {
    ($plan:ident, $input:ident) => {{
        let tree = $plan.tree();
        let (rows, cells) = tree_axes(tree);
        let columns = cells.values.len();
        let output = Flow::image($input.channels, rows, cells);
        Planned::each($input, output, move |x, y, s| {
            let mut map = s.band_map.take().filter(|last| last.tree() == tree).unwrap_or_else(|| $plan.map());
            let result = $plan.process(x, &mut map, s);
            write_map(&map, columns, y);
            s.band_map = Some(map);
            result
        })
    }};
}

/// Levels of the rows of a kurtogram, and the centres of its narrowest cells.
fn tree_axes(tree: BandTree) -> (Axis, Axis) {
    let width = tree.rate().0 / 2.0 / tree.columns() as f64;
    (
        Axis::of(Quantity::Level, tree.rows(), |row| tree.level(row)),
        Axis::even(Quantity::Frequency, tree.columns(), width / 2.0, width),
    )
}

fn write_map(map: &BandMap, columns: usize, output: &mut [f32]) {
    for (row, pixels) in output.chunks_exact_mut(columns).enumerate() {
        let cells = map.row(row);
        for (column, pixel) in pixels.iter_mut().enumerate() {
            *pixel = cells[column * cells.len() / columns] as f32;
        }
    }
}

/// The band that two fractions of half the rate mean.
fn of_nyquist(rate: Hertz, fractions: [f64; 2]) -> (Hertz, Hertz) {
    fractions.map(|fraction| Hertz(fraction * rate.0 / 2.0)).into()
}

/// Frequencies of the lines of a spectrum over `len` samples.
fn line_axis(quantity: Quantity, rate: Hertz, len: usize, lines: usize) -> Axis {
    Axis::even(quantity, lines, 0.0, rate.0 / len as f64)
}

impl Step {
    /// Plans this step for what the one before it gives.
    pub(crate) fn plan(&self, input: &Flow) -> Result<Planned> {
        let name = self.name();
        Ok(match self {
            Self::RemoveMean | Self::Standardise => {
                if input.domain == Domain::Image {
                    return Err(input.refused(name, "a series: take standardise-image for images"));
                }
                match self {
                    Self::RemoveMean => Planned::in_place(input, remove_mean),
                    _ => Planned::in_place(input, standardise),
                }
            }
            Self::Envelope => {
                let (_, len) = input.as_samples(name)?;
                let plan = EnvelopePlan::new(len)?;
                Planned::each(input, input.clone(), move |x, y, s| plan.process(x, y, s))
            }
            Self::AmplitudeSpectrum { window } => {
                let (rate, len) = input.as_samples(name)?;
                let plan = AmplitudeSpectrumParams { window: *window }.plan(rate, len)?;
                let axis = line_axis(Quantity::Frequency, rate, len, plan.spectrum_len());
                let output = Flow::lines(input.channels, axis);
                Planned::each(input, output, move |x, y, s| plan.process(x, y, s))
            }
            Self::SquaredEnvelopeSpectrum { band } => {
                let (rate, len) = input.as_samples(name)?;
                if let Some([low, high]) = band.filter(|band| band.iter().any(|end| *end > 1.0)) {
                    let reason =
                        "here a band is two fractions of half the sampling rate, such as [0.25, 0.5]";
                    return Err(Error::parameter(name, "band", format!("[{low}, {high}]"), reason));
                }
                let plan = SquaredEnvelopePlan::new(rate, len, band.map(|band| of_nyquist(rate, band)))?;
                let axis = line_axis(Quantity::ModulationFrequency, rate, len, plan.spectrum_len());
                let output = Flow::lines(input.channels, axis);
                Planned::each(input, output, move |x, y, s| plan.process(x, y, s))
            }
            Self::Stft { window, length, hop, scale, rows, columns } => {
                let (rate, len) = input.as_samples(name)?;
                let plan = StftImage::plan(rate, len, *window, *length, *hop, *scale, *rows, *columns)?;
                let (frequencies, times) = plan.axes();
                let output = Flow::image(input.channels, frequencies, times);
                Planned::each(input, output, move |x, y, s| plan.process(x, y, s))
            }
            Self::StandardiseImage => {
                input.as_image(name)?;
                let work: Work = Arc::new(|input, _, output, _| {
                    output.copy_from_slice(input);
                    standardise(output);
                    Ok(())
                });
                Planned { work, output: input.clone(), needs_kinematics: false }
            }
            Self::CombImage { harmonics, columns, half_width, bands } => {
                let (rate, len) = input.as_samples(name)?;
                if input.channels > 1 {
                    return Err(input.refused(name, "one series: put it before the step that makes channels"));
                }
                let plan = CombImage::plan(rate, len, *harmonics, *columns, *half_width, bands)?;
                let [channels, rows, columns] = plan.shape();
                let rows = Axis::even(Quantity::Harmonic, rows, 1.0, 1.0);
                let step = 2.0 * half_width / (columns - 1) as f64;
                let columns = Axis::even(Quantity::RelativeFrequency, columns, 1.0 - half_width, step);
                let work: Work = Arc::new(move |input, context, output, scratch| {
                    plan.process(input, context, output, scratch)
                });
                Planned { work, output: Flow::image(channels, rows, columns), needs_kinematics: true }
            }
            Self::Detrend => {
                if input.domain == Domain::Image {
                    return Err(input.refused(name, "a series"));
                }
                Planned::in_place(input, |channel| detrend(channel, Detrend::Linear))
            }
            Self::Filter(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, input.clone())
            }
            Self::Fir(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, input.clone())
            }
            Self::Resample(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, Flow::samples(input.channels, plan.output_len(), params.to))
            }
            Self::Integrate(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, input.clone())
            }
            Self::Whiten(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, input.clone())
            }
            Self::CepstrumPrewhiten(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, Flow::samples(input.channels, plan.output_len(), rate))
            }
            Self::Autoregressive(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, input.clone())
            }
            Self::DiscreteRandom(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                Planned::each(input, input.clone(), move |x, y, s| {
                    let mut rest = std::mem::take(&mut s.left_out);
                    let result = plan.process(x, first(&mut rest, len), y, s);
                    s.left_out = rest;
                    result
                })
            }
            Self::MinimumEntropy(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, Flow::samples(input.channels, plan.output_len(), rate))
            }
            Self::Vmd(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let output = Flow::samples(input.channels * plan.modes(), plan.mode_len(), rate);
                Planned::each(input, output, move |x, y, s| {
                    let mut report = std::mem::take(&mut s.decomposition);
                    let result = plan.process(x, y, &mut report, s);
                    s.decomposition = report;
                    result
                })
            }
            Self::SuccessiveVmd(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let output = Flow::samples(input.channels * plan.max_modes(), len, rate);
                Planned::each(input, output, move |x, y, s| {
                    let mut report = std::mem::take(&mut s.successive_decomposition);
                    let result = plan.process(x, y, &mut report, s);
                    s.successive_decomposition = report;
                    result
                })
            }
            Self::TeagerKaiser => {
                let (rate, len) = input.as_samples(name)?;
                if len < 3 {
                    return Err(input.refused(name, "at least 3 samples"));
                }
                let output = Flow::samples(input.channels, len - 2, rate);
                Planned::each(input, output, |x, y, _| teager_kaiser_into(x, y))
            }
            Self::CepstrumLifter(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                each!(plan, input, input.clone())
            }
            Self::Autocorrelation(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let axis = Axis::of(Quantity::Time, plan.output_len(), |lag| plan.time(lag).0);
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::WaveletPacket(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let slower = Hertz(rate.0 / plan.bands() as f64);
                each!(plan, input, Flow::samples(input.channels * plan.bands(), plan.band_len(), slower))
            }
            Self::EnvelopeSpectrum => {
                let (rate, len) = input.as_samples(name)?;
                let plan = EnvelopeSpectrumPlan::<f32>::new(len)?;
                let axis = line_axis(Quantity::ModulationFrequency, rate, len, plan.spectrum_len());
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::Welch(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let axis = Axis::even(Quantity::Frequency, plan.spectrum_len(), 0.0, plan.resolution().0);
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::Zoom(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let axis = Axis::of(Quantity::Frequency, plan.output_len(), |bin| plan.frequency(bin).0);
                Planned::each(input, Flow::lines(input.channels, axis), move |x, y, s| {
                    let mut bins = std::mem::take(&mut s.complex_left_out);
                    let bins_used = first(&mut bins, y.len());
                    let result = plan.process(x, bins_used, s);
                    y.iter_mut().zip(&*bins_used).for_each(|(y, bin)| *y = bin.norm_sqr().sqrt());
                    s.complex_left_out = bins;
                    result
                })
            }
            Self::Cepstrum(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let axis = Axis::of(Quantity::Quefrency, len, |index| plan.quefrency(index).0);
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::SpectralKurtosis(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let axis = Axis::of(Quantity::Frequency, plan.output_len(), |bin| plan.frequency(bin).0);
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::Protrugram(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let axis = Axis::of(Quantity::Frequency, plan.output_len(), |index| plan.centre(index).0);
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::EnhancedEnvelopeSpectrum(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let lines = plan.spectrum_len();
                let axis =
                    Axis::of(Quantity::ModulationFrequency, lines, |line| plan.cyclic_frequency(line).0);
                each!(plan, input, Flow::lines(input.channels, axis))
            }
            Self::Cwt(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let (rows, columns) = image_axes!(plan, len);
                each!(plan.power, input, Flow::image(input.channels, rows, columns))
            }
            Self::CwtImage(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let (rows, columns) = image_axes!(plan, plan.columns());
                each!(plan.power, input, Flow::image(input.channels, rows, columns))
            }
            Self::Synchrosqueezing(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let (rows, columns) = image_axes!(plan, plan.columns());
                each!(plan.power, input, Flow::image(input.channels, rows, columns))
            }
            Self::HilbertSpectrum(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, input.channels, len)?;
                let (rows, columns) = plan.shape();
                let rows = Axis::of(Quantity::Frequency, rows, |row| plan.frequency(row).0);
                let columns = Axis::of(Quantity::Time, columns, |column| plan.time(column).0);
                let work: Work = Arc::new(move |x, _, y, s| plan.process(x, y, s));
                Planned { work, output: Flow::image(1, rows, columns), needs_kinematics: false }
            }
            Self::Kurtogram(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                kurtogram!(plan, input)
            }
            Self::FftKurtogram(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                kurtogram!(plan, input)
            }
            Self::Infogram(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let tree = plan.tree();
                let (rows, columns) = tree_axes(tree);
                let width = columns.values.len();
                let output = Flow::image(3 * input.channels, rows, columns);
                Planned::each(input, output, move |x, y, s| {
                    let mut maps = s.infogram.take().filter(|last| last.time.tree() == tree);
                    let maps_used = maps.get_or_insert_with(|| plan.maps());
                    let result = plan.process(x, maps_used, s);
                    let parts = [&maps_used.time, &maps_used.frequency, &maps_used.average];
                    for (map, y) in parts.into_iter().zip(y.chunks_exact_mut(tree.rows() * width)) {
                        write_map(map, width, y);
                    }
                    s.infogram = maps;
                    result
                })
            }
            Self::CombGram(params) => {
                let (rate, len) = input.as_samples(name)?;
                if input.channels > 1 {
                    return Err(input.refused(name, "one series: put it before the step that makes channels"));
                }
                let plan = params.plan::<f32>(rate, len)?;
                let centre = |i: usize| (plan.bands()[i].0.0 + plan.bands()[i].1.0) / 2.0;
                let bands = plan.bands().len();
                let columns = Axis::of(Quantity::Frequency, bands, centre);
                let rows = Axis::numbers(Quantity::Fault, FaultKind::ALL.len());
                let work: Work = Arc::new(move |input, context, output, s| {
                    let mut gram = std::mem::take(&mut s.comb_gram);
                    let result = plan.process_faults(input, context, &mut gram, s);
                    if result.is_ok() {
                        for (fault, row) in output.chunks_exact_mut(bands).enumerate() {
                            row.iter_mut()
                                .enumerate()
                                .for_each(|(band, y)| *y = gram.score(band, fault) as f32);
                        }
                    }
                    s.comb_gram = gram;
                    result
                });
                Planned { work, output: Flow::image(1, rows, columns), needs_kinematics: true }
            }
            Self::CyclicCoherence(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, len)?;
                let rows = Axis::of(Quantity::ModulationFrequency, plan.lines(), |line| {
                    plan.cyclic_frequency(line).0
                });
                let columns = Axis::of(Quantity::Frequency, plan.bins(), |bin| plan.frequency(bin).0);
                Planned::each(input, Flow::image(input.channels, rows, columns), move |x, y, s| {
                    let mut map = std::mem::take(&mut s.complex_left_out);
                    let used = first(&mut map, y.len());
                    let result = plan.process(x, used, s);
                    y.iter_mut().zip(&*used).for_each(|(y, coherence)| *y = coherence.norm_sqr());
                    s.complex_left_out = map;
                    result
                })
            }
            Self::Image(params) => {
                let [rows, columns] = input.as_image(name)?;
                let plan = params.plan(rows.values.len(), columns.values.len())?;
                let (new_rows, new_columns) = plan.shape();
                let output =
                    Flow::image(input.channels, rows.resized(new_rows), columns.resized(new_columns));
                each!(plan, input, output)
            }
            Self::NormaliseImage { by } => {
                let [rows, columns] = input.as_image(name)?;
                let shape = (rows.values.len(), columns.values.len());
                match by {
                    ImageNormalisation::ZScore => {
                        Planned::in_place(input, |x| Normalisation::ZScore.apply(x))
                    }
                    ImageNormalisation::MinMax => {
                        Planned::in_place(input, |x| Normalisation::MinMax.apply(x))
                    }
                    ImageNormalisation::Fitted(fitted) => {
                        // An image of zeros shows whether the shape is the one that was fitted.
                        fitted.apply(shape, &mut vec![0.0_f32; input.channel_len()])?;
                        let fitted = fitted.clone();
                        Planned::each(input, input.clone(), move |x, y, _| {
                            y.copy_from_slice(x);
                            fitted.apply(shape, y)
                        })
                    }
                }
            }
        })
    }
}
