//! A GPU by NVIDIA's driver.
//!
//! Why the unsafe calls are sound: addresses come from [`Card::zeros`] alone and are freed once, by the buffer that holds
//! them, which keeps the card alive; stretches are checked against their buffers' lengths before they get here; a kernel
//! is launched with the one argument that it is declared with, a struct of the same layout; everything goes through one
//! stream, in order.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_void};
use std::io::Read;
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::driver::{Code, Driver, Handle, Missing, Ordinal};
use crate::error::{Error, Result};
use crate::fixed::Fixed;
use crate::kernel::Kernel;
use crate::launch::{Args, THREADS};
use crate::staging::Staging;

/// PTX, a module for each file of kernels, each with a 0 behind it; packed, a fifth of its size.
const KERNELS: &[u8] = include_bytes!("../kernels/all.ptx.gz");
/// The oldest GPUs that the kernels are for: `.target` of the PTX.
const OLDEST: [i32; 2] = [8, 0];
/// Memories for the GPU to fetch from that are kept for the next numbers.
const MOST_KEPT: usize = 8;
/// Numbers of the driver's interface.
const CAPABILITY: [i32; 2] = [75, 76];
const STREAM_OF_ITS_OWN: u32 = 1;

/// A GPU.
pub(crate) struct Card {
    driver: Driver,
    device: Ordinal,
    name: String,
    context: Handle,
    stream: Handle,
    /// PTX, a text for each file of kernels.
    sources: Vec<CString>,
    loaded: Mutex<Loaded>,
    /// Slots to the GPU, and from it: who waits for numbers keeps nobody from sending some.
    sending: Mutex<Staging>,
    fetching: Mutex<Staging>,
    /// Memories that were in use, the last one last.
    kept: Mutex<Vec<Fixed>>,
}

/// What the driver has translated so far: files of kernels are loaded when one of theirs is first launched.
#[derive(Default)]
struct Loaded {
    /// By the number of the source.
    modules: BTreeMap<usize, Handle>,
    functions: BTreeMap<Kernel, Handle>,
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
        if self.context.is_null() {
            return;
        }
        unsafe {
            let _ = self.driver.set_context(self.context);
            if !self.stream.is_null() {
                let _ = self.driver.wait(self.stream);
                let _ = self.driver.end_stream(self.stream);
            }
            locked(&self.sending).end(&self.driver);
            locked(&self.fetching).end(&self.driver);
            locked(&self.kept).drain(..).for_each(|memory| memory.end(&self.driver));
            for module in locked(&self.loaded).modules.values() {
                let _ = self.driver.unload(*module);
            }
            let _ = self.driver.release_context(self.device);
        }
    }
}

impl Card {
    pub(crate) fn has_driver() -> bool {
        Driver::load().is_ok()
    }

    /// How many GPUs the driver knows; 0 where there is no driver.
    pub(crate) fn count() -> usize {
        let Ok(driver) = Driver::load() else { return 0 };
        let mut count = 0;
        let found = unsafe { driver.init(0).and_then(|()| driver.device_count(&raw mut count)) };
        found.map_or(0, |()| usize::try_from(count).unwrap_or(0))
    }

    pub(crate) fn open(index: usize) -> Result<Self> {
        let driver = Driver::load().map_err(|missing| match missing {
            Missing::Library => Error::Open {
                reason: "no NVIDIA driver was found (its library libcuda is not on this machine, or cannot be loaded): install NVIDIA's driver, or choose `cpu`".to_owned(),
            },
            Missing::Function(name) => Error::Open {
                reason: format!("{TOO_OLD} (asked for GPU {index}; the driver has no {name})"),
            },
        })?;
        let mut own = Self {
            driver,
            device: 0,
            name: String::new(),
            context: null_mut(),
            stream: null_mut(),
            sources: sources(),
            loaded: Mutex::default(),
            sending: Mutex::default(),
            fetching: Mutex::default(),
            kept: Mutex::default(),
        };
        match own.begin(index) {
            Ok(()) => Ok(own),
            Err(Begin::Code(code)) => Err(Error::Open { reason: own.reason(index, code) }),
            Err(Begin::TooOld([major, minor])) => Err(Error::Open {
                reason: format!(
                    "{} has compute capability {major}.{minor}, and this program's kernels are for {}.{} (Ampere) and later: choose `cpu`",
                    own.name, OLDEST[0], OLDEST[1]
                ),
            }),
        }
    }

    fn begin(&mut self, index: usize) -> Result<(), Begin> {
        let index = i32::try_from(index).map_err(|_| Code::INVALID_DEVICE)?;
        let mut name = [0; 256];
        unsafe {
            self.driver.init(0)?;
            self.driver.device(&raw mut self.device, index)?;
            self.driver.device_name(name.as_mut_ptr(), 255, self.device)?;
            self.name = CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned();
            let of = |attribute| {
                let mut value = 0;
                self.driver.device_attribute(&raw mut value, attribute, self.device).map(|()| value)
            };
            let capability = [of(CAPABILITY[0])?, of(CAPABILITY[1])?];
            if capability < OLDEST {
                return Err(Begin::TooOld(capability));
            }
            self.driver.context(&raw mut self.context, self.device)?;
            self.driver.set_context(self.context)?;
            self.driver.stream(&raw mut self.stream, STREAM_OF_ITS_OWN)?;
        }
        locked(&self.sending).begin(&self.driver)?;
        locked(&self.fetching).begin(&self.driver)?;
        // Whether the driver takes the kernels shows at the first.
        self.function(Kernel::Fill)?;
        Ok(())
    }

    /// A kernel; its file is loaded where it is not yet.
    fn function(&self, kernel: Kernel) -> Result<Handle, Code> {
        let mut loaded = locked(&self.loaded);
        if let Some(function) = loaded.functions.get(&kernel) {
            return Ok(*function);
        }
        let entry = format!(".entry {}(", kernel.symbol());
        let holds = |source: &CString| source.to_str().is_ok_and(|text| text.contains(&entry));
        let number = self.sources.iter().position(holds).ok_or(Code::NOT_FOUND)?;
        let module = match loaded.modules.get(&number) {
            Some(module) => *module,
            None => {
                let (mut module, source) = (null_mut(), &self.sources[number]);
                unsafe { self.driver.module(&raw mut module, source.as_ptr().cast()) }?;
                loaded.modules.insert(number, module);
                module
            }
        };
        let symbol = CString::new(kernel.symbol()).map_err(|_| Code::NOT_FOUND)?;
        let mut function = null_mut();
        unsafe { self.driver.function(&raw mut function, module, symbol.as_ptr()) }?;
        loaded.functions.insert(kernel, function);
        Ok(function)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn failed(&self, doing: &'static str) -> impl Fn(Code) -> Error {
        move |code| Error::Driver {
            doing: doing.to_owned(),
            device: self.name.clone(),
            said: self.said(code),
        }
    }

    /// The driver's name of a code, and what it means where that helps.
    fn said(&self, code: Code) -> String {
        let name = self.driver.name_of(code);
        let full = " (its memory, or that of this machine, is full: smaller batches take less)";
        if code == Code::OUT_OF_MEMORY { name + full } else { name }
    }

    /// Binds the GPU to the thread that is to ask for something.
    pub(crate) fn bound(&self, doing: &'static str) -> Result<()> {
        unsafe { self.driver.set_context(self.context) }.map_err(self.failed(doing))
    }

    pub(crate) fn memory(&self) -> Result<[usize; 2]> {
        let doing = "asking for free memory";
        self.bound(doing)?;
        let [mut free, mut all] = [0; 2];
        unsafe { self.driver.free_memory(&raw mut free, &raw mut all) }.map_err(self.failed(doing))?;
        Ok([free, all])
    }

    pub(crate) fn zeros(&self, len: usize) -> Result<u64> {
        let doing = "taking memory";
        self.bound(doing)?;
        let Some(bytes) = len.checked_mul(4) else {
            return Err(Error::TooLarge { what: format!("a buffer of {len} numbers") });
        };
        let mut address = 0;
        match unsafe { self.driver.take(&raw mut address, bytes) } {
            Ok(()) => {}
            Err(Code::OUT_OF_MEMORY) => {
                let [free, total] = self.memory()?.map(|bytes| bytes >> 20);
                let wanted = bytes.div_ceil(1 << 20);
                return Err(Error::Memory { device: self.name.clone(), wanted, free, total });
            }
            Err(code) => return Err(self.failed(doing)(code)),
        }
        if let Err(code) = unsafe { self.driver.clear(address, 0, bytes, self.stream) } {
            self.free(address);
            return Err(self.failed(doing)(code));
        }
        Ok(address)
    }

    pub(crate) fn free(&self, address: u64) {
        // When nothing uses it any more. A failure was reported by what ran before, or is by what comes next.
        unsafe {
            let _ = self.driver.set_context(self.context);
            let _ = self.driver.wait(self.stream);
            let _ = self.driver.free(address);
        }
    }

    pub(crate) fn upload(&self, address: u64, values: &[f32]) -> Result<()> {
        let doing = "copying numbers to the GPU";
        self.bound(doing)?;
        if values.is_empty() {
            return Ok(());
        }
        let asked = locked(&self.sending).upload(&self.driver, self.stream, address, values);
        self.done(asked, doing)
    }

    pub(crate) fn download(&self, address: u64, values: &mut [f32]) -> Result<()> {
        let doing = "copying numbers from the GPU";
        self.bound(doing)?;
        if values.is_empty() {
            return Ok(());
        }
        let copied = locked(&self.fetching).download(&self.driver, self.stream, address, values);
        self.done(copied, doing)
    }

    /// Numbers in memory that the GPU fetches them from; [`unpin`](Self::unpin) takes it back.
    pub(crate) fn pin(&self, values: &[f32]) -> Result<Fixed> {
        let doing = "making numbers ready for the GPU";
        self.bound(doing)?;
        let fitting = {
            let mut kept = locked(&self.kept);
            let fits = |memory: &&Fixed| memory.room() >= values.len();
            let least = kept.iter().filter(fits).map(Fixed::room).min();
            kept.iter().position(|memory| Some(memory.room()) == least).map(|at| kept.remove(at))
        };
        let mut memory = match fitting {
            Some(memory) => memory,
            None => Fixed::take(&self.driver, values.len()).map_err(self.failed(doing))?,
        };
        match memory.write(&self.driver, values) {
            Ok(()) => Ok(memory),
            Err(code) => {
                memory.end(&self.driver);
                Err(self.failed(doing)(code))
            }
        }
    }

    /// Takes memory back, for the next numbers.
    pub(crate) fn unpin(&self, memory: Fixed) {
        let mut kept = locked(&self.kept);
        kept.push(memory);
        if kept.len() > MOST_KEPT {
            // Binding fails where freeing would, and what fails here is told by what comes next.
            let _ = self.bound("giving memory up");
            kept.remove(0).end(&self.driver);
        }
    }

    /// Asks for pinned numbers to be copied to the GPU.
    pub(crate) fn send(&self, address: u64, memory: &Fixed, len: usize) -> Result<()> {
        let doing = "copying numbers to the GPU";
        self.bound(doing)?;
        if len == 0 {
            return Ok(());
        }
        self.done(memory.send(&self.driver, self.stream, address, len), doing)
    }

    /// The end of a copy. After one that was broken off, slots may be in use: they are waited for.
    fn done(&self, copied: Result<(), Code>, doing: &'static str) -> Result<()> {
        copied.map_err(|code| {
            // What fails here too is told by the first.
            let _ = unsafe { self.driver.wait(self.stream) };
            self.failed(doing)(code)
        })
    }

    /// On a thread that the GPU is bound to.
    pub(crate) fn launch(&self, kernel: Kernel, [x, y, z]: [u32; 3], mut args: Args) -> Result<()> {
        let mut given = [(&raw mut args).cast::<c_void>()];
        let threads = THREADS as u32;
        let launched = self.function(kernel).and_then(|function| unsafe {
            let given = given.as_mut_ptr();
            self.driver.launch(function, x, y, z, threads, 1, 1, 0, self.stream, given, null_mut())
        });
        launched.map_err(|code| Error::Driver {
            doing: format!("work on the GPU, at the kernel {},", kernel.symbol()),
            device: self.name.clone(),
            said: self.said(code),
        })
    }

    pub(crate) fn wait(&self) -> Result<()> {
        let doing = "work on the GPU";
        self.bound(doing)?;
        unsafe { self.driver.wait(self.stream) }.map_err(self.failed(doing))
    }

    /// Why a GPU could not be opened and what to do.
    fn reason(&self, index: usize, code: Code) -> String {
        let mut version = 0;
        let known = unsafe { self.driver.driver_version(&raw mut version) }.is_ok() && version > 0;
        let of = match known {
            true => format!("; the driver is of CUDA {}.{}", version / 1000, version % 1000 / 10),
            false => String::new(),
        };
        format!("{} (asked for GPU {index}; reported: {}{of})", advice(code), self.driver.name_of(code))
    }
}

/// PTX of every file of kernels. What is compiled in is whole: the tests unpack it.
fn sources() -> Vec<CString> {
    let mut all = Vec::new();
    let _ = flate2::read::GzDecoder::new(KERNELS).read_to_end(&mut all);
    let each = all.split(|byte| *byte == 0).filter(|source| !source.is_empty());
    each.filter_map(|source| CString::new(source).ok()).collect()
}

/// What is kept stays whole when a thread that holds it panics.
fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a GPU is not opened.
enum Begin {
    Code(Code),
    TooOld([i32; 2]),
}

impl From<Code> for Begin {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

const TOO_OLD: &str = "the NVIDIA driver is too old for this program's kernels: install one of CUDA 12 or later (`nvidia-smi` tells the version), or choose `cpu`";

/// What the driver may say when a GPU is opened, by its codes, and what to do then.
const REASONS: &[(&[i32], &str)] = &[
    (
        // No device; a stub in place of the library.
        &[100, 34],
        "NVIDIA's driver found no GPU: see whether `nvidia-smi` lists one and CUDA_VISIBLE_DEVICES does not hide it, or choose `cpu`",
    ),
    (
        &[101],
        "there is no GPU of this number: `nvidia-smi -L` lists them from 0 on, less those that CUDA_VISIBLE_DEVICES hides",
    ),
    // Unsupported PTX version.
    (&[222], TOO_OLD),
    (&[218], "the driver refuses this program's kernels: install another version of it, or choose `cpu`"),
    (
        // The JIT compiler is not found, or switched off.
        &[221, 223],
        "the driver cannot compile this program's kernels: its library libnvidia-ptxjitcompiler is missing (in a container: give it the driver's `compute` capability), or CUDA_DISABLE_PTX_JIT is set",
    ),
    (
        // System and driver do not match, or not on this device.
        &[803, 804],
        "the driver's library and the driver in the kernel are not of one version: reboot after an update of the driver, and take a compatibility package out of LD_LIBRARY_PATH",
    ),
    (
        &[2],
        "its memory is full, or that of this machine: end what else runs there (`nvidia-smi` lists it), or choose another device",
    ),
    (
        // Unavailable, not ready.
        &[46, 802],
        "it is busy with the work of others, closed to this process or not ready yet: wait, or choose another device",
    ),
];

fn advice(code: Code) -> &'static str {
    let known = REASONS.iter().find(|(codes, _)| codes.contains(&code.0));
    known.map_or(
        "the driver gave no reason that is known here: see whether `nvidia-smi` works, or choose `cpu`",
        |(_, advice)| advice,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_the_driver_reports_is_told_with_what_to_do() {
        let cases = [
            (100, "CUDA_VISIBLE_DEVICES"),
            (101, "nvidia-smi -L"),
            (222, "install one of CUDA 12"),
            (221, "libnvidia-ptxjitcompiler"),
            (803, "reboot"),
            (2, "its memory is full"),
            (218, "refuses this program's kernels"),
            (46, "busy"),
            (999, "nvidia-smi"),
            (-7, "nvidia-smi"),
        ];
        for (code, hint) in cases {
            assert!(advice(Code(code)).contains(hint), "{code}");
        }
    }

    #[test]
    fn opening_a_gpu_never_panics_whatever_this_machine_has() {
        for index in [999, 1 << 32, usize::MAX] {
            let Err(error) = Card::open(index) else { panic!("no machine has as many") };
            assert!(error.to_string().contains("`"), "{error}");
        }
        assert!(Card::count() < 999);
    }
}
