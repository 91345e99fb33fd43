//! Hashes of all stretches of a channel from one pass: `H(a..b) = P(b) - P(a) B^(b - a)` with the prefix hashes
//! `P(n + 1) = P(n) B + m(x_n)` modulo the prime `2^61 - 1` (Karp and Rabin 1987), `m` a mixing bijection of the
//! 64 bits of a sample. Two different stretches of one length share a hash with a chance of about 1e-18 a sample of
//! their length; equal ones always do, so nothing equal is missed.

const PRIME: u64 = (1 << 61) - 1;
/// Any number below the prime that is not small.
const BASE: u64 = 0x1234_5678_9abc_def1 % PRIME;

/// Prefix hashes of a channel.
pub(super) struct Fingerprint {
    prefixes: Vec<u64>,
}

impl Fingerprint {
    pub(super) fn of(samples: &[f64]) -> Fingerprint {
        let mut prefixes = Vec::with_capacity(samples.len() + 1);
        let mut hash = 0;
        prefixes.push(hash);
        for sample in samples {
            hash = add(times(hash, BASE), mix(sample.to_bits()) % PRIME);
            prefixes.push(hash);
        }
        Fingerprint { prefixes }
    }

    /// The hash of a stretch, of which `power` is [`power`] of its length; `None` when it is not all inside.
    pub(super) fn stretch(&self, start: usize, length: usize, power: u64) -> Option<u64> {
        let (from, to) = (self.prefixes.get(start)?, self.prefixes.get(start.checked_add(length)?)?);
        Some(stretch_between(*from, *to, power))
    }

    /// The hash of all samples before one; that of all where there are not so many.
    pub(super) fn prefix(&self, at: usize) -> u64 {
        self.prefixes.get(at).copied().unwrap_or_else(|| self.whole())
    }

    /// The hash of all.
    pub(super) fn whole(&self) -> u64 {
        self.prefixes.last().copied().unwrap_or(0)
    }
}

/// The hash of the stretch between two prefixes, of which `power` is [`power`] of its length.
pub(super) fn stretch_between(from: u64, to: u64, power: u64) -> u64 {
    add(to, PRIME - times(from, power))
}

/// The base to the power of a length.
pub(super) fn power(length: u64) -> u64 {
    let (mut result, mut square, mut left) = (1, BASE, length);
    while left > 0 {
        if left & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        left >>= 1;
    }
    result
}

fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    // 2^61 is 1 modulo the prime
    add((product & u128::from(PRIME)) as u64, (product >> 61) as u64)
}

/// The sum of two numbers up to the prime, below the prime.
fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

/// Finaliser of SplitMix64.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stretches_share_a_hash_and_one_bit_changes_it() {
        let mut samples: Vec<f64> = (0..1_000).map(|n| f64::from(n % 100).sin()).collect();
        let (first, power) = (Fingerprint::of(&samples), power(64));
        assert_eq!(first.stretch(10, 64, power), first.stretch(110, 64, power));
        assert_ne!(first.stretch(10, 64, power), first.stretch(11, 64, power));
        assert_eq!(first.stretch(936, 64, power), first.stretch(836, 64, power));
        assert_eq!((first.stretch(937, 64, power), first.stretch(usize::MAX, 64, power)), (None, None));
        let whole = first.whole();
        samples[500] = f64::from_bits(samples[500].to_bits() ^ 1);
        let second = Fingerprint::of(&samples);
        assert_ne!(second.whole(), whole);
        assert_ne!(second.stretch(480, 64, power), first.stretch(480, 64, power));
        assert_eq!(second.stretch(501, 64, power), first.stretch(501, 64, power));
    }
}
