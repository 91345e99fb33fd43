//! From the evidence to a verdict that can say "undecided". What a net's opinion makes of it stands in
//! `agreement.rs`.
//!
//! The rules, in order:
//! 1. What cannot be judged is undecided, and the verdict says what is missing.
//! 2. One significant comb of a race or the rolling elements, with at least [`HARMONICS_NEEDED`]
//!    harmonics, a modulation index of at least [`MODULATION_NEEDED`] and [`DEEPER`] times that of any other
//!    part, is a fault.
//! 3. Combs of two parts that are alike deep and do not explain each other, or of which each may be the other's sideband,
//!    cannot both be believed: undecided. (A damaged rolling element hits both races, so it is a candidate then.)
//! 4. A significant comb that is weak, or one of the cage alone, is undecided: every cage modulates a
//!    little, and a damaged rolling element shows at the cage's frequency. Below [`MODULATION_NOTED`] it is
//!    the faint swelling that every sound bearing has as its elements pass, however certain.
//! 5. Otherwise nothing was found, and the verdict says what would not have been seen.

use brinell_signal::{FaultKind, Joint, Phrase, phrase};

use crate::error::titled;
use crate::ranking::{closest, strongest};
use crate::{Evidence, Verdict};

/// Harmonics that have to stand out: impacts fill many, slow modulations only one or two.
pub const HARMONICS_NEEDED: u32 = 3;

/// Modulation index below which a comb, however certain, is too shallow to be called damage. Impacts that
/// carry a share s of a band's power modulate its squared envelope by about 2 s at each harmonic: five
/// harmonics of s = 1/20 give 0.5.
pub const MODULATION_NEEDED: f64 = 0.50;

/// Modulation index below which a comb is not mentioned: noise that swells by 8 % as elements pass, with
/// harmonics that halve, has 2 x 0.08 x 1.75 = 0.28.
pub(crate) const MODULATION_NOTED: f64 = 0.30;

/// Deviations from which a comb as deep as damage is mentioned even where chance is not excluded.
pub(crate) const MENTIONED: f64 = 4.5;

/// How many times deeper than any other part's a comb has to be.
pub const DEEPER: f64 = 2.0;

/// Adjusted p up to which a comb of some depth is mentioned as undecided.
pub(crate) const NOTABLE: f64 = 0.05;

/// Why the evidence could not be computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Missing {
    pub(crate) what: Phrase,
    pub(crate) settle: Vec<Phrase>,
    /// What has only to be stated, in the words of an action; `None` where it takes a new measurement.
    pub(crate) to_state: Option<Phrase>,
}

/// The verdict of the evidence alone.
pub(crate) fn by_evidence(evidence: &[Evidence], missing: &[Missing], blind_to: Phrase) -> Verdict {
    if !missing.is_empty() {
        return Verdict::Undecided {
            candidates: Vec::new(),
            why: Phrase::sentences(missing.iter().map(|m| m.what.clone())),
            settle: missing.iter().flat_map(|m| m.settle.clone()).collect(),
        };
    }
    let Some(primary) = strongest(evidence).filter(|e| e.modulation >= MODULATION_NOTED) else {
        return nothing_strong(evidence, blind_to);
    };
    let rivals: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| e.element != primary.element && e.element != FaultKind::Cage)
        .filter(|e| if e.rival.is_some() { e.may_be_the_source } else { e.p_adjusted <= NOTABLE })
        .filter(|e| primary.modulation < DEEPER * e.modulation)
        .collect();
    if let Some(rival) = rivals.first() {
        let mut candidates = vec![primary.element];
        candidates.extend(rivals.iter().map(|e| e.element));
        if !candidates.contains(&FaultKind::Ball) {
            candidates.push(FaultKind::Ball);
        }
        return Verdict::Undecided {
            candidates,
            why: phrase!(
                "Two combs stand out that do not explain each other: {one} and {other}. Damage on one race gives \
                 one of them; a damaged rolling element can give both.",
                one = numbers(primary),
                other = numbers(rival)
            ),
            settle: vec![
                Phrase::word("an earlier recording of the same point, to see which comb has grown"),
                Phrase::word("a second direction or sensor position, to see which comb is the local one"),
                Phrase::word("inspection of the rolling elements and both races"),
            ],
        };
    }
    if primary.harmonics_found < HARMONICS_NEEDED || primary.modulation < MODULATION_NEEDED {
        return Verdict::Undecided {
            candidates: vec![primary.element],
            why: phrase!(
                "{comb} is there, but too weak to be called damage: {found} of {tested} harmonics stand out \
                 ({least} are needed), modulation index {modulation:.2} ({needed:.2} is needed).",
                comb = numbers(primary),
                found = primary.harmonics_found,
                tested = primary.harmonics_tested,
                least = HARMONICS_NEEDED,
                modulation = primary.modulation,
                needed = MODULATION_NEEDED
            ),
            settle: repeat_measurement(),
        };
    }
    Verdict::Found {
        element: primary.element,
        p_adjusted: primary.p_adjusted,
        why: phrase!(
            "{comb}; {found} of {tested} harmonics stand out, modulation index {modulation:.2}.",
            comb = numbers(primary),
            found = primary.harmonics_found,
            tested = primary.harmonics_tested,
            modulation = primary.modulation
        ),
    }
}

fn nothing_strong(evidence: &[Evidence], blind_to: Phrase) -> Verdict {
    let cage = evidence.iter().find(|e| e.element == FaultKind::Cage && e.significant);
    if let Some(cage) = cage.filter(|e| e.modulation >= MODULATION_NOTED) {
        return Verdict::Undecided {
            candidates: vec![FaultKind::Ball, FaultKind::Cage],
            why: phrase!(
                "{comb}, and no race shows a comb. A damaged rolling element and a damaged or loose cage both \
                 modulate at the cage's frequency.",
                comb = numbers(cage)
            ),
            settle: vec![
                Phrase::word(
                    "a longer recording: twice the spin frequency of the rolling elements would single them out",
                ),
                Phrase::word("inspection of cage and lubricant"),
            ],
        };
    }
    let unresolved: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| e.inseparable && e.p_adjusted <= NOTABLE && e.modulation >= MODULATION_NOTED)
        .collect();
    let notable: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| {
            e.element != FaultKind::Cage
                && e.rival.is_none()
                && e.harmonics_found >= HARMONICS_NEEDED
                && if e.p_adjusted <= NOTABLE {
                    e.modulation >= MODULATION_NOTED
                } else {
                    e.modulation >= MODULATION_NEEDED && e.deviations >= MENTIONED
                }
        })
        .collect();
    if let Some(first) = notable.iter().chain(&unresolved).next() {
        return Verdict::Undecided {
            candidates: notable.iter().chain(&unresolved).map(|e| e.element).collect(),
            why: match &first.rival {
                None if first.p_adjusted <= NOTABLE => {
                    phrase!("{comb}: suggestive, not beyond chance.", comb = numbers(first))
                }
                None => phrase!(
                    "{comb}: as deep as damage would be, but chance explains it.",
                    comb = numbers(first)
                ),
                Some(rival) => phrase!("{comb}, but {rival}.", comb = numbers(first), rival),
            },
            settle: repeat_measurement(),
        };
    }
    Verdict::NoFaultFound { why: nothing(evidence), blind_to }
}

/// Why nothing is called a fault: no comb at all, or one so faint that sound bearings show the like.
fn nothing(evidence: &[Evidence]) -> Phrase {
    if let Some(faint) = closest(evidence).filter(|e| e.significant) {
        return phrase!(
            "{comb:^} is there beyond chance, but with a modulation index of {modulation:.2} it is as faint as the \
             swelling that sound bearings show as their elements pass (damage is called from {needed:.2}, mentioned \
             from {noted:.2}).",
            comb = numbers(faint),
            modulation = faint.modulation,
            needed = MODULATION_NEEDED,
            noted = MODULATION_NOTED
        );
    }
    let lines = Phrase::list(Joint::Comma, evidence.iter().map(|e| e.element.line().into()));
    match closest(evidence) {
        None => {
            phrase!("No comb at {lines} stands out from what other orders show in this recording.", lines)
        }
        Some(closest) => phrase!(
            "No comb at {lines} stands out from what other orders show in this recording (closest: {closest}, \
             adjusted chance {chance}).",
            lines,
            closest = closest.element.line(),
            chance = chance(closest.p_adjusted)
        ),
    }
}

pub(crate) fn repeat_measurement() -> Vec<Phrase> {
    vec![
        Phrase::word("a longer recording at steady speed and load"),
        Phrase::word("a measured shaft speed, if it was nominal"),
        Phrase::word("the same measurement again in one to two weeks, to see whether the comb grows"),
    ]
}

/// The comb of `e` in numbers: expected and found order side by side.
fn numbers(e: &Evidence) -> Phrase {
    match (e.found_order, e.deviation_percent) {
        (Some(found), Some(deviation)) => phrase!(
            "a comb of the {part} at {found:.3} x shaft ({expected:.3} x expected, {deviation:+.2} %; chance {chance})",
            part = titled(e.element),
            found,
            expected = e.expected_order,
            deviation,
            chance = chance(e.p_adjusted)
        ),
        _ => phrase!(
            "a comb of the {part} near {expected:.3} x shaft (chance {chance})",
            part = titled(e.element),
            expected = e.expected_order,
            chance = chance(e.p_adjusted)
        ),
    }
}

/// A chance as printed: two significant digits, never 0.
pub(crate) fn chance(p: f64) -> String {
    if p < 1e-6 {
        "< 1e-6".into()
    } else if p < 0.001 {
        format!("{p:.1e}")
    } else {
        format!("{p:.3}")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A comb of a part as the evidence would tell it.
    pub(crate) fn entry(
        element: FaultKind,
        p_adjusted: f64,
        harmonics_found: u32,
        modulation: f64,
    ) -> Evidence {
        Evidence {
            element,
            expected_order: 5.415,
            found_order: Some(5.402),
            deviation_percent: Some(-0.24),
            band_hz: [2000.0, 4000.0],
            score: 1.0,
            deviations: 8.0,
            modulation,
            p: p_adjusted / 4.0,
            p_adjusted,
            harmonics_found,
            harmonics_tested: 5,
            significant: p_adjusted <= crate::evidence::SIGNIFICANCE,
            rival: None,
            inseparable: false,
            may_be_the_source: false,
            peaks: Vec::new(),
        }
    }

    fn verdict(evidence: &[Evidence]) -> Verdict {
        by_evidence(evidence, &[], "a comb below 9 dB".into())
    }

    #[test]
    fn one_deep_significant_comb_is_found() {
        let evidence = [entry(FaultKind::Inner, 0.004, 5, 2.3), entry(FaultKind::Cage, 0.004, 5, 0.5)];
        let verdict = verdict(&evidence);
        assert!(matches!(verdict, Verdict::Found { element: FaultKind::Inner, .. }), "{verdict:?}");
    }

    #[test]
    fn two_combs_that_do_not_explain_each_other_are_undecided_and_name_the_ball() {
        let evidence = [entry(FaultKind::Inner, 0.004, 3, 0.6), entry(FaultKind::Outer, 0.004, 5, 0.8)];
        match verdict(&evidence) {
            Verdict::Undecided { candidates, settle, .. } => {
                assert_eq!(candidates, [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball]);
                assert!(!settle.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_certain_but_shallow_comb_is_undecided() {
        for weak in [entry(FaultKind::Outer, 0.004, 5, 0.3), entry(FaultKind::Outer, 0.004, 2, 0.8)] {
            assert!(matches!(verdict(&[weak]), Verdict::Undecided { .. }));
        }
    }

    #[test]
    fn a_cage_comb_alone_never_names_the_cage() {
        match verdict(&[entry(FaultKind::Cage, 0.004, 5, 0.9)]) {
            Verdict::Undecided { candidates, .. } => {
                assert_eq!(candidates, [FaultKind::Ball, FaultKind::Cage]);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_significant_is_no_fault_found_and_says_what_would_not_be_seen() {
        match verdict(&[entry(FaultKind::Inner, 0.6, 1, 0.02)]) {
            Verdict::NoFaultFound { blind_to, .. } => assert_eq!(blind_to.to_string(), "a comb below 9 dB"),
            other => panic!("{other:?}"),
        }
    }
}
