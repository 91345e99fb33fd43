//! Single impacts: the envelope over a few periods of the deciding comb, and how far it repeats.

use crate::axis::{Axis, Scale};
use crate::decisive;
use crate::figure::{Figure, Ink, Mark};
use crate::palette::kind_line;
use crate::{number, unit};
use brinell_diagnosis::{Diagnosis, Impacts};
use brinell_signal::phrase;

/// The impacts of a diagnosis, where all of its numbers can be drawn.
fn drawable(diagnosis: &Diagnosis) -> Option<&Impacts> {
    let finite = |value: f64| value.is_finite() && value > 0.0;
    diagnosis.figures.impacts.as_ref().filter(|own| {
        [own.period_s, own.step_s, own.lag_step_s].into_iter().all(finite)
            && [own.start_s, own.first_s, own.repetition].into_iter().all(f64::is_finite)
            && own.envelope.len() > 1
            && own.autocorrelation.len() > 1
    })
}

/// The envelope with marks where impacts are expected.
pub(crate) fn impacts(diagnosis: &Diagnosis) -> Option<Figure> {
    let own = drawable(diagnosis)?;
    let points: Vec<[f64; 2]> = series(&own.envelope, own.start_s, own.step_s);
    let end = own.start_s + own.step_s * own.envelope.len() as f64;
    let highest = super::largest(&points).map(|p| p[1]).filter(|top| top.is_finite() && *top > 0.0)?;
    let ink = Ink::Kind(own.element);
    let expected = rules(own.first_s, own.period_s, end, ink);
    let line = kind_line(own.element);
    let legend = expected.first().map(|mark| (mark.clone(), phrase!("one period of {line} apart", line)));
    let mut marks = expected;
    let count = marks.len();
    marks.push(Mark::Line { points, ink: Ink::Trace });
    let unit = unit::in_words(&diagnosis.input.unit);
    let [low, high] = own.band_hz.map(|hz| number::fixed(hz, 0));
    Some(Figure {
        id: "impacts".to_owned(),
        title: phrase!("Single impacts"),
        description: phrase!(
            "Envelope of the band {low} to {high} Hz over {length}, with {count} marks one period of {line} apart, {period} ms.",
            low,
            high,
            length = number::seconds(end - own.start_s),
            count,
            line = kind_line(own.element),
            period = number::significant(1e3 * own.period_s, 4)
        ),
        size: [1080.0, 240.0],
        x: Axis::new(phrase!("Time, s"), Scale::Linear, [own.start_s, end]).of_time(own.step_s),
        y: Axis::new(phrase!("Envelope, {unit}", unit = &unit), Scale::Linear, [0.0, 1.08 * highest])
            .in_unit(unit),
        rails: Vec::new(),
        marks,
        legend: legend.into_iter().collect(),
        colour_bar: None,
    })
}

/// The autocorrelation of the squared envelope with marks at whole periods and at whole turns.
pub(crate) fn autocorrelation(diagnosis: &Diagnosis) -> Option<Figure> {
    let own = drawable(diagnosis)?;
    let points: Vec<[f64; 2]> = series(&own.autocorrelation, 0.0, own.lag_step_s);
    let end = own.lag_step_s * own.autocorrelation.len() as f64;
    let lowest = points.iter().map(|p| p[1]).filter(|v| v.is_finite()).fold(0.0, f64::min);
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    if let Some(shaft) = decisive::shaft_hz(diagnosis) {
        marks.extend(rules(1.0 / shaft, 1.0 / shaft, end, Ink::Shaft));
        legend.extend(marks.first().map(|mark| (mark.clone(), phrase!("turns of the shaft"))));
    }
    let periods = rules(own.period_s, own.period_s, end, Ink::Kind(own.element));
    let line = kind_line(own.element);
    legend.extend(periods.first().map(|mark| (mark.clone(), phrase!("periods of {line}", line))));
    marks.extend(periods);
    marks.push(Mark::Line { points, ink: Ink::Trace });
    Some(Figure {
        id: "autocorrelation".to_owned(),
        title: phrase!("Autocorrelation of the squared envelope"),
        description: phrase!(
            "Autocorrelation of the squared envelope up to a lag of {length}; its largest value at the first three periods of {line} is {repetition:.2}.",
            length = number::seconds(end),
            repetition = own.repetition,
            line = kind_line(own.element)
        ),
        size: [1080.0, 220.0],
        x: Axis::new(phrase!("Lag, s"), Scale::Linear, [0.0, end]).of_time(own.lag_step_s),
        y: Axis::new(phrase!("Autocorrelation"), Scale::Linear, [lowest - 0.05, 1.05]),
        rails: Vec::new(),
        marks,
        legend,
        colour_bar: None,
    })
}

fn series(values: &[f32], start: f64, step: f64) -> Vec<[f64; 2]> {
    values.iter().enumerate().map(|(i, value)| [start + i as f64 * step, f64::from(*value)]).collect()
}

/// Lines every `step` from `first` up to `end`.
fn rules(first: f64, step: f64, end: f64, ink: Ink) -> Vec<Mark> {
    // So many could not be told apart.
    let count = ((end - first) / step).floor().clamp(-1.0, 200.0) as i64 + 1;
    (0..count).map(|i| Mark::Rule { x: first + i as f64 * step, ink }).collect()
}
