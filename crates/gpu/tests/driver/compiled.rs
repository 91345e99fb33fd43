//! The driver that is none, as a library.

use std::path::Path;
use std::process::Command;

/// Compiles `fake.c` to this file, by the name of NVIDIA's library.
pub(crate) fn compile_driver(to: &Path) {
    let gpu = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gpu");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-std=gnu11", "-w", "-Wl,-soname,libcuda.so.1", "-x", "c"]);
    compiler.arg("-I").arg(gpu.join("kernels")).arg(gpu.join("tests/driver/fake.c"));
    compiler.args(["element.cu", "host.c"].map(|name| gpu.join("kernels").join(name)));
    assert!(compiler.arg("-o").arg(to).arg("-lm").status().unwrap().success());
}
