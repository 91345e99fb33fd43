//! The summary: what, where, how sure, how bad, what to do by when, why, and the plot that decides.

use super::{headline, kind_list, kind_title, origin, status};
use crate::decisive;
use crate::document::{Block, Prose, Target, Tone, faint, link, prose, reading, strong};
use crate::number;
use crate::palette::kind_line;
use crate::plot;
use brinell_diagnosis::{Action, Diagnosis, Evidence, Verdict};
use brinell_signal::{Joint, Phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let severity = prose![
        super::severity::sentence(diagnosis),
        " ",
        link(super::severity::link_text(diagnosis), Target::Section("severity"))
    ];
    let answers = vec![
        ("What", vec![Block::text(what(diagnosis))]),
        ("Where", vec![Block::text(place(diagnosis))]),
        ("How sure", vec![Block::text(how_sure(diagnosis))]),
        ("How bad", vec![Block::text(severity)]),
        ("What to do, by when", actions(diagnosis)),
        ("Chief caveat", vec![Block::text(chief_caveat(diagnosis))]),
    ];
    let mut why = three_numbers(diagnosis);
    why.push(deciding_plot(diagnosis));
    let disagreement = diagnosis.disagreement.as_ref().map(|text| {
        let text = prose![strong("Evidence and trained net disagree. "), text];
        Block::Paragraph(Tone::Disagreement, text)
    });
    let mut blocks: Vec<Block> = disagreement.into_iter().collect();
    blocks.extend([banner(diagnosis), Block::Columns([vec![Block::Answers(answers)], why])]);
    blocks
}

fn banner(diagnosis: &Diagnosis) -> Block {
    let verdict = &diagnosis.verdict;
    let (state, _) = status(verdict);
    Block::Status { state, headline: headline(verdict), why: super::why(verdict) }
}

fn what(diagnosis: &Diagnosis) -> Prose {
    match &diagnosis.verdict {
        Verdict::Found { element, .. } => prose![
            "A defect of the ",
            strong(element.title()),
            ". Vibration names the part; the mode of damage is to be confirmed on inspection (ISO 15243)."
        ],
        Verdict::Undecided { candidates, settle, .. } => prose![
            if candidates.is_empty() {
                "No part can be named from this recording.".to_owned()
            } else {
                format!("Not decided. Cannot be excluded: {}.", kind_list(candidates))
            },
            if settle.is_empty() {
                " What would settle it is not known.".to_owned()
            } else {
                format!(" What would settle it: {}.", Phrase::list(Joint::Semicolon, settle.iter().cloned()))
            }
        ],
        Verdict::NoFaultFound { blind_to, .. } => {
            prose!["No evidence of a bearing fault. What would not have been seen: ", blind_to]
        }
    }
}

fn place(diagnosis: &Diagnosis) -> Prose {
    let input = &diagnosis.input;
    let machine = &diagnosis.machine;
    prose![
        match &diagnosis.bearing {
            Some(bearing) =>
                prose!["Bearing ", strong(&bearing.designation), " (", origin(bearing.origin), "). "],
            None => prose!["Bearing not known: supply its designation or geometry. "],
        },
        "Sensor ",
        strong(&input.channel),
        " (",
        input.position.as_deref().unwrap_or("position not stated"),
        "). ",
        match (&machine.asset, &machine.point) {
            (None, None) => "Machine and measuring point are not declared.".to_owned(),
            (asset, point) => format!(
                "Machine: {}; point: {}.",
                asset.as_deref().unwrap_or("not named"),
                point.as_deref().unwrap_or("not named")
            ),
        }
    ]
}

fn how_sure(diagnosis: &Diagnosis) -> Prose {
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return prose![
            "No false-alarm rate can be given: no comb was tested, so nothing is found and nothing is excluded."
        ];
    };
    let p = match &diagnosis.verdict {
        Verdict::Found { p_adjusted, .. } => *p_adjusted,
        _ => evidence.p_adjusted,
    };
    let line = kind_line(evidence.element);
    let harmonics = format!("{} of {} harmonics", evidence.harmonics_found, evidence.harmonics_tested);
    let needed = format!(
        "p {} adjusted; found needs p at most {}",
        number::p_relation(p),
        number::trimmed(diagnosis.method.significance)
    );
    let statement = match &diagnosis.verdict {
        Verdict::Found { .. } => prose![
            format!("{harmonics} of {line} stand out; "),
            match number::one_in(p) {
                Some(rate) => prose!["false-alarm rate ", strong(rate), " recordings"],
                None => prose!["false-alarm rate high"],
            },
            format!(" (p {}, adjusted for all that was tested).", number::p_relation(p))
        ],
        Verdict::Undecided { .. } => {
            prose![format!("Best supported: {line} with {harmonics}, {needed} and no rival explanation.")]
        }
        Verdict::NoFaultFound { .. } => prose![format!("The strongest comb, {line}, has {needed}.")],
    };
    prose![
        statement,
        " The rate comes from ",
        diagnosis.method.controls,
        " control orders in this very recording; it is no calibrated probability of damage."
    ]
}

fn actions(diagnosis: &Diagnosis) -> Vec<Block> {
    if diagnosis.actions.is_empty() {
        return vec![Block::text("No action was derived. Supply what is missing and measure again.")];
    }
    let item = |action: &Action| {
        let why = (!action.why.is_empty()).then(|| prose![" ", faint(action.why.to_string())]);
        let who = action.who.as_ref().map(|who| format!(" By {who}."));
        prose![strong(action.what.to_string().trim_end_matches('.')), span_of(action), who, why]
    };
    vec![
        Block::List { ordered: true, items: diagnosis.actions.iter().map(item).collect() },
        Block::Paragraph(Tone::Faint, prose![policy(diagnosis)]),
    ]
}

/// Where the actions come from, and where to change them.
fn policy(diagnosis: &Diagnosis) -> String {
    match diagnosis.assessed.as_ref().map(|assessed| assessed.policy.to_string()).as_deref() {
        None | Some("default policy") => {
            "Default policy; the plant's own rules come first (--policy FILE).".to_owned()
        }
        Some(name) => format!("Policy: {name}."),
    }
}

fn span_of(action: &Action) -> String {
    match action.by_days {
        Some([from, to]) if from == to => format!(", within {to} days of the measurement."),
        Some([from, to]) => format!(", {from} to {to} days from the measurement."),
        None => ", no date given.".to_owned(),
    }
}

fn chief_caveat(diagnosis: &Diagnosis) -> Prose {
    let Some(caveat) = diagnosis.caveats.first() else { return prose!["None recorded."] };
    let count = diagnosis.caveats.len();
    let all =
        (count > 1).then(|| prose![" ", link(format!("All {count} caveats"), Target::Section("caveats"))]);
    prose![&caveat.text, all]
}

/// Why no comb was tested.
pub(super) fn no_evidence_reason(diagnosis: &Diagnosis) -> Block {
    let speed = diagnosis.speed.is_none();
    let bearing = diagnosis.bearing.is_none();
    let missing = match (speed, bearing) {
        (true, true) => "shaft speed and bearing.",
        (true, false) => "shaft speed.",
        (false, true) => "bearing geometry.",
        (false, false) => "evidence; the data holds none although speed and bearing are known.",
    };
    let supply = match (speed, bearing) {
        (true, true) => "--speed and --bearing.",
        (true, false) => "--speed, as measured during the recording.",
        (false, true) => "--bearing, the designation or the geometry.",
        (false, false) => "a longer recording with steady speed.",
    };
    Block::gap(missing, "no fault frequency can be placed, so no part can be named or cleared.", supply)
}

fn three_numbers(diagnosis: &Diagnosis) -> Vec<Block> {
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return vec![Block::heading("Why, in three numbers"), no_evidence_reason(diagnosis)];
    };
    let question = match &diagnosis.verdict {
        Verdict::NoFaultFound { .. } => "Why, in three numbers of the strongest comb: ",
        _ => "Why, in three numbers: ",
    };
    let first = decisive::first_harmonic(evidence).map(|peak| {
        format!(
            "; the first lies {} dB over the floor ({} dB needed)",
            number::decibel(peak.snr_db),
            number::decibel(peak.threshold_db)
        )
    });
    let chance = match number::one_in(evidence.p_adjusted) {
        Some(rate) => format!("as much by chance in {rate} recordings"),
        None => "as much is common by chance".to_owned(),
    };
    vec![
        Block::heading(prose![question, kind_title(evidence.element)]),
        Block::Tiles(vec![
            frequency_tile(diagnosis, evidence),
            (
                format!("{} of {}", evidence.harmonics_found, evidence.harmonics_tested),
                prose!["harmonics stand out", first],
            ),
            (format!("p {}", number::p_relation(evidence.p_adjusted)), prose!["adjusted; ", chance]),
        ]),
    ]
}

fn frequency_tile(diagnosis: &Diagnosis, evidence: &Evidence) -> (String, Prose) {
    let resolution = diagnosis.method.resolution_hz;
    let expected = decisive::expected_hz(diagnosis, evidence).map(|hz| number::hertz(hz, resolution));
    let found = decisive::found_hz(diagnosis, evidence).map(|hz| number::hertz(hz, resolution));
    // Only what passed its threshold is called found.
    let word = if matches!(diagnosis.verdict, Verdict::Found { .. }) { "found" } else { "best fit" };
    match (found, evidence.deviation_percent) {
        (Some(found), Some(deviation)) => (
            format!("{found} Hz"),
            prose![
                word,
                "; ",
                expected.unwrap_or_default(),
                " Hz expected (",
                number::deviation(deviation),
                " %)"
            ],
        ),
        _ => (
            format!("{} Hz", expected.unwrap_or_else(|| "-".to_owned())),
            prose!["expected; nothing stands out there"],
        ),
    }
}

fn deciding_plot(diagnosis: &Diagnosis) -> Block {
    let band = diagnosis.figures.envelope_band_hz;
    let caption = prose![
        "Squared-envelope spectrum of the band ",
        number::fixed(band[0], 0),
        " to ",
        number::fixed(band[1], 0),
        " Hz, linear scale (",
        &diagnosis.figures.envelope_spectrum.unit,
        "). ",
        reading(super::evidence::comb_reading(diagnosis))
    ];
    Block::figure_or(
        plot::deciding(diagnosis),
        caption,
        Block::gap(
            "the envelope spectrum's data.",
            "the deciding plot cannot be drawn; the verdict cannot be checked by eye.",
            "the recording itself, diagnosed again.",
        ),
    )
}
