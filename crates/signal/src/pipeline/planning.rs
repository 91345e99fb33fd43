//! From a step and what comes before it to its work and what comes after it.

use std::sync::Arc;

use super::flow::{Axis, Domain, Flow, Quantity};
use super::plan::Work;
use super::step::Step;
use crate::envelope::spectrum::EnvelopePlan;
use crate::envelope::squared_envelope::SquaredEnvelopePlan;
use crate::error::Result;
use crate::fourier::spectrum::AmplitudeSpectrumParams;
use crate::image::comb_image::CombImage;
use crate::image::standardise::standardise;
use crate::image::stft_image::StftImage;
use crate::sample::remove_mean;
use crate::scratch::Scratch;
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
                if input.domain != Domain::Image {
                    return Err(input.refused(name, "an image: take standardise for series"));
                }
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
        })
    }
}
