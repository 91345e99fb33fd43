//! Sizes as kernels take them: with what makes divisions multiplications.

use crate::kernel::Kernel;
use crate::launch::{Launch, THREADS};
use crate::spread::divisor;

/// How many threads are enough to fill any GPU.
const ENOUGH: usize = 1 << 17;

/// `count` numbers in samples, planes and rows of these sizes, as `site` in `kernels/site.cu` takes them; `further`
/// divisors stand behind, each with its factor.
pub(crate) fn split(count: usize, sizes: [usize; 3], further: &[usize]) -> Vec<usize> {
    // The launch refuses sizes above that.
    let by: Vec<_> = sizes.iter().chain(further).map(|size| divisor((*size).min(1 << 31))).collect();
    let mut n = vec![count];
    n.extend(sizes);
    n.extend(by[..3].iter().map(|[_, factor, _]| factor));
    n.push(by.iter().rev().fold(0, |word, [.., shift]| word << 5 | shift));
    n.extend(by[3..].iter().flat_map(|[whole, factor, _]| [*whole, *factor]));
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
