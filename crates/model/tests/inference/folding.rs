//! PyTorch's numbers for a batch norm behind a convolution.

use brinell_model::graph::{Conv, Norm};
use brinell_model::{Inference, Network, Variables};
use candle_core::{DType, Device, Tensor};

use crate::part::drafted;
use crate::reference::Reference;

#[test]
fn a_batch_norm_is_folded_as_pytorch_folds_it() {
    Reference::read("explain").each("fold", |case| {
        if case.dtype != DType::F32 {
            return Ok(());
        }
        let input = case.input().to_vec();
        let axes = input.len() - 1;
        let weight = &case.stored("p.0.weight").unwrap().0;
        let conv = Conv {
            stride: pair(&case.axes("stride", axes)),
            padding: pair(&case.axes("padding", axes)),
            kernel: pair(&weight[2..]),
            groups: case.number("groups") as usize,
            bias: case.stored("p.0.bias").is_some(),
            ..Conv::new(weight[0], 1)
        };
        let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
        let graph = drafted(&input, |net, x| {
            let y = net.conv("0", x, &conv)?;
            net.norm_with("1", y, Norm { eps: case.number("eps"), ..Norm::default() })
        });
        let net = Network::new(graph, &mut variables)?;
        let stored = |name: &str| {
            let key = if name.contains("running") { format!("buf.{name}") } else { format!("p.{name}") };
            (name.to_owned(), case.tensor(&key))
        };
        variables.load(&variables.named().map(|(name, _)| stored(name)).collect())?;
        let x = case.tensor("x");
        let samples = x.dims()[0];
        let mut inference = Inference::new(&net, samples)?;
        let y = inference.run(&x.flatten_all()?.to_vec1()?, samples)?;
        case.compare("y", &Tensor::new(y, &Device::Cpu)?);
        Ok(())
    });
}

/// One number an axis as height and width.
fn pair(axes: &[usize]) -> [usize; 2] {
    [axes[0], axes[axes.len() - 1]]
}
