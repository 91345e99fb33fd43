//! Where a net is to run: asked for in words, opened once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A device as a configuration or a flag names it: `auto`, `cpu` or `cuda:N`.
///
/// ```
/// use brinell_model::DeviceChoice;
///
/// let choice: DeviceChoice = "cpu".parse()?;
/// assert!(choice.open()?.is_cpu());
/// # Ok::<(), brinell_model::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// The first NVIDIA GPU where one can be used, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The NVIDIA GPU of this number; the driver counts from 0.
    Cuda(usize),
}

impl DeviceChoice {
    /// The device, ready to work. `auto` takes the CPU where `cuda:0` is an error; that error says why.
    ///
    /// # Errors
    /// `cuda:N` without a driver, with one too old, without a GPU of that number, or with one that is full or busy.
    pub fn open(self) -> Result<Hardware> {
        Ok(self.open_with_reason()?.0)
    }

    /// The same, and where `auto` took the CPU why it did.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with_reason(self) -> Result<(Hardware, Option<Error>)> {
        Ok(match self {
            Self::Auto => match Self::Cuda(0).open_exactly() {
                Ok(gpu) => (gpu, None),
                Err(error) => (Hardware::Cpu, Some(error)),
            },
            _ => (self.open_exactly()?, None),
        })
    }

    fn open_exactly(self) -> Result<Hardware> {
        match self {
            Self::Auto => Self::Cuda(0).open_exactly(),
            Self::Cpu => Ok(Hardware::Cpu),
            Self::Cuda(index) => match brinell_gpu::Device::open(index) {
                Ok(device) => Ok(Hardware::Gpu(device)),
                Err(error) => Err(Error::Device { device: self.to_string(), reason: error.to_string() }),
            },
        }
    }
}

/// A device that is open.
#[derive(Debug, Clone)]
pub enum Hardware {
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU.
    Gpu(brinell_gpu::Device),
}

impl Hardware {
    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        matches!(self, Self::Cpu)
    }

    /// What it is, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Cpu => "the CPU".to_owned(),
            Self::Gpu(device) => device.name().to_owned(),
        }
    }

    /// The GPU, where it is one.
    pub fn gpu(&self) -> Option<&brinell_gpu::Device> {
        match self {
            Self::Cpu => None,
            Self::Gpu(device) => Some(device),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = text.strip_prefix("cuda:").filter(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
        match (text, number.map(str::parse)) {
            ("auto", _) => Ok(Self::Auto),
            ("cpu", _) => Ok(Self::Cpu),
            (_, Some(Ok(index))) => Ok(Self::Cuda(index)),
            _ => Err(Error::Device {
                device: text.to_owned(),
                reason: "a device is `auto`, `cpu` or `cuda:N`, where N is the number of the GPU from 0 on"
                    .to_owned(),
            }),
        }
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_written_as_it_is_read() {
        let choices = [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Cpu),
            ("cuda:0", DeviceChoice::Cuda(0)),
            ("cuda:12", DeviceChoice::Cuda(12)),
        ];
        for (text, choice) in choices {
            assert_eq!(text.parse::<DeviceChoice>().unwrap(), choice);
            assert_eq!(choice.to_string(), text);
            let quoted = format!("\"{text}\"");
            assert_eq!(serde_json::to_string(&choice).unwrap(), quoted);
            assert_eq!(serde_json::from_str::<DeviceChoice>(&quoted).unwrap(), choice);
        }
    }

    #[test]
    fn other_words_are_refused_with_the_forms_that_are_taken() {
        let huge = format!("cuda:{}0", usize::MAX);
        for text in
            ["", "gpu", "CPU", "cuda", "cuda:", "cuda:-1", "cuda:+1", "cuda: 0", "cuda:0 ", "cuda0", &huge]
        {
            let error = text.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("device `{text}` cannot be used")), "{error}");
            assert!(error.contains("`auto`, `cpu` or `cuda:N`"), "{error}");
            let read = serde_json::from_value::<DeviceChoice>(text.into()).unwrap_err().to_string();
            assert!(read.contains("`auto`, `cpu` or `cuda:N`"), "{read}");
        }
    }

    #[test]
    fn auto_is_the_cpu_exactly_where_the_first_gpu_is_an_error() {
        let first = DeviceChoice::Cuda(0).open();
        assert_eq!(DeviceChoice::Auto.open().unwrap().is_cpu(), first.is_err());
    }

    #[test]
    fn a_gpu_that_cannot_be_used_is_named_with_the_reason() {
        if let Err(error) = DeviceChoice::Cuda(999).open() {
            let said = error.to_string();
            assert!(said.starts_with("device `cuda:999` cannot be used: "), "{said}");
            // Where there are GPUs they are listed, else there is the CPU.
            assert!(said.contains("nvidia-smi -L") || said.contains("`cpu`"), "{said}");
        }
    }
}
