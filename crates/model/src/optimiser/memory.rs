//! What a rule remembers of one parameter.

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::ops::Element;

/// Elements in one piece of parallel work.
pub(super) const PIECE: usize = 1 << 15;

/// As many vectors as a rule keeps, each as long as the parameter and in its number type.
pub(super) enum Memory {
    F32(Vec<Vec<f32>>),
    F64(Vec<Vec<f64>>),
}

impl Memory {
    pub(super) fn zeros(vectors: usize, parameter: &Tensor) -> Self {
        let count = parameter.elem_count();
        match parameter.dtype() {
            DType::F64 => Self::F64(vec![vec![0.0; count]; vectors]),
            _ => Self::F32(vec![vec![0.0; count]; vectors]),
        }
    }

    pub(super) fn tensors(&self, shape: &[usize]) -> Result<Vec<Tensor>> {
        fn each<T: Element>(vectors: &[Vec<T>], shape: &[usize]) -> Result<Vec<Tensor>> {
            vectors.iter().map(|values| Ok(Tensor::from_slice(values, shape, &Device::Cpu)?)).collect()
        }
        match self {
            Self::F32(vectors) => each(vectors, shape),
            Self::F64(vectors) => each(vectors, shape),
        }
    }

    /// What [`tensors`](Self::tensors) gave, all of type `dtype`.
    pub(super) fn of(tensors: &[&Tensor], dtype: DType) -> Result<Self> {
        fn each<T: Element>(tensors: &[&Tensor]) -> Result<Vec<Vec<T>>> {
            tensors.iter().map(|tensor| Ok(tensor.flatten_all()?.to_vec1()?)).collect()
        }
        Ok(match dtype {
            DType::F64 => Self::F64(each(tensors)?),
            _ => Self::F32(each(tensors)?),
        })
    }
}

/// Refuses a stored tensor whose shape or number type is not that of the net's own.
pub(super) fn like(name: &str, own: &Tensor, stored: &Tensor) -> Result<()> {
    if own.dims() != stored.dims() {
        let (expected, found) = (own.dims().to_vec(), stored.dims().to_vec());
        return Err(Error::Shape { name: name.to_owned(), expected, found });
    }
    if own.dtype() != stored.dtype() {
        return Err(Error::op(
            "restore",
            format!(
                "`{name}` is {:?} in the stored state and {:?} in the net: a run goes on in the number type it began in",
                stored.dtype(),
                own.dtype()
            ),
        ));
    }
    Ok(())
}

/// Runs `body` over pieces of a parameter, its gradient and what is remembered of it. Each piece is on its own, so the
/// result has the same bits for any number of threads.
pub(super) fn in_pieces<T: Element>(
    weights: &mut [T],
    gradient: &[T],
    memory: &mut [Vec<T>],
    body: impl Fn(&mut [T], &[T], &mut [&mut [T]]) + Sync,
) {
    let mut pieces: Vec<Vec<&mut [T]>> = Vec::new();
    pieces.resize_with(weights.len().div_ceil(PIECE), Vec::new);
    for values in memory {
        pieces.iter_mut().zip(values.chunks_mut(PIECE)).for_each(|(piece, values)| piece.push(values));
    }
    weights
        .par_chunks_mut(PIECE)
        .zip(gradient.par_chunks(PIECE))
        .zip(pieces.par_iter_mut())
        .for_each(|((weights, gradient), memory)| body(weights, gradient, memory));
}
