//! Whether an output is powers, which span decades: a picture of them needs a logarithm.

use super::Pipeline;
use super::step::Step;
use crate::image::Scale;

impl Pipeline {
    /// Whether the numbers of the output are an image of powers over time and frequency, as they are: of a wavelet
    /// transform, or of a short-time Fourier transform of that scale. Not of magnitudes, decibels or anything
    /// normalised.
    #[must_use]
    pub fn gives_powers(&self) -> bool {
        self.steps.iter().fold(false, |powers, step| match step {
            Step::Cwt(_) | Step::CwtImage(_) | Step::Synchrosqueezing(_) | Step::HilbertSpectrum(_) => true,
            Step::Stft { scale, .. } => *scale == Scale::Power,
            Step::Image(params) => powers && params.scale == Scale::Power,
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_powers_that_nothing_has_scaled_are_powers() {
        let powers = |steps: &str| serde_json::from_str::<Pipeline>(steps).unwrap().gives_powers();
        for steps in [
            r#"[{"step":"cwt"}]"#,
            r#"[{"step":"vmd"},{"step":"hilbert-spectrum"}]"#,
            r#"[{"step":"stft","scale":"power"}]"#,
            r#"[{"step":"cwt-image"},{"step":"image","scale":"power"}]"#,
        ] {
            assert!(powers(steps), "{steps}");
        }
        for steps in [
            "[]",
            r#"[{"step":"stft"}]"#,
            r#"[{"step":"cwt-image"},{"step":"image","scale":"decibel"}]"#,
            r#"[{"step":"cwt-image"},{"step":"normalise-image"}]"#,
            r#"[{"step":"kurtogram"},{"step":"image","scale":"power"}]"#,
        ] {
            assert!(!powers(steps), "{steps}");
        }
    }
}
