//! A short-time Fourier transform as an image.
//!
//! Rows are frequencies, the lowest first; columns are times. Only frames inside the segment are taken. The
//! image is resized while it is still power, so that a pixel is the mean power of what it covers, and only
//! then put on its scale.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fourier::stft::{StftFrames, StftParams, StftPlan, StftScale};
use crate::fourier::window::Window;
use crate::image::area_mean::AreaMean;
use crate::pipeline::{Axis, Quantity};
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// How the power of an image's pixel is written.
///
/// Powers are `|S|²` with `S` divided by the sum of the taper: a tone of peak amplitude `A` has `A²/4`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scale {
    /// The magnitude: square root of the power.
    #[default]
    Linear,
    /// `ln(power + 1e-10·largest + 1e-30)`: the level stays, and nothing lies more than 100 dB below the
    /// image's largest power.
    Log,
    /// `10 lg(power/largest)`, relative to the image's own largest power, from `floor_db` to 0. An image
    /// without power is `floor_db` everywhere.
    Decibel {
        /// The smallest value, below 0, such as -80.
        floor_db: f64,
    },
}

/// A planned image.
#[derive(Debug, Clone)]
pub(crate) struct StftImage {
    stft: StftPlan<f32>,
    resize: Option<AreaMean>,
    shape: (usize, usize),
    scale: Scale,
}

/// Largest number of rows or columns of an image.
pub(crate) const LARGEST_SIDE: usize = 16_384;

impl StftImage {
    #[allow(clippy::too_many_arguments, reason = "the fields of the step, as they are")]
    pub(crate) fn plan(
        rate: Hertz,
        len: usize,
        window: Window,
        length: usize,
        hop: usize,
        scale: Scale,
        rows: Option<usize>,
        columns: Option<usize>,
    ) -> Result<Self> {
        let params = StftParams {
            window,
            length,
            hop,
            scale: StftScale::Magnitude,
            frames: StftFrames::Inside,
            ..StftParams::default()
        };
        for (side, given) in [("rows", rows), ("columns", columns)] {
            if let Some(pixels) = given.filter(|pixels| !(1..=LARGEST_SIDE).contains(pixels)) {
                let reason = format!("an image has 1 to {LARGEST_SIDE} of them");
                return Err(Error::parameter("image", side, pixels, &reason));
            }
        }
        if let Scale::Decibel { floor_db } = scale
            && !(floor_db.is_finite() && floor_db < 0.0)
        {
            return Err(Error::parameter("image", "floor_db", floor_db, "it has to be below 0, such as -80"));
        }
        let stft = params.plan::<f32>(rate, len)?;
        let old = (stft.bins(), stft.frames());
        let shape = (rows.unwrap_or(old.0), columns.unwrap_or(old.1));
        let resize = (shape != old).then(|| AreaMean::new(old, shape));
        Ok(Self { stft, resize, shape, scale })
    }

    /// Frequencies of the rows, times of the columns.
    pub(crate) fn axes(&self) -> (Axis, Axis) {
        let frequencies = (0..self.stft.bins()).map(|bin| self.stft.frequency(bin).0).collect();
        let times = (0..self.stft.frames()).map(|frame| self.stft.time(frame).0).collect();
        let axis = |quantity, values, len| Axis { quantity, values }.resized(len);
        (axis(Quantity::Frequency, frequencies, self.shape.0), axis(Quantity::Time, times, self.shape.1))
    }

    pub(crate) fn process(
        &self,
        input: &[f32],
        output: &mut [f32],
        scratch: &mut Scratch<f32>,
    ) -> Result<()> {
        match &self.resize {
            None => self.stft.power(input, output, scratch)?,
            Some(resize) => {
                let mut values = std::mem::take(&mut scratch.values);
                let power = first(&mut values, self.stft.output_len());
                let result = self.stft.power(input, power, scratch);
                resize.process(power, output, first(&mut scratch.wide, resize.working_len()));
                scratch.values = values;
                result?;
            }
        }
        self.scale.apply(output);
        Ok(())
    }
}

impl Scale {
    /// Puts powers on this scale, in place.
    fn apply(self, powers: &mut [f32]) {
        let largest = powers.iter().copied().fold(0.0_f32, f32::max);
        match self {
            Self::Linear => powers.iter_mut().for_each(|p| *p = p.sqrt()),
            Self::Log => {
                let least = 1e-10 * f64::from(largest) + 1e-30;
                powers.iter_mut().for_each(|p| *p = (f64::from(*p) + least).ln() as f32);
            }
            Self::Decibel { floor_db } => {
                let floor = floor_db as f32;
                powers.iter_mut().for_each(|p| {
                    let relative = if largest > 0.0 { f64::from(*p) / f64::from(largest) } else { 0.0 };
                    *p = (10.0 * relative.log10() as f32).max(floor);
                });
            }
        }
    }
}
