//! Random numbers keyed by what they are for.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a draw is for: a seed, a step and a name. Equal keys give equal numbers; a draw for one
/// name never shifts the draws for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    seed: u64,
    step: u64,
    name: [u64; 2],
}

impl Key {
    /// The key of `name` at `step` under `seed`.
    pub fn new(seed: u64, step: u64, name: &str) -> Self {
        Self { seed, step, name: [hash(name, 0xcbf2_9ce4_8422_2325), hash(name, 0x6c62_272e_07bb_0142)] }
    }

    /// A number between 0 and 1.
    pub(crate) fn uniform(&self) -> f64 {
        self.generator().random()
    }

    /// Numbers between 0 and 1, one after the other.
    pub(crate) fn uniforms(&self) -> impl Iterator<Item = f64> + use<> {
        let mut generator = self.generator();
        std::iter::repeat_with(move || generator.random())
    }

    /// The words that a generator is begun with.
    pub(crate) fn words(&self) -> [u32; 8] {
        let mut words = [0; 8];
        let halves = [self.seed, self.step, self.name[0], self.name[1]].into_iter();
        for (word, half) in
            words.iter_mut().zip(halves.flat_map(|whole| [whole as u32, (whole >> 32) as u32]))
        {
            *word = half;
        }
        words
    }

    pub(crate) fn generator(&self) -> ChaCha8Rng {
        let mut key = [0; 32];
        for (bytes, word) in key.chunks_mut(4).zip(self.words()) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        ChaCha8Rng::from_seed(key)
    }
}

/// FNV-1a from a given start: two starts make collisions of names a matter of 128 bits.
fn hash(text: &str, start: u64) -> u64 {
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn every_part_of_the_key_changes_the_numbers() {
        let draw = |key: Key| key.generator().next_u64();
        let base = draw(Key::new(1, 2, "a"));
        assert_eq!(base, draw(Key::new(1, 2, "a")));
        assert_ne!(base, draw(Key::new(2, 2, "a")));
        assert_ne!(base, draw(Key::new(1, 3, "a")));
        assert_ne!(base, draw(Key::new(1, 2, "b")));
    }
}
