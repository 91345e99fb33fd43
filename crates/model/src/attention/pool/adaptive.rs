//! As many windows as are asked for, whatever the size of the map, as one vector.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::graph::{Draft, Gather, Id, Op};

/// `[C, L]` to `[C · windows]`, `[C, H, W]` to `[C · height · width]`, channel by channel. Windows go from
/// `floor(i n / o)` to `ceil((i + 1) n / o)` and may overlap, as PyTorch's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaptivePool {
    /// Windows along height and width, no more than there are positions; a series takes the second. 4 and 4 unless said.
    pub windows: [usize; 2],
}

impl Default for AdaptivePool {
    fn default() -> Self {
        Self { windows: [4, 4] }
    }
}

impl AdaptivePool {
    pub(super) fn draft(&self, net: &mut Draft, x: Id, gather: Gather) -> Result<Id> {
        if self.windows.contains(&0) {
            let field = net.full_name("windows");
            return Err(Error::config(field, format!("{:?}", self.windows), "at least 1 along each axis"));
        }
        let positions = net.shape(x).get(1..).unwrap_or_default();
        // A series has one axis, the last.
        let own = &self.windows[2 - positions.len().min(2)..];
        if let Some((_, n)) = own.iter().zip(positions).find(|(windows, n)| windows > n) {
            let field = net.full_name("windows");
            let expected =
                format!("at most {n} along an axis of {n} positions, of which each window takes some");
            return Err(Error::config(field, format!("{:?}", self.windows), expected));
        }
        let y = net.node("adaptive", Op::AdaptivePool { gather, output: self.windows }, &[x])?;
        net.flatten(y)
    }
}
