//! An empty top band: the record was up-sampled, or filtered far below half its rate.

use realfft::RealFftPlanner;

use super::{QualityFinding, QualityLevel, figure};
use crate::units::Hertz;
use crate::{Phrase, phrase};

/// Samples of a segment of the averaged spectrum.
const SEGMENT: usize = 512;
/// Lines of the averaged spectrum.
const LINES: usize = SEGMENT / 2 + 1;
/// Fewest segments for a steady average.
const MIN_SEGMENTS: usize = 8;
/// Edges are looked for up to this share of half the rate: recorders' own filters begin at 0.78.
const HIGHEST: f64 = 0.65;
/// Lowest line that can be an edge.
const LOWEST: usize = 12;
/// Fall of the power density over the edge, as a ratio: 30 dB.
const MIN_FALL: f64 = 1000.0;

/// Looks for a frequency above which the power density is everywhere 30 dB below what it is (in the
/// median) in the octave under it.
pub(super) fn examine(samples: &[f32], rate: Hertz) -> QualityFinding {
    let half = rate.0 / 2.0;
    let edge = density(samples).and_then(|density| edge(&density));
    let at = |line: usize| figure(line as f64 / (LINES - 1) as f64 * half);
    QualityFinding {
        code: "top_band",
        title: Phrase::word("Empty top band"),
        value: match edge {
            Some(line) => {
                phrase!("hardly anything above {edge} Hz of {top} Hz", edge = at(line), top = figure(half))
            }
            None if samples.len() < MIN_SEGMENTS * SEGMENT => Phrase::word("too short to tell"),
            None => Phrase::word("the band is used up to its top"),
        },
        limit: phrase!("something above {edge} Hz", edge = figure(HIGHEST * half)),
        effect: if edge.is_some() {
            Phrase::word(
                "The record was up-sampled or filtered: bands above hold nothing of the bearing, and a net that was \
                 trained on a full band does not know such records.",
            )
        } else {
            Phrase::word("The rate does not promise more than the record holds.")
        },
        severity: if edge.is_some() { QualityLevel::Warn } else { QualityLevel::Ok },
    }
}

/// The lowest line at which the density falls at least half as far, in dB, as it does anywhere, when that
/// is enough.
fn edge(density: &[f64]) -> Option<usize> {
    let highest = (HIGHEST * (LINES - 1) as f64) as usize;
    let falls: Vec<f64> = (LOWEST..=highest)
        .map(|line| {
            let mut below = density[line / 2..line].to_vec();
            let middle = below.len() / 2;
            let below = *below.select_nth_unstable_by(middle, f64::total_cmp).1;
            // The last line is left out: it counts half.
            let above = density[line + line.div_ceil(10)..LINES - 1].iter().copied().fold(0.0, f64::max);
            below / above.max(f64::MIN_POSITIVE)
        })
        .collect();
    let deepest = falls.iter().copied().fold(0.0, f64::max);
    let line = LOWEST + falls.iter().position(|&fall| fall >= MIN_FALL.max(deepest.sqrt()))?;
    (deepest >= MIN_FALL).then_some(line)
}

/// Power density (unscaled) by averaging Hann-weighted segments end to end; `None` for too few of them.
fn density(samples: &[f32]) -> Option<Vec<f64>> {
    if samples.len() < MIN_SEGMENTS * SEGMENT {
        return None;
    }
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(SEGMENT);
    let mut input = fft.make_input_vec();
    let mut spectrum = fft.make_output_vec();
    let mut scratch = fft.make_scratch_vec();
    let mut density = vec![0.0; LINES];
    for segment in samples.chunks_exact(SEGMENT) {
        let mean = segment.iter().copied().map(f64::from).sum::<f64>() / SEGMENT as f64;
        for (index, (slot, &sample)) in input.iter_mut().zip(segment).enumerate() {
            let angle = std::f64::consts::TAU * index as f64 / SEGMENT as f64;
            *slot = (f64::from(sample) - mean) * (0.5 - 0.5 * angle.cos());
        }
        fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch).ok()?;
        for (sum, line) in density.iter_mut().zip(&spectrum) {
            *sum += line.norm_sqr();
        }
    }
    Some(density)
}
