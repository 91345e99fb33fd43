//! Squared-envelope spectra of one part of the recording after the other, for their figure: whether the lines of a
//! comb are there all the time. The verdict does not rest on it.

use brinell_signal::{Hertz, Phrase, Scratch, envelope::SquaredEnvelopePlan, phrase};
use serde::{Deserialize, Serialize};

/// Parts that share nothing; with the halves between them nearly twice as many rows.
const PARTS: f64 = 24.0;
/// Fewest turns of the shaft in a part: fewer would not tell the lines of two elements apart.
const TURNS: f64 = 12.0;
/// Fewest parts that show a course.
const FEWEST: usize = 3;
const COLUMNS: usize = 300;
const FLOOR_DB: f64 = 40.0;

/// Envelope spectra over time, quantised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    /// Number of spectra, the first in time first.
    pub rows: usize,
    /// Number of frequencies, from 0 upwards.
    pub columns: usize,
    /// Length of the recording in seconds.
    pub duration_s: f64,
    /// Length of the part behind each spectrum in seconds.
    pub part_s: f64,
    /// Upper edge of the last frequency in hertz.
    pub top_hz: f64,
    /// Row-major levels, 0 to 255: `floor_db` below the largest to the largest.
    pub values: Vec<u8>,
    /// Depth of the level 0 in decibels.
    pub floor_db: f64,
    /// How it was computed, in words.
    pub note: Phrase,
}

/// Envelope spectra of `band` up to `top`; `None` where the recording is too short for a course.
pub(crate) fn waterfall(
    samples: &[f32],
    rate: Hertz,
    band: [f64; 2],
    shaft: Option<Hertz>,
    top: Hertz,
) -> Option<Waterfall> {
    let duration = samples.len() as f64 / rate.0;
    let part_s = (duration / PARTS).max(shaft.map_or(0.0, |shaft| TURNS / shaft.0));
    let part = (part_s * rate.0) as usize;
    let hop = part / 2;
    if hop == 0 || samples.len() < FEWEST * part {
        return None;
    }
    let plan = SquaredEnvelopePlan::<f32>::new(rate, part, Some((Hertz(band[0]), Hertz(band[1])))).ok()?;
    let lines = plan.spectrum_len().min((top.0 / plan.resolution().0) as usize + 1);
    let columns = COLUMNS.min(lines);
    let rows = (samples.len() - part) / hop + 1;
    let mut spectrum = vec![0f32; plan.spectrum_len()];
    let mut scratch = Scratch::new();
    let mut cells = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        plan.process(&samples[row * hop..row * hop + part], &mut spectrum, &mut scratch).ok()?;
        // The largest of the lines of a column, so that no line is lost.
        cells.extend((0..columns).map(|column| {
            let own = &spectrum[column * lines / columns..(column + 1) * lines / columns];
            own.iter().copied().fold(0f32, f32::max)
        }));
    }
    let largest = cells.iter().copied().fold(0f32, f32::max);
    if largest <= 0.0 {
        return None;
    }
    let level = |value: &f32| {
        let db = 20.0 * f64::from(value / largest).log10();
        (255.0 * (1.0 + db / FLOOR_DB).clamp(0.0, 1.0)).round() as u8
    };
    Some(Waterfall {
        rows,
        columns,
        duration_s: duration,
        part_s: part as f64 / rate.0,
        top_hz: lines as f64 * plan.resolution().0,
        values: cells.iter().map(level).collect(),
        floor_db: FLOOR_DB,
        note: phrase!(
            "squared envelope of {rows} parts of {part} samples, half of each shared with the next, no window, not \
             whitened; each cell shows its largest line",
            rows,
            part
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_comb_that_begins_in_the_middle_shows_only_from_there() {
        let rate = 8000.0;
        let samples: Vec<f32> = (0..40_000)
            .map(|i| {
                let time = f64::from(i) / rate;
                let depth = if i < 20_000 { 0.0 } else { 0.8 };
                let modulation = 1.0 + depth * (std::f64::consts::TAU * 100.0 * time).cos();
                (modulation * (std::f64::consts::TAU * 2000.0 * time).sin()) as f32
            })
            .collect();
        let shown =
            waterfall(&samples, Hertz(rate), [1500.0, 2500.0], Some(Hertz(60.0)), Hertz(400.0)).unwrap();
        assert_eq!(shown.values.len(), shown.rows * shown.columns);
        let column = (100.0 * shown.part_s).round() as usize;
        let level = |row: usize| shown.values[row * shown.columns + column];
        assert!(level(2) < 40 && level(shown.rows - 3) > 240, "{} {}", level(2), level(shown.rows - 3));
    }

    #[test]
    fn without_turns_enough_or_without_vibration_there_is_none() {
        let band = [100.0, 900.0];
        assert_eq!(waterfall(&[], Hertz(2000.0), band, None, Hertz(500.0)), None);
        assert_eq!(waterfall(&[0.5; 4000], Hertz(2000.0), band, Some(Hertz(5.0)), Hertz(500.0)), None);
        assert_eq!(waterfall(&[0.0; 4000], Hertz(2000.0), band, None, Hertz(500.0)), None);
        assert_eq!(waterfall(&[0.5; 4000], Hertz(2000.0), [f64::NAN; 2], None, Hertz(500.0)), None);
    }
}
