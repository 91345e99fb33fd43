//! Every transform gives on the portable path what it gives on the widest vectors.
//!
//! A kernel runs twice on the same samples, on the machine's own instructions and on none, and its numbers may
//! differ by rounding alone: by so many times the type's epsilon of the largest of them, or by no bit at all. Where
//! a transform chooses (a band, an order, a number of sweeps) the choice is fixed here, for rounding may tip it.
#![allow(clippy::unwrap_used)]

use num_complex::Complex;
use proptest::prelude::*;

use crate::instruction_set::portable;
use crate::rotation::SpeedProfile;
use crate::{
    Hertz, Sample, Scratch, Seconds, band::*, cyclic::*, envelope::*, filter::*, fourier::*, image::*,
    quantity::*, rotation::OrderTrackParams, separation::*, vmd::*, wavelet::*,
};

const RATE: Hertz = Hertz(12_000.0);
/// No bit may differ.
const SAME: f64 = 0.0;

/// A transform of both number types, and by how many epsilons of its largest number it may differ.
struct Row {
    name: &'static str,
    single: fn(&[f32]) -> Vec<f64>,
    double: fn(&[f64]) -> Vec<f64>,
    epsilons: f64,
}

macro_rules! rows {
    ($($transform:ident: $epsilons:expr),* $(,)?) => {
        [$(Row {
            name: stringify!($transform),
            single: $transform::<f32>,
            double: $transform::<f64>,
            epsilons: $epsilons,
        }),*]
    };
}

fn wide<T: Sample>(values: &[T]) -> Vec<f64> {
    values.iter().map(|x| x.widen()).collect()
}

fn parts<T: Sample>(values: &[Complex<T>]) -> Vec<f64> {
    values.iter().flat_map(|z| [z.re.widen(), z.im.widen()]).collect()
}

/// The numbers of a plan's method that fills an array of real numbers.
macro_rules! real {
    ($plan:expr, $method:ident, $len:expr, $samples:expr) => {{
        let (plan, mut output) = ($plan, vec![T::default(); $len]);
        plan.$method($samples, &mut output, &mut Scratch::new()).unwrap();
        wide(&output)
    }};
}

/// The same of complex numbers.
macro_rules! complex {
    ($plan:expr, $method:ident, $len:expr, $samples:expr) => {{
        let (plan, mut output) = ($plan, vec![Complex::<T>::default(); $len]);
        plan.$method($samples, &mut output, &mut Scratch::new()).unwrap();
        parts(&output)
    }};
}

fn agree<T: Sample>(
    name: &str,
    transform: fn(&[T]) -> Vec<f64>,
    samples: &[f64],
    epsilons: f64,
) -> Result<(), TestCaseError> {
    let samples: Vec<T> = samples.iter().map(|x| T::narrow(*x)).collect();
    let (vectors, plain) = (transform(&samples), portable(|| transform(&samples)));
    prop_assert_eq!(vectors.len(), plain.len());
    let largest = plain.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let apart = vectors.iter().zip(&plain).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
    prop_assert!(largest > 0.0, "{}: nothing to compare", name);
    prop_assert!(
        apart <= epsilons * T::epsilon().widen() * largest,
        "{} of {} samples of {}: {:.1} epsilons apart",
        name,
        samples.len(),
        std::any::type_name::<T>(),
        apart / (T::epsilon().widen() * largest)
    );
    Ok(())
}

fn agree_all(rows: &[Row], samples: &[f64]) -> Result<(), TestCaseError> {
    for row in rows {
        agree(row.name, row.single, samples, row.epsilons)?;
        agree(row.name, row.double, samples, row.epsilons)?;
    }
    Ok(())
}

/// A tone in noise, so that no envelope comes near 0.
fn records(lengths: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    (prop::collection::vec(-1.0..1.0_f64, lengths), 0.02..0.2_f64).prop_map(|(noise, turns)| {
        let tone = |n: usize| 3.0 * (std::f64::consts::TAU * turns * n as f64).cos();
        noise.iter().enumerate().map(|(n, x)| tone(n) + x).collect()
    })
}

fn mean<T: Sample>(x: &[T]) -> Vec<f64> {
    vec![crate::sample::mean(x)]
}

fn remove_mean<T: Sample>(x: &[T]) -> Vec<f64> {
    let mut values = x.to_vec();
    crate::sample::remove_mean(&mut values);
    wide(&values)
}

fn amplitude_spectrum<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = AmplitudeSpectrumParams::default().plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.spectrum_len(), x)
}

fn real_fft<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = RealFft::<T>::new(x.len()).unwrap();
    complex!(&plan, forward, plan.bins(), x)
}

fn real_fft_and_back<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = RealFft::<T>::new(x.len()).unwrap();
    let mut bins = vec![Complex::default(); plan.bins()];
    plan.forward(x, &mut bins, &mut Scratch::new()).unwrap();
    real!(&plan, inverse, x.len(), &bins)
}

fn welch<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = WelchParams { length: 64, ..Default::default() }.plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.spectrum_len(), x)
}

fn stft<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = StftParams { length: 64, hop: 24, ..Default::default() }.plan::<T>(RATE, x.len()).unwrap();
    complex!(&plan, process, plan.output_len(), x)
}

fn stft_magnitude<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = StftParams { length: 128, hop: 40, ..Default::default() }.plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, magnitude, plan.output_len(), x)
}

fn quadrature<T: Sample>(x: &[T]) -> Vec<f64> {
    real!(AnalyticPlan::<T>::new(x.len()).unwrap(), quadrature, x.len(), x)
}

fn envelope_of<T: Sample>(x: &[T]) -> Vec<f64> {
    real!(EnvelopePlan::<T>::new(x.len()).unwrap(), process, x.len(), x)
}

fn lines_of_envelope<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = EnvelopeSpectrumPlan::<T>::new(x.len()).unwrap();
    real!(&plan, process, plan.spectrum_len(), x)
}

fn lines_of_squared_envelope<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = SquaredEnvelopePlan::<T>::new(RATE, x.len(), None).unwrap();
    real!(&plan, process, plan.spectrum_len(), x)
}

fn instantaneous_frequency<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = HilbertSpectrumParams::default().plan::<T>(RATE, 1, x.len()).unwrap();
    let (mut frequency, mut amplitude) = (vec![T::default(); x.len()], vec![T::default(); x.len()]);
    plan.instantaneous(x, &mut frequency, &mut amplitude, &mut Scratch::new()).unwrap();
    // At the ends the envelope may come close to 0, and an angle there is only as sure as the envelope is large.
    frequency.iter().zip(&amplitude).map(|(f, a)| f.widen() * a.widen().powi(2)).collect()
}

fn kurtogram<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = FastKurtogramParams { levels: Some(2) }.plan::<T>(RATE, x.len()).unwrap();
    // Impacts, or every value would be 0.
    let mut impacts = x.to_vec();
    impacts.iter_mut().step_by(97).for_each(|value| *value = *value + T::narrow(20.0));
    let mut map = plan.map();
    plan.process(&impacts, &mut map, &mut Scratch::new()).unwrap();
    map.values().to_vec()
}

fn coherence<T: Sample>(x: &[T]) -> Vec<f64> {
    let params = FastSpectralCorrelationParams { length: 64, ..Default::default() };
    let plan = params.plan::<T>(RATE, x.len()).unwrap();
    complex!(&plan, process, plan.output_len(), x)
}

fn permutations<T: Sample>(x: &[T]) -> Vec<f64> {
    let of = |dimension| {
        let plan = PermutationEntropyParams { dimension, ..Default::default() }.plan(x.len()).unwrap();
        plan.process(x, &mut Scratch::new()).unwrap().unwrap()
    };
    (2..=8).map(of).collect()
}

fn agreeing_stretches<T: Sample>(x: &[T]) -> Vec<f64> {
    let of = |dimension| {
        let plan = SampleEntropyParams { dimension, tolerance: 0.5 }.plan(x.len()).unwrap();
        plan.process(x, &mut Scratch::new()).unwrap().unwrap_or(-1.0)
    };
    (1..=4).map(of).collect()
}

fn entropy_of_envelope<T: Sample>(x: &[T]) -> Vec<f64> {
    vec![envelope_entropy(x).unwrap().unwrap()]
}

fn energy<T: Sample>(x: &[T]) -> Vec<f64> {
    wide(&teager_kaiser(x).unwrap())
}

fn wavelet_levels<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = DiscreteWaveletParams::default().plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.output_len(), x)
}

fn wavelet_packets<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = WaveletPacketParams::default().plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.output_len(), x)
}

fn wavelet_rows<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = CwtParams::default().plan::<T>(RATE, x.len()).unwrap();
    complex!(&plan, process, plan.output_len(), x)
}

fn wavelet_image<T: Sample>(x: &[T]) -> Vec<f64> {
    let x = &x[..x.len() / 32 * 32];
    let plan = CwtImageParams { columns: 32, ..Default::default() }.plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, magnitude, plan.output_len(), x)
}

fn low_pass<T: Sample>(x: &[T], order: usize, zero_phase: bool) -> Vec<f64> {
    let params = FilterParams { order, zero_phase, ..FilterParams::low_pass(Hertz(2000.0)) };
    real!(params.plan::<T>(RATE, x.len()).unwrap(), process, x.len(), x)
}

fn one_section<T: Sample>(x: &[T]) -> Vec<f64> {
    low_pass(x, 2, false)
}

fn sections_side_by_side<T: Sample>(x: &[T]) -> Vec<f64> {
    low_pass(x, 11, true)
}

fn taps<T: Sample>(x: &[T]) -> Vec<f64> {
    let params =
        FirParams { kind: FilterKind::LowPass, high: Some(Hertz(2000.0)), taps: 41, ..Default::default() };
    let plan = params.plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.output_len(), x)
}

fn rational_rate<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = ResampleParams::to(Hertz(5000.0)).plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.output_len(), x)
}

fn any_rate<T: Sample>(x: &[T]) -> Vec<f64> {
    let params = ResampleParams { to: Hertz(5003.7), method: ResampleMethod::AnyRatio };
    let plan = params.plan::<T>(RATE, x.len()).unwrap();
    real!(&plan, process, plan.output_len(), x)
}

fn orders<T: Sample>(x: &[T]) -> Vec<f64> {
    let points = [(Seconds(0.0), Hertz(300.0)), (Seconds(x.len() as f64 / RATE.0), Hertz(420.0))];
    let profile = SpeedProfile::from_speeds(&points).unwrap();
    let params = OrderTrackParams { samples_per_revolution: 16, ..Default::default() };
    let plan = params.plan::<T>(RATE, x.len(), &profile).unwrap();
    real!(&plan, process, plan.output_len(), x)
}

/// Coefficients: sums of products over the whole record, in f64 for both types.
fn linear_model<T: Sample>(x: &[T], method: AutoregressiveMethod) -> Vec<f64> {
    let params = AutoregressiveParams { method, order: AutoregressiveOrder::Fixed(8), ..Default::default() };
    autoregressive_model(x, &params).unwrap().coefficients
}

fn burg<T: Sample>(x: &[T]) -> Vec<f64> {
    linear_model(x, AutoregressiveMethod::Burg)
}

fn yule_walker<T: Sample>(x: &[T]) -> Vec<f64> {
    linear_model(x, AutoregressiveMethod::YuleWalker)
}

fn momeda<T: Sample>(x: &[T]) -> Vec<f64> {
    let plan = MomedaParams { filter_length: 20 }.plan::<T>(RATE, x.len()).unwrap();
    wide(&plan.deconvolve(x, Hertz(400.0)).unwrap().output)
}

fn minimum_entropy<T: Sample>(x: &[T]) -> Vec<f64> {
    let params = MinimumEntropyParams { filter_length: 12, iterations: 3, tolerance: 0.0 };
    let result = params.plan::<T>(RATE, x.len()).unwrap().deconvolve(x).unwrap();
    result.kurtosis.into_iter().chain(wide(&result.output)).collect()
}

fn modes<T: Sample>(x: &[T], params: &VmdParams) -> Vec<f64> {
    wide(params.plan::<T>(RATE, x.len()).unwrap().decompose(x).unwrap().0.as_slice().unwrap())
}

fn modes_with_dual_ascent<T: Sample>(x: &[T]) -> Vec<f64> {
    modes(x, &VmdParams { modes: 3, tau: 0.1, tolerance: 0.0, max_sweeps: 10, ..Default::default() })
}

fn many_modes<T: Sample>(x: &[T]) -> Vec<f64> {
    modes(x, &VmdParams { modes: 12, tolerance: 0.0, max_sweeps: 10, ..Default::default() })
}

fn modes_one_after_the_other<T: Sample>(x: &[T]) -> Vec<f64> {
    let params = SuccessiveVmdParams {
        max_modes: 1,
        centre_tolerance: 0.0,
        max_sweeps: 5,
        start: SuccessiveStart::Peak,
        ..Default::default()
    };
    let plan = params.plan::<T>(RATE, x.len()).unwrap();
    let (mut output, mut report) =
        (vec![T::default(); plan.output_len()], SuccessiveDecomposition::default());
    plan.process(x, &mut output, &mut report, &mut Scratch::new()).unwrap();
    wide(&output)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn spectra_and_envelopes_agree(x in records(600..1500)) {
        agree_all(&rows![
            mean: 64.0, remove_mean: 8.0, amplitude_spectrum: 64.0, real_fft: 64.0, real_fft_and_back: 64.0,
            welch: 64.0, stft: 64.0, stft_magnitude: 64.0, quadrature: 64.0, envelope_of: 64.0,
            lines_of_envelope: 64.0, lines_of_squared_envelope: 64.0, instantaneous_frequency: 512.0,
            kurtogram: 4096.0, coherence: 4096.0,
        ], &x)?;
    }

    #[test]
    fn entropies_and_energies_agree(x in records(600..1500)) {
        agree_all(&rows![
            permutations: SAME, agreeing_stretches: SAME, entropy_of_envelope: 512.0, energy: SAME,
        ], &x)?;
    }

    #[test]
    fn wavelets_agree(x in records(600..1500)) {
        agree_all(&rows![
            wavelet_levels: 16.0, wavelet_packets: 16.0, wavelet_rows: 256.0, wavelet_image: 256.0,
        ], &x)?;
    }

    #[test]
    fn filters_and_changes_of_the_rate_have_the_same_bits(x in records(600..1500)) {
        agree_all(&rows![
            one_section: SAME, sections_side_by_side: SAME, taps: SAME, rational_rate: SAME, any_rate: SAME,
            orders: SAME,
        ], &x)?;
    }

    #[test]
    fn separations_agree(x in records(600..1500)) {
        agree_all(&rows![burg: 1e5, yule_walker: 1e5, momeda: 1e6, minimum_entropy: 1e6], &x)?;
    }

    #[test]
    fn decompositions_agree(x in records(600..1500)) {
        agree_all(&rows![
            modes_with_dual_ascent: 4096.0, many_modes: 4096.0, modes_one_after_the_other: 4096.0,
        ], &x)?;
    }
}
