//! A seeded order of things.

use brinell_signal::generator;
use rand_chacha::rand_core::Rng;

/// The numbers `0..count` in an order that depends on `seed` and `purpose` alone (Fisher and Yates).
pub(crate) fn shuffled(count: usize, seed: u64, purpose: &str) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut random = generator(seed, purpose);
    for last in (1..count).rev() {
        // multiply and shift: bias below 2^-32 for any count that fits in memory
        let at = (u128::from(random.next_u64()) * (last as u128 + 1)) >> 64;
        order.swap(last, at as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::shuffled;

    #[test]
    fn an_order_holds_every_number_once_and_depends_on_seed_and_purpose() {
        let order = shuffled(100, 3, "a");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(order, shuffled(100, 3, "a"));
        assert_ne!(order, shuffled(100, 4, "a"));
        assert_ne!(order, shuffled(100, 3, "b"));
        assert!(shuffled(0, 0, "").is_empty());
    }
}
