//! The opinion of a trained net, or why there is none.

use brinell_learn::Trained;
use brinell_signal::{BearingOrders, Context, Hertz, Recording};

use crate::{ClassScore, Learned};

/// Whether the net learned from this very file.
pub(crate) fn knows(model: &Trained, recording: &Recording) -> bool {
    model.learned_from(&recording.provenance().sha256)
}

pub(crate) fn ask(
    model: Option<&Trained>,
    recording: &Recording,
    samples: &[f32],
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
) -> (Option<Learned>, String) {
    let Some(model) = model else {
        return (None, "No net was asked: none was given (--model FILE).".into());
    };
    match model.score(samples, recording.rate().value, &Context { shaft, orders }) {
        Ok(scores) => {
            let learned = Learned {
                model: model.name().to_owned(),
                sha256: model.sha256().to_owned(),
                scores: scores
                    .classes
                    .iter()
                    .zip(&scores.mean)
                    .map(|(class, score)| ClassScore {
                        class: class.name.clone(),
                        element: class.element,
                        score: *score,
                    })
                    .collect(),
                segments: scores.segments,
                calibrated: model.calibrated(),
                card: model.card().to_owned(),
            };
            let note = if knows(model, recording) {
                "The net learned from this very recording: its scores say nothing here and were not counted."
                    .into()
            } else if learned.calibrated {
                String::new()
            } else {
                "The scores are not calibrated: read them as a ranking, not as probabilities.".into()
            };
            (Some(learned), note)
        }
        Err(error) => (None, format!("The net `{}` gave no opinion: {error}", model.name())),
    }
}
