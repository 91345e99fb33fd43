//! The driver in place of NVIDIA's, as a library.

use std::path::Path;
use std::process::Command;

/// Compiles it to this file.
pub(crate) fn compile_driver(to: &Path) {
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gpu/tests/driver/compile");
    assert!(Command::new(recipe).arg(to).status().unwrap().success());
}
