//! Timing of our own side.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Median of sorted or unsorted numbers; NaN of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

/// Median seconds of one call of `work`, which is repeated for about `budget`. Short calls are timed in batches
/// of at least 20 µs, so that the clock itself does not count.
pub(crate) fn seconds(budget: Duration, mut work: impl FnMut()) -> f64 {
    work();
    let start = Instant::now();
    work();
    let batch = (20e-6 / start.elapsed().as_secs_f64().max(1e-9)).ceil().clamp(1.0, 1e5) as usize;
    let (mut times, end) = (Vec::new(), Instant::now() + budget);
    while Instant::now() < end || times.len() < 3 {
        let start = Instant::now();
        for _ in 0..batch {
            black_box(&mut work)();
        }
        times.push(start.elapsed().as_secs_f64() / batch as f64);
    }
    median(times)
}
