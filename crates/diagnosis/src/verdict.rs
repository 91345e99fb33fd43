//! From evidence and the net's opinion to one verdict that can say "undecided".
//!
//! The rules, in order:
//! 1. What cannot be judged is undecided, and the verdict says what is missing.
//! 2. One significant comb of a race or the rolling elements, with at least [`HARMONICS_NEEDED`]
//!    harmonics and a modulation index of at least [`MODULATION_NEEDED`], is a fault.
//! 3. Two such combs that do not explain each other cannot both be believed: undecided. (A damaged
//!    rolling element hits both races, so it is a candidate then.)
//! 4. A significant comb that is weak, or one of the cage alone, is undecided: every cage modulates a
//!    little, and a damaged rolling element shows at the cage's frequency.
//! 5. A net that is sure of something else turns a decision into "undecided", never the reverse.
//! 6. Otherwise nothing was found, and the verdict says what would not have been seen.

use brinell_signal::FaultKind;

use crate::error::titled;
use crate::evidence::strongest;
use crate::{Evidence, Learned, Verdict};

/// Harmonics that have to stand out: impacts fill many, slow modulations only one or two.
pub(crate) const HARMONICS_NEEDED: u32 = 3;

/// Modulation index below which a comb, however certain, is too shallow to be called damage.
pub(crate) const MODULATION_NEEDED: f64 = 0.10;

/// Adjusted p up to which a comb of some depth is mentioned as undecided.
pub(crate) const NOTABLE: f64 = 0.05;

/// Score from which the net counts as sure.
pub(crate) const NET_IS_SURE: f64 = 0.8;

/// Why the evidence could not be computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) settle: Vec<String>,
}

/// Verdict, and a sentence when evidence and net contradict each other.
pub(crate) fn decide(
    evidence: &[Evidence],
    missing: &[Missing],
    learned: Option<&Learned>,
    blind_to: String,
) -> (Verdict, Option<String>) {
    let physics = by_evidence(evidence, missing, blind_to);
    match learned.and_then(opinion) {
        Some((element, score)) => weigh(physics, element, score),
        None => (physics, None),
    }
}

fn by_evidence(evidence: &[Evidence], missing: &[Missing], blind_to: String) -> Verdict {
    if !missing.is_empty() {
        return Verdict::Undecided {
            candidates: Vec::new(),
            why: missing.iter().map(|m| m.what.clone()).collect::<Vec<_>>().join(" "),
            settle: missing.iter().flat_map(|m| m.settle.clone()).collect(),
        };
    }
    let Some(primary) = strongest(evidence) else { return nothing_strong(evidence, blind_to) };
    let rivals: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| e.significant && e.element != primary.element && e.element != FaultKind::Cage)
        .filter(|e| e.harmonics_found >= HARMONICS_NEEDED && e.modulation >= MODULATION_NEEDED)
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
    if let Some(cage) = cage.filter(|e| e.modulation >= MODULATION_NEEDED) {
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
                && e.modulation >= MODULATION_NEEDED
        })
        .collect();
    let notable: Vec<&Evidence> = evidence
        .iter()
        .filter(|e| {
            e.element != FaultKind::Cage
                && e.rival.is_none()
                && e.p_adjusted <= NOTABLE
                && e.harmonics_found >= HARMONICS_NEEDED
                && e.modulation >= MODULATION_NEEDED
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
    let tested: Vec<&str> = evidence.iter().map(|e| e.element.line()).collect();
    Verdict::NoFaultFound {
        why: format!(
            "No comb at {} stands out from what other orders show in this recording{}.",
            tested.join(", "),
            evidence
                .iter()
                .min_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted))
                .map(|e| format!(
                    " (closest: {}, adjusted chance {})",
                    e.element.line(),
                    chance(e.p_adjusted)
                ))
                .unwrap_or_default()
        ),
        blind_to,
    }
}

fn repeat_measurement() -> Vec<String> {
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

/// The net's strongest part (classes of one part added up); `None` inside means "no fault".
fn opinion(learned: &Learned) -> Option<(Option<FaultKind>, f64)> {
    let mut parts: Vec<(Option<FaultKind>, f64)> = Vec::new();
    for class in &learned.scores {
        match parts.iter_mut().find(|p| p.0 == class.element) {
            Some(part) => part.1 += class.score,
            None => parts.push((class.element, class.score)),
        }
    }
    parts.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a })
}

fn weigh(physics: Verdict, element: Option<FaultKind>, score: f64) -> (Verdict, Option<String>) {
    let says = element.map_or("no fault".to_owned(), titled);
    let sure = score >= NET_IS_SURE;
    match physics {
        Verdict::Found { element: found, p_adjusted, why } if sure && element != Some(found) => {
            let sentence = format!(
                "The signal shows {}, the net says {says} (score {score:.2}): they contradict each other.",
                titled(found)
            );
            let mut candidates = vec![found];
            candidates.extend(element);
            let why = format!("{sentence} {why} Adjusted chance {}.", chance(p_adjusted));
            (
                Verdict::Undecided {
                    candidates,
                    why,
                    settle: vec![
                        "a recording at another speed: the bearing's lines follow the shaft, others do not"
                            .into(),
                        "a net trained on this kind of machine, or none".into(),
                    ],
                },
                Some(sentence),
            )
        }
        Verdict::NoFaultFound { why, blind_to } if sure && element.is_some() => {
            let sentence = format!(
                "The net says {says} (score {score:.2}), the signal shows no such comb: they contradict \
                 each other."
            );
            (
                Verdict::Undecided {
                    candidates: element.into_iter().collect(),
                    why: format!("{sentence} {why} Not visible would be: {blind_to}"),
                    settle: repeat_measurement(),
                },
                Some(sentence),
            )
        }
        other => (other, None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ClassScore;

    fn entry(element: FaultKind, p_adjusted: f64, harmonics_found: u32, modulation: f64) -> Evidence {
        Evidence {
            element,
            expected_order: 5.415,
            found_order: Some(5.402),
            deviation_percent: Some(-0.24),
            band_hz: [2000.0, 4000.0],
            score: 1.0,
            modulation,
            p: p_adjusted / 4.0,
            p_adjusted,
            harmonics_found,
            harmonics_tested: 5,
            significant: p_adjusted <= crate::evidence::SIGNIFICANCE,
            rival: None,
            peaks: Vec::new(),
        }
    }

    fn net(scores: &[(Option<FaultKind>, f64)]) -> Learned {
        Learned {
            model: "m".into(),
            sha256: String::new(),
            scores: scores
                .iter()
                .map(|(element, score)| ClassScore { class: "c".into(), element: *element, score: *score })
                .collect(),
            segments: 1,
            calibrated: false,
            card: String::new(),
        }
    }

    fn verdict(evidence: &[Evidence], learned: Option<&Learned>) -> (Verdict, Option<String>) {
        decide(evidence, &[], learned, "a comb below 9 dB".into())
    }

    #[test]
    fn one_deep_significant_comb_is_found() {
        let evidence = [entry(FaultKind::Inner, 0.004, 5, 2.3), entry(FaultKind::Cage, 0.004, 5, 0.5)];
        let (verdict, _) = verdict(&evidence, None);
        assert!(matches!(verdict, Verdict::Found { element: FaultKind::Inner, .. }), "{verdict:?}");
    }

    #[test]
    fn two_combs_that_do_not_explain_each_other_are_undecided_and_name_the_ball() {
        let evidence = [entry(FaultKind::Inner, 0.004, 3, 0.3), entry(FaultKind::Outer, 0.004, 5, 0.4)];
        match verdict(&evidence, None).0 {
            Verdict::Undecided { candidates, settle, .. } => {
                assert_eq!(candidates, [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball]);
                assert!(!settle.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_certain_but_shallow_comb_is_undecided() {
        for weak in [entry(FaultKind::Outer, 0.004, 5, 0.05), entry(FaultKind::Outer, 0.004, 2, 0.5)] {
            assert!(matches!(verdict(&[weak], None).0, Verdict::Undecided { .. }));
        }
    }

    #[test]
    fn a_cage_comb_alone_never_names_the_cage() {
        match verdict(&[entry(FaultKind::Cage, 0.004, 5, 0.9)], None).0 {
            Verdict::Undecided { candidates, .. } => {
                assert_eq!(candidates, [FaultKind::Ball, FaultKind::Cage]);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_significant_is_no_fault_found_and_says_what_would_not_be_seen() {
        match verdict(&[entry(FaultKind::Inner, 0.6, 1, 0.02)], None).0 {
            Verdict::NoFaultFound { blind_to, .. } => assert!(blind_to.contains("9 dB")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_net_that_is_sure_of_something_else_makes_it_undecided_and_says_so() {
        let evidence = [entry(FaultKind::Inner, 0.004, 5, 2.3)];
        let (found, sentence) =
            verdict(&evidence, Some(&net(&[(Some(FaultKind::Outer), 0.95), (None, 0.05)])));
        assert!(matches!(found, Verdict::Undecided { .. }));
        assert!(sentence.unwrap().contains("contradict"));
        let quiet = [entry(FaultKind::Inner, 0.9, 0, 0.0)];
        let (found, sentence) = verdict(&quiet, Some(&net(&[(Some(FaultKind::Ball), 0.9), (None, 0.1)])));
        assert!(matches!(found, Verdict::Undecided { .. }) && sentence.is_some());
    }

    #[test]
    fn a_net_that_agrees_or_is_unsure_changes_nothing() {
        let evidence = [entry(FaultKind::Inner, 0.004, 5, 2.3)];
        for scores in [
            vec![(Some(FaultKind::Inner), 0.6), (Some(FaultKind::Inner), 0.3), (None, 0.1)],
            vec![(Some(FaultKind::Outer), 0.5), (None, 0.5)],
        ] {
            let (found, sentence) = verdict(&evidence, Some(&net(&scores)));
            assert!(matches!(found, Verdict::Found { .. }) && sentence.is_none());
        }
    }

    #[test]
    fn a_net_alone_cannot_make_a_finding() {
        let missing =
            [Missing { what: "The bearing is not known.".into(), settle: vec!["--bearing".into()] }];
        let learned = net(&[(Some(FaultKind::Inner), 0.99), (None, 0.01)]);
        let (found, _) = decide(&[], &missing, Some(&learned), String::new());
        assert!(matches!(found, Verdict::Undecided { .. }));
    }
}
