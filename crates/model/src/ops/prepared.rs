//! An op with what it works on, before it is done.

use std::sync::Arc;

use candle_core::{CustomOp1, CustomOp2, CustomOp3, Result as TensorResult, Tensor};

use crate::error::{Error, Result};

#[derive(Clone)]
enum Ready {
    One(Arc<Box<dyn CustomOp1 + Send + Sync>>),
    Two(Arc<Box<dyn CustomOp2 + Send + Sync>>),
    Three(Arc<Box<dyn CustomOp3 + Send + Sync>>),
}

/// What the gradient of an op is told from, besides the gradient of its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The shape of its operand.
    Shape,
    /// Its operands.
    Operands,
    /// Its operands and its result.
    Result,
}

/// An op with its operands. [`run`](Self::run) does it on the tensor library's graph; whoever keeps the operands can
/// also go back through it alone, by [`gradients`](Self::gradients).
pub(crate) struct Prepared {
    pub(crate) operands: Vec<Tensor>,
    pub(crate) needs: Needs,
    ready: Ready,
}

impl Prepared {
    pub(crate) fn one(x: &Tensor, op: impl CustomOp1 + Send + Sync + 'static) -> TensorResult<Self> {
        let ready = Ready::One(Arc::new(Box::new(op)));
        Ok(Self { operands: vec![x.contiguous()?], needs: Needs::Operands, ready })
    }

    pub(crate) fn two(
        x: &Tensor,
        y: &Tensor,
        op: impl CustomOp2 + Send + Sync + 'static,
    ) -> TensorResult<Self> {
        let ready = Ready::Two(Arc::new(Box::new(op)));
        Ok(Self { operands: vec![x.contiguous()?, y.contiguous()?], needs: Needs::Operands, ready })
    }

    pub(crate) fn three(
        [x, y, z]: [&Tensor; 3],
        op: impl CustomOp3 + Send + Sync + 'static,
    ) -> TensorResult<Self> {
        let ready = Ready::Three(Arc::new(Box::new(op)));
        let operands = vec![x.contiguous()?, y.contiguous()?, z.contiguous()?];
        Ok(Self { operands, needs: Needs::Operands, ready })
    }

    pub(crate) fn needing(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// Does it.
    ///
    /// # Errors
    /// Operands that lie on a GPU; those of the op.
    pub(crate) fn run(&self) -> Result<Tensor> {
        Ok(match (&self.ready, &self.operands[..]) {
            (Ready::One(op), [x]) => x.apply_op1_arc(op.clone())?,
            (Ready::Two(op), [x, y]) => x.apply_op2_arc(y, op.clone())?,
            (Ready::Three(op), [x, y, z]) => x.apply_op3_arc(y, z, op.clone())?,
            _ => return Err(Error::op(self.name(), format!("{} operands", self.operands.len()))),
        })
    }

    fn name(&self) -> &'static str {
        match &self.ready {
            Ready::One(op) => op.name(),
            Ready::Two(op) => op.name(),
            Ready::Three(op) => op.name(),
        }
    }

    /// Lets go of the numbers of an operand of which only the shape is needed.
    pub(crate) fn keep_what_is_needed(&mut self) -> TensorResult<()> {
        if self.needs == Needs::Shape {
            for operand in &mut self.operands {
                let dims = operand.dims().to_vec();
                *operand = Tensor::zeros((), operand.dtype(), operand.device())?.broadcast_as(dims)?;
            }
        }
        Ok(())
    }

    /// The gradients of the operands from that of the result; `result` may be any tensor where it is not needed.
    pub(crate) fn gradients(&self, result: &Tensor, grad: &Tensor) -> TensorResult<Vec<Option<Tensor>>> {
        match (&self.ready, &self.operands[..]) {
            (Ready::One(op), [x]) => Ok(vec![op.bwd(x, result, grad)?]),
            (Ready::Two(op), [x, y]) => op.bwd(x, y, result, grad).map(|(x, y)| vec![x, y]),
            (Ready::Three(op), [x, y, z]) => op.bwd(x, y, z, result, grad).map(|(x, y, z)| vec![x, y, z]),
            _ => candle_core::bail!("an op with {} operands", self.operands.len()),
        }
    }
}
