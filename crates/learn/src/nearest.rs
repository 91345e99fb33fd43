//! Which known word a mistyped one was meant to be.

/// How alike two words must be (Jaro-Winkler).
const ALIKE: f64 = 0.8;
/// How alike two words of this length and more are that differ by one letter, or by two that changed places.
const ONE_SLIP: f64 = 0.9;
const SHORTEST: usize = 3;

/// The word that is most like the one that was asked for, if any is like it at all. The first of equals wins, so that
/// the answer depends on nothing but the order given.
pub fn nearest<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let asked = asked.to_lowercase();
    known
        .into_iter()
        .map(|word| (likeness(&asked, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, word)| word)
}

fn likeness(asked: &str, word: &str) -> f64 {
    let slip = asked.chars().count() >= SHORTEST && strsim::osa_distance(asked, word) <= 1;
    f64::max(strsim::jaro_winkler(asked, word), if slip { ONE_SLIP } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("cwur", ["mfpt", "cwru"]), Some("cwru"));
        assert_eq!(nearest("zzz", ["mfpt", "cwru"]), None);
    }

    #[test]
    fn letters_that_changed_places_are_seen_in_the_shortest_words() {
        assert_eq!(nearest("vdm", ["welch", "vmd", "cwt"]), Some("vmd"));
        assert_eq!(nearest("fri", ["fir", "filter"]), Some("fir"));
        assert_eq!(nearest("XY", ["DE", "FE"]), None);
    }
}
