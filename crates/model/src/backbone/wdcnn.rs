//! A net over raw samples with a wide first kernel: Zhang, Peng, Li, Chen, Zhang, "A New Deep
//! Learning Model for Fault Diagnosis with Good Anti-Noise and Domain Adaptation Ability on Raw
//! Vibration Signals", Sensors 17 (2017) 425.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::Cost;
use crate::error::{Error, Result};
use crate::layer::{BatchNorm, Conv, ConvShape, Head, HeadShape};
use crate::network::{Network, Pass};
use crate::ops::{MaxPool, max_pool};
use crate::variables::Variables;

/// Configuration of the net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wdcnn {
    /// Channels after each stage; the first stage has the wide kernel, the others 3 taps, the last
    /// of them without padding.
    pub widths: Vec<usize>,
    /// Taps of the first convolution.
    pub first_kernel: usize,
    /// Step of the first convolution.
    pub first_stride: usize,
    /// Zeros on either side of the first convolution's input.
    pub first_padding: usize,
    /// Whether the convolutions have biases.
    pub conv_bias: bool,
    /// Units of the hidden fully connected layer.
    pub hidden: usize,
    /// Whether a batch norm follows the hidden layer.
    pub batch_norm_after_hidden: bool,
    /// Share of hidden units dropped in training; none in the paper.
    pub dropout: f64,
}

impl Default for Wdcnn {
    fn default() -> Self {
        Self {
            widths: vec![16, 32, 64, 64, 64],
            first_kernel: 64,
            first_stride: 16,
            first_padding: 24,
            conv_bias: true,
            hidden: 100,
            batch_norm_after_hidden: false,
            dropout: 0.0,
        }
    }
}

struct Stage {
    index: usize,
    input: Vec<usize>,
    conv: ConvShape,
    convolved: Vec<usize>,
}

impl Wdcnn {
    fn pool() -> MaxPool {
        MaxPool::series(2, 2, 0)
    }

    fn head(&self, classes: usize) -> HeadShape {
        HeadShape { hidden: self.hidden, norm: self.batch_norm_after_hidden, dropout: self.dropout, classes }
    }

    fn stages(&self, input: &[usize]) -> Result<(Vec<Stage>, Vec<usize>)> {
        if input.len() != 2 || input.contains(&0) {
            return Err(Error::layer(
                "features.conv0",
                input,
                "the net takes series [channels, length], none of them 0",
            ));
        }
        if self.widths.is_empty() {
            return Err(Error::config("widths", "[]", "at least one stage"));
        }
        let mut shape = input.to_vec();
        let mut stages = Vec::new();
        for (index, &channels) in self.widths.iter().enumerate() {
            let (kernel, stride, padding) = if index == 0 {
                (self.first_kernel, self.first_stride, self.first_padding)
            } else {
                (3, 1, usize::from(index + 1 < self.widths.len()))
            };
            let conv = ConvShape {
                channels,
                kernel: [1, kernel],
                stride: [1, stride],
                padding: [0, padding],
                bias: self.conv_bias,
            };
            let convolved = conv.output(&format!("features.conv{index}"), &shape)?;
            let [_, length] = Self::pool().output([1, convolved[1]]).map_err(|_| {
                Error::layer(
                    format!("features.pool{index}"),
                    &convolved,
                    format!(
                        "nothing is left to halve: a segment of {} samples is too short for {} stages",
                        input[1],
                        self.widths.len()
                    ),
                )
            })?;
            stages.push(Stage {
                index,
                input: std::mem::replace(&mut shape, vec![channels, length]),
                conv,
                convolved,
            });
        }
        Ok((stages, shape))
    }

    /// What the net costs for an input `[C, L]`.
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
            let inputs = stage.input[0];
            cost.parameters += stage.conv.parameters(inputs) + 2 * stage.conv.channels as u64;
            cost.multiply_adds += stage.conv.multiply_adds(inputs, &stage.convolved);
        }
        Ok(cost)
    }

    /// Builds the net for series `[C, L]`.
    ///
    /// # Errors
    /// Shapes that cannot be (the layer is named), values out of range.
    pub fn build(&self, input: &[usize], classes: usize, variables: &mut Variables) -> Result<WdcnnNet> {
        let (stages, last) = self.stages(input)?;
        let blocks = stages
            .into_iter()
            .map(|stage| {
                let i = stage.index;
                let name = format!("features.conv{i}");
                let (conv, _) = Conv::new(&name, &stage.input, stage.conv, variables)?;
                let name = format!("features.norm{i}");
                let norm = BatchNorm::new(&name, stage.conv.channels, variables)?;
                Ok((conv, norm))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(WdcnnNet {
            input: input.to_vec(),
            blocks,
            head: Head::new("classifier", &last, self.head(classes), variables)?,
        })
    }
}

/// The built net.
pub struct WdcnnNet {
    input: Vec<usize>,
    blocks: Vec<(Conv, BatchNorm)>,
    head: Head,
}

impl Network for WdcnnNet {
    fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        if x.rank() != 3 || x.dims()[1..] != self.input {
            return Err(Error::layer(
                "features.conv0",
                x.dims(),
                format!("the net was built for a batch of {:?}", self.input),
            ));
        }
        let pool = Wdcnn::pool();
        let mut x = x.clone();
        for (conv, norm) in &self.blocks {
            x = max_pool(&norm.forward(&conv.forward(&x)?, true, pass)?, &pool)?;
        }
        self.head.forward(&x, pass)
    }
}
