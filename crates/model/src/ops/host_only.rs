//! Which ops need their numbers in the memory of the host, and how they refuse any other place.
//!
//! A tensor is never moved to the host and back behind the caller's back: what has no kernel of its own for a device
//! says so.

use candle_core::{Device, Tensor};

use crate::error::{Error, Result};

/// Refuses a tensor that lies on a GPU, in the name of the op that reads its numbers on the host.
pub(crate) fn host_only(op: &'static str, x: &Tensor) -> Result<()> {
    if is_on_host(x) {
        return Ok(());
    }
    let device = match x.device() {
        Device::Metal(_) => "a Metal device",
        _ => "a CUDA device",
    };
    Err(Error::NoKernel { op, device })
}

/// Whether the numbers can be read where they lie.
pub(crate) fn is_on_host(x: &Tensor) -> bool {
    #[cfg(test)]
    if elsewhere::is_supposed() {
        return false;
    }
    x.device().is_cpu()
}

/// Tests suppose that every tensor lies on a GPU: what then still runs is made of the tensor library's ops alone.
#[cfg(test)]
pub(crate) mod elsewhere {
    use std::cell::Cell;

    thread_local! {
        static SUPPOSED: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn is_supposed() -> bool {
        SUPPOSED.get()
    }

    /// What `body` gives where no tensor may be read on the host.
    pub(crate) fn supposing<R>(body: impl FnOnce() -> R) -> R {
        SUPPOSED.set(true);
        let result = body();
        SUPPOSED.set(false);
        result
    }

    /// What the page about CUDA says below `heading`: the first two cells of every row of the table there.
    pub(crate) fn told_below(heading: &str) -> Vec<(String, String)> {
        let page = include_str!("../../../../docs/cuda.md");
        let part = page.split_once(heading).expect("the heading stands in the page").1;
        let lines = part.lines().skip_while(|line| !line.starts_with("|--")).skip(1);
        let rows = lines.take_while(|line| line.starts_with('|'));
        rows.map(|row| {
            let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
            (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
