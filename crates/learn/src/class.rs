//! The classes a net tells apart.

use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One class: its name, and the part of the bearing it blames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassName {
    /// Unique among the classes of a net, e.g. `inner 0.007 in`.
    pub name: String,
    /// The faulty part; `None` for a healthy bearing.
    pub element: Option<FaultKind>,
}

impl ClassName {
    /// The class of healthy bearings.
    pub fn normal() -> Self {
        ClassName { name: "normal".to_owned(), element: None }
    }

    /// The class of one faulty part, whatever the size of the fault.
    pub fn of(element: FaultKind) -> Self {
        ClassName { name: element_name(element).to_owned(), element: Some(element) }
    }

    /// The class of one faulty part with a fault of one size.
    pub fn sized(element: FaultKind, size: &str) -> Self {
        ClassName { name: format!("{} {size}", element_name(element)), element: Some(element) }
    }
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
