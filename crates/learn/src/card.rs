//! `card.md`: what was learned from what, how it was measured, what the figures are worth.

use crate::calibration::percent;
use crate::calibration_options::CalibrationMethod;
use crate::experiment::{Experiment, ProtocolOptions};
use crate::figure::Figure;
use crate::recordings::Recordings;
use crate::summary::{ProtocolSummary, Summary};
use crate::table::Table;
use crate::training_options::Keep;
use std::fmt::Write;

/// The card of a run.
pub(crate) fn card(experiment: &Experiment, recordings: &Recordings, summary: &Summary) -> String {
    let mut text = String::new();
    // writing to a String cannot fail
    let _ = write_card(&mut text, experiment, recordings, summary);
    text
}

fn write_card(
    out: &mut String,
    experiment: &Experiment,
    recordings: &Recordings,
    summary: &Summary,
) -> std::fmt::Result {
    let training = &experiment.training;
    writeln!(out, "# {}\n", experiment.name)?;
    if !experiment.title.is_empty() {
        writeln!(out, "{}\n", experiment.title)?;
    }
    writeln!(out, "## Figures\n\n{}", Table::new([summary]).markdown())?;
    writeln!(out, "## Data\n")?;
    let used = recordings.count();
    writeln!(out, "Data set `{}` at {}: {used} recordings.", experiment.data.dataset, recordings.rate())?;
    if !recordings.missing().is_empty() {
        let list = recordings.missing().join(", ");
        writeln!(out, "\nNot at hand, so neither learned nor tested: {list}.")?;
    }
    writeln!(out, "\n## Model and training\n")?;
    if experiment.model.net().is_some() {
        writeln!(
            out,
            "{}, at most {} epochs in batches of {}. {}\n",
            experiment.model.name(),
            training.epochs,
            training.batch,
            kept(experiment),
        )?;
        let settings = toml::to_string(training).map_err(|_| std::fmt::Error)?;
        writeln!(out, "```toml\n{settings}```")?;
    } else {
        let model = toml::to_string(&experiment.model).map_err(|_| std::fmt::Error)?;
        writeln!(out, "{}, fitted at once to all training segments:\n", experiment.model.name())?;
        writeln!(out, "```toml\n{model}```")?;
    }
    if experiment.tune.is_some() {
        let chosen = "Every fold chose options of `[tune]` for itself by training bearings that were held out in turn: \
                      `trials.json` beside its model.";
        writeln!(out, "\n{chosen}")?;
    }
    if let Some(text) = baselines(experiment) {
        writeln!(out, "\n{text}")?;
    }
    writeln!(out, "\n## How it was measured\n")?;
    for protocol in &experiment.protocols {
        let cut = experiment.segments_of(protocol);
        let seconds = experiment.segment_duration(&cut);
        let leak = protocol.name.is_leaky().map_or(String::new(), |leak| format!(" **{leak}.**"));
        writeln!(
            out,
            "- `{}` at {}: {}.{} Segments of {} samples ({:.3} s).{leak}",
            protocol.name,
            protocol.sensor,
            protocol.name.description(),
            protocol.noise.map_or(String::new(), |noise| format!(" Test with {noise}."))
                + &experiment.adaptation_of(protocol).map_or(String::new(), |adaptation| {
                    format!(" **Nets {}.**", adaptation.declared(protocol.name))
                }),
            cut.length,
            seconds.0
        )?;
    }
    let chosen = match experiment.model.net() {
        Some(_) => {
            "Epochs, learning rate and weights were chosen by the validation part of each fold (the rule stands in its \
             `split.csv`); the test"
        }
        None => "The test",
    };
    writeln!(out, "\n{chosen} part was computed after training had ended.\n")?;
    writeln!(out, "## What the figures are worth\n")?;
    writeln!(
        out,
        "Only a figure on bearings that the net had not seen says how it will do on a new one. Segments of \
         one recording are not independent: count bearings, not segments. {} The healthy bearing under \
         the sensor is the same one in training and test wherever the data hold only one.",
        calibrated(experiment, summary)
    )
}

/// What stands beside the model, and that nothing corrects its scores.
fn baselines(experiment: &Experiment) -> Option<String> {
    let names: Vec<String> = experiment.baselines.iter().map(|own| format!("`{}`", own.name)).collect();
    if names.is_empty() {
        return None;
    }
    let calibrated = match experiment.calibration.as_ref().map(|fitted| fitted.method) {
        None | Some(CalibrationMethod::None) => {
            "Their probabilities are not calibrated, as those of the model."
        }
        Some(_) => {
            "Their probabilities are not calibrated while those of the model are, so that their ECE does not compare the \
             models alone."
        }
    };
    Some(format!("Baselines under the same protocols (`table.md`): {}. {calibrated}", names.join(", ")))
}

/// What the sets of classes are worth, where there are some.
fn promised(summary: &Summary) -> Option<String> {
    let told = |own: &&ProtocolSummary| own.windows.figures.contains_key(&Figure::SetCoverage);
    let promise = summary.protocols.iter().find(told)?.setting.sets?;
    let (share, unit) = (percent(promise.coverage), promise.unit);
    let worth = match promise.guaranteed {
        true => format!(
            "{share} % of the sets shall hold the true class, promised for further {unit}s like those held out"
        ),
        false => format!("it was fitted for {share} % of {unit}s, which promises nothing"),
    };
    Some(format!(" Each recording is given a set of classes by the mean of its segments: {worth}."))
}

/// What held-out bearings told.
fn calibrated(experiment: &Experiment, summary: &Summary) -> String {
    let Some(options) = &experiment.calibration else {
        return "The probabilities are not calibrated.".to_owned();
    };
    let mut text = match options.method {
        CalibrationMethod::None => "The probabilities are not calibrated.".to_owned(),
        _ => "The probabilities were calibrated by bearings of the training side that were held out in turn."
            .to_owned(),
    };
    if experiment.protocols.iter().any(|own| experiment.adaptation_of(own).is_some()) {
        text.push_str(
            " Those of nets that were adapted were calibrated by bearings of the source alone: how far they hold for the \
             target was not told, and no sets or alarms are promised there.",
        );
    }
    text.extend(promised(summary));
    let facts = summary.protocols.iter().flat_map(|own| &own.results).map(|result| &result.facts);
    let mut thresholds: Vec<f64> = facts.filter_map(|facts| Some(facts.alarm?.threshold)).collect();
    thresholds.sort_by(f64::total_cmp);
    if let (Some(lowest), Some(highest)) = (thresholds.first(), thresholds.last()) {
        text.push_str(&format!(
            " An unknown fault is alarmed where its score is above a threshold that {} % of the held-out segments of known \
             classes pass: {lowest:.6} to {highest:.6} over the models, that of each in its `fold.json` and model file. \
             This rate is counted in segments, so it is stated and not guaranteed.",
            percent(options.false_alarm_rate)
        ));
    }
    text
}

/// Which weights are the model.
fn kept(experiment: &Experiment) -> String {
    let training = &experiment.training;
    let averaged = training.weight_average.map_or("", |_| ", averaged over steps,");
    let of = |keep: Keep| {
        let is = |own: &&ProtocolOptions| training.kept(experiment.adaptation_of(own).is_some()) == keep;
        experiment.protocols.iter().any(|own| is(&own))
    };
    let mut text = Vec::new();
    if of(Keep::Best) {
        text.push(format!(
            "Training ends after {} epochs without a better validation loss; the weights{averaged} of the epoch with the \
             best one are kept.",
            training.early_stop.patience
        ));
    }
    if of(Keep::Last) {
        let whose = if of(Keep::Best) { " of nets that are adapted" } else { "" };
        text.push(format!("All epochs{whose} are run; the weights{averaged} of the last one are kept."));
    }
    text.join(" ")
}
