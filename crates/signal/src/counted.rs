//! A number with what it counts, in the singular or the plural.

/// `1 sample`, `2 samples`, `0 samples`: `one` is the singular of a word whose plural ends in s.
#[must_use]
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "sample")), ["0 samples", "1 sample", "2 samples"]);
    }
}
