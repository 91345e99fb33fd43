//! The classes a net tells apart.

use crate::fault_set::FaultSet;
use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One class: its name, and the part of the bearing it blames, or the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassName {
    /// Unique among the classes of a net, e.g. `inner 0.007 in`.
    pub name: String,
    /// The faulty part, the first of several; `None` for a healthy bearing.
    pub element: Option<FaultKind>,
    /// Further faulty parts, for bearings with more than one.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub also: FaultSet,
}

impl ClassName {
    /// The class of healthy bearings.
    pub fn normal() -> Self {
        ClassName { name: FaultSet::NONE.to_string(), element: None, also: FaultSet::NONE }
    }

    /// The class of one faulty part, whatever the size of the fault.
    pub fn of(element: FaultKind) -> Self {
        Self::of_faults(FaultSet::NONE.with(element), None)
    }

    /// The class of one faulty part with a fault of one size.
    pub fn sized(element: FaultKind, size: &str) -> Self {
        Self::of_faults(FaultSet::NONE.with(element), Some(size))
    }

    /// The class of all bearings with these faulty parts; of none: the class of healthy bearings.
    pub fn of_faults(faults: FaultSet, size: Option<&str>) -> Self {
        let mut parts = faults.parts();
        let (element, also) = (parts.next(), parts.collect());
        let name = match size.filter(|_| element.is_some()) {
            Some(size) => format!("{faults} {size}"),
            None => faults.to_string(),
        };
        ClassName { name, element, also }
    }

    /// All faulty parts.
    pub fn faults(&self) -> FaultSet {
        self.element.into_iter().chain(self.also.parts()).collect()
    }
}

fn is_empty(faults: &FaultSet) -> bool {
    faults.is_empty()
}

impl fmt::Display for ClassName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

/// The word for a part, as in the catalogues.
pub(crate) fn element_name(element: FaultKind) -> &'static str {
    match element {
        FaultKind::Inner => "inner",
        FaultKind::Outer => "outer",
        FaultKind::Ball => "ball",
        FaultKind::Cage => "cage",
    }
}
