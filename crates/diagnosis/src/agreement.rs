//! From the verdict of the evidence and the opinion of a net to one verdict.
//!
//! | the evidence says | the net | one verdict |
//! |---|---|---|
//! | cannot be judged | anything | undecided: a net alone makes no finding |
//! | damage of a part | silent, not sure, or of the same mind | that part is found |
//! | damage of a part | sure of another part, or of none | undecided, the disagreement first |
//! | undecided | calibrated and sure of a candidate alone | undecided, that part first, the agreement told |
//! | undecided otherwise | anything | undecided |
//! | nothing | silent, or it prefers no fault | no fault found |
//! | nothing | prefers a part: calibrated and above one half, or sure | undecided, the disagreement first |
//! | nothing | its alarm for unknown faults rings | undecided, naming it |
//!
//! A net is sure from [`NET_IS_SURE`] on, where the set of classes that it promises, if any, lacks what it contradicts.
//! "No fault found" asks for less to be doubted than a finding does to be made: it is what people act on by doing nothing.
//! A comb that the evidence does not call damage is one that sound bearings show too: noise that swells by 8 to 12 % as the
//! elements pass gives it. The net reads the same lines, and its score is calibrated to the many damaged bearings of its
//! training: its word would make the finding, and of a sound machine a false one.
//! Where its alarm rings its scores count for nothing: it has seen nothing like this.

use brinell_signal::{FaultKind, Phrase, phrase};

use crate::error::titled;
use crate::verdict::{Missing, NOTABLE, by_evidence, chance, repeat_measurement};
use crate::{Evidence, Learned, Verdict};

/// Score from which the net counts as sure.
pub(crate) const NET_IS_SURE: f64 = 0.8;

/// What the net says, as far as the verdict goes.
enum Says {
    /// Nothing that counts: not asked, not sure.
    Nothing,
    /// It has seen nothing like this.
    Unknown,
    /// A part, or none.
    Part(Preference),
}

struct Preference {
    element: Option<FaultKind>,
    score: f64,
    /// Parts that it does not exclude; `None` stands for no fault.
    set: Vec<Option<FaultKind>>,
    calibrated: bool,
}

impl Preference {
    fn is_sure(&self) -> bool {
        self.score >= NET_IS_SURE
    }

    fn excludes(&self, element: Option<FaultKind>) -> bool {
        self.element != element && !self.set.contains(&element)
    }

    fn in_words(&self) -> Phrase {
        let says = self.element.map_or_else(|| Phrase::word("no fault"), titled);
        phrase!("{says} (score {score:.2})", says, score = self.score)
    }
}

/// Verdict, and a sentence when evidence and net contradict each other.
pub(crate) fn decide(
    evidence: &[Evidence],
    missing: &[Missing],
    learned: Option<&Learned>,
    blind_to: Phrase,
) -> (Verdict, Option<Phrase>) {
    combine(by_evidence(evidence, missing, blind_to), evidence, learned)
}

/// The same from a verdict that the evidence alone came to.
pub(crate) fn combine(
    physics: Verdict,
    evidence: &[Evidence],
    learned: Option<&Learned>,
) -> (Verdict, Option<Phrase>) {
    match learned.map_or(Says::Nothing, says) {
        Says::Nothing => (physics, None),
        Says::Unknown => (with_alarm(physics), None),
        Says::Part(preference) => weigh(physics, evidence, &preference),
    }
}

/// The net's strongest part, classes of one part added up, with its score; `None` inside means "no fault".
pub(crate) fn strongest_part(learned: &Learned) -> Option<(Option<FaultKind>, f64)> {
    let mut parts: Vec<(Option<FaultKind>, f64)> = Vec::new();
    for class in &learned.scores {
        match parts.iter_mut().find(|p| p.0 == class.element) {
            Some(part) => part.1 += class.score,
            None => parts.push((class.element, class.score)),
        }
    }
    parts.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a })
}

fn says(learned: &Learned) -> Says {
    if learned.alarm == Some(true) {
        return Says::Unknown;
    }
    let counts = if learned.calibrated { 0.5 } else { NET_IS_SURE };
    let Some((element, score)) = strongest_part(learned).filter(|(_, score)| *score >= counts) else {
        return Says::Nothing;
    };
    let in_set = |name: &String| learned.scores.iter().find(|class| class.class == *name);
    let set = learned.set.iter().flatten().filter_map(in_set).map(|class| class.element).collect();
    Says::Part(Preference { element, score, set, calibrated: learned.calibrated })
}

fn with_alarm(physics: Verdict) -> Verdict {
    match physics {
        Verdict::NoFaultFound { why, blind_to } => Verdict::Undecided {
            candidates: Vec::new(),
            why: Phrase::sentences([
                Phrase::word(
                    "The net finds this recording unlike all that it learned from, sound or damaged: an unknown fault or \
                     an unknown machine.",
                ),
                why,
                phrase!("Not visible would be: {blind_to}", blind_to),
            ]),
            settle: repeat_measurement(),
        },
        other => other,
    }
}

fn weigh(physics: Verdict, evidence: &[Evidence], net: &Preference) -> (Verdict, Option<Phrase>) {
    match physics {
        Verdict::Found { element: found, p_adjusted, why } if net.is_sure() && net.excludes(Some(found)) => {
            let sentence = phrase!(
                "The signal shows {signal}, the net says {net}: they contradict each other.",
                signal = titled(found),
                net = net.in_words()
            );
            let mut candidates = vec![found];
            candidates.extend(net.element);
            let chance = phrase!("Adjusted chance {chance}.", chance = chance(p_adjusted));
            (
                Verdict::Undecided {
                    candidates,
                    why: Phrase::sentences([sentence.clone(), why, chance]),
                    settle: vec![
                        Phrase::word(
                            "a recording at another speed: the bearing's lines follow the shaft, others do not",
                        ),
                        Phrase::word("a net trained on this kind of machine, or none"),
                    ],
                },
                Some(sentence),
            )
        }
        Verdict::NoFaultFound { why, blind_to } if net.element.is_some() => {
            let sentence = phrase!(
                "The net says {net}, the signal shows no such comb: they contradict each other.",
                net = net.in_words()
            );
            (
                Verdict::Undecided {
                    candidates: net.element.into_iter().collect(),
                    why: Phrase::sentences([
                        sentence.clone(),
                        why,
                        phrase!("Not visible would be: {blind_to}", blind_to),
                    ]),
                    settle: repeat_measurement(),
                },
                Some(sentence),
            )
        }
        Verdict::Undecided { candidates, why, settle } => (
            match agreed(&candidates, evidence, net) {
                Some(element) => Verdict::Undecided {
                    candidates: first(element, candidates),
                    why: Phrase::sentences([
                        why,
                        phrase!(
                            "The net, which judges by itself, says the same: {net}.",
                            net = net.in_words()
                        ),
                    ]),
                    settle,
                },
                None => Verdict::Undecided { candidates, why, settle },
            },
            None,
        ),
        other => (other, None),
    }
}

/// The part that a calibrated net is sure of alone, where the evidence shows a comb of that part too.
fn agreed(candidates: &[FaultKind], evidence: &[Evidence], net: &Preference) -> Option<FaultKind> {
    let element =
        net.element.filter(|element| net.calibrated && net.is_sure() && candidates.contains(element))?;
    let alone = net.set.iter().all(|one| *one == Some(element));
    // The rolling elements' chance takes in the cage's line: their own has to be there.
    let comb = |e: &Evidence| e.p_adjusted <= NOTABLE && e.harmonics_found > 0 && e.rival.is_none();
    let shows = |e: &Evidence| e.element == element && comb(e);
    (alone && evidence.iter().any(shows)).then_some(element)
}

fn first(element: FaultKind, mut candidates: Vec<FaultKind>) -> Vec<FaultKind> {
    candidates.sort_by_key(|one| *one != element);
    candidates
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ClassScore;
    use crate::verdict::tests::entry;

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
            set: None,
            unknown: None,
            alarm: None,
            card: Phrase::default(),
        }
    }

    fn verdict(evidence: &[Evidence], learned: Option<&Learned>) -> (Verdict, Option<Phrase>) {
        decide(evidence, &[], learned, "a comb below 9 dB".into())
    }

    #[test]
    fn a_net_that_is_sure_of_something_else_makes_it_undecided_and_says_so() {
        let evidence = [entry(FaultKind::Inner, 0.004, 5, 2.3)];
        let (found, sentence) =
            verdict(&evidence, Some(&net(&[(Some(FaultKind::Outer), 0.95), (None, 0.05)])));
        assert!(matches!(found, Verdict::Undecided { .. }));
        assert!(sentence.unwrap().to_string().contains("contradict"));
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
        let missing = [Missing {
            what: "The bearing is not known.".into(),
            settle: vec!["--bearing".into()],
            to_state: None,
        }];
        let learned = net(&[(Some(FaultKind::Inner), 0.99), (None, 0.01)]);
        let (found, _) = decide(&[], &missing, Some(&learned), Phrase::default());
        assert!(matches!(found, Verdict::Undecided { .. }));
    }

    #[test]
    fn a_comb_too_weak_for_damage_stays_undecided_though_a_calibrated_net_is_sure_of_its_part() {
        let says_the_same = |evidence: &[Evidence], learned: &Learned| match verdict(evidence, Some(learned))
        {
            (Verdict::Undecided { candidates, why, settle }, None) => {
                assert!(!settle.is_empty());
                why.to_string().contains("says the same").then_some(candidates)
            }
            other => panic!("{other:?}"),
        };
        let weak = [entry(FaultKind::Outer, 0.004, 5, 0.4)];
        let mut learned = net(&[(Some(FaultKind::Outer), 0.95), (None, 0.05)]);
        assert_eq!(says_the_same(&weak, &learned), None, "not calibrated");
        learned.calibrated = true;
        assert_eq!(says_the_same(&weak, &learned), Some(vec![FaultKind::Outer]));
        assert_eq!(says_the_same(&[entry(FaultKind::Inner, 0.004, 5, 0.4)], &learned), None);
        let two = [entry(FaultKind::Inner, 0.004, 5, 0.8), entry(FaultKind::Outer, 0.004, 3, 0.6)];
        let by_signal = [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball];
        assert!(
            matches!(verdict(&two, None).0, Verdict::Undecided { candidates, .. } if candidates == by_signal)
        );
        let net_first = vec![FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
        assert_eq!(says_the_same(&two, &learned), Some(net_first), "the net's part first");
        learned.scores[0].class = "outer".into();
        learned.scores[1].class = "normal".into();
        learned.set = Some(vec!["outer".into(), "normal".into()]);
        assert_eq!(says_the_same(&weak, &learned), None, "its set holds more");
    }

    #[test]
    fn a_net_whose_set_holds_the_part_that_was_found_does_not_contradict_it() {
        let evidence = [entry(FaultKind::Inner, 0.004, 5, 2.3)];
        let mut learned = net(&[(Some(FaultKind::Outer), 0.85), (Some(FaultKind::Inner), 0.15)]);
        learned.scores[0].class = "outer".into();
        learned.scores[1].class = "inner".into();
        assert!(verdict(&evidence, Some(&learned)).1.is_some());
        learned.set = Some(vec!["outer".into(), "inner".into()]);
        let (found, sentence) = verdict(&evidence, Some(&learned));
        assert!(matches!(found, Verdict::Found { element: FaultKind::Inner, .. }) && sentence.is_none());
    }

    #[test]
    fn an_alarm_for_unknown_faults_forbids_no_fault_found_and_silences_the_scores() {
        let mut learned = net(&[(Some(FaultKind::Outer), 0.99), (None, 0.01)]);
        learned.alarm = Some(true);
        match verdict(&[entry(FaultKind::Inner, 0.9, 0, 0.0)], Some(&learned)) {
            (Verdict::Undecided { candidates, why, .. }, None) => {
                assert!(
                    candidates.is_empty() && why.to_string().contains("unlike all that it learned from"),
                    "{why}"
                );
            }
            other => panic!("{other:?}"),
        }
        let deep = [entry(FaultKind::Inner, 0.004, 5, 2.3)];
        let (found, sentence) = verdict(&deep, Some(&learned));
        assert!(matches!(found, Verdict::Found { element: FaultKind::Inner, .. }) && sentence.is_none());
    }

    #[test]
    fn a_calibrated_net_that_prefers_damage_forbids_no_fault_found() {
        let quiet = [entry(FaultKind::Inner, 0.9, 0, 0.0)];
        let mut learned = net(&[(Some(FaultKind::Outer), 0.6), (None, 0.4)]);
        assert!(matches!(verdict(&quiet, Some(&learned)).0, Verdict::NoFaultFound { .. }), "not calibrated");
        learned.calibrated = true;
        match verdict(&quiet, Some(&learned)) {
            (Verdict::Undecided { candidates, .. }, Some(_)) => assert_eq!(candidates, [FaultKind::Outer]),
            other => panic!("{other:?}"),
        }
        learned.scores[0].score = 0.4;
        learned.scores[1].score = 0.6;
        assert!(matches!(verdict(&quiet, Some(&learned)), (Verdict::NoFaultFound { .. }, None)));
    }
}
