//! Discrete wavelet transform and packets: PyWavelets' numbers, and back again.
#![allow(clippy::unwrap_used)]

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::wavelet::{
    Boundary, DiscreteWaveletParams, DiscreteWaveletPlan, OrthogonalWavelet, WaveletPacketParams,
    WaveletPacketPlan,
};
use brinell_signal::{Hertz, Scratch};
use proptest::prelude::*;

const RATE: Hertz = Hertz(12_000.0);

fn wavelet(name: &str) -> OrthogonalWavelet {
    OrthogonalWavelet::try_from(name.to_owned()).unwrap()
}

#[test]
fn discrete_wavelet_transforms_equal_pywavelets() {
    let cases = golden::cases("wavedec");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let record = &case.input(0)[..case.integer("n")];
        assert_eq!(case.text("mode"), "symmetric");
        let params = DiscreteWaveletParams {
            wavelet: wavelet(case.text("wavelet")),
            boundary: Boundary::Symmetric,
            levels: case.integer("level"),
        };
        let plan: DiscreteWaveletPlan<f64> = params.plan(RATE, record.len()).unwrap();
        let mut bands = vec![0.0; plan.output_len()];
        plan.process(record, &mut bands, &mut Scratch::new()).unwrap();
        for band in 0..plan.bands() {
            case.check(&format!("c{band}"), &bands[plan.range(band)]);
        }
        assert_eq!(plan.range(plan.levels()).end, bands.len());

        let narrow: Vec<f32> = record.iter().map(|x| *x as f32).collect();
        let plan: DiscreteWaveletPlan<f32> = params.plan(RATE, record.len()).unwrap();
        let mut single = vec![0.0; plan.output_len()];
        plan.process(&narrow, &mut single, &mut Scratch::new()).unwrap();
        assert!(single.iter().zip(&bands).all(|(a, b)| (f64::from(*a) - b).abs() < 2e-6));
    }
}

#[test]
fn wavelet_packets_equal_pywavelets() {
    let cases = golden::cases("wavelet_packet");
    assert_eq!(cases.len(), 1);
    for case in cases {
        let record = &case.input(0)[..case.integer("n")];
        assert_eq!((case.text("mode"), case.text("order")), ("periodization", "freq"));
        let params = WaveletPacketParams {
            wavelet: wavelet(case.text("wavelet")),
            boundary: Boundary::Periodization,
            levels: case.integer("level"),
        };
        let plan: WaveletPacketPlan<f64> = params.plan(RATE, record.len()).unwrap();
        assert_eq!(case.shape("c"), [plan.bands(), plan.band_len()]);
        let (mut bands, mut energies) = (vec![0.0; plan.output_len()], vec![0.0; plan.bands()]);
        plan.process(record, &mut bands, &mut Scratch::new()).unwrap();
        case.check("c", &bands);
        plan.energies(&bands, &mut energies).unwrap();
        case.check("energy", &energies);
    }
}

#[test]
fn a_tone_stands_in_the_band_whose_edges_enclose_it() {
    let params = WaveletPacketParams { wavelet: wavelet("db10"), levels: 4, ..Default::default() };
    let plan: WaveletPacketPlan<f64> = params.plan(RATE, 2048).unwrap();
    let octaves = DiscreteWaveletParams { wavelet: wavelet("db10"), levels: 4, ..Default::default() };
    let octaves: DiscreteWaveletPlan<f64> = octaves.plan(RATE, 2048).unwrap();
    let mut scratch = Scratch::new();
    for band in 0..16 {
        let (low, high) = plan.edges(band);
        let omega = std::f64::consts::PI * (low.0 + high.0) / RATE.0;
        let tone: Vec<f64> = (0..2048).map(|n| (omega * n as f64).sin()).collect();
        let (mut packets, mut energies) = (vec![0.0; plan.output_len()], vec![0.0; 16]);
        plan.process(&tone, &mut packets, &mut scratch).unwrap();
        plan.energies(&packets, &mut energies).unwrap();
        assert!(energies[band] > 0.6 * energies.iter().sum::<f64>(), "{band}: {energies:?}");

        let (mut details, mut energies) = (vec![0.0; octaves.output_len()], vec![0.0; 5]);
        octaves.process(&tone, &mut details, &mut scratch).unwrap();
        octaves.energies(&details, &mut energies).unwrap();
        let middle = (low.0 + high.0) / 2.0;
        let octave = (0..5).find(|b| middle < octaves.edges(*b).1.0).unwrap();
        assert!(octaves.edges(octave).0.0 <= middle);
        assert!(energies[octave] > 0.6 * energies.iter().sum::<f64>(), "{octave}: {energies:?}");
    }
    assert_eq!(plan.edges(15).1, octaves.edges(4).1);
}

#[test]
fn impossible_wavelet_parameters_are_refused() {
    let discrete = |wavelet, levels, len| {
        DiscreteWaveletParams { wavelet, levels, ..Default::default() }.plan::<f32>(RATE, len).is_err()
    };
    let db4 = OrthogonalWavelet::Daubechies(4);
    assert!(discrete(db4, 0, 10) && discrete(db4, 29, 10) && discrete(db4, 3, 0) && !discrete(db4, 28, 1));
    assert!(discrete(OrthogonalWavelet::Daubechies(0), 3, 10));
    assert!(discrete(OrthogonalWavelet::Daubechies(usize::MAX), 3, 10));
    let packets =
        |levels| WaveletPacketParams { levels, ..Default::default() }.plan::<f32>(RATE, 10).is_err();
    assert!(packets(0) && packets(13) && !packets(12));
    assert!(DiscreteWaveletParams::default().plan::<f64>(Hertz(f64::NAN), 10).is_err());
    let plan: DiscreteWaveletPlan<f64> = DiscreteWaveletParams::default().plan(RATE, 10).unwrap();
    assert!(plan.process(&[0.0; 9], &mut vec![0.0; plan.output_len()], &mut Scratch::new()).is_err());
    assert!(plan.range(4).is_empty() && plan.range(usize::MAX).is_empty());
}

#[test]
fn warm_wavelet_transforms_allocate_nothing() {
    let record: Vec<f32> = golden::input("noise4096")[..1001].iter().map(|x| *x as f32).collect();
    let discrete: DiscreteWaveletPlan<f32> = DiscreteWaveletParams::default().plan(RATE, 1001).unwrap();
    let packets: WaveletPacketPlan<f32> = WaveletPacketParams::default().plan(RATE, 1001).unwrap();
    let (mut a, mut b) = (vec![0.0; discrete.output_len()], vec![0.0; packets.output_len()]);
    let (mut back, mut scratch) = (vec![0.0; 1001], Scratch::new());
    let allocations = allocations_when_warm(|| {
        discrete.process(&record, &mut a, &mut scratch).unwrap();
        discrete.inverse(&a, &mut back, &mut scratch).unwrap();
        packets.process(&record, &mut b, &mut scratch).unwrap();
        packets.inverse(&b, &mut back, &mut scratch).unwrap();
    });
    assert_eq!(allocations, 0);
}

fn boundary(symmetric: bool) -> Boundary {
    if symmetric { Boundary::Symmetric } else { Boundary::Periodization }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn wavelet_inverses_give_any_record_back(
        samples in prop::collection::vec(-1.0..1.0_f64, 1..200),
        moments in 1_usize..=12, levels in 1_usize..6, symmetric in any::<bool>(),
    ) {
        let (wavelet, boundary) = (OrthogonalWavelet::Daubechies(moments), boundary(symmetric));
        let (n, mut scratch) = (samples.len(), Scratch::new());
        let mut back = vec![0.0; n];
        let plan = DiscreteWaveletParams { wavelet, boundary, levels }.plan(RATE, n).unwrap();
        let mut bands = vec![0.0; plan.output_len()];
        plan.process(&samples, &mut bands, &mut scratch).unwrap();
        plan.inverse(&bands, &mut back, &mut scratch).unwrap();
        prop_assert!(samples.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-11), "{samples:?} {back:?}");

        let plan = WaveletPacketParams { wavelet, boundary, levels }.plan(RATE, n).unwrap();
        let mut bands = vec![0.0; plan.output_len()];
        plan.process(&samples, &mut bands, &mut scratch).unwrap();
        plan.inverse(&bands, &mut back, &mut scratch).unwrap();
        prop_assert!(samples.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-11));
    }

    #[test]
    fn periodized_bands_keep_the_energy(
        samples in prop::collection::vec(-1.0..1.0_f64, 1..20), moments in 1_usize..=10, levels in 1_usize..5,
    ) {
        // Long enough for every level to be even.
        let record: Vec<f64> = samples.iter().copied().cycle().take(samples.len() << levels).collect();
        let energy: f64 = record.iter().map(|x| x * x).sum();
        let wavelet = OrthogonalWavelet::Daubechies(moments);
        let boundary = Boundary::Periodization;
        let mut scratch = Scratch::new();
        let discrete = DiscreteWaveletParams { wavelet, boundary, levels }.plan(RATE, record.len()).unwrap();
        let mut bands = vec![0.0; discrete.output_len()];
        discrete.process(&record, &mut bands, &mut scratch).unwrap();
        let mut energies = vec![0.0; discrete.bands()];
        discrete.energies(&bands, &mut energies).unwrap();
        prop_assert!((energies.iter().sum::<f64>() - energy).abs() < 1e-11 * energy.max(1e-9));
        let packets = WaveletPacketParams { wavelet, boundary, levels }.plan(RATE, record.len()).unwrap();
        let mut bands = vec![0.0; packets.output_len()];
        packets.process(&record, &mut bands, &mut scratch).unwrap();
        let mut energies = vec![0.0; packets.bands()];
        packets.energies(&bands, &mut energies).unwrap();
        prop_assert!((energies.iter().sum::<f64>() - energy).abs() < 1e-11 * energy.max(1e-9));
    }

    #[test]
    fn records_too_short_or_constant_have_finite_transforms(
        n in 1_usize..4, value in prop::sample::select(vec![0.0_f32, 1.0, -2.5, 1e30]), symmetric in any::<bool>(),
        moments in prop::sample::select(vec![1_usize, 4, 10, 20]), levels in 1_usize..9,
    ) {
        let params = WaveletPacketParams {
            wavelet: OrthogonalWavelet::Daubechies(moments), boundary: boundary(symmetric), levels,
        };
        let plan = params.plan(RATE, n).unwrap();
        let mut bands = vec![0.0; plan.output_len()];
        plan.process(&vec![value; n], &mut bands, &mut Scratch::new()).unwrap();
        prop_assert!(bands.iter().all(|c| c.is_finite()));
    }
}
