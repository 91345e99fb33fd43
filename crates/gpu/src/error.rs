//! What can go wrong on a GPU.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A GPU cannot be opened.
    #[error("{reason}")]
    Open {
        /// Why, and what to do.
        reason: String,
    },
    /// More memory is wanted than there is.
    #[error(
        "{device} has no room for {wanted} MiB more ({free} of {total} MiB are free): take a smaller batch, end what else runs there (`nvidia-smi` lists it), or choose the device `cpu`"
    )]
    Memory {
        /// The GPU by its name.
        device: String,
        /// MiB asked for.
        wanted: usize,
        /// MiB free.
        free: usize,
        /// MiB of the device.
        total: usize,
    },
    /// A launch that no GPU takes.
    #[error("{what} is too large for a GPU's kernels, which count to 2^31: take a smaller batch")]
    TooLarge {
        /// What of the launch.
        what: String,
    },
    /// What is asked for is nothing that these kernels do.
    #[error("on a GPU, {what} has to be {allowed}, not {found}: change it, or choose the device `cpu`")]
    Refused {
        /// The quantity.
        what: &'static str,
        /// What it may be.
        allowed: String,
        /// What it is.
        found: String,
    },
    /// The driver refused or broke off.
    #[error(
        "{doing} failed on {device}: the driver reports {said}; see whether `nvidia-smi` works, or choose the device `cpu`"
    )]
    Driver {
        /// What was being done.
        doing: String,
        /// The GPU by its name.
        device: String,
        /// The driver's words.
        said: String,
    },
}

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
