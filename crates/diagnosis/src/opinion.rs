//! The opinion of a trained net, or why there is none.

use brinell_learn::{Coverage, Error as LearnError, Scores, Trained};
use brinell_signal::{BearingOrders, Context, Hertz, Joint, Phrase, Recording, phrase};

use crate::{Caveat, ClassScore, Error, Learned};

/// What came of asking a net.
#[derive(Debug, Default)]
pub(crate) struct Opinion {
    /// Its scores; `None` where it was not asked or gave none.
    pub(crate) learned: Option<Learned>,
    /// Why there are none, or what limits them.
    pub(crate) note: Phrase,
    /// What limits them, for the list of caveats.
    pub(crate) caveats: Vec<Caveat>,
}

impl Opinion {
    fn none(note: Phrase) -> Opinion {
        Opinion { note, ..Opinion::default() }
    }

    fn caveat(&mut self, code: &str, text: Phrase) {
        self.caveats.push(Caveat { code: code.into(), text });
    }
}

/// Asks a net. It has no opinion on a file that it learned from, nor on a speed that nothing it learned from had.
///
/// # Errors
/// What goes wrong on a GPU: it says nothing about the recording.
pub(crate) fn ask(
    model: Option<&Trained>,
    recording: &Recording,
    samples: &[f32],
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
) -> Result<Opinion, Error> {
    let Some(model) = model else {
        let note = Phrase::word("No net was asked: this diagnosis rests on the signal alone.");
        return Ok(Opinion::none(note));
    };
    let name = model.name();
    if model.learned_from(&recording.provenance().sha256) {
        let note = phrase!(
            "The net `{name}` learned from this very recording, so that its scores would say nothing: it was not asked.",
            name
        );
        let mut silent = Opinion::none(note.clone());
        silent.caveat("net_learned_from_this", note);
        return Ok(silent);
    }
    let coverage = shaft.and_then(|shaft| model.facts().range.as_ref()?.covers_speed(shaft.0));
    if let (Some(Coverage::Outside), Some(shaft)) = (coverage, shaft) {
        return Ok(Opinion::none(phrase!(
            "The net `{name}` gave no opinion: nothing that it learned from turned at {rpm:.0} rpm; it knows {speeds}.",
            name,
            rpm = shaft.to_rpm().0,
            speeds = known_speeds(model)
        )));
    }
    Ok(match model.score(samples, recording.rate().value, &Context { shaft, orders }) {
        Err(LearnError::CannotScore { why, help, .. }) => Opinion::none(phrase!(
            "The net `{name}` gave no opinion: {why}. To get one: {help}.",
            name,
            why,
            help
        )),
        Err(error @ LearnError::Model(_)) if model.is_on_gpu() => return Err(error.into()),
        Err(error) => Opinion::none(phrase!(
            "The net `{name}` gave no opinion: {error}",
            name,
            error = error.to_string()
        )),
        Ok(scores) => {
            let mut opinion = Opinion { learned: Some(learned(model, &scores)), ..Opinion::default() };
            if !model.calibrated() {
                opinion.note = Phrase::word(
                    "The scores are not calibrated: read them as a ranking, not as probabilities.",
                );
            }
            limits(&mut opinion, model, recording, coverage);
            opinion
        }
    })
}

fn learned(model: &Trained, scores: &Scores) -> Learned {
    let class = |at: &u32| scores.classes.get(*at as usize).map(|class| class.name.clone());
    Learned {
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
        set: scores.set.as_ref().map(|set| set.iter().filter_map(class).collect()),
        unknown: scores.unknown,
        alarm: scores.alarm,
        card: crate::card::in_phrases(model.card()),
    }
}

/// What the net's training did not cover.
fn limits(opinion: &mut Opinion, model: &Trained, recording: &Recording, coverage: Option<Coverage>) {
    let name = model.name();
    if opinion.learned.as_ref().is_some_and(|learned| learned.alarm == Some(true)) {
        opinion.caveat(
            "net_unknown",
            phrase!(
                "The net `{name}` finds this recording unlike all that it learned from (its alarm for unknown faults \
                 rings): its scores were not counted.",
                name
            ),
        );
    }
    if coverage == Some(Coverage::SimulatedOnly) {
        opinion.caveat(
            "net_speed_simulated_only",
            phrase!(
                "The net `{name}` knows this speed from simulated machines alone: it learned from {speeds}.",
                name,
                speeds = known_speeds(model)
            ),
        );
    }
    let rate = recording.rate().value.0;
    let rates = model.facts().range.as_ref().map_or(&[][..], |range| &range.recorded_rates_hz);
    if !rates.is_empty() && !rates.contains(&rate) {
        opinion.caveat(
            "net_rate_not_learned",
            phrase!(
                "The net `{name}` learned from recordings at {rates} Hz; this one, at {rate} Hz, was brought to {own} Hz \
                 for it.",
                name,
                rates = Phrase::list(Joint::Comma, rates.iter().map(|rate| rate.to_string().into())),
                rate,
                own = model.rate().0
            ),
        );
    }
}

fn known_speeds(model: &Trained) -> Phrase {
    let facts = model.facts().range.as_ref();
    let rpm = |hz: [f64; 2]| hz.map(|hz| 60.0 * hz);
    let recorded = facts.and_then(|own| own.recorded_speed_hz).map(|speeds| {
        let [low, high] = rpm(speeds);
        phrase!("recordings at {low:.0} to {high:.0} rpm", low, high)
    });
    let simulated = facts.and_then(|own| own.simulated_speed_hz).map(|speeds| {
        let [low, high] = rpm(speeds);
        phrase!("simulated machines at {low:.0} to {high:.0} rpm", low, high)
    });
    Phrase::list(Joint::And, recorded.into_iter().chain(simulated))
}
