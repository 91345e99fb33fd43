//! Sizes as kernels take them: with what makes divisions multiplications.

use crate::kernel::Kernel;
use crate::launch::{Launch, THREADS};

/// How many threads are enough to fill any GPU.
const ENOUGH: usize = 1 << 17;

/// A number's multiplier and shift: for `x` below 2^31, `x / d` is the upper half of `2 x` times the multiplier, shifted.
fn divisor(d: usize) -> (usize, usize) {
    let d = d.max(1) as u64;
    let shift = u64::BITS - (d - 1).leading_zeros();
    let multiplier = (1_u128 << (31 + shift)).div_ceil(u128::from(d));
    (multiplier as usize, shift as usize)
}

/// `count` numbers in samples, planes and rows of these sizes, as `spot` in `kernels/spot.cu` takes them; `further`
/// divisors stand behind, each with its multiplier.
pub(crate) fn split(count: usize, sizes: [usize; 3], further: &[usize]) -> Vec<usize> {
    let (multipliers, shifts): (Vec<_>, Vec<_>) =
        sizes.iter().chain(further).map(|size| divisor(*size)).unzip();
    // A shift of 32 bits or more is that of a number which the launch refuses.
    let word = shifts.iter().rev().fold(0, |word, shift| word << 5 | (*shift & 31));
    let mut n = vec![count];
    n.extend(sizes);
    n.extend(&multipliers[..3]);
    n.push(word);
    n.extend(further.iter().zip(&multipliers[3..]).flat_map(|(size, multiplier)| [*size, *multiplier]));
    n
}

/// A kernel over the columns of samples `[outer, len, inner]`, as `own_column` in `kernels/lanes.cu` takes them.
pub(crate) fn columns(kernel: Kernel, batch: usize, [outer, len, inner]: [usize; 3]) -> Launch {
    let count = batch * outer * inner;
    let lanes = if inner == 1 {
        // Neighbouring threads read what lies side by side.
        len.div_ceil(4).next_power_of_two().clamp(1, THREADS)
    } else {
        let wanted = (ENOUGH / count.max(1)).clamp(1, 8).min(len.div_ceil(4).max(1));
        1 << wanted.ilog2()
    };
    let apart = if inner == 1 { 1 } else { THREADS / lanes };
    let blocks = count.div_ceil(THREADS / lanes).max(1);
    let n = split(count, [outer * inner, inner, 1], &[]);
    Launch::blocks(kernel, [blocks, 1, 1]).n(&n).n(&[len, lanes.ilog2() as usize, apart.ilog2() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiplication_gives_every_quotient() {
        for d in
            (1..70).chain([127, 128, 129, 1000, 65_535, 65_536, 1 << 30, (1 << 30) + 1, i32::MAX as usize])
        {
            let (multiplier, shift) = divisor(d);
            assert!(multiplier < 1 << 32);
            let most = i32::MAX as usize;
            for x in
                (0..300).chain([d - 1, d, d + 1, 2 * d - 1, most / d * d - 1, most / d * d, most - 1, most])
            {
                if x <= most {
                    assert_eq!((2 * x * multiplier) >> 32 >> shift, x / d, "{x} / {d}");
                }
            }
        }
    }
}
