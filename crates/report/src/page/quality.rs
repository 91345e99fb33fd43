//! Checks of the recording and its scalar indicators.

use super::{gap, heading, level, scrolled};
use crate::number;
use brinell_diagnosis::Diagnosis;
use maud::{Markup, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section id="quality" aria-labelledby="quality-title" {
            (heading("quality"))
            h3 { "Data quality" }
            @if diagnosis.quality.is_empty() {
                (gap(
                    "the checks of the recording.",
                    "clipping, drop-outs and a recording that is too short would go unnoticed.",
                    "the recording itself, diagnosed again.",
                ))
            } @else {
                (scrolled("Table of data quality", checks(diagnosis)))
            }
            h3 { "Indicators" }
            @if diagnosis.indicators.is_empty() {
                (gap(
                    "scalar indicators.",
                    "no level can be compared with other recordings of this point.",
                    "the recording itself, diagnosed again.",
                ))
            } @else {
                (scrolled("Table of indicators", indicators(diagnosis)))
            }
        }
    }
}

fn checks(diagnosis: &Diagnosis) -> Markup {
    markup! {
        table {
            caption { "Every check that was made, with its limit and what it means for the verdict." }
            thead { tr {
                th scope="col" { "Check" } th scope="col" { "Outcome" } th scope="col" { "Measured" }
                th scope="col" { "Limit" } th scope="col" { "Effect on the verdict" }
            } }
            tbody {
                @for check in &diagnosis.quality {
                    @let (class, word, shape) = level(check.level);
                    tr {
                        th scope="row" { (check.title) }
                        td { span class={ "tag " (class) } { span aria-hidden="true" { (shape) } " " (word) } }
                        td { (check.value) }
                        td { (check.limit) }
                        td.note { (check.effect) }
                    }
                }
            }
        }
    }
}

fn indicators(diagnosis: &Diagnosis) -> Markup {
    markup! {
        table.narrow {
            caption { "Scalars over the whole recording. None of them names a fault: a damaged bearing can show any of these values." }
            thead { tr {
                th scope="col" { "Indicator" } th.n scope="col" { "Value" } th scope="col" { "Unit" } th scope="col" { "Scaling" }
            } }
            tbody {
                @for indicator in &diagnosis.indicators {
                    tr {
                        th scope="row" { (indicator.name) }
                        td.n { (indicator.value.map_or_else(|| number::UNDEFINED.to_owned(), |v| number::significant(v, 4))) }
                        td { (indicator.unit) }
                        td.note { (indicator.scaling) }
                    }
                }
            }
        }
    }
}
