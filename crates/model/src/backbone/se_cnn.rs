//! A small image net with channel attention: three times convolution, batch norm, ReLU, squeeze
//! and excitation, max pooling; then two fully connected layers.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::Cost;
use crate::attention::{Attend, Attention};
use crate::error::{Error, Result};
use crate::layer::{BatchNorm, Conv, ConvShape, Head, HeadShape};
use crate::network::{Network, Pass};
use crate::ops::{MaxPool, max_pool};
use crate::variables::Variables;

/// Configuration of the net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeCnn {
    /// Channels after each stage; one stage each.
    pub widths: Vec<usize>,
    /// Taps of the convolutions along both axes, odd; the size is kept.
    pub kernel: usize,
    /// Whether the convolutions have biases. They stand in front of a batch norm, which takes them
    /// out again, so by default they have none; published parameter counts include them (the sum of
    /// the widths).
    pub conv_bias: bool,
    /// The attention between ReLU and pooling.
    pub attention: Attention,
    /// Units of the hidden fully connected layer.
    pub hidden: usize,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
}

impl Default for SeCnn {
    fn default() -> Self {
        Self {
            widths: vec![32, 64, 128],
            kernel: 3,
            conv_bias: false,
            attention: Attention::se(16),
            hidden: 512,
            dropout: 0.5,
        }
    }
}

/// One stage as planned.
struct Stage {
    index: usize,
    input: Vec<usize>,
    conv: ConvShape,
    convolved: Vec<usize>,
}

impl SeCnn {
    fn pool() -> MaxPool {
        MaxPool::image([2, 2], [2, 2], [0, 0])
    }

    fn head(&self, classes: usize) -> HeadShape {
        HeadShape { hidden: self.hidden, norm: false, dropout: self.dropout, classes }
    }

    /// The stages for an input `[C, H, W]` and the shape of the last map.
    fn stages(&self, input: &[usize]) -> Result<(Vec<Stage>, Vec<usize>)> {
        if input.len() != 3 || input.contains(&0) {
            return Err(Error::layer(
                "features.conv0",
                input,
                "the net takes images [channels, height, width], none of them 0",
            ));
        }
        if self.widths.is_empty() {
            return Err(Error::config("widths", "[]", "at least one stage"));
        }
        if self.kernel.is_multiple_of(2) {
            return Err(Error::config("kernel", self.kernel, "an odd number of taps"));
        }
        let mut shape = input.to_vec();
        let mut stages = Vec::new();
        for (index, &channels) in self.widths.iter().enumerate() {
            let conv = ConvShape {
                channels,
                kernel: [self.kernel; 2],
                stride: [1, 1],
                padding: [self.kernel / 2; 2],
                bias: self.conv_bias,
            };
            let convolved = conv.output(&format!("features.conv{index}"), &shape)?;
            let [h, w] = Self::pool()
                .output([convolved[1], convolved[2]])
                .map_err(|_| {
                    let least = 1_usize.checked_shl(self.widths.len() as u32).unwrap_or(usize::MAX);
                    Error::layer(
                        format!("features.pool{index}"),
                        &convolved,
                        format!(
                            "nothing is left to halve: {} stages need an image of at least {least} x {least}, this one is {} x {}",
                            self.widths.len(),
                            input[1],
                            input[2]
                        ),
                    )
                })?;
            stages.push(Stage {
                index,
                input: std::mem::replace(&mut shape, vec![channels, h, w]),
                conv,
                convolved,
            });
        }
        Ok((stages, shape))
    }

    /// What the net costs for an input `[C, H, W]`.
    ///
    /// # Errors
    /// Shapes that cannot be.
    pub fn cost(&self, input: &[usize], classes: usize) -> Result<Cost> {
        let (stages, last) = self.stages(input)?;
        let flat = last.iter().product();
        let head = self.head(classes);
        let mut cost = Cost {
            parameters: Head::parameters(flat, &head),
            multiply_adds: Head::multiply_adds(flat, &head),
        };
        for stage in &stages {
            let (inputs, channels) = (stage.input[0], stage.conv.channels);
            let positions = stage.convolved[1..].iter().product();
            cost.parameters +=
                stage.conv.parameters(inputs) + 2 * channels as u64 + self.attention.parameters(channels);
            cost.multiply_adds += stage.conv.multiply_adds(inputs, &stage.convolved)
                + self.attention.multiply_adds(channels, positions);
        }
        Ok(cost)
    }

    /// Builds the net for images `[C, H, W]`.
    ///
    /// # Errors
    /// Shapes that cannot be (the layer is named), values out of range.
    pub fn build(&self, input: &[usize], classes: usize, variables: &mut Variables) -> Result<SeCnnNet> {
        let (stages, last) = self.stages(input)?;
        let blocks = stages
            .into_iter()
            .map(|stage| {
                let (i, channels) = (stage.index, stage.conv.channels);
                let name = format!("features.conv{i}");
                let (conv, _) = Conv::new(&name, &stage.input, stage.conv, variables)?;
                let norm = BatchNorm::new(&format!("features.norm{i}"), channels, variables)?;
                let name = format!("features.attention{i}");
                let attention = self.attention.build(&name, channels, variables)?;
                Ok(Block { conv, norm, attention })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(SeCnnNet {
            input: input.to_vec(),
            blocks,
            head: Head::new("classifier", &last, self.head(classes), variables)?,
        })
    }
}

struct Block {
    conv: Conv,
    norm: BatchNorm,
    attention: Option<Box<dyn Attend>>,
}

/// The built net.
pub struct SeCnnNet {
    input: Vec<usize>,
    blocks: Vec<Block>,
    head: Head,
}

impl Network for SeCnnNet {
    fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        if x.rank() != 4 || x.dims()[1..] != self.input {
            return Err(Error::layer(
                "features.conv0",
                x.dims(),
                format!("the net was built for a batch of {:?}", self.input),
            ));
        }
        let pool = SeCnn::pool();
        let mut x = x.clone();
        for block in &self.blocks {
            let map = block.norm.forward(&block.conv.forward(&x)?, true, pass)?;
            x = match &block.attention {
                Some(attention) => attention.forward_max_pool(&map, &pool, pass)?,
                None => max_pool(&map, &pool)?,
            };
        }
        self.head.forward(&x, pass)
    }
}
