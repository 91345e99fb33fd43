//! The steps from one channel of a recording to its diagnosis.

use brinell_learn::Trained;
use brinell_signal::{
    BearingOrders, Channel, Context, FaultKind, Hertz, Origin, Recording, Unit,
    quality::{QualityLevel, examine},
    quantity::scalars,
};

use crate::bearing::CatalogueBearing;
use crate::comb::{HIGHEST_SCORE_DB, TOLERANCE};
use crate::evidence::{Assessment, SIGNIFICANCE, assess, strongest};
use crate::line_spectrum::{LineSpectrum, WIDEST_BAND};
use crate::severity::assess_severity;
use crate::verdict::{HARMONICS_NEEDED, Missing, decide};
use crate::*;

/// Fewest shaft revolutions for which a comb is looked for: below, its lines lie too close to the
/// shaft's and the null has too few independent lines.
const FEWEST_REVOLUTIONS: f64 = 20.0;

/// The earliest stage of damage rings above this.
const EARLIEST_STAGE_HZ: f64 = 20_000.0;

/// A bearing and where the knowledge of it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct BearingUse {
    /// Geometry and designation.
    pub bearing: CatalogueBearing,
    /// Declared by the caller, or from the file's layout.
    pub origin: Origin,
}

/// What to diagnose and with what knowledge.
#[derive(Clone, Default)]
pub struct Request<'a> {
    /// Channel to read; the first one when `None`.
    pub channel: Option<&'a str>,
    /// Machine and measuring point, copied into the result.
    pub machine: Machine,
    /// Bearing under the sensor.
    pub bearing: Option<BearingUse>,
    /// A trained net to ask.
    pub model: Option<&'a Trained>,
    /// What is known for severity, trend and actions.
    pub severity: SeverityRequest<'a>,
    /// Command line that repeats this diagnosis, copied into the result.
    pub reproduce: String,
}

/// Diagnoses one channel.
///
/// The shaft speed is the recording's. Without speed or bearing, and for a recording that is too short
/// or damaged, the verdict is undecided and says what to supply. Same input, same result: nothing is
/// drawn at random and no clock is read.
///
/// # Errors
/// The channel does not exist, or a transform refuses the recording.
pub fn diagnose(recording: &Recording, request: &Request) -> Result<Diagnosis, Error> {
    let channel = pick(recording, request.channel)?;
    let samples = channel.samples();
    let rate = recording.rate().value;
    let shaft = recording.speed().map(|s| s.value);
    let orders = request.bearing.as_ref().map(|b| b.bearing.geometry.orders());

    let quality: Vec<QualityCheck> = examine(samples, rate, shaft)
        .into_iter()
        .map(|f| QualityCheck {
            code: f.code.to_owned(),
            title: f.title.to_owned(),
            level: match f.severity {
                QualityLevel::Ok => Level::Ok,
                QualityLevel::Warn => Level::Warn,
                QualityLevel::Bad => Level::Bad,
            },
            value: f.value,
            limit: f.limit,
            effect: f.effect,
        })
        .collect();

    let missing = missing(recording, shaft, orders, &quality);
    let assessment = match (shaft, orders) {
        (Some(shaft), Some(orders)) if missing.is_empty() => Some(assess(samples, rate, shaft, &orders)?),
        _ => None,
    };
    let (learned, learned_note) = ask(request.model, recording, samples, shaft, orders);
    let mut missing = missing;
    if let Some(seen) = assessment
        .as_ref()
        .filter(|a| a.visible_from_db >= HIGHEST_SCORE_DB && a.evidence.iter().all(|e| !e.significant))
    {
        missing.push(Missing {
            what: format!(
                "Other orders of this recording score so high that a comb would need {:.1} dB on average to stand \
                 out, more than can be scored: no fault could be told from them.",
                seen.visible_from_db
            ),
            settle: vec!["the true shaft speed, if it was given by hand".into(), "a recording with less interference".into()],
        });
    }
    let evidence = assessment.as_ref().map_or(Vec::new(), |a| a.evidence.clone());
    let (verdict, disagreement) =
        decide(&evidence, &missing, learned.as_ref(), blind_to(assessment.as_ref(), rate));

    let mut diagnosis = Diagnosis {
        schema: SCHEMA.to_owned(),
        id: format!("{}-{}", recording.provenance().sha256.get(..12).unwrap_or("unhashed"), channel.name()),
        tool: Tool { name: "brinell".into(), version: env!("CARGO_PKG_VERSION").into() },
        input: input(recording, channel),
        machine: request.machine.clone(),
        bearing: request.bearing.as_ref().map(bearing_facts),
        speed: recording.speed().map(|s| Speed { hz: s.value.0, origin: s.origin, note: s.note.clone() }),
        quality,
        indicators: indicators(samples, &channel.unit().value.to_string()),
        method: method(assessment.as_ref(), recording, shaft),
        assessed: None,
        actions: Vec::new(),
        verdict,
        disagreement,
        learned,
        learned_note,
        caveats: Vec::new(),
        figures: figures(channel, rate, shaft, orders, assessment.as_ref())?,
        evidence,
        reproduce: request.reproduce.clone(),
    };
    assess_severity(&mut diagnosis, channel, rate, recording.start(), &request.severity);
    diagnosis.caveats = caveats(&diagnosis, recording);
    if request.model.is_some_and(|model| knows(model, recording)) {
        diagnosis
            .caveats
            .insert(0, Caveat { code: "net_learned_from_this".into(), text: diagnosis.learned_note.clone() });
    }
    Ok(diagnosis)
}

fn pick<'a>(recording: &'a Recording, asked: Option<&str>) -> Result<&'a Channel, Error> {
    let found = match asked {
        Some(name) => recording.channel(name),
        None => recording.channels().first(),
    };
    found.ok_or_else(|| Error::UnknownChannel {
        asked: asked.unwrap_or_default().to_owned(),
        known: recording.channels().iter().map(|c| c.name().to_owned()).collect(),
    })
}

fn missing(
    recording: &Recording,
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
    quality: &[QualityCheck],
) -> Vec<Missing> {
    let mut missing = Vec::new();
    if orders.is_none() {
        missing.push(Missing {
            what: "The bearing under the sensor is not known, so no fault frequency can be computed.".into(),
            settle: vec!["the bearing's designation or geometry (--bearing)".into()],
        });
    }
    match shaft {
        None => missing.push(Missing {
            what: "The shaft speed is not known, so no fault frequency can be computed.".into(),
            settle: vec!["the shaft speed (--speed 1480rpm)".into()],
        }),
        Some(shaft) => {
            let revolutions = recording.duration().0 * shaft.0;
            if revolutions < FEWEST_REVOLUTIONS {
                missing.push(Missing {
                    what: format!(
                        "The recording holds {revolutions:.1} revolutions of the shaft; {FEWEST_REVOLUTIONS:.0} \
                         are needed to tell a bearing's lines from their neighbours."
                    ),
                    settle: vec![format!("a recording of at least {:.1} s", FEWEST_REVOLUTIONS / shaft.0)],
                });
            }
        }
    }
    if let (Some(shaft), Some(orders)) = (shaft, orders) {
        let top = WIDEST_BAND * recording.rate().value.0 / 2.0;
        let needed = f64::from(HARMONICS_NEEDED) * FaultKind::Inner.order(&orders).at(shaft).0;
        if needed > top {
            missing.push(Missing {
                what: format!(
                    "{HARMONICS_NEEDED} harmonics of BPFI reach to {needed:.0} Hz, but the widest band of this \
                     recording is {top:.0} Hz wide: no fault could show."
                ),
                settle: vec![format!("a recording at {:.0} Hz or more", 2.0 * needed / WIDEST_BAND)],
            });
        }
    }
    for check in quality.iter().filter(|q| q.level == Level::Bad && q.code != "too_few_revolutions") {
        missing.push(Missing {
            what: format!("{}: {} (limit {}).", check.title, check.value, check.limit),
            settle: vec!["a new recording without this defect".into()],
        });
    }
    missing
}

/// Whether the net learned from this very file.
fn knows(model: &Trained, recording: &Recording) -> bool {
    model.learned_from(&recording.provenance().sha256)
}

fn ask(
    model: Option<&Trained>,
    recording: &Recording,
    samples: &[f32],
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
) -> (Option<Learned>, String) {
    let Some(model) = model else {
        return (None, "No net was asked: none was given (--model FILE).".into());
    };
    match model.score(samples, recording.rate().value, &Context { shaft, orders }) {
        Ok(scores) => {
            let learned = Learned {
                model: model.name().to_owned(),
                sha256: model.sha256().to_owned(),
                scores: scores
                    .classes
                    .iter()
                    .zip(&scores.mean)
                    .map(|(class, score)| ClassScore {
                        class: class.name.clone(),
                        element: class.element,
                        score: *score,
                    })
                    .collect(),
                segments: scores.segments,
                calibrated: model.calibrated(),
                card: model.card().to_owned(),
            };
            let note = if knows(model, recording) {
                "The net learned from this very recording: its scores say nothing here and were not counted."
                    .into()
            } else if learned.calibrated {
                String::new()
            } else {
                "The scores are not calibrated: read them as a ranking, not as probabilities.".into()
            };
            (Some(learned), note)
        }
        Err(error) => (None, format!("The net `{}` gave no opinion: {error}", model.name())),
    }
}

fn blind_to(assessment: Option<&Assessment>, rate: Hertz) -> String {
    match assessment {
        None => String::new(),
        Some(a) => format!(
            "a race fault whose first five harmonics stand on average less than {:.1} dB over the floor of the \
             squared-envelope spectrum in every band, a modulation index below {:.2}, or damage that rings \
             only above {:.1} kHz.",
            a.visible_from_db,
            crate::verdict::MODULATION_NEEDED,
            rate.0 / 2000.0
        ),
    }
}

fn input(recording: &Recording, channel: &Channel) -> Input {
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
    }
}

fn bearing_facts(used: &BearingUse) -> Bearing {
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

fn indicators(samples: &[f32], unit: &str) -> Vec<Indicator> {
    let s = scalars(samples);
    let row = |name: &str, value: Option<f64>, unit: &str, scaling: &str| Indicator {
        name: name.into(),
        value,
        unit: unit.into(),
        scaling: scaling.into(),
    };
    vec![
        row("RMS", Some(s.rms), unit, "root mean square, mean included"),
        row("peak", Some(s.peak), unit, "largest magnitude"),
        row("peak to peak", Some(s.peak_to_peak), unit, "largest minus smallest"),
        row("mean", Some(s.mean), unit, "DC"),
        row("kurtosis", s.kurtosis, "1", "population moments, Gaussian = 3"),
        row("crest factor", s.crest, "1", "peak / RMS"),
        row("skewness", s.skewness, "1", "population moments"),
    ]
}

fn method(assessment: Option<&Assessment>, recording: &Recording, shaft: Option<Hertz>) -> Method {
    Method {
        description: "The recording is whitened (divided by its spectrum, smoothed over two shaft frequencies). \
            In each band the squared envelope's spectrum is divided by its running median (81 lines) and lines at \
            harmonics of the shaft are left out. A comb's score is the mean log10 excess of five harmonics (each \
            capped at 30 dB) at the best common slip. The same is computed for control orders away from the \
            bearing's and the shaft's; the best band is taken for controls and bearing alike. p is the larger of \
            the share of controls that score as much and the tail of a Gumbel distribution through the controls' \
            median and 90th percentile; Holm's correction pays for the four fault kinds."
            .into(),
        bands_hz: assessment.map_or(Vec::new(), |a| a.spectra.iter().map(|s| s.band).collect()),
        resolution_hz: assessment.map_or(1.0 / recording.duration().0, |a| a.spectra[0].spacing),
        revolutions: shaft.map(|s| s.0 * recording.duration().0),
        controls: crate::null::CONTROLS,
        significance: SIGNIFICANCE,
        order_tolerance: TOLERANCE,
    }
}

fn figures(
    channel: &Channel,
    rate: Hertz,
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
    assessment: Option<&Assessment>,
) -> Result<Figures, Error> {
    let samples = channel.samples();
    let unit = channel.unit().value.to_string();
    let (curve, floor, band) = match (assessment, shaft, orders) {
        (Some(a), Some(shaft), Some(orders)) => {
            let lines = deciding(a);
            let highest = FaultKind::ALL.iter().map(|k| k.order(&orders).0).fold(0.0, f64::max);
            let (curve, floor) = crate::figures::envelope(lines, shaft, highest);
            (curve, floor, lines.band)
        }
        _ => crate::figures::plain_envelope(samples, rate)?,
    };
    let top = Hertz(curve.hz.last().map_or(0.0, |hz| f64::from(*hz)));
    Ok(Figures {
        kurtogram: crate::kurtogram::kurtogram(samples, rate),
        waterfall: crate::waterfall::waterfall(samples, rate, band, shaft, top),
        waveform: crate::figures::waveform(samples, rate),
        spectrum: crate::figures::spectrum(samples, rate, &unit)?,
        envelope_spectrum: curve,
        envelope_floor: floor,
        envelope_band_hz: band,
        image: crate::figures::image(samples, rate)?,
    })
}

/// The spectrum that decided: the strongest comb's band, else the band of the smallest chance.
fn deciding(assessment: &Assessment) -> &LineSpectrum {
    let band = strongest(&assessment.evidence)
        .or_else(|| assessment.evidence.iter().min_by(|a, b| a.p.total_cmp(&b.p)))
        .map(|e| e.band_hz);
    assessment.spectra.iter().find(|s| Some(s.band) == band).unwrap_or(&assessment.spectra[0])
}

fn caveats(d: &Diagnosis, recording: &Recording) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let mut add = |code: &str, text: String| caveats.push(Caveat { code: code.into(), text });
    if let Some((speed, other)) = recording.speed().and_then(|s| Some((s, s.overrides.as_ref()?))) {
        let given = speed.value.to_rpm().0;
        add(
            "speed_contradicted",
            format!("You gave {given:.1} rpm, but {other}: with the wrong speed no fault is seen."),
        );
    }
    if let Some(other) = &recording.rate().overrides {
        let given = recording.rate().value.0;
        add(
            "rate_contradicted",
            format!("You gave {given} Hz, but {other}: every frequency here depends on it."),
        );
    }
    for check in d.quality.iter().filter(|q| q.level != Level::Ok) {
        add(
            &format!("quality_{}", check.code),
            format!("{}: {}. {}", check.title, check.value, check.effect),
        );
    }
    if d.input.rate_origin == Origin::Assumed {
        add("rate_assumed", "The sampling rate is assumed: every frequency here depends on it.".into());
    }
    if let Some(speed) = d.speed.as_ref().filter(|s| matches!(s.origin, Origin::Nominal | Origin::Assumed)) {
        add(
            "speed_not_measured",
            format!(
                "The shaft speed is {} ({}): fault frequencies may be off by its error.",
                speed.origin, speed.note
            ),
        );
    }
    if d.bearing.as_ref().is_some_and(|b| b.origin != Origin::Declared) {
        add(
            "bearing_not_declared",
            "The bearing comes from the data set's layout, not from you: check the designation.".into(),
        );
    }
    if d.input.rate_hz < 2.0 * EARLIEST_STAGE_HZ {
        add(
            "early_stage_invisible",
            format!(
                "The recording reaches to {:.1} kHz: the earliest stage of damage, which rings above 20 kHz, \
                 does not show in it.",
                d.input.rate_hz / 2000.0
            ),
        );
    }
    if let Some(bearing) = d.bearing.as_ref().filter(|b| !b.uncertainty.is_none()) {
        add("bearing_nominal", format!("The bearing's geometry is not certain: {}.", bearing.source));
    }
    if d.input.unit == Unit::Unknown.to_string() {
        add(
            "unit_unknown",
            "The unit of the samples is not known: amplitudes are in units of the file.".into(),
        );
    } else if d.input.unit_origin == Origin::Assumed {
        add(
            "unit_assumed",
            format!("The unit ({}) is assumed; no conclusion here depends on it.", d.input.unit),
        );
    }
    caveats
}
