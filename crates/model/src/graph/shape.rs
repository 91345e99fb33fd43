//! The shape that an op gives, or why it cannot work on what it is given.

use super::Slot;
use super::op::{Gather, Op};
use crate::ops::{Window, pooled};

type Shape = std::result::Result<Vec<usize>, String>;

/// Height and width of `[C, L]` or `[C, H, W]`.
pub(crate) fn extent(shape: &[usize]) -> Option<[usize; 2]> {
    match *shape {
        [_, l] => Some([1, l]),
        [_, h, w] => Some([h, w]),
        _ => None,
    }
}

/// `[channels]` with height and width behind it, as many axes as `like` has.
fn map(channels: usize, [h, w]: [usize; 2], like: &[usize]) -> Vec<usize> {
    if like.len() == 3 { vec![channels, h, w] } else { vec![channels, w] }
}

fn windowed(x: &[usize], channels: usize, size: impl Fn([usize; 2]) -> Result<[usize; 2], String>) -> Shape {
    let Some(input) = extent(x) else {
        return Err("a map [channels, length] or [channels, height, width] is needed".to_owned());
    };
    Ok(map(channels, size(input)?, x))
}

/// How many numbers a shape holds, where that can be said.
pub(super) fn values_of(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |all, n| all.checked_mul(*n))
}

fn axis_of(x: &[usize], axis: usize) -> Result<usize, String> {
    x.get(axis).copied().ok_or_else(|| format!("there is no axis {axis}"))
}

impl Op {
    /// The shape it gives for as many inputs as it takes, of these shapes.
    pub(super) fn shape(&self, inputs: &[&[usize]], slots: &[Slot]) -> Shape {
        let x = inputs.first().copied().unwrap_or(&[]);
        let channels = x.first().copied().unwrap_or(0);
        let with = |axis: usize, len: usize| {
            let mut shape = x.to_vec();
            shape[axis] = len;
            shape
        };
        match self {
            Self::Input => Ok(x.to_vec()),
            Self::Parameter(slot) => Ok(slots[slot.0].shape.clone()),
            Self::Conv { window, weight, groups, .. } => {
                let weight = &slots[weight.0].shape;
                match (x, &weight[..]) {
                    ([channels, along @ ..], [out, inputs, taps @ ..])
                        if taps.len() == along.len() && window.kernel.ends_with(taps) =>
                    {
                        let taken = inputs.saturating_mul(*groups);
                        if taken != *channels {
                            return Err(format!("the weight takes {taken} channels, there are {channels}"));
                        }
                        windowed(x, *out, |input| window.positions(input))
                    }
                    _ => Err(format!("a weight of shape {weight:?} is none for it")),
                }
            }
            Self::Linear { weight, .. } => {
                let weight = &slots[weight.0].shape;
                match (x, &weight[..]) {
                    ([channels, ..], [out, inputs]) if channels == inputs => Ok(with(0, *out)),
                    _ => Err(format!("a weight of shape {weight:?} is none for it")),
                }
            }
            Self::BatchNorm { .. } if x.len() > 3 => {
                Err("[channels], [channels, length] or [channels, height, width] is needed".to_owned())
            }
            Self::BatchNorm { gamma, .. } | Self::LayerNorm { gamma, .. } => {
                let made_for = &slots[gamma.0].shape;
                match x {
                    [channels, ..] if made_for[..] == [*channels] => Ok(x.to_vec()),
                    _ => Err(format!("it was made for channels {made_for:?}")),
                }
            }
            Self::Unary(_) | Self::Dropout(_) => Ok(x.to_vec()),
            Self::Add | Self::Sub | Self::Mul => broadcast(x, inputs[1]),
            Self::Pool { gather: Gather::Mean, window, .. } if window.dilation != [1, 1] => {
                Err("windows of a mean are not dilated".to_owned())
            }
            Self::Pool { window, .. } if x.len() == 2 && *window != fitted(*window, x) => {
                Err("a window over a series has one tap, a step of 1 and no padding along the height"
                    .to_owned())
            }
            Self::Pool { window, ceil, .. } => windowed(x, channels, |input| pooled(window, *ceil, input)),
            Self::AdaptivePool { output, .. } => windowed(x, channels, |_| {
                if output.contains(&0) {
                    return Err("at least one window along each axis is needed".to_owned());
                }
                Ok(*output)
            }),
            Self::Global(_) => match extent(x) {
                Some(_) => Ok(vec![channels]),
                None => Err("a map with positions is needed".to_owned()),
            },
            Self::Along(_, axis) => axis_of(x, *axis).map(|_| with(*axis, 1)),
            Self::Concat(axis) => {
                let mut total = 0;
                for input in inputs {
                    total += axis_of(input, *axis)?;
                    let same = input.len() == x.len() && (0..x.len()).all(|i| i == *axis || input[i] == x[i]);
                    if !same {
                        return Err(format!("{input:?} does not fit beside it along axis {axis}"));
                    }
                }
                Ok(with(*axis, total))
            }
            Self::Slice { axis, start, len } => {
                let all = axis_of(x, *axis)?;
                match start.checked_add(*len) {
                    Some(end) if end <= all && *len > 0 => Ok(with(*axis, *len)),
                    _ => Err(format!(
                        "places {start} to {start} + {len} are not among the {all} of axis {axis}"
                    )),
                }
            }
            Self::Pad { axis, before, behind } => {
                let all = axis_of(x, *axis)?;
                let padded = all.checked_add(*before).and_then(|len| len.checked_add(*behind));
                padded
                    .map(|len| with(*axis, len))
                    .ok_or_else(|| format!("{before} and {behind} zeros are too many"))
            }
            Self::Permute(order) => {
                let mut seen: Vec<usize> = order.clone();
                seen.sort_unstable();
                if seen != (0..x.len()).collect::<Vec<_>>() {
                    return Err(format!("{order:?} is no order of its {} axes", x.len()));
                }
                Ok(order.iter().map(|&axis| x[axis]).collect())
            }
            Self::Reshape(shape) => {
                if values_of(shape) != values_of(x) {
                    return Err(format!("it does not hold as many numbers as {shape:?}"));
                }
                Ok(shape.clone())
            }
            Self::Softmax(axis) => axis_of(x, *axis).map(|_| x.to_vec()),
            Self::MatMul => {
                let y = inputs[1];
                let n = x.len();
                if n < 2 || y.len() != n || x[..n - 2] != y[..n - 2] || x[n - 1] != y[n - 2] {
                    return Err(format!("no matrix product with {y:?}"));
                }
                Ok(with(n - 1, y[n - 1]))
            }
            Self::SoftThreshold => {
                let thresholds = inputs[1];
                if !x.is_empty() && (*thresholds == [1] || *thresholds == [channels]) {
                    return Ok(x.to_vec());
                }
                Err(format!("thresholds {thresholds:?}: one a channel or one for all"))
            }
            Self::Sensors { channels: each, .. } => {
                if *each == 0 || channels % each != 0 {
                    return Err(format!("{channels} channels are not whole sensors of {each} channels each"));
                }
                Ok(x.to_vec())
            }
            Self::Recurrent(layer) => match *x {
                [features, time] if time > 0 => {
                    let wanted = [layer.kind.gates().saturating_mul(layer.hidden), features];
                    match layer.directions.iter().all(|slot| slots[slot[0].0].shape == wanted) {
                        true => Ok(vec![layer.hidden * layer.directions.len(), time]),
                        false => Err(format!("its weights take other features than {features}")),
                    }
                }
                _ => Err("a series [features, time] is needed".to_owned()),
            },
        }
    }
}

fn broadcast(x: &[usize], y: &[usize]) -> Shape {
    let aligned = y.len() == x.len() || y.len() == 1;
    if aligned && y.iter().zip(x).all(|(y, x)| *y == 1 || y == x) {
        return Ok(x.to_vec());
    }
    // The first may be the one that is stretched.
    if x.len() == y.len() && x.iter().zip(y).all(|(x, y)| *x == 1 || *y == 1 || x == y) {
        return Ok(x.iter().zip(y).map(|(x, y)| *x.max(y)).collect());
    }
    Err(format!("{y:?} does not go along with it"))
}

/// The window as it is for a map of so many axes: a series has height 1.
pub(crate) fn fitted(window: Window, map: &[usize]) -> Window {
    if map.len() == 3 {
        return window;
    }
    let flat = |[_, along]: [usize; 2], across| [across, along];
    Window {
        kernel: flat(window.kernel, 1),
        stride: flat(window.stride, 1),
        padding: flat(window.padding, 0),
        dilation: flat(window.dilation, 1),
    }
}
