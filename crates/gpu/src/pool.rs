//! Largest values and means of windows over planes.

use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};
use crate::split::split;
use crate::view::{Target, View};

/// Windows that slide over planes `[height, width]`: samples `[channels, input]` to `[channels, output]`. A series has
/// height 1. Places beyond the input are left out, so that last windows may reach past it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Samples.
    pub batch: usize,
    /// Planes of a sample.
    pub channels: usize,
    /// Height and width of a plane.
    pub input: [usize; 2],
    /// Windows along both.
    pub output: [usize; 2],
    /// Taps of a window.
    pub kernel: [usize; 2],
    /// Step from one window to the next.
    pub stride: [usize; 2],
    /// Places ahead of the input, and behind it.
    pub padding: [usize; 2],
    /// Step from one tap to the next.
    pub dilation: [usize; 2],
}

impl Pool {
    fn launch(&self, kernel: Kernel, forwards: bool, pitches: [usize; 2], flags: [bool; 2]) -> Launch {
        let (own, [rows, columns]) =
            if forwards { (self.output, self.input) } else { (self.input, self.output) };
        let plane = own[0] * own[1];
        let count = self.batch * self.channels * plane;
        Launch::over(kernel, count)
            .n(&split(count, [self.channels * plane, plane, own[1]], &self.stride))
            .n(&[rows, columns])
            .n(&self.kernel)
            .n(&self.padding)
            .n(&self.dilation)
            .n(&pitches)
            .n(&flags.map(usize::from))
    }

    /// The largest value of every window. NaN wins over numbers, else the first of equal values in the order of rows.
    /// `places` takes a whole number (the bits of an i32) for every result, dense `[batch, channels, output]`: where in
    /// its plane the value stood, -1 for a window that sees nothing, whose result is minus infinity.
    pub fn largest(&self, x: View, y: View, places: At) -> Launch {
        let launch = self.launch(Kernel::PoolLargest, true, [x.pitch, y.pitch], [false; 2]);
        launch.at(&[x.at, y.at, places])
    }

    /// The gradient of the input of [`largest`](Self::largest), which gave `places`.
    pub fn largest_gradient(&self, dy: View, places: At, dx: Target) -> Launch {
        let pitches = [dy.pitch, dx.view.pitch];
        let launch = self.launch(Kernel::PoolLargestGradient, false, pitches, [dx.add, false]);
        launch.at(&[dy.at, places, dx.view.at])
    }

    /// The mean of every window over the taps inside the input, or, with `count_padding`, inside the input and its
    /// padding.
    pub fn mean(&self, count_padding: bool, x: View, y: View) -> Launch {
        let launch = self.launch(Kernel::PoolMean, true, [x.pitch, y.pitch], [false, count_padding]);
        launch.at(&[x.at, y.at])
    }

    /// The gradient of the input of [`mean`](Self::mean).
    pub fn mean_gradient(&self, count_padding: bool, dy: View, dx: Target) -> Launch {
        let pitches = [dy.pitch, dx.view.pitch];
        let launch = self.launch(Kernel::PoolMeanGradient, false, pitches, [dx.add, count_padding]);
        launch.at(&[dy.at, dx.view.at])
    }
}

/// As many windows as are asked for, from floor(i n / o) to ceil((i + 1) n / o) along both axes of planes `[height,
/// width]`: samples `[channels, input]` to `[channels, output]`. A series has height 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptivePool {
    /// Samples.
    pub batch: usize,
    /// Planes of a sample.
    pub channels: usize,
    /// Height and width of a plane.
    pub input: [usize; 2],
    /// Windows along both.
    pub output: [usize; 2],
}

impl AdaptivePool {
    fn forward(&self, kernel: Kernel, x: View, y: View) -> Launch {
        let [rows, columns] = self.output;
        let count = self.batch * self.channels * rows * columns;
        // Places of the largest windows, shared out over threads; neighbours along a row.
        let places = [0, 1].map(|axis| {
            let (len, windows) = (self.input[axis], self.output[axis].max(1));
            (len.div_ceil(windows) + usize::from(!len.is_multiple_of(windows))).next_power_of_two()
        });
        let lanes = (places[0] * places[1] / 4).clamp(1, THREADS);
        let down = (lanes / places[1].min(lanes).min(32)).min(places[0]);
        let along = (lanes / down).min(places[1]);
        let blocks = count.div_ceil(THREADS / (down * along)).max(1);
        Launch::blocks(kernel, [blocks, 1, 1])
            .at(&[x.at, y.at])
            .n(&split(count, [self.channels * rows * columns, rows * columns, columns], &[]))
            .n(&[rows, self.input[0], self.input[1], down.ilog2() as usize, along.ilog2() as usize])
            .n(&[x.pitch, y.pitch])
    }

    fn backward(&self, kernel: Kernel, dy: View, dx: Target) -> Launch {
        let [rows, columns] = self.input;
        let count = self.batch * self.channels * rows * columns;
        Launch::over(kernel, count)
            .n(&split(count, [self.channels * rows * columns, rows * columns, columns], &[rows]))
            .n(&self.output)
            .n(&[dy.pitch, dx.view.pitch, usize::from(dx.add)])
    }

    /// The largest value of every window and its place, as [`Pool::largest`] gives them.
    pub fn largest(&self, x: View, y: View, places: At) -> Launch {
        self.forward(Kernel::AdaptiveLargest, x, y).at(&[places])
    }

    /// The gradient of the input of [`largest`](Self::largest), which gave `places`.
    pub fn largest_gradient(&self, dy: View, places: At, dx: Target) -> Launch {
        self.backward(Kernel::AdaptiveLargestGradient, dy, dx).at(&[dy.at, places, dx.view.at])
    }

    /// The mean of every window.
    pub fn mean(&self, x: View, y: View) -> Launch {
        self.forward(Kernel::AdaptiveMean, x, y)
    }

    /// The gradient of the input of [`mean`](Self::mean).
    pub fn mean_gradient(&self, dy: View, dx: Target) -> Launch {
        self.backward(Kernel::AdaptiveMeanGradient, dy, dx).at(&[dy.at, dx.view.at])
    }
}
