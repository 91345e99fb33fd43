//! Reductions along one axis, and softmax.

use crate::kernel::Kernel;
use crate::launch::{At, Launch};
use crate::split::{columns, split};
use crate::view::{Target, View};

/// One axis of samples, with all axes ahead of it and all behind it each as one: `[outer, len, inner]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// Samples.
    pub batch: usize,
    /// Product of the axes ahead.
    pub outer: usize,
    /// The axis.
    pub len: usize,
    /// Product of the axes behind.
    pub inner: usize,
}

impl Axis {
    fn columns(&self, kernel: Kernel) -> Launch {
        columns(kernel, self.batch, [self.outer, self.len, self.inner])
    }

    fn one_by_one(&self, kernel: Kernel) -> Launch {
        let plane = self.len * self.inner;
        let count = self.batch * self.outer * plane;
        Launch::over(kernel, count).n(&split(count, [self.outer * plane, plane, self.inner], &[]))
    }

    /// The mean, `[outer, inner]`.
    pub fn mean(&self, x: View, y: View) -> Launch {
        self.columns(Kernel::AxisMean).at(&[x.at, y.at]).n(&[x.pitch, y.pitch])
    }

    /// The gradient of the input of [`mean`](Self::mean).
    pub fn mean_gradient(&self, dy: View, dx: Target) -> Launch {
        self.one_by_one(Kernel::AxisMeanGradient).at(&[dy.at, dx.view.at]).n(&[
            self.len,
            dy.pitch,
            dx.view.pitch,
            usize::from(dx.add),
        ])
    }

    /// The largest value, `[outer, inner]`: the first of NaN, else the first of equal ones. `places` takes a whole number
    /// (the bits of an i32) for each, dense `[batch, outer, inner]`: where along the axis it stood.
    pub fn largest(&self, x: View, y: View, places: At) -> Launch {
        self.columns(Kernel::AxisLargest).at(&[x.at, y.at, places]).n(&[x.pitch, y.pitch])
    }

    /// The gradient of the input of [`largest`](Self::largest), which gave `places`.
    pub fn largest_gradient(&self, dy: View, places: At, dx: Target) -> Launch {
        self.one_by_one(Kernel::AxisLargestGradient).at(&[dy.at, places, dx.view.at]).n(&[
            self.outer * self.inner,
            dy.pitch,
            dx.view.pitch,
            usize::from(dx.add),
        ])
    }

    /// Exponentials over their sum, of the input's shape.
    pub fn softmax(&self, x: View, y: View) -> Launch {
        self.columns(Kernel::AxisSoftmax).at(&[x.at, y.at]).n(&[x.pitch, y.pitch])
    }

    /// The gradient of the input of [`softmax`](Self::softmax), from its result.
    pub fn softmax_gradient(&self, y: View, dy: View, dx: Target) -> Launch {
        self.columns(Kernel::AxisSoftmaxGradient).at(&[y.at, dy.at, dx.view.at]).n(&[
            y.pitch,
            dy.pitch,
            dx.view.pitch,
            usize::from(dx.add),
        ])
    }
}
