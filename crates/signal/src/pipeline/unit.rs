//! What the numbers of an output are: their unit, as an axis of a figure carries it.

use super::Pipeline;
use super::step::Step;
use crate::cyclic::EnhancedMeasure;
use crate::error::{Error, Result};
use crate::fourier::PowerScale;
use crate::image::scale::Scale;
use crate::recording::Unit;

impl Pipeline {
    /// What the numbers of the output are when the samples are in `unit`, for the axis of a figure: a unit, `(g)²`,
    /// `(g)²/Hz`, `dB`, `kurtosis`; empty when the unit of the samples is not known and stays.
    #[must_use]
    pub fn output_unit(&self, unit: &str) -> String {
        let (mut unit, mut frequency) = (unit.to_owned(), "Hz");
        for step in &self.steps {
            unit = step.unit_after(&unit, frequency);
            if matches!(step, Step::OrderTracking { .. }) {
                frequency = "order";
            }
        }
        unit
    }

    /// The same steps for samples in `unit`: an integration that does not say what it integrates takes that unit. An
    /// unknown unit changes nothing, and planning then asks for it.
    ///
    /// # Errors
    /// [`Error::Step`] when an integration says another unit than the one that reaches it.
    pub fn in_unit(mut self, unit: Unit) -> Result<Self> {
        let mut now = Some(unit).filter(|unit| *unit != Unit::Unknown);
        for (index, step) in self.steps.iter_mut().enumerate() {
            let name = step.name();
            let Step::Integrate(params) = step else { continue };
            match (params.from, now) {
                (Some(said), Some(known)) if said != known => {
                    let reason = format!(
                        "the samples are in {known}: leave it out, or declare the unit of the record"
                    );
                    let cause = Error::parameter("integration", "from", said, &reason);
                    return Err(Error::in_step(index + 1, name, cause));
                }
                (None, known) => params.from = known,
                _ => {}
            }
            now = Some(params.to);
        }
        Ok(self)
    }
}

impl Step {
    /// What its numbers are when those before it are `unit` and frequencies are in `frequency`.
    pub(crate) fn unit_after(&self, unit: &str, frequency: &str) -> String {
        let squared = || if unit.is_empty() { "power".to_owned() } else { format!("({unit})²") };
        match self {
            Self::RemoveMean
            | Self::Detrend
            | Self::Filter(_)
            | Self::Fir(_)
            | Self::Resample(_)
            | Self::Autoregressive(_)
            | Self::DiscreteRandom(_)
            | Self::MinimumEntropy(_)
            | Self::CepstrumLifter(_)
            | Self::Vmd(_)
            | Self::SuccessiveVmd(_)
            | Self::SelectedVmd(_)
            | Self::MultivariateVmd(_)
            | Self::DiscreteWavelet(_)
            | Self::WaveletPacket(_)
            | Self::OrderTracking { .. }
            | Self::SynchronousAverage
            | Self::BandLevels(_)
            | Self::Envelope
            | Self::EnvelopeSpectrum
            | Self::AmplitudeSpectrum { .. }
            | Self::Zoom(_) => unit.to_owned(),
            Self::Integrate(params) => params.to.to_string(),
            Self::TeagerKaiser
            | Self::Autocorrelation(_)
            | Self::SquaredEnvelopeSpectrum { .. }
            | Self::Cwt(_)
            | Self::CwtImage(_)
            | Self::Synchrosqueezing(_)
            | Self::HilbertSpectrum(_) => squared(),
            Self::Welch(params) => match params.scale {
                PowerScale::Spectrum => squared(),
                PowerScale::Density => format!("{}/{frequency}", squared()),
            },
            Self::Stft { scale, .. } => scaled(*scale, unit, &squared()),
            // The image before holds powers; their root has no name here.
            Self::Image(params) => scaled(params.scale, "magnitude", unit),
            Self::Kurtogram(_) | Self::FftKurtogram(_) | Self::Protrugram(_) | Self::SpectralKurtosis(_) => {
                "kurtosis".to_owned()
            }
            Self::Infogram(_) => "negentropy".to_owned(),
            Self::CombGram(_) => "decades above the floor".to_owned(),
            Self::CombImage { .. } => "decades over the floor".to_owned(),
            Self::EnhancedEnvelopeSpectrum(params) => match params.measure {
                EnhancedMeasure::SquaredMagnitude => "squared coherence".to_owned(),
                EnhancedMeasure::Magnitude => "coherence".to_owned(),
            },
            Self::CyclicCoherence(_) | Self::DirectCoherence(_) => "squared coherence".to_owned(),
            Self::Iesfogram(_) => "lines over the floor".to_owned(),
            Self::FaultLines(_) => "decades over the neighbours".to_owned(),
            Self::FaultCombs(_) => "deviations".to_owned(),
            Self::EnvelopePeaks(_) => format!("{unit} and ratios"),
            Self::Cepstrum(_) => "cepstrum".to_owned(),
            Self::Standardise
            | Self::StandardiseImage
            | Self::NormaliseImage { .. }
            | Self::Hog(_)
            | Self::Whiten(_)
            | Self::CepstrumPrewhiten(_)
            | Self::Momeda { .. } => "no unit".to_owned(),
        }
    }
}

fn scaled(scale: Scale, root: &str, power: &str) -> String {
    match scale {
        Scale::Linear => root.to_owned(),
        Scale::Power => power.to_owned(),
        Scale::Log => format!("ln {power}"),
        Scale::Decibel { .. } => "dB re largest".to_owned(),
        Scale::AbsoluteDecibel { .. } => "dB".to_owned(),
    }
}
