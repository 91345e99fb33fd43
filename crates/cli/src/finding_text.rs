//! What transforms found besides their numbers, in words.

use std::fmt::Write as _;

use brinell_signal::pipeline::{Finding, StepFinding};
use brinell_signal::vmd::{
    Alpha, Decomposition, SelectedDecomposition, SelectionObjective, SelectionReason, SuccessiveStop,
    TriedVmd,
};

use crate::number_text::short;

/// One sentence on every finding, and a line on every mode.
pub(crate) fn sentences(finding: &StepFinding) -> Vec<String> {
    let unit = if finding.orders { "orders" } else { "Hz" };
    let mut lines = match &finding.finding {
        Finding::Modes(found) => {
            let mut lines = vec![format!(
                "{} in {} sweeps, {}",
                modes(found),
                found.sweeps,
                came_to_rest(found.converged)
            )];
            lines.extend(each_mode(found, unit));
            lines
        }
        Finding::SuccessiveModes(found) => {
            let why = match found.stop {
                SuccessiveStop::Residual => "little was left of the record",
                SuccessiveStop::SmallMode => "the next one would have been too small",
                SuccessiveStop::MostModes => "no more were allowed",
            };
            let mut lines = vec![format!(
                "{}, then {why}; {} of the power is in none of them; {}",
                modes(&found.decomposition),
                percent(found.residual_share),
                came_to_rest(found.decomposition.converged)
            )];
            lines.extend(each_mode(&found.decomposition, unit));
            lines
        }
        Finding::SelectedModes(found) => selected(found, unit),
        Finding::Band(band) => {
            let of = band.fault.map_or(String::new(), |fault| format!("{}: ", fault.title()));
            let place = format!("{} to {} {unit}", short(band.low.0), short(band.high.0));
            vec![if band.value > 0.0 {
                format!("{of}best band {place}, {} {}", band.criterion, short(band.value))
            } else {
                format!("{of}no band stands out: {} is 0 everywhere", band.criterion)
            }]
        }
        Finding::Prediction(fit) => {
            vec![format!("predicted by {} coefficients, residual variance {:.4e}", fit.order, fit.variance)]
        }
        Finding::Deconvolution(run) => vec![format!(
            "kurtosis {:.4} after {} iterations, {}",
            run.kurtosis,
            run.iterations,
            if run.converged {
                "where it rose no more"
            } else {
                "still rising: more iterations would raise it"
            }
        )],
        Finding::ImpulseTrain(train) => vec![format!(
            "impulses at {} {unit} hold {:.4} of the output; noise would give {:.4}",
            short(train.frequency.0),
            train.criterion,
            train.chance
        )],
        Finding::Shortened { given, kept } => {
            vec![format!("each mode has {kept} samples, the record {given}")]
        }
    };
    if let Some(first) = lines.first_mut() {
        let place =
            if finding.channel == 0 { String::new() } else { format!(", input {}", finding.channel + 1) };
        *first = format!("{}{place}: {first}", finding.name);
    }
    lines
}

/// What to say aloud of a search that was cut short.
pub(crate) fn warning(finding: &StepFinding) -> Option<String> {
    let (step, name) = (finding.step, finding.name);
    if let Finding::Shortened { given, kept } = &finding.finding {
        return Some(format!(
            "step {step}, {name}: of the {given} samples {kept} were decomposed: with compat=true a record of an odd \
             number of samples loses its last one, as in vmdpy"
        ));
    }
    let converged = match &finding.finding {
        Finding::Modes(found) => found.converged,
        Finding::SuccessiveModes(found) => found.decomposition.converged,
        Finding::SelectedModes(found) => found.decomposition.converged,
        _ => true,
    };
    (!converged).then(|| {
        format!(
            "step {step}, {name}: the modes had not come to rest; a higher max_sweeps or a larger tolerance lets them"
        )
    })
}

/// The chosen pair and why, its modes, and everything that was tried.
fn selected(found: &SelectedDecomposition, unit: &str) -> Vec<String> {
    let Some(chosen) = found.chosen() else { return vec!["nothing was tried".to_owned()] };
    let score = match found.by {
        SelectionObjective::EnvelopeEntropy => "smallest envelope entropy of a mode, nats",
        SelectionObjective::Kurtosis => "largest kurtosis of a mode",
        SelectionObjective::SampleEntropy => "mean sample entropy of the modes",
        SelectionObjective::CentreSeparation => "closest centres over the half-width",
        SelectionObjective::EnergyLoss { .. } => "share of the power in no mode",
    };
    let why = match found.why {
        SelectionReason::Least => "the least of all",
        SelectionReason::Most => "the most of all",
        SelectionReason::FirstWithin => "the first that is small enough",
        SelectionReason::NoneWithin => "the smallest, but none is small enough",
        SelectionReason::LastBeforeSplit => "one step more cuts a band in two",
        SelectionReason::SplitAtOnce => "even the fewest modes tried cut a band in two",
        SelectionReason::NeverSplit => "not even the most modes tried cut a band in two",
        SelectionReason::NoValue => "it exists for no pair, so the first stands here",
    };
    let mut lines = vec![format!(
        "{} chosen of {} pairs: {score}: {why}; {}",
        pair(chosen),
        found.tried.len(),
        came_to_rest(found.decomposition.converged)
    )];
    lines.extend(each_mode(&found.decomposition, unit));
    lines.extend(found.tried.iter().enumerate().map(|(row, tried)| {
        let value = tried.objective.map_or_else(|| "none".to_owned(), short);
        let mark = if row == found.row { " (chosen)" } else { "" };
        let rest = if tried.converged { "" } else { ", not converged" };
        format!("tried {}: {value}{rest}{mark}", pair(tried))
    }));
    lines
}

fn pair(tried: &TriedVmd) -> String {
    let alpha = match tried.alpha {
        Alpha::Vmdpy(alpha) => short(alpha),
        Alpha::Mathworks(alpha) => format!("{{mathworks={}}}", short(alpha)),
        Alpha::HalfWidth(width) => format!("{{half-width={}Hz}}", short(width.0)),
    };
    format!("modes={},alpha={alpha}", tried.modes)
}

fn modes(found: &Decomposition) -> String {
    match found.modes.len() {
        1 => "1 mode".to_owned(),
        n => format!("{n} modes"),
    }
}

fn came_to_rest(converged: bool) -> &'static str {
    if converged { "converged" } else { "not converged" }
}

fn each_mode(found: &Decomposition, unit: &str) -> impl Iterator<Item = String> {
    found.modes.iter().enumerate().map(move |(index, mode)| {
        let mut line = format!(
            "mode {}  centre {} {unit}, half-width {} {unit}, {} of the power",
            index + 1,
            short(mode.centre.0),
            short(mode.half_width.0),
            percent(mode.share)
        );
        if mode.empty {
            let _ = write!(line, " (empty)");
        }
        line
    })
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}
