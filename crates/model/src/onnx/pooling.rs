//! Windows, and what they, an axis or a whole map are gathered to.

use super::proto::Attribute;
use super::writer::{Writer, count, counts, int, whole};
use crate::graph::Gather;
use crate::ops::Window;

/// The operator that gathers whole axes.
pub(super) fn reduce(gather: Gather) -> &'static str {
    match gather {
        Gather::Mean => "ReduceMean",
        Gather::Max => "ReduceMax",
    }
}

/// Kernel, step and zeros before and behind, along the last `axes` of height and width.
pub(super) fn windows(window: &Window, axes: usize, [before, behind]: [[usize; 2]; 2]) -> Vec<Attribute> {
    let first = 2 - axes;
    vec![
        counts("kernel_shape", &window.kernel[first..]),
        counts("strides", &window.stride[first..]),
        counts("pads", &[&before[first..], &behind[first..]].concat()),
    ]
}

/// Steps between taps along the last `axes` of height and width.
pub(super) fn dilations(window: &Window, axes: usize) -> Attribute {
    counts("dilations", &window.dilation[2 - axes..])
}

impl Writer<'_> {
    /// Sliding windows over `[C, L]` or `[C, H, W]`. A last window that the stride would cut off is had by padding
    /// behind, not by `ceil_mode`: what that means for a mean changed between opsets and runtimes.
    pub(super) fn pool(
        &mut self,
        x: &str,
        [shape, given]: [&[usize]; 2],
        gather: Gather,
        window: &Window,
        count_padding: bool,
    ) -> String {
        let axes = shape.len() - 1;
        let mut behind = window.padding;
        for axis in 2 - axes..2 {
            let (size, windows) = (shape[axis + axes - 1], given[axis + axes - 1]);
            let end =
                (windows - 1) * window.stride[axis] + window.dilation[axis] * (window.kernel[axis] - 1) + 1;
            behind[axis] = behind[axis].max(end.saturating_sub(size + window.padding[axis]));
        }
        match gather {
            Gather::Max if (0..2).any(|axis| behind[axis] >= window.kernel[axis]) => {
                // Runtimes want less padding than there are taps.
                let x = self.padded(x, [window.padding, behind], axes, f64::NEG_INFINITY);
                let mut attributes = windows(window, axes, [[0; 2]; 2]);
                attributes.push(dilations(window, axes));
                self.emit("MaxPool", &[&x], attributes)
            }
            Gather::Max => {
                let mut attributes = windows(window, axes, [window.padding, behind]);
                attributes.push(dilations(window, axes));
                self.emit("MaxPool", &[x], attributes)
            }
            Gather::Mean if count_padding && behind != window.padding => {
                // The padding counts, what stands behind it for the last window does not.
                let x = self.padded(x, [window.padding; 2], axes, 0.0);
                let rest = [0, 1].map(|axis| behind[axis] - window.padding[axis]);
                self.emit("AveragePool", &[&x], windows(window, axes, [[0; 2], rest]))
            }
            Gather::Mean => {
                let mut attributes = windows(window, axes, [window.padding, behind]);
                attributes.push(count("count_include_pad", usize::from(count_padding)));
                self.emit("AveragePool", &[x], attributes)
            }
        }
    }

    fn padded(&mut self, x: &str, [before, behind]: [[usize; 2]; 2], axes: usize, value: f64) -> String {
        let first = 2 - axes;
        let pads = [&[0, 0], &before[first..], &[0, 0], &behind[first..]].concat();
        let (pads, value) = (self.ints(&whole(&pads)), self.number(value));
        self.emit("Pad", &[x, &pads, &value], Vec::new())
    }

    /// As many windows as are asked for. ONNX has no such operator: windows of one size are a pooling, others are cut
    /// out one by one.
    pub(super) fn adaptive_pool(
        &mut self,
        x: &str,
        shape: &[usize],
        gather: Gather,
        output: [usize; 2],
    ) -> String {
        let axes = shape.len() - 1;
        let (sizes, windows) = (&shape[1..], &output[2 - axes..]);
        if sizes.iter().zip(windows).all(|(size, windows)| size % windows == 0) {
            let each: Vec<usize> = sizes.iter().zip(windows).map(|(size, windows)| size / windows).collect();
            let operator = match gather {
                Gather::Mean => "AveragePool",
                Gather::Max => "MaxPool",
            };
            return self.emit(operator, &[x], vec![counts("kernel_shape", &each), counts("strides", &each)]);
        }
        let mut x = x.to_owned();
        for (axis, (&size, &windows)) in sizes.iter().zip(windows).enumerate() {
            let axis = axis + 1;
            let parts: Vec<String> = (0..windows)
                .map(|i| {
                    let (from, to) = (i * size / windows, ((i + 1) * size).div_ceil(windows));
                    let part = self.slice(&x, axis, from, to - from);
                    let attributes = vec![counts("axes", &[axis + 1]), int("keepdims", 1)];
                    self.emit(reduce(gather), &[&part], attributes)
                })
                .collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            x = self.emit("Concat", &parts, vec![count("axis", axis + 1)]);
        }
        x
    }
}
