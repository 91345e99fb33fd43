//! The functions of NVIDIA's driver that are used, looked up once in its library.
//!
//! Every function gives a code; 0 is success, and which others there are grows from driver to driver, so codes stay numbers.
//! Why the unsafe calls are sound: the signatures are those of the driver's published interface, whose functions of these
//! names keep them for good, and the library stays loaded.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::sync::OnceLock;

use libloading::Library;

/// A code of the driver that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) i32);

impl Code {
    pub(crate) const INVALID_VALUE: Self = Self(1);
    pub(crate) const INVALID_DEVICE: Self = Self(101);
    pub(crate) const NOT_FOUND: Self = Self(500);
    pub(crate) const OUT_OF_MEMORY: Self = Self(2);
}

/// The device's number, a context, a module, a stream, a function: handles of the driver.
pub(crate) type Ordinal = i32;
pub(crate) type Handle = *mut c_void;

/// Where the library is looked for.
#[cfg(windows)]
const NAMES: [&str; 1] = ["nvcuda.dll"];
#[cfg(not(windows))]
const NAMES: [&str; 2] = ["libcuda.so.1", "libcuda.so"];

macro_rules! functions {
    ($($name:ident $symbol:literal ($($argument:ident: $kind:ty),*);)*) => {
        /// The driver.
        pub(crate) struct Driver {
            $($name: unsafe extern "system" fn($($kind),*) -> i32,)*
        }

        impl Driver {
            /// Loads the library, which stays loaded to the end of the program; says what is missing of it.
            pub(crate) fn load() -> Result<Self, Missing> {
                static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
                let first = || NAMES.iter().find_map(|name| unsafe { Library::new(*name) }.ok());
                let Some(library) = LIBRARY.get_or_init(first) else {
                    return Err(Missing::Library);
                };
                Ok(Self {
                    $($name: *unsafe { library.get($symbol) }.map_err(|_| Missing::function($symbol))?,)*
                })
            }

            $(
                /// # Safety
                /// Arguments as the driver wants them.
                #[allow(clippy::too_many_arguments, reason = "the driver's own")]
                pub(crate) unsafe fn $name(&self, $($argument: $kind),*) -> Result<(), Code> {
                    match unsafe { (self.$name)($($argument),*) } {
                        0 => Ok(()),
                        code => Err(Code(code)),
                    }
                }
            )*
        }
    };
}

functions! {
    init b"cuInit\0" (flags: u32);
    driver_version b"cuDriverGetVersion\0" (version: *mut i32);
    device_count b"cuDeviceGetCount\0" (count: *mut i32);
    device b"cuDeviceGet\0" (device: *mut Ordinal, index: i32);
    device_name b"cuDeviceGetName\0" (name: *mut c_char, len: i32, device: Ordinal);
    device_attribute b"cuDeviceGetAttribute\0" (value: *mut i32, attribute: i32, device: Ordinal);
    context b"cuDevicePrimaryCtxRetain\0" (context: *mut Handle, device: Ordinal);
    release_context b"cuDevicePrimaryCtxRelease_v2\0" (device: Ordinal);
    set_context b"cuCtxSetCurrent\0" (context: Handle);
    stream b"cuStreamCreate\0" (stream: *mut Handle, flags: u32);
    wait b"cuStreamSynchronize\0" (stream: Handle);
    end_stream b"cuStreamDestroy_v2\0" (stream: Handle);
    module b"cuModuleLoadData\0" (module: *mut Handle, image: *const c_void);
    function b"cuModuleGetFunction\0" (function: *mut Handle, module: Handle, name: *const c_char);
    unload b"cuModuleUnload\0" (module: Handle);
    take b"cuMemAlloc_v2\0" (address: *mut u64, bytes: usize);
    free b"cuMemFree_v2\0" (address: u64);
    clear b"cuMemsetD8Async\0" (address: u64, value: u8, bytes: usize, stream: Handle);
    upload b"cuMemcpyHtoDAsync_v2\0" (to: u64, from: *const c_void, bytes: usize, stream: Handle);
    download b"cuMemcpyDtoHAsync_v2\0" (to: *mut c_void, from: u64, bytes: usize, stream: Handle);
    take_fixed b"cuMemHostAlloc\0" (address: *mut *mut c_void, bytes: usize, flags: u32);
    free_fixed b"cuMemFreeHost\0" (address: *mut c_void);
    event b"cuEventCreate\0" (event: *mut Handle, flags: u32);
    record b"cuEventRecord\0" (event: Handle, stream: Handle);
    wait_for b"cuEventSynchronize\0" (event: Handle);
    end_event b"cuEventDestroy_v2\0" (event: Handle);
    free_memory b"cuMemGetInfo_v2\0" (free: *mut usize, all: *mut usize);
    launch b"cuLaunchKernel\0" (function: Handle, x: u32, y: u32, z: u32, threads_x: u32, threads_y: u32,
        threads_z: u32, shared: u32, stream: Handle, arguments: *mut *mut c_void, extra: *mut *mut c_void);
    error_name b"cuGetErrorName\0" (code: i32, name: *mut *const c_char);
}

/// What was looked for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The library, or it cannot be loaded.
    Library,
    /// A function of this name.
    Function(String),
}

impl Missing {
    fn function(symbol: &[u8]) -> Self {
        Self::Function(String::from_utf8_lossy(symbol).trim_end_matches('\0').to_owned())
    }
}

impl Driver {
    /// The driver's name of a code.
    pub(crate) fn name_of(&self, code: Code) -> String {
        let mut name = std::ptr::null();
        let known = unsafe { self.error_name(code.0, &raw mut name) };
        match known {
            Ok(()) if !name.is_null() => unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned(),
            _ => format!("error {}", code.0),
        }
    }
}
