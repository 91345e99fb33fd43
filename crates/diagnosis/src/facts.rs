//! What is known before anything is concluded: file, bearing, indicators, method.

use brinell_signal::{
    Channel, Hertz, Phrase, Recording,
    quality::{QualityLevel, examine},
    quantity::scalars,
};

use crate::comb::TOLERANCE;
use crate::diagnose::BearingUse;
use crate::evidence::{Assessment, SIGNIFICANCE};
use crate::{Bearing, Indicator, Input, Level, Method, OtherComb, QualityCheck};

/// The checks of the samples.
pub(crate) fn quality(samples: &[f32], rate: Hertz, shaft: Option<Hertz>) -> Vec<QualityCheck> {
    examine(samples, rate, shaft)
        .into_iter()
        .map(|f| QualityCheck {
            code: f.code.to_owned(),
            title: f.title,
            level: match f.severity {
                QualityLevel::Ok => Level::Ok,
                QualityLevel::Warn => Level::Warn,
                QualityLevel::Bad => Level::Bad,
            },
            value: f.value,
            limit: f.limit,
            effect: f.effect,
        })
        .collect()
}

/// Significant combs that are no part's.
pub(crate) fn others(combs: &[crate::scan::Comb], shaft: Hertz) -> Vec<OtherComb> {
    combs
        .iter()
        .filter(|comb| comb.p <= SIGNIFICANCE)
        .map(|comb| OtherComb {
            order: comb.order,
            hz: comb.order * shaft.0,
            deviations: comb.deviations,
            p: comb.p,
        })
        .collect()
}

/// File and channel.
pub(crate) fn input(recording: &Recording, channel: &Channel) -> Input {
    let provenance = recording.provenance();
    Input {
        path: provenance.path.clone(),
        sha256: provenance.sha256.clone(),
        bytes: provenance.bytes,
        format: provenance.format.clone(),
        variable: channel.variable().to_owned(),
        channel: channel.name().to_owned(),
        position: channel.position().map(str::to_owned),
        unit: channel.unit().value.to_string(),
        unit_origin: channel.unit().origin,
        rate_hz: recording.rate().value.0,
        rate_origin: recording.rate().origin,
        samples: channel.samples().len(),
        duration_s: recording.duration().0,
        from_s: None,
    }
}

/// The bearing.
pub(crate) fn bearing_facts(used: &BearingUse) -> Bearing {
    let geometry = &used.bearing.geometry;
    Bearing {
        designation: used.bearing.designation.clone(),
        rolling_elements: geometry.rolling_elements,
        ball_diameter_mm: geometry.ball_diameter.0,
        pitch_diameter_mm: geometry.pitch_diameter.0,
        contact_angle_deg: geometry.contact_angle_deg,
        orders: geometry.orders(),
        origin: used.origin,
        source: used.bearing.provenance(),
        uncertainty: used.bearing.uncertainty,
    }
}

/// Scalars of the samples.
pub(crate) fn indicators(samples: &[f32], unit: &str) -> Vec<Indicator> {
    let s = scalars(samples);
    let row = |name: &str, value: Option<f64>, unit: &str, scaling: Phrase| Indicator {
        name: name.into(),
        value,
        unit: unit.into(),
        scaling,
    };
    vec![
        row("RMS", Some(s.rms), unit, Phrase::word("root mean square, mean included")),
        row("peak", Some(s.peak), unit, Phrase::word("largest magnitude")),
        row("peak to peak", Some(s.peak_to_peak), unit, Phrase::word("largest minus smallest")),
        row("mean", Some(s.mean), unit, Phrase::word("DC")),
        row("kurtosis", s.kurtosis, "1", Phrase::word("population moments, Gaussian = 3")),
        row("crest factor", s.crest, "1", Phrase::word("peak / RMS")),
        row("skewness", s.skewness, "1", Phrase::word("population moments")),
    ]
}

/// How the evidence was found.
pub(crate) fn method(assessment: Option<&Assessment>, recording: &Recording, shaft: Option<Hertz>) -> Method {
    let rate = recording.rate().value;
    Method {
        description: Phrase::word(
            "Spectra over the frequency of a modulation are formed: squared envelopes of eight bands, of the \
            recording as it is and whitened, of the cepstrally pre-whitened recording, and means over narrow strips \
            of carriers. Each is divided by its running median (81 lines), flattened and standardised; lines at \
            harmonics of the shaft are left out; their mean is taken at three resolutions. A comb's score is the sum \
            of four harmonics at one common slip, each capped at eight deviations. The comb with the highest score \
            over all orders is named first, its lines and sidebands are left out, and so on. p is told from the \
            clusters of scores at control orders of what is left, away from the shadows of the combs found, with a \
            generalised Pareto tail; that of the rolling elements is joined with that of the cage's line (Fisher); Holm's \
            correction pays for the four fault kinds. A line that slip has smeared is summed over as many bins as it \
            fills. The modulation index is the sum of five harmonics over the mean squared envelope, in the whitened \
            band where it is deepest; parts beyond chance are ranked by it.",
        ),
        bands_hz: assessment.map_or(Vec::new(), |a| a.spectra.bands(rate)),
        resolution_hz: assessment.map_or(1.0 / recording.duration().0, |a| a.spectra.spacing),
        revolutions: shaft.map(|s| s.0 * recording.duration().0),
        controls: assessment.map_or(0, |a| a.controls),
        significance: SIGNIFICANCE,
        order_tolerance: assessment.map_or(TOLERANCE, |a| a.tolerance),
    }
}
