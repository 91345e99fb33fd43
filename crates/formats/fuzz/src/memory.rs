//! Ends the program when it holds more memory than an input may take, at the place where it asks for it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Bounded;

/// Bytes that are held, and the most that may be.
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(usize::MAX);

fn take(size: usize) {
    let held = HELD.fetch_add(size, Relaxed) + size;
    let most = MOST.load(Relaxed);
    if held > most {
        MOST.store(usize::MAX, Relaxed);
        eprintln!("{size} bytes more make {held}, the bound is {most}");
        eprintln!("{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }
}

unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

/// Runs `work`, which may take so many bytes beyond those that are held already.
pub(crate) fn bounded(bytes: usize, work: impl FnOnce()) {
    MOST.store(HELD.load(Relaxed).saturating_add(bytes), Relaxed);
    work();
    MOST.store(usize::MAX, Relaxed);
}
