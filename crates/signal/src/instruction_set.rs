//! Which instruction set the vector kernels run on.

/// The widest instruction set of the machine at hand.
#[cfg(not(test))]
#[inline]
pub(crate) fn widest() -> pulp::Arch {
    pulp::Arch::new()
}

#[cfg(test)]
pub(crate) use chosen::{portable, widest};

#[cfg(test)]
mod chosen {
    use std::cell::Cell;

    use pulp::Arch;

    thread_local! {
        static PORTABLE: Cell<bool> = const { Cell::new(false) };
    }

    /// The widest instruction set of the machine at hand; none within [`portable`].
    pub(crate) fn widest() -> Arch {
        if PORTABLE.get() { Arch::Scalar } else { Arch::new() }
    }

    /// What `work` gives when this thread knows no vector instructions.
    pub(crate) fn portable<R>(work: impl FnOnce() -> R) -> R {
        PORTABLE.set(true);
        let result = work();
        PORTABLE.set(false);
        result
    }
}
