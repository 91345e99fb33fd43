//! What of the input a net's logit rests on, told in four ways that do not always agree.
//!
//! | function | what it asks | gives |
//! |---|---|---|
//! | [`grad_cam`] | which places of the last map raise the logit | a map as large as that map |
//! | [`grad_cam_plus_plus`] | the same, weighed place by place | likewise |
//! | [`integrated_gradients`] | how much each value adds on the way from a baseline | a number a value |
//! | [`occlusion`] | what the logit loses when a window is set to a value | a number a window |
//! | [`frequency_occlusion`] | what it loses when a band of frequencies is taken out | a number a band |
//!
//! All look at logits, in evaluation, and give raw numbers: neither scaled to 0 and 1 nor stretched to the input's size.
//! None of them is a proof: a map has to change when the weights are drawn anew (Adebayo et al. 2018, arXiv 1810.03292).

mod class_activation;
mod integrated;
mod occlusion;

pub use class_activation::{grad_cam, grad_cam_plus_plus};
pub use integrated::{Attribution, integrated_gradients};
pub use occlusion::{Patch, frequency_occlusion, occlusion};

use candle_core::{DType, Tensor};

use crate::error::{Error, Result};

/// The logit of one class for each row of `[B, K]`, as `[B]`.
fn logits_of(logits: &Tensor, classes: &[u32]) -> Result<Tensor> {
    let (batch, count) = logits.dims2()?;
    check_classes(classes, batch, count)?;
    let chosen = Tensor::new(classes, logits.device())?.unsqueeze(1)?;
    Ok(logits.gather(&chosen, 1)?.squeeze(1)?)
}

fn check_classes(classes: &[u32], batch: usize, count: usize) -> Result<()> {
    if classes.len() != batch {
        let reason = format!("{} classes for a batch of {batch}: one for each is needed", classes.len());
        return Err(Error::op("attribution", reason));
    }
    match classes.iter().find(|class| **class as usize >= count) {
        Some(class) => {
            Err(Error::op("attribution", format!("class {class} is not among 0 to {}", count - 1)))
        }
        None => Ok(()),
    }
}

fn numbers(x: &Tensor) -> Result<Vec<f64>> {
    Ok(x.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
}
