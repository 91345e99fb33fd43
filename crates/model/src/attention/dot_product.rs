//! Scaled dot products between positions: Vaswani and others, "Attention Is All You Need", NeurIPS 2017
//! (arXiv 1706.03762).

use crate::error::{Error, Result};
use crate::graph::{Draft, Id};

/// Most pairwise scores of all heads together for one input: 16 MB in `f32`, 1024 positions with 4 heads.
pub const MOST_SCORES: usize = 1 << 22;

/// The channels of each of so many heads.
///
/// # Errors
/// Heads that do not divide the channels.
pub(super) fn width_of_heads(net: &Draft, name: &str, x: Id, heads: usize) -> Result<usize> {
    let channels = net.channels(x);
    if heads == 0 {
        return Err(Error::config(net.full_name("heads"), 0, "at least 1"));
    }
    if !channels.is_multiple_of(heads) {
        let reason =
            format!("{channels} channels do not part into {heads} heads; take heads that divide them");
        return Err(Error::layer(net.full_name(name), net.shape(x), reason));
    }
    Ok(channels / heads)
}

/// Refuses maps with too many positions.
///
/// # Errors
/// More than [`MOST_SCORES`] pairs in all heads together.
pub(super) fn few_enough(net: &Draft, name: &str, x: Id, heads: usize) -> Result<()> {
    let positions = net.positions(x);
    let most = (MOST_SCORES / heads).isqrt();
    if positions > most {
        let such_as = match net.is_image(x) {
            true => format!(", such as a map of {0} x {0}", most.isqrt()),
            false => String::new(),
        };
        let reason = format!(
            "scores between all pairs of {positions} positions in each of {heads} heads are more than {MOST_SCORES}: pool before it to at most {most} positions{such_as}"
        );
        return Err(Error::layer(net.full_name(name), net.shape(x), reason));
    }
    Ok(())
}

/// `v softmax(scale qᵀ k)ᵀ` for queries, keys and values `[C, N]`, in `heads` parts of the channels: the result `[C, N]`
/// and the weights `[heads, N, N]`, whose rows sum to 1.
///
/// # Errors
/// Heads that do not divide the channels.
pub(super) fn attend(net: &mut Draft, parts: [Id; 3], heads: usize, scale: f64) -> Result<(Id, Id)> {
    let [queries, keys, values] = parts;
    let (channels, positions) = (net.channels(values), net.positions(values));
    let mut split = |part: Id| {
        let width = net.channels(part) / heads;
        net.reshape(part, &[heads, width, positions])
    };
    let (queries, keys, values) = (split(queries)?, split(keys)?, split(values)?);
    let queries = net.permute(queries, &[0, 2, 1])?;
    let queries = if scale == 1.0 { queries } else { net.affine(queries, scale, 0.0)? };
    let scores = net.matmul(queries, keys)?;
    let weights = net.softmax(scores, 2)?;
    let values = net.permute(values, &[0, 2, 1])?;
    let y = net.matmul(weights, values)?;
    let y = net.permute(y, &[0, 2, 1])?;
    Ok((net.reshape(y, &[channels, positions])?, weights))
}
