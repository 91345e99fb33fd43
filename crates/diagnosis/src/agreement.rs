//! From the verdict of the evidence and the opinion of a net to one verdict: a net that is sure of something
//! else turns a decision into "undecided", never the reverse.

use brinell_signal::FaultKind;

use crate::error::titled;
use crate::verdict::{Missing, by_evidence, chance, repeat_measurement};
use crate::{Evidence, Learned, Verdict};

/// Score from which the net counts as sure.
pub(crate) const NET_IS_SURE: f64 = 0.8;

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
            deviations: 8.0,
            modulation,
            p: p_adjusted / 4.0,
            p_adjusted,
            harmonics_found,
            harmonics_tested: 5,
            significant: p_adjusted <= crate::evidence::SIGNIFICANCE,
            rival: None,
            is_sideband: false,
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
