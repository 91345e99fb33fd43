//! What the kernels are compiled from, and that they run.
#![allow(clippy::unwrap_used)]

use brinell_gpu::{At, Device, Kernel, Launch, Order};
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
    let made = std::fs::read_to_string(folder.join("all.ptx")).unwrap();
    let first = made.lines().next().unwrap();
    assert!(first.ends_with(&hash), "run kernels/make-ptx: all.ptx was made from other sources");
    for kernel in Kernel::ALL {
        assert!(made.contains(&format!(".entry {}(", kernel.symbol())), "{kernel:?} is not in all.ptx");
    }
    assert_eq!(made.matches(".entry ").count(), Kernel::ALL.len(), "a kernel has no name in kernel.rs");
}

#[test]
fn rows_are_copied_from_one_pitch_to_another() {
    for order in [Order::Forwards, Order::Backwards] {
        let device = Device::on_host(order);
        let (x, y) = (device.zeros(12).unwrap(), device.zeros(20).unwrap());
        let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
        device.upload(&x, 0, &values).unwrap();
        let at = |buffer, offset| At { buffer, offset };
        let copy = |add| Launch::over(Kernel::CopyRows, 6).at(&[at(0, 1), at(1, 2)]).n(&[6, 2, 4, 5, add]);
        device.run(&[copy(0), copy(1)], &[&x, &y]).unwrap();
        let mut found = vec![0.0; 20];
        device.download(&y, 0, &mut found).unwrap();
        let mut expected = vec![0.0; 20];
        for row in 0..3 {
            for column in 0..2 {
                expected[2 + row * 5 + column] = 2.0 * values[1 + row * 4 + column];
            }
        }
        assert_eq!(found, expected);
    }
}
