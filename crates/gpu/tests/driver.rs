//! How the driver is asked: with one in its place, which does what it is asked no earlier than somebody waits for it.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(unsafe_code, clippy::unwrap_used)]

#[path = "driver/compiled.rs"]
mod compiled;

use std::ffi::CString;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use brinell_gpu::{At, Device, Precision, View, fill};
use compiled::compile_driver;
use libloading::Library;

/// The driver that is none. Who looks for NVIDIA's library finds it: one of that name is loaded already.
struct Fake {
    library: &'static Library,
    /// It serves one test at a time.
    _alone: MutexGuard<'static, ()>,
}

impl Fake {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let fake = Self { library: LIBRARY.get_or_init(loaded), _alone: alone };
        fake.capability(9, 0);
        assert_eq!(fake.held(), 0);
        fake
    }

    /// Lets a function give a code from now on; 0: no more.
    fn fail(&self, function: &str, code: i32) {
        let function = CString::new(function).unwrap();
        let fail = unsafe { self.library.get::<extern "C" fn(*const i8, i32)>("fake_fail") }.unwrap();
        fail(function.as_ptr().cast(), code);
    }

    /// How often a function was asked for.
    fn calls(&self, function: &str) -> i32 {
        let function = CString::new(function).unwrap();
        let calls = unsafe { self.library.get::<extern "C" fn(*const i8) -> i32>("fake_calls") }.unwrap();
        calls(function.as_ptr().cast())
    }

    /// What was taken and not given back.
    fn held(&self) -> i32 {
        (unsafe { self.library.get::<extern "C" fn() -> i32>("fake_held") }.unwrap())()
    }

    fn capability(&self, major: i32, minor: i32) {
        (unsafe { self.library.get::<extern "C" fn(i32, i32)>("fake_capability") }.unwrap())(major, minor);
    }
}

fn loaded() -> Library {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libcuda-{}.so", std::process::id()));
    compile_driver(&to);
    let library = unsafe { Library::new(&to) }.unwrap();
    std::fs::remove_file(to).unwrap();
    library
}

/// Numbers of one slot of those by which numbers are copied.
const SLOT: usize = 1 << 20;

#[test]
fn numbers_go_to_a_gpu_and_come_back_in_pieces_whatever_is_done_to_their_source() {
    let fake = Fake::new();
    {
        let device = Device::open(0).unwrap();
        assert_eq!(device.name(), "Fake GPU");
        for count in [0, 1, SLOT - 1, SLOT, SLOT + 1, 9 * SLOT + 5] {
            let buffer = device.zeros(count + 7).unwrap();
            let sent: Vec<f32> = (0..count).map(|number| number as f32).collect();
            let mut source = sent.clone();
            let waits = fake.calls("cuStreamSynchronize");
            device.upload(&buffer, 7, &source).unwrap();
            source.fill(-1.0);
            device.upload(&buffer, 0, &source[..7.min(count)]).unwrap();
            assert_eq!(fake.calls("cuStreamSynchronize"), waits, "an upload waited for all that was asked");
            let mut found = vec![5.0; count + 7];
            device.download(&buffer, 0, &mut found).unwrap();
            assert!(found[7..] == sent, "{count}");
            let over = 7.min(count);
            assert!(
                found[..over].iter().all(|value| *value == -1.0) && found[over..7] == vec![0.0; 7 - over]
            );
        }
    }
    assert_eq!(fake.held(), 0, "something was not given back");
}

#[test]
fn pinned_numbers_are_fetched_when_the_gpu_comes_to_it_and_their_memory_serves_again() {
    let fake = Fake::new();
    {
        let device = Device::open(0).unwrap();
        let buffer = device.zeros(100).unwrap();
        let taken = fake.calls("cuMemHostAlloc");
        for number in 0..40_u32 {
            let values = [number as f32, -1.0];
            let pinned = device.pinned(&values[..1 + usize::from(number < 3)]).unwrap();
            device.upload_pinned(&buffer, number as usize, &pinned).unwrap();
        }
        assert_eq!(fake.calls("cuMemHostAlloc"), taken + 1, "memory was not taken again");
        let mut found = vec![5.0; 41];
        device.download(&buffer, 0, &mut found).unwrap();
        let expected: Vec<f32> = (0..40).map(|number| number as f32).chain([0.0]).collect();
        assert_eq!(found, expected);
        let many: Vec<_> = (0..20).map(|number| device.pinned(&vec![1.0; 10 + number]).unwrap()).collect();
        device.upload_pinned(&buffer, 0, &many[19]).unwrap();
        drop(many);
        let empty = device.pinned(&[]).unwrap();
        device.upload_pinned(&buffer, 100, &empty).unwrap();
        assert!(device.upload_pinned(&buffer, 100, &device.pinned(&[1.0]).unwrap()).is_err());
        fake.fail("cuMemHostAlloc", 2);
        let error = device.pinned(&vec![0.0; 1000]).unwrap_err().to_string();
        fake.fail("cuMemHostAlloc", 0);
        assert!(error.contains("making numbers ready for the GPU failed"), "{error}");
        drop(device);
        assert!(fake.held() > 0, "the buffer needs the GPU");
    }
    assert_eq!(fake.held(), 0);
}

#[test]
fn what_is_asked_is_done_in_order_and_kernels_are_translated_when_they_are_needed() {
    let fake = Fake::new();
    let modules = fake.calls("cuModuleLoadData");
    let device = Device::open(0).unwrap().in_precision(Precision::Tf32);
    let buffer = device.zeros(1000).unwrap();
    let all = View { at: At { buffer: 0, offset: 0 }, pitch: 1000 };
    device.run(&[fill(1, 1000, all, 0.5), fill(1, 10, all, 2.0)], &[&buffer]).unwrap();
    device.upload(&buffer, 3, &[7.0]).unwrap();
    device.run(&[fill(1, 2, all, 4.0)], &[&buffer]).unwrap();
    let mut found = vec![0.0; 12];
    device.download(&buffer, 0, &mut found).unwrap();
    assert_eq!(found, [4.0, 4.0, 2.0, 7.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.5, 0.5]);
    assert_eq!(fake.calls("cuModuleLoadData"), modules + 1);
    drop((device, buffer));
    assert_eq!(fake.held(), 0);
}

#[test]
fn threads_share_a_gpu_and_numbers_made_ready_on_one_are_sent_by_another() {
    let fake = Fake::new();
    {
        let device = &Device::open(0).unwrap();
        let (send, receive) = std::sync::mpsc::sync_channel(2);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for number in 0..30_u32 {
                    let values = vec![number as f32; 1000 + number as usize];
                    send.send(device.pinned(&values).unwrap()).unwrap();
                }
            });
            for number in 0..3_u32 {
                scope.spawn(move || {
                    for len in [10, SLOT + 3] {
                        let buffer = device.zeros(len).unwrap();
                        let values = vec![number as f32; len];
                        device.upload(&buffer, 0, &values).unwrap();
                        let mut found = vec![-1.0; len];
                        device.download(&buffer, 0, &mut found).unwrap();
                        assert!(found == values);
                    }
                });
            }
            let buffer = device.zeros(1030).unwrap();
            let mut found = [0.0];
            for (number, pinned) in receive.iter().enumerate() {
                device.upload_pinned(&buffer, 0, &pinned).unwrap();
                drop(pinned);
                if number % 7 == 3 {
                    device.download(&buffer, 999, &mut found).unwrap();
                    assert_eq!(found, [number as f32]);
                }
            }
        });
    }
    assert_eq!(fake.held(), 0);
}

#[test]
fn whatever_fails_when_a_gpu_is_opened_is_told_with_what_to_do_and_nothing_is_kept() {
    let fake = Fake::new();
    let cases = [
        ("cuInit", 100, "CUDA_VISIBLE_DEVICES"),
        ("cuInit", 803, "reboot"),
        ("cuInit", -5, "nvidia-smi"),
        ("cuDeviceGet", 101, "nvidia-smi -L"),
        ("cuDeviceGetName", 1, "nvidia-smi"),
        ("cuDeviceGetAttribute", 1, "nvidia-smi"),
        ("cuDevicePrimaryCtxRetain", 2, "its memory is full"),
        ("cuDevicePrimaryCtxRetain", 46, "busy"),
        ("cuCtxSetCurrent", 1, "nvidia-smi"),
        ("cuStreamCreate", 2, "its memory is full"),
        ("cuMemHostAlloc", 2, "its memory is full"),
        ("cuEventCreate", 2, "its memory is full"),
        ("cuModuleLoadData", 218, "refuses this program's kernels"),
        ("cuModuleLoadData", 222, "install one of CUDA 12"),
        ("cuModuleLoadData", 221, "libnvidia-ptxjitcompiler"),
        ("cuModuleGetFunction", 500, "nvidia-smi"),
        ("cuMemAlloc_v2", 2, "has no room"),
        ("cuMemsetD8Async", 700, "CUDA_ERROR_ILLEGAL_ADDRESS"),
        ("cuLaunchKernel", 700, "at the kernel brinell_fill"),
        ("cuMemcpyDtoHAsync_v2", 700, "copying numbers from the GPU"),
        ("cuEventSynchronize", 999, "copying numbers from the GPU"),
        ("cuEventRecord", 1, "copying numbers from the GPU"),
    ];
    for (function, code, hint) in cases {
        fake.fail(function, code);
        let error = Device::open(0).unwrap_err().to_string();
        fake.fail(function, 0);
        assert!(error.contains(hint), "{function} {code}: {error}");
        assert_eq!(fake.held(), 0, "{function} {code} kept something");
    }
    fake.capability(7, 5);
    let error = Device::open(0).unwrap_err().to_string();
    assert!(error.contains("Fake GPU has compute capability 7.5"), "{error}");
    fake.capability(9, 0);
    assert!(Device::open(1).unwrap_err().to_string().contains("nvidia-smi -L"));
    assert!(Device::open(0).is_ok() && Device::count() == 1 && Device::has_driver());
    assert_eq!(fake.held(), 0);
}

#[test]
fn what_fails_on_a_gpu_that_is_open_is_an_error_and_the_next_try_may_succeed() {
    let fake = Fake::new();
    let device = Device::open(0).unwrap();
    let buffer = device.zeros(3 * SLOT).unwrap();
    let other = device.zeros(3 * SLOT).unwrap();
    let (values, others) = (vec![3.0; 3 * SLOT], vec![4.0; 3 * SLOT]);
    let mut found = vec![0.0; 3 * SLOT];
    for (function, code) in
        [("cuMemcpyHtoDAsync_v2", 700), ("cuEventRecord", 700), ("cuEventSynchronize", 719)]
    {
        fake.fail(function, code);
        let error = device.upload(&buffer, 0, &values).unwrap_err().to_string();
        fake.fail(function, 0);
        assert!(error.contains("copying numbers to the GPU failed on Fake GPU"), "{error}");
        // What was under way when it failed is not touched by what comes next.
        device.upload(&buffer, 0, &values).unwrap();
        fake.fail(function, code);
        assert!(device.upload(&buffer, 0, &values).is_err());
        fake.fail(function, 0);
        device.upload(&other, 0, &others).unwrap();
        for (buffer, values) in [(&buffer, &values), (&other, &others)] {
            device.download(buffer, 0, &mut found).unwrap();
            assert!(found == *values, "{function}");
        }
    }
    fake.fail("cuMemAlloc_v2", 2);
    let error = device.zeros(1 << 20).unwrap_err().to_string();
    assert!(error.contains("no room for 4 MiB more (3 of 5 MiB are free)"), "{error}");
    fake.fail("cuMemAlloc_v2", 0);
    fake.fail("cuStreamSynchronize", 700);
    assert!(device.wait().unwrap_err().to_string().contains("CUDA_ERROR_ILLEGAL_ADDRESS"));
    fake.fail("cuStreamSynchronize", 0);
    device.download(&buffer, 0, &mut found).unwrap();
    assert!(found == values);
    drop((device, buffer, other));
    assert_eq!(fake.held(), 0);
}
