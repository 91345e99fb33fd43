//! Memory of the CPU that stays where it is, by which numbers go to a GPU and come back in pieces: the GPU fetches and brings
//! them itself, while the CPU copies the pieces behind and before.
//!
//! Why the unsafe calls are sound: a piece is as long as a slot at most; the CPU writes to a slot after the GPU has done with
//! what it held, and reads from it after the GPU has written; slots are given up after all that was asked of the stream is done.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::null_mut;

use crate::driver::{Code, Driver, Handle};

/// Bytes of a slot, and how many there are.
const SLOT: usize = 4 << 20;
const SLOTS: usize = 4;
/// The driver's flag of an event that keeps no time.
const NO_TIME: u32 = 2;

/// The slots, which are taken in turn.
pub(crate) struct Staging {
    slots: Vec<Slot>,
    next: usize,
}

struct Slot {
    memory: *mut c_void,
    /// When the GPU has done with it.
    done: Handle,
}

impl Staging {
    pub(crate) fn none() -> Self {
        Self { slots: Vec::new(), next: 0 }
    }

    /// Takes the slots, with the GPU bound to this thread; [`end`](Self::end) gives up those that were taken.
    pub(crate) fn begin(&mut self, driver: &Driver) -> Result<(), Code> {
        while self.slots.len() < SLOTS {
            let mut slot = Slot { memory: null_mut(), done: null_mut() };
            unsafe { driver.take_fixed(&raw mut slot.memory, SLOT, 0) }?;
            let event = unsafe { driver.event(&raw mut slot.done, NO_TIME) };
            self.slots.push(slot);
            event?;
        }
        Ok(())
    }

    /// Gives the slots up; nothing may be under way.
    pub(crate) fn end(&mut self, driver: &Driver) {
        for slot in self.slots.drain(..) {
            unsafe {
                if !slot.done.is_null() {
                    let _ = driver.end_event(slot.done);
                }
                let _ = driver.free_fixed(slot.memory);
            }
        }
    }

    /// Asks for numbers to be copied to the GPU; they may change at once.
    pub(crate) fn upload(
        &mut self,
        driver: &Driver,
        stream: Handle,
        address: u64,
        values: &[f32],
    ) -> Result<(), Code> {
        for (piece, to) in values.chunks(SLOT / 4).zip((address..).step_by(SLOT)) {
            let slot = &self.slots[self.next];
            self.next = (self.next + 1) % SLOTS;
            unsafe {
                driver.wait_for(slot.done)?;
                slot.memory.cast::<f32>().copy_from_nonoverlapping(piece.as_ptr(), piece.len());
                driver.upload(to, slot.memory, size_of_val(piece), stream)?;
                driver.record(slot.done, stream)?;
            }
        }
        Ok(())
    }

    /// Copies numbers from the GPU, after all that was asked before.
    pub(crate) fn download(
        &mut self,
        driver: &Driver,
        stream: Handle,
        address: u64,
        values: &mut [f32],
    ) -> Result<(), Code> {
        // What a slot held before went to the GPU earlier in the stream.
        let ask = |slot: &Slot, from: u64, len: usize| unsafe {
            driver.download(slot.memory, from, 4 * len, stream)?;
            driver.record(slot.done, stream)
        };
        let mut pieces: Vec<&mut [f32]> = values.chunks_mut(SLOT / 4).collect();
        let lens: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
        let asked = |number: usize| (address + (number * SLOT) as u64, lens[number]);
        for (number, slot) in self.slots.iter().enumerate().take(lens.len()) {
            let (from, len) = asked(number);
            ask(slot, from, len)?;
        }
        for (number, piece) in pieces.iter_mut().enumerate() {
            let slot = &self.slots[number % SLOTS];
            unsafe {
                driver.wait_for(slot.done)?;
                piece.as_mut_ptr().copy_from_nonoverlapping(slot.memory.cast(), piece.len());
            }
            if number + SLOTS < lens.len() {
                let (from, len) = asked(number + SLOTS);
                ask(slot, from, len)?;
            }
        }
        Ok(())
    }
}
