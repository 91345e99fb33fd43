//! Ctrl-C and SIGTERM: the first asks the work to stop at the next safe point, the second ends the
//! process at once.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A request to stop, shared with the signal handlers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    armed: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Starts to listen. Without this a signal ends the process at once, which is right for every
    /// command that has nothing to save.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the first signal finds `armed` unset and only sets it.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupt.armed))?;
            flag::register(signal, Arc::clone(&interrupt.armed))?;
            flag::register_usize(signal, Arc::clone(&interrupt.signal), 128 + signal as usize)?;
        }
        Ok(interrupt)
    }

    /// Whether a signal has come.
    pub(crate) fn requested(&self) -> bool {
        self.armed.load(Ordering::Relaxed)
    }

    /// The flag that a signal sets, for work that watches it by itself.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.armed)
    }

    /// The exit code that belongs to the signal: 130 for Ctrl-C, 143 for SIGTERM.
    pub(crate) fn exit(&self) -> u8 {
        match self.signal.load(Ordering::Relaxed) {
            143 => 143,
            _ => 130,
        }
    }
}
