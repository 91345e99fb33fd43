//! What the kernels are compiled from, and that they run.
#![allow(clippy::unwrap_used)]

use std::io::Read;

use brinell_gpu::Kernel;
use sha2::{Digest, Sha256};

#[test]
fn the_kernels_for_the_gpu_are_made_from_these_sources() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".cu") || name.ends_with(".h"))
        .collect();
    names.sort_by_key(|name| (name.ends_with(".h"), name.clone()));
    let mut hash = Sha256::new();
    for name in names {
        hash.update(std::fs::read(folder.join(name)).unwrap());
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut made = String::new();
    let packed = std::fs::File::open(folder.join("all.ptx.gz")).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut made).unwrap();
    let first = made.lines().next().unwrap();
    assert!(first.ends_with(&hash), "run kernels/make-ptx: all.ptx.gz was made from other sources");
    for kernel in Kernel::ALL {
        assert!(made.contains(&format!(".entry {}(", kernel.symbol())), "{kernel:?} is not in all.ptx.gz");
    }
    assert_eq!(made.matches(".entry ").count(), Kernel::ALL.len(), "a kernel has no name in kernel.rs");
}
