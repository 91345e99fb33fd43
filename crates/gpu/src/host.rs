//! The kernels on the processor, for tests: every block after the other, and in a block every thread up to its next
//! barrier.
//!
//! Why the unsafe calls are sound: the kernels are compiled from the sources that the GPU gets, take one struct of the same
//! layout, and keep their own place in a variable of the thread that runs them; addresses are of memory that the buffers
//! hold. Tests that get a kernel wrong read or write beyond a buffer, as they would on a GPU.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell, UnsafeCell};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use crate::kernel::Kernel;
use crate::launch::{Args, THREADS};

/// A kernel compiled for the processor.
pub(crate) type HostKernel = unsafe extern "C" fn(Args);

pub(crate) mod symbols {
    unsafe extern "C" {
        crate::kernel::host_symbols!();
    }
}

unsafe extern "C" {
    fn brinell_stand(thread: i32, x: i32, y: i32, z: i32, blocks: i32);
}

/// In which order the threads of a block run between two barriers: a missing barrier shows as different numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The first thread first.
    Forwards,
    /// The last thread first.
    Backwards,
}

/// Numbers that a kernel may change behind an address.
pub(crate) struct Memory(Box<[UnsafeCell<f32>]>);

// One test thread runs kernels on it at a time, as one stream does on a GPU.
unsafe impl Send for Memory {}
unsafe impl Sync for Memory {}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({})", self.0.len())
    }
}

impl Memory {
    pub(crate) fn zeros(len: usize) -> Self {
        // A guard of NaN behind shows in results when it is read.
        let guard = (0..64).map(|_| UnsafeCell::new(f32::NAN));
        Self((0..len).map(|_| UnsafeCell::new(0.0)).chain(guard).collect())
    }

    pub(crate) fn address(&self) -> u64 {
        self.0.as_ptr() as u64
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let guard = self.0.len() - 64..;
        let whole = self.0[guard].iter().all(|value| unsafe { *value.get() }.is_nan());
        assert!(whole || std::thread::panicking(), "a kernel wrote behind its buffer");
    }
}

pub(crate) fn upload(address: u64, values: &[f32]) {
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), address as *mut f32, values.len()) };
}

pub(crate) fn download(address: u64, values: &mut [f32]) {
    unsafe { std::ptr::copy_nonoverlapping(address as *const f32, values.as_mut_ptr(), values.len()) };
}

thread_local! {
    /// What hands on from the thread of a block that is running.
    static RUNNING: Cell<*const Yielder<(), ()>> = const { Cell::new(std::ptr::null()) };
    static STACKS: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// What BARRIER is here.
#[unsafe(no_mangle)]
extern "C" fn brinell_barrier() {
    let own = RUNNING.get();
    assert!(!own.is_null(), "a kernel with a barrier is listed as one without");
    unsafe { &*own }.suspend(());
}

pub(crate) fn launch(kernel: Kernel, [x, y, z]: [usize; 3], args: Args, order: Order) {
    for block in 0..x * y * z {
        let at = [block % x, block / x % y, block / (x * y)];
        if kernel.waits() {
            block_that_waits(kernel.on_host(), at, x, args, order);
        } else {
            for thread in in_order(order) {
                stand(thread, at, x);
                unsafe { kernel.on_host()(args) };
            }
        }
    }
}

fn in_order(order: Order) -> Box<dyn Iterator<Item = usize>> {
    match order {
        Order::Forwards => Box::new(0..THREADS),
        Order::Backwards => Box::new((0..THREADS).rev()),
    }
}

fn stand(thread: usize, [x, y, z]: [usize; 3], blocks: usize) {
    unsafe { brinell_stand(thread as i32, x as i32, y as i32, z as i32, blocks as i32) };
}

fn block_that_waits(kernel: HostKernel, at: [usize; 3], blocks: usize, args: Args, order: Order) {
    let mut threads: Vec<Option<Coroutine<(), (), (), DefaultStack>>> = (0..THREADS)
        .map(|_| {
            let kept = STACKS.with_borrow_mut(Vec::pop);
            let stack = kept.unwrap_or_else(|| DefaultStack::new(1 << 17).expect("a stack of 128 KiB"));
            Some(Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
                RUNNING.set(std::ptr::from_ref(yielder));
                unsafe { kernel(args) };
            }))
        })
        .collect();
    let mut yielders = vec![std::ptr::null(); THREADS];
    while threads.iter().any(Option::is_some) {
        let mut ended = 0;
        for thread in in_order(order) {
            let Some(own) = &mut threads[thread] else { continue };
            stand(thread, at, blocks);
            RUNNING.set(yielders[thread]);
            let result = own.resume(());
            yielders[thread] = RUNNING.get();
            if matches!(result, CoroutineResult::Return(())) {
                let stack = threads[thread].take().map(Coroutine::into_stack);
                STACKS.with_borrow_mut(|stacks| stacks.extend(stack));
                ended += 1;
            }
        }
        let left = threads.iter().filter(|own| own.is_some()).count();
        assert!(ended == 0 || left == 0, "threads of a block did not all come to the same barrier");
    }
    RUNNING.set(std::ptr::null());
}
