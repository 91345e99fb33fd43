//! What the search over all orders found where the bearing is not known, and which parts it may be.

use super::kind_title;
use crate::decisive;
use crate::document::{Block, ColumnKind, Prose, Row, Table, TableKind, prose};
use crate::number;
use brinell_diagnosis::{BearingReading, Diagnosis, UnknownBearing, UnknownComb};
use brinell_signal::{Phrase, phrase};

/// Harmonics of a comb that are looked for.
const HARMONICS: u32 = 5;

/// The order of a comb and its fundamental in hertz.
fn place(diagnosis: &Diagnosis, comb: &UnknownComb) -> Phrase {
    phrase!(
        "{order}\u{d7} shaft ({hz} Hz)",
        order = number::fixed(comb.order, 3),
        hz = number::hertz(comb.hz, diagnosis.method.resolution_hz)
    )
}

fn searched(found: &UnknownBearing) -> Phrase {
    let [low, high] = found.scanned.map(number::trimmed);
    phrase!("combs were searched at all orders from {low} to {high}\u{d7} shaft", low, high)
}

/// What was done instead of testing combs of parts, and what came of it.
pub(super) fn how_sure(diagnosis: &Diagnosis, found: &UnknownBearing) -> Prose {
    let searched = searched(found);
    let Some(comb) = found.combs.first() else {
        return prose![phrase!(
            "{searched:^}; none stands out beyond chance. Without the bearing's orders nothing is excluded.",
            searched
        )];
    };
    prose![phrase!(
        "{searched:^}. The strongest, at {place}, has {harmonics} of {looked} harmonics and p {p} over the whole search; which part gives it cannot be told without the bearing.",
        searched,
        place = place(diagnosis, comb),
        harmonics = comb.harmonics_found,
        looked = HARMONICS,
        p = number::p_relation(comb.p)
    )]
}

/// One sentence below a figure.
pub(super) fn comb_reading(diagnosis: &Diagnosis, found: &UnknownBearing) -> Phrase {
    let searched = searched(found);
    match found.combs.first() {
        Some(comb) => phrase!(
            "{searched}; the strongest lies at {place}, and no part can be named for it.",
            searched,
            place = place(diagnosis, comb)
        ),
        None => phrase!("{searched}; none stands out.", searched),
    }
}

/// The strongest comb in three numbers; `None` where there is none.
pub(super) fn three_numbers(diagnosis: &Diagnosis, found: &UnknownBearing) -> Option<Vec<Block>> {
    let comb = found.combs.first()?;
    let chance = match number::one_in(comb.p) {
        Some(rate) => phrase!("over the whole search; as much by chance in {rate} recordings", rate),
        None => phrase!("over the whole search; as much is common by chance"),
    };
    let order =
        phrase!("{order}\u{d7} shaft; of no part that is known", order = number::fixed(comb.order, 3));
    Some(vec![
        Block::heading(phrase!("The strongest comb that was found, in three numbers")),
        Block::Tiles(vec![
            (phrase!("{hz} Hz", hz = number::hertz(comb.hz, diagnosis.method.resolution_hz)), prose![order]),
            (
                phrase!("{found} of {tested}", found = comb.harmonics_found, tested = HARMONICS),
                prose![phrase!(
                    "harmonics stand out; modulation index {index}",
                    index = number::fixed(comb.modulation, 2)
                )],
            ),
            (phrase!("p {p}", p = number::p_relation(comb.p)), prose![chance]),
        ]),
    ])
}

/// Why no part was tested, and what was done instead.
pub(super) fn gap(found: &UnknownBearing) -> Block {
    let falls = if found.combs.is_empty() {
        phrase!("no part is cleared: {searched}, and none stands out.", searched = searched(found))
    } else {
        phrase!(
            "which part it is: {searched}, and only the bearing's orders tell whose they are.",
            searched = searched(found)
        )
    };
    Block::gap(
        phrase!("bearing geometry."),
        falls,
        phrase!("--bearing, the designation or the geometry, for the same file."),
    )
}

/// All combs that were found and the bearings that would explain them.
pub(super) fn tables(diagnosis: &Diagnosis, found: &UnknownBearing) -> Vec<Block> {
    let mut blocks = vec![gap(found)];
    if found.combs.is_empty() {
        return blocks;
    }
    blocks.push(Block::Table(combs(diagnosis, found)));
    if found.readings.is_empty() {
        blocks.push(Block::text(phrase!(
            "No usual bearing has a part at the order of the first comb: it may be another machine's."
        )));
        return blocks;
    }
    blocks.push(Block::Table(readings(found)));
    if let Some(share) = found.coincidence {
        blocks.push(Block::text(phrase!(
            "That two combs fit one bearing is no proof: {percent:.0} % of all orders would fit as well.",
            percent = 100.0 * share
        )));
    }
    blocks
}

fn combs(diagnosis: &Diagnosis, found: &UnknownBearing) -> Table {
    let row = |comb: &UnknownComb| {
        let rival = comb.rival.clone().unwrap_or_else(|| phrase!("none within tolerance"));
        Row::of(vec![
            prose![phrase!(
                "{order} \u{b1} {sd}",
                order = number::fixed(comb.order, 3),
                sd = number::fixed(comb.sd, 3)
            )],
            prose![number::hertz(comb.hz, diagnosis.method.resolution_hz)],
            prose![phrase!("{found} of {tested}", found = comb.harmonics_found, tested = HARMONICS)],
            prose![number::significant(comb.modulation, 3)],
            prose![number::p_value(comb.p)],
            prose![rival],
        ])
    };
    Table::new(
        TableKind::Wide,
        phrase!("Combs that were found"),
        phrase!("Combs of no part that is known, the strongest first. p: chance over the whole search."),
        &[
            ("Found order", ColumnKind::Head),
            ("Hz", ColumnKind::Number),
            ("Harmonics", ColumnKind::Number),
            ("Modulation", ColumnKind::Number),
            ("p", ColumnKind::Number),
            ("Rival explanation", ColumnKind::Note),
        ],
        found.combs.iter().map(row).collect(),
    )
}

fn readings(found: &UnknownBearing) -> Table {
    let row = |reading: &BearingReading| {
        let elements =
            reading.rolling_elements.map_or_else(|| phrase!("any"), |n| Phrase::verbatim(n.to_string()));
        Row::of(vec![
            prose![kind_title(reading.element)],
            prose![elements],
            prose![phrase!("{reading:^}.", reading = reading.in_words())],
        ])
    };
    Table::new(
        TableKind::Wide,
        phrase!("Parts that it may be"),
        phrase!("Bearings that would explain the first comb, or it is of another machine part."),
        &[
            ("Part", ColumnKind::Head),
            ("Rolling elements", ColumnKind::Number),
            ("Reading", ColumnKind::Note),
        ],
        found.readings.iter().map(row).collect(),
    )
}

/// What the search found; `None` where the bearing is known or nothing could be searched.
pub(super) fn found(diagnosis: &Diagnosis) -> Option<&UnknownBearing> {
    diagnosis
        .unknown_bearing
        .as_ref()
        .filter(|_| diagnosis.bearing.is_none() && decisive::evidence(diagnosis).is_none())
}
