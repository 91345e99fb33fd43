//! The sliding window of convolutions and poolings.

/// Kernel, stride, padding and dilation along the two spatial axes (height, width).
/// A series is an image of height 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 2],
    /// Step between neighbouring positions.
    pub stride: [usize; 2],
    /// Places added on either side.
    pub padding: [usize; 2],
    /// Step between neighbouring taps.
    pub dilation: [usize; 2],
}

impl Window {
    /// The number of positions along each axis: `(n + 2p - d(k - 1) - 1) / s + 1`, rounded down.
    ///
    /// # Errors
    /// Says what is wrong when a size is zero or the window is larger than the padded input.
    pub(crate) fn positions(&self, input: [usize; 2]) -> Result<[usize; 2], String> {
        let mut out = [0; 2];
        for axis in 0..2 {
            let (k, s, p, d) =
                (self.kernel[axis], self.stride[axis], self.padding[axis], self.dilation[axis]);
            if k == 0 || s == 0 || d == 0 {
                return Err(format!("kernel {k}, stride {s} and dilation {d} must be at least 1"));
            }
            let extent = d
                .checked_mul(k - 1)
                .and_then(|v| v.checked_add(1))
                .ok_or_else(|| format!("kernel {k} with dilation {d} is too large"))?;
            let padded = p
                .checked_mul(2)
                .and_then(|v| v.checked_add(input[axis]))
                .ok_or_else(|| format!("padding {p} is too large"))?;
            if padded < extent {
                return Err(format!(
                    "a window of {extent} does not fit into {} values padded by {p} on either side",
                    input[axis]
                ));
            }
            out[axis] = (padded - extent) / s + 1;
        }
        Ok(out)
    }

    /// The range of output positions along `axis` whose tap `tap` falls inside the input.
    pub(crate) fn inside(
        &self,
        axis: usize,
        tap: usize,
        input: usize,
        output: usize,
    ) -> std::ops::Range<usize> {
        let (s, p) = (self.stride[axis], self.padding[axis]);
        let shift = tap * self.dilation[axis];
        // 0 <= o*s + shift - p < input
        let low = p.saturating_sub(shift).div_ceil(s).min(output);
        let high = (input + p).saturating_sub(shift).div_ceil(s).min(output);
        low..high.max(low)
    }

    /// Whether every position sees exactly one input value, each once and in order.
    pub(crate) fn is_identity(&self) -> bool {
        self.kernel == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0]
    }

    pub(crate) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}

/// Positions of a pooling along each axis. With `ceil` a last window that the stride would cut off counts too, as long
/// as it begins inside the input or the padding before it (PyTorch's rule).
///
/// # Errors
/// As [`Window::positions`]; a padding of more than half the kernel, which would leave windows empty.
pub(crate) fn pooled(window: &Window, ceil: bool, input: [usize; 2]) -> Result<[usize; 2], String> {
    let mut out = window.positions(input)?;
    for axis in 0..2 {
        let (k, s, p, d) =
            (window.kernel[axis], window.stride[axis], window.padding[axis], window.dilation[axis]);
        if 2 * p > k {
            return Err(format!("padding {p} is more than half the kernel {k}: some windows would be empty"));
        }
        let room = input[axis] + 2 * p - (d * (k - 1) + 1);
        if ceil && !room.is_multiple_of(s) && out[axis].saturating_mul(s) < input[axis] + p {
            out[axis] += 1;
        }
    }
    Ok(out)
}

/// Height and width of `[B, C, L]` or `[B, C, H, W]`.
pub(crate) fn spatial(dims: &[usize]) -> Option<[usize; 2]> {
    match *dims {
        [_, _, l] => Some([1, l]),
        [_, _, h, w] => Some([h, w]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_range_is_what_the_definition_says() {
        for k in 1..5 {
            for s in 1..4 {
                for p in 0..5 {
                    for d in 1..3 {
                        for n in 1..9 {
                            let window =
                                Window { kernel: [1, k], stride: [1, s], padding: [0, p], dilation: [1, d] };
                            let Ok([_, out]) = window.positions([1, n]) else {
                                continue;
                            };
                            for tap in 0..k {
                                let expected: Vec<usize> = (0..out)
                                    .filter(|o| {
                                        let i = (o * s + tap * d) as isize - p as isize;
                                        i >= 0 && i < n as isize
                                    })
                                    .collect();
                                let got: Vec<usize> = window.inside(1, tap, n, out).collect();
                                assert_eq!(got, expected);
                            }
                        }
                    }
                }
            }
        }
    }
}
