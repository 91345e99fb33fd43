//! Ends the program when an input takes too much time of the processor. libFuzzer's own limit counts time that other programs
//! had the processor.

use std::ffi::{c_int, c_long};

/// Seconds that one input may take.
const MOST: f64 = 5.0;
/// The processor time of the whole program.
const PROCESS: c_int = 2;

#[repr(C)]
struct Time {
    seconds: c_long,
    nanoseconds: c_long,
}

unsafe extern "C" {
    fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
}

fn now() -> f64 {
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // Sound: the structure is the one that the function fills.
    unsafe { clock_gettime(PROCESS, &mut time) };
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

/// Runs `work`.
pub(crate) fn watched(work: impl FnOnce()) {
    let before = now();
    work();
    let took = now() - before;
    assert!(took <= MOST, "{took} seconds of the processor, {MOST} are allowed");
}
