//! From a step and what comes before it to its work and what comes after it.

mod reports;

use std::sync::Arc;

use crate::envelope::spectrum::{EnvelopePlan, EnvelopeSpectrumPlan};
use crate::envelope::squared_envelope::SquaredEnvelopePlan;
use crate::error::{Error, Result};
use crate::fourier::detrend::{Detrend, detrend};
use crate::fourier::spectrum::AmplitudeSpectrumParams;
use crate::image::comb_image::CombImage;
use crate::image::normalise::Normalisation;
use crate::image::standardise::standardise;
use crate::image::stft_image::StftImage;
use crate::pipeline::band_edge::BandEdge;
use crate::pipeline::flow::{Axis, Base, Flow, Quantity};
use crate::pipeline::plan::{Context, Work};
use crate::pipeline::split::Parts;
use crate::pipeline::step::{ImageNormalisation, Step};
use crate::quantity::teager_kaiser::teager_kaiser_into;
use crate::rotation::{OrderTrackParams, SynchronousAverage};
use crate::sample::remove_mean;
use crate::scratch::{Scratch, first};
use crate::separation::MomedaParams;
use crate::units::Hertz;

/// A step's work, what it gives, and whether it needs the machine's kinematics.
pub(crate) struct Planned {
    pub(crate) work: Work,
    pub(crate) output: Flow,
    pub(crate) needs_kinematics: bool,
}

impl Planned {
    /// Work that does not look at the machine.
    fn new(work: Work, output: Flow) -> Self {
        Self { work, output, needs_kinematics: false }
    }

    /// The same where samples are counted over revolutions of the shaft: frequencies are orders, and the shaft
    /// turns once.
    fn over_angle(self) -> Self {
        let work: Work = match self.needs_kinematics {
            false => self.work,
            true => Arc::new(move |input, context, output, scratch| {
                let context = Context { shaft: Some(Hertz(1.0)), ..*context };
                (self.work)(input, &context, output, scratch)
            }),
        };
        Self { work, output: self.output.over_angle(), ..self }
    }

    /// One and the same work on every channel.
    fn each(
        input: &Flow,
        output: Flow,
        one: impl Fn(&[f32], &mut [f32], &mut Scratch<f32>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (from, to) = (input.channel_len(), output.len() / input.channels);
        let work: Work = Arc::new(move |input, _, output, scratch| {
            let channels = input.chunks_exact(from).zip(output.chunks_exact_mut(to));
            channels.enumerate().try_for_each(|(channel, (input, output))| {
                scratch.notes.channel = channel;
                one(input, output, scratch)
            })
        });
        Self::new(work, output)
    }

    /// The same where the work needs the machine's kinematics.
    fn each_of_machine(
        input: &Flow,
        output: Flow,
        one: impl Fn(&[f32], &Context, &mut [f32], &mut Scratch<f32>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let (from, to) = (input.channel_len(), output.len() / input.channels);
        let work: Work = Arc::new(move |input, context, output, scratch| {
            let mut channels = input.chunks_exact(from).zip(output.chunks_exact_mut(to));
            channels.try_for_each(|(input, output)| one(input, context, output, scratch))
        });
        Self { needs_kinematics: true, ..Self::new(work, output) }
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

/// Frequencies of the lines of a spectrum over `len` samples.
fn line_axis(quantity: Quantity, rate: Hertz, len: usize, lines: usize) -> Axis {
    Axis::even(quantity, lines, 0.0, rate.0 / len as f64)
}

impl Step {
    /// Plans this step for what the one before it gives.
    pub(crate) fn plan(&self, input: &Flow) -> Result<Planned> {
        let planned = self.plan_over_time(input)?;
        let planned = Planned { output: planned.output.keeping_channels_of(input), ..planned };
        Ok(match input.base {
            Base::Time => planned,
            Base::Angle => planned.over_angle(),
        })
    }

    /// The same as if samples were counted over time, whatever they are counted over.
    fn plan_over_time(&self, input: &Flow) -> Result<Planned> {
        let name = self.name();
        /// A plan for one channel of the input, of samples.
        macro_rules! planned {
            ($params:expr) => {{
                let (rate, len) = input.as_samples(name)?;
                $params.plan::<f32>(rate, len)?
            }};
        }
        /// A plan of the usual signature on every channel.
        macro_rules! each {
            ($plan:ident, $output:expr) => {{
                let output = $output;
                Planned::each(input, output, move |x, y, s| $plan.process(x, y, s).map(drop))
            }};
        }
        /// Samples to as many samples.
        macro_rules! same_shape {
            ($params:expr) => {{
                let plan = planned!($params);
                each!(plan, input.clone())
            }};
        }
        /// Samples to a spectrum, or another series that does not run over time.
        macro_rules! lines {
            ($params:expr, $quantity:ident, $len:ident, $value:ident) => {{
                let plan = planned!($params);
                let axis = Axis::of(Quantity::$quantity, plan.$len(), |index| plan.$value(index).0);
                each!(plan, Flow::lines(input.channels, axis))
            }};
        }
        /// Samples to the power of a wavelet transform.
        macro_rules! power {
            ($params:expr, $columns:ident) => {{
                let plan = planned!($params);
                let rows = Axis::of(Quantity::Frequency, plan.rows(), |row| plan.frequency(row).0);
                let columns = Axis::of(Quantity::Time, plan.$columns(), |column| plan.time(column).0);
                let output = Flow::image(input.channels, rows, columns);
                Planned::each(input, output, move |x, y, s| plan.power(x, y, s).map(drop))
            }};
        }
        Ok(match self {
            Self::RemoveMean => {
                input.as_series(name)?;
                Planned::in_place(input, remove_mean)
            }
            Self::Standardise => {
                input.as_series(name)?;
                Planned::in_place(input, standardise)
            }
            Self::Detrend => {
                input.as_series(name)?;
                Planned::in_place(input, |channel| detrend(channel, Detrend::Linear))
            }
            Self::Envelope => {
                let (_, len) = input.as_samples(name)?;
                let plan = EnvelopePlan::new(len)?;
                each!(plan, input.clone())
            }
            Self::Filter(params) => same_shape!(params),
            Self::Fir(params) => same_shape!(params),
            Self::Whiten(params) => same_shape!(params),
            Self::Autoregressive(params) => reports::autoregressive(planned!(params), input),
            Self::CepstrumLifter(params) => same_shape!(params),
            Self::Integrate(params) => {
                if input.base == Base::Angle {
                    return Err(input.refused(name, "samples over time: put it before order-tracking"));
                }
                same_shape!(params)
            }
            Self::Resample(params) => {
                let plan = planned!(params);
                each!(plan, Flow::samples(input.channels, plan.output_len(), params.to))
            }
            Self::CepstrumPrewhiten(params) => {
                let (rate, _) = input.as_samples(name)?;
                let plan = planned!(params);
                each!(plan, Flow::samples(input.channels, plan.output_len(), rate))
            }
            Self::MinimumEntropy(params) => {
                let (rate, _) = input.as_samples(name)?;
                reports::minimum_entropy(planned!(params), input, rate)
            }
            Self::DiscreteRandom(params) => reports::discrete_random(planned!(params), input),
            Self::Momeda { filter_length, target } => {
                let (rate, _) = input.as_samples(name)?;
                let plan = planned!(MomedaParams { filter_length: *filter_length });
                reports::momeda(plan, *target, input, rate)
            }
            Self::TeagerKaiser => {
                let (rate, len) = input.as_samples(name)?;
                if len < 3 {
                    return Err(input.refused(name, "at least 3 samples"));
                }
                let output = Flow::samples(input.channels, len - 2, rate);
                Planned::each(input, output, |x, y, _| teager_kaiser_into(x, y))
            }
            Self::OrderTracking { speed, samples_per_revolution, interpolation, guard } => {
                let (rate, len) = input.as_samples(name)?;
                if input.base == Base::Angle {
                    return Err(input.refused(name, "samples over time, and these follow the shaft already"));
                }
                let Some(speed) = speed else {
                    let remedy = "say how the shaft turned, such as 29.95 or [[0.0, 10.0], [4.0, 30.0]]";
                    return Err(Error::MissingKinematics { what: "the shaft speed", remedy });
                };
                let params = OrderTrackParams {
                    samples_per_revolution: *samples_per_revolution,
                    interpolation: *interpolation,
                    guard: *guard,
                };
                let plan = params.plan::<f32>(rate, len, &speed.profile()?)?;
                let per_revolution = Hertz(*samples_per_revolution as f64);
                let planned = each!(plan, Flow::samples(input.channels, plan.output_len(), per_revolution));
                Planned { output: planned.output.over_angle(), ..planned }
            }
            Self::SynchronousAverage => {
                let (per_revolution, len) = input.as_samples(name)?;
                if input.base == Base::Time {
                    return Err(input.refused(name, "samples over revolutions: put it behind order-tracking"));
                }
                let plan = SynchronousAverage::new(per_revolution.0 as usize, len)?;
                reports::synchronous_average(plan, input, per_revolution)
            }
            Self::Vmd(params) => {
                let (rate, _) = input.as_samples(name)?;
                reports::vmd(planned!(params), input, rate)
            }
            Self::MultivariateVmd(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan_multivariate(rate, input.channels, len)?;
                reports::multivariate_vmd(plan, params.residual, input, rate)
            }
            Self::SuccessiveVmd(params) => {
                let (rate, _) = input.as_samples(name)?;
                reports::successive_vmd(planned!(params), input, rate)
            }
            Self::SelectedVmd(params) => {
                let (rate, _) = input.as_samples(name)?;
                reports::selected_vmd(planned!(params), input, rate)
            }
            Self::WaveletPacket(params) => {
                let (rate, _) = input.as_samples(name)?;
                let plan = planned!(params);
                let slower = Hertz(rate.0 / plan.bands() as f64);
                let bands = Parts::Bands((0..plan.bands()).map(|band| plan.edges(band)).collect());
                let output = Flow::samples(input.channels * plan.bands(), plan.band_len(), slower);
                each!(plan, output.parts_of(input, bands))
            }
            Self::DiscreteWavelet(params) => {
                let (rate, _) = input.as_samples(name)?;
                reports::discrete_wavelet(planned!(params), input, rate)
            }
            Self::AmplitudeSpectrum { window } => {
                let (rate, len) = input.as_samples(name)?;
                let plan = AmplitudeSpectrumParams { window: *window }.plan(rate, len)?;
                let axis = line_axis(Quantity::Frequency, rate, len, plan.spectrum_len());
                each!(plan, Flow::lines(input.channels, axis))
            }
            Self::SquaredEnvelopeSpectrum { band } => {
                let (rate, len) = input.as_samples(name)?;
                let beyond = |edge: &BandEdge| matches!(edge, BandEdge::Fraction(share) if *share > 1.0);
                if let Some([low, high]) = band.filter(|band| band.iter().any(beyond)) {
                    let reason = "bare numbers are fractions of half the sampling rate, such as [0.25,0.5]; \
                                  frequencies carry their unit, such as [2kHz,4kHz]";
                    return Err(Error::parameter(name, "band", format!("[{low}, {high}]"), reason));
                }
                let plan = SquaredEnvelopePlan::new(
                    rate,
                    len,
                    band.map(|band| band.map(|edge| edge.at(rate)).into()),
                )?;
                let axis = line_axis(Quantity::ModulationFrequency, rate, len, plan.spectrum_len());
                each!(plan, Flow::lines(input.channels, axis))
            }
            Self::EnvelopeSpectrum => {
                let (rate, len) = input.as_samples(name)?;
                let plan = EnvelopeSpectrumPlan::<f32>::new(len)?;
                let axis = line_axis(Quantity::ModulationFrequency, rate, len, plan.spectrum_len());
                each!(plan, Flow::lines(input.channels, axis))
            }
            Self::Welch(params) => {
                let plan = planned!(params);
                let axis = Axis::even(Quantity::Frequency, plan.spectrum_len(), 0.0, plan.resolution().0);
                each!(plan, Flow::lines(input.channels, axis))
            }
            Self::Cepstrum(params) => lines!(params, Quefrency, len, quefrency),
            Self::Autocorrelation(params) => lines!(params, Lag, output_len, time),
            Self::SpectralKurtosis(params) => lines!(params, Frequency, output_len, frequency),
            Self::Protrugram(params) => reports::protrugram(planned!(params), input),
            Self::EnhancedEnvelopeSpectrum(params) => {
                lines!(params, ModulationFrequency, spectrum_len, cyclic_frequency)
            }
            Self::BandLevels(params) => {
                if params.bands.is_empty() {
                    let reason = "say at least one band, such as [[10.0, 1000.0]]";
                    return Err(Error::parameter(name, "bands", "[]", reason));
                }
                let plan = planned!(params);
                let centre = |band: &[Hertz; 2]| (band[0].0 + band[1].0) / 2.0;
                let axis =
                    Axis { quantity: Quantity::Frequency, values: params.bands.iter().map(centre).collect() };
                each!(plan, Flow::lines(input.channels, axis))
            }
            Self::Zoom(params) => {
                let (rate, _) = input.as_samples(name)?;
                params.check_within(rate)?;
                reports::zoom(planned!(params), input, rate)
            }
            Self::Stft { window, length, hop, scale, rows, columns } => {
                let (rate, len) = input.as_samples(name)?;
                let plan = StftImage::plan(rate, len, *window, *length, *hop, *scale, *rows, *columns)?;
                let (frequencies, times) = plan.axes();
                each!(plan, Flow::image(input.channels, frequencies, times))
            }
            Self::Cwt(params) => power!(params, len),
            Self::CwtImage(params) => power!(params, columns),
            Self::Synchrosqueezing(params) => power!(params, columns),
            Self::HilbertSpectrum(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan::<f32>(rate, input.channels, len)?;
                let (rows, columns) = plan.shape();
                let rows = Axis::of(Quantity::Frequency, rows, |row| plan.frequency(row).0);
                let columns = Axis::of(Quantity::Time, columns, |column| plan.time(column).0);
                Planned::new(Arc::new(move |x, _, y, s| plan.process(x, y, s)), Flow::image(1, rows, columns))
            }
            Self::Kurtogram(params) => {
                let plan = planned!(params);
                reports::kurtogram(input, plan.map(), "kurtosis", move |x, map, s| plan.process(x, map, s))
            }
            Self::FftKurtogram(params) => {
                let plan = planned!(params);
                reports::kurtogram(input, plan.map(), "kurtosis", move |x, map, s| plan.process(x, map, s))
            }
            Self::Infogram(params) => reports::infogram(planned!(params), input),
            Self::CombGram(params) => {
                input.as_one_series(name)?;
                reports::comb_gram(planned!(params))
            }
            Self::Iesfogram(params) => {
                input.as_one_series(name)?;
                reports::iesfogram(planned!(params))
            }
            Self::CyclicCoherence(params) => {
                let plan = planned!(params);
                let cyclic = |line| plan.cyclic_frequency(line).0;
                let rows = Axis::of(Quantity::ModulationFrequency, plan.lines(), cyclic);
                let columns = Axis::of(Quantity::Frequency, plan.bins(), |bin| plan.frequency(bin).0);
                let process = move |x: &[f32], y: &mut [_], s: &mut _| plan.process(x, y, s);
                reports::squared_coherence(input, (rows, columns), process)
            }
            Self::DirectCoherence(params) => {
                let plan = planned!(params);
                let cyclic = |row| plan.cyclic_frequency(row).0;
                let rows = Axis::of(Quantity::ModulationFrequency, plan.rows(), cyclic);
                let columns = Axis::of(Quantity::Frequency, plan.bins(), |bin| plan.frequency(bin).0);
                let process = move |x: &[f32], y: &mut [_], s: &mut _| plan.process(x, y, s);
                reports::squared_coherence(input, (rows, columns), process)
            }
            Self::CombImage { harmonics, columns, half_width, bands } => {
                let (rate, len) = input.as_one_series(name)?;
                let plan = CombImage::plan(rate, len, *harmonics, *columns, *half_width, bands)?;
                let [channels, rows, columns] = plan.shape();
                let rows = Axis::even(Quantity::Harmonic, rows, 1.0, 1.0);
                let step = 2.0 * half_width / (columns - 1) as f64;
                let columns = Axis::even(Quantity::RelativeFrequency, columns, 1.0 - half_width, step);
                let work: Work = Arc::new(move |x, context, y, s| plan.process(x, context, y, s));
                let output = Flow::image(channels, rows, columns).channels_are(Quantity::Fault);
                let planned = Planned::new(work, output);
                Planned { needs_kinematics: true, ..planned }
            }
            Self::FaultLines(params) => {
                let plan = planned!(params);
                let output = Flow::features(input.channels, plan.names());
                Planned::each_of_machine(input, output, move |x, c, y, s| plan.process(x, c, y, s))
            }
            Self::FaultCombs(params) => {
                let (rate, len) = input.as_samples(name)?;
                let plan = params.plan(rate, len)?;
                let output = Flow::features(input.channels, plan.names());
                Planned::each_of_machine(input, output, move |x, c, y, s| plan.process(x, c, y, s))
            }
            Self::EnvelopePeaks(params) => {
                let plan = planned!(params);
                let output = Flow::features(input.channels, plan.names());
                Planned::each_of_machine(input, output, move |x, c, y, s| plan.process(x, c, y, s))
            }
            Self::Hog(params) => {
                let [rows, columns] = input.as_image(name)?;
                let plan = params.plan(rows.values.len(), columns.values.len())?;
                let output = Flow::lines(input.channels, Axis::numbers(Quantity::Feature, plan.output_len()));
                Planned::each(input, output, move |x, y, s| plan.process(x, y, &mut s.wide))
            }
            Self::Image(params) => {
                let [rows, columns] = input.as_image(name)?;
                let plan = params.plan(rows.values.len(), columns.values.len())?;
                let (new_rows, new_columns) = plan.shape();
                let output =
                    Flow::image(input.channels, rows.resized(new_rows), columns.resized(new_columns));
                each!(plan, output)
            }
            Self::StandardiseImage => {
                input.as_image(name)?;
                let work: Work = Arc::new(|x, _, y, _| {
                    y.copy_from_slice(x);
                    standardise(y);
                    Ok(())
                });
                Planned::new(work, input.clone())
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
