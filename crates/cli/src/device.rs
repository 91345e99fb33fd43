//! `--device`: a GPU that is opened before anything is read, and what is told of it.

use crate::failure::Outcome;
use crate::session::Session;
use crate::translate::{self, Doing};
use brinell_model::{DeviceChoice, Gpu, Hardware};

/// Why a GPU is asked for in vain.
pub(crate) const NO_NET: &str = "the model is no net";

/// A device that was asked for, open.
#[derive(Debug)]
pub(crate) struct AskedDevice {
    choice: DeviceChoice,
    hardware: Hardware,
    /// Why `auto` took the CPU.
    why: Option<String>,
}

impl AskedDevice {
    /// Opens what was asked for.
    pub(crate) fn open(choice: DeviceChoice, doing: Doing<'_>) -> Outcome<AskedDevice> {
        let (hardware, reason) =
            choice.open_with_reason().map_err(|error| translate::learn(&error.into(), doing))?;
        Ok(AskedDevice { choice, hardware, why: reason.map(|error| error.to_string()) })
    }

    /// The CPU, which is always there.
    pub(crate) fn cpu() -> AskedDevice {
        AskedDevice { choice: DeviceChoice::Cpu, hardware: Hardware::Cpu, why: None }
    }

    /// What was opened.
    pub(crate) fn hardware(&self) -> &Hardware {
        &self.hardware
    }

    /// The GPU, where it is one.
    pub(crate) fn gpu(&self) -> Option<&Gpu> {
        self.hardware.gpu()
    }

    /// What `--device` has to say to come to the same GPU.
    pub(crate) fn flag(&self) -> Option<String> {
        let named = if self.choice == DeviceChoice::Auto { DeviceChoice::Cuda(0) } else { self.choice };
        self.gpu().map(|_| named.to_string())
    }

    /// Says where nets judge, where more than the CPU was asked for.
    pub(crate) fn tell_judging(&self, session: &Session) {
        if self.choice != DeviceChoice::Cpu {
            session.hint(&taken("judge", &self.hardware.name(), self.why.as_deref()));
        }
    }

    /// Says where modes are made, where more than the CPU was asked for and it came to that.
    pub(crate) fn tell_modes(&self, session: &Session) {
        if let Some(why) = &self.why {
            session.hint(&format!("modes are made on {}: {why}", self.hardware.name()));
        }
    }

    /// Says that it was asked for in vain.
    pub(crate) fn tell_useless(&self, session: &Session, why: &str) {
        if self.choice != DeviceChoice::Cpu {
            session.hint(&format!("{why}; a GPU does nothing for it"));
        }
    }
}

/// What nets do on a device, and why it is not the GPU that was looked for.
pub(crate) fn taken(doing: &str, name: &str, why: Option<&str>) -> String {
    let why = why.map_or(String::new(), |why| format!(": {why}"));
    format!("nets {doing} on {name}{why}")
}
