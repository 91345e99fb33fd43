//! The summary: what, where, how sure, how bad, what to do by when, why, and the plot that decides.

use super::evidence::diagnosed_again;
use super::{headline, kind_list, kind_title, origin, status, unknown_bearing};
use crate::condition::dates;
use crate::decisive;
use crate::document::{Block, Prose, Span, Target, Tone, faint, link, next, prose, reading, said, strong};
use crate::number;
use crate::palette::kind_line;
use crate::plot;
use brinell_diagnosis::{Action, DEEPER, Diagnosis, Evidence, HARMONICS_NEEDED, MODULATION_NEEDED, Verdict};
use brinell_signal::{Joint, Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let severity = prose![
        super::severity::sentence(diagnosis),
        ' ',
        link(super::severity::link_text(diagnosis), Target::Section("severity"))
    ];
    let answers = vec![
        (phrase!("What"), vec![Block::text(what(diagnosis))]),
        (phrase!("Where"), vec![Block::text(place(diagnosis))]),
        (phrase!("How sure"), vec![Block::text(how_sure(diagnosis))]),
        (phrase!("How bad"), vec![Block::text(severity)]),
        (phrase!("What to do, by when"), actions(diagnosis)),
        (phrase!("Chief caveat"), vec![Block::text(chief_caveat(diagnosis))]),
    ];
    let mut why = three_numbers(diagnosis);
    why.push(deciding_plot(diagnosis));
    let disagreement = diagnosis.disagreement.as_ref().map(|text| {
        let text = prose![strong(phrase!("Evidence and trained net disagree. ")), text];
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
            said!("A defect of the {part}.", part = strong(Phrase::word(element.title()))),
            next(),
            phrase!(
                "Vibration names the part; the mode of damage is to be confirmed on inspection (ISO 15243)."
            )
        ],
        Verdict::Undecided { candidates, settle, .. } => prose![
            if candidates.is_empty() {
                phrase!("No part can be named from this recording.")
            } else {
                phrase!("Not decided. Cannot be excluded: {parts}.", parts = kind_list(candidates))
            },
            next(),
            if settle.is_empty() {
                phrase!("What would settle it is not known.")
            } else {
                let means = Phrase::list(Joint::Semicolon, settle.iter().map(Phrase::from));
                phrase!("What would settle it: {means}.", means)
            }
        ],
        Verdict::NoFaultFound { blind_to, .. } => prose![phrase!(
            "No evidence of a bearing fault. What would not have been seen: {limits}",
            limits = blind_to
        )],
    }
}

fn place(diagnosis: &Diagnosis) -> Prose {
    let input = &diagnosis.input;
    let machine = &diagnosis.machine;
    let named = |own: &Option<String>| {
        own.as_ref().map_or_else(|| phrase!("not named"), |name| Phrase::verbatim(name.as_str()))
    };
    prose![
        match &diagnosis.bearing {
            Some(bearing) => prose![said!(
                "Bearing {name} ({origin}).",
                name = strong(&bearing.designation),
                origin = origin(bearing.origin)
            )],
            None => prose![phrase!("Bearing not known: supply its designation or geometry.")],
        },
        next(),
        said!(
            "Sensor {channel} ({position}).",
            channel = strong(&input.channel),
            position =
                input.position.as_deref().map_or_else(|| phrase!("position not stated"), Phrase::named)
        ),
        next(),
        match (&machine.asset, &machine.point) {
            (None, None) => phrase!("Machine and measuring point are not declared."),
            (asset, point) => {
                phrase!("Machine: {asset}; point: {point}.", asset = named(asset), point = named(point))
            }
        }
    ]
}

fn how_sure(diagnosis: &Diagnosis) -> Prose {
    if let Some(found) = unknown_bearing::found(diagnosis) {
        return unknown_bearing::how_sure(diagnosis, found);
    }
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return prose![phrase!(
            "No false-alarm rate can be given: no comb was tested, so nothing is found and nothing is excluded."
        )];
    };
    let p = match &diagnosis.verdict {
        Verdict::Found { p_adjusted, .. } => *p_adjusted,
        _ => evidence.p_adjusted,
    };
    let line = kind_line(evidence.element);
    let harmonics = phrase!(
        "{found} of {tested} harmonics",
        found = evidence.harmonics_found,
        tested = evidence.harmonics_tested
    );
    let needed = phrase!(
        "p {p} adjusted; found needs p at most {level}",
        p = number::p_relation(p),
        level = number::trimmed(diagnosis.method.significance)
    );
    let statement = match &diagnosis.verdict {
        Verdict::Found { .. } => Prose::of(said!(
            "{harmonics} of {line} stand out; {rate} (p {p}, adjusted for all that was tested).",
            harmonics = harmonics,
            line = line,
            rate = match number::one_in(p) {
                Some(rate) => said!("false-alarm rate {rate} recordings", rate = strong(rate)),
                None => Span::Text(phrase!("false-alarm rate high")),
            },
            p = number::p_relation(p)
        )),
        Verdict::Undecided { .. } => prose![phrase!(
            "Best supported: {line} with {harmonics}, modulation index {modulation}, {needed}, {least} harmonics, an index of {index}, no rival explanation and a comb {deeper} times as deep as that of any other race or of the rolling elements.",
            line,
            harmonics,
            modulation = number::fixed(evidence.modulation, 2),
            needed,
            least = HARMONICS_NEEDED,
            index = number::trimmed(MODULATION_NEEDED),
            deeper = number::trimmed(DEEPER)
        )],
        Verdict::NoFaultFound { .. } => {
            prose![phrase!("The strongest comb, {line}, has {needed}.", line, needed)]
        }
    };
    prose![
        statement,
        next(),
        phrase!(
            "The rate comes from a tail fitted to {controls} control orders in this very recording, below about 1 in {controls} extrapolated; it is no calibrated probability of damage.",
            controls = diagnosis.method.controls
        )
    ]
}

fn actions(diagnosis: &Diagnosis) -> Vec<Block> {
    if diagnosis.actions.is_empty() {
        return vec![Block::text(phrase!("No action was derived. Supply what is missing."))];
    }
    let list = Block::List {
        ordered: true,
        items: diagnosis.actions.iter().map(|own| action(diagnosis, own)).collect(),
    };
    let policy = policy(diagnosis).map(|policy| Block::Paragraph(Tone::Faint, prose![policy]));
    std::iter::once(list).chain(policy).collect()
}

fn action(diagnosis: &Diagnosis, action: &Action) -> Prose {
    let why = Phrase::from(&action.why);
    let why = (!why.is_empty()).then(|| prose![next(), faint(why)]);
    let who = action.who.as_ref().map(|who| prose![next(), phrase!("By {who}.", who)]);
    let what = strong(without_stop((&action.what).into()));
    let step = match (dates(diagnosis, action.by_days), action.by_days) {
        (Some([from, to]), _) if from == to => said!("{what}, by {to}.", what = what, to = to),
        (Some([from, to]), _) => said!("{what}, {from} to {to}.", what = what, from = from, to = to),
        (None, Some([from, to])) if from == to => {
            said!("{what}, within {days} days of the measurement.", what = what, days = to)
        }
        (None, Some([from, to])) => {
            said!("{what}, {from} to {to} days from the measurement.", what = what, from = from, to = to)
        }
        (None, None) => said!("{what}, no date given.", what = what),
    };
    prose![step, who, why]
}

/// What a policy may have written as a sentence, as a part of one.
fn without_stop(text: Phrase) -> Phrase {
    match text {
        Phrase::Verbatim(text) => Phrase::verbatim(text.trim_end_matches('.')),
        said => said,
    }
}

/// Where the actions come from, and what that policy says of itself; `None` in reports of before it was told.
fn policy(diagnosis: &Diagnosis) -> Option<Phrase> {
    let assessed = diagnosis.assessed.as_ref()?;
    let name = phrase!("Policy: {name}.", name = &assessed.policy);
    Some(Phrase::sentences([name, assessed.policy_note.clone()]))
}

fn chief_caveat(diagnosis: &Diagnosis) -> Prose {
    let Some(caveat) = diagnosis.caveats.first() else { return prose![phrase!("None recorded.")] };
    let count = diagnosis.caveats.len();
    let name = match count {
        2 => phrase!("Both caveats"),
        _ => phrase!("All {count} caveats", count),
    };
    let all = (count > 1).then(|| prose![' ', link(name, Target::Section("caveats"))]);
    prose![&caveat.text, all]
}

/// Why no comb of a part was tested.
pub(super) fn no_evidence_reason(diagnosis: &Diagnosis) -> Block {
    if let Some(found) = unknown_bearing::found(diagnosis) {
        return unknown_bearing::gap(found);
    }
    let speed = diagnosis.speed.is_none();
    let bearing = diagnosis.bearing.is_none();
    let missing = match (speed, bearing) {
        (true, true) => phrase!("shaft speed and bearing."),
        (true, false) => phrase!("shaft speed."),
        (false, true) => phrase!("bearing geometry."),
        (false, false) => phrase!("evidence; the data holds none although speed and bearing are known."),
    };
    let supply = match (speed, bearing) {
        (true, true) => phrase!("--speed and --bearing."),
        (true, false) => phrase!("--speed, as measured during the recording."),
        (false, true) => phrase!("--bearing, the designation or the geometry."),
        (false, false) => phrase!("a longer recording with steady speed."),
    };
    let falls = phrase!("no fault frequency can be placed, so no part can be named or cleared.");
    Block::gap(missing, falls, supply)
}

fn three_numbers(diagnosis: &Diagnosis) -> Vec<Block> {
    let found = unknown_bearing::found(diagnosis);
    if let Some(blocks) = found.and_then(|found| unknown_bearing::three_numbers(diagnosis, found)) {
        return blocks;
    }
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return vec![Block::heading(phrase!("Why, in three numbers")), no_evidence_reason(diagnosis)];
    };
    let part = kind_title(evidence.element);
    let question = match &diagnosis.verdict {
        Verdict::NoFaultFound { .. } => phrase!("Why, in three numbers of the strongest comb: {part}", part),
        _ => phrase!("Why, in three numbers: {part}", part),
    };
    let first = match decisive::first_harmonic(evidence) {
        Some(peak) => phrase!(
            "harmonics stand out; the first lies {db} dB over the floor ({needed} dB needed)",
            db = number::decibel(peak.snr_db),
            needed = number::decibel(peak.threshold_db)
        ),
        None => phrase!("harmonics stand out"),
    };
    let chance = match number::one_in(evidence.p_adjusted) {
        Some(rate) => phrase!("adjusted; as much by chance in {rate} recordings", rate),
        None => phrase!("adjusted; as much is common by chance"),
    };
    let harmonics =
        phrase!("{found} of {tested}", found = evidence.harmonics_found, tested = evidence.harmonics_tested);
    vec![
        Block::heading(question),
        Block::Tiles(vec![
            frequency_tile(diagnosis, evidence),
            (harmonics, prose![first]),
            (phrase!("p {p}", p = number::p_relation(evidence.p_adjusted)), prose![chance]),
        ]),
    ]
}

fn frequency_tile(diagnosis: &Diagnosis, evidence: &Evidence) -> (Phrase, Prose) {
    let resolution = diagnosis.method.resolution_hz;
    let expected = decisive::expected_hz(diagnosis, evidence).map(|hz| number::hertz(hz, resolution));
    let found = decisive::found_hz(diagnosis, evidence).map(|hz| number::hertz(hz, resolution));
    // Only what passed its threshold is called found.
    let is_found = matches!(diagnosis.verdict, Verdict::Found { .. });
    match (found, evidence.deviation_percent) {
        (Some(found), Some(deviation)) => (
            phrase!("{hz} Hz", hz = found),
            prose![phrase!(
                "{word}; {expected} Hz expected ({deviation} %)",
                word = if is_found { phrase!("found") } else { phrase!("best fit") },
                expected,
                deviation = number::deviation(deviation)
            )],
        ),
        _ => (
            phrase!("{hz} Hz", hz = expected.unwrap_or_else(|| Phrase::verbatim("-"))),
            prose![phrase!("expected; nothing stands out there")],
        ),
    }
}

fn deciding_plot(diagnosis: &Diagnosis) -> Block {
    let [low, high] = diagnosis.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
    let caption = prose![
        phrase!(
            "Squared-envelope spectrum of the band {low} to {high} Hz, linear scale ({unit}).",
            low,
            high,
            unit = &diagnosis.figures.envelope_spectrum.unit
        ),
        next(),
        reading(super::evidence::comb_reading(diagnosis))
    ];
    Block::figure_or(
        plot::deciding(diagnosis),
        caption,
        Block::gap(
            phrase!("the envelope spectrum's data."),
            phrase!("the deciding plot cannot be drawn; the verdict cannot be checked by eye."),
            diagnosed_again(),
        ),
    )
}
