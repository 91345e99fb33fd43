//! The one seeded generator of random numbers.
//!
//! Everything random draws from a [`ChaCha8Rng`] made here from the user's seed and the name of its
//! purpose, so that adding a purpose never changes what another one draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// First word of a key; says `brinell` and the version of this derivation.
const DOMAIN: u64 = u64::from_le_bytes(*b"brinell1");

/// A generator for one purpose under one seed.
///
/// The 256-bit key is four little-endian words: the eight ASCII bytes `brinell1`, the seed, and two
/// 64-bit FNV-1a hashes of the name's UTF-8 bytes: one from the usual start value, one from the first
/// hash over the bytes in reverse. The second passes each word through the SplitMix64 finaliser. Two
/// seeds never share a key under one name; two names share one with a chance of about 2⁻¹²⁸.
#[must_use]
pub fn generator(seed: u64, name: &str) -> ChaCha8Rng {
    let forward = name.bytes().fold(0xcbf2_9ce4_8422_2325, fnv1a);
    let backward = mix(name.bytes().rev().fold(mix(forward), fnv1a));
    let mut key = [0; 32];
    for (slot, word) in key.chunks_exact_mut(8).zip([DOMAIN, seed, forward, backward]) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// One step of 64-bit FNV-1a.
fn fnv1a(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Finaliser of SplitMix64: a bijection in which every input bit moves half of the output bits.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn the_same_seed_and_name_draw_the_same_and_any_other_draw_differently() {
        let first = |seed, name| generator(seed, name).next_u64();
        assert_eq!(first(7, "slip"), first(7, "slip"));
        let all = [first(7, "slip"), first(8, "slip"), first(7, "noise"), first(7, "slip2"), first(7, "")];
        for (index, value) in all.iter().enumerate() {
            assert!(!all[..index].contains(value));
        }
    }
}
