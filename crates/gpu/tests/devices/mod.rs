//! Where a test of kernels runs its work twice, and finds the same bits.

use std::sync::OnceLock;

use brinell_gpu::{Device, Order};

/// The processor in place of a GPU, with the threads of a block in either order. With `BRINELL_TESTS_ON_GPU` set, the
/// first GPU in both places.
pub(crate) fn two() -> [Device; 2] {
    static CARD: OnceLock<Device> = OnceLock::new();
    if std::env::var_os("BRINELL_TESTS_ON_GPU").is_none() {
        return [Order::Forwards, Order::Backwards].map(Device::on_host);
    }
    let card = CARD.get_or_init(|| Device::open(0).unwrap_or_else(|error| panic!("{error}")));
    [card.clone(), card.clone()]
}
