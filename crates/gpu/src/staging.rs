//! Slots by which numbers go to a GPU and come back in pieces: it fetches one while the CPU fills the next.

use crate::driver::{Code, Driver, Handle};
use crate::fixed::Fixed;

/// Numbers of a slot, and how many slots there are.
const SLOT: usize = 1 << 20;
const SLOTS: usize = 4;

/// The slots, which are taken in turn.
#[derive(Default)]
pub(crate) struct Staging {
    slots: Vec<Fixed>,
    next: usize,
}

impl Staging {
    /// Takes the slots, with the GPU bound to this thread; [`end`](Self::end) gives up those that were taken.
    pub(crate) fn begin(&mut self, driver: &Driver) -> Result<(), Code> {
        while self.slots.len() < SLOTS {
            self.slots.push(Fixed::take(driver, SLOT)?);
        }
        Ok(())
    }

    pub(crate) fn end(&mut self, driver: &Driver) {
        self.slots.drain(..).for_each(|slot| slot.end(driver));
    }

    /// Asks for numbers to be copied to the GPU; they may change at once.
    pub(crate) fn upload(
        &mut self,
        driver: &Driver,
        stream: Handle,
        address: u64,
        values: &[f32],
    ) -> Result<(), Code> {
        for (piece, to) in values.chunks(SLOT).zip((address..).step_by(4 * SLOT)) {
            let slot = &mut self.slots[self.next];
            self.next = (self.next + 1) % SLOTS;
            slot.write(driver, piece)?;
            slot.send(driver, stream, to, piece.len())?;
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
        let mut pieces: Vec<&mut [f32]> = values.chunks_mut(SLOT).collect();
        let lens: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
        // What a slot held before went to the GPU earlier in the stream.
        let ask = |number: usize, slot: &Fixed| match lens.get(number) {
            Some(len) => slot.fetch(driver, stream, address + 4 * (number * SLOT) as u64, *len),
            None => Ok(()),
        };
        self.slots.iter().enumerate().try_for_each(|(number, slot)| ask(number, slot))?;
        for (number, piece) in pieces.iter_mut().enumerate() {
            let slot = &self.slots[number % SLOTS];
            slot.read(driver, piece)?;
            ask(number + SLOTS, slot)?;
        }
        Ok(())
    }
}
