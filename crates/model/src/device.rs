//! Where a net is to run: asked for in words, opened once.

use std::fmt;
use std::panic::{UnwindSafe, catch_unwind};
use std::str::FromStr;

use candle_core::{DType, Device, Tensor};
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// The first NVIDIA GPU where one can be used, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The NVIDIA GPU of this number; the driver counts from 0.
    Cuda(usize),
}

impl DeviceChoice {
    /// The device, ready to hold tensors. A GPU has run a first kernel then, so that a driver which cannot load those
    /// of this program is found out here. `auto` takes the CPU where `cuda:0` is an error; that error says why.
    ///
    /// # Errors
    /// `cuda:N` in a program built without CUDA, without a driver, with one too old, without a GPU of that number, or
    /// with one that is full or busy.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Auto => Ok(Self::Cuda(0).open().unwrap_or(Device::Cpu)),
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(index) => opened(index, move || Device::new_cuda(index)),
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
                reason: "a device is written `auto`, `cpu` or `cuda:N`, where N is the number of the GPU from 0 on"
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

/// The GPU that `begin` gives, after a first kernel. The binding of the driver panics where a library or one of its
/// functions is missing, even while it words an error: all of it happens inside the guard.
fn opened(index: usize, begin: impl FnOnce() -> candle_core::Result<Device> + UnwindSafe) -> Result<Device> {
    let found = catch_unwind(move || {
        let device = begin().map_err(|error| error.to_string())?;
        tried(&device).map_err(|error| error.to_string())?;
        Ok(device)
    });
    let said = match found {
        Ok(Ok(device)) => return Ok(device),
        Ok(Err(said)) => said,
        Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(text), _) => text.clone(),
            (None, Some(text)) => (*text).to_owned(),
            (None, None) => "the driver's binding gave up".to_owned(),
        },
    };
    Err(Error::Device { device: DeviceChoice::Cuda(index).to_string(), reason: reason(index, &said) })
}

/// Doubles a number there, which loads a module of kernels, and reads it back.
fn tried(device: &Device) -> candle_core::Result<()> {
    let doubled = Tensor::ones((), DType::F32, device)?.affine(2.0, 0.0)?.to_scalar::<f32>()?;
    if doubled == 2.0 { Ok(()) } else { candle_core::bail!("twice 1 was {doubled} there") }
}

/// Why a GPU could not be opened and what to do, told from what the driver or its binding said.
fn reason(index: usize, said: &str) -> String {
    let said = said.lines().next().unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["cuda support"]) {
        return "this program was built without CUDA; build it with `--features cuda` (docs/cuda.md says how) or choose `cpu`"
            .to_owned();
    }
    let advice = if says(&["Unable to dynamically load"]) {
        "a library of CUDA was not found: install NVIDIA's driver and the libraries of docs/cuda.md, or choose `cpu`"
            .to_owned()
    } else if says(&["CUDA_ERROR_NO_DEVICE", "CUDA_ERROR_STUB_LIBRARY"]) {
        "no NVIDIA driver with a GPU was found: see whether `nvidia-smi` lists one and CUDA_VISIBLE_DEVICES does not hide it, or choose `cpu`"
            .to_owned()
    } else if says(&["CUDA_ERROR_INVALID_DEVICE"]) {
        format!(
            "there is no GPU number {index}: `nvidia-smi -L` lists them from 0 on, less those that CUDA_VISIBLE_DEVICES hides"
        )
    } else if says(&[
        "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
        "CUDA_ERROR_INVALID_PTX",
        "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
        "Missing symbol",
    ]) {
        "the NVIDIA driver is older than the CUDA that this program was built with: install a newer driver, or build with an older CUDA"
            .to_owned()
    } else if says(&["CUDA_ERROR_NO_BINARY_FOR_GPU"]) {
        "the GPU is older than those that this program was built for: build it with a lower CUDA_COMPUTE_CAP, or choose `cpu`"
            .to_owned()
    } else if says(&["CUDA_ERROR_OUT_OF_MEMORY"]) {
        "its memory is full: end what else runs there (`nvidia-smi` lists it), or choose another device"
            .to_owned()
    } else if says(&["CUDA_ERROR_DEVICE_UNAVAILABLE"]) {
        "it is busy with the work of others or closed to this process: wait, or choose another device"
            .to_owned()
    } else {
        "the driver gave no reason that is known here: see whether `nvidia-smi` works, or choose `cpu`"
            .to_owned()
    };
    format!("{advice} (reported: {said})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(found: Result<Device>) -> String {
        found.unwrap_err().to_string()
    }

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

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn without_cuda_built_in_a_gpu_is_refused_with_the_way_to_get_it_and_auto_is_the_cpu() {
        let error = message(DeviceChoice::Cuda(0).open());
        assert!(
            error.starts_with("device `cuda:0` cannot be used: this program was built without CUDA"),
            "{error}"
        );
        assert!(error.contains("--features cuda"), "{error}");
        assert!(DeviceChoice::Auto.open().unwrap().is_cpu());
        assert!(DeviceChoice::default().open().unwrap().is_cpu());
    }

    #[test]
    fn auto_is_the_cpu_exactly_where_the_first_gpu_is_an_error() {
        let first = DeviceChoice::Cuda(0).open();
        assert_eq!(DeviceChoice::Auto.open().unwrap().is_cpu(), first.is_err());
    }

    #[test]
    fn a_panic_of_the_binding_is_an_error_with_a_hint() {
        let panics: [fn() -> candle_core::Result<Device>; 3] = [
            || {
                panic!(
                    "Unable to dynamically load the \"cuda\" shared library - searched for {:?}",
                    ["libcuda.so"]
                )
            },
            || panic!("Missing symbol cuCtxCreate_v4: {}", "undefined"),
            || std::panic::panic_any(7_u8),
        ];
        let hints = ["install NVIDIA's driver", "install a newer driver", "nvidia-smi"];
        for (begin, hint) in panics.into_iter().zip(hints) {
            let error = message(opened(0, begin));
            assert!(error.contains(hint) && error.starts_with("device `cuda:0`"), "{error}");
        }
    }

    #[test]
    fn what_the_driver_reports_is_told_with_what_to_do() {
        let cases = [
            ("CUDA_ERROR_NO_DEVICE", "CUDA_VISIBLE_DEVICES"),
            ("CUDA_ERROR_INVALID_DEVICE", "there is no GPU number 3"),
            ("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "install a newer driver"),
            ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "install a newer driver"),
            ("CUDA_ERROR_NO_BINARY_FOR_GPU", "CUDA_COMPUTE_CAP"),
            ("CUDA_ERROR_OUT_OF_MEMORY", "its memory is full"),
            ("CUDA_ERROR_DEVICE_UNAVAILABLE", "busy"),
            ("CUDA_ERROR_UNKNOWN", "nvidia-smi"),
        ];
        for (name, hint) in cases {
            let said = format!("DriverError({name}, \"words\")\n   0: frames of a backtrace");
            let error = message(opened(3, move || Err(candle_core::Error::Msg(said))));
            assert!(error.starts_with("device `cuda:3` cannot be used: "), "{error}");
            assert!(error.contains(hint) && error.contains(name) && !error.contains("backtrace"), "{error}");
        }
    }

    #[test]
    fn a_device_that_computes_is_given_as_it_is() {
        assert!(opened(0, || Ok(Device::Cpu)).unwrap().is_cpu());
    }
}
