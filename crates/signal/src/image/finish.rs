//! From the powers of any transform to an image of wanted size and scale.
//!
//! A transform gives `rows × columns` powers, row-major, one row for each frequency. The image is resized
//! while it is still power, by the mean over areas, so that a pixel is the mean power of what it covers, and
//! only then put on its scale.
//!
//! This crate's own.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::image::area_mean::AreaMean;
use crate::image::scale::Scale;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// Largest number of rows or columns of an image.
pub(crate) const LARGEST_SIDE: usize = 16_384;

/// Size and scale of an image.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageParams {
    /// Rows, 1 to 16,384. As many as the transform has unless said.
    pub rows: Option<usize>,
    /// Columns, 1 to 16,384. As many as the transform has unless said.
    pub columns: Option<usize>,
    /// How powers are written. As magnitudes unless said.
    pub scale: Scale,
}

impl ImageParams {
    /// A plan for transforms of `rows × columns` powers.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the transform has no row or no column, the image would have none or more than
    /// 16,384 of either, or the scale's parameters cannot be meant.
    pub fn plan(&self, rows: usize, columns: usize) -> Result<ImagePlan> {
        for (side, given) in [("rows", self.rows), ("columns", self.columns)] {
            if let Some(pixels) = given.filter(|pixels| !(1..=LARGEST_SIDE).contains(pixels)) {
                let reason = format!("an image has 1 to {LARGEST_SIDE} of them");
                return Err(Error::parameter("image", side, pixels, &reason));
            }
        }
        self.scale.check()?;
        let size = format!("{rows} x {columns}");
        if rows == 0 || columns == 0 {
            return Err(Error::parameter("image", "transform", size, "it has no row or no column"));
        }
        if rows.checked_mul(columns).is_none() {
            return Err(Error::parameter("image", "transform", size, "it is too large"));
        }
        let (old, shape) = ((rows, columns), (self.rows.unwrap_or(rows), self.columns.unwrap_or(columns)));
        let resize = (shape != old).then(|| Box::new(AreaMean::new(old, shape)));
        Ok(ImagePlan { old, shape, resize, scale: self.scale })
    }
}

/// Resizes and scales the powers of transforms of one size.
///
/// ```
/// use brinell_signal::{Scratch, image::{ImageParams, Scale}};
/// let params = ImageParams { rows: Some(1), columns: Some(2), scale: Scale::Linear };
/// let plan = params.plan(2, 4)?;
/// let mut image = [0.0_f32; 2];
/// plan.process(&[1.0, 7.0, 0.0, 0.0, 1.0, 7.0, 2.0, 2.0], &mut image, &mut Scratch::new())?;
/// assert_eq!(image, [2.0, 1.0]);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ImagePlan {
    old: (usize, usize),
    shape: (usize, usize),
    resize: Option<Box<AreaMean>>,
    scale: Scale,
}

impl ImagePlan {
    /// Rows and columns of the image.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Powers of the transform.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.old.0 * self.old.1
    }

    /// Pixels of the image.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.shape.0 * self.shape.1
    }

    /// Whether the transform is resized; if not, it can be written where the image belongs and be finished
    /// with [`scale_only`](Self::scale_only).
    #[must_use]
    pub fn resizes(&self) -> bool {
        self.resize.is_some()
    }

    /// The image of `powers` ([`len`](Self::len), none below 0) in `output` ([`output_len`](Self::output_len)),
    /// both row-major.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process<T: Sample>(&self, powers: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("powers of the image", self.len(), powers.len())?;
        check_len("output of the image", self.output_len(), output.len())?;
        match &self.resize {
            None => output.copy_from_slice(powers),
            Some(resize) => {
                resize.process(powers, output, first(&mut scratch.wide, resize.working_len()));
            }
        }
        self.scale.apply(output);
        Ok(())
    }

    /// Puts powers that have the image's size already on its scale, in place.
    ///
    /// # Errors
    /// [`Error::Length`] when there is another number of them.
    pub fn scale_only<T: Sample>(&self, powers: &mut [T]) -> Result<()> {
        check_len("powers of the image", self.output_len(), powers.len())?;
        self.scale.apply(powers);
        Ok(())
    }
}
