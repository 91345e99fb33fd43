//! Places in a channel that are chosen by the samples there and by nothing else, so that a copy has them too, wherever
//! it begins: winnowing (Schleimer, Wilkerson and Aiken 2003). Of every 449 windows of 64 samples that begin one after
//! the other, the one with the smallest hash is an anchor. Two runs of 512 equal samples share one at least.
//!
//! A window in which fewer than eight samples differ from the one before is none: a standstill, or a pause. Nor is one
//! that holds a NaN.

use super::fingerprint::{Fingerprint, power, stretch_between};
use std::collections::VecDeque;

/// Samples of a window.
pub(super) const WINDOW: usize = 64;
/// Windows of which one is an anchor.
const REACH: usize = 449;
/// Shortest run of equal samples that is sure to share an anchor.
pub(super) const SHORTEST: usize = WINDOW + REACH - 1;
/// Fewest samples of a window that differ from the one before.
const CHANGES: usize = 8;

/// One such place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Hash of its window.
    pub(super) hash: u64,
    /// First sample of the window.
    pub(super) at: usize,
    /// Hash of all samples before.
    prefix: u64,
}

impl Anchor {
    /// Whether the samples from this anchor up to the next are the same as those between two others.
    pub(super) fn reaches(&self, next: &Anchor, other: &Anchor, other_next: &Anchor) -> bool {
        let length = next.at - self.at;
        if next.hash != other_next.hash || other_next.at - other.at != length {
            return false;
        }
        let power = power(length as u64);
        stretch_between(self.prefix, next.prefix, power)
            == stretch_between(other.prefix, other_next.prefix, power)
    }
}

/// The anchors of a channel, in order.
pub(super) fn anchors(samples: &[f64], fingerprint: &Fingerprint) -> Vec<Anchor> {
    let power = power(WINDOW as u64);
    let changed = |at: usize| at > 0 && samples[at].to_bits() != samples[at - 1].to_bits();
    let mut found = Vec::<Anchor>::new();
    // windows that may still be the smallest: their hashes rise
    let mut waiting = VecDeque::<(usize, u64)>::new();
    let (mut changes, mut broken) = (0, 0);
    for last in 0..samples.len() {
        changes += usize::from(changed(last));
        broken += usize::from(!samples[last].is_finite());
        let Some(at) = (last + 1).checked_sub(WINDOW) else { continue };
        if at > 0 {
            // the first sample of a window has none before it in the window
            changes -= usize::from(changed(at));
            broken -= usize::from(!samples[at - 1].is_finite());
        }
        if changes >= CHANGES && broken == 0 {
            let Some(hash) = fingerprint.stretch(at, WINDOW, power) else { continue };
            while waiting.back().is_some_and(|(_, other)| *other >= hash) {
                waiting.pop_back();
            }
            waiting.push_back((at, hash));
        }
        let Some(first) = (at + 1).checked_sub(REACH) else { continue };
        while waiting.front().is_some_and(|(place, _)| *place < first) {
            waiting.pop_front();
        }
        if let Some(&(at, hash)) = waiting.front()
            && found.last().is_none_or(|before| before.at < at)
        {
            found.push(Anchor { hash, at, prefix: fingerprint.prefix(at) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64, length: usize) -> Vec<f64> {
        use rand::{RngExt, SeedableRng};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (0..length).map(|_| random.random_range(-1.0..1.0)).collect()
    }

    fn of(samples: &[f64]) -> Vec<Anchor> {
        anchors(samples, &Fingerprint::of(samples))
    }

    #[test]
    fn runs_of_512_equal_samples_share_an_anchor_wherever_they_lie() {
        let (one, mut other) = (noise(1, 4_000), noise(2, 4_000));
        for shift in [0, 1, 137, 1_000] {
            let (from, to) = (700 + shift, 700 + shift + SHORTEST);
            other[from..to].copy_from_slice(&one[700..700 + SHORTEST]);
            let shared =
                of(&one).iter().any(|a| of(&other).iter().any(|b| (a.hash, a.at + shift) == (b.hash, b.at)));
            assert!(shared, "shift {shift}");
        }
    }

    #[test]
    fn anchors_are_sparse_and_equal_samples_between_them_are_seen() {
        let mut samples = noise(3, 20_000);
        let first = of(&samples);
        assert!((60..140).contains(&first.len()), "{}", first.len());
        assert!(first.windows(2).all(|pair| pair[0].reaches(&pair[1], &pair[0], &pair[1])));
        let (from, to) = (first[10], first[11]);
        samples[to.at - 1] += 1.0;
        let second = of(&samples);
        let same = second.windows(2).any(|pair| from.reaches(&to, &pair[0], &pair[1]));
        assert!(!same, "one sample between them differs");
    }

    #[test]
    fn a_standstill_and_what_is_not_finite_hold_no_anchor() {
        assert_eq!(of(&[1.0; 2_000]), []);
        assert_eq!(of(&[f64::NAN; 2_000]), []);
        let ticks: Vec<f64> = (0..2_000).map(|n| f64::from(u8::from(n % 30 == 0))).collect();
        assert_eq!(of(&ticks), [], "six changes in 64 samples at most");
        let mut mixed = noise(4, 2_000);
        mixed[1_000] = f64::NAN;
        assert!(of(&mixed).iter().all(|anchor| anchor.at > 1_000 || anchor.at + WINDOW <= 1_000));
    }
}
