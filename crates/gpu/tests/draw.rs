//! What is left out by chance, or is missing.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::At;
use brinell_gpu::{dropout, sensor_factors};
use numbers::{apart, at, close, numbers, run, target, together, view, wide};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn dropout_takes_word_after_word_of_the_stream() {
    for (batch, count, rate, add) in [(3, 1500, 0.3, false), (1, 17, 0.9, true), (2, 4096, 0.0, false)] {
        let seed: [u8; 32] = std::array::from_fn(|i| (i * 37 + 11) as u8);
        let mut key: Vec<f32> =
            seed.chunks(4).map(|word| f32::from_bits(u32::from_le_bytes(word.try_into().unwrap()))).collect();
        let limit = (rate * 4_294_967_296.0_f64).round().min(f64::from(u32::MAX)) as u32;
        let scale = (1.0 / (1.0 - rate)) as f32;
        key.extend([f32::from_bits(limit), scale]);
        let [x, old] = [1, 2].map(|seed| numbers(seed, batch * count));
        let buffers = [key, apart(&x, count, count + 3), apart(&old, count, count + 1)];
        let launch = dropout(batch, count, at(0), view(1, count + 3), target(2, count + 1, add));
        let found = run(&buffers, &[launch]);
        let mut generator = ChaCha8Rng::from_seed(seed);
        let expected = x.iter().zip(&old).map(|(x, old)| {
            let kept = if generator.next_u32() >= limit { x * scale } else { 0.0 };
            f64::from(if add { old + kept } else { kept })
        });
        let expected: Vec<f64> = expected.collect();
        assert_eq!(together(&found[2], count, count + 1), expected);
    }
}

/// Sensors that are there, their draws, what they are multiplied by.
type Row<'a> = (&'a [bool], &'a [f64], &'a [f64]);

#[test]
fn sensors_that_are_missing_or_taken_away_leave_their_share_to_the_others() {
    let rate = 0.5;
    let rows: [Row<'_>; 5] = [
        (&[true, true, true], &[0.9, 0.7, 0.6], &[1.0, 1.0, 1.0]),
        (&[true, true, true], &[0.9, 0.3, 0.6], &[1.5, 0.0, 1.5]),
        // The one of the highest draw stays.
        (&[true, true, true], &[0.1, 0.3, 0.2], &[0.0, 3.0, 0.0]),
        (&[true, false, true], &[0.1, 0.9, 0.5], &[0.0, 0.0, 3.0]),
        (&[false, false, false], &[0.9, 0.9, 0.9], &[0.0, 0.0, 0.0]),
    ];
    let each = 700;
    let mut x = Vec::new();
    for (there, _, _) in rows {
        for there in there {
            // A single number that is not 0 is enough.
            x.extend((0..each).map(|i| if *there && i == 600 { -1e-20 } else { -0.0 }));
        }
    }
    let draws = rows.iter().flat_map(|(_, draws, _)| draws.iter());
    let words = draws.flat_map(|draw| [draw.to_bits() as u32, (draw.to_bits() >> 32) as u32]);
    let (count, pitch) = (3 * each, 3 * each + 4);
    let buffers = [apart(&x, count, pitch), words.map(f32::from_bits).collect(), vec![7.0; 15]];
    let found = run(&buffers, &[sensor_factors(5, 3, each, at(1), rate, view(0, pitch), at(2))]);
    let expected: Vec<f64> = rows.iter().flat_map(|(_, _, factors)| factors.to_vec()).collect();
    close("factors", &wide(&found[2]), &expected);

    let found = run(&buffers, &[sensor_factors(5, 3, each, At::NOWHERE, 0.0, view(0, pitch), at(2))]);
    let all = [1.0; 9].into_iter().chain([1.5, 0.0, 1.5]).chain([0.0; 3]);
    close("factors", &wide(&found[2]), &all.collect::<Vec<_>>());
}
