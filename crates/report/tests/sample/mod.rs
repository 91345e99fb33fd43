//! Sample diagnoses for tests: an inner-race fault as in CWRU record 105 (shaft 29.95 Hz, expected
//! 5.415 x, found 5.402 x), an undecided one, and one where nothing was found. The curves are made by
//! a small fixed generator around those numbers.
#![allow(dead_code, clippy::unwrap_used)]

use brinell_diagnosis::*;
use brinell_signal::{BearingOrders, FaultKind, Origin, Phrase};

pub(crate) const SHAFT: f64 = 29.95;
const ORDERS: BearingOrders = BearingOrders { bpfi: 5.4152, bpfo: 3.5848, bsf: 2.3567, ftf: 0.39831 };
const RESOLUTION: f64 = 0.098_96;
const TOLERANCE: f64 = 0.01;
const THRESHOLD_DB: f64 = 9.5;

/// A fixed generator of numbers between 0 and 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
    /// Rayleigh distributed with median 1: magnitudes of a noise spectrum.
    fn magnitude(&mut self) -> f64 {
        (-2.0 * (1.0 - self.next()).ln()).sqrt() / 1.177_41
    }
}

/// An inner-race fault that is clear.
pub(crate) fn found() -> Diagnosis {
    let mut diagnosis = base();
    let combs = [(FaultKind::Inner, 5.402, [26.4, 22.8, 19.1, 14.6, 8.2, 12.3])];
    fill(&mut diagnosis, &combs, 0x105);
    diagnosis.verdict = Verdict::Found {
        element: FaultKind::Inner,
        p_adjusted: 0.0016,
        why: "5 of 6 harmonics of 161.79 Hz (expected 162.19 Hz, -0.24 %) stand 12 to 26 dB over the floor, with sidebands at the shaft speed.".into(),
    };
    diagnosis.actions = vec![
        Action {
            what: "Plan the replacement of the bearing".into(),
            by_days: Some([7, 28]),
            why: "The comb is classic and stands far over the floor.".into(),
            who: Some("maintenance".into()),
            case: Some("stage-3".into()),
            calm: false,
        },
        Action {
            what: "Re-measure weekly until then".into(),
            by_days: Some([7, 7]),
            why: "A trend shows whether the date must move.".into(),
            who: Some("vibration analyst".into()),
            case: Some("stage-3".into()),
            calm: false,
        },
    ];
    diagnosis.learned = Some(Learned {
        model: "se-cnn-cwru-bearing-wise".into(),
        sha256: "9b1f0c2d4e6a8b7c5d3e1f0a2b4c6d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8".into(),
        scores: [
            ("normal", None, 0.021),
            ("inner", Some(FaultKind::Inner), 0.903),
            ("outer", Some(FaultKind::Outer), 0.052),
            ("ball", Some(FaultKind::Ball), 0.024),
        ]
        .map(|(class, element, score)| ClassScore { class: class.into(), element, score })
        .to_vec(),
        segments: 118,
        calibrated: false,
        set: None,
        unknown: None,
        alarm: None,
        card:
            "Trained on CWRU, leave-one-bearing-out; every bearing it was trained on carries an eroded fault."
                .into(),
    });
    diagnosis.learned_note =
        "Scores are means over segments of one recording; segments are not independent.".into();
    diagnosis
}

/// Evidence too weak to decide between two parts, speed only nominal, net of another opinion.
pub(crate) fn undecided() -> Diagnosis {
    let mut diagnosis = base();
    diagnosis.id = "5b1c3e7f9a02-DE".into();
    diagnosis.input.path = "records/118.mat".into();
    diagnosis.input.variable = "X118_DE_time".into();
    diagnosis.speed = Some(Speed {
        hz: SHAFT,
        origin: Origin::Nominal,
        note: "nameplate".into(),
        uncertainty: 0.01,
        by_its_lines_hz: None,
    });
    let combs = [
        (FaultKind::Ball, 4.72, [9.9, 4.1, 10.2, 3.3, 2.0, 5.1]),
        (FaultKind::Inner, 5.409, [9.7, 6.0, 3.9, 7.2, 2.0, 1.1]),
    ];
    fill(&mut diagnosis, &combs, 0x118);
    diagnosis.verdict = Verdict::Undecided {
        candidates: vec![FaultKind::Ball, FaultKind::Inner],
        why:
            "Weak lines near 2\u{d7}BSF and BPFI, neither stronger than what 4 % of the control orders show."
                .into(),
        settle: vec![
            "a recording of 30 s or more".into(),
            "the shaft speed measured during the recording".into(),
        ],
    };
    diagnosis.disagreement =
        Some("The evidence does not decide; the net scores the class of an outer-race fault at 0.81.".into());
    diagnosis.learned = Some(Learned {
        model: "se-cnn-cwru-bearing-wise".into(),
        sha256: "9b1f0c2d4e6a8b7c5d3e1f0a2b4c6d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8".into(),
        scores: [
            ("normal", None, 0.11),
            ("outer", Some(FaultKind::Outer), 0.81),
            ("ball", Some(FaultKind::Ball), 0.08),
        ]
        .map(|(class, element, score)| ClassScore { class: class.into(), element, score })
        .to_vec(),
        segments: 118,
        calibrated: false,
        set: None,
        unknown: None,
        alarm: None,
        card: Phrase::default(),
    });
    diagnosis.caveats.insert(
        0,
        Caveat {
            code: "speed_nominal".into(),
            text: "The shaft speed is nominal; a slip of 1 % moves the tenth harmonic by more than the tolerance.".into(),
        },
    );
    diagnosis.actions = vec![Action {
        what: "Re-measure with 30 s or more and the speed recorded".into(),
        by_days: Some([1, 14]),
        why: "This recording does not decide.".into(),
        who: None,
        case: None,
        calm: false,
    }];
    diagnosis.machine.power_kw = Some(55.0);
    diagnosis.machine.group = Some(2);
    diagnosis.machine.support = Some(Support::Rigid);
    diagnosis.machine.criticality = Some(Criticality::High);
    diagnosis.assessed = Some(assessed());
    diagnosis.quality[1].level = Level::Warn;
    diagnosis.quality[1].value = "4 samples at \u{b1}6.653 g".into();
    diagnosis
}

/// A level in zone B, a stage that is not narrowed, one indicator that has grown, and a life with an open end.
fn assessed() -> Assessed {
    Assessed {
        measured: Some("2026-11-03T08:15".into()),
        severity: Severity {
            velocity_rms_mm_s: Some(1.873),
            band_hz: Some([10.0, 1000.0]),
            zone: Some(Zone::B),
            boundaries_mm_s: Some([1.4, 2.8, 4.5]),
            refusals: vec![],
            table: "ISO 10816-3:2009, group 2, rigid support".into(),
        },
        stage: StageRange {
            range: Some([1, 4]),
            reasons: vec!["It is not decided whether there is damage; nothing narrows its stage.".into()],
            first_stage: "Stage 1 is not observable: the usable band ends at 4.7 kHz.".into(),
        },
        history: History {
            readings: 9,
            dated: 8,
            changes: vec![
                Change {
                    name: "RMS".into(),
                    now: 0.31,
                    baseline: 0.21,
                    sigma: 0.012,
                    sigmas: Some(8.33),
                    readings: 9,
                    earlier: vec![0.2, 0.21, 0.19, 0.22, 0.21, 0.21, 0.2, 0.22, 0.24],
                    days_before: [None]
                        .into_iter()
                        .chain((1..=8).rev().map(|week| Some(7.0 * f64::from(week))))
                        .collect(),
                },
                Change {
                    name: "kurtosis".into(),
                    now: 3.1,
                    baseline: 3.1,
                    sigma: 0.0,
                    sigmas: None,
                    readings: 9,
                    earlier: vec![3.1; 9],
                    days_before: vec![],
                },
            ],
            life: Some(Life {
                limit: Limit { indicator: "RMS".into(), value: 0.5, meaning: "declared".into() },
                earliest_days: 41.3,
                latest_days: None,
                confidence: 0.9,
                readings: 9,
            }),
            notes: vec!["2 readings are of other points, channels or units and were left out.".into()],
        },
        policy: "default policy".into(),
        policy_note: "The plant's own rules come first (--policy FILE).".into(),
    }
}

/// Nothing found; no model, no asset names.
pub(crate) fn no_fault() -> Diagnosis {
    let mut diagnosis = base();
    diagnosis.id = "0c77d1e0f9b3-DE".into();
    diagnosis.input.path = "records/97.mat".into();
    diagnosis.input.variable = "X097_DE_time".into();
    diagnosis.input.rate_hz = 48_000.0;
    diagnosis.input.rate_origin = Origin::Declared;
    diagnosis.input.duration_s = 5.082;
    diagnosis.input.samples = 243_938;
    diagnosis.method.resolution_hz = 0.196_8;
    diagnosis.machine = Machine::default();
    fill(&mut diagnosis, &[], 0x97);
    diagnosis.verdict = Verdict::NoFaultFound {
        why: "None of the four combs stands out more than control orders do in this recording.".into(),
        blind_to: "a comb weaker than 9.5 dB over the floor, or one outside 500 to 5500 Hz.".into(),
    };
    diagnosis.actions = vec![Action {
        what: "Keep the interval of measurement".into(),
        by_days: None,
        why: "No evidence asks for more.".into(),
        who: None,
        case: None,
        calm: true,
    }];
    diagnosis.learned_note = "No model was given.".into();
    diagnosis
}

/// Neither speed nor bearing is known, and no figure has data: every block has to say so.
pub(crate) fn nothing_known() -> Diagnosis {
    let mut diagnosis = no_fault();
    diagnosis.speed = None;
    diagnosis.bearing = None;
    diagnosis.unknown_bearing = None;
    diagnosis.evidence.clear();
    diagnosis.quality.clear();
    diagnosis.indicators.clear();
    diagnosis.actions.clear();
    diagnosis.caveats.clear();
    diagnosis.learned_note = Phrase::default();
    diagnosis.reproduce.clear();
    diagnosis.method.description = Phrase::default();
    diagnosis.method.revolutions = None;
    diagnosis.method.bands_hz.clear();
    diagnosis.input.position = None;
    let empty = Curve {
        hz: vec![],
        value: vec![],
        unit: Phrase::default(),
        resolution_hz: 0.0,
        note: Phrase::default(),
    };
    diagnosis.figures = Figures {
        waveform: Waveform { start_s: 0.0, slice_s: 0.0, min: vec![], max: vec![] },
        spectrum: empty.clone(),
        envelope_spectrum: empty,
        envelope_floor: vec![],
        envelope_band_hz: [0.0, 0.0],
        image: Image {
            rows: 0,
            columns: 0,
            duration_s: 0.0,
            top_hz: 0.0,
            values: vec![],
            floor_db: 0.0,
            note: Phrase::default(),
        },
        kurtogram: None,
        waterfall: None,
        impacts: None,
    };
    diagnosis.verdict = Verdict::Undecided {
        candidates: vec![],
        why: "Shaft speed and bearing are not known.".into(),
        settle: vec!["the shaft speed".into(), "the bearing's designation".into()],
    };
    diagnosis
}

/// Only the bearing is not known: combs were searched over all orders.
pub(crate) fn unknown_bearing() -> Diagnosis {
    let mut diagnosis = found();
    diagnosis.bearing = None;
    diagnosis.evidence.clear();
    diagnosis.actions.clear();
    diagnosis.verdict = Verdict::Undecided {
        candidates: vec![],
        why: "A comb stands out at 3.580 x shaft.".into(),
        settle: vec!["the bearing's designation or geometry (--bearing)".into()],
    };
    diagnosis
}

fn base() -> Diagnosis {
    Diagnosis {
        schema: SCHEMA.into(),
        id: "a1f4c09d3b52-DE".into(),
        tool: Tool { name: "brinell".into(), version: "0.1.0".into() },
        input: Input {
            path: "records/105.mat".into(),
            sha256: "a1f4c09d3b52e7788190a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7".into(),
            bytes: 2_910_904,
            format: "matlab5".into(),
            variable: "X105_DE_time".into(),
            channel: "DE".into(),
            position: Some("drive end, 12 o'clock".into()),
            unit: "g".into(),
            unit_origin: Origin::Assumed,
            rate_hz: 12_000.0,
            rate_origin: Origin::Declared,
            samples: 121_265,
            duration_s: 10.105,
            from_s: None,
        },
        machine: Machine {
            asset: Some("Test rig motor".into()),
            point: Some("drive end".into()),
            ..Machine::default()
        },
        bearing: Some(Bearing {
            designation: "6205-2RS JEM SKF".into(),
            rolling_elements: 9,
            ball_diameter_mm: 7.940_04,
            pitch_diameter_mm: 39.0398,
            contact_angle_deg: 0.0,
            orders: ORDERS,
            origin: Origin::Declared,
            source: "geometry published with the data set, contact angle not stated".into(),
            uncertainty: GeometryUncertainty::default(),
        }),
        speed: Some(Speed { hz: SHAFT, origin: Origin::File, note: "variable X105RPM".into(), uncertainty: 0.0, by_its_lines_hz: Some(SHAFT) }),
        quality: [
            ("length", "Length of the recording", Level::Ok, "303 turns", "at least 100 turns", "Resolution is sufficient for all combs."),
            ("clipping", "Clipping", Level::Ok, "0 samples", "fewer than 3 equal extremes", "None."),
            ("flat", "Flat runs", Level::Ok, "longest 2 samples", "8 samples", "None."),
            ("dc", "Constant share", Level::Ok, "1.1 % of the RMS", "10 %", "Removed before all else."),
            ("step", "Quantisation step", Level::Ok, "8.1e-5 g", "1 % of the RMS", "None."),
        ]
        .map(|(code, title, level, value, limit, effect)| QualityCheck {
            code: code.into(),
            title: title.into(),
            level,
            value: value.into(),
            limit: limit.into(),
            effect: effect.into(),
        })
        .to_vec(),
        indicators: [
            ("RMS", Some(0.291), "g", "RMS, mean removed"),
            ("peak", Some(1.739), "g", "0 to peak"),
            ("kurtosis", Some(5.396), "1", "population moments, Gaussian = 3"),
            ("crest factor", Some(5.976), "1", "peak over RMS"),
            ("skewness", None, "1", "population moments"),
        ]
        .map(|(name, value, unit, scaling)| Indicator { name: name.into(), value, unit: unit.into(), scaling: scaling.into() })
        .to_vec(),
        method: Method {
            description: "The mean is removed. In each band the squared envelope is formed by the analytic signal; its spectrum is divided by a running median. Each kinematic order and its harmonics are scored within the tolerance; the same score at control orders of the same recording gives p; Holm's correction runs over all parts and bands.".into(),
            bands_hz: vec![[500.0, 1500.0], [1500.0, 3000.0], [2000.0, 5500.0], [3000.0, 5500.0]],
            resolution_hz: RESOLUTION,
            revolutions: Some(302.6),
            controls: 2400,
            significance: 0.01,
            order_tolerance: TOLERANCE,
        },
        evidence: vec![],
        learned: None,
        learned_note: Phrase::default(),
        disagreement: None,
        verdict: Verdict::NoFaultFound { why: Phrase::default(), blind_to: Phrase::default() },
        assessed: None,
        actions: vec![],
        others: vec![OtherComb { order: 4.98, hz: 149.2, deviations: 7.2, p: 2e-5 }],
        notes: vec![SpectrumNote {
            code: "mains".into(),
            text: "A line stands at 120.0 Hz, twice the mains.".into(),
            lines_hz: vec![120.0],
        }],
        smallest_fault: vec![SmallestFault {
            element: FaultKind::Outer,
            impact_peak: Some(0.12),
            power_db: Some(-15.0),
            strongest_tried_db: 9.0,
            resonance_hz: 4500.0,
        }],
        unknown_bearing: Some(UnknownBearing {
            scanned: [1.5, 12.0],
            combs: vec![UnknownComb { order: 3.58, sd: 0.002, hz: 107.2, deviations: 9.0, p: 1e-6, modulation: 1.1, harmonics_found: 5, rival: None }],
            readings: vec![BearingReading {
                element: FaultKind::Outer,
                rolling_elements: Some(9),
                ratio: [0.195, 0.212],
                explained: vec![ExplainedComb { order: 3.58, element: FaultKind::Outer }],
                bearings: vec!["6205".into()],
                fitting: 1,
            }],
            coincidence: None,
        }),
        caveats: vec![
            Caveat { code: "unit_assumed".into(), text: "The unit of the samples is assumed to be g; the file does not state it.".into() },
            Caveat { code: "one_axis".into(), text: "One axis of one sensor was measured; other directions may differ.".into() },
        ],
        figures: Figures {
            waveform: Waveform { start_s: 0.0, slice_s: 0.0, min: vec![], max: vec![] },
            spectrum: curve("g, peak", "Hann window over the whole recording, no averaging; each slice shows its largest line"),
            envelope_spectrum: curve("modulation index: peak amplitude over mean squared envelope", "whitened, no window; each slice shows its largest line"),
            envelope_floor: vec![],
            envelope_band_hz: [2000.0, 5500.0],
            image: Image {
                rows: 96,
                columns: 160,
                duration_s: 10.105,
                top_hz: 6000.0,
                values: vec![],
                floor_db: 70.0,
                note: "Hann window of 1024 samples, hop 512, area mean of power".into(),
            },
            kurtogram: Some(kurtogram()),
            waterfall: Some(waterfall()),
            impacts: Some(impacts()),
        },
        reproduce: "brinell diagnose records/105.mat --channel DE --bearing 6205 --unit g --rate 12kHz".into(),
    }
}

fn kurtogram() -> Kurtogram {
    let value = |row: usize, band: usize| ((row * 7 + band * 5) % 11) as f32 * 0.1;
    let mut rows: Vec<Vec<f32>> = [1, 2, 3, 4, 6, 8]
        .iter()
        .enumerate()
        .map(|(row, bands)| (0..*bands).map(|band| value(row, band)).collect())
        .collect();
    rows[4][3] = 8.5;
    rows[3][0] = 4.25;
    Kurtogram {
        rows,
        top_hz: 6000.0,
        best: KurtogramBand { row: 4, band_hz: [3000.0, 4000.0], value: 8.5 },
        second: Some(KurtogramBand { row: 3, band_hz: [0.0, 1500.0], value: 4.25 }),
        note: "ideal bands of the whole recording".into(),
    }
}

fn impacts() -> Impacts {
    let period = 1.0 / 162.19;
    let since = |time: f64| (time - 0.002).rem_euclid(period);
    Impacts {
        element: FaultKind::Inner,
        band_hz: [2250.0, 3750.0],
        period_s: period,
        start_s: 1.5,
        step_s: 1e-4,
        envelope: (0..740).map(|i| (-900.0 * since(f64::from(i) * 1e-4)).exp() as f32).collect(),
        first_s: 1.502,
        autocorrelation: (0..1000)
            .map(|i| (-500.0 * since(f64::from(i) * 1e-4 + 0.002)).exp() as f32)
            .collect(),
        lag_step_s: 1e-4,
        repetition: 0.41,
    }
}

fn waterfall() -> Waterfall {
    let (rows, columns) = (12, 60);
    Waterfall {
        rows,
        columns,
        duration_s: 10.105,
        part_s: 1.5,
        top_hz: 1000.0,
        values: (0..rows * columns)
            .map(|i| if i % columns % 10 == 7 { 255 } else { (i % 90) as u8 })
            .collect(),
        floor_db: 40.0,
        note: "squared envelope of 12 parts".into(),
    }
}

fn curve(unit: &str, note: &str) -> Curve {
    Curve { hz: vec![], value: vec![], unit: unit.into(), resolution_hz: RESOLUTION, note: note.into() }
}

/// Evidence and figures around the given combs: kind, found order, dB over the floor by harmonic.
fn fill(diagnosis: &mut Diagnosis, combs: &[(FaultKind, f64, [f64; 6])], seed: u64) {
    let mut noise = Noise(seed);
    let floor_at = |hz: f64| 2.1e-3 / (1.0 + hz / 260.0);
    let count = 2400;
    let top = 1080.0;
    let mut value: Vec<f64> = Vec::with_capacity(count);
    let mut hz: Vec<f64> = Vec::with_capacity(count);
    for i in 0..count {
        let f = (i as f64 + 0.5) * top / count as f64;
        hz.push(f);
        value.push(floor_at(f) * noise.magnitude());
    }
    let mut put = |f: f64, amplitude: f64| {
        let i = ((f / top * count as f64) as usize).min(count - 1);
        hz[i] = f;
        value[i] = value[i].max(amplitude);
    };
    put(SHAFT, 7.0 * floor_at(SHAFT));
    put(2.0 * SHAFT, 5.0 * floor_at(2.0 * SHAFT));
    diagnosis.evidence = FaultKind::ALL
        .iter()
        .enumerate()
        .map(|(i, kind)| {
            let expected = kind.order(&ORDERS).0;
            let comb = combs.iter().find(|c| c.0 == *kind);
            let found_order = comb.map(|c| c.1);
            let mut peaks = Vec::new();
            for harmonic in 1..=6u32 {
                let h = f64::from(harmonic);
                let levels = comb.map_or([2.1, 4.4, 1.3, 3.0, 5.2, 0.7], |c| c.2);
                for sideband in [0i32, -1, 1] {
                    if sideband != 0 && (*kind != FaultKind::Inner || harmonic > 2) {
                        continue;
                    }
                    let side = f64::from(sideband) * SHAFT;
                    let expected_hz = h * expected * SHAFT + side;
                    let found_hz =
                        h * found_order.unwrap_or(expected * (1.0 + 0.004 * (h - 3.5))) * SHAFT + side;
                    let snr_db = levels[harmonic as usize - 1] - 9.0 * f64::from(sideband.unsigned_abs());
                    let floor = floor_at(found_hz);
                    let amplitude = floor * 10f64.powf(snr_db / 20.0);
                    if comb.is_some() {
                        put(found_hz, amplitude);
                    }
                    let counted = snr_db >= THRESHOLD_DB;
                    peaks.push(Peak {
                        harmonic,
                        sideband,
                        expected_hz,
                        tolerance_hz: expected_hz * TOLERANCE,
                        found_hz,
                        deviation_percent: 100.0 * (found_hz - expected_hz) / expected_hz,
                        amplitude,
                        floor,
                        snr_db,
                        threshold_db: THRESHOLD_DB,
                        counted,
                        note: if counted { Phrase::default() } else { "below the threshold".into() },
                    });
                }
            }
            peaks.sort_by_key(|p| (p.sideband != 0, p.harmonic));
            let found = peaks.iter().filter(|p| p.counted && p.sideband == 0).count() as u32;
            let significant = found >= 4;
            let p = if significant { 0.0004 } else { 0.04 + 0.13 * i as f64 };
            Evidence {
                element: *kind,
                expected_order: expected,
                found_order,
                deviation_percent: found_order.map(|f| 100.0 * (f - expected) / expected),
                band_hz: if *kind == FaultKind::Cage { [500.0, 1500.0] } else { [2000.0, 5500.0] },
                score: if significant { 0.86 } else { 0.31 - 0.05 * i as f64 },
                deviations: if significant { 11.0 } else { 1.2 },
                modulation: if significant { 0.41 } else { 0.03 },
                p,
                p_adjusted: (4.0 * p).min(1.0),
                harmonics_found: found,
                harmonics_tested: 6,
                significant,
                rival: (*kind == FaultKind::Cage)
                    .then(|| "within resolution of 2 \u{d7} shaft at harmonic 5".into()),
                inseparable: false,
                may_be_the_source: false,
                peaks,
            }
        })
        .collect();
    let figures = &mut diagnosis.figures;
    figures.envelope_floor = hz.iter().map(|f| floor_at(*f) as f32).collect();
    figures.envelope_spectrum.hz = hz.iter().map(|v| *v as f32).collect();
    figures.envelope_spectrum.value = value.iter().map(|v| *v as f32).collect();

    let nyquist = (diagnosis.input.rate_hz / 2.0).min(6000.0);
    let resonance = |f: f64, at: f64, width: f64| 1.0 / (1.0 + ((f - at) / width).powi(2));
    let strength = if combs.is_empty() { 0.002 } else { 0.03 };
    let width = nyquist / 2400.0;
    // As in a real reduction a slice names the frequency of its largest line.
    let line = |i: i32| {
        let f = (f64::from(i) + 0.5) * width;
        let harmonic = (f / SHAFT).round();
        let near = harmonic * SHAFT;
        if (1.0..6.5).contains(&harmonic) && (near / width).floor() == f64::from(i) { near } else { f }
    };
    figures.spectrum.hz = (0..2400).map(|i| line(i) as f32).collect();
    figures.spectrum.value = (0..2400)
        .map(|i| {
            let f = line(i);
            let order = f / SHAFT;
            let shaft = if (order - order.round()).abs() < 1e-9 && (0.5..6.5).contains(&order) {
                0.02 / order.round().powi(2)
            } else {
                0.0
            };
            let broad =
                2e-4 + strength * resonance(f, 3420.0, 180.0) + 0.4 * strength * resonance(f, 2760.0, 90.0);
            (broad * noise.magnitude() + shaft) as f32
        })
        .collect();
    let slices = 1800;
    figures.waveform.slice_s = diagnosis.input.duration_s / f64::from(slices);
    let peak = if combs.is_empty() { 0.25 } else { 1.74 };
    figures.waveform.max =
        (0..slices).map(|_| (peak * (0.55 + 0.45 * noise.next().powi(3))) as f32).collect();
    figures.waveform.min =
        (0..slices).map(|_| (-peak * (0.52 + 0.42 * noise.next().powi(3))) as f32).collect();
    let image = &mut figures.image;
    image.top_hz = nyquist;
    image.duration_s = diagnosis.input.duration_s;
    image.values = (0..image.rows * image.columns)
        .map(|i| {
            let f = ((i / image.columns) as f64 + 0.5) / image.rows as f64 * nyquist;
            let level = 40.0 + 185.0 * resonance(f, 3420.0, 420.0) + 90.0 * resonance(f, 60.0, 90.0);
            (level * (0.78 + 0.22 * noise.next())).clamp(0.0, 255.0) as u8
        })
        .collect();
}
