//! What the name of a part says: which side of a split it is on.
//!
//! | side | words |
//! |---|---|
//! | training | `train` `training` `fit` |
//! | validation | `validation` `valid` `val` `dev` `development` `tune` `tuning` `calibration` |
//! | test | `test` `testing` `tests` `holdout` `heldout` `evaluation` `eval` |
//! | other | all else: numbers of folds, letters, `field`, `target`... |
//!
//! A name counts by the first of its words that is known (`test_a`, `X_train`, `Test 2`), in any case. A word that is
//! one of these with a slip is a mistake and no name of a part (`tset`).

use crate::nearest::nearest;

/// The side of a split that a part is on, as its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Training,
    Validation,
    Test,
    /// Not said: a number, or a word of its own.
    Other,
}

const WORDS: [(&str, Side); 18] = [
    ("train", Side::Training),
    ("training", Side::Training),
    ("fit", Side::Training),
    ("validation", Side::Validation),
    ("valid", Side::Validation),
    ("val", Side::Validation),
    ("dev", Side::Validation),
    ("development", Side::Validation),
    ("tune", Side::Validation),
    ("tuning", Side::Validation),
    ("calibration", Side::Validation),
    ("test", Side::Test),
    ("testing", Side::Test),
    ("tests", Side::Test),
    ("holdout", Side::Test),
    ("heldout", Side::Test),
    ("evaluation", Side::Test),
    ("eval", Side::Test),
];
/// Shorter words are near to too much to be held for a slip.
const SHORTEST_SLIP: usize = 3;

impl Side {
    /// The side of a part.
    pub(super) fn of(part: &str) -> Side {
        words(part).find_map(|word| known(&word)).unwrap_or(Side::Other)
    }

    /// Whether a net learns from it or is chosen by it.
    pub(super) fn is_learned(self) -> bool {
        matches!(self, Side::Training | Side::Validation)
    }
}

/// Whether a name is the number of a fold: `1`, `fold 2`.
pub(super) fn is_fold(part: &str) -> bool {
    part.chars().any(|sign| sign.is_ascii_digit())
        && words(part).all(|word| word.is_empty() || word == "fold")
}

/// The known word that a part's name was meant to be, where it is one with a slip.
pub(super) fn meant(part: &str) -> Option<&'static str> {
    if Side::of(part) != Side::Other {
        return None;
    }
    let long = words(part).filter(|word| word.chars().count() >= SHORTEST_SLIP);
    long.filter_map(|word| nearest(&word, WORDS.iter().map(|(known, _)| *known))).next()
}

fn known(word: &str) -> Option<Side> {
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, side)| *side)
}

/// The words of a name in small letters: first all its letters, then those between other signs.
fn words(part: &str) -> impl Iterator<Item = String> {
    let small = part.to_lowercase();
    let whole: String = small.chars().filter(|letter| letter.is_alphabetic()).collect();
    let parts: Vec<String> = small
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    std::iter::once(whole).chain(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_word_of_a_name_says_the_side() {
        for (name, side) in [
            ("Train", Side::Training),
            ("X_train", Side::Training),
            ("val", Side::Validation),
            ("test_a", Side::Test),
            ("TEST2", Side::Test),
            ("hold-out", Side::Test),
            ("1", Side::Other),
            ("fold 3", Side::Other),
            ("field", Side::Other),
        ] {
            assert_eq!(Side::of(name), side, "{name}");
        }
    }

    #[test]
    fn folds_are_numbers() {
        assert!(["1", "fold 2", "Fold-3", "02"].iter().all(|name| is_fold(name)));
        assert!(["A", "load 1", "fold", "test1"].iter().all(|name| !is_fold(name)));
    }

    #[test]
    fn a_slip_is_told_from_a_name_of_its_own() {
        for (name, word) in [
            ("tset", Some("test")),
            ("trian", Some("train")),
            ("vaildation", Some("validation")),
            ("tset_1", Some("test")),
            ("Trainig", Some("training")),
        ] {
            assert_eq!(meant(name), word, "{name}");
        }
        for name in ["1", "A", "fold2", "field", "source", "target", "plant", "lab", "unseen", "load 3"] {
            assert_eq!(meant(name), None, "{name}");
        }
    }
}
