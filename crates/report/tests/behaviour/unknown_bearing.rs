//! The page of a recording whose bearing is not known.
#![allow(clippy::unwrap_used)]

use crate::page::{keep, page, text_of};
use crate::sample;

#[test]
fn of_an_unknown_bearing_the_search_and_the_parts_that_it_may_be_are_told() {
    let mut diagnosis = sample::unknown_bearing();
    let whole = page(&diagnosis);
    keep("unknown_bearing", &whole);
    let text = text_of(&whole);
    for expected in [
        "Combs were searched at all orders from 1.5 to 12\u{d7} shaft. The strongest, at 3.580\u{d7} shaft (107.20 Hz), has 5 of 5 harmonics",
        "The strongest comb that was found, in three numbers",
        "the combs that the search found stand below",
        "3.580 \u{b1} 0.002",
        "The outer race of a bearing with 9 rolling elements and a diameter ratio of 0.195 to 0.212, such as 6205.",
    ] {
        assert!(text.contains(expected), "missing: {expected}");
    }
    assert!(!text.contains("no comb was tested"), "combs were searched");
    diagnosis.unknown_bearing.as_mut().unwrap().combs.clear();
    let text = text_of(&page(&diagnosis));
    assert!(
        text.contains("none stands out beyond chance. Without the bearing's orders nothing is excluded.")
    );
    assert!(!text.contains("no comb was tested"));
    assert!(!text_of(&page(&sample::found())).contains("were searched"), "its bearing is known");
}
