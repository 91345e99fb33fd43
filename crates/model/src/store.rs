//! Tensors and text as the bytes of one safetensors file.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use crate::error::{Error, Result};

/// The bytes of a safetensors file with these tensors and this metadata. Equal arguments give equal
/// bytes. `f32` and `f64` tensors keep their type.
///
/// # Errors
/// Tensors of another number type.
pub fn save_safetensors(
    tensors: &BTreeMap<String, Tensor>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let mut data = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let flat = tensor.detach().flatten_all()?;
        let (dtype, bytes): (Dtype, Vec<u8>) = match tensor.dtype() {
            DType::F32 => {
                let values = flat.to_vec1::<f32>()?;
                (Dtype::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect())
            }
            DType::F64 => {
                let values = flat.to_vec1::<f64>()?;
                (Dtype::F64, values.iter().flat_map(|v| v.to_le_bytes()).collect())
            }
            other => {
                return Err(Error::op(
                    "save_safetensors",
                    format!("tensor `{name}` is {other:?}; only F32 and F64 are stored"),
                ));
            }
        };
        data.push((name, dtype, tensor.dims().to_vec(), bytes));
    }
    let mut views = Vec::with_capacity(data.len());
    for (name, dtype, shape, bytes) in &data {
        views.push((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?));
    }
    let bytes = safetensors::serialize(views, None)?;
    with_metadata(bytes, metadata)
}

/// Puts the metadata at the head of a file's header, in the order of the keys. The writer of the
/// library takes a hash map, whose order would change the bytes from run to run.
fn with_metadata(bytes: Vec<u8>, metadata: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    if metadata.is_empty() {
        return Ok(bytes);
    }
    let (length, _) = SafeTensors::read_metadata(&bytes)?;
    let invalid = |error: serde_json::Error| Error::op("save_safetensors", error.to_string());
    let text = serde_json::to_string(metadata).map_err(invalid)?;
    let header = std::str::from_utf8(&bytes[8..8 + length])
        .map_err(|error| Error::op("save_safetensors", error.to_string()))?
        .trim_end();
    // the header is an object: `{}` or `{"name":...}`
    let rest = header.strip_prefix('{').unwrap_or(header);
    let comma = if rest == "}" { "" } else { "," };
    let mut header = format!("{{\"__metadata__\":{text}{comma}{rest}").into_bytes();
    while header.len() % 8 != 0 {
        header.push(b' ');
    }
    let mut out = Vec::with_capacity(8 + header.len() + bytes.len() - 8 - length);
    out.extend_from_slice(&(header.len() as u64).to_le_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(&bytes[8 + length..]);
    Ok(out)
}

/// Tensors by name and metadata by key, as [`load_safetensors`] gives them.
pub type Stored = (BTreeMap<String, Tensor>, BTreeMap<String, String>);

fn half(data: &[u8], shape: &[usize], dtype: DType) -> Result<Tensor> {
    Ok(Tensor::from_raw_buffer(data, dtype, shape, &Device::Cpu)?.to_dtype(DType::F32)?)
}

/// The tensors (on the CPU) and the metadata in the bytes of a safetensors file. Half precision is widened to `f32`; the
/// counters `num_batches_tracked` of PyTorch's batch norms are left out.
///
/// # Errors
/// Bytes that are cut short or no such file; tensors of another number type.
pub fn load_safetensors(bytes: &[u8]) -> Result<Stored> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
    let file = SafeTensors::deserialize(bytes)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.tensors() {
        let (data, shape) = (view.data(), view.shape());
        let tensor = match view.dtype() {
            Dtype::F32 => {
                let values: Vec<f32> =
                    data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
                Tensor::from_vec(values, shape, &Device::Cpu)?
            }
            Dtype::F64 => {
                let values: Vec<f64> =
                    data.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
                Tensor::from_vec(values, shape, &Device::Cpu)?
            }
            Dtype::F16 => half(data, shape, DType::F16)?,
            Dtype::BF16 => half(data, shape, DType::BF16)?,
            // PyTorch's batch norms count their batches; nothing here depends on it.
            Dtype::I64 if name.ends_with("num_batches_tracked") => continue,
            other => {
                return Err(Error::op(
                    "load_safetensors",
                    format!("tensor `{name}` is {other:?}; F16, BF16, F32 and F64 are read"),
                ));
            }
        };
        tensors.insert(name, tensor);
    }
    Ok((tensors, metadata))
}
