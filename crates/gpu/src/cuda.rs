//! NVIDIA's driver, loaded when a GPU is asked for.
//!
//! Why the unsafe calls are sound: addresses come from [`Card::zeros`] alone and are freed once, by the buffer that holds
//! them, which keeps the card alive; stretches are checked against their buffers' lengths before they get here; a kernel
//! is launched with the one argument that it is declared with, a struct of the same layout; everything goes through one
//! stream, in order, and host memory is given up only after the driver has copied it.
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};
use std::io::Read;
use std::panic::{UnwindSafe, catch_unwind};
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DriverError, result, sys};

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::launch::{Args, THREADS};

/// PTX, a module for each file of kernels, each with a 0 behind it; packed, a fifth of its size.
const KERNELS: &[u8] = include_bytes!("../kernels/all.ptx.gz");

/// A GPU with all kernels loaded.
pub(crate) struct Card {
    name: String,
    multiprocessors: usize,
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    modules: Vec<sys::CUmodule>,
    functions: Vec<sys::CUfunction>,
}

// The driver's handles may be used from any thread that the context is bound to, which every call here does first.
unsafe impl Send for Card {}
unsafe impl Sync for Card {}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Card").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        // What fails here has been told before, or ends with the process.
        let _ = self.context.bind_to_thread();
        for module in &self.modules {
            let _ = unsafe { result::module::unload(*module) };
        }
    }
}

impl Card {
    pub(crate) fn has_driver() -> bool {
        catch_unwind(|| unsafe { sys::is_culib_present() }).unwrap_or(false)
    }

    pub(crate) fn open(index: usize) -> Result<Self> {
        if !Self::has_driver() {
            let reason = "no NVIDIA driver was found (its library libcuda is not on this machine): install NVIDIA's driver, or choose `cpu`";
            return Err(Error::Open { reason: reason.to_owned() });
        }
        guarded(index, move || Self::begin(index))
    }

    fn begin(index: usize) -> Result<Self, DriverError> {
        let context = CudaContext::new(index)?;
        let stream = context.new_stream()?;
        let name = context.name()?;
        let multiprocessors =
            context.attribute(sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        let multiprocessors = usize::try_from(multiprocessors).unwrap_or(1).max(1);
        let (modules, functions) = (Vec::new(), Vec::new());
        let mut own = Self { name, multiprocessors, context, stream, modules, functions };
        own.load()?;
        Ok(own)
    }

    /// Loads all modules and finds the kernels in them.
    fn load(&mut self) -> Result<(), DriverError> {
        let mut sources = Vec::new();
        // What is compiled in is whole: the tests unpack it.
        let _ = flate2::read::GzDecoder::new(KERNELS).read_to_end(&mut sources);
        for source in sources.split(|byte| *byte == 0).filter(|source| !source.is_empty()) {
            let source = CString::new(source).unwrap_or_default();
            self.modules.push(unsafe { result::module::load_data(source.as_ptr().cast()) }?);
        }
        for kernel in Kernel::ALL {
            let find = |module: &sys::CUmodule| {
                let symbol = CString::new(kernel.symbol()).unwrap_or_default();
                unsafe { result::module::get_function(*module, symbol) }.ok()
            };
            let found = self.modules.iter().find_map(find);
            self.functions.push(found.ok_or(DriverError(sys::CUresult::CUDA_ERROR_NOT_FOUND))?);
        }
        Ok(())
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn multiprocessors(&self) -> usize {
        self.multiprocessors
    }

    fn failed(&self, doing: &'static str) -> impl Fn(DriverError) -> Error {
        move |error| Error::Driver { doing, device: self.name.clone(), said: said(error) }
    }

    /// Binds the GPU to the thread that is to ask for something.
    pub(crate) fn bound(&self, doing: &'static str) -> Result<()> {
        self.context.bind_to_thread().map_err(self.failed(doing))
    }

    pub(crate) fn memory(&self) -> Result<[usize; 2]> {
        let (free, total) = self.context.mem_get_info().map_err(self.failed("asking for free memory"))?;
        Ok([free, total])
    }

    pub(crate) fn zeros(&self, len: usize) -> Result<u64> {
        let doing = "taking memory";
        self.bound(doing)?;
        let Some(bytes) = len.checked_mul(4) else {
            return Err(Error::TooLarge { what: format!("a buffer of {len} numbers") });
        };
        let address = match unsafe { result::malloc_sync(bytes) } {
            Ok(address) => address,
            Err(DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => {
                let [free, total] = self.memory()?.map(|bytes| bytes >> 20);
                let wanted = bytes.div_ceil(1 << 20);
                return Err(Error::Memory { device: self.name.clone(), wanted, free, total });
            }
            Err(error) => return Err(self.failed(doing)(error)),
        };
        let cleared = unsafe { result::memset_d8_async(address, 0, bytes, self.stream.cu_stream()) };
        if let Err(error) = cleared {
            self.free(address);
            return Err(self.failed(doing)(error));
        }
        Ok(address)
    }

    pub(crate) fn free(&self, address: u64) {
        // Waits for what still uses it. A failure was reported by what ran before, or is by what comes next.
        let _ = self.context.bind_to_thread();
        let _ = unsafe { result::free_sync(address) };
    }

    pub(crate) fn upload(&self, address: u64, values: &[f32]) -> Result<()> {
        let doing = "copying numbers to the GPU";
        self.bound(doing)?;
        // From memory that is not pinned the driver has taken the numbers when this returns.
        let copied = unsafe { result::memcpy_htod_async(address, values, self.stream.cu_stream()) };
        copied.map_err(self.failed(doing))
    }

    pub(crate) fn download(&self, address: u64, values: &mut [f32]) -> Result<()> {
        let doing = "copying numbers from the GPU";
        self.bound(doing)?;
        let copied = unsafe { result::memcpy_dtoh_async(values, address, self.stream.cu_stream()) };
        copied.map_err(self.failed(doing))?;
        self.wait()
    }

    /// On a thread that the GPU is bound to.
    pub(crate) fn launch(&self, kernel: Kernel, [x, y, z]: [u32; 3], mut args: Args) -> Result<()> {
        let function = self.functions[kernel as usize];
        let mut given = [(&raw mut args).cast::<c_void>()];
        let launched = unsafe {
            result::launch_kernel(
                function,
                (x, y, z),
                (THREADS as u32, 1, 1),
                0,
                self.stream.cu_stream(),
                &mut given,
            )
        };
        launched.map_err(self.failed(kernel.symbol()))
    }

    pub(crate) fn wait(&self) -> Result<()> {
        self.stream.synchronize().map_err(self.failed("work on the GPU"))
    }
}

/// The driver's name for what happened.
fn said(error: DriverError) -> String {
    let name = error.error_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|_| format!("error {:?}", error.0))
}

/// What `begin` gives. The binding of the driver panics where a function is missing from an old driver: all of it happens
/// inside the guard.
fn guarded<T>(index: usize, begin: impl FnOnce() -> Result<T, DriverError> + UnwindSafe) -> Result<T> {
    let said = match catch_unwind(move || begin().map_err(said)) {
        Ok(Ok(found)) => return Ok(found),
        Ok(Err(said)) => said,
        Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(words), _) => words.clone(),
            (_, Some(words)) => (*words).to_owned(),
            _ => "a panic without words".to_owned(),
        },
    };
    Err(Error::Open { reason: reason(index, &said) })
}

/// What the driver may say, and what to do then.
const REASONS: &[(&[&str], &str)] = &[
    (
        &["CUDA_ERROR_NO_DEVICE", "CUDA_ERROR_STUB_LIBRARY"],
        "NVIDIA's driver found no GPU: see whether `nvidia-smi` lists one and CUDA_VISIBLE_DEVICES does not hide it, or choose `cpu`",
    ),
    (
        &["CUDA_ERROR_INVALID_DEVICE"],
        "there is no GPU of this number: `nvidia-smi -L` lists them from 0 on, less those that CUDA_VISIBLE_DEVICES hides",
    ),
    (
        &[
            "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
            "CUDA_ERROR_INVALID_PTX",
            "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
            "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
            "Missing symbol",
            "symbol",
        ],
        "the NVIDIA driver is too old for this program's kernels: install one of CUDA 12 or later (`nvidia-smi` tells the version), or choose `cpu`",
    ),
    (
        &["CUDA_ERROR_NO_BINARY_FOR_GPU"],
        "the GPU is older than those that this program has kernels for (compute capability 8.0, Ampere): choose `cpu`",
    ),
    (
        &["CUDA_ERROR_OUT_OF_MEMORY"],
        "its memory is full: end what else runs there (`nvidia-smi` lists it), or choose another device",
    ),
    (
        &["CUDA_ERROR_DEVICE_UNAVAILABLE"],
        "it is busy with the work of others or closed to this process: wait, or choose another device",
    ),
];

/// Why a GPU could not be opened and what to do, told from what the driver or its binding said.
fn reason(index: usize, said: &str) -> String {
    let said = said.lines().next().unwrap_or_default();
    let known = REASONS.iter().find(|(words, _)| words.iter().any(|word| said.contains(word)));
    let advice = known.map_or(
        "the driver gave no reason that is known here: see whether `nvidia-smi` works, or choose `cpu`",
        |(_, advice)| advice,
    );
    format!("{advice} (asked for GPU {index}; reported: {said})")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_of_the_binding_is_an_error_with_a_hint() {
        type Beginning = fn() -> Result<(), DriverError>;
        let panics: [(Beginning, &str); 3] = [
            (|| panic!("Missing symbol cuCtxCreate_v4: {}", "undefined"), "too old"),
            (|| panic!("Unable to dynamically load the \"cuda\" shared library"), "nvidia-smi"),
            (|| std::panic::panic_any(7_u8), "nvidia-smi"),
        ];
        for (begin, hint) in panics {
            let error = guarded(0, begin).unwrap_err().to_string();
            assert!(error.contains(hint), "{error}");
        }
    }

    #[test]
    fn what_the_driver_reports_is_told_with_what_to_do() {
        let cases = [
            ("CUDA_ERROR_NO_DEVICE", "CUDA_VISIBLE_DEVICES"),
            ("CUDA_ERROR_INVALID_DEVICE", "nvidia-smi -L"),
            ("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "install one of CUDA 12"),
            ("CUDA_ERROR_NO_BINARY_FOR_GPU", "8.0"),
            ("CUDA_ERROR_OUT_OF_MEMORY", "its memory is full"),
            ("CUDA_ERROR_DEVICE_UNAVAILABLE", "busy"),
            ("CUDA_ERROR_UNKNOWN", "nvidia-smi"),
        ];
        for (name, hint) in cases {
            let told = reason(3, &format!("{name}\n   0: frames of a backtrace"));
            assert!(told.contains(hint) && told.contains(name) && !told.contains("backtrace"), "{told}");
        }
    }

    #[test]
    fn opening_a_gpu_never_panics_whatever_this_machine_has() {
        match Card::open(999) {
            Ok(_) => {}
            Err(error) => assert!(error.to_string().contains("choose"), "{error}"),
        }
    }
}
