//! Which choices are tried, and which is taken: the one with the best figure on held-out bearings, the first of equals.

use super::space::{Choice, draws, grid, with};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::held_out::HeldOutJudgements;
use crate::judge::parts_of;
use crate::learning::Learning;
use crate::learning_side::LearningSide;
use crate::metrics::{LabelScores, Rows, log_loss};
use crate::observer::{Event, Observer};
use crate::run_folder::FoldFolder;
use serde::{Deserialize, Serialize};

/// How choices are made.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TuneMethod {
    /// Every combination of the lists.
    #[default]
    Grid,
    /// So many draws.
    Random {
        /// How many.
        trials: usize,
    },
    /// So many draws with few epochs; the best share goes on with more, until one is left (Jamieson and Talwalkar,
    /// AISTATS 2016). For nets.
    Halving {
        /// How many at first.
        trials: usize,
        /// The share that goes on.
        keep: f64,
    },
}

/// The figure on held-out bearings that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuneFigure {
    /// Macro-F1 over windows.
    MacroF1,
    /// Mean AUROC of the damaged parts.
    PartAuroc,
    /// Less log loss.
    LogLoss,
}

/// A choice and what it was worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The values.
    pub choice: Choice,
    /// Epochs at most; 0 for what is not a net.
    pub epochs: usize,
    /// The figure; larger is better.
    pub figure: f64,
    /// Whether it was taken.
    pub chosen: bool,
}

/// Fewest epochs that tell anything.
const FEWEST: usize = 2;

/// Tries choices on the bearings held out inside the training side; gives the experiment with the best one, and all that
/// was tried.
pub(crate) fn search(
    experiment: &Experiment,
    side: &LearningSide<'_>,
    learning: &Learning<'_>,
    folder: &FoldFolder,
    observer: &mut dyn Observer,
) -> Result<(Experiment, Vec<Trial>)> {
    let Some(options) = &experiment.tune else { return Ok((experiment.clone(), Vec::new())) };
    let figure = options.figure.unwrap_or(match learning.each_part {
        true => TuneFigure::PartAuroc,
        false => TuneFigure::MacroF1,
    });
    let net = experiment.model.net().is_some();
    let whole = if net { learning.epochs } else { 0 };
    let mut left: Vec<(usize, Choice)> = match options.method {
        TuneMethod::Grid => grid(&options.space).unwrap_or_default(),
        TuneMethod::Random { trials } | TuneMethod::Halving { trials, .. } => {
            draws(&options.space, trials, options.seed)
        }
    }
    .into_iter()
    .enumerate()
    .collect();
    let keep = match options.method {
        TuneMethod::Halving { keep, .. } if net => Some(keep),
        _ => None,
    };
    let mut tried: Vec<Trial> = Vec::new();
    loop {
        // the last one goes the whole way, those before it a share of it
        let rounds = keep.map_or(0.0, |keep| (left.len() as f64).ln() / (1.0 / keep).ln()).ceil();
        let share = keep.map_or(1.0, |keep| keep.powf(rounds));
        let epochs = ((whole as f64 * share).ceil() as usize).max(FEWEST.min(whole));
        let learning = Learning { epochs, ..*learning };
        let mut round = Vec::with_capacity(left.len());
        for (number, choice) in &left {
            // nothing is calibrated for a trial
            let plain = Experiment { tune: None, calibration: None, ..experiment.clone() };
            let own = with(&plain, choice)?;
            let examples = side.examples(&own)?;
            let state = folder.trial(*number, epochs);
            let held_out = side.hold_out(&own, &examples, &learning, None, &state, observer)?;
            let each = held_out.by_fold().into_iter();
            let each = each.map(|one| measure(figure, &one, examples.labels(), &learning));
            let each = each.collect::<Result<Vec<f64>>>()?;
            let figure = each.iter().sum::<f64>() / each.len().max(1) as f64;
            observer.event(&Event::TrialDone { place: learning.place, choice, figure });
            round.push(Trial { choice: choice.clone(), epochs, figure, chosen: false });
        }
        let mut order: Vec<usize> = (0..round.len()).collect();
        order.sort_by(|a, b| round[*b].figure.total_cmp(&round[*a].figure));
        let goes_on =
            keep.map_or(1, |keep| ((left.len() as f64 * keep).ceil() as usize).min(left.len() - 1)).max(1);
        let before = tried.len();
        tried.extend(round);
        let best: Vec<usize> = order.into_iter().take(goes_on).collect();
        if keep.is_none() || left.len() <= 1 || goes_on == 1 {
            let Some(best) = best.first() else {
                let why = "the space gave no choice";
                return Err(Error::data("nothing was tried", why, "give [tune.space] keys with values"));
            };
            tried[before + best].chosen = true;
            let choice = tried[before + best].choice.clone();
            return Ok((with(&Experiment { tune: None, ..experiment.clone() }, &choice)?, tried));
        }
        left = best.into_iter().map(|at| left[at].clone()).collect();
    }
}

fn measure(
    figure: TuneFigure,
    held_out: &HeldOutJudgements,
    labels: &[u32],
    learning: &Learning<'_>,
) -> Result<f64> {
    let predictions = held_out.predictions(labels)?;
    match figure {
        TuneFigure::MacroF1 => Ok(predictions.metrics().macro_f1),
        TuneFigure::LogLoss => Ok(-log_loss(&predictions)),
        TuneFigure::PartAuroc => {
            let parts = parts_of(learning.classes);
            let (mut scores, mut truth) = (Vec::new(), Vec::new());
            for (judged, label) in held_out.judged.iter().zip(predictions.labels()) {
                let own = learning.classes[*label as usize].faults();
                for (at, part) in parts.iter().enumerate() {
                    let holding = |(class, p): (&crate::class::ClassName, &f64)| {
                        if class.faults().contains(*part) { *p } else { 0.0 }
                    };
                    let summed = || {
                        learning.classes.iter().zip(&judged.probabilities).map(holding).sum::<f64>().min(1.0)
                    };
                    scores.push(judged.parts.get(at).copied().unwrap_or_else(summed));
                    truth.push(own.contains(*part));
                }
            }
            let scores = LabelScores::new(Rows::new(parts.len(), scores)?, truth)?;
            Ok(scores.auroc().mean.unwrap_or(0.0))
        }
    }
}
