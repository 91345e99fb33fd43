//! Which numbers a configuration may give, so that no product of them runs over and nothing is allocated in vain.

use crate::attention::seen_taps;
use crate::error::{Error, Result};

/// Most channels, units or taps that a field may ask for.
const MOST: usize = 1 << 16;
/// Most layers that a list may ask for.
const MOST_LAYERS: usize = 512;

/// A count of channels, units or taps: 1 to 65536.
pub(super) fn count(field: &str, value: usize) -> Result<usize> {
    if (1..=MOST).contains(&value) {
        return Ok(value);
    }
    Err(Error::config(field, value, format!("1 to {MOST}")))
}

/// A list of such counts, one a layer or stage.
pub(super) fn counts(field: &str, values: &[usize]) -> Result<()> {
    if values.is_empty() || values.len() > MOST_LAYERS {
        return Err(Error::config(field, format!("{values:?}"), format!("1 to {MOST_LAYERS} stages")));
    }
    values.iter().enumerate().try_for_each(|(i, value)| count(&format!("{field}[{i}]"), *value).map(drop))
}

/// Layers in each of at most 8 stages, between them at most 512.
pub(super) fn depths(field: &str, depths: &[usize]) -> Result<()> {
    let layers = depths.iter().try_fold(0_usize, |all, depth| all.checked_add(*depth));
    let fits = (1..=8).contains(&depths.len()) && !depths.contains(&0);
    match layers {
        Some(layers) if fits && layers <= MOST_LAYERS => Ok(()),
        _ => Err(Error::config(
            field,
            format!("{depths:?}"),
            format!("1 to 8 stages of at least 1 layer, {MOST_LAYERS} layers together"),
        )),
    }
}

/// Such a count of which the net also needs twice as many, unless `other` is given.
pub(super) fn twice(field: &str, value: usize, other: &str) -> Result<usize> {
    let most = MOST / 2;
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    let expected = format!("1 to {most}, as the net begins with twice as many channels; or give {other}");
    Err(Error::config(field, value, expected))
}

/// Taps of a kernel that keeps the size of an input `[C, L]` or `[C, H, W]`: odd, and each of them sees something of
/// it, unless they are as few as are common.
pub(super) fn kernel(field: &str, taps: usize, input: &[usize]) -> Result<usize> {
    if taps.is_multiple_of(2) {
        return Err(Error::config(field, taps, "an odd number of taps"));
    }
    let longest = input.iter().skip(1).copied().max().unwrap_or(0);
    match seen_taps(longest).min(MOST) {
        most if taps <= most => Ok(taps),
        most => Err(Error::config(
            field,
            taps,
            format!("at most {most}: further taps see nothing of the {longest} values that it slides over"),
        )),
    }
}

/// Zeros on either side of what a kernel slides over: a window of nothing but zeros tells nothing.
pub(super) fn padding(field: &str, padding: usize, taps: usize) -> Result<()> {
    if padding < taps {
        return Ok(());
    }
    let expected = format!("less than the {taps} taps of the kernel, or windows would see nothing but zeros");
    Err(Error::config(field, padding, expected))
}

/// An input `[channels, length]`.
pub(super) fn series(layer: &str, input: &[usize]) -> Result<()> {
    match input.len() {
        2 => Ok(()),
        _ => Err(Error::layer(layer, input, "the net takes series [channels, length]")),
    }
}
