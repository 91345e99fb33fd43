//! The comb image has to look the same for the same fault on any machine.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use brinell_signal::{
    BearingGeometry, BearingOrders, Context, Error, FaultKind, Hertz, Millimetres, Pipeline, PipelinePlan,
    Step,
};

const HARMONICS: usize = 4;
const COLUMNS: usize = 33;
const MIDDLE: usize = COLUMNS / 2;

/// A machine with a bearing, and how it is recorded.
struct Machine {
    rate: f64,
    seconds: f64,
    shaft: f64,
    resonance: f64,
    geometry: BearingGeometry,
}

impl Machine {
    fn all() -> [Self; 3] {
        let geometry =
            |n, d, pitch, angle| BearingGeometry::new(n, Millimetres(d), Millimetres(pitch), angle).unwrap();
        [
            Self {
                rate: 12_000.0,
                seconds: 1.5,
                shaft: 29.95,
                resonance: 3_400.0,
                geometry: geometry(9, 7.94, 39.04, 0.0),
            },
            Self {
                rate: 48_000.0,
                seconds: 1.0,
                shaft: 47.3,
                resonance: 9_100.0,
                geometry: geometry(12, 10.0, 60.0, 30.0),
            },
            Self {
                rate: 25_600.0,
                seconds: 3.0,
                shaft: 11.7,
                resonance: 2_300.0,
                geometry: geometry(16, 8.4, 71.5, 15.17),
            },
        ]
    }

    fn orders(&self) -> BearingOrders {
        self.geometry.orders()
    }

    fn context(&self) -> Context {
        Context { shaft: Some(Hertz(self.shaft)), orders: Some(self.orders()) }
    }

    fn plan(&self, len: usize) -> PipelinePlan {
        let bands = vec![[0.0, 1.0], [0.25, 0.75]];
        let step = Step::CombImage { harmonics: HARMONICS, columns: COLUMNS, half_width: 0.04, bands };
        Pipeline::new(vec![step]).plan(Hertz(self.rate), len).unwrap()
    }

    /// Noise, and impacts of one kind of fault that ring at the resonance.
    fn record(&self, fault: Option<FaultKind>, impact: f64, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let len = (self.rate * self.seconds) as usize;
        let mut samples: Vec<f64> = (0..len).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect();
        if let Some(kind) = fault {
            let period = 1.0 / kind.order(&self.orders()).at(Hertz(self.shaft)).0;
            let mut at = 0.3 * period;
            while at < self.seconds {
                let load = match kind {
                    FaultKind::Inner => 1.0 + 0.5 * (TAU * self.shaft * at).cos(),
                    _ => 1.0,
                };
                let start = (at * self.rate).ceil() as usize;
                for (n, sample) in
                    samples.iter_mut().enumerate().skip(start).take((0.01 * self.rate) as usize)
                {
                    let t = n as f64 / self.rate - at;
                    let turn = TAU * self.resonance * t;
                    *sample += impact * load * (-0.05 * turn).exp() * turn.sin();
                }
                at += period * (1.0 + 0.002 * (uniform() - 0.5));
            }
        }
        samples.iter().map(|x| *x as f32).collect()
    }

    fn image(&self, samples: &[f32]) -> Vec<f32> {
        let plan = self.plan(samples.len());
        let mut image = vec![0.0; plan.output_len()];
        plan.process(samples, &self.context(), &mut image, &mut plan.scratch()).unwrap();
        image
    }
}

/// Mean of one channel's columns over its harmonics.
fn column(image: &[f32], kind: usize, columns: std::ops::Range<usize>) -> f64 {
    let mut sum = 0.0;
    for harmonic in 0..HARMONICS {
        let row = &image[(kind * HARMONICS + harmonic) * COLUMNS..][..COLUMNS];
        sum += row[columns.clone()].iter().copied().fold(f32::MIN, f32::max);
    }
    f64::from(sum) / HARMONICS as f64
}

fn middle(image: &[f32], kind: usize) -> f64 {
    column(image, kind, MIDDLE - 1..MIDDLE + 2)
}

#[test]
fn an_inner_fault_is_a_bright_middle_of_the_first_channel_on_every_machine() {
    for (index, machine) in Machine::all().iter().enumerate() {
        let image = machine.image(&machine.record(Some(FaultKind::Inner), 6.0, 11));
        assert!(middle(&image, 0) > 1.0, "machine {index}: middle {:.2}", middle(&image, 0));
        for other in 1..4 {
            let rival = middle(&image, other);
            assert!(rival < middle(&image, 0) - 0.4, "machine {index}: channel {other} has {rival:.2}");
        }
        for side in [0..8, COLUMNS - 8..COLUMNS] {
            let beside = column(&image, 0, side);
            assert!(beside < middle(&image, 0) - 0.3, "machine {index}: beside the middle {beside:.2}");
        }
    }
}

#[test]
fn an_outer_fault_is_a_bright_middle_of_the_second_channel() {
    for machine in Machine::all() {
        let image = machine.image(&machine.record(Some(FaultKind::Outer), 6.0, 12));
        for other in [0, 2, 3] {
            assert!(middle(&image, other) < middle(&image, 1) - 0.4);
        }
    }
}

#[test]
fn noise_alone_has_no_bright_middle() {
    for machine in Machine::all() {
        let image = machine.image(&machine.record(None, 0.0, 13));
        for kind in 0..4 {
            assert!(middle(&image, kind) < 0.6, "{}", middle(&image, kind));
        }
    }
}

#[test]
fn gain_and_offset_do_not_change_the_image() {
    let machine = &Machine::all()[0];
    let record = machine.record(Some(FaultKind::Inner), 3.0, 14);
    let image = machine.image(&record);
    for (gain, offset) in [(1e-4, 0.0), (250.0, -40.0), (1e12, 0.0), (1e-15, 0.0)] {
        let other: Vec<f32> = record.iter().map(|x| gain * x + offset).collect();
        for (a, b) in machine.image(&other).iter().zip(&image) {
            assert!((a - b).abs() < 2e-2, "gain {gain}: {a} {b}");
        }
    }
}

#[test]
fn all_values_lie_within_the_clipping_and_constants_are_neutral() {
    let machine = &Machine::all()[0];
    let image = machine.image(&machine.record(Some(FaultKind::Outer), 100.0, 15));
    assert!(image.iter().all(|v| (-1.0..=3.0).contains(v)));
    for value in [0.0, 2.5, -1e-3] {
        assert!(machine.image(&vec![value; 12_000]).iter().all(|v| *v == 0.0));
    }
}

#[test]
fn harmonics_beyond_the_spectrum_are_neutral() {
    let machine = Machine { rate: 2_000.0, shaft: 100.0, ..Machine::all().into_iter().next().unwrap() };
    // BPFI 541 Hz: its second harmonic lies beyond half the rate.
    let image = machine.image(&machine.record(None, 0.0, 16));
    let row = |harmonic: usize| &image[harmonic * COLUMNS..][..COLUMNS];
    assert!(row(0).iter().all(|v| *v != 0.0));
    assert!(row(1).iter().chain(row(2)).chain(row(3)).all(|v| *v == 0.0));
}

#[test]
fn a_missing_speed_or_bearing_is_named_with_what_to_give() {
    let machine = &Machine::all()[0];
    let record = machine.record(None, 0.0, 17);
    let plan = machine.plan(record.len());
    assert!(plan.needs_kinematics());
    assert_eq!(plan.output_shape(), [4, HARMONICS, COLUMNS]);
    let mut image = vec![0.0; plan.output_len()];
    let mut refused = |context| plan.process(&record, &context, &mut image, &mut plan.scratch()).unwrap_err();
    let error = refused(Context { shaft: None, ..machine.context() });
    assert!(
        matches!(&error, Error::Step { cause, .. } if matches!(**cause, Error::MissingKinematics { .. }))
    );
    let message = error.to_string();
    assert!(
        message.contains("comb-image") && message.contains("speed") && message.contains("1797rpm"),
        "{message}"
    );
    let message = refused(Context { orders: None, ..machine.context() }).to_string();
    assert!(message.contains("bearing") && message.contains("6205"), "{message}");
    for shaft in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let message = refused(Context { shaft: Some(Hertz(shaft)), ..machine.context() }).to_string();
        assert!(message.contains("speed"), "{message}");
    }
    let nowhere = BearingOrders { bpfi: f64::NAN, bpfo: 0.0, bsf: -1.0, ftf: f64::INFINITY };
    assert!(refused(Context { orders: Some(nowhere), ..machine.context() }).to_string().contains("BPFI"));
}

#[test]
fn impossible_images_are_refused_when_planned() {
    let refused = |harmonics, columns, half_width, bands: Vec<[f64; 2]>| {
        let step = Step::CombImage { harmonics, columns, half_width, bands };
        Pipeline::new(vec![step]).plan(Hertz(12_000.0), 4096).map(|_| ()).unwrap_err().to_string()
    };
    let full = || vec![[0.0, 1.0]];
    assert!(refused(0, 33, 0.04, full()).contains("harmonics"));
    assert!(refused(5, 32, 0.04, full()).contains("odd"));
    assert!(refused(5, 33, 0.0, full()).contains("half_width"));
    assert!(refused(5, 33, f64::NAN, full()).contains("half_width"));
    assert!(refused(5, 33, 0.04, vec![]).contains("at least one"));
    assert!(refused(5, 33, 0.04, vec![[0.5, 1.2]]).contains("fractions"));
    assert!(refused(5, 33, 0.04, vec![[0.5, 0.5]]).contains("fractions"));
}
