//! Counts allocations, to show that a batch asks for no memory once a net is planned.
#![allow(unsafe_code, reason = "an allocator is unsafe by nature; this one passes every call on as it is")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged; counting touches one thread-local number, which
// needs no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread asks for memory while `work` runs for the second time.
pub(crate) fn allocations_when_warm(mut work: impl FnMut()) -> usize {
    work();
    let before = COUNT.with(Cell::get);
    work();
    COUNT.with(Cell::get) - before
}

#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocations_when_warm(|| drop(std::hint::black_box(vec![1u8; 100]))), 1);
    assert_eq!(allocations_when_warm(|| ()), 0);
}
