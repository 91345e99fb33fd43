//! Checks of the recording and its scalar indicators.

use crate::document::{Block, ColumnKind, Row, Span, State, Table, TableKind, prose};
use crate::number;
use brinell_diagnosis::{Diagnosis, Level};
use brinell_signal::{Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    vec![
        Block::heading(phrase!("Data quality")),
        if diagnosis.quality.is_empty() {
            Block::gap(
                phrase!("the checks of the recording."),
                phrase!("clipping, drop-outs and a recording that is too short would go unnoticed."),
                phrase!("the recording itself, diagnosed again."),
            )
        } else {
            Block::Table(checks(diagnosis))
        },
        Block::heading(phrase!("Indicators")),
        if diagnosis.indicators.is_empty() {
            Block::gap(
                phrase!("scalar indicators."),
                phrase!("no level can be compared with other recordings of this point."),
                phrase!("the recording itself, diagnosed again."),
            )
        } else {
            Block::Table(indicators(diagnosis))
        },
    ]
}

/// State and word of a quality level.
fn level(level: Level) -> Span {
    let (state, word) = match level {
        Level::Ok => (State::NoFault, phrase!("within limit")),
        Level::Warn => (State::Undecided, phrase!("outside limit")),
        Level::Bad => (State::Found, phrase!("not usable")),
    };
    Span::Tag(state, word)
}

fn checks(diagnosis: &Diagnosis) -> Table {
    let row = |check: &brinell_diagnosis::QualityCheck| {
        Row::of(vec![
            prose![&check.title],
            prose![level(check.level)],
            prose![&check.value],
            prose![&check.limit],
            prose![&check.effect],
        ])
    };
    Table::new(
        TableKind::Wide,
        phrase!("Table of data quality"),
        phrase!("Every check that was made, with its limit and what it means for the verdict."),
        &[
            ("Check", ColumnKind::Head),
            ("Outcome", ColumnKind::Plain),
            ("Measured", ColumnKind::Plain),
            ("Limit", ColumnKind::Plain),
            ("Effect on the verdict", ColumnKind::Note),
        ],
        diagnosis.quality.iter().map(row).collect(),
    )
}

/// The value of an indicator as it is printed.
pub(crate) fn value(indicator: &brinell_diagnosis::Indicator) -> Phrase {
    indicator.value.map_or_else(number::undefined, |v| number::significant(v, 4))
}

fn indicators(diagnosis: &Diagnosis) -> Table {
    let row = |indicator: &brinell_diagnosis::Indicator| {
        Row::of(vec![
            prose![Phrase::named(&indicator.name)],
            prose![value(indicator)],
            prose![crate::unit::in_words(&indicator.unit)],
            prose![&indicator.scaling],
        ])
    };
    Table::new(
        TableKind::Narrow,
        phrase!("Table of indicators"),
        phrase!(
            "Scalars over the whole recording. None of them names a fault: a damaged bearing can show any of these values."
        ),
        &[
            ("Indicator", ColumnKind::Head),
            ("Value", ColumnKind::Number),
            ("Unit", ColumnKind::Plain),
            ("Scaling", ColumnKind::Note),
        ],
        diagnosis.indicators.iter().map(row).collect(),
    )
}
