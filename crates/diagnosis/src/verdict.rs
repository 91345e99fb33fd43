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

use brinell_signal::FaultKind;

use crate::error::titled;
use crate::ranking::{ranked, strongest};
use crate::{Evidence, Verdict};

/// Harmonics that have to stand out: impacts fill many, slow modulations only one or two.
pub(crate) const HARMONICS_NEEDED: u32 = 3;

/// Modulation index below which a comb, however certain, is too shallow to be called damage. Impacts that
/// carry a share s of a band's power modulate its squared envelope by about 2 s at each harmonic: five
/// harmonics of s = 1/20 give 0.5.
pub(crate) const MODULATION_NEEDED: f64 = 0.50;

/// Modulation index below which a comb is not mentioned: noise that swells by 8 % as elements pass, with
/// harmonics that halve, has 2 x 0.08 x 1.75 = 0.28.
pub(crate) const MODULATION_NOTED: f64 = 0.30;

/// Deviations from which a comb as deep as damage is mentioned even where chance is not excluded.
pub(crate) const MENTIONED: f64 = 4.5;

/// How many times deeper than any other part's a comb has to be.
pub(crate) const DEEPER: f64 = 2.0;

/// Adjusted p up to which a comb of some depth is mentioned as undecided.
pub(crate) const NOTABLE: f64 = 0.05;

/// Why the evidence could not be computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) settle: Vec<String>,
}

/// The verdict of the evidence alone.
pub(crate) fn by_evidence(evidence: &[Evidence], missing: &[Missing], blind_to: String) -> Verdict {
    if !missing.is_empty() {
        return Verdict::Undecided {
            candidates: Vec::new(),
            why: missing.iter().map(|m| m.what.clone()).collect::<Vec<_>>().join(" "),
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
            why: format!(
                "Two combs stand out that do not explain each other: {} and {}. Damage on one race gives \
                 one of them; a damaged rolling element can give both.",
                numbers(primary),
                numbers(rival)
            ),
            settle: vec![
                "an earlier recording of the same point, to see which comb has grown".into(),
                "a second direction or sensor position, to see which comb is the local one".into(),
                "inspection of the rolling elements and both races".into(),
            ],
        };
    }
    if primary.harmonics_found < HARMONICS_NEEDED || primary.modulation < MODULATION_NEEDED {
        return Verdict::Undecided {
            candidates: vec![primary.element],
            why: format!(
                "{} is there, but too weak to be called damage: {} of {} harmonics stand out ({} are needed), \
                 modulation index {:.2} ({MODULATION_NEEDED:.2} is needed).",
                numbers(primary),
                primary.harmonics_found,
                primary.harmonics_tested,
                HARMONICS_NEEDED,
                primary.modulation
            ),
            settle: repeat_measurement(),
        };
    }
    Verdict::Found {
        element: primary.element,
        p_adjusted: primary.p_adjusted,
        why: format!(
            "{}; {} of {} harmonics stand out, modulation index {:.2}.",
            numbers(primary),
            primary.harmonics_found,
            primary.harmonics_tested,
            primary.modulation
        ),
    }
}

fn nothing_strong(evidence: &[Evidence], blind_to: String) -> Verdict {
    let cage = evidence.iter().find(|e| e.element == FaultKind::Cage && e.significant);
    if let Some(cage) = cage.filter(|e| e.modulation >= MODULATION_NOTED) {
        return Verdict::Undecided {
            candidates: vec![FaultKind::Ball, FaultKind::Cage],
            why: format!(
                "{}, and no race shows a comb. A damaged rolling element and a damaged or loose cage both \
                 modulate at the cage's frequency.",
                numbers(cage)
            ),
            settle: vec![
                "a longer recording: twice the spin frequency of the rolling elements would single them out"
                    .into(),
                "inspection of cage and lubricant".into(),
            ],
        };
    }
    let unresolved: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| {
            e.rival.as_deref().is_some_and(|r| r.contains("cannot be separated"))
                && e.p_adjusted <= NOTABLE
                && e.modulation >= MODULATION_NOTED
        })
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
                None => format!("{}: suggestive, not beyond chance.", numbers(first)),
                Some(rival) => format!("{}, but {rival}.", numbers(first)),
            },
            settle: repeat_measurement(),
        };
    }
    Verdict::NoFaultFound { why: nothing(evidence), blind_to }
}

/// Why nothing is called a fault: no comb at all, or one so faint that sound bearings show the like.
fn nothing(evidence: &[Evidence]) -> String {
    let parts = ranked(evidence);
    if let Some(faint) = parts.first().filter(|e| e.significant) {
        return format!(
            "{} is there beyond chance, but with a modulation index of {:.2} it is as faint as the swelling that sound \
             bearings show as their elements pass (damage is called from {MODULATION_NEEDED:.2}, mentioned from \
             {MODULATION_NOTED:.2}).",
            capitalised(&numbers(faint)),
            faint.modulation
        );
    }
    let tested: Vec<&str> = evidence.iter().map(|e| e.element.line()).collect();
    let closest = parts.first().map_or_else(String::new, |e| {
        format!(" (closest: {}, adjusted chance {})", e.element.line(), chance(e.p_adjusted))
    });
    format!(
        "No comb at {} stands out from what other orders show in this recording{closest}.",
        tested.join(", ")
    )
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(crate) fn repeat_measurement() -> Vec<String> {
    vec![
        "a longer recording at steady speed and load".into(),
        "a measured shaft speed, if it was nominal".into(),
        "the same measurement again in one to two weeks, to see whether the comb grows".into(),
    ]
}

/// The comb of `e` in numbers: expected and found order side by side.
fn numbers(e: &Evidence) -> String {
    match (e.found_order, e.deviation_percent) {
        (Some(found), Some(deviation)) => format!(
            "a comb of the {} at {found:.3} x shaft ({:.3} x expected, {deviation:+.2} %; chance {})",
            titled(e.element),
            e.expected_order,
            chance(e.p_adjusted)
        ),
        _ => format!(
            "a comb of the {} near {:.3} x shaft (chance {})",
            titled(e.element),
            e.expected_order,
            chance(e.p_adjusted)
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
            Verdict::NoFaultFound { blind_to, .. } => assert!(blind_to.contains("9 dB")),
            other => panic!("{other:?}"),
        }
    }
}
