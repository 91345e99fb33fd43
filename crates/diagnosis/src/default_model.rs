//! The model that ships: asked where no other is given.

use std::sync::OnceLock;

use brinell_learn::Trained;

/// Trained by `configs/default.toml`; its card stands beside it.
const DEFAULT: &[u8] = include_bytes!("../../../data/models/default/model.safetensors");

/// The model that ships, read once.
///
/// # Errors
/// [`brinell_learn::Error::NotAModel`] when the bytes in the program are damaged.
pub fn default_model() -> Result<&'static Trained, &'static brinell_learn::Error> {
    static MODEL: OnceLock<Result<Trained, brinell_learn::Error>> = OnceLock::new();
    MODEL.get_or_init(|| Trained::from_bytes(DEFAULT, "the model that ships")).as_ref()
}
