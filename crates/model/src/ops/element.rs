//! The two number types of the ops, and the way from a tensor to a slice of them.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, StorageRef, Tensor, WithDType};

/// `f32` or `f64`.
pub(crate) trait Element: WithDType {
    const ZERO: Self;
    const ONE: Self;
    /// Rounds from double precision.
    fn of(value: f64) -> Self;
    /// Widens to double precision.
    fn wide(self) -> f64;
    /// The square root.
    fn root(self) -> Self;
    fn is_nan(self) -> bool;
    /// The numbers of a storage of this type.
    fn numbers_mut(storage: &mut CpuStorage) -> Option<&mut Vec<Self>>;
}

macro_rules! element {
    ($type:ty, $storage:ident) => {
        impl Element for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            #[inline(always)]
            #[allow(clippy::unnecessary_cast)]
            fn of(value: f64) -> Self {
                value as $type
            }

            #[inline(always)]
            #[allow(clippy::unnecessary_cast)]
            fn wide(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn root(self) -> Self {
                self.sqrt()
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                <$type>::is_nan(self)
            }

            fn numbers_mut(storage: &mut CpuStorage) -> Option<&mut Vec<Self>> {
                match storage {
                    CpuStorage::$storage(numbers) => Some(numbers),
                    _ => None,
                }
            }
        }
    };
}

element!(f32, F32);
element!(f64, F64);

/// Runs `$body` with `$T` standing for the element type of `$dtype`; other types are an error.
macro_rules! by_dtype {
    ($dtype:expr, $op:expr, $T:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $T = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $T = f64;
                $body
            }
            other => Err(candle_core::Error::UnsupportedDTypeForOp(other, $op).bt()),
        }
    };
}
pub(crate) use by_dtype;

/// The values of a contiguous storage.
pub(crate) fn values<'a, T: Element>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("the tensor is not contiguous")
    };
    Ok(&T::cpu_storage_as_slice(storage)?[start..end])
}

/// A contiguous tensor of the host, read-locked.
pub(crate) struct Host<'a> {
    storage: StorageRef<'a>,
    layout: &'a Layout,
}

impl<'a> Host<'a> {
    pub(crate) fn of(tensor: &'a Tensor) -> Self {
        let (storage, layout) = tensor.storage_and_layout();
        Self { storage, layout }
    }

    pub(crate) fn values<T: Element>(&self) -> Result<&[T]> {
        match &*self.storage {
            Storage::Cpu(storage) => values(storage, self.layout),
            _ => candle_core::bail!("ops of this crate take tensors of the CPU"),
        }
    }
}

/// A new tensor of the host.
pub(crate) fn tensor<T: Element>(data: Vec<T>, like: &Tensor, shape: &[usize]) -> Result<Tensor> {
    Tensor::from_vec(data, shape, like.device())
}

/// Batch, channels and the size of one channel plane of `[B, C]`, `[B, C, L]` or `[B, C, H, W]`.
pub(crate) fn planes(dims: &[usize]) -> (usize, usize, usize) {
    let batch = dims.first().copied().unwrap_or(1);
    let channels = dims.get(1).copied().unwrap_or(1);
    (batch, channels, dims.iter().skip(2).product())
}

/// The values as a storage of the host.
pub(crate) fn stored<T: Element>(values: Vec<T>) -> CpuStorage {
    T::to_cpu_storage_owned(values)
}

/// Changes the numbers of a contiguous tensor of the host where they lie. Whoever else holds the same storage sees it too.
pub(crate) fn change<T: Element>(tensor: &Tensor, change: impl Fn(&mut [T])) -> Result<()> {
    struct Change<T, F>(F, std::marker::PhantomData<T>);
    impl<T: Element, F: Fn(&mut [T])> InplaceOp1 for Change<T, F> {
        fn name(&self) -> &'static str {
            "change in place"
        }

        fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
            match (layout.contiguous_offsets(), T::numbers_mut(storage)) {
                (Some((start, end)), Some(numbers)) => {
                    (self.0)(&mut numbers[start..end]);
                    Ok(())
                }
                _ => candle_core::bail!("the tensor is not contiguous or of another number type"),
            }
        }
    }
    tensor.inplace_op1(&Change(change, std::marker::PhantomData))
}
