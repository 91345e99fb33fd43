//! Variational mode decomposition of many segments at once, a block a segment.
//!
//! The algorithm is that of `brinell-signal`: the segment continued by its mirror image, so on its cosine coefficients;
//! sweeps that take the centres from before them; the same stop rules, scales and order of the modes. Coefficients are f32;
//! sums over a block end in f64, and first moments are about the mode's centre, so that rounding does not
//! move centres.
//!
//! # Costs
//! * Time: a sweep takes about 15 instructions for a mode and a coefficient, and three barriers for every four modes. Of
//!   the memory it touches registers and shared memory alone as long as `modes * len` is at most 8192 (with `tau > 0`
//!   `(modes + 1) * len`; lengths count rounded up to 512); modes beyond are read and written in the second-level cache. A
//!   pass of the fixed point takes about as long as two sweeps, and no memory but the coefficients. Transforms are one
//!   complex one of `len` for a segment and one for two modes: little beside some dozen sweeps.
//! * Memory: of a segment `len` samples, `modes * len` results, `4 + 3 modes` of the report, and [`Vmd::scratch`] /
//!   [`segments`](Vmd::segments) numbers, which are `5 len + 4` as long as no more than four modes lie beyond shared memory,
//!   and one `len` more (rounded up) for each of those further. A segment of 2048 samples with 4 modes takes 80 KiB in all,
//!   so that 100,000 of them are 8.2 GB: give as many to a launch as there is room for, at least some thousands, since a
//!   launch waits for its slowest segment.
//! * Rounding: where sweeps come to rest, modes are some 1e-7 of the segment's peak from those in f64, at most some 1e-6,
//!   and centres some 1e-8 cycles a sample, at most some 1e-7. Where they are broken off while modes still wander, as more
//!   modes than bands and `tau > 0` do, it is up to some 1e-4. They end after as many sweeps as in f64, but for one less or
//!   more now and then at tolerances of 1e-8 and below.
//!
//! # Limits
//! Segments of up to 4096 samples, a length with no prime factor above 5; up to 32 modes; one channel. What `vmdpy` does
//! wrong is not there to be had.

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};
use crate::view::View;

/// Most samples of a segment.
const MOST_SAMPLES: usize = 4096;
/// Most modes: `VMD_MODES`.
const MOST_MODES: usize = 32;
/// Most iterations: as numbers that f32 holds.
const MOST_ITERATIONS: usize = 1 << 24;
/// Filters from none at all to the narrowest whose numbers f32 holds.
const LEAST_ALPHA: f64 = 1e-6;
const MOST_ALPHA: f64 = 1e30;
/// Numbers of modes in shared memory: `VMD_TILE`.
const TILE: usize = 8192;
/// Numbers of a segment's scratch before its coefficients: `VMD_INFO`.
const INFO: usize = 4;
/// Numbers of a report before those of its modes: `VMD_REPORT`.
const REPORT: usize = 4;
/// Where the fixed point rests unless said, as that of `brinell-signal` in f32, in cycles a sample.
const REST: f64 = 1e-6;

/// Where the modes' centres begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VmdStart {
    /// All at 0.
    Zero,
    /// Mode `k` of `K` at `k/K` of half the rate.
    Uniform,
    /// These of the buffer, one for each mode, in cycles a sample, 0 to 0.5; the same for all segments.
    Centres(At),
}

/// How the problem is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VmdSolver {
    /// Sweeps over the modes.
    Sweep,
    /// For `tau = 0`: all modes in closed form, then their centres, until they rest.
    FixedPoint,
}

/// Variational mode decompositions of one launch.
///
/// ```
/// use brinell_gpu::{At, Vmd, VmdSolver, VmdStart, View};
/// let vmd = Vmd {
///     segments: 100,
///     len: 2048,
///     modes: 4,
///     alpha: 2000.0,
///     tau: 0.0,
///     dc: false,
///     start: VmdStart::Uniform,
///     tolerance: 1e-7,
///     centre_tolerance: None,
///     most_iterations: 499,
///     solver: VmdSolver::Sweep,
///     raw: false,
/// };
/// assert_eq!(vmd.scratch()?, 100 * (5 * 2048 + 4));
/// let at = |buffer| At { buffer, offset: 0 };
/// let launches = vmd.run(View { at: at(0), pitch: 2048 }, at(1), at(2), at(3))?;
/// assert_eq!(launches.len(), 3);
/// assert!(Vmd { len: 2011, ..vmd }.run(View { at: at(0), pitch: 2011 }, at(1), at(2), at(3)).is_err());
/// # Ok::<(), brinell_gpu::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vmd {
    /// Segments.
    pub segments: usize,
    /// Samples of a segment.
    pub len: usize,
    /// Modes.
    pub modes: usize,
    /// `α` of the filter `1/(1 + α(ν - ω)²)`, with `ν` and `ω` in cycles a sample.
    pub alpha: f64,
    /// Step of the dual ascent.
    pub tau: f64,
    /// Whether the first mode stays at 0.
    pub dc: bool,
    /// Where the centres begin.
    pub start: VmdStart,
    /// Sweeps end when `2⁻⁵² + Σ|u_new - u_old|²/(2 len)`, over all modes and coefficients, is at most this.
    pub tolerance: f64,
    /// End instead when no centre moves by more than this, in cycles a sample. Unless said, sweeps end by the tolerance and
    /// the fixed point by 1e-6.
    pub centre_tolerance: Option<f64>,
    /// Most sweeps, or passes of the fixed point.
    pub most_iterations: usize,
    /// How the problem is solved.
    pub solver: VmdSolver,
    /// Whether the tolerance is in squared units of the numbers as they are; else of the segment's RMS.
    pub raw: bool,
}

/// How the iterations of a segment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VmdEnd {
    /// The most iterations were made.
    MostIterations,
    /// The stop rule was met.
    Converged,
    /// A sample is NaN or infinite: the modes are NaN.
    NotFinite,
    /// The dual ascent ran out of bounds, its step is too large: the modes are NaN.
    OutOfBounds,
}

/// A mode of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VmdMode {
    /// Its centre, in cycles a sample.
    pub centre: f32,
    /// Its share of the power of the segment. 0 when nothing was left for it.
    pub share: f32,
    /// Its place in the start.
    pub place: usize,
}

/// How the decomposition of a segment went.
#[derive(Debug, Clone, PartialEq)]
pub struct VmdReport {
    /// How it ended.
    pub end: VmdEnd,
    /// Sweeps, or passes of the fixed point.
    pub iterations: usize,
    /// Change of the modes in the last sweep, as the tolerance measures it; 0 of the fixed point.
    pub change: f32,
    /// Farthest move of a centre in the last iteration, in cycles a sample.
    pub centre_change: f32,
    /// The modes in the order of the rows.
    pub modes: Vec<VmdMode>,
}

impl VmdReport {
    /// Of the numbers of one segment, [`Vmd::report`] of them.
    pub fn read(numbers: &[f32]) -> Self {
        let (whole, of_modes) = numbers.split_at(REPORT);
        let count = of_modes.len() / 3;
        let (centres, rest) = of_modes.split_at(count);
        let (shares, places) = rest.split_at(count);
        let modes = centres.iter().zip(shares).zip(places);
        let end = match whole[0] {
            0.0 => VmdEnd::MostIterations,
            1.0 => VmdEnd::Converged,
            2.0 => VmdEnd::NotFinite,
            _ => VmdEnd::OutOfBounds,
        };
        Self {
            end,
            iterations: whole[1] as usize,
            change: whole[2],
            centre_change: whole[3],
            modes: modes
                .map(|((centre, share), place)| VmdMode {
                    centre: *centre,
                    share: *share,
                    place: *place as usize,
                })
                .collect(),
        }
    }
}

impl Vmd {
    /// Whether the kernels take all of it.
    ///
    /// # Errors
    /// [`Error::Refused`] with what they do not take.
    pub fn check(&self) -> Result<()> {
        let refuse = |what, allowed: &str, found: String| {
            Err(Error::Refused { what, allowed: allowed.to_owned(), found })
        };
        if self.segments == 0 || self.segments > i32::MAX as usize {
            let what = "the number of segments of a mode decomposition";
            return refuse(what, "within 1 to 2^31 - 1", self.segments.to_string());
        }
        if self.len > MOST_SAMPLES || radices(self.len).is_none() {
            let allowed =
                "within 1 to 4096 samples and have no prime factor above 5 (such as 1000, 1024, 1200)";
            return refuse("the length of segments for mode decomposition", allowed, self.len.to_string());
        }
        if !(1..=MOST_MODES).contains(&self.modes) {
            return refuse("the number of modes", "within 1 to 32", self.modes.to_string());
        }
        // As the kernels see it.
        let finite = |value: f64| value >= 0.0 && (value as f32).is_finite();
        if !(LEAST_ALPHA..=MOST_ALPHA).contains(&self.alpha) {
            return refuse("alpha of the modes", "within 1e-6 to 1e30", self.alpha.to_string());
        }
        let zero_or_above = "a finite number, 0 or above";
        for (what, value) in [
            ("tau of the mode decomposition", self.tau),
            ("the tolerance of the mode decomposition", self.tolerance),
            ("the centre tolerance of the mode decomposition", self.centre_tolerance.unwrap_or(0.0)),
        ] {
            if !finite(value) {
                return refuse(what, zero_or_above, value.to_string());
            }
        }
        if !(1..=MOST_ITERATIONS).contains(&self.most_iterations) {
            let what = "the most iterations of the mode decomposition";
            return refuse(what, "within 1 to 2^24", self.most_iterations.to_string());
        }
        if self.solver == VmdSolver::FixedPoint && self.tau > 0.0 {
            return refuse("tau of the fixed point", "0 (else sweep)", self.tau.to_string());
        }
        Ok(())
    }

    /// Numbers of working memory.
    ///
    /// # Errors
    /// [`Error::Refused`], as [`check`](Self::check).
    pub fn scratch(&self) -> Result<usize> {
        self.check()?;
        Ok(self.segments * self.pitch())
    }

    /// Numbers of a segment's report.
    pub fn report(&self) -> usize {
        REPORT + 3 * self.modes
    }

    /// Decomposes the segments of `x` (which may overlap) into `modes` (`[segments, modes, len]`, by centre, ascending) and
    /// `reports` (`[segments, report]`), which [`VmdReport::read`] reads: how it ended, iterations, change, farthest move of a
    /// centre; then, from the fourth on, the centres, in cycles a sample, the shares, the places in the start.
    ///
    /// # Errors
    /// [`Error::Refused`], as [`check`](Self::check).
    pub fn run(&self, x: View, modes: At, reports: At, scratch: At) -> Result<Vec<Launch>> {
        self.check()?;
        let radices = radices(self.len).unwrap_or_default();
        let blocks = [self.segments, 1, 1];
        let spectrum = Launch::blocks(Kernel::VmdSpectrum, blocks)
            .at(&[x.at, scratch])
            .n(&[self.len, x.pitch, self.pitch(), radices.len()])
            .n(&radices);
        let samples = Launch::blocks(Kernel::VmdSamples, blocks)
            .at(&[scratch, modes])
            .n(&[self.len, self.modes, self.pitch(), radices.len()])
            .n(&radices);
        let bins = self.bins();
        let kernel = match (self.solver, bins) {
            (VmdSolver::Sweep, ..=8) => Kernel::VmdSweeps8,
            (VmdSolver::Sweep, _) => Kernel::VmdSweeps16,
            (VmdSolver::FixedPoint, ..=8) => Kernel::VmdFixed8,
            (VmdSolver::FixedPoint, _) => Kernel::VmdFixed16,
        };
        let (start, given) = match self.start {
            VmdStart::Zero => (0, At::NOWHERE),
            VmdStart::Uniform => (1, At::NOWHERE),
            VmdStart::Centres(at) => (2, at),
        };
        let (by_centres, tolerance) = match (self.centre_tolerance, self.solver) {
            (Some(tolerance), _) => (true, tolerance),
            (None, VmdSolver::Sweep) => (false, self.tolerance),
            (None, VmdSolver::FixedPoint) => (true, REST),
        };
        let flag = usize::from;
        let iterate = Launch::blocks(kernel, blocks)
            .at(&[scratch, modes, reports, given])
            .n(&[self.len, self.modes, bins, self.near_rows(), self.most_iterations])
            .n(&[flag(self.tau > 0.0), flag(self.dc), start, flag(self.raw), flag(by_centres), self.pitch()])
            .f(&[(self.alpha.sqrt() / (2 * self.len) as f64) as f32, (0.5 * self.tau) as f32])
            .f(&[tolerance as f32]);
        Ok(vec![spectrum, iterate, samples])
    }

    /// Coefficients of a thread: an even number.
    fn bins(&self) -> usize {
        self.len.div_ceil(THREADS).next_multiple_of(2)
    }

    /// Rows of numbers that last over the sweeps: the modes, and the multiplier where there is one.
    fn rows(&self) -> usize {
        match self.solver {
            VmdSolver::Sweep => self.modes + usize::from(self.tau > 0.0),
            VmdSolver::FixedPoint => 0,
        }
    }

    /// Those of them in shared memory.
    fn near_rows(&self) -> usize {
        self.rows().min(TILE / (self.bins() * THREADS))
    }

    /// Numbers of a segment's scratch: the transforms and the rows that are not in shared memory take the same room.
    fn pitch(&self) -> usize {
        let far_rows = (self.rows() - self.near_rows()) * self.bins() * THREADS;
        INFO + self.len + far_rows.max(4 * self.len)
    }
}

/// The radices that a length is the product of; none where a prime factor is above 5.
fn radices(len: usize) -> Option<Vec<usize>> {
    let mut left = len;
    let mut radices = Vec::new();
    for radix in [4, 2, 3, 5] {
        while left > 0 && left.is_multiple_of(radix) {
            left /= radix;
            radices.push(radix);
        }
    }
    (left == 1).then_some(radices)
}
