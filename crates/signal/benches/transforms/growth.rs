//! How our own time grows, what one sweep costs beside the machine's bound, and what two cores bring.

use std::hint::black_box;
use std::time::{Duration, Instant};

use brinell_signal::vmd::{VmdParams, VmdSolver};

use crate::clock::{median, seconds};
use crate::rows::{LEN, RATE, cwt, decomposition, outcome, samples};

const BUDGET: Duration = Duration::from_millis(200);

/// Sweeps that never end early, so that the work is known.
fn endless(modes: usize, sweeps: usize) -> VmdParams {
    VmdParams { modes, tolerance: 0.0, max_sweeps: sweeps, ..VmdParams::default() }
}

/// Time of one bin of one mode in one sweep: the difference of two runs, so that the cosine transforms do not
/// count.
fn per_cell<T: brinell_signal::Sample>(modes: usize) -> f64 {
    let time = |sweeps| seconds(BUDGET, decomposition::<T>(&endless(modes, sweeps), LEN));
    (time(300) - time(100)) / 200.0 / (LEN * modes) as f64
}

pub(crate) fn sweeps() {
    println!("\nVMD: one bin of one mode in one sweep, {LEN} samples");
    println!("| K | f64, ns | f32, ns |\n|---|---|---|");
    for modes in [2, 4, 8] {
        println!("| {modes} | {:.3} | {:.3} |", per_cell::<f64>(modes) * 1e9, per_cell::<f32>(modes) * 1e9);
    }
    let (add, divide) = (throughput(|x, y| x + y), throughput(|x, y| x / y));
    println!(
        "The machine's bound, measured here: {add:.3} ns for one addition and {divide:.3} ns for one division of f64 \
         in vectors from the first cache. A cell takes ten additions or products and one division: from {:.2} ns \
         (one division, all else hidden behind it) to {:.2} ns (one after the other) in f64, half of that in f32.",
        divide.max(5.0 * add),
        divide + 10.0 * add
    );
}

/// Nanoseconds of one operation on f64 in vectors, memory in the first cache.
fn throughput(operation: impl Fn(f64, f64) -> f64 + Copy) -> f64 {
    struct Many<'a, F> {
        values: &'a mut [f64],
        operation: F,
    }
    impl<F: Fn(f64, f64) -> f64> pulp::WithSimd for Many<'_, F> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) {
            // Eight operations on each number, so that loading and storing do not count.
            for value in self.values {
                let mut x = *value;
                for _ in 0..8 {
                    x = (self.operation)(x, 1.000_000_1);
                }
                *value = x;
            }
        }
    }
    let mut values = vec![1.5; 1024];
    let arch = pulp::Arch::new();
    let time = seconds(BUDGET, || arch.dispatch(Many { values: black_box(&mut values), operation }));
    time / (8 * 1024) as f64 * 1e9
}

pub(crate) fn fixed_point() {
    println!("\nVMD K=8, f32, from the same start until no centre moves by more than 1e-6 cycles a sample");
    let params =
        VmdParams { modes: 8, centre_tolerance: Some(1e-6), max_sweeps: 100_000, ..VmdParams::default() };
    let sweep = seconds(BUDGET, decomposition::<f32>(&params, LEN));
    let params = VmdParams { solver: VmdSolver::FixedPoint, ..params };
    let fixed = seconds(BUDGET, decomposition::<f32>(&params, LEN));
    println!(
        "sweeps {:.1} µs, fixed point {:.1} µs: {:.2}x (bar 2x: {})",
        sweep * 1e6,
        fixed * 1e6,
        sweep / fixed,
        outcome(sweep / fixed, 2.0, None)
    );
}

pub(crate) fn growth() {
    println!("\nGrowth, µs (100 sweeps of VMD in f32; CWT complex f32)");
    println!("| samples | VMD K=4 | VMD K=8 | CWT 64 scales | CWT 128 scales |\n|---|---|---|---|---|");
    for len in [512, 1024, 2048, 4096, 8192, 16_384] {
        let vmd = |modes| seconds(BUDGET, decomposition::<f32>(&endless(modes, 100), len)) * 1e6;
        let wavelet = |rows| seconds(BUDGET, cwt(rows, len)) * 1e6;
        println!("| {len} | {:.0} | {:.0} | {:.0} | {:.0} |", vmd(4), vmd(8), wavelet(64), wavelet(128));
    }
}

pub(crate) fn batch() {
    let plan = VmdParams::default().plan::<f32>(RATE, LEN).expect("a plan");
    let all: Vec<f32> = samples(LEN + 1000);
    let segments: Vec<&[f32]> = (0..1000).map(|start| &all[start..start + LEN]).collect();
    let mut output = vec![0.0; segments.len() * plan.output_len()];
    let mut time = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let mut once = || {
            let start = Instant::now();
            pool.install(|| plan.process_many(black_box(&segments), &mut output)).expect("decompositions");
            start.elapsed().as_secs_f64()
        };
        once();
        once()
    };
    let rounds: Vec<(f64, f64)> = (0..9).map(|_| (time(1), time(2))).collect();
    let ratio = median(rounds.iter().map(|(one, two)| one / two).collect());
    let one = median(rounds.iter().map(|(one, _)| *one).collect());
    println!(
        "\n1000 segments, VMD K=4, f32: one thread {:.0} segments/s, two threads {:.2}x (bar 1.8x: {}; medians of {} rounds)",
        1000.0 / one,
        ratio,
        outcome(ratio, 1.8, Some("1.92 on a quiet machine, 1.62 to 1.71 where other work runs beside")),
        rounds.len()
    );
}
