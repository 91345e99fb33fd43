//! Data of the figures, reduced without losing peaks.

use brinell_signal::{
    BearingOrders, Channel, FaultKind, Hertz, Phrase, Scratch, Unit,
    envelope::SquaredEnvelopePlan,
    fourier::{FLOOR_HALF_WIDTH, MedianWindow, StftFrames, StftParams, running_median},
    phrase,
};

use crate::cyclic_spectra::CyclicSpectrum;
use crate::evidence::{Assessment, SHOWN_HARMONICS};
use crate::ranking::closest;
use crate::whole_spectrum::WholeSpectrum;
use crate::{Curve, Error, Evidence, Figures, Image, Waveform};

const WAVEFORM_SLICES: usize = 1200;
const SPECTRUM_SLICES: usize = 1500;
const IMAGE_ROWS: usize = 96;
const IMAGE_COLUMNS: usize = 240;
const IMAGE_FRAME: usize = 512;
const IMAGE_FLOOR_DB: f64 = 60.0;

/// All figures of a channel.
pub(crate) fn figures(
    channel: &Channel,
    rate: Hertz,
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
    assessment: Option<&Assessment>,
    whole: &WholeSpectrum,
) -> Result<Figures, Error> {
    let samples = channel.samples();
    let unit = match channel.unit().value {
        Unit::Unknown => Phrase::word("unit not stated"),
        known => Phrase::verbatim(known.to_string()),
    };
    let (curve, floor, band) = match (assessment, shaft, orders) {
        (Some(a), Some(shaft), Some(orders)) => {
            let lines = deciding(a);
            let highest = FaultKind::ALL.iter().map(|k| k.order(&orders).0).fold(0.0, f64::max);
            let (curve, floor) = envelope(lines, a.spectra.spacing, shaft, highest);
            (curve, floor, lines.band)
        }
        _ => plain_envelope(samples, rate)?,
    };
    let top = Hertz(curve.hz.last().map_or(0.0, |hz| f64::from(*hz)));
    Ok(Figures {
        kurtogram: crate::kurtogram::kurtogram(samples, rate),
        impacts: assessment.zip(shaft).and_then(|(assessment, shaft)| {
            crate::impacts::impacts(samples, rate, shaft, band, chief(assessment)?)
        }),
        waterfall: crate::waterfall::waterfall(samples, rate, band, shaft, top),
        waveform: waveform(samples, rate),
        spectrum: spectrum(whole, &unit),
        envelope_spectrum: curve,
        envelope_floor: floor,
        envelope_band_hz: band,
        image: image(samples, rate)?,
    })
}

/// The spectrum that decided: the strongest comb's band, else the band of the smallest chance.
fn deciding(assessment: &Assessment) -> &CyclicSpectrum {
    assessment.spectra.whitened(chief(assessment).map(|e| e.band_hz))
}

/// The strongest comb, else the one of the smallest chance.
fn chief(assessment: &Assessment) -> Option<&Evidence> {
    closest(&assessment.evidence)
}

/// Minimum and maximum of equal slices.
fn waveform(samples: &[f32], rate: Hertz) -> Waveform {
    let slices = samples.len().clamp(1, WAVEFORM_SLICES);
    let bound = |i: usize| i * samples.len() / slices;
    let fold = |f: fn(f32, f32) -> f32| {
        (0..slices)
            .map(|i| samples[bound(i)..bound(i + 1)].iter().copied().reduce(f).unwrap_or(0.0))
            .collect()
    };
    Waveform {
        start_s: 0.0,
        slice_s: samples.len() as f64 / slices as f64 / rate.0,
        min: fold(f32::min),
        max: fold(f32::max),
    }
}

/// Largest value of each slice, at the place where it stands.
fn largest(values: &[f64], spacing: f64, slices: usize) -> (Vec<usize>, Vec<f32>, Vec<f32>) {
    let slices = slices.min(values.len()).max(1);
    let at: Vec<usize> = (0..slices)
        .filter_map(|i| {
            (i * values.len() / slices..(i + 1) * values.len() / slices)
                .max_by(|&a, &b| values[a].total_cmp(&values[b]))
        })
        .collect();
    let hz = at.iter().map(|&i| (i as f64 * spacing) as f32).collect();
    let value = at.iter().map(|&i| values[i] as f32).collect();
    (at, hz, value)
}

/// Amplitude spectrum of the whole recording.
fn spectrum(whole: &WholeSpectrum, unit: &Phrase) -> Curve {
    let values: Vec<f64> = whole.lines.iter().map(|v| f64::from(*v)).collect();
    let (_, hz, value) = largest(&values, whole.spacing, SPECTRUM_SLICES);
    Curve {
        hz,
        value,
        unit: phrase!("{unit}, peak", unit),
        resolution_hz: whole.spacing,
        note: Phrase::word(
            "Hann window over the whole recording, no averaging, mean removed; each slice shows its largest line",
        ),
    }
}

/// The deciding squared-envelope spectrum and its floor, up to a little beyond the highest harmonic.
fn envelope(lines: &CyclicSpectrum, spacing: f64, shaft: Hertz, highest_order: f64) -> (Curve, Vec<f32>) {
    let top = (1.1 * highest_order * SHOWN_HARMONICS as f64 * shaft.0 / spacing) as usize;
    let amplitude: Vec<f64> = lines.power.iter().map(|p| p.sqrt()).collect();
    let shown = &amplitude[..top.clamp(1, amplitude.len())];
    let (at, hz, value) = largest(shown, spacing, SPECTRUM_SLICES);
    let floor = at.iter().map(|&i| lines.floor[i].sqrt() as f32).collect();
    let curve = Curve {
        hz,
        value,
        unit: modulation_index(),
        resolution_hz: spacing,
        note: Phrase::word(
            "whitened, squared envelope of the band, no window; each slice shows its largest line",
        ),
    };
    (curve, floor)
}

/// The squared-envelope spectrum of the full band, for a recording whose combs cannot be placed.
fn plain_envelope(samples: &[f32], rate: Hertz) -> Result<(Curve, Vec<f32>, [f64; 2]), Error> {
    let band = [0.02 * rate.0 / 2.0, 0.99 * rate.0 / 2.0];
    let plan = SquaredEnvelopePlan::<f32>::new(rate, samples.len(), None)?;
    let mut lines = vec![0f32; plan.spectrum_len()];
    plan.process(samples, &mut lines, &mut Scratch::new())?;
    let mean = samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() * 2.0 / samples.len() as f64;
    let shown = lines.len().min((1000.0 / plan.resolution().0) as usize + 1);
    let scale = if mean > 0.0 { 1.0 / mean } else { 0.0 };
    let amplitude: Vec<f64> = lines[..shown].iter().map(|v| f64::from(*v) * scale).collect();
    let mut floor = vec![0f64; shown];
    running_median(&amplitude, FLOOR_HALF_WIDTH, &mut floor, &mut MedianWindow::default())?;
    let (at, hz, value) = largest(&amplitude, plan.resolution().0, SPECTRUM_SLICES);
    let curve = Curve {
        hz,
        value,
        unit: modulation_index(),
        resolution_hz: plan.resolution().0,
        note: Phrase::word("full band, squared envelope, no window; each slice shows its largest line"),
    };
    Ok((curve, at.iter().map(|&i| floor[i] as f32).collect(), band))
}

/// What a line of a squared-envelope spectrum is measured in.
pub fn modulation_index() -> Phrase {
    Phrase::word("modulation index: peak amplitude over mean squared envelope")
}

/// Time-frequency image: power of Hann frames, averaged into equal cells, in dB below the largest cell.
fn image(samples: &[f32], rate: Hertz) -> Result<Image, Error> {
    let length = IMAGE_FRAME.min(samples.len().max(1));
    let hop = (length / 2).max(1);
    let params = StftParams { length, hop, frames: StftFrames::Inside, ..StftParams::default() };
    let plan = params.plan::<f32>(rate, samples.len())?;
    let (bins, frames) = (plan.bins(), plan.frames());
    let mut power = vec![0f32; plan.output_len()];
    plan.power(samples, &mut power, &mut Scratch::new())?;
    let rows = IMAGE_ROWS.min(bins);
    let columns = IMAGE_COLUMNS.min(frames);
    let cell = |row: usize, column: usize| {
        let mut sum = 0f64;
        let bins_of = row * bins / rows..(row + 1) * bins / rows;
        let frames_of = column * frames / columns..(column + 1) * frames / columns;
        let count = (bins_of.len() * frames_of.len()).max(1);
        for bin in bins_of {
            for frame in frames_of.clone() {
                sum += f64::from(power[bin * frames + frame]);
            }
        }
        sum / count as f64
    };
    let cells: Vec<f64> =
        (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))).map(|(r, c)| cell(r, c)).collect();
    let largest = cells.iter().copied().fold(0.0, f64::max);
    let values = cells
        .iter()
        .map(|&p| {
            if p <= 0.0 || largest <= 0.0 {
                return 0;
            }
            let db = 10.0 * (p / largest).log10();
            (255.0 * (1.0 + db / IMAGE_FLOOR_DB).clamp(0.0, 1.0)).round() as u8
        })
        .collect();
    Ok(Image {
        rows,
        columns,
        duration_s: samples.len() as f64 / rate.0,
        top_hz: rate.0 / 2.0,
        values,
        floor_db: IMAGE_FLOOR_DB,
        note: phrase!(
            "Hann frames of {length} samples every {hop}, power averaged into {rows} x {columns} cells",
            length,
            hop,
            rows,
            columns
        ),
    })
}
