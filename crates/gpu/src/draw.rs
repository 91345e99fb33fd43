//! What is left out by chance, or is missing.

use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};
use crate::spread::divisor;
use crate::view::{Target, View};

/// Words of a block of ChaCha: what a thread draws.
const WORDS: usize = 16;

/// `y` is `x` times a scale, or 0 where the number's word of a stream is below a limit; the same forwards and for gradients.
/// At `key` lie ten words: the eight of the key of a ChaCha with 8 rounds, the limit (a whole number) and the scale (a
/// number); number `i` of the batch, sample after sample, takes word `i` of the stream.
pub fn dropout(batch: usize, count: usize, key: At, x: View, y: Target) -> Launch {
    let all = batch * count;
    Launch::blocks(Kernel::Dropout, [all.div_ceil(WORDS * THREADS).max(1), 1, 1])
        .at(&[key, x.at, y.view.at])
        .n(&[all])
        .n(&divisor(count))
        .n(&[x.pitch, y.view.pitch, usize::from(y.add)])
}

/// What every sensor of a sample is multiplied by, `factors` `[batch, sensors]`: the number of all over that of those kept,
/// or 0. A sensor whose numbers, `numbers_each`, are all 0 is missing. `draws` are doubles `[batch, sensors]` at an even
/// offset: a sensor whose draw is below the rate is taken away, but where that leaves none the one of the highest draw
/// stays. Without draws ([`At::NOWHERE`]) all that are there are kept.
pub fn sensor_factors(
    batch: usize,
    sensors: usize,
    numbers_each: usize,
    draws: At,
    rate: f64,
    x: View,
    factors: At,
) -> Launch {
    let bits = rate.to_bits();
    let words = [bits & u64::from(u32::MAX), bits >> 32].map(|word| word as usize);
    Launch::blocks(Kernel::SensorFactors, [batch.max(1), 1, 1])
        .at(&[x.at, draws, factors])
        .n(&[sensors, numbers_each, x.pitch])
        .n(&words)
}
