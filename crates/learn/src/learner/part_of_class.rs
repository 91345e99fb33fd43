//! Which part of a bearing each class blames, for learners that know what the numbers of a row are of.

use crate::class::ClassName;
use crate::error::{Error, Result};
use brinell_signal::FaultKind;

/// The parts that the steps `fault-lines` and `fault-combs` tell of, in the order of their numbers.
pub(super) const PARTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];

/// The error of a learner for what it cannot judge.
pub(super) fn refused(learner: &str, why: String, help: &str) -> Error {
    Error::data(format!("the learner `{learner}` cannot judge this"), why, help)
}

/// The place of a part among the numbers of a row.
pub(super) fn place(learner: &str, part: FaultKind) -> Result<usize> {
    let known = PARTS.iter().position(|known| *known == part);
    let why = || format!("there are no numbers of the {part} in a row");
    known.ok_or_else(|| refused(learner, why(), "take another learner, such as logistic"))
}

/// The place of the part of each class; none of the healthy class.
pub(super) fn parts_of(learner: &str, classes: &[ClassName]) -> Result<Vec<Option<usize>>> {
    let mut parts = Vec::new();
    for class in classes {
        if !class.also.is_empty() {
            let why = format!("the class `{class}` blames several parts at once");
            return Err(refused(learner, why, "take a protocol with one damaged part a class"));
        }
        let part = class.element.map(|part| place(learner, part)).transpose()?;
        if parts.contains(&part) {
            let why = format!("the class `{class}` blames the same part as another one");
            let help = "take a protocol whose classes are parts, whatever the size of the fault";
            return Err(refused(learner, why, help));
        }
        parts.push(part);
    }
    Ok(parts)
}
