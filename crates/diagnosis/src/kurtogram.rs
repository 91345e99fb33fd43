//! The kurtogram of a recording, for its figure: which bands ring in bursts. The verdict does not rest on it.

use brinell_signal::{Hertz, Phrase, Scratch, band::FftKurtogramParams};
use serde::{Deserialize, Serialize};

/// Levels of halving: the narrowest bands are a 64th of the rate wide.
const LEVELS: u32 = 5;

/// Spectral kurtosis over a tree of bands: row by row 1, 2, 3, 4, 6, 8, ... bands of equal width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kurtogram {
    /// Kurtosis of the envelope in each band of each row (a Gaussian's is 0), low frequencies first.
    pub rows: Vec<Vec<f32>>,
    /// Upper edge of the last band of every row, in hertz.
    pub top_hz: f64,
    /// The band with the largest value.
    pub best: KurtogramBand,
    /// The band with the largest value among those that share no frequency with the best.
    pub second: Option<KurtogramBand>,
    /// How it was computed, in words.
    pub note: Phrase,
}

/// One band of a kurtogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KurtogramBand {
    /// Its row.
    pub row: usize,
    /// Its edges in hertz.
    pub band_hz: [f64; 2],
    /// Its kurtosis.
    pub value: f64,
}

/// The kurtogram of `samples`; `None` where they are too few.
pub(crate) fn kurtogram(samples: &[f32], rate: Hertz) -> Option<Kurtogram> {
    // What the transform asks of the length: a level for each doubling beyond 128 samples.
    let levels = samples.len().checked_ilog2()?.checked_sub(7)?.min(LEVELS);
    let params = FftKurtogramParams { levels: Some(levels), ..FftKurtogramParams::default() };
    let plan = params.plan::<f32>(rate, samples.len()).ok()?;
    let mut map = plan.map();
    plan.process(samples, &mut map, &mut Scratch::new()).ok()?;
    let band = |cell: &brinell_signal::band::BandCell| KurtogramBand {
        row: cell.band.row,
        band_hz: [cell.band.low.0, cell.band.high.0],
        value: cell.value,
    };
    let ranked = map.ranked();
    let best = band(ranked.first()?);
    let apart =
        |other: &KurtogramBand| other.band_hz[1] <= best.band_hz[0] || other.band_hz[0] >= best.band_hz[1];
    Some(Kurtogram {
        rows: (0..map.tree().rows())
            .map(|row| map.row(row).iter().map(|value| *value as f32).collect())
            .collect(),
        top_hz: rate.0 / 2.0,
        best,
        second: ranked.iter().map(band).find(apart),
        note: Phrase::word(
            "ideal bands of the whole recording, not whitened, mean removed; 5 % at each end tapered and left out",
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_band_holds_the_resonance_and_the_second_shares_no_frequency_with_it() {
        let mut noise = 1u64;
        let samples: Vec<f32> = (0..24_000)
            .map(|i| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let since = f64::from(i % 400) / 12_000.0;
                let ring = (-since * 900.0).exp() * (std::f64::consts::TAU * 2700.0 * since).sin();
                (ring + 0.3 * ((noise >> 40) as f64 / 8_388_608.0 - 1.0)) as f32
            })
            .collect();
        let kurtogram = kurtogram(&samples, Hertz(12_000.0)).unwrap();
        let [low, high] = kurtogram.best.band_hz;
        assert!(low < 2900.0 && high > 2500.0, "{:?}", kurtogram.best);
        let second = kurtogram.second.unwrap();
        assert!(second.band_hz[1] <= low || second.band_hz[0] >= high, "{second:?}");
        let largest = kurtogram.rows.iter().flatten().copied().fold(0.0, f32::max);
        assert_eq!(f64::from(largest), f64::from(kurtogram.best.value as f32));
        assert_eq!(
            kurtogram.rows.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]
        );
    }

    #[test]
    fn of_a_recording_that_is_too_short_there_is_none() {
        for length in [0, 1, 127, 255] {
            assert_eq!(kurtogram(&vec![0.5; length], Hertz(12_000.0)), None, "{length}");
        }
    }
}
