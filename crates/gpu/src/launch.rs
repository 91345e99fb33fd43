//! What is done on a GPU, as data: kernels one after the other, with places in place of addresses.

use crate::kernel::Kernel;

/// Threads of every block; the kernels are written for as many.
pub const THREADS: usize = 256;
/// Most blocks along the first axis that are worth having: threads go round for the rest.
const MOST_BLOCKS: usize = 1 << 14;

/// A buffer of those that a run is given, by its place among them, and where in it, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct At {
    /// Which buffer; [`NOWHERE`](Self::NOWHERE) has none.
    pub buffer: u8,
    /// How many numbers from its begin.
    pub offset: usize,
}

impl At {
    /// For what a kernel does without.
    pub const NOWHERE: Self = Self { buffer: u8::MAX, offset: 0 };

    /// So many numbers further.
    #[must_use]
    pub fn plus(self, numbers: usize) -> Self {
        Self { offset: self.offset + numbers, ..self }
    }
}

/// What a kernel is given, as it sees it: `Args` of `kernels/kernel.h`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Args {
    pub(crate) at: [u64; 8],
    pub(crate) n: [i32; 24],
    pub(crate) f: [f32; 8],
}

/// A kernel with all that it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// Which.
    pub kernel: Kernel,
    /// Blocks along three axes.
    pub blocks: [usize; 3],
    /// Buffers, as the kernel counts them.
    pub at: Vec<At>,
    /// Whole numbers, likewise.
    pub n: Vec<usize>,
    /// Numbers, likewise.
    pub f: Vec<f32>,
}

impl Launch {
    /// A kernel that goes over so many numbers one by one.
    pub fn over(kernel: Kernel, count: usize) -> Self {
        let blocks = count.div_ceil(THREADS).clamp(1, MOST_BLOCKS);
        Self::blocks(kernel, [blocks, 1, 1])
    }

    /// A kernel over so many blocks.
    pub fn blocks(kernel: Kernel, blocks: [usize; 3]) -> Self {
        Self { kernel, blocks, at: Vec::new(), n: Vec::new(), f: Vec::new() }
    }

    /// With these buffers.
    #[must_use]
    pub fn at(mut self, at: &[At]) -> Self {
        self.at.extend_from_slice(at);
        self
    }

    /// With these whole numbers.
    #[must_use]
    pub fn n(mut self, n: &[usize]) -> Self {
        self.n.extend_from_slice(n);
        self
    }

    /// With these numbers.
    #[must_use]
    pub fn f(mut self, f: &[f32]) -> Self {
        self.f.extend_from_slice(f);
        self
    }
}
