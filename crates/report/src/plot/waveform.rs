//! The waveform: minimum and maximum in equal slices of time, so that no impact is lost.

use crate::axis::{Axis, Scale};
use crate::figure::{Figure, Ink, Mark};
use crate::{number, unit};
use brinell_diagnosis::Diagnosis;
use brinell_signal::phrase;

/// Largest magnitude of the waveform, in the unit of the channel.
pub(crate) fn peak(diagnosis: &Diagnosis) -> Option<f64> {
    let waveform = &diagnosis.figures.waveform;
    waveform
        .min
        .iter()
        .zip(&waveform.max)
        .flat_map(|(low, high)| [f64::from(low.abs()), f64::from(high.abs())])
        .filter(|v| v.is_finite())
        .reduce(f64::max)
}

/// The whole recording over time.
pub(crate) fn waveform(diagnosis: &Diagnosis) -> Option<Figure> {
    let waveform = &diagnosis.figures.waveform;
    let count = waveform.min.len().min(waveform.max.len());
    let peak = peak(diagnosis)?;
    if count == 0 || !(waveform.slice_s.is_finite() && waveform.slice_s > 0.0 && waveform.start_s.is_finite())
    {
        return None;
    }
    let end = waveform.start_s + waveform.slice_s * count as f64;
    let points = (0..count)
        .map(|i| {
            let time = waveform.start_s + (i as f64 + 0.5) * waveform.slice_s;
            [time, f64::from(waveform.min[i]), f64::from(waveform.max[i])]
        })
        .collect();
    let low = waveform.min.iter().map(|v| f64::from(*v)).filter(|v| v.is_finite()).fold(0.0, f64::min);
    let high = waveform.max.iter().map(|v| f64::from(*v)).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let margin = 0.06 * (high - low);
    let unit = &diagnosis.input.unit;
    Some(Figure {
        id: "waveform".to_owned(),
        title: phrase!("Waveform"),
        description: phrase!(
            "Waveform of {channel} over {length}. The largest magnitude is {peak}.",
            channel = &diagnosis.input.channel,
            length = number::seconds(end - waveform.start_s),
            peak = unit::amplitude(number::significant(peak, 3), unit)
        ),
        size: [1080.0, 220.0],
        x: Axis::new(phrase!("Time, s"), Scale::Linear, [waveform.start_s, end]).of_time(waveform.slice_s),
        y: Axis::new(
            phrase!("Amplitude, {unit}", unit = unit::in_words(unit)),
            Scale::Linear,
            [low - margin, high + margin],
        )
        .in_unit(unit::in_words(unit)),
        rails: Vec::new(),
        marks: vec![Mark::Area { points, ink: Ink::Trace }],
        legend: Vec::new(),
        colour_bar: None,
    })
}
