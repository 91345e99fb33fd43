//! A short-time Fourier transform as an image.
//!
//! Rows are frequencies, the lowest first; columns are times. Only frames inside the segment are taken. The
//! image is resized while it is still power and only then put on its scale (`finish.rs`).

use crate::error::Result;
use crate::fourier::stft::{StftFrames, StftParams, StftPlan, StftScale};
use crate::fourier::window::Window;
use crate::image::finish::{ImageParams, ImagePlan};
use crate::pipeline::{Axis, Quantity};
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

pub(crate) use crate::image::finish::LARGEST_SIDE;
pub(crate) use crate::image::scale::Scale;

/// A planned image.
#[derive(Debug, Clone)]
pub(crate) struct StftImage {
    stft: StftPlan<f32>,
    image: ImagePlan,
}

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
        let image = ImageParams { rows, columns, scale };
        // What is wrong with the image is said before what is wrong with the transform.
        image.plan(1, 1)?;
        let stft = params.plan::<f32>(rate, len)?;
        let image = image.plan(stft.bins(), stft.frames())?;
        Ok(Self { stft, image })
    }

    /// Frequencies of the rows, times of the columns.
    pub(crate) fn axes(&self) -> (Axis, Axis) {
        let frequencies = (0..self.stft.bins()).map(|bin| self.stft.frequency(bin).0).collect();
        let times = (0..self.stft.frames()).map(|frame| self.stft.time(frame).0).collect();
        let (rows, columns) = self.image.shape();
        let axis = |quantity, values, len| Axis { quantity, values }.resized(len);
        (axis(Quantity::Frequency, frequencies, rows), axis(Quantity::Time, times, columns))
    }

    pub(crate) fn process(
        &self,
        input: &[f32],
        output: &mut [f32],
        scratch: &mut Scratch<f32>,
    ) -> Result<()> {
        if !self.image.resizes() {
            self.stft.power(input, output, scratch)?;
            return self.image.scale_only(output);
        }
        let mut values = std::mem::take(&mut scratch.values);
        let power = first(&mut values, self.stft.output_len());
        let result =
            self.stft.power(input, power, scratch).and_then(|()| self.image.process(power, output, scratch));
        scratch.values = values;
        result
    }
}
