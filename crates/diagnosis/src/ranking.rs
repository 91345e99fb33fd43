//! Which part leads, by the evidence: one order for the verdict, the reports and the tests.

use brinell_signal::FaultKind;

use crate::{Diagnosis, Evidence, Verdict};

/// Races and rolling elements, the likeliest first: those whose combs are beyond chance by how deep they modulate,
/// since the damaged part's is the deepest, then the others by their chance.
pub fn ranked(evidence: &[Evidence]) -> Vec<&Evidence> {
    let mut parts: Vec<&Evidence> = evidence.iter().filter(|e| e.element != FaultKind::Cage).collect();
    parts.sort_by(|a, b| {
        b.significant.cmp(&a.significant).then_with(|| {
            if a.significant {
                b.modulation.total_cmp(&a.modulation)
            } else {
                a.p.total_cmp(&b.p).then(b.deviations.total_cmp(&a.deviations))
            }
        })
    });
    parts
}

/// The race or rolling-element comb that leads, if it is significant.
pub(crate) fn strongest(evidence: &[Evidence]) -> Option<&Evidence> {
    ranked(evidence).first().copied().filter(|e| e.significant)
}

/// The evidence that a verdict rests on: that of the part found, of the candidate whose own comb is beyond chance (a damaged
/// rolling element may show in the cage's alone), else of the first candidate by rank, or, where nothing was found, of the
/// part that is furthest from chance. `None` where nothing was tested.
pub fn deciding(diagnosis: &Diagnosis) -> Option<&Evidence> {
    let ranked = ranked(&diagnosis.evidence);
    let cage = diagnosis.evidence.iter().filter(|e| e.element == FaultKind::Cage);
    let parts: Vec<&Evidence> = ranked.into_iter().chain(cage).collect();
    let named = |kinds: &[FaultKind]| {
        let own = || parts.iter().filter(|evidence| kinds.contains(&evidence.element));
        own().find(|e| e.significant && e.harmonics_found > 0).or_else(|| own().next()).copied()
    };
    match &diagnosis.verdict {
        Verdict::Found { element, .. } => named(&[*element]),
        Verdict::Undecided { candidates, .. } => named(candidates),
        Verdict::NoFaultFound { .. } => None,
    }
    .or_else(|| closest(&diagnosis.evidence))
}

/// The part that is furthest from chance, the cage too.
pub(crate) fn closest(evidence: &[Evidence]) -> Option<&Evidence> {
    strongest(evidence).or_else(|| evidence.iter().min_by(|a, b| a.p.total_cmp(&b.p)))
}
