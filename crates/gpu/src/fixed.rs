//! Memory of the CPU that stays where it is, so that a GPU fetches numbers from it and brings some there by itself.
//!
//! Why the unsafe calls are sound: what is copied is checked against the room there is; the CPU writes after the GPU has done
//! with what was there, and reads after the GPU has written; the memory is given up by its owner once, after the GPU has done.
#![allow(unsafe_code)]

use std::ptr::null_mut;

use crate::driver::{Code, Driver, Handle};

/// The driver's flag of an event that keeps no time.
const NO_TIME: u32 = 2;

/// Room for numbers, and when the GPU has done with them.
pub(crate) struct Fixed {
    memory: *mut f32,
    room: usize,
    done: Handle,
}

// The memory and the event may be used from any thread that the context is bound to, as those who call bind it.
unsafe impl Send for Fixed {}

impl Fixed {
    /// Room for so many numbers, which [`end`](Self::end) gives up.
    pub(crate) fn take(driver: &Driver, room: usize) -> Result<Self, Code> {
        let (mut memory, mut done) = (null_mut(), null_mut());
        unsafe { driver.take_fixed(&raw mut memory, 4 * room.max(1), 0) }?;
        if let Err(code) = unsafe { driver.event(&raw mut done, NO_TIME) } {
            let _ = unsafe { driver.free_fixed(memory) };
            return Err(code);
        }
        Ok(Self { memory: memory.cast(), room, done })
    }

    pub(crate) fn end(self, driver: &Driver) {
        // What fails here has been told before, or is by what comes next.
        unsafe {
            let _ = driver.wait_for(self.done);
            let _ = driver.end_event(self.done);
            let _ = driver.free_fixed(self.memory.cast());
        }
    }

    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Puts numbers here, when the GPU has done with those that were.
    pub(crate) fn write(&mut self, driver: &Driver, values: &[f32]) -> Result<(), Code> {
        self.fits(values.len())?;
        unsafe {
            driver.wait_for(self.done)?;
            self.memory.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
        Ok(())
    }

    /// Asks for the first so many numbers to be copied to the GPU.
    pub(crate) fn send(&self, driver: &Driver, stream: Handle, to: u64, len: usize) -> Result<(), Code> {
        self.fits(len)?;
        unsafe {
            driver.upload(to, self.memory.cast(), 4 * len, stream)?;
            driver.record(self.done, stream)
        }
    }

    /// Asks for so many numbers to be copied from the GPU.
    pub(crate) fn fetch(&self, driver: &Driver, stream: Handle, from: u64, len: usize) -> Result<(), Code> {
        self.fits(len)?;
        unsafe {
            driver.download(self.memory.cast(), from, 4 * len, stream)?;
            driver.record(self.done, stream)
        }
    }

    /// Takes what was fetched, when it is there.
    pub(crate) fn read(&self, driver: &Driver, values: &mut [f32]) -> Result<(), Code> {
        self.fits(values.len())?;
        unsafe {
            driver.wait_for(self.done)?;
            values.as_mut_ptr().copy_from_nonoverlapping(self.memory, values.len());
        }
        Ok(())
    }

    fn fits(&self, len: usize) -> Result<(), Code> {
        if len <= self.room { Ok(()) } else { Err(Code::INVALID_VALUE) }
    }
}
