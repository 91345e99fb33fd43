//! Sums that several blocks take parts of, in a fixed order.

use crate::kernel::Kernel;
use crate::launch::{At, Launch};
use crate::split::columns;

/// Most parts of a sum.
const MOST: usize = 128;

/// How many stretches of `all` a block takes, and how many blocks there are, so that with `others` beside them they are
/// as many as `wanted`.
pub(crate) fn shares(all: usize, others: usize, wanted: usize) -> [usize; 2] {
    let all = all.max(1);
    let each = all.div_ceil((wanted / others.max(1)).clamp(1, all.min(MOST)));
    [each, all.div_ceil(each)]
}

/// The sums over `parts` `[count, first + second]`, to two places.
pub(crate) fn sum(parts: At, count: usize, to: [(At, usize); 2], add: bool) -> Launch {
    let [(first, numbers), (second, more)] = to;
    columns(Kernel::SumsOfParts, 1, [1, count, numbers + more])
        .at(&[parts, first, second])
        .n(&[numbers, usize::from(add)])
}
